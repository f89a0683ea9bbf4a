"""Divides one expression of a test: calls of the program go into the child, everything else stays outside.

The rule that makes a green mark true: a value that the result is compared with is never part of a step. Inputs of the
program under test are.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
import copy
from typing import Any, Optional

from .allowed import BUILTINS, CLASSES, MODULES, TooMuchError
from .checks import ProgramNames, Step
from .oracle import NotPlainError, Oracle
from .references import Helper, NeedsGuardError, References
from .values import RefusedError, is_constant, literal

MOST_CHILD_STEPS = 2000
MOST_UNROLLED = 500
_WHOLE_INSIDE = frozenset(
    [
        "abs",
        "bool",
        "dict",
        "float",
        "frozenset",
        "int",
        "iter",
        "len",
        "list",
        "max",
        "min",
        "next",
        "repr",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
    ]
)
"""Builtins that are left around the call, so that generators and the program's own classes work as in Python."""
_WITH_EXPECTED = frozenset(
    [
        "count",
        "endswith",
        "find",
        "index",
        "isdisjoint",
        "issubset",
        "issuperset",
        "rfind",
        "rindex",
        "startswith",
        "equals",
    ]
)
"""Methods whose arguments say what is expected of their owner."""
_SINGLETONS = (None, True, False, ...)


class NotSplittableError(Exception):
    """The test needs the candidate and an expected value in one place."""


class Splitter:
    """Collects the steps of one test. `oracle` holds the names whose values are known outside."""

    def __init__(self, entry_point: str, program: ProgramNames, oracle: Oracle, references: References) -> None:
        self.entry = entry_point.split(".", maxsplit=1)[0]
        self.is_class = "." in entry_point
        self.program_names = program.defined
        self.program = program
        self.oracle = oracle
        self.references = references
        self.inside: set[str] = set()
        """Names of the test that live in the child."""
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

    def outer(self, node: ast.expr) -> ast.expr:
        """The expression as the judge will evaluate it outside, with `$n` for what the child supplies."""
        if self.is_known(node):
            return ast.Constant(self.known(node))
        if self.is_reference(node):
            try:
                return ast.Constant(self.reference(node))
            except NeedsGuardError as error:
                if not isinstance(node, (ast.Call, ast.Name, ast.Attribute, ast.Subscript)):
                    raise NotSplittableError(str(error)) from error
        divided = self._divided(node)
        return divided if divided is not None else self.get(node)

    def _divided(self, node: ast.expr) -> Optional[ast.expr]:
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.outer(part) for part in node.values])
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.outer(node.operand))
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self.outer(node.left), node.op, self.outer(node.right))
        if isinstance(node, ast.IfExp):
            return ast.IfExp(self.outer(node.test), self.outer(node.body), self.outer(node.orelse))
        if isinstance(node, (ast.List, ast.Tuple)):
            return type(node)([self.outer(part) for part in node.elts], ast.Load())
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return self._comprehension(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        return None

    def _compare(self, node: ast.Compare) -> ast.expr:
        sides = [node.left, *node.comparators]
        if any(isinstance(sign, (ast.Is, ast.IsNot)) for sign in node.ops):
            fixed = [side for side in sides if isinstance(side, ast.Constant) and side.value in _SINGLETONS]
            kinds = [side for side in sides if isinstance(side, ast.Name) and side.id in CLASSES]
            if len(sides) != 2 or len(fixed) + len(kinds) != 1:
                raise NotSplittableError("identity of two values")
        candidate = [self.is_candidate(side) for side in sides]
        if self.is_class and candidate.count(True) > 1:
            raise NotSplittableError("objects of the program compared with each other")
        for side, own in zip(sides, candidate):
            if any(candidate) and not own and not self.is_known(side) and not self.is_plain_reference(side):
                raise NotSplittableError("the expected value comes from the program itself")
        if len(sides) == 2 and isinstance(node.ops[0], ast.Eq):
            for place in (0, 1):
                if self._is_secret(sides[1 - place], sides[place]) and not self.leaks(sides[place]):
                    got = self.get(sides[place])
                    return ast.Compare(got if place == 0 else self.outer(sides[0]), node.ops,
                                       [got if place == 1 else self.outer(sides[1])])  # fmt: skip
        return ast.Compare(self.outer(node.left), node.ops, [self.outer(side) for side in node.comparators])

    def _is_secret(self, expected: ast.expr, got: ast.expr) -> bool:
        """Whether a helper that the program has replaced could only guess what is expected of it."""
        root = isinstance(got, ast.Call) and isinstance(got.func, ast.Name) and got.func.id in self.program.helpers
        if not root or not self.is_known(expected) or names_of(expected):
            return False
        trivial = isinstance(expected, ast.Constant) and (expected.value is None or isinstance(expected.value, bool))
        return not trivial and ast.dump(expected) not in {ast.dump(part) for part in ast.walk(got)}

    def _call(self, node: ast.Call) -> Optional[ast.expr]:
        function, values = node.func, [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(function, ast.Attribute) and not self._is_outside_function(function):
            tells = function.attr in _WITH_EXPECTED and values and not self.is_class
            if self.is_known(function.value) or (tells and self.is_candidate(function.value)):
                owner = ast.Attribute(self.outer(function.value), function.attr, ast.Load())
                return self._with_outer_arguments(owner, node)
            return None
        if isinstance(function, ast.Name) and function.id in self.program.helpers and self.is_candidate(node):
            return self._with_outer_arguments(ast.Constant(Helper(function.id)), node)
        if not self._is_outside_function(function):
            return None
        if isinstance(function, ast.Name) and function.id in _WHOLE_INSIDE and self._only_shapes(node):
            return None
        return self._with_outer_arguments(function, node)

    def _only_shapes(self, node: ast.Call) -> bool:
        """Whether the candidate's value is the only thing looked at: `sorted(f(x), reverse=True)`, `round(f(x), 2)`."""
        assert isinstance(node.func, ast.Name)
        rest = node.args[1:]
        allowed = 2 if node.func.id == "round" else 1
        plain = isinstance(node.args[0], (ast.Call, ast.Name, ast.Attribute, ast.Subscript)) if node.args else False
        return plain and len(rest) < allowed and self.divides_into_itself(node.args[0])

    def divides_into_itself(self, node: ast.expr) -> bool:
        """Whether the whole expression would go into the child as one step."""
        if isinstance(node, ast.Call) and self._is_outside_function(node.func):
            return isinstance(node.func, ast.Name) and node.func.id in _WHOLE_INSIDE and self._only_shapes(node)
        return not isinstance(node, ast.Call) or not self.leaks(node)

    def _with_outer_arguments(self, function: ast.expr, node: ast.Call) -> ast.expr:
        args: list[ast.expr] = []
        for arg in node.args:
            starred = isinstance(arg, ast.Starred)
            inner = self.outer(arg.value if isinstance(arg, ast.Starred) else arg)
            args.append(ast.Starred(inner, ast.Load()) if starred else inner)
        keywords = [ast.keyword(keyword.arg, self.outer(keyword.value)) for keyword in node.keywords]
        return ast.Call(function, args, keywords)

    def _comprehension(self, node: "ast.ListComp | ast.GeneratorExp") -> ast.expr:
        first = node.generators[0]
        if self.is_known(first.iter) and len(node.generators) == 1:
            return ast.List(self._unrolled(node.elt, first), ast.Load())
        locals_ = _bound(node)
        if len(node.generators) == 1 and all(self.is_known(part, locals_) for part in [node.elt, *first.ifs]):
            kept = ast.comprehension(first.target, self.outer(first.iter), first.ifs, 0)
            return ast.ListComp(node.elt, [kept])
        raise NotSplittableError("a comprehension over both sides")

    def _unrolled(self, element: ast.expr, loop: ast.comprehension) -> list[ast.expr]:
        saved = dict(self.oracle.names)
        parts: list[ast.expr] = []
        for item in items_of(self.known(loop.iter)):
            self.oracle.assign(loop.target, item)
            if all(self.known(test) for test in loop.ifs):
                parts.append(self.outer(element))
        self.oracle.names.clear()
        self.oracle.names.update(saved)
        return parts

    def get(self, node: ast.expr) -> ast.expr:
        """A step that fetches the value of an expression of the program, and the name it has outside."""
        if self.leaks(node):
            raise NotSplittableError("an expected value is an argument of a helper")
        return ast.Name(f"${self.perform('get', node)}", ast.Load())

    def perform(self, kind: str, node: ast.AST) -> int:
        """Adds a step for an expression or statement of the test; its number."""
        source = self.written(node)
        step = self.add(kind, source)
        if self.is_candidate(node):
            self.touched |= (names_of(node) & self.inside) - self.fixed
        return step

    def leaks(self, node: ast.AST) -> bool:
        """Whether evaluating it inside would show more than inputs of the program under test."""
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            return self.leaks(node.value)
        if not isinstance(node, ast.Call):
            return not isinstance(node, ast.Name)
        if self._root(node.func) == self.entry or self._root(node.func) in self.touched:
            return self.leaks(node.func) if not isinstance(node.func, ast.Name) else False
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not any(self.is_candidate(value) for value in values):
            return False
        if isinstance(node.func, ast.Name) and node.func.id in _WHOLE_INSIDE and self._is_outside_function(node.func):
            values = values[:1]
        return any(self.leaks(value) for value in values)

    def _root(self, node: ast.AST) -> str:
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node.id if isinstance(node, ast.Name) else ""

    def is_candidate(self, node: ast.AST) -> bool:
        """Whether the expression uses the program under test, or something that it has touched."""
        names = names_of(node)
        return self.entry in names or bool(names & self.touched)

    def _is_outside_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            known = node.id in self.oracle.names or (node.id in BUILTINS and node.id not in self.program_names)
            return known and node.id not in self.inside
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = getattr(self.oracle.names.get(node.value.id), "name", None)
            return module in MODULES and node.attr in MODULES[module]
        return False

    def is_known(self, node: ast.AST, also: frozenset[str] = frozenset()) -> bool:
        """Whether the judge can evaluate it without the child: it uses only names whose values are known outside."""
        bound = _bound(node) | also
        for name in names_of(node) - bound:
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
        """Whether it uses the program around the candidate, and neither the candidate nor names that live in the child."""
        bound = _bound(node)
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

    def __init__(self, splitter: Splitter, keep: bool) -> None:
        self._splitter = splitter
        self._keep = keep
        self._bound: frozenset[str] = frozenset()

    def visit(self, node: ast.AST) -> Any:
        splitter = self._splitter
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            return self._inner(node)
        used = (names_of(node) & splitter.oracle.names.keys()) - splitter.inside - self._bound
        if not used or not splitter.is_known(node):
            return self._inner(node)
        if isinstance(node, ast.Name):
            if not self._keep and not is_constant(splitter.oracle.names[node.id]):
                splitter.materialise(node.id)
                return node
            return _parsed(_literal_of(splitter.oracle.names[node.id]))
        try:
            return _parsed(literal(splitter.known(node)))
        except (NotSplittableError, RefusedError):
            return self._inner(node)

    def _inner(self, node: ast.AST) -> Any:
        before = self._bound
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda)):
            self._bound = before | _bound(node)
        result = self.generic_visit(node)
        self._bound = before
        return result


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


def _bound(node: ast.AST) -> frozenset[str]:
    """Names bound within an expression: by comprehensions and lambdas."""
    stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return frozenset(stored | {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)})


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body
