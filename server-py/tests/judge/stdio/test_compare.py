"""Outputs compared: by words or by lines, with a tolerance for numbers; every line counts."""

import pytest

from mucode.judge.stdio.compare import difference


def same(expected: str, got: str, compare: str = "tokens", tolerance: float = 0.0) -> bool:
    return difference(expected.encode(), got.encode(), compare, tolerance) is None


@pytest.mark.parametrize("compare", ["tokens", "lines"])
@pytest.mark.parametrize(
    ("got", "expected", "accepted"),
    [
        ("1\n2\n3\n", "1\n2\n3\n", True),
        ("1\n2\n3", "1\n2\n3\n", True),
        ("1  \n2\t\n3\r\n\n  \n", "1\n2\n3\n", True),
        ("", "", True),
        ("\n\n", "", True),
        ("", "\n", True),
        ("1\n", "1\n2\n3\n", False),
        ("1\n2\n", "1\n2\n3\n", False),
        ("1\n2\n3\n4\n", "1\n2\n3\n", False),
        ("", "1", False),
        ("1", "", False),
        ("1\n3\n2\n", "1\n2\n3\n", False),
        ("yes", "Yes", False),
        ("1.0", "1", False),
        ("01", "1", False),
        ("12", "1 2", False),
    ],
)
def test_every_line_counts_and_white_space_at_ends_does_not(
    compare: str, got: str, expected: str, accepted: bool
) -> None:
    assert same(expected, got, compare) is accepted


@pytest.mark.parametrize(
    ("got", "expected", "by_words", "by_lines"),
    [
        ("1 2\n3\n", "1\n2 3\n", True, False),
        ("1  2\n", "1 2\n", True, False),
        ("\n1\n", "1\n", True, False),
        ("  1\n", "1\n", True, False),
        ("1\n\n2\n", "1\n2\n", True, False),
    ],
)
def test_words_may_stand_on_other_lines_only_where_words_are_compared(
    got: str, expected: str, by_words: bool, by_lines: bool
) -> None:
    assert (same(expected, got, "tokens"), same(expected, got, "lines")) == (by_words, by_lines)


@pytest.mark.parametrize("compare", ["tokens", "lines"])
@pytest.mark.parametrize(
    ("got", "expected", "accepted"),
    [
        ("0.3333333", "0.33333334", True),
        ("1e3", "1000.0000001", True),
        ("3", "3.0000000001", True),
        ("-0.0", "0", True),
        (".5", "5e-1", True),
        ("1000000000.5", "1000000000.4", True),
        ("0.334", "0.333", False),
        ("998244352", "998244353", False),
        ("1_000", "1000.0", False),
        ("0x10", "16.0", False),
        ("inf", "5.0", False),
        ("5.0", "inf", False),
        ("inf", "-inf", False),
        ("Infinity", "inf", True),
        ("nan", "5.0", False),
        ("5.0", "nan", False),
        ("nan", "inf", False),
        ("NaN", "nan", True),
        ("1e999", "1e998", False),
        ("1e999", "inf", False),
        ("9" * 500 + ".5", "9" * 500 + ".6", False),
        ("1.5abc", "1.5", False),
        ("a 1.0", "b 1.0", False),
        ("\N{FULLWIDTH DIGIT ONE}.0", "1.0", False),
    ],
)
def test_a_tolerance_is_for_numbers_only(compare: str, got: str, expected: str, accepted: bool) -> None:
    assert same(expected, got, compare, 1e-6) is accepted
    assert same(got, expected, compare, 1e-6) is accepted


def test_whole_numbers_may_be_off_by_the_tolerance_itself() -> None:
    assert same("100", "102", tolerance=2)
    assert not same("100", "103", tolerance=2)
    assert not same("1000000000", "1000000003", tolerance=2)


def test_a_changed_word_is_found_behind_a_million_equal_ones() -> None:
    many = "1 " * 1_000_000
    assert same(many, many.replace(" ", "\n"))
    found = difference((many + "2").encode(), (many + "3").encode(), "tokens", 0.0)
    assert found is not None
    assert (found.expected, found.got) == (b"2", b"3")


def test_different_bytes_never_become_equal_by_decoding() -> None:
    assert difference("\N{REPLACEMENT CHARACTER}".encode(), b"\xff", "tokens", 0.0) is not None
    assert difference("é".encode(), "e\N{COMBINING ACUTE ACCENT}".encode(), "lines", 0.0) is not None


def test_no_break_spaces_are_no_white_space() -> None:
    assert not same("1 2", "1\N{NO-BREAK SPACE}2")
    assert not same("1", "1\x1c")


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        ("1\n2\n4\n", "1\n2\n3\n", "line 3: `4` instead of `3`"),
        ("1\n", "1\n2\n", "the output ends before `2`"),
        ("1\n2\n", "1\n", "more output than expected: `2` on line 2"),
    ],
)
def test_the_first_difference_is_named(got: str, expected: str, words: str) -> None:
    for compare in ("tokens", "lines"):
        assert str(difference(expected.encode(), got.encode(), compare, 0.0)) == words
