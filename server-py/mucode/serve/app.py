"""The gateway's routes. What they do is in chat.py, relay.py, scores.py and the engines."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from mucode.serve.answers import error_answer, not_ready
from mucode.serve.chat import BadRequestError, read_chat
from mucode.serve.engine import Engine
from mucode.serve.guard import Guard
from mucode.serve.jobs.jobs import Jobs
from mucode.serve.jobs.routes import add_job_routes
from mucode.serve.relay import Relay
from mucode.serve.scores import answer_scores
from mucode.serve.verifier import Verifier

JOBS_ONLY = "This server has no models; it trains."


def make_app(
    engine: Engine | None, verifier: Verifier | None, jobs: Jobs, token: str, hosts: tuple[str, ...] = ()
) -> Callable[..., object]:
    """The ASGI app in its guard. `engine` is the generator's; without it and a verifier there are only jobs.

    Starting and stopping them is the caller's.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_state_routes(app, engine, verifier)
    _add_model_routes(app, engine)
    add_job_routes(app, jobs)

    @app.post("/v1/scores")
    async def scores(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return await answer_scores(request, verifier)

    return Guard(app, token, hosts)


def _add_state_routes(app: FastAPI, engine: Engine | None, verifier: Verifier | None) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return {"status": "ok", "state": _snapshot(engine, verifier)["state"]}

    @app.get("/v1/state")
    async def state() -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        found = _snapshot(engine, verifier)
        if engine is None:
            found |= {"model": None, "context_length": None}
        if verifier is None:
            return found | {"verifier": None}
        return found | {
            "verifier": verifier.name,
            "verifier_state": verifier.engine.state,
            "verifier_message": verifier.engine.message,
            "verifier_log": verifier.engine.log_tail(),
        }


def _snapshot(engine: Engine | None, verifier: Verifier | None) -> dict[str, Any]:
    """Of the engine whose state is the server's."""
    first = engine or (verifier and verifier.engine)
    return first.snapshot() if first else {"state": "ready", "message": JOBS_ONLY, "log": []}


def _add_model_routes(app: FastAPI, engine: Engine | None) -> None:
    @app.get("/v1/models")
    async def models() -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        if engine is None:
            return JSONResponse({"object": "list", "data": []})
        if engine.state != "ready":
            return not_ready("engine", engine.state, engine.message)
        model = {"id": engine.model, "object": "model", "owned_by": "mucode", "max_model_len": engine.context_length}
        return JSONResponse({"object": "list", "data": [model | {"revision": engine.revision}]})

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        if engine is None:
            return error_answer(501, "no_generator", "This server has a verifier only. Start one with --model as well.")
        if engine.state != "ready":
            return not_ready("engine", engine.state, engine.message)
        try:
            return Relay(engine, await read_chat(request, engine))
        except BadRequestError as error:
            return error_answer(error.status, "bad_request", str(error))
