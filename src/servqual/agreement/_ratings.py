"""The one door for ratings, a row a unit and a column a rater: as numbers, or as categories."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct
from servqual._frames.arrays import matrix, table_of
from servqual._frames.columns import is_blank
from servqual._frames.groups import label_of, natural
from servqual._frames.sources import Source
from servqual._frames.words import cells_of
from servqual.agreement.ratings import Ratings
from servqual.survey import Moments, Survey

__all__ = [
    "AGREE",
    "ALIKE",
    "NOISE",
    "by_word",
    "distinct_rows",
    "numeric",
    "placed",
    "unit_names",
]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
REACH = 2**62  # of whole numbers that stand for rows of codes
GREATEST = 1e100  # whose square is still a number
AGREE = "raters agree everywhere"  # why there is no interval: nothing varies from unit to unit
ALIKE = "units do not differ"  # the same
NOISE = 1e-12  # an error of kappa, or a share of a variance, below it is rounding
HINT = "; give one row a unit and one column a rater, or make Ratings with ratings_from_frame"


def numeric(ratings: Any) -> tuple[Array, tuple[str, ...]]:  # noqa: ANN401 (an array, any frame, or Ratings)
    """Return ratings as numbers (units, raters), NaN where there is none, and the raters."""
    return _numbers(_source(ratings))


def placed(values: Array) -> tuple[Codes, Array]:
    """Return the place of each number, -1 where it is NaN, among the distinct ones."""
    known = ~np.isnan(values)
    found, places = np.unique(values[known], return_inverse=True)
    codes = np.full(values.shape, -1)
    codes[known] = places
    return codes, found


def by_word(ratings: Any) -> tuple[Codes, tuple[str, ...]]:  # noqa: ANN401 (as above)
    """Return the place of each rating, -1 where there is none, among the distinct categories."""
    source = _source(ratings)
    columns = [source.column(place) for place in range(source.width)]
    if all(isinstance(column, np.ndarray) and column.dtype.kind in "iuf" for column in columns):
        codes, values = placed(_numbers(source)[0])
        return codes, tuple(map(label_of, values.tolist()))
    read = [cells_of(source, place) for place in range(source.width)]
    labels = [[label_of(cell) for cell in cells] for cells, _ in read]
    words = {label for some in labels for label in some}
    known = sorted((word for word in words if not is_blank(word)), key=natural)
    places = {label: place for place, label in enumerate(known)}
    found = [
        np.array([places.get(label, -1) for label in some], dtype=np.intp)[codes]
        for some, (_, codes) in zip(labels, read, strict=True)
    ]
    if not len(found[0]):
        msg = f"`ratings` must have at least one row, got none{HINT}"
        raise ValueError(msg)
    return np.stack(found, axis=1), tuple(known)


def unit_names(ratings: Any, units: int) -> tuple[str, ...]:  # noqa: ANN401 (as above)
    """Return the names of units: their own, or "1", "2", …."""
    if isinstance(ratings, Ratings):
        return ratings.units
    return tuple(map(str, range(1, units + 1)))


def distinct_rows(rows: Codes) -> tuple[Codes, NDArray[np.int64]]:
    """Return the different rows of whole numbers from -1 on, and how many there are of each."""
    keys: NDArray[Any] = np.zeros(len(rows), dtype=np.int64)
    span, size = 1, int(rows.max(initial=-1)) + 2
    for column in rows.T:
        if span * size > REACH:
            found, keys = np.unique(keys, return_inverse=True)
            span = len(found)
        keys = keys * size + (column + 1)
        span *= size
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return rows[first], times


def _source(ratings: Any) -> Source:  # noqa: ANN401 (as above)
    if isinstance(ratings, Ratings):
        return Source.of_columns("the ratings", ratings.raters, list(ratings.values.T))
    if isinstance(ratings, (Survey, Moments)):
        kind = type(ratings).__name__
        msg = f"`ratings` must be a table of units by raters, got a {kind}{HINT}"
        raise TypeError(msg)
    source = table_of("ratings", ratings, hint=HINT)
    if not source.names:
        msg = f"`ratings` must have at least one column, got none{HINT}"
        raise ValueError(msg)
    return source


def _numbers(source: Source) -> tuple[Array, tuple[str, ...]]:
    raters = distinct("raters", source.names)
    values = matrix("ratings", source, raters)
    reach = max(-np.nanmin(values, initial=0), np.nanmax(values, initial=0))
    if reach > GREATEST:
        row, column = np.argwhere(np.abs(values) > GREATEST)[0].tolist()
        where = f"(row {row + 1}, {raters[column]!r})"
        exponent = round(math.log10(GREATEST))
        msg = f"`ratings` must lie within ±1e{exponent}, got {values[row, column]} {where}"
        raise ValueError(msg)
    return values, raters
