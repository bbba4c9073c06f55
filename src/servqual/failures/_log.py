"""An event log as it is read: batches of rows, what their columns say, and their periods."""

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, is_nothing, numbers
from servqual._frames.calendar import Clock, bound, counted_bound, ordinals
from servqual._frames.columns import MISSING
from servqual._frames.sources import Source
from servqual._frames.times import Times, same_kind, ticks_of
from servqual._frames.words import Places

__all__ = ["Batch", "Floats", "Timeline", "known_numbers"]

Floats = NDArray[np.float64]
FAR = 2**53  # numbers beyond it are not known to the unit


@attrs.define(eq=False)
class Batch:
    """Rows as they are read: their columns, how many came before, and those kept, None for all."""

    source: Source
    places: dict[str, list[int]]
    before: int
    kept: Places | None

    def taken(self, column: NDArray[Any]) -> NDArray[Any]:
        """Return the rows of a column that are kept."""
        return column if self.kept is None else column[self.kept]

    def keep(self, rows: Places) -> None:
        """Keep some of those that are kept."""
        self.kept = rows if self.kept is None else self.kept[rows]

    def number(self, row: int) -> int:
        """Return the number in the whole log of a row that is kept, from 1."""
        return self.before + 1 + (row if self.kept is None else int(self.kept[row]))


def known_numbers(name: str, batch: Batch, wanted: NDArray[np.bool_]) -> Floats:
    """Return a column of numbers, NaN where nothing is there or, perhaps, nothing is wanted."""
    column = batch.source.column(batch.places[name][0])
    if isinstance(column, np.ma.MaskedArray):
        column = column.tolist()  # in which what is masked is None
    if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
        return np.asarray(batch.taken(column), dtype=float)
    rows = np.flatnonzero(wanted) if batch.kept is None else batch.kept[wanted]
    cells = np.full(len(column), np.nan, dtype=object)
    for row in rows.tolist():
        cell = column[row]
        blank = isinstance(cell, str) and cell.strip() in MISSING
        cells[row] = np.nan if blank or is_nothing(cell) else cell
        if isinstance(cell, (np.timedelta64, np.datetime64, bool, np.bool_)):
            number = batch.before + row + 1
            msg = f"`{name}` must be numbers, got {brief(cell)} (row {number})"
            raise ValueError(msg)  # noqa: TRY004 (one of many cells)
    return batch.taken(numbers(name, cells, before=batch.before))


@attrs.define(eq=False)
class Timeline:
    """Tells the periods of rows, whose times are dates or numbers throughout.

    `first` and `last` are as the caller names them; rows outside of them are dropped and counted.
    """

    clock: Clock
    first: Any
    last: Any
    outside: int = 0
    ends: tuple[int, int] | None = None  # the first and the last period that have rows
    said: tuple[str, str] = ("", "")  # of the times there, in messages
    dated: bool | None = None
    zoned: bool | None = None
    limits: tuple[int | None, int | None] = (None, None)

    @property
    def unit(self) -> str:
        """What a period is, "" where times are numbers."""
        return self.clock.unit if self.dated else ""

    def read(self, batch: Batch, room: NDArray[np.int64]) -> tuple[NDArray[Any], int, int]:
        """Return the periods of the rows, and the ends; keep no rows outside of first and last.

        Periods may stand in the room, which is for as many.
        """
        place = batch.places["time"][0]
        times, self.zoned, low, high = ticks_of(
            batch.source, "time", place, before=batch.before, kept=batch.kept, zoned=self.zoned
        )
        if not len(times):
            return times, 0, 0
        self._see(times, low, high, batch)
        periods, low, high = self._periods(times, low, high, room)
        first, last = self.limits
        if (first is not None and low < first) or (last is not None and high > last):
            inside = periods >= (low if first is None else first)
            inside &= periods <= (high if last is None else last)
            rows = np.flatnonzero(inside)
            self.outside += len(times) - len(rows)
            batch.keep(rows)
            times, periods = times[rows], periods[rows]
            if not len(rows):
                return periods, 0, 0
            low, high = int(periods.min()), int(periods.max())
        self._reach(low, high, times, batch)
        return periods, low, high

    def _see(self, times: Times, low: Any, high: Any, batch: Batch) -> None:  # noqa: ANN401 (as numpy has them)
        """See that times are of one kind, numbers known to the unit, dates in a zone if wanted."""
        dated, known = same_kind("time", times, self.dated, batch.number(0)), self.dated is not None
        if not dated and not (low >= -FAR and high <= FAR):
            row = int(np.argmax((times < -FAR) | (times > FAR)))
            msg = f"`time` must lie in -2^53..2^53, got {_said(times, row, batch)}"
            raise ValueError(msg)
        self.dated = dated
        if not known:
            self._set_limits()
        if self.clock.zone is not None and not self.zoned:
            rule = "`zone` needs times that have a zone themselves"
            msg = f"{rule}, got {times[0]} (row {batch.number(0)}); leave it out, or add theirs"
            raise ValueError(msg)

    def _periods(
        self,
        times: Times,
        low: Any,  # noqa: ANN401 (as numpy has them)
        high: Any,  # noqa: ANN401 (the same)
        room: NDArray[np.int64],
    ) -> tuple[NDArray[Any], int, int]:
        """Return the period of each time, of a number the whole number below, and their ends."""
        if self.dated:
            periods = self.clock.periods(times, room)
            if self.clock.zone is not None:  # whose clocks go back
                return periods, int(periods.min()), int(periods.max())
            first, last = ordinals(np.array([low, high]).view("datetime64[us]"), self.clock.unit)
            return periods, int(first), int(last)
        periods = np.floor(times) if times.dtype.kind == "f" else times
        if times.dtype.kind == "f" or times.dtype == np.uint64:
            periods = periods.astype(np.int64)
        return periods, math.floor(low), math.floor(high)

    def _reach(self, low: int, high: int, times: Times, batch: Batch) -> None:
        """Keep the first and the last period, and what to say of the times there."""
        first, last = self.ends or (low + 1, high - 1)
        begins, ends = self.said
        if low < first:
            first, begins = low, _said(times, int(times.argmin()), batch)
        if high > last:
            last, ends = high, _said(times, int(times.argmax()), batch)
        self.ends, self.said = (first, last), (begins, ends)

    def _set_limits(self) -> None:
        """Take the first and the last period as the times are: dates or numbers."""
        first, last = (
            self._limit(name, value) for name, value in (("first", self.first), ("last", self.last))
        )
        if first is not None and last is not None and first > last:
            msg = f"`first` must not be after `last`, got {self.first!r} and {self.last!r}"
            raise ValueError(msg)
        self.limits = first, last

    def _limit(self, name: str, value: Any) -> int | None:  # noqa: ANN401 (a date or a number)
        if value is None:
            return None
        if not self.dated:
            return counted_bound(name, value)
        return bound(name, value, self.clock.unit, last=name == "last", zone=self.clock.zone)

    def close(self) -> tuple[int, int] | None:
        """Return the first and the last period, with rows or without; None if there is none."""
        if self.dated is None:  # there were no rows
            self.dated = not isinstance(self.first, (int, float))
            self._set_limits()
        low, high = (
            limit if limit is not None else end
            for limit, end in zip(self.limits, self.ends or self.limits[::-1], strict=True)
        )
        if self.ends is not None:
            asked = zip(("first", "last"), (self.first, self.last), self.said, strict=True)
            begins, ends = (
                said if value is None else f"`{name}`, {value!r}" for name, value, said in asked
            )
            self.said = begins, ends
        self.ends = None if low is None or high is None else (low, high)
        return self.ends


def _said(times: Times, row: int, batch: Batch) -> str:
    return f"{times[row]} (row {batch.number(row)})"
