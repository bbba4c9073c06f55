"""Polychoric correlations of many pairs of items at once, from tables of counts."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.binormal import shortfall
from servqual._stats.parts import BLOCK, blocks, summed

__all__ = ["Latent", "latent_correlations", "raised", "table_pairs", "thresholds"]

Array = NDArray[np.float64]
STEPS = 100
NEAR = 1e-9  # a Newton step this short is the last: the next would be its square
MOST = 12.0  # of Fisher's z; ρ = 1 - 8e-11


@attrs.frozen(kw_only=True, eq=False)
class Latent:
    """Correlations of two latent normal variables, one for each table.

    Parameters
    ----------
    rho : ndarray (tables,)
        ρ; NaN where a table has one row or one column, ±1 where no count speaks against it.
    se : ndarray (tables,)
        Its standard error, with what the thresholds add; NaN where ρ is NaN or ±1.
    """

    rho: Array
    se: Array


def table_pairs(rows: NDArray[np.number], values: list[Array], pairs: NDArray[np.intp]) -> Array:
    """Return how many rows have each two values of each two columns, (pairs, most, most).

    `values` has the values of each column in order; a row where one of two is NaN does not count.
    Columns are turned to zeros and ones, in blocks, whose product is all tables at once.
    """
    sizes = np.array([len(known) for known in values])
    owner, wanted = np.repeat(np.arange(len(values)), sizes), np.concatenate(values)

    def counted(start: int, stop: int) -> Array:
        total = np.zeros((len(wanted) + 1,) * 2)  # the last is for values that a column lacks
        block = np.empty((len(wanted), min(BLOCK, stop - start)), np.float32)
        for here in blocks(start, stop):  # so short that products of float32 are exact
            some = np.ascontiguousarray(rows[here].T)
            part = block[:, : some.shape[1]]
            np.equal(some.take(owner, axis=0), wanted[:, None], out=part, casting="unsafe")
            total[:-1, :-1] += part @ part.T
        return total

    total = summed(counted, len(rows))
    place = np.full((len(values), sizes.max(initial=0)), len(wanted))
    place[np.arange(sizes.max(initial=0)) < sizes[:, None]] = np.arange(len(wanted))
    first, second = place[pairs].transpose(1, 0, 2)
    return np.asarray(total[first[:, :, None], second[:, None, :]])


def thresholds(counts: Array) -> Array:
    """Return Φ⁻¹ of the cumulative shares of counts (…, categories), but the last, which is 1."""
    from scipy.special import ndtri  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        sums = np.cumsum(counts, axis=-1)
        share = sums[..., :-1] / sums[..., -1:]  # by the sum as rounded: no threshold lies beyond
    return np.asarray(ndtri(share))


def latent_correlations(tables: Array, n: Array) -> Latent:
    """Return ρ of each of the tables (tables, rows, columns), by maximum likelihood in two steps.

    Thresholds are those of the margins; then Σ n_ij·π'_ij/π_ij = 0, where π_ij is the probability
    of a cell and π' its derivative by ρ, is solved for Fisher's z by Newton's steps, or by halves.
    `n` is the number of respondents of each, by which the standard error goes. Where ρ is negative,
    the columns are turned, so that it is positive. Rows and columns without counts do not matter.
    """
    rho, se = np.full((2, len(tables)), np.nan)
    varied = np.stack([(tables.sum(axis=axis) > 0).sum(axis=-1) > 1 for axis in (1, 2)]).all(axis=0)
    turned = _slope_at_zero(tables) < 0
    tables = np.where(turned[:, None, None], tables[:, :, ::-1], tables)
    perfect = varied & _perfect(tables)
    open_ = np.flatnonzero(varied & ~perfect)
    margins = _Margins.of(tables[open_])
    z = _solved(margins, tables[open_])
    inside = z < MOST
    rho[perfect] = 1.0
    rho[open_] = np.where(inside, np.tanh(z), 1.0)
    se[open_] = np.where(inside, _standard_error(margins, np.tanh(z), n[open_]), np.nan)
    return Latent(rho=np.where(turned, -rho, rho), se=se)


def raised(matrix: Array, floor: float) -> Array:
    """Return a correlation matrix whose eigenvalues are raised to a floor, with 1 on its diagonal.

    The floor is that of the eigenvalues before they are scaled to 1 on the diagonal again.
    """
    values, vectors = np.linalg.eigh(matrix)
    found = (vectors * np.maximum(values, floor)) @ vectors.T
    sd = np.sqrt(np.diagonal(found))
    found /= sd[:, None] * sd
    np.fill_diagonal(found, 1.0)
    return np.asarray((found + found.T) / 2)


@attrs.frozen(eq=False)
class _Margins:
    """What tables say before ρ is known.

    Parameters
    ----------
    h, k : ndarray (tables, rows + 1), (tables, columns + 1)
        The thresholds of rows and columns, from -∞ to ∞.
    rows, columns : ndarray
        The cumulative shares that belong to them, from 0 to 1.
    agreed : ndarray (tables, rows, columns)
        The probability of each cell if ρ were 1.
    """

    h: Array
    k: Array
    rows: Array
    columns: Array
    agreed: Array

    @classmethod
    def of(cls, tables: Array) -> "_Margins":
        from scipy.special import ndtri  # half a second

        rows, columns = (_shares(tables.sum(axis=axis)) for axis in (2, 1))
        agreed = _cells(np.minimum(rows[:, :, None], columns[:, None, :]))
        return cls(ndtri(rows), ndtri(columns), rows, columns, agreed)

    def take(self, some: NDArray[np.bool_]) -> "_Margins":
        return _Margins(
            self.h[some], self.k[some], self.rows[some], self.columns[some], self.agreed[some]
        )


def _shares(counts: Array) -> Array:
    """Return cumulative shares from 0 to exactly 1."""
    sums = np.pad(np.cumsum(counts, axis=-1), ((0, 0), (1, 0)))
    return np.asarray(sums / sums[:, -1:])


def _cells(corners: Array) -> Array:
    """Return what lies in each cell, of sums up to its corners."""
    return np.asarray(np.diff(np.diff(corners, axis=1), axis=2))


def _slope_at_zero(tables: Array) -> Array:
    """Return Σ n_ij·π'_ij/π_ij at ρ = 0, where π' and π are products of rows and of columns."""
    scores = []
    for axis in (2, 1):
        counts = tables.sum(axis=axis)
        with np.errstate(invalid="ignore", divide="ignore"):
            density = np.pad(_normal(thresholds(counts)), ((0, 0), (1, 1)))
            score = np.diff(density, axis=1) / (counts / counts.sum(axis=1, keepdims=True))
        scores.append(np.where(counts > 0, score, 0.0))
    return np.asarray(np.einsum("pij,pi,pj->p", tables, *scores))


def _normal(x: Array) -> Array:
    return np.asarray(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def _perfect(tables: Array) -> NDArray[np.bool_]:
    """Tell which tables are what ρ = 1 makes of their margins: F_ij = min(F_i., F_.j)."""
    sums = tables.cumsum(axis=1).cumsum(axis=2)
    bound = np.minimum(sums[:, :, -1:], sums[:, -1:, :])
    return np.asarray((np.abs(sums - bound) <= 1e-12 * sums[:, -1:, -1:]).all(axis=(1, 2)))


def _solved(margins: _Margins, tables: Array) -> Array:
    """Return z ≥ 0 at which the likelihood is greatest, `MOST` where it is greater still beyond."""
    z, low, high = np.zeros(len(tables)), np.zeros(len(tables)), np.full(len(tables), MOST)
    going = np.ones(len(tables), bool)
    for _ in range(STEPS):
        if not going.any():
            break
        here = z[going]
        slope, bend = _slopes(margins.take(going), tables[going], here)
        low[going] = np.where(slope >= 0, here, low[going])
        high[going] = np.where(slope < 0, here, high[going])
        with np.errstate(invalid="ignore", divide="ignore"):
            there = here - slope / bend
        halves = (low[going] + high[going]) / 2
        sound = (bend < 0) & (there >= low[going]) & (there <= high[going])
        z[going] = np.where(sound, there, halves)
        going[going] = np.abs(z[going] - here) > NEAR
    return np.where(MOST - z > 2 * NEAR, z, MOST)


def _slopes(margins: _Margins, tables: Array, z: Array) -> tuple[Array, Array]:
    """Return the first and second derivative of the log likelihood by z."""
    rho = np.tanh(z)
    cell, first, second = _probabilities(margins, rho)
    with np.errstate(invalid="ignore", divide="ignore"):
        counted = tables > 0
        score = np.where(counted, tables * (first / cell), 0.0).sum(axis=(1, 2))
        bend = np.where(counted, tables * (second / cell - (first / cell) ** 2), 0.0)
        inner = (1 - rho) * (1 + rho)  # dρ/dz
        curve = inner**2 * bend.sum(axis=(1, 2)) - 2 * rho * inner * score
    impossible = (counted & (cell <= 0)).any(axis=(1, 2))  # to rounding: ρ is far too near to 1
    return np.where(impossible, -np.inf, score * inner), curve


def _probabilities(margins: _Margins, rho: Array) -> tuple[Array, Array, Array]:
    """Return the probabilities of the cells, with their first and second derivative by ρ ≥ 0."""
    shape = (*margins.h.shape, margins.k.shape[1])
    inside = np.isfinite(margins.h)[:, :, None] & np.isfinite(margins.k)[:, None, :]
    h, k, r = (
        np.broadcast_to(values, shape)[inside]
        for values in (margins.h[:, :, None], margins.k[:, None, :], rho[:, None, None])
    )
    lacking, density, change = np.zeros((3, *shape))
    inner = (1 - r) * (1 + r)
    lacking[inside] = shortfall(h, k, r)
    exponent = (h - k) ** 2 / (2 * inner) + h * k / (1 + r)
    found = np.exp(-exponent) / (2 * np.pi * np.sqrt(inner))
    density[inside] = found
    change[inside] = found * (r + (h - r * k) * (k - r * h) / inner) / inner
    return np.maximum(margins.agreed - _cells(lacking), 0), _cells(density), _cells(change)


def _standard_error(margins: _Margins, rho: Array, n: Array) -> Array:
    """Return √(Σ π_ij·ψ_ij²/n), ψ_ij = (u_ij - A_i - B_j)/I: what a respondent in a cell moves.

    u = π'/π and I = Σ π'²/π, the information if thresholds were known; A and B are what they add,
    because they are estimated from the same respondents.
    """
    cell, first, _ = _probabilities(margins, rho)
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.where(cell > 0, first / cell, 0.0)
        information = (first * u).sum(axis=(1, 2))
        a = _of_thresholds(margins.h, margins.k, margins.rows, u, rho)
        b = _of_thresholds(margins.k, margins.h, margins.columns, u.transpose(0, 2, 1), rho)
        moved = (u - a[:, :, None] - b[:, None, :]) ** 2
        return np.asarray(np.sqrt((cell * moved).sum(axis=(1, 2)) / n) / information)


def _of_thresholds(h: Array, k: Array, shares: Array, u: Array, rho: Array) -> Array:
    """Return Σ_a c_a·(1[i ≤ a] - P_a) of each row i, over the thresholds a with shares P_a.

    c_a = Σ_j (u_aj - u_(a+1)j)·P(column j | the row's variable is h_a) is how the slope falls as
    the threshold rises, but for its density, by which its own error is divided.
    """
    from scipy.special import ndtr  # half a second

    inner, cross = h[:, 1:-1, None], k[:, None, :]
    root = np.sqrt((1 - rho) * (1 + rho))[:, None, None]
    finite = np.isfinite(inner)
    given = np.diff(ndtr((cross - rho[:, None, None] * np.where(finite, inner, 0)) / root), axis=2)
    c = np.where(finite, (u[:, :-1] - u[:, 1:]) * given, 0.0).sum(axis=2)
    above = np.pad(np.cumsum(c[:, ::-1], axis=1)[:, ::-1], ((0, 0), (0, 1)))
    return np.asarray(above - (c * shares[:, 1:-1]).sum(axis=1, keepdims=True))
