"""The gateway with real SGLang and the real model: one start for all tests, which the last test kills."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.real.real_engine import descendants, inside, real_paths
from tests.serve.gateway_process import TOKEN, GatewayProcess, chat_body, is_running, wait_until

pytestmark = pytest.mark.real
ASK = "Write a Python function that adds two numbers."


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    paths = real_paths()
    if not paths:
        pytest.skip("NOT TESTED: no real engine: set MUCODE_SGLANG_PYTHON and MUCODE_MODEL, or run the set-up")
    options = ("--engine-python", paths[0], "--model", paths[1], "--device", "cpu")
    process = GatewayProcess(tmp_path_factory.mktemp("real"), *options)
    process.until("ready", 300)
    yield process
    if process.process.poll() is None:
        process.stop()
    else:
        process.finish()


def chunks_of(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def texts(gateway: GatewayProcess, **fields: object) -> list[str]:
    answer = gateway.chat(ASK, max_tokens=12, temperature=1.0, **fields)
    assert answer.status_code == 200, answer.text
    return [choice["message"]["content"] for choice in answer.json()["choices"]]


def test_four_samples_stream_with_usage(gateway: GatewayProcess) -> None:
    options = {"n": 4, "stream": True, "stream_options": {"include_usage": True}, "max_tokens": 16}
    chunks = chunks_of(gateway.chat(ASK, **options).text)
    indexes = {choice["index"] for chunk in chunks for choice in chunk["choices"]}
    assert indexes == {0, 1, 2, 3}
    ends = [choice for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]
    assert len(ends) == 4
    usage = chunks[-1]["usage"]
    assert 4 <= usage["completion_tokens"] <= 64
    assert {chunk["model"] for chunk in chunks} == {"mucode-generator"}


def test_a_seed_repeats_the_samples_and_they_differ_among_each_other(gateway: GatewayProcess) -> None:
    first = texts(gateway, seed=11, n=3)
    assert texts(gateway, seed=11, n=3) == first
    assert len(set(first)) == 3
    assert texts(gateway, seed=12, n=3) != first
    assert texts(gateway, n=3) != texts(gateway, n=3)


def test_filters_work_together_with_a_seed(gateway: GatewayProcess) -> None:
    fields = {"seed": 5, "top_p": 0.9, "top_k": 20, "min_p": 0.05}
    assert texts(gateway, **fields) == texts(gateway, **fields)
    greedy = [texts(gateway, seed=seed, top_k=1) for seed in (1, 2)]
    assert greedy[0] == greedy[1]


def test_logprobs_and_token_ids_come_with_the_answer(gateway: GatewayProcess) -> None:
    answer = gateway.chat(ASK, max_tokens=5, logprobs=True, top_logprobs=2, return_token_ids=True).json()
    choice = answer["choices"][0]
    assert len(choice["token_ids"]) == len(choice["logprobs"]["content"]) == answer["usage"]["completion_tokens"]
    assert all(entry["logprob"] <= 0 for entry in choice["logprobs"]["content"])
    assert len(choice["prompt_token_ids"]) == answer["usage"]["prompt_tokens"]


def test_a_prompt_that_leaves_no_room_is_refused_by_name(gateway: GatewayProcess) -> None:
    answer = gateway.chat("word " * 5000, max_tokens=100)
    assert answer.status_code == 400
    assert "context length" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("stream", "samples"), [(True, 1), (True, 4), (False, 1), (False, 4)])
def test_the_engine_stops_when_the_client_leaves(gateway: GatewayProcess, stream: bool, samples: int) -> None:
    engine = inside(gateway.process.pid)
    wait_until(lambda: engine.running() == 0)
    address = urlsplit(gateway.url)
    body = json.dumps(chat_body("Count to a million.", stream=stream, n=samples, max_tokens=3000, ignore_eos=True))
    with socket.create_connection((address.hostname, address.port)) as client:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: engine.running() == samples, 30)
    # 3,000 tokens take a minute and more, so only the abort can bring this about in time.
    wait_until(lambda: engine.running() == 0, 15)


def test_no_key_is_in_the_log_or_on_a_command_line(gateway: GatewayProcess) -> None:
    key = inside(gateway.process.pid).key
    assert key not in (gateway.folder / "engine.log").read_text(encoding="utf-8")
    for pid in descendants(gateway.process.pid):
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123 — not a file of ours
            assert key not in file.read()


def test_a_killed_gateway_leaves_no_process_of_the_engine(gateway: GatewayProcess) -> None:
    pids = descendants(gateway.process.pid)
    assert len(pids) >= 4
    gateway.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in pids), 15)
