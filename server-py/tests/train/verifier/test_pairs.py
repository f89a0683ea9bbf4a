"""Pairs come from the seed and the table alone (fault 7 of the reference code: they came from nowhere)."""

import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest

from mucode.train.verifier.pairs import Pair, pairs_of, singles_of
from mucode.train.verifier.programs import Program

SERVER = Path(__file__).parents[3]


def programs(problem: str, right: int, wrong: int) -> list[Program]:
    names = [(f"right{index}", True) for index in range(right)] + [(f"wrong{index}", False) for index in range(wrong)]
    return [Program(problem, name, name, correct) for name, correct in names]


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.right.fingerprint, pair.wrong.fingerprint) for pair in pairs]


def test_all_pairs_of_a_small_problem_are_taken_once() -> None:
    found = names(pairs_of(programs("p", 2, 3), 32, 0))
    assert sorted(found) == [(f"right{a}", f"wrong{b}") for a in range(2) for b in range(3)]


@pytest.mark.parametrize(("right", "wrong"), [(1, 1), (1, 9), (4, 6), (6, 6), (7, 5), (40, 40), (3, 50)])
def test_pairs_are_different_and_use_every_program_before_one_comes_again(right: int, wrong: int) -> None:
    found = names(pairs_of(programs("p", right, wrong), 32, 5))
    assert len(found) == len(set(found)) == min(32, right * wrong)
    first = found[: max(right, wrong)]
    assert len({one for one, _ in first}) == min(right, 32)
    assert len({other for _, other in first}) == min(wrong, 32)
    uses = [sum(name in pair for pair in found) for name in {one for one, _ in found}]
    assert max(uses) - min(uses) <= 1


def test_pairs_stay_inside_a_problem_and_need_both_kinds() -> None:
    rows = [*programs("a", 2, 0), *programs("b", 0, 2), *programs("c", 1, 1), *programs("d", 1, 2)]
    found = pairs_of(rows, 32, 0)
    assert [pair.right.problem for pair in found] == ["c", "d", "d"]
    assert all(pair.right.problem == pair.wrong.problem for pair in found)
    assert all(pair.right.correct and not pair.wrong.correct for pair in found)


def test_the_order_of_rows_repeated_rows_and_the_global_random_state_change_nothing() -> None:
    rows = programs("a", 5, 9) + programs("b", 9, 5)
    expected = pairs_of(rows, 20, 3)
    for number, order in enumerate(itertools.islice(itertools.permutations(rows), 0, 5000, 1000)):
        random.seed(number)
        assert pairs_of([*order, *rows[:4]], 20, 3) == expected


def test_other_problems_change_nothing_and_another_seed_changes_much() -> None:
    alone = pairs_of(programs("b", 9, 9), 20, 3)
    assert [pair for pair in pairs_of(programs("a", 3, 3) + programs("b", 9, 9), 20, 3) if pair in alone] == alone
    assert pairs_of(programs("b", 9, 9), 20, 4) != alone


def test_another_process_with_another_hash_seed_draws_the_same_pairs() -> None:
    script = "from tests.train.verifier.test_pairs import *; print(names(pairs_of(programs('b', 9, 9), 20, 3)))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": str(SERVER), "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert outputs == {str(names(pairs_of(programs("b", 9, 9), 20, 3)))}


def test_single_programs_are_bounded_on_each_side_and_need_no_other_side() -> None:
    found = singles_of([*programs("a", 5, 1), *programs("b", 0, 7)], 3, 0)
    counts = {(problem, right): 0 for problem in "ab" for right in (True, False)}
    for one in found:
        counts[one.problem, one.correct] += 1
    assert counts == {("a", True): 3, ("a", False): 1, ("b", True): 0, ("b", False): 3}
    assert len(set(found)) == len(found)
