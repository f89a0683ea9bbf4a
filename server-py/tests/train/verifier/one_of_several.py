"""One of several processes that train a verifier together; started by torch's launcher. Writes what it saw."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from mucode.train.stage import StageSpec


def main(order: Path) -> None:
    from mucode.train.verifier.stage import run

    found: dict[str, Any] = json.loads(order.read_text(encoding="utf-8"))
    inputs = {role: tuple(map(Path, folders)) for role, folders in found["inputs"].items()}
    losses: list[float] = []

    def tell(kind: str, data: Any) -> None:  # noqa: ANN401  an event
        if kind == "metric" and data["name"] == "loss":
            losses.append(data["value"])

    given: dict[str, Any] = {**found, "inputs": inputs, "out": Path(found["out"])}
    run(StageSpec(**given), tell)
    order.with_name(f"losses-{os.environ['RANK']}.json").write_text(json.dumps(losses), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
