"""Landlock: which files a child may touch, no TCP, and no signals to anything outside itself.

Uses what the running kernel offers; `abi()` says how much that is.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

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


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _FILE_RIGHTS
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd), 12)
        linux.syscall(linux.LANDLOCK_ADD_RULE, ctypes.c_int(ruleset), _PATH_BENEATH, rule, ctypes.c_uint(0))
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


def restrict(version: int, read_only: Iterable[str], writable: Iterable[str], sockets: bool) -> None:
    """Restricts this process for good. Paths that do not exist are left out. no_new_privs must be set already.

    sockets: TCP stays as it is, for a child whose network leads nowhere.
    """
    global _standing  # noqa: PLW0603  a fence stands for the whole process, and for good
    rights = (1 << _FILE_RIGHT_COUNT.get(version, _NEWEST_FILE_RIGHT_COUNT)) - 1
    read_only, writable = tuple(read_only), tuple(writable)
    ruleset = _ruleset(version, rights, sockets)
    try:
        for path in read_only:
            _allow(ruleset, path, _READ_ONLY)
        for path in writable:
            _allow(ruleset, path, rights)
        linux.syscall(linux.LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    _standing = (version, (*read_only, *writable))
