"""The order of Algorithm 1: what each stage is given in each iteration, for the method and for its baselines."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_algorithm import InProcess, run_tiny

from mucode.train.config import RunConfig, effective
from mucode.train.events import read_events
from mucode.train.pipeline import Outcome
from mucode.train.store import Store

CONFIG = RunConfig(base="toy", iterations=2)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def ran(store: Path, config: RunConfig) -> tuple[Outcome, dict[tuple[str, int], list[Any]]]:
    """The outcome, and what was run by stage and iteration."""
    executor = InProcess()
    outcome = run_tiny(config, store, executor)
    found: dict[tuple[str, int], list[Any]] = {}
    for spec in executor.ran:
        found.setdefault((spec.stage, spec.iteration), []).append(spec)
    return outcome, found


def test_each_iteration_learns_from_all_rollouts_so_far(store: Path) -> None:
    _, found = ran(store, CONFIG)
    rollouts = [found["rollout", i][0].out.with_suffix("") for i in (1, 2)]
    for name in ("verifier", "score", "relabel"):
        assert found[name, 1][0].inputs["rollouts"] == (rollouts[0],)
        assert found[name, 2][0].inputs["rollouts"] == tuple(rollouts)


def test_each_iteration_rolls_out_the_generator_of_the_one_before_and_trains_from_the_base(store: Path) -> None:
    _, found = ran(store, CONFIG)
    (base,) = found["base", 0]
    first = found["generator", 1][0]
    assert found["rollout", 1][0].input("generator") == base.out.with_suffix("")
    assert found["rollout", 2][0].input("generator") == first.out.with_suffix("")
    for i in (1, 2):
        generator, verifier = found["generator", i][0], found["verifier", i][0]
        assert generator.input("base") == verifier.input("base") == base.out.with_suffix("")
        assert generator.inputs["generator"] == ()
        assert generator.input("examples") == found["relabel", i][0].out.with_suffix("")
        assert found["relabel", i][0].input("scores") == found["score", i][0].out.with_suffix("")
        assert found["evaluate", i][0].input("verifier") == verifier.out.with_suffix("")


def test_to_continue_is_to_start_from_the_generator_before(store: Path) -> None:
    _, found = ran(store, effective(["toy"], ["generator.start=continue"]))
    assert found["generator", 1][0].inputs["generator"] == ()
    assert found["generator", 2][0].input("generator") == found["generator", 1][0].out.with_suffix("")


def test_training_problems_train_and_the_others_measure(store: Path) -> None:
    _, found = ran(store, CONFIG)
    split = {spec.config["name"]: spec.out.with_suffix("") for spec in found["problems", 0]}
    assert found["rollout", 1][0].input("problems") == found["verifier", 2][0].input("problems") == split["train"]
    assert found["evaluate", 1][0].input("problems") == found["evaluate", 2][0].input("problems") == split["validation"]
    assert found["evaluate", 0][0].input("problems") == split["test"]


@pytest.mark.parametrize(("figures", "best"), [({}, 2), ({"1": 0.9}, 1), ({"1": 0.75}, 1)])
def test_the_best_iteration_on_validation_is_returned_and_all_are_reported(
    store: Path, tmp_path: Path, figures: dict[str, float], best: int
) -> None:
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    outcome, found = ran(store, CONFIG)
    assert outcome.best.iteration == best
    assert [pair.iteration for pair in outcome.tried] == [1, 2]
    assert found["evaluate", 0][0].input("generator") == found["generator", best][0].out.with_suffix("")
    pair = json.loads((outcome.folder / "pair.json").read_text())
    assert pair["evaluation"]["validation"] == {"1": figures.get("1", 0.5), "2": 0.75}
    assert pair["iteration"] == best


def test_the_pair_folder_holds_the_models_and_says_what_they_are(store: Path, tmp_path: Path) -> None:
    outcome, found = ran(store, CONFIG)
    pair = json.loads((outcome.folder / "pair.json").read_text())
    assert set(pair) == {"v", "revision", "method", "iteration", "generator", "verifier", "evaluation"}
    assert pair["generator"] == {"base": "toy", "weights": "generator", "form": "full", "answer": "function"}
    assert pair["verifier"] == {"base": "toy", "weights": "verifier", "form": "full", "temperature": 1.5}
    assert pair["evaluation"]["test"][0]["best_of_n"][0]["mean"] == 1.0
    moved = outcome.folder.rename(tmp_path / "moved")
    for name in ("generator", "verifier"):
        artifact = found[name, 2][0].out.with_suffix("")
        files = {path.name for path in artifact.iterdir()} - {"manifest.json"}
        assert {path.name for path in (moved / pair[name]["weights"]).iterdir()} == files
    assert (moved / "evaluation" / "tables.md").read_text() == "1.0\n"


def test_instruct_trains_a_verifier_and_no_generator(store: Path) -> None:
    outcome, found = ran(store, effective(["toy", "instruct"]))
    assert Counter(name for name, _ in found) == Counter(
        ["base", "problems", "rollout", "verifier", "evaluate", "evaluate"]
    )
    assert outcome.best.generator == found["base", 0][0].out.with_suffix("")
    assert found["evaluate", 0][0].config["method"] == "instruct"


@pytest.mark.parametrize("baseline", ["rft", "multi-star"])
def test_the_baselines_teach_own_programs_without_scores(store: Path, baseline: str) -> None:
    _, found = ran(store, effective(["toy", baseline]))
    assert ("score", 1) not in found
    assert found["relabel", 1][0].inputs["scores"] == ()
    assert found["generator", 1][0].input("examples") == found["relabel", 1][0].out.with_suffix("")


def test_runs_in_one_store_share_what_they_have_in_common(store: Path) -> None:
    _, _ = ran(store, effective(["toy"]))
    _, found = ran(store, effective(["toy", "instruct"]))
    assert {name for name, _ in found} == {"evaluate"}


def test_the_same_run_again_makes_nothing_and_leads_to_the_same(store: Path) -> None:
    first, _ = ran(store, CONFIG)
    again, found = ran(store, CONFIG)
    assert found == {}
    assert again == first


def test_other_settings_make_only_what_depends_on_them_anew(store: Path) -> None:
    ran(store, effective(["toy"]))
    _, found = ran(store, effective(["toy"], ["generator.epochs=5", "verifier.recompute=true"]))
    assert ("rollout", 1) not in found
    assert ("verifier", 1) not in found
    assert ("generator", 1) in found
    assert ("rollout", 2) in found


def test_the_log_tells_what_was_made_and_what_was_there(store: Path) -> None:
    ran(store, CONFIG)
    ran(store, CONFIG)
    events = list(read_events(store / "runs" / "tiny" / "events.jsonl"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    artifacts = [event for event in events if event.type == "artifact"]
    first, second = ([event for event in artifacts if event.attempt == attempt] for attempt in (1, 2))
    assert [event.data["key"] for event in first] == [event.data["key"] for event in second]
    # The base is asked for twice, for the generator and for the verifier.
    assert [event.data["reused"] for event in first if event.stage != "base"] == [False] * (len(first) - 2)
    assert {event.data["reused"] for event in second} == {True}
    assert len([event for event in events if event.type == "stage.start"]) == len(first) - 1
    for event in artifacts:
        assert (Store(store).root / event.data["path"] / "manifest.json").is_file()
