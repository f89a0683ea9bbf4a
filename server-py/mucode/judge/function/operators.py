"""What Python's operators mean outside: those of the operator module, refused where the result would be huge."""

# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
import operator
from typing import Any, Callable

from .allowed import MOST_ITEMS, TooMuchError, bounded_power, bounded_product

_MOST_SHIFT = 200_000


def _shift(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def bounded(left: Any, right: Any) -> Any:
        if type(right) is int and right > _MOST_SHIFT:
            raise TooMuchError("a huge shift")
        return function(left, right)

    return bounded


def _contains(left: Any, right: Any) -> bool:
    if type(right) is range and type(left) not in (int, bool) and len(right) > MOST_ITEMS:
        raise TooMuchError("a search through a range with over a million items")
    return left in right


# Typeshed leaves the results of operators open.
_operator: Any = operator
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: bounded_product, ast.Div: _operator.truediv,
    ast.FloorDiv: _operator.floordiv, ast.Mod: operator.mod, ast.Pow: bounded_power,
    ast.LShift: _shift(_operator.lshift),
    ast.RShift: _operator.rshift, ast.BitOr: _operator.or_, ast.BitXor: _operator.xor, ast.BitAnd: _operator.and_,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert,
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne), ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt), ast.GtE: (">=", operator.ge), ast.Is: ("is", operator.is_),
    ast.IsNot: ("is not", operator.is_not), ast.In: ("in", _contains),
    ast.NotIn: ("not in", lambda left, right: not _contains(left, right)),
}  # fmt: skip
MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "in": "contains", "not in": "does not contain"}
