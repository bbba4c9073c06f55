"""Ordinary least squares of one outcome, and the F test of linear restrictions on it."""

from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.student import t_interval, t_test

__all__ = [
    "ERRORS",
    "Errors",
    "LeastSquares",
    "first_dependence",
    "least_squares",
    "line_shares",
    "redundant_columns",
]

Array = NDArray[np.float64]
Errors = Literal["classic", "robust"]
ERRORS = {"classic": "t, by errors of equal variance", "robust": "t, by robust errors (HC3)"}
DEPENDENT = 1e-9  # of a column's length, is left of it by the columns before it
EXACT = 1e-24  # a sum of squared errors below this share of that of the outcome is rounding
ALONE = 1e-10  # a leverage that lies so near to 1 is that of a row which decides a coefficient


@attrs.frozen(eq=False)
class LeastSquares:
    """A fit y = X·b + e, with its errors.

    Parameters
    ----------
    coefficients : ndarray (p,)
        b = (XᵀX)⁻¹Xᵀy.
    unscaled : ndarray (p, p)
        (XᵀX)⁻¹: the covariance of b is that times `variance`.
    residual, total : float
        Σe², 0 where it is rounding, and Σ(y - ȳ)².
    n : int
        The rows.
    robust : ndarray (p, p), optional
        The covariance of b by HC3, which takes the place of the classic one.
    """

    coefficients: Array
    unscaled: Array
    residual: float
    total: float
    n: int
    robust: Array | None = None

    @property
    def df(self) -> int:
        """Rows minus coefficients."""
        return self.n - len(self.coefficients)

    @property
    def variance(self) -> float:
        """Σe²/(n - p); NaN where no row is left over."""
        return self.residual / self.df if self.df > 0 else np.nan

    @property
    def covariance(self) -> Array:
        """The covariance of the coefficients, (p, p)."""
        return self.variance * self.unscaled if self.robust is None else self.robust

    @property
    def r_squared(self) -> float:
        """1 - Σe²/Σ(y - ȳ)² of a design that holds a 1; NaN where y does not vary."""
        return 1 - self.residual / self.total if self.total > 0 else np.nan

    def estimates(self, combinations: Array, confidence: float) -> dict[str, Array]:
        """Return L·b with its error, interval and test by t with n - p df.

        All but the estimate is NaN where there is no error.
        """
        estimate = combinations @ self.coefficients
        variances = np.einsum("ij,jk,ik->i", combinations, self.covariance, combinations)
        se = np.sqrt(np.maximum(variances, 0.0))
        df = np.full(len(estimate), float(self.df))
        se = np.where(se > 0, se, np.nan)
        low, high = t_interval(estimate, se, df, confidence)
        t, p = t_test(estimate, se, df)
        return {"estimate": estimate, "se": se, "low": low, "high": high, "t": t, "p": p}

    def restricted(self, combinations: Array) -> tuple[float, int, int, float]:
        """Return F, its two df, and p, of the hypothesis that L·b = 0; NaN where there is no error.

        F = (Lb)ᵀ[L·Cov(b)·Lᵀ]⁻¹(Lb)/q, which for classic errors is ((RSS₀ - RSS)/q)/(RSS/(n - p)).
        """
        from scipy.special import fdtrc  # half a second

        q, off = len(combinations), combinations @ self.coefficients
        if not self.variance > 0 or np.isnan(self.covariance).any():
            return np.nan, q, self.df, np.nan
        middle = combinations @ self.covariance @ combinations.T
        f = float(off @ np.linalg.solve(middle, off)) / q
        return f, q, self.df, float(fdtrc(q, self.df, f))


def least_squares(design: Array, outcome: Array, *, robust: bool = False) -> LeastSquares:
    """Fit an outcome (n,) to the columns of a design (n, p).

    The columns must not follow from each other: see `redundant_columns`. Errors that are `robust`
    hold where the outcome does not vary alike everywhere (HC3); they are NaN where a row alone
    decides a coefficient.
    """
    scale = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design / scale)
    inverse = np.linalg.inv(r) / scale[:, None]
    coefficients = inverse @ (q.T @ outcome)
    errors, centred = outcome - design @ coefficients, outcome - outcome.mean()
    if errors @ errors <= EXACT * (outcome @ outcome):
        errors = np.zeros(len(outcome))
    return LeastSquares(
        coefficients,
        inverse @ inverse.T,
        float(errors @ errors),
        float(centred @ centred),
        len(outcome),
        _hc3(q @ inverse.T, errors, 1 - (q**2).sum(axis=1)) if robust else None,
    )


def _hc3(shares: Array, errors: Array, left: Array) -> Array:
    """Return the covariance Σ a_i·a_iᵀ·(e_i/(1 - h_i))² of b = Σ a_i·y_i; `left` is 1 - h_i."""
    parts = shares * (errors / np.where(left > ALONE, left, np.nan))[:, None]
    return np.asarray(parts.T @ parts)


def line_shares(x: Array | NDArray[np.intp], weights: Array) -> Array:
    """Return what each outcome counts in the slope of a line, w(x - c)/Σw(x - c)², c = Σwx/Σw."""
    away = x - np.average(x, weights=weights)
    return np.asarray(weights * away / (weights * away**2).sum())


def redundant_columns(design: Array) -> tuple[int, ...]:
    """Return the places of columns that follow from those before them."""
    scale = np.linalg.norm(design, axis=0)
    r = np.linalg.qr(design / np.where(scale > 0, scale, 1.0), mode="r")
    left = np.zeros(design.shape[1])
    left[: len(r)] = np.abs(np.diagonal(r))
    return tuple(np.flatnonzero(left < DEPENDENT).tolist())


def first_dependence(design: Array) -> tuple[int, ...]:
    """Return the places of the columns that the first redundant one follows from, and last its own.

    Empty where no column follows from those before it.
    """
    places = redundant_columns(design)
    if not places:
        return ()
    place = places[0]
    shares = least_squares(design[:, :place], design[:, place]).coefficients
    weights = np.abs(shares) * np.linalg.norm(design[:, :place], axis=0)
    others = np.flatnonzero(weights > 1e-6 * weights.max(initial=0.0)).tolist()
    return (*others, place)
