"""What a `discover` request asks for, and which adapter fits it."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, cast

from ..errors import JudgeError
from ..problem import DEFAULT_TIME_LIMIT_S, ProblemError, fields_of, python_of, seconds_of, text_of
from ..syntax import parse
from .problem import ADAPTERS, DEFAULT_SUITE_LIMIT_S, buffers_of, relative_path, root_of
from .site import checked_root
from .texts import Texts

_MOST_FILES = 2000
_NEVER = {"node_modules", "site-packages", "__pycache__", "venv", "build", "dist"}


@dataclass(frozen=True)
class Request:
    """One request, checked."""

    root: str
    selection: tuple[str, ...]
    """Ids, or files and folders relative to root; empty for everything."""
    file: str
    """The file under repair; empty where it is not known yet."""
    unsaved: Mapping[str, str]
    adapter: str
    """One of ADAPTERS, or "auto"."""
    python: Optional[str]
    time_limit_s: float
    suite_limit_s: float


def request_from(message: object) -> Request:
    """Reads a request. Raises JudgeError for a wrong shape or a folder that is no project."""
    fields = fields_of(message)
    root = str(checked_root(root_of(fields)))
    unsaved = dict(buffers_of(fields))
    file = relative_path(text_of(fields, "file"), "file") if fields.get("file") is not None else ""
    if file and fields.get("text") is not None:
        unsaved[file] = text_of(fields, "text")
    adapter = text_of(fields, "adapter", "auto")
    if adapter not in (*ADAPTERS, "auto"):
        raise ProblemError(f"adapter must be auto or one of {', '.join(ADAPTERS)}, not {adapter!r}.")
    return Request(
        root=root,
        selection=_selection(fields.get("selection", [])),
        file=file,
        unsaved=unsaved,
        adapter=adapter,
        python=python_of(fields),
        time_limit_s=seconds_of(fields, "time_limit_s", DEFAULT_TIME_LIMIT_S),
        suite_limit_s=seconds_of(fields, "suite_limit_s", DEFAULT_SUITE_LIMIT_S),
    )


def _selection(given: object) -> tuple[str, ...]:
    items = cast("list[object]", given) if isinstance(given, list) else [None]
    found: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise ProblemError("selection must be a list of test ids and files.")
        file, sign, rest = item.partition("::")
        if file.rstrip("/") not in ("", "."):
            found.append(relative_path(file, "A test's file") + sign + rest)
    return tuple(dict.fromkeys(found))


def adapter_for(request: Request, texts: Texts) -> str:
    """The adapter that a selection asks for by what its files hold; pytest runs most of it."""
    if request.adapter != "auto":
        return request.adapter
    kinds = {_kind(name, texts) for name in request.selection}
    return kinds.pop() if len(kinds) == 1 else "pytest"


def _kind(name: str, texts: Texts) -> str:
    file, _, rest = name.partition("::")
    if rest.isdigit():
        return "asserts"
    text = texts.get(file)
    if text is None:
        return "pytest"
    if not file.endswith(".py"):
        return "doctest"
    tree = parse(text)
    body = tree.body if tree is not None else []
    if tree is None or any(_is_test(node) for node in body):
        return "pytest"
    if any(isinstance(node, ast.Assert) for node in body):
        return "asserts"
    return "doctest" if ">>>" in text else "pytest"


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name.startswith("test")
    return isinstance(node, ast.ClassDef) and (
        node.name.startswith("Test") or any(ast.unparse(base).endswith("TestCase") for base in node.bases)
    )


def holds_test_case(text: Optional[str]) -> bool:
    """Whether unittest alone could run something of a file."""
    tree = parse(text) if text is not None else None
    classes = (node for node in (tree.body if tree is not None else []) if isinstance(node, ast.ClassDef))
    return any(ast.unparse(base).endswith("TestCase") for node in classes for base in node.bases)


def expanded(selection: Sequence[str], root: str, adapter: str) -> list[str]:
    """The selection with its folders replaced by the test files in them, for the adapters that take files only.

    Raises JudgeError where a folder holds none.
    """
    found: list[str] = []
    for one in selection or ("",):
        folder = Path(root, one)
        if "::" in one or not folder.is_dir():
            found.append(one)
            continue
        pattern = "test*.py" if adapter == "unittest" else "*.py"
        files = sorted(path for path in folder.rglob(pattern) if not _out_of_place(path.relative_to(root)))
        found += [path.relative_to(root).as_posix() for path in files[:_MOST_FILES]]
    if not found:
        raise JudgeError(f"There is no test file in {', '.join(selection) or root}. Name the files of the tests.")
    return found


def _out_of_place(path: Path) -> bool:
    return any(part in _NEVER or part.startswith(".") for part in path.parts)
