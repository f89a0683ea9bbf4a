"""What a store holds: names of inputs, what may be removed and what never, and what its runs say of themselves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_algorithm import InProcess, run_tiny

from mucode.__main__ import main
from mucode.errors import MucodeError
from mucode.train import runs
from mucode.train.artifact import Damaged, Identity, Worked, make
from mucode.train.config import RunConfig, effective
from mucode.train.executor import PACKAGE
from mucode.train.lock import Taken, lock_of, locked
from mucode.train.rows import write_whole
from mucode.train.run import name_of
from mucode.train.store import Store
from mucode.train.whole import train_whole

CONFIG = RunConfig(base="toy", iterations=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


WORKED = Worked(0.0, 0)


def make_one(store: Store, stage: str, number: int) -> Path:
    identity = Identity(stage, 1, {"number": number}, {}, 7, {})

    def work(out: Path) -> Worked:
        write_whole(out / "rows.jsonl", b"{}\n")
        return WORKED

    return make(store.place(stage, identity.key), identity, work)[0].path


def test_an_artifact_is_named_by_its_stage_and_key(store: Store) -> None:
    path = make_one(store, "tiny", 1)
    assert store.key_of(path) == f"tiny/{path.name}"
    assert store.keys_of({"seen": (path,), "none": ()}) == {"seen": [f"tiny/{path.name}"]}


def test_files_from_elsewhere_are_named_by_their_content(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("c" if name == "c" else "same")
    keys = [Store(store.root).key_of(tmp_path / name) for name in ("a", "b", "c")]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith("files/")


def test_a_model_of_the_hub_is_named_by_its_revision(store: Store, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--owner--name" / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    assert store.key_of(snapshot) == "hub/models--owner--name@0123abcd"


def test_an_input_that_is_absent_or_damaged_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match="absent is no file and no folder with files"):
        store.key_of(tmp_path / "absent")
    path = make_one(store, "tiny", 1)
    (path / "rows.jsonl").write_bytes(b"[]\n")
    with pytest.raises(Damaged, match=r"rows\.jsonl does not hold what was written"):
        store.key_of(path)


def test_what_a_run_made_used_or_began_is_kept(store: Store, tmp_path: Path) -> None:
    run_tiny(CONFIG, store.root, InProcess())
    alone = make_one(store, "tiny", 1)
    begun = store.place("tiny", "0123").with_suffix(".partial")
    begun.mkdir()
    waste = store.superfluous(runs.wanted(store))
    assert {one.path for one in waste} == {alone, begun}
    for one in waste:
        one.remove()
    assert store.superfluous(runs.wanted(store)) == []
    assert not any(path.name.startswith(f".{alone.name}") for path in alone.parent.iterdir())
    executor = InProcess()
    run_tiny(CONFIG, store.root, executor)
    assert executor.ran == []


def test_what_is_being_made_is_not_removed(store: Store) -> None:
    path = make_one(store, "tiny", 1)
    with locked(lock_of(path), "it"):
        assert store.superfluous(set()) == []
    assert [one.path for one in store.superfluous(set())] == [path]


def test_what_a_stage_that_was_left_still_fills_is_not_removed(store: Store) -> None:
    begun = store.place("tiny", "0123").with_suffix(".partial")
    begun.mkdir(parents=True)
    with locked(lock_of(begun), "it"):
        assert store.superfluous(set()) == []
    (waste,) = store.superfluous(set())
    waste.remove()
    assert list(begun.parent.iterdir()) == []


def test_damaged_artifacts_are_removed_on_request_and_made_again(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    run_tiny(CONFIG, store.root, InProcess())
    (victim,) = (store.root / "artifacts" / "rollout").glob("*/part-00001.jsonl")
    victim.write_bytes(victim.read_bytes()[:-5])
    with pytest.raises(Damaged, match=r"part-00001\.jsonl has \d+ bytes.*`mucode gc --damaged`"):
        run_tiny(CONFIG, store.root, InProcess())
    assert main(["gc", "--damaged", "--store", str(store.root)]) == 0
    assert f"artifacts/rollout/{victim.parent.name}" in capsys.readouterr().out
    executor = InProcess()
    run_tiny(CONFIG, store.root, executor)
    assert [spec.stage for spec in executor.ran] == ["rollout"]


def test_runs_are_listed_shown_and_removed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--store", str(store.root)]) == 0
    assert "There is no run" in capsys.readouterr().out
    run_tiny(CONFIG, store.root, InProcess())
    assert main(["runs", "show", "ti", "--store", str(store.root)]) == 0
    shown = capsys.readouterr().out
    assert "rollout 1: is done: 3 rows" in shown
    assert f"pair folder: {store.runs / 'tiny' / 'pair'}" in shown
    assert main(["gc", "--dry-run", "--store", str(store.root)]) == 0
    assert "0 folders, 0 B would be freed." in capsys.readouterr().out
    assert main(["runs", "remove", "tiny", "--store", str(store.root)]) == 0
    assert main(["gc", "--store", str(store.root)]) == 0
    assert list((store.root / "artifacts").glob("*/*")) == []
    assert main(["runs", "show", "tiny", "--store", str(store.root)]) == 1
    assert "No run begins with tiny. There are: none." in capsys.readouterr().err


def test_a_run_that_goes_on_is_neither_removed_nor_started_twice(store: Store) -> None:
    run_tiny(CONFIG, store.root, InProcess())
    tiny = store.runs / "tiny"
    with locked(tiny / "lock", "it"), pytest.raises(MucodeError, match=r"tiny is going on\. End it first"):
        runs.remove(tiny)
    config = effective(["toy"])
    name = name_of(config, ["toy"])
    told = rf"The run {name} is being made by process {os.getpid()}"
    with locked(store.runs / name / "lock", "it"), pytest.raises(Taken, match=told):
        train_whole(config, ["toy"], store.root, wait=False)


def test_settings_are_shown_without_starting_anything(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "paper-8b", "rft", "--set", "seed=5", "--show", "--store", str(store.root)]) == 0
    shown = capsys.readouterr().out
    assert 'base = "meta-llama/Llama-3.1-8B-Instruct"' in shown
    assert "seed = 5" in shown
    assert 'expert = "own-single"' in shown
    assert not store.root.exists()


def test_a_wrong_setting_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "toy", "--set", "rollout.turn=5"]) == 1
    assert capsys.readouterr().err == (
        "mucode train: --set rollout.turn=5: there is no setting rollout.turn. Did you mean turns?\n"
    )


def test_one_stage_alone_fills_a_folder_and_is_not_done_again(tmp_path: Path) -> None:
    out = tmp_path / "problems"
    command = [sys.executable, "-m", "mucode", "problems", "--config", "toy", "--split", "train", "--out", str(out)]
    for attempt in (1, 2):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(PACKAGE), "XDG_STATE_HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr
        assert ("is there already" in done.stderr) == (attempt == 2)
    manifest = json.loads((out / "manifest.json").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == [".problems.lock", "problems", "problems.log"]
    assert manifest["identity"]["stage"] == "problems"
    assert manifest["files"]["problems.jsonl"]["rows"] == len((out / "problems.jsonl").read_text().splitlines()) > 0


def test_one_stage_alone_writes_its_log_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "problems"
    command = ["problems", "--config", "toy", "--split", "train", "--out", str(out)]
    with locked(tmp_path / "problems.log" / "lock", "it"):
        assert main(command) == 1
    assert f"{out} is being made by process {os.getpid()}. " in capsys.readouterr().err
    assert not (tmp_path / "problems.log" / "events.jsonl").exists()
