"""Running a project's own tests: everything inside the sandbox, one file per adapter.

A job is made by workspace/, and what a runner reports is believed only after workspace/ has checked it.
"""

import hashlib
import importlib
import json
import os
import sys
import types
from pathlib import Path
from typing import Optional

from .places import Places
from .records import Recorder
from .withheld import withhold

MISSING = 90
"""Exit status of a run: the interpreter has no pytest."""


def run(job: bytes, result_fd: int) -> None:
    """Performs a job and writes its records, one JSON line each, to `result_fd`; the last is `{"exit": status}`.

    job: {"adapter", "root", "mode": "discover|run|canary", "k": text that every record carries, "ids" or "selection":
    ids of the adapter, "file": the file under repair, "canary"?: name of the counting object, "examples", "lines": what
    the doctest and asserts runners need, "watched"?: data files of which it is told whether the tests change them,
    "seal"?: the sources of the tests are taken away first}.
    """
    work = json.loads(job)
    places = Places(work["root"], os.environ.get("MUCODE_ROOT") or work["root"])
    recorder = Recorder(result_fd, work.pop("k"))
    places.settle()
    # What `python -m` would be; the fork server's own main module is nothing that a test may find.
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [work["adapter"]]
    seen = _digest(places, work["file"])
    watched = {name: _state(places, name) for name in work.get("watched", ())}
    if work.get("seal"):
        places.withheld = withhold(work, places.root, places.real, recorder.note)
    runner = importlib.import_module(f".{work['adapter']}_runner", __package__)
    if work["adapter"] != "pytest":
        places.hide_judge()
    status = int(runner.run(work, recorder, places))
    if work["mode"] == "run":
        recorder.send({"own": {**places.own_executed(), **places.own_modules(sys.modules)}})
    if watched:
        changed = [name for name, state in watched.items() if _state(places, name) != state]
        recorder.send({"rewritten": changed})
    recorder.send({"exit": status, "seen": seen})


def _state(places: Places, file: str) -> "Optional[tuple[int, int, int]]":
    """What changes with a file: its inode, its size and its time; None where it is gone."""
    try:
        found = Path(places.root, file).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _digest(places: Places, file: str) -> str:
    """What the child sees of the file under repair, so that the outside can tell that it was the candidate's."""
    try:
        return hashlib.sha256(Path(places.root, file).read_bytes()).hexdigest()
    except OSError:
        return ""
