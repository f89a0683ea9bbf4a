"""The limits of everything that a candidate starts together, each by its name, in a project and without one."""

import time
from pathlib import Path

import pytest

from mucode.judge.limits import MIB, Limits, Outcome, Site
from mucode.judge.sandbox.pool import Errand, Pool
from tests.judge.projects import PROLOGUE, project, run

# Far more time than is needed: on a busy machine it takes long to fill two gigabytes.
LIMITS = Limits(step_s=100, wall_s=100, memory_bytes=400 * MIB, scratch_bytes=8 * MIB, processes=30)
PROGRAMS = {
    "memory": """
import time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(100 << 20)
        time.sleep(100)
time.sleep(100)
""",
    "memory shared by nobody else": """
import mmap, time
for _ in range(10):
    if os.fork() == 0:
        held = mmap.mmap(-1, 200 << 20)
        for at in range(0, 200 << 20, 4096): held[at] = 1
        time.sleep(100)
time.sleep(100)
""",
    "processes": "import time\nwhile True:\n try: os.fork() or time.sleep(100)\n except OSError: time.sleep(0.01)",
    "output": "while True: os.write(1, b'x' * 65536)",
    "disk": "n = 0\nwhile True:\n n += 1\n open(os.environ['HOME'] + f'/{n}', 'wb').write(bytes(4 << 20))",
    "disk at once": "open(os.environ['HOME'] + '/f', 'wb').write(bytes(15 << 20))",
    "files": "import itertools\nfor n in itertools.count(): open(os.environ['HOME'] + f'/{n}', 'w').close()",
}


@pytest.mark.parametrize("in_site", [False, True], ids=["alone", "in a project"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_limit_is_named(pool: Pool, tmp_path: Path, program: str, in_site: bool) -> None:
    if program == "files" and pool.choice().tier != "T3":
        pytest.skip("only at T3 a candidate has folders of its own, with a bounded number of files")
    outcome = _run(pool, tmp_path, PROGRAMS[program], in_site)
    # At T2 and T1 the folders are as large as the sandbox made them, so one file reaches its own limit before.
    if program == "disk at once" and pool.choice().tier != "T3":
        assert (outcome.limit, outcome.exit_status) == (None, 0)
    else:
        assert (outcome.limit, outcome.timed_out) == (program.partition(" ")[0], False)


@pytest.mark.parametrize("in_site", [False, True], ids=["alone", "in a project"])
def test_honest_workers_share_memory_and_files(pool: Pool, tmp_path: Path, in_site: bool) -> None:
    source = """
import mmap, time
shared = mmap.mmap(-1, 100 << 20)
for at in range(0, 100 << 20, 4096): shared[at] = 1
for _ in range(4):
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(sum(shared[at] for at in range(0, 100 << 20, 4096)) != 25600)
tell([os.wait()[1] for _ in range(4)])
"""
    outcome = _run(pool, tmp_path, source, in_site)
    assert (outcome.limit, outcome.exit_status, outcome.records) == (None, 0, [b"[0, 0, 0, 0]"]), outcome.output


@pytest.mark.parametrize("in_site", [False, True], ids=["alone", "in a project"])
def test_time_is_kept_for_the_whole_tree(pool: Pool, tmp_path: Path, in_site: bool) -> None:
    source = "import signal, time\nfor _ in range(5): os.fork()\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(60)"
    started = time.monotonic()
    outcome = _run(pool, tmp_path, source, in_site, Limits(step_s=1, wall_s=1))
    assert outcome.timed_out
    assert time.monotonic() - started < 6


def _run(pool: Pool, tmp_path: Path, source: str, in_site: bool, limits: Limits = LIMITS) -> Outcome:
    if in_site:
        return run(pool, Site(str(project(tmp_path / "p"))), source, limits=limits)
    return pool.run((PROLOGUE + source).encode(), limits, Errand())
