"""What both sides of the measurement learn: MBPP's training problems as the pipeline poses them, with their solutions."""

import random
import sys
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "server-py"))

from mucode.problems import mbpp
from mucode.problems.guard import Guard
from mucode.prompts import conversation, fence
from mucode.train import models
from mucode.train.generator.batches import steps_of
from mucode.train.generator.examples import Example, examples_of
from mucode.train.rows import ExampleRow

BATCH = 8
SEED = 11


def steps(model: Path, count: int) -> list[list[Example]]:
    """`count` batches of distinct examples; the same for both sides."""
    kept, _ = Guard.installed().divide(mbpp.load("train"))
    chosen = random.Random(SEED).sample(kept, count * BATCH)
    rows = [
        ExampleRow(
            problem=str(row.problem["id"]),
            rollout=0,
            turn=1,
            messages=tuple(conversation(row.problem, row.task, None, [])),
            completion=fence(row.solution.replace("\r\n", "\n")),
            correct=True,
            score=None,
        )
        for row in chosen
    ]
    examples, dropped = examples_of(rows, cast("Any", models.tokenizer_of(model)), 1024)
    if any(dropped.values()):
        raise SystemExit(f"Some examples do not fit: {dropped}")
    return steps_of(examples, BATCH, 1, SEED)
