"""The given files of one child, mounted over the project's own in the child's mount namespace. Tier T3.

Called before the fences close, with every capability in a user namespace of the child's own.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from . import linux
from .ground import Ground, copy_of

_FLAGS = linux.MS_NOSUID | linux.MS_NODEV
_MIRROR_BYTES = 1024 * 1024
_AWAY_S = 7919
_MOST_ENTRIES = 30_000
# Left over by earlier runs, and written anew by every one: a candidate makes its own.
_MADE_ANEW = frozenset([".coverage", ".pytest_cache", ".hypothesis", ".mypy_cache", "htmlcov"])


def show(ground: Ground, files: Mapping[str, str], stage: str, scratch_bytes: int) -> None:
    """Shows every given text at its path, and a writable project where that is wanted.

    files: real absolute path → text; stage: a folder that something else is mounted on afterwards. Raises OSError.
    """
    room = sum(len(text.encode("utf-8", "surrogateescape")) for text in files.values())
    size = room + 4096 * (len(files) + 8)
    linux.mount("tmpfs", stage, _FLAGS, f"size={size},nr_inodes=0,mode=700")
    empty = Path(stage, "empty")
    empty.touch()
    mirrors = _Mirrors(Path(stage), scratch_bytes, dict.fromkeys(ground.hidden, str(empty)))
    if ground.writable:
        mirrors.whole(ground)
    new = [Path(path) for path in files if not os.path.lexists(path)]
    if not ground.writable:
        for folder in sorted({_nearest(path) for path in new}):
            mirrors.flat(folder)
    for path in new:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for number, (path, text) in enumerate(files.items()):
        staged = Path(stage, str(number))
        write_given(staged, text, Path(path))
        _cover(staged, path)
    _forget_bytecode(files, empty)
    mirrors.follow_links()
    mirrors.close()
    # What was bound from it stays, and now there is no other way to it.
    linux.unmount(stage)


def write_given(place: Path, text: str, original: Path) -> None:
    """Writes a given text, read-only, with a time of its own: bytecode of the original must never fit it."""
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    place.chmod(0o444)
    try:
        changed = original.stat().st_mtime
    except OSError:
        changed = 0.0
    os.utime(place, (changed + _AWAY_S, changed + _AWAY_S))


def _cover(source: Path, target: str) -> None:
    linux.bind(str(source), target)
    linux.protect(target)


def _forget_bytecode(files: Mapping[str, str], empty: Path) -> None:
    """Bytecode that is made to be used unchecked ignores times, so what lies beside a given file is blanked."""
    for path in files:
        # As text: every child comes by here, and a pattern of paths would be compiled anew in each of them.
        folder, name = os.path.split(path)
        beside, stem = f"{folder}/__pycache__", os.path.splitext(name)[0]  # noqa: PTH122 - text, of every file given to a child
        try:
            found = os.listdir(beside)  # noqa: PTH208 - names are all that is wanted
        except OSError:
            # There is none, or another user's, which is closed to the child's imports as well.
            continue
        for compiled in found:
            if compiled.startswith(f"{stem}.") and compiled.endswith(".pyc"):
                _cover(empty, f"{beside}/{compiled}")


def _nearest(path: Path) -> Path:
    """The deepest folder above a path that exists."""
    return next(folder for folder in path.parents if folder.is_dir()).resolve()


class _Mirrors:
    """Folders in memory which stand for real ones, filled with mounts of what the real ones hold."""

    def __init__(self, stage: Path, scratch_bytes: int, instead: Mapping[str, str]) -> None:
        """instead: files to show in place of some, because what hides those cannot be mounted a second time."""
        self._stage = stage
        self._instead = instead
        self._scratch_bytes = scratch_bytes
        self._flat: list[str] = []
        self._entries = 0
        self._links: dict[Path, Path] = {}
        self._rewritten: frozenset[str] = frozenset()

    def flat(self, folder: Path) -> None:
        """Makes room for new files in one folder; all that it holds is shown as before. Read-only after close()."""
        held = self._hold(folder, _MIRROR_BYTES)
        self._flat.append(str(folder))
        for entry in os.scandir(held):
            self._copy(entry, folder / entry.name)

    def whole(self, ground: Ground) -> None:
        """Makes the project writable: folders are the child's own, every file that exists is read-only and stays,
        except those of which it gets copies."""
        root = Path(ground.root)
        held = self._hold(root, self._scratch_bytes)
        self._rewritten = frozenset(ground.rewritten)
        self._deepen(held, root, frozenset(ground.sealed))

    def close(self) -> None:
        """Closes the folders that were opened for new files only."""
        for folder in self._flat:
            linux.protect(folder)

    def _hold(self, folder: Path, size: int) -> Path:
        held = self._stage / f"held{len(os.listdir(self._stage))}"  # noqa: PTH208  only the number counts
        held.mkdir()
        linux.bind(str(folder), str(held))
        linux.mount("tmpfs", str(folder), _FLAGS, f"size={size},nr_inodes={_MOST_ENTRIES},mode=755")
        return held

    def _deepen(self, held: Path, place: Path, sealed: "frozenset[str]") -> None:
        for entry in os.scandir(held):
            target = place / entry.name
            if entry.name in _MADE_ANEW:
                continue
            if entry.is_dir(follow_symlinks=False) and str(target) not in sealed:
                target.mkdir()
                # A folder that something is mounted on cannot be renamed, so nothing can take its name.
                linux.bind(str(target), str(target))
                self._deepen(held / entry.name, target, sealed)
            elif entry.is_symlink():
                self._count()
                self._links[target] = Path(entry.path).readlink()
            elif str(target) in self._rewritten:
                self._count()
                copy_of(Path(entry.path), target)
            else:
                self._copy(entry, target)

    def follow_links(self) -> None:
        """A link could be replaced by the child, so what it leads to is mounted in its place."""
        waiting, before = list(self._links), -1
        while len(waiting) != before:
            before = len(waiting)
            waiting = [place for place in waiting if not self._followed(place)]
        for place in waiting:
            place.symlink_to(self._links[place])

    def _followed(self, place: Path) -> bool:
        aim = (place.parent / self._links[place]).resolve()
        if aim.is_dir():
            place.mkdir()
        elif aim.is_file():
            place.touch()
        else:
            return False
        linux.bind(str(aim), str(place))
        return True

    def _copy(self, entry: "os.DirEntry[str]", target: Path) -> None:
        self._count()
        if entry.is_symlink():
            target.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            target.mkdir()
            linux.bind(entry.path, str(target))
        elif entry.is_file() or str(target) in self._instead:
            target.touch()
            linux.bind(self._instead.get(str(target), entry.path), str(target))

    def _count(self) -> None:
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise OSError(f"the project has more than {_MOST_ENTRIES} files, too many to make it writable")
