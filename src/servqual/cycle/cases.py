"""Single cases in the cycle, and the event logs that they come from and go back to."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from servqual._checks import brief, distinct, instance, named
from servqual._fields import is_code
from servqual._frames.columns import ColumnRef
from servqual._frames.logs import Log
from servqual._frames.times import clocked, instants
from servqual._frames.words import Words
from servqual.cycle._replay import Replay
from servqual.cycle.stages import (
    CASE_EVENTS,
    CLOSED,
    ENTERED,
    NEXT,
    OUTCOMES,
    ROUND_BEGINS,
    STATES,
    Stage,
    refusal,
)
from servqual.tables import Table

__all__ = ["ServiceCase", "Time", "case_log", "cases_from_log"]

Time = datetime | float


def _events(value: Iterable[Any]) -> tuple[tuple[Time, str], ...]:
    """Return pairs of a time and an event, all times of one kind."""
    instance("events", value, Iterable, hint="; give pairs, as ((0, 'explore'),)")
    found = tuple(value)
    for pair in found:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            msg = f"`events` must be pairs of a time and an event, got {brief(pair)}"
            raise TypeError(msg)
    times = instants("time", [time for time, _ in found])
    for place in np.flatnonzero(~np.isfinite(times)):
        msg = f"`time` must be there and finite, got {found[place][0]!r} (event {place + 1})"
        raise ValueError(msg)
    events = (str(named("event", event, CASE_EVENTS)) for _, event in found)
    return tuple(zip(times.tolist(), events, strict=True))


@attrs.frozen
class ServiceCase:
    """A case of one customer, and the events that took it through the cycle.

    A case goes explore → offer → do → confirm, skips nothing, and each confirmation ends in one of
    the outcomes. Where the matter is not settled (``"warm-but-open"``, ``"recover"``), the outcome
    itself puts the case back into explore; where it is, the case is closed, until an explore
    opens it again because the customer comes back.

    Parameters
    ----------
    case : str
        What the case is called in logs and messages.
    events : sequence of (time, str)
        The events in their order, each a stage that begins, an outcome, evidence of the stage that
        the case is in (as ``"explore.active-listening"``), or ``"handover"`` to another person.
        Times are dates (all with a zone, and turned to UTC, which is then left out; or all without)
        or numbers; they may be equal, and do not go back.

    Raises
    ------
    TypeError, ValueError
        If an event is unknown or may not come, or a time goes back or is missing; the message says
        where the case is and what may come.

    Examples
    --------
    >>> case = ServiceCase("A7").record("explore", 0).record("offer", 2).record("do", 3)
    >>> case = case.record("confirm", 7).record("recover", 8)
    >>> case.stage, case.is_open, case.rounds, case.outcome
    ('explore', True, 2, 'recover')
    >>> case.record("offer", 9).stage
    'offer'
    """

    case: str = attrs.field(validator=is_code)
    events: tuple[tuple[Time, str], ...] = attrs.field(default=(), converter=_events)
    if TYPE_CHECKING:  # what the converter takes; type checkers read the fields' types alone

        def __init__(self, case: str, events: Iterable[tuple[Any, str]] = ...) -> None: ...

    def __attrs_post_init__(self) -> None:
        state, last = 0, None
        for place, (time, event) in enumerate(self.events, 1):
            code = CASE_EVENTS.index(event)
            after, back = int(NEXT[state, code]), last is not None and time < last  # type: ignore[operator]  # all are of one kind
            if after < 0 or back:
                rule = f"`event`: {event!r} cannot come: {refusal(state, code)}"
                if after >= 0:
                    rule = f"`time` must not go back within a case, got {time} after {last}"
                msg = f"{rule} (event {place}, case {self.case!r})"
                raise ValueError(msg)
            state, last = after, time

    def record(self, event: str, time: Any) -> "ServiceCase":  # noqa: ANN401 (a date of any kind)
        """Return the case with one more event.

        Parameters
        ----------
        event : str
            What happens.
        time : datetime, date, str or float
            When, not before the last event; a text as ``"2026-01-31 09:30"``. With its zone, if
            those of the other events had one.

        Raises
        ------
        TypeError, ValueError
            As for the case itself.
        """
        when, _ = clocked("time", [time], before=len(self.events))  # zones are known no longer
        return attrs.evolve(self, events=(*self.events, (*when.tolist(), event)))

    @property
    def stage(self) -> str:
        """The stage that the case is in; ``""`` before its first event, ``"closed"`` at its end."""
        states = [int(ENTERED[CASE_EVENTS.index(event)]) for _, event in self.events]
        return STATES[next((state for state in reversed(states) if state), 0)]

    @property
    def is_open(self) -> bool:
        """Whether the case has begun and is not closed."""
        return self.stage not in {"", STATES[CLOSED]}

    @property
    def outcome(self) -> str:
        """The outcome of the last confirmation; ``""`` before the first."""
        outcomes = [event for _, event in self.events if CASE_EVENTS.index(event) in OUTCOMES]
        return outcomes[-1] if outcomes else ""

    @property
    def rounds(self) -> int:
        """How often the case came into explore."""
        return sum(CASE_EVENTS.index(event) in ROUND_BEGINS for _, event in self.events)

    @property
    def evidence(self) -> dict[str, tuple[str, ...]]:
        """The principles of each stage that were seen at work in the last round."""
        codes = [CASE_EVENTS.index(event) for _, event in self.events]
        begun = max((n for n, code in enumerate(codes) if code in ROUND_BEGINS), default=0)
        seen = {CASE_EVENTS[code] for code in codes[begun:]}
        return {
            stage.value: tuple(name for name in stage.principles if f"{stage}.{name}" in seen)
            for stage in Stage
        }


def cases_from_log(
    events: Any,  # noqa: ANN401 (any table)
    *,
    case: ColumnRef = "case",
    time: ColumnRef = "time",
    event: ColumnRef = "event",
    words: Words = None,
) -> tuple[ServiceCase, ...]:
    """Read cases from an event log, one row an event.

    Parameters
    ----------
    events : table
        A data frame, mapping of columns, path of a .parquet file, DuckDB relation, or an iterable
        of such. The rows of one case stand in the order of time; those of others may be between.
    case, time, event : str or int
        The columns, by name or place. Times have a zone in all rows, and are turned to UTC, or in
        none.
    words : mapping of the log's own words to events, optional
        A word that maps to None is passed over; one that the mapping lacks must be an event.

    Returns
    -------
    tuple of ServiceCase
        In the order in which they begin in the log; `case_log` gives the log back.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a cell is missing, or an event is unknown or may not come; the message
        names row and case.

    Examples
    --------
    >>> log = {"case": ["A", "B", "A"], "time": [0, 1, 2], "event": ["new", "new", "offer"]}
    >>> [case.stage for case in cases_from_log(log, words={"new": "explore"})]
    ['offer', 'explore']
    """
    log = Log(owner="case", column=case, time=time, event=event, codes=CASE_EVENTS, words=words)
    parts = list(Replay(log).batches(events))  # errors name the row
    labels = np.concatenate([rows.labels for rows in parts])
    order = np.argsort(labels, kind="stable")
    times = np.concatenate([rows.times for rows in parts])[order].tolist()
    codes = np.concatenate([rows.events for rows in parts])[order].tolist()
    pairs = [(when, CASE_EVENTS[code]) for when, code in zip(times, codes, strict=True)]
    stops = np.cumsum(np.bincount(labels)).tolist()
    return tuple(
        ServiceCase(label, pairs[start:stop])
        for label, start, stop in zip(log.labels.texts, [0, *stops], stops, strict=False)
    )


def case_log(cases: Iterable[ServiceCase]) -> Table:
    """Return the event log of cases, one row an event, which `cases_from_log` reads back equal.

    Parameters
    ----------
    cases : sequence of ServiceCase
        Cases with different names; one without events leaves no row.

    Returns
    -------
    Table
        With the columns `case`, `time` and `event`.

    Raises
    ------
    TypeError, ValueError
        If two cases have one name, or some times are dates and others numbers.

    Examples
    --------
    >>> cases = (ServiceCase("A", ((0, "explore"), (2, "offer"))),)
    >>> case_log(cases)["event"].tolist()
    ['explore', 'offer']
    >>> cases_from_log(case_log(cases).to_frame()) == cases
    True
    """
    instance("cases", cases, Iterable, hint="; give a sequence, as (case,)")
    found = tuple(cases)
    for entry in found:
        instance("cases", entry, ServiceCase)
    labels = [entry.case for entry in found]
    if len(set(labels)) < len(labels):
        distinct("cases", labels)
    rows = [(entry.case, time, event) for entry in found for time, event in entry.events]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    data = {
        "case": np.array(columns[0], dtype=str),
        "time": instants("time", columns[1]),
        "event": np.array(columns[2], dtype=str),
    }
    return Table(title="Events of cases", keys=("case", "time", "event"), data=data)
