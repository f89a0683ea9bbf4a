"""The forms in which tests are written, brought to one: a list of plain statements.

HumanEval's `check(candidate)` and test functions are opened; ways to expect an exception are recognised.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from ..problem import ProblemError, Test
from ..syntax import NOT_PYTHON, parse_strictly

_SAFE_TO_PARSE = 1_000_000


@dataclass(frozen=True)
class Raising:
    """Statements, the last of which must raise one of `classes`."""

    before: tuple[ast.stmt, ...]
    statement: ast.stmt
    classes: tuple[str, ...]
    match: Optional[str]
    source: str


def parse_test(test: Test) -> ast.Module:
    """The test's syntax. Raises ProblemError with the line when it is no Python."""
    if len(test.source) > _SAFE_TO_PARSE:
        raise ProblemError(f"Test {test.id!r} is longer than a million characters; split it into smaller ones.")
    try:
        return parse_strictly(test.source)
    except SyntaxError as error:
        raise ProblemError(
            f"Test {test.id!r} is no valid Python: {error.msg} in its line {error.lineno}; correct or remove it."
        ) from error
    except NOT_PYTHON as error:
        raise ProblemError(f"Test {test.id!r} cannot be read: {error}; correct or remove it.") from error


def statements_of(tree: ast.Module) -> list[ast.stmt]:
    """The test's statements, with the bodies of the test functions that it calls in their place."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    called = called_functions(tree)
    opened = {name for name, node in functions.items() if name in called or _is_test(node)}
    result: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in opened:
            if node.name not in called:
                result.extend(_body(node, []))
        elif _called(node)[0] in opened:
            name, args = _called(node)
            result.extend(_body(functions[name], args))
        elif not _is_metadata(node):
            result.append(node)
    return result


def _is_test(node: ast.FunctionDef) -> bool:
    return node.name.startswith("test") and not node.args.args


def called_functions(tree: ast.Module) -> set[str]:
    """Names of the functions that a test's top-level statements call."""
    return {_called(node)[0] for node in tree.body}


def _called(node: ast.stmt) -> tuple[str, list[ast.expr]]:
    """Name and arguments of a statement that is nothing but a call by name; an empty name for any other."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.keywords:
        return "", []
    return call.func.id, call.args


def _is_metadata(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id == "METADATA" for target in targets)


def _body(function: ast.FunctionDef, args: Sequence[ast.expr]) -> list[ast.stmt]:
    parameters = [arg.arg for arg in function.args.args]
    if len(parameters) != len(args) or not all(isinstance(arg, ast.Name) for arg in args):
        return [function]
    names = {name: arg.id for name, arg in zip(parameters, args) if isinstance(arg, ast.Name)}
    return [_Rename(names).visit(node) for node in function.body]


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self._names.get(node.id, node.id), node.ctx), node)


def expected_raise(node: ast.stmt) -> Optional[Raising]:
    """What `with pytest.raises(E)`, `with self.assertRaises(E)` or `try … except E` demands, if it is one."""
    if isinstance(node, ast.With) and len(node.items) == 1 and node.items[0].optional_vars is None:
        call = node.items[0].context_expr
        if isinstance(call, ast.Call) and _last_name(call.func) in ("raises", "assertRaises", "assertRaisesRegex"):
            return _raises(node, call)
    if isinstance(node, ast.Try) and len(node.handlers) == 1 and not node.finalbody:
        return _tried(node)
    return None


def _raises(node: ast.With, call: ast.Call) -> Optional[Raising]:
    match: Optional[str] = None
    for keyword in call.keywords:
        if keyword.arg != "match" or not isinstance(keyword.value, ast.Constant):
            return None
        match = str(keyword.value.value)
    if len(call.args) == 2 and _last_name(call.func) == "assertRaisesRegex" and isinstance(call.args[1], ast.Constant):
        match = str(call.args[1].value)
    elif len(call.args) != 1:
        return None
    classes = _classes(call.args[0])
    return Raising((), _only(node.body), classes, match, ast.unparse(node)) if classes and len(node.body) == 1 else None


def _tried(node: ast.Try) -> Optional[Raising]:
    """`try: f(x); assert False` (or with that in `else`) and a handler that accepts."""
    handler = node.handlers[0]
    body, gives_up = list(node.body), list(node.orelse)
    if not gives_up and len(body) > 1:
        gives_up = [body.pop()]
    if len(body) != 1 or not gives_up or not all(_fails(part) for part in gives_up):
        return None
    if handler.type is None or not all(_accepts(part) for part in handler.body):
        return None
    classes = _classes(handler.type)
    return Raising((), _only(body), classes, None, ast.unparse(node)) if classes else None


def _only(body: Sequence[ast.stmt]) -> ast.stmt:
    return body[0]


def _fails(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    return isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" in ast.unparse(node.exc)


def _accepts(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _classes(node: ast.expr) -> tuple[str, ...]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    names = [_last_name(part) for part in parts]
    return tuple(names) if all(names) else ()
