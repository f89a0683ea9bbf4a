"""Finds code in a model's answer: fenced blocks, or the part of plain text that is Python. Nothing is judged here."""

import re
import textwrap
from dataclasses import dataclass
from typing import Optional

from ..syntax import NOT_PYTHON, parse, parse_strictly

MOST_CHARACTERS = 400_000
_MOST_CUTS = 60
_PARSED_CHARACTERS = 1_000_000
_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$")
_OTHER_LANGUAGES = frozenset(
    ["bash", "sh", "shell", "console", "text", "txt", "output", "json", "yaml", "diff", "plaintext"]
)
_THOUGHT = re.compile(r"<(think|thinking|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_LEFT_OPEN = re.compile(r"<(think|thinking|thought)>.*\Z", re.DOTALL | re.IGNORECASE)
_CLOSED_ONLY = re.compile(r"\A.*</(think|thinking|thought)>", re.DOTALL | re.IGNORECASE)
_STARTS = re.compile(r"^(async[ \t]+def|def|class|import|from|@)\b|^@")


@dataclass(frozen=True)
class Block:
    """A piece of an answer that may be code."""

    text: str
    closed: bool
    """Whether its fence was closed; plain text counts as not closed."""


def clean(answer: str) -> str:
    """The answer without thoughts, byte-order marks and foreign line ends."""
    text = answer[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").replace("\x00", "")
    text = _LEFT_OPEN.sub("", _THOUGHT.sub("", text))
    return _CLOSED_ONLY.sub("", text)


def fenced_blocks(text: str, strings: bool = False) -> list[Block]:
    """The fenced blocks that may hold Python, in order, dedented as their fences are.

    With `strings` a fence does not end a block in the middle of a docstring, which may show examples between fences.
    """
    blocks: list[Block] = []
    quotes = {'"""': 0, "'''": 0}
    lines: Optional[list[str]] = None
    fence, indent, language = "", "", ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if lines is None:
            if match is not None:
                indent, fence, language = match.group(1), match.group(2), match.group(3).lower()
                lines, quotes = [], dict.fromkeys(quotes, 0)
        elif match is not None and _ends(match, fence) and not (strings and any(n % 2 for n in quotes.values())):
            if language not in _OTHER_LANGUAGES:
                blocks.append(Block("\n".join(lines), True))
            lines = None
        else:
            lines.append(line[len(indent) :] if line.startswith(indent) else line)
            quotes = {quote: count + line.count(quote) for quote, count in quotes.items()}
    if lines is not None and language not in _OTHER_LANGUAGES:
        blocks.append(Block("\n".join(lines), False))
    return [block for block in blocks if block.text.strip()]


def _ends(match: "re.Match[str]", fence: str) -> bool:
    return match.group(2).startswith(fence) and not match.group(3)


def syntax_error(text: str) -> str:
    """What is wrong with a text that is no Python: `line 3: invalid syntax: return x +`."""
    try:
        parse_strictly(text)
    except SyntaxError as error:
        line = (error.text or "").strip()[:120]
        return f"line {error.lineno}: {error.msg}" + (f": {line}" if line else "")
    except NOT_PYTHON as error:
        return str(error) or type(error).__name__
    return ""


def _most_cuts(text: str) -> int:
    """How often a text may be parsed: a long one less often, so that no answer holds the judge up."""
    return max(3, min(_MOST_CUTS, _PARSED_CHARACTERS // (len(text) + 1)))


def whole_statements(text: str) -> Optional[str]:
    """The text up to the last top-level statement that makes it parse; None when no cut does.

    A cut text ends where a later statement began, so the statements before it are complete.
    """
    text = textwrap.dedent(text.expandtabs(8) if _mixes(text) else text)
    if parse(text) is not None:
        return text
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line[:1].strip() and line[0] not in ")]}#"]
    for number in starts[:0:-1][: _most_cuts(text)]:
        shorter = "\n".join(lines[:number])
        if shorter.strip() and parse(shorter) is not None:
            return shorter
    return None


def _mixes(text: str) -> bool:
    """Whether some lines are indented by tabs and others by spaces, which Python may refuse."""
    return "\n\t" in "\n" + text and re.search(r"^ +\S", text, re.MULTILINE) is not None and parse(text) is None


def plain_code(text: str) -> list[str]:
    """Stretches of unfenced text that start like code and parse, the longest beginnings first."""
    lines = text.split("\n")
    found: list[str] = []
    end = -1
    left = _most_cuts(text)
    for number, line in enumerate(lines):
        if number > end and left and _STARTS.match(line.strip()):
            left -= 1
            kept = whole_statements("\n".join(lines[number:]))
            if kept is not None:
                found.append(kept)
                end = number + kept.count("\n")
    return found
