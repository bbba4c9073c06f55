"""Standardised effects with intervals by the non-central t, and the sample sizes that they need."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["noncentrality_interval", "power_of_t", "small_sample_factor"]

Array = NDArray[np.float64]


def noncentrality_interval(t: Array, df: Array, confidence: float) -> tuple[Array, Array]:
    """Return the non-centralities under which t would be at the ends of its own interval."""
    from scipy.special import nctdtrinc, ndtri  # half a second

    tails = (1 + confidence) / 2, (1 - confidence) / 2
    spread = np.sqrt(1 + t**2 / (2 * df))  # of t about its non-centrality, for large df
    known = np.isfinite(t) & (df > 0)
    limits = []
    for tail in tails:
        exact = nctdtrinc(np.where(known, df, 1.0), tail, np.where(known, t, 0.0))
        found = np.where(np.isfinite(exact), exact, t - ndtri(tail) * spread)
        limits.append(np.where(known, found, np.nan))
    return limits[0], limits[1]


def small_sample_factor(df: Array) -> Array:
    """Return Hedges' J = Γ(df/2)/(√(df/2)·Γ((df-1)/2)), which takes the bias out of d."""
    from scipy.special import gammaln  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = gammaln(df / 2) - np.log(df / 2) / 2 - gammaln((df - 1) / 2)
        factor: Array = np.where(df > 1, np.exp(logarithm), np.nan)
    return factor


def power_of_t(noncentrality: float, df: float, confidence: float) -> float:
    """Return the power of a two-sided t test, both tails counted."""
    from scipy.special import nctdtr, stdtrit  # half a second

    bound = stdtrit(df, (1 + confidence) / 2)
    return float(1 - nctdtr(df, noncentrality, bound) + nctdtr(df, noncentrality, -bound))
