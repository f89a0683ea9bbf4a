"""Plays the rollouts of one problem: engine, judge and episode brought together. The stage's files are in stage.py."""

import asyncio
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from mucode.errors import MucodeError
from mucode.train.rows import ProblemRow, RolloutRow, seed_of

from .engine import Completion, Engine, TooLongError
from .episode import Episode
from .judging import Judged, Judging, Reading
from .settings import RolloutConfig

_SEEDS = 2**63


@dataclass(frozen=True)
class Played:
    """One turn of one rollout, and how long it took."""

    row: RolloutRow
    engine_ms: float
    """From the request to the answer; the samples of one request share it."""
    judge_ms: float


@dataclass(frozen=True)
class Table:
    """What the rollouts of one stage share."""

    config: RolloutConfig
    engine: Engine
    judging: Judging
    seed: int
    weights: str
    """Key of the generator's artifact."""


@dataclass(frozen=True)
class _Asked:
    completions: Sequence[Completion]
    seeds: Sequence[int]
    ms: float


def seeds_of(seed: int, problem: str, rollout: int | None, turn: int, n: int) -> list[int]:
    """The seeds of n samples of one state, each one more than the one before: so one request can ask for all of them.

    rollout: None in turn 1, whose state all rollouts of a problem share.
    """
    first = seed_of(seed, problem, rollout, turn)
    return [(first + k) % _SEEDS for k in range(n)]


async def play(table: Table, row: ProblemRow) -> list[Played]:
    """All rollouts of a problem, by rollout and turn. Their first turns share a state and are one request.

    A conversation that outgrows the engine's context ends its rollout there; a problem whose first prompt does, has no
    rows. Raises MucodeError for trouble of the engine or the judge.
    """
    episodes = [Episode(row, table.config.turns) for _ in range(table.config.rollouts)]
    try:
        asked = await _ask(table, row, episodes[0], None, len(episodes))
    except TooLongError:
        return []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_rollout(table, row, number, episode, _one(asked, number)))
                for number, episode in enumerate(episodes)
            ]
    except BaseExceptionGroup as group_error:
        raise first_of(group_error) from group_error
    return [played for task in tasks for played in task.result()]


async def _rollout(table: Table, row: ProblemRow, number: int, episode: Episode, asked: _Asked) -> list[Played]:
    played: list[Played] = []
    while True:
        began = time.monotonic()
        reading = await table.judging.read(row, asked.completions[0].text)
        public = await table.judging.judge(row, "public", reading)
        private = await _label(table, row, reading, public)
        judge_ms = (time.monotonic() - began) * 1000
        coordinates = {"problem": row.id, "rollout": number, "turn": episode.turn, "messages": episode.messages()}
        played.append(Played(_row(coordinates, asked, reading, public, private, table.weights), asked.ms, judge_ms))
        episode.advance(reading, public)
        if episode.over:
            return played
        try:
            asked = await _ask(table, row, episode, number, 1)
        except TooLongError:
            return played


async def _label(table: Table, row: ProblemRow, reading: Reading, public: Judged) -> Judged | None:
    """The verdict by the private tests. A program that fails a public test is wrong without them."""
    if not public.passes or not row.problem["private_tests"]:
        return None
    return await table.judging.judge(row, "private", reading)


async def _ask(table: Table, row: ProblemRow, episode: Episode, rollout: int | None, n: int) -> _Asked:
    config = table.config
    seeds = seeds_of(table.seed, row.id, rollout, episode.turn, n)
    began = time.monotonic()
    completions = await table.engine.complete(
        episode.messages(),
        n=n,
        seeds=seeds,
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        rid=f"rollout-{uuid.uuid4().hex}",
    )
    return _Asked(completions, seeds, (time.monotonic() - began) * 1000)


def _row(
    coordinates: Mapping[str, Any],
    asked: _Asked,
    reading: Reading,
    public: Judged,
    private: Judged | None,
    weights: str,
) -> RolloutRow:
    [completion], [seed] = asked.completions, asked.seeds
    return RolloutRow(
        **coordinates,
        seed=seed,
        answer=completion.text,
        prompt_ids=completion.prompt_ids,
        completion_ids=completion.completion_ids,
        finish=completion.finish,
        shown=reading.shown,
        program=reading.program,
        fingerprint=reading.fingerprint,
        public=public.verdict,
        public_passed=public.passed,
        public_total=public.total,
        private=private.verdict if private else None,
        private_passed=private.passed if private else 0,
        private_total=private.total if private else 0,
        feedback=public.feedback,
        weights=weights,
    )


def _one(asked: _Asked, number: int) -> _Asked:
    return _Asked(asked.completions[number : number + 1], asked.seeds[number : number + 1], asked.ms)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The expected failure in a group of simultaneous ones; else any of them."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, MucodeError)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", one))
        else:
            yield one
