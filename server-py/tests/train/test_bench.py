"""What the benchmark of training takes for the same learning."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).resolve().parents[3] / "bench" / "train" / "run.py"


@pytest.fixture(scope="module")
def bench() -> Any:  # noqa: ANN401  a script
    spec = importlib.util.spec_from_file_location("bench_train_run", RUN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("last", "same"), [(2.01, True), (2.5, False)])
def test_the_losses_of_every_round_are_compared(bench: Any, last: float, *, same: bool) -> None:  # noqa: ANN401  a script
    turns = {"ours": [{"losses": [3.0, 2.0]}, {"losses": [3.0, last]}], "trl": [{"losses": [3.0, 2.0]}] * 2}
    assert bench._same_curve(turns) == same
