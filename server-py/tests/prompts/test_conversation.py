"""Conversations: equal to the TypeScript side on the recorded cases, bounded, and counted like JavaScript counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from mucode.prompts import MAX_ANSWER_UNITS, MAX_UNITS, Exchange, conversation

CONTRACT = Path(__file__).parents[3] / "test" / "contract" / "conversations.json"
PROBLEM: dict[str, Any] = {
    "instruction": "Repair it.",
    "entry_point": "f",
    "context": "",
    "code": "def f():\n    return 0\n",
    "public_tests": [{"id": "t0", "source": "assert f() == 1"}],
}


def recorded() -> list[Any]:
    if not CONTRACT.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{CONTRACT} is not there"), id="absent")]
    return [pytest.param(case, id=case["name"]) for case in json.loads(CONTRACT.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", recorded())
def test_a_recorded_conversation_comes_out_the_same(case: dict[str, Any]) -> None:
    exchanges = [Exchange(**exchange) for exchange in case["exchanges"]]
    assert conversation(case["problem"], case["task"], case["baseline"], exchanges) == case["messages"]


def exchange(answer: str = "", code: str | None = None) -> Exchange:
    return Exchange(code=code, imports=(), answer=answer, feedback="It fails.")


def test_old_exchanges_are_left_out_before_the_bound_is_passed_but_never_the_last() -> None:
    long = "x" * (MAX_UNITS // 2)
    messages = conversation(PROBLEM, "repair", None, [exchange(code=f"{long}{number}") for number in range(4)])
    programs = [message["content"] for message in messages[3:] if message["role"] == "assistant"]
    assert [program[-5] for program in programs] == ["3"]


def test_an_answer_without_code_is_cut_in_utf_16_units() -> None:
    answer = "\N{GRINNING FACE}" * MAX_ANSWER_UNITS
    messages = conversation(PROBLEM, "repair", None, [exchange(answer)])
    assert messages[3]["content"] == "\N{GRINNING FACE}" * (MAX_ANSWER_UNITS // 2)


def test_trimming_follows_javascript() -> None:
    messages = conversation(PROBLEM, "repair", None, [exchange("\ufeff\x1ctext\x85\u3000")])
    assert messages[3]["content"] == "\x1ctext\x85"


def test_the_verdict_on_the_code_is_shown_for_repair_only() -> None:
    baseline = {"feedback": "f() gave 0"}
    assert "f() gave 0" in conversation(PROBLEM, "repair", baseline, [])[2]["content"]
    assert "f() gave 0" not in conversation(PROBLEM, "write", baseline, [])[2]["content"]


def test_one_worked_example_of_the_same_task_comes_first() -> None:
    for task in ("repair", "write"):
        question, answer, problem = conversation(PROBLEM, task, None, [])
        assert [question["role"], answer["role"], problem["role"]] == ["user", "assistant", "user"]
        assert "def seats_left" in question["content"]
        assert answer["content"].startswith("```python\ndef seats_left")
