"""Judges programs in the real sandbox, for tests of what a verdict says."""

import atexit
import functools
from collections.abc import Callable

import pytest

from mucode.judge.errors import NoIsolationError
from mucode.judge.function.judging import judge_candidate
from mucode.judge.limits import Limits, Outcome
from mucode.judge.problem import Problem, function_from_json
from mucode.judge.sandbox.pool import Errand, Pool, warmth_for
from mucode.judge.verdict import TestVerdict, Verdict

Job = tuple[bytes, Limits]


@functools.lru_cache(maxsize=1)
def real_pool() -> Pool:
    """The pool that all tests share. Skips where the machine has no isolation."""
    pool = Pool(2)
    atexit.register(pool.close)
    try:
        pool.choice()
    except NoIsolationError as error:
        pytest.skip(f"NOT TESTED: no isolation on this machine: {error}")
    return pool


def runner(program: str = "") -> Callable[[bytes, Limits], Outcome]:
    """Runs jobs in the sandbox, with what the program imports already loaded."""
    pool, errand = real_pool(), Errand(warmth=warmth_for(None, program))

    def run(job: bytes, limits: Limits) -> Outcome:
        return pool.run(job, limits, errand)

    return run


def problem(tests: list[str], code: str = "def f(x):\n    return None\n", **fields: object) -> Problem:
    """A problem on `f` with public tests."""
    given = {"id": "p", "entry_point": "f", "code": code, "context": "", "public_tests": tests, "time_limit_s": 2.0}
    return function_from_json({**given, **fields})


def judge(of: Problem, answer: str, which: str = "public", jobs: "list[bytes] | None" = None) -> Verdict:
    """The verdict on an answer; `jobs` collects what the sandbox was given."""
    return _judge(of, which, {"id": "c", "answer": answer}, jobs)


def judge_program(of: Problem, program: str, which: str = "public", jobs: "list[bytes] | None" = None) -> Verdict:
    """The verdict on a whole program."""
    return _judge(of, which, {"id": "c", "program": program}, jobs)


def _judge(of: Problem, which: str, candidate: "dict[str, object]", jobs: "list[bytes] | None") -> Verdict:
    run = runner(str(candidate))
    heard: list[TestVerdict] = []

    def recording(job: bytes, limits: Limits) -> Outcome:
        if jobs is not None:
            jobs.append(job)
        return run(job, limits)

    verdict = judge_candidate(of, which, candidate, recording, heard.append)
    assert sorted(one.test for one in heard) == sorted(one.test for one in verdict.tests)
    return verdict


def results(verdict: Verdict) -> list[str]:
    """The results of the tests, in order."""
    return [test.result for test in verdict.tests]
