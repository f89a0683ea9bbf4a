"""Tables in Markdown: ours, and the paper's with the same row names beside them."""

from collections.abc import Callable, Iterable, Sequence

from .bootstrap import Interval
from .paper import ABLATION, ABLATION_COLUMNS, COLUMNS, TABLE_1, PaperRow
from .paper import SELECTORS as PAPER_SELECTORS
from .report import Report, Values, bounds, difference

NOT_RUN = "not run"
_METHODS = {"instruct": "Instruct", "rft": "RFT", "multi-star": "Multi-STaR", "mucode": "μCode"}


def tables(reports: Sequence[Report], resamples: int) -> str:
    """All tables of one or several evaluations, one section per data set."""
    sections = ["# Evaluation\n\nPer cent of problems solved, by private tests; ± is half the interval of 95 %.\n"]
    for source in sorted({report.source for report in reports}):
        own = [report for report in reports if report.source == source]
        sections.append(f"## {source} ({len(own[0].problems)} problems)\n")
        sections += [_methods(own, resamples), _selectors(own, resamples), _scaling(own), _turns(own), _pass_at(own)]
        sections.append(_differences(own, resamples))
    sections.append(_paper_selectors())
    return "\n".join(section for section in sections if section)


def _methods(reports: Sequence[Report], resamples: int) -> str:
    lines = ["### Methods\n", *_head(["method", "N", "ours", *(f"paper {column}" for column in COLUMNS)])]
    for row in TABLE_1:
        report = next((one for one in reports if one.method == row.method), None)
        values = None if report is None else _values_of(report, row)
        ours = NOT_RUN if values is None else _percent(bounds(values, resamples))
        n = report.n if report is not None and row.measure == "bon" else row.n
        lines.append(_line([row.name, str(n), ours, *map(_published, row.values)]))
    return _closed(lines)


def _values_of(report: Report, row: PaperRow) -> Values | None:
    by_measure: dict[str, Callable[[], Values | None]] = {
        "single": lambda: report.single,
        "multi": lambda: report.multi,
        "bon": lambda: report.best_of(report.main),
    }
    return by_measure[row.measure]()


def _selectors(reports: Sequence[Report], resamples: int) -> str:
    lines = ["### Selectors\n", *_head(["method", *PAPER_SELECTORS, "oracle"])]
    for report in reports:
        found = [report.best_of(selector) for selector in (*PAPER_SELECTORS, "oracle")]
        cells = [NOT_RUN if values is None else _percent(bounds(values, resamples)) for values in found]
        lines.append(_line([_named(report), *cells]))
    bound = "`oracle` knows the private tests: a bound for every selector."
    return _closed([*lines, "", f"Best-of-{reports[0].n}, at most {reports[0].turns} turns. {bound}"])


def _scaling(reports: Sequence[Report]) -> str:
    widths = sorted({n for report in reports for selector, n in report.searched if selector == report.main})
    if len(widths) < 2:
        return ""
    lines = ["### More candidates\n", *_head(["method", *(f"N = {n}" for n in widths)])]
    rows = [[_named(report), *(_mean(report.best_of(report.main, n)) for n in widths)] for report in reports]
    return _closed([*lines, *map(_line, rows)])


def _turns(reports: Sequence[Report]) -> str:
    most = max(report.turns for report in reports)
    lines = ["### More turns\n", *_head(["method", *(f"{turns} turns" for turns in range(1, most + 1))])]
    for report in reports:
        found = report.searched.get((report.main, report.n))
        if found is not None:
            lines.append(_line([f"{_named(report)}, best-of-{report.n}", *map(_mean, found)]))
    return _closed(lines)


def _pass_at(reports: Sequence[Report]) -> str:
    ks = sorted({k for report in reports for k in report.pass_at})
    if not ks:
        return ""
    lines = ["### Answers to the first prompt\n", *_head(["method", *(f"pass@{k}" for k in ks)])]
    for report in reports:
        values = [report.pass_at.get(k) for k in ks]
        lines.append(_line([_named(report), *(NOT_RUN if v is None else f"{100 * v:.1f}" for v in values)]))
    return _closed(lines)


def _differences(reports: Sequence[Report], resamples: int) -> str:
    ours = next((report for report in reports if report.method == "mucode"), None)
    others = [report for report in reports if report is not ours]
    if ours is None or not others:
        return ""
    lines = ["### μCode against the others, on the same problems\n", *_head(["against", "greedy", "best-of-N"])]
    for other in others:
        greedy = difference(ours, other, lambda report: report.multi, resamples)
        best = difference(ours, other, lambda report: report.best_of(report.main), resamples)
        lines.append(_line([_named(other), _signed(greedy), _signed(best)]))
    return _closed(lines)


def _paper_selectors() -> str:
    lines = ["## The paper's selectors\n", *_head(["method", "selector", *ABLATION_COLUMNS])]
    for method, rows in ABLATION.items():
        for selector, values in zip(PAPER_SELECTORS, rows, strict=True):
            lines.append(_line([_METHODS[method], selector, *(f"{value:.1f}" for value in values)]))
    return _closed(lines)


def _named(report: Report) -> str:
    return _METHODS.get(report.method, report.method)


def _percent(found: Interval) -> str:
    return f"{100 * found.mean:.1f} ± {50 * (found.high - found.low):.1f}"


def _signed(found: Interval | None) -> str:
    if found is None:
        return NOT_RUN
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _mean(values: Values | None) -> str:
    return NOT_RUN if values is None else f"{100 * sum(values) / len(values):.1f}"


def _published(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _head(cells: Sequence[str]) -> list[str]:
    return [_line(cells), _line(["---"] * len(cells))]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _closed(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])
