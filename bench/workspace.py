"""How fast the judge is on a project: against a fresh pytest process for each candidate, on the same tests and cores.

The project is bench/orders, or a prepared one of bench/projects with --project. Both sides run in turn, and their
verdicts, test by test, must be the same. Ends with `ratio: <candidates per second, judge / fresh pytest>`.
"""
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import ast
import contextlib
import itertools
import json
import os
import queue
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "server-py"), str(HERE / "projects")]

from orders_answers import ANSWERS
from plain import Copy
from subject import Subject

from mucode.judge import candidates
from mucode.judge.kinds import AnyProblem, problem_from_json
from mucode.judge.limits import Limits, Outcome
from mucode.judge.sandbox.pool import Errand, Pool
from mucode.judge.sandbox.tiers import Choice
from mucode.judge.workspace.discovery import discover
from mucode.judge.workspace.request import request_from

ROUNDS = 3
LIMIT_S = 300.0
Results = dict[str, bool]
"""By test id, whether it passed."""


def orders() -> Subject:
    """The small project that stands beside this file."""
    root, file = HERE / "orders", "orders/discounts.py"
    text = (root / file).read_text()
    (region,) = (node for node in ast.parse(text).body if getattr(node, "name", "") == "best_discount")
    lines = text.split("\n")
    last = region.end_lineno or 0
    programs = {
        name: "\n".join([*lines[: region.lineno - 1], *code.rstrip("\n").split("\n"), *lines[last:]])
        for name, code in ANSWERS.items()
    }
    right = programs["right: loop"]
    return Subject(root, sys.executable, "", "pytest", ("tests",), file, text, "best_discount", right, programs)


@dataclass
class Clocked:
    """A pool that keeps how long each run in the sandbox took, by what it was for."""

    pool: Pool
    milliseconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    ticking: bool = False

    @property
    def workers(self) -> int:
        """The pool's own."""
        return self.pool.workers

    def choice(self) -> Choice:
        """The pool's own."""
        return self.pool.choice()

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Keeps the times of what happens within."""
        self.ticking = True
        yield
        self.ticking = False

    def run(self, job: bytes, limits: Limits, errand: Errand, files: Mapping[str, str]) -> Outcome:
        """Runs the job and takes its time."""
        mode = json.loads(job)["mode"]
        started = time.perf_counter()
        try:
            return self.pool.run(job, limits, errand, files)
        finally:
            if self.ticking:
                self.milliseconds.setdefault(mode, []).append((time.perf_counter() - started) * 1000)


class Judge:
    """The judge's side. The tests are discovered first, as for every problem: so the server knows what to keep warm."""

    def __init__(self, pool: Pool, subject: Subject, tests: list[str]) -> None:
        asked = {"root": str(subject.root), "selection": list(subject.selection), "python": subject.python}
        request = request_from({**asked, "adapter": subject.adapter, "suite_limit_s": LIMIT_S})
        discover(pool, request, Errand(), lambda _: None)
        self.clocked = Clocked(pool)
        self._problem: AnyProblem = problem_from_json(subject.problem(tests))
        self.judged: set[str] = set()

    def __call__(self, program: str) -> Results:
        """One verdict, test by test."""
        candidate = {"id": "c", "program": program}
        pool: Any = self.clocked
        verdict: Any = candidates.judge(
            pool, self._problem, "public", candidate, threading.Event(), lambda _: None, lambda _: None
        )
        self.judged.add(f"{verdict['verdict']}, {verdict['judged']}")
        return {test["test"]: test["result"] == "pass" for test in verdict["tests"]}


class Plain:
    """A fresh pytest process for each candidate; as many copies of the project as there are cores."""

    def __init__(self, subject: Subject, cores: int, tests: list[str]) -> None:
        self._subject = subject
        self._tests = tests
        self._copies: queue.Queue[Copy] = queue.Queue()
        for _ in range(cores):
            self._copies.put(subject.copy())

    @contextlib.contextmanager
    def _copy(self) -> Iterator[Copy]:
        copy = self._copies.get()
        try:
            yield copy
        finally:
            self._copies.put(copy)

    def __call__(self, program: str) -> Results:
        """Writes the file and runs pytest. A run that dies passes nothing."""
        with self._copy() as copy:
            copy.write(self._subject.file, program)
            outcomes = copy.run(self._subject.selection, LIMIT_S) or {}
        return {test: outcomes.get(test) == "passed" for test in self._tests}

    def close(self) -> None:
        """Removes the copies."""
        while not self._copies.empty():
            self._copies.get().close()


@dataclass
class Side:
    """One side's work and times."""

    name: str
    action: Callable[[str], Results]
    repeats: int
    results: dict[str, Results] = field(default_factory=dict[str, Results])
    alone: list[float] = field(default_factory=list[float])
    done: int = 0
    seconds: float = 0.0

    def latencies(self, programs: dict[str, str]) -> None:
        """One candidate after the other."""
        for name, program in programs.items():
            started = time.perf_counter()
            self.results[name] = self.action(program)
            self.alone.append((time.perf_counter() - started) * 1000)

    def throughput(self, programs: dict[str, str], cores: int) -> None:
        """All cores at once."""
        work = [*programs.values()] * self.repeats
        started = time.perf_counter()
        with ThreadPoolExecutor(cores) as threads:
            list(threads.map(self.action, work))
        self.seconds += time.perf_counter() - started
        self.done += len(work)

    @property
    def rate(self) -> float:
        """Candidates per second."""
        return self.done / self.seconds


def differences(ours: dict[str, Results], theirs: dict[str, Results]) -> list[str]:
    """Every test whose result is another on the two sides."""
    return [
        f"{name}, {test}: judge {'pass' if result else 'no pass'}, pytest {'pass' if not result else 'no pass'}"
        for name in ours
        for test, result in ours[name].items()
        if theirs[name][test] != result
    ]


def split(clocked: Clocked, times: list[float], judge: Side) -> None:
    """Prints where the judge's time goes."""
    cold = [(after - before) * 1000 for before, after in itertools.pairwise(times)]
    print(f"boot and discovery (two runs) {cold[0]:.0f} ms, then the first candidate {cold[1]:.0f} ms")
    spent = 0.0
    for mode, taken in sorted(clocked.milliseconds.items()):
        spent += sum(taken)
        print(f"{mode:8} {len(taken):5} runs in the sandbox, median {statistics.median(taken):.1f} ms")
    outside = 1 - spent / 1000 / judge.seconds / clocked.workers
    print(f"outside the sandbox {outside:.0%} of the threads' time: reading programs, falsifying tests, waiting")


def measure(subject: Subject, cores: int, tier: str | None, repeats: int) -> int:
    """Prints everything; 1 when the two sides differ."""
    tests = subject.tests()
    plain = Plain(subject, cores, tests)
    with Pool(cores, tier) as pool, contextlib.closing(plain):
        times = [time.perf_counter()]
        judging = Judge(pool, subject, tests)
        times.append(time.perf_counter())
        judging(subject.right)
        times.append(time.perf_counter())
        sides = [Side("judge", judging, repeats), Side("fresh pytest", plain, 1)]
        for side in sides:
            side.throughput(subject.programs, cores)
            side.done, side.seconds = 0, 0.0
        for _ in range(ROUNDS):
            for side in sides:
                side.latencies(subject.programs)
            with judging.clocked.on():
                sides[0].throughput(subject.programs, cores)
            sides[1].throughput(subject.programs, cores)
        passes = sum(all(one.values()) for one in sides[1].results.values())
        print(
            f"{len(tests)} tests, {len(subject.programs)} candidates, {passes} of them right; tier {pool.choice().tier}"
        )
        print(f"verdicts of the judge: {'; '.join(sorted(judging.judged))}")
        print(f"{'variant':14} {'median ms':>10} {f'candidates/s on {cores}':>20}")
        for side in sides:
            print(f"{side.name:14} {statistics.median(side.alone):10.1f} {side.rate:20.2f}")
        split(judging.clocked, times, sides[0])
    found = differences(sides[0].results, sides[1].results)
    print("\n".join(found) if found else "same verdicts, test by test")
    print(f"ratio: {sides[0].rate / sides[1].rate:.1f}")
    return 1 if found else 0


def main() -> int:
    """Measures and prints; the bar is for the reader and the gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", help="a project of bench/projects/projects.json instead of bench/orders")
    parser.add_argument("--bug", type=int, default=0, help="which of its bugs")
    parser.add_argument("--repeats", type=int, default=3, help="times that the judge runs all candidates in a round")
    parser.add_argument("--tier")
    options = parser.parse_args()
    subject = Subject.of_project(options.project, options.bug) if options.project else orders()
    return measure(subject, os.cpu_count() or 1, options.tier, options.repeats)


if __name__ == "__main__":
    sys.exit(main())
