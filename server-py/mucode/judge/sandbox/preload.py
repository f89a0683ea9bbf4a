"""What a server imports before any job: the standard library's usual modules and installed packages, never a project's.

When it does so is decided in forkserver.py.
"""

import contextlib
import importlib
import importlib.machinery
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Optional

from .ground import Ground

_MOST_S = 12.0
_USUAL = """
    abc array base64 bisect builtins cmath collections collections.abc contextlib copy dataclasses datetime decimal enum
    fractions functools heapq io itertools json math numbers operator random re statistics string struct textwrap time
    traceback types typing warnings
"""
_COMMON = """
    argparse ast csv hashlib inspect pathlib pprint queue tempfile threading unittest uuid
"""


def load_usual(check: Callable[[], None]) -> None:
    """What small programs import. Every child pays for what is loaded here, whether it uses it or not."""
    load(_USUAL.split(), None, check)


def load_common(check: Callable[[], None]) -> None:
    """What most projects import."""
    load([*_USUAL.split(), *_COMMON.split()], None, check)


class _Refusal:
    """A finder ahead of all others which knows no module of the project: the code under repair is never warm."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """What the other finders find, unless it lies in the project."""
        for finder in [one for one in sys.meta_path if one is not self]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                places = [spec.origin or "", *(spec.submodule_search_locations or ())]
                if any(self._ground.owns(place) for place in places):
                    raise ModuleNotFoundError(f"{name} belongs to the project", name=name)
                return spec
        return None


def load(names: Iterable[str], ground: Optional[Ground], check: Callable[[], None]) -> None:
    """Imports what jobs are likely to import. A missing or broken package is the job's trouble, not the server's.

    check: called before each one; may end the process. What is not imported within a while is left to the jobs.
    """
    latest = time.monotonic() + _MOST_S
    refusal = _Refusal(ground) if ground else None
    if refusal:
        sys.meta_path.insert(0, refusal)
    for name in names:
        check()
        if time.monotonic() > latest:
            break
        # A third-party package may raise or exit while it is imported.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)
    if refusal:
        sys.meta_path.remove(refusal)


def forget(ground: Ground) -> None:
    """Drops what the environment's own start-up imported from the project, if it did."""
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(isinstance(place, str) and ground.owns(place) for place in places):
            del sys.modules[name]


def load_pytest(ground: Ground, check: Callable[[], None]) -> None:
    """pytest and the parts of it that it loads by name; not its plugins, which it wants to rewrite itself."""
    load(["pytest", "_pytest.config"], ground, check)
    config = sys.modules.get("_pytest.config")
    names: Sequence[str] = getattr(config, "default_plugins", ())
    load([f"_pytest.{name}" for name in names], ground, check)


def make_ready(ground: Ground) -> None:
    """What runs a project's tests, when all is imported that they are likely to import: see adapters/ahead.py."""

    def installed(path: str) -> bool:
        return not ground.owns(path)

    importlib.import_module("..adapters.ahead", __package__).make_ready(installed)
