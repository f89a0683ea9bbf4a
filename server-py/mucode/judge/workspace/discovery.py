"""Discovery: which tests there are and how they end on the unmodified code, twice, so that flaky ones show."""

import platform
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

from ..errors import JudgeError
from ..function.values import printable, shorten
from ..sandbox.pool import Errand, Pool
from ..verdict import TestVerdict
from .executed import Executions
from .looks import Ground, Look, Looks, Say
from .request import Request, adapter_for, expanded, holds_test_case
from .rewriting import data_files
from .strict import NOT_RUN
from .suite import Suite, files_of
from .suspects import Failure, Suspect, suspects_of
from .texts import Texts, test_source
from .trouble import NoPytestError, broken_words, refuse, unlike_a_pass

_MESSAGE_SHOWN = 1000
_PASSED = "pass"
_TRACED = ("pytest", "unittest")
_OTHER_SEED = 1
"""Of the second run: what depends on the order of a set may end differently."""


class Discovery:
    """One request on its way."""

    def __init__(self, pool: Pool, request: Request, errand: Errand, say: Say) -> None:
        self._pool = pool
        self._request = request
        self._say = say
        self._texts = Texts(request.root, request.unsaved)
        self._looks = Looks(pool, request, errand, self._texts, say)
        self._ground = Ground()
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
        first = self._looks.look(suite, names, self._ground)
        if first.to_write:
            first = self._written(suite, names, first)
        refuse(first.ran, suite, names, request.python)
        if first.ran.report.exit != 0 and first.verdicts and first.count() == len(first.verdicts):
            raise unlike_a_pass(first.ran)
        self._say(f"Found {len(first.verdicts)} tests; running them once more …")
        second = self._looks.look(suite, names, replace(self._ground, hash_seed=_OTHER_SEED))
        self._warn(suite, names, first, second)
        return self._answer(suite, first, second, self._suspects(suite, first))

    def _written(self, suite: Suite, names: Sequence[str], first: Look) -> Look:
        """Looks with a tree that may be written to; the first one where that helps nothing.

        New files first. Then, with copies of all data, the files that the tests really change; only those stay open.
        """
        self._say("Something could not write into the project; trying with a tree that may be written to …")
        may_add = self._pool.choice().tier == "T3"
        best = self._try(suite, names, Ground(writable=True), first) if may_add else first
        if not best.to_write or best.count() == len(best.verdicts) > 0:
            return best
        every = tuple(data_files(Path(suite.root), self._looks.site(Ground()).hidden))
        if not every:
            return best
        self._say("Something could not change a file of the project; trying with copies of its data …")
        seen = self._looks.look(replace(suite, watched=every), names, Ground(may_add, every))
        changed = tuple(sorted(set(seen.ran.report.rewritten) & set(every)))
        return self._try(suite, names, Ground(may_add, changed), best) if changed else best

    def _try(self, suite: Suite, names: Sequence[str], ground: Ground, before: Look) -> Look:
        look = self._looks.look(suite, names, ground)
        if not look.better_than(before):
            return before
        self._ground = ground
        return look

    def _warn(self, suite: Suite, names: Sequence[str], first: Look, second: Look) -> None:
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
        lost = [name for name in collected if name not in second.verdicts]
        if lost:
            self._warnings.append(
                f"{_some(lost)}: not reached again in the second run before its {suite.suite_limit_s:g} seconds were "
                "over, so it is left out. Give the suite more time, or try when the machine is less busy."
            )
        unreached = [name for name, verdict in first.verdicts.items() if verdict.error == NOT_RUN]
        if unreached:
            self._warnings.append(f"{_some(unreached)}: never reached, since tests before it end the process.")
        flaky = [name for name in collected if name not in lost and _flaky(name, first, second)]
        if flaky:
            self._warnings.append(
                f"{_some(flaky)}: ends differently when run twice on the same code, so it is left out."
            )
        if first.to_write and first.count() < len(first.verdicts):
            self._warnings.append(
                "Something tried to change a file of the project that stays as it is here: only data files of at most "
                "16 MB together may be changed, no tests, code or configuration. A test that needs more fails; have "
                "it work on a copy in a temporary folder."
            )
        file = self._request.file
        if file and suite.adapter != "doctest" and file not in report.own.values():
            self._warnings.append(
                f"None of the tests imports {file}. If the project is installed as a copy, install it editable "
                "(`pip install -e .`), so that a change to the file has an effect."
            )

    def _answer(self, suite: Suite, first: Look, second: Look, suspects: "Sequence[Suspect]") -> dict[str, object]:
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
            "writable": self._ground.writable,
            "rewritten": list(self._ground.rewritten),
            "hidden": [path[len(suite.root) + 1 :] for path in self._looks.site(self._ground).hidden],
            "warnings": self._warnings,
            "tests": tests,
            "suspects": [suspect.as_json() for suspect in suspects],
        }

    def _suspects(self, suite: Suite, look: Look) -> "list[Suspect]":
        failures: list[Failure] = []
        for name, verdict in look.verdicts.items():
            if verdict.result not in (_PASSED, "skipped"):
                frames = [frame for phase in look.phases.get(name, ()) for frame in phase.frames]
                failures.append(Failure(name, tuple((frame.file, frame.line) for frame in frames)))
        executions = Executions()
        # Where the code under repair is known already, nobody asks for suspects.
        if failures and not self._request.file and suite.adapter in _TRACED:
            self._say("Looking at what the failing tests run …")
            executions = self._looks.executions(suite, [one.test for one in failures], self._ground)
        return suspects_of(failures, self._texts.get, self._request.file or None, executions)


def _own() -> str:
    return platform.python_version()


def _flaky(name: str, first: Look, second: Look) -> bool:
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
