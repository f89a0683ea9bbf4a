"""The system-call filter of a child: a deny list as a BPF program, for x86-64, the one machine it was tried on.

Denied calls fail with EPERM, so a correct program that tries one carries on; a foreign instruction set ends the child.
"""

import ctypes
import errno
import struct

from . import linux

_AUDIT_ARCH = 0xC000003E
_X32_BIT = 0x40000000
_NEWEST_KNOWN = 452
"""fchmodat2. Calls that are newer than this table get ENOSYS, which every libc answers with the older way."""

_NAMESPACE_FLAGS = 0x7E020080
_CLONE3 = 435

# Numbers of calls by what they could do. socketpair stays: asyncio needs one.
# fmt: off
_DENIED = {
    "other processes": [
        101, 310, 311, 312, 438, 440, 448,
        203, 144, 142, 314, 141, 251,
    ],
    "mounts": [
        165, 166, 155, 161, 429, 428, 430, 431, 432,
        433, 442, 303, 304, 133, 259,
    ],
    "namespaces": [272, 308, 170, 171],
    "kernel surface": [
        425, 426, 427, 321, 298, 323, 300, 301,
        212, 180, 135, 154, 172, 173, 134, 156, 139,
    ],
    "keys": [250, 248, 249],
    # memory outside RLIMIT_AS and outside the private tmpfs, or shared between children
    "shared memory": [
        29, 30, 31, 67, 68, 69, 70, 71, 64, 65,
        66, 220, 240, 241, 319, 447,
    ],
    "machine": [
        175, 313, 176, 246, 320, 169, 167, 168, 163,
        103, 179, 443, 153, 164, 227, 159, 305,
        237, 256, 279, 238, 450,
    ],
}
# fmt: on
_SOCKET = 41
_FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6."""
_CLONE = 56
_PRLIMIT = 302

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCH, _AT_FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


_Steps = tuple[bytes, ...]
_ALLOWED, _REFUSED, _UNKNOWN = ((_step(_RETURN, answer),) for answer in (_ALLOW, _EPERM, _ENOSYS))


def _refused_if(jump: int, value: int, holds: bool) -> _Steps:
    """EPERM when the test of the first argument's low half comes out as `holds`, else allowed."""
    test = _step(jump, value, 0 if holds else 1, 1 if holds else 0)
    return _step(_LOAD, _AT_FIRST_ARGUMENT), test, *_REFUSED, *_ALLOWED


def _allowed_if_one_of(values: tuple[int, ...]) -> _Steps:
    """EPERM unless the first argument's low half is one of the values."""
    known = [_step(_JUMP_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return _step(_LOAD, _AT_FIRST_ARGUMENT), *known, *_REFUSED, *_ALLOWED


def _table(sockets: bool) -> dict[int, _Steps]:
    """What happens to each call that is not simply allowed, by its number."""
    table: dict[int, _Steps] = {number: _REFUSED for numbers in _DENIED.values() for number in numbers}
    # clone3 hides its flags in memory, where a filter cannot look; libc falls back to clone.
    table[_CLONE3] = _UNKNOWN
    # A family is the first argument; with none allowed, every socket is refused.
    table[_SOCKET] = _allowed_if_one_of(_FAMILIES if sockets else ())
    table[_CLONE] = _refused_if(_JUMP_ANY_BIT, _NAMESPACE_FLAGS, holds=True)
    # Without namespaces a child could otherwise change the limits of the server.
    table[_PRLIMIT] = _refused_if(_JUMP_EQUAL, 0, holds=False)
    return table


def _search(starts: list[tuple[int, _Steps]]) -> _Steps:
    """Finds the last of the ascending numbers that a call's number has reached, in halves, and does what it says.

    Every child pays for the filter: the kernel translates it and tries it with every number that there is.
    """
    if len(starts) == 1:
        return starts[0][1]
    middle = len(starts) // 2
    below, above = _search(starts[:middle]), _search(starts[middle:])
    return _step(_JUMP_AT_LEAST, starts[middle][0], len(below), 0), *below, *above


def program(sockets: bool = False) -> bytes:
    """The BPF instructions, 8 bytes each. sockets: allowed, of the local and the internet families."""
    table = _table(sockets)
    does = [table.get(number, _ALLOWED) for number in range(_NEWEST_KNOWN + 1)]
    starts = [(number, here) for number, here in enumerate(does) if number == 0 or here != does[number - 1]]
    steps = [
        _step(_LOAD, _AT_ARCH),
        _step(_JUMP_EQUAL, _AUDIT_ARCH, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_NUMBER),
        _step(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        _step(_RETURN, _KILL),
        *_search([*starts, (_NEWEST_KNOWN + 1, _UNKNOWN)]),
    ]
    return b"".join(steps)


class Filter:
    """A program ready to be installed; built once in the server, installed in each child."""

    def __init__(self, sockets: bool) -> None:
        code = program(sockets)
        self._code = ctypes.create_string_buffer(code, len(code))
        header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(self._code))
        self._header = ctypes.create_string_buffer(header, len(header))

    def install(self) -> None:
        """Installs the filter in this process for good. no_new_privs must be set already."""
        mode_filter = 2
        linux.prctl(linux.PR_SET_SECCOMP, mode_filter, ctypes.addressof(self._header))
