"""An OpenAI-compatible server that fails when told to. It knows neither models nor sampling."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fake:
    """What the server is asked, and how it answers."""

    owner: str = "sglang"
    failures: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Status and text of the next answers; status 0 breaks the connection."""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    aborted: list[str] = field(default_factory=list[str])
    most_at_once: int = 0
    at_once: int = 0
    hold: threading.Event | None = None
    """Answers wait for it, or for an abort."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    info: dict[str, Any] = field(default_factory=dict[str, Any])
    """What /server_info says."""

    def choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        count = body.get("n") or 1
        found: list[dict[str, Any]] = []
        for k in range(count):
            text = f"answer {body['seed'] + k}"
            found.append({"index": k, "message": {"content": text}, "finish_reason": "stop"})
            if body.get("return_token_ids"):
                found[-1] |= {"prompt_token_ids": [1, 2], "token_ids": [body["seed"] + k]}
        return found[::-1]


@contextmanager
def serving(fake: Fake) -> Generator[Fake]:
    """The server on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Silent."""

        def do_GET(self) -> None:
            listed = {"data": [{"id": name, "owned_by": fake.owner} for name in ("other", "fake")]}
            self.answer(200, fake.info if self.path == "/server_info" else listed)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/abort_request":
                fake.aborted.append(body["rid"])
                if fake.hold:
                    fake.hold.set()
                self.answer(200, {})
                return
            with fake.lock:
                fake.asked.append(body)
                fake.at_once += body.get("n") or 1
                fake.most_at_once = max(fake.most_at_once, fake.at_once)
                failure = fake.failures.pop(0) if fake.failures else None
            if fake.hold:
                fake.hold.wait(10)
            with fake.lock:
                fake.at_once -= body.get("n") or 1
            if failure is None:
                self.answer(200, {"choices": fake.choices(body)})
            elif failure[0]:
                self.answer(failure[0], {"message": failure[1]})
            else:
                self.close_connection = True

        def answer(self, status: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
