"""Market at risk, its tornado, icebergs and loyalty patterns: worked values, oracles, bad input."""

import math
import re
from fractions import Fraction
from itertools import permutations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual._stats.compositions import completed, dirichlet, share_quantile
from servqual.inputs import Counted, Judged, Measured
from servqual.recovery.markets import market_at_risk
from servqual.recovery.published import (
    Iceberg,
    LoyaltyPattern,
    iceberg,
    iceberg_codes,
    loyalty_pattern,
    loyalty_pattern_codes,
    problems_from_complaints,
)
from servqual.recovery.sensitivities import risk_sensitivity

from .effort import effort
from .refusing import refused

few = effort(20)
RATES = st.integers(0, 64).map(lambda x: x / 64)  # exact in floats
TARP = ((0.5, 0.82), (0.25, 0.54), (0.25, 0.19))
NAMES = ("quickly", "satisfied", "not")
F5 = {
    "customers": 200_000,
    "problem_rate": 0.25,
    "complain_rate": 0.5,
    "outcomes": tuple((name, *pair) for name, pair in zip(NAMES, TARP, strict=True)),
    "silent_loyalty": 0.09,
}


def close(wanted, rel=1e-12):
    return pytest.approx(wanted, rel=rel, abs=1e-9, nan_ok=True)


def market(**changed):
    return market_at_risk(**(F5 | changed))


@st.composite
def markets(draw, least=1, most=5):
    """Draw the arguments of a market with some outcomes."""
    k = draw(st.integers(least, most))
    parts = draw(st.lists(st.integers(1, 9), min_size=k, max_size=k))
    loyalties = draw(st.lists(RATES, min_size=k, max_size=k))
    shares = [part / sum(parts) for part in parts]
    return {
        "customers": draw(st.integers(1, 10**6)),
        "problem_rate": draw(RATES),
        "complain_rate": draw(RATES),
        "outcomes": list(zip(shares, loyalties, strict=True)),
        "silent_loyalty": draw(RATES),
        "baseline_loyalty": draw(RATES),
    }


# --- worked values --------------------------------------------------------------------------------


def test_f5_the_market_of_tarp():
    # theory F5: 32 937.5 customers, 16.46875 %, × 500 = 16 468 750; against .95: 30 437.5
    found = market(customer_value=500)
    assert found.customers_at_risk == close(32_937.5)
    assert found.share == close(0.1646875)
    assert found.value_at_risk == close(16_468_750)
    assert found.share_of_problems == close(0.65875)  # 32 937.5 of 50 000
    assert market(baseline_loyalty=0.95).customers_at_risk == close(30_437.5)
    assert (found.undefined, found.cautions) == ("", ())


def test_rows_are_states_then_all():
    table = market(customer_value=500).table
    assert table["outcome"].tolist() == [*NAMES, "silent", "all"]
    # by hand: 50 000 problems, half of which are complaints
    assert table["customers"] == close([12_500, 6_250, 6_250, 25_000, 50_000])
    assert table["loyalty"] == close([0.82, 0.54, 0.19, 0.09, 0.34125])  # theory F4: .34125
    assert table["at_risk"] == close([2_250, 2_875, 5_062.5, 22_750, 32_937.5])
    assert table["value"] == close(500 * table["at_risk"])
    assert table["share_of_risk"] == close(table["at_risk"] / 32_937.5)
    assert set(table["undefined"]) == {""}


def test_certain_inputs_have_no_interval_and_say_so():
    found = market()
    ends = (found.low, found.high, found.value_low, found.value_high)
    assert np.isnan(ends).all()
    assert found.lacking == "no interval: its inputs are certain"
    assert set(found.table["lacking"]) == {found.lacking}
    assert set(found.inputs["kind"]) == {"certain"}
    assert set(found.inputs["lacking"]) == {"no interval: taken as certain"}
    assert "intervals" not in found.table.note + found.inputs.note
    assert "loyalty, if it is stated, overstates" in found.table.note


@pytest.mark.parametrize(
    "outcomes",
    [
        TARP,
        [list(row) for row in TARP],
        np.array(TARP),
        dict(zip(NAMES, TARP, strict=True)),
        tuple((name, *row) for name, row in zip(NAMES, TARP, strict=True)),
        (row for row in TARP),
    ],
)
def test_outcomes_of_any_form(outcomes):
    found = market(outcomes=outcomes)
    assert found.customers_at_risk == close(32_937.5)
    assert found.table["outcome"][:3].tolist() in [["1", "2", "3"], [*NAMES]]


def test_delighted_customers_count_below_0():
    found = market(outcomes={"delighted": (1, 0.98)}, baseline_loyalty=0.95)
    rows = found.table
    assert rows["at_risk"] == close([-750, 21_500, 20_750])  # 25 000 · -.03; 25 000 · .86
    assert rows["share_of_risk"][0] == close(-750 / 20_750)
    said = "more loyal than the baseline, and counted below 0: 'delighted'"
    assert found.cautions == (f"{said}; it may be that those who complain are other people",)
    assert "caution: more loyal" in rows.note
    assert market(baseline_loyalty=0.82).cautions == ()
    glad = market(silent_loyalty=0.99, baseline_loyalty=0.1, complain_rate=0)
    assert glad.customers_at_risk == close(-44_500)
    assert "'quickly', 'satisfied', 'not', 'silent'" in glad.cautions[0]
    assert np.isnan(glad.table["share_of_risk"]).all()
    assert "no share of risk: no customers at risk in all" in glad.table["lacking"][0]


def test_nobody_to_be_at_risk():
    none = market(customers=0)
    assert (none.customers_at_risk, none.value_at_risk, none.undefined) == (0, 0, "no customers")
    assert np.isnan([none.share, none.share_of_problems]).all()
    well = market(problem_rate=0)
    assert (well.customers_at_risk, well.share, well.undefined) == (0, 0, "no problems")
    assert math.isnan(well.share_of_problems)
    assert well.table["loyalty"] == close(market().table["loyalty"])


# --- uncertain inputs -----------------------------------------------------------------------------


def test_interval_of_one_uncertain_rate_is_that_of_its_law():
    # R: qbeta(c(.025, .975), 120.5, 360.5) = 0.212845011 0.290159369
    found = market(problem_rate=Counted(120, 480), customer_value=500, draws=100_000)
    wanted = 200_000 * 0.65875 * np.array([0.212845011, 0.290159369])
    assert [found.low, found.high] == pytest.approx(wanted, rel=2e-3)
    assert [found.value_low, found.value_high] == close([500 * found.low, 500 * found.high])
    row = found.inputs.row(input="problem_rate")
    assert (row["kind"], row["value"], row["lacking"]) == ("counted", 0.25, "")
    assert [row["low"], row["high"]] == pytest.approx([0.212845011, 0.290159369], abs=5e-9)
    assert found.customers_at_risk == close(32_937.5)  # the estimate is that at the values
    assert "95 % intervals by percentiles of 100,000 draws" in found.table.note
    assert found.lacking == ""
    each = found.table
    assert each["low"] / each["at_risk"] == close([found.low / 32_937.5] * 5)


def test_intervals_of_money_have_the_spread_of_both():
    found = market(customers=Measured(1000, 50), customer_value=Measured(20, 1), draws=50_000)
    # by hand: share .1646875; sd of the customers at risk 50 · .1646875, relative error of the
    # value √(.05² + .05² + .05⁴)
    half = stats.norm.ppf(0.975)
    assert (found.high - found.low) / 2 == pytest.approx(half * 50 * 0.1646875, rel=0.02)
    wide = math.sqrt(2 * 0.05**2 + 0.05**4)
    spread = (found.value_high - found.value_low) / 2 / found.value_at_risk
    assert spread == pytest.approx(half * wide, rel=0.03)
    kinds = dict(zip(found.inputs["input"], found.inputs["kind"], strict=True))
    assert (kinds["customers"], kinds["customer_value"]) == ("measured", "measured")


def test_what_has_no_interval_is_decided_row_by_row():
    found = market(customer_value=Measured(3, 1))
    certain = "no interval: its inputs are certain"
    assert np.isnan([found.low, found.high]).all()
    assert found.value_low < found.value_at_risk < found.value_high
    assert found.lacking == f"of the customers at risk, {certain}"
    assert set(found.table["lacking"]) == {certain}
    found = market(silent_loyalty=Judged(0.05, 0.09, 0.3))
    assert found.lacking == ""
    assert found.table["lacking"].tolist() == [certain] * 3 + ["", ""]
    assert np.isnan(found.table["low"]).tolist() == [True] * 3 + [False] * 2
    free = market(silent_loyalty=Judged(0.05, 0.09, 0.3), customer_value=0)
    assert free.lacking == f"of the value at risk, {certain}"


def test_draws_of_shares_leave_the_estimates():
    counted = [Counted(count, 10) for count in (0, 4, 6)]
    rows = [(share, pair[1]) for share, pair in zip(counted, TARP, strict=True)]
    found = market(outcomes=rows)
    assert found.customers_at_risk == close(
        market(outcomes=[(share.value, own) for share, own in rows]).customers_at_risk
    )
    table = found.inputs.where(kind="counted")
    assert table["value"].tolist() == [0, 0.4, 0.6]
    # R: qbeta(.975, .5, 11); qbeta(c(.025, .975), 4.5, 7) = 0.147155598 0.672064898
    assert table["low"][0] == 0
    ends = stats.beta([0.5, 4.5], [11, 7]).ppf(np.array([[0.025], [0.975]]))
    assert table["high"][:2] == close(ends[1], 1e-7)
    assert table["low"][1] == close(ends[0, 1], 1e-7)
    assert found.outcomes == ("1", "2", "3")
    said = "`share of '1'`, `share of '2'`: counted with fewer than 10 on a side"
    assert any(caution.startswith(said) for caution in found.cautions)


def test_a_count_of_none_is_a_caution_with_its_reason():
    found = market(problem_rate=Counted(0, 50))
    assert 0 == found.customers_at_risk < found.low
    said = "customers at risk, value at risk: the estimate lies outside of its interval, as its "
    assert found.cautions[0].startswith(f"{said}inputs lie to one side of most of their draws")
    assert "a count of 0" in found.cautions[0]
    assert risk_sensitivity(found).table.row(input="problem_rate")["low"] == 0


def test_same_seed_same_answer_and_more_confidence_is_wider():
    asked = {"silent_loyalty": Judged(0.05, 0.09, 0.3), "complain_rate": Counted(5, 9)}
    first = market(**asked, rng=3)
    assert first == market(**asked, rng=np.random.default_rng(3))
    assert first != market(**asked, rng=4)
    assert market(**asked) == market(**asked, draws=10_000, rng=0)  # the defaults
    wide = market(**asked, rng=3, confidence=0.99)
    assert wide.low < first.low < first.high < wide.high
    assert wide.confidence == 0.99


def test_shares_that_were_counted_are_drawn_together():
    counts = np.array([5.0, 2.0, 3.0])
    drawn = dirichlet(counts, np.random.default_rng(1).random((3, 200_000)))
    np.testing.assert_allclose(drawn.sum(axis=0), 1)
    a = counts + 0.5  # by hand: the moments of the Dirichlet distribution
    mean = a / a.sum()
    covariance = (np.diag(mean) - np.outer(mean, mean)) / (a.sum() + 1)
    np.testing.assert_allclose(drawn.mean(axis=1), mean, atol=1e-3)
    np.testing.assert_allclose(np.cov(drawn), covariance, atol=2e-4)
    # each is beta: R qbeta(c(.025, .975), 2.5, 9) = 0.0418361387 0.4843860499
    ends = share_quantile(counts, 1, np.array([0.025, 0.975]))
    np.testing.assert_allclose(ends, [0.0418361387, 0.4843860499], rtol=1e-7)
    np.testing.assert_allclose(np.quantile(drawn[1], [0.025, 0.975]), ends, rtol=0.02)


def test_counted_shares_make_the_interval():
    counted = [Counted(count, 100) for count in (50, 25, 25)]
    rows = [(share, pair[1]) for share, pair in zip(counted, TARP, strict=True)]
    found = market(outcomes=rows, complain_rate=1, draws=100_000)
    # by hand: loyalty Σxc with x Dirichlet(50.5, 25.5, 25.5) has variance (Σmc² - (Σmc)²)/102.5
    m, c = np.array([50.5, 25.5, 25.5]) / 101.5, np.array([0.82, 0.54, 0.19])
    sd = math.sqrt((m @ c**2 - (m @ c) ** 2) / 102.5)
    half = stats.norm.ppf(0.975) * sd * 50_000
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.02)
    assert found.inputs["kind"][3:6].tolist() == ["counted"] * 3


def test_a_certain_share_takes_what_uncertain_ones_leave():
    found = market(outcomes=[(Judged(0.3, 0.5, 0.9), 1), (0.5, 0)], complain_rate=1, draws=50_000)
    # by hand: lost 1 - x, with x of the triangle; quantiles of it
    ends = stats.triang(1 / 3, 0.3, 0.6).ppf([0.975, 0.025])
    assert [found.low, found.high] == pytest.approx(50_000 * (1 - ends), rel=0.01)
    kinds = found.inputs["kind"].tolist()
    assert kinds[3:5] == ["judged", "rest"]
    assert found.inputs["lacking"][4] == "no interval: it is what the others leave"


def test_uncertain_shares_alone_are_divided_by_their_sum():
    rows = [(Measured(0.5, 0.01), 1), (Measured(0.5, 0.01), 0)]
    found = market(outcomes=rows, complain_rate=1, draws=50_000)
    # by the delta method: x/(x + y) has sd √2 · .01/2
    half = stats.norm.ppf(0.975) * math.sqrt(2) * 0.005 * 50_000
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.03)


@pytest.mark.parametrize(
    ("shares", "moved", "wanted"),
    [  # by hand, of values 1/2, 3/8, 1/8
        ([0.7, 0, 0], [1, 0, 0], ["7/10", "9/40", "3/40"]),
        ([0.25, 0.25, 0], [1, 1, 0], ["1/4", "1/4", "1/2"]),
        ([0.75, 0.75, 9], [1, 1, 0], ["1/2", "1/2", 0]),  # too much
        ([0.25, 0.5, 0.5], [1, 1, 1], ["1/5", "2/5", "2/5"]),
        ([0, 0, 0], [1, 1, 1], ["1/2", "3/8", "1/8"]),  # nothing of any
        ([9, 9, 9], [0, 0, 0], ["1/2", "3/8", "1/8"]),  # what has not moved is at its value
    ],
)
def test_shares_that_move_and_those_that_give_way(shares, moved, wanted):
    found = completed(
        np.array(shares, float)[:, None],
        np.array([0.5, 0.375, 0.125]),
        np.array(moved, bool)[:, None],
    )
    assert found[:, 0] == close([float(Fraction(part)) for part in wanted])


def test_shares_where_the_others_have_none():
    cells, moved = np.array([[0.75], [0.0], [0.0]]), np.array([[True], [False], [False]])
    assert completed(cells, np.array([1.0, 0, 0]), moved)[:, 0].tolist() == [1, 0, 0]
    found = completed(cells[:2], np.array([1.0, 0]), moved[:2])  # one alone takes all of it
    assert found[:, 0].tolist() == [0.75, 0.25]


def test_cautions_of_the_draws():
    found = market(silent_loyalty=Measured(0.05, 0.05))
    assert any(re.fullmatch(r"`silent_loyalty`: 1[4-8]% .* moved to 0", c) for c in found.cautions)
    found = market(customers=Measured(10, 10))
    assert any(re.fullmatch(r"`customers`: 1[4-8]% .* moved to 0", c) for c in found.cautions)
    assert found.low == 0
    assert market(silent_loyalty=Measured(0.5, 0.05)).cautions == ()
    found = market(problem_rate=Judged(0.1, 0.1, 0.9))
    assert found.customers_at_risk < found.low
    assert any("outside of its interval" in caution for caution in found.cautions)
    found = market(problem_rate=Judged(0.1, 0.9, 0.9))
    assert found.customers_at_risk > found.high
    assert any("outside of its interval" in caution for caution in found.cautions)
    assert market(customer_value=Judged(1, 2, 3)).cautions == ()


# --- properties -----------------------------------------------------------------------------------


@few
@given(markets())
def test_at_risk_is_the_sum_over_customers_told_one_by_one(asked):
    # in fractions
    n, p, v, b = (
        Fraction(asked[name])
        for name in ("customers", "problem_rate", "complain_rate", "baseline_loyalty")
    )
    voiced = sum(Fraction(s) * (b - Fraction(loyal)) for s, loyal in asked["outcomes"])
    wanted = n * p * (v * voiced + (1 - v) * (b - Fraction(asked["silent_loyalty"])))
    found = market_at_risk(**asked)
    assert found.customers_at_risk == pytest.approx(float(wanted), rel=1e-9, abs=1e-7)
    assert found.table["at_risk"][:-1].sum() == pytest.approx(found.customers_at_risk, abs=1e-7)
    assert found.share * asked["customers"] == pytest.approx(found.customers_at_risk, abs=1e-7)


@few
@given(markets(), st.integers(2, 9))
def test_bounds_scale_order_and_split(asked, times):
    whole = market_at_risk(**(asked | {"baseline_loyalty": 1}))
    assert -1e-9 <= whole.share <= asked["problem_rate"] + 1e-9
    one = market_at_risk(**asked)
    more = market_at_risk(**(asked | {"customers": times * asked["customers"]}))
    assert more.customers_at_risk == pytest.approx(times * one.customers_at_risk, abs=1e-6)
    (share, loyal), *others = asked["outcomes"]
    halves = [(share / 2, loyal)] * 2
    for outcomes in ([*others, (share, loyal)], [*halves, *others]):
        same = market_at_risk(**(asked | {"outcomes": outcomes}))
        assert same.customers_at_risk == pytest.approx(one.customers_at_risk, abs=1e-6)


@few
@given(markets(), RATES)
def test_more_loyalty_is_less_at_risk(asked, other):
    low, high = sorted([other, asked["silent_loyalty"]])
    found = [market_at_risk(**(asked | {"silent_loyalty": end})) for end in (low, high)]
    assert found[1].customers_at_risk <= found[0].customers_at_risk + 1e-9


# --- what moves it --------------------------------------------------------------------------------


def moved_to(name, value):
    """Return the customers at risk of F5 with one input at another value, through the door."""
    rows = {row[0]: list(row[1:]) for row in F5["outcomes"]}
    what, _, of = name.partition(" of ")
    outcome = of.strip("'")
    if what == "loyalty":
        rows[outcome][1] = value
    elif what == "share":
        others = [other for other in rows if other != outcome]
        scale = (1 - value) / sum(rows[other][0] for other in others)
        for other in others:
            rows[other][0] *= scale
        rows[outcome][0] = value
    changed = {} if of else {name: value}
    outcomes = tuple((key, *row) for key, row in rows.items())
    return market(**({"outcomes": outcomes} | changed)).customers_at_risk


def test_each_input_in_turn_as_if_it_were_given():
    found = risk_sensitivity(market())
    assert found.customers_at_risk == close(32_937.5)
    assert len(found.table) == 9  # all but the customers, their value, and the baseline of 1
    for row in found.table.rows():
        high = 1.1 * row["value"]
        assert [row["low"], row["high"]] == close([0.9 * row["value"], high])
        assert row["at_low"] == close(moved_to(row["input"], row["low"]))
        assert row["at_high"] == close(moved_to(row["input"], row["high"]))
        assert row["swing"] == close(abs(row["at_high"] - row["at_low"]))
        assert (row["reach"], row["undefined"]) == ("± 10 %", "")
    assert (np.diff(found.table["swing"]) <= 1e-9).all()
    assert found.table["input"][0] == "problem_rate"
    assert found.table["rank"].tolist() == [*range(1, 10)]
    assert found.cautions == ()


@pytest.mark.parametrize(("customers", "p"), [(12_345, 0.7), (31, 0.1), (123, 0.23)])
def test_swings_that_differ_by_rounding_share_a_rank(customers, p):
    found = market(customers=customers, problem_rate=p, complain_rate=0.3)
    table = risk_sensitivity(found, ranges={"customers": (0.9 * customers, 1.1 * customers)}).table
    # the rate and the number of customers move it alike
    assert table["input"][:2].tolist() == ["customers", "problem_rate"]
    assert table["rank"][:3].tolist() == [1, 1, 3]


def test_customers_have_a_row_where_they_are_not_known():
    assert "customers" not in risk_sensitivity(market()).table["input"]
    row = risk_sensitivity(market(customers=Measured(200_000, 5_000))).table.row(input="customers")
    assert (row["low"], row["reach"]) == (
        close(200_000 - stats.norm.ppf(0.975) * 5_000, 1e-9),
        "95 % interval",
    )


def test_both_ends_may_be_one():
    row = risk_sensitivity(market(), ranges={"problem_rate": (0.5, 0.5)}).table.row(
        input="problem_rate"
    )
    assert (row["at_low"], row["at_high"], row["swing"]) == (close(65_875), close(65_875), 0)


def test_ranges_come_before_intervals_and_these_before_a_change():
    ranges = {"problem_rate": (0.1, 0.4), "baseline_loyalty": (0.9, 1.0), "customers": (0, 9)}
    asked = market(silent_loyalty=Measured(0.09, 0.01), confidence=0.5, problem_rate=Counted(1, 4))
    found = risk_sensitivity(asked, ranges=ranges, change=0.5)
    rows = {row["input"]: row for row in found.table.rows()}
    for name, ends in ranges.items():
        assert (rows[name]["low"], rows[name]["high"]) == ends
        assert rows[name]["reach"] == "given"
    silent = rows["silent_loyalty"]
    ends = stats.norm(0.09, 0.01).ppf([0.25, 0.75])
    assert [silent["low"], silent["high"]] == close(ends, 1e-9)
    assert silent["reach"] == "50 % interval"
    assert rows["loyalty of 'quickly'"]["high"] == 1  # a rate ends at 1
    assert rows["loyalty of 'not'"]["high"] == close(0.285)
    assert rows["complain_rate"]["reach"] == "± 50 %"
    assert "not all alike (given, ± 50 %, 50 % interval)" in found.cautions[0]
    assert found.cautions[0] in found.table.note


def test_baseline_below_1_and_uncertain_ones_have_a_row():
    for baseline in (0.9, Judged(0.9, 1, 1)):
        assert (
            "baseline_loyalty" in risk_sensitivity(market(baseline_loyalty=baseline)).table["input"]
        )


def test_an_iceberg_is_not_known_to_a_tenth():
    found = market(complain_rate=iceberg("front-line"))
    assert found.customers_at_risk == close(32_937.5)  # half of them, as in F5
    assert "known far less well" in risk_sensitivity(found).cautions[-1]
    given = risk_sensitivity(found, ranges={"complain_rate": (0.03, 0.69)})
    assert not any("known far less" in caution for caution in given.cautions)
    assert given.table["input"][0] == "complain_rate"


def test_shares_that_cannot_move():
    one = risk_sensitivity(market(outcomes={"settled": (1, 0.5)}))
    assert "share of 'settled'" not in one.table["input"]
    asked = market(outcomes={"settled": (1, 0.5)})
    one = risk_sensitivity(asked, ranges={"share of 'settled'": (0.5, 1)})
    row = one.table.row(input="share of 'settled'")
    assert row["undefined"] == "it is the only outcome"
    assert np.isnan([row["at_low"], row["swing"], row["rank"]]).all()
    none = risk_sensitivity(market(outcomes={"a": (1, 0.5), "b": (0, 0.4), "c": (0, 0.3)}))
    assert none.table["input"][-1] == "share of 'a'"  # undefined rows stand last
    assert none.table["undefined"][-1] == "the others have no share"
    two = risk_sensitivity(market(outcomes={"a": (1, 0.5), "b": (0, 0.25)}), change=0.5)
    row = two.table.row(input="share of 'a'")
    assert row["swing"] == close(25_000 * 0.5 * 0.25)  # half of the complainers go over to b


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ranges": {"problem_rat": (0, 1)}}, "`ranges`: 'problem_rat' is unknown; .*problem_rate"),
        ({"ranges": {"customer_value": (0, 1)}}, "'customer_value' moves the value at risk in pr"),
        ({"ranges": {"problem_rate": (0.5, 0.4)}}, "must be .low, high., in this order, got .0.5"),
        ({"ranges": {"problem_rate": (0.5,)}}, "must be .low, high."),
        ({"ranges": {"problem_rate": 0.5}}, "TypeError.*give .low, high."),
        ({"ranges": {"problem_rate": (0, 50)}}, "must lie in 0..1, got 50; 50 % is 0.5"),
        ({"ranges": {"customers": (-1, 50)}}, "must be 0 or more, got -1"),
        ({"ranges": [("problem_rate", 0, 1)]}, "`ranges` must be Mapping"),
        ({"change": 10}, "`change` must lie between 0 and 1"),
        ({"change": "a"}, "`change` must be a number"),
    ],
)
def test_sensitivity_refuses(asked, said):
    refused(lambda: risk_sensitivity(market(), **asked), said)


def test_sensitivity_of_something_else():
    refused(lambda: risk_sensitivity(3), "`found` must be MarketAtRisk, got 3 .*market_at_risk")


# --- icebergs and patterns ------------------------------------------------------------------------


def test_icebergs_of_the_catalogue():
    rates = {code: iceberg(code).complain_rate for code in iceberg_codes()}
    # facts 11b: 1 of 27; 96 % unreported; 3 % complained; 50 % to the front line; 31 % did not
    assert rates == close(
        {
            "folk-26": 1 / 27,
            "packaged-goods": 0.04,
            "minor-problems": 0.03,
            "front-line": 0.5,
            "loss-of-142-dollars": 0.69,
        }
    )
    for code in iceberg_codes():
        found = iceberg(code)
        assert found.code == code
        assert found.scope
        assert found.source
        assert found.note
    assert "no stable source" in iceberg("folk-26").note
    assert "measure your own" in iceberg("folk-26").caution


def test_an_iceberg_puts_its_scope_into_the_cautions():
    found = market(complain_rate=iceberg("folk-26"))
    same = market(complain_rate=1 / 27)
    assert found.customers_at_risk == close(same.customers_at_risk)
    said = "26 silent for each complaint holds for packaged and small-ticket goods at most"
    assert found.cautions == (f"{said}; measure your own",)
    assert said in found.table.note
    assert found.inputs.row(input="complain_rate")["kind"] == "iceberg"


@few
@given(st.integers(0, 10**6), st.integers(0, 999))
def test_problems_from_complaints_and_back(complaints, silent):
    own = Iceberg(code="own", name="Own", silent_per_complaint=silent, scope="ours")
    problems = problems_from_complaints(complaints, own)
    assert problems == complaints + silent * complaints
    assert problems * own.complain_rate == pytest.approx(complaints)


def test_patterns_of_the_catalogue():
    # facts 11a: loss < $5: 37 / 46 / 70 / 95, > $100: 9 / 19 / 54 / 82
    names = ("satisfied quickly", "satisfied", "not satisfied")
    wanted = {
        "tarp-under-5-dollars": (0.37, (0.95, 0.70, 0.46)),
        "tarp-over-100-dollars": (0.09, (0.82, 0.54, 0.19)),
    }
    assert set(loyalty_pattern_codes()) == set(wanted)
    for code, (silent, loyalties) in wanted.items():
        found = loyalty_pattern(code)
        assert (found.code, found.silent) == (code, silent)
        assert found.loyalties == tuple(zip(names, loyalties, strict=True))
        assert "not seen" in found.source + found.note


def test_a_pattern_gives_the_outcomes():
    pattern = loyalty_pattern("tarp-over-100-dollars")
    by_name = {"satisfied": 0.25, "not satisfied": 0.25, "satisfied quickly": 0.5}
    for shares in ((0.5, 0.25, 0.25), by_name):
        found = market(outcomes=pattern.outcomes(shares), silent_loyalty=pattern.silent)
        assert found.customers_at_risk == close(32_937.5)
    refused(lambda: pattern.outcomes([0.5, 0.5]), "`shares` must be one for each of .*, got 2")
    refused(lambda: pattern.outcomes({"satisfied": 1}), "`shares` has nothing for 'satisfied qu")
    counted = pattern.outcomes([Counted(5, 9), Counted(4, 9), Counted(0, 9)])
    assert counted[0] == ("satisfied quickly", Counted(5, 9), 0.82)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: iceberg("folk"), "`code`: 'folk' is unknown; the nearest .*folk-26"),
        (lambda: loyalty_pattern("tarp"), "`code`: 'tarp' is unknown"),
        (lambda: attrs.evolve(iceberg("folk-26"), scope=""), "`scope` must not be blank"),
        (lambda: attrs.evolve(iceberg("folk-26"), silent_per_complaint=-1), "must be 0 or more"),
        (lambda: attrs.evolve(iceberg("folk-26"), silent_per_complaint="26"), "must be a number"),
        (lambda: problems_from_complaints(-1, iceberg("folk-26")), "`complaints` must be 0 or m"),
        (lambda: problems_from_complaints(1, 26), "`iceberg` must be Iceberg, got 26 .*folk-26"),
        (lambda: pattern_of({}), "`loyalties` must hold at least one outcome"),
        (lambda: pattern_of({"silent": 1}), "`loyalties` must not have an outcome 'silent'"),
        (lambda: pattern_of({"a": 70}), r"`loyalties\['a'\]` must lie in 0..1, got 70; 70 % is"),
        (lambda: pattern_of([("a", 1), ("a", 0)]), "different from each other, got 'a' twice"),
        (lambda: pattern_of(3), "`loyalties` must map outcomes to loyalties"),
        (lambda: pattern_of({"a": 1}, silent=2), "`silent` must lie in 0..1"),
    ],
)
def test_models_refuse(call, said):
    refused(call, said)


def pattern_of(loyalties, silent=0.5):
    return LoyaltyPattern(code="a", name="A", scope="s", loyalties=loyalties, silent=silent)


# --- bad input ------------------------------------------------------------------------------------

EMPTY = "give .share, loyalty. or .name, share, loyalty. each, or a mapping"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"customers": -1}, "`customers` must be 0 or more, got -1"),
        ({"customers": math.nan}, "`customers` must be a finite number"),
        ({"customers": "many"}, "TypeError: `customers` must be a number"),
        (
            {"customers": Counted(1, 2)},
            "`customers` must be a number, measured or .*, which is a share",
        ),
        ({"customers": Judged(-1, 2, 3)}, "`customers` must be 0 or more, got -1"),
        ({"customer_value": -5}, "`customer_value` must be 0 or more, got -5"),
        ({"customer_value": 1e308}, "beyond all numbers"),
        ({"customers": 1e308, "customer_value": Judged(1, 2, 99)}, "beyond all numbers"),
        ({"problem_rate": 25}, "`problem_rate` must lie in 0..1, got 25; 25 % is 0.25"),
        ({"problem_rate": None}, "TypeError: `problem_rate` must be a number"),
        ({"problem_rate": Measured(1.2, 0.1)}, "`problem_rate` must lie in 0..1"),
        ({"complain_rate": 50}, "`complain_rate` must lie in 0..1, got 50; 50 % is 0.5"),
        ({"complain_rate": "folk-26"}, "TypeError: `complain_rate` must be a number"),
        ({"silent_loyalty": Judged(-0.1, 0, 1)}, "`silent_loyalty` must lie in 0..1, got -0.1"),
        ({"baseline_loyalty": 1.1}, "`baseline_loyalty` must lie in 0..1"),
        (
            {"outcomes": ((0.5, 0.8), (0.25, 0.5))},
            "shares that sum to 1, got 0.5, 0.25 with sum 0.7",
        ),
        ({"outcomes": ((50, 0.8), (50, 0.5))}, "1'., share` must lie in 0..1, got 50; 50 % is 0.5"),
        ({"outcomes": ((1, 80),)}, r"`outcomes\['1'\], loyalty` must lie in 0..1, got 80"),
        ({"outcomes": ()}, f"at least one outcome, got none; {EMPTY}"),
        ({"outcomes": {}}, "at least one outcome"),
        ({"outcomes": ((1, 0.5), ())}, rf"pairs or triples, got \(\); {EMPTY}"),
        ({"outcomes": ((0.5, 0.5), ("b", 0.5, 0.5))}, "must be alike, and pairs or triples"),
        ({"outcomes": ((1, 2, 3, 4),)}, "pairs or triples, got .1, 2, 3, 4"),
        ({"outcomes": 3}, "TypeError: `outcomes` must be Iterable"),
        ({"outcomes": (1, 0)}, "TypeError: `outcomes` must be tuple or list or ndarray, got 1"),
        ({"outcomes": "ab"}, "TypeError: `outcomes` must be tuple"),
        ({"outcomes": ((0, 1, 0.5),)}, "TypeError: `outcomes` must be a text, got 0"),
        ({"outcomes": (("a", 0.5, 1), ("a", 0.5, 0))}, "`names of outcomes` must be .*'a' twice"),
        ({"outcomes": {"silent": (1, 0.5)}}, "must not have an outcome 'silent'"),
        ({"outcomes": {"all": (1, 0.5)}}, "must not have an outcome 'all'"),
        ({"outcomes": {"a": 1}}, "TypeError: `outcomes` must be tuple"),
        ({"outcomes": ((Counted(1, 4), 1), (0.75, 1))}, "all be counted.* got 0.75 beside Counted"),
        (
            {"outcomes": ((Counted(1, 4), 1), (Counted(6, 8), 1))},
            "got n 4 and 8 with counts of sum 7",
        ),
        ({"outcomes": ((Counted(1, 4), 1), (Counted(2, 4), 1))}, "got n 4 with counts of sum 3"),
        ({"outcomes": ((Judged(0.1, 0.2, 0.3), 1), (0.5, 1))}, "sum to 1, got 0.2, 0.5"),
        ({"confidence": 95}, "`confidence` must lie between 0 and 1"),
        ({"draws": 10}, "`draws` must be a whole number of at least 100"),
        ({"rng": "a"}, "`rng` must be a seed or a Generator"),
    ],
)
def test_market_refuses(changed, said):
    refused(lambda: market(**changed), said)


def test_results_are_frozen_shown_and_equal():
    found = market(problem_rate=Counted(120, 480))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.share = 1
    assert "Market at risk" in str(found)
    assert "Inputs" in str(found)
    assert risk_sensitivity(found) == risk_sensitivity(market(problem_rate=Counted(120, 480)))
    assert sq.recovery.market_at_risk is market_at_risk


def test_the_order_of_outcomes_moves_rows_only():
    whole = market().table
    for order in permutations(F5["outcomes"]):
        found = market(outcomes=order).table
        for name in (*NAMES, "silent", "all"):
            assert list(found.row(outcome=name).values())[1:4] == close(
                list(whole.row(outcome=name).values())[1:4]
            )
