"""One run: asks the store for every artifact, has the executor make what is missing, writes what happens to the log.

In which order stages are asked for is in pipeline.py.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mucode.train.artifact import Artifact, Worked, make
from mucode.train.config import RunConfig, as_toml, matters
from mucode.train.events import EventLog
from mucode.train.executor import Executor
from mucode.train.progress import Pace, Screen
from mucode.train.rows import write_whole
from mucode.train.stage import STAGES, Kind
from mucode.train.store import Store
from mucode.train.unit import Unit


def name_of(config: RunConfig, sources: Sequence[str]) -> str:
    """The name of the run: its sources and a digest of all that matters, so that the same command finds it again."""
    stem = "-".join(Path(source).stem for source in sources)
    return f"{stem}-{hashlib.sha256(json.dumps(matters(config), sort_keys=True).encode()).hexdigest()[:8]}"


class Run:
    """A run that is going on. The caller holds its lock."""

    def __init__(
        self,
        folder: Path,
        config: RunConfig,
        store: Store,
        executor: Executor,
        screen: Screen,
        *,
        wait: bool = False,
        stages: Mapping[str, Kind] = STAGES,
    ) -> None:
        self.folder = folder
        self._config, self._store, self._executor, self._screen = config, store, executor, screen
        self._wait, self._stages = wait, stages
        self._log = EventLog(folder / "events.jsonl", folder.name)
        write_whole(folder / "effective.toml", as_toml(config).encode())

    def stage(self, name: str, settings: object, iteration: int = 0, **inputs: Path | Sequence[Path]) -> Path:
        """The folder of the artifact that this stage makes of these inputs, made now if it is not there.

        An input that is a list is several artifacts of one role. Raises MucodeError.
        """
        folders = {role: (given,) if isinstance(given, Path) else tuple(given) for role, given in inputs.items()}
        return self.make(Unit(name, self._stages[name], settings, folders, iteration))

    def make(self, unit: Unit, final: Path | None = None) -> Path:
        """The folder that a unit of work fills: its place in the store, or `final`. Raises MucodeError."""
        identity = unit.identity(self._config, self._store)
        name, iteration = unit.name, unit.iteration

        def work(out: Path) -> Worked:
            self.tell("stage.start", {"key": identity.key}, name, iteration)
            log = self.folder / "logs" / f"{name}-{iteration}-{identity.key[:8]}.log"
            heard = _Ear(self, unit).heard
            worked = self._executor.run(unit.kind, unit.spec(self._config, out), log, heard)
            took = {"seconds": worked.seconds, "peak_bytes": worked.peak_bytes}
            self.tell("stage.end", {"key": identity.key, **took}, name, iteration)
            return worked

        place = final or self._store.place(name, identity.key)
        artifact, made = make(place, identity, work, wait=self._wait)
        self.tell("artifact", {**_described(artifact, self._store), "reused": not made}, name, iteration)
        return artifact.path

    def revision(self, *artifacts: Path) -> str:
        """12 hexadecimal digits that tell these artifacts, together, from others."""
        return hashlib.sha256(" ".join(map(self._store.key_of, artifacts)).encode()).hexdigest()[:12]

    def tell(self, type_: str, data: Mapping[str, Any], stage: str | None = None, iteration: int | None = None) -> None:
        """Writes an event and shows it."""
        self._screen.show(self._log.write(type_, data, stage, iteration))

    def close(self) -> None:
        """Ends the log and what is shown."""
        self._log.close()
        self._screen.close()


class _Ear:
    """Takes a stage's events to the run's log, its progress at a pace that people can read."""

    def __init__(self, run: Run, unit: Unit) -> None:
        self._run, self._unit = run, unit
        self._pace = Pace()

    def heard(self, type_: str, data: Mapping[str, Any]) -> None:
        """Takes one."""
        paced = self._pace.paced(data, time.monotonic()) if type_ == "progress" else data
        if paced is not None:
            self._run.tell(type_, paced, self._unit.name, self._unit.iteration)


def _described(artifact: Artifact, store: Store) -> dict[str, Any]:
    count = sum(file["bytes"] for file in artifact.manifest["files"].values())
    inside = artifact.path.is_relative_to(store.root)
    path = artifact.path.relative_to(store.root) if inside else artifact.path
    return {"key": artifact.key, "path": str(path), "rows": artifact.rows, "bytes": count}
