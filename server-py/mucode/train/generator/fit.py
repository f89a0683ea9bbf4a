"""The training loop: rows through the model, steps of AdamW.

What is learned is in examples.py, how states are kept in resume.py.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator  # pyright: ignore[reportMissingTypeStubs]  it has none
from transformers import PreTrainedModel

from mucode.errors import MucodeError
from mucode.train.generator import resume
from mucode.train.generator.attention import allows_branches, follow_branches, mask_of, plan_of
from mucode.train.generator.batches import Row, empty, rows_of, steps_of
from mucode.train.generator.examples import Example
from mucode.train.generator.settings import GeneratorConfig
from mucode.train.rows import seed_of
from mucode.train.stage import Tell


@dataclass
class Fitted:
    """What came of a training."""

    accelerator: Any
    """Of accelerate, which has no types."""
    model: Any
    """As prepared for the devices; `accelerator` takes it apart again."""
    losses: list[float] = field(default_factory=list[float])
    """Of each step: mean over its learned tokens, before the step."""
    resumed: int = 0
    """Steps of earlier attempts."""
    tokens: int = 0
    """Of the examples seen in this attempt, state and program."""
    passed: int = 0
    """Tokens that passed through the model for them, in this attempt and on this device."""
    seconds: float = 0.0
    packing: bool = False


class Fit:
    """One training of one model on one list of examples."""

    def __init__(self, model: PreTrainedModel, config: GeneratorConfig, *, bf16: bool, seed: int) -> None:
        """`model` has float32 weights where they learn. Raises MucodeError when it cannot be packed and must."""
        self._config, self._seed, self._bf16 = config, seed, bf16
        # Said here, so that the launcher's own choice for several GPUs does not stand against the setting.
        self.accelerator: Any = Accelerator(mixed_precision="bf16" if bf16 else "no")
        self._packing = _packs(model, config)
        self._branches = self._packing and self.accelerator.device.type == "cpu"
        if self._branches:
            follow_branches(_inner(model))
        if config.recompute:
            cast("Any", model).gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        optimizer = torch.optim.AdamW(_groups(model, config), lr=config.lr, fused=True)
        self._model, self._optimizer = self.accelerator.prepare(model, optimizer)
        self._model.train()

    def run(self, examples: Sequence[Example], folder: Path, tell: Tell) -> Fitted:
        """Learns from the examples; states from which it can go on are kept in `folder`."""
        config = self._config
        return self.learn(steps_of(examples, config.batch, config.epochs, self._seed), folder, tell)

    def learn(self, steps: Sequence[Sequence[Example]], folder: Path, tell: Tell) -> Fitted:
        """Learns from the examples of each step."""
        config = self._config
        done = Fitted(self.accelerator, self._model, packing=self._packing)
        done.losses = resume.load(folder, self._model, self._optimizer)
        done.resumed = len(done.losses)
        if done.resumed:
            tell("log", {"message": f"Goes on after step {done.resumed} of {len(steps)}."})
        began = kept = time.monotonic()
        for number in range(len(done.losses), len(steps)):
            rate = lr_at(config, number, len(steps))
            done.losses.append(self._step(steps[number], number, rate, done))
            done.seconds = time.monotonic() - began
            _tell_step(tell, done, len(steps), rate)
            if self._any(time.monotonic() - kept >= config.checkpoint_s) and number + 1 < len(steps):
                resume.save(folder, self._model, self._optimizer, done.losses)
                kept = time.monotonic()
        return done

    def _any(self, here: bool) -> bool:
        """Whether it is so on any device: a state is kept by all of them together."""
        return float(self.accelerator.reduce(torch.tensor(float(here), device=self.accelerator.device))) > 0

    def _step(self, examples: Sequence[Example], number: int, rate: float, done: Fitted) -> float:
        """One step on these examples; returns their loss."""
        # So that a training which went on has the same random numbers as one that was never killed.
        cast("Any", torch.random).manual_seed(seed_of(self._seed, "step", number))
        rows = rows_of(examples, self._config.row_tokens, packing=self._packing)
        mine = _share(rows, self.accelerator.process_index, self.accelerator.num_processes)
        learned = sum(example.learned for example in examples)
        total = torch.zeros((), device=self.accelerator.device)
        for index, row in enumerate(mine):
            last = index == len(mine) - 1
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self._model):
                loss = self.loss_of(row) / learned
                # Gradients are averaged over the devices; the loss is their sum.
                self.accelerator.backward(loss * self.accelerator.num_processes)
            total += loss.detach()
            done.passed += len(row.ids)
        done.tokens += sum(len(example.ids) for example in examples)
        return self._move(rate, float(self.accelerator.reduce(total)))

    def _move(self, rate: float, loss: float) -> float:
        if not math.isfinite(loss):
            raise MucodeError(f"The loss is {loss}. Lower generator.lr, or set generator.clip to 1.")
        if self._config.clip:
            self.accelerator.clip_grad_norm_(self._model.parameters(), self._config.clip)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss

    def loss_of(self, row: Row) -> torch.Tensor:
        """The sum of the losses of a row's learned tokens. The head is computed only where something is learned."""
        device = self.accelerator.device

        def tensor(values: list[Any]) -> torch.Tensor:
            return torch.tensor(values, device=device)

        seen: dict[str, Any] = {}
        if self._branches:
            seen["plan"] = plan_of(row.branches)
        elif self._packing:
            seen["attention_mask"] = mask_of(row.branches, len(row.ids), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self._bf16):
            logits: torch.Tensor = self._model(
                input_ids=tensor(row.ids)[None],
                position_ids=tensor(row.positions)[None],
                logits_to_keep=tensor(row.heads),
                use_cache=False,
                **seen,
            ).logits
        losses = torch.nn.functional.cross_entropy(logits[0].float(), tensor(row.targets), reduction="none")
        return (losses * tensor(row.weights)).sum()


def lr_at(config: GeneratorConfig, step: int, steps: int) -> float:
    """The step size of a step (from 0): it rises during the warm-up, and would be 0 at the step behind the last one.

    The released code of μCode counts the epochs twice, so its schedule ends half-way; `steps` is all there are.
    """
    rising = math.ceil(config.warmup * steps)
    if step < rising:
        return config.lr * (step + 1) / rising
    share = (step - rising) / max(1, steps - rising)
    falls: dict[str, Callable[[float], float]] = {
        "linear": lambda share: 1 - share,
        "cosine": lambda share: (1 + math.cos(math.pi * share)) / 2,
        "constant": lambda _: 1.0,
    }
    return config.lr * falls[config.schedule](share)


def _packs(model: PreTrainedModel, config: GeneratorConfig) -> bool:
    allowed = allows_branches(_inner(model))
    if config.packing == "on" and not allowed:
        raise MucodeError(
            "The attention of this base model does not allow packing. Set generator.packing to auto or off."
        )
    return allowed and config.packing != "off"


def _inner(model: PreTrainedModel) -> PreTrainedModel:
    """The model under an adapter."""
    inner = getattr(model, "get_base_model", None)
    return inner() if inner else model


def _groups(model: PreTrainedModel, config: GeneratorConfig) -> list[dict[str, Any]]:
    """What learns: matrices decay, gains and biases do not."""
    learns = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in learns if parameter.ndim > 1]
    others = [parameter for parameter in learns if parameter.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _share(rows: Sequence[Row], index: int, count: int) -> list[Row]:
    """The rows of one device. All have equally many, because each pass is one of all devices together."""
    filled = [*rows, *[empty(rows[0])] * (-len(rows) % count)]
    return filled[index::count]


def _tell_step(tell: Tell, done: Fitted, steps: int, rate: float) -> None:
    now = len(done.losses)
    for name, value in _metrics(done, rate):
        tell("metric", {"name": name, "value": value, "step": now})
    left = (steps - now) * done.seconds / (now - done.resumed)
    tell("progress", {"done": now, "total": steps, "unit": "steps", "eta_s": round(left, 1)})


def _metrics(done: Fitted, rate: float) -> Iterator[tuple[str, float]]:
    yield "loss", done.losses[-1]
    yield "lr", rate
    yield "tokens_per_s", round(done.tokens / max(done.seconds, 1e-9), 1)
