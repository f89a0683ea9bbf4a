"""A stand-in for SGLang that misbehaves on demand. Started by the gateway as if it were the engine's Python.

The last word of the last message picks what happens to a request; FAKE_ENGINE what happens at start. What it sees goes
as JSON lines into events.jsonl of FAKE_FOLDER.
"""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAKE_FOLDER"])
MODE = os.environ.get("FAKE_ENGINE", "")
KEY, ADMIN_KEY = os.environ["MUCODE_API_KEY"], os.environ["MUCODE_ADMIN_KEY"]
EMBEDDING = "--is-embedding" in sys.argv
aborted = threading.Event()


def note(event: str, **values: object) -> None:
    with (FOLDER / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, **values}) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(503 if MODE == "never-ready" else 200, {})
        elif self.authorized(KEY):
            self.answer(200, {"data": [{"id": "fake-model", "max_model_len": 512}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/abort_request":
            if self.authorized(ADMIN_KEY):
                note("abort", rid=body["rid"])
                aborted.set()
                self.answer(200, {})
        elif self.authorized(KEY) and EMBEDDING:
            self.classify(body)
        elif self.authorized(KEY):
            word = body["messages"][-1]["content"].split()[-1]
            if word != "1":
                note("chat", body=body)
            getattr(self, "word_" + word, self.chat)(body)

    def classify(self, body: dict[str, Any]) -> None:
        """Like SGLang with `--is-embedding`: a number per text of ids; a chat request ends the process."""
        if self.path != "/classify":
            note("killed", path=self.path)
            os._exit(3)
        note("classify", ids=body["input_ids"])
        self.answer(200, [{"embedding": [sum(ids) / 100]} for ids in body["input_ids"]])

    def authorized(self, key: str) -> bool:
        if self.headers["Authorization"] == f"Bearer {key}":
            return True
        self.answer(401, {"error": "Unauthorized"})
        return False

    def chat(self, body: dict[str, Any]) -> None:
        if not body.get("stream"):
            choices = [{"index": k, "message": {"content": f"answer {k}"}} for k in range(body.get("n") or 1)]
            self.answer(200, {"choices": choices, "usage": {"completion_tokens": 2}})
            return
        self.begin_stream()
        for index in range(body.get("n") or 1):
            self.chunk({"id": f"{body['rid']}_{index}", "choices": [{"index": index, "delta": {"content": "héllo"}}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def word_die(self, body: dict[str, Any]) -> None:
        if body.get("stream"):
            self.begin_stream()
            self.chunk({"choices": [{"index": 0, "delta": {"content": "half"}}]})
        os._exit(3)

    def word_single(self, body: dict[str, Any]) -> None:
        self.chat({**body, "n": 1})

    def word_error(self, body: dict[str, Any]) -> None:
        self.answer(500, {"object": "error", "message": "out of memory", "code": 500})

    def word_busy(self, body: dict[str, Any]) -> None:
        self.answer(429, {"object": "error", "message": "the queue is full", "code": 429}, wait="7")

    def word_unauthorized(self, body: dict[str, Any]) -> None:
        self.answer(401, {"error": "Unauthorized"})

    def word_slow(self, body: dict[str, Any]) -> None:
        """Sends a little, then waits for the abort."""
        aborted.clear()
        if body.get("stream"):
            self.begin_stream()
            self.chunk({"choices": [{"index": 0, "delta": {"content": "…"}}]})
        note("waiting")
        note("released", by_abort=aborted.wait(20))
        self.close_connection = True

    def word_huge(self, body: dict[str, Any]) -> None:
        self.begin_stream()
        for _ in range(256):
            self.chunk({"choices": [{"index": 0, "delta": {"content": "x" * 65536}}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def word_talk(self, body: dict[str, Any]) -> None:
        """Fills the log: one endless line, then many lines."""
        sys.stdout.write("y" * 300_000 + "\n" + "line\n" * 2000 + f"key {KEY}\n")
        sys.stdout.flush()
        self.chat(body)

    def answer(self, status: int, value: object, wait: str | None = None) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        if wait:
            self.send_header("Retry-After", wait)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def chunk(self, value: object) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the base class calls it so
        """Say nothing; the log is for what tests ask for."""


def main() -> None:
    # Like SGLang: helpers of its own, one of which leaves the process group.
    sleepers = [subprocess.Popen(["sleep", "300"], start_new_session=new) for new in (False, True)]
    pids = [os.getpid(), *(sleeper.pid for sleeper in sleepers)]
    note("start", pids=pids, arguments=sys.argv[1:], key=KEY)
    sys.stdout.write(f"loading with api_key={KEY}\n")
    sys.stdout.flush()
    if MODE == "dies" or (MODE == "dies-later" and len((FOLDER / "events.jsonl").read_text().splitlines()) > 1):
        sys.exit("no such model")
    time.sleep(float(os.environ.get("FAKE_LOADING_S", "0")))
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
