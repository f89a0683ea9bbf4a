"""Scaling curves as PNG and SVG: more candidates, more turns. The same figures give the same SVG bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from .report import Report

_SIZE = (5.0, 3.4)
_DPI = 150


def plots(reports: Sequence[Report], folder: Path) -> list[Path]:
    """Draws what was measured; a curve of one point is left out. Returns the files. Needs matplotlib."""
    written: list[Path] = []
    for source in sorted({report.source for report in reports}):
        own = [report for report in reports if report.source == source]
        name = source.lower().replace(" ", "-")
        curves = {report.method: _by_n(report) for report in own}
        written += _figure(curves, "candidates per turn (N)", source, folder / f"{name}-candidates")
        curves = {report.method: _by_turns(report) for report in own}
        written += _figure(curves, "turns", source, folder / f"{name}-turns")
    return written


Curve = list[tuple[int, float]]


def _by_n(report: Report) -> Curve:
    found = [(n, values[-1]) for (selector, n), values in sorted(report.searched.items()) if selector == report.main]
    return [(n, 100 * sum(values) / len(values)) for n, values in found]


def _by_turns(report: Report) -> Curve:
    found = report.searched.get((report.main, report.n), ())
    return [(turns, 100 * sum(values) / len(values)) for turns, values in enumerate(found, 1)]


def _figure(curves: dict[str, Curve], label: str, title: str, stem: Path) -> list[Path]:
    drawn = {method: curve for method, curve in curves.items() if len(curve) > 1}
    if not drawn:
        return []
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Without these two the SVG would hold the time and random ids.
    cast("Any", mpl).rcParams["svg.hashsalt"] = "mucode"
    metadata = {"Date": None}
    figure = cast("Any", Figure(figsize=_SIZE, layout="constrained"))
    axes = figure.add_subplot()
    for method, curve in drawn.items():
        axes.plot(*zip(*curve, strict=True), marker="o", label=method)
    axes.set(xlabel=label, ylabel="problems solved (%)", title=title, ylim=(0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    files = [stem.with_name(f"{stem.name}.svg"), stem.with_name(f"{stem.name}.png")]
    figure.savefig(files[0], metadata=metadata)
    figure.savefig(files[1], dpi=_DPI)
    return files
