"""Puts a new definition into the region under repair, and the region into the program."""

import ast
import inspect
from collections.abc import Sequence
from typing import Optional, Union

from ..problem import Problem
from ..syntax import body_of, parse
from .layout import indented, unit_of

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def lines_of(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, 1-based, decorators included."""
    decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first, node.end_lineno or node.lineno


def text_of(source: str, node: ast.stmt) -> str:
    """The lines of a statement, dedented to column 0 by whole lines only."""
    first, last = lines_of(node)
    lines = source.split("\n")[first - 1 : last]
    if node.col_offset == 0:
        return "\n".join(lines)
    # A block of its own keeps the text tokenizable while its indentation is taken away.
    nested = "if 1:\n" + "\n".join(lines)
    return "\n".join(indented(nested, unit_of(source), -1).split("\n")[1:])


def function_in(tree: Optional[ast.Module], entry_point: str) -> Optional[Function]:
    """The function or method of that name in a module."""
    if tree is None:
        return None
    body = tree.body
    *owners, name = entry_point.split(".")
    for owner in owners:
        classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name == owner]
        if not classes:
            return None
        body = classes[0].body
    found = [node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name]
    return found[-1] if found else None


def refitted(code: str, original: Optional[Function], new: str, unit: str) -> str:
    """A definition, in the region's indentation, with the original's decorators and docstring if it has none."""
    new = indented(new, unit)
    node = _first_function(new)
    if node is None or original is None:
        return new
    lines = new.split("\n")
    lines = _with_docstring(lines, node, code, original, unit)
    if original.decorator_list and not node.decorator_list:
        first = lines_of(original)[0]
        taken = "\n".join(code.split("\n")[first - 1 : original.lineno - 1])
        decorators = "\n".join(line[original.col_offset :] for line in taken.split("\n"))
        lines = [*decorators.split("\n"), *lines]
    return "\n".join(lines)


def _first_function(text: str) -> Optional[Function]:
    tree = parse(text)
    if tree is None or not tree.body or not isinstance(tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    return tree.body[0]


def _with_docstring(lines: list[str], node: Function, code: str, original: Function, unit: str) -> list[str]:
    wanted, given = ast.get_docstring(original, clean=False), ast.get_docstring(node, clean=False)
    if wanted is None or (given is not None and inspect.cleandoc(given).strip() != inspect.cleandoc(wanted).strip()):
        return lines
    text = _docstring_lines(code, original, unit)
    first, body = node.body[0].lineno, node.body
    if given is not None:
        last = body[0].end_lineno or first
        return [*lines[: first - 1], *text, *lines[last:]] if body[0].lineno > node.lineno else lines
    if first == (node.body[0].lineno if node.body[0].lineno > _header_end(node) else -1):
        return [*lines[: first - 1], *text, *lines[first - 1 :]]
    header, rest = lines[first - 1][: body[0].col_offset], lines[first - 1][body[0].col_offset :]
    return [*lines[: first - 1], header.rstrip(), *text, unit + rest, *lines[first:]]


def _header_end(node: Function) -> int:
    """The last line that the signature may reach."""
    parts: list[ast.AST] = [*ast.walk(node.args)]
    if node.returns is not None:
        parts.append(node.returns)
    return max([node.lineno, *(getattr(part, "end_lineno", 0) or 0 for part in parts)])


def _docstring_lines(code: str, original: Function, unit: str) -> list[str]:
    """The original's docstring, one level deep; its inner lines exactly as they stand."""
    expression = original.body[0]
    lines = code.split("\n")[expression.lineno - 1 : expression.end_lineno]
    return [unit + lines[0][expression.col_offset :], *lines[1:]]


def with_method(code: str, class_name: str, method: str, new: Sequence[str]) -> Optional[str]:
    """The class with one method replaced by `new` definitions (each at column 0); None when it has no such class."""
    tree = parse(code)
    owner = next(
        (node for node in (tree.body if tree else []) if isinstance(node, ast.ClassDef) and node.name == class_name),
        None,
    )
    if owner is None:
        return None
    unit = unit_of(code)
    text = "\n\n".join(indented(one, unit, 1) for one in new)
    lines = code.split("\n")
    old = function_in(tree, f"{class_name}.{method}")
    if old is None:
        end = owner.end_lineno or len(lines)
        return "\n".join([*lines[:end], "", *text.split("\n"), *lines[end:]])
    first, last = lines_of(old)
    return "\n".join([*lines[: first - 1], *text.split("\n"), *lines[last:]])


def ended_like(code: str, original: str) -> str:
    """The code with as many line ends at its end as the original has."""
    return code.rstrip("\n") + original[len(original.rstrip("\n")) :]


def assemble(problem: Problem, imports: Sequence[str], code: str) -> tuple[str, int]:
    """The whole program and the line on which the region starts in it."""
    head = "\n".join(imports)
    if "from __future__" in problem.context:
        # Imports from __future__ must come first, and new imports serve only the region.
        front = problem.context.rstrip("\n") + "\n" + head
    else:
        front = head + ("\n" if head else "") + problem.context
    front = front.rstrip("\n") + "\n\n\n" if front.strip() else ""
    return front + code, front.count("\n") + 1


def region_start(problem: Problem, program: str) -> int:
    """The line on which the statement under repair starts in a whole program; 1 when it is not found."""
    for node in body_of(program):
        if getattr(node, "name", None) == problem.owner:
            return lines_of(node)[0]
    return 1
