"""Problems of kind "stdio" through the judge's front doors: `check` and `serve`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.check import check
from mucode.judge.serve import Service
from tests.judge.judged import real_pool

PROBLEM: "dict[str, Any]" = {
    "id": "p",
    "language": "python",
    "kind": "stdio",
    "instruction": "Print the sum.",
    "code": "",
    "public_tests": [{"id": "a", "input": "1 2\n", "outputs": ["3\n"]}],
    "private_tests": [{"id": "b", "input": "5 6\n", "outputs": ["11\n"]}],
}
RIGHT = "print(sum(map(int, input().split())))\n"


def test_check_takes_programs_and_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"problem.json": json.dumps(PROBLEM), "right.py": RIGHT, "wrong.py": "print(3)\n",
             "answer.md": f"It sums up:\n```python\n{RIGHT}```\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in files]
    assert check(paths[0], paths[1:], "private", real_pool()) == 0
    verdicts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(Path(one["candidate"]).name, one["verdict"]) for one in verdicts] == [
        ("right.py", "pass"),
        ("wrong.py", "fail"),
        ("answer.md", "pass"),
    ]


def serve(*requests: "dict[str, Any]") -> "list[dict[str, Any]]":
    sink = io.BytesIO()
    lines = b"".join(json.dumps(request).encode() + b"\n" for request in requests)
    Waiting(lines, sink).run()
    return [json.loads(line) for line in sink.getvalue().splitlines()]


class Waiting(Service):
    """Ends when its requests are answered, not with its input."""

    def __init__(self, lines: bytes, sink: io.BytesIO) -> None:
        super().__init__(real_pool(), io.BytesIO(lines), sink)

    def _stop(self) -> None:
        self._reading.shutdown(wait=True)
        self._judging.shutdown(wait=True)


def test_serve_extracts_and_judges_programs() -> None:
    candidates = [{"id": "c1", "program": RIGHT}, {"id": "c2", "answer": "print(0)"}]
    events = serve(
        {"op": "extract", "id": 1, "problem": PROBLEM, "answer": f"```\n{RIGHT}```"},
        {"op": "judge", "id": 2, "which": "public", "problem": PROBLEM, "candidates": candidates},
    )
    extracted = next(event for event in events if event["event"] == "extracted")
    assert (extracted["program"], extracted["code"], extracted["imports"]) == (RIGHT, RIGHT, [])
    verdicts = {event["candidate"]: event for event in events if event["event"] == "verdict"}
    assert (verdicts["c1"]["verdict"], verdicts["c1"]["judged"]) == ("pass", "outside")
    assert verdicts["c2"]["verdict"] == "fail"
    assert "expected: 3" in verdicts["c2"]["feedback"]
    assert sum(event["event"] == "test" for event in events) == 2
    assert events[-1] == {"id": 2, "event": "done"}
