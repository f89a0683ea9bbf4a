"""Values that are certainly not the ones a test expects. Used on both sides: on literals outside, on results inside.

A falsified value has the type of the true one where that is plain data, so that it cannot be told by looking at it.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import operator
import random
from typing import Any, Callable

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def private_object(differs: bool = False) -> Any:
    """An object of a class of its own that compares false with everything and contains nothing.

    By `!=` too, unless it `differs` from everything.
    """

    def never(_self: Any, _other: Any) -> bool:
        return False

    def always(_self: Any, _other: Any) -> bool:
        return True

    names = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__")
    members: dict[str, Any] = dict.fromkeys(names, never)
    members["__hash__"] = object.__hash__
    if differs:
        members["__ne__"] = always
    return type("".join(random.choices(_LETTERS, k=6)), (), members)()  # noqa: S311 - a name, no secret


def private_exception() -> Any:
    """An exception class that nobody else can raise."""
    return type("".join(random.choices(_LETTERS, k=6)).title(), (Exception,), {})  # noqa: S311 - a name, no secret


def _number(value: Any) -> Any:
    return value + (abs(value) + 1) * random.randint(3, 9)  # noqa: S311 - another number, no secret


def _letters() -> str:
    return "".join(random.choices(_LETTERS, k=random.randint(2, 5)))  # noqa: S311 - other text, no secret


def _changed_items(items: list[Any]) -> list[Any]:
    if items and type(items[-1]) in _CHANGES:
        return [*items[:-1], falsified(items[-1])]
    return [*items, len(items)]


def _changed_tuple(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_changed_items(list(items)))


def _changed_float(value: float) -> float:
    return _number(value) if abs(value) < _LARGE else 0.25


def _with_letters(value: Any) -> Any:
    return value | {_letters()}


def _changed_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {**value, _letters(): len(value)}


_LARGE = 1e300
_CHANGES: dict[Any, Callable[[Any], Any]] = {
    bool: operator.not_,
    int: _number,
    float: _changed_float,
    complex: _number,
    str: lambda value: value + _letters(),
    bytes: lambda value: value + _letters().encode(),
    list: _changed_items,
    tuple: _changed_tuple,
    set: _with_letters,
    frozenset: _with_letters,
    dict: _changed_dict,
}


def falsified(value: Any) -> Any:
    """A value that is not equal to `value`."""
    change = _CHANGES.get(type(value))
    return private_object() if change is None or value != value else change(value)
