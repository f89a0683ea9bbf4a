"""An artifact is whole or absent, whatever happens; what is damaged is told, never used."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.train.artifact import Artifact, Damaged, Identity, Worked, make, read_artifact
from mucode.train.executor import PACKAGE
from mucode.train.lock import Taken, free, locked
from mucode.train.rows import write_whole

IDENTITY = Identity("tiny", 1, {"a": 1}, {"seen": ["tiny/0"]}, 7, {})
WORKED = Worked(1.5, 1 << 20)


def make_two_rows(final: Path, identity: Identity = IDENTITY) -> tuple[Artifact, bool]:
    def work(out: Path) -> Worked:
        write_whole(out / "rows.jsonl", b'{"n":1}\n{"n":2}\n')
        (out / "deep").mkdir(exist_ok=True)
        write_whole(out / "deep" / "model.bin", b"\0" * 10)
        return WORKED

    return make(final, identity, work)


def test_a_finished_artifact_says_what_it_holds(tmp_path: Path) -> None:
    artifact, made = make_two_rows(tmp_path / "x")
    assert made
    assert artifact.rows == 2
    assert artifact.key == f"tiny/{IDENTITY.key}"
    assert {name: file["bytes"] for name, file in artifact.manifest["files"].items()} == {
        "deep/model.bin": 10,
        "rows.jsonl": 16,
    }
    assert artifact.manifest["identity"] == json.loads(json.dumps(vars(IDENTITY)))
    assert artifact.manifest["seconds"] == 1.5
    assert "python" in artifact.manifest["versions"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".x.lock", "x"]


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    make_two_rows(tmp_path / "x")
    artifact, made = make(tmp_path / "x", IDENTITY, refuse)
    assert not made
    artifact.check(deep=True)


def test_a_key_depends_on_all_that_decides_and_on_nothing_else() -> None:
    keys = {
        IDENTITY.key,
        Identity("tiny", 2, {"a": 1}, {"seen": ["tiny/0"]}, 7, {}).key,
        Identity("tiny", 1, {"a": 2}, {"seen": ["tiny/0"]}, 7, {}).key,
        Identity("tiny", 1, {"a": 1}, {"seen": ["tiny/1"]}, 7, {}).key,
        Identity("tiny", 1, {"a": 1}, {"seen": ["tiny/0"]}, 8, {}).key,
        Identity("tiny", 1, {"a": 1}, {"seen": ["tiny/0"]}, 7, {"kind": "toy"}).key,
        Identity("other", 1, {"a": 1}, {"seen": ["tiny/0"]}, 7, {}).key,
    }
    assert len(keys) == 7
    assert Identity("tiny", 1, {"a": 1}, {"seen": ["tiny/0"]}, 7, {}).key == IDENTITY.key


def test_parts_of_an_attempt_that_failed_are_kept_and_torn_files_are_not(tmp_path: Path) -> None:
    def fail(out: Path) -> Worked:
        write_whole(out / "part-0.jsonl", b"{}\n")
        (out / "part-1.jsonl.partial").write_bytes(b"{")
        raise MucodeError("killed")

    with pytest.raises(MucodeError, match="killed"):
        make(tmp_path / "x", IDENTITY, fail)
    assert read_artifact(tmp_path / "x") is None

    def go_on(out: Path) -> Worked:
        assert (out / "part-0.jsonl").is_file()
        write_whole(out / "part-2.jsonl", b"{}\n")
        return WORKED

    artifact, _ = make(tmp_path / "x", IDENTITY, go_on)
    assert sorted(artifact.manifest["files"]) == ["part-0.jsonl", "part-2.jsonl"]
    assert sorted(path.name for path in artifact.path.iterdir()) == ["manifest.json", "part-0.jsonl", "part-2.jsonl"]


def test_a_folder_that_a_kill_left_behind_is_removed_with_all_that_is_in_it(tmp_path: Path) -> None:
    def leave(out: Path) -> Worked:
        write_whole(out / "report.json", b"{}")
        (out / "made.partial").mkdir()
        (out / "made.partial" / "torn.partial").write_bytes(b"{")
        return WORKED

    artifact, _ = make(tmp_path / "x", IDENTITY, leave)
    assert sorted(artifact.manifest["files"]) == ["report.json"]
    assert sorted(path.name for path in artifact.path.iterdir()) == ["manifest.json", "report.json"]


def test_work_killed_just_before_its_name_was_given_is_not_done_again(tmp_path: Path) -> None:
    artifact, _ = make_two_rows(tmp_path / "x")
    artifact.path.rename(tmp_path / "x.partial")
    found, _ = make(tmp_path / "x", IDENTITY, refuse)
    assert found.rows == 2


@pytest.mark.parametrize("name", ["rows.jsonl", "deep/model.bin"])
def test_a_torn_or_missing_file_is_named_with_the_command_that_mends_it(tmp_path: Path, name: str) -> None:
    artifact, _ = make_two_rows(tmp_path / "x")
    os.truncate(artifact.path / name, 5)
    with pytest.raises(Damaged, match=rf"{name} has 5 bytes, not 1\d\. .*`mucode gc --damaged`"):
        make(tmp_path / "x", IDENTITY, refuse)
    (artifact.path / name).unlink()
    with pytest.raises(Damaged, match=rf"{name} is missing"):
        read_artifact(tmp_path / "x")


def test_an_altered_file_of_the_same_size_is_found_by_its_content(tmp_path: Path) -> None:
    artifact, _ = make_two_rows(tmp_path / "x")
    (artifact.path / "rows.jsonl").write_bytes(b'{"n":1}\n{"n":3}\n')
    artifact.check()
    with pytest.raises(Damaged, match=r"rows\.jsonl does not hold what was written"):
        artifact.check(deep=True)


def test_a_torn_manifest_is_named(tmp_path: Path) -> None:
    artifact, _ = make_two_rows(tmp_path / "x")
    os.truncate(artifact.path / "manifest.json", 20)
    with pytest.raises(Damaged, match=r"manifest\.json is torn"):
        read_artifact(tmp_path / "x")


def test_a_folder_of_other_settings_or_of_the_user_is_left_alone(tmp_path: Path) -> None:
    make_two_rows(tmp_path / "x")
    other = Identity("tiny", 1, {"a": 2}, {}, 7, {})
    with pytest.raises(MucodeError, match="holds what other settings or inputs made"):
        make(tmp_path / "x", other, refuse)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(MucodeError, match=r"holds files, and no manifest\.json"):
        make(tmp_path / "mine", IDENTITY, refuse)
    shutil.move(tmp_path / "x", tmp_path / "y.partial")
    (tmp_path / "y.partial" / "manifest.json").unlink()
    (tmp_path / "y.partial" / "begun.json").write_text("{}")
    with pytest.raises(MucodeError, match="unfinished work with other settings"):
        make(tmp_path / "y", IDENTITY, refuse)


def test_a_second_maker_is_told_who_is_at_it(tmp_path: Path) -> None:
    def meanwhile(out: Path) -> Worked:
        with pytest.raises(Taken, match=rf"x is being made by process {os.getpid()}\. .*--wait"):
            make(tmp_path / "x", IDENTITY, refuse)
        write_whole(out / "rows.jsonl", b"{}\n")
        return WORKED

    make(tmp_path / "x", IDENTITY, meanwhile)


def test_a_lock_is_held_by_its_maker_and_by_nobody_it_starts(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", "it"):
        assert not free(tmp_path / "lock")
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert free(tmp_path / "lock")
    finally:
        child.kill()
        child.wait()


WAITER = """
import sys
from pathlib import Path
from mucode.train.lock import locked
print("waiting", flush=True)
with locked(Path(sys.argv[1]), "it", wait=True):
    print("has it", flush=True)
"""


def test_a_second_maker_may_wait(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", "it"):
        waiter = subprocess.Popen(
            [sys.executable, "-c", WAITER, str(tmp_path / "lock")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        )
        assert waiter.stdout is not None
        assert waiter.stdout.readline() == "waiting\n"
        assert waiter.poll() is None
    assert waiter.communicate(timeout=20)[0] == "has it\n"
    assert waiter.returncode == 0


FILLER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_artifact
from mucode.errors import MucodeError
from mucode.train.artifact import make
folder = Path(sys.argv[1])
test_artifact.make_two_rows(folder / "small")
def fill(out):
    (out / "large.bin").write_bytes(bytes(1 << 20))
try:
    make(folder / "large", test_artifact.IDENTITY, fill)
except MucodeError as error:
    print(error)
artifact, made = make(folder / "small", test_artifact.IDENTITY, test_artifact.refuse)
artifact.check(deep=True)
"""


def test_a_full_disk_is_told_and_damages_nothing(tmp_path: Path) -> None:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("no bubblewrap to make a small disk with")
    disk = ["--dev-bind", "/", "/", "--size", str(256 << 10), "--tmpfs", str(tmp_path)]
    program = [sys.executable, "-c", FILLER, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(
        [bwrap, *disk, *program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
    )
    assert done.returncode == 0, done.stderr
    assert "The disk is full" in done.stdout
    assert "start the same command again" in done.stdout


def refuse(out: Path) -> Worked:
    """For work that must not be done."""
    raise AssertionError("it was done already")
