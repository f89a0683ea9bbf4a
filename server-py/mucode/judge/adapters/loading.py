"""Imports one file of the project under the name that its own imports would give it."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from .places import Places


def module_name(file: str, root: Path) -> "tuple[str, Path]":
    """(dotted name, folder that must be on the path) of a relative file below root.

    A package is named from its topmost folder with an `__init__.py`; a file outside of one from `src` or from root.
    """
    path = root / file
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    if (folder / "__init__.py").exists():
        while (folder / "__init__.py").exists() and folder != root:
            parts.insert(0, folder.name)
            folder = folder.parent
        return ".".join(parts), folder
    base = root / "src" if file.startswith("src/") else root
    return ".".join([*folder.relative_to(base).parts, *parts]), base


def load(file: str, places: Places) -> ModuleType:
    """The module of a relative file. Raises whatever the import raises."""
    root = Path(places.root)
    name, base = module_name(file, root)
    for folder in (base, root / "src", (root / file).parent):
        if folder.is_dir() and str(folder) not in sys.path:
            # Behind the project itself, as `unittest discover -s` and a script's own folder allow.
            sys.path.insert(1, str(folder))
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        return _by_path(file, root)
    same = places.relative(getattr(module, "__file__", None) or "") == file
    return module if same else _by_path(file, root)


def _by_path(file: str, root: Path) -> ModuleType:
    """For a name that means something else: an installed package called `tests`, a folder that is no identifier."""
    name = file[: -len(".py")].replace("/", "_").replace(os.sep, "_").replace("-", "_").replace(".", "_")
    spec = importlib.util.spec_from_file_location(name, root / file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
