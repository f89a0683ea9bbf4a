"""Finds functions and top-level statements in a file that does not parse, by its lines alone."""

import re
from collections.abc import Sequence
from typing import Any, Optional

from ..errors import JudgeError

_TOP = re.compile(r"^(async\s+def|def|class|@|\S)")
_HEADER = re.compile(r"^([ \t]*)(async[ \t]+)?(def|class)[ \t]+([A-Za-z_]\w*)")
_FOLLOWS = re.compile(r"^(else|elif|except|finally)\b|^[)\]}]")


class RegionError(JudgeError):
    """There is no such function in the file; the message names it and what to do."""


def chunks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Top-level statements by indentation alone: first and last line, decorators with what they decorate."""
    starts: list[int] = []
    in_text: Optional[str] = None
    for number, line in enumerate(lines, 1):
        begins = in_text is None and _TOP.match(line) and not _FOLLOWS.match(line) and not line.startswith("#")
        decorated = bool(starts) and all(lines[at - 1].startswith("@") for at in range(starts[-1], number))
        if begins and not decorated:
            starts.append(number)
        for quotes in re.findall(r'"""|\'\'\'', line):
            in_text = quotes if in_text is None else None if in_text == quotes else in_text
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    return [(start, _trimmed(lines, start, end)) for start, end in zip(starts, ends)]


def _trimmed(lines: Sequence[str], start: int, end: int) -> int:
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def header(lines: Sequence[str], start: int, end: int) -> "Optional[re.Match[str]]":
    for line in lines[start - 1 : end]:
        match = _HEADER.match(line)
        if match is not None:
            return match
        if not line.startswith("@"):
            return None
    return None


def region_by_lines(lines: Sequence[str], owner: str) -> tuple[int, int]:
    for start, end in reversed(chunks(lines)):
        match = header(lines, start, end)
        if match is not None and match.group(4) == owner:
            return start, end
    raise RegionError(f"The file holds no `{owner}` that can be found; correct its syntax errors first.")


def headers(lines: Sequence[str], start: int, end: int, prefix: str, indent: Optional[str]) -> list[dict[str, Any]]:
    """Functions of a statement that does not parse, by their `def` lines."""
    found: list[dict[str, Any]] = []
    for number in range(start, end + 1):
        match = _HEADER.match(lines[number - 1])
        if match is None or match.group(3) != "def":
            continue
        if indent is None:
            indent = match.group(1)
        if match.group(1) != indent:
            continue
        if found:
            found[-1]["lines"][1] = _trimmed(lines, found[-1]["lines"][0], number - 1)
        found.append(
            {
                "name": prefix + match.group(4),
                "kind": "method" if prefix else "function",
                "async": match.group(2) is not None,
                "stub": False,
                "lines": [start if not prefix else number, end],
                "region": [start, end],
                "def_line": number,
                "doctests": [],
            }
        )
    return found
