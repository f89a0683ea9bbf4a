"""The process that turns programs into token ids, with the trainer's own code (mucode/train/verifier/encoding.py)."""

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mucode
from mucode.errors import MucodeError

MODULE = "mucode.train.verifier.encoding"
LINE_BYTES = 64 * 1024 * 1024
# Loading the tokenizer takes minutes on a machine that is busy with a training.
ANSWER_S = 300.0


class RefusedError(MucodeError):
    """What was to be encoded is not what the trainer's code expects."""


class Encoder:
    """Started with the first request and again after it died. It ends with us, because its standard input does."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._python, self._folder = python, folder
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def encode(self, request: Mapping[str, Any]) -> list[list[int]]:
        """One list of ids per program. Raises RefusedError for a request that cannot be encoded, else MucodeError."""
        async with self._turn:
            try:
                answer = await asyncio.wait_for(self._asked(request), ANSWER_S)
            except BaseException as error:
                # Also when the client left: the answer that is still to come belongs to nobody.
                await self._end()
                if isinstance(error, (OSError, ValueError, TimeoutError)):
                    raise MucodeError(f"The verifier's tokenizer failed: {error!r}. Try again.") from error
                raise
        if "error" in answer:
            raise RefusedError(str(answer["error"]))
        return answer["ids"]

    async def stop(self) -> None:
        """End the process."""
        await self._end()

    async def _asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process or await self._start()
        self._process = process
        if process.stdin is None or process.stdout is None:
            raise AssertionError("pipes were asked for")
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        return json.loads(await process.stdout.readline())

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if name not in ("MUCODE_TOKEN", "PYTHONHOME")}
        environment |= {"PYTHONPATH": str(Path(mucode.__file__).parents[1]), "HF_HUB_OFFLINE": "1"}
        return await asyncio.create_subprocess_exec(
            *(str(self._python), "-m", MODULE, str(self._folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=LINE_BYTES,
            start_new_session=True,
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
