"""`check` and `doctor` as commands, as root and as an ordinary user, from any folder and under any name."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mucode.judge import limits

JUDGE = Path(limits.__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
SOMEBODY = 54321
PROBLEM = {
    "id": "add",
    "entry_point": "add",
    "context": "import math",
    "code": "def add(a, b):\n    return a - b\n",
    "public_tests": ["assert add(1, 2) == 3"],
    "private_tests": ["assert add(2, 2) == 5"],
    "time_limit_s": 10,
}


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "problem.json").write_text(json.dumps(PROBLEM))
        (folder / "whole.py").write_text("import math\n\n\ndef add(a, b):\n    return a + b\n")
        (folder / "answer.py").write_text("def add(a, b):\n    return a - b\n")
        yield folder


def command(folder: Path, *arguments: str, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    line = [python, "-I", str(JUDGE), *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_check_prints_one_verdict_per_candidate_and_exits_0(shared: Path) -> None:
    done = command(shared, "check", "problem.json", "whole.py", "answer.py")
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["candidate"], one["verdict"]) for one in verdicts] == [("whole.py", "pass"), ("answer.py", "fail")]
    assert (done.returncode, done.stderr) == (0, "")


def test_check_runs_the_private_tests_when_asked(shared: Path) -> None:
    done = command(shared, "check", "problem.json", "whole.py", "--which", "private")
    assert json.loads(done.stdout)["verdict"] == "fail"


@pytest.mark.parametrize("content", ["not JSON", "[]", "{}", "[" * 100_000, '{"id": "x", "entry_point": "1f"}'])
def test_a_bad_problem_file_exits_2_and_is_named(shared: Path, content: str) -> None:
    (shared / "bad.json").write_text(content)
    done = command(shared, "check", "bad.json", "whole.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("judge: bad.json ")
    assert "Traceback" not in done.stderr


def test_a_missing_candidate_file_exits_2_and_is_named(shared: Path) -> None:
    done = command(shared, "check", "problem.json", "gone.py")
    assert (done.returncode, "gone.py" in done.stderr) == (2, True)


def test_without_isolation_check_refuses_with_3_and_the_next_step(shared: Path) -> None:
    done = command(shared, "check", "problem.json", "whole.py", "--tier", "T0")
    assert (done.returncode, done.stdout) == (3, "")
    assert "--allow-t0" in done.stderr


def test_doctor_names_the_tier_and_tells_machines_the_same(shared: Path) -> None:
    told = command(shared, "doctor")
    found = json.loads(command(shared, "doctor", "--json").stdout)
    assert told.returncode == 0
    assert found["tier"] in ("T3", "T2", "T1")
    assert f"{found['tier']}: {found['meaning']}" in told.stdout


@pytest.mark.parametrize("tier", ["T3", "T2", "T1"])
def test_a_verdict_carries_the_tier_it_was_made_in(shared: Path, tier: str) -> None:
    done = command(shared, "check", "problem.json", "whole.py", "--tier", tier)
    if done.returncode == 3:
        pytest.skip(f"NOT TESTED: {done.stderr}")
    verdict = json.loads(done.stdout)
    assert (verdict["tier"], verdict["verdict"], verdict["judged"]) == (tier, "pass", "outside")


def test_the_folder_works_under_another_roof(shared: Path) -> None:
    """As it lies in the extension: a folder called judge without the package around it."""
    moved = shared / "dist" / "judge"
    shutil.copytree(JUDGE, moved, ignore=shutil.ignore_patterns("__pycache__"))
    line = [sys.executable, "-I", str(moved), "check", "problem.json", "whole.py"]
    done = subprocess.run(line, cwd=shared, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout)["verdict"] == "pass"


def test_it_runs_as_a_module_of_the_package(shared: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(JUDGE.parent.parent)}
    line = [sys.executable, "-m", "mucode.judge", "check", "problem.json", "whole.py"]
    done = subprocess.run(line, cwd=shared, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout)["verdict"] == "pass"


def as_somebody(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command as an ordinary user: this one, or somebody when the tests run as root."""
    moved = folder / "judge"
    shutil.copytree(JUDGE, moved, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    line = [SYSTEM_PYTHON, "-I", "-B", str(moved), *arguments]
    user = SOMEBODY if os.geteuid() == 0 else None
    return subprocess.run(
        line,
        cwd=folder,
        env={},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="NOT TESTED: no Python that every user can start")
@pytest.mark.parametrize("tier", ["T3", "T2", "T1"])
def test_an_ordinary_user_gets_the_same_verdicts(shared: Path, tier: str) -> None:
    done = as_somebody(shared, "check", "problem.json", "whole.py", "answer.py", "--tier", tier)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["verdict"], one["tier"]) for one in verdicts] == [("pass", tier), ("fail", tier)], done.stderr


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="NOT TESTED: no Python that every user can start")
def test_t0_needs_consent_is_never_green_and_leaves_no_folder(shared: Path) -> None:
    assert as_somebody(shared, "check", "problem.json", "whole.py", "--tier", "T0").returncode == 3
    before = set(Path(tempfile.gettempdir()).glob("mucode-judge-*"))
    done = as_somebody(shared, "check", "problem.json", "whole.py", "--tier", "T0", "--allow-t0")
    verdict = json.loads(done.stdout)
    assert (verdict["tier"], verdict["verdict"], verdict["judged"]) == ("T0", "pass", "unguarded")
    assert set(Path(tempfile.gettempdir()).glob("mucode-judge-*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can show what root does")
def test_root_is_refused_without_isolation(shared: Path) -> None:
    done = command(shared, "check", "problem.json", "whole.py", "--tier", "T0", "--allow-t0")
    assert (done.returncode, "refused for root" in done.stderr) == (3, True)
