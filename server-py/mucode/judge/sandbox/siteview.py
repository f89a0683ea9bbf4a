"""What the sandbox of a site shows: the project and its Python at their real paths, without secrets, and little else.

Files are looked at and nothing is started; how a sandbox without a site looks is in bubblewrap.py.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..errors import JudgeError
from ..limits import Site
from . import bubblewrap, interpreter
from .ground import BYTECODE, TREE, Ground
from .interpreter import Interpreter

# What programs ask about users and hosts; the real files of this machine are nobody's business.
SYSTEM_FILES = {
    "/etc/passwd": "root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/box:/bin/sh\n",
    "/etc/group": "root:x:0:\nuser:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/host.conf": "multi on\n",
}
# What is the same on every machine and says nothing about this one.
_COMMON_FILES = ["/etc/services", "/etc/protocols", "/etc/mime.types", "/etc/localtime", "/etc/ssl/certs"]
_MOST_HIDDEN = 600
_WHOLE = (".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules")
_RESERVED = ("/proc", "/dev/pts", "/rt", "/box", "/pyc", "/tree", "/etc")
_MOST_LOOKED_AT = 300_000


@dataclass(frozen=True)
class View:
    """One site as the sandbox shows it."""

    python: Interpreter
    """At its real path; its folders outside the project are among `binds`."""
    binds: tuple[str, ...]
    """Folders shown read-only at their own path, those above before those below."""
    links: tuple[tuple[str, str], ...]
    """(path, target): symbolic links to make, so that every usual name leads to its folder."""
    hidden_files: tuple[str, ...]
    hidden_folders: tuple[str, ...]
    scratch: tuple[str, ...]
    """Folders a child may write to; without those that lie above a folder of `binds`."""
    ground: Ground
    hash_seed: int = 0


def view(site: Site, python: Optional[str], mounts: bool, confined: bool = True) -> View:
    """How to show a site. mounts: children have mounts of their own; confined: in bubblewrap. Raises JudgeError."""
    root = _root(site.root)
    found = interpreter.locate_in_place(python)
    folders = [root, *(source for source, _ in found.binds)]
    binds = tuple(sorted({one for one in folders if not _covered(one, folders)}, key=len))
    scratch = tuple(one for one in bubblewrap.SCRATCH if not any(_below(folder, one) for folder in binds))
    links = dict(found.links)
    if Path(site.root) != Path(root):
        links.update((str(link), target) for link, target in interpreter.links(Path(site.root)))
    hidden = sorted({one for one in (Path(path).resolve() for path in site.hidden) if _inside(one, root)})
    folders_hidden = [str(one) for one in hidden if one.is_dir()]
    files_hidden = [str(one) for one in hidden if one.exists() and not one.is_dir()]
    prefix = str(Path(found.executable).parent.parent)
    hidden_files = (*files_hidden, *_sockets(root, folders_hidden))
    if len(hidden_files) > _MOST_HIDDEN:
        raise JudgeError(f"{root} has more than {_MOST_HIDDEN} files to hide. Open a smaller folder with the project.")
    ground = Ground(
        root=root,
        # Only in folders of its own can a child change a file as programs do it: written anew beside it, then renamed.
        writable=site.writable or (mounts and bool(site.rewritten)),
        rewritten=tuple(
            str(one) for path in site.rewritten if _inside(one := Path(path).resolve(), root) and one.is_file()
        ),
        sealed=(prefix, *(f"{root}/{name}" for name in _WHOLE)),
        hidden=hidden_files,
        readable=(*binds, *SYSTEM_FILES, *_COMMON_FILES),
        # A project may lie in an environment, or below /usr; then it is none of what is installed there.
        installed=tuple(one for one in dict.fromkeys([prefix, *folders[1:]]) if not _below(root, one)),
        tree="" if mounts else TREE,
        sockets=confined,
    )
    return View(
        python=found,
        binds=binds,
        links=tuple(one for one in links.items() if not any(_below(one[0], folder) for folder in binds)),
        hidden_files=hidden_files,
        hidden_folders=tuple(folders_hidden),
        scratch=scratch,
        ground=ground,
        hash_seed=site.hash_seed,
    )


def _root(given: str) -> str:
    """The project's real path. Raises JudgeError when it cannot be shown."""
    path = Path(given)
    if not path.is_absolute() or not path.is_dir():
        raise JudgeError(f"The project folder {given} does not exist. Open the folder that holds the project.")
    root = str(path.resolve())
    if root in ("/", "/usr", "/tmp", "/dev/shm", str(Path.home())) or _below(str(Path.home()), root):  # noqa: S108
        raise JudgeError(f"{root} is too much to show to untrusted code. Open the project's own folder in it.")
    if any(_below(root, folder) for folder in _RESERVED):
        raise JudgeError(f"A project in {root} cannot be run: the sandbox needs that path. Move it elsewhere.")
    return root


def real_paths(site: Optional[Site], files: Mapping[str, str]) -> dict[str, str]:
    """The given files by their real paths. Raises JudgeError when one is no file below the project's root."""
    root = str(Path(site.root).resolve()) if site else "/"
    real = {str(Path(path).resolve()): text for path, text in files.items()}
    for path in map(Path, real):
        if site is None or not _inside(path, root) or path.is_dir():
            raise JudgeError(f"{path} is outside the project or a folder. Only files of the project can be given.")
    return real


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _inside(path: Path, root: str) -> bool:
    return str(path) != root and _below(str(path), root)


def _covered(folder: str, folders: "list[str]") -> bool:
    return any(folder != other and _below(folder, other) for other in folders)


def _sockets(root: str, hidden: "list[str]") -> Iterator[str]:
    """Sockets in the project: a program outside listens there, and a read-only mount would not keep anyone away."""
    looked_at = 0
    waiting = [root]
    while waiting and looked_at < _MOST_LOOKED_AT:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        looked_at += len(entries)
        waiting += [one.path for one in entries if one.is_dir(follow_symlinks=False) and one.path not in hidden]
        for entry in entries:
            usual = entry.is_symlink() or entry.is_dir() or entry.is_file()
            if not usual and stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode):
                yield entry.path


def environment(executable: str, home: str, hash_seed: int) -> dict[str, str]:
    """The whole environment of a site's server and of every candidate in it."""
    folder = os.path.dirname(executable)  # noqa: PTH120
    return {
        "PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        **bubblewrap.ONE_CORE,
    }


def arguments(
    bwrap: str,
    shown: View,
    binds: list[tuple[str, str]],
    content: Callable[[str], int],
) -> list[str]:
    """The bubblewrap command line up to the command to run inside.

    binds: (source, folder inside); content: gives a descriptor to read a text from.
    """
    scratch = [*shown.scratch, TREE if shown.ground.tree else BYTECODE]
    line = [*bubblewrap.begin(bwrap), "--proc", "/proc", "--dev", "/dev", *bubblewrap.scratch_arguments(scratch)]
    for path, text in SYSTEM_FILES.items():
        line += ["--perms", "0444", "--file", str(content(text)), path]
    for path in _COMMON_FILES:
        line += ["--ro-bind-try", path, path]
    for source, inside in binds:
        line += ["--ro-bind", source, inside]
    for path, target in shown.links:
        line += ["--symlink", target, path]
    for path in shown.hidden_files:
        line += ["--ro-bind-data", str(content("")), path]
    for path in shown.hidden_folders:
        line += ["--tmpfs", path, "--remount-ro", path]
    for name, value in environment(shown.python.executable, bubblewrap.SCRATCH[0], shown.hash_seed).items():
        line += ["--setenv", name, value]
    return [*line, "--chdir", bubblewrap.SCRATCH[0], "--remount-ro", "/"]
