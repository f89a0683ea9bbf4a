"""What a child must not reach. Each program says REACHED when it got there."""

import os
import socket
from pathlib import Path

import pytest

from mucode.judge.limits import Limits
from mucode.judge.sandbox.pool import Errand, Pool

LIMITS = Limits(step_s=3.0, wall_s=3.0)
TRY = """
import os
def reached(what):
    os.write(result_fd, ("REACHED " + repr(what)[:200] + "\\n").encode())
try:
{body}
except (OSError, ValueError) as error:
    os.write(result_fd, ("refused " + str(error) + "\\n").encode())
"""
ESCAPES = {
    "the environment of process 1": "reached(open('/proc/1/environ').read())",
    "the memory of process 1": "reached(open('/proc/1/mem', 'rb').read(1))",
    "another process's environment": "reached(open('/proc/%d/environ' % os.getppid()).read())",
    "the password file": "reached(open('/etc/passwd').read())",
    "the host name file": "reached(open('/etc/hostname').read())",
    "home folders": "reached(os.listdir('/home'))",
    "root's home": "reached(os.listdir('/root'))",
    "the root folder": "reached(os.listdir('/'))",
    "/sys": "reached(os.listdir('/sys/kernel'))",
    "a write to /usr": "open('/usr/reached', 'w').write('x'); reached('written')",
    "a write to the judge": "open('/rt/judge/function/inside.py', 'a').write('x'); reached('written')",
    "a write to the root folder": "os.mkdir('/reached'); reached('made')",
    "a way out through a symlink": "os.symlink('/etc/passwd', '/box/link'); reached(open('/box/link').read())",
    "a way out through a link": "os.symlink('/proc/1/root', '/box/out'); reached(os.listdir('/box/out/etc'))",
    "a hard link to a system file": "os.link('/usr/bin/env', '/box/env'); reached('linked')",
    "a device": "os.mknod('/box/device', 0o20666, os.makedev(1, 1)); reached('made')",
    "a socket": "import socket; socket.socket(); reached('socket')",
    "a unix socket": "import socket; socket.socket(socket.AF_UNIX); reached('socket')",
    "a namespace of its own": "call(272, 0x10000000)",
    "a mount": "call(165, b'tmpfs', b'/box', b'tmpfs', 0, 0)",
    "tracing": "call(101, 16, os.getppid(), 0, 0)",
    "reading another process's memory": "call(310, os.getppid(), 0, 0, 0, 0, 0)",
    "io_uring": "call(425, 1, ctypes.create_string_buffer(256))",
    "bpf": "call(321, 0, 0, 0)",
    "keys": "call(250, 0, -3, 1)",
    "shared memory of System V": "call(29, 1, 4096, 0o1600)",
    "memory files": "call(319, b'x', 0)",
    "the limits of process 1": "call(302, 1, 7, ctypes.create_string_buffer(16), 0)",
    "performance counters": "call(298, ctypes.create_string_buffer(128), 0, -1, -1, 0)",
    "a raised memory limit": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); reached('raised')",
    "more privileges": "call(126, b'\\x22\\x05\\x08\\x20' + bytes(4), b'\\xff' * 24)",
}
CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) >= 0:
        reached(number)
    else:
        raise OSError(ctypes.get_errno(), "call")
"""


def attempt(pool: Pool, body: str) -> list[bytes]:
    indented = "\n".join("    " + line for line in (CALL + body).splitlines())
    return pool.run(TRY.format(body=indented).encode(), LIMITS, Errand()).records


@pytest.mark.parametrize("what", ESCAPES)
def test_a_child_does_not_reach(pool: Pool, what: str) -> None:
    records = attempt(pool, ESCAPES[what])
    assert len(records) == 1
    assert records[0].startswith(b"refused ")


def test_a_child_that_reaches_something_would_be_noticed(pool: Pool) -> None:
    assert attempt(pool, "reached(os.listdir('/box'))") == [b"REACHED []"]


def test_a_child_cannot_connect_to_this_machine(pool: Pool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        records = attempt(pool, f"import socket; socket.create_connection(('127.0.0.1', {port})); reached('host')")
    assert [record.startswith(b"refused ") for record in records] == [True]


@pytest.mark.parametrize("folder", ["/box", "/tmp", "/dev/shm"])
def test_what_one_child_leaves_behind_is_gone_for_the_next(pool: Pool, folder: str) -> None:
    body = f"os.makedirs('{folder}/a/b'); open('{folder}/a/b/left', 'w').write('x'); os.chmod('{folder}/a', 0)"
    assert attempt(pool, body) == []
    assert attempt(pool, f"reached(os.listdir('{folder}'))") == [b"REACHED []"]


def test_a_child_never_sees_the_environment_of_the_caller(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    for slot in pool._idle:
        slot.server.distrusted = True
    records = attempt(pool, "reached('hunter2' in str(dict(os.environ)))")
    assert records == [b"REACHED False"]


def test_a_child_holds_four_descriptors_however_many_files_the_judge_has_open(pool: Pool) -> None:
    look = """
def is_open(fd):
    try:
        return bool(os.fstat(fd))
    except OSError:
        return False

reached([fd for fd in range(2000) if is_open(fd)])"""
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(600)]
    try:
        for slot in pool._idle:
            slot.server.distrusted = True
        assert attempt(pool, look) == [b"REACHED [0, 1, 2, 4]"]
    finally:
        for fd in files:
            os.close(fd)


def test_a_child_cannot_name_folders_of_this_machine(pool: Pool) -> None:
    records = attempt(pool, f"import sys; reached({str(Path.home())!r} in str([sys.path, sys.prefix, sys.executable]))")
    assert records == [b"REACHED False"]


def test_a_foreign_instruction_set_ends_the_child(pool: Pool) -> None:
    # int 0x80 reaches the 32-bit system calls, whose numbers the filter does not speak: mov eax, 20; int 0x80; ret
    source = (
        "import ctypes, mmap\n"
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(address)()\n"
        "import os; os.write(result_fd, b'REACHED\\n')\n"
    )
    outcome = pool.run(source.encode(), LIMITS, Errand())
    assert (outcome.records, outcome.signal) == ([], 31)
