"""From an index to a target: what must fall, and by how much."""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import not_negative, positive
from servqual.failures._given import counts_and_volumes
from servqual.failures.counts import Counts, FailureCounts, Volume, are_events, pooled
from servqual.failures.schemes import FailureScheme
from servqual.tables import Result, Table

__all__ = ["TargetIndex", "target_index"]

Array = NDArray[np.float64]
ROUNDING = 1e-12  # of the points: what sums of weights such as 0.1 may be off
TOO_LITTLE = "too little even if it fell to 0"


@attrs.frozen(kw_only=True, repr=False)
class TargetIndex(Result):
    """What must fall so that a weighted failure index meets its target.

    Parameters
    ----------
    points : float
        The points as they are.
    target_points : float
        The points that the target allows.
    excess : float
        The points above the target, 0 where it is reached.
    reduction : float
        The share by which every type would have to fall, if all fell alike.
    reached : bool
        Whether the points are at most those of the target.
    table : Table
        One row a `type`, the largest contribution first: `count`, `weight`, `points`; `alone`, the
        count to which this type would have to fall if nothing else fell, and `alone_reduction`, the
        share of its count; `in_turn`, the count that is left, and `in_turn_points`, if the types
        fall one after another in this order, each only as far as it takes; `lacking`, why a type
        cannot do it alone.
    """

    points: float
    target_points: float
    excess: float
    reduction: float
    reached: bool
    table: Table


def target_index(
    counts: Counts,
    scheme: FailureScheme,
    *,
    target: float,
    volume: Volume = None,
    per: float = 1,
) -> TargetIndex:
    """Return what must fall, and by how much, for a weighted failure index to meet a target.

    Y = Σwn against T = target, or target · volume/per. Every type alike by 1 - T/Y; or one type
    alone, to nᵢ - (Y - T)/wᵢ; or in turn, the largest contribution first. Events are whole: the
    counts to fall to are rounded down, so that the target is held.

    Parameters
    ----------
    counts : FailureCounts, array_like, mapping, or frame
        n ≥ 0 of each type, as in `failure_index`; several rows are summed.
    scheme : FailureScheme
        The types and their weights, above 0.
    target : float
        The most that there may be, 0 or more: points; with `volume`, points per `per` of it.
    volume : float, array_like, mapping, or str, optional
        How much was done, above 0: a number for the whole, one for each row, a mapping or Series by
        label, or the name of a column.
    per : float
        Of how much volume a target is, such as 1000.

    Returns
    -------
    TargetIndex
        The excess, and three ways to get rid of it.

    Raises
    ------
    TypeError, ValueError
        If counts or volumes are missing in a period, negative, or do not fit the scheme; if the
        target is below 0 or the volume 0.

    Notes
    -----
    It is arithmetic, not a plan: what a reduction costs, and which types can fall at all, it does
    not know. The volume is taken as the same in the next period. Counts vary by chance: who only
    just meets the target on average misses it in half of the periods.

    Examples
    --------
    Of 50 points 10 are too many: 10 late parcels fewer, or one lost parcel fewer.

    >>> from servqual.failures.schemes import FailureScheme, FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> aim = target_index({"late": 30, "lost": 2}, scheme, target=40)
    >>> aim.excess, aim.reduction
    (10.0, 0.2)
    >>> aim.table["alone"].tolist(), aim.table["in_turn"].tolist()
    ([20.0, 1.0], [20.0, 2.0])

    At 15 points neither does it alone: no late parcels, and one lost.

    >>> aim = target_index({"late": 30, "lost": 2}, scheme, target=15)
    >>> aim.table["alone"].tolist(), aim.table["in_turn"].tolist()
    ([nan, nan], [0.0, 1.0])
    """
    target, per = not_negative("target", target), positive("per", per)
    found, _, size = counts_and_volumes("counts", counts, scheme, volume, number="whole")
    whole = pooled(found)
    points = float(whole.points[0])
    if math.isnan(points):
        msg = "`counts` must be there for every period, got a period in which nobody counted"
        raise ValueError(msg)
    if volume is not None and not size > 0:
        came = "a period without" if math.isnan(size) else "0"
        msg = f"`volume` must be above 0 in all, got {came}; or give `target` in points"
        raise ValueError(msg)
    allowed = target if volume is None else target * size / per
    over = points - allowed
    reached = over <= ROUNDING * points
    excess = 0.0 if reached else over
    now = f"{points:.6g} points, target {target:.6g}"
    if volume is not None:
        now = f"{points * per / size:.6g} points per {per:,g}, target {target:.6g}"
    return TargetIndex(
        points=points,
        target_points=allowed,
        excess=excess,
        reduction=excess / points if points else 0.0,
        reached=reached,
        table=_table(whole, excess, now),
    )


def _table(whole: FailureCounts, excess: float, now: str) -> Table:
    """Return to which counts types fall, alone and in turn, the largest contribution first."""
    scheme, n = whole.scheme, whole.counts[0].astype(float)
    order = np.argsort(-n * scheme.points, kind="stable")
    n, weights = n[order], scheme.points[order]
    events = are_events(scheme)[order]
    points = n * weights
    slack = ROUNDING * points.sum()

    def left(cut: Array) -> Array:
        """Return the most that there may be of each type with so many points fewer."""
        most = (points - cut) / weights
        most = np.where(events, np.floor(most + slack / weights), most)
        return np.asarray(np.where(cut > slack, np.clip(most, 0.0, n), n))

    alone = np.where(excess > points + slack, np.nan, left(np.full(len(n), excess)))
    before = np.cumsum(points) - points  # what the types ahead in the turn can give
    in_turn = left(np.clip(excess - before, 0.0, points))
    return Table(
        title="What must fall",
        keys=("type",),
        data={
            "type": [scheme.codes[place] for place in order],
            "count": whole.counts[0][order],
            "weight": weights,
            "points": points,
            "alone": alone,
            "alone_reduction": 1
            - np.divide(alone, n, out=np.where(np.isnan(alone), alone, 1.0), where=n > 0),
            "in_turn": in_turn,
            "in_turn_points": in_turn * weights,
            "lacking": np.where(np.isnan(alone), TOO_LITTLE, ""),
        },
        note=_note(now, excess, float(points.sum()), float(in_turn @ weights)),
    )


def _note(now: str, excess: float, points: float, left: float) -> str:
    if not excess:
        return f"{now}: the target is reached"
    alike = f"all types alike would have to fall by {100 * excess / points:.3g} %"
    return f"{now}: {excess:.6g} points too many; {alike}; {left:.6g} points left in turn"
