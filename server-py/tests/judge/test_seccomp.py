"""The filter program, run by a small interpreter of its own instructions: also for the machine that this is not."""

import errno
import struct

import pytest

from mucode.judge.sandbox import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# From the kernel's tables, written down here a second time on purpose.
NUMBERS = {
    "x86_64": {"read": 0, "socketpair": 53, "socket": 41, "mount": 165, "ptrace": 101, "clone": 56, "prlimit64": 302,
               "unshare": 272, "bpf": 321, "execve": 59, "futex": 202, "keyctl": 250, "memfd_create": 319},
    "aarch64": {"read": 63, "socketpair": 199, "socket": 198, "mount": 40, "ptrace": 117, "clone": 220,
                "prlimit64": 261, "unshare": 97, "bpf": 280, "execve": 221, "futex": 98, "keyctl": 219,
                "memfd_create": 279},
}  # fmt: skip
ALLOWED = ["read", "socketpair", "execve", "futex"]
DENIED = ["socket", "mount", "ptrace", "unshare", "bpf", "keyctl", "memfd_create"]
CLONE3 = 435


def answer(machine: str, number: int, argument: int = 0, arch: int = 0, sockets: bool = False) -> int:
    """What the kernel would do with one call."""
    code = seccomp.program(machine, sockets)
    steps = list(struct.iter_unpack("HBBI", code))
    data = {0: number, 4: arch or ARCH[machine], 16: argument & 0xFFFFFFFF}
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


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
class TestOnEveryMachine:
    """Both tables."""

    def test_what_correct_programs_need_is_allowed(self, machine: str) -> None:
        assert {name: answer(machine, NUMBERS[machine][name]) for name in ALLOWED} == dict.fromkeys(ALLOWED, ALLOW)

    def test_what_leads_out_is_denied(self, machine: str) -> None:
        denied = refusal(errno.EPERM)
        assert {name: answer(machine, NUMBERS[machine][name]) for name in DENIED} == dict.fromkeys(DENIED, denied)

    def test_in_a_project_only_sockets_of_the_local_and_the_internet_families_are_made(self, machine: str) -> None:
        number = NUMBERS[machine]["socket"]
        made = {family: answer(machine, number, family, sockets=True) for family in range(64)}
        assert [family for family, said in made.items() if said == ALLOW] == [1, 2, 10]
        assert set(made.values()) == {ALLOW, refusal(errno.EPERM)}
        others = {name: answer(machine, NUMBERS[machine][name], sockets=True) for name in [*ALLOWED, *DENIED]}
        alone = {name: answer(machine, NUMBERS[machine][name]) for name in [*ALLOWED, *DENIED]}
        assert {name for name in others if name != "socket" and others[name] != alone[name]} == set()

    def test_clone_makes_threads_and_processes_but_no_namespaces(self, machine: str) -> None:
        clone = NUMBERS[machine]["clone"]
        assert answer(machine, clone, 0x3D0F00) == ALLOW
        assert answer(machine, clone, 17) == ALLOW
        for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
            assert answer(machine, clone, flag | 17) == refusal(errno.EPERM)

    def test_clone3_is_unknown_so_that_libc_takes_clone(self, machine: str) -> None:
        assert answer(machine, CLONE3) == refusal(errno.ENOSYS)

    def test_calls_newer_than_the_table_are_unknown(self, machine: str) -> None:
        assert answer(machine, 467) == refusal(errno.ENOSYS)

    def test_only_the_callers_own_limits_can_be_changed(self, machine: str) -> None:
        number = NUMBERS[machine]["prlimit64"]
        assert answer(machine, number, 0) == ALLOW
        assert answer(machine, number, 1) == refusal(errno.EPERM)

    def test_a_foreign_instruction_set_is_killed(self, machine: str) -> None:
        other = ARCH["aarch64" if machine == "x86_64" else "x86_64"]
        assert answer(machine, 0, arch=other) == KILL
        assert answer(machine, 0, arch=0x40000003) == KILL


def test_the_x32_numbers_of_x86_64_are_killed() -> None:
    assert answer("x86_64", 0x40000000) == KILL
