"""The models in memory: the generator with its tokenizer, and the verifier. How they are run is in decoding.py and in
the trainer's own scoring."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import torch

from mucode.errors import MucodeError
from mucode.prompts import TEMPLATE_VALUES
from mucode.serve.inprocess.decoding import Batch, Hear, Loaded
from mucode.serve.inprocess.telling import Sample
from mucode.serve.inprocess.wish import Wish, WishError
from mucode.train.models import load_causal, stored_dtype, tokenizer_of
from mucode.train.verifier import model as verifiers
from mucode.train.verifier.score import scores_of

# Of texts that are scored in one pass.
_TOKENS_AT_ONCE = 8192


def dtype_of(name: str, folder: Path, device: str) -> torch.dtype:
    """The numbers to compute with; for `auto` as stored, but no short ones that this processor only emulates."""
    if name != "auto":
        return getattr(torch, name)
    stored = stored_dtype(folder)
    quick = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    if device != "cpu" or stored == torch.float32 or any(getattr(torch.cpu, one, bool)() for one in quick):
        return stored
    return torch.float32


class Generator:
    """A language model and its tokenizer."""

    def __init__(self, folder: Path, device: str, dtype: str, context: int) -> None:
        self.tokenizer: Any = tokenizer_of(folder)
        model: Any = cast("Any", load_causal(folder, dtype_of(dtype, folder, device))).to(device)
        self.context = min(context, int(model.config.max_position_embeddings))
        self._loaded = Loaded(model, _ends(model.config, model.generation_config, self.tokenizer))

    def prompt(self, wish: Wish) -> list[int]:
        """The ids of a conversation. Raises WishError where they leave no room for the answer."""
        try:
            ids = self.tokenizer.apply_chat_template(
                [dict(message) for message in wish.messages],
                tokenize=True,
                add_generation_prompt=True,
                return_dict=False,
                **TEMPLATE_VALUES,
            )
        except Exception as error:  # templates are programs, and raise what they like
            raise WishError(f"The model's chat template refuses these messages: {error}") from error
        if len(ids) + wish.max_tokens > self.context:
            raise WishError(
                f"The prompt has {len(ids)} tokens and the answer may have {wish.max_tokens}, which is more than the "
                f"model's context length of {self.context} tokens."
            )
        return list(map(int, ids))

    def batches(self, ids: Sequence[int], wish: Wish, at_once: int, hear: Hear) -> list[Batch]:
        """The request's samples in groups of at most `at_once`."""
        samples = [Sample(index, self.tokenizer, wish.stop, wish.max_tokens) for index in range(wish.n)]
        groups = [samples[start : start + at_once] for start in range(0, wish.n, at_once)]
        return [Batch(self._loaded, ids, group, wish, hear) for group in groups]


def _ends(*named: object) -> frozenset[int]:
    """Every id that ends a turn, by the model's settings and by its tokenizer's."""
    found: list[int] = []
    for one in named:
        ids: Any = getattr(one, "eos_token_id", None)
        found += ids if isinstance(ids, list) else [] if ids is None else [ids]
    return frozenset(map(int, found))


class Scores:
    """One pass of the verifier over texts of token ids; a unit of work like any other."""

    samples = 0

    def __init__(
        self, model: verifiers.Scorer, rid: str, texts: Sequence[Sequence[int]], hear: Callable[[Any], None]
    ) -> None:
        self.rid, self._model, self._texts, self._hear = rid, model, texts, hear

    def step(self) -> bool:
        """All of it."""
        self._hear(scores_of(self._model, self._texts, _TOKENS_AT_ONCE))
        return True

    def end(self, reason: str, *, failed: bool) -> None:
        """It was not computed."""
        del failed
        self._hear(reason)


def load_verifier(folder: Path, device: str, dtype: str) -> verifiers.Scorer:
    """The model that scores. Raises MucodeError where there is none."""
    if not (folder / "config.json").is_file():
        raise MucodeError(f"There is no verifier in {folder}: config.json is missing.")
    numbers = torch.float32 if dtype == "auto" else getattr(torch, dtype)
    model, _ = verifiers.load(folder, numbers)
    return model.to(device)
