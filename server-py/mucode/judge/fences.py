"""Every fence of one child, raised in the only order that works, and the proof that they stand.

The single fences live in namespaces, landlock and seccomp.
"""

import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path

from . import landlock, linux, namespaces, seccomp

_READABLE = ["/usr", "/rt", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"]
_DEVICES = ["/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
_OPEN_FILES = 256
# The kernel keeps at least 128 MiB free below a stack, whatever its limit was when the program started.
_STACK_BYTES = 100 * 1024 * 1024
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


def limit_resources(memory_bytes: int, file_bytes: int, processes: int) -> None:
    """Sets the resource limits of this process and everything it starts."""
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
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


def raise_fences(config: Config, owner: tuple[int, int], syscall_filter: seccomp.Filter, file_bytes: int) -> None:
    """In the new child, before it reads its job. owner: the server's user and group.

    Raises OSError when any fence cannot be raised.
    """
    os.setsid()
    if config.namespaces:
        namespaces.settle(owner, config.scratch, file_bytes)
    os.chdir(config.scratch[0])
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if config.landlock:
        landlock.restrict(config.landlock, _READABLE + _DEVICES, [*config.scratch, "/dev/null"])
    if config.seccomp:
        syscall_filter.install()


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
            socket.socket().close()
            found.append("the system-call filter lets the child open a socket")
        except PermissionError:
            pass
    try:
        written = Path(config.scratch[0], "written")
        written.write_text("x")
        written.unlink()
    except OSError as error:
        found.append(f"the child cannot write to its own folder: {error}")
    return found
