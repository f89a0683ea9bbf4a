"""Attention over the paged cache for the whole batch at once.

SGLang's own fallback goes through the sequences one by one and gathers their keys by fancy indexing: with 8 sequences
that is 57 % of a step. Here there is one row-wise gather and one attention call per layer.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

# torch is only installed where this runs, not where it is checked.
Tensor: TypeAlias = Any
Backend: TypeAlias = Any

torch: Any = import_module("torch")
attend: Any = import_module("torch.nn.functional").scaled_dot_product_attention


def forget_step(_result: None, backend: Backend, *_args: object, **_named: object) -> None:
    """A new forward pass begins: what `decode` worked out for the last one is stale."""
    backend.mucode_step = None


def decode(  # noqa: PLR0913 — the parameters are SGLang's
    original: Callable[..., Tensor],
    backend: Backend,
    query: Tensor,
    output: Tensor,
    k_cache: Tensor,
    v_cache: Tensor,
    req_to_token: Tensor,
    req_pool_indices: Tensor,
    seq_lens: Tensor,
    encoder_lens: Tensor = None,
    scaling: float | None = None,
    enable_gqa: bool = False,
    causal: bool = False,
    is_cross_attn: bool = False,
    sliding_window_size: int | None = None,
) -> Tensor:
    """One new token per sequence. query and output: [sequences, heads, size]; caches: [slots, key heads, size]."""
    if encoder_lens is not None or is_cross_attn or sliding_window_size is not None:
        return original(
            *(backend, query, output, k_cache, v_cache, req_to_token, req_pool_indices, seq_lens, encoder_lens),
            *(scaling, enable_gqa, causal, is_cross_attn, sliding_window_size),
        )
    step = getattr(backend, "mucode_step", None)
    if step is None:
        step = backend.mucode_step = _step(req_to_token, req_pool_indices, seq_lens)
    slots, longest, mask = step
    count, heads, size = query.shape
    groups = k_cache.shape[1]
    # The query heads that share a key head become rows of one small matrix, so keys need no repeating.
    rows = query.reshape(count, groups, heads // groups, size)
    keys = _gathered(k_cache, slots, query.dtype).view(count, longest, groups, size).transpose(1, 2)
    values = _gathered(v_cache, slots, query.dtype).view(count, longest, groups, -1).transpose(1, 2)
    output.copy_(attend(rows, keys, values, attn_mask=mask, scale=scaling).reshape(output.shape))
    return output


def extend(  # noqa: PLR0913 — the parameters are SGLang's
    original: Callable[..., Tensor],
    backend: Backend,
    query: Tensor,
    output: Tensor,
    k_cache: Tensor,
    v_cache: Tensor,
    req_to_token: Tensor,
    req_pool_indices: Tensor,
    seq_lens: Tensor,
    extend_prefix_lens: Tensor,
    extend_seq_lens: Tensor,
    encoder_lens: Tensor = None,
    scaling: float | None = None,
    enable_gqa: bool = False,
    causal: bool = False,
    is_cross_attn: bool = False,
    sliding_window_size: int | None = None,
) -> Tensor:
    """Several new tokens per sequence after a cached prefix. Only the new tokens are queries; the original pads."""
    if encoder_lens is not None or is_cross_attn or sliding_window_size is not None or not causal:
        return original(
            *(backend, query, output, k_cache, v_cache, req_to_token, req_pool_indices, seq_lens),
            *(extend_prefix_lens, extend_seq_lens, encoder_lens),
            *(scaling, enable_gqa, causal, is_cross_attn, sliding_window_size),
        )
    groups, start = k_cache.shape[1], 0
    lengths = zip(seq_lens.tolist(), extend_seq_lens.tolist(), req_pool_indices.tolist(), strict=True)
    for length, new, request in lengths:
        slots = req_to_token[request, :length]
        keys = _gathered(k_cache, slots, query.dtype).transpose(0, 1).unsqueeze(0)
        values = _gathered(v_cache, slots, query.dtype).transpose(0, 1).unsqueeze(0)
        whole = new == length
        mask = None if whole else torch.ones(new, length, dtype=torch.bool).tril_(length - new)
        # [new, heads, size] -> one [1, groups, new, size] per query head of a group
        part = query[start : start + new].unflatten(1, (groups, -1))
        for head in range(part.shape[2]):
            rows = part[:, :, head].transpose(0, 1).unsqueeze(0)
            answer = attend(rows, keys, values, attn_mask=mask, is_causal=whole, scale=scaling)
            output[start : start + new].unflatten(1, (groups, -1))[:, :, head] = answer.squeeze(0).transpose(0, 1)
        start += new
    return output


def _step(req_to_token: Tensor, req_pool_indices: Tensor, seq_lens: Tensor) -> tuple[Tensor, int, Tensor]:
    """For one step: the cache slots of all sequences, padded to the longest and flat; that length; the mask."""
    longest = int(seq_lens.max())
    slots = req_to_token[req_pool_indices, :longest].flatten()
    if int(seq_lens.min()) == longest:
        return slots, longest, None
    # Padding reads old slots, which hold finite numbers; the mask gives them no weight.
    mask = torch.arange(longest) < seq_lens.unsqueeze(1)
    return slots, longest, mask[:, None, None, :]


def _gathered(cache: Tensor, slots: Tensor, dtype: Tensor) -> Tensor:
    """Rows of the cache. index_select copies whole rows, where `cache[slots]` goes element by element."""
    rows = torch.index_select(cache, 0, slots)
    return rows if rows.dtype == dtype else rows.to(dtype)
