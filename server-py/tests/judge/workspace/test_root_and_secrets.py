"""Which files of a project are hidden, and what makes another server necessary."""

from pathlib import Path

import pytest

from mucode.judge.errors import JudgeError
from mucode.judge.problem import ProblemError
from mucode.judge.workspace import site
from mucode.judge.workspace.problem import buffers_of
from mucode.judge.workspace.site import checked_root, key_of, secrets_below
from tests.judge.workspace.projects import project

TOKEN = "//registry.example/:_authToken=abc\n"


@pytest.mark.parametrize(
    "name",
    [
        ".env", ".env.local", "app/.env.production", ".netrc", ".pypirc", "server.pem", "keys/tls.key", "id_rsa",
        "deploy/id_ed25519", ".aws/credentials", "credentials.json", ".git/config", ".ssh/config", "secrets.toml",
        "prod.env", "config/local.env", ".flaskenv", ".secrets.toml", ".env_prod", ".env-local", "client_secret.json",
        ".git/credentials", ".git/config.worktree", ".git/modules/lib/config", ".git/worktrees/w/config.worktree",
        ".tox/.env",
    ],
)  # fmt: skip
def test_a_secret_is_hidden(tmp_path: Path, name: str) -> None:
    project(tmp_path, {name: "x"})
    (hidden,) = secrets_below(tmp_path)
    assert (tmp_path / name).is_relative_to(hidden)
    # Nor may it come back as an unsaved text.
    with pytest.raises(ProblemError, match="holds secrets"):
        buffers_of({"root": str(tmp_path), "buffers": {name: "x"}})


@pytest.mark.parametrize(
    "name",
    [
        ".env.example", ".env.sample", "id_rsa.pub", "environment.py", "keys.py", ".git/objects/ab/config",
        "node_modules/pkg/.env", ".venv/lib/cert.pem", ".npmrc", "monkey.keyboard", "credentials.py",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays_visible(tmp_path: Path, name: str) -> None:
    project(tmp_path, {name: "save-exact=true\n"})
    assert secrets_below(tmp_path) == []


@pytest.mark.parametrize(
    "name", [".env.example", "environment.py", "credentials.py", ".git/COMMIT_EDITMSG", ".github/a.yml"]
)
def test_other_unsaved_files_are_shown(tmp_path: Path, name: str) -> None:
    assert buffers_of({"root": str(tmp_path), "buffers": {name: "x"}}) == ((name, "x"),)


def test_a_folder_too_large_to_be_looked_through_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, {f"data/{number}.csv": "" for number in range(6)})
    monkeypatch.setattr(site, "_MOST_ENTRIES", 5)
    with pytest.raises(JudgeError, match="too many to look through for secrets"):
        secrets_below(tmp_path)


def test_npmrc_is_hidden_when_it_holds_a_token(tmp_path: Path) -> None:
    project(tmp_path, {".npmrc": TOKEN, "web/.npmrc": "registry=https://registry.example/\n"})
    assert secrets_below(tmp_path) == [str(tmp_path / ".npmrc")]


def test_the_key_changes_with_the_lock_files_and_only_with_them(tmp_path: Path) -> None:
    project(tmp_path, {"uv.lock": "a", "calc.py": ""})
    before = key_of(tmp_path, None)
    (tmp_path / "calc.py").write_text("x = 1\n")
    assert key_of(tmp_path, None) == before
    (tmp_path / "uv.lock").write_text("b")
    assert key_of(tmp_path, None) != before
    assert key_of(tmp_path, "/usr/bin/python3") != key_of(tmp_path, None)


def test_a_link_to_a_project_is_followed_and_one_to_the_home_folder_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert checked_root(str(tmp_path / "link")) == tmp_path / "real"
    (tmp_path / "home").symlink_to(Path.home())
    with pytest.raises(Exception, match="no project's folder"):
        checked_root(str(tmp_path / "home"))
