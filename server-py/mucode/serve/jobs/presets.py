"""The presets as clients show them: name, what they are for, their text."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from mucode.train.config import preset_text
from mucode.train.config import presets as names


def presets() -> Sequence[Mapping[str, str]]:
    """`name`, `about` (the comment that the text begins with) and `toml` of each."""
    return [{"name": name, "about": _about(text), "toml": text} for name in names() for text in [preset_text(name)]]


def _about(text: str) -> str:
    lines = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.removeprefix("#").strip() for line in lines)
