"""Programs of our own against one problem, in every tier: honest ones pass, the others never do and end in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mucode.judge.sandbox.pool import Pool
from tests.judge.stdio.programs import cases_of, judge, pool_of, problem

FOLDER = Path(__file__).parent
HOSTILE = sorted((FOLDER / "hostile").glob("*.txt"))
HONEST = sorted((FOLDER / "honest").glob("*.txt"))
SUMS = (("4\n3 1 4 2\n", "3\n4\n8\n10\n"), ("1\n7\n", "7\n"))
TIME_LIMIT_S = 1.0
PATIENCE_S = 20.0
LATEST_MS = 1500
ATTEMPTS = 3


@pytest.fixture(scope="module", params=["T3", "T2", "T1"])
def tier(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """One pool per tier that protects this machine."""
    pool = pool_of(str(request.param))
    yield pool
    pool.close()


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.stem)
def test_an_honest_program_passes(tier: Pool, path: Path) -> None:
    verdict = judge(problem(*SUMS), path.read_text(), tier)
    assert (verdict["verdict"], verdict["judged"], verdict["feedback"]) == ("pass", "outside", ""), verdict


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_program_never_passes_and_ends_in_time(tier: Pool, path: Path) -> None:
    text = path.read_text()
    wanted = text.partition("\n")[0].removeprefix("# ").split()
    # On a busy machine a program may need long to meet its own limit, and a kill may come late.
    limit = TIME_LIMIT_S if "timeout" in wanted else PATIENCE_S
    of = problem(SUMS[0], time_limit_s=limit, memory_mb=256)
    seen: list[object] = []
    for _ in range(ATTEMPTS):
        (case,) = cases_of(judge(of, text, tier))
        assert case["result"] in wanted, case
        if case["result"] != "timeout" or case["ms"] < LATEST_MS:
            return
        seen.append(case)
    pytest.fail(f"late every time: {seen}")


def test_the_server_lives_on(tier: Pool) -> None:
    assert judge(problem(("", "1")), "print(1)", tier)["verdict"] == "pass"
