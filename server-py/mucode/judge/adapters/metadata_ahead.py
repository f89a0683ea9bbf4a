"""What installed distributions say of themselves, read once by the server: pytest asks all of them, three times a run.

The answers are used while pytest starts and no longer, so that tests meet importlib.metadata as it is.
"""

import importlib.machinery
import importlib.metadata
import os
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution
from typing import Any

_GROUP = "pytest11"
_ASKED = ("entry_points", "files", "metadata")

_known: "dict[str, dict[str, Any]]" = {}
"""By the path of a distribution's folder, what it answers."""
_installed: "dict[str, list[Distribution]]" = {}
"""By entry of `sys.path`, the distributions there."""


def prepare(installed: Callable[[str], bool]) -> None:
    """In the server. installed: whether a path is in a folder of installed packages, which no run can change."""
    for one in importlib.metadata.distributions():
        place = _place(one)
        if place and installed(place):
            _known[place] = {"entry_points": one.entry_points}
            if any(point.group == _GROUP for point in one.entry_points):
                _known[place].update(files=one.files, metadata=one.metadata)
                # pytest wants each as text, and a path keeps what it was asked for once.
                list(map(str, one.files or ()))
    for entry in sys.path:
        if os.path.isabs(entry) and installed(entry):  # noqa: PTH117 - as it stands in the path
            _installed[entry] = list(importlib.metadata.distributions(path=[entry]))
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
    # Not the function that everybody calls: a test file that takes that by name would keep ours.
    kind: Any = Distribution
    own, real = vars(Distribution)["discover"], Distribution.discover

    def discover(_: object, **more: Any) -> "Iterable[Distribution]":  # noqa: ANN401 - whatever the real one takes
        if more or not _usual_finders():
            return real(**more)
        found = (_installed[entry] if entry in _installed else real(path=[entry]) for entry in sys.path)
        return (one for several in found for one in several)

    kind.discover = classmethod(discover)

    def end() -> None:
        kind.discover = own
        for name, asked in usual.items():
            setattr(Distribution, name, asked)

    return end


def _usual_finders() -> bool:
    """Whether distributions are found in the folders of the path and nowhere else."""
    finders = [one for one in sys.meta_path if getattr(one, "find_distributions", None) is not None]
    return finders == [importlib.machinery.PathFinder]


def _remembered(name: str, asked: property) -> property:
    def answer(self: Distribution) -> object:
        found = _known.get(_place(self), {})
        return found[name] if name in found else asked.__get__(self)

    return property(answer)


def _place(one: Distribution) -> str:
    return str(getattr(one, "_path", ""))
