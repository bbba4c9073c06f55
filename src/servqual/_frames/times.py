"""Times of an event log and the time between them: dates, or plain numbers of a named unit."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, is_nothing, numbers
from servqual._frames.columns import Column, is_whole
from servqual._frames.sources import Source

__all__ = [
    "SECONDS",
    "Span",
    "clocked",
    "counted",
    "dates_of",
    "elapsed",
    "instants",
    "is_span",
    "same_kind",
    "see_present",
    "ticks_of",
    "times_of",
    "unit_of",
]

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "d": "day"}
Times = NDArray[Any]  # of float64 or datetime64
Span = timedelta | np.timedelta64
REACH = 1e100  # of numbers, so that their squares can be added
NAT = np.iinfo(np.int64).min  # a missing date as a number
YEARS = np.array(["0001-01-01", "9999-12-31T23:59:59.999999"], "datetime64[us]")


def times_of(
    source: Source,
    name: str,
    place: int,
    *,
    before: int = 0,
    zoned: bool | None = None,
) -> tuple[Times, bool | None]:
    """Return a column of times, and whether they have a zone, as by `clocked`."""
    found = source.times(place)
    if found is None:
        return clocked(name, source.column(place), before=before, zoned=zoned)
    times, zone = found
    return _dates(name, times, before), _one_clock(name, [zone], before, zoned=zoned)


def dates_of(
    source: Source,
    name: str,
    place: int,
    *,
    zoned: bool | None = None,
    rule: str = "dates, as 2026-01-31 09:30",
    advice: str = "",
) -> tuple[Times, bool | None]:
    """Return a column of dates, each of which is there, and whether they have a zone.

    `rule` says what is wanted, and `advice` what to do, where numbers came.
    """
    times, zoned = times_of(source, name, place, zoned=zoned)
    see_present(name, times, lambda row: row + 1)
    if len(times) and times.dtype.kind != "M":
        msg = f"`{name}` must be {rule}, got {times[0]:g} (row 1){advice}"
        raise ValueError(msg)
    return times, zoned


def ticks_of(
    source: Source,
    name: str,
    place: int,
    *,
    before: int = 0,
    kept: NDArray[np.intp] | None = None,
    zoned: bool | None = None,
) -> tuple[Times, bool | None, Any, Any]:
    """Return times of a column as they are kept, whether they have a zone, and their ends.

    Whole numbers, and dates in microseconds, are not copied; of dates, the ends are microseconds.
    `kept` are the rows that are wanted: each has a time, which is finite.
    """
    times, zoned = _as_kept(source, name, place, before=before, zoned=zoned)
    if kept is not None:
        times = times[kept]
    if not len(times):
        return times, zoned, 0, 0

    def number(row: int) -> int:
        return before + 1 + (row if kept is None else int(kept[row]))

    if times.dtype.kind != "M":
        low, high = times.min(), times.max()
        if not (np.isfinite(low) and np.isfinite(high)):
            see_present(name, times, number)
        return times, zoned, low, high
    ticks, (first, last) = times.view(np.int64), YEARS  # numbers are compared quicker than dates
    low, high = ticks.min(), ticks.max()
    if low == NAT:
        see_present(name, times, number)
    if not (low >= first.view(np.int64) and high <= last.view(np.int64)):
        _see(name, (times < first) | (times > last), times, "the years 1..9999", number)
    return times, zoned, low, high


def _as_kept(
    source: Source, name: str, place: int, *, before: int, zoned: bool | None
) -> tuple[Times, bool | None]:
    found = source.times(place)
    if found is None:
        column = source.column(place)
        if is_whole(column):
            return column, zoned
        if not _is_kept(column):
            return clocked(name, column, before=before, zoned=zoned)
        found = column, False
    times, zone = found
    times = times if _is_kept(times) else _dates(name, times, before)
    return times, _one_clock(name, [zone], before, zoned=zoned)


def _is_kept(column: Column) -> TypeGuard[Times]:
    """Tell whether a column is an array of dates as they are kept."""
    return type(column) is np.ndarray and column.dtype == np.dtype("datetime64[us]")


def see_present(name: str, times: Times, number: Callable[[int], int]) -> None:
    """See that no time is missing or infinite; `number` gives that of a row in the whole log."""
    bad = ~np.isfinite(times)
    if bad.any():
        row = int(np.argmax(bad))
        got = "nothing" if np.isnan(times[row]) else times[row]
        msg = f"`{name}` must be there and finite in every row, got {got} (row {number(row)})"
        raise ValueError(msg)


def same_kind(name: str, times: Times, dated: bool | None, row: int) -> bool:  # noqa: FBT001 (what was known)
    """Return whether times are dates, if those before were of the same kind; `row` is the first."""
    found = times.dtype.kind == "M"
    if dated is not None and dated != found:
        kinds = ("numbers", "dates")
        rule = f"`{name}` must be dates in all rows or numbers in all rows"
        msg = f"{rule}, got {kinds[found]} after {kinds[dated]} (row {row})"
        raise ValueError(msg)
    return found


def instants(name: str, column: Column) -> Times:
    """Return times as by `clocked`."""
    return clocked(name, column)[0]


def clocked(
    name: str, column: Column, *, before: int = 0, zoned: bool | None = None
) -> tuple[Times, bool | None]:
    """Return times, and whether they have a zone: None of numbers, and where it is not known.

    Times are datetime64 in microseconds, or numbers where the column has numbers. Dates may be
    datetime objects, datetime64 or ISO texts. Those with a zone are turned to UTC, and all have one
    or none; `before` counts earlier rows, and `zoned` tells whether these had one. A missing time
    is NaT, or NaN among numbers.
    """
    if isinstance(column, np.ma.MaskedArray):
        hidden, plain = np.ma.getmaskarray(column), np.array(column)
        column = plain if plain.dtype.kind == "M" else plain.astype(float)
        column[hidden] = np.nan if column.dtype.kind == "f" else np.datetime64("NaT")
    kind = column.dtype.kind if isinstance(column, np.ndarray) else "O"
    if kind == "M":
        return _dates(name, np.asarray(column), before), _one_clock(
            name, [False], before, zoned=zoned
        )
    if kind in "iuf":
        found = np.asarray(column, dtype=float)
    elif kind in "mb":
        rule = f"`{name}` must be dates or numbers"
        msg = f"{rule}, got {brief(column[0])} that is a {column[0].dtype} (row {before + 1})"
        raise ValueError(msg)
    else:
        cells = column.tolist() if isinstance(column, np.ndarray) else list(column)
        if any(isinstance(cell, (date, str, np.datetime64)) for cell in cells):
            read = [_instant(name, cell, row) for row, cell in enumerate(cells, before + 1)]
            moments, zones = zip(*read, strict=True)
            return np.array(moments, "datetime64[us]"), _one_clock(name, zones, before, zoned=zoned)
        for row, cell in enumerate(cells, before + 1):
            if isinstance(cell, (bool, np.bool_, Sequence)):
                msg = f"`{name}` must be dates or numbers, got {brief(cell)} (row {row})"
                raise ValueError(msg)  # noqa: TRY004 (one of many cells)
        known = [np.nan if is_nothing(cell) else cell for cell in cells]
        found = numbers(name, known, before=before)
    far = np.isfinite(found) & (np.abs(found) > REACH)
    _see(name, far, found, f"-{REACH:g}..{REACH:g}", lambda row: before + 1 + row)
    return found, None


def _one_clock(
    name: str, zones: Sequence[bool | None], before: int, *, zoned: bool | None
) -> bool | None:
    """Return whether dates have a zone, if it is so in all rows and was before; None: no date."""
    for row, zone in enumerate(zones, before + 1):
        zoned = zone if zoned is None else zoned
        if zone not in {None, zoned}:
            rule = f"`{name}` must have a zone in all rows or in none"
            msg = f"{rule}, got both (row {row}); add it where it lacks"
            raise ValueError(msg)
    return zoned


def _dates(name: str, column: Times, before: int) -> Times:
    """Return datetime64 in microseconds, if Python's calendar has the years."""
    unit, _ = np.datetime_data(column.dtype)
    if unit not in {"generic", "ns", "ps", "fs", "as"}:  # these do not reach so far
        first, last = YEARS.astype(column.dtype)
        if not _within(column, first, last):
            bad = (column < first) | (column > last)
            _see(name, bad, column, "the years 1..9999", lambda row: before + 1 + row)
    return column.astype("datetime64[us]", copy=False)


def _within(column: Times, first: Any, last: Any) -> bool:  # noqa: ANN401 (datetime64)
    """Tell whether no date is missing or lies elsewhere; numbers are compared quicker than dates.

    A missing date is the least of the numbers.
    """
    if not column.dtype.isnative or not column.size:
        return False
    ticks = column.view(np.int64)
    return bool(ticks.min() >= first.view(np.int64) and ticks.max() <= last.view(np.int64))


def _see(
    name: str, bad: NDArray[np.bool_], found: Times, where: str, number: Callable[[int], int]
) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        msg = f"`{name}` must lie in {where}, got {found[row]} (row {number(row)})"
        raise ValueError(msg)


def _instant(name: str, cell: Any, row: int) -> tuple[Any, bool | None]:  # noqa: ANN401 (a cell, and what numpy takes)
    """Return a date without its zone, and whether it had one."""
    if is_nothing(cell) or cell == "":
        return None, None
    if isinstance(cell, np.datetime64):
        return _dates(name, np.array([cell]), row - 1)[0], False
    try:
        found = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
        if isinstance(found, datetime) and found.tzinfo is not None:
            return found.astimezone(UTC).replace(tzinfo=None), True
    except (ValueError, OverflowError):  # no date, or none in UTC
        found = None
    if isinstance(found, date):
        return found, False
    msg = (
        f"`{name}` must be dates as 2026-01-31 09:30, or numbers, got {brief(cell)} (row {row}); "
        "turn other texts into dates first, as with datetime.strptime or pandas.to_datetime"
    )
    raise ValueError(msg)


def unit_of(name: str, unit: object) -> str:
    """Return a unit of time by its name in `SECONDS`: "minutes" and "min" are "minute"."""
    word = str(unit).strip().casefold()
    word = SHORT.get(word, word.removesuffix("s"))
    if word not in SECONDS:
        msg = f"`{name}` must be a unit of time ({', '.join(SECONDS)}), got {unit!r}"
        raise ValueError(msg)
    return word


def elapsed(later: Times, earlier: Times, unit: str) -> NDArray[np.float64]:
    """Return later - earlier in the unit, in which plain numbers count already; NaN if unknown."""
    seconds = SECONDS[unit_of("unit", unit)]
    between: Times = later - earlier
    if between.dtype.kind != "m":
        return np.asarray(between, dtype=float)
    return np.asarray(between / np.timedelta64(seconds, "s"))


def is_span(value: object) -> TypeGuard[Span]:
    """Tell whether a value is a span of time."""
    return isinstance(value, Span)


def counted(argument: str, spans: Any, unit: str) -> Any:  # noqa: ANN401 (a span or an array)
    """Return a span, or an array of them, in a unit; NaT is NaN."""
    try:
        seconds = SECONDS[unit_of("unit", unit)]
    except ValueError as error:
        known = ", ".join(SECONDS)
        msg = f"`{argument}`: times need a unit of time ({known}); numbers count {unit!r}"
        raise ValueError(msg) from error
    if isinstance(spans, timedelta):
        return spans / timedelta(seconds=seconds)
    if np.datetime_data(spans.dtype)[0] in {"generic", "M", "Y"}:
        msg = f"`{argument}` must be times of a fixed length, got {spans.dtype}"
        raise ValueError(msg)
    return spans / np.timedelta64(seconds, "s")
