"""Rollouts with real SGLang and the real model, started by the engine that a stage would use."""

import asyncio
from pathlib import Path

import pytest

from mucode.problems import mbpp
from mucode.problems.files import DataError
from mucode.train.rollout.engine import Engine, TooLongError, engine_for
from mucode.train.rollout.judging import Judging
from mucode.train.rollout.play import Played, Table, play
from mucode.train.rollout.settings import EngineConfig, RolloutConfig
from mucode.train.rows import ProblemRow
from tests.real.real_engine import real_paths

pytestmark = pytest.mark.real


def test_rollouts_of_a_real_problem_keep_exact_tokens_and_follow_their_seeds() -> None:
    paths = real_paths()
    if not paths:
        pytest.skip("NOT TESTED: no real engine: set MUCODE_SGLANG_PYTHON and MUCODE_MODEL, or run the set-up")
    try:
        row = next(ProblemRow(one.problem, one.task, "mbpp") for one in mbpp.load("train"))
    except DataError as error:
        pytest.skip(f"NOT TESTED: no problems: {error}")
    # In fp32 the size of the batch does not change which token comes next.
    config = EngineConfig(python=paths[0], device="cpu", dtype="float32", context_length=2048)

    async def work() -> None:
        async with Judging(2) as judging, engine_for(config, Path(paths[1])) as engine:
            settings = RolloutConfig(rollouts=4, turns=2, max_tokens=48)
            table = Table(settings, engine, judging, 1, "base")
            first, again = await play(table, row), await play(table, row)
            _check(first)
            assert [one.row for one in first if one.row.turn == 1] == [one.row for one in again if one.row.turn == 1]
            await _check_alone(engine, first[0])
            with pytest.raises(TooLongError):
                await _check_alone(engine, first[0], words=4000)

    asyncio.run(work())


def _check(played: list[Played]) -> None:
    first = [one.row for one in played if one.row.turn == 1]
    assert [row.rollout for row in first] == [0, 1, 2, 3]
    assert len({row.answer for row in first}) > 1
    assert len({row.prompt_ids for row in first}) == 1
    for one in played:
        assert one.row.prompt_ids
        assert one.row.completion_ids
        assert one.row.finish in ("stop", "length")
        assert (len(one.row.completion_ids) == 48) == (one.row.finish == "length")
    later = [one.row for one in played if one.row.turn == 2]
    assert all(len(row.prompt_ids or ()) > len(first[0].prompt_ids or ()) for row in later)


async def _check_alone(engine: Engine, played: Played, words: int = 0) -> None:
    """The sample of a larger request comes again when it is asked for by itself."""
    messages = [*played.row.messages, *[{"role": "user", "content": "word " * words}] * bool(words)]
    seeds = [played.row.seed]
    [alone] = await engine.complete(messages, n=1, seeds=seeds, temperature=0.7, top_p=1.0, max_tokens=48, rid="alone")
    assert alone.text == played.row.answer
    assert alone.completion_ids == played.row.completion_ids
