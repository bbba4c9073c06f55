"""Recovery paradox and double deviation: worked values, R, properties, bad input."""

import math
import statistics

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from servqual.recovery import (
    double_deviation,
    recovery_effects,
    recovery_paradox,
    recovery_paradox_within,
)

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)
RECOVERED, NO_FAILURE = (6, 7, 6, 5, 7, 6), (5, 5, 6, 4, 5, 5)
SCORES = st.lists(st.integers(1, 7), min_size=2, max_size=12).filter(lambda x: len(set(x)) > 1)
TESTED = ("se", "low", "high", "t", "df", "p", "p_one_sided", "effect_size", "effect_low")
LABELS = ["no failure"] * 4 + ["recovered"] * 4 + ["failed recovery"] * 3
SURVEY = [4, 5, 6, 5, 6, 7, 8, 9, 1, 2, 3]


# --- worked values ----------------------------------------------------------------------------


def test_the_paradox_worked_in_r():
    # theory.md F6. R: t.test(c(6,7,6,5,7,6), c(5,5,6,4,5,5)); alternative = "greater" for .00806
    found = recovery_paradox(RECOVERED, NO_FAILURE)
    assert found.t == pytest.approx(2.90659179488089947, rel=1e-12)
    assert found.df == pytest.approx(9.71131639722863760, rel=1e-12)
    assert found.p == pytest.approx(0.01611763869592622, rel=1e-12)
    assert found.p_one_sided == pytest.approx(0.00805881934796311, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((0.26870505072025169, 2.06462828261308218))
    assert found.se == pytest.approx(0.40138648595974319, rel=1e-12)
    assert found.difference == pytest.approx(7 / 6, rel=1e-12)
    assert found.supported is True
    # R: d <- (mean(x) - mean(y))/sqrt((var(x) + var(y))/2); d*gamma(5)/(sqrt(5)*gamma(4.5)); and
    # uniroot(function(n) pt(d*sqrt(3), 10, n) - p, c(-5, 12))$root/sqrt(3) for p .975 and .025
    assert found.effect_size == pytest.approx(1.54847929483895, rel=1e-12)
    ends = (found.effect_low, found.effect_high)
    assert ends == pytest.approx((0.304718893233301, 2.993168626748329), rel=1e-9)
    row = found.table.row(first="recovered", second="no failure")
    assert (row["expected"], row["first_n"], row["second_n"]) == ("above", 6, 6)
    assert (row["first_mean"], row["second_mean"]) == pytest.approx((37 / 6, 5))
    assert (found.lacking, found.undefined) == ("", "")
    assert {name: row[name] for name in TESTED} == {name: getattr(found, name) for name in TESTED}


def test_the_effect_of_unequal_groups_worked_in_r():
    # R: as above, with the pooled sd of 4 and 9, df 11 and sqrt(36/13) in the place of sqrt(3)
    found = recovery_paradox([6, 7, 6, 5], [5, 5, 6, 4, 5, 5, 4, 7, 3])
    assert found.effect_size == pytest.approx(0.9545754773415, rel=1e-12)
    ends = (found.effect_low, found.effect_high)
    assert ends == pytest.approx((-0.2456380899871, 2.2578036712150), rel=1e-9)


def test_the_double_deviation_looks_down():
    found = double_deviation(NO_FAILURE, RECOVERED)
    assert found.p_one_sided == pytest.approx(0.00805881934796311, rel=1e-12)
    assert found.difference == pytest.approx(-7 / 6)
    assert found.supported is True
    assert found.table["expected"].tolist() == ["below"]
    upward = double_deviation(RECOVERED, NO_FAILURE)
    assert upward.p_one_sided == pytest.approx(1 - 0.00805881934796311, rel=1e-12)
    assert upward.supported is False


def test_the_same_customers_worked_in_r():
    # R: t.test(c(5,6,7,4,6), c(4,4,4,4,5), paired = TRUE); g and its interval as above, df 4
    found = recovery_paradox_within([5, 6, 7, 4, 6], [4, 4, 4, 4, 5])
    assert found.t == pytest.approx(2.7456258919345760, rel=1e-12)
    assert (found.df, found.difference) == pytest.approx((4, 1.4))
    assert found.p == pytest.approx(0.0516059578111748, rel=1e-12)
    assert found.p_one_sided == pytest.approx(0.0516059578111748 / 2, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((-0.0157147769822723, 2.8157147769822717))
    assert found.effect_size == pytest.approx(0.97970747354678778, rel=1e-12)
    ends = (found.effect_low, found.effect_high)
    assert ends == pytest.approx((-0.00758726782616087, 2.39252080812756640), rel=1e-9)
    assert "the paired t" in found.table.note


def test_three_groups_worked_in_r():
    # R: t.test of each pair, then p.adjust(p, "holm")
    found = recovery_effects(SURVEY, groups=LABELS)
    assert list(zip(found.table["first"], found.table["second"], strict=True)) == [
        ("recovered", "no failure"),
        ("failed recovery", "no failure"),
        ("failed recovery", "recovered"),
    ]
    assert found.table["expected"].tolist() == ["above", "below", "below"]
    p = [0.02167930774916607, 0.01429871591093508, 0.00147329991990675]
    assert found.table["p"] == pytest.approx(p, rel=1e-11)
    holm = [0.02859743182187015, 0.02859743182187015, 0.00441989975972025]
    assert found.table["p_holm"] == pytest.approx(holm, rel=1e-11)
    assert found.other_groups == 0


# --- properties -------------------------------------------------------------------------------


@few
@given(SCORES, SCORES, st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_it_is_welchs_test_of_scipy(first, second, confidence):
    found = recovery_paradox(first, second, confidence=confidence)
    wanted = stats.ttest_ind(first, second, equal_var=False)
    upward = stats.ttest_ind(first, second, equal_var=False, alternative="greater")
    ends = wanted.confidence_interval(confidence)
    assert (found.t, found.df, found.p) == pytest.approx(
        (wanted.statistic, wanted.df, wanted.pvalue), rel=1e-9
    )
    assert found.p_one_sided == pytest.approx(upward.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-9, abs=1e-12)
    assert found.supported == (upward.pvalue < 1 - confidence)
    assert found.effect_low < found.effect_size < found.effect_high


@few
@given(SCORES, SCORES, st.integers(-5, 5), st.randoms(use_true_random=False))
def test_a_shift_and_the_order_change_nothing(first, second, shift, random):
    one = recovery_paradox(first, second)
    random.shuffle(first)
    other = recovery_paradox([x + shift for x in first], [x + shift for x in second])
    for name in (*TESTED, "difference"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-12)


@few
@given(SCORES, SCORES)
def test_sides_swapped_turn_the_sign(first, second):
    one, other = recovery_paradox(first, second), recovery_paradox(second, first)
    assert other.difference == pytest.approx(-one.difference, abs=1e-12)
    assert other.p == pytest.approx(one.p, rel=1e-9)
    assert one.p_one_sided + other.p_one_sided == pytest.approx(1)
    down = double_deviation(first, second)
    assert down.p_one_sided == pytest.approx(other.p_one_sided, abs=1e-12)


@few
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=3, max_size=12))
def test_within_is_the_paired_test_of_scipy(pairs):
    after, before = zip(*pairs, strict=True)
    assume(len({a - b for a, b in pairs}) > 1)
    found, wanted = recovery_paradox_within(after, before), stats.ttest_rel(after, before)
    assert (found.t, found.p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-9)
    assert found.difference == pytest.approx(statistics.fmean(a - b for a, b in pairs), abs=1e-12)


@few
@given(SCORES, SCORES, SCORES)
def test_three_groups_are_the_pairs(no_failure, recovered, failed):
    labels = [0] * len(no_failure) + [1] * len(recovered) + [2] * len(failed)
    found = recovery_effects(
        [*no_failure, *recovered, *failed],
        groups=labels,
        no_failure="0",
        recovered="1",
        failed_recovery="2",
    ).table
    single = [
        recovery_paradox(recovered, no_failure),
        double_deviation(failed, no_failure),
        double_deviation(failed, recovered),
    ]
    for name in TESTED:
        wanted = [getattr(one, name) for one in single]
        assert found[name].tolist() == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert (found["p_holm"] >= found["p"]).all()


# --- what has no number -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "undefined", "lacking"),
    [
        ([], [1, 2], "no score of 'recovered'", ""),
        ([1, 2], [NAN, None], "no score of 'no failure'", ""),
        ([], [], "no score of 'recovered'", ""),
        ([3], [1, 2], "", "one score of 'recovered'"),
        ([1, 2], [3, NAN], "", "one score of 'no failure'"),
        ([4, 4, 4], [1, 2], "", "no variation in 'recovered'"),
        ([1, 2], [4, 4], "", "no variation in 'no failure'"),
        ([0.1] * 3, [0.3] * 7, "", "no variation in 'recovered'"),
    ],
)
def test_small_groups_say_what_they_lack(first, second, undefined, lacking):
    found = recovery_paradox(first, second)
    assert found.undefined == undefined
    assert found.supported is None
    assert found.lacking == (
        f"no error, interval, test and effect size: {lacking}" if lacking else ""
    )
    assert math.isnan(found.difference) == bool(undefined)
    assert all(math.isnan(getattr(found, name)) for name in (*TESTED, "effect_high"))
    assert found == recovery_paradox(first, second)  # NaN equals NaN


@pytest.mark.parametrize(
    ("after", "before", "undefined", "lacking"),
    [
        ([], [], "no customer with both scores", ""),
        ([1, NAN], [NAN, 2], "no customer with both scores", ""),
        ([5, NAN], [4, 3], "", "one customer"),
        ([5, 6], [4, 5], "", "the differences do not vary"),
    ],
)
def test_few_pairs_say_what_they_lack(after, before, undefined, lacking):
    found = recovery_paradox_within(after, before)
    assert found.undefined == undefined
    assert found.lacking.endswith(lacking)
    assert bool(found.lacking) == bool(lacking)
    assert math.isnan(found.difference) == bool(undefined)
    assert math.isnan(found.p)
    assert found.supported is None


def test_missing_scores_are_left_out_and_counted():
    wanted = recovery_paradox(RECOVERED, NO_FAILURE)
    found = recovery_paradox([*RECOVERED, NAN, None], [NAN, *NO_FAILURE])
    assert found.t == wanted.t
    row = next(found.table.rows())
    assert (row["first_n"], row["first_missing"]) == (6, 2)
    assert (row["second_n"], row["second_missing"]) == (6, 1)
    pairs = next(recovery_paradox_within([1, 2, NAN, 5], [1, NAN, 3, 3]).table.rows())
    assert (pairs["first_n"], pairs["first_missing"]) == (2, 2)
    assert (pairs["second_n"], pairs["second_missing"]) == (2, 2)
    assert (pairs["first_mean"], pairs["second_mean"]) == (3, 2)


def test_a_group_nobody_of_whom_answered_is_undefined():
    scores = [NAN if label == "recovered" else x for x, label in zip(SURVEY, LABELS, strict=True)]
    found = recovery_effects(scores, groups=LABELS).table
    nothing = "no score of 'recovered'"
    assert found["undefined"].tolist() == [nothing, "", nothing]
    assert found["first_missing"].tolist() == [4, 0, 0]
    p = found["p"].tolist()
    assert math.isnan(p[0])
    assert math.isnan(p[2])
    assert found["p_holm"][1] == p[1]  # of one test


def test_other_labels_are_left_out_and_counted():
    wanted = recovery_effects(SURVEY, groups=LABELS)
    found = recovery_effects([*SURVEY, 9, 1], groups=[*LABELS, "not recovered", None])
    assert found.other_groups == 2
    assert found.table.to_dict() == wanted.table.to_dict()
    assert "left out, of other groups or none: 2" in found.table.note


def test_a_group_that_was_not_asked():
    found = recovery_effects(SURVEY, groups=LABELS, failed_recovery=None)
    assert found.table["first"].tolist() == ["recovered"]
    assert found.other_groups == 3
    assert found.table["p_holm"][0] == found.table["p"][0]
    found = recovery_effects(SURVEY, groups=LABELS, no_failure=None)
    assert found.table["second"].tolist() == ["recovered"]


# --- cautions ---------------------------------------------------------------------------------


def test_cautions_say_what_groups_that_form_themselves_hide():
    found = recovery_paradox(RECOVERED, NO_FAILURE)
    assert "not by lot" in found.cautions[0]
    assert "not for repurchase" in found.cautions[1]
    assert len(found.cautions) == 2
    assert all(f"caution: {words}" in found.table.note for words in found.cautions)
    assert len(double_deviation(RECOVERED, NO_FAILURE).cautions) == 1
    assert "no group without a failure" in recovery_paradox_within([1, 2], [2, 2]).cautions[0]


@pytest.mark.parametrize(
    ("second", "crowded"),
    [
        ([7, 7, *range(1, 9)], False),  # 8 is the highest
        ([8, 8, *range(1, 9)], True),  # 3 of 10 have it
        ([8, 8, *range(1, 7), 5], False),  # 9 are too few to say
        ([8, *[5] * 9], False),  # 10 %
        ([8, 8, 8, *[5] * 17], True),  # 15 %
    ],
)
def test_a_ceiling_is_told(second, crowded):
    found = recovery_paradox([5, 6, 7], second)
    assert any("highest score" in words for words in found.cautions) == crowded
    turned = double_deviation([5, 4, 3], [10 - x for x in second])
    assert any("lowest score" in words for words in turned.cautions) == crowded


def test_a_ceiling_below_the_others_is_none():
    assert len(recovery_paradox([9, 6, 7], [8] * 10 + [7]).cautions) == 2


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: recovery_paradox(5, [1, 2]), "TypeError: `recovered` must be a score for each"),
        (lambda: recovery_paradox([1, 2], "abc"), "TypeError: `no_failure` must be a score"),
        (lambda: recovery_paradox([1, "x"], [1, 2]), "`recovered` must be numbers, got 'x' .row 2"),
        (lambda: recovery_paradox([[1, 2]], [1, 2]), "ValueError: `recovered` must be a score"),
        (lambda: recovery_paradox([1, math.inf], [1]), "must lie within ±1e.75, got inf .row 2"),
        (lambda: recovery_paradox([1, -2e100], [1]), "must lie within ±1e.75, got -2e.100 .row 2"),
        (lambda: recovery_paradox([1, 2], [1, 2], confidence=1), "`confidence` must lie between"),
        (lambda: recovery_paradox({"a": 1}, [1]), "TypeError: `recovered`"),
        (lambda: double_deviation(None, [1]), "TypeError: `failed_recovery` must be a score"),
        (lambda: double_deviation([1], "abc"), "TypeError: `comparison` must be a score"),
        (
            lambda: recovery_paradox_within([1, 2], [1]),
            "one score each for each customer, got 2 and",
        ),
        (
            lambda: recovery_paradox_within(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0])),
            "`before` must have the index of `after`",
        ),
        (lambda: recovery_effects(SURVEY, groups=LABELS[1:]), "one label for each of 11 respond"),
        (lambda: recovery_effects(SURVEY, groups="abc"), "TypeError: `groups` must be one label"),
        (
            lambda: recovery_effects(SURVEY, groups=LABELS, recovered="recoverd"),
            "`recovered`: 'recoverd' is unknown; the nearest are 'recovered'",
        ),
        (
            lambda: recovery_effects([1, 2], groups=["no problem", "recovered"]),
            "`no_failure`: no label is 'no failure'; .*'no problem'.*; say what .* no_failure='…'",
        ),
        (
            lambda: recovery_effects(SURVEY, groups=LABELS, recovered="no failure"),
            "`recovered` must be another label than those of other groups, got 'no failure'",
        ),
        (
            lambda: recovery_effects(SURVEY, groups=LABELS, recovered=None, no_failure=None),
            "at least two groups must be compared, got failed recovery",
        ),
        (lambda: recovery_effects(SURVEY, groups=LABELS, recovered=1), "TypeError: `recovered`"),
        (
            lambda: recovery_effects(pd.Series(SURVEY), groups=pd.Series(LABELS)[::-1]),
            "`groups` must have the index of `scores`",
        ),
    ],
)
def test_bad_input_is_refused(call, said):
    refused(call, said)


def test_two_customers_with_both_scores_have_no_effect_size():
    found = recovery_paradox_within([5, 7], [4, 4])
    assert (found.difference, found.df, found.undefined) == (2.0, 1.0, "")
    assert math.isnan(found.effect_size)
    assert found.lacking == "no effect size: two differences have no unbiased one"
    assert recovery_paradox_within([5, 6, 7], [4, 4, 4]).lacking == ""
    assert recovery_paradox([5, 7], [4, 3]).lacking == ""


def test_scores_at_the_bounds_can_be_compared():
    found = recovery_paradox([1e75, -1e75, 1e75], [0, 0, 1e75])
    small = recovery_paradox([1, -1, 1], [0, 0, 1])
    for column in ("t", "df", "p", "effect_size", "effect_low", "effect_high"):
        assert getattr(found, column) == pytest.approx(getattr(small, column))
    assert found.low == pytest.approx(1e75 * small.low)


def test_numbers_of_all_libraries_are_one():
    wanted = recovery_paradox(RECOVERED, NO_FAILURE)
    for kind in (np.array, pd.Series, pl.Series, list):
        assert recovery_paradox(kind(RECOVERED), kind(NO_FAILURE)) == wanted
    frame = pd.DataFrame({"score": SURVEY, "state": LABELS})
    found = recovery_effects(frame["score"], groups=frame["state"])
    assert found == recovery_effects(SURVEY, groups=LABELS)
