"""Every fence of one child, raised in the only order that works, and the proof that they stand.

The single fences live in namespaces, landlock and seccomp.
"""

import os
import resource
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import given, landlock, linktree, linux, namespaces, seccomp
from .ground import BYTECODE, TREE, Ground

_READABLE = ["/usr", "/rt", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"]
_DEVICES = ["/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
_OPEN_FILES, OPEN_FILES_IN_SITE = 256, 1024
# The kernel keeps at least 128 MiB free below a stack, whatever its limit was when the program started.
_STACK_BYTES = 100 * 1024 * 1024
_REFUSED_FAMILY = 16  # AF_NETLINK, which not every system has a name for
_PER_NAMESPACE_COUNT = (5, 14)


@dataclass(frozen=True)
class Config:
    """Which fences a fork server raises around its children."""

    namespaces: bool
    landlock: int
    """Landlock version to use, 0 for none."""
    seccomp: bool
    scratch: list[str]
    """Folders a child may write to; the first is its working folder."""
    ground: Optional[Ground] = None
    """The project that children run in."""

    @property
    def sockets(self) -> bool:
        """Whether children may open sockets."""
        return self.ground is not None and self.ground.sockets

    @property
    def swept(self) -> list[str]:
        """Folders that must be emptied after a child, where it has none of its own."""
        apart = self.ground is not None and self.ground.tree == TREE
        return [*self.scratch, *([TREE] if apart else [])]


def config_from_json(fields: dict[str, Any]) -> Config:
    """What dataclasses.asdict made of a Config."""
    ground: Optional[dict[str, Any]] = fields.pop("ground")
    return Config(**fields, ground=None if ground is None else Ground(**ground))


def limit_resources(memory_bytes: int, file_bytes: int, processes: int, in_site: bool = False) -> None:
    """Sets the resource limits of this process and everything it starts."""
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES_IN_SITE if in_site else _OPEN_FILES),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_AS, memory_bytes),
    ]
    if linux.kernel_version() >= _PER_NAMESPACE_COUNT:
        # Older kernels count every process of the user here; there the server's own watch has to do.
        limits.append((resource.RLIMIT_NPROC, processes))
    for which, value in limits:
        allowed = _allowed(which, value)
        resource.setrlimit(which, (allowed, allowed))
    ceiling = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (_allowed(resource.RLIMIT_STACK, _STACK_BYTES), ceiling))


def _allowed(which: int, value: int) -> int:
    ceiling = resource.getrlimit(which)[1]
    return value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)


def raise_fences(
    config: Config,
    owner: tuple[int, int],
    syscall_filter: seccomp.Filter,
    scratch_bytes: int,
    files: Mapping[str, str],
) -> None:
    """In the new child, before it reads its job. owner: the server's user and group; files: see given.show.

    Raises OSError when any fence cannot be raised.
    """
    os.setsid()
    if config.namespaces:
        namespaces.settle(owner, config.scratch, scratch_bytes, lambda: _prepare(config, files, scratch_bytes))
    os.chdir(config.scratch[0])
    readable, writable = [*_READABLE, *_DEVICES], [*config.scratch, "/dev/null"]
    if config.ground is not None:
        tree = _enter(config.ground, config.namespaces, files)
        readable += [BYTECODE, config.ground.tree, config.ground.root, *config.ground.readable]
        writable += [config.ground.root] if config.ground.writable else []
        # A rule for a file alone: it can be changed, and neither removed nor replaced, and nothing beside it can.
        own = [path for path in config.ground.rewritten if path not in files] if tree else []
        writable += [tree + path[len(config.ground.root) :] for path in own]
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if config.landlock:
        landlock.restrict(config.landlock, [path for path in readable if path], writable, config.sockets)
    if config.seccomp:
        syscall_filter.install()


def _prepare(config: Config, files: Mapping[str, str], scratch_bytes: int) -> None:
    if config.ground is None:
        return
    namespaces.start_loopback()
    given.show(config.ground, files, config.scratch[0], scratch_bytes)
    linux.protect(BYTECODE)


def _enter(ground: Ground, mounted: bool, files: Mapping[str, str]) -> str:
    """Tells the child where the project lies. Returns the tree of links, empty where files are mounted."""
    tree = "" if mounted else linktree.build(ground, files)
    if tree:
        linktree.move_into(tree, ground)
    os.environ["MUCODE_ROOT"] = tree or ground.root
    return tree


def faults(config: Config) -> list[str]:
    """Tries what each fence should stop; one line for each that did not."""
    found: list[str] = []
    if config.namespaces and not namespaces.working():
        found.append("the child is not alone in its process namespace")
    if config.landlock:
        try:
            any(Path("/").iterdir())
            found.append("Landlock lets the child list the root folder")
        except PermissionError:
            pass
    if config.seccomp:
        try:
            family = _REFUSED_FAMILY if config.sockets else socket.AF_INET
            socket.socket(family, socket.SOCK_DGRAM).close()
            found.append("the system-call filter lets the child open a socket")
        except PermissionError:
            pass
    if config.sockets and config.ground and not config.ground.writable and os.access(config.ground.root, os.W_OK):
        found.append("the child may write to the project")
    try:
        written = Path(config.scratch[0], "written")
        written.write_text("x")
        written.unlink()
    except OSError as error:
        found.append(f"the child cannot write to its own folder: {error}")
    return found
