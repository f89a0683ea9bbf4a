"""One look at a selection of tests on the unmodified code: a run, and more runs where a test ended it.

Which looks there are and what they tell the user is in discovery.py.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from ..limits import Site
from ..sandbox.pool import Errand, Pool
from ..verdict import TestVerdict
from . import warm
from .executed import Executions, executions_of
from .report import Phase, Report
from .request import Request
from .strict import NOT_RUN, decide_run
from .suite import More, Ran, Suite, files_of, perform
from .texts import Texts
from .trouble import wants_to_write

_MOST_RESTARTS = 5
_PROGRESS_S = 1.0
_PASSED = "pass"
_MOST_TRACED = 20
_TRACE_S = 10.0
"""For all that finding suspects may run once more: what is noted of each call makes tests slower."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ground:
    """How the tree is shown, and the seed of the hashes, on which the order of sets depends."""

    writable: bool = False
    rewritten: tuple[str, ...] = ()
    hash_seed: int = 0


@dataclass
class Look:
    """The first run's report, and the verdicts of all runs."""

    ran: Ran
    verdicts: dict[str, TestVerdict] = field(default_factory=dict[str, TestVerdict])
    phases: dict[str, Sequence[Phase]] = field(default_factory=dict[str, Sequence[Phase]])
    to_write: bool = False

    def count(self) -> int:
        """How many tests passed."""
        return sum(verdict.result == _PASSED for verdict in self.verdicts.values())

    def better_than(self, other: "Look") -> bool:
        """Whether more passed, or something could be run at all."""
        if self.count() > other.count() or (other.ran.report.collected is None and self.ran.report.collected):
            return True
        return self.ran.report.exit == 0 != other.ran.report.exit


class Looks:
    """Takes looks for one request."""

    def __init__(self, pool: Pool, request: Request, errand: Errand, texts: Texts, say: Say) -> None:
        self._pool = pool
        self._request = request
        self._errand = errand
        self._texts = texts
        self._say = say
        self._preload: Optional[tuple[str, ...]] = None

    def site(self, ground: Ground) -> Site:
        """The project. Raises JudgeError."""
        site = warm.site_of(self._request.root, self._request.python, ground.writable, ground.rewritten)
        return replace(site, hash_seed=ground.hash_seed)

    def look(self, suite: Suite, names: Sequence[str], ground: Ground) -> Look:
        """Runs the selection. Raises JudgeError and CancelledError."""
        site = self.site(ground)
        known = warm.known_of(site, self._request.python)
        if self._preload is None:
            self._preload = known.modules
        # Another seed needs another server, which nobody uses again soon: it takes no time to load what is new.
        ahead = self._preload if ground.hash_seed else known.modules
        play = warm.player(self._pool, site, self._request.python, suite.adapter, self._errand, ahead)
        suite = replace(suite, plugins=known.plugins)
        ran = perform(suite, "discover", names, self._request.unsaved, self._texts, play, More(hear=self._progress()))
        look = Look(ran)
        if ran.outcome.timed_out and ran.outcome.ms >= suite.suite_limit_s * 1000:
            return look
        _take(look, list(dict.fromkeys(ran.report.collected or [])), ran, suite)
        # A test which ends the process or runs out of time leaves the ones behind it to another run.
        for _ in range(_MOST_RESTARTS):
            left = [name for name, verdict in look.verdicts.items() if verdict.error == NOT_RUN]
            if not left:
                break
            _take(look, left, perform(suite, "run", left, self._request.unsaved, self._texts, play), suite)
        if ran.report.installed:
            warm.remember(site, self._request.python, ran)
        return look

    def executions(self, suite: Suite, failing: Sequence[str], ground: Ground) -> Executions:
        """What the failing tests and the others of their files ran, as far as that is found out in a short time."""
        wanted = frozenset(failing[:_MOST_TRACED])
        files = files_of(failing[:_MOST_TRACED])
        found = executions_of(self._traced(suite, files, ground), wanted)
        # Those in front of them may have taken all the time.
        return found if found.failing else executions_of(self._traced(suite, sorted(wanted), ground), wanted)

    def _traced(self, suite: Suite, names: Sequence[str], ground: Ground) -> Report:
        site = self.site(ground)
        play = warm.player(self._pool, site, self._request.python, suite.adapter, self._errand)
        plugins = warm.known_of(site, self._request.python).plugins
        suite = replace(suite, plugins=plugins, suite_limit_s=min(suite.suite_limit_s, _TRACE_S))
        more = More(traced=True)
        return perform(suite, "discover", names, self._request.unsaved, self._texts, play, more).report

    def _progress(self) -> Callable[[str, Phase], None]:
        done: set[str] = set()
        told = time.monotonic()

        def hear(name: str, phase: Phase) -> None:
            nonlocal told
            if phase.when != "setup":
                done.add(name)
            if done and time.monotonic() - told > _PROGRESS_S:
                told = time.monotonic()
                self._say(f"{len(done)} tests have run …")

        return hear


def _take(look: Look, names: Sequence[str], ran: Ran, suite: Suite) -> None:
    look.to_write = look.to_write or wants_to_write(ran)
    if ran.report.forged:
        return
    for verdict in decide_run(names, _agreeing(ran.report), ran.outcome, suite.adapter):
        look.verdicts[verdict.test] = verdict
        look.phases[verdict.test] = ran.report.phases.get(verdict.test, ())


def _agreeing(report: Report) -> Report:
    """The report as if its status agreed: on the unmodified code every single result is wanted, whatever else fails."""
    return replace(report, exit=0, broken=[]) if report.exit is not None else report
