"""Outside: plain values from the child's tagged data, how they are shown, and how they are written as literals.

Only trusted constructors run here and only on data that has been checked, so nothing of the candidate is executed.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import collections
import datetime as dt
import decimal
import fractions
import json
import math
from typing import Any, Callable, cast

_SHOWN = 300
_MOST_HEX_DIGITS = 256 * 1024
_MOST_FRACTION_BITS = 20_000
_MOST_EXPONENT = 20_000
_MANY_ITEMS = 1000
_LITERAL_KEPT = 256 * 1024


class BadDataError(Exception):
    """The data is not what the encoder writes, so somebody else wrote it."""


class RefusedError(Exception):
    """The value is no plain data, so it cannot be compared outside the candidate's process."""


class Opaque:
    """A value that stayed in the child: its type, its truth and a text are known, its content is not."""

    def __init__(self, kind: str, mro: list[str], truth: bool, text: str) -> None:
        self.kind, self.mro, self.truth, self.text = kind, mro, truth, text

    def __bool__(self) -> bool:
        return self.truth

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        raise RefusedError(f"a {self.kind} object cannot be compared: the judge compares plain data only")

    __ne__ = __eq__
    __hash__ = object.__hash__


class Array:
    """A numpy array's content. Python gives `==` on arrays no truth, so only the numpy functions take it."""

    def __init__(self, content: list[Any]) -> None:
        self.content = content

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array with more than one element is ambiguous")

    def __repr__(self) -> str:
        return f"array({self.content!r})"

    def __eq__(self, other: object) -> bool:
        raise RefusedError("arrays are compared by np.array_equal or np.allclose, not by ==")

    __ne__ = __eq__
    __hash__ = None  # type: ignore[assignment]  # as numpy's own arrays


def parsed(line: bytes) -> Any:
    """One record; None for a line that is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def decode(data: object) -> Any:
    """The value behind tagged data. Raises BadDataError for data that no encoder wrote, RefusedError for a number
    that would be too much work.
    """
    try:
        return _decode(data)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise BadDataError(str(error)) from error


def _decode(data: object) -> Any:
    if data is None or isinstance(data, (bool, int, str)):
        return data
    if isinstance(data, list):
        return [_decode(item) for item in cast("list[object]", data)]
    if not isinstance(data, dict) or len(cast("dict[str, object]", data)) != 1:
        raise BadDataError("unknown data")
    ((tag, body),) = cast("dict[str, Any]", data).items()
    reader = _READERS.get(tag)
    if reader is None:
        raise BadDataError("unknown tag")
    return reader(body)


def _whole(body: str) -> int:
    if len(body) > _MOST_HEX_DIGITS:
        raise BadDataError("a number larger than the encoder sends")
    return int(body, 16)


def _decimal(body: str) -> decimal.Decimal:
    value = decimal.Decimal(body)
    if value.is_finite() and abs(value.adjusted()) > _MOST_EXPONENT:
        # Rounding it or making a fraction of it would take the judge for ever.
        raise RefusedError(f"a Decimal with an exponent beyond {_MOST_EXPONENT}")
    return value


def _fraction(body: Any) -> fractions.Fraction:
    numerator, denominator = _each(body)
    if max(numerator.bit_length(), denominator.bit_length()) > _MOST_FRACTION_BITS:
        raise RefusedError("a fraction of over 6,000 digits")
    return fractions.Fraction(numerator, denominator)


def _spread(items: list[Any]) -> list[Any]:
    """Items for a set, or keys for a dict. Many of one hash were made to keep the judge busy."""
    if len(items) > _MANY_ITEMS and len({hash(item) for item in items}) < len(items) // 2:
        raise BadDataError("items of one hash")
    return items


def _each(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise BadDataError("a list was expected")
    return [_decode(item) for item in cast("list[object]", body)]


def _pairs(body: Any) -> list[tuple[Any, Any]]:
    return list(zip(_spread([_decode(key) for key, _ in body]), [_decode(item) for _, item in body]))


def _real(body: str) -> float:
    return math.nan if body == "math.nan" else float.fromhex(body)


def _opaque(body: dict[str, Any]) -> Opaque:
    return Opaque(str(body["type"]), [str(name) for name in body["mro"]], bool(body["truth"]), str(body["text"]))


_READERS: dict[str, Callable[[Any], Any]] = {
    "i": _whole,
    "u": lambda body: bytes.fromhex(body).decode("utf-8", "surrogatepass"),
    "f": _real,
    "t": lambda body: tuple(_each(body)),
    "s": lambda body: set(_spread(_each(body))),
    "fs": lambda body: frozenset(_spread(_each(body))),
    "d": lambda body: dict(_pairs(body)),
    "od": lambda body: collections.OrderedDict(_pairs(body)),
    "cn": lambda body: collections.Counter(dict(_pairs(body))),
    "dd": lambda body: collections.defaultdict(None, _pairs(body)),
    "dq": lambda body: collections.deque(_each(body)),
    "b": bytes.fromhex,
    "ba": bytearray.fromhex,
    "c": lambda body: complex(*(float.fromhex(part) for part in body)),
    "dec": _decimal,
    "fr": _fraction,
    "r": lambda body: range(*_each(body)),
    "date": lambda body: dt.date(*body),
    "time": lambda body: dt.time(*body),
    "datetime": lambda body: dt.datetime(*body),  # noqa: DTZ001 - only naive ones are sent
    "timedelta": lambda body: dt.timedelta(*body),
    "nd": lambda body: Array(_each(body)),
    "o": _opaque,
}


def show(value: object, most: int = _SHOWN) -> str:
    """A short printable text of a value: its repr, control characters removed, the middle cut out."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # decimal text of a huge int is refused by newer Pythons
        text = hex(value) if isinstance(value, int) else f"<{type(value).__name__}>"
    return shorten(printable(text), most)


def printable(text: str) -> str:
    """The text without characters that a terminal or a log could take as a command."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def shorten(text: str, most: int) -> str:
    """Head and tail of a long text."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head]} … {text[len(text) - (most - head - 3) :]}"


_LITERAL_TYPES = (int, bool, str, bytes, type(None), type(...))


def literal(value: Any) -> str:
    """Python source for a plain value, to be written into a call. Raises RefusedError where there is none."""
    text = _literal(value)
    if len(text) > _LITERAL_KEPT:
        raise RefusedError("the input is too large")
    return text


def _literal(value: Any) -> str:
    kind = cast("Any", type(value))
    if kind in _LITERAL_TYPES:
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f"float('{value!r}')"
    if kind is complex:
        return f"complex({_literal(value.real)}, {_literal(value.imag)})"
    if kind is list:
        return "[" + ", ".join(map(_literal, value)) + "]"
    if kind is tuple:
        return "(" + "".join(_literal(item) + ", " for item in value) + ")"
    if kind in (set, frozenset):
        return f"{kind.__name__}([" + ", ".join(map(_literal, value)) + "])"
    if kind is dict:
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if kind is range:
        return repr(value)
    raise RefusedError(f"a {kind.__name__} has no literal")


def is_constant(value: Any) -> bool:
    """Whether nothing can change the value: a candidate that is given it cannot alter what a test says later."""
    if type(value) in (tuple, frozenset):
        return all(is_constant(item) for item in value)
    return type(value) in (*_LITERAL_TYPES, float, complex, range)
