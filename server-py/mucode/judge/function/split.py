"""Divides one expression of a test: calls of the program go into the child, everything else stays outside.

The rule that makes a green mark true: a value that the result is compared with is never part of a step. Inputs of the
program under test are.
"""

# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
from typing import Any, Optional

from .allowed import CLASSES
from .references import Helper, NeedsGuardError
from .sides import NotSplittableError, Sides, bound_names, items_of, names_of

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


class Splitter(Sides):
    """Divides the assertions of one test, and collects the steps that come of it."""

    def outer(self, node: ast.expr) -> ast.expr:
        """The expression as the judge will evaluate it outside, with `$n` for what the child supplies."""
        if self.is_known(node):
            return _constant(self.known(node))
        if self.is_reference(node):
            try:
                return _constant(self.reference(node))
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
        if isinstance(function, ast.Attribute) and not self.is_outside_function(function):
            tells = function.attr in _WITH_EXPECTED and values and not self.is_class
            if self.is_known(function.value) or (tells and self.is_candidate(function.value)):
                owner = ast.Attribute(self.outer(function.value), function.attr, ast.Load())
                return self._with_outer_arguments(owner, node)
            return None
        if isinstance(function, ast.Name) and function.id in self.program.helpers and self.is_candidate(node):
            return self._with_outer_arguments(_constant(Helper(function.id)), node)
        if not self.is_outside_function(function):
            return None
        if isinstance(function, ast.Name) and function.id in _WHOLE_INSIDE and self._only_shapes(node):
            return None
        return self._with_outer_arguments(function, node)

    def _only_shapes(self, node: ast.Call) -> bool:
        """Whether the candidate's value is the only thing looked at: `sorted(f(x), reverse=True)`, `round(f(x), 2)`."""
        rest = node.args[1:]
        allowed = 2 if isinstance(node.func, ast.Name) and node.func.id == "round" else 1
        plain = isinstance(node.args[0], (ast.Call, ast.Name, ast.Attribute, ast.Subscript)) if node.args else False
        return plain and len(rest) < allowed and self.divides_into_itself(node.args[0])

    def divides_into_itself(self, node: ast.expr) -> bool:
        """Whether the whole expression would go into the child as one step."""
        if isinstance(node, ast.Call) and self.is_outside_function(node.func):
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
        locals_ = bound_names(node)
        if len(node.generators) == 1 and all(self.is_known(part, locals_) for part in [node.elt, *first.ifs]):
            kept = ast.comprehension(first.target, self._walked(first.iter), first.ifs, 0)
            return ast.ListComp(node.elt, [kept])
        raise NotSplittableError("a comprehension over both sides")

    def _walked(self, node: ast.expr) -> ast.expr:
        """What a loop over an expression sees. Iterators of the program are walked through by the program."""
        walk = ast.Name("list", ast.Load())
        whole = self.is_candidate(node) and self.divides_into_itself(node) and self.is_outside_function(walk)
        return self.get(ast.Call(walk, [node], [])) if whole else self.outer(node)

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

    def leaks(self, node: ast.AST) -> bool:
        """Whether evaluating it inside would show more than inputs of the program under test."""
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            return self.leaks(node.value)
        if not isinstance(node, ast.Call):
            return not isinstance(node, ast.Name)
        if self.root(node.func) == self.entry or self.root(node.func) in self.touched:
            return self.leaks(node.func) if not isinstance(node.func, ast.Name) else False
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not any(self.is_candidate(value) for value in values):
            return False
        if isinstance(node.func, ast.Name) and node.func.id in _WHOLE_INSIDE and self.is_outside_function(node.func):
            values = values[:1]
        return any(self.leaks(value) for value in values)


def _constant(value: Any) -> ast.Constant:
    """A value in a syntax tree; the oracle takes any object there, not only what source text can hold."""
    return ast.Constant(value)
