"""What a child sees of a site: agreed between siteview.py, which builds the sandbox, and the fences of each child.

No sandbox is built here and nothing is mounted.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BYTECODE = "/pyc"
"""Folder inside the sandbox with what the server compiled; children read it only."""
TREE = "/tree"
"""Folder inside the sandbox with a tree of links, where nothing can be mounted for one child alone."""


LENGTH_BYTES = 8
"""In a site a job begins with the length of the JSON object of the given files, then that object."""


def framed(job: bytes, files: Mapping[str, str]) -> bytes:
    """A job with the files that its child is given, as forkserver.py reads it."""
    given = json.dumps(dict(files)).encode()
    return len(given).to_bytes(LENGTH_BYTES, "big") + given + job


@dataclass(frozen=True)
class Ground:
    """The project, as the server's sandbox shows it to every child. Every path is real and absolute."""

    root: str
    writable: bool
    rewritten: Sequence[str]
    """Files below root of which each child has a copy that it may change."""
    sealed: Sequence[str]
    """Folders below root which a child gets whole and read-only even where it may write: environments, history."""
    hidden: Sequence[str]
    """Files below root which are shown empty."""
    readable: Sequence[str]
    """What else a child may read: the Python, its environment and the files that name users and hosts."""
    installed: Sequence[str]
    """Folders with installed modules; those below root are no part of the project's own code."""
    tree: str = ""
    """Where a tree of links stands for root; empty where files are mounted over the real ones."""
    sockets: bool = True
    """The child has a network of its own, without a way out."""

    def owns(self, path: str) -> bool:
        """Whether a file is the project's own code."""
        return _below(path, self.root) and not any(_below(path, folder) for folder in self.installed)


def copy_of(source: Path, place: Path) -> None:
    """A copy that may be written to. It keeps its time, by which the runner tells whether it was changed."""
    place.write_bytes(source.read_bytes())
    state = source.stat()
    place.chmod(state.st_mode & 0o777 | 0o600)
    os.utime(place, ns=(state.st_atime_ns, state.st_mtime_ns))


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))  # noqa: PTH118  this runs for every import
