"""One problem of a data set, with what only its publisher knows. Files are read in files.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mucode.judge.syntax import NOT_PYTHON

from .files import DataError

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


def python_row(make: Callable[[dict[str, Any], str], Row], fields: dict[str, Any], place: str) -> Row:
    """The row that `make` makes of these fields at this place. Raises DataError, also for a text that is no Python."""
    try:
        return make(fields, place)
    except NOT_PYTHON as error:
        raise DataError(f"{place}: a program or a test is no Python ({error}).") from error
