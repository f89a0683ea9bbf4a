"""A job from its start to its end, as a client of a real gateway sees it; the training is fake."""

import os
import signal
from pathlib import Path

import pytest

from tests.serve.gateway_process import TOKEN, GatewayProcess, is_running, wait_until
from tests.serve.jobs.conftest import StartGateway, create, job_of, started, until_state

TOY = {"preset": "toy"}
ONE = {"preset": "toy", "overrides": {"iterations": 1}}


def test_a_job_is_a_run_of_the_store_and_says_how_it_ends(start: StartGateway, tmp_path: Path) -> None:
    gateway = start()
    made = create(gateway, ONE)
    assert made["new"]
    job = until_state(gateway, made["id"], "done")
    folder = tmp_path / "store" / "runs" / made["id"]
    assert (job["pair"], job["best"], job["attempt"]) == (str(folder / "pair"), 1, 1)
    assert job["seq"] == len((folder / "events.jsonl").read_text().splitlines())
    assert "iterations = 1\n" in job["settings"]
    assert job["metrics"] == {"solved": 1.0}
    (stage,) = job["stages"]
    shown = {name: stage[name] for name in ("stage", "iter", "state", "done", "total", "seconds")}
    assert shown == {"stage": "rollout", "iter": 1, "state": "done", "done": 2, "total": 3, "seconds": 8.25}
    assert [one["id"] for one in gateway.request("GET", "/v1/jobs").json()["jobs"]] == [made["id"]]


def test_the_same_request_again_is_the_same_job(start: StartGateway, tmp_path: Path) -> None:
    gateway = start(FAKE_TRAIN="waits")
    first = create(gateway, TOY, "key-1")
    for key in ("key-1", None):
        again = create(gateway, TOY, key)
        assert (again["id"], again["created"], again["new"]) == (first["id"], first["created"], False)
    refused = gateway.request("POST", "/v1/jobs", json=ONE, headers={"Idempotency-Key": "key-1"})
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "idempotency_key")
    (tmp_path / "go").touch()
    until_state(gateway, first["id"], "done")
    again = create(gateway, TOY, "key-1")
    assert (again["new"], again["state"]) == (False, "done")
    assert [name for name, _ in started(tmp_path) if name != "child"] == [first["id"]]


def test_a_job_outlives_its_gateway_and_the_next_one_shows_it(start: StartGateway, tmp_path: Path) -> None:
    first = start(FAKE_TRAIN="waits")
    made = create(first, TOY)
    until_state(first, made["id"], "running")
    inherited = Path(f"/proc/{started(tmp_path)[0][1]}/environ").read_bytes()
    assert (b"FAKE_TRAIN" in inherited, TOKEN.encode() in inherited) == (True, False)
    first.process.kill()
    first.finish()
    second = start(FAKE_TRAIN="waits")
    assert job_of(second, made["id"])["state"] == "running"
    assert not create(second, TOY)["new"]
    (tmp_path / "go").touch()
    until_state(second, made["id"], "done")


def test_a_later_job_waits_for_its_turn_also_over_a_restart(start: StartGateway, tmp_path: Path) -> None:
    first = start(FAKE_TRAIN="waits")
    ids = [create(first, {"preset": "toy", "overrides": {"seed": seed}})["id"] for seed in (3, 1, 2)]
    until_state(first, ids[0], "running")
    assert [job_of(first, id_)["state"] for id_ in ids[1:]] == ["queued", "queued"]
    first.stop()
    second = start()
    (tmp_path / "go").touch()
    until_state(second, ids[2], "done")
    assert [name for name, _ in started(tmp_path) if name != "child"] == ids
    newest = [job["id"] for job in second.request("GET", "/v1/jobs").json()["jobs"]]
    assert newest == list(reversed(ids))


def test_to_stop_ends_the_whole_group_and_to_resume_goes_on(start: StartGateway, tmp_path: Path) -> None:
    gateway = start(FAKE_TRAIN="waits")
    made = create(gateway, TOY)
    wait_until(lambda: len(started(tmp_path)) == 2)
    assert gateway.request("POST", f"/v1/jobs/{made['id']}/stop").status_code == 202
    stopped = until_state(gateway, made["id"], "stopped")
    assert stopped["stages"][0]["state"] == "stopped"
    wait_until(lambda: not any(is_running(pid) for _, pid in started(tmp_path)))
    assert gateway.request("POST", f"/v1/jobs/{made['id']}/stop").json()["state"] == "stopped"
    assert gateway.request("POST", f"/v1/jobs/{made['id']}/resume").status_code == 202
    job = until_state(gateway, made["id"], "running")
    assert (job["attempt"], job["seq"] > stopped["seq"]) == (2, True)
    (tmp_path / "go").touch()
    until_state(gateway, made["id"], "done")
    refused = gateway.request("POST", f"/v1/jobs/{made['id']}/resume")
    assert (refused.status_code, "is done" in refused.text) == (409, True)


def test_a_job_that_is_stopped_before_it_has_begun_is_stopped(start: StartGateway, tmp_path: Path) -> None:
    gateway = start(FAKE_TRAIN="waits")
    made = create(gateway, TOY)
    gateway.request("POST", f"/v1/jobs/{made['id']}/stop")
    until_state(gateway, made["id"], "stopped")
    wait_until(lambda: not any(is_running(pid) for _, pid in started(tmp_path)))


def test_a_store_that_cannot_be_written_is_said_to_be(start: StartGateway, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    gateway = start("--store", str(tmp_path / "file"))
    answer = gateway.request("POST", "/v1/jobs", json=TOY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "store")
    assert "--store" in answer.json()["error"]["message"]
    assert gateway.request("GET", "/v1/jobs").json() == {"jobs": []}


def test_a_queued_job_that_is_stopped_never_begins(start: StartGateway, tmp_path: Path) -> None:
    gateway = start(FAKE_TRAIN="waits")
    first, second = create(gateway, TOY)["id"], create(gateway, ONE)["id"]
    assert gateway.request("POST", f"/v1/jobs/{second}/stop").json()["state"] == "stopped"
    (tmp_path / "go").touch()
    until_state(gateway, first, "done")
    third = create(gateway, {"preset": "toy", "overrides": {"seed": 9}})["id"]
    until_state(gateway, third, "done")
    assert second not in [name for name, _ in started(tmp_path)]


@pytest.mark.parametrize(
    ("how", "message"), [("dies", "there is no room on the moon"), ("fails", "the cause, and the next step")]
)
def test_a_job_that_fails_says_why(start: StartGateway, how: str, message: str) -> None:
    gateway = start(FAKE_TRAIN=how)
    job = until_state(gateway, create(gateway)["id"], "failed")
    assert message in job["message"]


def test_a_job_whose_process_is_gone_was_killed(start: StartGateway, tmp_path: Path) -> None:
    gateway = start(FAKE_TRAIN="waits")
    made = create(gateway)
    until_state(gateway, made["id"], "running")
    os.killpg(started(tmp_path)[0][1], signal.SIGKILL)
    job = until_state(gateway, made["id"], "killed")
    assert "resumed" in job["message"]


def test_what_the_job_prints_can_be_read(start: StartGateway) -> None:
    gateway = start(FAKE_TRAIN="dies")
    made = create(gateway)
    until_state(gateway, made["id"], "failed")
    lines = gateway.request("GET", f"/v1/jobs/{made['id']}/logs?tail=1").json()["lines"]
    assert lines == ["mucode train: there is no room on the moon"]


def test_there_is_nothing_of_a_job_that_is_unknown(start: StartGateway) -> None:
    gateway = start()
    for path in ("no-such-job", "..", "%2e%2e", "..%2f..", "."):
        answer = gateway.request("GET", f"/v1/jobs/{path}/logs")
        assert answer.status_code == 404, path


def test_without_a_python_for_training_a_job_is_refused(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, "--jobs-only", MUCODE_TRAIN_PYTHON=str(tmp_path / "absent"))
    try:
        gateway.until("ready")
        answer = gateway.request("POST", "/v1/jobs", json=TOY)
        assert (answer.status_code, "MUCODE_TRAIN_PYTHON" in answer.text) == (501, True)
        assert gateway.request("GET", "/v1/jobs").json() == {"jobs": []}
        assert gateway.request("GET", "/v1/state").json()["model"] is None
    finally:
        gateway.stop()
