"""Starting, failing, restarting and ending: the states that are announced, and that no process is left."""

import signal
import time

import httpx
import pytest

from tests.serve.conftest import StartFake
from tests.serve.gateway_process import TOKEN, GatewayProcess, chat_body, engine_events, is_running, wait_until


def engine_pids(gateway: GatewayProcess) -> list[int]:
    return [pid for start in engine_events(gateway.folder, "start") for pid in start["pids"]]


def assert_nothing_left(gateway: GatewayProcess) -> None:
    pids = engine_pids(gateway)
    assert len(pids) >= 3, "the engine had not even begun"
    wait_until(lambda: not any(is_running(pid) for pid in pids))


def test_it_says_where_it_listens_and_then_how_the_engine_does(start_fake: StartFake) -> None:
    gateway = start_fake()
    listening = gateway.next_event()
    assert listening["event"] == "listening"
    assert listening["pid"] == gateway.process.pid
    assert listening["url"].startswith("http://127.0.0.1:")
    assert listening["token_file"] == str(gateway.folder / "token")
    assert gateway.next_event()["state"] == "starting"
    assert gateway.next_event()["state"] == "ready"
    models = gateway.request("GET", "/v1/models").json()["data"]
    assert [(model["id"], model["max_model_len"]) for model in models] == [("fake-model", 512)]


def test_while_the_engine_starts_requests_are_told_to_come_back(start_fake: StartFake) -> None:
    gateway = start_fake(FAKE_LOADING_S="30")
    gateway.until("starting")
    for answer in (gateway.chat("hello"), gateway.request("GET", "/v1/models")):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "starting" in answer.json()["error"]["message"]
    assert gateway.request("GET", "/healthz").json() == {"status": "ok", "state": "starting"}
    wait_until(lambda: len(engine_pids(gateway)) == 3)
    gateway.stop()
    assert_nothing_left(gateway)


def test_an_engine_that_cannot_start_has_failed_and_says_why(start_fake: StartFake) -> None:
    gateway = start_fake(FAKE_ENGINE="dies")
    event = gateway.until("failed")
    assert event["log"][-1] == "no such model"
    answer = gateway.chat("hello")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
    assert "exit status 1" in answer.json()["error"]["message"]
    assert gateway.request("GET", "/v1/state").json()["log"][-1] == "no such model"
    assert_nothing_left(gateway)


def test_an_engine_that_never_gets_ready_has_failed_after_the_time_limit(start_fake: StartFake) -> None:
    gateway = start_fake("--start-timeout-s", "1", FAKE_ENGINE="never-ready")
    assert "not ready after 1 s" in gateway.until("failed")["message"]
    assert_nothing_left(gateway)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_in_an_orderly_way(start_fake: StartFake, number: signal.Signals) -> None:
    gateway = start_fake()
    gateway.until("ready")
    gateway.process.send_signal(number)
    assert gateway.until("stopped")
    assert gateway.finish() == 0
    assert_nothing_left(gateway)


def test_a_killed_gateway_takes_its_engine_along(start_fake: StartFake) -> None:
    gateway = start_fake()
    gateway.until("ready")
    gateway.process.kill()
    gateway.finish()
    assert_nothing_left(gateway)


def test_closing_standard_input_ends_an_owned_gateway(start_fake: StartFake) -> None:
    gateway = start_fake("--stdin-owner")
    gateway.until("ready")
    assert gateway.process.stdin
    gateway.process.stdin.close()
    assert gateway.finish() == 0
    assert_nothing_left(gateway)


def test_without_an_owner_closing_standard_input_changes_nothing(start_fake: StartFake) -> None:
    gateway = start_fake()
    assert gateway.process.stdin
    gateway.process.stdin.close()
    gateway.until("ready")
    assert gateway.chat("hello").status_code == 200


def test_an_answer_that_is_on_its_way_is_given_time_but_not_for_ever(start_fake: StartFake) -> None:
    gateway = start_fake("--drain-s", "1")
    gateway.until("ready")
    url, body = gateway.url + "/v1/chat/completions", chat_body("be slow", stream=True)
    with httpx.stream("POST", url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as answer:
        gateway.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        with pytest.raises(httpx.HTTPError):
            answer.read()
    assert time.monotonic() - began > 0.5
    assert time.monotonic() - began < 10
    assert gateway.finish() == 0
    assert_nothing_left(gateway)


def test_two_gateways_on_one_port_the_second_says_so(start_fake: StartFake) -> None:
    gateway = start_fake()
    gateway.next_event()
    port = gateway.url.rpartition(":")[2]
    second = GatewayProcess(gateway.folder, "--port", port, "--engine", "url", "--engine-url", "http://127.0.0.1:9")
    assert second.process.wait(20) == 1
    assert "--port" in second.error_output()
    second.finish()
