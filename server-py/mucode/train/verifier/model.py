"""The verifier as a torch module: a language model's layers and a head of one number. Made, loaded and saved here."""

import hashlib
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional

from mucode.errors import MucodeError
from mucode.train.generator.settings import LoraConfig
from mucode.train.models import copy_tokenizer, tokenizer_of, write_model
from mucode.train.rows import seed_of
from mucode.train.verifier.losses import spread_of_head
from mucode.train.verifier.settings import VerifierConfig
from mucode.train.verifier.text import Tokenizer

# transformers' and peft's types are of little use to a checker; they stay behind these two names.
transformers: Any = import_module("transformers")
safetensors: Any = import_module("safetensors")
_HEAD = "score.weight"
# Architectures whose class in SGLang has a bias in its head, which it leaves as it finds it in memory when the weights
# bring none: every score would be off by an amount that changes with each start.
BIAS_IN_SGLANG = frozenset({"qwen2"})


class Classifier(Protocol):
    """What is used of a transformers model for sequence classification."""

    config: Any
    base_model: Any
    score: Any


class Scorer(torch.nn.Module):
    """Texts in, one number for each out, read off the last token."""

    def __init__(self, classifier: Classifier, adapted: object | None = None) -> None:
        super().__init__()
        self.classifier = classifier
        # In a list: torch must not see the same layers twice.
        self._adapted: list[Any] = [] if adapted is None else [adapted]
        # Which layers are sharded as one over several GPUs.
        self._no_split_modules: Any = getattr(classifier, "_no_split_modules", None)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids [texts, width], padded on the right; lengths [texts] -> scores [texts].

        No mask is needed: attention is causal, so no token sees the padding behind it.
        """
        hidden = self.classifier.base_model(input_ids=ids, use_cache=False).last_hidden_state
        last = hidden[torch.arange(ids.shape[0], device=ids.device), lengths - 1]
        head = self.classifier.score
        # Under autocast the head's weights and its one sum would be rounded to bfloat16, whose steps near 2 are 1/64.
        with torch.autocast(last.device.type, enabled=False):
            bias = None if head.bias is None else head.bias.float()
            return functional.linear(last.float(), head.weight.float(), bias).squeeze(-1)

    def whole(self) -> Classifier:
        """The model with low-rank changes worked into its weights."""
        return self._adapted[0].merge_and_unload() if self._adapted else self.classifier


def new_scorer(base: Path, config: VerifierConfig, seed: int) -> Scorer:
    """The base model in float32 with a new head and without dropout. Raises MucodeError if it cannot be one."""
    settings = _settings_of(base)
    if config.max_length >= settings.max_position_embeddings:
        raise MucodeError(
            f"verifier: max_length is {config.max_length}, but the model in {base} has only "
            f"{settings.max_position_embeddings} positions. Set max_length to less than that."
        )
    fields: dict[str, object] = settings.to_dict()
    for name in [name for name in fields if "drop" in name]:
        setattr(settings, name, 0.0)
    settings.num_labels = 1
    settings.pad_token_id = filler_of(tokenizer_of(base))
    torch.random.manual_seed(seed_of(seed, "verifier"))  # pyright: ignore[reportUnknownMemberType]  untyped there
    factory = transformers.AutoModelForSequenceClassification
    classifier = factory.from_pretrained(base, config=settings, dtype=torch.float32)
    torch.nn.init.normal_(classifier.score.weight, std=spread_of_head(settings.hidden_size))
    if config.recompute:
        classifier.gradient_checkpointing_enable({"use_reentrant": False})
    return Scorer(classifier) if config.form == "full" else _with_low_rank(classifier, config.lora or LoraConfig())


def _settings_of(base: Path) -> Any:  # noqa: ANN401  transformers' own
    try:
        return transformers.AutoConfig.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise MucodeError(f"There is no model in {base}: {error} Give the folder of a transformers model.") from error


def _with_low_rank(classifier: Classifier, lora: LoraConfig) -> Scorer:
    peft: Any = import_module("peft")
    targets = lora.targets[0] if lora.targets == ("all-linear",) else list(lora.targets)
    chosen = peft.LoraConfig(
        task_type="SEQ_CLS", r=lora.rank, lora_alpha=lora.alpha, target_modules=targets, modules_to_save=["score"]
    )
    adapted = peft.get_peft_model(classifier, chosen)
    return Scorer(adapted.base_model.model, adapted)


def filler_of(tokenizer: Any) -> int:  # noqa: ANN401  transformers' own
    """An id to pad with that the model knows already: the tokenizer's own for that, or its end of text."""
    known = (tokenizer.pad_token_id, tokenizer.eos_token_id)
    return next((int(one) for one in known if one is not None), 0)


def save(classifier: Classifier, base: Path, folder: Path) -> str:
    """Writes float32 weights, settings and the base's own tokenizer files; returns the revision, a hash of the weights.

    float32, because what a step of 1e-6 changes is mostly lost in bfloat16. Each file is whole or absent; the same
    weights give the same bytes.
    """
    making = folder / "making-model"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    module = cast("Any", classifier)
    state: dict[str, Tensor] = module.state_dict()
    if module.config.model_type in BIAS_IN_SGLANG:
        state["score.bias"] = torch.zeros(1)
    write_model(module, making, torch.float32, state)
    copy_tokenizer(base, making)
    revision = hashlib.sha256()
    for path in sorted(making.glob("*.safetensors")):
        with path.open("rb") as file:
            revision.update(hashlib.file_digest(file, "sha256").digest())
    for path in sorted(making.iterdir()):
        path.replace(folder / path.name)
    making.rmdir()
    return revision.hexdigest()[:16]


def load(folder: Path, dtype: torch.dtype) -> tuple[Scorer, Tokenizer]:
    """A finished verifier on the best device there is, ready to score. Its head stays as it is stored, in float32."""
    factory = transformers.AutoModelForSequenceClassification
    device = "cuda" if torch.cuda.is_available() else "cpu"
    classifier = factory.from_pretrained(folder, dtype=dtype)
    classifier.score.float()
    classifier.score.weight.data.copy_(_stored_head(folder))
    return Scorer(classifier.to(device).eval()), tokenizer_of(folder)


def _stored_head(folder: Path) -> Tensor:
    """`score.weight` from the folder's files: whoever loads a model in another type rounds all of it."""
    for path in sorted(folder.glob("*.safetensors")):
        with safetensors.safe_open(path, framework="pt") as file:
            if _HEAD in file.keys():  # noqa: SIM118  no dictionary
                return file.get_tensor(_HEAD)
    raise MucodeError(f"There is no verifier in {folder}: no file holds {_HEAD}. Give the folder that training wrote.")
