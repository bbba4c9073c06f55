"""Event logs of any kind: whose event, when, which and how, with words turned into codes."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, NoReturn

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.columns import ColumnRef
from servqual._frames.groups import Factor, crossed
from servqual._frames.sources import Source
from servqual._frames.streams import batches
from servqual._frames.times import Times, same_kind, see_present, times_of
from servqual._frames.words import PASSED, Labels, Places, Vocabulary, Words, cells_of, exactly

__all__ = [
    "HINT",
    "Log",
    "Rows",
    "Runs",
    "added",
    "advice_on_words",
    "groups_of",
    "rising",
    "room",
]

BATCH = 131_072  # rows read at a time
HINT = "; read other files first, as with pandas.read_csv"


def advice_on_words(what: str) -> str:
    """Say what to do about a word that is unknown."""
    return f"`words` maps a log's own words to {what}s, and to None what is to be passed over"


def groups_of(
    source: Source,
    places: Sequence[int],
    kept: Places | None,
    known: dict[tuple[str, ...], int],
) -> Places:
    """Return the place of each kept row's group among the known ones, to which new ones are added.

    `places` are the group columns.
    """
    factors = []
    for place in places:
        cells, codes = cells_of(source, place, kept)
        few = Factor.of("", cells)
        factors.append(Factor("", few.labels, few.codes[codes]))
    rows = len(factors[0].codes) if kept is None else len(kept)
    groups, of_groups = crossed(factors, rows)
    return np.array([known.setdefault(group, len(known)) for group in groups])[of_groups]


def rising(keys: Places) -> Places:
    """Return the order in which whole numbers of 0 or more rise, equal ones as they come."""
    bits = len(keys).bit_length()  # numpy sorts numbers several times as quickly as their places
    return np.sort(keys << bits | np.arange(len(keys))) & ((1 << bits) - 1)


@attrs.frozen(eq=False)
class Rows:
    """Rows of a log that are not passed over; labels, events, outcomes and groups are places.

    `numbers` are those of the rows in the whole log, from 1.
    """

    numbers: Places
    labels: Places
    times: Times
    events: Places
    outcomes: Places
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
        order = rising(labels)
        first = np.append(True, np.diff(labels[order]) != 0)
        starts = np.flatnonzero(first)
        return cls(
            order, first, np.cumsum(first) - 1, starts, np.append(starts[1:], len(order)) - 1
        )

    def before(self, values: NDArray[Any], kept: NDArray[Any]) -> NDArray[Any]:
        """Return the value of the row before of the label; of its first row, what was kept of it.

        Values stand in the order of the runs, and what was kept in that of their labels.
        """
        return np.where(self.first, kept[self.run], np.roll(values, 1))


def room(kept: NDArray[Any], size: int) -> NDArray[Any]:
    """Return an array with room for so many rows, more than asked for so that it rarely grows."""
    if len(kept) >= size:
        return kept
    more = np.zeros((max(size, 2 * len(kept)), *kept.shape[1:]), kept.dtype)
    more[: len(kept)] = kept
    return more


def added(counts: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """Return the sum of counts, of which the later have at least as many on each axis."""
    more[tuple(map(slice, counts.shape))] += counts
    return more


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
    called, example : str
        What the column of the event is called as an argument, and how `words` may look.
    fold : callable
        Gives of a cell the word that is compared.
    outcome : Vocabulary, optional
        A second column of words, of the rows that are not passed over; it may pass over more.
    by : tuple of str
        Group columns.
    """

    owner: str
    column: ColumnRef
    time: ColumnRef
    event: ColumnRef
    codes: Sequence[str] | None
    words: Words
    called: str = "event"
    example: str = "{'opened': 'explore'}"
    fold: Callable[[Any], Any] = exactly
    outcome: Vocabulary | None = None
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
        return Vocabulary(
            argument=self.called,
            column=self.event,
            codes=self.codes,
            words=self.words,
            example=self.example,
            advice=advice_on_words(self.called),
            fold=self.fold,
        )

    def batches(self, events: Any) -> Generator[Rows, None, None]:  # noqa: ANN401 (any table)
        """Yield the rows, a batch at a time."""
        read = batches("events", events, self._places, rows=BATCH, hint=HINT)
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
        columns = {self.owner: self.column, "time": self.time, self.called: self.event}
        if self.outcome is not None:
            columns[self.outcome.argument] = self.outcome.column
        places = {name: [source.place(name, column)] for name, column in columns.items()}
        return places | {"by": [source.place("by", column) for column in self.by]}

    def _rows(self, source: Source) -> Rows | None:
        places, before = self._places(source), self.rows
        words = self.vocabulary.cells(source)
        size = len(words[1])
        self.rows += size
        kept, outcomes = self._kept(source, self.vocabulary.meant(words), before)
        self.passed_over += size - len(kept)
        if not kept.size:
            return None
        events = self.vocabulary.places(words, before=before, kept=kept)
        place = places["time"][0]
        times, self.zoned = times_of(source, "time", place, before=before, zoned=self.zoned)
        times, numbers = times[kept], before + kept + 1
        see_present("time", times, lambda row: int(numbers[row]))
        self.dated = same_kind("time", times, self.dated, int(numbers[0]))
        labels = self.labels.read(source, places[self.owner][0], kept=kept)
        if "" in self.labels.texts:
            row = numbers[np.argmax(labels == self.labels.texts[""])]
            msg = f"`{self.owner}` must be there in every row, got nothing (row {row})"
            raise ValueError(msg)
        groups = groups_of(source, places["by"], kept, self.groups)
        return Rows(numbers, labels, times, events, outcomes, groups)

    def _kept(self, source: Source, kept: Places, before: int) -> tuple[Places, Places]:
        """Return those of the rows that their outcome does not pass over, and their outcomes."""
        if self.outcome is None or not kept.size:
            return kept, np.zeros_like(kept)
        outcomes = self.outcome.read(source, before=before, kept=kept)
        judged = outcomes != PASSED
        return kept[judged], outcomes[judged]

    def whose(self, rows: Rows, row: int) -> str:
        """Return whose a row is, as it stands in messages: ``"case 'A7'"``."""
        label = next(islice(self.labels.texts, int(rows.labels[row]), None))
        return f"{self.owner} {label!r}"

    def see_order(self, rows: Rows, row: int) -> None:
        """See that the rows of the owner of a row are in the order of time."""
        own = np.flatnonzero(rows.labels == rows.labels[row])
        back = np.flatnonzero(rows.times[own[1:]] < rows.times[own[:-1]])
        if back.size:
            rule = f"`time`: the rows of {self.whose(rows, row)} are not in the order of time"
            number = rows.numbers[own[back[0] + 1]]
            msg = f"{rule}; sort the log by {self.owner} and time (row {number})"
            raise ValueError(msg)

    def refuse_time(self, rows: Rows, row: int, since: Any) -> NoReturn:  # noqa: ANN401 (a time)
        """Say that the time of a row lies before that of its owner's row before."""
        rule = f"`time` must not go back within a {self.owner}"
        where = f"(row {rows.numbers[row]}, {self.whose(rows, row)})"
        got = f"got {rows.times[row]} after {since} {where}"
        msg = f"{rule} (sort the log by {self.owner} and time), {got}"
        raise ValueError(msg)
