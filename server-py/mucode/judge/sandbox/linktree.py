"""The given files of one child in a tree of links that stands for the project. Tiers without mounts per child.

The tree is built by the child before its fences close, and emptied by the server.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from .given import write_given
from .ground import Ground, copy_of


def build(ground: Ground, files: Mapping[str, str]) -> str:
    """Builds the tree and returns its root. files: real absolute path below the project's root → text."""
    root, tree = Path(ground.root), Path(ground.tree, Path(ground.root).name)
    given = {Path(path).relative_to(root): text for path, text in files.items()}
    copies = {Path(path).relative_to(root) for path in ground.rewritten if path not in files}
    real = {parent for path in (*given, *copies) for parent in path.parents} | {Path()}
    for folder in sorted(real, key=lambda one: len(one.parts)):
        own = {one.name for one in (*real, *given, *copies) if one.parent == folder}
        _link_entries(root / folder, tree / folder, own)
    for path in copies:
        copy_of(root / path, tree / path)
    for path, text in given.items():
        write_given(tree / path, text, root / path)
    return str(tree)


def _link_entries(source: Path, place: Path, own: "set[str]") -> None:
    place.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        return
    for entry in os.scandir(source):
        # Bytecode beside a given file may be of the file that it stands for.
        if entry.name in own or entry.name == "__pycache__":
            continue
        link = place / entry.name
        target = Path(entry.path).readlink() if entry.is_symlink() else Path(entry.path)
        link.symlink_to(target)


def move_into(tree: str, ground: Ground) -> None:
    """Has this process, and what it starts, import the project's own code from the tree."""
    own = [path for path in sys.path if ground.owns(path)]
    moved = {path: tree + path[len(ground.root) :] for path in own}
    sys.path[:] = [moved.get(path, path) for path in sys.path]
    # Another Python reads the links of an editable install anew; this comes before them.
    if moved:
        os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(moved.values()))
