"""The stages of the cycle, their principles, and which event may follow which."""

from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from servqual._checks import frozen_array, instance

__all__ = [
    "CASE_EVENTS",
    "CLOSED",
    "ENTERED",
    "EVIDENCE",
    "HANDOVER",
    "NEXT",
    "OUTCOMES",
    "ROUND_BEGINS",
    "STATES",
    "Outcome",
    "Stage",
    "confirmation",
    "refusal",
]


class Stage(StrEnum):
    """A stage of the cycle: the gap that it closes, and its three principles.

    Explore what the customer needs, offer what meets it, do what was offered, confirm that the
    customer is satisfied. The k-th stage closes the k-th gap of the four-gap model.

    Attributes
    ----------
    gap : str
        The code of the gap that the stage closes.
    principles : tuple of str
        The codes of what should be seen at work; an event log has them behind the stage, as
        ``"explore.active-listening"``.

    Notes
    -----
    Known from service training; IBM's moments-of-truth course is said to call the third stage
    Action (unverified). The codes of the principles are ours.

    Examples
    --------
    >>> Stage("do").gap, Stage("do").principles
    ('gap3', ('result-oriented', 'first-person', 'promise-kept'))
    """

    gap: str
    principles: tuple[str, ...]

    EXPLORE = "explore", "gap1", ("think-customer", "customer-expectation", "active-listening")
    OFFER = "offer", "gap2", ("complete", "practical", "win-win")
    DO = "do", "gap3", ("result-oriented", "first-person", "promise-kept")
    CONFIRM = "confirm", "gap4", ("evaluated", "recovered", "cycle-closed")

    def __new__(cls, code: str, gap: str, principles: tuple[str, ...]) -> Self:
        """Make a stage of its code, and keep what belongs to it."""
        stage = str.__new__(cls, code)
        stage._value_ = code
        stage.gap = gap
        stage.principles = principles
        return stage


class Outcome(StrEnum):
    """What a confirmation finds: whether matter and person are well.

    Attributes
    ----------
    matter : bool
        Whether the customer's expectation was met. Where it was not, the case goes back into
        explore; where it was, the case is closed.
    person : bool
        Whether the customer perceived the service as pleasant.

    Examples
    --------
    >>> [outcome.value for outcome in Outcome if outcome.matter]
    ['closed', 'closed-but-cold']
    """

    matter: bool
    person: bool

    CLOSED = "closed", True, True
    CLOSED_BUT_COLD = "closed-but-cold", True, False
    WARM_BUT_OPEN = "warm-but-open", False, True
    RECOVER = "recover", False, False

    def __new__(cls, code: str, matter: bool, person: bool) -> Self:  # noqa: FBT001 (a row of the 2 × 2)
        """Make an outcome of its code, and keep what it finds."""
        outcome = str.__new__(cls, code)
        outcome._value_ = code
        outcome.matter = matter
        outcome.person = person
        return outcome


def confirmation(matter: bool, person: bool) -> Outcome:  # noqa: FBT001 (the two are the data)
    """Return the outcome of a confirmation, one of the 2 × 2 of matter and person.

    Parameters
    ----------
    matter : bool
        Whether the customer's expectation was met.
    person : bool
        Whether the customer perceived the service as pleasant.

    Returns
    -------
    Outcome
        A text, as it stands in an event log.

    Raises
    ------
    TypeError
        If one of them is neither True nor False.

    Examples
    --------
    >>> confirmation(True, False).value
    'closed-but-cold'
    >>> confirmation(False, False).value
    'recover'
    """
    flags: dict[str, object] = {"matter": matter, "person": person}
    for name, value in flags.items():
        if not isinstance(value, np.bool_):
            instance(name, value, bool)
    return next(
        outcome for outcome in Outcome if outcome.matter == matter and outcome.person == person
    )


# Codes of states and of events are their places in these.
STATES = ("", *(stage.value for stage in Stage), "closed")
CLOSED = STATES.index("closed")
HANDOVER = "handover"
CASE_EVENTS = (
    *(stage.value for stage in Stage),
    *(outcome.value for outcome in Outcome),
    *(f"{stage}.{principle}" for stage in Stage for principle in stage.principles),
    HANDOVER,
)
# The places of the outcomes among the events, and of the evidence.
OUTCOMES = range(len(Stage), len(Stage) + len(Outcome))
EVIDENCE = range(OUTCOMES.stop, CASE_EVENTS.index(HANDOVER))


def _transitions() -> NDArray[np.intp]:
    """Return the state after each event in each state, or -1 where the event may not come."""
    after = np.full((len(STATES), len(CASE_EVENTS)), -1)
    explore, confirm = STATES.index("explore"), STATES.index("confirm")
    for state, stage in enumerate(Stage, explore):
        after[state - 1, CASE_EVENTS.index(stage)] = state
        for event in (HANDOVER, *(f"{stage}.{principle}" for principle in stage.principles)):
            after[state, CASE_EVENTS.index(event)] = state
    for outcome in Outcome:
        after[confirm, CASE_EVENTS.index(outcome)] = CLOSED if outcome.matter else explore
    after[CLOSED, CASE_EVENTS.index("explore")] = explore
    return frozen_array(after)


NEXT = _transitions()
# A stage or an outcome leads to one state, whatever was before; 0: the event leaves the state.
ENTERED = frozen_array(np.where(np.arange(len(CASE_EVENTS)) < OUTCOMES.stop, NEXT.max(axis=0), 0))
ROUND_BEGINS = np.flatnonzero(STATES.index("explore") == ENTERED).tolist()


def refusal(state: int, event: int) -> str:
    """Say why an event may not come in a state, and what may."""
    named = {0: "is new", CLOSED: "is closed"}.get(state, f"is in {STATES[state]}")
    already = " already" if CASE_EVENTS[event] == STATES[state] else ""
    may = ", ".join(repr(CASE_EVENTS[place]) for place in np.flatnonzero(NEXT[state] >= 0))
    return f"the case {named}{already}, where what may come is {may}"
