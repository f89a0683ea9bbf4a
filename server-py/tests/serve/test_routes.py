"""The engine's own routes, called without a server, with a model that never answers."""

import json
from collections.abc import MutableMapping
from typing import Any, cast

import anyio
import pytest

torch: Any = pytest.importorskip("torch", reason="no environment for training", exc_type=ImportError)

from starlette.requests import ClientDisconnect  # noqa: E402  behind the skip

from mucode.serve.inprocess.routes import Served, make_app  # noqa: E402  behind the skip

pytestmark = pytest.mark.train
BODY = json.dumps({"rid": "r1", "stream": True, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4})


class Silent:
    """A generator and its worker: takes requests, and notes which of them are ended."""

    tokenizer = None
    context = 100

    def __init__(self) -> None:
        self.added = 0
        self.aborted: list[str] = []

    def prompt(self, _: object) -> list[int]:
        return [1, 2]

    def batches(self, *_: object) -> list[object]:
        return []

    def add(self, _: object) -> None:
        self.added += 1

    def abort(self, rid: str) -> None:
        self.aborted.append(rid)


@pytest.mark.parametrize("version", ["2.3", "2.4"])
def test_a_client_that_leaves_before_the_first_piece_ends_its_request(version: str) -> None:
    """The stream was then never begun, and its end, which ended the request, was never reached."""
    silent = Silent()
    part = cast("Any", silent)
    app = make_app(Served("m", part, 1, part, None, "key", "admin"))
    told = [{"type": "http.request", "body": BODY.encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        return told.pop() if told else {"type": "http.disconnect"}

    async def send(_: MutableMapping[str, Any]) -> None:
        raise OSError("the client has left")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": version},
        "method": "POST",
        "path": "/v1/chat/completions",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer key")],
    }

    async def call() -> None:
        with pytest.raises((ClientDisconnect, OSError)):
            await app(scope, receive, send)

    anyio.run(call)
    assert (silent.added, silent.aborted) == (1, ["r1"])
