"""Suites that change files of their project: data may be changed, in copies; what decides a run may not."""

import sqlite3
from pathlib import Path

import pytest

from mucode.judge.errors import NoIsolationError
from mucode.judge.sandbox.pool import Errand, Pool
from mucode.judge.workspace.discovery import discover
from mucode.judge.workspace.request import request_from
from mucode.judge.workspace.rewriting import data_files
from tests.judge.workspace.projects import CALC, GOOD, found, judge, project, results

WRITES = """
    import os
    import sqlite3
    from pathlib import Path
    from calc import add

    HERE = Path(__file__).parent

    def test_rewrites():
        (HERE / "data/out.txt").write_text("new")
        assert (HERE / "data/out.txt").read_text() == "new"

    def test_replaces():
        (HERE / "data/next").write_text("newer")
        os.replace(HERE / "data/next", HERE / "data/out.txt")

    def test_database():
        with sqlite3.connect(HERE / "app.db") as base:
            base.execute("insert into t values (1)")
        assert base.execute("select count(*) from t").fetchone() == (1,)

    def test_add():
        assert add(1, 2) == 3
"""


def written(folder: Path) -> Path:
    """A project whose tests change a text and a database."""
    root = project(folder, {"calc.py": CALC, "data/out.txt": "old", "data/other.txt": "old", "test_w.py": WRITES})
    with sqlite3.connect(root / "app.db") as base:
        base.execute("create table t (n)")
    return root


def test_data_that_the_suite_changes_are_copies_and_the_files_stay(tmp_path: Path) -> None:
    root = written(tmp_path)
    before = (root / "app.db").read_bytes()
    event = found(root, ["test_w.py"], file="calc.py")
    assert event["warnings"] == []
    assert event["rewritten"] == ["app.db", "data/out.txt"]
    assert list(results(event).values()) == ["pass", "pass", "pass", "fail"]
    verdict = judge(root, list(results(event)), GOOD, writable=event["writable"], rewritten=event["rewritten"])
    assert verdict["verdict"] == "pass", [test["error"] for test in verdict["tests"]]
    assert (root / "app.db").read_bytes() == before
    assert (root / "data/out.txt").read_text() == "old"


@pytest.mark.parametrize(
    "name", ["test_x.py", "conftest.py", "pytest.ini", "pyproject.toml", "calc.py", "test_more.txt", "a.pth"]
)
def test_tests_configuration_and_code_can_never_be_changed(tmp_path: Path, name: str) -> None:
    test = f"""
        from pathlib import Path

        def test_w():
            path = Path(__file__).with_name("{name}")
            path.write_text(path.read_text() + "\\n")
    """
    files = {
        "calc.py": CALC,
        "test_more.txt": "a",
        "a.pth": "",
        "pytest.ini": "",
        "pyproject.toml": "",
        "conftest.py": "",
    }
    root = project(tmp_path, {**files, "test_x.py": test})
    event = found(root, ["test_x.py"])
    assert (results(event), event["rewritten"]) == ({"test_x.py::test_w": "error"}, [])
    assert any("stays as it is" in warning for warning in event["warnings"])
    asked = judge(root, ["test_x.py::test_w"], GOOD, writable=True, rewritten=[name])
    assert asked["verdict"] == "error"


def test_only_what_the_unmodified_code_changed_is_open_to_a_candidate(tmp_path: Path) -> None:
    root = written(tmp_path)
    event = found(root, ["test_w.py"])
    program = (
        "import pathlib\n\ndef add(a, b):\n"
        "    pathlib.Path(__file__).with_name('data').joinpath('other.txt').write_text('x')\n    return a + b\n"
    )
    verdict = judge(root, ["test_w.py::test_add"], "", program=program, writable=True, rewritten=event["rewritten"])
    assert verdict["verdict"] == "error"


def test_copies_are_bounded_and_hold_no_secret_link_or_program(tmp_path: Path) -> None:
    root = project(tmp_path, {"a/data.json": "1", ".env": "", ".venv/x.txt": "", "run": "", "secret.txt": ""})
    (root / "run").chmod(0o755)
    (root / "link.txt").symlink_to("a/data.json")
    with (root / "large.bin").open("wb") as file:
        file.truncate(64 << 20)
    assert data_files(root, [str(root / "secret.txt")]) == ["a/data.json"]


def test_other_tiers_open_a_file_of_data_in_place(tmp_path: Path) -> None:
    test = """
        from pathlib import Path
        from calc import add

        def test_w():
            path = Path(__file__).with_name("out.txt")
            path.write_text("new")
            assert path.read_text() == "new"

        def test_add():
            assert add(1, 2) == 3
    """
    root = project(tmp_path, {"calc.py": CALC, "out.txt": "old", "test_w.py": test})
    with Pool(1, "T2") as pool:
        try:
            pool.choice()
        except NoIsolationError as error:
            pytest.skip(f"NOT TESTED: no T2 here: {error}")
        request = request_from({"root": str(root), "selection": ["test_w.py"]})
        event = discover(pool, request, Errand(), lambda _: None)
    assert (event["writable"], event["rewritten"]) == (False, ["out.txt"])
    assert list(results(event).values()) == ["pass", "fail"]
    assert (root / "out.txt").read_text() == "old"
