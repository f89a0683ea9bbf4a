"""Runs tests with the project's own pytest, with our plugin handed over in process."""
# ruff: noqa: ANN401 - pytest's own functions pass objects of its own

import ast
import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Optional

from ..adapters import MISSING
from ..sandbox.bytecode import rewritten_place
from ..sandbox.ground import BYTECODE
from .places import Places
from .records import Recorder
from .withheld import RUNNING, Withheld


def run(work: "dict[str, Any]", recorder: Recorder, places: Places) -> int:
    """Runs what the job names; the exit status is pytest's own."""
    try:
        import pytest
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        return MISSING
    from . import metadata_ahead, pytest_ahead
    from .pytest_plugin import Plugin

    wanted: list[str] = work["ids"] if "ids" in work else work["selection"]
    # Whole files are collected and then filtered by id: an id may hold any character, which an argument may not.
    files = list(dict.fromkeys(one.partition("::")[0] for one in wanted))
    arguments = [
        f"--rootdir={places.root}",
        "-o",
        f"cache_dir={os.path.join(places.scratch, 'pytest_cache')}",  # noqa: PTH118 - text for a command line
        "--color=no",
        # Nobody reads pytest's own tracebacks, and rendering them takes longer than a falsified test itself.
        "--tb=no",
        "--maxfail=0",
        "--continue-on-collection-errors",
        # Nor a summary of what the records say.
        *([] if work["mode"] == "discover" else ["-rN"]),
        # Nobody reads what a falsified assertion compared, and rewriting it takes as long as running it.
        *(["--assert=plain"] if work["mode"] == "canary" else []),
        *files,
    ]
    _leave_as_they_are(work["plugins"])
    _read_rewritten_ahead()
    if work.get("seal"):
        _rewrite_from(places.withheld)
        _tell_no_names()
    plugin = Plugin(work, wanted, recorder, places)
    pytest_ahead.use()
    plugin.only_until_tests(metadata_ahead.use())
    plugin.only_until_tests(pytest_ahead.leave_garbage(places.own))
    places.hide_judge()
    try:
        return int(pytest.main(arguments, plugins=[plugin]))
    finally:
        plugin.close()


def _read_rewritten_ahead() -> None:
    """Has pytest look into the server's folder first for what it made of a test file before.

    It still compares size and time of the source, so that no given file is mistaken for the one on the disk.
    """
    rewrite: Any = sys.modules.get("_pytest.assertion.rewrite")
    own = getattr(rewrite, "get_cache_dir", None)
    if own is None or not os.path.isdir(BYTECODE):  # noqa: PTH112
        return

    def get_cache_dir(path: Path) -> Path:
        ahead = rewritten_place(str(path), rewrite.PYC_TAIL)
        return ahead.parent if ahead.exists() else own(path)

    rewrite.get_cache_dir = get_cache_dir


def _rewrite_from(held: Withheld) -> None:
    """Has pytest take the tests' sources from memory, and keep nothing of them in files. It has no public way."""
    rewrite: Any = sys.modules.get("_pytest.assertion.rewrite")
    names = ("_read_pyc", "_rewrite_test", "_write_pyc")
    if rewrite is None or not all(hasattr(rewrite, name) for name in names):
        return
    read, make, write = (getattr(rewrite, name) for name in names)

    def read_pyc(source: Path, pyc: Path, *more: Any) -> Any:
        if held.text(str(source)) is None:
            return read(source, pyc, *more)
        return held.code(str(source), str(rewritten_place(os.path.realpath(source), rewrite.PYC_TAIL)))

    def rewrite_test(source: Path, config: Any) -> Any:
        text, name = held.text(str(source)), str(source)
        if text is None:
            return make(source, config)
        tree = ast.parse(text, filename=name)
        rewrite.rewrite_asserts(tree, text, name, config)
        return os.stat(name), compile(tree, name, "exec", dont_inherit=True)  # noqa: PTH116 - what pytest returns

    def write_pyc(state: Any, code: Any, source_stat: Any, pyc: Path) -> bool:
        return held.text(code.co_filename) is not None or write(state, code, source_stat, pyc)

    rewrite._read_pyc, rewrite._rewrite_test, rewrite._write_pyc = read_pyc, rewrite_test, write_pyc


def _tell_no_names() -> None:
    """Keeps the running test's name out of the environment; that a test is running stays to be seen there."""
    runner: Any = sys.modules.get("_pytest.runner")

    def update(_item: Any, when: Optional[str]) -> None:
        if when is not None:
            os.environ[RUNNING] = f"tests ({when})"
            return
        # Looked for in any other way, it would count as read.
        with contextlib.suppress(KeyError):
            del os.environ[RUNNING]

    if hasattr(runner, "_update_current_test_var"):
        runner._update_current_test_var = update


def _leave_as_they_are(plugins: "list[str]") -> None:
    """Tells pytest not to rewrite plugins that were imported ahead, which it would otherwise warn about."""
    for name in plugins:
        module = sys.modules.get(name)
        if module is not None:
            module.__doc__ = f"{module.__doc__ or ''}\nPYTEST_DONT_REWRITE"
