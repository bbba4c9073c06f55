"""Covariances of items: from rows or from sums, weighted or not, and resampled."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import NO_SPREAD, Sums

__all__ = [
    "correlations",
    "covariances",
    "listwise_sums",
    "pairwise_sums",
    "product_features",
    "resampled_covariances",
]

Array = NDArray[np.float64]
ROWS = 4096  # of a block, which stays in the cache


def covariances(sums: Sums, width: Array | float) -> Array:
    """Return n/(n-1)·(Σwab - Σwa·Σwb/Σw)/Σw, (…, items, items), over the rows that have both.

    `sums` are those of pairs of items. NaN where fewer than two rows have both; a variance that is
    rounding beside the squared `width` of what answers can be is 0, and so are its covariances.
    """
    n, w = sums.n, sums.w
    with np.errstate(invalid="ignore", divide="ignore"):
        moment = (sums.xx - sums.x * np.swapaxes(sums.x, -1, -2) / w) / w
        found: Array = np.where(n > 1, n / (n - 1), np.nan) * moment
    variance = np.diagonal(found, axis1=-2, axis2=-1)
    flat: NDArray[np.bool_] = np.asarray(variance <= NO_SPREAD * np.square(width))
    either = flat[..., :, None] | flat[..., None, :]
    known: Array = np.where(either & ~np.isnan(found), 0.0, found)
    return known


def correlations(covariance: Array) -> Array:
    """Return s_ab/√(s_aa·s_bb), (…, items, items), 1 on the diagonal; NaN where one is 0."""
    sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    sd = np.where(sd > 0, sd, np.nan)
    found: Array = covariance / (sd[..., :, None] * sd[..., None, :])
    one = np.where(np.isnan(sd), np.nan, 1.0)
    places = np.arange(found.shape[-1])
    found[..., places, places] = one
    return found


def listwise_sums(rows: NDArray[np.number], weights: Array | None, centre: Array) -> Sums:
    """Return the sums of pairs of columns over the rows that have all of them.

    Answers are counted from `centre`, one number a column.
    """
    k = rows.shape[1]
    powers = 1 if weights is None else 3
    total = np.zeros((powers, 1 + k, 1 + k))
    block = np.ones((min(ROWS, len(rows)), 1 + k))
    for start in range(0, len(rows), ROWS):
        part = block[: len(rows[start : start + ROWS])]
        np.subtract(rows[start : start + ROWS], centre, out=part[:, 1:])
        w = None if weights is None else weights[start : start + ROWS]
        whole = ~np.isnan(part).any(axis=1) if np.isnan(part.sum()) else np.ones(len(part), bool)
        if w is not None:
            whole &= w > 0
        if not whole.all():
            part, w = part[whole], None if w is None else w[whole]
        total[0] += part.T @ part
        if w is not None:
            total[1] += part.T @ (part * w[:, None])
            total[2] += part.T @ (part * w[:, None] ** 2)

    def at(power: int) -> tuple[Array, Array, Array]:
        found = total[power if powers > 1 else 0]
        shape = (k, k)
        n, x = np.full(shape, found[0, 0]), np.broadcast_to(found[1:, :1], shape)
        return n, x, found[1:, 1:]

    return Sums(at(0)[0], *at(1), *at(2))


def pairwise_sums(rows: NDArray[np.number], weights: Array | None, centre: Array) -> Sums:
    """Return the sums of pairs of columns over the rows that have both."""
    k = rows.shape[1]
    total = np.zeros((3, 3, k, k))  # power of the weight; Σ1, Σa where b is there, Σab
    for start in range(0, len(rows), ROWS):
        x = rows[start : start + ROWS] - centre
        there = (~np.isnan(x)).astype(float)
        x = np.nan_to_num(x)
        w = np.ones(len(x)) if weights is None else weights[start : start + ROWS]
        there *= (w > 0)[:, None]
        for power in range(3) if weights is not None else (0,):
            scaled = (w**power)[:, None]
            right = there * scaled
            total[power] += there.T @ right, x.T @ right, x.T @ (x * scaled * there)
    if weights is None:
        total[1:] = total[0]
    return Sums(total[0, 0], *total[1], *total[2])


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
