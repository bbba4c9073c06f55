"""Event logs of any kind: whose event, when, and which, with words turned into codes."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import repeat
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, is_nothing, named, nearest
from servqual._frames.groups import Factor, crossed
from servqual._frames.sources import ColumnRef, Source
from servqual._frames.streams import batches
from servqual._frames.times import Times, times_of

__all__ = ["Labels", "Log", "Rows", "Words"]

Words = Mapping[Any, str | None] | None
Places = NDArray[np.intp]
BATCH = 65_536  # rows read at a time
PASSED, UNKNOWN = -1, -2


class Labels(dict[Any, int]):
    """The place of each label, counted as they come; -1 where there is no label."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, int] = {}

    def __missing__(self, value: Any) -> int:  # noqa: ANN401 (a cell of a table)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        plain = isinstance(value, (str, int))
        label = "" if not plain and is_nothing(value) else str(value).strip()
        if not label:
            return -1
        self[value] = place = self.texts.setdefault(label, len(self.texts))
        return place


@attrs.frozen(eq=False)
class Rows:
    """Rows of a log that are not passed over; labels, events and groups are places.

    `numbers` are those of the rows in the whole log, from 1.
    """

    numbers: Places
    labels: Places
    times: Times
    events: Places
    groups: Places


def _vocabulary(words: Words, codes: Sequence[str]) -> dict[Any, int]:
    """Return the place of each word among the codes, which are words themselves."""
    places = {code: place for place, code in enumerate(codes)}
    found: dict[Any, int] = dict(places)
    if words is not None:
        instance("words", words, Mapping, hint="; give words to codes, as {'opened': 'explore'}")
        for word, code in words.items():
            found[word] = PASSED if code is None else places[named(f"words[{word!r}]", code, codes)]
    return found


@attrs.define(eq=False)
class Log:
    """An event log as it is read, and what of it outlasts its rows.

    Parameters
    ----------
    whose, time, event : str
        Of each, the name of the argument (`whose` alone has different ones) and of the column.
    codes : sequence of str
        What an event may be.
    words : mapping or None
        The log's own words to codes, None for those that are passed over.
    by : tuple of str
        Group columns.
    """

    whose: tuple[str, ColumnRef]
    time: ColumnRef
    event: ColumnRef
    codes: Sequence[str]
    words: Words
    by: tuple[str, ...] = ()
    labels: Labels = attrs.field(factory=Labels, init=False)
    groups: dict[tuple[str, ...], int] = attrs.field(factory=dict, init=False)
    rows: int = attrs.field(default=0, init=False)
    passed_over: int = attrs.field(default=0, init=False)
    dated: bool | None = attrs.field(default=None, init=False)

    def read(self, events: Any, take: Callable[[Rows], None]) -> None:  # noqa: ANN401 (any table)
        """Hand the rows to `take`, a batch at a time."""
        vocabulary = _vocabulary(self.words, self.codes)
        with closing(batches("events", events, self._places, rows=BATCH)) as sources:
            for source in sources:  # files and engines are closed, on errors too
                rows = self._rows(source, vocabulary)
                if rows is not None:
                    take(rows)
        if self.rows == self.passed_over:
            got = f"{self.rows} rows, all passed over" if self.rows else "none"
            msg = f"`events` must have at least one row with an event, got {got}"
            raise ValueError(msg)

    def _places(self, source: Source) -> dict[str, list[int]]:
        columns = dict([self.whose, ("time", self.time), ("event", self.event)])
        places = {name: [source.place(name, column)] for name, column in columns.items()}
        return places | {"by": [source.place("by", column) for column in self.by]}

    def _rows(self, source: Source, vocabulary: dict[Any, int]) -> Rows | None:
        places, before = self._places(source), self.rows
        words = _cells(source, places["event"][0])
        codes = np.fromiter(map(vocabulary.get, words, repeat(UNKNOWN)), np.intp, len(words))
        self.rows += len(words)
        if (codes == UNKNOWN).any():
            row = int(np.argmax(codes == UNKNOWN))
            _unknown(words[row], before + row + 1, vocabulary)
        kept = np.flatnonzero(codes != PASSED)
        self.passed_over += len(words) - len(kept)
        if not kept.size:
            return None
        times = times_of(source, "time", places["time"][0], before=before)[kept]
        self._see_times(times, before + kept + 1)
        cells = _cells(source, places[self.whose[0]][0], kept)
        labels = np.fromiter(map(self.labels.__getitem__, cells), np.intp, len(cells))
        if labels.min() < 0:
            row = before + kept[np.argmin(labels)] + 1
            msg = f"`{self.whose[0]}` must be there in every row, got nothing (row {row})"
            raise ValueError(msg)
        factors = [
            Factor.of(name, _cells(source, place, kept))
            for name, place in zip(self.by, places["by"], strict=True)
        ]
        groups, of_groups = crossed(factors, len(kept))
        known = [self.groups.setdefault(group, len(self.groups)) for group in groups]
        return Rows(before + kept + 1, labels, times, codes[kept], np.array(known)[of_groups])

    def _see_times(self, times: Times, numbers: Places) -> None:
        """See that no time is missing or infinite, and that all rows have one kind of times."""
        bad = ~np.isfinite(times)
        if bad.any():
            row = int(np.argmax(bad))
            got = "nothing" if np.isnan(times[row]) else times[row]
            msg = f"`time` must be there and finite in every row, got {got} (row {numbers[row]})"
            raise ValueError(msg)
        dated = times.dtype.kind == "M"
        if self.dated is not None and dated != self.dated:
            kinds = ("numbers", "dates")
            msg = (
                f"`time` must be dates in all rows or numbers in all rows, got {kinds[dated]} "
                f"after {kinds[self.dated]} (row {numbers[0]})"
            )
            raise ValueError(msg)
        self.dated = dated


def _cells(source: Source, place: int, kept: Places | None = None) -> Sequence[Any]:
    """Return cells of a column, as Python has them."""
    column = source.column(place)
    cells = column.tolist() if isinstance(column, np.ndarray) else column
    if kept is None or len(kept) == len(cells):
        return cells
    return [cells[row] for row in kept.tolist()]


def _unknown(word: Any, row: int, vocabulary: dict[Any, int]) -> None:  # noqa: ANN401 (a cell)
    if is_nothing(word) or word == "":
        msg = f"`event` must be there in every row, got nothing (row {row})"
        raise ValueError(msg)
    near = nearest(str(word), map(str, vocabulary))
    msg = (
        f"`event`: {brief(word)} is unknown (row {row}){near}; `words` maps a log's own words to "
        "events, and to None what is to be passed over"
    )
    raise ValueError(msg)
