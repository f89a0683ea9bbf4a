"""Readings from a tide gauge, in centimetres against the mean sea level."""


def direction(change):
    """Say whether the water is rising, falling or still.

    >>> direction(12)
    'rising'
    >>> direction(-3)
    'falling'
    >>> direction(0)
    'still'
    """
    if change > 0:
        return "rising"
    if change < 0:
        return "falling"
