"""Which functions fit the failing tests best, by what ran in them and in the passing ones. Reading only.

The measure is Ochiai's (for finding faults: Abreu, Zoeteweij, van Gemund, 2007): a function fits the better, the more
of the failing tests run it and the fewer of the passing ones.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from .modules import Definitions, entry_at
from .report import Report

Place = tuple[str, int]
"""A file and the first line of a function in it, decorators included."""
Entry = tuple[str, str, int]
"""A file, an entry point in it and its line."""


@dataclass(frozen=True)
class Executions:
    """What tests ran, each test's functions with the one that was called last first."""

    failing: Sequence[Sequence[Place]] = ()
    passing: Sequence[Sequence[Place]] = ()


@dataclass
class Fits:
    """Functions that failing tests ran."""

    scores: Mapping[Entry, float] = field(default_factory=dict[Entry, float])
    """From 0 to 1."""
    order: Mapping[Entry, float] = field(default_factory=dict[Entry, float])
    """How far from the end of the failing tests each was called; less is nearer."""


def executions_of(report: Report, failing: "frozenset[str]") -> Executions:
    """What a traced run tells. Tests that are not among the failing ones count where they passed."""
    bad: list[Sequence[Place]] = []
    good: list[Sequence[Place]] = []
    for name, phases in report.phases.items():
        ran = [place for phase in phases for place in phase.ran]
        if name in failing and ran:
            bad.append(ran)
        elif name not in failing and all(phase.outcome == "passed" for phase in phases):
            good.append(ran)
    return Executions(bad, good)


def fits_of(executions: Executions, definitions: Definitions) -> Fits:
    """How well each function fits."""
    known: dict[Place, Optional[Entry]] = {}

    def entries(ran: Sequence[Place]) -> "list[Entry]":
        for place in ran:
            if place not in known:
                found = entry_at(definitions.body(place[0]), place[1]) if place[0].endswith(".py") else None
                known[place] = (place[0], *found) if found is not None else None
        return list(dict.fromkeys(entry for entry in map(known.__getitem__, ran) if entry is not None))

    failing = [entries(ran) for ran in executions.failing]
    passing = Counter(entry for ran in executions.passing for entry in entries(ran))
    together = Counter(entry for ran in failing for entry in ran)
    scores = {entry: count / math.sqrt(len(failing) * (count + passing[entry])) for entry, count in together.items()}
    places: dict[Entry, list[int]] = {}
    for ran in failing:
        for place, entry in enumerate(ran):
            places.setdefault(entry, []).append(place)
    return Fits(scores, {entry: sum(found) / len(found) for entry, found in places.items()})
