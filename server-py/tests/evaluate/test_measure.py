"""Which problems' success is decided by tests that the model did not see."""

from typing import Any

import pytest

from mucode.evaluate.measure import has_private
from mucode.problems import humaneval, humanevalpack
from mucode.problems.row import Row
from tests.problems.published import rows


def problem(public: list[dict[str, Any]], private: list[dict[str, Any]], kind: str = "function") -> dict[str, Any]:
    return {"kind": kind, "public_tests": public, "private_tests": private}


@pytest.mark.parametrize(
    ("public", "private", "kind", "has"),
    [
        ([{"id": "t1", "source": "a"}], [], "function", False),
        ([{"id": "t1", "source": "a"}], [{"id": "t2", "source": "a"}], "function", False),
        ([{"id": "t1", "source": "a"}], [{"id": "t2", "source": "a"}, {"id": "t3", "source": "b"}], "function", True),
        ([{"id": "1", "input": "1", "outputs": ["2"]}], [{"id": "2", "input": "1", "outputs": ["3"]}], "stdio", True),
        ([{"id": "1", "input": "1", "outputs": ["2"]}], [{"id": "2", "input": "1", "outputs": ["2"]}], "stdio", False),
        ([{"id": "test[1]", "source": "a"}], [{"id": "test[2]", "source": "a"}], "workspace", True),
    ],
)
def test_a_private_test_that_is_shown_is_none(
    public: list[dict[str, Any]], private: list[dict[str, Any]], kind: str, *, has: bool
) -> None:
    assert has_private(problem(public, private, kind)) == has


def test_the_rows_of_the_published_sets_whose_tests_are_all_shown() -> None:
    def shown(found: list[Row]) -> list[str]:
        return [str(row.problem["id"]) for row in found if not has_private(row.problem)]

    assert shown(rows(humaneval.load)) == ["HumanEval/38", "HumanEval/50"]
    assert shown(rows(humanevalpack.load)) == [f"HumanEvalPack/{number}" for number in (38, 50, 104, 163)]
