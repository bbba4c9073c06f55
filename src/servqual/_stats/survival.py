"""Times until something happens, some of them censored: Kaplan-Meier curves and log-rank test."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.student import Interval

__all__ = ["Curves", "LogRank", "crossings", "kaplan_meier", "log_log_band", "log_rank", "pooled"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
ROUNDING = 1e-12  # a share that is above a bound by no more is at it
BLOCK = 2**18  # cells of a matrix (times, groups), which stays in the cache


@attrs.frozen(eq=False)
class Curves:
    """Kaplan-Meier curves of groups, one row a distinct time of a group, in order.

    Parameters
    ----------
    time : ndarray (rows,)
        The times.
    at_risk, events, censored : ndarray (rows,)
        How many are left just before a time, and how many of them end at it. Events come before
        what is censored at the same time.
    survival, greenwood : ndarray (rows,)
        S = Π(1 - d/n), and Greenwood's sum Σ d/(n(n - d)), infinite where S is 0.
    ends : ndarray (groups + 1,)
        The rows of group g are ``ends[g]:ends[g + 1]``.
    """

    time: Array
    at_risk: Counts
    events: Counts
    censored: Counts
    survival: Array
    greenwood: Array
    ends: NDArray[np.intp]

    @classmethod
    def of(cls, time: Array, events: Counts, censored: Counts, ends: NDArray[np.intp]) -> Self:
        """Take counts at distinct times, group by group.

        S is (n - d)/N, exactly, until the first censoring of a group.
        """
        before = _before(events + censored, ends)
        sizes = np.diff(ends)
        last = np.append(before + events + censored, 0)[ends[1:] - 1]
        whole = np.repeat(np.where(sizes > 0, last, 0), sizes)
        at_risk = whole - before
        left = at_risk - events
        share = left / whole
        exact = _before(censored, ends) == 0
        # Rows up to a group's first censoring are shares; the product goes on from the last one.
        factor = np.where(exact, np.where(censored > 0, share, 1.0), left / at_risk)
        with np.errstate(divide="ignore"):
            growth = events / (at_risk.astype(float) * left)
        product, greenwood = np.empty_like(factor), np.empty_like(growth)
        for start, stop in pairwise(ends.tolist()):  # differences of whole sums would lose digits
            np.cumprod(factor[start:stop], out=product[start:stop])
            np.cumsum(growth[start:stop], out=greenwood[start:stop])
        survival = np.where(exact, share, product)
        return cls(time, at_risk, events, censored, survival, greenwood, ends)

    def take(self, groups: NDArray[np.intp]) -> "Curves":
        """Return the curves of some groups."""
        sizes = np.diff(self.ends)[groups]
        ends = np.append(0, np.cumsum(sizes))
        rows = np.arange(ends[-1]) + np.repeat(self.ends[groups] - ends[:-1], sizes)
        columns = attrs.asdict(self, recurse=False)
        del columns["ends"]
        return Curves(**{name: column[rows] for name, column in columns.items()}, ends=ends)


def _before(counts: Counts, ends: NDArray[np.intp]) -> Counts:
    """Return the sum of the earlier rows of the group, which is exact."""
    total = np.append(0, np.cumsum(counts))
    return np.asarray(total[:-1] - np.repeat(total[ends[:-1]], np.diff(ends)), np.int64)


def kaplan_meier(
    times: Array, events: NDArray[np.bool_], codes: NDArray[np.intp], size: int
) -> Curves:
    """Return the curves of so many groups; `events` tells what is not censored.

    Times are 0 or more and finite.
    """
    keys, stops = _sorted(times, events, codes, size)
    spots = keys >> np.uint64(1)
    new = np.ones(len(keys), dtype=bool)
    np.not_equal(spots[1:], spots[:-1], out=new[1:])
    new[stops[:-1][stops[:-1] < len(keys)]] = True
    rows = np.flatnonzero(new)
    happened = np.add.reduceat((keys & np.uint64(1)).astype(np.int64), rows)
    gone = np.diff(rows, append=len(keys))
    return Curves.of(
        spots[rows].view(float), happened, gone - happened, np.searchsorted(rows, stops)
    )


def _sorted(
    times: Array, events: NDArray[np.bool_], codes: NDArray[np.intp], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return times in order, group by group, with the event in the last bit; and where groups end.

    The bits of numbers of 0 or more are in the order of the numbers, and the first one, the sign,
    has nothing to tell. One plain sort of them is several times as fast as places by which several
    arrays are sorted.
    """
    keys = times.view(np.uint64) << np.uint64(1)
    keys |= events
    stops = np.append(0, np.cumsum(np.bincount(codes, minlength=size)))
    if size > 1:
        narrow = np.min_scalar_type(size)  # small numbers are sorted by radix
        keys = keys[np.argsort(codes.astype(narrow), kind="stable")]
    for start, stop in pairwise(stops.tolist()):
        keys[start:stop].sort()
    return keys, stops


def pooled(curves: Curves) -> Curves:
    """Return the one curve of all groups together."""
    order = np.argsort(curves.time, kind="stable")  # which makes use of rows that are in order
    time = curves.time[order]
    rows = np.flatnonzero(np.diff(time, prepend=-1.0))
    events, censored = (
        np.add.reduceat(counts[order], rows) for counts in (curves.events, curves.censored)
    )
    return Curves.of(time[rows], events, censored, np.array([0, len(rows)]))


def log_log_band(survival: Array, greenwood: Array, confidence: float) -> Interval:
    """Return S^exp(±z·√V/ln S), where V is Greenwood's sum; NaN where S is 0 or 1."""
    from scipy.special import ndtri  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.where((survival > 0) & (survival < 1), survival, np.nan))
        reach = np.exp(ndtri(0.5 + confidence / 2) * np.sqrt(greenwood) / -logs)
        return np.exp(logs * reach), np.exp(logs / reach)


def crossings(values: Array, bound: float, ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the first row of each group in which a value is no more than a bound; -1 if none is.

    What is above it by rounding is at it; NaN is nowhere.
    """
    found = np.append(np.flatnonzero(values <= bound * (1 + ROUNDING)), len(values))
    first = found[np.searchsorted(found, ends[:-1])]
    return np.where(first < ends[1:], first, -1)


@attrs.frozen(eq=False)
class LogRank:
    """The log-rank test of groups.

    Parameters
    ----------
    expected : ndarray (groups,)
        The events that each would have if all had one curve.
    chi2, p : float
        NaN where there is no test.
    df : int
        The groups that are at risk at some event, less one.
    """

    expected: Array
    chi2: float
    df: int
    p: float


def log_rank(curves: Curves) -> LogRank:
    """Test whether groups have one curve: χ² = (O - E)ᵀ V⁻¹ (O - E), without one of the groups.

    E_g = Σ d·n_g/n over the times of events, and V_gh = Σ d(n - d)/(n - 1) · (n_g/n)([g = h] -
    n_h/n), the hypergeometric covariance, in which ties have their place.
    """
    from scipy.special import chdtrc  # half a second

    size, ends = len(curves.ends) - 1, curves.ends.tolist()
    observed = np.array([curves.events[start:stop].sum() for start, stop in pairwise(ends)], float)
    if size < 2:
        return LogRank(observed, np.nan, 0, np.nan)
    expected, variance = np.zeros(size), np.zeros((size, size))
    for happened, at_risk in _side_by_side(curves):
        n = at_risk.sum(axis=1)
        shares = at_risk / n[:, None]
        weight = happened * (n - happened) / np.maximum(n - 1, 1)
        expected += happened @ shares
        variance += np.diag(weight @ shares) - (shares * weight[:, None]).T @ shares
    used = np.flatnonzero(expected > 0)[1:]
    if not (used.size and variance.any()):
        return LogRank(expected, np.nan, 0, np.nan)
    off = (observed - expected)[used]
    chi2 = float(off @ np.linalg.solve(variance[np.ix_(used, used)], off))
    return LogRank(expected, chi2, used.size, float(chdtrc(used.size, chi2)))


def _side_by_side(curves: Curves) -> Iterator[tuple[Counts, Array]]:
    """Yield, for times at which something ends, the events, and who is at risk (times, groups)."""
    size = len(curves.ends) - 1
    order = np.argsort(curves.time, kind="stable")
    group = np.repeat(np.arange(size), np.diff(curves.ends))[order]
    events = curves.events[order]
    gone = events + curves.censored[order]
    starts = np.append(np.flatnonzero(np.diff(curves.time[order], prepend=-1.0)), len(order))
    left = np.bincount(group, weights=gone, minlength=size)
    step = max(1, BLOCK // size)
    for first in range(0, len(starts) - 1, step):
        ends = starts[first : first + step + 1]
        rows, places = slice(ends[0], ends[-1]), np.arange(len(ends) - 1)
        leaving = np.zeros((len(places), size))  # a group has one row a time
        leaving[np.repeat(places, np.diff(ends)), group[rows]] = gone[rows]
        later = np.cumsum(leaving, axis=0)
        yield np.add.reduceat(events[rows], ends[:-1] - ends[0]), left + leaving - later
        left = left - later[-1]
