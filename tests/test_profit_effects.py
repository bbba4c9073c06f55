"""Offensive and defensive effects on profit."""

import math
import re
from fractions import Fraction
from itertools import combinations
from math import factorial

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual.inputs import Counted, Judged, Measured
from servqual.profit_chain import CustomerBase, profit_effects

from .effort import effort
from .refusing import refused

few = effort(20)
NAMES = [
    "customers",
    "retention",
    "referrals",
    "newcomers",
    "volume",
    "price",
    "cost",
    "rework_cost",
]
ROWS = {
    ("customers", "base"),
    ("retention", "defensive"),
    ("referrals", "defensive"),
    ("newcomers", "offensive"),
    *((name, side) for name in ("volume", "price", "cost") for side in ("offensive", "defensive")),
    ("rework_cost", "efficiency"),
}
SIDES = ["base", "offensive", "defensive", "efficiency"]
BASE = CustomerBase(customers=100, retention=0.8, newcomers=20, volume=2, price=5, cost=3)


def close(wanted, rel=1e-9, least=1e-9):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def kept(base):
    people = base["customers"] * base["retention"] * (1 + base["referrals"])
    return people * base["volume"] * (base["price"] - base["cost"])


def won(base):
    return base["newcomers"] * base["volume"] * (base["price"] - base["cost"])


def redone(base):
    return -base["rework_cost"]


def profit(base):
    return kept(base) + won(base) + redone(base)


def shapley(before, after, worth_of=profit):
    """Return Shapley's values by their definition, over all sets of the other drivers."""
    moved = [name for name in NAMES if before[name] != after[name]]
    size = len(moved)

    def worth(some):
        return worth_of({**before, **{name: after[name] for name in some}})

    values = {
        some: worth(some)
        for k in range(size + 1)
        for some in map(frozenset, combinations(moved, k))
    }
    found = dict.fromkeys(NAMES, Fraction(0))
    for name in moved:
        for some, value in values.items():
            if name not in some:
                weight = Fraction(factorial(len(some)) * factorial(size - 1 - len(some)))
                found[name] += weight / factorial(size) * (values[some | {name}] - value)
    return found


@st.composite
def bases(draw):
    found = {name: Fraction(draw(st.integers(0, 60)), 4) for name in NAMES}
    found["retention"] = Fraction(draw(st.integers(0, 8)), 8)
    return found


def base_of(numbers):
    return CustomerBase(**{name: float(number) for name, number in numbers.items()})


def effects_of(found):
    """Return the effect of each driver on all sides together."""
    effects = dict.fromkeys(found.drivers["driver"].tolist(), 0.0)
    for row in found.drivers.rows():
        effects[row["driver"]] += row["effect"]
    return effects


def sides_of(found):
    return dict(zip(found.sides["side"].tolist(), found.sides["effect"].tolist(), strict=True))


@few
@given(bases(), bases())
def test_effects_are_shapleys_values_and_sum_to_the_change(before, after):
    found = profit_effects(base_of(before), base_of(after))
    assert found.profit_before == close(float(profit(before)))
    assert found.profit_after == close(float(profit(after)))
    assert found.change == close(float(profit(after) - profit(before)))
    effects, exact = effects_of(found), shapley(before, after)
    assert list(effects) == NAMES
    assert effects == {name: close(float(value)) for name, value in exact.items()}
    assert sum(effects.values()) == close(found.change)
    sides = sides_of(found)
    assert list(sides) == [*SIDES, "total"]
    for side in SIDES:
        assert sides[side] == close(found.drivers.where(side=side)["effect"].sum())
    assert sum(sides[side] for side in SIDES) == close(found.change)
    assert sides["total"] == found.change


@few
@given(bases(), bases())
def test_each_side_has_shapleys_values_of_its_own_part_of_profit(before, after):
    found = profit_effects(base_of(before), base_of(after)).drivers
    exact = {
        side: shapley(before, after, part)
        for side, part in (("defensive", kept), ("offensive", won), ("efficiency", redone))
    }
    exact["base"] = {"customers": exact["defensive"].pop("customers")}
    rows = list(zip(found["driver"].tolist(), found["side"].tolist(), strict=True))
    assert len(rows) == len(ROWS)
    assert set(rows) == ROWS
    wanted = [close(float(exact[side][name])) for name, side in rows]
    assert found["effect"].tolist() == wanted
    assert not any(exact[s].get(n) for s in exact for n in NAMES if (n, s) not in ROWS)


@few
@given(bases(), bases())
def test_without_customers_at_the_start_nothing_is_defensive(before, after):
    starts = ({**base, "customers": Fraction(0)} for base in (before, after))
    sides = sides_of(profit_effects(*map(base_of, starts)))
    assert (sides["base"], sides["defensive"]) == (0, 0)


@few
@given(bases(), bases())
def test_without_newcomers_nothing_is_offensive(before, after):
    starts = ({**base, "newcomers": Fraction(0)} for base in (before, after))
    assert sides_of(profit_effects(*map(base_of, starts)))["offensive"] == 0


def test_a_higher_price_is_paid_by_those_who_were_won_and_those_who_were_kept():
    sides = sides_of(profit_effects(BASE, attrs.evolve(BASE, price=6)))
    assert (sides["offensive"], sides["defensive"]) == close((40, 160))  # 20 · 2, and 80 · 2
    new = attrs.evolve(BASE, customers=0)
    sides = sides_of(profit_effects(new, attrs.evolve(new, price=6)))
    assert (sides["offensive"], sides["defensive"]) == close((40, 0))


def test_effects_that_nearly_cancel_are_told():
    def said(price):
        # 200 · (price - 5) for the price, -200 for the cost
        found = profit_effects(BASE, attrs.evolve(BASE, price=price, cost=4))
        assert all(f"caution: {words}" in found.sides.note for words in found.cautions)
        return found.cautions

    (nearly,) = said(6.2)  # 40 of 440
    assert nearly.startswith("effects nearly cancel: the change is less than a tenth of their sum")
    assert said(5.82) == (nearly,)  # -36 of 364
    assert said(6.25) == ()  # 50 of 450
    assert said(6) == ()  # no change has no shares


@few
@given(bases(), bases())
def test_going_back_undoes_the_effects(before, after):
    there, back = (
        effects_of(profit_effects(base_of(a), base_of(b)))
        for a, b in ((before, after), (after, before))
    )
    assert back == {name: close(-effect) for name, effect in there.items()}


@few
@given(bases(), st.sampled_from(NAMES), st.integers(0, 8))
def test_one_driver_alone_has_the_whole_change(before, name, eighths):
    after = {**before, name: Fraction(eighths, 8)}
    found = profit_effects(base_of(before), base_of(after))
    effects = effects_of(found)
    assert effects.pop(name) == close(found.change)
    assert set(effects.values()) == {0.0}  # what stays as it is did nothing


def test_the_effects_by_hand():
    after = attrs.evolve(BASE, retention=0.9, newcomers=30, rework_cost=10)
    found = profit_effects(BASE, after)
    assert (found.profit_before, found.profit_after, found.change) == close((400, 470, 70))
    # ten kept and ten won at 2 · (5 - 3) each; rework costs 10
    assert found.sides["effect"].tolist() == close([0, 40, 40, -10, 70])
    assert found.sides["share"].tolist() == close([0, 4 / 7, 4 / 7, -1 / 7, 1])
    row = found.drivers.row(driver="retention")
    assert (row["before"], row["after"], row["side"]) == (0.8, 0.9, "defensive")
    both = attrs.evolve(BASE, volume=3, price=6)
    # volume: 100 · 2 first, 100 · 3 last; price: 100 · 2 first, 100 · 3 last
    effects = effects_of(profit_effects(BASE, both))
    assert (effects["volume"], effects["price"]) == close((250, 250))


def test_no_change_has_no_shares():
    found = profit_effects(BASE, BASE)
    assert found.change == 0
    assert np.isnan(found.drivers["share"]).all()
    assert found.lacking == "no interval: its inputs are certain; no share: profit has not changed"
    up_and_down = attrs.evolve(BASE, price=5.1, cost=3.1)  # 2.0 but for rounding
    found = profit_effects(BASE, up_and_down)
    assert found.change == 0
    assert effects_of(found)["price"] == close(20)
    assert "no share" in found.lacking


def test_an_uncertain_driver_gives_intervals_to_what_it_touches():
    after = attrs.evolve(BASE, retention=Measured(0.9, 0.01), newcomers=30)
    found = profit_effects(BASE, after, draws=40_000)
    ends = stats.norm.ppf([0.025, 0.975], 40, 4)  # 100 · 4 · 0.01
    row = found.drivers.row(driver="retention")
    assert [row["low"], row["high"]] == pytest.approx(ends, abs=0.15)
    assert [found.low, found.high] == pytest.approx(ends + 40, abs=0.15)
    assert found.lacking == ""
    assert math.isnan(found.drivers.row(driver="newcomers")["low"])
    assert "95 % intervals" in found.sides.note


def test_what_is_the_same_in_both_is_drawn_once():
    before = attrs.evolve(BASE, price=Judged(4, 5, 6))
    found = profit_effects(before, attrs.evolve(before, newcomers=30))
    assert effects_of(found)["price"] == 0
    ends = 20 * (Judged(4, 5, 6).quantile([0.025, 0.975]) - 3)
    assert [found.low, found.high] == pytest.approx(ends, abs=0.5)
    assert profit_effects(before, attrs.evolve(before, newcomers=30)) == found
    other = profit_effects(before, attrs.evolve(before, newcomers=30), rng=1)
    assert other.low != found.low


def test_draws_that_cannot_be_are_a_caution():
    after = attrs.evolve(BASE, retention=Measured(0.99, 0.02), referrals=Counted(5, 80))
    found = profit_effects(BASE, after)
    assert re.match(r"`after.retention`: 3[01]% of its draws were moved to 1", found.cautions[0])
    assert f"caution: {found.cautions[0]}" in found.sides.note
    assert found.profit_after == close((99 * (1 + 5 / 80) + 20) * 4)


def test_a_change_outside_of_its_interval_is_told():
    found = profit_effects(BASE, attrs.evolve(BASE, price=Judged(5, 6, 6)))
    assert found.change > found.high
    assert found.cautions[0].startswith("change: the estimate lies outside of its interval")
    assert f"caution: {found.cautions[0]}" in found.sides.note


@pytest.mark.parametrize("name", NAMES)
def test_negative_numbers_are_refused(name):
    said = f"`{name}` must (be 0 or more|lie in 0..1), got -1"
    refused(lambda: attrs.evolve(BASE, **{name: -1}), said)
    refused(lambda: attrs.evolve(BASE, **{name: math.nan}), f"`{name}` must be a finite number")
    refused(lambda: attrs.evolve(BASE, **{name: Judged(-1, 0, 1)}), f"`{name}` .*got -1")
    if name not in {"retention", "referrals"}:
        refused(lambda: attrs.evolve(BASE, **{name: Counted(1, 2)}), "which is a share")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: attrs.evolve(BASE, retention=80), "80 % is 0.8"),
        (lambda: attrs.evolve(BASE, price="5"), "TypeError: `price` must be a number"),
        (lambda: profit_effects(BASE, 100), "TypeError: `after` must be CustomerBase"),
        (lambda: profit_effects({}, BASE), "TypeError: `before` must be CustomerBase"),
        (lambda: profit_effects(BASE, BASE, confidence=2), "`confidence`"),
        (
            lambda: profit_effects(BASE, attrs.evolve(BASE, customers=1e200, price=1e200)),
            "profit of `before` or `after` is beyond all numbers",
        ),
    ],
)
def test_wrong_bases_are_refused(call, said):
    refused(call, said)
