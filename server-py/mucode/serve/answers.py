"""Error answers in the shape that OpenAI clients read."""

from typing import Any

from starlette.responses import JSONResponse


def error_body(kind: str, message: str) -> dict[str, Any]:
    """`{"error": {...}}`; the message is for the user, the kind for programs."""
    return {"error": {"message": message, "type": kind, "code": kind}}


def error_answer(status: int, kind: str, message: str, retry_after_s: int | None = None) -> JSONResponse:
    """An HTTP answer with that status and body."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return JSONResponse(error_body(kind, message), status, headers)
