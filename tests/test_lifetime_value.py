"""The lifetime value of a customer."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.discounting import geometric_sums, mean_term
from servqual.inputs import Counted, Judged, Measured
from servqual.profit_chain import lifetime_value, net_present_value

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)
SHARES = st.integers(0, 100).map(lambda x: Fraction(x, 100))
RATES = st.integers(-30, 60).map(lambda x: Fraction(x, 100))


def close(wanted, rel=1e-9, least=1e-12):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def margins(stay, growth, periods, *, immediate):
    """Return the expected margins of one customer: the first is 1 if he is there, and so on."""
    ends = [stay**t * (1 + growth) ** (t - 1) for t in range(1, periods + 1)]
    return [1, *(stay**t * (1 + growth) ** t for t in range(1, periods + 1))] if immediate else ends


def test_the_worked_multiples():
    plain = lifetime_value(retention=0.9, discount_rate=0.12)
    assert plain.multiple == close(4.0909091, rel=1e-8)  # theory.md F8: .9/.22
    at_once = lifetime_value(retention=0.9, discount_rate=0.12, immediate=True)
    assert at_once.multiple == close(5.0909091, rel=1e-8)  # theory.md F8: 1.12/.22
    assert plain.value == plain.multiple
    assert plain.retention_elasticity == close(1.12 / 0.22)
    assert at_once.retention_elasticity == close(0.9 / 0.22)
    assert plain.point_value == close(0.91 / 0.21 - 0.9 / 0.22)
    assert plain.undefined == ""
    assert plain.lacking == "no interval: its inputs are certain"


@few
@given(SHARES, RATES, RATES, st.integers(0, 30), st.booleans())
def test_values_are_sums_of_discounted_margins(stay, rate, growth, periods, immediate):
    found = lifetime_value(
        retention=float(stay),
        discount_rate=float(rate),
        growth=float(growth),
        periods=periods,
        immediate=immediate,
        margin=20,
        acquisition_cost=5,
    )
    expected = margins(stay, growth, periods, immediate=immediate)
    first = 0 if immediate else 1
    exact = sum(margin / (1 + rate) ** t for t, margin in enumerate(expected, first))
    assert found.multiple == close(float(exact))
    assert found.value == close(20 * float(exact) - 5)
    if expected:
        worth = net_present_value(
            list(map(float, expected)), discount_rate=float(rate), first=first
        )
        assert found.multiple == close(worth)


@few
@given(SHARES, RATES, RATES, st.booleans())
def test_a_long_horizon_comes_to_the_same_as_none(stay, rate, growth, immediate):
    given_ = {
        "retention": float(stay),
        "discount_rate": float(rate),
        "growth": float(growth),
        "immediate": immediate,
    }
    found, ratio = lifetime_value(**given_), stay * (1 + growth) / (1 + rate)
    if ratio >= 1:
        assert "the sum has no limit" in found.undefined
        assert np.isnan([found.value, found.multiple, found.point_value]).all()
        assert found.lacking == ""
    elif ratio < Fraction(96, 100):
        assert found.multiple == close(lifetime_value(**given_, periods=1000).multiple, rel=1e-8)
        long = lifetime_value(**given_, periods=1000)
        assert found.retention_elasticity == close(long.retention_elasticity, rel=1e-8)


@few
@given(SHARES, RATES)
def test_a_margin_at_once_adds_one(stay, rate):
    given_ = {"retention": float(stay), "discount_rate": float(rate)}
    for periods in (0, 1, 7):
        plain = lifetime_value(**given_, periods=periods).multiple
        at_once = lifetime_value(**given_, periods=periods, immediate=True).multiple
        assert at_once == close(plain + 1)


@few
@given(
    st.integers(1, 98).map(lambda x: x / 100),
    RATES.map(float),
    RATES.map(float),
    st.sampled_from([1, 2, 9, 40]),
    st.booleans(),
)
def test_the_elasticity_is_that_of_a_small_change(stay, rate, growth, periods, immediate):
    given_ = {
        "discount_rate": rate,
        "growth": growth,
        "periods": periods,
        "immediate": immediate,
    }
    found = lifetime_value(retention=stay, **given_)
    up, down = (
        lifetime_value(retention=stay * (1 + step), **given_).multiple for step in (1e-6, -1e-6)
    )
    slope = (math.log(up) - math.log(down)) / (math.log1p(1e-6) - math.log1p(-1e-6))
    assert found.retention_elasticity == pytest.approx(slope, rel=1e-5, abs=1e-6)
    more = lifetime_value(retention=stay + 0.01, **given_).multiple
    assert found.point_value == pytest.approx(more - found.multiple, rel=1e-9, abs=1e-9)


def test_nobody_who_stays_and_nobody_who_leaves():
    gone = lifetime_value(retention=0, discount_rate=0.1)
    assert (gone.multiple, gone.retention_elasticity) == (0, 1)
    assert gone.point_value == close(0.01 / 1.09)
    assert lifetime_value(retention=0, discount_rate=0.1, immediate=True).multiple == 1
    always = lifetime_value(retention=1, discount_rate=0.1)
    assert always.multiple == close(10)
    assert math.isnan(always.point_value)
    assert always.lacking.endswith(
        "no one point of retention: retention has less than a point left to 1"
    )
    assert lifetime_value(retention=0.99, discount_rate=0.1).point_value == close(10 - 0.99 / 0.11)
    assert lifetime_value(retention=1, discount_rate=0, periods=1000).multiple == 1000


def test_a_point_more_may_have_no_limit():
    found = lifetime_value(retention=0.98, discount_rate=-0.015)
    assert found.multiple == close(0.98 / 0.005)
    assert "a point more: retention · (1 + growth) is not below" in found.lacking
    assert math.isnan(found.point_value)


def test_a_point_more_that_is_all_may_have_no_limit():
    found = lifetime_value(retention=0.99, discount_rate=0)
    assert found.multiple == close(99)
    assert "a point more: retention · (1 + growth) is not below" in found.lacking


def test_no_period_has_no_elasticity():
    found = lifetime_value(retention=0.5, discount_rate=0.1, periods=0, acquisition_cost=3)
    assert (found.multiple, found.value) == (0, -3)
    assert math.isnan(found.retention_elasticity)
    assert "no retention elasticity: no margin counts" in found.lacking


def test_a_counted_retention_has_the_interval_of_its_law():
    found = lifetime_value(
        retention=Counted(900, 1000),
        discount_rate=0.12,
        margin=100,
        acquisition_cost=50,
        draws=40_000,
    )
    ends = stats.beta.ppf([0.025, 0.975], 900.5, 100.5)
    assert [found.low, found.high] == pytest.approx(100 * ends / (1.12 - ends) - 50, rel=4e-3)
    assert found.value == close(100 * 0.9 / 0.22 - 50)
    row = found.table.row(quantity="retention elasticity")
    assert [row["low"], row["high"]] == pytest.approx(1.12 / (1.12 - ends), rel=4e-3)
    assert found.lacking == ""
    assert "95 % intervals by percentiles of 40,000 draws" in found.table.note


def test_an_uncertain_margin_leaves_the_multiple_certain():
    found = lifetime_value(retention=0.9, discount_rate=0.12, margin=Judged(10, 20, 60))
    ends = Judged(10, 20, 60).quantile([0.025, 0.975]) * 0.9 / 0.22
    assert [found.low, found.high] == pytest.approx(ends, rel=0.02)
    row = found.table.row(quantity="multiple")
    assert math.isnan(row["low"])
    assert row["lacking"] == "no interval: its inputs are certain"


def test_draws_without_a_limit_are_no_small_values():
    some = lifetime_value(retention=Measured(0.9, 0.05), discount_rate=0.0, growth=0.05)
    assert np.isnan([some.low, some.high]).all()  # r ≥ 1/1.05 in 15 % of the draws
    assert "no interval: no limit in too many of the draws" in some.lacking
    assert some.value == close(0.9 / (1 - 0.9 * 1.05))
    rare = lifetime_value(retention=Measured(0.9, 0.024), discount_rate=0.0, growth=0.05)
    end = stats.norm.ppf(0.975, 0.9, 0.024)  # beyond 1/1.05 lie 1.5 % of the draws
    assert rare.high == pytest.approx(end / (1 - end * 1.05), rel=0.25)


def test_without_an_end_money_is_infinite_from_a_ratio_of_one_on():
    assert mean_term([0.5, 1, 1.5], math.inf).tolist() == [1, math.inf, math.inf]
    assert geometric_sums([0.5, 1, 1.5], math.inf).tolist() == [2, math.inf, math.inf]
    assert mean_term([1.5, 5e-324, 1e300], 3) == close([(1.5 + 2 * 2.25) / 4.75, 0, 2])


def test_money_beyond_all_numbers_has_no_value_without_an_end_either():
    for money in (1e308, -1e308):
        refused(
            lambda money=money: lifetime_value(retention=0.9, discount_rate=0.1, margin=money),
            "the value is beyond all numbers",
        )


def test_hardly_anybody_who_stays_is_no_warning():
    found = lifetime_value(retention=5e-324, discount_rate=0.1, periods=3)
    assert found.retention_elasticity == 1
    assert found.undefined == ""


def test_draws_beyond_one_are_counted_in_a_caution():
    found = lifetime_value(retention=Measured(0.95, 0.05), discount_rate=0.12)
    assert re.fullmatch(r"`retention`: 1[56]% of its draws were moved to 1", found.cautions[0])
    assert f"caution: {found.cautions[0]}" in found.table.note
    assert found.high == close(1 / 0.12)


def test_an_estimate_outside_of_its_interval_is_told():
    found = lifetime_value(retention=Counted(50, 50), discount_rate=0.1)
    assert found.value > found.high
    said = found.cautions[0]
    assert said.startswith("multiple, value, retention elasticity: the estimate lies outside of")
    assert f"caution: {said}" in found.table.note


def test_the_same_seed_gives_the_same():
    given_ = {"retention": Counted(9, 10), "discount_rate": 0.1}
    assert lifetime_value(**given_, rng=3) == lifetime_value(**given_, rng=3)
    assert lifetime_value(**given_, rng=3).low != lifetime_value(**given_, rng=4).low


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"retention": 90}, "90 % is 0.9"),
        ({"retention": -0.1}, "`retention` must lie in 0..1, got -0.1"),
        ({"retention": NAN}, "`retention` must be a finite number"),
        ({"retention": None}, "TypeError: `retention` must be a number"),
        ({"retention": [0.9]}, "TypeError: `retention` must be a number"),
        ({"retention": Judged(0.8, 0.9, 1.1)}, "`retention` must lie in 0..1, got 1.1"),
        ({"discount_rate": 12}, "`discount_rate` .* got 12; 12 % is 0.12"),
        ({"discount_rate": -1}, "`discount_rate` must be above -1"),
        ({"discount_rate": Counted(1, 10)}, "TypeError: `discount_rate` .*which is a share"),
        ({"growth": -1.5}, "`growth` must be above -1"),
        ({"margin": "much"}, "TypeError: `margin` must be a number"),
        ({"margin": math.inf}, "`margin` must be a finite number"),
        ({"periods": -1}, "`periods` must be a whole number of at least 0"),
        ({"periods": 1001}, "`periods` must be at most 1,000"),
        ({"periods": 2.5}, "`periods` must be a whole number"),
        ({"immediate": 1}, "TypeError: `immediate` must be bool"),
        ({"acquisition_cost": -1}, "`acquisition_cost` must be 0 or more"),
        ({"confidence": 95}, "`confidence`"),
        ({"growth": 1, "discount_rate": -0.9, "periods": 1000}, "beyond all numbers"),
    ],
)
def test_wrong_customers_are_refused(change, said):
    given_ = {"retention": 0.9, "discount_rate": 0.12}
    refused(lambda: lifetime_value(**{**given_, **change}), said)


@few
@given(st.integers(0, 300), st.integers(0, 200).map(lambda x: Fraction(x, 100)))
def test_geometric_sums_and_their_mean_terms_are_exact(terms, ratio):
    powers = [ratio**t for t in range(terms)]
    total = sum(powers)
    assert geometric_sums(float(ratio), terms) == close(float(total))
    mean = float(sum(t * power for t, power in enumerate(powers)) / total) if terms else NAN
    assert mean_term(float(ratio), terms) == close(mean)


@pytest.mark.parametrize("near", [1 - 1e-15, 1 - 1e-9, 1 + 1e-9, 1 + 1e-12])
def test_ratios_near_one_keep_their_digits(near):
    exact = sum(Fraction(near) ** t for t in range(50))
    assert geometric_sums(near, 50) == close(float(exact), rel=1e-13)
    assert mean_term(near, 50) == close(24.5, rel=1e-6)
