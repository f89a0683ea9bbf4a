"""Turns the results in one or several folders into report.json, tables.md and plots. How they come about: stage.py."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.reading import as_json, read
from mucode.train.rows import write_whole

from . import results
from .report import Report, reports, summary
from .settings import EvaluateConfig
from .tables import tables

SETTINGS = "settings.json"


def conclude(folders: Mapping[str, Path], out: Path) -> list[Report]:
    """Writes report.json, tables.md and, where wanted, plots of all results in the folders into `out`.

    Several folders are several methods, compared on the problems that they share. Where two say that they are the same,
    their names tell them apart.
    """
    found: list[Report] = []
    plotted = False
    resamples = 0
    for name, folder in folders.items():
        config = settings_of(folder)
        plotted = plotted or config.plots
        resamples = max(resamples, config.bootstrap)
        rows = [row for part in sorted(folder.glob("results-*.jsonl")) for row in results.read(part)]
        found += told_apart(reports(rows, config), found, name)
    content = {"reports": [summary(report, resamples) for report in found]}
    write_whole(out / "report.json", (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
    write_whole(out / "tables.md", tables(found, resamples).encode())
    if plotted:
        from .plots import plots

        plots(found, out, resamples)
    return found


def told_apart(new: Sequence[Report], known: Sequence[Report], name: str) -> list[Report]:
    """The new reports, those with a known one's name under another: a table shall have no two rows of one name."""
    taken = {(one.name, one.source) for one in known}
    return [
        dataclasses.replace(one, variant=", ".join(filter(None, [one.variant, name])))
        if (one.name, one.source) in taken
        else one
        for one in new
    ]


def keep_settings(folder: Path, config: EvaluateConfig) -> None:
    """Results are only read together with the settings that they were measured with."""
    write_whole(folder / SETTINGS, (json.dumps(as_json(config), indent=2) + "\n").encode())


def settings_of(folder: Path) -> EvaluateConfig:
    """The settings of a finished evaluation. Raises MucodeError where there is none."""
    path = folder / SETTINGS
    if not path.is_file():
        raise MucodeError(f"{folder} holds no evaluation: {SETTINGS} is missing. `mucode runs` lists what there is.")
    return read(EvaluateConfig, json.loads(path.read_text(encoding="utf-8")), str(path))
