"""Labels of periods: how a date is called, what comes by label, that they rise, and what lacks.

Columns of dates or of such labels are cut into periods here too.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, instance, is_nothing, numbers
from servqual._frames.calendar import (
    UNITS,
    bound,
    is_date,
    is_label,
    labels_from,
    labels_of,
    ordinals,
    ordinals_of_labels,
    said_by,
)
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import NO_LABEL, Factor, label_of
from servqual._frames.sources import Source
from servqual._frames.times import dates_of
from servqual._frames.words import cells_of

__all__ = [
    "Label",
    "by_label",
    "label",
    "order_cautions",
    "order_said",
    "own_labels",
    "period_factor",
    "row_labels",
    "see_order",
]

Array = NDArray[np.float64]
Label = str | tuple[str, ...]
FREQUENCIES = {unit[0].upper(): unit for unit in UNITS} | {"A": "year"}  # as pandas calls them
DATES = ("date", "date with a zone")
SHOWN = 4  # labels in a note
MONTH = (
    "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
    "nov(ember)?|dec(ember)?"
)
UNSORTED = {  # labels, without case, whose order is not that of time
    "the name of a month": re.compile(rf"(\d+\W*)?({MONTH})\.?(\W*\d+)?"),
    "a date with its year at the end": re.compile(
        r"(\d\d?[./-])?\d\d?[./-](19|20)\d\d|(\d\d?[./]){2}\d\d"
    ),
    "a quarter with its year at the end": re.compile(r"q[1-4]\W*\d+"),
}
SORTED = {
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"\d{4}-Q[1-4]"),
    "year": re.compile(r"(19|20)\d\d"),
}
APART = {"day": 7, "": 0}  # days may be weeks apart, numbers any number; else each period counts


def label(argument: str, cell: Any, unit: str = "") -> str:  # noqa: ANN401 (a label or a date)
    """Return the label of the period that a date lies in; what is no date stays what it is.

    Without a unit, midnight is the day, a full hour the hour, another time itself as in ISO 8601.
    """
    if is_label(cell) and not isinstance(cell, str):  # a period of pandas
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


def period_factor(source: Source, argument: str, column: ColumnRef, unit: str) -> Factor:
    """Return the period of each row, of those that occur: of dates, or of labels of periods.

    Where a label such as ``"2026-03"`` is among the cells, each is read by itself; none may be of a
    longer period than the unit.
    """
    place = source.place(argument, column)
    cells, codes = ([], ()) if source.times(place) is not None else cells_of(source, place)
    if any(map(is_label, cells)):
        rows = np.unique(codes, return_index=True)[1] + 1  # the first of each cell
        read = zip(cells, rows.tolist(), strict=True)
        found = np.array([_ordinal(argument, cell, unit, row) for cell, row in read])[codes]
    else:
        rule = "dates, as 2026-01-31, or labels of periods, as '2026-01'"
        found = ordinals(dates_of(source, argument, place, rule=rule)[0], unit)
    used, codes = np.unique(found, return_inverse=True)
    return Factor(argument, tuple(labels_from(used, unit).tolist()), codes.reshape(-1))


def _ordinal(argument: str, cell: Any, unit: str, row: int) -> int:  # noqa: ANN401 (any cell)
    """Return the period of a date, or of a label, which must not reach beyond one."""
    said = "" if is_nothing(cell) or cell == "" else label(argument, cell)
    ends = [bound(argument, said, unit, last=x) for x in (False, True)] if said_by(said) else []
    if len(set(ends)) != 1:
        what = f", longer than a {unit}" if ends else ", neither a date nor the label of a period"
        came = f"{brief(cell)}{what}" if said else "nothing"
        msg = f"`{argument}` must be dates, or labels of periods, got {came} (row {row})"
        raise ValueError(msg)
    return ends[0]


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


def order_said(labels: Sequence[str]) -> str:
    """Say in which order periods stand."""
    shown = [repr(label) for label in labels]
    if len(shown) > SHOWN:
        shown = [*shown[: SHOWN - 1], "…", shown[-1]]
    return f"periods in the order {', '.join(shown)}"


def order_cautions(labels: Sequence[str]) -> tuple[str, ...]:
    """Ask for other labels where these do not sort by time, and name periods that are missing."""
    return (*_unsorted(labels), *_gaps(labels))


def _unsorted(labels: Sequence[str]) -> Iterator[str]:
    """Ask for other labels where these do not sort by time."""
    for what, form in UNSORTED.items():
        odd = [label for label in labels if form.fullmatch(label.casefold())]
        if odd:
            sorts = "and labels stand in the order of texts or numbers, not of time"
            yield f"{odd[0]!r} looks like {what}, {sorts}: give them as 2025-01"


def _gaps(labels: Sequence[str]) -> Iterator[str]:
    """Name the days, months, quarters, years or numbers that are missing between the labels."""
    unit = _unit(labels)
    counted = ordinals_of_labels(labels, unit)
    there = [] if counted is None else np.unique(counted).tolist()
    step = math.gcd(APART.get(unit, 1), *(after - one for one, after in pairwise(there)))
    between = (n for ends in pairwise(there) for n in range(ends[0] + step, ends[1], step))
    absent = list(islice(between, SHOWN + 1))
    if absent:
        shown = labels_from(np.array(absent[:SHOWN], np.int64), unit).tolist()
        some = ", ".join([*shown, *["…"] * (len(absent) > SHOWN)])
        advice = "; give months, as 2025-01" if unit == "day" else ""
        yield f"no {some} among the periods: their neighbours count as next to each other{advice}"


def _unit(labels: Sequence[str]) -> str:
    """Return what labels that sort by time count, "" where at best they are whole numbers."""
    for unit, form in SORTED.items():
        if all(map(form.fullmatch, labels)):
            return unit
    if not all(map(is_date, labels)):
        return ""
    days = [said.start.astype("datetime64[D]") for said in map(said_by, labels) if said]
    return "month" if all(day == day.astype("datetime64[M]") for day in days) else "day"
