"""The training loop: its schedule, its sums, and that a killed one ends with the same weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)

from mucode.errors import MucodeError  # noqa: E402  behind the skip
from mucode.train.verifier.fit import Fit, Unit, plan  # noqa: E402  behind the skip
from mucode.train.verifier.model import new_scorer  # noqa: E402  behind the skip
from mucode.train.verifier.score import scores_of  # noqa: E402  behind the skip
from mucode.train.verifier.settings import VerifierConfig  # noqa: E402  behind the skip

pytestmark = pytest.mark.train
TEXTS = [[20 + index, *range(index, 40 + 9 * index)] for index in range(8)]
PAIRS = [Unit((index, 7 - index)) for index in range(4)] + [Unit((0, 5)), Unit((1, 4)), Unit((0, 7))]


def config(**more: Any) -> VerifierConfig:  # noqa: ANN401  settings of any kind
    chosen: dict[str, Any] = {"max_length": 512, "lr": 1e-3, "batch": 2, "epochs": 3, "checkpoint_s": 1e9} | more
    return VerifierConfig(**chosen)


class Heard:
    """Keeps metrics; breaks off at a step if it is told to."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.metrics: dict[str, list[float]] = {}

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "metric":
            self.metrics.setdefault(data["name"], []).append(data["value"])
        if kind == "progress" and data["done"] == self.last:
            raise KeyboardInterrupt


def trained(base: Path, out: Path, settings: VerifierConfig, units: list[Unit], heard: Heard | None = None) -> Any:  # noqa: ANN401  a model
    out.mkdir(exist_ok=True)
    model = new_scorer(base, settings, 3)
    state = Fit(model, TEXTS, units, out).run(settings, 3, (heard or Heard()).tell)
    assert state is not None
    model.load_state_dict(state)
    return model.eval()


def weights(model: Any) -> dict[str, Any]:  # noqa: ANN401  a model
    return model.state_dict()


def test_the_rate_falls_to_the_end_of_the_last_epoch(base: Path, tmp_path: Path) -> None:
    """Fault 3 of the reference code: it counted the epochs twice, so its rate fell only half-way."""
    heard = Heard()
    trained(base, tmp_path / "out", config(), PAIRS, heard)
    rates = heard.metrics["lr"]
    assert len(rates) == len(heard.metrics["loss"]) == 3 * 4, "three epochs of seven pairs, two at a time"
    assert rates == pytest.approx([1e-3 * (12 - step) / 12 for step in range(12)])


def test_the_optimiser_is_given_that_rate(base: Path, tmp_path: Path) -> None:
    # Adam's steps have the length of the rate: with one step of rate 0.5 e-6 nothing moves further than that.
    settings = config(lr=1e-6, epochs=1, batch=7)
    before = weights(new_scorer(base, settings, 3))
    after = weights(trained(base, tmp_path / "out", settings, PAIRS))
    moved = max(float((after[name] - before[name]).abs().max()) for name in before)
    assert 0.5e-6 < moved < 1.2e-6


def test_every_pair_is_seen_once_per_epoch_in_an_order_of_its_own() -> None:
    steps = plan(7, config(), seed=1)
    assert [len(step) for step in steps] == [2, 2, 2, 1] * 3
    epochs = [[unit for step in steps[4 * epoch : 4 * epoch + 4] for unit in step] for epoch in range(3)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert plan(7, config(), seed=1) == steps != plan(7, config(), seed=2)


@pytest.mark.parametrize("loss", ["bradley-terry", "cross-entropy"])
def test_right_programs_end_above_wrong_ones(base: Path, tmp_path: Path, loss: str) -> None:
    single = [Unit((index,), index < 4) for index in range(8)]
    settings = config(loss=loss, epochs=12, batch=4)
    heard = Heard()
    model = trained(base, tmp_path / "out", settings, PAIRS[:4] if loss == "bradley-terry" else single, heard)
    scores = scores_of(model, TEXTS, 4096)
    assert min(scores[:4]) > max(scores[4:])
    assert heard.metrics["loss"][-1] < heard.metrics["loss"][0] / 2
    if loss == "cross-entropy":
        assert min(scores[:4]) > 0 > max(scores[4:])


def test_the_number_of_passes_changes_no_sum(base: Path, tmp_path: Path) -> None:
    heard = [Heard(), Heard()]
    for one, tokens_at_once in zip(heard, (64, 100_000), strict=True):
        settings = config(tokens_at_once=tokens_at_once, batch=7)
        trained(base, tmp_path / str(tokens_at_once), settings, PAIRS, one)
    assert heard[0].metrics["loss"] == pytest.approx(heard[1].metrics["loss"], rel=1e-4)


def test_recomputing_activations_changes_no_weight(base: Path, tmp_path: Path) -> None:
    plain, again = (
        weights(trained(base, tmp_path / str(recompute), config(recompute=recompute), PAIRS))
        for recompute in (False, True)
    )
    assert all(torch.allclose(plain[name], again[name], atol=1e-6) for name in plain)


@pytest.mark.parametrize("form", ["full", "lora"])
@pytest.mark.parametrize("checkpoint_s", [0.0, 1e9])
def test_a_killed_training_ends_with_the_same_weights(
    base: Path, tmp_path: Path, form: str, checkpoint_s: float
) -> None:
    settings = config(form=form, checkpoint_s=checkpoint_s)
    whole = weights(trained(base, tmp_path / "whole", settings, PAIRS))
    for last in (3, 7, 11):
        with pytest.raises(KeyboardInterrupt):
            trained(base, tmp_path / "killed", settings, PAIRS, Heard(last if checkpoint_s == 0 else 2))
    heard = Heard()
    again = weights(trained(base, tmp_path / "killed", settings, PAIRS, heard))
    assert len(heard.metrics["loss"]) == (2 if checkpoint_s == 0 else 12), "steps that were kept are not done again"
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_loss_that_is_no_number_ends_the_training(base: Path, tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match=r"verifier\.lr"):
        trained(base, tmp_path / "out", config(lr=1e30), PAIRS)
