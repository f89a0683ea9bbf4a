"""The published evaluation sets as fingerprints: what must never be trained on, whatever a run measures with."""

from collections.abc import Sequence
from pathlib import Path

from . import code_contests, humaneval, humanevalpack, mbpp
from .fingerprints import FILE, Prints, prints_of, read, union
from .shards import local_shards

CONTESTS = "CodeContests test"


def evaluation_prints() -> tuple[dict[str, Prints], list[str]]:
    """The fingerprints of every set by name, and which sets are left out, and why.

    HumanEval, HumanEvalPack and MBPP's test rows must be at hand. Without the files of CodeContests its fingerprints
    stay as they are. Raises DataError.
    """
    rows = {
        "HumanEval": humaneval.load(),
        "HumanEvalPack": humanevalpack.load(),
        "MBPP test": mbpp.load("test"),
    }
    sets = {name: union(map(prints_of, found)) for name, found in rows.items()}
    if files := local_shards("test"):
        return {**sets, CONTESTS: contests_prints(files)}, []
    kept = read().get(CONTESTS) if FILE.is_file() else None
    if kept:
        return {**sets, CONTESTS: kept}, []
    return sets, [f"{CONTESTS}: its files test-*.parquet are not at hand."]


def contests_prints(files: Sequence[Path]) -> Prints:
    """The fingerprints of files of CodeContests, also of rows that cannot be judged. Raises DataError."""
    return union(map(prints_of, code_contests.identities(files)))
