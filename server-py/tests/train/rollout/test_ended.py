"""The rollout stage ended in the middle and started again: nothing outlives it, nothing is done twice."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from re import fullmatch

import pytest

from mucode.train.rollout import stage
from mucode.train.stage import StageSpec
from mucode.train.worker import Order, work
from tests.real.real_engine import descendants
from tests.train.rollout.scripted import Scripted
from tests.train.rollout.test_stage import chosen, spec_in

PART = r"part-\d{5}\.jsonl"


def stage_with_script(order: Path) -> int:
    """What the child process does: the real stage and judge, an engine that takes a moment for each answer."""

    def engine_for(config: object, model_folder: object) -> AbstractAsyncContextManager[Scripted]:
        return Scripted(chosen, lambda seed: 20 + seed % 300).served()

    stage.engine_for = engine_for
    return work(order)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_ended_in_the_middle_and_started_again_it_makes_the_same_table(
    tmp_path: Path, undisturbed: dict[str, str], how: signal.Signals
) -> None:
    order = order_in(tmp_path)
    process = start(order)
    assert until(lambda: parts(order) or process.poll() is not None)
    assert process.poll() is None, "it was done before it could be ended"
    started = descendants(process.pid)
    process.send_signal(how)
    assert process.wait(30) == (-how if how == signal.SIGKILL else 128 + how)
    assert started, "the judge's sandbox was not up yet"
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started)), "something outlived it"
    before = parts(order)
    assert 0 < len(before) < len(undisturbed)
    assert start(order).wait() == 0
    assert {name: parts(order)[name] for name in before} == before
    assert parts(order) == undisturbed


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    order = order_in(tmp_path_factory.mktemp("undisturbed"))
    assert start(order).wait() == 0
    return parts(order)


def order_in(folder: Path) -> Path:
    spec: StageSpec = spec_in(folder, part=1)
    Order("mucode.train.rollout.stage:run", spec).write(folder / "order.json")
    return folder / "order.json"


def start(order: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    module = "from tests.train.rollout.test_ended import stage_with_script"
    code = f"import pathlib, sys; {module}; sys.exit(stage_with_script(pathlib.Path(sys.argv[1])))"
    return subprocess.Popen([sys.executable, "-c", code, str(order)], env=environment, stdout=subprocess.DEVNULL)


def parts(order: Path) -> dict[str, str]:
    return {name: digest for name, digest in digests(order.parent / "out").items() if fullmatch(PART, name)}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def until(condition: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())
