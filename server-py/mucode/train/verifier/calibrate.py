"""The temperature that turns scores into probabilities (Guo et al. 2017, section 4.2). Plain numbers."""

from collections.abc import Sequence
from math import exp, log, log1p

from mucode.serve.card import sigmoid
from mucode.train.verifier.metrics import Scored

LOWEST, HIGHEST = 1e-3, 1e3
_HALVINGS = 200


def negative_log_likelihood(scored: Sequence[Scored], temperature: float) -> float:
    """Mean of -log p over the programs, where p is the probability given to what each one is."""
    signed = [(score if right else -score) / temperature for score, right in scored]
    return sum(log1p(exp(-x)) if x >= 0 else log1p(exp(x)) - x for x in signed) / len(signed)


def fitted_temperature(scored: Sequence[Scored]) -> float:
    """The temperature with the least negative log-likelihood, between LOWEST and HIGHEST.

    The labels are moved a little towards each other (Platt 1999, section 2.2: one more right and one more wrong program
    than were seen), so that a few programs without an error do not give certainty. HIGHEST means that the scores say
    nothing, or the opposite of the truth. In 1/T the slope only rises, so its zero is found by halving.
    """
    rights = sum(right for _, right in scored)
    target = {True: (rights + 1) / (rights + 2), False: 1 / (len(scored) - rights + 2)}
    low, high = log(1 / HIGHEST), log(1 / LOWEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = sum((sigmoid(exp(middle) * score) - target[right]) * score for score, right in scored)
        low, high = (middle, high) if slope < 0 else (low, middle)
    return exp(-(low + high) / 2)


def cross_fitted(problems: Sequence[Sequence[Scored]]) -> list[Scored]:
    """All scores, each divided by the temperature that the other half of the problems gives: no program's probability
    is then fitted to its own label. Nothing for fewer than two problems.

    Problems with both kinds are dealt out first, so that each half has some where there are two.
    """
    if len(problems) < 2:
        return []
    dealt = sorted(problems, key=lambda one: len({right for _, right in one}), reverse=True)
    halves = [[scored for problem in dealt[first::2] for scored in problem] for first in (0, 1)]
    temperatures = [fitted_temperature(half) for half in reversed(halves)]
    return [
        (score / temperature, right)
        for half, temperature in zip(halves, temperatures, strict=True)
        for score, right in half
    ]
