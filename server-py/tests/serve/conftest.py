"""The gateway with the fake engine: one shared by tests that leave it as it was, fresh ones for the others."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.serve.gateway_process import GatewayProcess, with_fake

StartFake = Callable[..., GatewayProcess]


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    process = with_fake(tmp_path_factory.mktemp("gateway"))
    try:
        process.until("ready")
        yield process
    finally:
        process.stop()


@pytest.fixture
def start_fake(tmp_path: Path) -> Iterator[StartFake]:
    started: list[GatewayProcess] = []

    def start(*options: str, **environment: str) -> GatewayProcess:
        started.append(with_fake(tmp_path, *options, **environment))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            process.stop()
        else:
            process.finish()
