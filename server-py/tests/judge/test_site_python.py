"""The project's own Python, as its tests know it: environments of any make, editable installs, pytest, what is warm."""

import shutil
import sys
from pathlib import Path

import pytest

from mucode.judge.errors import JudgeError
from mucode.judge.limits import Site
from mucode.judge.sandbox.pool import Pool
from tests.judge.projects import environment, packages, project, run, told

GIVEN = "ANSWER = 42\n"
FINDER = """
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
MAPPING = {{'thing': {package!r}}}
class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            init = Path(MAPPING[fullname], '__init__.py')
            return spec_from_file_location(fullname, init, submodule_search_locations=[MAPPING[fullname]])
def install():
    sys.meta_path.append(Finder)
"""
ASK = "import thing.answer, sys\ntell((thing.answer.ANSWER, sys.prefix, sys.executable))"


def test_an_environment_whose_python_lies_behind_links_works(pool: Pool, tmp_path: Path) -> None:
    """As uv makes them: the base behind a link for its minor version, the environment anywhere."""
    base = Path(sys.base_prefix)
    alias = tmp_path / "share" / "cpython-3"
    alias.parent.mkdir()
    alias.symlink_to(base)
    root = project(tmp_path / "p")
    made = tmp_path / "elsewhere" / "env"
    environment(made, path_entry=root)
    binary = Path(sys.executable).resolve().name
    for name in ("python", "python3"):
        (made / "bin" / name).unlink()
    (made / "bin" / "python").symlink_to(alias / "bin" / binary)
    (made / "bin" / "python3").symlink_to("python")
    text = (made / "pyvenv.cfg").read_text()
    (made / "pyvenv.cfg").write_text(text.replace(str(base / "bin"), str(alias / "bin")))
    python = str(made / "bin" / "python3")
    outcome = run(pool, Site(str(root)), ASK, {root / "thing/answer.py": GIVEN}, python)
    assert told(outcome) == [repr((42, str(made), python))]


def test_an_environment_with_a_copied_python_works(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    made = tmp_path / "env"
    python = environment(made, path_entry=root)
    Path(python).unlink()
    shutil.copy2(Path(sys.executable).resolve(), python)
    outcome = run(pool, Site(str(root)), ASK, {root / "thing/answer.py": GIVEN}, python)
    assert told(outcome) == [repr((42, str(made), python))]


@pytest.mark.parametrize("layout", ["path", "src", "finder", "namespace"])
def test_an_editable_install_finds_the_given_file(pool: Pool, tmp_path: Path, layout: str) -> None:
    root = tmp_path / "p"
    top = project(root / "src" if layout == "src" else root)
    made = root / ".venv"
    python = environment(made, path_entry=None if layout == "finder" else top)
    if layout == "finder":
        if pool.choice().tier != "T3":
            pytest.skip("without mounts the adapters rewrite the finder's own table")
        (packages(made) / "_editable_finder.py").write_text(FINDER.format(package=str(top / "thing")))
        (packages(made) / "_editable.pth").write_text("import _editable_finder; _editable_finder.install()\n")
    if layout == "namespace":
        (top / "thing/__init__.py").unlink()
    outcome = run(pool, Site(str(root)), ASK, {top / "thing/answer.py": GIVEN}, python)
    assert told(outcome) == [repr((42, str(made), python))]


def test_a_project_inside_of_its_environment_is_still_no_installed_package(pool: Pool, tmp_path: Path) -> None:
    """Where pip puts what it installs from a repository, to be edited."""
    made = tmp_path / "env"
    root = made / "src" / "p"
    python = environment(made, path_entry=root)
    project(root)
    outcome = run(pool, Site(str(root)), ASK, {root / "thing/answer.py": GIVEN}, python, preload=("thing.answer",))
    assert told(outcome) == [repr((42, str(made), python))]


def test_packages_are_warm_and_whatever_needs_the_project_is_not(pool: Pool, tmp_path: Path) -> None:
    if pool.choice().tier == "T1":
        pytest.skip("nothing is warm at T1")
    root = project(tmp_path / "p", **{"plugin_config.py": ""})
    made = tmp_path / "env"
    python = environment(made, path_entry=root)
    (packages(made) / "warm.py").write_text("import os; pid = os.getpid()\n")
    (packages(made) / "uses.py").write_text("import thing.answer\n")
    (packages(made) / "leaves.py").write_text("raise SystemExit\n")
    (packages(made) / "loud.py").write_text("import os; os.write(2, b'x' * 1_000_000)\n")
    source = """
    import sys
    tell([name for name in ('warm', 'uses', 'leaves', 'thing', 'thing.answer', 'plugin_config') if name in sys.modules])
    import uses, thing.answer
    tell(uses.thing.answer.ANSWER)
    """
    preload = ("loud", "warm", "uses", "leaves", "thing", "thing.answer", "plugin_config", "absent.part")
    outcome = run(pool, Site(str(root)), source, {root / "thing/answer.py": GIVEN}, python, preload=preload)
    assert told(outcome) == ["['warm']", "42"]


def test_what_the_environments_start_up_imports_from_the_project_is_forgotten(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    python = environment(root / ".venv", path_entry=root)
    (packages(root / ".venv") / "starts.pth").write_text("import thing.answer\n")
    outcome = run(pool, Site(str(root)), ASK, {root / "thing/answer.py": GIVEN}, python)
    assert told(outcome)[0].startswith("(42, ")


def test_pytest_is_warm_and_runs_from_a_test_as_well(pool: Pool, tmp_path: Path) -> None:
    """The Python of these tests has pytest installed."""
    test = "from thing.answer import ANSWER\ndef test_it(tmp_path): assert ANSWER == 42\n"
    root = project(tmp_path / "p", **{"tests/test_it.py": test, "pytest.ini": "[pytest]\n"})
    source = """
    import subprocess, sys
    tell(['_pytest.' + name in sys.modules for name in ('config', 'runner', 'python', 'assertion.rewrite')])
    os.chdir(os.environ['MUCODE_ROOT'])
    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider']
    done = subprocess.run(command, capture_output=True, text=True)
    tell((done.returncode, done.stdout[-30:] if done.returncode > 1 else '', done.stderr))
    """
    warm = pool.choice().tier != "T1"
    for given, status in ((GIVEN, 0), ("ANSWER = 43\n", 1)):
        outcome = run(pool, Site(str(root)), source, {root / "thing/answer.py": given})
        assert told(outcome) == [str([warm] * 4), f"({status}, '', '')"]


def test_no_name_of_the_judge_is_in_the_way(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p", **{"judge.py": "A = 1", "limits.py": "A = 2", "adapters/__init__.py": "A = 3"})
    source = """
    import sys
    sys.path.insert(0, os.environ['MUCODE_ROOT'])
    import judge, limits, adapters
    tell((judge.A, limits.A, adapters.A))
    """
    assert told(run(pool, Site(str(root)), source)) == ["(1, 2, 3)"]


def test_a_python_without_an_environment_works(pool: Pool, tmp_path: Path) -> None:
    system = Path("/usr/bin/python3")
    if not system.exists():
        pytest.skip("NOT TESTED: there is no second Python on this machine")
    root = project(tmp_path / "p")
    source = ASK.replace("import thing", "import sys; sys.path.insert(0, os.environ['MUCODE_ROOT'])\nimport thing")
    outcome = run(pool, Site(str(root)), source, {root / "thing/answer.py": GIVEN}, str(system))
    assert told(outcome) == [repr((42, "/usr", str(system.resolve())))]


def test_a_broken_environment_is_named(pool: Pool, tmp_path: Path) -> None:
    made = tmp_path / "env"
    python = environment(made)
    shutil.rmtree(made / "bin")
    with pytest.raises(JudgeError, match="cannot be read"):
        run(pool, Site(str(project(tmp_path / "p"))), "", python=python)


def test_projects_of_other_pythons_run(pool: Pool, tmp_path: Path) -> None:
    """Every Python that is installed beside this one, as version managers do it."""
    found = sorted(Path(sys.base_prefix).parent.glob("*/bin/python3"))
    others = [path for path in found if path.resolve().name[6:] not in ("3.6", "3.7", "3.8")]
    if len(others) < 2:
        pytest.skip("NOT TESTED: there is no second Python beside this one")
    root = project(tmp_path / "p")
    source = """
    import sys, asyncio
    sys.path.insert(0, os.environ['MUCODE_ROOT'])
    import thing.answer
    async def main(): return 1
    tell((thing.answer.ANSWER, asyncio.run(main()), '%d.%d' % sys.version_info[:2]))
    """
    for other in others:
        outcome = run(pool, Site(str(root)), source, {root / "thing/answer.py": GIVEN}, str(other))
        assert told(outcome) == [str((42, 1, other.resolve().name[6:]))]
