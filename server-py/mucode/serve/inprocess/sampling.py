"""How one token is drawn from a model's logits. Each sample has a generator of its own, so its neighbours and their
number do not matter."""

import torch
from torch import Tensor

from mucode.serve.inprocess.wish import Wish


def drawn(logits: Tensor, wish: Wish, generator: torch.Generator) -> int:
    """logits [vocabulary], float32, on the CPU -> the token's id. Temperature 0 takes the likeliest."""
    if wish.temperature == 0 or wish.top_k == 1:
        return int(logits.argmax())
    chances = (logits / wish.temperature).softmax(-1)
    if wish.top_k or wish.top_p < 1 or wish.min_p:
        chances = _likely(chances, wish)
    return int(torch.multinomial(chances, 1, generator=generator))


def _likely(chances: Tensor, wish: Wish) -> Tensor:
    """Unlikely tokens at 0: those behind the first top_k, behind a mass of top_p, below min_p of the likeliest."""
    ordered, places = chances.sort(descending=True)
    before = ordered.cumsum(-1) - ordered
    kept = (before < wish.top_p) & (ordered >= wish.min_p * ordered[0])
    if wish.top_k:
        kept[wish.top_k :] = False
    kept[0] = True
    return torch.zeros_like(chances).scatter(0, places, ordered * kept)


def chances_told(logits: Tensor, token: int, top: int) -> tuple[float, list[tuple[int, float]]]:
    """The log-probability of a token, and the `top` likeliest tokens with theirs."""
    logs = logits.log_softmax(-1)
    values, ids = logs.topk(top) if top else (logs[:0], logs[:0])
    return float(logs[token]), [(int(one), float(value)) for one, value in zip(ids, values, strict=True)]
