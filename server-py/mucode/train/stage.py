"""What a stage is told, and how it speaks. Where its folders come from is in store.py, who starts it in executor.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
