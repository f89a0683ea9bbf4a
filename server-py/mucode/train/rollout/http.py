"""Sampling over the OpenAI-compatible HTTP interface: retries, the limit of what is in flight, aborts.

Which server it is, and who starts it, is in remote.py and local.py.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx

from mucode.errors import MucodeError
from mucode.prompts import TEMPLATE_VALUES

from .engine import Completion, TooLongError

CHAT = "/v1/chat/completions"
_PAUSE_S = 0.5
_MOST_PAUSE_S = 10.0
_OK, _BAD, _BROKEN = 200, 400, 500
_AGAIN = (408, 425, 429)
_TOO_LONG = ("context length", "context_length", "maximum context", "longer than the model", "too long")


@dataclass(frozen=True)
class Server:
    """A running server and what it can do."""

    name: str
    model: str
    own: bool
    """SGLang, or our gateway before it: a request may ask for the exact token ids and fill the template's variables.
    Other servers get standard fields only."""
    together: bool
    """One request may ask for n samples; where seeds decide, sample k has seed + k. Else it is a request per sample."""
    abort: Callable[[str], Awaitable[None]] | None
    """Ends a request by its rid; None where it ends with its connection only."""


class Room:
    """Lets in as many samples at a time as the engine should have in flight, in the order in which they come."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._queue = asyncio.Lock()
        self._left = asyncio.Event()

    @asynccontextmanager
    async def take(self, samples: int) -> AsyncGenerator[None]:
        """Waits until there is room; a request that is larger than all of it goes alone."""
        samples = min(samples, self._size)
        async with self._queue:
            while self._free < samples:
                self._left.clear()
                await self._left.wait()
            self._free -= samples
        try:
            yield
        finally:
            self._free += samples
            self._left.set()


class _Failure(Exception):  # noqa: N818  no error yet: it is tried again
    """One try failed; the message says how."""


class HttpEngine:
    """An engine behind HTTP. A request that keeps failing ends in a MucodeError that names the cause."""

    def __init__(
        self, server: Server, client: Callable[[], Awaitable[httpx.AsyncClient]], *, in_flight: int, attempts: int
    ) -> None:
        """`client` waits for the server to be up, where it may be started again, and gives the way to it."""
        self.name = server.name
        self._server = server
        self._client = client
        self._room = Room(in_flight)
        self._attempts = attempts

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        n: int,
        seeds: Sequence[int],
        temperature: float,
        top_p: float,
        max_tokens: int,
        rid: str,
    ) -> list[Completion]:
        """See Engine."""
        body: dict[str, Any] = {
            "model": self._server.model,
            "messages": [dict(message) for message in messages],
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
        }
        if self._server.own:
            body |= {"return_token_ids": True, "chat_template_kwargs": TEMPLATE_VALUES}
        if self._server.together and list(seeds) == list(range(seeds[0], seeds[0] + n)):
            return await self._request(body | {"n": n, "seed": seeds[0]}, rid, n)
        parts = [self._request(body | {"n": 1, "seed": seed}, f"{rid}-{k}", 1) for k, seed in enumerate(seeds[:n])]
        return [completion for part in await asyncio.gather(*parts) for completion in part]

    async def abort(self, rid: str) -> None:
        """See Engine."""
        if self._server.abort is not None:
            await self._server.abort(rid)

    async def _request(self, body: dict[str, Any], rid: str, n: int) -> list[Completion]:
        async with self._room.take(n):
            try:
                return await self._insisting(body, rid, n)
            except asyncio.CancelledError:
                await self.abort(rid)
                raise

    async def _insisting(self, body: dict[str, Any], rid: str, n: int) -> list[Completion]:
        """Tries until it works, with pauses that grow."""
        for attempt in range(1, self._attempts + 1):
            try:
                # A request that is sent again is another one to the server.
                return await self._once(body, f"{rid}-a{attempt}" if attempt > 1 else rid, n)
            except (_Failure, httpx.HTTPError, TimeoutError) as error:
                if attempt == self._attempts:
                    raise MucodeError(
                        f"The engine {self.name} failed {attempt} times with the same request, at last with: "
                        f"{error or type(error).__name__}. Look at the engine; the parts that are done are kept."
                    ) from error
                await asyncio.sleep(min(_PAUSE_S * 2 ** (attempt - 1), _MOST_PAUSE_S))
        raise AssertionError("there is at least one attempt")

    async def _once(self, body: dict[str, Any], rid: str, n: int) -> list[Completion]:
        client = await self._client()
        answer = await client.post(CHAT, json=body | {"rid": rid} if self._server.abort else body)
        if answer.status_code >= _BROKEN or answer.status_code in _AGAIN:
            raise _Failure(f"HTTP {answer.status_code}: {answer.text[:300]}")
        if answer.status_code != _OK:
            text = answer.text
            if answer.status_code == _BAD and any(word in text.lower() for word in _TOO_LONG):
                raise TooLongError(f"The engine {self.name} has no room for a conversation: {text[:300]}")
            raise MucodeError(f"The engine {self.name} refuses a request (HTTP {answer.status_code}): {text[:300]}")
        return _completions(answer, n)


def _completions(answer: httpx.Response, n: int) -> list[Completion]:
    try:
        choices = cast("list[dict[str, Any]]", answer.json()["choices"])
        found = [_completion(choice) for choice in sorted(choices, key=lambda choice: int(choice.get("index") or 0))]
    except (ValueError, KeyError, TypeError) as error:
        raise _Failure(f"an answer that is no chat completion ({error}): {answer.text[:300]}") from error
    if len(found) != n:
        raise MucodeError(f"The engine gave {len(found)} answers where {n} were asked for; it is no SGLang.")
    if any(one.finish == "abort" for one in found):
        raise _Failure("the engine ended a sample before it was complete")
    return found


def _completion(choice: dict[str, Any]) -> Completion:
    # A lone surrogate can be sent, but is no text that can be stored.
    sent = str(choice["message"].get("content") or "").encode("utf-16-le", "surrogatepass")
    finish = str(choice.get("finish_reason") or "stop")
    text = sent.decode("utf-16-le", "replace")
    return Completion(text, _ids(choice, "prompt_token_ids"), _ids(choice, "token_ids"), finish)


def _ids(choice: dict[str, Any], name: str) -> tuple[int, ...] | None:
    found = cast("list[int] | None", choice.get(name))
    return tuple(found) if found is not None else None
