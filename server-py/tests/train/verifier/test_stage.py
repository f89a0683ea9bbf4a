"""The verifier and score stages, from folder to folder."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)

from mucode.errors import MucodeError  # noqa: E402  behind the skip
from mucode.serve.card import sigmoid  # noqa: E402  behind the skip
from mucode.train.rows import ScoreRow, read_rows, write_rows  # noqa: E402  behind the skip
from mucode.train.verifier import calibrate, scoring, stage  # noqa: E402  behind the skip
from mucode.train.verifier.calibrate import fitted_temperature  # noqa: E402  behind the skip
from tests.train.rollouts import turn  # noqa: E402  behind the skip
from tests.train.verifier.toy_run import ToyRun  # noqa: E402  behind the skip

pytestmark = pytest.mark.train


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_from_rollouts_to_scores(toy: ToyRun) -> None:
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    card = json.loads((toy.folder / "verifier" / "verifier.json").read_text())
    # Of 8 problems 3 are held out; each has 2 right and 3 wrong programs, so 4 of its 6 pairs are taken.
    assert card["learned"] == {"units": 20, "programs": card["learned"]["programs"], "problems": 5}
    assert (card["held_out"]["problems"], card["held_out"]["programs"], card["held_out"]["right"]) == (3, 15, 6)
    assert min(card["held_out"][name] for name in ("auc", "auc_within", "pair_accuracy")) > 0.9
    assert "accuracy" not in card["held_out"], "Bradley-Terry says nothing of a score's sign"
    assert toy.metrics("pair_accuracy") == [card["held_out"]["pair_accuracy"]]
    assert card["temperature"] == toy.metrics("temperature")[0] > 0
    assert len(toy.metrics("loss")) == 4
    assert not list((toy.folder / "verifier").glob("state-*"))

    scoring.run(toy.spec("score", "scores"), toy.tell)
    rows = list(read_rows(toy.folder / "scores" / "scores.jsonl", ScoreRow))
    assert [(row.problem, row.fingerprint) for row in rows] == sorted(
        (row.problem, row.fingerprint) for row in toy.rollouts
    )
    assert all(row.probability == sigmoid(row.score / card["temperature"]) for row in rows)
    assert [path.name for path in (toy.folder / "scores").iterdir()] == ["scores.jsonl"]


def test_figures_of_calibration_are_of_problems_that_the_temperature_was_not_fitted_on(
    toy: ToyRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(scored: list[tuple[float, bool]]) -> float:
        fitted.append(len(scored))
        return fitted_temperature(scored)

    fitted: list[int] = []
    monkeypatch.setattr(calibrate, "fitted_temperature", noted)
    monkeypatch.setattr(stage, "fitted_temperature", noted)
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    # 3 problems of 5 programs: the halves that the figures are made with, and all for what is shipped.
    assert sorted(fitted) == [5, 10, 15]
    held = json.loads((toy.folder / "verifier" / "verifier.json").read_text())["held_out"]
    assert toy.metrics("calibration_error") == [held["calibration_error"]]


def test_after_cross_entropy_the_sign_of_a_score_counts(toy: ToyRun) -> None:
    stage.run(toy.spec("verifier", "verifier", loss="cross-entropy"), toy.tell)
    card = json.loads((toy.folder / "verifier" / "verifier.json").read_text())
    assert 0 < card["held_out"]["accuracy"] <= 1
    assert toy.metrics("accuracy") == [card["held_out"]["accuracy"]]


def test_equal_inputs_give_equal_bytes_whatever_the_number_of_workers(toy: ToyRun) -> None:
    for out, workers in (("one", 1), ("two", 2)):
        spec = dataclasses.replace(toy.spec("verifier", out), workers=workers)
        stage.run(spec, toy.tell)
        assert torch.get_num_threads() == 1
    assert contents(toy.folder / "one") == contents(toy.folder / "two")


def test_a_stage_killed_after_its_last_file_has_nothing_to_do(toy: ToyRun) -> None:
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    before = contents(toy.folder / "verifier")
    (toy.folder / "verifier" / "state-000002").mkdir()
    toy.events.clear()
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    assert toy.events == []
    assert contents(toy.folder / "verifier") == before


def test_finished_parts_of_the_scores_are_kept(toy: ToyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    monkeypatch.setattr(scoring, "PART", 15)
    scoring.run(toy.spec("score", "whole"), toy.tell)
    expected = list(read_rows(toy.folder / "whole" / "scores.jsonl", ScoreRow))
    marked = [ScoreRow(row.problem, row.fingerprint, 99.0, 1.0) for row in expected[15:30]]
    spec = toy.spec("score", "killed")
    write_rows(spec.out / "part-00001.jsonl", marked)
    scoring.run(spec, toy.tell)
    found = list(read_rows(spec.out / "scores.jsonl", ScoreRow))
    assert found == [*expected[:15], *marked, *expected[30:]]


def test_programs_without_a_clear_label_are_scored_and_not_learned_from(toy: ToyRun) -> None:
    name = toy.problems[0].id
    toy.rollouts += [turn(name, 8, 1, "right_9 = 9"), turn(name, 9, 1, "right_9 = 9", private="timeout")]
    toy.write_rollouts()
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    assert json.loads((toy.folder / "verifier" / "verifier.json").read_text())["unclear_programs"] == 1
    assert any(
        "1 programs were right in one run" in data.get("message", "") for kind, data in toy.events if kind == "warning"
    )
    scoring.run(toy.spec("score", "scores"), toy.tell)
    rows = read_rows(toy.folder / "scores" / "scores.jsonl", ScoreRow)
    assert "right_9 = 9" in {row.fingerprint for row in rows}


@pytest.mark.parametrize("loss", ["bradley-terry", "cross-entropy"])
def test_without_both_kinds_there_is_nothing_to_learn(toy: ToyRun, loss: str) -> None:
    toy.rollouts = [row for row in toy.rollouts if not row.correct]
    toy.write_rollouts()
    with pytest.raises(MucodeError, match="nothing to learn from"):
        stage.run(toy.spec("verifier", "verifier", loss=loss), toy.tell)


def test_without_held_out_problems_it_says_that_nothing_is_calibrated(toy: ToyRun) -> None:
    stage.run(toy.spec("verifier", "verifier", held_out=0.0, loss="cross-entropy"), toy.tell)
    card = json.loads((toy.folder / "verifier" / "verifier.json").read_text())
    assert (card["temperature"], card["held_out"]) == (1.0, None)
    assert any("not calibrated" in data.get("message", "") for _, data in toy.events)


def test_scores_that_say_nothing_of_unseen_problems_are_told(toy: ToyRun) -> None:
    # What is right in problems that are learned from is wrong in those that are held out.
    stage.run(toy.spec("verifier", "first"), toy.tell)
    found = stage.distinct_programs(toy.rollouts).programs
    held = stage.held_out_problems(found, 0.3, 7)
    turned = {"public": "fail"}, {"public": "pass", "private": "pass"}
    toy.rollouts = [
        turn(row.problem, row.rollout, 1, row.shown, **turned[not row.correct]) if row.problem in held else row
        for row in toy.rollouts
    ]
    toy.write_rollouts()
    toy.events.clear()
    stage.run(toy.spec("verifier", "verifier"), toy.tell)
    assert any("say nothing of which programs" in data.get("message", "") for _, data in toy.events)
    assert toy.metrics("auc")[0] < 0.5


def test_rollouts_of_other_problems_and_a_missing_verifier_are_named(toy: ToyRun) -> None:
    with pytest.raises(MucodeError, match=r"verifier\.json is missing"):
        scoring.run(toy.spec("score", "scores"), toy.tell)
    toy.rollouts.append(turn("elsewhere", 0, 1, "right_0 = 0"))
    toy.rollouts.append(turn("elsewhere", 1, 1, "wrong_0 = 0"))
    toy.write_rollouts()
    with pytest.raises(MucodeError, match="elsewhere, which is not among the problems"):
        stage.run(toy.spec("verifier", "verifier"), toy.tell)
