"""The warm servers of projects: one for each state of a project, ended when unwanted, and with their supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mucode.judge.limits import Site
from mucode.judge.sandbox import pool as pool_module
from mucode.judge.sandbox.pool import Pool, Warmth
from tests.judge.projects import project, run, told

SUPERVISOR = """
import sys, threading
from pathlib import Path
from mucode.judge.limits import Limits, Site
from mucode.judge.sandbox.pool import Errand, Pool, Warmth
root, judge, source = sys.argv[1:]
pool = Pool(1, judge=Path(judge))
print([pool.run(b"pass", Limits(20, 20), Errand(warmth=Warmth(site=Site(root)))) and 1], flush=True)
pool.run(source.encode(), Limits(60, 60), Errand(warmth=Warmth(site=Site(root))))
"""


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def sites(pool: Pool) -> "list[tuple[Site | None, int]]":
    """The projects of the idle servers, and their processes."""
    return [(slot.warmth.site, slot.server._process.pid) for slot in pool._idle if slot.warmth != Warmth()]


def test_a_server_is_used_again_until_the_lock_file_changes(open_judge: Path, tmp_path: Path) -> None:
    root = str(project(tmp_path / "p"))
    with Pool(1, judge=open_judge) as pool:
        for _ in range(3):
            run(pool, Site(root, key="lock 1"), "pass")
        ((_, first),) = sites(pool)
        run(pool, Site(root, key="lock 2"), "pass")
        ((site, second),) = sites(pool)
        assert site == Site(root, key="lock 2")
        assert second != first
        assert not Path(f"/proc/{first}").exists()


def test_servers_are_bounded_whatever_number_of_projects(open_judge: Path, tmp_path: Path) -> None:
    with Pool(1, judge=open_judge) as pool:
        for number in range(5):
            run(pool, Site(str(project(tmp_path / f"p{number}"))), "pass")
        assert len(pool._idle) <= 3


def test_a_server_that_is_idle_for_long_ends(open_judge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_IDLE_S", 0.2)
    with Pool(1, judge=open_judge) as pool:
        run(pool, Site(str(project(tmp_path / "p"))), "pass")
        ((_, pid),) = sites(pool)
        assert eventually(lambda: not sites(pool) and not Path(f"/proc/{pid}").exists())
        assert len(pool._idle) == 1
        assert told(run(pool, Site(str(tmp_path / "p")), "tell(1)")) == ["1"]


def test_with_its_supervisor_everything_of_a_project_ends(open_judge: Path, tmp_path: Path) -> None:
    """Killed at any moment; here while a candidate has started processes that would rather stay."""
    root = project(tmp_path / "p")
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    source = f"""
import os, signal, subprocess, sys, time
sleep = [sys.executable, '-c', 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)', '{marker}']
for _ in range(3): subprocess.Popen(sleep, start_new_session=True)
time.sleep(600)
"""

    def marked() -> "list[str]":
        found: list[str] = []
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = line.read_bytes()
            except OSError:
                continue
            if marker.encode() in words and b"Popen" not in words:
                found.append(line.parent.name)
        return found

    command = [sys.executable, "-c", SUPERVISOR, str(root), str(open_judge), source]
    package = Path(pool_module.__file__).parents[2]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(package)}
    ) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline()
        assert eventually(lambda: len(marked()) == 3)
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()
        assert eventually(lambda: not marked())
    assert [entry.name for entry in root.iterdir()] == ["thing"]
