"""MBPP (Austin et al. 2021, CC BY 4.0) as problems to write, in the split of μCode, section 4."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mucode.judge.syntax import parse_strictly

from .files import DataError, Published, fetch, read_rows, text_of, texts_of
from .row import Row, Split, python_row

FILE = Published(
    "mbpp.jsonl",
    "https://raw.githubusercontent.com/google-research/google-research/master/mbpp/mbpp.jsonl",
    "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
    "CC BY 4.0",
)
IDS: dict[Split, range] = {"test": range(11, 511), "validation": range(511, 601), "train": range(601, 975)}
"""Task ids of the publisher's splits; 1 to 10 are examples for prompts and belong to none."""
_PLACES = "abcdefgh"


def load(split: Split, folder: Path | None = None) -> list[Row]:
    """The rows of a split: 374 of train, 90 of validation, 500 of test. Raises DataError."""
    return list(rows_of(fetch(FILE, folder), IDS[split]))


def rows_of(path: Path, ids: range) -> Iterator[Row]:
    """The rows of a file whose task id is one of `ids`."""
    for number, row in read_rows(path):
        if row.get("task_id") in ids:
            yield python_row(_row, row, f"{path}, line {number}")


def _row(row: dict[str, Any], place: str) -> Row:
    tests = texts_of(row, "test_list", place)
    if not tests:
        raise DataError(f"{place}: the row has no test.")
    solution = text_of(row, "code", place)
    entry_point, parameters = _called(tests[0], solution, place)
    setup = text_of(row, "test_setup_code", place).strip()
    sources = [f"{setup}\n{test}".strip() for test in [*tests, *texts_of(row, "challenge_test_list", place)]]
    numbered = [{"id": f"t{index}", "source": source} for index, source in enumerate(sources, 1)]
    problem = {
        "id": f"MBPP/{row['task_id']}",
        "language": "python",
        "kind": "function",
        "instruction": text_of(row, "text", place).strip(),
        "context": "",
        "entry_point": entry_point,
        "code": f"def {entry_point}({parameters}):\n    ...\n",
        "public_tests": numbered[:1],
        "private_tests": numbered[1:],
        "time_limit_s": 5.0,
    }
    return Row(problem, "write", solution)


def _called(test: str, solution: str, place: str) -> tuple[str, str]:
    """Name and parameters of the function under test, from its first test: the solution's own are not shown."""
    defined = {node.name for node in parse_strictly(solution).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in ast.walk(parse_strictly(test)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in defined:
            count = len(node.args)
            starred = any(isinstance(argument, ast.Starred) for argument in node.args)
            plain = not starred and not node.keywords and count <= len(_PLACES)
            return node.func.id, ", ".join(_PLACES[:count]) if plain else "*args, **kwargs"
    raise DataError(f"{place}: the first test calls no function of the solution.")
