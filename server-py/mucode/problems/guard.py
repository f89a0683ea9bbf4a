"""Keeps evaluation problems out of training data: rows that match one by prompt, program or tests are dropped
and named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from . import fingerprints
from .fingerprints import Prints, prints_within
from .row import Row


@dataclass(frozen=True)
class Dropped:
    """A training row that is left out."""

    row: str
    """Id of its problem."""
    matches: str
    """Name of the evaluation set."""
    by: str
    """`text`, `program` or `set of asserts`."""

    def __str__(self) -> str:
        return f"{self.row}: its {self.by} is in {self.matches}"


class Guard:
    """The check that every training set goes through."""

    def __init__(self, sets: Mapping[str, Prints]) -> None:
        self.sets = sets

    @classmethod
    def installed(cls) -> Self:
        """The guard with the committed fingerprints. Raises DataError when they are absent."""
        return cls(fingerprints.read())

    def beside(self, sets: Mapping[str, Prints]) -> "Guard":
        """A guard that knows these sets as well."""
        return Guard({**self.sets, **sets})

    def match(self, row: Row) -> Dropped | None:
        """Why a row may not be trained on; None when it may."""
        own = prints_within(row)
        for name, known in self.sets.items():
            if own.texts & known.texts:
                return Dropped(str(row.problem["id"]), name, "text")
            if own.programs & known.programs:
                return Dropped(str(row.problem["id"]), name, "program")
            if own.share_tests(known):
                return Dropped(str(row.problem["id"]), name, "set of asserts")
        return None

    def divide(self, rows: Iterable[Row]) -> tuple[list[Row], list[Dropped]]:
        """(rows to train on, rows left out)."""
        kept: list[Row] = []
        dropped: list[Dropped] = []
        for row in rows:
            match = self.match(row)
            if match is None:
                kept.append(row)
            else:
                dropped.append(match)
        return kept, dropped
