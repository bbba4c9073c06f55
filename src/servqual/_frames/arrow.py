"""Columns of Arrow and of polars as arrays: numbers, texts by their distinct cells, times."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._frames.columns import Coded, Column
from servqual._frames.groups import appearing

__all__ = [
    "arrow_categories",
    "arrow_column",
    "arrow_times",
    "arrow_words",
    "dictionary_of",
    "encoded",
    "polars_categories",
]


def arrow_column(batch: Any, place: int) -> Column:  # noqa: ANN401 (a record batch)
    """Return a column as a data frame would give it: nulls are None, among numbers NaN."""
    from pyarrow import types

    column = batch.column(place)
    if types.is_decimal(column.type):
        column = column.cast("float64")
    if types.is_integer(column.type) or types.is_floating(column.type):
        values, known = _stored(column)
        return values if known is None else np.where(known, values.astype(float), np.nan)
    found = encoded(column)
    if found is None:
        objects: list[Any] = column.to_pylist()
        return objects
    words, codes = found  # one object a word, not a row: quicker to look up
    return list(np.array(words, dtype=object)[codes])


def arrow_words(batch: Any, place: int) -> Coded | None:  # noqa: ANN401 (a record batch)
    """Return a column of texts by its distinct cells."""
    return encoded(batch.column(place))


def arrow_categories(batch: Any, place: int) -> Coded | None:  # noqa: ANN401 (a record batch)
    """Return a column of categories by all that there are."""
    return dictionary_of(batch.column(place))


def encoded(column: Any) -> Coded | None:  # noqa: ANN401 (an Arrow array)
    """Return texts by their distinct cells, which Arrow finds; None of what is no text."""
    from pyarrow import ChunkedArray, types

    if isinstance(column, ChunkedArray):
        column = column.combine_chunks()
    found = dictionary_of(column)
    if found is not None and len(column):
        words, codes = found
        used, codes = appearing(codes)
        return [words[place] for place in used], codes
    if types.is_dictionary(column.type):  # whose words stand twice, or are too many
        column = column.dictionary_decode()
    if not _is_text(column.type):
        return None
    column = column.dictionary_encode("encode")  # a null is a word
    codes, _ = _stored(column.indices)
    return column.dictionary.to_pylist(), codes


def dictionary_of(column: Any) -> Coded | None:  # noqa: ANN401 (an Arrow array)
    """Return an Arrow dictionary of different texts, and each row's place; None of anything else.

    Nor is it worth it where more words are known than rows.
    """
    from pyarrow import ChunkedArray, types

    if isinstance(column, ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if not types.is_dictionary(kind) or not _is_text(kind.value_type):
        return None
    if len(column.dictionary) > len(column):
        return None
    words = column.dictionary.to_pylist()
    codes, known = _stored(column.indices)
    if known is not None:
        codes = np.where(known, codes.astype(np.intp), len(words))
        words.append(None)
    return (words, codes) if len(set(words)) == len(words) else None


def polars_categories(series: Any) -> Coded | None:  # noqa: ANN401 (a series of polars)
    """Return categories by the numbers that polars has for them, which Arrow makes anew."""
    codes = series.to_physical()
    if codes.null_count() or not len(codes) or codes.max() >= len(codes):
        return None
    codes = codes.to_numpy()
    rows = np.full(int(codes.max()) + 1, -1)
    rows[codes] = np.arange(len(codes))  # a row of each
    used = np.flatnonzero(rows >= 0)
    words: list[Any] = [None] * len(rows)
    for place, word in zip(used.tolist(), series.gather(rows[used]).to_list(), strict=True):
        words[place] = word
    return words, codes


def _is_text(kind: Any) -> bool:  # noqa: ANN401 (an Arrow type)
    """Tell whether an Arrow type is of texts."""
    from pyarrow import types

    return any(of(kind) for of in (types.is_string, types.is_large_string, types.is_string_view))


def arrow_times(batch: Any, place: int) -> tuple[NDArray[Any], bool] | None:  # noqa: ANN401 (a record batch)
    """Return a column of timestamps, which Arrow keeps in UTC, and whether they had a zone."""
    from pyarrow import int32, int64, types

    column = batch.column(place)
    if types.is_date32(column.type):
        unit, zone, column = "D", None, column.cast(int32())
    elif types.is_timestamp(column.type):
        unit, zone, column = column.type.unit, column.type.tz, column.cast(int64())
    else:
        return None
    values, known = _stored(column)
    times = values.astype(np.int64, copy=False).view(f"datetime64[{unit}]")
    known_times = times if known is None else np.where(known, times, np.datetime64("NaT"))
    return known_times, zone is not None


def _stored(column: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:  # noqa: ANN401
    """Return the numbers of an Arrow array as they stand in memory, and which are not null."""
    rows = slice(column.offset, column.offset + len(column))
    valid, stored = column.buffers()
    values = np.frombuffer(stored, column.type.to_pandas_dtype(), rows.stop)[rows]
    if not column.null_count:
        return values, None
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=rows.stop, bitorder="little")
    return values, bits[rows].view(bool)
