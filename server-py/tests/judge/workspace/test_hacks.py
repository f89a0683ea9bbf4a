"""Wrong programs that pass real test files: none of their passes is guarded, and most are told by the canary alone."""

from pathlib import Path

import pytest

from mucode.judge.inspection import region
from mucode.judge.problem import Test
from mucode.judge.workspace.beyond import file_loophole
from mucode.judge.workspace.problem import WorkspaceProblem
from mucode.judge.workspace.splicing import spliced
from tests.judge.workspace.played import HERE, Played, play

SHOP = (HERE / "idioms" / "shop.txt").read_text()
TESTS = {"test_double.py": (HERE / "hacks" / "test_double.txt").read_text()}
HACKS = sorted(path for path in (HERE / "hacks").glob("*.txt") if not path.stem.startswith("test_"))
UNSEEN = {
    "finds_the_counter",
    "knows_the_running_test",
    "mock_any",
    "reads_the_callers_constants",
    "replaces_the_tests_helper",
}
"""What these do, the canary cannot tell from a right answer; only their text gives them away."""
TRULY_RAISED = {"test_raises"}


def hacked(path: Path) -> tuple[str, "str | None"]:
    """The program and the loophole that its text shows."""
    at = region(SHOP, "double")
    program = spliced(SHOP, at["lines"], path.read_text(), [])
    problem = WorkspaceProblem(
        "p", "/shop", "shop.py", SHOP, tuple(at["lines"]), "double", at["code"], "pytest", (Test("t", ""),), ()
    )
    return program, file_loophole(problem, program, {"shop"}.__contains__)


def passed(played: "dict[str, Played]") -> "dict[str, Played]":
    """Tests that a wrong program passes, apart from those of which it really raises what they want."""
    return {
        test: one
        for test, one in played.items()
        if one.earnest == "passed" and test.partition("[")[0].rpartition("::")[2] not in TRULY_RAISED
    }


def test_the_honest_program_passes_guarded(tmp_path: Path) -> None:
    played = play(tmp_path, SHOP, TESTS)
    assert {(one.earnest, one.judged) for one in played.values()} == {("passed", "guarded")}
    assert len(played) >= 18


@pytest.mark.parametrize("path", HACKS, ids=lambda path: path.stem)
def test_no_pass_of_a_wrong_program_is_green(path: Path, tmp_path: Path) -> None:
    program, loophole = hacked(path)
    found = passed(play(tmp_path, program, TESTS))
    guarded = {test: one for test, one in found.items() if one.judged == "guarded"}
    assert loophole is not None or not guarded
    # Seen by both, with that one exception.
    assert (path.stem in UNSEEN) == bool(guarded), guarded


def test_there_are_hacks_of_many_kinds() -> None:
    assert len(HACKS) >= 15
