"""Which existing files of a project its tests may change: data only, each child having copies of its own.

Tests, conftest files, configuration, code and whatever else decides what a run means stay as they are.
"""

import os
import stat
from collections import deque
from collections.abc import Collection, Iterable
from pathlib import Path

from ..function.lineup import is_test_path

MOST_BYTES = 16 * 1024 * 1024
"""Of all copies together. They are memory, and every child makes them anew."""
_MOST_FILES = 2000
_MOST_FOLDERS = 4000
_SCRIPTS = frozenset([".py", ".pyw", ".pyi", ".pyx", ".pxd", ".ipynb", ".bat", ".sh", ".js", ".ts", ".c", ".cpp", ".h"])
_LOADED = frozenset([".pyc", ".pyo", ".pyd", ".pyz", ".so", ".dll", ".dylib", ".pth", ".egg-link", ".whl"])
_SETTINGS = frozenset([".cfg", ".conf", ".ini", ".toml", ".lock"])
_TESTS_AS_TEXT = frozenset([".feature", ".md", ".rst", ".robot", ".txt", ".yaml", ".yml"])
_LEFT_OUT = frozenset(["node_modules", "__pycache__", "site-packages", "venv", "build", "dist"])


def rewritable(root: Path, files: Iterable[str], hidden: Collection[str]) -> "list[str]":
    """Those of the relative paths that a child may have copies of, as many as fit."""
    room, found = MOST_BYTES, list[str]()
    for file in files:
        size = _size(root, file) if _is_data(file) and str(root / file) not in hidden else None
        if size is not None and size <= room and len(found) < _MOST_FILES:
            room -= size
            found.append(file)
    return found


def data_files(root: Path, hidden: Collection[str]) -> "list[str]":
    """Every file of the project that a child may have a copy of, near the root first, as many as fit."""
    found: list[str] = []
    folders, seen = deque([""]), 0
    while folders and seen < _MOST_FOLDERS:
        folder = folders.popleft()
        seen += 1
        try:
            with os.scandir(root / folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in inside:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                found.append(path)
            elif not _is_left_out(entry) and entry.path not in hidden:
                folders.append(path)
    return rewritable(root, found, hidden)


def _is_left_out(entry: "os.DirEntry[str]") -> bool:
    return entry.name.startswith(".") or entry.name in _LEFT_OUT or Path(entry.path, "pyvenv.cfg").exists()


def _is_data(file: str) -> bool:
    name = file.rpartition("/")[2].lower()
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - ".so.1" is none of pathlib's suffixes that matter here
    if (
        ending in _SCRIPTS | _LOADED | _SETTINGS
        or ".so." in name
        or name.startswith(".")
        or any(part.startswith(".") for part in file.split("/"))
    ):
        return False
    if name in ("makefile", "dockerfile", "manifest.in", "py.typed"):
        return False
    # Doctests and whole tests may be written as text.
    return not (ending in _TESTS_AS_TEXT and (stem.startswith("test") or is_test_path(f"{stem}.py")))


def _size(root: Path, file: str) -> "int | None":
    """The size of a plain file that nobody runs, reached without a link; None for any other."""
    path = root / file
    try:
        state = path.lstat()
        plain = stat.S_ISREG(state.st_mode) and not state.st_mode & 0o111 and path.resolve() == path
    except OSError:
        return None
    return state.st_size if plain else None
