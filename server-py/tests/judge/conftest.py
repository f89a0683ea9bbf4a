"""A judge whose children run the job itself as Python source, so that a test says exactly what a child does."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mucode.judge import limits
from mucode.judge.errors import NoIsolationError
from mucode.judge.sandbox import tiers
from mucode.judge.sandbox.pool import Pool

JUDGE = Path(limits.__file__).parent
STAND_IN = """
def run(job, result_fd):
    exec(compile(job, "<job>", "exec"), {"result_fd": result_fd, "__name__": "__candidate__"})


def rehearse():
    pass
"""


@pytest.fixture(scope="session")
def open_judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The judge's folder with stand-ins for what runs a program and what runs a project's tests."""
    folder = tmp_path_factory.mktemp("judge", numbered=True) / "judge"
    shutil.copytree(JUDGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "function/inside.py").write_text(STAND_IN)
    (folder / "adapters" / "__init__.py").write_text(STAND_IN)
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
