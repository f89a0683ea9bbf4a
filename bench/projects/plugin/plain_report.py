"""A pytest plugin for the reference side: writes the outcome of each test to the file that PLAIN_REPORT names."""

import json
import os
from typing import Any

_OUTCOMES: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    """A failed phase decides; else the call; a skip in set-up counts as skipped."""
    outcome = "xfail" if hasattr(report, "wasxfail") else report.outcome
    if (report.when == "call" or outcome != "passed") and _OUTCOMES.get(report.nodeid) != "failed":
        _OUTCOMES[report.nodeid] = outcome


def pytest_sessionfinish() -> None:
    """The file is there only when the session ended by itself."""
    with open(os.environ["PLAIN_REPORT"], "w", encoding="utf-8") as file:
        json.dump(_OUTCOMES, file)
