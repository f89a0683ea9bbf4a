"""A child in user, pid, mount and ipc namespaces of its own, with private empty file systems.

Called inside the fork server. Landlock, seccomp and resource limits come after it.
"""

import fcntl
import os
import socket
import struct
from pathlib import Path

from . import linux

_FLAGS = linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWIPC
_FLAGS_OF_MOUNTS = linux.MS_NOSUID | linux.MS_NODEV
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


class Home:
    """What a child has for itself. Described in the server, made in each child."""

    def __init__(self, scratch: "list[str]") -> None:
        """scratch: folders that must not be shared with other children.

        Made in the server: a child cannot ask for its user and group before they are mapped.
        """
        user, group = os.getuid(), os.getgid()
        # The numbers stay; a group may only be mapped once nobody can change groups.
        self._maps = [
            ("/proc/self/setgroups", b"deny"),
            ("/proc/self/uid_map", f"{user} {user} 1".encode()),
            ("/proc/self/gid_map", f"{group} {group} 1".encode()),
        ]
        self._scratch = scratch
        self._options = ""

    def measure(self, size_bytes: int) -> None:
        """In the server, before the fork: the size of each scratch folder of the next child."""
        self._options = _PRIVATE.format(size=size_bytes, inodes=size_bytes // _BYTES_PER_INODE)

    def own(self) -> None:
        """In the new child: maps its user, and so gives it every capability over what is its own."""
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # only the owner of a dumpable process may write its own maps
        for name, text in self._maps:
            fd = os.open(name, os.O_WRONLY)
            os.write(fd, text)
            os.close(fd)
        linux.prctl(linux.PR_SET_DUMPABLE, 0)

    def close(self) -> None:
        """In the new child: covers every scratch folder, hides /proc, drops every capability."""
        for folder in self._scratch:
            linux.mount("tmpfs", folder, _FLAGS_OF_MOUNTS, self._options)
        linux.mount("tmpfs", "/proc", _FLAGS_OF_MOUNTS | linux.MS_NOEXEC, "size=4k,nr_inodes=1,mode=500")
        linux.drop_capabilities()


def working() -> bool:
    """True in a child that really is process 1 and sees no other process."""
    return os.getpid() == 1 and not Path("/proc/1").exists()
