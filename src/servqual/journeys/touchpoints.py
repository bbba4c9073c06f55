"""Touchpoints: the moments of truth of a service, how customers meet them, and what fails there."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

import attrs

from servqual._checks import between, choice, distinct, probability, whole
from servqual._fields import is_code, is_flag, is_text, plain_flag, several

__all__ = ["Encounter", "Improvement", "Touchpoint"]

MOST = 1e100  # of costs and importances, so that they can be added and multiplied


class Encounter(StrEnum):
    """How customer and service meet: each form has its own measures that decide its perception.

    Attributes
    ----------
    measures : tuple of str
        What decides how the encounter is perceived.

    Notes
    -----
    The forms are those of Shostack (1985): remote with a machine, by telephone and the like, and
    face to face. Training documents count telephone ordering among machines and telephones among
    the people at a distance: what counts is whether a machine or a person answers.

    References
    ----------
    Shostack, G. L. (1985). Planning the service encounter. In Czepiel, Solomon & Surprenant (eds.),
    The Service Encounter. Lexington Books. (As the source documents' critics quote it.)

    Examples
    --------
    >>> Encounter("machine").measures
    ('failure rate', 'availability', 'congestion')
    """

    measures: tuple[str, ...]

    MACHINE = "machine", ("failure rate", "availability", "congestion")
    REMOTE = "remote", ("voice", "listening", "knowledge", "waiting time")
    FACE_TO_FACE = "face_to_face", ("appearance", "behaviour", "communication", "knowledge")

    def __new__(cls, code: str, measures: tuple[str, ...]) -> Self:
        """Make a form of its code, and keep what belongs to it."""
        form = str.__new__(cls, code)
        form._value_ = code
        form.measures = measures
        return form


def _encounter(value: object) -> Encounter | None:
    forms: dict[str, Encounter] = {form.value: form for form in Encounter}
    return None if value is None else forms[choice("encounter", value, tuple(forms))]


def _cost(value: object) -> float:
    return float(between("cost", value, 0, MOST))


def _importance(value: object) -> float:
    return float(between("importance", value, 0, MOST))


def _visit(value: object) -> float:
    return probability("visit_probability", value)


def _chance(value: object) -> float | None:
    return None if value is None else probability("failure_probability", value)


def _reduction(value: object) -> float | None:
    return None if value is None else probability("reduction", value)


@attrs.frozen(kw_only=True)
class Improvement:
    """One way to improve a touchpoint: what it costs, and how rarely the touchpoint then fails.

    Parameters
    ----------
    name : str
        Its name in tables and messages, unique within the touchpoint.
    cost : float
        What it costs, 0 or more, in any one unit.
    failure_probability : float
        The failure probability that is left; or
    reduction : float
        the share of the failures that it takes away, between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or out of range, or not just one of the last two is given.

    Examples
    --------
    >>> Improvement(name="second desk", cost=900, reduction=0.5).left(0.02)
    0.01
    """

    name: str = attrs.field(validator=is_code)
    cost: float = attrs.field(converter=_cost)
    failure_probability: float | None = attrs.field(default=None, converter=_chance)
    reduction: float | None = attrs.field(default=None, converter=_reduction)

    def __attrs_post_init__(self) -> None:
        if (self.failure_probability is None) == (self.reduction is None):
            msg = (
                f"improvement {self.name!r}: give either `failure_probability` or `reduction`, got "
                f"{'neither' if self.reduction is None else 'both'}"
            )
            raise ValueError(msg)

    def left(self, failure_probability: float) -> float:
        """Return the failure probability that is left of what it was."""
        if self.failure_probability is not None:
            return self.failure_probability
        return failure_probability * (1 - (self.reduction or 0.0))


def _improvements(value: Iterable[Improvement]) -> tuple[Improvement, ...]:
    found = several("improvements", value, Improvement, least=0)
    distinct("names of improvements", (improvement.name for improvement in found))
    return found


def _standards(value: str | Iterable[str]) -> tuple[str, ...]:
    value = (value,) if isinstance(value, str) else value
    return distinct("standards", several("standards", value, str, least=0))


def _failures(value: object) -> int | None:
    return None if value is None else whole("failures", value, least=0)


def _occasions(value: object) -> int | None:
    return None if value is None else whole("occasions", value, least=1)


@attrs.frozen(kw_only=True)
class Touchpoint:
    """A moment of truth: any contact of a customer with the service, however remote.

    What is known of its failures is their probability, or failures out of so many occasions, or
    nothing yet.

    Parameters
    ----------
    name : str
        Its name in tables and messages.
    encounter : Encounter or str
        How customer and service meet: ``"machine"``, ``"remote"`` or ``"face_to_face"``; None where
        it is not said.
    failure_probability : float
        The probability that it fails a customer who comes to it; or
    failures, occasions : int
        how often it failed, out of how many occasions.
    visit_probability : float
        The probability that a customer of the journey comes to it.
    importance : float
        How much it counts, 0 or more, beside the other touchpoints of its journey.
    critical : bool
        Whether nothing can make up for its failure.
    improvements : sequence of Improvement
        Ways to improve it, of which one can be chosen.
    dimension : str
        The code of the dimension of service quality that it shows.
    standards : str or sequence of str
        The names of the standards that it is held to.
    note : str
        Where its figures come from, and what of them is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or out of range, there are more failures than occasions, or
        both a probability and counts are given.

    Examples
    --------
    >>> desk = Touchpoint(name="check in", encounter="face_to_face", failures=3, occasions=60)
    >>> desk.estimated_probability
    0.05
    >>> Touchpoint(name="book", failure_probability=0.02).estimated_probability
    0.02
    """

    name: str = attrs.field(validator=is_code)
    encounter: Encounter | None = attrs.field(default=None, converter=_encounter)
    failure_probability: float | None = attrs.field(default=None, converter=_chance)
    failures: int | None = attrs.field(default=None, converter=_failures)
    occasions: int | None = attrs.field(default=None, converter=_occasions)
    visit_probability: float = attrs.field(default=1.0, converter=_visit)
    importance: float = attrs.field(default=1.0, converter=_importance)
    critical: bool = attrs.field(default=False, converter=plain_flag, validator=is_flag)
    improvements: tuple[Improvement, ...] = attrs.field(default=(), converter=_improvements)
    dimension: str = attrs.field(default="", validator=is_text)
    standards: tuple[str, ...] = attrs.field(default=(), converter=_standards)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        if (self.failures is None) != (self.occasions is None):
            msg = f"touchpoint {self.name!r}: `failures` and `occasions` must be given together"
            raise ValueError(msg)
        if self.failures is None or self.occasions is None:
            return
        if self.failures > self.occasions:
            msg = (
                f"touchpoint {self.name!r}: `failures` must be at most `occasions`, "
                f"{self.occasions}, got {self.failures}"
            )
            raise ValueError(msg)
        if self.failure_probability is not None:
            msg = (
                f"touchpoint {self.name!r}: give either `failure_probability` or `failures` and "
                "`occasions`, got both"
            )
            raise ValueError(msg)

    @property
    def estimated_probability(self) -> float | None:
        """The failure probability, given or from counts; None where nothing is known of it."""
        if self.failures is None or self.occasions is None:
            return self.failure_probability
        return self.failures / self.occasions
