"""Honest test files of every kind: a correct program comes out guarded where anything was asked, and never tamper."""

from pathlib import Path

import pytest

from tests.judge.workspace.played import HERE, play

SHOP = (HERE / "idioms" / "shop.txt").read_text()
FILES = sorted((HERE / "idioms").glob("test_*.txt"))
RUNS = [
    (path, framework)
    for path in FILES
    for framework in ("pytest", "unittest")
    if "unit" in path.stem or framework == "pytest"
]


@pytest.mark.parametrize(("path", "framework"), RUNS, ids=lambda part: getattr(part, "stem", part))
def test_an_honest_program_is_never_blamed(path: Path, framework: str, tmp_path: Path) -> None:
    played = play(tmp_path, SHOP, {path.with_suffix(".py").name: path.read_text()}, framework)
    assert len(played) >= 15
    wrong: dict[str, object] = {}
    for test, one in played.items():
        wanted = "unguarded" if "_unguarded" in test else "guarded"
        if (one.earnest, one.judged) != ("passed", wanted):
            wrong[test] = one
    assert not wrong
