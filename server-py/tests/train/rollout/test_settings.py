"""How many samples an engine computes at a time when nobody says so, and what an engine must be told."""

from typing import Any

import pytest

from mucode.train.reading import SettingError
from mucode.train.rollout.settings import EngineConfig


@pytest.mark.parametrize(
    ("config", "samples"),
    [
        (EngineConfig(device="cpu"), 16),
        (EngineConfig(device="cuda"), 256),
        (EngineConfig(kind="url", url="http://127.0.0.1:9", model="m"), 64),
        (EngineConfig(device="cuda", max_running=7), 7),
    ],
)
def test_it_depends_on_the_device_unless_it_is_set(config: EngineConfig, samples: int) -> None:
    assert config.running == samples


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"set engine\.url"),
        ({"url": "http://host:1/v1"}, r"needs engine\.model: .* \(http://host:1/v1/models\)"),
    ],
)
def test_a_server_is_named_with_its_model(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        EngineConfig(kind="url", **given)
