"""Talks to `python -m mucode.judge serve` in JSON lines, one request at a time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SERVER_PY = Path(__file__).resolve().parent.parent.parent / "server-py"


class RefusedError(Exception):
    """The judge answered with event `error`; its message."""


class Serve:
    """One judge process. Use with `with`."""

    def __init__(self, tier: str | None = None) -> None:
        command = [sys.executable, "-m", "mucode.judge", "serve", *(["--tier", tier] if tier else [])]
        environment = {**os.environ, "PYTHONPATH": str(SERVER_PY)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._count = 0
        self.tier: str = self.ask("hello", v=1)[-1]["tier"]

    def __enter__(self) -> "Serve":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(30)

    def ask(self, operation: str, **fields: Any) -> list[dict[str, Any]]:  # noqa: ANN401  whatever JSON can hold, and the judge checks it
        """All events of one request. Raises RefusedError."""
        self._count += 1
        request = {"op": operation, "id": self._count, **fields}
        if self._process.stdin is None or self._process.stdout is None:
            raise RefusedError("the judge has no pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        events: list[dict[str, Any]] = []
        ends = ("done", "hello", "discovered", "neighbours", "context", "error")
        while not events or events[-1]["event"] not in ends:
            line = self._process.stdout.readline()
            if not line:
                raise RefusedError("the judge ended")
            events.append(json.loads(line))
        if events[-1]["event"] == "error":
            raise RefusedError(events[-1]["message"])
        return events

    def judge(self, problem: dict[str, Any], which: str, programs: dict[str, str]) -> tuple[dict[str, Any], float]:
        """Verdicts by candidate, and the seconds that all of them took."""
        started = time.monotonic()
        given = [{"id": name, "program": program} for name, program in programs.items()]
        events = self.ask("judge", which=which, problem=problem, candidates=given)
        verdicts = {event["candidate"]: event for event in events if event["event"] == "verdict"}
        return verdicts, time.monotonic() - started
