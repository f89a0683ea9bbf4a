"""Intervals for a rate, and for the difference of two rates on the same problems, by resampling the problems."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its interval of 95 %."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float], resamples: int, seed: int) -> Interval:
    """The percentile bootstrap of the mean of per-problem values. An empty list is no measurement: ValueError."""
    if not values:
        raise ValueError("no problem was measured")
    return _interval(tuple(values), resamples, seed)


@cache
def _interval(values: tuple[float, ...], resamples: int, seed: int) -> Interval:
    """Asked for the same figure by the report, the tables and the plots, of which one alone takes a second."""
    draw = random.Random(seed)  # noqa: S311  statistics, no secret
    size = len(values)
    means = sorted(sum(draw.choices(values, k=size)) / size for _ in range(resamples))
    cut = round((1 - _LEVEL) / 2 * (resamples - 1))
    return Interval(sum(values) / size, means[cut], means[-1 - cut])


def paired(ours: Sequence[float], theirs: Sequence[float], resamples: int, seed: int) -> Interval:
    """The interval of ours - theirs, both on the same problems in the same order."""
    if len(ours) != len(theirs):
        raise ValueError("a paired comparison needs the same problems on both sides")
    return interval([a - b for a, b in zip(ours, theirs, strict=True)], resamples, seed)
