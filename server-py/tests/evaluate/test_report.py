"""What results add up to, on tables small enough to count by hand."""

import dataclasses
from pathlib import Path
from typing import Any, cast

import pytest

from mucode.errors import MucodeError
from mucode.evaluate import results
from mucode.evaluate.outcome import conclude, keep_settings
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


def report(method: str = "mucode", variant: str = "") -> Report:
    (found,) = reports(ROWS, dataclasses.replace(CONFIG, method=method, variant=variant))
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
    assert report().pass_at == {1: (0.5, 0.0), 10: (1.0, 0.0)}


def test_a_problem_with_too_long_a_prompt_is_not_solved_and_counted() -> None:
    """It once made pass@k vanish from every table."""
    long = measured("c", greedy=outcome(), searches=[("pt", 2, outcome()), ("pt", 1, outcome())], samples=(0, 0))
    (found,) = reports([*ROWS, long], CONFIG)
    assert found.too_long == 1
    assert found.pass_at == {1: (0.5, 0.0, 0.0), 10: (1.0, 0.0, 0.0)}
    assert found.best_of("pt") == (1.0, 0.5, 0.0)
    assert summary(found, 200)["too_long"] == 1
    lines = tables([found], 200).splitlines()
    assert "μCode: 1 problems have a prompt that leaves no room for an answer; they count as not solved." in lines
    assert any(line.startswith("| μCode | 16.7 ±") for line in lines)
    (none,) = reports([long], CONFIG)
    assert none.pass_at == {1: (0.0,), 10: (0.0,), 99: (0.0,)}


def test_where_public_tests_decide_the_tables_say_so() -> None:
    (found,) = reports([measured("a", greedy=YES, private=False)], CONFIG)
    assert found.public_only == 1
    remark = "1 problems have no private test that is not public as well: there public tests decide."
    assert remark in tables([found], 100).splitlines()


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
    best = cast("list[dict[str, Any]]", found["best_of_n"])
    assert [one["mean"] for one in best[1]["by_turns"]] == [0.5, 0.75, 0.75]
    assert best[1]["by_turns"][1]["low"] < 0.75


def test_the_difference_is_taken_on_the_problems_of_both() -> None:
    (alone,) = reports(ROWS[1:], CONFIG)
    found = difference(report(), alone, lambda one: one.multi, 100)
    assert found is not None
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert difference(report(), alone, lambda one: one.best_of("lv"), 100) is None


def test_methods_without_a_shared_problem_are_said_to_be_not_compared() -> None:
    (other,) = reports([measured("z", greedy=YES)], EvaluateConfig(method="rft", turns=3, n=2, ks=()))
    assert difference(report(), other, lambda one: one.multi, 100) is None
    assert "| single-turn RFT | not run | not run |" in tables([report(), other], 100).splitlines()


def test_rows_that_were_not_run_say_so_beside_the_papers_figures() -> None:
    text = tables([report(), report("instruct")], 200)
    lines = text.splitlines()
    assert "## MBPP (write): 2 problems" in lines
    assert "### All data sets" not in lines
    assert "| multi-turn Instruct | 1, 3 | 50.0 ± 50.0 | 1, 3 | 35.1 | 31.1 | 60.3 | 59.7 | 4.8 |" in lines
    assert "| +BoN | 2, 3 | 75.0 ± 25.0 | 5, 3 | 51.1 | 41.5 | 70.6 | 63.8 | 16.3 |" in lines
    assert "| single-turn RFT | - | not run | 1, 1 | 35.7 | 34.1 | 53.7 | 54.9 | - |" in lines
    assert "| μCode | pt | 75.0 ± 25.0 | 49.4 | 39.7 | 69.4 | 61.4 |" in lines
    assert "| μCode | lv | not run | 43.3 | 36.5 | 64.8 | 60.6 |" in lines
    assert "| multi-turn RFT | pt+lv | not run | 46.7 | 36.5 | 68.4 | 62.8 |" in lines
    assert "| μCode, best-of-2 | 50.0 ± 50.0 | 75.0 ± 25.0 | 75.0 ± 25.0 |" in lines
    assert "| Instruct | +0.0 [+0.0, +0.0] | +0.0 [+0.0, +0.0] |" in lines
    assert "| μCode | 50.0 ± 50.0 | 75.0 ± 25.0 |" in lines
    assert "| μCode, paper 1B MBPP | 37.9 | - |" in lines


def test_figures_beside_the_papers_say_with_how_many_candidates_and_turns_each_was_measured() -> None:
    """A best-of-4 of two turns once stood on the row of the paper's best-of-5 of three, under our N alone."""
    config = dataclasses.replace(CONFIG, n=4, turns=2)
    row = measured("a", greedy=YES, searches=[("pt", 4, YES)])
    lines = tables(reports([row], config), 200).splitlines()
    assert "| method | ours: N, turns | ours | paper: N, turns | " in lines[lines.index("### Methods") + 2]
    assert "| μCode | 1, 2 | 100.0 ± 0.0 | 1, 3 | 37.9 | 35.4 | 62.1 | 60.9 | 7.9 |" in lines
    assert "| +BoN | 4, 2 | 100.0 ± 0.0 | 5, 3 | 51.1 | 41.5 | 70.6 | 63.8 | 16.3 |" in lines
    assert "Ours: best-of-4, at most 2 turns. The paper's: best-of-5, at most 3 turns." in lines
    assert sum("best-of-5, at most 3 turns." in line for line in lines) == 2


def test_ablations_are_rows_of_their_own_and_those_not_run_say_so() -> None:
    lines = tables([report(), report(variant="oracle only"), report(variant="βs of 1")], 200).splitlines()
    for row in (
        "| Instruct (0 iterations) | not run | not run | - | - |",
        "| multi-turn RFT, learned only | not run | not run | 49.0 | 38.9 |",
        "| μCode | 50.0 ± 50.0 | 75.0 ± 25.0 | 51.1 | 41.5 |",
        "| μCode, oracle only | 50.0 ± 50.0 | 75.0 ± 25.0 | 48.2 | 38.0 |",
        "| μCode, learned only | not run | not run | 48.5 | 39.1 |",
        "| μCode, failing rollouts only | not run | not run | - | - |",
        "| μCode, relabelled as released | not run | not run | - | - |",
        "| μCode, cross-entropy verifier | not run | not run | - | - |",
        "| μCode, 1 iteration | not run | not run | - | - |",
        "| μCode, βs of 1 | 50.0 ± 50.0 | 75.0 ± 25.0 | - | - |",
        "| μCode, oracle only | pt | 75.0 ± 25.0 | - | - | - | - |",
        "| μCode, oracle only | +0.0 [+0.0, +0.0] | +0.0 [+0.0, +0.0] |",
        "| μCode, oracle only, best-of-2 | 50.0 ± 50.0 | 75.0 ± 25.0 | 75.0 ± 25.0 |",
        "| μCode, oracle only | 1, 3 | 50.0 ± 50.0 | - | - | - | - | - | - |",
    ):
        assert row in lines, row


def test_repair_stands_beside_synthesis() -> None:
    mend = measured("r", greedy=YES, searches=[("pt", 2, YES), ("pt", 1, NO)], source="humanevalpack", task="repair")
    lines = tables([*reports([*ROWS, mend], CONFIG), report("instruct")], 200).splitlines()
    start = lines.index("### All data sets")
    assert lines[start + 2 : start + 8] == [
        "| method | MBPP (write) | humanevalpack (repair) |",
        "| --- | --- | --- |",
        "| μCode, multi-turn greedy | 50.0 ± 50.0 | 100.0 ± 0.0 |",
        "| μCode, best-of-N | 75.0 ± 25.0 | 100.0 ± 0.0 |",
        "| Instruct, multi-turn greedy | 50.0 ± 50.0 | not run |",
        "| Instruct, best-of-N | 75.0 ± 25.0 | not run |",
    ]
    assert "## humanevalpack (repair): 1 problems" in lines


def test_two_folders_that_say_they_are_the_same_are_told_apart_by_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        keep_settings(tmp_path / name, dataclasses.replace(CONFIG, plots=False))
        results.write(tmp_path / name / "results-00000.jsonl", ROWS)
    found = conclude({name: tmp_path / name for name in ("one", "two")}, tmp_path)
    assert [one.name for one in found] == ["μCode", "μCode, two"]


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results.write(path, ROWS)
    assert list(results.read(path)) == ROWS
    path.write_text(path.read_text() + '{"problem": "x"}\n')
    with pytest.raises(MucodeError, match="line 3"):
        list(results.read(path))
