"""What is kept warm for a project between runs: its site, and the installed modules that its tests had imported."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Optional

from ..limits import Limits, Outcome, Site
from ..sandbox.pool import Errand, Pool, Warmth
from .site import site_for
from .suite import START_S, Play, Ran

_SITE_S = 20.0
"""How long a look at the project's folder counts; secrets that appear later are hidden from the next look on."""
_MOST_MODULES = 1500
_FIRST = ("pytest",)

_SHORTEST_START_S = 10.0
_SLOWER = 4


@dataclass(frozen=True)
class Known:
    """What a discovery found out about how a project's tests are run."""

    modules: tuple[str, ...] = ()
    """Installed modules that the tests had imported."""
    plugins: tuple[str, ...] = ()
    """Those whose assertions pytest would rewrite."""
    start_s: float = START_S
    """How long importing and collecting may take."""


_lock = threading.Lock()
_sites: dict[tuple[str, Optional[str], bool, tuple[str, ...]], tuple[float, Site]] = {}
_known: dict[tuple[str, Optional[str], str], Known] = {}


def site_of(root: str, python: Optional[str], writable: bool, rewritten: tuple[str, ...] = ()) -> Site:
    """The site of a project, looked at again from time to time. Raises JudgeError."""
    key = (root, python, writable, rewritten)
    with _lock:
        known = _sites.get(key)
    if known is not None and time.monotonic() - known[0] < _SITE_S:
        return known[1]
    site = site_for(root, python, writable, rewritten)
    with _lock:
        _sites[key] = (time.monotonic(), site)
    return site


def known_of(site: Site, python: Optional[str]) -> Known:
    """What is known of a project."""
    with _lock:
        return _known.get((site.root, python, site.key), Known())


def remember(site: Site, python: Optional[str], ran: Ran) -> None:
    """Keeps what a discovery's run tells. Modules once known stay, so that servers stay warm, until a package that is
    new among them shows that the next server should have it too."""
    key, report = (site.root, python, site.key), ran.report
    tests_ms = sum(phase.ms for phases in report.phases.values() for phase in phases)
    took_s = max(0.0, ran.outcome.ms - tests_ms) / 1000
    with _lock:
        known = _known.get(key, Known(start_s=_SHORTEST_START_S))
        modules = known.modules
        packages = {name.partition(".")[0] for name in modules}
        if any(name.partition(".")[0] not in packages for name in report.installed):
            modules = tuple(dict.fromkeys([*modules, *report.installed]))[:_MOST_MODULES]
        plugins = tuple(dict.fromkeys([*known.plugins, *report.plugins]))
        _known[key] = Known(modules, plugins, min(START_S, max(known.start_s, _SLOWER * took_s)))


def player(
    pool: Pool,
    site: Site,
    python: Optional[str],
    adapter: str,
    errand: Errand,
    modules: Optional[tuple[str, ...]] = None,
) -> Play:
    """Runs jobs in a project. modules: those to import ahead, in place of all that are known."""
    known = known_of(site, python).modules if modules is None else modules
    preload = known or (_FIRST if adapter == "pytest" else ())
    errand.warmth = Warmth(python, preload, site)

    def play(job: bytes, limits: Limits, files: Mapping[str, str], on_record: Callable[[bytes], None]) -> Outcome:
        errand.on_record = on_record
        return pool.run(job, limits, errand, files)

    return play
