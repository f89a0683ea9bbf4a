"""The seam between judging and running: what one child may use, and what it did.

No process is started here and no verdict is made here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from .errors import JudgeError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one child may use. Times are wall-clock seconds, sizes are bytes."""

    step_s: float
    """Most seconds between two records, and from the start to the first one unless `start_s` says otherwise."""
    wall_s: float
    """Most seconds for the whole child."""
    start_s: Optional[float] = None
    """Most seconds from the start to the first record, where importing takes longer than a test may."""
    memory_bytes: int = 1024 * MIB
    file_bytes: int = 16 * MIB
    """Most bytes of one file."""
    scratch_bytes: int = 16 * MIB
    """Size of each folder of its own that a child may write to; they are memory."""
    processes: int = 64
    output_bytes: int = 64 * 1024
    """Kept of stdout and stderr together; reading goes on up to `OUTPUT_CAP_BYTES`."""
    record_bytes: int = MIB
    """Most bytes on the result descriptor, all records together."""


@dataclass(frozen=True)
class Site:
    """A real project that a server runs its children in, without a copy of it."""

    root: str
    """Absolute path of the project; children see it read-only."""
    hidden: tuple[str, ...] = ()
    """Absolute paths below root, files or folders, which children see empty."""
    writable: bool = False
    """Children may write below root; what they write is theirs alone and ends with them."""
    rewritten: tuple[str, ...] = ()
    """Absolute paths of files below root which each child may change: it has a copy of its own of each."""
    key: str = ""
    """Part of the server's identity: a hash of the interpreter and the lock files."""
    hash_seed: int = 0
    """Of texts and bytes; the order of sets depends on it."""


OUTPUT_CAP_BYTES = 8 * MIB
"""A child which prints more than this is killed with limit "output"."""


@dataclass(frozen=True)
class Outcome:
    """What one child did. `results`, `output` and `exit_status` were made by untrusted code."""

    results: bytes
    """All that came on the result descriptor, at most `record_bytes`."""
    output: bytes
    exit_status: Optional[int]
    """Exit status, or None when a signal ended the child."""
    signal: Optional[int]
    timed_out: bool
    """The step clock or the wall clock ran out and the child was killed."""
    limit: Optional[str]
    """"memory", "output", "processes", "disk" (its own folders are full) or "files" (no more can be made there) when
    the child was killed for it or ended with it, else None. A refused allocation and too many open files show up
    inside the child, as MemoryError and OSError."""
    ms: float

    @property
    def records(self) -> list[bytes]:
        """The complete lines on the result descriptor, without their newline."""
        return self.results.split(b"\n")[:-1]


class InfraError(JudgeError):
    """Trouble of the judge itself, after one retry. Never the candidate's fault, never a verdict."""


Runner = Callable[[bytes, Limits], Outcome]
"""Runs one job in a fresh fenced child and waits for its end. Raises InfraError or CancelledError."""
