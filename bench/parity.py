"""Whether a served verifier gives the trainer's numbers: /v1/scores of `mucode serve --verifier` against transformers.

Served in float32 and in bfloat16 on real SGLang on the CPU; the bars are for transformers' own class in the same type,
one text at a time. Beside them everything against float32: what rounding alone does to a model. Programs are MBPP's
solutions and slips made of them, all judged. The verifier is --verifier, or one that is trained on other problems of
MBPP first. On two quiet cores it all takes about half an hour. Exit status 1 if a bar is missed.
"""
# environment: train
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server-py"), str(ROOT / "bench")]

import torch
import transformers
from mutants import rows_of

from mucode.serve.card import read_card
from mucode.train.models import tokenizer_of
from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import StageSpec
from mucode.train.verifier import stage
from mucode.train.verifier.metrics import Scored, pair_accuracy
from mucode.train.verifier.programs import Program, distinct_programs, ids_of
from tests.serve.gateway_process import GatewayProcess

BARS = {"float32": (1e-5, -1.0), "bfloat16": (0.05, 0.99)}
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
TRAINING: Mapping[str, Any] = {
    "form": "lora",
    "lr": 1e-3,
    "batch": 8,
    "pairs": 2,
    "epochs": 1,
    "max_length": 1024,
    "tokens_at_once": 4096,
}
TRAINED_ON = 34
"""Problems; with their slips about a hundred programs."""
SLIPS = 5
"""Most wrong programs made of one solution."""


def main() -> int:
    """Measures, prints, and says whether the bars are met."""
    paths = json.loads((ROOT / ".mucode" / "paths.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verifier", type=Path, help="folder of a trained verifier")
    parser.add_argument("--programs", type=int, default=200)
    given = parser.parse_args()
    # On a busy machine threads that wait for each other take ten times as long as one alone.
    torch.set_num_threads(1)
    problems, chosen = programs(given.programs)
    with tempfile.TemporaryDirectory() as scratch:
        verifier = given.verifier or trained(Path(paths["model"]), Path(scratch))
        texts = ids_of(chosen, problems, tokenizer_of(verifier), read_card(verifier).max_length)
        wanted = {name: by_transformers(verifier, texts, dtype) for name, dtype in TYPES.items()}
        describe(chosen, wanted["float32"])
        report("transformers, bfloat16 against float32", wanted["bfloat16"], wanted["float32"])
        options = ("--verifier", str(verifier), "--engine-python", paths["sglangPython"])
        met: list[bool] = []
        for name, bars in BARS.items():
            served = by_gateway(options, chosen, problems, name)
            report(f"SGLang, {name} against transformers, float32", served, wanted["float32"])
            met.append(report(f"SGLang against transformers, both {name}", served, wanted[name], bars))
    return 0 if all(met) else 1


def programs(count: int) -> tuple[dict[str, ProblemRow], list[Program]]:
    """Programs of the validation problems, right and wrong ones, each once."""
    problems, rows = rows_of("validation", 90, SLIPS)
    found = distinct_programs(rows).programs
    step = max(1, len(found) // count)
    return {row.id: row for row in problems}, list(found[::step][:count])


def trained(base: Path, folder: Path) -> Path:
    """A verifier that the stage trains on problems of the train split."""
    problems, rows = rows_of("train", TRAINED_ON, 3)
    for name in ("problems", "rollouts", "verifier"):
        (folder / name).mkdir()
    write_rows(folder / "problems" / "problems.jsonl", problems)
    write_rows(folder / "rollouts" / "part-00000.jsonl", rows)
    inputs = {name: (folder / name,) for name in ("problems", "rollouts")}
    spec = StageSpec("verifier", 1, TRAINING, {**inputs, "base": (base,)}, folder / "verifier", 1, 2, {})
    stage.run(spec, lambda type_, data: print(type_, dict(data), flush=True) if type_ == "metric" else None)
    torch.set_num_threads(1)
    return folder / "verifier"


def by_transformers(folder: Path, texts: Sequence[Sequence[int]], dtype: torch.dtype) -> list[float]:
    """Nothing of ours but the token ids, one text at a time."""
    factory: Any = transformers.AutoModelForSequenceClassification
    model = factory.from_pretrained(folder, dtype=dtype).eval()
    with torch.inference_mode():
        return [float(model(input_ids=torch.tensor([ids])).logits) for ids in texts]


def by_gateway(
    options: Sequence[str], chosen: Sequence[Program], problems: dict[str, ProblemRow], dtype: str
) -> list[float]:
    """Starts `mucode serve`, asks for the programs of each problem at once, stops it."""
    with tempfile.TemporaryDirectory() as folder:
        gateway = GatewayProcess(Path(folder), *options, "--device", "cpu", "--dtype", dtype)
        try:
            gateway.until("ready", 900)
            began, scores = time.monotonic(), list[float]()
            for name in dict.fromkeys(one.problem for one in chosen):
                row = problems[name]
                shown = [one.shown for one in chosen if one.problem == name]
                body = {"problem": row.problem, "task": row.task, "programs": shown}
                answer = gateway.request("POST", "/v1/scores", json=body)
                answer.raise_for_status()
                scores += answer.json()["scores"]
            print(f"SGLang, {dtype}: {time.monotonic() - began:.1f} s", flush=True)
            return scores
        finally:
            gateway.stop()


def describe(chosen: Sequence[Program], scores: Sequence[float]) -> None:
    """What the reference's scores are like, and whether they say anything."""
    grouped: dict[str, list[Scored]] = {}
    for one, score in zip(chosen, scores, strict=True):
        grouped.setdefault(one.problem, []).append((score, one.correct))
    print(f"{len(chosen)} programs of {len(grouped)} problems, {sum(one.correct for one in chosen)} of them right;")
    print(f"scores {min(scores):.3f} to {max(scores):.3f}, standard deviation {float(torch.tensor(scores).std()):.3f};")
    print(f"pairs of one problem in the right order: {pair_accuracy(list(grouped.values()))}", flush=True)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Correlation of the ranks; equal values share their mean rank."""
    pair = torch.stack([ranks(one), ranks(other)])
    return float(torch.corrcoef(pair)[0, 1])


def ranks(values: Sequence[float]) -> torch.Tensor:
    """The mean rank of each value."""
    each = torch.tensor(values, dtype=torch.float64)
    below = (each[:, None] > each).sum(1)
    equal = (each[:, None] == each).sum(1)
    return below + (equal - 1) / 2


Bars = tuple[float, float]
"""Largest difference, least Spearman correlation."""


def report(name: str, scores: Sequence[float], wanted: Sequence[float], bars: Bars | None = None) -> bool:
    """Prints one row against the reference; whether its bars are met, if it has any."""
    off = [abs(one - other) for one, other in zip(scores, wanted, strict=True)]
    rank = spearman(scores, wanted)
    most, least = bars or (float("inf"), -1.0)
    said = f" (bars {most:g} and {max(least, 0):g})" if bars else ""
    print(f"{name}: largest difference {max(off):.2e}, mean {sum(off) / len(off):.2e}, ", end="")
    print(f"Spearman {rank:.5f}{said}", flush=True)
    return max(off) <= most and rank >= least


if __name__ == "__main__":
    sys.exit(main())
