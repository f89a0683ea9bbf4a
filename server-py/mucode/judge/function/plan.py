"""Plans how each test is decided: divided between the child and the outside, or whole in the child under the canary.

The statements of a test are walked as Python would run them, with everything known beforehand computed here (setup
values, loops over literals) and everything that touches the program turned into steps for the child.
"""

import ast
from collections.abc import Sequence
from typing import Any, Union

from ..problem import Problem, Test
from ..syntax import body_of
from .allowed import MODULES, RANDOM_METHODS, Random
from .checks import (
    Check,
    GuardedTest,
    PlannedTest,
    ProgramNames,
    RaiseCheck,
    SplitTest,
    bound_by,
    defined_names,
    stored_names,
)
from .doctests import is_doctest, plan_doctest
from .oracle import ModuleRef, Oracle
from .references import References, Start
from .sides import NotSplittableError, items_of
from .split import Splitter
from .testforms import Raising, expected_raise, parse_test, statements_of
from .values import is_constant


def plan_tests(problem: Problem, tests: Sequence[Test], start: Start) -> list[PlannedTest]:
    """A plan for each test, in order; `start` runs the context's own helpers. Raises ProblemError for a bad test."""
    program = program_names(problem.context, problem.code)
    references = References(problem.context, start)
    return [plan_test(problem.entry_point, program, test, references) for test in tests]


def plan_test(entry_point: str, program: ProgramNames, test: Test, references: References) -> PlannedTest:
    """The plan for one test."""
    if is_doctest(test):
        return plan_doctest(test)
    tree = parse_test(test)
    try:
        walk = _Walk(entry_point, program, test.id, references)
        walk.block(statements_of(tree))
        if not walk.checks or not walk.splitter.steps:
            raise NotSplittableError("the test asserts nothing that the judge can see")
        names = bound_by(walk.splitter.steps)
        return SplitTest(test, tuple(walk.splitter.steps), tuple(walk.checks), names)
    except (NotSplittableError, RecursionError) as error:
        return GuardedTest(test, str(error))


def program_names(context: str, code: str) -> ProgramNames:
    """The top-level names of a program."""
    around, own = body_of(context), body_of(code)
    imports = tuple(node for node in around + own if isinstance(node, (ast.Import, ast.ImportFrom)))
    names = frozenset(name for node in around for name in defined_names(node))
    helpers = frozenset(node.name for node in around if isinstance(node, ast.FunctionDef))
    return ProgramNames(names | {name for node in own for name in defined_names(node)}, names, helpers, imports)


def class_names(context: str, code: str) -> frozenset[str]:
    """The top-level classes of a program."""
    return frozenset(node.name for node in body_of(context) + body_of(code) if isinstance(node, ast.ClassDef))


def known_imports(node: "ast.Import | ast.ImportFrom", generator: Random) -> dict[str, Any]:
    """What the imported names mean outside; names of unknown modules are left out."""
    names: dict[str, Any] = {}
    for alias in node.names:
        name = alias.asname or alias.name
        if isinstance(node, ast.Import):
            if alias.name == "random":
                names[name] = generator
            elif alias.name in MODULES:
                names[name] = ModuleRef(alias.name)
        elif node.module == "random" and alias.name in RANDOM_METHODS:
            names[name] = generator.function(alias.name)
        elif alias.name in MODULES.get(node.module or "", ()):
            names[name] = MODULES[node.module or ""][alias.name]
    return names


class _Walk:
    """Walks the statements of one test. Raises NotSplittableError where a statement needs both sides at once."""

    def __init__(self, entry_point: str, program: ProgramNames, test_id: str, references: References) -> None:
        self._program = program
        self._random = Random(test_id)
        names: dict[str, Any] = {}
        for node in program.imports:
            names.update(known_imports(node, self._random))
        self._oracle = Oracle({name: value for name, value in names.items() if name not in program.defined})
        self.splitter = Splitter(entry_point, program, self._oracle, references)
        self.checks: list[Union[Check, RaiseCheck]] = []

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Walks statements in order."""
        for node in statements:
            self._statement(node)

    def _statement(self, node: ast.stmt) -> None:
        raising = expected_raise(node)
        if raising is not None:
            self._raising(raising)
        elif isinstance(node, ast.Assert):
            outer = self.splitter.outer(node.test)
            self._check(outer, ast.unparse(node.test))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            self._assign(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node)
        elif isinstance(node, ast.Expr):
            self._expression(node)
        elif isinstance(node, ast.For):
            self._for(node)
        elif isinstance(node, ast.If) and self.splitter.is_known(node.test):
            self.block(node.body if self.splitter.known(node.test) else node.orelse)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._inside(node, {node.name}, fixed=True)
        elif not isinstance(node, (ast.Pass, ast.Global)):
            raise NotSplittableError(f"a {type(node).__name__} statement")

    def _check(self, node: ast.expr, source: str) -> None:
        self.checks.append(Check(node, dict(self._oracle.names), len(self.splitter.steps), source))

    def _raising(self, raising: Raising) -> None:
        for node in raising.before:
            self._statement(node)
        step = self.splitter.perform("try", raising.statement)
        after = len(self.splitter.steps)
        self.checks.append(RaiseCheck(step, raising.classes, raising.match, after, raising.source))

    def _import(self, node: "ast.Import | ast.ImportFrom") -> None:
        known = known_imports(node, self._random)
        if len(known) == len(node.names):
            self._oracle.names.update(known)
            self.splitter.origins.update(dict.fromkeys(known, ast.unparse(node)))
        else:
            self._inside(node, {(alias.asname or alias.name).split(".")[0] for alias in node.names}, fixed=True)

    def _inside(self, node: ast.stmt, names: set[str], fixed: bool = False) -> None:
        candidate = self.splitter.is_candidate(node)
        self.splitter.perform("do", node)
        self.splitter.inside |= names
        if fixed:
            self.splitter.fixed |= names
        elif candidate:
            self.splitter.touched |= names
        for name in names:
            self._oracle.names.pop(name, None)
            self.splitter.origins.pop(name, None)

    def _assign(self, node: "ast.Assign | ast.AnnAssign | ast.AugAssign") -> None:
        targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            return
        stored = {name for target in targets for name in stored_names(target)}
        simple = all(isinstance(target, (ast.Name, ast.Tuple)) for target in targets) and stored
        if simple and not stored & self._program.defined and self._assign_known(node, targets):
            return
        if self._hides_expected(node.value):
            raise NotSplittableError("an expected value is an argument of a helper")
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and part.id in self._oracle.names and part.id not in stored:
                    self.splitter.materialise(part.id)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name in self._oracle.names:
                self.splitter.materialise(name)
        self._inside(node, stored)

    def _assign_known(self, node: "ast.Assign | ast.AnnAssign | ast.AugAssign", targets: list[ast.expr]) -> bool:
        value = node.value
        if value is None or isinstance(value, ast.GeneratorExp):
            return False  # a generator runs dry, and only the child sees when
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            if node.target.id not in self._oracle.names or not is_constant(self._oracle.names[node.target.id]):
                return False
            value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, value)
        if self.splitter.is_known(value):
            known = self.splitter.known(value)
        elif self.splitter.is_plain_reference(value):
            known = self.splitter.reference(value)
        else:
            return False
        for target in targets:
            self._now_known(stored_names(target))
            self._oracle.assign(target, known)
            if isinstance(target, ast.Name) and callable(known):
                self.splitter.origins[target.id] = ast.unparse(node)
        return True

    def _now_known(self, names: set[str]) -> None:
        """Takes names back from the child: the test binds them anew to something known."""
        for name in names:
            for where in (self.splitter.inside, self.splitter.touched, self.splitter.stale, self.splitter.fixed):
                where.discard(name)
            self.splitter.origins.pop(name, None)

    def _hides_expected(self, node: ast.expr) -> bool:
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        return self.splitter.is_candidate(node) and any(self.splitter.leaks(call) for call in calls)

    def _expression(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Constant, ast.Name)):
            return
        if self.splitter.is_known(node.value):
            self.splitter.known(node.value)
            return
        if not isinstance(node.value, ast.Call) or self._hides_expected(node.value):
            raise NotSplittableError("a statement with an expected value")
        if self.splitter.gives_away_parts(node.value):
            raise NotSplittableError("a part of a known value may be changed by the program")
        self._inside(node, set())

    def _for(self, node: ast.For) -> None:
        stops = any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(node))
        if stops or node.orelse or not self.splitter.is_known(node.iter):
            raise NotSplittableError("a loop that depends on the program")
        for item in items_of(self.splitter.known(node.iter)):
            self._now_known(stored_names(node.target))
            self._oracle.assign(node.target, item)
            self.block(node.body)
