"""Tests which write into their project: they may, into memory of their own, and never over a file that exists."""

from pathlib import Path

import pytest

from mucode.judge.errors import JudgeError
from mucode.judge.limits import Limits, Site
from mucode.judge.sandbox.pool import Pool
from tests.judge.projects import environment, project, run, state, told


def writable(root: Path) -> Site:
    """The project as one that may be written to."""
    return Site(str(root), hidden=(str(root / ".env"),), writable=True)


@pytest.fixture
def t3(pool: Pool) -> Pool:
    """The only tier with mounts for each candidate."""
    if pool.choice().tier != "T3":
        pytest.skip("only T3 can make a project writable")
    return pool


def test_new_files_can_be_made_and_are_gone_afterwards(t3: Pool, tmp_path: Path) -> None:
    root = project(
        tmp_path / "p",
        **{".env": "KEY=1\n", ".coverage": "old", "data/in.txt": "in", ".git/config": "x", "tests/test_a.py": ""},
    )
    (root / "link.py").symlink_to("thing/answer.py")
    environment(root / ".venv")
    before = state(root)
    source = """
    import shutil, sys
    os.chdir(os.environ['MUCODE_ROOT'])
    open('.coverage', 'x').close()
    for folder in ('.', 'thing', 'data'):
        open(folder + '/out.txt', 'w').write('x')
        os.mkdir(folder + '/made'); os.mkdir(folder + '/made/in'); shutil.rmtree(folder + '/made')
    tell((open('.env').read(), open('data/in.txt').read(), open('data/out.txt').read(), sorted(os.listdir('.'))))
    sys.path.insert(0, '.')
    import thing.answer, link, thing.new
    tell((thing.answer.ANSWER, link.ANSWER, thing.new.A))
    """
    listed = [".coverage", ".env", ".git", ".venv", "data", "link.py", "out.txt", "tests", "thing"]
    given = {root / "thing/answer.py": "ANSWER = 42\n", root / "thing/new.py": "A = 1\n"}
    for _ in range(2):
        outcome = run(t3, writable(root), source, given)
        assert told(outcome) == [repr(("", "in", "x", listed)), "(42, 42, 1)"]
    assert state(root) == before


def test_no_file_that_exists_can_be_changed_moved_or_replaced(t3: Pool, tmp_path: Path) -> None:
    root = project(
        tmp_path / "p", **{"tests/deep/test_a.py": "", "conftest.py": "", ".git/config": "x", "data/d.txt": ""}
    )
    (root / "link").symlink_to("tests")
    environment(root / ".venv")
    source = """
    os.chdir(os.environ['MUCODE_ROOT'])
    files = ['conftest.py', 'tests/deep/test_a.py', 'thing/answer.py', '.git/config', 'data/d.txt', '.venv/pyvenv.cfg']
    folders = ['tests', 'tests/deep', 'thing', 'link', '.git', '.venv', 'data', '.']
    count = 0
    for path in files + folders:
        for act in (lambda: open(path, 'w'), lambda: os.rename(path, 'away'), lambda: os.unlink(path),
                    lambda: os.rmdir(path), lambda: os.truncate(path, 0), lambda: os.replace('new', path)):
            open('new', 'w').close()
            try:
                act()
                tell(path)
            except OSError:
                count += 1
    tell(count)
    for path in ('.venv/x', '.git/x'):
        try:
            open(path, 'w')
            tell(path)
        except OSError as error:
            tell(error.errno)
    """
    given = {root / "thing/answer.py": "ANSWER = 42\n"}
    assert told(run(t3, writable(root), source, given)) == [str(14 * 6), "30", "30"]


def test_what_a_candidate_writes_is_bounded_and_named(t3: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    limits = Limits(step_s=20, wall_s=20, scratch_bytes=4 << 20)
    source = "f = open(os.environ['MUCODE_ROOT'] + '/big', 'wb')\nwhile True: f.write(bytes(1 << 16)); f.flush()"
    assert run(t3, writable(root), source, limits=limits).limit == "disk"


def test_other_tiers_refuse_and_say_why(pool: Pool, tmp_path: Path) -> None:
    if pool.choice().tier == "T3":
        pytest.skip("T3 can")
    with pytest.raises(JudgeError, match="needs tier T3"):
        run(pool, writable(project(tmp_path / "p")), "")


def test_a_file_that_tests_change_is_a_copy_in_every_tier_and_nothing_else_is(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p", **{"tests/test_a.py": "", "conftest.py": "", "data/d.txt": "old", "data/e.txt": ""})
    before = state(root)
    site = Site(str(root), rewritten=(str(root / "data/d.txt"),))
    source = """
    os.chdir(os.environ['MUCODE_ROOT'])
    tell(open('data/d.txt').read())
    open('data/d.txt', 'a').write(' and new')
    tell(open('data/d.txt').read())
    for path in ('conftest.py', 'tests/test_a.py', 'thing/answer.py', 'data/e.txt'):
        for act in (lambda: open(path, 'w'), lambda: os.unlink(path), lambda: os.truncate(path, 0),
                    lambda: os.chmod(path, 0o777) or open(path, 'w'), lambda: os.rename('data/d.txt', path)):
            try:
                act()
                tell(path)
            except OSError:
                pass
    """
    given = {root / "thing/answer.py": "ANSWER = 42\n"}
    for _ in range(2):
        outcome = run(pool, site, source, given)
        assert told(outcome) == ["'old'", "'old and new'"]
    assert state(root) == before
