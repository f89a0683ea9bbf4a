"""Kills a run at random moments and starts it again, and looks at what each kill leaves behind."""

import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mucode.train.events import Event, read_events
from mucode.train.executor import PACKAGE

_MARK = "MUCODE_TEST_RUN"
_GONE_S = 30.0
_END_S = 1200.0


@dataclass
class Kills:
    """What a killed and restarted run went through."""

    kills: int = 0
    orphans: list[str] = field(default_factory=list[str])
    """Processes that were there long after a kill."""
    remade: list[str] = field(default_factory=list[str])
    """Finished parts that an attempt replaced."""
    during: list[str] = field(default_factory=list[str])
    """The stages that were being made when a kill came."""
    logs: list[str] = field(default_factory=list[str])
    """What each attempt printed."""

    def add(self, other: "Kills") -> None:
        """Takes another run's account in."""
        self.kills += other.kills
        self.orphans += other.orphans
        self.remade += other.remade
        self.during += other.during
        self.logs += other.logs


def run_with_kills(command: Sequence[str], store: Path, moments: Sequence[float]) -> Kills:
    """Starts the command, kills it after so many seconds, and again, until it ends. Raises when it fails."""
    kills = Kills()
    mark, environment = marked_environment()
    for moment in [*moments, None]:
        before, logged = _parts(store), len(_log(store))
        output = store.parent / f"attempt-{len(kills.logs)}.log"
        with output.open("wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        try:
            status = process.wait(_END_S if moment is None else moment)
        except subprocess.TimeoutExpired:
            status = None
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills.kills += 1
            kills.during += _begun(_log(store)[logged:])
        kills.logs.append(output.read_text(errors="replace"))
        kills.orphans += left_running(mark)
        after = _parts(store)
        kills.remade += [name for name, file in before.items() if after.get(name) != file]
        if status is not None:
            if status != 0:
                raise AssertionError(f"attempt {len(kills.logs)} failed:\n{kills.logs[-1]}")
            return kills
    raise AssertionError("the last attempt was killed")


def marked_environment() -> tuple[str, dict[str, str]]:
    """(a mark, an environment by which all processes that inherit it are found again)."""
    mark = uuid.uuid4().hex
    path = os.pathsep.join([str(PACKAGE), str(Path(__file__).parent)])
    return mark, {**os.environ, _MARK: mark, "PYTHONPATH": path}


def moments(count: int, within_s: float, seed: int) -> list[float]:
    """Random moments, in seconds after a start."""
    chance = random.Random(seed)  # noqa: S311  drawn to be repeatable
    return [chance.uniform(0.05, within_s) for _ in range(count)]


def _parts(store: Path) -> Mapping[str, tuple[int, int]]:
    """Every finished part, and every file of a finished artifact: which file it is, and when it was written."""
    return dict(_files(store / "artifacts"))


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in folder.rglob("*"):
        finished = not any(part.endswith(".partial") for part in path.relative_to(folder).parts)
        if path.is_file() and (finished or path.name.startswith(("part-", "results-"))):
            if path.suffix in (".partial", ".lock"):
                continue
            found = path.stat()
            yield str(path.relative_to(folder)).replace(".partial", ""), (found.st_ino, found.st_mtime_ns)


def _log(store: Path) -> list[Event]:
    return [event for log in (store / "runs").glob("*/events.jsonl") for event in read_events(log)]


def _begun(events: Sequence[Event]) -> list[str]:
    """The stage that these events of one attempt began and did not end, if there is one."""
    begun: list[str] = []
    for event in events:
        if event.type == "stage.start" and event.stage is not None:
            begun = [event.stage]
        elif event.type == "stage.end":
            begun = []
    return begun


def left_running(mark: str) -> list[str]:
    """The processes with that mark that are still there after the time that ending takes."""
    given_up = time.monotonic() + _GONE_S
    while (left := _marked(mark)) and time.monotonic() < given_up:
        threading.Event().wait(0.05)
    return left


def _marked(mark: str) -> list[str]:
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [one for one in found if one]
