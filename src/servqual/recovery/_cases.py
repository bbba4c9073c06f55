"""Cases as they come: how long each was open, whether it is closed, and its groups."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, text
from servqual._frames.arrays import flags, has_names, in_a_row, see_index, see_rows, table_of
from servqual._frames.grouped import factors_of, see_indices
from servqual._frames.groups import Factor
from servqual._frames.sources import Source
from servqual._frames.times import counted, is_span, unit_of

__all__ = ["Cases", "far_out", "in_units", "spans_of", "unit_word"]

Array = NDArray[np.float64]
FEW, FAR = 10, 10  # of so many cases none lasts so many times as long as all others


@attrs.frozen(eq=False, kw_only=True)
class Cases:
    """Checked columns, NaN where missing.

    `cautions` are what looked wrong as they were read, and `too_late` counts cases that are not
    among them, since they were opened after the end of the log.
    """

    durations: Array
    closed: Array
    factors: Sequence[Factor]
    unit: str
    too_late: int = 0
    cautions: Sequence[str] = ()

    @classmethod
    def of(cls, durations: Any, closed: Any, by: Any, unit: str) -> Self:  # noqa: ANN401 (of any kind)
        """Check columns, one row a case."""
        see_index("closed", closed, "durations", durations, instead="")
        times = spans_of("durations", durations, unit)
        wrong, hint = (times < 0) | np.isinf(times), "; NaN where it is not known"
        see_rows("durations", times, wrong, "be 0 or more and finite", hint=hint)
        done = _closed(closed, len(times))
        odd = far_out(np.where(np.isnan(done), np.nan, times), unit, "look whether that is so")
        factors = _factors(by, durations, times)
        return cls(durations=times, closed=done, factors=factors, unit=unit, cautions=odd)


def unit_word(unit: str) -> str:
    """Return what one unit of time is called; "" where nothing is said of it."""
    if unit == "":
        return unit
    with suppress(ValueError):
        return unit_of("unit", unit)
    return text("unit", unit).removesuffix("s")


def in_units(unit: str) -> str:
    """Return what a title says of the unit of its times."""
    return f", in {unit}s" if unit else ""


def far_out(
    durations: Array, unit: str, advice: str, rows: NDArray[np.intp] | None = None
) -> list[str]:
    """Say that the longest duration is far beyond all others, as that of a wrong year is.

    `rows` are the places of the cases in the log.
    """
    known = np.flatnonzero(~np.isnan(durations))
    own = durations[known]
    most = own.max(initial=0)
    others = own[own < most].max(initial=0)
    if len(known) < FEW or not others or most <= FAR * others:
        return []
    which = known[own == most]
    row = (which[0] if rows is None else rows[which[0]]) + 1
    who = "one case was" if len(which) == 1 else f"{len(which):,} cases were"
    long = " ".join(filter(None, [f"{most:,.6g}", unit and f"{unit}s"]))
    times = f"{most / others:,.0f} times as long as any other"
    return [f"{who} open for {long} (row {row:,}), {times}: {advice}"]


def spans_of(argument: str, spans: Any, unit: str) -> Array:  # noqa: ANN401 (numbers or times)
    """Return spans of time in a row in the unit, in which numbers count already; NaN = missing."""
    try:
        cells: Any = np.asarray(spans)
    except ValueError:  # of different shapes
        cells = np.empty(0)
    if cells.dtype.kind == "M":
        rule = f"`{argument}` must be spans of time, got dates"
        msg = f"{rule}; complaint_curve_from_cases takes the dates of opening and closing"
        raise TypeError(msg)
    if cells.dtype.kind == "m":
        hidden = np.ma.getmaskarray(spans) if isinstance(spans, np.ma.MaskedArray) else False
        spans = np.where(hidden, np.nan, counted(argument, cells, unit))
    elif cells.dtype == object and cells.ndim == 1 and any(map(is_span, cells)):
        spans = [counted(argument, cell, unit) if is_span(cell) else cell for cell in cells]
    return in_a_row(argument, spans, "a number for each case", hint="; give the column itself")


def _closed(closed: Any, rows: int) -> Array:  # noqa: ANN401 (booleans of any kind)
    """Return 1 where a case is closed and 0 where it is open, NaN where missing."""
    try:
        found = in_a_row("closed", closed, "true or false for each case")
    except ValueError as error:
        msg = f"{error}; compare words with the one that means closed, as frame['status'] == 'done'"
        raise ValueError(msg) from error
    if len(found) != rows:
        rule = "`closed` must be true or false for each case"
        msg = f"{rule}, got {len(found)} for {rows} durations"
        raise ValueError(msg)
    return flags("closed", found)


def _factors(by: Any, durations: Any, times: Array) -> list[Factor]:  # noqa: ANN401 (labels)
    """Return the group columns: labels in a row, or several columns by name."""
    if by is None:
        return []
    if isinstance(by, str):
        rule = "`by` must be the label of each case, or a mapping of names to labels"
        msg = f"{rule}, got {brief(by)}; give the column itself"
        raise TypeError(msg)
    if not isinstance(by, Mapping):
        if has_names(by):
            source = table_of("by", by)
            by = {name: source.column(place) for place, name in enumerate(source.names)}
        else:
            own = getattr(by, "name", None)
            by = {own if own and isinstance(own, str) else "group": by}
    see_indices("by", by, "durations", durations, instead="")
    return factors_of(Source.of_columns("durations", ["durations"], [times]), by)
