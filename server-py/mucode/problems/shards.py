"""Where the files of CodeContests come from: a local folder, else the hub. Their checksums; what is in them elsewhere.

The data set is too large for one file, and its publisher names no checksums outside the hub, so both are told by files:
names such as `train-00000-of-00039-….parquet`, and a list `SHA256SUMS` beside them.
"""

import hashlib
import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from .files import DataError, cache_folder, data_folder
from .row import Split

REPOSITORY = "deepmind/code_contests"
SUMS = "SHA256SUMS"
_FOLDER = "code_contests"
_NAMES: Mapping[Split, str] = {"train": "train", "validation": "valid", "test": "test"}
_ENDS = ("parquet", "jsonl", "jsonl.gz")
"""In order of preference; a folder may hold the same rows in several forms."""
_OF = re.compile(r"-\d+-of-(\d+)\b")


def shards(split: Split) -> Sequence[Path]:
    """The files of a split, sorted by name; fetched from the hub where none are at hand.

    Raises DataError when there are none, when some are missing, or when one is not as `SHA256SUMS` says.
    """
    return local_shards(split) or _fetched(split)


def local_shards(split: Split) -> Sequence[Path]:
    """The files of a split that are on this machine; none when there are none. Raises DataError as `shards`."""
    start = _NAMES[split]
    for root in (data_folder() / _FOLDER, cache_folder() / _FOLDER):
        for folder in (root, root / "data"):
            for end in _ENDS:
                if found := sorted(folder.glob(f"{start}*.{end}")):
                    _check_all_there(found)
                    _check_sums(found, folder / SUMS)
                    return found
    return ()


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_all_there(files: Sequence[Path]) -> None:
    named = {int(match[1]) for path in files if (match := _OF.search(path.name))}
    if named and named != {len(files)}:
        raise DataError(
            f"{files[0].parent} holds {len(files)} files such as {files[0].name}, of {max(named)}. "
            "Put all of them there."
        )


def _check_sums(files: Sequence[Path], sums: Path) -> None:
    """Compares what the list names; without a list there is nothing to compare with."""
    if not sums.is_file():
        return
    lines = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip())
    known = {Path(name.strip().lstrip("*")).name: sha256 for sha256, name in lines}
    for path in files:
        if path.name not in known:
            raise DataError(f"{sums} does not name {path.name}. Add it (`sha256sum {path.name}`), or remove the list.")
        found = digest(path)
        if found != known[path.name].lower():
            raise DataError(f"{path} is not the file that {sums} names: sha256 {found}, not {known[path.name]}.")


def _fetched(split: Split) -> Sequence[Path]:
    """Fetches the files into the cache, with their checksums as the hub has them."""
    start, place = _NAMES[split], cache_folder() / _FOLDER
    try:
        # Only the environment for training has it.
        hub: Any = importlib.import_module("huggingface_hub")
        known: Any = hub.HfApi().dataset_info(REPOSITORY, files_metadata=True)
        wanted = [file for file in known.siblings if file.lfs and file.rfilename.startswith(f"data/{start}-")]
        hub.snapshot_download(
            REPOSITORY,
            repo_type="dataset",
            revision=known.sha,
            allow_patterns=[file.rfilename for file in wanted],
            local_dir=place,
        )
    except (ImportError, OSError, ValueError, httpx.HTTPError) as error:
        raise DataError(
            f"CodeContests ({split}) is not in {data_folder() / _FOLDER} and cannot be fetched from the hub ({error}). "
            f"Put its published files {start}-*.parquet there ({REPOSITORY}, folder data, CC BY 4.0)."
        ) from error
    sums = place / "data" / SUMS
    before = sums.read_text(encoding="utf-8") if sums.is_file() else ""
    sums.write_text(before + "".join(f"{one.lfs.sha256}  {Path(one.rfilename).name}\n" for one in wanted), "utf-8")
    return local_shards(split)
