"""The project's files as a run sees them: the editor's unsaved texts first, then the disk."""

import ast
import functools
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from ..answers.splice import lines_of
from ..errors import JudgeError
from ..syntax import parse
from .examples import assert_at, source_of

MOST_TEXT_BYTES = 4 * 1024 * 1024
_MOST_SOURCE = 4000
_TREES_KEPT = 8
"""Of the files that were asked about last: hundreds of tests come from the same one."""


class Texts:
    """Texts by relative path. Each file is read once."""

    def __init__(self, root: str, unsaved: Mapping[str, str]) -> None:
        self._root = Path(root)
        self._known: dict[str, Optional[str]] = dict(unsaved)

    def __getitem__(self, file: str) -> str:
        text = self.get(file)
        if text is None:
            raise JudgeError(f"There is no {file} below {self._root}. Check the test's id, and that the file is saved.")
        return text

    def get(self, file: str) -> Optional[str]:
        """The text with LF line ends; None for a file that is not there, or no text."""
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: str) -> Optional[str]:
        if file.startswith("/") or ".." in file.split("/"):
            return None  # frames come from untrusted code, which must not have other files read
        try:
            path = self._root / file
            if path.stat().st_size > MOST_TEXT_BYTES or not path.is_file():
                return None
            return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except (OSError, UnicodeDecodeError):
            return None


def test_source(name: str, adapter: str, texts: Texts) -> tuple[str, Optional[int]]:
    """(what the prompt shows of a test, its first line) by its id; empty where the text does not show it."""
    file, _, rest = name.partition("::")
    text = texts.get(file)
    if text is None:
        return "", None
    if adapter == "asserts":
        return assert_at(text, int(rest)) or "" if rest.isdigit() else "", int(rest) if rest.isdigit() else None
    if adapter == "doctest":
        return source_of(name, text), None
    node = function_of(rest, text)
    if node is None:
        return "", None
    first, last = lines_of(node)
    return textwrap.dedent("\n".join(text.split("\n")[first - 1 : last]))[:_MOST_SOURCE], first


def function_of(path: str, text: str) -> Optional[ast.stmt]:
    """The function of a test's path within its file, `TestA::test_b[1]`, looked for in base classes of the file too."""
    base, _, _ = path.partition("[")
    names = base.split("::")
    tree = _tree(text)
    body: list[ast.stmt] = tree.body if tree is not None else []
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    for name in names[:-1]:
        owner = next((node for node in body if isinstance(node, ast.ClassDef) and node.name == name), None)
        if owner is None:
            return None
        body = _members(owner, classes)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next((node for node in body if isinstance(node, kinds) and node.name == names[-1]), None)


@functools.lru_cache(_TREES_KEPT)
def _tree(text: str) -> Optional[ast.Module]:
    """The tree, for reading only."""
    return parse(text)


def _members(owner: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> list[ast.stmt]:
    """The statements of a class, its own first, then those of its base classes in the same file."""
    body, waiting, seen = list[ast.stmt](), [owner], set[str]()
    while waiting:
        one = waiting.pop(0)
        if one.name not in seen:
            seen.add(one.name)
            body += one.body
            waiting += [classes[base.id] for base in one.bases if isinstance(base, ast.Name) and base.id in classes]
    return body


def statement_at(text: str, line: int) -> Optional[str]:
    """The smallest statement over a line, as it stands: the assertion that failed."""
    tree = _tree(text)
    best: Optional[ast.stmt] = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            best = node if best is None or node.lineno >= best.lineno else best
    if best is None or isinstance(best, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return None
    return ast.get_source_segment(text, best)
