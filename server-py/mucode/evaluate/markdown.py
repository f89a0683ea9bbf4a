"""Cells and lines of Markdown tables. Which tables there are is in tables.py and beside.py."""

from collections.abc import Iterable, Sequence

from .bootstrap import Interval
from .report import Values, bounds

NOT_RUN = "not run"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> str:
    """A table under a title of the third level."""
    lines = [f"### {title}\n", _line(head), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join([*lines, "", *([f"{note}\n"] if note else [])])


def percent(values: Values | None, resamples: int) -> str:
    """`37.9 ± 4.2`: the mean, and half of its interval of 95 %."""
    if values is None:
        return NOT_RUN
    found = bounds(values, resamples)
    return f"{100 * found.mean:.1f} ± {50 * (found.high - found.low):.1f}"


def signed(found: Interval | None) -> str:
    """`+3.1 [+0.2, +6.0]`: a difference with its interval."""
    if found is None:
        return NOT_RUN
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def published(value: float | None) -> str:
    """A figure of the paper; `-` where it has none."""
    return "-" if value is None else f"{value:.1f}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
