"""What installed distributions say of themselves, read once by the server: pytest asks all of them, three times a run.

The answers are used while pytest starts and no longer, so that tests meet importlib.metadata as it is.
"""

import importlib.metadata
import sys
from collections.abc import Callable
from importlib.metadata import Distribution
from typing import Any

_GROUP = "pytest11"
_ASKED = ("entry_points", "files", "metadata")

_known: "dict[str, dict[str, Any]]" = {}
"""By the path of a distribution's folder, what it answers."""


def prepare(installed: Callable[[str], bool]) -> None:
    """In the server. installed: whether a path is in a folder of installed packages, which no run can change."""
    for one in importlib.metadata.distributions():
        place = _place(one)
        if place and installed(place):
            _known[place] = {"entry_points": one.entry_points}
            if any(point.group == _GROUP for point in one.entry_points):
                _known[place].update(files=one.files, metadata=one.metadata)
    pluggy: Any = sys.modules.get("pluggy")
    if pluggy is not None:
        # Some versions look for their own number whenever they are asked, which pytest does in every run.
        pluggy.__version__ = pluggy.__version__


def plugins() -> "list[str]":
    """Modules of the pytest plugins that are installed."""
    points = [point for found in _known.values() for point in found["entry_points"]]
    return [point.value.partition(":")[0].strip() for point in points if point.group == _GROUP]


def use() -> "Callable[[], None]":
    """In a child: answers from what is known. Returns what ends that."""
    usual = {name: vars(Distribution)[name] for name in _ASKED if isinstance(vars(Distribution).get(name), property)}
    for name, asked in usual.items():
        setattr(Distribution, name, _remembered(name, asked))

    def end() -> None:
        for name, asked in usual.items():
            setattr(Distribution, name, asked)

    return end


def _remembered(name: str, asked: property) -> property:
    def answer(self: Distribution) -> object:
        found = _known.get(_place(self), {})
        return found[name] if name in found else asked.__get__(self)

    return property(answer)


def _place(one: Distribution) -> str:
    return str(getattr(one, "_path", ""))
