"""Raw Linux calls that Python has no function for, with their numbers on x86-64.

What to fence and in which order is decided in namespaces, landlock, seccomp and fences.
"""

import ctypes
import fcntl
import os
import platform
import signal
import struct
from typing import NoReturn

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000

PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
_PR_GET_TID_ADDRESS = 40

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
_MS_REMOUNT = 32
_MS_BIND = 4096
_MS_REC = 16384
_MNT_DETACH = 2

_SIGNAL_MASK, _CLONE, _CAPSET = 14, 56, 126
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
_PIDFD_SEND_SIGNAL = 424
_PIDFD_OPEN = 434

SUPPORTED = platform.system() == "Linux" and platform.machine() == "x86_64"
"""Other machines have other numbers, and a fence that was never tried is none."""

ELSEWHERE = 64
"""Descriptors from this number on are in no child's way."""

# PyDLL keeps the interpreter lock: a fork must not let another thread in between. Functions are looked up here, once:
# what a child looks up, it looks up anew for every candidate, and that writes to many pages which it shares until then.
_LIBC = ctypes.PyDLL(None, use_errno=True)
_SYSCALL, _PRCTL, _MOUNT, _UNMOUNT = _LIBC.syscall, _LIBC.prctl, _LIBC.mount, _LIBC.umount2
_SYSCALL.restype = ctypes.c_long
_PRCTL.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
_MOUNT.argtypes = [*[ctypes.c_char_p] * 3, ctypes.c_ulong, ctypes.c_char_p]
_BEFORE_FORK = ctypes.pythonapi.PyOS_BeforeFork
_AFTER_FORK_PARENT, _AFTER_FORK_CHILD = ctypes.pythonapi.PyOS_AfterFork_Parent, ctypes.pythonapi.PyOS_AfterFork_Child
_NO_CAPABILITY = ctypes.create_string_buffer(b"\x22\x05\x08\x20" + bytes(4), 8), ctypes.create_string_buffer(24)
"""Version 3 of the call's header, for the caller itself; and three empty sets."""
_INTERRUPT = ctypes.create_string_buffer(struct.pack("Q", 1 << (signal.SIGINT - 1)), 8)


def _fail(what: str) -> NoReturn:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")


def syscall(number: int, *arguments: object) -> int:
    """Any system call. Arguments are ctypes values; raises OSError."""
    answer = int(_SYSCALL(ctypes.c_long(number), *arguments))
    if answer < 0:
        _fail(f"system call {number}")
    return answer


def prctl(option: int, *arguments: int) -> int:
    """prctl(2) with up to four arguments; raises OSError."""
    answer = int(_PRCTL(option, *(*arguments, 0, 0, 0, 0)[:4]))
    if answer < 0:
        _fail(f"prctl {option}")
    return answer


def mount(kind: str, target: str, flags: int, data: str) -> None:
    """Mounts a file system of the given kind on target."""
    name = kind.encode()
    if _MOUNT(name, target.encode(), name, flags, data.encode()) != 0:
        _fail(f"mount {kind} on {target}")


def bind(source: str, target: str) -> None:
    """Shows source, with everything mounted below it, at target as well. Both are files or both are folders."""
    if _MOUNT(source.encode(), target.encode(), None, _MS_BIND | _MS_REC, None) != 0:
        _fail(f"bind {source} on {target}")


def protect(target: str) -> None:
    """Makes one mount read-only, here alone."""
    flags = _MS_REMOUNT | _MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV
    if _MOUNT(None, target.encode(), None, flags, None) != 0:
        _fail(f"make {target} read-only")


def unmount(target: str) -> None:
    """Takes away a mount and those below it; what was bound from it elsewhere stays."""
    if _UNMOUNT(target.encode(), _MNT_DETACH) != 0:
        _fail(f"unmount {target}")


def drop_capabilities() -> None:
    """Empties the bounding set and every capability set of this process."""
    for capability in range(64):
        if _PRCTL(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last capability that this kernel knows
    syscall(_CAPSET, *_NO_CAPABILITY)


def unblock_interrupt() -> None:
    """Lets SIGINT through to this thread. Not through `signal`, whose conversions cost a child more than the rest."""
    unblock = 1
    syscall(_SIGNAL_MASK, ctypes.c_int(unblock), _INTERRUPT, None, ctypes.c_size_t(8))


def _thread_id_address() -> int:
    """Where glibc keeps the main thread's id, or 0. musl points elsewhere, and writing there would break it."""
    try:
        known = (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
        address = ctypes.c_void_p()
        if known:
            prctl(_PR_GET_TID_ADDRESS, ctypes.addressof(address))
        return address.value or 0
    except (OSError, ValueError):
        return 0


def clone(flags: int) -> int:
    """fork() with namespace flags. Returns 0 in the child and its process id in the parent.

    The raw call skips what glibc does in a fork, so the child's idea of its own thread id is set by the kernel.
    """
    address = _thread_id_address()
    if address:
        flags |= _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID
    child_id, thread_area = ctypes.c_void_p(address), ctypes.c_void_p(0)
    arguments = (ctypes.c_ulong(flags | signal.SIGCHLD), ctypes.c_void_p(0), ctypes.c_void_p(0), child_id, thread_area)
    _BEFORE_FORK()
    pid = int(_SYSCALL(ctypes.c_long(_CLONE), *arguments))
    if pid == 0:
        _AFTER_FORK_CHILD()
    else:
        _AFTER_FORK_PARENT()
    if pid < 0:
        _fail("clone")
    return pid


def pidfd_open(pid: int) -> int:
    """A descriptor for a process. Not os.pidfd_open: Pythons built on an old system lack it."""
    return syscall(_PIDFD_OPEN, ctypes.c_int(pid), ctypes.c_uint(0))


def pidfd_kill(pidfd: int) -> None:
    """SIGKILL through a descriptor, so that a reused process id is never hit. Gone already is fine."""
    try:
        syscall(_PIDFD_SEND_SIGNAL, ctypes.c_int(pidfd), ctypes.c_int(signal.SIGKILL), None, ctypes.c_uint(0))
    except ProcessLookupError:
        return


def out_of_the_way(fd: int) -> int:
    """The same open file under a number that no child gives to one of its own; closes the given one."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ELSEWHERE)
    os.close(fd)
    return moved


def kernel_version() -> tuple[int, int]:
    """(major, minor) of the running kernel."""
    major, minor = platform.release().split(".")[:2]
    return int(major), int("".join(c for c in minor if c.isdigit()) or "0")
