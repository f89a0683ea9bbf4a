"""Where artifacts lie, what they are called by, and what may be removed. One folder's making is in artifact.py."""

import hashlib
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.artifact import Damaged, digest_of, read_artifact
from mucode.train.lock import free, lock_of

_PARTIAL = ".partial"
_SNAPSHOTS = "snapshots"


class Store:
    """`ROOT/artifacts/STAGE/KEY` and `ROOT/runs/RUN`. Equal work is found by its key, whichever run did it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.runs = self.root / "runs"
        self._artifacts = self.root / "artifacts"
        self._trusted: dict[Path, str] = {}

    def place(self, stage: str, key: str) -> Path:
        """The folder of an artifact, finished or not."""
        return self._artifacts / stage / key

    def key_of(self, input_: Path) -> str:
        """What an input is called in keys: an artifact's name, a hub's revision, or a digest of files.

        Contents are compared with the manifest once per process. Raises Damaged, MucodeError when nothing is there.
        """
        if input_ not in self._trusted:
            self._trusted[input_] = _key_of(input_)
        return self._trusted[input_]

    def keys_of(self, inputs: Mapping[str, Sequence[Path]]) -> dict[str, list[str]]:
        """The keys of all inputs by role."""
        return {role: [self.key_of(path) for path in paths] for role, paths in inputs.items() if paths}

    def superfluous(self, wanted: Collection[str]) -> list["Waste"]:
        """Folders, finished or not, whose `stage/key` is not wanted. Those being made just now are left alone."""
        return [Waste(path, _bytes(path)) for path in self._folders() if _name(path) not in wanted and _idle(path)]

    def damaged(self) -> list["Waste"]:
        """Finished artifacts whose contents are not what was made."""
        return [Waste(path, _bytes(path)) for path in self._folders() if path.suffix != _PARTIAL and _broken(path)]

    def _folders(self) -> list[Path]:
        return sorted(path for path in self._artifacts.glob("*/*") if path.is_dir())


@dataclass(frozen=True)
class Waste:
    """A folder that may go."""

    path: Path
    bytes: int

    def remove(self) -> None:
        """Removes it: first its name, so that a half-removed artifact is never taken for a whole one."""
        final = self.path.with_suffix("") if self.path.suffix == _PARTIAL else self.path
        going = self.path.with_name(f".{self.path.name}.going")
        self.path.rename(going)
        shutil.rmtree(going)
        for folder in (final, final.with_name(final.name + _PARTIAL)):
            lock_of(folder).unlink(missing_ok=True)


def _key_of(input_: Path) -> str:
    found = read_artifact(input_) if input_.is_dir() else None
    if found is not None:
        found.check(deep=True)
        return found.key
    if input_.parent.name == _SNAPSHOTS:
        return f"hub/{input_.parent.parent.name}@{input_.name}"
    files = sorted(path for path in input_.rglob("*") if path.is_file()) if input_.is_dir() else [input_]
    if not files or not all(path.is_file() for path in files):
        raise MucodeError(f"{input_} is no file and no folder with files.")
    digest = hashlib.sha256()
    for path in files:
        name = str(path.relative_to(input_)) if path != input_ else ""
        digest.update(f"{name}\0{digest_of(path)}\n".encode())
    return f"files/{digest.hexdigest()[:24]}"


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name.removesuffix(_PARTIAL)}"


def _idle(path: Path) -> bool:
    """Neither a run nor what is left of a stage is at it."""
    final = path.with_name(path.name.removesuffix(_PARTIAL))
    return all(free(lock) for lock in map(lock_of, (final, final.with_name(final.name + _PARTIAL))) if lock.exists())


def _broken(path: Path) -> bool:
    try:
        found = read_artifact(path)
        if found is not None:
            found.check(deep=True)
    except Damaged:
        return True
    return found is None


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
