"""Figures and the temperature, against tables done by hand."""

from math import exp, isclose, log

import pytest

from mucode.serve.card import sigmoid
from mucode.train.verifier.calibrate import HIGHEST, cross_fitted, fitted_temperature, negative_log_likelihood
from mucode.train.verifier.metrics import (
    auc,
    auc_within,
    calibration_error,
    pair_accuracy,
    pick_accuracy,
    sign_accuracy,
)

# Right programs score 2, 1 and -1; wrong ones 1, 0 and -3.
TABLE = [(2.0, True), (1.0, True), (-1.0, True), (1.0, False), (0.0, False), (-3.0, False)]


def test_sign_accuracy_goes_by_the_sign() -> None:
    assert sign_accuracy(TABLE) == 4 / 6


def test_pair_accuracy_compares_within_problems_only() -> None:
    # 2 pairs in order and none of 1; then 1 tie of 1: 2.5 of 4 pairs, and (1 + 0 + 0.5) / 3 problems.
    problems = [
        [(9.0, True), (8.0, False), (7.0, False)],
        [(-9.0, True), (-8.0, False)],
        [(1.0, True), (1.0, False)],
        [(99.0, False)],
    ]
    assert pair_accuracy(problems) == pytest.approx(2.5 / 4)
    assert auc_within(problems) == pytest.approx(1.5 / 3)
    assert auc_within([[(1.0, True)]]) is pair_accuracy([[(1.0, True)]]) is None


def test_what_is_added_to_all_scores_of_a_problem_changes_no_pair() -> None:
    """Such a constant is what Bradley-Terry leaves open; the sign of a score goes by it all the same."""
    moved = [(score - 100, right) for score, right in TABLE]
    assert pair_accuracy([moved]) == pair_accuracy([TABLE])
    assert sign_accuracy(moved) != sign_accuracy(TABLE)


def test_auc_counts_ordered_pairs_and_half_of_the_ties() -> None:
    # 2 beats 1, 0, -3; 1 ties 1 and beats 0, -3; -1 beats -3: 3 + 2.5 + 1 of 9.
    assert auc(TABLE) == pytest.approx(6.5 / 9)
    assert auc([(1.0, True), (0.0, False)]) == 1
    assert auc([(0.0, True), (1.0, False)]) == 0
    assert auc([(1.0, True)]) is None


def test_pick_accuracy_looks_at_each_problem_that_offers_a_choice() -> None:
    right_first = [(3.0, True), (1.0, False)]
    wrong_first = [(3.0, False), (1.0, True)]
    tied = [(3.0, False), (3.0, True), (3.0, False), (1.0, True)]
    assert pick_accuracy([right_first, wrong_first, tied, [(9.0, True)], [(9.0, False)]]) == pytest.approx(4 / 9)
    assert pick_accuracy([[(9.0, True)]]) is None


def test_calibration_error_is_the_mean_distance_of_probability_and_frequency() -> None:
    high, low = log(0.85 / 0.15), log(0.32 / 0.68)
    # Bin 0.8 to 0.9: four programs, half of them right: off by 0.35. Bin 0.3 to 0.4: one, wrong: off by 0.32.
    table = [(high, True), (high, False), (high, True), (high, False), (low, False)]
    assert calibration_error(table, 1.0) == pytest.approx((4 * 0.35 + 0.32) / 5)
    doubled = [(2 * score, right) for score, right in table]
    assert calibration_error(doubled, 2.0) == pytest.approx(calibration_error(table, 1.0))
    assert calibration_error([(50.0, True), (-50.0, False)], 1.0) == pytest.approx(0)


def test_the_likelihood_is_that_of_a_coin_with_the_given_probability() -> None:
    score = log(3)
    table = [(score, True), (score, True), (score, True), (score, False)]
    expected = -(3 * log(0.75) + log(0.25)) / 4
    assert negative_log_likelihood(table, 1.0) == pytest.approx(expected)
    assert negative_log_likelihood([(800.0, False)], 1.0) == pytest.approx(800.0)


def test_the_temperature_makes_probabilities_out_of_stretched_log_odds() -> None:
    # Of programs with log-odds log 3 three in four are right, of those with -log 3 one in four. Stretched by 5.
    three = [(5 * log(3), True)] * 3000 + [(5 * log(3), False)] * 1000
    one = [(-5 * log(3), True)] * 1000 + [(-5 * log(3), False)] * 3000
    assert fitted_temperature(three + one) == pytest.approx(5.0, rel=1e-2)


def test_the_temperature_is_the_best_one_for_the_moved_labels() -> None:
    # Three right, three wrong: labels 0.8 and 0.2. Both sides of the temperature are worse.
    def loss(temperature: float) -> float:
        chances = [(sigmoid(score / temperature), 0.8 if right else 0.2) for score, right in TABLE]
        return -sum(target * log(p) + (1 - target) * log(1 - p) for p, target in chances)

    best = fitted_temperature(TABLE)
    assert loss(best) < min(loss(best * 1.01), loss(best / 1.01))


def test_few_programs_without_an_error_give_no_certainty() -> None:
    temperature = fitted_temperature([(1.0, True), (-1.0, False)])
    # One of each: labels 2/3 and 1/3, so the probability of the right one is 2/3.
    assert isclose(sigmoid(1 / temperature), 2 / 3, rel_tol=1e-6)


def test_each_half_of_the_problems_has_the_temperature_of_the_other() -> None:
    """Fitted and measured on the same programs, a temperature looks better than it is."""
    clear, turned = [(3.0, True), (-3.0, False)], [(-1.0, True), (1.0, False)]
    found = cross_fitted([clear, turned])
    own, others = fitted_temperature(clear), fitted_temperature(turned)
    assert found == [*((score / others, right) for score, right in clear), *((s / own, right) for s, right in turned)]
    together = fitted_temperature([*clear, *turned])
    assert negative_log_likelihood(found, 1.0) > negative_log_likelihood([*clear, *turned], together)


def test_both_halves_have_problems_with_both_kinds() -> None:
    both, wrong = [(5.0, True), (-5.0, False)], [(-1.0, False)]
    chance = abs(5.0 / fitted_temperature([*both, *wrong]))
    found = cross_fitted([both, wrong, both, wrong])
    assert [abs(score) for score, _ in found if abs(score) > 0.5] == [pytest.approx(chance)] * 4


def test_one_problem_has_no_other_half() -> None:
    assert cross_fitted([TABLE]) == []


def test_scores_that_say_the_opposite_get_the_highest_temperature() -> None:
    assert fitted_temperature([(-2.0, True), (2.0, False)] * 50) == pytest.approx(HIGHEST)


def test_extreme_scores_do_not_overflow() -> None:
    assert sigmoid(-1e6) == 0
    assert sigmoid(1e6) == 1
    assert sigmoid(-30) == pytest.approx(exp(-30), rel=1e-9)
