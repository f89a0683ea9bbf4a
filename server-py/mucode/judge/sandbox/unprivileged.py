"""The step between root and bubblewrap; runs as a script of its own, with nothing but the standard library.

It shows folders that only root can enter to an unprivileged user, in a mount namespace of its own, becomes that user,
and is replaced by the command. Nothing is left on the machine: the namespace and its mounts end with the process.
"""

import ctypes
import json
import os
import signal
import struct
import sys
from pathlib import Path

STAGE = "/tmp"  # noqa: S108  covered by a tmpfs in a mount namespace of its own
USER = 59876
"""User and group that root becomes. Nobody's: a shared one would share its process limit and its signals."""
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _AT_EMPTY_PATH, _AT_RECURSIVE, _AT_CWD = 1, 0x1000, 0x8000, -100
_MOVE_EMPTY_PATH = 4
_MOUNT_ATTR_IDMAP = 0x100000
_CLONE_NEWNS, _MS_BIND_REC, _MS_PRIVATE_REC = 0x20000, 0x1000 | 0x4000, 0x40000 | 0x4000


def _checked(answer: int, what: str) -> None:
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _die_with(parent: int) -> None:
    """Has the kernel end this process with its parent. Changing the user undoes it, so it is called twice."""
    _checked(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "prctl")
    if os.getppid() != parent:
        sys.exit("the judge is gone")


def _number_map(outside: int) -> str:
    return f"{outside} {USER} 1"


def _mapping_of(owner: os.stat_result) -> int:
    """A descriptor of a user namespace that shows the owner's files as those of USER."""
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ready)
        libc = ctypes.CDLL(None, use_errno=True)
        os.write(go, b"x" if libc.unshare(_CLONE_NEWUSER) == 0 else b"")
        os.close(go)
        signal.pause()
    os.close(go)
    try:
        if not os.read(ready, 1):
            raise OSError("no user namespace")
        Path(f"/proc/{pid}/uid_map").write_text(_number_map(owner.st_uid))
        Path(f"/proc/{pid}/gid_map").write_text(_number_map(owner.st_gid))
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(ready)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _show_as_own(fd: int, target: str) -> None:
    """Mounts a folder so that its owner's files are those of USER, as they would be for that owner. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    mapping = _mapping_of(os.fstat(fd))
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC | _AT_EMPTY_PATH
    tree = libc.syscall(_OPEN_TREE, fd, b"", ctypes.c_uint(flags))
    try:
        _checked(min(tree, 0), "open_tree")
        wanted = ctypes.create_string_buffer(struct.pack("=QQQQ", _MOUNT_ATTR_IDMAP, 0, 0, mapping), 32)
        at = ctypes.c_uint(_AT_EMPTY_PATH | _AT_RECURSIVE)
        _checked(libc.syscall(_MOUNT_SETATTR, tree, b"", at, wanted, ctypes.c_size_t(32)), "mount_setattr")
        into = ctypes.c_uint(_MOVE_EMPTY_PATH)
        _checked(libc.syscall(_MOVE_MOUNT, tree, b"", _AT_CWD, target.encode(), into), "move_mount")
    finally:
        os.close(mapping)
        if tree >= 0:
            os.close(tree)


def _show(sources: list[str], owned: bool) -> None:
    """Makes the folder sources[n] visible as STAGE/n, in this process and what it starts.

    owned: as if each belonged to USER, where this kernel can do so.
    """
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
        try:
            if not owned:
                raise OSError("not wanted")
            _show_as_own(fd, str(place))
        except OSError:
            _checked(libc.mount(source, target, None, ctypes.c_ulong(_MS_BIND_REC), None), "mount --bind")
        os.close(fd)


def become(parent: int, sources: list[str], owned: bool, command: list[str]) -> None:
    """Shows the folders, gives up root for good and turns into the command, which gets an empty environment."""
    _die_with(parent)
    _show(sources, owned)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    _die_with(parent)
    os.execve(command[0], command, {})  # noqa: S606  no shell is the point


if __name__ == "__main__":
    with open(int(sys.argv[1]), encoding="utf-8") as _file:  # noqa: PTH123  a descriptor
        _order = json.load(_file)
    become(_order["parent"], _order["sources"], _order["owned"], _order["command"])
