"""Answers of models: the contract cases of both languages, and what must hold for every one of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.answers.answer import extract
from mucode.judge.problem import Problem, function_from_json

CONTRACT = json.loads((Path(__file__).parents[3] / "test" / "contract" / "answers.json").read_text())
CASES: "list[dict[str, Any]]" = CONTRACT["cases"]


def posed(name: str) -> Problem:
    return function_from_json({**CONTRACT["problems"][name], "public_tests": []})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_answer_is_read_as_the_contract_says(case: "dict[str, Any]") -> None:
    got = extract(posed(case["problem"]), case["answer"]).as_json()
    assert {name: got[name] for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", [one for one in CASES if one["expected"]["ok"]], ids=lambda case: case["name"])
def test_an_accepted_answer_is_a_program_with_the_region_in_it(case: "dict[str, Any]") -> None:
    problem = posed(case["problem"])
    found = extract(problem, case["answer"])
    compile(found.program, "program", "exec")
    assert found.program.endswith(found.code)
    assert "\n".join(found.program.split("\n")[found.region_line - 1 :]) == found.code
    assert found.code.endswith("\n") == problem.code.endswith("\n")
    assert all(line in found.program for line in found.imports)


def test_a_program_may_be_repeated_as_an_answer_without_change() -> None:
    problem = posed("class")
    again = extract(problem, f"```python\n{problem.code}```")
    assert again.code == problem.code


def test_lines_within_strings_keep_their_indentation() -> None:
    found = extract(posed("tabs"), "```\ndef f(x):\n    return '''\n    four\n  two\n'''\n```")
    assert found.code == "def f(x):\n\treturn '''\n    four\n  two\n'''"


def test_an_answer_cannot_replace_what_the_context_defines() -> None:
    found = extract(
        posed("helper"), "```\ndef clamp(x):\n    return 0\n\nLIMIT = 0\n\ndef f(x):\n    return clamp(x)\n```"
    )
    assert "return 0" not in found.program
    assert "LIMIT = 0" not in found.program


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "-" * 200_000 + "1", "[" * 5000 + "]" * 5000, "\x00", "\ud800", "```" * 9]
)
def test_no_text_brings_the_reader_down(text: str) -> None:
    assert not extract(posed("plain"), text).ok
    extract(posed("plain"), f"```python\ndef f(x):\n    return {text}\n```")
