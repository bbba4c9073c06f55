"""Labels of periods: how a date is called, what comes by label, and that they rise."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, instance, is_nothing, numbers
from servqual._frames.calendar import UNITS, labels_of, said_by
from servqual._frames.groups import NO_LABEL, label_of

__all__ = [
    "Label",
    "by_label",
    "label",
    "own_labels",
    "row_labels",
    "see_order",
]

Array = NDArray[np.float64]
Label = str | tuple[str, ...]
FREQUENCIES = {unit[0].upper(): unit for unit in UNITS} | {"A": "year"}  # as pandas calls them
DATES = ("date", "date with a zone")


def label(argument: str, cell: Any, unit: str = "") -> str:  # noqa: ANN401 (a label or a date)
    """Return the label of the period that a date lies in; what is no date stays what it is.

    Without a unit, midnight is the day, a full hour the hour, another time itself as in ISO 8601.
    """
    if hasattr(cell, "freqstr") and hasattr(cell, "start_time"):  # a period of pandas
        unit = unit or FREQUENCIES.get(cell.freqstr.split("-")[0].upper(), "")
        cell = cell.start_time
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, date) and not is_nothing(cell):
        return _label_of_date(cell, unit)
    found = label_of(cell)
    if not found:
        msg = f"`{argument}` must be there for each period, got nothing"
        raise ValueError(msg)
    return found


def _label_of_date(moment: date, unit: str) -> str:
    if isinstance(moment, datetime):
        if not unit:
            parts = moment.minute, moment.second, moment.microsecond
            if moment.tzinfo is not None or any(parts):
                return moment.isoformat()
            unit = "hour" if moment.hour else "day"
        moment = moment.replace(tzinfo=None)  # of the calendar, whatever its zone
    return str(labels_of(np.array([moment], "datetime64[us]"), unit or "day")[0])


def _own_keys(values: Any) -> list[Any] | None:  # noqa: ANN401 (a mapping, numbers, or a Series)
    """Return the keys of a mapping, or the index of pandas' where it is more than a count."""
    if isinstance(values, Mapping):
        return list(values)
    index = getattr(values, "index", None)
    if not hasattr(type(values), "to_numpy") or not isinstance(index, Iterable):
        return None
    kind = getattr(getattr(index, "dtype", None), "kind", "O")
    return None if kind in "iu" else list(index) or None


def own_labels(values: Any) -> list[str] | None:  # noqa: ANN401 (a mapping, numbers, or a Series)
    """Return the labels of a mapping, or those of a Series or frame of pandas that has some.

    An index of whole numbers only counts the rows; one of texts or dates has labels.
    """
    keys = _own_keys(values)
    return None if keys is None else [label("periods", key) for key in keys]


def by_label(
    argument: str,
    values: Any,  # noqa: ANN401 (a mapping, numbers, or a Series)
    labels: Sequence[Label],
    *,
    unit: str = "",
    hint: str = "",
) -> Array:
    """Return a number for each label: by label where the values have some, else in their order.

    A label is a text, or a tuple of the groups and the period. NaN is what has no label. `hint`
    says which labels there are.
    """
    keys = _own_keys(values)
    found = numbers(argument, [*values.values()] if isinstance(values, Mapping) else values)
    if keys is None:
        if found.shape != (len(labels),):
            got = f"shape {found.shape}" if found.ndim != 1 else str(found.size)
            each = f"each of the {len(labels)} periods" if len(labels) > 1 else "the one period"
            msg = f"`{argument}` must be one for {each}, got {got}{hint}"
            raise ValueError(msg)
        return found
    places = {words: place for place, words in enumerate(labels)}
    ordered, seen = np.full(len(labels), np.nan), set()
    for key, value in zip(keys, found, strict=True):
        words = _label_of_key(argument, key, unit)
        if words not in places:
            msg = f"`{argument}` has {words!r}, which was not counted{hint}"
            raise ValueError(msg)
        if words in seen:
            msg = f"`{argument}` must be one for each period, got that of {words!r} twice"
            raise ValueError(msg)
        seen.add(words)
        ordered[places[words]] = value
    return ordered


def _label_of_key(argument: str, key: Any, unit: str) -> Label:  # noqa: ANN401 (any label)
    if not isinstance(key, tuple):
        return label(argument, key, unit)
    *groups, period = key
    return (*(label_of(group) or NO_LABEL for group in groups), label(argument, period, unit))


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
        said = said_by(words)
    else:
        return ("number", number) if math.isfinite(number) else ("text", 0.0)
    if said is None:
        return "text", 0.0
    ticks = said.start.astype("datetime64[us]").astype(np.int64)
    return "date with a zone" if said.zoned else "date", int(ticks)
