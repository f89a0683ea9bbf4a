"""The training loop of the verifier. What it learns from is in pairs.py, what becomes of the weights in stage.py."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mucode.errors import MucodeError
from mucode.train.generator import resume
from mucode.train.rows import seed_of
from mucode.train.stage import Tell
from mucode.train.verifier.batches import packed, rows_of
from mucode.train.verifier.losses import bradley_terry, cross_entropy, rate_at
from mucode.train.verifier.model import Scorer
from mucode.train.verifier.score import numbers
from mucode.train.verifier.settings import VerifierConfig

# As in μCode's code: torch's own weight decay, and an epsilon that keeps the first steps small.
EPSILON = 1e-5
WEIGHT_DECAY = 0.01
MOST_GRADIENT = 1.0
"""Gradients are scaled down to this norm."""


@dataclass(frozen=True)
class Unit:
    """What one loss is computed of: two texts, the right one first; or one text and its label."""

    texts: tuple[int, ...]
    """Indexes into the list of texts."""
    right: bool | None = None
    """The label of a single text."""


def plan(units: int, config: VerifierConfig, seed: int) -> list[list[int]]:
    """Which units each step of the optimiser sees: all of them once per epoch, in an order drawn from the seed."""
    steps: list[list[int]] = []
    for epoch in range(config.epochs):
        order = list(range(units))
        random.Random(seed_of(seed, "order", epoch)).shuffle(order)  # noqa: S311  no secret
        steps += [order[start : start + config.batch] for start in range(0, units, config.batch)]
    return steps


class Fit:
    """One training, from its last checkpoint on if there is one. `run` returns the trained weights."""

    def __init__(self, model: Scorer, texts: Sequence[Sequence[int]], units: Sequence[Unit], out: Path) -> None:
        self._model: Any = model
        self._texts, self._units, self._out = texts, units, out

    def run(self, config: VerifierConfig, seed: int, tell: Tell) -> dict[str, Tensor] | None:
        """The state of the whole Scorer; None in all processes but the first, where there are several."""
        mixed = "bf16" if numbers(config) == torch.bfloat16 else "no"
        self._accelerator: Any = import_module("accelerate").Accelerator(mixed_precision=mixed)
        learned = [one for one in self._model.parameters() if one.requires_grad]
        optimizer: Any = torch.optim.AdamW(learned, lr=config.lr, eps=EPSILON, weight_decay=WEIGHT_DECAY)
        self._model, optimizer = self._accelerator.prepare(self._model.train(), optimizer)
        steps = plan(len(self._units), config, seed)
        losses = resume.load(self._out, self._model, optimizer)
        began = kept = time.monotonic()
        resumed = len(losses)
        for number in range(resumed, len(steps)):
            rate = config.lr * rate_at(number, len(steps))
            losses.append(self._gradients([self._units[index] for index in steps[number]], config))
            self._move(optimizer, rate, losses[-1])
            tell("metric", {"name": "loss", "value": losses[-1], "step": number + 1})
            tell("metric", {"name": "lr", "value": rate, "step": number + 1})
            eta = (time.monotonic() - began) / (number + 1 - resumed) * (len(steps) - number - 1)
            tell("progress", {"done": number + 1, "total": len(steps), "unit": "steps", "eta_s": round(eta, 1)})
            if self._any(time.monotonic() - kept >= config.checkpoint_s):
                resume.save(self._out, self._model, optimizer, losses)
                kept = time.monotonic()
        if torch.cuda.is_available():
            tell("metric", {"name": "gpu_peak_bytes", "value": torch.cuda.max_memory_allocated()})
        state = self._accelerator.get_state_dict(self._model)
        return state if self._accelerator.is_main_process else None

    def _any(self, here: bool) -> bool:
        """Whether it is so in any process: a state is kept by all of them together, and their clocks differ."""
        return float(self._accelerator.reduce(torch.tensor(float(here), device=self._accelerator.device))) > 0

    def _move(self, optimizer: torch.optim.Optimizer, rate: float, loss: float) -> None:
        if not math.isfinite(loss):
            raise MucodeError(f"The verifier's loss is {loss}. Lower verifier.lr.")
        self._accelerator.clip_grad_norm_(self._model.parameters(), MOST_GRADIENT)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()

    def _gradients(self, units: Sequence[Unit], config: VerifierConfig) -> float:
        """Adds up the gradients of one step's mean loss; returns the loss."""
        width = len(units[0].texts)
        lengths = [max(len(self._texts[text]) for text in unit.texts) for unit in units]
        groups = packed(lengths, max(1, config.tokens_at_once // width))
        processes: int = self._accelerator.num_processes
        own: int = self._accelerator.process_index
        total = torch.zeros((), device=self._accelerator.device)
        for start in range(0, len(groups), processes):
            position = start + own
            # All processes go through the model equally often, or they would wait for each other for ever.
            chosen = [units[index] for index in groups[min(position, len(groups) - 1)]]
            share = processes / len(units) if position < len(groups) else 0.0
            loss = self._losses(chosen, config).sum() * share
            self._accelerator.backward(loss)
            total += loss.detach()
        return float(self._accelerator.reduce(total, "mean"))

    def _losses(self, units: Sequence[Unit], config: VerifierConfig) -> Tensor:
        """[units]. Each text goes through the model once, as a whole, however many units it stands in."""
        used = sorted({text for unit in units for text in unit.texts})
        rows = [self._texts[text] for text in used]
        device = self._accelerator.device
        lengths = torch.tensor([len(row) for row in rows], device=device)
        scores: Tensor = self._model(torch.tensor(rows_of(rows, 0), device=device), lengths)
        place = {text: position for position, text in enumerate(used)}
        first = scores[[place[unit.texts[0]] for unit in units]]
        if config.loss == "cross-entropy":
            labels = torch.tensor([float(unit.right is True) for unit in units], device=device)
            return cross_entropy(first, labels, config.l2)
        return bradley_terry(first, scores[[place[unit.texts[1]] for unit in units]], config.l2)
