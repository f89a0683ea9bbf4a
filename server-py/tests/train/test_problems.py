"""The problems stage: which rows of which sets it takes, and what it leaves out by name."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.problems import fingerprints, mbpp
from mucode.problems.files import DataError
from mucode.problems.fingerprints import prints_of
from mucode.problems.guard import Guard
from mucode.problems.row import Row
from mucode.train import sets
from mucode.train.learnable import check_learnable
from mucode.train.problems import ProblemsConfig, SplitConfig, run, sources
from mucode.train.reading import SettingError
from mucode.train.rollout import stage as rollout
from mucode.train.rows import ProblemRow, read_rows
from mucode.train.stage import StageSpec
from tests.problems import published

CONTESTS = Path(__file__).parents[1] / "problems" / "code_contests.jsonl"
TOLD: list[tuple[str, Mapping[str, Any]]] = []


def made(
    out: Path, sets: list[str], split: str, limit: int = 0, seed: int = 1, **measured: list[str]
) -> list[ProblemRow]:
    """The table of a split; of `train` beside these sets of `validation` and `test`."""
    config: dict[str, Any] = {"sets": sets, "name": split, "limit": limit}
    if split == "train":
        config |= {name: {"sets": measured.get(name, []), "name": name} for name in ("validation", "test")}
    out.mkdir(exist_ok=True)
    TOLD.clear()
    run(StageSpec("problems", 0, config, {}, out, seed, 2, {}), lambda type_, data: TOLD.append((type_, data)))
    return list(read_rows(out / "problems.jsonl", ProblemRow))


def dropped(out: Path) -> list[dict[str, str]]:
    return json.loads((out / "dropped.json").read_text())["dropped"]


def told() -> list[str]:
    """The messages of the table that was made last."""
    return [data["message"] for _, data in TOLD if "message" in data]


def test_the_toy_problems_come_by_split_with_verdicts_on_code_to_repair(tmp_path: Path) -> None:
    rows = made(tmp_path / "out", ["toy"], "validation")
    assert len(rows) == 4
    assert all("solution" not in row.problem for row in rows)
    [repair] = [row for row in rows if row.task == "repair"]
    assert repair.baseline is not None
    assert repair.baseline["verdict"] == "fail"
    assert "failed" in repair.baseline["feedback"]
    assert all(row.baseline is None for row in rows if row.task == "write")


@pytest.fixture
def contests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """CodeContests' folder with training rows, and without a hub; its test rows are another problem."""
    folder = tmp_path / "code_contests"
    folder.mkdir()
    (folder / "train-00000-of-00001.jsonl").write_bytes(CONTESTS.read_bytes())
    row = json.loads(CONTESTS.read_text("utf-8").splitlines()[0])
    other = {**row, "name": "other", "description": "Count the geese that cross the river at noon.", "solutions": None}
    (folder / "test-00000-of-00001.jsonl").write_text(json.dumps(other) + "\n")
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    return folder


def test_code_contests_are_sampled_by_the_seed(tmp_path: Path, contests: Path) -> None:
    every = made(tmp_path / "all", ["code-contests"], "train")
    drawn = [{row.id for row in made(tmp_path / "some", ["code-contests"], "train", 2, seed)} for seed in range(6)]
    assert all(len(ids) == 2 and ids < {row.id for row in every} for ids in drawn)
    assert len(set(map(frozenset, drawn))) > 1
    assert "code-contests train: 11 rows, 5 refused, 0 dropped, 2 drawn" in told()
    report = json.loads((tmp_path / "some" / "dropped.json").read_text())
    assert len(report["refused"]) == 5
    assert report["sha256"] == {"train-00000-of-00001.jsonl": hashlib.sha256(CONTESTS.read_bytes()).hexdigest()}
    (contests / "valid-00000.jsonl").touch()
    with pytest.raises(DataError, match="No problem of code-contests"):
        made(tmp_path / "none", ["code-contests"], "validation")


def test_of_code_contests_as_many_are_trained_on_as_in_the_paper_and_all_are_measured_on(
    tmp_path: Path, contests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "CONTESTS_TRAINED", 4)
    assert len(made(tmp_path / "train", ["code-contests"], "train")) == 4
    (contests / "test-00000-of-00001.jsonl").write_bytes(CONTESTS.read_bytes())
    assert len(made(tmp_path / "test", ["code-contests"], "test")) == 6


def test_code_contests_is_not_trained_on_while_its_test_set_is_unknown(
    tmp_path: Path, contests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = ProblemsConfig(train=SplitConfig(("code-contests",), name="train"), test=SplitConfig(("toy",)))
    assert contests / "test-00000-of-00001.jsonl" in sources(training.split("train"))
    (contests / "test-00000-of-00001.jsonl").unlink()
    for ask in (lambda: sources(training.split("train")), lambda: made(tmp_path / "t", ["code-contests"], "train")):
        with pytest.raises(DataError, match=r"its test set is unknown: .*test-\*\.parquet"):
            ask()
    monkeypatch.setattr(Guard, "installed", lambda: Guard({"CodeContests test": fingerprints.union([])}))
    assert len(made(tmp_path / "train", ["code-contests"], "train")) == 6


def test_rows_of_code_contests_test_are_not_trained_on(tmp_path: Path, contests: Path) -> None:
    first, second, third = (json.loads(line) for line in CONTESTS.read_text("utf-8").splitlines()[:3])
    # One is recognised by its words, one by its program under other names; the third cannot be judged.
    known = [
        {**first, "name": "x", "description": first["description"].upper().replace("\n", "  ")},
        {**second, "description": "Something else altogether, in six words."},
        {**third, "public_tests": None},
    ]
    (contests / "test-00000-of-00001.jsonl").write_text("".join(json.dumps(row) + "\n" for row in known))
    assert len(made(tmp_path / "train", ["code-contests"], "train")) == 3
    assert [(one["matches"], one["by"]) for one in dropped(tmp_path / "train")] == [
        ("CodeContests test", "text"),
        ("CodeContests test", "program"),
        ("CodeContests test", "text"),
    ]


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
    assert dropped(tmp_path / "train") == [{"problem": "own/2", "matches": "Geese", "by": "text"}]
    assert f"{path} train: 2 rows, 0 refused, 1 dropped" in told()
    assert "own/2 is not trained on: its text is in Geese" in told()
    assert [type_ for type_, data in TOLD if "was not compared with CodeContests" in str(data)] == ["warning"]
    assert [one.id for one in made(tmp_path / "test", [str(path)], "test")] == ["own/1", "own/2", "own/3"]


def test_what_a_run_measures_with_is_not_trained_on_by_prompt_or_program(tmp_path: Path) -> None:
    known: dict[str, Any] = {
        "instruction": "Fold the map of the old mill along its longer side.",
        "entry_point": "f",
        "code": "def f(x):\n    ...\n",
        "solution": "def f(x):\n    folded = x // 2\n    return folded if folded > 1 else x\n",
        "public_tests": ["assert f(4) == 2"],
    }
    renamed = known["solution"].replace("folded", "half").replace("x", "paper").replace("f(", "g(")
    prompt = "FOLD: the map of an old mill,\n along its longer side!"
    rows = [
        known | {"id": "measured", "split": "validation"},
        known | {"id": "same prompt", "solution": "", "instruction": prompt},
        known
        | {"id": "same program", "solution": renamed, "entry_point": "g", "instruction": "Halve it for the miller."},
        known | {"id": "other", "solution": "", "instruction": "Count all sacks of flour in the barn."},
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps({"split": "train", **one}) + "\n" for one in rows))
    assert [row.id for row in made(tmp_path / "out", [str(path)], "train", validation=[str(path)])] == ["other"]
    name = "this run's validation problems (own.jsonl)"
    assert dropped(tmp_path / "out") == [
        {"problem": "same prompt", "matches": name, "by": "text"},
        {"problem": "same program", "matches": name, "by": "program"},
    ]
    assert len(made(tmp_path / "alone", [str(path)], "train")) == 3


def test_words_that_all_measured_problems_share_are_no_prompt(tmp_path: Path) -> None:
    task = {"instruction": "Repair this function so that its tests pass.", "entry_point": "f"}
    bodies = ["x + 11", "x - 12", "x * 13", "x // 14"]
    rows = [
        task | {"id": body, "code": f"def f(x):\n    return {body}\n", "public_tests": ["assert f(0) == 9"]}
        for body in bodies
    ]
    path = tmp_path / "own.jsonl"
    splits = ["train", "train", "validation", "validation"]
    path.write_text(
        "".join(json.dumps({**row, "split": split}) + "\n" for row, split in zip(rows, splits, strict=True))
    )
    assert len(made(tmp_path / "out", [str(path)], "train", validation=[str(path)])) == 2


def test_mbpp_is_trained_on_without_what_is_in_the_evaluation_sets_and_in_its_own_validation(tmp_path: Path) -> None:
    published.rows(mbpp.load, "train")
    rows = made(tmp_path / "out", ["mbpp"], "train", validation=["mbpp"], test=["mbpp"])
    assert "mbpp train: 374 rows, 0 refused, 35 dropped" in told()
    assert len(rows) == 339
    assert "MBPP/625 is not trained on: its text is in this run's validation problems (mbpp)" in told()
    assert sum("is not trained on" in message for message in told()) == 35


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
    problems = ProblemsConfig(validation=SplitConfig((str(path),), name="validation"), test=SplitConfig(("mbpp",)))
    assert sources(problems.split("train")) == [path, fingerprints.FILE]
    with pytest.raises(DataError, match=r"problems\.test: .*absent.jsonl is no data set"):
        sources(SplitConfig((str(tmp_path / "absent.jsonl"),)))


def test_rows_without_a_split_are_not_trained_on_and_measured_on_as_well(tmp_path: Path) -> None:
    shared = str(own(tmp_path / "shared.jsonl", "train", None))
    with pytest.raises(SettingError, match="named for train and test"):
        ProblemsConfig(train=SplitConfig((shared,), name="train"), test=SplitConfig((shared,)))
    ProblemsConfig(train=SplitConfig((shared,), name="train"))
    divided = str(own(tmp_path / "divided.jsonl", "train", "test"))
    ProblemsConfig(train=SplitConfig((divided,), name="train"), test=SplitConfig((divided,)))


def test_what_is_measured_with_is_not_rolled_out_to_learn_from(tmp_path: Path) -> None:
    made(tmp_path / "test", ["toy"], "test")
    spec = StageSpec("rollout", 1, {}, {"problems": (tmp_path / "test",)}, tmp_path, 1, 1, {})
    with pytest.raises(MucodeError, match=r"holds the test problems .*--split train"):
        rollout.run(spec, lambda _type, _data: None)
    made(tmp_path / "train", ["toy"], "train")
    check_learnable(tmp_path / "train")
    check_learnable(tmp_path)
