"""All tables of one or several evaluations in Markdown. Those that stand beside the paper's are in beside.py."""

from collections.abc import Sequence

from . import paper
from .beside import ablations, methods, selectors
from .markdown import percent, published, signed, table
from .report import Report, difference

_HEAD = """# Evaluation

Per cent of problems solved, by private tests; ± is half the interval of 95 %. What was not run says so.
"""


def tables(reports: Sequence[Report], resamples: int) -> str:
    """One section per data set; repair and synthesis are data sets of their own."""
    sections = [_HEAD, _overview(reports, resamples)]
    for source in sorted({report.source for report in reports}):
        own = [report for report in reports if report.source == source]
        sizes = " or ".join(map(str, sorted({len(one.problems) for one in own})))
        sections.append(f"## {_titled(own[0])}: {sizes} problems\n")
        sections += _remarks(own)
        sections += [methods(own, resamples), selectors(own, resamples), ablations(own, resamples)]
        sections += [_scaling(own, resamples), _turns(own, resamples), _pass_at(own, resamples)]
        sections.append(_differences(own, resamples))
    return "\n".join(section for section in sections if section)


def _titled(report: Report) -> str:
    return f"{report.source} ({report.task})"


def _overview(reports: Sequence[Report], resamples: int) -> str:
    """Data sets beside each other, repair beside synthesis; nothing where there is only one."""
    titles = sorted({_titled(report) for report in reports})
    if len(titles) < 2:
        return ""
    rows: list[list[str]] = []
    for name in dict.fromkeys(report.name for report in reports):
        own = {_titled(report): report for report in reports if report.name == name}
        greedy = [percent(own[title].multi if title in own else None, resamples) for title in titles]
        best = [percent(own[title].best_of(own[title].main) if title in own else None, resamples) for title in titles]
        rows += [[f"{name}, multi-turn greedy", *greedy], [f"{name}, best-of-N", *best]]
    return table("All data sets", ["method", *titles], rows)


def _remarks(reports: Sequence[Report]) -> list[str]:
    """What a reader of every table below has to know."""
    why = "problems have a prompt that leaves no room for an answer; they count as not solved."
    remarks = [f"{one.name}: {one.too_long} {why}\n" for one in reports if one.too_long]
    public_only = max(one.public_only for one in reports)
    if public_only:
        why = "problems have no private test that is not public as well: there public tests decide."
        remarks.append(f"{public_only} {why}\n")
    return remarks


def _scaling(reports: Sequence[Report], resamples: int) -> str:
    widths = sorted({n for report in reports for selector, n in report.searched if selector == report.main})
    if len(widths) < 2:
        return ""
    rows = [[one.name, *(percent(one.best_of(one.main, n), resamples) for n in widths)] for one in reports]
    theirs = [
        [f"μCode, paper {column}", *(published(values.get(n)) for n in widths)]
        for column, values in paper.SCALING.items()
    ]
    return table("More candidates", ["method", *(f"N = {n}" for n in widths)], [*rows, *theirs])


def _turns(reports: Sequence[Report], resamples: int) -> str:
    turns = range(max(report.turns for report in reports))
    rows: list[list[str]] = []
    for report in reports:
        found = report.searched.get((report.main, report.n), ())
        cells = [percent(found[turn] if turn < len(found) else None, resamples) for turn in turns]
        rows.append([f"{report.name}, best-of-{report.n}", *cells])
    return table("More turns", ["method", *(f"{turn + 1} turns" for turn in turns)], rows)


def _pass_at(reports: Sequence[Report], resamples: int) -> str:
    ks = sorted({k for report in reports for k in report.pass_at})
    if not ks:
        return ""
    rows = [[one.name, *(percent(one.pass_at.get(k), resamples) for k in ks)] for one in reports]
    return table("Answers to the first prompt", ["method", *(f"pass@{k}" for k in ks)], rows)


def _differences(reports: Sequence[Report], resamples: int) -> str:
    ours = next((report for report in reports if report.method == "mucode" and not report.variant), None)
    others = [report for report in reports if report is not ours]
    if ours is None or not others:
        return ""
    rows: list[list[str]] = []
    for other in others:
        greedy = difference(ours, other, lambda report: report.multi, resamples)
        best = difference(ours, other, lambda report: report.best_of(report.main), resamples)
        rows.append([other.name, signed(greedy), signed(best)])
    title = "μCode against the others, on the same problems"
    return table(title, ["against", "greedy", "best-of-N"], rows)
