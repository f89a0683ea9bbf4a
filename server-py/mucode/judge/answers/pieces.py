"""Takes the code of an answer apart: the definition that was asked for, what it uses, and the imports it needs."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Union

from ..problem import Problem
from ..syntax import body_of, parse
from .splice import function_in, text_of

_Import = Union[ast.Import, ast.ImportFrom]


@dataclass(frozen=True)
class Pieces:
    """The parts of an answer that count, each at column 0."""

    main: str
    """The function or method asked for."""
    helpers: tuple[str, ...]
    """Top-level statements it uses that the program lacks."""
    methods: tuple[str, ...]
    """Methods it uses that the class lacks."""
    imports: tuple[_Import, ...]
    bare_method: bool
    """A method that was given without its class, or a function that was given inside of one."""


def pieces_for(problem: Problem, source: str) -> Optional[Pieces]:
    """The pieces of a parseable text that defines the entry point; None for one that does not."""
    tree = parse(source)
    if tree is None:
        return None
    main = function_in(tree, problem.entry_point)
    bare = main is None
    if main is None and "." in problem.entry_point:
        main = function_in(tree, problem.function_name) or _method_of_any_class(tree, problem.function_name)
    node: Optional[ast.stmt] = main if main is not None else _assigned(tree, problem.entry_point)
    if node is None:
        return None
    used = _names(node)
    methods = _methods(problem, tree, node, used) if "." in problem.entry_point else []
    helpers = _helpers(problem, tree, node, used)
    imports = tuple(
        part for part in tree.body if isinstance(part, (ast.Import, ast.ImportFrom)) and _is_used(part, used)
    )
    return Pieces(
        text_of(source, node),
        tuple(text_of(source, helper) for helper in helpers),
        tuple(text_of(source, method) for method in methods),
        imports,
        bare and "." in problem.entry_point,
    )


def _method_of_any_class(tree: ast.Module, name: str) -> Optional[ast.stmt]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            method = function_in(tree, f"{node.name}.{name}")
            if method is not None:
                return method
    return None


def _assigned(tree: ast.Module, name: str) -> Optional[ast.stmt]:
    """`f = lambda x: …`."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node
    return None


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _attributes(node: ast.AST) -> set[str]:
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def top_level_names(source: str) -> set[str]:
    """What a text defines at its top level, imports aside."""
    names: set[str] = set()
    for node in body_of(source):
        names |= _defines(node)
    return names


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {
            part.id
            for target in targets
            for part in ast.walk(target)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
    return set()


def _helpers(problem: Problem, tree: ast.Module, main: ast.stmt, used: set[str]) -> list[ast.stmt]:
    """Statements reachable by name from the definition. What the program has already is not defined anew."""
    present = top_level_names(problem.context) | {problem.owner}
    waiting = [node for node in tree.body if node is not main and _defines(node) and not _defines(node) & present]
    kept: set[int] = set()
    grown = True
    while grown:
        grown = False
        for number, node in enumerate(waiting):
            if number not in kept and _defines(node) & used:
                kept.add(number)
                used |= _names(node)
                grown = True
    limits = [node for node in tree.body if _sets_recursion_limit(node)]
    for node in limits:
        used |= _names(node)
    chosen = [*limits, *(waiting[number] for number in sorted(kept))]
    return sorted(chosen, key=lambda node: node.lineno)


def _sets_recursion_limit(node: ast.stmt) -> bool:
    """The one bare call that a correct program may need at its top level."""
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("sys.setrecursionlimit(")


def _methods(problem: Problem, tree: ast.Module, main: ast.stmt, used: set[str]) -> list[ast.stmt]:
    """Methods of the answer's class that the method uses and the original class lacks."""
    had = _class_methods(parse(problem.code), problem.owner)
    given = _class_methods(tree, problem.owner)
    wanted = _attributes(main)
    seen: set[str] = set()
    kept: list[ast.stmt] = []
    while True:
        fresh = [name for name in given if name in wanted - seen and name not in had]
        if not fresh:
            return sorted(kept, key=lambda node: node.lineno)
        for name in fresh:
            seen.add(name)
            kept.append(given[name])
            wanted |= _attributes(given[name])
            used |= _names(given[name])


def _class_methods(tree: Optional[ast.Module], name: str) -> dict[str, ast.stmt]:
    for node in tree.body if tree else []:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {part.name: part for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return {}


def _is_used(node: _Import, used: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return True
    return any(alias.name == "*" or (alias.asname or alias.name).split(".")[0] in used for alias in node.names)


def imports_lacking(context: str, imports: Sequence[_Import]) -> list[str]:
    """Import lines for what the context does not import already, `__future__` first."""
    present = {
        (getattr(node, "module", None), getattr(node, "level", 0), alias.name, alias.asname)
        for node in body_of(context)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    lines: list[str] = []
    for node in imports:
        module, level = (node.module, node.level) if isinstance(node, ast.ImportFrom) else (None, 0)
        names = [alias for alias in node.names if (module, level, alias.name, alias.asname) not in present]
        present |= {(module, level, alias.name, alias.asname) for alias in names}
        if names:
            lines.append(
                ast.unparse(
                    ast.ImportFrom(module, names, level) if isinstance(node, ast.ImportFrom) else ast.Import(names)
                )
            )
    return sorted(lines, key=lambda line: not line.startswith("from __future__"))
