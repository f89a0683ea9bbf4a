"""A real training of the toy models as a job: stopped in the middle, gone on with under another gateway, watched to its
end."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serve.gateway_process import GatewayProcess, wait_until
from tests.serve.jobs.conftest import create, until_state
from tests.serve.jobs.test_events import listening

pytestmark = pytest.mark.train
BODY = {"preset": "toy", "overrides": {"iterations": 1}}


def gateway_in(folder: Path) -> GatewayProcess:
    gateway = GatewayProcess(folder, "--jobs-only", MUCODE_TRAIN_PYTHON=sys.executable)
    gateway.until("ready")
    return gateway


def test_a_training_run_is_stopped_gone_on_with_and_watched_to_its_pair(tmp_path: Path) -> None:
    first = gateway_in(tmp_path)
    assert first.request("POST", "/v1/jobs/check", json=BODY).json()["estimate"]["seconds"] is None
    id_ = create(first, BODY)["id"]
    events: list[dict[str, Any]] = []
    with listening(first, id_) as connection:
        while not (events and events[-1]["type"] == "stage.end" and events[-1]["stage"] == "rollout"):
            events += [event for event in [json.loads(connection.recv(120))] if "v" in event]
    first.request("POST", f"/v1/jobs/{id_}/stop")
    assert until_state(first, id_, "stopped", "done")["state"] == "stopped"
    first.stop()

    second = gateway_in(tmp_path)
    try:
        assert second.request("POST", f"/v1/jobs/{id_}/resume").status_code == 202
        with listening(second, id_, after=events[-1]["seq"]) as connection:
            while events[-1]["data"].get("state") != "done":
                events += [event for event in [json.loads(connection.recv(120))] if "v" in event]
                assert events[-1]["data"].get("state") != "failed", events[-1]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        job = second.request("GET", f"/v1/jobs/{id_}").json()
        assert (job["state"], job["attempt"], job["seq"]) == ("done", 2, len(events))
        assert (Path(job["pair"]) / "pair.json").is_file()
        assert {stage["state"] for stage in job["stages"]} <= {"done", "reused"}
        wait_until(lambda: second.request("GET", f"/v1/jobs/{id_}/logs").json()["lines"][-1].startswith("pair folder"))
        estimate = second.request("POST", "/v1/jobs/check", json={"preset": "toy"}).json()["estimate"]
        assert estimate["like"] == id_
        assert estimate["seconds"] > 0
    finally:
        second.stop()
