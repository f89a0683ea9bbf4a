"""A stage runs in a process of its own, says what happened, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train.executor import PACKAGE, LocalExecutor, gpus
from mucode.train.stage import Kind, StageSpec

HERE = str(Path(__file__).parent)
Events = list[tuple[str, Mapping[str, Any]]]


@pytest.fixture(autouse=True)
def tiny_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def spec_for(folder: Path, **config: Any) -> StageSpec:  # noqa: ANN401  settings of any kind
    (folder / "out").mkdir(exist_ok=True)
    settings = {"made": str(folder / "made"), **config}
    return StageSpec("tiny", 1, settings, {"seen": (folder,)}, folder / "out", 7, 1, {})


def run(name: str, spec: StageSpec, folder: Path, lock: int, events: Events) -> None:
    def tell(type_: str, data: Mapping[str, Any]) -> None:
        events.append((type_, data))

    worked = LocalExecutor().run(Kind(f"tiny_stages:{name}"), spec, folder / "logs" / "tiny.log", lock, tell)
    assert worked.seconds >= 0
    assert worked.peak_bytes > 1 << 20


def test_a_stage_writes_its_files_and_sends_its_events(tmp_path: Path, lock: int) -> None:
    events: Events = []
    run("count", spec_for(tmp_path, parts=3), tmp_path, lock, events)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"part-0000{n}.jsonl" for n in range(3)]
    assert [data["done"] for type_, data in events if type_ == "progress"] == [0, 1, 2]


def test_an_expected_failure_is_the_stages_own_sentence(tmp_path: Path, lock: int) -> None:
    events: Events = []
    with pytest.raises(MucodeError, match=r"^the cause, and the next step$"):
        run("fail", spec_for(tmp_path), tmp_path, lock, events)
    assert events == [("error", {"message": "the cause, and the next step"})]


def test_a_bug_shows_the_last_lines_and_where_the_log_is(tmp_path: Path, lock: int) -> None:
    with pytest.raises(MucodeError, match=r"ended with status 1(.|\n)*tiny\.log(.|\n)*ZeroDivisionError: a bug"):
        run("crash", spec_for(tmp_path), tmp_path, lock, [])
    log = (tmp_path / "logs" / "tiny.log").read_text()
    assert "printed by a library" in log
    assert "a bug" in log


def test_a_library_that_is_not_installed_is_named_with_the_way_to_it(tmp_path: Path, lock: int) -> None:
    with pytest.raises(MucodeError, match=r"^absent_library is not installed for .*trainPython.*mucode\[train\]"):
        run("lack_a_library", spec_for(tmp_path), tmp_path, lock, [])


def test_a_killed_stage_is_told_as_killed(tmp_path: Path, lock: int) -> None:
    with pytest.raises(MucodeError, match="killed by signal 9, perhaps for lack of memory"):
        run("kill_itself", spec_for(tmp_path), tmp_path, lock, [])


def test_a_cancelled_stage_leaves_no_process(tmp_path: Path, lock: int) -> None:
    pids: list[int] = []

    def tell(type_: str, data: Mapping[str, Any]) -> None:
        pids.extend(data["value"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalExecutor().run(
            Kind("tiny_stages:start_children"), spec_for(tmp_path), tmp_path / "logs" / "tiny.log", lock, tell
        )
    assert len(pids) == 2
    assert [pid for pid in pids if alive(pid)] == []


STARTER = """
import json, os, sys
from pathlib import Path
from mucode.train.executor import LocalExecutor
from mucode.train.stage import Kind, StageSpec
folder = Path(sys.argv[1])
spec = StageSpec("tiny", 1, {}, {}, folder, 7, 1, {})
lock = os.open(folder / "lock", os.O_CREAT)
tell = lambda type_, data: print(json.dumps(data["value"]), flush=True)
LocalExecutor().run(Kind("tiny_stages:start_children"), spec, folder / "logs" / "tiny.log", lock, tell)
"""


def test_a_stage_does_not_outlive_its_killed_starter(tmp_path: Path) -> None:
    path = os.pathsep.join([str(PACKAGE), HERE])
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    with starter:
        assert starter.stdout is not None
        pids = [int(part) for part in starter.stdout.readline().strip("[]\n").split(",")]
        assert all(map(alive, pids))
        os.kill(starter.pid, signal.SIGKILL)
    given_up = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < given_up:
        threading.Event().wait(0.02)
    assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.parametrize(("visible", "count"), [("0,1", 2), ("", 0), ("-1", 0), ("GPU-1", 1)])
def test_the_visible_gpus_are_counted(monkeypatch: pytest.MonkeyPatch, visible: str, count: int) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == count


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
