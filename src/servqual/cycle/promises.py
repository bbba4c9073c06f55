"""What became of promises, as known at a date."""

from datetime import datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, instance
from servqual._frames.times import elapsed, unit_of
from servqual._stats.proportions import shares_of
from servqual.cycle._estimates import mean_times
from servqual.cycle.ledger import PROMISE_EVENTS, PromiseLedger
from servqual.tables import Result, Table, interval_note

__all__ = ["PromiseReport", "promise_report"]


@attrs.frozen(kw_only=True, repr=False)
class PromiseReport(Result):
    """What became of promises, as known at a date.

    Always kept ≤ due ≤ made.

    Parameters
    ----------
    rates : Table
        One row a `rate`: `n` promises, `count` of them, `share`, `low`, `high`, and `undefined`.
        The rates are ``"kept"`` and ``"on_time"``, of those whose date has come, and ``"enabled"``,
        ``"over_promised"`` and ``"withdrawn"``, of those made.
    lateness : Table
        One row a `state`, ``"kept late"`` and ``"overdue"``: `n` promises, `mean`, `sd`, `se`,
        `low`, `high`, `median` and `most` of the time after they were due, and `undefined`.
    at : datetime or float
        The date.
    made, enabled, withdrawn : int
        How many promises were.
    due, kept : int
        How many are due: their date has come, or they had none and are kept. And how many of these
        are kept.
    kept_early : int
        How many are kept whose date has not come yet; they are not among the kept.
    open : int
        How many are made, and neither kept nor withdrawn.
    overdue : int
        How many of the open ones have fallen due.
    unit : str
        The unit of lateness.
    """

    rates: Table
    lateness: Table
    at: datetime | float
    made: int
    enabled: int
    due: int
    kept: int
    kept_early: int
    withdrawn: int
    open: int
    overdue: int
    unit: str


def promise_report(
    ledger: PromiseLedger,
    *,
    at: Any = None,  # noqa: ANN401 (a date of any kind)
    unit: str = "hour",
    confidence: float = 0.95,
) -> PromiseReport:
    """Report how many promises were kept, and how many were made that nobody was enabled to keep.

    - kept = promises kept, of those whose due date has come
    - on time = promises kept no later than due, of the same
    - enabled = promises enabled / made
    - over-promised = (made - enabled) / made
    - withdrawn = promises withdrawn / made

    Promises without a due date join both rates once they are kept, as on time; those kept before
    their date wait for it, because the ones not kept do so too. One that is withdrawn before its
    due date is never due; one that is withdrawn later stays due, and broken.

    Parameters
    ----------
    ledger : PromiseLedger
        The promises.
    at : datetime, date, str or float, optional
        The date of the report: what comes later has not happened yet. Default the last event in the
        ledger; due dates do not count as such. The ledger keeps times with a zone in UTC: give
        `at` its zone as well then, and none where they had none.
    unit : {"second", "minute", "hour", "day"}
        The unit of lateness, also as ``"minutes"`` or ``"min"``; plain numbers count in it already.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    PromiseReport
        Shares in 0..1; lateness in the unit, of overdue promises up to the date.

    Raises
    ------
    TypeError, ValueError
        If `ledger` is something else, or `at` is no time like those of the ledger.

    Notes
    -----
    Enabled and over-promised are undefined where no promise of the ledger has a time of being
    enabled, for then nobody wrote it down. Over-promised also counts promises so young that
    somebody may still be enabled to keep them.

    A date without a clock time is its midnight, at the beginning of the day: give the last minute
    for what is promised "by" a day. A promise whose due date is the date of the report counts as
    due. Promises without a due date raise the rates, because they cannot fail: give promises due
    dates.

    Intervals of shares are Wilson's, for promises that are kept or broken independently: several to
    one customer, or broken by one cause, make them too short. Those of lateness are Student's, cut
    at 0, and below some fifty promises too short for times with a long tail: read the median.

    References
    ----------
    Bitner, M. J. (1995). Building service relationships: it's all about promises. Journal of the
    Academy of Marketing Science 23(4), 246-251. doi:10.1177/009207039502300403

    Examples
    --------
    >>> ledger = PromiseLedger(
    ...     promises=["a", "b", "c"], made=[0, 0, 0], due=[5, 5, 9], kept=[4, 8, np.nan]
    ... )
    >>> report = promise_report(ledger, at=8)
    >>> report.kept, report.due, report.open, report.overdue
    (2, 2, 1, 0)
    >>> report.rates.row(rate="on_time")["share"]
    0.5
    >>> report.lateness.row(state="kept late")["mean"]
    3.0
    """
    instance("ledger", ledger, PromiseLedger, hint="; `promises_from_log` makes one of a log")
    unit = unit_of("unit", unit)
    confidence = confidence_level(confidence)
    now = _last(ledger) if at is None else ledger._moment("at", at)  # noqa: SLF001 (its own kind)
    if not len(ledger):
        ledger = PromiseLedger(made=np.empty(0, now.dtype))  # of the kind of the date
    made, enabled, kept, withdrawn = (
        getattr(ledger, event) <= now for event in ("made", "enabled", "kept", "withdrawn")
    )
    fallen = made & (ledger.due <= now) & ~(withdrawn & (ledger.withdrawn < ledger.due))
    due = fallen | (kept & np.isnan(ledger.due))  # else early success would count before failure
    late = kept & (ledger.kept > ledger.due)
    still = made & ~kept & ~withdrawn
    overdue = still & fallen
    recorded = made & ~np.isnan(ledger.enabled).all()  # else nobody wrote it down
    rates = {
        "kept": (kept & due, due),
        "on_time": (kept & ~late & due, due),
        "enabled": (enabled, recorded),
        "over_promised": (recorded & ~enabled, recorded),
        "withdrawn": (withdrawn, made),
    }
    lateness = np.concatenate(
        [
            elapsed(ledger.kept[late], ledger.due[late], unit),
            elapsed(np.broadcast_to(now, overdue.sum()), ledger.due[overdue], unit),
        ]
    )
    return PromiseReport(
        rates=_rates(rates, now, confidence),
        lateness=_lateness(lateness, int(late.sum()), unit, confidence),
        at=now.item(),
        made=int(made.sum()),
        enabled=int(enabled.sum()),
        due=int(due.sum()),
        kept=int((kept & due).sum()),
        kept_early=int((kept & ~due).sum()),
        withdrawn=int(withdrawn.sum()),
        open=int(still.sum()),
        overdue=int(overdue.sum()),
        unit=unit,
    )


def _last(ledger: PromiseLedger) -> Any:  # noqa: ANN401 (a time of numpy's)
    """Return the last time at which something happened, missing where the ledger is empty."""
    events = (event for event in PROMISE_EVENTS if event != "due")
    times = np.concatenate([getattr(ledger, event) for event in events])
    return np.fmax.reduce(times) if times.size else np.float64("nan")


def _rates(
    rates: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    now: Any,  # noqa: ANN401 (a time of numpy's)
    confidence: float,
) -> Table:
    count, n = (np.stack(flags).sum(axis=1) for flags in zip(*rates.values(), strict=True))
    nobody = "no promise made" if not n[-1] else "no promise has a time of being enabled"
    known = "" if np.isnan(now) else f"; as known at {now.item()}"
    nothing = np.array(["no promise due"] * 2 + [nobody] * 2 + ["no promise made"])
    return Table(
        title="Promises",
        keys=("rate",),
        data={"rate": list(rates), **shares_of(count, n, nothing, confidence)},
        note=interval_note(confidence, "Wilson; kept and on_time: of the promises due") + known,
    )


def _lateness(times: NDArray[np.float64], late: int, unit: str, confidence: float) -> Table:
    """Return the Table of times after due: first those of promises kept `late`, then of overdue."""
    places = (np.arange(len(times)) >= late).astype(np.intp)
    found = mean_times(times[:, None], places, 2, "promise", confidence)
    for name in ("se", "low", "high"):
        found[name][1] = np.nan
    going = np.array([[False], [len(times) > late]])
    found["undefined"] = np.where(going, "not yet over: no interval", found["undefined"])
    return Table(
        title=f"{unit.capitalize()}s after due",
        keys=("state",),
        data={
            "state": ["kept late", "overdue"],
            **{name: column[:, 0] for name, column in found.items()},
        },
        note=interval_note(confidence, "t, cut at 0; overdue ones up to the date"),
    )
