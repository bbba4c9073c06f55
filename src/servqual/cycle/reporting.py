"""What an event log says of the cycle: times, resolutions, outcomes, evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, names
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import keyed, natural
from servqual._frames.logs import Log
from servqual._frames.times import elapsed, unit_of
from servqual._frames.words import Words
from servqual._stats.means import added
from servqual._stats.proportions import shares_of
from servqual.cycle._estimates import Columns, mean_times
from servqual.cycle._replay import Replay
from servqual.cycle.stages import (
    CASE_EVENTS,
    CLOSED,
    EVIDENCE,
    HANDOVER,
    OUTCOMES,
    ROUND_BEGINS,
    Outcome,
    Stage,
)
from servqual.tables import Result, Table, interval_note

__all__ = ["CycleReport", "cycle_report"]

OnInvalid = Literal["error", "leave_out"]
STAGES = slice(1, CLOSED)  # the places of the stages among the states
NO_OUTCOME = "no case with a confirmation"


@attrs.frozen(kw_only=True, repr=False)
class CycleReport(Result):
    """How cases went through the cycle.

    Every Table has the group columns in front, and `undefined` behind.

    Parameters
    ----------
    stages : Table
        One row a `stage`, and ``"total"``: `n` closed cases, and of the time that a case spent in
        the stage `mean`, `sd`, `se`, `low`, `high`, `median`; `open`, the cases that are in the
        stage now.
    rates : Table
        One row a `rate`: `n` cases, `count` of them, `share`, `low`, `high`. The rates are
        ``"first_contact_resolution"``, ``"reopened"``, ``"confirmed"`` and ``"handed_over"``.
    outcomes : Table
        One row an `outcome`, with its `matter` and `person`: `confirmations` that ended so; `n`
        cases with a confirmation, `count` of those whose last one ended so, `share`, `low`, `high`.
    evidence : Table
        One row a `stage` and `principle`: `n` visits of the stage, `count` of those with the
        evidence, `share`, `low`, `high`.
    events, cases, open_cases : int
        How many events there are, of how many cases, and how many cases are open at the end.
    left_out : int
        Cases that are in no Table, because one of their rows cannot be.
    passed_over : int
        Rows whose word maps to None.
    unit : str
        The unit of the times.
    """

    stages: Table
    rates: Table
    outcomes: Table
    evidence: Table
    events: int
    cases: int
    open_cases: int
    left_out: int
    passed_over: int
    unit: str


@attrs.frozen(eq=False)
class Grouped:
    """The records of the cases that may be, and of each the place of its group."""

    cases: NDArray[np.void]
    places: NDArray[np.intp]
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    left_out: int
    confidence: float

    @classmethod
    def of(cls, replay: Replay, confidence: float) -> "Grouped":
        """Take what was replayed, with the groups of the cases that stay in their order."""
        log = replay.log
        cases = replay.cases[: len(log.labels.texts)]
        invalid = cases["invalid"]
        stay = cases[~invalid] if invalid.any() else cases  # a copy of many records costs memory
        came, used = list(log.groups), np.unique(stay["group"])
        groups = [came[code] for code in used] if log.by else came
        order = sorted(groups, key=lambda labels: [natural(label) for label in labels])
        place = {group: place for place, group in enumerate(order)}
        of_code = np.array([place.get(group, -1) for group in came])
        places, left_out = of_code[stay["group"]], len(cases) - len(stay)
        return cls(stay, places, log.by, tuple(order), left_out, confidence)

    def count(self, cases: NDArray[Any]) -> NDArray[np.intp]:
        """Add up numbers, or flags, of cases (first axis) by group."""
        return added(cases.astype(float), self.places, len(self.groups)).astype(np.intp)

    def table(
        self, title: str, labels: Mapping[str, Sequence[str]], columns: Columns, method: str
    ) -> Table:
        """Return a Table of columns that are (groups, labels)."""
        clash = next((name for name in self.by if name in {*labels, *columns}), None)
        if clash is not None:
            msg = f"`by` must not have the name of a column of the report: {clash!r}"
            raise ValueError(msg)
        keys = keyed(self.by, self.groups, labels)
        cells = {name: column.ravel() for name, column in columns.items()}
        note = interval_note(self.confidence, method)
        if self.left_out:
            cases = "1 case" if self.left_out == 1 else f"{self.left_out} cases"
            note += f"; {cases} left out, with rows that cannot be"
        return Table(title=title, keys=tuple(keys), data=[*keys.items(), *cells.items()], note=note)


def cycle_report(  # noqa: PLR0913 (the columns of a log)
    events: Any,  # noqa: ANN401 (any table)
    *,
    case: ColumnRef = "case",
    time: ColumnRef = "time",
    event: ColumnRef = "event",
    by: str | Sequence[str] | None = None,
    words: Words = None,
    on_invalid: OnInvalid = "error",
    unit: str = "hour",
    confidence: float = 0.95,
) -> CycleReport:
    """Report how cases went through explore, offer, do and confirm, from their event log.

    The time of a case in a stage is the sum over its rounds, so the means of the four stages add
    up to that of their total; time while a case is closed counts nowhere.

    - first contact resolution = cases that their first confirmation closed, without a handover
      before it / cases with a confirmation
    - reopened = cases that came back into explore, by an unsatisfied confirmation or by the
      customer / cases with a confirmation
    - confirmed = cases that are closed at the end of the log / all cases
    - handed over = cases with a handover / all cases

    Parameters
    ----------
    events : table
        One row an event, as for `cases_from_log`; it is read a batch at a time, and what is kept
        grows with the number of cases, not of events.
    case, time, event : str or int
        The columns, by name or place. Times are dates, or numbers that count in the `unit`. Dates
        have a zone in all rows, and are turned to UTC, or in none.
    by : str or sequence of str, optional
        Group columns, which are the same in all rows of a case; of several, every combination that
        occurs is a group. A row without a label is in the group "(missing)".
    words : mapping of the log's own words to events, optional
        A word that maps to None is passed over; one that the mapping lacks must be an event.
    on_invalid : {"error", "leave_out"}
        What to do with a case that has an event that may not come, a time that goes back, or a
        group that changes: raise an error, or leave out the whole case and count it in `left_out`.
        Missing cells and unknown words are errors in any case.
    unit : {"second", "minute", "hour", "day"}
        The unit of the times in the report, also as ``"minutes"`` or ``"min"``.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    CycleReport
        Times in the unit; shares in 0..1.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a column or a cell is missing, an event is unknown, or some dates have
        a zone and others none. Unless `on_invalid` is ``"leave_out"``, also if an event may not
        come, a time goes back, or a group changes within a case; the message names row and case.

    Notes
    -----
    Times are those of closed cases: an open one has spent in its stage nobody knows how long in
    the end. Where slow cases are still open the means are too small; `open` says how many are.
    Where hard cases take longer, first-contact resolution is too high too, and reopened too low:
    the slow have no confirmation yet, and a case closed lately may still come back. Leave out the
    cases that began too late to be finished.

    A case that its first confirmation closed counts as resolved even where the customer came back
    later; it then counts among the reopened as well.

    Intervals of means are Student's, cut at 0, and too short for times with a long tail below some
    fifty cases: read the median. Those of shares are Wilson's for independent cases; the visits of
    `evidence` are not independent where a case has several rounds. The visit that an open case is
    in counts, though its evidence may still come.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> log = {
    ...     "case": list("AAAAA") + list("BB"),
    ...     "time": [0, 1, 3, 7, 8, 2, 4],
    ...     "event": ["explore", "offer", "do", "confirm", "closed", "explore", "offer"],
    ... }
    >>> report = cycle_report(log)
    >>> report.stages["mean"]
    array([1., 2., 4., 1., 8.])
    >>> report.rates.row(rate="confirmed")["share"], report.open_cases
    (0.5, 1)
    """
    confidence = confidence_level(confidence)
    unit = unit_of("unit", unit)
    choice("on_invalid", on_invalid, ("error", "leave_out"))
    log = Log(
        owner="case",
        column=case,
        time=time,
        event=event,
        codes=CASE_EVENTS,
        words=words,
        by=names("by", by),
    )
    replay = Replay(log, leave_out=on_invalid == "leave_out")
    for _ in replay.batches(events):  # of which nothing else is kept
        pass
    grouped = Grouped.of(replay, confidence)
    cases = grouped.cases
    spent = _spent(cases["spent"][:, STAGES], dates=bool(log.dated), unit=unit)
    return CycleReport(
        stages=_stages(grouped, spent, unit),
        rates=_rates(grouped),
        outcomes=_outcomes(grouped),
        evidence=_evidence(grouped),
        events=int(cases["events"].sum()),
        cases=len(cases),
        open_cases=int((cases["state"] != CLOSED).sum()),
        left_out=grouped.left_out,
        passed_over=log.passed_over,
        unit=unit,
    )


def _spent(times: NDArray[np.float64], *, dates: bool, unit: str) -> NDArray[np.float64]:
    """Return times in the unit; of dates they were summed in microseconds, which is exact."""
    if dates:
        times = times.astype("timedelta64[us]")
    return elapsed(times, np.zeros_like(times), unit)


def _stages(grouped: Grouped, spent: NDArray[np.float64], unit: str) -> Table:
    state = grouped.cases["state"]
    closed = state == CLOSED
    found = mean_times(
        np.column_stack([spent, spent.sum(axis=1)])[closed],
        grouped.places[closed],
        len(grouped.groups),
        "closed case",
        grouped.confidence,
    )
    now = [*(state == place for place in range(1, CLOSED)), ~closed]
    del found["most"]
    columns = {"open": grouped.count(np.stack(now, axis=1)), "undefined": found.pop("undefined")}
    labels = [*(stage.value for stage in Stage), "total"]
    method = "t, cut at 0; times of closed cases: the last ones of open cases are not yet known"
    title = f"{unit.capitalize()}s in each stage"
    return grouped.table(title, {"stage": labels}, found | columns, method)


def _rates(grouped: Grouped) -> Table:
    cases = grouped.cases
    closing = [CASE_EVENTS.index(outcome) for outcome in Outcome if outcome.matter]
    confirmed, everyone = cases["outcome"] > 0, np.ones(len(cases), dtype=bool)
    rates = {
        "first_contact_resolution": (np.isin(cases["first"], closing), confirmed),
        "reopened": (cases["counts"][:, ROUND_BEGINS].sum(axis=1) > 1, confirmed),
        "confirmed": (cases["state"] == CLOSED, everyone),
        "handed_over": (cases["counts"][:, CASE_EVENTS.index(HANDOVER)] > 0, everyone),
    }
    count, n = (
        grouped.count(np.stack(flags, axis=1)) for flags in zip(*rates.values(), strict=True)
    )
    columns = shares_of(count, n, NO_OUTCOME, grouped.confidence)
    method = "Wilson; first contact and reopened: of the cases with a confirmation"
    return grouped.table("Rates", {"rate": list(rates)}, columns, method)


def _outcomes(grouped: Grouped) -> Table:
    last = grouped.cases["outcome"]
    count = grouped.count(last[:, None] == np.array(OUTCOMES))
    n = count.sum(axis=1, keepdims=True).repeat(len(Outcome), axis=1)
    columns = {
        "matter": np.tile([outcome.matter for outcome in Outcome], len(count)),
        "person": np.tile([outcome.person for outcome in Outcome], len(count)),
        "confirmations": grouped.count(grouped.cases["counts"][:, OUTCOMES]),
        **shares_of(count, n, NO_OUTCOME, grouped.confidence),
    }
    method = "Wilson; the last confirmation of each case, as those of one case are not independent"
    labels = {"outcome": [outcome.value for outcome in Outcome]}
    return grouped.table("Outcomes of confirmations", labels, columns, method)


def _evidence(grouped: Grouped) -> Table:
    counts = grouped.cases["counts"]
    later = [CASE_EVENTS.index(stage) for stage in (Stage.OFFER, Stage.DO, Stage.CONFIRM)]
    visits = np.column_stack([counts[:, ROUND_BEGINS].sum(axis=1), counts[:, later]])
    labels = [(stage.value, name) for stage in Stage for name in stage.principles]
    n = grouped.count(visits).repeat(len(labels) // len(Stage), axis=1)
    count = grouped.count(counts[:, EVIDENCE])
    columns = shares_of(count, n, "no visit of this stage", grouped.confidence)
    stages, principles = zip(*labels, strict=True)
    method = "Wilson; visits count as independent, though a case may have several"
    keys = {"stage": stages, "principle": principles}
    return grouped.table("Evidence of the principles", keys, columns, method)
