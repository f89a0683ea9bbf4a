"""One maker per folder: a file lock that also names its holder. What is made under it is in artifact.py."""

import contextlib
import fcntl
import os
import time
from collections.abc import Generator
from pathlib import Path

from mucode.errors import MucodeError

_LEFTOVERS_S = 20.0
"""Seconds that the processes of a killed run get to end; they hold its locks until they are gone."""
_POLL_S = 0.05


class Taken(MucodeError):  # noqa: N818  what is said is that it is taken
    """Another process makes the same thing."""


@contextlib.contextmanager
def locked(path: Path, what: str, *, wait: bool = False, leftovers: bool = False) -> Generator[None]:
    """Holds the lock file `path`. Raises Taken with the other process's id, unless told to wait.

    leftovers: whoever holds it is about to end, so that it gets a while also as long as it lives.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    given_up = time.monotonic() + _LEFTOVERS_S
    while (descriptor := _try(path)) is None:
        holder = _holder(path)
        if not wait and ((_alive(holder) and not leftovers) or time.monotonic() > given_up):
            raise Taken(
                f"{what} is being made by process {holder}. Let it finish or end it, "
                "or start this command with --wait; what it finished is used."
            )
        time.sleep(_POLL_S)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def lock_of(folder: Path) -> Path:
    """The lock file of a folder, beside it."""
    return folder.with_name(f".{folder.name}.lock")


def free(path: Path) -> bool:
    """Whether nobody holds the lock just now."""
    descriptor = _try(path)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def _try(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Somebody may have removed the file, and made another, since it was opened.
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text() or "unknown"
    return "unknown"


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
