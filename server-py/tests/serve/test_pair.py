"""`mucode serve --pair` with fake engines: both models, one revision, and one that goes on without the other."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from mucode.errors import MucodeError
from mucode.serve.card import sigmoid
from mucode.serve.gateway import _engines
from mucode.serve.pair import read_pair
from mucode.serve.settings import Settings
from tests.serve.gateway_process import GatewayProcess, engine_events, pair_folder, wait_until, with_fake_pair

Start = Callable[..., GatewayProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[GatewayProcess] = []

    def begin(pair: Path, *options: str, **environment: str) -> GatewayProcess:
        started.append(with_fake_pair(tmp_path, pair, *options, **environment))
        return started[-1]

    yield begin
    for process in started:
        process.stop()


def scores(gateway: GatewayProcess) -> tuple[int, dict[str, Any]]:
    answer = gateway.request("POST", "/v1/scores", json={"problem": {"id": "p"}, "programs": ["a"]})
    return answer.status_code, answer.json()


def state(gateway: GatewayProcess) -> dict[str, Any]:
    return gateway.request("GET", "/v1/state").json()


def test_a_pair_chats_and_scores_under_its_own_revision_and_temperature(start: Start, tmp_path: Path) -> None:
    gateway = start(pair_folder(tmp_path / "pair"))
    gateway.until("ready")
    wait_until(lambda: state(gateway)["verifier_state"] == "ready")
    assert scores(gateway) == (200, {"scores": [0.97], "probabilities": [sigmoid(0.97 / 4)], "revision": "p7"})
    assert gateway.chat("hello").json()["choices"]
    (model,) = gateway.request("GET", "/v1/models").json()["data"]
    assert (model["id"], model["revision"]) == ("fake-model", "p7")
    found = state(gateway)
    assert (found["revision"], found["verifier"]) == ("p7", "mucode-verifier@p7")
    generator, verifier = engine_events(tmp_path, "start")
    assert str(tmp_path / "pair" / "generator") in generator["arguments"]
    assert str(tmp_path / "pair" / "verifier") in verifier["arguments"]


def test_a_dead_verifier_says_so_while_the_generator_goes_on(start: Start, tmp_path: Path) -> None:
    gateway = start(pair_folder(tmp_path / "pair"))
    gateway.until("ready")
    wait_until(lambda: state(gateway)["verifier_state"] == "ready")
    os.kill(engine_events(tmp_path, "start")[1]["pids"][0], signal.SIGKILL)
    status, answer = scores(gateway)
    assert status == 503
    assert answer["error"]["code"] == "verifier_starting"
    assert "started again" in answer["error"]["message"]
    assert gateway.chat("hello").status_code == 200
    assert state(gateway)["state"] == "ready"
    wait_until(lambda: scores(gateway)[0] == 200)
    assert len(engine_events(tmp_path, "start")) == 3


def test_a_verifier_that_never_comes_up_leaves_the_generator_alone(start: Start, tmp_path: Path) -> None:
    pair = pair_folder(tmp_path / "pair")
    (pair / "verifier" / "config.json").unlink()
    gateway = start(pair)
    gateway.until("ready")
    wait_until(lambda: state(gateway)["verifier_state"] == "failed")
    status, answer = scores(gateway)
    assert (status, answer["error"]["code"]) == (503, "verifier_failed")
    assert gateway.chat("hello").status_code == 200


def test_an_adapter_is_merged_before_the_engine_starts(start: Start, tmp_path: Path) -> None:
    pair = pair_folder(tmp_path / "pair")
    (pair / "generator" / "adapter_config.json").write_text("{}")
    for name in ("base", "whole"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    gateway = start(pair, "--base", str(tmp_path / "base"))
    gateway.until("ready")
    assert (tmp_path / "merged").read_text() == f"{pair / 'generator'} {tmp_path / 'base'}\n"
    assert str(tmp_path / "whole") in engine_events(tmp_path, "start")[0]["arguments"]


def test_a_wrong_base_is_told_and_no_engine_starts_on_it(start: Start, tmp_path: Path) -> None:
    pair = pair_folder(tmp_path / "pair")
    (pair / "generator" / "adapter_config.json").write_text("{}")
    gateway = start(pair, FAKE_MERGE_ERROR="The adapter was trained on another model.")
    assert gateway.until("failed")["message"] == "The adapter was trained on another model."
    assert gateway.chat("hello").status_code == 503
    assert all("--is-embedding" in one["arguments"] for one in engine_events(tmp_path, "start"))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--pair", "x", "--generator", "y"), "--pair and --generator do not go together"),
        (("--pair", "x", "--verifier", "y"), "--pair and --verifier do not go together"),
        (("--url", "http://x", "--pair", "y"), "--pair and --url do not go together"),
        (("--url", "http://x", "--model", "y"), "--url and --generator do not go together"),
        (("--url", "http://x", "--engine", "sglang"), "--engine sglang cannot be started"),
        (("--base", "x", "--verifier", "y"), "no such generator"),
        (("--generator", "x", "--verifier", "y", "--together"), "--engine transformers"),
        (("--generator", "x", "--engine", "transformers", "--together"), "name both models"),
        (("--pair", "nowhere"), "pair.json is missing"),
        ((), "Nothing to serve"),
    ],
)
def test_what_does_not_go_together_is_named(tmp_path: Path, options: tuple[str, ...], named: str) -> None:
    gateway = GatewayProcess(tmp_path, *options)
    assert gateway.process.wait(20) == 1
    assert named in gateway.error_output()
    gateway.finish()


def test_the_environment_names_a_pair_and_flags_win(start: Start, tmp_path: Path) -> None:
    other = pair_folder(tmp_path / "other", revision="q1")
    gateway = start(pair_folder(tmp_path / "pair"), MUCODE_PAIR=str(other), MUCODE_MODEL=str(tmp_path))
    gateway.until("ready")
    assert state(gateway)["revision"] == "p7"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"v": 2}, "version 2"),
        ({"revision": None, "generator": {}}, "damaged"),
        ({"generator": {"weights": "../elsewhere"}}, "damaged"),
        ({"generator": {"weights": "gone"}}, "gone is missing"),
        ({"verifier": {"weights": "verifier", "temperature": 0}}, "temperatures are above 0"),
    ],
)
def test_a_damaged_pair_is_named(tmp_path: Path, fields: dict[str, object], named: str) -> None:
    with pytest.raises(MucodeError, match=named):
        read_pair(pair_folder(tmp_path / "pair", **fields))


@pytest.mark.parametrize("engine", ["sglang", "transformers"])
def test_a_verifier_alone_has_no_generator_beside_it(tmp_path: Path, engine: Literal["sglang", "transformers"]) -> None:
    folder = pair_folder(tmp_path / "pair") / "verifier"
    log = tmp_path / "engine.log"
    settings = Settings(
        token_file=log, log_file=log, engine=engine, verifier=folder, engine_python=Path(sys.executable)
    )
    generator, verifier = _engines(settings)
    assert generator is None
    assert verifier
    assert verifier.engine.kind == engine
    asyncio.run(verifier.stop())


def test_a_folder_that_was_renamed_is_the_same_pair(tmp_path: Path) -> None:
    moved = pair_folder(tmp_path / "pair").rename(tmp_path / "moved")
    assert read_pair(moved).generator == moved / "generator"
    assert json.loads((moved / "pair.json").read_text())["revision"] == read_pair(moved).revision
