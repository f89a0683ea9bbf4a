"""The toy's model in a type, and examples for it. What is tested with them is in the test files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mucode.train import models
from mucode.train.rows import ExampleRow, write_rows
from mucode.train.stage import StageSpec
from mucode.train.toy import base as toy


def make_model(folder: Path, dtype: str = "float32") -> Path:
    """The toy's two-layer model with its tokenizer, stored in a type."""
    import torch

    made = folder if dtype == "float32" else folder.with_name("float32")
    toy.make_base(made)
    if made != folder:
        models.write_model(models.load_causal(made), folder, getattr(torch, dtype))
        models.copy_tokenizer(made, folder)
    return folder


def row_of(number: int, question: str, program: str) -> ExampleRow:
    """One example: the first turn of a rollout."""
    messages = (
        {"role": "user", "content": "Write the body of this Python function."},
        {"role": "assistant", "content": "```python\ndef one():\n    return 1\n```"},
        {"role": "user", "content": question},
    )
    completion = f"```python\n{program}\n```"
    return ExampleRow(f"tiny/{number}", 0, 1, messages, completion, correct=True, score=None)


def rows(count: int = 4) -> list[ExampleRow]:
    """Examples that begin alike and end differently."""
    names = ["add", "negate", "double", "square", "half", "cube", "last", "first"]
    return [
        row_of(number, f"def {names[number % 8]}{number}(a): ...", f"def {names[number % 8]}{number}(a):\n    return a")
        for number in range(count)
    ]


def spec_of(out: Path, base: Path, examples: Sequence[ExampleRow], **config: object) -> StageSpec:
    """An order for the stage, its examples written beside `out`."""
    table = out.parent / f"{out.name}-examples"
    table.mkdir(exist_ok=True)
    write_rows(table / "examples.jsonl", examples)
    out.mkdir(exist_ok=True)
    return StageSpec("generator", 1, config, {"examples": (table,), "base": (base,)}, out, 7, 1, {})


def unheard(type_: str, data: Mapping[str, Any]) -> None:
    """A Tell that nobody listens to."""
