"""What correlation matrices say of validity: adequacy, redundancy, eigenvalues by chance, HTMT.

Matrices stand on the last two axes; what stands before them is carried along.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "adequacy",
    "definite",
    "heterotrait",
    "positive",
    "random_eigenvalues",
    "redundant",
    "sphericity",
]

Array = NDArray[np.float64]
SINGULAR = 1e-10  # an eigenvalue of correlations below it is none
NO_CORRELATION = 1e-12  # a correlation below it is rounding, and has no logarithm
CELLS = 2**21  # numbers drawn at a time


def definite(correlation: Array) -> NDArray[np.bool_]:
    """Tell which matrices are known and have an inverse."""
    known = np.isfinite(correlation).all(axis=(-2, -1), keepdims=True)
    return positive(np.where(known, correlation, 0.0), SINGULAR)


def positive(matrices: Array, least: float) -> NDArray[np.bool_]:
    """Tell which matrices have all their eigenvalues above the least, a small number."""
    try:
        np.linalg.cholesky(matrices - least * np.eye(matrices.shape[-1]))
    except np.linalg.LinAlgError:
        return np.asarray((np.linalg.eigvalsh(matrices) > least).all(axis=-1))
    return np.ones(matrices.shape[:-2], bool)


def adequacy(correlation: Array) -> tuple[Array, Array]:
    """Return Σr²/(Σr² + Σq²) of each whole matrix and of each item, off the diagonal.

    q = -r⁻¹_ab/√(r⁻¹_aa·r⁻¹_bb) is the correlation of two items given all others. NaN where a
    matrix is singular, or where nothing correlates.
    """
    unit = np.eye(correlation.shape[-1])
    usable = definite(correlation)[..., None, None]
    r = np.where(usable, correlation, unit)
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diagonal(inverse, axis1=-2, axis2=-1))
    q = inverse / (scale[..., :, None] * scale[..., None, :])
    direct, partial = (((x * (1 - unit)) ** 2).sum(axis=-1) for x in (r, q))
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = direct.sum(axis=-1) / (direct + partial).sum(axis=-1)
        items = direct / (direct + partial)
    return whole, items  # of the unit matrix, in the place of what is singular, 0/0


def sphericity(correlation: Array, n: Array | float) -> tuple[Array, int, Array]:
    """Return χ² = -(n - 1 - (2k + 5)/6)·ln|R|, its df k(k - 1)/2, and p, that no items correlate.

    NaN where a matrix is singular, or n does not suffice.
    """
    from scipy.special import chdtrc  # half a second

    k = correlation.shape[-1]
    df = k * (k - 1) // 2
    scale = np.asarray(n - 1 - (2 * k + 5) / 6)
    usable = definite(correlation)
    _, log = np.linalg.slogdet(np.where(usable[..., None, None], correlation, np.eye(k)))
    chi2 = np.where(usable & (scale > 0), scale * np.maximum(-log, 0.0), np.nan)
    return chi2, df, np.asarray(chdtrc(df, chi2))


def redundant(correlation: Array) -> tuple[int, ...]:
    """Return the places of the first items, in order, of which the last follows from the others.

    Empty where every item says something that the items before it do not.
    """
    for size in range(2, len(correlation) + 1):
        values, vectors = np.linalg.eigh(correlation[:size, :size])
        if abs(values[0]) <= SINGULAR:
            parts = np.abs(vectors[:, 0])
            return tuple(np.flatnonzero(parts > 1e-4 * parts.max()).tolist())
        if values[0] < 0:
            return ()
    return ()


def random_eigenvalues(n: float, k: int, draws: int, rng: np.random.Generator) -> Array:
    """Return the eigenvalues, greatest first, of correlations of n normal rows by chance.

    (draws, k). The cross-products of n rows about their means have the Wishart law with n - 1
    degrees of freedom, drawn by its triangle: χ on the diagonal, normal below it [1]_. So it costs
    the same at any n, and n need not be whole.

    References
    ----------
    .. [1] Bartlett, M. S. (1933). On the theory of statistical regression. Proceedings of the
       Royal Society of Edinburgh 53, 260-283.
    """
    df = n - 1
    found = np.empty((draws, k))
    step = max(1, CELLS // k**2)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        if df >= k:
            root = np.tril(rng.standard_normal((size, k, k)), -1)
            freedom = np.broadcast_to(df - np.arange(k), (size, k))
            places = np.arange(k)
            root[:, places, places] = np.sqrt(2 * rng.standard_gamma(freedom / 2))
        else:  # fewer rows than the triangle has: the rows themselves
            root = rng.standard_normal((size, k, max(1, int(df))))
        root /= np.sqrt((root**2).sum(axis=-1, keepdims=True))
        found[start : start + size] = np.linalg.eigvalsh(root @ np.swapaxes(root, -1, -2))
    return found[:, ::-1]


def heterotrait(correlation: Array, members: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return HTMT and HTMT2 of constructs, each (…, constructs, constructs).

    The mean correlation between two constructs over the root of the product of the mean
    correlations within them; of HTMT2, means are geometric. `members` (items, constructs) says
    whose the items are; correlations may come without their sign. NaN where a construct has one
    item, or a mean within is not above 0; of HTMT2, where a correlation is not above 0 either.
    Their diagonals mean nothing.
    """
    own = members.astype(float)
    sizes = own.sum(axis=0)
    pairs = np.outer(sizes, sizes)
    pairs[np.diag_indices(len(sizes))] = sizes * (sizes - 1)
    apart = ~np.eye(len(own), dtype=bool)

    def means(values: Array, known: NDArray[np.bool_]) -> Array:
        """Return the means between constructs and within; NaN where one is not of known values."""
        total = own.T @ np.where(apart & known, values, 0.0) @ own
        lost = own.T @ (apart & ~known).astype(float) @ own > 0
        found: Array = np.where(lost, np.nan, total) / pairs
        return found

    def ratio(mean: Array) -> Array:
        within = np.diagonal(mean, axis1=-2, axis2=-1)
        root = np.sqrt(np.where(within > 0, within, np.nan))
        found: Array = mean / (root[..., :, None] * root[..., None, :])
        return found

    with np.errstate(invalid="ignore", divide="ignore"):
        above = correlation > NO_CORRELATION
        logs = np.log(np.where(above, correlation, 1.0))
        return ratio(means(correlation, ~np.isnan(correlation))), ratio(np.exp(means(logs, above)))
