"""pass@k against counting every draw by hand."""

from itertools import combinations

import pytest

from mucode.evaluate.passk import pass_at_k


@pytest.mark.parametrize("samples", range(1, 8))
def test_it_is_the_share_of_draws_that_hold_a_correct_program(samples: int) -> None:
    for correct in range(samples + 1):
        for k in range(1, samples + 1):
            draws = list(combinations([True] * correct + [False] * (samples - correct), k))
            assert pass_at_k(samples, correct, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_it_needs_no_huge_binomials() -> None:
    assert pass_at_k(100_000, 1, 1) == pytest.approx(1e-5)


@pytest.mark.parametrize(("samples", "correct", "k"), [(0, 0, 1), (3, 4, 1), (3, 1, 4), (3, -1, 1), (3, 1, 0)])
def test_what_cannot_be_drawn_is_refused(samples: int, correct: int, k: int) -> None:
    with pytest.raises(ValueError, match="has no meaning"):
        pass_at_k(samples, correct, k)
