"""How a sandbox is started: as nobody in particular, with an empty environment, from folders only root can enter."""

import os
import sys
import venv
from pathlib import Path

import pytest

from mucode.judge.errors import JudgeError
from mucode.judge.limits import Limits
from mucode.judge.sandbox import launch, unprivileged
from mucode.judge.sandbox.interpreter import locate
from mucode.judge.sandbox.pool import Errand, Pool, Warmth

LIMITS = Limits(step_s=5.0, wall_s=5.0)


def process_ids(pool: Pool) -> tuple[int, int]:
    """(bubblewrap outside, fork server inside) of the only idle server."""
    outer = pool._idle[0].server._process.pid
    children = [int(word) for one in Path(f"/proc/{outer}/task").glob("*/children") for word in one.read_text().split()]
    return outer, children[0]


def real_users(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {word for line in lines if line.startswith(("Uid:", "Gid:")) for word in line.split()[1:]}


def test_the_sandbox_never_runs_as_root(open_judge: Path) -> None:
    with Pool(1, judge=open_judge) as pool:
        pool.choice()
        users = set[str]().union(*(real_users(pid) for pid in process_ids(pool)))
    expected = {str(unprivileged.USER)} if launch.is_root() else {str(os.getuid()), str(os.getgid())}
    assert users == expected


@pytest.mark.skipif(not launch.is_root(), reason="NOT TESTED: only root can read the environment of the sandbox")
def test_neither_bubblewrap_nor_the_server_gets_the_environment(
    open_judge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    with Pool(1, judge=open_judge) as pool:
        pool.choice()
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in process_ids(pool)]
    assert not [environment for environment in environments if b"hunter2" in environment]


def test_the_server_holds_no_capability(open_judge: Path) -> None:
    with Pool(1, judge=open_judge) as pool:
        pool.choice()
        status = Path(f"/proc/{process_ids(pool)[1]}/status").read_text()
    held = {line.split()[0]: int(line.split()[1], 16) for line in status.splitlines() if line.startswith("Cap")}
    assert (held["CapEff:"], held["CapPrm:"], held["CapInh:"], held["CapAmb:"]) == (0, 0, 0, 0)


def test_packages_of_a_virtual_environment_are_found_wherever_it_lies(open_judge: Path, tmp_path: Path) -> None:
    """pytest's temporary folders belong to their user alone, and lie in /tmp, which the sandbox covers."""
    made = tmp_path / "environment"
    venv.create(made, with_pip=False, symlinks=True)
    packages = made / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    (packages / "only_here.py").write_text("answer = 42\n")
    job = b"import only_here, os; os.write(result_fd, b'%d\\n' % only_here.answer)"
    with Pool(1, judge=open_judge) as pool:
        outcome = pool.run(job, LIMITS, Errand(warmth=Warmth(str(made / "bin" / "python3"))))
        without = pool.run(job, LIMITS, Errand())
    assert outcome.records == [b"42"], outcome.output
    assert without.records == []


def test_locating_a_python_starts_nothing_and_names_what_is_wrong(tmp_path: Path) -> None:
    binary = tmp_path / "bin" / "python3"
    binary.parent.mkdir()
    with pytest.raises(JudgeError, match="cannot be read"):
        locate(str(binary))
    binary.write_bytes(b"\x7fELF")
    with pytest.raises(JudgeError, match="no complete Python installation"):
        locate(str(binary))
    old = tmp_path / "old" / "bin" / "python3.8"
    (tmp_path / "old/lib/python3.8").mkdir(parents=True)
    (tmp_path / "old/lib/python3.8/os.py").touch()
    old.parent.mkdir()
    old.write_bytes(b"\x7fELF")
    with pytest.raises(JudgeError, match=r"Python 3\.8; .* needs 3\.9"):
        locate(str(old))
    binary.write_text("#!/bin/sh\ntouch started\n")
    with pytest.raises(JudgeError, match="is a script"):
        locate(str(binary))
    assert not (tmp_path / "started").exists()


def test_a_virtual_environment_without_system_packages_hides_them(tmp_path: Path) -> None:
    made = tmp_path / "environment"
    venv.create(made, with_pip=False, symlinks=True)
    found = locate(str(made / "bin" / "python3"))
    assert all(folder.startswith("/rt/venv/") for folder in found.packages)
    (made / "pyvenv.cfg").write_text("include-system-site-packages = true\n")
    assert any(not folder.startswith("/rt/venv/") for folder in locate(str(made / "bin" / "python3")).packages)
