"""The project's bytecode, compiled once by the server where no child can write, and used by its children.

Nothing is executed here but the compiler. A given file never matches, because its time is its own.
"""

import importlib.machinery
import importlib.util
import os
import py_compile
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Optional

from .ground import BYTECODE, Ground

_MOST_FILES = 5000
_MOST_BYTES = 512 * 1024
_SKIPPED = ("__pycache__", "node_modules")
_TEST_FILE = re.compile(r"test.*\.py|.*_tests?\.py|conftest\.py")
"""Files whose assertions pytest rewrites, unless the project says otherwise; one too many costs only time."""


class Compiler:
    """Compiles the project's files one at a time, whenever the server has nothing else to do."""

    def __init__(self, ground: Ground) -> None:
        self._sources = _sources(ground)
        self._left = _MOST_FILES

    def step(self) -> bool:
        """Compiles the next file. False when there is none left, or no room."""
        source = next(self._sources, None)
        self._left -= 1
        if source is None or self._left < 0:
            return False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                py_compile.compile(source, cfile=_place(source), doraise=True)
                if _TEST_FILE.fullmatch(os.path.basename(source)):  # noqa: PTH119
                    _rewrite_assertions(source)
        except OSError:
            return os.statvfs(BYTECODE).f_bavail > 0
        except Exception:  # noqa: BLE001  a file that cannot be compiled is the business of those who import it
            return True
        return True


def _rewrite_assertions(source: str) -> None:
    """Keeps what pytest makes of a test file beside the ordinary bytecode. It has no public way to ask for that."""
    rewrite = sys.modules.get("_pytest.assertion.rewrite")
    if rewrite is not None:
        state, code = rewrite._rewrite_test(Path(source), None)
        with rewritten_place(source, rewrite.PYC_TAIL).open("wb") as file:
            rewrite._write_pyc_fp(file, state, code)


def rewritten_place(source: str, tail: str) -> Path:
    """Where the rewritten form of a file lies. tail: pytest's own ending, which names its version."""
    return Path(_place(source)).parent / (Path(source).stem + tail)


def _place(source: str) -> str:
    before, sys.pycache_prefix = sys.pycache_prefix, BYTECODE
    try:
        return importlib.util.cache_from_source(source)
    finally:
        sys.pycache_prefix = before


def _sources(ground: Ground) -> Iterator[str]:
    for folder, names, files in os.walk(ground.root):
        inner = [name for name in sorted(names) if name not in _SKIPPED and not name.startswith(".")]
        names[:] = [name for name in inner if ground.owns(str(Path(folder, name)))]
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".py") and path.is_file() and path.stat().st_size <= _MOST_BYTES:
                yield str(path)


class _Loader(importlib.machinery.SourceFileLoader):
    """Reads bytecode from the server's folder; checked against the source's size and time as always."""

    def get_code(self, fullname: str) -> Optional[CodeType]:
        before, sys.pycache_prefix = sys.pycache_prefix, BYTECODE
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = before


def use(ground: Ground) -> None:
    """Has this process read the project's own bytecode from the server's folder, and no other's."""
    loaders = (
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (_Loader, importlib.machinery.SOURCE_SUFFIXES),
    )

    def finder(path: str) -> importlib.machinery.FileFinder:
        if not ground.owns(path) or not Path(path).is_dir():
            raise ImportError("no folder of the project", path=path)
        return importlib.machinery.FileFinder(path, *loaders)

    sys.path_hooks.insert(0, finder)
    for path in [path for path in sys.path_importer_cache if ground.owns(path)]:
        del sys.path_importer_cache[path]
