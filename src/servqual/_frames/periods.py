"""Periods of time: their labels, their order, and the hours, days, weeks … that dates lie in."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from servqual._checks import brief, distinct, instance, is_nothing
from servqual._frames.groups import label_of

__all__ = [
    "UNITS",
    "label",
    "label_of_period",
    "labels_of",
    "own_labels",
    "row_labels",
    "see_order",
]

UNITS = ("hour", "day", "week", "month", "quarter", "year")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (of dates without a zone)
DATES = ("date", "date with a zone")


def label_of_period(moment: Any, unit: str) -> str:  # noqa: ANN401 (a date, or a label)
    """Return the label of the period that a date lies in; a label stays what it is.

    Days are ``"2026-11-22"``, hours ``"2026-11-22T09"``, weeks the Mondays that they begin with,
    months ``"2026-11"``, quarters ``"2026-Q4"``, years ``"2026"``.
    """
    if not isinstance(moment, (date, np.datetime64)):
        return label_of(moment)
    if isinstance(moment, date):  # of the calendar, whatever its zone
        moment = np.datetime64(moment.isoformat()[:13] if hasattr(moment, "hour") else moment)
    return str(labels_of(np.array([moment]), unit or "day")[0])


def labels_of(moments: Any, unit: str) -> "np.ndarray[Any, Any]":  # noqa: ANN401 (datetime64)
    """Return the labels of the periods that dates lie in."""
    days = moments.astype("datetime64[D]")
    if unit == "hour":
        return np.asarray(moments.astype("datetime64[h]").astype(str))
    if unit == "week":
        days = days - (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    if unit in {"month", "year"}:
        return np.asarray(days.astype(f"datetime64[{unit[0].upper()}]").astype(str))
    if unit == "quarter":
        months = days.astype("datetime64[M]").astype(np.int64)
        quarters = [f"{1970 + m // 12:04d}-Q{m % 12 // 3 + 1}" for m in months.tolist()]
        return np.array(quarters, dtype=str)
    return np.asarray(days.astype(str))


def label(argument: str, cell: object) -> str:
    """Return a label as text; dates as in ISO 8601, and a day as a day."""
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    cell = None if is_nothing(cell) else cell
    if isinstance(cell, datetime):
        day = cell.time() == time() and cell.tzinfo is None
        cell = cell.date() if day else cell.isoformat(sep=" ")
    found = label_of(cell)
    if not found:
        msg = f"`{argument}` must be there for each period, got nothing"
        raise ValueError(msg)
    return found


def own_labels(values: Any) -> list[str] | None:  # noqa: ANN401 (a mapping, numbers, or a Series)
    """Return the labels of a mapping, or of a pandas Series whose index has texts or dates."""
    if isinstance(values, Mapping):
        return [label("periods", key) for key in values]
    index = getattr(values, "index", None)
    if not hasattr(type(values), "to_numpy") or not isinstance(index, Iterable):
        return None
    keys = list(index)
    if not keys or not all(isinstance(key, (str, date)) for key in keys):
        return None
    return [label("periods", key) for key in keys]


def row_labels(
    periods: Any,  # noqa: ANN401 (labels of any kind)
    size: int,
    argument: str = "periods",
) -> tuple[str, ...]:
    """Return a label for each period, by default their numbers; they differ, and times rise."""
    if periods is None:
        return tuple(map(str, range(1, size + 1)))
    hint = "; give a label for each period"
    if isinstance(periods, str):
        msg = f"`{argument}` must be labels, got the text {brief(periods)}{hint}"
        raise TypeError(msg)
    instance(argument, periods, Iterable, hint=hint)
    cells = list(periods)
    for row, cell in enumerate(cells, 1):
        if is_nothing(cell) or cell == "":
            msg = f"`{argument}` must be there for each period, got nothing (row {row})"
            raise ValueError(msg)
    found = tuple(label(argument, cell) for cell in cells)
    if len(found) != size:
        msg = f"`{argument}` must be a label for each of {size} periods, got {len(found)}"
        raise ValueError(msg)
    see_order(argument, found)
    return found


def see_order(argument: str, labels: Sequence[str], advice: str = "") -> None:
    """See that labels differ, and that they rise if all are numbers or all are ISO dates.

    `advice` says what to do where they are no rows of a table, which are to be sorted.
    """
    read = [_moment(words) for words in labels]
    kinds = {kind for kind, _ in read}
    if len(kinds) > 1 and kinds & set(DATES):
        first = read[0][0]
        other = next(place for place, (kind, _) in enumerate(read) if kind != first)
        came = f"{labels[0]!r}, a {first}, and {labels[other]!r}, a {read[other][0]}"
        msg = f"`{argument}` must be dates of one kind or none, got {came}"
        raise ValueError(msg)
    if len(kinds) > 1 or kinds == {"text"}:
        distinct(argument, labels)
        return
    for place in range(1, len(read)):
        if not read[place - 1][1] < read[place][1]:
            came = f"got {labels[place]!r} after {labels[place - 1]!r}"
            tail = f"; {advice}" if advice else f" (row {place + 1}); sort them first"
            msg = f"`{argument}` must rise, each counted once, {came}{tail}"
            raise ValueError(msg)


def _moment(words: str) -> tuple[str, float]:
    """Return the kind of a label, and its place in time."""
    try:
        number = float(words)
    except ValueError:
        pass
    else:
        return ("number", number) if math.isfinite(number) else ("text", 0.0)
    month = f"{words}-01" if len(words) == 7 and words[4] == "-" else words  # 2026-01
    try:
        found = datetime.fromisoformat(month)
    except ValueError:
        return "text", 0.0
    if found.tzinfo is None:
        return "date", (found - EPOCH).total_seconds()
    return "date with a zone", (found - EPOCH.replace(tzinfo=UTC)).total_seconds()
