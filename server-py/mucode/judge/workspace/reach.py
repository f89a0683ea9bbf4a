"""Which statements of a test are reached whenever the test passes; in doubt none. Reading only."""

import ast
from collections.abc import Iterator
from typing import Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DECORATORS = _words("""
    parametrize usefixtures filterwarnings asyncio anyio trio django_db timeout slow integration unit
    patch object dict multiple given example settings expectedFailure staticmethod classmethod
    skip skipif skipIf skipUnless fixture
""")
"""Names of decorators under which a function's body runs whenever its test passes."""
_AROUND = _words("""
    setUp tearDown setUpClass tearDownClass asyncSetUp asyncTearDown setUpModule tearDownModule setup teardown
    setup_method teardown_method setup_class teardown_class setup_function teardown_function setup_module
    teardown_module
""")
_CONTEXTS = _words("""
    open subTest patch object dict multiple context warns deprecated_call catch_warnings assertWarns assertWarnsRegex
    assertLogs TemporaryDirectory NamedTemporaryFile TemporaryFile chdir nullcontext closing redirect_stdout
    redirect_stderr localcontext isolated_filesystem Lock RLock at_level
""")
"""Names of context managers that swallow no exception."""


def known_decorators(node: Function) -> bool:
    """Whether nothing on a function is known to keep its body from being run."""
    return all(_name(decorator) in _DECORATORS for decorator in node.decorator_list)


def is_set_up(node: Function) -> bool:
    """Whether a function runs around tests: what it demands proves nothing about them."""
    return node.name in _AROUND or any(_name(decorator) == "fixture" for decorator in node.decorator_list)


def plain_context(node: ast.expr) -> bool:
    """Whether what stands in a `with` of that expression runs to its end or fails."""
    return _name(node) in _CONTEXTS


def swallows(node: ast.expr) -> bool:
    """Whether a `with` of that expression is meant to swallow exceptions."""
    return _name(node) == "suppress"


def returns(node: ast.AST) -> bool:
    """Whether a statement may end the function before the next one."""
    return isinstance(node, ast.Return) or any(isinstance(part, ast.Return) for part in _own(node))


def left_alone(node: Function, bases: "tuple[str, ...]") -> bool:
    """Whether the framework may call the function without running its body: generators, coroutines of plain classes."""
    if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for statement in node.body for part in _own(statement)):
        return True
    return isinstance(node, ast.AsyncFunctionDef) and not all("Isolated" in base for base in bases)


def _name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _own(node: ast.AST) -> "Iterator[ast.AST]":
    """What is below a node, functions and classes left out."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
        return
    for part in ast.iter_child_nodes(node):
        yield part
        yield from _own(part)
