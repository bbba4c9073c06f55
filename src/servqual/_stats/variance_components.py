"""Mean squares between and within groups, and intraclass correlations as functions of their F."""

from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import NO_SPREAD, Mean

__all__ = [
    "GroupSize",
    "MeanSquares",
    "f_ends",
    "icc_of_f",
    "icc_of_mean",
    "mean_squares",
]

Array = NDArray[np.float64]
GroupSize = Literal["weighted", "mean"]


@attrs.frozen(eq=False)
class MeanSquares:
    """Mean squares between and within groups, their df, and the size of a group; of columns."""

    between: Array
    within: Array
    df1: Array
    df2: Array
    size: Array


def mean_squares(worth: Array, mean: Mean, width: Array | float, size: GroupSize) -> MeanSquares:
    """Return the mean squares of means and sd by group, (groups, columns).

    `worth` is the number of respondents that each group counts as; `width` that of the scale, or of
    the values of each column, against which a difference is told from rounding. The size of a group
    is n₀ = (N - Σn²/N)/(G - 1), ``"weighted"``, or N/G, ``"mean"``.
    """
    some = worth > 0
    groups, total = some.sum(axis=0), worth.sum(axis=0)
    df1, df2 = groups - 1.0, total - groups
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(some, worth * mean.mean, 0.0).sum(axis=0) / total
        apart = np.where(some, mean.mean - centre, 0.0)
        apart = np.where(apart**2 <= NO_SPREAD * np.square(width), 0.0, apart)
        between = (worth * apart**2).sum(axis=0) / df1
        # Σw(x-x̄)²/Σw, which has the mean σ²(1 - 1/worth), times worth
        squares = worth * (mean.n - 1) / mean.n * mean.sd**2
        within = np.where(mean.n > 1, squares, 0.0).sum(axis=0) / df2
        weighted = (total - (worth**2).sum(axis=0) / total) / df1
        each = weighted if size == "weighted" else np.where(groups > 1, total / groups, np.nan)
    return MeanSquares(between, within, df1, df2, each)


def icc_of_f(f: Array, k: Array | float) -> Array:
    """Return (F - 1)/(F + k - 1), the intraclass correlation of one of k values a group."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = 1 - k / (f + k - 1)
    return found


def icc_of_mean(f: Array) -> Array:
    """Return (F - 1)/F, the intraclass correlation of the means of groups; NaN where F is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(f > 0, 1 - 1 / f, np.nan)
    return found


def f_ends(f: Array, df1: Array, df2: Array, confidence: float) -> tuple[Array, Array]:
    """Return the ends of the interval of a ratio of variances; NaN where F is 0 or infinite."""
    from scipy.special import fdtri  # half a second

    upper = 0.5 + confidence / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        varied = np.where(np.isfinite(f) & (f > 0), f, np.nan)
        return varied / fdtri(df1, df2, upper), varied * fdtri(df2, df1, upper)
