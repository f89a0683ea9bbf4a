"""One stage with its settings and inputs: what it is called by its key, and what its process is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mucode.train.artifact import Identity
from mucode.train.config import RunConfig, as_json, matters
from mucode.train.rows import seed_of
from mucode.train.stage import Kind, StageSpec
from mucode.train.store import Store

_ONCE = ("problems", "evaluate")
"""Stages that draw the same numbers in every iteration, so that iterations are compared on equal terms."""
_FIXED = ("base",)
"""Stages that draw the same numbers in every run."""


@dataclass(frozen=True)
class Unit:
    """A stage to be done."""

    name: str
    kind: Kind
    settings: object
    """The stage's dataclass of settings."""
    inputs: Mapping[str, tuple[Path, ...]]
    iteration: int = 0

    def identity(self, config: RunConfig, store: Store) -> Identity:
        """All that decides what it makes. Raises MucodeError for an input that is absent or damaged."""
        engine = matters(config.engine) if self.kind.engine else {}
        keys = store.keys_of(self.inputs)
        return Identity(self.name, self.kind.version, matters(self.settings), keys, self._seed(config), engine)

    def spec(self, config: RunConfig, out: Path) -> StageSpec:
        """What its process is told."""
        workers = config.workers or len(os.sched_getaffinity(0))
        seed, engine = self._seed(config), as_json(config.engine)
        return StageSpec(self.name, self.iteration, as_json(self.settings), self.inputs, out, seed, workers, engine)

    def _seed(self, config: RunConfig) -> int:
        if self.name in _FIXED:
            return seed_of(self.name)
        return seed_of(config.seed, self.name, *([] if self.name in _ONCE else [self.iteration]))
