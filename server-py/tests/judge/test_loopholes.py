"""What a candidate could tell the canary by makes a guarded pass unguarded; ordinary programs hold none of it."""

import pytest

from mucode.judge.function.loopholes import loophole
from tests.judge.judged import judge_program, problem

LOOP = "n = 1\nwhile n < 3:\n    n += 1\n"
SUSPICIOUS = [
    "import sys\ndef f(x): return sys._getframe(1)",
    "def f(x): return x.__traceback__.tb_frame",
    "def f(x):\n    match x:\n        case object(f_locals=found): return found",
    "import sys\ndef f(x): return sys.modules",
    "def f(x): return eval('1')",
    "def f(x): return getattr(x, 'f_' + 'back')",
    "g = getattr\ndef f(x): return g(x, 'a')",
    "import gc\ndef f(x): return gc.get_objects()",
    "from unittest.mock import ANY\ndef f(x): return ANY",
    "class Y:\n    def __eq__(self, other): return True\ndef f(x): return Y()",
    "Y = type('Y', (), {'__e' + 'q__': lambda *a: True})\ndef f(x): return Y()",
    "Y = (1).__class__.__class__('Y', (), {})\ndef f(x): return Y()",
    "class Y(int): pass\nY.__qualname__ = 'int'\ndef f(x): return Y()",
    "import os\ndef f(x): os.write(4, b'')",
    "import math\nmath.isclose = lambda *a: True\ndef f(x): return x",
]
ORDINARY = [
    "import sys\nsys.setrecursionlimit(9999)\ndef f(x): return x",
    "import os.path, heapq, collections\ndef f(x): return collections.Counter(os.path.join(x))",
    "def f(x): return type(x) is int or type(x).__name__ == 'str' or getattr(x, 'real', None)",
    "class Node:\n    def __init__(self, v): self.v = v\n    def __repr__(self): return ''\ndef f(x): return Node(x).v",
    "class Node:\n    def copy(self): return type(self)()\n"
    "    def same(self, other): return self.__class__ == other.__class__\ndef f(x): return x",
    "import re\ndef f(x):\n    compiled = re.compile('modules')\n    modules = compiled.findall(x)\n    return modules",
    "if __name__ == '__main__':\n    print(1)\ndef f(x): return x",
]


@pytest.mark.parametrize("program", SUSPICIOUS)
def test_a_way_to_see_through_the_canary_is_found(program: str) -> None:
    assert loophole(problem(["assert f(1)"]), program) is not None


@pytest.mark.parametrize("program", ORDINARY)
def test_an_ordinary_program_holds_none(program: str) -> None:
    assert loophole(problem(["assert f(1)"]), program) is None


def test_what_the_problem_itself_brings_is_not_held_against_the_candidate() -> None:
    context = "import gc\nclass V:\n    def __eq__(self, other): return True\n"
    assert loophole(problem(["assert f(1)"], context=context), context + "\n\ndef f(x): return x") is None


def test_a_pass_of_such_a_program_is_never_green() -> None:
    program = "import gc\ndef f(x): return x * 2\n"
    verdict = judge_program(problem([LOOP + "assert f(n) == n * 2"]), program)
    assert (verdict.verdict, verdict.judged) == ("pass", "unguarded")
    assert judge_program(problem(["assert f(2) == 4"]), program).judged == "outside"


CLASS = """class V:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return isinstance(other, V) and self.x == other.x
    def double(self): return V(self.x * 2)
"""
OBJECTS = {
    "def f(n):\n    for i in range(n): yield i": [
        "assert [x for x in f(3)] == [0, 1, 2]",
        "g = (i for i in f(2))\nassert list(g) == [0, 1]\nassert list(g) == []",
    ],
    "def f(n): return lambda x: x + n": ["assert list(map(f(1), [1, 2])) == [2, 3]"],
    "def f(it): return list(it)": ["g = (i for i in range(2))\nassert f(g) == [0, 1]\nassert f(g) == []"],
    "def f(n): return map(str, range(n))": ["assert ','.join(f(2)) == '0,1'"],
    "def f(n): return n / 3": ["assert '%.2f' % f(1) == '0.33'"],
    "def f(d): return d.items()": ["assert ('a', 1) in f({'a': 1})"],
    "def f(n): return {'a': n, 'b': n}": [">>> f(1)  # doctest: +ELLIPSIS\n{'a': 1, ...}"],
}


@pytest.mark.parametrize("program", OBJECTS)
def test_a_result_that_is_no_plain_data_is_judged_in_the_process(program: str) -> None:
    verdict = judge_program(problem(OBJECTS[program]), program)
    assert verdict.verdict == "pass", verdict.tests
    assert verdict.judged != "unguarded"


def test_what_the_judge_saw_outside_is_told_where_the_process_finds_no_pass_either() -> None:
    verdict = judge_program(problem(["assert f(1) == 2"]), "def f(n): return lambda: n\n")
    assert (verdict.verdict, verdict.tests[0].expected) == ("fail", "2")
    assert "function" in str(verdict.tests[0].got)


UNEQUAL = (
    "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertNotEqual(V(1), V(2))\n"
)


@pytest.mark.parametrize("test", ["assert V(1) != V(2)", "assert isinstance(V(1).double(), V)", UNEQUAL])
def test_objects_of_the_problems_own_class_are_no_tampering(test: str) -> None:
    verdict = judge_program(problem([test], CLASS, entry_point="V.double"), CLASS)
    assert (verdict.verdict, verdict.judged) == ("pass", "guarded"), verdict.tests


GUARDED_BY = "assert isinstance(V(1).double(), V)"


@pytest.mark.parametrize(
    "brought",
    [
        "    FACTOR = 2\n",
        "    @staticmethod\n    def half(x): return x / 2\n",
        "    @property\n    def size(self): return 1\n",
    ],
)
def test_a_class_may_get_constants_and_helpers(brought: str) -> None:
    verdict = judge_program(problem([GUARDED_BY], CLASS, entry_point="V.double"), CLASS + brought)
    assert (verdict.verdict, verdict.judged) == ("pass", "guarded"), verdict.why


@pytest.mark.parametrize(
    "brought",
    [
        "    x = property(lambda self: 1)\n",
        "    @property\n    def double(self): return 1\n",
        "    @print\n    def half(x): return x / 2\n",
        "    seen = []\n",
        "    __hash__ = None\n",
        "    __class__ = int\n",
    ],
)
def test_a_class_may_not_get_what_could_answer_for_it(brought: str) -> None:
    verdict = judge_program(problem([GUARDED_BY], CLASS, entry_point="V.double"), CLASS + brought)
    assert (verdict.verdict, verdict.judged) != ("pass", "guarded")


@pytest.mark.parametrize(
    ("method", "test"),
    [("__gt__", "assert V() > 5"), ("__lt__", "assert V() < 5"), ("__contains__", "assert 5 in V()")],
)
def test_a_class_that_is_right_to_say_yes_to_everything_is_no_tampering(method: str, test: str) -> None:
    code = f"class V:\n    def {method}(self, other): return False\n"
    verdict = judge_program(problem([test], code, entry_point=f"V.{method}"), code.replace("False", "True"))
    assert (verdict.verdict, verdict.judged) == ("pass", "unguarded"), verdict.tests


def test_a_changed_init_is_green_where_no_object_of_the_class_is_expected() -> None:
    program = CLASS.replace("self.x = x", "self.x = x + 0")
    plain = judge_program(problem(["assert V(1).double().x == 2"], CLASS, entry_point="V.double"), program)
    assert (plain.verdict, plain.judged != "unguarded") == ("pass", True), plain.tests
    own = judge_program(problem(["assert V(1).double() == V(2)"], CLASS, entry_point="V.double"), program)
    assert (own.verdict, own.judged) == ("pass", "unguarded"), own.tests


def test_a_test_that_asks_nothing_is_unguarded_and_no_tampering() -> None:
    verdict = judge_program(
        problem(["def test_it(n=1):\n    while n < 3:\n        n += 1\n    assert f(n)"]), "def f(x): return x"
    )
    assert (verdict.verdict, verdict.judged) == ("pass", "unguarded")


def test_a_full_disk_is_a_limit() -> None:
    program = (
        "def f(x):\n    with open('full', 'wb') as file:\n        for _ in range(99): file.write(bytes(1 << 20))\n"
    )
    for test in ("assert f(1) is None", LOOP + "assert f(n) is None"):
        assert judge_program(problem([test]), program).verdict == "limit"
