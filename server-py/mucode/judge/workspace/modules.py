"""Which file of a project an import means, and where a name that it gives is really defined. Reading only.

Files are named relative to the project, with "/". Layouts: modules at the root, below src/ or lib/, the same within any
folder around the importing file (several projects in one repository), packages with and without `__init__.py`.
"""

import ast
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Optional, Union

from ..syntax import body_of

Read = Callable[[str], Optional[str]]
"""A file's text; None where there is none."""
Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
_BELOW = ("", "src", "lib", "python")
_MOST_STEPS = 12


@dataclass(frozen=True)
class Found:
    """A definition at the top of a module, a method of a class there, or the module itself where `node` is None."""

    file: str
    node: Optional[Definition] = None
    owner: str = ""
    """The class of a method."""

    def method(self, name: str) -> "Optional[Found]":
        """A method of a found class."""
        for node in self.node.body if isinstance(self.node, ast.ClassDef) else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return Found(self.file, node, getattr(self.node, "name", ""))
        return None


@dataclass(frozen=True)
class Imported:
    """One name that an import statement binds: `import module` or `from module import name`."""

    module: str
    """With leading dots where it is relative."""
    name: str
    bound: str


def imports_of(tree: ast.AST) -> "list[Imported]":
    """All imports below a node, also within functions; a bound name of `*` stands for everything."""
    found: list[Imported] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Imported(one.name, "", one.asname or one.name.partition(".")[0]) for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [Imported(module, alias.name, alias.asname or alias.name) for alias in node.names]
    return found


class Modules:
    """Finds modules of one project; `has` knows its files."""

    def __init__(self, has: "Callable[[str], bool]") -> None:
        self._has = has
        self._known: dict[tuple[str, str], Optional[str]] = {}

    def file_of(self, module: str, importer: str) -> Optional[str]:
        """The file of a module as `importer` names it; None for one that is not the project's."""
        folder = posixpath.dirname(importer)
        key = (folder, module)
        if key not in self._known:
            bases = [base for base in _bases(folder, module) if module.startswith(".") or not self._is_package(base)]
            candidates = (self._at(base, module.lstrip(".")) for base in bases)
            self._known[key] = next((file for file in candidates if file is not None), None)
        return self._known[key]

    def files_of(self, module: str, name: str, importer: str) -> "list[str]":
        """Every file that `from module import name` runs: packages on the way, the module, the name as a submodule."""
        dots = module[: len(module) - len(module.lstrip("."))]
        parts = [part for part in [*module.lstrip(".").split("."), name] if part]
        ways = [dots + ".".join(parts[:count]) for count in range(0 if dots else 1, len(parts) + 1)]
        found = (self.file_of(way, importer) for way in ways)
        return list(dict.fromkeys(file for file in found if file is not None))

    def _is_package(self, base: str) -> bool:
        """Whether a folder is a package, and so no place that absolute imports start from."""
        return bool(base) and self._has(posixpath.join(base, "__init__.py"))

    def _at(self, base: str, dotted: str) -> Optional[str]:
        path = posixpath.join(base, *dotted.split(".")) if dotted else base
        names = [posixpath.join(path, "__init__.py"), *([path + ".py"] if dotted else [])]
        return next((name for name in names if self._has(name)), None)


def _bases(folder: str, module: str) -> "Iterator[str]":
    """Folders that the first part of a module's name may lie in."""
    level = len(module) - len(module.lstrip("."))
    if level:
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        yield folder
        return
    while True:
        for below in _BELOW:
            yield posixpath.join(folder, below) if below else folder
        if not folder:
            return
        folder = posixpath.dirname(folder)


class Definitions:
    """Finds where names are defined, through any number of re-exports."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._bodies: dict[str, list[ast.stmt]] = {}
        self.modules = Modules(lambda file: read(file) is not None)

    def text(self, file: str) -> str:
        """The text of a file; empty where there is none."""
        return self._read(file) or ""

    def body(self, file: str) -> "list[ast.stmt]":
        """The statements of a file; none for one that cannot be read."""
        if file not in self._bodies:
            self._bodies[file] = body_of(self.text(file))
        return self._bodies[file]

    def of_import(self, one: Imported, importer: str) -> Optional[Found]:
        """What an import gives: a definition of the project, one of its modules, or None."""
        return self._imported(one, importer, _MOST_STEPS)

    def of_name(self, name: str, file: str) -> Optional[Found]:
        """What a name at the top of a file stands for."""
        return self._named(name, file, _MOST_STEPS)

    def _imported(self, one: Imported, importer: str, steps: int) -> Optional[Found]:
        if not one.name:
            # `import a.b` binds a, `import a.b as c` binds a.b.
            whole = one.module if one.bound != one.module.partition(".")[0] else one.bound
            file = self.modules.file_of(whole, importer)
            return Found(file) if file is not None else None
        owner = self.modules.file_of(one.module, importer)
        found = self._named(one.name, owner, steps - 1) if owner is not None and steps else None
        if found is not None:
            return found
        dots = one.module if not one.module.strip(".") else one.module + "."
        inner = self.modules.file_of(dots + one.name, importer)
        return Found(inner) if inner is not None else None

    def _named(self, name: str, file: str, steps: int) -> Optional[Found]:
        if not steps:
            return None
        for node in _top_level(self.body(file)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
                return Found(file, node)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for one in imports_of(node):
                    if one.bound == name:
                        return self._imported(one, file, steps)
                    found = self._imported(Imported(one.module, name, name), file, steps) if one.bound == "*" else None
                    if found is not None and found.node is not None:
                        return found
            # `name = other`, as old names are kept.
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and _binds(node, name):
                return self._named(node.value.id, file, steps - 1)
        return None


def _binds(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _top_level(body: "list[ast.stmt]") -> "Iterator[ast.stmt]":
    """Statements of a module, those under `if` and `try` too."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from _top_level([*node.body, *node.orelse])
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def entry_at(body: "list[ast.stmt]", line: int) -> "tuple[str, int] | None":
    """The function or method that holds a line, by its name from the top of the file; None outside of all."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in body:
        if not _holds(node, line):
            continue
        if isinstance(node, kinds):
            return node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            inner = next((part for part in node.body if isinstance(part, kinds) and _holds(part, line)), None)
            return (f"{node.name}.{inner.name}", inner.lineno) if inner is not None else None
        if isinstance(node, (ast.If, ast.Try)):
            return entry_at([*node.body, *node.orelse, *getattr(node, "finalbody", [])], line)
    return None


def _holds(node: ast.stmt, line: int) -> bool:
    # A function's own first line is that of its first decorator.
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    return first <= line <= (node.end_lineno or node.lineno)
