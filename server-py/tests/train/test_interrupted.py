"""Ctrl+C, or being told to end, is an orderly end: nothing runs on, and the user learns how to go on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from killing import left_running, marked_environment

from mucode.train.events import read_events


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    store = tmp_path / "store"
    command = [sys.executable, "-m", "mucode", "train", "toy", "--store", str(store)]
    mark, environment = marked_environment()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    with process:
        first = next(line for line in process.stderr if line.startswith("problems: "))
        os.kill(process.pid, number)
        said = first + process.stderr.read()
    assert process.returncode == 130, said
    assert f"the same command goes on from there: mucode train toy --store {store}" in said
    assert "Traceback" not in said
    assert left_running(mark) == []
    (log,) = (store / "runs").glob("*/events.jsonl")
    assert list(read_events(log))[-1].data == {"state": "stopped"}
