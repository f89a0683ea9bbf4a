"""Real SGLang and the trainer give one program one number. bench/parity.py does the same with the small model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mucode.train.rows import ProblemRow
from mucode.train.toy.bank import answers, toy_rows
from mucode.train.verifier.programs import Program
from mucode.train.verifier.settings import VerifierConfig
from tests.real.real_engine import inside, real_paths
from tests.serve.gateway_process import GatewayProcess, chat_body, wait_until
from tests.train.verifier.toy_run import ToyRun

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
pytestmark = [pytest.mark.train, pytest.mark.long]
PROBLEMS = {row.problem["id"]: ProblemRow(row.problem, row.task, "toy") for row in toy_rows()[:8]}


def programs() -> list[Program]:
    texts = {name: [answer.text.removeprefix("```python\n") for answer in answers()[name]] for name in PROBLEMS}
    return [Program(name, f"{name} {index}", text, False) for name in texts for index, text in enumerate(texts[name])]


def expected(folder: Path) -> dict[str, float]:
    from mucode.train.verifier.scoring import Verifier

    return {row.fingerprint: row.score for row in Verifier(folder, VerifierConfig()).judge(programs(), PROBLEMS)}


def served(gateway: GatewayProcess) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, row in PROBLEMS.items():
        own = [one for one in programs() if one.problem == name]
        body: Mapping[str, Any] = {
            "problem": row.problem,
            "task": row.task,
            "baseline": None,
            "programs": [one.shown for one in own],
        }
        answer = gateway.request("POST", "/v1/scores", json=body).json()
        found |= dict(zip([one.fingerprint for one in own], answer["scores"], strict=True))
    return found


def serve(folder: Path, verifier: Path) -> GatewayProcess:
    paths = real_paths()
    if not paths:
        pytest.skip("NOT TESTED: no real engine: set MUCODE_SGLANG_PYTHON and MUCODE_MODEL, or run the set-up")
    folder.mkdir()
    gateway = GatewayProcess(folder, "--verifier", str(verifier), "--engine-python", paths[0], "--device", "cpu")
    gateway.until("ready", 600)
    return gateway


def test_scores_of_sglang_are_those_of_training_and_survive_a_chat_request(toy: ToyRun, tmp_path: Path) -> None:
    import httpx

    from mucode.train.verifier import stage

    stage.run(toy.spec("verifier", "verifier", max_length=2000), toy.tell)
    verifier = toy.folder / "verifier"
    gateway = serve(tmp_path / "gateway", verifier)
    try:
        wanted = expected(verifier)
        found = served(gateway)
        assert len(found) > 40
        assert max(abs(found[name] - wanted[name]) for name in wanted) < 1e-5
        # Not served through the gateway; and behind it a chat request ends the engine, which then comes back.
        assert gateway.chat("hello").status_code == 501
        engine = inside(gateway.process.pid)
        with pytest.raises(httpx.HTTPError):
            httpx.post(
                f"http://127.0.0.1:{engine.port}/v1/chat/completions",
                json=chat_body("hello"),
                headers={"Authorization": f"Bearer {engine.key}"},
                trust_env=False,
                timeout=60,
            ).raise_for_status()
        gateway.until("starting", 120)
        gateway.until("ready", 600)
        wait_until(lambda: served(gateway).keys() == found.keys())
        assert max(abs(score - wanted[name]) for name, score in served(gateway).items()) < 1e-5
    finally:
        gateway.stop()


def test_a_head_with_a_bias_in_sglang_only_is_off_by_nothing(base: Path, tmp_path: Path) -> None:
    import json

    from mucode.train.verifier.model import new_scorer, save
    from tests.train.verifier.test_model import tiny_qwen

    folder = tmp_path / "verifier"
    folder.mkdir()
    qwen = tiny_qwen(base, tmp_path / "base")
    revision = save(new_scorer(qwen, VerifierConfig(max_length=1000), 1).whole(), qwen, folder)
    card = {"revision": revision, "max_length": 1000, "temperature": 1.0}
    (folder / "verifier.json").write_text(json.dumps(card))
    gateway = serve(tmp_path / "gateway", folder)
    try:
        wanted, found = expected(folder), served(gateway)
        assert max(abs(found[name] - wanted[name]) for name in wanted) < 1e-5
    finally:
        gateway.stop()
