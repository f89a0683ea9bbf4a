"""How tests are divided: what the child is given, and what stays outside."""

import ast

import pytest

from mucode.judge.function.checks import GuardedTest, SplitTest
from mucode.judge.function.plan import plan_test, program_names
from mucode.judge.function.references import References
from mucode.judge.limits import Outcome
from mucode.judge.problem import ProblemError, Test

PROGRAM = program_names("import math\nLIMIT = 7\ndef helper(a, b=0): pass\nclass Node: pass\n", "def f(x): pass\n")
CLASS = program_names("", "class C:\n    def m(self): pass\n")


def nobody(program: str, tests: object) -> Outcome:
    return Outcome(b"", b"", 0, None, False, None, 0.0)


def plan(source: str, entry_point: str = "f") -> "SplitTest | GuardedTest":
    names = PROGRAM if entry_point == "f" else CLASS
    return plan_test(entry_point, names, Test("t", source), References("", nobody))


DIVIDED = {
    "assert f(1) == 42": ["f(1)"],
    "assert 42 == f(1)": ["f(1)"],
    "assert f(1) != 42, 'message'": ["f(1)"],
    "assert 41 < f(1) <= 42": ["f(1)"],
    "assert not f(1)": ["f(1)"],
    "assert f(1)": ["f(1)"],
    "assert f(1) is None": ["f(1)"],
    "assert f(1) is not True": ["f(1)"],
    "assert f(1) in [42, 43]": ["f(1)"],
    "assert 42 not in f(1)": ["f(1)"],
    "assert abs(f(1) - 42) < 1e-6": ["f(1)"],
    "assert math.isclose(f(1), 42.0, rel_tol=1e-3)": ["f(1)"],
    "import pytest\nassert f(1) == pytest.approx(42)": ["f(1)"],
    "assert round(f(1), 2) == 42": ["round(f(1), 2)"],
    "assert len(f(1)) == 42": ["len(f(1))"],
    "assert sorted(f(1)) == [42]": ["sorted(f(1))"],
    "assert sorted(f(1), reverse=True) == [42]": ["sorted(f(1), reverse=True)"],
    "assert set(f(1)) == {42}": ["set(f(1))"],
    "assert list(f(1)) == [42] and f(2) == 43": ["list(f(1))", "f(2)"],
    "assert f(1) == 42 or f(1) == 43": ["f(1)", "f(1)"],
    "assert f(1)[0] == 42": ["f(1)[0]"],
    "assert f(1).name == 'forty-two'": ["f(1).name"],
    "assert f(1).startswith('forty-two')": ["f(1)"],
    "assert ', '.join(f(1)) == 'forty-two'": ["f(1)"],
    "assert isinstance(f(1), int)": ["f(1)"],
    "assert type(f(1)) is int": ["f(1)"],
    "assert (f(1), f(2)) == (42, 43)": ["f(1)", "f(2)"],
    "assert [f(n) for n in range(2)] == [42, 43]": ["f(0)", "f(1)"],
    "assert all(f(n) == n + 42 for n in range(2))": ["f(0)", "f(1)"],
    "assert all(item == 42 for item in f(1))": ["list(f(1))"],
    "assert f(x=1, *[2], **{'y': 3}) == 42": ["f(*[2], x=1, **{'y': 3})"],
    "args = [1, 2]\nassert f(*args) == 42": ["args = [1, 2]", "f(*args)"],
    "x = [3, 1]\nassert f(x) == [42]": ["x = [3, 1]", "f(x)"],
    "x = 3\nassert f(x) == 42": ["f(3)"],
    "expected = [42]\nassert f(1) == expected": ["f(1)"],
    "x = [3, 1]\nf(x)\nassert x == [42]": ["x = [3, 1]", "f(x)", "x"],
    "r = f(1)\nassert r == 42": ["r = f(1)", "r"],
    "a, b = f(1)\nassert a == 42 and b == 43": ["a, b = f(1)", "a", "b"],
    "for n, want in [(1, 42), (2, 43)]:\n    assert f(n) == want": ["f(1)", "f(2)"],
    "import asyncio\nassert asyncio.run(f(1)) == 42": ["import asyncio", "asyncio.run(f(1))"],
    "def check(candidate):\n    assert candidate(1) == 42\ncheck(f)": ["f(1)"],
    "METADATA = {'a': 42}\ndef check(candidate):\n    assert True\n    assert candidate(1) == 42\ncheck(f)": ["f(1)"],
    "def test_f():\n    assert f(1) == 42": ["f(1)"],
    "import pytest\nwith pytest.raises(ValueError, match='42'):\n    f(1)": ["f(1)"],
    "try:\n    f(1)\n    assert False\nexcept ValueError:\n    pass": ["f(1)"],
    "root = Node(1)\nroot.left = Node(2)\nassert f(root) == 42": ["root = Node(1)", "root.left = Node(2)", "f(root)"],
    "assert helper(f(1)) == 42": ["helper(f(1))"],
    "import random\nassert f(random.Random(1).randint(5, 5)) == 42": ["f(5)"],
    "assert f(42.5) == 42.5 and f(float('inf')) == float('inf')": ["f(42.5)", "f(float('inf'))"],
}


@pytest.mark.parametrize("source", DIVIDED)
def test_only_calls_and_inputs_enter_the_child(source: str) -> None:
    planned = plan(source)
    assert isinstance(planned, SplitTest), planned
    assert [step.source for step in planned.steps] == DIVIDED[source]
    if "42.5" not in source:
        assert not any("42" in step.source or "forty" in step.source for step in planned.steps)


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        ("assert C(1).m(2) == 42", ["C(1).m(2)"]),
        ("c = C()\nc.push(1)\nassert c.items == [42]", ["c = C()", "c.push(1)", "c.items"]),
        ("assert len(C()) == 42", ["len(C())"]),
        ("assert C(1).find(2) == 42", ["C(1).find(2)"]),
    ],
)
def test_methods_are_called_on_objects_in_the_child(source: str, steps: "list[str]") -> None:
    planned = plan(source, "C.m")
    assert isinstance(planned, SplitTest), planned
    assert [step.source for step in planned.steps] == steps


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    assert f(1) == 42\n    break",
        "assert f(1) is f(1)",
        "with open('x') as file:\n    assert f(file) == 42",
        "import secrets\nassert f(1) == secrets.choice([42])",
        "def near(a):\n    return a == 42\nassert near(f(1), 42)",
        "f(1)",
        "assert True",
        "x = [[1], 42]\nf(x[0])\nassert x == [[], 42]",
        "for n in range(100000):\n    assert f(n) == 42",
    ],
)
def test_what_needs_both_sides_at_once_is_guarded(source: str) -> None:
    assert isinstance(plan(source), GuardedTest)


def test_objects_of_a_class_under_repair_are_compared_in_their_own_process() -> None:
    assert isinstance(plan("assert C(1).m(2) == C(42)", "C.m"), GuardedTest)


@pytest.mark.parametrize(
    "source", ["assert f(1) == (lambda: [0] * 10**9)()", "assert f(1) == 9**9**9", "assert f(1) == 'a' * 10**10"]
)
def test_the_outside_refuses_huge_work(source: str) -> None:
    assert isinstance(plan(source), GuardedTest)


@pytest.mark.parametrize("source", ["assert f(1) ==", ">>> f(1", ">>> f(1)", "\x00"])
def test_a_test_that_is_no_python_is_refused_with_its_name(source: str) -> None:
    with pytest.raises(ProblemError, match="'t'"):
        plan(source)


def test_every_step_is_python() -> None:
    for source in DIVIDED:
        planned = plan(source)
        assert isinstance(planned, SplitTest)
        for step in planned.steps:
            ast.parse(step.source)
