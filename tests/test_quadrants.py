"""Importance and performance: worked values, exact quadrants, their probabilities, bad input."""

import math
import re
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import servqual as sq
from servqual.priorities import importance_performance, importance_performance_from_arrays

from .effort import effort
from .reference import exact
from .strategies import form
from .test_drivers import betas, entered, johnson, refused

NAN = math.nan
HERE, KEEP = "concentrate here", "keep up the good work"
LOW, OVERKILL = "low priority", "possible overkill"
QUADRANTS = (HERE, KEEP, LOW, OVERKILL)
JOINT = {
    "standardized": betas,
    "lmg": entered,
    "relative-weights": johnson,
    "pratt": lambda X, y: betas(X, y) * [np.corrcoef(column, y)[0, 1] for column in X.T],
}
few = effort(20)
# theory C1 [R]: Martilla and James' 14 attributes of a car dealer's service, from memory [MEM]
IMPORTANCES = [3.83, 3.63, 3.60, 3.56, 3.41, 3.41, 3.38, 3.37, 3.29, 3.27, 2.52, 2.43, 2.37, 2.05]
PERFORMANCES = [2.63, 2.73, 3.15, 3.00, 3.05, 3.29, 3.03, 3.11, 2.00, 3.02, 2.25, 2.49, 2.35, 3.33]


def close(wanted, rel=1e-9, least=1e-11):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def located(importances, performances, **options):
    options = {"resamples": 50, **options}
    return importance_performance_from_arrays(importances, performances, **options)


def surveyed(survey, **options):
    return importance_performance(survey, **{"resamples": 50, **options})


def survey_of(performances, importances=None, **more):
    """Return a survey on 1..7 of items i1, i2, … in two dimensions."""
    k = np.shape(performances)[1]
    sizes = (k - k // 2, k // 2) if k > 1 else (1,)
    sides = {"perceptions": performances, "importances": importances}
    given = {side: answers for side, answers in sides.items() if answers is not None}
    return sq.survey_from_arrays(form(sizes), **given, **more)


def answers(seed, n=80, k=4, spread=1.5):
    """Return importances and performances 1..7 of k items that differ."""
    rng = np.random.default_rng(seed)
    levels = rng.uniform(2.5, 5.5, (2, 1, k))
    return np.clip(np.rint(levels + spread * rng.normal(size=(2, n, k))), 1, 7)


def cells(draw_holes=True, most=7, items=(1, 4)):
    """Draw importances and performances in whole numbers, some missing."""
    shape = st.tuples(st.just(2), st.integers(1, 6), st.integers(*items))
    codes = hnp.arrays(np.int64, shape, elements=st.integers(0 if draw_holes else 1, most))
    return codes.map(lambda x: np.where(x == 0, NAN, x))


def names(found):
    return found.table["quadrant"].tolist()


def shares(found):
    """Return the probabilities of the four quadrants, (items, 4)."""
    return found.quadrants["probability"].reshape(-1, 4)


def verdict(high_importance, high_performance):
    return ((LOW, OVERKILL), (HERE, KEEP))[int(high_importance)][int(high_performance)]


# --- worked values --------------------------------------------------------------------------------


def test_c1_martilla_and_james():
    found = located([IMPORTANCES], [PERFORMANCES])
    assert found.importance_axis == pytest.approx(3.15143, abs=5e-6)
    assert found.performance_axis == pytest.approx(2.81643, abs=5e-6)
    of = {name: [n for n, q in enumerate(names(found), 1) if q == name] for name in QUADRANTS}
    assert of == {HERE: [1, 2, 9], KEEP: [3, 4, 5, 6, 7, 8, 10], LOW: [11, 12, 13], OVERKILL: [14]}
    table = found.table
    order = np.argsort(table["rank"])[:3]
    assert (order + 1).tolist() == [9, 1, 2]
    assert table["shortfall"][order] == close([1.29, 1.20, 0.90])
    assert table["priority"][order] == close(np.array([1.29, 1.20, 0.90]) / math.sqrt(2))
    assert set(table["lacking"].tolist()) == {"no intervals, no probability: one respondent"}
    assert np.isnan(shares(found)).all()
    assert (found.n, found.undefined) == (1, "")
    assert "mean of the items): performance 2.816, importance 3.151" in table.note


@pytest.mark.parametrize(
    ("axes", "wanted"),
    [
        ("mean", [HERE, HERE, HERE, OVERKILL, OVERKILL]),
        ("median", [HERE, HERE, KEEP, OVERKILL, OVERKILL]),
        ("midpoint", [HERE, HERE, KEEP, KEEP, OVERKILL]),
        ((2, 6), [KEEP, KEEP, OVERKILL, OVERKILL, OVERKILL]),
        ((6, 2), [HERE, HERE, HERE, KEEP, OVERKILL]),
        ((7, 7), [HERE, LOW, LOW, OVERKILL, LOW]),
        (np.array([7, 1]), [HERE, HERE, HERE, KEEP, HERE]),
    ],
)
def test_five_items_and_their_axes_by_hand(axes, wanted):
    found = located([[7, 6, 5, 4, 1]], [[2, 3, 4, 7, 6]], axes=axes, scale=(1, 7))
    assert names(found) == wanted
    known = {"mean": (4.4, 4.6), "median": (4, 5), "midpoint": (4, 4)}
    lines = known[axes] if isinstance(axes, str) else tuple(axes)  # performance comes first
    assert (found.performance_axis, found.importance_axis) == close(lines)


def test_what_lies_on_a_line_is_high():
    by_rounding = [[0.1, 0.3, 0.2]]  # (0.1 + 0.3 + 0.2)/3 is 0.20000000000000004
    assert names(located(by_rounding, by_rounding)) == [LOW, KEEP, KEEP]
    assert names(located([[4, 4, 4]], [[4, 4, 4]])) == [KEEP] * 3
    given = located([[5, 5, 4]], [[3, 2, 3]], axes=(3, 5))
    assert names(given) == [KEEP, HERE, OVERKILL]


def test_equal_shortfalls_share_the_best_rank():
    # 0.3 - 0.2 is 0.09999999999999998
    found = located([[0.3, 0.2, 0.9, 0.1]], [[0.2, 0.1, 0.5, 0.8]])
    assert found.table["rank"].tolist() == [2, 2, 1, 4]


def test_one_item_lies_on_its_own_lines():
    importances, performances = answers(1, k=1)
    for axes in ("mean", "median"):
        found = located(importances, performances, axes=axes)
        assert names(found) == [KEEP]
        row = found.table.row()
        assert row["lacking"] == "no probability: no variation"
        assert (found.performance_axis, found.importance_axis) == (
            row["performance"],
            row["importance"],
        )
    assert located(importances, performances, axes=(3, 3)).table["probability"][0] <= 1


# --- quadrants by their definition ----------------------------------------------------------------


def mean_of(column, weights):
    """Return the exact mean of those who answered and count, None of nobody."""
    pairs = [(exact(x), w) for x, w in zip(column, weights, strict=True)]
    there = [(x, w) for x, w in pairs if x is not None and w > 0]
    return sum(x * w for x, w in there) / sum(w for _, w in there) if there else None


def median(values):
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


AXES = st.one_of(
    st.sampled_from(["mean", "median", "midpoint"]),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
)


@given(
    both=cells(),
    axes=AXES,
    weights=st.one_of(
        st.none(), st.lists(st.sampled_from([0, 0.25, 1, 3]), min_size=6, max_size=6)
    ),
)
@effort(80)
def test_quadrants_are_their_definition_in_exact_fractions(both, axes, weights):
    _, n, k = both.shape
    own = [Fraction(1)] * n if weights is None else [Fraction(w) for w in weights[:n]]
    found = located(
        *both,
        axes=axes,
        scale=(1, 7),
        resamples=5,
        weights=None if weights is None else weights[:n],
    )
    importance, performance = ([mean_of(column, own) for column in side.T] for side in both)
    known = [j for j in range(k) if None not in (importance[j], performance[j])]
    if isinstance(axes, tuple):
        lines = axes
    elif axes == "midpoint":
        lines = (4, 4)
    else:
        rule = median if axes == "median" else lambda values: sum(values) / len(values)
        sides = ([side[j] for j in known] for side in (performance, importance))
        lines = tuple(rule(side) if known else NAN for side in sides)
    assert [found.performance_axis, found.importance_axis] == close(list(map(float, lines)))
    for j, row in enumerate(found.table.rows()):
        means = [row["importance"], row["performance"]]
        assert means == close(
            [NAN if x is None else float(x) for x in (importance[j], performance[j])]
        )
        if j in known:
            assert row["undefined"] == ""
            wanted = verdict(importance[j] >= lines[1], performance[j] >= lines[0])
            assert row["quadrant"] == wanted
            assert row["shortfall"] == close(float(importance[j] - performance[j]))
            assert row["priority"] == close(row["shortfall"] / math.sqrt(2))
            ahead = sum(
                importance[i] - performance[i] > importance[j] - performance[j] for i in known
            )
            assert row["rank"] == ahead + 1
        else:
            missing = {
                (True, True): "no answers",
                (True, False): "no importances",
                (False, True): "no performances",
            }[importance[j] is None, performance[j] is None]
            assert (row["quadrant"], row["undefined"], row["lacking"]) == ("", missing, "")
            assert np.isnan([row["probability"], row["shortfall"], row["rank"]]).all()
    assert (found.undefined == "") == bool(known)
    there = [i for i in range(n) if own[i] > 0 and not np.isnan(both[:, i]).all()]
    assert found.n == len(there)


@given(both=cells(), axes=st.sampled_from(["mean", "median", (4, 4)]))
@few
def test_probabilities_are_shares_that_sum_to_one(both, axes):
    found = located(*both, axes=axes)
    table, four = found.table, shares(found)
    assert found.quadrants["quadrant"].tolist() == list(QUADRANTS) * both.shape[2]
    for row, own in zip(table.rows(), four, strict=True):
        if row["undefined"] or "no probability" in row["lacking"]:
            assert np.isnan([row["probability"], *own]).all()
            continue
        assert ((own >= 0) & (own <= 1)).all()
        assert own.sum() == close(1)
        assert row["probability"] == own[QUADRANTS.index(row["quadrant"])]
    reasons = found.quadrants["undefined"].reshape(-1, 4)[:, 0]
    assert ((reasons == "") == ~np.isnan(table["probability"])).all()


def test_means_have_students_intervals_cut_to_the_scale():
    importances, performances = answers(2, 12)
    importances[:, 0] = [7] * 11 + [5]
    performances[:4, 1] = NAN
    for confidence in (0.5, 0.95):
        table = located(importances, performances, scale=(1, 7), confidence=confidence).table
        for side, values in (("importance", importances), ("performance", performances)):
            for j, column in enumerate(values.T):
                known = column[~np.isnan(column)]
                n, mean, se = len(known), known.mean(), known.std(ddof=1) / math.sqrt(len(known))
                low, high = stats.t.interval(confidence, n - 1, mean, se)
                row = [table[f"{side}{part}"][j] for part in ("_n", "", "_se", "_low", "_high")]
                assert row == close([n, mean, se, max(low, 1), min(high, 7)], 1e-7)
    assert table["importance_high"][0] == 7


def test_weights_are_sampling_weights():
    importances, performances = answers(3, 40)
    w = np.random.default_rng(3).uniform(0.2, 3, 40)
    table = located(importances, performances, weights=w).table
    for side, values in (("importance", importances), ("performance", performances)):
        mean = w @ values / w.sum()
        squares = (w[:, None] ** 2 * (values - mean) ** 2).sum(axis=0)
        assert table[side] == close(mean)
        assert table[f"{side}_se"] == close(np.sqrt(40 / 39 * squares) / w.sum())
    for other in (1e3 * w, 1e-3 * w):
        scaled = located(importances, performances, weights=other).table
        assert scaled["probability"].tolist() == table["probability"].tolist()
        assert scaled["importance_low"] == close(table["importance_low"])
    alike = located(importances, performances, weights=np.full(40, 5.0))
    plain = located(importances, performances)
    assert shares(alike).tolist() == shares(plain).tolist()
    assert alike.table["performance_se"] == close(plain.table["performance_se"])


@pytest.mark.parametrize("weight", [2, 3])
def test_weights_of_whole_numbers_are_rows_so_often_for_the_means(weight):
    importances, performances = answers(4, 20)
    w = np.where(np.arange(20) < 8, weight, 1)
    once = located(importances, performances, weights=w)
    often = located(*(np.repeat(side, w, axis=0) for side in (importances, performances)))
    assert names(once) == names(often)
    assert once.table["importance"] == close(often.table["importance"])
    assert once.performance_axis == close(often.performance_axis)
    assert (once.n, often.n) == (20, w.sum())


# --- what must not matter, and what must ----------------------------------------------------------


def test_importance_and_performance_change_places():
    turned = {HERE: OVERKILL, OVERKILL: HERE, KEEP: KEEP, LOW: LOW}
    importances, performances = answers(5, 30)
    for axes in ("mean", "median", "midpoint"):
        one = located(importances, performances, axes=axes, scale=(1, 7))
        other = located(performances, importances, axes=axes, scale=(1, 7))
        assert names(other) == [turned[name] for name in names(one)]
        assert shares(other).tolist() == shares(one)[:, [3, 1, 2, 0]].tolist()
        assert other.table["shortfall"] == close(-one.table["shortfall"])
        assert other.table["importance_se"] == close(one.table["performance_se"])
    assert set(names(one)) == set(QUADRANTS) or len(set(names(one))) > 1


@pytest.mark.parametrize("axes", ["mean", "median"])
@pytest.mark.parametrize("shift", [-3, 100, 0.125])
def test_a_common_shift_changes_nothing(axes, shift):
    importances, performances = answers(6, 30)
    one = located(importances, performances, axes=axes)
    both = located(importances + shift, performances + shift, axes=axes)
    only = located(importances + shift, performances, axes=axes)
    for other in (both, only):
        assert names(other) == names(one)
        assert shares(other).tolist() == shares(one).tolist()
        assert other.importance_axis == close(one.importance_axis + shift)
    assert both.table["shortfall"] == close(one.table["shortfall"])
    assert both.table["rank"].tolist() == one.table["rank"].tolist()
    assert only.table["shortfall"] == close(one.table["shortfall"] + shift)


@given(seed=st.integers(0, 99), order=st.permutations(range(4)))
@few
def test_the_order_of_items_does_not_matter(seed, order):
    importances, performances = answers(seed, 20)
    importances[:5, 1] = NAN
    one, other = (
        located(importances, performances),
        located(importances[:, order], performances[:, order]),
    )
    assert names(other) == [names(one)[j] for j in order]
    for column in ("probability", "importance", "performance_low", "priority", "rank"):
        assert other.table[column] == close(one.table[column][list(order)])
    assert (other.performance_axis, other.importance_axis) == close(
        (one.performance_axis, one.importance_axis)
    )


@given(seed=st.integers(0, 99))
@few
def test_the_order_of_respondents_changes_the_draw_alone(seed):
    importances, performances = answers(seed, 25)
    rows = np.random.default_rng(seed).permutation(25)
    one = located(importances, performances, resamples=800)
    other = located(importances[rows], performances[rows], resamples=800)
    for column in one.table.columns:
        if column != "probability":
            wanted = one.table[column]
            texts = wanted.dtype.kind == "U"
            assert other.table[column].tolist() == (wanted.tolist() if texts else close(wanted))
    off = 5 * np.sqrt(2 * 0.25 / 800)
    assert np.abs(shares(other) - shares(one)).max() < off


def test_far_items_are_sure_of_their_quadrants():
    rng = np.random.default_rng(7)
    centres = np.array([[6, 6, 2, 2], [2, 6, 2, 6]])[:, None]  # importance, performance
    sure = []
    for n in (4, 20, 400):
        both = centres + rng.normal(0, 3, (2, n, 4))
        found = located(*both, axes=(4, 4), resamples=1000)
        if n > 4:
            assert names(found) == list(QUADRANTS)
        sure.append(found.table["probability"].min())
    assert sure[0] < sure[1] < sure[2] == 1


def test_an_item_on_a_line_is_as_likely_on_either_side():
    rng = np.random.default_rng(8)
    side = rng.normal(0, 1, (200, 1))
    importances = 4 + np.vstack([side, -side])  # mean 4, the line
    performances = rng.normal(6, 1, (400, 1))
    found = located(importances, performances, axes=(4, 4), resamples=4000)
    assert names(found) == [KEEP]
    here, keep, low, overkill = shares(found)[0]
    assert here == low == 0
    assert [keep, overkill] == pytest.approx([0.5, 0.5], abs=5 * math.sqrt(0.25 / 4000))


def test_two_items_beside_each_other_change_places():
    # the mean axes lie between the two: what one loses the other gains
    importances, performances = answers(9, 30, 2)
    four = shares(located(importances, performances, resamples=500))
    ties = 0.03  # where both lie on a line, both are high
    assert four[0] == pytest.approx(four[1, [3, 2, 1, 0]], abs=ties)


def drawn_anew(importances, performances, draws, seed, line=np.mean):
    """Return how often each item falls in each quadrant, (items, 4), by loops."""
    rng, n = np.random.default_rng(seed), len(importances)
    count = np.zeros((importances.shape[1], 4))
    for _ in range(draws):
        rows = rng.integers(n, size=n)
        I, P = (np.nanmean(side[rows], axis=0) for side in (importances, performances))  # noqa: E741
        for j in range(len(I)):
            high = I[j] >= line(I) - 1e-9, P[j] >= line(P) - 1e-9
            count[j, QUADRANTS.index(verdict(*high))] += 1
    return count / draws


@pytest.mark.parametrize("axes", ["mean", "median"])
def test_probabilities_are_those_of_respondents_drawn_anew(axes):
    importances, performances = answers(10, 40, 5, spread=2.5)
    importances[::5, 2] = NAN
    performances[:9, 0] = NAN
    found = located(importances, performances, axes=axes, resamples=3000)
    line = np.median if axes == "median" else np.mean
    wanted = drawn_anew(importances, performances, 3000, 10, line)
    off = 5 * np.sqrt(2 * np.maximum(wanted * (1 - wanted), 1 / 3000) / 3000)
    assert (np.abs(shares(found) - wanted) < off).all()
    assert ((found.table["probability"] > 0.2) & (found.table["probability"] < 0.98)).any()


def few_rows(monkeypatch, many):
    monkeypatch.setattr("servqual.priorities._points.MANY", many)


@pytest.mark.parametrize("kind", ["stated", "weighted", "correlation", "rest", "standardized"])
def test_the_normal_law_of_many_agrees_with_resampling(kind, monkeypatch):
    rng, beside = np.random.default_rng(11), np.array([0.03, -0.03, 0.05, -0.05, 0])
    noise = rng.normal(0, 1.2, (2, 1500, 5))  # a mean has the error 0.03
    noise -= noise.mean(axis=1, keepdims=True)
    importances, performances = 4 + beside + noise[0], 4 + beside[::-1] + noise[1]
    performances = np.clip(performances, 1, 7)
    outcome = performances @ [1, 0.9, 1, 0.9, 1.1] + rng.normal(0, 3, 1500)
    performances[:200, 1] = NAN
    survey = survey_of(performances)

    def found():
        if kind in ("stated", "weighted"):
            w = np.linspace(0.5, 2, 1500) if kind == "weighted" else None
            return located(importances, performances, weights=w, resamples=2000)
        method = kind if kind == "standardized" else "correlation"
        given = None if kind == "rest" else outcome
        return surveyed(
            survey, importance_from="derived", method=method, outcome=given, resamples=2000
        )

    drawn = found()
    few_rows(monkeypatch, 1000)
    normal = found()
    assert "normal law" not in drawn.table.note
    assert "by the normal law of their sums" in normal.table.note
    assert "by the normal law of their sums" in normal.quadrants.note
    assert names(normal) == names(drawn)
    wanted = shares(drawn)
    # two samples of 2000, and 0.01 for what the law of 1500 lacks of normal
    off = 5 * np.sqrt(2 * np.maximum(wanted * (1 - wanted), 1 / 2000) / 2000) + 0.01
    assert (np.abs(shares(normal) - wanted) < off).all()
    assert ((wanted > 0.05) & (wanted < 0.95)).any()
    for end in ("_se", "_low", "_high"):
        one, other = (x.table[f"importance{end}"] for x in (drawn, normal))
        # an sd of 2000 draws is good to 0.016, two differ by 5·0.023; an end of BCa to 0.082 errors
        off = (0.12 if end == "_se" else 0.58) * drawn.table["importance_se"]
        assert (np.abs(one - other) < off).all()


def test_ten_thousand_respondents_are_many():
    both = np.repeat(answers(12, 100), 100, axis=1)
    assert "normal law" in located(*both).table.note
    assert "normal law" not in located(*both[:, :-1]).table.note
    assert located(*both, rng=3).quadrants == located(*both, rng=3).quadrants
    seen = []
    located(*both, progress=lambda *told: seen.append(told))
    assert seen[-1][0] == seen[-1][1] > 0
    both[1, 900:, 0] = NAN  # 900 answers to an item have no normal law yet
    assert "normal law" not in located(*both).table.note


# --- derived importance ---------------------------------------------------------------------------


def overall(seed, n=120, k=4):
    """Return performances 1..7, and an overall rating of them."""
    rng = np.random.default_rng(seed)
    X = np.clip(np.rint(4 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 7)
    return X, X @ np.linspace(1, 0.1, k) + rng.normal(size=n)


def test_derived_importance_is_the_correlation_with_the_outcome():
    X, y = overall(1)
    X[:7, 1] = NAN
    y[5:15] = NAN
    found = surveyed(survey_of(X), importance_from="derived", outcome=y)
    table = found.table
    for j, column in enumerate(X.T):
        both = ~(np.isnan(column) | np.isnan(y))
        assert table["importance"][j] == close(np.corrcoef(column[both], y[both])[0, 1])
        assert table["importance_n"][j] == both.sum()
        assert table["performance"][j] == close(np.nanmean(column))  # over all who answered
    assert found.importance_axis == close(table["importance"].mean())
    z = [(m - m.mean()) / m.std(ddof=1) for m in (table["importance"], table["performance"])]
    assert table["shortfall"] == close(z[0] - z[1])
    assert table["rank"].tolist() == stats.rankdata(z[1] - z[0], "min").tolist()
    assert "correlation with the outcome" in table.note
    assert "of z-scores over items" in table.note
    assert not any("overall rating" in words for words in found.cautions)
    assert table["dimension"].tolist() == ["A", "A", "B", "B"]


def test_without_an_outcome_it_is_the_mean_of_the_others_and_says_so():
    X, _ = overall(2, 60)
    X[:9, 2] = NAN
    X[3, [0, 1, 3]] = NAN  # nobody
    found = surveyed(survey_of(X), importance_from="derived")
    for j, row in enumerate(found.table.rows()):
        others = np.delete(X, j, axis=1)
        own = ~np.isnan(X[:, j]) & ~np.isnan(others).all(axis=1)
        rest = np.nanmean(others[own], axis=1)
        assert row["importance"] == close(np.corrcoef(X[own, j], rest)[0, 1])
    assert found.cautions[0].startswith("no overall rating: importance is how an item goes with")
    assert found.n == 59


@pytest.mark.parametrize("method", JOINT)
def test_derived_importance_of_all_items_together(method):
    X, y = overall(3)
    X[:7, 1] = NAN
    y[5:15] = NAN
    whole = ~np.isnan(np.column_stack([X, y])).any(axis=1)
    found = surveyed(survey_of(X), importance_from="derived", outcome=y, method=method)
    table = found.table
    assert table["importance"] == close(JOINT[method](X[whole], y[whole]), 1e-7)
    assert (table["importance_n"] == whole.sum()).all()
    assert table["performance"] == close(np.nanmean(X, axis=0))
    assert (table["importance_low"] < table["importance"]).all()
    assert (table["importance"] < table["importance_high"]).all()


def test_derived_importance_of_weighted_answers():
    X, y = overall(4)
    w = np.random.default_rng(4).uniform(0.3, 3, len(y))
    X[:6, 0] = NAN
    table, heavy = (
        surveyed(survey_of(X, weights=own), importance_from="derived", outcome=y).table
        for own in (w, 1e90 * w)
    )
    for column in ("importance", "importance_low", "importance_high"):
        assert heavy[column] == close(table[column], 1e-6)
    for j, column in enumerate(X.T):
        both = ~np.isnan(column)
        S = np.cov(column[both], y[both], aweights=w[both])
        assert table["importance"][j] == close(S[0, 1] / math.sqrt(S[0, 0] * S[1, 1]))


def test_intervals_of_derived_importance_are_bca():
    X, y = overall(5, 60, 3)
    table = surveyed(
        survey_of(X), importance_from="derived", outcome=y, resamples=4000, confidence=0.9
    ).table
    for j, column in enumerate(X.T[:2]):
        wanted = stats.bootstrap(
            (column, y),
            lambda a, b: np.corrcoef(a, b)[0, 1],
            paired=True,
            vectorized=False,
            n_resamples=4000,
            confidence_level=0.9,
            method="BCa",
            random_state=np.random.default_rng(5),
        )
        # a quantile at 0.05 of 4000 draws has an error of about 0.033 se, and BCa more
        off = 5 * math.sqrt(2) * 0.05 * wanted.standard_error
        low, high = wanted.confidence_interval
        assert table["importance_low"][j] == pytest.approx(low, abs=off)
        assert table["importance_high"][j] == pytest.approx(high, abs=off)
        assert table["importance_se"][j] == pytest.approx(wanted.standard_error, rel=0.08)
    assert "of importance by BCa bootstrap" in table.note


def test_intervals_widen_with_confidence():
    X, y = overall(6, 40)
    importances, performances = answers(13, 40)
    tables = [
        (
            surveyed(
                survey_of(X),
                importance_from="derived",
                outcome=y,
                confidence=c,
                resamples=1000,
            ).table,
            located(importances, performances, confidence=c).table,
        )
        for c in (0.5, 0.9, 0.99)
    ]
    for source in zip(*tables, strict=True):
        for side in ("importance", "performance"):
            assert (np.diff([t[f"{side}_low"] for t in source], axis=0) < 0).all()
            assert (np.diff([t[f"{side}_high"] for t in source], axis=0) > 0).all()
    derived = tables[-1][0]
    assert ((derived["importance_low"] >= -1) & (derived["importance_high"] <= 1)).all()


def test_units_of_an_outcome_do_not_matter():
    X, y = overall(7, 50)
    one, other = (
        surveyed(survey_of(X), importance_from="derived", outcome=o) for o in (y, 1e4 + 50 * y)
    )
    assert names(one) == names(other)
    assert shares(other) == close(shares(one), least=0.021)  # a tie may fall to the other side
    assert other.table["importance"] == close(one.table["importance"], 1e-7)
    turned = surveyed(survey_of(X), importance_from="derived", outcome=-y)
    assert turned.table["importance"] == close(-one.table["importance"], 1e-7)


@pytest.mark.parametrize(
    ("changed", "method", "reasons"),
    [
        (lambda X, y: (np.full_like(X, 4), y), "correlation", {"the item does not vary"}),
        (lambda X, y: (X, 0 * y), "correlation", {"the outcome does not vary"}),
        (lambda X, y: (X[:1], y[:1]), "correlation", {"one respondent"}),
        (lambda X, y: (X, NAN * y), "correlation", {"no answers beside an outcome"}),
        (lambda X, y: (NAN * X, y), "correlation", {"no answers"}),
        (lambda X, y: (X[:, :1], None), "correlation", {"no answers to other items"}),
        (
            lambda X, y: (np.column_stack([X[:, :3], X[:, 0]]), y),
            "lmg",
            {"item 'i4' follows from 'i1'"},
        ),
        (lambda X, y: (X * [1, 0, 1, 1] + [0, 4, 0, 0], y), "pratt", {"item 'i2' does not vary"}),
        (lambda X, y: (X, 0 * y), "relative-weights", {"the outcome does not vary"}),
        (
            lambda X, y: (X[:5], y[:5]),
            "standardized",
            {"5 complete respondents are too few for 4 items"},
        ),
        (
            lambda X, y: (X[:1], y[:1]),
            "lmg",
            {"1 complete respondent is too few for 4 items"},
        ),
    ],
)
def test_without_derived_importance_there_is_a_reason(changed, method, reasons):
    X, y = changed(*overall(8, 30))
    found = surveyed(survey_of(X), importance_from="derived", outcome=y, method=method)
    assert set(found.table["undefined"].tolist()) == reasons
    assert found.undefined in reasons
    assert names(found) == [""] * X.shape[1]
    assert np.isnan(shares(found)).all()
    assert set(found.quadrants["undefined"].tolist()) == reasons
    assert found.undefined in str(found)


# --- surveys and frames ---------------------------------------------------------------------------


def test_a_survey_is_its_arrays():
    importances, performances = answers(14, 40)
    importances[3, 1] = performances[4:9, 2] = NAN
    w = np.linspace(0.5, 2, 40)
    by_survey = surveyed(survey_of(performances, importances, weights=w))
    by_array = located(
        importances, performances, weights=w, scale=(1, 7), items=["i1", "i2", "i3", "i4"]
    )
    assert by_survey.table.keys == by_array.table.keys == ("item",)
    for column in by_array.table.columns:
        assert (
            by_survey.table[column].tolist() == close(by_array.table[column].tolist())
            if by_array.table[column].dtype.kind != "U"
            else by_survey.table[column].tolist() == by_array.table[column].tolist()
        )
    assert (
        by_survey.quadrants.where(item="i2")["probability"].tolist() == shares(by_array)[1].tolist()
    )
    assert by_survey.table["dimension"].tolist() == ["A", "A", "B", "B"]
    assert surveyed(survey_of(performances, importances), axes="midpoint").importance_axis == 4


def test_reverse_keyed_items_perform_the_other_way():
    importances, performances = answers(15, 30)
    straight = sq.survey_from_arrays(
        form((2, 2)), perceptions=performances, importances=importances
    )
    performances = np.where(np.arange(4) == 1, 8 - performances, performances)
    turned = sq.survey_from_arrays(
        form((2, 2), reverse={1}), perceptions=performances, importances=importances
    )
    assert surveyed(turned).table.to_dict() == surveyed(straight).table.to_dict()


def test_answers_come_as_any_table():
    importances, performances = answers(16, 30, 3)
    importances[:4, 0] = NAN
    items, w = ["wait", "care", "price"], np.linspace(1, 2, 30)
    plain = located(importances, performances, items=items, weights=w)
    I, P = (pd.DataFrame(side, columns=items) for side in (importances, performances))  # noqa: E741
    turned = P[["price", "wait", "care"]]  # matched by name
    pairs = [
        (I, P, w),
        (I, turned, w),
        (I.convert_dtypes(), turned.convert_dtypes(), w),
        (pl.DataFrame(importances, schema=items), pl.from_pandas(turned), w),
        (I.assign(w=w), P, "w"),
        (I.assign(w=w), P.assign(w=w), "w"),
        (I, performances, w),
        (importances, P, w),
        ({name: I[name].tolist() for name in items}, dict(turned.items()), pd.Series(w)),
    ]
    for first, second, weights in pairs:
        found = located(first, second, weights=weights)
        assert found.table["item"].tolist() == items
        assert names(found) == names(plain)
        assert shares(found).tolist() == shares(plain).tolist()
        assert found.table["importance"] == close(plain.table["importance"])
    chosen = located(I, turned, items=["price", "wait"])
    assert chosen.table["item"].tolist() == ["price", "wait"]
    assert chosen.table["performance"] == close(performances[:, [2, 0]].mean(axis=0))
    masked = located(np.ma.masked_invalid(importances), performances, weights=w)
    assert names(masked) == names(plain)
    assert located(importances, performances).table["item"].tolist() == ["1", "2", "3"]


def test_pairs_need_not_be_of_the_same_people():
    importances, performances = answers(17, 40, 3)
    importances[:20] = NAN
    performances[20:] = NAN
    found = located(importances, performances)
    assert found.n == 40
    assert found.table["importance"] == close(importances[20:].mean(axis=0))
    assert found.table["performance"] == close(performances[:20].mean(axis=0))
    nobody = located(
        *(np.vstack([side, np.full((5, 3), NAN)]) for side in (importances, performances))
    )
    assert nobody.n == 40
    assert shares(nobody).tolist() == shares(found).tolist()


def test_scales_without_a_common_unit_have_z_scores():
    importances, performances = answers(18, 30)
    points = 25 * importances  # as of a hundred points to divide
    found = located(points, performances, common_scale=False, scale=(1, 7))
    assert names(found) == names(located(importances, performances))
    z = [
        (m - m.mean()) / m.std(ddof=1)
        for m in (found.table["importance"], found.table["performance"])
    ]
    assert found.table["shortfall"] == close(z[0] - z[1])
    assert found.table["importance_high"].max() > 7  # cut to no scale
    still = located(np.full((5, 3), 40.0), answers(19, 5, 3)[0], common_scale=False)
    assert np.isnan(still.table["priority"]).all()
    assert all("no priority: no differences" in words for words in still.table["lacking"].tolist())


def test_the_same_seed_says_the_same():
    importances, performances = answers(20, 30)

    def found(**options):
        return shares(located(importances, performances, **options)).tolist()

    assert found() == found() == found(rng=0) == found(rng=np.random.default_rng(0))
    assert found(rng=1) != found()
    assert found(rng=None) != found(rng=None)


def test_progress_reaches_its_end():
    seen = []
    located(*answers(21, 30), progress=lambda *told: seen.append(told))
    assert seen[-1][0] == seen[-1][1] > 0


# --- cautions -------------------------------------------------------------------------------------

TOP = "every importance lies in the top tenth of the scale"
ALIKE = "importance hardly differs between items"
HALO = "importance tracks performance"
FEW = "fewer than three items"


def cautioned(found):
    """Return the cautions, cut to how each begins, and see that the note has them."""
    for words in found.cautions:
        assert f"caution: {words}" in found.table.note
    return {
        known
        for known in (TOP, ALIKE, HALO, FEW)
        for words in found.cautions
        if words.startswith(known)
    }


def steady(importances, performances, n=50, spread=0.5, seed=0):
    """Return answers of exactly these means, with this sd."""
    noise = np.random.default_rng(seed).normal(size=(2, n, len(importances)))
    noise -= noise.mean(axis=1, keepdims=True)
    noise *= spread / noise.std(axis=1, keepdims=True)
    return np.array([importances, performances])[:, None] + noise


def test_a_plain_picture_has_no_cautions():
    found = located(*steady([2, 4, 6, 3, 5], [4, 5, 3, 4, 3]), scale=(0, 8))
    assert found.cautions == ()
    assert "caution" not in found.table.note


def test_importances_at_the_ceiling_are_told():
    tight = {"spread": 0.01}
    assert cautioned(located(*steady([6.5, 6.9, 6.6], [4, 3, 5], **tight), scale=(1, 7))) == {TOP}
    # 1..7 is 6 wide: its top tenth begins at 6.4
    assert cautioned(located(*steady([6.3, 6.9, 6.6], [4, 3, 5], **tight), scale=(1, 7))) == set()
    assert cautioned(located(*steady([6.5, 6.9, 6.6], [4, 3, 5], **tight))) == set()  # no scale


def test_importances_that_hardly_differ_are_told():
    # the error of a mean is 0.5/√50 = 0.07; of its distance from the items' mean √(2/3) of that
    same = steady([4, 4.01, 4.02], [4, 3, 5])
    assert cautioned(located(*same)) == {ALIKE}
    assert "derive importance instead" in located(*same).table.note
    for times, wanted in ((1.6, {ALIKE}), (2.5, set())):  # what differs by twice the error is seen
        d = times * 0.5 / math.sqrt(49) * math.sqrt(2 / 3)
        found = located(*steady([4 - d, 4, 4 + d], [4, 3, 5]), resamples=2000)
        assert cautioned(found) == wanted


def test_importance_that_tracks_performance_is_told():
    together = [2, 3, 4, 5, 6]
    assert cautioned(located(*steady(together, [2.1, 3.2, 3.9, 5.1, 6]))) == {HALO}
    assert cautioned(located(*steady(together, [6, 5, 4, 3, 2]))) == set()
    # r = 0.6 over five items has p = 0.28, over thirty 0.0005
    few_items, many_items = np.array([1, 2, 3, 4, 5.0]), np.linspace(1, 5, 30)
    rng = np.random.default_rng(1)
    for items, wanted in ((few_items, set()), (many_items, {HALO})):
        apart = rng.normal(size=len(items))
        x = (items - items.mean()) / items.std()
        apart -= apart.mean() + x * (x @ apart) / len(x)
        other = 4 + 0.6 * x + 0.8 * apart / apart.std()
        assert cautioned(located(*steady(items, other, spread=0.1))) == wanted
    exactly = located(*steady(together, together, spread=0.1))
    assert HALO in cautioned(exactly)


def test_too_few_items_are_told_where_they_make_the_axes():
    two = steady([2, 6], [5, 3])
    assert cautioned(located(*two)) == {FEW}
    assert cautioned(located(*two, axes="median")) == {FEW}
    assert cautioned(located(*two, axes=(4, 4))) == set()
    assert cautioned(located(*two, axes="midpoint", scale=(0, 8))) == set()
    three = steady([2, 6, 4], [5, 3, 5])
    assert cautioned(located(*three)) == set()
    three[0, :, 2] = NAN
    assert cautioned(located(*three)) == {FEW}


# --- bad input ------------------------------------------------------------------------------------


def test_answers_that_never_move_have_no_probability():
    found = located(np.full((5, 3), 4.0), np.full((5, 3), 0.1))
    assert names(found) == [KEEP] * 3
    assert set(found.table["lacking"].tolist()) == {"no intervals, no probability: no variation"}
    assert (found.table["rank"] == 1).all()
    assert np.isnan(found.table["importance_low"]).all()
    # one item that does not vary moves against the others
    both = answers(22, 30)
    both[:, :, 0] = 4
    row = located(*both).table.row(item="1")
    assert row["lacking"] == "no intervals: no variation"
    assert 0 < row["probability"] <= 1


def test_an_item_that_few_answered_loses_its_probability():
    importances, performances = answers(23, 30, 3)
    importances[1:, 0] = NAN  # missing in about (1 - 1/30)³⁰ = 0.36 of resamples
    found = located(importances, performances, resamples=500)
    row = found.table.row(item="1")
    lost = int(re.search(r"no probability: (\d+) of 500 resamples without", row["lacking"])[1])
    assert lost / 500 == pytest.approx((29 / 30) ** 30, abs=5 * math.sqrt(0.36 * 0.64 / 500))
    assert "no interval of importance: one respondent" in row["lacking"]
    assert math.isnan(row["probability"])
    assert row["quadrant"]
    assert found.table["lacking"].tolist()[1:] == ["", ""]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a, b: located(a, b[:9]), "a row for each of the 20 respondents.*got 9"),
        (lambda a, b: located(a, b[:, :3]), "`performances` must have 4 items, got 3"),
        (lambda a, b: located(a[0], b[0]), "must be a table with two axes, got shape"),
        (lambda a, b: located("a.csv", b), "TypeError: `importances` must be a table"),
        (lambda a, b: located([["good", "bad"]], [[1, 2]]), "must be numbers, got 'good'"),
        (
            lambda a, b: located([[1, math.inf]], [[1, 2]]),
            r"`importances\['2'\]` must be finite, got inf",
        ),
        (lambda a, b: located(a, b, items=["x", "y"]), "a column for each of 'x', 'y'"),
        (lambda a, b: located(a, b, items=["x", "x", "y", "z"]), "ValueError: `items`"),
        (
            lambda a, b: located(
                pd.DataFrame(a, columns=[*"abcd"]), pd.DataFrame(b, columns=[*"abcx"])
            ),
            "must have the items 'a', 'b', 'c', 'd', got 'a', 'b', 'c', 'x'",
        ),
        (lambda a, b: located(pd.DataFrame(a, columns=[*"abcd"]), b, weights="w"), "no column 'w'"),
        (
            lambda a, b: located(pd.DataFrame(a), pd.DataFrame(b, index=range(20, 0, -1))),
            "`performances` must have the index of `importances`",
        ),
        (lambda a, b: located(a, b, weights=[1, 2]), "`weights` must have one number for each of"),
        (lambda a, b: located(a, b, weights=-np.ones(20)), "`weights` must be 0 or lie in"),
        (lambda a, b: located(a, b, axes="best"), "`axes` must be one of 'mean', 'median', 'midp"),
        (lambda a, b: located(a, b, axes=(1, 2, 3)), "two numbers \\(performance, importance\\)"),
        (lambda a, b: located(a, b, axes=3), "TypeError: `axes` must be 'mean', 'median'"),
        (lambda a, b: located(a, b, axes=(1, NAN)), "must be a finite number, got nan"),
        (lambda a, b: located(a, b, axes=("low", 2)), "TypeError.*must be a number, got 'low'"),
        (lambda a, b: located(a, b, axes="midpoint"), "`axes`='midpoint' needs `scale`"),
        (lambda a, b: located(a, b, axes=(0, 4), scale=(1, 7)), "must lie in 1..7, got 0"),
        (lambda a, b: located(a, b, axes=(4, 8), scale=(1, 7)), "must lie in 1..7, got 8"),
        (
            lambda a, b: located(a, b, axes="midpoint", scale=(1, 7), common_scale=False),
            "is of one scale, and importance is on another",
        ),
        (lambda a, b: located(a, b + 7, scale=(1, 7)), "`performances` must lie in 1..7"),
        (lambda a, b: located(a + 7, b, scale=(1, 7)), "`importances` must lie in 1..7"),
        (lambda a, b: located(a, b, scale=(7, 1)), "`low` must be below `high`"),
        (lambda a, b: located(a, b, common_scale="no"), "TypeError: `common_scale`"),
        (lambda a, b: located(a, b, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda a, b: located(a, b, resamples=1), "`resamples` must be a whole number of at least"),
        (lambda a, b: surveyed(a), "TypeError: `survey` must be"),
        (lambda a, b: surveyed(sq.moments(survey_of(b))), "TypeError: `survey`.*Moments keep no"),
        (
            lambda a, b: surveyed(survey_of(b)),
            "`survey` must have importances, got perceptions; read them with importances=…, or",
        ),
        (
            lambda a, b: surveyed(survey_of(b, a), outcome=a[:, 0]),
            "`outcome` is of derived importance; take importance_from='derived'",
        ),
        (lambda a, b: surveyed(survey_of(b, a), method="lmg"), "`method` is of derived importance"),
        (lambda a, b: surveyed(survey_of(b, a), importance_from="asked"), "one of 'stated', 'deri"),
        (
            lambda a, b: surveyed(survey_of(b), importance_from="derived", method="shapley"),
            "`method` must be one of 'correlation', 'standardized', 'lmg'",
        ),
        (
            lambda a, b: surveyed(survey_of(b), importance_from="derived", method="lmg"),
            "`method`='lmg' needs `outcome`, an overall rating of each respondent",
        ),
        (
            lambda a, b: surveyed(survey_of(b), importance_from="derived", outcome=a[:5, 0]),
            "`outcome` must have one number for each of 20 respondents, got 5",
        ),
        (
            lambda a, b: surveyed(survey_of(b), importance_from="derived", outcome="overall"),
            "TypeError: `outcome`",
        ),
        (
            lambda a, b: surveyed(survey_of(b), importance_from="derived", axes="midpoint"),
            "`axes`='midpoint' is of one scale",
        ),
        (
            lambda a, b: surveyed(
                survey_of(np.tile(b, 4)), importance_from="derived", outcome=a[:, 0], method="lmg"
            ),
            "`method`='lmg' must have at most 15 items, got 16.*take 'relative-weights'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(call, said):
    refused(lambda: call(*answers(24, 20)), said)


def test_an_outcome_with_an_order_of_its_own_is_refused():
    survey = sq.simulate_survey(sq.instrument("servqual"), 30, rng=1)
    overall = pd.Series(np.arange(30.0))
    kept = importance_performance(survey, importance_from="derived", outcome=overall)
    turned = overall.sample(frac=1, random_state=1)
    with pytest.raises(ValueError, match=r"`outcome` must stand in the order of the survey.*numpy"):
        importance_performance(survey, importance_from="derived", outcome=turned)
    plain = overall.to_numpy()
    assert importance_performance(survey, importance_from="derived", outcome=plain) == kept


def test_few_complete_answers_are_said_with_a_way_out():
    survey = sq.simulate_survey(sq.instrument("servqual"), 200, missing=0.1, rng=1)
    overall = np.random.default_rng(1).normal(size=200)
    found = importance_performance(
        survey, importance_from="derived", outcome=overall, method="relative-weights"
    )
    assert any("method='correlation'" in caution for caution in found.cautions)
    assert "respondents answered all, and" in found.table.note
