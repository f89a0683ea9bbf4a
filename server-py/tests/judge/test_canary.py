"""Tests that run in the candidate's process: honest programs pass and stay green, tricks are told from passes."""

import pytest

from mucode.judge.function.canary import guard
from mucode.judge.function.falsify import falsified, private_object
from mucode.judge.function.standing import Falsified, Standing
from mucode.judge.problem import Test
from tests.judge.judged import judge_program, problem

HONEST = "def f(x):\n    if x is None:\n        raise KeyError('none')\n    return x * 2\n"
LOOP = "n = 1\nwhile n < 3:\n    n += 1\n"
UNITTEST = """
import unittest
class T(unittest.TestCase):
    def setUp(self):
        self.n = 3
    def test_a(self):
        self.assertEqual(f(self.n), 6)
        self.assertAlmostEqual(f(0.5), 1.0)
        self.assertTrue(f(1) == 2)
        self.assertIn(f(1), [2])
        self.assertGreater(f(3), 5)
        with self.assertRaises(KeyError):
            f(None)
"""
TESTS = {
    "equality": LOOP + "assert f(n) == 6",
    "an expected value that is computed": LOOP + "assert f(n) == n + n",
    "the other way round": LOOP + "assert 6 == f(n)",
    "order": LOOP + "assert 5 < f(n)\nassert f(n) <= 6\nassert f(n) > 5",
    "membership": LOOP + "assert f(n) in [5, 6]\nassert 'b' in f('ab')\nassert 3 not in [f(n)]",
    "inequality": LOOP + "assert f(n) != 7",
    "truth": LOOP + "assert f(n)\nassert not f(0)\nassert isinstance(f(n), int)",
    "identity": LOOP + "assert f(n) is not None",
    "and, or": LOOP + "assert f(n) == 6 and f(1) == 2\nassert f(n) == 7 or f(n) == 6\nassert f(n) or f(0)",
    "tolerance": LOOP + "assert abs(f(0.5) - 1) < 1e-9",
    "a check function": "def check(candidate):\n    n = 0\n    while n < 3:\n"
    "        assert candidate(n) == n * 2\n        n += 1\ncheck(f)",
    "pytest's own function": "def test_it():\n    n = 0\n    while n < 3:\n        n += 1\n    assert f(n) == 6",
    "unittest": UNITTEST,
}


@pytest.mark.parametrize("name", TESTS)
def test_an_honest_program_passes_guarded(name: str) -> None:
    verdict = judge_program(problem([TESTS[name]]), HONEST)
    assert (verdict.verdict, verdict.judged) == ("pass", "guarded"), verdict.tests


@pytest.mark.parametrize("name", TESTS)
def test_a_wrong_program_fails(name: str) -> None:
    wrong = {"inequality": "7", "identity": "None"}.get(name, "[] if x == 3 else 'b'")
    verdict = judge_program(problem([TESTS[name]]), f"def f(x):\n    return {wrong}\n")
    assert verdict.verdict in ("fail", "error")
    assert verdict.tests[0].failing


TRICKS = {
    "equality": "class Y:\n    def __eq__(s, o): return True\ndef f(x): return Y()\n",
    "order": "class Y(float):\n    def __gt__(s, o): return True\n    __lt__ = __le__ = __ge__ = __gt__\n"
    "def f(x): return Y(0)\n",
    "constants": "import sys\ndef f(x):\n    for c in sys._getframe(1).f_code.co_consts:\n"
    "        if type(c) is int and c > 3: return c\n",
}


@pytest.mark.parametrize(
    ("test", "program"),
    [
        (LOOP + "assert f(n) == 6", TRICKS["equality"]),
        (LOOP + "assert f(n) == n * 2", TRICKS["equality"]),
        (LOOP + "assert f(n) > 5", TRICKS["order"]),
        (LOOP + "assert 5 < f(n) <= 6", TRICKS["order"]),
        (LOOP + "assert f(n) == 6\nassert f(n) == [6]", TRICKS["equality"]),
        (
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(3), 6)\n",
            "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef f(x): return 0\n",
        ),
        (
            LOOP + "assert f(n) == 6",
            TRICKS["constants"],
        ),
    ],
)
def test_a_program_that_also_passes_with_false_values_tampers(test: str, program: str) -> None:
    verdict = judge_program(problem([test]), program)
    assert (verdict.verdict, verdict.judged) == ("tamper", "guarded"), verdict.tests


@pytest.mark.parametrize("test", ["f(1)", "print(f(1))", "assert True", "if f(1):\n    pass"])
def test_without_an_oracle_a_pass_is_unguarded_and_never_tamper(test: str) -> None:
    verdict = judge_program(problem([test]), HONEST)
    assert (verdict.verdict, verdict.judged) == ("pass", "unguarded")


def test_both_texts_differ_in_expected_literals_only() -> None:
    made = guard(Test("t", LOOP + "assert f(17) == 23\nassert f([17]) == g(29)\nassert 5 < f(n)"), "f")
    assert "('==', f(17), 23)" in made.standing
    assert "('==', f(17), 23)" not in made.canary
    for kept in ("f(17)", "f([17])", "g(29)"):
        assert kept in made.canary
    assert made.standing.split("23)")[0] == made.canary.split("'==', f(17), ")[0] + "'==', f(17), "


def test_every_text_has_a_name_of_its_own() -> None:
    test = Test("t", "assert f(1) == 2")
    assert guard(test, "f").name != guard(test, "f").name


PLAIN: list[object] = [
    0, 1, -5, True, None, 1.5, float("inf"), float("nan"), "", "a", b"", (), (1,), [0], [[1]], {"a": 1}, {1}, 1j,
    object(),
]  # fmt: skip


# The last one's repr holds an address, and tests must be called the same in every process.
@pytest.mark.parametrize("value", PLAIN, ids=[*map(repr, PLAIN[:-1]), "object"])
def test_a_falsified_value_is_never_the_value(value: object) -> None:
    for _ in range(20):
        other = falsified(value)
        assert not other == value  # noqa: SIM201 - the private object is unequal by both signs
        if type(value) in (int, bool, str, list, tuple, dict, set, bytes, complex):
            assert type(other) is type(value)


def test_the_private_object_compares_false_with_everything() -> None:
    other = private_object()
    assert not any((other == 1, other != 1, other < 1, other > 1, 1 in other, 1 == other, 1 != other, [other] == [1]))  # noqa: SIM300


def fail_in(standing: Standing) -> None:
    try:
        raise KeyError
    except KeyError:
        standing.no(3)


def test_a_failed_assertion_ends_only_the_run_in_earnest() -> None:
    standing, canary = Standing(), Falsified()
    with pytest.raises(KeyError):
        fail_in(standing)
    canary.no(3)
    assert standing.notes == canary.notes == {3: [0, 1]}


@pytest.mark.parametrize(
    ("test", "program", "why"),
    [
        ("f(1)", HONEST, "the test has no oracle that could be falsified"),
        ("for n in f([]):\n    assert n", HONEST, "the test's assertions are not reached"),
        (
            LOOP + "assert f(n) == 6",
            "import gc\ndef f(x):\n    return x * 2\n",
            "the program uses gc, by which it could see through the canary",
        ),
        (
            LOOP + "assert f(n) == 6",
            TRICKS["equality"],
            "the program also passes this test with a false expected value",
        ),
        (LOOP + "assert f(n) == 6", HONEST, None),
        ("assert f(1) == 2", HONEST, None),
        (LOOP + "assert f(n) == 7", HONEST, None),
    ],
)
def test_a_verdict_says_why_it_is_not_certain(test: str, program: str, why: "str | None") -> None:
    verdict = judge_program(problem([test]), program)
    assert verdict.why == why
    assert verdict.as_json("T3")["why"] == why


CONTEXT = "class V:\n    def __eq__(self, other): return isinstance(other, V)\n"
"""The context has such a method, so that the text of a program with another one gives nothing away."""
COINS = {
    "one toss for a process": "import os\nC = os.urandom(1)[0] < 128\nclass Y:\n    def __eq__(self, o): return C\n",
    "one toss for a question": "import os\nclass Y:\n    def __eq__(self, o): return os.urandom(1)[0] < 128\n",
    "yes to the first": "class Y:\n    n = 0\n    def __eq__(self, o):\n        Y.n += 1\n        return Y.n == 1\n",
}


@pytest.mark.parametrize("coin", COINS)
def test_luck_does_not_beat_the_canary(coin: str) -> None:
    program = CONTEXT + COINS[coin] + "def f(x): return Y()\n"
    found = [judge_program(problem([LOOP + "assert f(n) == 6"], context=CONTEXT), program) for _ in range(24)]
    assert [verdict for verdict in found if verdict.verdict == "pass" and verdict.judged == "guarded"] == []


def test_a_number_that_equals_many_others_is_no_tampering() -> None:
    text = (
        "class V:\n    def __init__(self, n): self.n = n % 5\n    def __eq__(self, other): return self.n == other % 5\n"
    )
    of = problem([LOOP + "assert f(n) == 6"], context=text)
    found = [judge_program(of, text + "def f(x): return V(x * 2)\n") for _ in range(24)]
    assert {verdict.verdict for verdict in found} == {"pass"}
    assert any(verdict.judged == "unguarded" for verdict in found)
