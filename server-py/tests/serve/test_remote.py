"""A gateway before a server that someone else runs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.serve.gateway_process import GatewayProcess

KEY = "key-of-the-other-server"


class Other(BaseHTTPRequestHandler):
    """An OpenAI-compatible server with one model and no context length."""

    def do_GET(self) -> None:
        self.answer({"data": [{"id": "their-model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"choices": [], "echo": body})

    def answer(self, value: object) -> None:
        status = 200 if self.headers["Authorization"] == f"Bearer {KEY}" else 401
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the base class calls it so
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_requests_go_to_the_other_server_with_its_key(tmp_path: Path, other: ThreadingHTTPServer, suffix: str) -> None:
    url = f"http://127.0.0.1:{other.server_port}{suffix}"
    gateway = GatewayProcess(tmp_path, "--engine", "url", "--engine-url", url, MUCODE_ENGINE_KEY=KEY)
    gateway.until("ready")
    echo = gateway.chat("hello", max_tokens=100_000).json()["echo"]
    assert (echo["model"], echo["max_tokens"]) == ("their-model", 100_000)
    assert gateway.request("GET", "/v1/state").json()["engine"] == "url"
    assert gateway.stop() == 0


def test_a_wrong_key_or_an_absent_server_is_said(tmp_path: Path, other: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{other.server_port}"
    gateway = GatewayProcess(tmp_path, "--engine", "url", "--engine-url", url)
    gateway.until("starting")
    assert "401" in gateway.until("starting")["message"]
    assert gateway.chat("hello").status_code == 503
    assert gateway.stop() == 0


def test_the_url_is_needed(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, "--engine", "url")
    assert gateway.process.wait(20) == 1
    assert "needs --url" in gateway.error_output()
    gateway.finish()


def test_an_address_that_others_can_reach_needs_consent(tmp_path: Path) -> None:
    options = ("--engine", "url", "--engine-url", "http://127.0.0.1:9", "--host", "0.0.0.0")  # noqa: S104 — refused below
    gateway = GatewayProcess(tmp_path, *options)
    assert gateway.process.wait(20) == 1
    assert "--allow-remote" in gateway.error_output()
    gateway.finish()
    allowed = GatewayProcess(tmp_path, *options, "--allow-remote")
    assert allowed.next_event()["event"] == "listening"
    allowed.process.terminate()
    assert allowed.process.wait(20) == 0
    assert "Warning" in allowed.error_output()
    allowed.finish()
