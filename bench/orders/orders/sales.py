"""Figures about many orders, with numpy where it is installed."""

import statistics

try:
    import numpy
except ImportError:
    numpy = None


def moving_mean(values: list[float], width: int) -> list[float]:
    """Means of each window of `width` values. Raises ValueError for a width that does not fit."""
    if not 1 <= width <= len(values):
        raise ValueError("width must lie between one and the number of values")
    if numpy is not None:
        return [float(one) for one in numpy.convolve(values, numpy.ones(width) / width, "valid")]
    return [statistics.fmean(values[i : i + width]) for i in range(len(values) - width + 1)]


def outliers(values: list[float], factor: float = 2.0) -> list[int]:
    """Places of the values that lie more than `factor` deviations from the mean."""
    if len(values) < 2:
        return []
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [i for i, value in enumerate(values) if abs(value - mean) > factor * deviation]
