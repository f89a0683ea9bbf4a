"""What tests find of output must be their own, and nothing that pytest's reporter has kept back."""

from pathlib import Path

from tests.judge.workspace.projects import CALC, GOOD, judge, project, results

FLUSHES = """
    import sys
    from calc import add

    def test_first():
        assert add(1, 1) == 2

    def test_a_flush_of_the_real_output_under_capfd(capfd):
        print(add(1, 2), file=sys.__stdout__, flush=True)
        assert capfd.readouterr().out == "3\\n"
"""
METADATA = """
    from importlib.metadata import distributions
    from calc import add

    def test_distributions_taken_by_name_are_the_real_ones():
        assert distributions.__module__ == "importlib.metadata" and next(distributions()) is not None
        assert add(1, 2) == 3
"""


def test_a_test_that_flushes_the_real_output_gets_nothing_of_pytests_own(tmp_path: Path) -> None:
    root = project(tmp_path, {"calc.py": CALC, "test_it.py": FLUSHES, "test_metadata.py": METADATA})
    names = [
        "test_it.py::test_first",
        "test_it.py::test_a_flush_of_the_real_output_under_capfd",
        "test_metadata.py::test_distributions_taken_by_name_are_the_real_ones",
    ]
    verdict = judge(root, names, GOOD)
    assert set(results(verdict).values()) == {"pass"}, verdict
