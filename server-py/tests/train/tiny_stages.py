"""Tiny stages for tests of the frame: they count, fail, hang and start children; no model, no judge."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.rows import write_whole
from mucode.train.stage import StageSpec, Tell


def count(spec: StageSpec, tell: Tell) -> None:
    """Writes `parts` files of one row each, and notes every part that it makes in the file `made` outside."""
    for number in range(spec.config["parts"]):
        part = spec.out / f"part-{number:05}.jsonl"
        tell("progress", {"done": number, "total": spec.config["parts"], "unit": "parts"})
        if part.exists():
            continue
        if delay := spec.config.get("delay_s"):
            time.sleep(delay)
        inputs = sum(len(list(folder.glob("part-*"))) for folders in spec.inputs.values() for folder in folders)
        with Path(spec.config["made"]).open("a") as made:
            made.write(f"{spec.stage} {spec.seed} {number}\n")
        write_whole(part, f'{{"part":{number},"seed":{spec.seed},"inputs":{inputs}}}\n'.encode())


def fail(spec: StageSpec, tell: Tell) -> None:
    """Fails as a stage does that knows why."""
    raise MucodeError("the cause, and the next step")


def crash(spec: StageSpec, tell: Tell) -> None:
    """Fails as a bug does."""
    sys.stdout.write("printed by a library\n")
    raise ZeroDivisionError("a bug")


def lack_a_library(spec: StageSpec, tell: Tell) -> None:
    """Needs what is not installed."""
    importlib.import_module("absent_library.part")


def kill_itself(spec: StageSpec, tell: Tell) -> None:
    """Ends as by the system's out-of-memory killer."""
    os.kill(os.getpid(), signal.SIGKILL)


def start_children(spec: StageSpec, tell: Tell) -> None:
    """Starts a child in a session of its own, tells the ids of both, and hangs."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    tell("metric", {"name": "pids", "value": [os.getpid(), child.pid]})
    time.sleep(600)


def fill(spec: StageSpec, tell: Tell) -> None:
    """Writes more than there is room for."""
    write_whole(spec.out / "large.bin", b"\0" * spec.config["bytes"])


PARTS = 3
FIGURES = {1: 0.5, 2: 0.75, 3: 0.75}
"""On the validation problems by iteration, unless the file `figures.json` beside the store says otherwise."""


def pretend(spec: StageSpec, tell: Tell) -> None:
    """Writes parts, and what the next stages and the pair folder read."""
    made = spec.out.parents[2].parent / "made"
    for number in range(PARTS):
        tell("progress", {"done": number, "total": PARTS, "unit": "parts"})
        part = spec.out / f"part-{number:05}.jsonl"
        if not part.exists():
            time.sleep(spec.config.get("delay_s", 0.0))
            row = {"stage": spec.stage, "part": number, "seed": spec.seed, "config": dict(spec.config)}
            write_whole(part, (json.dumps(row, sort_keys=True) + "\n").encode())
            with made.open("a") as file:
                file.write(f"{part.parent.name.removesuffix('.partial')} {number}\n")
    roles = {role: [f"{folder.parent.name}/{folder.name}" for folder in got] for role, got in spec.inputs.items()}
    write_whole(spec.out / "given.json", json.dumps({"iteration": spec.iteration, "inputs": roles}).encode())
    if spec.stage == "verifier":
        write_whole(spec.out / "verifier.json", b'{"temperature": 1.5}')
    if spec.stage == "evaluate":
        mean = figure_for(spec.iteration, spec.out.parents[2].parent / "figures.json")
        best = [{"selector": "pt+lv", "n": 5, "mean": mean}]
        report = {"reports": [{"problems": 10, "n": 5, "best_of_n": best}]}
        write_whole(spec.out / "report.json", json.dumps(report).encode())
        write_whole(spec.out / "tables.md", f"{mean}\n".encode())


def figure_for(iteration: int, path: Path) -> float:
    """The figure of an iteration; the final evaluation has 1."""
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    return found.get(str(iteration), FIGURES.get(iteration, 1.0))
