"""Student's t: intervals, tests, Welch's comparison of two means, and Fieller's of their ratio."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual._stats.smoothing import smoothly

__all__ = [
    "MOVER",
    "Interval",
    "difference_interval",
    "omnibus_welch",
    "ratio_error",
    "ratio_interval",
    "t_columns",
    "t_interval",
    "t_test",
    "welch",
    "welch_columns",
]

Array = NDArray[np.float64]
Interval = tuple[Array, Array]
ROUNDING = 1e-12  # of what is compared: what lies nearer is the same
MOVER = "MOVER from those of the groups"  # what a note says of `difference_interval`


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


def t_columns(estimate: Array, se: Array, df: Array, confidence: float) -> dict[str, Array]:
    """Return an estimate's error, interval and test by t(df); NaN where the error is 0."""
    se = np.where(se > 0, se, np.nan)
    low, high = t_interval(estimate, se, df, confidence)
    t, p = t_test(estimate, se, df)
    df = np.where(np.isnan(se), np.nan, df)
    return {"se": se, "low": low, "high": high, "t": t, "df": df, "p": p}


def welch_columns(first: Mean, second: Mean, confidence: float) -> dict[str, Array]:
    """Return first - second of independent groups with its error, interval and test by Welch's t.

    All but the difference is NaN where the error of a group is 0 or unknown.
    """
    found = welch(second, first)
    se = np.where((first.se > 0) & (second.se > 0), found.se, np.nan)
    return {"difference": found.mean} | t_columns(found.mean, se, found.df, confidence)


def difference_interval(
    first: Array, second: Array, of_first: Interval, of_second: Interval
) -> Interval:
    """Return the interval of first - second, independent, from their own intervals (MOVER).

    d - √((x₁ - l₁)² + (u₂ - x₂)²) .. d + √((u₁ - x₁)² + (x₂ - l₂)²).
    """
    (low, high), (other_low, other_high) = of_first, of_second
    difference = first - second
    below = np.hypot(first - low, other_high - second)
    above = np.hypot(high - first, second - other_low)
    return difference - below, difference + above


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
        bounded = (g < 1 - ROUNDING) & (top.df > 0)
        low, high = (centre - half) / (1 - g), (centre + half) / (1 - g)
    return np.where(bounded, low, np.nan), np.where(bounded, high, np.nan)


def ratio_error(top: Mean, bottom: Mean, difference: Mean, ratio: Array) -> Array:
    """Return the delta method's standard error of ratio = top/bottom for means of the same rows.

    se² = ((1 - r)·V(top) + r(r - 1)·V(bottom) + r·V(difference))/bottom², with `difference` =
    top - bottom; 0 where the variance is but rounding of its terms.
    """
    terms = np.stack(
        [
            (1 - ratio) * top.se**2,
            ratio * (ratio - 1) * bottom.se**2,
            ratio * difference.se**2,
        ]
    )
    square, size = terms.sum(axis=0), np.abs(terms).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.sqrt(np.where(square <= ROUNDING * size, 0.0, square))
        return np.asarray(rest / np.abs(bottom.mean))


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
