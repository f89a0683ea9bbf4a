"""The first stage: data sets become a table of problems, without solutions, and training sets pass the guard.

How a data set is read is in mucode/problems; what a row of the table holds is in rows.py.
"""

import json
import random
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mucode.judge import candidates
from mucode.judge.errors import JudgeError
from mucode.judge.kinds import problem_from_json
from mucode.judge.sandbox.pool import Pool
from mucode.problems import code_contests, fingerprints, humaneval, humanevalpack, jsonl, mbpp
from mucode.problems.files import DataError, data_folder
from mucode.problems.guard import Guard
from mucode.problems.row import Row, Split
from mucode.prompts import fence
from mucode.train.reading import SettingError, read
from mucode.train.rows import ProblemRow, write_rows, write_whole
from mucode.train.stage import StageSpec, Tell
from mucode.train.toy.bank import toy_rows

_SETS = ("mbpp", "humaneval", "humanevalpack", "code-contests", "toy")


@dataclass(frozen=True)
class SplitConfig:
    """Which problems a split holds."""

    sets: tuple[str, ...]
    """`mbpp`, `humaneval`, `humanevalpack`, `code-contests`, `toy`, or a file of the project's own Problem schema."""
    limit: int = 0
    """At most so many problems of each set, drawn by the run's seed; 0: all."""
    name: Split = "test"
    """Which split of a data set that has several. Of `train` the guard drops what resembles an evaluation problem."""


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
        for path in {Path(name).absolute() for split in self.splits for name in split.sets if name not in _SETS}:
            _check_shared(path, [split.name for split in self.splits if _names(split, path)])

    @property
    def splits(self) -> Sequence[SplitConfig]:
        """All three."""
        return self.train, self.validation, self.test


def _names(split: SplitConfig, path: Path) -> bool:
    return any(Path(name).absolute() == path for name in split.sets if name not in _SETS)


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

    rows: list[tuple[str, Row]]
    refused: list[str]
    dropped: list[dict[str, str]]


def sources(split: SplitConfig) -> list[Path]:
    """The files whose contents decide what the stage makes, beside the data sets whose checksums are known.

    They are part of the artifact's key: a changed file is a new table. Raises DataError for one that is absent.
    """
    files = [Path(name).absolute() for name in split.sets if name not in _SETS]
    files += [fingerprints.FILE] if split.name == "train" else []
    files += _code_contests(split.name) if "code-contests" in split.sets else []
    absent = [path for path in files if not path.is_file()]
    if absent:
        raise DataError(f"problems.{split.name}: {absent[0]} is no data set ({', '.join(_SETS)}) and no file.")
    return files


def run(spec: StageSpec, tell: Tell) -> None:
    """The stage: writes problems.jsonl (ProblemRow) and dropped.json. Raises DataError for a row that is no problem."""
    config = read(SplitConfig, spec.config, "problems")
    found = _Found([], [], [])
    guard = Guard.installed() if config.name == "train" else None

    def wanted(row: Row) -> bool:
        match = guard.match(row) if guard else None
        if match is not None:
            found.dropped.append({"problem": match.row, "matches": match.matches, "by": match.by})
        return match is None

    for name in config.sets:
        rows, refused = load(name, config, spec.seed, wanted)
        found.refused += refused
        found.rows += [(name, row) for row in rows]
    _check_ids(found.rows)
    if not found.rows:
        raise DataError(f"No problem of {', '.join(config.sets)} is left for {config.name}: see what was dropped.")
    _tell(found, tell)
    baselines = _baselines([row for _, row in found.rows if row.task == "repair"], spec.workers, tell)
    table = [
        ProblemRow(row.problem, row.task, Path(name).stem, baselines.get(str(row.problem["id"])))
        for name, row in found.rows
    ]
    notes = {str(row.problem["id"]): row.note for _, row in found.rows if row.note}
    report = {"dropped": found.dropped, "refused": found.refused, "notes": notes}
    write_whole(spec.out / "dropped.json", (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    write_rows(spec.out / "problems.jsonl", table)


def load(name: str, config: SplitConfig, seed: int, wanted: Callable[[Row], bool]) -> tuple[list[Row], list[str]]:
    """(rows, why others were refused) of a data set's split, or of a file, drawn from the wanted ones.

    Raises DataError.
    """
    split = config.name
    if name in ("humaneval", "humanevalpack") and split != "test":
        raise DataError(f"{name} is for evaluation only: it cannot be a set of {split}.")
    if name == "code-contests":
        rows, refused = code_contests.sample(_code_contests(split), config.limit or sys.maxsize, seed, wanted)
        return rows, list(map(str, refused))
    known: Mapping[str, Callable[[], list[Row]]] = {
        "mbpp": lambda: mbpp.load(split),
        "humaneval": humaneval.load,
        "humanevalpack": humanevalpack.load,
        "toy": lambda: toy_rows(split),
    }
    found = known[name]() if name in known else jsonl.load(Path(name), split)
    chance = random.Random(f"{seed} {name}")  # noqa: S311  drawn to be repeatable
    return _drawn(list(filter(wanted, found)), config.limit, chance), []


def _code_contests(split: Split) -> Sequence[Path]:
    folder = data_folder() / "code_contests"
    start = "valid" if split == "validation" else split
    files = sorted(path for end in ("parquet", "jsonl", "jsonl.gz") for path in folder.glob(f"{start}*.{end}"))
    if not files:
        raise DataError(
            f"CodeContests is not in {folder}. Put its published files {start}-*.parquet there "
            "(deepmind/code_contests on the Hugging Face hub, folder data, CC BY 4.0)."
        )
    return files


def _drawn(rows: Sequence[Row], limit: int, chance: random.Random) -> list[Row]:
    """At most `limit` rows, in their order."""
    if not limit or limit >= len(rows):
        return list(rows)
    return [rows[index] for index in sorted(chance.sample(range(len(rows)), limit))]


def _check_ids(rows: Iterable[tuple[str, Row]]) -> None:
    seen: dict[str, str] = {}
    for name, row in rows:
        id_ = str(row.problem["id"])
        if id_ in seen:
            raise DataError(f"The problem {id_} is in {seen[id_]} and again in {name}. Ids must differ.")
        seen[id_] = name


def _tell(found: _Found, tell: Tell) -> None:
    tell("metric", {"name": "problems", "value": len(found.rows)})
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
    return _timeless(verdict)


def _timeless(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key != "ms"}  # pyright: ignore[reportUnknownVariableType]  JSON
    return [_timeless(one) for one in value] if isinstance(value, (list, tuple)) else value  # pyright: ignore[reportUnknownVariableType]  JSON


def _ignore(_: object) -> None:
    """Only whole verdicts count here."""
