"""Figures about many orders."""

import pytest

from orders.sales import moving_mean, outliers


def test_means_of_windows():
    assert moving_mean([1, 2, 3, 4], 2) == pytest.approx([1.5, 2.5, 3.5])


@pytest.mark.parametrize("width", [0, 5])
def test_a_window_must_fit(width):
    with pytest.raises(ValueError, match="width"):
        moving_mean([1, 2, 3, 4], width)


def test_one_order_is_no_outlier():
    assert outliers([5]) == []


def test_a_large_order_is_found():
    assert outliers([1, 2, 1, 2, 1, 2, 1, 50]) == [7]
