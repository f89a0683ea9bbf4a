"""One short name for programs that differ only in what does not matter: layout, comments, docstrings, annotations."""

import ast
import hashlib
from typing import Any

from .syntax import NOT_PYTHON, parse_strictly

_LENGTH = 16
_HOLDERS = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def fingerprint(source: str) -> str:
    """Hexadecimal digits of the sha256 of the normalised syntax tree; of the text where it is no Python."""
    try:
        tree: Any = _Normal().visit(parse_strictly(source))
        text = ast.dump(tree)
    except NOT_PYTHON:
        text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


class _Normal(ast.NodeTransformer):
    """Takes annotations and docstrings away. Names stay: renaming could join programs that read their own names."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _HOLDERS):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
        return super().generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
