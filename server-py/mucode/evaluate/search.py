"""One multi-turn best-of-N search: sample, pick, feed back, until a pick passes public tests (μCode, section 3.3)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mucode.prompts import Exchange
from mucode.train.rows import seed_of

from .select import Candidate, pick

Sample = Callable[[Sequence[Exchange], int], Awaitable[Sequence[Candidate]]]
"""Gives the first n judged candidates of the state that these exchanges lead to; asked again it gives the same ones.
None at all when the conversation has outgrown the engine's context."""


@dataclass(frozen=True)
class SearchTurn:
    """The pick of one turn."""

    public: bool
    """Whether it passes the public tests; the last turn of a search that stopped early does."""
    correct: bool
    """Whether it passes the private ones: known to the evaluation only, and what success means."""


@dataclass(frozen=True)
class Search:
    """What one search came to."""

    turns: tuple[SearchTurn, ...]

    def success(self, most: int) -> bool:
        """Whether the pick is correct that a search of at most `most` turns would end with."""
        return bool(self.turns) and self.turns[min(most, len(self.turns)) - 1].correct


async def search(sample: Sample, *, selector: str, n: int, most: int, seed: int) -> Search:
    """Runs one search of at most `most` turns with n candidates each.

    Only the public tests stop it, whatever the selector looks at: a search that stopped by the private ones would
    be told the answer. `lv` picks without looking at tests and is stopped by its pick's public tests all the same.
    `oracle` is told: a correct pick ends its search as well.
    """
    exchanges: list[Exchange] = []
    turns: list[SearchTurn] = []
    while len(turns) < most:
        candidates = await sample(exchanges, n)
        if not candidates:
            break
        best = pick(candidates[:n], selector, seed_of(seed, selector, n, len(turns)))
        turns.append(SearchTurn(best.passes, best.correct))
        if best.passes or (selector == "oracle" and best.correct):
            break
        exchanges.append(best.exchange)
    return Search(tuple(turns))
