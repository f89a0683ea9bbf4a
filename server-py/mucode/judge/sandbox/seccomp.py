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


def _deny_by_argument(number: int, jump: int, value: int, denied: bool) -> list[bytes]:
    """Ends with EPERM when the test of the first argument's low half comes out as `denied`, else allows."""
    return [
        _step(_JUMP_EQUAL, number, 0, 4),
        _step(_LOAD, _AT_FIRST_ARGUMENT),
        _step(jump, value, 0 if denied else 1, 1 if denied else 0),
        _step(_RETURN, _EPERM),
        _step(_RETURN, _ALLOW),
    ]


def _allow_by_argument(number: int, values: tuple[int, ...]) -> list[bytes]:
    """Ends with EPERM unless the first argument's low half is one of the values."""
    known = [_step(_JUMP_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    ends = [_step(_RETURN, _EPERM), _step(_RETURN, _ALLOW)]
    return [_step(_JUMP_EQUAL, number, 0, len(values) + 3), _step(_LOAD, _AT_FIRST_ARGUMENT), *known, *ends]


def program(sockets: bool = False) -> bytes:
    """The BPF instructions, 8 bytes each. sockets: allowed, of the local and the internet families."""
    steps = [
        _step(_LOAD, _AT_ARCH),
        _step(_JUMP_EQUAL, _AUDIT_ARCH, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_NUMBER),
        _step(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        _step(_RETURN, _KILL),
    ]
    # clone3 hides its flags in memory, where a filter cannot look; libc falls back to clone.
    steps += [_step(_JUMP_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ENOSYS)]
    steps += [_step(_JUMP_AT_LEAST, _NEWEST_KNOWN + 1, 0, 1), _step(_RETURN, _ENOSYS)]
    for numbers in _DENIED.values():
        for number in numbers:
            steps += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _EPERM)]
    # A family is the first argument; with none allowed, every socket is refused.
    steps += _allow_by_argument(_SOCKET, _FAMILIES if sockets else ())
    steps += _deny_by_argument(_CLONE, _JUMP_ANY_BIT, _NAMESPACE_FLAGS, denied=True)
    # Without namespaces a child could otherwise change the limits of the server.
    steps += _deny_by_argument(_PRLIMIT, _JUMP_EQUAL, 0, denied=False)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


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
