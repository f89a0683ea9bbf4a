"""The canary of a candidate that passed in earnest: its tests once more, falsified, and what that says of each pass."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from ..function.lineup import is_test_path
from ..function.redefined import compares
from ..function.reports import FORGED
from ..function.values import BadDataError
from ..syntax import body_of
from ..verdict import TestVerdict
from .canaries import Counts, FileGuard, OracleInfo, counter_name, counts_of, decide_canary, falsify_file, unguarded_why
from .problem import WorkspaceProblem
from .report import Phase, Report
from .suite import Ran, Suite, files_of
from .texts import Texts

OWN_FILE = "the test is in the file under repair, where its expected values cannot be falsified"
_HELD = "the program also passes this example with a false expected output"
_UNEXPLAINED = "the run that guards against cheating did not end like the one in earnest"
_MOST_KEPT = 64

Run = Callable[[str, Sequence[str], Mapping[str, str], Optional[str]], Ran]
"""(mode, ids, files by relative path, name of the counting object) → what came of it."""


@dataclass(frozen=True)
class Falsification:
    """The falsified files of a problem's tests."""

    name: str
    """The counting object's."""
    guards: Mapping[str, FileGuard]


def test_files(problem: WorkspaceProblem, names: Sequence[str], imported: Iterable[str]) -> list[str]:
    """The tests' own files and what else belongs to the tests; never the file under repair."""
    found = files_of(names)
    for file in list(found):
        parts = file.split("/")[:-1]
        folders = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
        found += [f"{folder}/conftest.py" if folder else "conftest.py" for folder in folders]
    found += sorted(file for file in imported if is_test_path(file))
    return [file for file in dict.fromkeys(found) if file != problem.file]


class Guarding:
    """The canary of one problem's tests. What it found on the unmodified program is kept for every candidate."""

    def __init__(self, problem: WorkspaceProblem, suite: Suite, names: Sequence[str], run: Run) -> None:
        self._problem = problem
        self._suite = suite
        self._names = names
        self._run = run
        self._false = Falsification("", {})
        self._compares = compares(body_of(problem.text))

    def decide(
        self, verdicts: Sequence[TestVerdict], files: Mapping[str, str], texts: Texts, imported: Iterable[str]
    ) -> list[TestVerdict]:
        """The verdicts on tests that all passed, as their canary leaves them. imported: the project's files which the
        run in earnest had imported."""
        if self._suite.adapter == "doctest":
            return self._decide_examples(verdicts, files)
        wanted = test_files(self._problem, self._names, imported)
        self._false = falsification({file: text for file in wanted if (text := texts.get(file)) is not None})
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
        falsified = {file: guard.text for file, guard in self._false.guards.items()}
        files = {**files, **falsified}
        ran = self._run("canary", self._names, files, self._false.name)
        if ran.report.exit is None and not ran.report.forged:
            # A run that did not end says nothing; chance may have ended it, so it is asked once more.
            ran = self._run("canary", self._names, files, self._false.name)
        return ran.report

    def _baseline(self) -> Report:
        key = _key(self._problem, self._names)
        if key not in _BASELINES:
            files = {**dict(self._problem.buffers), self._problem.file: self._problem.text}
            if len(_BASELINES) >= _MOST_KEPT:
                _BASELINES.clear()
            _BASELINES[key] = self._falsified(files)
        return _BASELINES[key]

    def _decided(self, verdict: TestVerdict, report: Report, baseline: Optional[Report]) -> TestVerdict:
        file, _, rest = verdict.test.partition("::")
        if file == self._problem.file:
            return replace(verdict, judged="unguarded", why=OWN_FILE)
        guard = self._false.guards.get(file)
        info = guard.oracle(rest.partition("[")[0].replace("::", ".")) if guard is not None else OracleInfo({})
        try:
            counts = _counts(verdict.test, report)
            habits = _counts(verdict.test, baseline) if baseline is not None else None
        except BadDataError:
            return replace(verdict, result="tamper", error=FORGED)
        if self._compares:
            # A class of the file compares by code of its own; saying yes to everything may be right for it.
            counts = {number: (0, *row[1:3], row[0] + row[3]) for number, row in counts.items()}
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
_FALSIFIED: dict[str, Falsification] = {}


def falsification(texts: Mapping[str, str]) -> Falsification:
    """The falsified files, made once for all candidates: nothing that one of them learns reaches another."""
    key = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    if key not in _FALSIFIED:
        name, first = counter_name(), 0
        guards: dict[str, FileGuard] = {}
        for file, text in texts.items():
            guards[file] = falsify_file(text, name, first)
            first += len(guards[file].sources)
        if len(_FALSIFIED) >= _MOST_KEPT:
            _FALSIFIED.clear()
        _FALSIFIED[key] = Falsification(name, guards)
    return _FALSIFIED[key]


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
