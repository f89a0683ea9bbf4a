"""The figures of one evaluation, one data set at a time. How they are printed is in tables.py and plots.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mucode.train.rows import seed_of

from .bootstrap import Interval, interval, paired
from .names import named
from .passk import pass_at_k
from .results import Measured
from .settings import EvaluateConfig

Values = tuple[float, ...]
"""One value per problem, in the order of the problems' ids; 0 to 1."""


@dataclass(frozen=True)
class Report:
    """What a pair of models does on one data set."""

    method: str
    variant: str
    """What sets it apart from the method as it is meant; empty where nothing does."""
    source: str
    task: str
    """`write`, `repair`, or both."""
    problems: tuple[str, ...]
    """Ids, sorted."""
    turns: int
    n: int
    single: Values
    """Greedy, one turn."""
    multi: Values
    """Greedy, all turns."""
    pass_at: Mapping[int, Values]
    """Unbiased pass@k of answers to the first prompt."""
    too_long: int
    """Problems whose first prompt left no room for an answer in the engine's context: not solved, by any measure."""
    public_only: int
    """Problems that have no private tests but public ones, so that passing the public ones is success."""
    cut_answers: float
    """Share of all answers that ended at the limit of tokens."""
    searched: Mapping[tuple[str, int], tuple[Values, ...]]
    """(selector, N) → for 1, 2 … turns the share of successful searches."""

    @property
    def name(self) -> str:
        """What tables and plots call it."""
        return named(self.method, self.variant)

    def best_of(self, selector: str, n: int | None = None) -> Values | None:
        """Of multi-turn best-of-N after the last turn; None where it was not run."""
        found = self.searched.get((selector, n or self.n))
        return found[-1] if found else None

    @property
    def main(self) -> str:
        """The selector that stands for best-of-N: tests and verifier, or tests only where there is no verifier."""
        return "pt+lv" if ("pt+lv", self.n) in self.searched else "pt"


def reports(measured: Sequence[Measured], config: EvaluateConfig) -> list[Report]:
    """One report per data set, by name."""
    sources = sorted({one.source for one in measured})
    return [_report([one for one in measured if one.source == source], source, config) for source in sources]


def _report(measured: Sequence[Measured], source: str, config: EvaluateConfig) -> Report:
    rows = sorted(measured, key=lambda one: one.problem)
    pairs = sorted({(one.selector, one.n) for row in rows for one in row.searches})
    # Without an answer a problem is not solved; only the others say of how many answers k can be drawn.
    samples = min((row.samples for row in rows if row.samples), default=max(config.ks, default=0))
    return Report(
        config.method,
        config.variant,
        source,
        " and ".join(sorted({row.task for row in rows})),
        tuple(row.problem for row in rows),
        config.turns,
        config.n,
        tuple(float(row.greedy.success(1)) for row in rows),
        tuple(float(row.greedy.success(config.turns)) for row in rows),
        {k: tuple(_pass_at(row, k) for row in rows) for k in config.ks if k <= samples},
        sum(not row.samples for row in rows),
        sum(not row.private for row in rows),
        sum(row.cut for row in rows) / max(1, sum(row.answers for row in rows)),
        {pair: tuple(_rates(rows, pair, turns) for turns in range(1, config.turns + 1)) for pair in pairs},
    )


def _pass_at(row: Measured, k: int) -> float:
    return pass_at_k(row.samples, row.correct, k) if row.samples else 0.0


def _rates(rows: Sequence[Measured], pair: tuple[str, int], turns: int) -> Values:
    rates = [row.rate(*pair, turns) for row in rows]
    if any(rate is None for rate in rates):
        raise ValueError(f"some problems were not searched with {pair}")
    return tuple(rate for rate in rates if rate is not None)


def summary(report: Report, resamples: int) -> dict[str, object]:
    """The report as JSON: means with their intervals of 95 % over the problems."""
    return {
        "method": report.method,
        "variant": report.variant,
        "source": report.source,
        "task": report.task,
        "problems": len(report.problems),
        "too_long": report.too_long,
        "public_only": report.public_only,
        "cut_answers": round(report.cut_answers, 4),
        "turns": report.turns,
        "n": report.n,
        "single_turn_greedy": as_json(report.single, resamples),
        "multi_turn_greedy": as_json(report.multi, resamples),
        "pass_at_k": {str(k): as_json(values, resamples) for k, values in report.pass_at.items()},
        "best_of_n": [
            {
                "selector": selector,
                "n": n,
                **as_json(values[-1], resamples),
                "by_turns": [as_json(one, resamples) for one in values],
            }
            for (selector, n), values in sorted(report.searched.items())
        ],
    }


def as_json(values: Values, resamples: int) -> dict[str, float]:
    """Mean and interval."""
    found = bounds(values, resamples)
    return {"mean": found.mean, "low": found.low, "high": found.high}


def bounds(values: Values, resamples: int) -> Interval:
    """The mean with its interval; the same values always give the same interval."""
    return interval(values, resamples, seed_of("interval"))


def difference(
    ours: Report, theirs: Report, values: Callable[[Report], Values | None], resamples: int
) -> Interval | None:
    """Ours minus theirs on the problems of both; None when one of them was not run or they share no problem."""
    left, right = values(ours), values(theirs)
    if left is None or right is None:
        return None
    first = dict(zip(ours.problems, left, strict=True))
    second = dict(zip(theirs.problems, right, strict=True))
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    return paired([first[id_] for id_ in shared], [second[id_] for id_ in shared], resamples, seed_of("paired"))
