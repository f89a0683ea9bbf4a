"""Says what an assertion demanded and what it got, in words for the report; decides nothing."""

import ast
import contextlib
from collections.abc import Sequence
from typing import Optional, cast

from .checks import Check
from .oracle import NotPlainError, Oracle, has_step
from .values import RefusedError, show


def explain(check: Check, oracle: Oracle) -> "tuple[Optional[str], Optional[str]]":
    """Expected and got of the part of an assertion that decided."""
    try:
        return _explain_node(_deciding(check.node, oracle), oracle)
    except Exception:  # noqa: BLE001 - an explanation is worth less than the verdict that it belongs to
        return None, None


def _deciding(node: ast.expr, oracle: Oracle) -> ast.expr:
    """The first false part of an `and` or an `all([…])`."""
    parts: Sequence[ast.expr] = ()
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        parts = node.values
    elif isinstance(node, ast.Call) and _is_call_of(node, "all") and isinstance(node.args[0], ast.List):
        parts = node.args[0].elts
    for part in parts:
        try:
            true = bool(oracle.evaluate(part))
        except (RefusedError, NotPlainError, TypeError, ValueError):
            true = False
        if not true:
            return _deciding(part, oracle)
    return node


def _is_call_of(node: ast.expr, *names: str) -> bool:
    if not isinstance(node, ast.Call) or not node.args:
        return False
    function = node.func
    return getattr(function, "id", getattr(function, "attr", None)) in names


def _explain_node(node: ast.expr, oracle: Oracle) -> "tuple[Optional[str], Optional[str]]":
    if isinstance(node, ast.Compare):
        near = _near(node, oracle)
        if near is not None:
            return near
        # The comparison is noted before it is made, and the note is all that is wanted.
        with contextlib.suppress(Exception):
            oracle.evaluate(node)
        if oracle.decided is not None:
            return demanded(oracle.decided.operation, oracle.decided.expected), show(oracle.decided.got)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "a false value", show(oracle.evaluate(node.operand))
    if isinstance(node, ast.Call) and _is_call_of(node, "isclose", "allclose", "array_equal") and len(node.args) > 1:
        swapped = not has_step(node.args[0])
        got, expected = (node.args[1], node.args[0]) if swapped else (node.args[0], node.args[1])
        word = "" if _is_call_of(node, "array_equal") else "about "
        return word + show(oracle.evaluate(expected)), show(oracle.evaluate(got))
    return "a true value", show(oracle.evaluate(node))


def _near(node: ast.Compare, oracle: Oracle) -> "Optional[tuple[str, str]]":
    """`abs($0 - y) < e`, told as y ± e."""
    if (
        not _is_call_of(node.left, "abs", "fabs")
        or len(node.ops) != 1
        or not isinstance(node.ops[0], (ast.Lt, ast.LtE))
    ):
        return None
    difference = cast("ast.Call", node.left).args[0]
    if not isinstance(difference, ast.BinOp) or not isinstance(difference.op, ast.Sub):
        return None
    got, expected = difference.left, difference.right
    if has_step(expected):
        got, expected = expected, got
    if has_step(expected) or has_step(node.comparators[0]):
        return None
    tolerance = show(oracle.evaluate(node.comparators[0]))
    return f"{show(oracle.evaluate(expected))} ± {tolerance}", show(oracle.evaluate(got))


def demanded(operation: str, expected: object) -> str:
    """What a comparison demands, in words: `5`, `not 5`, `< 5`, `in [1, 2]`."""
    text = show(expected)
    if operation in ("==", "is"):
        return text
    return f"not {text}" if operation in ("!=", "is not") else f"{operation} {text}"


def expected_alone(check: Check) -> Optional[str]:
    """What was expected, where that is known without the candidate's value."""
    node = check.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.Is)):
        return None
    expected = node.comparators[0]
    return show(expected.value) if isinstance(expected, ast.Constant) else None
