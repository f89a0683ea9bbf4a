"""Inside the child: turns a value into tagged JSON data. Its counterpart outside is values.py.

Only plain data leaves the child. A subclass of a plain type counts as its base while it leaves comparison alone, since
only its content is sent; everything else is described, not sent.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import collections
import datetime
import decimal
import fractions
from typing import Any, Callable

MOST_DEPTH = 40
MOST_BYTES = 256 * 1024
_JSON_INT = 2**53
_TEXT_SHOWN = 200


class TooBigError(Exception):
    """The value nests deeper than MOST_DEPTH or would need more than MOST_BYTES."""


class Encoder:
    """Encodes one value. Types and functions are bound here, before the candidate can replace their names."""

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Tagged data for `value`. Raises TooBigError."""
        self._spend(4)
        if depth > MOST_DEPTH:
            raise TooBigError(f"the value nests deeper than {MOST_DEPTH} levels")
        kind = type(value)
        writer = _WRITERS.get(kind)
        if writer is None:
            base = _plain_base(kind)
            if base is None:
                return _numpy(self, value, depth) or self.described(value)
            writer = _WRITERS[base]
        return writer(self, value, depth + 1)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TooBigError(f"the value needs more than {MOST_BYTES // 1024} KiB")

    def described(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        return {
            "o": {
                "type": kind.__qualname__,
                "mro": [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__[:20]],
                "truth": _safely(lambda: bool(value), True),
                "text": _safely(lambda: repr(value)[:_TEXT_SHOWN], f"<{kind.__qualname__}>"),
            }
        }

    def whole(self, value: int, _depth: int) -> Any:
        value = _int(value)
        if -_JSON_INT < value < _JSON_INT:
            return value
        self._spend(value.bit_length() // 4)
        return {"i": hex(value)}

    def real(self, value: float, _depth: int) -> Any:
        # math.nan is one object in every process; telling it apart keeps Python's identity rule for nan in containers.
        return {"f": "math.nan"} if value is _NAN else {"f": _float_hex(value)}

    def text(self, value: str, _depth: int) -> Any:
        self._spend(len(value))
        return _str_copy(value)

    def raw(self, value: bytes, _depth: int) -> Any:
        self._spend(2 * len(value))
        return {"b": _bytes_hex(value)}

    def items(self, tag: str, values: Any, depth: int) -> dict[str, Any]:
        return {tag: [self.encode(item, depth) for item in values]}

    def pairs(self, value: Any, depth: int) -> list[Any]:
        return [[self.encode(key, depth), self.encode(item, depth)] for key, item in _dict_items(value)]


_NAN = __import__("math").nan
_int: Callable[[Any], int] = int.__int__
_float_hex: Callable[[float], str] = float.hex
_bytes_hex: Callable[[bytes], str] = bytes.hex
_dict_items = dict.items
_MAXLEN: Any = collections.deque.maxlen


def _str_copy(value: str) -> str:
    return str.__str__(value) if type(value) is str else "".join(str.__iter__(value))


def _parts(tag: str, *names: str) -> Callable[["Encoder", Any, int], Any]:
    def write(encoder: Encoder, value: Any, _depth: int) -> Any:
        if getattr(value, "tzinfo", None) is not None:
            return encoder.described(value)
        return {tag: [int(getattr(value, name)) for name in names]}

    return write


_DATE = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second", "microsecond")
_WRITERS: dict[type, Callable[[Encoder, Any, int], Any]] = {
    type(None): lambda encoder, value, depth: None,
    bool: lambda encoder, value, depth: value,
    int: Encoder.whole,
    float: Encoder.real,
    str: Encoder.text,
    bytes: Encoder.raw,
    bytearray: lambda encoder, value, depth: {"ba": encoder.raw(bytes(value), depth)["b"]},
    complex: lambda encoder, value, depth: {"c": [value.real.hex(), value.imag.hex()]},
    list: lambda encoder, value, depth: [encoder.encode(item, depth) for item in list.__iter__(value)],
    tuple: lambda encoder, value, depth: encoder.items("t", tuple.__iter__(value), depth),
    set: lambda encoder, value, depth: encoder.items("s", set.__iter__(value), depth),
    frozenset: lambda encoder, value, depth: encoder.items("fs", frozenset.__iter__(value), depth),
    dict: lambda encoder, value, depth: {"d": encoder.pairs(value, depth)},
    type({}.keys()): lambda encoder, value, depth: encoder.items("s", value, depth),
    collections.OrderedDict: lambda encoder, value, depth: {"od": encoder.pairs(value, depth)},
    collections.Counter: lambda encoder, value, depth: {"cn": encoder.pairs(value, depth)},
    collections.defaultdict: lambda encoder, value, depth: {"dd": encoder.pairs(value, depth)},
    collections.deque: lambda encoder, value, depth: encoder.items("dq", collections.deque.__iter__(value), depth),
    decimal.Decimal: lambda encoder, value, depth: {"dec": encoder.text(str(value), depth)},
    fractions.Fraction: lambda encoder, value, depth: {
        "fr": [encoder.whole(value.numerator, depth), encoder.whole(value.denominator, depth)]
    },
    range: lambda encoder, value, depth: {
        "r": [encoder.whole(part, depth) for part in (value.start, value.stop, value.step)]
    },
    datetime.date: _parts("date", *_DATE),
    datetime.time: _parts("time", *_CLOCK),
    datetime.datetime: _parts("datetime", *_DATE, *_CLOCK),
    datetime.timedelta: _parts("timedelta", "days", "seconds", "microseconds"),
}
_BASES: tuple[type[Any], ...] = (
    collections.OrderedDict, collections.Counter, collections.defaultdict, collections.deque,
    int, float, str, bytes, list, tuple, set, frozenset, dict,
)  # fmt: skip


def _plain_base(kind: Any) -> Any:
    """The plain type that `kind` extends without touching comparison, or None."""
    for base in _BASES:
        if base in kind.__mro__:
            same = all(getattr(kind, name, None) is getattr(base, name, None) for name in ("__eq__", "__ne__"))
            return base if same else None
    return None


def _numpy(encoder: Encoder, value: Any, depth: int) -> Any:
    kind = type(value)
    if kind.__module__ != "numpy" or not hasattr(kind, "tolist") or not hasattr(kind, "dtype"):
        return None
    plain = _safely(lambda: kind.tolist(value), value)
    if plain is value or getattr(value, "ndim", 0) == 0:
        return None if plain is value else encoder.encode(plain, depth)
    return {"nd": encoder.encode(plain, depth + 1)}


def _safely(read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 - the candidate's own methods may raise anything
        return otherwise
