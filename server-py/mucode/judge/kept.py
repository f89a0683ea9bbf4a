"""Keeps programs that tampered, with their verdicts, as JSON files in a folder that the user named, for study.

Bounded in number and in size: the oldest go first. Nothing here is ever read by the judge.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from .errors import BadInputError

MOST_FILES = 1000
MOST_BYTES = 64 * 1024 * 1024
_MOST_TEXT = 256 * 1024


class Kept:
    """A folder of programs that tampered."""

    def __init__(self, folder: str, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
        """Makes the folder. Raises BadInputError when it cannot be written to."""
        self._folder = Path(folder)
        self._most_files, self._most_bytes = most_files, most_bytes
        self._lock = threading.Lock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self._folder, os.W_OK):
                raise PermissionError("it is not writable")
        except OSError as error:
            raise BadInputError(f"{folder} cannot keep programs: {error}. Give another folder.") from error

    def add(self, problem: str, which: str, candidate: Mapping[str, str], verdict: Mapping[str, object]) -> None:
        """Keeps one program when its verdict is `tamper`; a program that is there already is kept once.

        A full disk costs the file, never the verdict.
        """
        if verdict.get("verdict") != "tamper":
            return
        text = (candidate.get("program") or candidate.get("answer") or "")[:_MOST_TEXT]
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        record = {"problem": problem, "which": which, "text": text, "verdict": verdict, "time": time.time()}
        with self._lock, contextlib.suppress(OSError):
            if any(self._folder.glob(f"*-{name}.json")):
                return
            path = self._folder / f"tamper-{time.time_ns()}-{name}.json"
            path.with_suffix(".part").write_text(json.dumps(record), "utf-8")
            path.with_suffix(".part").replace(path)
            self._make_room()

    def _make_room(self) -> None:
        files = sorted(self._folder.glob("tamper-*.json"), key=lambda path: path.name)
        sizes = [path.stat().st_size for path in files]
        while files and (len(files) > self._most_files or sum(sizes) > self._most_bytes):
            files.pop(0).unlink(missing_ok=True)
            sizes.pop(0)
