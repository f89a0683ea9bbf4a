"""Takes single files away from this process for good, though what lies beside them stays readable.

Landlock only ever allows, so everything around such a file is allowed one by one. What is taken away, and who still
gets it, is adapters/withheld.py's business.
"""

import os
from collections.abc import Mapping
from typing import Optional

from . import landlock

Names = Mapping[str, "frozenset[str]"]
"""Absolute folder without links → names of files in it."""


def is_closed(name: str, names: "frozenset[str]") -> bool:
    """Whether an entry of a folder is one of these files, or a form of one, as `a.cpython-311.pyc` of `a.py`."""
    stem, *endings = name.split(".")
    return name in names or (f"{stem}.py" in names and any(one.startswith("py") for one in endings))


def seal(closed: Names) -> "Optional[dict[str, frozenset[str]]]":
    """Closes the files to this process and to all that it starts.

    Returns, for every folder that holds some of them or leads to them, the names in it that stay readable; None where
    Landlock does not stand. Raises OSError.
    """
    bases = landlock.readable()
    if not bases:
        return None
    above = set[str]()
    for folder in closed:
        while folder not in above:
            above.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120, PLW2901 - strings, for thousands of files
    left: list[str] = []
    listed: dict[str, frozenset[str]] = {}
    for base in dict.fromkeys(map(os.path.realpath, bases)):
        _leave(base, closed, above, left, listed)
    landlock.withdraw(left)
    return listed


def _leave(path: str, closed: Names, above: "set[str]", left: "list[str]", listed: "dict[str, frozenset[str]]") -> None:
    if path not in above:
        left.append(path)
        return
    if path in listed:
        return
    taken = closed.get(path, frozenset())
    names: set[str] = set()
    for entry in _entries(path):
        # A link gives nothing that is not allowed where it leads to. Bytecode may be of what is closed.
        if entry.is_symlink() or is_closed(entry.name, taken) or (taken and entry.name == "__pycache__"):
            continue
        names.add(entry.name)
        _leave(entry.path, closed, above, left, listed)
    listed[path] = frozenset(names)


def _entries(path: str) -> "list[os.DirEntry[str]]":
    try:
        return list(os.scandir(path))
    except OSError:
        return []  # what cannot be listed could be read no further either, and stays closed
