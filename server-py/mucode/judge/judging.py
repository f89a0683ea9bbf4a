"""Judges one candidate: makes the jobs, has them run, decides every test. Starts no process itself."""

import functools
import json
import signal
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, cast

from .answer import Extraction, extract
from .compare import decide, is_exception, raised
from .feedback import compose
from .fingerprint import fingerprint
from .limits import Limits, Outcome, Runner
from .plan import GuardedTest, PlannedTest, SplitTest, plan_tests
from .problem import Problem, ProblemError
from .splice import region_start
from .verdict import TestVerdict, Verdict, weakest_judged, worst_result

MOST_RESTARTS = 3
_LINE_SHOWN = 160
_START_S = 1.0

OnTest = Callable[[TestVerdict], None]


@dataclass(frozen=True)
class _Program:
    """The candidate's program and where its region starts, so that lines can be named as the model knows them."""

    text: str
    region_line: int

    def line(self, number: Optional[str]) -> Optional[str]:
        lines = self.text.split("\n")
        if number is None or not 0 < int(number) <= len(lines):
            return None
        text = lines[int(number) - 1].strip()[:_LINE_SHOWN]
        relative = int(number) - self.region_line + 1
        return f"line {relative}: {text}" if relative > 0 else f"line {number} of the program: {text}"


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
    plan = _plan(problem, which)
    extraction = _program_of(problem, candidate)
    if not extraction.ok:
        verdicts = [TestVerdict(test.id, "error", error=extraction.message) for test in tests]
        for verdict in verdicts:
            on_test(verdict)
        return Verdict(name, "error", "outside", verdicts, extraction.message, "", 0.0)
    program = _Program(extraction.program, extraction.region_line)
    judging = _Judging(problem, program, run, on_test)
    judging.perform(plan)
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


@functools.lru_cache(maxsize=64)
def _plan(problem: Problem, which: str) -> Tuple[PlannedTest, ...]:
    return tuple(plan_tests(problem, problem.tests(which)))


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
    def __init__(self, problem: Problem, program: _Program, run: Runner, on_test: OnTest) -> None:
        self._problem = problem
        self._program = program
        self._run = run
        self._on_test = on_test
        self.verdicts: Dict[str, TestVerdict] = {}
        self.ms = 0.0

    def perform(self, plan: Sequence[PlannedTest]) -> None:
        self._split([test for test in plan if isinstance(test, SplitTest)])
        for test in plan:
            if isinstance(test, GuardedTest):
                self._decided(TestVerdict(test.test.id, "skipped", error=test.why, judged="unguarded"))

    def _decided(self, verdict: TestVerdict) -> None:
        verdict = replace(verdict, line=self._program.line(verdict.line))
        self.verdicts[verdict.test] = verdict
        self._on_test(verdict)

    def _start(self, tests: Sequence[Dict[str, Any]]) -> Outcome:
        job = json.dumps({"program": self._program.text, "tests": tests}).encode()
        limit = self._problem.time_limit_s
        outcome = self._run(job, Limits(step_s=limit, wall_s=limit * (len(tests) + 1) + _START_S))
        self.ms += outcome.ms
        return outcome

    def _split(self, tests: List[SplitTest]) -> None:
        for _ in range(1 + MOST_RESTARTS):
            if not tests:
                return
            jobs = [
                {"k": k, "names": test.names, "steps": [[step.kind, step.source] for step in test.steps]}
                for k, test in enumerate(tests)
            ]
            tests = tests[self._read(tests, self._start(jobs)) :]
        for test in tests:
            self._decided(TestVerdict(test.test.id, "skipped", error="not run: the program ended its process too often"))

    def _read(self, tests: Sequence[SplitTest], outcome: Outcome) -> int:
        """Decides tests by one child's records; how many of them are decided."""
        records = [_parsed(line) for line in outcome.records]
        failure = _load_failure(records, outcome)
        if failure is not None:
            for test in tests:
                self._decided(replace(failure, test=test.test.id))
            return len(tests)
        for k, test in enumerate(tests):
            if k + 1 >= len(records):
                self._decided(replace(_ended(outcome, "the test"), test=test.test.id))
                return k + 1
            record = records[k + 1]
            if not isinstance(record, dict) or record.get("k") != k or (k + 1 == len(tests) < len(records) - 1):
                self._decided(TestVerdict(test.test.id, "tamper", error=_FORGED))
                for other in tests[k + 1 :]:
                    self._decided(TestVerdict(other.test.id, "skipped", error="not run after a forged report"))
                break
            if "big" in record:
                self._decided(TestVerdict(test.test.id, "fail", error="the values are too large to compare"))
                continue
            verdict = decide(test, record.get("r"))
            self._decided(replace(verdict, ms=_milliseconds(record.get("ms"))))
        return len(tests)


_FORGED = "the report of the run was forged"


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _milliseconds(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else 0.0


def _load_failure(records: Sequence[Any], outcome: Outcome) -> Optional[TestVerdict]:
    """The verdict on every test where the program itself could not be loaded."""
    if not records:
        return _ended(outcome, "loading the program")
    first = records[0]
    if not isinstance(first, dict) or set(cast("Dict[str, object]", first)) != {"load"}:
        return TestVerdict("", "tamper", error=_FORGED)
    error = cast("Dict[str, Any]", first)["load"]
    if error is None:
        return None
    if not isinstance(error, dict) or not is_exception(cast("Dict[str, Any]", error)) or len(records) > 1:
        return TestVerdict("", "tamper", error=_FORGED)
    return raised("", cast("Dict[str, Any]", error), failing="(loading the program)")


def _ended(outcome: Outcome, what: str) -> TestVerdict:
    """The verdict on a test that was running when the child ended."""
    if outcome.limit is not None:
        return TestVerdict("", "limit", error=f"more {outcome.limit} than is allowed")
    if outcome.timed_out:
        return TestVerdict("", "timeout", error=f"the time limit ran out before {what} was done")
    if outcome.signal is not None:
        try:
            name = signal.Signals(outcome.signal).name
        except ValueError:
            name = "unknown"
        return TestVerdict("", "error", error=f"the process was ended by signal {outcome.signal} ({name})")
    return TestVerdict("", "error", error=f"the program ended its process before {what} was done")
