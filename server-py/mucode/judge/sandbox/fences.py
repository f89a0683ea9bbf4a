"""Every fence of one child, raised in the only order that works, and the proof that they stand.

The single fences live in namespaces, landlock and seccomp.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import given, landlock, linktree, linux, namespaces, rlimits, seccomp
from .ground import BYTECODE, TREE, Ground

_READABLE = ["/usr", "/rt", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"]
_DEVICES = ["/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
_REFUSED_FAMILY = 16  # AF_NETLINK, which not every system has a name for


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


class Fences:
    """The fences of a server's children. What is the same for all of them is made ready in the server, once.

    A child has a copy of every page of memory that it is the first to write to, and Python writes to whatever it
    looks at. So the less a child looks at, the sooner it has its fences.
    """

    def __init__(self, config: Config) -> None:
        """In the server."""
        self._config = config
        self._home = namespaces.Home(config.scratch)
        self._rules = landlock.Rules(config.landlock, [*_READABLE, *_DEVICES], ["/dev/null"], config.sockets)
        self._filter = seccomp.Filter(config.sockets)
        self._written = [*config.scratch]
        if config.ground and config.ground.writable:
            self._written.append(config.ground.root)
        self._scratch_bytes = 0
        self._limits: rlimits.Limits = ()

    def prepare(self, request: Mapping[str, int]) -> None:
        """In the server, before it forks: all that does not need the child itself. request: from exchange.py."""
        self._scratch_bytes = request["scratch_bytes"]
        self._home.measure(self._scratch_bytes)
        self._limits = rlimits.of_job(request["memory_bytes"], request["file_bytes"], request["processes"])
        if self._config.landlock:
            self._rules.begin()

    def forked(self) -> None:
        """In the server, after the fork: lets go of what is the child's."""
        if self._config.landlock:
            self._rules.let_go()

    def stand(self, files: Mapping[str, str]) -> list[int]:
        """In the new child, before it reads its job: raises every fence, or OSError. files: see given.show.

        Returns descriptors, to look at only, of the folders which this child alone may write to.
        """
        config, ground = self._config, self._config.ground
        os.setsid()
        if config.namespaces:
            self._home.own()
            if ground is not None:
                namespaces.start_loopback()
                given.show(ground, files, config.scratch[0], self._scratch_bytes)
                linux.protect(BYTECODE)
            self._home.close()
        os.chdir(config.scratch[0])
        readable, writable = _enter(ground, config.namespaces, files) if ground else ([], [])
        folders: dict[str, int] = {}
        for folder in self._written:
            folders[folder] = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        if config.landlock:
            self._rules.restrict(readable, writable, folders)
        if config.seccomp:
            self._filter.install()
        rlimits.limit_child(self._limits)
        return [*folders.values()] if config.namespaces else []


def _enter(ground: Ground, mounted: bool, files: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Tells the child where the project lies. Returns what it may read there, and which single files it may change."""
    tree = "" if mounted else linktree.build(ground, files)
    if tree:
        linktree.move_into(tree, ground)
    os.environ["MUCODE_ROOT"] = tree or ground.root
    readable = [path for path in (BYTECODE, ground.tree, ground.root, *ground.readable) if path]
    # A rule for a file alone: it can be changed, and neither removed nor replaced, and nothing beside it can.
    own = [path for path in ground.rewritten if path not in files] if tree else []
    return readable, [tree + path[len(ground.root) :] for path in own]


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
