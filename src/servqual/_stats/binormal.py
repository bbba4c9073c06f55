"""The bivariate normal distribution, and what it lacks of its bound where variables agree.

For ρ ≥ 0 and standard normal X, Y,

    Φ₂(h, k; ρ) = min(Φ(h), Φ(k)) - Q(h, k; ρ),    Q = P(X ≤ min(h, k), Y > max(h, k)),

where Q falls to 0 as ρ rises to 1. Q is computed as such, never as 1 - (what is nearly 1), so that
cells of a table that ρ makes improbable keep their digits.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._stats.quadrature import legendre

__all__ = ["binormal_cdf", "shortfall"]

Array = NDArray[np.float64]
FAR = 4.0  # |h - k|/√(1 - ρ²), from which the integral of Q has more digits than Owen's T
NODES = 32
LEAST = 1e-290  # an argument below it is 0: products with it would vanish
NOTHING = 40.0  # e⁻⁴⁰ of the greatest integrand is left out


def binormal_cdf(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Array:
    """Return Φ₂(h, k; ρ) = P(X ≤ h, Y ≤ k); arguments broadcast, ±inf and ρ = ±1 are fine.

    Errors stay below 1e-15. For ρ < 0, Φ₂(h, k; ρ) = max(0, Φ(h) - Φ(-k)) + Q(h, -k; -ρ).

    Examples
    --------
    >>> float(binormal_cdf(0, 0, 0.5).round(12))  # 1/4 + asin(1/2)/2π
    0.333333333333
    """
    from scipy.special import ndtr  # half a second

    h, k, rho = np.broadcast_arrays(*(np.asarray(value, float) for value in (h, k, rho)))
    agree = rho >= 0
    lacking = shortfall(h, np.where(agree, k, -k), np.abs(rho))
    first, second = ndtr(h), ndtr(k)
    both = np.minimum(first, second) - lacking
    # Φ(h) - Φ(-k) = Φ(k) - Φ(-h): of two tails, where one is small
    excess = np.where(h < k, first - ndtr(-k), second - ndtr(-h))
    found: Array = np.where(agree, np.maximum(both, 0), np.maximum(excess, 0) + lacking)
    return np.where(np.isnan(rho), np.nan, found)


def shortfall(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Array:
    """Return Q(h, k; ρ) = min(Φ(h), Φ(k)) - Φ₂(h, k; ρ) for 0 ≤ ρ ≤ 1; arguments broadcast.

    By Owen's T [1]_; where h and k are far apart, by the integral of the density over ρ up to 1,
    (1/2π)·∫ exp(-(h - k)²/(2 sin²φ) - hk/(1 + cos φ)) dφ over 0 < φ < acos ρ [2]_.

    References
    ----------
    .. [1] Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of
       Mathematical Statistics 27(4), 1075-1090. https://doi.org/10.1214/aoms/1177728074
    .. [2] Drezner, Z. & Wesolowsky, G. O. (1990). On the computation of the bivariate normal
       integral. Journal of Statistical Computation and Simulation 35, 101-107.
       https://doi.org/10.1080/00949659008811236
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(value, float) for value in (h, k, rho)))
    h, k = (np.where(np.abs(x) < LEAST, 0.0, x) for x in (h, k))
    root = np.sqrt((1 - rho) * (1 + rho))
    found = np.zeros(h.shape)
    inside = np.isfinite(h) & np.isfinite(k) & (root > 0)
    far = np.zeros(h.shape, bool)
    far[inside] = np.abs(h[inside] - k[inside]) > FAR * root[inside]
    near = inside & ~far
    found[near] = _owen(h[near], k[near], rho[near], root[near])
    found[far] = _integral(h[far], k[far], rho[far], root[far])
    return np.where(np.isnan(h) | np.isnan(k) | np.isnan(rho), np.nan, found)


def _owen(h: Array, k: Array, rho: Array, root: Array) -> Array:
    """Return T(h, (k - ρh)/(h√)) + T(k, (h - ρk)/(k√)) + β - |Φ(h) - Φ(k)|/2.

    β is ½ where h and k have different signs. Q is the same of (-h, -k): take the lower tail.
    """
    from scipy.special import ndtr, owens_t  # half a second

    turn = np.where(h + k > 0, -1.0, 1.0)
    low, high = np.minimum(turn * h, turn * k), np.maximum(turn * h, turn * k)
    gap = high - low
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        first = owens_t(low, (gap + (1 - rho) * low) / (low * root))
        second = owens_t(high, ((1 - rho) * high - gap) / (high * root))
    half = np.where((low < 0) & (high >= 0), 0.5, 0.0)
    # T(0, -∞) = -1/4 at high = 0, from the side on which β is ½
    second = np.where(high == 0, -0.25, second)
    found = first + second + half - (ndtr(high) - ndtr(low)) / 2
    at_zero = np.arctan2(root, rho) / (2 * np.pi)  # of h = k = 0
    return np.where((low == 0) & (high == 0), at_zero, np.maximum(found, 0))


def _integral(h: Array, k: Array, rho: Array, root: Array) -> Array:
    nodes, weights = legendre(NODES)
    gap = (h - k) ** 2 / 2
    top = np.arctan2(root, rho)
    least = np.arcsin(1 / np.sqrt(1 / root**2 + NOTHING / gap))
    angle = least + nodes[:, None] * (top - least)
    exponent = -gap / np.sin(angle) ** 2 - h * k / (1 + np.cos(angle))
    found: Array = weights @ np.exp(exponent) * (top - least) / (2 * np.pi)
    return found
