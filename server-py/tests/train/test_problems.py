"""The problems stage: which rows of which sets it takes, and what it leaves out by name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mucode.problems import fingerprints
from mucode.problems.files import DataError
from mucode.problems.fingerprints import prints_of
from mucode.problems.guard import Guard
from mucode.problems.row import Row
from mucode.train.problems import ProblemsConfig, SplitConfig, run, sources
from mucode.train.reading import SettingError
from mucode.train.rows import ProblemRow, read_rows
from mucode.train.stage import StageSpec

CONTESTS = Path(__file__).parents[1] / "problems" / "code_contests.jsonl"


def made(out: Path, sets: list[str], split: str, limit: int = 0, seed: int = 1) -> list[ProblemRow]:
    config: Mapping[str, Any] = {"sets": sets, "name": split, "limit": limit}
    out.mkdir(exist_ok=True)
    run(StageSpec("problems", 0, config, {}, out, seed, 2, {}), lambda _type, _data: None)
    return list(read_rows(out / "problems.jsonl", ProblemRow))


def test_the_toy_problems_come_by_split_with_verdicts_on_code_to_repair(tmp_path: Path) -> None:
    rows = made(tmp_path / "out", ["toy"], "validation")
    assert len(rows) == 4
    assert all("solution" not in row.problem for row in rows)
    [repair] = [row for row in rows if row.task == "repair"]
    assert repair.baseline is not None
    assert repair.baseline["verdict"] == "fail"
    assert "failed" in repair.baseline["feedback"]
    assert all(row.baseline is None for row in rows if row.task == "write")


def test_code_contests_are_sampled_by_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "code_contests"
    folder.mkdir()
    (folder / "train-00000.jsonl").write_bytes(CONTESTS.read_bytes())
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    every = made(tmp_path / "all", ["code-contests"], "train")
    drawn = [{row.id for row in made(tmp_path / "some", ["code-contests"], "train", 2, seed)} for seed in range(6)]
    assert all(len(ids) == 2 and ids < {row.id for row in every} for ids in drawn)
    assert len(set(map(frozenset, drawn))) > 1
    assert json.loads((tmp_path / "some" / "dropped.json").read_text())["refused"]
    with pytest.raises(DataError, match=r"test-\*\.parquet"):
        made(tmp_path / "none", ["code-contests"], "test")


def test_a_file_of_ones_own_gives_the_rows_of_the_split_and_the_guard_drops_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "id": "own/1",
        "instruction": "Fold the map of the old mill along its longer side.",
        "entry_point": "f",
        "code": "def f(x):\n    ...\n",
        "public_tests": ["assert f(1) == 2"],
    }
    known = row | {"id": "own/2", "instruction": "Count the geese that cross the river before noon."}
    guard = Guard({"Geese": prints_of(Row(known, "write", ""))})
    monkeypatch.setattr(Guard, "installed", lambda: guard)
    rows = [row, known, row | {"id": "own/3", "split": "test"}]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    assert [one.id for one in made(tmp_path / "train", [str(path)], "train")] == ["own/1"]
    dropped = json.loads((tmp_path / "train" / "dropped.json").read_text())["dropped"]
    assert dropped == [{"problem": "own/2", "matches": "Geese", "by": "text"}]
    assert [one.id for one in made(tmp_path / "test", [str(path)], "test")] == ["own/1", "own/2", "own/3"]


def own(path: Path, *splits: str | None) -> Path:
    """A file with one problem per split."""
    problem = {
        "instruction": "Add.",
        "entry_point": "add",
        "code": "def add(a, b):\n    ...\n",
        "public_tests": ["assert add(1, 1) == 2"],
    }
    rows = [{**problem, "id": str(n), **({"split": split} if split else {})} for n, split in enumerate(splits)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_changed_file_or_guard_is_another_table(tmp_path: Path) -> None:
    path = own(tmp_path / "own.jsonl", None)
    assert sources(SplitConfig((str(path), "mbpp"), name="test")) == [path]
    assert sources(SplitConfig(("mbpp",), name="train")) == [fingerprints.FILE]
    with pytest.raises(DataError, match=r"problems\.test: .*absent.jsonl is no data set"):
        sources(SplitConfig((str(tmp_path / "absent.jsonl"),)))


def test_rows_without_a_split_are_not_trained_on_and_measured_on_as_well(tmp_path: Path) -> None:
    shared = str(own(tmp_path / "shared.jsonl", "train", None))
    with pytest.raises(SettingError, match="named for train and test"):
        ProblemsConfig(train=SplitConfig((shared,), name="train"), test=SplitConfig((shared,)))
    ProblemsConfig(train=SplitConfig((shared,), name="train"))
    divided = str(own(tmp_path / "divided.jsonl", "train", "test"))
    ProblemsConfig(train=SplitConfig((divided,), name="train"), test=SplitConfig((divided,)))
