"""Cronbach's α from covariances, and the errors and intervals of whatever reliability."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import NO_SPREAD
from servqual._stats.parts import blocks
from servqual._stats.student import Interval

__all__ = [
    "PERFECT",
    "alpha",
    "alpha_features",
    "alpha_gradient",
    "bonett",
    "feldt",
    "formula_ends",
    "influence",
    "influence_se",
    "item_totals",
    "mean_correlation",
    "normal_se",
    "resampled_alpha",
    "standardized_alpha",
]

Array = NDArray[np.float64]
ROUNDING = 1e-8  # of printed matrices, by which a sum may vary more than answers can
PERFECT = 1e-13  # a share of error below this is rounding: there is no error to estimate from


def alpha(covariance: Array) -> Array:
    """Return k/(k-1)·(1 - tr S/ΣS) of covariances (…, k, k).

    NaN for one item, where a covariance is, where the total has no variance, and above 1: answers
    have no such covariances.
    """
    return _alpha(covariance.shape[-1], *_sums(covariance))


def _sums(covariance: Array) -> tuple[Array, Array]:
    """Return tr S, and ΣS: NaN where it is no more than rounding, or above k·tr S."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        most = np.sqrt(variance).sum(axis=-1) ** 2
        trace, total = variance.sum(axis=-1), covariance.sum(axis=(-2, -1))
        return trace, _possible(total, most, covariance.shape[-1] * trace)


def _possible(total: Array, most: Array, limit: Array) -> Array:
    """Return variances of sums where answers could have them: k·tr S is the limit."""
    possible = (total > NO_SPREAD * most) & (total <= limit + ROUNDING * most)
    return np.where(possible, total, np.nan)


def _alpha(k: int, trace: Array, total: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (k / (k - 1) if k > 1 else np.nan) * (1 - trace / total)
    return found


def mean_correlation(correlation: Array) -> Array:
    """Return the mean r̄ of the correlations of different items; NaN for one item."""
    k = correlation.shape[-1]
    total = correlation.sum(axis=(-2, -1)) - np.trace(correlation, axis1=-2, axis2=-1)
    return np.asarray(total / (k * (k - 1)) if k > 1 else np.full(total.shape, np.nan))


def standardized_alpha(correlation: Array) -> Array:
    """Return k·r̄/(1 + (k-1)·r̄); NaN where an item does not vary, and above 1."""
    k, mean = correlation.shape[-1], mean_correlation(correlation)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = 1 + (k - 1) * mean
        known = (part > NO_SPREAD * k) & (mean <= 1 + ROUNDING)
        found: Array = np.where(known, k * mean / part, np.nan)
    return found


def item_totals(covariance: Array) -> tuple[Array, Array, Array]:
    """Return r(x_j, T-x_j), r(x_j, T) and the α of T-x_j, each (…, k), with T the sum of items.

    The sums without item j are ΣS - 2·Σ_i s_ij + s_jj; NaN where it, or they, do not vary.
    """
    k = covariance.shape[-1]
    own, row = np.diagonal(covariance, axis1=-2, axis2=-1), covariance.sum(axis=-1)
    trace, total = (part[..., None] for part in _sums(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.where(own > 0, own, np.nan))
        plain = covariance.sum(axis=(-2, -1))[..., None]
        most = np.sqrt(own).sum(axis=-1, keepdims=True) ** 2
        rest = plain - 2 * row + own
        rest = (
            _possible(rest, most, (k - 1) * (trace - own)) if k > 1 else np.full(own.shape, np.nan)
        )
        corrected = (row - own) / (sd * np.sqrt(rest))
        return corrected, row / (sd * np.sqrt(total)), _alpha(k - 1, trace - own, rest)


def alpha_gradient(covariance: Array) -> Array:
    """Return G, (…, k, k) symmetric, with α(S + H) ≈ α(S) + tr(G·H).

    G = k/(k-1)·(tr S/(ΣS)²·11ᵀ - I/ΣS).
    """
    k = covariance.shape[-1]
    trace, total = (part[..., None, None] for part in _sums(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (k / (k - 1) if k > 1 else np.nan) * (trace / total - np.eye(k)) / total
    return found


def normal_se(gradient: Array, covariance: Array, n: Array | float) -> Array:
    """Return √(2·tr(G·S·G·S)/n), the error of a function of S where answers are normal."""
    product = gradient @ covariance
    with np.errstate(invalid="ignore", divide="ignore"):
        square = np.einsum("...ij,...ji->...", product, product)  # no trace below 0: G·S is similar
        found: Array = np.sqrt(2 * np.maximum(square, 0) / n)  # to a symmetric matrix
    return found


def influence(gradient: Array, centred: Array, weights: Array | None = None) -> Array:
    """Return q - q̄ with q = (x-x̄)ᵀG(x-x̄) of each row: what a respondent moves a function of S.

    `centred` are the rows less their means, weighted ones where there are weights.
    """
    q = np.empty(len(centred))
    for rows in blocks(0, len(q)):
        part = centred[rows]
        q[rows] = np.einsum("ij,ij->i", part @ gradient, part)
    moved: Array = q - np.average(q, weights=weights)
    return moved


def influence_se(q: Array, weights: Array | None = None) -> float:
    """Return √(n/(n-1)·Σw²q²)/Σw of influences, sd/√n without weights: free of any distribution.

    NaN for one row, and 0 where it is rounding beside a reliability, which has no unit [1]_.

    References
    ----------
    .. [1] Maydeu-Olivares, A., Coffman, D. L. & Hartmann, W. M. (2007). Asymptotically
       distribution-free (ADF) interval estimation of coefficient alpha. Psychological Methods
       12(2), 157-176.
    """
    n = len(q)
    w = np.ones(n) if weights is None else weights
    if n < 2:
        return np.nan
    found = float(np.sqrt(n / (n - 1) * ((w * q) ** 2).sum()) / w.sum())
    return found if found > PERFECT else 0.0


def feldt(alpha: Array | float, n: Array | float, k: int, confidence: float) -> Interval:
    """Return 1 - (1-α)·F, with the quantiles of F(n-1, (n-1)(k-1)); n may be an effective one.

    Exact for normal answers whose items have one variance and one covariance [1]_. At most 1; NaN
    where n or the share of error 1-α does not suffice.

    References
    ----------
    .. [1] Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson
       reliability coefficient twenty. Psychometrika 30(3), 357-370. doi:10.1007/BF02289499
    """
    from scipy.special import fdtri  # half a second

    df, error = np.asarray(n, float) - 1, _error(alpha)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        high, low = (
            1 - error * fdtri(df, df * (k - 1), 0.5 + side * confidence / 2) for side in (-1, 1)
        )
    return _known(low, high)


def bonett(
    alpha: Array | float,
    n: Array | float,
    k: int,
    confidence: float,
    *,
    corrected: bool = False,
) -> Interval:
    """Return 1 - exp(ln(1-α) ± z·√(2k/((k-1)(n-2)))) [1]_, less ln(n/(n-1)) if `corrected` [2]_.

    At most 1; NaN where n or the share of error 1-α does not suffice.

    References
    ----------
    .. [1] Bonett, D. G. (2002). Sample size requirements for testing and estimating coefficient
       alpha. Journal of Educational and Behavioral Statistics 27(4), 335-340.
    .. [2] Bonett, D. G. & Wright, T. A. (2015). Cronbach's alpha reliability: interval estimation,
       hypothesis testing, and sample size planning. Journal of Organizational Behavior 36(1), 3-15.
    """
    n = np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(np.where(n > 2, 2 * k / ((k - 1) * (n - 2)) if k > 1 else np.nan, np.nan))
        bias = np.log(n / (n - 1)) if corrected else 0.0
    return _on_log(_error(alpha), bias, se, confidence)


def formula_ends(
    interval: str, alpha: Array | float, n: Array | float, k: int, confidence: float
) -> Interval:
    """Return the interval of α by ``"feldt"``, ``"bonett"`` or ``"bonett-wright"``."""
    if interval == "feldt":
        return feldt(alpha, n, k, confidence)
    return bonett(alpha, n, k, confidence, corrected=interval == "bonett-wright")


def _error(reliability: Array | float) -> Array:
    """Return the share of error 1-ρ, NaN where there is none."""
    error = 1 - np.asarray(reliability, float)
    return np.where(error > PERFECT, error, np.nan)


def _on_log(error: Array, bias: Array | float, se: Array, confidence: float) -> Interval:
    from scipy.special import ndtri  # half a second

    half = ndtri(0.5 + confidence / 2) * se
    with np.errstate(invalid="ignore", over="ignore"):
        centre = np.log(error) - bias
        return _known(1 - np.exp(centre + half), 1 - np.exp(centre - half))


def _known(low: Array, high: Array) -> Interval:
    known = np.isfinite(low) & np.isfinite(high)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def alpha_features(rows: Array, weights: Array | None = None) -> Array:
    """Return w·[1, x, Σx², (Σx)²] of each row, what it adds to the sums that α is a function of."""
    total = rows.sum(axis=1)
    squares = np.einsum("ij,ij->i", rows, rows)
    found = np.column_stack([np.ones(len(rows)), rows, squares, total**2])
    return found if weights is None else found * weights[:, None]


def resampled_alpha(sums: Array) -> Array:
    """Return α from sums of `alpha_features` (…, k + 3); NaN where the total has no variance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums[..., 1:] / sums[..., :1]
        x, squares, square = means[..., :-2], means[..., -2], means[..., -1]
        total = square - x.sum(axis=-1) ** 2
        total = np.where(total > NO_SPREAD * x.shape[-1] * squares, total, np.nan)
        return _alpha(x.shape[-1], squares - (x**2).sum(axis=-1), total)
