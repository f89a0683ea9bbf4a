"""The part of pytest's start that is the same in every run, done once by the server: its own plugins and options.

pytest has no public way to ask for that. Where its inside looks different, it starts as usual.
"""
# ruff: noqa: ANN401 - pytest's own objects

import gc
import inspect
import operator
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

_PROGRAM = "pytest.main()"
_REGISTERED = {
    "_pytest.config": ("Config", "PytestPluginManager"),
    "_pytest.main": ("Session",),
    "_pytest.fixtures": ("FixtureManager",),
    "_pytest.terminal": ("TerminalReporter",),
    "_pytest.capture": ("CaptureManager",),
    "_pytest.logging": ("LoggingPlugin",),
    "_pytest.legacypath": ("LegacyTmpdirPlugin",),
}
"""Classes of which pytest registers an object as a plugin in every run."""
_SLOTS = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
_VALUES = (str, int, float, bool, bytes, tuple, list, dict, set, frozenset, type(None))
_PLAIN = frozenset([*_SLOTS, *_VALUES, types.BuiltinFunctionType, types.ModuleType, property])
"""A value of one of these types is no fixture and wraps none."""
_PLAIN_FROM = frozenset(
    ["typing", "__future__", "pluggy._decorators", "_frozen_importlib_external", "_frozen_importlib"]
)
"""Nor is one of a type from these modules."""
_SELDOM = 50_000


class Prepared:
    """A configuration as pytest makes it for every run, before it has seen an argument or a file."""

    def __init__(self, module: Any) -> None:
        """module: `_pytest.config`."""
        self.module = module
        self.original = module.get_config
        named = "prog" in inspect.signature(self.original).parameters
        self.more: Mapping[str, object] = {"prog": _PROGRAM} if named else {}
        self.config = self.original(**self.more)

    def __call__(self, args: Any = None, plugins: Any = None, **more: object) -> Any:
        """In place of `get_config`, once: a pytest that a test starts gets a configuration of its own."""
        self.module.get_config = self.original
        if more != self.more:
            return self.original(args, plugins, **more)
        given = self.module.Config.InvocationParams(args=args or (), plugins=plugins, dir=Path.cwd())
        self.config.invocation_params = given
        return self.config


class Names:
    """Which names of a plugin may stand for a fixture: most of them are imports, constants and ordinary functions."""

    def __init__(self, holder: Any) -> None:
        """holder: a module, or a class."""
        self._spaces: list[Mapping[str, object]] = [
            vars(one) for one in getattr(holder, "__mro__", (holder,)) if one is not object
        ]
        self._then = [dict(space) for space in self._spaces]
        values = {name: value for space in reversed(self._spaces) for name, value in space.items()}
        self._kept = [name for name, value in values.items() if not _is_plain(value)]

    def of(self, holder: Any) -> "list[str]":
        """What `dir` says of it, without what cannot be a fixture. Sees what has been put into it since."""
        found = set(self._kept)
        for space, then in zip(self._spaces, self._then):
            if not _is_as_it_was(space, then):
                found.update(name for name, value in space.items() if then.get(name) is not value)
        if not isinstance(holder, (types.ModuleType, type)):
            own: Mapping[str, object] = getattr(holder, "__dict__", {})
            found.update(name for name, value in own.items() if not _is_plain(value))
        return sorted(found)


def _is_as_it_was(space: Mapping[str, object], then: Mapping[str, object]) -> bool:
    """Whether the values are the very same. To compare them would run their code; `id` is an event for audit hooks."""
    return len(space) == len(then) and all(map(operator.is_, space.values(), then.values()))


def _is_plain(value: object) -> bool:
    """Whether a value cannot be a fixture, and nothing that wraps one."""
    if type(value) is types.FunctionType or isinstance(value, type):
        return not any(hasattr(value, mark) for mark in ("__wrapped__", "_pytestfixturefunction"))
    return type(value) in _PLAIN or type(value).__module__ in _PLAIN_FROM


_prepared: "list[Prepared]" = []
_names: "dict[int, Names]" = {}


def prepare(installed: Iterable[str]) -> None:
    """In the server, with pytest imported. Raises whatever a pytest raises that is made otherwise.

    installed: modules of plugins that are no part of pytest.
    """
    module: Any = sys.modules.get("_pytest.config")
    if module is None:
        return
    made = Prepared(module)
    plugins = [plugin for _, plugin in made.config.pluginmanager.list_name_plugin()]
    plugins += [sys.modules.get(name) for name in installed]
    holders: list[Any] = [plugin for plugin in plugins if isinstance(plugin, types.ModuleType)]
    for name, classes in _REGISTERED.items():
        holders += [getattr(sys.modules.get(name), one, None) for one in classes]
    _names.update({id(holder): Names(holder) for holder in holders if holder is not None})
    _prepared.append(made)


def use() -> None:
    """In a child: lets the next start of pytest, which is ours, have what was prepared."""
    fixtures: Any = sys.modules.get("_pytest.fixtures")
    if _prepared and fixtures is not None:
        made = _prepared.pop()
        made.module.get_config = made
        # The name of the built-in function, which this module alone sees replaced.
        fixtures.dir = _names_of


def _names_of(holder: object) -> "list[str]":
    """In place of `dir` where pytest looks for fixtures."""
    known = _names.get(id(holder if isinstance(holder, (types.ModuleType, type)) else type(holder)))
    return dir(holder) if known is None else known.of(holder)


def leave_garbage(watched: "Callable[[], Iterable[types.ModuleType]]") -> "Callable[[], None]":
    """While tests are imported nearly nothing is thrown away, and looking for it takes a twentieth of a run.

    watched: the project's modules. Returns what ends that: the tests meet the collector as it was, and it looks at
    nothing that was made before them, unless one of these modules has to do with it.
    """
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM, *before[1:])

    def end() -> None:
        if gc.get_threshold()[0] != _SELDOM:
            return
        if not any(one is gc or one is weakref for module in watched() for one in vars(module).values()):
            gc.freeze()
        gc.set_threshold(*before)

    return end
