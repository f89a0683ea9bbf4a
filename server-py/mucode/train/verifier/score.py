"""Runs texts through a verifier, in bounded batches. Which texts, and what comes of the scores, is in the stages."""

from collections.abc import Callable, Iterator, Sequence

import torch

from mucode.train.verifier.batches import packed, rows_of
from mucode.train.verifier.model import Scorer
from mucode.train.verifier.settings import VerifierConfig


def numbers(config: VerifierConfig) -> torch.dtype:
    """The numbers to compute with on this machine."""
    if config.dtype == "auto":
        return torch.bfloat16 if torch.cuda.is_available() else torch.float32
    return torch.bfloat16 if config.dtype == "bfloat16" else torch.float32


def scores_of(
    model: Scorer,
    texts: Sequence[Sequence[int]],
    tokens_at_once: int,
    told: Callable[[int], None] = lambda _done: None,
) -> list[float]:
    """One score per text, in their order. `told` hears how many are done."""
    device = next(model.parameters()).device
    scores = [0.0] * len(texts)
    done = 0
    with torch.inference_mode():
        for group, ids, lengths in batches_of(texts, range(len(texts)), tokens_at_once, device):
            for index, score in zip(group, model(ids, lengths).tolist(), strict=True):
                scores[index] = score
            done += len(group)
            told(done)
    return scores


def batches_of(
    texts: Sequence[Sequence[int]], chosen: Sequence[int], tokens_at_once: int, device: torch.device
) -> Iterator[tuple[list[int], torch.Tensor, torch.Tensor]]:
    """Groups of the chosen texts: their indexes, ids [texts, width] and lengths [texts]."""
    for group in packed([len(texts[index]) for index in chosen], tokens_at_once):
        indexes = [chosen[position] for position in group]
        found = [texts[index] for index in indexes]
        # Any id fills: what stands behind a text's end is never read.
        ids = torch.tensor(rows_of(found, 0), device=device)
        yield indexes, ids, torch.tensor([len(text) for text in found], device=device)
