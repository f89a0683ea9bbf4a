"""Where base models come from, and what is said when they cannot be had."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train import models

hub: Any = pytest.importorskip("huggingface_hub", reason="no environment for training", exc_type=ImportError)
errors: Any = pytest.importorskip("huggingface_hub.errors", reason="no environment for training", exc_type=ImportError)
pytestmark = pytest.mark.train


def folder_of(path: Path, weights: bytes = b"1") -> Path:
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(weights)
    return path


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refused(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(hub, "snapshot_download", refused)


def answered(status: int) -> Any:  # noqa: ANN401  huggingface_hub's client
    import httpx

    return httpx.Response(status, request=httpx.Request("GET", "https://hub.invalid/model"))


def test_a_folder_is_a_base(tmp_path: Path) -> None:
    assert models.base_folder(str(folder_of(tmp_path / "base"))) == (tmp_path / "base").resolve()


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match=r"holds no config\.json"):
        models.base_folder(str(tmp_path))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./gone", "justaname"])
def test_what_is_neither_folder_nor_name_is_refused(name: str) -> None:
    with pytest.raises(MucodeError, match="Name a folder, or a model of the hub"):
        models.base_folder(name)


def test_a_gated_model_names_its_licence_page_and_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errors.GatedRepoError("gated", response=answered(403)))
    with pytest.raises(MucodeError, match=r"licence(.|\n)*/owner/gated(.|\n)*HF_TOKEN"):
        models.base_folder("owner/gated")


def test_a_model_that_is_not_shown_names_its_page_and_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errors.RepositoryNotFoundError("unknown", response=answered(401)))
    with pytest.raises(MucodeError, match=r"knows no model owner/none(.|\n)*HF_TOKEN"):
        models.base_folder("owner/none")


def test_without_a_connection_the_message_says_how_to_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errors.LocalEntryNotFoundError("offline"))
    with pytest.raises(MucodeError, match="name its folder instead"):
        models.base_folder("owner/far")


def test_a_models_licence_goes_along_and_its_weights_do_not(tmp_path: Path) -> None:
    base = folder_of(tmp_path / "base")
    for name in ("LICENSE", "NOTICE", "tokenizer.json"):
        (base / name).write_text(name)
    (tmp_path / "made").mkdir()
    models.copy_tokenizer(base, tmp_path / "made")
    assert {path.name for path in (tmp_path / "made").iterdir()} == {"LICENSE", "NOTICE", "tokenizer.json"}


def test_the_key_of_a_model_is_that_of_its_content(tmp_path: Path) -> None:
    one = folder_of(tmp_path / "one")
    shutil.copytree(one, tmp_path / "same")
    other = folder_of(tmp_path / "other", b"2")
    assert models.key_of(one) == models.key_of(tmp_path / "same")
    assert models.key_of(one) != models.key_of(other)
