"""The toy preset, every stage for real: two iterations, from the problems to a pair folder, in under three minutes."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from figures import check_figures

from mucode.train.events import Event, read_events
from mucode.train.executor import PACKAGE
from mucode.train.rows import RolloutRow, read_rows
from mucode.train.toy.bank import toy_rows
from tests.serve.gateway_process import GatewayProcess, wait_until

pytestmark = pytest.mark.train
CPU_S = 240.0
"""Three minutes on a machine of its own; beside others the same work takes more of a processor's time."""
TEST_PROBLEMS = len(toy_rows("test"))
STAGES = ("rollout", "verifier", "score", "relabel", "generator", "evaluate")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    store = tmp_path_factory.mktemp("toy") / "store"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "mucode", "train", "toy", "--store", str(store)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < CPU_S, f"the toy preset took {spent:.0f} s of a processor"
    (folder,) = (store / "runs").iterdir()
    return folder


def events(run: Path, type_: str) -> list[Event]:
    return [event for event in read_events(run / "events.jsonl") if event.type == type_]


def test_every_stage_ran_in_both_iterations(run: Path) -> None:
    made = {(event.stage, event.iter) for event in events(run, "artifact") if not event.data["reused"]}
    assert {(stage, iteration) for stage in STAGES for iteration in (1, 2)} <= made
    assert ("evaluate", 0) in made
    assert events(run, "job.state")[-1].data["state"] == "done"
    assert events(run, "error") == []


def test_the_pair_is_the_best_iteration_and_both_are_reported(run: Path) -> None:
    pair: dict[str, Any] = json.loads((run / "pair" / "pair.json").read_text())
    figures = pair["evaluation"]["validation"]
    assert set(figures) == {"1", "2"}
    assert figures[str(pair["iteration"])] == max(figures.values())
    for name in ("generator", "verifier"):
        assert (run / "pair" / pair[name]["weights"] / "config.json").is_file()
    assert pair["verifier"]["temperature"] > 0


def test_runs_are_put_side_by_side_by_name(run: Path, tmp_path: Path) -> None:
    def told(*names: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mucode", "tables", *names, "--store", str(run.parents[1])]
        return subprocess.run(
            [*command, "--out", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        )

    done = told("toy")
    assert done.returncode == 0, done.stderr
    final = (run / "pair" / "evaluation" / "tables.md").read_text()
    assert done.stdout == final == (tmp_path / "out" / "tables.md").read_text()
    assert "No run begins with gone" in told("toy", "gone").stderr


def test_the_tables_stand_beside_the_papers_and_the_curves_are_drawn(run: Path) -> None:
    (final,) = (event for event in events(run, "artifact") if (event.stage, event.iter) == ("evaluate", 0))
    folder = run.parents[1] / final.data["path"]
    check_figures(folder, source="toy", problems=TEST_PROBLEMS, n=3, turns=2)
    assert {path.suffix for path in folder.rglob("*")} >= {".png", ".svg"}
    assert (run / "pair" / "evaluation" / "tables.md").read_text() == (folder / "tables.md").read_text()


def test_training_raises_the_share_of_right_programs(run: Path) -> None:
    paths = [run.parents[1] / event.data["path"] for event in events(run, "artifact") if event.stage == "rollout"]
    shares: list[float] = []
    for folder in paths:
        rows = [row for part in sorted(folder.glob("part-*.jsonl")) for row in read_rows(part, RolloutRow)]
        first = [row for row in rows if row.turn == 1]
        shares.append(sum(row.correct for row in first) / len(first))
    assert shares[1] > shares[0]


def test_the_pair_is_served_from_wherever_it_was_moved_to(run: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(run / "pair", moved)
    revision = json.loads((moved / "pair.json").read_text())["revision"]
    gateway = GatewayProcess(tmp_path, "--pair", str(moved), "--engine", "transformers", OMP_NUM_THREADS="1")
    try:
        gateway.until("ready", 120)
        assert gateway.chat("Write add.", max_tokens=4).json()["usage"]["completion_tokens"] <= 4
        body = {"problem": toy_rows()[0].problem, "task": "write", "programs": ["x = 1", "x = 2"]}
        wait_until(lambda: gateway.request("POST", "/v1/scores", json=body).status_code == 200, 120)
        found = gateway.request("POST", "/v1/scores", json=body).json()
        assert (len(found["scores"]), found["revision"]) == (2, revision)
    finally:
        gateway.stop()
