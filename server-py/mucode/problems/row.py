"""One problem of a data set, with what only its publisher knows. Files are read in files.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Task = Literal["repair", "write"]
Split = Literal["train", "validation", "test"]
INSTRUCTIONS: Mapping[Task, str] = {
    "repair": "Fix the bug in this Python function.",
    "write": "Write the body of this Python function.",
}
"""For rows that bring none of their own; the same words as in the editor."""


@dataclass(frozen=True)
class Row:
    """A problem and its solution."""

    problem: Mapping[str, Any]
    """The JSON object that the judge reads."""
    task: Task
    solution: str
    """A correct whole program by the data set's own account. For checks and fingerprints, never for a prompt."""
    note: str = ""
    """What had to be done differently than for the other rows, in one sentence."""
