"""Small wrong changes to Python source, as people make them. Which of them are kept is the business of choose.py."""

import ast
import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mod,
    ast.Div: ast.FloorDiv,
    ast.Mod: ast.FloorDiv,
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One change: `old` at this place of the file becomes `new`."""

    file: str
    entry_point: str
    kind: str
    line: int
    """1-based."""
    column: int
    """Characters before it in the line."""
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The whole file with the change. Raises ValueError where the file is another one."""
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: self.line - 1]) + self.column
        if not text.startswith(self.old, start):
            raise ValueError(f"{self.file}:{self.line} does not hold {self.old!r}.")
        return text[:start] + self.new + text[start + len(self.old) :]

    def as_json(self) -> dict[str, Any]:
        """Where it is and a hash of what it changes; the projects' own text is not kept here."""
        place: dict[str, Any] = asdict(self)
        change = f"{place.pop('old')}\0{place.pop('new')}"
        return {**place, "change": hashlib.sha256(change.encode()).hexdigest()[:12]}


def recovered(text: str, row: dict[str, Any]) -> Mutant:
    """The change that `as_json` describes, found again in the file. Raises ValueError where the file is another one."""
    for one in _possible(row["file"], text):
        # Most are told apart without a hash.
        if (one.line, one.kind) == (row["line"], row["kind"]) and one.as_json() == row:
            return one
    raise ValueError(f"{row['file']}:{row['line']} does not hold what the {row['kind']} changes.")


def mutants(file: str, text: str, seed: int) -> list[Mutant]:
    """All changes to the functions of a file, shuffled, the kinds taking turns."""
    found = [one for one in _possible(file, text) if one.old != one.new and _compiles(one.applied(text))]
    chance = random.Random(f"{seed} {file}")  # noqa: S311  no secret, only a repeatable order
    chance.shuffle(found)
    by_kind = [[one for one in found if one.kind == kind] for kind in sorted({one.kind for one in found})]
    chance.shuffle(by_kind)
    return [one for turn in itertools.zip_longest(*by_kind) for one in turn if one is not None]


def _possible(file: str, text: str) -> Iterator[Mutant]:
    for entry_point, function in _functions(ast.parse(text)):
        for node in _inside(function):
            if _plain_place(node):
                for kind, new in _changes(node, function):
                    yield Mutant(file, entry_point, kind, *_place(text, node), new)


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions at the top level and methods of classes there."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, Function))


def _inside(function: Function) -> Iterator[ast.AST]:
    """Nodes of the body and the defaults, without annotations, decorators and pieces of f-strings, whose places lie."""
    waiting: list[ast.AST] = [*function.body, *function.args.defaults]
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, (ast.JoinedStr, ast.AnnAssign)):
            continue
        waiting.extend(ast.iter_child_nodes(node))


def _changes(node: ast.AST, function: Function) -> Iterator[tuple[str, str]]:
    """(kind, new text of the node)."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        ops = [_COMPARISONS[type(node.ops[0])](), *node.ops[1:]]
        yield "comparison", ast.unparse(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _text(node.left):
        yield "operator", ast.unparse(ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and or", ast.unparse(ast.BoolOp(other, node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "negation", f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.If) and not node.orelse:
        yield "missing branch", "pass"
    elif isinstance(node, ast.Constant):
        yield from _constants(node, function)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        names = [one.arg for one in function.args.args if one.arg not in ("self", "cls", node.id)]
        if node.id in {one.arg for one in function.args.args} and names:
            yield "wrong variable", names[0]
    elif isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords and not _starred(node):
        yield "swapped arguments", ast.unparse(ast.Call(node.func, node.args[::-1], []))


def _constants(node: ast.Constant, function: Function) -> Iterator[tuple[str, str]]:
    """Numbers are one off; a default may also be the other truth value or another text."""
    default = node in function.args.defaults
    if isinstance(node.value, bool):
        yield ("wrong default" if default else "wrong constant"), str(not node.value)
    elif isinstance(node.value, int):
        yield ("wrong default" if default else "off by one"), str(node.value + 1)
        if node.value > 0:
            yield ("wrong default" if default else "off by one"), str(node.value - 1)
    elif isinstance(node.value, str) and default:
        yield "wrong default", repr(node.value + "x" if len(node.value) < 2 else node.value[:-1])


def _text(node: ast.expr) -> bool:
    return isinstance(node, (ast.JoinedStr, ast.Constant)) and not isinstance(
        getattr(node, "value", None), (int, float)
    )


def _starred(node: ast.Call) -> bool:
    return any(isinstance(one, ast.Starred) for one in node.args)


def _plain_place(node: ast.AST) -> bool:
    return getattr(node, "end_lineno", None) is not None


def _place(text: str, node: Any) -> tuple[int, int, str]:
    """Line, column in characters, source text; ast counts columns in bytes."""
    lines = [line.encode() for line in _lines(text)[node.lineno - 1 : node.end_lineno]]
    column = len(lines[0][: node.col_offset].decode())
    # From the end first: a node of one line is cut at both.
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return node.lineno, column, b"\n".join(lines).decode()


@lru_cache(4)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def _compiles(text: str) -> bool:
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
