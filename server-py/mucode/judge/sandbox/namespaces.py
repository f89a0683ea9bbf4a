"""A child in user, pid, mount and ipc namespaces of its own, with private empty file systems.

Called inside the fork server. Landlock, seccomp and resource limits come after it.
"""

import fcntl
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from . import linux

_FLAGS = linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWIPC
_PRIVATE = "size={size},nr_inodes={inodes},mode=700"
_BYTES_PER_INODE = 8192
_SET_INTERFACE_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41


def fork_into_namespaces(network: bool) -> int:
    """fork() into fresh namespaces: 0 in the child, which is process 1 there, else its process id.

    network: one of its own as well; without it the child shares an empty one.
    """
    return linux.clone(_FLAGS | (linux.CLONE_NEWNET if network else 0))


def start_loopback() -> None:
    """Gives a fresh network its only interface: this machine, as the child sees it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))


def _map_user(user: int, group: int) -> None:
    """Keeps the numbers of user and group; only the owner of a dumpable process may write its own maps."""
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(fd, text.encode())
        os.close(fd)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)


def settle(owner: tuple[int, int], scratch: list[str], size_bytes: int, prepare: Callable[[], None]) -> None:
    """In the new child: maps the user, puts fresh tmpfs over every scratch folder, hides /proc, drops every capability.

    owner: user and group outside, which the child itself cannot ask for before they are mapped;
    scratch: folders that must not be shared with other children; size_bytes: the size of each;
    prepare: what else needs the capabilities, before the scratch folders are covered.
    """
    _map_user(*owner)
    prepare()
    flags = linux.MS_NOSUID | linux.MS_NODEV
    for folder in scratch:
        options = _PRIVATE.format(size=size_bytes, inodes=size_bytes // _BYTES_PER_INODE)
        linux.mount("tmpfs", folder, flags, options)
    linux.mount("tmpfs", "/proc", flags | linux.MS_NOEXEC, "size=4k,nr_inodes=1,mode=500")
    linux.drop_capabilities()


def working() -> bool:
    """True in a child that really is process 1 and sees no other process."""
    return os.getpid() == 1 and not Path("/proc/1").exists()
