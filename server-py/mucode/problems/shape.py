"""The shape of a program: its syntax tree as text, equal under every Python, whatever its writer called things.

`ast.dump` is not used: its text differs from one version of Python to the next. What a shape is for: fingerprints.py.
"""

import ast
from collections.abc import Sequence
from typing import cast

_SILENT = {"annotation", "returns", "type_comment", "type_params", "ctx", "kind", "simple"}
"""Fields that change nothing of what a program does."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Import = ast.Import | ast.ImportFrom


def shape_of(node: ast.AST, names: "Names") -> str:
    """The shape of a tree, or of a part of it, with the names of the whole. Raises RecursionError for a deep one.

    Left out: docstrings and other texts that stand alone, annotations, imports, empty fields. Names that the program
    chooses are numbered by their first use; an imported name is what it stands for.
    """
    return _Shape(names).node(node)


class Names:
    """Which names a program chooses itself, and which ones it imports."""

    def __init__(self, tree: ast.Module) -> None:
        self.variables: set[str] = set()
        self.attributes: set[str] = set()
        self.parameters: set[str] = set()
        self.imported: dict[str, str] = {}
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                self.variables.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                self.attributes.add(name)
            case ast.arg(arg=name):
                self.variables.add(name)
                self.parameters.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.variables.add(node.name)
                if isinstance(node, ast.ClassDef):
                    self.attributes.update(part.name for part in node.body if isinstance(part, _Function))
            case ast.MatchMapping(rest=str(name)):
                self.variables.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.variables.add(name)
            case ast.Import():
                self.imported.update({one.asname: one.name for one in node.names if one.asname})
            case ast.ImportFrom():
                self.imported.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
            case _:
                pass


class _Shape:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers: dict[str, str] = {}

    def node(self, node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return self._variable(node.id)
        if isinstance(node, ast.Constant):
            return _constant(node.value)
        if isinstance(node, ast.AnnAssign):
            kind, fields = "Assign", [("targets", [node.target]), ("value", node.value)]
        else:
            kind, fields = type(node).__name__, [(name, getattr(node, name, None)) for name in node._fields]
        parts = [f"{name}={text}" for name, value in fields if (text := self._field(node, name, value))]
        return f"{kind}({' '.join(parts)})"

    def _field(self, node: ast.AST, name: str, value: object) -> str:
        """The text of a field; empty for one that says nothing."""
        # The name in a definition: some variable inside may have the same, and may be renamed without it.
        if value is None or name in _SILENT or (name == "name" and isinstance(node, _DEFINITIONS)):
            return ""
        if isinstance(value, str):
            return self._chosen(node, name, value)
        if isinstance(value, ast.AST):
            return self.node(value)
        if isinstance(value, list):
            parts = [self._part(one) for one in _told(node, cast("Sequence[object]", value))]
            return f"[{' '.join(parts)}]" if parts else ""
        return _constant(value)

    def _part(self, value: object) -> str:
        """An item of a list: a node, an absent one (`**` in a dictionary), or a name."""
        if isinstance(value, ast.AST):
            return self.node(value)
        return self._variable(value) if isinstance(value, str) else _constant(value)

    def _chosen(self, node: ast.AST, field: str, name: str) -> str:
        if isinstance(node, ast.Attribute):
            return self._number(f".{name}") if name in self._names.attributes else name
        if isinstance(node, ast.keyword):
            return self._variable(name) if name in self._names.parameters else name
        return self._variable(name) if field in ("name", "arg", "rest") else name

    def _variable(self, name: str) -> str:
        if name in self._names.variables:
            return self._number(name)
        return self._names.imported.get(name, name)

    def _number(self, name: str) -> str:
        return self._numbers.setdefault(name, f"#{len(self._numbers)}")


def _told(node: ast.AST, values: Sequence[object]) -> list[object]:
    """The items of a list that say something."""
    if isinstance(node, ast.JoinedStr):
        return _joined(values)
    return [one for one in values if not isinstance(one, _Import) and not is_text(one) and not _is_declaration(one)]


def _joined(values: Sequence[object]) -> list[object]:
    """The parts of an f-string with texts that follow each other as one: versions of Python divide them differently."""
    joined: list[object] = []
    for one in values:
        before = joined[-1] if joined else None
        if isinstance(one, ast.Constant) and isinstance(before, ast.Constant):
            joined[-1] = ast.Constant(f"{before.value}{one.value}")
        elif not (isinstance(one, ast.Constant) and one.value == ""):
            joined.append(one)
    return joined


def _constant(value: object) -> str:
    """Texts in ASCII and whole numbers in base 16: neither depends on tables or limits of the interpreter."""
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)
    return ascii(value)


def is_text(part: object) -> bool:
    """A docstring, the `...` of a stub, or another constant that stands alone as a statement."""
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _is_declaration(part: object) -> bool:
    return isinstance(part, ast.AnnAssign) and part.value is None
