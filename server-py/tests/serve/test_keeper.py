"""The keeper: nothing of a command outlives it, whichever way it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mucode.serve import keeper
from tests.serve.gateway_process import is_running, wait_until

# Starts a helper in a session of its own, whose parent leaves at once: nobody's child, in nobody's group.
STRAY = "(setsid sleep 300 & echo $! ; sleep 300 & echo $!) ; sleep 300 & echo $!"


def kept(*command: str) -> subprocess.Popen[str]:
    path = str(Path(keeper.__file__))
    return subprocess.Popen(
        [sys.executable, "-I", path, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def pids_of(process: subprocess.Popen[str], count: int) -> list[int]:
    assert process.stdout
    return [int(process.stdout.readline()) for _ in range(count)]


def close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill $$", 143)])
def test_the_status_is_the_commands_own(script: str, status: int) -> None:
    process = kept("sh", "-c", script)
    assert process.wait(10) == status
    close(process)


def test_strays_end_when_the_command_ends() -> None:
    process = kept("sh", "-c", f"{STRAY}; exit 5")
    pids = pids_of(process, 3)
    assert process.wait(10) == 5
    assert not any(is_running(pid) for pid in pids)
    close(process)


def test_everything_ends_when_standard_input_closes() -> None:
    process = kept("sh", "-c", f"{STRAY}; wait")
    pids = pids_of(process, 3)
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == 143
    assert not any(is_running(pid) for pid in pids)
    close(process)


def test_a_command_that_ignores_the_request_to_end_is_killed() -> None:
    process = kept("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done")
    [pid] = pids_of(process, 1)
    assert process.stdin
    process.stdin.close()
    assert process.wait(keeper.GRACE_S + 10) == 137
    assert not is_running(pid)
    close(process)


def test_a_killed_keeper_takes_the_command_along() -> None:
    process = kept("sh", "-c", "echo $$; sleep 300")
    [pid] = pids_of(process, 1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    wait_until(lambda: not is_running(pid))
    close(process)
