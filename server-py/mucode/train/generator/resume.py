"""The state of a training on disk, so that one that was killed goes on to the same weights. The loop is in fit.py."""

import contextlib
import json
import os
import shutil
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict
from transformers import PreTrainedModel

from mucode.train.rows import write_whole

_LOSSES = "losses.json"
# An adapter's frozen base is not part of the state; it can be read again.
_OPTIONS = StateDictOptions(ignore_frozen_params=True, strict=False)


def save(folder: Path, model: PreTrainedModel, optimizer: torch.optim.Optimizer, losses: list[float]) -> None:
    """Keeps weights, moments and losses after a step. The state before stays until this one is whole."""
    target = folder / f"state-{len(losses):06d}"
    partial = folder / f"{target.name}.partial"
    first = not dist.is_initialized() or dist.get_rank() == 0
    if first:
        shutil.rmtree(partial, ignore_errors=True)
    _wait()
    state = _state(model, optimizer)
    with _alone_is_fine():
        cast("Any", dcp).save(state, checkpoint_id=partial, no_dist=not dist.is_initialized())
    _wait()
    if first:
        write_whole(partial / _LOSSES, json.dumps(losses).encode())
        _sync(partial)
        partial.rename(target)
        for old in sorted(folder.glob("state-*")):
            if old != target:
                shutil.rmtree(old)
    _wait()


def load(folder: Path, model: PreTrainedModel, optimizer: torch.optim.Optimizer) -> list[float]:
    """Takes up the latest state; returns the losses of the steps done. Empty when there is none."""
    found = [path for path in sorted(folder.glob("state-*")) if path.suffix != ".partial"]
    if not found:
        return []
    state = _state(model, optimizer)
    with _alone_is_fine():
        cast("Any", dcp).load(state, checkpoint_id=found[-1], no_dist=not dist.is_initialized())
    set_state_dict(
        model,
        _inner(optimizer),
        model_state_dict=state["model"],
        optim_state_dict=state["optimizer"],
        options=_OPTIONS,
    )
    return json.loads((found[-1] / _LOSSES).read_text(encoding="utf-8"))


def forget(folder: Path) -> None:
    """Removes all states, when the result is on disk."""
    for path in folder.glob("state-*"):
        shutil.rmtree(path, ignore_errors=True)


def _state(model: PreTrainedModel, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    weights, moments = get_state_dict(model, _inner(optimizer), options=_OPTIONS)
    return {"model": weights, "optimizer": moments}


def _inner(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """The optimizer under accelerate's wrapper."""
    return cast("torch.optim.Optimizer", getattr(optimizer, "optimizer", optimizer))


@contextlib.contextmanager
def _alone_is_fine() -> Generator[None]:
    """Without the warning that there is only one process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")
        yield


def _wait() -> None:
    if dist.is_initialized():
        cast("Any", dist).barrier()


def _sync(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
