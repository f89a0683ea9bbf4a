"""Programs found in answers to problems of kind "stdio"."""

import pytest

from mucode.judge.stdio.answer import extract
from tests.judge.stdio.programs import problem

ORIGINAL = "n = int(input())\nprint(n + 1)\n"
PROBLEM = problem(("1", "2"), code=ORIGINAL)
PROGRAM = "n = int(input())\nprint(n - 1)\n"


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}```\n"


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (fenced(PROGRAM), "fenced"),
        ("Sure.\n" + fenced(PROGRAM, "") + "It subtracts.", "fenced"),
        ("```python\n" + PROGRAM, "truncated"),
        (PROGRAM, "bare"),
        ("Here is the program.\n\n" + PROGRAM, "prose"),
        (fenced(ORIGINAL) + "The fault is the sign.\n" + fenced(PROGRAM), "several"),
        (fenced(PROGRAM) + "It was:\n" + fenced(ORIGINAL), "several"),
        (fenced(PROGRAM) + "Input:\n" + fenced("3\n", "") + "Output:\n" + fenced("2\n", ""), "several"),
        (fenced(PROGRAM) + "Run it:\n" + fenced("python3 main.py\n", "bash"), "fenced"),
        ("<think>" + fenced(ORIGINAL) + "</think>" + fenced(PROGRAM), "fenced"),
        (fenced(PROGRAM).replace("\n", "\r\n"), "fenced"),
        ("1. Like this:\n   " + fenced(PROGRAM).replace("\n", "\n   "), "fenced"),
    ],
)
def test_the_program_of_an_answer(answer: str, form: str) -> None:
    found = extract(PROBLEM, answer)
    assert (found.ok, found.form, found.program, found.code, found.imports) == (True, form, PROGRAM, PROGRAM, [])


def test_definitions_of_an_earlier_block_are_put_in_front_where_the_program_needs_them() -> None:
    answer = fenced("import math\ndef half(n):\n    return math.floor(n / 2)\n") + fenced("print(half(int(input())))\n")
    found = extract(PROBLEM, answer)
    assert "def half(n)" in found.program
    assert "import math" in found.program
    assert found.program.endswith("print(half(int(input())))\n")
    alone = extract(PROBLEM, fenced("def unused(n):\n    return n\n") + fenced(PROGRAM))
    assert alone.program == PROGRAM


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I cannot do that.", "no_code"),
        ("", "no_code"),
        (fenced("3\n2\n", ""), "no_code"),
        (fenced("print(\n"), "syntax"),
        ("n = int(input())\nprint(n", "syntax"),
        ("If that fails, ask again.", "no_code"),
        ("```python\nn = int(input())\nfor i in range(", "truncated"),
        (fenced(ORIGINAL) + "Better:\n```python\nn = int(input(", "truncated"),
    ],
)
def test_an_answer_without_a_program_says_why(answer: str, reason: str) -> None:
    found = extract(PROBLEM, answer)
    assert (found.ok, found.reason) == (False, reason)
    assert found.message.endswith(".")


def test_a_deep_program_is_taken_as_it_is() -> None:
    deep = "def f():\n    return " + "-" * 900 + "1\n"
    assert extract(PROBLEM, fenced(deep) + fenced("print(f())\n")).ok
