"""A planned test: the steps of the child, and what the judge demands of their results. Data only."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Union

from ..problem import Test
from ..syntax import parse_strictly


@dataclass(frozen=True)
class Step:
    """One thing that the child does: `do` a statement, `try` one that may raise, `get` a value, `doc` an example."""

    kind: str
    source: str


@dataclass(frozen=True)
class Check:
    """An assertion: an expression over `$n` and `names` that must be true once the first `after` steps are done."""

    node: ast.expr
    names: Mapping[str, Any]
    after: int
    source: str


@dataclass(frozen=True)
class RaiseCheck:
    """The statement of step `step` must raise one of the exceptions named in `classes`."""

    step: int
    classes: tuple[str, ...]
    match: Optional[str]
    after: int
    source: str


@dataclass(frozen=True)
class DocCheck:
    """The example of step `step` must print, or be, what the doctest shows."""

    step: int
    want: str
    flags: int
    after: int
    source: str


AnyCheck = Union[Check, RaiseCheck, DocCheck]


@dataclass(frozen=True)
class SplitTest:
    """A test whose expected values stay outside."""

    test: Test
    steps: tuple[Step, ...]
    checks: tuple[AnyCheck, ...]
    names: tuple[str, ...]
    """Names that the steps bind in the program's namespace; put back afterwards."""


@dataclass(frozen=True)
class GuardedTest:
    """A test that runs whole in the candidate's process."""

    test: Test
    why: str


PlannedTest = Union[SplitTest, GuardedTest]


@dataclass(frozen=True)
class ProgramNames:
    """What the program around and under the candidate defines at its top level."""

    defined: frozenset[str]
    context: frozenset[str]
    """Those of them that do not belong to the region under repair."""
    helpers: frozenset[str]
    """The functions among the context's."""
    imports: tuple[Union[ast.Import, ast.ImportFrom], ...]


def defined_names(node: ast.stmt) -> set[str]:
    """Names that a top-level statement defines, imports aside."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    return set() if isinstance(node, (ast.Import, ast.ImportFrom)) else stored_names(node)


def stored_names(node: ast.AST) -> set[str]:
    """Names that a piece of syntax assigns to."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def bound_by(steps: Sequence[Step]) -> tuple[str, ...]:
    """Names that the steps bind in the namespace of the program."""
    names: set[str] = set()
    for step in steps:
        if step.kind != "get":
            tree = parse_strictly(step.source)
            names |= stored_names(tree)
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    names.add(node.name)
                elif isinstance(node, ast.alias):
                    names.add((node.asname or node.name).split(".")[0])
    return tuple(sorted(names))
