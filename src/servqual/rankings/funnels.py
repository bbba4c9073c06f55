"""Which units lie further from the target than their size alone would have them."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    distinct,
    instance,
    plain_number,
    probability,
    proper_share,
)
from servqual._frames.words import first_reason
from servqual._stats.ranks import holm
from servqual._stats.shrinkage import paule_mandel, shrunk
from servqual.rankings._units import as_counts, see, unit_labels
from servqual.rankings.leagues import LeagueTable, units_of
from servqual.tables import Result, Table

__all__ = ["Funnel", "ShareFunnel", "funnel_limits", "share_funnel"]

Array = NDArray[np.float64]
LEVELS = (0.95, 0.998)


@attrs.frozen(kw_only=True, repr=False)
class Funnel(Result):
    """Means of units beside the limits that noise sets to them around a target.

    Parameters
    ----------
    table : Table
        Keyed `unit`: `n` where it was given, `mean`, the `se` that limits stand on,
        `z` = (mean - target)/se, its two-sided `p` and `p_holm` (adjusted over all units), `signal`
        ("above" or "below" the widest limits, or "") and `undefined`.
    limits : Table
        Keyed `unit` and `level`: `low`, `high`, `outside` ("above", "below", or "") and
        `undefined`.
    target : float
        What means are held against.
    tau2 : float
        The variance beyond noise that limits allow for; 0 without.
    signals : tuple of str
        The units outside the widest limits.
    """

    table: Table
    limits: Table
    target: float = attrs.field(eq=repr)
    tau2: float = attrs.field(eq=repr)
    signals: tuple[str, ...]


def funnel_limits(  # noqa: PLR0913 (what units bring, and how they are judged)
    means: Any,  # noqa: ANN401 (a LeagueTable, or numbers of any kind)
    variances: Any = None,  # noqa: ANN401 (numbers of any kind)
    *,
    units: Any = None,  # noqa: ANN401 (labels of any kind)
    n: Any = None,  # noqa: ANN401 (numbers of any kind)
    target: float | None = None,
    overdispersion: bool = False,
    levels: Sequence[float] = LEVELS,
) -> Funnel:
    """Return which units lie outside the limits of a funnel plot.

    With means m of variances v: limits = target ± z_level·√(v + τ²), z = (m - target)/√(v + τ²).
    τ² is 0 or, with `overdispersion`, that of `league_table`.

    Parameters
    ----------
    means : LeagueTable, array_like, or mapping of unit to number
        A league table, which has all of this; or one mean a unit.
    variances : array_like, or mapping of unit to number
        The squared standard error of each mean, 0 or more; not for a league table.
    units : sequence, optional
        The labels of the units, by default those of a mapping, else "1", "2", …
    n : array_like, or mapping of unit to number, optional
        How many answers each mean stands on, to be shown beside it.
    target : float, optional
        By default the mean of all with the weights 1/(v + τ²).
    overdispersion : bool
        Let units differ beyond noise, as they nearly always do, and look for those that differ more
        than most.
    levels : sequence of float
        What share of units in control lies between the limits.

    Returns
    -------
    Funnel
        In units of the means. A unit without a mean or a variance is undefined, as are one without
        noise (v + τ² = 0) and one with no others beside it; they take no part in the target.

    Raises
    ------
    TypeError, ValueError
        If means or variances are no numbers, a variance is below 0 or infinite, labels do not fit,
        a league table comes with variances, or a level does not lie between 0 and 1.

    Notes
    -----
    A signal says that a unit is not like the others, not why. Of a given target, one of 20 units in
    control lies outside limits of 95 %, so warn there and act at 99.8 %, or by `p_holm`. Without
    one, a unit is part of what it is held against, which few units feel: fewer lie outside.
    Variances should come from the pooled spread: a unit's own, of few answers, may be 0 by luck. τ²
    is that of all units, those that lie far out included, which widens the limits: among k units of
    equal variance no z exceeds (k - 1)/√k, so that fewer than 12 give no signal at 99.8 %, and
    fewer than 6 none at 95 %.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine 24(8), 1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> found = funnel_limits({"North": 80, "East": 84, "South": 80}, [1, 1, 1], target=80)
    >>> found.table["z"].tolist(), found.signals
    ([0.0, 4.0, 0.0], ('East',))
    """
    levels = _levels(levels)
    instance("overdispersion", overdispersion, bool)
    goal = None if target is None else plain_number("target", target)
    given = units_of(means, variances, units)
    if n is None and isinstance(means, LeagueTable) and "n" in means.table.columns:
        n = means.table["n"]
    sizes = {} if n is None else {"n": as_counts("n", n, given.labels)}
    known = given.known
    tau2 = paule_mandel(given.means[known], given.variances[known]) if overdispersion else 0.0
    total = given.variances + np.nan_to_num(tau2)
    noisy = int((total[known] > 0).sum())
    alone = (overdispersion and len(known) == 1) or (goal is None and noisy == 1)
    reasons = [given.undefined != "", total == 0, np.full(len(total), alone)]
    undefined = np.select(reasons, [given.undefined, "no noise", "one unit"], "")
    some = undefined == ""
    if goal is None:
        goal = shrunk(given.means[some], total[some], 0.0).mean
    se = np.where(some, np.sqrt(total), np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        z = (given.means - goal) / se
    half = _normal(levels) * se[:, None]
    limits, signal = _limits(
        given.labels, given.means, (goal - half, goal + half), levels, undefined
    )
    columns = {"mean": given.means, "se": se, "z": z, **_tested(z), "signal": signal}
    spread = f", with τ² {tau2:.4g} by Paule and Mandel" if overdispersion else ""
    table = Table(
        title="Funnel",
        keys=("unit",),
        data={"unit": np.array(given.labels)} | sizes | columns | {"undefined": undefined},
        note=f"target {goal:.6g}; limits by the normal approximation{spread}; "
        f"signals at {_said(max(levels))}; p_holm over all units",
    )
    signals = tuple(np.array(given.labels)[signal != ""].tolist())
    return Funnel(table=table, limits=limits, target=float(goal), tau2=tau2, signals=signals)


@attrs.frozen(kw_only=True, repr=False)
class ShareFunnel(Result):
    """Shares of units beside the limits that chance sets to them around a target.

    Parameters
    ----------
    table : Table
        Keyed `unit`: `n`, `count`, `share`, the two-sided exact `p` and `p_holm` (adjusted over all
        units), `signal` ("above" or "below" the widest limits, or "") and `undefined`.
    limits : Table
        Keyed `unit` and `level`: `low`, `high`, `outside` ("above", "below", or "") and
        `undefined`.
    target : float
        What shares are held against.
    signals : tuple of str
        The units outside the widest limits.
    """

    table: Table
    limits: Table
    target: float = attrs.field(eq=repr)
    signals: tuple[str, ...]


def share_funnel(
    counts: Any,  # noqa: ANN401 (numbers of any kind)
    n: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    units: Any = None,  # noqa: ANN401 (labels of any kind)
    target: float | None = None,
    levels: Sequence[float] = LEVELS,
) -> ShareFunnel:
    """Return which units' shares lie outside the exact limits of a funnel plot.

    With the tail P of a level, the lower limit is (r - a)/n: r is the least count with F(r) ≥ P, F
    the binomial distribution of n at the target, and a = (F(r) - P)/(F(r) - F(r - 1)) interpolates.
    The upper limit is 1 minus the lower one of what is not counted, at 1 - target; so a share
    outside has p ≤ 1 - level. (r - a)/n at that end too, as plots have it, lies one count lower.

    Parameters
    ----------
    counts : array_like, or mapping of unit to number
        How many there were of what is counted in each unit.
    n : array_like, or mapping of unit to number
        Out of how many.
    units : sequence, optional
        The labels of the units, by default those of a mapping, else "1", "2", …
    target : float, optional
        A share, by default that of all units together.
    levels : sequence of float
        What share of units in control lies between the limits, nearly.

    Returns
    -------
    ShareFunnel
        Shares and limits from 0 to 1; p = min(1, 2·min(P(≤ count), P(≥ count))). A unit with n = 0
        is undefined.

    Raises
    ------
    TypeError, ValueError
        If counts are not whole, there are more than n, labels do not fit, or a target or a level is
        out of its range.

    Notes
    -----
    Answers are independent, and units differ by chance alone: for units that truly differ take
    `funnel_limits` with `overdispersion`.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine 24(8), 1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    All 20 of 20 where half are expected happens once in a million.

    >>> found = share_funnel({"North": 10, "South": 20}, [20, 20], target=0.5)
    >>> found.signals, found.table["p"].tolist() == [1.0, 2 * 0.5**20]
    (('South',), True)
    """
    from scipy.special import bdtr, bdtrc  # half a second

    levels = _levels(levels)
    goal = None if target is None else probability("target", target)
    labels = unit_labels("counts", counts, units)
    count, size = as_counts("counts", counts, labels), as_counts("n", n, labels)
    see("counts", count.astype(float), count > size, labels, "be at most `n`")
    some, total = size > 0, int(size.sum())
    if goal is None:
        goal = int(count.sum()) / total if total else np.nan
    share = np.divide(count, size, out=np.full(len(size), np.nan), where=some)
    below = np.asarray(bdtr(count, size, goal), float)
    above = np.where(count > 0, bdtrc(count - 1.0, size, goal), 1.0)
    p = np.where(some, np.minimum(2 * np.minimum(below, above), 1.0), np.nan)
    tails = (1 + np.multiply.outer((-1, 1), levels)) / 2
    low = _binomial_limits(size, goal, tails[0])
    high = 1 - _binomial_limits(size, 1 - goal, 1 - tails[1])  # of what is not counted
    undefined = np.where(some, "", "no answers")
    limits, signal = _limits(labels, share, (low, high), levels, undefined)
    table = Table(
        title="Funnel of shares",
        keys=("unit",),
        data={
            "unit": np.array(labels),
            "n": size,
            "count": count,
            "share": share,
            "p": p,
            "p_holm": holm(p),
            "signal": signal,
            "undefined": undefined,
        },
        note=f"target {goal:.6g}; exact binomial limits, interpolated; "
        f"signals at {_said(max(levels))}; p_holm over all units",
    )
    signals = tuple(np.array(labels)[signal != ""].tolist())
    return ShareFunnel(table=table, limits=limits, target=float(goal), signals=signals)


def _levels(levels: Sequence[float]) -> tuple[float, ...]:
    instance("levels", levels, list, tuple, hint="; give a sequence, as (0.95, 0.998)")
    found = tuple(proper_share("levels", level) for level in levels)
    if not found:
        msg = "`levels` must name at least one, as (0.95,), got none"
        raise ValueError(msg)
    distinct("levels", map(str, found))
    return found


def _said(level: float) -> str:
    return f"{100 * level:g} %"


def _normal(levels: tuple[float, ...]) -> Array:
    from scipy.special import ndtri  # half a second

    return np.asarray(ndtri(0.5 + np.array(levels) / 2), float)


def _tested(z: Array) -> dict[str, Array]:
    from scipy.special import ndtr  # half a second

    p = 2 * np.asarray(ndtr(-np.abs(z)), float)
    return {"p": p, "p_holm": holm(p)}


def _limits(
    labels: tuple[str, ...],
    values: Array,
    ends: tuple[Array, Array],
    levels: tuple[float, ...],
    undefined: NDArray[np.str_],
) -> tuple[Table, NDArray[np.str_]]:
    """Return the table of limits (units, levels), and who lies outside the widest."""
    low, high = ends
    outside = first_reason({"above": values[:, None] > high, "below": values[:, None] < low})
    table = Table(
        title="Limits",
        keys=("unit", "level"),
        data={
            "unit": np.repeat(labels, len(levels)),
            "level": np.tile(levels, len(labels)),
            "low": low.ravel(),
            "high": high.ravel(),
            "outside": outside.ravel(),
            "undefined": np.repeat(undefined, len(levels)),
        },
    )
    return table, outside[:, int(np.argmax(levels))]


def _binomial_limits(size: NDArray[np.int64], target: float, tails: Array) -> Array:
    """Return the interpolated quantiles of shares, (units, tails); NaN where n is 0.

    The least count with F ≥ tail is found by halving, in units of different size side by side.
    """
    from scipy.special import bdtr  # half a second

    n = size[:, None]
    low, high = (
        np.full((len(size), len(tails)), -1.0),
        np.broadcast_to(n + 0.0, (len(size), len(tails))),
    )
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = bdtr(np.maximum(middle, 0), n, target) >= tails
        open_ = high - low > 1
        high, low = np.where(open_ & reached, middle, high), np.where(open_ & ~reached, middle, low)
    least = np.where(high > 0, bdtr(np.maximum(high - 1, 0), n, target), 0.0)
    most = np.asarray(bdtr(high, n, target), float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (high - (most - tails) / (most - least)) / n
    return np.where(n > 0, np.clip(share, 0, 1), np.nan)
