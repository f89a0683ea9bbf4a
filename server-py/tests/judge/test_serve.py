"""The protocol of `serve`, spoken to a real process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mucode.judge import limits

JUDGE = Path(limits.__file__).parent
PROBLEM = {
    "id": "add",
    "entry_point": "add",
    "code": "def add(a, b):\n    return a - b\n",
    "public_tests": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
    "private_tests": ["assert add(2, 2) == 4"],
    "time_limit_s": 30,
}
GOOD = "def add(a, b):\n    return a + b\n"
ENDLESS = "def add(a, b):\n    while True: pass\n"
Event = dict[str, Any]


def below(pid: int) -> list[int]:
    """Every process below one."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(word) for one in lists for word in one.read_text().split()]
    return children + [process for child in children for process in below(child)]


def dead(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def a_second() -> float:
    """One second, or what is left of it when more processes want to run than there are cores."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2)


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Serve:
    """A judge process and its lines."""

    def __init__(self, *options: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(JUDGE), "serve", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def write(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, **message: object) -> None:
        self.write(json.dumps(message).encode())

    def judge(self, request: str, *programs: str, **changes: object) -> None:
        candidates = [{"id": f"{request}{n}", "answer": text} for n, text in enumerate(programs)]
        self.ask(op="judge", id=request, which="public", problem={**PROBLEM, **changes}, candidates=candidates)

    def read(self) -> Event:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def until_end_of(self, *requests: str) -> list[Event]:
        """Every event up to the last closing one of the named requests."""
        waiting, events = set(requests), list[Event]()
        while waiting:
            events.append(self.read())
            if events[-1]["event"] in ("done", "error"):
                waiting.discard(events[-1]["id"])
        return events

    def alive(self, pids: list[int]) -> list[int]:
        """Those that still run. A corpse which nobody has buried does not."""
        return [pid for pid in pids if not dead(pid)]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def serve(temporary: Path) -> Iterator[Serve]:
    server = Serve(environment={**os.environ, "TMPDIR": str(temporary), "SECRET_TOKEN": "hunter2"})
    with server.process:
        yield server
        server.process.kill()
    assert not list(temporary.iterdir())


def test_hello_says_version_tier_and_workers(serve: Serve) -> None:
    serve.ask(op="hello", id="h", v=1)
    event = serve.read()
    assert (event["id"], event["event"], event["v"]) == ("h", "hello", 1)
    assert event["tier"] in ("T3", "T2", "T1")
    assert event["workers"] >= 1
    assert [int(part) for part in event["python"].split(".")] == list(sys.version_info[:3])


def test_a_candidate_gets_one_event_per_test_then_its_verdict_then_done(serve: Serve) -> None:
    serve.judge("j", GOOD)
    events = serve.until_end_of("j")
    assert [event["event"] for event in events] == ["test", "test", "verdict", "done"]
    assert [event["result"] for event in events[:2]] == ["pass", "pass"]
    verdict = events[2]
    assert (verdict["candidate"], verdict["verdict"], verdict["judged"]) == ("j0", "pass", "outside")
    assert {"tests", "feedback", "fingerprint", "ms", "tier"} <= set(verdict)


def test_many_requests_at_once_are_all_answered_with_whole_lines(serve: Serve) -> None:
    names = [f"r{n}" for n in range(12)]
    for name in names:
        serve.judge(name, GOOD, "def add(a, b): return 0")
    events = serve.until_end_of(*names)
    for name in names:
        own = [event for event in events if event["id"] == name]
        verdicts = {event["candidate"]: event["verdict"] for event in own if event["event"] == "verdict"}
        assert verdicts == {f"{name}0": "pass", f"{name}1": "fail"}
        assert own[-1]["event"] == "done"


@pytest.mark.parametrize(
    "line",
    [b"garbage", b"[1]", b"\xff\xfe", b"{}", b'{"op":"dance","id":"x"}', b'{"op":"judge","id":"x"}', b"[" * 100_000,
     b'{"op":"judge","id":"x","which":"public","problem":{},"candidates":[]}', b'{"op":"extract","id":"x"}',
     b'{"op":"inspect","id":"x","text":7}', b'{"op":"hello","id":{}}',
     b'{"op":"region","id":"x","text":"","entry_point":"f"}'],
)  # fmt: skip
def test_a_line_that_is_no_request_gets_an_error_and_the_judge_goes_on(serve: Serve, line: bytes) -> None:
    serve.write(line)
    event = serve.read()
    assert event["event"] == "error"
    assert event["message"]
    serve.judge("j", GOOD)
    assert serve.until_end_of("j")[-1]["event"] == "done"


def test_a_line_of_more_than_4_mib_is_refused_whole(serve: Serve) -> None:
    serve.write(b'{"op":"inspect","id":"big","text":"' + b"x" * (5 << 20) + b'"}')
    event = serve.read()
    assert event["event"] == "error"
    assert "4 MiB" in event["message"]
    serve.ask(op="inspect", id="i", text="def f(): pass\n")
    assert serve.read()["event"] == "inspected"


def test_cancel_ends_a_request_and_its_children_at_once(serve: Serve) -> None:
    serve.judge("j", *[ENDLESS] * 6)
    servers = serve.process.pid
    assert eventually(lambda: len(below(servers)) >= 3, 10)
    time.sleep(0.2)
    started = time.monotonic()
    serve.ask(op="cancel", id="j")
    events = serve.until_end_of("j")
    assert time.monotonic() - started < a_second()
    assert events[-1] == {"id": "j", "event": "error", "message": "cancelled"}
    assert not [event for event in events if event["event"] == "verdict"]
    serve.judge("k", GOOD)
    assert serve.until_end_of("k")[-1]["event"] == "done"


def test_cancelling_one_request_leaves_the_others_alone(serve: Serve) -> None:
    serve.judge("a", ENDLESS)
    serve.judge("b", GOOD)
    serve.ask(op="cancel", id="a")
    serve.ask(op="cancel", id="never heard of")
    ends = {event["id"]: event["event"] for event in serve.until_end_of("a", "b")}
    assert ends == {"a": "error", "b": "done"}


def test_the_same_id_twice_at_once_is_refused(serve: Serve) -> None:
    serve.judge("j", ENDLESS)
    serve.judge("j", GOOD)
    event = serve.read()
    assert (event["event"], "under way" in event["message"]) == ("error", True)


def end_of_input(serve: Serve) -> None:
    assert serve.process.stdin
    serve.process.stdin.close()


def terminate(serve: Serve) -> None:
    serve.process.terminate()


def kill(serve: Serve) -> None:
    serve.process.kill()


def interrupt(serve: Serve) -> None:
    serve.process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("end", [end_of_input, terminate, interrupt, kill])
@pytest.mark.parametrize("busy", [True, False], ids=["while candidates run", "while idle"])
def test_nothing_outlives_the_judge(serve: Serve, end: Callable[[Serve], None], busy: bool) -> None:
    serve.judge("j", GOOD)
    serve.until_end_of("j")
    if busy:
        serve.judge("k", ENDLESS, ENDLESS, ENDLESS)
        time.sleep(0.3)
    children = below(serve.process.pid)
    assert len(children) >= 2
    started = time.monotonic()
    end(serve)
    allowed = a_second()
    assert eventually(lambda: not serve.alive(children), allowed)
    serve.process.wait(allowed)
    assert time.monotonic() - started < allowed


def test_a_sandbox_that_was_killed_is_replaced_and_said(serve: Serve) -> None:
    serve.judge("a", GOOD)
    serve.until_end_of("a")
    for pid in below(serve.process.pid):
        os.kill(pid, signal.SIGKILL)
    serve.judge("b", GOOD)
    events = serve.until_end_of("b")
    assert [event["event"] for event in events] == ["infra", "test", "test", "verdict", "done"]


def test_private_tests_run_only_when_asked_for(serve: Serve) -> None:
    serve.ask(op="judge", id="p", which="private", problem=PROBLEM, candidates=[{"id": "c", "program": GOOD}])
    tests = [event["test"] for event in serve.until_end_of("p") if event["event"] == "test"]
    assert len(tests) == 1


def test_a_python_that_is_not_there_is_named(serve: Serve) -> None:
    serve.judge("j", GOOD, python="/nowhere/python3")
    event = serve.until_end_of("j")[-1]
    assert event["event"] == "error"
    assert "/nowhere/python3" in event["message"]
