"""What the guard of a training set knows: the published evaluation sets, and whatever the same run measures with."""

from collections.abc import Sequence
from pathlib import Path

from mucode.problems import evaluation, fingerprints
from mucode.problems.files import DataError
from mucode.problems.fingerprints import Prints, prints_of
from mucode.problems.guard import Guard
from mucode.problems.row import Split
from mucode.problems.shards import shards
from mucode.train.sets import CONTESTS, SETS, rows_of


def guard_files(trained: Sequence[str]) -> list[Path]:
    """The files that say what must not be trained on. Raises DataError where CodeContests' test set is unknown."""
    return [fingerprints.FILE, *_contests(trained, Guard.installed())]


def guard_of(trained: Sequence[str], measured: Sequence[tuple[str, Split]]) -> Guard:
    """The guard for these training sets, in a run that measures with those sets. Raises DataError."""
    guard = Guard.installed()
    files = _contests(trained, guard)
    return guard.beside(
        {
            **({evaluation.CONTESTS: evaluation.contests_prints(files)} if files else {}),
            **{f"this run's {split} problems ({Path(name).name})": _prints(name, split) for name, split in measured},
        }
    )


def blind_spots(trained: Sequence[str], guard: Guard) -> list[str]:
    """What has to be said about what the guard does not know."""
    own = [name for name in trained if name not in SETS]
    if not own or evaluation.CONTESTS in guard.sets:
        return []
    return [
        f"{', '.join(own)} was not compared with CodeContests' test set, whose files were not at hand when the "
        "fingerprints were made: see that no problem of it is in there."
    ]


def _contests(trained: Sequence[str], guard: Guard) -> Sequence[Path]:
    """CodeContests' test files, where they are needed because nobody wrote down their fingerprints."""
    if CONTESTS not in trained or evaluation.CONTESTS in guard.sets:
        return ()
    try:
        return shards("test")
    except DataError as error:
        raise DataError(
            f"CodeContests cannot be trained on while its test set is unknown: the guard could not keep it out. {error}"
        ) from error


def _prints(name: str, split: Split) -> Prints:
    """Of all rows that the run could measure with, whichever it draws."""
    if name == CONTESTS:
        return evaluation.contests_prints(shards(split))
    rows, _ = rows_of(name, split, 0, 0, lambda _: True)
    # Only files of one's own may give all their rows the same instruction.
    together = fingerprints.union if name in SETS else fingerprints.telling
    return together(map(prints_of, rows))
