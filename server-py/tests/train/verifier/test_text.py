"""What the verifier reads: the first user message and the fenced program, cut by one rule."""

from typing import Any

import pytest

from mucode.prompts import opening
from mucode.train.rows import ProblemRow
from mucode.train.verifier.text import cut, verifier_ids, verifier_messages

PROBLEM = {
    "id": "p",
    "kind": "function",
    "instruction": "Add two numbers.",
    "context": "",
    "entry_point": "add",
    "code": "def add(a, b):\n    return a - b\n",
    "public_tests": [{"id": "t0", "source": "assert add(1, 2) == 3"}],
}
ROW = ProblemRow(PROBLEM, "repair", "test", {"feedback": "add(1, 2) gave -1"})


def test_the_conversation_is_the_opening_and_the_program() -> None:
    user, assistant = verifier_messages(ROW, "def add(a, b):\n    return a + b\n")
    assert user == {"role": "user", "content": opening(PROBLEM, "repair", ROW.baseline)}
    assert "gave -1" in user["content"]
    assert assistant == {"role": "assistant", "content": "```python\ndef add(a, b):\n    return a + b\n```"}


@pytest.mark.parametrize(
    ("length", "expected"),
    [(8, [0, 1, 14, 15, 16, 17, 18, 19]), (20, list(range(20))), (21, list(range(20))), (3, [17, 18, 19]), (1, [19])],
)
def test_a_long_text_loses_its_middle(length: int, expected: list[int]) -> None:
    assert cut(range(20), length) == expected


class Plain:
    """A tokenizer that remembers how it was called."""

    def apply_chat_template(self, conversation: list[dict[str, str]], /, **options: Any) -> list[int]:  # noqa: ANN401  as theirs
        self.options = options
        return [len(one["content"]) for one in conversation]


def test_ids_come_from_the_chat_template_which_ends_the_turn_and_knows_no_today() -> None:
    tokenizer = Plain()
    assert len(verifier_ids(tokenizer, verifier_messages(ROW, "x = 1"), 100)) == 2
    assert tokenizer.options["add_generation_prompt"] is False
    assert tokenizer.options["date_string"] == "26 Jul 2024"
