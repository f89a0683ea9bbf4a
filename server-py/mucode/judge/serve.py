"""`serve`: answers JSON lines on stdin with JSON lines on stdout, several requests at once.

Shapes are those of the protocol; the work is in candidates, answer and inspection.
"""

import contextlib
import functools
import json
import os
import platform
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn, Optional, cast

from . import __version__, candidates, inspection
from .errors import CancelledError, JudgeError
from .kinds import AnyProblem, problem_from_json
from .pool import Pool
from .verdict import TestVerdict

PROTOCOL = 1
MOST_LINE_BYTES = 4 * 1024 * 1024
_CANCELLED = "cancelled"


@dataclass
class _Request:
    """One request under way."""

    id: Any
    cancelled: threading.Event = field(default_factory=threading.Event)
    left: int = 1
    """Parts that are not done yet."""
    candidates: list[Future[None]] = field(default_factory=list[Future[None]])
    trouble: Optional[str] = None
    answered: bool = False
    """It got the one event that answers it, so no `done` follows."""


class Service:
    """Reads requests on one thread and answers from others; ends with its input."""

    def __init__(self, pool: Pool, source: BinaryIO, sink: BinaryIO) -> None:
        self._pool = pool
        self._source = source
        self._sink = sink
        self._writing = threading.Lock()
        self._requests: dict[Any, _Request] = {}
        self._lock = threading.Lock()
        self._judging = ThreadPoolExecutor(pool.workers, thread_name_prefix="judge")
        # Reading answers and saying hello must not wait behind candidates that run.
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="read")

    def run(self) -> None:
        """Answers until the input ends, then ends everything that still runs."""
        try:
            while True:
                line = self._source.readline(MOST_LINE_BYTES + 1)
                if not line:
                    return
                if len(line) > MOST_LINE_BYTES:
                    self._skip_rest(line)
                elif line.strip():
                    self._accept(line)
        finally:
            self._stop()

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._source.readline(MOST_LINE_BYTES)
        self._emit({"id": None, "event": "error", "message": "A line was longer than 4 MiB and was not read."})

    def _stop(self) -> None:
        with self._lock:
            for request in self._requests.values():
                request.cancelled.set()
        self._pool.interrupt()
        self._reading.shutdown(wait=False, cancel_futures=True)
        self._judging.shutdown(wait=True, cancel_futures=True)

    def _emit(self, event: dict[str, Any]) -> None:
        line = json.dumps(event).encode() + b"\n"
        with self._writing, contextlib.suppress(BrokenPipeError):
            self._sink.write(line)
            self._sink.flush()

    def _accept(self, line: bytes) -> None:
        """Starts one request; a line that is none is answered with an error."""
        message: dict[str, Any] = {}
        try:
            parsed: object = json.loads(line)
            if not isinstance(parsed, dict):
                raise JudgeError("A request is a JSON object.")
            message = cast("dict[str, Any]", parsed)
            self._begin(message)
        except JudgeError as error:
            self._emit({"id": message.get("id"), "event": "error", "message": str(error)})
        except (ValueError, RecursionError) as error:
            self._emit({"id": None, "event": "error", "message": f"This line is no JSON: {error}"})

    def _begin(self, message: dict[str, Any]) -> None:
        if not isinstance(message.get("id"), (str, int)):
            raise JudgeError("A request needs an id, a string or a number.")
        operation = message.get("op")
        if operation == "cancel":
            self._cancel(message["id"])
            return
        known: dict[Any, Callable[[_Request, dict[str, Any]], None]] = {
            "hello": self._hello,
            "inspect": self._inspect,
            "region": self._region,
            "extract": self._extract,
            "judge": self._judge,
        }
        if not isinstance(operation, str) or operation not in known:
            raise JudgeError(f"There is no op {operation!r}; there are {', '.join(known)} and cancel.")
        request = _Request(message["id"])
        with self._lock:
            if request.id in self._requests:
                raise JudgeError("A request with this id is still under way.")
            self._requests[request.id] = request
        self._reading.submit(self._guard, request, functools.partial(known[operation], request, message))

    def _guard(self, request: _Request, work: Callable[[], None]) -> None:
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

    def _finish(self, request: _Request) -> None:
        """Counts one part as done; after the last one the request gets its closing event."""
        with self._lock:
            request.left -= 1
            if request.left:
                return
            self._requests.pop(request.id, None)
        if request.trouble is not None:
            self._emit({"id": request.id, "event": "error", "message": request.trouble})
        elif not request.answered:
            self._emit({"id": request.id, "event": "done"})

    def _answer(self, request: _Request, event: str, content: Mapping[str, Any]) -> None:
        request.answered = True
        self._emit({"id": request.id, "event": event, **content})

    def _cancel(self, request_id: object) -> None:
        with self._lock:
            request = self._requests.get(request_id)
        if request is None:
            return
        request.cancelled.set()
        request.trouble = _CANCELLED
        for candidate in list(request.candidates):
            if candidate.cancel():
                self._finish(request)

    def _hello(self, request: _Request, _message: dict[str, Any]) -> None:
        choice = self._pool.choice()
        self._answer(
            request,
            "hello",
            {
                "v": PROTOCOL,
                "judge": __version__,
                "tier": choice.tier,
                "why": list(choice.why),
                "python": platform.python_version(),
                "workers": self._pool.workers,
            },
        )

    def _inspect(self, request: _Request, message: dict[str, Any]) -> None:
        self._answer(request, "inspected", inspection.inspect(_text(message, "text")))

    def _region(self, request: _Request, message: dict[str, Any]) -> None:
        text, entry_point = _text(message, "text"), _text(message, "entry_point")
        self._answer(request, "region", inspection.region(text, entry_point))

    def _extract(self, request: _Request, message: dict[str, Any]) -> None:
        problem = problem_from_json(message.get("problem"))
        self._answer(request, "extracted", candidates.extract(problem, _text(message, "answer")).as_json())

    def _judge(self, request: _Request, message: dict[str, Any]) -> None:
        problem = problem_from_json(message.get("problem"))
        which = _text(message, "which")
        problem.tests(which)
        given = [_candidate(one) for one in _list(message, "candidates")]
        with self._lock:
            request.left += len(given)
        for one in given:
            work = functools.partial(self._judge_one, request, problem, which, one)
            request.candidates.append(self._judging.submit(self._guard, request, work))

    def _judge_one(self, request: _Request, problem: AnyProblem, which: str, candidate: dict[str, str]) -> None:
        def on_test(test: TestVerdict) -> None:
            event = {"candidate": candidate["id"], "test": test.test, "result": test.result, "ms": round(test.ms, 1)}
            self._emit({"id": request.id, "event": "test", **event})

        def on_infra(message: str) -> None:
            self._emit({"id": request.id, "event": "infra", "message": message})

        verdict = candidates.judge(self._pool, problem, which, candidate, request.cancelled, on_test, on_infra)
        self._emit({"id": request.id, "event": "verdict", **verdict})


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise JudgeError(f"{name} must be text.")
    return value


def _list(message: dict[str, Any], name: str) -> list[object]:
    value = message.get(name)
    if not isinstance(value, list):
        raise JudgeError(f"{name} must be a list.")
    return cast("list[object]", value)


def _candidate(given: object) -> dict[str, str]:
    if isinstance(given, dict):
        fields = cast("dict[str, object]", given)
        found = {name: value for name, value in fields.items() if isinstance(value, str)}
        if "id" in found and ("answer" in found) != ("program" in found):
            return found
    raise JudgeError("A candidate is an object with an id and either an answer or a program, all of them text.")


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def serve(pool: Pool) -> NoReturn:
    """Serves on stdin and stdout until stdin ends or SIGTERM comes."""
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(SystemExit, KeyboardInterrupt):
        Service(pool, sys.stdin.buffer, sys.stdout.buffer).run()
    pool.close()
    # A thread may still parse a large text; nobody waits for it.
    os._exit(0)
