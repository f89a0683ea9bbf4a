"""A small run of the verifier's stages on the toy's problems, in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import StageSpec
from mucode.train.toy.bank import toy_rows
from tests.train.rollouts import turn

SETTINGS: Mapping[str, Any] = {
    "max_length": 512,
    "lr": 1e-3,
    "epochs": 2,
    "batch": 16,
    "tokens_at_once": 4096,
    "pairs": 4,
    "held_out": 0.3,
}


class ToyRun:
    """Writes problems and rollouts, starts stages and keeps their events."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder, self.base = folder, base
        self.problems = [ProblemRow(row.problem, row.task, "toy") for row in toy_rows()[:8]]
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.rollouts = [
            turn(row.id, number, 1, f"{'right' if number % 2 else 'wrong'}_{number} = {number}")
            for row in self.problems
            for number in range(5)
        ]
        for name in ("problems", "rollouts"):
            (folder / name).mkdir()
        write_rows(folder / "problems" / "problems.jsonl", self.problems)
        self.write_rollouts()

    def write_rollouts(self) -> None:
        write_rows(self.folder / "rollouts" / "part-00000.jsonl", self.rollouts)

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        self.events.append((kind, data))

    def metrics(self, name: str) -> list[float]:
        return [data["value"] for kind, data in self.events if kind == "metric" and data["name"] == name]

    def spec(self, stage: str, out: str, **config: Any) -> StageSpec:  # noqa: ANN401  settings of any kind
        """The order for a stage whose output folder is `out`; a verifier is looked for in the folder `verifier`."""
        (self.folder / out).mkdir(exist_ok=True)
        inputs = {
            "rollouts": (self.folder / "rollouts",),
            "problems": (self.folder / "problems",),
            "base": (self.base,),
            "verifier": (self.folder / "verifier",),
        }
        return StageSpec(stage, 1, {**SETTINGS, **config}, inputs, self.folder / out, seed=7, workers=1, engine={})
