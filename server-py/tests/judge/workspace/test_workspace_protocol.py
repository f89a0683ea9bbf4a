"""Workspace problems through `serve` and `check`, spoken to real processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judge.judged import real_pool
from tests.judge.test_serve import JUDGE, Serve
from tests.judge.workspace.projects import CALC, GOOD, project

TESTS = "from calc import add\n\ndef test_a():\n    assert add(1, 2) == 3\n\ndef test_b():\n    assert add(0, 0) == 0\n"
WRONG = "def add(a, b):\n    return a * b\n"


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    real_pool()
    server = Serve(environment={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("t")), "SECRET_TOKEN": "hunter2"})
    with server.process:
        yield server
        server.process.kill()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, {"calc.py": CALC, "test_calc.py": TESTS})


def problem(root: Path, **changes: object) -> "dict[str, object]":
    given = {
        "id": "p",
        "language": "python",
        "kind": "workspace",
        "root": str(root),
        "file": "calc.py",
        "text": CALC.lstrip(),
        "lines": [1, 2],
        "entry_point": "add",
        "code": CALC.lstrip(),
        "adapter": "pytest",
        "public_tests": [{"id": "test_calc.py::test_a", "source": "def test_a(): …"}],
        "private_tests": [{"id": "test_calc.py::test_b", "source": "def test_b(): …"}],
        "time_limit_s": 30,
    }
    return {**given, **changes}


def test_discover_answers_with_progress_and_one_event(serve: Serve, root: Path) -> None:
    serve.ask(op="discover", id="d", root=str(root), selection=["test_calc.py"], file="calc.py")
    events = [serve.read()]
    while events[-1]["event"] == "discovering":
        events.append(serve.read())
    assert len(events) > 1
    assert events[-1]["event"] == "discovered"
    assert [test["result"] for test in events[-1]["tests"]] == ["fail", "pass"]
    assert events[-1]["python"]["version"] == ".".join(map(str, sys.version_info[:3]))


def test_a_refused_discovery_is_one_error(serve: Serve, root: Path) -> None:
    serve.ask(op="discover", id="d", root=str(root), selection=["test_calc.py::nothing"])
    events = serve.until_end_of("d")
    assert [event["event"] for event in events if event["event"] != "discovering"] == ["error"]
    assert "There is no test" in events[-1]["message"]


def test_an_answer_becomes_the_whole_file(serve: Serve, root: Path) -> None:
    text = '"""Sums."""\n\n\ndef add(a, b):\n    return a - b\n\n\nX = add(1, 2)\n'
    region = {"text": text, "lines": [4, 5], "code": "def add(a, b):\n    return a - b\n"}
    serve.ask(
        op="extract",
        id="e",
        problem=problem(root, **region),
        answer="import math\ndef add(a, b):\n    return math.fsum([a, b])\n",
    )
    event = serve.read()
    assert event["imports"] == ["import math"]
    assert event["program"].startswith('"""Sums."""')
    assert "import math" in event["program"]
    assert event["program"].endswith("    return math.fsum([a, b])\n\n\nX = add(1, 2)\n")


def test_candidates_of_a_workspace_are_judged_by_public_and_private_tests(serve: Serve, root: Path) -> None:
    candidates = [{"id": "good", "answer": GOOD}, {"id": "wrong", "answer": WRONG}]
    for which, results in (("public", ["pass", "fail"]), ("private", ["pass", "pass"])):
        serve.ask(op="judge", id=which, which=which, problem=problem(root), candidates=candidates)
        events = serve.until_end_of(which)
        verdicts = {event["candidate"]: event for event in events if event["event"] == "verdict"}
        assert [verdicts[name]["verdict"] for name in ("good", "wrong")] == results
        assert verdicts["good"]["judged"] == "guarded"
        assert verdicts["good"]["why"] is None
        assert events[-1]["event"] == "done"
    assert (root / "calc.py").read_text() == CALC.lstrip()


def test_a_cancelled_candidate_leaves_nothing_running(serve: Serve, root: Path) -> None:
    endless = {"id": "c", "answer": "def add(a, b):\n    while True: pass\n"}
    serve.ask(op="judge", id="j", which="public", problem=problem(root), candidates=[endless])
    serve.ask(op="cancel", id="j")
    events = serve.until_end_of("j")
    assert events[-1]["message"] == "cancelled"
    serve.ask(op="judge", id="k", which="public", problem=problem(root), candidates=[{"id": "g", "answer": GOOD}])
    assert serve.until_end_of("k")[-2]["verdict"] == "pass"


def test_the_environment_of_the_judge_is_out_of_reach(serve: Serve, root: Path) -> None:
    (root / "test_calc.py").write_text("import os\ndef test_a():\n    assert 'SECRET_TOKEN' not in os.environ\n")
    serve.ask(op="discover", id="d", root=str(root), selection=["test_calc.py"])
    event = serve.read()
    while event["event"] == "discovering":
        event = serve.read()
    assert [test["result"] for test in event["tests"]] == ["pass"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"root": "relative"}, "absolute"),
        ({"file": "../calc.py"}, "below the project's root"),
        ({"lines": [2, 1]}, "lines"),
        ({"lines": [1, 99]}, "lines"),
        ({"adapter": "nose"}, "adapter"),
        ({"kind": "essay"}, "kinds"),
        ({"buffers": ["x"]}, "buffers"),
    ],
)
def test_a_wrong_field_is_named(serve: Serve, root: Path, change: "dict[str, object]", word: str) -> None:
    serve.ask(op="judge", id="j", which="public", problem={**problem(root), **change}, candidates=[])
    event = serve.read()
    assert event["event"] == "error"
    assert word in event["message"]


def test_check_takes_workspace_problems(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    real_pool()
    folder = tmp_path_factory.mktemp("check")
    text = '"""Sums."""\n\n' + CALC.lstrip() + "\n\nX = 1\n"
    (folder / "problem.json").write_text(json.dumps(problem(root, text=text, lines=[3, 4])))
    (folder / "answer.py").write_text(GOOD)
    (folder / "file.py").write_text(text.replace("a - b", "b + a"))
    (folder / "wrong.md").write_text(f"The fix:\n```python\n{WRONG}```\n")
    files = [str(folder / name) for name in ("problem.json", "answer.py", "file.py", "wrong.md")]
    done = subprocess.run(
        [sys.executable, "-I", str(JUDGE), "check", *files], capture_output=True, text=True, check=True
    )
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["pass", "pass", "fail"]


def test_a_failed_test_is_told_while_the_others_still_run(serve: Serve, root: Path) -> None:
    ids = ["test_calc.py::test_a", "test_calc.py::test_b"]
    given = problem(root, public_tests=[{"id": name, "source": ""} for name in ids], time_limit_s=3)
    answer = "def add(a, b):\n    while not a: pass\n    return 0\n"
    serve.ask(op="judge", id="j", which="public", problem=given, candidates=[{"id": "c", "answer": answer}])
    first, began = serve.read(), time.monotonic()
    rest = serve.until_end_of("j")
    assert (first["test"], first["result"]) == (ids[0], "fail")
    assert [event["result"] for event in rest if event["event"] == "test"] == ["timeout"]
    assert time.monotonic() - began > 2
