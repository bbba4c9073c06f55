"""Failures counted from an event log, or from cases side by side with the types."""

from collections.abc import Mapping
from typing import Any
from warnings import warn

import numpy as np

from servqual._checks import brief, choice, see_counts
from servqual._frames.arrays import matrix, table_of
from servqual._frames.calendar import UNITS, Clock, Period, labels_from, zone_of
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import natural_groups
from servqual._frames.logs import advice_on_words
from servqual._frames.words import Vocabulary, exactly
from servqual.failures._given import see_counted
from servqual.failures._log import Timeline
from servqual.failures._tally import Tally
from servqual.failures.counts import ONE, PERIOD, FailureCounts, Reading, are_events, weighed
from servqual.failures.schemes import FailureScheme

__all__ = ["count_cases", "count_failures"]


def count_failures(  # noqa: PLR0913 (columns of a log, and what is wanted of it)
    events: Any,  # noqa: ANN401 (any table)
    scheme: FailureScheme,
    *,
    event: ColumnRef = "event",
    time: ColumnRef = "time",
    period: Period | None = "day",
    by: ColumnRef | list[ColumnRef] | tuple[ColumnRef, ...] = (),
    case: ColumnRef | None = None,
    amount: ColumnRef | None = None,
    words: Mapping[Any, str | None] | None = None,
    first: Any = None,  # noqa: ANN401 (a date or a label)
    last: Any = None,  # noqa: ANN401 (the same)
    zone: str | None = None,
) -> FailureCounts:
    """Return how many failures of each type there were, period by period, in an event log.

    The log is read once, in batches, in any order of its rows; memory goes with the counts, not
    with the rows. Counts of two logs add by ``+``, and give what both give together as long as no
    case is in both.

    Parameters
    ----------
    events : table
        One row a failure: a data frame, mapping of columns, array, path of a .parquet file, lazy
        frame, DuckDB relation, Arrow data set, or an iterable of such.
    scheme : FailureScheme
        The types and their weights.
    event, time : str or int
        The columns of the type and the time, by name or place. Times are dates, datetimes or ISO
        texts, with a zone in all rows or in none; or numbers, which count periods themselves: 17.4
        lies in period 17.
    period : {"day", "hour", "week", "month", "quarter", "year"}, optional
        What a row counts; weeks begin on Mondays. None counts all as one row, without times.
    by : str, int, or several
        Columns of groups; each group has all periods. A missing label is a group of its own.
    case : str or int, optional
        The column that tells whose failure it is, such as the parcel. Rows of one case in one
        period and group are then one score, Σ weight, and the variance is Σ(score)²; memory goes
        with the cases. A row without a label is a case of its own, and a case that fails in two
        periods counts as two in the whole.
    amount : str or int, optional
        The column of how many units a row is, such as minutes, of types whose unit is not events:
        0 or more. Rows of other types count 1, whatever stands there. The variance is Σ(score)².
    words : mapping, optional
        The log's own words, or whole numbers, to codes of types; None passes their rows over.
    first, last : date, str, or number, optional
        The first and the last period that are wanted, with failures or without; rows outside are
        passed over. By default those of the first and the last failure. ``last="2026-03"`` is the
        last day of March.
    zone : str, optional
        The zone by which periods are told, as ``"America/New_York"``, for times that have one;
        without, periods are those of UTC.

    Returns
    -------
    FailureCounts
        The counts, groups in their natural order, periods from the first to the last without gaps;
        its note says how many rows there were, and how many of them are not counted.

    Raises
    ------
    TypeError, ValueError
        If a word is unknown, or a time, an event or a wanted amount is missing: the message names
        the row. If zones are mixed, or so many periods come out that a date is likely wrong.

    Warns
    -----
    UserWarning
        If there are rows of types in another unit than events, and no amounts: each counts as one.

    Examples
    --------
    >>> from servqual.failures.schemes import FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> days = ["2026-01-05", "2026-01-05", "2026-01-05", "2026-01-07", "2026-01-07"]
    >>> log = {"time": days, "event": ["late", "late", "lost", "late", "ok"]}
    >>> counts = count_failures(log, scheme, words={"ok": None})
    >>> counts.periods.tolist()
    ['2026-01-05', '2026-01-06', '2026-01-07']
    >>> counts.counts.tolist()
    [[2, 1], [0, 0], [1, 0]]
    >>> counts.note
    'rows: 5; rows passed over: 1; periods: 2026-01-05 to 2026-01-07'
    """
    see_counted(scheme)
    columns = tuple(by) if isinstance(by, (list, tuple)) else (by,)
    tally = Tally(
        scheme=scheme,
        vocabulary=Vocabulary(
            argument="event",
            column=event,
            codes=scheme.codes,
            words=words,
            example="{'delayed': 'late'}",
            advice=advice_on_words("type"),
            fold=exactly,
        ),
        by=columns,
        time=time,
        timeline=_timeline(period, first, last, zone),
        case=case,
        amount=amount,
    )
    tally.read(events)
    counts = _counts_of(tally)
    if amount is None:
        for kind, n in zip(scheme.types, counts.counts.sum(axis=0), strict=True):
            if n and not kind.is_event:
                unit = kind.unit.removesuffix("s")
                advice = "`amount` names the column that tells how many"
                warn(f"{kind.code!r}: each row counts as 1 {unit}; {advice}", stacklevel=2)
    return counts


def _timeline(period: object, first: object, last: object, zone: object) -> Timeline | None:
    """Return what tells the periods, None where all are one."""
    if period is not None:
        return Timeline(Clock(choice("period", period, UNITS), zone_of(zone)), first, last)
    for name, value in (("first", first), ("last", last), ("zone", zone)):
        if value is not None:
            msg = f"`{name}` needs periods, got {brief(value)} with period=None"
            raise ValueError(msg)
    return None


def _counts_of(tally: Tally) -> FailureCounts:
    """Return what was tallied."""
    time = tally.timeline
    ends = (0, 0) if time is None else time.close()
    if ends is None or not tally.groups:
        outside = 0 if time is None else time.outside
        missed = f"{tally.rows:,} rows, {tally.passed_over:,} passed over, {outside:,} outside"
        advice = "first= and last= tell the periods that had none" if ends is None else "see `by`"
        msg = f"`events` must have at least one failure, got {missed}; {advice}"
        raise ValueError(msg)
    tally.see_size()
    groups = list(tally.groups)
    order = natural_groups(groups)
    unit = "" if time is None else time.unit
    periods = np.array([ONE])
    if time is not None:
        periods = labels_from(np.arange(ends[0], ends[1] + 1), unit)
    keys: dict[str, Any] = {}
    for n, name in enumerate(tally.names):
        keys[name] = np.repeat([groups[place][n] for place in order], len(periods))
    keys[PERIOD] = np.tile(periods, len(groups))
    counts, squares = tally.totals(order)
    reading = _reading_of(tally)
    if not tally.scored:
        return weighed(tally.scheme, keys, counts, unit=unit, reading=reading)
    return FailureCounts(
        scheme=tally.scheme,
        keys=keys,
        counts=counts,
        squares=squares,
        largest=np.full(len(counts), tally.largest),
        scored=True,
        unit=unit,
        reading=reading,
    )


def _reading_of(tally: Tally) -> Reading:
    """Return how many rows there were, and which of them are not counted."""
    time, zone = tally.timeline, ""
    if time is not None and time.zoned:
        zone = "UTC" if time.clock.zone is None else time.clock.zone.key
    return Reading(
        rows=tally.rows,
        passed_over=tally.passed_over,
        outside=0 if time is None else time.outside,
        zone=zone,
        absent=tally.vocabulary.absent(),
    )


def count_cases(
    records: Any,  # noqa: ANN401 (an array or any frame)
    scheme: FailureScheme,
) -> FailureCounts:
    """Return how many failures of each type there were in a table with one row a case.

    The variance of the points is Σ(score of a case)², where the score is Σ weight × what the case
    has of each type: cases are independent of each other, not the failures or the minutes of one.

    Parameters
    ----------
    records : array_like, mapping, or frame
        One row a case, one column a type: how many, or how much in the unit of the type, 0 or more
        and never missing. Other columns of a frame are left out, and named in the note.
    scheme : FailureScheme
        The types and their weights.

    Returns
    -------
    FailureCounts
        One row, the whole.

    Raises
    ------
    TypeError, ValueError
        If a type has no column, or a number is missing, below 0, or not whole where events are
        counted; the message names the row.

    Examples
    --------
    >>> from servqual.failures.schemes import FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> counts = count_cases({"late": [1, 1, 0], "lost": [0, 1, 1]}, scheme)
    >>> counts.counts.tolist(), counts.squares.tolist(), counts.largest.tolist()
    ([[2, 2]], [222.0], [11.0])
    """
    see_counted(scheme)
    table = table_of("records", records, scheme.codes)
    cells = matrix("records", table, scheme.codes)
    see_counts(
        "records",
        cells,
        where=lambda row: f"row {row + 1}",
        events=are_events(scheme),
        types=scheme.codes,
        missing=False,
    )
    scores = cells @ scheme.points
    total = cells.sum(axis=0, keepdims=True)
    others = tuple(name for name in table.names if name not in scheme.codes)
    return FailureCounts(
        scheme=scheme,
        keys={PERIOD: [ONE]},
        counts=total.astype(np.int64) if (total % 1 == 0).all() else total,
        squares=[np.dot(scores, scores)],
        largest=[max(scores.max(), scheme.points.max())],
        scored=True,
        reading=Reading(noun="cases", rows=len(cells), left_out=others),
    )
