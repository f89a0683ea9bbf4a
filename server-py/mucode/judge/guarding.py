"""Decides one test that runs whole in the candidate's process, from its run in earnest and its canary."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Callable, Optional, cast

from .canary import Counts, Guard, all_reached, counts_of, sang
from .compare import is_exception, raised
from .limits import Outcome
from .reports import FORGED, ended, load_failure, milliseconds
from .values import BadDataError, parsed
from .verdict import TestVerdict

NO_ORACLE = "the test has no oracle that could be falsified"
NOT_REACHED = "the test's assertions are not reached"
Start = Callable[[Sequence[dict[str, Any]]], Outcome]
"""Runs tests of a job in a fresh child."""


def decide_guarded(test: str, guard: Guard, start: Start) -> TestVerdict:
    """The verdict on one guarded test. The canary runs only after a pass."""
    verdict, ms, asserted = _in_earnest(test, guard, start)
    why = None if guard.sources and asserted else NOT_REACHED if guard.sources else NO_ORACLE
    judged = "guarded" if why is None else "unguarded"
    if verdict is None and why is None:
        for _ in range(2):
            verdict = _canary(test, guard, start)
            # A canary that did not end says nothing; chance may have ended it, so it is asked once more.
            if verdict is None or verdict.result == "tamper":
                break
    verdict = verdict or TestVerdict(test, "pass")
    return replace(verdict, ms=ms, judged=judged, why=why)


def _weight(falsified: bool) -> int:
    # Even or odd decides in the child; the number itself tells nothing to whoever looks for a flag.
    return secrets.randbelow(1 << 40) * 2 + int(falsified)


def _job(guard: Guard, source: str, weight: int) -> dict[str, Any]:
    return {"k": 0, "guard": {"name": guard.name, "source": source, "weight": weight}}


def _in_earnest(test: str, guard: Guard, start: Start) -> "tuple[Optional[TestVerdict], float, bool]":
    """The verdict unless it passed, the milliseconds, and whether any assertion was asked or had to be."""
    weight = _weight(False)
    outcome = start([_job(guard, guard.standing, weight)])
    records = [parsed(line) for line in outcome.records]
    failure = load_failure(records, outcome)
    if failure is not None:
        return failure, 0.0, True
    if len(records) < 2:
        return ended(outcome, "the test"), 0.0, True
    try:
        error, counts = _report(records, weight)
    except BadDataError:
        return TestVerdict(test, "tamper", error=FORGED), 0.0, True
    ms = milliseconds(records[1].get("ms"))
    asserted = bool(guard.always or counts)
    failed = next((number for number, row in counts.items() if row[1]), None)
    if error is not None:
        return _raised(test, guard, error, failed), ms, True
    if guard.sources and (failed is not None or (asserted and not all_reached(guard, counts))):
        return TestVerdict(test, "tamper", error="the test ended without going through its assertions"), ms, True
    return None, ms, asserted


def _raised(test: str, guard: Guard, error: dict[str, Any], failed: Optional[int]) -> TestVerdict:
    failing = guard.sources[failed] if failed is not None and failed < len(guard.sources) else None
    if error["x"][0] == "builtins.AssertionError" and error["line"] is None:
        message = error["m"].strip() or "the assertion does not hold"
        return TestVerdict(test, "fail", error=message[:300], failing=failing)
    return raised(test, error, failing)


def _canary(test: str, guard: Guard, start: Start) -> Optional[TestVerdict]:
    """None when the falsified test failed as it should."""
    weight = _weight(True)
    outcome = start([_job(guard, guard.canary, weight)])
    records = [parsed(line) for line in outcome.records]
    if len(records) < 2:
        return TestVerdict(test, "error", error="the run that guards against cheating did not end")
    try:
        error, counts = _report(records, weight)
    except BadDataError:
        return TestVerdict(test, "tamper", error=FORGED)
    if any(held for held, _ in counts.values()) or (error is None and not sang(guard, counts)):
        return TestVerdict(test, "tamper", error="the program also passes this test with a false expected value")
    if error is not None:
        return TestVerdict(test, "error", error="the run that guards against cheating did not end")
    return None


def _report(records: Sequence[Any], weight: int) -> "tuple[Optional[dict[str, Any]], Counts]":
    record = cast("dict[str, Any]", records[1]) if isinstance(records[1], dict) else {}
    if len(records) != 2 or set(record) != {"k", "x", "n", "w", "ms"} or record["w"] != weight:
        raise BadDataError("a report of another shape")
    counts = counts_of(record["n"])
    if record["x"] is None:
        return None, counts
    error = cast("dict[str, Any]", record["x"]) if isinstance(record["x"], dict) else {}
    if not is_exception(error):
        raise BadDataError("a report of another shape")
    return error, counts
