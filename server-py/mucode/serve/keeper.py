"""Stands between the gateway and the engine, so that no engine outlives its gateway. Standard library only.

`python -I keeper.py COMMAND…`: runs the command, and ends it and everything it started when standard input closes,
which it does also when the gateway is killed. Exits with the command's status once nothing of it is left.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

GRACE_S = 3.0
LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    """Run the command until it ends or standard input closes; its exit status, 128 + n after signal n."""
    if LINUX:
        # Processes whose parent is gone come to us instead of to init, so that they can be found.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_keeper if LINUX else None,  # noqa: PLW1509 — there is no other thread yet
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_owner, args=(child,), daemon=True).start()
    status = child.wait()
    _kill_rest(child.pid)
    return status if status >= 0 else 128 - status


def _die_with_keeper() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _end_with_owner(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _kill_rest(group: int) -> None:
    """Kill the command's process group, then every descendant that left the group, until there are none."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    while LINUX:
        for pid in _children(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            # Waits for one; its own children then become ours.
            os.wait()
        except ChildProcessError:
            return


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += [child, *_children(child)]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
