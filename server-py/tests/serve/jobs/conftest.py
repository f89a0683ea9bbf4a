"""Gateways that have jobs only, whose training is fake, and none of whose processes are left."""

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve.gateway_process import GatewayProcess, wait_until

FAKE = Path(__file__).with_name("fake_train.py")
StartGateway = Callable[..., GatewayProcess]


@pytest.fixture
def training(tmp_path: Path) -> str:
    """A Python for training that runs the fake."""
    python = tmp_path / "training-python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(FAKE))} "$@"\n')
    python.chmod(0o755)
    return str(python)


@pytest.fixture
def start(tmp_path: Path, training: str) -> Iterator[StartGateway]:
    """Starts gateways that share one store; FAKE_TRAIN and the like go by name."""
    gateways: list[GatewayProcess] = []

    def begin(*options: str, **environment: str) -> GatewayProcess:
        seen = {"FAKE_FOLDER": str(tmp_path), "MUCODE_TRAIN_PYTHON": training}
        gateway = GatewayProcess(tmp_path, "--jobs-only", *options, **seen, **environment)
        gateways.append(gateway)
        gateway.until("ready")
        return gateway

    yield begin
    for gateway in gateways:
        if gateway.process.poll() is None:
            gateway.stop()
    for name, pid in started(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            (os.kill if name == "child" else os.killpg)(pid, signal.SIGKILL)


def started(folder: Path) -> list[tuple[str, int]]:
    """(run, or `child`; process id) of all that the fake started, in order."""
    path = folder / "started"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(name, int(pid)) for name, pid in map(str.split, lines)]


def job_of(gateway: GatewayProcess, id_: str) -> dict[str, Any]:
    answer = gateway.request("GET", f"/v1/jobs/{id_}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def until_state(gateway: GatewayProcess, id_: str, *states: str) -> dict[str, Any]:
    """The job, as soon as it is in one of these states."""
    found: list[dict[str, Any]] = []

    def reached() -> bool:
        found.append(job_of(gateway, id_))
        return found[-1]["state"] in states

    wait_until(reached, 20)
    return found[-1]


def create(gateway: GatewayProcess, body: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
    """The job of a request that is expected to make or find one."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = gateway.request("POST", "/v1/jobs", json=body or {"preset": "toy"}, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return answer.json() | {"new": answer.status_code == 201}
