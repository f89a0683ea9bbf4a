"""Passes one chat request to the engine and its answer back, as it comes. When the client leaves, the engine stops."""

import asyncio
import json
from contextlib import suppress
from typing import cast

import httpx
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mucode.serve.answers import error_answer, error_body
from mucode.serve.chat import ChatRequest
from mucode.serve.engine import Engine

OK = 200
CHAT_PATH = "/v1/chat/completions"
STREAM_END = b"data: [DONE]\n\n"
# A plain answer is read whole before it is passed on, so that a break in it becomes an error and not half a JSON.
PLAIN_BYTES = 64 * 1024 * 1024
ENGINE_LEFT = "The engine stopped in the middle of the answer. Its state and last output: GET /v1/state."


class Relay(Response):
    """The answer to a chat request. Owns the engine's request from start to end or abort."""

    def __init__(self, engine: Engine, chat: ChatRequest) -> None:
        super().__init__()
        self._engine = engine
        self._chat = chat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passing = asyncio.create_task(self._pass(scope, receive, send))
        leaving = asyncio.create_task(_client_left(receive))
        finished = False
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finished = passing.done()
        finally:
            # Also reached by cancellation, when the gateway shuts down.
            leaving.cancel()
            passing.cancel()
            if not finished:
                self._engine.abort(self._chat.rid)
        with suppress(asyncio.CancelledError):
            await passing

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._engine.client.build_request("POST", CHAT_PATH, json=self._chat.body)
        try:
            upstream = await self._engine.client.send(request, stream=True)
        except httpx.HTTPError as error:
            answer = error_answer(502, "engine", f"The engine did not take the request: {_reason(error)}. Try again.")
            await answer(scope, receive, send)
            return
        try:
            if self._chat.stream and upstream.status_code == OK:
                await self._pass_stream(upstream, send)
            else:
                await (await self._whole(upstream))(scope, receive, send)
        finally:
            await upstream.aclose()

    async def _pass_stream(self, upstream: httpx.Response, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        end = b""
        with suppress(httpx.HTTPError):
            async for chunk in upstream.aiter_raw():
                end = (end + chunk)[-len(STREAM_END) :]
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        # Not every break is an error in HTTP: some servers mark the end by closing, and so does a dying one.
        if end != STREAM_END:
            last = f"\n\ndata: {json.dumps(error_body('engine', ENGINE_LEFT))}\n\n"
            await send({"type": "http.response.body", "body": last.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _whole(self, upstream: httpx.Response) -> Response:
        data = bytearray()
        try:
            async for chunk in upstream.aiter_bytes():
                data += chunk
                if len(data) > PLAIN_BYTES:
                    self._engine.abort(self._chat.rid)
                    return error_answer(502, "engine", "The engine's answer is too large. Ask for less, or stream it.")
        except httpx.HTTPError:
            return error_answer(502, "engine", ENGINE_LEFT)
        if upstream.status_code == OK:
            return Response(bytes(data), 200, media_type="application/json")
        answer = _engine_error(upstream.status_code, bytes(data))
        if wait := upstream.headers.get("Retry-After"):
            answer.headers["Retry-After"] = wait
        return answer


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _engine_error(status: int, data: bytes) -> Response:
    """The engine's own error in the common shape. Its 401 is our mistake, not the client's."""
    message = data[:2000].decode("utf-8", "replace")
    with suppress(ValueError):
        parsed: object = json.loads(data)
        inner = _field(parsed, "error")
        message = str(_field(inner, "message") or _field(parsed, "message") or inner or message)
    status = 502 if status in (401, 403) else status
    return error_answer(status, "engine", f"The engine answered: {message}")


def _field(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


def _reason(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
