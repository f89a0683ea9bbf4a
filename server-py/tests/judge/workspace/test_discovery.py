"""Discovery on real projects: what is found, what is said about it, and what is refused with the next step."""

import venv
from pathlib import Path

import pytest

from mucode.judge.errors import JudgeError
from tests.judge.workspace.projects import CALC, GOOD, found, judge, project, results

FAILS = "from calc import add\n\ndef test_a():\n    assert add(1, 2) == 3\n"


def test_tests_are_found_with_result_source_line_and_frames(tmp_path: Path) -> None:
    root = project(tmp_path, {"calc.py": CALC.replace("a - b", "a - b / 0"), "tests/test_calc.py": FAILS})
    event = found(root, ["tests/test_calc.py"], file="calc.py")
    (test,) = event["tests"]
    assert (event["adapter"], event["writable"], event["warnings"]) == ("pytest", False, [])
    assert (test["result"], test["flaky"], test["line"]) == ("error", False, 3)
    assert test["source"] == "def test_a():\n    assert add(1, 2) == 3"
    assert test["frames"][-1] == {"file": "calc.py", "line": 2, "name": "add"}
    assert test["message"] == "ZeroDivisionError: division by zero"


def test_unsaved_texts_are_run_instead_of_the_files(tmp_path: Path) -> None:
    root = project(tmp_path, {"calc.py": CALC, "test_calc.py": "def test_a():\n    assert 0\n"})
    event = found(root, ["test_calc.py"], file="calc.py", text=GOOD, buffers={"test_calc.py": FAILS})
    assert results(event) == {"test_calc.py::test_a": "pass"}
    assert (root / "calc.py").read_text() == CALC.lstrip()


def test_a_flaky_test_is_found_and_said(tmp_path: Path) -> None:
    # 64 tosses end alike twice once in 2**64 times.
    text = """
        import os
        import pytest

        @pytest.mark.parametrize("n", range(64))
        def test_toss(n):
            assert os.urandom(1)[0] < 128

        def test_steady():
            pass
    """
    event = found(project(tmp_path, {"test_flaky.py": text}), ["test_flaky.py"])
    flaky = [test["id"] for test in event["tests"] if test["flaky"]]
    assert flaky
    assert "test_flaky.py::test_steady" not in flaky
    assert "ends differently" in event["warnings"][0]


def test_a_test_that_depends_on_the_order_of_a_set_is_flaky(tmp_path: Path) -> None:
    # 40 words in a set are in the same order twice with a chance of one in a number of 48 digits.
    test = "def test_order():\n    raise ValueError(''.join({chr(65 + n) + 'word' for n in range(40)}))\n"
    root = project(tmp_path, {"test_order.py": test})
    event = found(root, ["test_order.py"])
    in_order = str(event["tests"][0]["message"]).partition(": ")[2]
    test = f"def test_order():\n    assert ''.join({{chr(65 + n) + 'word' for n in range(40)}}) == {in_order!r}\n"
    (root / "test_order.py").write_text(test)
    event = found(root, ["test_order.py"])
    assert [(test["result"], test["flaky"]) for test in event["tests"]] == [("pass", True)]


def test_a_suite_that_writes_into_the_tree_is_found_out_and_judged(tmp_path: Path) -> None:
    files = {
        "calc.py": CALC,
        "test_w.py": """
            from pathlib import Path
            from calc import add

            def test_w():
                Path(__file__).with_name("out.txt").write_text("x")
                assert add(1, 2) in (-1, 3)

            def test_a():
                assert add(1, 2) == 3
        """,
    }
    root = project(tmp_path, files)
    event = found(root, ["test_w.py"])
    assert event["writable"] is True
    assert results(event) == {"test_w.py::test_w": "pass", "test_w.py::test_a": "fail"}
    verdict = judge(root, list(results(event)), GOOD, writable=True)
    assert verdict["verdict"] == "pass"
    assert not (root / "out.txt").exists()


def test_a_test_that_ends_the_process_leaves_the_others_their_results(tmp_path: Path) -> None:
    text = "import os\ndef test_a(): os._exit(0)\ndef test_b(): pass\ndef test_c():\n    while True: pass\n"
    event = found(project(tmp_path, {"test_x.py": text + "def test_d(): pass\n"}), ["test_x.py"], time_limit_s=2)
    assert list(results(event).values()) == ["error", "pass", "timeout", "pass"]


def test_secrets_are_hidden_and_named(tmp_path: Path) -> None:
    text = "def test_a():\n    assert open('.env').read() == ''\n    assert 'x' in open('.env.example').read()\n"
    root = project(tmp_path, {".env": "TOKEN=1\n", ".env.example": "TOKEN=x\n", "test_x.py": text})
    event = found(root, ["test_x.py"])
    assert (event["hidden"], list(results(event).values())) == ([".env"], ["pass"])


def test_a_file_that_no_test_imports_is_said(tmp_path: Path) -> None:
    root = project(tmp_path, {"calc.py": CALC, "test_x.py": "def test_a(): pass\n"})
    assert "None of the tests imports calc.py" in found(root, ["test_x.py"], file="calc.py")["warnings"][0]


@pytest.mark.parametrize(
    ("files", "selection", "words"),
    [
        ({"test_x.py": "import nowhere\n"}, ["test_x.py"], "test_x.py cannot be imported: ModuleNotFoundError"),
        ({"conftest.py": "import nowhere\n", "test_x.py": ""}, ["test_x.py"], "conftest.py cannot be imported"),
        ({"test_x.py": "x = 1\n"}, ["test_x.py"], "No tests were found in test_x.py"),
        ({"test_x.py": "def test_a(): pass\n"}, ["test_x.py::test_b"], "There is no test test_x.py::test_b"),
        ({"test_x.py": "def test_a(): pass\n"}, ["test_y.py"], "test_y.py"),
        (
            {"pytest.ini": "[pytest]\naddopts = --frobnicate\n", "test_x.py": "def test_a(): pass\n"},
            ["test_x.py"],
            "options are not known here: unrecognized arguments: --frobnicate",
        ),
        (
            {"test_x.py": "import pytest\npytest.importorskip('nowhere')\ndef test_a(): pass\n"},
            ["test_x.py"],
            "test_x.py skips itself",
        ),
        (
            {"test_x.py": "import pytest\n@pytest.fixture(params=[1, 2])\ndef f(): pass\ndef test_a(): pass\n"},
            ["../other.py"],
            "below the project's root",
        ),
        (
            {
                "conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 7\n",
                "test_x.py": "def test_a(): pass\n",
            },
            ["test_x.py"],
            "status 7",
        ),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_cause(
    tmp_path: Path, files: "dict[str, str]", selection: "list[str]", words: str
) -> None:
    root = project(tmp_path, files)
    with pytest.raises(JudgeError) as told:
        found(root, selection)
    assert words in str(told.value)
    assert str(told.value).count(".") > 1, "the next step is missing"


@pytest.mark.parametrize("root", ["/", "/root", "/usr", "/nowhere/at/all", "relative"])
def test_a_folder_that_is_no_project_is_refused(root: str) -> None:
    with pytest.raises(JudgeError):
        found(Path(root), [])


def test_an_interpreter_that_is_missing_is_named(tmp_path: Path) -> None:
    root = project(tmp_path, {"test_x.py": "def test_a(): pass\n"})
    with pytest.raises(JudgeError, match="/nowhere/python"):
        found(root, ["test_x.py"], python="/nowhere/python")


def test_imports_that_take_too_long_are_said(tmp_path: Path) -> None:
    root = project(tmp_path, {"test_x.py": "while True: pass\n"})
    with pytest.raises(JudgeError, match="took more than"):
        found(root, ["test_x.py"], time_limit_s=1, suite_limit_s=1)


def test_a_suite_that_takes_too_long_is_said(tmp_path: Path) -> None:
    text = "import time\nimport pytest\n@pytest.mark.parametrize('n', range(100))\ndef test_a(n): time.sleep(0.1)\n"
    root = project(tmp_path, {"test_x.py": text})
    with pytest.raises(JudgeError, match=r"took more than 3 seconds, after \d+ of 100 tests"):
        found(root, ["test_x.py"], suite_limit_s=3)


def test_a_project_may_do_without_pytests_cache_and_take_warnings_as_errors(tmp_path: Path) -> None:
    ini = "[pytest]\naddopts = -p no:cacheprovider --strict-config\nfilterwarnings = error\n"
    root = project(tmp_path, {"pytest.ini": ini, "test_x.py": "def test_a(): pass\n"})
    assert results(found(root, ["test_x.py"])) == {"test_x.py::test_a": "pass"}


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter without pytest."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, symlinks=True)
    return str(folder / "bin" / "python")


def test_an_interpreter_without_pytest_is_named_with_the_command_that_helps(tmp_path: Path, bare_python: str) -> None:
    root = project(tmp_path, {"test_x.py": "def test_a(): pass\n"})
    with pytest.raises(JudgeError, match=r"pytest is not installed for .*-m pip install pytest"):
        found(root, ["test_x.py"], python=bare_python)


def test_unittest_steps_in_where_there_is_no_pytest(tmp_path: Path, bare_python: str) -> None:
    text = "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self): pass\n"
    event = found(project(tmp_path, {"test_x.py": text}), ["test_x.py"], python=bare_python)
    assert (event["adapter"], results(event)) == ("unittest", {"test_x.py::TestA::test_a": "pass"})
    assert event["python"]["path"] == bare_python


def test_what_is_reached_only_through_a_framework_is_suspected(tmp_path: Path) -> None:
    files = {
        "app.py": """
            VIEWS = {}

            def route(path):
                def keep(view):
                    VIEWS[path] = view
                    return view
                return keep

            class Client:
                def get(self, path):
                    return VIEWS[path]()
        """,
        "views.py": """
            from app import route

            @route("/sum")
            def total():
                return 1 - 2

            @route("/name")
            def name():
                return "shop"
        """,
        "conftest.py": "import app, pytest, views\n\n@pytest.fixture\ndef client():\n    return app.Client()\n",
        "test_views.py": """
            def test_sum(client):
                assert client.get("/sum") == 3

            def test_name(client):
                assert client.get("/name") == "shop"
        """,
    }
    event = found(project(tmp_path, files), ["test_views.py::test_sum"])
    first = event["suspects"][0]
    assert (first["file"], first["entry_point"], first["why"]) == ("views.py", "total", "executed")


def test_tests_that_a_second_run_does_not_reach_are_said_to_be_that_and_not_flaky(tmp_path: Path) -> None:
    # Only the second run has this seed: it stands for a machine that became slow meanwhile.
    text = """
        import os
        import time

        def test_a():
            if os.environ["PYTHONHASHSEED"] == "1":
                time.sleep(60)

        def test_b():
            pass
    """
    root = project(tmp_path, {"test_x.py": text})
    event = found(root, ["test_x.py"], time_limit_s=60, suite_limit_s=6)
    assert [test["flaky"] for test in event["tests"]] == [True, True]
    (warning,) = event["warnings"]
    assert "not reached again in the second run before its 6 seconds" in warning


def test_tests_behind_those_that_end_the_process_are_said(tmp_path: Path) -> None:
    text = (
        "import os, pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_a(n): os._exit(0)\ndef test_b(): pass\n"
    )
    event = found(project(tmp_path, {"test_x.py": text}), ["test_x.py"])
    assert any("never reached, since tests before it end the process" in one for one in event["warnings"])
