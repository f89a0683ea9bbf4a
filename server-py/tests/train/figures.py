"""What must hold of the figures of any finished evaluation. Which settings it had is said by the tests that ran it."""

import json
from pathlib import Path
from typing import Any

SELECTORS = {"random", "lv", "pt", "pt+lv", "oracle"}


def check_figures(folder: Path, *, source: str, problems: int, n: int, turns: int) -> None:
    """Asserts that all four selectors and their bound were measured on all problems, with figures that can be."""
    content: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    (report,) = content["reports"]
    assert (report["method"], report["source"], report["problems"]) == ("mucode", source, problems)
    found = {(one["selector"], one["n"]): one for one in report["best_of_n"]}
    assert set(found) == {(selector, n) for selector in SELECTORS}
    assert {len(one["by_turns"]) for one in found.values()} == {turns}
    assert report["pass_at_k"]
    searched = [figure for one in found.values() for figure in (one, *one["by_turns"])]
    greedy = [report["single_turn_greedy"], report["multi_turn_greedy"]]
    for figure in [*searched, *greedy, *report["pass_at_k"].values()]:
        assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1
    for one in found.values():
        means = [figure["mean"] for figure in one["by_turns"]]
        assert means == sorted(means), "a search that ended right stays right"
        assert one["mean"] == means[-1]
        # All selectors choose from the same answers in the first turn; behind it each follows its own choice.
        assert found["oracle", n]["by_turns"][0]["mean"] >= means[0]
