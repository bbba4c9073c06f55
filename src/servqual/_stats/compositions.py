"""Shares of a whole: drawn together from counts, and completed where some of them move."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.laws import beta_quantile

__all__ = ["completed", "dirichlet", "share_quantile"]

Array = NDArray[np.float64]
JEFFREYS = 0.5


def dirichlet(counts: Array, probability: Array) -> Array:
    """Return draws of shares that were counted together, the posterior under Jeffreys' prior.

    With uniform `probability` (shares, draws): gamma quantiles of count + ½, divided by their sum.
    """
    from scipy.special import gammaincinv  # half a second

    shape = np.asarray(counts, float)[:, None] + JEFFREYS
    parts = np.asarray(gammaincinv(shape, probability), float)
    shares: Array = parts / parts.sum(axis=0)
    return shares


def share_quantile(counts: Array, place: int, probability: Array) -> Array:
    """Return quantiles of one share of `dirichlet`: it is beta with that of all the others."""
    own = counts[place] + JEFFREYS
    return beta_quantile(own, counts.sum() + JEFFREYS * len(counts) - own, probability)


def completed(shares: Array, values: Array, moved: NDArray[np.bool_]) -> Array:
    """Return shares (k, m) that sum to 1 where some have moved away from their values (k,).

    The others take what is left in proportion to their values, and a single one takes all of it.
    Where nothing can take it, or nothing is left and there is too much, the moved are divided by
    their sum; where they are all 0, shares are the values.
    """
    base = np.broadcast_to(values[:, None], shares.shape)
    own, others = np.where(moved, shares, 0.0), np.where(moved, 0.0, base)
    alone = ~moved & ((~moved).sum(axis=0) == 1)
    others = np.where(alone, 1.0, others)
    rest, weight = np.maximum(0.0, 1 - own.sum(axis=0)), others.sum(axis=0)
    part = np.divide(rest, weight, out=np.zeros_like(rest), where=weight > 0)
    filled = own + others * part
    total = filled.sum(axis=0)
    return np.where(total > 0, filled / np.where(total > 0, total, 1.0), base)
