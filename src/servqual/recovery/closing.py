"""What a curve says of a time, how many are open still, and of a share, when it is closed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, instance, proper_share
from servqual._frames.arrays import see_rows
from servqual._frames.grouped import beside_keys
from servqual._frames.words import first_reason
from servqual.recovery._cases import in_units, spans_of
from servqual.recovery._curve_tables import ALL_CLOSED, ALL_OPEN, Columns, closing_times
from servqual.recovery.curves import ComplaintCurve
from servqual.tables import Table, interval_note

__all__ = ["open_share", "time_to_close"]

HINT = "; complaint_curve makes one"
SHARES = (0.25, 0.5, 0.75, 0.9)


def open_share(curve: ComplaintCurve, times: Any) -> Table:  # noqa: ANN401 (numbers or times)
    """Return the share of complaints that are still open after given times, group by group.

    Parameters
    ----------
    curve : ComplaintCurve
        From `complaint_curve` or `complaint_curve_from_cases`.
    times : float or array_like
        The times, 0 or more, in the unit of the curve, or timedelta. A case that is closed just
        then is not open.

    Returns
    -------
    Table
        Keyed by group and `time`: the cases `at_risk`, which are known to be open just before it;
        the `open_share` with its `se`, `low` and `high`; what is `lacking`, and why it is
        `undefined`, as where no case was seen for so long.

    Raises
    ------
    TypeError, ValueError
        If `curve` is something else, or a time is no number, missing, below 0 or infinite.

    Examples
    --------
    >>> from servqual.recovery.curves import complaint_curve
    >>> found = complaint_curve([1, 2, 5, 9], closed=[True, False, True, False])
    >>> open_share(found, [0.5, 4])["open_share"].tolist()
    [1.0, 0.75]
    """
    instance("curve", curve, ComplaintCurve, hint=HINT)
    moments = spans_of("times", [times] if np.ndim(times) == 0 else times, curve.unit)
    wrong = ~((moments >= 0) & np.isfinite(moments))
    see_rows("times", moments, wrong, "be 0 or more and finite")
    parts = [_at(curve, group, moments) for group in range(len(curve.groups))]
    data = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    data = {"time": np.tile(moments, len(parts)), **data}
    return Table(
        title=f"Share of complaints still open{in_units(curve.unit)}",
        keys=(*curve.by, "time"),
        data=beside_keys(_keys(curve, len(moments)), data),
        note=curve.table.note,
    )


def time_to_close(curve: ComplaintCurve, shares: float | Sequence[float] = SHARES) -> Table:
    """Return the times by which given shares of complaints are closed, group by group.

    The smallest t with S(t) ≤ 1 - share; its interval has the times at which the ends of the
    interval of S come down to 1 - share.

    Parameters
    ----------
    curve : ComplaintCurve
        From `complaint_curve` or `complaint_curve_from_cases`.
    shares : float or sequence of float
        The shares, each between 0 and 1: 0.9 asks within what time 90 % are closed.

    Returns
    -------
    Table
        Keyed by group and `share`: `n` cases, the `time` with `low` and `high`, in the unit of the
        curve; what is `lacking`, and why it is `undefined`: then `low`, which it exceeds, may be
        known.

    Raises
    ------
    TypeError, ValueError
        If `curve` is something else, or a share is not between 0 and 1 or stands twice.

    References
    ----------
    Brookmeyer, R., & Crowley, J. (1982). A confidence interval for the median survival time.
    Biometrics 38(1), 29-41. https://doi.org/10.2307/2530286

    Examples
    --------
    >>> from servqual.recovery.curves import complaint_curve
    >>> found = complaint_curve(range(1, 11), closed=[True] * 10)
    >>> time_to_close(found, [0.5, 0.9])["time"].tolist()
    [5.0, 9.0]
    """
    instance("curve", curve, ComplaintCurve, hint=HINT)
    wanted = [shares] if np.ndim(shares) == 0 else list(shares)  # type: ignore[arg-type]  # it is no number
    asked = [proper_share("shares", share) for share in wanted]
    if not asked:
        msg = "`shares` must be at least one, got none"
        raise ValueError(msg)
    distinct("shares", map(str, asked))
    table = dict(curve.table.data)
    found = [closing_times(table, curve.ends, share) for share in asked]
    size = len(curve.groups)
    data = {name: np.stack([one[name] for one in found], axis=1).ravel() for name in found[0]}
    shown = {"share": np.tile(asked, size), "n": np.repeat(curve.groups["n"], len(asked)), **data}
    method = "Brookmeyer and Crowley, from the log-log band"
    return Table(
        title=f"Time by which complaints are closed{in_units(curve.unit)}",
        keys=(*curve.by, "share"),
        data=beside_keys(_keys(curve, len(asked)), shown),
        note=interval_note(curve.confidence, method),
    )


def _at(curve: ComplaintCurve, group: int, moments: NDArray[np.float64]) -> Columns:
    """Return what the curve of a group says of some times."""
    rows = slice(*curve.ends[group : group + 2].tolist())
    time, at_risk = curve.table["time"][rows], curve.table["at_risk"][rows]
    before = np.searchsorted(time, moments, side="right")  # rows no later, of which the last tells
    found: Columns = {"at_risk": np.append(at_risk, 0)[np.searchsorted(time, moments)]}
    for name in ("open_share", "se", "low", "high"):
        first = 1.0 if name == "open_share" else np.nan
        found[name] = np.append(first, curve.table[name][rows])[before]
    beyond = (found["open_share"] > 0) & (found["at_risk"] == 0)
    undefined = first_reason(
        {
            "no cases": np.full(len(moments), not len(time)),
            "no case was seen for so long": beyond,
        }
    )
    for name in ("open_share", "se", "low", "high"):
        found[name] = np.where(undefined == "", found[name], np.nan)
    share = found["open_share"]
    found["lacking"] = first_reason({ALL_OPEN: share == 1, ALL_CLOSED: share == 0})
    return found | {"undefined": undefined}


def _keys(curve: ComplaintCurve, size: int) -> Columns:
    """Return the labels of the groups, for so many rows of each."""
    return {name: np.repeat(curve.groups[name], size) for name in curve.by}
