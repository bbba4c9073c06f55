"""Times of an event log as periods, from the first to the last that are wanted."""

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.times import Times, times_of
from servqual.failures._batches import Batch
from servqual.failures._calendar import Clock, bound, counted_bound, ordinals

__all__ = ["Timeline"]

NAT = np.iinfo(np.int64).min  # a missing date as a number
YEARS = np.array(["0001-01-01", "9999-12-31"], "datetime64[us]").view(np.int64)
FAR = 2**53  # numbers beyond it are not known to the unit


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

    def read(self, batch: Batch) -> tuple[NDArray[Any], int, int]:
        """Return the periods of the rows, and the ends; keep no rows outside of first and last."""
        place = batch.places["time"][0]
        times, self.zoned = times_of(
            batch.source, "time", place, before=batch.before, zoned=self.zoned, raw=True
        )
        times = batch.taken(times)
        if not len(times):
            return times, 0, 0
        low, high = self._ends(times, batch)
        periods, low, high = self._periods(times, low, high)
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

    def _ends(self, times: Times, batch: Batch) -> tuple[Any, Any]:
        """Return the earliest and the latest time, where all are there and of one kind."""
        dated = times.dtype.kind == "M"
        numbers = times.view(np.int64) if dated else times
        low, high = numbers.min(), numbers.max()
        if dated and not (YEARS[0] <= low and high <= YEARS[1]) and low != NAT:
            times_of(batch.source, "time", batch.places["time"][0], before=batch.before)  # refuses
        if (dated and low == NAT) or not (np.isfinite(low) and np.isfinite(high)):
            row = int(np.argmin(np.isfinite(times)))
            got = "nothing" if np.isnan(times[row]) else times[row]
            rule = "`time` must be there and finite in every row"
            msg = f"{rule}, got {got} (row {batch.number(row)})"
            raise ValueError(msg)
        if not dated and not (low >= -FAR and high <= FAR):
            row = int(np.argmax((times < -FAR) | (times > FAR)))
            msg = f"`time` must lie in -2^53..2^53, got {_said(times, row, batch)}"
            raise ValueError(msg)
        if self.dated is None:
            self.dated = dated
            self._set_limits()
        if dated != self.dated:
            kinds = ("numbers", "dates")
            rule = "`time` must be dates in all rows or numbers in all rows"
            got = f"got {kinds[dated]} after {kinds[self.dated]} (row {batch.number(0)})"
            msg = f"{rule}, {got}"
            raise ValueError(msg)
        if self.clock.zone is not None and not self.zoned:
            rule = "`zone` needs times that have a zone themselves"
            msg = f"{rule}, got {times[0]} (row {batch.number(0)}); leave it out, or add theirs"
            raise ValueError(msg)
        return low, high

    def _periods(self, times: Times, low: Any, high: Any) -> tuple[NDArray[Any], int, int]:  # noqa: ANN401 (as numpy has them)
        """Return the period of each time, of a number the whole number below, and their ends."""
        if self.dated:
            periods = self.clock.periods(times)
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
        self.ends = None if low is None or high is None else (low, high)
        return self.ends


def _said(times: Times, row: int, batch: Batch) -> str:
    return f"{times[row]} (row {batch.number(row)})"
