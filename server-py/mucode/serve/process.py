"""One run of the engine's process under its keeper, with its output going to the log."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mucode.errors import MucodeError
from mucode.serve.engine_log import EngineLog
from mucode.serve.keeper import GRACE_S

KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True)
class Launch:
    """A command and its whole environment."""

    command: Sequence[str]
    environment: Mapping[str, str]


class EngineProcess:
    """A started engine. `wait` until it ends by itself, `end` to make it end."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: EngineLog) -> None:
        self._process = process
        self._pump = asyncio.create_task(_pump(output, log))

    @classmethod
    async def start(cls, launch: Launch, log: EngineLog) -> "EngineProcess":
        """Start the command under a keeper. Raises MucodeError if the command is not there."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(KEEPER), *launch.command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(launch.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise MucodeError(f"The engine could not be started: {error}.") from error
        if process.stdout is None:
            raise AssertionError("a pipe was asked for")
        return cls(process, process.stdout, log)

    @property
    def exited(self) -> bool:
        """Whether it has ended."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """The exit status, once it has ended and its last output is in the log."""
        status = await self._process.wait()
        await asyncio.wait([self._pump], timeout=1.0)
        return status

    async def end(self) -> None:
        """End the engine and all its processes; returns when they are gone."""
        if self._process.stdin:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), GRACE_S + 5)
        if not self.exited:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        await asyncio.wait([self._pump], timeout=1.0)
        self._pump.cancel()


async def _pump(output: asyncio.StreamReader, log: EngineLog) -> None:
    while data := await output.read(65536):
        log.feed(data)
