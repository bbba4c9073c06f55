"""How far out a count of known mean lies: its p, the counts that are not far out, its interval.

A count is Poisson's where its `total` is infinite. Else it is one of independent Poisson counts of
that sum: then it is binomial, (total, mean/total).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from servqual._stats.poisson import fay_feuer
from servqual._stats.student import Interval

__all__ = ["count_interval", "count_limits", "count_p"]

Array = NDArray[np.float64]


def count_p(count: Array, mean: Array, total: float = math.inf) -> Array:
    """Return the two-sided min(1, 2·min(P(X ≤ count), P(X ≥ count))); NaN where the mean is."""
    at_most, _ = _tails(count, mean, total)
    _, beyond = _tails(np.maximum(count - 1.0, 0.0), mean, total)
    at_least = np.where(count > 0, beyond, 1.0)
    return np.asarray(np.minimum(2 * np.minimum(at_most, at_least), 1.0), float)


def count_limits(mean: Array, level: float, total: float = math.inf) -> tuple[Array, Array]:
    """Return the least and the greatest count that are not far out; NaN where the mean is.

    The least count with P(X ≤ count) > (1 - level)/2, and the least with P(X > count) ≤ that: so
    a count below the one, or above the other, has so small a probability or less.
    """
    tail = (1 - level) / 2
    some = np.where(np.isnan(mean), 0.0, mean)
    low = _least(lambda count: _tails(count, some, total)[0] > tail, some.shape)
    high = _least(lambda count: _tails(count, some, total)[1] <= tail, some.shape)
    return np.where(np.isnan(mean), np.nan, low), np.where(np.isnan(mean), np.nan, high)


def count_interval(count: Array, confidence: float, total: float = math.inf) -> Interval:
    """Return the exact interval of the mean of a count: Garwood's, or Clopper and Pearson's."""
    from scipy.special import betaincinv  # half a second

    if math.isinf(total):
        return fay_feuer(count, count, np.ones_like(count), confidence)
    tail, rest = (1 - confidence) / 2, total - count
    low = total * betaincinv(np.maximum(count, 1.0), rest + 1, tail)
    high = total * betaincinv(count + 1, np.maximum(rest, 1.0), 1 - tail)
    return np.where(count > 0, low, 0.0), np.where(rest > 0, high, total)


def _tails(count: Array, mean: Array, total: float) -> tuple[Array, Array]:
    """Return P(X ≤ count) and P(X > count)."""
    from scipy.special import bdtr, bdtrc, pdtr, pdtrc  # half a second

    if math.isinf(total):
        return np.asarray(pdtr(count, mean), float), np.asarray(pdtrc(count, mean), float)
    count, n, share = np.minimum(count, total), int(total), mean / max(total, 1.0)
    return np.asarray(bdtr(count, n, share), float), np.asarray(bdtrc(count, n, share), float)


def _least(holds: Callable[[Array], NDArray[np.bool_]], shape: tuple[int, ...]) -> Array:
    """Return the least count from which on a rule holds, by doubling and then by halving."""
    high = np.ones(shape)
    while not (there := holds(high)).all():
        high = np.where(there, high, 2 * high)
    low = np.full(shape, -1.0)
    while (open_ := high - low > 1).any():
        middle = np.floor((low + high) / 2)
        there = holds(np.maximum(middle, 0.0))
        low, high = np.where(open_ & ~there, middle, low), np.where(open_ & there, middle, high)
    return high
