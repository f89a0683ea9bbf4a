"""Finds the real engine's environment and model, and looks into a running engine past the gateway."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import httpx

PATHS = Path(__file__).parents[3] / ".mucode" / "paths.json"


def real_paths() -> tuple[str, str] | None:
    """SGLang's Python and the model's folder: from the environment, else from what the set-up wrote."""
    python, model = os.environ.get("MUCODE_SGLANG_PYTHON"), os.environ.get("MUCODE_MODEL")
    if not (python and model) and PATHS.is_file():
        paths = json.loads(PATHS.read_text(encoding="utf-8"))
        python, model = paths.get("sglangPython"), paths.get("model")
    return (python, model) if python and model and Path(python).exists() and Path(model).is_dir() else None


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, the nearest first."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, tasks.read_text().split()):
            found += [child, *descendants(child)]
    return found


@dataclass(frozen=True)
class Inside:
    """The engine's own address and key, read from its process."""

    port: int
    key: str

    def running(self) -> int:
        """How many sequences the engine works on or has waiting."""
        headers = {"Authorization": f"Bearer {self.key}"}
        loads = httpx.get(f"http://127.0.0.1:{self.port}/v1/loads", headers=headers, trust_env=False, timeout=20).json()
        return sum(load["num_running_reqs"] + load["num_waiting_reqs"] for load in loads["loads"])


def inside(gateway_pid: int) -> Inside:
    """Of the engine below this gateway."""
    for pid in descendants(gateway_pid):
        arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "--port" in arguments and "keeper.py" not in " ".join(arguments[:4]):
            lines = [line.partition("=") for line in Path(f"/proc/{pid}/environ").read_text().split("\0")]
            values = {name: value for name, _, value in lines}
            return Inside(int(arguments[arguments.index("--port") + 1]), values["MUCODE_API_KEY"])
    raise AssertionError("there is no engine below the gateway")
