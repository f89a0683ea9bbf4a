"""What a child without namespaces of its own leaves behind: its processes are ended, its folders are emptied.

With namespaces the kernel does that.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

from . import tree

_MOST_SWEPT = 1000
"""Entries that a child may leave in its folders; more are left to the kernel, together with the server."""


def end_all(alone: bool) -> None:
    """Kills whatever is left running and waits for it. alone: this is process 1, and all others are its children's."""
    with contextlib.suppress(ChildProcessError, ProcessLookupError):
        while True:
            if alone:
                os.kill(-1, signal.SIGKILL)
            else:
                tree.kill_descendants()
            os.waitpid(-1, 0)


def empty(folders: Iterable[str]) -> bool:
    """Removes everything in each folder. False when something resists, or when a new server is ready sooner."""
    emptied = [_emptied(Path(folder)) for folder in folders]
    return all(emptied)


def remove(box: str) -> None:
    """Where nothing else ends with the server: kills what runs below it and removes its folder."""
    tree.kill_descendants()
    shutil.rmtree(box, ignore_errors=True)


def _emptied(folder: Path) -> bool:
    if not _holds_little(folder):
        return False
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return not any(folder.iterdir())


def _holds_little(folder: Path) -> bool:
    waiting, seen = [str(folder)], 0
    with contextlib.suppress(OSError):
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if seen > _MOST_SWEPT:
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        return True
    return False
