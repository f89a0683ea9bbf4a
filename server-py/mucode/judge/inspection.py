"""What a Python file holds that a repair can start from: functions, asserts, doctests, regions.

A file that does not parse is read as far as it goes: its top-level statements are then found by indentation.
"""

import ast
import doctest
from collections.abc import Sequence
from typing import Any, Optional, Union

from .answers.broken import RegionError, chunks, header, headers, region_by_lines
from .answers.splice import lines_of
from .syntax import NOT_PYTHON, parse, parse_strictly

_Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def inspect(text: str) -> dict[str, Any]:
    """Functions, asserts and the first syntax error of a file, as the protocol's `inspected` event tells them."""
    text = _unified(text)
    tree, error = _tree(text)
    if tree is None:
        return {"functions": _functions_by_lines(text), "asserts": [], "error": error}
    return {"functions": _functions(tree), "asserts": _asserts(tree), "error": None}


def region(text: str, entry_point: str) -> dict[str, Any]:
    """The top-level statement that holds the entry point, and the rest of the program. Raises RegionError."""
    text = _unified(text)
    lines = text.split("\n")
    tree, _ = _tree(text)
    owner = entry_point.split(".", maxsplit=1)[0]
    if tree is not None:
        first, last = _region_in(tree, entry_point, owner)
        rest = _context(tree, lines, first, last)
    else:
        first, last = region_by_lines(lines, owner)
        before = _context_of_text("\n".join(lines[: first - 1]))
        rest = before + _context_of_text("\n".join(lines[last:]))
    code = "\n".join(lines[first - 1 : last]) + ("\n" if last < len(lines) else "")
    return {"lines": [first, last], "code": code, "context": rest}


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def _tree(text: str) -> tuple[Optional[ast.Module], Optional[dict[str, Any]]]:
    try:
        return parse_strictly(text), None
    except SyntaxError as error:
        return None, {"message": error.msg, "line": error.lineno or 1}
    except NOT_PYTHON as error:
        return None, {"message": str(error) or type(error).__name__, "line": 1}


def _region_in(tree: ast.Module, entry_point: str, owner: str) -> tuple[int, int]:
    for node in reversed(tree.body):
        if owner in _owned(node):
            names = [name for name, _, _ in _walk_functions(node, "")]
            if entry_point in names or "." not in entry_point:
                return lines_of(node)
    raise RegionError(f"The file holds no function `{entry_point}`; choose one that it defines.")


def _owned(node: ast.stmt) -> list[str]:
    """Names that a top-level statement defines: its own, or those under an `if` or `try`."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.If, ast.Try, ast.With)):
        return [
            part.name
            for part in ast.walk(node)
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ]
    return []


def _walk_functions(node: ast.stmt, prefix: str) -> list[tuple[str, _Definition, str]]:
    """Functions and methods at or below a statement: dotted name, node, kind. Functions in functions are left out."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [(prefix + node.name, node, "method" if prefix else "function")]
    if isinstance(node, ast.ClassDef):
        return [found for part in node.body for found in _walk_functions(part, f"{prefix}{node.name}.")]
    if isinstance(node, (ast.If, ast.Try, ast.With)):
        return [found for part in node.body for found in _walk_functions(part, prefix)]
    return []


def _functions(tree: ast.Module) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for top in tree.body:
        for name, node, kind in _walk_functions(top, ""):
            found.append(
                {
                    "name": name,
                    "kind": kind,
                    "async": isinstance(node, ast.AsyncFunctionDef),
                    "stub": _is_stub(node),
                    "lines": list(lines_of(node)),
                    "region": list(lines_of(top)),
                    "def_line": node.lineno,
                    "doctests": _doctests(node, name),
                }
            )
    return found


def _is_stub(node: _Definition) -> bool:
    body = [part for part in node.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    if not body:
        return True
    if len(body) > 1:
        return False
    only = body[0]
    return isinstance(only, ast.Pass) or (isinstance(only, ast.Raise) and "NotImplementedError" in ast.unparse(only))


def _doctests(node: _Definition, name: str) -> list[dict[str, Any]]:
    text = ast.get_docstring(node, clean=False)
    if text is None or ">>>" not in text:
        return []
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return []
    first = node.body[0].lineno
    found: list[dict[str, Any]] = []
    setup: list[str] = []
    for example in examples:
        source = _example_text(example)
        if not example.want and example.exc_msg is None:
            setup.append(source)
            continue
        start = first + example.lineno
        length = example.source.count("\n") + example.want.count("\n")
        ident = f"{name}:doctest{len(found) + 1}"
        found.append({"id": ident, "source": "\n".join([*setup, source]), "lines": [start, start + length - 1]})
    return found


def _example_text(example: doctest.Example) -> str:
    first, *more = example.source.rstrip("\n").split("\n")
    return "\n".join(
        [f">>> {first}", *(f"... {line}" for line in more), *example.want.rstrip("\n").split("\n")]
    ).rstrip()


def _asserts(tree: ast.Module) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in tree.body:
        if isinstance(node, ast.Assert):
            found.append(_assertion([], node, "module"))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not node.args.args:
            found.extend(_asserts_of(node))
    return found


def _asserts_of(function: ast.FunctionDef) -> list[dict[str, Any]]:
    plain = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Assert, ast.Pass)
    if not all(isinstance(node, plain) for node in function.body):
        return []
    found: list[dict[str, Any]] = []
    setup: list[ast.stmt] = []
    for node in function.body:
        if isinstance(node, ast.Assert):
            found.append(_assertion(setup, node, function.name))
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            setup.append(node)
    return found


def _assertion(setup: Sequence[ast.stmt], node: ast.Assert, where: str) -> dict[str, Any]:
    parts = [*setup, node]
    calls = sorted({name for part in parts for name in _called(part)})
    source = "\n".join(ast.unparse(part) for part in parts)
    return {"source": source, "lines": [node.lineno, node.end_lineno or node.lineno], "calls": calls, "in": where}


def _called(node: ast.AST) -> list[str]:
    names: list[str] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            function = part.func
            while isinstance(function, ast.Attribute):
                names.append(function.attr)
                function = function.value
            if isinstance(function, ast.Name):
                names.append(function.id)
    return names


def _context(tree: ast.Module, lines: Sequence[str], first: int, last: int) -> str:
    """The statements around the region, as they stand in the file, without tests and without what only runs."""
    kept: list[str] = []
    previous = 0
    for node in tree.body:
        start, end = lines_of(node)
        gap = list(lines[previous : start - 1])
        if (start, end) == (first, last):
            kept.extend(gap)
        elif not _only_runs(node):
            kept.extend([*gap, *lines[start - 1 : end]])
        previous = end
    text = "\n".join(kept).strip("\n")
    return text + "\n" if text else ""


def _context_of_text(text: str) -> str:
    tree = parse(text)
    return (
        _context(tree, text.split("\n"), 0, 0) if tree is not None else text.strip("\n") + "\n" if text.strip() else ""
    )


def _only_runs(node: ast.stmt) -> bool:
    """Asserts, bare calls, test functions and the `if __name__` block: no part of the program that a test needs."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name.startswith("test_")
    return isinstance(node, ast.If) and "__name__" in {
        part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)
    }


def _functions_by_lines(text: str) -> list[dict[str, Any]]:
    lines = text.split("\n")
    found: list[dict[str, Any]] = []
    for start, end in chunks(lines):
        part = "\n".join(lines[start - 1 : end])
        tree = parse("\n" * (start - 1) + part)
        if tree is not None:
            found.extend(_functions(tree))
            continue
        match = header(lines, start, end)
        if match is None:
            continue
        prefix, indent = ("", "") if match.group(3) == "def" else (match.group(4) + ".", None)
        found.extend(headers(lines, start, end, prefix, indent))
    return found
