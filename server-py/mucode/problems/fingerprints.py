"""What the evaluation sets look like, as hashes: prompts as normalised text, programs as syntax trees without names.

Only hashes are kept, in fingerprints.json: the guard works without the data sets and gives nothing of them away.
"""

import ast
import builtins
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mucode.judge.syntax import NOT_PYTHON, parse_strictly

from .files import DataError
from .row import INSTRUCTIONS, Row

FILE = Path(__file__).with_name("fingerprints.json")
_LENGTH = 16
_LEAST_WORDS = 5
"""A text of fewer words says too little to be recognised by: `Add two numbers.`"""
_EXAMPLE = re.compile(r"^\W*(>>>|examples?\b|for example|for instance)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Prints:
    """Fingerprints of some rows."""

    texts: frozenset[str]
    programs: frozenset[str]


def text_print(text: str) -> str | None:
    """The fingerprint of a text: its words in lower case, nothing else. None for a text of fewer than five words."""
    words = re.findall(r"\w+", text.lower())
    return _hash(" ".join(words)) if len(words) >= _LEAST_WORDS else None


def program_print(source: str) -> str | None:
    """The fingerprint of a syntax tree without docstrings, annotations and chosen names; None for no Python."""
    try:
        tree = parse_strictly(source.strip() + "\n")
    except NOT_PYTHON:
        return None
    return _hash(ast.dump(_Nameless().visit(tree)))


def prints_of(row: Row) -> Prints:
    """Every fingerprint by which a row can be recognised."""
    problem = row.problem
    code = str(problem.get("code", ""))
    instruction = str(problem["instruction"])
    own = [] if instruction in INSTRUCTIONS.values() else [instruction]
    texts = [*own, *_docstrings(row.solution), *_docstrings(code)]
    shortened = [_EXAMPLE.split(text, maxsplit=1)[0] for text in texts]
    programs = [row.solution, code, *_functions(row.solution), *_functions(code)]
    return Prints(
        frozenset(found for text in [*texts, *shortened] if (found := text_print(text)) is not None),
        frozenset(found for program in programs if not _is_stub(program) and (found := program_print(program))),
    )


def union(prints: Iterable[Prints]) -> Prints:
    """All of them as one."""
    every = list(prints)
    texts = frozenset(text for one in every for text in one.texts)
    return Prints(texts, frozenset(program for one in every for program in one.programs))


def write(sets: dict[str, Prints], path: Path = FILE) -> None:
    """Writes the fingerprints of evaluation sets by name."""
    content = {name: {"texts": sorted(one.texts), "programs": sorted(one.programs)} for name, one in sets.items()}
    path.write_text(json.dumps({"v": 1, "sets": content}, indent=0) + "\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Prints]:
    """The fingerprints of the evaluation sets by name. Raises DataError: without them nothing may be trained on."""
    try:
        found = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        sets = cast("dict[str, dict[str, list[str]]]", found["sets"])
        return {name: Prints(frozenset(one["texts"]), frozenset(one["programs"])) for name, one in sets.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The fingerprints of the evaluation sets cannot be read ({error}), so training rows cannot be checked "
            f"against them. Restore {path.name} from the package."
        ) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def _definitions(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        nodes = ast.walk(parse_strictly(source.strip() + "\n"))
    except NOT_PYTHON:
        return []
    return [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _docstrings(source: str) -> list[str]:
    return [text for node in _definitions(source) if (text := ast.get_docstring(node))]


def _functions(source: str) -> list[str]:
    return [ast.unparse(node) for node in _definitions(source)]


def _is_stub(program: str) -> bool:
    """Whether every function is empty: all stubs are alike."""
    bodies = [[part for part in node.body if not _is_text(part)] for node in _definitions(program)]
    return all(len(body) == 0 or isinstance(body[0], ast.Pass) for body in bodies)


def _is_text(node: ast.stmt) -> bool:
    """A docstring, or the `...` of a stub."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class _Nameless(ast.NodeTransformer):
    """Numbers the names by their first use, so that renaming does not hide a program."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def _name(self, name: str) -> str:
        return name if hasattr(builtins, name) else self._numbers.setdefault(name, f"n{len(self._numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._name(node.id), ast.Load())

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self._name(node.arg))

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        value = cast("ast.expr", self.visit(node.value))
        return ast.keyword(self._name(node.arg) if node.arg in self._numbers else node.arg, value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
        found = ast.FunctionDef(self._name(node.name), node.args, body, node.decorator_list, None, None)
        return self.generic_visit(found)
