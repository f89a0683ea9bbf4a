"""The rollout stage on a script: its parts, what it does not do twice, and that only its inputs decide its bytes."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.judge.errors import NoIsolationError
from mucode.judge.sandbox.pool import Pool
from mucode.train.rollout import stage
from mucode.train.rollout.engine import TooLongError
from mucode.train.rows import RolloutRow, read_rows, write_rows
from mucode.train.stage import StageSpec
from tests.train.rollout.scripted import PROSE, RIGHT, SQUARE, WRONG, Scripted, doubling

ANSWERS = (RIGHT, SQUARE, WRONG, PROSE)
Event = tuple[str, Mapping[str, Any]]


def chosen(_: Sequence[Mapping[str, str]], seed: int) -> str:
    return ANSWERS[seed // 7 % len(ANSWERS)]


def spec_in(folder: Path, workers: int = 2, **config: Any) -> StageSpec:  # noqa: ANN401  settings
    problems, generator, out = folder / "problems", folder / "weights-1", folder / "out"
    for one in (problems, generator, out):
        one.mkdir(exist_ok=True)
    write_rows(problems / "problems.jsonl", [doubling(f"p{number}") for number in range(5)])
    config = {"rollouts": 3, "turns": 2, "part": 2} | config
    inputs = {"problems": (problems,), "generator": (generator,)}
    return StageSpec("rollout", 1, config, inputs, out, 5, workers, {})


def run(monkeypatch: pytest.MonkeyPatch, spec: StageSpec, engine: Scripted) -> list[Event]:
    events: list[Event] = []

    def served(_config: object, _folder: object) -> AbstractAsyncContextManager[Scripted]:
        return engine.served()

    monkeypatch.setattr(stage, "engine_for", served)
    stage.run(spec, lambda type_, data: events.append((type_, data)))
    return events


def parts(spec: StageSpec) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(spec.out.glob("part-*"))}


def asked_about(engine: Scripted) -> set[str]:
    return {asked["messages"][2]["content"].split("for ")[1][:2] for asked in engine.asked}


def test_problems_become_parts_with_their_timings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    run(monkeypatch, spec, Scripted(chosen))
    names = sorted(path.name for path in spec.out.iterdir() if path.name != "report.json")
    assert names == [f"{kind}-{number:05}.jsonl" for kind in ("part", "timings") for number in range(3)]
    rows = [row for path in sorted(spec.out.glob("part-*")) for row in read_rows(path, RolloutRow)]
    coordinates = [(row.problem, row.rollout, row.turn) for row in rows]
    assert coordinates == sorted(set(coordinates))
    assert {row.problem for row in rows} == {f"p{number}" for number in range(5)}
    assert {row.weights for row in rows} == {"weights-1"}
    timings = [json.loads(line) for line in (spec.out / "timings-00000.jsonl").read_text().splitlines()]
    assert [(one["problem"], one["rollout"], one["turn"]) for one in timings] == coordinates[: len(timings)]


def test_neither_workers_nor_speed_nor_order_change_a_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found: list[dict[str, bytes]] = []
    pauses: list[Callable[[int], int]] = [lambda _: 0, lambda seed: seed % 5, lambda seed: 4 - seed % 5]
    for number, slow in enumerate(pauses):
        (tmp_path / str(number)).mkdir()
        spec = spec_in(tmp_path / str(number), workers=1 + number)
        run(monkeypatch, spec, Scripted(chosen, slow))
        found.append(parts(spec))
    assert found[0] == found[1] == found[2]


def test_finished_parts_are_used_and_not_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    run(monkeypatch, spec, Scripted(chosen))
    whole = parts(spec)
    (spec.out / "part-00001.jsonl").unlink()
    (spec.out / "part-00001.jsonl.partial").write_text("torn")
    events = run(monkeypatch, spec, again := Scripted(chosen))
    assert parts(spec) == {**whole, "part-00001.jsonl": whole["part-00001.jsonl"]}
    assert asked_about(again) == {"p2", "p3"}
    progress = [data for type_, data in events if type_ == "progress"]
    assert (progress[0]["done"], progress[-1]["done"], progress[-1]["total"]) == (3, 5, 5)
    run(monkeypatch, spec, idle := Scripted(chosen))
    assert idle.asked == []


def test_a_torn_part_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    (spec.out / "part-00000.jsonl").write_text('{"problem": "p0"')
    with pytest.raises(MucodeError, match=r"part-00000\.jsonl, line 1 is torn"):
        run(monkeypatch, spec, Scripted(chosen))


def test_a_failing_engine_fails_the_stage_and_keeps_what_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def script(messages: Sequence[Mapping[str, str]], seed: int) -> str:
        if "for p4" in messages[2]["content"]:
            raise MucodeError("The engine has melted.")
        return chosen(messages, seed)

    spec = spec_in(tmp_path)
    with pytest.raises(MucodeError, match=r"^The engine has melted\.$"):
        run(monkeypatch, spec, Scripted(script, lambda _: 30))
    assert "part-00002.jsonl" not in parts(spec)
    run(monkeypatch, spec, Scripted(chosen))
    assert len(parts(spec)) == 3


def test_it_tells_samples_metrics_and_problems_that_are_too_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def script(messages: Sequence[Mapping[str, str]], seed: int) -> str:
        if "for p1" in messages[2]["content"]:
            raise TooLongError("no room")
        return WRONG if len(messages) == 3 else RIGHT

    events = run(monkeypatch, spec_in(tmp_path), Scripted(script))
    told = {type_: [data for kind, data in events if kind == type_] for type_, _ in events}
    assert len(told["sample"]) == 3
    assert [turn["public"] for turn in told["sample"][0]["turns"]] == ["fail", "pass"]
    assert "p1 has no rollouts" in told["warning"][0]["message"]
    metrics = {data["name"]: data["value"] for data in told["metric"]}
    assert metrics["rollouts"] == 12
    assert metrics["correct"] == 1.0
    assert metrics["solved_problems"] == 0.8


def test_answers_get_the_room_that_is_set_and_those_that_fill_it_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = spec_in(tmp_path, turns=1, max_tokens=777)
    events = run(monkeypatch, spec, engine := Scripted(chosen, cut=lambda seed: seed % 3 == 0))
    assert {asked["max_tokens"] for asked in engine.asked} == {777}
    rows = [row for path in sorted(spec.out.glob("part-*")) for row in read_rows(path, RolloutRow)]
    cut = [row for row in rows if row.finish == "length"]
    assert len(cut) == 5  # of three seeds in a row one
    counts = {"problems": 5, "rollouts": 15, "answers": 15, "cut_answers": 5}
    assert json.loads((spec.out / "report.json").read_text()) == counts
    assert ("metric", {"name": "cut_answers", "value": 0.3333}) in events
    # The counts of a killed stage's parts are not lost.
    (spec.out / "report.json").unlink()
    run(monkeypatch, spec, Scripted(chosen))
    assert json.loads((spec.out / "report.json").read_text()) == counts


def test_it_says_what_seeds_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for device, word in (("cpu", "Seeds decide the answers"), ("cuda", "Seeds do not decide the answers")):
        (tmp_path / device).mkdir()
        spec = dataclasses.replace(spec_in(tmp_path / device), engine={"device": device})
        events = run(monkeypatch, spec, Scripted(chosen))
        assert next(data["message"] for type_, data in events if type_ == "log").startswith(word)


def test_without_isolation_no_engine_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(_pool: Pool) -> None:
        raise NoIsolationError("There is no isolation here.")

    monkeypatch.setattr(Pool, "choice", refused)
    engine = Scripted(chosen)
    with pytest.raises(MucodeError, match="There is no isolation here"):
        run(monkeypatch, spec_in(tmp_path), engine)
    assert engine.asked == []
