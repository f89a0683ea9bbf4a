"""The expert's choices on tables small enough to do by hand."""

import itertools
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train.relabel import RelabelConfig, Relabelled, relabel
from mucode.train.rows import RolloutRow
from tests.train.rollouts import turn

# Problem a: rollout 0 goes wrong twice, rollout 1 ends right, rollout 2 is wrong at once.
TABLE = [
    turn("a", 0, 1, "wrong0"),
    turn("a", 0, 2, "wrong1"),
    turn("a", 1, 1, "wrong2"),
    turn("a", 1, 2, "right0"),
    turn("a", 2, 1, "wrong3"),
    turn("b", 0, 1, "wrong9"),
]
SCORES = {
    **{("a", name): score for name, score in [("wrong0", 9.0), ("wrong1", 2.0), ("wrong2", 1.0), ("wrong3", 3.0)]},
    ("a", "right0"): -4.0,
    ("a", "right1"): 5.0,
    ("b", "wrong9"): 0.5,
}


def taught(done: Relabelled) -> list[tuple[str, int, int, str]]:
    """Problem, rollout, turn and the program's name."""
    return [(one.problem, one.rollout, one.turn, one.completion.split("\n")[1]) for one in done.examples]


def done(rows: list[RolloutRow], **config: Any) -> Relabelled:  # noqa: ANN401 — as RelabelConfig has them
    return relabel([rows], SCORES, RelabelConfig(**config))


def test_every_state_is_taught_the_right_program_whatever_its_score() -> None:
    result = done(TABLE)
    assert taught(result) == [
        *(("a", 0, 1, "right0"), ("a", 0, 2, "right0"), ("a", 1, 1, "right0")),
        *(("a", 1, 2, "right0"), ("a", 2, 1, "right0")),
    ]
    assert result.examples[0].completion == "```python\nright0\n```"
    assert result.examples[0].messages == TABLE[0].messages
    assert (result.examples[0].correct, result.examples[0].score) == (True, -4.0)


def test_the_report_counts_what_was_dropped_and_what_was_changed() -> None:
    assert done(TABLE).report == {
        "problems": 2,
        "solved": 1,
        "programs": 6,
        "outvoted": 0,
        "examples": 5,
        "distinct_examples": 2,
        "right_examples": 5,
        "own_program": 1,
        "other_program": 4,
        "dropped_unsolved": ["b"],
    }


def test_the_verifier_chooses_among_right_programs_of_all_iterations() -> None:
    later = [turn("a", 0, 1, "right1")]
    result = relabel([TABLE, later], SCORES, RelabelConfig())
    assert {name for *_, name in taught(result)} == {"right1"}
    assert len(result.examples) == 6
    only_oracle = relabel([TABLE, later], {}, RelabelConfig(score="oracle"))
    assert {name for *_, name in taught(only_oracle)} == {"right0"}, "ties go to the lesser fingerprint"
    assert only_oracle.examples[0].score is None


def test_the_score_alone_may_choose_a_wrong_program_and_that_is_counted() -> None:
    result = done(TABLE, score="learned")
    assert {name for *_, name in taught(result)} == {"wrong0"}
    assert result.report["outvoted"] == 1
    assert not any(one.correct for one in result.examples)
    # 10 + (-4) < 9: a small weight of the oracle is outvoted as well.
    assert {name for *_, name in taught(done(TABLE, beta_oracle=10.0))} == {"wrong0"}
    assert {name for *_, name in taught(done(TABLE, beta_oracle=13.5))} == {"right0"}
    assert {name for *_, name in taught(done(TABLE, beta_oracle=1.0, beta_learned=0.05))} == {"right0"}


def test_unsolved_problems_are_kept_on_demand() -> None:
    result = done(TABLE, keep_unsolved=True)
    assert ("b", 0, 1, "wrong9") in taught(result)
    assert result.report["dropped_unsolved"] == []
    assert result.report["right_examples"] == 5


def test_only_rollouts_that_end_wrong_are_relabelled_on_demand() -> None:
    rows = [*TABLE, turn("a", 3, 1, "right1")]
    result = taught(done(rows, scope="failing"))
    assert [one for one in result if one[1] == 1] == [("a", 1, 1, "right0"), ("a", 1, 2, "right0")]
    assert {one[3] for one in result if one[1] != 1} == {"right1"}


def test_as_released_only_three_failing_rollouts_with_the_highest_scores_are_used() -> None:
    rows = [
        turn("a", 0, 1, "wrong0"),  # 9.0, but not the end of its rollout
        turn("a", 0, 2, "wrong1"),  # 2.0
        turn("a", 1, 1, "wrong2"),  # 1.0
        turn("a", 2, 1, None),
        turn("a", 3, 1, "wrong3"),  # 3.0
        turn("a", 4, 1, "wrong3"),  # 3.0
        turn("a", 5, 1, "right0"),
    ]
    result = taught(done(rows, scope="reference"))
    assert [one[1:3] for one in result] == [(0, 1), (0, 2), (3, 1), (4, 1), (5, 1)]
    assert {one[3] for one in result} == {"right0"}
    unsolved = taught(done(rows[:-1], scope="reference", keep_unsolved=True))
    assert {one[3] for one in unsolved} == {"wrong3"}, "wrong0 scores 9.0, but is no last program"


def test_rejection_fine_tuning_teaches_right_first_answers_only() -> None:
    rows = [*TABLE, turn("a", 3, 1, "right1"), turn("a", 4, 1, "right1")]
    result = relabel([rows], {}, RelabelConfig(expert="own-single"))
    assert taught(result) == [("a", 3, 1, "right1"), ("a", 4, 1, "right1")]


def test_multi_star_teaches_each_rollout_that_ends_right_its_own_last_program() -> None:
    rows = [*TABLE, turn("a", 3, 1, "right1")]
    result = relabel([rows], {}, RelabelConfig(expert="own-multi"))
    assert taught(result) == [("a", 1, 1, "right0"), ("a", 1, 2, "right0"), ("a", 3, 1, "right1")]


@pytest.mark.parametrize("verdicts", [{"public": "tamper"}, {"public": "pass", "private": "tamper"}])
def test_a_program_that_tampers_is_never_taught(verdicts: dict[str, str]) -> None:
    rows = [turn("a", 0, 1, "wrong0", **verdicts), turn("a", 1, 1, "wrong3"), turn("a", 2, 1, "right0", **verdicts)]
    for scope in ("all", "failing", "reference"):
        result = done(rows, score="learned", keep_unsolved=True, scope=scope)
        assert {name for *_, name in taught(result)} == {"wrong3"}, scope
    assert relabel([rows], {}, RelabelConfig(expert="own-single")).examples == ()


def test_a_program_that_fails_only_private_tests_is_wrong() -> None:
    rows = [turn("a", 0, 1, "right0", private="fail"), turn("a", 1, 1, "wrong3")]
    assert done(rows).report["dropped_unsolved"] == ["a"]


def test_the_order_of_rows_does_not_matter() -> None:
    expected = done(TABLE)
    for rows in itertools.islice(itertools.permutations(TABLE), 0, None, 97):
        assert done(list(rows)) == expected


def test_answers_without_a_program_are_states_but_no_experts() -> None:
    rows = [turn("a", 0, 1, None), turn("a", 0, 2, "right0")]
    assert taught(done(rows)) == [("a", 0, 1, "right0"), ("a", 0, 2, "right0")]
    assert done([turn("a", 0, 1, None)], keep_unsolved=True).report["dropped_unsolved"] == ["a"]


def test_a_missing_score_names_its_problem() -> None:
    with pytest.raises(MucodeError, match="Problem c has a program without a score"):
        done([turn("c", 0, 1, "right7")])


@pytest.mark.parametrize(
    "config",
    [
        {"score": "oracle", "beta_learned": 2.0},
        {"score": "learned", "beta_oracle": 2.0},
        {"expert": "own-single", "scope": "failing"},
        {"expert": "own-multi", "keep_unsolved": True},
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(MucodeError, match=f"{list(config)[1]} would do nothing"):
        RelabelConfig(**config)
