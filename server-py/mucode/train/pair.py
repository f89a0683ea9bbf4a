"""The pair folder, the outcome of a run: a generator and a verifier that belong together, with `pair.json`.

Which pair is the best is decided in pipeline.py; who serves one, in mucode/serve.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mucode.train.artifact import MANIFEST
from mucode.train.base import TOY
from mucode.train.config import RunConfig
from mucode.train.models import ADAPTER, BASE, base_of, digests_of, is_adapter
from mucode.train.rows import write_whole

PAIR = "pair.json"
_LINKED = ".safetensors"


@dataclass(frozen=True)
class Pair:
    """A generator and the verifier of the same iteration."""

    iteration: int
    generator: Path
    verifier: Path
    validated: Path
    figure: float
    """On the validation problems, 0 to 1."""
    revision: str
    """Tells this pair from others."""


def figure_of(evaluation: Path) -> float:
    """By what iterations are compared: multi-turn best-of-N by tests and verifier (tests alone where that was not run),
    the mean over all problems of all data sets."""
    reports: list[dict[str, Any]] = json.loads((evaluation / "report.json").read_text(encoding="utf-8"))["reports"]
    weighed = [(_main(report), report["problems"]) for report in reports]
    return sum(mean * problems for mean, problems in weighed) / sum(problems for _, problems in weighed)


def _main(report: dict[str, Any]) -> float:
    means = {one["selector"]: one["mean"] for one in report["best_of_n"] if one["n"] == report["n"]}
    for selector in ("pt+lv", "pt"):
        if selector in means:
            return means[selector]
    return report["multi_turn_greedy"]["mean"]


def write_pair(folder: Path, best: Pair, tried: Sequence[Pair], evaluation: Path, config: RunConfig) -> Path:
    """Writes the pair folder anew; it holds the models themselves, their weights as links to the artifacts' where that
    is possible, so that it can be moved or copied as it is. An adapter's base is named, not held. Returns it."""
    building = folder.with_name(folder.name + ".partial")
    if building.exists():
        shutil.rmtree(building)
    _copy(best.generator, building / "generator")
    form = "lora" if is_adapter(best.generator) else "full"
    if form == "lora":
        _name_base(best.generator, building, config)
    _copy(best.verifier, building / "verifier")
    for name in ("report.json", "tables.md"):
        _copy_file(evaluation / name, building / "evaluation" / name)
    content = {
        "v": 1,
        "revision": best.revision,
        "method": config.method,
        "iteration": best.iteration,
        "generator": {
            "base": config.base,
            "weights": "generator",
            "form": form,
            "answer": "function",
        },
        "verifier": {
            "base": config.verifier_base or config.base,
            "weights": "verifier",
            # A verifier's adapter is merged when it is trained: its folder is a whole model.
            "form": "full",
            "temperature": _temperature(best.verifier),
        },
        "evaluation": {
            "validation": {str(pair.iteration): pair.figure for pair in tried},
            "test": json.loads((evaluation / "report.json").read_text(encoding="utf-8"))["reports"],
        },
    }
    write_whole(building / PAIR, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
    if folder.exists():
        shutil.rmtree(folder)
    building.rename(folder)
    return folder


def _name_base(adapter: Path, building: Path, config: RunConfig) -> None:
    """Has the pair's copy of an adapter name its base for other machines, with the checksums by which it is known."""
    base = base_of(adapter)
    if config.base == TOY:
        # Nobody else has it.
        _copy(base, building / "base")
        name = "../base"
    else:
        name = str(base) if Path(config.base).expanduser().is_dir() else config.base
    named = {"base": name, "sha256": digests_of(base)}
    settings = json.loads((adapter / ADAPTER).read_text(encoding="utf-8")) | {"base_model_name_or_path": name}
    for file, value in ((BASE, named), (ADAPTER, settings)):
        # A new file in the place of a link: the artifact stays as it is.
        write_whole(building / "generator" / file, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode())


def _temperature(verifier: Path) -> float:
    return float(json.loads((verifier / "verifier.json").read_text(encoding="utf-8"))["temperature"])


def _copy(model: Path, to: Path) -> None:
    for path in sorted(model.rglob("*")):
        # Hubs keep files as links; what a folder of the store says about itself stays there.
        if path.is_file() and path.name != MANIFEST:
            _copy_file(path, to / path.relative_to(model))


def _copy_file(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    # A link to a small file would let whoever edits the pair in place, a chat template say, damage the artifact.
    if file.suffix == _LINKED:
        with contextlib.suppress(OSError):
            os.link(file.resolve(), to)
            return
    shutil.copy2(file, to)
