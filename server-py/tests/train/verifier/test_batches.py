"""Batches are bounded, and lengths come in steps."""

from hypothesis import given
from hypothesis import strategies as st

from mucode.train.verifier.batches import STEP, packed, padded, rows_of


def test_lengths_are_rounded_up() -> None:
    assert [padded(length) for length in (1, STEP, STEP + 1)] == [STEP, STEP, 2 * STEP]


def test_short_texts_share_a_pass_and_long_ones_do_not() -> None:
    assert packed([10, 200, 64, 65, 5], 256) == [[4, 0, 2], [3], [1]]


@given(st.lists(st.integers(1, 3000), max_size=60), st.integers(1, 5000))
def test_every_text_is_in_one_group_and_groups_are_bounded(lengths: list[int], most: int) -> None:
    groups = packed(lengths, most)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * padded(max(lengths[index] for index in group)) <= most


def test_rows_are_padded_on_the_right() -> None:
    rows = rows_of([[1, 2], [3]], 9)
    assert rows == [[1, 2, *[9] * 62], [3, *[9] * 63]]
