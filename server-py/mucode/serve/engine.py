"""The engine behind the gateway: its state, its address, and the calls the gateway itself makes to it.

`Engine` is what both kinds share; `LocalEngine` (supervisor.py) starts one, `UrlEngine` (remote.py) uses another's.
"""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, cast

import httpx

from mucode.errors import MucodeError

State = Literal["starting", "ready", "failed", "stopped"]
OnState = Callable[["Engine"], None]

# An engine computes for long without sending a byte, above all on a CPU.
TIMEOUT = httpx.Timeout(10.0, read=600.0)
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)
# The engine ignores an abort for a request that it has not taken up yet, hence more than one.
ABORT_AFTER_S = (0.0, 0.3, 1.5)


class Engine(ABC):
    """State and HTTP access. Subclasses run `_run` as a task between `start` and `stop`."""

    kind: str
    device: str

    def __init__(self, on_state: OnState) -> None:
        self.state: State = "stopped"
        self.message = ""
        self.model: str | None = None
        self.context_length: int | None = None
        # Of the pair that the model is from; None for a model that was given by itself.
        self.revision: str | None = None
        self._on_state = on_state
        self._started_at = time.monotonic()
        self._client: httpx.AsyncClient | None = None
        self._admin_headers: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._aborts: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def _run(self) -> None:
        """Bring the engine up and keep it up, until cancelled or failed for good."""

    @abstractmethod
    def log_tail(self) -> list[str]:
        """The engine's last output lines, oldest first; empty where there is no access to them."""

    @property
    def client(self) -> httpx.AsyncClient:
        """The HTTP client for the engine's user routes. Only valid while the state is ready."""
        if self._client is None:
            raise MucodeError("The engine is not running.")
        return self._client

    def start(self) -> None:
        """Begin; returns at once. Follow `state`."""
        self._started_at = time.monotonic()
        self._task = asyncio.create_task(self._guarded_run())

    async def stop(self) -> None:
        """End the engine and everything it started."""
        for task in self._aborts:
            task.cancel()
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._close_client()
        self._become("stopped", "The engine was stopped.")

    def snapshot(self) -> dict[str, Any]:
        """What /v1/state says of the engine."""
        return {
            "state": self.state,
            "message": self.message,
            "engine": self.kind,
            "device": self.device,
            "model": self.model,
            "context_length": self.context_length,
            "revision": self.revision,
            "log": self.log_tail(),
            "started_s": round(time.monotonic() - self._started_at, 1),
        }

    def abort(self, rid: str) -> None:
        """End the engine's work on a request whose client has gone; returns at once. Parts of it (`n`) end too."""
        task = asyncio.create_task(self._abort(rid))
        self._aborts.add(task)
        task.add_done_callback(self._aborts.discard)

    async def _abort(self, rid: str) -> None:
        for delay in ABORT_AFTER_S:
            await asyncio.sleep(delay)
            with contextlib.suppress(httpx.HTTPError, MucodeError):
                await self.client.post("/abort_request", json={"rid": rid}, headers=self._admin_headers, timeout=5.0)

    async def _guarded_run(self) -> None:
        try:
            await self._run()
        except MucodeError as error:
            self._become("failed", str(error))
        except Exception:
            # Clients must not wait for ever because of a bug here.
            logging.getLogger(__name__).exception("The engine's task ended by a bug.")
            self._become("failed", "The server has a bug; its standard error shows where. Start it again.")

    def _become(self, state: State, message: str) -> None:
        if (state, message) == (self.state, self.message):
            return
        self.state, self.message = state, message
        self._on_state(self)

    async def _open_client(self, url: str, api_key: str | None, admin_key: str | None) -> None:
        await self._close_client()
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._admin_headers = {"Authorization": f"Bearer {admin_key}"} if admin_key else headers
        # The environment's proxy settings are for the internet, not for this.
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, limits=LIMITS, trust_env=False)

    async def _close_client(self) -> None:
        if self._client:
            await self._client.aclose()
            self._client = None

    async def _learn_model(self) -> None:
        """Ask for the model's name and its context length, which SGLang and vLLM call `max_model_len`."""
        answer = await self.client.get("/v1/models", timeout=10.0)
        answer.raise_for_status()
        models = cast("list[dict[str, Any]]", answer.json().get("data") or [])
        if not models:
            raise MucodeError("The engine lists no model.")
        length = models[0].get("max_model_len")
        self.model = str(models[0].get("id"))
        self.context_length = length if isinstance(length, int) else None

    async def _try_forward(self) -> None:
        """One token through the whole model: the only proof that it can answer."""
        body = {"model": self.model, "messages": [{"role": "user", "content": "1"}], "max_tokens": 1}
        (await self.client.post("/v1/chat/completions", json=body, timeout=120.0)).raise_for_status()
