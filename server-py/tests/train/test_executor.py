"""A stage runs in a process of its own, says what happened, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train.executor import PACKAGE, LocalExecutor, gpus
from mucode.train.stage import Kind, StageSpec
from mucode.train.worker import Order

HERE = str(Path(__file__).parent)
Events = list[tuple[str, Mapping[str, Any]]]


@pytest.fixture(autouse=True)
def tiny_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)


def spec_for(folder: Path, **config: Any) -> StageSpec:  # noqa: ANN401  settings of any kind
    (folder / "out").mkdir(exist_ok=True)
    settings = {"made": str(folder / "made"), **config}
    return StageSpec("tiny", 1, settings, {"seen": (folder,)}, folder / "out", 7, 1, {})


def run(name: str, spec: StageSpec, folder: Path, events: Events) -> None:
    def tell(type_: str, data: Mapping[str, Any]) -> None:
        events.append((type_, data))

    worked = LocalExecutor().run(Kind(f"tiny_stages:{name}"), spec, folder / "logs" / "tiny.log", tell)
    assert worked.seconds >= 0
    assert worked.peak_bytes > 1 << 20


def test_a_stage_writes_its_files_and_sends_its_events(tmp_path: Path) -> None:
    events: Events = []
    run("count", spec_for(tmp_path, parts=3), tmp_path, events)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"part-0000{n}.jsonl" for n in range(3)]
    assert [data["done"] for type_, data in events if type_ == "progress"] == [0, 1, 2]


def test_an_expected_failure_is_the_stages_own_sentence(tmp_path: Path) -> None:
    events: Events = []
    with pytest.raises(MucodeError, match=r"^the cause, and the next step$"):
        run("fail", spec_for(tmp_path), tmp_path, events)
    assert events == [("error", {"message": "the cause, and the next step"})]


def test_a_bug_shows_the_last_lines_and_where_the_log_is(tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match=r"ended with status 1(.|\n)*tiny\.log(.|\n)*ZeroDivisionError: a bug"):
        run("crash", spec_for(tmp_path), tmp_path, [])
    log = (tmp_path / "logs" / "tiny.log").read_text()
    assert "printed by a library" in log
    assert "a bug" in log


def test_a_library_that_is_not_installed_is_named_with_the_way_to_it(tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match=r"^absent_library is not installed for .*trainPython.*mucode\[train\]"):
        run("lack_a_library", spec_for(tmp_path), tmp_path, [])


def test_a_killed_stage_is_told_as_killed(tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match="killed by signal 9, perhaps for lack of memory"):
        run("kill_itself", spec_for(tmp_path), tmp_path, [])


def test_a_cancelled_stage_leaves_no_process(tmp_path: Path) -> None:
    pids: list[int] = []

    def tell(type_: str, data: Mapping[str, Any]) -> None:
        pids.extend(data["value"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalExecutor().run(
            Kind("tiny_stages:start_children"), spec_for(tmp_path), tmp_path / "logs" / "tiny.log", tell
        )
    assert len(pids) == 2
    assert [pid for pid in pids if alive(pid)] == []


def test_an_order_as_text_is_all_that_a_stage_needs(tmp_path: Path) -> None:
    order = tmp_path / "order.json"
    Order("tiny_stages:count", spec_for(tmp_path, parts=2)).write(order)
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps(json.loads(order.read_text())))
    order.unlink()
    environment = {"PYTHONPATH": os.pathsep.join([str(PACKAGE), HERE]), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", "mucode", "stage", str(elsewhere)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env=environment,
    )
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["progress", "progress", "end"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part-00000.jsonl", "part-00001.jsonl"]


LEFT = """
import sys
from pathlib import Path
from mucode.train.lock import lock_of, locked
out = Path(sys.argv[1])
with locked(lock_of(out), str(out)):
    print("has it", flush=True)
    sys.stdin.read()
    (out / "part-00000.jsonl").write_text("of the stage that was left\\n")
"""


def test_a_stage_begins_when_what_is_left_of_a_killed_run_has_ended(tmp_path: Path) -> None:
    spec = spec_for(tmp_path, parts=2)
    left = subprocess.Popen(
        [sys.executable, "-c", LEFT, str(spec.out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
    )
    with left:
        assert left.stdout is not None
        assert left.stdin is not None
        assert left.stdout.readline() == b"has it\n"
        stage = threading.Thread(target=run, args=("count", spec, tmp_path, []))
        stage.start()
        # Once it has been given its order it can do nothing but wait.
        while not (tmp_path / "logs" / "tiny.json").exists():
            time.sleep(0.01)
        assert not (tmp_path / "made").exists()
        left.stdin.close()
    stage.join()
    assert (spec.out / "part-00000.jsonl").read_text() == "of the stage that was left\n"
    assert (tmp_path / "made").read_text() == "tiny 7 1\n"


STARTER = """
import json, os, sys
from pathlib import Path
from mucode.train.executor import LocalExecutor
from mucode.train.stage import Kind, StageSpec
folder = Path(sys.argv[1])
spec = StageSpec("tiny", 1, {}, {}, folder, 7, 1, {})
tell = lambda type_, data: print(json.dumps(data["value"]), flush=True)
LocalExecutor().run(Kind("tiny_stages:start_children"), spec, folder / "logs" / "tiny.log", tell)
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
