"""Reads a model's answer to a problem of kind "stdio": the whole program in it, or why there is none."""

import ast
import builtins
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from ..answers.answer import Extraction
from ..answers.blocks import Block, clean, fenced_blocks, syntax_error
from ..fingerprint import fingerprint
from ..syntax import body_of, parse
from .problem import StdioProblem

_MOST_STARTS = 40
_PARSED_CHARACTERS = 1_000_000
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CODE_LINE = re.compile(r"^(?:(?:import|from|def|class|for|while|if)[ \t].*|print\(.*|\w+ = \S.*)$", re.MULTILINE)
"""What a line of unfenced text looks like where the text was meant as a program."""
_BUILTIN = frozenset(dir(builtins)) | {"__name__", "__file__"}


@dataclass(frozen=True)
class _Program:
    text: str
    form: str


def extract(problem: StdioProblem, answer: str) -> Extraction:
    """The program that an answer holds. `code` is the same text: the program is the region under repair."""
    text = clean(answer)
    blocks = fenced_blocks(text)
    found = _in_blocks(problem, blocks) if blocks else _in_text(text)
    if found is None:
        unfenced = [text] if _CODE_LINE.search(text) else []
        return _refusal([block.text for block in blocks] or unfenced, blocks)
    program = found.text.strip("\n") + "\n"
    return Extraction(True, found.form, program, program, [], fingerprint(program))


def _in_blocks(problem: StdioProblem, blocks: Sequence[Block]) -> Optional[_Program]:
    texts = [_dedented(block.text) for block in blocks]
    programs = [index for index, text in enumerate(texts) if _acts(text)]
    if not programs:
        return None
    original = fingerprint(problem.code)
    # A model often quotes the broken program before it answers, and shows parts of the new one.
    best = max(programs, key=lambda index: (_prints(texts[index]), fingerprint(texts[index]) != original, index))
    cut_off = not blocks[-1].closed and parse(texts[-1]) is None
    if cut_off and fingerprint(texts[best]) == original:
        return None
    form = "several" if len(blocks) > 1 else "fenced" if blocks[best].closed else "truncated"
    others = [texts[index] for index in programs if index != best]
    return _Program(_completed(texts[best], others), form)


def _dedented(text: str) -> str:
    dedented = textwrap.dedent(text)
    return dedented if parse(dedented) is not None else textwrap.dedent(text.expandtabs(8))


def _acts(text: str) -> bool:
    """Whether it is Python that does something: sample input and output may parse as well, but call nothing."""
    tree = parse(text)
    return tree is not None and any(isinstance(node, (ast.Call, *_DEFINITIONS)) for node in ast.walk(tree))


def _prints(text: str) -> bool:
    return "print" in text or "write" in text


def _completed(program: str, others: Sequence[str]) -> str:
    """The program, with the definitions in front of it that it uses and that only another block has."""
    names = [node for node in ast.walk(ast.Module(body_of(program), [])) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _BUILTIN
    bound |= {name for node in ast.walk(ast.Module(body_of(program), [])) for name in _bound_by(node)}
    lacking = {node.id for node in names} - bound
    front: list[str] = []
    for other in others:
        nodes = [node for node in body_of(other) if isinstance(node, _DEFINITIONS)]
        if any(name in lacking for node in nodes for name in _bound_by(node)):
            front += _sources(nodes)
    return "\n".join([*front, program])


def _sources(nodes: Sequence[ast.stmt]) -> "list[str]":
    try:
        return [ast.unparse(node) for node in nodes]
    except RecursionError:
        return []


def _bound_by(node: ast.AST) -> "list[str]":
    """The names that one definition, import, argument or handler gives a meaning."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(one.asname or one.name).split(".")[0] for one in node.names]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    return [node.name] if isinstance(node, ast.ExceptHandler) and node.name else []


def _in_text(text: str) -> Optional[_Program]:
    """Plain text that is a program as a whole, or that ends in one."""
    whole = _dedented(text)
    if _acts(whole):
        return _Program(whole, "bare")
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line[:1].strip()]
    for number in starts[: max(3, min(_MOST_STARTS, _PARSED_CHARACTERS // (len(text) + 1)))]:
        rest = "\n".join(lines[number:])
        if _acts(rest) and _prints(rest):
            return _Program(rest, "prose")
    return None


def _refusal(meant: Sequence[str], blocks: Sequence[Block]) -> Extraction:
    """Why there is no program; `meant` are the texts that were meant as one."""
    if blocks and not blocks[-1].closed and parse(_dedented(blocks[-1].text)) is None:
        message = "The answer stopped in the middle of the program; answer with the whole program, shorter."
        return Extraction(False, reason="truncated", message=message)
    faults = [fault for fault in (syntax_error(_dedented(text)) for text in meant) if fault]
    if faults:
        return Extraction(False, reason="syntax", message=f"The code of the answer is no valid Python: {faults[-1]}.")
    message = "The answer holds no program; answer with the whole program in one code block."
    return Extraction(False, reason="no_code", message=message)
