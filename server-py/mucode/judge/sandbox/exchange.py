"""One job of one fork server, seen from outside: its pipes, its clocks, what comes out of it, and the kill.

The server's own life is in supervise.py.
"""

import array
import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Optional

from ..limits import OUTPUT_CAP_BYTES, Limits, Outcome
from . import linux

CONTROL_BYTES = 65536
"""Longest message of a server."""
GRACE_S = 3.0
"""A server that takes longer than this to end is killed."""
_ANSWER_S = 10.0
"""A server that takes longer than this to say that its child has ended is given up, and the job is run again. Not
sooner: with a dozen busy processes for each core some have waited three seconds for their turn."""
POLL_S = 0.05
_REST_MS = 5
"""A child that writes line by line would wake this process, and be interrupted itself, for each of them."""
_LITTLE_BYTES = 16 * 1024
"""Far less than a pipe holds, so that a child need not wait for room in the meantime."""


class Child:
    """What comes out of one child while it runs, and why it was killed, if it was."""

    def __init__(self, limits: Limits, on_record: Optional[Callable[[bytes], None]]) -> None:
        self.limits = limits
        self._on_record = on_record
        self._told = 0
        self.output = bytearray()
        self.results = bytearray()
        self.limit: Optional[str] = None
        self.timed_out = False
        self._printed = 0
        self._started = self._last_record = time.monotonic()

    def printed(self, block: bytes) -> None:
        self._printed += len(block)
        room = self.limits.output_bytes - len(self.output)
        self.output += block[: max(0, room)]
        if self._printed > OUTPUT_CAP_BYTES:
            self.limit = "output"

    def recorded(self, block: bytes) -> None:
        self.results += block
        if b"\n" in block:
            self._last_record = time.monotonic()
            self._tell()
        if len(self.results) > self.limits.record_bytes:
            self.limit = "output"

    def _tell(self) -> None:
        """Hands on the lines that are complete now."""
        if self._on_record is None or self.limit is not None:
            return
        end = self.results.rindex(b"\n")
        for line in bytes(self.results[self._told : end]).split(b"\n"):
            self._on_record(line)
        self._told = end + 1

    def left_s(self) -> float:
        """Seconds until one of the clocks runs out."""
        now = time.monotonic()
        started = self._last_record != self._started
        step_s = self.limits.step_s if started or self.limits.start_s is None else self.limits.start_s
        return min(self._started + self.limits.wall_s, self._last_record + step_s) - now

    def outcome(self, answer: dict[str, Any]) -> Outcome:
        status = int(answer["status"])
        signalled = os.WIFSIGNALED(status)
        return Outcome(
            results=bytes(self.results[: self.limits.record_bytes]),
            output=bytes(self.output),
            exit_status=None if signalled else os.WEXITSTATUS(status),
            signal=os.WTERMSIG(status) if signalled else None,
            timed_out=self.timed_out,
            limit=self.limit or answer["limit"],
            ms=(time.monotonic() - self._started) * 1000,
        )


class Exchange:
    """One job: pipes, poll loop, kill."""

    def __init__(self, control: socket.socket, job: bytes, child: Child, cancelled: threading.Event) -> None:
        self._control = control
        self._child = child
        self._cancelled = cancelled
        self._job = memoryview(job)
        self._pidfd = -1
        self._kill_by: Optional[float] = None
        self._poller = select.poll()
        self._server = select.poll()
        """The server's messages alone: how the child ended is known at once."""
        self._came = 0
        """Bytes that the child wrote since the last look."""
        self._open: set[int] = set()

    def __enter__(self) -> "Exchange":
        job_read, self._job_fd = os.pipe()
        self._output_fd, output_write = os.pipe()
        self._result_fd, result_write = os.pipe()
        self._theirs = [job_read, output_write, result_write]
        self._open |= {self._job_fd, self._output_fd, self._result_fd}
        os.set_blocking(self._job_fd, False)
        os.set_blocking(self._output_fd, False)
        os.set_blocking(self._result_fd, False)
        return self

    def __exit__(self, *_: object) -> None:
        for fd in [*self._open, *self._theirs]:
            os.close(fd)
        if self._pidfd >= 0:
            os.close(self._pidfd)

    def run(self, probe: bool) -> dict[str, Any]:
        for fd in (self._control.fileno(), self._output_fd, self._result_fd):
            self._poller.register(fd, select.POLLIN)
        self._poller.register(self._job_fd, select.POLLOUT)
        self._server.register(self._control.fileno(), select.POLLIN)
        # Most jobs fit into the pipe as a whole: then the child finds its own there and need not wait.
        self._feed()
        self._send(probe)
        answer: Optional[dict[str, Any]] = None
        while answer is None:
            for fd, _ in self._poller.poll(self._patience_s() * 1000):
                answer = self._handle(fd) or answer
            self._judge_time()
            if answer is None and 0 < self._came < _LITTLE_BYTES and self._server.poll(_REST_MS):
                answer = self._listen()
            self._came = 0
        while self._read(self._output_fd, self._child.printed):
            pass
        while self._read(self._result_fd, self._child.recorded):
            pass
        return answer

    def _patience_s(self) -> float:
        """How long to wait for news. Once a child is killed, or before it can be, no clock of its own matters."""
        if self._kill_by is not None or self._pidfd < 0:
            return POLL_S
        return max(0.001, min(POLL_S, self._child.left_s()))

    def _send(self, probe: bool) -> None:
        limits = self._child.limits
        request = {name: getattr(limits, name) for name in ("memory_bytes", "file_bytes", "scratch_bytes", "processes")}
        request["probe"] = probe
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", self._theirs))]
        self._control.sendmsg([json.dumps(request).encode()], rights)
        for fd in self._theirs:
            os.close(fd)
        self._theirs = []

    def _handle(self, fd: int) -> Optional[dict[str, Any]]:
        if fd == self._job_fd:
            self._feed()
        elif fd == self._output_fd:
            self._read(fd, self._child.printed)
        elif fd == self._result_fd:
            self._read(fd, self._child.recorded)
        else:
            return self._listen()
        return None

    def _listen(self) -> Optional[dict[str, Any]]:
        """The server's messages: the descriptor of a child that takes its time, then how it ended."""
        message, ancillary, _, _ = self._control.recvmsg(CONTROL_BYTES, socket.CMSG_SPACE(4))
        if not message:
            raise ConnectionResetError("the fork server died")
        for _, _, data in ancillary:
            self._pidfd = array.array("i", data[:4])[0]
        return None if ancillary else json.loads(message)

    def _feed(self) -> None:
        try:
            written = os.write(self._job_fd, self._job[: 1 << 16])
            self._job = self._job[written:]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._job = self._job[:0]
        if not self._job:
            self._drop(self._job_fd)

    def _read(self, fd: int, take: Any) -> bool:  # noqa: ANN401  one of the two methods of Child
        if fd not in self._open:
            return False
        try:
            block = os.read(fd, 1 << 16)
        except BlockingIOError:
            return False
        if not block:
            self._drop(fd)
            return False
        take(block)
        self._came += len(block)
        return True

    def _drop(self, fd: int) -> None:
        self._poller.unregister(fd)
        self._open.discard(fd)
        os.close(fd)

    def _judge_time(self) -> None:
        """Kills the child when a clock or a cap ran out, and gives the server up when that does not end it."""
        if self._kill_by is not None:
            if time.monotonic() > self._kill_by:
                raise TimeoutError("the fork server does not answer")
            return
        late = self._child.left_s() <= 0
        if not (late or self._child.limit or self._cancelled.is_set()) or self._pidfd < 0:
            if late and self._child.left_s() < -_ANSWER_S:
                raise TimeoutError("the fork server does not start a child")
            return
        self._child.timed_out = late and not self._child.limit
        linux.pidfd_kill(self._pidfd)
        self._kill_by = time.monotonic() + _ANSWER_S
