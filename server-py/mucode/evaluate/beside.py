"""Our figures beside those that the paper's authors published, under the same row names."""

from collections.abc import Callable, Iterator, Sequence

from . import paper
from .markdown import NOT_RUN, percent, published, table
from .names import ABLATIONS, named
from .paper import PaperRow
from .report import Report, Values

_PAPER = tuple(f"paper {column}" for column in paper.COLUMNS)


def methods(reports: Sequence[Report], resamples: int) -> str:
    """Table 1. What we measured and the paper did not follows below its rows. Both sides say with how many candidates
    and turns: a run with others than the paper's stands on the same row."""
    rows = [_published_row(row, _found(reports, row.method, ""), resamples) for row in paper.TABLE_1]
    known = {row.method for row in paper.TABLE_1}
    for report in reports:
        if report.variant or report.method not in known:
            greedy, best = (percent(values, resamples) for values in (report.multi, report.best_of(report.main)))
            absent = ["-"] * (1 + len(_PAPER))
            rows.append([report.name, f"1, {report.turns}", greedy, *absent])
            rows.append(["+BoN", f"{report.n}, {report.turns}", best, *absent])
    return table("Methods", ["method", "ours: N, turns", "ours", "paper: N, turns", *_PAPER], rows)


def _published_row(row: PaperRow, report: Report | None, resamples: int) -> list[str]:
    values = None if report is None else _values_of(report, row)
    single = row.measure == "single"
    ours = "-"
    if values is not None and report is not None:
        ours = f"{report.n if row.measure == 'bon' else 1}, {1 if single else report.turns}"
    theirs = f"{row.n}, {1 if single else paper.TURNS}"
    return [row.name, ours, percent(values, resamples), theirs, *map(published, row.values)]


def _values_of(report: Report, row: PaperRow) -> Values | None:
    by_measure: dict[str, Callable[[], Values | None]] = {
        "single": lambda: report.single,
        "multi": lambda: report.multi,
        "bon": lambda: report.best_of(report.main),
    }
    return by_measure[row.measure]()


def selectors(reports: Sequence[Report], resamples: int) -> str:
    """Table 2, and the bound of every selector beside it."""
    columns = [f"paper {column}" for column in paper.ABLATION_COLUMNS]
    note = f"`oracle` picks by the private tests: a bound for every selector.\n{_widths(reports)}"
    rows: list[list[str]] = []
    for method, variant in _all_of(reports, [(method, "") for method in paper.ABLATION]):
        report = _found(reports, method, variant)
        theirs = paper.ABLATION.get(method, ()) if not variant else ()
        for place, selector in enumerate((*paper.SELECTORS, "oracle")):
            values = None if report is None else report.best_of(selector)
            known = theirs[place] if place < len(theirs) else [None] * len(columns)
            rows.append([named(method, variant), selector, percent(values, resamples), *map(published, known)])
    return table("Selectors", ["method", "selector", "ours", *columns], rows, note)


def ablations(reports: Sequence[Report], resamples: int) -> str:
    """What each part of μCode is worth: a row for every way to leave one out, run or not."""
    columns = [f"paper {column}" for column in paper.TRAINING_COLUMNS]
    wanted = [("instruct", ""), *paper.TRAINING, *(("mucode", variant) for variant in ABLATIONS)]
    rows: list[list[str]] = []
    for method, variant in _all_of(reports, wanted):
        report = _found(reports, method, variant)
        greedy = NOT_RUN if report is None else percent(report.multi, resamples)
        best = NOT_RUN if report is None else percent(report.best_of(report.main), resamples)
        theirs = paper.TRAINING.get((method, variant), [None] * len(columns))
        rows.append([_iterations(method, variant), greedy, best, *map(published, theirs)])
    return table("Ablations", ["method", "multi-turn greedy", "best-of-N", *columns], rows, _widths(reports))


def _widths(reports: Sequence[Report]) -> str:
    """With how many candidates and turns each side was measured."""
    ours = " or ".join(f"best-of-{n}, at most {turns} turns" for n, turns in sorted({(r.n, r.turns) for r in reports}))
    return f"Ours: {ours}. The paper's: best-of-{paper.N}, at most {paper.TURNS} turns."


def _iterations(method: str, variant: str) -> str:
    """The base model is what no iteration leads to."""
    return (
        f"{named(method, variant)} (0 iterations)" if (method, variant) == ("instruct", "") else named(method, variant)
    )


def _all_of(reports: Sequence[Report], wanted: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The wanted rows, then those of other reports; each once."""
    yield from dict.fromkeys([*wanted, *((report.method, report.variant) for report in reports)])


def _found(reports: Sequence[Report], method: str, variant: str) -> Report | None:
    return next((one for one in reports if (one.method, one.variant) == (method, variant)), None)
