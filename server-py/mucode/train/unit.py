"""One stage with its settings and inputs: what it is called by its key, and what its process is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mucode import prompts
from mucode.train import source
from mucode.train.artifact import Identity
from mucode.train.config import RunConfig, as_json, matters
from mucode.train.rows import seed_of
from mucode.train.stage import Kind, StageSpec
from mucode.train.store import Store


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
        count = self.kind.reads
        settings = {name: value for name, value in matters(self.settings).items() if count is None or name in count}
        templates, code = prompts.digests(self.kind.templates), source.digests(self.kind.code)
        return Identity(self.name, self.kind.version, settings, keys, self._seed(config), engine, templates, code)

    def spec(self, config: RunConfig, out: Path) -> StageSpec:
        """What its process is told."""
        workers = config.workers or len(os.sched_getaffinity(0))
        seed, engine = self._seed(config), as_json(config.engine)
        return StageSpec(self.name, self.iteration, as_json(self.settings), self.inputs, out, seed, workers, engine)

    def _seed(self, config: RunConfig) -> int:
        run = [] if self.kind.draws == "nothing" else [config.seed]
        return seed_of(*run, self.name, *([self.iteration] if self.kind.draws == "by iteration" else []))
