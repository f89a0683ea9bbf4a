"""The processes of one child as the fork server sees them: what they use together, and how to end them.

Only for what per-process limits cannot bound: many processes which each stay below theirs.
"""

import contextlib
import os
import resource
import signal
from pathlib import Path
from typing import Optional

_PAGE = resource.getpagesize()
# A bomb sits a little below its limit while it is refused; a correct program stays well away from it.
_PROCESS_SHARE = 0.9


def _private_bytes(pid: str) -> int:
    """Resident memory of a process without shared files; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text("ascii").split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE


class Watch:
    """Sums up every process but the server, which must be process 1 with a /proc of its own."""

    def __init__(self) -> None:
        # Forks share the server's memory until they write to it; counting it for each would punish honest forks.
        self._own = _private_bytes("self")

    def excess(self, memory_bytes: int, processes: int) -> Optional[str]:
        """The limit that the tree broke: "memory", "processes" or None."""
        pids = [entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and entry.name != "1"]
        if len(pids) >= processes * _PROCESS_SHARE:
            return "processes"
        used = sum(max(0, _private_bytes(pid) - self._own) for pid in pids)
        return "memory" if used > memory_bytes else None


def kill_descendants() -> None:
    """SIGKILL to everything below this process. Without a pid namespace this is the best there is."""
    waiting = [os.getpid()]
    while waiting:
        pid = waiting.pop()
        # Each thread has a list of its own, and any of them may be gone by now.
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, children.read_text("ascii").split()):
                    waiting.append(child)
                    os.kill(child, signal.SIGKILL)
