"""Event logs tallied a batch at a time: how many failures of each type, group and period."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct
from servqual._frames.groups import Factor, appearing, crossed
from servqual._frames.sources import ColumnRef, Source
from servqual._frames.streams import batches
from servqual._frames.words import PASSED, Labels, Vocabulary, cells_of, counted
from servqual.failures._batches import Batch, known_numbers, loose_cells
from servqual.failures._calendar import Room
from servqual.failures._grids import Cases, Floats, Grid, Places
from servqual.failures._merging import MOST
from servqual.failures._timing import Timeline
from servqual.failures.counts import PERIOD
from servqual.failures.schemes import FailureScheme

__all__ = ["Tally"]

BATCH = 262_144  # rows read at a time
SPARSE = 4  # cells for a row of a batch: of more, most would be empty


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
    room: Room = attrs.field(factory=Room)  # for the keys of a batch
    counts: Grid = attrs.field(init=False)
    squares: Grid = attrs.field(init=False)
    largest: Grid = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if not self.by:
            self.groups[()] = 0  # all
        kind = np.int64 if self.amount is None else np.float64
        self.counts = Grid(len(self.scheme.types), kind)
        self.squares, self.largest = Grid(1, np.float64), Grid(1, np.float64)

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
        hint = "; read other files first, as with pandas.read_csv"
        with closing(batches("events", events, self._places, rows=BATCH, hint=hint)) as sources:
            for source in sources:  # files and engines are closed, on errors too
                self._add(source)

    def _places(self, source: Source) -> dict[str, list[int]]:
        columns = {"event": self.vocabulary.column, "case": self.case, "amount": self.amount}
        columns["time"] = None if self.timeline is None else self.time
        found = {name: [source.place(name, c)] for name, c in columns.items() if c is not None}
        groups = [source.place("by", column) for column in self.by]
        self.names = distinct("key columns", (*map(source.name, groups), PERIOD))[:-1]
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
            periods, low, high = self.timeline.read(batch)
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
        factors = []
        for place in batch.places["by"]:
            cells, codes = cells_of(batch.source, place, batch.kept)
            few = Factor.of("", cells)
            factors.append(Factor("", few.labels, few.codes[codes]))
        groups, of_groups = crossed(factors, len(factors[0].codes))
        known = [self.groups.setdefault(group, len(self.groups)) for group in groups]
        return np.array(known)[of_groups]

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
        events = np.array([kind.is_event for kind in self.scheme.types])[types]
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
        squares, largest = (
            grid.window(len(self.groups), low, high)[0] for grid in (self.squares, self.largest)
        )
        np.add.at(squares, (groups, periods - low), scores**2)
        np.maximum.at(largest, (groups, periods - low), scores)

    def totals(self, order: list[int]) -> tuple[NDArray[Any], Floats, Floats]:
        """Return the counts (rows, types), Σscore² and the largest score, groups in this order."""
        if self.cases.parts:
            _, groups, periods, scores = self.cases.joined()
            self.cases.parts = []
            self._add_scores(groups, periods, scores)
        low, high = self.ends or (0, 0)
        counts, squares, largest = (
            np.moveaxis(grid.window(len(self.groups), low, high)[:, order], 0, -1)
            for grid in (self.counts, self.squares, self.largest)
        )
        flat = counts.reshape(-1, counts.shape[-1])
        return flat, squares.ravel(), np.maximum(largest.ravel(), self.scheme.points.max())
