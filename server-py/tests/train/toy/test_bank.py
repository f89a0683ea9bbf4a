"""The toy's problems and answers are what they say they are, and nobody else's."""

import threading
from collections import Counter

from mucode.judge import candidates
from mucode.judge.kinds import AnyProblem, problem_from_json
from mucode.judge.sandbox.pool import Pool
from mucode.problems.guard import Guard
from mucode.train.toy.bank import answers, toy_rows


def test_there_are_enough_problems_of_each_split_and_of_both_tasks() -> None:
    assert {split: len(toy_rows(split)) for split in ("train", "validation", "test")} == {
        "train": 14,
        "validation": 4,
        "test": 4,
    }
    assert Counter(row.task for row in toy_rows()) == {"write": 16, "repair": 6}


def test_none_of_them_resembles_an_evaluation_problem() -> None:
    assert Guard.installed().divide(toy_rows())[1] == []


def test_each_can_be_told_by_its_instruction() -> None:
    texts = [str(row.problem["instruction"]) for row in toy_rows()]
    assert not [(one, other) for one in texts for other in texts if one is not other and one in other]


def test_each_has_right_and_wrong_answers_one_without_code_and_one_that_needs_feedback() -> None:
    assert set(answers()) == {row.problem["id"] for row in toy_rows()}
    for bank in answers().values():
        first = [one for one in bank if not one.later]
        assert Counter(one.right for one in first) == {True: 2, False: 4}
        assert sum("```" not in one.text for one in first) == 1
        assert [one.right for one in bank if one.later] == [True]


def test_the_judge_agrees_with_the_bank() -> None:
    with Pool(2) as pool:
        for row in toy_rows():
            problem = problem_from_json(row.problem)
            quite_wrong = 0
            for answer in answers()[str(row.problem["id"])]:
                found = [_verdict(pool, problem, which, answer.text) for which in ("public", "private")]
                assert (found == ["pass", "pass"]) == answer.right, (row.problem["id"], answer.text, found)
                quite_wrong += found[0] == "pass" != found[1]
            assert quite_wrong >= 1, f"{row.problem['id']}: no answer passes the public tests only"
            solution = {"id": "s", "program": row.solution}
            assert _judged(pool, problem, "private", solution) == "pass"


def _verdict(pool: Pool, problem: AnyProblem, which: str, text: str) -> object:
    return _judged(pool, problem, which, {"id": "a", "answer": text})


def _judged(pool: Pool, problem: AnyProblem, which: str, candidate: dict[str, str]) -> object:
    return candidates.judge(pool, problem, which, candidate, threading.Event(), _ignore, _ignore)["verdict"]


def _ignore(_: object) -> None:
    """Only the verdict counts."""
