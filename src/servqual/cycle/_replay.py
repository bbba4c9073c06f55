"""Many cases run through the machine of the stages at once, a batch of rows at a time."""

from collections.abc import Generator
from contextlib import closing
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.logs import Log, Rows, Runs, room
from servqual.cycle.stages import (
    CASE_EVENTS,
    ENTERED,
    EVIDENCE,
    HANDOVER,
    NEXT,
    OUTCOMES,
    STATES,
    refusal,
)

__all__ = ["Replay"]

Places = NDArray[np.intp]
IS_OUTCOME = np.isin(np.arange(len(CASE_EVENTS)), OUTCOMES)
TELLS = IS_OUTCOME | (np.arange(len(CASE_EVENTS)) == CASE_EVENTS.index(HANDOVER))


def _no_cases(dates: bool) -> NDArray[np.void]:  # noqa: FBT001 (the kind of the log's times)
    """Return no records of what is kept of a case; of a case without events, all is 0."""
    record = [
        ("state", np.int8),
        ("time", "datetime64[us]" if dates else float),  # of the last event
        ("group", np.intp),
        ("first", np.int8),  # which event came first, of the outcomes and handover; 0: none yet
        ("outcome", np.int8),  # the last one; 0: none yet
        ("events", np.intp),
        ("invalid", bool),  # a row of the case was refused
        ("seen", np.intp),  # evidence of the visit that the case is on, a bit for each
        ("spent", float, len(STATES)),  # time in each state: microseconds, or the log's unit
        ("counts", np.int32, len(CASE_EVENTS)),  # evidence once a visit
    ]
    return np.empty(0, dtype=record)


@attrs.define(eq=False)
class Replay:
    """What is known of each case after the rows that came; `cases` has more room than cases."""

    log: Log
    leave_out: bool = False  # cases with a row that is refused, instead of raising an error
    cases: NDArray[np.void] = attrs.field(factory=lambda: _no_cases(dates=False), init=False)

    def batches(self, events: Any) -> Generator[Rows, None, None]:  # noqa: ANN401 (any table)
        """Yield the rows of the log, a batch at a time, when the cases have taken them."""
        with closing(self.log.batches(events)) as batches:  # on errors too
            for rows in batches:
                self._add(rows)
                yield rows

    def _add(self, rows: Rows) -> None:
        runs = Runs.of(rows.labels)
        ids = rows.labels[runs.order[runs.starts]]
        self._make_room()
        cases = self.cases[ids]
        events, times = rows.events[runs.order], rows.times[runs.order]
        visit, after = _visits(events, runs, cases["state"])
        before = runs.before(after, cases["state"])
        since = runs.before(times, cases["time"])
        groups = rows.groups[runs.order]
        cases["group"] = np.where(cases["state"] == 0, groups[runs.starts], cases["group"])
        refused = (NEXT[before, events] < 0) | (groups != cases["group"][runs.run])
        refused |= (times < since) & (before > 0)
        if refused.any() and not self.leave_out:
            at = np.flatnonzero(refused)
            at = at[np.argmin(runs.order[at])]  # the first row of the log
            self.log.see_order(rows, runs.order[at])
            self._refuse(rows, runs.order[at], int(before[at]), since[at], cases[runs.run[at]])
        cases["invalid"][runs.run[refused]] = True

        gap = np.where(before > 0, (times - since).astype(float), 0.0)
        cases["spent"] = _added(cases["spent"], gap, before, runs)
        fresh = _fresh(events, visit, runs, cases)
        ones = fresh.astype(float)
        cases["counts"] = _added(cases["counts"], ones, events, runs)
        _remember(cases, events, runs)
        cases["events"] += np.bincount(runs.run)
        cases["state"], cases["time"] = after[runs.ends], times[runs.ends]
        self.cases[ids] = cases

    def _make_room(self) -> None:
        if not len(self.cases):
            self.cases = _no_cases(dates=bool(self.log.dated))
        self.cases = room(self.cases, len(self.log.labels.texts))

    def _refuse(self, rows: Rows, row: int, state: int, since: Any, case: Any) -> None:  # noqa: ANN401 (a time, a record)
        """Say what is wrong with a row."""
        event = int(rows.events[row])
        where = f"(row {rows.numbers[row]}, {self.log.whose(rows, row)})"
        if NEXT[state, event] < 0:
            msg = f"`event`: {CASE_EVENTS[event]!r} cannot come: {refusal(state, event)} {where}"
        elif rows.times[row] < since:
            self.log.refuse_time(rows, row, since)
        else:
            groups = list(self.log.groups)
            got, had = (" · ".join(groups[place]) for place in (rows.groups[row], case["group"]))
            msg = f"`by` must be the same in all rows of a case, got {got!r} after {had!r} {where}"
        raise ValueError(msg)


def _visits(events: Places, runs: Runs, state: Places) -> tuple[Places, Places]:
    """Return of each row the row that began its visit, or its case's first, and the state after."""
    moves = ENTERED[events] > 0
    visit = np.maximum.accumulate(np.where(moves | runs.first, np.arange(len(events)), 0))
    return visit, np.where(moves[visit], ENTERED[events[visit]], state[runs.run])


def _added(kept: NDArray[Any], weights: NDArray[Any], columns: Places, runs: Runs) -> NDArray[Any]:
    """Add each row's weight to its case and column, after what was kept: as if in one batch."""
    places = np.append(np.arange(kept.size), runs.run * kept.shape[1] + columns)
    return np.bincount(places, np.append(kept, weights)).reshape(kept.shape)


def _fresh(events: Places, visit: Places, runs: Runs, cases: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell rows that count, all but evidence that its visit has already; keep what it has now."""
    evidence = np.flatnonzero((events >= EVIDENCE.start) & (events < EVIDENCE.stop))
    _, once = np.unique(visit[evidence] * len(CASE_EVENTS) + events[evidence], return_index=True)
    once = evidence[once]
    bits = 1 << (events[once] - EVIDENCE.start)
    moved = ENTERED[events[visit]] > 0  # the visit began in these rows
    old = ~moved[once] & ((cases["seen"][runs.run[once]] & bits) > 0)
    once, bits = once[~old], bits[~old]
    fresh = np.ones(len(events), dtype=bool)
    fresh[evidence] = False
    fresh[once] = True

    last = visit[once] == visit[runs.ends[runs.run[once]]]
    now = np.bincount(runs.run[once[last]], bits[last], minlength=len(cases)).astype(np.intp)
    cases["seen"] = np.where(moved[runs.ends], 0, cases["seen"]) | now
    return fresh


def _remember(cases: NDArray[np.void], events: Places, runs: Runs) -> None:
    """Keep which of outcomes and handover came first, and which outcome came last."""
    rows = np.arange(len(events))
    first = np.minimum.reduceat(np.where(TELLS[events], rows, len(rows)), runs.starts)
    found = (first < len(rows)) & (cases["first"] == 0)
    cases["first"][found] = events[first[found]]
    last = np.maximum.reduceat(np.where(IS_OUTCOME[events], rows, -1), runs.starts)
    cases["outcome"][last >= 0] = events[last[last >= 0]]
