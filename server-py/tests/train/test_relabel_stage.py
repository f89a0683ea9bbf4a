"""The relabel stage: which folders it reads, what it writes and says. Its choices are in test_relabel.py."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train.relabel import run
from mucode.train.rows import ExampleRow, RolloutRow, ScoreRow, read_rows, write_rows
from mucode.train.stage import StageSpec
from tests.train.rollouts import turn

FIRST = [turn("a", 0, 1, "wrong0"), turn("a", 0, 2, "right0"), turn("b", 0, 1, "wrong0")]
SECOND = [turn("a", 0, 1, "right1")]
SCORES = [ScoreRow("a", name, score, 0.5) for name, score in (("wrong0", 500.0), ("right0", 1.0), ("right1", 2.0))]


class Stage:
    """Folders for one relabelling."""

    def __init__(self, folder: Path, *iterations: Sequence[RolloutRow]) -> None:
        self.folder = folder
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        for name in ("scores", "out"):
            (folder / name).mkdir()
        write_rows(folder / "scores" / "scores.jsonl", SCORES)
        self.rollouts = tuple(folder / f"rollouts{number}" for number in range(len(iterations)))
        for place, rows in zip(self.rollouts, iterations, strict=True):
            place.mkdir()
            # Two parts, as the rollout stage writes them.
            write_rows(place / "part-00000.jsonl", rows[:1])
            write_rows(place / "part-00001.jsonl", rows[1:])

    def run(self, *, scores: bool = True, **config: Any) -> list[ExampleRow]:  # noqa: ANN401  settings of any kind
        inputs = {"rollouts": self.rollouts, "scores": (self.folder / "scores",) if scores else ()}
        spec = StageSpec("relabel", 2, config, inputs, self.folder / "out", 0, 1, {})
        run(spec, lambda kind, data: self.events.append((kind, data)))
        return list(read_rows(self.folder / "out" / "examples.jsonl", ExampleRow))


def test_all_iterations_and_their_parts_are_read(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FIRST, SECOND)
    examples = stage.run(beta_oracle=1000.0)
    assert {one.completion for one in examples} == {"```python\nright1\n```"}
    assert [(one.rollout, one.turn, one.score) for one in examples] == [(0, 1, 2.0), (0, 2, 2.0), (0, 1, 2.0)]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["problems"], report["solved"], report["dropped_unsolved"]) == (2, 1, ["b"])
    assert ("metric", {"name": "examples", "value": 3}) in stage.events
    assert [kind for kind, _ in stage.events if kind == "warning"] == []


def test_scores_that_outweigh_the_oracle_are_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FIRST, SECOND)
    examples = stage.run()
    assert not any(one.correct for one in examples)
    (warning,) = [data["message"] for kind, data in stage.events if kind == "warning"]
    assert "1 problems are taught a wrong program" in warning


@pytest.mark.parametrize("config", [{"score": "oracle"}, {"expert": "own-multi"}])
def test_without_the_verifier_no_scores_are_needed(tmp_path: Path, config: dict[str, str]) -> None:
    examples = Stage(tmp_path, FIRST, SECOND).run(scores=False, **config)
    assert all(one.correct and one.score is None for one in examples)


def test_nothing_to_teach_is_an_error_that_says_what_helps(tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match="keep_unsolved"):
        Stage(tmp_path, [turn("b", 0, 1, "wrong0")]).run(scores=False, score="oracle")


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    contents: list[dict[str, bytes]] = []
    for name, rows in (("one", FIRST), ("two", FIRST[::-1])):
        (tmp_path / name).mkdir()
        Stage(tmp_path / name, rows, SECOND).run()
        contents.append({path.name: path.read_bytes() for path in (tmp_path / name / "out").iterdir()})
    assert contents[0] == contents[1]
