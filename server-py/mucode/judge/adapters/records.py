"""What a runner tells the outside: one JSON line per event, and an exception as plain data."""

import json
import os
import time
from types import TracebackType
from typing import Any, Optional

from .places import Places

_MESSAGE_KEPT = 4000
_FRAMES_KEPT = 30
_TOGETHER_S = 0.02
_LINE_ROOM = 8 * 1024 * 1024
"""The ids of some ten thousand tests, which is what the longest record holds."""


class Recorder:
    """Writes records. It holds its functions itself, because the program under test may replace the modules' own."""

    def __init__(self, fd: int, key: str) -> None:
        self._fd = fd
        self._key = key
        self._dumps = json.dumps
        self._write = os.write
        self._pid = os.getpid
        self._owner = os.getpid()
        self._beside: Optional[dict[str, Any]] = {}
        self._now = time.monotonic
        self._written = self._now()
        self._held = b""

    def note(self, name: str, value: object) -> None:
        """Says something in the record of what was collected, or at once behind it: the first record starts a clock."""
        if self._beside is None:
            self.send({name: value})
        else:
            self._beside[name] = value

    def send(self, record: "dict[str, Any]", soon: bool = False) -> None:
        """Writes one record with the job's key. A process that a test has forked writes nothing.

        soon: it may be written together with the next one, unless the last was written so long ago that the judge's
        clock would be wrong by more than it says.
        """
        if self._pid() != self._owner:
            return
        if "collected" in record:
            record, self._beside = {**record, **(self._beside or {})}, None
        line = self._dumps({"k": self._key, **record}).encode()
        if len(line) > _LINE_ROOM:
            line = self._dumps({"k": self._key, "big": True}).encode()
        line, self._held = self._held + line + b"\n", b""
        if soon and self._now() - self._written < _TOGETHER_S:
            self._held = line
            return
        self._written = self._now()
        while line:
            line = line[self._write(self._fd, line) :]


def shown(error: BaseException) -> str:
    """An exception as its class and message, bounded; doctest and pytest put expected and got values into it."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - its own __str__ is untrusted code
        message = ""
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return text if len(text) <= _MESSAGE_KEPT else text[: _MESSAGE_KEPT - 1] + "…"


def frames(trace: Optional[TracebackType], places: Places) -> "list[dict[str, Any]]":
    """The traceback's frames in files of the project, innermost last."""
    found: list[dict[str, Any]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = places.relative(code.co_filename)
        if file is not None:
            found.append({"file": file, "line": trace.tb_lineno, "name": code.co_name})
        trace = trace.tb_next
    return found[-_FRAMES_KEPT:]


def raised_in(error: BaseException, places: Places) -> "list[dict[str, Any]]":
    """The frames of an exception; a syntax error also names the place in the text that could not be read."""
    found = frames(error.__traceback__, places)
    if isinstance(error, SyntaxError) and error.filename is not None:
        file = places.relative(error.filename)
        if file is not None:
            found.append({"file": file, "line": error.lineno or 1, "name": "<module>"})
    return found
