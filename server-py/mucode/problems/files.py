"""Where data sets come from: a local folder, else their publisher. Checksums here, the meaning of rows elsewhere."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from mucode.errors import MucodeError

_LIMIT_S = 120.0


class DataError(MucodeError):
    """A data set that is absent, altered or malformed. The message names the file, the row and the next step."""


@dataclass(frozen=True)
class Published:
    """A file as its publisher has it."""

    name: str
    """Path below a data folder."""
    url: str
    sha256: str
    licence: str


def data_folder() -> Path:
    """The local data folder: MUCODE_DATA, else `shared/data` beside the clone."""
    named = os.environ.get("MUCODE_DATA")
    return Path(named) if named else Path(__file__).parents[4] / "shared" / "data"


def fetch(file: Published, folder: Path | None = None) -> Path:
    """The path of the file: in `folder`, in the data folder, or fetched from its publisher into the cache.

    Raises DataError when it is nowhere, or when its content is not what was published.
    """
    for place in [folder or data_folder(), cache_folder()]:
        path = place / file.name
        if path.is_file():
            _check(path.read_bytes(), file, str(path))
            return path
    path = cache_folder() / file.name
    content = _download(file)
    _check(content, file, file.url)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path


def cache_folder() -> Path:
    """Where data sets are kept that were fetched."""
    return Path(os.environ.get("MUCODE_CACHE") or Path.home() / ".cache" / "mucode") / "data"


def _download(file: Published) -> bytes:
    try:
        answer = httpx.get(file.url, follow_redirects=True, timeout=_LIMIT_S)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise DataError(
            f"{file.name} is not in {data_folder()} and cannot be fetched from {file.url} ({error}). "
            f"Put the file there, or name its folder in MUCODE_DATA."
        ) from error
    return answer.content


def _check(content: bytes, file: Published, source: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise DataError(f"{source} is not {file.name} as published: sha256 {found}, not {file.sha256}. Remove it.")


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a JSON-lines file, also gzipped. Raises DataError at a line that is no JSON object."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found: object = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number} is no JSON: {error}.") from error
            if not isinstance(found, dict):
                raise DataError(f"{path}, line {number} is no JSON object.")
            yield number, cast("dict[str, Any]", found)


def text_of(row: dict[str, Any], name: str, place: str) -> str:
    """A text field with LF line ends. Raises DataError naming the place and the field."""
    value = row.get(name)
    if not isinstance(value, str):
        raise DataError(f"{place}: {name} must be text, not {type(value).__name__}.")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def texts_of(row: dict[str, Any], name: str, place: str) -> list[str]:
    """A field that is a list of texts, each with LF line ends."""
    value = row.get(name)
    items: list[object] = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise DataError(f"{place}: {name} must be a list of texts.")
    return [cast("str", item).replace("\r\n", "\n").replace("\r", "\n") for item in items]
