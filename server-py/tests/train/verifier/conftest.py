"""The toy's base model, made once per session, rollouts for it, and torch on one thread."""

from pathlib import Path

import pytest

from tests.train.verifier.toy_run import ToyRun


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the toy's base model."""
    import torch

    from mucode.train.toy.base import make_base

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("models") / "base"
    folder.mkdir()
    make_base(folder)
    return folder


@pytest.fixture
def toy(tmp_path: Path, base: Path) -> ToyRun:
    """Toy problems with rollouts of which every second one is right."""
    return ToyRun(tmp_path, base)
