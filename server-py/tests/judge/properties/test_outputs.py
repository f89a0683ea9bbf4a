"""Comparison of outputs: reflexive, blind to white space at ends, never to a word; a tolerance works both ways."""

import random

from hypothesis import assume, given
from hypothesis import strategies as st

from mucode.judge.stdio.compare import difference

_SPACE = b" \t\n\r\v\f"
comparisons = st.sampled_from(["tokens", "lines"])
tolerances = st.sampled_from([0.0, 1e-9, 1e-6, 0.5, 10.0])
_free = st.binary(min_size=1, max_size=5).map(lambda word: word.translate(None, _SPACE)).filter(bool)
_numbers = st.one_of(
    st.integers().map(str),
    st.floats().map(repr),
    st.floats(-100, 100).map(lambda number: f"{number:.3f}"),
    st.floats(1e-9, 1e12).map(lambda number: f"{number:.6e}"),
    st.sampled_from(
        ["nan", "-nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e999", "1_0", "0x1", "1.", ".5", "."]
    ),
).map(str.encode)
words = st.one_of(_numbers, _free)
texts = st.one_of(st.binary(max_size=40), st.lists(words, max_size=8).map(b"\n".join))
gaps = st.text("".join(map(chr, _SPACE)), min_size=1, max_size=3).map(str.encode)


def same(expected: bytes, got: bytes, compare: str, tolerance: float) -> bool:
    return difference(expected, got, compare, tolerance) is None


@given(texts, comparisons, tolerances)
def test_every_output_is_equal_to_itself(text: bytes, compare: str, tolerance: float) -> None:
    assert same(text, text, compare, tolerance)
    assert same(text, text + b"", compare, tolerance)


@given(texts, texts, comparisons, tolerances)
def test_which_of_two_outputs_is_expected_does_not_matter(
    one: bytes, other: bytes, compare: str, tolerance: float
) -> None:
    assert same(one, other, compare, tolerance) == same(other, one, compare, tolerance)


@given(_numbers, _numbers, comparisons, tolerances)
def test_a_tolerance_works_both_ways(one: bytes, other: bytes, compare: str, tolerance: float) -> None:
    assert same(one, other, compare, tolerance) == same(other, one, compare, tolerance)


@given(st.lists(words, max_size=6), st.data())
def test_words_are_equal_whatever_stands_between_them(row: "list[bytes]", data: st.DataObject) -> None:
    spaced = b"".join(word + data.draw(gaps) for word in row)
    assert same(b" ".join(row), spaced, "tokens", 0.0)


@given(texts, st.data())
def test_white_space_at_the_ends_of_lines_and_of_the_output_does_not_matter(text: bytes, data: st.DataObject) -> None:
    blank = st.text(" \t\r\v\f", max_size=3).map(str.encode)
    lines = [line.rstrip() + data.draw(blank) for line in text.split(b"\n")]
    assert same(text, b"\n".join(lines) + data.draw(gaps), "lines", 0.0)


@given(st.lists(words, min_size=1, max_size=6), words, comparisons, st.integers(0, 5))
def test_a_changed_word_is_never_equal(row: "list[bytes]", word: bytes, compare: str, place: int) -> None:
    place %= len(row)
    assume(row[place] != word)
    changed = [*row[:place], word, *row[place + 1 :]]
    assert not same(b"\n".join(row), b"\n".join(changed), compare, 0.0)


@given(st.lists(words, min_size=1, max_size=6), _free, comparisons, tolerances, st.integers(0, 5))
def test_a_word_that_is_no_number_is_never_near(
    row: "list[bytes]", word: bytes, compare: str, tolerance: float, place: int
) -> None:
    place %= len(row)
    assume(row[place] != word and not word.strip(b"0123456789.+-eE").isdigit())
    assume(any(character not in b"0123456789.+-eEinfatyINFATY" for character in word))
    changed = [*row[:place], word, *row[place + 1 :]]
    assert not same(b"\n".join(row), b"\n".join(changed), compare, tolerance)


@given(st.lists(words, min_size=1, max_size=6), comparisons, tolerances, st.integers(0, 5), words)
def test_a_missing_or_an_added_word_is_never_equal(
    row: "list[bytes]", compare: str, tolerance: float, place: int, word: bytes
) -> None:
    place %= len(row)
    fewer = [*row[:place], *row[place + 1 :]]
    more = [*row[:place], word, *row[place:]]
    for other in (fewer, more):
        assert not same(b"\n".join(row), b"\n".join(other), compare, tolerance)
        assert not same(b"\n".join(other), b"\n".join(row), compare, tolerance)


@given(st.lists(words, min_size=2, max_size=6), st.integers(0, 2**32))
def test_another_order_is_another_output(row: "list[bytes]", seed: int) -> None:
    other = row.copy()
    random.Random(seed).shuffle(other)  # noqa: S311 - no secret
    assert same(b" ".join(row), b" ".join(other), "tokens", 0.0) == (row == other)


@given(st.integers(), st.integers(1, 10**6))
def test_whole_numbers_are_never_nearly_equal(number: int, step: int) -> None:
    assert not same(str(number).encode(), str(number + step).encode(), "tokens", 1e-6)
