"""Finds what a test file demands and puts a call of the counting object around it, without moving a line.

Only text within expressions changes: `assert f(2) == 4` becomes `assert _x.compare(0, "==", f(2), 4)`. Which demands a
test must reach is noted as well; what becomes of the counts is decided in canaries.py.
"""

import ast
import bisect
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..function.canary import SIGNS
from ..function.demands import MET_AT_THE_END, METHODS, NEAR
from ..syntax import parse_strictly
from .reach import Function, is_set_up, known_decorators, left_alone, plain_context, returns, swallows

_GIVES_UP = ("fail", "skipTest", "AssertionError")
_QUANTIFIERS = ("all", "any", "bool")


@dataclass
class Demands:
    """What one test demands: the demands' numbers, those that it must reach, those that end it when they fail, those
    within a context that might swallow their failure."""

    numbers: "list[int]" = field(default_factory=list[int])
    always: "set[int]" = field(default_factory=set[int])
    fatal: "set[int]" = field(default_factory=set[int])
    within: "set[int]" = field(default_factory=set[int])
    around: bool = False
    """They are a fixture's, or those of a method that sets up or clears away."""


@dataclass(frozen=True)
class _Place:
    """Where a statement stands: in which test, whether every run gets there, whether a failure there ends the test."""

    test: str
    reached: bool
    ends: bool
    swallowed: bool = False

    def within(self, reached: bool, ends: bool, swallowed: bool = False) -> "_Place":
        kept = swallowed or (self.swallowed and (reached or ends))
        return _Place(self.test, self.reached and reached, self.ends and ends, kept)


class Marker:
    """Marks one file. `name` is the counting object's; numbers begin at `first`."""

    def __init__(self, text: str, name: str, first: int) -> None:
        self._tree = parse_strictly(text)
        self._lines = text.split("\n")
        self._tokens = _operators(text)
        self._name = name
        self._first = first
        self._edits: list[tuple[int, int, int, int, str]] = []
        self._wrapped: set[int] = set()
        self.sources: list[str] = []
        self.tests: dict[str, Demands] = {}
        self.bases: dict[str, tuple[str, ...]] = {}

    def marked(self) -> str:
        """The text with every demand marked."""
        for node in self._tree.body:
            self._outer(node, "", True)
        lines = list(self._lines)
        # Insertions at one place: ends before starts, ends from the inside out, starts from the outside in.
        for line, start, end, _, text in sorted(self._edits, key=lambda edit: edit[:4], reverse=True):
            old = lines[line - 1]
            lines[line - 1] = old[:start] + text + old[end:]
        return "\n".join(lines)

    def _outer(self, node: ast.stmt, owner: str, sure: bool) -> None:
        """A statement of the module or of a class."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._function(node, owner, sure)
        elif isinstance(node, ast.ClassDef):
            name = owner + node.name
            self.bases[name] = tuple(ast.unparse(base) for base in node.bases)
            self._calls_in(node.decorator_list)
            for part in node.body:
                self._outer(part, name + ".", sure)
        elif isinstance(node, (ast.If, ast.Try, ast.With)) and not owner:
            for part in _inner(node):
                self._outer(part, owner, False)
        elif not owner:
            self._statement(node, _Place(str(node.lineno), sure, sure))
        else:
            self._statement(node, _Place("", False, False))

    def _function(self, node: Function, owner: str, sure: bool) -> None:
        name = owner + node.name
        # Of two functions of one name only one is run, and it cannot be known here which.
        once = sure and name not in self.tests and known_decorators(node)
        once = once and not left_alone(node, self.bases.get(owner.rstrip("."), ()))
        self.tests[name] = Demands(around=is_set_up(node))
        self._calls_in(node.decorator_list)
        self._body(node.body, _Place(name, once, once))

    def _body(self, body: Sequence[ast.stmt], place: _Place) -> None:
        reached = True
        for node in body:
            self._statement(node, place.within(reached, True))
            reached = reached and not returns(node)

    def _statement(self, node: ast.stmt, place: _Place) -> None:
        if isinstance(node, ast.Assert):
            self._demand(node.test, place)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._calls_in([*node.decorator_list, *([] if isinstance(node, ast.ClassDef) else [node.args])])
            self._body(node.body, _Place(place.test, False, False))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._with(node, place)
        elif isinstance(node, ast.Try):
            for part in _inner(node):
                self._statement(part, place.within(False, False))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.If)):
            self._calls_in([node.iter] if isinstance(node, (ast.For, ast.AsyncFor)) else [node.test])
            if isinstance(node, ast.If) and any(map(_gives_up, node.body)):
                self._compares(node.test, place.within(False, False), ";no")
            for part in _inner(node):
                self._statement(part, place.within(False, True))
        elif isinstance(node, ast.Return) and node.value is not None:
            self._compares(node.value, place.within(False, False))
            self._calls_in([node.value])
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            # `pytest.raises(E)` alone makes a context that nobody need enter.
            made = _last_name(node.value.func) in MET_AT_THE_END and len(node.value.args) < 2
            self._call(node.value, place.within(not made, True))
            self._calls_in([*node.value.args, *(keyword.value for keyword in node.value.keywords)])
        else:
            self._calls_in([node])

    def _with(self, node: "ast.With | ast.AsyncWith", place: _Place) -> None:
        plain, foreign = True, False
        for call in (item.context_expr for item in node.items):
            if isinstance(call, ast.Call) and _last_name(call.func) in MET_AT_THE_END:
                self._call(call, place)
                plain = False
            else:
                self._calls_in([call])
                plain = plain and plain_context(call)
                foreign = foreign or not (plain_context(call) or swallows(call))
        # What stands in a context that expects an exception may never be reached.
        self._body(node.body, place.within(plain, plain, foreign))

    def _demand(self, test: ast.expr, place: _Place) -> None:
        """The expression of an assert."""
        if isinstance(test, ast.Constant):
            return
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for part in test.values:
                self._demand(part, place)
        elif isinstance(test, ast.Compare):
            self._compare(test, place)
        else:
            number = self._number(test, place)
            self._wrap(test, f"{self._name}.truth({number}, (", "))")
            self._compares(test, place.within(False, False))
            self._near(test, place.within(False, False))

    def _near(self, test: ast.expr, place: _Place) -> None:
        """Calls in a condition that say whether numbers are near each other."""
        for part in _without_text(test):
            name = _last_name(part.func) if isinstance(part, ast.Call) else ""
            if isinstance(part, ast.Call) and name in NEAR and id(part.func) not in self._wrapped:
                number = self._number(part.func, place)
                self._wrap(part.func, f"{self._name}.calling({number}, ", f', "{name}")')

    def _compares(self, node: ast.expr, place: _Place, wish: str = "") -> None:
        """Comparisons that a condition consists of; `wish` is ";no" where they must not hold."""
        if isinstance(node, ast.Compare):
            self._compare(node, place, wish)
        elif isinstance(node, ast.BoolOp):
            for part in node.values:
                self._compares(part, place, wish)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._compares(node.operand, place, "" if wish else ";no")
        elif isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            self._compares(node.elt, place, wish)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _QUANTIFIERS and len(node.args) == 1:
            self._compares(node.args[0], place, wish)

    def _compare(self, node: ast.Compare, place: _Place, wish: str = "") -> None:
        sides = [node.left, *node.comparators]
        signs = [SIGNS[type(sign)] for sign in node.ops]
        places = [self._operator(one, other) for one, other in zip(sides, sides[1:])]
        if not all(places):
            return
        number = self._number(node, place)
        self._wrap(node, f'{self._name}.compare({number}, "{",".join(signs)}{wish}", ', ")")
        for tokens in places:
            for index, (line, start, end) in enumerate(tokens):
                self._edits.append((line, start, end, 0, "" if index else ","))

    def _operator(self, left: ast.expr, right: ast.expr) -> "list[tuple[int, int, int]]":
        """The words of the comparison sign between two sides, each as line, first and last column."""
        first = bisect.bisect_left(self._tokens, (*self._end(left), 0))
        last = bisect.bisect_left(self._tokens, (*self._start(right), 0))
        return self._tokens[first:last]

    def _call(self, call: ast.Call, place: _Place) -> None:
        """A call that stands as a statement, or that a `with` enters."""
        name = _last_name(call.func)
        if name in METHODS or name.startswith("assert_"):
            number = self._number(call, place if name in METHODS else place.within(False, True))
            self._wrap(call.func, f"{self._name}.calling({number}, ", f', "{name}")')
            if name in ("assertTrue", "assertFalse") and call.args:
                self._compares(call.args[0], place.within(False, False))
        else:
            self._calls_in([call.func])

    def _calls_in(self, nodes: Sequence[ast.AST]) -> None:
        """Contexts that expect something and are made ahead, as `pytest.raises(E)` among the parameters of a test."""
        for node in nodes:
            for part in _without_text(node):
                function = part.func if isinstance(part, ast.Call) else part
                called = isinstance(part, ast.Call) and _last_name(part.func) in MET_AT_THE_END
                # `eq = self.assertEqual` gives a demand another name.
                if (
                    isinstance(function, ast.expr)
                    and id(function) not in self._wrapped
                    and (called or (_is_own_method(function) and _last_name(function) in METHODS))
                ):
                    number = self._number(function, _Place("", False, False))
                    self._wrap(function, f"{self._name}.calling({number}, ", f', "{_last_name(function)}")')

    def _number(self, node: ast.expr, place: _Place) -> int:
        number = self._first + len(self.sources)
        self.sources.append(" ".join(ast.unparse(node).split()))
        test = self.tests.setdefault(place.test, Demands())
        test.numbers.append(number)
        if place.reached:
            test.always.add(number)
        if place.ends:
            test.fatal.add(number)
        if place.swallowed:
            test.within.add(number)
        return number

    def _wrap(self, node: ast.expr, before: str, after: str) -> None:
        self._wrapped.add(id(node))
        line, column = self._start(node)
        self._edits.append((line, column, column, len(self._edits), before))
        line, column = self._end(node)
        self._edits.append((line, column, column, -len(self._edits), after))

    def _start(self, node: ast.expr) -> "tuple[int, int]":
        return node.lineno, self._column(node.lineno, node.col_offset)

    def _end(self, node: ast.expr) -> "tuple[int, int]":
        line = node.end_lineno or node.lineno
        return line, self._column(line, node.end_col_offset or 0)

    def _column(self, line: int, offset: int) -> int:
        """Columns of syntax trees count bytes."""
        return len(self._lines[line - 1].encode()[:offset].decode())


def _operators(text: str) -> "list[tuple[int, int, int]]":
    """Where comparison signs, and the words `is`, `not` and `in`, stand."""
    signs = {"==", "!=", "<", "<=", ">", ">=", "is", "not", "in"}
    return [
        (token.start[0], token.start[1], token.end[1])
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.string in signs and token.type in (tokenize.OP, tokenize.NAME)
    ]


def _inner(node: ast.stmt) -> "Iterator[ast.stmt]":
    """The statements within a compound one."""
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, [])
    for handler in getattr(node, "handlers", []):
        yield from handler.body


def _without_text(node: ast.AST) -> "Iterator[ast.AST]":
    """The node and all below it, but nothing within an f-string, where columns are not to be trusted."""
    if not isinstance(node, ast.JoinedStr):
        yield node
        for part in ast.iter_child_nodes(node):
            yield from _without_text(part)


def _gives_up(node: ast.stmt) -> bool:
    value = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Expr) else None
    function = value.func if isinstance(value, ast.Call) else value
    return function is not None and _last_name(function) in _GIVES_UP


def _is_own_method(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
