"""The files of CodeContests: which ones are taken, and that their checksums are compared."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mucode.problems.files import DataError
from mucode.problems.shards import SUMS, shards


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for CodeContests, and no hub."""
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    place = tmp_path / "code_contests"
    (place / "data").mkdir(parents=True)
    return place


def put(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(name)
    return [folder / name for name in names]


def sums_of(*paths: Path) -> str:
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()} *data/{path.name}\n" for path in paths)


def test_parts_come_in_the_order_of_their_names_and_by_split(folder: Path) -> None:
    put(folder, "train-1.jsonl", "train-0.jsonl", "valid-0.jsonl.gz")
    assert [path.name for path in shards("train")] == ["train-0.jsonl", "train-1.jsonl"]
    assert [path.name for path in shards("validation")] == ["valid-0.jsonl.gz"]


def test_the_publishers_own_folder_and_names_are_taken(folder: Path) -> None:
    found = put(folder / "data", "test-00000-of-00001-9c49eeff30aacaa8.parquet")
    assert shards("test") == found
    put(folder / "data", "test.jsonl")
    assert shards("test") == found, "the same rows in another form"


def test_parts_that_are_missing_are_an_error(folder: Path) -> None:
    put(folder, "train-00000-of-00003.parquet", "train-00002-of-00003.parquet")
    with pytest.raises(DataError, match=r"holds 2 files such as train-00000-of-00003\.parquet, of 3"):
        shards("train")


def test_files_are_compared_with_the_list_of_checksums(folder: Path) -> None:
    first, second = put(folder, "test-0.jsonl", "test-1.jsonl")
    (folder / SUMS).write_text(sums_of(first))
    with pytest.raises(DataError, match=r"does not name test-1\.jsonl"):
        shards("test")
    (folder / SUMS).write_text(sums_of(first, second))
    assert shards("test") == [first, second]
    second.write_text("altered")
    with pytest.raises(
        DataError, match=r"test-1\.jsonl is not the file that .*SHA256SUMS names: sha256 [0-9a-f]{64}, not"
    ):
        shards("test")


def test_without_files_and_without_a_hub_it_is_said_what_to_put_where(folder: Path) -> None:
    with pytest.raises(
        DataError, match=r"cannot be fetched from the hub .*train-\*\.parquet there \(deepmind/code_contests"
    ):
        shards("train")


class Hub:
    """As much of huggingface_hub as is used: a data set of two parts, and one that nobody asked for."""

    names = ("data/test-00000-of-00002-ab.parquet", "data/test-00001-of-00002-cd.parquet", "data/train-0.parquet")

    def __init__(self, *, torn: bool = False) -> None:
        self.torn = torn

    def HfApi(self) -> "Hub":  # noqa: N802  the library's name
        return self

    def dataset_info(self, repository: str, *, files_metadata: bool) -> Any:  # noqa: ANN401  the library's own type
        files = [SimpleNamespace(rfilename="README.md", lfs=None)]
        for name in self.names:
            sha256 = hashlib.sha256(name.encode()).hexdigest()
            files.append(SimpleNamespace(rfilename=name, lfs=SimpleNamespace(sha256=sha256)))
        return SimpleNamespace(sha="c0ffee", siblings=files if files_metadata else None)

    def snapshot_download(
        self, repository: str, *, repo_type: str, revision: str, allow_patterns: list[str], local_dir: Path
    ) -> str:
        assert (repository, repo_type, revision) == ("deepmind/code_contests", "dataset", "c0ffee")
        (local_dir / "data").mkdir(parents=True)
        for name in allow_patterns:
            (local_dir / name).write_text("torn" if self.torn else name)
        return str(local_dir)


def test_where_a_hub_is_reachable_the_split_is_fetched_once_and_compared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub())
    found = shards("test")
    assert [path.name for path in found] == [name.removeprefix("data/") for name in Hub.names[:2]]
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert shards("test") == found
    found[0].write_text("altered")
    with pytest.raises(DataError, match="is not the file that"):
        shards("test")


def test_a_torn_download_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub(torn=True))
    with pytest.raises(DataError, match="is not the file that"):
        shards("test")
