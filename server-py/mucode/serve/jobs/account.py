"""The fold of a run's events: its stages, its last metrics, how it ended. Where events come from is in log.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

_ENDS = {"failed": "failed", "stopped": "stopped"}


@dataclass
class StageAccount:
    """One unit of work of a stage."""

    stage: str
    iter: int
    key: str
    state: str
    """`running`, `done`, `reused`, `failed` or `stopped`."""
    started: float | None = None
    done: float | None = None
    total: float | None = None
    eta_s: float | None = None
    seconds: float | None = None


@dataclass
class Account:
    """All that is told of a run."""

    seq: int = 0
    attempt: int = 0
    created: float | None = None
    stage: str | None = None
    iter: int | None = None
    state: Literal["running", "done", "failed", "stopped"] | None = None
    """What the last `job.state` says."""
    message: str | None = None
    pair: str | None = None
    best: int | None = None
    stages: list[StageAccount] = field(default_factory=list[StageAccount])
    metrics: dict[str, Any] = field(default_factory=dict[str, Any])
    made_bytes: int = 0
    """Of all artifacts that this run made."""

    def take(self, event: Mapping[str, Any]) -> None:
        """Takes the next event. Raises KeyError for one that is none."""
        self.seq, self.attempt = event["seq"], event["attempt"]
        self.created = event["ts"] if self.created is None else self.created
        data: Mapping[str, Any] = event["data"]
        stage, iteration = str(event["stage"] or ""), event["iter"] or 0
        if stage:
            self.stage, self.iter = stage, event["iter"]
        match event["type"]:
            case "job.state":
                self._turned(data)
            case "stage.start":
                self._unit(stage, iteration, data["key"], "running").started = event["ts"]
            case "progress" if going := self._going(stage, iteration):
                going.done, going.total, going.eta_s = data["done"], data["total"], data.get("eta_s")
            case "stage.end":
                unit = self._unit(stage, iteration, data["key"], "done")
                unit.seconds, unit.eta_s = data["seconds"], None
            case "artifact":
                self._artifact(stage, iteration, data)
            case "metric":
                self.metrics[data["name"]] = data["value"]
            case "error" if going := self._going(stage, iteration):
                going.state = "failed"
            case _:
                pass

    def _turned(self, data: Mapping[str, Any]) -> None:
        self.state, self.message = data["state"], data.get("message")
        self.pair, self.best = data.get("pair"), data.get("best")
        for unit in self.stages:
            # A unit that goes on when another attempt begins was left by a kill.
            if unit.state == "running":
                unit.state = _ENDS.get(self.state or "", "stopped")

    def _artifact(self, stage: str, iteration: int, data: Mapping[str, Any]) -> None:
        key = str(data["key"]).rpartition("/")[2]
        if data["reused"]:
            if not self._found(stage, iteration, key):
                self._unit(stage, iteration, key, "reused")
        else:
            self.made_bytes += data["bytes"]

    def _unit(self, stage: str, iteration: int, key: str, state: str) -> StageAccount:
        """The unit with that key, now in that state."""
        unit = self._found(stage, iteration, key)
        if unit is None:
            unit = StageAccount(stage, iteration, key, state)
            self.stages.append(unit)
        unit.state = state
        return unit

    def _found(self, stage: str, iteration: int, key: str) -> StageAccount | None:
        named = (stage, iteration, key)
        return next((one for one in self.stages if (one.stage, one.iter, one.key) == named), None)

    def _going(self, stage: str, iteration: int) -> StageAccount | None:
        going = (one for one in self.stages if (one.stage, one.iter, one.state) == (stage, iteration, "running"))
        return next(going, None)
