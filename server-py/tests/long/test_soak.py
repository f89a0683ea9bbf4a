"""20,000 candidates on every core: no wrong verdict, no leaked process or descriptor, flat memory."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.candidates import judge
from mucode.judge.pool import Pool
from mucode.judge.problem import function_from_json
from mucode.judge.verdict import TestVerdict

RUNS = int(os.environ.get("MUCODE_SOAK_RUNS", "20000"))
GROWTH_BYTES = 5 << 20
MOST_SERVER_MIB = 80
FORKS = """import os
import time


def add(a, b):
    if os.fork() == 0:
        time.sleep(60)
    return a + b
"""
PROGRAMS = {
    "def add(a, b):\n    return a + b\n": "pass",
    "def add(a, b):\n    return a - b\n": "fail",
    "def add(a, b):\n    raise ValueError(a)\n": "error",
    "def add(a, b):\n    print('x' * 100_000)\n    return a + b\n": "pass",
    "def add(a, b)\n    return\n": "error",
    FORKS: "pass",
}
PROBLEM = function_from_json(
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


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def below(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(word) for one in lists for word in one.read_text().split()]
    return children + [process for child in children for process in below(child)]


def ignore(_test: TestVerdict) -> None:
    """Only whole verdicts count here."""


@pytest.mark.long
def test_thousands_of_candidates_leave_no_trace(record_testsuite_property: Callable[[str, object], None]) -> None:
    cores = os.cpu_count() or 1
    programs = list(PROGRAMS)
    wrong: list[str] = []
    with Pool(cores) as pool, ThreadPoolExecutor(cores) as threads:

        def one(number: int) -> None:
            program = programs[number % len(programs)]
            candidate = {"id": str(number), "program": program}
            verdict = judge(pool, PROBLEM, "public", candidate, threading.Event(), ignore, wrong.append)
            if verdict["verdict"] != PROGRAMS[program]:
                wrong.append(str(verdict))

        list(threads.map(one, range(min(RUNS, 1000))))
        memory, files = resident(os.getpid()), open_files()
        started = time.perf_counter()
        # In portions: the executor keeps a future for every call, which would count as the judge's growth.
        for first in range(0, RUNS, 1000):
            list(threads.map(one, range(first, min(first + 1000, RUNS))))
        seconds = time.perf_counter() - started
        grown = resident(os.getpid()) - memory
        idle = [slot.server._process.pid for slot in pool._idle]
        servers = [process for pid in idle for process in below(pid)]
        sizes = [resident(process) >> 20 for process in servers]
        assert set(below(os.getpid())) == {*idle, *servers}
        assert len(servers) == len(idle)
        assert open_files() <= files + 4
    record_testsuite_property("candidates_per_second", round(RUNS / seconds))
    record_testsuite_property("grown_kib", grown >> 10)
    record_testsuite_property("server_mib", sizes)
    assert wrong == []
    assert grown < GROWTH_BYTES
    assert max(sizes) < MOST_SERVER_MIB
