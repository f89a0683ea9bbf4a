"""Correct programs stay correct behind the fences, in every tier."""

import time
from collections.abc import Callable

import pytest

from mucode.judge.limits import Limits, Outcome
from mucode.judge.sandbox.pool import Errand, Pool, warmth_for

LIMITS = Limits(step_s=10.0, wall_s=10.0)
RECORD = "\nimport os; os.write(result_fd, (repr(answer) + '\\n').encode())"
PROGRAMS = {
    "prints 200 KB": ("print('x' * 200_000); answer = 1", "1"),
    "prints a megabyte in small pieces": ("for _ in range(100_000): print('ten bytes')\nanswer = 1", "1"),
    "recurses nearly to Python's own limit": (
        "def down(n): return 0 if n == 0 else 1 + down(n - 1)\nanswer = down(950)",
        "950",
    ),
    "recurses deeply with a raised limit": (
        "import sys; sys.setrecursionlimit(60_000)\n"
        "def down(n): return 0 if n == 0 else 1 + down(n - 1)\nanswer = down(50_000)",
        "50000",
    ),
    "starts 40 threads": (
        "import threading, time\nseen = []\n"
        "all = [threading.Thread(target=lambda n=n: (time.sleep(0.05), seen.append(n))) for n in range(40)]\n"
        "[one.start() for one in all]; [one.join() for one in all]\nanswer = sorted(seen) == list(range(40))",
        "True",
    ),
    "uses a thread pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool: answer = sum(pool.map(abs, range(-100, 0)))",
        "5050",
    ),
    "uses asyncio": (
        "import asyncio\nasync def work():\n await asyncio.sleep(0.01)\n return 7\nanswer = asyncio.run(work())",
        "7",
    ),
    "uses processes": (
        "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    answer = pool.map(abs, [-1, -2])",
        "[1, 2]",
    ),
    "starts another Python": (
        "import subprocess, sys\nanswer = subprocess.run([sys.executable, '-c', 'print(6 * 7)'], "
        "capture_output=True, text=True).stdout.strip()",
        "'42'",
    ),
    "writes a temporary file": (
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as file:\n"
        "    file.write('kept'); file.flush(); answer = open(file.name).read()",
        "'kept'",
    ),
    "allocates 500 MB": ("held = bytearray(500 << 20); answer = len(held) >> 20", "500"),
    "imports half of the standard library": (
        "import http.client, xml.dom.minidom, sqlite3, ssl, unittest.mock, email.message, logging.handlers\nanswer = 1",
        "1",
    ),
    "asks for its own environment": (
        "import os, pathlib\nanswer = (os.cpu_count() or 0) > 0 and pathlib.Path.home().is_dir()",
        "True",
    ),
    "uses exit's and quit's names": ("answer = callable(exit) and callable(quit)", "True"),
    "sets and receives an alarm": (
        "import signal, time\nseen = []\nsignal.signal(signal.SIGALRM, lambda *_: seen.append(1))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(0.2)\nanswer = seen",
        "[1]",
    ),
    "reads its empty input": ("import sys\nanswer = sys.stdin.read()", "''"),
    "catches a failed allocation": (
        "try:\n    bytearray(4 << 30); answer = 0\nexcept MemoryError:\n    answer = 'caught'",
        "'caught'",
    ),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_correct_program(pool: Pool, what: str) -> None:
    source, answer = PROGRAMS[what]
    outcome = pool.run((source + RECORD).encode(), LIMITS, Errand())
    assert outcome.records == [answer.encode()], outcome.output.decode()[-2000:]
    assert (outcome.exit_status, outcome.limit, outcome.timed_out) == (0, None, False)


def test_sets_of_text_have_one_order_in_every_run(pool: Pool) -> None:
    source = ("answer = list({str(n) for n in range(50)})" + RECORD).encode()
    first = pool.run(source, LIMITS, Errand()).records
    for slot in pool._idle:
        slot.server.distrusted = True
    assert pool.run(source, LIMITS, Errand()).records == first


def test_a_slow_package_that_the_program_imports_is_warm(pool: Pool) -> None:
    pytest.importorskip("numpy", reason="NOT TESTED: numpy is not installed")
    source = "import sys; warm = 'numpy' in sys.modules\nimport numpy as np\nanswer = [int(np.arange(5).sum()), warm]"
    warmth = warmth_for(None, source)
    assert warmth.preload == ("numpy",)
    outcome = pool.run((source + RECORD).encode(), LIMITS, Errand(warmth=warmth))
    reused = pool.choice().tier != "T1"  # a server for one job only imports nothing beforehand
    assert outcome.records == [repr([10, reused]).encode()]


def test_only_imports_of_slow_packages_ask_for_warmth() -> None:
    assert warmth_for(None, "import os", "numpy = 1").preload == ()
    assert warmth_for("/p", "import os, numpy as np", "from scipy.stats import norm").preload == ("numpy", "scipy")


def timed(action: Callable[[], Outcome]) -> tuple[Outcome, float]:
    started = time.monotonic()
    return action(), time.monotonic() - started


def test_the_step_clock_ends_a_child_between_two_records(pool: Pool) -> None:
    source = b"import os, time\nos.write(result_fd, b'one\\n'); time.sleep(60)"
    outcome, seconds = timed(lambda: pool.run(source, Limits(step_s=0.5, wall_s=30), Errand()))
    assert (outcome.records, outcome.timed_out, outcome.signal) == ([b"one"], True, 9)
    assert 0.4 < seconds < 1.5


def test_records_put_the_step_clock_back(pool: Pool) -> None:
    source = b"import os, time\nfor n in range(6):\n time.sleep(0.2); os.write(result_fd, b'%d\\n' % n)"
    outcome = pool.run(source, Limits(step_s=0.9, wall_s=30), Errand())
    assert (len(outcome.records), outcome.timed_out) == (6, False)


def test_the_wall_clock_ends_a_child_that_keeps_writing_records(pool: Pool) -> None:
    source = b"import os, time\nwhile True:\n time.sleep(0.05); os.write(result_fd, b'x\\n')"
    outcome, seconds = timed(lambda: pool.run(source, Limits(step_s=5, wall_s=0.6), Errand()))
    assert outcome.timed_out
    assert seconds < 1.6


def test_half_a_line_is_no_record(pool: Pool) -> None:
    outcome = pool.run(b"import os; os.write(result_fd, b'whole\\nhalf')", LIMITS, Errand())
    assert outcome.records == [b"whole"]


def test_exit_status_and_signal_are_told_apart(pool: Pool) -> None:
    left = pool.run(b"import os; os._exit(7)", LIMITS, Errand())
    assert (left.exit_status, left.signal) == (7, None)
    crashed = pool.run(b"import ctypes; ctypes.string_at(1)", LIMITS, Errand())
    assert (crashed.exit_status, crashed.signal) == (None, 11)


def test_a_job_larger_than_a_pipe_arrives_whole(pool: Pool) -> None:
    job = b"#" * 3_000_000 + b"\nimport os; os.write(result_fd, b'end\\n')"
    assert pool.run(job, LIMITS, Errand()).records == [b"end"]


def test_printed_text_is_kept_up_to_its_cap(pool: Pool) -> None:
    outcome = pool.run(b"print('first'); print('x' * 300_000)", LIMITS, Errand())
    assert outcome.output.startswith(b"first\nxxx")
    assert len(outcome.output) == LIMITS.output_bytes


def test_what_goes_wrong_inside_is_the_childs_own_trouble(pool: Pool) -> None:
    outcome = pool.run(b"raise ValueError('no')", LIMITS, Errand())
    assert (outcome.exit_status, outcome.records) == (1, [])
