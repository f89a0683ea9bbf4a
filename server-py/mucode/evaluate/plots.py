"""Scaling curves as PNG and SVG: more candidates, more turns. The same figures give the same SVG bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from .bootstrap import Interval
from .report import Report, bounds

_SIZE = (5.0, 3.4)
_DPI = 150


def plots(reports: Sequence[Report], folder: Path, resamples: int) -> list[Path]:
    """Draws what was measured, with intervals of 95 %; a curve of one point is left out. Returns the files.

    Needs matplotlib.
    """
    written: list[Path] = []
    for source in sorted({report.source for report in reports}):
        own = [report for report in reports if report.source == source]
        name = source.lower().replace(" ", "-")
        curves = {report.name: _by_n(report, resamples) for report in own}
        written += _figure(curves, "candidates per turn (N)", source, folder / f"{name}-candidates")
        curves = {report.name: _by_turns(report, resamples) for report in own}
        written += _figure(curves, "turns", source, folder / f"{name}-turns")
    return written


Curve = list[tuple[int, Interval]]


def _by_n(report: Report, resamples: int) -> Curve:
    found = [(n, values[-1]) for (selector, n), values in sorted(report.searched.items()) if selector == report.main]
    return [(n, bounds(values, resamples)) for n, values in found]


def _by_turns(report: Report, resamples: int) -> Curve:
    found = report.searched.get((report.main, report.n), ())
    return [(turns, bounds(values, resamples)) for turns, values in enumerate(found, 1)]


def _figure(curves: Mapping[str, Curve], label: str, title: str, stem: Path) -> list[Path]:
    drawn = {name: curve for name, curve in curves.items() if len(curve) > 1}
    if not drawn:
        return []
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Without these two the SVG would hold the time and random ids.
    cast("Any", mpl).rcParams["svg.hashsalt"] = "mucode"
    metadata = {"Date": None}
    figure = cast("Any", Figure(figsize=_SIZE, layout="constrained"))
    axes = figure.add_subplot()
    for name, curve in drawn.items():
        places = [place for place, _ in curve]
        (line,) = axes.plot(places, [100 * one.mean for _, one in curve], marker="o", label=name)
        low, high = ([100 * getattr(one, end) for _, one in curve] for end in ("low", "high"))
        axes.fill_between(places, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set(xlabel=label, ylabel="problems solved (%)", title=title, ylim=(0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    files = [stem.with_name(f"{stem.name}.svg"), stem.with_name(f"{stem.name}.png")]
    figure.savefig(files[0], metadata=metadata)
    figure.savefig(files[1], dpi=_DPI)
    return files
