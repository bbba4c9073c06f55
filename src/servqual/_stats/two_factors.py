"""Two factors whose effects add up: what each level gives, by least squares, empty cells or not."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import NO_SPREAD, added

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Levels", "TwoWay", "two_way"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
ENTRIES = 4_000_000  # of a matrix held at a time


@attrs.frozen(eq=False, kw_only=True)
class Levels:
    """The levels of a factor; NaN where one has no value.

    Parameters
    ----------
    n, met : ndarray of int (levels,)
        How many values it has, and with how many levels of the other factor.
    means, adjusted, effects : ndarray (levels,)
        The mean of the values; the same without the other factor's effects; and how far that lies
        above the mean of all values of the network, so that Σn·effect = 0 in each.
    worth, leverage : ndarray (levels,)
        The variances of `adjusted` and of the effect, over that of a value.
    networks : ndarray of int (levels,)
        From 1: levels that the other factor links, directly or over others; only they compare. 0
        where there is no value.
    """

    n: Places
    met: Places
    means: Array
    adjusted: Array
    worth: Array
    effects: Array
    leverage: Array
    networks: Places


@attrs.frozen(eq=False)
class TwoWay:
    """A fit of values to two factors, their variance about it, NaN without degrees of freedom.

    `sizes` tells how many levels of each factor each network has, by its number.
    """

    first: Levels
    second: Levels
    variance: float
    df: int
    sizes: tuple[Places, Places]


def two_way(
    values: Array, codes: tuple[Places, Places], sizes: tuple[int, int], width: float
) -> TwoWay:
    """Fit x = a + b + error by least squares, `codes` the levels of each value, of so many.

    With N the counts (first, second), D and E their sums over the first and over the second factor,
    and d the second's sums of values less the first's means: Lb = d, L = D - NᵀE⁻¹N. L is the
    Laplacian of the second's graph, singular once in each network. With J = ΣddᵀD̄⁻¹ over networks,
    d their diagonal of D and D̄ its sum, b = (L + J)⁻¹d is the solution in which Σd·b = 0 in each
    network, and s²·((L + J)⁻¹ - 11ᵀ/D̄) its covariance. The factor with fewer levels is the second:
    memory and time go with their square and their cube. `width` is that of the values, against
    which a spread is told from rounding. `within_units.unit_means` fits a factor and covariates,
    with weights.
    """
    networks = _networks(codes, sizes)
    if swapped := sizes[0] < sizes[1]:
        codes, sizes, networks = codes[::-1], sizes[::-1], networks[::-1]
    first, second, left = _solved(values, codes, sizes, networks)
    if swapped:
        first, second = second, first
    many = int(first.networks.max(initial=0))
    each = [np.bincount(x.networks[x.n > 0], minlength=many + 1) for x in (first, second)]
    df = len(values) - sum(int(count.sum()) for count in each) + many
    left = left if left > NO_SPREAD * len(values) * width**2 else 0.0
    return TwoWay(first, second, left / df if df > 0 else np.nan, df, (each[0], each[1]))


def _solved(
    values: Array,
    codes: tuple[Places, Places],
    sizes: tuple[int, int],
    networks: tuple[Places, Places],
) -> tuple[Levels, Levels, float]:
    """Return the levels of both factors, and the sum of squares that is left."""
    from scipy.sparse import csr_array  # a tenth of a second

    (first, second), (firsts, seconds) = codes, sizes
    counts = csr_array((np.ones(len(values)), codes), shape=sizes)
    n, given = (np.bincount(code, minlength=k) for code, k in zip(codes, sizes, strict=True))
    shares = csr_array(counts.multiply(1 / np.maximum(n, 1)[:, None]))
    own, others = networks
    totals = np.bincount(others, given, minlength=1 + int(own.max(initial=0)))
    mean_of_one = ((others[:, None] == others) & (others > 0)) / np.maximum(totals[others], 1)
    inverse, covariance = _inverses((counts.T @ shares).toarray(), given, mean_of_one)
    with np.errstate(invalid="ignore", divide="ignore"):
        means, raw = added(values, first, firsts) / n, added(values, second, seconds) / given
        level = added(values, own[first], len(totals)) / totals
        worth = np.where(n > 0, 1 / n + _quadratic(shares, covariance), np.nan)
        one = 1 / totals
    apart = values - means[first]
    effects = inverse @ added(apart, second, seconds)
    pull = shares @ effects
    left = float(((apart - effects[second] + pull[first]) ** 2).sum())
    effects = np.where(given > 0, effects, np.nan)
    leverage = np.where(given > 0, np.maximum(np.diagonal(covariance), 0.0), np.nan)
    met = [np.asarray((counts > 0).sum(axis=axis), np.intp).ravel() for axis in (1, 0)]
    rows = Levels(
        n=n,
        met=met[0],
        means=means,
        adjusted=means - pull,
        worth=worth,
        effects=means - pull - level[own],
        leverage=np.maximum(worth - one[own], 0.0),
        networks=own,
    )
    columns = Levels(
        n=given,
        met=met[1],
        means=raw,
        adjusted=level[others] + effects,
        worth=one[others] + leverage,
        effects=effects,
        leverage=leverage,
        networks=others,
    )
    return rows, columns, left


def _inverses(met: Array, given: Places, mean_of_one: Array) -> tuple[Array, Array]:
    """Return (L + J)⁻¹ and the covariance over s², L = D - `met`; a level without values is apart.

    `mean_of_one` is 11ᵀ/D̄ within each network.
    """
    nobody = np.diag((given == 0).astype(float))
    laplacian = np.diag(given) - met
    inverse = np.asarray(
        np.linalg.inv(laplacian + np.outer(given, given) * mean_of_one + nobody), float
    )
    return inverse, inverse - mean_of_one - nobody


def _quadratic(shares: "csr_array[Any]", covariance: Array) -> Array:
    """Return zᵀCz of each row z, a block of rows at a time."""
    step = max(1, ENTRIES // len(covariance))
    found = np.zeros(shares.shape[0])
    for start in range(0, len(found), step):
        z = shares[start : start + step]
        found[start : start + step] = np.asarray(z.multiply(z @ covariance).sum(axis=1)).ravel()
    return found


def _networks(codes: tuple[Places, Places], sizes: tuple[int, int]) -> tuple[Places, Places]:
    """Return the networks of the levels of both factors, from 1; 0 where there is no value."""
    from scipy.sparse import csr_array  # a tenth of a second
    from scipy.sparse.csgraph import connected_components

    nodes = sum(sizes)
    ends = codes[0].astype(np.int32), (sizes[0] + codes[1]).astype(np.int32)  # for older scipy
    links = csr_array((np.ones(len(codes[0])), ends), shape=(nodes, nodes))
    _, found = connected_components(links, directed=False)
    networks = np.zeros(nodes, dtype=np.intp)
    there = np.unique(np.concatenate(ends))
    networks[there] = 1 + np.unique(found[there], return_inverse=True)[1].reshape(-1)
    return networks[: sizes[0]], networks[sizes[0] :]
