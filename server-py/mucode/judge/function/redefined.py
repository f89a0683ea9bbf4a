"""Outside: what a candidate changes of the ground that a guarded test stands on, so that a pass of it proves nothing.

A test in the candidate's process reads names of the candidate's module: builtins, helpers and data of the context, and
the comparison of the class under repair. Reading text only; nothing is run here.
"""

import ast
import builtins
import copy
from collections.abc import Iterable, Iterator
from typing import Union

from ..problem import Problem
from ..syntax import body_of, parse
from .plainly import compared_plainly

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_BUILTINS = frozenset(dir(builtins))
HARMLESS = frozenset(
    [
        "__all__",
        "__annotations__",
        "__author__",
        "__call__",
        "__cause__",
        "__doc__",
        "__enter__",
        "__exit__",
        "__init__",
        "__init_subclass__",
        "__main__",
        "__candidate__",
        "__name__",
        "__new__",
        "__post_init__",
        "__repr__",
        "__slots__",
        "__str__",
        "__class__",
        "__version__",
        "__file__",
        "__class_getitem__",
        "__getitem__",
        "__hash__",
        "__iter__",
        "__len__",
        "__next__",
    ]
)
"""Special names that any class may bind: none of them has a say in comparisons."""
_ORDINARY = frozenset(["__getitem__", "__hash__", "__iter__", "__len__", "__next__"])
"""Of these what may be new or other in the class under repair: they answer without seeing what is expected of them."""


_COMPARISONS = frozenset(["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"])


def compares(nodes: "list[ast.stmt]") -> bool:
    """Whether a class there compares by code of its own: a right repair of it may be right to say yes to everything."""
    return any(name in _COMPARISONS for node in nodes for part in ast.walk(node) for name in names_bound(part))


def redefined(problem: Problem, own: "list[ast.stmt]", test: str, asked: "Iterable[str]" = ()) -> Iterator[str]:
    """What `own`, the statements that the candidate brings, redefines or may change of what `test` relies on.

    asked: texts of the tests, where `test` is not one of them; none of them says nothing about how they compare.
    """
    context = body_of(problem.context)
    around = {name: node for node in context for name in bound_by(node)}
    for node in own:
        for name in bound_by(node) | _globals(node):
            if name != problem.owner and (name in _BUILTINS or (name in around and not _is_import(around[name], node))):
                yield f"{name} of its own"
    relied = _relied_on(test, around)
    mentioned = {part.id for node in own for part in ast.walk(node) if isinstance(part, ast.Name)}
    yield from (name for name in sorted(relied & mentioned) if _is_changeable(around[name]))
    methods = {part.name for name in relied for part in ast.walk(around[name]) if isinstance(part, _Function)}
    stores = (part for node in own for part in ast.walk(node) if isinstance(part, ast.Attribute))
    yield from (part.attr for part in stores if not isinstance(part.ctx, ast.Load) and part.attr in methods)
    yield from (name for node in own for part in ast.walk(node) for name in _of_a_class(part, problem.owner))
    if "." in problem.entry_point:
        asked = list(asked) or ([test] if test else [])
        plainly = bool(asked) and all(compared_plainly(text, problem.owner) for text in asked)
        yield from _class_changes(problem, own, plainly)
        if sum(problem.owner in bound_by(node) for node in own) > 1:
            yield f"{problem.owner} bound twice"


def _of_a_class(node: ast.AST, owner: str) -> Iterator[str]:
    """What a class must not bring: modules by which they could be changed, and comparisons in a class of its own."""
    if not isinstance(node, ast.ClassDef):
        return
    for part in node.body:
        if isinstance(part, (ast.Import, ast.ImportFrom)):
            yield f"an import in {node.name}"
        if isinstance(part, _Function) and node.name != owner and part.name.startswith("__"):
            yield from (name for name in [part.name] if name.endswith("__") and name not in HARMLESS)


def bound_by(node: ast.stmt) -> set[str]:
    """Names that a statement binds in the scope it stands in, in whatever form."""
    return {name for part in _same_scope(node) for name in names_bound(part)}


def names_bound(part: ast.AST) -> "list[str]":
    """Names that one piece of syntax binds by itself."""
    if isinstance(part, (*_Function, ast.ClassDef)):
        return [part.name]
    if isinstance(part, ast.Name):
        return [] if isinstance(part.ctx, ast.Load) else [part.id]
    if isinstance(part, ast.alias):
        return [(part.asname or part.name).split(".")[0]]
    # `except E as name`, `case name`, `case {**name}`: text, not a Name. Python 3.9 has no patterns.
    found: list[object] = [getattr(part, "rest", None)]
    if isinstance(part, ast.ExceptHandler) or type(part).__name__ in ("MatchAs", "MatchStar"):
        found.append(getattr(part, "name", None))
    return [name for name in found if isinstance(name, str)]


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (*_Function, ast.ClassDef, ast.Lambda)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _same_scope(child)


def _globals(node: ast.stmt) -> set[str]:
    """Names of the module that functions in the statement may bind."""
    return {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}


def _is_import(known: ast.stmt, node: ast.stmt) -> bool:
    """Whether both import the same things; programs often repeat the imports of the context."""
    if not isinstance(known, (ast.Import, ast.ImportFrom)) or type(known) is not type(node):
        return False
    shared = {ast.dump(alias) for alias in known.names}
    same = getattr(known, "module", None) == getattr(node, "module", None)
    return same and any(ast.dump(alias) in shared for alias in node.names)  # type: ignore[attr-defined]  # same type


def _relied_on(test: str, around: "dict[str, ast.stmt]") -> set[str]:
    """Names of the context that the test uses, also through the context's own functions."""
    tree = parse(test)
    waiting: list[ast.AST] = [tree] if tree is not None else []
    found: set[str] = set()
    while waiting:
        names = {part.id for part in ast.walk(waiting.pop()) if isinstance(part, ast.Name)}
        fresh = (names & around.keys()) - found
        found |= fresh
        waiting.extend(around[name] for name in fresh)
    return found


def _is_changeable(node: ast.stmt) -> bool:
    """Whether a statement binds a value that can be changed without binding the name anew."""
    if isinstance(node, (*_Function, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return False
    value = getattr(node, "value", None)
    return value is None or not all(isinstance(part, _FIXED) for part in ast.walk(value))


_FIXED = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)


def _class_changes(problem: Problem, own: Iterable[ast.stmt], plainly: bool) -> Iterator[str]:
    """What is new in the class under repair besides its function: special methods, properties, data, base classes.

    plainly: no test expects an object of the class, so that how one is made is its own business.
    """
    given = _class_of(body_of(problem.code), problem.owner)
    made = _class_of(own, problem.owner)
    if given is None or made is None:
        return
    known = {ast.dump(without_annotations(part)) for part in given.body}
    if [ast.dump(base) for base in given.bases + given.decorator_list] != [
        ast.dump(base) for base in made.bases + made.decorator_list
    ]:
        yield f"bases of {problem.owner}"
    names = {name for part in given.body for name in bound_by(part)}
    for part in made.body:
        if ast.dump(without_annotations(part)) in known or _is_harmless(part, problem.function_name):
            continue
        if _is_new(part, names) or (plainly and isinstance(part, _Function) and part.name == "__init__"):
            continue
        yield f"{problem.owner}.{part.name}" if isinstance(part, _Function) else f"data of {problem.owner}"


def without_annotations(node: ast.AST) -> ast.AST:
    """A function's head and body without what they say of types; anything else as it is."""
    if not isinstance(node, _Function):
        return node
    node = copy.copy(node)
    arguments = copy.copy(node.args)
    for name in ("posonlyargs", "args", "kwonlyargs"):
        setattr(arguments, name, [ast.arg(arg.arg) for arg in getattr(arguments, name)])
    node.args, node.returns = arguments, None
    return node


def _is_harmless(part: ast.stmt, entry: str) -> bool:
    """The function under repair, a further method of an ordinary name, or text."""
    if isinstance(part, _Function):
        plain = not part.name.startswith("__") or part.name in _ORDINARY
        return part.name == entry or (plain and not part.decorator_list)
    return isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))


def _is_new(part: ast.stmt, names: set[str]) -> bool:
    """A constant, or a method under one of the usual decorators, of an ordinary name that the class did not have."""
    if any(name in names or name.startswith("__") for name in bound_by(part)):
        return False
    if isinstance(part, _Function):
        return all(isinstance(one, ast.Name) and one.id in _DECORATORS for one in part.decorator_list)
    plain = (ast.Assign, ast.AnnAssign)
    return isinstance(part, plain) and part.value is not None and not _is_changeable(part)


_DECORATORS = ("classmethod", "property", "staticmethod")


def _class_of(nodes: Iterable[ast.stmt], name: str) -> "Union[ast.ClassDef, None]":
    return next((node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name), None)
