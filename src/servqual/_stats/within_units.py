"""Means of units and their errors from one spread within units, adjusted for covariates."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import NO_SPREAD, added, sums_by
from servqual._stats.regression import least_squares, redundant_columns

__all__ = ["UnitMeans", "confounded", "unit_means"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
ALIKE = 1e-9  # of a covariate's spread, is left within units where it does not vary there


@attrs.frozen(eq=False)
class UnitMeans:
    """Units' means, their variances, the respondents of each, and the covariates' coefficients."""

    means: Array
    variances: Array
    n: NDArray[np.int64]
    coefficients: Array


def unit_means(
    x: Array, codes: Places, units: int, weights: Array | None, design: Array
) -> UnitMeans:
    """Return the means of units, `codes` their places, at the overall mean of covariates.

    The covariates are the columns of a design. A unit counts as its N = (Σw)²/Σw² respondents: with
    u = w·N/Σw, and x, z centred within units, A = (Σu·zzᵀ)⁻¹, B = Σu²·zzᵀ, γ̂ = AΣu·zx and s² =
    Σu(x - zᵀγ̂)²/(Σ(N - 1) - tr AB); with d the unit's mean of covariates less that of all,
    v = s²·(1/N + dᵀABAd - 2dᵀAΣu²z/N). Without weights B is A⁻¹, and Σu²z = 0.

    `two_factors.two_way` is of units and one other factor, whose levels need not all be linked.
    """
    first = x[:1]
    sums = sums_by((x - first)[:, None], codes, units, weights)[:, 0]
    n, total, coefficients = sums.n, sums.w, np.full(design.shape[1], np.nan)
    if not len(x):
        nothing = np.full(units, np.nan)
        return UnitMeans(nothing, nothing, n.astype(np.int64), coefficients)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = np.ones(len(x)) if weights is None else weights
        worth, u = total**2 / sums.w2, w * (total / sums.w2)[codes]
        mean = sums.x / total
        apart, mean = x - first - mean[codes], mean + first
        error, df = 1 / worth, float((worth[n > 0] - 1).sum())
        if design.size:
            centre, z = _centred(design, codes, units, w)
            fit = least_squares(np.sqrt(u)[:, None] * z, np.sqrt(u) * apart)
            coefficients, a, uz = fit.coefficients, fit.unscaled, u[:, None] * z
            b, shared = uz.T @ uz, added(u[:, None] * uz, codes, units) / worth[:, None]
            d = centre - w @ design / w.sum()
            mean, apart = mean - d @ coefficients, apart - z @ coefficients
            error = error + ((d @ a @ b - 2 * shared) @ a * d).sum(axis=1)
            df -= float(np.trace(a @ b))
        left = float(u @ apart**2)
        left = left if left > NO_SPREAD * u.sum() * np.ptp(x) ** 2 else 0.0
        variances = (left / df if df > ALIKE else np.nan) * error
    return UnitMeans(mean, variances, n.astype(np.int64), coefficients)


def confounded(
    design: Array, codes: Places, units: int, weights: Array | None = None
) -> tuple[Places, Places]:
    """Return the columns that do not vary within units, and those that follow from others there."""
    w = np.ones(len(design)) if weights is None else weights
    _, within = _centred(design, codes, units, w)
    around = np.linalg.norm(design - design.mean(axis=0), axis=0)
    flat = np.flatnonzero(np.linalg.norm(within, axis=0) <= ALIKE * around)
    return flat, np.array(redundant_columns(within), np.intp)


def _centred(columns: Array, codes: Places, units: int, w: Array) -> tuple[Array, Array]:
    """Return the weighted means of columns by unit, and the distances from them."""
    first = columns[:1]
    off = columns - first
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = added(w[:, None] * off, codes, units) / added(w, codes, units)[:, None]
    return mean + first, off - mean[codes]
