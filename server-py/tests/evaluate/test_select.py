"""Each selector on small tables whose answer is known by hand."""

import pytest

from mucode.evaluate.select import Candidate, pick

from .candidates import candidate

TABLE = [
    candidate("half", passed=1, score=9.0),
    candidate("green", public="pass", passed=2, score=-1.0),
    candidate("green, liked", public="pass", passed=2, score=0.5, correct=True),
    candidate("tampered", public="tamper", passed=2, score=3.0),
    candidate(""),
]


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [("lv", {"half"}), ("pt", {"green", "green, liked"}), ("pt+lv", {"green, liked"}), ("oracle", {"green, liked"})],
)
def test_the_pick_is_the_best_by_the_selector(selector: str, wanted: set[str]) -> None:
    assert {pick(TABLE, selector, seed).exchange.code for seed in range(40)} == wanted


def test_random_picks_every_candidate_some_time_and_the_same_one_for_a_seed() -> None:
    picks = [pick(TABLE, "random", seed).exchange.code for seed in range(60)]
    assert len(set(picks)) == len(TABLE)
    assert picks == [pick(TABLE, "random", seed).exchange.code for seed in range(60)]


def test_no_selector_but_the_oracle_looks_at_the_private_tests() -> None:
    def flipped(one: Candidate) -> Candidate:
        return candidate(
            one.exchange.code or "",
            public=one.public,
            passed=one.public_passed,
            correct=not one.correct,
            score=one.score,
        )

    other = [flipped(one) for one in TABLE]
    for selector in ("random", "lv", "pt", "pt+lv"):
        for seed in range(20):
            assert pick(TABLE, selector, seed).exchange == pick(other, selector, seed).exchange


def test_a_tampering_program_is_behind_every_other_one_for_the_tests() -> None:
    tampered, empty = candidate("t", public="tamper", passed=2), candidate("")
    assert {pick([tampered, empty], "pt", seed).exchange.code for seed in range(20)} == {None}


def test_an_answer_without_a_score_is_behind_every_scored_one() -> None:
    scored, unscored = candidate("low", score=-99.0), candidate("none")
    assert {pick([scored, unscored], "lv", seed).exchange.code for seed in range(20)} == {"low"}


def test_a_turn_without_candidates_has_no_pick() -> None:
    with pytest.raises(ValueError, match="empty"):
        pick([], "pt", 0)
