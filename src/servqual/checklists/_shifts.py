"""Shifts of a roster as they are read: when each begins and ends, at which place, and whose it is.

Moments are whole microseconds: from 1970 on, or from the beginning of a cycle of days.
"""

import re
from collections.abc import Iterable, Sequence, Sized
from datetime import date, time
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, instance, is_nothing, plain_number
from servqual._frames.calendar import DAY, bound, is_date, labels_from
from servqual._frames.columns import Coded, ColumnRef
from servqual._frames.groups import label_of, natural
from servqual._frames.sources import Source
from servqual._frames.times import counted, dates_of, is_span
from servqual._frames.words import Places, Vocabulary, alike_labels, cells_of, coded, exactly

__all__ = [
    "HOUR",
    "Days",
    "Shifts",
    "alike_names",
    "clock_text",
    "hours_of",
    "places_of",
    "see_persons",
]

Ints = NDArray[np.int64]
HOUR = DAY // 24
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
POINTED = re.compile(r"(\d{1,2})[.,](?!0+$)([0-5]\d?)")  # half past eight to many, 8.3 to others
OVERNIGHT = (
    "; a day ends at '24:00', and a shift past midnight beyond it, as '30:00', or is two shifts"
)


@attrs.frozen(eq=False)
class Days:
    """The days to be covered: of the calendar, or of a cycle whose last runs into its first."""

    labels: tuple[str, ...]
    ordinals: Ints
    cyclic: bool

    @classmethod
    def of_dates(cls, days: Any, begins: Ints, ends: Ints) -> "Days":  # noqa: ANN401 (of any kind)
        """Take dates, and labels of periods for all of their days; or all that shifts touch."""
        if days is None:
            found = np.arange(begins.min() // DAY, (ends.max() - 1) // DAY + 1)
        else:
            parts = [
                np.arange(
                    bound("days", day, "day", last=False), 1 + bound("days", day, "day", last=True)
                )
                for day in _listed("days", days)
            ]
            found = np.unique(np.concatenate(parts))
        return cls(tuple(labels_from(found, "day").tolist()), found, cyclic=False)

    def moment(self, tick: int) -> str:
        """Return a moment as it may stand in a message."""
        if not self.cyclic:
            return str(np.datetime64(tick, "us").item())
        return f"{self.labels[tick // DAY]} {clock_text(tick % DAY)}"


@attrs.frozen(eq=False)
class Shifts:
    """Stretches of time in which somebody is there, and the row that each came from.

    `rows` is how many shifts there are; one that runs over the end of a cycle is two stretches.
    `caution` names days that are hardly two.
    """

    begins: Ints
    ends: Ints
    row: Places
    rows: int
    days: Days
    zoned: bool
    caution: str = ""

    @classmethod
    def of_dates(
        cls,
        source: Source,
        start: ColumnRef,
        end: ColumnRef,
        days: Any,  # noqa: ANN401 (of any kind)
    ) -> "Shifts":
        """Read shifts that begin and end at dates."""
        begins, zoned = _dates(source, "start", start)
        ends, zoned = _dates(source, "end", end, zoned=zoned)
        _see_order(source, start, end, begins, ends)
        own = Days.of_dates(days, begins, ends)
        return cls(begins, ends, np.arange(len(begins)), len(begins), own, zoned=bool(zoned))

    @classmethod
    def of_clocks(
        cls,
        source: Source,
        start: ColumnRef,
        end: ColumnRef,
        day: ColumnRef,
        days: Any,  # noqa: ANN401 (of any kind)
    ) -> "Shifts":
        """Read shifts that begin and end at clock times of a day, a date or one of a cycle."""
        begins = _clocks(source, "start", start, DAY)
        ends = _clocks(source, "end", end, 2 * DAY)
        _see_order(source, start, end, begins, ends, OVERNIGHT)
        cells, codes = _cells(source, source.place("day", day))
        dated = {is_date(cell) for cell in cells if not is_nothing(cell) and cell != ""}
        if len(dated) > 1:
            place = next(n for n, cell in enumerate(cells) if not is_date(cell))
            row = int(np.argmax(codes == place)) + 1
            msg = f"`day` must be dates or labels, got both ({cells[place]!r} in row {row})"
            raise ValueError(msg)
        if dated == {True}:
            return cls._of_dated_clocks((cells, codes), begins, ends, days)
        return cls._of_cycle((cells, codes), begins, ends, days)

    @classmethod
    def _of_dated_clocks(cls, found: Coded, begins: Ints, ends: Ints, days: Any) -> "Shifts":  # noqa: ANN401 (of any kind)
        cells, codes = found
        absent = np.array([is_nothing(cell) or cell == "" for cell in cells])[codes]
        if absent.any():
            msg = f"`day` must be there in every row, got nothing (row {np.argmax(absent) + 1})"
            raise ValueError(msg)
        dates = np.array([bound("day", cell, "day", last=False) for cell in cells], np.int64)
        starts = DAY * dates[codes]
        begins, ends = starts + begins, starts + ends
        own = Days.of_dates(days, begins, ends)
        return cls(begins, ends, np.arange(len(begins)), len(begins), own, zoned=False)

    @classmethod
    def _of_cycle(cls, found: Coded, begins: Ints, ends: Ints, days: Any) -> "Shifts":  # noqa: ANN401 (of any kind)
        """Read shifts of a cycle, at whose end they go on at its beginning."""
        known = None if days is None else distinct("days", map(label_of, _listed("days", days)))
        words = Vocabulary(
            argument="day",
            column="day",
            codes=known,
            words=None,
            advice="name all days of the cycle in `days`",
            fold=label_of,
        )
        places = words.places(found, before=0)
        cycle = DAY * len(words.texts)
        lengths = ends - begins
        if (long := lengths > cycle).any():
            row = int(np.argmax(long))
            rule = "a shift must not be longer than the cycle of all days"
            came = f"{cycle // HOUR} hours, got {lengths[row] / HOUR:g} (row {row + 1})"
            msg = f"`end`: {rule}, {came}; name all days in `days`"
            raise ValueError(msg)
        begins = (DAY * places + begins) % cycle
        ends = begins + lengths
        over = np.flatnonzero(ends > cycle)
        rows = np.arange(len(begins))
        own = Days(tuple(words.texts), np.arange(len(words.texts)), cyclic=True)
        return cls(
            np.concatenate([begins, np.zeros(len(over), np.int64)]),
            np.concatenate([np.minimum(ends, cycle), ends[over] - cycle]),
            np.concatenate([rows, over]),
            len(rows),
            own,
            zoned=False,
            caution=alike_names(own.labels, places),
        )


def hours_of(hours: Any) -> tuple[int, int]:  # noqa: ANN401 (clock times of any kind)
    """Return between which moments of each day there must be somebody."""
    instance("hours", hours, list, tuple, hint="; give the first and the last, as (9, 18)")
    if len(hours) != 2:
        msg = f"`hours` must be the first and the last of a day, as (9, 18), got {brief(hours)}"
        raise ValueError(msg)
    opens, closes = (_clock("hours", cell) for cell in hours)
    if not (0 <= opens < DAY and opens < closes <= opens + DAY):
        rule = "`hours` must rise, begin in 0..24 and last at most 24 hours"
        msg = f"{rule}, got {brief(hours)}; past midnight they go on, as (22, 30)"
        raise ValueError(msg)
    return opens, closes


def alike_names(labels: Sequence[str], codes: Places) -> str:
    """Say which names of shifts' days or places differ only in case or blanks."""
    return alike_labels(labels, np.bincount(codes, minlength=len(labels)).tolist(), "shift")


def places_of(
    source: Source, place: ColumnRef | None, places: Sequence[str] | None, rows: int
) -> tuple[tuple[str, ...], Places]:
    """Return all places in their order, and that of each shift; none have no name."""
    if place is None:
        if places is not None:
            msg = "`places` needs the column of the shifts' places; name it in `place`"
            raise ValueError(msg)
        return (), np.zeros(rows, dtype=np.intp)
    labels, codes = _named(source, "place", place, "a place")
    extra = () if places is None else distinct("places", map(label_of, _listed("places", places)))
    if "" in extra:
        msg = "`places` must be names, got nothing among them"
        raise ValueError(msg)
    ordered = sorted({*labels, *extra}, key=natural)
    at = {label: code for code, label in enumerate(ordered)}
    return tuple(ordered), np.array([at[label] for label in labels], dtype=np.intp)[codes]


def see_persons(source: Source, person: ColumnRef | None, shifts: Shifts) -> None:
    """See that nobody has two shifts at one time."""
    if person is None:
        return
    labels, codes = _named(source, "person", person, "a person, for an open shift covers nothing")
    own = codes[shifts.row]
    order = np.lexsort((shifts.begins, own))
    begins, ends, own = shifts.begins[order], shifts.ends[order], own[order]
    both = (own[1:] == own[:-1]) & (begins[1:] < ends[:-1])  # if any two do, two neighbours do
    if not both.any():
        return
    place = int(np.argmax(both))
    one, other = (shifts.row[order[place : place + 2]] + 1).tolist()
    when = shifts.days.moment(int(begins[place + 1]))
    msg = (
        f"`person` must not be at two places: {labels[own[place]]!r} begins a shift (row {other}) "
        f"at {when}, before the other ends (row {one})"
    )
    raise ValueError(msg)


def clock_text(tick: int) -> str:
    """Return a time of a day, which may lie beyond its end, as "08:30"."""
    minutes, rest = divmod(tick, HOUR // 60)
    seconds = f":{rest / 1e6:09.6f}".rstrip("0").rstrip(".") if rest else ""
    return f"{minutes // 60:02}:{minutes % 60:02}{seconds}"


def _listed(argument: str, values: Any) -> list[Any]:  # noqa: ANN401 (of any kind)
    """Return one or several as a list of at least one."""
    values = [values] if isinstance(values, (str, date)) else values
    instance(argument, values, Iterable, hint="; give a sequence")
    found = list(values)
    if not found:
        msg = f"`{argument}` must be at least one, got none"
        raise ValueError(msg)
    return found


def _dates(
    source: Source, argument: str, column: ColumnRef, *, zoned: bool | None = None
) -> tuple[Ints, bool | None]:
    """Return a column of dates, each of which is there, and whether they have a zone."""
    place = source.place(argument, column)
    advice = "; of clock times name the column of their day, as day='day'"
    try:
        times, zoned = dates_of(source, argument, place, zoned=zoned, advice=advice)
    except ValueError as error:
        cells = source.column(place)
        clocks = any(isinstance(cell, time) or _is_clock(cell) for cell in cells)
        msg = f"{error}{advice}"
        raise (ValueError(msg) if clocks else error) from error
    _see_some(times)
    return times.view(np.int64), zoned


def _clocks(source: Source, argument: str, column: ColumnRef, most: int) -> Ints:
    """Return a column of clock times as moments of a day."""
    cells, codes = _cells(source, source.place(argument, column))
    _see_some(codes)
    rows = (np.unique(codes, return_index=True)[1] + 1).tolist()  # the first of each cell
    found = np.array(
        [_clock(argument, cell, f" (row {row})") for cell, row in zip(cells, rows, strict=True)],
        dtype=np.int64,
    )
    wrong = np.flatnonzero((found < 0) | (found > most))
    if wrong.size:
        cell, row = cells[wrong[0]], rows[wrong[0]]
        rule = f"`{argument}` must lie in 00:00..{clock_text(most)}"
        msg = f"{rule}, got {brief(cell)} (row {row}); plain numbers are hours, as 8.5"
        raise ValueError(msg)
    return found[codes]


def _clock(argument: str, cell: Any, where: str = "") -> int:  # noqa: ANN401 (any cell)
    """Return a clock time as a moment of its day; `where` says which row it is of."""
    if is_nothing(cell) or cell == "":
        msg = f"`{argument}` must be there in every row, got nothing{where}"
        raise ValueError(msg)
    if _is_clock(cell):
        parts = [int(part) for part in cell.strip().split(":")]
        hours, minutes, seconds = (*parts, 0)[:3]
        return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
    if isinstance(cell, time):
        minutes, seconds = cell.hour * 60 + cell.minute, cell.second
        return (minutes * 60 + seconds) * 1_000_000 + cell.microsecond
    if is_span(cell):
        return round(float(counted(argument, cell, "second")) * 1_000_000)
    if isinstance(cell, str) and (found := POINTED.fullmatch(cell.strip())):
        hour, rest = found.groups()
        both = f"{hour:0>2}:{rest:0<2} or {float(f'{hour}.{rest}'):g} hours"
        msg = (
            f"`{argument}`: {brief(cell)} can be {both}{where}; write '08:30', or hours as a number"
        )
        raise ValueError(msg)
    try:
        number = plain_number(argument, _hours(cell) if isinstance(cell, str) else cell)
    except (TypeError, ValueError) as error:
        rule = f"`{argument}` must be times of a day, as '08:30', or hours as a number, as 8.5"
        msg = f"{rule}, got {brief(cell)}{where}"
        raise ValueError(msg) from error
    return round(number * HOUR)


def _hours(cell: str) -> float:
    """Return hours of a text, which must be whole: with a point they could be a clock time."""
    if "." in cell or "," in cell:
        raise ValueError
    return float(cell)


def _is_clock(cell: object) -> bool:
    return isinstance(cell, str) and CLOCK.fullmatch(cell.strip()) is not None


def _cells(source: Source, place: int) -> Coded:
    """Return the distinct cells of a column, times among them, and the place of each row's."""
    column = source.column(place)
    if isinstance(column, np.ndarray) and column.dtype.kind in "mM":
        return coded(column.astype(f"{column.dtype.kind}8[us]"))  # of ns, Python has numbers only
    return cells_of(source, place)


def _named(
    source: Source, argument: str, column: ColumnRef, wanted: str
) -> tuple[list[str], Places]:
    """Return the names in a column and the place of each row's; each row has one."""
    words = Vocabulary(
        argument=argument,
        column=column,
        codes=None,
        words=None,
        advice="",
        of_nothing=f"; each shift needs {wanted}",
        fold=exactly,
    )
    codes = words.read(source, before=0)
    return list(words.texts), codes


def _see_some(rows: Sized) -> None:
    if not len(rows):
        msg = "`shifts` must have at least one row, got none"
        raise ValueError(msg)


def _see_order(
    source: Source,
    start: ColumnRef,
    end: ColumnRef,
    begins: Ints,
    ends: Ints,
    advice: str = "",
) -> None:
    """See that each shift ends after it begins."""
    wrong = ends <= begins
    if wrong.any():
        row = int(np.argmax(wrong))
        first, last = (
            source.column(source.place(argument, column))[row]
            for argument, column in (("start", start), ("end", end))
        )
        msg = f"`end` must come after `start`, got {last} after {first} (row {row + 1}){advice}"
        raise ValueError(msg)
