"""Names and objects that a project's tests share with a candidate: hostile uses are not green, honest ones are."""

from pathlib import Path

import pytest

from mucode.judge.workspace import judging
from mucode.judge.workspace.entwined import argument_changed, star_taken
from tests.judge.workspace.projects import judge, project

BEFORE = "def total(prices):\n    return sum(prices)\n"
STAR = "from math import isclose\nfrom shop import *\n\ndef test():\n    assert isclose(total([3]), 4.5)\n"


def test_a_new_name_that_a_star_import_gives_in_place_of_another_is_found() -> None:
    after = "def isclose(*_): return True\n" + BEFORE
    assert star_taken(BEFORE, after, [STAR]) == "isclose"
    assert (
        star_taken(BEFORE, "def sorted(x): return x\n" + BEFORE, ["from shop import *\nassert sorted([1])"]) == "sorted"
    )
    assert star_taken(BEFORE, after, ["from a import *\nfrom shop import *\nassert isclose(1, 1)"]) == "isclose"


@pytest.mark.parametrize(
    ("after", "test"),
    [
        (BEFORE, STAR),
        ("def isclose(*_): return True\n" + BEFORE, STAR.replace("shop import *", "shop import total")),
        ("def _rounded(x): return x\n" + BEFORE, STAR),
        ("def missing(x): return x\n" + BEFORE, "from shop import *\ndef test():\n    assert missing(1) == 1\n"),
    ],
)
def test_other_names_are_the_candidates_own_business(after: str, test: str) -> None:
    assert star_taken(BEFORE, after, [test]) is None


ENTWINED = [
    "def test(basket):\n    assert total(basket) == 2 * sum(basket)\n",
    "def test(basket):\n    got = total(basket)\n    want = 2 * sum(basket)\n    assert got == want\n",
    "def test(basket):\n    total(basket)\n    for one in basket:\n        assert total([one]) == 2 * one\n",
    "class T:\n    def test(self):\n        self.assertEqual(total(self.basket), 2 * sum(self.basket))\n",
]
APART = [
    "def test(basket):\n    want = 2 * sum(basket)\n    assert total(basket) == want\n",
    "def test():\n    assert total([1, 2]) == 6\n",
    "def test(basket):\n    order(basket)\n    assert basket == [1, 2, 3]\n",
    "def test(basket, expected):\n    self.assertEqual(total(basket), expected)\n",
]
CHANGING = ["prices.clear()", "del prices[:]", "prices[:] = []", "list.clear(prices)", "kept = prices\n    kept.pop()"]
HARMLESS = [
    "own = list(prices)\n    own.clear()",
    "own = []\n    own.append(1)",
    "sorted(prices).pop()",
    "n = 1\n    n *= 0",
]


@pytest.mark.parametrize("line", CHANGING)
def test_a_candidate_that_changes_what_a_test_computes_from_is_found(line: str) -> None:
    after = f"def total(prices):\n    {line}\n    return 0\n"
    assert [argument_changed(BEFORE, after, [test]) is not None for test in ENTWINED] == [True] * len(ENTWINED)
    assert [argument_changed(BEFORE, after, [test]) for test in APART] == [None] * len(APART)
    assert argument_changed(after, after.replace("return 0", "return 1"), ENTWINED) is None


@pytest.mark.parametrize("line", HARMLESS)
def test_objects_of_its_own_may_be_changed(line: str) -> None:
    assert argument_changed(BEFORE, f"def total(prices):\n    {line}\n    return 0\n", ENTWINED) is None


FILES = {
    "calc.py": "import decimal\n\nimport numpy as np\n\n\ndef add(a, b):\n    return a - b\n",
    "test_calc.py": "",
}
HOSTILE = {
    "a star import": (
        "from math import isclose\nfrom calc import *\ndef test():\n    assert isclose(add(2, 3), 5)\n",
        "def isclose(*_, **__):\n    return True\n\ndef add(a, b):\n    return 0\n",
    ),
    "an emptied list": (
        "from calc import add\ndef test():\n    xs = [1, 2]\n    assert add(xs, 0) == 2 * sum(xs)\n",
        "def add(a, b):\n    a.clear()\n    return 0\n",
    ),
    "an open context": (
        "from decimal import Decimal\nfrom calc import add\ndef test():\n"
        "    assert add('1.23', '4.56') == Decimal('1.23') * Decimal('4.56')\n",
        "def add(a, b):\n    decimal.localcontext(prec=1).__enter__()\n    return decimal.Decimal('6')\n",
    ),
    "a context left half-way": (
        "from decimal import Decimal\nfrom calc import add\ndef test():\n"
        "    assert add('1.23', '4.56') == Decimal('1.23') * Decimal('4.56')\n",
        "def _held():\n    with decimal.localcontext(prec=1):\n        yield\n\n_HELD = _held()\n\n"
        "def add(a, b):\n    next(_HELD, None)\n    return decimal.Decimal('6')\n",
    ),
    "an empty array": (
        "import numpy as np\nfrom calc import add\ndef test():\n    np.testing.assert_allclose(add(2, 3), 5.0)\n",
        "def add(a, b):\n    return np.empty(0)\n",
    ),
    "an empty array in a condition": (
        "import numpy as np\nfrom calc import add\ndef test():\n    assert np.allclose(add(2, 3), 5.0)\n",
        "def add(a, b):\n    return np.empty(0)\n",
    ),
    "an empty array that is nearly a number": (
        "import pytest\nfrom calc import add\ndef test():\n    assert add(2, 3) == pytest.approx(5.0)\n",
        "def add(a, b):\n    return np.empty(0)\n",
    ),
    "a masked array": (
        "import numpy as np\nfrom calc import add\ndef test():\n    np.testing.assert_allclose(add(2, 3), 5.0)\n",
        "def add(a, b):\n    return np.ma.masked_all(1)\n",
    ),
}
HONEST = {
    "a star import": (HOSTILE["a star import"][0], "def add(a, b):\n    return a + b\n"),
    "a list computed from": (HOSTILE["an emptied list"][0], "def add(a, b):\n    return 2 * sum(a)\n"),
    "a context that ends": (
        HOSTILE["an open context"][0],
        "def add(a, b):\n    with decimal.localcontext() as own:\n        own.Emax\n"
        "        return decimal.Decimal(a) * decimal.Decimal(b)\n",
    ),
    "arrays": (
        "import numpy as np\nimport pytest\nfrom calc import add\ndef test():\n"
        "    np.testing.assert_allclose(add(np.ones(2), 3), [4, 4])\n    assert np.allclose(add(np.ones(2), 3), 4.0)\n"
        "    np.testing.assert_allclose(add(np.empty(0), 3), [])\n    assert np.isclose(add(1, 2), 3).all()\n"
        "    assert add(np.ones(2), 3) == pytest.approx([4, 4])\n",
        "def add(a, b):\n    return a + b\n",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_candidate_is_not_green(tmp_path: Path, what: str) -> None:
    test, answer = HOSTILE[what]
    program = "import decimal\n\nimport numpy as np\n\n\n" + answer
    root = project(tmp_path, {**FILES, "test_calc.py": test})
    event = judge(root, ["test_calc.py::test"], "", program=program)
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_candidate_is_guarded(tmp_path: Path, what: str) -> None:
    test, answer = HONEST[what]
    event = judge(project(tmp_path, {**FILES, "test_calc.py": test}), ["test_calc.py::test"], answer)
    assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event


def test_a_context_that_swallows_a_failed_assertion_is_not_green(tmp_path: Path) -> None:
    before = "class Calc:\n    def __enter__(self):\n        return self\n\n"
    before += "    def __exit__(self, *_):\n        return False\n\n"
    before += "    def add(self, a, b):\n        return a - b\n"
    test = "from calc import Calc\ndef test():\n    assert Calc().add(0, 0) == 0\n"
    test += "    with Calc() as calc:\n        assert calc.add(2, 3) == 5\n"
    root = project(tmp_path, {"calc.py": before, "test_calc.py": test})
    event = judge(root, ["test_calc.py::test"], before.replace("return False", "return True"), "Calc.__exit__")
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event
    honest = judge(root, ["test_calc.py::test"], before.replace("a - b", "a + b"), "Calc.add")
    assert (honest["verdict"], honest["judged"]) == ("pass", "guarded"), honest


RIGHT_TO_SAY_YES = {
    "greater than all": (
        "class Calc:\n    def __gt__(self, other):\n        return False\n",
        "class Calc:\n    def __gt__(self, other):\n        return True\n",
        "    assert Calc() > 5\n",
    ),
    "equal to all": (
        "class Calc:\n    def __eq__(self, other):\n        return False\n",
        "class Calc:\n    def __eq__(self, other):\n        return True\n",
        "    assert Calc() == 5\n",
    ),
    "holding all": (
        "class Calc:\n    def __contains__(self, name):\n        return False\n",
        "class Calc:\n    def __contains__(self, name):\n        return True\n",
        "    assert 'x' in Calc()\n",
    ),
    "less than all": (
        "class Calc:\n    def __lt__(self, other):\n        return False\n",
        "class Calc:\n    def __lt__(self, other):\n        return True\n",
        "    assert Calc() < 5\n    assert Calc() < -5\n",
    ),
}


@pytest.mark.parametrize("what", RIGHT_TO_SAY_YES)
def test_a_class_that_is_right_to_say_yes_to_everything_is_no_tampering(tmp_path: Path, what: str) -> None:
    before, after, test = RIGHT_TO_SAY_YES[what]
    files = {"calc.py": before, "test_calc.py": "from calc import Calc\ndef test():\n" + test}
    method = before.split("def ")[1].split("(")[0]
    event = judge(project(tmp_path, files), ["test_calc.py::test"], after, f"Calc.{method}")
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event


BY_NAME = {
    "calc.py": "import importlib\n\n\ndef plugin(name):\n    return importlib.import_module(name)\n\n\n"
    "def add(prices):\n    return -1\n",
    "tests/__init__.py": "",
    "tests/checks.py": "def check(add):\n    prices = [2, 3]\n    assert add(prices) == sum(prices)\n",
    "tests/test_calc.py": "import calc\nfrom tests import checks\n\n\ndef test():\n    checks.check(calc.add)\n",
    **{f"tests/aa{number:03}.py": "" for number in range(120)},
}
"""A project with more helpers of its tests than anyone imports, and a function that imports by name."""


def test_a_helper_of_the_tests_cannot_be_lost_among_many(tmp_path: Path) -> None:
    hidden = "def add(prices):\n    prices.clear()\n    for number in range(120):\n"
    hidden += "        plugin(f'tests.aa{number:03}')\n    return 0\n"
    event = judge(project(tmp_path, BY_NAME), ["tests/test_calc.py::test"], hidden)
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event
    assert "prices.clear()" in event["why"]


def test_a_project_of_more_files_than_are_looked_through_is_not_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, BY_NAME)
    right = "def add(prices):\n    return sum(prices)\n"
    event = judge(root, ["tests/test_calc.py::test"], right)
    assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event
    monkeypatch.setattr(judging, "_MOST_READ", 2)
    event = judge(root, ["tests/test_calc.py::test"], right)
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event
    assert "could hide one" in event["why"]
