"""The sources of the tests, taken away from the process before the candidate's first line runs in it.

They are read into memory here, from where only imports get them. Afterwards no file of theirs can be opened, by
whomever: neither as text nor as bytecode. Who tries is noted, because then a failure may be this module's doing.
"""
# ruff: noqa: ANN401 - importlib's and audit hooks' own shapes

import importlib.machinery
import importlib.util
import linecache
import marshal
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any, Optional, cast

from ..function.lineup import is_test_path
from ..sandbox import sealing
from ..sandbox.ground import BYTECODE

Tell = Callable[["dict[str, Any]"], None]

_MOST_BYTES = 32 * 1024 * 1024
_MOST_FILES = 3000
_SKIPPED = ("node_modules", "site-packages", "__pycache__")
_HEAD = 16
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn")
_IMPORT_AGAIN = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
RUNNING = "PYTEST_CURRENT_TEST"


class Withheld:
    """What was taken away, by every path that it has in this process."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}
        self._compiled: dict[str, bytes] = {}

    def text(self, path: str) -> Optional[bytes]:
        """The source of a file that was taken away; None for every other file."""
        return self._texts.get(path)

    def code(self, path: str, place: str) -> Optional[CodeType]:
        """Its bytecode as it lay at `place`, if it is of this very source."""
        found, state = self._compiled.get(place), os.stat(path)  # noqa: PTH116 - runs for every import
        if found is None or found[:4] != importlib.util.MAGIC_NUMBER or found[4:8] != bytes(4):
            return None
        numbers = [int.from_bytes(found[at : at + 4], "little") for at in (8, 12)]
        if numbers != [int(state.st_mtime) & 0xFFFFFFFF, state.st_size & 0xFFFFFFFF]:
            return None
        return cast("CodeType", marshal.loads(found[_HEAD:]))  # noqa: S302 - the server's own, which nobody can write

    def take(self, path: str, others: "list[str]", compiled: bool) -> int:
        """Reads a file; `others` are further paths that lead to it. Returns its size, 0 where there is none."""
        try:
            text = Path(path).read_bytes()
        except OSError:
            return 0
        for one in (path, *others):
            self._texts[one] = text
            # Who shows lines of a traceback finds none, and looks no further.
            linecache.cache[one] = (0, None, [], one)
        if compiled and others:
            folder, name = os.path.split(others[0])
            self._take_bytecode(BYTECODE + folder, name)
        return len(text)

    def _take_bytecode(self, folder: str, name: str) -> None:
        try:
            found = [entry.path for entry in os.scandir(folder) if sealing.is_closed(entry.name, frozenset([name]))]
            self._compiled.update({path: Path(path).read_bytes() for path in found})
        except OSError:
            return


def withhold(work: "dict[str, Any]", root: str, real: str, send: Tell) -> Withheld:
    """Takes the sources of the job's tests away, and says so in the first record: {"sealed": whether it could}.

    root: where this process sees the project, real: where it lies.
    """
    held = Withheld()
    wanted = {one.partition("::")[0] for one in work["ids"]} - {work["file"]}
    files = [file for file in _test_files(real, wanted) if file != work["file"]]
    room = _MOST_BYTES
    for file in files[:_MOST_FILES]:
        if room > 0:
            paths = [os.path.join(one, file) for one in (root, real)]  # noqa: PTH118
            helps = file in wanted or not os.path.basename(file).startswith("test_")  # noqa: PTH119
            room -= held.take(paths[0], paths[1:], helps)
    closed: dict[str, set[str]] = {}
    for file in files:
        folder, name = os.path.split(file)
        for base in dict.fromkeys((root, real, BYTECODE + real)):
            closed.setdefault(os.path.realpath(os.path.join(base, folder)), set()).add(name)  # noqa: PTH118
    listed = sealing.seal({folder: frozenset(names) for folder, names in closed.items()})
    send({"sealed": listed is not None})
    if listed is not None:
        _import_from(held)
        _watch(listed, send)
    return held


def _test_files(root: str, wanted: "set[str]") -> "list[str]":
    """Relative files: those of the wanted tests, then every other Python file that belongs to tests."""
    found = sorted(wanted)
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in _SKIPPED and not name.startswith(".")]
        if "pyvenv.cfg" in files:
            names.clear()
            continue
        below = os.path.relpath(folder, root).replace(os.sep, "/")
        paths = (name if below == "." else f"{below}/{name}" for name in files if name.endswith(".py"))
        found += sorted(path for path in paths if path not in wanted and is_test_path(path))
    return found


def _import_from(held: Withheld) -> None:
    """Has imports read what is held from memory. Nothing else gets it: not `get_source`, not `get_data`."""
    kind: Any = importlib.machinery.SourceFileLoader
    own = kind.get_code

    def get_code(self: Any, fullname: str) -> Optional[CodeType]:
        text = held.text(self.path)
        if text is None:
            return own(self, fullname)
        before, sys.pycache_prefix = sys.pycache_prefix, BYTECODE
        try:
            place = importlib.util.cache_from_source(self.path)
        finally:
            sys.pycache_prefix = before
        return held.code(self.path, place) or self.source_to_code(text, self.path)

    kind.get_code = get_code


def _watch(listed: "dict[str, frozenset[str]]", send: Tell) -> None:
    """Says once whether anything here looked for what was taken away, or started what may need it."""
    said = False

    def tell(what: str) -> None:
        nonlocal said
        said = True
        send({"asked": what[:300]})

    def hook(event: str, args: "tuple[Any, ...]") -> None:
        if said or not (event in ("open", "import") or event in _STARTS):
            return
        if event == "import":
            if args[0] in _IMPORT_AGAIN:
                tell(args[0])
        elif event == "open":
            path = _looked_for(args[0], listed)
            if path is not None:
                tell(path)
        elif any(word in str(args[:2]) for word in ("python", "pytest")):
            tell(event)

    sys.addaudithook(hook)
    environ: Any = os.environ
    environ._data = _Environment(environ._data, tell)


def _looked_for(path: Any, listed: "dict[str, frozenset[str]]") -> Optional[str]:
    """The path of a file that is there and closed; None for every other."""
    try:
        given = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - runs whenever anything is opened
    except (TypeError, ValueError):
        return None
    for one in (given, os.path.realpath(given) if given.endswith(".py") else ""):
        folder, _, name = one.rpartition("/")
        if folder in listed and name not in listed[folder] and os.path.lexists(one):
            return one
    return None


# A plain name for `dict[bytes, bytes]`, which Python 3.9 has too, as what os.environ keeps its variables in.
_Variables = dict[bytes, bytes]


class _Environment(_Variables):
    """Notes who reads the name of the running test, which is not there to be read."""

    def __init__(self, data: "dict[bytes, bytes]", tell: Any) -> None:
        super().__init__(data)
        self._tell = tell

    def __getitem__(self, key: bytes) -> bytes:
        value = super().__getitem__(key)
        if key == RUNNING.encode():
            self._tell(RUNNING)
        return value
