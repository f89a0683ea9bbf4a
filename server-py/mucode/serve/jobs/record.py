"""What the gateway itself knows of a job, as a file in the run's folder. All else about a run is in its log."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mucode.train.rows import write_whole

FILE = "job.json"


@dataclass(frozen=True)
class Record:
    """A job as it was asked for, and what became of its process."""

    id: str
    sources: tuple[str, ...]
    overrides: Mapping[str, Any] | None
    idempotency_key: str | None
    settings: str
    """Name of the file of settings in the run's folder."""
    created: float
    """Seconds since 1970, as all times here."""
    queued: float
    """When it was last asked for; jobs begin in this order."""
    begun: float | None = None
    """When its process was about to be started; None before it is its turn."""
    pid: int | None = None
    """The leader of its process group."""
    after: int = 0
    """The last event before this process."""
    stopped: float | None = None
    """When it was asked to end."""
    failed: str | None = None
    """Why its process could not be started."""
    v: int = 1

    def write(self, folder: Path) -> "Record":
        """Writes it into the run's folder, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / FILE, (json.dumps(dataclasses.asdict(self), indent=1) + "\n").encode())
        return self

    def again(self, now: float) -> "Record":
        """The same job, to be begun once more."""
        return dataclasses.replace(self, queued=now, begun=None, pid=None, stopped=None, failed=None)


def read_record(folder: Path) -> Record | None:
    """The record in a run's folder; None for a run that was started in a terminal."""
    try:
        found: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        found["sources"] = tuple(found["sources"])
        return Record(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None
