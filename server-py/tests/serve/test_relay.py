"""Chat requests through the gateway: what the engine gets, what the client gets, and what can go wrong."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.serve.conftest import StartFake
from tests.serve.gateway_process import TOKEN, GatewayProcess, chat_body, engine_events, wait_until


def last_body(gateway: GatewayProcess) -> dict[str, Any]:
    return engine_events(gateway.folder, "chat")[-1]["body"]


def test_fields_pass_through_and_model_and_rid_are_set(gateway: GatewayProcess) -> None:
    fields = {"n": 3, "seed": 7, "logprobs": True, "return_token_ids": True, "max_tokens": 9, "temperature": 0.2}
    answer = gateway.chat("hello", **fields, rid="mine")
    assert [choice["index"] for choice in answer.json()["choices"]] == [0, 1, 2]
    body = last_body(gateway)
    assert fields.items() <= body.items()
    assert body["model"] == "fake-model"
    assert body["rid"] != "mine"
    gateway.chat("hello")
    assert last_body(gateway)["rid"] != body["rid"]


def test_a_stream_arrives_as_the_engine_sent_it(gateway: GatewayProcess) -> None:
    answer = gateway.chat("hello", n=2, stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"] == "text/event-stream"
    lines = [line for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 1]
    assert last_body(gateway)["stream_options"] == {"include_usage": True}


def test_a_huge_stream_passes_whole(gateway: GatewayProcess) -> None:
    answer = gateway.chat("be huge", stream=True)
    assert answer.text.count("data: ") == 257
    assert "error" not in answer.text
    assert len(answer.content) > 16 * 1024 * 1024


def test_an_engine_that_ignores_n_is_passed_on_as_it_is(gateway: GatewayProcess) -> None:
    assert len(gateway.chat("single", n=4).json()["choices"]) == 1


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"max_tokens": 512}, "512"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 10**9}, "512"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"n": 0}, "'n'"),
        ({"n": 129}, "'n'"),
        ({"n": True}, "'n'"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
    ],
)
def test_a_bad_field_is_refused_with_its_name(gateway: GatewayProcess, fields: dict[str, Any], part: str) -> None:
    answer = gateway.request("POST", "/v1/chat/completions", json=chat_body("hello") | fields)
    assert answer.status_code == 400
    assert part in answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 100_000])
def test_what_is_not_a_json_object_is_refused(gateway: GatewayProcess, content: bytes) -> None:
    answer = gateway.request("POST", "/v1/chat/completions", content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_body_over_the_limit_is_refused(gateway: GatewayProcess) -> None:
    assert gateway.chat("x" * 1024 * 1024).status_code == 413
    assert gateway.chat("x" * 1000 * 1000).status_code == 200


def test_without_max_tokens_the_answer_is_bounded(gateway: GatewayProcess) -> None:
    gateway.chat("hello")
    assert last_body(gateway)["max_tokens"] == 256


def test_an_error_of_the_engine_keeps_its_status_and_message(gateway: GatewayProcess) -> None:
    for stream in (False, True):
        answer = gateway.chat("give an error", stream=stream)
        assert (answer.status_code, answer.json()["error"]["type"]) == (500, "engine")
        assert "out of memory" in answer.json()["error"]["message"]


def test_an_engine_with_a_full_queue_says_when_to_come_again(gateway: GatewayProcess) -> None:
    answer = gateway.chat("be busy")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert "the queue is full" in answer.json()["error"]["message"]


def test_a_refused_key_of_the_engine_is_not_the_clients_fault(gateway: GatewayProcess) -> None:
    assert gateway.chat("unauthorized").status_code == 502


def test_there_is_no_verifier(gateway: GatewayProcess) -> None:
    answer = gateway.request("POST", "/v1/scores", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "no_verifier")
    assert gateway.request("GET", "/v1/state").json()["verifier"] is None


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_aborts_its_request_in_the_engine(gateway: GatewayProcess, stream: bool) -> None:
    waiting, aborts = len(engine_events(gateway.folder, "waiting")), len(engine_events(gateway.folder, "abort"))
    address = urlsplit(gateway.url)
    body = json.dumps(chat_body("be slow", stream=stream))
    with socket.create_connection((address.hostname, address.port)) as client:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: len(engine_events(gateway.folder, "waiting")) > waiting)
    rid = last_body(gateway)["rid"]
    wait_until(lambda: len(engine_events(gateway.folder, "abort")) > aborts)
    assert engine_events(gateway.folder, "abort")[-1]["rid"] == rid
    wait_until(lambda: len(engine_events(gateway.folder, "released")) > waiting)
    assert engine_events(gateway.folder, "released")[-1]["by_abort"] is True


def test_a_finished_request_is_not_aborted(gateway: GatewayProcess) -> None:
    for stream in (True, False):
        gateway.chat("hello", stream=stream)
        rid = last_body(gateway)["rid"]
        assert gateway.request("GET", "/v1/state").status_code == 200
        assert rid not in [event["rid"] for event in engine_events(gateway.folder, "abort")]


def test_an_engine_that_dies_in_the_middle_ends_the_stream_with_an_error_and_comes_back(start_fake: StartFake) -> None:
    gateway = start_fake()
    gateway.until("ready")
    lines = [line for line in gateway.chat("die", stream=True).text.split("\n\n") if line]
    assert "half" in lines[0]
    last = json.loads(lines[-1].removeprefix("data: "))
    assert last["error"]["type"] == "engine"
    assert "exit status 3" in gateway.until("starting")["message"]
    gateway.until("ready")
    assert gateway.chat("hello").status_code == 200


def test_an_engine_that_dies_before_its_plain_answer_is_a_bad_gateway(start_fake: StartFake) -> None:
    gateway = start_fake()
    gateway.until("ready")
    answer = gateway.chat("die")
    assert (answer.status_code, answer.json()["error"]["type"]) == (502, "engine")


def test_the_log_is_bounded_and_hides_the_key(gateway: GatewayProcess) -> None:
    gateway.chat("talk")
    wait_until(lambda: "key •••" in gateway.request("GET", "/v1/state").json()["log"])
    state = gateway.request("GET", "/v1/state").json()
    assert len(state["log"]) <= 80
    text = (gateway.folder / "engine.log").read_text(encoding="utf-8")
    assert "api_key=•••" in text
    assert max(map(len, text.splitlines())) <= 2001


def test_the_health_route_needs_nothing(gateway: GatewayProcess) -> None:
    assert httpx.get(gateway.url + "/healthz", trust_env=False).json()["state"] == "ready"
