"""HumanEvalPack, Python (Muennighoff et al. 2023, MIT): HumanEval with one bug in each function, to repair."""

from pathlib import Path
from typing import Any

from mucode.judge.syntax import NOT_PYTHON

from .asserts import asserts_of
from .files import Published, fetch, read_rows, text_of
from .humaneval import TIME_LIMIT_S, divided, numbered, tests_of
from .row import INSTRUCTIONS, Row, python_row

FILE = Published(
    "humanevalpack/python.jsonl",
    "https://huggingface.co/datasets/bigcode/humanevalpack/resolve/main/data/python/data/humanevalpack.jsonl",
    "b1376d72be4bd016a62ad043d9de3846edb8d63edf1222da802a31330c14c3a7",
    "MIT",
)


def load(folder: Path | None = None) -> list[Row]:
    """All 164 rows; every one is for evaluation only. Raises DataError."""
    path = fetch(FILE, folder)
    return rows_of(path)


def rows_of(path: Path) -> list[Row]:
    """The rows of a file. Raises DataError naming the line of one that is no problem."""
    return [python_row(_row, row, f"{path}, line {number}") for number, row in read_rows(path)]


def _row(row: dict[str, Any], place: str) -> Row:
    entry_point = text_of(row, "entry_point", place)
    declaration = text_of(row, "declaration", place)
    context, code = divided(declaration + text_of(row, "buggy_solution", place), entry_point, place)
    examples = _examples(text_of(row, "example_test", place).strip(), entry_point)
    public, private, note = tests_of(examples, text_of(row, "test", place), entry_point)
    hidden = [one for one in private if one not in public]
    note = note or ("" if hidden else "every assert of test is public")
    problem = {
        "id": f"HumanEvalPack/{text_of(row, 'task_id', place).split('/')[-1]}",
        "language": "python",
        "kind": "function",
        "instruction": INSTRUCTIONS["repair"],
        "context": context,
        "entry_point": entry_point,
        "code": code,
        "public_tests": numbered(public),
        "private_tests": numbered(hidden or private, len(public) + 1),
        "time_limit_s": TIME_LIMIT_S,
    }
    return Row(problem, "repair", declaration + text_of(row, "canonical_solution", place), note)


def _examples(test: str, entry_point: str) -> list[str]:
    """What `example_test` asserts; nothing where it asserts nothing or is no Python."""
    if "assert" not in test:
        return []
    try:
        found = asserts_of(test, entry_point)
    except NOT_PYTHON:
        return []
    return [test] if found is None else found
