"""How good scores are. Plain numbers; what the scores are of does not matter here."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mucode.serve.card import sigmoid

BINS = 10
Scored = tuple[float, bool]
"""A score and whether its program is right."""


def sign_accuracy(scored: Sequence[Scored]) -> float:
    """Share of programs whose score has the right sign: above 0 for a right program.

    Only after training with cross-entropy: Bradley-Terry learns differences within a problem, so 0 means nothing there.
    """
    return sum((score > 0) == right for score, right in scored) / len(scored)


def auc(scored: Sequence[Scored]) -> float | None:
    """Chance that a right program scores higher than a wrong one, ties counting half; None without both kinds."""
    ordered, pairs = _ordered(scored)
    return ordered / pairs if pairs else None


def pair_accuracy(problems: Sequence[Sequence[Scored]]) -> float | None:
    """Share of all pairs of a right and a wrong program of one problem in which the right one scores higher.

    Ties count half; None where no problem has both kinds.
    """
    counts = [_ordered(one) for one in problems]
    pairs = sum(pairs for _, pairs in counts)
    return sum(ordered for ordered, _ in counts) / pairs if pairs else None


def auc_within(problems: Sequence[Sequence[Scored]]) -> float | None:
    """The mean of the AUC of each problem that has both kinds, each problem counting once; None without any."""
    found = [value for value in map(auc, problems) if value is not None]
    return sum(found) / len(found) if found else None


def _ordered(scored: Sequence[Scored]) -> tuple[float, int]:
    """(pairs of a right and a wrong program in which the right one scores higher, all such pairs)."""
    wrong = sorted(score for score, right in scored if not right)
    rights = [score for score, right in scored if right]
    below = sum(bisect_left(wrong, score) + bisect_right(wrong, score) for score in rights)
    return below / 2, len(wrong) * len(rights)


def calibration_error(scored: Sequence[Scored], temperature: float) -> float:
    """Expected calibration error: mean distance of probability and frequency over BINS equal bins, by their size.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for score, right in scored:
        probability = sigmoid(score / temperature)
        bins[min(int(probability * BINS), BINS - 1)].append((probability, right))
    distances = [abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins]
    return sum(distances) / len(scored)


def pick_accuracy(problems: Sequence[Sequence[Scored]]) -> float | None:
    """Share of problems whose highest-scored program is right, among those with right and wrong ones.

    Of equal highest scores one is picked by lot. None where no problem has both kinds.
    """
    choices = [one for one in problems if len({right for _, right in one}) > 1]
    if not choices:
        return None
    best = [[right for score, right in one if score == max(score for score, _ in one)] for one in choices]
    return sum(sum(one) / len(one) for one in best) / len(best)
