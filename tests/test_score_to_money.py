"""From a score to money: worked values, properties, cautions, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual.profit_chain.mediating import mediation
from servqual.profit_chain.money import score_to_money
from servqual.profit_chain.serial import serial_paths

from .chains import ATTITUDE, FAST, SEEDS, close, lines, network
from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)


# a point of the score goes with 2 visits, a visit with 10 euros, on average
SHOP = {
    "score": [1, 2, 3, 4, 1, 2, 3, 4, 5],
    "visits": [2, 5, 5, 9, 3, 3, 7, 7, 10],
    "euros": [25, 45, 55, 85, 30, 35, 60, 80, 95],
}


def test_money_is_the_product_of_all_slopes():
    found = score_to_money(SHOP, change=0.5, customers=300)
    score, visits, euros = (np.array(column, float) for column in SHOP.values())
    first, second = lines(visits, score)[0][0], lines(euros, visits)[0][0]
    assert found.money == close(300 * 0.5 * first * second, 1e-12)
    assert found.steps["change"].tolist() == close([0.5, 0.5 * first, 0.5 * first * second])
    assert found.steps.row(variable="score")["lacking"] == "no error, no interval: it is given"
    direct = found.ways.row(way="direct")["money"]
    assert direct == close(150 * lines(euros, score)[0][0], 1e-12)
    assert found.ways.row(way="difference")["money"] == close(direct - found.money)
    chain = found.ways.row(way="chain")
    ends = (found.money, found.se, found.low, found.high)
    assert ends == tuple(chain[name] for name in ("money", "se", "low", "high"))
    step = found.steps.row(variable="euros")
    assert (step["low"], step["high"]) == close((found.low / 300, found.high / 300))
    assert found.low < found.money < found.high
    assert found.cautions[0].startswith("the money is what goes with a higher score")
    for table in (found.links, found.ways):
        assert "; caution: the money is what goes with" in table.note
    assert "money of 300 customers" in str(found).lower()


def test_links_are_those_of_serial_paths():
    money, serial = score_to_money(SHOP, **FAST), serial_paths(SHOP, **FAST)
    for name in ("slope", "se", "low", "high", "t", "p", "standardised"):
        assert money.links[name].tolist() == serial.links[name].tolist()
    assert money.money == close(serial.raw_indirect)


@pytest.mark.parametrize(
    "call", [serial_paths, score_to_money, lambda x, **o: mediation(*x.T[:3], **o)]
)
def test_intervals_of_few_rows_are_told(call):
    said = "intervals by rows drawn again from 19 rows are often too short"
    holes = np.vstack([ATTITUDE[:19], np.full((4, 4), NAN)])
    found = call(holes, **FAST)
    assert found.cautions[-1] == said
    assert f"caution: {said}" in str(found)
    assert not any("drawn again" in words for words in call(ATTITUDE[:20], **FAST).cautions)
    assert call(ATTITUDE[:2], **FAST).cautions == call(np.ones((5, 4)), **FAST).cautions
    assert found.interval == "percentile"


@few
@given(SEEDS, st.floats(-5, 5).filter(lambda c: abs(c) > 0.01), st.floats(0, 1e6))
def test_money_is_linear_in_the_change_and_in_customers(seed, change, customers):
    rows = network(seed, 25, 3)
    one = score_to_money(rows, **FAST)
    many = score_to_money(rows, change=change, customers=customers, **FAST)
    factor = change * customers
    assert many.money == close(one.money * factor)
    ends = sorted([one.low * factor, one.high * factor])
    assert [many.low, many.high] == close(ends)
    assert many.se == close(one.se * abs(factor))


def test_a_change_beyond_what_was_observed_is_told():
    near = {"resamples": 300}

    def said(chain, change):
        return [
            c
            for c in score_to_money(chain, change=change, **near).cautions
            if "direct" not in c and "drawn again" not in c
        ]

    assert len(said(SHOP, 1)) == 1
    wanted = "a change of 4.01 is more than the whole range of score, 1 to 5: no two cases differ"
    assert said(SHOP, 4.01)[1] == f"{wanted} by so much"
    assert said(SHOP, 4)[1] == "a change of 4 is 2.9 standard deviations of score"
    score = np.array([1, *[5] * 10, 9.0])  # mean 5, sd 1.7056
    wide = {"score": score, "euros": score + np.arange(12) % 3}
    assert said(wide, 3.4)[1:] == []
    assert said(wide, -3.5)[1:] == ["a change of -3.5 is 2.1 standard deviations of score"]
    assert said(wide, 8)[1].startswith("a change of 8 is 4.7")  # from 1 to 9 was observed
    assert said(wide, -8.01)[1].startswith("a change of -8.01 is more than the whole range")


def test_a_cause_of_two_arms_may_change_from_one_to_the_other():
    hours = np.repeat([0.0, 12.0], [30, 10])  # sd 5.3: the step is 2.3 of them
    chain = {"training": hours, "money": hours + np.tile([0, 1, 3, 2], 10)}

    def said(change):
        found = score_to_money(chain, change=change, resamples=200)
        return [words for words in found.cautions if "training" in words]

    assert said(12) == said(-12) == said(6) == []
    (caution,) = said(12.5)
    assert caution.startswith("a change of 12.5 is more than the whole range of training, 0 to 12")
    prices = {"price": np.repeat([0.1, 0.3], 20), "money": chain["money"]}
    found = score_to_money(prices, change=0.2, resamples=200)  # 0.3 - 0.1 is a little less
    assert not any("price" in words for words in found.cautions)


def test_a_chain_that_is_not_all_is_told():
    rng = np.random.default_rng(3)
    score, noise, other = rng.normal(size=(3, 400))
    visits = 0.3 * score + noise
    found = score_to_money(
        {"score": score, "visits": visits, "euros": visits + 3 * score + other}, resamples=300
    )
    assert found.ways.row(way="difference")["low"] > 1
    assert found.cautions[-1].startswith("the direct regression gives other money than the chain")


def test_money_that_is_undefined_says_why():
    found = score_to_money({"s": [1, 2, 3, 4], "v": [2, 2, 2, 2], "e": [1, 5, 3, 4]}, **FAST)
    assert found.undefined == "'v' does not vary"
    assert math.isnan(found.money)
    assert [*found.steps["undefined"]] == ["", "'v' does not vary", "'v' does not vary"]
    assert found.steps["change"][0] == 1
    assert [*found.ways["undefined"]] == ["'v' does not vary", "", "'v' does not vary"]
    assert found.ways["money"][1] == close(0.7)
    none = score_to_money([[NAN, 1], [1, NAN]], **FAST)
    assert none.undefined == "no row has all variables"
    flat = score_to_money([[1, 1], [1, 2], [1, 4]], **FAST)
    assert flat.undefined == "'1' does not vary"


def test_small_money_is_told_apart_as_large_money_is():
    rng = np.random.default_rng(3)
    score, noise, other = rng.normal(size=(3, 400))
    visits = 0.3 * score + noise
    for own, told in ((3.0, True), (-3.0, True), (0.0, False)):
        euros = (visits + own * score + other) / 1000
        found = score_to_money(np.column_stack([score, visits, euros]), resamples=100)
        difference = found.ways.row(way="difference")
        assert (difference["low"] > 0 or difference["high"] < 0) == told
        assert max(abs(difference["low"]), abs(difference["high"])) < 1
        assert any("gives other money than the chain" in said for said in found.cautions) == told


def test_the_direct_way_keeps_its_interval_where_the_chain_has_none():
    rows = {"s": [1, 2, 3, 4, 5, 6], "v": [2] * 6, "e": [1, 5, 3, 4, 8, 6]}
    rise = score_to_money(rows, resamples=300).ways.row(way="direct")
    fall = score_to_money(rows, change=-1, resamples=300).ways.row(way="direct")
    assert rise["low"] < rise["money"] < rise["high"]
    assert (fall["low"], fall["high"]) == (-rise["high"], -rise["low"])
    assert fall["se"] == rise["se"] > 0
    observed = serial_paths(rows, resamples=300).effects.row(effect="observed")
    assert observed["low"] < observed["estimate"] < observed["high"]


def test_money_beyond_all_numbers_is_refused():
    for more in ({"change": 1e300}, {"customers": 1e308}, {"change": -1e200, "customers": 1e200}):
        refused(lambda more=more: score_to_money(SHOP, **more, **FAST), "is beyond all numbers")


@pytest.mark.parametrize("power", [-1000, -500, 0, 500, 1015])
def test_numbers_of_any_size_have_their_chain(power):
    rows = np.random.default_rng(1).integers(1, 9, (20, 3)).astype(float)
    plain, found = (serial_paths(own, **FAST) for own in (rows, np.ldexp(rows, power)))
    assert found.effects["estimate"] == close(plain.effects["estimate"])
    assert found.effects["low"] == close(plain.effects["low"], 1e-6)
    money, change = score_to_money(np.ldexp(rows, power), **FAST), score_to_money(rows, **FAST)
    assert money.money == close(change.money)
    parts = [mediation(*own.T, **FAST) for own in (rows, np.ldexp(rows, power))]
    assert parts[1].effects["estimate"] == close(parts[0].effects["estimate"])
    assert parts[1].regressions["se"] == close(parts[0].regressions["se"])


def test_spreads_that_do_not_compare_are_refused():
    rows = {"small": [1e-150, 2e-150, 4e-150], "still": [5, 5, 5], "large": [3e150, 1e150, 5e150]}
    said = "'large' and 'small' must have spreads that compare, got 2e\\+150 and 1.53e-150"
    refused(lambda: serial_paths(rows, **FAST), said)
    refused(lambda: mediation(rows["large"], rows["still"], rows["small"]), "'x' and 'y' must have")


def test_of_two_variables_the_chain_is_the_direct_way():
    said = "no error, no interval: of two variables the chain is the direct way"
    found = score_to_money({"score": [1, 2, 3, 5], "euros": [2, 1, 4, 5]}, resamples=200)
    assert found.ways["lacking"].tolist() == ["", "", said]
    assert found.ways["money"][-1] == 0
    assert found.lacking == said
    flat = score_to_money({"score": [1, 1, 1], "euros": [2, 1, 4]}, resamples=200)
    assert flat.ways["lacking"].tolist() == [""] * 3
    three = {"score": [1, 2, 3, 5], "visits": [2, 1, 4, 5], "euros": [2, 1, 3, 3]}
    assert said not in score_to_money(three, resamples=200).ways["lacking"].tolist()


def test_no_customers_bring_no_money():
    found = score_to_money(SHOP, customers=0, **FAST)
    assert (found.money, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customers": -1}, "ValueError: `customers` must be 0 or more, got -1"),
        ({"customers": "many"}, "TypeError: `customers` must be a number"),
        ({"change": 0}, "ValueError: `change` must not be 0: give by how many"),
        ({"change": NAN}, "`change` must be a finite number"),
    ],
)
def test_changes_and_customers_of_the_wrong_kind(wrong, said):
    refused(lambda: score_to_money(SHOP, **wrong), said)
