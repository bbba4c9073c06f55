"""The weighted failure index: how bad it was, how sure that is, and which failures make it."""

import math
from typing import Literal
from warnings import warn

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import choice, confidence_level, numbers, positive, see_counts
from servqual._stats.poisson import INTERVALS, SAID
from servqual.charts.series import UNCOUNTED, VOLUME_MISSING, VOLUME_ZERO
from servqual.failures._given import counts_and_volumes, too_narrow
from servqual.failures.counts import PERIOD, Counts, FailureCounts, Volume, pooled
from servqual.failures.schemes import FailureScheme
from servqual.tables import Result, Table, interval_note

__all__ = ["FailureIndex", "Interval", "failure_index", "weighted_rate_interval"]

Array = NDArray[np.float64]
Interval = Literal["fay-feuer", "mid-p", "normal"]
ROUNDING = 1e-12
MOST = 0.8  # the share of the points that the vital few types make
NO_VOLUME, NOTHING = "no volume given", "no failures: no shares"


@attrs.frozen(kw_only=True, repr=False)
class FailureIndex(Result):
    """A weighted failure index.

    Parameters
    ----------
    points : float
        Y = Σwn over all types and periods.
    failures : float
        Σn, in the units of the types.
    variance : float
        The variance of the points.
    low, high : float
        The interval of the points that are to be expected.
    volume : float
        The whole volume.
    per : float
        Of how much volume the rate is.
    rate, rate_low, rate_high : float
        Points per `per` of the volume, and their interval.
    vital_few : int
        How many types it takes, the largest first, to make 80 % of the points.
    total : Table
        The figures above, in a row.
    periods : Table
        The same figures, one row a `period` (and group).
    contributions : Table
        One row a `type`, the largest first: `count`, `weight`, `points`, their `share` in all, and
        the `cumulative` share.
    lacking : str
        "" or why there is no rate.
    undefined : str
        "" or why there are no points.
    """

    points: float = attrs.field(eq=repr)
    failures: float = attrs.field(eq=repr)
    variance: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    volume: float = attrs.field(eq=repr)
    per: float
    rate: float = attrs.field(eq=repr)
    rate_low: float = attrs.field(eq=repr)
    rate_high: float = attrs.field(eq=repr)
    vital_few: int
    total: Table
    periods: Table
    contributions: Table
    lacking: str
    undefined: str

    def _tables(self) -> list[Table]:
        several = len(self.periods) > 1
        return [self.total, *[self.periods] * several, self.contributions]


def failure_index(
    counts: Counts,
    scheme: FailureScheme,
    *,
    volume: Volume = None,
    per: float = 1,
    confidence: float = 0.95,
    interval: Interval = "fay-feuer",
) -> FailureIndex:
    """Return the weighted failure index: failures times weights, with an interval and a rate.

    Y = Σ wᵢnᵢ over types i, rate = Y · per / volume, and with independent Poisson counts
    Var(Y) = Σ wᵢ²nᵢ; where one case failed in several ways or in many minutes, Σ(score of a case)².
    Gamma interval of Fay and Feuer: the lower end is the α/2 quantile of the gamma distribution of
    mean Y and variance V, the upper the 1 - α/2 quantile of that of mean Y + w_M and variance
    V + w_M², where w_M is the largest weight of the scheme, whether it occurred or not; of scored
    counts, the largest score in the log.

    Parameters
    ----------
    counts : FailureCounts, array_like, mapping, or frame
        n ≥ 0: one number for each type, in their order or by code; or a row for each period, with
        a column for each type and perhaps a column `period`; or what `count_failures` returns. NaN
        is a period in which nobody counted: it is undefined, and so is the whole.
    scheme : FailureScheme
        The types and their weights, above 0.
    volume : float, array_like, mapping, or str, optional
        How much was done, such as parcels sent: one number for each period, in their order or by
        their labels (of groups, tuples of group and period), or the column of the frame that has
        them. Without, there is no rate. A period of volume 0 has none either, but its failures
        count in the whole, of which a warning tells.
    per : float
        Of how much volume a rate is, such as 1000.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    interval : {"fay-feuer", "mid-p", "normal"}
        The gamma interval, which holds its level in practice however few failures there are; its
        mid-p form, whose upper end is lower, and which holds it on average; or Y ± z√V, which fails
        where failures are few.

    Returns
    -------
    FailureIndex
        The index, by period, and what each type contributes.

    Raises
    ------
    TypeError, ValueError
        If counts are negative, or those of events not whole; if a type is missing or unknown; if
        periods stand twice or do not rise; if there is not one volume for each, or one is negative.

    Warns
    -----
    UserWarning
        If some counts are of another unit than events, as minutes of delay, and not from a log:
        one case brings many, the interval is too narrow. `count_failures` with ``amount=`` or
        `count_cases` give the right one.

    Notes
    -----
    The weights are taken as known, and failures as independent of each other; where days differ by
    more than chance, as `failure_chart` tests, the interval of the whole is too narrow as well.
    Of one type, the interval is the exact one of a Poisson count, times the weight.
    Of scored counts nobody knows the largest score that there can be: with few cases and skewed
    scores the interval is too short (simulated, of 95 %: exponential scores 90 % with 5 cases and
    94 % with 10; lognormal ones with 1.5 as sd of the log 77 %, 84 %, and still 92 % with 50).

    References
    ----------
    Fay, M. P. & Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method
    based on the gamma distribution. Statistics in Medicine 16(7), 791-801.
    Fay, M. P. & Kim, S. (2017). Confidence intervals for directly standardized rates using mid-p
    gamma intervals. Biometrical Journal 59(2), 377-387.

    Examples
    --------
    >>> from servqual.failures.schemes import FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> index = failure_index({"late": 30, "lost": 2}, scheme, volume=10_000, per=1000)
    >>> index.points, index.variance, index.rate
    (50.0, 230.0, 5.0)
    >>> index.contributions["share"].tolist()
    [0.6, 0.4]
    """
    confidence = confidence_level(confidence)
    method = choice("interval", interval, tuple(INTERVALS))
    per = positive("per", per)
    found, volumes, size = counts_and_volumes("counts", counts, scheme, volume, number="one")
    narrow = too_narrow(found)
    if narrow:
        warn(f"`counts`: {narrow}", stacklevel=2)
    note = "; ".join(filter(None, [interval_note(confidence, SAID[method]), narrow, found.note]))

    def estimates(title: str, rows: FailureCounts, volumes: Array) -> Table:
        points, squares = rows.points, rows.squares
        low, high = INTERVALS[method](points, squares, rows.largest, confidence)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(volumes > 0, per / volumes, np.nan)
        unknown = VOLUME_MISSING if volume is not None else NO_VOLUME
        return Table(
            title=title,
            keys=tuple(name for name, _ in rows.keys),
            data={
                **dict(rows.keys),
                "failures": rows.counts.sum(axis=1, dtype=float),
                "points": points,
                "variance": squares,
                "low": low,
                "high": high,
                "volume": volumes,
                "rate": points * rate,
                "rate_low": low * rate,
                "rate_high": high * rate,
                "lacking": np.select([volumes > 0, volumes == 0], ["", VOLUME_ZERO], unknown),
                "undefined": np.where(np.isnan(points), UNCOUNTED, ""),
            },
            note=note,
        )

    whole = estimates("The whole", pooled(found), np.array([size]))
    contributions, vital_few = _contributions(found)
    return FailureIndex(
        **{name: cell for name, cell in next(whole.rows()).items() if name != PERIOD},
        per=per,
        vital_few=vital_few,
        total=whole,
        periods=estimates("Periods", found, volumes),
        contributions=contributions,
    )


def _contributions(counts: FailureCounts) -> tuple[Table, int]:
    """Return what each type contributes, and how many make most of it."""
    scheme = counts.scheme
    n = counts.counts.sum(axis=0)
    order = np.argsort(-n * scheme.points, kind="stable")
    n, weights = n[order], scheme.points[order]
    points = n * weights
    cumulative = np.cumsum(points)
    total = float(cumulative[-1])
    few = int(np.searchsorted(cumulative, MOST * total * (1 - ROUNDING))) + 1 if total > 0 else 0
    share = 1 / total if total > 0 else math.nan
    table = Table(
        title="Contributions",
        keys=("type",),
        data={
            "type": [scheme.codes[place] for place in order],
            "count": n,
            "weight": weights,
            "points": points,
            "share": points * share,
            "cumulative": cumulative * share,
            "lacking": np.where(
                np.isnan(n) | (total > 0), "", NOTHING if total == 0 else UNCOUNTED
            ),
            "undefined": np.where(np.isnan(n), UNCOUNTED, ""),
        },
        note=f"{few} of {len(n)} types make {MOST:.0%} of the points" if few else "",
    )
    return table, few


def weighted_rate_interval(
    counts: ArrayLike,
    weights: ArrayLike,
    *,
    confidence: float = 0.95,
    interval: Interval = "fay-feuer",
) -> tuple[float, float]:
    """Return the interval of Σ weight × count, by default the gamma interval of Fay and Feuer.

    Of any sum of Poisson counts with known weights above 0: a weighted index, or a directly
    standardised rate, whose weights are the standard's share over the population at risk.

    Parameters
    ----------
    counts : array_like of int
        The counts, 0 or more and whole.
    weights : array_like
        The weight of each, above 0.
    confidence : float
        The confidence, between 0 and 1.
    interval : {"fay-feuer", "mid-p", "normal"}
        Its form, as in `failure_index`.

    Returns
    -------
    tuple of float
        The lower and the upper end.

    Raises
    ------
    TypeError, ValueError
        If counts are negative or not whole, or there is not one weight above 0 for each.

    References
    ----------
    Fay, M. P. & Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method
    based on the gamma distribution. Statistics in Medicine 16(7), 791-801.

    Examples
    --------
    Of one count it is the exact interval.

    >>> low, high = weighted_rate_interval([10], [1])
    >>> round(low, 4), round(high, 4)
    (4.7954, 18.3904)
    """
    confidence = confidence_level(confidence)
    n, w = numbers("counts", counts).ravel(), numbers("weights", weights).ravel()
    if n.shape != w.shape or not n.size:
        msg = f"`weights` must be one for each of the counts, got {w.size} for {n.size}"
        raise ValueError(msg)
    see_counts("counts", n, where=lambda place: f"place {place + 1}", missing=False)
    wrong = np.flatnonzero(~((w > 0) & np.isfinite(w)))
    if wrong.size:
        msg = f"`weights` must be above 0 and finite, got {w[wrong[0]]:g} (place {wrong[0] + 1})"
        raise ValueError(msg)
    most = w.max()
    w = w / most  # so that squares stay in the range of floats
    ends = INTERVALS[choice("interval", interval, tuple(INTERVALS))]
    low, high = ends(np.dot(w, n), np.dot(w**2, n), np.ones(()), confidence)
    return float(low * most), float(high * most)
