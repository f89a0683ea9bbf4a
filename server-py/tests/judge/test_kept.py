"""Programs that tampered are kept for study where the user asks for it: once each, and not for ever."""

import json
from pathlib import Path

import pytest

from mucode.judge.errors import BadInputError
from mucode.judge.kept import Kept
from tests.judge.test_cli import command, shared

__all__ = ["shared"]
FORGES = "import os\nos.write(4, b'{}\\n')\n\n\ndef add(a, b):\n    return a - b\n"
TAMPER: dict[str, object] = {"verdict": "tamper"}


def texts(folder: Path) -> list[str]:
    return [json.loads(path.read_text())["text"] for path in sorted(folder.iterdir())]


def test_check_keeps_a_program_that_tampers_with_its_verdict_and_no_other(shared: Path) -> None:
    (shared / "forges.py").write_text("import math\n" + FORGES)
    done = command(shared, "check", "problem.json", "whole.py", "forges.py", "--keep-tampered", "kept")
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["pass", "tamper"], done.stderr
    (path,) = (shared / "kept").iterdir()
    record = json.loads(path.read_text())
    assert (record["problem"], record["which"], record["verdict"]["verdict"]) == ("add", "public", "tamper")
    assert FORGES in record["text"]


def test_the_same_program_is_kept_once(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "made" / "for it"))
    for _ in range(3):
        kept.add("p", "public", {"program": "same"}, TAMPER)
    assert texts(tmp_path / "made" / "for it") == ["same"]


def test_the_oldest_make_room_when_there_are_too_many_or_they_are_too_large(tmp_path: Path) -> None:
    few, small = Kept(str(tmp_path / "few"), most_files=2), Kept(str(tmp_path / "small"), most_bytes=25_000)
    for name in "abc":
        few.add("p", "public", {"answer": name}, TAMPER)
        small.add("p", "public", {"program": name * 10_000}, TAMPER)
    assert texts(tmp_path / "few") == ["b", "c"]
    assert [text[0] for text in texts(tmp_path / "small")] == ["b", "c"]


def test_what_did_not_tamper_is_not_kept(tmp_path: Path) -> None:
    Kept(str(tmp_path)).add("p", "public", {"program": "x"}, {"verdict": "fail"})
    assert texts(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="file/kept cannot keep programs"):
        Kept(str(tmp_path / "file" / "kept"))
