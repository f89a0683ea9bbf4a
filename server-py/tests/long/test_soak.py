"""20,000 candidates on every core, one in a hundred of them hostile: no wrong verdict, no leaked process or descriptor,
flat memory. And 200 of them asked for at once.
"""

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.candidates import judge
from mucode.judge.problem import Problem, function_from_json
from mucode.judge.sandbox.pool import Pool
from mucode.judge.verdict import TestVerdict
from tests.corpus.programs import posed, programs, whole

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
HOSTILE_EVERY = 100
LONGEST_S = 1.0
"""Hostile programs that are given more time use it up, which a soak of the judge does not need two hundred times."""
AT_ONCE = 200
PROBLEM = function_from_json(
    {
        "id": "add",
        "entry_point": "add",
        "code": "def add(a, b):\n    return a - b\n",
        "public_tests": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        "time_limit_s": 20,
    }
)


def settled() -> int:
    """Resident bytes of this process, without what the allocator only keeps for later."""
    with contextlib.suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    return resident(os.getpid())


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


class Soak:
    """Judges numbered candidates, and notes every verdict that is wrong."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._honest = list(PROGRAMS)
        self._hostile = [one for one in programs("hostile") if one.seconds <= LONGEST_S and one.expect != "pass"]
        self.wrong: list[str] = []

    def ordinary(self, number: int) -> None:
        """One of the small programs, whose verdicts are known."""
        program = self._honest[number % len(self._honest)]
        verdict = self._judge(PROBLEM, program)
        if verdict["verdict"] != PROGRAMS[program]:
            self.wrong.append(str(verdict))

    def mixed(self, number: int) -> None:
        """The same, and one in a hundred from the corpus."""
        if number % HOSTILE_EVERY:
            self.ordinary(number)
            return
        program = self._hostile[number // HOSTILE_EVERY * 7 % len(self._hostile)]
        verdict = self._judge(posed(program), whole(program))
        if (verdict["verdict"], verdict["judged"]) in (("pass", "outside"), ("pass", "guarded")):
            self.wrong.append(f"{program}: {verdict}")

    def _judge(self, problem: Problem, program: str) -> dict[str, object]:
        candidate = {"id": "c", "program": program}
        return judge(self._pool, problem, "public", candidate, threading.Event(), ignore, self.wrong.append)


@pytest.mark.long
def test_thousands_of_candidates_leave_no_trace(record_testsuite_property: Callable[[str, object], None]) -> None:
    cores = os.cpu_count() or 1
    with Pool(cores) as pool, ThreadPoolExecutor(cores) as threads:
        soak = Soak(pool)
        # Every problem has its plan now, and whatever one program is the first to need is there: that is no growth.
        list(threads.map(soak.mixed, range(0, RUNS, HOSTILE_EVERY)))
        list(threads.map(soak.mixed, range(min(RUNS, 1000))))
        memory, files = settled(), open_files()
        started = time.perf_counter()
        # In portions: the executor keeps a future for every call, which would count as the judge's growth.
        for first in range(0, RUNS, 1000):
            list(threads.map(soak.mixed, range(first, min(first + 1000, RUNS))))
        seconds = time.perf_counter() - started
        grown = settled() - memory
        idle = [slot.server._process.pid for slot in pool._idle]
        servers = [process for pid in idle for process in below(pid)]
        sizes = [resident(process) >> 20 for process in servers]
        assert set(below(os.getpid())) == {*idle, *servers}
        assert len(servers) == len(idle)
        assert open_files() <= files + 4
    record_testsuite_property("candidates_per_second", round(RUNS / seconds))
    record_testsuite_property("grown_kib", grown >> 10)
    record_testsuite_property("server_mib", sizes)
    assert soak.wrong == []
    assert grown < GROWTH_BYTES
    assert max(sizes) < MOST_SERVER_MIB


@pytest.mark.long
def test_two_hundred_candidates_at_once_all_get_their_verdicts(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    started = time.perf_counter()
    with Pool(os.cpu_count() or 1) as pool, ThreadPoolExecutor(AT_ONCE) as threads:
        soak = Soak(pool)
        soak.ordinary(0)
        first = time.perf_counter() - started
        list(threads.map(soak.ordinary, range(AT_ONCE)))
        seconds = time.perf_counter() - started - first
        # More wait than run: a server for each would take all memory.
        assert len(pool._idle) <= 3 * (os.cpu_count() or 1)
    record_testsuite_property("first_verdict_ms", round(first * 1000))
    record_testsuite_property("two_hundred_at_once_s", round(seconds, 2))
    assert soak.wrong == []
