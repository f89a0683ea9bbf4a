"""The filter program, run by a small interpreter of its own instructions."""

import errno
import struct

from mucode.judge.sandbox import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCH = 0xC000003E
# From the kernel's table, written down here a second time on purpose.
NUMBERS = {"read": 0, "socketpair": 53, "socket": 41, "mount": 165, "ptrace": 101, "clone": 56, "prlimit64": 302,
           "unshare": 272, "bpf": 321, "execve": 59, "futex": 202, "keyctl": 250, "memfd_create": 319}  # fmt: skip
ALLOWED = ["read", "socketpair", "execve", "futex"]
DENIED = ["socket", "mount", "ptrace", "unshare", "bpf", "keyctl", "memfd_create"]
CLONE3 = 435


def answer(number: int, argument: int = 0, arch: int = 0, sockets: bool = False) -> int:
    """What the kernel would do with one call."""
    code = seccomp.program(sockets)
    steps = list(struct.iter_unpack("HBBI", code))
    data = {0: number, 4: arch or ARCH, 16: argument & 0xFFFFFFFF}
    value, place = 0, 0
    while True:
        kind, if_true, if_false, constant = steps[place]
        place += 1
        if kind == 0x20:
            value = data[constant]
        elif kind == 0x06:
            return constant
        else:
            holds = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[kind]
            place += if_true if holds else if_false


def refusal(number: int) -> int:
    return 0x00050000 | number


class TestTheTable:
    """What a child may call."""

    def test_what_correct_programs_need_is_allowed(self) -> None:
        assert {name: answer(NUMBERS[name]) for name in ALLOWED} == dict.fromkeys(ALLOWED, ALLOW)

    def test_what_leads_out_is_denied(self) -> None:
        denied = refusal(errno.EPERM)
        assert {name: answer(NUMBERS[name]) for name in DENIED} == dict.fromkeys(DENIED, denied)

    def test_in_a_project_only_sockets_of_the_local_and_the_internet_families_are_made(self) -> None:
        number = NUMBERS["socket"]
        made = {family: answer(number, family, sockets=True) for family in range(64)}
        assert [family for family, said in made.items() if said == ALLOW] == [1, 2, 10]
        assert set(made.values()) == {ALLOW, refusal(errno.EPERM)}
        others = {name: answer(NUMBERS[name], sockets=True) for name in [*ALLOWED, *DENIED]}
        alone = {name: answer(NUMBERS[name]) for name in [*ALLOWED, *DENIED]}
        assert {name for name in others if name != "socket" and others[name] != alone[name]} == set()

    def test_clone_makes_threads_and_processes_but_no_namespaces(self) -> None:
        clone = NUMBERS["clone"]
        assert answer(clone, 0x3D0F00) == ALLOW
        assert answer(clone, 17) == ALLOW
        for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
            assert answer(clone, flag | 17) == refusal(errno.EPERM)

    def test_clone3_is_unknown_so_that_libc_takes_clone(self) -> None:
        assert answer(CLONE3) == refusal(errno.ENOSYS)

    def test_calls_newer_than_the_table_are_unknown(self) -> None:
        assert answer(467) == refusal(errno.ENOSYS)

    def test_only_the_callers_own_limits_can_be_changed(self) -> None:
        number = NUMBERS["prlimit64"]
        assert answer(number, 0) == ALLOW
        assert answer(number, 1) == refusal(errno.EPERM)

    def test_a_foreign_instruction_set_is_killed(self) -> None:
        assert answer(0, arch=0xC00000B7) == KILL
        assert answer(0, arch=0x40000003) == KILL


def test_the_x32_numbers_of_x86_64_are_killed() -> None:
    assert answer(0x40000000) == KILL
