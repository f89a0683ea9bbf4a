"""The Python half of hop.js: judges one candidate N times in this process and prints the milliseconds as JSON."""
# ruff: noqa: T201  it speaks by printing

import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "server-py"))

from mucode.judge import candidates
from mucode.judge.sandbox.pool import Pool
from mucode.judge.problem import function_from_json

WARM_UP = 20


def ignore(_: object) -> None:
    """Only whole verdicts count here."""


def main() -> None:
    given = json.load(sys.stdin)
    problem = function_from_json(given["problem"])
    candidate = {"id": "c", "program": given["program"]}
    spent: list[float] = []
    with Pool(2) as pool:
        for _ in range(int(sys.argv[1]) + WARM_UP):
            started = time.perf_counter()
            candidates.judge(pool, problem, "public", candidate, threading.Event(), ignore, ignore)
            spent.append((time.perf_counter() - started) * 1000)
    print(json.dumps(spent[WARM_UP:]))


main()
