"""Loyalty measures: worked values, formulas by hand, invariances, kinds of input, bad input."""

import datetime as dt
import math
import re
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from servqual.instruments import Scale
from servqual.loyalty import (
    acsi,
    effort_score,
    measure_differences,
    measure_trend,
    net_promoter,
    net_promoter_from_counts,
    satisfaction_share,
    satisfaction_share_from_counts,
)

from .effort import effort

NAN = math.nan
INTERVALS = ("adjusted-wald", "wald", "trinomial")
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
COUNTS = st.tuples(*[st.integers(0, 40)] * 3).filter(any)
some = effort(30)
few = effort(8)

# all four measures of the same answers, 0..10
MEASURES = {
    "promoters": net_promoter,
    "wald": lambda answers, **options: net_promoter(answers, interval="wald", **options),
    "trinomial": lambda answers, **options: net_promoter(answers, interval="trinomial", **options),
    "satisfied": lambda answers, **options: satisfaction_share(answers, at_least=7, **options),
    "effort": lambda answers, **options: effort_score(answers, scale=(0, 10), **options),
    "index": lambda answers, **options: acsi(answers, scale=(0, 10), **options),
}
each_interval = pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
FOUR = {name: call for name, call in MEASURES.items() if name not in INTERVALS}
each_measure = pytest.mark.parametrize("measure", FOUR.values(), ids=list(FOUR))


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10, least=1e-11):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def alike(found, wanted, without=()):
    """See that two rows have the same cells, numbers but for rounding."""
    assert {*found} - {*without} == {*wanted} - {*without}
    for name in {*wanted} - {*without}:
        value = wanted[name]
        assert found[name] == (value if isinstance(value, str) else close(value)), name


def alone(found):
    """Return the only row of a measure without groups."""
    return found.table.row()


def numbers_of(found):
    """Return the estimate of a measure and the ends of its interval."""
    return [getattr(found, found.ESTIMATE), found.low, found.high]


@st.composite
def asked(draw, least=1, most=12):
    """Draw answers 0..10 with holes, their labels and their weights."""
    n = draw(st.integers(least, most))
    several = {"min_size": n, "max_size": n}
    answers = draw(st.lists(st.one_of(st.none(), st.integers(0, 10)), **several))
    labels = draw(st.lists(st.sampled_from("NS"), **several))
    weights = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.7]), **several))
    return answers, labels, weights


def taken(rows, *columns):
    return [[column[row] for row in rows] for column in columns]


# --- net promoters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "interval", "score", "ends"),
    [  # theory C5 [R]: the formulas of Rocks (2016) in R
        ((60, 20, 20), "wald", 0.4, (0.243203, 0.556797)),
        ((60, 20, 20), "adjusted-wald", 0.4, (0.233799, 0.542900)),
        ((60, 20, 20), "trinomial", 0.4, (0.240463, 0.559537)),
        ((7, 3, 0), "adjusted-wald", 0.7, (0.210539, 0.866384)),
        ((0, 10, 0), "adjusted-wald", 0.0, (-0.184650, 0.184650)),
    ],
)
def test_c5_net_promoters(counts, interval, score, ends):
    found = net_promoter_from_counts(*counts, interval=interval)
    assert found.score == pytest.approx(score, abs=1e-15)
    assert (found.low, found.high) == pytest.approx(ends, abs=5e-7)
    answers = np.repeat([9, 7, 0], counts)
    alike(alone(net_promoter(answers, interval=interval)), alone(found))


def test_c5_standard_error():
    found = net_promoter_from_counts(60, 20, 20)
    assert found.se == pytest.approx(0.08, abs=1e-15)  # √(.64/100)
    assert (found.promoters, found.passives, found.detractors, found.n) == (60, 20, 20, 100)
    shares = (found.promoter_share, found.passive_share, found.detractor_share)
    assert shares == close((0.6, 0.2, 0.2))


def test_every_point_has_its_class():
    found = net_promoter(range(11), by={"point": range(11)}).table
    assert found["point"].tolist() == [str(point) for point in range(11)]
    assert found["score"].tolist() == [-1] * 7 + [0] * 2 + [1] * 2
    assert found["detractors"].tolist() == [1] * 7 + [0] * 4
    assert found["passives"].tolist() == [0] * 7 + [1] * 2 + [0] * 2
    assert found["promoters"].tolist() == [0] * 9 + [1] * 2


def score_interval(counts, interval, confidence):
    """Return the ends before any cut, from each respondent's +1, 0 or -1."""
    p, _, d = counts
    n = sum(counts)
    z = stats.norm.ppf(0.5 + confidence / 2)
    if interval == "adjusted-wald":  # Rocks (2016); facts 17a: n + 3, ¾ to each of the two ends
        up, down = (p + 0.75) / (n + 3), (d + 0.75) / (n + 3)
        half = z * math.sqrt((up + down - (up - down) ** 2) / (n + 3))
        return up - down - half, up - down + half
    scores = np.repeat([1.0, 0.0, -1.0], counts)
    if interval == "wald":
        half = z * scores.std() / math.sqrt(n)
    else:
        half = stats.t.ppf(0.5 + confidence / 2, n - 1) * scores.std(ddof=1) / math.sqrt(n)
    return scores.mean() - half, scores.mean() + half


@pytest.mark.parametrize("interval", INTERVALS)
@given(counts=COUNTS, confidence=CONFIDENCES)
@some
def test_intervals_of_the_score_by_their_formulas(interval, counts, confidence):
    found = net_promoter_from_counts(*counts, interval=interval, confidence=confidence)
    p, _, d = counts
    score = (p - d) / sum(counts)
    assert found.score == close(score)
    assert -1 <= found.score <= 1
    if interval != "adjusted-wald" and max(counts) == sum(counts):
        assert np.isnan([found.low, found.high]).all()
        one = "no error, no interval: one respondent"
        assert found.lacking == (one if found.n == 1 else "no interval: all answers in one class")
        return
    low, high = score_interval(counts, interval, confidence)
    wanted = max(min(low, score), -1), min(max(high, score), 1)
    assert (found.low, found.high) == close(wanted)
    assert -1 <= found.low <= found.score <= found.high <= 1
    assert found.lacking == ("no error: one respondent" if found.n == 1 else "")


@given(counts=COUNTS, confidence=CONFIDENCES)
@some
def test_adjusted_interval_holds_the_adjusted_score(counts, confidence):
    p, _, d = counts
    found = net_promoter_from_counts(*counts, confidence=confidence)
    assert found.low < (p - d) / (sum(counts) + 3) < found.high


def test_adjusted_interval_is_widened_to_the_score_itself():
    found = net_promoter_from_counts(3, 0, 0, confidence=0.5)
    low, high = score_interval((3, 0, 0), "adjusted-wald", 0.5)
    assert high < 1
    assert (found.low, found.high) == close((low, 1))


def test_forms_of_the_interval_meet_where_many_answer():
    counts = (600_000, 200_000, 200_000)
    plain, *others = [numbers_of(net_promoter_from_counts(*counts, interval=i)) for i in INTERVALS]
    for other in others:
        assert other == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("interval", INTERVALS)
@given(counts=COUNTS)
@some
def test_the_score_is_antisymmetric(interval, counts):
    found = net_promoter_from_counts(*counts, interval=interval)
    turned = net_promoter_from_counts(*counts[::-1], interval=interval)
    assert numbers_of(turned) == close([-found.score, -found.high, -found.low])
    assert (turned.se, turned.lacking) == (close(found.se), found.lacking)


@given(answers=st.lists(st.integers(0, 10), min_size=1, max_size=12))
@few
def test_the_score_is_antisymmetric_in_answers(answers):
    other = [0 if x >= 9 else 10 if x <= 6 else 15 - x for x in answers]
    assert net_promoter(other).score == close(-net_promoter(answers).score)


@pytest.mark.parametrize(
    "shares",
    [(0.5, 0.3, 0.2), (0.6, 0.2, 0.2), (0.1, 0.85, 0.05), (0.45, 0.1, 0.45), (0.8, 0.15, 0.05)],
)
def test_adjusted_intervals_hold_the_truth_as_often_as_they_say(shares):
    samples = np.random.default_rng(7).multinomial(30, shares, 2000)
    truth = shares[0] - shares[2]
    covered = {}
    for interval in INTERVALS:
        found = net_promoter_from_counts(
            *samples.T, by={"sample": range(2000)}, interval=interval
        ).table
        covered[interval] = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    assert covered["adjusted-wald"] >= 0.93
    assert covered["adjusted-wald"] >= covered["wald"] - 0.005


@pytest.mark.parametrize("interval", INTERVALS)
def test_weights_in_the_score(interval):
    answers, weights = [10, 10, 9, 8, 7, 3, 0, 6], np.array([1, 2, 0.5, 3, 1.5, 2, 0.25, 1])
    scores = np.array([1, 1, 1, 0, 0, -1, -1, -1])
    share = weights / weights.sum()
    mean, worth = share @ scores, weights.sum() ** 2 / (weights @ weights)
    se = math.sqrt(share**2 @ (scores - mean) ** 2)
    found = net_promoter(answers, weights=weights, interval=interval)
    p, d = (share[scores == end].sum() for end in (1, -1))
    assert (found.score, found.n, found.n_effective) == close((p - d, 8, worth))
    assert (found.promoter_share, found.detractor_share) == close((p, d))
    assert (found.promoters, found.passives, found.detractors) == (3, 2, 3)
    z = stats.norm.ppf(0.975)
    if interval == "adjusted-wald":
        n = (p + d - (p - d) ** 2) / se**2  # of equal weights, with the same se
        counts = (p * n, (1 - p - d) * n, d * n)
        low, high = score_interval(counts, interval, 0.95)
    elif interval == "wald":
        low, high = mean - z * se, mean + z * se
    else:
        se *= math.sqrt(8 / 7)
        low, high = (mean + side * stats.t.ppf(0.975, 7) * se for side in (-1, 1))
    assert found.se == close(se)
    assert (found.low, found.high) == close((low, high))
    assert "that of the weighted se" in found.table.note


@given(rows=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=4))
@few
def test_rows_of_counts_are_groups_and_equal_labels_are_added(rows):
    labels = [f"g{place % 3}" for place in range(len(rows))]
    found = net_promoter_from_counts(*zip(*rows, strict=True), by={"group": labels})
    columns = ("promoters", "passives", "detractors")
    for label in set(labels):
        parts = [row for row, own in zip(rows, labels, strict=True) if own == label]
        single = net_promoter_from_counts(*map(sum, zip(*parts, strict=True)))
        alike(found.table.row(group=label), alone(single), without=["group"])
    assert [getattr(found, name) for name in columns] == [sum(x) for x in zip(*rows, strict=True)]


# --- shares ---------------------------------------------------------------------------------------


def test_c6_satisfied_share():
    found = satisfaction_share_from_counts(170, 200)
    # theory C6 [R]; statsmodels' proportion_confint(170, 200, method="wilson") too
    assert (found.low, found.high) == pytest.approx((0.793944, 0.892864), abs=5e-7)
    assert (found.share, found.satisfied, found.n, found.missing) == (0.85, 170, 200, 0)
    assert found.se == close(math.sqrt(0.85 * 0.15 / 200))
    by_hand = satisfaction_share([5] * 100 + [4] * 70 + [3] * 30, at_least=4, scale=(1, 5))
    alike(alone(by_hand), alone(found))


@given(n=st.integers(1, 200), share=st.floats(0, 1), confidence=CONFIDENCES)
@some
def test_wilson(n, share, confidence):
    k = round(share * n)
    found = satisfaction_share_from_counts(k, n, confidence=confidence)
    reference = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert [found.low, found.high] == close([reference.low, reference.high])
    p, z = k / n, stats.norm.ppf(0.5 + confidence / 2)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    by_hand = [(p + z**2 / (2 * n) + side * half) / (1 + z**2 / n) for side in (-1, 1)]
    assert [found.low, found.high] == close(by_hand)
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert (found.low == 0) is (k == 0)
    assert (found.high == 1) is (k == n)


@given(answers=st.lists(st.integers(1, 5), min_size=1, max_size=20), at_least=st.integers(1, 5))
@few
def test_share_counts_answers_that_reach_the_least(answers, at_least):
    found = satisfaction_share(answers, at_least=at_least, scale=(1, 5))
    assert found.satisfied == sum(x >= at_least for x in answers)
    assert found.share == close(found.satisfied / len(answers))
    less = satisfaction_share([6 - x for x in answers], at_least=6 - at_least + 1)
    assert numbers_of(less) == close([1 - found.share, 1 - found.high, 1 - found.low])


def test_share_of_booleans_halves_and_any_numbers():
    assert satisfaction_share([True, True, False, None], at_least=1).share == close(2 / 3)
    assert satisfaction_share([3.5, 4, 4.5], at_least=4.5).satisfied == 1
    assert satisfaction_share([-3, 1e300], at_least=-1).share == 0.5


def test_weights_in_the_share():
    weights, satisfied = np.array([1, 2, 0.5, 3]), np.array([1, 0, 1, 1])
    share = weights @ satisfied / weights.sum()
    worth = weights.sum() ** 2 / (weights @ weights)
    found = satisfaction_share([5, 1, 4, 5], at_least=4, weights=weights)
    assert (found.share, found.n_effective, found.satisfied) == close((share, worth, 3))
    se = np.sqrt(weights**2 @ (satisfied - share) ** 2) / weights.sum()
    assert found.se == close(se)
    # the ends solve (p - q)² = z²·q(1 - q)/n, with the n of equal weights that has the same se
    part = stats.norm.ppf(0.975) ** 2 * se**2 / (share * (1 - share))
    ends = np.roots([1 + part, -2 * share - part, share**2])
    assert [found.high, found.low] == close(sorted(ends, reverse=True))


def test_a_share_with_weights_is_that_of_survey():
    # R 4.2.2, survey 4.1.1: d <- svydesign(~1, weights=~w, data=data.frame(y, w)); m <- svymean(~y,
    # d); p <- coef(m); n <- p*(1-p)/(vcov(m)*6/7), that of svyciprop(method="beta") but for 6/7;
    # and Wilson's ends of p and n
    weights = [1, 2, 0.5, 3, 1.5, 2, 0.25]
    found = satisfaction_share([5, 1, 4, 5, 2, 4, 3], at_least=4, weights=weights)
    assert (found.share, found.se) == close((0.6341463414634146, 0.2057094757162235))
    assert (found.low, found.high) == close((0.2648106557352585, 0.8929472387418513))


def test_the_share_of_easy_answers_has_the_interval_of_a_satisfied_share():
    answers, weights = [7, 7, 1, 1, 7], [0.5, 1, 2, 4, 1.5]
    easy = effort_score(answers, weights=weights, confidence=0.9)
    share = satisfaction_share(answers, at_least=6, weights=weights, confidence=0.9)
    assert (easy.easy_share, easy.easy_low, easy.easy_high) == close(tuple(numbers_of(share)))


@pytest.mark.parametrize("answer", [10, 0, 7])
def test_where_all_are_alike_weights_are_worth_what_kish_says(answer):
    weights = [1, 2, 3, 4]  # 10²/30
    found = net_promoter([answer] * 4, weights=weights)
    counts = (10 / 3 * (answer == 10), 10 / 3 * (answer == 7), 10 / 3 * (answer == 0))
    assert (found.n_effective, found.se) == (close(10 / 3), 0)
    low, high = score_interval(counts, "adjusted-wald", 0.95)
    assert (found.low, found.high) == close((max(low, -1), min(high, 1)))
    share = satisfaction_share([answer] * 4, at_least=7, weights=weights)
    z2 = stats.norm.ppf(0.975) ** 2
    ends = (1 / (1 + z2 * 0.3), 1) if answer >= 7 else (0, z2 / (10 / 3 + z2))
    assert (share.low, share.high) == close(ends)


@pytest.mark.parametrize(
    ("satisfied", "own", "others"),  # who is satisfied, and the weights that they and others have
    [(0.5, [20], [1]), (0.5, [0.3], [3]), (0.05, [1, 20], [1])],
)
def test_weighted_intervals_hold_the_truth_as_often_as_they_say(satisfied, own, others):
    """With (Σw)²/Σw² for n, intervals of the share do in 100, 100 and 84 of 100 samples."""
    rng = np.random.default_rng(7)
    n, samples = 400, 500
    kept = rng.random(n * samples) < satisfied
    weights = np.where(kept, rng.choice(own, n * samples), rng.choice(others, n * samples))
    mass = [satisfied * np.mean(own), (1 - satisfied) * np.mean(others)]
    by = {"sample": np.repeat(range(samples), n)}
    for name, other in (("satisfied", 0), ("promoters", 0), ("wald", 0), ("promoters", 7)):
        found = MEASURES[name](np.where(kept, 10, other), by=by, weights=weights)
        lost = mass[1] if (found.reach[0], other) == (-1, 0) else 0
        truth = (mass[0] - lost) / sum(mass)
        covered = ((found.table["low"] <= truth) & (truth <= found.table["high"])).mean()
        assert 0.9 <= covered <= 0.985, (name, other)


# --- effort ---------------------------------------------------------------------------------------

EFFORT = np.repeat([7, 6, 5, 4, 2], [40, 30, 15, 10, 5])


def test_c6_effort():
    found = effort_score(EFFORT)  # theory C6 [R], t.test
    assert found.score == close(5.85)
    assert found.sd == pytest.approx(1.3209654, abs=5e-8)
    assert (found.low, found.high) == pytest.approx((5.5878918, 6.1121082), abs=5e-8)
    assert (found.easy, found.easy_share, found.n) == (70, close(0.7), 100)
    reference = stats.binomtest(70, 100).proportion_ci(method="wilson")
    assert (found.easy_low, found.easy_high) == close((reference.low, reference.high))


@given(
    answers=st.lists(st.sampled_from([1, 1.5, 2, 3.5, 6, 7]), min_size=2, max_size=12),
    confidence=CONFIDENCES,
)
@some
def test_effort_is_a_mean_with_students_interval_on_the_scale(answers, confidence):
    found = effort_score(answers, confidence=confidence)
    assert (found.score, found.sd) == close((np.mean(answers), np.std(answers, ddof=1)))
    assert found.se == close(stats.sem(answers))
    if len(set(answers)) == 1:
        assert np.isnan([found.low, found.high]).all()
        assert found.lacking == "no interval: no variation"
        return
    low, high = stats.t.interval(confidence, len(answers) - 1, found.score, found.se)
    assert (found.low, found.high) == close((max(low, 1), min(high, 7)))
    assert 1 <= found.low <= found.score <= found.high <= 7


@given(answers=st.lists(st.integers(1, 5), min_size=1, max_size=12))
@few
def test_effort_turned_round(answers):
    found = effort_score(answers, scale=(1, 5))
    turned = effort_score([6 - x for x in answers], scale=(1, 5))
    assert numbers_of(turned) == close([6 - found.score, 6 - found.high, 6 - found.low])
    assert [turned.sd, turned.se] == close([found.sd, found.se])
    assert turned.lacking == found.lacking
    assert turned.easy == sum(x <= 2 for x in answers)


@pytest.mark.parametrize(
    ("options", "easy"),
    [
        ({}, 2),  # 6 and 7
        ({"at_least": 7}, 1),
        ({"at_least": 5.5}, 2),
        ({"at_least": 1}, 7),
        ({"scale": (1, 8)}, 1),  # 7 and 8
        ({"scale": (0, 7), "at_least": 0}, 7),
        ({"scale": Scale(low=1, high=7)}, 2),
    ],
)
def test_easy_is_what_reaches_the_least_by_default_the_two_highest_points(options, easy):
    assert effort_score(range(1, 8), **options).easy == easy


def test_effort_with_weights_is_svymean():
    # R 4.2.2, survey 4.1.1, of d <- svydesign(~1, weights=~w, data=data.frame(x, w)):
    # s <- svymean(~x, d); SE(s); confint(s, df=degf(d)); sqrt(coef(svyvar(~x, d)));
    # coef(svymean(~(x >= 6), d))
    answers, weights = [7, 6, 5, 2, 4, 7, 1], [1, 2, 0.5, 3, 1.5, 2, 0.25]
    found = effort_score(answers, weights=weights)
    assert found.score == close(4.658536585365853)
    assert found.se == close(1.054106467302472)
    assert found.low == close(2.079230978154877, 1e-8)  # older scipy's t is right to 1e-8
    assert found.high == 7  # 7.238 is off the scale
    assert found.sd == close(2.270826454408187)
    assert found.easy_share == close(0.4878048780487805)


# --- indices --------------------------------------------------------------------------------------


def test_c7_index():
    # theory C7 [R]: mean answers as one row
    found = acsi([[8.1, 7.2, 6.9]], item_weights=[0.4, 0.35, 0.25])
    assert found.score == pytest.approx(72.0556, abs=5e-5)
    assert (found.n, found.lacking) == (1, "no error, no interval: one respondent")
    assert np.isnan([found.sd, found.se, found.low, found.high]).all()


def test_the_index_without_weights():
    # facts 17b: (S + E + P - 3)/27·100
    assert acsi([[8, 7, 4]]).score == close((8 + 7 + 4 - 3) / 27 * 100)


def test_the_index_with_the_one_public_set_of_weights():
    # facts 17b: State of Ohio; ((S - 1)W₁ + (E - 1)W₂ + (P - 1)W₃)/9·100, ΣW = 1
    ohio = [0.3885, 0.3190, 0.2925]
    wanted = (7 * 0.3885 + 6 * 0.3190 + 3 * 0.2925) / 9 * 100
    found = acsi([[8, 7, 4]], item_weights=ohio)
    assert found.score == close(wanted)
    assert found.item_weights == close(ohio)


@pytest.mark.parametrize(("answer", "wanted"), [(10, 100), (1, 0), (5.5, 50)])
def test_ends_and_middle_of_the_index(answer, wanted):
    found = acsi(np.full((4, 3), answer), item_weights=[0.1, 0.7, 0.3])
    assert found.score == close(wanted, 1e-13)
    assert found.lacking == "no interval: no variation"


@st.composite
def items_answered(draw):
    n, k = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    cells = st.lists(st.integers(1, 10), min_size=k, max_size=k)
    answers = draw(st.lists(cells, min_size=n, max_size=n))
    weights = draw(st.lists(st.sampled_from([0, 0.5, 1, 2, 7]), min_size=k, max_size=k))
    return np.array(answers), np.array([*weights[:-1], weights[-1] + 1])


@given(case=items_answered(), confidence=CONFIDENCES)
@some
def test_the_index_is_a_mean_of_respondents_indices(case, confidence):
    answers, weights = case
    own = 100 * ((answers - 1) * weights).sum(axis=1) / (9 * weights.sum())
    found = acsi(answers, item_weights=weights, confidence=confidence)
    assert found.score == close(own.mean())
    assert 0 <= found.score <= 100
    if np.ptp(own) < 1e-9:
        assert found.lacking == "no interval: no variation"
        return
    assert (found.sd, found.se) == close((own.std(ddof=1), stats.sem(own)))
    low, high = stats.t.interval(confidence, len(own) - 1, own.mean(), stats.sem(own))
    assert (found.low, found.high) == close((max(low, 0), min(high, 100)))


@given(case=items_answered(), factor=st.sampled_from([1e-200, 0.3, 100, 1e300]))
@few
def test_only_ratios_of_item_weights_and_places_on_the_scale_matter(case, factor):
    answers, weights = case
    found = acsi(answers, item_weights=weights)
    alike(alone(acsi(answers, item_weights=weights * factor)), alone(found))
    alike(alone(acsi(answers / 2, item_weights=weights, scale=(0.5, 5))), alone(found))
    order = np.arange(len(weights))[::-1]
    alike(alone(acsi(answers[:, order], item_weights=weights[order])), alone(found))
    turned = acsi(11 - answers, item_weights=weights)
    assert numbers_of(turned) == close([100 - found.score, 100 - found.high, 100 - found.low])


def test_item_weights_whose_sum_is_out_of_reach():
    assert acsi([[10, 1]], item_weights=[1e308, 1e308]).score == close(50)


def test_who_lacks_an_item_is_left_out_and_counted():
    answers = np.array([[10, 10, 10], [1, NAN, 1], [NAN, NAN, NAN], [1, 1, 4]])
    found = acsi(answers, item_weights=[1, 1, 0])
    assert (found.score, found.n, found.missing) == (50, 2, 2)


def test_items_of_a_frame_and_their_weights_by_name():
    frame = pd.DataFrame(
        {"branch": ["N", "S"], "ideal": [10, 4], "overall": [1, 7], "w": [1.0, 3], "age": [30, 40]}
    )
    options = {"items": ["overall", "ideal"], "item_weights": {"ideal": 2, "overall": 1}}
    found = acsi(frame, by="branch", weights="w", **options)
    assert found.items == ("overall", "ideal")
    assert found.item_weights == close((1 / 3, 2 / 3))
    own = [100 * 18 / 27, 100 * (6 + 2 * 3) / 27]
    assert found.table["score"].tolist() == close(own)
    assert found.score == close((own[0] + 3 * own[1]) / 4)
    rest = acsi(frame.drop(columns="age"), by="branch", weights="w", **options)
    assert rest == found


# --- what all measures keep to --------------------------------------------------------------------


@each_measure
@given(case=asked(), seed=st.integers(0, 99))
@few
def test_the_order_of_respondents_does_not_matter(measure, case, seed):
    answers, labels, weights = case
    rows = np.random.default_rng(seed).permutation(len(answers))
    other, names, mass = taken(rows, answers, labels, weights)
    found = measure(answers, by={"branch": labels}, weights=weights)
    again = measure(other, by={"branch": names}, weights=mass)
    for row, wanted in zip(again.table.rows(), found.table.rows(), strict=True):
        alike(row, wanted)
    assert numbers_of(again) == close(numbers_of(found))


@each_measure
@given(case=asked(), weighted=st.booleans())
@few
def test_a_group_is_what_it_is_alone_and_all_are_all(measure, case, weighted):
    answers, labels, weights = case
    options = {"weights": weights} if weighted else {}
    found = measure(answers, by={"branch": labels}, **options)
    assert (found.by, found.table.keys) == (("branch",), ("branch",))
    assert found.table["branch"].tolist() == sorted(set(labels))
    for label in set(labels):
        rows = [row for row, own in enumerate(labels) if own == label]
        own, mass = taken(rows, answers, weights)
        single = measure(own, **({"weights": mass} if weighted else {}))
        alike(found.table.row(branch=label), alone(single), without=["branch"])
    whole = measure(answers, **options)
    fields = {name: getattr(found, name) for name in whole.table.columns}
    alike(fields, alone(whole))
    assert (found.lacking, found.undefined) == (whole.lacking, whole.undefined)
    assert found.n == found.table["n"].sum()
    assert found.missing == found.table["missing"].sum()


@each_measure
@given(case=asked())
@few
def test_missing_answers_are_counted_and_nothing_else(measure, case):
    answers, _, _ = case
    given_ = [x for x in answers if x is not None]
    found = measure(answers)
    assert (found.n, found.missing) == (len(given_), len(answers) - len(given_))
    assert found.undefined == ("" if given_ else "no answers")
    assert math.isnan(numbers_of(found)[0]) is (not given_)
    if given_:
        alike(alone(found), alone(measure(given_)), without=["missing"])


@each_interval
@given(case=asked(), factor=st.sampled_from([1e-30, 0.25, 3, 1e30]))
@few
def test_weights_are_ratios_and_weight_0_is_not_there(measure, case, factor):
    answers, _, weights = case
    found = measure(answers, weights=weights)
    again = measure(answers, weights=[factor * w for w in weights])
    alike(alone(again), alone(found))
    kept = [row for row, w in enumerate(weights) if w]
    assert found.n + found.missing == len(kept)
    if kept:
        own, mass = taken(kept, answers, weights)
        alike(alone(measure(own, weights=mass)), alone(found))
    else:
        assert found.undefined == "no answers"
    equal = measure(answers, weights=[7] * len(answers))
    plain = measure(answers)
    alike(alone(equal), alone(plain), without=["n_effective"])
    assert equal.n_effective == close(plain.n)
    assert (plain.n_effective, "n_effective" in plain.table.columns) == (plain.n, False)


@each_measure
@given(case=asked())
@few
def test_a_weight_of_2_is_a_row_twice_to_estimates(measure, case):
    answers, labels, _ = case
    twice = [x for x, own in zip(answers, labels, strict=True) for _ in range(1 + (own == "N"))]
    found = measure(answers, weights=[1 + (own == "N") for own in labels])
    again = measure(twice)
    for name in (found.ESTIMATE, "promoter_share", "passive_share", "detractor_share"):
        if hasattr(found, name):
            assert getattr(found, name) == close(getattr(again, name)), name
    assert found.n <= again.n


@each_interval
@given(case=asked(), weighted=st.booleans())
@few
def test_intervals_hold_the_estimate_inside_the_reach(measure, case, weighted):
    answers, labels, weights = case
    options = {"weights": weights} if weighted else {}
    found = measure(answers, by={"branch": labels}, **options)
    low, high = found.reach
    for row in found.table.rows():
        value, ends = row[found.ESTIMATE], (row["low"], row["high"])
        if row["undefined"]:
            assert np.isnan([value, row["se"], *ends]).all()
            assert (row["n"], row["lacking"]) == (0, "")
            continue
        assert low <= value <= high
        if "no interval" in row["lacking"]:
            assert np.isnan(ends).all()
        else:
            assert low <= ends[0] <= value <= ends[1] <= high
        assert math.isnan(row["se"]) is ("no error" in row["lacking"])


@each_interval
@given(case=asked(least=2))
@few
def test_more_confidence_makes_a_wider_interval(measure, case):
    answers, _, _ = case
    assume(len({x for x in answers if x is not None}) > 1)
    several = [measure(answers, confidence=c) for c in (0.5, 0.8, 0.95, 0.999)]
    assert [found.confidence for found in several] == [0.5, 0.8, 0.95, 0.999]
    for narrow, wide in pairwise(several):
        if not narrow.lacking:
            assert wide.low <= narrow.low <= narrow.high <= wide.high
            assert "99.9 % intervals" in several[-1].table.note


@each_interval
@given(case=asked(least=2))
@few
def test_more_answers_make_a_narrower_interval(measure, case):
    answers, _, _ = case
    several = [measure(answers * times) for times in (1, 4, 16)]
    for fewer, more in pairwise(several):
        if not (fewer.lacking or fewer.undefined):
            assert more.high - more.low < fewer.high - fewer.low


@each_interval
def test_one_respondent_has_a_score_and_hardly_more(measure):
    found = measure([9])
    low, high = found.reach
    assert (found.n, found.undefined, math.isnan(found.se)) == (1, "", True)
    assert low <= numbers_of(found)[0] <= high
    assert found.lacking.startswith("no error")
    assert found.lacking.endswith(": one respondent")
    assert "one respondent" in str(found)


@each_measure
@pytest.mark.parametrize("answers", [[None, None], [NAN], ["", "  "]])
def test_nobody_answered(measure, answers):
    found = measure(answers)
    assert (found.n, found.missing, found.undefined) == (0, len(answers), "no answers")
    assert np.isnan(numbers_of(found)).all()
    assert "no answers" in str(found)


@each_measure
def test_an_empty_group_stays_and_says_so(measure):
    found = measure([9, 3, None, None], by={"branch": ["N", "N", "S", "S"]})
    row = found.table.row(branch="S")
    assert (row["n"], row["missing"], row["undefined"]) == (0, 2, "no answers")
    assert (found.n, found.missing, found.undefined) == (2, 2, "")


@each_measure
def test_several_columns_of_groups_and_missing_labels(measure):
    labels = {"branch": ["N", "S", "N", None], "team": [2, 10, 10, 2]}
    found = measure([9, 3, 8, 7], by=labels)
    groups = list(zip(found.table["branch"], found.table["team"], strict=True))
    assert groups == [("N", "2"), ("N", "10"), ("S", "10"), ("(missing)", "2")]
    assert found.table["n"].tolist() == [1] * 4
    assert found.n == 4


def test_all_passives():
    found = net_promoter([7, 8, 8, 7])
    assert (found.score, found.passives, found.se) == (0, 4, 0)
    assert -found.low == close(found.high)
    assert found.high > 0
    for interval in ("wald", "trinomial"):
        bare = net_promoter([7, 8, 8, 7], interval=interval)
        assert np.isnan([bare.low, bare.high]).all()
        assert bare.lacking == "no interval: all answers in one class"


ROW = [10, 9, 8, 0, None]
IN_A_ROW = {
    "list": ROW,
    "tuple": tuple(ROW),
    "floats": np.array(ROW, dtype=float),
    "objects": np.array(ROW, dtype=object),
    "texts": ["10", " 9", "8.0", "0", ""],
    "array of texts": np.array(["10", "9", "8", "0", ""]),
    "masked": np.ma.array([10, 9, 8, 0, 5], mask=[0, 0, 0, 0, 1]),
    "masked floats": np.ma.array([10.0, 9, 8, 0, 99], mask=[0, 0, 0, 0, 1]),
    "column": np.array(ROW, dtype=float)[:, None],
    "masked column": np.ma.array([[10], [9], [8], [0], [99]], mask=[[0], [0], [0], [0], [1]]),
    "rows": [[x] for x in ROW],
    "pandas": pd.Series(ROW),
    "pandas elsewhere": pd.Series(ROW, index=[9, 7, 5, 3, 1]),
    "pandas Int64": pd.Series(ROW, dtype="Int64"),
    "pandas category": pd.Series(ROW, dtype="category"),
    "pandas NA": pd.Series([*ROW[:4], pd.NA], dtype=object),
    "polars": pl.Series(ROW),
    "polars texts": pl.Series(["10", "9", "8", "0", None]),
    "arrow": pa.array(ROW),
    "arrow chunks": pa.chunked_array([ROW[:2], ROW[2:]]),
    "mapping": {"likely": ROW},
    "pandas frame": pd.DataFrame({"likely": ROW}),
    "polars frame": pl.DataFrame({"likely": ROW}),
    "polars lazy": pl.LazyFrame({"likely": ROW}),
    "arrow table": pa.table({"likely": ROW}),
}


@each_measure
@pytest.mark.parametrize("kind", IN_A_ROW)
def test_answers_of_every_kind(measure, kind):
    alike(alone(measure(IN_A_ROW[kind])), alone(measure([10, 9, 8, 0, NAN])))


@pytest.mark.parametrize("kind", [object, str])
def test_masked_texts(kind):
    cells = np.array(["10", "9", "8", "0", "none"], dtype=kind)
    masked = np.ma.array(cells, mask=[0, 0, 0, 0, 1])
    alike(alone(net_promoter(masked)), alone(net_promoter([10, 9, 8, 0, NAN])))


def test_small_whole_numbers_do_not_overflow():
    answers = np.full(300, 9, dtype=np.int8)
    assert effort_score(answers, scale=(0, 10)).score == 9
    assert net_promoter(answers.astype(np.uint8)).promoters == 300


FRAME = {"likely": [10, 9, 3, None], "branch": ["N", "S", "S", "N"], "w": [1.0, 2.0, 0.5, 1.0]}


@each_measure
@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_columns_of_frames(measure, kind):
    wanted = measure(FRAME["likely"], by={"branch": FRAME["branch"]}, weights=FRAME["w"])
    found = measure(kind(FRAME), by="branch", weights="w")
    assert numbers_of(found) == close(numbers_of(wanted))
    for row, other in zip(found.table.rows(), wanted.table.rows(), strict=True):
        alike(row, other)


def test_one_column_of_answers_is_named_where_there_are_several():
    frame = pd.DataFrame(FRAME).assign(age=[30, 40, 50, 60])
    wanted = net_promoter(FRAME["likely"])
    for measure in (MEASURES["promoters"], MEASURES["satisfied"], MEASURES["effort"]):
        alike(
            alone(measure(frame, answer="likely")),
            alone(measure(FRAME["likely"])),
        )
    assert net_promoter(frame, answer="likely", by=["branch"]).score == wanted.score


# --- differences ----------------------------------------------------------------------------------


def test_c5_two_groups():
    found = net_promoter_from_counts([60, 50], [20, 20], [20, 30], by={"branch": ["N", "S"]})
    row = measure_differences(found).pairs.row()
    # theory C5 [ID]: √(.0064 + .0076), .20/.118322
    assert row["difference"] == close(0.2)
    assert row["se"] == pytest.approx(0.118322, abs=5e-7)
    assert row["z"] == pytest.approx(1.69031, abs=5e-6)
    assert row["p"] == row["p_holm"] == close(2 * stats.norm.sf(row["z"]))


@pytest.mark.parametrize(
    ("first", "second", "ends"),
    [  # Newcombe (1998), table II, method 10 (from memory); these digits by statsmodels:
        # confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
        ((56, 70), (48, 80), (0.05243147240236498, 0.33387265403690614)),
        ((9, 10), (3, 10), (0.1705227239345029, 0.809017973535488)),
        ((6, 7), (2, 7), (0.05822792748231209, 0.8062496375242278)),
        ((5, 56), (0, 29), (-0.038137147903536936, 0.19256001385511165)),
        ((0, 10), (0, 20), (-0.1611251580528194, 0.27753279986288926)),
        ((0, 10), (0, 10), (-0.27753279986288926, 0.27753279986288926)),
        ((10, 10), (0, 20), (0.6790860371419145, 1.0)),
        ((10, 10), (0, 10), (0.6075093504305241, 1.0)),
    ],
)
def test_newcombes_intervals(first, second, ends):
    counts = zip(first, second, strict=True)
    found = satisfaction_share_from_counts(*counts, by={"branch": ["N", "S"]})
    row = measure_differences(found).pairs.row()
    assert (row["low"], row["high"]) == close(ends)


@given(a=COUNTS, b=COUNTS, confidence=CONFIDENCES)
@some
def test_differences_of_promoters(a, b, confidence):
    by = {"branch": ["N", "S"]}
    found = net_promoter_from_counts(*zip(a, b, strict=True), by=by, confidence=confidence)
    row = measure_differences(found).pairs.row(first="N", second="S")
    north, south = found.table.rows()
    d = north["score"] - south["score"]
    assert (row["first_n"], row["second_n"]) == (sum(a), sum(b))
    assert [row["first_value"], row["second_value"]] == close([north["score"], south["score"]])
    assert row["difference"] == close(d)
    below = math.hypot(north["score"] - north["low"], south["high"] - south["score"])
    above = math.hypot(north["high"] - north["score"], south["score"] - south["low"])
    assert (row["low"], row["high"]) == close((max(d - below, -2), min(d + above, 2)))
    assert -2 <= row["low"] <= d <= row["high"] <= 2
    if min(sum(a), sum(b)) == 1:
        assert np.isnan([row["se"], row["z"], row["p"], row["p_holm"]]).all()
        assert row["lacking"] == "no error, no test: a group of one"
        return
    scores = [np.repeat([1, 0, -1], counts) for counts in (a, b)]
    se = math.sqrt(sum(x.var() / len(x) for x in scores))
    assert row["se"] == close(se)
    if min(np.ptp(x) for x in scores) == 0:
        assert row["lacking"] == "no test: no variation in a group"
        assert np.isnan([row["z"], row["p"]]).all()
        return
    assert (row["z"], row["p"]) == close((d / se, 2 * stats.norm.sf(abs(d / se))))
    assert (row["lacking"], row["undefined"]) == ("", "")


@given(n=st.tuples(st.integers(2, 40), st.integers(2, 40)), k=st.tuples(*[st.integers(0, 40)] * 2))
@some
def test_shares_are_tested_by_the_pooled_share(n, k):
    k = tuple(map(min, k, n))
    row = measure_differences(
        satisfaction_share_from_counts(k, n, by={"g": ["N", "S"]})
    ).pairs.row()
    table = np.array([k, np.subtract(n, k)])
    assert row["difference"] == close(k[0] / n[0] - k[1] / n[1])
    assert row["se"] == close(math.sqrt(sum(x * (m - x) / m**3 for x, m in zip(k, n, strict=True))))
    if not table.sum(axis=1).all():  # all are satisfied, or nobody
        assert np.isnan([row["z"], row["p"]]).all()
        assert row["lacking"] == "no test: no variation in a group"
        return
    chi2, p, *_ = stats.chi2_contingency(table, correction=False)
    assert (row["z"] ** 2, row["p"]) == close((chi2, p), 1e-8)
    assert np.sign(row["z"]) == np.sign(round(row["difference"], 12))


def test_shares_with_weights_pool_by_the_n_of_their_errors():
    answers, labels = [1, 0, 1, 1, 0, 0, 1], list("NNNNSSS")
    weights = [1, 2, 3, 1, 1, 0.5, 2]
    found = satisfaction_share(answers, at_least=1, weights=weights, by={"g": labels})
    row = measure_differences(found).pairs.row()
    n, shares = [], []
    for rows in (slice(4), slice(4, None)):
        w, x = np.array(weights[rows]), np.array(answers[rows])
        p = w @ x / w.sum()
        n.append(p * (1 - p) * w.sum() ** 2 / (w**2 @ (x - p) ** 2))
        shares.append(p)
    pooled = np.average(shares, weights=n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]))
    assert row["z"] == close((shares[0] - shares[1]) / error)


GROUP = st.lists(st.integers(0, 10), min_size=2, max_size=8)


@pytest.mark.parametrize(("name", "factor"), [("effort", 1), ("index", 10)])
@given(groups=st.tuples(GROUP, GROUP))
@some
def test_means_are_compared_by_welch(name, factor, groups):
    labels = np.repeat(["N", "S"], [len(x) for x in groups])
    found = MEASURES[name](np.concatenate(groups), by={"branch": labels}, confidence=0.9)
    row = measure_differences(found).pairs.row(first="N", second="S")
    d = factor * (np.mean(groups[0]) - np.mean(groups[1]))
    assert row["difference"] == close(d)
    if min(map(np.ptp, groups)) == 0:
        names = ("se", "low", "high", "t", "df", "p", "p_holm")
        assert np.isnan([row[name] for name in names]).all()
        assert row["lacking"] == "no error, no interval, no test: no variation in a group"
        return
    t, p = stats.ttest_ind(*groups, equal_var=False)
    parts = [np.var(x, ddof=1) / len(x) for x in groups]
    df = sum(parts) ** 2 / sum(v**2 / (len(x) - 1) for v, x in zip(parts, groups, strict=True))
    assert (row["t"], row["df"], row["p"]) == close((t, df, p), 1e-9)
    half = stats.t.ppf(0.95, df) * factor * math.sqrt(sum(parts))
    wide = found.reach[1] - found.reach[0]
    assert (row["low"], row["high"]) == close((max(d - half, -wide), min(d + half, wide)), 1e-9)


def test_welch_of_r():
    # R 4.2.2: t.test(c(7, 6, 5, 2, 7), c(4, 3, 1, 6, 2, 2), conf.level=.9)
    answers = [7, 6, 5, 2, 7, 4, 3, 1, 6, 2, 2]
    found = effort_score(answers, by={"g": [1] * 5 + [2] * 6}, confidence=0.9)
    row = measure_differences(found).pairs.row()
    names = ("difference", "t", "df", "p", "low", "high")
    ends = (0.2060333764298636, 4.5939666235701377)
    wanted = (2.4, 2.0332169810097, 8.0292265980424, 0.07634606711572, *ends)
    assert tuple(row[name] for name in names) == close(wanted)


@each_measure
@given(case=asked(least=2))
@few
def test_differences_turn_round_with_the_groups(measure, case):
    answers, labels, weights = case
    assume(len(set(labels)) == 2)
    turned = [{"N": "S", "S": "N"}[label] for label in labels]
    row, other = (
        measure_differences(measure(answers, by={"g": own}, weights=weights)).pairs.row()
        for own in (labels, turned)
    )
    test = "t" if "t" in row else "z"
    for name, sign in (("difference", -1), (test, -1), ("p", 1), ("se", 1)):
        assert other[name] == close(sign * row[name]), name
    assert (other["low"], other["high"]) == close((-row["high"], -row["low"]))
    assert (other["lacking"], other["undefined"]) == (row["lacking"], row["undefined"])


@each_measure
def test_every_pair_of_groups_and_holm(measure):
    rng = np.random.default_rng(4)
    labels = rng.choice(list("abcde"), 300)
    answers = np.clip(rng.integers(0, 11, 300) + 2 * (labels == "b") - 3 * (labels == "e"), 0, 10)
    pairs = measure_differences(measure(answers, by={"g": labels})).pairs
    assert pairs.keys == ("first", "second")
    found = list(zip(pairs["first"], pairs["second"], strict=True))
    assert found == list(combinations("abcde", 2))
    p = pairs["p"].tolist()
    least = 0.0
    for rank, place in enumerate(sorted(range(10), key=p.__getitem__)):
        least = max(least, min(1, (10 - rank) * p[place]))
        assert pairs["p_holm"][place] == close(least)
    assert (pairs["p_holm"] >= pairs["p"]).all()
    single = measure_differences(measure(answers[labels < "c"], by={"g": labels[labels < "c"]}))
    alike(single.pairs.row(), pairs.row(first="a", second="b"), without=["p_holm"])


def test_pairs_without_a_test_do_not_count_for_holm():
    by = {"g": list("abcd")}
    found = net_promoter_from_counts([6, 3, 5, 0], [2, 3, 0, 0], [2, 4, 0, 0], by=by)
    pairs = measure_differences(found).pairs
    tested = pairs.row(first="a", second="b")
    assert tested["p_holm"] == tested["p"]  # the only pair of which both vary
    assert np.isnan(pairs["p_holm"]).sum() == 5
    row = pairs.row(first="a", second="d")
    assert (row["undefined"], row["lacking"]) == ("a group without answers", "")
    names = ("difference", "se", "low", "high", "z", "p", "p_holm")
    assert np.isnan([row[name] for name in names]).all()


def test_respondents_without_a_label_are_compared_with_nobody():
    answers, labels = [9, 3, 9, 7, 2, 10], ["N", "N", "S", "S", None, ""]
    pairs = measure_differences(net_promoter(answers, by={"branch": labels})).pairs
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [("N", "S")]
    assert "2 respondents without a label left out" in pairs.note


def test_groups_of_several_columns_are_joined():
    labels = {"branch": ["N", "N", "S"], "team": ["a", "b", "a"]}
    pairs = measure_differences(net_promoter([9, 3, 7], by=labels)).pairs
    assert pairs["first"].tolist() == ["N · a", "N · a", "N · b"]
    assert pairs["second"].tolist() == ["N · b", "S · a", "S · a"]


# --- trends ---------------------------------------------------------------------------------------


def scores_of(measure, answers):
    """Return each respondent's own score, of which the measure is the mean."""
    return np.array([numbers_of(measure([x]))[0] for x in answers])


@st.composite
def periods_answered(draw):
    """Draw answers of 3 to 6 periods, 2 or more in each."""
    sizes = draw(st.lists(st.integers(2, 6), min_size=3, max_size=6))
    answers = draw(st.lists(st.integers(0, 10), min_size=sum(sizes), max_size=sum(sizes)))
    return np.array(answers), np.repeat(np.arange(len(sizes)), sizes)


FREEDOM = {"trinomial": 1, "effort": 1, "index": 1}  # what the variances within divide by: n - 1


@pytest.mark.parametrize("name", MEASURES)
@given(case=periods_answered(), confidence=CONFIDENCES)
@few
def test_the_trend_is_least_squares_of_respondents_scores(name, case, confidence):
    answers, places = case
    measured = MEASURES[name](answers, by={"year": places + 2020}, confidence=confidence)
    found = measure_trend(measured)
    scores, months = scores_of(MEASURES[name], answers), np.unique(places)
    groups = [scores[places == month] for month in months]
    design = np.stack([np.ones(len(places)), places], axis=1)
    (start, slope), *_ = np.linalg.lstsq(design, scores, rcond=None)
    assert found.slope == close(slope, least=1e-9)
    assert found.periods["fitted"].tolist() == close(list(start + slope * months), least=1e-8)
    assert found.periods["value"].tolist() == close([x.mean() for x in groups], least=1e-9)
    assert found.periods["period"].tolist() == [str(2020 + month) for month in months]
    assert (found.table["periods"][0], found.n, found.undefined) == (len(months), len(answers), "")
    # the same least squares of errors that respondents have within their periods
    within = np.array([x.var(ddof=FREEDOM.get(name, 0)) for x in groups])
    bread = np.linalg.inv(design.T @ design)
    se = math.sqrt((bread @ (design.T * within[places]) @ design @ bread)[1, 1])
    if se < 1e-9:
        assert found.se == 0
        assert np.isnan([found.z, found.p, found.chi2]).all()
        assert found.lacking.startswith("no interval, no test: no variation in any period")
        return
    assert found.se == close(se)
    z = slope / se
    assert (found.z, found.p) == close((z, 2 * stats.norm.sf(abs(z))), least=1e-8)
    half = stats.norm.ppf(0.5 + confidence / 2) * se
    low, high = measured.reach
    heights = np.array(list(product((low, high), repeat=len(months))))[:, places]
    steepest = np.polyfit(places, heights.T, 1)[0].max()
    wanted = (max(slope - half, -steepest), min(slope + half, steepest))
    assert (found.low, found.high) == close(wanted, least=1e-8)


@pytest.mark.parametrize("name", FOUR)
@given(case=periods_answered())
@few
def test_departure_from_a_line_is_weighted_least_squares_of_periods(name, case):
    answers, places = case
    found = measure_trend(MEASURES[name](answers, by={"year": places}))
    scores = scores_of(MEASURES[name], answers)
    groups = [scores[places == month] for month in np.unique(places)]
    if min(map(np.ptp, groups)) < 1e-9:
        assert np.isnan([found.chi2, found.chi2_df, found.chi2_p]).all()
        assert "no chi2: no variation in a period" in found.lacking
        return
    assert found.lacking == ""
    se = np.array([x.std(ddof=FREEDOM.get(name, 0)) / math.sqrt(len(x)) for x in groups])
    design = np.stack([1 / se, np.arange(len(se)) / se], axis=1)
    aim = np.array([x.mean() for x in groups]) / se
    line, *_ = np.linalg.lstsq(design, aim, rcond=None)
    chi2 = ((aim - design @ line) ** 2).sum()
    assert (found.chi2, found.chi2_df) == close((chi2, len(se) - 2), 1e-8, 1e-9)
    assert found.chi2_p == close(stats.chi2.sf(chi2, len(se) - 2), 1e-7, 1e-9)


def test_a_trend_of_r():
    # R 4.2.2: x <- rep(0:3, c(4, 3, 5, 2)); coef(lm(y ~ x))[2]; with m, v the means of periods and
    # their var/n: f <- lm(m ~ c(0:3), weights=1/v); deviance(f); pchisq(deviance(f), 2, lower=F)
    answers = [7, 6, 5, 2, 7, 6, 6, 4, 3, 5, 2, 2, 1, 3]
    found = measure_trend(effort_score(answers, by={"month": np.repeat(range(4), [4, 3, 5, 2])}))
    assert found.slope == close(-1.122065727699531)
    assert (found.chi2, found.chi2_p) == close((10.23401109057303, 0.005993944644473705))


def test_a_straight_line():
    answers = [1, 3, 2, 4, 3, 5, 4, 6]  # means 2, 3, 4, 5
    months = [f"2024-{month:02}" for month in (9, 9, 10, 10, 11, 11, 12, 12)]
    found = measure_trend(effort_score(answers, by={"month": months}))
    assert (found.slope, found.chi2, found.chi2_p) == close((1, 0, 1))
    assert found.periods["fitted"].tolist() == close([2, 3, 4, 5])
    assert found.periods["period"].tolist() == sorted(set(months))
    # each period's se is √(2/2) = 1; Σ (g - 1.5)² = 5
    assert found.se == close(math.sqrt(1 / 5))
    line = found.table.row()
    assert (line["slope"], line["n"], line["periods"]) == (found.slope, 8, 4)


def test_no_change_at_all():
    found = measure_trend(net_promoter([9, 0] * 3, by={"month": np.repeat([1, 2, 3], 2)}))
    assert (found.slope, found.z, found.p, found.chi2_p) == close((0, 0, 1, 1))
    assert -found.low == close(found.high)


@each_measure
@given(case=periods_answered())
@few
def test_a_trend_turns_round_with_time(measure, case):
    answers, places = case
    found, turned = (measure_trend(measure(answers, by={"p": p})) for p in (places, 9 - places))
    assert (turned.slope, turned.z) == close((-found.slope, -found.z), least=1e-8)
    assert (turned.low, turned.high) == close((-found.high, -found.low), least=1e-8)
    assert (turned.se, turned.chi2) == close((found.se, found.chi2), 1e-8, 1e-8)
    assert turned.periods["fitted"].tolist() == close(found.periods["fitted"].tolist()[::-1], 1e-8)


def test_weights_count_by_what_periods_are_worth():
    answers, weights = np.array([7, 5, 4, 6, 2, 3, 1]), np.array([1, 2, 1, 1, 3, 0.5, 2])
    places = np.array([0, 0, 1, 1, 2, 2, 2])
    measured = effort_score(answers, by={"p": places}, weights=weights)
    worth = [weights[places == p].sum() ** 2 / (weights[places == p] ** 2).sum() for p in range(3)]
    means = [np.average(answers[places == p], weights=weights[places == p]) for p in range(3)]
    slope, start = np.polyfit(range(3), means, 1, w=np.sqrt(worth))
    found = measure_trend(measured)
    assert found.slope == close(slope)
    assert found.periods["fitted"].tolist() == close([start + slope * p for p in range(3)])


def test_periods_in_which_nobody_answered_keep_their_place():
    answers, places = [1, 2, 3, 4, None, 6, 7], [0, 0, 1, 1, 2, 3, 3]
    found = measure_trend(effort_score(answers, by={"p": places}))
    slope, start = np.polyfit([0, 0, 1, 1, 3, 3], [1, 2, 3, 4, 6, 7], 1)
    assert found.slope == close(slope)
    assert found.periods["fitted"].tolist() == close([start + slope * p for p in range(4)])
    assert found.periods.row(period="2")["undefined"] == "no answers"
    assert (found.table["periods"][0], found.n, found.chi2_df) == (3, 6, 1)


def test_dates_and_numbers_are_periods_in_their_order():
    dates = [dt.date(2024, month, 1) for month in (10, 9, 11)]
    found = measure_trend(effort_score([3, 2, 4], by={"month": dates}))
    assert found.periods["period"].tolist() == ["2024-09-01", "2024-10-01", "2024-11-01"]
    assert found.slope == close(1)
    weeks = measure_trend(effort_score([3, 2, 4], by={"week": [10, 9, 11]}))
    assert weeks.periods["period"].tolist() == ["9", "10", "11"]


@pytest.mark.parametrize(
    ("answers", "periods", "lacking", "undefined"),
    [
        ([9, 3, 9, 3, None], [1, 1, 2, 2, 3], "no chi2: two periods", ""),
        ([9, 3, None, None], [1, 1, 2, 3], "", "answers in one period only"),
        ([None] * 3, [1, 2, 3], "", "no answers"),
        (
            [9, 3, 8],
            [1, 2, 3],
            "no error, no interval, no test: a period of one; no chi2: a period of one",
            "",
        ),
        (
            [9, 9, 3, 3, 8, 8],
            [1, 1, 2, 2, 3, 3],
            "no interval, no test: no variation in any period; no chi2: no variation in a period",
            "",
        ),
        ([9, 3, 3, 3, 9, 8], [1, 1, 2, 2, 3, 3], "no chi2: no variation in a period", ""),
    ],
)
def test_what_a_trend_lacks_it_says(answers, periods, lacking, undefined):
    found = measure_trend(net_promoter(answers, by={"p": periods}))
    assert (found.lacking, found.undefined) == (lacking, undefined)
    assert math.isnan(found.slope) is bool(undefined)
    assert math.isnan(found.chi2) is ("no chi2" in lacking or bool(undefined))
    assert np.isnan([found.low, found.high]).all() == ("no interval" in lacking or bool(undefined))
    assert (lacking or undefined) in str(found)


def test_respondents_without_a_period_are_left_out():
    found = measure_trend(net_promoter([9, 7, 3, 0], by={"month": [1, 2, 3, None]}))
    assert (found.slope, found.n) == (close(-1), 3)
    assert "1 respondent without a label left out" in found.table.note


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([9, 8.5], r"ValueError: `answers` must be whole numbers in 0\.\.10, got 8\.5 \(row 2\)"),
        ([9, 11, -1], r"whole numbers in 0\.\.10, got 11 \(row 2; 2 in all\); mend it"),
        (["9,5"], r"whole numbers in 0\.\.10, got 9\.5 \(row 1\)"),
    ],
)
def test_points_are_whole_numbers_up_to_ten(answers, said):
    refused(lambda: net_promoter(answers), said)


@each_measure
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([3, "likely"], r"ValueError: `answers.*must be numbers, got 'likely' \(row 2\)"),
        ([dt.date(2024, 1, 1)], r"must be numbers, got .*\(row 1\)"),
        ([3, math.inf], r"must be finite, got inf \(row 2\)"),
        ([], r"must have at least one row, got none"),
        ({"q": []}, r"must have at least one row, got none"),
        ([[1], [2, 3]], r"`answers` must be a table"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\); give one row a respondent"),
        (5, r"`answers` must be a table"),
        (None, r"`answers` must be a table"),
        ("10", r"TypeError: `answers` must be a table, got '10'"),
    ],
)
def test_what_is_no_answers_is_refused(measure, answers, said):
    refused(lambda: measure(answers), said)


@each_measure
def test_complex_answers_are_refused(measure):
    refused(lambda: measure(np.array([9 + 0j, 3])), "TypeError: .*complex")


@each_measure
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "branch"}, r"numbers in a row, which have no column 'branch'; give a frame, or"),
        ({"weights": "w"}, r"numbers in a row, which have no column 'w'"),
        (
            {"by": {"branch": ["N"]}},
            r"`by\['branch'\]` must have a label for each of 2 rows, got 1",
        ),
        ({"by": {}}, r"`by` must map names to columns, got none"),
        ({"by": {"branch": "NS"}}, r"TypeError: `by` must map names to columns, got 'NS'"),
        ({"by": {"low": ["N", "S"]}}, r"'low' is the name of a column of the result"),
        ({"weights": [1]}, r"`weights` must have one number for each of 2 respondents, got 1"),
        ({"weights": [1, -1]}, r"`weights` must be 0 or lie in .*, got -1\.0 \(row 2; 1 in all\)"),
        ({"weights": [1, NAN]}, r"`weights` must be 0 or lie in .*, got nan \(row 2; 1 in all\)"),
        ({"confidence": 95}, r"`confidence` must lie between 0 and 1, as 0\.95, got 95"),
        ({"confidence": "high"}, r"TypeError: `confidence` must be a number"),
    ],
)
def test_labels_weights_and_confidence_are_checked(measure, options, said):
    refused(lambda: measure([9, 3], **options), said)


@each_measure
@pytest.mark.parametrize("name", ["by", "weights"])
def test_labels_and_weights_stand_in_the_order_of_the_answers(measure, name):
    def options(own):
        return {name: {"branch": own} if name == "by" else own}

    answers, own = pd.Series([9, 3, 8], index=[2, 1, 0]), pd.Series([1, 2, 2])
    refused(lambda: measure(answers, **options(own)), "must have the index of `answers`")
    found = measure(answers, **options(own.reindex(answers.index)))
    assert found == measure([9, 3, 8], **options([2, 2, 1]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, r"one column of answers, got 'likely', 'w', 'branch'; name it, as answer="),
        ({"by": "branch"}, r"one column of answers, got 'likely', 'w'"),
        ({"answer": "likly"}, r"`answer`: the frame has no column 'likly'.*'likely'"),
        ({"answer": "likely", "by": "brnch"}, r"`by`: the frame has no column 'brnch'.*'branch'"),
        ({"answer": "likely", "weights": "x"}, r"`weights`: the frame has no column 'x'"),
        ({"answer": ["likely", "w"]}, r"one column of answers, got 'likely', 'w'"),
        ({"answer": "branch"}, r"must be numbers, got 'N' \(row 1\)"),
    ],
)
def test_columns_of_a_frame_are_checked(options, said):
    frame = pd.DataFrame({"likely": [9, 3], "w": [1, 2], "branch": ["N", "S"]})
    refused(lambda: net_promoter(frame, **options), said)


def test_two_columns_are_not_one_answer():
    refused(
        lambda: net_promoter([[1, 2], [3, 4]]), r"must have one column of answers, got '1', '2'"
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: net_promoter([9], interval="t"), r"`interval` must be one of 'adjusted-wald'"),
        (lambda: satisfaction_share([1]), r"TypeError.*at_least"),
        (lambda: satisfaction_share([1], at_least="4"), r"TypeError: `at_least` must be a number"),
        (lambda: satisfaction_share([1], at_least=NAN), r"`at_least` must be a finite number"),
        (
            lambda: satisfaction_share([1], at_least=6, scale=(1, 5)),
            r"`at_least` must lie in 1\.\.5, got 6",
        ),
        (
            lambda: satisfaction_share([1, 7], at_least=4, scale=(1, 5)),
            r"`answers` must lie in 1\.\.5, got 7 \(row 2, 'answer'\)",
        ),
        (lambda: effort_score([1, 8]), r"`answers` must lie in 1\.\.7, got 8 \(row 2, 'answer'\)"),
        (lambda: effort_score([1], at_least=9), r"`at_least` must lie in 1\.\.7, got 9"),
        (lambda: effort_score([1], scale=(7, 1)), r"`low` must be below `high`, got 7 and 1"),
        (lambda: acsi([[1, 2, 11]]), r"`answers` must lie in 1\.\.10, got 11 \(row 1, '3'\)"),
        (lambda: acsi([[1, 2]], item_weights=[1]), r"`item_weights` must be one for each"),
        (lambda: acsi([[1, 2]], item_weights=[0, 0]), r"`item_weights` must not all be 0"),
        (lambda: acsi([[1, 2]], item_weights=[1, -1]), r"`item_weights\['2'\]` must be 0 or more"),
        (lambda: acsi([[1, 2]], item_weights={"a": 1}), r"`item_weights`: 'a' is unknown"),
        (lambda: acsi([[1, 2]], items=["a"]), r"a column for each of 'a', got shape \(1, 2\)"),
        (lambda: acsi([[1, 2]], items=["a", "a"]), r"different from each other, got 'a' twice"),
        (lambda: acsi({"a": [1]}, items=["b"]), r"`items`: the mapping has no column 'b'"),
    ],
)
def test_options_are_checked(call, said):
    refused(call, said)


@pytest.mark.parametrize(
    ("counts", "by", "said"),
    [
        ((-1, 2, 3), None, r"`promoters` must be 0 or more and finite, got -1 \(row 1\)"),
        ((1, 2.5, 3), None, r"`passives` must be whole, got 2\.5 \(row 1\)"),
        ((1, 2, NAN), None, r"`detractors` must be a finite number, got nan"),
        (("1", 2, 3), None, r"TypeError: `promoters` must be a number, got '1'"),
        ((True, 2, 3), None, r"TypeError: `promoters` must be a number, got True"),
        (([1, None], [2, 2], [3, 3]), {"b": ["N", "S"]}, r"`promoters` must be there, and 0 where"),
        (([1, 2], [2, 2], [3]), None, r"counts must be as many of each, got .*'detractors': 1"),
        (([1, 2], [2, 2], [3, 3]), None, r"`by` must say which 2 groups these are"),
        (([1, 2], [2, 2], [3, 3]), "b", r"TypeError: `by` .*counts have no columns"),
        (([1, 2], [2, 2], [3, 3]), {"b": ["N"]}, r"must have a label for each of 2 rows, got 1"),
        (({"N": 1}, {"S": 2}, {"N": 3}), None, r"`passives`: 'S' is unknown; there are 'N'"),
        (({"N": 1}, {}, {"N": 3}), None, r"`passives` has nothing for 'N'"),
        (({"N": 1, " N": 2}, [1, 2], [3, 4]), None, r"must be different from each other, got 'N'"),
        (({"N": 1}, {"N": 2}, {"N": 3}), {"b": ["N"]}, r"TypeError: `promoters` must be a count"),
        (([1, 2], [2, 2], [3, 3]), pd.Series(["N", "S"]), r"give it a name: by=\{'region': labels"),
        (([], [], []), None, r"`promoters` must be a count, or one for each group"),
    ],
)
def test_counts_are_checked(counts, by, said):
    refused(lambda: net_promoter_from_counts(*counts, by=by), said)


def test_no_more_can_be_satisfied_than_answered():
    by = {"branch": ["N", "S"]}
    said = r"`satisfied` must not exceed `n`, got 5 of 4 \(row 2\)"
    refused(lambda: satisfaction_share_from_counts([3, 5], [4, 4], by=by), said)


def test_counts_of_nobody():
    assert net_promoter_from_counts(0, 0, 0).undefined == "no answers"
    assert satisfaction_share_from_counts(0, 0).undefined == "no answers"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: measure_differences(3), r"TypeError: `measure` .*give what net_promoter"),
        (lambda: measure_differences(alone(net_promoter([9]))), r"TypeError: `measure`"),
        (lambda: measure_differences(net_promoter([9, 3])), r"at least 2 groups, got 0.*by="),
        (
            lambda: measure_differences(net_promoter([9, 3], by={"b": ["N", None]})),
            r"at least 2 groups, got 1; measure with by= that has more of them",
        ),
        (lambda: measure_trend(net_promoter([9, 3])), r"at least 3 periods, got 0.*by="),
        (
            lambda: measure_trend(net_promoter([9, 3, 1], by={"m": [1, 2, None]})),
            r"at least 3 periods, got 2",
        ),
        (
            lambda: measure_trend(net_promoter([9, 3, 1], by={"m": [1, 2, 3], "b": [1, 2, 3]})),
            r"by= one column of periods, got by=\('m', 'b'\)",
        ),
    ],
)
def test_comparing_needs_groups_and_a_trend_periods(call, said):
    refused(call, said)


# --- what looks wrong about answers, labels and periods -------------------------------------------

ASKED = "was it asked on {0}..{1}? then scale=({0}, {1}), and `{2} - answers` if {0} meant "
ASKED += "little effort"
OF_5, OF_0_TO_7 = ASKED.format(1, 5, 6), ASKED.format(0, 7, 7)


@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        ([1, 3, 5, 4, 2] * 2, {}, f"no answer above 5: {OF_5}"),
        ([1, 3, 2] * 4, {}, f"no answer above 3: {OF_5}"),
        ([1, 3, 2] * 4, {"scale": (1, 5)}, "no answer above 3: was it asked on 1..5?"),
        ([0, 6] * 5, {"scale": (0, 10)}, f"no answer above 6: {OF_0_TO_7}"),
        ([1, 3, 5] * 3, {}, ""),  # nine
        ([1, 3, 6] * 4, {}, ""),
        ([1, 3, 4] * 4, {"scale": (1, 5)}, ""),
        ([-3, 2] * 6, {"scale": (-3, 3)}, ""),
    ],
)
def test_an_unused_top_of_the_effort_scale_is_asked_about(answers, options, said):
    found = effort_score(answers, **options)
    assert found.cautions == ((said,) if said else ())
    assert found.table.note.endswith(said or "Wilson")


def test_an_unused_top_of_likelihoods_is_asked_about():
    found = net_promoter([1, 5, 4, 3, 2] * 3)
    assert found.cautions == ("no answer above 5: asked on 0..10?",)
    assert found.table.note.endswith(found.cautions[0])
    assert net_promoter([7] * 10).cautions == ("no answer above 7: asked on 0..10?",)
    assert net_promoter([8] + [0] * 20).cautions == ()
    assert net_promoter([5] * 9).cautions == ()
    weights = [1.0] * 10 + [0.0]
    assert net_promoter([5] * 10 + [10], weights=weights).cautions != ()
    assert net_promoter([NAN] * 20).cautions == ()
    assert net_promoter_from_counts(0, 0, 20).cautions == ()


def test_ordinary_answers_raise_no_caution():
    rng = np.random.default_rng(1)
    for centre in (4, 5, 6, 8):
        for n in (10, 30, 300):
            points = rng.normal(centre, 2.2, n).round()
            top = np.append(points, 8)  # that nobody of ten comes near the top can be chance
            assert net_promoter(top.clip(0, 10)).cautions == ()
            assert effort_score(np.append(points, 6).clip(1, 7)).cautions == ()
    assert satisfaction_share([1] * 20, at_least=4).cautions == ()
    assert acsi([[1] * 3] * 20).cautions == ()


@each_measure
@pytest.mark.parametrize("form", [list, np.array, pd.Series, pl.Series])
def test_texts_with_a_code_in_front_are_their_codes(measure, form):
    texts = ["10 - extremely likely", "7: likely", "(3) hardly", "0. never", "9", "", "8 = yes"]
    wanted = measure([10, 7, 3, 0, 9, NAN, 8])
    assert measure(form(texts)).table == wanted.table
    frame = pd.DataFrame({"q": texts, "w": [1.0] * 7, "b": list("NNSSNSN")})
    codes = frame.assign(q=[10, 7, 3, 0, 9, NAN, 8])
    name = "items" if measure is FOUR["index"] else "answer"
    for wrap in (pd.DataFrame, pl.DataFrame):
        found = measure(wrap(frame.to_dict("list")), **{name: "q"}, by="b", weights="w")
        assert found.table == measure(codes, **{name: "q"}, by="b", weights="w").table


def test_texts_with_codes_in_a_table_of_items():
    texts = np.array([["10 - yes", "1 - no"], ["10", "4 - rather not"]])
    assert acsi(texts).score == acsi([[10, 1], [10, 4]]).score
    assert acsi(texts, items=["a", "b"]).items == ("a", "b")
    refused(lambda: acsi(texts, items=["a"]), "a column for each of 'a'")
    refused(lambda: net_promoter(["9-10"]), "must be numbers, got '9-10'")


@each_measure
def test_labels_that_differ_only_in_case_or_blanks_are_told(measure):
    by = {"branch": ["North", "north", "North", "North ", "South"]}
    note = measure([9, 8, 10, 3, 4], by=by).table.note
    assert "'north' (1 respondent) differs from 'North' only in case; give them one label" in note
    assert "differs" not in measure([9, 8], by={"branch": ["North", "South"]}).table.note


def test_labels_of_counts_that_differ_only_in_case_are_told():
    found = satisfaction_share_from_counts([3, 2], [5, 5], by={"b": ["N", "n"]})
    assert "differs from 'N' only in case" in found.table.note


def test_counts_by_label_are_those_in_rows():
    wanted = net_promoter_from_counts([6, 2], [4, 2], [0, 1], by={"group": ["N", "S"]})
    mapped = ({"S": 2, "N": 6}, {"N": 4, "S": 2}, {"N": 0, "S": 1})
    assert net_promoter_from_counts(*mapped).table == wanted.table
    series = [pd.Series(counts) for counts in mapped]
    assert net_promoter_from_counts(*series).table == wanted.table
    named = net_promoter_from_counts(*mapped, by="branch")
    assert named.by == ("branch",)
    assert named.table["score"].tolist() == wanted.table["score"].tolist()
    in_order = satisfaction_share_from_counts({"S": 2, "N": 6}, [4, 8])
    assert dict(zip(in_order.table["group"], in_order.table["share"], strict=True)) == {
        "N": 0.75, "S": 0.5
    }  # fmt: skip
    years = satisfaction_share_from_counts({2024: 2, 2025.0: 6}, {2025: 8, 2024: 4})
    assert years.table["group"].tolist() == ["2024", "2025"]


@each_measure
@pytest.mark.parametrize("labels", [pd.Series(list("NS")), np.array(["N", "S"]), pl.Series(["N"])])
def test_labels_without_a_name_are_refused(measure, labels):
    said = r"TypeError: `by` must be names of columns, or labels with a name, got a \w+; give it a "
    refused(lambda: measure([9, 8], by=labels), said + r"name: by=\{'region': labels\}")
    named = pd.Series(["N", "S"], name="branch")
    refused(lambda: measure([9, 8], by=named), r"by=\{'branch': labels\}")


def trend_by(labels):
    return measure_trend(net_promoter([9, 3, 8] * len(labels), by={"month": list(labels) * 3}))


def test_the_order_of_periods_is_told():
    few_periods, many = trend_by(["w1", "w2", "w3"]), trend_by([f"w{n}" for n in range(1, 11)])
    assert "periods in the order 'w1', 'w2', 'w3'" in few_periods.table.note
    assert "periods in the order 'w1', 'w10', 'w2', …, 'w9'" in many.table.note
    assert few_periods.cautions == many.cautions == ()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["Apr", "Mar", "May"], "'Apr' looks like the name of a month"),
        (["January 2025", "Feb. 2025", "sept 2025"], "looks like the name of a month"),
        (["2025 Jan", "2025 Feb", "2025 Mar"], "'2025 Feb' looks like the name of a month"),
        (["01.02.2025", "01.03.2025", "02.01.2025"], "'01.02.2025' looks like a date"),
        (["1/31/2025", "2/28/2025", "3/31/25"], "looks like a date"),
        (["03/2025", "04/2025", "05/2025"], "looks like a date"),
        (["Q1 2025", "Q2 2024", "q3/25"], "looks like a quarter"),
    ],
)
def test_labels_that_are_not_in_the_order_of_time_are_cautioned(labels, said):
    found = trend_by(labels)
    assert len(found.cautions) == 1
    assert said in found.cautions[0]
    assert found.cautions[0].endswith("give them as 2025-01")
    assert found.cautions[0] in found.table.note


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["2024-11", "2025-01", "2025-04"], "no 2024-12, 2025-02, 2025-03 among the periods"),
        (["2020-01", "2020-02", "2025-01"], "no 2020-03, 2020-04, 2020-05, 2020-06, … among"),
        (["2024-Q4", "2025-Q2", "2025-Q3"], "no 2025-Q1 among the periods"),
        ([2020, 2021, 2023], "no 2022 among the periods"),
        (["2024-11", "2024-12", "2025-01"], ""),
        (["2024-Q4", "2025-Q1", "2025-Q2"], ""),
        ([2023, 2024, 2025], ""),
        ([1, 2, 4, 5], "no 3 among the periods: their neighbours count as next to each other"),
        ([1000, 1200, 1500], "no 1100, 1300, 1400 among the periods"),
        ([10, 20, 30], ""),  # as far apart as they count
        ([1, 2, 10**15], "no 3, 4, 5, 6, … among the periods"),
        (["2025-01-01", "2025-02-01", "2025-04-01"], "no 2025-03 among the periods"),
        (["2025-01-01", "2025-02-01", "2025-03-01"], ""),
        (["2026-01-30", "2026-01-31", "2026-02-01"], ""),
        (["2026-01-02", "2026-01-03", "2026-01-05"], "no 2026-01-04 among the periods"),
        (["2026-01-05", "2026-01-12", "2026-01-19"], ""),  # weeks
        (["2026-01-06", "2026-01-13", "2026-01-27"], "no 2026-01-20 among the periods"),
        (["2026-01-02 00:00:00", "2026-01-03 00:00:00", "2026-01-05 00:00:00"], "no 2026-01-04"),
        (["2026-01-02 09:30:00", "2026-01-02 17:00:00", "2026-01-04 10:00:00"], "no 2026-01-03"),
        ([1.5, 2, 4], ""),
        (["May fair", "autumn", "winter"], ""),
        (["before", "during", "after"], ""),
    ],
)
def test_periods_that_are_not_there_are_named(labels, said):
    cautions = trend_by(labels).cautions
    assert len(cautions) == bool(said)
    assert said in "".join(cautions)
