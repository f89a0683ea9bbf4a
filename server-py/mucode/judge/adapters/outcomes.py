"""What the runners other than pytest's share: which ids are wanted, the canary's counter, what discovery tells."""

import builtins
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Optional

from ..function.claims import SANG, Claims
from .places import Places
from .records import Recorder
from .trace import Trace


class Canary:
    """What is noted beside a test's outcome: in a falsified run the counts of its demands, in a traced one what it ran.

    The counting object is known to the falsified files by the name that the job gives.
    """

    def __init__(self, work: "dict[str, Any]", places: Places) -> None:
        self._claims: Optional[Claims] = None
        if "canary" in work:
            self._claims = Claims(str(Path(places.root, work["file"])), places.root)
            setattr(builtins, work["canary"], self._claims)
        self._trace = Trace(places) if work.get("traced") else None

    def begin(self) -> None:
        """Counts anew; before every test."""
        if self._claims is not None:
            self._claims.notes.clear()
        if self._trace is not None:
            self._trace.begin()

    def end(self) -> None:
        """Raises behind a test whose false demands failed: that has to be reported as a failure."""
        if self._claims is not None and any(row[1] for row in self._claims.notes.values()):
            raise AssertionError(SANG)

    def rows(self) -> "dict[str, Any]":
        """What was noted, as the part of a record; nothing in a run in earnest."""
        if self._trace is not None:
            return {"ran": self._trace.rows()}
        if self._claims is None:
            return {}
        return {"n": [[number, *row] for number, row in self._claims.notes.items()]}


def is_wanted(name: str, wanted: Collection[str], exact: bool) -> bool:
    """Whether an id is one of the wanted, or below one of them where they are a selection."""
    if exact:
        return name in wanted
    return any(name == one or name.startswith((one + "::", one + "[", one + "/")) for one in wanted)


def say_discovered(recorder: Recorder, places: Places, plugins: Collection[str] = ()) -> None:
    """Which modules the tests had imported: the project's own, and what may be imported ahead the next time.

    plugins: those of them whose assertions pytest would have rewritten.
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    installed = places.installed_modules(sys.modules)
    own = places.own_modules(sys.modules)
    known = [name for name in plugins if name not in own]
    recorder.send({"own": own, "installed": installed, "plugins": known, "python": version})
