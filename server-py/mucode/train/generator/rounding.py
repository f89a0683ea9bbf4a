"""What of an update is left once the learned weights are stored in a type. How they are stored is in models.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open


def update_kept(start: Path, learned: Mapping[str, torch.Tensor], dtype: torch.dtype) -> float | None:
    """Of the weights that training moved, the share that still differs from the start's once all are in `dtype`.

    One tensor of the start is in memory at a time. None where nothing moved.
    """
    moved = kept = 0
    for path in sorted(start.glob("*.safetensors")):
        # safetensors has no types.
        with cast("Any", safe_open)(path, framework="pt") as file:
            names: set[str] = set(file.keys())
            for name in sorted(names & learned.keys()):
                before: torch.Tensor = file.get_tensor(name)
                after = learned[name].detach().cpu()
                changed = after.float() != before.float()
                moved += int(changed.sum())
                kept += int((changed & (after.to(dtype) != before.to(dtype))).sum())
    return kept / moved if moved else None
