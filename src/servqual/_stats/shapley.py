"""Exact Shapley averages: what each factor of a product has done to its change."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._stats.quadrature import legendre

__all__ = ["product_changes"]

Array = NDArray[np.float64]


def product_changes(before: ArrayLike, after: ArrayLike) -> Array:
    """Return what each factor adds to Π after - Π before, the mean over all orders of change.

    Factors lie on the first axis; what comes behind it is carried along. With a the factors after,
    b before, and t where the others are on their way, the mean over the orders is an integral,

        (a_k - b_k) · ∫₀¹ Π_{j≠k} (b_j + t(a_j - b_j)) dt,

    of a polynomial of degree m - 1 for m factors, exact with m/2 nodes. Changing all factors at
    once in small steps comes to the same as changing them one by one in all m! orders.

    Examples
    --------
    From 2 · 3 to 4 · 5: the first alone adds 2 · 3 or, last, 2 · 5; the second 2 · 2 or 2 · 4.

    >>> product_changes([2, 3], [4, 5]).round(12).tolist()
    [8.0, 6.0]
    """
    b, a = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    factors = len(b)
    nodes, weights = legendre((factors + 1) // 2)
    found = np.zeros(np.broadcast_shapes(b.shape, a.shape))
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        between = (1 - node) * b + node * a
        for k in range(factors):
            others = np.delete(between, k, axis=0).prod(axis=0)
            found[k] += weight * (a[k] - b[k]) * others
    return found
