"""Which Python runs the candidates and which folders it needs, found by looking at files only.

The interpreter is never started outside the sandbox: it may be the workspace's own.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..errors import JudgeError

_INSIDE_BASE = "/rt/py"
_INSIDE_VENV = "/rt/venv"
_MOST_LINKS = 40
_OLDEST = (3, 9)
_PACKAGE_FOLDERS = [
    "lib/python{version}/site-packages",
    "lib64/python{version}/site-packages",
    "local/lib/python{version}/dist-packages",
    "lib/python3/dist-packages",
]


@dataclass(frozen=True)
class Interpreter:
    """A Python as the sandbox sees it."""

    executable: str
    """Path inside the sandbox."""
    binds: tuple[tuple[str, str], ...]
    """(folder on this machine, folder inside), all read-only."""
    packages: tuple[str, ...]
    """Folders inside the sandbox with installed packages."""
    libraries: str
    """Folder inside for the dynamic loader; empty where the loader finds everything by itself."""
    links: tuple[tuple[str, str], ...] = ()
    """(path, target): symbolic links on the way to the Python that lie in no folder of `binds`."""


def _settings(venv: Path) -> dict[str, str]:
    """pyvenv.cfg as a dictionary, keys in lower case; empty when this is no virtual environment."""
    try:
        lines = (venv / "pyvenv.cfg").read_text("utf-8").splitlines()
    except OSError:
        return {}
    pairs = [line.partition("=") for line in lines]
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def _base(binary: Path) -> tuple[Path, str]:
    """(installation folder, version as "3.11") of a real Python binary."""
    prefix = binary.parent.parent
    named = re.fullmatch(r"python(3\.\d+)", binary.name)
    versions = [named.group(1)] if named else [path.name[6:] for path in sorted(prefix.glob("lib/python3.*"))]
    for version in versions:
        if (prefix / "lib" / f"python{version}" / "os.py").exists():
            if tuple(map(int, version.split("."))) < _OLDEST:
                raise JudgeError(f"{binary} is Python {version}; the judge's part in the sandbox needs 3.9 or later.")
            return prefix, version
    raise JudgeError(f"{binary} is no complete Python installation. Choose the python3 of an installation or a venv.")


def _original(named: Path) -> Path:
    """The real binary behind a path; behind a copy in a virtual environment, the one it was copied from."""
    binary = named.resolve(strict=True)
    home = _settings(binary.parent.parent).get("home")
    return Path(home, binary.name).resolve(strict=True) if home else binary


def locate(python: Optional[str] = None) -> Interpreter:
    """The Python at this path, or the judge's own. Raises JudgeError when it cannot be used."""
    named = Path(python).expanduser().absolute() if python else Path(sys.executable)
    try:
        binary = _original(named)
        with binary.open("rb") as file:
            script = file.read(2) == b"#!"
    except OSError as error:
        raise JudgeError(f"Python {named} cannot be read: {error}. Choose another one.") from error
    if script:
        raise JudgeError(f"{named} is a script that starts some Python. Give the path of the Python itself.")
    prefix, version = _base(binary)
    inside = str(prefix) if str(prefix) == "/usr" else _INSIDE_BASE
    binds = [] if inside == "/usr" else [(str(prefix), inside)]
    venv = named.parent.parent
    settings = _settings(venv)
    packages: list[str] = []
    if settings:
        binds.append((str(venv), _INSIDE_VENV))
        packages += _packages(venv, version, _INSIDE_VENV)
    if not settings or settings.get("include-system-site-packages", "").lower() == "true":
        packages += _packages(prefix, version, inside)
    executable = f"{inside}/bin/{binary.name}"
    return Interpreter(executable, tuple(binds), tuple(packages), f"{inside}/lib")


def locate_in_place(python: Optional[str] = None) -> Interpreter:
    """The same, with every folder at its real path, as a project's own tests expect. Raises JudgeError."""
    named = Path(python).expanduser().absolute() if python else Path(sys.executable)
    locate(str(named))
    binary = _original(named)
    prefix = _base(binary)[0]
    settings = _settings(named.parent.parent)
    # The folders above may be links; only the last part of the name says which environment is meant.
    executable = named.parent.resolve() / named.name if settings else binary
    folders = [prefix, executable.parent.parent]
    ways = [executable, Path(settings.get("home") or binary.parent)]
    ways_on = dict(link for way in ways for link in links(way))
    system = [Path("/usr"), *(path for path in map(Path, ("/bin", "/lib", "/lib64")) if path.is_symlink())]
    binds = [folder for folder in dict.fromkeys(folders) if not _below(folder, system)]
    outside = tuple((str(link), target) for link, target in ways_on.items() if not _below(link, [*binds, *system]))
    return Interpreter(str(executable), tuple((str(folder), str(folder)) for folder in binds), (), "", outside)


def _below(path: Path, folders: list[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def links(path: Path) -> list[tuple[Path, str]]:
    """Every symbolic link that the kernel follows on the way to a path, as (link, what it holds)."""
    found: list[tuple[Path, str]] = []
    place, parts = Path("/"), list(path.parts[1:])
    while parts and len(found) < _MOST_LINKS:
        place /= parts.pop(0)
        if place.is_symlink():
            target = os.readlink(place)  # noqa: PTH115  the text itself: Path.readlink drops a leading "./"
            found.append((place, target))
            whole = Path(os.path.normpath(place.parent / target))
            place, parts = Path("/"), [*whole.parts[1:], *parts]
    return found


def _packages(prefix: Path, version: str, inside: str) -> list[str]:
    folders = [folder.format(version=version) for folder in _PACKAGE_FOLDERS]
    return [f"{inside}/{folder}" for folder in folders if (prefix / folder).is_dir()]
