"""The training loop on a tiny model: that it computes what it should, and shares rows without changing it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from mucode.errors import MucodeError
from mucode.train import models
from mucode.train.generator.batches import rows_of
from mucode.train.generator.examples import Example, examples_of
from mucode.train.generator.settings import GeneratorConfig

from . import tiny

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = pytest.mark.train


def fit_of(base: Path, **config: Any) -> Any:  # noqa: ANN401  imported where torch is
    from mucode.train.generator.fit import Fit

    model = models.load_causal(base, torch.float32, learns=True)
    return Fit(model, GeneratorConfig(**config), bf16=False, seed=1)


def examples(base: Path, count: int = 8) -> list[Example]:
    tokenizer: Any = models.tokenizer_of(base)
    return examples_of(tiny.rows(count), tokenizer, 1000)[0]


def gradients(fit: Any, losses: Any) -> dict[str, Any]:  # noqa: ANN401  torch's own
    fit._model.zero_grad()
    losses.backward()
    return {name: one.grad.clone() for name, one in fit._model.named_parameters()}


def plain_loss(base: Path, found: list[Example]) -> tuple[float, dict[str, Any]]:
    """Each example on its own through the plain model, with the head over all its positions."""
    model: Any = models.load_causal(base, torch.float32, learns=True)
    total = 0.0
    for example in found:
        logits = model(input_ids=torch.tensor([example.ids])).logits[0]
        targets = torch.tensor(example.ids[example.prompt :])
        loss = torch.nn.functional.cross_entropy(logits[example.prompt - 1 : -1], targets, reduction="sum")
        loss.backward()
        total += loss.item()
    return total, {name: one.grad for name, one in model.named_parameters()}


@pytest.mark.parametrize("config", [{}, {"packing": "off"}, {"recompute": True}], ids=str)
def test_loss_and_gradients_are_those_of_each_example_on_its_own(base: Path, config: dict[str, Any]) -> None:
    found = examples(base)
    fit = fit_of(base, **config)
    rows = rows_of(found, 2048, packing=config.get("packing") != "off")
    losses: Any = sum(fit.loss_of(row) for row in rows)
    made = gradients(fit, losses)
    total, wanted = plain_loss(base, found)
    assert losses.item() == pytest.approx(total, rel=1e-5)
    for name, gradient in wanted.items():
        torch.testing.assert_close(made[name], gradient, rtol=1e-4, atol=1e-5)


def test_one_large_mask_gives_the_same_as_branch_by_branch(base: Path) -> None:
    (row,) = rows_of(examples(base), 2048, packing=True)
    by_branch = fit_of(base)
    by_mask = fit_of(base)
    by_mask._branches = False
    by_mask._model.set_attn_implementation("sdpa")
    assert by_mask.loss_of(row).item() == pytest.approx(by_branch.loss_of(row).item(), rel=1e-5)


def test_a_model_whose_attention_slides_is_not_packed(base: Path) -> None:
    from mucode.train.generator.fit import Fit

    model: Any = models.load_causal(base, torch.float32, learns=True)
    model.config.sliding_window = 32
    assert not Fit(model, GeneratorConfig(), bf16=False, seed=1)._packing
    with pytest.raises(MucodeError, match="does not allow packing"):
        Fit(model, GeneratorConfig(packing="on"), bf16=False, seed=1)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_the_step_size_falls_until_the_last_step_and_ends_there(
    schedule: Literal["linear", "cosine"], epochs: int
) -> None:
    from mucode.train.generator.fit import lr_at

    config = GeneratorConfig(lr=1.0, schedule=schedule, epochs=epochs)
    steps = 10 * epochs
    rates = [lr_at(config, step, steps) for step in range(steps + 1)]
    assert rates[0] == 1.0
    assert rates == sorted(rates, reverse=True)
    assert min(rates[:-1]) > 0
    assert rates[steps // 2] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0)


def test_a_training_is_given_that_step_size_and_ends_with_it(base: Path, tmp_path: Path) -> None:
    """Three epochs of eight examples, four at a time: a schedule that counted the epochs twice would end half-way."""
    heard: list[float] = []

    def tell(type_: str, data: Mapping[str, Any]) -> None:
        if type_ == "metric" and data["name"] == "lr":
            heard.append(data["value"])

    fit_of(base, lr=1e-3, epochs=3, batch=4).run(examples(base), tmp_path, tell)
    assert heard == pytest.approx([1e-3 * (6 - step) / 6 for step in range(6)])


def test_the_step_size_rises_during_the_warm_up() -> None:
    from mucode.train.generator.fit import lr_at

    config = GeneratorConfig(lr=1.0, schedule="constant", warmup=0.4)
    assert [lr_at(config, step, 10) for step in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


def test_weights_really_move_at_the_papers_small_step_size(base: Path, tmp_path: Path) -> None:
    from mucode.train.generator.fit import Fit

    model: Any = models.load_causal(base, torch.float32, learns=True)
    before = model.model.layers[0].mlp.up_proj.weight.detach().clone()
    Fit(model, GeneratorConfig(epochs=1, batch=8), bf16=True, seed=1).run(examples(base), tmp_path, tiny.unheard)
    after = model.model.layers[0].mlp.up_proj.weight.detach()
    moved = (after - before).abs()
    assert (moved > 0).float().mean() > 0.9
    assert moved.max() < 1e-6


def test_a_loss_without_a_number_ends_the_training(base: Path, tmp_path: Path) -> None:
    from mucode.train.generator.fit import Fit

    model: Any = models.load_causal(base, torch.float32, learns=True)
    with torch.no_grad():
        model.model.norm.weight.fill_(float("inf"))
    with pytest.raises(MucodeError, match=r"Lower generator\.lr"):
        Fit(model, GeneratorConfig(), bf16=False, seed=1).run(examples(base), tmp_path, tiny.unheard)
