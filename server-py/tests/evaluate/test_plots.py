"""The figures are drawn, and the same figures are the same bytes."""

from pathlib import Path

import pytest

from mucode.evaluate.report import reports
from mucode.evaluate.settings import EvaluateConfig

from .measured import measured, outcome

pytestmark = pytest.mark.train


def test_curves_are_drawn_in_both_forms_and_always_alike(tmp_path: Path) -> None:
    from mucode.evaluate.plots import plots

    yes, late = outcome(True), outcome(False, True)
    found = reports(
        [measured("a", greedy=yes, searches=[("pt", 1, late), ("pt", 2, yes)])], EvaluateConfig(turns=2, n=2)
    )
    again = tmp_path / "again"
    again.mkdir()
    names = [path.name for path in plots(found, tmp_path, 50)]
    assert names == ["mbpp-candidates.svg", "mbpp-candidates.png", "mbpp-turns.svg", "mbpp-turns.png"]
    plots(found, again, 50)
    for name in names[::2]:
        assert b"<svg" in (tmp_path / name).read_bytes()
        assert (tmp_path / name).read_bytes() == (again / name).read_bytes()


def test_a_curve_of_one_point_is_left_out(tmp_path: Path) -> None:
    from mucode.evaluate.plots import plots

    found = reports([measured("a", greedy=outcome(True), searches=[("pt", 1, outcome(True))])], EvaluateConfig(turns=1))
    assert plots(found, tmp_path, 50) == []
    assert list(tmp_path.iterdir()) == []


def test_an_ablation_has_a_curve_of_its_own_with_its_interval(tmp_path: Path) -> None:
    from mucode.evaluate.plots import plots

    yes, no = outcome(True, True), outcome(False, False)
    rows = [measured("a", greedy=yes, searches=[("pt", 1, no)]), measured("b", greedy=no, searches=[("pt", 1, yes)])]
    found = [
        *reports(rows, EvaluateConfig(turns=2, n=1)),
        *reports(rows, EvaluateConfig(turns=2, n=1, variant="oracle only")),
    ]
    plots(found, tmp_path, 50)
    drawn = (tmp_path / "mbpp-turns.svg").read_text()
    assert "<!-- μCode -->" in drawn
    assert "<!-- μCode, oracle only -->" in drawn
    assert drawn.count("FillBetweenPolyCollection_") == 2
