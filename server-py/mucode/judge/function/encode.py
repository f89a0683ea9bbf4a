"""Inside the child: turns a value into tagged JSON data. Its counterpart outside is values.py.

Only plain data leaves the child. A subclass of a plain type counts as its base while it leaves comparison alone, since
only its content is sent; everything else is described, not sent.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import collections
import datetime as dt
import decimal
import fractions
import math
from collections.abc import Iterable
from typing import Any, Callable, Optional, cast

MOST_DEPTH = 40
MOST_BYTES = 256 * 1024
_JSON_INT = 2**53
_TEXT_SHOWN = 200
_NAN = math.nan
_KEYS = type(dict[str, int]().keys())


class TooBigError(Exception):
    """The value nests deeper than MOST_DEPTH or would need more than MOST_BYTES."""


class Encoder:
    """Encodes one value. Types and functions are bound beforehand, so the candidate cannot replace them by name."""

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Tagged data for `value`. Raises TooBigError."""
        self.spend(4)
        if depth > MOST_DEPTH:
            raise TooBigError(f"the value nests deeper than {MOST_DEPTH} levels")
        kind = cast("Any", type(value))
        writer = _WRITERS.get(kind) or _WRITERS.get(_plain_base(kind)) or _numpy_writer(kind)
        return self.described(value) if writer is None else writer(self, value, depth + 1)

    def spend(self, size: int) -> None:
        """Counts bytes. Raises TooBigError when they are too many."""
        self._left -= size
        if self._left < 0:
            raise TooBigError(f"the value needs more than {MOST_BYTES // 1024} KiB")

    def described(self, value: Any) -> dict[str, Any]:
        """What is told of a value that is no plain data."""
        kind = cast("Any", type(value))
        return {
            "o": {
                "type": kind.__qualname__,
                "mro": [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__[:20]],
                "truth": _safely(lambda: bool(value), True),
                "text": _safely(lambda: repr(value)[:_TEXT_SHOWN], f"<{kind.__qualname__}>"),
            }
        }

    def each(self, values: Iterable[Any], depth: int) -> list[Any]:
        """The items of a container."""
        return [self.encode(item, depth) for item in values]

    def whole(self, value: Any) -> Any:
        """An int; a large one as hexadecimal text, since not every JSON reader keeps its digits."""
        value = _int(value)
        if -_JSON_INT < value < _JSON_INT:
            return value
        self.spend(value.bit_length() // 4)
        return {"i": hex(value)}


_Writer = Callable[[Encoder, Any, int], Any]
_int: Callable[[Any], int] = int.__int__
_float_hex: Callable[[Any], str] = float.hex
_dict_items = cast("Callable[[Any], Iterable[tuple[Any, Any]]]", dict.items)  # pyright: ignore[reportUnknownMemberType]  of any dict


def _as_it_is(_encoder: Encoder, value: Any, _depth: int) -> Any:
    return value


def _whole(encoder: Encoder, value: Any, _depth: int) -> Any:
    return encoder.whole(value)


def _real(_encoder: Encoder, value: Any, _depth: int) -> Any:
    # math.nan is one object in every process; telling it apart keeps Python's identity rule for nan in containers.
    return {"f": "math.nan"} if value is _NAN else {"f": _float_hex(value)}


def _text(encoder: Encoder, value: Any, _depth: int) -> Any:
    encoder.spend(len(value))
    text = value if type(value) is str else "".join(str.__iter__(value))
    try:
        text.encode()
    except UnicodeEncodeError:
        # JSON makes one character of two halves of a pair, and a program that returns halves is not right.
        return {"u": text.encode("utf-8", "surrogatepass").hex()}
    return text


def _bytes(tag: str) -> _Writer:
    def write(encoder: Encoder, value: Any, _depth: int) -> Any:
        encoder.spend(2 * len(value))
        return {tag: bytes.hex(bytes(value))}

    return write


def _complex(_encoder: Encoder, value: Any, _depth: int) -> Any:
    return {"c": [_float_hex(value.real), _float_hex(value.imag)]}


def _list(encoder: Encoder, value: Any, depth: int) -> Any:
    return encoder.each(_walk(list)(value), depth)


def _walk(kind: Any) -> Callable[[Any], Iterable[Any]]:
    """The type's own way to go through its items, which a subclass cannot replace."""
    return kind.__iter__


def _items(tag: str, walk: Callable[[Any], Iterable[Any]]) -> _Writer:
    return lambda encoder, value, depth: {tag: encoder.each(walk(value), depth)}


def _pairs(tag: str) -> _Writer:
    return lambda encoder, value, depth: {tag: [encoder.each(pair, depth) for pair in _dict_items(value)]}


def _decimal(encoder: Encoder, value: Any, depth: int) -> Any:
    return {"dec": _text(encoder, str(value), depth)}


def _wholes(tag: str, *names: str) -> _Writer:
    return lambda encoder, value, _depth: {tag: [encoder.whole(getattr(value, name)) for name in names]}


def _clock(tag: str, *names: str) -> _Writer:
    def write(encoder: Encoder, value: Any, depth: int) -> Any:
        naive = getattr(value, "tzinfo", None) is None
        return _wholes(tag, *names)(encoder, value, depth) if naive else encoder.described(value)

    return write


_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")
_WRITERS: dict[Any, _Writer] = {
    type(None): _as_it_is,
    bool: _as_it_is,
    int: _whole,
    float: _real,
    str: _text,
    bytes: _bytes("b"),
    bytearray: _bytes("ba"),
    complex: _complex,
    list: _list,
    tuple: _items("t", _walk(tuple)),
    set: _items("s", _walk(set)),
    frozenset: _items("fs", _walk(frozenset)),
    dict: _pairs("d"),
    _KEYS: _items("s", iter),
    collections.OrderedDict: _pairs("od"),
    collections.Counter: _pairs("cn"),
    collections.defaultdict: _pairs("dd"),
    collections.deque: _items("dq", _walk(collections.deque)),
    decimal.Decimal: _decimal,
    fractions.Fraction: _wholes("fr", "numerator", "denominator"),
    range: _wholes("r", "start", "stop", "step"),
    dt.date: _wholes("date", *_DATE),
    dt.time: _clock("time", *_TIME),
    dt.datetime: _clock("datetime", *_DATE, *_TIME),
    dt.timedelta: _wholes("timedelta", "days", "seconds", "microseconds"),
}
_BASES: tuple[Any, ...] = (
    collections.OrderedDict, collections.Counter, collections.defaultdict, collections.deque,
    int, float, str, bytes, list, tuple, set, frozenset, dict,
)  # fmt: skip


def _plain_base(kind: Any) -> Any:
    """The plain type that `kind` extends without touching comparison, or None."""
    for base in _BASES:
        if base in kind.__mro__:
            same = all(getattr(kind, name, None) is getattr(base, name, None) for name in ("__eq__", "__ne__"))
            return base if same else NotImplemented
    return NotImplemented


def _numpy_writer(kind: Any) -> Optional[_Writer]:
    """How a numpy scalar or array is written, if it is one."""
    if kind.__module__ != "numpy" or not hasattr(kind, "tolist") or not hasattr(kind, "dtype"):
        return None

    def write(encoder: Encoder, value: Any, depth: int) -> Any:
        plain = _safely(lambda: kind.tolist(value), value)
        if plain is value:
            return encoder.described(value)
        return encoder.encode(plain, depth) if value.ndim == 0 else {"nd": encoder.each(plain, depth)}

    return write


def _safely(read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 - the candidate's own methods may raise anything
        return otherwise
