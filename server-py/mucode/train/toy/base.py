"""The toy's base model: two Llama layers and a byte-level tokenizer with ChatML, made from a seed in a few seconds."""

import json
from pathlib import Path
from typing import Any

from mucode.prompts import templates

from .bank import answers, toy_rows

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_START, _END, _PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
_SPECIAL = [_PAD, _START, _END]
_SEED = 0
_VOCABULARY = 1024
_LENGTH = 4096


def make_base(folder: Path) -> None:
    """Writes model and tokenizer into `folder`, as transformers keeps them: equal bytes on equal software."""
    base_model().save_pretrained(folder)
    _tokenizer().save_pretrained(folder)


def base_model() -> Any:  # noqa: ANN401  the libraries are only partly typed
    """The model itself, for inference; its weights come from a seed that never changes."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    random: Any = torch.random
    config = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=_LENGTH,
        bos_token_id=_SPECIAL.index(_START),
        eos_token_id=_SPECIAL.index(_END),
        pad_token_id=_SPECIAL.index(_PAD),
        tie_word_embeddings=True,
        dtype="float32",
    )
    with random.fork_rng(devices=[]):
        random.manual_seed(_SEED)
        model: Any = LlamaForCausalLM(config)
    return model.eval()


def _tokenizer() -> Any:  # noqa: ANN401  as above
    """All bytes, and merges learned from the prompts and the bank, so that a conversation is short."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    byte_level: Any = pre_tokenizers.ByteLevel
    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = byte_level(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=_SPECIAL,
        initial_alphabet=byte_level.alphabet(),
        show_progress=False,
    )
    texts = [*templates().values(), *(json.dumps(row.problem["public_tests"]) for row in toy_rows())]
    texts += [row.problem["instruction"] for row in toy_rows()]
    texts += [answer.text for bank in answers().values() for answer in bank]
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=_START,
        eos_token=_END,
        pad_token=_PAD,
        chat_template=CHATML,
        model_max_length=_LENGTH,
        clean_up_tokenization_spaces=False,
    )
