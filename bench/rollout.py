"""How fast rollouts are: our stage against the way of the paper's released code, on one SGLang with the small model.

That way: as many rollouts at a time as there are cores, each turn one request of its own, and a new python3 process
for the public and for the private tests of each answer. The two take turns over several rounds; of each figure the
median of the rounds counts. Prints a line per bar, then `ratio: <rollouts per second>`; exit 1 if a bar is missed.
"""
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import asyncio
import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "server-py"))

import httpx

from mucode.problems import mbpp
from mucode.prompts import conversation
from mucode.serve.supervisor import LocalEngine
from mucode.train.rollout import stage
from mucode.train.rollout.local import settings_for
from mucode.train.rollout.settings import EngineConfig
from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import StageSpec

IMPORTS = "import math, re, copy, datetime, itertools, collections, heapq, functools, hashlib, string\n"
# The released code has every process import it; without it that way is quicker than it really is.
IMPORTS += "import numpy\n" if importlib.util.find_spec("numpy") else ""
POLL_S = 0.2
MOST_WAIT_S = 30.0
CORES = os.cpu_count() or 1
LEAST_RATIO = 2.0
MOST_EXECUTING = 0.05
LEAST_BUSY = 0.9


@dataclass
class Turn:
    """What one way of rolling out did in one round."""

    rollouts: int = 0
    seconds: float = 0.0
    executing: float = 0.0
    """Seconds of threads and processes that judged."""
    busy: list[bool] = field(default_factory=list[bool])
    """Whether the engine had work, each time it was asked."""

    @property
    def rate(self) -> float:
        """Rollouts per second."""
        return self.rollouts / self.seconds

    @property
    def executing_share(self) -> float:
        """Of the wall time, over all cores."""
        return self.executing / self.seconds / CORES

    @property
    def busy_share(self) -> float:
        """How often the engine had work when it was asked."""
        return sum(self.busy) / max(1, len(self.busy))


@dataclass(frozen=True)
class Round:
    """Both ways on the same problems, one after the other."""

    ours: Turn
    reference: Turn


@contextmanager
def server() -> Iterator[LocalEngine]:
    """One SGLang, on a thread of its own."""
    paths = json.loads(Path(".mucode/paths.json").read_text(encoding="utf-8"))
    model = Path(os.environ.get("MUCODE_MODEL") or paths["model"])
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(EngineConfig(context_length=4096), model, Path(folder) / "engine.log")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        engine = LocalEngine(settings, lambda engine: print(f"engine: {engine.message}", flush=True))
        loop.call_soon_threadsafe(engine.start)
        try:
            while engine.state not in ("ready", "failed"):
                time.sleep(0.1)
            if engine.state == "failed":
                raise SystemExit("\n".join([engine.message, *engine.log_tail()]))
            yield engine
        finally:
            asyncio.run_coroutine_threadsafe(engine.stop(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@contextmanager
def watched(client: httpx.Client, side: Turn) -> Iterator[None]:
    """Asks the engine again and again whether it computes."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(POLL_S):
            side.busy.append(computes(client))

    given_up = time.monotonic() + MOST_WAIT_S
    while computes(client):
        if time.monotonic() > given_up:
            raise SystemExit(
                "The engine says that it computes although nobody asks it: how busy it is cannot be measured."
            )
        time.sleep(POLL_S)
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def computes(client: httpx.Client) -> bool:
    """Whether the engine has work.

    It counts its requests again only every fifteenth step of decoding, its tokens also when a prompt was read.
    """
    loads: list[Mapping[str, int]] = client.get("/v1/loads").json()["loads"]
    names = ("num_running_reqs", "num_waiting_reqs", "num_used_tokens")
    return any(load.get(name) for load in loads for name in names)


def ours(client: httpx.Client, rows: list[ProblemRow], options: argparse.Namespace, seed: int, model: str) -> Turn:
    """The stage itself, against the running server."""
    side = Turn()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "problems.jsonl", rows)
        config = {"rollouts": options.rollouts, "turns": options.turns, "max_tokens": options.tokens}
        inputs = {"problems": (folder,), "generator": (folder,)}
        engine = {"kind": "url", "url": str(client.base_url), "model": model}
        metrics: dict[str, float] = {}

        def tell(type_: str, data: Mapping[str, Any]) -> None:
            if type_ == "metric":
                metrics[data["name"]] = data["value"]

        with watched(client, side):
            stage.run(StageSpec("rollout", 1, config, inputs, folder, seed, CORES, engine), tell)
    side.rollouts = int(metrics["rollouts"])
    side.seconds = side.rollouts / metrics["rollouts_per_s"]
    side.executing = metrics["judge_threads_busy"] * side.seconds
    return side


def reference(client: httpx.Client, rows: list[ProblemRow], options: argparse.Namespace) -> Turn:
    """The released code's way, with our prompts."""
    side = Turn(len(rows) * options.reference)
    units = [row for row in rows for _ in range(options.reference)]
    began = time.perf_counter()
    with watched(client, side), ThreadPoolExecutor(CORES) as workers:
        side.executing = sum(workers.map(lambda row: one_rollout(client, row, options), units))
    side.seconds = time.perf_counter() - began
    return side


def one_rollout(client: httpx.Client, row: ProblemRow, options: argparse.Namespace) -> float:
    """One rollout from its first to its last turn; the seconds of its executions."""
    messages = conversation(row.problem, row.task, None, [])
    executing = 0.0
    for _ in range(options.turns):
        body = {"messages": messages, "temperature": 0.7, "top_p": 1.0, "max_tokens": options.tokens, "model": "m"}
        answer = client.post("/v1/chat/completions", json=body).raise_for_status()
        text: str = answer.json()["choices"][0]["message"]["content"]
        began = time.perf_counter()
        public, private = (executed(text, row.problem[tests]) for tests in ("public_tests", "private_tests"))
        executing += time.perf_counter() - began
        if public == private == "":
            break
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": f"Feedback: {public}"}]
    return executing


def executed(answer: str, tests: list[Mapping[str, str]]) -> str:
    """What a new process says about the first block of an answer; nothing when all went well."""
    block = re.search(r"```python\n(.*?)(?:```|$)", answer, re.DOTALL)
    program = "\n".join(
        [IMPORTS, block[1] if block else answer, *(test["source"] for test in tests), "print('passed')"]
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(program)
        file.flush()
        try:
            done = subprocess.run([sys.executable, file.name], capture_output=True, timeout=10, check=False)
        except subprocess.TimeoutExpired:
            return "Code execution timed out"
    return "" if done.stdout.endswith(b"passed\n") else done.stderr.decode("utf-8", "replace")[-2000:]


def measure(engine: LocalEngine, options: argparse.Namespace) -> list[Round]:
    """Round after round with other problems, the two ways in turn, so that a busy machine is busy for both."""
    headers = dict(engine.client.headers)
    os.environ["MUCODE_ENGINE_KEY"] = headers["authorization"].removeprefix("Bearer ")
    loaded = [ProblemRow(row.problem, row.task, "mbpp") for row in mbpp.load("train")]
    found: list[Round] = []
    with httpx.Client(base_url=engine.client.base_url, headers=headers, timeout=600, trust_env=False) as client:
        for number in range(options.rounds):
            start = number * options.problems
            rows = loaded[start : start + options.problems]
            # The prompts of a round are in the engine's cache for who comes second.
            if number % 2:
                first = ours(client, rows, options, number, engine.model or "")
                found.append(Round(first, reference(client, rows, options)))
            else:
                second = reference(client, rows, options)
                found.append(Round(ours(client, rows, options, number, engine.model or ""), second))
            print_round(number, found[-1])
    return found


def print_round(number: int, one: Round) -> None:
    """Prints both ways."""
    for name, side in vars(one).items():
        print(
            f"round {number + 1} {name:10} {side.rollouts:4} rollouts {side.seconds:7.1f} s {side.rate:8.3f} rollouts/s"
            f"   executing {side.executing_share:6.1%}   engine busy {side.busy_share:6.1%}",
            flush=True,
        )


def bars(rounds: Sequence[Round]) -> list[tuple[bool, str]]:
    """Whether each bar is held, and the line that says so: of each figure the median of the rounds."""
    ratios = [one.ours.rate / one.reference.rate for one in rounds]
    ratio = statistics.median(ratios)
    executing = statistics.median(one.ours.executing_share for one in rounds)
    busy = statistics.median(one.ours.busy_share for one in rounds)
    spread = f"{min(ratios):.1f} to {max(ratios):.1f} over {len(rounds)} rounds"
    return [
        (ratio >= LEAST_RATIO, f"rollouts/s to the released way: {ratio:.1f} ({spread})   bar {LEAST_RATIO}"),
        (executing <= MOST_EXECUTING, f"executing: {executing:.1%} of wall time   bar {MOST_EXECUTING:.0%}"),
        (busy >= LEAST_BUSY, f"engine busy: {busy:.1%}   bar {LEAST_BUSY:.0%}"),
    ]


def main() -> int:
    """Measures, prints, and says whether the bars are held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--problems", type=int, default=4, help="problems of MBPP-train per round")
    parser.add_argument("--rollouts", type=int, default=15, help="our rollouts per problem")
    parser.add_argument("--reference", type=int, default=2, help="rollouts per problem of the other way, which is slow")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=96, help="most tokens of an answer")
    options = parser.parse_args()
    with server() as engine:
        rounds = measure(engine, options)
    found = bars(rounds)
    for held, line in found:
        print(f"{line}   {'held' if held else 'MISSED'}")
    print(f"ratio: {statistics.median(one.ours.rate / one.reference.rate for one in rounds):.1f}")
    return 0 if all(held for held, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
