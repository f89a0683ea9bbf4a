"""A run that is killed again and again ends like one that was not: nothing twice, lost, or left running."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from killing import moments, run_with_kills

from mucode.train.events import read_events

TINY = [sys.executable, str(Path(__file__).with_name("tiny_algorithm.py"))]
COUNT, WITHIN_S = 3, 2.5


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("undisturbed") / "store"
    store.mkdir()
    run_with_kills([*TINY, str(store)], store, [])
    return store


def test_a_run_killed_three_times_ends_like_an_undisturbed_one(tmp_path: Path, undisturbed: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    kills = run_with_kills([*TINY, str(store)], store, moments(COUNT, WITHIN_S, seed=1))
    assert kills.kills > 0
    assert kills.during, "no kill met a stage"
    assert set(kills.during) <= {path.name for path in (store / "artifacts").iterdir()}
    assert kills.orphans == []
    assert kills.remade == []
    assert tables_of(store) == tables_of(undisturbed)
    made = Counter((tmp_path / "made").read_text().splitlines())
    assert {line: count for line, count in made.items() if count > 1} == {}
    events = list(read_events(store / "runs" / "tiny" / "events.jsonl"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].attempt <= kills.kills + 1


def tables_of(store: Path) -> dict[str, bytes]:
    """Everything that the stages wrote, by place."""
    root = store / "artifacts"
    found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    kept = {name: content for name, content in found.items() if not name.endswith((".lock", "manifest.json"))}
    assert kept
    assert not [name for name in kept if ".partial" in name]
    pair = store / "runs" / "tiny" / "pair" / "pair.json"
    return {**kept, "pair": json.dumps(json.loads(pair.read_text())).encode()}
