"""Shares of a market, present values, and the return on quality."""

import math
import re
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.discounting import discounted
from servqual.inputs import Counted, Judged, Measured
from servqual.profit_chain import (
    ShareDynamics,
    market_share,
    net_present_value,
    return_on_quality,
    return_on_quality_from_flows,
)

from .effort import effort
from .refusing import refused

NAN, INF = math.nan, math.inf
few = effort(20)
# theory.md F8: N constant, c = .05, r .80 → .82, competitors' .78, A = .2, MS .2: .306 → .310
BEFORE = ShareDynamics(
    share=0.2, retention=0.8, competitor_retention=0.78, churn=0.05, newcomer_share=0.2
)
AFTER = attrs.evolve(BEFORE, retention=0.82)
MONEY = {"customers": 1000, "margin": 50, "spending": 100, "periods": 1, "discount_rate": 0.1}


def close(wanted, rel=1e-9, least=1e-12):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


PERCENT = st.integers(0, 100).map(lambda x: Fraction(x, 100))


@st.composite
def markets(draw):
    """Draw the numbers of a market as fractions, in the order of the fields."""
    churn = draw(st.integers(0, 60)) * Fraction(1, 100)
    stay, other = ((1 - churn) * draw(PERCENT) for _ in range(2))
    growth = draw(st.integers(0, 100)) * Fraction(1, 100) - min(churn, Fraction(1, 2))
    return draw(PERCENT), stay, other, churn, draw(PERCENT), growth


def dynamics(numbers):
    names = [field.name for field in attrs.fields(ShareDynamics)]
    return ShareDynamics(**dict(zip(names, map(float, numbers), strict=True)))


def counted_customers(numbers, periods):
    """Move the customers of a market of one, and return ours and all after each period."""
    share, stay, other, churn, choose, growth = numbers
    ours, theirs = share, 1 - share
    found = [(ours, Fraction(1))]
    for _ in range(periods):
        everybody = (ours + theirs) * (1 + growth)
        leaving = (ours + theirs) * churn
        new = everybody - (ours + theirs - leaving)
        lost, won = ours * (1 - stay - churn), theirs * (1 - other - churn)
        ours, theirs = (
            ours * (1 - churn) - lost + won + choose * new,
            theirs * (1 - churn) - won + lost + (1 - choose) * new,
        )
        assert ours + theirs == everybody
        found.append((ours, everybody))
    return found


@pytest.mark.parametrize(("retention", "share"), [(0.8, 0.306), (0.82, 0.310)])
def test_the_share_of_the_worked_market(retention, share):
    found = market_share(attrs.evolve(BEFORE, retention=retention))
    assert found.final == close(share)  # theory.md F8
    row = found.table.row(period=1)
    # 0.2 · r kept, 17 % of the other 80 % won, a fifth of the 5 % that are new
    parts = [row[name] for name in ("retained", "won", "newcomers")]
    assert parts == close([0.2 * retention, 0.136, 0.01])


@few
@given(markets(), st.integers(1, 6))
def test_shares_are_those_of_customers_counted_one_by_one(numbers, periods):
    found = market_share(dynamics(numbers), periods=periods).table
    for row, (ours, everybody) in zip(
        found.rows(), counted_customers(numbers, periods), strict=True
    ):
        assert row["customers"] == close(float(ours))
        assert row["market"] == close(float(everybody))
        assert row["share"] == close(float(ours / everybody))
    parts = sum(found[name][1:] for name in ("retained", "won", "newcomers"))
    assert parts == close(found["share"][1:])
    assert (found["share"] >= -1e-12).all()
    assert (found["share"] <= 1 + 1e-12).all()


@few
@given(markets())
def test_the_steady_state_stays_as_it_is_and_is_where_shares_run_to(numbers):
    found = market_share(dynamics(numbers))
    if found.lacking.count("steady state"):
        return
    start = (found.steady_state, *numbers[1:])
    assert market_share(dynamics(start)).final == close(found.steady_state)
    _, stay, other, churn, choose, growth = map(float, numbers)
    assert found.steady_state == close(
        (1 - other - churn + choose * (growth + churn)) / (2 + growth - stay - other - churn)
    )


def test_a_steady_state_of_all_is_a_share():
    all_ours = ShareDynamics(
        share=0.5,
        retention=0.92,
        competitor_retention=0,
        churn=0.08,
        newcomer_share=1,
        growth=-0.07,
    )  # (0.92 + 0.01)/0.93, which rounding makes more than 1
    found = market_share(all_ours)
    assert found.steady_state == 1
    assert attrs.evolve(all_ours, share=found.steady_state).share == 1


def test_a_market_runs_to_its_steady_state():
    found = market_share(AFTER, periods=200)
    assert found.final == close(found.steady_state)
    assert found.steady_state == close(0.18 / 0.35)  # (1 - .78 - .05 + .2 · .05)/(2 - .82 - .83)
    assert "runs to 0.514" in found.table.note


@pytest.mark.parametrize(
    ("stay", "churn", "growth", "said"),
    [
        (1, 0, 0, "no customer moves"),
        (0.82, 0.18, -0.18, "no customer moves"),  # but for rounding
        (0, 0, 0, "all customers change sides"),
    ],
)
def test_some_markets_run_nowhere(stay, churn, growth, said):
    given = {"share": 0.3, "churn": churn, "growth": growth, "newcomer_share": 0.5}
    found = market_share(ShareDynamics(retention=stay, competitor_retention=stay, **given))
    assert math.isnan(found.steady_state)
    assert re.search(f"no steady state: .*{said}", found.lacking)
    assert found.final == close(0.7 if stay == 0 else 0.3)
    assert "runs to" not in found.table.note


def test_certain_markets_have_no_interval_and_say_so():
    found = market_share(BEFORE)
    assert np.isnan([found.low, found.high, found.steady_low, found.steady_high]).all()
    assert found.lacking == "no interval: its inputs are certain"
    assert found.table["lacking"][0].startswith("no parts: the start")
    assert "intervals" not in found.table.note


def test_the_interval_of_a_share_is_that_of_the_retention():
    found = market_share(attrs.evolve(BEFORE, retention=Measured(0.82, 0.01)), draws=40_000)
    # MS is 0.2·r + 0.146: normal with sd 0.002
    z = stats.norm.ppf(0.975)
    wanted = [0.31 - z * 0.002, 0.31 + z * 0.002]
    assert [found.low, found.high] == pytest.approx(wanted, abs=6e-5)
    assert found.final == close(0.31)
    ends = [
        market_share(attrs.evolve(BEFORE, retention=0.82 + side * z * 0.01)).steady_state
        for side in (-1, 1)
    ]
    assert [found.steady_low, found.steady_high] == pytest.approx(ends, abs=5e-4)
    assert found.lacking == ""
    assert np.isnan(found.table["low"]).tolist() == [True, False]  # the start is certain
    assert "95 % intervals by percentiles of 40,000 draws" in found.table.note


def test_an_uncertain_start_leaves_the_steady_state_certain():
    found = market_share(attrs.evolve(BEFORE, share=Counted(200, 1000)))
    wanted = stats.beta.ppf([0.025, 0.975], 200.5, 800.5)
    start = found.table.row(period=0)
    assert [start["low"], start["high"]] == pytest.approx(wanted, abs=1e-3)
    assert found.lacking == "of the steady state, no interval: its inputs are certain"


def test_the_same_seed_draws_the_same_and_another_does_not():
    uncertain = attrs.evolve(BEFORE, retention=Measured(0.82, 0.01))
    assert market_share(uncertain, rng=1) == market_share(uncertain, rng=1)
    assert market_share(uncertain, rng=1).low != market_share(uncertain, rng=2).low


def test_no_draw_keeps_customers_who_leave_the_market():
    own = market_share(attrs.evolve(BEFORE, retention=Measured(0.9, 0.2)), confidence=0.999)
    assert own.high == close(0.2 * 0.95 + 0.136 + 0.01)
    other = attrs.evolve(BEFORE, competitor_retention=Measured(0.9, 0.2))
    assert market_share(other, confidence=0.999).low == close(0.16 + 0.01)  # nobody comes


def test_a_market_shrinks_by_no_more_than_leave_it():
    found = market_share(attrs.evolve(BEFORE, growth=Measured(0, 0.2)), confidence=0.999)
    assert found.high == close((0.16 + 0.136) / 0.95)  # no newcomer to a smaller market


def test_draws_stay_within_what_can_be():
    wild = attrs.evolve(
        BEFORE,
        retention=Measured(0.94, 0.2),
        competitor_retention=Measured(0.9, 0.2),
        churn=Judged(0, 0.05, 0.5),
        growth=Measured(0, 0.2),
        share=Measured(0.99, 0.1),
        newcomer_share=Measured(0.5, 0.4),
    )
    found = market_share(wild, periods=5, confidence=0.9999)
    assert (found.table["low"] >= 0).all()
    assert (found.table["high"] <= 1).all()
    assert any(re.search(r"`share`: \d+% of its draws were moved to 1", c) for c in found.cautions)
    assert all(f"caution: {words}" in found.table.note for words in found.cautions)
    assert market_share(AFTER).cautions == ()


def test_what_is_moved_by_another_number_is_told():
    # draws of N(.93, .03) beyond .95 are 25 % [R: 1 - pnorm(.95, .93, .03) = 0.2524925]
    found = market_share(attrs.evolve(BEFORE, retention=Measured(0.93, 0.03)))
    said = found.cautions[1]  # behind those that were moved to 1 at first
    assert re.fullmatch(r"`retention`: 2[456]% of its draws were moved to 1 - `churn`", said)
    assert f"caution: {said}" in found.table.note
    rivals = attrs.evolve(BEFORE, competitor_retention=Measured(0.93, 0.03))
    assert market_share(rivals).cautions[1].startswith("`competitor_retention`: 2")
    less = market_share(attrs.evolve(BEFORE, growth=Measured(0, 0.05)))  # 16 % below -.05
    assert re.fullmatch(r"`growth`: 1[567]% of its draws were moved to -`churn`", less.cautions[0])
    both = return_on_quality(BEFORE, attrs.evolve(AFTER, retention=Measured(0.93, 0.03)), **MONEY)
    assert both.cautions[1].startswith("`after.retention`: 2")
    assert market_share(attrs.evolve(BEFORE, retention=0.95)).cautions == ()
    assert market_share(attrs.evolve(BEFORE, retention=Judged(0.8, 0.9, 0.95))).cautions == ()


@pytest.mark.parametrize("by_chance", [Counted(99, 100), Measured(0.99, 0.01)])
def test_estimates_that_come_to_more_than_all_by_chance_are_kept_within(by_chance):
    found = market_share(attrs.evolve(BEFORE, retention=by_chance))
    assert found.final == close(0.2 * 0.95 + 0.136 + 0.01)
    words = r"`retention`: its value and (9\d|100)% of its draws were moved to 1 - `churn`"
    assert any(re.fullmatch(words, caution) for caution in found.cautions)
    left = attrs.evolve(BEFORE, retention=0.95, churn=by_chance)
    assert "; caution: `retention`: its value" in market_share(left).table.note
    less = attrs.evolve(BEFORE, growth=Measured(-0.06, 0.001))
    assert market_share(less).final == close((0.16 + 0.136) / 0.95)


def test_an_estimate_outside_of_its_interval_is_told():
    sure = attrs.evolve(BEFORE, share=0, competitor_retention=0.95)
    found = market_share(attrs.evolve(sure, newcomer_share=Counted(0, 50)))
    assert 0 == found.final < found.low
    assert found.cautions[0].startswith("share, steady state: the estimate lies outside of its")
    money = MONEY | {"margin": Judged(10, 50, 50)}
    assert (
        "roq, net: the estimate lies outside"
        in return_on_quality(BEFORE, AFTER, **money).cautions[0]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"retention": 80}, r"ValueError: `retention` must lie in 0..1, got 80; 80 % is 0.8"),
        ({"retention": 0.96}, r"`retention` and `churn` must sum to at most 1, got 0.96 \+ 0.05"),
        ({"competitor_retention": 0.99}, "`competitor_retention` and `churn` must sum"),
        ({"retention": Judged(0.7, 0.8, 0.99)}, r"at most 1, got 0.99 \+ 0.05"),
        ({"churn": Judged(0, 0.05, 0.3)}, r"at most 1, got 0.8 \+ 0.3"),
        ({"growth": Judged(-0.1, 0, 0.1)}, "`growth` must be at least .* got -0.1 with churn 0.05"),
        ({"churn": Judged(0, 0.05, 0.1), "growth": -0.03}, "got -0.03 with churn 0"),
        ({"retention": Judged(0.7, 0.8, 1.2)}, "`retention` must lie in 0..1, got 1.2"),
        ({"churn": -0.1}, "`churn` must lie in 0..1"),
        ({"share": NAN}, "`share` must be a finite number"),
        ({"share": "a fifth"}, "TypeError: `share` must be a number"),
        ({"newcomer_share": 1.5}, "`newcomer_share` must lie in 0..1"),
        ({"growth": -0.06}, "`growth` must be at least -`churn`.* got -0.06 with churn 0.05"),
        ({"growth": -1}, "`growth` must be above -1"),
        ({"growth": 3}, r"at most 1, got 3; 3 % is 0.03"),
        ({"growth": Counted(1, 10)}, "TypeError: `growth` must be a number, measured or judged"),
    ],
)
def test_markets_that_cannot_be_are_refused(change, said):
    refused(lambda: attrs.evolve(BEFORE, **change), said)


def test_what_the_last_share_lacks_is_said_not_what_the_first_does():
    alone = attrs.evolve(BEFORE, share=0, retention=Measured(0.8, 0.02))
    found = market_share(alone, periods=3)  # nobody can stay in period 1
    assert found.table["lacking"][1] == "no interval: its inputs are certain"
    assert found.low < found.final < found.high
    assert found.lacking == ""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: market_share(0.2), "TypeError: `dynamics` must be ShareDynamics"),
        (lambda: market_share(BEFORE, periods=0), "`periods` must be a whole number of at least 1"),
        (lambda: market_share(BEFORE, periods=1.5), "`periods` must be a whole number"),
        (lambda: market_share(BEFORE, periods=1001), "`periods` must be at most 1,000, got 1,001"),
        (lambda: market_share(BEFORE, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda: market_share(BEFORE, draws=99), "`draws` must be a whole number of at least 100"),
        (lambda: market_share(BEFORE, rng="seed"), "TypeError: `rng` must be a seed"),
    ],
)
def test_wrong_questions_of_a_market_are_refused(call, said):
    refused(call, said)


def test_the_worked_present_value():
    # theory.md F8 [R]: 120/1.12 + 150/1.12^2 + 180/1.12^3
    assert net_present_value([120, 150, 180], discount_rate=0.12) == close(354.84238, rel=1e-8)


MONEYS = st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12)
RATES = st.integers(-50, 100).map(lambda x: Fraction(x, 100))


@few
@given(MONEYS, RATES, st.integers(0, 3))
def test_present_values_are_those_of_exact_fractions(flows, rate, first):
    exact = sum(Fraction(flow) / (1 + rate) ** t for t, flow in enumerate(flows, first))
    found = net_present_value(flows, discount_rate=float(rate), first=first)
    size = float(sum(abs(Fraction(flow)) / (1 + rate) ** t for t, flow in enumerate(flows, first)))
    assert found == pytest.approx(float(exact), abs=1e-12 * size + 1e-12)


@few
@given(MONEYS)
def test_without_discount_money_is_added(flows):
    assert net_present_value(flows, discount_rate=0) == sum(flows)
    later = net_present_value(flows, discount_rate=0.25, first=2)
    assert later == close(net_present_value(flows, discount_rate=0.25) / 1.25)


def test_present_values_of_any_row_of_numbers():
    for flows in (np.array([110, 121]), pd.Series([110, 121], index=[7, 3]), (110, 121)):
        assert net_present_value(flows, discount_rate=0.1) == close(200)


@pytest.mark.parametrize(
    ("flows", "rate", "said"),
    [
        ([], 0.1, "`flows` must be money by period, at least one"),
        (5, 0.1, "`flows` must be money by period"),
        ([1, NAN], 0.1, r"`flows` must be finite numbers, got nothing \(row 2\)"),
        ([1, None], 0.1, r"got nothing \(row 2\)"),
        ([INF], 0.1, r"got inf \(row 1\)"),
        (["much"], 0.1, "`flows` must be numbers, got 'much'"),
        ([[1, 2], [3, 4]], 0.1, "shape"),
        ([1], -1, "`discount_rate` must be above -1 and at most 1, got -1"),
        ([1], 12, r"`discount_rate` .*got 12; 12 % is 0.12"),
        ([1], NAN, "`discount_rate` must be a finite number"),
        ([1] * 2000, -0.9, "present value of `flows` is beyond all numbers"),
    ],
)
def test_wrong_flows_are_refused(flows, rate, said):
    refused(lambda: net_present_value(flows, discount_rate=rate), said)


def test_distant_nothing_is_nothing_whatever_the_rate():
    assert net_present_value([1, *[0] * 999], discount_rate=-0.9) == close(10)


def test_the_first_period_is_whole():
    refused(lambda: net_present_value([1], discount_rate=0, first=-1), "`first` must be a whole")
    refused(lambda: net_present_value([1], discount_rate=0, first=1e308), "`first` must be at most")
    assert net_present_value([1], discount_rate=0, first=1000) == 1


def test_the_worked_return_on_quality():
    found = return_on_quality_from_flows([120, 150, 180], 300, discount_rate=0.12)
    assert found.roq == close(1.1828079, rel=1e-7)  # theory.md F8 [R]
    assert found.net == close(54.84238, rel=1e-6)
    assert found.rate == close(0.1828079, rel=1e-6)
    assert found.break_even_spending == close(354.84238, rel=1e-8)
    assert found.present_spending == 300
    assert found.payback == 3
    assert found.undefined == ""
    assert found.lacking == "no interval and no p_pays: its inputs are certain"
    assert found.table["period"].tolist() == [0, 1, 2, 3]
    assert found.table["gain"].tolist() == [0, 120, 150, 180]
    assert found.table["spending"].tolist() == [300, 0, 0, 0]
    assert found.table["cumulative"][-1] == close(found.net)
    assert "roq 1.183, net 54.84, payback 3; cumulative" in str(found)


@few
@given(
    MONEYS,
    st.lists(st.integers(0, 5000), min_size=1, max_size=8).filter(any),
    st.sampled_from([0.0, 0.05, 0.5]),
)
def test_the_return_is_the_ratio_and_the_net_the_difference_of_present_values(gains, spent, d):
    found = return_on_quality_from_flows(gains, spent, discount_rate=d)
    brought = net_present_value(gains, discount_rate=d)
    paid = net_present_value(spent, discount_rate=d, first=0)
    size = net_present_value(np.abs(gains), discount_rate=d) + paid
    assert found.roq == pytest.approx(brought / paid, rel=1e-9, abs=1e-12 * size / paid)
    assert found.net == pytest.approx(brought - paid, abs=1e-12 * size)
    assert found.break_even_spending == pytest.approx(brought, abs=1e-12 * size)
    exact = [
        sum(Fraction(g) / Fraction(str(1 + d)) ** t for t, g in enumerate(gains[:k], 1))
        for k in range(13)
    ]
    goal = sum(Fraction(s) / Fraction(str(1 + d)) ** t for t, s in enumerate(spent))
    last = max(len(gains), len(spent) - 1)
    reached = [t for t in range(last + 1) if exact[min(t, len(gains))] >= goal]
    assert found.payback == close(reached[0] if reached else NAN)
    assert ("no payback: the gains" in found.lacking) == (not reached)
    assert len(found.table) == last + 1


def test_payback_bears_rounding():
    assert 0.1 + 0.7 < 0.8
    assert return_on_quality_from_flows([0.1, 0.7], 0.8, discount_rate=0).payback == 2
    assert math.isnan(return_on_quality_from_flows([0.1, 0.7], 0.801, discount_rate=0).payback)
    late = return_on_quality_from_flows([60, 60], [0, 50, 50], discount_rate=0)
    assert late.payback == 2  # not before all spending is earned, though none is due at first


def test_small_units_of_money_change_nothing_but_the_net():
    found = return_on_quality_from_flows([0.0006, 0.0006], 0.001, discount_rate=0)
    assert (found.roq, found.payback, found.undefined) == (close(1.2), 2, "")
    assert found.net == close(0.0002)
    drawn = return_on_quality_from_flows([Measured(0.5, 0.1)], 0.4, discount_rate=0)
    assert drawn.p_pays == pytest.approx(stats.norm.cdf(1), abs=0.02)


def test_the_figures_are_said_with_their_intervals():
    found = return_on_quality_from_flows([Measured(5000, 1000)], 4000, discount_rate=0)
    ends = [f"{end:.4g}" for end in (found.low, found.high)]
    net = [f"{found.net_low:.4g}", f"{found.net_high:,.0f}"]
    assert found.table.note.startswith(
        f"roq 1.25 ({ends[0]} to {ends[1]}), net 1,000 ({net[0]} to {net[1]}), payback 1,"
        f" pays in {100 * found.p_pays:.0f} of 100 draws; "
    )
    loose = return_on_quality_from_flows([5], Measured(1, 2), discount_rate=0)
    assert loose.table.note.startswith("roq 5, net 4 (")  # the ratio has no interval


@pytest.mark.parametrize(
    ("gain", "often"), [(0.05, 100), (0.1, 100), (0.35, 99), (-0.35, 1), (-0.1, 0)]
)
def test_only_all_draws_are_100_of_100(gain, often):
    error = 0.01 if abs(gain) < 0.2 else 0.1
    found = return_on_quality_from_flows([Measured(1 + gain, error)], 1, discount_rate=0, rng=3)
    assert 0 < found.p_pays < 1 if often in {1, 99} else found.p_pays in {0, 1}
    assert f"pays in {often} of 100 draws" in found.table.note


def test_without_spending_there_is_no_return_but_a_net():
    found = return_on_quality_from_flows([10, 20], 0, discount_rate=0)
    assert np.isnan([found.roq, found.rate, found.payback]).all()
    assert found.undefined == "nothing is spent"
    assert found.net == 30
    assert found.table.note.startswith("roq –, net 30, payback –; ")
    assert "payback" not in found.lacking


def test_a_return_beyond_all_numbers_is_refused():
    refused(lambda: return_on_quality_from_flows([10], 5e-324, discount_rate=0), "beyond all num")


def test_uncertain_flows_have_normal_sums():
    gains = [Measured(100, 10), Measured(121, 11)]
    found = return_on_quality_from_flows(gains, 150, discount_rate=0.1, draws=40_000)
    mean, sd = 100 / 1.1 + 100 - 150, math.hypot(10 / 1.1, 11 / 1.21)
    wanted = stats.norm.ppf([0.025, 0.975], mean, sd)
    assert [found.net_low, found.net_high] == pytest.approx(wanted, abs=0.35)
    assert [found.low, found.high] == pytest.approx((wanted + 150) / 150, abs=0.0025)
    assert found.p_pays == pytest.approx(stats.norm.sf(0, mean, sd), abs=0.003)
    assert found.lacking == ""
    assert np.isnan(found.table["low"]).tolist() == [True, False, False]
    first = found.table.row(period=1)
    ends = stats.norm.ppf([0.025, 0.975], 100 / 1.1 - 150, 10 / 1.1)
    assert [first["low"], first["high"]] == pytest.approx(ends, abs=0.35)


def test_an_uncertain_rate_discounts_all_periods_alike():
    found = return_on_quality_from_flows([0, 121], 100, discount_rate=Judged(0, 0.1, 0.2))
    ends = [121 / (1 + rate) ** 2 - 100 for rate in Judged(0, 0.1, 0.2).quantile([0.975, 0.025])]
    assert [found.net_low, found.net_high] == pytest.approx(ends, abs=0.4)


def test_spending_that_may_be_nothing_leaves_no_interval_of_the_ratio():
    found = return_on_quality_from_flows([100], Measured(10, 20), discount_rate=0)
    assert np.isnan([found.low, found.high]).all()  # 31 % of the draws spend nothing
    assert "no interval: no number in more than a tenth" in found.lacking
    assert np.isfinite([found.net_low, found.net_high]).all()
    assert found.cautions == ("`spending[0]`: 31% of its draws were moved to 0",)


def test_the_return_of_a_market_by_hand():
    found = return_on_quality(BEFORE, AFTER, **MONEY)
    # 0.004 · 1000 customers · 50 = 200 after a year
    assert found.net == close(200 / 1.1 - 100)
    assert found.roq == close(2 / 1.1)
    assert found.table["gain"].tolist() == close([0, 200])


@few
@given(markets(), st.lists(PERCENT, min_size=2, max_size=2), st.integers(1, 5))
def test_gains_are_those_of_customers_counted_one_by_one(numbers, retained, periods):
    share, _, *rest = numbers
    sides = [(share, (1 - numbers[3]) * stay, *rest) for stay in retained]
    paths = [counted_customers(side, periods) for side in sides]
    gains = [50 * 1000 * float(b[0] - a[0]) for a, b in zip(*paths, strict=True)][1:]
    money = {**MONEY, "periods": periods, "spending": [10, 20]}
    found = return_on_quality(*map(dynamics, sides), **money)
    assert found.table["gain"][1:] == pytest.approx(gains, abs=1e-6)
    other = return_on_quality_from_flows(gains, [10, 20], discount_rate=0.1)
    assert found.net == pytest.approx(other.net, abs=1e-6)
    assert found.roq == pytest.approx(other.roq, abs=1e-6)
    back = return_on_quality(*map(dynamics, sides[::-1]), **money)
    assert back.table["gain"] == pytest.approx(-found.table["gain"], abs=1e-6)


def test_gains_grow_with_customers_and_margin_alike():
    one = return_on_quality(BEFORE, AFTER, **MONEY)
    for name, times in (("customers", 3), ("margin", -2)):
        more = return_on_quality(BEFORE, AFTER, **{**MONEY, name: times * MONEY[name]})
        assert more.roq == close(times * one.roq)


def test_what_is_the_same_in_both_is_drawn_once():
    uncertain = attrs.evolve(BEFORE, retention=Measured(0.8, 0.05), churn=Judged(0, 0.05, 0.1))
    found = return_on_quality(uncertain, uncertain, **{**MONEY, "periods": 5})
    assert found.net == -100
    assert np.isnan([found.net_low, found.net_high]).all()  # no draw gains anything
    assert "no interval: its inputs are certain" in found.lacking
    assert found.p_pays == 0
    free = return_on_quality(uncertain, uncertain, **{**MONEY, "spending": 0})
    assert (free.net, free.p_pays) == (0, 0)  # what brings nothing does not pay, even for nothing


def test_the_interval_of_the_return_is_that_of_the_retention():
    better = attrs.evolve(BEFORE, retention=Measured(0.82, 0.01))
    found = return_on_quality(BEFORE, better, **MONEY, draws=40_000)
    # gain = (r - 0.8) · 200 · 50, so that net is normal around 200/1.1 - 100 with sd 100/1.1
    wanted = stats.norm.ppf([0.025, 0.975], 200 / 1.1 - 100, 100 / 1.1)
    assert [found.net_low, found.net_high] == pytest.approx(wanted, abs=3)
    assert [found.low, found.high] == pytest.approx(wanted / 100 + 1, abs=0.03)
    assert found.p_pays == pytest.approx(stats.norm.sf(-0.9), abs=0.005)  # (200 - 110)/100


def test_uncertain_money_makes_an_interval():
    for name, value in (("customers", Judged(500, 1000, 1500)), ("margin", Measured(50, 5))):
        found = return_on_quality(BEFORE, AFTER, **{**MONEY, name: value})
        assert found.low < 2 / 1.1 < found.high
        assert found.roq == close(2 / 1.1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share": 0.25}, "share differ"),
        ({"churn": 0.04, "growth": 0.1}, "churn and growth differ"),
    ],
)
def test_other_differences_are_a_caution(change, said):
    found = return_on_quality(BEFORE, attrs.evolve(AFTER, **change), **MONEY)
    assert len(found.cautions) == 1
    assert said in found.cautions[0]
    assert f"caution: {found.cautions[0]}" in found.table.note
    assert return_on_quality(BEFORE, AFTER, **MONEY).cautions == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customers": -1}, "`customers` must be 0 or more, got -1"),
        ({"customers": Counted(1, 2)}, "TypeError: `customers` must be .*which is a share"),
        ({"margin": NAN}, "`margin` must be a finite number"),
        ({"margin": "50"}, "TypeError: `margin` must be a number"),
        ({"spending": -5}, r"`spending\[0\]` must be 0 or more, got -5"),
        ({"spending": [5, Judged(-1, 0, 1)]}, r"`spending\[1\]` must be 0 or more, got -1"),
        ({"spending": []}, r"`spending` must have 1 to 1000 numbers, .* with shape \(0,\)"),
        ({"spending": [1, 2, 3]}, r"`spending` must lie in periods 0..1, got 3 numbers"),
        ({"spending": {0: 5}}, r"TypeError: `spending\[0\]` must be a number, got \{0: 5\}"),
        ({"spending": "much"}, r"TypeError: `spending\[0\]` must be a number"),
        ({"spending": [None]}, r"TypeError: `spending\[0\]` must be a number"),
        ({"periods": -1}, "`periods` must be a whole number of at least 1"),
        ({"discount_rate": 10}, "10 % is 0.1"),
        ({"discount_rate": -1}, "`discount_rate` must be above -1"),
        ({"customers": 1e300, "margin": 1e300}, "the present value is beyond all numbers"),
    ],
)
def test_wrong_money_is_refused(change, said):
    refused(lambda: return_on_quality(BEFORE, AFTER, **{**MONEY, **change}), said)


def test_a_return_needs_two_markets():
    refused(lambda: return_on_quality(BEFORE, 0.82, **MONEY), "`after` must be ShareDynamics")
    refused(lambda: return_on_quality(None, AFTER, **MONEY), "`before` must be ShareDynamics")


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ([], r"`gains` must have 1 to 1000 numbers"),
        ([1, NAN], r"`gains\[2\]` must be a finite number"),
        ([INF], r"`gains\[1\]` must be a finite number"),
        ([[1], [2]], r"`gains` must have .* with shape \(2, 1\)"),
        ([Counted(1, 2)], r"TypeError: `gains\[1\]` must be"),
        ([1] * 1001, r"`gains` must have 1 to 1000 numbers, .* with shape \(1001,\)"),
    ],
)
def test_wrong_gains_are_refused(gains, said):
    refused(lambda: return_on_quality_from_flows(gains, 1, discount_rate=0.1), said)


def test_what_is_masked_is_missing():
    masked = np.ma.array([5.0, 6.0], mask=[False, True])
    said = r"`{}` must be a finite number, got nan"
    refused(
        lambda: return_on_quality_from_flows(masked, 1, discount_rate=0), said.format(r"gains\[2\]")
    )
    refused(
        lambda: return_on_quality_from_flows([1], masked, discount_rate=0),
        said.format(r"spending\[1\]"),
    )
    refused(lambda: net_present_value(masked, discount_rate=0), r"got nothing \(row 2\)")
    assert return_on_quality_from_flows(masked[:1], 5, discount_rate=0).roq == 1


def test_gains_in_a_series_stand_in_its_order():
    series = pd.Series([110.0, 121.0], index=[5, 2])
    assert return_on_quality_from_flows(series, 100, discount_rate=0.1).roq == close(2)


def test_nothing_is_worth_nothing_whatever_the_rate():
    assert discounted([0, 0], -0.999999).tolist() == [0, 0]
    assert discounted([[1, 1], [1, 1]], [1, 0]).tolist() == [[1, 0.5], [1, 1]]
