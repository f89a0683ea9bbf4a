"""pytest, unittest, doctest and plain asserts: ids, results and the canary of each, in real sandboxes."""

from pathlib import Path

import pytest

from tests.judge.workspace.projects import CALC, GOOD, Event, found, judge, project, results

SHOP = {
    "src/shop/__init__.py": "",
    "src/shop/calc.py": "from .rates import RATE\n\ndef add(a, b):\n    return a - b * RATE\n",
    "src/shop/rates.py": "RATE = 1\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
    "tests/__init__.py": "",
    "tests/conftest.py": """
        import pytest

        @pytest.fixture
        def pair():
            return 1, 2
    """,
    "tests/test_shop.py": """
        import asyncio
        import pytest
        from shop.calc import add

        class TestAdd:
            class TestInner:
                def test_deep(self):
                    assert add(2, 2) == 4

            def test_fixture(self, pair):
                assert add(*pair) == 3

        @pytest.mark.parametrize("x", ["a::b", "ä[1]", "x y/z", "", "-k"])
        def test_odd(x):
            assert add(len(x), 1) == len(x) + 1

        def test_loop():
            async def later():
                return add(1, 1)
            assert asyncio.run(later()) == 2

        def test_approx():
            assert add(0.1, 0.2) == pytest.approx(0.3)

        def test_raises():
            with pytest.raises(TypeError):
                add(None, 1)
    """,
}
GOOD_SHOP = "def add(a, b):\n    return a + b * RATE\n"


def test_layouts_classes_fixtures_and_odd_parameters_keep_their_ids(tmp_path: Path) -> None:
    root = project(tmp_path, SHOP)
    ids = list(results(found(root, ["tests"], file="src/shop/calc.py")))
    assert "tests/test_shop.py::TestAdd::TestInner::test_deep" in ids
    assert r"tests/test_shop.py::test_odd[\xe4[1]]" in ids
    assert len(ids) == 10
    verdict = judge(root, ids, GOOD_SHOP, file="src/shop/calc.py")
    assert (verdict["verdict"], verdict["judged"], verdict["why"]) == ("pass", "guarded", None)


UNIT = {
    "calc.py": CALC,
    "tests/test_unit.py": """
        import unittest
        from calc import add
        from helper import three

        class TestA(unittest.TestCase):
            def setUp(self):
                self.one = 1

            def test_a(self):
                self.assertEqual(add(self.one, 2), three())

            def test_sub(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertEqual(add(n, n), 2 * n)

        class TestLoop(unittest.IsolatedAsyncioTestCase):
            async def test_later(self):
                self.assertEqual(add(2, 2), 4)

        class TestBroken(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("no database")

            def test_never(self):
                pass

        class TestMarked(unittest.TestCase):
            @unittest.skip("later")
            def test_skipped(self):
                pass

            @unittest.expectedFailure
            def test_expected(self):
                self.assertEqual(add(1, 1), 3)
    """,
    "tests/helper.py": "def three():\n    return 3\n",
}


def test_unittest_cases_run_by_file_class_and_method(tmp_path: Path) -> None:
    root = project(tmp_path, UNIT)
    event = found(root, ["tests/test_unit.py"], adapter="unittest", file="calc.py")
    assert results(event) == {
        "tests/test_unit.py::TestA::test_a": "fail",
        "tests/test_unit.py::TestA::test_sub": "fail",
        "tests/test_unit.py::TestLoop::test_later": "fail",
        "tests/test_unit.py::TestBroken::test_never": "error",
        "tests/test_unit.py::TestMarked::test_skipped": "skipped",
        "tests/test_unit.py::TestMarked::test_expected": "skipped",
    }
    broken = next(test for test in event["tests"] if "never" in test["id"])
    assert broken["message"] == "RuntimeError: no database"
    ids = [name for name, result in results(event).items() if result == "fail"]
    verdict = judge(root, ids, GOOD, adapter="unittest")
    assert (verdict["verdict"], verdict["judged"]) == ("pass", "guarded"), verdict
    wrong = judge(root, ids, "def add(a, b):\n    return 3\n", adapter="unittest")
    assert [one["result"] for one in wrong["tests"]] == ["pass", "fail", "fail"]


PATCHED = """
import unittest
unittest.TestCase.assertEqual = lambda *args: None
def add(a, b):
    return 0
"""


def test_a_patched_assertion_of_unittest_is_no_guarded_pass(tmp_path: Path) -> None:
    root = project(tmp_path, UNIT)
    verdict = judge(root, ["tests/test_unit.py::TestA::test_a"], "", adapter="unittest", program=PATCHED)
    assert verdict["verdict"] == "tamper" or verdict["judged"] == "unguarded"


DOC = {
    "pkg/__init__.py": "",
    "pkg/calc.py": '''
        """Sums.

        >>> add(2, 2)
        4
        """

        def add(a, b):
            """Adds.

            >>> x = 1
            >>> add(x, 2)
            3

            Errors are the caller's:

            >>> add(x, None)
            Traceback (most recent call last):
                ...
            TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'

            >>> add(x, x) # doctest: +SKIP
            7
            """
            return a - b
    ''',
}


def doctests(root: Path, answer: str, program: str = "") -> Event:
    ids = ["pkg/calc.py::pkg.calc::0", "pkg/calc.py::pkg.calc.add::0", "pkg/calc.py::pkg.calc.add::1"]
    return judge(root, ids, answer, file="pkg/calc.py", adapter="doctest", **({"program": program} if program else {}))


def test_doctest_examples_run_in_groups_and_are_guarded(tmp_path: Path) -> None:
    root = project(tmp_path, DOC)
    event = found(root, ["pkg/calc.py"], file="pkg/calc.py")
    assert event["adapter"] == "doctest"
    assert list(results(event).values())[:3] == ["fail", "fail", "fail"]
    assert list(results(event).values())[3:] == ["skipped"]
    source = next(test["source"] for test in event["tests"] if test["id"].endswith("add::0"))
    assert source == ">>> x = 1\n>>> add(x, 2)\n3"
    verdict = doctests(root, "def add(a, b):\n    return a + b\n")
    assert (verdict["verdict"], verdict["judged"]) == ("pass", "guarded"), verdict
    wrong = doctests(root, "def add(a, b):\n    return a * b\n")
    assert (wrong["tests"][1]["expected"], wrong["tests"][1]["got"]) == ("3", "2")


def test_a_candidate_cannot_change_the_examples_it_is_tested_by(tmp_path: Path) -> None:
    root = project(tmp_path, DOC)
    verdict = doctests(root, 'def add(a, b):\n    """Adds.\n\n    >>> 1\n    1\n    """\n    return a * 0\n')
    assert verdict["verdict"] in ("fail", "error")


ANY_OUTPUT = """
import doctest
doctest.OutputChecker.check_output = lambda *args: True
def add(a, b):
    return 0
"""


def test_a_patched_checker_of_doctest_is_no_guarded_pass(tmp_path: Path) -> None:
    verdict = doctests(project(tmp_path, DOC), "", program=ANY_OUTPUT)
    assert verdict["verdict"] in ("tamper", "fail") or verdict["judged"] == "unguarded"


SCRIPT = {
    "calc.py": CALC,
    "checks/check_calc.py": """
        from calc import add

        one = 1
        assert add(one, 2) == 3
        assert add(2, 2) == 4, "two and two"
        if __name__ == "__main__":
            print("done")
    """,
}


def test_asserts_of_a_script_are_tests_by_their_line(tmp_path: Path) -> None:
    root = project(tmp_path, SCRIPT)
    event = found(root, ["checks/check_calc.py"], file="calc.py")
    assert event["adapter"] == "asserts"
    assert results(event) == {"checks/check_calc.py::4": "fail", "checks/check_calc.py::5": "fail"}
    ids = list(results(event))
    verdict = judge(root, ids, GOOD, adapter="asserts")
    assert (verdict["verdict"], verdict["judged"]) == ("pass", "guarded"), verdict
    wrong = judge(root, ids, "def add(a, b):\n    return a * b\n", adapter="asserts")
    assert [one["result"] for one in wrong["tests"]] == ["fail", "pass"]
    assert (wrong["tests"][0]["expected"], wrong["tests"][0]["got"]) == ("3", "2")
    alone = judge(root, ids[1:], "def add(a, b):\n    return a * b\n", adapter="asserts")
    assert [one["result"] for one in alone["tests"]] == ["pass"], "an assert that was not asked for ended it"


@pytest.mark.parametrize("adapter", ["unittest", "asserts", "doctest"])
def test_a_candidate_that_cannot_be_imported_is_an_error_in_every_adapter(tmp_path: Path, adapter: str) -> None:
    files, name, file = {
        "unittest": (UNIT, "tests/test_unit.py::TestA::test_a", "calc.py"),
        "asserts": (SCRIPT, "checks/check_calc.py::4", "calc.py"),
        "doctest": (DOC, "pkg/calc.py::pkg.calc.add::0", "pkg/calc.py"),
    }[adapter]
    verdict = judge(
        project(tmp_path, files),
        [name],
        "import nowhere\n" + GOOD.replace("a + b", "nowhere"),
        file=file,
        adapter=adapter,
    )
    assert verdict["verdict"] == "error"
    assert "nowhere" in verdict["feedback"]


def test_several_scripts_and_folders_can_be_selected(tmp_path: Path) -> None:
    root = project(tmp_path, {**SCRIPT, **UNIT, "checks/other.py": "assert 'one' not in globals()\n"})
    event = found(root, ["checks"], adapter="asserts")
    assert results(event) == {
        "checks/check_calc.py::4": "fail",
        "checks/check_calc.py::5": "fail",
        "checks/other.py::1": "pass",
    }
    unit = found(root, ["tests"], adapter="unittest")
    assert len(unit["tests"]) == 6


def test_one_assert_is_judged_whatever_the_others_of_its_script_do(tmp_path: Path) -> None:
    root = project(tmp_path, SCRIPT)
    verdict = judge(root, ["checks/check_calc.py::5"], "def add(a, b):\n    return a * b\n", adapter="asserts")
    assert (verdict["verdict"], verdict["judged"]) == ("pass", "guarded")


def test_examples_that_pytest_finds_in_the_file_under_repair_must_stay_as_they_are(tmp_path: Path) -> None:
    root = project(tmp_path, {**DOC, "pytest.ini": "[pytest]\naddopts = --doctest-modules\n"})
    name = "pkg/calc.py::pkg.calc.add"
    assert results(found(root, ["pkg/calc.py"], adapter="pytest"))[name] == "fail"
    wrong = judge(root, [name], "def add(a, b):\n    return a * b\n", file="pkg/calc.py")
    assert (wrong["tests"][0]["expected"], wrong["tests"][0]["got"]) == ("3", "2")
    text = (root / "pkg/calc.py").read_text()
    good = judge(root, [name], "", file="pkg/calc.py", program=text.replace("a - b", "a + b"))
    assert (good["verdict"], good["judged"]) == ("pass", "unguarded")
    changed = judge(root, [name], "", file="pkg/calc.py", program=text.replace("    3\n", "    -1\n"))
    assert changed["verdict"] == "tamper"


def test_examples_of_the_file_under_repair_run_beside_tests_of_pytest(tmp_path: Path) -> None:
    calc = 'def add(a, b):\n    """\n    >>> add(2, 0)\n    2\n    """\n    return a - b\n'
    test = 'from calc import add\n\ndef test_a():\n    """\n    >>> 1\n    2\n    """\n    assert add(1, 2) == 3\n'
    root = project(tmp_path, {"calc.py": calc, "test_calc.py": test})
    event = found(root, ["test_calc.py", "calc.py"], file="calc.py")
    assert results(event) == {"test_calc.py::test_a": "fail", "calc.py::calc.add": "pass"}
    ids = list(results(event))
    assert judge(root, ids, calc.replace("a - b", "a + b"))["verdict"] == "pass"
    broken = judge(root, ids, calc.replace("a - b", "a + b if b else 0"))
    assert results(broken) == {"test_calc.py::test_a": "pass", "calc.py::calc.add": "fail"}
