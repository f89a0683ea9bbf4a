"""Whether a table of problems may be learned from. What drops single rows of one is the guard (guarding.py)."""

import json
from pathlib import Path

from mucode.errors import MucodeError

REPORT = "dropped.json"
"""Beside a table: which split it is of, and what was left out."""


def check_learnable(table: Path) -> None:
    """Raises MucodeError for a table of another split than `train`: it did not pass the guard.

    A table that nobody reports on was made by hand, and its maker answers for it.
    """
    report = table / REPORT
    split = json.loads(report.read_text(encoding="utf-8")).get("split") if report.is_file() else "train"
    if split != "train":
        raise MucodeError(
            f"{table} holds the {split} problems of a run, which are measured with: nothing may be learned from their "
            "rollouts. Make a table with `mucode problems --split train`, which passes the guard."
        )
