"""The trusted end of one warm fork server: boots it, gives it jobs, ends it.

One job is in exchange.py; which server runs which job is decided in pool.py.
"""

import contextlib
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import Optional

from ..errors import CancelledError
from ..limits import Limits, Outcome
from . import launch
from .exchange import CONTROL_BYTES, GRACE_S, POLL_S, Child, Exchange
from .ground import framed

_BOOT_S = 30.0


class ServerLostError(Exception):
    """The server did not boot, died or does not answer. The pool starts another one."""


class WarmServer:
    """One fork server. Jobs one after the other, from any thread."""

    def __init__(self, started: launch.Started, cancelled: threading.Event) -> None:
        """Takes over a server and waits until it has booted. Raises ServerLostError and CancelledError."""
        self._process, self._control, self._box = started.process, started.control, started.box
        self._in_site = started.in_site
        self.jobs = 0
        self.usable = True
        self.distrusted = False
        """Set after a candidate tampered: the server is replaced before its next job."""
        try:
            self._boot(cancelled)
        except BaseException:
            self._process.kill()
            self.close()
            raise

    def _boot(self, cancelled: threading.Event) -> None:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        deadline = time.monotonic() + _BOOT_S
        while not poller.poll(POLL_S * 1000):
            if cancelled.is_set():
                raise CancelledError
            if time.monotonic() > deadline:
                raise ServerLostError(f"it did not start within {_BOOT_S:g} seconds")
        with contextlib.suppress(ConnectionResetError):
            if self._control.recv(CONTROL_BYTES):
                return
        raise ServerLostError(self._last_words())

    def _last_words(self) -> str:
        self._process.kill()
        _, errors = self._process.communicate()
        return errors.decode("utf-8", "replace").strip()[-2000:] or "it said nothing"

    def run(
        self,
        job: bytes,
        limits: Limits,
        cancelled: threading.Event,
        files: Optional[Mapping[str, str]] = None,
        probe: bool = False,
        on_record: Optional[Callable[[bytes], None]] = None,
    ) -> Outcome:
        """Runs one job to its end. Raises ServerLostError, and CancelledError after the child is dead.

        files: what the child of a site's server sees in place of the project's own; see pool.py.
        on_record: told each record as it comes, while the child still runs.
        """
        self.jobs += 1
        if self._in_site:
            job = framed(job, files or {})
        child = Child(limits, on_record)
        try:
            with Exchange(self._control, job, child, cancelled) as exchange:
                answer = exchange.run(probe)
        except OSError as error:
            self.usable = False
            raise ServerLostError(str(error)) from error
        self.usable = bool(answer["clean"])
        if answer["trouble"]:
            raise ServerLostError(str(answer["trouble"]))
        if cancelled.is_set():
            raise CancelledError
        return child.outcome(answer)

    def hang_up(self) -> None:
        """Tells the server to end, without waiting."""
        self.usable = False
        self._control.close()

    def close(self) -> None:
        """Ends the server and everything in its sandbox."""
        self.hang_up()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._box is not None:
            shutil.rmtree(self._box, ignore_errors=True)
        if self._process.stderr is not None:
            self._process.stderr.close()
