"""The guard of a test that cannot be divided: its assertions counted, and a second text of it with false oracles.

Both texts have the same shape. Literals are falsified in the text itself; other expected values pass through an object
in the child that returns them as they are, or falsified. Inputs are never changed. What becomes of the counts is
decided here, outside.
"""

import ast
import copy
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, cast

from ..problem import Test
from ..syntax import parse_expression, parse_strictly
from .falsify import falsified
from .testforms import called_functions, parse_test
from .values import BadDataError, RefusedError, literal

_COMPARED = {
    "assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertTupleEqual", "assertSetEqual",
    "assertSequenceEqual", "assertMultiLineEqual", "assertAlmostEqual", "assertCountEqual", "assertIs",
}  # fmt: skip
_BOUNDED = {
    "assertIn", "assertGreater", "assertGreaterEqual", "assertLess", "assertLessEqual",
    "assertNotAlmostEqual",
}  # fmt: skip
SIGNS: "dict[type[ast.cmpop], str]" = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
"""How comparisons are named to the objects that the marked text calls."""
_TRUTHS = {"assertTrue": False, "assertFalse": False, "assertIsNone": True}


@dataclass(frozen=True)
class Guard:
    """One guarded test: what the child runs in earnest, and as the canary."""

    name: str
    """Under which the counting object is known to the text."""
    standing: str
    canary: str
    always: tuple[int, ...]
    """Assertions that every run reaches."""
    sources: tuple[str, ...]
    """Each assertion's text, by number."""


def guard(test: Test, entry_point: str) -> Guard:
    """The guard of a test; one without `sources` has no oracle that could be falsified."""
    name = "_" + secrets.token_hex(4)
    standing = _Rewriter(name, entry_point, False)
    canary = _Rewriter(name, entry_point, True)
    first = standing.module(parse_test(test))
    second = canary.module(parse_test(test))
    return Guard(name, first, second, tuple(standing.always), tuple(standing.sources))


class _Rewriter:
    def __init__(self, name: str, entry_point: str, false: bool) -> None:
        self._name = name
        self._entry = entry_point.split(".", maxsplit=1)[0]
        self._false = false
        self.sources: list[str] = []
        self.always: list[int] = []

    def module(self, tree: ast.Module) -> str:
        """The test's text with every assertion counted and every test function called."""
        called = called_functions(tree)
        body: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                is_test = node.name.startswith("test") and not node.args.args
                reached = node.name in called or is_test
                self._parameters = {arg.arg for arg in node.args.args}
                body.append(self._function(node, reached))
                if is_test and node.name not in called:
                    body.extend(parse_strictly(f"{node.name}()").body)
            elif isinstance(node, ast.ClassDef):
                body.append(self._class(node))
                body.extend(_runs(node))
            else:
                self._parameters = set()
                body.extend(self._block([node], True))
        return ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))

    _parameters: set[str] = set()  # noqa: RUF012 - replaced, never changed

    def _function(self, node: ast.FunctionDef, reached: bool) -> ast.stmt:
        result = copy.copy(node)
        result.body = self._block(node.body, reached)
        return result

    def _class(self, node: ast.ClassDef) -> ast.stmt:
        result = copy.copy(node)
        self._parameters = set()
        result.body = [
            self._function(part, part.name.startswith("test")) if isinstance(part, ast.FunctionDef) else part
            for part in node.body
        ]
        return result

    def _block(self, body: Sequence[ast.stmt], reached: bool) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for node in body:
            result.extend(self._statement(node, reached))
            if any(isinstance(part, ast.Return) for part in ast.walk(node)):
                reached = False
        return result

    def _statement(self, node: ast.stmt, reached: bool) -> list[ast.stmt]:
        if isinstance(node, ast.Assert):
            return [part for test in _conjuncts(node.test) for part in self._assert(test, reached)]
        rewritten = self._framework(node) if isinstance(node, (ast.Expr, ast.With)) else None
        if rewritten is not None:
            return self._counted(rewritten, ast.unparse(node), reached)
        if isinstance(node, ast.With):
            result = copy.copy(node)
            result.body = self._block(node.body, reached)
            return [result]
        if isinstance(node, (ast.For, ast.While, ast.If, ast.Try)):
            branch = copy.copy(node)
            for part in ("body", "orelse", "finalbody"):
                if hasattr(branch, part):
                    setattr(branch, part, self._block(getattr(node, part), False))
            return [branch]
        if isinstance(node, ast.FunctionDef):
            return [self._function(node, False)]
        return [node]

    def _counted(self, node: ast.stmt, source: str, reached: bool) -> list[ast.stmt]:
        number = len(self.sources)
        self.sources.append(source)
        if reached:
            self.always.append(number)
        frame = parse_strictly(
            f"try:\n pass\nexcept BaseException:\n {self._name}.no({number})\nelse:\n {self._name}.yes({number})"
        )
        counting = cast("ast.Try", frame.body[0])
        counting.body = [node]
        return [counting]

    def _assert(self, test: ast.expr, reached: bool) -> list[ast.stmt]:
        if isinstance(test, ast.Constant):
            return [ast.Assert(test, None)]
        return self._counted(ast.Assert(self._oracle(test), None), ast.unparse(test), reached)

    def _oracle(self, test: ast.expr) -> ast.expr:
        if isinstance(test, ast.Compare) and not isinstance(test.ops[-1], (ast.NotEq, ast.IsNot, ast.NotIn)):
            return self._comparison(test)
        hard = isinstance(test, ast.BoolOp) and all(isinstance(part, ast.Compare) for part in test.values)
        if isinstance(test, ast.BoolOp) and hard:
            return ast.BoolOp(test.op, [self._oracle(part) for part in test.values])
        return self._through("truth", test)

    def _comparison(self, test: ast.Compare) -> ast.expr:
        sides = [test.left, *test.comparators]
        yoda = len(sides) == 2 and self._uses_program(sides[1]) and not self._uses_program(sides[0])
        place = 0 if yoda else len(sides) - 1
        if isinstance(test.ops[-1], ast.Eq):
            sides[place] = self._same(sides[place])
        else:
            sides[place] = self._through("bound", sides[place])
        if len(sides) > 2:
            return ast.Compare(sides[0], test.ops, sides[1:])
        asking = ast.Attribute(ast.Name(self._name, ast.Load()), "compare", ast.Load())
        return ast.Call(asking, [ast.Constant(SIGNS[type(test.ops[0])]), *sides], [])

    def _uses_program(self, node: ast.expr) -> bool:
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        return self._entry in names or bool(names & self._parameters)

    def _same(self, node: ast.expr) -> ast.expr:
        try:
            value = ast.literal_eval(node)
            text = literal(falsified(value) if self._false else value)
            return parse_expression(text)
        except (ValueError, TypeError, RefusedError, RecursionError, MemoryError, SyntaxError):
            return self._through("same", node)

    def _through(self, method: str, node: ast.expr) -> ast.expr:
        return ast.Call(ast.Attribute(ast.Name(self._name, ast.Load()), method, ast.Load()), [node], [])

    def _framework(self, node: "ast.Expr | ast.With") -> Optional[ast.stmt]:
        """An assertion of unittest or pytest, with its oracle marked."""
        node = copy.deepcopy(node)
        call = node.value if isinstance(node, ast.Expr) else node.items[0].context_expr
        if not isinstance(call, ast.Call) or not call.args:
            return None
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in ("raises", "assertRaises", "assertRaisesRegex"):
            call.args[0] = self._through("error", call.args[0])
        elif isinstance(node, ast.With):
            return None
        elif name in _COMPARED and len(call.args) > 1:
            call.args[1] = self._same(call.args[1])
        elif name in _BOUNDED and len(call.args) > 1:
            call.args[1] = self._through("bound", call.args[1])
        elif name == "assertNotEqual" and len(call.args) > 1 and isinstance(call.func, ast.Attribute):
            # What differs from everything must not be blamed for it, so the claim itself is turned round.
            unequal = ast.Compare(call.args[0], [ast.NotEq()], [call.args[1]])
            call.func.attr, call.args[:2] = "assertTrue", [self._through("truth", unequal)]
        elif name in _TRUTHS:
            call.args[0] = self._through("bound" if _TRUTHS[name] else "truth", call.args[0])
        else:
            return None
        return node


def _conjuncts(node: ast.expr) -> list[ast.expr]:
    return node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]


def _runs(node: ast.ClassDef) -> list[ast.stmt]:
    """Statements that run the test methods of a class, each on an object of its own."""
    names = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
    unit = any(ast.unparse(base).endswith("TestCase") for base in node.bases)
    body: list[ast.stmt] = []
    for name in names:
        if name.startswith("test"):
            made = f"_case = {node.name}({name!r})" if unit else f"_case = {node.name}()"
            calls = [made, "_case.setUp()" if "setUp" in names else "", f"_case.{name}()"]
            calls.append("_case.tearDown()" if "tearDown" in names else "")
            body.extend(parse_strictly("\n".join(filter(None, calls))).body)
    return body


Counts = dict[int, tuple[int, int]]


def counts_of(data: object) -> Counts:
    """The counts of a record, `[[number, held, failed], …]`. Raises BadDataError for any other shape."""
    counts: Counts = {}
    for item in cast("list[object]", data) if isinstance(data, list) else [None]:
        row = cast("list[object]", item) if isinstance(item, list) else []
        if len(row) != 3 or not all(type(part) is int and part >= 0 for part in row):
            raise BadDataError("counts of another shape")
        number, held, failed = cast("list[int]", row)
        counts[number] = (held, failed)
    return counts


def all_reached(test: Guard, counts: Counts) -> bool:
    """Whether a run that ended well went through every assertion that it must."""
    return all(counts.get(number, (0, 0))[0] > 0 for number in test.always) and bool(counts)


def sang(test: Guard, counts: Counts) -> bool:
    """Whether the canary failed as it should: everywhere, wherever it was asked."""
    held = any(row[0] for row in counts.values())
    return not held and bool(counts) and all(counts.get(number, (0, 0))[1] > 0 for number in test.always)
