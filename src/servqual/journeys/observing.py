"""Journeys from event logs: who came to which touchpoint, whom it failed, and what followed."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, named, text
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import label_of
from servqual._frames.logs import Log
from servqual._frames.words import (
    Vocabulary,
    Words,
    absent_words,
    alike,
    counted,
    label_folded,
)
from servqual.journeys._tallies import OUTCOMES, Arrivals, Visits, batches_of
from servqual.journeys.maps import Journey, Names, names_of
from servqual.journeys.touchpoints import Touchpoint

__all__ = ["journey_from_events"]

Places = NDArray[np.intp]
SAID = {"success": "ok", "succeeded": "ok", "failure": "failed", "fail": "failed"}


def journey_from_events(  # noqa: PLR0913 (the columns of a log)
    events: Any,  # noqa: ANN401 (any table)
    *,
    customer: ColumnRef = "customer",
    time: ColumnRef = "time",
    touchpoint: ColumnRef = "touchpoint",
    outcome: ColumnRef = "outcome",
    outcomes: Words = None,
    words: Words = None,
    design: Journey | None = None,
    branching: bool = False,
    ends: Names | None = None,
    name: str | None = None,
) -> Journey:
    """Return the journey that customers went, and where it failed them, from an event log.

    Without branches, a customer is one occasion of a touchpoint, however often they come to it:

    - occasions = customers who came to the touchpoint
    - failures = those of them whom it failed at least once
    - visit probability v = occasions / customers of the log

    so that v · failures / occasions is the share of all customers whom the touchpoint failed. With
    branches, every visit is an occasion, and a transition probability is the share of the visits of
    a touchpoint that were followed by a visit of the other; the chain's expected visits are then
    the observed visits a customer.

    Parameters
    ----------
    events : table
        A data frame, mapping of columns, path of a .parquet file, DuckDB relation, or an iterable
        of such: one row a visit. The rows of one customer stand in the order of time; those of
        others may be between. It is read once, a batch at a time, and what is kept grows with the
        number of customers, not of events.
    customer, time, touchpoint, outcome : str or int
        The columns, by name or place. Where customers come again, ``customer`` is the id of a
        journey (an order, a trip) rather than of the person. Times are dates or numbers; dates have
        a zone in all rows, or in none. The outcome is whether the touchpoint failed the customer:
        ``"ok"``, ``"success"`` or ``"succeeded"``, else ``"failed"``, ``"failure"`` or ``"fail"``;
        case and blanks around do not count.
    outcomes : mapping of the log's own words to "ok", "failed" or None, optional
        As ``{"late": "failed", "": "ok"}``, where ``""`` stands for a missing cell. True and False,
        1 and 0 must be mapped, as they may mean either. None means that the visit cannot be judged.
    words : mapping of the log's own words to touchpoints or None, optional
        A row with a word that maps to None, here or in `outcomes`, is passed over as if it were not
        there; only its time must still be one.
    design : Journey, optional
        The journey as it is meant to be, whose touchpoints are then the only ones: their order and
        all else about them stays, but for counts and visits. Without, the words of the log are the
        touchpoints: in the order in which they first come with branches, else by how many others
        the customers had been to before, on average.
    branching : bool
        Whether to return a journey with branches: what followed what.
    ends : sequence of str, optional
        With branches, the touchpoints at which a journey is complete: a customer's last visit leads
        to ``"end"`` if it is one of them, else to ``"leave"``. Without, every last visit leads to
        ``"end"``.
    name : str, optional
        The journey's name, else that of the design, or ``"journey"``.

    Returns
    -------
    Journey
        A touchpoint of the design that no customer came to has no counts, and the visit probability
        0. The note tells how many events, customers and rows passed over there are; which share of
        the customers met a failure, to be held against the `any_failure` of `journey_failure`; what
        last visits lead to; touchpoints whose names differ only in case or blanks; and words of
        `words` and `outcomes` that never came.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a column or a cell is missing, a word is unknown, a customer's rows
        are not in the order of time, or some dates have a zone and others none: the message names
        the row. With branches, also if no customer came to a touchpoint of the design, or none
        finished at one of `ends`; without branches, if there are `ends`; without a design, if there
        are more than 1,000 touchpoints.

    Notes
    -----
    A failure probability is that of those who came. Who left the service because of a failure is in
    the log up to there: later touchpoints have only met the others. Rows at the same time count in
    the order in which they stand.

    Without `ends`, customers who left early, or were still on the way when the log ends, cannot be
    told from those who finished: completion is then 1 and says nothing. With `ends`, who was still
    on the way counts as having left.

    A visit probability is marginal: as if customers came to one touchpoint whatever others they
    come to. Where they come to one *instead of* another, use `branching`; there, several visits of
    one customer count as independent occasions. The interval of `journey_failure` takes visit
    probabilities and transitions as known, though they are estimates as well.

    Examples
    --------
    >>> log = {
    ...     "customer": ["Ann", "Bob", "Ann", "Ann", "Bob"],
    ...     "time": [0, 1, 2, 3, 4],
    ...     "touchpoint": ["book", "book", "pay", "pay", "board"],
    ...     "outcome": ["ok", "ok", "failed", "ok", "ok"],
    ... }
    >>> journey = journey_from_events(log)
    >>> journey.names, journey.visit_probabilities.tolist()
    (('book', 'pay', 'board'), [1.0, 0.5, 0.5])
    >>> journey.touchpoint("pay").failures, journey.touchpoint("pay").occasions
    (1, 1)
    >>> branches = journey_from_events(log, branching=True)
    >>> branches.touchpoint("pay").failures, branches.touchpoint("pay").occasions
    (1, 2)
    >>> dict(branches.transitions)["pay"]
    (('pay', 0.5), ('end', 0.5))
    >>> bought = journey_from_events(log, branching=True, ends=["pay"])
    >>> dict(bought.transitions)["pay"], dict(bought.transitions)["board"]
    ((('pay', 0.5), ('end', 0.5)), (('leave', 1.0),))
    """
    instance("branching", branching, bool)
    if name is not None:
        text("name", name)
    if design is not None:
        instance("design", design, Journey)
    finals = None if ends is None else _finals(ends, design, branching=branching)
    counts: Visits | Arrivals = Visits(finals) if branching else Arrivals()
    log = Log(
        owner="customer",
        column=customer,
        time=time,
        event=touchpoint,
        called="touchpoint",
        example="{'check in': 'arrive'}",
        codes=None if design is None else design.names,
        words=words,
        fold=label_of,
        outcome=_outcomes(outcome, outcomes),
    )
    for batch in batches_of(log, events):
        counts.add(batch)
    names = tuple(log.vocabulary.texts)
    if isinstance(counts, Visits):
        _see_all_visited(names, counts.occasions)
        visits, transitions = np.ones(len(names)), counts.transitions(names)
    else:
        visits, transitions = counts.occasions / len(log.labels.texts), {}
    known = [Touchpoint(name=name) for name in names] if design is None else design.touchpoints
    columns = (counts.occasions, counts.failures, visits)
    cells = zip(*(column.tolist() for column in columns), strict=True)
    points = [_observed(point, *row) for point, row in zip(known, cells, strict=True)]
    order = range(len(names)) if design is not None else counts.order()
    return Journey(
        name=name if name is not None else "journey" if design is None else design.name,
        touchpoints=[points[place] for place in order],
        transitions=transitions,
        source="" if design is None else design.source,
        note=_note(log, counts),
    )


def _finals(ends: Names, design: Journey | None, *, branching: bool) -> tuple[str, ...]:
    """Return the touchpoints at which a journey is complete; a design has to have them."""
    if not branching:
        msg = "`ends` says where journeys with branches are complete; give branching=True too"
        raise ValueError(msg)
    found = names_of("ends", ends)
    return found if design is None else tuple(named("ends", end, design.names) for end in found)


def _observed(point: Touchpoint, occasions: int, failures: int, visits: float) -> Touchpoint:
    """Return a touchpoint with what was counted of it."""
    if not occasions:
        return attrs.evolve(point, occasions=None, failures=None, visit_probability=visits)
    return attrs.evolve(
        point,
        failure_probability=None,
        occasions=occasions,
        failures=failures,
        visit_probability=visits,
    )


def _see_all_visited(names: Sequence[str], occasions: Places) -> None:
    """See that customers came to every touchpoint of the design."""
    if absent := [name for name, n in zip(names, occasions.tolist(), strict=True) if not n]:
        msg = (
            f"`design`: no customer came to {brief(absent)}, and what cannot be reached has no "
            "place among branches; leave it out of the design"
        )
        raise ValueError(msg)


def _outcomes(column: ColumnRef, outcomes: Words) -> Vocabulary:
    """Return what the words of the outcomes stand for."""
    return Vocabulary(
        argument="outcome",
        column=column,
        codes=OUTCOMES,
        words=outcomes,
        mapping="outcomes",
        example="{'late': 'failed'}",
        known=SAID,
        advice="`outcomes` maps other words to 'ok', 'failed' or None (the row is passed over)",
        of_nothing="; `outcomes` may say what that means, as {'': 'ok'}",
        fold=label_folded,
    )


def _note(log: Log, counts: "Visits | Arrivals") -> str:
    """Return where the counts come from, what they cannot tell, and what may be slips."""
    customers, passed = len(log.labels.texts), counted(log.passed_over, "row")
    events = counted(log.rows - log.passed_over, "event")
    said = [
        f"from {events} of {counted(customers, 'customer')}, {passed} passed over",
        f"an occasion is a {counts.occasion}",
        f"{100 * counts.unlucky / customers:.3g} % of customers met a failure",
        counts.over,
    ]
    if log.codes is None:
        names = dict(zip(log.vocabulary.texts, counts.occasions.tolist(), strict=True))
        said.append(alike(names, counts.occasion))
    for words in (log.vocabulary, log.outcome):
        said += [absent_words(words.absent(), words.mapping)] if words is not None else []
    return "; ".join(filter(None, said))
