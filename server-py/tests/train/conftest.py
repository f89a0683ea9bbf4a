"""Tests and the processes that they start find the tiny stages of this folder; each training is its process's first."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  pytest uses it
    """accelerate keeps its choices for a whole process; here several trainings with other choices share one."""
    yield
    state: Any = sys.modules.get("accelerate.state")
    if state is not None:
        state.AcceleratorState._reset_state(reset_partial_state=True)
        state.GradientState._reset_state()
