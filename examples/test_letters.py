"""Tests in pytest's style, found by the extension beside letters.py."""

from letters import count_words


def test_counts_words_between_spaces():
    assert count_words("dear old friend") == 3


def test_counts_no_words_in_nothing():
    assert count_words("") == 0


def test_ignores_extra_white_space():
    assert count_words("  two\n words ") == 2


def test_counts_one_word():
    assert count_words("hello") == 1
