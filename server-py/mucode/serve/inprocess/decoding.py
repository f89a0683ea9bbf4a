"""The samples of one request on the model: one prompt, read once, and a token for each of them per step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mucode.serve.inprocess.sampling import chances_told, drawn
from mucode.serve.inprocess.telling import Piece, Sample
from mucode.serve.inprocess.wish import Wish

# Pieces, or what went wrong.
Hear = Callable[[list[Piece] | str], None]


@dataclass(frozen=True)
class Loaded:
    """A language model in memory."""

    model: Any
    ends: frozenset[int]
    """The tokens that end a turn."""


class Batch:
    """Some samples of a request. `hear` is called from the model's thread."""

    def __init__(self, loaded: Loaded, ids: Sequence[int], samples: Sequence[Sample], wish: Wish, hear: Hear) -> None:
        self.rid, self.samples = wish.rid, len(samples)
        self._model, self._wish, self._hear = loaded.model, wish, hear
        self._ends: frozenset[int] = frozenset() if wish.ignore_eos else loaded.ends
        self._rows = list(samples)
        self._draws = [torch.Generator().manual_seed((wish.seed + one.index) % 2**63) for one in samples]
        self._next = torch.tensor([list(ids)])
        self._cache: Any = None

    def step(self) -> bool:
        """One token for each sample that is not finished."""
        with torch.inference_mode():
            logits = self._forward()
        pieces = [self._piece(row, logits[row]) for row in range(len(self._rows))]
        kept = [row for row, piece in enumerate(pieces) if piece.finish is None]
        if kept and len(kept) < len(pieces):
            self._cache.batch_select_indices(torch.tensor(kept, device=self._model.device))
        self._rows = [self._rows[row] for row in kept]
        self._draws = [self._draws[row] for row in kept]
        self._next = torch.tensor([[pieces[row].ids[0]] for row in kept])
        self._hear(pieces)
        return not kept

    def end(self, reason: str, *, failed: bool) -> None:
        """No further step."""
        self._hear(reason if failed else [Piece(one.index, "", (), None, reason) for one in self._rows])

    def _forward(self) -> Tensor:
        """The logits behind each sample's last token: [rows, vocabulary], float32, on the CPU."""
        first = self._cache is None
        answer = self._model(
            input_ids=self._next.to(self._model.device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._cache = answer.past_key_values
        logits: Tensor = answer.logits[:, -1].float().cpu()
        if first and len(self._rows) > 1:
            self._cache.batch_repeat_interleave(len(self._rows))
        return logits.expand(len(self._rows), -1)

    def _piece(self, row: int, logits: Tensor) -> Piece:
        wish = self._wish
        token = drawn(logits, wish, self._draws[row])
        chance = None if wish.top_logprobs is None else chances_told(logits, token, wish.top_logprobs)
        return self._rows[row].add(token, chance, ends=token in self._ends)
