"""Runs a script whose module-level asserts are its tests, statement by statement."""
# ruff: noqa: ANN401 - a job is whatever JSON holds

import __future__

import ast
import sys
import time
import types
from pathlib import Path
from typing import Any, Optional

from .loading import module_name
from .outcomes import Canary, is_wanted, say_discovered
from .places import Places
from .records import Recorder, raised_in, shown

_LEFT, _RIGHT = "_mucode_left", "_mucode_right"
_SHOWN = 500


def run(work: "dict[str, Any]", recorder: Recorder, places: Places) -> int:
    """Runs each script once; 0 when all wanted asserts held, 5 when there were none."""
    wanted: list[str] = work["ids"] if "ids" in work else work["selection"]
    lines: dict[str, list[int]] = work["lines"]
    """By file: the lines of its asserts, read outside, where a falsified file no longer has them."""
    ids = [
        f"{file}::{line}"
        for file in lines
        for line in lines[file]
        if is_wanted(f"{file}::{line}", wanted, "ids" in work)
    ]
    recorder.send({"collected": ids, "lines": [int(name.rpartition("::")[2]) for name in ids]})
    canary = Canary(work, places)
    well = True
    for file, own in lines.items():
        named = {name for name in ids if name.startswith(file + "::")}
        well = _Script(file, own, named, recorder, places, canary).run() and well
    if work["mode"] == "discover":
        say_discovered(recorder, places)
    return 1 if not well else 0 if ids else 5


class _Script:
    def __init__(
        self, file: str, lines: "list[int]", ids: "set[str]", recorder: Recorder, places: Places, canary: Canary
    ) -> None:
        self._file = file
        self._lines = lines
        self._ids = ids
        self._recorder = recorder
        self._places = places
        self._canary = canary
        self._path = str(Path(places.root, file))

    def run(self) -> bool:
        """Runs the statements; whether no wanted assert failed and nothing else was raised."""
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        space = main.__dict__
        space.update(__file__=self._path, __name__="__main__", __builtins__=__builtins__)
        _, base = module_name(self._file, Path(self._places.root))
        for folder in (str(base), str(Path(self._path).parent)):
            if folder not in sys.path:
                sys.path.insert(1, folder)
        well = True
        try:
            text = self._places.withheld.text(self._path)
            tree = ast.parse(Path(self._path).read_bytes() if text is None else text, self._path)
            flags = _future(tree)
            for node in tree.body:
                name = f"{self._file}::{node.lineno}"
                if name in self._ids:
                    well = self._tested(name, node, space, flags) and well
                # Other asserts are other tests: one that fails must not end the wanted ones.
                elif node.lineno not in self._lines:
                    exec(self._code(node, flags), space)  # noqa: S102 - running the project's tests is what this is for
        except BaseException as error:  # noqa: BLE001 - the project's own script may raise anything
            frames = raised_in(error, self._places)
            self._recorder.send({"broken": self._file, "message": shown(error), "frames": frames})
            return False
        return well

    def _tested(self, name: str, node: ast.stmt, space: "dict[str, Any]", flags: int) -> bool:
        self._canary.begin()
        started = time.perf_counter()
        error: Optional[BaseException] = None
        try:
            exec(self._code(_compared(node), flags), space)  # noqa: S102 - running the project's tests is what this is for
            self._canary.end()
        except BaseException as raised:  # noqa: BLE001 - an assert may raise anything
            error = raised
        ms = round((time.perf_counter() - started) * 1000, 2)
        record: dict[str, Any] = {"t": name, "when": "call", "outcome": "passed", "ms": ms}
        if error is not None:
            message = shown(error)
            if message == "AssertionError" and _LEFT in space and _RIGHT in space:
                message = f"AssertionError: assert {_short(space[_LEFT])} == {_short(space[_RIGHT])}"
            record.update(outcome="failed", message=message, frames=raised_in(error, self._places))
        record.update(self._canary.rows())
        self._recorder.send(record)
        space.pop(_LEFT, None)
        space.pop(_RIGHT, None)
        return record["outcome"] == "passed"

    def _code(self, node: ast.stmt, flags: int) -> Any:
        module = ast.Module([node], [])
        return compile(module, self._path, "exec", flags=flags, dont_inherit=True)


def _compared(node: ast.stmt) -> ast.stmt:
    """An assert of `a == b` that keeps both values, so that a failure can show them."""
    if not (isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare) and len(node.test.ops) == 1):
        return node
    if not isinstance(node.test.ops[0], ast.Eq):
        return node
    left = ast.NamedExpr(ast.Name(_LEFT, ast.Store()), node.test.left)
    right = ast.NamedExpr(ast.Name(_RIGHT, ast.Store()), node.test.comparators[0])
    test = ast.copy_location(ast.Compare(left, node.test.ops, [right]), node.test)
    return ast.fix_missing_locations(ast.copy_location(ast.Assert(test, node.msg), node))


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - its own __repr__ is untrusted code
        return f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _future(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags
