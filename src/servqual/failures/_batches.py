"""Batches of an event log: which rows are kept, and what their columns say."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, is_nothing, numbers
from servqual._frames.sources import MISSING, Coded, Source, is_whole
from servqual._frames.words import cells_of
from servqual.failures._grids import Floats, Places

__all__ = ["Batch", "known_numbers", "loose_cells"]

NARROW = 256  # whole numbers that lie so close are cells as they are


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


def loose_cells(source: Source, place: int) -> Coded:
    """Return cells of a column, not all of which need occur, and the place of each row's."""
    words = source.categories(place) or source.words(place)
    if words is not None:
        return words
    column = source.column(place)
    if is_whole(column):
        low, high = int(column.min()), int(column.max())
        if 0 <= low <= high < NARROW:
            return range(high + 1), column
        if high - low < NARROW:
            return range(low, high + 1), np.subtract(column, low, dtype=np.intp)
    return cells_of(Source.of_columns("", ("",), [column]), 0)  # the column is read but once


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
