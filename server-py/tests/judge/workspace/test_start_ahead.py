"""What the server prepares of pytest's start must not show: neither in what a project sets up, nor in its tests."""

import importlib
import os
import py_compile
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import default_plugins

from mucode.judge.adapters import places, pytest_ahead
from mucode.judge.adapters.records import Recorder
from mucode.judge.adapters.withheld import Withheld
from tests.judge.workspace.projects import CALC, GOOD, found, judge, project, results

LOOKS = {
    "calc.py": CALC,
    "pytest.ini": """
        [pytest]
        addopts = -p no:stepwise -ra --strict-markers
        markers = slow: takes long
        usefixtures = noted
    """,
    "conftest.py": """
        import sys
        import _pytest.recwarn
        import pytest

        EARLY = [name for name in ("calc", "test_seen", "tests.test_seen") if name in sys.modules]
        CONFIGURED = []

        @pytest.fixture
        def late():
            return "late"

        # A fixture that is put into a plugin which the server knows already.
        _pytest.recwarn.late_fixture = late
        late.__module__ = "_pytest.recwarn"

        def pytest_addoption(parser):
            parser.addoption("--of-project", default="usual")
            parser.addini("of_project", "a setting", default="unset")

        def pytest_configure(config):
            CONFIGURED.append(config.getoption("--of-project"))

        @pytest.fixture
        def noted(request):
            request.node.noted = True
    """,
    "tests/test_seen.py": """
        import gc
        import importlib.metadata
        import json
        import os
        import pathlib
        import pytest
        from calc import add

        OURS = {"no_cov", "cov_source"}
        SEEN = pathlib.Path(__file__).parent.parent / "seen.json"

        def told(request):
            config, manager = request.config, request._fixturemanager
            plugins = config.pluginmanager.list_name_plugin()
            kept = [value for name, value in vars(manager).items() if name.startswith("_arg2")]
            return {
                "plugins": sorted(name for name, one in plugins if one and not name.isdigit()),
                "blocked": sorted(name for name, one in plugins if one is None),
                "options": sorted(set(vars(config.option)) - OURS),
                "settings": [str(config.getini(name)) for name in ("addopts", "markers", "usefixtures", "of_project")],
                "fixtures": sorted(name for names in kept for name in names),
                "folder": str(config.invocation_params.dir) == os.getcwd(),
                "collector": gc.get_threshold(),
                "metadata": importlib.metadata.Distribution.entry_points.fget.__module__,
            }

        def test_the_set_up_is_that_of_a_plain_run(request):
            if "WRITE_SEEN" in os.environ:
                SEEN.write_text(json.dumps(told(request)))
            before = json.loads(SEEN.read_text())
            for name, value in json.loads(json.dumps(told(request))).items():
                differing = set(map(str, value)) ^ set(map(str, before[name])) if isinstance(value, list) else set()
                assert not differing, name
                assert value == before[name]

        def test_the_conftest_file_was_heard(request):
            import conftest
            assert conftest.CONFIGURED == ["usual"]
            assert conftest.EARLY == []
            assert request.node.noted

        def test_a_fixture_put_into_a_plugin_is_found(late_fixture):
            assert late_fixture == "late"

        def test_what_is_usual_is_there(capsys, caplog, tmp_path, monkeypatch, recwarn, record_property, pytestconfig):
            print(add)
            assert capsys.readouterr().out.startswith("<function add")
            assert list(tmp_path.iterdir()) == []

        def test_another_pytest_starts_anew(tmp_path, request):
            (tmp_path / "test_inner.py").write_text("def test_inner(pytestconfig):\\n    assert pytestconfig.args\\n")
            assert pytest.main(["-q", "-p", "no:cacheprovider", str(tmp_path)]) == 0

        def test_add():
            assert add(1, 2) == 3
    """,
}


def test_plugins_settings_hooks_and_fixtures_are_those_of_a_plain_run(tmp_path: Path) -> None:
    root = project(tmp_path, LOOKS)
    environment = {**os.environ, "WRITE_SEEN": "1"}
    command = [sys.executable, "-m", "pytest", "tests"]
    subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
    seen = results(found(root, ["tests"], file="calc.py"))
    assert seen.pop("tests/test_seen.py::test_add") == "fail"
    assert len(seen) == 5
    assert set(seen.values()) == {"pass"}, seen
    verdict = judge(root, ["tests/test_seen.py::test_add", *seen], GOOD)
    assert verdict["verdict"] == "pass", verdict


def test_settings_that_change_while_the_server_is_warm_are_read_anew(tmp_path: Path) -> None:
    test = "def test_a():\n    pass\n\ndef check_b():\n    pass\n"
    root = project(tmp_path, {"calc.py": CALC, "pytest.ini": "[pytest]\n", "test_it.py": test})
    assert list(results(found(root, ["test_it.py"]))) == ["test_it.py::test_a"]
    project(root, {"pytest.ini": "[pytest]\npython_functions = check_*\n"})
    assert list(results(found(root, ["test_it.py"]))) == ["test_it.py::check_b"]


def test_every_fixture_of_pytest_is_among_the_names_that_are_looked_at() -> None:
    modules = [importlib.import_module(f"_pytest.{name}") for name in default_plugins]
    holders: list[Any] = [*modules, pytest.Session, pytest.Config]
    for holder in holders:
        space: dict[str, object] = getattr(holder, "__dict__", {})
        marked = [name for name in dir(holder) if _is_fixture(space.get(name))]
        names = pytest_ahead.Names(holder).of(holder)
        assert set(marked) <= set(names) <= set(dir(holder))
    assert len(pytest_ahead.Names(modules[0]).of(modules[0])) < len(dir(modules[0]))


def _is_fixture(value: object) -> bool:
    return type(value).__name__ == "FixtureFunctionDefinition" or hasattr(value, "_pytestfixturefunction")


def test_names_that_come_later_or_belong_to_one_object_are_looked_at_too() -> None:
    module = types.ModuleType("plugin")
    module.__dict__.update(number=1, plain=_is_fixture)
    names = pytest_ahead.Names(module)
    module.__dict__.update(number=pytest.fixture(lambda: 2), added=pytest.fixture(lambda: 3))
    assert {"number", "added"} <= set(names.of(module))
    assert "plain" not in names.of(module)

    class Holder:
        pass

    holder, kept = Holder(), pytest_ahead.Names(Holder)
    vars(holder).update(own=pytest.fixture(lambda: 4), plain=5)
    assert "own" in kept.of(holder)
    assert "plain" not in kept.of(holder)


def test_modules_that_came_after_the_servers_own_are_found_whatever_became_of_those(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ahead = {f"old{number}": types.ModuleType(f"old{number}") for number in range(300)}
    monkeypatch.setattr(places, "_ahead", dict(ahead))
    modules = dict(ahead)

    def found() -> list[str]:
        return places._imported_since(modules)

    assert found() == []
    modules.update(first=types.ModuleType("first"), second=types.ModuleType("second"))
    assert found() == ["first", "second"]
    for name in ("old7", "old8", "old299"):
        modules[name] = modules.pop(name)  # what a patch of sys.modules does when it is taken back
    assert found() == ["first", "second"]
    for name in [name for name in ahead if name < "old3"]:
        del modules[name]  # as for a package that is imported anew
    modules["old200"] = types.ModuleType("old200")
    assert found() == ["first", "second", "old200"]


def test_modules_of_the_project_are_found_in_whatever_order_the_program_has_put_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = {f"old{number}": types.ModuleType(f"old{number}") for number in range(300)}
    monkeypatch.setattr(places, "_ahead", dict(ahead))
    modules = {**ahead, "own": types.ModuleType("own")}
    modules["own"].__file__ = str(tmp_path / "own.py")
    for name in ahead:
        modules[name] = modules.pop(name)  # as importlib.reload does
    assert places.Places(str(tmp_path), str(tmp_path)).own_modules(modules) == {"own": "own.py"}


def test_what_pytest_prints_in_a_judged_run_comes_together(tmp_path: Path) -> None:
    tests = """
        def test_first(request):
            reporter = request.config.pluginmanager.get_plugin("terminalreporter")
            calls = []
            flush, reporter._tw.flush = reporter._tw.flush, lambda: calls.append(1)
            try:
                reporter.flush()
            finally:
                reporter._tw.flush = flush
            assert calls == FLUSHED
    """
    for flushed, mode in (("[1]", "discover"), ("[]", "run")):
        text = tests.replace("FLUSHED", flushed)
        root = project(tmp_path / mode, {"calc.py": CALC, "test_it.py": text})
        if mode == "discover":
            assert results(found(root, ["test_it.py"])) == {"test_it.py::test_first": "pass"}
        else:
            assert judge(root, ["test_it.py::test_first"], GOOD)["verdict"] == "pass"


def test_a_passed_phase_waits_for_the_next_record_but_not_for_long() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    recorder: Any = Recorder(writing, "k")
    now = 0.0
    recorder._now = lambda: now
    recorder._written = 0.0
    recorder.send({"t": 1}, soon=True)
    with pytest.raises(BlockingIOError):
        os.read(reading, 100)
    recorder.send({"t": 2})
    assert os.read(reading, 100) == b'{"k": "k", "t": 1}\n{"k": "k", "t": 2}\n'
    now = 1.0
    recorder.send({"t": 3}, soon=True)
    assert os.read(reading, 100) == b'{"k": "k", "t": 3}\n'
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    "mode", [py_compile.PycInvalidationMode.TIMESTAMP, py_compile.PycInvalidationMode.CHECKED_HASH]
)
def test_bytecode_of_a_withheld_file_counts_when_it_is_of_this_text(
    tmp_path: Path, mode: py_compile.PycInvalidationMode
) -> None:
    source, place = tmp_path / "a.py", str(tmp_path / "a.pyc")
    source.write_text("X = 1\n")
    py_compile.compile(str(source), place, doraise=True, invalidation_mode=mode)
    held: Any = Withheld()
    held._texts[str(source)], held._compiled[place] = source.read_bytes(), Path(place).read_bytes()
    assert held.code(str(source), place) is not None
    source.write_text("X = 23\n")
    held._texts[str(source)] = source.read_bytes()
    assert held.code(str(source), place) is None
