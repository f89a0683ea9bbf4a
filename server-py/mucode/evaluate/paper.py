"""The figures that the paper's authors published, to be printed beside ours. Per cent of problems solved.

Jain et al., "Multi-Turn Code Generation Through Single-Step Rewards", ICML 2025 (arXiv 2502.20380), tables 1 and 2 as
on the authors' project page. Best-of-N is public tests and verifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .names import LEARNED_ONLY, ORACLE_ONLY

N, TURNS = 5, 3
"""Candidates per turn of best-of-N, and turns of whatever has several."""
COLUMNS = ("1B MBPP", "1B HumanEval", "8B MBPP", "8B HumanEval", "8B CodeContests")


@dataclass(frozen=True)
class PaperRow:
    """A row of table 1. `method` and `measure` are what our own rows are found by."""

    name: str
    method: str
    measure: str
    """`single`: greedy, one turn; `multi`: greedy, three turns; `bon`: best-of-N over three turns."""
    n: int
    values: tuple[float | None, ...]
    """By COLUMNS; None where the paper has none."""


TABLE_1 = (
    PaperRow("single-turn Instruct", "instruct", "single", 1, (35.1, 25.6, 52.1, 59.8, 3.6)),
    PaperRow("single-turn RFT", "rft", "single", 1, (35.7, 34.1, 53.7, 54.9, None)),
    PaperRow("multi-turn Instruct", "instruct", "multi", 1, (35.1, 31.1, 60.3, 59.7, 4.8)),
    PaperRow("+BoN", "instruct", "bon", N, (47.3, 35.7, 69.7, 62.9, 13.8)),
    PaperRow("multi-turn RFT", "multi-star", "multi", 1, (31.1, 31.7, 58.9, 61.2, 7.2)),
    PaperRow("+BoN", "multi-star", "bon", N, (46.7, 34.1, 68.4, 62.8, 14.9)),
    PaperRow("μCode", "mucode", "multi", 1, (37.9, 35.4, 62.1, 60.9, 7.9)),
    PaperRow("+BoN", "mucode", "bon", N, (51.1, 41.5, 70.6, 63.8, 16.3)),
)

ABLATION_COLUMNS = COLUMNS[:4]
SELECTORS = ("random", "lv", "pt", "pt+lv")
ABLATION: Mapping[str, tuple[tuple[float, ...], ...]] = {
    # method: for each of SELECTORS, the values by ABLATION_COLUMNS
    "instruct": (
        (31.7, 24.6, 58.0, 57.9),
        (30.3, 29.4, 62.5, 61.0),
        (46.4, 33.4, 68.4, 60.7),
        (47.3, 35.7, 69.7, 62.9),
    ),
    "multi-star": (
        (31.1, 27.4, 58.9, 57.7),
        (33.2, 29.6, 62.2, 61.3),
        (46.8, 36.8, 67.4, 61.4),
        (46.7, 36.5, 68.4, 62.8),
    ),
    "mucode": ((37.5, 31.5, 61.5, 58.4), (43.3, 36.5, 64.8, 60.6), (49.4, 39.7, 69.4, 61.4), (51.1, 41.5, 70.6, 63.8)),
}
"""The selectors of table 2. Its RFT row for 1B on HumanEval (36.5) differs from table 1's (34.1): as published."""

TRAINING_COLUMNS = COLUMNS[:2]
TRAINING: Mapping[tuple[str, str], tuple[float, float]] = {
    # (method, variant): best-of-N by TRAINING_COLUMNS
    ("multi-star", ""): (46.7, 36.5),
    ("multi-star", LEARNED_ONLY): (49.0, 38.9),
    ("mucode", ORACLE_ONLY): (48.2, 38.0),
    ("mucode", LEARNED_ONLY): (48.5, 39.1),
    ("mucode", ""): (51.1, 41.5),
}
"""What the expert, or the filter of RFT, asks: the ablation of training. RFT by the oracle is the usual one."""

SCALING: Mapping[str, Mapping[int, float]] = {
    "1B MBPP": {1: 37.9, 3: 47.0, 5: 51.1, 7: 53.0, 9: 53.6, 11: 55.0},
    "1B HumanEval": {1: 35.4, 3: 38.7, 5: 41.5, 7: 41.0, 9: 42.7, 11: 42.0},
}
"""μCode's best-of-N by N; read off the plot, but for N = 1 and 5."""
