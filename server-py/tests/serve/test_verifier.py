"""Scores through the gateway, with a fake engine and a fake tokenizer; and that nobody reaches the engine behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mucode.errors import MucodeError
from mucode.serve.card import read_card, sigmoid
from tests.serve.gateway_process import (
    TOKEN,
    GatewayProcess,
    chat_body,
    engine_events,
    is_running,
    wait_until,
    with_fake_verifier,
)

PROBLEM = {"id": "p", "kind": "function"}
Start = Callable[..., GatewayProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[GatewayProcess] = []

    def begin(*options: str, **environment: str) -> GatewayProcess:
        started.append(with_fake_verifier(tmp_path, *options, **environment))
        return started[-1]

    yield begin
    for process in started:
        if process.process.poll() is None:
            process.stop()
        else:
            process.finish()


def scores(gateway: GatewayProcess, *programs: str, **fields: object) -> httpx.Response:
    return gateway.request("POST", "/v1/scores", json={"problem": PROBLEM, "programs": list(programs), **fields})


def engines(gateway: GatewayProcess) -> list[dict[str, Any]]:
    return engine_events(gateway.folder, "start")


def port_of(engine: dict[str, Any]) -> int:
    return int(engine["arguments"][engine["arguments"].index("--port") + 1])


def test_a_verifier_without_a_generator_scores_and_says_that_it_cannot_chat(start: Start) -> None:
    gateway = start()
    gateway.until("ready")
    answer = scores(gateway, "a", "bc").json()
    assert answer == {
        "scores": [0.97, 1.97],
        "probabilities": [sigmoid(0.97 / 2), sigmoid(1.97 / 2)],
        "revision": "r1",
    }
    assert gateway.chat("hello").status_code == 501
    assert gateway.request("GET", "/v1/models").json()["data"] == []
    state = gateway.request("GET", "/v1/state").json()
    assert (state["state"], state["model"], state["verifier"]) == ("ready", None, "mucode-verifier@r1")
    (engine,) = engines(gateway)
    assert "--is-embedding" in engine["arguments"]
    assert engine["arguments"][engine["arguments"].index("--context-length") + 1] == "201"
    assert gateway.stop() == 0
    wait_until(lambda: not any(is_running(pid) for pid in engine["pids"]))


def test_beside_a_generator_it_starts_when_that_is_ready(start: Start, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    gateway = start("--model", str(tmp_path / "model"))
    gateway.until("ready")
    wait_until(lambda: gateway.request("GET", "/v1/state").json()["verifier_state"] == "ready")
    generator, verifier = engines(gateway)
    assert "--is-embedding" not in generator["arguments"]
    assert "--is-embedding" in verifier["arguments"]
    assert gateway.chat("hello").json()["choices"]
    assert scores(gateway, "a").json()["scores"] == [0.97]
    assert gateway.request("GET", "/v1/state").json()["model"] == "fake-model"
    assert gateway.stop() == 0
    wait_until(lambda: not any(is_running(pid) for engine in (generator, verifier) for pid in engine["pids"]))


def test_no_chat_reaches_the_verifiers_engine(start: Start) -> None:
    gateway = start()
    gateway.until("ready")
    (engine,) = engines(gateway)
    for path in ("/generate", "/classify", "/encode", "/v1/embeddings", "/v1/completions", "/v1/chat/completions"):
        assert gateway.request("POST", path, json=chat_body("hello")).status_code in (404, 501)
    url = f"http://127.0.0.1:{port_of(engine)}"
    for token in (TOKEN, "guess"):
        answer = httpx.post(
            f"{url}/v1/chat/completions",
            json=chat_body("hello"),
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        assert answer.status_code == 401
    assert engine_events(gateway.folder, "killed") == []
    assert scores(gateway, "a").status_code == 200
    assert len(engines(gateway)) == 1


def test_an_engine_that_a_chat_request_killed_is_started_again(start: Start) -> None:
    gateway = start()
    gateway.until("ready")
    (engine,) = engines(gateway)
    with pytest.raises(httpx.HTTPError):
        httpx.post(
            f"http://127.0.0.1:{port_of(engine)}/v1/chat/completions",
            json=chat_body("hello"),
            headers={"Authorization": f"Bearer {engine['key']}"},
            trust_env=False,
        )
    gateway.until("starting")
    assert scores(gateway, "a").status_code == 503
    gateway.until("ready")
    assert scores(gateway, "a").json()["scores"] == [0.97]
    first, second = engines(gateway)
    assert first["key"] != second["key"]


def test_a_tokenizer_that_dies_or_babbles_is_started_again(start: Start) -> None:
    gateway = start()
    gateway.until("ready")
    for program in ("die", "babble"):
        answer = scores(gateway, program)
        assert answer.status_code == 502
        assert "tokenizer failed" in answer.json()["error"]["message"]
        assert scores(gateway, "a").json()["scores"] == [0.97]


def test_what_is_sent_to_the_engine_is_what_the_tokenizer_said(start: Start) -> None:
    gateway = start()
    gateway.until("ready")
    scores(gateway, "ab", "c", task="write", baseline={"feedback": "wrong"})
    assert engine_events(gateway.folder, "classify")[-1]["ids"] == [[97, 98], [99]]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"programs": ["a"]}, "'problem'"),
        ({"problem": PROBLEM}, "'programs'"),
        ({"problem": PROBLEM, "programs": []}, "'programs'"),
        ({"problem": PROBLEM, "programs": ["a"] * 129}, "'programs'"),
        ({"problem": PROBLEM, "programs": [1]}, "'programs'"),
        ({"problem": PROBLEM, "programs": ["a"], "task": "sing"}, "'task'"),
        ({"problem": PROBLEM, "programs": ["a"], "baseline": "x"}, "'baseline'"),
        ({"problem": PROBLEM, "programs": ["refuse"]}, "lacks its tests"),
        ([], "JSON object"),
    ],
)
def test_a_wrong_request_is_refused_by_name(shared: GatewayProcess, body: object, named: str) -> None:
    answer = shared.request("POST", "/v1/scores", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    process = with_fake_verifier(tmp_path_factory.mktemp("verifier"))
    process.until("ready")
    yield process
    process.stop()


def test_scores_need_the_token(shared: GatewayProcess) -> None:
    body = {"problem": PROBLEM, "programs": ["a"]}
    answer = shared.request("POST", "/v1/scores", json=body, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_without_a_verifier_scores_are_not_there(gateway: GatewayProcess) -> None:
    answer = scores(gateway, "a")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "no_verifier")
    assert gateway.request("GET", "/v1/state").json()["verifier"] is None


def test_a_folder_that_is_no_verifier_is_named(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, "--verifier", str(tmp_path))
    assert gateway.process.wait(20) == 1
    assert "verifier.json is missing" in gateway.error_output()
    gateway.finish()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"revision":"r","max_length":8,"temperature":0}', '{"revision":"r","max_length":"x"}']
)
def test_a_damaged_card_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "verifier.json").write_text(content)
    with pytest.raises(MucodeError, match="is damaged"):
        read_card(tmp_path)
