"""Judges one candidate: makes the jobs, has them run, decides every test. Starts no process itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Callable, Optional, cast

from ..answers.answer import Extraction, extract
from ..answers.splice import region_start
from ..fingerprint import fingerprint
from ..limits import Limits, Outcome, Runner
from ..problem import Problem, ProblemError
from ..program import Program
from ..syntax import body_of
from ..verdict import TestVerdict, Verdict, unusable, weakest_judged, worst_result
from .checks import GuardedTest, PlannedTest, SplitTest
from .compare import OpaqueValueError, decide
from .feedback import compose
from .guarding import decide_guarded
from .loopholes import loophole, seen_through
from .plan import class_names, plan_tests
from .redefined import compares
from .references import NeedsGuardError, References, Start
from .reports import FORGED, ended, load_failure, milliseconds
from .values import parsed

MOST_RESTARTS = 3
MOST_TIMEOUTS = 1
"""Tests that may run into the time limit before the rest is left out; each one costs the whole limit."""
_START_S = 1.0
_HELPER_S = 10.0

OnTest = Callable[[TestVerdict], None]


def judge_candidate(
    problem: Problem, which: str, candidate: Mapping[str, object], run: Runner, on_test: OnTest
) -> Verdict:
    """The verdict on one candidate, `{"id", "answer"}` or `{"id", "program"}`, by the public or the private tests.

    `run` starts the children; `on_test` hears of each test as it is decided. Raises ProblemError for a problem that
    cannot be judged, and whatever `run` raises.
    """
    name = str(candidate.get("id", ""))
    tests = problem.tests(which)
    if not tests:
        raise ProblemError(f"The problem has no {which} tests; without a test nothing can be judged.")
    extraction = _program_of(problem, candidate)
    if not extraction.ok:
        return unusable(name, [test.id for test in tests], extraction.message, "outside", on_test)
    program = Program(extraction.program, extraction.region_line)
    judging = _Judging(problem, program, run, on_test)
    judging.perform(_plan(problem, which, judging.start))
    verdicts = [judging.verdicts[test.id] for test in tests]
    return Verdict(
        name,
        worst_result(verdict.result for verdict in verdicts),
        weakest_judged(verdict.judged for verdict in verdicts),
        verdicts,
        compose(tests, verdicts),
        extraction.fingerprint,
        judging.ms,
    )


_PLANS: dict[tuple[Problem, str], tuple[PlannedTest, ...]] = {}
_MOST_PLANS = 64


def _plan(problem: Problem, which: str, start: Start) -> tuple[PlannedTest, ...]:
    """The plan of a problem's tests, kept because every candidate needs it."""
    key = (problem, which)
    plan = _PLANS.get(key)
    if plan is None:
        plan = tuple(plan_tests(problem, problem.tests(which), start))
        if len(_PLANS) >= _MOST_PLANS:
            _PLANS.clear()
        _PLANS[key] = plan
    return plan


@lru_cache(maxsize=_MOST_PLANS)
def _classes(context: str, code: str) -> tuple[frozenset[str], bool]:
    """The names of a problem's own classes, and whether any of them compares by itself; kept like its plan."""
    return class_names(context, code), compares(body_of(context) + body_of(code))


def _program_of(problem: Problem, candidate: Mapping[str, object]) -> Extraction:
    program, answer = candidate.get("program"), candidate.get("answer")
    if isinstance(program, str):
        text = program.replace("\r\n", "\n").replace("\r", "\n")
        line = region_start(problem, text)
        return Extraction(ok=True, form="program", program=text, fingerprint=fingerprint(text), region_line=line)
    if isinstance(answer, str):
        return extract(problem, answer)
    raise ProblemError("A candidate needs an `answer` or a `program`, as text.")


class _Judging:
    def __init__(self, problem: Problem, program: Program, run: Runner, on_test: OnTest) -> None:
        self._problem = problem
        self._program = program
        self._run = run
        self._on_test = on_test
        classes, self._compares = _classes(problem.context, problem.code)
        self._references = References(problem.context, self.start, classes)
        self._unsettled: dict[str, Optional[TestVerdict]] = {}
        """Divided tests whose values turned out to be no plain data, and what could be said of them outside."""
        self.verdicts: dict[str, TestVerdict] = {}
        self.ms = 0.0

    def perform(self, plan: Sequence[PlannedTest]) -> None:
        self._split([test for test in plan if isinstance(test, SplitTest)])
        for test in plan:
            if isinstance(test, GuardedTest) or test.test.id in self._unsettled:
                verdict = decide_guarded(test.test, self._problem.entry_point, self._start, self._compares)
                outside = self._unsettled.get(test.test.id)
                if outside is not None and verdict.result in ("fail", "error"):
                    verdict = outside  # it says more: what was expected, and what came
                found = loophole(self._problem, self._program.text, test.test.source)
                if verdict.result == "pass" and found is not None:
                    verdict = replace(verdict, judged="unguarded", why=seen_through(found))
                self._decided(verdict)

    def _decided(self, verdict: TestVerdict) -> None:
        verdict = replace(verdict, line=self._program.line(verdict.line))
        self.verdicts[verdict.test] = verdict
        self._on_test(verdict)

    def _start(self, tests: Sequence[dict[str, Any]]) -> Outcome:
        return self._child(self._program.text, tests, self._problem.time_limit_s)

    def start(self, program: str, tests: Sequence[dict[str, Any]]) -> Outcome:
        """Runs expressions over the program's own helpers, which no candidate should have to answer for."""
        return self._child(program, tests, max(self._problem.time_limit_s, _HELPER_S))

    def _child(self, program: str, tests: Sequence[dict[str, Any]], limit: float) -> Outcome:
        job = json.dumps({"program": program, "tests": tests}).encode()
        outcome = self._run(job, Limits(step_s=limit, wall_s=limit * (len(tests) + 1) + _START_S))
        self.ms += outcome.ms
        return outcome

    def _split(self, tests: list[SplitTest]) -> None:
        timeouts = 0
        for _ in range(1 + MOST_RESTARTS):
            if not tests or timeouts > MOST_TIMEOUTS:
                break
            jobs = [
                {"k": k, "names": test.names, "steps": [[step.kind, step.source] for step in test.steps]}
                for k, test in enumerate(tests)
            ]
            outcome = self._start(jobs)
            timeouts += outcome.timed_out
            tests = tests[self._read(tests, outcome) :]
        for test in tests:
            self._decided(
                TestVerdict(
                    test.test.id,
                    "skipped",
                    error="not run: too many tests before it ended the process or ran out of time",
                )
            )

    def _read(self, tests: Sequence[SplitTest], outcome: Outcome) -> int:
        """Decides tests by one child's records; how many of them are decided."""
        records = [parsed(line) for line in outcome.records]
        failure = load_failure(records, outcome)
        if failure is not None:
            for test in tests:
                self._decided(replace(failure, test=test.test.id))
            return len(tests)
        for k, test in enumerate(tests):
            if k + 1 >= len(records):
                self._decided(replace(ended(outcome, "the test"), test=test.test.id))
                return k + 1
            record = cast("dict[str, Any]", records[k + 1]) if isinstance(records[k + 1], dict) else {}
            if record.get("k") != k or (k + 1 == len(tests) < len(records) - 1):
                self._decided(TestVerdict(test.test.id, "tamper", error=FORGED))
                for other in tests[k + 1 :]:
                    self._decided(TestVerdict(other.test.id, "skipped", error="not run after a forged report"))
                break
            if "big" in record:
                self._decided(TestVerdict(test.test.id, "fail", error="the values are too large to compare"))
                continue
            try:
                verdict = decide(test, record.get("r"), self._references)
                self._decided(replace(verdict, ms=milliseconds(record.get("ms"))))
            except OpaqueValueError as error:
                self._unsettled[test.test.id] = error.verdict
            except NeedsGuardError:
                self._unsettled[test.test.id] = None
        return len(tests)
