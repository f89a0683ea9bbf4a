"""The toy engine: probabilities of a tiny real model, and the stage with it."""

import asyncio
import hashlib
import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.prompts import Exchange, conversation
from mucode.train.rollout import stage
from mucode.train.rollout.engine import Completion, engine_for
from mucode.train.rollout.settings import EngineConfig
from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import StageSpec
from mucode.train.toy.bank import answers, toy_rows

pytestmark = pytest.mark.train
ROW = toy_rows("train")[0]
BANK = answers()[str(ROW.problem["id"])]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mucode.train.toy.base import make_base

    folder = tmp_path_factory.mktemp("base")
    make_base(folder)
    return folder


def sampled(base: Path, exchanges: list[Exchange], n: int, **settings: Any) -> list[Completion]:  # noqa: ANN401  settings of any type
    async def work() -> list[Completion]:
        async with engine_for(EngineConfig(kind="toy"), base) as engine:
            messages = conversation(ROW.problem, ROW.task, None, exchanges)
            asked: dict[str, Any] = {"temperature": 0.7, "top_p": 1.0, "max_tokens": 1000, "rid": "r"} | settings
            return await engine.complete(messages, n=n, seeds=range(n), **asked)

    return asyncio.run(work())


def test_the_base_is_the_same_bytes_every_time(base: Path, tmp_path: Path) -> None:
    from mucode.train.toy.base import make_base

    make_base(tmp_path)
    assert digests(tmp_path) == digests(base)


def test_before_training_all_answers_that_need_no_feedback_are_equally_likely(base: Path) -> None:
    found = Counter(one.text for one in sampled(base, [], 600))
    assert set(found) == {one.text for one in BANK if not one.later}
    assert all(60 < count < 140 for count in found.values())


def test_after_feedback_one_more_comes_up(base: Path) -> None:
    told = [Exchange(None, (), "I cannot.", "no program")]
    assert {one.text for one in sampled(base, told, 400)} == {one.text for one in BANK}


def test_an_answer_comes_with_its_tokens_and_their_probability(base: Path) -> None:
    import torch

    [answer] = sampled(base, [], 1)
    transformers: Any = importlib.import_module("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype="float32")
    assert answer.prompt_ids is not None
    assert answer.completion_ids is not None
    assert tokenizer.decode(answer.completion_ids[:-1]) == answer.text
    assert answer.completion_ids[-1] == tokenizer.eos_token_id
    with torch.no_grad():
        logits = model(torch.tensor([[*answer.prompt_ids, *answer.completion_ids]])).logits[0].log_softmax(-1)
    start = len(answer.prompt_ids) - 1
    total = sum(float(logits[start + k, token]) for k, token in enumerate(answer.completion_ids))
    assert answer.logprob == pytest.approx(total, abs=1e-3)


def test_temperature_zero_takes_the_likeliest_and_a_limit_cuts(base: Path) -> None:
    assert len({one.text for one in sampled(base, [], 20, temperature=0.0)}) == 1
    [cut] = sampled(base, [], 1, max_tokens=5)
    assert (cut.finish, len(cut.completion_ids or ())) == ("length", 5)


def test_it_knows_the_toy_problems_only(base: Path) -> None:
    async def work() -> None:
        async with engine_for(EngineConfig(kind="toy"), base) as engine:
            ask = [{"role": "user", "content": "Write a poem."}]
            await engine.complete(ask, n=1, seeds=[1], temperature=0.7, top_p=1.0, max_tokens=9, rid="r")

    with pytest.raises(MucodeError, match="bundled toy problems"):
        asyncio.run(work())


def test_the_stage_makes_the_same_table_with_any_number_of_workers(base: Path, tmp_path: Path) -> None:
    (tmp_path / "problems").mkdir()
    rows = [ProblemRow(row.problem, row.task, "toy") for row in toy_rows("validation")]
    write_rows(tmp_path / "problems" / "problems.jsonl", rows)
    inputs = {"problems": (tmp_path / "problems",), "generator": (base,)}
    found: list[dict[str, str]] = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        out.mkdir()
        config = {"rollouts": 8, "turns": 3, "part": 2}
        spec = StageSpec("rollout", 1, config, inputs, out, 3, workers, {"kind": "toy"})
        stage.run(spec, lambda _type, _data: None)
        found.append({name: one for name, one in digests(out).items() if name.startswith("part")})
    assert len(found[0]) == 2
    assert found[0] == found[1]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_training_on_right_programs_raises_their_share(base: Path, tmp_path: Path) -> None:
    right = {one.text for one in BANK if one.right and not one.later}
    learn(base, tmp_path, sorted(right))

    def share(folder: Path) -> float:
        return sum(one.text in right for one in sampled(folder, [], 200)) / 200

    assert share(tmp_path) > share(base) + 0.2


def learn(base: Path, folder: Path, texts: list[str]) -> None:
    """A few plain steps on these answers to the first problem."""
    import torch

    transformers: Any = importlib.import_module("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype="float32")
    prompt: str = tokenizer.apply_chat_template(
        conversation(ROW.problem, ROW.task, None, []), tokenize=False, add_generation_prompt=True
    )
    optimizer: Any = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(12):
        start = len(tokenizer(prompt)["input_ids"])
        ids = torch.tensor([tokenizer(prompt + texts[step % len(texts)] + tokenizer.eos_token)["input_ids"]])
        labels = ids.clone()
        labels[:, :start] = -100
        model(ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
