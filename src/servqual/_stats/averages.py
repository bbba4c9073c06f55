"""Averages of scores on the last axis: power means, ordered ones, peak and end, and a veto.

A missing score is NaN; so is the average of a row that has none.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ROUNDING",
    "SIGNED",
    "ordered_means",
    "peak_ends",
    "power_means",
    "scaled",
    "vetoed_means",
]

Array = NDArray[np.float64]
ROUNDING = 1e-12  # of the size of the scores: what lies nearer is the same
SIGNED = (1.0, -np.inf, np.inf)  # powers whose means take scores below 0
LARGE = 900  # powers of two up to which many scores can be added
NO_POWER = 1e-20  # a power so near 0 changes no digit of the geometric mean


def scaled(weights: Array) -> Array:
    """Return weights of 0 or more times a power of two, so that no sum overflows or rounds."""
    _, exponent = np.frexp(weights.max(axis=-1, keepdims=True))
    found: Array = np.ldexp(weights, -exponent)
    return found


def _mean(scores: Array, weights: Array) -> Array:
    """Return Σ w·x/Σ w; scores so large that they would overflow are made smaller before."""
    _, exponent = np.frexp(np.abs(scores).max(axis=-1))
    excess = np.maximum(exponent - LARGE, 0)  # small scores keep their digits
    summed = (weights * np.ldexp(scores, -excess[..., None])).sum(axis=-1)
    found: Array = np.ldexp(summed / weights.sum(axis=-1), excess)
    return found


def power_means(scores: Array, weights: Array, power: float) -> Array:
    """Return (Σ w·x^p)^(1/p) over the scores that are there and have a weight above 0.

    The geometric mean for p = 0, the least and the greatest for -∞ and ∞. Each lies between its
    neighbours of the chain least, p < 0, geometric, mean, p > 1, greatest, rounding included. NaN
    where scores are below 0, unless p is 1, -∞ or ∞.
    """
    counts = ~np.isnan(scores) & (weights > 0)
    weights = scaled(np.where(counts, weights, 0.0))
    total, some = weights.sum(axis=-1), counts.any(axis=-1)
    low = np.where(some, np.where(counts, scores, np.inf).min(axis=-1), np.nan)
    high = np.where(some, np.where(counts, scores, -np.inf).max(axis=-1), np.nan)
    if np.isinf(power):
        return low if power < 0 else high
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean: Array = np.clip(_mean(np.where(counts, scores, 0.0), weights), low, high)
        if power == 1:
            return mean
        share = weights / total[..., None]
        logs = np.log(np.where(counts, scores, 1.0))
        product = np.exp((share * logs).sum(axis=-1))
        geometric = np.clip(np.where(low == 0, 0.0, product), low, mean)
        if abs(power) < NO_POWER:
            return geometric
        found = np.exp(_log_power_means(logs, share, counts, power))
    if power < 0:
        lower, upper, none = low, geometric, low == 0
    else:
        lower, upper = (geometric, mean) if power < 1 else (mean, high)
        none = high == 0
    found = np.where(none, 0.0, np.clip(found, lower, upper))
    return np.where(low < 0, np.nan, found)


def _log_power_means(logs: Array, share: Array, counts: NDArray[np.bool_], power: float) -> Array:
    """Return ln M = ln r + ln(1 + Σ w·((x/r)^p - 1))/p, r the score of the greatest power.

    Every (x/r)^p is 1 at most, so that nothing overflows; with expm1 and log1p no digit is lost
    where it is near 1. Where the sum is near -1, they lose what the plain logarithm keeps.
    """
    ends = np.where(counts, logs, -np.copysign(np.inf, power))
    top = ends.max(axis=-1) if power > 0 else ends.min(axis=-1)
    exponents = np.where(counts, power * (logs - top[..., None]), 0.0)
    change = (share * np.expm1(exponents)).sum(axis=-1)
    plain = np.log((share * np.exp(exponents)).sum(axis=-1))
    found: Array = top + np.where(change < -0.5, plain, np.log1p(change)) / power
    return found


def ordered_means(scores: Array, weights: Array) -> Array:
    """Return Σ w·x₍ᵢ₎, the first weight for the greatest score; NaN where a score is missing."""
    ranked = -np.sort(-scores, axis=-1)
    means = _mean(ranked, scaled(weights))
    bounded: Array = np.clip(means, ranked[..., -1], ranked[..., 0])
    return bounded


def peak_ends(scores: Array, neutral: float) -> Array:
    """Return (peak + end)/2: the score farthest from neutral, of ties the later, and the last."""
    there = ~np.isnan(scores)
    distances = np.where(there, np.abs(scores - neutral), -1.0)
    farthest = distances.max(axis=-1, keepdims=True)
    noise = ROUNDING * (farthest + abs(neutral))
    peak = _last(scores, there & (distances >= farthest - noise))
    return peak / 2 + _last(scores, there) / 2


def _last(scores: Array, marked: NDArray[np.bool_]) -> Array:
    """Return the last score that is marked; the very last, where none is."""
    place = scores.shape[-1] - 1 - marked[..., ::-1].argmax(axis=-1)
    return np.take_along_axis(scores, place[..., None], axis=-1)[..., 0]


def vetoed_means(
    scores: Array, critical: NDArray[np.bool_], threshold: float, means: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the mean, or the lowest critical score if it is below both it and the threshold.

    And where a critical score is below the threshold.
    NaN where a critical score is missing, or the mean is NaN.
    """
    lowest = np.where(critical, scores, np.inf).min(axis=-1)
    veto = lowest < threshold
    known = ~(np.isnan(lowest) | np.isnan(means))
    return np.where(known, np.where(veto, np.minimum(lowest, means), means), np.nan), veto & known
