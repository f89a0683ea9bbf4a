"""CodeContests through the stages: whole programs are posed, judged by their input and output, and relabelled."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from mucode.train import problems
from mucode.train.relabel import RelabelConfig, relabel
from mucode.train.rollout import stage
from mucode.train.rows import RolloutRow, read_rows
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
