"""Which touchpoints to improve within a budget, so that as many journeys as can be succeed."""

import math
from collections.abc import Sequence
from fractions import Fraction

import attrs
import numpy as np

from servqual._checks import instance, not_negative
from servqual._stats.knapsack import Costs, Gains, best_rungs, hull_steps
from servqual.journeys.maps import Journey, known_failures
from servqual.journeys.touchpoints import Touchpoint
from servqual.tables import Result, Table

__all__ = ["ImprovementPlan", "improvement_plan"]

NOTHING, CERTAIN, FREE = "nothing is done", "failed with certainty", "costs nothing"


@attrs.frozen
class _Rung:
    """A touchpoint with one of its improvements, or without."""

    name: str  # "" without
    cost: Fraction
    failure_probability: float
    log_success: float  # log of the probability not to be failed here


Ladder = list[_Rung]  # of one touchpoint: without, then each rung better, and costlier
Plan = list[_Rung]  # one a touchpoint


@attrs.frozen(kw_only=True, repr=False)
class ImprovementPlan(Result):
    """Which touchpoints to improve within a budget, and what other plans would do.

    Parameters
    ----------
    chosen : tuple of pairs of str
        Touchpoint and improvement, in the order of the journey.
    cost : float
        What they cost together; never above the budget, in exact decimals.
    budget : float
        What there is to spend.
    success_probability : float
        The probability that a journey has no failure, once the chosen are done.
    success_probability_before : float
        The same as it is now.
    improved : Journey
        The journey once the chosen are done, for `journey_failure` with a correlation, or another
        plan. What was observed of touchpoints that are not improved stays.
    best_possible : float
        What no plan within the budget exceeds: `success_probability` itself, where the plan is
        proved to be the best, else little more.
    improvements : Table
        One row a chosen improvement: `cost`, `visit_probability`, `failure_probability` before it
        and what is `left` after it, and `log_gain`, by which the log of the success probability
        rises, and `lacking`. Keyed `touchpoint, improvement`.
    rules : Table
        The `cost`, `success_probability` and `gain` of that probability of the best plan, of two
        rules of thumb, and of nothing. Keyed `rule`.
    frontier : Table
        The corners of the upper hull of log success against cost, each the best plan for its own
        cost: the `touchpoint` that the step raises to an `improvement`, which one that `replaces`,
        `cost` and `success_probability` of all steps so far, whether these are `within_budget`,
        `gain_per_cost` (of the log) of this step, and `lacking`. Keyed `step`; step 0 is nothing.
        Between two corners other plans may be better than the lower one, such as the chosen.
    hopeless : str
        "" or why no plan within the budget has any success.
    """

    chosen: tuple[tuple[str, str], ...]
    cost: float
    budget: float
    success_probability: float
    success_probability_before: float
    improved: Journey
    best_possible: float
    improvements: Table
    rules: Table
    frontier: Table
    hopeless: str


def improvement_plan(journey: Journey, *, budget: float) -> ImprovementPlan:
    """Return the improvements within a budget with which most journeys have no failure.

    Failures are independent, so the success probability is Π (1 - v_i p_i), v the visit and p the
    failure probability of touchpoint i. Chosen is, with Σ cost ≤ budget and at most one improvement
    a touchpoint, what gains most: Σ log((1 - v_i p'_i)/(1 - v_i p_i)); of plans that gain the same,
    the cheaper, unless rounding tells them apart.

    Parameters
    ----------
    journey : Journey
        Without branches; some of its touchpoints have improvements.
    budget : float
        What there is to spend, 0 or more, in the unit of the costs.

    Returns
    -------
    ImprovementPlan
        The plan, its success probability before and after, and Tables of the plan, of other rules
        and of the frontier of success against budget.

    Raises
    ------
    TypeError, ValueError
        If the journey has branches, no improvement at all, or a touchpoint that customers come to
        without a known failure probability; or if the budget is negative.

    Notes
    -----
    Costs count as the decimals that they are written as: 0.1 and 0.2 fit a budget of 0.3. The plan
    is found by building up plans touchpoint by touchpoint, without those that cost no less and gain
    no more than another, and without those whose gain cannot reach the best known even if what
    follows could be improved by parts. Where more than 8,000 partial plans remain, which takes
    many touchpoints whose costs follow their gains closely, in small units of cost, the least
    promising are given up, and `best_possible` tells what they may have gained.

    The rule ``worst_first`` goes through the touchpoints by v·p, the largest first, and takes the
    most effective improvement that still fits; ``everything_a_little`` goes through them in the
    order of the journey, round by round, and raises each to its next costlier and better
    improvement, until nothing fits.

    A touchpoint that fails every customer leaves no success at all until it is improved.

    Examples
    --------
    >>> from servqual.journeys import Improvement, Touchpoint
    >>> stay = Journey(
    ...     name="stay",
    ...     touchpoints=[
    ...         Touchpoint(
    ...             name="arrive",
    ...             failure_probability=0.2,
    ...             improvements=[Improvement(name="second desk", cost=3, reduction=0.5)],
    ...         ),
    ...         Touchpoint(
    ...             name="sleep",
    ...             failure_probability=0.5,
    ...             improvements=[
    ...                 Improvement(name="curtains", cost=2, failure_probability=0.25),
    ...                 Improvement(name="windows", cost=5, failure_probability=0.2),
    ...             ],
    ...         ),
    ...     ],
    ... )
    >>> plan = improvement_plan(stay, budget=5)  # 0.8 × 0.5 before, 0.9 × 0.75 after
    >>> plan.chosen
    (('arrive', 'second desk'), ('sleep', 'curtains'))
    >>> plan.cost, round(plan.success_probability_before, 9), round(plan.success_probability, 9)
    (5.0, 0.4, 0.675)
    >>> plan.rules["rule"].tolist()
    ['best', 'worst_first', 'everything_a_little', 'nothing']
    >>> plan.rules["success_probability"].round(9).tolist()
    [0.675, 0.64, 0.675, 0.4]
    """
    instance("journey", journey, Journey)
    spend = not_negative("budget", budget)
    ladders, limit = _ladders(journey), Fraction(repr(spend))
    hopeless = _hopeless(journey.names, ladders, limit)
    nothing = [ladder[0] for ladder in ladders]
    best, slack = (nothing, 0.0) if hopeless else _best(ladders, limit)
    worst, little = _worst_first(ladders, limit), _everything_a_little(ladders, limit)
    best = max(best, worst, little, key=lambda plan: (_success(plan), -_cost(plan)))
    success = _success(best)
    points = [_done(*done) for done in zip(journey.touchpoints, best, strict=True)]
    return ImprovementPlan(
        chosen=tuple(
            (name, rung.name) for name, rung in zip(journey.names, best, strict=True) if rung.name
        ),
        cost=float(_cost(best)),
        budget=spend,
        success_probability=success,
        success_probability_before=_success(nothing),
        improved=attrs.evolve(journey, touchpoints=points),
        best_possible=min(1.0, success * math.exp(slack)),
        improvements=_improvements(
            journey.touchpoints, nothing, best, _nothing_affordable(journey.names, ladders, limit)
        ),
        rules=_rules(
            {"best": best, "worst_first": worst, "everything_a_little": little, "nothing": nothing},
            hopeless,
        ),
        frontier=_frontier(journey.names, ladders, limit),
        hopeless=hopeless,
    )


def _ladders(journey: Journey) -> list[Ladder]:
    if journey.has_branches:
        msg = (
            f"`journey`: {journey!r}: there, success is no product over the touchpoints; "
            "`journey_flow` tells how far the whole depends on each"
        )
        raise ValueError(msg)
    if not any(point.improvements for point in journey.touchpoints):
        msg = f"`journey`: no touchpoint of {journey.name!r} has `improvements` to choose from"
        raise ValueError(msg)
    p = known_failures(journey, journey.visit_probabilities)
    return [
        _ladder(point, before)
        for point, before in zip(journey.touchpoints, p.tolist(), strict=True)
    ]


def _ladder(point: Touchpoint, before: float) -> Ladder:
    """Return the improvements that are worth their cost, from none to the best."""

    def rung(name: str, cost: float, left: float) -> _Rung:
        failed = point.visit_probability * left
        return _Rung(
            name, Fraction(repr(cost)), left, math.log1p(-failed) if failed < 1 else -math.inf
        )

    ladder = [rung("", 0.0, before)]
    options = [rung(way.name, way.cost, way.left(before)) for way in point.improvements]
    for option in sorted(options, key=lambda option: (option.cost, -option.log_success)):
        if option.log_success > ladder[-1].log_success:
            ladder.append(option)
    return ladder


def _cost(plan: Sequence[_Rung]) -> Fraction:
    return sum((rung.cost for rung in plan), Fraction(0))


def _log_success(plan: Sequence[_Rung]) -> float:
    return math.fsum(rung.log_success for rung in plan)


def _success(plan: Sequence[_Rung]) -> float:
    return math.exp(_log_success(plan))


def _fails(ladder: Ladder) -> bool:
    """Tell whether a touchpoint fails every customer of the journey."""
    return ladder[0].log_success == -math.inf


def _hopeless(names: Sequence[str], ladders: list[Ladder], limit: Fraction) -> str:
    """Return why no plan has any success, or ""."""
    failing = [
        (name, ladder) for name, ladder in zip(names, ladders, strict=True) if _fails(ladder)
    ]
    said = ", ".join(repr(name) for name, _ in failing)
    if lost := [name for name, ladder in failing if len(ladder) == 1]:
        return f"nothing improves {lost[0]!r}, which fails with certainty"
    least = _cost([ladder[1] for _, ladder in failing])
    if least > limit:
        return f"certain to fail, and improved for no less than {float(least):.12g}: {said}"
    return ""


def _worst_first(ladders: list[Ladder], limit: Fraction) -> Plan:
    plan = [ladder[0] for ladder in ladders]
    for place in sorted(range(len(ladders)), key=lambda place: ladders[place][0].log_success):
        plan[place] = [rung for rung in ladders[place] if rung.cost <= limit][-1]
        limit -= plan[place].cost
    return plan


def _everything_a_little(ladders: list[Ladder], limit: Fraction) -> Plan:
    plan, raised = [ladder[0] for ladder in ladders], True
    while raised:
        raised = False
        for place, ladder in enumerate(ladders):
            held = plan[place]
            better = [rung for rung in ladder if rung.log_success > held.log_success]
            if better and better[0].cost - held.cost <= limit:
                plan[place], raised = better[0], True
                limit -= better[0].cost - held.cost
    return plan


def _best(ladders: list[Ladder], limit: Fraction) -> tuple[Plan, float]:
    """Return the best plan, and how much more its log success might be at most."""
    ladders = [ladder[_fails(ladder) :] for ladder in ladders]  # a must, where it fails as it is
    rungs, slack = best_rungs(*_costs_and_gains(ladders), limit)
    return [ladder[rung] for ladder, rung in zip(ladders, rungs, strict=True)], slack


def _costs_and_gains(ladders: list[Ladder]) -> tuple[Costs, Gains]:
    """Return the costs, and the logs of success, of all rungs."""
    costs = [[rung.cost for rung in ladder] for ladder in ladders]
    return costs, [[rung.log_success for rung in ladder] for ladder in ladders]


def _done(point: Touchpoint, rung: _Rung) -> Touchpoint:
    """Return a touchpoint once an improvement of it is done."""
    if not rung.name:
        return point
    left = rung.failure_probability
    return attrs.evolve(point, failure_probability=left, failures=None, occasions=None)


def _improvements(points: Sequence[Touchpoint], before: Plan, after: Plan, note: str) -> Table:
    rows = [row for row in zip(points, before, after, strict=True) if row[2].name]
    certain = np.array([old.log_success == -math.inf for _, old, _ in rows], dtype=bool)
    gains = np.array([new.log_success - old.log_success for _, old, new in rows])
    return Table(
        title="Improvements",
        keys=("touchpoint", "improvement"),
        data={
            "touchpoint": np.array([point.name for point, _, _ in rows], dtype=str),
            "improvement": np.array([new.name for _, _, new in rows], dtype=str),
            "cost": np.array([float(new.cost) for _, _, new in rows]),
            "visit_probability": np.array([point.visit_probability for point, _, _ in rows]),
            "failure_probability": np.array([old.failure_probability for _, old, _ in rows]),
            "left": np.array([new.failure_probability for _, _, new in rows]),
            "log_gain": np.where(certain, np.nan, gains),
            "lacking": np.where(certain, CERTAIN, ""),
        },
        note=note,
    )


def _nothing_affordable(names: Sequence[str], ladders: list[Ladder], limit: Fraction) -> str:
    """Return what is the cheapest that helps, where nothing fits the budget, or ""."""
    useful = [(ladder[1], name) for name, ladder in zip(names, ladders, strict=True) if ladder[1:]]
    if not useful:
        return "no improvement helps"
    cheapest, name = min(useful, key=lambda way: way[0].cost)
    if cheapest.cost <= limit:
        return ""
    said = f"the cheapest is {cheapest.name!r} of {name!r}, for {float(cheapest.cost):.12g}"
    return f"nothing that helps costs so little; {said}"


def _rules(plans: dict[str, Plan], hopeless: str) -> Table:
    before = _log_success(plans["nothing"])
    return Table(
        title="Plans by rule",
        keys=("rule",),
        data={
            "rule": list(plans),
            "cost": [float(_cost(plan)) for plan in plans.values()],
            "success_probability": [_success(plan) for plan in plans.values()],
            "gain": [_gain(_log_success(plan), before) for plan in plans.values()],
        },
        note=hopeless,
    )


def _gain(after: float, before: float) -> float:
    """Return what is gained of a probability, from logs, exact where it is tiny."""
    return math.exp(before) * math.expm1(after - before) if before > -math.inf else math.exp(after)


def _frontier(names: Sequence[str], ladders: list[Ladder], limit: Fraction) -> Table:
    plan = [ladder[0] for ladder in ladders]
    lost = any(_fails(ladder) and len(ladder) == 1 for ladder in ladders)  # whatever is spent
    steps = [] if lost else hull_steps(*_costs_and_gains(ladders))
    spent, success = [Fraction(0)], [_success(plan)]
    for step in steps:
        plan[step.place] = ladders[step.place][step.high]
        spent.append(spent[-1] + step.cost)
        success.append(_success(plan))
    reasons = [FREE if not s.cost else "" if s.gain < math.inf else CERTAIN for s in steps]
    low = [ladders[step.place][step.low].name for step in steps]
    return Table(
        title="Frontier",
        keys=("step",),
        data={
            "step": range(len(steps) + 1),
            "touchpoint": ["", *(names[step.place] for step in steps)],
            "improvement": ["", *(ladders[step.place][step.high].name for step in steps)],
            "replaces": ["", *low],
            "cost": [float(cost) for cost in spent],
            "success_probability": success,
            "within_budget": [cost <= limit for cost in spent],
            "gain_per_cost": [
                math.nan,
                *(
                    math.nan if why else s.gain_per_cost
                    for s, why in zip(steps, reasons, strict=True)
                ),
            ],
            "lacking": [NOTHING, *reasons],
        },
        note=(
            "each row is the best plan for its own cost (of equal costs, the last); costs between "
            "two rows may have better plans than the lower"
        ),
    )
