"""The tiny base, made once per session, and torch on one thread."""

from pathlib import Path

import pytest

from .tiny import make_model


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny base model, in float32."""
    import torch

    torch.set_num_threads(1)
    return make_model(tmp_path_factory.mktemp("models") / "base")
