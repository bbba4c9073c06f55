"""Times of an event log and the time between them: dates, or plain numbers of a named unit."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, choice, is_nothing, numbers
from servqual._frames.sources import Column, Source

__all__ = ["SECONDS", "elapsed", "instants", "times_of"]

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
Times = NDArray[Any]  # of float64 or datetime64


def times_of(source: Source, name: str, place: int, *, before: int = 0) -> Times:
    """Return a column of times; `before` counts earlier rows."""
    found = source.times(place)
    return instants(name, source.column(place) if found is None else found, before=before)


def instants(name: str, column: Column, *, before: int = 0) -> Times:
    """Return times as datetime64 in microseconds, or as numbers where the column has numbers.

    Dates may be datetime objects or ISO texts; those with a zone are turned to UTC. A missing
    time is NaT, or NaN among numbers.
    """
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        return column.astype("datetime64[us]")
    if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
        return column.astype(float)
    cells = column.tolist() if isinstance(column, np.ndarray) else list(column)
    dated = [isinstance(cell, (date, str)) for cell in cells]
    if not any(dated):
        return numbers(
            name, [np.nan if is_nothing(cell) else cell for cell in cells], before=before
        )
    return np.array(
        [_instant(name, cell, before + row) for row, cell in enumerate(cells, 1)],
        dtype="datetime64[us]",
    )


def _instant(name: str, cell: Any, row: int) -> Any:  # noqa: ANN401 (a cell, what numpy takes)
    if is_nothing(cell) or cell == "":
        return None
    try:
        found = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
    except ValueError:
        found = None
    if isinstance(found, datetime):
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    if isinstance(found, date):
        return found
    msg = (
        f"`{name}` must be dates as 2026-01-31 09:30, or numbers, got {brief(cell)} (row {row}); "
        "turn other texts into dates first, as with datetime.strptime or pandas.to_datetime"
    )
    raise ValueError(msg)


def elapsed(later: Times, earlier: Times, unit: str) -> NDArray[np.float64]:
    """Return later - earlier in the unit, in which plain numbers count already; NaN if unknown."""
    seconds = SECONDS[choice("unit", unit, tuple(SECONDS))]
    between: Times = later - earlier
    if between.dtype.kind != "m":
        return np.asarray(between, dtype=float)
    return np.asarray(between / np.timedelta64(seconds, "s"))
