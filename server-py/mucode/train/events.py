"""The log of a run: JSON lines with sequence numbers, one writer. What is drawn from it is in progress.py."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError

VERSION = 1
TYPES: Mapping[str, tuple[str, ...]] = {
    "job.state": ("state",),
    "stage.start": ("key",),
    "stage.end": ("key", "seconds", "peak_bytes"),
    "artifact": ("key", "path", "rows", "bytes", "reused"),
    "progress": ("done", "total", "unit"),
    "metric": ("name", "value"),
    "sample": ("problem", "rollout", "correct", "turns"),
    "log": ("message",),
    "warning": ("message",),
    "error": ("message",),
    "heartbeat": (),
}
"""The types of events, and what the data of each holds at least; the same table is in test/contract/events.json."""
_DURABLE = ("job.state", "stage.start", "stage.end", "artifact", "error")


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    v: int
    job: str
    """The run."""
    attempt: int
    """Which start of the same run this is, from 1."""
    seq: int
    """From 1 without gaps, over all attempts."""
    ts: float
    """Seconds since 1970, UTC."""
    stage: str | None
    iter: int | None
    type: str
    data: Mapping[str, Any]


class EventLog:
    """Writes a run's events. One writer at a time: the caller holds the run's lock."""

    def __init__(self, path: Path, job: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        last = _last(path)
        self._job = job
        self._seq = last.seq if last else 0
        self.attempt = last.attempt + 1 if last else 1
        self._file = path.open("ab")

    def write(
        self, type_: str, data: Mapping[str, Any], stage: str | None = None, iteration: int | None = None
    ) -> Event:
        """Appends an event. What others rely on after a crash is on disk when this returns."""
        absent = [name for name in TYPES[type_] if name not in data]
        if absent:
            raise AssertionError(f"an event of type {type_} without {absent[0]}")
        event = Event(
            VERSION, self._job, self.attempt, self._seq + 1, round(time.time(), 3), stage, iteration, type_, data
        )
        self._file.write(json.dumps(asdict(event), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        self._seq += 1
        if type_ in _DURABLE:
            os.fsync(self._file.fileno())
        return event

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def read_events(path: Path) -> Iterator[Event]:
    """The events of a log, also while it is being written: a line that is not whole yet is left out.

    Raises MucodeError at a line that is no event.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Event(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise MucodeError(
                    f"{path}, line {number} is no event: {error}. Move the file away; the run's artifacts are kept."
                ) from error


def _drop_torn_line(path: Path) -> None:
    """Cuts off what a kill left of a line."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        kept = size
        while kept and _byte(file.fileno(), kept - 1) != b"\n":
            kept -= 1
        if kept < size:
            file.truncate(kept)


def _byte(descriptor: int, at: int) -> bytes:
    return os.pread(descriptor, 1, at)


def _last(path: Path) -> Event | None:
    last: Event | None = None
    if path.exists():
        for last in read_events(path):  # noqa: B007  only the last is wanted
            pass
    return last
