"""Failure along a journey: how likely any touchpoint fails a customer, and how many do."""

import math
from itertools import compress
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, confidence_level, generator, instance, positive, whole
from servqual._stats import together
from servqual._stats.chains import Chain
from servqual.journeys.maps import Journey, chain_of, known_failures
from servqual.journeys.touchpoints import Encounter, Touchpoint
from servqual.tables import Result, Table, interval_note

__all__ = ["JourneyFailure", "journey_failure"]

Array = NDArray[np.float64]
GIVEN = "the probabilities are given, not observed: no interval"
TIED = "no derivative: another touchpoint is as likely to fail"
NONE = "no failures expected: no share"
NOBODY = "nobody comes to it, and its failures are not known"


@attrs.frozen(kw_only=True, repr=False)
class JourneyFailure(Result):
    """How a journey fails.

    Parameters
    ----------
    any_failure : float
        The probability that at least one touchpoint fails a customer.
    low, high : float
        Its interval, if failures were observed.
    expected_failures : float
        How many failures a customer meets, on average.
    lower, upper : float
        Fréchet's bounds: whatever the dependence, the probability of any failure lies in them.
    critical_failure : float
        The probability that at least one critical touchpoint fails a customer.
    correlation : float
        The correlation of the touchpoints.
    parts : Table
        One row a `part` of the journey, which are ``"all"``, ``"critical"`` and ``"not critical"``,
        and the forms of encounter: how many `touchpoints` it has, `any_failure`, `low`, `high`,
        `expected_failures`, `lower`, `upper`, `lacking`.
    touchpoints : Table
        One row a `touchpoint`: its `encounter`, whether it is `critical`, how many `visits` a
        customer makes, the `failure_probability` of a visit with `low` and `high`, the probability
        `ever_fails` that it fails a customer at all, its `expected_failures` and their `share` in
        the whole, the `sensitivity`, `lacking`. The sensitivity is the derivative of `any_failure`
        with respect to the failure probability of a visit.
    counts : Table
        One row a number of `failures`: the `probability` of exactly so many, and of `at_least` so
        many.
    lacking : str
        "" or why there is no interval.
    """

    any_failure: float
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    expected_failures: float
    lower: float
    upper: float
    critical_failure: float
    correlation: float
    parts: Table
    touchpoints: Table
    counts: Table
    lacking: str

    def _tables(self) -> list[Table]:
        return [self.parts, self.touchpoints, self.counts]


@attrs.frozen(eq=False)
class _Line:
    """A journey without branches; p are failure probabilities of its touchpoints, in rows or not.

    `visits` say how often a customer comes to each.
    """

    visits: Array
    correlation: float

    def ever(self, p: Array) -> Array:
        """Return the chance that each touchpoint fails a customer at all."""
        return self.visits * p

    def any_failure(self, p: Array) -> Array:
        """Return the chance that any touchpoint fails."""
        return together.any_of(self.visits * p, self.correlation)

    def failure_slopes(self, p: Array) -> Array:
        """Return the derivatives of `any_failure`."""
        slopes = np.zeros(len(p))
        come = self.visits > 0  # what nobody comes to changes nothing
        if come.any():
            slopes[come] = together.any_slopes((self.visits * p)[come], self.correlation)
        return self.visits * slopes

    def failure_counts(self, p: Array) -> tuple[Array, float]:
        """Return the chances of 0, 1, … failures, and of more."""
        return together.number_of(self.visits * p, self.correlation), 0.0


def journey_failure(
    journey: Journey,
    *,
    correlation: float = 0.0,
    confidence: float = 0.95,
    prior: float = 0.5,
    draws: int = 4_000,
    rng: int | np.random.Generator | None = None,
) -> JourneyFailure:
    """Return how likely any touchpoint of a journey fails a customer, and how many do.

    With pᵢ = visit probability × failure probability, of independent touchpoints
    P(any) = 1 - Π(1 - pᵢ), and the number of failures is Poisson-binomial with mean Σpᵢ. With a
    correlation ρ, touchpoint i fails where zᵢ > Φ⁻¹(1 - pᵢ), and the zᵢ are normal, each two with
    correlation ρ: P(any) falls from the above at ρ = 0 to max pᵢ at ρ = 1. Whatever the dependence,
    max pᵢ ≤ P(any) ≤ min(1, Σpᵢ). With branches, P(any) is that of the Markov chain, in which every
    visit fails independently.

    Parameters
    ----------
    journey : Journey
        Its touchpoints have failure probabilities, or failures out of occasions.
    correlation : float
        The correlation ρ of the latent zᵢ, 0 to 1: customers, days or branches that fail in one
        place tend to fail in others. A journey with branches takes 0 only.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    prior : float
        Failures that the intervals add to those of each observed touchpoint, above 0. Jeffreys' ½
        is meant for one touchpoint alone; of m touchpoints with few failures, 0.5/m adds half a
        failure to the whole.
    draws : int
        How many journeys are drawn for the interval, at least 100. With 4,000, its ends differ by
        about a hundredth of its width from one seed to another.
    rng : int or numpy.random.Generator, optional
        The seed of the draws.

    Returns
    -------
    JourneyFailure
        Probabilities a customer.

    Raises
    ------
    TypeError, ValueError
        If the correlation is out of range, or if it is not known how often a touchpoint that
        customers come to fails.

    Notes
    -----
    The failure probability of k failures in n occasions is drawn from Jeffreys' distribution,
    Beta(k + ½, n - k + ½), with `prior` in the place of the first ½; quantiles of it and of P(any)
    over the draws are the intervals. Where nothing failed, an interval begins as if nothing could,
    and where everything failed, it ends at 1.

    Each observed touchpoint adds half a failure that nobody saw, so that of m of them the interval
    of P(any) stands on m/2 failures too many. It lies too high unless the failures seen are many
    times m/2: of ten touchpoints with 50 occasions and p = 0.01 it covers the truth in 60 of 100
    cases, of twenty in 20; with a `prior` of 0.5/m in 93 and 94 (simulated). Where little failed,
    set `prior`, or read `high` as a cautious upper end and do not read `low`. Where the same
    customers were followed throughout, count journeys instead.

    Probabilities that are given have no spread, nor have visit probabilities and transitions: where
    these come from a log, the interval is too narrow.

    Without branches, customers come to one touchpoint whatever others they come to; where they come
    to one instead of another, use branches. The correlation is that of failures at visits.

    Documents say that one bad moment makes the whole zero: that is P(any), for which every
    touchpoint counts alike. The part ``"critical"`` is the other reading, in which some do.

    References
    ----------
    Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial proportion.
    Statistical Science 16(2), 101-133. https://doi.org/10.1214/ss/1009213286

    Examples
    --------
    Two of a hundred fail at one touchpoint, one of a hundred at the other.

    >>> visit = Journey(
    ...     name="visit",
    ...     touchpoints=(
    ...         Touchpoint(name="arrive", failure_probability=0.02, critical=True),
    ...         Touchpoint(name="pay", failure_probability=0.01),
    ...     ),
    ... )
    >>> found = journey_failure(visit)
    >>> f"{found.any_failure:.4f} of at most {found.upper:.2f}"
    '0.0298 of at most 0.03'
    >>> found.counts["probability"].round(4).tolist()
    [0.9702, 0.0296, 0.0002]
    >>> journey_failure(visit, correlation=1).any_failure
    0.02
    """
    instance("journey", journey, Journey)
    confidence = confidence_level(confidence)
    correlation = _correlation(journey, correlation)
    prior = positive("prior", prior)
    branching = journey.has_branches
    model = chain_of(journey) if branching else _Line(journey.visit_probabilities, correlation)
    p = known_failures(journey, model.visits)
    draws = whole("draws", draws, least=100)
    drawn = _drawn(journey, p, prior, draws, generator(rng))
    parts = _parts(journey, model, p, drawn, confidence, correlation)
    whole_row, critical = parts.row(part="all"), parts.row(part="critical")
    names = ("any_failure", "low", "high", "expected_failures", "lower", "upper", "lacking")
    return JourneyFailure(
        **{name: whole_row[name] for name in names},
        critical_failure=critical["any_failure"],
        correlation=correlation,
        parts=parts,
        touchpoints=_touchpoints(journey, model, p, prior, confidence),
        counts=_counts(model, p),
    )


def _correlation(journey: Journey, value: float) -> float:
    correlation = between("correlation", value, 0, 1)
    if correlation and journey.has_branches:
        msg = (
            f"`correlation` must be 0 for a journey with branches, got {correlation}: its visits "
            "fail independently"
        )
        raise ValueError(msg)
    return float(correlation)


def _beta(touchpoint: Touchpoint, prior: float) -> tuple[float, float]:
    """Return the parameters of the Beta distribution of a failure probability."""
    failures, occasions = touchpoint.failures or 0, touchpoint.occasions or 0
    return failures + prior, occasions - failures + 0.5


def _drawn(
    journey: Journey, p: Array, prior: float, draws: int, rng: np.random.Generator
) -> Array | None:
    """Return draws of the failure probabilities, (draws, touchpoints); None if all are given."""
    observed = [place for place, t in enumerate(journey.touchpoints) if t.occasions is not None]
    if not observed:
        return None
    drawn = np.tile(p, (draws, 1))
    for place in observed:
        drawn[:, place] = rng.beta(*_beta(journey.touchpoints[place], prior), draws)
    return drawn


def _parts(
    journey: Journey,
    model: _Line | Chain,
    p: Array,
    drawn: Array | None,
    confidence: float,
    correlation: float,
) -> Table:
    """Return the Table of the whole, of critical touchpoints and others, and of the forms."""
    critical, forms = journey.critical, [t.encounter for t in journey.touchpoints]
    members = {"all": np.ones(len(p), dtype=bool), "critical": critical, "not critical": ~critical}
    members |= {form.value: np.array([own is form for own in forms]) for form in Encounter}
    members = {part: mask for part, mask in members.items() if mask.any() or part == "critical"}
    rows = [_part(journey, model, p, member, drawn, confidence) for member in members.values()]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    note = f"{interval_note(confidence, 'Jeffreys draws')}; correlation {correlation:g}"
    return Table(
        title=f"Failure along {journey.name!r}",
        keys=("part",),
        data={"part": list(members), **columns},
        note=note,
    )


def _part(
    journey: Journey,
    model: _Line | Chain,
    p: Array,
    member: NDArray[np.bool_],
    drawn: Array | None,
    confidence: float,
) -> dict[str, Any]:
    own = np.where(member, p, 0.0)
    lower, upper = together.bounds(model.ever(own))
    low, high, lacking = math.nan, math.nan, GIVEN if member.any() else "no such touchpoint"
    coming = member & (model.visits > 0)
    observed = coming & np.array([t.occasions is not None for t in journey.touchpoints])
    if drawn is not None and observed.any():
        tail = (1 - confidence) / 2
        chances = model.any_failure(np.where(member, drawn, 0.0))
        low, high = np.quantile(chances, [tail, 1 - tail]).tolist()
        if not p[observed].any():
            low = float(model.any_failure(np.where(observed, 0.0, own)))
        if (p[observed] == 1).any():
            high = max(high, float(model.any_failure(own)))
        given = int(coming.sum() - observed.sum())
        lacking = f"without the spread of {given} that {'are' if given > 1 else 'is'} given"
        lacking = lacking if given else ""
    return {
        "touchpoints": int(member.sum()),
        "any_failure": float(model.any_failure(own)),
        "low": low,
        "high": high,
        "expected_failures": float(model.visits @ own),
        "lower": float(lower),
        "upper": float(upper),
        "lacking": lacking,
    }


def _touchpoints(
    journey: Journey,
    model: _Line | Chain,
    p: Array,
    prior: float,
    confidence: float,
) -> Table:
    visits, known = model.visits, journey.failure_probabilities
    low, high = _intervals(journey, prior, confidence)
    slopes, expected = model.failure_slopes(p), visits * p
    total = expected.sum()
    reasons = {
        NOBODY: np.isnan(known),
        GIVEN: np.isnan(low) & ~np.isnan(known),
        TIED: np.isnan(slopes),
        NONE: np.full(len(p), total == 0),
    }
    return Table(
        title="Touchpoints",
        keys=("touchpoint",),
        data={
            "touchpoint": list(journey.names),
            "encounter": [t.encounter.value if t.encounter else "" for t in journey.touchpoints],
            "critical": journey.critical,
            "visits": visits,
            "failure_probability": known,
            "low": low,
            "high": high,
            "ever_fails": model.ever(p),
            "expected_failures": expected,
            "share": expected / total if total > 0 else np.full(len(p), np.nan),
            "sensitivity": slopes,
            "lacking": [
                "; ".join(compress(reasons, row)) for row in zip(*reasons.values(), strict=True)
            ],
        },
        note=interval_note(confidence, "Jeffreys", "of the failure probability"),
    )


def _intervals(journey: Journey, prior: float, confidence: float) -> tuple[Array, Array]:
    """Return the interval of each failure probability; NaN where it was not observed."""
    from scipy.special import betaincinv  # half a second

    ends = np.full((2, len(journey.touchpoints)), np.nan)
    tail = (1 - confidence) / 2
    for place, touchpoint in enumerate(journey.touchpoints):
        if touchpoint.occasions is not None:
            ends[:, place] = betaincinv(*_beta(touchpoint, prior), [tail, 1 - tail])
            if touchpoint.failures == 0:
                ends[0, place] = 0
            if touchpoint.failures == touchpoint.occasions:
                ends[1, place] = 1
    return ends[0], ends[1]


def _counts(model: _Line | Chain, p: Array) -> Table:
    chances, more = model.failure_counts(p)
    at_least = np.append(chances, more)[::-1].cumsum()[::-1][:-1]
    note = f"more failures with probability {more:.3g}" if more else ""
    return Table(
        title="How many failures a customer meets",
        keys=("failures",),
        data={
            "failures": np.arange(len(chances)),
            "probability": chances,
            "at_least": np.minimum(at_least, 1.0),
        },
        note=note,
    )
