"""Reads what a child reported as a whole: its records, a failure to load, an end before its time."""

import signal
from collections.abc import Sequence
from typing import Any, Optional, cast

from ..limits import Outcome
from ..verdict import TestVerdict
from .compare import is_exception, raised

FORGED = "the report of the run was forged"


def milliseconds(value: object) -> float:
    """The child's own clock, which nothing depends on."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else 0.0


def load_failure(records: Sequence[Any], outcome: Outcome) -> Optional[TestVerdict]:
    """The verdict on every test where the program itself could not be loaded."""
    if not records:
        return ended(outcome, "loading the program")
    first = records[0]
    if not isinstance(first, dict) or set(cast("dict[str, object]", first)) != {"load"}:
        return TestVerdict("", "tamper", error=FORGED)
    error = cast("dict[str, Any]", first)["load"]
    if error is None:
        return None
    if not isinstance(error, dict) or not is_exception(cast("dict[str, Any]", error)) or len(records) > 1:
        return TestVerdict("", "tamper", error=FORGED)
    return raised("", cast("dict[str, Any]", error), failing="(loading the program)")


def ended(outcome: Outcome, what: str) -> TestVerdict:
    """The verdict on a test that was running when the child ended."""
    if outcome.limit is not None:
        return TestVerdict("", "limit", error=f"more {outcome.limit} than is allowed")
    if outcome.timed_out:
        return TestVerdict("", "timeout", error=f"the time limit ran out before {what} was done")
    if outcome.signal is not None:
        try:
            name = signal.Signals(outcome.signal).name
        except ValueError:
            name = "unknown"
        return TestVerdict("", "error", error=f"the process was ended by signal {outcome.signal} ({name})")
    return TestVerdict("", "error", error=f"the program ended its process before {what} was done")
