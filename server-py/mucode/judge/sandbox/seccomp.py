"""The system-call filter of a child: a deny list as a BPF program, for x86-64 and arm64.

Denied calls fail with EPERM, so a correct program that tries one carries on; a foreign instruction set ends the child.
"""

import ctypes
import errno
import struct

from . import linux

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_NEWEST_KNOWN = 452
"""fchmodat2. Calls that are newer than this table get ENOSYS, which every libc answers with the older way."""

_NAMESPACE_FLAGS = 0x7E020080
_CLONE3 = 435

# name: (x86-64, arm64); None where the call does not exist. socketpair stays: asyncio needs one.
# fmt: off
_DENIED = {
    "other processes": [
        (101, 117), (310, 270), (311, 271), (312, 272), (438, 438), (440, 440), (448, 448),
        (203, 122), (144, 119), (142, 118), (314, 274), (141, 140), (251, 30),
    ],
    "mounts": [
        (165, 40), (166, 39), (155, 41), (161, 51), (429, 429), (428, 428), (430, 430), (431, 431), (432, 432),
        (433, 433), (442, 442), (303, 264), (304, 265), (133, None), (259, 33),
    ],
    "namespaces": [(272, 97), (308, 268), (170, 161), (171, 162)],
    "kernel surface": [
        (425, 425), (426, 426), (427, 427), (321, 280), (298, 241), (323, 282), (300, 262), (301, 263),
        (212, 18), (180, 42), (135, 92), (154, None), (172, None), (173, None), (134, None), (156, None), (139, None),
    ],
    "keys": [(250, 219), (248, 217), (249, 218)],
    # memory outside RLIMIT_AS and outside the private tmpfs, or shared between children
    "shared memory": [
        (29, 194), (30, 196), (31, 195), (67, 197), (68, 186), (69, 189), (70, 188), (71, 187), (64, 190), (65, 193),
        (66, 191), (220, 192), (240, 180), (241, 181), (319, 279), (447, 447),
    ],
    "machine": [
        (175, 105), (313, 273), (176, 106), (246, 104), (320, 294), (169, 142), (167, 224), (168, 225), (163, 89),
        (103, 116), (179, 60), (443, 443), (153, 58), (164, 170), (227, 112), (159, 171), (305, 266),
        (237, 235), (256, 238), (279, 239), (238, 237), (450, 450),
    ],
}
# fmt: on
_SOCKET = (41, 198)
_FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6."""
_CLONE = (56, 220)
_PRLIMIT = (302, 261)

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


def program(machine: str, sockets: bool = False) -> bytes:
    """The BPF instructions for one machine, 8 bytes each. sockets: allowed, of the local and the internet families."""
    column = 0 if machine == "x86_64" else 1
    steps = [
        _step(_LOAD, _AT_ARCH),
        _step(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_JUMP_AT_LEAST, _X32_BIT, 0, 1), _step(_RETURN, _KILL)]
    # clone3 hides its flags in memory, where a filter cannot look; libc falls back to clone.
    steps += [_step(_JUMP_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ENOSYS)]
    steps += [_step(_JUMP_AT_LEAST, _NEWEST_KNOWN + 1, 0, 1), _step(_RETURN, _ENOSYS)]
    for group in _DENIED.values():
        for numbers in group:
            number = numbers[column]
            if number is not None:
                steps += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _EPERM)]
    # A family is the first argument; with none allowed, every socket is refused.
    steps += _allow_by_argument(_SOCKET[column], _FAMILIES if sockets else ())
    steps += _deny_by_argument(_CLONE[column], _JUMP_ANY_BIT, _NAMESPACE_FLAGS, denied=True)
    # Without namespaces a child could otherwise change the limits of the server.
    steps += _deny_by_argument(_PRLIMIT[column], _JUMP_EQUAL, 0, denied=False)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


class Filter:
    """A program ready to be installed; built once in the server, installed in each child."""

    def __init__(self, sockets: bool, machine: str = linux.MACHINE) -> None:
        code = program(machine, sockets)
        self._code = ctypes.create_string_buffer(code, len(code))
        header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(self._code))
        self._header = ctypes.create_string_buffer(header, len(header))

    def install(self) -> None:
        """Installs the filter in this process for good. no_new_privs must be set already."""
        mode_filter = 2
        linux.prctl(linux.PR_SET_SECCOMP, mode_filter, ctypes.addressof(self._header))
