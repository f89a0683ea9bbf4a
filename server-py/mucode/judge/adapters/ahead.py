"""What a project's server makes ready before its first job, for all children alike: runners and pytest's own start.

Only installed code runs here, and nothing of the project is read: its settings, its conftest files, its tests and the
code under repair are the business of each child.
"""

import contextlib
import importlib
from collections.abc import Callable

from . import metadata_ahead, places, pytest_ahead

_RUNNERS = ("unittest_runner", "doctest_runner", "asserts_runner", "pytest_runner", "pytest_plugin")


def make_ready(installed: "Callable[[str], bool]") -> None:
    """Called when everything is imported, pytest too if there is one. What fails here is left to the children.

    installed: whether a path is one of installed packages, which are no part of the project.
    """
    for name in _RUNNERS:
        # The plugin needs pytest, which not every interpreter has.
        with contextlib.suppress(Exception):
            importlib.import_module(f".{name}", __package__)
    places.note_ahead()
    # A pytest with another inside than those that are known starts as usual.
    with contextlib.suppress(Exception):
        metadata_ahead.prepare(installed)
        pytest_ahead.prepare(metadata_ahead.plugins())
