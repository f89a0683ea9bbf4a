"""The judge's readers of what others write: no input makes one fail, and none passes by accident."""

import ast
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mucode.judge.answers import answer
from mucode.judge.function.judging import judge_candidate
from mucode.judge.inspection import inspect
from mucode.judge.kinds import problem_from_json
from mucode.judge.limits import Limits, Outcome
from mucode.judge.problem import Problem, ProblemError
from mucode.judge.stdio import answer as stdio_answer
from mucode.judge.stdio.judging import judge_stdio
from mucode.judge.syntax import body_of
from mucode.judge.verdict import TestVerdict
from tests.judge.judged import problem as function_problem
from tests.judge.properties.data import RECORD_KEYS, Values, json_data
from tests.judge.stdio.programs import problem as stdio_problem

SECRET = "kepler-186f"
FUNCTION = function_problem([f"assert f(1) == {SECRET!r}"])
METHOD = function_problem(
    ["assert C().m(1) == 2"], code="class C:\n    def m(self, x):\n        return x\n", entry_point="C.m"
)
GUARDED = function_problem([f"n = 0\nwhile n < 1:\n    n += 1\n    assert f(n) == {SECRET!r}"])
PROGRAM = stdio_problem(("1\n", "2 3\n"), code="print(input())\n")

_FRAGMENTS = [
    "def f(x):", "def f(x", "    return x", "    return [x", "async def f(x): return 1", "class C:", "        return 2",
    "    def m(self, x):", "def m(self, x):", "lambda x: x", "@property", "import os", "from os import *", "x = 1;",
    "```", "from __future__ import annotations", "print(input())", "```python", "```py", "~~~", "````", "    ```",
    "<think>", "</think>", "if x:", "else:", "\t", "\tdef f(x):\n\t\treturn x", "'''", '"""', "(", ")", "\\",
    "# def f(x):",
    "Here is the function `f`:", "1. First", "return 1", "yield x", "f = 3", "match x:\n    case 1: pass", "\x00", "\r",
    "\x0c", "\ufeff", "\N{NO-BREAK SPACE}", "\ud800", "f'{x!r:>{y}}'", "0" * 50, "if True:\n  def f(x): return 1",
    "del f",
]  # fmt: skip
pieces = st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=8))
answers = st.lists(st.tuples(pieces, st.sampled_from(["\n", "", " ", "\n\n", "\r\n"])), max_size=12).map(
    lambda parts: "".join(piece + end for piece, end in parts)
)


def gives_a_meaning(source: str, name: str) -> bool:
    """Whether a program defines, assigns or imports that name somewhere."""
    nodes = [node for statement in body_of(source) for node in ast.walk(statement)]
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    imported = [node.asname or node.name for node in nodes if isinstance(node, ast.alias)]
    return name in [*stored, *imported, *(getattr(node, "name", None) for node in nodes)]


@given(st.sampled_from([FUNCTION, METHOD]), answers)
def test_an_answer_becomes_a_program_with_the_function_or_is_refused(of: Problem, text: str) -> None:
    found = answer.extract(of, text)
    if found.ok:
        assert gives_a_meaning(found.program, of.function_name)
        assert found.form
        assert found.fingerprint
    else:
        assert found.reason in ("no_code", "syntax", "wrong_name", "truncated")
        assert found.message.endswith(".")
    json.dumps(found.as_json())


@given(answers)
def test_an_answer_becomes_a_whole_program_or_is_refused(text: str) -> None:
    found = stdio_answer.extract(PROGRAM, text)
    if found.ok:
        assert body_of(found.program)
    else:
        assert found.reason in ("no_code", "syntax", "truncated")
        assert found.message.endswith(".")
    json.dumps(found.as_json())


@given(answers)
def test_any_file_can_be_inspected(text: str) -> None:
    json.dumps(inspect(text))


def _records(data: "Sequence[Any]") -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in data)


_fields = st.dictionaries(st.sampled_from(RECORD_KEYS), json_data, max_size=5)
_likely: Values = st.sampled_from([
    {"load": None},
    {"k": 0, "r": [None], "ms": 1},
    {"k": 0, "r": [{"v": "kepler-186"}], "ms": 0.5},
    {"k": 0, "r": [{"v": {"o": {"type": "str", "mro": ["builtins.str"], "truth": True, "text": "'x'"}}}], "ms": 1},
    {"k": 0, "r": [{"x": ["builtins.ValueError"], "m": "no", "line": 10**9, "at": None}], "ms": 1},
    {"k": 0, "x": None, "n": [[0, 1, 0]], "ms": 1},
    {"k": 0, "x": None, "n": [[0, 0, 1]], "ms": 1, "w": 2},
    {"k": 0, "big": "much", "ms": 1},
])  # fmt: skip
records = st.lists(st.one_of(_likely, _fields, json_data), max_size=4).map(_records)
reports = st.one_of(records, st.binary(max_size=60), st.tuples(records, st.binary(max_size=20)).map(b"".join))
ends = st.sampled_from([(0, None, False, None), (1, None, False, None), (None, 9, False, None), (None, 9, True, None),
                        (None, 9, False, "memory"), (0, None, False, "output")])  # fmt: skip


def _outcome(results: bytes, output: bytes, end: "tuple[Any, ...]") -> Outcome:
    status, signal, timed_out, limit = end
    return Outcome(results, output, status, signal, timed_out, limit, 1.0)


def _ignore(_test: TestVerdict) -> None:
    """Only the verdict counts here."""


@settings(max_examples=200)
@given(st.sampled_from([FUNCTION, GUARDED, METHOD]), st.lists(st.tuples(reports, ends), min_size=1, max_size=5))
def test_no_report_is_a_green_pass_by_accident(of: Problem, children: "list[tuple[bytes, tuple[Any, ...]]]") -> None:
    runs = iter([*children, *[children[-1]] * 50])

    def run(_job: bytes, _limits: Limits) -> Outcome:
        results, end = next(runs)
        return _outcome(results, b"", end)

    verdict = judge_candidate(of, "public", {"id": "c", "program": "def f(x): return 1"}, run, _ignore)
    assert verdict.verdict != "pass" or verdict.judged == "unguarded"
    json.dumps(verdict.as_json("T3"))


@given(st.one_of(reports, st.sampled_from([b"2 3", b"2\n3\n", b"2 3 4", b"23"])), st.binary(max_size=60), ends)
def test_a_program_passes_only_by_its_words_and_its_end(results: bytes, errors: bytes, end: "tuple[Any, ...]") -> None:
    def run(_job: bytes, _limits: Limits) -> Outcome:
        return _outcome(results, errors, end)

    verdict = judge_stdio(PROGRAM, "public", {"id": "c", "program": "x"}, run, _ignore)
    ended_well = end == (0, None, False, None)
    assert (verdict.verdict == "pass") == (results.split() == [b"2", b"3"] and ended_well)
    json.dumps(verdict.as_json("T3"))


_FIELDS: "list[dict[str, Any]]" = [
    {"id": "p", "entry_point": "f", "code": "def f(): pass", "public_tests": ["assert f()"], "kind": "function"},
    {"id": "p", "kind": "stdio", "public_tests": [{"id": "a", "input": "", "outputs": [""]}], "tolerance": 0.1},
    {"id": "p", "kind": "workspace", "root": "/p", "file": "a.py", "text": "def f(): pass", "lines": [1, 1],
     "entry_point": "f", "code": "def f(): pass", "adapter": "pytest", "public_tests": [{"id": "a", "source": ""}]},
]  # fmt: skip
_NAMES = sorted(
    {name for one in _FIELDS for name in one} | {"time_limit_s", "memory_mb", "buffers", "python", "compare"}
)


@given(
    st.one_of(
        json_data,
        st.tuples(st.sampled_from(_FIELDS), st.dictionaries(st.sampled_from(_NAMES), json_data, max_size=2)).map(
            lambda both: {**both[0], **both[1]}
        ),
    )
)
def test_any_problem_is_read_or_refused_with_a_reason(data: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    try:
        found = problem_from_json(data)
    except ProblemError:
        return
    assert isinstance(found.tests("public"), tuple)
