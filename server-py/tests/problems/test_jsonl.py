"""Problems of one's own, and what is said about rows that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from mucode.problems.files import DataError
from mucode.problems.jsonl import load

FUNCTION: dict[str, Any] = {
    "id": "one",
    "instruction": "Double a number.",
    "entry_point": "f",
    "code": "def f(x):\n    ...\n",
    "public_tests": ["assert f(1) == 2"],
}
STDIO: dict[str, Any] = {
    "id": "two",
    "kind": "stdio",
    "instruction": "Double a number.",
    "public_tests": [{"id": "c1", "input": "1\n", "outputs": ["2\n"]}],
}


def file_of(folder: Path, *rows: object) -> Path:
    path = folder / "own.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_function_and_a_whole_program_are_read_with_defaults(tmp_path: Path) -> None:
    function, program = load(file_of(tmp_path, FUNCTION, STDIO))
    assert function.problem["public_tests"] == [{"id": "t0", "source": "assert f(1) == 2"}]
    assert {name: function.problem[name] for name in ("language", "kind", "context", "private_tests")} == {
        "language": "python",
        "kind": "function",
        "context": "",
        "private_tests": [],
    }
    assert (function.task, program.task, program.problem["code"]) == ("write", "write", "")


def test_code_with_a_body_is_to_repair_unless_the_row_says_otherwise(tmp_path: Path) -> None:
    body = FUNCTION | {"code": "def f(x):\n    return x\n", "solution": "def f(x):\n    return 2 * x\n"}
    other = body | {"id": "other", "task": "write"}
    first, second = load(file_of(tmp_path, body, other))
    assert (first.task, second.task) == ("repair", "write")
    assert first.solution == body["solution"]
    assert "solution" not in first.problem


def test_a_split_takes_its_own_rows_and_those_without_one(tmp_path: Path) -> None:
    rows = [FUNCTION, FUNCTION | {"id": "two", "split": "train"}, FUNCTION | {"id": "three", "split": "test"}]
    path = file_of(tmp_path, *rows)
    assert [row.problem["id"] for row in load(path, "train")] == ["one", "two"]
    assert len(load(path)) == 3
    assert "split" not in load(path)[1].problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entry_point": "not a name"}, "entry_point must be"),
        ({"instruction": " "}, "instruction must say"),
        ({"public_tests": []}, "public_tests is empty"),
        ({"public_tests": "assert f(1) == 2"}, "public_tests must be a list"),
        ({"kind": "workspace"}, "kind must be one of"),
        ({"language": "ruby"}, "language 'python'"),
        ({"tests": []}, "no field 'tests'"),
        ({"task": "guess"}, "task must be one of"),
        ({"split": "dev"}, "split must be one of"),
        ({"solution": 1}, "solution must be text"),
        ({"id": "zero"}, "is that of line 1"),
        ({"time_limit_s": 0}, "time_limit_s must be"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = file_of(tmp_path, FUNCTION | {"id": "zero"}, FUNCTION | change)
    with pytest.raises(DataError, match=rf"own\.jsonl, line 2: .*{message}"):
        load(path)


def test_a_file_without_problems_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no problem"):
        load(file_of(tmp_path))
    with pytest.raises(DataError, match="with split 'train'"):
        load(file_of(tmp_path, FUNCTION | {"split": "test"}), "train")
