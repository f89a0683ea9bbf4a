"""Which examples pass through the model together, and in what form. Sizes are bounded in tokens, so memory is bounded.

A row is a sequence of tokens in which examples that begin alike share their beginning: a tree whose branches are laid
one after another. It gives the loss of each example on its own, at less work. How attention follows the branches is
in attention.py.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mucode.train.generator.examples import Example
from mucode.train.rows import seed_of

Span = tuple[int, int]
"""Places in a row: first, and one behind the last."""

# Lengths are multiples of this: with a new length in each row the allocator's free blocks never fit again.
MULTIPLE = 64
# A shorter common beginning costs more in small products than it saves.
_LEAST_SHARED = 16


@dataclass(frozen=True)
class Branch:
    """A stretch of a row, and what its tokens see besides those before them in the stretch."""

    own: Span
    before: tuple[Span, ...]
    """Earlier stretches of the same examples, in order."""


@dataclass(frozen=True)
class Row:
    """What passes through the model at once. Lists of `len(ids)`, and of the head's places, each a multiple of 64."""

    ids: list[int]
    positions: list[int]
    """Position of each token in its example."""
    branches: list[Branch]
    heads: list[int]
    """Places at which the next token is predicted; a place may be there for several targets."""
    targets: list[int]
    weights: list[float]
    """How many examples have this target at this place; 0 fills up."""
    tokens: int
    """Tokens of all examples, as if nothing were shared."""


def steps_of(examples: Sequence[Example], batch: int, epochs: int, seed: int) -> list[list[Example]]:
    """The examples of each step: every epoch sees each once, in an order of its own. The last batch may be smaller."""
    steps: list[list[Example]] = []
    for epoch in range(epochs):
        order = list(range(len(examples)))
        random.Random(seed_of(seed, "epoch", epoch)).shuffle(order)  # noqa: S311  nothing secret
        steps += [[examples[one] for one in order[at : at + batch]] for at in range(0, len(order), batch)]
    return steps


def rows_of(examples: Sequence[Example], row_tokens: int, *, packing: bool) -> list[Row]:
    """The rows of one step, each of at most `row_tokens` tokens unless a single example is longer."""
    if not packing:
        return [_row([example]) for example in examples]
    rows: list[Row] = []
    inside: list[Example] = []
    length = 0
    # Sorted, an example has the longest common beginning with the one before it.
    for example in sorted(examples, key=lambda one: one.ids):
        new = len(example.ids) - (_shared(inside[-1], example) if inside else 0)
        if inside and length + new > row_tokens:
            rows.append(_row(inside))
            inside, length, new = [], 0, len(example.ids)
        inside.append(example)
        length += new
    return [*rows, _row(inside)] if inside else rows


def empty(row: Row) -> Row:
    """The same row, of which nothing counts: for a device that has no row left while others have."""
    return Row(row.ids, row.positions, row.branches, row.heads, row.targets, [0.0] * len(row.weights), 0)


def _shared(before: Example, example: Example) -> int:
    """Length of the beginning that the second example takes from the first one."""
    length = 0
    for one, other in zip(before.ids, example.ids, strict=False):
        if one != other:
            break
        length += 1
    return length if length >= _LEAST_SHARED else 0


def _row(examples: Sequence[Example]) -> Row:
    ids: list[int] = []
    positions: list[int] = []
    branches: list[Branch] = []
    predicted: Counter[tuple[int, int]] = Counter()
    path: tuple[Span, ...] = ()
    for index, example in enumerate(examples):
        shared = _shared(examples[index - 1], example) if index else 0
        path = _cut(path, shared)
        if shared < len(example.ids):
            own = (len(ids), len(ids) + len(example.ids) - shared)
            branches.append(Branch(own, path))
            ids += example.ids[shared:]
            positions += range(shared, len(example.ids))
            path = (*path, own)
        places = [place for first, last in path for place in range(first, last)]
        for at in range(example.prompt, len(example.ids)):
            predicted[places[at - 1], example.ids[at]] += 1
    tokens = sum(len(example.ids) for example in examples)
    return _filled(ids, positions, branches, predicted, tokens)


def _cut(path: tuple[Span, ...], length: int) -> tuple[Span, ...]:
    """The first `length` places of a path."""
    kept: list[Span] = []
    for first, last in path:
        taken = min(last - first, length)
        if taken:
            kept.append((first, first + taken))
        length -= taken
    return tuple(kept)


def _filled(
    ids: list[int], positions: list[int], branches: list[Branch], predicted: Counter[tuple[int, int]], tokens: int
) -> Row:
    """A row with its lengths filled up to multiples of 64 by a branch of its own and by targets that do not count."""
    length = len(ids)
    fill = -length % MULTIPLE
    if fill:
        branches = [*branches, Branch((length, length + fill), ())]
    heads = [place for place, _ in predicted]
    targets = [target for _, target in predicted]
    idle = -len(heads) % MULTIPLE
    return Row(
        ids=[*ids, *[ids[0]] * fill],
        positions=[*positions, *range(fill)],
        branches=branches,
        heads=[*heads, *[0] * idle],
        targets=[*targets, *[0] * idle],
        weights=[*map(float, predicted.values()), *[0.0] * idle],
        tokens=tokens,
    )
