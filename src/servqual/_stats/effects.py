"""Standardised effects with intervals by the non-central t, and the power of t tests."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual._stats.quadrature import legendre

__all__ = [
    "hedges_g",
    "noncentral_t",
    "noncentrality_interval",
    "power_of_t",
    "small_sample_factor",
]

Array = NDArray[np.float64]
NODES = 96  # of the quadrature; both integrands are smooth where they are used
REACH = 9.0  # standard deviations on either side that the quadrature covers
STEPS = 60  # in search of a non-centrality, of which about ten are needed
ROWS = 4096  # searched at a time
ENOUGH = 1e-12  # distance of normal quantiles at which the search ends


def noncentral_t(t: Array, df: Array, noncentrality: Array) -> Array:
    """Return P(T ≤ t) of the non-central t, T = (Z + δ)/S with S = √(χ²/df).

    The average of Φ(t·S - δ) over S, where that is the smoother function of the two; else, for
    t > 0, of P(S ≥ (Z + δ)/t) over Z. scipy's own function loses its way at large t and δ.
    """
    t, df, delta = (np.asarray(x, float) for x in np.broadcast_arrays(t, df, noncentrality))
    probability = np.empty(t.shape)
    near = t**2 <= 2 * df
    probability[near] = _over_spread(t[near], df[near], delta[near])
    t, df, delta = t[~near], df[~near], delta[~near]
    above = _over_normal(np.abs(t), df, np.sign(t) * delta)
    probability[~near] = np.where(t < 0, 1 - above, above)
    return probability


def _over_spread(t: Array, df: Array, delta: Array) -> Array:
    """Average Φ(t·s - δ) over the density of S, which needs no constant: its weights sum to 1."""
    from scipy.special import ndtr  # half a second

    nodes, weights = legendre(NODES)
    t, df, delta = t[:, None], df[:, None], delta[:, None]
    # x⁴ in the place of s takes the root at 0 out of the density of few df
    low = np.maximum(0, 1 - REACH / np.sqrt(df)) ** 0.25
    high = (1 + REACH / np.sqrt(df)) ** 0.25
    x = low + (high - low) * nodes
    u = x**4 - 1
    mass = weights * np.exp((df - 1) * np.log1p(u) - df * (u + u**2 / 2) + 3 * np.log(x))
    found: Array = (mass * ndtr(t * (1 + u) - delta)).sum(axis=1) / mass.sum(axis=1)
    return found


def _over_normal(t: Array, df: Array, delta: Array) -> Array:
    """Average P(S ≥ (z + δ)/t) over the normal density, for t > 0."""
    from scipy.special import chdtrc, ndtr  # half a second

    nodes, weights = legendre(NODES)
    start = np.clip(-delta, -REACH, REACH)  # below -δ, the probability is 1
    span = (REACH - start)[:, None]
    z = start[:, None] + span * nodes
    mass = weights * span * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    with np.errstate(over="ignore"):
        square = df[:, None] * (np.maximum(z + delta[:, None], 0) / t[:, None]) ** 2
    found: Array = ndtr(start) + (mass * chdtrc(df[:, None], square)).sum(axis=1)
    return found


def noncentrality_interval(t: Array, df: Array, confidence: float) -> tuple[Array, Array]:
    """Return the non-centralities under which t would be at the ends of its own interval."""
    known = np.isfinite(t) & (df > 0)
    shape = known.shape
    t, df = np.broadcast_to(t, shape)[known], np.broadcast_to(df, shape)[known]
    limits = []
    for tail in ((1 + confidence) / 2, (1 - confidence) / 2):
        found = np.full(shape, np.nan)
        cuts = range(ROWS, len(t), ROWS)
        parts = zip(np.split(t, cuts), np.split(df, cuts), strict=True)
        found[known] = np.concatenate([_noncentrality(*part, tail) for part in parts])
        limits.append(found)
    return limits[0], limits[1]


def _noncentrality(t: Array, df: Array, probability: float) -> Array:
    """Return δ with P(T ≤ t) = probability, by false position (Illinois) on the normal quantile."""
    from scipy.special import ndtri  # half a second

    wanted = ndtri(probability)

    def excess(delta: Array, rows: Any = slice(None)) -> Array:  # noqa: ANN401 (an index)
        """Return what falls with δ, nearly on a straight line."""
        tiny = np.finfo(float).tiny
        chance = np.clip(noncentral_t(t[rows], df[rows], delta), tiny, 1 - np.finfo(float).epsneg)
        found: Array = ndtri(chance) - wanted
        return found

    spread = np.sqrt(1 + t**2 / (2 * df))  # of t about its non-centrality, for large df
    guess = t - wanted * spread
    low, high = guess - spread, guess + spread
    above, below = excess(low), excess(high)
    for _ in range(STEPS):
        if (above >= 0).all() and (below <= 0).all():
            break
        low, high = (
            np.where(above < 0, low - 2 * (high - low), low),
            np.where(below > 0, high + 2 * (high - low), high),
        )
        above, below = excess(low), excess(high)
    middle, active = guess.copy(), np.arange(len(t))
    for _ in range(STEPS):
        if not active.size:
            break
        a, b = above[active], below[active]
        with np.errstate(invalid="ignore", divide="ignore"):
            inner = np.where(a > b, (high[active] * a - low[active] * b) / (a - b), low[active])
        value = excess(inner, active)
        left = value > 0
        # Illinois: an end that stays loses half of its weight
        above[active], below[active] = np.where(left, value, a / 2), np.where(left, b / 2, value)
        low[active] = np.where(left, inner, low[active])
        high[active] = np.where(left, high[active], inner)
        middle[active] = inner
        active = active[np.abs(value) > ENOUGH]
    return middle


def small_sample_factor(df: Array) -> Array:
    """Return Hedges' J = Γ(df/2)/(√(df/2)·Γ((df-1)/2)), which takes the bias out of d."""
    from scipy.special import gammaln  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = gammaln(df / 2) - np.log(df / 2) / 2 - gammaln((df - 1) / 2)
        series = 1 - 3 / (4 * df) - 7 / (32 * df**2)  # keeps the digits that logarithms lose
        factor: Array = np.where(df > 1e4, series, np.where(df > 1, np.exp(logarithm), np.nan))
    return factor


def hedges_g(
    difference: Mean, first_n: Array, second_n: Array, confidence: float
) -> dict[str, Array]:
    """Return the columns of Hedges' g = J·difference/sd and its interval; n are effective ones."""
    with np.errstate(invalid="ignore", divide="ignore"):
        df, root = first_n + second_n - 2, np.sqrt(first_n * second_n / (first_n + second_n))
        d = np.where(difference.se > 0, difference.mean / difference.sd, np.nan)
        limits = noncentrality_interval(d * root, df, confidence)
        low, high = (limit / root for limit in limits)  # exact for δ: no bias to take out
    return {"effect_size": small_sample_factor(df) * d, "effect_low": low, "effect_high": high}


def power_of_t(noncentrality: float, df: float, confidence: float) -> float:
    """Return the power of a two-sided t test, both tails counted."""
    from scipy.special import stdtrit  # half a second

    bound = stdtrit(df, (1 + confidence) / 2)
    below = noncentral_t(np.array([bound, -bound]), np.array(df), np.array(noncentrality))
    return float(1 - below[0] + below[1])
