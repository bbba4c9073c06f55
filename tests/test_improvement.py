"""Tests of improvement plans: brute force in exact fractions, the frontier, rules, a large one."""

import math
import re
import time
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, sparse

from servqual.journeys import (
    Improvement,
    Journey,
    Touchpoint,
    improvement_plan,
    journey_failure,
)
from servqual.journeys.maps import END, LEAVE

from .effort import effort

few = effort(60)
COSTS = st.sampled_from([0, 0.1, 0.2, 0.3, 0.7, 1 / 3, 1, 1, 2, 3, 1e-9, 1e9, 1e15, 1e-300, 1e100])
CHANCES = st.one_of(st.sampled_from([0.0, 0.1, 0.5, 0.5, 1.0, 1e-12, 1e-200]), st.floats(0, 1))


def point(name, p, *ways, visit=1.0):
    """Return a touchpoint whose improvements x, y, … are (cost, what is left)."""
    options = [
        Improvement(name="xyzuvw"[place], cost=cost, failure_probability=left)
        for place, (cost, left) in enumerate(ways)
    ]
    return Touchpoint(
        name=name, failure_probability=p, visit_probability=visit, improvements=options
    )


def journey(*points):
    return Journey(name="journey", touchpoints=points)


@st.composite
def improvable(draw, costs=COSTS, chances=CHANCES, visits=(1, 1, 0.5, 0), reduction=True):
    """Draw a journey of up to 4 touchpoints × 3 options, some of which do not help."""
    points = []
    for place in range(draw(st.integers(1, 4))):
        ways = []
        for name in "xyz"[: draw(st.integers(0, 3))]:
            kinds = ["failure_probability", *["reduction"] * reduction]
            left = {draw(st.sampled_from(kinds)): draw(chances)}
            ways.append(Improvement(name=name, cost=draw(costs), **left))
        points.append(
            Touchpoint(
                name=f"t{place}",
                failure_probability=draw(chances),
                visit_probability=draw(st.sampled_from(visits)),
                improvements=ways,
            )
        )
    assume(any(p.improvements for p in points))
    return journey(*points)


def exact(number):
    """Return a number as the decimal that it is written as."""
    return Fraction(repr(float(number)))


def all_plans(trip):
    """Return of every plan what is chosen, its exact cost and success probability."""
    ladders = []
    for p in trip.touchpoints:
        ways = [(None, Fraction(0), p.failure_probability)]
        ways += [(w.name, exact(w.cost), w.left(p.failure_probability)) for w in p.improvements]
        visit = Fraction(p.visit_probability)
        ladders.append([(name, cost, 1 - visit * Fraction(left)) for name, cost, left in ways])
    for plan in product(*ladders):
        pairs = zip(trip.names, plan, strict=True)
        chosen = tuple((name, way) for name, (way, _, _) in pairs if way)
        yield chosen, sum(cost for _, cost, _ in plan), math.prod(keep for _, _, keep in plan)


def close(wanted):
    """Return what equals a probability but for rounding: of the logs, or of 1 - v·p near 0."""
    return pytest.approx(float(wanted), rel=1e-9, abs=1e-15)


# --- by hand --------------------------------------------------------------------------------------


def test_a_plan_by_hand():
    trip = journey(point("a", 0.2, (3, 0.1)), point("b", 0.5, (2, 0.25), (5, 0.2)), point("c", 0.1))
    plan = improvement_plan(trip, budget=7)  # not a, then b as far as possible
    assert plan.chosen == (("a", "x"), ("b", "x"))
    assert (plan.cost, plan.budget, plan.hopeless) == (5, 7, "")
    assert plan.success_probability == pytest.approx(0.9 * 0.75 * 0.9)
    assert plan.success_probability_before == pytest.approx(0.8 * 0.5 * 0.9)
    assert plan.best_possible == pytest.approx(plan.success_probability, rel=1e-12)
    row = plan.improvements.row(touchpoint="b")
    assert (row["cost"], row["failure_probability"], row["left"]) == (2, 0.5, 0.25)
    assert row["log_gain"] == pytest.approx(math.log(0.75 / 0.5))
    rules = {row["rule"]: row for row in plan.rules.rows()}
    assert rules["best"]["gain"] == pytest.approx(0.9 * (0.9 * 0.75 - 0.4))
    assert (rules["worst_first"]["cost"], rules["everything_a_little"]["cost"]) == (5, 5)
    assert rules["worst_first"]["success_probability"] == pytest.approx(0.8 * 0.8 * 0.9)
    assert (rules["nothing"]["cost"], rules["nothing"]["gain"]) == (0, 0)
    frontier = plan.frontier
    assert frontier["cost"].tolist() == [0, 2, 5, 8]
    assert frontier["within_budget"].tolist() == [True, True, True, False]
    assert frontier["touchpoint"].tolist() == ["", "b", "a", "b"]
    assert frontier["gain_per_cost"][1:].tolist() == sorted(frontier["gain_per_cost"][1:])[::-1]


def test_costs_are_the_decimals_that_they_are_written_as():
    trip = journey(point("a", 0.5, (0.1, 0.2)), point("b", 0.5, (0.2, 0.2)))
    plan = improvement_plan(trip, budget=0.3)  # 0.1 + 0.2 > 0.3 in floats
    assert (len(plan.chosen), plan.cost) == (2, 0.3)
    assert plan.frontier["within_budget"].all()
    assert len(improvement_plan(trip, budget=math.nextafter(0.3, 0)).chosen) == 1


def test_of_plans_that_gain_the_same_the_cheaper():
    trip = journey(point("a", 0.5, (3, 0.25), (2, 0.25), (4, 0.3)), point("b", 0.5, (1, 0.25)))
    assert improvement_plan(trip, budget=2).chosen == (("b", "x"),)
    assert improvement_plan(trip, budget=9).chosen == (("a", "y"), ("b", "x"))
    useless = journey(point("a", 0.2, (1, 0.2), (0, 0.5)), point("b", 0.0, (0, 0.0)))
    plan = improvement_plan(useless, budget=5)
    assert (plan.chosen, plan.cost, len(plan.improvements)) == ((), 0, 0)
    assert plan.frontier["cost"].tolist() == [0]


def test_counts_reductions_and_touchpoints_where_nobody_comes():
    way = Improvement(name="x", cost=1, reduction=0.5)
    points = [
        Touchpoint(name="a", failures=2, occasions=10, improvements=[way]),
        Touchpoint(name="b", visit_probability=0, improvements=[way]),  # not known, nor needed
        Touchpoint(name="c", failure_probability=1, visit_probability=0.5, improvements=[way]),
    ]
    plan = improvement_plan(journey(*points), budget=10)
    assert plan.chosen == (("a", "x"), ("c", "x"))
    assert plan.success_probability_before == pytest.approx(0.8 * 0.5)
    assert plan.success_probability == pytest.approx(0.9 * 0.75)


def test_a_touchpoint_that_fails_every_customer_comes_first():
    sure = point("a", 1.0, (5, 0.9), (50, 0.1))
    trip = journey(sure, point("b", 0.9, (1, 0.1), (5, 0.01)), point("c", 1.0, (3, 0.5)))
    poor = improvement_plan(trip, budget=7.9)
    assert (poor.chosen, poor.cost, poor.success_probability, poor.best_possible) == ((), 0, 0, 0)
    assert "'a', 'c'" in poor.hopeless
    assert "8" in poor.hopeless
    rich = improvement_plan(trip, budget=9)
    assert rich.chosen == (("a", "x"), ("b", "x"), ("c", "x"))
    assert rich.hopeless == ""
    assert rich.success_probability == pytest.approx(0.1 * 0.9 * 0.5)
    certain = "failed with certainty"
    assert rich.improvements["lacking"].tolist() == [certain, "", certain]
    lost = improvement_plan(journey(sure, point("b", 1.0)), budget=1e9)
    assert (lost.chosen, lost.success_probability) == ((), 0)
    assert "nothing improves 'b'" in lost.hopeless


def test_tiny_and_huge_plans():
    tiny = improvement_plan(journey(point("a", 1e-12, (1, 0)), point("b", 1e-12)), budget=1)
    assert tiny.rules.row(rule="best")["gain"] == pytest.approx(1e-12, rel=1e-9)
    wide = journey(*(point(name, 0.5, (1e100, 0.1), (1e-300, 0.2)) for name in "abcd"))
    assert improvement_plan(wide, budget=2.5e-300).cost == 2e-300
    ways = [way for _, way in improvement_plan(wide, budget=2e100).chosen]
    assert sorted(ways) == ["x", "y", "y", "y"]  # two of 1e100 leave nothing for the others


ONE = point("a", 0.5, (1, 0))
WAYS = Journey(name="ways", touchpoints=[ONE], transitions={"a": {END: 0.5, LEAVE: 0.5}})
UNKNOWN = journey(ONE, Touchpoint(name="fly"))
BAD = [
    ({"budget": -1}, "ValueError: `budget` must be 0 or more, got -1"),
    ({"budget": math.inf}, "ValueError: `budget` must be a finite number"),
    ({"budget": "9"}, "TypeError: `budget` must be a number"),
    ({"journey": "trip"}, "TypeError: `journey` must be Journey"),
    ({"journey": journey(point("a", 0.5))}, "ValueError: .*no touchpoint of 'journey' has `impr"),
    ({"journey": WAYS}, "ValueError: .*no product.*`journey_flow`"),
    (
        {"journey": UNKNOWN},
        "ValueError: `journey`: it is not known how often touchpoint 'fly' fails",
    ),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_a_wrong_plan_is_named(change, said):
    asked = {"journey": journey(ONE), "budget": 1} | change
    with pytest.raises((TypeError, ValueError)) as error:
        improvement_plan(asked.pop("journey"), **asked)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


# --- brute force ----------------------------------------------------------------------------------


@given(trip=improvable(), budget=st.one_of(COSTS, st.floats(0, 10)))
@effort(250)
def test_the_plan_is_the_best_of_all(trip, budget):
    plans = list(all_plans(trip))
    best = max(keep for _, cost, keep in plans if cost <= exact(budget))
    found = improvement_plan(trip, budget=budget)
    chosen, cost, keep = next(plan for plan in plans if plan[0] == found.chosen)
    assert cost <= exact(budget)
    assert found.cost == float(cost) <= budget
    assert found.success_probability == close(keep)
    assert found.success_probability == close(best)
    assert best <= Fraction(found.best_possible) * Fraction(1 + 1e-9) + Fraction(1e-15)
    assert found.success_probability_before == close(plans[0][2])
    assert bool(found.hopeless) == (best == 0) or best < 1e-15
    for row in found.rules.rows():
        assert row["cost"] <= budget
        assert row["success_probability"] <= found.success_probability
        gain = Fraction(row["success_probability"]) - plans[0][2]
        assert row["gain"] == pytest.approx(float(gain), abs=1e-14)
    assert found.improvements["touchpoint"].tolist() == [name for name, _ in chosen]


@given(trip=improvable())
@effort(120)
def test_every_row_of_the_frontier_is_the_best_for_its_cost(trip):
    plans = list(all_plans(trip))
    table = improvement_plan(trip, budget=1).frontier
    assert table["step"].tolist() == list(range(len(table)))
    costs = table["cost"].tolist()
    assert costs == sorted(costs)
    held, spent = {}, Fraction(0)
    for row, after in zip(table.rows(), [*costs[1:], math.inf], strict=True):
        if row["touchpoint"]:
            held[row["touchpoint"]] = row["improvement"]
        chosen = tuple((name, held[name]) for name in trip.names if name in held)
        _, spent, keep = next(plan for plan in plans if plan[0] == chosen)
        assert row["cost"] == float(spent)
        assert row["success_probability"] == close(keep)
        assert row["within_budget"] == (spent <= 1)
        if after > row["cost"]:  # of equal costs, the last
            best = max(value for _, cost, value in plans if cost <= spent)
            assert row["success_probability"] == close(best)
    assert table["success_probability"][-1] == close(max(value for *_, value in plans))


@given(trip=improvable(), budgets=st.lists(st.one_of(COSTS, st.floats(0, 5)), min_size=2))
@few
def test_more_budget_is_never_worse(trip, budgets):
    found = [improvement_plan(trip, budget=budget) for budget in sorted(budgets)]
    for less, more in pairwise(found):
        assert more.success_probability >= less.success_probability * (1 - 1e-12)
    free = improvement_plan(trip, budget=0)
    assert free.cost == 0
    assert free.success_probability >= free.success_probability_before


@given(
    trip=improvable(
        costs=st.integers(0, 4), chances=st.sampled_from([0.5, 0.75]), visits=(1,), reduction=False
    ),
    budget=st.integers(0, 8),
)
@effort(150)
def test_of_equal_gains_the_cheapest_plan(trip, budget):
    # halves and quarters: many plans have the same success, and the same logs but for rounding
    found = improvement_plan(trip, budget=budget)
    fitting = [(keep, -cost) for _, cost, keep in all_plans(trip) if cost <= budget]
    keep, cost = max(fitting)
    assert found.success_probability == close(keep)
    assert found.cost == -cost


# --- a large one ----------------------------------------------------------------------------------


def large(seed, *, whole):
    """Return 200 touchpoints × 5 options with gains that all but follow the costs, and a budget."""
    rng = np.random.default_rng(seed)
    points, costs, gains = [], [], []
    for place in range(200):
        p, cost = rng.uniform(0.01, 0.2), np.cumsum(rng.uniform(1, 10, 5))
        cost = np.ceil(cost) if whole else cost
        left = p * (1 - np.linspace(0.15, 0.9, 5) * rng.uniform(0.9, 1.1, 5))
        points.append(point(f"t{place}", p, *zip(cost.tolist(), left.tolist(), strict=True)))
        costs.append(cost)
        gains.append(np.log1p(-left) - np.log1p(-p))
    return journey(*points), np.array(costs), np.array(gains)


@pytest.mark.parametrize("whole", [True, False])
def test_200_touchpoints_with_5_options(whole):
    trip, costs, gains = large(7, whole=whole)
    budget = float(costs.max(axis=1).sum() // 3)
    start = time.perf_counter()
    found = improvement_plan(trip, budget=budget)
    assert time.perf_counter() - start < 5
    one_each = sparse.kron(sparse.eye(200), np.ones((1, 5)))
    bound = optimize.linprog(
        -gains.ravel(),
        A_ub=sparse.vstack([one_each, costs.ravel()[None]]),
        b_ub=[*np.ones(200), budget],
        bounds=(0, 1),
    )
    gained = math.log(found.success_probability) - math.log(found.success_probability_before)
    assert gained <= -bound.fun + 1e-9
    assert gained >= -bound.fun - gains.max()
    assert found.success_probability <= found.best_possible <= found.success_probability * 1.001
    spent = sum((exact(cost) for cost in found.improvements["cost"]), Fraction(0))
    assert spent <= exact(budget)
    assert found.cost == float(spent)
    for row in found.rules.rows():
        assert row["success_probability"] <= found.success_probability


def test_the_journey_once_improved():
    way = Improvement(name="x", cost=3, reduction=0.5)
    seen = Touchpoint(name="a", failures=4, occasions=10, critical=True, improvements=[way])
    kept = Touchpoint(name="b", failures=1, occasions=10)
    plan = improvement_plan(journey(seen, kept), budget=3)
    done, same = plan.improved.touchpoints
    assert (done.failure_probability, done.failures, done.critical) == (0.2, None, True)
    assert same == kept
    after = journey_failure(plan.improved, draws=100, rng=1)
    assert 1 - after.any_failure == pytest.approx(plan.success_probability)


def test_steps_say_what_they_replace():
    trip = journey(point("a", 0.5, (1, 0.3), (4, 0.1)))
    assert improvement_plan(trip, budget=9).frontier["replaces"].tolist() == ["", "", "x"]


def test_a_budget_for_nothing_says_so():
    trip = journey(point("a", 0.5, (7, 0.3), (9, 0.1)), point("b", 0.1, (8, 0.01)))
    plan = improvement_plan(trip, budget=6)
    said = "nothing that helps costs so little; the cheapest is 'x' of 'a', for 7"
    assert (plan.chosen, plan.improvements.note) == ((), said)
    assert improvement_plan(trip, budget=7).improvements.note == ""
    useless = improvement_plan(journey(point("a", 0.5, (1, 0.5))), budget=6)
    assert useless.improvements.note == "no improvement helps"


def test_nothing_is_worth_its_cost_where_all_fails():
    plan = improvement_plan(journey(point("a", 1.0), point("b", 0.5, (1, 0.1))), budget=5)
    assert (plan.chosen, plan.success_probability, len(plan.frontier)) == ((), 0, 1)
    assert plan.hopeless == "nothing improves 'a', which fails with certainty"
