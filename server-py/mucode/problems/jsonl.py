"""Problems of one's own: JSON lines, each a problem as the judge reads it, with what only its writer knows.

Beside the problem's own fields a row may have `task` (`repair` or `write`; else what the code looks like), `split`
(`train`, `validation` or `test`) and `solution` (a whole correct program, for checks, never shown).
"""

import ast
from pathlib import Path
from typing import Any, cast, get_args

from mucode.judge.kinds import problem_from_json
from mucode.judge.problem import DEFAULT_TIME_LIMIT_S, ProblemError
from mucode.judge.syntax import parse

from .files import DataError, read_rows
from .row import Row, Split, Task

_SHARED = ("id", "language", "kind", "instruction", "code", "public_tests", "private_tests", "time_limit_s", "python")
_FIELDS = {
    "function": (*_SHARED, "context", "entry_point"),
    "stdio": (*_SHARED, "memory_mb", "compare", "tolerance"),
}
_DEFAULT: dict[str, Any] = {
    "language": "python",
    "code": "",
    "private_tests": [],
    "time_limit_s": DEFAULT_TIME_LIMIT_S,
}
_DEFAULTS: dict[str, dict[str, Any]] = {"function": {**_DEFAULT, "context": ""}, "stdio": _DEFAULT}
_OWN = ("task", "split", "solution")


def load(path: Path, split: Split | None = None) -> list[Row]:
    """The rows of a file; of one with splits only those of `split`. Raises DataError naming the line of a bad row."""
    rows: list[Row] = []
    lines: dict[str, int] = {}
    for number, fields in read_rows(path):
        place = f"{path}, line {number}"
        row = _row(fields, place)
        known = lines.setdefault(str(row.problem["id"]), number)
        if known != number:
            raise DataError(f"{place}: the id {row.problem['id']!r} is that of line {known}; ids must differ.")
        if split is None or _choice(fields, "split", get_args(Split), place) in (split, None):
            rows.append(row)
    if not rows:
        raise DataError(f"{path} holds no problem{f' with split {split!r}' if split else ''}.")
    return rows


def lacks_split(path: Path) -> bool:
    """Whether some row of the file does not say to which split it belongs. Raises DataError for what is no JSON."""
    return any(not fields.get("split") for _, fields in read_rows(path))


def _row(fields: dict[str, Any], place: str) -> Row:
    kind = fields.get("kind", "function")
    if kind not in _FIELDS:
        raise DataError(f"{place}: kind must be one of {', '.join(_FIELDS)}, not {kind!r}.")
    unknown = sorted(set(fields) - set(_FIELDS[kind]) - set(_OWN))
    if unknown:
        raise DataError(f"{place}: there is no field {unknown[0]!r}; there are {', '.join((*_FIELDS[kind], *_OWN))}.")
    problem = {name: value for name, value in fields.items() if name not in _OWN}
    whole: dict[str, Any] = {**_DEFAULTS[kind], "kind": kind, **problem}
    _check(whole, place)
    solution = fields.get("solution", "")
    if not isinstance(solution, str):
        raise DataError(f"{place}: solution must be text.")
    _choice(fields, "split", get_args(Split), place)
    task = _choice(fields, "task", get_args(Task), place) or ("write" if _is_stub(whole["code"]) else "repair")
    return Row(whole, cast("Task", task), solution)


def _check(problem: dict[str, Any], place: str) -> None:
    """What the judge and the prompts need of a problem. Tests given as text get the ids that the judge gives them."""
    try:
        read = problem_from_json(problem)
    except ProblemError as error:
        raise DataError(f"{place}: {error}") from error
    if not str(problem.get("instruction", "")).strip():
        raise DataError(f"{place}: instruction must say what is to be done.")
    if not read.public_tests:
        raise DataError(f"{place}: public_tests is empty; without a public test there is nothing to stop by.")
    for name in ("public_tests", "private_tests"):
        problem[name] = [
            {"id": f"t{index}", "source": test} if isinstance(test, str) else test
            for index, test in enumerate(problem[name])
        ]


def _choice(fields: dict[str, Any], name: str, choices: tuple[str, ...], place: str) -> str | None:
    value = fields.get(name)
    if value is not None and value not in choices:
        raise DataError(f"{place}: {name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def _is_stub(code: str) -> bool:
    """Whether a function has no body yet, or there is no program at all."""
    tree = parse(code)
    if tree is None:
        return False
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    empty = all(isinstance(part, (ast.Expr, ast.Pass)) for node in functions for part in node.body)
    return not tree.body or (bool(functions) and empty)
