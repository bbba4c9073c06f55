"""Tables that are read a batch at a time: Parquet files, lazy frames, relations, data sets."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from servqual._checks import brief, existing_file, needed
from servqual._frames.files import reading
from servqual._frames.sources import Source

__all__ = ["batches"]

Places = Callable[[Source], Mapping[str, list[int]]]


def batches(
    argument: str,
    table: Any,  # noqa: ANN401 (anything that has rows)
    places: Places,
    *,
    rows: int,
    side_by_side: bool = False,
    hint: str = "",
) -> Generator[Source, None, None]:
    """Yield a table of any kind as sources of at most so many rows.

    `places` tells from a header which columns are needed; others need not be read.
    """
    import narwhals.stable.v2 as nw  # a tenth of a second

    table = nw.to_native(table, pass_through=True)
    if isinstance(table, Mapping):
        yield from Source.of_mapping(argument, table).parts(rows)
        return
    stream = Stream.of(table, rows)
    if stream is not None:
        yield from stream.sources(places, rows, side_by_side=side_by_side)
        return
    if isinstance(table, (str, bytes, Path)):
        rule = f"`{argument}` must be a table, or the path of a .parquet file"
        msg = f"{rule}, got {brief(table)}{hint}"
        raise TypeError(msg)
    found = _sources(argument, table, rows)
    if found is not None:
        yield from found
        return
    for batch in table:
        yield from batches(argument, batch, places, rows=rows, side_by_side=side_by_side, hint=hint)


def _sources(argument: str, table: Any, rows: int) -> Iterator[Source] | None:  # noqa: ANN401
    """Return a table in memory as sources, or None for an iterable of tables."""
    import narwhals.stable.v2 as nw  # a tenth of a second

    if isinstance(table, np.ndarray):
        if table.ndim != 2:
            msg = f"`{argument}` must be a table (rows, columns), got shape {table.shape}"
            raise ValueError(msg)
        return (
            Source.of_array(table[start : start + rows]) for start in range(0, len(table), rows)
        )
    if hasattr(table, "to_pydict") and not nw.dependencies.is_pyarrow_table(table):
        return Source.arrow_batches(table, rows)  # one of pyarrow's
    if nw.dependencies.is_into_dataframe(table):
        return Source.batches(table, rows)
    if isinstance(nw.from_native(table, pass_through=True), nw.LazyFrame):
        return iter([Source.of_frame(table)])
    if not isinstance(table, Iterable):
        msg = f"`{argument}` must be a table, got {brief(table)} that is a {type(table).__name__}"
        raise TypeError(msg)
    return None


@attrs.frozen(eq=False)
class Stream:
    """A table with names that is read a batch at a time, and of it the columns that are needed.

    Parameters
    ----------
    where : str
        Words for messages.
    names : tuple of str
        The headers.
    read : callable
        Takes the names of some columns, or None for all, and yields frames that have them.
    """

    where: str
    names: tuple[str, ...]
    read: "Callable[[list[str] | None], Iterable[Any]]"

    @classmethod
    def of(cls, answers: Any, rows: int) -> "Stream | None":  # noqa: ANN401 (anything)
        """Take a Parquet file, polars lazy frame, DuckDB relation or Arrow data set, else None."""
        import narwhals.stable.v2 as nw  # a tenth of a second

        if isinstance(answers, (str, Path)) and Path(answers).suffix.lower() == ".parquet":
            return cls._of_parquet(existing_file(answers), rows)
        if nw.dependencies.is_polars_lazyframe(answers):
            header = answers.collect_schema().names()
            return cls("the frame", tuple(header), lambda names: _lazy(answers, names, rows))
        duckdb = sys.modules.get("duckdb")  # its relations exist where somebody has loaded it
        if duckdb is not None and isinstance(answers, duckdb.DuckDBPyRelation):
            header = answers.columns
            return cls("the relation", tuple(header), lambda names: _related(answers, names, rows))
        if hasattr(type(answers), "get_fragments"):  # of the class: a frame may have such a column

            def scan(names: list[str] | None) -> Iterator[Any]:
                return iter(answers.to_batches(columns=names, batch_size=rows))

            return cls("the data set", tuple(answers.schema.names), scan)
        return None

    @classmethod
    def _of_parquet(cls, path: Path, rows: int) -> "Stream":
        where = f"the file {path.name!r}"
        with reading(where):
            parquet = needed("pyarrow.parquet")
            header = parquet.read_schema(path).names

        def read(names: list[str] | None) -> Iterator[Any]:
            # Buffering ahead, newer versions' default, would come to hold the whole file.
            with reading(where), parquet.ParquetFile(path, pre_buffer=False) as file:
                yield from file.iter_batches(rows, columns=names)

        return cls(where, tuple(header), read)

    def sources(self, places: Places, rows: int, *, side_by_side: bool) -> Iterator[Source]:
        """Yield sources of at most so many rows; `places` tells from a header what is needed."""
        header = Source.of_columns(self.where, self.names, [()] * len(self.names))
        wanted = [self.names[place] for place in sorted({*chain(*places(header).values())})]
        clear = len(set(self.names)) == len(self.names)  # else names are not enough to select
        for frame in self.read(wanted if clear else None):
            arrow = hasattr(type(frame), "to_pydict")
            for source in (Source.arrow_batches if arrow else Source.batches)(frame, rows):
                yield source.among(self.where, self.names, side_by_side=side_by_side)


def _lazy(frame: Any, names: list[str] | None, rows: int) -> Iterable[Any]:  # noqa: ANN401
    """Collect columns of a polars lazy frame, in batches where polars can."""
    wanted = frame if names is None else frame.select(names)
    streams = hasattr(wanted, "collect_batches")  # since polars 1.34
    return wanted.collect_batches(chunk_size=rows) if streams else [wanted.collect()]


def _related(relation: Any, names: list[str] | None, rows: int) -> Iterator[Any]:  # noqa: ANN401
    """Yield columns of a DuckDB relation in batches."""
    folded = {name.casefold() for name in relation.columns}
    if names is not None and len(folded) == len(relation.columns):  # "P1" is "p1" in SQL
        quoted = ('"' + name.replace('"', '""') + '"' for name in names)
        relation = relation.project(", ".join(quoted))
    # Newer versions deprecate the second name, older ones have no other.
    new = hasattr(type(relation), "to_arrow_reader")
    reader = relation.to_arrow_reader(rows) if new else relation.fetch_arrow_reader(rows)
    with reader:  # else the connection stays busy if the caller stops half-way
        yield from reader
