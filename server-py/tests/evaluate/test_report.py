"""What results add up to, on tables small enough to count by hand."""

from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.evaluate import results
from mucode.evaluate.report import Report, difference, reports, summary
from mucode.evaluate.settings import EvaluateConfig
from mucode.evaluate.tables import tables

from .measured import measured, outcome

YES, NO, LATE = outcome(True), outcome(False, False, False), outcome(False, True)
CONFIG = EvaluateConfig(method="mucode", searches=2, turns=3, n=2, ks=(1, 10, 99), bootstrap=200)
ROWS = [
    measured("b", greedy=NO, searches=[("pt", 2, NO), ("pt", 2, LATE), ("pt", 1, NO)], samples=(10, 0)),
    measured("a", greedy=LATE, searches=[("pt", 2, YES), ("pt", 2, YES), ("pt", 1, YES)], samples=(10, 5)),
]


def report(method: str = "mucode") -> Report:
    (found,) = reports(ROWS, EvaluateConfig(method=method, turns=3, n=2, ks=(1, 10, 99)))
    return found


def test_each_problem_counts_once_by_the_share_of_its_searches() -> None:
    found = report()
    assert found.problems == ("a", "b")
    assert (found.single, found.multi) == ((0.0, 0.0), (1.0, 0.0))
    assert found.searched[("pt", 2)] == ((1.0, 0.0), (1.0, 0.5), (1.0, 0.5))
    assert found.best_of("pt") == (1.0, 0.5)
    assert found.best_of("pt", 1) == (1.0, 0.0)
    assert found.best_of("lv") is None


def test_pass_at_k_is_given_where_there_are_enough_samples() -> None:
    assert report().pass_at == {1: 0.25, 10: 0.5}


def test_data_sets_are_kept_apart() -> None:
    other = measured("c", greedy=YES, source="HumanEval")
    assert [(one.source, one.problems) for one in reports([*ROWS, other], CONFIG)] == [
        ("HumanEval", ("c",)),
        ("MBPP", ("a", "b")),
    ]


def test_a_problem_that_was_not_searched_is_no_failure_but_an_error() -> None:
    with pytest.raises(ValueError, match="not searched"):
        reports([*ROWS, measured("c", greedy=YES)], CONFIG)


def test_the_summary_has_means_intervals_and_turns() -> None:
    found = summary(report(), 200)
    assert found["multi_turn_greedy"] == {"mean": 0.5, "low": 0.0, "high": 1.0}
    best = found["best_of_n"]
    assert isinstance(best, list)
    assert best[1]["by_turns"] == [0.5, 0.75, 0.75]


def test_the_difference_is_taken_on_the_problems_of_both() -> None:
    (alone,) = reports(ROWS[1:], CONFIG)
    found = difference(report(), alone, lambda one: one.multi, 100)
    assert found is not None
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert difference(report(), alone, lambda one: one.best_of("lv"), 100) is None


def test_methods_without_a_shared_problem_are_said_to_be_not_compared() -> None:
    (other,) = reports([measured("z", greedy=YES)], EvaluateConfig(method="rft", turns=3, n=2, ks=()))
    assert difference(report(), other, lambda one: one.multi, 100) is None
    assert "| RFT | not run | not run |" in tables([report(), other], 100).splitlines()


def test_rows_that_were_not_run_say_so_beside_the_papers_figures() -> None:
    text = tables([report(), report("instruct")], 200)
    lines = text.splitlines()
    assert "| multi-turn Instruct | 1 | 50.0 ± 50.0 | 35.1 | 31.1 | 60.3 | 59.7 | 4.8 |" in lines
    assert "| +BoN | 2 | 75.0 ± 25.0 | 51.1 | 41.5 | 70.6 | 63.8 | 16.3 |" in lines
    assert "| single-turn RFT | 1 | not run | 35.7 | 34.1 | 53.7 | 54.9 | - |" in lines
    assert "| μCode | not run | not run | 75.0 ± 25.0 | not run | not run |" in lines
    assert "| μCode, best-of-2 | 50.0 | 75.0 | 75.0 |" in lines
    assert "| Instruct | +0.0 [+0.0, +0.0] | +0.0 [+0.0, +0.0] |" in lines
    assert "| μCode | 50.0 | 75.0 |" in lines


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results.write(path, ROWS)
    assert list(results.read(path)) == ROWS
    path.write_text(path.read_text() + '{"problem": "x"}\n')
    with pytest.raises(MucodeError, match="line 3"):
        list(results.read(path))
