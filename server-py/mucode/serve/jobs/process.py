"""A job's process: begun so that it outlives the gateway, recognised by a lock that it holds, ended with its group."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
from pathlib import Path

import mucode
from mucode.serve.inprocess_launch import own_python
from mucode.serve.jobs.errors import JobError

LOG = "job.log"
_LOCK = "job.lock"
_CLONE = Path(__file__).parents[4] / ".mucode" / "paths.json"
# The gateway's own secrets; a job may be pointed at servers that its client chose.
_DROPPED = ("MUCODE_TOKEN", "MUCODE_ENGINE_KEY", "MUCODE_API_KEY", "MUCODE_ADMIN_KEY", "PYTHONHOME")


def training_python() -> Path:
    """The Python that trains. Raises JobError where there is none."""
    named = os.environ.get("MUCODE_TRAIN_PYTHON")
    found = Path(named) if named else _cloned() or own_python()
    if found is None or not os.access(found, os.X_OK):
        raise JobError(
            f"There is no Python for training {f'at {found}' if found else 'on this machine'}. Set MUCODE_TRAIN_PYTHON "
            "to one that has mucode[train], or run `npm run setup` in the clone of the server, and start it again.",
            501,
            "no_training",
        )
    return found


def start(folder: Path, settings: str, store: Path) -> subprocess.Popen[bytes]:
    """Starts the run in that folder, in a process group of its own. Raises JobError."""
    command = [str(training_python()), "-m", "mucode", "train", str(folder / settings), "--store", str(store), "--wait"]
    environment = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    environment |= {"PYTHONPATH": str(Path(mucode.__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
    # The process inherits this lock and nobody else keeps it: it is held exactly as long as the process is there, which
    # also a gateway that is killed just now, and one that is started later, can rely on.
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Whoever only looks holds it for a moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (folder / LOG).open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                pass_fds=[lock],
            )
    except OSError as error:
        raise JobError(f"The job could not be started: {error}.", 500) from error
    finally:
        os.close(lock)


def is_there(folder: Path) -> bool:
    """Whether the job's process has not ended."""
    return _held(folder / _LOCK)


def is_run(folder: Path) -> bool:
    """Whether somebody, here or in a terminal, performs the run."""
    return _held(folder / "lock")


def send(folder: Path, pid: int | None, number: signal.Signals) -> None:
    """Sends a signal to the job's process group, if its process is there."""
    if pid is None:
        # The gateway that started it was killed before it could note the id; the run notes it as well.
        with contextlib.suppress(OSError, ValueError):
            pid = int((folder / "lock").read_text())
    if pid is not None and is_there(folder):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)


def last_lines(folder: Path, count: int) -> list[str]:
    """The last lines that the job printed."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 18)))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


def _held(path: Path) -> bool:
    """Whether a process holds the lock. Several may look at a time."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _cloned() -> Path | None:
    """The one that the set-up made for this clone."""
    if not _CLONE.is_file():
        return None
    found = json.loads(_CLONE.read_text(encoding="utf-8")).get("trainPython")
    return Path(found) if found else None
