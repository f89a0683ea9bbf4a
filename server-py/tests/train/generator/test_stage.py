"""The generator stage from table to model folder: it learns to write and to stop, and may be killed."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train import models
from mucode.train.reading import SettingError
from mucode.train.stage import StageSpec

from . import tiny

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = pytest.mark.train

QUICK = {"epochs": 2, "batch": 2, "lr": 1e-3}


class Killed(BaseException):
    """Stands for the signal."""


def run(spec: StageSpec, *, until: int | None = None) -> list[tuple[str, Any]]:
    """The events of the stage; it is broken off after the step `until`."""
    from mucode.train.generator import stage

    events: list[tuple[str, Any]] = []

    def tell(type_: str, data: Mapping[str, Any]) -> None:
        events.append((type_, data))
        if type_ == "progress" and data["done"] == until:
            raise Killed

    stage.run(spec, tell)
    return events


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "measured.json"}


def answer(folder: Path, number: int) -> str:
    """What the model says to an example's question, special tokens and all, within 60 tokens."""
    tokenizer: Any = models.tokenizer_of(folder)
    model: Any = models.load_causal(folder)
    ids = tokenizer.apply_chat_template(
        tiny.rows(4)[number].messages, add_generation_prompt=True, return_tensors="pt", return_dict=False
    )
    with torch.no_grad():
        made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=60)
    return tokenizer.decode(made[0, ids.shape[1] :])


def test_the_model_learns_four_programs_and_to_stop_behind_them(tmp_path: Path, base: Path) -> None:
    run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), epochs=150, batch=4, lr=5e-3, schedule="cosine"))
    for number, row in enumerate(tiny.rows()):
        assert answer(tmp_path / "out", number) == row.completion + "<|im_end|>"


def test_the_outcome_is_a_model_folder_in_the_bases_type(tmp_path: Path) -> None:
    base = tiny.make_model(tmp_path / "base", "bfloat16")
    run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), **QUICK))
    out = tmp_path / "out"
    made = {path.name for path in out.iterdir()}
    own = {"report.json", "measured.json"}
    weights = {"config.json", "generation_config.json", "model.safetensors"}
    assert made == own | weights | {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"}
    assert json.loads((out / "config.json").read_text())["dtype"] == "bfloat16"
    assert models.load_causal(out).dtype == torch.bfloat16
    assert json.loads((out / "measured.json").read_text())["peak_rss_bytes"] > 1e7


def test_the_report_says_what_was_learned_and_what_was_not(tmp_path: Path, base: Path) -> None:
    rows = [*tiny.rows(3), tiny.row_of(9, "def long(a): ...", "x = 1\n" * 100)]
    events = run(tiny.spec_of(tmp_path / "out", base, rows, **QUICK, max_tokens=400))
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["examples"], report["dropped"], report["steps"]) == (3, {"empty": 0, "too_long": 1}, 4)
    told = [data["value"] for type_, data in events if type_ == "metric" and data["name"] == "loss"]
    assert told == report["losses"]
    assert ("warning", {"message": "1 of 4 examples left out: too long."}) in events


@pytest.mark.parametrize(
    ("dtype", "lr", "least", "most"),
    [("bfloat16", 5e-7, 0.0, 0.3), ("bfloat16", 1e-2, 0.9, 1.0), ("float32", 5e-7, 1, 1)],
)
def test_how_much_of_the_update_survives_being_stored_is_told(
    tmp_path: Path, dtype: str, lr: float, least: float, most: float
) -> None:
    base = tiny.make_model(tmp_path / "base", dtype)
    events = run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), **{**QUICK, "lr": lr}))
    kept = json.loads((tmp_path / "out" / "report.json").read_text())["update_kept"]
    assert least <= kept <= most
    assert ("metric", {"name": "update_kept", "value": kept}) in events
    warnings = [data["message"] for type_, data in events if type_ == "warning"]
    assert [f"Only {kept:.0%} of the weights" in one for one in warnings] == ([True] if kept < 0.5 else [])
    before, after = (models.load_causal(folder).state_dict() for folder in (base, tmp_path / "out"))
    still = sum(int((after[name] != before[name]).sum()) for name in before) / sum(map(torch.numel, before.values()))
    assert still == pytest.approx(kept, abs=0.2), "nearly every weight is moved, so the shares are nearly the same"


def test_nothing_to_learn_from_is_an_error(tmp_path: Path, base: Path) -> None:
    with pytest.raises(MucodeError, match="None of 4 examples is left"):
        run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), max_tokens=10))


@pytest.mark.parametrize("form", ["full", "lora"])
def test_a_killed_training_goes_on_to_the_same_bytes(tmp_path: Path, base: Path, form: str) -> None:
    config = {**QUICK, "form": form, "checkpoint_s": 0.0}
    run(tiny.spec_of(tmp_path / "whole", base, tiny.rows(), **config))
    spec = tiny.spec_of(tmp_path / "torn", base, tiny.rows(), **config)
    with pytest.raises(Killed):
        run(spec, until=2)
    with pytest.raises(Killed):
        run(spec, until=3)
    # A state that was being written, and a result that was being moved in.
    (spec.out / "state-000003.partial").mkdir()
    (spec.out / "made.partial").mkdir()
    events = run(spec)
    assert [data["step"] for type_, data in events if type_ == "metric" and data["name"] == "loss"] == [3, 4]
    assert files(spec.out) == files(tmp_path / "whole")


def test_a_result_that_is_whole_is_not_made_again(tmp_path: Path, base: Path) -> None:
    spec = tiny.spec_of(tmp_path / "out", base, tiny.rows(), **QUICK)
    run(spec)
    made = files(spec.out)
    (spec.out / "state-000003").mkdir()
    assert run(spec) == []
    assert files(spec.out) == made


def test_an_adapter_computes_the_same_alone_and_merged(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    run(tiny.spec_of(out, base, tiny.rows(), **QUICK, form="lora", lora={"rank": 4, "alpha": 64}))
    assert models.is_adapter(out)
    assert models.base_of(out) == base
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        alone, whole, before = (
            models.load_causal(folder)(input_ids=ids).logits for folder in (out, models.merged(out), base)
        )
    torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)
    assert (before - alone).abs().max() > 1e-2
    assert models.merged(out) == models.merged(out)
    assert models.tokenizer_of(models.merged(out)).eos_token == "<|im_end|>"


@pytest.mark.parametrize("form", ["full", "lora"])
def test_to_continue_starts_from_the_earlier_generator(
    tmp_path: Path, base: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    config = {**QUICK, "form": form, "lr": 1e-2}
    first = tiny.spec_of(tmp_path / "first", base, tiny.rows(), **config)
    run(first)
    losses: dict[str, float] = {}
    for start in ("base", "continue"):
        spec = tiny.spec_of(tmp_path / start, base, tiny.rows(), **config, start=start)
        run(replace(spec, inputs={**spec.inputs, "generator": (first.out,)}))
        losses[start] = json.loads((spec.out / "report.json").read_text())["losses"][0]
    assert losses["base"] == json.loads((first.out / "report.json").read_text())["losses"][0]
    assert losses["continue"] < losses["base"] - 0.1


def test_an_adapter_whose_base_is_gone_says_so(tmp_path: Path, base: Path) -> None:
    moved = tmp_path / "base"
    shutil.copytree(base, moved)
    run(tiny.spec_of(tmp_path / "out", moved, tiny.rows(), **QUICK, form="lora"))
    shutil.rmtree(moved)
    with pytest.raises(MucodeError, match="belongs to the model in"):
        models.load_causal(tmp_path / "out")


@pytest.mark.parametrize(
    "config", [{"lora": {"rank": 4}}, {"epochs": 0}, {"lr": -1.0}, {"warmup": 1.0}, {"schedule": "sine"}], ids=str
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, base: Path, config: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        run(tiny.spec_of(tmp_path / "out", base, tiny.rows(), **config))
