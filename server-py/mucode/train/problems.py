"""The first stage: data sets become a table of problems, without solutions, and training sets pass the guard.

How a data set is read is in mucode/problems; what a row of the table holds is in rows.py.
"""

import json
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from mucode.judge import candidates
from mucode.judge.errors import JudgeError
from mucode.judge.kinds import problem_from_json
from mucode.judge.sandbox.pool import Pool
from mucode.problems import jsonl
from mucode.problems.files import DataError
from mucode.problems.guard import Guard
from mucode.problems.row import Row, Split
from mucode.problems.shards import digest
from mucode.prompts import fence
from mucode.train.guarding import blind_spots, guard_files, guard_of
from mucode.train.learnable import REPORT
from mucode.train.reading import SettingError, read
from mucode.train.rows import ProblemRow, write_rows, write_whole
from mucode.train.sets import SETS, files_of, rows_of
from mucode.train.stage import StageSpec, Tell


@dataclass(frozen=True)
class SplitConfig:
    """Which problems a split holds."""

    sets: tuple[str, ...]
    """`mbpp`, `humaneval`, `humanevalpack`, `code-contests`, `toy`, or a file of the project's own Problem schema."""
    limit: int = 0
    """At most so many problems of each set, drawn by the run's seed; 0: all, but 1,000 of CodeContests' train split."""
    name: Split = "test"
    """Which split of a data set that has several. Of `train` the guard drops what resembles an evaluation problem."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(SplitConfig):
    """What is trained on, and what the same run measures with: none of it, of any set, may be trained on."""

    validation: SplitConfig
    test: SplitConfig


@dataclass(frozen=True)
class ProblemsConfig:
    """Which problems are for what; the defaults are those of μCode, section 4."""

    train: SplitConfig = field(default_factory=lambda: SplitConfig(("mbpp",), name="train"))
    validation: SplitConfig = field(default_factory=lambda: SplitConfig(("mbpp",), name="validation"))
    test: SplitConfig = field(default_factory=lambda: SplitConfig(("mbpp", "humaneval", "humanevalpack")))

    def __post_init__(self) -> None:
        """Refuses other names: by its name the guard knows what is trained on."""
        for name in ("train", "validation", "test"):
            if getattr(self, name).name != name:
                raise SettingError(f"problems.{name}.name must stay {name!r}.")
        for path in {Path(name).absolute() for split in self.splits for name in split.sets if name not in SETS}:
            _check_shared(path, [split.name for split in self.splits if _names(split, path)])

    @property
    def splits(self) -> Sequence[SplitConfig]:
        """All three, that of training with what it has to stay clear of."""
        train = TrainingConfig(
            self.train.sets, self.train.limit, self.train.name, validation=self.validation, test=self.test
        )
        return train, self.validation, self.test

    def split(self, name: Split) -> SplitConfig:
        """One of them."""
        return next(one for one in self.splits if one.name == name)


def _names(split: SplitConfig, path: Path) -> bool:
    return any(Path(name).absolute() == path for name in split.sets if name not in SETS)


def _check_shared(path: Path, splits: Sequence[str]) -> None:
    """Refuses a file for several splits whose rows do not say to which they belong: they would be in all of them."""
    if len(splits) > 1 and path.is_file() and jsonl.lacks_split(path):
        raise SettingError(
            f"{path} is named for {' and '.join(splits)}, but some of its rows have no `split`: what is trained on "
            "would be measured on. Give every row its split, or name the file once."
        )


@dataclass
class _Found:
    """Rows by data set, and what has to be told about them."""

    rows: list[tuple[str, Row]] = field(default_factory=list[tuple[str, Row]])
    refused: list[str] = field(default_factory=list[str])
    dropped: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    counts: list[str] = field(default_factory=list[str])


def sources(split: SplitConfig) -> list[Path]:
    """The files whose contents decide what the stage makes, beside the data sets whose checksums are known.

    They are part of the artifact's key: a changed file is a new table. Raises DataError for one that is absent.
    """
    files = [path for name in split.sets for path in files_of(name, split.name)]
    if isinstance(split, TrainingConfig):
        files += [*sources(split.validation), *sources(split.test), *guard_files(split.sets)]
    return list(dict.fromkeys(files))


def run(spec: StageSpec, tell: Tell) -> None:
    """The stage: writes problems.jsonl (ProblemRow) and dropped.json. Raises DataError for a row that is no problem."""
    trains = spec.config["name"] == "train"
    config = read(TrainingConfig if trains else SplitConfig, spec.config, "problems")
    guard = _guard(config, tell) if isinstance(config, TrainingConfig) else None
    found = _Found()
    for name in config.sets:
        _load(name, config, spec.seed, guard, found)
    _check_ids(found.rows)
    _tell(found, tell)
    if not found.rows:
        raise DataError(f"No problem of {', '.join(config.sets)} is left for {config.name}: see what was dropped.")
    sums = {str(path): digest(path) for name in config.sets for path in files_of(name, config.name)}
    for path, sha256 in sums.items():
        tell("log", {"message": f"{path}: sha256 {sha256}"})
    baselines = _baselines([row for _, row in found.rows if row.task == "repair"], spec.workers, tell)
    table = [
        ProblemRow(row.problem, row.task, Path(name).stem, baselines.get(str(row.problem["id"])))
        for name, row in found.rows
    ]
    notes = {str(row.problem["id"]): row.note for _, row in found.rows if row.note}
    report = {
        "split": config.name,
        "counts": found.counts,
        "dropped": found.dropped,
        "refused": found.refused,
        "notes": notes,
        "sha256": {Path(path).name: sha256 for path, sha256 in sums.items()},
    }
    write_whole(spec.out / REPORT, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    write_rows(spec.out / "problems.jsonl", table)


def _guard(config: TrainingConfig, tell: Tell) -> Guard:
    splits = (config.validation, config.test)
    measured: list[tuple[str, Split]] = [(name, split.name) for split in splits for name in split.sets]
    guard = guard_of(config.sets, measured)
    for message in blind_spots(config.sets, guard):
        tell("warning", {"message": message})
    return guard


def _load(name: str, config: SplitConfig, seed: int, guard: Guard | None, found: _Found) -> None:
    """Adds the rows of one set."""
    seen = dropped = 0

    def wanted(row: Row) -> bool:
        nonlocal seen, dropped
        match = guard.match(row) if guard else None
        seen += 1
        if match is not None:
            dropped += 1
            found.dropped.append({"problem": match.row, "matches": match.matches, "by": match.by})
        return match is None

    rows, refused = rows_of(name, config.name, config.limit, seed, wanted)
    found.rows += [(name, row) for row in rows]
    found.refused += refused
    drawn = "" if len(rows) == seen - dropped else f", {len(rows)} drawn"
    found.counts.append(
        f"{name} {config.name}: {seen + len(refused)} rows, {len(refused)} refused, {dropped} dropped{drawn}"
    )


def _check_ids(rows: Iterable[tuple[str, Row]]) -> None:
    seen: dict[str, str] = {}
    for name, row in rows:
        id_ = str(row.problem["id"])
        if id_ in seen:
            raise DataError(f"The problem {id_} is in {seen[id_]} and again in {name}. Ids must differ.")
        seen[id_] = name


def _tell(found: _Found, tell: Tell) -> None:
    tell("metric", {"name": "problems", "value": len(found.rows)})
    for count in found.counts:
        tell("log", {"message": count})
    for one in found.dropped:
        message = f"{one['problem']} is not trained on: its {one['by']} is in {one['matches']}"
        tell("log", {"message": message})
    for reason in found.refused:
        tell("log", {"message": reason})
    for _, row in found.rows:
        if row.note:
            tell("log", {"message": f"{row.problem['id']}: {row.note}"})


def _baselines(rows: Sequence[Row], workers: int, tell: Tell) -> dict[str, dict[str, Any]]:
    """The verdicts on the code as it is, by the public tests; by id. Times are left out: they differ each time."""
    if not rows:
        return {}
    pool = Pool(workers)
    try:
        with ThreadPoolExecutor(workers) as threads:
            verdicts: dict[str, dict[str, Any]] = {}
            for row, verdict in zip(rows, threads.map(partial(_judged, pool), rows), strict=True):
                verdicts[str(row.problem["id"])] = verdict
                tell("progress", {"done": len(verdicts), "total": len(rows), "unit": "programs judged"})
            return verdicts
    finally:
        pool.close()


def _judged(pool: Pool, row: Row) -> dict[str, Any]:
    candidate = {"id": "baseline", "answer": fence(str(row.problem["code"]))}
    try:
        problem = problem_from_json(row.problem)
        verdict = candidates.judge(pool, problem, "public", candidate, threading.Event(), _ignore, _ignore)
    except JudgeError as error:
        raise DataError(f"The problem {row.problem['id']} cannot be judged: {error}") from error
    return cast("dict[str, Any]", _timeless(verdict))


def _timeless(value: object) -> object:
    """JSON without the fields that say how long something took."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {key: _timeless(one) for key, one in fields.items() if key != "ms"}
    if isinstance(value, (list, tuple)):
        return [_timeless(one) for one in cast("list[object]", value)]
    return value


def _ignore(_: object) -> None:
    """Only whole verdicts count here."""
