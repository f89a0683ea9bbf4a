"""What several GPUs are started with is what accelerate understands."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from mucode.train import executor
from mucode.train.stage import STAGES


def test_stages_with_gradients_start_once_per_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    command = list(executor._launcher(STAGES["generator"]))
    assert command[2:4] == ["accelerate.commands.launch", "--config_file"]
    assert command[5:] == ["--num_processes", "4", "-m"]
    assert len(executor._launcher(STAGES["rollout"])) == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert len(executor._launcher(STAGES["generator"])) == 2


@pytest.mark.train
def test_accelerate_reads_the_configuration_file() -> None:
    settings: Any = importlib.import_module("accelerate.commands.config.config_args")
    launch: Any = importlib.import_module("accelerate.commands.launch")

    path = Path(executor.__file__).with_name("fsdp2.yaml")
    config = settings.load_config_from_file(str(path))
    assert config.distributed_type == "FSDP"
    assert config.fsdp_config["fsdp_version"] == 2
    parsed = launch.launch_command_parser().parse_args(
        ["--config_file", str(path), "--num_processes", "4", "-m", "mucode", "stage", "order.json"]
    )
    assert (parsed.module, parsed.training_script, parsed.training_script_args) == (
        True,
        "mucode",
        ["stage", "order.json"],
    )
    assert set(config.fsdp_config) <= set(dir(parsed))
