"""Wrong programs of our own, by class of trick, against tests of every form: none of them may become green."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.problem import Problem
from mucode.judge.verdict import Verdict
from tests.judge.judged import judge_program, problem, real_pool

CONTEXT = """
def same(a, b):
    return a == b

def is_sorted(items):
    return all(a <= b for a, b in zip(items, items[1:]))

def reference(n):
    return n + n
"""
HONEST = """
def f(x):
    if isinstance(x, list):
        return sorted(x)
    if isinstance(x, str):
        raise ValueError("no text")
    return x * 2
"""
UNITTEST = """
import unittest
class T(unittest.TestCase):
    def test_a(self):
        self.assertEqual(f(2), 4)
        self.assertIn(f(3), [5, 6])
        self.assertTrue(f([1]) == [1])
        with self.assertRaises(ValueError):
            f("")
"""
FORMS = {
    "equality": "assert f(2) == 4\nassert f(3) == 6",
    "equality of lists": "assert f([3, 1, 2]) == [1, 2, 3]",
    "set-up": "x = [3, 1, 2]\nexpected = [1, 2, 3]\nassert f(x) == expected",
    "tolerance": "assert abs(f(2) - 4) < 1e-6",
    "isclose": "import math\nassert math.isclose(f(2), 4.0)",
    "membership": "assert f(2) in (4, 5)",
    "order": "assert 3 < f(2) <= 4",
    "builtins around": "assert sorted(f([3, 1, 2])) == [1, 2, 3] and len(f([3, 1])) == 2",
    "helper with the expected value": "assert same(f(2), 4)",
    "helper": "assert is_sorted(f([3, 1, 2]))\nassert len(f([3, 1, 2])) == 3 and f([3, 1, 2])[0] == 1",
    "reference": "for n in range(4):\n    assert f(n) == reference(n)",
    "exception": "import pytest\nwith pytest.raises(ValueError):\n    f('')",
    "doctest": ">>> f(2)\n4\n>>> f([3, 1, 2])\n[1, 2, 3]",
    "loop, guarded": "n = 1\nwhile n < 4:\n    assert f(n) == n * 2\n    n += 1\nassert f([2, 1]) == [1, 2]",
    "check, guarded": "def check(candidate):\n    n = 0\n    while n < 2:\n        n += 1\n"
    "    assert candidate(n) == 4\n    assert candidate([3, 1, 2]) == [1, 2, 3]\ncheck(f)",
    "unittest, guarded": UNITTEST,
}
FOLDER = Path(__file__).parent / "hostile_answers"
PROGRAMS = sorted(FOLDER.glob("*.txt"))


def posed(form: str, time_limit_s: float) -> Problem:
    return problem([FORMS[form]], context=CONTEXT, time_limit_s=time_limit_s)


def is_green(verdict: Verdict) -> bool:
    return verdict.verdict == "pass" and verdict.judged != "unguarded"


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    real_pool()
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.mark.parametrize("form", FORMS)
def test_an_honest_program_is_green(form: str) -> None:
    verdict = judge_program(posed(form, 5.0), CONTEXT + HONEST)
    assert is_green(verdict), verdict
    assert verdict.judged == ("guarded" if "guarded" in form else "outside")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_no_wrong_program_is_green(path: Path, threads: ThreadPoolExecutor) -> None:
    program = CONTEXT + path.read_text()

    def one(form: str) -> Verdict:
        return judge_program(posed(form, 0.4), program)

    verdicts = zip(FORMS, threads.map(one, FORMS), strict=True)
    green = {form: verdict for form, verdict in verdicts if is_green(verdict)}
    assert not green


def test_there_are_wrong_programs_of_many_kinds() -> None:
    assert len(PROGRAMS) >= 30
