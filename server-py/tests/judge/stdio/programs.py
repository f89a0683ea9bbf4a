"""Whole programs judged in the real sandbox, in one isolation tier or in the best one."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from mucode.judge import candidates
from mucode.judge.errors import NoIsolationError
from mucode.judge.sandbox import tiers
from mucode.judge.sandbox.pool import Pool
from mucode.judge.stdio.problem import StdioProblem, stdio_from_fields
from mucode.judge.verdict import TestVerdict
from tests.judge.judged import real_pool


def problem(*cases: "tuple[str, str]", **fields: object) -> StdioProblem:
    """A problem whose public cases are pairs of an input and the one accepted output."""
    given = [{"id": f"c{k}", "input": text, "outputs": [output]} for k, (text, output) in enumerate(cases)]
    return stdio_from_fields({"id": "p", "public_tests": given, "time_limit_s": 5, **fields})


def judge(of: StdioProblem, program: str, pool: "Pool | None" = None, which: str = "public") -> "dict[str, Any]":
    """The verdict object on a whole program; asserts that every case was told of as it was decided."""
    return judged(of, {"id": "c", "program": program}, pool or real_pool(), which)


def judged(of: StdioProblem, candidate: Mapping[str, str], pool: Pool, which: str = "public") -> "dict[str, Any]":
    """The verdict object on a candidate."""
    heard: list[TestVerdict] = []
    trouble: list[str] = []
    verdict = candidates.judge(pool, of, which, candidate, threading.Event(), heard.append, trouble.append)
    assert [one.as_json() for one in heard] == verdict["tests"]
    assert not trouble
    return verdict


def cases_of(verdict: "dict[str, Any]") -> "list[dict[str, Any]]":
    """What became of each case, in their order."""
    return verdict["tests"]


def pool_of(tier: str) -> Pool:
    """A pool of exactly this tier, which its user closes. Skips where this machine does not have it."""
    pool = Pool(2, tier)
    try:
        pool.choice()
    except NoIsolationError as error:
        pool.close()
        pytest.skip(f"NOT TESTED: {tiers.MEANING[tier]}: {error}")
    return pool
