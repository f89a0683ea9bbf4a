# environment: train
"""How fast the generator learns, against TRL's SFTTrainer with its defaults: the same ids, batches, model and device.

On a CPU the bar is 1.3 times its tokens per second; on a GPU also 3 times the settings of μCode's released code. The
sides take turns, so that what else the machine does weighs on both. Prints both loss curves, which must be equal but
for the rounding of bfloat16, and both peaks of memory. Exit 1 when a bar is missed.
"""
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "server-py"))

from mucode.train.executor import gpus

BARS = {"trl": 1.3, "reference": 3.0}
# Greatest difference of the two losses of one step, as a share of them: bfloat16 has 8 bits.
NOISE = 0.02


def measured(side: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One turn of one side."""
    command = [sys.executable, str(HERE / "side.py"), side, arguments.model, str(arguments.steps)]
    done = subprocess.run([*command, str(arguments.threads)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{side} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def options() -> argparse.Namespace:
    """What the command line asks for."""
    paths = json.loads((HERE.parents[1] / ".mucode/paths.json").read_text()) if not os.environ.get("MODEL") else {}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=os.environ.get("MODEL") or paths.get("model"))
    parser.add_argument("--steps", type=int, default=6, help="batches of 8 per turn; the first is not timed")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def main() -> int:
    """Takes turns, prints the table, and tells whether the bars are held."""
    arguments = options()
    sides = ["ours", "trl", *(["reference"] if gpus() else [])]
    turns: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for number in range(arguments.rounds):
        for side in sides:
            turns[side].append(measured(side, arguments))
            rate = _rate(turns[side][-1:], "seconds")
            print(f"round {number + 1}  {side:10} {rate:8.0f} tokens/s   load {os.getloadavg()[0]:.1f}", flush=True)
    rates = {side: _rate(of, "seconds") for side, of in turns.items()}
    print()
    for side, of in turns.items():
        cuda = f"   peak on the GPU {of[0]['peak_cuda'] / 2**30:.1f} GiB" if of[0]["peak_cuda"] else ""
        busy = f"{_rate(of, 'busy'):6.0f} per second of a core"
        print(f"{side:10} {rates[side]:8.0f} tokens/s, {busy}   peak RSS {of[0]['peak_rss'] / 2**30:.1f} GiB{cuda}")
        print(f"           loss {' '.join(f'{loss:.4f}' for loss in of[0]['losses'])}")
    return 0 if all([_same_curve(turns), *(_holds(rates, side) for side in sides[1:])]) else 1


def _rate(turns: list[dict[str, Any]], clock: str) -> float:
    """Tokens of the examples, whatever passed through the model for them, per second."""
    return sum(turn["tokens"] for turn in turns) / sum(turn[clock] for turn in turns)


def _same_curve(turns: dict[str, list[dict[str, Any]]]) -> bool:
    """In every round: one that learns otherwise now and then is not the same."""
    curves = [
        zip(ours["losses"], theirs["losses"], strict=True)
        for ours, theirs in zip(turns["ours"], turns["trl"], strict=True)
    ]
    apart = max(abs(ours - theirs) / theirs for curve in curves for ours, theirs in curve)
    held = apart <= NOISE
    print(f"\nlosses at most {apart:.2%} apart   bar {NOISE:.0%}   {'held' if held else 'MISSED'}")
    return held


def _holds(rates: dict[str, float], side: str) -> bool:
    ratio = rates["ours"] / rates[side]
    held = ratio >= BARS[side]
    print(f"ratio to {side}: {ratio:.2f}   bar {BARS[side]}   {'held' if held else 'MISSED'}")
    return held


if __name__ == "__main__":
    sys.exit(main())
