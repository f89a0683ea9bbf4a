"""The pool: warm servers are reused, replaced when worn or lost, and ended with the pool."""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.errors import CancelledError, JudgeError
from mucode.judge.limits import InfraError, Limits
from mucode.judge.sandbox import exchange
from mucode.judge.sandbox import pool as pool_module
from mucode.judge.sandbox.pool import Errand, Pool, Warmth
from tests.judge.test_hostile import descendants

LIMITS = Limits(step_s=5.0, wall_s=5.0)
NOTHING = b"pass"
SLEEP = b"import time; time.sleep(60)"


def server_pids(pool: Pool) -> list[int]:
    return sorted(slot.server._process.pid for slot in pool._idle)


def kill_server(pool: Pool) -> None:
    """Kills the only idle server; it is dead when this returns, however busy the machine is."""
    process = pool._idle[0].server._process
    process.kill()
    process.wait()


def test_a_server_is_used_again(open_judge: Path) -> None:
    with Pool(1, judge=open_judge) as pool:
        pool.run(NOTHING, LIMITS, Errand())
        first = server_pids(pool)
        for _ in range(3):
            pool.run(NOTHING, LIMITS, Errand())
        assert server_pids(pool) == first
        assert len(first) == 1


def test_jobs_of_several_threads_run_at_the_same_time(open_judge: Path) -> None:
    with Pool(4, judge=open_judge) as pool, ThreadPoolExecutor(4) as threads:
        pool.run(NOTHING, LIMITS, Errand())
        job = b"import time; time.sleep(0.5)"

        def four(source: bytes) -> None:
            running = [threads.submit(pool.run, source, LIMITS, Errand()) for _ in range(4)]
            for one in running:
                one.result(30)

        four(job)
        started = time.monotonic()
        four(job)
        assert time.monotonic() - started < 1.5


def test_a_server_that_is_no_longer_trusted_is_replaced_before_its_next_job(open_judge: Path) -> None:
    errand = Errand()
    with Pool(1, judge=open_judge) as pool:
        pool.run(NOTHING, LIMITS, errand)
        first = server_pids(pool)
        errand.servers[0].distrusted = True
        pool.run(NOTHING, LIMITS, errand)
        assert server_pids(pool) != first
        assert not Path(f"/proc/{first[0]}").exists()


def test_a_worn_server_is_replaced(open_judge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_JOBS_PER_SERVER", 3)
    with Pool(1, judge=open_judge) as pool:
        pool.choice()
        first = server_pids(pool)
        for _ in range(4):
            pool.run(NOTHING, LIMITS, Errand())
        assert server_pids(pool) != first


def test_a_lost_server_is_replaced_and_said_once(open_judge: Path) -> None:
    said: list[str] = []
    with Pool(1, judge=open_judge) as pool:
        pool.choice()
        kill_server(pool)
        outcome = pool.run(NOTHING, LIMITS, Errand(on_infra=said.append))
    assert outcome.exit_status == 0
    assert len(said) == 1


def test_a_server_lost_twice_is_trouble_of_the_judge(open_judge: Path) -> None:
    said: list[str] = []

    def lose(message: str) -> None:
        said.append(message)
        (open_judge / "function/inside.py").rename(open_judge / "function/away.py")

    try:
        with Pool(1, judge=open_judge) as pool:
            pool.choice()
            kill_server(pool)
            with pytest.raises(InfraError, match="doctor"):
                pool.run(NOTHING, LIMITS, Errand(on_infra=lose))
    finally:
        (open_judge / "function/away.py").rename(open_judge / "function/inside.py")
    assert len(said) == 1


def test_a_killed_server_does_not_block_the_pool(open_judge: Path) -> None:
    """The sandbox is killed while a job runs in it."""
    with Pool(1, judge=open_judge) as pool, ThreadPoolExecutor(1) as threads:
        pool.choice()
        victim = server_pids(pool)[0]
        running = threads.submit(pool.run, b"import time; time.sleep(0.7)", LIMITS, Errand())
        time.sleep(0.3)
        os.kill(victim, signal.SIGKILL)
        assert running.result(10).exit_status == 0
        assert pool.run(NOTHING, LIMITS, Errand()).exit_status == 0


def test_a_server_that_has_to_wait_for_a_processor_is_not_given_up(open_judge: Path) -> None:
    said: list[str] = []
    limits = Limits(step_s=1.0, wall_s=1.0)
    with Pool(1, judge=open_judge) as pool, ThreadPoolExecutor(1) as threads:
        pool.choice()
        first = server_pids(pool)
        servers = [first[0], *descendants(first[0])]
        running = threads.submit(pool.run, SLEEP, limits, Errand(on_infra=said.append))
        time.sleep(0.5)
        for pid in servers:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(4.5)
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
        assert running.result(10).timed_out
        assert (said, server_pids(pool)) == ([], first)


def test_cancelling_ends_a_job_at_once_and_keeps_the_server(open_judge: Path) -> None:
    cancelled = threading.Event()
    with Pool(1, judge=open_judge) as pool, ThreadPoolExecutor(1) as threads:
        pool.choice()
        first = server_pids(pool)
        running = threads.submit(pool.run, SLEEP, LIMITS, Errand(cancelled))
        time.sleep(0.2)
        started = time.monotonic()
        cancelled.set()
        with pytest.raises(CancelledError):
            running.result(10)
        assert time.monotonic() - started < 0.5
        assert server_pids(pool) == first


def test_a_pool_that_is_closed_leaves_no_process(open_judge: Path) -> None:
    with Pool(2, judge=open_judge) as pool:
        pool.choice()
        pids = server_pids(pool)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_servers_of_other_pythons_make_room_for_each_other(open_judge: Path) -> None:
    system = Path("/usr/bin/python3")
    if not system.exists() or system.resolve() == Path(sys.executable).resolve():
        pytest.skip("NOT TESTED: there is no second Python on this machine")
    version = b"import sys, os; os.write(result_fd, sys.executable.encode() + b'\\n')"
    with Pool(1, judge=open_judge) as pool:
        own = pool.run(version, LIMITS, Errand()).records
        for name in ("json", "csv", "uuid", "queue"):
            other = pool.run(version, LIMITS, Errand(warmth=Warmth(str(system), (name,)))).records
            assert other != own
        assert len(pool._idle) <= 3
        assert pool.run(version, LIMITS, Errand()).records == own


def test_a_python_that_cannot_be_used_is_named(open_judge: Path, tmp_path: Path) -> None:
    shim = tmp_path / "python3"
    shim.write_text("#!/bin/sh\nexec python3\n")
    with Pool(1, judge=open_judge) as pool:
        with pytest.raises(JudgeError, match="is a script"):
            pool.run(NOTHING, LIMITS, Errand(warmth=Warmth(str(shim))))
        assert pool.run(NOTHING, LIMITS, Errand()).exit_status == 0


def test_many_short_records_do_not_wake_the_judge_one_by_one(open_judge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = b"""
import os, time
for number in range(300):
    os.write(result_fd, b"%d\\n" % number)
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.0003:
        pass
"""
    told: list[bytes] = []
    blocks: list[int] = []
    take = exchange.Child.recorded

    def counted(child: exchange.Child, block: bytes) -> None:
        blocks.append(len(block))
        take(child, block)

    monkeypatch.setattr(exchange.Child, "recorded", counted)
    with Pool(1, judge=open_judge) as pool:
        pool.run(job, LIMITS, Errand(on_record=told.append))
    assert [int(line) for line in told] == list(range(300))
    # 90 ms of work at least, and a look every 5 ms; a busy machine has fewer.
    assert len(blocks) < 100


def test_a_large_output_does_not_wait_for_the_judge(open_judge: Path) -> None:
    job = b"import os\nfor _ in range(100): os.write(1, b'x' * 65536)"
    with Pool(1, judge=open_judge) as pool:
        pool.run(NOTHING, LIMITS, Errand())
        # A rest before each block would take 500 ms; a busy machine may take long once.
        assert min(pool.run(job, LIMITS, Errand()).ms for _ in range(3)) < 400
