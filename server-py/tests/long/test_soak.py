"""20,000 candidates, one after the other on every core: no wrong verdict, no leaked process, flat memory."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.candidates import judge
from mucode.judge.pool import Pool
from mucode.judge.problem import problem_from_json
from mucode.judge.verdict import TestVerdict

RUNS = int(os.environ.get("MUCODE_SOAK_RUNS", "20000"))
GROWTH_BYTES = 5 << 20
PROGRAMS = {
    "def add(a, b):\n    return a + b\n": "pass",
    "def add(a, b):\n    return a - b\n": "fail",
    "def add(a, b):\n    raise ValueError(a)\n": "error",
    "import os\n\n\ndef add(a, b):\n    os.fork()\n    return a + b\n": None,
    "def add(a, b):\n    print('x' * 100_000)\n    return a + b\n": "pass",
    "def add(a, b)\n    return\n": "error",
}
PROBLEM = problem_from_json(
    {
        "id": "add",
        "entry_point": "add",
        "code": "def add(a, b):\n    return a - b\n",
        "public_tests": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        "time_limit_s": 20,
    }
)


def resident(pid: int) -> int:
    """Resident bytes of one process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def below(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(word) for one in lists for word in one.read_text().split()]
    return children + [process for child in children for process in below(child)]


def ignore(_test: TestVerdict) -> None:
    """Only whole verdicts count here."""


@pytest.mark.long
def test_thousands_of_candidates_leave_no_trace() -> None:
    cores = os.cpu_count() or 1
    programs = list(PROGRAMS)
    wrong: list[str] = []
    with Pool(cores) as pool, ThreadPoolExecutor(cores) as threads:

        def one(number: int) -> None:
            program = programs[number % len(programs)]
            verdict = judge(pool, PROBLEM, "public", {"id": "c", "program": program}, threading.Event(), ignore)
            expected = PROGRAMS[program]
            if expected is not None and verdict["verdict"] != expected:
                wrong.append(f"{number}: {verdict}")

        list(threads.map(one, range(1000)))
        before, open_files = resident(os.getpid()), len(list(Path("/proc/self/fd").iterdir()))
        started = time.perf_counter()
        list(threads.map(one, range(RUNS)))
        seconds = time.perf_counter() - started
        grown = resident(os.getpid()) - before
        idle = [slot.server._process.pid for slot in pool._idle]
        sandboxes = {process for pid in idle for process in [pid, *below(pid)]}
        servers = [resident(process) for pid in idle for process in below(pid)]
        assert set(below(os.getpid())) == sandboxes
        assert len(sandboxes) == 2 * len(idle)
        assert len(list(Path("/proc/self/fd").iterdir())) <= open_files + 4
    print(
        f"{RUNS / seconds:.0f} candidates/s, grown by {grown >> 10} KiB, servers {[size >> 20 for size in servers]} MiB"
    )
    assert wrong == []
    assert grown < GROWTH_BYTES
    assert max(servers) < 80 << 20
