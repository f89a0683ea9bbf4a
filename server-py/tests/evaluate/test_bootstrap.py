"""Intervals by resampling the problems."""

import pytest

from mucode.evaluate.bootstrap import interval, paired


def test_equal_values_have_an_interval_without_width() -> None:
    found = interval([0.5] * 20, 200, 1)
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)


def test_the_interval_of_a_coin_is_about_two_standard_errors_wide() -> None:
    found = interval([0.0, 1.0] * 50, 4000, 1)
    assert found.mean == 0.5
    assert found.low == pytest.approx(0.4, abs=0.02)
    assert found.high == pytest.approx(0.6, abs=0.02)


def test_pairing_takes_the_difficulty_of_the_problems_out() -> None:
    hard_and_easy = [0.0, 1.0] * 50
    better = [value + 0.1 for value in hard_and_easy]
    found = paired(better, hard_and_easy, 500, 1)
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [0.1 * (n % 7) for n in range(30)]
    assert interval(values, 300, 5) == interval(values, 300, 5)
    assert interval(values, 300, 5) != interval(values, 300, 6)


def test_nothing_measured_is_no_rate() -> None:
    with pytest.raises(ValueError, match="no problem"):
        interval([], 10, 1)
    with pytest.raises(ValueError, match="same problems"):
        paired([1.0], [1.0, 0.0], 10, 1)
