"""Counts of an event log: visits of touchpoints, whom they failed, and what followed what."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import frozen_array, named
from servqual._frames.logs import Log, Rows, Runs, added, rising, room
from servqual._frames.times import Times
from servqual.journeys.maps import END, LEAVE, START

__all__ = ["OUTCOMES", "Arrivals", "Visits", "batches_of"]

Places = NDArray[np.intp]
OUTCOMES = ("ok", "failed")
NONE = frozen_array(np.zeros(0, dtype=np.intp))
NO_MOVES = frozen_array(np.zeros((1, 1), dtype=np.intp))
NO_FAILURE = frozen_array(np.zeros(0, dtype=np.bool_))
NO_BITS = frozen_array(np.zeros((0, 0), dtype=np.uint8))
MOST = 1_000  # touchpoints, of which a customer takes two bits each


@attrs.frozen(eq=False)
class Batch:
    """Rows in which those of a customer stand together, in the order of time.

    Customers and touchpoints are places, of which there are so many by now: `known` and `width`.
    """

    runs: Runs
    customers: Places
    points: Places
    failed: NDArray[np.bool_]
    known: int
    width: int


def batches_of(log: Log, events: Any) -> Generator[Batch, None, None]:  # noqa: ANN401 (any table)
    """Yield the rows of a log, a batch at a time, when they are seen to be in order."""
    times: Times = np.empty(0)  # of each customer's last row
    seen = 0
    with closing(log.batches(events)) as batches:  # on errors too
        for rows in batches:
            known, width = len(log.labels.texts), len(log.vocabulary.texts)
            if log.codes is None and width > MOST:
                advice = "is it the right column? `words` may give one name to several"
                msg = f"`touchpoint` must have at most {MOST:,} different words; {advice}"
                raise ValueError(msg)
            runs = Runs.of(rows.labels)
            if not len(times):
                times = np.empty(0, rows.times.dtype)
            times = room(times, known)
            times[seen:known], seen = None, known  # NaN or NaT
            _see_times(log, rows, runs, times)
            order = runs.order
            failed = rows.outcomes[order] == OUTCOMES.index("failed")
            yield Batch(runs, rows.labels[order], rows.events[order], failed, known, width)


def _see_times(log: Log, rows: Rows, runs: Runs, last: Times) -> None:
    """See that no customer's times go back, and keep the last ones."""
    customers, times = rows.labels[runs.order[runs.starts]], rows.times[runs.order]
    since = runs.before(times, last[customers])
    back = np.flatnonzero(times < since)
    if back.size:
        at = back[np.argmin(runs.order[back])]  # the first row of the log
        log.see_order(rows, runs.order[at])
        log.refuse_time(rows, runs.order[at], since[at])
    last[customers] = times[runs.ends]


@attrs.define(eq=False)
class Marks:
    """Which customers have which touchpoints: a bit for each pair."""

    bits: NDArray[np.uint8] = NO_BITS

    def new(self, customers: Places, points: Places, known: int, width: int) -> Places:
        """Mark pairs; return the rows in which those without a mark come first, in their order."""
        lacking = -(-width // 8) - self.bits.shape[1]
        if lacking > 0:
            self.bits = np.pad(self.bits, ((0, 0), (0, lacking)))
        self.bits = room(self.bits, known)
        pairs = 8 * self.bits.shape[1] * customers + points
        order = rising(pairs)
        pairs = pairs[order]
        once = np.diff(pairs, prepend=-1) != 0
        pairs, order = pairs[once], order[once]
        flat, places = self.bits.reshape(-1), pairs >> 3
        marks = (1 << (pairs & 7)).astype(np.uint8)
        fresh = (flat[places] & marks) == 0
        np.add.at(flat, places[fresh], marks[fresh])  # as |, where none is set, and quicker
        return np.sort(order[fresh])


@attrs.define(eq=False)
class Arrivals:
    """Counts in which a customer is one occasion of a touchpoint, however often they come."""

    occasion: ClassVar[str] = "customer"
    over: ClassVar[str] = ""  # what is said of last visits
    came: Marks = attrs.Factory(Marks)
    lost: Marks = attrs.Factory(Marks)
    been: Places = NONE  # touchpoints of each customer
    before: Places = NONE  # that customers had been to
    occasions: Places = NONE
    failures: Places = NONE

    def add(self, batch: Batch) -> None:
        """Count rows."""
        sizes = batch.known, batch.width
        new = self.came.new(batch.customers, batch.points, *sizes)
        failed = np.flatnonzero(batch.failed)
        lost = failed[self.lost.new(batch.customers[failed], batch.points[failed], *sizes)]
        customers, points = batch.customers[new], batch.points[new]
        self.been = room(self.been, batch.known)
        rows = np.arange(len(new))
        first = np.diff(customers, prepend=-1) != 0
        rank = rows - np.maximum.accumulate(np.where(first, rows, 0))
        before = np.bincount(points, self.been[customers] + rank, batch.width)
        np.add.at(self.been, customers, 1)
        self.before = added(self.before, before.astype(np.intp))
        self.occasions = added(self.occasions, np.bincount(points, minlength=batch.width))
        lost_at = np.bincount(batch.points[lost], minlength=batch.width)
        self.failures = added(self.failures, lost_at)

    @property
    def unlucky(self) -> int:
        """How many customers met a failure."""
        return int(self.lost.bits.any(axis=1).sum())

    def order(self) -> list[int]:
        """Return the touchpoints by how many others the customers had been to before."""
        order: list[int] = np.argsort(self.before / self.occasions, kind="stable").tolist()
        return order


@attrs.define(eq=False)
class Visits:
    """Counts in which every visit is an occasion, and of what followed what.

    `moves` has the start in its first row, and in its first column nothing; `last` is the row of
    what a customer came to last, `failed` whether a visit of theirs did. Journeys are complete at
    the `ends`, or without them wherever they are over.
    """

    occasion: ClassVar[str] = "visit"
    ends: tuple[str, ...] | None = None
    moves: Places = NO_MOVES
    last: Places = NONE
    failed: NDArray[np.bool_] = NO_FAILURE
    failures: Places = NONE

    def add(self, batch: Batch) -> None:
        """Count rows."""
        runs, size = batch.runs, batch.width + 1
        self.last = room(self.last, batch.known)
        here, customers = batch.points + 1, batch.customers[batch.runs.starts]
        before = runs.before(here, self.last[customers])
        self.last[customers] = here[runs.ends]
        moves = np.bincount(before * size + here, minlength=size**2)
        self.moves = added(self.moves, moves.reshape(size, size))
        lost_at = np.bincount(batch.points[batch.failed], minlength=batch.width)
        self.failures = added(self.failures, lost_at)
        self.failed = room(self.failed, batch.known)
        self.failed[batch.customers[batch.failed]] = True

    @property
    def unlucky(self) -> int:
        """How many customers met a failure."""
        return int(self.failed.sum())

    @property
    def over(self) -> str:
        """What is said of last visits."""
        if self.ends is None:
            return (
                "without `ends`, every last visit leads to 'end': who left early, or was still on "
                "the way when the log ends, cannot be told from who finished, and completion is 1 "
                "and says nothing"
            )
        ends = " or ".join(map(repr, self.ends))
        return f"complete with a last visit of {ends}; who was still on the way counts as leaving"

    @property
    def occasions(self) -> Places:
        """The visits of each touchpoint."""
        return np.asarray(self.moves.sum(axis=0)[1:])

    def order(self) -> range:
        """Return the touchpoints in the order in which they first come."""
        return range(len(self.moves) - 1)

    def transitions(self, names: Sequence[str]) -> dict[str, dict[str, float]]:
        """Return the shares of what followed each touchpoint."""
        last = np.bincount(self.last[self.last > 0], minlength=len(self.moves))
        counts = np.column_stack([self.moves[:, 1:], *self._parted(last, names)])
        shares = counts / counts.sum(axis=1, keepdims=True)
        columns = (*names, END, LEAVE)
        return {
            name: {columns[place]: float(row[place]) for place in np.flatnonzero(row)}
            for name, row in zip((START, *names), shares, strict=True)
        }

    def _parted(self, last: Places, names: Sequence[str]) -> tuple[Places, Places]:
        """Return which of the last visits complete a journey, and which leave it."""
        if self.ends is None:
            return last, np.zeros_like(last)
        complete = np.zeros(len(last), dtype=bool)
        complete[[1 + names.index(named("ends", end, names)) for end in self.ends]] = True
        if not last[complete].any():
            ends = " or ".join(map(repr, self.ends))
            msg = f"`ends`: no customer's last visit was {ends}, so that no journey was complete"
            raise ValueError(msg)
        return last * complete, last * ~complete
