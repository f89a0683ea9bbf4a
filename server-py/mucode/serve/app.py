"""The gateway's routes. What they do is in chat.py, relay.py and the engine."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from mucode.serve.answers import error_answer
from mucode.serve.chat import BadRequestError, read_chat
from mucode.serve.engine import Engine
from mucode.serve.guard import Guard
from mucode.serve.relay import Relay

RETRY_AFTER_S = 2


def make_app(engine: Engine, token: str, hosts: tuple[str, ...] = ()) -> Callable[..., object]:
    """The ASGI app in its guard. Starting and stopping the engine is the caller's."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_state_routes(app, engine)
    _add_model_routes(app, engine)
    return Guard(app, token, hosts)


def _add_state_routes(app: FastAPI, engine: Engine) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return {"status": "ok", "state": engine.state}

    @app.get("/v1/state")
    async def state() -> dict[str, object]:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return engine.snapshot()


def _add_model_routes(app: FastAPI, engine: Engine) -> None:
    @app.get("/v1/models")
    async def models() -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        if engine.state != "ready":
            return _not_ready(engine)
        model = {"id": engine.model, "object": "model", "owned_by": "mucode", "max_model_len": engine.context_length}
        return JSONResponse({"object": "list", "data": [model]})

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        if engine.state != "ready":
            return _not_ready(engine)
        try:
            return Relay(engine, await read_chat(request, engine))
        except BadRequestError as error:
            return error_answer(error.status, "bad_request", str(error))

    @app.post("/v1/scores")
    async def scores() -> Response:  # pyright: ignore[reportUnusedFunction] — FastAPI keeps it
        return error_answer(501, "no_verifier", "This server has no verifier yet; choose candidates by their tests.")


def _not_ready(engine: Engine) -> Response:
    retry = RETRY_AFTER_S if engine.state == "starting" else None
    message = f"The engine is not ready ({engine.state}): {engine.message}"
    return error_answer(503, f"engine_{engine.state}", message, retry)
