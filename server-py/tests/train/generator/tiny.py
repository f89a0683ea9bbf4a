"""A tiny chat model made from a seed, and examples for it. What is tested with them is in the test files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from mucode.train.rows import ExampleRow, write_rows
from mucode.train.stage import StageSpec

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make_base(folder: Path, dtype: str = "float32") -> Path:
    """A two-layer Llama with a byte-level tokenizer and a ChatML template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={one: index for index, one in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    cast("Any", tokenizer).add_special_tokens(["<|im_start|>", "<|im_end|>", "<|pad|>"])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|pad|>",
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id("<|im_end|>"),
        pad_token_id=tokenizer.token_to_id("<|pad|>"),
    )
    model = cast("Any", LlamaForCausalLM(config)).to(getattr(torch, dtype))
    model.config.dtype = dtype
    model.save_pretrained(folder)
    return folder


def row_of(number: int, question: str, program: str) -> ExampleRow:
    """One example: the first turn of a rollout."""
    messages = (
        {"role": "user", "content": "Write the body of this Python function."},
        {"role": "assistant", "content": "```python\ndef one():\n    return 1\n```"},
        {"role": "user", "content": question},
    )
    completion = f"```python\n{program}\n```"
    return ExampleRow(f"tiny/{number}", 0, 1, messages, completion, correct=True, score=None)


def rows(count: int = 4) -> list[ExampleRow]:
    """Examples that begin alike and end differently."""
    names = ["add", "negate", "double", "square", "half", "cube", "last", "first"]
    return [
        row_of(number, f"def {names[number % 8]}{number}(a): ...", f"def {names[number % 8]}{number}(a):\n    return a")
        for number in range(count)
    ]


def spec_of(out: Path, base: Path, examples: Sequence[ExampleRow], **config: object) -> StageSpec:
    """An order for the stage, its examples written beside `out`."""
    table = out.parent / f"{out.name}-examples"
    table.mkdir(exist_ok=True)
    write_rows(table / "examples.jsonl", examples)
    out.mkdir(exist_ok=True)
    return StageSpec("generator", 1, config, {"examples": (table,), "base": (base,)}, out, 7, 1, {})


def heard(events: list[tuple[str, Any]]) -> Any:  # noqa: ANN401  a Tell
    """A listener that keeps what the stage says."""
    return lambda type_, data: events.append((type_, data))
