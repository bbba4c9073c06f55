"""The calendar: labels and dates as moments, periods as whole numbers that count them, zones."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, is_nothing, nearest

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = [
    "DAY",
    "UNITS",
    "Clock",
    "Period",
    "Said",
    "bound",
    "counted_bound",
    "is_date",
    "is_label",
    "labels_from",
    "labels_of",
    "ordinals",
    "ordinals_of_labels",
    "said_by",
    "zone_of",
]

Ints = NDArray[np.int64]
Period = Literal["hour", "day", "week", "month", "quarter", "year"]
UNITS: tuple[str, ...] = get_args(Period)
DAY = 86_400_000_000  # microseconds, in which times are
QUARTER = DAY // 96  # of an hour: no zone of today begins its days between two of them
STEPS = {"hour": DAY // 24, "day": DAY, "week": 7 * DAY}
KEPT = {"hour": "h", "day": "D", "week": "D", "month": "M", "year": "Y"}  # as numpy's units
THURSDAY = 3  # 1970-01-01 was one, and weeks begin on Mondays
LONG = 1 << 20  # entries of a table: quarter-hours of thirty years
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REACH = 62_000_000_000  # seconds before 1970 that have a date in every zone
FURTHEST = 253_000_000_000  # and after
WHOLE = re.compile(r"[+-]?\d+")
QUARTER_LABEL = re.compile(r"(\d{4})-Q([1-4])")
MONTH_OR_YEAR = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


def ordinals(moments: NDArray[Any], unit: str) -> Ints:
    """Return which hour, day, week … dates lie in, counted from 1970 on."""
    if unit in STEPS:
        ticks = moments.astype("datetime64[us]").astype(np.int64)
        return (ticks + THURSDAY * DAY * (unit == "week")) // STEPS[unit]
    if unit == "quarter":
        return moments.astype("datetime64[M]").astype(np.int64) // 3
    return moments.astype(f"datetime64[{KEPT[unit]}]").astype(np.int64)


def labels_from(counted: Ints, unit: str) -> NDArray[Any]:
    """Return the labels of periods: of numbers, where the unit is "", the numbers.

    Days are ``"2026-11-22"``, hours ``"2026-11-22T09"``, weeks the Mondays that they begin with,
    months ``"2026-11"``, quarters ``"2026-Q4"``, years ``"2026"``.
    """
    if not unit:
        return counted.astype(str)
    if unit == "quarter":
        said = [f"{1970 + n // 4:04d}-Q{n % 4 + 1}" for n in counted.tolist()]
        return np.array(said, dtype=str)
    if unit == "week":
        counted = 7 * counted - THURSDAY
    return counted.astype(f"datetime64[{KEPT[unit]}]").astype(str)


def labels_of(moments: NDArray[Any], unit: str) -> NDArray[Any]:
    """Return the labels of the periods that dates lie in."""
    return labels_from(ordinals(moments, unit), unit)


@attrs.frozen(eq=False)
class Said:
    """What a date or a label says: when it begins, when it is over, and whether it has a zone."""

    start: Any  # datetime64, in the unit in which it was said
    after: Any
    zoned: bool = False


def said_by(value: Any, zone: "ZoneInfo | None" = None) -> Said | None:  # noqa: ANN401 (anything)
    """Read a date, or a label: an ISO text, a month, a quarter as ``"2026-Q4"``, a year, else None.

    What has a zone is told in the given one, or in UTC.
    """
    if isinstance(value, str):
        if found := QUARTER_LABEL.fullmatch(value):
            year, quarter = map(int, found.groups())
            start = np.datetime64(f"{year:04}-{3 * quarter - 2:02}")
            return Said(start, start + 3)
        if MONTH_OR_YEAR.fullmatch(value):
            value = np.datetime64(value)
        else:
            try:
                dated = date if len(value) <= len("2026-01-31") else datetime
                value = dated.fromisoformat(value)
            except ValueError:
                return None
    if not isinstance(value, (date, np.datetime64)) or is_nothing(value):
        return None
    zoned = isinstance(value, datetime) and value.tzinfo is not None
    if isinstance(value, datetime):
        if zoned:
            value = value.astimezone(zone or UTC)
        value = np.datetime64(value.replace(tzinfo=None), "us")
    elif isinstance(value, date):
        value = np.datetime64(value, "D")
    return Said(value, value + 1, zoned)


def is_label(value: Any) -> bool:  # noqa: ANN401 (anything)
    """Tell whether a value is the label of a month, a quarter or a year, or a period of pandas."""
    if isinstance(value, str):
        return bool(MONTH_OR_YEAR.fullmatch(value) or QUARTER_LABEL.fullmatch(value))
    return hasattr(value, "freqstr") and hasattr(value, "start_time")


def is_date(value: Any) -> bool:  # noqa: ANN401 (anything)
    """Tell whether a value is a date, with a time or without, not the label of a longer period."""
    return not is_label(value) and said_by(value) is not None


def ordinals_of_labels(labels: Sequence[str], unit: str) -> Ints | None:
    """Return what `labels_from` takes; None of labels that are neither dates nor whole numbers."""
    try:
        if not unit:
            wholes = all(map(WHOLE.fullmatch, labels))
            return np.array([int(label) for label in labels], np.int64) if wholes else None
        return np.array([bound("label", label, unit, last=False) for label in labels], np.int64)
    except (ValueError, OverflowError):
        return None


def bound(
    argument: str,
    value: Any,  # noqa: ANN401 (a date of any kind)
    unit: str,
    *,
    last: bool,
    zone: "ZoneInfo | None" = None,
) -> int:
    """Return the period that a date lies in: in which it begins, or ends where it is the last."""
    said = said_by(value, zone)
    if said is None:
        rule = f"`{argument}` must be a date, as 2026-01-31, or the label of a period"
        msg = f"{rule}, got {brief(value)} that is a {type(value).__name__}"
        raise ValueError(msg)
    start, after = (moment.astype("datetime64[us]") for moment in (said.start, said.after))
    moment = after - np.timedelta64(1, "us") if last else start
    return int(ordinals(np.array([moment]), unit)[0])


def counted_bound(argument: str, value: Any) -> int:  # noqa: ANN401 (a number of any kind)
    """Return the period of a time that is a number, or of its label."""
    try:
        return int(np.floor(float(value)))
    except (TypeError, ValueError, OverflowError) as error:
        msg = f"`{argument}` must be a number, as the times are, got {brief(value)}"
        raise ValueError(msg) from error


def zone_of(zone: object) -> "ZoneInfo | None":
    """Return a zone by its name, as ``"Europe/Berlin"``."""
    from zoneinfo import ZoneInfo, available_timezones  # rarely needed

    if zone is None or isinstance(zone, ZoneInfo):
        return zone
    instance("zone", zone, str, hint="; give its name, as 'Europe/Berlin'")
    name = str(zone)
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError) as error:  # a folder of zones is an OSError
        known = sorted(available_timezones())
        advice = nearest(name, known) if known else "; python -m pip install tzdata"
        msg = f"`zone`: {name!r} is unknown{advice}"
        raise ValueError(msg) from error


@attrs.define(eq=False)
class Clock:
    """Tells in which hour, day, week … of a zone dates lie, many at a time.

    Longer periods, and those of a zone, stand in a table of days or quarter-hours, which is kept.
    """

    unit: str
    zone: "ZoneInfo | None" = None
    low: int = 0
    table: Ints = attrs.field(factory=lambda: np.empty(0, np.int64))

    def periods(self, times: NDArray[np.datetime64], room: Ints) -> Ints:
        """Return the period of each time, as `ordinals` counts them; some times at least.

        They may stand in the room, which is for as many.
        """
        ticks, bases = times.view(np.int64), room
        if self.zone is None and self.unit in STEPS:
            shift = THURSDAY * DAY * (self.unit == "week")
            shifted = np.add(ticks, shift, out=bases) if shift else ticks
            np.floor_divide(shifted, STEPS[self.unit], out=bases)
            return bases
        np.floor_divide(ticks, DAY if self.zone is None else QUARTER, out=bases)
        low, high = int(bases.min()), int(bases.max())
        if low < self.low or high >= self.low + len(self.table):
            if high - low >= LONG:
                few, places = np.unique(bases, return_inverse=True)
                return self._of_bases(few)[places.reshape(-1)]
            self.low, self.table = low, self._of_bases(np.arange(low, high + 1))
        bases -= self.low
        return np.asarray(self.table[bases])

    def _of_bases(self, bases: Ints) -> Ints:
        """Return the periods of days, or of quarter-hours, which rise."""
        if self.zone is None:
            return ordinals(bases.astype("datetime64[D]"), self.unit)
        seconds = QUARTER // 1_000_000 * bases + self._offsets(bases)
        return ordinals(seconds.astype("datetime64[s]"), self.unit)

    def _offsets(self, quarters: Ints) -> Ints:
        """Return by how many seconds the zone is ahead of UTC in each of some quarter-hours."""
        days, places = np.unique(quarters // 96, return_inverse=True)
        starts, ends = (
            np.array([self._offset(quarter) for quarter in (96 * each).tolist()], np.int64)
            for each in (days, days + 1)
        )
        offsets = starts[places.reshape(-1)]
        changing = np.flatnonzero((starts != ends)[places.reshape(-1)])  # clocks are turned
        offsets[changing] = [self._offset(quarter) for quarter in quarters[changing].tolist()]
        return offsets

    def _offset(self, quarter: int) -> int:
        seconds = min(max(QUARTER // 1_000_000 * quarter, -REACH), FURTHEST)
        there = (EPOCH + timedelta(seconds=seconds)).astimezone(self.zone).utcoffset()
        return 0 if there is None else round(there.total_seconds())
