"""Where the project lies inside the sandbox, and which files and modules are its own."""

import os
import site
import sys
import sysconfig
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Optional, cast

from .withheld import Withheld

_NEVER_AHEAD = "__"
_ALL_OLDER = 40
"""So many modules of the server one behind the other: those that were imported before them are the server's as well."""
_JUDGE = __name__.partition(".")[0]

_ahead: "dict[str, ModuleType]" = {}
_judge_ahead: "list[str]" = []


def note_ahead() -> None:
    """In the server: what is imported by now is nothing of the project, so that no child need look at it again."""
    _ahead.update(sys.modules)
    _judge_ahead.extend(name for name in _ahead if name.partition(".")[0] == _JUDGE)
    _folders_of_python()


def _imported_since(modules: "dict[str, ModuleType]") -> "list[str]":
    """Names of the modules that were imported since then, in the order of their import.

    A child copies every page of memory that it looks at, and so it looks at the newest modules only. Only for what is
    asked before code of the project runs: that can put modules into another order, by `importlib.reload` for one.
    """
    found: list[str] = []
    older = 0
    for name in reversed(modules):
        if _ahead.get(name) is not modules[name]:
            found.append(name)
            older = 0
        elif (older := older + 1) == _ALL_OLDER:
            break
    return found[::-1]


@lru_cache(maxsize=1)
def _folders_of_python() -> "tuple[str, ...]":
    """Where this Python and its environment keep the standard library and what was installed."""
    folders = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(folder for folder in (*folders, *site.getsitepackages()) if folder)


class Places:
    """The project's folder: its own path, and where the child sees it, which differs where nothing can be mounted."""

    def __init__(self, real: str, root: str) -> None:
        self.real = real
        self.root = root
        self.withheld = Withheld()
        """The sources of the tests, where they were taken away."""
        self._roots = [os.path.join(one, "") for one in dict.fromkeys((root, real, os.path.realpath(root)))]  # noqa: PTH118 - a Path drops the slash at the end
        self._scratch = os.getcwd()  # noqa: PTH109
        folders = [*_folders_of_python(), *(path for path in sys.path if path.endswith("-packages"))]
        self._installed = tuple(os.path.join(folder, "") for folder in dict.fromkeys(folders))  # noqa: PTH118 - a Path drops the slash at the end

    @property
    def scratch(self) -> str:
        """The child's own folder, the only one that may be written to."""
        return self._scratch

    def settle(self) -> None:
        """Makes the project the working folder, first on the path, with nothing of it imported yet."""
        os.chdir(self.root)
        # The judge's own modules stay: they are looked up by name after this.
        for name in _imported_since(sys.modules):
            if name.partition(".")[0] != _JUDGE and self.relative(_file_of(sys.modules[name]) or "") is not None:
                del sys.modules[name]
        sys.path[:] = [self.root, *(path for path in map(self._moved, sys.path) if path not in ("", self.root))]
        for finder in sys.meta_path:
            self._move_mapping(sys.modules.get(getattr(finder, "__module__", "")))
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(self._scratch, "hypothesis"))

    def hide_judge(self) -> None:
        """Takes the judge's own package out of what can be imported: a project may have one of the same name.

        Nothing of the judge may be imported after this.
        """
        since = [name for name in _imported_since(sys.modules) if name.partition(".")[0] == _JUDGE]
        for name in (*_judge_ahead, *since):
            sys.modules.pop(name, None)

    def _moved(self, path: str) -> str:
        """An entry of the path below the real project, as the child sees it."""
        if self.root == self.real or not (path == self.real or path.startswith(self.real + "/")):
            return path
        installed = any(os.path.join(path, "").startswith(folder) for folder in self._installed)  # noqa: PTH118 - a Path drops the slash at the end
        return path if installed else self.root + path[len(self.real) :]

    def _move_mapping(self, module: Optional[ModuleType]) -> None:
        """The finder of an editable install names files of the real project itself."""
        for name in ("MAPPING", "NAMESPACES"):
            given = getattr(module, name, None)
            if isinstance(given, dict):
                mapping = cast("dict[str, object]", given)
                for key, value in mapping.items():
                    if isinstance(value, str):
                        mapping[key] = self._moved(value)
                    elif isinstance(value, list):
                        mapping[key] = [self._moved(str(one)) for one in cast("list[object]", value)]

    def relative(self, path: str) -> Optional[str]:
        """A file of the project relative to its root, with "/"; None for every other file."""
        path = os.path.abspath(path) if path and not path.startswith(("<", "/")) else path  # noqa: PTH100
        if any(path.startswith(folder) for folder in self._installed) or "/site-packages/" in path:
            return None
        for root in self._roots:
            if path.startswith(root):
                return path[len(root) :].replace(os.sep, "/")
        return None

    def own_modules(self, modules: "dict[str, ModuleType]") -> "dict[str, str]":
        """Modules that come from the project: name → relative file. Whatever order a program has put them in."""
        since = [(name, module) for name, module in list(modules.items()) if _ahead.get(name) is not module]
        found = {name: self.relative(_file_of(module) or "") for name, module in since}
        return {name: file for name, file in found.items() if file is not None}

    def own_executed(self) -> "dict[str, str]":
        """Every file of the project that was executed where the sources of the tests were taken away, by its path."""
        found = {path: self.relative(path) for path in self.withheld.executed}
        return {path: file for path, file in found.items() if file is not None}

    def own(self) -> "list[ModuleType]":
        """The project's modules that are imported by now."""
        return [sys.modules[name] for name in self.own_modules(sys.modules)]

    def installed_modules(self, modules: Mapping[str, ModuleType]) -> "list[str]":
        """Modules that were installed, in the order of their import; these may be imported ahead of a job."""
        found: list[str] = []
        for name, module in list(modules.items()):
            file = _file_of(module)
            if file is None or name.startswith(_NEVER_AHEAD) or getattr(module, "__name__", name) != name:
                continue
            if any(file.startswith(folder) for folder in self._installed):
                found.append(name)
        return found


def _file_of(module: object) -> Optional[str]:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None
