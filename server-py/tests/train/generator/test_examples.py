"""What is learned of an example: the program and the end of the turn, exactly as the model is served."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mucode.train import models
from mucode.train.generator.examples import example_of, examples_of

from . import tiny

pytest.importorskip("transformers", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = pytest.mark.train


def test_only_the_program_and_the_end_of_the_turn_are_learned(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    row = tiny.rows()[0]
    example = example_of(tokenizer, row.messages, row.completion)
    assert tokenizer.decode(example.ids[example.prompt :]) == row.completion + "<|im_end|>"
    assert example.ids[-1] == tokenizer.eos_token_id


def test_the_state_is_what_the_engine_sends_without_any_marker_of_ours(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    row = tiny.rows()[0]
    example = example_of(tokenizer, row.messages, row.completion)
    served = tokenizer.apply_chat_template(row.messages, add_generation_prompt=True, return_dict=False)
    assert list(example.ids[: example.prompt]) == served
    assert "response" not in tokenizer.decode(example.ids)


def test_earlier_answers_of_the_state_are_not_learned(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    row = tiny.rows()[0]
    example = example_of(tokenizer, row.messages, row.completion)
    assert "return 1" in tokenizer.decode(example.ids[: example.prompt])
    assert "return 1" not in tokenizer.decode(example.ids[example.prompt :])


def test_an_end_marker_of_the_template_wins_over_the_tokenizers_end_token(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    tokenizer.eos_token = "<|pad|>"
    row = tiny.rows()[0]
    assert tokenizer.decode([example_of(tokenizer, row.messages, row.completion).ids[-1]]) == "<|im_end|>"


def test_without_an_end_marker_the_end_token_is_learned(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] + '\n' }}{% endfor %}"
    row = tiny.rows()[0]
    assert example_of(tokenizer, row.messages, row.completion).ids[-1] == tokenizer.eos_token_id


def test_where_the_template_alters_the_answer_the_end_token_is_learned_and_not_the_first_marker(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    tokenizer.chat_template = tokenizer.chat_template.replace("message['content']", "message['content'] | upper")
    row = tiny.rows()[0]
    assert tokenizer.decode([example_of(tokenizer, row.messages, row.completion).ids[-1]]) == "<|im_end|>"


def test_examples_that_do_not_fit_are_left_out_and_counted(base: Path) -> None:
    tokenizer: Any = models.tokenizer_of(base)
    rows = [*tiny.rows(), tiny.row_of(9, "def long(a): ...", "x = 1\n" * 400), tiny.row_of(10, "def f(): ...", "")]
    rows[-1] = replace(rows[-1], completion=" \n")
    kept, dropped = examples_of(rows, tokenizer, 500)
    assert len(kept) == 4
    assert dropped == {"too_long": 1, "empty": 1}
