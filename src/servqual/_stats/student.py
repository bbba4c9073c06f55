"""Student's t: intervals, tests, Welch's comparison of two means, and Fieller's of their ratio."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual._stats.smoothing import smoothly

__all__ = ["Interval", "omnibus_welch", "ratio_interval", "t_interval", "t_test", "welch"]

Array = NDArray[np.float64]
Interval = tuple[Array, Array]


def t_interval(mean: Array, se: Array, df: Array, confidence: float) -> Interval:
    """Return mean ± t(df)·se; NaN where se is 0."""
    half = _quantile(df, 0.5 + confidence / 2) * np.where(se > 0, se, np.nan)
    return mean - half, mean + half


def _quantile(df: Array, probability: float) -> Array:
    """Return the quantiles of t, which are smooth in 1/df from 8 df on."""
    from scipy.special import stdtrit  # half a second

    return smoothly(lambda df: np.asarray(stdtrit(df, probability), float), df, -1, 8.0)


def t_test(mean: Array, se: Array, df: Array) -> tuple[Array, Array]:
    """Return t = mean/se and its two-sided p; NaN where se is 0."""
    from scipy.special import stdtr  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(se > 0, mean / se, np.nan)
    return t, 2 * stdtr(df, -np.abs(t))


def welch(first: Mean, second: Mean) -> Mean:
    """Return second - first for independent groups, with the pooled sd and Welch's df."""
    a, b = first.se**2, second.se**2
    with np.errstate(invalid="ignore", divide="ignore"):
        df = (a + b) ** 2 / (a**2 / first.df + b**2 / second.df)
        within = (first.n - 1) * first.sd**2 + (second.n - 1) * second.sd**2
        pooled = np.sqrt(within / (first.n + second.n - 2))
    difference = second.mean - first.mean
    return Mean(first.n + second.n, difference, pooled, np.sqrt(a + b), df)


def ratio_interval(top: Mean, bottom: Mean, difference: Mean, confidence: float) -> Interval:
    """Return Fieller's interval of top/bottom for means of the same rows.

    `difference` is top - bottom: its variance gives their covariance. NaN where the bottom's own
    interval holds 0, because the set of ratios that agree with the answers is then unbounded.
    """
    from scipy.special import stdtrit  # half a second

    a, b = top.se**2, bottom.se**2
    cross = (a + b - difference.se**2) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        t = stdtrit(top.df, 0.5 + confidence / 2)
        ratio = top.mean / bottom.mean
        g = (t * bottom.se / bottom.mean) ** 2
        slope = np.where(b > 0, cross / b, 0.0)
        inner = a - 2 * ratio * cross + ratio**2 * b - g * (a - slope * cross)
        half = t / np.abs(bottom.mean) * np.sqrt(np.where(inner > 0, inner, np.nan))
        centre = ratio - g * slope
        bounded = (g < 1) & (top.df > 0)
        low, high = (centre - half) / (1 - g), (centre + half) / (1 - g)
    return np.where(bounded, low, np.nan), np.where(bounded, high, np.nan)


def omnibus_welch(means: Mean) -> tuple[Array, Array, Array, Array, Array]:
    """Return F, its two df, p, and how many groups take part, of Welch's test that means are equal.

    Groups are the first axis; those without a standard error above 0 do not take part.
    """
    from scipy.special import fdtrc  # half a second

    part = (means.se > 0) & (means.df > 0)
    k = part.sum(axis=0).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = np.where(part, means.se**-2.0, 0.0)
        share = w / w.sum(axis=0)
        centre = np.where(part, share * means.mean, 0.0).sum(axis=0)
        between = np.where(part, w * (means.mean - centre) ** 2, 0.0).sum(axis=0) / (k - 1)
        loss = np.where(part, (1 - share) ** 2 / means.df, 0.0).sum(axis=0)
        f = between / (1 + 2 * (k - 2) / (k**2 - 1) * loss)
        df1, df2 = k - 1, (k**2 - 1) / (3 * loss)
    known = k > 1
    f, df1, df2 = (np.where(known, x, np.nan) for x in (f, df1, df2))
    return f, df1, df2, np.asarray(fdtrc(df1, df2, f), dtype=float), k
