"""Attention along the branches of a row (batches.py): each token sees its own example's tokens before it, no others."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from transformers import PreTrainedModel
from transformers.integrations import sdpa_attention
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mucode.train.generator.batches import Branch

_NAME = "mucode_branches"
Plan = list[tuple[Branch, torch.Tensor | None]]
"""Each branch with its mask (a line per own token, True where seen); None where plain causal attention does."""


def allows_branches(model: PreTrainedModel) -> bool:
    """Whether every layer of the model attends to all earlier tokens, by a function that can be exchanged."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    sliding = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    exchangeable = bool(getattr(model, "_supports_attention_backend", False))
    return exchangeable and kinds == {"full_attention"} and not sliding


def follow_branches(model: PreTrainedModel) -> None:
    """Makes the model attend branch by branch, as a CPU likes it: small products, none of them for what is not seen."""
    cast("Any", ALL_ATTENTION_FUNCTIONS).register(_NAME, _attend)
    cast("Any", model).set_attn_implementation(_NAME)


def plan_of(branches: Sequence[Branch]) -> Plan:
    """What `_attend` is told about a row; made once for all layers."""
    return [(branch, _branch_mask(branch) if branch.before else None) for branch in branches]


def mask_of(branches: Sequence[Branch], length: int, device: torch.device) -> torch.Tensor:
    """The whole mask of a row, [1, 1, length, length], True where seen: for a GPU, which likes one large product."""
    seen = torch.zeros(length, length, dtype=torch.bool)
    for branch in branches:
        first, last = branch.own
        seen[first:last, first:last] = torch.ones(last - first, last - first, dtype=torch.bool).tril()
        for begin, end in branch.before:
            seen[first:last, begin:end] = True
    return seen.to(device)[None, None]


def _branch_mask(branch: Branch) -> torch.Tensor:
    own = branch.own[1] - branch.own[0]
    seen = sum(last - first for first, last in branch.before)
    return torch.ones(own, seen + own, dtype=torch.bool).tril(seen)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask: torch.Tensor | None,
    **more: Any,  # noqa: ANN401  transformers passes each model's own
) -> tuple[torch.Tensor, None]:
    """One layer's attention over a row: [1, heads, length, size] each, output [1, length, heads, size]."""
    plan = cast("Plan", more.pop("plan"))
    plain = cast("Any", sdpa_attention).sdpa_attention_forward
    outputs: list[torch.Tensor] = []
    for branch, mask in plan:
        spans = (*branch.before, branch.own)
        output, _ = plain(
            module, query[:, :, slice(*branch.own)], _gathered(key, spans), _gathered(value, spans), mask, **more
        )
        outputs.append(output)
    return torch.cat(outputs, dim=1), None


def _gathered(states: torch.Tensor, spans: Sequence[tuple[int, int]]) -> torch.Tensor:
    parts = [states[:, :, first:last] for first, last in spans]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
