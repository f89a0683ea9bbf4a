"""Correct programs are correct: HumanEval's and MBPP's own solutions; HumanEvalPack's buggy ones are not."""

import ast
import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.problem import Problem, function_from_json
from mucode.judge.syntax import body_of
from mucode.judge.verdict import Verdict
from tests.judge.judged import judge_program, real_pool

DATA = Path(os.environ.get("MUCODE_DATA") or Path(__file__).parents[4] / "shared" / "data")
TOO_SLOW = {
    "MBPP/123": "f(9999) takes over ten seconds in plain Python as well: it tries every divisor of every number"
}
"""Reference solutions that do not pass their own tests within the time limit, and why."""


def rows(name: str) -> "list[dict[str, Any]]":
    path = DATA / name
    if not path.exists():
        pytest.skip(f"NOT TESTED: no {name} at MUCODE_DATA or ../shared/data")
    text = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def posed(name: str, entry_point: str, code: str, tests: "list[str]", time_limit_s: float) -> Problem:
    fields = {"id": name, "entry_point": entry_point, "context": "", "code": code, "public_tests": tests}
    return function_from_json({**fields, "time_limit_s": time_limit_s})


def divided(name: str, entry_point: str, code: str, tests: "list[str]") -> Problem:
    """The same with everything but the function under test as context."""
    own = next(node for node in body_of(code) if getattr(node, "name", None) == entry_point)
    lines = code.split("\n")
    context = "\n".join(lines[: own.lineno - 1] + lines[own.end_lineno :])
    function = "\n".join(lines[own.lineno - 1 : own.end_lineno])
    return function_from_json(
        {
            "id": name,
            "entry_point": entry_point,
            "context": context,
            "code": function,
            "public_tests": tests,
            "time_limit_s": 3.0,
        }
    )


def judge_all(work: "list[tuple[Problem, str]]") -> "dict[str, Verdict]":
    real_pool()
    with ThreadPoolExecutor(2) as threads:
        verdicts = threads.map(judge_program, *zip(*work, strict=True))
        return {one.id: verdict for (one, _), verdict in zip(work, verdicts, strict=True)}


def test_every_humaneval_solution_passes_outside() -> None:
    work: list[tuple[Problem, str]] = []
    for row in rows("HumanEval.jsonl.gz"):
        program = row["prompt"] + row["canonical_solution"]
        test = f"{row['test']}\ncheck({row['entry_point']})"
        problem = divided(row["task_id"], row["entry_point"], program, [test])
        work.append((problem, program))
    verdicts = judge_all(work)
    assert len(verdicts) == 164
    assert {name: one.tests for name, one in verdicts.items() if (one.verdict, one.judged) != ("pass", "outside")} == {}


def test_every_mbpp_solution_passes() -> None:
    work: list[tuple[Problem, str]] = []
    for row in rows("mbpp.jsonl"):
        code, name = row["code"].replace("\r\n", "\n"), f"MBPP/{row['task_id']}"
        setup = row["test_setup_code"].replace("\r\n", "\n").rstrip()
        tests = [f"{setup}\n{test}".strip() for test in row["test_list"] + row["challenge_test_list"]]
        if name not in TOO_SLOW:
            work.append((posed(name, entry_point_of(code, tests[0]), code, tests, 3.0), code))
    verdicts = judge_all(work)
    assert len(verdicts) == 974 - len(TOO_SLOW)
    assert {name: one.tests for name, one in verdicts.items() if one.verdict != "pass"} == {}
    # 596 compares with a function of the library, which only the program's own process has imported.
    assert {name for name, one in verdicts.items() if one.judged != "outside"} == {"MBPP/596"}


def entry_point_of(code: str, test: str) -> str:
    defined = {node.name for node in body_of(code) if isinstance(node, ast.FunctionDef)}
    checked = next(node for node in body_of(test) if isinstance(node, ast.Assert))
    calls = [node.func for node in ast.walk(checked) if isinstance(node, ast.Call)]
    return next(call.id for call in calls if isinstance(call, ast.Name) and call.id in defined)


def test_every_buggy_solution_fails() -> None:
    work: list[tuple[Problem, str]] = []
    for row in rows("humanevalpack/python.jsonl"):
        right = row["declaration"] + row["canonical_solution"]
        problem = posed(row["task_id"], row["entry_point"], right, [row["test"]], 1.0)
        work.append((problem, row["declaration"] + row["buggy_solution"]))
    verdicts = judge_all(work)
    assert len(verdicts) == 164
    assert {name: one.tests for name, one in verdicts.items() if one.verdict == "pass"} == {}
    assert not [name for name, one in verdicts.items() if one.verdict == "tamper"]
