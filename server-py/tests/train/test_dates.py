"""Templates that would write today's date write the same one on any day: in training, rollouts, scoring, serving."""

from pathlib import Path
from typing import Any, Literal

import pytest

from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import Access, sglang_launch

DATED = """{%- if not date_string is defined %}{% set date_string = strftime_now("%d %b %Y") %}{% endif -%}
Today Date: {{ date_string }}
{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
"""As those of the Llama 3 family."""
MESSAGES = [{"role": "user", "content": "?"}]
ANSWER = {"role": "assistant", "content": "```python\nx = 1\n```"}
NOT_TODAY = "Today Date: 26 Jul 2024\n"


def test_an_engine_of_ours_tells_every_template_the_date(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    python = tmp_path / "python"
    python.touch(mode=0o755)
    settings = Settings(tmp_path, tmp_path, model=tmp_path, engine_python=python, device="cpu")
    command = sglang_launch(settings, Access(1, "a", "b")).command
    assert command[command.index("--default-chat-template-kwargs") + 1] == '{"date_string": "26 Jul 2024"}'


@pytest.mark.parametrize(("device", "asked", "given"), [("cuda", True, 1), ("cuda", False, 0), ("cpu", True, 0)])
def test_the_deterministic_mode_is_asked_for_where_there_is_one(
    tmp_path: Path, device: Literal["cpu", "cuda"], asked: bool, given: int
) -> None:
    (tmp_path / "config.json").write_text("{}")
    python = tmp_path / "python"
    python.touch(mode=0o755)
    settings = Settings(tmp_path, tmp_path, model=tmp_path, engine_python=python, device=device, deterministic=asked)
    command = sglang_launch(settings, Access(1, "a", "b")).command
    assert command.count("--enable-deterministic-inference") == given


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:  # noqa: ANN401  transformers' own
    pytest.importorskip("transformers", reason="the environment for training is not there", exc_type=ImportError)
    from mucode.train import models
    from mucode.train.toy.base import make_base

    make_base(tmp_path)
    found = models.tokenizer_of(tmp_path)
    found.chat_template = DATED
    return found


@pytest.mark.train
def test_training_scoring_and_rollouts_have_equal_bytes_on_any_day(tokenizer: Any) -> None:  # noqa: ANN401  transformers'
    from mucode.prompts import TEMPLATE_VALUES
    from mucode.train.generator.examples import example_of, follows_the_calendar
    from mucode.train.verifier.text import verifier_ids

    learned = tokenizer.decode(example_of(tokenizer, MESSAGES, ANSWER["content"]).ids)
    assert learned.startswith(NOT_TODAY)
    scored = tokenizer.decode(verifier_ids(tokenizer, [*MESSAGES, ANSWER], 512))
    assert scored == learned + "\n"
    # As SGLang fills the template from what its command line and our requests say.
    served = tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True, **TEMPLATE_VALUES)
    assert learned.startswith(served)
    assert not follows_the_calendar(tokenizer)


@pytest.mark.train
def test_a_template_that_writes_todays_date_all_the_same_is_recognised(tokenizer: Any) -> None:  # noqa: ANN401  transformers'
    from mucode.train.generator.examples import follows_the_calendar

    tokenizer.chat_template = "{{ strftime_now('%Y-%m-%d') }} {{ messages[0].content }}"
    assert follows_the_calendar(tokenizer)
