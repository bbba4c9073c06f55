"""Gauss and Legendre's quadrature."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["legendre"]

Array = NDArray[np.float64]


@cache
def legendre(nodes: int) -> tuple[Array, Array]:
    """Return so many nodes on 0..1 and their weights."""
    x, weights = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, weights / 2
