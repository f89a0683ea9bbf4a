"""Which functions, constants and methods the judge itself may evaluate outside, on plain data.

All of them are pure (or draw from a seeded generator) and cannot reach files, processes or attributes of classes.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import collections
import copy
import datetime as dt
import decimal
import fractions
import math
import random
import string
from collections.abc import Iterable
from typing import Any, Callable, cast

from ..answers.near import Approx, all_close, same_array
from .values import Array, Opaque, RefusedError

MOST_ITEMS = 1_000_000
MOST_BITS = 200_000
_MOST_FACTORIAL = 5000


class TooMuchError(Exception):
    """The outside part of a test would need more work than the judge spends on it."""


def finite(values: Any) -> Any:
    """The same iterable, refused when it is a range too long to walk through."""
    if type(values) is range and len(values) > MOST_ITEMS:
        raise TooMuchError("a range with over a million items")
    return values


def walking(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, refused when it is given a range too long to walk through."""
    return lambda *args, **kwargs: function(*(finite(arg) for arg in args), **kwargs)


_pow: Callable[..., Any] = pow
_EXACT = (int, fractions.Fraction)
_SEQUENCES = (str, bytes, bytearray, list, tuple, collections.deque)


def _rounded(value: Any, digits: Any = None) -> Any:
    """`round`, refused where a huge power of ten would be computed."""
    if type(digits) is int and abs(digits) > _MOST_FACTORIAL:
        raise TooMuchError("rounding to that many digits")
    return round(value) if digits is None else round(value, digits)


def bounded_power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    """`pow`, refused where the result would be huge."""
    if modulus is not None:
        if exponent.bit_length() * modulus.bit_length() > MOST_ITEMS:
            raise TooMuchError("a power with a huge exponent")
        return _pow(base, exponent, modulus)
    size = max(base.numerator.bit_length(), base.denominator.bit_length()) if type(base) in _EXACT else 0
    if type(exponent) is int and size * abs(exponent) > MOST_BITS:
        raise TooMuchError("a power with a huge result")
    power: Any = base**exponent
    return power


def bounded_product(left: Any, right: Any) -> Any:
    """`*`, refused where it would repeat a sequence too often."""
    for sequence, times in ((left, right), (right, left)):
        repeats = type(sequence) in _SEQUENCES and type(times) is int
        if repeats and len(sequence) * max(times, 0) > MOST_ITEMS:
            raise TooMuchError("a sequence repeated too often")
    if type(left) is int and type(right) is int and left.bit_length() + right.bit_length() > MOST_BITS:
        raise TooMuchError("a product with a huge result")
    return left * right


def _is_a(value: Any, kinds: Any) -> bool:
    """`isinstance` on plain data and builtin classes; a described object goes by the names of its classes."""
    if not isinstance(value, Opaque):
        return isinstance(value, kinds)
    wanted = cast("Iterable[Any]", kinds if isinstance(kinds, tuple) else (kinds,))
    return any(f"{kind.__module__}.{kind.__qualname__}" in value.mro for kind in wanted)


def _type_of(value: Any) -> Any:
    if isinstance(value, (Opaque, Array)):
        raise RefusedError("the type of an object that is no plain data stays with the candidate")
    return cast("Any", type(value))


class Random:
    """The functions of the random module on a generator of the judge's own, so that inputs repeat."""

    def __init__(self, seed: Any = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - inputs of tests, no secrets

    def function(self, name: str) -> Callable[..., Any]:
        """One of RANDOM_METHODS on this generator."""
        return Random if name == "Random" else walking(getattr(self._random, name))


RANDOM_METHODS = frozenset(
    [
        "Random",
        "choice",
        "choices",
        "gauss",
        "getrandbits",
        "randint",
        "random",
        "randrange",
        "sample",
        "seed",
        "shuffle",
        "uniform",
    ]
)


def _shortly(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, refused when it is asked for a huge block."""

    def bounded(*args: Any) -> Any:
        if any(type(arg) is int and arg > MOST_ITEMS for arg in args):
            raise TooMuchError("a huge block of bytes")
        return function(*(finite(arg) for arg in args))

    return bounded


BUILTINS: dict[str, Any] = {
    "abs": abs, "all": walking(all), "any": walking(any), "bin": bin, "bool": bool, "chr": chr, "complex": complex,
    "dict": dict, "divmod": divmod, "enumerate": walking(enumerate), "float": float, "frozenset": walking(frozenset),
    "hex": hex, "int": int, "isinstance": _is_a, "len": len, "list": walking(list), "map": walking(map),
    "filter": walking(filter), "max": walking(max), "min": walking(min), "oct": oct, "ord": ord,
    "pow": bounded_power, "range": range, "repr": repr, "reversed": walking(reversed), "round": _rounded,
    "set": walking(set), "sorted": walking(sorted), "str": str, "sum": walking(sum), "tuple": walking(tuple),
    "type": _type_of, "zip": walking(zip), "bytes": _shortly(bytes), "bytearray": _shortly(bytearray),
    "Ellipsis": ..., "object": object,
}  # fmt: skip
"""Builtin names that mean the same outside. Classes among them serve isinstance as well."""


CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (list, set, tuple, frozenset, bytes, bytearray, bool, int, float, complex, str, dict)
}
"""What the names of builtin classes mean where a class is wanted, as in isinstance."""

MODULES: dict[str, dict[str, Any]] = {
    "math": {
        name: walking(getattr(math, name)) if callable(getattr(math, name)) else getattr(math, name)
        for name in dir(math)
        if not name.startswith("_") and name not in ("factorial", "comb", "perm", "prod", "lcm")
    },
    "copy": {"copy": copy.copy, "deepcopy": copy.deepcopy},
    "collections": {
        "Counter": walking(collections.Counter),
        "OrderedDict": collections.OrderedDict,
        "defaultdict": collections.defaultdict,
        "deque": walking(collections.deque),
    },
    "datetime": {name: getattr(dt, name) for name in ("date", "datetime", "time", "timedelta")},
    "decimal": {"Decimal": decimal.Decimal},
    "fractions": {"Fraction": fractions.Fraction},
    "string": {name: value for name, value in vars(string).items() if isinstance(value, str) and name[0] != "_"},
    "numpy": {"allclose": all_close, "isclose": all_close, "array_equal": same_array},
    "pytest": {"approx": Approx},
}


def _on_little(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, refused for large numbers, whose factorials are huge."""

    def bounded(*args: Any) -> Any:
        if any(type(arg) is int and arg > _MOST_FACTORIAL for arg in args):
            raise TooMuchError("a factorial of a large number")
        return function(*args)

    return bounded


MODULES["math"].update({name: _on_little(getattr(math, name)) for name in ("factorial", "comb", "perm")})


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


METHODS: dict[type, frozenset[str]] = {
    str: _words(
        "capitalize casefold count encode endswith find index isalnum isalpha isdecimal isdigit isidentifier islower"
        " isnumeric isspace istitle isupper join lower lstrip partition rfind rindex rpartition rsplit rstrip split"
        " splitlines startswith strip swapcase title upper"
    ),
    bytes: _words("count decode endswith find hex index join lower split startswith strip upper"),
    list: _words("append copy count extend index insert pop remove reverse sort"),
    tuple: _words("count index"),
    dict: _words("copy get items keys pop setdefault update values"),
    set: _words("add copy difference discard intersection isdisjoint issubset issuperset symmetric_difference union"),
    frozenset: _words("difference intersection isdisjoint issubset issuperset symmetric_difference union"),
    int: _words("bit_length"),
    float: _words("hex is_integer"),
    collections.Counter: _words("get items keys most_common total values"),
    collections.OrderedDict: _words("get items keys values"),
    collections.defaultdict: _words("get items keys values"),
    collections.deque: _words("append appendleft count index"),
    dt.date: _words("isoformat weekday"),
    dt.datetime: _words("isoformat weekday"),
    dt.timedelta: _words("total_seconds"),
}
CHANGING = _words("append appendleft add discard extend insert pop remove reverse setdefault sort update")
"""Methods that change the value they are called on."""
