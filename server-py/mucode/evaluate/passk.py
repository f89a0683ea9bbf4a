"""The unbiased estimate of pass@k (Chen et al. 2021, arXiv 2107.03374, section 2.1)."""

from math import prod


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """The chance that at least one of k programs drawn from `samples`, of which `correct` are right, is right.

    1 - C(samples - correct, k) / C(samples, k), as a product, since the binomials of many samples are huge.
    """
    if not 0 <= correct <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {samples} samples, {correct} of them correct, has no meaning")
    if samples - correct < k:
        return 1.0
    return 1.0 - prod(1.0 - k / i for i in range(samples - correct + 1, samples + 1))
