"""Tiny stages for tests of the frame: they count, fail, hang and start children; no model, no judge."""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.rows import write_whole
from mucode.train.stage import StageSpec, Tell


def count(spec: StageSpec, tell: Tell) -> None:
    """Writes `parts` files of one row each, and notes every part that it makes in the file `made` outside."""
    for number in range(spec.config["parts"]):
        part = spec.out / f"part-{number:05}.jsonl"
        tell("progress", {"done": number, "total": spec.config["parts"], "unit": "parts"})
        if part.exists():
            continue
        if delay := spec.config.get("delay_s"):
            time.sleep(delay)
        inputs = sum(len(list(folder.glob("part-*"))) for folders in spec.inputs.values() for folder in folders)
        with Path(spec.config["made"]).open("a") as made:
            made.write(f"{spec.stage} {spec.seed} {number}\n")
        write_whole(part, f'{{"part":{number},"seed":{spec.seed},"inputs":{inputs}}}\n'.encode())


def fail(spec: StageSpec, tell: Tell) -> None:
    """Fails as a stage does that knows why."""
    raise MucodeError("the cause, and the next step")


def crash(spec: StageSpec, tell: Tell) -> None:
    """Fails as a bug does."""
    sys.stdout.write("printed by a library\n")
    raise ZeroDivisionError("a bug")


def lack_a_library(spec: StageSpec, tell: Tell) -> None:
    """Needs what is not installed."""
    importlib.import_module("absent_library.part")


def kill_itself(spec: StageSpec, tell: Tell) -> None:
    """Ends as by the system's out-of-memory killer."""
    os.kill(os.getpid(), signal.SIGKILL)


def start_children(spec: StageSpec, tell: Tell) -> None:
    """Starts a child in a session of its own, tells the ids of both, and hangs."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    tell("metric", {"name": "pids", "value": [os.getpid(), child.pid]})
    time.sleep(600)


def fill(spec: StageSpec, tell: Tell) -> None:
    """Writes more than there is room for."""
    write_whole(spec.out / "large.bin", b"\0" * spec.config["bytes"])
