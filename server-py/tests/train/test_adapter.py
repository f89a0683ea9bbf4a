"""Adapters in a pair folder: they find their base wherever the folder goes, refuse another one, and are merged once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train import adapter, models
from mucode.train.config import RunConfig
from mucode.train.executor import PACKAGE
from mucode.train.pair import Pair, write_pair
from tests.serve.toy_pair import make_adapter

torch: Any = pytest.importorskip("torch", reason="no environment for training", exc_type=ImportError)
pytestmark = pytest.mark.train


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    from mucode.train.toy.base import make_base

    make_base(tmp_path / "store" / "base")
    return tmp_path / "store" / "base"


def pair_of(base: Path, tmp_path: Path, name: str = "toy") -> Path:
    """A pair whose generator is an adapter; its verifier does not matter here."""
    generator = make_adapter(base, tmp_path / "store" / "generator")
    for folder in ("verifier", "evaluation"):
        (tmp_path / "store" / folder).mkdir()
    (tmp_path / "store" / "verifier" / "verifier.json").write_text('{"temperature": 1.5}')
    evaluation = tmp_path / "store" / "evaluation"
    (evaluation / "report.json").write_text('{"reports": []}')
    (evaluation / "tables.md").write_text("")
    best = Pair(1, generator, tmp_path / "store" / "verifier", evaluation, 1.0, "r1")
    return write_pair(tmp_path / "pair", best, [best], evaluation, RunConfig(base=name))


def logits(folder: Path) -> Any:  # noqa: ANN401  a tensor
    with torch.no_grad():
        return models.load_causal(folder)(input_ids=torch.tensor([[5, 6, 7, 8]])).logits


def test_a_moved_pair_takes_a_base_along_that_nobody_else_has(base: Path, tmp_path: Path) -> None:
    pair = pair_of(base, tmp_path)
    before, alone = logits(base), logits(tmp_path / "store" / "generator")
    (tmp_path / "elsewhere").mkdir()
    moved = pair.rename(tmp_path / "elsewhere" / "pair")
    shutil.rmtree(tmp_path / "store")
    whole = adapter.merged(moved / "generator")
    torch.testing.assert_close(logits(whole), alone, rtol=1e-4, atol=1e-5)
    assert (logits(whole) - before).abs().max() > 1e-2
    assert json.loads((moved / "pair.json").read_text())["generator"]["form"] == "lora"


def test_what_a_run_made_stays_as_it_is_when_the_pair_names_its_base_otherwise(base: Path, tmp_path: Path) -> None:
    pair = pair_of(base, tmp_path)
    assert json.loads((pair / "generator" / "base.json").read_text())["base"] == "../base"
    assert json.loads((tmp_path / "store" / "generator" / "base.json").read_text()) == {"base": str(base)}
    assert str(tmp_path) not in "".join(
        path.read_text() for path in pair.rglob("*.json") if path.name != "tokenizer.json"
    )


def test_who_edits_a_pair_in_place_leaves_the_artifacts_as_they_are(base: Path, tmp_path: Path) -> None:
    """Its files were once links to theirs, all of them."""
    pair, made = pair_of(base, tmp_path), tmp_path / "store" / "generator"
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    for path in (pair / "generator").iterdir():
        if path.suffix != ".safetensors":
            with path.open("a") as file:
                file.write("\n")
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert (pair / "generator" / "adapter_model.safetensors").samefile(made / "adapter_model.safetensors")


def test_a_base_of_ones_own_may_be_elsewhere_and_is_told_apart_from_others(base: Path, tmp_path: Path) -> None:
    pair = pair_of(base, tmp_path, str(base))
    assert not (pair / "base").exists()
    moved = base.rename(tmp_path / "base-elsewhere")
    with pytest.raises(MucodeError, match="is not there"):
        adapter.merged(pair / "generator")
    whole = adapter.merged(pair / "generator", moved)
    assert (whole / "config.json").is_file()
    other = tmp_path / "other"
    shutil.copytree(moved, other)
    model: Any = models.load_causal(other)
    model.lm_head.weight.data.add_(1.0)
    model.save_pretrained(other)
    with pytest.raises(MucodeError, match=r"trained on another model .*model\.safetensors differs.*--base"):
        adapter.merged(pair / "generator", other)


def test_one_merged_copy_serves_the_run_and_its_pair(base: Path, tmp_path: Path) -> None:
    pair = pair_of(base, tmp_path)
    assert adapter.merged(tmp_path / "store" / "generator") == adapter.merged(pair / "generator")


@pytest.mark.parametrize("of", ["adapter", "base"])
@pytest.mark.parametrize("name", ["chat_template.jinja", "generation_config.json", "special_tokens_map.json"])
def test_a_changed_file_beside_the_weights_is_in_the_merged_copy_too(
    base: Path, tmp_path: Path, of: str, name: str
) -> None:
    """The copy with the old chat template was once served after the template was edited."""
    folder = make_adapter(base, tmp_path / "generator")
    if of == "base":
        (folder / name).unlink(missing_ok=True)
    before = adapter.merged(folder)
    ((folder if of == "adapter" else base) / name).write_text('{"another": 1}')
    whole = adapter.merged(folder)
    assert whole != before
    assert (whole / name).read_text() == '{"another": 1}'


def test_processes_that_merge_at_once_give_the_same_whole_copy(base: Path, tmp_path: Path) -> None:
    folder = pair_of(base, tmp_path) / "generator"
    command = [sys.executable, "-m", "mucode.train.adapter", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    said = {process.communicate(timeout=120)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert said == {f"{adapter.merged(folder)}\n"}
    left = {path.name for path in (tmp_path / "cache" / "merged").iterdir() if path.suffix != ".lock"}
    assert left == {adapter.merged(folder).name}


def test_what_a_killed_merge_left_is_made_anew(base: Path, tmp_path: Path) -> None:
    folder = pair_of(base, tmp_path) / "generator"
    whole = adapter.merged(folder)
    torn = whole.rename(whole.with_name(f"{whole.name}.partial"))
    (torn / "model.safetensors").write_bytes(b"torn")
    (torn / "stray").write_text("")
    assert logits(adapter.merged(folder)).isfinite().all()
    assert not (whole / "stray").exists()


@pytest.mark.parametrize("setting", [{"use_dora": True}, {"bias": "all"}, {"peft_type": "IA3"}])
def test_an_adapter_of_another_kind_is_refused_and_not_merged_wrongly(
    base: Path, tmp_path: Path, setting: dict[str, object]
) -> None:
    folder = make_adapter(base, tmp_path / "generator")
    config = json.loads((folder / models.ADAPTER).read_text())
    (folder / models.ADAPTER).write_text(json.dumps({**config, **setting}))
    with pytest.raises(MucodeError, match="no plain LoRA"):
        adapter.merged(folder)
