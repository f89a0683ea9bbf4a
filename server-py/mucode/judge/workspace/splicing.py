"""The new text of a file under repair: the region replaced, the imports that it lacks put in.

src/repair/region.ts and imports.ts do the same for the editor, and test/contract/splices.json holds both to it. Works
on lines alone, so that a file which is no valid Python yet can be repaired too.
"""

import re
from collections.abc import Sequence

_IMPORT = re.compile(r"(import|from)\s")
_FUTURE = re.compile(r"from\s+__future__\s")
_DOCSTRING = re.compile(r"[rRuU]?[\"']")
_STAYS_ON_TOP = re.compile(r"#(!|.*coding[:=])")
_NOTHING = re.compile(r"\s*(#|$)")

Open = tuple[str, int, bool]
"""What is open at the end of a line: a string's quote, the depth of brackets, whether the statement goes on."""


def spliced(text: str, lines: Sequence[int], code: str, imports: Sequence[str]) -> str:
    """`text` with the lines [first, last] (1-based, inclusive) replaced by `code` and with new import lines.

    Texts have LF line ends; one line end at the end of `code` does not count.
    """
    file = text.split("\n")
    first, last = lines[0] - 1, lines[1]
    new = [*file[:first], *code.removesuffix("\n").split("\n"), *file[last:]]
    for at, group in reversed(_groups(file, first, imports)):
        following = file[at] if at < len(file) else ""
        apart = ["", ""] if following and not _IMPORT.match(following) else []
        new[at:at] = [*group, *apart]
    return "\n".join(new)


def _groups(file: Sequence[str], region_start: int, imports: Sequence[str]) -> "list[tuple[int, list[str]]]":
    """New import lines, top to bottom, each group with the line index before which it goes."""
    known = {file[start] for start, _ in _statements(file, len(file))}
    missing = [line for line in dict.fromkeys(imports) if line not in known]
    top, last = _header_end(file, region_start), _import_line(file, region_start)
    first = [line for line in missing if _FUTURE.match(line)]
    rest = [line for line in missing if not _FUTURE.match(line)]
    # `__future__` imports must stand first; the others go after the last import.
    groups = [(top, first + rest)] if top == last else [(top, first), (last, rest)]
    return [group for group in groups if group[1]]


def _import_line(file: Sequence[str], last: int) -> int:
    """The line index at which import lines go: after the last top-level import above `last`, else after the header."""
    ends = [end for start, end in _statements(file, last) if _IMPORT.match(file[start])]
    return min(ends[-1], last) if ends else _header_end(file, last)


def _header_end(file: Sequence[str], last: int) -> int:
    """The first line below the module's docstring, or below the comments at the top."""
    statements = _statements(file, last)
    if statements and _DOCSTRING.match(file[statements[0][0]]):
        return min(statements[0][1], last)
    end = 0
    while end < last and not file[end].strip():
        end += 1
    start = end
    while end < last and file[end].startswith("#"):
        end += 1
    if end > start and end < len(file) and not file[end].strip():
        return end
    # A comment right above a statement belongs to it, except the lines that must stay on top.
    fixed = 0
    while fixed < min(2, last) and _STAYS_ON_TOP.match(file[fixed]):
        fixed += 1
    return fixed


def _statements(file: Sequence[str], last: int) -> "list[tuple[int, int]]":
    """The logical lines [start, end) that begin above `last`, blank lines and comments left out."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < last:
        start = at
        state: Open = ("", 0, True)
        while state[2] and at < len(file):
            state = _scanned(file[at], state)
            at += 1
        if not _NOTHING.match(file[start]):
            found.append((start, at))
    return found


def _scanned(line: str, before: Open) -> Open:
    quote, depth, _ = before
    at, escaped = 0, False
    while at < len(line):
        char = line[at]
        escaped = char == "\\" and at == len(line) - 1
        if char == "\\":
            at += 2
        elif quote:
            closes = line.startswith(quote, at)
            at += len(quote) if closes else 1
            quote = "" if closes else quote
        elif char == "#":
            break
        elif char in "\"'":
            quote = char * 3 if line.startswith(char * 3, at) else char
            at += len(quote)
        else:
            depth = max(0, depth + (char in "([{") - (char in ")]}"))
            at += 1
    # A string in single quotes ends with its line, whether it was closed or not.
    if len(quote) == 1 and not escaped:
        quote = ""
    return quote, depth, escaped or bool(quote) or depth > 0
