"""How texts of different lengths go through the model: bounded, padded on the right. Lists of ids only, no tensors."""

from collections.abc import Sequence

# With a new length in almost every batch a CPU's allocator keeps memory for each of them: 23 GB after 16 minutes.
STEP = 64


def padded(length: int) -> int:
    """The length rounded up to a multiple of STEP."""
    return -(-length // STEP) * STEP


def packed(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Groups of indexes, shortest first, such that a group, padded to its longest, has at most `most` tokens.

    A single text longer than `most` is a group of its own.
    """
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda one: (lengths[one], one)):
        if groups and (len(groups[-1]) + 1) * padded(lengths[index]) <= most:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def rows_of(texts: Sequence[Sequence[int]], filler: int) -> list[list[int]]:
    """The texts padded on the right to one length, a multiple of STEP.

    Under a causal mask nothing before the padding sees it, so `filler` may be any id that the model has.
    """
    width = padded(max(map(len, texts)))
    return [[*text, *[filler] * (width - len(text))] for text in texts]
