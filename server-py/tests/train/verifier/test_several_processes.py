"""Two processes that share a batch learn what one learns alone, and only the first writes."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.train.verifier import one_of_several
from tests.train.verifier.toy_run import ToyRun

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = [pytest.mark.train, pytest.mark.long]
SERVER = Path(__file__).parents[3]


def test_two_processes_learn_what_one_learns(toy: ToyRun) -> None:
    from mucode.train.verifier import stage

    # Few tokens at a time, so that each process has passes of its own, and one of them an idle one.
    more = {"tokens_at_once": 2048, "checkpoint_s": 0.0}
    stage.run(toy.spec("verifier", "alone", **more), toy.tell)
    order = toy.folder / "order.json"
    order.write_text(json.dumps(asdict(toy.spec("verifier", "together", **more)), default=str))
    launch = ("torch.distributed.run", "--standalone", "--nproc_per_node", "2")
    subprocess.run(
        [sys.executable, "-m", *launch, str(one_of_several.__file__), str(order)],
        env={**os.environ, "PYTHONPATH": str(SERVER), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=600,
    )
    for rank in (0, 1):
        losses = json.loads((toy.folder / f"losses-{rank}.json").read_text())
        assert losses == pytest.approx(toy.metrics("loss"), rel=1e-4)
    alone, together = ({path.name for path in (toy.folder / name).iterdir()} for name in ("alone", "together"))
    assert alone == together
