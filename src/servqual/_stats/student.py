"""Student's t: intervals, tests, and Welch's comparison of two means."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean

__all__ = ["t_interval", "t_test", "welch"]

Array = NDArray[np.float64]


def t_interval(mean: Array, se: Array, df: Array, confidence: float) -> tuple[Array, Array]:
    """Return mean ± t(df)·se; NaN where se is 0."""
    from scipy.special import stdtrit  # half a second

    half = stdtrit(df, 0.5 + confidence / 2) * np.where(se > 0, se, np.nan)
    return mean - half, mean + half


def t_test(mean: Array, se: Array, df: Array) -> tuple[Array, Array]:
    """Return t = mean/se and its two-sided p; NaN where se is 0."""
    from scipy.special import stdtr  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(se > 0, mean / se, np.nan)
    return t, 2 * stdtr(df, -np.abs(t))


def welch(first: Mean, second: Mean) -> tuple[Mean, Array]:
    """Return second - first for independent groups, with the pooled sd, and Welch's df."""
    a, b = first.se**2, second.se**2
    with np.errstate(invalid="ignore", divide="ignore"):
        df = (a + b) ** 2 / (a**2 / (first.n - 1) + b**2 / (second.n - 1))
        within = (first.n - 1) * first.sd**2 + (second.n - 1) * second.sd**2
        pooled = np.sqrt(within / (first.n + second.n - 2))
    return Mean(first.n + second.n, second.mean - first.mean, pooled, np.sqrt(a + b)), df
