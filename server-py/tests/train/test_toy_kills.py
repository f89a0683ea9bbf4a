"""SIGKILL at 50 random moments across all real stages of the toy preset: the end is that of an undisturbed run."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from killing import Kills, moments, run_with_kills

from mucode.train.events import Event, read_events
from mucode.train.rows import RolloutRow, ScoreRow, read_rows

pytestmark = [pytest.mark.train, pytest.mark.long]
KILLS, AT_ONCE = 50, 10
HIT = {"rollout", "verifier", "generator", "evaluate"}
"""Stages that take long enough for a kill to meet them."""
UNEQUAL = ("manifest.json", "measured.json", ".log", ".lock", ".png", ".svg")
"""What tells times, or holds dates: not part of what must be equal."""


def train(store: Path) -> list[str]:
    return [sys.executable, "-m", "mucode", "train", "toy", "--store", str(store)]


def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed" / "store"
    undisturbed.mkdir(parents=True)
    run_with_kills(train(undisturbed), undisturbed, [])
    within_s = 1.3 * longest_stage_s(undisturbed)
    kills = Kills()
    # A run may end before it was killed often enough, and in every stage; then another one is killed on.
    while kills.kills < KILLS or (not set(kills.during) >= HIT and kills.kills < 2 * KILLS):
        store = tmp_path / f"killed-{kills.kills}" / "store"
        store.mkdir(parents=True)
        count = max(AT_ONCE, KILLS - kills.kills)
        kills.add(run_with_kills(train(store), store, moments(count, within_s, seed=kills.kills)))
        assert kills.orphans == []
        assert kills.remade == []
        assert tables_of(store) == tables_of(undisturbed)
        assert doubled(store) == []
        numbers = [event.seq for event in log_of(store)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert set(kills.during) >= HIT


def log_of(store: Path) -> list[Event]:
    (log,) = (store / "runs").glob("*/events.jsonl")
    return list(read_events(log))


def longest_stage_s(store: Path) -> float:
    """Seconds from a stage's first event to its last, at most."""
    began: dict[object, float] = {}
    took = 0.0
    for event in log_of(store):
        unit = (event.stage, event.iter, event.data.get("key"))
        if event.type == "stage.start":
            began[unit] = event.ts
        elif event.type == "stage.end":
            took = max(took, event.ts - began[unit])
    return took


def tables_of(store: Path) -> dict[str, bytes]:
    """Every table, report and model, by place."""
    root = store / "artifacts"
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if not name.endswith(UNEQUAL) and not path.name.startswith("timings-")
    }


def doubled(store: Path) -> list[object]:
    """Rows that are there twice."""
    rows: Counter[object] = Counter()
    for part in (store / "artifacts" / "rollout").glob("*/part-*.jsonl"):
        rows.update((part.parent.name, row.problem, row.rollout, row.turn) for row in read_rows(part, RolloutRow))
    for table in (store / "artifacts" / "score").glob("*/scores.jsonl"):
        rows.update((table.parent.name, row.problem, row.fingerprint) for row in read_rows(table, ScoreRow))
    return [row for row, count in rows.items() if count > 1]
