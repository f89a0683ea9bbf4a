"""Rows: that nothing of an example is lost or mixed when it shares a row, and that sizes are bounded."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from mucode.train.generator.batches import MULTIPLE, Row, empty, rows_of, steps_of
from mucode.train.generator.examples import Example


def drawn(count: int, seed: int) -> list[Example]:
    """Examples of few ids, so that many begin alike, some are equal and some begin others."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    beginnings = [[1] * 20, [1] * 20 + [2] * 30, [3] * 40]
    found: list[Example] = []
    for _ in range(count):
        ids = [*chance.choice(beginnings), *(chance.choice([1, 2, 3]) for _ in range(chance.randint(2, 30)))]
        found.append(Example(tuple(ids), chance.randint(1, len(ids) - 1)))
    return [*found, found[0], found[0]]


def learned(row: Row) -> Counter[tuple[tuple[int, ...], int]]:
    """(all that a place sees, target) with its weight, as the branches say it."""
    seen: dict[int, tuple[int, ...]] = {}
    for branch in row.branches:
        before = [place for first, last in branch.before for place in range(first, last)]
        for place in range(*branch.own):
            path = [*before, *range(branch.own[0], place + 1)]
            assert [row.positions[one] for one in path] == list(range(len(path)))
            seen[place] = tuple(row.ids[one] for one in path)
    found: Counter[tuple[tuple[int, ...], int]] = Counter()
    for place, target, weight in zip(row.heads, row.targets, row.weights, strict=True):
        if weight:
            found[seen[place], target] += int(weight)
    return found


def wanted(examples: Sequence[Example]) -> Counter[tuple[tuple[int, ...], int]]:
    return Counter((one.ids[:at], one.ids[at]) for one in examples for at in range(one.prompt, len(one.ids)))


@pytest.mark.parametrize("packing", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_every_learned_token_sees_its_own_example_and_nothing_else(seed: int, *, packing: bool) -> None:
    examples = drawn(30, seed)
    rows = rows_of(examples, 256, packing=packing)
    found: Counter[tuple[tuple[int, ...], int]] = Counter()
    for row in rows:
        found += learned(row)
    assert found == wanted(examples)
    assert sum(row.tokens for row in rows) == sum(len(example.ids) for example in examples)


def test_a_shared_beginning_passes_through_the_model_once() -> None:
    beginning = [7] * 300
    examples = [Example((*beginning, *[number] * 20), 300) for number in range(10)]
    (row,) = rows_of(examples, 4096, packing=True)
    assert len(row.ids) == 512
    assert row.tokens == 3200


def test_rows_are_bounded_in_tokens_whatever_the_examples_are() -> None:
    examples = drawn(200, 1)
    rows = rows_of(examples, 128, packing=True)
    assert len(rows) > 10
    assert max(len(row.ids) for row in rows) <= 128
    assert {len(row.ids) % MULTIPLE for row in rows} == {0}
    assert {len(row.heads) % MULTIPLE for row in rows} == {0}


def test_an_example_longer_than_a_row_passes_alone() -> None:
    rows = rows_of([Example((1,) * 300, 5), Example((2,) * 10, 5)], 128, packing=True)
    assert [len(row.ids) for row in rows] == [320, 64]


def test_each_epoch_sees_each_example_once_in_an_order_of_its_own() -> None:
    examples = [Example((number, 0), 1) for number in range(10)]
    steps = steps_of(examples, batch=4, epochs=2, seed=3)
    assert [len(step) for step in steps] == [4, 4, 2, 4, 4, 2]
    epochs = [[one for step in steps[at : at + 3] for one in step] for at in (0, 3)]
    assert [sorted(one.ids for one in epoch) for epoch in epochs] == [[one.ids for one in examples]] * 2
    assert epochs[0] != epochs[1]
    assert steps == steps_of(examples, batch=4, epochs=2, seed=3)


def test_an_idle_row_teaches_nothing() -> None:
    (row,) = rows_of([Example((1, 2, 3), 1)], 64, packing=True)
    assert learned(empty(row)) == Counter()
