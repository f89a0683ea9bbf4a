"""Which functions, constants and methods the judge itself may evaluate outside, on plain data.

All of them are pure (or draw from a seeded generator) and cannot reach files, processes or attributes of classes.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import collections
import copy
import datetime
import decimal
import fractions
import itertools
import math
import random
import string
from collections.abc import Iterable
from typing import Any, Callable

from .values import Array, Opaque, RefusedError

MOST_ITEMS = 1_000_000
MOST_BITS = 200_000


class TooMuchError(Exception):
    """The outside part of a test would need more work than the judge spends on it."""


def _finite(values: Any) -> Any:
    """The same iterable, refused when it is a range too long to walk through."""
    if type(values) is range and len(values) > MOST_ITEMS:
        raise TooMuchError("a range with over a million items")
    return values


def _walking(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*(_finite(arg) for arg in args), **kwargs)


def bounded_power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    """`pow`, refused where the result would be huge."""
    if modulus is None and type(base) is int and type(exponent) is int:
        if base.bit_length() * max(exponent, 0) > MOST_BITS:
            raise TooMuchError("a power with a huge result")
    return pow(base, exponent, modulus) if modulus is not None else base**exponent


def bounded_product(left: Any, right: Any) -> Any:
    """`*`, refused where it would repeat a sequence too often."""
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, (str, bytes, list, tuple)) and type(times) is int:
            if len(sequence) * max(times, 0) > MOST_ITEMS:  # pyright: ignore[reportUnknownArgumentType] - any items
                raise TooMuchError("a sequence repeated too often")
    if type(left) is int and type(right) is int and left.bit_length() + right.bit_length() > MOST_BITS:
        raise TooMuchError("a product with a huge result")
    return left * right


def _is_a(value: Any, kinds: Any) -> bool:
    """`isinstance` on plain data and builtin classes; a described object goes by the names of its classes."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, Opaque):
        return any(f"{kind.__module__}.{kind.__qualname__}" in value.mro for kind in wanted)
    return isinstance(value, kinds)


def _type_of(value: Any) -> Any:
    if isinstance(value, (Opaque, Array)):
        raise RefusedError("the type of an object that is no plain data stays with the candidate")
    return type(value)


def _close(left: Any, right: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """`numpy.allclose` for plain data; a number on one side stands for every item of the other."""
    left, right = (side.content if isinstance(side, Array) else side for side in (left, right))
    if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
        if not isinstance(left, (list, tuple)):
            left = itertools.repeat(left, len(right))  # pyright: ignore[reportUnknownArgumentType] - any items
        elif not isinstance(right, (list, tuple)):
            right = itertools.repeat(right, len(left))  # pyright: ignore[reportUnknownArgumentType] - any items
        elif len(left) != len(right):  # pyright: ignore[reportUnknownArgumentType] - any items
            raise ValueError("operands could not be broadcast together")
        pairs: Iterable[Any] = zip(left, right)  # pyright: ignore[reportUnknownArgumentType] - any items
        return all(_close(one, other, rtol, atol, equal_nan) for one, other in pairs)
    if equal_nan and left != left and right != right:
        return True
    return left == right or (math.isfinite(right) and abs(left - right) <= atol + rtol * abs(right))


def _same_array(left: Any, right: Any) -> bool:
    left, right = (side.content if isinstance(side, Array) else side for side in (left, right))
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        pairs: list[Any] = list(zip(left, right))  # pyright: ignore[reportUnknownArgumentType] - any items
        return len(left) == len(right) and all(_same_array(one, other) for one, other in pairs)  # pyright: ignore[reportUnknownArgumentType] - any items
    return bool(left == right)


class Approx:
    """`pytest.approx` for plain data: numbers, and numbers within lists, tuples and dicts."""

    def __init__(self, expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> None:  # noqa: A002 - pytest's name
        self._expected, self._rel, self._abs, self._nan_ok = expected, rel, abs, nan_ok

    def __eq__(self, got: object) -> bool:
        return self._near(self._expected, got)

    __hash__ = None  # type: ignore[assignment]  # as pytest's own

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"

    def _near(self, expected: Any, got: Any) -> bool:
        if isinstance(expected, dict):
            known: dict[Any, Any] = expected
            return isinstance(got, dict) and known.keys() == got.keys() and all(
                self._near(item, got[key]) for key, item in known.items()
            )  # fmt: skip
        if isinstance(expected, (list, tuple)):
            items: list[Any] = list(expected)  # pyright: ignore[reportUnknownArgumentType] - any items
            return isinstance(got, (list, tuple)) and len(got) == len(items) and all(  # pyright: ignore[reportUnknownArgumentType] - any items
                self._near(one, other) for one, other in zip(items, got)  # pyright: ignore[reportUnknownArgumentType] - any items
            )  # fmt: skip
        if not isinstance(expected, (int, float, complex, decimal.Decimal)):
            return bool(expected == got)
        if not isinstance(got, (int, float, complex, decimal.Decimal)):
            return False
        if expected != expected:
            return self._nan_ok and got != got
        if expected == got:
            return True
        allowed = max(
            abs(expected) * type(abs(expected))(1e-6 if self._rel is None and self._abs is None else self._rel or 0),
            type(abs(expected))(1e-12 if self._abs is None else self._abs),
        )
        distance = abs(expected - got)
        return math.isfinite(distance) and distance <= allowed


class Random:
    """The functions of the random module on a generator of the judge's own, so that inputs repeat."""

    def __init__(self, seed: Any = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - inputs of tests, no secrets

    def function(self, name: str) -> Callable[..., Any]:
        """One of RANDOM_METHODS on this generator."""
        return Random if name == "Random" else _walking(getattr(self._random, name))


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

BUILTINS: dict[str, Any] = {
    "abs": abs, "all": _walking(all), "any": _walking(any), "bin": bin, "bool": bool, "chr": chr, "complex": complex,
    "dict": dict, "divmod": divmod, "enumerate": _walking(enumerate), "float": float, "frozenset": _walking(frozenset),
    "hex": hex, "int": int, "isinstance": _is_a, "len": len, "list": _walking(list), "map": _walking(map),
    "filter": _walking(filter), "max": _walking(max), "min": _walking(min), "oct": oct, "ord": ord,
    "pow": bounded_power, "range": range, "repr": repr, "reversed": _walking(reversed), "round": round,
    "set": _walking(set), "sorted": _walking(sorted), "str": str, "sum": _walking(sum), "tuple": _walking(tuple),
    "type": _type_of, "zip": _walking(zip), "bytes": lambda *args: bytes(*(_short(arg) for arg in args)),
    "bytearray": lambda *args: bytearray(*(_short(arg) for arg in args)), "Ellipsis": ..., "object": object,
}  # fmt: skip
"""Builtin names that mean the same outside. Classes among them serve isinstance as well."""


def _short(size: Any) -> Any:
    if type(size) is int and size > MOST_ITEMS:
        raise TooMuchError("a huge block of bytes")
    return _finite(size)


CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (list, set, tuple, frozenset, bytes, bytearray, bool, int, float, complex, str, dict)
}
"""What the names of builtin classes mean where a class is wanted, as in isinstance."""

MODULES: dict[str, dict[str, Any]] = {
    "math": {
        name: getattr(math, name)
        for name in dir(math)
        if not name.startswith("_") and name not in ("factorial", "comb", "perm", "prod", "lcm")
    },
    "copy": {"copy": copy.copy, "deepcopy": copy.deepcopy},
    "collections": {
        "Counter": _walking(collections.Counter),
        "OrderedDict": collections.OrderedDict,
        "defaultdict": collections.defaultdict,
        "deque": _walking(collections.deque),
    },
    "datetime": {name: getattr(datetime, name) for name in ("date", "datetime", "time", "timedelta")},
    "decimal": {"Decimal": decimal.Decimal},
    "fractions": {"Fraction": fractions.Fraction},
    "string": {name: value for name, value in vars(string).items() if isinstance(value, str) and name[0] != "_"},
    "numpy": {"allclose": _close, "isclose": _close, "array_equal": _same_array},
    "pytest": {"approx": Approx},
}
MODULES["math"]["factorial"] = lambda n: math.factorial(_little(n))
MODULES["math"]["comb"] = lambda n, k: math.comb(_little(n), _little(k))


def _little(number: Any) -> Any:
    if type(number) is int and number > 5000:
        raise TooMuchError("a factorial of a large number")
    return number


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
    datetime.date: _words("isoformat weekday"),
    datetime.datetime: _words("isoformat weekday"),
    datetime.timedelta: _words("total_seconds"),
}
CHANGING = _words("append appendleft add discard extend insert pop remove reverse setdefault sort update")
"""Methods that change the value they are called on."""
