"""A running `mucode serve` for tests, with the fake engine or a real one behind it."""

import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

SERVER = Path(__file__).parents[2]
FAKE = Path(__file__).with_name("fake_engine.py")
FAKE_ENCODER = Path(__file__).with_name("fake_encoder.py")
TOKEN = "token-for-tests-0123456789"


class GatewayProcess:
    """Starts the command, collects its events, talks to it, and leaves nothing behind."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.folder = folder
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        base = {name: value for name, value in os.environ.items() if not name.startswith("MUCODE_")}
        command = [sys.executable, "-m", "mucode", "serve", "--port", "0", *options]
        if "--store" not in options:
            # Never that of the user, whose jobs would be started.
            command += ["--store", str(folder / "store")]
        command += ["--token-file", str(folder / "token"), "--log-file", str(folder / "engine.log")]
        self.process = subprocess.Popen(
            command,
            env=base | {"PYTHONPATH": str(SERVER), "MUCODE_TOKEN": TOKEN} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = ""

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def next_event(self, timeout_s: float = 60) -> dict[str, Any]:
        event = self.events.get(timeout=timeout_s)
        assert event is not None, f"ended: {self.error_output()}"
        if event["event"] == "listening":
            self.url = event["url"]
        return event

    def until(self, state: str, timeout_s: float = 60) -> dict[str, Any]:
        end = time.monotonic() + timeout_s
        while True:
            event = self.next_event(max(0.1, end - time.monotonic()))
            if event.get("state") == state:
                return event

    def error_output(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own
        headers = {"Authorization": f"Bearer {TOKEN}"} | options.pop("headers", {})
        return httpx.request(method, self.url + path, headers=headers, timeout=60, trust_env=False, **options)

    def chat(self, text: str, **fields: object) -> httpx.Response:
        return self.request("POST", "/v1/chat/completions", json=chat_body(text, **fields))

    def stop(self) -> int:
        """End it politely; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self) -> int:
        """Wait for its end and close everything."""
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return status


def with_fake(folder: Path, *options: str, **environment: str) -> GatewayProcess:
    """A gateway whose engine is the fake."""
    model = folder / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    return GatewayProcess(folder, "--model", str(model), *_fakes(folder), *options, **_seen_by(folder), **environment)


def with_fake_verifier(folder: Path, *options: str, **environment: str) -> GatewayProcess:
    """A gateway with a verifier, whose engine and tokenizer are fakes; with `--model` also a generator."""
    verifier = folder / "verifier"
    verifier.mkdir()
    (verifier / "config.json").write_text("{}")
    (verifier / "verifier.json").write_text(json.dumps({"revision": "r1", "max_length": 200, "temperature": 2.0}))
    named = ("--verifier", str(verifier))
    return GatewayProcess(folder, *named, *_fakes(folder), *options, **_seen_by(folder), **environment)


def pair_folder(folder: Path, **fields: object) -> Path:
    """A pair for the fakes: two model folders and pair.json."""
    for name in ("generator", "verifier"):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text("{}")
    (folder / "verifier" / "verifier.json").write_text('{"revision": "r1", "max_length": 200, "temperature": 2.0}')
    models = {"generator": {"weights": "generator"}, "verifier": {"weights": "verifier", "temperature": 4.0}}
    (folder / "pair.json").write_text(json.dumps({"v": 1, "revision": "p7", **models, **fields}))
    return folder


def with_fake_pair(folder: Path, pair: Path, *options: str, **environment: str) -> GatewayProcess:
    """A gateway for a pair, whose engines and tokenizer are fakes."""
    named = ("--pair", str(pair))
    return GatewayProcess(folder, *named, *_fakes(folder), *options, **_seen_by(folder), **environment)


def _fakes(folder: Path) -> tuple[str, ...]:
    python, own = folder / "python", shlex.quote(sys.executable)
    lines = [
        "#!/bin/sh",
        # Merges an adapter, or fails to.
        'if [ "$2" = mucode.train.adapter ]; then',
        'if [ -n "$FAKE_MERGE_ERROR" ]; then echo "$FAKE_MERGE_ERROR" >&2; exit 1; fi',
        'echo "$3 $4" >> "$FAKE_FOLDER/merged"; echo "$FAKE_FOLDER/whole"; exit; fi',
        f'if [ "$1" = -m ]; then exec {own} {shlex.quote(str(FAKE_ENCODER))}; fi',
        # Drops `-P sglang_start.py`, keeps the arguments.
        f'shift 2; exec {own} {shlex.quote(str(FAKE))} "$@"',
    ]
    python.write_text("\n".join(lines) + "\n")
    python.chmod(0o755)
    return ("--engine-python", str(python), "--device", "cpu")


def _seen_by(folder: Path) -> dict[str, str]:
    return {"FAKE_FOLDER": str(folder)}


def chat_body(text: str, **fields: object) -> dict[str, Any]:
    return {"model": "any", "messages": [{"role": "user", "content": text}], **fields}


def engine_events(folder: Path, kind: str) -> list[dict[str, Any]]:
    """What the fake engine has seen so far."""
    path = folder / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def wait_until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    """Poll for something that another process does; AssertionError if it does not come."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
