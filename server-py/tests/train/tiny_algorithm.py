"""A whole run of tiny stand-ins for the stages (tiny_stages.pretend).

As a program: `python tiny_algorithm.py STORE`, a whole run of them in processes of their own.
"""

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiny_stages import pretend

from mucode.train.artifact import Worked
from mucode.train.config import RunConfig
from mucode.train.executor import LocalExecutor
from mucode.train.lock import locked
from mucode.train.pipeline import Outcome, train
from mucode.train.progress import Lines
from mucode.train.run import Run
from mucode.train.stage import STAGES, Kind, StageSpec, Tell
from mucode.train.store import Store

TINY: Mapping[str, Kind] = {
    name: dataclasses.replace(kind, run="tiny_stages:pretend", gradients=False) for name, kind in STAGES.items()
}


class InProcess:
    """Runs stages here, one after another; says which."""

    def __init__(self) -> None:
        self.ran: list[StageSpec] = []

    def run(self, kind: Kind, spec: StageSpec, log: Path, tell: Tell) -> Worked:
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
