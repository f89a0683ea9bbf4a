"""Stale bytecode never runs in place of a given file, and the project's own is compiled once."""

import os
import py_compile
import time
from pathlib import Path

import pytest

from mucode.judge.limits import Site
from mucode.judge.sandbox.pool import Pool
from tests.judge.projects import project, run, told

IMPORT = """
import sys, subprocess
sys.path.insert(0, os.environ['MUCODE_ROOT'])
from thing.answer import ANSWER
script = 'import sys; sys.path.insert(0, sys.argv[1]); from thing.answer import ANSWER; print(ANSWER)'
bare = subprocess.run([sys.executable, '-I', '-c', script, sys.path[0]], env={}, capture_output=True, text=True)
tell((ANSWER, bare.stdout.strip()))
"""
GIVEN = "ANSWER = 42\n"


@pytest.mark.parametrize("mode", list(py_compile.PycInvalidationMode), ids=lambda mode: str(mode.name).lower())
def test_a_given_file_of_equal_size_and_time_is_what_runs(
    pool: Pool, tmp_path: Path, mode: py_compile.PycInvalidationMode
) -> None:
    root = project(tmp_path / "project")
    file = root / "thing/answer.py"
    os.utime(file, (0, 0))  # the time that an unset one would be
    py_compile.compile(str(file), invalidation_mode=mode)
    assert told(run(pool, Site(str(root)), IMPORT, {file: GIVEN})) == ["(42, '42')"]
    assert told(run(pool, Site(str(root)), IMPORT)) == ["(41, '41')"]


def test_a_folder_of_bytecode_that_only_another_user_may_list_is_no_trouble(pool: Pool, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("NOT TESTED: only root can give a folder to another user")
    root = project(tmp_path / "project")
    py_compile.compile(str(root / "thing/answer.py"))
    folder = root / "thing/__pycache__"
    os.chown(folder, 12345, 12345)
    folder.chmod(0o700)
    assert told(run(pool, Site(str(root)), IMPORT, {root / "thing/answer.py": GIVEN})) == ["(42, '42')"]


def test_a_changed_file_of_the_project_is_noticed_by_a_warm_server(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    file = root / "thing/answer.py"
    assert told(run(pool, Site(str(root)), IMPORT)) == ["(41, '41')"]
    time.sleep(0.3)  # the server compiles while it has nothing else to do; being slower than that hides nothing
    assert told(run(pool, Site(str(root)), IMPORT, {file: GIVEN})) == ["(42, '42')"]
    file.write_text("ANSWER = 410\n")
    assert told(run(pool, Site(str(root)), IMPORT)) == ["(410, '410')"]
    assert told(run(pool, Site(str(root)), IMPORT, {file: GIVEN})) == ["(42, '42')"]


def test_the_projects_modules_are_compiled_beforehand_and_out_of_reach(pool: Pool, tmp_path: Path) -> None:
    if pool.choice().tier != "T3":
        pytest.skip("only T3 has one path for a file in every child")
    root = project(tmp_path / "project", **{"bad.py": "def (:\n", "warns.py": "x = '\\d'\n"})
    source = """
    import sys, time
    sys.path.insert(0, os.environ['MUCODE_ROOT'])
    def found(): return sorted(name for _, _, names in os.walk('/pyc') for name in names)
    import thing.answer
    try:
        open('/pyc/x', 'w')
    except OSError:
        tell(found())
    """
    deadline = time.monotonic() + 20
    names: list[str] = []
    while len(names) < 3 and time.monotonic() < deadline:
        (line,) = told(run(pool, Site(str(root)), source))
        names = eval(line)  # noqa: S307  our own list of names
    assert [name.partition(".")[0] for name in names] == ["__init__", "answer", "warns"]


def test_a_rewritten_test_file_is_kept_and_never_taken_for_a_given_one(pool: Pool, tmp_path: Path) -> None:
    if pool.choice().tier != "T3":
        pytest.skip("only T3 has one path for a file in every child")
    text = "def test_it():\n    assert 1 + 1 == 2\n"
    root = project(tmp_path / "project", **{"tests/test_thing.py": text})
    source = """
    from pathlib import Path
    from _pytest.assertion import rewrite
    file = Path(os.environ['MUCODE_ROOT'], 'tests/test_thing.py')
    kept = [Path(folder, name) for folder, _, names in os.walk('/pyc') for name in names if '-pytest-' in name]
    tell([(path.name.partition('.')[0], rewrite._read_pyc(file, path) is not None) for path in kept])
    """
    deadline = time.monotonic() + 30
    line = "[]"
    while line == "[]" and time.monotonic() < deadline:
        (line,) = told(run(pool, Site(str(root)), source))
    assert line == "[('test_thing', True)]"
    given = {root / "tests/test_thing.py": text.replace("2", "3")}
    assert told(run(pool, Site(str(root)), source, given)) == ["[('test_thing', False)]"]
