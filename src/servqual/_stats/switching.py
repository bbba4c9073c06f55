"""Shares of a market whose customers stay, switch, leave and come, period by period."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["share_paths", "steady_shares"]

Array = NDArray[np.float64]
ROUNDING = 1e-12  # of what moves between the sides


def share_paths(start: Array, kept: Array, won: Array, fresh: Array, periods: int) -> Array:
    """Return s_t = kept·s + won·(1 - s) + fresh for t = 0, …, periods, (draws, periods + 1).

    Examples
    --------
    >>> one = np.ones(1)
    >>> share_paths(0.5 * one, 0.5 * one, 0 * one, 0 * one, 2).tolist()
    [[0.5, 0.25, 0.125]]
    """
    found = np.empty((len(start), periods + 1))
    found[:, 0] = start
    for t in range(periods):
        found[:, t + 1] = kept * found[:, t] + won * (1 - found[:, t]) + fresh
    return found


def steady_shares(kept: Array, won: Array, fresh: Array) -> Array:
    """Return the share to which the paths run, (won + fresh)/(1 - kept + won).

    NaN where none moves, so that every share is steady, and where all change sides in turn.
    """
    slope = kept - won
    runs = (slope < 1 - ROUNDING) & (slope > ROUNDING - 1)
    return np.divide(won + fresh, 1 - slope, out=np.full_like(slope, np.nan), where=runs)
