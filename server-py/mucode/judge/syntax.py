"""Parses text that others wrote: without warnings about its style, and with one tuple of what may go wrong."""

import ast
import threading
import warnings
from typing import Optional

NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `parse_strictly` raises for text that is no Python, or more than the parser takes."""
_QUIET = threading.Lock()


def parse_strictly(text: str) -> ast.Module:
    """The syntax tree. Raises one of NOT_PYTHON."""
    # Filters of warnings belong to the whole process, so only one thread at a time may change and restore them.
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


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
