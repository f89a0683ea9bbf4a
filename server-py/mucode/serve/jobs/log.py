"""Reads a run's log while it grows. Nothing is kept of it but where each event begins, and the fold: the file is the
truth, also for a reader that is slow."""

import json
import threading
from array import array
from pathlib import Path

from mucode.serve.jobs.account import Account
from mucode.serve.jobs.errors import JobError

_CHUNK = 1 << 20
NOTHING = b""


class JobLog:
    """The events of one run. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._ends = array("Q")
        self._inode: int | None = None
        self.account = Account()

    def update(self) -> Account:
        """What is told up to now. A line that is not whole yet is left for later. Raises JobError."""
        with self._lock:
            try:
                found = self._path.stat()
            except FileNotFoundError:
                self._begin()
                return self.account
            read = self._ends[-1] if self._ends else 0
            if found.st_ino != self._inode or found.st_size < read:
                # The run was removed and made again.
                self._begin()
                self._inode, read = found.st_ino, 0
            if found.st_size > read:
                self._read_on(read)
            return self.account

    def lines(self, after: int, limit: int, most_bytes: int) -> bytes:
        """The lines of the events with a number above `after`: at most so many, and so many bytes, but one at least."""
        self.update()
        with self._lock:
            last = min(len(self._ends), after + limit)
            if after >= last:
                return NOTHING
            begin = self._ends[after - 1] if after else 0
            while last > after + 1 and self._ends[last - 1] - begin > most_bytes:
                last = after + (last - after) // 2
            with self._path.open("rb") as file:
                file.seek(begin)
                return file.read(self._ends[last - 1] - begin)

    def _read_on(self, at: int) -> None:
        try:
            self._read(at)
        except JobError:
            if at == 0:
                raise
            # A run that was removed and made again may have got the same inode.
            inode = self._inode
            self._begin()
            self._inode = inode
            self._read(0)

    def _read(self, at: int) -> None:
        torn = NOTHING
        with self._path.open("rb") as file:
            file.seek(at)
            while chunk := file.read(_CHUNK):
                *lines, torn = (torn + chunk).split(b"\n")
                for line in lines:
                    at += len(line) + 1
                    self._take(line, at)

    def _take(self, line: bytes, end: int) -> None:
        number = len(self._ends) + 1
        try:
            event = json.loads(line)
            if event["seq"] != number:
                raise ValueError(f"its number is {event['seq']}")
            self.account.take(event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise JobError(
                f"{self._path}, line {number} is no event: {error}. Move the file away; what the run made is kept.", 500
            ) from error
        self._ends.append(end)
