"""An engine that someone else runs, reached by URL: any OpenAI-compatible server."""

import asyncio

import httpx

from mucode.errors import MucodeError
from mucode.serve.engine import Engine, OnState
from mucode.serve.settings import Settings

WATCH_S = 5.0


class UrlEngine(Engine):
    """Never fails for good: the other server may come back."""

    kind = "url"
    device = "remote"

    def __init__(self, settings: Settings, on_state: OnState) -> None:
        super().__init__(on_state)
        if not settings.engine_url:
            raise MucodeError("--engine url needs --engine-url, for example --engine-url http://127.0.0.1:30000")
        self._url = settings.engine_url.rstrip("/").removesuffix("/v1")
        self._key = settings.engine_key

    def log_tail(self) -> list[str]:
        return []

    async def _run(self) -> None:
        await self._open_client(self._url, self._key, None)
        self._become("starting", f"Looking for the engine at {self._url}.")
        while True:
            try:
                await self._learn_model()
            except (httpx.HTTPError, ValueError) as error:
                reason = str(error) or type(error).__name__
                self._become("starting", f"The engine at {self._url} does not answer as expected: {reason}")
            else:
                self._become("ready", f"Ready with {self.model} at {self._url}.")
            await asyncio.sleep(WATCH_S)
