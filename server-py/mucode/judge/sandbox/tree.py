"""The processes of one child as the fork server sees them: what they use together, and how to end them.

Only for what per-process limits cannot bound: many processes which each stay below theirs.
"""

import contextlib
import os
import signal
from pathlib import Path
from typing import Optional

# A bomb sits a little below its limit while it is refused; a correct program stays well away from it.
_PROCESS_SHARE = 0.9
# Memory shared by processes is counted once for each of them: an honest pool of workers must not die of that.
_SHARED_MORE_BYTES = 3 * 1024 * 1024 * 1024


def _resident(pid: str) -> tuple[int, int]:
    """(private, shared) bytes of memory of a process, without files; zeros when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0, 0
    sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith(("RssAnon", "RssShmem"))}
    return int(sizes.get("RssAnon", 0)) * 1024, int(sizes.get("RssShmem", 0)) * 1024


class Watch:
    """Sums up every process but the server, which must be process 1 with a /proc of its own."""

    def __init__(self) -> None:
        # Forks share the server's memory until they write to it; counting it for each would punish honest forks.
        self._own = _resident("self")[0]

    def excess(self, memory_bytes: int, processes: int) -> Optional[str]:
        """The limit that the tree broke: "memory", "processes" or None."""
        pids = [entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and entry.name != "1"]
        if len(pids) >= processes * _PROCESS_SHARE:
            return "processes"
        resident = [_resident(pid) for pid in pids]
        used = sum(max(0, private - self._own) for private, _ in resident)
        shared = sum(shared for _, shared in resident)
        over = used > memory_bytes or used + shared > memory_bytes + min(3 * memory_bytes, _SHARED_MORE_BYTES)
        return "memory" if over else None


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
