"""The candidates of a problem's states: sampled once, judged, scored, and given again to every search that comes by."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mucode.prompts import Exchange, conversation
from mucode.train.rollout.engine import Completion, Engine, TooLongError
from mucode.train.rollout.judging import Judging
from mucode.train.rows import Message, ProblemRow, seed_of

from .select import Candidate
from .settings import EvaluateConfig

_SEEDS = 2**63


class Scorer(Protocol):
    """The verifier."""

    async def scores(self, row: ProblemRow, shown: Sequence[str]) -> Sequence[float]:
        """R_φ of each program, as prompts show it, in their order."""
        ...


@dataclass(frozen=True)
class Bench:
    """What all problems of an evaluation share."""

    config: EvaluateConfig
    engine: Engine
    judging: Judging
    scorer: Scorer | None
    seed: int


class States:
    """The states that the searches with one seed come to, for one problem.

    Selectors that lead to the same conversation see the same candidates, and a search with fewer of them sees the
    first ones: what differs between two rates is then the choice, not the luck of sampling.
    """

    def __init__(self, bench: Bench, row: ProblemRow, search: int, *, greedy: bool = False) -> None:
        self._bench = bench
        self._row = row
        self._coordinates = (bench.seed, row.id, "greedy" if greedy else search)
        self._temperature = 0.0 if greedy else bench.config.temperature
        self._known: dict[tuple[tuple[str, str], ...], list[Candidate]] = {}
        self.answers = 0
        """Answers that were sampled."""
        self.cut = 0
        """Those of them that ended at the limit of tokens."""

    async def sample(self, exchanges: Sequence[Exchange], n: int) -> Sequence[Candidate]:
        """The first n candidates of the state; see search.Sample."""
        messages = conversation(self._row.problem, self._row.task, self._row.baseline, exchanges)
        key = tuple((message["role"], message["content"]) for message in messages)
        known = self._known.setdefault(key, [])
        if len(known) < n:
            first = seed_of(*self._coordinates, key)
            seeds = [(first + index) % _SEEDS for index in range(len(known), n)]
            known += await self._ask(messages, seeds)
        return known[:n]

    async def _ask(self, messages: Sequence[Message], seeds: Sequence[int]) -> list[Candidate]:
        config = self._bench.config
        try:
            completions = await self._bench.engine.complete(
                messages,
                n=len(seeds),
                seeds=seeds,
                temperature=self._temperature,
                top_p=config.top_p,
                max_tokens=config.max_tokens,
                rid=f"evaluate-{uuid.uuid4().hex}",
            )
        except TooLongError:
            return []
        self.answers += len(completions)
        self.cut += sum(one.finish == "length" for one in completions)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._judged(completion)) for completion in completions]
        return await self._scored([task.result() for task in tasks])

    async def _judged(self, completion: Completion) -> tuple[Candidate, str | None]:
        """The candidate without its score, and its program as prompts show it."""
        judging, row = self._bench.judging, self._row
        reading = await judging.read(row, completion.text)
        public = await judging.judge(row, "public", reading)
        # Success is what the private tests say (μCode, section 4), also of a program that fails a public one.
        decides = await judging.judge(row, "private", reading) if row.problem["private_tests"] else public
        correct = decides.passes and public.verdict != "tamper"
        exchange = reading.exchange(public.feedback)
        found = Candidate(exchange, reading.fingerprint, public.verdict, public.passed, correct, None)
        return found, reading.shown

    async def _scored(self, judged: Sequence[tuple[Candidate, str | None]]) -> list[Candidate]:
        programs = list(dict.fromkeys(shown for _, shown in judged if shown is not None))
        scorer = self._bench.scorer
        scores: dict[str, float] = {}
        if scorer is not None and programs:
            scores = dict(zip(programs, await scorer.scores(self._row, programs), strict=True))
        return [
            Candidate(
                one.exchange, one.fingerprint, one.public, one.public_passed, one.correct, scores.get(shown or "")
            )
            for one, shown in judged
        ]
