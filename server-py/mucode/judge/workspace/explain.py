"""A failed test in the words of a verdict: expected, got, the error. The texts come from untrusted code."""

import ast
import re
from typing import Optional

from ..function.values import printable, shorten
from ..syntax import NOT_PYTHON, parse_expression
from ..verdict import TestVerdict
from .report import Phase

_SHOWN = 300
_DIFFER = re.compile(r"AssertionError: (.+) != (.+)", re.DOTALL)
_FAILED_EXAMPLE = re.compile(r"Failed example:\n(.*?)\n?Expected:\n(.*?)\n?Got:\n(.*)", re.DOTALL)
_WHEN = {"setup": "setting the test up: ", "teardown": "cleaning up after the test: "}


def told(name: str, phase: Phase) -> TestVerdict:
    """The verdict on a failed phase: fail for an assertion, error for everything else."""
    message = phase.message.strip()
    example = _FAILED_EXAMPLE.match(message)
    if example is not None:
        failing, expected, got = (short(part.strip("\n")) for part in example.groups())
        return TestVerdict(name, "fail", expected=expected, got=got, failing=failing)
    asserted = phase.when == "call" and message.startswith(("AssertionError", "Failed:", "assert "))
    sides = _sides(message) if asserted else None
    if sides is not None:
        return TestVerdict(name, "fail", expected=short(sides[1]), got=short(sides[0]))
    error = _WHEN.get(phase.when, "") + (message or "failed without a message")
    return TestVerdict(name, "fail" if asserted else "error", error=short(error))


def short(text: str) -> str:
    """Text of untrusted code, bounded and without what a terminal could take as a command."""
    return shorten(printable(text), _SHOWN)


def _sides(message: str) -> Optional[tuple[str, str]]:
    """(got, expected) of a failed comparison, as pytest's rewritten assert and assertEqual show it."""
    first = message.removeprefix("AssertionError: ").split("\n")[0]
    if first.startswith("assert "):
        return _compared(first[len("assert ") :])
    found = _DIFFER.fullmatch(message.split("\n", maxsplit=1)[0])
    return (found.group(1), found.group(2)) if found is not None else None


def _compared(text: str) -> Optional[tuple[str, str]]:
    """Both sides of `a == b`; of values whose repr is no Python, only where `==` stands once."""
    try:
        node = parse_expression(text)
    except NOT_PYTHON:
        sides = text.split(" == ")
        return (sides[0], sides[1]) if len(sides) == 2 else None
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
        return None
    left = ast.get_source_segment(text, node.left)
    right = ast.get_source_segment(text, node.comparators[0])
    return (left, right) if left is not None and right is not None else None
