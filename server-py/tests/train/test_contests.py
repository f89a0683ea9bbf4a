"""CodeContests through the stages: whole programs are posed, judged by their input and output, and relabelled."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.problem import DEFAULT_TIME_LIMIT_S
from mucode.problems.files import DataError
from mucode.train import problems
from mucode.train.relabel import RelabelConfig, relabel
from mucode.train.rollout import stage
from mucode.train.rows import ProblemRow, RolloutRow, read_rows
from mucode.train.stage import StageSpec
from tests.train.rollout.scripted import Scripted

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "problems" / "code_contests.jsonl").read_text("utf-8").splitlines()[:2]
]


def programs_of(row: Mapping[str, Any], field: str) -> list[str]:
    """Those in Python 3."""
    both = zip(row[field]["language"], row[field]["solution"], strict=True)
    return [program for language, program in both if language == 3]


def answer(messages: Sequence[Mapping[str, str]], seed: int) -> str:
    """A right program for an even seed, a wrong one for an odd one."""
    row = next(one for one in ROWS if one["description"].strip()[:40] in messages[2]["content"])
    [program, *_] = programs_of(row, "incorrect_solutions" if seed % 2 else "solutions")
    return f"```python\n{program}```"


def test_contests_are_rolled_out_judged_and_relabelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "code_contests"
    folder.mkdir()
    (folder / "train-0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (folder / "test-0.jsonl").write_text(json.dumps({**ROWS[0], "description": "Else.", "solutions": None}) + "\n")
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    engine = Scripted(answer)

    def served(_config: object, _folder: object) -> AbstractAsyncContextManager[Scripted]:
        return engine.served()

    monkeypatch.setattr(stage, "engine_for", served)
    table, out = tmp_path / "table", tmp_path / "out"
    table.mkdir()
    out.mkdir()
    empty: dict[str, Any] = {name: {"sets": [], "name": name} for name in ("validation", "test")}
    config: dict[str, Any] = {"sets": ["code-contests"], "name": "train", **empty}
    problems.run(StageSpec("problems", 0, config, {}, table, 1, 2, {}), lambda _type, _data: None)
    inputs = {"problems": (table,), "generator": (tmp_path,)}
    spec = StageSpec("rollout", 1, {"rollouts": 6, "turns": 2}, inputs, out, 3, 2, {})
    stage.run(spec, lambda _type, _data: None)

    rows = [row for part in sorted(out.glob("part-*")) for row in read_rows(part, RolloutRow)]
    assert {row.correct for row in rows} == {True, False}
    assert all(row.correct == (row.seed % 2 == 0) for row in rows)
    wrong = next(row for row in rows if row.public == "fail")
    assert "expected" in wrong.feedback.lower()
    taught = relabel([rows], {}, RelabelConfig(score="oracle"))
    assert taught.report["solved"] == 2
    assert all(example.correct for example in taught.examples)


def published_schema(arrow: Any) -> Any:  # noqa: ANN401  pyarrow has no types
    """Of the files on the hub: a sequence of structures is a structure of lists, a class a whole number."""
    tests = arrow.struct([("input", arrow.list_(arrow.string())), ("output", arrow.list_(arrow.string()))])
    programs = arrow.struct([("language", arrow.list_(arrow.int64())), ("solution", arrow.list_(arrow.string()))])
    kinds = {
        **dict.fromkeys(("public_tests", "private_tests", "generated_tests"), tests),
        **dict.fromkeys(("solutions", "incorrect_solutions"), programs),
        **dict.fromkeys(("source", "difficulty", "cf_contest_id", "memory_limit_bytes"), arrow.int64()),
        "cf_points": arrow.float32(),
        "cf_rating": arrow.int32(),
        "cf_tags": arrow.list_(arrow.string()),
        "is_description_translated": arrow.bool_(),
        "time_limit": arrow.struct([("seconds", arrow.int64()), ("nanos", arrow.int64())]),
    }
    return arrow.schema([(name, kinds.get(name, arrow.string())) for name in ROWS[0]])


@pytest.mark.train
def test_published_parts_are_read_as_they_come_from_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "code_contests" / "data"
    folder.mkdir(parents=True)
    limits = [None if number % 2 else {"seconds": 2, "nanos": 0} for number in range(9)]
    rows = [{**ROWS[0], "name": f"{number}_A", "time_limit": limit} for number, limit in enumerate(limits)]
    for part in range(3):
        table = arrow.Table.from_pylist(rows[part * 3 : part * 3 + 3], schema=published_schema(arrow))
        parquet.write_table(table, folder / f"test-{part:05}-of-00003-e991a271dbfa9925.parquet")
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    spec = StageSpec("problems", 0, {"sets": ["code-contests"], "name": "test"}, {}, tmp_path, 1, 2, {})
    told: list[str] = []
    problems.run(spec, lambda _type, data: told.append(str(data.get("message"))))
    found = [row.problem for row in read_rows(tmp_path / "problems.jsonl", ProblemRow)]
    assert [row["id"] for row in found] == [f"CodeContests/2/{number}_A" for number in range(9)]
    assert [row["time_limit_s"] for row in found[:2]] == [2.0, DEFAULT_TIME_LIMIT_S]
    assert "code-contests test: 9 rows, 0 refused, 0 dropped" in told
    (folder / "test-00001-of-00003-e991a271dbfa9925.parquet").unlink()
    with pytest.raises(DataError, match=r"holds 2 files .*of 3"):
        problems.run(spec, lambda _type, _data: None)
