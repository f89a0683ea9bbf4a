"""Evaluation problems do not get into training data, renamed or reformatted either."""

from pathlib import Path

import pytest

from mucode.problems import fingerprints, humaneval, humanevalpack, mbpp
from mucode.problems.files import DataError
from mucode.problems.guard import Guard
from mucode.problems.row import INSTRUCTIONS, Row
from tests.problems.published import rows

SOLUTION = '''def mean_distance(values):
    """Return the mean distance of the values from their mean, a number."""
    mean = sum(values) / len(values)
    return sum(abs(value - mean) for value in values) / len(values)
'''


def row(solution: str, instruction: str = INSTRUCTIONS["write"], code: str = "def f(x):\n    ...\n") -> Row:
    return Row({"id": "own/1", "instruction": instruction, "code": code}, "write", solution)


def guard_of(*known: Row) -> Guard:
    return Guard({"HumanEval": fingerprints.union(fingerprints.prints_of(one) for one in known)})


def test_a_solution_is_recognised_under_other_names_and_another_layout() -> None:
    renamed = "def f(a):\n    m = sum(a)/len(a) # mean\n    return sum(abs(b - m) for b in a) / len(a)\n"
    match = guard_of(row(SOLUTION)).match(row(renamed))
    assert match is not None
    assert str(match) == "own/1: its program is in HumanEval"


def test_a_buggy_version_of_the_data_set_is_recognised_as_code_under_repair() -> None:
    buggy = SOLUTION.replace("abs(value - mean)", "value - mean")
    known = row(SOLUTION, code=buggy)
    assert guard_of(known).match(row("def g(x):\n    return x + 1\n", code=buggy)) is not None


def test_a_prompt_is_recognised_by_its_words() -> None:
    asked = "Return the MEAN distance of the values,\n from their mean: a number."
    match = guard_of(row(SOLUTION)).match(row("def g(x):\n    return x + 1\n", instruction=asked))
    assert match is not None
    assert match.by == "text"


def test_another_problem_may_be_trained_on() -> None:
    other = row("def total(values):\n    return sum(values) - min(values)\n", "Sum up all values but the smallest one.")
    assert guard_of(row(SOLUTION)).divide([other]) == ([other], [])


def test_stubs_and_our_own_instructions_match_nothing() -> None:
    assert guard_of(row(SOLUTION)).match(row("def g(x):\n    return [x, x]\n")) is None


def test_missing_fingerprints_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        fingerprints.read(tmp_path / "fingerprints.json")


def test_the_committed_fingerprints_are_those_of_the_data_sets() -> None:
    sets = {
        "HumanEval": rows(humaneval.load),
        "HumanEvalPack": rows(humanevalpack.load),
        "MBPP test": rows(mbpp.load, "test"),
    }
    made = {name: fingerprints.union(map(fingerprints.prints_of, found)) for name, found in sets.items()}
    assert fingerprints.read() == made


def test_no_row_of_an_evaluation_set_passes_the_guard() -> None:
    guard = Guard.installed()
    for found in (rows(humaneval.load), rows(mbpp.load, "test")):
        kept, dropped = guard.divide(found)
        assert kept == []
        assert len(dropped) == len(found)


def test_rows_of_mbpp_train_that_repeat_test_rows_are_dropped_and_the_rest_is_kept() -> None:
    kept, dropped = Guard.installed().divide(rows(mbpp.load, "train"))
    assert len(kept) + len(dropped) == 374
    assert 10 <= len(dropped) <= 30
    assert "MBPP/602: its text is in MBPP test" in map(str, dropped)
