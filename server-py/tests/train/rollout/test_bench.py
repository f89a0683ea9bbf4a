"""The measurement of rollouts says which bars are held, by the median of its rounds."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[4] / "bench" / "rollout.py"


@pytest.fixture(scope="module")
def bench() -> Any:  # noqa: ANN401  a module
    found = importlib.util.spec_from_file_location("bench_rollout", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    path = list(sys.path)
    sys.modules["bench_rollout"] = module
    found.loader.exec_module(module)
    sys.path[:] = path
    return module


def round_of(bench: Any, ratio: float, executing: float, busy: int) -> Any:  # noqa: ANN401  the module's own types
    cores = os.cpu_count() or 1
    ours = bench.Turn(60, 60 / ratio, executing * cores * 60 / ratio, [True] * busy + [False] * (100 - busy))
    return bench.Round(ours, bench.Turn(8, 8.0))


@pytest.mark.parametrize(
    ("figures", "held"),
    [
        ([(2.5, 0.04, 95), (2.1, 0.03, 99), (9.0, 0.01, 91)], [True, True, True]),
        # One round that was disturbed, or that was lucky, does not decide.
        ([(2.5, 0.04, 95), (0.5, 0.5, 20), (2.2, 0.03, 91)], [True, True, True]),
        ([(1.9, 0.06, 89), (1.5, 0.07, 80), (9.0, 0.01, 99)], [False, False, False]),
    ],
)
def test_the_median_round_decides(bench: Any, figures: list[tuple[float, float, int]], held: list[bool]) -> None:  # noqa: ANN401  a module
    found = bench.bars([round_of(bench, *one) for one in figures])
    assert [one for one, _ in found] == held
    assert [line.split("   ")[-1] for _, line in found] == ["bar 2.0", "bar 5%", "bar 90%"]
