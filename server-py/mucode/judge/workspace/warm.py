"""What is kept warm for a project between runs: its site, and the installed modules that its tests had imported."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Optional

from ..limits import Limits, Outcome, Site
from ..pool import Errand, Pool, Warmth
from .site import site_for
from .suite import Play

_SITE_S = 20.0
"""How long a look at the project's folder counts; secrets that appear later are hidden from the next look on."""
_MOST_MODULES = 1500
_FIRST = ("pytest",)

_lock = threading.Lock()
_sites: dict[tuple[str, Optional[str], bool], tuple[float, Site]] = {}
_modules: dict[tuple[str, Optional[str], str], tuple[str, ...]] = {}
_plugins: dict[tuple[str, Optional[str], str], tuple[str, ...]] = {}


def site_of(root: str, python: Optional[str], writable: bool) -> Site:
    """The site of a project, looked at again from time to time. Raises JudgeError."""
    key = (root, python, writable)
    with _lock:
        known = _sites.get(key)
    if known is not None and time.monotonic() - known[0] < _SITE_S:
        return known[1]
    site = site_for(root, python, writable)
    with _lock:
        _sites[key] = (time.monotonic(), site)
    return site


def remember(site: Site, python: Optional[str], installed: Sequence[str], plugins: Sequence[str]) -> None:
    """Keeps which installed modules a discovery had imported. Once known they stay, so that servers stay warm, until a
    package that is new among them shows that the next server should have it too."""
    key = (site.root, python, site.key)
    with _lock:
        known = _modules.get(key, ())
        packages = {name.partition(".")[0] for name in known}
        if any(name.partition(".")[0] not in packages for name in installed):
            _modules[key] = tuple(dict.fromkeys([*known, *installed]))[:_MOST_MODULES]
        _plugins[key] = tuple(dict.fromkeys([*_plugins.get(key, ()), *plugins]))


def plugins_of(site: Site, python: Optional[str]) -> tuple[str, ...]:
    """Modules of pytest plugins that a discovery had imported."""
    with _lock:
        return _plugins.get((site.root, python, site.key), ())


def warmth(site: Site, python: Optional[str], adapter: str) -> Warmth:
    """What a server must have loaded for this project."""
    with _lock:
        known = _modules.get((site.root, python, site.key))
    return Warmth(python, known or (_FIRST if adapter == "pytest" else ()), site)


def player(pool: Pool, site: Site, python: Optional[str], adapter: str, errand: Errand) -> Play:
    """Runs jobs in a project."""
    errand.warmth = warmth(site, python, adapter)

    def play(job: bytes, limits: Limits, files: Mapping[str, str], on_record: Callable[[bytes], None]) -> Outcome:
        errand.on_record = on_record
        return pool.run(job, limits, errand, files)

    return play
