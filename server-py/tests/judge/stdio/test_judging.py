"""Verdicts on whole programs: what is said, what is left out, and that expected outputs stay outside."""

import json
from typing import Any

import pytest

from mucode.judge.limits import Limits, Outcome
from mucode.judge.problem import ProblemError
from mucode.judge.stdio.feedback import MOST_CHARACTERS
from mucode.judge.stdio.judging import judge_stdio
from tests.judge.judged import real_pool, runner
from tests.judge.stdio.programs import cases_of, judge, judged, problem

ECHO = "import sys\nsys.stdout.write(sys.stdin.read())\n"


def results(verdict: "dict[str, Any]") -> "list[str]":
    return [case["result"] for case in cases_of(verdict)]


def test_any_of_several_outputs_is_accepted() -> None:
    case = {"id": "a", "input": "", "outputs": ["1\n", "2\n", "3\n"]}
    of = problem(public_tests=[case])
    assert judge(of, "print(2)")["verdict"] == "pass"
    (wrong,) = cases_of(judge(of, "print(4)"))
    assert (wrong["result"], wrong["expected"], wrong["got"]) == ("fail", "1 (or 2 other outputs)", "4")


def test_public_and_private_cases_are_separate() -> None:
    of = problem(("1", "1"), private_tests=[{"id": "s", "input": "5", "outputs": ["6"]}])
    assert judge(of, ECHO)["verdict"] == "pass"
    assert results(judge(of, ECHO, which="private")) == ["fail"]


def test_a_problem_compares_as_it_says() -> None:
    close = "print(0.1 + 0.2)"
    assert judge(problem(("", "0.3")), close)["verdict"] == "fail"
    assert judge(problem(("", "0.3"), tolerance=1e-9), close)["verdict"] == "pass"
    assert judge(problem(("", "1 2")), "print(1)\nprint(2)")["verdict"] == "pass"
    assert judge(problem(("", "1 2"), compare="lines"), "print(1)\nprint(2)")["verdict"] == "fail"


def test_expected_outputs_never_enter_the_sandbox() -> None:
    of = problem(("4", "SECRET-OUTPUT"), private_tests=[{"id": "s", "input": "HIDDEN-INPUT", "outputs": ["x"]}])
    jobs: list[bytes] = []
    run = runner()

    def recording(job: bytes, limits: Limits) -> Outcome:
        jobs.append(job)
        return run(job, limits)

    judge_stdio(of, "public", {"id": "c", "program": ECHO}, recording, lambda test: None)
    assert [json.loads(job) for job in jobs] == [{"program": ECHO, "input": "4"}]


def test_after_a_timeout_the_other_cases_are_left_out() -> None:
    of = problem(("1", "1"), ("2", "2"), ("3", "3"), ("1", "1"), time_limit_s=0.5)
    verdict = judge(of, "n = input()\nwhile n == '2':\n    pass\nprint(n)\n")
    assert results(verdict) == ["pass", "timeout", "skipped", "skipped"]
    assert verdict["verdict"] == "timeout"
    assert "time limit" in verdict["feedback"]


def test_an_exception_is_told_with_the_programs_own_line() -> None:
    (case,) = cases_of(judge(problem(("0", "1")), "import json\nn = input()\nprint(json.loads('['))\n"))
    assert case["result"] == "error"
    assert case["error"].startswith("json.decoder.JSONDecodeError: Expecting value")
    assert case["error"].endswith("(line 3: print(json.loads('[')))")


@pytest.mark.parametrize(
    ("program", "result", "words"),
    [
        ("class Own(Exception): pass\nraise Own('mine')", "error", "Own: mine (line 2: raise Own"),
        ("raise SystemExit('no way')", "error", "ended with status 1, saying: no way"),
        ("import os\nos._exit(9)", "error", "ended with status 9"),
        ("print(", "error", "SyntaxError"),
        ("import threading\nthreading.Thread(target=lambda: 1 / 0).start()", "fail", "ZeroDivisionError"),
        ("raise MemoryError", "limit", "MemoryError"),
    ],
)
def test_the_end_of_a_program_is_told(program: str, result: str, words: str) -> None:
    (case,) = cases_of(judge(problem(("", "1")), program))
    assert case["result"] == result
    assert words in case["error"]
    assert "__main__" not in case["error"]


def test_the_memory_limit_is_the_problems_own() -> None:
    program = "block = bytearray(300 << 20)\nprint(len(block) >> 20)"
    assert results(judge(problem(("", "300"), memory_mb=64), program)) == ["limit"]
    assert results(judge(problem(("", "300"), memory_mb=512), program)) == ["pass"]


def test_a_large_input_and_a_large_output_are_compared_whole() -> None:
    text = "\n".join(map(str, range(300_000)))
    assert results(judge(problem((text, text)), ECHO)) == ["pass"]
    (case,) = cases_of(judge(problem((text, text + "x")), ECHO))
    assert case["error"] == "line 300000: `299999` instead of `299999x`"
    assert len(case["expected"]) <= 300
    assert len(case["got"]) <= 300


def test_feedback_shows_input_expected_and_got_and_stays_short() -> None:
    of = problem(("3\n1 2 3\n", "6\n"), ("1\n5\n", "5\n"))
    feedback = judge(of, "n = int(input())\nprint(6 // (n - 1))")["feedback"]
    assert feedback.split("\n") == [
        "2 of 2 tests failed.",
        "",
        "Failed: c0",
        "  input:",
        "    3",
        "    1 2 3",
        "  expected: 6",
        "  got:      3",
        "  error:    line 1: `3` instead of `6`",
        "",
        "Failed: c1",
        "  input:",
        "    1",
        "    5",
        "  expected: 5",
        "  got:      (nothing)",
        "  error:    ZeroDivisionError: integer division or modulo by zero, at line 2: print(6 // (n - 1))",
    ]
    long = problem(*(("x" * 9000, "y\n" * 9000) for _ in range(5)))
    feedback = judge(long, "print('\\x1b[31m' * 90000)")["feedback"]
    assert len(feedback) <= MOST_CHARACTERS
    assert "\x1b" not in feedback
    assert feedback.count("Failed: ") == 3
    assert feedback.endswith("… and 2 more.")


def test_an_answer_is_extracted_and_one_without_a_program_fails_every_case() -> None:
    of = problem(("1", "1"), ("2", "2"))
    assert judged(of, {"id": "c", "answer": f"```python\n{ECHO}```"}, real_pool())["verdict"] == "pass"
    verdict = judged(of, {"id": "c", "answer": "No."}, real_pool())
    assert results(verdict) == ["error", "error"]
    assert "no program" in verdict["feedback"]


def test_without_cases_nothing_is_judged() -> None:
    with pytest.raises(ProblemError, match="no private tests"):
        judge(problem(("1", "1")), ECHO, which="private")
