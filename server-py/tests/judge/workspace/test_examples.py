"""Tests that a text holds in itself: how doctest examples are grouped and named, and which asserts count."""

from typing import Any, cast

import pytest

from mucode.judge.errors import JudgeError
from mucode.judge.workspace.examples import assert_at, assert_lines, docstrings, dotted, examples_of, source_of

TEXT = '''"""Sums.

>>> add(1, 1)
2
"""


class Sum:
    def total(self):
        """
        >>> Sum().total()
        0

        Then:

        >>> x = 1
        >>> x
        1
        """
'''


def groups(file: str, text: str, wanted: "list[str]", exact: bool = True) -> "list[tuple[str, bool]]":
    entries = examples_of(wanted, lambda _file: text, exact, falsified=False)
    return [(group["id"], group["wanted"]) for entry in entries for group in cast("list[Any]", entry["groups"])]


def test_every_group_has_an_id_of_file_name_and_number() -> None:
    names = [f"a.py::{name}" for name in ("a::0", "a.Sum.total::0", "a.Sum.total::1")]
    assert groups("a.py", TEXT, ["a.py"], exact=False) == [(name, True) for name in names]


def test_groups_before_a_wanted_one_are_run_with_it_and_later_ones_left_out() -> None:
    assert groups("a.py", TEXT, ["a.py::a.Sum.total::1"]) == [
        ("a.py::a.Sum.total::0", False),
        ("a.py::a.Sum.total::1", True),
    ]
    assert groups("a.py", TEXT, ["a.py::a.Sum.total::0"]) == [("a.py::a.Sum.total::0", True)]


def test_a_text_file_is_one_docstring() -> None:
    assert docstrings(">>> 1\n1\n", "docs/use.rst") == [("use.rst", 1, ">>> 1\n1\n")]


def test_the_source_of_a_group_is_shown_as_it_was_written() -> None:
    assert source_of("a.py::a.Sum.total::1", TEXT) == ">>> x = 1\n>>> x\n1"
    assert source_of("a.py::a.Sum.total::7", TEXT) == ""


@pytest.mark.parametrize(("file", "name"), [("a.py", "a"), ("src/pkg/mod.py", "pkg.mod"), ("pkg/__init__.py", "pkg")])
def test_modules_are_named_as_they_are_imported(file: str, name: str) -> None:
    assert dotted(file) == name


def test_falsified_examples_expect_something_else() -> None:
    (entry,) = examples_of(["a.py::a::0"], lambda _file: TEXT, True, falsified=True)
    (group,) = cast("list[Any]", entry["groups"])
    assert group["examples"][0][0] == "add(1, 1)\n"
    assert group["examples"][0][1] != "2\n"


def test_asserts_at_the_top_of_a_script_count_by_their_line() -> None:
    text = "x = 1\nassert x\nif x:\n    assert x\nassert (\n    x == 1\n)\n"
    assert assert_lines(text) == [2, 5]
    assert assert_at(text, 5) == "assert (\n    x == 1\n)"


@pytest.mark.parametrize("text", ["def f(:", "\0", "(" * 10_000])
def test_a_text_that_is_no_python_is_refused_or_empty(text: str) -> None:
    assert docstrings(text, "a.py") == []
    with pytest.raises(JudgeError):
        assert_lines(text)
