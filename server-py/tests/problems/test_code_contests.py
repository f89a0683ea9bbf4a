"""CodeContests rows of our own, in exactly the published schema: what becomes of them, and that they can be judged."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.stdio.problem import StdioProblem, stdio_from_fields
from mucode.problems.code_contests import load, sample
from mucode.problems.files import DataError
from mucode.problems.row import Row
from tests.judge.stdio.programs import cases_of, judge

FILE = Path(__file__).with_name("code_contests.jsonl")
FIELDS = """
    name description public_tests private_tests generated_tests source difficulty solutions incorrect_solutions
    cf_contest_id cf_index cf_points cf_rating cf_tags is_description_translated untranslated_description time_limit
    memory_limit_bytes input_file output_file
"""
ROWS: "list[dict[str, Any]]" = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
GOOD = load(FILE)[0]


def posed(row: Row) -> StdioProblem:
    return stdio_from_fields(row.problem)


def python_3(solutions: "dict[str, Any]") -> "list[str]":
    return [text for language, text in zip(solutions["language"], solutions["solution"], strict=True) if language == 3]


def with_row(tmp_path: Path, **changes: object) -> "tuple[list[Row], list[str]]":
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**ROWS[0], **changes}))
    rows, refused = load(path)
    return rows, [str(one) for one in refused]


def test_the_rows_have_the_fields_of_the_schema() -> None:
    for row in ROWS:
        assert list(row) == FIELDS.split()


def test_public_tests_are_public_and_all_others_private_but_those_that_were_shown() -> None:
    ferry = posed(GOOD[0])
    assert [case.input for case in ferry.public_tests] == ["7 3\n"]
    assert [case.input for case in ferry.private_tests] == ["6 3\n", "1 1\n", "1000000000 3\n", "9 9\n"]
    assert ferry.private_tests[0].outputs == ("2\n",)


def test_limits_come_from_the_row_or_are_the_judges_own() -> None:
    limits = [(posed(row).time_limit_s, posed(row).memory_mb) for row in GOOD]
    assert limits == [(2.0, 245), (1.5, 245), (2.0, 64), (5.0, 1024), (3.0, 245), (2.0, 245)]


def test_only_numbers_with_a_point_have_a_tolerance_and_only_stated_words_other_spellings() -> None:
    assert [posed(row).tolerance for row in GOOD] == [0, 0, 1e-5, 0, 0, 0]
    several = [row.problem["id"] for row in GOOD if any(len(one.outputs) > 1 for one in posed(row).public_tests)]
    assert several == ["CodeContests/4/4_D. Mirror"]


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row.problem["id"])
def test_the_right_program_passes_and_every_wrong_one_fails(row: Row) -> None:
    of = posed(row)
    source = next(one for one in ROWS if row.problem["id"].endswith(one["name"]))
    assert python_3(source["solutions"]) == [row.solution]
    for which in ("public", "private"):
        verdict = judge(of, row.solution, which=which)
        assert verdict["verdict"] == "pass", verdict
    for wrong in python_3(source["incorrect_solutions"]):
        results = [
            case["result"] for which in ("public", "private") for case in cases_of(judge(of, wrong, which=which))
        ]
        assert set(results) - {"pass"}, wrong


def test_refused_rows_are_named_with_number_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        rows, refused = load(FILE)
    assert (len(rows), [one.name for one in refused]) == (6, [row["name"] for row in ROWS[6:]])
    assert [record.getMessage() for record in caplog.records] == [str(one) for one in refused]
    assert [str(one).removeprefix(str(FILE)) for one in refused] == [
        ", row 7 (7_A. File): its programs use the file 'input.txt' instead of standard input and output",
        ", row 8 (8_A. No tests): it has no public tests",
        ", row 9 (9_A. Only public): it has no private or generated tests beside the public ones",
        ", row 10 (10_A. Torn): its private_tests must hold lists of one length named input and output",
        ", row 11 (11_A. Without words): its description is no text",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"output_file": "out.txt"}, "out.txt"),
        ({"name": None}, "name"),
        ({"public_tests": [{"input": "1", "output": "1"}]}, "public_tests"),
        ({"public_tests": {"input": [1], "output": ["1"]}}, "something else than text"),
        ({"generated_tests": {"input": "ab", "output": "ab"}}, "generated_tests"),
        ({"time_limit": {"seconds": 100000, "nanos": 0}}, "time_limit_s"),
        ({"solutions": {"language": [3], "solution": []}}, "solutions"),
    ],
)
def test_a_row_of_another_shape_is_refused(tmp_path: Path, changes: "dict[str, Any]", words: str) -> None:
    rows, refused = with_row(tmp_path, **changes)
    assert not rows
    assert words in refused[0]


def test_a_row_without_generated_tests_or_solutions_is_taken(tmp_path: Path) -> None:
    rows, refused = with_row(tmp_path, generated_tests=None, solutions=None)
    assert not refused
    assert rows[0].solution == ""


def test_a_line_that_is_no_row_stops_the_loading(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("[1]\n")
    with pytest.raises(DataError, match="line 1 is no JSON object"):
        load(tmp_path / "rows.jsonl")


@pytest.mark.train
def test_a_parquet_file_gives_the_same_rows(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    # A column has one type: there the limit is always a structure.
    limits: list[Any] = [row["time_limit"] if row["time_limit"] != 3 else {"seconds": 3, "nanos": 0} for row in ROWS]
    table = arrow.Table.from_pylist([{**row, "time_limit": limit} for row, limit in zip(ROWS, limits, strict=True)])
    parquet.write_table(table, path)
    rows, refused = load(path)
    assert rows == GOOD
    assert len(refused) == 5


@pytest.mark.train
def test_a_parquet_file_that_is_torn_or_of_something_else_is_named(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(DataError, match=r"torn\.parquet cannot be read after row 0"):
        load(tmp_path / "torn.parquet")
    parquet.write_table(arrow.Table.from_pylist([{"name": "a", "text": "b"}]), tmp_path / "other.parquet")
    with pytest.raises(DataError, match=r"other\.parquet is no file of CodeContests: it has no column description"):
        load(tmp_path / "other.parquet")


def test_a_row_with_the_name_of_another_is_refused(tmp_path: Path) -> None:
    paths = named(tmp_path, ["a", "b"], ["b", "c"])
    rows, refused = sample(paths, 9, 1, lambda _: True)
    assert [str(row.problem["id"]).rpartition("/")[2] for row in rows] == ["a", "b", "c"]
    assert [str(one) for one in refused] == [
        f"{paths[1]}, row 1 (b): it has the name and the source of {paths[0]}, row 2"
    ]


def test_a_parquet_file_without_pyarrow_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DataError, match="install it, or give JSON lines"):
        load(tmp_path / "rows.parquet")


def named(folder: Path, *files: "list[str]") -> "list[Path]":
    """Files that hold rows with these names."""
    paths = [folder / f"{number}.jsonl" for number in range(len(files))]
    for path, names in zip(paths, files, strict=True):
        path.write_text("".join(json.dumps({**ROWS[0], "name": name}) + "\n" for name in names))
    return paths


def test_a_sample_depends_on_the_seed_and_not_on_files_or_order(tmp_path: Path) -> None:
    names = [f"row {number:02}" for number in range(40)]

    def drawn(seed: int, count: int, *files: "list[str]") -> "list[str]":
        rows, _ = sample(named(tmp_path, *files), count, seed, lambda _: True)
        return [str(row.problem["id"]).rpartition("/")[2] for row in rows]

    first = drawn(1, 10, names)
    assert len(set(first)) == 10
    assert first == sorted(first)
    assert drawn(1, 10, names[::-1]) == drawn(1, 10, names[:7], names[7:]) == first
    assert drawn(2, 10, names) != first
    assert set(drawn(1, 9, names)) < set(first)
    assert drawn(1, 99, names) == names


def test_a_sample_is_drawn_from_the_wanted_rows(tmp_path: Path) -> None:
    paths = named(tmp_path, [f"row {number}" for number in range(10)])
    rows, _ = sample(paths, 3, 1, lambda row: str(row.problem["id"])[-1] in "4567")
    assert {str(row.problem["id"])[-1] for row in rows} < set("4567")
    assert len(rows) == 3


def test_a_sample_names_the_rows_that_are_refused(tmp_path: Path) -> None:
    rows, refused = sample([FILE], 3, 1, lambda _: True)
    assert len(rows) == 3
    assert refused == load(FILE)[1] != []
