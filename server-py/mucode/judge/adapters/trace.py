"""Which functions of the project a test runs, for tests whose text does not show it. Only in one run of a discovery."""

import sys
import threading
from types import CodeType, FrameType
from typing import Any, Optional

from .places import Places

_MOST_EVENTS = 500_000
"""Of one test; each makes it slower by less than a microsecond."""
_MOST_FUNCTIONS = 20_000
_MOST_TOLD = 400


class Trace:
    """Notes functions from the beginning of a test to its end, in all of its threads."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._ran: dict[CodeType, int] = {}
        self._files: dict[str, Optional[str]] = {}
        self._events = 0

    def begin(self) -> None:
        """Notes anew."""
        self._ran = {}
        self._events = 0
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def rows(self) -> "list[list[object]]":
        """(file, first line) of each function, the one that was called last first."""
        sys.setprofile(None)
        threading.setprofile(None)
        found: list[list[object]] = []
        for code in sorted(self._ran, key=self._ran.__getitem__, reverse=True):
            file = self._file(code.co_filename)
            if file is not None and code.co_name != "<module>":
                found.append([file, code.co_firstlineno])
        return found[:_MOST_TOLD]

    def _note(self, frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401  whatever was called or returned
        self._events += 1
        if self._events > _MOST_EVENTS:
            sys.setprofile(None)  # by now a test repeats itself
        elif event == "call" and (frame.f_code in self._ran or len(self._ran) < _MOST_FUNCTIONS):
            self._ran[frame.f_code] = self._events

    def _file(self, name: str) -> Optional[str]:
        if name not in self._files:
            self._files[name] = self._places.relative(name)
        return self._files[name]
