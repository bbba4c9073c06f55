"""Covariances of items: from rows or from sums, weighted or not, and resampled."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from servqual._stats.bootstrap import Bootstrap
from servqual._stats.means import NO_SPREAD, Sums
from servqual._stats.parts import BLOCK, blocks, summed

__all__ = [
    "correlations",
    "covariance_bootstrap",
    "covariances",
    "listwise_sums",
    "pairwise_sums",
    "product_features",
    "resampled_covariances",
    "without_rounding",
]

Array = NDArray[np.float64]


def covariances(sums: Sums) -> Array:
    """Return n/(n-1)·(Σwab - Σwa·Σwb/Σw)/Σw, (…, items, items), over the rows that have both.

    `sums` are those of pairs of items. NaN where fewer than two rows have both; a variance that is
    rounding beside the mean square from which it is left over is 0, and so are its covariances.
    """
    n, w = sums.n, sums.w
    with np.errstate(invalid="ignore", divide="ignore"):
        square = sums.xx / w
        moment = square - sums.x * np.swapaxes(sums.x, -1, -2) / w**2
        found: Array = np.where(n > 1, n / (n - 1), np.nan) * moment
    variance, square = (np.diagonal(part, axis1=-2, axis2=-1) for part in (moment, square))
    flat: NDArray[np.bool_] = np.asarray(variance <= NO_SPREAD * square)
    either = flat[..., :, None] | flat[..., None, :]
    known: Array = np.where(either & ~np.isnan(found), 0.0, found)
    return known


def correlations(covariance: Array) -> Array:
    """Return s_ab/√(s_aa·s_bb), (…, items, items), 1 on the diagonal; NaN where one is 0."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    sd = np.sqrt(np.where(variance > 0, variance, np.nan))
    found: Array = covariance / (sd[..., :, None] * sd[..., None, :])
    one = np.where(np.isnan(sd), np.nan, 1.0)
    places = np.arange(found.shape[-1])
    found[..., places, places] = one
    return found


def listwise_sums(
    rows: NDArray[np.number], weights: Array | None, centre: Array
) -> tuple[Sums, int]:
    """Return the sums of pairs of columns over the rows that have all of them, and who has any.

    Answers are counted from `centre`, one number a column; rows of weight 0 do not count.
    """
    k = rows.shape[1]
    powers = 1 if weights is None else 3

    def part(start: int, stop: int) -> Array:
        total, seen = np.zeros((powers, 1 + k, 1 + k)), 0
        for x, w in _blocks(rows, weights, centre, start, stop):
            seen += len(x)
            if np.isnan(x.sum()):
                missing = np.isnan(x)
                seen -= int((missing.sum(axis=1) == k).sum())
                whole = ~missing.any(axis=1)
                x, w = x[whole], None if w is None else w[whole]  # noqa: PLW2901
            total[0] += x.T @ x
            if w is not None:
                total[1] += x.T @ (x * w[:, None])
                total[2] += x.T @ (x * w[:, None] ** 2)
        return np.append(total, seen)

    *found, seen = summed(part, len(rows))
    total = np.reshape(found, (powers, 1 + k, 1 + k))

    def at(power: int) -> tuple[Array, Array, Array]:
        products = total[power if powers > 1 else 0]
        ones = np.full((k, k), products[0, 0])
        return ones, np.broadcast_to(products[1:, :1], (k, k)), products[1:, 1:]

    return Sums(at(0)[0], *at(1), *at(2)), int(seen)


def pairwise_sums(
    rows: NDArray[np.number], weights: Array | None, centre: Array
) -> tuple[Sums, int]:
    """Return the sums of pairs of columns over the rows that have both, and who has any."""
    k = rows.shape[1]
    powers = range(1 if weights is None else 3)

    def part(start: int, stop: int) -> Array:
        total, seen = np.zeros((len(powers), 3, k, k)), 0  # Σ1, Σa where b is there, Σab
        for x, w in _blocks(rows, weights, centre, start, stop):
            there = ~np.isnan(x[:, 1:])
            seen += int(there.any(axis=1).sum())
            known, values = there.astype(float), np.where(there, x[:, 1:], 0.0)
            for power in powers:
                scale = 1.0 if w is None else (w**power)[:, None]
                right, other = known * scale, values * scale
                total[power] += known.T @ right, values.T @ right, values.T @ other
        return np.append(total, seen)

    *found, seen = summed(part, len(rows))
    total = np.reshape(found, (len(powers), 3, k, k))
    first, second = (total[0], total[0]) if weights is None else total[1:]
    return Sums(total[0, 0], *first, *second), int(seen)


def _blocks(
    rows: NDArray[np.number], weights: Array | None, centre: Array, start: int, stop: int
) -> Iterator[tuple[Array, Array | None]]:
    """Yield rows from `start` to `stop` that have weight, with a 1 in front; a buffer, reused."""
    buffer = np.ones((min(BLOCK, stop - start), 1 + rows.shape[1]))
    for some in blocks(start, stop):
        block = buffer[: some.stop - some.start]
        np.subtract(rows[some], centre, out=block[:, 1:])
        if weights is None:
            yield block, None
        else:
            w = weights[some]
            yield (block, w) if (w > 0).all() else (block[w > 0], w[w > 0])


def product_features(rows: Array, weights: Array | None = None) -> Array:
    """Return the upper triangle of w·[1, x][1, x]ᵀ of each row, what the row adds to the sums."""
    k = rows.shape[1]
    block = np.ones((len(rows), 1 + k))
    block[:, 1:] = rows
    first, second = np.triu_indices(1 + k)
    found = block[:, first] * block[:, second]
    return found if weights is None else found * weights[:, None]


def resampled_covariances(sums: Array, items: int) -> Array:
    """Return (Σwab - Σwa·Σwb/Σw)/Σw, (…, items, items), from sums of `product_features`.

    The divisor is Σw, not n - 1: what is resampled is free of the scale.
    """
    size = 1 + items
    whole = np.empty((*sums.shape[:-1], size, size))
    first, second = np.triu_indices(size)
    whole[..., first, second] = whole[..., second, first] = sums
    w, x = whole[..., :1, :1], whole[..., :1, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (whole[..., 1:, 1:] - np.swapaxes(x, -1, -2) * x / w) / w
    return found


def without_rounding(covariance: Array, whole: Array) -> Array:
    """Return resampled covariances in which variances that are rounding beside `whole`'s are 0."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    flat = variance <= NO_SPREAD * np.diagonal(whole, axis1=-2, axis2=-1)
    return np.where(flat[..., :, None] | flat[..., None, :], 0.0, covariance)


def covariance_bootstrap(
    rows: Array, weights: Array | None, whole: Array, statistic: Callable[[Array], Array]
) -> Bootstrap:
    """Return what resamples a function of covariances (…, k, k); `whole` are those of all rows."""
    items = rows.shape[1]

    def features(some: slice) -> Array:
        return product_features(rows[some], None if weights is None else weights[some])

    def of_sums(sums: Array) -> Array:
        return statistic(without_rounding(resampled_covariances(sums, items), whole))

    return Bootstrap(features=features, rows=len(rows), statistic=of_sums)
