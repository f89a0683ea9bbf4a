"""What the verifier reads: the one way from a problem and a program to token ids, for training, scoring and serving."""

from collections.abc import Sequence
from typing import Any, Protocol

from mucode.prompts import TEMPLATE_VALUES, Message, fence, opening
from mucode.train.rows import ProblemRow


class Tokenizer(Protocol):
    """What is used of a transformers tokenizer."""

    def apply_chat_template(self, conversation: list[Message], /, **options: Any) -> Any:  # noqa: ANN401  ids or text
        """The ids of a conversation."""
        ...


def verifier_messages(row: ProblemRow, shown: str) -> list[Message]:
    """The first user message of the prompt, without what came between, and the program as the assistant's turn.

    `shown` is the program as prompts show it, without its fence.
    """
    return [
        {"role": "user", "content": opening(row.problem, row.task, row.baseline)},
        {"role": "assistant", "content": fence(shown)},
    ]


def verifier_ids(tokenizer: Tokenizer, messages: list[Message], max_length: int) -> list[int]:
    """Token ids of a whole conversation, at most `max_length`. The template ends the assistant's turn.

    The verifier reads its number off the last token.
    """
    ids = tokenizer.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=False, return_dict=False, **TEMPLATE_VALUES
    )
    return cut(list(map(int, ids)), max_length)


def cut(ids: Sequence[int], max_length: int) -> list[int]:
    """At most `max_length` ids: the first quarter of that, which says what is asked, and the rest from the end.

    The program stands at the end, so a long problem loses its middle and only a very long program loses its beginning.
    """
    if len(ids) <= max_length:
        return list(ids)
    head = max_length // 4
    return [*ids[:head], *ids[len(ids) - (max_length - head) :]]
