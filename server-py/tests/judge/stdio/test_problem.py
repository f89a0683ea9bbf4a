"""Reading problems of kind "stdio": what is accepted, and what is refused with a reason."""

from typing import Any

import pytest

from mucode.judge.kinds import problem_from_json
from mucode.judge.problem import ProblemError
from mucode.judge.stdio.problem import StdioProblem

CASE: "dict[str, Any]" = {"id": "a", "input": "1\r\n", "outputs": ["2\n", "3"]}
GOOD: "dict[str, Any]" = {"id": "p", "language": "python", "kind": "stdio", "public_tests": [CASE]}


def test_what_is_left_out_has_its_default() -> None:
    problem = problem_from_json(GOOD)
    assert isinstance(problem, StdioProblem)
    assert (problem.code, problem.compare, problem.tolerance, problem.memory_mb) == ("", "tokens", 0.0, 1024)
    assert (problem.time_limit_s, problem.python, problem.private_tests) == (5.0, None, ())


def test_inputs_and_outputs_stay_as_they_are() -> None:
    (case,) = problem_from_json({**GOOD, "code": "a\r\n"}).tests("public")
    assert case.id == "a"
    assert vars(case) == {"id": "a", "input": "1\r\n", "outputs": ("2\n", "3")}


WRONG: "list[tuple[dict[str, Any], str]]" = [
    ({"compare": "bytes"}, "compare"),
    ({"tolerance": -1}, "tolerance"),
    ({"tolerance": True}, "tolerance"),
    ({"tolerance": float("nan")}, "tolerance"),
    ({"tolerance": float("inf")}, "tolerance"),
    ({"memory_mb": 1}, "memory_mb"),
    ({"memory_mb": "1"}, "memory_mb"),
    ({"time_limit_s": 0}, "time_limit_s"),
    ({"public_tests": {}}, "public_tests"),
    ({"public_tests": ["1"]}, "Case 0 of public_tests"),
    ({"public_tests": [CASE, CASE]}, "'a'"),
    ({"private_tests": [{**CASE, "id": 3}]}, "Case 0 of private_tests"),
    ({"public_tests": [{**CASE, "input": None}]}, "input"),
    ({"public_tests": [{**CASE, "outputs": []}]}, "outputs"),
    ({"public_tests": [{**CASE, "outputs": ["1", 2]}]}, "outputs"),
    ({"public_tests": [{**CASE, "outputs": "12"}]}, "outputs"),
    ({"public_tests": [{**CASE, "input": "\ud800"}]}, "surrogate"),
    ({"public_tests": [{**CASE, "outputs": ["x" * 9_000_000]}]}, "8 MiB"),
    ({"language": "c++"}, "language"),
    ({"code": None}, "code"),
]


@pytest.mark.parametrize(("change", "word"), WRONG)
def test_a_wrong_field_is_named(change: "dict[str, Any]", word: str) -> None:
    with pytest.raises(ProblemError, match=word):
        problem_from_json({**GOOD, **change})
