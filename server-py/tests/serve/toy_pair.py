"""A trained pair without the training: the toy's base, an adapter that changes it, a verifier with a random head."""

import json
from pathlib import Path
from typing import Any

from mucode.train import models
from mucode.train.config import RunConfig
from mucode.train.pair import Pair, write_pair


def make_pair(store: Path, folder: Path) -> Path:
    """Writes what a run leaves into `store`, and the pair of it into `folder`."""
    from mucode.train.toy.base import make_base

    base = store / "base"
    make_base(base)
    evaluation = store / "evaluation"
    evaluation.mkdir()
    (evaluation / "report.json").write_text('{"reports": []}')
    (evaluation / "tables.md").write_text("")
    best = Pair(
        1, make_adapter(base, store / "generator"), make_verifier(base, store / "verifier"), evaluation, 1, "r1"
    )
    return write_pair(folder, best, [best], evaluation, RunConfig(base="toy"))


def make_adapter(base: Path, folder: Path) -> Path:
    """A LoRA adapter that changes what the base computes."""
    import torch

    peft: Any = __import__("peft")
    config = peft.LoraConfig(r=4, lora_alpha=64, target_modules="all-linear")
    model = peft.get_peft_model(models.load_causal(base), config)
    torch.manual_seed(3)  # pyright: ignore[reportUnknownMemberType]  untyped there
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.02)
    models.write_adapter(model, folder, base)
    models.copy_tokenizer(base, folder)
    return folder


def make_verifier(base: Path, folder: Path) -> Path:
    """The base with a head that nobody trained."""
    from mucode.train.verifier.model import new_scorer, save
    from mucode.train.verifier.settings import VerifierConfig

    folder.mkdir()
    revision = save(new_scorer(base, VerifierConfig(max_length=1024), 5).whole(), base, folder)
    card = {"v": 1, "revision": revision, "max_length": 1024, "temperature": 2.5}
    (folder / "verifier.json").write_text(json.dumps(card))
    return folder
