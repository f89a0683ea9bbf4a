"""The data sets that settings may name: the files and rows that a name stands for. What is in them: mucode/problems."""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mucode.problems import code_contests, humaneval, humanevalpack, jsonl, mbpp
from mucode.problems.files import DataError
from mucode.problems.row import Row, Split
from mucode.problems.shards import shards
from mucode.train.toy.bank import toy_rows

CONTESTS = "code-contests"
SETS = ("mbpp", "humaneval", "humanevalpack", CONTESTS, "toy")
CONTESTS_TRAINED = 1000
"""As many of CodeContests' 13,328 training problems as μCode takes."""
_EVERY = 1 << 62


def files_of(name: str, split: Split) -> Sequence[Path]:
    """The files that decide what a name stands for, beside the data sets whose checksums are known.

    Raises DataError where there is none.
    """
    if name == CONTESTS:
        return shards(split)
    path = Path(name).absolute()
    if name not in SETS and not path.is_file():
        raise DataError(f"problems.{split}: {path} is no data set ({', '.join(SETS)}) and no file.")
    return () if name in SETS else (path,)


def rows_of(
    name: str, split: Split, limit: int, seed: int, wanted: Callable[[Row], bool]
) -> tuple[list[Row], list[str]]:
    """(rows, why others were refused) of a set's split, or of a file: at most `limit` of the wanted ones, 0 for all.

    Raises DataError.
    """
    if name in ("humaneval", "humanevalpack") and split != "test":
        raise DataError(f"{name} is for evaluation only: it cannot be a set of {split}.")
    if name == CONTESTS:
        usual = CONTESTS_TRAINED if split == "train" else _EVERY
        rows, refused = code_contests.sample(shards(split), limit or usual, seed, wanted)
        return rows, list(map(str, refused))
    known: Mapping[str, Callable[[], list[Row]]] = {
        "mbpp": lambda: mbpp.load(split),
        "humaneval": humaneval.load,
        "humanevalpack": humanevalpack.load,
        "toy": lambda: toy_rows(split),
    }
    found = known[name]() if name in known else jsonl.load(Path(name), split)
    chance = random.Random(f"{seed} {name}")  # noqa: S311  drawn to be repeatable
    return _drawn(list(filter(wanted, found)), limit, chance), []


def _drawn(rows: Sequence[Row], limit: int, chance: random.Random) -> list[Row]:
    """At most `limit` rows, in their order."""
    if not limit or limit >= len(rows):
        return list(rows)
    return [rows[index] for index in sorted(chance.sample(range(len(rows)), limit))]
