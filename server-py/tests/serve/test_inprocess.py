"""A pair behind the engine `transformers`, for real: chat, scores, aborts, a dead verifier, a base that is another."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.real.real_engine import Inside, descendants
from tests.serve.gateway_process import TOKEN, GatewayProcess, chat_body, wait_until

torch: Any = pytest.importorskip("torch", reason="no environment for training", exc_type=ImportError)
pytestmark = pytest.mark.train
START_S = 300


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair that was moved away from what made it."""
    from tests.serve.toy_pair import make_pair

    made = tmp_path_factory.mktemp("made")
    pair = make_pair(made / "store", made / "pair").rename(tmp_path_factory.mktemp("moved") / "my pair")
    shutil.rmtree(made)
    return pair


@pytest.fixture(scope="module")
def gateway(pair: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    process = serve(tmp_path_factory.mktemp("gateway"), "--pair", str(pair))
    process.until("ready", START_S)
    wait_until(lambda: state(process)["verifier_state"] == "ready", START_S)
    yield process
    process.stop()


def serve(folder: Path, *options: str) -> GatewayProcess:
    environment = {"OMP_NUM_THREADS": "1", "MUCODE_CACHE": str(folder / "cache")}
    return GatewayProcess(folder, "--engine", "transformers", "--device", "cpu", *options, **environment)


def state(gateway: GatewayProcess) -> dict[str, Any]:
    return gateway.request("GET", "/v1/state").json()


def answer_to(gateway: GatewayProcess, **fields: object) -> dict[str, Any]:
    answer = gateway.chat("Write add.", **{"max_tokens": 12, "temperature": 1.0, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(gateway: GatewayProcess, **fields: object) -> list[str]:
    return [choice["message"]["content"] for choice in answer_to(gateway, **fields)["choices"]]


def score(gateway: GatewayProcess, *programs: str) -> httpx.Response:
    from mucode.train.toy.bank import toy_rows

    body = {"problem": toy_rows()[0].problem, "task": "write", "programs": list(programs)}
    return gateway.request("POST", "/v1/scores", json=body)


def engines(gateway: GatewayProcess) -> dict[str, tuple[int, Inside]]:
    """The generator's and the verifier's process, by the option that names its model."""
    found: dict[str, tuple[int, Inside]] = {}
    for pid in descendants(gateway.process.pid):
        arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "mucode.serve.inprocess" in arguments[:4]:
            lines = [line.partition("=") for line in Path(f"/proc/{pid}/environ").read_text().split("\0")]
            key = next(value for name, _, value in lines if name == "MUCODE_API_KEY")
            option = next(one for one in arguments if one in ("--model", "--verifier"))
            found[option] = pid, Inside(int(arguments[arguments.index("--port") + 1]), key)
    return found


def test_it_answers_as_its_merged_generator_does(gateway: GatewayProcess, pair: Path, monkeypatch: Any) -> None:  # noqa: ANN401  pytest's own
    from mucode.train import models

    monkeypatch.setenv("MUCODE_CACHE", str(gateway.folder / "cache"))
    greedy = answer_to(gateway, temperature=0, return_token_ids=True)["choices"][0]
    model: Any = models.load_causal(models.merged(pair / "generator"))
    prompt = greedy["prompt_token_ids"]
    expected = model.generate(torch.tensor([prompt]), max_new_tokens=12, do_sample=False)[0, len(prompt) :]
    assert greedy["token_ids"] == expected.tolist()
    assert {one["revision"] for one in gateway.request("GET", "/v1/models").json()["data"]} == {"r1"}


def test_it_scores_as_the_trainer_does(gateway: GatewayProcess, pair: Path) -> None:
    from mucode.serve.card import sigmoid
    from mucode.train.rows import ProblemRow
    from mucode.train.toy.bank import toy_rows
    from mucode.train.verifier.model import load
    from mucode.train.verifier.score import scores_of
    from mucode.train.verifier.text import verifier_ids, verifier_messages

    programs = ["def f(a):\n    return a", "x = 1"]
    found = score(gateway, *programs).json()
    model, tokenizer = load(pair / "verifier", torch.float32)
    row = ProblemRow(toy_rows()[0].problem, "write", "", None)
    ids = [verifier_ids(tokenizer, verifier_messages(row, one), 1024) for one in programs]
    assert found["scores"] == pytest.approx(scores_of(model, ids, 4096), abs=1e-5)
    assert found["probabilities"] == [sigmoid(one / 2.5) for one in found["scores"]]
    assert found["revision"] == "r1"


def test_a_seed_repeats_a_sample_whatever_stands_beside_it(gateway: GatewayProcess) -> None:
    three = texts(gateway, n=3, seed=11)
    assert texts(gateway, n=3, seed=11) == three
    assert texts(gateway, n=1, seed=13) == three[2:]
    assert len(set(three)) == 3
    assert texts(gateway, n=3) != texts(gateway, n=3)


def test_more_samples_than_go_through_the_model_at_once_all_come(gateway: GatewayProcess) -> None:
    assert len(texts(gateway, n=20, seed=1, max_tokens=2)) == 20
    assert texts(gateway, n=20, seed=1, max_tokens=2)[19] == texts(gateway, seed=20, max_tokens=2)[0]


def test_a_stream_is_the_same_answer_in_pieces(gateway: GatewayProcess) -> None:
    whole = texts(gateway, n=2, seed=4)
    options = {"stream": True, "stream_options": {"include_usage": True}, "n": 2, "seed": 4, "max_tokens": 12}
    lines = [line.removeprefix("data: ") for line in gateway.chat("Write add.", **options).text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    for index in (0, 1):
        own = [choice for choice in choices if choice["index"] == index]
        assert "".join(choice["delta"]["content"] for choice in own) == whole[index]
        assert own[0]["delta"]["role"] == "assistant"
        assert [choice["finish_reason"] for choice in own][-1] in ("stop", "length")
    assert chunks[-1]["usage"]["completion_tokens"] <= 24


def test_probabilities_and_ids_come_token_by_token(gateway: GatewayProcess) -> None:
    answer = answer_to(gateway, logprobs=True, top_logprobs=2, return_token_ids=True)
    choice = answer["choices"][0]
    entries = choice["logprobs"]["content"]
    assert len(entries) == len(choice["token_ids"]) == answer["usage"]["completion_tokens"]
    assert all(entry["logprob"] <= entry["top_logprobs"][0]["logprob"] <= 0 for entry in entries)


def test_what_it_cannot_do_is_refused_by_name(gateway: GatewayProcess) -> None:
    long, tools = gateway.chat("word " * 5000, max_tokens=100), gateway.chat("hi", tools=[1])
    assert (long.status_code, tools.status_code) == (400, 400)
    assert "context length" in long.json()["error"]["message"]
    assert "'tools'" in tools.json()["error"]["message"]


@pytest.mark.parametrize("stream", [True, False])
def test_it_stops_when_the_client_leaves(gateway: GatewayProcess, stream: bool) -> None:
    engine = engines(gateway)["--model"][1]
    address = urlsplit(gateway.url)
    body = json.dumps(chat_body("hi", stream=stream, n=2, max_tokens=4000, ignore_eos=True))
    with socket.create_connection((address.hostname, address.port)) as client:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: engine.running() == 2, 30)
    wait_until(lambda: engine.running() == 0, 10)


def test_nobody_without_the_key_reaches_the_engines(gateway: GatewayProcess) -> None:
    for option, (_, engine) in engines(gateway).items():
        for path in ("/v1/chat/completions", "/classify", "/abort_request"):
            answer = httpx.post(f"http://127.0.0.1:{engine.port}{path}", json=chat_body("hi"), trust_env=False)
            assert answer.status_code == 401, (option, path)


def test_a_killed_verifier_says_so_and_comes_back_while_the_generator_goes_on(gateway: GatewayProcess) -> None:
    before = score(gateway, "x = 1").json()
    os.kill(engines(gateway)["--verifier"][0], signal.SIGKILL)
    answer = score(gateway, "x = 1")
    assert answer.status_code == 503
    assert "started again" in answer.json()["error"]["message"]
    assert len(texts(gateway, n=2)) == 2
    wait_until(lambda: score(gateway, "x = 1").status_code == 200, START_S)
    assert score(gateway, "x = 1").json() == before


def test_one_process_can_have_both_models(pair: Path, gateway: GatewayProcess, tmp_path: Path) -> None:
    both = serve(tmp_path, "--pair", str(pair), "--together")
    try:
        both.until("ready", START_S)
        (pid,) = {pid for pid, _ in engines(both).values()}
        assert texts(both, seed=5, n=2) == texts(gateway, seed=5, n=2)
        assert score(both, "x = 1").json() == score(gateway, "x = 1").json()
        os.kill(pid, signal.SIGKILL)
        both.until("ready", START_S)
        assert score(both, "x = 1").status_code == 200
    finally:
        both.stop()


def test_a_base_that_is_another_is_refused(pair: Path, tmp_path: Path) -> None:
    from mucode.train import models

    other = tmp_path / "other"
    model: Any = models.load_causal(pair / "base")
    model.lm_head.weight.data.add_(1.0)
    model.save_pretrained(other)
    models.copy_tokenizer(pair / "base", other)
    gateway = serve(tmp_path, "--pair", str(pair), "--base", str(other))
    assert "trained on another model" in gateway.until("failed", START_S)["message"]
    assert gateway.chat("hi").status_code == 503
    gateway.stop()


def test_without_a_python_that_has_torch_it_says_what_to_install(pair: Path, tmp_path: Path) -> None:
    gateway = serve(tmp_path, "--generator", str(pair / "base"), "--engine-python", "/nowhere/python")
    assert "mucode[train]" in gateway.until("failed", START_S)["message"]
    gateway.stop()
