"""Without isolation: what is decided outside the process stays right, and nothing is ever green."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mucode.judge import limits
from tests.corpus.programs import FOLDER, Program, programs

JUDGE = Path(limits.__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
SOMEBODY = 54321
KINDS = ("comparison", "channel", "flaky")
"""Classes that lie about results. Anything else would need the isolation that is missing here."""
NOT_HERE = ("guesses", "channel_becomes_a_file")
"""Without a sandbox these reach descriptors and files of their runner's folder; they are for the other tiers."""


def lying() -> dict[str, list[Program]]:
    """Hostile programs of those classes, by problem."""
    found: dict[str, list[Program]] = {}
    for program in programs("hostile"):
        if program.kind in KINDS and not program.path.stem.startswith(NOT_HERE):
            found.setdefault(program.problem, []).append(program)
    return found


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="NOT TESTED: no Python that every user can start")
@pytest.mark.parametrize("problem", sorted(lying()))
def test_no_wrong_result_passes_and_nothing_is_green(problem: str) -> None:
    folder = Path("/tmp") / f"mucode-corpus-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        verdicts = judged(folder, problem, lying()[problem])
        assert list((folder / "tmp").iterdir()) == []
    finally:
        shutil.rmtree(folder)
    assert len(verdicts) == len(lying()[problem])
    assert {one["judged"] for one in verdicts} == {"unguarded"}
    assert {one["candidate"] for one in verdicts if one["verdict"] == "pass"} == set()


def judged(folder: Path, problem: str, given: list[Program]) -> list[dict[str, object]]:
    """The verdicts of `check` in T0, run by somebody who is not root, with temporary files in a folder of its own."""
    (folder / "tmp").mkdir(parents=True)
    (folder / "tmp").chmod(0o777)
    fields = json.loads((FOLDER / "problems" / f"{problem}.json").read_text("utf-8"))
    (folder / "problem.json").write_text(json.dumps({**fields, "time_limit_s": 2}))
    for program in given:
        (folder / f"{program.path.stem}.py").write_text(fields["context"] + "\n\n" + program.path.read_text("utf-8"))
    command = [SYSTEM_PYTHON, "-I", str(JUDGE), "check", "problem.json", "--tier", "T0", "--allow-t0", "--workers", "2"]
    user = SOMEBODY if os.geteuid() == 0 else None
    done = subprocess.run(
        [*command, *(f"{program.path.stem}.py" for program in given)],
        cwd=folder,
        env={"TMPDIR": str(folder / "tmp")},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
