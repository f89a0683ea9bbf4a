"""What was measured on each problem, as JSON Lines. What it adds up to is in report.py."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mucode.errors import MucodeError
from mucode.train.rows import write_whole

from .search import Search, SearchTurn


@dataclass(frozen=True)
class Searched:
    """One search of one problem."""

    selector: str
    n: int
    search: int
    outcome: Search


@dataclass(frozen=True)
class Measured:
    """All that was measured on one problem."""

    problem: str
    source: str
    """Name of its data set."""
    task: str
    private: bool
    """Whether it has private tests that are not public. They decide what success is; without any the public ones do."""
    greedy: Search
    """One answer per turn at temperature 0."""
    samples: int
    """Answers to the first prompt, over all searches."""
    correct: int
    """How many of them are a success."""
    searches: tuple[Searched, ...]
    answers: int = 0
    """Answers in all states, greedy ones included."""
    cut: int = 0
    """Those of them that ended at the limit of tokens (max_tokens)."""

    def rate(self, selector: str, n: int, turns: int) -> float | None:
        """Share of the searches that succeed within so many turns; None where none was run."""
        outcomes = [one.outcome.success(turns) for one in self.searches if (one.selector, one.n) == (selector, n)]
        return sum(outcomes) / len(outcomes) if outcomes else None


def write(path: Path, measured: Iterable[Measured]) -> None:
    """Writes the rows at once: equal rows are equal bytes."""
    lines = [json.dumps(dataclasses.asdict(one), ensure_ascii=False, sort_keys=True) for one in measured]
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())


def read(path: Path) -> Iterator[Measured]:
    """The rows of a file. Raises MucodeError with the line of one that does not fit."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _measured(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise MucodeError(f"{path}, line {number} is no result of an evaluation ({error}).") from error


def _measured(row: Mapping[str, Any]) -> Measured:
    rest = dict(row)
    greedy = _search(rest.pop("greedy"))
    searches = tuple(
        Searched(one["selector"], one["n"], one["search"], _search(one["outcome"])) for one in rest.pop("searches")
    )
    return Measured(**rest, greedy=greedy, searches=searches)


def _search(value: Mapping[str, Any]) -> Search:
    turns = cast("list[dict[str, bool]]", value["turns"])
    return Search(tuple(SearchTurn(**turn) for turn in turns))
