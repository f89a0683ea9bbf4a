"""HumanEval (Chen et al. 2021, MIT) as problems to write: one example of the docstring public, the rest private."""

import ast
from pathlib import Path
from typing import Any

from mucode.judge.syntax import parse_strictly

from .asserts import asserts_of, examples_of
from .files import DataError, Published, fetch, read_rows, text_of
from .row import INSTRUCTIONS, Row, python_row

FILE = Published(
    "HumanEval.jsonl.gz",
    "https://raw.githubusercontent.com/openai/human-eval/master/data/HumanEval.jsonl.gz",
    "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    "MIT",
)
TIME_LIMIT_S = 5.0
_WRONG_EXAMPLES = frozenset(
    {
        "assert median([-10, 4, 6, 1000, 10, 20]) == 15.0",
        "assert sort_array([1, 5, 2, 3, 4]) == [1, 2, 3, 4, 5]",
        "assert sort_array([-2, -3, -4, -5, -6]) == [-6, -5, -4, -3, -2]",
        "assert tri(1) == 3",
        "assert tri(4) == 3",
        """assert bf('Earth', 'Mercury') == ("Venus")""",
    }
)
"""In docstrings of rows 47, 116, 130 and 148, against the official tests: nobody could pass both."""


def load(folder: Path | None = None) -> list[Row]:
    """All 164 rows; every one is for evaluation only. Raises DataError."""
    path = fetch(FILE, folder)
    return rows_of(path)


def rows_of(path: Path) -> list[Row]:
    """The rows of a file. Raises DataError naming the line of one that is no problem."""
    return [python_row(_row, row, f"{path}, line {number}") for number, row in read_rows(path)]


def _row(row: dict[str, Any], place: str) -> Row:
    entry_point = text_of(row, "entry_point", place)
    prompt, test = text_of(row, "prompt", place), text_of(row, "test", place)
    context, stub = divided(f"{prompt}    ...\n", entry_point, place)
    shown = examples_of(ast.get_docstring(_function(prompt + "    ...\n", entry_point, place)) or "", entry_point)
    examples = [one for one in shown if one not in _WRONG_EXAMPLES]
    public, private, note = tests_of(examples, test, entry_point)
    if len(examples) < len(shown):
        note = "an example of the docstring is left out: the official solution does not give what it shows"
    problem = {
        "id": text_of(row, "task_id", place),
        "language": "python",
        "kind": "function",
        "instruction": INSTRUCTIONS["write"],
        "context": context,
        "entry_point": entry_point,
        "code": stub,
        "public_tests": numbered(public[:1]),
        "private_tests": numbered([*public[1:], *private], 2),
        "time_limit_s": TIME_LIMIT_S,
    }
    return Row(problem, "write", prompt + text_of(row, "canonical_solution", place), note)


def tests_of(examples: list[str], test: str, entry_point: str) -> tuple[list[str], list[str], str]:
    """(public, private, note) of a row with these examples and this official test.

    Without an example the second assert of the test is public; rows 38 and 50 have only a loop, which is both.
    """
    whole = test.strip() if f"check({entry_point})" in test else f"{test.strip()}\ncheck({entry_point})"
    official = asserts_of(test, entry_point)
    if not examples and not official:
        return [whole], [whole], "no example and no single assert: the whole test is public as well"
    public = examples or (official or [])[1:2]
    private = [one for one in official if one not in public[:1]] if official else [whole]
    return public, private or [whole], "" if examples else "no example: the second assert of the test is public"


def numbered(sources: list[str], first: int = 1) -> list[dict[str, str]]:
    """Tests with ids `t1`, `t2` …, each source once."""
    return [{"id": f"t{n}", "source": source} for n, source in enumerate(dict.fromkeys(sources), first)]


def _function(program: str, entry_point: str, place: str) -> ast.FunctionDef:
    for node in parse_strictly(program).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            return node
    raise DataError(f"{place}: the program defines no {entry_point}.")


def divided(program: str, entry_point: str, place: str) -> tuple[str, str]:
    """(everything but the function, the function) of a program."""
    node = _function(program, entry_point, place)
    lines = program.split("\n")
    last = node.end_lineno or node.lineno
    around = "\n".join([*lines[: node.lineno - 1], *lines[last:]]).strip()
    return around, "\n".join(lines[node.lineno - 1 : last]) + "\n"
