"""Honest test files of every kind: a correct program comes out guarded where anything was asked, and never tamper."""

import sysconfig
from collections import Counter
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


LIBRARY = [
    "base64",
    "bisect",
    "copy",
    "csv",
    "fractions",
    "heapq",
    "operator",
    "reprlib",
    "shlex",
    "string",
    "textwrap",
]


def test_the_interpreters_own_tests_are_never_blamed(tmp_path: Path) -> None:
    folder = Path(sysconfig.get_path("stdlib"), "test")
    files = {f"test_{name}.py": folder / f"test_{name}.py" for name in LIBRARY}
    missing = [name for name, path in files.items() if not path.exists()]
    if missing:
        pytest.skip(f"NOT TESTED: this Python came without {missing}")
    played = play(tmp_path, SHOP, {name: path.read_text() for name, path in files.items()}, "unittest")
    judged = Counter(one.judged for one in played.values() if one.earnest == "passed")
    assert judged["tamper"] == 0, {test: one for test, one in played.items() if one.judged == "tamper"}
    assert judged["guarded"] > 300
    assert judged["unguarded"] < 30
