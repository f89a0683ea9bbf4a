"""The requests of `serve` that are under way: their parts, their cancelling, and the one event that closes each.

What a request asks for is done in operations.py; lines are read and written in serve.py.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Optional

from .errors import CancelledError, JudgeError

_CANCELLED = "cancelled"
Emit = Callable[[dict[str, Any]], None]


@dataclass
class Request:
    """One request under way."""

    id: Any
    cancelled: threading.Event = field(default_factory=threading.Event)
    left: int = 1
    """Parts that are not done yet."""
    parts: list[Future[None]] = field(default_factory=list[Future[None]])
    """Those that were handed to other threads."""
    trouble: Optional[str] = None
    answered: bool = False
    """It got the one event that answers it, so no `done` follows."""


class Requests:
    """All requests under way, by id."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._open: dict[Any, Request] = {}
        self._lock = threading.Lock()

    def begin(self, request_id: object) -> Request:
        """A new request. Raises JudgeError for an id that is still in use."""
        request = Request(request_id)
        with self._lock:
            if request.id in self._open:
                raise JudgeError("A request with this id is still under way.")
            self._open[request.id] = request
        return request

    def perform(self, request: Request, work: Callable[[], None]) -> None:
        """Runs one part of a request; whatever it raises becomes the request's error."""
        try:
            if request.cancelled.is_set():
                raise CancelledError
            work()
        except CancelledError:
            request.trouble = _CANCELLED
        except JudgeError as error:
            request.trouble = str(error)
        except BaseException as error:
            request.trouble = f"The judge has a bug: {type(error).__name__}: {error}"
            self._finish(request)
            raise
        self._finish(request)

    def hand_over(self, request: Request, works: Sequence[Callable[[], None]], threads: Executor) -> None:
        """Has parts of a request performed by other threads."""
        with self._lock:
            request.left += len(works)
        for work in works:
            request.parts.append(threads.submit(self.perform, request, work))

    def _finish(self, request: Request) -> None:
        """Counts one part as done; after the last one the request gets its closing event."""
        with self._lock:
            request.left -= 1
            if request.left:
                return
            self._open.pop(request.id, None)
        if request.trouble is not None:
            self._emit({"id": request.id, "event": "error", "message": request.trouble})
        elif not request.answered:
            self._emit({"id": request.id, "event": "done"})

    def tell(self, request: Request, event: str, content: Mapping[str, Any]) -> None:
        """An event on the way."""
        self._emit({"id": request.id, "event": event, **content})

    def answer(self, request: Request, event: str, content: Mapping[str, Any]) -> None:
        """The event that answers a request; no `done` follows it."""
        request.answered = True
        self.tell(request, event, content)

    def cancel(self, request_id: object) -> None:
        """Ends a request; one that is not under way needs no ending."""
        with self._lock:
            request = self._open.get(request_id)
        if request is None:
            return
        request.cancelled.set()
        request.trouble = _CANCELLED
        for part in list(request.parts):
            if part.cancel():
                self._finish(request)

    def cancel_all(self) -> None:
        """Ends everything, because nobody will read the answers."""
        with self._lock:
            for request in self._open.values():
                request.cancelled.set()
