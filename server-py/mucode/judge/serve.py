"""`serve`: reads JSON lines on stdin and writes JSON lines on stdout, several requests at once.

What the ops do is in operations.py, how requests end in requests.py.
"""

import contextlib
import functools
import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NoReturn, Optional, cast

from .errors import JudgeError
from .kept import Kept
from .operations import Operations
from .requests import Requests
from .sandbox.pool import Pool

MOST_LINE_BYTES = 4 * 1024 * 1024


class Service:
    """Reads requests on one thread and answers from others; ends with its input."""

    def __init__(self, pool: Pool, source: BinaryIO, sink: BinaryIO, kept: Optional[Kept] = None) -> None:
        self._pool = pool
        self._source = source
        self._sink = sink
        self._writing = threading.Lock()
        self._judging = ThreadPoolExecutor(pool.workers, thread_name_prefix="judge")
        # Reading answers and saying hello must not wait behind candidates that run.
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="read")
        self._requests = Requests(self._emit)
        self._operations = Operations(pool, self._requests, self._judging, kept).known

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
        self._requests.cancel_all()
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
            self._requests.cancel(message["id"])
            return
        if not isinstance(operation, str) or operation not in self._operations:
            raise JudgeError(f"There is no op {operation!r}; there are {', '.join(self._operations)} and cancel.")
        request = self._requests.begin(message["id"])
        work = functools.partial(self._operations[operation], request, message)
        self._reading.submit(self._requests.perform, request, work)


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def serve(pool: Pool, kept: Optional[Kept] = None) -> NoReturn:
    """Serves on stdin and stdout until stdin ends or SIGTERM comes."""
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(SystemExit, KeyboardInterrupt):
        Service(pool, sys.stdin.buffer, sys.stdout.buffer, kept).run()
    pool.close()
    # A thread may still parse a large text; nobody waits for it.
    os._exit(0)
