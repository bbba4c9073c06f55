"""How R² divides among the predictors of an outcome, from covariances.

Covariances are (…, p + 1, p + 1), with the outcome last; what stands before the last two axes is
carried along. Everything here is free of units, and NaN where the outcome or a predictor does not
vary, or predictors follow from each other.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import comb
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.correlation_matrices import definite
from servqual._stats.parts import BLOCK, blocks, summed
from servqual._stats.reliability import PERFECT
from servqual._stats.second_moments import correlations

__all__ = [
    "EXACT",
    "JOINT",
    "Quantity",
    "Sampled",
    "gradient_errors",
    "gradients",
    "lmg",
    "pratt",
    "r_squared",
    "relative_weights",
    "sampled_lmg",
    "standardized",
]

Array = NDArray[np.float64]
Quantity = Literal["correlation", "standardized", "pratt", "relative-weights", "lmg"]
EXACT = 15  # predictors whose subsets, 2 to that power, can all be gone through
CELLS = 2**18  # numbers at a time: they stay in the cache


def r_squared(covariance: Array) -> Array:
    """Return R² = βᵀr, (…)."""
    found: Array = pratt(covariance).sum(axis=-1)
    return found


def standardized(covariance: Array) -> Array:
    """Return the coefficients β = R⁻¹r of standardised predictors, (…, p)."""
    correlation, unknown = _known(covariance)
    return _slopes(correlation) + unknown


def pratt(covariance: Array) -> Array:
    """Return β·r, (…, p): they sum to R², and may be negative."""
    correlation, unknown = _known(covariance)
    found: Array = _slopes(correlation) * correlation[..., :-1, -1] + unknown
    return found


def relative_weights(covariance: Array) -> Array:
    """Return ε = Λ²(Λ⁻¹r)², squares by entry, with Λ = R^½, (…, p): they sum to R² [1]_.

    Λ⁻¹r are the coefficients on the orthonormal variables nearest to the predictors, whose
    correlations with the predictors are Λ.

    References
    ----------
    .. [1] Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
       variables in multiple regression. Multivariate Behavioral Research 35(1), 1-19.
       doi:10.1207/S15327906MBR3501_1
    """
    correlation, unknown = _known(covariance)
    root, on_root, _, _ = _rooted(correlation)
    found: Array = ((root**2) @ (on_root**2)[..., None])[..., 0] + unknown
    return found


def lmg(covariance: Array) -> Array:
    """Return what each predictor adds to R², the mean over all orders of entry, (…, p).

    With v(S) the R² of a set S of s predictors, share_j = Σ_S s!(p-1-s)!/p!·(v(S + j) - v(S)) over
    the sets without j: Shapley's value. Every one of the 2^p sets is gone through: `sampled_lmg`
    is for more predictors than `EXACT`.

    Examples
    --------
    The outcome is the first of two predictors that correlate by 0.6: the first adds 1 or, behind
    the second, 1 - 0.36; the second, which adds 0.36 or nothing, has a share in spite of β = 0.

    >>> lmg(np.array([[1, 0.6, 1], [0.6, 1, 0.6], [1, 0.6, 1]])).round(12).tolist()
    [0.82, 0.18]
    """
    correlation, unknown = _known(covariance)
    size = correlation.shape[-1]
    flat = correlation.reshape(-1, size, size)
    found, each = np.empty((len(flat), size - 1)), _credits(size - 1)
    for some in blocks(0, len(flat), max(1, CELLS >> (size + 2))):
        residual = _subsets(np.moveaxis(flat[some], 0, -1), slopes=False)[0]
        found[some] = -residual.T @ each  # v = 1 - residual, and the credits sum to 0
    return found.reshape(*correlation.shape[:-2], size - 1) + unknown


JOINT: dict[str, Callable[[Array], Array]] = {  # what predictors say of the outcome together
    "standardized": standardized,
    "lmg": lmg,
    "relative-weights": relative_weights,
    "pratt": pratt,
}


@attrs.frozen(eq=False)
class Sampled:
    """Shares by some orders of entry, (p,), their errors by these orders, and their gradients."""

    shares: Array
    errors: Array
    gradients: Array


def sampled_lmg(covariance: Array, orders: int, rng: np.random.Generator) -> Sampled:
    """Return what `lmg` does of one covariance, the mean over some orders and their reverses.

    The errors are standard errors over `orders` pairs, at least two: who comes late in one order
    comes early in the other, so that a pair differs less from pair to pair than an order.
    """
    (correlation, unknown), size = _known(covariance), len(covariance)
    total, squares, slope = np.zeros(size - 1), np.zeros(size - 1), np.zeros((size - 1, size, size))
    for some in blocks(0, orders, max(1, CELLS // size**2)):
        ahead = rng.permuted(np.tile(np.arange(size - 1), (some.stop - some.start, 1)), axis=1)
        (gains, there), (others, back) = (
            _entering(correlation, order) for order in (ahead, ahead[:, ::-1])
        )
        slope += (there + back) / (2 * orders)
        mean = (gains + others) / 2
        total += mean.sum(axis=0)
        squares += (mean**2).sum(axis=0)
    shares = total / orders
    errors = np.sqrt(np.maximum(squares / orders - shares**2, 0) / (orders - 1))
    return Sampled(shares + unknown, errors + unknown, _of_covariances(slope, covariance) + unknown)


def gradients(covariance: Array, quantity: Quantity) -> Array:
    """Return G_j, (p, p + 1, p + 1) symmetric, with share_j(S + H) ≈ share_j(S) + tr(G_j·H).

    Of one covariance (p + 1, p + 1).
    """
    correlation, unknown = _known(covariance)
    return _of_covariances(_GRADIENTS[quantity](correlation), covariance) + unknown


def gradient_errors(slopes: Array, centred: Array, weights: Array | None = None) -> Array:
    """Return √(n/(n-1)·Σw²q²)/Σw with q = xᵀGx of each row: errors free of any distribution.

    `slopes` are G, (…, k, k), of functions that have no unit, so that q has the mean tr(G·S) = 0;
    `centred` are the rows (n, k) less their means, of complete respondents. NaN for one row, and 0
    where it is rounding.
    """
    n, k = centred.shape
    flat = slopes.reshape(-1, k * k).T

    def part(start: int, stop: int) -> Array:
        total = np.zeros(flat.shape[1])
        for some in _few(start, stop, k):
            q = _squares(centred[some]) @ flat
            q = q if weights is None else q * weights[some, None]
            total += np.einsum("ij,ij->j", q, q)
        return total

    if n < 2:
        return np.full(slopes.shape[:-2], np.nan)
    w = n if weights is None else weights.sum()
    squares: Array = summed(part, n).reshape(slopes.shape[:-2])
    found: Array = np.sqrt(n / (n - 1) * squares) / w
    return np.where(found <= PERFECT, 0.0, found)


def _known(covariance: Array) -> tuple[Array, Array]:
    """Return correlations, those of nothing where there is no R², and there NaN to add, else 0."""
    found = correlations(covariance)
    usable = np.isfinite(found).all(axis=(-2, -1)) & definite(found[..., :-1, :-1])
    instead = np.where(usable[..., None, None], found, np.eye(found.shape[-1]))
    return instead, np.where(usable, 0.0, np.nan)[..., None]


def _slopes(correlation: Array) -> Array:
    found = np.linalg.solve(correlation[..., :-1, :-1], correlation[..., :-1, -1:])
    return np.asarray(found[..., 0], float)


def _rooted(correlation: Array) -> tuple[Array, Array, Array, Array]:
    """Return Λ = R^½, Λ⁻¹r, and the eigenvalues of Λ with their vectors."""
    squares, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    values, turned = np.sqrt(squares), np.swapaxes(vectors, -1, -2)
    root = (vectors * values[..., None, :]) @ turned
    on_root = vectors @ ((turned @ correlation[..., :-1, -1:]) / values[..., None])
    return root, on_root[..., 0], values, vectors


def _subsets(correlation: Array, *, slopes: bool) -> Array:
    """Return the residual variance of the outcome given each set of predictors, (1, 2^p, N).

    Of correlations (p + 1, p + 1, N). Predictor j is in set S where bit j of S is 1. With `slopes`
    (p + 1, 2^p, N), the coefficients with a minus above it, 0 of those who are not in the set.

    One predictor after the other is left out of, or swept into, each set of those before it, so
    that the sets double. What is kept of a set are the covariances of those to come, given the set,
    and above them, with a minus, their coefficients on it: both change by one formula.
    """
    left = correlation[:, :, None]  # rows, columns to come, sets, matrices
    for j in range(len(correlation) - 1):
        own = left[j if slopes else 0]
        slope = own[1:] / own[:1]
        without = left[:, 1:]
        within = without - left[:, :1] * slope
        left = np.concatenate([without, within], axis=2)
        if slopes:
            left[j] = np.concatenate([np.zeros_like(slope), -slope], axis=1)
        else:
            left = left[1:]
    return left[:, 0]


@lru_cache(maxsize=4)
def _credits(p: int) -> Array:
    """Return, (2^p, p), how the R² of each set counts in the share of each predictor.

    With u_s = s!(p-1-s)!/p!, a set of s predictors counts u_(s-1) for those in it, -u_s for others.
    """
    sets = np.arange(2**p)
    member = (sets[:, None] >> np.arange(p) & 1).astype(bool)
    size = member.sum(axis=1, keepdims=True)
    u = np.array([1 / (p * comb(p - 1, s)) for s in range(p)] + [0.0])
    found: Array = np.where(member, u[size - 1], -u[size])
    return found


def _entering(correlation: Array, orders: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return what each predictor adds to R² in each order, and the gradients of the sums of that.

    (orders, p), and (p, p + 1, p + 1) by correlations. In Cholesky's triangle of an order, the
    squares of the outcome's row are what each adds; the rows of its inverse are the parts of the
    predictors that are new, on which the outcome's row has the coefficients.
    """
    rows, p = orders.shape
    size = p + 1
    ordered = np.concatenate([orders, np.full((rows, 1), p)], axis=1)
    matrices = correlation[ordered[:, :, None], ordered[:, None, :]]
    matrices[:, -1, -1] = 2  # instead of 1: the outcome may follow from the predictors
    triangle = np.linalg.cholesky(matrices)
    new = triangle[:, -1, :-1]
    steps = new[:, :, None] * np.linalg.inv(triangle[:, :-1, :-1])
    back = np.argsort(orders, axis=1)
    errors = np.zeros((rows, size, size))  # of sets, from none to all: what the outcome has besides
    errors[:, :, -1] = 1
    errors[:, 1:, :-1] = -np.cumsum(np.take_along_axis(steps, back[:, None, :], axis=2), axis=1)
    slopes = np.empty((p, size, size))
    one = np.arange(rows)
    for j in range(p):
        before, after = errors[one, back[:, j]], errors[one, back[:, j] + 1]
        slopes[j] = before.T @ before - after.T @ after
    return np.take_along_axis(new**2, back, axis=1), slopes


def _of_covariances(slopes: Array, covariance: Array) -> Array:
    """Return gradients by covariances of those, (p, p + 1, p + 1), by correlations.

    r_ab = s_ab/√(s_aa·s_bb) changes with s_ab, and by -r_ab/2 each with s_aa and s_bb in units of
    them. The diagonal of what comes counts for nothing: that of correlations is 1.
    """
    sd = np.sqrt(np.diagonal(covariance))
    unit = np.eye(len(sd))
    off = np.where(unit > 0, 0.0, slopes)
    own = (off * correlations(covariance)).sum(axis=-1)
    found: Array = (off - own[..., None] * unit) / np.outer(sd, sd)
    return found


def _symmetric(slopes: Array) -> Array:
    found: Array = (slopes + np.swapaxes(slopes, -1, -2)) / 2
    return found


def _of_correlation(correlation: Array) -> Array:
    unit = np.eye(len(correlation))
    return _symmetric(unit[:-1, :, None] * unit[-1])


def _of_standardized(correlation: Array) -> Array:
    """Of β = R⁻¹r: dβ = R⁻¹(dr - dR·β)."""
    inverse = np.linalg.inv(correlation[:-1, :-1])
    return _symmetric(np.pad(inverse, ((0, 0), (0, 1)))[:, :, None] * _error(correlation))


def _of_pratt(correlation: Array) -> Array:
    beta, r = _slopes(correlation)[:, None, None], correlation[:-1, -1, None, None]
    return _of_standardized(correlation) * r + beta * _of_correlation(correlation)


def _of_relative_weights(correlation: Array) -> Array:
    """Of ε_j = Σ_k Λ²_jk·w²_k, w = Λ⁻¹r: dw = Λ⁻¹(dr - dΛ·w), and dΛ from ΛdΛ + dΛΛ = dR."""
    root, w, values, vectors = _rooted(correlation)
    by_r = 2 * np.linalg.solve(root, (root**2 * w).T).T
    by_root = np.eye(len(w))[:, :, None] * (2 * root * w**2)[:, None, :]
    by_root -= by_r[:, :, None] * w
    turned = vectors.T @ _symmetric(by_root) @ vectors
    slopes = np.zeros((len(w), *correlation.shape))
    slopes[:, :-1, :-1] = vectors @ (turned / (values[:, None] + values)) @ vectors.T
    slopes[:, :-1, -1] = slopes[:, -1, :-1] = by_r / 2
    return slopes


def _of_lmg(correlation: Array) -> Array:
    """Of the residual variance of a set: its gradient is aaᵀ, a the outcome less what it gives."""
    errors = _subsets(correlation[..., None], slopes=True)[..., 0].T
    errors[:, -1] = 1
    each = _credits(len(correlation) - 1)

    def part(start: int, stop: int) -> Array:
        total = np.zeros((each.shape[1], correlation.size))
        for some in _few(start, stop, len(correlation)):
            total -= each[some].T @ _squares(errors[some])
        return total

    found: Array = summed(part, len(errors)).reshape(-1, *correlation.shape)
    return found


def _few(start: int, stop: int, columns: int) -> Iterator[slice]:
    """Yield so many rows at a time that their squares stay in the cache."""
    return blocks(start, stop, min(BLOCK, max(1, CELLS // columns**2)))


def _squares(rows: Array) -> Array:
    """Return xxᵀ of each row x, as a row."""
    return (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)


def _error(correlation: Array) -> Array:
    """Return (-β, 1): what the outcome has beside what all predictors give."""
    return np.append(-_slopes(correlation), 1.0)


_GRADIENTS: dict[Quantity, Callable[[Array], Array]] = {
    "correlation": _of_correlation,
    "standardized": _of_standardized,
    "pratt": _of_pratt,
    "relative-weights": _of_relative_weights,
    "lmg": _of_lmg,
}
