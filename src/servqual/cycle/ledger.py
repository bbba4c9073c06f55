"""The ledger of promises, and the event logs that it comes from and goes back to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    brief,
    distinct,
    frozen_array,
    instance,
    named,
    same_array,
    text,
)
from servqual._frames.columns import ColumnRef
from servqual._frames.logs import Log
from servqual._frames.times import Times, instants
from servqual._frames.words import Words
from servqual.tables import Table

__all__ = ["PROMISE_EVENTS", "PromiseLedger", "promises_from_log"]

PROMISE_EVENTS = ("made", "enabled", "due", "kept", "withdrawn")
Numbers = NDArray[np.intp]


def _listed(name: str, values: Any) -> list[Any]:  # noqa: ANN401 (a sequence of any kind)
    """Return the entries of a sequence or Series."""
    if isinstance(values, (str, bytes, Mapping)):
        msg = f"`{name}` must be a sequence, with an entry for each promise, got {brief(values)}"
        raise TypeError(msg)
    instance(name, values, Iterable, hint="; give an entry for each promise")
    plain = getattr(values, "to_pylist", None)  # of pyarrow
    return list(values) if plain is None else list(plain())


def _labels(values: Any) -> NDArray[Any]:  # noqa: ANN401 (texts of any kind)
    """Return different names that are not blank."""
    listed = _listed("promises", values)
    for value in listed:
        if not isinstance(value, str):
            msg = f"`promises` must be texts, as str({value!r}), got {brief(value)}"
            raise TypeError(msg)
        text("promises", value)
    if len(set(listed)) < len(listed):
        distinct("promises", listed)
    return frozen_array(np.array(listed, dtype=str))


def _times(name: str, values: Any) -> Times:  # noqa: ANN401 (times of any kind)
    """Return times, of which some may be missing."""
    found = instants(name, values if isinstance(values, np.ndarray) else _listed(name, values))
    if np.isinf(found).any():
        row = int(np.argmax(np.isinf(found)))
        rule = f"`{name}` must be finite, or missing where there is none"
        msg = f"{rule}, got {found[row]} (place {row + 1})"
        raise ValueError(msg)
    return frozen_array(found)


def _missing(shape: tuple[int, ...], like: Times) -> Times:
    """Return missing times of the kind of others."""
    return frozen_array(np.full(shape, np.nan).astype(like.dtype))


def _nothing(ledger: "PromiseLedger") -> Times:
    """Return a missing time for each promise."""
    return _missing(ledger.promises.shape, ledger.made)


@attrs.frozen(kw_only=True, repr=False)
class PromiseLedger:
    """Promises to customers, and when each was made, enabled, due, kept or withdrawn.

    All arrays have one entry a promise: datetime64 in microseconds, or numbers; NaT or NaN where
    there is no such event. Dates with a zone are turned to UTC, which is then left out: give all
    with their zone or all without. A date without a clock time is its midnight, at the beginning of
    the day.

    Parameters
    ----------
    promises : sequence or Series of str
        The names of the promises.
    made : sequence of times
        When the customer was told; every promise has it.
    enabled : sequence of times, optional
        When those who keep the promise had what they need.
    due : sequence of times, optional
        When it falls due, which may lie in the future; without, a promise never falls due.
    kept : sequence of times, optional
        When it was kept.
    withdrawn : sequence of times, optional
        When it was taken back.

    Raises
    ------
    TypeError, ValueError
        If a promise is not made or stands twice, an event comes before it is made, a promise is
        both kept and withdrawn, or some times are dates and others numbers.

    Examples
    --------
    >>> ledger = PromiseLedger().record("refund", "made", 1).record("refund", "due", 5)
    >>> ledger.record("refund", "kept", 4).kept
    array([4.])
    """

    promises: NDArray[np.str_] = attrs.field(
        converter=_labels, eq=same_array, hash=False, default=()
    )
    made: Times = attrs.field(eq=same_array, hash=False, default=())
    enabled: Times = attrs.field(eq=same_array, hash=False, default=None)
    due: Times = attrs.field(eq=same_array, hash=False, default=None)
    kept: Times = attrs.field(eq=same_array, hash=False, default=None)
    withdrawn: Times = attrs.field(eq=same_array, hash=False, default=None)
    if TYPE_CHECKING:  # what is taken; type checkers read the fields' types alone

        def __init__(
            self,
            *,
            promises: Iterable[str] = ...,
            made: Iterable[Any] = ...,
            enabled: Iterable[Any] = ...,
            due: Iterable[Any] = ...,
            kept: Iterable[Any] = ...,
            withdrawn: Iterable[Any] = ...,
        ) -> None: ...

    def __attrs_post_init__(self) -> None:
        for event in PROMISE_EVENTS:
            given = getattr(self, event)
            found = _nothing(self) if given is None else _times(event, given)
            if found.shape != self.promises.shape:
                rule = f"must have a time for each of the {len(self)} promises"
                msg = f"`{event}` {rule}, got shape {found.shape}"
                raise ValueError(msg)
            if event != "made" and found.dtype != self.made.dtype:
                if not np.isnan(found).all():
                    msg = f"`{event}` must be dates where `made` has dates, else numbers"
                    raise ValueError(msg)
                found = _nothing(self)
            object.__setattr__(self, event, found)
        _see_rules(self.promises.tolist(), self._times_of_all())

    def __len__(self) -> int:
        """Return the number of promises."""
        return len(self.promises)

    def __repr__(self) -> str:
        """Return how many there are of each, in a line."""
        counts = (
            f"{int((~np.isnan(getattr(self, name))).sum())} {name}" for name in PROMISE_EVENTS
        )
        return f"PromiseLedger: {', '.join(counts)}"

    def _times_of_all(self) -> Times:
        """Return the times, (promises, events), with the events in the order of the columns."""
        return np.stack([getattr(self, event) for event in PROMISE_EVENTS], axis=1)

    def record(self, promise: str, event: str, time: Any) -> "PromiseLedger":  # noqa: ANN401 (a time)
        """Return the ledger with one more event.

        Parameters
        ----------
        promise : str
            A new one where the event is ``"made"``, else one of the ledger's.
        event : {"made", "enabled", "due", "kept", "withdrawn"}
            What happens.
        time : datetime, date, str or float
            When; of ``"due"``, when the promise falls due.

        Raises
        ------
        TypeError, ValueError
            If the promise is not made yet, has the event already, or breaks another rule.
        """
        place = PROMISE_EVENTS.index(named("event", event, PROMISE_EVENTS))
        labels, times = self.promises.tolist(), self._times_of_all()
        known = labels.index(promise) if promise in labels else None
        if known is None and place:
            msg = f"`event`: {event!r} cannot come before 'made' (promise {promise!r})"
            raise ValueError(msg)
        when = self._moment("time", time)
        if known is None:
            labels, known = [*labels, promise], len(labels)
            times = np.concatenate(
                [times.astype(when.dtype), _missing((1, len(PROMISE_EVENTS)), when)]
            )
        if not np.isnan(times[known, place]):
            msg = f"`event`: {event!r} comes once, and is there already (promise {promise!r})"
            raise ValueError(msg)
        times[known, place] = when
        return _ledger(labels, times)

    def _moment(self, name: str, value: Any) -> Any:  # noqa: ANN401 (a date of any kind, as numpy has it)
        """Return a time of the kind that the ledger has; an empty one has none yet."""
        found = instants(name, [value])
        if not np.isfinite(found[0]) or (len(self) and found.dtype != self.made.dtype):
            kind = "a date" if self.made.dtype.kind == "M" else "a number"
            msg = f"`{name}` must be {kind}, as the times of the ledger are, got {value!r}"
            raise ValueError(msg)
        return found[0]

    def to_log(self) -> Table:
        """Return the event log, one row an event, which `promises_from_log` reads back equal.

        Returns
        -------
        Table
            With the columns `promise`, `event` and `time`; of ``"due"`` the time when it falls due.
        """
        times = self._times_of_all()
        rows, events = np.nonzero(~np.isnan(times))
        data = {
            "promise": self.promises[rows],
            "event": np.array(PROMISE_EVENTS)[events],
            "time": times[rows, events],
        }
        return Table(title="Events of promises", keys=("promise", "event"), data=data)


def _ledger(labels: Sequence[str], times: Times) -> PromiseLedger:
    """Make a ledger of times (promises, events)."""
    return PromiseLedger(promises=labels, **dict(zip(PROMISE_EVENTS, times.T, strict=True)))


def _see_rules(labels: Sequence[str], times: Times, rows: Numbers | None = None) -> None:
    """See that times (promises, events) keep the rules; `rows` are those of the log, if any."""

    def where(promise: int, event: int) -> str:
        row = "" if rows is None else f", row {rows[promise, event]}"
        return f"(promise {labels[promise]!r}{row})"

    made = times[:, :1]
    missing = np.flatnonzero(np.isnan(made[:, 0]))
    if missing.size:
        msg = (
            f"`made` must have a time for every promise, got none (promise {labels[missing[0]]!r})"
        )
        raise ValueError(msg)
    for promise, event in np.argwhere(times < made).tolist():
        rule = f"`{PROMISE_EVENTS[event]}` must not come before `made`"
        got = f"{times[promise, event]} before {made[promise, 0]}"
        msg = f"{rule}, got {got} {where(promise, event)}"
        raise ValueError(msg)
    both = ~np.isnan(times[:, PROMISE_EVENTS.index("kept") :]).any(axis=1)
    for promise in np.flatnonzero(both).tolist():
        later = PROMISE_EVENTS.index("withdrawn")
        if rows is not None and rows[promise, later] < rows[promise, later - 1]:
            later -= 1
        msg = f"`event`: a promise is kept or withdrawn, not both {where(promise, later)}"
        raise ValueError(msg)


def promises_from_log(
    events: Any,  # noqa: ANN401 (any table)
    *,
    promise: ColumnRef = "promise",
    time: ColumnRef = "time",
    event: ColumnRef = "event",
    words: Words = None,
) -> PromiseLedger:
    """Read promises from an event log, one row an event.

    Parameters
    ----------
    events : table
        A data frame, mapping of columns, path of a .parquet file, DuckDB relation, or an iterable
        of such. The first row of a promise is ``"made"``; the time of ``"due"`` is when it falls
        due, so that rows need not stand in the order of time.
    promise, time, event : str or int
        The columns, by name or place. Times have a zone in all rows, and are turned to UTC, or in
        none.
    words : mapping of the log's own words to events, optional
        A word that maps to None is passed over; one that the mapping lacks must be an event.

    Returns
    -------
    PromiseLedger
        With the promises in the order in which they come in the log; its `to_log` gives it back.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a cell is missing, an event is unknown or comes twice, or a promise
        breaks a rule of `PromiseLedger`; the message names row and promise.

    Examples
    --------
    >>> log = {"promise": ["a", "b", "a"], "time": [0, 1, 5], "event": ["made", "made", "kept"]}
    >>> promises_from_log(log)
    PromiseLedger: 2 made, 0 enabled, 0 due, 1 kept, 0 withdrawn
    """
    log = Log(
        owner="promise", column=promise, time=time, event=event, codes=PROMISE_EVENTS, words=words
    )
    parts = list(log.batches(events))
    numbers, owners, codes, when = (
        np.concatenate([getattr(rows, name) for rows in parts])
        for name in ("numbers", "labels", "events", "times")
    )
    labels = list(log.labels.texts)
    rows = np.full((len(labels), len(PROMISE_EVENTS)), numbers[-1] + 1)
    np.minimum.at(rows.ravel(), owners * len(PROMISE_EVENTS) + codes, numbers)  # of two, the first
    begins = rows.min(axis=1)
    twice = np.flatnonzero(rows[owners, codes] != numbers)
    early = np.flatnonzero((begins[owners] == numbers) & (codes != PROMISE_EVENTS.index("made")))
    for row in early[:1]:
        rule = f"{PROMISE_EVENTS[codes[row]]!r} cannot come before 'made'"
        msg = f"`event`: {rule} (promise {labels[owners[row]]!r}, row {numbers[row]})"
        raise ValueError(msg)
    for row in twice[:1]:
        places = f"rows {rows[owners[row], codes[row]]} and {numbers[row]}"
        rule = f"{PROMISE_EVENTS[codes[row]]!r} comes once, and is there twice"
        msg = f"`event`: {rule} (promise {labels[owners[row]]!r}, {places})"
        raise ValueError(msg)
    times = _missing(rows.shape, when).copy()
    times[owners, codes] = when
    _see_rules(labels, times, rows)
    return _ledger(labels, times)
