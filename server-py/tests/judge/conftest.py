"""A judge whose children run the job itself as Python source, so that a test says exactly what a child does."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mucode.judge import limits, tiers
from mucode.judge.errors import NoIsolationError
from mucode.judge.pool import Pool

JUDGE = Path(limits.__file__).parent
STAND_IN = '''
def run(job, result_fd):
    exec(compile(job, "<job>", "exec"), {"result_fd": result_fd, "__name__": "__candidate__"})
'''
Run = Callable[..., limits.Outcome]


@pytest.fixture(scope="session")
def open_judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The judge's folder with a stand-in for the half that judges."""
    folder = tmp_path_factory.mktemp("judge", numbered=True) / "judge"
    shutil.copytree(JUDGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "inside.py").write_text(STAND_IN)
    return folder


@pytest.fixture(scope="session", params=["T3", "T2", "T1"])
def pool(request: pytest.FixtureRequest, open_judge: Path) -> Iterator[Pool]:
    """One pool per isolation tier that protects this machine."""
    tier = str(request.param)
    with Pool(2, tier, judge=open_judge) as made:
        try:
            made.choice()
        except NoIsolationError as error:
            pytest.skip(f"NOT TESTED: {tiers.MEANING[tier]}: {error}")
        yield made


@pytest.fixture
def run(pool: Pool) -> Run:
    """Runs Python source in a fresh child. Keywords are those of Limits."""

    def one(source: str, **given: float) -> limits.Outcome:
        bounds = {"step_s": 2.0, "wall_s": 2.0, **given}
        return pool.run(source.encode(), limits.Limits(**bounds), threading.Event())  # pyright: ignore[reportArgumentType]  ints and floats mixed

    return one
