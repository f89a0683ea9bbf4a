"""A child in user, pid, mount and ipc namespaces of its own, with private empty file systems.

Called inside the fork server. Landlock, seccomp and resource limits come after it.
"""

import os
from pathlib import Path

from . import linux

_FLAGS = linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWIPC
_PRIVATE = "size={size},nr_inodes=2000,mode=700"


def fork_into_namespaces() -> int:
    """fork() into fresh namespaces: 0 in the child, which is process 1 there, else its process id."""
    return linux.clone(_FLAGS)


def _map_user(user: int, group: int) -> None:
    """Keeps the numbers of user and group; only the owner of a dumpable process may write its own maps."""
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(fd, text.encode())
        os.close(fd)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)


def settle(owner: tuple[int, int], scratch: list[str], size_bytes: int) -> None:
    """In the new child: maps the user, puts fresh tmpfs over every scratch folder, hides /proc, drops every capability.

    owner: user and group outside, which the child itself cannot ask for before they are mapped;
    scratch: folders that must not be shared with other children; size_bytes: the size of each.
    """
    _map_user(*owner)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    for folder in scratch:
        linux.mount("tmpfs", folder, flags, _PRIVATE.format(size=size_bytes))
    linux.mount("tmpfs", "/proc", flags | linux.MS_NOEXEC, "size=4k,nr_inodes=1,mode=500")
    linux.drop_capabilities()


def working() -> bool:
    """True in a child that really is process 1 and sees no other process."""
    return os.getpid() == 1 and not Path("/proc/1").exists()
