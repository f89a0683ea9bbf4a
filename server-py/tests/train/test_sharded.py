"""Two processes over which a model is sharded (FSDP2) learn what one learns alone, started as on two GPUs."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mucode.train import executor
from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import STAGES, StageSpec
from mucode.train.toy.bank import toy_rows
from mucode.train.worker import Order
from tests.train import sharded_on_cpu
from tests.train.generator import tiny
from tests.train.rollouts import turn

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = [pytest.mark.train, pytest.mark.long]
SERVER = Path(__file__).parents[2]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    return tiny.make_model(tmp_path / "base")


def generator_spec(folder: Path, base: Path, name: str, **config: object) -> StageSpec:
    settings = {"epochs": 2, "batch": 4, "lr": 1e-3, "packing": "off", "checkpoint_s": 0.0}
    return tiny.spec_of(folder / name, base, tiny.rows(8), **settings, **config)


def verifier_spec(folder: Path, base: Path, name: str, **config: object) -> StageSpec:
    problems = [ProblemRow(row.problem, row.task, "toy") for row in toy_rows()[:6]]
    rollouts = [
        turn(row.id, number, 1, f"{'right' if number % 2 else 'wrong'}_{number} = {number}")
        for row in problems
        for number in range(4)
    ]
    for one in ("problems", "rollouts", name):
        (folder / one).mkdir(exist_ok=True)
    write_rows(folder / "problems" / "problems.jsonl", problems)
    write_rows(folder / "rollouts" / "part-00000.jsonl", rollouts)
    settings = {"max_length": 512, "lr": 1e-3, "batch": 8, "tokens_at_once": 1024, "checkpoint_s": 0.0, "pairs": 4}
    inputs = {"rollouts": (folder / "rollouts",), "problems": (folder / "problems",), "base": (base,)}
    return StageSpec("verifier", 1, {**settings, **config}, inputs, folder / name, 7, 1, {})


def done(command: Sequence[str], spec: StageSpec, **environment: str) -> list[dict[str, Any]]:
    """Does a stage; the events of the process that speaks."""
    order = spec.out.with_name(f"{spec.out.name}.json")
    Order(STAGES[spec.stage].run, spec).write(order)
    given = {**os.environ, "PYTHONPATH": str(SERVER), "OMP_NUM_THREADS": "1", **environment}
    ended = subprocess.run(
        [*command, str(order)], env=given, capture_output=True, text=True, check=False, timeout=600, cwd=SERVER
    )
    assert ended.returncode == 0, ended.stderr[-5000:]
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def losses(events: Sequence[dict[str, Any]]) -> list[float]:
    told = [event["data"] for event in events if event["type"] == "metric"]
    return [data["value"] for data in told if data["name"] == "loss"]


@pytest.mark.parametrize(
    ("make", "config"),
    [(generator_spec, {}), (generator_spec, {"form": "lora"}), (verifier_spec, {})],
    ids=["generator", "adapter", "verifier"],
)
def test_two_processes_with_half_a_model_each_learn_what_one_learns(
    make: Any,  # noqa: ANN401  either function above
    config: dict[str, Any],
    tmp_path: Path,
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = done([sys.executable, "-m", "mucode", "stage"], make(tmp_path, base, "alone", **config))
    spec = make(tmp_path, base, "together", **config)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    launch = list(executor._launcher(STAGES[spec.stage]))
    assert launch.pop() == "-m"
    together = done([*launch, str(sharded_on_cpu.__file__)], spec, ACCELERATE_USE_CPU="true", CUDA_VISIBLE_DEVICES="")
    assert len(losses(alone)) > 2
    assert losses(together) == pytest.approx(losses(alone), rel=1e-4)
    (weights,) = (path.name for path in (tmp_path / "alone").glob("*.safetensors"))
    safetensors: Any = pytest.importorskip("safetensors.torch")
    one, two = (safetensors.load_file(tmp_path / name / weights) for name in ("alone", "together"))
    assert set(one) == set(two)
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, rtol=0, atol=1e-4)
