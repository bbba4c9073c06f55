"""Event logs tallied a batch at a time: how many failures of each type, group and period."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import appearing
from servqual._frames.logs import HINT, groups_of
from servqual._frames.sources import Source
from servqual._frames.streams import batches
from servqual._frames.words import PASSED, Labels, Places, Vocabulary, counted, loose_cells
from servqual.failures._log import Batch, Floats, Timeline, known_numbers
from servqual.failures.counts import MOST, PERIOD, are_events, see_no_types
from servqual.failures.schemes import FailureScheme

__all__ = ["Tally"]

BATCH = 262_144  # rows read at a time
SPARSE = 4  # cells for a row of a batch: of more, most would be empty


@attrs.define(eq=False)
class Grid:
    """Numbers by kind, group and period, with room for more; `low` is its first period."""

    kinds: int
    dtype: type
    low: int = 0
    cells: NDArray[Any] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cells = np.zeros((self.kinds, 0, 0), self.dtype)

    def window(self, groups: int, low: int, high: int) -> NDArray[Any]:
        """Return a view of so many groups and of the periods from low to high."""
        _, wide, long = self.cells.shape
        if not long:
            self.low = low
        first, last = min(low, self.low), max(high, self.low + long - 1)
        if groups > wide or first < self.low or last >= self.low + long:
            first -= long // 2 * (first < self.low)  # more than asked for: it rarely grows
            last += long // 2 * (last >= self.low + long)
            width = wide if groups <= wide else max(groups, 2 * wide)
            more = np.zeros((self.kinds, width, last - first + 1), self.dtype)
            start = self.low - first
            more[:, :wide, start : start + long] = self.cells
            self.low, self.cells = first, more
        start = low - self.low
        return self.cells[:, :groups, start : start + high - low + 1]


@attrs.define(eq=False)
class Cases:
    """The scores of cases by group and period; rows are joined when they are many."""

    parts: list[tuple[Places, Places, Places, Floats]] = attrs.field(factory=list)
    pending: int = 0
    kept: int = 0

    def add(self, cases: Places, groups: Places, periods: Places, scores: Floats) -> None:
        """Add rows: whose they are, of which group, when, and how bad."""
        self.parts.append((cases, groups, periods, scores))
        self.pending += len(cases)
        if self.pending > max(1 << 20, 2 * self.kept):
            self.joined()

    def joined(self) -> tuple[Places, Places, Places, Floats]:
        """Return a row for each case in each group and period, with its score."""
        cases, groups, periods, scores = map(np.concatenate, zip(*self.parts, strict=True))
        low, high = periods.min(), periods.max()
        keys = (cases * (groups.max() + 1) + groups) * (high - low + 1) + periods - low
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        scores = np.add.reduceat(scores[order], starts)
        rows = order[starts]
        self.parts = [(cases[rows], groups[rows], periods[rows], scores)]
        self.pending, self.kept = 0, len(rows)
        return self.parts[0]


@attrs.define(eq=False)
class Room:
    """Memory for whole numbers that is used again: a page that is new costs more than a sum."""

    kept: NDArray[np.int64] = attrs.field(factory=lambda: np.empty(0, np.int64))

    def of(self, size: int) -> NDArray[np.int64]:
        """Return room for so many numbers, which hold anything."""
        if len(self.kept) < size:
            self.kept = np.empty(size, np.int64)
        return self.kept[:size]


@attrs.define(eq=False, kw_only=True)
class Tally:
    """A log of failures as it is counted.

    Parameters
    ----------
    scheme : FailureScheme
        The types and their weights.
    vocabulary : Vocabulary
        The column of the events.
    timeline : Timeline, optional
        Tells the periods; None where all are one.
    time, case, amount : str or int, optional
        Columns.
    by : tuple of str or int
        Group columns.
    """

    scheme: FailureScheme
    vocabulary: Vocabulary
    timeline: Timeline | None
    time: ColumnRef
    case: ColumnRef | None
    amount: ColumnRef | None
    by: tuple[ColumnRef, ...]
    rows: int = 0
    passed_over: int = 0
    names: tuple[str, ...] = ()  # of the group columns
    groups: dict[tuple[str, ...], int] = attrs.field(factory=dict)
    labels: Labels = attrs.field(factory=Labels)  # of the cases
    cases: Cases = attrs.field(factory=Cases)
    ticks: Room = attrs.field(factory=Room)  # for the periods of a batch
    room: Room = attrs.field(factory=Room)  # for its keys
    counts: Grid = attrs.field(init=False)
    squares: Grid = attrs.field(init=False)
    largest: float = attrs.field(init=False)  # score of a case, or weight of a type

    def __attrs_post_init__(self) -> None:
        if not self.by:
            self.groups[()] = 0  # all
        kind = np.int64 if self.amount is None else np.float64
        self.counts = Grid(len(self.scheme.types), kind)
        self.squares, self.largest = Grid(1, np.float64), float(self.scheme.points.max())

    @property
    def scored(self) -> bool:
        """Whether rows have scores, of cases or by amounts."""
        return self.case is not None or self.amount is not None

    @property
    def ends(self) -> tuple[int, int] | None:
        """The first and the last period."""
        return (0, 0) if self.timeline is None else self.timeline.ends

    def read(self, events: Any) -> None:  # noqa: ANN401 (any table)
        """Count all rows."""
        with closing(batches("events", events, self._places, rows=BATCH, hint=HINT)) as sources:
            for source in sources:  # files and engines are closed, on errors too
                self._add(source)

    def _places(self, source: Source) -> dict[str, list[int]]:
        columns = {"event": self.vocabulary.column, "case": self.case, "amount": self.amount}
        columns["time"] = None if self.timeline is None else self.time
        found = {name: [source.place(name, c)] for name, c in columns.items() if c is not None}
        groups = [source.place("by", column) for column in self.by]
        self.names = distinct("key columns", (*map(source.name, groups), PERIOD))[:-1]
        see_no_types(self.names, self.scheme)
        return found | {"by": groups}

    def _add(self, source: Source) -> None:
        """Count the rows of a batch."""
        places = self._places(source)
        cells, codes = loose_cells(source, places["event"][0])
        batch = Batch(source, places, self.rows, self._meant(cells, codes))
        size = len(codes) if batch.kept is None else len(batch.kept)
        self.rows += len(codes)
        self.passed_over += len(codes) - size
        periods, low, high = np.zeros(size, np.int64), 0, 0
        if self.timeline is not None:
            periods, low, high = self.timeline.read(batch, self.ticks.of(size))
        if not len(periods):
            return
        codes, groups = batch.taken(codes), self._groups(batch)
        self.see_size()
        window = self.counts.window(len(self.groups), low, high)
        many = len(cells) * window[0].size > SPARSE * len(codes)
        if self.scored or many:
            types = self._types(cells, codes, np.bincount(codes), batch)[codes]
            self._add_rows(window, batch, types, groups, periods.astype(np.int64) - low, low)
            return
        keys: NDArray[Any] = self.room.of(len(codes))
        if periods.dtype.itemsize < 8 and periods.dtype.kind == "i":  # small ones add up quicker
            keys = keys.view(np.int32)[: len(codes)]
        np.multiply(codes, window[0].size, out=keys, dtype=keys.dtype)
        keys += periods
        if self.by:
            keys += groups * window.shape[2]
        keys -= low
        shape = len(cells), *window.shape[1:]
        tallied = np.bincount(keys, minlength=len(cells) * window[0].size).reshape(shape)
        occurring = np.asarray(tallied.any(axis=(1, 2)))
        types = self._types(cells, codes, occurring, batch)
        for cell in np.flatnonzero(occurring).tolist():
            window[types[cell]] += tallied[cell]

    def _meant(self, cells: Sequence[Any], codes: Places) -> Places | None:
        """Return the rows that are not passed over, None where all are meant."""
        if None not in self.vocabulary.meanings.values() or not len(codes):
            return None
        used = np.flatnonzero(np.bincount(codes))
        few = [cells[place] for place in used.tolist()]
        meant = np.zeros(len(cells), dtype=bool)
        meant[used[self.vocabulary.meant((few, np.arange(len(used))))]] = True
        return None if meant[used].all() else np.flatnonzero(meant[codes])

    def _types(
        self, cells: Sequence[Any], codes: Places, occurring: NDArray[Any], batch: Batch
    ) -> Places:
        """Return the type of each cell that occurs."""
        used = np.flatnonzero(occurring)
        types = np.full(len(cells), PASSED)
        try:
            few = [cells[place] for place in used.tolist()]
            types[used] = self.vocabulary.places((few, np.arange(len(used))), before=0)
        except ValueError:  # once more with all rows, so that the message names the first
            used, codes = appearing(codes)
            few = [cells[place] for place in used.tolist()]
            self.vocabulary.places((few, codes), before=batch.before, kept=batch.kept)
            raise
        return types

    def _groups(self, batch: Batch) -> Places | int:
        """Return the place of each row's group."""
        if not self.by:
            return 0
        return groups_of(batch.source, batch.places["by"], batch.kept, self.groups)

    def see_size(self) -> None:
        """See that the counts are not so many that a date is likely to be wrong."""
        low, high = self.ends or (0, 0)
        groups, periods, types = len(self.groups), high - low + 1, len(self.scheme.types)
        if groups * periods * types <= MOST:
            return
        parts = counted(groups, "group"), counted(periods, "period"), counted(types, "type")
        rule = f"{' × '.join(parts)} are more than {MOST:,} counts"
        advice = "use a longer period, or fewer groups"
        if self.timeline is not None and all(self.timeline.said):
            begins, ends = self.timeline.said
            rule = f"`time` is from {begins} to {ends}: {rule}"
            advice = "a date is likely wrong, give first= and last=, or a longer period"
        msg = f"{rule}; {advice}"
        raise ValueError(msg)

    def _add_rows(
        self,
        window: NDArray[Any],
        batch: Batch,
        types: Places,
        groups: Places | int,
        periods: Places,
        low: int,
    ) -> None:
        """Add rows one by one, with their scores if they have any; periods count from low."""
        amounts = self._amounts(batch, types)
        groups = np.broadcast_to(np.asarray(groups, np.intp), periods.shape)
        np.add.at(window, (types, groups, periods), amounts)
        if not self.scored:
            return
        scores = amounts * self.scheme.points[types]
        periods = periods + low
        if self.case is None:
            self._add_scores(groups, periods, scores)
            return
        kept = np.arange(len(types)) if batch.kept is None else batch.kept
        cases = self.labels.read(batch.source, batch.places["case"][0], kept=kept)
        own = cases == self.labels.texts.get("", PASSED)  # without a label: a case of its own
        if not own.all():
            self.cases.add(cases[~own], groups[~own], periods[~own], scores[~own])
        self._add_scores(groups[own], periods[own], scores[own])

    def _amounts(self, batch: Batch, types: Places) -> Any:  # noqa: ANN401 (numbers, or one for all)
        """Return what each row counts: its amount, where its type is not of events."""
        if self.amount is None:
            return 1
        events = are_events(self.scheme)[types]
        found = known_numbers("amount", batch, ~events)
        bad = np.flatnonzero(~(events | ((found >= 0) & np.isfinite(found))))
        if bad.size:
            row = int(bad[0])
            got = "nothing" if np.isnan(found[row]) else f"{found[row]:g}"
            kind = self.scheme.types[types[row]]
            rule = f"`amount` must be 0 or more and finite where {kind.code!r} is in {kind.unit}"
            msg = f"{rule}, got {got} (row {batch.number(row)})"
            raise ValueError(msg)
        return np.where(events, 1.0, found)

    def _add_scores(self, groups: Places, periods: Places, scores: Floats) -> None:
        """Add scores of cases whose rows have all come."""
        if not len(scores):
            return
        low, high = int(periods.min()), int(periods.max())
        (squares,) = self.squares.window(len(self.groups), low, high)
        np.add.at(squares, (groups, periods - low), scores**2)
        self.largest = max(self.largest, float(scores.max()))

    def totals(self, order: list[int]) -> tuple[NDArray[Any], Floats]:
        """Return the counts (rows, types) and Σscore², groups in this order."""
        if self.cases.parts:
            _, groups, periods, scores = self.cases.joined()
            self.cases.parts = []
            self._add_scores(groups, periods, scores)
        low, high = self.ends or (0, 0)
        counts, squares = (
            np.moveaxis(grid.window(len(self.groups), low, high)[:, order], 0, -1)
            for grid in (self.counts, self.squares)
        )
        return counts.reshape(-1, counts.shape[-1]), squares.ravel()
