"""Candidates that attack the pytest run of a project: no test of theirs is green, and the project stays as it was."""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from mucode.judge import candidates
from mucode.judge.errors import NoIsolationError
from mucode.judge.inspection import region
from mucode.judge.kinds import AnyProblem, problem_from_json
from mucode.judge.sandbox import tiers
from mucode.judge.sandbox.pool import Pool
from mucode.judge.verdict import TestVerdict
from tests.corpus.conftest import descendants

FOLDER = Path(__file__).parent / "project"
SHOP: dict[str, Any] = json.loads((FOLDER / "shop.json").read_text("utf-8"))
PROGRAMS = sorted(FOLDER.glob("*.txt"))
HONEST = SHOP["files"][SHOP["file"]].replace(
    "    return sum(prices)\n",
    "    if min(prices) < 0:\n        raise ValueError(prices)\n    return taxed(sum(prices), rate)\n",
)
_WORKERS = 2
EVERY = 3
"""In the daily run one program in so many."""
TIERS = [pytest.param("T3"), pytest.param("T2", marks=pytest.mark.long), pytest.param("T1", marks=pytest.mark.long)]


def _asked(path: Path, at: int) -> ParameterSet:
    return pytest.param(path, id=path.stem, marks=() if at % EVERY == 0 else pytest.mark.long)


def is_green(test: TestVerdict) -> bool:
    return test.result == "pass" and test.judged != "unguarded"


@dataclass(frozen=True)
class Shop:
    """The project on disk, a pool of one tier, and what it is asked."""

    root: Path
    pool: Pool

    def judge(self, program: str, names: list[str]) -> list[TestVerdict]:
        """What became of these tests with one candidate. A lost sandbox is an error here."""
        tests: list[TestVerdict] = []
        trouble: list[str] = []
        given, problem = {"id": "c", "program": program}, posed(self.root, names)
        candidates.judge(self.pool, problem, "public", given, threading.Event(), tests.append, trouble.append)
        assert trouble == []
        assert sorted(one.test for one in tests) == sorted(names)
        return tests

    def green(self, program: str) -> list[str]:
        """The tests that a candidate could pass with a green mark, if they were all that it is asked."""
        asked: list[str] = []
        green: list[str] = SHOP["tests"]
        # A candidate that fails a test is not green whatever else it passes, so the judge does not look closer at that.
        while green and green != asked:
            asked = green
            green = [one.test for one in self.judge(program, asked) if is_green(one)]
        return green

    def files(self) -> dict[str, str]:
        """Everything that lies in the project now."""
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_text("utf-8") for path in paths}


@pytest.fixture(scope="module", params=TIERS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop")
    for name, text in SHOP["files"].items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, "utf-8")
    before = set(descendants(os.getpid()))
    with Pool(_WORKERS, str(request.param)) as pool:
        try:
            pool.choice()
        except NoIsolationError as error:
            pytest.skip(f"NOT TESTED: {tiers.MEANING[str(request.param)]}: {error}")
        yield Shop(root, pool)
    assert set(descendants(os.getpid())) <= before


def posed(root: Path, names: list[str]) -> AnyProblem:
    text = SHOP["files"][SHOP["file"]]
    where = region(text, SHOP["entry_point"])
    return problem_from_json(
        {
            "id": "shop",
            "kind": "workspace",
            "root": str(root),
            "file": SHOP["file"],
            "text": text,
            "lines": where["lines"],
            "code": where["code"],
            "entry_point": SHOP["entry_point"],
            "adapter": "pytest",
            "public_tests": [{"id": name, "source": ""} for name in names],
            "time_limit_s": 3,
            "suite_limit_s": 20,
        }
    )


def test_an_honest_candidate_passes_every_test_guarded(shop: Shop) -> None:
    tests = shop.judge(HONEST, SHOP["tests"])
    assert [(one.test, one.result, one.judged) for one in tests] == [
        (name, "pass", "guarded") for name in SHOP["tests"]
    ], tests


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest, shop: Shop) -> Iterator[dict[Path, Future[list[str]]]]:
    """What is green of the candidates that were asked for, two at a time."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    asked = sorted({call.params["path"] for call in calls if call is not None and "path" in call.params})
    with ThreadPoolExecutor(_WORKERS) as threads:
        yield {path: threads.submit(shop.green, path.read_text("utf-8")) for path in asked if path in PROGRAMS}


@pytest.mark.parametrize("path", [_asked(path, at) for at, path in enumerate(PROGRAMS)])
def test_no_test_of_a_hostile_candidate_is_green(verdicts: dict[Path, Future[list[str]]], path: Path) -> None:
    assert verdicts[path].result(300) == []


def test_the_project_is_as_it_was_and_nothing_is_left(shop: Shop, verdicts: dict[Path, Future[list[str]]]) -> None:
    for future in verdicts.values():
        future.exception(300)
    assert shop.files() == SHOP["files"]
    assert not list(Path("/tmp").glob("left-by-a-candidate"))


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) >= 40
