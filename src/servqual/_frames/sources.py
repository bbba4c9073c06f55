"""Tables of every kind seen alike: columns asked for by place, with the names they have."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, existing_file, nearest, needed
from servqual._frames.arrow import (
    arrow_categories,
    arrow_column,
    arrow_times,
    arrow_words,
    dictionary_of,
    encoded,
    polars_categories,
)
from servqual._frames.columns import Coded, Column, ColumnRef, SideColumns
from servqual._frames.files import lines_of, reading, sheet_of, statistics_file_of

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["Source"]

MANY = 10_000  # rows for which it is worth a tenth of a second to load Arrow


def _no_quicker_way(_: int) -> None:
    return None


@attrs.frozen(eq=False)
class Source:
    """Columns of one length; a plain array has no names.

    Parameters
    ----------
    where : str
        Words for messages, such as "the file 'answers.csv'".
    names : tuple of str
        The headers, which may repeat; empty where columns have places only.
    width : int
        The number of columns.
    column : callable
        Gives the column at a place.
    table : ndarray
        The whole as one array, where it is one.
    side_by_side : bool
        Whether several columns of whole numbers come as one array, in which each column stands
        together: quicker to make and to pass over, but slow where rows are taken by group.
    times : callable
        Gives a column of times as datetime64 without zones, quicker than one object a time, and
        whether they had one; or None, where the column is of something else.
    words : callable
        Gives a column of texts by its distinct cells, quicker than one object a row; or None, where
        the column is of something else, or there is no quicker way.
    categories : callable
        Gives a column of categories by all that there are, in any order, whether they occur or not:
        quicker still; or None.
    size : int
        The number of rows, where it is known before a column is asked for.
    """

    where: str
    names: tuple[str, ...]
    width: int
    column: Callable[[int], Column]
    table: NDArray[Any] | None = None
    side_by_side: bool = False
    times: Callable[[int], tuple[NDArray[Any], bool] | None] = _no_quicker_way
    words: Callable[[int], Coded | None] = _no_quicker_way
    categories: Callable[[int], Coded | None] = _no_quicker_way
    size: int | None = None

    def columns(self, places: list[int]) -> NDArray[Any] | list[Column]:
        """Return several columns; of an array as one array, a view where they stand in a row."""
        if self.table is None:
            found = [self.column(place) for place in places]
            kinds = {column.dtype if isinstance(column, np.ndarray) else None for column in found}
            alike = len(kinds) == 1 and getattr(kinds.pop(), "kind", "") in {"i", "u"}
            return np.array(found).T if self.side_by_side and alike else found
        in_a_row = places == list(range(places[0], places[0] + len(places)))
        return self.table[:, places[0] : places[-1] + 1] if in_a_row else self.table[:, places]

    def place(self, argument: str, wanted: ColumnRef) -> int:
        """Return the 0-based place of a column that is asked for by name or place."""
        if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
            if 0 <= wanted < self.width:
                return int(wanted)
            msg = f"`{argument}`: {self.where} has columns 0..{self.width - 1}, got {wanted}"
            raise ValueError(msg)
        if not isinstance(wanted, str):
            msg = f"`{argument}` must name columns or give their places, got {wanted!r}"
            raise TypeError(msg)
        found = [place for place, name in enumerate(self.names) if name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            msg = (
                f"`{argument}`: {self.where} has {len(found)} columns {wanted!r}, at the places "
                f"{', '.join(map(str, found))}; give places instead of names"
            )
            raise ValueError(msg)
        tail = nearest(wanted, self.names) if self.names else "; its columns have places only"
        msg = f"`{argument}`: {self.where} has no column {wanted!r}{tail}"
        raise ValueError(msg)

    def places(
        self, argument: str, side: SideColumns, part: str, codes: Sequence[str]
    ) -> list[int]:
        """Return the places of the columns of parts ("item"): a pattern, names or places."""
        mark = f"{{{part}}}"
        if isinstance(side, str):
            if mark not in side and "{n}" not in side and len(codes) > 1:
                rule = f"must be a pattern with {mark} or {{n}}, or a list of columns"
                msg = f"`{argument}` {rule}, got {side!r}"
                raise ValueError(msg)
            if "{n}" in side and _numbered_otherwise(codes):
                msg = (
                    f"`{argument}`: {{n}} counts places, and the {part}s of this form have numbers "
                    f"in another order; write {side.replace('{n}', mark)!r}, or list the columns"
                )
                raise ValueError(msg)
            wanted: list[ColumnRef] = [
                side.replace(mark, code).replace("{n}", str(n)) for n, code in enumerate(codes, 1)
            ]
        else:
            wanted = list(side)
        if len(wanted) != len(codes):
            rule = f"must have a column for each of the {len(codes)} {part}s"
            msg = f"`{argument}` {rule}, got {len(wanted)}"
            raise ValueError(msg)
        found = [self.place(argument, column) for column in wanted]
        for n, place in enumerate(found):
            if place in found[:n]:
                msg = f"`{argument}` must name different columns, got {wanted[n]!r} twice"
                raise ValueError(msg)
        return found

    def name(self, place: int) -> str:
        """Return the name of a column, or its place as text."""
        return self.names[place] if self.names else str(place)

    def parts(self, rows: int) -> "Iterator[Source]":
        """Yield columns in memory in slices of at most so many rows."""
        size = len(self.column(0)) if self.size is None else self.size

        def part(start: int) -> "Source":  # of which columns that nobody asks for are not touched
            stop = start + rows
            return Source(
                self.where, self.names, self.width, lambda place: self.column(place)[start:stop]
            )

        yield from map(part, range(0, max(size, 1), rows))  # one without rows has columns too

    @classmethod
    def of_array(cls, array: NDArray[Any]) -> "Source":
        """Take an array with two axes; its columns have places only."""
        return cls("the array", (), array.shape[1], lambda place: array[:, place], array)

    @classmethod
    def of_columns(cls, where: str, names: Sequence[str], columns: Sequence[Column]) -> "Source":
        """Take columns in memory."""
        return cls(where, tuple(names), len(names), columns.__getitem__)

    @classmethod
    def of_mapping(cls, argument: str, columns: Mapping[str, Any]) -> "Source":
        """Take columns by name, which must be of one length."""
        found: dict[str, Any] = {}
        for name, column in columns.items():
            if isinstance(column, (str, bytes)) or not isinstance(column, Iterable):
                rule = f"`{argument}` must map names to columns"
                msg = f"{rule}, got {brief(column)} for {name!r}"
                raise TypeError(msg)
            found[str(name)] = column if isinstance(column, Sized) else list(column)
        if not found:
            msg = f"`{argument}` must map names to columns, got none"
            raise ValueError(msg)
        sizes = {name: len(column) for name, column in found.items()}
        if len(set(sizes.values())) > 1:
            msg = f"`{argument}` must have columns of one length, got {sizes}"
            raise ValueError(msg)
        given = list(found.values())

        @cache
        def column_at(place: int) -> Column:  # those that nobody asks for stay what they are
            column = given[place]
            if isinstance(column, (np.ndarray, list)):
                return column
            plain = getattr(column, "to_pylist", None)  # of pyarrow
            return list(column) if plain is None else cast("Column", plain())

        size = next(iter(sizes.values()))
        return cls("the mapping", tuple(found), len(found), column_at, size=size)

    @classmethod
    def of_frame(cls, frame: object, where: str = "the frame") -> "Source":
        """Take any data frame that narwhals knows; a lazy one is collected."""
        names, wide = _wide(frame)
        return cls._of_wide(where, names, wide)

    @classmethod
    def batches(cls, frame: object, rows: int) -> "Iterator[Source]":
        """Yield an eager frame in slices of at most so many rows."""
        names, wide = _wide(frame)
        for start in range(0, len(wide), rows):
            yield cls._of_wide("the frame", names, wide[start : start + rows])

    @classmethod
    def arrow_batches(cls, batch: Any, rows: int) -> "Iterator[Source]":  # noqa: ANN401
        """Yield an Arrow record batch in slices of at most so many rows.

        Not by way of narwhals: Arrow's own conversion loads pandas, which takes 70 MB.
        """
        names = tuple(batch.schema.names)
        for start in range(0, batch.num_rows, rows):
            part = batch.slice(start, rows)
            read, times = partial(arrow_column, part), partial(arrow_times, part)
            words, kinds = partial(arrow_words, part), partial(arrow_categories, part)
            yield cls(
                "the frame", names, len(names), read, times=times, words=words, categories=kinds
            )

    def among(self, where: str, names: tuple[str, ...], *, side_by_side: bool) -> "Source":
        """Return the source as part of a table with more columns, which keep their places."""
        here = {name: place for place, name in enumerate(self.names)}

        def own(place: int) -> int:
            return here[names[place]] if self.width < len(names) else place

        return Source(
            where,
            names,
            len(names),
            lambda place: self.column(own(place)),
            side_by_side=side_by_side,
            times=lambda place: self.times(own(place)),
            words=lambda place: self.words(own(place)),
            categories=lambda place: self.categories(own(place)),
        )

    @classmethod
    def _of_wide(cls, where: str, names: tuple[str, ...], wide: "nw.DataFrame[Any]") -> "Source":
        import narwhals.stable.v2 as nw  # a tenth of a second

        def column(place: int) -> Column:
            series = wide[:, place]
            if not series.dtype.is_numeric():
                return series.to_list()
            if series.dtype.is_decimal() or series.null_count():
                series = series.cast(nw.Float64)
            return series.to_numpy()

        def times(place: int) -> tuple[NDArray[Any], bool] | None:
            return _wide_times(wide[:, place])

        def arrow(place: int, *kinds: "type[nw.dtypes.DType]") -> Any:  # noqa: ANN401 (of Arrow)
            series = wide[:, place]
            objects = isinstance(getattr(series.to_native(), "dtype", None), np.dtype)  # of pandas
            fits = isinstance(series.dtype, kinds) and not objects and len(series) >= MANY
            return series.to_arrow() if fits and find_spec("pyarrow") is not None else None

        def words(place: int) -> Coded | None:
            found = arrow(place, nw.String, nw.Categorical, nw.Enum)
            return None if found is None else encoded(found)

        def categories(place: int) -> Coded | None:
            series = wide[:, place]
            if isinstance(series.dtype, nw.Categorical) and wide.implementation.is_polars():
                return polars_categories(series.to_native())
            found = arrow(place, nw.Categorical, nw.Enum)
            return None if found is None else dictionary_of(found)

        return cls(
            where, names, len(names), column, times=times, words=words, categories=categories
        )

    @classmethod
    def of_file(cls, path: Path, *, encoding: str | None, separator: str | None) -> "Source":
        """Read a file of the kind that its suffix names."""
        where = f"the file {path.name!r}"
        match existing_file(path).suffix.lower():
            case ".parquet":
                with reading(where):
                    table = needed("pyarrow.parquet").read_table(path)
                return cls.of_frame(table, where)
            case ".xlsx" | ".xlsm":
                return cls.of_rows(where, sheet_of(path, where))
            case ".sav" | ".zsav" | ".dta":
                return cls.of_columns(where, *statistics_file_of(path, where))
            case _:
                return cls.of_rows(where, lines_of(path, where, encoding, separator))

    @classmethod
    def of_rows(cls, where: str, rows: Iterable[Sequence[Any]]) -> "Source":
        """Take rows of cells, the first of which is the header; blank lines are passed over."""
        numbered = [(n, row) for n, row in enumerate(rows, 1) if row]
        if len(numbered) < 2:
            msg = f"{where} must have a header and at least one row, got " + (
                "a header alone" if numbered else "nothing"
            )
            raise ValueError(msg)
        (_, header), *body = numbered
        for n, row in body:
            if len(row) != len(header):
                msg = f"{where}: row {n} has {len(row)} cells where the header has {len(header)}"
                raise ValueError(msg)
        names = ["" if name is None else str(name).strip() for name in header]
        return cls.of_columns(where, names, list(zip(*(row for _, row in body), strict=True)))


def _numbered_otherwise(codes: Sequence[str]) -> bool:
    """Tell whether codes are the numbers 1, 2, … in another order."""
    places = [str(n) for n in range(1, len(codes) + 1)]
    return list(codes) != places and sorted(codes) == sorted(places)


def _wide(frame: Any) -> "tuple[tuple[str, ...], nw.DataFrame[Any]]":  # noqa: ANN401 (any frame)
    """Return the headers of a frame, which may repeat, and the frame with headers that do not."""
    import narwhals.stable.v2 as nw  # a tenth of a second

    frame, names = nw.to_native(frame, pass_through=True), None
    if nw.dependencies.is_pandas_dataframe(frame):
        names = list(frame.columns)
        frame = frame.set_axis([str(place) for place in range(len(names))], axis=1)
    elif nw.dependencies.is_pyarrow_table(frame):
        names = frame.column_names
        frame = frame.rename_columns([str(place) for place in range(len(names))])
    try:
        native = nw.from_native(frame)
    except TypeError as error:
        msg = f"a data frame that narwhals knows is wanted, got a {type(frame).__name__}"
        raise TypeError(msg) from error
    wide = native.collect() if isinstance(native, nw.LazyFrame) else native
    return tuple(map(str, names or wide.columns)), wide


def _wide_times(series: "nw.Series[Any]") -> tuple[NDArray[Any], bool] | None:
    """Return a column of dates, and whether they had a zone."""
    import narwhals.stable.v2 as nw  # a tenth of a second

    if isinstance(series.dtype, nw.Date):
        days = series.to_numpy()
        return (days, False) if days.dtype.kind == "M" else None
    if not isinstance(series.dtype, nw.Datetime):
        return None
    zoned = series.dtype.time_zone is not None
    if zoned:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.to_numpy(), zoned
