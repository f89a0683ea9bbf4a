"""The middle of a list of measurements."""


def median(values):
    """Return the median: the middle value, or the mean of the two middle values if their number is even."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle]


assert median([3, 1, 2]) == 2
assert median([4]) == 4
assert median([1, 2, 3, 4]) == 2.5
assert median([10, 2]) == 6
