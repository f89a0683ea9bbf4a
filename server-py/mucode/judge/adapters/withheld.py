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

Note = Callable[[str, object], None]
"""Tells the outside something by a name of its own, beside the other records."""

_MOST_BYTES = 32 * 1024 * 1024
_MOST_FILES = 3000
_SKIPPED = ("node_modules", "site-packages", "__pycache__")
_HEAD = 16
_BY_HASH = b"\x03\0\0\0"
"""How bytecode is marked that goes by the text of its source, as that of pytest 9.2 does."""
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn")
_HEARD = frozenset(["open", "import", "exec", *_STARTS])
"""Python tells of thousands of other events, `id` among them."""
_IMPORT_AGAIN = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
RUNNING = "PYTEST_CURRENT_TEST"


class Withheld:
    """What was taken away, by every path that it has in this process."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}
        self._compiled: dict[str, bytes] = {}
        self.executed: set[str] = set()
        """Files whose modules were executed: a program can take a module out of `sys.modules` again."""

    def text(self, path: str) -> Optional[bytes]:
        """The source of a file that was taken away; None for every other file."""
        return self._texts.get(path)

    def code(self, path: str, place: str) -> Optional[CodeType]:
        """Its bytecode as it lay at `place`, if it is of this very source."""
        found, state = self._compiled.get(place), os.stat(path)  # noqa: PTH116 - runs for every import
        if found is None or found[:4] != importlib.util.MAGIC_NUMBER:
            return None
        if found[4:8] == _BY_HASH:
            fits = found[8:16] == importlib.util.source_hash(self._texts[path])
        else:
            numbers = [int.from_bytes(found[at : at + 4], "little") for at in (4, 8, 12)]
            fits = numbers == [0, int(state.st_mtime) & 0xFFFFFFFF, state.st_size & 0xFFFFFFFF]
        if not fits:
            return None
        return cast("CodeType", marshal.loads(found[_HEAD:]))  # noqa: S302 - the server's own, which nobody can write

    def take(self, root: str, real: str, file: str) -> bytes:
        """Reads a file by its path below `root` and `real`, and its bytecode. Returns its text, empty for none."""
        try:
            text = Path(root, file).read_bytes()
        except OSError:
            return b""
        for path in (f"{root}/{file}", f"{real}/{file}"):
            self._texts[path] = text
            # Who shows lines of a traceback finds none, and looks no further.
            linecache.cache[path] = (0, None, [], path)
        folder, _, name = f"{BYTECODE}{real}/{file}".rpartition("/")
        self._take_bytecode(folder, name)
        return text

    def _take_bytecode(self, folder: str, name: str) -> None:
        try:
            found = [entry.path for entry in os.scandir(folder) if sealing.is_closed(entry.name, frozenset([name]))]
            self._compiled.update({path: Path(path).read_bytes() for path in found})
        except OSError:
            return


def withhold(work: "dict[str, Any]", root: str, real: str, note: Note) -> Withheld:
    """Takes the sources of the job's tests away, and notes whether it could: `sealed`.

    root: where this process sees the project, real: where it lies.
    """
    held = Withheld()
    wanted = {one.partition("::")[0] for one in work["ids"]} - {work["file"]}
    files = [file for file in _test_files(real, wanted) if file != work["file"]]
    first = [file for file in files if file in wanted or not _is_test(file)][:_MOST_FILES]
    room, texts = _MOST_BYTES, list[bytes]()
    for file in first:
        texts.append(held.take(root, real, file) if room > 0 else b"")
        room -= len(texts[-1])
    # Test files that are not to be run are only read where another one may import them.
    known, together = frozenset(first), b"\n".join(texts)
    for file in files:
        if file not in known and room > 0 and file.rpartition("/")[2][: -len(".py")].encode() in together:
            room -= len(held.take(root, real, file))
    closed: dict[str, set[str]] = {}
    bases = dict.fromkeys(map(os.path.realpath, (root, real, BYTECODE + real)))
    for file in files:
        folder, _, name = file.rpartition("/")
        for base in bases:
            closed.setdefault(f"{base}/{folder}" if folder else base, set()).add(name)
    listed = sealing.seal({folder: frozenset(names) for folder, names in closed.items()})
    note("sealed", listed is not None)
    if listed is not None:
        _import_from(held)
        _watch(listed, held.executed, note)
    return held


def _is_test(file: str) -> bool:
    name = file.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py")


def _test_files(root: str, wanted: "set[str]") -> "list[str]":
    """Relative files: those of the wanted tests, then every other Python file that belongs to tests."""
    found = sorted(wanted)
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in _SKIPPED and not name.startswith(".")]
        if "pyvenv.cfg" in files:
            names.clear()
            continue
        below = folder[len(root) + 1 :]
        paths = (f"{below}/{name}" if below else name for name in sorted(files) if name.endswith(".py"))
        found += [path for path in paths if path not in wanted and is_test_path(path)]
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


def _watch(listed: "dict[str, frozenset[str]]", executed: "set[str]", note: Note) -> None:
    """Says once whether anything here looked for what was taken away, or started what may need it.

    Puts the files of the code that is executed into `executed`; an import tells of that like a call of `exec`.
    """
    said = False

    def tell(what: str) -> None:
        nonlocal said
        said = True
        note("asked", what[:300])

    def hook(event: str, args: "tuple[Any, ...]") -> None:
        if event not in _HEARD:
            return
        if event == "exec":
            file = getattr(args[0], "co_filename", "")
            if type(file) is str:  # another may say of itself that it equals any other
                executed.add(file)
            return
        if said:
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
        # Where nothing can be mounted the project is a tree of links, and most of them lead to what can be read.
        if _is_closed(one, listed) and not (os.path.islink(one) and not _is_closed(os.path.realpath(one), listed)):  # noqa: PTH114 - in a hook, where a Path costs more than the look
            return one
    return None


def _is_closed(path: str, listed: "dict[str, frozenset[str]]") -> bool:
    folder, _, name = path.rpartition("/")
    return folder in listed and name not in listed[folder] and os.path.lexists(path)


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
