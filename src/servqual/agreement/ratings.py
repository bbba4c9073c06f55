"""Ratings of units by raters, and their reader from long form."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, frozen_array, instance, is_nothing, same_array
from servqual._frames.arrays import table_of
from servqual._frames.columns import ColumnRef, is_blank
from servqual._frames.groups import label_of
from servqual._frames.sources import Source
from servqual._frames.words import cells_of

__all__ = ["Ratings", "ratings_from_frame"]

Places = NDArray[np.intp]


def _labels(value: object) -> tuple[str, ...]:
    instance("labels", value, list, tuple)
    return distinct("labels", value)  # type: ignore[arg-type]  # one of the two


@attrs.frozen(kw_only=True, repr=False)
class Ratings:
    """Ratings, a row a unit and a column a rater, in numbers or in words.

    Make them of a frame in long form with `ratings_from_frame`. All functions of agreement take
    them in the place of a table.

    Parameters
    ----------
    units : sequence of str
        What was rated.
    raters : sequence of str
        Who rated it.
    values : array_like (units, raters)
        Numbers, NaN where there is no rating; or words, "" where there is none.

    Examples
    --------
    >>> Ratings(units=("call 1", "call 2"), raters=("ann", "bob"), values=[[1, 2], [2, np.nan]])
    3 ratings of 2 units by 2 raters
    """

    units: tuple[str, ...] = attrs.field(converter=_labels)
    raters: tuple[str, ...] = attrs.field(converter=_labels)
    values: NDArray[Any] = attrs.field(converter=frozen_array, eq=same_array, hash=False)

    def __attrs_post_init__(self) -> None:
        wanted = (len(self.units), len(self.raters))
        if self.values.shape != wanted or self.values.dtype.kind not in "iufU":
            got = f"got {self.values.dtype} of shape {self.values.shape}"
            msg = f"`values` must be numbers or words (units, raters) = {wanted}, {got}"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Return how many ratings these are."""
        words = self.values.dtype.kind == "U"
        there = self.values != "" if words else ~np.isnan(self.values)
        of = f"{len(self.units)} units by {len(self.raters)} raters"
        return f"{int(there.sum())} ratings of {of}"


def ratings_from_frame(
    frame: Any,  # noqa: ANN401 (any frame)
    *,
    unit: ColumnRef,
    rater: ColumnRef,
    rating: ColumnRef,
) -> Ratings:
    """Read ratings in long form, a row a rating, as incident logs and mystery shoppers give them.

    Parameters
    ----------
    frame : data frame or mapping of columns
        One row a rating.
    unit, rater, rating : str or int
        The columns: what was rated, who rated it, and how. A missing rating (NaN, None, "", "NA",
        "N/A" or "-", in any case) is none; the unit and the rater of its row still take part. Other
        codes, such as 99 or "missing", are ratings: make them NaN first.

    Returns
    -------
    Ratings
        Units and raters in the order in which they come. Numbers, unless a rating is a word.

    Raises
    ------
    TypeError, ValueError
        If a column is unknown, a unit or a rater is missing, or a rater rated a unit twice.

    Examples
    --------
    >>> log = {"call": [1, 1, 2], "coder": ["ann", "bob", "ann"], "code": ["late", "rude", "late"]}
    >>> ratings_from_frame(log, unit="call", rater="coder", rating="code").values.tolist()
    [['late', 'rude'], ['late', '']]
    """
    source = table_of("frame", frame)
    units, rows = _named(source, "unit", unit)
    raters, columns = _named(source, "rater", rater)
    cells, codes = cells_of(source, source.place("rating", rating))
    values, there = _cells(cells)
    if not there[codes].any():
        msg = f"`rating` must have at least one rating, got none in {len(codes)} rows"
        raise ValueError(msg)
    rated = np.flatnonzero(there[codes])
    _see_once(rows * len(raters) + columns, rated, units, raters)
    nothing = "" if values.dtype.kind == "U" else np.nan
    found = np.full((len(units), len(raters)), nothing, dtype=values.dtype)
    found[rows[rated], columns[rated]] = values[codes[rated]]
    return Ratings(units=units, raters=raters, values=found)


def _named(source: Source, argument: str, column: ColumnRef) -> tuple[tuple[str, ...], Places]:
    """Return the names in a column as they come, and the place of each row's name."""
    cells, codes = cells_of(source, source.place(argument, column))
    places: dict[str, int] = {}
    of_cells = [places.setdefault(label_of(cell), len(places)) for cell in cells]
    found = np.array(of_cells, dtype=np.intp)[codes]
    if "" in places:
        row = int(np.argmax(found == places[""])) + 1
        msg = f"`{argument}` must be there in every row, got nothing (row {row})"
        raise ValueError(msg)
    return tuple(places), found


def _cells(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:  # noqa: ANN401 (distinct cells)
    """Return distinct ratings as numbers, or as words where one is no number; and which are any."""
    labels = [label_of(cell) for cell in cells]
    there = np.array([not is_blank(label) for label in labels], dtype=bool)
    plain = (isinstance(c, (int, float, np.number)) or is_nothing(c) for c in cells)
    if all(plain):
        numbers = [float(c) if t else np.nan for c, t in zip(cells, there, strict=True)]
        return np.array(numbers, dtype=float), there
    return np.array(labels, dtype=str), there


def _see_once(
    pairs: Places, rated: Places, units: tuple[str, ...], raters: tuple[str, ...]
) -> None:
    """See that no rater rated a unit twice; pairs are counted unit by unit."""
    order = rated[np.argsort(pairs[rated], kind="stable")]
    again = np.flatnonzero(pairs[order][1:] == pairs[order][:-1])
    if again.size:
        first, second = order[again[0]], order[again[0] + 1]
        unit, rater = divmod(int(pairs[first]), len(raters))
        msg = (
            f"`frame` must have one rating of a unit by a rater, got {units[unit]!r} rated twice "
            f"by {raters[rater]!r} (rows {first + 1} and {second + 1})"
        )
        raise ValueError(msg)
