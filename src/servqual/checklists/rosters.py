"""Rosters held against the hours that were promised: when and where too few people are there."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import whole
from servqual._frames.arrays import table_of
from servqual._frames.calendar import DAY
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import keyed
from servqual._frames.words import Places, counted
from servqual.checklists._shifts import (
    HOUR,
    Days,
    Shifts,
    alike_names,
    clock_text,
    hours_of,
    places_of,
    see_persons,
)
from servqual.tables import Result, Table

__all__ = ["RosterCoverage", "roster_coverage"]

Ints = NDArray[np.int64]
MOST = 100_000  # days of places; more is likely a slip in a date


@attrs.frozen(kw_only=True, repr=False)
class RosterCoverage(Result):
    """When a roster has enough people, and when it has not.

    Parameters
    ----------
    table : Table
        One row a `place`, if there are any, and `day`: `needed_hours`, `covered_hours` with enough
        people, their `share`, and the `fewest` and `most` people at any moment of the hours needed.
        Hours past midnight are of the day on which they begin.
    uncovered : Table
        One row a stretch without enough people, as long as it can be: its `place`, `start` and
        `end`, its `hours`, and the mean number of people there, `heads`. Without dates, `day` is
        that in whose hours it starts, and it may lie beyond 24:00, in a later one.
    hours : Table
        One row a `place`, `day` and `hour` of the day (9 is 09:00 to 10:00, 25 is 01:00 to 02:00
        of the next): how much of it is needed (`needed_hours`), the share `covered` of that, and
        the mean number of people in it, `heads`.
    share : float
        The hours covered as a share of those needed, over all places and days.
    needed_hours, covered_hours, uncovered_hours : float
        Of all places and days; the first is the sum of the others.
    complete : bool
        Whether nothing is uncovered.
    days, places : tuple of str
        In the order of the Tables; no places where no column of them is named.
    needed : int
        How many people are enough.
    cautions : tuple of str
        What to mind, or none: days, or places, whose names differ only in case or blanks. The note
        of `table` has them too.
    """

    table: Table
    uncovered: Table
    hours: Table
    share: float
    needed_hours: float
    covered_hours: float
    uncovered_hours: float
    complete: bool
    days: tuple[str, ...]
    places: tuple[str, ...]
    needed: int
    cautions: tuple[str, ...]


def roster_coverage(  # noqa: PLR0913 (columns of the shifts)
    shifts: Any,  # noqa: ANN401 (any table)
    *,
    start: ColumnRef = "start",
    end: ColumnRef = "end",
    day: ColumnRef | None = None,
    place: ColumnRef | None = None,
    person: ColumnRef | None = None,
    days: Any = None,  # noqa: ANN401 (labels or dates of any kind)
    places: Sequence[str] | None = None,
    hours: Sequence[Any] = (0, 24),
    needed: int = 1,
) -> RosterCoverage:
    """Return how much of the hours promised a roster covers, and each stretch that it does not.

    share = T(h ≥ needed) / T, with h(t) the number of shifts that start at or before t and end
    after it, and T the time of all places, days and hours. Exact to the microsecond.

    Parameters
    ----------
    shifts : table
        A data frame, or a mapping of columns: one row a shift.
    start, end : str or int
        The columns of when a shift begins and ends, by name or place. Without `day` they are dates
        with a time, as ``"2026-03-02 22:00"``, all with a zone (days and hours are then those of
        UTC) or all without. With `day` they are clock times of that day, as ``"08:30"``, or numbers
        of hours, as 8.5 (of texts only whole ones, as ``"8"``): a day ends at ``"24:00"``, and a
        shift that ends beyond it, as ``"30:00"``, runs into the next day.
    day : str or int, optional
        The column of days: dates, as ``"2026-03-02"``, or labels, as ``"Mon"``. Labels are those of
        a cycle: each day runs into the next, and the last into the first.
    place : str or int, optional
        The column of places, each of which needs people of its own.
    person : str or int, optional
        The column of who comes: nobody can have two shifts at one time. Without it, shifts at one
        time are of different people.
    days : sequence, optional
        The days to be covered: of a cycle the labels of all, in their order (default: as they
        come); otherwise dates, or labels of months and years for all of their days, as
        ``"2026-03"`` (default: each day from the first to the last that a shift touches, so that
        one past midnight makes the next a day to be covered).
    places : sequence of str, optional
        Further places, which may have no shift.
    hours : tuple
        From when to when there must be people on each day, as ``(9, 18)`` or
        ``("08:30", "18:00")``; by default at any time. They may go on past midnight, as
        ``(22, 30)`` to six in the morning, for at most 24 hours.
    needed : int
        How many people are enough.

    Returns
    -------
    RosterCoverage
        A day or place without a shift is one without coverage. Shifts outside the days and hours
        count for nothing; the note of the table says how many there are.

    Raises
    ------
    TypeError, ValueError
        If there are no shifts, a cell is missing or cannot be read, a shift does not end after it
        begins, two of one person overlap, or days are not known; the message names the row.

    Notes
    -----
    A shift may touch the next of the same person. Every day has 24 hours: where clocks are turned,
    give times with their zone. More shifts never cover less of the same days and places, and a
    shift may be cut in two at any moment.

    References
    ----------
    Ernst, A. T., Jiang, H., Krishnamoorthy, M. & Sier, D. (2004). Staff scheduling and rostering: a
    review of applications, methods and models. European Journal of Operational Research 153(1),
    3-27.

    Examples
    --------
    >>> shifts = {"day": ["Mon", "Tue"], "start": ["00:00", "08:00"], "end": ["24:00", "20:00"]}
    >>> found = roster_coverage(shifts, day="day")
    >>> found.share, found.uncovered_hours, found.complete
    (0.75, 12.0, False)
    >>> found.uncovered.select("hours")
    Stretches with fewer people than needed
    day  start  end    hours
    Tue  00:00  08:00  8.000
    Tue  20:00  24:00  4.000
    """
    least = whole("needed", needed, least=1)
    opens, closes = hours_of(hours)
    source = table_of("shifts", shifts, hint="; give a frame with the columns start and end")
    found = (
        Shifts.of_dates(source, start, end, days)
        if day is None
        else Shifts.of_clocks(source, start, end, day, days)
    )
    labels, at = places_of(source, place, places, found.rows)
    see_persons(source, person, found)
    cautions = tuple(filter(None, [found.caution, alike_names(labels, at)]))
    axis = _Axis(found.days, labels, opens, closes)
    sweep = axis.sweep(found, at, least)
    covered, needed_time = int(sweep.covered.sum()), int(sweep.needed.sum())
    return RosterCoverage(
        table=_by_day(axis, sweep, _note(found, sweep, least, cautions)),
        uncovered=_uncovered(axis, sweep),
        hours=_by_hour(axis, sweep),
        share=covered / needed_time,
        needed_hours=needed_time / HOUR,
        covered_hours=covered / HOUR,
        uncovered_hours=(needed_time - covered) / HOUR,
        complete=covered == needed_time,
        days=found.days.labels,
        places=labels,
        needed=least,
        cautions=cautions,
    )


@attrs.frozen(eq=False)
class _Sweep:
    """The number of people between two moments at which something changes, and sums by hour."""

    bounds: Ints
    heads: Ints
    short: NDArray[np.bool_]
    firsts: Places  # of each hour, the first stretch
    needed: Ints
    covered: Ints
    weighted: Ints
    outside: int

    @property
    def lengths(self) -> Ints:
        """The time from each bound to the next."""
        return np.diff(self.bounds)


@attrs.frozen(eq=False)
class _Axis:
    """The time that needs people, without what lies between: place after place, day after day."""

    days: Days
    places: tuple[str, ...]
    opens: int
    closes: int

    def __attrs_post_init__(self) -> None:
        days, places = len(self.days.labels), self.count
        if days * places > MOST:
            at = f" at {places:,} places" if places > 1 else ""
            rule = f"`days` must be at most {MOST:,}, times places"
            span = f"{self.days.labels[0]}..{self.days.labels[-1]}"
            msg = f"{rule}, got {days:,} ({span}){at}; see that no date is a slip, or name fewer"
            raise ValueError(msg)

    @property
    def count(self) -> int:
        """How many places there are; those without a name are one."""
        return len(self.places) or 1

    @property
    def width(self) -> int:
        """The time of a day."""
        return self.closes - self.opens

    @property
    def length(self) -> int:
        """The time of a place."""
        return self.width * len(self.days.labels)

    @property
    def edges(self) -> Ints:
        """When each hour of a day begins, of the day that begins at 0, and when the last ends."""
        inner = np.arange(self.opens // HOUR + 1, -(-self.closes // HOUR)) * HOUR
        return np.array([self.opens, *inner.tolist(), self.closes])

    @property
    def marks(self) -> Ints:
        """When each hour begins, and the end of all."""
        starts = self.width * np.arange(self.count * len(self.days.labels))
        inner = (starts[:, None] + (self.edges[:-1] - self.opens)).ravel()
        return np.append(inner, self.length * self.count)

    def of(self, moments: Ints) -> Ints:
        """Return where moments lie on the axis of a place; those between, where it goes on."""
        moments, ordinals = moments - self.opens, self.days.ordinals
        days = moments // DAY  # each from when it opens, for it may close on the next
        nth = np.searchsorted(ordinals, days)
        there = ordinals[np.minimum(nth, len(ordinals) - 1)] == days
        within = np.minimum(moments % DAY, self.width)
        return nth * self.width + np.where(there, within, 0)

    def sweep(self, shifts: Shifts, at: Places, least: int) -> _Sweep:
        """Count people at each moment, one more from where a shift begins to where it ends."""
        row, begins, ends, marks = shifts.row, shifts.begins, shifts.ends, self.marks
        if self.days.cyclic and self.closes > DAY:  # who is there first is there at the end too
            cycle = DAY * len(self.days.labels)
            row = np.tile(row, 2)
            begins, ends = (np.concatenate([each, each + cycle]) for each in (begins, ends))
        offsets = self.length * at[row]
        begins, ends = offsets + self.of(begins), offsets + self.of(ends)
        bounds = np.sort(np.concatenate([begins, ends, marks]))  # np.unique takes thrice as long
        bounds = bounds[np.diff(bounds, prepend=-1) > 0]
        came, left = (
            np.bincount(np.searchsorted(bounds, moments), minlength=len(bounds))
            for moments in (begins, ends)
        )
        heads, lengths = np.cumsum(came - left)[:-1], np.diff(bounds)
        firsts, short = np.searchsorted(bounds, marks[:-1]), heads < least
        used = np.zeros(shifts.rows, dtype=bool)
        used[row[begins < ends]] = True
        return _Sweep(
            bounds=bounds,
            heads=heads,
            short=short,
            firsts=firsts,
            needed=np.diff(marks),
            covered=np.add.reduceat(np.where(short, 0, lengths), firsts),
            weighted=np.add.reduceat(heads * lengths, firsts),
            outside=int(np.sum(~used)),
        )

    def keys(self, labels: dict[str, Sequence[str]]) -> dict[str, Any]:
        """Return the key columns of a table: `labels` at each place."""
        by = ("place",) if self.places else ()
        return keyed(by, [(name,) for name in self.places] or [()], labels)


def _note(shifts: Shifts, sweep: _Sweep, least: int, cautions: Sequence[str]) -> str:
    said = [f"covered: at least {least} there"]
    over = len(shifts.row) - shifts.rows
    if over:
        labels = shifts.days.labels
        ran = "runs" if over == 1 else "run"
        said.append(f"{counted(over, 'shift')} {ran} from {labels[-1]!r} into {labels[0]!r}")
    if sweep.outside:
        lies = "lies" if sweep.outside == 1 else "lie"
        said.append(f"{counted(sweep.outside, 'shift')} {lies} outside the days and hours")
    if shifts.zoned:
        said.append("days and hours are those of UTC")
    return "; ".join([*said, *(f"caution: {words}" for words in cautions)])


def _by_day(axis: _Axis, sweep: _Sweep, note: str) -> Table:
    """Return the coverage of each day."""
    per_day = len(axis.edges) - 1
    needed, covered = (
        each.reshape(-1, per_day).sum(axis=1) for each in (sweep.needed, sweep.covered)
    )
    firsts = sweep.firsts[::per_day]
    keys = axis.keys({"day": axis.days.labels})
    columns = {
        "needed_hours": needed / HOUR,
        "covered_hours": covered / HOUR,
        "share": covered / needed,
        "fewest": np.minimum.reduceat(sweep.heads, firsts),
        "most": np.maximum.reduceat(sweep.heads, firsts),
    }
    return Table(title="Coverage of a roster", keys=tuple(keys), data=keys | columns, note=note)


def _by_hour(axis: _Axis, sweep: _Sweep) -> Table:
    """Return the coverage of each hour of each day."""
    hours = axis.edges[:-1] // HOUR
    keys = axis.keys({"day": [d for d in axis.days.labels for _ in hours]})
    keys["hour"] = np.tile(hours, len(sweep.needed) // len(hours))
    columns = {
        "needed_hours": sweep.needed / HOUR,
        "covered": sweep.covered / sweep.needed,
        "heads": sweep.weighted / sweep.needed,
    }
    return Table(title="Coverage by hour", keys=tuple(keys), data=keys | columns)


def _uncovered(axis: _Axis, sweep: _Sweep) -> Table:
    """Return each stretch with too few people, with its beginning and end."""
    starts, lengths, weighted = _stretches(axis, sweep)
    nth = starts // axis.width
    day = nth % len(axis.days.labels)
    begins = axis.opens + starts % axis.width
    ends = begins + lengths  # what follows without a break on the axis does so in time
    keys: dict[str, Any] = {}
    if axis.places:
        keys["place"] = np.array(axis.places)[nth // len(axis.days.labels)]
    if axis.days.cyclic:
        keys["day"] = np.array(axis.days.labels)[day]
        keys["start"] = np.array([clock_text(tick) for tick in begins.tolist()], dtype=str)
        keys["end"] = np.array([clock_text(tick) for tick in ends.tolist()], dtype=str)
    else:
        midnight = DAY * axis.days.ordinals[day]
        keys["start"], keys["end"] = (
            (midnight + ticks).view("datetime64[us]") for ticks in (begins, ends)
        )
    columns = {"hours": lengths / HOUR, "heads": weighted / lengths}
    title = "Stretches with fewer people than needed"
    return Table(title=title, keys=tuple(keys), data=keys | columns)


def _stretches(axis: _Axis, sweep: _Sweep) -> tuple[Ints, Ints, Ints]:
    """Return where stretches with too few people begin, how long they are, and heads × time."""
    bounds, short, ordinals = sweep.bounds, sweep.short, axis.days.ordinals
    round_the_clock = axis.width == DAY
    goes_on = round_the_clock & (np.diff(ordinals, prepend=ordinals[0]) == 1)  # from the day before
    apart = (bounds % axis.width == 0) & ~goes_on[bounds // axis.width % len(ordinals)]
    first = short & (apart[:-1] | ~np.append([False], short[:-1]))
    last = short & (apart[1:] | ~np.append(short[1:], [False]))
    starts, stops = bounds[:-1][first], bounds[1:][last]
    lengths = stops - starts
    people_time = np.where(short, sweep.heads * sweep.lengths, 0)
    weighted = np.add.reduceat(people_time, np.flatnonzero(first))
    if not (axis.days.cyclic and round_the_clock):
        return starts, lengths, weighted
    head, tail = (np.flatnonzero(each % axis.length == 0) for each in (starts, stops))
    _, early, late = np.intersect1d(
        starts[head] // axis.length, (stops[tail] - 1) // axis.length, return_indices=True
    )
    early, late = head[early], tail[late]  # the last stretch of a place goes on with its first
    early, late = early[early != late], late[early != late]
    lengths[late] += lengths[early]
    weighted[late] += weighted[early]
    kept = np.delete(np.arange(len(starts)), early)
    return starts[kept], lengths[kept], weighted[kept]
