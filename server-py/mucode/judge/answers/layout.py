"""Indentation of Python text: read, and changed without touching the inside of strings."""

import io
import re
import tokenize

DEFAULT_UNIT = "    "


def unit_of(text: str) -> str:
    """One level of indentation as the text uses it: a tab or some spaces; four spaces when it shows none."""
    levels = [DEFAULT_UNIT]
    for token in _tokens(text):
        if token.type == tokenize.INDENT:
            known = [level for level in levels if token.string.startswith(level)] if len(levels) > 1 else []
            return token.string[len(max(known, key=len, default="")) :] or DEFAULT_UNIT
    match = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return match.group(1) if match else DEFAULT_UNIT


def indented(text: str, unit: str, depth: int = 0) -> str:
    """The text with every block indented by `unit`, the whole `depth` levels deep; lines within strings stay."""
    lines = text.split("\n")
    levels, fixed = _levels(text)
    result: list[str] = []
    level, old = 0, ""
    for number, line in enumerate(lines, 1):
        if number in fixed:
            result.append(line)
            continue
        if number in levels:
            level, old = levels[number]
        bare = line.lstrip(" \t")
        if not bare:
            result.append("")
            continue
        # A continuation line keeps its distance from the line that it continues.
        lead = line[: len(line) - len(bare)]
        rest = lead[len(old) :] if lead.startswith(old) and number not in levels else ""
        result.append(unit * (depth + level) + rest + bare)
    return "\n".join(result)


def _levels(text: str) -> tuple[dict[int, tuple[int, str]], set[int]]:
    """By first line of each logical line: its level and its indentation; and the lines that begin inside a string."""
    levels: dict[int, tuple[int, str]] = {}
    fixed: set[int] = set()
    stack = [""]
    fresh = True
    opened: list[int] = []
    for token in _tokens(text):
        kind = tokenize.tok_name[token.type]
        if kind == "INDENT":
            stack.append(token.string)
        elif kind == "DEDENT":
            stack.pop()
        elif kind in ("NEWLINE", "NL"):
            fresh = fresh or kind == "NEWLINE"
        elif kind == "COMMENT" and fresh:
            levels[token.start[0]] = _comment_level(stack, token.line)
        elif kind != "ENDMARKER":
            if fresh:
                levels[token.start[0]] = (len(stack) - 1, stack[-1])
            fresh = False
        if kind == "STRING":
            fixed |= set(range(token.start[0] + 1, token.end[0] + 1))
        elif kind == "FSTRING_START":
            opened.append(token.start[0])
        elif kind == "FSTRING_END" and opened:
            fixed |= set(range(opened.pop() + 1, token.end[0] + 1))
    return levels, fixed


def _comment_level(stack: list[str], line: str) -> tuple[int, str]:
    """A comment's own indentation counts, since the tokenizer reports it before the block that it belongs to."""
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    for level in range(len(stack) - 1, -1, -1):
        if stack[level] == lead:
            return level, lead
    deeper = len(lead) > len(stack[-1])
    return len(stack) - (0 if deeper else 1), lead


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
