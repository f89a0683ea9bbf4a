"""The engine's HTTP routes: of SGLang's those that the gateway uses, in the same shapes. The gateway has the keys."""

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mucode.serve.inprocess.model import Generator, Scores
from mucode.serve.inprocess.telling import Piece, choice_of, chunk_of
from mucode.serve.inprocess.wish import Wish, WishError, read_wish
from mucode.serve.inprocess.worker import FullError, Worker
from mucode.train.verifier.model import Scorer

RETRY_AFTER_S = 2
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Served:
    """What this process has in memory, and what opens it."""

    name: str
    worker: Worker
    at_once: int
    """Samples of one request that go through the model together."""
    generator: Generator | None
    verifier: Scorer | None
    key: str
    admin_key: str


def make_app(served: Served) -> Starlette:
    """The ASGI app."""

    async def health(_: Request) -> Response:
        return JSONResponse({})

    async def models(_: Request) -> Response:
        length = served.generator.context if served.generator else None
        return JSONResponse({"object": "list", "data": [{"id": served.name, "max_model_len": length}]})

    async def loads(_: Request) -> Response:
        running, waiting = served.worker.counts()
        return JSONResponse({"loads": [{"num_running_reqs": running, "num_waiting_reqs": waiting}]})

    async def chat(request: Request) -> Response:
        return await _chat(served, request)

    async def classify(request: Request) -> Response:
        return await _classify(served, request)

    async def abort(request: Request) -> Response:
        served.worker.abort(str((await request.json()).get("rid")))
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/models", _opened(served.key, models)),
            Route("/v1/loads", _opened(served.key, loads)),
            Route("/v1/chat/completions", _opened(served.key, chat), methods=["POST"]),
            Route("/classify", _opened(served.key, classify), methods=["POST"]),
            Route("/abort_request", _opened(served.admin_key, abort), methods=["POST"]),
        ]
    )


def _opened(key: str, answer: Answer) -> Answer:
    async def checked(request: Request) -> Response:
        if hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {key}".encode()):
            return await answer(request)
        return _error(401, "Unauthorized")

    return checked


class _Heard:
    """What the model's thread tells of one request, for the loop that answers it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[Any] = asyncio.Queue()

    def hear(self, told: Any) -> None:  # noqa: ANN401  pieces, scores, or a failure's words
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._told.put_nowait, told)

    async def next(self) -> Any:  # noqa: ANN401  pieces, scores, or a failure's words
        return await self._told.get()


class _Streamed(StreamingResponse):
    """A stream whose request ends with the response, also when the client left before the stream's first piece."""

    def __init__(self, served: Served, rid: str, pieces: AsyncGenerator[str]) -> None:
        super().__init__(pieces, media_type="text/event-stream")
        self._abort = partial(served.worker.abort, rid)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._abort()


async def _chat(served: Served, request: Request) -> Response:
    if served.generator is None:
        return _error(404, "This engine has no generator.")
    heard = _Heard()
    try:
        wish = read_wish(await request.json())
        ids = await asyncio.to_thread(served.generator.prompt, wish)
        served.worker.add(served.generator.batches(ids, wish, served.at_once, heard.hear))
    except WishError as error:
        return _error(400, str(error))
    except FullError:
        return _busy()
    if wish.stream:
        return _Streamed(served, wish.rid, _stream(served, wish, ids, heard))
    return await _unless_left(served, wish.rid, request, _whole(served, wish, ids, heard))


async def _whole(served: Served, wish: Wish, ids: list[int], heard: _Heard) -> Response:
    parts: list[list[Piece]] = [[] for _ in range(wish.n)]
    while not all(part and part[-1].finish for part in parts):
        told = await heard.next()
        if isinstance(told, str):
            served.worker.abort(wish.rid)
            return _error(500, told)
        for piece in cast("list[Piece]", told):
            # A step that was under way when the request was aborted tells of it afterwards.
            if not (parts[piece.index] and parts[piece.index][-1].finish):
                parts[piece.index].append(piece)
    prompt = ids if wish.token_ids else None
    choices = [choice_of(part, _decoder(served), prompt) for part in parts]
    new = sum(len(piece.ids) for part in parts for piece in part)
    return JSONResponse(_head(served, wish, "chat.completion") | {"choices": choices, "usage": _usage(len(ids), new)})


async def _stream(served: Served, wish: Wish, ids: list[int], heard: _Heard) -> AsyncGenerator[str]:
    head = _head(served, wish, "chat.completion.chunk")
    begun, ended, new = set[int](), set[int](), 0
    while len(ended) < wish.n:
        told = await heard.next()
        if isinstance(told, str):
            yield _event({"error": {"message": told, "type": "engine", "code": "engine"}})
            break
        for piece in told:
            if piece.index in ended:
                continue
            new += len(piece.ids)
            if not (piece.text or piece.finish or wish.token_ids or piece.chance):
                continue
            begins = piece.index not in begun
            begun.add(piece.index)
            if piece.finish:
                ended.add(piece.index)
            choice = chunk_of(piece, _decoder(served), begins=begins, ids=wish.token_ids)
            yield _event({**head, "choices": [choice]})
    if wish.usage:
        yield _event({**head, "choices": [], "usage": _usage(len(ids), new)})
    yield "data: [DONE]\n\n"


async def _classify(served: Served, request: Request) -> Response:
    if served.verifier is None:
        return _error(404, "This engine has no verifier.")
    body = await request.json()
    heard, rid = _Heard(), str(body.get("rid") or id(request))
    try:
        served.worker.add([Scores(served.verifier, rid, body["input_ids"], heard.hear)])
    except FullError:
        return _busy()

    async def told() -> Response:
        scores = await heard.next()
        if isinstance(scores, str):
            return _error(500, scores)
        return JSONResponse([{"embedding": [score]} for score in scores])

    return await _unless_left(served, rid, request, told())


async def _unless_left(served: Served, rid: str, request: Request, answer: Awaitable[Response]) -> Response:
    """The answer; nothing more is computed for a client that has gone."""
    answering, leaving = asyncio.ensure_future(answer), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return answering.result() if answering.done() else Response(status_code=499)
    finally:
        leaving.cancel()
        if not answering.done():
            answering.cancel()
            served.worker.abort(rid)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _decoder(served: Served) -> Any:  # noqa: ANN401  transformers' own
    return served.generator.tokenizer if served.generator else None


def _head(served: Served, wish: Wish, kind: str) -> dict[str, Any]:
    return {"id": wish.rid, "object": kind, "created": int(time.time()), "model": served.name}


def _usage(prompt: int, new: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": new, "total_tokens": prompt + new}


def _event(value: object) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _busy() -> Response:
    answer = _error(429, "As many requests wait as may. Try again in a moment.")
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _error(status: int, message: str) -> Response:
    return JSONResponse({"object": "error", "message": message, "code": status}, status)
