"""One candidate of any kind of problem, judged with the pool; its verdict as the protocol has it.

How a verdict comes about is in judging.py and in the folders of the other kinds; how a child runs is in exchange.py.
"""

import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import Union

from .answers import answer
from .function.judging import judge_candidate
from .kinds import AnyProblem
from .limits import Limits, Outcome
from .problem import Problem
from .sandbox.pool import Errand, Pool, Warmth, warmth_for
from .stdio import answer as stdio_answer
from .stdio.judging import judge_stdio
from .stdio.problem import StdioProblem
from .syntax import parse
from .verdict import TestVerdict
from .workspace import submission
from .workspace.judging import judge_workspace
from .workspace.problem import WorkspaceProblem
from .workspace.warm import known_of, player, site_of


def extract(problem: AnyProblem, text: str) -> answer.Extraction:
    """The program that an answer stands for."""
    if isinstance(problem, Problem):
        return answer.extract(problem, text)
    if isinstance(problem, StdioProblem):
        return stdio_answer.extract(problem, text)
    return submission.extract(problem, text)


def holds_the_rest(problem: AnyProblem, text: str) -> bool:
    """Whether a text is a whole program for this problem, and no answer that has to be spliced in."""
    if isinstance(problem, StdioProblem):
        return parse(text) is not None
    if isinstance(problem, Problem):
        return problem.context.strip() in text
    return parse(text) is not None and all(part.strip() in text for part in problem.around())


def judge(
    pool: Pool,
    problem: AnyProblem,
    which: str,
    candidate: Mapping[str, str],
    cancelled: threading.Event,
    on_test: Callable[[TestVerdict], None],
    on_infra: Callable[[str], None],
) -> dict[str, object]:
    """The verdict object of one candidate. Raises JudgeError and CancelledError, never for the candidate's faults."""
    tier = pool.choice().tier
    errand = Errand(cancelled, on_infra=on_infra)

    def run(job: bytes, limits: Limits) -> Outcome:
        return pool.run(job, limits, errand)

    def guarded(test: TestVerdict) -> TestVerdict:
        # Without isolation a candidate can reach the judge itself, so nothing about it is certain.
        return dataclasses.replace(test, judged="unguarded") if tier == "T0" else test

    def tell(test: TestVerdict) -> None:
        on_test(guarded(test))

    if isinstance(problem, WorkspaceProblem):
        site = site_of(problem.root, problem.python, problem.writable, problem.rewritten)
        play = player(pool, site, problem.python, problem.adapter, errand)
        real = dataclasses.replace(problem, root=site.root)
        verdict = judge_workspace(real, which, candidate, play, tell, known_of(site, problem.python))
    elif isinstance(problem, StdioProblem):
        errand.warmth = _warmth(problem, which, candidate)
        verdict = judge_stdio(problem, which, candidate, run, tell)
    else:
        errand.warmth = _warmth(problem, which, candidate)
        verdict = judge_candidate(problem, which, candidate, run, tell)
    if tier == "T0":
        verdict = dataclasses.replace(verdict, judged="unguarded", tests=[guarded(test) for test in verdict.tests])
    if verdict.verdict == "tamper":
        for server in errand.servers:
            server.distrusted = True
    return verdict.as_json(tier)


def _warmth(problem: Union[Problem, StdioProblem], which: str, candidate: Mapping[str, str]) -> Warmth:
    program = candidate.get("program") or candidate.get("answer") or ""
    if isinstance(problem, StdioProblem):
        return warmth_for(problem.python, program)
    tests = [test.source for test in problem.tests(which)]
    return warmth_for(problem.python, problem.context, problem.code, program, *tests)
