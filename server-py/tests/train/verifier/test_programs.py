"""From rollouts to labelled programs, and which problems stay unseen."""

from mucode.train.verifier.programs import Program, distinct_programs, held_out_problems
from tests.train.rollouts import turn


def test_equal_programs_are_one_with_the_least_of_their_texts() -> None:
    rows = [
        turn("p", 0, 1, "right b", fingerprint="f"),
        turn("p", 1, 1, "right a", fingerprint="f"),
        turn("p", 2, 1, None),
        turn("p", 2, 2, "wrong", fingerprint="g"),
        turn("o", 0, 1, "wrong", fingerprint="g"),
    ]
    expected = (
        Program("o", "g", "wrong", False),
        Program("p", "f", "right a", True),
        Program("p", "g", "wrong", False),
    )
    for table in (rows, rows[::-1]):
        found = distinct_programs(table)
        assert found.programs == expected
        assert found.unclear == ()


def test_what_tampers_or_fails_private_tests_is_wrong() -> None:
    rows = [turn("p", 0, 1, "right a", public="tamper"), turn("p", 1, 1, "right b", private="timeout")]
    assert [one.correct for one in distinct_programs(rows).programs] == [False, False]


def test_a_program_that_was_right_once_and_wrong_once_has_no_label() -> None:
    rows = [turn("p", 0, 1, "right"), turn("p", 1, 1, "right", private="timeout"), turn("p", 2, 1, "wrong")]
    found = distinct_programs(rows)
    assert [one.fingerprint for one in found.programs] == ["wrong"]
    assert [one.fingerprint for one in found.unclear] == ["right"]


def programs_of(problems: int, both: int) -> list[Program]:
    right = [Program(f"p{index}", "r", "r", True) for index in range(problems)]
    return right + [Program(f"p{index}", "w", "w", False) for index in range(both)]


def test_a_share_of_both_kinds_of_problems_is_held_out() -> None:
    held = held_out_problems(programs_of(problems=60, both=20), 0.1, seed=0)
    both = {name for name in held if int(name[1:]) < 20}
    assert (len(held), len(both)) == (6, 2)
    assert held == held_out_problems(programs_of(60, 20)[::-1], 0.1, seed=0)
    assert held != held_out_problems(programs_of(60, 20), 0.1, seed=1)


def test_one_problem_with_both_kinds_is_always_left_to_learn_from() -> None:
    assert held_out_problems(programs_of(1, 1), 0.5, seed=0) == frozenset()
    assert len(held_out_problems(programs_of(2, 2), 0.1, seed=0)) == 1
    assert len(held_out_problems(programs_of(2, 2), 0.99, seed=0)) == 1
    assert held_out_problems(programs_of(9, 9), 0.0, seed=0) == frozenset()
