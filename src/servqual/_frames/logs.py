"""Event logs of any kind: whose event, when, and which, with words turned into codes."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, is_nothing, named, nearest, text
from servqual._frames.groups import Factor, crossed
from servqual._frames.sources import ColumnRef, Source
from servqual._frames.streams import batches
from servqual._frames.times import Times, times_of

__all__ = ["Labels", "Log", "Rows", "Runs", "Words"]

Words = Mapping[Any, str | None] | None
Places = NDArray[np.intp]
BATCH = 65_536  # rows read at a time
NOTHING, PASSED, UNKNOWN = -1, -2, -3  # instead of a place


class Labels(dict[Any, int]):
    """The place of each label, counted as they come; `NOTHING` where there is no label."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, int] = {}

    def __missing__(self, value: Any) -> int:  # noqa: ANN401 (a cell of a table)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        plain = isinstance(value, (str, int))
        label = "" if not plain and is_nothing(value) else str(value).strip()
        if not label:
            return NOTHING
        self[value] = place = self.place(label)
        return place

    def place(self, label: str) -> int:
        """Return the place of a label, a new one at the end."""
        return self.texts.setdefault(label, len(self.texts))


class Vocabulary(Labels):
    """The place of the event that each word stands for; without codes, words are events."""

    def __init__(self, words: Words, codes: Sequence[str] | None) -> None:
        super().__init__()
        self.closed = codes is not None
        self.update((code, self.place(code)) for code in codes or ())
        hint = "; give words to codes, as {'opened': 'explore'}"
        instance("words", {} if words is None else words, Mapping, hint=hint)
        self.words = dict(words or {})
        for word, code in self.words.items():
            if code is None:
                self[word] = PASSED
            elif codes is not None:
                self[word] = self.texts[named(f"words[{word!r}]", code, codes)]
            else:
                text(f"words[{word!r}]", code)

    def __missing__(self, value: Any) -> int:  # noqa: ANN401 (a cell of a table)
        if self.closed:
            return NOTHING if is_nothing(value) or value == "" else UNKNOWN
        if value in self.words:
            self[value] = place = self.place(str(self.words[value]))
            return place
        return super().__missing__(value)


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


@attrs.frozen(eq=False)
class Runs:
    """Rows sorted by their labels, which leaves those of one label in their order.

    `order` are their places before; `first` marks a label's first row, `run` counts labels, and
    `starts` and `ends` are the first and the last row of each.
    """

    order: Places
    first: NDArray[np.bool_]
    run: Places
    starts: Places
    ends: Places

    @classmethod
    def of(cls, labels: Places) -> "Runs":
        """Sort rows by their labels."""
        order = np.argsort(labels, kind="stable")
        first = np.append(True, np.diff(labels[order]) != 0)
        starts = np.flatnonzero(first)
        return cls(
            order, first, np.cumsum(first) - 1, starts, np.append(starts[1:], len(order)) - 1
        )


@attrs.define(eq=False, kw_only=True)
class Log:
    """An event log as it is read, and what of it outlasts its rows.

    Parameters
    ----------
    owner : str
        Whose events they are, as the argument of its column is called: ``"case"``.
    column, time, event : str or int
        The columns of the owner, the time and the event.
    codes : sequence of str or None
        What an event may be; without, the words are the codes, in the order in which they come.
    words : mapping or None
        The log's own words to codes, None for those that are passed over.
    by : tuple of str
        Group columns.
    """

    owner: str
    column: ColumnRef
    time: ColumnRef
    event: ColumnRef
    codes: Sequence[str] | None
    words: Words
    by: tuple[str, ...] = ()
    vocabulary: Vocabulary = attrs.field(init=False)
    labels: Labels = attrs.field(factory=Labels, init=False)
    groups: dict[tuple[str, ...], int] = attrs.field(factory=dict, init=False)
    rows: int = attrs.field(default=0, init=False)
    passed_over: int = attrs.field(default=0, init=False)
    dated: bool | None = attrs.field(default=None, init=False)
    zoned: bool | None = attrs.field(default=None, init=False)

    @vocabulary.default
    def _its_words(self) -> Vocabulary:
        return Vocabulary(self.words, self.codes)

    def batches(self, events: Any) -> Generator[Rows, None, None]:  # noqa: ANN401 (any table)
        """Yield the rows, a batch at a time."""
        hint = "; read other files first, as with pandas.read_csv"
        read = batches("events", events, self._places, rows=BATCH, hint=hint)
        with closing(read) as sources:
            for source in sources:  # files and engines are closed, on errors too
                rows = self._rows(source)
                if rows is not None:
                    yield rows
        if self.rows == self.passed_over:
            got = f"{self.rows} rows, all passed over" if self.rows else "none"
            msg = f"`events` must have at least one row with an event, got {got}"
            raise ValueError(msg)

    def _places(self, source: Source) -> dict[str, list[int]]:
        columns = {self.owner: self.column, "time": self.time, "event": self.event}
        places = {name: [source.place(name, column)] for name, column in columns.items()}
        return places | {"by": [source.place("by", column) for column in self.by]}

    def _rows(self, source: Source) -> Rows | None:
        places, before = self._places(source), self.rows
        words = _cells(source, places["event"][0])
        codes = np.fromiter(map(self.vocabulary.__getitem__, words), np.intp, len(words))
        self.rows += len(words)
        bad = (codes == NOTHING) | (codes == UNKNOWN)
        if bad.any():
            row = int(np.argmax(bad))
            self._refuse(words[row], before + row + 1)
        kept = np.flatnonzero(codes != PASSED)
        self.passed_over += len(words) - len(kept)
        if not kept.size:
            return None
        place = places["time"][0]
        times, self.zoned = times_of(source, "time", place, before=before, zoned=self.zoned)
        times = times[kept]
        self._see_times(times, before + kept + 1)
        cells = _cells(source, places[self.owner][0], kept)
        labels = np.fromiter(map(self.labels.__getitem__, cells), np.intp, len(cells))
        if labels.min() < 0:
            row = before + kept[np.argmin(labels)] + 1
            msg = f"`{self.owner}` must be there in every row, got nothing (row {row})"
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

    def _refuse(self, word: Any, row: int) -> None:  # noqa: ANN401 (a cell)
        """Say that a word is no event."""
        if self.vocabulary[word] == NOTHING:
            msg = f"`event` must be there in every row, got nothing (row {row})"
            raise ValueError(msg)
        near = nearest(str(word), map(str, self.vocabulary))
        msg = (
            f"`event`: {brief(word)} is unknown (row {row}){near}; `words` maps a log's own words "
            "to events, and to None what is to be passed over"
        )
        raise ValueError(msg)


def _cells(source: Source, place: int, kept: Places | None = None) -> Sequence[Any]:
    """Return cells of a column, as Python has them."""
    column = source.column(place)
    cells = column.tolist() if isinstance(column, np.ndarray) else column
    if kept is None or len(kept) == len(cells):
        return cells
    return [cells[row] for row in kept.tolist()]
