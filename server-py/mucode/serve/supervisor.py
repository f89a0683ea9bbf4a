"""Runs an engine as a supervised process: starts it, waits until it answers, watches it, restarts it when it dies."""

import asyncio
import dataclasses
import time

import httpx

from mucode.errors import MucodeError
from mucode.serve.engine import Engine, OnState
from mucode.serve.engine_log import EngineLog
from mucode.serve.inprocess_launch import inprocess_launch
from mucode.serve.merging import whole_model
from mucode.serve.process import EngineProcess
from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import chosen_device, new_access, sglang_launch

OK = 200
POLL_S = 0.25
WATCH_S = 10.0
MISSED_WATCHES = 6
MAX_RESTARTS = 5
# An engine that stood this long has earned its restarts back.
PROVEN_S = 300.0


class LocalEngine(Engine):
    """SGLang, or torch in a process of its own. It fails for good if it dies before it was ever ready, or after too
    many restarts."""

    def __init__(self, settings: Settings, on_state: OnState) -> None:
        super().__init__(on_state)
        # Beside someone else's generator a verifier runs in SGLang.
        self.kind = "transformers" if settings.engine == "transformers" else "sglang"
        self.device = chosen_device(settings)
        self.revision = settings.revision
        self._settings = settings
        self._log = EngineLog(settings.log_file)
        self._was_ready = False

    def log_tail(self) -> list[str]:
        return self._log.tail()

    async def stop(self) -> None:
        await super().stop()
        self._log.close()

    async def _run(self) -> None:
        restarts = 0
        message = f"The engine is loading the model (on {self.device})."
        self._become("starting", message)
        await self._make_whole()
        while True:
            self._become("starting", message)
            began = time.monotonic()
            ended = await self._run_once()
            restarts = 1 if time.monotonic() - began > PROVEN_S else restarts + 1
            if not self._was_ready or restarts > MAX_RESTARTS:
                raise MucodeError(f"{ended} Its output is in {self._settings.log_file}.")
            message = f"{ended} It is being started again ({restarts} of {MAX_RESTARTS})."
            self._become("starting", message)
            await asyncio.sleep(min(2.0 ** (restarts - 1), 30.0))

    async def _make_whole(self) -> None:
        """Engines load whole models: an adapter is merged into its base first."""
        model, python = self._settings.model, self._settings.engine_python
        if model and python:
            whole = await whole_model(model, self._settings.base, python)
            self._settings = dataclasses.replace(self._settings, model=whole)

    async def _run_once(self) -> str:
        """One life of the engine; returns the sentence that says how it ended."""
        access = new_access()
        self._log.hide([access.api_key, access.admin_key])
        launch = inprocess_launch if self.kind == "transformers" else sglang_launch
        process = await EngineProcess.start(launch(self._settings, access), self._log)
        ending = asyncio.create_task(process.wait())
        try:
            await self._open_client(access.url, access.api_key, access.admin_key)
            serving = asyncio.create_task(self._serve_and_watch())
            try:
                await asyncio.wait({ending, serving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                serving.cancel()
            if serving.done() and not serving.cancelled():
                return serving.result()
            return f"The engine ended by itself (exit status {ending.result()})."
        finally:
            ending.cancel()
            await process.end()

    async def _serve_and_watch(self) -> str:
        """Wait until the engine answers, then until it stops answering."""
        try:
            async with asyncio.timeout(self._settings.start_timeout_s):
                await self._until_healthy()
                await self._learn_model()
                await self._try_forward()
        except TimeoutError:
            return f"The engine was not ready after {self._settings.start_timeout_s:.0f} s."
        except httpx.HTTPError as error:
            return f"The engine's first answer failed ({error})."
        self._was_ready = True
        self._become("ready", f"Ready with {self.model} on {self.device}.")
        missed = 0
        while missed < MISSED_WATCHES:
            await asyncio.sleep(WATCH_S)
            missed = 0 if await self._is_healthy() else missed + 1
        return f"The engine has not answered for {MISSED_WATCHES * WATCH_S:.0f} s."

    async def _until_healthy(self) -> None:
        while True:
            if await self._is_healthy():
                return
            await asyncio.sleep(POLL_S)

    async def _is_healthy(self) -> bool:
        try:
            return (await self.client.get("/health", timeout=WATCH_S)).status_code == OK
        except httpx.HTTPError:
            return False
