"""Which statements of a test are reached whenever the test passes; in doubt none. Reading only."""

import ast
from collections.abc import Iterator
from typing import Union

_DECORATORS = frozenset(
    [
        "parametrize",
        "usefixtures",
        "filterwarnings",
        "asyncio",
        "anyio",
        "trio",
        "django_db",
        "timeout",
        "slow",
        "integration",
        "unit",
        "patch",
        "object",
        "dict",
        "multiple",
        "given",
        "example",
        "settings",
        "expectedFailure",
        "staticmethod",
        "classmethod",
        "skip",
        "skipif",
        "skipIf",
        "skipUnless",
        "fixture",
    ]
)
"""Names of decorators under which a function's body runs whenever its test passes."""
_CONTEXTS = frozenset(
    [
        "open",
        "subTest",
        "patch",
        "object",
        "dict",
        "multiple",
        "context",
        "warns",
        "deprecated_call",
        "catch_warnings",
        "assertWarns",
        "assertWarnsRegex",
        "assertLogs",
        "TemporaryDirectory",
        "NamedTemporaryFile",
        "TemporaryFile",
        "chdir",
        "nullcontext",
        "closing",
        "redirect_stdout",
        "redirect_stderr",
        "local_context",
        "localcontext",
        "disabled",
        "isolated_filesystem",
        "set_trace",
        "lock",
        "Lock",
        "RLock",
    ]
)
"""Names of context managers that swallow no exception."""


def known_decorators(node: "Union[ast.FunctionDef, ast.AsyncFunctionDef]") -> bool:
    """Whether nothing on a function is known to keep its body from being run."""
    return all(_name(decorator) in _DECORATORS for decorator in node.decorator_list)


def plain_context(node: ast.expr) -> bool:
    """Whether what stands in a `with` of that expression runs to its end or fails."""
    return _name(node) in _CONTEXTS


def returns(node: ast.AST) -> bool:
    """Whether a statement may end the function before the next one."""
    return isinstance(node, ast.Return) or any(isinstance(part, ast.Return) for part in _own(node))


def _name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _own(node: ast.AST) -> "Iterator[ast.AST]":
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
        return
    for part in ast.iter_child_nodes(node):
        yield part
        yield from _own(part)
