"""Comparisons with a tolerance, and of arrays, as numpy and pytest make them; on plain data, outside."""

# ruff: noqa: ANN401 - the values of a program under test can be anything

import decimal
import itertools
import math
from typing import Any

from ..function.values import Array

_ROWS: tuple[Any, ...] = (list, tuple)
_NUMBERS: tuple[Any, ...] = (int, float, complex, bool, decimal.Decimal)


def _content(value: Any) -> Any:
    return value.content if isinstance(value, Array) else value


def _is_row(value: Any) -> bool:
    return type(value) in _ROWS


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def all_close(left: Any, right: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """`numpy.allclose`; a number stands for every item of the other side. Raises ValueError for other lengths."""
    left, right = _content(left), _content(right)
    if not _is_row(left) and not _is_row(right):
        if equal_nan and left != left and right != right:
            return True
        return bool(left == right or (math.isfinite(right) and abs(left - right) <= atol + rtol * abs(right)))
    if _is_row(left) and _is_row(right) and len(left) != len(right):
        raise ValueError("operands could not be broadcast together")
    rows = [side if _is_row(side) else itertools.repeat(side) for side in (left, right)]
    return all(all_close(one, other, rtol, atol, equal_nan) for one, other in zip(*rows))


def same_array(left: Any, right: Any) -> bool:
    """`numpy.array_equal`."""
    left, right = _content(left), _content(right)
    if _is_row(left) and _is_row(right):
        return len(left) == len(right) and all(same_array(one, other) for one, other in zip(left, right))
    return bool(left == right)


class Approx:
    """`pytest.approx`: numbers, and numbers within lists, tuples and dicts."""

    def __init__(self, expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> None:  # noqa: A002 - pytest's name
        self._expected, self._rel, self._abs, self._nan_ok = expected, rel, abs, nan_ok

    def __eq__(self, got: object) -> bool:
        return self._near(self._expected, got)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"

    def _near_items(self, expected: dict[Any, Any], got: dict[Any, Any]) -> bool:
        return expected.keys() == got.keys() and all(self._near(expected[key], got[key]) for key in expected)

    def _near(self, expected: Any, got: Any) -> bool:
        if _is_dict(expected) and _is_dict(got):
            return self._near_items(expected, got)
        if _is_row(expected) and _is_row(got):
            return len(got) == len(expected) and all(self._near(one, other) for one, other in zip(expected, got))
        if type(expected) not in _NUMBERS or type(got) not in _NUMBERS:
            return bool(expected == got)
        if expected != expected:
            return self._nan_ok and bool(got != got)
        return bool(expected == got) or self._within(expected, got)

    def _within(self, expected: Any, got: Any) -> bool:
        size: Any = abs(expected)
        relative = 1e-6 if self._rel is None and self._abs is None else self._rel or 0
        unit: Any = decimal.Decimal if isinstance(size, decimal.Decimal) else float
        allowed = max(size * unit(relative), unit(1e-12 if self._abs is None else self._abs))
        distance: Any = abs(expected - got)
        return math.isfinite(distance) and bool(distance <= allowed)
