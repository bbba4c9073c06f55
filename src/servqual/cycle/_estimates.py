"""Columns of estimates: mean times with Student's interval."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Sums, added, mean_of_sums
from servqual._stats.student import t_interval

__all__ = ["Columns", "mean_times"]

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]


def mean_times(
    times: Array, places: NDArray[np.intp], size: int, what: str, confidence: float
) -> Columns:
    """Return the columns, each (size, columns), of the means of times that are 0 or more.

    `times` is (entries, columns), `places` the group of each entry, `what` what an entry is.
    """
    sizes = np.bincount(places, minlength=size)
    median, most = _medians(times, places, sizes)
    n = sizes.astype(float)[:, None].repeat(times.shape[1], axis=1)
    with np.errstate(invalid="ignore"):
        centre = added(times, places, size) / n
    off = times - centre[places]  # squares of small numbers, so that nothing cancels
    x, xx = added(off, places, size), added(off**2, places, size)
    about = mean_of_sums(Sums(n, n, x, xx, n, x, xx), most)
    found = attrs.evolve(about, mean=centre + about.mean)
    low, high = t_interval(found.mean, found.se, found.df, confidence)
    return {
        "n": n.astype(int),
        "mean": found.mean,
        "sd": found.sd,
        "se": found.se,
        "low": np.maximum(low, 0),
        "high": high,
        "median": median,
        "most": most,
        "undefined": np.select(
            [n == 0, n == 1, found.se == 0], [f"no {what}", f"one {what}", "no variation"], ""
        ),
    }


def _medians(
    times: Array, places: NDArray[np.intp], sizes: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Return the median and the greatest of each group, (groups, columns)."""
    starts = np.cumsum(sizes) - sizes
    ranks = [starts + rank for rank in ((sizes - 1) // 2, sizes // 2, sizes - 1)]
    found = np.full((3, len(sizes), times.shape[1]), np.nan)
    some = sizes > 0
    for column, cells in enumerate(times.T):
        ordered = cells[np.lexsort((cells, places))]
        for row, rank in enumerate(ranks):
            found[row, some, column] = ordered[rank[some]]
    return (found[0] + found[1]) / 2, found[2]
