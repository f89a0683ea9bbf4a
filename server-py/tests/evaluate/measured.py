"""Results of an evaluation for tests."""

from collections.abc import Sequence

from mucode.evaluate.results import Measured, Searched
from mucode.evaluate.search import Search, SearchTurn


def outcome(*correct: bool) -> Search:
    """A search whose picks were so."""
    return Search(tuple(SearchTurn(public=one, correct=one) for one in correct))


def measured(
    problem: str,
    *,
    greedy: Search,
    searches: Sequence[tuple[str, int, Search]] = (),
    source: str = "MBPP",
    samples: tuple[int, int] = (10, 5),
    private: bool = True,
    task: str = "write",
) -> Measured:
    """One problem; searches as (selector, N, outcome)."""
    found = tuple(Searched(selector, n, number, one) for number, (selector, n, one) in enumerate(searches))
    return Measured(problem, source, task, private, greedy, *samples, found)
