"""Error answers in the shape that OpenAI clients read."""

from typing import Any

from starlette.responses import JSONResponse

RETRY_AFTER_S = 2


def error_body(kind: str, message: str) -> dict[str, Any]:
    """`{"error": {...}}`; the message is for the user, the kind for programs."""
    return {"error": {"message": message, "type": kind, "code": kind}}


def not_ready(what: str, state: str, reason: str) -> JSONResponse:
    """For an engine that is not ready. A client may try again only while it is starting."""
    message = f"The {what} is not ready ({state}): {reason}"
    return error_answer(503, f"{what}_{state}", message, RETRY_AFTER_S if state == "starting" else None)


def error_answer(status: int, kind: str, message: str, retry_after_s: int | None = None) -> JSONResponse:
    """An HTTP answer with that status and body."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return JSONResponse(error_body(kind, message), status, headers)
