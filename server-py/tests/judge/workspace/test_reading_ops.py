"""The ops of `serve` that only read a project, context and neighbours, and the suspects of a discovery."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judge.judged import real_pool
from tests.judge.test_serve import Serve
from tests.judge.workspace.projects import found, project

CALC = "RATE = 2\n\n\ndef half(x):\n    return x // RATE\n\n\ndef double(x):\n    return half(x) * 4\n"
TEST = "from calc import double\n\n\ndef test_double():\n    assert double(3) == 6\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, {"calc.py": CALC, "tests/test_calc.py": TEST, "tests/test_other.py": "import os\n"})


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    real_pool()
    server = Serve(environment={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("t"))})
    with server.process:
        yield server
        server.process.kill()


def test_context_tells_what_the_code_uses(serve: Serve) -> None:
    serve.ask(op="context", id="c", text=CALC, entry_point="double", budget=500)
    assert serve.read() == {
        "id": "c",
        "event": "context",
        "context": "RATE = 2\n\ndef half(x):\n    return x // RATE\n",
        "parts": [
            {"kind": "constant", "name": "RATE", "lines": [1, 1]},
            {"kind": "helper", "name": "half", "lines": [4, 5]},
        ],
        "tokens": 14,
    }


def test_neighbours_are_the_test_files_that_import_the_file(serve: Serve, root: Path) -> None:
    serve.ask(op="neighbours", id="n", root=str(root), file="calc.py")
    assert serve.read() == {"id": "n", "event": "neighbours", "files": ["tests/test_calc.py"], "warnings": []}


@pytest.mark.parametrize(
    "message",
    [
        {"op": "context", "text": CALC, "entry_point": "nobody", "budget": 500},
        {"op": "context", "text": CALC, "entry_point": "double", "budget": "many"},
        {"op": "neighbours", "root": "relative", "file": "calc.py"},
        {"op": "neighbours", "root": "/", "file": "../calc.py"},
    ],
)
def test_a_wrong_request_is_refused_in_one_event(serve: Serve, message: "dict[str, object]") -> None:
    serve.ask(id="x", **message)
    answer = serve.read()
    assert (answer["id"], answer["event"]) == ("x", "error")


def test_a_discovery_names_suspects_for_the_failing_tests(root: Path) -> None:
    test = TEST + "\n\ndef test_half():\n    assert double(None) == 0\n"
    (root / "tests" / "test_calc.py").write_text(test)
    event = found(root, ["tests/test_calc.py"])
    assert event["suspects"] == [
        {"file": "calc.py", "entry_point": "half", "line": 4, "why": "traceback"},
        {"file": "calc.py", "entry_point": "double", "line": 8, "why": "traceback"},
    ]


def test_a_discovery_without_failures_has_no_suspects(root: Path) -> None:
    (root / "tests" / "test_calc.py").write_text(TEST.replace("== 6", "== 4"))
    assert found(root, ["tests/test_calc.py"])["suspects"] == []
