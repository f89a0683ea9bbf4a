"""Reads a model's answer: which of its code counts, or why none does. The one implementation for both languages."""

import ast
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Optional

from ..fingerprint import fingerprint
from ..problem import Problem
from ..syntax import NOT_PYTHON, body_of, parse, parse_strictly
from .blocks import Block, clean, fenced_blocks, plain_code, syntax_error, whole_statements
from .layout import indented, unit_of
from .pieces import Pieces, imports_lacking, pieces_for
from .splice import Function, assemble, ended_like, function_in, refitted, with_method


@dataclass(frozen=True)
class Extraction:
    """What became of an answer. `reason` is no_code, syntax, wrong_name or truncated where it is not ok."""

    ok: bool
    form: str = ""
    """fenced, several, bare, truncated, body, method or prose; program for a candidate that was one."""
    program: str = ""
    code: str = ""
    imports: list[str] = field(default_factory=list[str])
    fingerprint: str = ""
    reason: str = ""
    message: str = ""
    region_line: int = 1

    def as_json(self) -> dict[str, object]:
        """The object of the protocol."""
        if not self.ok:
            return {"ok": False, "reason": self.reason, "message": self.message}
        return {
            "ok": True, "form": self.form, "program": self.program, "code": self.code,
            "imports": list(self.imports), "fingerprint": self.fingerprint,
        }  # fmt: skip


@dataclass(frozen=True)
class _Found:
    source: str
    pieces: Pieces
    form: str


def extract(problem: Problem, answer: str) -> Extraction:
    """The program that an answer stands for."""
    text = clean(answer)
    blocks = fenced_blocks(text)
    found = _in_blocks(problem, blocks) if blocks else _in_text(problem, text)
    if found is None and blocks:
        found = _in_blocks(problem, fenced_blocks(text, strings=True))
    if found is None:
        found = _as_body(problem, blocks, text)
    if found is None:
        return _refusal(problem, blocks, text)
    return _spliced(problem, found)


def _in_blocks(problem: Problem, blocks: Sequence[Block]) -> Optional[_Found]:
    texts = [(whole_statements(block.text), block) for block in blocks]
    defining: list[tuple[str, Block, Pieces]] = []
    for text, block in texts:
        pieces = pieces_for(problem, text) if text is not None else None
        if text is not None and pieces is not None:
            defining.append((text, block, pieces))
    if not defining:
        return None
    # A model often quotes the broken code before it answers: the last block that differs from it counts.
    original = fingerprint(problem.code)
    changed = [one for one in defining if fingerprint(one[2].main) != original]
    text, block, pieces = (changed or defining)[-1]
    others = [other for other, _ in texts if other is not None and other is not text]
    source = "\n".join([*filter(None, map(_imports_and_helpers, others)), text]) if others else text
    if others:
        pieces = pieces_for(problem, source) or pieces
    complete = block.closed and text.strip() == textwrap.dedent(block.text).strip()
    form = "several" if len(blocks) > 1 else "fenced" if complete or block.closed else "truncated"
    return _Found(source, pieces, "method" if pieces.bare_method else form)


def _imports_and_helpers(source: str) -> str:
    """What another block may add: imports, and definitions that the chosen block may use."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return "\n".join(ast.unparse(node) for node in body_of(source) if isinstance(node, kinds))


def _in_text(problem: Problem, text: str) -> Optional[_Found]:
    whole = whole_statements(text)
    pieces = pieces_for(problem, whole) if whole is not None else None
    if whole is not None and pieces is not None:
        cut = parse(textwrap.dedent(text)) is None
        form = "method" if pieces.bare_method else "bare" if not cut else "prose"
        return _Found(whole, pieces, form)
    for stretch in plain_code(text):
        pieces = pieces_for(problem, stretch)
        if pieces is not None:
            return _Found(stretch, pieces, "method" if pieces.bare_method else "prose")
    return None


def _as_body(problem: Problem, blocks: Sequence[Block], text: str) -> Optional[_Found]:
    """Statements without a definition, put under the original's signature."""
    original = function_in(parse(problem.code), problem.entry_point)
    if original is None:
        return None
    for body in [block.text for block in blocks] or [text]:
        source = _under_signature(problem, original, body)
        pieces = pieces_for(problem, source) if source is not None else None
        if source is not None and pieces is not None:
            return _Found(source, pieces, "body")
    return None


def _under_signature(problem: Problem, original: Function, body: str) -> Optional[str]:
    lines = body.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    # A completion may have its first line without the indentation of the others.
    if len(lines) > 1 and lines[0][:1].strip() and all(not line.strip() or line[0] in " \t" for line in lines[1:]):
        following = next((line for line in lines[1:] if line.strip()), "")
        if not lines[0].rstrip().endswith(":"):
            lines[0] = following[: len(following) - len(following.lstrip())] + lines[0]
    inner = textwrap.dedent("\n".join(lines))
    if not inner.strip():
        return None
    nested = "if 1:\n" + textwrap.indent(inner, " ")
    tree = parse("def _():\n" + textwrap.indent(inner, " "))
    function = function_in(tree, "_")
    if function is None or not _gives_back(function.body):
        return None
    unit = unit_of(problem.code)
    header = "\n".join(problem.code.split("\n")[original.lineno - 1 : original.body[0].lineno - 1])
    if not header:
        line = problem.code.split("\n")[original.lineno - 1]
        header = line[: original.body[0].col_offset].rstrip()
    header = "\n".join(line[original.col_offset :] for line in header.split("\n"))
    return header + "\n" + "\n".join(indented(nested, unit).split("\n")[1:])


def _gives_back(body: Iterable[ast.AST]) -> bool:
    """Whether statements return or yield something themselves, not in a function within them."""
    for node in body:
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)):
            return True
        inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))
        if not inner and _gives_back(ast.iter_child_nodes(node)):
            return True
    return False


def _spliced(problem: Problem, found: _Found) -> Extraction:
    pieces = found.pieces
    unit = unit_of(problem.code)
    original = function_in(parse(problem.code), problem.entry_point)
    main = refitted(problem.code, original, pieces.main, unit)
    helpers = [indented(helper, unit) for helper in pieces.helpers]
    if "." in problem.entry_point:
        methods = [indented(method, unit) for method in pieces.methods]
        replaced = with_method(problem.code, problem.owner, problem.function_name, [*methods, main])
        if replaced is None:
            return Extraction(False, reason="wrong_name", message=f"The region holds no class `{problem.owner}`.")
        main = replaced
    code = ended_like("\n\n\n".join([*helpers, main]), problem.code)
    imports = imports_lacking(problem.context, pieces.imports)
    program, line = assemble(problem, imports, code)
    return Extraction(True, found.form, program, code, imports, fingerprint(program), region_line=line)


def _refusal(problem: Problem, blocks: Sequence[Block], text: str) -> Extraction:
    texts = [block.text for block in blocks] or [text]
    unclosed = bool(blocks) and not blocks[-1].closed
    name = problem.function_name
    for source in texts:
        whole = whole_statements(source)
        other = _other_name(problem, whole) if whole is not None else None
        if other is not None:
            message = f"The answer defines `{other}`, not `{name}`; the function must be called `{name}`."
            return Extraction(False, reason="wrong_name", message=message)
    begun = next((source for source in texts if f"def {name}" in source), None)
    if begun is not None:
        if (unclosed and begun is texts[-1]) or (not blocks and _ends_early(begun)):
            message = f"The answer stopped in the middle of `{name}`; answer with the whole function, shorter."
            return Extraction(False, reason="truncated", message=message)
        start = begun if blocks else begun[begun.index(f"def {name}") :]
        fault = syntax_error(textwrap.dedent(start))
        if not fault:
            message = f"The answer holds `{name}` only within something else; answer with the whole function by itself."
            return Extraction(False, reason="wrong_name", message=message)
        return Extraction(False, reason="syntax", message=f"The code of the answer is no valid Python: {fault}.")
    if blocks and all(parse(textwrap.dedent(source)) is None for source in texts):
        message = f"The code of the answer is no valid Python: {syntax_error(textwrap.dedent(texts[-1]))}."
        return Extraction(False, reason="syntax", message=message)
    message = f"The answer holds no definition of `{name}`; answer with the whole function in one code block."
    return Extraction(False, reason="no_code", message=message)


def _ends_early(text: str) -> bool:
    """Whether unfenced code breaks off on its last lines, as an answer cut at the token limit does."""
    try:
        parse_strictly(textwrap.dedent(text[text.index("def ") :]))
    except SyntaxError as error:
        lines = text[text.index("def ") :].rstrip().count("\n") + 1
        return (error.lineno or 0) >= lines or "was never closed" in error.msg or "unterminated" in error.msg
    except NOT_PYTHON:
        return False
    return False


def _other_name(problem: Problem, source: str) -> Optional[str]:
    """The only function of an answer, when it has the right parameters and the wrong name."""
    functions = [
        node
        for node in body_of(source)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("test")
    ]
    original = function_in(parse(problem.code), problem.entry_point)
    if len(functions) != 1 or functions[0].name == problem.function_name or original is None:
        return None
    same = len(functions[0].args.args) == len(original.args.args)
    return functions[0].name if same else None
