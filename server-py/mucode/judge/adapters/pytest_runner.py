"""Runs tests with the project's own pytest, with our plugin handed over in process."""

import os
import sys
from typing import Any

from . import MISSING
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
        *files,
    ]
    _leave_as_they_are(work["plugins"])
    plugin = Plugin(work, wanted, recorder, places)
    places.hide_judge()
    return int(pytest.main(arguments, plugins=[plugin]))


def _leave_as_they_are(plugins: "list[str]") -> None:
    """Tells pytest not to rewrite plugins that were imported ahead, which it would otherwise warn about."""
    for name in plugins:
        module = sys.modules.get(name)
        if module is not None:
            module.__doc__ = f"{module.__doc__ or ''}\nPYTEST_DONT_REWRITE"
