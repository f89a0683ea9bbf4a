"""Sampling that follows the request's `seed`. SGLang drops the seed outside its GPU-only deterministic mode.

Sample k of a request with `n` samples uses seed + k, so the samples differ. A step's number comes from the seed and
the position alone, hence other requests in the batch do not change it.
"""

import secrets
from collections import OrderedDict
from importlib import import_module
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
SamplingInfo: TypeAlias = Any
ScheduleBatch: TypeAlias = Any

torch: Any = import_module("torch")

REQUESTS_REMEMBERED = 1024
# How many samples each request has begun, by the part of their ids that they share; oldest first.
_begun: OrderedDict[str, int] = OrderedDict()


def add_seeds(info: SamplingInfo, _cls: type, batch: ScheduleBatch, *_args: object, **_named: object) -> SamplingInfo:
    """After SGLang collected a batch's sampling settings: give every request of it a seed."""
    seeds = [_seed_of(request) for request in batch.reqs]
    info.sampling_seed = torch.tensor(seeds, dtype=torch.int64, device=info.device)
    return info


def sample(probs: Tensor, sampling_seed: Tensor = None, positions: Tensor = None) -> Tensor:
    """Token ids, int32 [n], from probabilities [n, vocabulary]."""
    cumulative = probs.cumsum(-1, dtype=torch.float64)
    # `right` takes the first token whose sum is above the number, which is never one of probability zero.
    number = _uniform(sampling_seed, positions).unsqueeze(1) * cumulative[:, -1:]
    token = torch.searchsorted(cumulative, number, right=True).clamp_(max=probs.shape[-1] - 1)
    return token.view(-1).to(torch.int32)


def sample_filtered(
    probs: Tensor,
    top_ks: Tensor,
    top_ps: Tensor,
    min_ps: Tensor,
    need_min_p_sampling: bool,
    sampling_seed: Tensor,
    positions: Tensor,
) -> Tensor:
    """The same after top-k, top-p and min-p; each leaves the likeliest token in."""
    ordered, ids = probs.sort(dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    rank = torch.arange(ordered.shape[-1], device=ordered.device)
    dropped = (rank >= top_ks.view(-1, 1)) | (before > top_ps.view(-1, 1))
    if need_min_p_sampling:
        dropped |= ordered < ordered[:, :1] * min_ps.view(-1, 1)
    chosen = sample(ordered.masked_fill_(dropped, 0.0), sampling_seed, positions)
    return ids.gather(1, chosen.long().view(-1, 1)).view(-1).to(torch.int32)


def _seed_of(request: Any) -> int:  # noqa: ANN401 — SGLang's Req, which is not installed where this is checked
    """The request's own seed, kept on it: a request that was pushed out of the cache comes by again."""
    seed = getattr(request, "mucode_seed", None)
    if seed is None:
        asked = request.sampling_params.sampling_seed
        # Before n samples SGLang sends their prompt alone, for no token: none of the samples.
        number = _sample_number(request.rid) if request.sampling_params.max_new_tokens else 0
        seed = secrets.randbits(62) if asked is None else (asked + number) & (2**63 - 1)
        request.mucode_seed = seed
    return seed


def _sample_number(rid: str) -> int:
    """0, 1, … among the samples of one request, in the order in which they begin. SGLang names them RID_SUFFIX."""
    shared = rid.rpartition("_")[0]
    if not shared:
        return 0
    number = _begun.pop(shared, 0)
    _begun[shared] = number + 1
    while len(_begun) > REQUESTS_REMEMBERED:
        _begun.popitem(last=False)
    return number


def _uniform(seed: Tensor, position: Tensor) -> Tensor:
    """Numbers in [0, 1), float64 [n]: the splitmix64 finaliser over seed and position, in wrapping int64."""
    mixed = seed * 0x5851F42D4C957F2D + position.to(torch.int64) * 0x14057B7EF767814F + 0x1B873593
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        mixed = (mixed ^ _shifted(mixed, shift)) * factor
    mixed = mixed ^ _shifted(mixed, 31)
    return _shifted(mixed, 11).to(torch.float64) * 2.0**-53


def _shifted(value: Tensor, count: int) -> Tensor:
    """A right shift that fills with zeros; torch's own copies the sign."""
    return (value >> count) & ((1 << (64 - count)) - 1)
