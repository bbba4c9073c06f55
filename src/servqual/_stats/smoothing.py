"""Smooth functions at very many places, by a polynomial that is made of a few."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["smoothly"]

Array = NDArray[np.float64]
MANY = 20_000  # places from which on a polynomial is worth its making
DEGREE, BLOCK = 14, 8192


def smoothly(exact: Callable[[Array], Array], values: Array, power: float, least: float) -> Array:
    """Return a function of positive values, several times as fast where there are very many.

    From `least` on, it is taken as a polynomial in values**power, which is below 0; a function that
    is smooth up to infinity, as quantiles in the size of a sample, is then right to 1e-14.
    """
    values = np.asarray(values, dtype=float)
    if values.size < MANY:
        return np.asarray(exact(values))
    series = np.polynomial.Chebyshev.interpolate(
        lambda u: exact(u ** (1 / power)), DEGREE, domain=[0, least**power]
    )
    found = np.empty(values.shape)
    flat, rows = found.ravel(), values.ravel()
    for start in range(0, values.size, BLOCK):  # blocks stay in the cache
        block = slice(start, start + BLOCK)
        flat[block] = series(np.maximum(rows[block], least) ** power)
    near = ~(values >= least)
    found[near] = exact(values[near])
    return found
