"""The preset `quick` on a processor: SmolLM2-135M served by SGLang, every stage, in under forty minutes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from figures import check_figures
from killing import left_running, marked_environment

from mucode.problems.files import data_folder
from mucode.train.events import Event, read_events
from mucode.train.rows import RolloutRow, read_rows

pytestmark = [pytest.mark.train, pytest.mark.long]
MODEL = os.environ.get("MUCODE_MODEL", "")
WITHIN_S = 40 * 60
PROBLEMS, ROLLOUTS, TURNS = 40, 4, 2
TEST_PROBLEMS, CANDIDATES = 20, 4


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    if not MODEL or not os.environ.get("MUCODE_SGLANG_PYTHON"):
        pytest.skip("NOT TESTED: no real engine: set MUCODE_SGLANG_PYTHON and MUCODE_MODEL, or run the set-up")
    if not (data_folder() / "mbpp.jsonl").is_file():
        pytest.skip("NOT TESTED: MBPP is not at hand: name the folder that holds mbpp.jsonl in MUCODE_DATA")
    store = tmp_path_factory.mktemp("mini") / "store"
    mark, environment = marked_environment()
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mucode", "train", "quick", "--set", f"base={MODEL}", "--store", str(store)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < WITHIN_S
    assert left_running(mark) == []
    (folder,) = (store / "runs").iterdir()
    return folder


def artifact(run: Path, stage: str, iteration: int) -> Path:
    made = [event for event in read_events(run / "events.jsonl") if event.type == "artifact"]
    (found,) = (event for event in made if (event.stage, event.iter) == (stage, iteration))
    return run.parents[1] / found.data["path"]


def test_all_rollouts_are_there_once_with_the_ids_that_the_engine_sampled(run: Path) -> None:
    parts = sorted(artifact(run, "rollout", 1).glob("part-*.jsonl"))
    rows = [row for part in parts for row in read_rows(part, RolloutRow)]
    assert len({row.problem for row in rows}) == PROBLEMS
    assert {(row.problem, row.rollout) for row in rows if row.turn == 1} == {
        (problem, rollout) for problem in {row.problem for row in rows} for rollout in range(ROLLOUTS)
    }
    assert max(row.turn for row in rows) == TURNS
    assert len({(row.problem, row.rollout, row.turn) for row in rows}) == len(rows)
    assert all(row.completion_ids for row in rows)
    assert any(row.correct for row in rows)


def test_the_adapter_learned_and_the_verifier_was_calibrated(run: Path) -> None:
    events: list[Event] = list(read_events(run / "events.jsonl"))
    losses = [
        event.data["value"] for event in events if event.stage == "generator" and event.data.get("name") == "loss"
    ]
    assert losses[-1] < losses[0]
    pair: dict[str, Any] = json.loads((run / "pair" / "pair.json").read_text())
    assert pair["verifier"]["temperature"] > 0


def test_every_way_of_choosing_was_measured_on_all_test_problems(run: Path) -> None:
    check_figures(artifact(run, "evaluate", 0), source="mbpp", problems=TEST_PROBLEMS, n=CANDIDATES, turns=TURNS)
