"""Programs that mean harm: each ends in time, leaves no process, and the server lives on."""

import os
from pathlib import Path

import pytest

from mucode.judge.limits import Limits
from mucode.judge.sandbox.pool import Errand, Pool

PROGRAMS = sorted((Path(__file__).parent / "hostile").glob("*.py"))
LIMITS = Limits(step_s=1.0, wall_s=1.0)
LATE_MS = 500
ATTEMPTS = 3


def latest_ms() -> float:
    """When a child has to be gone; on a busy machine even the killing waits for its turn."""
    return LIMITS.wall_s * 1000 + LATE_MS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def descendants(pid: int) -> list[int]:
    """Every process below one, read from the kernel."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")  # a process belongs to the thread that started it
    words = [word for one in lists for word in one.read_text().split()]
    children = [int(word) for word in words]
    return children + [below for child in children for below in descendants(child)]


def below(pool: Pool) -> set[int]:
    servers = [slot.server._process.pid for slot in pool._idle]
    return {pid for server in servers for pid in [server, *descendants(server)]}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_hostile_program_ends_in_time_and_leaves_nothing(pool: Pool, program: Path) -> None:
    # What is late every time is the judge's own lateness.
    # Servers of other tests' pools live below this process as well.
    others = set(descendants(os.getpid())) - below(pool)
    outcomes = [pool.run(program.read_bytes(), LIMITS, Errand())]
    while outcomes[-1].ms >= latest_ms() and len(outcomes) < ATTEMPTS:
        outcomes.append(pool.run(program.read_bytes(), LIMITS, Errand()))
    outcome = outcomes[-1]
    assert outcome.ms < latest_ms()
    assert len(outcome.output) <= LIMITS.output_bytes
    assert sum(len(record) for record in outcome.records) <= LIMITS.record_bytes
    # What is left below this process are idle servers: bubblewrap and the fork server in it.
    idle = [slot.server for slot in pool._idle]
    assert set(descendants(os.getpid())) - others == below(pool)
    assert all(len(descendants(server._process.pid)) == 1 for server in idle)
    again = pool.run(b"import os; os.write(result_fd, b'alive\\n')", LIMITS, Errand())
    assert again.records == [b"alive"]


@pytest.mark.parametrize(
    ("program", "limit"),
    [
        ("fork_bomb", "processes"),
        ("memory_many", "memory"),
        ("output_flood", "output"),
        ("record_flood", "output"),
    ],
)
def test_the_limit_that_ended_a_program_is_named(pool: Pool, program: str, limit: str) -> None:
    source = (Path(__file__).parent / "hostile" / f"{program}.py").read_bytes()
    outcome = pool.run(source, Limits(step_s=30.0, wall_s=30.0), Errand())
    assert (outcome.limit, outcome.timed_out) == (limit, False)
