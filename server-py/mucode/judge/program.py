"""A candidate's program and where its region starts, so that lines can be named as the model knows them."""

from dataclasses import dataclass
from typing import Optional

_LINE_SHOWN = 160


@dataclass(frozen=True)
class Program:
    """`region_line` is the 1-based line of `text` on which the statement under repair starts."""

    text: str
    region_line: int

    def line(self, number: Optional[str]) -> Optional[str]:
        """A line of the text, as `line 3: return x`, counted from the region's start; None for one that is not."""
        lines = self.text.split("\n")
        if number is None or not 0 < int(number) <= len(lines):
            return None
        text = lines[int(number) - 1].strip()[:_LINE_SHOWN]
        relative = int(number) - self.region_line + 1
        return f"line {relative}: {text}" if relative > 0 else f"line {number} of the program: {text}"
