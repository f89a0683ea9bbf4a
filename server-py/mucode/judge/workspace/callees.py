"""What a project's functions call within the project, read from their text. Which of them are suspects: suspects.py.

Types are not inferred: a call is followed where its name says what it means, by `self`, by an import or by the module.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from .modules import Definitions, Found

_MOST_LEVELS = 4
_MOST_FOUND = 80
_MOST_BASES = 8
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Called:
    """A function or method, and the class that it is called on, which may be below the one that defines it."""

    found: Found
    instance: Optional[Found] = None


class Callees:
    """Follows calls."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def method(self, owner: Found, name: str) -> Optional[Called]:
        """A method of a class of the project, its own or inherited from another class of the project."""
        waiting, seen = [owner], 0
        while waiting and seen < _MOST_BASES:
            one = waiting.pop(0)
            seen += 1
            found = one.method(name)
            if found is not None:
                return Called(found, owner)
            waiting += self._bases(one)
        return None

    def below(self, roots: Iterable[Called]) -> Iterator[Found]:
        """What these call, nearest first: each function once, the roots themselves left out."""
        level = list(roots)
        seen = {_key(one.found) for one in level}
        count = 0
        for _ in range(_MOST_LEVELS):
            following: list[Called] = []
            for one in level:
                for called in self._calls(one):
                    if _key(called.found) not in seen and count < _MOST_FOUND:
                        seen.add(_key(called.found))
                        count += 1
                        following.append(called)
                        yield called.found
            level = following

    def _bases(self, one: Found) -> Iterator[Found]:
        for base in one.node.bases if isinstance(one.node, ast.ClassDef) else ():
            found = self._named(base, one.file)
            if found is not None and isinstance(found.node, ast.ClassDef):
                yield found

    def _calls(self, one: Called) -> Iterator[Called]:
        """The calls in a body, in the order of the text."""
        file, node = one.found.file, one.found.node
        instance = one.instance or self._class_of(one.found)
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)] if node is not None else []
        for call in sorted(calls, key=lambda part: (part.lineno, part.col_offset)):
            called = self._called(call.func, file, instance)
            if called is not None and isinstance(called.found.node, _FUNCTIONS):
                yield called

    def _called(self, function: ast.expr, file: str, instance: Optional[Found]) -> Optional[Called]:
        if isinstance(function, ast.Attribute) and instance is not None and _is_self(function.value):
            return self.method(instance, function.attr)
        found = self._named(function, file)
        if found is None:
            return None
        return self.method(found, "__init__") if isinstance(found.node, ast.ClassDef) else Called(found)

    def _named(self, name: ast.expr, file: str) -> Optional[Found]:
        """What `f`, `module.f` or `Class.m` stands for in a file."""
        if isinstance(name, ast.Name):
            return self._definitions.of_name(name.id, file)
        if not isinstance(name, ast.Attribute):
            return None
        owner = self._named(name.value, file)
        if owner is None:
            return None
        return self._definitions.of_name(name.attr, owner.file) if owner.node is None else owner.method(name.attr)

    def _class_of(self, found: Found) -> Optional[Found]:
        return self._definitions.of_name(found.owner, found.file) if found.owner else None


def _is_self(value: ast.expr) -> bool:
    """`self`, `cls` or `super()`."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def _key(found: Found) -> "tuple[str, str, str]":
    return found.file, found.owner, getattr(found.node, "name", "")
