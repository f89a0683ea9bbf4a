"""The token file: made once, private, checked."""

import os
from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.serve.token import load_or_create


@pytest.fixture(autouse=True)
def no_token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUCODE_TOKEN", raising=False)


def test_the_first_start_makes_a_private_token_and_later_ones_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    old = os.umask(0)
    try:
        token = load_or_create(path)
    finally:
        os.umask(old)
    assert len(token) >= 40
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_create(path) == token
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]


def test_two_tokens_differ(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "a") != load_or_create(tmp_path / "b")


def test_the_environment_comes_first_and_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUCODE_TOKEN", "from-the-environment")
    assert load_or_create(tmp_path / "token") == "from-the-environment"
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("token", ["", "short", "with space in the middle", "nicht-ganz-schön-lang"])
def test_a_weak_token_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("MUCODE_TOKEN", token)
    with pytest.raises(MucodeError, match="MUCODE_TOKEN"):
        load_or_create(tmp_path / "token")


def test_a_file_that_others_can_read_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("a-token-that-is-long-enough")
    path.chmod(0o644)
    with pytest.raises(MucodeError, match="chmod 600"):
        load_or_create(path)


def test_an_impossible_place_is_an_expected_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MucodeError, match="--token-file"):
        load_or_create(tmp_path / "file" / "token")
