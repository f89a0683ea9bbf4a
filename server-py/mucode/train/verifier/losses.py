"""The two losses, one value per unit, so that any number of units can be averaged in pieces."""

import torch
from torch import Tensor
from torch.nn import functional


def bradley_terry(right: Tensor, wrong: Tensor, l2: float) -> Tensor:
    """-log s(right - wrong) + l2 · (mean of the two squares), s the logistic function. [pairs] -> [pairs].

    Bradley and Terry 1952; the second term as in μCode's code, where it is the mean of all squared scores.
    """
    return -functional.logsigmoid(right - wrong) + l2 * (right.square() + wrong.square()) / 2


def cross_entropy(scores: Tensor, labels: Tensor, l2: float) -> Tensor:
    """-log p of the label (1 right, 0 wrong), p = s(score), + l2 · score². [programs] each -> losses [programs]."""
    return functional.binary_cross_entropy_with_logits(scores, labels, reduction="none") + l2 * scores.square()


def rate_at(step: int, steps: int) -> float:
    """The share of the learning rate for a step (0-based): 1 at the first, a line that would be 0 after the last."""
    return (steps - step) / steps


def spread_of_head(hidden: int) -> float:
    """Standard deviation of a new head's weights (Stiennon et al. 2020, "Learning to summarize", appendix)."""
    return float(torch.tensor(hidden + 1).rsqrt())
