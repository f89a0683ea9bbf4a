"""The training loop on a tiny model: what it computes, and that a killed training goes on to the same bytes."""

from pathlib import Path
from typing import Any

import pytest

from mucode.train import models
from mucode.train.generator.settings import GeneratorConfig
from mucode.train.stage import StageSpec

from . import tiny

torch = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = pytest.mark.train


def run(spec: StageSpec) -> list[tuple[str, Any]]:
    from mucode.train.generator import stage

    events: list[tuple[str, Any]] = []
    stage.run(spec, tiny.heard(events))
    return events


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "measured.json"}


def test_the_stage_writes_a_model_folder(tmp_path: Path, base: Path) -> None:
    events = run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), epochs=2, batch=2, lr=1e-3))
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made >= {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "report.json"}
    assert [data["value"] for type_, data in events if type_ == "metric" and data["name"] == "loss"]
    assert models.load_causal(tmp_path / "out").dtype == torch.float32
