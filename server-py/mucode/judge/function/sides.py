"""Which side each name of a test lives on: known outside, inside the child, or part of the program around it.

What is written for the child is written here, with known values as literals. Dividing expressions is in split.py.
"""

# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
import copy
from collections.abc import Iterable
from typing import Any, cast

from ..syntax import parse_expression
from .allowed import BUILTINS, CLASSES, MODULES, TooMuchError
from .checks import ProgramNames, Step
from .oracle import NotPlainError, Oracle
from .references import NeedsGuardError, References
from .values import RefusedError, is_constant, literal

MOST_CHILD_STEPS = 2000
MOST_UNROLLED = 500


class NotSplittableError(Exception):
    """The test needs the candidate and an expected value in one place."""


class Sides:
    """The names and the steps of one test. `oracle` holds the names whose values are known outside."""

    def __init__(self, entry_point: str, program: ProgramNames, oracle: Oracle, references: References) -> None:
        self.entry = entry_point.split(".", maxsplit=1)[0]
        self.is_class = "." in entry_point
        self.program_names = program.defined
        self.program = program
        self.oracle = oracle
        self.references = references
        self.inside: set[str] = set()
        """Names of the test that live in the child."""
        self.stale: set[str] = set()
        """Names known outside that share something with one that moved into the child."""
        self.fixed: set[str] = set()
        """Those of them that the program does not change: modules and functions of the test."""
        self.touched: set[str] = set()
        """Those of them that came from the program under test or were handed to it."""
        self.steps: list[Step] = []
        self.origins: dict[str, str] = {}
        """Statements that bind names whose values have no literal: imports and lambdas."""

    def add(self, kind: str, source: str) -> int:
        """Appends a step; its number."""
        if len(self.steps) >= MOST_CHILD_STEPS:
            raise NotSplittableError("too many steps")
        self.steps.append(Step(kind, source))
        return len(self.steps) - 1

    def perform(self, kind: str, node: ast.AST) -> int:
        """Adds a step for an expression or statement of the test; its number."""
        source = self.written(node)
        step = self.add(kind, source)
        if self.is_candidate(node):
            self.touched |= (names_of(node) & self.inside) - self.fixed
        return step

    def root(self, node: ast.AST) -> str:
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node.id if isinstance(node, ast.Name) else ""

    def is_candidate(self, node: ast.AST) -> bool:
        """Whether the expression uses the program under test, or something that it has touched."""
        names = names_of(node)
        return self.entry in names or bool(names & self.touched)

    def is_outside_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            known = node.id in self.oracle.names or (node.id in BUILTINS and node.id not in self.program_names)
            return known and node.id not in self.inside
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = getattr(self.oracle.names.get(node.value.id), "name", None)
            return module in MODULES and node.attr in MODULES[module]
        return False

    def is_known(self, node: ast.AST, also: frozenset[str] = frozenset()) -> bool:
        """Whether the judge can evaluate it without the child: it uses only names whose values are known outside."""
        bound = bound_names(node) | also
        for name in names_of(node) - bound:
            if name in self.stale:
                raise NotSplittableError("a known value that the program may have changed")
            if name in self.inside or (name not in self.oracle.names and name in self.program_names):
                return False
            if name not in self.oracle.names and name not in BUILTINS and name not in CLASSES:
                return False
        return True

    def known(self, node: ast.AST) -> Any:
        """The value of an expression that `is_known`. Raises NotSplittableError where it has none."""
        try:
            return self.oracle.evaluate(node)
        except (NotPlainError, TooMuchError, RefusedError) as error:
            raise NotSplittableError(str(error)) from error
        except Exception as error:
            raise NotSplittableError(f"{type(error).__name__} in the test: {error}") from error

    def is_reference(self, node: ast.AST) -> bool:
        """Whether it uses the program around the candidate, and nothing that the candidate may have touched."""
        bound = bound_names(node)
        uses = False
        for name in names_of(node) - bound:
            if name in self.inside or name == self.entry:
                return False
            if name in self.program.context and name not in self.oracle.names:
                uses = True
            elif not self.is_known(ast.Name(name, ast.Load())):
                return False
        return uses

    def is_plain_reference(self, node: ast.AST) -> bool:
        """Whether a child without the candidate gives it a plain value."""
        try:
            return self.is_reference(node) and self.reference(node) is not NotImplemented
        except NeedsGuardError:
            return False

    def reference(self, node: ast.AST) -> Any:
        """The value of an expression that `is_reference`. Raises NeedsGuardError where it has no plain one."""
        return self.references.value(self.written(node, keep=True))

    def written(self, node: ast.AST, keep: bool = False) -> str:
        """Source of an expression or statement for the child, with the values of outside names written into it.

        A changeable value moves into the child, unless `keep` says that a copy will do.
        """
        if not any(isinstance(part, ast.Name) and part.id in self.oracle.names for part in ast.walk(node)):
            return ast.unparse(node)
        return ast.unparse(ast.fix_missing_locations(_Writer(self, keep).visit(copy.deepcopy(node))))

    def materialise(self, name: str) -> None:
        """Moves a name into the child, because the program may change its value."""
        value = self.oracle.names[name]
        parts = changeable_parts(value)
        self.stale |= {
            other for other, held in self.oracle.names.items() if other != name and changeable_parts(held) & parts
        }
        try:
            self.add("do", f"{name} = {literal(value)}")
            self.oracle.names.pop(name)
            self.origins.pop(name, None)
        except RefusedError as error:
            if name not in self.origins:
                raise NotSplittableError(str(error)) from error
            self.add("do", self.origins[name])
            self.fixed.add(name)
        self.inside.add(name)

    def gives_away_parts(self, node: ast.expr) -> bool:
        """Whether a piece of a known list or dict is handed over, so that a change of it could not be seen outside."""
        parts = (part for part in ast.walk(node) if isinstance(part, ast.Subscript))
        return any(self.is_known(part) and names_of(part) & self.oracle.names.keys() for part in parts)


class _Writer(ast.NodeTransformer):
    """Replaces what is known outside by literals."""

    def __init__(self, sides: Sides, keep: bool) -> None:
        self._sides = sides
        self._keep = keep
        self._bound: frozenset[str] = frozenset()

    def visit(self, node: ast.AST) -> Any:
        sides = self._sides
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            return self._inner(node)
        used = (names_of(node) & sides.oracle.names.keys()) - sides.inside - self._bound
        if not used or not sides.is_known(node):
            return self._inner(node)
        if isinstance(node, ast.Name):
            if not self._keep and not is_constant(sides.oracle.names[node.id]):
                sides.materialise(node.id)
                return node
            return parse_expression(_literal_of(sides.oracle.names[node.id]))
        try:
            return parse_expression(literal(sides.known(node)))
        except (NotSplittableError, RefusedError):
            return self._inner(node)

    def _inner(self, node: ast.AST) -> Any:
        before = self._bound
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda)):
            self._bound = before | bound_names(node)
        result = self.generic_visit(node)
        self._bound = before
        return result


def changeable_parts(value: Any) -> "set[int]":
    """Identities of the lists, dicts and sets in a value."""
    items: Iterable[Any] = ()
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).values()
    elif isinstance(value, (list, set, tuple)):
        items = cast("Iterable[Any]", value)
    changeable = isinstance(value, (list, dict, set))
    inner = {part for item in items for part in changeable_parts(item)}
    return inner | {id(cast("object", value))} if changeable else inner


def _literal_of(value: Any) -> str:
    try:
        return literal(value)
    except RefusedError as error:
        raise NotSplittableError(str(error)) from error


def names_of(node: ast.AST) -> set[str]:
    """All names that are read in a piece of syntax."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def items_of(values: Any) -> tuple[Any, ...]:
    """The items of a loop over known values, not too many of them."""
    try:
        items: list[Any] = []
        for item in values:
            items.append(item)
            if len(items) > MOST_UNROLLED:
                raise NotSplittableError("a long loop")
        return tuple(items)
    except TypeError as error:
        raise NotSplittableError("a loop over no sequence") from error


def bound_names(node: ast.AST) -> frozenset[str]:
    """Names bound within an expression: by comprehensions and lambdas."""
    stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return frozenset(stored | {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)})
