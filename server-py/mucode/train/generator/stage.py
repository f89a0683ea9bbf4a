"""The generator stage: examples and a base in, a model folder out. The training itself is in fit.py."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from transformers import PreTrainedModel
from transformers.utils import logging

from mucode.errors import MucodeError
from mucode.train import models
from mucode.train.generator import resume
from mucode.train.generator.examples import Tokenizer, examples_of, follows_the_calendar
from mucode.train.generator.fit import Fit, Fitted
from mucode.train.generator.rounding import update_kept
from mucode.train.generator.settings import GeneratorConfig, LoraConfig
from mucode.train.reading import read
from mucode.train.rows import ExampleRow, read_rows, write_whole
from mucode.train.stage import StageSpec, Tell
from mucode.train.threads import use_threads
from mucode.train.worker import peak_bytes

_MADE = "made.partial"
# Moved in last: where it is, all is there.
_REPORT = "report.json"
# Below this share most of an update is lost in storing it.
_LEAST_KEPT = 0.5


def run(spec: StageSpec, tell: Tell) -> None:
    """Fine-tunes the base on examples.jsonl. Inputs: `examples`, `base`, and `generator` to continue from.

    Writes the model folder, report.json (what was learned: the same for the same inputs) and measured.json (time and
    memory of this attempt).
    """
    if (spec.out / _REPORT).is_file():
        resume.forget(spec.out)
        return
    logging.set_verbosity_error()
    config = read(GeneratorConfig, spec.config, "the generator's settings")
    start = spec.input("generator" if config.start == "continue" and spec.inputs.get("generator") else "base")
    rows = [row for folder in spec.inputs["examples"] for row in read_rows(folder / "examples.jsonl", ExampleRow)]
    tokenizer = cast("Tokenizer", models.tokenizer_of(start))
    if follows_the_calendar(tokenizer):
        message = "The base's chat template writes today's date into every text: what is learned today is served under "
        tell("warning", {"message": message + "another date tomorrow. Fix a date in its chat_template.jinja."})
    examples, dropped = examples_of(rows, tokenizer, config.max_tokens)
    if not examples:
        raise MucodeError(f"None of {len(rows)} examples is left to learn from ({dropped}).")
    for reason, count in dropped.items():
        if count:
            tell("warning", {"message": f"{count} of {len(rows)} examples left out: {reason.replace('_', ' ')}."})
    bf16 = _multiplies_bf16(config, start)
    model, base = _learner(config, start, bf16=bf16, seed=spec.seed)
    use_threads(model.num_parameters(), spec.workers)
    fitted = Fit(model, config, bf16=bf16, seed=spec.seed).run(examples, spec.out, tell)
    report = {
        "examples": len(examples),
        "dropped": dict(dropped),
        "learned_tokens": config.epochs * sum(example.learned for example in examples),
        "tokens": config.epochs * sum(len(example.ids) for example in examples),
        "steps": len(fitted.losses),
        "losses": fitted.losses,
        "packing": fitted.packing,
        "bfloat16": bf16,
    }
    _write(spec.out, fitted, start, base, report, tell)


def _multiplies_bf16(config: GeneratorConfig, start: Path) -> bool:
    """Whether matrix products are in bfloat16. Not measured: that could change on restart."""
    if config.dtype != "auto":
        return config.dtype == "bfloat16"
    if models.stored_dtype(start) == torch.float32:
        return False
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    # Elsewhere it is emulated, several times slower than float32.
    return any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))


def _learner(config: GeneratorConfig, start: Path, *, bf16: bool, seed: int) -> tuple[PreTrainedModel, Path | None]:
    """The model that learns, and the base of its adapter where it has one."""
    if config.form == "full":
        return models.load_causal(models.merged(start), torch.float32, learns=True), None
    # A frozen base may have short numbers; but sharding over several devices wants all weights alike.
    frozen = torch.bfloat16 if bf16 and int(os.environ.get("WORLD_SIZE", "1")) == 1 else torch.float32
    if models.is_adapter(start):
        return models.load_causal(start, frozen, learns=True), models.base_of(start)
    from peft import LoraConfig as Adapter
    from peft import get_peft_model

    lora = config.lora or LoraConfig()
    targets = lora.targets[0] if lora.targets == ("all-linear",) else list(lora.targets)
    adapter = Adapter(r=lora.rank, lora_alpha=lora.alpha, target_modules=targets, task_type="CAUSAL_LM")
    # The adapter's first weights are drawn.
    cast("Any", torch.random).manual_seed(seed)
    model: Any = get_peft_model(cast("Any", models.load_causal(start, frozen, learns=True)), adapter)
    return model, start


def _write(out: Path, fitted: Fitted, start: Path, base: Path | None, report: Mapping[str, Any], tell: Tell) -> None:
    """Writes the model folder's files; each takes its name when it is whole."""
    state = fitted.accelerator.get_state_dict(fitted.model)
    if not fitted.accelerator.is_main_process:
        fitted.accelerator.wait_for_everyone()
        return
    made = out / _MADE
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    model = cast("PreTrainedModel", fitted.accelerator.unwrap_model(fitted.model))
    if base is None:
        dtype = models.stored_dtype(start)
        report = {**report, "update_kept": _tell_kept(update_kept(models.merged(start), state, dtype), dtype, tell)}
        models.write_model(model, made, dtype, state)
    else:
        models.write_adapter(model, made, base, state)
    models.copy_tokenizer(models.tokenizer_folder(start), made)
    _write_json(made / _REPORT, report)
    _write_json(made / "measured.json", _measured(fitted))
    for path in sorted(made.iterdir(), key=lambda path: path.name == _REPORT):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(out / path.name)
    made.rmdir()
    resume.forget(out)
    fitted.accelerator.wait_for_everyone()


def _tell_kept(kept: float | None, dtype: torch.dtype, tell: Tell) -> float | None:
    """The share, told; with a warning where most of what was learned is lost when it is stored."""
    if kept is None:
        return None
    share = round(kept, 4)
    tell("metric", {"name": "update_kept", "value": share})
    if kept < _LEAST_KEPT:
        message = (
            f"Only {kept:.0%} of the weights that were moved still differ from the start's once they are stored in "
        )
        message += (
            f"{str(dtype).removeprefix('torch.')}, the type of the base: the steps are small beside its rounding. "
        )
        message += "Raise generator.lr, or start from a base stored in float32 and set engine.dtype = float32."
        tell("warning", {"message": message})
    return share


def _measured(fitted: Fitted) -> dict[str, Any]:
    found = {
        "seconds": round(fitted.seconds, 2),
        "tokens_per_s": round(fitted.tokens / max(fitted.seconds, 1e-9), 1),
        "passed_tokens": fitted.passed,
        "peak_rss_bytes": peak_bytes(),
        "threads": torch.get_num_threads(),
        "device": str(fitted.accelerator.device),
        "platform": sys.platform,
    }
    if torch.cuda.is_available():
        found["peak_cuda_bytes"] = torch.cuda.max_memory_allocated()
    return found


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    write_whole(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())
