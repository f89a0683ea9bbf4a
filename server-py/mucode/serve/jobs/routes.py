"""The routes of jobs: what is read of requests, and which status is answered. What happens is in jobs.py."""

import asyncio
import errno
import functools
import re
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from mucode.serve.answers import error_answer
from mucode.serve.chat import BadRequestError, read_json
from mucode.serve.jobs.errors import JobError
from mucode.serve.jobs.estimate import estimate
from mucode.serve.jobs.jobs import Jobs
from mucode.serve.jobs.presets import presets
from mucode.serve.jobs.stream import REASON, follow
from mucode.serve.jobs.wanted import Wanted, wanted_of
from mucode.train.reading import SettingError

P = ParamSpec("P")
UNKNOWN_JOB = 4404
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_MOST_EVENTS = 10_000
_MOST_BYTES = 4 << 20
_MOST_LINES = 5_000


def add_job_routes(app: FastAPI, jobs: Jobs) -> None:
    """Adds the routes of jobs and of presets."""
    _add_starting(app, jobs)
    _add_watching(app, jobs)

    @app.post("/v1/jobs/{id_}/stop")
    @_answering
    async def stop(id_: str) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return JSONResponse(await asyncio.to_thread(jobs.stop, id_), 202)

    @app.post("/v1/jobs/{id_}/resume")
    @_answering
    async def resume(id_: str) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return JSONResponse(await asyncio.to_thread(jobs.resume, id_), 202)


def _add_starting(app: FastAPI, jobs: Jobs) -> None:
    @app.post("/v1/jobs")
    @_answering
    async def create(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        key = request.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            raise BadRequestError("'Idempotency-Key' must be 1 to 200 plain characters.")
        job, new = await asyncio.to_thread(jobs.create, await _wanted(request), key)
        return JSONResponse(job, 201 if new else 200)

    @app.post("/v1/jobs/check")
    @_answering
    async def check(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        wanted = await _wanted(request)
        expected = await asyncio.to_thread(estimate, wanted.config, jobs.store / "runs")
        return JSONResponse({"id": wanted.id, "settings": wanted.settings, "estimate": expected})

    @app.get("/v1/presets")
    def named() -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return {"presets": presets()}


def _add_watching(app: FastAPI, jobs: Jobs) -> None:
    @app.get("/v1/jobs")
    @_answering
    async def listed() -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return JSONResponse({"jobs": await asyncio.to_thread(jobs.all)})

    @app.get("/v1/jobs/{id_}")
    @_answering
    async def show(id_: str) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return JSONResponse(await asyncio.to_thread(jobs.show, id_))

    @app.get("/v1/jobs/{id_}/logs")
    @_answering
    async def logs(id_: str, tail: int = 200) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        count = max(1, min(tail, _MOST_LINES))
        return JSONResponse({"lines": await asyncio.to_thread(jobs.printed, id_, count)})

    @app.get("/v1/jobs/{id_}/events")
    @_answering
    async def events(id_: str, after: int = 0, limit: int = 1000) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        count = max(1, min(limit, _MOST_EVENTS))
        lines = await asyncio.to_thread(jobs.log_of(id_).lines, max(0, after), count, _MOST_BYTES)
        return Response(lines, media_type="application/x-ndjson")

    @app.websocket("/v1/jobs/{id_}/events")
    async def live(socket: WebSocket, id_: str, after: int = 0) -> None:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        await socket.accept()
        try:
            log = jobs.log_of(id_)
        except JobError as error:
            await socket.close(UNKNOWN_JOB, str(error)[:REASON])
            return
        await follow(socket, log, max(0, after))


async def _wanted(request: Request) -> Wanted:
    return await asyncio.to_thread(wanted_of, await read_json(request))


def _answering(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """Expected failures as answers that say what to do."""

    @functools.wraps(handler)
    async def answered(*given: P.args, **named: P.kwargs) -> Response:
        try:
            return await handler(*given, **named)
        except SettingError as error:
            return error_answer(422, "setting", str(error))
        except BadRequestError as error:
            return error_answer(error.status, "bad_request", str(error))
        except JobError as error:
            return error_answer(error.status, error.kind, str(error))
        except OSError as error:
            status = 507 if error.errno in (errno.ENOSPC, errno.EDQUOT) else 500
            told = f"The store of runs is of no use: {error}. Free some space there, or give another --store."
            return error_answer(status, "store", told)

    return answered
