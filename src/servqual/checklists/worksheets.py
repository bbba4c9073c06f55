"""Worksheets: checks at odd times, graded item by item, summed up and made fair."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, probability
from servqual._frames.calendar import UNITS, Period
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import NO_LABEL
from servqual._frames.words import counted, first_reason
from servqual._stats.means import added, mean_of_sums, sums_by
from servqual._stats.ranks import levels
from servqual._stats.student import t_interval
from servqual.checklists._assessors import assessor_effects, conditions, unit_scores
from servqual.checklists._check_points import Checks, Columns
from servqual.checklists.forms import Checklist
from servqual.tables import Result, Table, interval_note

__all__ = ["WorksheetScores", "worksheet_scores"]

Places = NDArray[np.intp]
ITEMS = 10  # the documents' worksheet has more
FEW = 3  # checks, below which a mean says little


@attrs.frozen(kw_only=True, repr=False)
class WorksheetScores(Result):
    """Points of the units that were checked: sums, and what is fair to rank by.

    Parameters
    ----------
    table : Table
        Keyed `unit`, and `period` if there is a column of times: `checks` with points, the `sum` of
        points, `deductions`, `net_sum` (the sum less deductions), `mean` and `net` (both sums per
        check), `per_item` (mean/Σw: on the scale of an item), `share` (of the way from the lowest
        to the highest points that a check can have), `sd` and `se`, `low` and `high` of the mean,
        `lacking` (what is missing beside the mean, and why), `undefined`.
    units : Table
        Keyed `unit`, over all periods: `checks`, `sum`, `mean`, `adjusted` (the mean without the
        effects of who assessed it and when; without columns of them the mean), its `se`, its
        `network` (only units of one compare: who assessed them and when links them), `lacking`,
        `undefined`.
    assessors : Table
        Keyed `assessor`, empty without a column of them: `checks`, `units` (in how many units and
        periods they were), `mean`, `effect` (how many points more than the average assessor of the
        `network` they give to the same unit in the same period), `se`, `low`, `high`, `network`,
        `lacking`, `undefined`.
    checks : Table
        Keyed `check`: its `unit`, and `period` and `assessor` if there are columns of them; its
        `points`, its `deductions`, its `coverage` of the items that are scored, `undefined`.
    n : int
        The checks with points.
    lowest, highest : float
        The points that a check can have.
    confidence : float
        Of the intervals.
    cautions : tuple of str
        What to mind, or none: where a raw sum puts a unit above one with a higher mean, and others.
        The note of `table` has them too.
    """

    table: Table
    units: Table
    assessors: Table
    checks: Table
    n: int
    lowest: float
    highest: float
    confidence: float
    cautions: tuple[str, ...]

    def _tables(self) -> list[Table]:
        return [found for found in (self.table, self.units, self.assessors) if len(found)]


def worksheet_scores(  # noqa: PLR0913 (the columns of checks)
    checklist: Checklist,
    checks: Any,  # noqa: ANN401 (any frame)
    *,
    unit: ColumnRef,
    time: ColumnRef | None = None,
    period: Period = "month",
    assessor: ColumnRef | None = None,
    deductions: ColumnRef | None = None,
    check: ColumnRef | None = None,
    item: ColumnRef | None = None,
    answer: ColumnRef | None = None,
    min_coverage: float = 0.5,
    confidence: float = 0.95,
) -> WorksheetScores:
    """Return the points of units that were checked at odd times, as sums and per check.

    The points of a check are p = W·Σwx/Σw over the items that were answered, x the grade on the
    checklist's own scale (low + high - x where yes is bad), w the item's weight times its
    element's, W the Σw of all items that are scored: the sum of points where all are answered. In
    each unit and period sum = Σp, mean = sum/checks, net = (sum - deductions)/checks. Rank by
    `mean`, by `adjusted`, or, where deductions are findings of checks, by `net`; never by the sum:
    where points lie above 0, it rewards those who were checked more often.

    Parameters
    ----------
    checklist : Checklist
        What is looked at, as ``checklist("hall-worksheet")``; its scale is that of the points.
    checks : data frame, or mapping of columns
        One row a check, with a column for each item; answers are read as by `assess`.
    unit : str or int
        The column of who or what was checked, by name or place: a clerk, a counter, a branch.
    time : str or int, optional
        The column of when: dates of any kind (with a zone, days are those of UTC), or labels of
        periods, such as ``"2026-03"``. Without it all is one period.
    period : {"hour", "day", "week", "month", "quarter", "year"}
        In which times are taken together; weeks begin on Mondays. In short ones few units are
        checked by the same assessors, and few can be adjusted.
    assessor : str or int, optional
        The column of who checked, whose severity is then taken out.
    deductions : str or int, optional
        The column of points off, 0 or more, for complaints and spot checks that failed; blank is
        0. A row that has some and no answer is no check, but its deductions count.
    check : str or int, optional
        The column that names checks; by default rows are "1", "2", ….
    item, answer : str or int, optional
        Both, with `check`, where the frame is a log with one answer in a row: the columns that name
        the item and hold the answer. Deductions of all rows of a check add up.
    min_coverage : float
        The least share of scored items that must be answered, or a check has no points.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    WorksheetScores
        In points; rows without a unit or an assessor have the label "(missing)".

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a column is unknown, an answer is none of the scale's, a time is
        missing or cannot be read, a deduction is below 0, a check stands twice; the message names
        the row. Or if there are more than 2,000 units, and as many assessors in periods.

    Notes
    -----
    Intervals of means are mean ± t·sd/√n, n - 1 df, cut to what is possible; they take checks as
    drawn independently, at times that nobody foresees.

    Deductions are spread over the checks: one complaint costs a unit with few checks more per
    check. Where they are not findings of checks, rank by `mean` or `adjusted` and set `deductions`
    beside it. Deductions are not in `adjusted`.

    An assessor's effect e is that of p = cell + e + error by least squares, where a cell is a unit
    in a period, so that who saw the good units is not the kinder one for it. Effects have a mean of
    0, weighted by checks, in each network of assessors who met in a cell, directly or over others:
    between networks nothing compares them. Who met no other has none.

    `adjusted` is the mean of p less e of p = unit + e + error, with an e for each assessor in each
    period: who was checked more in a hard month, or by a hard assessor, is not the worse for it.
    With z the shares of these e in the unit's checks and s²G their covariance, its variance is
    s²(1/n + zᵀGz). A unit of which no other shares an assessor and period is a network of its own.
    Where all units are of one network these are the means and variances of
    `league_table_from_scores` with one covariate, the label of assessor and period together; with
    the two as covariates they are so where one of them has one label. Without both columns they are
    means, and s²/n, s² pooled within units; `league_table` takes them as they are.
    Where the checks of each unit are alike (but for assessors and periods) s² is 0, which says
    nothing of the next check: no unit has an error.

    Only units of one network compare, and make a league::

        units = units.take(np.flatnonzero(~np.isnan(units["se"])))
        for network in np.unique(units["network"]):
            own = units.take(np.flatnonzero(units["network"] == network))
            league_table(own["adjusted"], own["se"] ** 2, units=own["unit"], n=own["checks"])

    Adjusted means share the assessors' effects: units of the same assessor are told apart better
    than their errors say, those of different assessors who met seldom worse (up to a factor √2);
    the league table takes them as independent.

    References
    ----------
    The worksheet of more than ten items, checked at odd times and summed at the month's end, and
    the deductions for complaints and spot checks are those of the source documents; mean, net and
    adjusted points are this library's answer to the sum.

    Searle, S. R. (1971). Linear Models. Wiley: the two-way classification without interaction, and
    what is estimable in it where cells are empty.

    Examples
    --------
    >>> from servqual.checklists.forms import checklist
    >>> hall = checklist("hall-worksheet")
    >>> grades = dict.fromkeys(hall.item_codes, [8, 8, 9])
    >>> found = worksheet_scores(hall, {"clerk": ["Li", "Li", "Wu"], **grades}, unit="clerk")
    >>> found.table["sum"].tolist(), found.table["mean"].tolist()
    ([176.0, 99.0], [88.0, 99.0])
    >>> found.cautions[0]
    "the raw sum puts 'Li' above 'Wu', though 'Wu' has more points a check"
    """
    choice("period", period, UNITS)
    least, confidence = probability("min_coverage", min_coverage), confidence_level(confidence)
    columns = Columns(
        unit=unit,
        time=time,
        assessor=assessor,
        deductions=deductions,
        check=check,
        item=item,
        answer=answer,
    )
    found = Checks.of(checklist, checks, columns, period, least)
    table, units = _by_period(found, confidence), unit_scores(found)
    cautions = _cautions(found, table, units, least)
    warned = (f"caution: {words}" for words in cautions)
    return WorksheetScores(
        table=attrs.evolve(table, note="; ".join([table.note, *warned])),
        units=units,
        assessors=assessor_effects(found, confidence),
        checks=_by_check(found, least),
        n=int(found.known.sum()),
        lowest=found.lowest,
        highest=found.highest,
        confidence=confidence,
        cautions=cautions,
    )


def _by_period(found: Checks, confidence: float) -> Table:
    """Return the points of units by period."""
    known, size = found.known, len(found.cells)
    points, own = found.points[known], found.cell[known]
    sums, off = added(points, own, size), added(found.deductions, found.cell, size)
    spread = mean_of_sums(sums_by(points[:, None] - found.lowest, own, size), found.width)[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.clip(sums / spread.n, found.lowest, found.highest)
        net = np.where(spread.n > 0, (sums - off) / spread.n, np.nan)
    mean = np.where(spread.n > 0, mean, np.nan)
    ends = t_interval(mean, spread.se, np.maximum(spread.df, 1.0), confidence)
    low, high = (np.clip(end, found.lowest, found.highest) for end in ends)
    alone, alike = spread.n == 1, spread.se == 0
    columns = {
        "checks": spread.n.astype(int),
        "sum": sums,
        "deductions": off,
        "net_sum": sums - off,
        "mean": mean,
        "net": net,
        "per_item": mean / found.weight,
        "share": (mean - found.lowest) / found.width,
        "sd": spread.sd,
        "se": spread.se,
        "low": low,
        "high": high,
        "lacking": first_reason(
            {"no interval: one check": alone, "no interval: checks alike": alike}
        ),
        "undefined": np.where(spread.n > 0, "", "no check"),
    }
    units, periods = zip(*found.cells, strict=True)
    keys = {"unit": list(units)}
    if found.columns.time is not None:
        keys["period"] = list(periods)
    intervals = interval_note(confidence, "t, cut to what is possible", "of means")
    note = f"points of a check: {found.lowest:g}..{found.highest:g}; {intervals}"
    return found.table("points of units", keys, columns, note)


def _by_check(found: Checks, least: float) -> Table:
    """Return the points of each check."""
    columns: dict[str, Any] = {"unit": found.unit.values}
    if found.columns.time is not None:
        columns["period"] = found.period.values
    if found.columns.assessor is not None:
        columns["assessor"] = found.assessor.values
    columns |= {
        "points": found.points,
        "deductions": found.deductions,
        "coverage": found.coverage,
        "undefined": first_reason(
            {"no answers": found.coverage == 0, f"coverage below {least:g}": ~found.known}
        ),
    }
    return found.table("checks", {"check": list(found.names)}, columns, "")


def _cautions(found: Checks, table: Table, units: Table, least: float) -> tuple[str, ...]:
    """Say what is to be minded."""
    checks, networks, points = table["checks"], int(units["network"].max()), ~found.known
    few = int(((checks > 0) & (checks < FEW)).sum())
    low = int((points & (found.coverage > 0)).sum())
    empty = int(((found.coverage == 0) & (found.deductions == 0)).sum())
    between = f"{conditions(found)} link units in {networks} networks only"
    said: dict[str, Any] = {
        _overruled(table): True,
        "deductions are spread over checks, of which units have more or fewer: in `net` one "
        "complaint costs those with few more": _unevenly_spread(table),
        f"{counted(found.items, 'item')}: the documents' worksheet has more than ten": found.graded
        and found.items <= ITEMS,
        f"{few:,} of {counted(len(table), 'mean')} stand on fewer than {FEW} checks": few,
        f"{counted(low, 'check')} without points: coverage below {least:g}": low,
        f"{counted(empty, 'check')} without an answer or a deduction": empty,
        f"{between}: between them nothing compares": networks > 1,
    }
    for factor in (found.unit, found.assessor):
        if NO_LABEL in factor.labels:
            count = int((factor.codes == factor.labels.index(NO_LABEL)).sum())
            own = "a unit" if factor is found.unit else "an assessor"
            said[f"{counted(count, 'check')} without the label of {own}"] = True
    return tuple(words for words, holds in said.items() if words and holds)


def _periods(table: Table) -> Places:
    """Return the place of each row's period."""
    if "period" not in table.keys:
        return np.zeros(len(table), dtype=np.intp)
    return np.unique(table["period"], return_inverse=True)[1].reshape(-1)


def _overruled(table: Table) -> str:
    """Give two units of one period that the sums order against the means, if there are any."""
    rows = np.flatnonzero(~np.isnan(table["mean"]))
    if not rows.size:
        return ""
    sums, means, periods = levels(table["sum"][rows]), levels(table["mean"][rows]), _periods(table)
    order = np.lexsort((means, sums, periods[rows]))
    ranks = (means + periods[rows] * len(rows))[order]  # where sums agree, those of means rise
    best = np.maximum.accumulate(ranks)
    if not (ranks < best).any():
        return ""
    other = int(np.argmax(ranks < best))
    one = int(np.argmax(ranks == best[other]))
    (above, below), within = table["unit"][rows[order[[other, one]]]].tolist(), ""
    if "period" in table.keys:
        within = f" in {table['period'][rows[order[other]]]}"
    put = f"the raw sum puts {above!r} above {below!r}{within}"
    return f"{put}, though {below!r} has more points a check"


def _unevenly_spread(table: Table) -> bool:
    """Tell whether there are deductions in a period in which units have more checks or fewer."""
    periods, checks = _periods(table), table["checks"]
    there = checks > 0
    off = added(table["deductions"], periods, len(table)) > 0
    least, most = np.full(len(table), np.inf), np.zeros(len(table))
    np.minimum.at(least, periods[there], checks[there])
    np.maximum.at(most, periods[there], checks[there])
    return bool((off & (least < most)).any())
