"""Money at different times: what it is worth today, and sums that shrink from term to term."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["discounted", "geometric_sums", "mean_term"]

Array = NDArray[np.float64]


def discounted(flows: ArrayLike, rate: ArrayLike, first: int = 0) -> Array:
    """Return f_t/(1 + d)^t of flows (…, periods), the first of which comes in period `first`.

    Examples
    --------
    >>> discounted([100, 121], 0.1, 1).round(9).tolist()
    [90.909090909, 100.0]
    """
    cells = np.asarray(flows, float)
    periods = np.arange(first, first + cells.shape[-1])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        worth: Array = cells / (1 + np.asarray(rate, float)[..., None]) ** periods
    return np.where(cells == 0, 0.0, worth)  # nothing is worth nothing, whatever the rate


def geometric_sums(ratio: ArrayLike, terms: float) -> Array:
    """Return Σ q^t over t = 0, …, terms - 1; of infinitely many 1/(1 - q), infinite from q = 1 on.

    By the exponential form, which keeps its digits where q is near 1.

    Examples
    --------
    >>> geometric_sums([0.5, 1, 2], 3).round(12).tolist()
    [1.75, 3.0, 7.0]
    >>> geometric_sums([0.5, 1], np.inf).tolist()
    [2.0, inf]
    """
    q = np.asarray(ratio, float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if np.isinf(terms):
            return np.where(q < 1, 1 / (1 - q), np.inf)
        grown = np.expm1(terms * np.log(q)) / np.expm1(np.log(q))
    return np.where(q == 1, terms, np.where(q == 0, min(terms, 1), grown))


def mean_term(ratio: ArrayLike, terms: float) -> Array:
    """Return Σ t·q^t / Σ q^t, the elasticity of the geometric sum to its ratio.

    NaN of no terms, infinite where the sum is.

    Examples
    --------
    >>> mean_term([0, 1], 5).tolist(), mean_term([0.5], np.inf).tolist()
    ([0.0, 2.0], [1.0])
    """
    q = np.asarray(ratio, float)
    if not terms:
        return np.full_like(q, np.nan)
    with np.errstate(all="ignore"):
        if np.isinf(terms):
            return np.where(q < 1, q / (1 - q), np.inf)
        times, grows = np.arange(terms), q[..., None] > 1
        base = np.where(grows, 1 / q[..., None], q[..., None])  # at most 1: powers from the far end
        weights = base ** np.where(grows, times[::-1], times)
        found: Array = weights @ times / weights.sum(axis=-1)
    return found
