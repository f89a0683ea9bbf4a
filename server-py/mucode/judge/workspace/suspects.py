"""From failing tests to functions that may be wrong: the traceback first, then what the tests run, call and import."""

import ast
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from ..function.lineup import is_test_path
from ..syntax import parse_strictly
from .callees import Called, Callees
from .executed import Entry, Executions, Fits, fits_of
from .implied import implied_methods
from .modules import Definitions, Found, Read, entry_at, imports_of
from .texts import function_of

_MOST = 20
_RANKS = ("traceback", "called", "executed", "imported")
_CALLED = 1.5
"""How much more what the test's text calls counts than what is only seen to run; chosen on bench/projects' bugs."""
_SET_UP = ("setUp", "asyncSetUp", "setup_method")


@dataclass(frozen=True)
class Failure:
    """A failing test: its id, and the project's frames of its traceback as (file, line), innermost last."""

    test: str
    frames: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Suspect:
    """A function that may be wrong."""

    file: str
    entry_point: str
    line: int
    why: str
    """One of _RANKS."""

    def as_json(self) -> "dict[str, object]":
        """The object of the protocol."""
        return {"file": self.file, "entry_point": self.entry_point, "line": self.line, "why": self.why}


def suspects_of(
    failures: Sequence[Failure],
    read: Read,
    prefer: Optional[str] = None,
    executions: Executions = Executions(),  # noqa: B008 - it cannot change
) -> "list[Suspect]":
    """Suspects, best first. `read` gives the project's files by relative path; `prefer` is the file under repair.

    executions: what tests ran, where that is known. Behind the traceback what fits the failing tests best comes first.
    """
    definitions = Definitions(read)
    places: dict[tuple[str, str, str], list[int]] = {}
    known: dict[tuple[str, str], Suspect] = {}
    for failure in failures:
        for place, suspect in enumerate(_of_one(failure, definitions)):
            key = (suspect.file, suspect.entry_point)
            best = known.get(key)
            if best is None or _RANKS.index(suspect.why) < _RANKS.index(best.why):
                known[key] = suspect
            places.setdefault((*key, suspect.why), []).append(place)

    def order(key: "tuple[str, str]") -> "tuple[int, int, float]":
        # Of several failing tests, what most of them point at comes first.
        why = known[key].why
        weight = sum(1 / (1 + place) for place in places[(*key, why)])
        return _RANKS.index(why), int(known[key].file != prefer), -weight

    ranked = [known[key] for key in sorted(known, key=order)]
    return _fitting(ranked, fits_of(executions, definitions), {one.test.partition("::")[0] for one in failures})[:_MOST]


def _fitting(ranked: "list[Suspect]", fits: Fits, tests: "set[str]") -> "list[Suspect]":
    """The suspects with what ran in the failing tests among them, by how well it fits; what did not run comes last."""
    if not fits.scores:
        return ranked
    told = {(one.file, one.entry_point): (place, one) for place, one in enumerate(ranked)}
    ran = {
        (entry[0], entry[1]): entry
        for entry in fits.scores
        if entry[0] not in tests and not _is_of_tests(entry[0], tests)
    }

    def order(key: "tuple[str, str]") -> "tuple[bool, float, int, float]":
        place, one = told.get(key, (_MOST, None))
        entry: Optional[Entry] = ran.get(key)
        score, end = (fits.scores[entry], fits.order[entry]) if entry is not None else (0.0, 0.0)
        score *= _CALLED if one is not None and one.why == "called" else 1.0
        return one is None or one.why != "traceback", -round(score, 3), place, end

    keys = sorted(dict.fromkeys([*told, *ran]), key=order)
    return [told[key][1] if key in told else Suspect(*ran[key], why="executed") for key in keys]


def _is_of_tests(file: str, tests: "set[str]") -> bool:
    """Whether a file holds tests, or serves them. A package may have a module of its own called `tests`."""
    name = posixpath.basename(file)
    if name in ("tests.py", "test.py") and file not in tests:
        return is_test_path(posixpath.join(posixpath.dirname(file), "x.py"))
    return is_test_path(file)


def _of_one(failure: Failure, definitions: Definitions) -> "list[Suspect]":
    found: dict[tuple[str, str], Suspect] = {}

    def add(file: str, entry: "tuple[str, int] | None", why: str) -> None:
        if entry is not None and not _is_of_tests(file, {failure.test.partition("::")[0]}):
            found.setdefault((file, entry[0]), Suspect(file, entry[0], entry[1], why))

    for file, line in reversed(failure.frames):
        add(file, entry_at(definitions.body(file), line), "traceback")
    file, _, rest = failure.test.partition("::")
    test = _Test(failure, file, rest, definitions)
    called = list(test.called())
    for one in called:
        add(one.found.file, _entry(one.found), "called")
    # What is only called by what the test calls is just as likely wrong, and comes behind it.
    for one in Callees(definitions).below(called):
        add(one.file, _entry(one), "called")
    for one in test.imported():
        for entry in _entries(one, definitions):
            add(one.file, entry, "imported")
    return list(found.values())


class _Test:
    """What the text of one test says."""

    def __init__(self, failure: Failure, file: str, rest: str, definitions: Definitions) -> None:
        self._file = file
        self._definitions = definitions
        self._callees = Callees(definitions)
        body = definitions.body(file)
        self._all = [one for node in body for one in imports_of(node)]
        self._imports = {one.bound: one for one in self._all}
        self._parts = self._statements(failure, rest, body)

    def _statements(self, failure: Failure, rest: str, body: "list[ast.stmt]") -> "list[ast.AST]":
        """What the test runs: the failing statement first, then from its end to its start, then what sets it up."""
        text = self._definitions.text(self._file)
        node = function_of(rest, text)
        if node is None and rest.isdigit():
            return [part for part in body if part.lineno == int(rest)]
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self._of_doctest(rest, body)
        fixtures = {part.name: part for part in body if isinstance(part, ast.FunctionDef)}
        around: list[Optional[ast.stmt]] = [fixtures.get(arg.arg) for arg in node.args.args]
        around += [function_of(f"{rest.rpartition('::')[0]}::{name}", text) for name in _SET_UP]
        reached = max((line for file, line in failure.frames if file == self._file), default=0)
        failing = [part for part in node.body if part.lineno <= reached <= (part.end_lineno or part.lineno)]
        set_up = [part for part in around if part is not None]
        # A test's parameters may make the objects that it calls.
        return [*failing, *reversed(node.body), *set_up, *node.decorator_list]

    def _of_doctest(self, rest: str, body: "list[ast.stmt]") -> "list[ast.AST]":
        """`pkg.mod.f::0` belongs to f itself."""
        parts = rest.partition("::")[0].split(".")
        known = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        names = [part for part in parts if part in known]
        return [parse_strictly(".".join(parts[parts.index(names[0]) :]) + "()")] if names else []

    def called(self) -> "Iterator[Called]":
        """Functions and methods that the test calls, and that the project defines."""
        made: dict[tuple[str, str], Found] = {}
        for part in self._parts:
            # Outer calls stand to the left of the inner ones that their arguments hold.
            for call in (node for node in ast.walk(part) if isinstance(node, ast.Call)):
                found = self._resolved(call.func)
                if found is None or found.node is None:
                    continue
                one: Optional[Called] = Called(found)
                if isinstance(found.node, ast.ClassDef):
                    made[found.file, found.node.name] = found
                    one = self._callees.method(found, "__init__")
                if one is not None:
                    yield one
        yield from self._methods(list(made.values()))

    def _methods(self, made: "list[Found]") -> "Iterator[Called]":
        """`cart.add(…)`: methods of that name in classes that the test makes objects of, or imports."""
        known = [found for found in self._known() if isinstance(found.node, ast.ClassDef)]
        for part in self._parts:
            # What an operator stands for is only looked for where an object is sure to be one of the class.
            names = [(name, [*made, *known]) for name in _methods_called(part)]
            names += [(name, made) for name in implied_methods(part)]
            for name, owners in names:
                methods = (self._callees.method(owner, name) for owner in owners)
                yield from (method for method in methods if method is not None)

    def _known(self) -> "list[Found]":
        found = (self._definitions.of_import(one, self._file) for one in self._imports.values())
        return [one for one in found if one is not None]

    def imported(self) -> "list[Found]":
        """Everything of the project that the test file imports."""
        return self._known()

    def _resolved(self, node: ast.expr) -> Optional[Found]:
        """What `f`, `module.f`, `Class` or `Class.m` stands for."""
        if isinstance(node, ast.Name):
            one = self._imports.get(node.id)
            if one is None:
                return self._definitions.of_name(node.id, self._file)
            return self._definitions.of_import(one, self._file)
        if not isinstance(node, ast.Attribute):
            return None
        owner = self._resolved(node.value) or self._module(node.value)
        if owner is None:
            return None
        if owner.node is not None:
            return owner.method(node.attr)
        named = self._definitions.of_name(node.attr, owner.file)
        if named is None and owner.file.endswith("__init__.py"):
            inner = self._definitions.modules.file_of("." + node.attr, owner.file)
            return Found(inner) if inner is not None else None
        return named

    def _module(self, node: ast.expr) -> Optional[Found]:
        """`a.b` after `import a.b`, where a is a package without `__init__.py`."""
        dotted = ast.unparse(node)
        if not any(one.module == dotted and not one.name for one in self._all):
            return None
        file = self._definitions.modules.file_of(dotted, self._file)
        return Found(file) if file is not None else None


def _methods_called(part: ast.AST) -> "list[str]":
    calls = (node.func for node in ast.walk(part) if isinstance(node, ast.Call))
    return [function.attr for function in calls if isinstance(function, ast.Attribute)]


def _entry(found: Found) -> "tuple[str, int] | None":
    """Entry point and line; of a class that is called, its `__init__`."""
    node = found.node
    if isinstance(node, ast.ClassDef):
        made = found.method("__init__")
        return _entry(made) if made is not None else None
    if node is None:
        return None
    return (f"{found.owner}.{node.name}" if found.owner else node.name), node.lineno


def _entries(found: Found, definitions: Definitions) -> "Iterator[tuple[str, int]]":
    """Entry points of an imported thing: of a class its methods, of a module its functions."""
    nodes = [found.node] if found.node is not None else definitions.body(found.file)
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield f"{node.name}.{part.name}", part.lineno
