"""Decides one test that runs whole in the candidate's process, from its run in earnest and its canary."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Callable, Optional, cast

from ..limits import Outcome
from ..problem import Test
from ..verdict import TestVerdict
from .canary import Counts, Guard, all_reached, counts_of, guard, sang
from .compare import is_exception, raised
from .reports import FORGED, ended, load_failure, milliseconds
from .values import BadDataError, parsed

NO_ORACLE = "the test has no oracle that could be falsified"
HELD = "the program also passes this test with a false expected value"
LOOSE = "the test compares with an object that equals other values too"
NOT_REACHED = "the test's assertions are not reached"
_SOMETIMES = "the program also passes this test with some false expected values"
_CANARIES = 2
Start = Callable[[Sequence[dict[str, Any]]], Outcome]
"""Runs tests of a job in a fresh child."""


def decide_guarded(test: Test, entry_point: str, start: Start, compares: bool = False) -> TestVerdict:
    """The verdict on one guarded test. The canaries run only after a pass.

    compares: the problem's own classes compare by code of their own, so what says yes to everything may be right.
    """
    first = guard(test, entry_point)
    verdict, ms, why = _in_earnest(test.id, first, start)
    if verdict is None and why is None:
        verdict, why = _canaries(test, entry_point, start)
    if compares and verdict is not None and verdict.error == HELD:
        verdict, why = None, LOOSE
    verdict = verdict or TestVerdict(test.id, "pass")
    judged = "guarded" if why is None else "unguarded"
    return replace(verdict, test=test.id, ms=ms, judged=judged, why=why)


def _canaries(test: Test, entry_point: str, start: Start) -> "tuple[Optional[TestVerdict], Optional[str]]":
    """What the falsified tests say, each with other false values: a verdict that is no pass, or why it is unguarded."""
    told: list[Optional[TestVerdict]] = []
    for _ in range(_CANARIES):
        verdict = None
        for _ in range(2):
            verdict = _canary(test.id, guard(test, entry_point), start)
            # A canary that did not end says nothing; chance may have ended it, so it is asked once more.
            if verdict is None or verdict.result == "tamper":
                break
        if verdict is not None and verdict.error != HELD:
            return verdict, None
        told.append(verdict)
    if not any(told):
        return None, None
    return (told[0], None) if all(told) else (None, _SOMETIMES)


def _weight(falsified: bool) -> int:
    # Even or odd decides in the child; the number itself tells nothing to whoever looks for a flag.
    return secrets.randbelow(1 << 40) * 2 + int(falsified)


def _job(guard: Guard, source: str, weight: int) -> dict[str, Any]:
    return {"k": 0, "guard": {"name": guard.name, "source": source, "weight": weight}}


def _in_earnest(test: str, guard: Guard, start: Start) -> "tuple[Optional[TestVerdict], float, Optional[str]]":
    """The verdict unless it passed, the milliseconds, and why a pass would be unguarded."""
    weight = _weight(False)
    outcome = start([_job(guard, guard.standing, weight)])
    records = [parsed(line) for line in outcome.records]
    failure = load_failure(records, outcome)
    if failure is not None:
        return failure, 0.0, None
    if len(records) < 2:
        return ended(outcome, "the test"), 0.0, None
    try:
        error, counts, blamed = _report(records, weight)
    except BadDataError:
        return TestVerdict(test, "tamper", error=FORGED), 0.0, None
    ms = milliseconds(records[1].get("ms"))
    asserted = bool(guard.always or counts)
    why = None if guard.sources and asserted else NOT_REACHED if guard.sources else NO_ORACLE
    failed = next((number for number, row in counts.items() if row[1]), None)
    if error is not None:
        return _raised(test, guard, error, failed), ms, why
    if guard.sources and (failed is not None or (asserted and not all_reached(guard, counts))):
        return TestVerdict(test, "tamper", error="the test ended without going through its assertions"), ms, None
    if blamed[0]:
        return TestVerdict(test, "tamper", error=HELD), ms, None
    return None, ms, LOOSE if blamed[1] else why


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
        error, counts, _ = _report(records, weight)
    except BadDataError:
        return TestVerdict(test, "tamper", error=FORGED)
    if any(held for held, _ in counts.values()) or (error is None and not sang(guard, counts)):
        return TestVerdict(test, "tamper", error=HELD)
    if error is not None:
        return TestVerdict(test, "error", error="the run that guards against cheating did not end")
    return None


def _report(records: Sequence[Any], weight: int) -> "tuple[Optional[dict[str, Any]], Counts, list[int]]":
    """The exception, the counts of the assertions, and the comparisons that would have held for other values too."""
    record = cast("dict[str, Any]", records[1]) if isinstance(records[1], dict) else {}
    if len(records) != 2 or set(record) != {"k", "x", "n", "b", "w", "ms"} or record["w"] != weight:
        raise BadDataError("a report of another shape")
    blamed = record["b"]
    if not isinstance(blamed, list) or [type(part) for part in cast("list[object]", blamed)] != [int, int]:
        raise BadDataError("a report of another shape")
    error = cast("dict[str, Any]", record["x"]) if isinstance(record["x"], dict) else None
    if record["x"] is not None and (error is None or not is_exception(error)):
        raise BadDataError("a report of another shape")
    return error, counts_of(record["n"]), cast("list[int]", blamed)
