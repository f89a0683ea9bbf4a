"""Outside: whether tests compare with values that the class under repair has no part in. Reading text only.

Where a test expects an object of that class, the candidate makes what is expected of it as well.
"""

import ast
import builtins
from collections.abc import Iterator

from ..syntax import parse

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HARMLESS = frozenset(dir(builtins)) | {
    "approx",
    "array",
    "Decimal",
    "Fraction",
    "date",
    "datetime",
    "timedelta",
    "sqrt",
}


def compared_plainly(text: str, owner: str) -> bool:
    """Whether every comparison of a test's text has a side without objects of class `owner`, as far as can be read."""
    tree = parse(text)
    if tree is None or any(_made_elsewhere(node, owner) for node in tree.body):
        return False
    outside = ast.Module([node for node in tree.body if not isinstance(node, _SCOPES)], [])
    known = _made(outside, _imported(tree))
    scopes = [(node, _made(node, known | _given(node))) for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    sides = [(one, made) for scope, made in [*scopes, (outside, known)] for one in _compared(scope)]
    return all(any(_is_free(side, made) for side in one) for one, made in sides)


def _imported(tree: ast.Module) -> "set[str]":
    """Names that another file gives, other than of functions that are known."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.asname or alias.name for node in nodes for alias in node.names} - _HARMLESS


def _given(function: "ast.FunctionDef | ast.AsyncFunctionDef") -> "set[str]":
    """Parameters: what fixtures give, unless decorators show the values."""
    calls = [one for one in function.decorator_list if isinstance(one, ast.Call)]
    shown = any(_last(one.func) == "parametrize" for one in calls)
    if shown and all(_is_free(arg, set()) for one in calls for arg in one.args):
        return set()
    return {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}


_SCOPES = (*_FUNCTIONS, ast.ClassDef)


def _made_elsewhere(node: ast.AST, owner: str) -> bool:
    """Whether objects of the class come into tests by a way that is not read: parameters, fixtures, helpers."""
    for part in ast.walk(node):
        if isinstance(part, _FUNCTIONS):
            around = [*part.decorator_list, part.args]
            helps = not part.name.startswith("test") and any(
                isinstance(one, (ast.Return, ast.Yield)) for one in ast.walk(part)
            )
            if any(_names(one, owner) for one in around) or (helps and _names(part, owner)):
                return True
    return False


def _names(node: ast.AST, owner: str) -> bool:
    return any(owner in (getattr(part, "id", ""), getattr(part, "attr", "")) for part in ast.walk(node))


def _made(scope: ast.AST, known: "set[str]") -> "set[str]":
    """Names that are bound to what some call gives, directly or not, beside those that are known to be."""
    found, size = set(known), -1
    while len(found) != size:
        size = len(found)
        for part in ast.walk(scope):
            value = getattr(part, "context_expr", None) or getattr(part, "iter", None) or getattr(part, "value", None)
            targets = [getattr(part, name, None) for name in ("target", "optional_vars")] + getattr(part, "targets", [])
            if isinstance(value, ast.expr) and not _is_free(value, found):
                found |= {ast.unparse(one) for target in targets if target is not None for one in _bound(target)}
    return found


def _bound(target: ast.AST) -> "Iterator[ast.expr]":
    yield from (part for part in ast.walk(target) if isinstance(part, (ast.Name, ast.Attribute)))


def _is_free(node: ast.expr, made: "set[str]") -> bool:
    """Whether an expression consists of constants, ordinary functions, and names that are bound to such."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and _last(part.func) not in _HARMLESS:
            return False
        if isinstance(part, (ast.Name, ast.Attribute)) and ast.unparse(part) in made:
            return False
        if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Store) and _root(part) == "self":
            return False
    return True


def _compared(scope: ast.AST) -> "Iterator[list[ast.expr]]":
    for part in ast.walk(scope):
        if isinstance(part, ast.Compare):
            yield [part.left, *part.comparators]
        elif isinstance(part, ast.Call) and _last(part.func).lower().startswith("assert") and len(part.args) > 1:
            yield part.args[:2]


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")
