"""The step between root and bubblewrap; runs as a script of its own, with nothing but the standard library.

It shows folders that only root can enter to an unprivileged user, in a mount namespace of its own, becomes that user,
and is replaced by the command. Nothing is left on the machine: the namespace and its mounts end with the process.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

STAGE = "/tmp"  # noqa: S108  covered by a tmpfs in a mount namespace of its own
USER = 59876
"""User and group that root becomes. Nobody's: a shared one would share its process limit and its signals."""
_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS, _MS_BIND_REC, _MS_PRIVATE_REC = 0x20000, 0x1000 | 0x4000, 0x40000 | 0x4000


def _checked(answer: int, what: str) -> None:
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _die_with(parent: int) -> None:
    """Has the kernel end this process with its parent. Changing the user undoes it, so it is called twice."""
    _checked(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "prctl")
    if os.getppid() != parent:
        sys.exit("the judge is gone")


def _show(sources: list[str]) -> None:
    """Makes the folder sources[n] visible as STAGE/n, in this process and what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.unshare(_CLONE_NEWNS), "unshare")
    _checked(libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_PRIVATE_REC), None), "mount private")
    # Opened in the new namespace, before the stage covers any of them.
    held = [os.open(source, os.O_PATH) for source in sources]
    _checked(libc.mount(b"tmpfs", STAGE.encode(), b"tmpfs", ctypes.c_ulong(0), b"mode=755"), "mount tmpfs")
    for index, fd in enumerate(held):
        place = Path(STAGE, str(index))
        place.mkdir(mode=0o755)
        source, target = f"/proc/self/fd/{fd}".encode(), str(place).encode()
        _checked(libc.mount(source, target, None, ctypes.c_ulong(_MS_BIND_REC), None), "mount --bind")
        os.close(fd)


def become(parent: int, sources: list[str], command: list[str]) -> None:
    """Shows the folders, gives up root for good and turns into the command, which gets an empty environment."""
    _die_with(parent)
    _show(sources)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    _die_with(parent)
    os.execve(command[0], command, {})  # noqa: S606  no shell is the point


if __name__ == "__main__":
    _order = json.loads(sys.argv[1])
    become(_order["parent"], _order["sources"], _order["command"])
