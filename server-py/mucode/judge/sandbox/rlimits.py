"""Resource limits: those that a server has and its children inherit, and those that a job sets for its child.

What no limit of one process can bound is watched in tree.py and room.py.
"""

import resource
from functools import lru_cache

from . import linux

_OPEN_FILES, _OPEN_FILES_IN_SITE = 256, 1024
# The kernel keeps at least 128 MiB free below a stack, whatever its limit was when the program started.
_STACK_BYTES = 100 * 1024 * 1024
_PER_NAMESPACE_COUNT = (5, 14)

Limits = tuple[tuple[int, tuple[int, int]], ...]
"""Arguments of the calls that limit a child."""


def limit_server(in_site: bool) -> None:
    """In the server: what is the same for every child and hinders no server."""
    for which, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES_IN_SITE if in_site else _OPEN_FILES),
    ):
        allowed = _allowed(which, value)
        resource.setrlimit(which, (allowed, allowed))
    ceiling = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (_allowed(resource.RLIMIT_STACK, _STACK_BYTES), ceiling))


def _allowed(which: int, value: int) -> int:
    ceiling = resource.getrlimit(which)[1]
    return value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)


@lru_cache(maxsize=8)
def of_job(memory_bytes: int, file_bytes: int, processes: int) -> Limits:
    """In the server, before the fork. Sizes in bytes."""
    limits = [(resource.RLIMIT_FSIZE, file_bytes), (resource.RLIMIT_AS, memory_bytes)]
    if linux.kernel_version() >= _PER_NAMESPACE_COUNT:
        # Older kernels count every process of the user here; there the server's own watch has to do.
        limits.append((resource.RLIMIT_NPROC, processes))
    allowed = [(which, _allowed(which, value)) for which, value in limits]
    return tuple((which, (value, value)) for which, value in allowed)


def limit_child(limits: Limits) -> None:
    """Limits this process and everything that it starts."""
    for which, value in limits:
        resource.setrlimit(which, value)
