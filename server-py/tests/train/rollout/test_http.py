"""Sampling over HTTP: what is asked of which server, retries, aborts, and the limit of what is in flight."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from mucode.errors import MucodeError
from mucode.train.rollout import http
from mucode.train.rollout.engine import Completion, Engine, TooLongError, engine_for
from mucode.train.rollout.settings import EngineConfig
from tests.train.rollout.fake_server import Fake, serving

T = TypeVar("T")
ASK = [{"role": "user", "content": "?"}]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]  pytest's
    monkeypatch.setattr(http, "_PAUSE_S", 0.001)


def ask(engine: Engine, *seeds: int, rid: str = "r") -> Awaitable[list[Completion]]:
    return engine.complete(ASK, n=len(seeds), seeds=seeds, temperature=0.7, top_p=1.0, max_tokens=9, rid=rid)


def with_engine(fake: Fake, work: Callable[[Engine], Awaitable[T]], max_running: int = 4) -> T:
    async def run() -> T:
        config = EngineConfig(kind="url", url=fake.url, model="fake", attempts=3, max_running=max_running)
        async with engine_for(config, Path()) as engine:
            return await work(engine)

    with serving(fake):
        return asyncio.run(run())


def test_sglang_samples_seeds_in_a_row_in_one_request_with_token_ids() -> None:
    found = with_engine(fake := Fake(), lambda engine: ask(engine, 5, 6, 7))
    assert found == [Completion(f"answer {seed}", (1, 2), (seed,)) for seed in (5, 6, 7)]
    [body] = fake.asked
    assert (body["n"], body["seed"], body["rid"], body["max_tokens"]) == (3, 5, "r", 9)


def test_other_seeds_and_other_servers_get_a_request_per_sample() -> None:
    found = with_engine(fake := Fake(), lambda engine: ask(engine, 5, 9))
    assert [one.text for one in found] == ["answer 5", "answer 9"]
    assert sorted((body["n"], body["seed"]) for body in fake.asked) == [(1, 5), (1, 9)]
    found = with_engine(fake := Fake(owner="someone"), lambda engine: ask(engine, 5, 6))
    assert found == [Completion("answer 5"), Completion("answer 6")]
    assert not any({"rid", "return_token_ids"} & set(body) for body in fake.asked)


def test_a_date_is_told_to_the_template_where_it_is_understood() -> None:
    with_engine(fake := Fake(), lambda engine: ask(engine, 5))
    assert fake.asked[0]["chat_template_kwargs"] == {"date_string": "26 Jul 2024"}
    with_engine(fake := Fake(owner="someone"), lambda engine: ask(engine, 5))
    assert "chat_template_kwargs" not in fake.asked[0]


@pytest.mark.parametrize(("device", "requests"), [("cuda", 2), ("cpu", 1)])
def test_in_the_deterministic_mode_of_a_gpu_samples_are_requests_of_their_own(device: str, requests: int) -> None:
    info = {"enable_deterministic_inference": True, "device": device}
    found = with_engine(fake := Fake(info=info), lambda engine: ask(engine, 5, 6))
    assert [one.text for one in found] == ["answer 5", "answer 6"]
    assert len(fake.asked) == requests


def test_a_model_that_is_not_served_is_refused_with_those_that_are() -> None:
    async def run(url: str) -> None:
        async with engine_for(EngineConfig(kind="url", url=url, model="mine"), Path()):
            raise AssertionError("there is no such model")

    with serving(Fake()) as fake, pytest.raises(MucodeError, match=r"no model 'mine'; it has other, fake\."):
        asyncio.run(run(fake.url))


@pytest.mark.parametrize("failure", [(500, "out of memory"), (503, "starting"), (429, "busy"), (0, "")])
def test_trouble_that_passes_is_tried_again(failure: tuple[int, str]) -> None:
    found = with_engine(fake := Fake(failures=[failure, failure]), lambda engine: ask(engine, 5))
    assert found == [Completion("answer 5", (1, 2), (5,))]
    assert len({body["rid"] for body in fake.asked}) == 3


def test_trouble_that_stays_fails_with_its_cause() -> None:
    fake = Fake(failures=[(500, "out of memory")] * 3)
    with pytest.raises(MucodeError, match=r"failed 3 times.*out of memory"):
        with_engine(fake, lambda engine: ask(engine, 5))


def test_a_refused_request_is_not_tried_again() -> None:
    fake = Fake(failures=[(401, "wrong key")])
    with pytest.raises(MucodeError, match="wrong key"):
        with_engine(fake, lambda engine: ask(engine, 5))
    assert len(fake.asked) == 1


def test_a_conversation_without_room_is_told_apart() -> None:
    text = "The input (6031 tokens) is longer than the model's context length (4096 tokens)."
    with pytest.raises(TooLongError):
        with_engine(Fake(failures=[(400, text)]), lambda engine: ask(engine, 5))


def test_a_server_that_is_not_there_is_named() -> None:
    async def run() -> None:
        async with engine_for(EngineConfig(kind="url", url="http://127.0.0.1:9", model="m"), Path()):
            pass

    with pytest.raises(MucodeError, match=r"127\.0\.0\.1:9.*does not list its models"):
        asyncio.run(run())


def test_a_cancelled_request_is_aborted_by_its_name() -> None:
    async def work(engine: Engine) -> None:
        task = asyncio.ensure_future(ask(engine, 5, 6, rid="mine"))
        while not fake.asked:  # noqa: ASYNC110  another thread fills it
            await asyncio.sleep(0.001)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    with_engine(fake := Fake(hold=threading.Event()), work)
    assert set(fake.aborted) == {"mine"}


def test_no_more_samples_are_in_flight_than_the_limit() -> None:
    async def work(engine: Engine) -> None:
        asking = asyncio.gather(*(ask(engine, first, first + 1, first + 2, rid=f"r{first}") for first in range(10)))
        while fake.at_once < 6:  # noqa: ASYNC110  another thread counts it
            await asyncio.sleep(0.001)
        hold.set()
        await asking

    hold = threading.Event()
    with_engine(fake := Fake(hold=hold), work)
    assert len(fake.asked) == 10
    assert fake.most_at_once == 6  # of 2 x 4 places only whole requests of 3
