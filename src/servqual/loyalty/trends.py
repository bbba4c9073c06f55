"""A measure over time: how it rises or falls from period to period, and if a line describes it."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.periods import order_cautions, order_said
from servqual._frames.words import lacking
from servqual._stats.regression import line_shares
from servqual.loyalty._groups import Groups
from servqual.loyalty._measures import Measure
from servqual.tables import Result, Table, interval_note

__all__ = ["MeasureTrend", "measure_trend"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
ESTIMATES = ("se", "low", "high", "z", "p", "chi2", "chi2_df", "chi2_p")


@attrs.frozen(kw_only=True, repr=False)
class MeasureTrend(Result):
    """The line through the measures of periods.

    Parameters
    ----------
    table : Table
        One row: all of the numbers below, and how many `periods` have answers.
    periods : Table
        One row a `period`: `n`, `value`, `low`, `high`, the `fitted` value of the line, `lacking`
        and `undefined`.
    slope : float
        The change from one period to the next, in units of the measure.
    se, low, high : float
        Its standard error and interval.
    z, p : float
        The test that it is 0, two-sided.
    chi2, chi2_df, chi2_p : float
        The test that values lie on some line but for chance: a small `chi2_p` says that a line
        hides what happened.
    n : int
        The respondents of all periods.
    confidence : float
        Of the intervals.
    cautions : tuple of str
        That labels do not sort by time, or which periods are not there; or none.
    lacking : str
        "" or what is missing beside the slope, and why.
    undefined : str
        "" or why there is no slope.
    """

    table: Table
    periods: Table
    slope: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    z: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    chi2: float = attrs.field(eq=repr)
    chi2_df: float = attrs.field(eq=repr)
    chi2_p: float = attrs.field(eq=repr)
    n: int
    confidence: float
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def measure_trend(measure: Measure) -> MeasureTrend:
    """Return how a measure changes from period to period: the slope of respondents' scores.

    b = Σ n_g(g - c)·x_g / Σ n_g(g - c)², with x_g the measure of period g = 0, 1, 2, …, of n_g
    respondents, and c = Σ n_g·g/Σ n_g; se² = Σ n_g²(g - c)²·se_g² / (Σ n_g(g - c)²)²; b ± z·se.
    χ² = Σ (x_g - y_g)²/se_g², of the line y for which it is least, with G - 2 df.

    Parameters
    ----------
    measure : NetPromoter, SatisfactionShare, EffortScore or CustomerIndex
        What its function returns with one column `by`, the period of each respondent. Periods stand
        in the order of numbers, or of texts: write months as 2024-03, which the `cautions` ask for
        where labels look like names of months or like dates of another form. Respondents without a
        period are left out. Its confidence is taken.

    Returns
    -------
    MeasureTrend
        The slope is that of a least-squares line through all respondents' scores; respondents are
        weighed by period, with sampling weights by (Σw)²/Σw² of each.

    Raises
    ------
    TypeError, ValueError
        If `measure` is something else, was made by several columns, or has fewer than three
        periods.

    Notes
    -----
    Periods count as equally far apart: those that nobody answered in must be among the labels of
    some row, else they are not known, and their neighbours stand next to each other. Of labels such
    as 2024-03, 2024-Q1 or 2024 the `cautions` name those that are not there. Errors are
    those within periods, so that respondents must be others each time, and independent; what moves
    all in a period at once is in χ² alone, and where χ² is large the interval is too short.

    Intervals and tests are for many respondents in each period. With 10, 30 and 100 in each of six,
    χ² finds at 5 % a departure that is not there in 7 to 14, 7 to 8 and 5 to 6 of 100 samples, and
    the test of the slope a change in 6 to 7, 5 to 6 and 5 to 6 (simulated: net promoter scores of
    two distributions, and effort scores).

    Examples
    --------
    Net promoter scores of 0, 0.5 and 1.

    >>> from servqual.loyalty.promoters import net_promoter
    >>> months = ["2024-01", "2024-01", "2024-02", "2024-02", "2024-03", "2024-03"]
    >>> found = measure_trend(net_promoter([10, 2, 9, 8, 9, 10], by={"month": months}))
    >>> found.slope, found.periods["fitted"].tolist()
    (0.5, [0.0, 0.5, 1.0])
    """
    groups = Groups.of(measure, 3, "periods")
    if len(measure.by) > 1:
        msg = f"`measure` must be made with by= one column of periods, got by={measure.by}"
        raise ValueError(msg)
    places = np.arange(len(groups.labels))
    there = places[groups.n > 0]
    periods = groups[there]
    fitted, slope, numbers = np.full(len(places), np.nan), np.nan, dict.fromkeys(ESTIMATES, np.nan)
    undefined = {0: "no answers", 1: "answers in one period only"}.get(len(there), "")
    without = ""
    if not undefined:
        pulls = line_shares(there, periods.worth)
        slope = float(pulls @ periods.value)
        centre = np.average(there, weights=periods.worth)
        fitted = np.average(periods.value, weights=periods.worth) + slope * (places - centre)
        numbers |= _errors(slope, pulls, periods, measure) | _departure(there, periods)
        without = _lacking(numbers, periods)
    cells: dict[str, Any] = {"slope": slope, **numbers, "n": int(groups.n.sum())}
    cells |= {"lacking": without, "undefined": undefined}
    labels = groups.labels.tolist()
    cautions = order_cautions(labels)
    warned = (f"caution: {words}" for words in cautions)
    said = "; ".join([groups.note.removeprefix("; "), order_said(labels), *warned]).strip("; ")
    return MeasureTrend(
        table=_line(measure, {"periods": len(there), **cells}, said),
        periods=_periods(measure, groups, fitted),
        confidence=measure.confidence,
        cautions=cautions,
        **cells,
    )


def _errors(slope: float, pulls: Array, periods: Groups, measure: Measure) -> dict[str, float]:
    """Return the error, interval and test of the slope; no line on the scale is steeper."""
    from scipy.special import ndtr, ndtri  # half a second

    se = float(np.sqrt((pulls**2 * periods.se**2).sum()))
    some = se if se > 0 else np.nan
    half, z = float(ndtri(0.5 + measure.confidence / 2)) * some, slope / some
    reach = (measure.reach[1] - measure.reach[0]) * float(pulls[pulls > 0].sum())
    low, high = max(slope - half, -reach), min(slope + half, reach)
    return {"se": se, "low": low, "high": high, "z": z, "p": 2 * float(ndtr(-abs(z)))}


def _departure(places: Places, periods: Groups) -> dict[str, float]:
    """Return χ² of the values about the line that is nearest to them, its df and its p."""
    from scipy.special import chdtrc  # half a second

    df = len(places) - 2
    known = df > 0 and bool((periods.se > 0).all())
    if not known:
        return {"chi2": np.nan, "chi2_df": np.nan, "chi2_p": np.nan}
    weights = periods.se**-2.0
    slope = line_shares(places, weights) @ periods.value
    off = periods.value - slope * places
    chi2 = float((weights * (off - np.average(off, weights=weights)) ** 2).sum())
    return {"chi2": chi2, "chi2_df": float(df), "chi2_p": float(chdtrc(df, chi2))}


def _lacking(numbers: Mapping[str, float], periods: Groups) -> str:
    """Return what is missing beside the slope, and why."""
    why = "no variation in a period" if periods.n.min() > 1 else "a period of one"
    se, few = numbers["se"], len(periods.n) == 2
    absent = {
        "error, no interval, no test": why if np.isnan(se) else "",
        "interval, no test": "no variation in any period" if se == 0 else "",
        "chi2": ("two periods" if few else why) if np.isnan(numbers["chi2"]) else "",
    }
    return lacking(absent)


def _line(measure: Measure, cells: Mapping[str, Any], said: str) -> Table:
    note = "slope = change from one period to the next; chi2: departure from any line; "
    return Table(
        title=f"Trend: {measure.table.title.lower()}",
        keys=(),
        data={name: [cell] for name, cell in cells.items()},
        note=f"{note}{interval_note(measure.confidence, 'the errors within periods')}; {said}",
    )


def _periods(measure: Measure, groups: Groups, fitted: Array) -> Table:
    return Table(
        title=measure.table.title,
        keys=("period",),
        data={
            "period": groups.labels,
            "n": groups.n.astype(int),
            "value": groups.value,
            "low": groups.low,
            "high": groups.high,
            "fitted": fitted,
            "lacking": groups.lacking,
            "undefined": groups.undefined,
        },
        note=measure.table.note,
    )
