"""One finished folder: how it is made at once, what its manifest says, and whether it is still whole.

Where artifacts lie and what refers to them is in store.py.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mucode
from mucode.errors import MucodeError
from mucode.train.lock import lock_of, locked
from mucode.train.rows import write_whole
from mucode.train.worker import full_disk

MANIFEST = "manifest.json"
_BEGUN = "begun.json"
_PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors")
_BLOCK = 1 << 20


class Damaged(MucodeError):  # noqa: N818  what is said is that it is damaged
    """An artifact whose files are not those that were made."""


@dataclass(frozen=True)
class Identity:
    """All that decides what an artifact holds."""

    stage: str
    version: int
    config: Mapping[str, Any]
    inputs: Mapping[str, list[str]]
    """Keys of the inputs by role."""
    seed: int
    engine: Mapping[str, Any]
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    """Digests of the prompt templates that it is made with, by name."""
    code: Mapping[str, str] = field(default_factory=dict[str, str])
    """Digests of the code that it is made with, by subpackage."""

    @property
    def key(self) -> str:
        """24 hexadecimal digits of the sha256 of the canonical JSON."""
        return hashlib.sha256(_canonical(vars(self)).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Worked:
    """What making an artifact took, in the attempt that finished it."""

    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Artifact:
    """A finished folder."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def key(self) -> str:
        """`stage/key`, as other artifacts name it among their inputs."""
        return f"{self.manifest['identity']['stage']}/{self.manifest['key']}"

    @property
    def rows(self) -> int:
        """Rows of all its tables."""
        return sum(file.get("rows", 0) for file in self.manifest["files"].values())

    def check(self, *, deep: bool = False) -> None:
        """Compares sizes, and with `deep` also contents, with the manifest. Raises Damaged."""
        for name, made in self.manifest["files"].items():
            path = self.path / name
            size = path.stat().st_size if path.is_file() else None
            if size != made["bytes"]:
                raise _damaged(path, f"has {size} bytes, not {made['bytes']}" if size is not None else "is missing")
            if deep and digest_of(path) != made["sha256"]:
                raise _damaged(path, "does not hold what was written")


def read_artifact(folder: Path) -> Artifact | None:
    """The finished artifact in a folder, its sizes checked; None when there is none. Raises Damaged."""
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise _damaged(path, f"is torn ({error})") from error
    if not {"v", "key", "identity", "files"} <= set(manifest):
        raise _damaged(path, "is no manifest")
    found = Artifact(folder, manifest)
    found.check()
    return found


def make(
    final: Path, identity: Identity, work: Callable[[Path], Worked], *, wait: bool = False
) -> tuple[Artifact, bool]:
    """The artifact in the folder `final`, and whether it was made now.

    `work` is given `final` + `.partial`, which keeps what an earlier attempt finished. Whoever fills that folder holds
    its lock (`lock_of`), wherever it runs; ours is that of `final`. The folder takes its name only when all is on disk.
    Raises Taken, Damaged, MucodeError.
    """
    if found := _finished(final, identity):
        return found, False
    partial = final.with_name(final.name + ".partial")
    with locked(lock_of(final), str(final), wait=wait):
        if found := _finished(final, identity):
            return found, False
        try:
            _begin(partial, identity)
            if not (partial / MANIFEST).is_file():
                _write_manifest(partial, identity, work(partial))
            _publish(partial, final)
        except OSError as error:
            if told := full_disk(error, final):
                raise MucodeError(told) from error
            raise
    return Artifact(final, json.loads((final / MANIFEST).read_text(encoding="utf-8"))), True


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _finished(final: Path, identity: Identity) -> Artifact | None:
    found = read_artifact(final)
    if found is not None and found.manifest["key"] != identity.key:
        raise MucodeError(
            f"{final} holds what other settings or inputs made. Choose another folder, or remove this one."
        )
    if found is None and final.is_dir() and any(final.iterdir()):
        raise MucodeError(f"{final} holds files, and no {MANIFEST}: choose an empty or a new folder.")
    return found


def _begin(partial: Path, identity: Identity) -> None:
    """Makes the folder of unfinished work, or takes up the one of an earlier attempt at the same."""
    partial.mkdir(parents=True, exist_ok=True)
    begun = partial / _BEGUN
    if not begun.exists():
        write_whole(begun, _canonical(vars(identity)).encode())
    elif begun.read_text(encoding="utf-8") != _canonical(vars(identity)):
        raise MucodeError(
            f"{partial} holds unfinished work with other settings or inputs. Choose another folder, or remove it."
        )


def _write_manifest(partial: Path, identity: Identity, worked: Worked) -> None:
    # What a kill cut short, files and folders, which the attempt that finished did not need.
    for leftover in list(partial.rglob("*.partial")):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)
    names = sorted(path for path in partial.rglob("*") if path.is_file() and path.name != _BEGUN)
    manifest = {
        "v": 1,
        "key": identity.key,
        "identity": vars(identity),
        "files": {str(path.relative_to(partial)): _described(path) for path in names},
        "versions": _versions(),
        "seconds": worked.seconds,
        "peak_bytes": worked.peak_bytes,
    }
    write_whole(partial / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())


def _described(path: Path) -> dict[str, Any]:
    """Size, checksum and rows of a file, which is on disk for good afterwards."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    found: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": digest_of(path)}
    # How long each row took stands beside the rows: they would be counted twice.
    if path.suffix == ".jsonl" and not path.name.startswith("timings-"):
        with path.open("rb") as file:
            found["rows"] = sum(1 for _ in file)
    return found


def _publish(partial: Path, final: Path) -> None:
    for folder in [partial, *(path for path in partial.rglob("*") if path.is_dir())]:
        _sync(folder)
    with contextlib.suppress(FileNotFoundError):
        (partial / _BEGUN).unlink()
    with contextlib.suppress(FileNotFoundError):
        final.rmdir()
    partial.rename(final)
    lock_of(partial).unlink(missing_ok=True)
    _sync(final.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _versions() -> dict[str, str]:
    found = {"mucode": mucode.__version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _damaged(path: Path, what: str) -> Damaged:
    return Damaged(f"{path} {what}. Remove damaged artifacts with `mucode gc --damaged`, then start again.")
