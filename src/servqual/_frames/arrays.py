"""Numbers side by side: arrays, nested sequences, or columns of a frame, as one array."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, is_nothing, numbers
from servqual._frames.columns import Column, is_blank
from servqual._frames.sources import Source

__all__ = [
    "flags",
    "flags_in",
    "has_names",
    "in_a_row",
    "matrix",
    "one_each",
    "see_index",
    "see_rows",
    "square_by_name",
    "table_of",
]

TRUTHS = {"yes": 1, "true": 1, "1": 1, "1.0": 1, "no": 0, "false": 0, "0": 0, "0.0": 0}


def table_of(
    argument: str,
    value: Any,  # noqa: ANN401 (an array or any frame)
    names: Sequence[str] = (),
    *,
    hint: str = "",
) -> Source:
    """Return a mapping of columns, a frame or an array as columns with names.

    Those of an array are `names`, else "1", "2", …; `hint` says what to do with another shape.
    """
    import narwhals.stable.v2 as nw  # a tenth of a second

    native = nw.to_native(value, pass_through=True)
    if isinstance(native, Mapping):
        return Source.of_mapping(argument, native)
    eager = nw.dependencies.is_into_dataframe(native)  # headers may repeat
    if eager or isinstance(nw.from_native(native, pass_through=True), nw.LazyFrame):
        return Source.of_frame(native)
    if isinstance(native, (str, bytes, Path)):
        msg = f"`{argument}` must be a table, got {brief(native)}; read files first, as with pandas"
        raise TypeError(msg)
    if type(native).__module__.partition(".")[0] == "servqual":
        advice = (
            "of a survey give one side, as survey.perceptions, and of a result its Table's columns"
        )
        msg = f"`{argument}` must be a table, got a {type(native).__name__}; {advice}"
        raise TypeError(msg)
    array = _plain(native)
    if array.ndim != 2 or array.shape[1] != len(names or array.T):
        wanted = f"a column for each of {', '.join(map(repr, names))}" if names else "two axes"
        msg = f"`{argument}` must be a table with {wanted}, got shape {array.shape}{hint}"
        raise ValueError(msg)
    labels = names or [str(n) for n in range(1, array.shape[1] + 1)]
    return Source.of_columns("the array", labels, list(array.T))


def has_names(value: Any) -> bool:  # noqa: ANN401 (anything)
    """Tell whether a table has columns with names, as frames and mappings have."""
    import narwhals.stable.v2 as nw  # a tenth of a second

    frame = nw.from_native(nw.to_native(value, pass_through=True), pass_through=True)
    return isinstance(frame, (nw.DataFrame, nw.LazyFrame, Mapping))


def matrix(
    argument: str,
    value: Any,  # noqa: ANN401 (an array, any frame, or a Source)
    names: Sequence[str],
    *,
    asked: str = "",
    hint: str = "",
) -> NDArray[np.float64]:
    """Return numbers (rows, names), NaN where missing; of a frame, the columns of these names.

    `asked` is the argument that names them, if it is another.
    """
    source = value if isinstance(value, Source) else table_of(argument, value, names, hint=hint)
    columns = [source.column(source.place(asked or argument, name)) for name in names]
    if not columns:
        msg = f"`{asked or argument}` must have at least one column, got none"
        raise ValueError(msg)
    if not len(columns[0]):
        msg = f"`{argument}` must have at least one row, got none"
        raise ValueError(msg)
    return np.stack(
        [_finite(f"{argument}[{n!r}]", c) for n, c in zip(names, columns, strict=True)], axis=1
    )


def in_a_row(
    argument: str,
    values: Any,  # noqa: ANN401 (numbers of any kind)
    rule: str,
    *,
    hint: str = "",
) -> NDArray[np.float64]:
    """Return numbers with one axis, NaN where missing; `rule` and `hint` say what they are."""
    try:
        cells = np.asarray(values)
    except ValueError:  # of different shapes
        cells = np.asarray(values, dtype=object)
    if isinstance(values, np.ma.MaskedArray):
        cells = np.where(np.ma.getmaskarray(values), np.nan, cells)
    if cells.ndim == 2 and has_names(values):
        columns = table_of(argument, values).names
        advice = f"; give one, as frame[{columns[0]!r}]" if columns else ""
        msg = f"`{argument}` must be {rule}, got a frame with {len(columns)} columns{advice}"
        raise ValueError(msg)
    if cells.ndim != 1 or not cells.size:
        shape = f"with shape {cells.shape}{hint}"
        msg = f"`{argument}` must be {rule}, at least one, got {brief(values)} {shape}"
        raise ValueError(msg) if cells.ndim else TypeError(msg)
    plain: Any = cells
    if cells.dtype.kind not in "biufmM":
        plain = [None if is_nothing(cell) else cell for cell in cells.tolist()]
    return numbers(argument, plain)


def one_each(
    argument: str,
    values: Any,  # noqa: ANN401 (numbers of any kind)
    rows: int,
    rule: str = "a number for each respondent",
) -> NDArray[np.float64]:
    """Return finite numbers, one for each of so many respondents, NaN where missing."""
    found = in_a_row(argument, values, rule, hint="; give the column itself")
    if len(found) != rows:
        msg = f"`{argument}` must have one number for each of {rows} respondents, got {len(found)}"
        raise ValueError(msg)
    if (bad := np.flatnonzero(np.isinf(found))).size:
        msg = f"`{argument}` must be finite, got {found[bad[0]]} (row {bad[0] + 1})"
        raise ValueError(msg)
    return found


def see_index(
    argument: str,
    own: Any,  # noqa: ANN401 (anything)
    other: str,
    table: Any,  # noqa: ANN401 (anything)
    *,
    instead: str = "give a column's name, or ",
) -> None:
    """See that a pandas Series stands in the order of the frame that it belongs to.

    `instead` says what else could be given.
    """
    mine: Any = getattr(own, "index", None)
    theirs = getattr(table, "index", None)
    if hasattr(mine, "equals") and hasattr(theirs, "equals") and not mine.equals(theirs):
        msg = (
            f"`{argument}` must have the index of `{other}`, got another; {instead}put both in one "
            f"order, as {argument}.reindex({other}.index)"
        )
        raise ValueError(msg)


def see_rows(
    argument: str,
    values: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    rule: str,
    *,
    hint: str = "",
) -> None:
    """See that no number is `wrong`; the message has the first, and how many there are."""
    bad = np.flatnonzero(wrong)
    if bad.size:
        more = f"; {bad.size:,} such in all" if bad.size > 1 else ""
        got = f"got {values[bad[0]]:g} (row {bad[0] + 1}{more})"
        msg = f"`{argument}` must {rule}, {got}{hint}"
        raise ValueError(msg)


def flags(
    argument: str, values: NDArray[np.float64], more: str = "", *, hint: str = ""
) -> NDArray[np.float64]:
    """See that all numbers are 1 for true, 0 for false, or NaN; return them."""
    wrong = ~(np.isnan(values) | (values == 0) | (values == 1))
    see_rows(argument, values, wrong, f"be True or False, 1 or 0{more}", hint=hint)
    return values


def flags_in(source: Source, argument: str, name: str, more: str = "") -> NDArray[np.float64]:
    """Return a column of numbers, booleans or texts that say yes or no as 1, 0 and NaN."""
    column, more = source.column(source.place(argument, name)), f", yes or no{more}"
    if not isinstance(column, np.ndarray) or column.dtype.kind in "OUT":
        cells = list(column)
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and not is_blank(cell):
                word = cell.strip().casefold()
                if word not in TRUTHS:
                    rule = f"`{argument}` must be True or False, 1 or 0{more}"
                    msg = f"{rule}, got {brief(cell)} (row {row + 1})"
                    raise ValueError(msg)
                cells[row] = TRUTHS[word]
        column = cells
    return flags(argument, _finite(argument, column), more)


def square_by_name(
    argument: str,
    value: Any,  # noqa: ANN401 (an array or any frame)
    names: Sequence[str],
) -> Any:  # noqa: ANN401 (an array, or what came)
    """Return a labelled square, such as correlations, by name; what has no labels, as it is.

    Labels are the names of a frame's columns and those in the index of pandas. Where only one of
    the two has names, rows and columns stand in the same order.
    """
    import narwhals.stable.v2 as nw  # a tenth of a second

    native = nw.to_native(value, pass_through=True)
    if not nw.dependencies.is_into_dataframe(native):
        return value
    source = Source.of_frame(native)
    given: dict[str, Sequence[Any]] = {"columns": source.names}
    if nw.dependencies.is_pandas_dataframe(native):
        given = {"columns": list(native.columns), "rows": list(native.index)}
    labels = {
        axis: distinct(f"{axis} of {argument}", found)
        for axis, found in given.items()
        if found and all(isinstance(label, str) for label in found)
    }
    for axis, found in labels.items():
        if set(found) != set(names):
            wanted, got = (", ".join(map(repr, some)) for some in (names, found))
            msg = (
                f"`{argument}` must have the {axis} {wanted}, got {got}; rename them, or give an "
                "array in that order"
            )
            raise ValueError(msg)
    cells = [numbers(argument, source.column(place)) for place in range(source.width)]
    square = np.array(cells).T
    if labels and square.shape == (len(names), len(names)):
        either = next(iter(labels.values()))
        axes = (labels.get(axis, either) for axis in ("rows", "columns"))
        square = square[np.ix_(*([found.index(name) for name in names] for found in axes))]
    return square


def _plain(value: Any) -> NDArray[Any]:  # noqa: ANN401 (anything)
    """Return an array; what is masked is missing, and rows of different lengths have no shape."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "US" and not isinstance(value, np.ndarray):
            array = np.asarray(value, dtype=object)  # or NaN among words is the word "nan"
    except ValueError:
        return np.empty(0, dtype=object)
    if isinstance(value, np.ma.MaskedArray):
        cells = array.astype(object) if array.dtype.kind in "US" else array
        array = np.where(np.ma.getmaskarray(value), np.nan, cells)
    return array


def _is_missing(cell: object) -> bool:
    return is_nothing(cell) or (isinstance(cell, str) and is_blank(cell))


def _finite(name: str, column: Column) -> NDArray[np.float64]:
    """Return a column as numbers, and see that none is infinite."""
    if not isinstance(column, np.ndarray) or column.dtype.kind in "OUT":
        cells = column.tolist() if isinstance(column, np.ndarray) else column
        column = [np.nan if _is_missing(cell) else cell for cell in cells]
    found = numbers(name, column)
    bad = np.flatnonzero(np.isinf(found))
    if bad.size:
        msg = f"`{name}` must be finite, got {found[bad[0]]} (row {bad[0] + 1})"
        raise ValueError(msg)
    return found
