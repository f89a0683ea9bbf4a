"""Judges the programs of the corpus that tests ask for, several at once, once per isolation tier."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mucode.judge import candidates
from mucode.judge.errors import NoIsolationError
from mucode.judge.limits import Outcome
from mucode.judge.sandbox import exchange, tiers
from mucode.judge.sandbox.pool import Pool
from mucode.judge.verdict import TestVerdict
from tests.corpus.programs import Program, posed, whole

_WORKERS = 3
_AHEAD = 9
"""So many programs are judged from the one that a test asks for. Under xdist each worker has a bench of its own and is
asked for a part of them, from the middle on as well: begun with the first, it kept a test waiting for minutes."""
_EVERY = 8
"""In the daily run the slower tiers judge one program in so many of each class; all of them in the long one."""
_Outcome = Callable[[exchange.Child, dict[str, Any]], Outcome]


@dataclass(frozen=True)
class Judged:
    """What the judge said of one program, and how it fared itself."""

    verdict: str
    judged: str
    tests: list[TestVerdict]
    late_ms: float
    """The latest that a child ended after one of its clocks had run out."""
    trouble: list[str]
    """Messages about lost servers."""

    @property
    def green(self) -> list[str]:
        """Tests that passed where a pass is believed."""
        return [test.test for test in self.tests if test.result == "pass" and test.judged != "unguarded"]


class Bench:
    """One pool of one tier, and the verdicts that it has given or is giving."""

    def __init__(self, pool: Pool, threads: ThreadPoolExecutor, programs: list[Program]) -> None:
        """programs: what the tests may ask for, in their order."""
        self.pool = pool
        self._threads = threads
        self._programs = programs
        self._futures: dict[Program, Future[Judged]] = {}
        self._late = threading.local()

    def judged(self, program: Program) -> Judged:
        """The verdict, waited for. Begins with the next programs as well, as many at once as there are threads."""
        first = self._programs.index(program)
        for one in self._programs[first : first + _AHEAD]:
            if one not in self._futures:
                self._futures[one] = self._threads.submit(self.judge, one)
        return self._futures[program].result(300)

    def wait(self) -> None:
        """Until all programs that were begun with have their verdicts, whatever they are."""
        for future in self._futures.values():
            future.exception(300)

    def judge(self, program: Program) -> Judged:
        """Judges one program now, in this thread."""
        tests: list[TestVerdict] = []
        trouble: list[str] = []
        self._late.ms = 0.0
        candidate = {"id": str(program), "program": whole(program)}
        verdict = candidates.judge(
            self.pool, posed(program), "public", candidate, threading.Event(), tests.append, trouble.append
        )
        return Judged(str(verdict["verdict"]), str(verdict["judged"]), tests, self._late.ms, trouble)

    def note(self, late_ms: float) -> None:
        """A child of this thread was ended by a clock, so much after it had run out."""
        self._late.ms = max(getattr(self._late, "ms", 0.0), late_ms)


def descendants(pid: int) -> list[int]:
    """Every process below one, read from the kernel."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(word) for one in lists for word in one.read_text().split()]
    return children + [below for child in children for below in descendants(child)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as long what the daily run leaves out."""
    seen = Counter[tuple[str, str]]()
    for item in items:
        params = _params(item)
        program, tier = params.get("program"), str(params.get("bench"))
        if isinstance(program, Program) and tier != tiers.TIERS[0]:
            if seen[tier, program.kind] % _EVERY:
                item.add_marker(pytest.mark.long)
            seen[tier, program.kind] += 1


def _params(item: pytest.Item) -> dict[str, Any]:
    call = getattr(item, "callspec", None)
    return {} if call is None else call.params


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The bench of one tier; at its end nothing of it may be left."""
    tier = str(request.param)
    before = set(descendants(os.getpid()))
    with Pool(_WORKERS, tier) as pool, ThreadPoolExecutor(_WORKERS) as threads:
        made = Bench(pool, threads, _asked_for(request, tier))
        try:
            pool.choice()
        except NoIsolationError as error:
            pytest.skip(f"NOT TESTED: {tiers.MEANING[tier]}: {error}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exchange.Child, "outcome", _noting(exchange.Child.outcome, made))
            yield made
    assert set(descendants(os.getpid())) <= before


def _noting(outcome: _Outcome, made: Bench) -> _Outcome:
    def noting(child: exchange.Child, answer: dict[str, Any]) -> Outcome:
        if child.timed_out:
            made.note(-child.left_s() * 1000)
        return outcome(child, answer)

    return noting


def _asked_for(request: pytest.FixtureRequest, tier: str) -> list[Program]:
    params = [_params(item) for item in request.session.items]
    return [one["program"] for one in params if one.get("bench") == tier and "program" in one]
