"""Judges one candidate of a project: the run in earnest, then the canary. Starts no process itself."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

from ..function.feedback import compose
from ..function.loopholes import seen_through
from ..problem import ProblemError, Test
from ..program import Program
from ..verdict import TestVerdict, Verdict, unusable, weakest_judged, worst_result
from .beyond import file_loophole
from .entwined import argument_changed, star_taken
from .guarding import Guarding, test_files
from .problem import WorkspaceProblem
from .report import Frame, Phase, Report
from .strict import NOT_RUN, decide_phase, decide_run
from .submission import changed_test, submitted
from .suite import More, Play, Ran, Suite, perform
from .texts import Texts, statement_at
from .warm import Known

MOST_RUNS = 3
"""A test that ends the process or runs out of time leaves the ones behind it to another run."""
MOST_TIMEOUTS = 1

NOT_SEALED = "the sources of the tests could not be taken out of the program's reach"
READABLE = "the tests need their own sources ({}), so the program could read them too"
STAR = "a file that imports everything of a module may take the program's new {} for another one"
CHANGED = "the program changes what it was given ({}), and a test computes what it expects from that"
MANY = (
    "more of the project's files were imported ({}) than are looked through, so the program could hide one among them"
)
_MOST_READ = 5000
_MADE = "or files that are made beside them"
_NO_SOURCE = re.compile("could not get source code|source code not available")

OnTest = Callable[[TestVerdict], None]


def judge_workspace(
    problem: WorkspaceProblem,
    which: str,
    candidate: Mapping[str, object],
    play: Play,
    on_test: OnTest,
    known: Known = Known(),  # noqa: B008 - it cannot change
) -> Verdict:
    """The verdict on one candidate by the public or the private tests; `guarded` at best.

    `play` runs the jobs; `on_test` hears of each test as it is decided; `known` is what discovery found out. Raises
    JudgeError for a problem that cannot be judged, and whatever `play` raises.
    """
    name = str(candidate.get("id", ""))
    tests = problem.tests(which)
    if not tests:
        raise ProblemError(f"The problem has no {which} tests; without a test nothing can be judged.")
    found = submitted(problem, candidate)
    if not found.ok:
        return unusable(name, [test.id for test in tests], found.message, "guarded", on_test)
    program = Program(found.program, found.region_line)
    suite = Suite(
        problem.root,
        problem.adapter,
        problem.file,
        problem.time_limit_s,
        problem.suite_limit_s,
        known.plugins,
        known.start_s,
    )
    judging = _Judging(problem, suite, [test.id for test in tests], program, play, on_test)
    verdicts = judging.verdicts()
    for verdict in verdicts:
        if verdict.test not in judging.told:
            on_test(verdict)
    return Verdict(
        name,
        worst_result(verdict.result for verdict in verdicts),
        weakest_judged(verdict.judged for verdict in verdicts),
        verdicts,
        compose([test if test.source.strip() else Test(test.id, test.id) for test in tests], verdicts),
        found.fingerprint,
        judging.ms,
    )


class _Judging:
    def __init__(
        self,
        problem: WorkspaceProblem,
        suite: Suite,
        names: Sequence[str],
        program: Program,
        play: Play,
        on_test: OnTest,
    ) -> None:
        self._problem = problem
        self._names = names
        self._program = program
        self._play = play
        self._on_test = on_test
        self._suite = suite
        self._files = {**dict(problem.buffers), problem.file: program.text}
        self._texts = Texts(problem.root, {**dict(problem.buffers), problem.file: problem.text})
        self._writes = problem.writable or bool(problem.rewritten)
        self._seal = True
        self._asked = ""
        self._readable = False
        """The candidate could read the tests' sources."""
        self._imported: set[str] = set()
        """The project's files that the run in earnest had imported."""
        self.told: set[str] = set()
        """Tests that were told while the run went on. A pass is told only after its canary."""
        self.ms = 0.0

    def verdicts(self) -> list[TestVerdict]:
        """One verdict for each test, in their order."""
        changed = changed_test(self._problem, self._names, self._program.text)
        if changed is not None:
            error = f"the program changes the test {changed} itself"
            return [TestVerdict(name, "tamper", error=error, judged="guarded") for name in self._names]
        verdicts = [replace(verdict, judged="guarded") for verdict in self._earnestly()]
        if any(verdict.result != "pass" for verdict in verdicts):
            return verdicts
        why = self._unguarded_why()
        if why is not None:
            # The canary would prove nothing.
            return [replace(verdict, judged="unguarded", why=why) for verdict in verdicts]
        guarding = Guarding(self._problem, self._suite, self._names, self._ran)
        return guarding.decide(verdicts, self._files, self._texts, self._imported)

    def _unguarded_why(self) -> Optional[str]:
        if self._readable:
            return READABLE.format(self._asked.replace(f"{self._problem.root}/", "")) if self._asked else NOT_SEALED
        # A candidate chooses what it imports besides: of too many none is left out in silence.
        if len(self._imported) > _MOST_READ:
            return MANY.format(len(self._imported))
        names = test_files(self._problem, self._names, self._imported)
        tests = [text for file in names if (text := self._texts.get(file)) is not None]
        found = file_loophole(self._problem, self._program.text, self._is_own, tests)
        return seen_through(found) if found is not None else self._entwined_why(names, tests)

    def _entwined_why(self, names: Sequence[str], tests: Sequence[str]) -> Optional[str]:
        before, after = self._problem.text, self._program.text
        files = sorted(self._imported - {self._problem.file, *names})
        own = [text for file in files if (text := self._texts.get(file)) is not None]
        found = star_taken(before, after, [*tests, *own])
        if found is not None:
            return STAR.format(found)
        found = argument_changed(before, after, tests)
        return None if found is None else CHANGED.format(found)

    def _earnestly(self) -> list[TestVerdict]:
        """The run in earnest: without the tests' sources, and with them where their absence may be why it failed."""
        verdicts = self._in_earnest()
        if all(verdict.result == "pass" for verdict in verdicts):
            return verdicts
        if not self._asked and not self._writes:
            return verdicts
        # Files that a suite makes beside its tests cannot be read there either, and not all who open them can be seen.
        self._asked = self._asked or _MADE
        self._seal = False
        return self._in_earnest()

    def _is_own(self, name: str) -> bool:
        """Whether the first part of a module's name is the project's."""
        bases = dict.fromkeys(["", "src", "lib", posixpath.dirname(self._problem.file)])
        paths = [Path(self._problem.root, base, name) for base in bases]
        return any(path.is_dir() or path.with_name(f"{name}.py").is_file() for path in paths)

    def _ran(self, mode: str, names: Sequence[str], files: Mapping[str, str], canary: Optional[str] = None) -> Ran:
        hear = self._hear if mode == "run" else None
        ran = perform(self._suite, mode, names, files, self._texts, self._play, More(canary, hear, self._seal))
        self.ms += ran.outcome.ms
        self._readable = self._readable or not ran.report.sealed
        if self._seal and not self._asked:
            self._asked = ran.report.asked or _misses_source(ran.report)
        return ran

    def _hear(self, name: str, phase: Phase) -> None:
        doubtful = self._seal and (self._writes or _NO_SOURCE.search(phase.message))
        verdict = decide_phase(name, phase) if not doubtful else None
        if verdict is not None and name in self._names and name not in self.told:
            self.told.add(name)
            self._on_test(verdict)

    def _in_earnest(self) -> list[TestVerdict]:
        decided: dict[str, TestVerdict] = {}
        left = list(self._names)
        timeouts = 0
        for _ in range(MOST_RUNS):
            ran = self._ran("run", left, self._files)
            verdicts = decide_run(left, ran.report, ran.outcome, self._suite.adapter)
            self._imported |= set(ran.report.own.values())
            decided.update({one.test: self._located(one, ran.report) for one in verdicts})
            timeouts += ran.outcome.timed_out
            left = [one.test for one in verdicts if one.error == NOT_RUN]
            if not left or timeouts > MOST_TIMEOUTS:
                break
        return [decided[name] for name in self._names]

    def _located(self, verdict: TestVerdict, report: Report) -> TestVerdict:
        """The verdict with the assertion that failed and the candidate's own line."""
        if verdict.result not in ("fail", "error"):
            return verdict
        file, _, rest = verdict.test.partition("::")
        frames = _frames(verdict.test, report)
        own = [frame.line for frame in frames if frame.file == self._problem.file]
        line = self._program.line(str(own[-1])) if own else None
        there = [frame.line for frame in frames if frame.file == file and file != self._problem.file]
        text = self._texts.get(file)
        statement = statement_at(text, there[-1]) if there and text is not None else None
        failing = f"{rest}: {statement}" if statement is not None else verdict.failing
        return replace(verdict, line=line, failing=failing)


def _misses_source(report: Report) -> str:
    """What a test said that could not show its own source; empty where none did."""
    phases = (phase for found in report.phases.values() for phase in found)
    return next((found.group() for phase in phases if (found := _NO_SOURCE.search(phase.message))), "")


def _frames(name: str, report: Report) -> tuple[Frame, ...]:
    for phase in report.phases.get(name, []):
        if phase.outcome == "failed" and phase.frames:
            return phase.frames
    file = name.partition("::")[0]
    return next((broken.frames for broken in report.broken if broken.name == file), ())
