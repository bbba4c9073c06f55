"""Numbers that are not known exactly: their laws, and what a formula makes of them."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.laws import drawn, swings
from servqual.inputs import Counted, Judged, Measured
from servqual.inputs.reading import (
    AMOUNT,
    NUMBER,
    SHARE,
    Asked,
    Inputs,
    apart,
    ends_of,
    moved,
    outside,
)

from .effort import effort
from .refusing import refused

P = np.array([0.025, 0.2, 0.5, 0.7, 0.975])
few = effort(30)
WHOLES = st.integers(-50, 50)


@few
@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_has_the_posterior_of_jeffreys(count, more):
    share = Counted(count, count + more)
    law = stats.beta(count + 0.5, more + 0.5)
    assert share.quantile(P) == pytest.approx(law.ppf(P), rel=1e-7)
    assert share.value == count / (count + more)


def test_all_may_be_counted():
    assert Counted(5, 5).value == 1
    assert Counted(5, 5).quantile(P) == pytest.approx(stats.beta(5.5, 0.5).ppf(P), rel=1e-7)


@few
@given(WHOLES, st.integers(1, 40))
def test_an_estimate_is_drawn_from_the_normal_law(value, se):
    assert Measured(value, se).quantile(P) == pytest.approx(stats.norm(value, se).ppf(P), rel=1e-9)


@few
@given(st.lists(WHOLES, min_size=3, max_size=3).map(sorted).filter(lambda ends: ends[0] < ends[2]))
def test_a_judgement_is_a_triangle(ends):
    low, likely, high = ends
    law = stats.triang((likely - low) / (high - low), loc=low, scale=high - low)
    found = Judged(low, likely, high)
    assert found.quantile(P) == pytest.approx(law.ppf(P), rel=1e-9, abs=1e-9)
    assert found.quantile(np.array([0.0, 1.0])).tolist() == [low, high]
    assert found.value == likely


def test_draws_have_the_mean_and_the_spread_of_their_laws():
    quantities = {
        "counted": Counted(30, 120),
        "measured": Measured(5, 2),
        "judged": Judged(0, 1, 5),
    }
    values = {name: found.value for name, found in quantities.items()} | {"known": 7.0}
    laws = {name: NUMBER.law(found) for name, found in quantities.items()}
    cells = drawn(values, laws, 40_000, np.random.default_rng(1))
    of_laws = {
        "counted": stats.beta(30.5, 90.5),
        "measured": stats.norm(5, 2),
        "judged": stats.triang(0.2, 0, 5),
    }
    for name, law in of_laws.items():
        assert cells[name].mean() == pytest.approx(law.mean(), abs=5 * law.std() / 200)
        assert cells[name].std() == pytest.approx(law.std(), rel=0.03)
    assert set(cells["known"]) == {7.0}
    assert abs(np.corrcoef(cells["counted"], cells["measured"])[0, 1]) < 0.025


def test_each_number_swings_alone():
    low, high = swings(
        {"a": 2, "b": 3, "c": 5},
        {"c": (4, 7), "a": (1, 2)},
        lambda cells: cells["a"] * cells["b"] + cells["c"],
    )
    assert low.tolist() == [2 * 3 + 4, 1 * 3 + 5]
    assert high.tolist() == [2 * 3 + 7, 2 * 3 + 5]


def test_laws_are_kept_within_the_reach_of_their_argument():
    law = SHARE.law(Measured(0.95, 0.1))
    assert law(P).max() == 1
    assert law(P)[0] == pytest.approx(0.95 - 1.959963985 * 0.1)
    assert SHARE.law(0.95) is None
    assert AMOUNT.law(Measured(0.5, 1))(P).min() == 0
    assert AMOUNT.law(Measured(0.5, 1))(P).max() > 1


def test_ends_leave_out_equal_tails():
    judged = Judged(0, 2, 4)
    ends = ends_of(judged, NUMBER.law(judged), 0.5)
    assert ends == pytest.approx((np.sqrt(2), 4 - np.sqrt(2)))


@pytest.mark.parametrize("count", [0, 1, 49, 50])
def test_none_counted_may_be_0_and_all_counted_may_be_all(count):
    share = Counted(count, 50)
    low, high = stats.beta(count + 0.5, 50.5 - count).ppf([0.025, 0.975])
    wanted = (0 if count == 0 else low, 1 if count == 50 else high)
    assert ends_of(share, SHARE.law(share), 0.95) == pytest.approx(wanted, rel=1e-7)


def asked(**changed):
    return Asked(**{"confidence": 0.95, "draws": 1000, "rng": 0} | changed)


def test_estimates_come_first_and_draws_behind_them():
    entries = {"a": (0.5, SHARE), "b": (Measured(3, 1), NUMBER), "c": (Counted(2, 8), SHARE)}
    found = Inputs.of(entries, asked())
    assert {name: cells.shape for name, cells in found.cells.items()} == dict.fromkeys(
        entries, (1001,)
    )
    assert [cells[0] for cells in found.cells.values()] == [0.5, 3, 0.25]
    assert set(found.cells["a"]) == {0.5}
    assert found.stacked(["c", "a"]).shape == (1001, 2)
    assert (found.stacked(["c", "a"])[0].tolist(), found.uncertain) == ([0.25, 0.5], True)
    again = Inputs.of(entries, asked())
    np.testing.assert_array_equal(again.cells["b"], found.cells["b"])
    sure = Inputs.of({"a": (0.5, SHARE)}, asked())
    assert (sure.cells["a"].tolist(), sure.uncertain, sure.cautions) == ([0.5], False, ())


def test_what_is_uncertain_is_decided_by_estimate():
    inputs = Inputs.of({"a": (2, NUMBER), "b": (Judged(0, 1, 2), NUMBER)}, asked())
    found = inputs.stacked(["a", "b", "a"])
    found[0, 2] = np.nan  # undefined
    ends = asked().ends(found)
    assert np.isnan(ends.low).tolist() == np.isnan(ends.high).tolist() == [True, False, True]
    assert ends.lacking.tolist() == ["no interval: its inputs are certain", "", ""]
    wanted = Judged(0, 1, 2).quantile(np.array([0.025, 0.975]))
    assert [ends.low[1], ends.high[1]] == pytest.approx(wanted, abs=0.07)
    assert asked().note(found) == (
        "95 % intervals by percentiles of 1,000 draws of the uncertain inputs"
    )
    assert asked().note(found[:1]) == ""


def test_estimates_outside_of_their_intervals_are_named():
    found = np.array([[0.0, 5, 9, np.nan], *[[1.0, 5, 4, 1], [2.0, 5, 6, 2]] * 100])
    ends = asked().ends(found)
    (said,) = outside(found, ends, "abcd")
    assert said.startswith("a, c: the estimate lies outside of its interval, as its inputs lie to ")
    assert outside(found[:, 1:2], asked().ends(found[:, 1:2]), "b") == []
    inside = np.array([[1.5], *[[1.0], [2.0]] * 100])
    assert outside(inside, asked().ends(inside), "a") == []


def test_what_was_moved_is_said_of_the_value_and_of_the_draws():
    beyond = np.arange(5) > 3
    assert moved("x", beyond, "1") == ["`x`: 25% of its draws were moved to 1"]
    assert moved("x", ~beyond, "0") == ["`x`: its value and 75% of its draws were moved to 0"]
    assert moved("x", np.array([True]), "0") == ["`x`: its value was moved to 0"]
    assert moved("x", np.arange(101) > 99, "0") == []  # one of a hundred is no word worth
    found = Inputs.of({"x": (Measured(0, 1), AMOUNT), "y": (Measured(9, 1), AMOUNT)}, asked())
    assert re.fullmatch(r"`x`: (4[5-9]|5[0-5])% of its draws were moved to 0", found.cautions[0])
    assert len(found.cautions) == 1


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        ([Counted(9, 50), Counted(41, 50)], ["a", "b"]),
        ([Counted(10, 50), Counted(40, 50)], []),
        ([Counted(9, 50), Counted(10, 50)], []),  # one alone
        ([Counted(0, 50), Measured(0.5, 0.01), Counted(50, 50)], ["a", "c"]),
    ],
)
def test_several_counts_of_few_are_a_caution(given_, named):
    entries = {name: (one, SHARE) for name, one in zip("abc", given_, strict=False)}
    cautions = Inputs.of(entries, asked()).cautions
    if named:
        which = ", ".join(f"`{name}`" for name in named)
        assert cautions[0].startswith(f"{which}: counted with fewer than 10 on a side; ")
    assert len(cautions) == bool(named)


def test_reasons_are_told_apart_where_they_differ():
    assert apart({"a": "x", "b": "x"}) == "x"
    assert apart({"a": "x", "b": ""}) == "of a, x"
    assert apart({"a": "x", "b": "y"}) == "of a, x; of b, y"
    assert apart({"a": "", "b": ""}) == ""


@pytest.mark.parametrize("given", [0.25, Counted(1, 4), Measured(0.25, 3), Judged(0, 0.25, 1)])
def test_the_value_is_what_the_rule_lets_pass(given):
    assert SHARE.value("share", given) == 0.25


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Counted(5, 4), r"ValueError: `count` must be at most 4, got 5"),
        (lambda: Counted(-1, 4), r"ValueError: `count` must be a whole number of at least 0"),
        (lambda: Counted(0, 0), r"ValueError: `n` must be a whole number of at least 1"),
        (lambda: Counted(0.5, 4), r"ValueError: `count` must be a whole number"),
        (lambda: Counted("5", 9), r"TypeError: `count` must be a number"),
        (lambda: Measured(1, 0), r"ValueError: `se` must be above 0, got 0"),
        (lambda: Measured(float("nan"), 1), r"ValueError: `value` must be a finite number"),
        (lambda: Judged(2, 1, 3), r"ValueError: `low`, `likely` and `high` must rise, got 2, 1, 3"),
        (lambda: Judged(1, 3, 2), r"must rise, got 1, 3, 2"),
        (lambda: Judged(1, 1, 1), r"must rise, got 1, 1, 1; what is certain is a number"),
        (lambda: SHARE.value("share", Judged(0, 0.5, 2)), r"`share` must lie in 0..1"),
        (lambda: SHARE.value("share", Measured(1.5, 1)), r"`share` must lie in 0..1"),
        (lambda: SHARE.value("share", "half"), r"TypeError: `share` must be a number"),
        (
            lambda: NUMBER.value("pay", Counted(1, 2)),
            r"TypeError: `pay` must be a number, measured or judged, got .*which is a share",
        ),
        (lambda: Counted(1, 2**53 + 2), r"`n` must be at most 9,007,199,254,740,992"),
        (lambda: asked(draws=99), r"`draws` must be a whole number of at least 100, got 99"),
        (lambda: asked(confidence=95), r"`confidence` must lie between 0 and 1"),
        (lambda: asked(rng="a"), r"TypeError: `rng` must be a seed"),
    ],
)
def test_bad_input(call, said):
    refused(call, said)
