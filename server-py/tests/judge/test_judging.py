"""Verdicts from the real sandbox: contract cases, what the child is given, what happens when it ends early."""

import json
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.function.judging import MOST_RESTARTS, judge_candidate
from mucode.judge.limits import Limits, Outcome
from mucode.judge.problem import ProblemError, function_from_json
from mucode.judge.verdict import weakest_judged, worst_result
from tests.judge.judged import judge, judge_program, problem, results

CONTRACT = json.loads((Path(__file__).parents[3] / "test" / "contract" / "verdicts.json").read_text())


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: case["name"])
def test_a_program_is_judged_as_the_contract_says(case: "dict[str, Any]") -> None:
    got = judge_program(function_from_json(case["problem"]), case["program"]).as_json("T3")
    assert {name: got[name] for name in ("verdict", "judged", "why")} == {
        name: case["expected"][name] for name in ("verdict", "judged", "why")
    }
    tests: Any = got["tests"]
    for test, expected in zip(tests, case["expected"]["tests"], strict=True):
        # A null in the contract may stand for a text with an address in it.
        assert {name: test[name] for name, value in expected.items() if value is not None} == {
            name: value for name, value in expected.items() if value is not None
        }


SECRET = 987654321
SECRETS = [
    f"assert f(1) == {SECRET}",
    f"expected = [{SECRET}]\nassert f(2) == expected",
    f"assert abs(f(3) - {SECRET}) < 0.5",
    f"assert f(4) in ({SECRET}, 5)",
    f"for n in range(3):\n    assert f(n) == n + {SECRET}",
    f">>> f(5)\n{SECRET}",
    f"def check(candidate):\n    assert candidate(6) == {SECRET}\ncheck(f)",
    f"assert near(f(7), {SECRET})",
    f"import pytest\nassert f(8) == pytest.approx({SECRET})",
]


@pytest.mark.parametrize("source", SECRETS)
def test_no_expected_value_enters_the_child(source: str) -> None:
    jobs: list[bytes] = []
    context = "def near(a, b):\n    return abs(a - b) < 1\n"
    verdict = judge(problem([source], context=context), "def f(x):\n    return 1\n", jobs=jobs)
    assert verdict.verdict == "fail"
    assert verdict.judged == "outside"
    # A helper's child holds the expected value, and no candidate.
    own = [job for job in jobs if b"return 1" in job]
    assert own
    assert not any(str(SECRET).encode() in job for job in own)


def test_private_and_public_tests_never_share_a_child() -> None:
    jobs: list[bytes] = []
    of = problem(["assert f('public') == 1"], private_tests=["assert f('private') == 1"])
    for which, other in (("public", b"private"), ("private", b"public")):
        jobs.clear()
        assert results(judge(of, "def f(x):\n    return 1\n", which, jobs)) == ["pass"]
        assert jobs
        assert not any(other in job for job in jobs)


def test_after_a_crash_the_other_tests_run_in_a_new_child() -> None:
    of = problem([f"assert f({n}) == {n}" for n in range(5)])
    verdict = judge(of, "import os\ndef f(x):\n    if x == 2:\n        os._exit(3)\n    return x\n")
    assert results(verdict) == ["pass", "pass", "error", "pass", "pass"]
    assert verdict.verdict == "error"


def test_restarts_are_bounded_and_the_rest_is_skipped() -> None:
    of = problem([f"assert f({n}) == {n}" for n in range(8)])
    jobs: list[bytes] = []
    verdict = judge(of, "import os\ndef f(x):\n    os._exit(0)\n", jobs=jobs)
    assert results(verdict) == ["error"] * (MOST_RESTARTS + 1) + ["skipped"] * (7 - MOST_RESTARTS)
    assert len(jobs) == MOST_RESTARTS + 1


def test_an_endless_loop_costs_at_most_two_time_limits() -> None:
    of = problem([f"assert f({n}) == {n}" for n in range(5)], time_limit_s=0.5)
    verdict = judge(of, "def f(x):\n    while x:\n        pass\n    return x\n")
    assert results(verdict) == ["pass", "timeout", "timeout", "skipped", "skipped"]
    assert verdict.ms < 5000


def test_one_test_cannot_spoil_the_next_by_changing_its_input() -> None:
    of = problem(["x = [1]\nassert f(x) == [1, 2]", "x = [1]\nassert f(x) == [1, 2]", "assert g(0) == 0"])
    answer = "def f(x):\n    x.append(2)\n    return x\n\ndef g(y):\n    return y\n"
    assert results(judge_program(of, answer)) == ["pass"] * 3


def test_names_of_a_test_do_not_stay_behind() -> None:
    of = problem(["limit = [5]\nlimit.append(1)\nassert f(limit) == 1", "assert f([]) == 7"])
    verdict = judge_program(of, "limit = 7\ndef f(x):\n    return x[1] if x else limit\n")
    assert results(verdict) == ["pass", "pass"]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("I cannot.", "no definition"),
        ("```python\ndef f(x):\n    return (\n```", "no valid Python"),
        ("def g(x):\n    return 1\n", "`g`"),
    ],
)
def test_an_answer_without_a_program_is_an_error_that_says_why(answer: str, word: str) -> None:
    def nobody(job: bytes, limits: Limits) -> Outcome:
        raise AssertionError("there is nothing to run")

    of = problem(["assert f(1) == 1", "assert f(2) == 2"])
    verdict = judge_candidate(of, "public", {"id": "c", "answer": answer}, nobody, lambda test: None)
    assert (verdict.verdict, results(verdict)) == ("error", ["error", "error"])
    assert word in verdict.feedback


def test_the_line_of_an_error_is_counted_from_the_answer() -> None:
    of = problem(["assert f(1) == 1"], context="import math\nA = 1\nB = 2\n")
    verdict = judge(of, "```python\nimport os\ndef f(x):\n    y = x\n    return y / 0\n```")
    assert verdict.tests[0].line == "line 3: return y / 0"


def test_a_problem_without_tests_is_refused() -> None:
    with pytest.raises(ProblemError, match="no private tests"):
        judge(problem(["assert f(1)"]), "def f(x):\n    return 1\n", "private")


def test_a_correct_program_may_print_recurse_and_use_threads() -> None:
    program = (
        "import threading, sys\n"
        "def f(x):\n"
        "    print('noise ' * 40_000)\n"
        "    print('more', file=sys.stderr)\n"
        "    out = []\n"
        "    thread = threading.Thread(target=lambda: out.append(deep(600)))\n"
        "    thread.start(); thread.join()\n"
        "    return out[0] + x\n"
        "def deep(n):\n"
        "    return 0 if n == 0 else deep(n - 1)\n"
    )
    assert results(judge_program(problem(["assert f(1) == 1"]), program)) == ["pass"]


def test_the_module_is_called_candidate_and_its_main_block_does_not_run() -> None:
    program = (
        "import sys\nwho = __name__\ndef f(x):\n    return who, sys.modules[__name__].f is f\n"
        "if __name__ == '__main__':\n    1 / 0\n"
    )
    assert results(judge_program(problem(["assert f(1) == ('__candidate__', True)"]), program)) == ["pass"]


def test_the_worst_result_decides_and_skipped_is_failed() -> None:
    assert worst_result(["pass", "pass"]) == "pass"
    assert worst_result(["pass", "skipped"]) == "fail"
    assert worst_result(["fail", "error", "pass"]) == "error"
    assert worst_result(["timeout", "limit", "error"]) == "limit"
    assert worst_result(["limit", "tamper"]) == "tamper"


def test_the_weakest_place_decides_where_it_was_judged() -> None:
    assert weakest_judged(["outside", "outside"]) == "outside"
    assert weakest_judged(["outside", "guarded"]) == "guarded"
    assert weakest_judged(["unguarded", "guarded"]) == "unguarded"
    assert weakest_judged([]) == "unguarded"
