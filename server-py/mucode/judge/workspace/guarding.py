"""The canary of a candidate that passed in earnest: its tests once more, falsified, and what that says of each pass."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from ..reports import FORGED
from ..values import BadDataError
from ..verdict import TestVerdict
from .canaries import Counts, FileGuard, OracleInfo, counter_name, counts_of, decide_canary, falsify_file, unguarded_why
from .problem import WorkspaceProblem
from .report import Phase, Report
from .suite import Ran, Suite, files_of
from .texts import Texts

OWN_FILE = "the test is in the file under repair, where its expected values cannot be falsified"
_HELD = "the program also passes this example with a false expected output"
_UNEXPLAINED = "the run that guards against cheating did not end like the one in earnest"
_MOST_BASELINES = 64

Run = Callable[[str, Sequence[str], Mapping[str, str], Optional[str]], Ran]
"""(mode, ids, files by relative path, name of the counting object) → what came of it."""


class Guarding:
    """The canary of one problem's tests. What it found on the unmodified program is kept for every candidate."""

    def __init__(self, problem: WorkspaceProblem, suite: Suite, names: Sequence[str], texts: Texts, run: Run) -> None:
        self._problem = problem
        self._suite = suite
        self._names = names
        self._run = run
        self._name = counter_name()
        self._guards: dict[str, FileGuard] = {}
        first = 0
        for file in self._falsifiable(texts):
            guard = falsify_file(texts[file], self._name, first)
            first += len(guard.sources)
            self._guards[file] = guard

    def _falsifiable(self, texts: Texts) -> list[str]:
        """The tests' own files and the conftest files above them; never the file under repair."""
        found = files_of(self._names)
        for file in list(found):
            parts = file.split("/")[:-1]
            folders = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
            found += [f"{folder}/conftest.py" if folder else "conftest.py" for folder in folders]
        known = dict.fromkeys(found)
        return [file for file in known if file != self._problem.file and texts.get(file) is not None]

    def decide(self, verdicts: Sequence[TestVerdict], files: Mapping[str, str]) -> list[TestVerdict]:
        """The verdicts on tests that all passed, as their canary leaves them."""
        if self._suite.adapter == "doctest":
            return self._decide_examples(verdicts, files)
        report = self._falsified(files)
        if report.forged:
            return [replace(one, result="tamper", error=FORGED) for one in verdicts]
        decided = [self._decided(one, report, None) for one in verdicts]
        if any(one.result == "tamper" for one in decided):
            # What a false demand finds on the unmodified program too is the project's habit, and no trick.
            baseline = self._baseline()
            decided = [self._decided(one, report, baseline) for one in verdicts]
        return decided

    def _falsified(self, files: Mapping[str, str]) -> Report:
        falsified = {file: guard.text for file, guard in self._guards.items()}
        return self._run("canary", self._names, {**files, **falsified}, self._name).report

    def _baseline(self) -> Report:
        key = _key(self._problem, self._names)
        if key not in _BASELINES:
            files = {**dict(self._problem.buffers), self._problem.file: self._problem.text}
            if len(_BASELINES) >= _MOST_BASELINES:
                _BASELINES.clear()
            _BASELINES[key] = self._falsified(files)
        return _BASELINES[key]

    def _decided(self, verdict: TestVerdict, report: Report, baseline: Optional[Report]) -> TestVerdict:
        file, _, rest = verdict.test.partition("::")
        if file == self._problem.file:
            return replace(verdict, judged="unguarded", why=OWN_FILE)
        guard = self._guards.get(file)
        info = guard.oracle(rest.partition("[")[0].replace("::", ".")) if guard is not None else OracleInfo({})
        try:
            counts = _counts(verdict.test, report)
            habits = _counts(verdict.test, baseline) if baseline is not None else None
        except BadDataError:
            return replace(verdict, result="tamper", error=FORGED)
        outcome, message = _call(verdict.test, report)
        told = decide_canary(info, counts, outcome, message, habits)
        if told is None:
            return verdict
        if isinstance(told, str):
            why = unguarded_why(info, counts, outcome, message)
            return replace(verdict, judged="unguarded", why=f"{verdict.test}: {why}" if why else None)
        return replace(told, test=verdict.test, ms=verdict.ms, judged="guarded")

    def _decide_examples(self, verdicts: Sequence[TestVerdict], files: Mapping[str, str]) -> list[TestVerdict]:
        report = self._run("canary", self._names, files, None).report
        if report.forged:
            return [replace(one, result="tamper", error=FORGED) for one in verdicts]
        decided: list[TestVerdict] = []
        for verdict in verdicts:
            phase = next(iter(report.phases.get(verdict.test, ())), None)
            if phase is None:
                decided.append(replace(verdict, judged="unguarded", why=f"{verdict.test}: {_UNEXPLAINED}"))
            elif phase.held or (phase.outcome == "passed" and phase.asks):
                decided.append(replace(verdict, result="tamper", error=_HELD))
            elif not phase.asks:
                why = f"{verdict.test}: the examples show no output"
                decided.append(replace(verdict, judged="unguarded", why=why))
            else:
                decided.append(verdict)
        return decided


_BASELINES: dict[str, Report] = {}


def _key(problem: WorkspaceProblem, names: Sequence[str]) -> str:
    given = (problem.root, problem.file, problem.text, problem.buffers, problem.python, tuple(names))
    return hashlib.sha256(repr(given).encode()).hexdigest()


def _counts(name: str, report: Report) -> Counts:
    phases = [phase for phase in report.phases.get(name, ()) if phase.counts is not None]
    return counts_of(phases[-1].counts) if phases else {}


def _call(name: str, report: Report) -> tuple[str, str]:
    """How the falsified test itself was reported."""
    phases: list[Phase] = [one for one in report.phases.get(name, ()) if not one.part]
    bad = next((one for one in phases if one.outcome != "passed"), None)
    called = next((one for one in phases if one.when == "call"), None)
    phase = bad or called
    return (phase.outcome, phase.message) if phase is not None else ("missing", "")
