"""How long complaints stay open: Kaplan-Meier curves of cases, of which some are open still."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, frozen_array, same_array
from servqual._frames.columns import ColumnRef
from servqual._frames.grouped import By
from servqual._stats.survival import pooled
from servqual.recovery._case_logs import cases_of_log
from servqual.recovery._cases import Cases, unit_word
from servqual.recovery._curve_tables import MEDIAN, Grouped, closing_times, curve_columns
from servqual.tables import Result, Table

__all__ = ["ComplaintCurve", "complaint_curve", "complaint_curve_from_cases"]


@attrs.frozen(kw_only=True, repr=False)
class ComplaintCurve(Result):
    """How long complaints stay open, all together and group by group.

    Parameters
    ----------
    median, median_low, median_high : float
        The first time by which half of all cases are closed, with its interval; in the unit of the
        durations. `median_low` may be known where the median is not: the median is above it.
    n, closed, open : int
        The cases that count, and how many of them are closed and open.
    missing, too_late : int
        Cases without a duration or without `closed`, and those opened after the end of the log;
        neither are among the n.
    unit : str
        The unit of the durations, or "".
    by : tuple of str
        The group columns.
    confidence : float
        The confidence of the intervals.
    cautions : tuple of str
        What looks wrong, or none.
    groups : Table
        One row a group, and one without groups: `n`, `closed`, `open` and `missing` cases; how many
        would be closed, `expected`, if all groups had one curve; `median`, `low`, `high`, and what
        is `lacking` or `undefined`.
    test : Table
        The log-rank test of the groups, one row: `n` cases in so many `groups`, `chi2`, `df`, `p`
        and `undefined`. It is not shown where there are no groups.
    table : Table
        The curves, one row a group and distinct `time`: cases `at_risk`, which are open just before
        it; those `closed` at this time, and those `censored`, open when last seen; the `open_share`
        S, with Greenwood's `se`, `low` and `high`; `lacking`; `undefined`, which is "".
    ends : numpy.ndarray (groups + 1,)
        The rows of group g in `table` are ``ends[g]:ends[g + 1]``.
    lacking, undefined : str
        What the median of all lacks, and why there is none; or "".
    """

    groups: Table
    test: Table
    table: Table
    median: float = attrs.field(eq=repr)
    median_low: float = attrs.field(eq=repr)
    median_high: float = attrs.field(eq=repr)
    n: int
    closed: int
    open: int
    missing: int
    too_late: int
    unit: str
    by: tuple[str, ...]
    confidence: float
    cautions: tuple[str, ...]
    ends: NDArray[np.intp] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    lacking: str
    undefined: str

    def _tables(self) -> list[Table]:
        return [self.groups, self.test, self.table] if self.by else [self.groups, self.table]


def complaint_curve(
    durations: Any,  # noqa: ANN401 (numbers or times of any kind)
    closed: Any,  # noqa: ANN401 (booleans of any kind)
    *,
    by: Any = None,  # noqa: ANN401 (labels of any kind)
    unit: str = "",
    confidence: float = 0.95,
) -> ComplaintCurve:
    """Return the share of complaints that are still open after any time, and the median time.

    Kaplan-Meier: S(t) = Π(1 - d/n) over the times up to t at which d of n cases are closed; what is
    open counts among the n for as long as it was seen, its duration. The interval of S is
    S^exp(±z·√V/ln S) with Greenwood's V = Σ d/(n(n - d)), and se = S·√V. The median is the smallest
    t with S(t) ≤ ½; its interval has the times at which the ends of that of S come down to ½.

    Parameters
    ----------
    durations : array_like
        From opening to closing; of an open case, from opening until it was last seen open. Numbers
        of 0 or more in one unit, or times (timedelta), which need `unit`. NaN, NaT and None are
        missing.
    closed : array_like of bool
        True or 1 where the case is closed, False or 0 where it is open. NaN and None are missing.
    by : array_like, or mapping of str to labels, optional
        The label of each case, or several columns of them by name; every combination that occurs is
        a group. Labels alone are called as their Series is, else "group". Cases without a label are
        the group "(missing)", which the test leaves out.
    unit : str
        The unit of the durations, such as ``"hour"``.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    ComplaintCurve
        Times in the unit of the durations, shares in 0..1.

    Raises
    ------
    TypeError, ValueError
        If a duration is no number, below 0 or infinite (the message has its row), `closed` is
        neither true nor false, or lengths differ.

    Notes
    -----
    The median of the closed cases alone is too short while others are open, for the slow ones are
    those. The curve has them, as long as cases that are open now would go on as others did that
    were open so long: their censoring must not depend on how hard they are. A case that was given
    up, merged or handed on is not censored in this sense. A log that leaves open cases out gives
    times that are too short, and nothing in it tells.

    Cases count as independent. A case that was opened again is one case with the time to its last
    closing, or one for each opening; say which. The log-rank test finds best what is closed at a
    rate that differs by one factor throughout, and may miss curves that cross. Where exactly half
    of the cases are closed, R's survival gives the middle between the median here and the next time
    at which a case is closed. The test does not say which groups differ: `curve_differences` does.

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete observations.
    Journal of the American Statistical Association 53(282), 457-481.
    https://doi.org/10.1080/01621459.1958.10501452

    Brookmeyer, R., & Crowley, J. (1982). A confidence interval for the median survival time.
    Biometrics 38(1), 29-41. https://doi.org/10.2307/2530286

    Peto, R., & Peto, J. (1972). Asymptotically efficient rank invariant test procedures. Journal of
    the Royal Statistical Society A 135(2), 185-207. https://doi.org/10.2307/2344317

    Examples
    --------
    One of four is closed after an hour: 3/4 are open. One more leaves the log open after two. Of
    the two left, one is closed after five: 3/4 · 1/2.

    >>> found = complaint_curve([1, 2, 5, 9], closed=[True, False, True, False])
    >>> found.table["open_share"].tolist()
    [0.75, 0.75, 0.375, 0.375]
    >>> found.median, found.closed, found.open
    (5.0, 2, 2)
    """
    confidence = confidence_level(confidence)
    return _curve_of(Cases.of(durations, closed, by, unit_word(unit)), confidence)


def complaint_curve_from_cases(  # noqa: PLR0913 (the columns of a log)
    cases: Any,  # noqa: ANN401 (any table)
    *,
    opened: ColumnRef = "opened",
    closed: ColumnRef = "closed",
    until: Any = None,  # noqa: ANN401 (a date of any kind)
    by: By = None,
    unit: str = "hour",
    confidence: float = 0.95,
) -> ComplaintCurve:
    """Return the share of complaints that are still open after any time, as `complaint_curve` does.

    A case without a closing is open until the end of the log, `until`, and so is one that is closed
    later.

    Parameters
    ----------
    cases : data frame or mapping of columns
        One row a case.
    opened, closed : str or int
        The columns, by name or place: dates (datetime, ISO texts), all with a zone or all without,
        or numbers that count in the `unit`. A case that is open has no closing: None, NaT, NaN or a
        blank text. One without an opening is missing.
    until : datetime, date, str or float, optional
        When the log was drawn. Cases opened later are left out and counted. Default the latest of
        all openings and closings, which a caution then names.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns that make groups, or names and the label of each case.
    unit : {"second", "minute", "hour", "day"}
        The unit of the times in the result, also as ``"hours"`` or ``"h"``.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    ComplaintCurve
        Times in the unit. `missing` counts cases without an opening, `too_late` those opened after
        `until`.

    Raises
    ------
    TypeError, ValueError
        If a column is unknown, a cell is no date, a case was closed before it was opened (the
        message has its row), some dates have a zone and others none, or `until` is of another kind.

    Notes
    -----
    A date without a clock time is its midnight, at the beginning of the day: give the end of the
    last day as `until`. Times are those of the calendar, with nights, weekends and holidays; local
    times without a zone gain or lose an hour where clocks are changed. What `complaint_curve` says
    of open cases holds here too.

    Examples
    --------
    >>> log = {
    ...     "opened": ["2026-03-02 09:00", "2026-03-02 10:00", "2026-03-02 12:00"],
    ...     "closed": ["2026-03-02 10:00", "", "2026-03-02 15:00"],
    ... }
    >>> found = complaint_curve_from_cases(log, until="2026-03-02 16:00")
    >>> found.table["time"].tolist(), found.open
    ([1.0, 3.0, 6.0], 1)
    >>> found.median
    3.0
    """
    confidence = confidence_level(confidence)
    found = cases_of_log(cases, opened, closed, until=until, by=by, unit=unit)
    return _curve_of(found, confidence)


def _curve_of(cases: Cases, confidence: float) -> ComplaintCurve:
    """Return the result from checked columns."""
    found = Grouped.of(cases, confidence)
    one = len(found.labels) == 1
    whole = found.columns if one else curve_columns(pooled(found.curves), confidence)
    median = closing_times(whole, np.array([0, len(whole["time"])]), MEDIAN)
    own = {name: column[0].item() for name, column in median.items()}
    test, expected = found.test()
    return ComplaintCurve(
        groups=found.groups(expected, median),
        test=test,
        table=found.table(),
        median=own["time"],
        median_low=own["low"],
        median_high=own["high"],
        n=int(found.n.sum()),
        closed=int(found.curves.events.sum()),
        open=int(found.curves.censored.sum()),
        missing=int(found.missing.sum()),
        too_late=cases.too_late,
        unit=found.unit,
        by=found.by,
        confidence=confidence,
        cautions=found.cautions,
        ends=found.curves.ends,
        lacking=own["lacking"],
        undefined=own["undefined"],
    )
