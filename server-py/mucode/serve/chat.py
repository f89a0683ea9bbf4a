"""What the gateway checks and changes in a chat request before the engine sees it."""

import json
import uuid
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import ClientDisconnect, Request

from mucode.errors import MucodeError
from mucode.serve.engine import Engine

BODY_BYTES = 1024 * 1024
MAX_SAMPLES = 128
DEFAULT_MAX_TOKENS = 1024
LENGTH_FIELDS = ("max_tokens", "max_completion_tokens")


class BadRequestError(MucodeError):
    """The client's request cannot be served as it is; `status` is the HTTP status to answer with."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class ChatRequest:
    """A checked request. `rid` is its name in the engine; the samples of one request share it as a prefix."""

    rid: str
    body: dict[str, Any]

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True


async def read_chat(request: Request, engine: Engine) -> ChatRequest:
    """Read and check the body. Raises BadRequestError with a sentence that names the field."""
    body = await read_json(request)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequestError("'messages' must be a list with at least one message.")
    samples = body.get("n")
    if samples is not None and not (_is_count(samples) and 1 <= samples <= MAX_SAMPLES):
        raise BadRequestError(f"'n' must be a whole number from 1 to {MAX_SAMPLES}.")
    _bound_length(body, engine.context_length)
    # Names of models are the engine's business: there is one, and an update of its weights may rename it.
    body["model"] = engine.model
    body["rid"] = uuid.uuid4().hex
    return ChatRequest(body["rid"], body)


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object of at most BODY_BYTES. Raises BadRequestError."""
    return _parsed(await _read(request))


def _bound_length(body: dict[str, Any], context: int | None) -> None:
    asked = [body[name] for name in LENGTH_FIELDS if body.get(name) is not None]
    for length in asked:
        if not _is_count(length) or length < 1:
            raise BadRequestError("'max_tokens' must be a whole number above 0.")
        if context is not None and length >= context:
            raise BadRequestError(
                f"'max_tokens' is {length}, but prompt and answer together have only {context} tokens."
            )
    if not asked:
        body["max_tokens"] = DEFAULT_MAX_TOKENS if context is None else min(DEFAULT_MAX_TOKENS, context // 2)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES:
                raise BadRequestError(f"The request is larger than {BODY_BYTES // 1024} KiB.", 413)
    except ClientDisconnect as error:
        raise BadRequestError("The client left before its request was complete.") from error
    return bytes(body)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The request is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequestError("The request must be a JSON object.")
    return cast("dict[str, Any]", body)
