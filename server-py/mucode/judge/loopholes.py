"""Outside: whether a candidate holds what it could tell the canary by, so that a guarded pass of it proves nothing.

In the candidate's own process every secret can be found by a program that looks at frames, modules or objects, or that
answers comparisons by code of its own. Reading its text is the one check that it cannot reach. Nothing is run here.
"""

import ast
import re
from collections.abc import Iterator
from typing import Optional

from .problem import Problem
from .syntax import NOT_PYTHON, body_of, parse_strictly


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MODULES = _words("""
    __future__ abc argparse array asyncio base64 binascii bisect calendar cmath collections colorsys concurrent
    contextlib contextvars copy csv dataclasses datetime decimal difflib enum fractions functools graphlib hashlib
    heapq hmac html io itertools json locale math numbers numpy operator os pandas pathlib pprint queue random re scipy
    secrets statistics string struct sympy sys tempfile textwrap threading time typing typing_extensions unicodedata
    urllib uuid warnings zlib zoneinfo
""")
"""What a candidate may import; anything else might look into the process or know objects that equal everything."""
_WORDS = _words("""
    ABCMeta EnumMeta EnumType
    __base__ __bases__ __builtins__ __closure__ __code__ __dict__ __getattribute__ __globals__ __import__ __loader__
    __mro__ __reduce__ __reduce_ex__ __self__ __spec__ __subclasses__ __traceback__ __wrapped__ _current_exceptions
    _current_frames _getframe addaudithook ag_frame attrgetter capture_locals cr_frame displayhook exc_info
    exc_traceback excepthook f_back f_builtins f_code f_globals f_locals f_trace ForwardRef get_field get_stack
    get_type_hints gi_frame last_traceback make_dataclass methodcaller modules
    setprofile settrace tb_frame tb_next unraisablehook
""")
_BUILTINS = frozenset(["breakpoint", "compile", "eval", "exec", "globals", "locals", "vars"])
_BY_NAME = frozenset(["getattr", "setattr", "delattr", "type"])
"""Safe where they are called with what they do in plain sight."""
_DISGUISES = frozenset(["__class__", "__module__", "__name__", "__qualname__"])
_HARMLESS = _words("""
    __all__ __annotations__ __author__ __call__ __cause__ __doc__ __enter__ __exit__ __init__ __init_subclass__
    __main__ __candidate__ __name__ __new__ __post_init__ __repr__ __slots__ __str__ __class__ __version__
    __file__ __class_getitem__
""")
_REFUSED = _BUILTINS | _BY_NAME | _WORDS - {"modules"}
_DUNDER = re.compile(r"__\w+__\Z")
_WORD = re.compile(r"\w+")


def loophole(problem: Problem, program: str) -> Optional[str]:
    """The first such thing in what the program has beyond the problem's context; None where there is none."""
    try:
        known = {ast.dump(node) for node in body_of(problem.context)}
        own = [node for node in parse_strictly(program).body if ast.dump(node) not in known]
        trusted = _dunders(body_of(problem.context) + body_of(problem.code)) | _HARMLESS
    except NOT_PYTHON:
        return None  # it cannot be loaded either
    imported = {name for node in parse_strictly(program).body for name in _imported(node)}
    parts = [part for node in own for part in ast.walk(node)]
    plain = {id(name) for part in parts for name in _in_plain_sight(part)}
    found = (name for part in parts if id(part) not in plain for name in _suspicious(part, imported, trusted))
    return next(found, None)


def _in_plain_sight(part: ast.AST) -> Iterator[ast.expr]:
    """Uses of those names that build no class and say what they read: `getattr(x, "y")`, `type(x) == …`."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "getattr":
        if len(part.args) > 1 and isinstance(part.args[1], ast.Constant):
            yield part.func
    elif isinstance(part, ast.Compare):
        for side in [part.left, *part.comparators]:
            yield from _class_of(side)
    elif isinstance(part, ast.Attribute) and part.attr in ("__name__", "__qualname__"):
        yield from _class_of(part.value)
    elif isinstance(part, ast.expr) and any(_is_self(inner) for inner in ast.iter_child_nodes(part)):
        yield from _class_of(part)


def _class_of(node: ast.expr) -> Iterator[ast.expr]:
    """The `type` of `type(x)`, or `x.__class__` itself."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "type"
        and len(node.args) == 1
    ):
        yield node.func
    elif isinstance(node, ast.Attribute) and node.attr == "__class__":
        yield node


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls", "other")


def _dunders(nodes: "list[ast.stmt]") -> frozenset[str]:
    """Special methods that the problem's own classes define."""
    parts = (part for node in nodes for part in ast.walk(node))
    return frozenset(part.name for part in parts if isinstance(part, ast.FunctionDef) and _DUNDER.match(part.name))


def _imported(node: ast.AST) -> set[str]:
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _suspicious(part: ast.AST, imported: set[str], trusted: frozenset[str]) -> Iterator[str]:
    if isinstance(part, (ast.Import, ast.ImportFrom)):
        yield from _foreign(part)
    elif isinstance(part, ast.Attribute):
        yield from _attribute(part, imported)
    elif isinstance(part, ast.Name):
        stored = isinstance(part.ctx, ast.Store) and _DUNDER.match(part.id) and part.id not in trusted - _DISGUISES
        if part.id in _REFUSED or stored:
            yield part.id
    elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if _DUNDER.match(part.name) and part.name not in trusted:
            yield part.name
    elif isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield from (word for word in _WORD.findall(part.value) if word in _WORDS - {"modules"})
        if "/proc" in part.value or (_DUNDER.match(part.value) and part.value not in trusted):
            yield part.value
    else:
        # `case Frame(f_locals=found)` and `capture_locals=True` read and say names without an attribute.
        names = getattr(part, "kwd_attrs", None) or [getattr(part, "arg", None)]
        yield from (name for name in names if name in _WORDS)


def _foreign(node: "ast.Import | ast.ImportFrom") -> Iterator[str]:
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."]
    yield from (name for name in modules if name.split(".")[0] not in _MODULES)
    if isinstance(node, ast.ImportFrom):
        hidden = _WORDS | {"*"} if node.module in ("os", "sys") else _WORDS
        yield from (alias.name for alias in node.names if alias.name in hidden or alias.name.startswith("_"))


def _attribute(node: ast.Attribute, imported: set[str]) -> Iterator[str]:
    stored = not isinstance(node.ctx, ast.Load)
    of_module = isinstance(node.value, ast.Name) and node.value.id in imported
    # Changing a module changes what the test itself uses; its private names lead to other modules.
    if of_module and (stored or node.attr.startswith("_") or node.attr in ("write", "writev", "pwrite", "fdopen")):
        yield f"{ast.unparse(node)}"
    elif node.attr in _WORDS or node.attr == "__class__" or (stored and _DUNDER.match(node.attr)):
        yield node.attr
