"""From failing tests to the code to repair: the traceback first, then what the tests call, then what they import."""

import ast

import pytest

from mucode.judge.workspace.executed import Executions
from mucode.judge.workspace.modules import entry_at
from mucode.judge.workspace.suspects import Failure, Suspect, suspects_of

SHOP = {
    "src/shop/__init__.py": (
        "from .cart import total, Cart\nfrom .money import *\nfrom . import tax\nold_total = total\n"
    ),
    "src/shop/cart.py": (
        "from .money import rounded\n\n\ndef total(items):\n    return rounded(sum(items))\n\n\n"
        "class Cart:\n    def __init__(self):\n        self.items = []\n\n"
        "    def add(self, item):\n        self.items.append(item)\n\n"
        "    async def pay(self):\n        def inner():\n            return 1\n        return inner()\n"
    ),
    "src/shop/money.py": "def rounded(x):\n    return round(x, 2)\n\n\nclass Money:\n    pass\n",
    "src/shop/tax.py": "try:\n    import fast\nexcept ImportError:\n    def rate(x):\n        return x\n",
    "tests/helpers.py": "from shop import total\n\n\ndef check(x):\n    assert total(x) == 3\n",
}


def found(
    test: str, name: str = "test_it", frames: "tuple[tuple[str, int], ...]" = (), prefer: "str | None" = None
) -> "list[str]":
    """Suspects of one failing test as `why file entry`."""
    files = {**SHOP, "tests/test_x.py": test}
    failure = Failure(f"tests/test_x.py::{name}", frames)
    return [
        f"{one.why} {one.file.removeprefix('src/shop/')} {one.entry_point}"
        for one in suspects_of([failure], files.get, prefer)
    ]


def test_the_innermost_frame_of_the_project_comes_first() -> None:
    test = "from shop import total\n\n\ndef test_it():\n    assert total([1]) == 1\n"
    frames = (("tests/test_x.py", 5), ("src/shop/cart.py", 5), ("src/shop/money.py", 2))
    assert found(test, frames=frames) == ["traceback money.py rounded", "traceback cart.py total"]


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("from shop import total", "total([1])"),
        ("from shop.cart import total as t", "t([1])"),
        ("import shop", "shop.total([1])"),
        ("import shop.cart", "shop.cart.total([1])"),
        ("import shop.cart as c", "c.total([1])"),
        ("from shop import cart", "cart.total([1])"),
        ("from shop import *", "total([1])"),
        ("from shop import old_total", "old_total([1])"),
    ],
)
def test_a_called_function_is_found_through_every_form_of_import(head: str, call: str) -> None:
    test = f"{head}\n\n\ndef test_it():\n    assert {call} == 3\n"
    assert found(test, frames=(("tests/test_x.py", 5),))[0] == "called cart.py total"


def test_an_import_within_the_test_counts() -> None:
    assert found("def test_it():\n    from shop.tax import rate\n    assert rate(1) == 2\n")[0] == "called tax.py rate"


def test_the_failing_statement_comes_before_the_others() -> None:
    body = "    assert rounded(1) == 1\n    assert total([1]) == 2\n    rounded(2)\n"
    test = "from shop import total, rounded\n\n\ndef test_it():\n" + body
    assert found(test, frames=(("tests/test_x.py", 6),))[:2] == ["called cart.py total", "called money.py rounded"]


def test_methods_of_the_classes_that_a_test_knows() -> None:
    test = (
        "from shop import Cart\n\n\ndef test_it():\n    cart = Cart()\n    cart.add(1)\n    assert cart.items == [2]\n"
    )
    assert found(test) == ["called cart.py Cart.__init__", "called cart.py Cart.add", "imported cart.py Cart.pay"]


def test_what_is_only_imported_comes_last() -> None:
    body = "    assert list(map(total, [[1]])) == [2]\n    assert rounded(1)\n"
    test = "from shop import total, rounded\n\n\ndef test_it():\n" + body
    assert found(test) == ["called money.py rounded", "imported cart.py total"]


def test_set_up_and_fixtures_are_read_too() -> None:
    head = "import unittest\nfrom shop import total\n\n\nclass TestA(unittest.TestCase):\n"
    head += "    def setUp(self):\n        self.x = total([1])\n\n"
    unit = head + "    def test_b(self):\n        self.assertEqual(self.x, 2)\n"
    assert found(unit, "TestA::test_b")[0] == "called cart.py total"
    head = "import pytest\nfrom shop import total\n\n\n@pytest.fixture\ndef x():\n    return total([1])\n"
    fixture = head + "\n\ndef test_it(x):\n    assert x == 2\n"
    assert found(fixture, "test_it[1]")[0] == "called cart.py total"


def test_helpers_of_tests_are_no_suspects_and_what_they_call_is() -> None:
    test = "from helpers import check\n\n\ndef test_it():\n    check([1])\n"
    frames = (("tests/test_x.py", 5), ("tests/helpers.py", 5))
    assert found(test, frames=frames) == ["called cart.py total", "called money.py rounded"]


def test_what_a_called_function_calls_comes_behind_all_that_the_test_calls() -> None:
    test = "from shop import total, Cart\n\n\ndef test_it():\n    assert total([1]) == 2\n    Cart()\n"
    assert found(test) == [
        "called cart.py Cart.__init__",
        "called cart.py total",
        "called money.py rounded",
        "imported cart.py Cart.add",
        "imported cart.py Cart.pay",
    ]


def test_methods_are_followed_through_classes_and_their_bases() -> None:
    ranges = (
        "class Base:\n    def convert(self, x):\n        return self.clamp(x)\n\n\n"
        "class Range(Base):\n    def __init__(self, top):\n        super().__init__()\n        self.top = top\n\n"
        "    def clamp(self, x):\n        return min(x, self.top)\n"
    )
    head = "import pytest\nimport ranges\n\n\n@pytest.mark.parametrize('r', [ranges.Range(3)])\n"
    files = {"ranges.py": ranges, "tests/test_x.py": head + "def test_it(r):\n    assert r.convert(5) == 3\n"}
    found_here = suspects_of([Failure("tests/test_x.py::test_it[r0]")], files.get)
    assert [one.entry_point for one in found_here][:3] == ["Range.__init__", "Base.convert", "Range.clamp"]


def test_operators_stand_for_methods_of_what_the_test_makes() -> None:
    bag = (
        "class Bag:\n    def __setitem__(self, key, value):\n        pass\n\n    def __eq__(self, other):\n"
        "        return True\n\n    def __reversed__(self):\n        return iter(())\n\n"
        "    def __call__(self):\n        return 1\n\n    def __add__(self, other):\n        return self\n"
    )
    body = (
        "    bag = Bag()\n    bag[1] = 2\n    bag + bag\n    list(reversed(bag))\n    bag()\n    assert bag == {1: 2}\n"
    )
    files = {"bag.py": bag, "tests/test_x.py": f"from bag import Bag\n\n\ndef test_it():\n{body}"}
    found_here = suspects_of([Failure("tests/test_x.py::test_it")], files.get)
    assert [one.entry_point for one in found_here if one.why == "called"] == [
        f"Bag.__{name}__" for name in ("eq", "call", "reversed", "add", "setitem")
    ]


def test_the_file_under_repair_goes_ahead_of_equals() -> None:
    test = "from shop import total, rounded\n\n\ndef test_it():\n    assert total([rounded(1)]) == 2\n"
    assert found(test)[0] == "called cart.py total"
    assert found(test, prefer="src/shop/money.py")[0] == "called money.py rounded"


def test_what_most_failing_tests_point_at_comes_first() -> None:
    files = {**SHOP, "tests/test_x.py": ""}
    rounded, total = ("src/shop/money.py", 2), ("src/shop/cart.py", 5)
    failures = [Failure("tests/test_x.py::a", (total,)), *(Failure(f"tests/test_x.py::{n}", (rounded,)) for n in "bc")]
    assert [one.entry_point for one in suspects_of(failures, files.get)] == ["rounded", "total"]


def test_doctests_and_asserts_of_a_script() -> None:
    files = {**SHOP, "check_x.py": "from src.shop.cart import total\n\nassert total([1]) == 2\n"}
    doctest = suspects_of([Failure("src/shop/cart.py::shop.cart.Cart.add::0")], files.get)
    assert doctest[0] == Suspect("src/shop/cart.py", "Cart.add", 12, "called")
    assert suspects_of([Failure("check_x.py::3")], files.get)[0].entry_point == "total"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [(5, ("total", 4)), (13, ("Cart.add", 12)), (17, ("Cart.pay", 15)), (8, None), (1, None), (99, None)],
)
def test_a_line_belongs_to_the_outermost_function(line: int, wanted: "tuple[str, int] | None") -> None:
    assert entry_at(ast.parse(SHOP["src/shop/cart.py"]).body, line) == wanted


@pytest.mark.parametrize(
    "test",
    [
        "",
        "def test_it(:\n",
        "import os\n\n\ndef test_it():\n    os.getcwd()\n",
        "from nowhere import x\n\n\ndef test_it():\n    x()\n",
    ],
)
def test_without_a_trace_there_are_no_suspects(test: str) -> None:
    assert found(test, frames=(("gone.py", 3),)) == []


def test_what_ran_in_failing_tests_and_in_no_passing_one_comes_behind_the_traceback() -> None:
    test = "from shop import total\n\n\ndef test_it():\n    assert total([1]) == 1\n"
    files = {**SHOP, "tests/test_x.py": test}
    add, pay, rounded = ("src/shop/cart.py", 12), ("src/shop/cart.py", 15), ("src/shop/money.py", 1)
    total, own = ("src/shop/cart.py", 4), ("tests/test_x.py", 4)
    executions = Executions(failing=[[rounded, add, total, own]], passing=[[rounded, total], [rounded], [pay]])
    frames = (("tests/test_x.py", 5), ("src/shop/cart.py", 5))
    told = suspects_of([Failure("tests/test_x.py::test_it", frames)], files.get, None, executions)
    assert [(one.why, one.entry_point) for one in told] == [
        ("traceback", "total"),
        ("executed", "Cart.add"),
        ("called", "rounded"),
    ]


def test_a_module_of_a_package_may_be_called_tests() -> None:
    files = {"app/__init__.py": "", "app/tests.py": "def test_odd(x):\n    return x % 2\n", "tests/test_a.py": ""}
    executions = Executions(failing=[[("app/tests.py", 1)]])
    (told,) = suspects_of([Failure("tests/test_a.py::test_it")], files.get, None, executions)
    assert (told.file, told.entry_point, told.why) == ("app/tests.py", "test_odd", "executed")
    assert suspects_of([Failure("app/tests.py::test_odd")], files.get, None, executions) == []
