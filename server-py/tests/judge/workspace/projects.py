"""Projects in temporary folders: discovered and judged in the real sandbox."""

import textwrap
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mucode.judge import candidates
from mucode.judge.inspection import region
from mucode.judge.kinds import problem_from_json
from mucode.judge.sandbox.pool import Errand
from mucode.judge.workspace.discovery import discover
from mucode.judge.workspace.request import request_from
from tests.judge.judged import real_pool

Event = dict[str, Any]
CALC = """
def add(a, b):
    return a - b
"""
GOOD = "def add(a, b):\n    return a + b\n"


def project(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes the files, dedented, into the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
    return folder


def found(root: Path, selection: Sequence[str], **fields: object) -> Event:
    """What discovery finds."""
    message = {"root": str(root), "selection": list(selection), **fields}
    said: list[str] = []
    return discover(real_pool(), request_from(message), Errand(on_infra=said.append), said.append)


def results(event: Event) -> dict[str, str]:
    """The results of an event or a verdict by test id."""
    return {str(one.get("id", one.get("test"))): str(one["result"]) for one in event["tests"]}


def judge(root: Path, tests: Sequence[str], answer: str, entry_point: str = "add", **fields: object) -> Event:
    """The verdict on an answer, or on a `program` among the fields; the file under repair is calc.py or `file`."""
    file = str(fields.get("file", "calc.py"))
    text = (root / file).read_text("utf-8")
    where = region(text, entry_point)
    problem = problem_from_json(
        {
            "id": "p",
            "kind": "workspace",
            "root": str(root),
            "file": file,
            "text": text,
            "lines": where["lines"],
            "code": where["code"],
            "entry_point": entry_point,
            "adapter": "pytest",
            "public_tests": [{"id": name, "source": ""} for name in tests],
            "time_limit_s": 20,
            **{name: value for name, value in fields.items() if name != "program"},
        }
    )
    given = {"id": "c", "program": str(fields["program"])} if "program" in fields else {"id": "c", "answer": answer}
    heard: list[str] = []
    stop = threading.Event()
    verdict = candidates.judge(
        real_pool(), problem, "public", given, stop, lambda one: heard.append(one.test), heard.append
    )
    assert sorted(heard) == sorted(tests)
    return verdict
