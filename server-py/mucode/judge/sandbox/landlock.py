"""Landlock: which files a child may touch, no TCP, and no signals to anything outside itself.

Uses what the running kernel offers; `abi()` says how much that is.
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Sequence
from typing import Optional

from . import linux

_EXECUTE, _WRITE, _READ, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READ_ONLY = _EXECUTE | _READ | _READ_DIR
_REFER = 1 << 13
_REFER_ABI = 2
_FILE_RIGHTS = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
# How many file rights each version knows; a ruleset that names more is refused by the kernel.
_FILE_RIGHT_COUNT = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHT_COUNT = 16
_PATH_BENEATH = 1
SIGNAL_SCOPE_ABI = 6
_NETWORK_ABI = 4


def abi() -> int:
    """The kernel's Landlock version, 0 without Landlock."""
    version_flag = 1
    try:
        return linux.syscall(linux.LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(version_flag))
    except OSError:
        return 0


def _ruleset(version: int, rights: int, sockets: bool) -> int:
    network = 3 if version >= _NETWORK_ABI and not sockets else 0
    scope = 3 if version >= SIGNAL_SCOPE_ABI else 0
    size = 24 if version >= SIGNAL_SCOPE_ABI else 16 if version >= _NETWORK_ABI else 8
    attributes = ctypes.create_string_buffer(struct.pack("QQQ", rights, network, scope), 24)
    return linux.syscall(linux.LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0))


def _open(path: str) -> Optional[int]:
    with contextlib.suppress(FileNotFoundError):
        return os.open(path, os.O_PATH | os.O_CLOEXEC)
    return None


def _rule(fd: int, rights: int) -> object:
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= _FILE_RIGHTS
    return ctypes.create_string_buffer(struct.pack("=Qi", rights, fd), 12)


def _add(ruleset: int, rule: object) -> None:
    linux.syscall(linux.LANDLOCK_ADD_RULE, ctypes.c_int(ruleset), _PATH_BENEATH, rule, ctypes.c_uint(0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = _open(path)
    if fd is not None:
        try:
            _add(ruleset, _rule(fd, rights))
        finally:
            os.close(fd)


_standing: "tuple[int, tuple[str, ...]]" = (0, ())
"""The version in use and every path that may be read, since restrict."""


def readable() -> "tuple[str, ...]":
    """What this process may read, folders with all below them; empty where no Landlock stands."""
    return _standing[1]


def withdraw(left: Iterable[str]) -> None:
    """From now on only these files, and what is below these folders, can be read, of what could be read before.

    Nothing else changes. Raises OSError.
    """
    version = _standing[0]
    refer = _REFER if version >= _REFER_ABI else 0
    ruleset = _ruleset(version, _READ | refer, sockets=True)
    try:
        for path in left:
            _allow(ruleset, path, _READ)
        if refer:
            # Not named, it would be forbidden to move anything; what cannot be read cannot be moved to where it could.
            _allow(ruleset, "/", refer)
        linux.syscall(linux.LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


class Rules:
    """The rules of a server's children. Each child gets a ruleset of its own, begun in the server, finished in it."""

    def __init__(self, version: int, read_only: Sequence[str], writable: Sequence[str], sockets: bool) -> None:
        """In the server, with paths that mean the same in every child; those that do not exist are left out.

        version: 0 for none; sockets: TCP stays as it is, for a child whose network leads nowhere.
        """
        self._version = version
        self._sockets = sockets
        self._rights = (1 << _FILE_RIGHT_COUNT.get(version, _NEWEST_FILE_RIGHT_COUNT)) - 1
        self._paths = (*read_only, *writable)
        wanted = [*((path, _READ_ONLY) for path in read_only), *((path, self._rights) for path in writable)]
        found = [(_open(path), rights) for path, rights in wanted]
        self._fixed = [_rule(linux.out_of_the_way(fd), rights) for fd, rights in found if fd is not None]
        self._ruleset = -1

    def begin(self) -> None:
        """In the server, before the fork: a ruleset for the next child."""
        self._ruleset = _ruleset(self._version, self._rights, self._sockets)
        for rule in self._fixed:
            _add(self._ruleset, rule)

    def let_go(self) -> None:
        """In the server, after the fork."""
        os.close(self._ruleset)

    def restrict(self, read_only: Sequence[str], writable: Sequence[str], folders: "dict[str, int]") -> None:
        """In the child: adds its own paths and restricts it for good. no_new_privs must be set already.

        folders: writable ones with a descriptor of each.
        """
        global _standing  # noqa: PLW0603  a fence stands for the whole process, and for good
        for path in read_only:
            _allow(self._ruleset, path, _READ_ONLY)
        for path in writable:
            _allow(self._ruleset, path, self._rights)
        for fd in folders.values():
            _add(self._ruleset, _rule(fd, self._rights))
        linux.syscall(linux.LANDLOCK_RESTRICT_SELF, ctypes.c_int(self._ruleset), ctypes.c_uint(0))
        _standing = (self._version, (*self._paths, *read_only, *writable, *folders))
