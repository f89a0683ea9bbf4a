"""What a new child does between the fork and its end: its descriptors, its fences, its job.

How a server comes to have children, and what becomes of them, is in forkserver.py.
"""

import fcntl
import json
import os
import signal
import socket
import sys
from types import ModuleType
from typing import Any, NoReturn

from . import fences, linux, room
from .ground import LENGTH_BYTES

_JOB_FD, _RESULT_FD, _FIRST_FREE_FD = 3, 4, 5
_BLOCK_BYTES = 1 << 16
"""As much as a pipe holds."""


class Child:
    """How every child of a server lives. Made in the server, once; `live` is the child's alone."""

    def __init__(self, config: fences.Config, inside: ModuleType, trouble: socket.socket) -> None:
        """inside: the module whose `run` does a job; trouble: for what goes wrong before the job is read."""
        self.fences = fences.Fences(config)
        self._config = config
        self._inside = inside
        self._trouble = trouble
        self._highest_fd = os.sysconf("SC_OPEN_MAX")

    def rehearse(self) -> None:
        """In the server: see function/inside.py."""
        self._inside.rehearse()

    def live(self, request: dict[str, Any], fds: list[int]) -> NoReturn:
        """Everything from here on happens in the child. fds: for job, output and results."""
        try:
            _arrange_descriptors(fds)
            linux.unblock_interrupt()
            files = _read_given() if self._config.ground else {}
            folders = self.fences.stand(files)
            if request.get("probe"):
                faults = fences.faults(self._config)
                if faults:
                    raise OSError("; ".join(faults))
            if folders:
                room.offer(self._trouble, folders)
        except BaseException as error:  # noqa: BLE001  this process must end here, whatever happened
            try:
                self._trouble.send(f"{type(error).__name__}: {error}".encode()[:4000])
            finally:
                os._exit(1)
        # Nothing of the server's may be within reach of a candidate.
        os.closerange(_FIRST_FREE_FD, self._highest_fd)
        try:
            if not request.get("probe"):
                self._inside.run(_read_job(), _RESULT_FD)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException as error:  # noqa: BLE001  untrusted code may raise anything
            sys.stderr.write(f"{type(error).__name__}\n")
            os._exit(1)
        os._exit(0)


def block_interrupts() -> None:
    """In the server, which must not end by an interrupt; to its children one means what it means to any Python."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def _arrange_descriptors(fds: list[int]) -> None:
    """Makes 0 to 4 /dev/null, output twice, job and results. None of them has another number's place."""
    job = fcntl.fcntl(fds[0], fcntl.F_DUPFD, linux.ELSEWHERE)
    output = fcntl.fcntl(fds[1], fcntl.F_DUPFD, linux.ELSEWHERE)
    result = fcntl.fcntl(fds[2], fcntl.F_DUPFD, linux.ELSEWHERE)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(job, _JOB_FD, False)
    os.dup2(result, _RESULT_FD, False)


def _read_given() -> dict[str, str]:
    """The files that the child is given; they come before its job, and nothing of them is executed here."""
    length = int.from_bytes(_read_exactly(LENGTH_BYTES), "big")
    return json.loads(_read_exactly(length))


def _read_exactly(length: int) -> bytes:
    read = bytearray()
    while len(read) < length:
        block = os.read(_JOB_FD, min(length - len(read), _BLOCK_BYTES))
        if not block:
            raise EOFError("the job ended too early")
        read += block
    return bytes(read)


def _read_job() -> bytes:
    job = bytearray()
    while True:
        block = os.read(_JOB_FD, _BLOCK_BYTES)
        if not block:
            os.close(_JOB_FD)
            return bytes(job)
        job += block
