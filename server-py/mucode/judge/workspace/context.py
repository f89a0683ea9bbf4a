"""What a prompt shows of a file besides the code under repair: what that code uses of it, within a budget."""

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from ..answers.splice import lines_of
from ..function.redefined import bound_by
from ..inspection import region
from ..syntax import body_of

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_RANKS = ("import", "constant", "helper", "class")
_LONG_VALUE = 300
_LONG_METHOD = 600
_BYTES_PER_TOKEN = 3.2
_MOST_ROUNDS = 3
"""How far what is used by what is used is followed."""


@dataclass(frozen=True)
class _Part:
    """One piece of the file: what it is, its lines, and its text in whole or in short."""

    kind: str
    name: str
    lines: tuple[int, int]
    text: str


def context_of(text: str, entry_point: str, budget: int) -> "dict[str, object]":
    """`{"context", "parts": [{"kind", "name", "lines"}], "tokens"}`, in the order of the file. Raises RegionError.

    budget: most tokens of the context, as `tokens_in` estimates them. Imports come first, then constants, helpers, and
    classes in outline; what does not fit in whole is shown in outline, and left out where even that does not fit.
    """
    found = region(text, entry_point)
    first, last = found["lines"]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    rest = [*lines[: first - 1], *[""] * (last - first + 1), *lines[last:]]
    around = [node for node in body_of("\n".join(rest)) if not _only_runs(node)]
    parts = sorted(_Choice(around, rest, budget).made(_names(found["code"])), key=lambda part: part.lines)
    return {
        "context": _joined(parts),
        "parts": [{"kind": part.kind, "name": part.name, "lines": list(part.lines)} for part in parts],
        "tokens": tokens_in(_joined(parts)),
    }


def tokens_in(text: str) -> int:
    """About how many tokens a text is: 3.2 bytes of code each, which is fewer than most tokenisers put into one."""
    return math.ceil(_bytes_in(text) / _BYTES_PER_TOKEN)


def _bytes_in(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


class _Choice:
    def __init__(self, around: "list[ast.stmt]", lines: Sequence[str], budget: int) -> None:
        self._binding: Mapping[str, ast.stmt] = {name: node for node in around for name in bound_by(node)}
        self._lines = lines
        self._room = int(budget * _BYTES_PER_TOKEN)
        self._parts: list[_Part] = []
        self._seen: set[int] = set()

    def made(self, names: "list[str]") -> "list[_Part]":
        """The parts that code which uses `names` needs."""
        for _ in range(_MOST_ROUNDS):
            wanted: list[tuple[str, ast.stmt]] = []
            for name in dict.fromkeys(names):
                node = self._binding.get(name)
                if node is not None and id(node) not in self._seen:
                    self._seen.add(id(node))
                    wanted.append((name, node))
            wanted.sort(key=lambda pair: _RANKS.index(_kind(pair[1])))
            names = [used for name, node in wanted for used in self._took(name, node)]
        return self._parts

    def _took(self, name: str, node: ast.stmt) -> "list[str]":
        """Takes a statement in where it fits; the names that its shown text uses."""
        first, last = lines_of(node)
        whole = "\n".join(self._lines[first - 1 : last])
        for text in dict.fromkeys([whole, _outline(node, name, whole)] if _kind(node) != "class" else [_class(node)]):
            if _bytes_in(text) + 3 <= self._room:
                self._room -= _bytes_in(text) + 3
                shown = "" if _kind(node) == "import" else text
                self._parts.append(_Part(_kind(node), name, (first, last), text))
                return _names(shown)
        return []


def _only_runs(node: ast.stmt) -> bool:
    """Asserts, bare expressions and the `if __name__` block."""
    return isinstance(node, (ast.Assert, ast.Expr)) or (
        isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
    )


def _kind(node: ast.stmt) -> str:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return "import"
    if isinstance(node, (ast.If, ast.Try)):
        # `try: import a except ImportError: a = None` serves as an import.
        return "import" if any(isinstance(part, (ast.Import, ast.ImportFrom)) for part in node.body) else "constant"
    return "helper" if isinstance(node, _FUNCTIONS) else "class" if isinstance(node, ast.ClassDef) else "constant"


def _names(code: str) -> "list[str]":
    """Names that a piece of code mentions, in its order; text that is no Python is taken apart by its words."""
    body = body_of(code)
    if not body and code.strip():
        words = "".join(char if char.isalnum() or char == "_" else " " for char in code).split()
        return [word for word in words if word.isidentifier()]
    found = [part for node in body for part in ast.walk(node)]
    names = [(part.lineno, part.col_offset, part.id) for part in found if isinstance(part, ast.Name)]
    # Annotations may be texts.
    noted = [getattr(part, field, None) for part in found for field in ("annotation", "returns")]
    texts = [note.value for note in noted if isinstance(note, ast.Constant) and isinstance(note.value, str)]
    return [name for _, _, name in sorted(names)] + [name for text in texts for name in _names(text)]


def _outline(node: ast.stmt, name: str, whole: str) -> str:
    """What is shown of a long statement: a function without its body, a name without its value."""
    if isinstance(node, _FUNCTIONS):
        return _signature(node, "")
    return f"{name} = ..." if isinstance(node, (ast.Assign, ast.AnnAssign)) else whole


def _signature(node: _Function, lead: str) -> str:
    """Decorators, header, the first line of the docstring and `...`."""
    decorators = [f"{lead}@{ast.unparse(one)}" for one in node.decorator_list]
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    header = f"{lead}{word} {node.name}({ast.unparse(node.args)}){returns}:"
    said = (ast.get_docstring(node) or "").strip().split("\n")[0]
    if not said:
        return "\n".join([*decorators, f"{header} ..."])
    return "\n".join([*decorators, header, f'{lead}    """{said}"""', f"{lead}    ..."])


def _class(node: ast.stmt) -> str:
    """The class in outline: header, attributes, `__init__` where it is short, signatures of the other methods."""
    if not isinstance(node, ast.ClassDef):
        return ""
    given = [*map(ast.unparse, node.bases), *(ast.unparse(one) for one in node.keywords)]
    lines = [*(f"@{ast.unparse(one)}" for one in node.decorator_list)]
    lines.append(f"class {node.name}({', '.join(given)}):" if given else f"class {node.name}:")
    said = (ast.get_docstring(node) or "").strip().split("\n")[0]
    lines += [f'    """{said}"""'] if said else []
    lines += [line for part in node.body for line in _member(part)]
    return "\n".join(lines if len(lines) > 1 + len(node.decorator_list) else [*lines, "    ..."])


def _member(part: ast.stmt) -> "Iterator[str]":
    if isinstance(part, _FUNCTIONS):
        whole = ast.unparse(part)
        if part.name == "__init__" and len(whole) <= _LONG_METHOD:
            yield from (f"    {line}" for line in whole.split("\n"))
        else:
            yield _signature(part, "    ")
    elif isinstance(part, (ast.Assign, ast.AnnAssign)):
        text = ast.unparse(part)
        yield f"    {text}" if len(text) <= _LONG_VALUE and "\n" not in text else f"    {text[:40].split('=')[0]}= ..."
    elif isinstance(part, ast.ClassDef):
        yield from (f"    {line}" for line in _class(part).split("\n"))


def _joined(parts: Sequence[_Part]) -> str:
    """Imports line under line, everything else apart by a blank line."""
    text = ""
    for before, part in zip([None, *parts], parts):
        close = before is not None and before.kind == part.kind and part.kind in ("import", "constant")
        text += ("" if before is None else "\n" if close else "\n\n") + part.text
    return text + "\n" if text else ""
