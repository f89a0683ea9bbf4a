"""Whether a served verifier gives the trainer's numbers: /v1/scores of `mucode serve --verifier` against transformers.

The trainer's side is transformers' own class in float32, one text at a time. Served in float32 and in bfloat16, on real
SGLang. Programs are the toy's answers and slips made of them; the verifier is the small model with a new head, unless
--verifier names a trained one. Ends with a line per bar; exit status 1 if one is missed.
"""
# environment: train
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "server-py"))

import torch
import transformers

from mucode.serve.card import read_card
from mucode.train.models import tokenizer_of
from mucode.train.rows import ProblemRow
from mucode.train.toy.bank import answers, toy_rows
from mucode.train.verifier.model import new_scorer, save
from mucode.train.verifier.programs import Program, ids_of
from mucode.train.verifier.settings import VerifierConfig
from tests.serve.gateway_process import GatewayProcess

SLIPS = (("+", "-"), ("<", "<="), ("-", "+"), (" 1", " 2"), ("return", "yield"), ("max", "min"))
BARS = {"float32": (1e-5, -1.0), "bfloat16": (0.05, 0.99)}


@dataclass(frozen=True)
class Served:
    """The scores of one way to serve, and what it took."""

    dtype: str
    scores: list[float]
    seconds: float


def programs(count: int) -> list[Program]:
    """Programs of all toy problems in turn, each text once."""
    found: dict[tuple[str, str], None] = {}
    for name, bank in answers().items():
        for answer in bank:
            text = answer.text.partition("```python\n")[2].partition("\n```")[0] or answer.text
            found[name, text] = None
            for old, new in SLIPS:
                if old in text:
                    found[name, text.replace(old, new, 1)] = None
    step = max(1, len(found) // count)
    return sorted(Program(name, text, text, False) for name, text in list(found)[::step][:count])


def new_verifier(base: Path, folder: Path) -> Path:
    """The base with a head drawn from seed 1."""
    config = VerifierConfig()
    revision = save(new_scorer(base, config, 1).whole(), base, folder)
    card = {"revision": revision, "max_length": config.max_length, "temperature": 1.0}
    (folder / "verifier.json").write_text(json.dumps(card))
    return folder


def by_transformers(folder: Path, chosen: Sequence[Program], problems: dict[str, ProblemRow]) -> list[float]:
    """The reference: nothing of ours but the token ids."""
    tokenizer: Any = tokenizer_of(folder)
    texts = ids_of(chosen, problems, tokenizer, read_card(folder).max_length)
    factory: Any = transformers.AutoModelForSequenceClassification
    model = factory.from_pretrained(folder, dtype=torch.float32).eval()
    # On a busy machine threads that wait for each other take ten times as long as one alone.
    torch.set_num_threads(1)
    with torch.inference_mode():
        return [float(model(input_ids=torch.tensor([ids])).logits) for ids in texts]


def by_gateway(
    options: Sequence[str], chosen: Sequence[Program], problems: dict[str, ProblemRow], dtype: str
) -> Served:
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
            return Served(dtype, scores, time.monotonic() - began)
        finally:
            gateway.stop()


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


def main() -> int:
    """Measures, prints, and says whether the bars are met."""
    paths = json.loads((ROOT / ".mucode" / "paths.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verifier", type=Path, help="folder of a trained verifier")
    parser.add_argument("--programs", type=int, default=200)
    given = parser.parse_args()
    problems = {row.problem["id"]: ProblemRow(row.problem, row.task, "toy") for row in toy_rows()}
    chosen = programs(given.programs)
    with tempfile.TemporaryDirectory() as scratch:
        verifier = given.verifier or new_verifier(Path(paths["model"]), Path(scratch))
        began = time.monotonic()
        wanted = by_transformers(verifier, chosen, problems)
        spread = float(torch.tensor(wanted).std())
        print(
            f"{len(chosen)} programs of {len({one.problem for one in chosen})} problems; scores from {min(wanted):.3f}"
        )
        print(f"to {max(wanted):.3f}, standard deviation {spread:.3f}; transformers: {time.monotonic() - began:.1f} s")
        options = ("--verifier", str(verifier), "--engine-python", paths["sglangPython"])
        met = [report(by_gateway(options, chosen, problems, dtype), wanted) for dtype in BARS]
    return 0 if all(met) else 1


def report(served: Served, wanted: Sequence[float]) -> bool:
    """Prints one row; whether its bars are met."""
    off = [abs(one - other) for one, other in zip(served.scores, wanted, strict=True)]
    rank = spearman(served.scores, wanted)
    most, least = BARS[served.dtype]
    print(f"{served.dtype}: largest difference {max(off):.2e} (bar {most}), mean {sum(off) / len(off):.2e}, ", end="")
    print(f"Spearman {rank:.5f} (bar {max(least, 0)}), {served.seconds:.1f} s")
    return max(off) <= most and rank >= least


if __name__ == "__main__":
    sys.exit(main())
