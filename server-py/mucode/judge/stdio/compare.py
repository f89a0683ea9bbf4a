"""Outside: whether an output is the expected one, and where it first is not. Nothing of the candidate runs here.

Texts are compared as bytes, so that no two different outputs become equal by being decoded.
"""

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from ..function.values import printable, shorten

_WORD = re.compile(rb"\S+")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(rb"[+-]?\d+")
_ENDLESS = re.compile(rb"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_MOST_DIGITS = 400
"""Of a number that a tolerance is applied to: every finite double, written out, is shorter."""
_SHOWN = 60

_Part = tuple[int, Optional[bytes]]
"""A line number and what stands there; nothing after the end."""


@dataclass(frozen=True)
class Difference:
    """The first place where an output differs from the expected one."""

    line: int
    """1-based, in the output; in the expected one where the output has ended."""
    expected: Optional[bytes]
    """The word or line that should be there; None after the expected end."""
    got: Optional[bytes]

    def __str__(self) -> str:
        if self.got is None:
            return f"the output ends before {_shown(self.expected)}"
        if self.expected is None:
            return f"more output than expected: {_shown(self.got)} on line {self.line}"
        return f"line {self.line}: {_shown(self.got)} instead of {_shown(self.expected)}"


def _shown(text: Optional[bytes]) -> str:
    return "`" + shorten(printable((text or b"").decode("utf-8", "replace")), _SHOWN) + "`"


def difference(expected: bytes, got: bytes, compare: str, tolerance: float) -> Optional[Difference]:
    """The first difference, or None when the output is accepted.

    compare: "tokens" takes words in their order, wherever lines end; "lines" takes lines without their trailing
    white space, and without empty lines at the end. Bytes are white space by ASCII's rules.
    """
    if expected == got:
        return None
    read = _words if compare == "tokens" else _lines
    same = _same_word if compare == "tokens" else _same_line
    nothing: _Part = (0, None)
    for (there, wanted), (here, found) in itertools.zip_longest(read(expected), read(got), fillvalue=nothing):
        if wanted is None or found is None or not (wanted == found or same(wanted, found, tolerance)):
            return Difference(here or there, wanted, found)
    return None


def _words(text: bytes) -> Iterator[_Part]:
    line, counted = 1, 0
    for match in _WORD.finditer(text):
        line += text.count(b"\n", counted, match.start())
        counted = match.start()
        yield line, match.group()


def _lines(text: bytes) -> Iterable[_Part]:
    lines = [line.rstrip() for line in text.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return enumerate(lines, 1)


def _same_line(expected: bytes, got: bytes, tolerance: float) -> bool:
    if not tolerance:
        return False
    wanted, found = expected.split(), got.split()
    return len(wanted) == len(found) and all(
        one == other or _same_word(one, other, tolerance) for one, other in zip(wanted, found)
    )


def _same_word(expected: bytes, got: bytes, tolerance: float) -> bool:
    """Whether two different words are numbers close enough: |a - b| <= tolerance * max(1, |a|, |b|).

    Whole numbers are never compared relatively: 998244352 is not nearly 998244353.
    """
    if not tolerance:
        return False
    a, b = _number(expected), _number(got)
    if a is None or b is None:
        return False
    if not (math.isfinite(a) and math.isfinite(b)):
        return a == b or (math.isnan(a) and math.isnan(b))
    if _WHOLE.fullmatch(expected) and _WHOLE.fullmatch(got):
        return abs(int(expected) - int(got)) <= tolerance
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def _number(word: bytes) -> Optional[float]:
    """The number that a word stands for; None for one that a double cannot hold."""
    if _ENDLESS.fullmatch(word):
        return float(word)
    if len(word) > _MOST_DIGITS or not _NUMBER.fullmatch(word):
        return None
    value = float(word)
    return value if math.isfinite(value) else None
