"""Values that are certainly not the ones a test expects. Used on both sides: on literals outside, on results inside.

A falsified value has the type of the true one where that is plain data, so that it cannot be told by looking at it.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import operator
import random
from typing import Any, Callable

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def private_object() -> Any:
    """An object of a class of its own that compares false with everything, also by `!=`, and contains nothing."""

    def never(_self: Any, _other: Any) -> bool:
        return False

    names = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__")
    members: dict[str, Any] = dict.fromkeys(names, never)
    members["__hash__"] = object.__hash__
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


class Standing:
    """What a guarded test calls while it runs in earnest: expected values stay, a failed assertion ends the test."""

    def __init__(self) -> None:
        self.notes: dict[int, list[int]] = {}

    def yes(self, number: int) -> None:
        """Assertion `number` held."""
        self.notes.setdefault(number, [0, 0])[0] += 1

    def no(self, number: int) -> None:
        """Assertion `number` did not hold; called while its exception is being handled."""
        self.notes.setdefault(number, [0, 0])[1] += 1
        raise  # noqa: PLE0704 - the exception that the calling handler is handling

    def same(self, value: Any) -> Any:
        """An expected value."""
        return value

    def bound(self, value: Any) -> Any:
        """A bound or container that the result is compared with."""
        return value

    def truth(self, value: Any) -> Any:
        """A condition."""
        return value

    def error(self, kinds: Any) -> Any:
        """Exception classes that are expected."""
        return kinds


class Falsified(Standing):
    """The same while the canary runs: every oracle is falsified, and a failed assertion lets the test go on."""

    def no(self, number: int) -> None:
        """Assertion `number` did not hold, as it should."""
        self.notes.setdefault(number, [0, 0])[1] += 1

    def same(self, value: Any) -> Any:
        """Something that no result equals."""
        return falsified(value)

    def bound(self, value: Any) -> Any:  # noqa: ARG002 - of the same shape as in earnest
        """Something that compares false with every result."""
        return private_object()

    def truth(self, value: Any) -> Any:
        """The opposite."""
        return not value

    def error(self, kinds: Any) -> Any:  # noqa: ARG002 - of the same shape as in earnest
        """A class that the program cannot raise."""
        return private_exception()
