"""The canary of a project's own tests: their files with every demand marked, and what becomes of the counts, outside.

In the canary's run each demand is asked false things beside the true one (claims.py). The run goes on as in earnest,
and the runner raises `claims.SANG` behind every test whose false demands failed, so that it has to be reported as
failed. A test that nothing false was asked of, or that ended on its way, proves nothing either way: it is unguarded.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional, Union, cast

from ..function.claims import SANG
from ..function.guarding import HELD, LOOSE, NO_ORACLE, NOT_REACHED
from ..function.values import BadDataError
from ..syntax import NOT_PYTHON
from ..verdict import TestVerdict
from .marking import Demands, Marker

_UNREACHED = "the test ended without going through its assertions"
_UNTRUE = "an assertion of the test does not hold, yet the test is reported as passed"
_UNEXPLAINED = "the run that guards against cheating did not end like the one in earnest"

Counts = Mapping[int, Sequence[int]]
"""By number of the demand: false ones that held, false ones that failed, true ones that did not hold, loose ones."""


@dataclass(frozen=True)
class OracleInfo:
    """The demands of one test, by number."""

    sources: Mapping[int, str]
    always: frozenset[int] = frozenset()
    """Every run that passes reaches these."""
    fatal: frozenset[int] = frozenset()
    """Where one of these does not hold, the test fails."""
    within: frozenset[int] = frozenset()
    """Where one of these does not hold, the test should fail, unless something swallowed that."""
    around: frozenset[int] = frozenset()
    """Demands of fixtures and set-up methods of the file, which prove nothing about a test."""


@dataclass(frozen=True)
class FileGuard:
    """A test file for the canary's run."""

    text: str
    """Falsified, with every line where it was."""
    oracles: Mapping[str, OracleInfo]
    """By test: `TestA.test_b`, `test_f`, or the line of an assert of the module, as text."""
    sources: Mapping[int, str] = field(default_factory=dict[int, str])
    """Every demand of the file, also those of helpers and fixtures."""
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    around: frozenset[int] = frozenset()

    def oracle(self, test: str) -> OracleInfo:
        """The demands of a test; those of a base class of the file where the test is inherited, else none."""
        owner, _, name = test.rpartition(".")
        for _ in range(len(self.bases) + 1):
            found = self.oracles.get(f"{owner}.{name}" if owner else name)
            if found is not None:
                return found
            known = [base for base in self.bases.get(owner, ()) if base in self.bases]
            owner = known[0] if known else ""
            if not owner:
                break
        return OracleInfo({}, around=self.around)


def counter_name() -> str:
    """A name for the counting object that no program can know beforehand."""
    return "_" + secrets.token_hex(6)


def falsify_file(text: str, name: str, first: int = 0) -> FileGuard:
    """The canary of a test file or a helper of tests. `name` is the counting object's, to be found in builtins.

    Numbers of the demands begin at `first`, so that several files can share one object. A text that this judge cannot
    read comes back unchanged and without oracles.
    """
    text = text.replace("\r\n", "\n")
    try:
        if "\r" in text:
            raise ValueError("line ends that columns cannot be counted by")
        marker = Marker(text, name, first)
        falsified = marker.marked()
    except (*NOT_PYTHON, IndexError):
        return FileGuard(text, {})
    sources = {first + index: source for index, source in enumerate(marker.sources)}
    around = frozenset(number for demands in marker.tests.values() if demands.around for number in demands.numbers)
    oracles = {test: _info(demands, sources, around) for test, demands in marker.tests.items() if test}
    return FileGuard(falsified, oracles, sources, marker.bases, around)


def _info(demands: Demands, sources: Mapping[int, str], around: frozenset[int]) -> OracleInfo:
    own = {number: sources[number] for number in demands.numbers}
    always, fatal, within = map(frozenset, (demands.always, demands.fatal, demands.within))
    return OracleInfo(own, always, fatal, within, around)


def counts_of(data: object) -> Counts:
    """The counts of a record, `[[number, held, failed, untrue, loose], …]`. Raises BadDataError for another shape."""
    counts: dict[int, Sequence[int]] = {}
    for item in cast("list[object]", data) if isinstance(data, list) else [None]:
        row = cast("list[object]", item) if isinstance(item, list) else []
        if len(row) != 5 or not all(type(part) is int and part >= 0 for part in row):
            raise BadDataError("counts of another shape")
        counts[cast("int", row[0])] = cast("list[int]", row[1:])
    return counts


def decide_canary(
    info: OracleInfo, counts: Counts, outcome: str, message: str = "", baseline: Optional[Counts] = None
) -> Union[str, TestVerdict, None]:
    """What a test's canary says of its pass in earnest: None for guarded, "unguarded", or the verdict `tamper`.

    outcome, message: what the canary's run reported of the test's call ("passed", "failed", …). baseline: the counts of
    the same canary on the unmodified program; what held there is the project's own habit and nobody's trick.
    """
    habits = {number for number, row in (baseline or {}).items() if row[0] > 0}
    if any(row[0] for number, row in counts.items() if number not in habits):
        return _tamper(HELD)
    sang = any(row[1] for row in counts.values())
    ended = outcome == "passed" or SANG in message
    if ended:
        if outcome == "passed" and sang:
            return _tamper(_UNTRUE)
        if any(sum(counts.get(number, ())) == 0 for number in info.always):
            return _tamper(_UNREACHED)
        if any(counts[number][2] for number in info.fatal if number in counts):
            return _tamper(_UNTRUE)
    return None if unguarded_why(info, counts, outcome, message) is None else "unguarded"


def unguarded_why(info: OracleInfo, counts: Counts, outcome: str, message: str = "") -> Optional[str]:
    """Why a pass that is no tampering is unguarded, in half a sentence; None for a guarded one."""
    own = [row for number, row in counts.items() if number not in info.around]
    if not any(sum(row) for row in own):
        return NO_ORACLE if not info.sources else NOT_REACHED
    if outcome != "passed" and SANG not in message:
        return _UNEXPLAINED
    if any(row[0] or row[3] for row in counts.values()):
        return LOOSE
    if any(counts[number][2] for number in info.within if number in counts):
        return _UNTRUE
    return None if any(row[1] for row in own) else NO_ORACLE


def _tamper(why: str) -> TestVerdict:
    """The verdict, without the test's id, which the caller knows."""
    return TestVerdict("", "tamper", error=why, judged="guarded")
