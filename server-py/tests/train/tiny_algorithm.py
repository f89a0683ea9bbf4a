"""The stages of the pipeline as tiny stand-ins that leave behind what they were given.

As a program: `python tiny_algorithm.py STORE`, a whole run of them in processes of their own.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mucode.train.artifact import Worked
from mucode.train.config import RunConfig
from mucode.train.executor import LocalExecutor
from mucode.train.lock import locked
from mucode.train.pipeline import Outcome, train
from mucode.train.progress import Lines
from mucode.train.rows import write_whole
from mucode.train.run import Run
from mucode.train.stage import STAGES, Kind, StageSpec, Tell
from mucode.train.store import Store

PARTS = 3
TINY: Mapping[str, Kind] = {
    name: Kind("tiny_algorithm:pretend", engine=kind.engine, gradients=False) for name, kind in STAGES.items()
}
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


class InProcess:
    """Runs stages here, one after another; says which."""

    def __init__(self) -> None:
        self.ran: list[StageSpec] = []

    def run(self, kind: Kind, spec: StageSpec, log: Path, lock: int, tell: Tell) -> Worked:
        """See Executor."""
        pretend(spec, tell)
        self.ran.append(spec)
        return Worked(0.0, 0)


def run_tiny(config: RunConfig, store: Path, executor: Any) -> Outcome:  # noqa: ANN401  either executor
    """A whole run with the tiny stages."""
    folder = store / "runs" / "tiny"
    with locked(folder / "lock", "the run"):
        run = Run(folder, config, Store(store), executor, Lines(sys.stderr), stages=TINY)
        try:
            return train(config, run)
        finally:
            run.close()


if __name__ == "__main__":
    run_tiny(RunConfig(base="toy", iterations=2), Path(sys.argv[1]), LocalExecutor())
