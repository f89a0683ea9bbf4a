"""What a prompt shows of a long class when one of its methods is repaired: the method alone.

src/repair/excerpt.ts does the same; test/contract/conversations.json holds both to it.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

# A class above this many units would fill the prompt, and its answer the model's tokens.
MAX_CLASS_UNITS = 4_000
# Above this the `__init__` is left out.
MAX_INIT_UNITS = 1_500
_DEF = re.compile(r"^[ \t]+(?:async[ \t]+)?def[ \t]+")
_OPENS = re.compile(r"^[ \t]*\(")
_CLOSES = re.compile(r"^[ \t]*[)\]}]")
_QUOTES = re.compile("\"\"\"|'''")
_DOCSTRING = re.compile(r"^[ \t]*[rRuU]?(?:\"\"\"|''')")
_INDENT = re.compile(r"^[ \t]*")
# What String.prototype.trim removes.
SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


class Excerpt(NamedTuple):
    """`code`: the method at column 0. `around`: the head of its class, and how its objects are made."""

    code: str
    around: str


def units(text: str) -> int:
    """The length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def excerpt_of(code: str, entry_point: str) -> "Excerpt | None":
    """None where the whole code is shown: it is short, no method, or not plainly laid out."""
    method = entry_point.split(".")[1] if "." in entry_point else None
    if method is None or units(code) <= MAX_CLASS_UNITS:
        return None
    lines = code.split("\n")
    found = _method_in(lines, method)
    start = next((i for i, line in enumerate(lines) if line.startswith("class ")), -1)
    end = next((i for i, line in enumerate(lines) if i >= start and line.rstrip(SPACE).endswith(":")), -1)
    if found is None or start < 0 or end < 0:
        return None
    made = None if method == "__init__" else _method_in(lines, "__init__")
    init = made if made is not None and units("\n".join(made)) <= MAX_INIT_UNITS else ["    ..."]
    return Excerpt("\n".join(_dedented(found)), "\n".join([*lines[start : end + 1], *init]))


def _method_in(lines: Sequence[str], name: str) -> "list[str] | None":
    """The lines of the only method of that name, or None. Found by indentation, as in TypeScript."""
    heads = [i for i, line in enumerate(lines) if _is_head(line, name)]
    least = min((len(_indent(lines[i])) for i in heads), default=0)
    outer = [i for i in heads if len(_indent(lines[i])) == least]
    if len(outer) != 1:
        return None
    head = outer[0]
    indent = _indent(lines[head])
    start = head
    while start > 0 and lines[start - 1].startswith(f"{indent}@"):
        start -= 1
    end = head + 1
    while end < len(lines) and not _is_next(lines[end], indent):
        end += 1
    found = "\n".join(lines[start:end]).rstrip(SPACE)
    # A string with lines further left would have ended it too early.
    return found.split("\n") if all(found.count(quote) % 2 == 0 for quote in ('"""', "'''")) else None


def _dedented(lines: Sequence[str]) -> "list[str]":
    """At column 0, but for the lines of strings, which would change with it; only a docstring's may move."""
    indent = _indent(lines[0])
    quote, kept = "", False
    own: list[str] = []
    for line in lines:
        stays = bool(quote) and kept
        for mark in _QUOTES.findall(line):
            if quote == mark:
                quote = ""
            elif not quote:
                quote, kept = mark, not _DOCSTRING.match(line)
        own.append(line if stays or not line.startswith(indent) else line[len(indent) :])
    return own


def _is_head(line: str, name: str) -> bool:
    match = _DEF.match(line)
    rest = line[match.end() :] if match else ""
    return rest.startswith(name) and _OPENS.match(rest[len(name) :]) is not None


def _is_next(line: str, indent: str) -> bool:
    """Whether the line begins what comes after the method; the bracket of a long signature does not."""
    return bool(line.strip(SPACE)) and len(_indent(line)) <= len(indent) and not _CLOSES.match(line)


def _indent(line: str) -> str:
    match = _INDENT.match(line)
    return match.group() if match else ""
