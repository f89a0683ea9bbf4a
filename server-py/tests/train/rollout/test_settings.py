"""How many samples an engine computes at a time when nobody says so."""

import pytest

from mucode.train.rollout.settings import EngineConfig


@pytest.mark.parametrize(
    ("config", "samples"),
    [
        (EngineConfig(device="cpu"), 16),
        (EngineConfig(device="cuda"), 256),
        (EngineConfig(kind="url"), 64),
        (EngineConfig(device="cuda", max_running=7), 7),
    ],
)
def test_it_depends_on_the_device_unless_it_is_set(config: EngineConfig, samples: int) -> None:
    assert config.running == samples
