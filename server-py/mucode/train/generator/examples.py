"""What is learned of an example: its token ids, and which of them count. How examples share rows is in batches.py."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mucode.errors import MucodeError
from mucode.prompts import TEMPLATE_VALUES
from mucode.train.rows import ExampleRow, Message


class Tokenizer(Protocol):
    """What is needed of a tokenizer of transformers."""

    eos_token_id: int | None

    def apply_chat_template(self, conversation: Sequence[Message], **more: Any) -> str:  # noqa: ANN401  values of any kind
        """The conversation as one text."""
        ...

    def get_added_vocab(self) -> dict[str, int]:
        """The markers, which no ordinary text is made of, and their ids."""
        ...

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """The ids of a text; markers in it become their own ids."""
        ...


@dataclass(frozen=True)
class Example:
    """Token ids of a state and of the program that answers it. Only `ids[prompt:]` is learned."""

    ids: tuple[int, ...]
    prompt: int
    """Number of ids that are the state."""

    @property
    def learned(self) -> int:
        """Number of ids that are learned, the end of the turn among them."""
        return len(self.ids) - self.prompt


def examples_of(
    rows: Iterable[ExampleRow], tokenizer: Tokenizer, max_tokens: int
) -> tuple[list[Example], Mapping[str, int]]:
    """The examples to learn from, and how many were left out, by reason: `too_long`, `empty`."""
    kept: list[Example] = []
    dropped = Counter(too_long=0, empty=0)
    for row in rows:
        if not row.completion.strip():
            dropped["empty"] += 1
            continue
        example = example_of(tokenizer, row.messages, row.completion)
        if len(example.ids) > max_tokens:
            dropped["too_long"] += 1
        else:
            kept.append(example)
    return kept, dict(dropped)


def example_of(tokenizer: Tokenizer, messages: Sequence[Message], completion: str) -> Example:
    """The ids exactly as the model meets them when it is served: the state as the engine sends it, then its own turn.

    No marker is put between the two (the released code of μCode teaches one that it never sees again).
    """
    state = text_of(tokenizer, messages, open_turn=True)
    prompt = tokenizer.encode(state, add_special_tokens=False)
    answer = tokenizer.encode(completion, add_special_tokens=False)
    end = _end_of_turn(tokenizer, messages, completion)
    return Example((*prompt, *answer, end), len(prompt))


def text_of(tokenizer: Tokenizer, messages: Sequence[Message], *, open_turn: bool, **more: object) -> str:
    """The conversation in the model's template, the same on any day. `open_turn`: the assistant's turn begins after it.

    `more` are further values for the template.
    """
    values = {**TEMPLATE_VALUES, **more}
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=open_turn, **values)


def follows_the_calendar(tokenizer: Tokenizer) -> bool:
    """Whether the template puts today's date into its texts although it is told another one."""
    asked = False

    def today(form: str) -> str:
        nonlocal asked
        asked = True
        return form

    text_of(tokenizer, [{"role": "user", "content": "?"}], open_turn=True, strftime_now=today)
    return asked


def _end_of_turn(tokenizer: Tokenizer, messages: Sequence[Message], completion: str) -> int:
    """The id with which the template closes an assistant's turn, so that the model learns to stop there."""
    turn = {"role": "assistant", "content": completion}
    whole = text_of(tokenizer, [*messages, turn], open_turn=False)
    _, found, rest = whole.rpartition(completion)
    # A template that alters the answer (one that trims it, say) does not show where it ends.
    closing = tokenizer.encode(rest, add_special_tokens=False) if found else []
    if closing and closing[0] in tokenizer.get_added_vocab().values():
        return closing[0]
    if tokenizer.eos_token_id is None:
        raise MucodeError(
            "The base model's chat template closes an answer with no marker, and its tokenizer has no end token, so it "
            "could not learn to stop. Choose a chat model as the base."
        )
    return tokenizer.eos_token_id
