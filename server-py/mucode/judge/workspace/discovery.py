"""Discovery: which tests there are and how they end on the unmodified code, twice, so that flaky ones show."""

import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..errors import JudgeError
from ..function.values import printable, shorten
from ..sandbox.pool import Errand, Pool
from ..verdict import TestVerdict
from . import warm
from .report import Phase, Report
from .request import Request, adapter_for, expanded, holds_test_case
from .strict import NOT_RUN, decide_run
from .suite import More, Play, Ran, Suite, files_of, perform
from .suspects import Failure, Suspect, suspects_of
from .texts import Texts, test_source
from .trouble import NoPytestError, broken_words, refuse, unlike_a_pass, wants_to_write

_MESSAGE_SHOWN = 1000
_MOST_RESTARTS = 5
_PROGRESS_S = 1.0
_PASSED = "pass"

Say = Callable[[str], None]


@dataclass
class _Look:
    """One look at the selection: the first run, and more where a test ended it."""

    ran: Ran
    verdicts: dict[str, TestVerdict] = field(default_factory=dict[str, TestVerdict])
    phases: dict[str, Sequence[Phase]] = field(default_factory=dict[str, Sequence[Phase]])
    to_write: bool = False

    def count(self) -> int:
        """How many tests passed."""
        return sum(verdict.result == _PASSED for verdict in self.verdicts.values())


class Discovery:
    """One request on its way."""

    def __init__(self, pool: Pool, request: Request, errand: Errand, say: Say) -> None:
        self._pool = pool
        self._request = request
        self._errand = errand
        self._say = say
        self._texts = Texts(request.root, request.unsaved)
        self._writable = False
        self._hidden: tuple[str, ...] = ()
        self._warnings: list[str] = []

    def discover(self) -> dict[str, object]:
        """The `discovered` event's content. Raises JudgeError where the tests cannot be run at all."""
        adapter = adapter_for(self._request, self._texts)
        try:
            return self._with(adapter)
        except NoPytestError:
            files = files_of(self._request.selection)
            if self._request.adapter != "auto" or not files:
                raise
            if not all(holds_test_case(self._texts.get(file)) for file in files):
                raise
            return self._with("unittest")

    def _with(self, adapter: str) -> dict[str, object]:
        request = self._request
        suite = Suite(request.root, adapter, request.file, request.time_limit_s, request.suite_limit_s)
        names = list(request.selection)
        if adapter != "pytest":
            names = expanded(names, request.root, adapter)
        self._say(f"Running the tests on the unmodified code ({adapter}) …")
        first = self._look(suite, names)
        if first.to_write:
            first = self._written(suite, names, first)
        refuse(first.ran, suite, names, request.python)
        if first.ran.report.exit != 0 and first.verdicts and first.count() == len(first.verdicts):
            raise unlike_a_pass(first.ran)
        self._say(f"Found {len(first.verdicts)} tests; running them once more …")
        second = self._look(suite, names)
        self._warn(suite, names, first, second)
        return self._answer(suite, first, second)

    def _play(self, suite: Suite) -> Play:
        site = warm.site_of(self._request.root, self._request.python, self._writable)
        self._hidden = site.hidden
        return warm.player(self._pool, site, self._request.python, suite.adapter, self._errand)

    def _look(self, suite: Suite, names: Sequence[str]) -> _Look:
        play = self._play(suite)
        site = warm.site_of(self._request.root, self._request.python, self._writable)
        suite = replace(suite, plugins=warm.known_of(site, self._request.python).plugins)
        done: set[str] = set()
        told = time.monotonic()

        def hear(name: str, phase: Phase) -> None:
            nonlocal told
            if phase.when != "setup":
                done.add(name)
            if done and time.monotonic() - told > _PROGRESS_S:
                told = time.monotonic()
                self._say(f"{len(done)} tests have run …")

        ran = perform(suite, "discover", names, self._request.unsaved, self._texts, play, More(hear=hear))
        look = _Look(ran)
        if ran.outcome.timed_out and ran.outcome.ms >= suite.suite_limit_s * 1000:
            return look
        found = list(dict.fromkeys(ran.report.collected or []))
        self._take(look, found, ran, suite)
        # A test which ends the process or runs out of time leaves the ones behind it to another run.
        for _ in range(_MOST_RESTARTS):
            left = [name for name, verdict in look.verdicts.items() if verdict.error == NOT_RUN]
            if not left:
                break
            self._take(look, left, perform(suite, "run", left, self._request.unsaved, self._texts, play), suite)
        if ran.report.installed:
            warm.remember(site, self._request.python, ran)
        return look

    def _take(self, look: _Look, names: Sequence[str], ran: Ran, suite: Suite) -> None:
        look.to_write = look.to_write or wants_to_write(ran)
        if ran.report.forged:
            return
        for verdict in decide_run(names, replace_exit(ran.report), ran.outcome, suite.adapter):
            look.verdicts[verdict.test] = verdict
            look.phases[verdict.test] = ran.report.phases.get(verdict.test, ())

    def _written(self, suite: Suite, names: Sequence[str], first: _Look) -> _Look:
        """Another look with a tree that may be written to; the first one where that helps nothing."""
        self._say("Something could not write into the project; trying with a tree that may be written to …")
        self._writable = True
        look = self._look(suite, names)
        better = look.count() > first.count() or (first.ran.report.collected is None and look.ran.report.collected)
        if better or look.ran.report.exit == 0 != first.ran.report.exit:
            return look
        self._writable = False
        return first

    def _warn(self, suite: Suite, names: Sequence[str], first: _Look, second: _Look) -> None:
        report = first.ran.report
        self._warnings += [broken_words(broken) for broken in report.broken]
        collected = list(first.verdicts)
        for name in names:
            if name and not any(
                one == name or one.startswith((name + "::", name + "[", name + "/")) for one in collected
            ):
                self._warnings.append(f"No test was found for {name}.")
        twice = sorted(name for name, count in Counter(report.collected or ()).items() if count > 1)
        if twice:
            self._warnings.append(f"{_some(twice)}: the id stands for several tests, so that it cannot be judged.")
        flaky = [name for name in collected if _flaky(name, first, second)]
        if flaky:
            self._warnings.append(
                f"{_some(flaky)}: ends differently when run twice on the same code, so it is left out."
            )
        if first.to_write and first.count() < len(first.verdicts):
            self._warnings.append(
                "Something tried to change a file of the project. Every file that exists stays as it is here, so "
                "a test that needs this fails in it; have it work on a copy in a temporary folder."
            )
        file = self._request.file
        if file and suite.adapter != "doctest" and file not in report.own.values():
            self._warnings.append(
                f"None of the tests imports {file}. If the project is installed as a copy, install it editable "
                "(`pip install -e .`), so that a change to the file has an effect."
            )

    def _answer(self, suite: Suite, first: _Look, second: _Look) -> dict[str, object]:
        tests: list[dict[str, object]] = []
        for index, (name, verdict) in enumerate(first.verdicts.items()):
            phases = first.phases.get(name, ())
            source, line = test_source(name, suite.adapter, self._texts)
            known = first.ran.report.lines[index] if index < len(first.ran.report.lines) else None
            tests.append(
                {
                    "id": name,
                    "result": verdict.result,
                    "flaky": _flaky(name, first, second),
                    "ms": round(verdict.ms, 1),
                    "message": _message(verdict, phases),
                    "source": source,
                    "file": name.partition("::")[0],
                    "line": line or known,
                    "frames": [frame.as_json() for phase in phases for frame in phase.frames][-30:],
                }
            )
        return {
            "adapter": suite.adapter,
            "root": suite.root,
            "python": {"path": self._request.python or sys.executable, "version": first.ran.report.python or _own()},
            "writable": self._writable,
            "hidden": [path[len(suite.root) + 1 :] for path in self._hidden],
            "warnings": self._warnings,
            "tests": tests,
            "suspects": [suspect.as_json() for suspect in self._suspects(first)],
        }

    def _suspects(self, look: _Look) -> "list[Suspect]":
        failures: list[Failure] = []
        for name, verdict in look.verdicts.items():
            if verdict.result not in (_PASSED, "skipped"):
                frames = [frame for phase in look.phases.get(name, ()) for frame in phase.frames]
                failures.append(Failure(name, tuple((frame.file, frame.line) for frame in frames)))
        return suspects_of(failures, self._texts.get, self._request.file or None)


def replace_exit(report: Report) -> Report:
    """The report as if its status agreed: on the unmodified code every single result is wanted, whatever else fails."""
    return replace(report, exit=0, broken=[]) if report.exit is not None else report


def _own() -> str:
    return platform.python_version()


def _flaky(name: str, first: _Look, second: _Look) -> bool:
    other = second.verdicts.get(name)
    return other is None or other.result != first.verdicts[name].result


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _message(verdict: TestVerdict, phases: "Sequence[Any]") -> Optional[str]:
    """What pytest would show for a test that did not pass."""
    if verdict.result == _PASSED:
        return None
    told = next((phase.message for phase in phases if phase.outcome != "passed" and phase.message), None)
    text = told or verdict.error
    return shorten(printable(text), _MESSAGE_SHOWN) if text else None


def discover(pool: Pool, request: Request, errand: Errand, say: Say) -> dict[str, object]:
    """What the `discovered` event holds. Raises JudgeError and CancelledError."""
    if request.file and request.file not in request.unsaved and Texts(request.root, {}).get(request.file) is None:
        raise JudgeError(f"There is no {request.file} below {request.root}. Save the file under repair first.")
    return Discovery(pool, request, errand, say).discover()
