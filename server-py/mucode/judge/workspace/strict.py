"""Decides each expected test of one run: exactly the expected set, each reported once as passed, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from ..function.reports import FORGED, ended
from ..limits import Outcome
from ..verdict import TestVerdict
from .explain import short, told
from .report import Phase, Report

_PHASES = {"pytest": ("setup", "call", "teardown")}
_WELL = 0
NOT_RUN = "not run: the run had ended before it"
_SKIPPED = {"skipped": "it was skipped", "xfailed": "it failed, as its mark says", "rerun": "it was run again"}


def decide_run(expected: Sequence[str], report: Report, outcome: Outcome, adapter: str) -> list[TestVerdict]:
    """A verdict for every expected id, in their order; all of them pass or none may be called passed."""
    if report.forged:
        return [TestVerdict(name, "tamper", error=FORGED) for name in expected]
    known = set(expected)
    stranger = next((name for name in (*report.phases, *(report.collected or ())) if name not in known), None)
    if stranger is not None:
        error = short(f"the run reported {stranger}, which was not to be run")
        return [TestVerdict(name, "tamper", error=error) for name in expected]
    needed = _PHASES.get(adapter, ("call",))
    verdicts = [_decided(name, report, needed) for name in expected]
    stopped = _stopped(report, outcome)
    decided: list[TestVerdict] = []
    for name, verdict in zip(expected, verdicts):
        if verdict is None and stopped is not None:
            decided.append(replace(stopped, test=name))
            if report.collected is not None:
                # Only one test was running when it ended; the others were not reached.
                stopped = TestVerdict("", "skipped", error=NOT_RUN)
        else:
            decided.append(verdict or _missing(name, report))
    if all(verdict.result == "pass" for verdict in decided):
        odd = _disagreement(report, outcome)
        if odd is not None:
            return [replace(verdict, result=odd.result, error=odd.error) for verdict in decided]
    return decided


def decide_phase(name: str, phase: Phase) -> Optional[TestVerdict]:
    """What one phase alone says of its test; None for one that went well, since others may not."""
    if phase.outcome == "failed":
        return told(name, phase)
    if phase.part:
        return None
    if phase.outcome in _SKIPPED:
        reason = f": {phase.message}" if phase.message else ""
        return TestVerdict(name, "skipped", error=short(_SKIPPED[phase.outcome] + reason))
    if phase.outcome == "xpassed":
        return TestVerdict(name, "fail", error="it passed although it is marked to fail; remove the mark")
    if phase.outcome == "forged" or phase.raised:
        return TestVerdict(name, "tamper", error="it was reported as passed although it raised an exception")
    return None


def _decided(name: str, report: Report, needed: Sequence[str]) -> Optional[TestVerdict]:
    """The verdict on a test that was reported; None when its report is not complete."""
    phases = report.phases.get(name, [])
    ms = sum(phase.ms for phase in phases if not phase.part)
    # A failure says more than anything else that was reported of a test.
    for phase in sorted(phases, key=lambda phase: phase.outcome != "failed"):
        verdict = decide_phase(name, phase)
        if verdict is not None:
            return replace(verdict, ms=ms)
    whole = [phase for phase in phases if not phase.part]
    if len(whole) > len(needed) or len({phase.when for phase in whole}) < len(whole):
        return TestVerdict(name, "tamper", error="it was reported more than once", ms=ms)
    return TestVerdict(name, "pass", ms=ms) if _complete(whole, needed) else None


def _complete(phases: Sequence[Phase], needed: Sequence[str]) -> bool:
    return tuple(phase.when for phase in phases) == tuple(needed)


def _stopped(report: Report, outcome: Outcome) -> Optional[TestVerdict]:
    """What to say of the test that was running when the process ended before its time; None when it did not."""
    if report.exit is not None:
        return None
    return ended(outcome, "the test" if report.collected is not None else "importing the tests")


def _missing(name: str, report: Report) -> TestVerdict:
    """A test without a complete report, of a run that came to its end."""
    file = name.partition("::")[0]
    for broken in report.broken:
        if broken.name == file or not broken.name or file.startswith(broken.name + "/"):
            phase = Phase("setup", "failed", message=broken.message, frames=broken.frames)
            return replace(told(name, phase), result="error", failing=f"(importing {file})")
    if file in report.left_out:
        return TestVerdict(name, "skipped", error=short(f"its file skips itself: {report.left_out[file]}"))
    if report.collected is not None and name not in report.collected:
        return TestVerdict(name, "error", error="it was not collected; something had deselected or removed it")
    return TestVerdict(name, "error", error="the run ended without a report about it")


def _disagreement(report: Report, outcome: Outcome) -> Optional[TestVerdict]:
    """Why a run whose tests all passed did not end like one."""
    if report.collected is None:
        return TestVerdict("", "tamper", error="the run reported tests without having collected any")
    if report.broken:
        return TestVerdict("", "error", error=short(f"{report.broken[0].name} could not be collected"))
    if report.exit != _WELL:
        return TestVerdict("", "error", error=f"all tests passed, and yet the run ended with status {report.exit}")
    if outcome.limit is not None or outcome.timed_out or outcome.signal is not None:
        return ended(outcome, "the run")
    if outcome.exit_status != 0:
        return TestVerdict("", "error", error=f"the process ended with status {outcome.exit_status}")
    return None
