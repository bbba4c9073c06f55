"""Ranks; Wilcoxon's signed ones, Pratt's zeros, rank-biserial correlation; Holm's rule."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["SignedRanks", "from_best", "holm", "levels", "signed_ranks"]

Array = NDArray[np.float64]
ROUNDING = 1e-13  # of the largest value: a smaller step is none
ENTRIES = 4_000_000  # of resamples held at a time


@attrs.frozen
class SignedRanks:
    """Signed ranks of differences.

    Parameters
    ----------
    w : float
        The sum of the ranks of positive differences.
    p : float
        Two-sided, by the normal approximation with ties; NaN without a difference that is not 0.
    biserial : float
        The matched rank-biserial correlation, (W⁺ - W⁻)/(W⁺ + W⁻).
    low, high : float
        Its percentile bootstrap interval; NaN where all differences have one sign.
    """

    w: float
    p: float
    biserial: float
    low: float
    high: float


def signed_ranks(
    differences: Array, confidence: float, resamples: int, rng: np.random.Generator
) -> SignedRanks:
    """Rank differences by size, zeros among them (Pratt), and add up the ranks by sign.

    Zeros take part in the ranking and then lose their ranks; equal sizes share the mean rank. A
    resample draws n differences with replacement: the number of times that each distinct one is
    drawn is multinomial, so that resamples cost as much as there are distinct differences.
    """
    from scipy.special import ndtr  # half a second

    values, counts = np.unique(differences, return_counts=True)
    plus, minus = _sums_of_ranks(values, counts[None, :])
    w, n = float(plus[0]), len(differences)
    zeros = int(counts[values == 0].sum())
    _, ties = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    ties = ties.astype(float)
    mean = (n * (n + 1.0) - zeros * (zeros + 1.0)) / 4
    square = n * (n + 1.0) * (2 * n + 1) - zeros * (zeros + 1.0) * (2 * zeros + 1)
    variance = (square - (ties**3 - ties).sum() / 2) / 24
    if variance <= 0:
        return SignedRanks(w, np.nan, np.nan, np.nan, np.nan)
    p = 2 * float(ndtr(-abs(w - mean) / np.sqrt(variance)))

    found = []
    for start in range(0, resamples, step := max(1, ENTRIES // len(values))):
        drawn = rng.multinomial(n, counts / n, size=min(step, resamples - start))
        found.append(_biserial(*_sums_of_ranks(values, drawn)))
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(np.concatenate(found), tails)
    biserial = float(_biserial(plus, minus)[0])
    if abs(biserial) == 1:  # no resample has another
        low = high = np.nan
    return SignedRanks(w, p, biserial, float(low), float(high))


def _sums_of_ranks(values: Array, counts: NDArray[np.integer]) -> tuple[Array, Array]:
    """Return W⁺ and W⁻ of samples, (samples, values), in which each value occurs so often."""
    sizes, place = np.unique(np.abs(values), return_inverse=True)
    positive, negative = (np.zeros((len(counts), len(sizes))) for _ in range(2))
    positive[:, place[values > 0]] = counts[:, values > 0]
    negative[:, place[values < 0]] = counts[:, values < 0]
    both = positive + negative
    if sizes[0] == 0:
        both[:, 0] = counts[:, values == 0].sum(axis=1)
    ranks = np.cumsum(both, axis=1) - (both - 1) / 2
    return (positive * ranks).sum(axis=1), (negative * ranks).sum(axis=1)


def _biserial(plus: Array, minus: Array) -> Array:
    """Return (W⁺ - W⁻)/(W⁺ + W⁻), 0 where all differences are 0."""
    total = plus + minus
    found: Array = np.divide(plus - minus, total, out=np.zeros(len(total)), where=total > 0)
    return found


def holm(p: Array) -> Array:
    """Return Holm's step-down adjustment of the p that are there."""
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def from_best(values: NDArray[Any]) -> Array:
    """Return 1 for the largest and so on; ties share the best rank, and NaN has none."""
    ranks = 1.0 + np.searchsorted(np.sort(-values), -values)
    return np.where(np.isnan(values), np.nan, ranks)


def levels(values: Array) -> Array:
    """Return the values' places in their order, 0 the lowest; equal ones but for rounding share."""
    if not values.size:
        return values
    order = np.argsort(values)
    ordered = values[order]
    with np.errstate(over="ignore"):  # two that lie farther apart than any number
        apart = np.diff(ordered, prepend=ordered[0]) > ROUNDING * np.abs(values).max()
    found = np.empty(len(values))
    found[order] = np.cumsum(apart)
    return found
