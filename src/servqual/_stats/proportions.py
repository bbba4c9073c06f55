"""Shares of successes and means within 0..1, and shares of a sample below a value: intervals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual._stats.student import Interval

__all__ = ["bounded_interval", "order_ranks", "shares_of", "wilson"]

Array = NDArray[np.float64]


def wilson(count: Array, n: Array, confidence: float) -> Interval:
    """Return Wilson's score interval of count/n; NaN where n is 0.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²))/(1 + z²/n); it stays inside 0..1, and its ends are exactly
    0 and 1 where nothing and everything is a success.
    """
    from scipy.special import ndtri  # half a second

    count, n = np.asarray(count, float), np.asarray(n, float)
    square = ndtri(0.5 + confidence / 2) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = count + square / 2
        half = np.sqrt(square * (count * (n - count) / n + square / 4))
        low, high = (centre - half) / (n + square), (centre + half) / (n + square)
    low, high = np.where(count == 0, 0.0, low), np.where(count == n, 1.0, high)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def bounded_interval(mean: Mean, confidence: float, binary: NDArray[np.bool_]) -> Interval:
    """Return Wilson's interval of means of values within 0..1.

    Where all values are 0 or 1, that of their share. Else m(1-m)/se² stands for n, and t with its
    df for z; NaN where values are alike, and of one.
    """
    from scipy.special import ndtri, stdtrit  # half a second

    p, probability = np.clip(mean.mean, 0.0, 1.0), 0.5 + confidence / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = p * (1 - p) / mean.se**2
        worth = drawn * (ndtri(probability) / stdtrit(mean.df, probability)) ** 2
        worth = np.where(binary, mean.n, worth)
        low, high = wilson(p * worth, worth, confidence)
    known = (mean.n > 1) & (binary | (mean.se > 0))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def shares_of(
    count: NDArray[np.intp], n: NDArray[np.intp], nothing: str | NDArray[np.str_], confidence: float
) -> dict[str, NDArray[Any]]:
    """Return the columns of count/n, of any one shape; `nothing` is why it has none."""
    low, high = wilson(count.astype(float), n.astype(float), confidence)
    share = np.divide(count, n, out=np.full(n.shape, np.nan), where=n > 0)
    return {
        "n": n,
        "count": count,
        "share": share,
        "low": low,
        "high": high,
        "undefined": np.where(n > 0, "", nothing),
    }


def order_ranks(n: int, share: float, confidence: float) -> tuple[int, int, float]:
    """Return ranks between whose values the quantile lies, and the confidence that they have.

    Equal-tailed: with B binomial (n, share), the lower rank l is the greatest with P(B < l) ≤ α/2,
    the upper u the least with P(B ≥ u) ≤ α/2. Ranks count from 1; 0 and n + 1 stand for values
    that the sample does not have.
    """
    from scipy.special import bdtr  # half a second

    tail = (1 - confidence) / 2
    below = np.concatenate([[0.0], bdtr(np.arange(n + 1), n, share)])  # P(B < k) for k = 0..n + 1
    lower = int(np.searchsorted(below, tail, side="right")) - 1
    upper = int(np.searchsorted(below, 1 - tail, side="left"))
    return lower, upper, float(below[upper] - below[lower])
