"""The tests that a text holds in itself: doctest examples in groups, and asserts at the top of a script."""

import ast
import doctest
import secrets
from collections.abc import Callable, Sequence
from typing import Optional, Union

from ..errors import JudgeError
from ..syntax import NOT_PYTHON, parse, parse_strictly

_Holder = Union[ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef]


def examples_of(
    names: Sequence[str], text_of: Callable[[str], str], exact: bool, falsified: bool
) -> list[dict[str, object]]:
    """What the doctest runner performs: every docstring that a wanted id belongs to.

    names: ids, or a selection when not `exact`. falsified: expected outputs become something that nothing prints.
    """
    wanted = frozenset(names)
    entries: list[dict[str, object]] = []
    for file in dict.fromkeys(name.partition("::")[0] for name in names):
        for name, line, text in docstrings(text_of(file), file):
            groups: list[dict[str, object]] = []
            for number, group in enumerate(_groups(text, f"{file}::{name}")):
                full = f"{file}::{name}::{number}"
                chosen = full in wanted if exact else any(full == one or full.startswith(one + "::") for one in names)
                rows = [_row(example, line, falsified) for example in group]
                groups.append({"id": full, "wanted": chosen, "examples": rows})
            while groups and not groups[-1]["wanted"]:
                groups.pop()
            if groups:
                entries.append({"file": file, "name": name, "line": line, "groups": groups})
    return entries


def _row(example: doctest.Example, line: int, falsified: bool) -> list[object]:
    flags = {
        flag: example.options[value] for flag, value in doctest.OPTIONFLAGS_BY_NAME.items() if value in example.options
    }
    want, exception = example.want, example.exc_msg
    if falsified and want:
        want, exception = secrets.token_hex(6) + "\n", None
    return [example.source, want, exception, flags, line + example.lineno]


def source_of(name: str, text: str) -> str:
    """The examples of one doctest id, as its docstring has them; empty for an unknown one."""
    file, _, rest = name.partition("::")
    owner, _, number = rest.rpartition("::")
    for found, _, docstring in docstrings(text, file):
        if found == owner and number.isdigit():
            groups = _groups(docstring, name)
            if int(number) < len(groups):
                return "".join(_shown(example) for example in groups[int(number)]).rstrip("\n")
    return ""


def _shown(example: doctest.Example) -> str:
    first, *others = example.source.rstrip("\n").split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}" for line in others)]) + "\n" + example.want


def _groups(text: str, name: str) -> list[list[doctest.Example]]:
    """Examples that stand together; a line of prose or an empty one between two examples parts them."""
    try:
        examples = doctest.DocTestParser().get_examples(text, name)
    except ValueError as error:
        raise JudgeError(f"The examples of {name} are no valid doctest: {error}. Correct them.") from error
    groups: list[list[doctest.Example]] = []
    end = -1
    for example in examples:
        if example.lineno != end:
            groups.append([])
        groups[-1].append(example)
        end = example.lineno + example.source.count("\n") + example.want.count("\n")
    return groups


def docstrings(text: str, file: str) -> list[tuple[str, int, str]]:
    """(doctest's name, line before which the text's line 0 stands, text) of each docstring with examples."""
    if not file.endswith(".py"):
        return [(file.rsplit("/", 1)[-1], 1, text)] if ">>>" in text else []
    tree = parse(text)
    found: list[tuple[str, int, str]] = []
    if tree is not None:
        _collect(tree, dotted(file), found)
    return found


def dotted(file: str) -> str:
    """The name of a file's module, as far as its path tells; what stands in `src` is named from there."""
    parts = file[: -len(".py")].split("/")
    parts = parts[1:] if len(parts) > 1 and parts[0] == "src" else parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _collect(node: _Holder, name: str, found: list[tuple[str, int, str]]) -> None:
    text = ast.get_docstring(node, clean=False)
    if text is not None and ">>>" in text:
        found.append((name, node.body[0].lineno, text))
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            _collect(child, f"{name}.{child.name}", found)


def assert_lines(text: str) -> list[int]:
    """Lines of the asserts at the top of a script. Raises JudgeError for text that is no Python."""
    try:
        tree = parse_strictly(text)
    except NOT_PYTHON as error:
        raise JudgeError(f"The script with the asserts is no valid Python: {error}. Correct it.") from error
    return [node.lineno for node in tree.body if isinstance(node, ast.Assert)]


def assert_at(text: str, line: int) -> Optional[str]:
    """The source of the assert at a line."""
    tree = parse(text)
    for node in tree.body if tree is not None else []:
        if isinstance(node, ast.Assert) and node.lineno == line:
            return ast.get_source_segment(text, node)
    return None
