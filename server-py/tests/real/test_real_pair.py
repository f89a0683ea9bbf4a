"""A pair behind real SGLang: an adapter that was merged, a verifier beside it, both from a folder that was moved."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.real.real_engine import descendants, real_paths
from tests.serve.gateway_process import GatewayProcess, is_running, wait_until

torch: Any = pytest.importorskip("torch", reason="no environment for training", exc_type=ImportError)
pytestmark = [pytest.mark.train, pytest.mark.long]


def test_a_moved_pair_answers_and_scores_as_the_trainer_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mucode.train import models
    from mucode.train.rows import ProblemRow
    from mucode.train.toy.bank import toy_rows
    from mucode.train.verifier.model import load
    from mucode.train.verifier.score import scores_of
    from mucode.train.verifier.text import verifier_ids, verifier_messages
    from tests.serve.toy_pair import make_pair

    paths = real_paths()
    if not paths:
        pytest.skip("NOT TESTED: no real engine: set MUCODE_SGLANG_PYTHON and MUCODE_MODEL, or run the set-up")
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    pair = make_pair(tmp_path / "store", tmp_path / "pair").rename(tmp_path / "moved")
    shutil.rmtree(tmp_path / "store")
    options = ("--pair", str(pair), "--engine-python", paths[0], "--device", "cpu", "--dtype", "float32")
    gateway = GatewayProcess(tmp_path, *options, MUCODE_CACHE=str(tmp_path / "cache"))
    try:
        gateway.until("ready", 600)
        wait_until(lambda: gateway.request("GET", "/v1/state").json()["verifier_state"] == "ready", 600)
        greedy = gateway.chat("Write add.", temperature=0, max_tokens=12, return_token_ids=True).json()["choices"][0]
        model: Any = models.load_causal(models.merged(pair / "generator"))
        prompt = greedy["prompt_token_ids"]
        expected = model.generate(torch.tensor([prompt]), max_new_tokens=12, do_sample=False)[0, len(prompt) :]
        assert greedy["token_ids"] == expected.tolist()

        body = {"problem": toy_rows()[0].problem, "task": "write", "programs": ["def f(a):\n    return a", "x = 1"]}
        found = gateway.request("POST", "/v1/scores", json=body).json()
        verifier, tokenizer = load(pair / "verifier", torch.float32)
        row = ProblemRow(toy_rows()[0].problem, "write", "", None)
        ids = [verifier_ids(tokenizer, verifier_messages(row, one), 1024) for one in body["programs"]]
        assert found["scores"] == pytest.approx(scores_of(verifier, ids, 4096), abs=1e-5)
        assert found["revision"] == "r1"
        pids = descendants(gateway.process.pid)
    finally:
        gateway.stop()
    wait_until(lambda: not any(is_running(pid) for pid in pids), 15)
