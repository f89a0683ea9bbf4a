"""What a stage is told, how it speaks, and which stages there are. Who starts one is in executor.py, where its
folders come from in store.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mucode import prompts

Tell = Callable[[str, Mapping[str, Any]], None]
"""Sends one event: its type and its data (test/contract/events.json)."""


@dataclass(frozen=True)
class StageSpec:
    """One unit of work of the pipeline: all that a process needs to do it; it shares nothing but files."""

    stage: str
    iteration: int
    """1-based iteration of Algorithm 1; 0 for what comes before and after the loop."""
    config: Mapping[str, Any]
    """The stage's own settings as JSON; each stage reads them back into its dataclass."""
    inputs: Mapping[str, tuple[Path, ...]]
    """Finished artifacts by role, such as `rollouts` (one folder per iteration)."""
    out: Path
    """The folder to fill. It may hold finished parts of an attempt that was killed; they are used, not made again."""
    seed: int
    workers: int
    """Processes or threads that the stage may keep busy; the number of cores unless told otherwise."""
    engine: Mapping[str, Any]
    """How models are served during the stage, as JSON."""

    def input(self, role: str) -> Path:
        """The only artifact of a role."""
        (folder,) = self.inputs[role]
        return folder


Stage = Callable[[StageSpec, Tell], None]


@dataclass(frozen=True)
class Kind:
    """What the frame knows of a stage without importing it."""

    run: str
    """`module:function`, a `Stage`; imported in the stage's own process only."""
    version: int = 1
    """Raised when equal inputs and settings give another outcome than before: older artifacts are then not used."""
    engine: bool = False
    """Whether models are served during the stage, so that the engine's settings are part of its key."""
    gradients: bool = False
    """Whether it computes gradients, and is started once per GPU."""
    draws: Literal["nothing", "by run", "by iteration"] = "by iteration"
    """On what its random numbers depend. `by run`: they are the same in every iteration, so that iterations are
    compared on equal terms. What draws nothing is the same for every seed."""
    templates: tuple[str, ...] = ()
    """Prompt templates that it makes text of, so that their contents are part of its key."""
    code: tuple[str, ...] = ()
    """Subpackages of mucode whose code decides what it makes, so that their files are part of its key. Of all other
    code `version` tells."""
    reads: tuple[str, ...] | None = None
    """Which settings of its table count for it, where the table is another stage's; None: all."""


_ASKS = ("judge", "prompts")
"""What it takes to play a turn: the prompt is composed, the answer is judged."""
STAGES: Mapping[str, Kind] = {
    "base": Kind("mucode.train.base:run", draws="nothing"),
    # The baselines of problems to repair are verdicts.
    "problems": Kind("mucode.train.problems:run", version=3, draws="by run", code=("judge",)),
    "rollout": Kind("mucode.train.rollout.stage:run", version=2, engine=True, templates=prompts.NAMES, code=_ASKS),
    "verifier": Kind(
        "mucode.train.verifier.stage:run", version=3, gradients=True, templates=prompts.OPENING, code=("prompts",)
    ),
    "score": Kind(
        "mucode.train.verifier.scoring:run",
        version=2,
        draws="nothing",
        templates=prompts.OPENING,
        code=("prompts",),
        reads=("dtype",),
    ),
    "relabel": Kind("mucode.train.relabel:run", draws="nothing"),
    # Its examples hold the conversations of rollouts: other templates reach it as other inputs.
    "generator": Kind("mucode.train.generator.stage:run", version=2, gradients=True),
    "evaluate": Kind(
        "mucode.evaluate.stage:run", version=4, draws="by run", engine=True, templates=prompts.NAMES, code=_ASKS
    ),
}
