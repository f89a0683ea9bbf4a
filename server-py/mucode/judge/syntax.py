"""Parses text that others wrote: without warnings about its style, and with one tuple of what may go wrong."""

import ast
import contextlib
import threading
import warnings
from typing import Optional

NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `parse_strictly` raises for text that is no Python, or more than the parser takes."""
_ONE_AT_A_TIME = threading.Lock()
_ATTEMPTS = 3


def parse_strictly(text: str) -> ast.Module:
    """The syntax tree. Raises one of NOT_PYTHON."""
    tree = _parsed(text, "exec")
    assert isinstance(tree, ast.Module)  # noqa: S101 - what mode "exec" gives; for the type checker
    return tree


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of one expression. Raises one of NOT_PYTHON."""
    tree = _parsed(text, "eval")
    assert isinstance(tree, ast.Expression)  # noqa: S101 - what mode "eval" gives; for the type checker
    return tree.body


def _parsed(text: str, mode: str) -> ast.AST:
    # Filters of warnings belong to the whole process, so only one thread at a time may change and restore them. CPython
    # up to 3.12 also counts the depth of all trees under construction in one place: two threads that build one at the
    # same time can get a SystemError. Threads outside the judge may parse as well, so that is tried again.
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(_ATTEMPTS - 1):
            with contextlib.suppress(SystemError):
                return ast.parse(text, mode=mode)
        return ast.parse(text, mode=mode)


def parse(text: str) -> Optional[ast.Module]:
    """The syntax tree, or None for text that is no Python."""
    try:
        return parse_strictly(text)
    except NOT_PYTHON:
        return None


def body_of(text: str) -> "list[ast.stmt]":
    """The top-level statements; none for text that is no Python."""
    tree = parse(text)
    return tree.body if tree is not None else []
