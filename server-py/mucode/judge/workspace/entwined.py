"""Where tests and candidate share names or data, so that a candidate can change what a test believes. Reading only.

A test file that imports everything of a module takes names from it that nobody sees, and a test may compute what it
expects from an object that it gave the candidate.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import Optional, TypeVar

from ..function.loopholes import words
from ..function.redefined import bound_by
from ..syntax import body_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FILLS = words("""
    add append appendleft extend extendleft fill heapify heappush heapreplace insert insort move_to_end put reverse
    rotate setdefault setfield shuffle sort update
""")
_EMPTIES = words("clear discard heappop pop popitem popleft remove resize")
_MODULES = ("bisect", "dict", "heapq", "list", "random", "set")
_PURE = ("np", "numpy", "operator")
_FRESH = (ast.Call, ast.Constant, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.BinOp)
_BUILTINS = frozenset(dir(builtins))


def star_taken(before: str, after: str, texts: Iterable[str]) -> Optional[str]:
    """A name that is new in the file under repair and that a text which imports everything of a module also has from
    elsewhere; None where there is none.

    texts: the tests' own files, and what they import of the project.
    """
    new = _names(body_of(after)) - _names(body_of(before))
    for text in texts if new else ():
        if "*" not in text or "import" not in text:
            continue
        body = body_of(text)
        stars = [node for node in body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
        used = {part.id for node in body for part in ast.walk(node) if isinstance(part, ast.Name)}
        # What only one star can give was missing before, so the repair has to bring it.
        elsewhere = used if len(stars) > 1 else _names([node for node in body if node not in stars]) | _BUILTINS
        for name in sorted(new & used & elsewhere if stars else ()):
            return name
    return None


def _names(body: "list[ast.stmt]") -> "set[str]":
    return {name for node in body for name in bound_by(node)}


def argument_changed(before: str, after: str, tests: Iterable[str]) -> Optional[str]:
    """What a candidate newly does to an object that it was given, where a test computes from that object; else None."""
    known = {how for node in body_of(before) for how, _ in _changes(node)}
    new = (text for node in body_of(after) for how, text in _changes(node) if how not in known)
    first = next(new, None)
    return first if first is not None and any(_computes_from_given(text) for text in tests) else None


def _changes(node: ast.stmt) -> "Iterator[tuple[tuple[str, str, bool], str]]":
    """What changes an object in place that the function has not made itself: ((function, object, whether items are
    taken away), how it reads)."""
    for function in ast.walk(node):
        if not isinstance(function, _FUNCTIONS):
            continue
        own = _made_in(function)
        for part in ast.walk(function):
            for target, empties in _changed_by(part):
                root = _root(target)
                if not (isinstance(root, ast.Name) and root.id in own) and not isinstance(root, _FRESH):
                    yield (function.name, ast.unparse(root), empties), ast.unparse(part)


def _changed_by(part: ast.AST) -> "Iterator[tuple[ast.expr, bool]]":
    if isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
        yield part.value, isinstance(part.ctx, ast.Del) or isinstance(part.slice, ast.Slice)
    elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name) and isinstance(part.value, ast.Constant):
        # `names *= 0` empties a list in place; a number stays what it is for everybody else.
        empties = isinstance(part.op, ast.Mult) and not part.value.value
        yield from [(ast.Name(part.target.id, ast.Load()), True)] if empties else []
    elif isinstance(part, ast.Call):
        name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
        if name in _EMPTIES | _FILLS:
            owner = part.func.value if isinstance(part.func, ast.Attribute) else None
            # `list.clear(given)`, `heappop(given)`, `random.shuffle(given)`
            of_other = owner is None or (isinstance(owner, ast.Name) and owner.id in _MODULES)
            targets = part.args[:1] if of_other else [owner] if owner is not None else []
            targets = [] if isinstance(owner, ast.Name) and owner.id in _PURE else targets
            yield from ((target, name in _EMPTIES) for target in targets)


def _made_in(function: ast.AST) -> "set[str]":
    """Local names that are only ever bound to something new. `self` is the candidate's own object."""
    made, other = {"self", "cls"}, set[str]()
    for part in ast.walk(function):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    (made if isinstance(part.value, _FRESH) else other).add(target.id)
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            (made if isinstance(part.value, _FRESH) else other).add(part.target.id)
        elif isinstance(part, ast.arg) and part.arg not in ("self", "cls"):
            other.add(part.arg)
    return made - other


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node


def _computes_from_given(text: str) -> bool:
    """Whether in some function a value is computed from an object after a call was given it, and is then compared with
    something of that call."""
    functions = (node for top in body_of(text) for node in ast.walk(top) if isinstance(node, _FUNCTIONS))
    return any(_is_entwined(node) for node in functions)


def _is_entwined(function: ast.AST) -> bool:
    given, results = dict[str, int](), set[str]()
    for call in (one for one in _in_order(function, ast.Call) if not _is_harmless(one)):
        for name in (one for arg in [*call.args, *(key.value for key in call.keywords)] for one in _loaded(arg)):
            given.setdefault(name, call.lineno)
    for assign in _in_order(function, ast.Assign):
        # What is computed from a given object, once it was given, is as doubtful as the object.
        doubtful = {name for name in _loaded(assign.value) if given.get(name, assign.lineno) < assign.lineno}
        bound = {name for target in assign.targets for name in _bound(target)}
        if doubtful:
            given.update(dict.fromkeys(bound, assign.lineno))
        elif _calls(assign.value):
            results |= bound
    walked = (part for part in ast.walk(function) if isinstance(part, (ast.For, ast.comprehension)))
    over = any(given.get(name, 1 << 30) < part.iter.lineno for part in walked for name in _loaded(part.iter))
    return over or any(_doubtful(sides, given, results) for sides in _demands(function))


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and not _is_harmless(part) for part in ast.walk(node))


def _is_harmless(call: ast.Call) -> bool:
    """A call of what is no candidate: builtins and assertions."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return "assert" in name or (isinstance(call.func, ast.Name) and name in _BUILTINS)


def _doubtful(sides: "list[ast.expr]", given: "dict[str, int]", results: "set[str]") -> bool:
    """Whether one side of a comparison reads an object that the candidate was given, and no side is free of what it
    was given or has returned."""
    reads = [any(given.get(name, 1 << 30) <= side.lineno for name in _loaded(side)) for side in sides]
    free = [not read and not _calls(side) and not _loaded(side) & results for read, side in zip(reads, sides)]
    return len(sides) > 1 and any(reads) and not any(free)


def _demands(function: ast.AST) -> "Iterator[list[ast.expr]]":
    for part in ast.walk(function):
        if isinstance(part, ast.Compare):
            yield [part.left, *part.comparators]
        elif isinstance(part, ast.Call) and "assert" in (
            getattr(part.func, "attr", "") or getattr(part.func, "id", "")
        ):
            yield part.args[:2]


def _loaded(node: ast.AST) -> "set[str]":
    """Names and attributes of `self` that an expression reads."""
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id != "self"}
    return found | {ast.unparse(part) for part in ast.walk(node) if _of_self(part)}


def _bound(node: ast.AST) -> "set[str]":
    return {ast.unparse(part) for part in ast.walk(node) if isinstance(part, ast.Name) or _of_self(part)}


def _of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


_Kind = TypeVar("_Kind", ast.Call, ast.Assign)


def _in_order(function: ast.AST, kind: "type[_Kind]") -> "list[_Kind]":
    found = [part for part in ast.walk(function) if isinstance(part, kind)]
    return sorted(found, key=lambda part: part.lineno)
