"""An engine that runs already: any OpenAI-compatible server, our own gateway included."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

from mucode.errors import MucodeError
from mucode.serve.engine import LIMITS, TIMEOUT

from .http import HttpEngine, Server
from .settings import EngineConfig

_FIRST_S = 15.0
# The engine ignores an abort for a request that it has not taken up yet, hence more than one.
_ABORT_AFTER_S = (0.0, 0.3)


@asynccontextmanager
async def url_engine(config: EngineConfig, key: str | None) -> AsyncGenerator[HttpEngine]:
    """The server at `config.url`. Raises MucodeError when it is not there or does not serve `config.model`."""
    url = config.url.rstrip("/").removesuffix("/v1")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=TIMEOUT, limits=LIMITS, trust_env=False
    ) as client:
        server = await _server_at(client, url, config.model)

        async def ready() -> httpx.AsyncClient:
            return client

        yield HttpEngine(server, ready, in_flight=2 * config.running, attempts=config.attempts)


async def _server_at(client: httpx.AsyncClient, url: str, name: str) -> Server:
    try:
        answer = await client.get("/v1/models", timeout=_FIRST_S)
        answer.raise_for_status()
        models = {str(one["id"]): one for one in cast("list[dict[str, Any]]", answer.json()["data"])}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise MucodeError(
            f"The engine at {url} does not list its models ({error or type(error).__name__}). "
            "Start it, or correct engine.url; its key belongs in MUCODE_ENGINE_KEY."
        ) from error
    if name not in models:
        raise MucodeError(
            f"The engine at {url} has no model {name!r}; it has {', '.join(models) or 'none'}. Correct engine.model."
        )
    owner = models[name].get("owned_by")

    async def abort(rid: str) -> None:
        for delay in _ABORT_AFTER_S:
            await asyncio.sleep(delay)
            with contextlib.suppress(httpx.HTTPError):
                await client.post("/abort_request", json={"rid": rid}, timeout=5.0)

    own = owner in ("sglang", "mucode")
    together = own and not await _is_deterministic(client)
    return Server(f"{name} at {url}", name, own, together, abort if owner == "sglang" else None)


async def _is_deterministic(client: httpx.AsyncClient) -> bool:
    """Whether it is an SGLang in its deterministic mode, where samples of one request are all alike."""
    try:
        answer = await client.get("/server_info", timeout=_FIRST_S)
        info = cast("dict[str, Any]", answer.json()) if answer.is_success else {}
    except (httpx.HTTPError, ValueError):
        return False
    # Our SGLang on a CPU gives each sample a seed of its own.
    return bool(info.get("enable_deterministic_inference")) and info.get("device") != "cpu"
