"""MBPP, HumanEval and HumanEvalPack as problems: counts, splits, which test is public."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mucode.judge.problem import function_from_json
from mucode.problems import files, humaneval, humanevalpack, mbpp
from mucode.problems.asserts import asserts_of, examples_of
from mucode.problems.files import DataError, Published, fetch, read_rows
from mucode.problems.row import Row
from tests.problems.published import rows


@pytest.mark.parametrize(("split", "count"), [("train", 374), ("validation", 90), ("test", 500)])
def test_mbpp_is_split_as_in_the_paper(split: str, count: int) -> None:
    assert len(rows(mbpp.load, split)) == count


def test_one_official_test_of_mbpp_is_public_and_challenge_tests_are_private() -> None:
    for row in rows(mbpp.load, "test"):
        assert len(row.problem["public_tests"]) == 1
        assert len(row.problem["private_tests"]) >= 1
    challenged = next(row for row in rows(mbpp.load, "test") if row.problem["id"] == "MBPP/11")
    assert len(challenged.problem["private_tests"]) == 4


def test_the_stub_of_an_mbpp_problem_shows_no_name_of_its_solution() -> None:
    [row] = [row for row in rows(mbpp.load, "train") if row.problem["id"] == "MBPP/601"]
    assert row.problem["code"].startswith(f"def {row.problem['entry_point']}(a")


def _all(load: object) -> list[Row]:
    return rows(load)  # pyright: ignore[reportArgumentType]  one of the two loaders below


@pytest.mark.parametrize("load", [humaneval.load, humanevalpack.load])
def test_every_humaneval_row_is_a_problem_that_the_judge_reads(load: object) -> None:
    found = _all(load)
    assert len(found) == 164
    for row in found:
        problem = function_from_json(row.problem)
        assert problem.public_tests
        assert problem.private_tests


def test_rows_without_an_example_are_named() -> None:
    named = [row.problem["id"] for row in rows(humanevalpack.load) if row.note.startswith("no example")]
    assert named == [f"HumanEvalPack/{number}" for number in (38, 41, 50, 83, 84, 119, 160)]


def test_no_private_test_is_public_too_but_where_it_is_said() -> None:
    for row in [*rows(humaneval.load), *rows(humanevalpack.load)]:
        public = {test["source"] for test in row.problem["public_tests"]}
        private = {test["source"] for test in row.problem["private_tests"]}
        assert row.note or not public & private, row.problem["id"]


def test_official_solutions_pass_the_tests_that_were_made_of_their_docstrings() -> None:
    found = [*rows(humaneval.load), *rows(humanevalpack.load)]
    for row in found:
        names: dict[str, object] = {}
        exec(row.solution, names)  # noqa: S102  the data set's own solution; the judge takes 20 s for these
        for test in [*row.problem["public_tests"], *row.problem["private_tests"]]:
            if test["source"].startswith("assert"):
                exec(test["source"], names)  # noqa: S102  the data set's own test
    left_out = [row.problem["id"] for row in found if "left out" in row.note]
    assert left_out == [f"HumanEval/{number}" for number in (47, 116, 130, 148)]


def test_a_check_is_taken_apart_into_asserts_about_the_entry_point() -> None:
    source = "def check(candidate):\n    print('x')\n    assert True\n    assert candidate(1) == 2, 'no'\n"
    assert asserts_of(source, "f") == ["assert f(1) == 2"]


def test_a_check_with_more_than_asserts_stays_whole() -> None:
    assert asserts_of("def check(c):\n    for i in range(3):\n        assert c(i) == i\n", "f") is None


def test_examples_are_read_from_docstrings_of_every_style() -> None:
    text = """Do it.
    >>> f(1)
    2
    f([1, 2]) => 3
    * f("a") ➞ True
    f(2) should return 4.
    f(abc) => False
    g(1) == 2
    """
    expected = ["assert f(1) == 2", "assert f([1, 2]) == 3", "assert f('a') == True", "assert f(2) == 4"]
    assert examples_of(text, "f") == expected


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"is not set\.jsonl as published"):
        fetch(Published("set.jsonl", "http://127.0.0.1:1/set.jsonl", "0" * 64, "MIT"), tmp_path)


def test_an_absent_file_that_cannot_be_fetched_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUCODE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataError, match="MUCODE_DATA"):
        fetch(Published("set.jsonl", "http://127.0.0.1:1/set.jsonl", "0" * 64, "MIT"), tmp_path)


def test_a_row_that_is_no_json_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n{"a": \n'))
    with pytest.raises(DataError, match="line 2 is no JSON"):
        list(read_rows(path))


def test_a_row_of_another_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mbpp.jsonl"
    path.write_text(json.dumps({"task_id": 601, "test_list": "assert f(1)"}))
    with pytest.raises(DataError, match=r"line 1: test_list must be a list of texts"):
        list(mbpp.rows_of(path, range(600, 700)))


HUMANEVAL = {
    "task_id": "HumanEval/0",
    "entry_point": "f",
    "prompt": 'def f(x):\n    """Double.\n    >>> f(1)\n    2\n    """\n',
    "test": "def check(candidate):\n    assert candidate(2) == 4\n",
    "canonical_solution": "    return 2 * x\n",
}
PACK = HUMANEVAL | {
    "declaration": "def f(x):\n",
    "buggy_solution": "    return x\n",
    "example_test": "def check(f):\n    assert f(1) == 2\n",
}


@pytest.mark.parametrize(
    ("read", "row", "change", "words"),
    [
        (humaneval.rows_of, HUMANEVAL, {"prompt": "def f(x:\n"}, "no Python"),
        (humaneval.rows_of, HUMANEVAL, {"test": "def check(c):\n  assert ("}, "no Python"),
        (humaneval.rows_of, HUMANEVAL, {"entry_point": "g"}, "defines no g"),
        (humaneval.rows_of, HUMANEVAL, {"canonical_solution": None}, "canonical_solution must be text"),
        (humanevalpack.rows_of, PACK, {"buggy_solution": "  return ((\n"}, "no Python"),
        (humanevalpack.rows_of, PACK, {"example_test": None}, "example_test must be text"),
    ],
)
def test_a_row_that_is_no_problem_is_named_by_file_and_line(
    tmp_path: Path, read: Callable[[Path], list[Row]], row: dict[str, str], change: dict[str, str], words: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert len(read(path)) == 1
    path.write_text("\n".join(map(json.dumps, [row, row | change])))
    with pytest.raises(DataError, match=rf"rows\.jsonl, line 2: .*{words}"):
        read(path)


def test_one_example_is_public_and_the_others_and_the_official_suite_are_private(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    prompt = HUMANEVAL["prompt"].replace("    2\n", "    2\n    >>> f(3)\n    6\n")
    path.write_text(json.dumps(HUMANEVAL | {"prompt": prompt}))
    [row] = humaneval.rows_of(path)
    assert [test["source"] for test in row.problem["public_tests"]] == ["assert f(1) == 2"]
    assert [test["source"] for test in row.problem["private_tests"]] == ["assert f(3) == 6", "assert f(2) == 4"]


def test_a_bare_word_in_a_check_is_no_reason_to_leave_it_whole() -> None:
    assert asserts_of("def check(c):\n    print\n    assert c(1) == 2\n", "f") == ["assert f(1) == 2"]


def test_the_data_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUCODE_DATA", str(tmp_path))
    assert files.data_folder() == tmp_path
