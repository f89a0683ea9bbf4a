"""One side of bench/train/run.py in a process of its own, so that its memory can be told: prints one line of JSON."""
# ruff: noqa: T201  a benchmark speaks by printing

import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from data import BATCH, SEED, steps

from mucode.train import models
from mucode.train.generator.fit import Fit
from mucode.train.generator.settings import GeneratorConfig

RATE = 2e-5
# How the released code of μCode trains: few examples at a time, each filled up to the longest length, in float32.
REFERENCE: Mapping[str, Any] = {
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": BATCH // 2,
    "pad_to_multiple_of": 8192,
    "max_length": 8192,
    "bf16": False,
}


class Clock:
    """When each step ended, by the wall's clock and by the processor's."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.busy: list[float] = []

    def tick(self) -> None:
        """A step has ended."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())
        self.busy.append(time.process_time())


def ours(model: Path, batches: list[list[Any]], clock: Clock) -> list[float]:
    """Our training, with the defaults."""
    config = GeneratorConfig(epochs=1, lr=RATE, batch=BATCH)
    learner = models.load_causal(model, torch.float32, learns=True)
    fit = Fit(learner, config, bf16=True, seed=SEED)

    def tell(type_: str, _data: Mapping[str, Any]) -> None:
        if type_ == "progress":
            clock.tick()

    with tempfile.TemporaryDirectory() as folder:
        return fit.learn(batches, Path(folder), tell).losses


def theirs(model: Path, batches: list[list[Any]], clock: Clock, settings: Mapping[str, Any]) -> list[float]:
    """TRL's SFTTrainer with its defaults, but for `settings`: the same ids, the same batches, the same step size."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    class Ticking(TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            clock.tick()

    table = [
        {"input_ids": list(one.ids), "completion_mask": [int(at >= one.prompt) for at in range(len(one.ids))]}
        for batch in batches
        for one in batch
    ]
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(
            output_dir=folder,
            num_train_epochs=1,
            learning_rate=RATE,
            train_sampling_strategy="sequential",
            completion_only_loss=True,
            logging_steps=1,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            **settings,
        )
        trainer = SFTTrainer(str(model), args=config, train_dataset=Dataset.from_list(table), callbacks=[Ticking()])
        trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def main() -> None:
    """`side.py NAME MODEL STEPS THREADS`."""
    name, model, count, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    batches = steps(model, count)
    clock = Clock()
    with contextlib.redirect_stdout(sys.stderr):
        if name == "ours":
            losses = ours(model, batches, clock)
        else:
            losses = theirs(model, batches, clock, REFERENCE if name == "reference" else {})
    # The first step warms up.
    tokens = sum(len(example.ids) for batch in batches[1:] for example in batch)
    cuda = torch.cuda.is_available()
    print(
        json.dumps(
            {
                "losses": losses,
                "tokens": tokens,
                "seconds": clock.ends[-1] - clock.ends[0],
                "busy": clock.busy[-1] - clock.busy[0],
                "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "peak_cuda": torch.cuda.max_memory_allocated() if cuda else None,
            }
        )
    )


main()
