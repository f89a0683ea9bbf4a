"""One candidate, judged with the pool: which warm server fits it, and its verdict as the protocol has it.

How a verdict comes about is in judging.py; how a child runs is in supervise.py.
"""

import dataclasses
import threading
from collections.abc import Callable, Mapping

from .judging import judge_candidate
from .limits import Limits, Outcome
from .pool import Errand, Pool, warmth_for
from .problem import Problem
from .verdict import TestVerdict


def judge(
    pool: Pool,
    problem: Problem,
    which: str,
    candidate: Mapping[str, str],
    cancelled: threading.Event,
    on_test: Callable[[TestVerdict], None],
    on_infra: Callable[[str], None],
) -> dict[str, object]:
    """The verdict object of one candidate. Raises JudgeError and CancelledError, never for the candidate's faults."""
    tier = pool.choice().tier
    program = candidate.get("program") or candidate.get("answer") or ""
    tests = [test.source for test in problem.tests(which)]
    warmth = warmth_for(problem.python, problem.context, problem.code, program, *tests)
    errand = Errand(cancelled, warmth, on_infra)

    def run(job: bytes, limits: Limits) -> Outcome:
        return pool.run(job, limits, errand)

    def guarded(test: TestVerdict) -> TestVerdict:
        # Without isolation a candidate can reach the judge itself, so nothing about it is certain.
        return dataclasses.replace(test, judged="unguarded") if tier == "T0" else test

    verdict = judge_candidate(problem, which, candidate, run, lambda test: on_test(guarded(test)))
    if tier == "T0":
        verdict = dataclasses.replace(verdict, judged="unguarded", tests=[guarded(test) for test in verdict.tests])
    if verdict.verdict == "tamper":
        for server in errand.servers:
            server.distrusted = True
    return verdict.as_json(tier)
