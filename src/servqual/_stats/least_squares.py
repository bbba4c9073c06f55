"""Ordinary least squares of one outcome, and the F test of linear restrictions on it."""

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["LeastSquares", "least_squares", "redundant_columns"]

Array = NDArray[np.float64]
DEPENDENT = 1e-9  # of a column's length, is left of it by the columns before it


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
        Σe², and Σ(y - ȳ)².
    n : int
        The rows.
    """

    coefficients: Array
    unscaled: Array
    residual: float
    total: float
    n: int

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
        return self.variance * self.unscaled

    @property
    def se(self) -> Array:
        """The standard error of each coefficient."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def r_squared(self) -> float:
        """1 - Σe²/Σ(y - ȳ)²; NaN where y does not vary."""
        return 1 - self.residual / self.total if self.total > 0 else np.nan

    def of_combinations(self, combinations: Array) -> tuple[Array, Array]:
        """Return L·b and its standard errors, for rows L of weights of the coefficients."""
        variances = np.einsum("ij,jk,ik->i", combinations, self.covariance, combinations)
        return combinations @ self.coefficients, np.sqrt(variances)

    def restricted(self, combinations: Array) -> tuple[float, int, int, float]:
        """Return F, its two df, and p, of the hypothesis that L·b = 0.

        F = (Lb)ᵀ[L(XᵀX)⁻¹Lᵀ]⁻¹(Lb)/q/s², which is ((RSS₀ - RSS)/q)/(RSS/(n - p)).
        """
        from scipy.special import fdtrc  # half a second

        q, off = len(combinations), combinations @ self.coefficients
        middle = combinations @ self.unscaled @ combinations.T
        with np.errstate(invalid="ignore", divide="ignore"):
            f = float(np.divide(off @ np.linalg.solve(middle, off) / q, self.variance))
        return f, q, self.df, float(fdtrc(q, self.df, f)) if self.df > 0 else np.nan


def least_squares(design: Array, outcome: Array) -> LeastSquares:
    """Fit an outcome (n,) to the columns of a design (n, p), which holds the 1 of an intercept.

    The columns must not follow from each other: see `redundant_columns`.
    """
    scale = np.linalg.norm(design, axis=0)
    q, r = np.linalg.qr(design / scale)
    inverse = np.linalg.inv(r) / scale[:, None]
    coefficients = inverse @ (q.T @ outcome)
    errors = outcome - design @ coefficients
    centred = outcome - outcome.mean()
    return LeastSquares(
        coefficients,
        inverse @ inverse.T,
        float(errors @ errors),
        float(centred @ centred),
        len(outcome),
    )


def redundant_columns(design: Array) -> tuple[int, ...]:
    """Return the places of columns that follow from those before them."""
    scale = np.linalg.norm(design, axis=0)
    r = np.linalg.qr(design / np.where(scale > 0, scale, 1.0), mode="r")
    left = np.zeros(design.shape[1])
    left[: len(r)] = np.abs(np.diagonal(r))
    return tuple(np.flatnonzero(left < DEPENDENT).tolist())
