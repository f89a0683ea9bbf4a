"""Which test files depend on a file, by the imports that all files of the project say. Reading only; nothing is run.

Every file is parsed, none is imported. The walk leaves out what is installed, built or hidden, and stops at a bound.
"""

import ast
import os
import posixpath
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..function.lineup import is_test_path
from ..syntax import parse
from .modules import Modules, imports_of

MOST_FILES = 4000
MOST_BYTES = 32 * 1024 * 1024
MOST_FOUND = 200
_LEFT_OUT = frozenset(
    "node_modules site-packages __pycache__ build dist venv env virtualenv eggs htmlcov".split()  # noqa: SIM905 - reads better than ten quoted names
)


@dataclass(frozen=True)
class Neighbours:
    """What was found, and what was not looked at."""

    files: "list[str]"
    """Test files that import the file, nearest first; the file itself in front, where it has doctests."""
    warnings: "list[str]"

    def as_json(self) -> "dict[str, object]":
        """The content of the `neighbours` event."""
        return {"files": self.files, "warnings": self.warnings}


def neighbours(root: str, file: str, unsaved: "Mapping[str, str] | None" = None) -> Neighbours:
    """Test files that import `file`, directly or through project modules and conftest files, nearest first.

    Paths are relative to `root`, with "/". `unsaved` are texts of the editor by relative path.
    """
    losses: list[str] = []
    texts = {**dict(_texts(Path(root), losses)), **(unsaved or {})}
    importers = _importers(texts, losses)
    distance = {file: 0}
    waiting = deque([file])
    while waiting:
        one = waiting.popleft()
        for importer in importers.get(one, ()):
            if importer not in distance:
                distance[importer] = distance[one] + 1
                waiting.append(importer)
    found = [one for one in distance if one != file and is_test_file(one)]
    found.sort(key=lambda one: (distance[one], not _named_after(one, file), _apart(one, file), one))
    if len(found) > MOST_FOUND:
        losses.append(f"{len(found)} test files import {file}; only the nearest {MOST_FOUND} are looked at.")
    own = [file] if _has_doctests(texts.get(file, "")) and file not in found else []
    return Neighbours([*own, *found[:MOST_FOUND]], losses)


def _has_doctests(text: str) -> bool:
    return ">>> " in text


def is_test_file(path: str) -> bool:
    """Whether pytest or unittest would look for tests in a file, by its name."""
    name = posixpath.basename(path)
    return name.startswith("test") or name.endswith(("_test.py", "_tests.py"))


def _texts(root: Path, losses: "list[str]") -> "Iterator[tuple[str, str]]":
    """The project's Python files, near the root first. What is left out is said in `losses`."""
    room = MOST_BYTES
    count = 0
    unread: list[str] = []
    folders = deque([""])
    while folders and count < MOST_FILES:
        folder = folders.popleft()
        for entry in _entries(root / folder):
            path = posixpath.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if not _is_left_out(entry.name) and not Path(entry.path, "pyvenv.cfg").exists():
                    folders.append(path)
            elif entry.name.endswith(".py") and entry.is_file():
                text = _text(Path(entry.path), room)
                if text is None or count >= MOST_FILES:
                    unread.append(path)
                    continue
                room -= len(text)
                count += 1
                yield path, text
    if folders:
        unread.append(folders[0])
    if unread:
        losses.append(
            f"Not every file was read for imports of the module ({_some(unread)} was not): at most {MOST_FILES:,} "
            f"files and {MOST_BYTES >> 20} MB are. Tests that only those lead to are not among the neighbours."
        )


def _some(names: "list[str]") -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, as {len(names) - 1} more,"


def _text(path: Path, room: int) -> "str | None":
    """A file's text; None where it cannot be read or is longer than the room that is left."""
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.stat().st_size <= room else None
    except OSError:
        return None


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT or name.endswith(".egg-info")


def _importers(texts: "Mapping[str, str]", losses: "list[str]") -> "dict[str, list[str]]":
    """For each file the files that import it."""
    modules = Modules(texts.__contains__)
    importers: dict[str, list[str]] = {}
    unclear: list[str] = []
    for file, text in texts.items():
        tree = parse(text.lstrip("\ufeff"))
        if tree is None:
            unclear.append(file)
            continue
        for imported in _imported(file, tree, modules):
            if imported != file:
                importers.setdefault(imported, []).append(file)
        # A conftest runs ahead of every test below its folder.
        if is_test_path(file) or is_test_file(file):
            folder: str = file
            while folder:
                folder = posixpath.dirname(folder)
                above = posixpath.join(folder, "conftest.py")
                if above in texts and above != file:
                    importers.setdefault(above, []).append(file)
    tests = [file for file in unclear if is_test_path(file) or is_test_file(file)]
    if tests:
        losses.append(f"{_some(tests)} cannot be parsed, so its imports are not known and its tests are not run.")
    return importers


def _imported(file: str, tree: ast.AST, modules: Modules) -> "set[str]":
    found: set[str] = set()
    for one in imports_of(tree):
        found.update(modules.files_of(one.module, "" if one.name == "*" else one.name, file))
    for name in _named_in_text(tree):
        found.update(modules.files_of(name, "", file))
    return found


def _named_in_text(tree: ast.AST) -> "Iterator[str]":
    """Modules named in texts: `import_module("a.b")`, `patch("a.b.c")`, `pytest_plugins = ["a.b"]`."""
    for node in ast.walk(tree):
        texts: list[ast.AST] = []
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = (
                [node.args[0]] if name in ("import_module", "__import__", "patch", "setattr", "importorskip") else []
            )
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytest_plugins":
            texts = list(ast.walk(node.value))
        for part in texts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                words = part.value.split(".")
                if all(word.isidentifier() for word in words):
                    yield part.value


def _named_after(test: str, file: str) -> bool:
    name = posixpath.basename(file)[:-3]
    return name != "__init__" and name in posixpath.basename(test)


def _apart(one: str, other: str) -> int:
    """How many folders lie between two files."""
    a, b = one.split("/")[:-1], other.split("/")[:-1]
    shared = len([1 for x, y in zip(a, b) if x == y])
    return len(a) + len(b) - 2 * shared
