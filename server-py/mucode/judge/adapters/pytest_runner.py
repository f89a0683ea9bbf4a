"""Runs tests with the project's own pytest, with our plugin handed over in process."""

import os
import sys
from pathlib import Path
from typing import Any

from ..adapters import MISSING
from ..sandbox.bytecode import rewritten_place
from ..sandbox.ground import BYTECODE
from .places import Places
from .records import Recorder


def run(work: "dict[str, Any]", recorder: Recorder, places: Places) -> int:
    """Runs what the job names; the exit status is pytest's own."""
    try:
        import pytest
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        return MISSING
    from .pytest_plugin import Plugin

    wanted: list[str] = work["ids"] if "ids" in work else work["selection"]
    # Whole files are collected and then filtered by id: an id may hold any character, which an argument may not.
    files = list(dict.fromkeys(one.partition("::")[0] for one in wanted))
    arguments = [
        f"--rootdir={places.root}",
        "-o",
        f"cache_dir={os.path.join(places.scratch, 'pytest_cache')}",  # noqa: PTH118
        "--color=no",
        # Nobody reads pytest's own tracebacks, and rendering them takes longer than a falsified test itself.
        "--tb=no",
        "--maxfail=0",
        "--continue-on-collection-errors",
        # Nobody reads what a falsified assertion compared, and rewriting it takes as long as running it.
        *(["--assert=plain"] if work["mode"] == "canary" else []),
        *files,
    ]
    _leave_as_they_are(work["plugins"])
    _read_rewritten_ahead()
    plugin = Plugin(work, wanted, recorder, places)
    places.hide_judge()
    return int(pytest.main(arguments, plugins=[plugin]))


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


def _leave_as_they_are(plugins: "list[str]") -> None:
    """Tells pytest not to rewrite plugins that were imported ahead, which it would otherwise warn about."""
    for name in plugins:
        module = sys.modules.get(name)
        if module is not None:
            module.__doc__ = f"{module.__doc__ or ''}\nPYTEST_DONT_REWRITE"
