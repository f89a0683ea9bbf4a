"""The losses, against numbers done by hand."""

from math import log, sqrt
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)

from mucode.train.verifier.losses import bradley_terry, cross_entropy, rate_at, spread_of_head  # noqa: E402  behind the skip

pytestmark = pytest.mark.train


def values(found: Any) -> list[float]:  # noqa: ANN401  torch's own
    return found.tolist()


def test_bradley_terry_is_the_surprise_that_the_right_one_wins() -> None:
    right, wrong = torch.tensor([log(3), 0.0, 0.0]), torch.tensor([0.0, 0.0, log(3)])
    found: Any = bradley_terry(right, wrong, 0.0)
    assert found.tolist() == pytest.approx([-log(3 / 4), log(2), -log(1 / 4)])


def test_the_added_squares_are_the_mean_over_all_scores() -> None:
    right, wrong = torch.tensor([2.0, 1.0]), torch.tensor([-1.0, 3.0])
    plain, added = bradley_terry(right, wrong, 0.0), bradley_terry(right, wrong, 0.1)
    assert float((added - plain).mean()) == pytest.approx(0.1 * (4 + 1 + 1 + 9) / 4)


def test_cross_entropy_is_the_surprise_at_the_label() -> None:
    scores, labels = torch.tensor([log(3), log(3)]), torch.tensor([1.0, 0.0])
    assert values(cross_entropy(scores, labels, 0.0)) == pytest.approx([-log(0.75), -log(0.25)])
    assert values(cross_entropy(scores, labels, 0.5)) == pytest.approx(
        [-log(0.75) + 0.5 * log(3) ** 2, -log(0.25) + 0.5 * log(3) ** 2]
    )


def test_extreme_scores_have_finite_losses() -> None:
    assert values(bradley_terry(torch.tensor([-1e4]), torch.tensor([1e4]), 0.0)) == [2e4]
    assert values(cross_entropy(torch.tensor([1e4]), torch.tensor([0.0]), 0.0)) == [1e4]


def test_the_rate_is_a_line_from_one_to_the_step_before_nothing() -> None:
    assert [rate_at(step, 4) for step in range(4)] == [1.0, 0.75, 0.5, 0.25]


def test_the_head_is_spread_as_in_the_paper() -> None:
    assert spread_of_head(99) == pytest.approx(1 / sqrt(100))
