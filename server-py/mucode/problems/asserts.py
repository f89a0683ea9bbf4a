"""Test texts of data sets taken apart: a `check(candidate)` into its single asserts, a docstring into its examples."""

import ast
import builtins
import re
from collections.abc import Iterator

from mucode.judge.syntax import NOT_PYTHON, parse_strictly

from .shape import Names, shape_of

_SIGNS = r"(?:==>|=>|==|=|->|➞|returns|should return)"


def asserts_of(source: str, entry_point: str) -> list[str] | None:
    """The asserts of a `def check(name): …`, each about the entry point itself; None when there is more than asserts.

    Asserts of constants (`assert True`) and prints say nothing and are left out.
    """
    checks = [node for node in parse_strictly(source.strip()).body if isinstance(node, ast.FunctionDef)]
    if len(checks) != 1 or len(checks[0].args.args) != 1:
        return None
    [check] = checks
    rename = _Rename(check.args.args[0].arg, entry_point)
    found: list[str] = []
    for node in check.body:
        if isinstance(node, ast.Pass) or ast.unparse(node) == "print" or ast.unparse(node).startswith("print("):
            continue
        if not isinstance(node, ast.Assert):
            return None
        if not isinstance(node.test, ast.Constant):
            found.append(f"assert {ast.unparse(rename.visit(node.test))}")
    return found


class _Rename(ast.NodeTransformer):
    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new, node.ctx) if node.id == self._old else node


def examples_of(docstring: str, entry_point: str) -> list[str]:
    """The examples that a docstring shows, as asserts: `>>> f(1)` with its result, and lines such as `f(1) => 2`."""
    pairs = re.findall(r"^\s*>>>\s*(.+)\n\s*(\S.*)$", docstring, re.MULTILINE)
    call = re.escape(entry_point) + r"\(.*\)"
    pairs += re.findall(rf"^\W*({call})\s*{_SIGNS}\s*(.+?)\s*$", docstring, re.MULTILINE)
    found = (_assert(question, answer, entry_point) for question, answer in pairs)
    return list(dict.fromkeys(one for one in found if one is not None))


_WORDS = {"true": "True", "false": "False", "none": "None", "null": "None"}


def _assert(question: str, answer: str, entry_point: str) -> str | None:
    """An assert about the entry point, when question and answer are what they seem to be."""
    text = _WORDS.get(answer.rstrip(".").lower(), answer)
    for shown in (text.rstrip("."), text):
        try:
            asked = ast.parse(question, mode="eval").body
            ast.literal_eval(shown)
        except (*NOT_PYTHON, TypeError):
            continue
        names = {part.id for part in ast.walk(asked) if isinstance(part, ast.Name)}
        # A name that nobody defines is a text without its quotes, as in `is_happy(abcd)`.
        if entry_point in names and all(name == entry_point or hasattr(builtins, name) for name in names):
            return f"assert {ast.unparse(asked)} == {shown}"
    return None


def assert_shapes(source: str, entry_point: str) -> Iterator[str]:
    """The shapes of the asserts of a test that are about the entry point, whatever it is called; doctests as asserts.

    Nothing for a text that is no Python.
    """
    texts = examples_of(source, entry_point) if ">>>" in source else [source]
    for text in texts:
        try:
            tree = parse_strictly(text.strip() + "\n")
            for node in ast.walk(tree):
                if isinstance(node, ast.Assert) and _names(node, entry_point):
                    # Whatever else the test binds keeps its name: only the function is called otherwise elsewhere.
                    names = Names(ast.Module([], []))
                    names.variables.add(entry_point)
                    yield shape_of(node.test, names)
        except NOT_PYTHON:
            continue


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
