"""The published evaluation sets as fingerprints: what must never be trained on, whatever a run measures with."""

from . import humaneval, humanevalpack, mbpp
from .fingerprints import Prints, prints_of, union


def evaluation_prints() -> tuple[dict[str, Prints], list[str]]:
    """The fingerprints of every set by name, and which sets are left out, and why.

    HumanEval, HumanEvalPack and MBPP's test rows must be at hand. Raises DataError.
    """
    rows = {
        "HumanEval": humaneval.load(),
        "HumanEvalPack": humanevalpack.load(),
        "MBPP test": mbpp.load("test"),
    }
    return {name: union(map(prints_of, found)) for name, found in rows.items()}, []
