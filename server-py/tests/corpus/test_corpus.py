"""The corpus: no hostile program gets a green mark, no honest one is refused, nothing stays behind, in every tier."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from mucode.judge.sandbox.pool import Pool
from tests.corpus.conftest import Bench, Judged, descendants
from tests.corpus.programs import Program, programs

TIERS = ["T3", "T2", "T1"]
LATEST_MS = 100
ATTEMPTS = 3
HOSTILE, HONEST = programs("hostile"), programs("honest")


@pytest.mark.parametrize("bench", TIERS, indirect=True)
@pytest.mark.parametrize("program", HOSTILE + HONEST, ids=str)
def test_a_program_gets_the_verdict_it_deserves(bench: Bench, program: Program) -> None:
    judged = bench.judged(program)
    said = [(test.test, test.result, test.judged, test.error, test.got) for test in judged.tests]
    assert judged.trouble == []
    if program.expect == "pass":
        assert (judged.verdict, judged.green) == ("pass", [test.test for test in judged.tests]), said
    elif program.expect == "not-pass":
        assert not judged.green, said
    elif program.expect != "any":
        assert judged.verdict in program.expect.split("|"), said
    late = judged.late_ms
    for _ in range(ATTEMPTS - 1):
        late = min(late, bench.judge(program).late_ms) if late > latest_ms() else late
    assert late < latest_ms()


def latest_ms() -> float:
    """How long after its limit a child may end: on a busy machine even the killing waits for its turn."""
    return LATEST_MS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.parametrize("bench", TIERS, indirect=True)
def test_nothing_but_idle_servers_is_left(bench: Bench) -> None:
    bench.wait()
    idle = [slot.server._process.pid for slot in bench.pool._idle]
    assert all(len(descendants(pid)) == 1 for pid in idle)


def test_the_corpus_has_several_programs_of_every_class() -> None:
    hostile = Counter(program.kind for program in {one.path: one for one in HOSTILE}.values())
    honest = {one.path for one in HONEST}
    assert sum(hostile.values()) >= 150
    assert min(hostile.values()) >= 5
    assert len(honest) >= 60


def test_a_test_from_the_middle_does_not_wait_for_all_programs_before_it() -> None:
    begun: list[Program] = []

    class Noting(Bench):
        def judge(self, program: Program) -> Judged:
            begun.append(program)
            return Judged("pass", "outside", [], 0.0, [])

    with Pool(1) as pool, ThreadPoolExecutor(1) as threads:
        noting = Noting(pool, threads, HOSTILE)
        noting.judged(HOSTILE[100])
        noting.wait()
        assert begun == HOSTILE[100 : 100 + len(begun)]
        assert 1 < len(begun) < 20
        noting.judged(HOSTILE[101])
        noting.wait()
        assert len(begun) == len(set(begun))
