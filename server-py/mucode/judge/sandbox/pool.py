"""The warm fork servers of this process: which one runs a job, when one is booted, replaced and closed.

One job itself is in supervise.py; which tier they all have is in tiers.py.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from ..limits import InfraError, Limits, Outcome, Site
from . import interpreter, launch, siteview, tiers
from .supervise import ServerLostError, WarmServer

_HEAVY = ("numpy", "pandas", "scipy", "sympy")
_IMPORT = re.compile(r"\b(?:import|from)\b[^\n]*?\b(" + "|".join(_HEAVY) + r")\b")
_JOBS_PER_SERVER = 5000
_SINGLE_USE = "T1"
# Several interpreters or preloads may be warm at once; threads, not servers, bound what runs at once.
_SERVERS_PER_WORKER = 3
# A server for a project or with heavy packages holds memory that its user may want back.
_IDLE_S = 600.0


_NO_FILES: Mapping[str, str] = {}


def _say_nothing(_message: str) -> None:
    """For jobs whose sender does not want to know."""


@dataclass(frozen=True)
class Warmth:
    """What a server must have loaded to fit a job."""

    python: Optional[str] = None
    preload: tuple[str, ...] = ()
    """Modules to import once, before any job; never one that lies below the site's root."""
    site: Optional[Site] = None
    """The real project that the jobs run in; None for programs that stand alone."""


def warmth_for(python: Optional[str], *texts: str) -> Warmth:
    """The Python, and those slow packages that any of the texts imports."""
    named = {name for text in texts for name in _IMPORT.findall(text)}
    return Warmth(python, tuple(name for name in _HEAVY if name in named))


@dataclass
class Errand:
    """What the jobs of one candidate share."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    warmth: Warmth = Warmth()
    on_infra: Callable[[str], None] = _say_nothing
    """Told when a server was lost and the job is run again."""
    on_record: Optional[Callable[[bytes], None]] = None
    """Told each record of a job as it comes; a job that is run again begins anew."""
    servers: list[WarmServer] = field(default_factory=list[WarmServer])
    """Every server that ran one of the jobs."""


@dataclass(frozen=True)
class _Slot:
    warmth: Warmth
    server: WarmServer
    since: float = field(default_factory=time.monotonic)
    """When its last job ended."""

    def outdated_by(self, wanted: Warmth) -> bool:
        """Whether it was made for an earlier state of the same project."""
        ours, theirs = self.warmth.site, wanted.site
        return ours is not None and theirs is not None and ours.root == theirs.root and ours.key != theirs.key


class Pool:
    """Threads call `run`; each waits for its own job. Nothing is booted before the first use."""

    def __init__(
        self,
        workers: int,
        tier: Optional[str] = None,
        allow_t0: bool = False,
        judge: Optional[Path] = None,
    ) -> None:
        """tier: exactly this one instead of the best; judge: this package's folder, another one only in tests."""
        self.workers = workers
        self._wanted = tier
        self._allow_t0 = allow_t0
        self._judge = judge or Path(__file__).resolve().parents[1]
        self._changed = threading.Condition()
        self._choosing = threading.Lock()
        self._choice: Optional[tiers.Choice] = None
        self._idle: list[_Slot] = []
        self._count = 0
        self._interrupted = threading.Event()
        self._closing = threading.Event()
        self._tidying: Optional[threading.Thread] = None
        # bubblewrap dies with the thread that started it, so one thread starts them all and lives as long as the pool.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="starter")

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def choice(self) -> tiers.Choice:
        """The tier of this pool, probed on the first call. Raises NoIsolationError."""
        with self._choosing:
            if self._choice is None:
                warmth = Warmth()
                choice = tiers.choose(
                    lambda tier: self._boot(tier, warmth, self._interrupted), self._wanted, self._allow_t0
                )
                with self._changed:
                    self._count += 1
                self._release(_Slot(warmth, choice.server), choice.tier)
                self._choice = choice
            return self._choice

    def run(self, job: bytes, limits: Limits, errand: Errand, files: Mapping[str, str] = _NO_FILES) -> Outcome:
        """Runs one job in a fresh child and waits for its end. A lost server is replaced once.

        files: absolute path below the site's root → text that this child sees there instead.
        Raises InfraError, CancelledError, NoIsolationError.
        """
        given = siteview.real_paths(errand.warmth.site, files)
        tier = self.choice().tier
        lost: Optional[ServerLostError] = None
        for attempt in range(2):
            if attempt:
                errand.on_infra(f"The sandbox was lost and is started again: {lost}")
            slot: Optional[_Slot] = None
            try:
                slot = self._acquire(tier, errand)
                errand.servers.append(slot.server)
                return slot.server.run(job, limits, errand.cancelled, given, on_record=errand.on_record)
            except ServerLostError as error:
                lost = error
            finally:
                if slot is not None:
                    self._release(slot, tier)
        raise InfraError(f"The judge's sandbox failed twice: {lost}. Run `doctor` to see what is wrong.") from lost

    def interrupt(self) -> None:
        """Stops waiting for a tier, from any thread; the pool is about to be closed."""
        self._interrupted.set()

    def close(self) -> None:
        """Ends every server. Running jobs must have been cancelled and waited for."""
        self._closing.set()
        if self._tidying is not None:
            self._tidying.join()
        with self._changed:
            slots, self._idle = self._idle, []
        for slot in slots:
            slot.server.hang_up()
        for slot in slots:
            slot.server.close()
        self._starter.shutdown()

    def _boot(self, tier: str, warmth: Warmth, cancelled: threading.Event) -> WarmServer:
        shown = tiers.view(tier, warmth.site, warmth.python) if warmth.site else None
        python = shown.python if shown else interpreter.locate(warmth.python)
        config, in_bubblewrap = tiers.setup(tier, shown)
        plan = launch.Plan(python, self._judge, config, warmth.preload, in_bubblewrap, tier != _SINGLE_USE, shown)
        server = WarmServer(self._starter.submit(launch.start, plan).result(), cancelled)
        if shown is not None:
            tiers.prove(server, cancelled)
        return server

    def _acquire(self, tier: str, errand: Errand) -> _Slot:
        """A server that fits: an idle one, else a new one, for which the longest idle other one may have to go."""
        self._end_idle(lambda slot: slot.outdated_by(errand.warmth))
        stale: Optional[_Slot] = None
        with self._changed:
            while True:
                slot = next((one for one in self._idle if one.warmth == errand.warmth), None)
                if slot is not None and not slot.server.distrusted:
                    self._idle.remove(slot)
                    return slot
                if slot is None and self._count < self.workers * _SERVERS_PER_WORKER:
                    self._count += 1
                    break
                stale = slot or (self._idle[0] if self._idle else None)
                if stale is not None:
                    self._idle.remove(stale)
                    break
                self._changed.wait()
        try:
            if stale is not None:
                stale.server.close()
            return _Slot(errand.warmth, self._boot(tier, errand.warmth, errand.cancelled))
        except BaseException:
            self._forget()
            raise

    def _release(self, slot: _Slot, tier: str) -> None:
        server = slot.server
        if server.jobs >= _JOBS_PER_SERVER or tier == _SINGLE_USE or server.distrusted or not server.usable:
            server.close()
            self._forget()
            return
        with self._changed:
            self._idle.append(_Slot(slot.warmth, server))
            self._changed.notify()
            if self._tidying is None and slot.warmth != Warmth():
                self._tidying = threading.Thread(target=self._tidy, name="tidy", daemon=True)
                self._tidying.start()

    def _tidy(self) -> None:
        """Ends servers that nobody has wanted for long; the plain one stays, it is small and always of use."""
        while not self._closing.wait(_IDLE_S / 4):
            oldest = time.monotonic() - _IDLE_S
            self._end_idle(lambda slot: slot.warmth != Warmth() and slot.since < oldest)  # noqa: B023  called at once

    def _end_idle(self, unwanted: Callable[[_Slot], bool]) -> None:
        with self._changed:
            ending = [slot for slot in self._idle if unwanted(slot)]
            for slot in ending:
                self._idle.remove(slot)
        for slot in ending:
            slot.server.close()
            self._forget()

    def _forget(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()
