"""Tests of aggregation: worked values, exact decimals, orders, bounds, rules side by side."""

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from servqual.journeys import (
    Composite,
    Journey,
    Touchpoint,
    aggregate,
    aggregation_table,
    composite,
    composite_codes,
    layer_scores,
    ordered_average,
    orness,
    peak_end,
    vetoed_average,
)
from servqual.journeys.composites import Part

from .effort import effort

few = effort(40)
NAN, INF = math.nan, math.inf
E5 = {"scores": [0.9, 0.8, 0.4, 0.95], "weights": [0.4, 0.3, 0.2, 0.1]}  # theory E5, from R
CHAIN = (-INF, -5, -1, -0.5, -1e-12, 0, 1e-12, 0.5, 1, 2, 7, INF)
SCORES = st.one_of(
    st.sampled_from([0.0, 1e-300, 1e-12, 1.0, 1 + 1e-15, 7.0, 1e300]), st.floats(1e-300, 1e300)
)
USUAL = st.floats(0.1, 10)
WEIGHTS = st.sampled_from([0, 1e-9, 0.1, 1, 1.7, 3, 1e6])
POWERS = st.one_of(
    st.sampled_from([0, *(s * p for s in (-1, 1) for p in (1e-25, 1e-12, 1e-3, 1, 1e6))]),
    st.floats(-50, 50),
)


@st.composite
def weighted(draw, scores=SCORES, most=6, least=1):
    """Draw scores and a weight for each, not all 0."""
    pairs = draw(st.lists(st.tuples(scores, WEIGHTS), min_size=least, max_size=most))
    assume(any(weight for _, weight in pairs))
    return [list(side) for side in zip(*pairs, strict=True)]


def exact_mean(scores, weights, power):
    """Return (Σ w·x^p/Σ w)^(1/p) of what is there, in decimals of 80 digits."""
    pairs = [(x, w) for x, w in zip(scores, weights, strict=True) if w and not math.isnan(x)]
    if math.isinf(power):
        return (min if power < 0 else max)(x for x, _ in pairs)
    if power <= 0 and any(x == 0 for x, _ in pairs):
        return 0.0
    with localcontext(prec=80, Emax=MAX_EMAX, Emin=MIN_EMIN):
        p, parts = Decimal(power), [(Decimal(x), Decimal(w)) for x, w in pairs]
        total = sum(w for _, w in parts)
        if abs(power) < 1e-30:
            return float((sum(w * x.ln() for x, w in parts) / total).exp())
        inner = sum(w * x**p for x, w in parts if x) / total
        return float(inner ** (1 / p)) if inner else 0.0


# --- power means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power", "wanted"),
    [(1, 0.775), (0, 0.74269134), (-1, 0.70189841), (-5, 0.54264306), (-INF, 0.4), (INF, 0.95)],
)
def test_e5_power_means(power, wanted):
    assert aggregate(**E5, power=power) == pytest.approx(wanted, abs=5e-9)
    named = {side: dict(zip("abcd", values, strict=True)) for side, values in E5.items()}
    turned = dict(reversed(named["weights"].items()))
    assert aggregate(named["scores"], weights=turned, power=power) == aggregate(**E5, power=power)


@given(case=weighted(), power=POWERS)
@example(case=[[1e-300, 1e300], [1, 1]], power=-1e6)
@example(case=[[1e-300, 1e300], [1e-9, 1e6]], power=1e6)
@example(case=[[1e-300, 1e300], [1, 1]], power=1e-12)
@example(case=[[1, 1 + 1e-15], [1, 1]], power=1e-12)
@effort(150)
def test_power_means_against_decimals(case, power):
    found = aggregate(case[0], weights=case[1], power=power)
    assert found == pytest.approx(exact_mean(*case, power), rel=2e-12, abs=0)


@given(case=weighted())
@effort(100)
def test_the_chain_of_means_holds_exactly(case):
    scores, weights = case
    found = {power: aggregate(scores, weights=weights, power=power) for power in CHAIN}
    counted = [x for x, w in zip(*case, strict=True) if w]
    assert (found[-INF], found[INF]) == (min(counted), max(counted))
    links = [found[power] for power in (-INF, -1, 0, 1, INF)]
    assert links == sorted(links)
    for power, mean in found.items():
        low, high = (-INF, 0) if power < 0 else (0, 1) if power <= 1 else (1, INF)
        assert found[low] <= mean <= found[high]
    for less, more in pairwise(found.values()):  # of others, but for rounding
        assert less <= more * (1 + 1e-12)


@given(case=weighted(), power=POWERS, place=st.integers(0, 5), more=st.floats(1, 100))
@few
def test_a_better_score_is_never_worse(case, power, place, more):
    scores, weights = case
    raised = list(scores)
    raised[place % len(raised)] *= more
    before, after = (aggregate(x, weights=weights, power=power) for x in (scores, raised))
    assert after >= before * (1 - 1e-12)


@given(case=weighted(), power=POWERS, seed=st.integers(0, 99), factor=st.floats(1e-3, 1e3))
@few
def test_invariances_of_power_means(case, power, seed, factor):
    scores, weights = (np.array(side, dtype=float) for side in case)
    scores = np.clip(scores, 0, 1e290)
    found = aggregate(scores, weights=weights, power=power)

    def same(more_scores, more_weights, times=1.0):
        again = aggregate(more_scores, weights=more_weights, power=power)
        assert again == pytest.approx(times * found, rel=2e-12, abs=1e-302)

    order = np.random.default_rng(seed).permutation(len(scores))
    same(scores[order], weights[order])
    same(scores, weights * factor)
    same(scores * factor, weights, factor)
    same([*scores, scores[0]], [weights[0] / 4, *weights[1:], weights[0] * 3 / 4])  # split
    same([0, *scores, NAN, None, 1e305], [0, *weights, 1, 2, 0])  # absent, or of weight 0
    assert aggregate(scores[weights > 0], weights=weights[weights > 0], power=power) == found


@given(x=SCORES, weights=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6))
@few
def test_equal_scores_are_their_mean_exactly(x, weights):
    for power in (*CHAIN, -1e6, 1e6):
        assert aggregate([x] * len(weights), weights=weights, power=power) == x
    assert ordered_average([x] * len(weights), weights=weights) == x
    assert peak_end([x] * len(weights), neutral=4) == x


def test_zeros_and_what_lies_below():
    assert [aggregate([0, 8], power=p) for p in (-INF, -3, -1e-30, 0)] == [0, 0, 0, 0]
    assert aggregate([0, 8], power=0.5) == pytest.approx(2)
    assert [aggregate([0, 0], power=p) for p in CHAIN] == [0] * len(CHAIN)
    assert [aggregate([-3, 1, -1], power=p) for p in (-INF, 1, INF)] == [-3, -1, 1]
    assert aggregate([-3, 4], weights=[0, 1], power=0) == 4
    assert aggregate(np.ma.array([9, 1], mask=[True, False])) == 1
    assert aggregate([True, False, True, True]) == 0.75


def test_the_largest_floats_have_a_mean():
    assert aggregate([1.7e308] * 10 + [0]) == pytest.approx(1.7e308 / 11 * 10)
    assert ordered_average([1.7e308] * 10 + [0], weights=[1] * 11) == aggregate(
        [1.7e308] * 10 + [0]
    )


# --- ordered averages -----------------------------------------------------------------------------


def test_e5_ordered_average():
    assert ordered_average(E5["scores"], weights=[0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.675)
    assert orness([0.1, 0.2, 0.3, 0.4]) == pytest.approx(1 / 3)


@given(
    case=weighted(scores=st.floats(-1e6, 1e6, allow_subnormal=False), least=2),
    seed=st.integers(0, 99),
)
@example(case=[[524288.0, 4.1072897941535984e-305], [0, 1e-9]], seed=0)  # the small one's digits
@few
def test_ordered_averages(case, seed):
    scores, weights = case
    n, found = len(scores), ordered_average(scores, weights=weights)
    ranked = sorted(map(Fraction, scores), reverse=True)
    w = [Fraction(x) / sum(map(Fraction, weights)) for x in weights]
    wanted = sum(a * b for a, b in zip(w, ranked, strict=True))
    size = max(map(abs, scores))
    assert found == pytest.approx(float(wanted), rel=1e-13, abs=1e-14 * size)
    assert min(scores) <= found <= max(scores)
    order = np.random.default_rng(seed).permutation(n)
    assert ordered_average(np.array(scores)[order], weights=weights) == found
    first = [1, *[0] * (n - 1)]
    assert ordered_average(scores, weights=first) == max(scores)
    assert ordered_average(scores, weights=first[::-1]) == min(scores)
    mean = pytest.approx(aggregate(scores), rel=1e-13, abs=1e-14 * size)
    assert ordered_average(scores, weights=[2.5] * n) == mean
    near = orness(weights)
    assert near == pytest.approx(float(sum(x * (n - 1 - i) for i, x in enumerate(w)) / (n - 1)))
    assert 0 <= near <= 1
    assert orness(weights[::-1]) == pytest.approx(1 - near, abs=1e-15)
    assert (orness(first), orness([3] * n), orness(first[::-1])) == (1, 0.5, 0)


# --- peak and end, veto ---------------------------------------------------------------------------


def test_e6_peak_and_end():
    assert peak_end([5, 2, 8, 6], neutral=4) == 7.0  # theory E6: the peak is 8
    assert peak_end([1, 7, 4], neutral=4) == 5.5  # of ties the later
    assert peak_end([7, 1, 4], neutral=4) == 2.5
    # 0.3 - 0.1 is less than 0.5 - 0.3 by rounding alone
    assert peak_end([0.5, 0.1, 0.3], neutral=0.3) == pytest.approx(0.2)
    assert peak_end([0.1, 0.5, 0.3], neutral=0.3) == pytest.approx(0.4)
    assert peak_end({"a": 9, "b": 5, "c": None}, neutral=4) == 7


MARKS = st.lists(st.one_of(st.none(), st.integers(1, 7)), min_size=1, max_size=6).filter(any)


@given(scores=MARKS, neutral=st.sampled_from([1, 4, 4.5, 7]), calm=st.integers(0, 20))
@few
def test_peak_and_end_by_hand(scores, neutral, calm):
    there = [x for x in scores if x is not None]
    peak = max(enumerate(there), key=lambda at: (abs(at[1] - neutral), at[0]))[1]
    found = peak_end(scores, neutral=neutral)
    assert found == (peak + there[-1]) / 2
    assert min(there) <= found <= max(there)
    assert peak_end([neutral] * calm + scores, neutral=neutral) == found  # duration is neglected
    mirrored = [None if x is None else 2 * neutral - x for x in scores]
    assert peak_end(mirrored, neutral=neutral) == 2 * neutral - found


def test_a_veto():
    stay = {"arrive": 9, "sleep": 4, "leave": 8}
    rule = {"critical": ["sleep"], "threshold": 5}
    assert vetoed_average(stay, **rule) == 4
    assert vetoed_average(stay, **rule, vetoed=0) == 0  # one bad moment makes the whole zero
    assert vetoed_average(stay, **rule | {"threshold": 4}) == 7  # reached is enough
    assert vetoed_average(stay, **rule | {"critical": "sleep"}) == 4
    assert vetoed_average([9, 4, 8], critical=np.array([False, True, False]), threshold=5) == 4
    # the default is never above the average, of which a critical score of weight 0 is no part
    assert vetoed_average([4, 1], critical=[True, False], threshold=5) == 2.5
    assert vetoed_average([4, 9], critical=[True, False], threshold=5, weights=[0, 1]) == 4
    assert vetoed_average(stay | {"leave": None}, **rule | {"threshold": 1}) == 6.5


@given(
    case=weighted(scores=USUAL, least=2),
    critical=st.lists(st.booleans(), min_size=6, max_size=6),
    threshold=st.floats(0, 11),
    power=st.floats(-20, 20),
    raising=st.tuples(st.integers(0, 5), st.floats(1, 50)),
)
@few
def test_properties_of_a_veto(case, critical, threshold, power, raising):
    scores, weights = case
    rule = {"critical": critical[: len(scores)], "weights": weights, "power": power}
    rule["threshold"] = threshold
    mean = aggregate(scores, weights=weights, power=power)
    decisive = [x for x, mark in zip(scores, critical, strict=False) if mark]
    vetoed = bool(decisive) and min(decisive) < threshold
    found = vetoed_average(scores, **rule)
    assert found == (min(*decisive, mean) if vetoed else mean)
    assert vetoed_average(scores, **rule, vetoed=-9) == (-9 if vetoed else mean)
    better = list(scores)
    better[raising[0] % len(scores)] *= raising[1]
    assert vetoed_average(better, **rule) >= found * (1 - 1e-12)


# --- all rules side by side -----------------------------------------------------------------------

SIGNS = {"mean": 1, "geometric": 0, "harmonic": -1, "minimum": -INF}


def or_nan(function, *arguments, **more):
    """Return what a function gives, NaN where it refuses."""
    try:
        return function(*arguments, **more)
    except ValueError:
        return NAN


@st.composite
def several_journeys(draw, hole=True):
    """Draw scores (journeys, touchpoints), with equal ones, zeros, and a few missing or below 0."""
    n, k = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    cell = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 9.0] + [NAN, -1.0] * hole)
    rows = st.lists(st.lists(cell, min_size=k, max_size=k), min_size=n, max_size=n)
    return np.array(draw(rows))


@given(scores=several_journeys(), seed=st.integers(0, 99), power=st.sampled_from([1, 0, -2]))
@effort(50)
def test_every_row_is_that_of_the_single_function(scores, seed, power):
    k = scores.shape[1]
    rng = np.random.default_rng(seed)
    w, ranks = rng.choice([0, 1, 2.5], k), rng.choice([1, 2, 0.5], k)
    w[rng.integers(k)] = 1
    marks = rng.random(k) < 0.5
    table = aggregation_table(
        scores,
        weights=w,
        critical=marks,
        threshold=2,
        neutral=2.5,
        ordered_weights=ranks,
        power=power,
    ).scores
    assert table.columns == ("journey", "rule", "n", "score", "rank", "undefined")
    for place, row in enumerate(scores):
        wanted = {name: or_nan(aggregate, row, weights=w, power=p) for name, p in SIGNS.items()}
        wanted["ordered"] = or_nan(ordered_average, row, weights=ranks)
        wanted["peak_end"] = or_nan(peak_end, row, neutral=2.5)
        veto = {"critical": marks, "threshold": 2, "weights": w, "power": power}
        wanted["veto"] = or_nan(vetoed_average, row, **veto)
        mine = table.where(journey=f"{place + 1}")
        assert mine["rule"].tolist() == list(wanted)
        assert mine["score"].tolist() == pytest.approx(
            list(wanted.values()), rel=1e-14, nan_ok=True
        )
        assert ((mine["undefined"] == "") == ~np.isnan(mine["score"])).all()
        there = int((~np.isnan(row) & (w > 0)).sum())
        assert mine["n"].tolist()[:4] == [there] * 4
    # all but missing scores of the same size: differences beyond rounding
    for name in np.unique(table["rule"]):
        rows = table.where(rule=name)
        known = ~np.isnan(rows["score"])
        assert (np.isnan(rows["rank"]) == ~known).all()
        wanted = stats.rankdata(-rows["score"][known].round(10), "min")
        assert rows["rank"][known].tolist() == wanted.tolist()


def opinions(found):
    """Return by pair of journeys the rules that have the first ahead, and the second, by ranks."""
    table = found.scores
    names = list(dict.fromkeys(table["journey"].tolist()))
    rules = list(dict.fromkeys(table["rule"].tolist()))
    ranks = dict(zip(names, table["rank"].reshape(-1, len(rules)), strict=True))
    said = {}
    for one, other in combinations(names, 2):
        steps = zip(rules, ranks[one], ranks[other], strict=True)
        signs = [(rule, np.sign(b - a)) for rule, a, b in steps if not np.isnan(a + b)]
        said[one, other] = tuple([rule for rule, sign in signs if sign == s] for s in (1, -1))
    return rules, said


@given(scores=several_journeys(), seed=st.integers(0, 99))
@few
def test_flips_by_brute_force(scores, seed):
    ranks = np.random.default_rng(seed).choice([0.001, 1, 3], scores.shape[1])
    found = aggregation_table(scores, neutral=2, ordered_weights=ranks)
    rules, said = opinions(found)
    flips = {pair: sides for pair, sides in said.items() if all(sides)}
    rows = list(found.flips.rows())
    assert {(row["first"], row["second"]) for row in rows} == set(flips)
    for row in rows:
        sides = [", ".join(side) for side in flips[row["first"], row["second"]]]
        assert [row["first_ahead"], row["second_ahead"]] == sides
    dissent = [min(map(len, flips[row["first"], row["second"]])) for row in rows]
    assert dissent == sorted(dissent, reverse=True)
    assert found.flips.note.startswith(f"{len(flips)} of {len(said)} pairs of journeys")
    assert [(r["rule"], r["other"]) for r in found.rules.rows()] == list(combinations(rules, 2))
    for row in found.rules.rows():
        pair = (row["rule"], row["other"])
        views = [[[rule in side for side in sides] for rule in pair] for sides in said.values()]
        both = [(one, other) for one, other in views if any(one) and any(other)]
        flipped = sum(one != other for one, other in both)
        assert (row["pairs"], row["flips"]) == (len(both), flipped)
        if both:
            assert row["share"] == pytest.approx(flipped / len(both))
            assert row["undefined"] == ""
        else:
            assert np.isnan(row["share"])
            assert row["undefined"] == "no two journeys that both rules put in an order"


def test_many_journeys_show_the_most_divided_pairs():
    scores = np.random.default_rng(5).integers(0, 10, (700, 3)).astype(float)
    found = aggregation_table(scores, ordered_weights=[0, 1, 0])
    ranks = found.scores["rank"].reshape(700, -1).T
    signs = np.sign(ranks[:, None, :] - ranks[:, :, None])[:, *np.triu_indices(700, 1)]
    ahead, behind = (signs > 0).sum(axis=0), (signs < 0).sum(axis=0)
    dissent = np.minimum(ahead, behind)
    total = int((dissent > 0).sum())
    assert len(found.flips) == 1000
    assert found.flips.note.startswith(f"{total:,} of 244,650 pairs")
    assert "the 1,000 on which rules are most divided are shown" in found.flips.note
    shown = [
        min(len(row[side].split(", ")) for side in ("first_ahead", "second_ahead"))
        for row in found.flips.rows()
    ]
    assert shown == np.sort(dissent)[::-1][:1000].tolist()
    for row, (i, j) in zip(found.rules.rows(), combinations(range(len(ranks)), 2), strict=True):
        assert row["pairs"] == (signs[i] * signs[j] != 0).sum()
        assert row["flips"] == (signs[i] * signs[j] < 0).sum()


def test_scores_that_rounding_tells_apart_share_a_rank():
    table = aggregation_table([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.2, 0.2]]).scores
    assert table.where(rule="mean")["rank"].tolist() == [1, 1, 1]
    assert table.where(rule="minimum")["rank"].tolist() == [2, 2, 1]


def test_a_journey_gives_weights_and_what_is_critical():
    book, fly = Touchpoint(name="book", importance=3), Touchpoint(name="fly", critical=True)
    trip = Journey(name="trip", touchpoints=[book, fly])
    frame = {"fly": [2, 9, NAN], "who": ["a", "b", "c"], "book": [8, 5, 5]}
    found = aggregation_table(frame, touchpoints=trip, journeys="who", threshold=4)
    mean, veto = (found.scores.where(rule=rule) for rule in ("mean", "veto"))
    assert mean["score"].tolist() == [6.5, 6, 5]
    assert veto["score"][:2].tolist() == [2, 6]
    assert veto["undefined"].tolist() == ["", "", "a critical score is missing"]
    assert "veto" not in aggregation_table(frame, touchpoints=trip, journeys="who").scores["rule"]
    plain = {"touchpoints": trip, "journeys": "who", "threshold": 4}
    other = aggregation_table(frame, **plain, weights=[1, 1], critical=["book"])
    assert other.scores.where(rule="mean")["score"][0] == 5
    assert other.scores.where(rule="veto")["score"][0] == 5


def test_reasons_stand_in_the_rows():
    table = aggregation_table(
        [[NAN, NAN], [1, NAN], [-1, 3], [NAN, 5]],
        weights=[1, 0],
        critical=[True, False],
        threshold=0,
        neutral=0,
        ordered_weights=[1, 1],
    ).scores
    said = dict(zip(table["rule"][:7].tolist(), table["undefined"].reshape(4, 7).T, strict=True))
    assert said["mean"].tolist() == ["no scores", "", "", "no scores"]
    assert said["geometric"].tolist() == ["no scores", "", "a score below 0", "no scores"]
    assert said["ordered"].tolist()[1:] == ["a score is missing", "", "a score is missing"]
    assert said["peak_end"].tolist() == ["no scores", "", "", ""]
    assert said["veto"].tolist() == ["no scores", "", "", "no scores"]


@pytest.mark.parametrize("power", [0.5, 2])
def test_a_power_mean_of_scores_below_0_is_undefined(power):
    table = aggregation_table([[-1, 0]], critical=[True, False], threshold=-5, power=power).scores
    assert table.row(rule="veto")["undefined"] == "a score below 0"


def test_every_kind_of_table_gives_the_same():
    columns = {"a": [1.0, 5.0, 3.0, None], "b": [4.0, 2.0, 3.0, 2.0], "c": [2.0, 2.5, 3.0, 4.0]}
    rows = np.array(list(columns.values()), dtype=float).T
    wanted = aggregation_table(rows, touchpoints=["a", "b", "c"], neutral=3)
    for kind in (pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict):
        assert aggregation_table(kind(columns), neutral=3) == wanted
    assert aggregation_table(rows.tolist(), neutral=3) == wanted
    texts = {name: ["" if x is None else str(x) for x in cells] for name, cells in columns.items()}
    assert aggregation_table(texts, neutral=3) == wanted
    named = aggregation_table(columns, journeys=["w", "x", "y", "z"], neutral=3)
    labelled = {"trip": ["w", "x", "y", "z"], **columns}
    assert aggregation_table(labelled, journeys="trip", neutral=3) == named
    some = aggregation_table(columns, touchpoints=["b", "a"])
    assert some == aggregation_table(rows[:, [1, 0]])


# --- composites and layers ------------------------------------------------------------------------


def test_the_composites_of_the_catalogue():
    assert set(composite_codes()) == {"first-impression", "experience-layers"}
    look = composite("first-impression")  # seeds row 5
    assert look.weights == {"appearance": 0.52, "behaviour": 0.33, "communication": 0.15}
    met = {"appearance": 8, "behaviour": 6, "communication": 9}
    assert aggregate(met, weights=look.weights) == pytest.approx(7.49, abs=1e-12)
    assert "no primary source" in look.source
    layers = composite("experience-layers")  # seeds row 69, the deepest first
    assert layers.codes == ("strategy", "scope", "structure", "skeleton", "surface")
    assert set(layers.weights.values()) == {0.2}


@given(scores=st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=5, max_size=5))
@few
def test_no_layer_is_better_than_what_it_stands_on(scores):
    found = layer_scores(scores, threshold=6)
    codes = composite("experience-layers").codes
    known = scores[: scores.index(None)] if None in scores else scores
    carried = [min(known[: place + 1]) for place in range(len(known))]
    table = found.table
    assert table["carried"][: len(known)].tolist() == carried
    assert np.isnan(table["carried"][len(known) :]).all()
    assert table["holds"].tolist() == [c >= 6 for c in carried] + [False] * (5 - len(known))
    weak = [code for code, x in zip(codes, known, strict=False) if x < 6]
    assert found.first_weak == (weak[0] if weak else "")
    if len(known) == 5:
        assert (found.score, found.undefined) == (pytest.approx(np.mean(carried)), "")
        assert found.score <= np.mean(known) + 1e-12
    else:
        assert np.isnan(found.score)
        assert found.undefined == f"no score for {codes[len(known)]}"
    assert found == layer_scores(dict(zip(codes, scores, strict=True)), threshold=6)


def part(code="a", **more):
    return Part(code=code, name="A", **more)


def made(*parts):
    return Composite(code="c", name="C", parts=parts)


def test_weights_of_parts_are_shares():
    assert made(part(weight=3), part("b")).weights == {"a": 0.75, "b": 0.25}
    assert made(part(weight=1e308), part("b", weight=1e308)).weights == {"a": 0.5, "b": 0.5}
    one = made(part(weight=2), part("b", weight=0))
    assert layer_scores({"b": 1, "a": 5}, threshold=3, layers=one.codes).score == 3


# --- bad input ------------------------------------------------------------------------------------

STAY = {"arrive": 9, "sleep": 4, "bill": None}


def vetoed(critical, scores=STAY, threshold=5, **more):
    return vetoed_average(scores, critical=critical, threshold=threshold, **more)


def tabled(scores=None, **more):
    return aggregation_table(scores or {"trip": ["x", "y"], "a": [1, 2], "b": [3, 4]}, **more)


BAD = [
    (lambda: aggregate([]), "ValueError: `scores` must be numbers in a row, at least one"),
    (lambda: aggregate(3), "TypeError: `scores` must be numbers in a row"),
    (lambda: aggregate([[1, 2]]), "ValueError: .* shape .1, 2.; aggregation_table takes journeys"),
    (lambda: aggregate(["good", 2]), r"ValueError: `scores` must be numbers, got 'good' \(row 1\)"),
    (lambda: aggregate([1, INF]), r"ValueError: `scores` must be finite, got inf \(place 2\)"),
    (lambda: aggregate([NAN, None]), "ValueError: `scores` .* there, but all 2 are missing"),
    (lambda: aggregate([1, NAN], weights=[0, 1]), "ValueError: `scores` .* one that counts"),
    (lambda: aggregate({}), "ValueError: `scores` must hold at least one number"),
    (lambda: aggregate({"a": [1, 2]}), r"TypeError: `scores\['a'\]` must be one number"),
    (lambda: aggregate([1, 2], weights=[1]), "`weights` .* each of the 2 scores, got 1"),
    (lambda: aggregate([1, 2], weights=[1, -1]), r"ValueError: .* 0 or more, got -1 \(place 2"),
    (lambda: aggregate([1, 2], weights=[1, NAN]), "ValueError: .* 0 or more, got nan"),
    (lambda: aggregate([1, 2], weights=[0, 0]), "ValueError: `weights` must not all be 0"),
    (lambda: aggregate([1], weights={"a": 1}), "`weights` by name need `scores` by name"),
    (lambda: aggregate({"talk": 1}, weights={"tlak": 1}), "'tlak' .*nearest .*'talk'"),
    (
        lambda: aggregate(STAY, weights={"sleep": 1}),
        "`weights` has nothing for 'arrive', 'bill'; name all",
    ),
    (lambda: aggregate([1, 2], power=NAN), "ValueError: `power` must be a finite number"),
    (lambda: aggregate([1, 2], power="low"), "TypeError: `power` must be a number"),
    (lambda: aggregate([1, -2], power=0), r"ValueError: .* for the power 0.* got -2 \(place 2\)"),
    (lambda: ordered_average([1, None], weights=[1, 2]), r"complete, got none \(place 2\)"),
    (lambda: ordered_average([1, 2], weights=[1]), "one for each of the 2 scores, got 1"),
    (lambda: ordered_average([1], weights={"a": 1}), "TypeError: .* numbers in order"),
    (lambda: orness([1]), "ValueError: `weights` must be two or more"),
    (lambda: orness([0, 0]), "must not all be 0"),
    (lambda: peak_end([None, NAN], neutral=4), "all 2 are missing"),
    (lambda: peak_end([1, 2], neutral=None), "TypeError: `neutral` must be a number"),
    (lambda: vetoed(["slep"]), "`critical`: 'slep' is unknown; .* are 'sleep'"),
    (lambda: vetoed(["sleep", "sleep"]), "ValueError: `critical` .* 'sleep' twice"),
    (lambda: vetoed(["sleep", True]), "TypeError: `critical` must be booleans"),
    (lambda: vetoed([0, 1, 0]), "TypeError: `critical` must be booleans"),
    (lambda: vetoed(None), "TypeError: `critical` must be booleans"),
    (lambda: vetoed([True]), "ValueError: `critical` must say yes or no for each of the 3 scores"),
    (lambda: vetoed(["bill"]), r"ValueError: `scores` must have every critical one.*\('bill'\)"),
    (lambda: vetoed(["a"], [1, 2]), "TypeError: .* names need `scores` by name"),
    (lambda: vetoed(["sleep"], threshold=NAN), "ValueError: `threshold` must be a finite number"),
    (lambda: vetoed(["sleep"], vetoed="0"), "TypeError: `vetoed` must be a number"),
    (tabled, "ValueError: `.*` must be numbers, got 'x'"),
    (lambda: tabled(journeys="tirp"), "ValueError: `journeys`.* 'tirp'.*'trip'"),
    (lambda: tabled(journeys=["x", "x"], touchpoints="a"), "ValueError: `journeys` .*'x' twice"),
    (lambda: tabled(journeys=["x"], touchpoints="a"), "`journeys` .* label for each of the 2"),
    (lambda: tabled(touchpoints=["a", "c"]), "ValueError: .*'c'"),
    (lambda: tabled(touchpoints=[]), "ValueError: `touchpoints`"),
    (lambda: tabled(touchpoints="a", weights={"trip": 2}), "`weights`: 'trip' is unknown"),
    (lambda: tabled(touchpoints="a", critical=["a"]), "ValueError: `threshold` must be given too"),
    (lambda: tabled(touchpoints="a", threshold=3), "ValueError: `critical` must be given too"),
    (lambda: tabled([[1]], ordered_weights=[1, 2]), "ValueError: `ordered_weights` must be one"),
    (lambda: tabled([1, 2]), "ValueError: `scores` must be a table.*; aggregate takes"),
    (lambda: tabled([[1, 2], [3]]), "ValueError: `scores` must be a table"),
    (lambda: tabled([[1, 2]], journeys="trip"), "`journeys`.* 'trip'"),
    (lambda: tabled([[1, INF]]), "ValueError: .* must be finite, got inf"),
    (lambda: aggregation_table(np.empty((0, 2))), "ValueError: `scores` must have .* one row"),
    (lambda: composite("first"), "ValueError: .*'first' is unknown"),
    (lambda: part(weight=-1), "ValueError: `weight` must be 0 or more, got -1"),
    (lambda: made(part(), part()), "ValueError: .*'a' twice"),
    (lambda: made(part(weight=0)), "ValueError: `parts` must have a weight above 0"),
    (lambda: layer_scores([1, 2], threshold=1), "one for each of the 5 scores, got 2"),
    (lambda: layer_scores({"scope": 1}, threshold=1), "`scores` has nothing for 'strategy'"),
    (lambda: layer_scores([1], threshold=1, layers=3), "TypeError: `layers` must be a name"),
]


@pytest.mark.parametrize(("call", "said"), BAD)
def test_what_is_wrong_is_named(call, said):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def test_scores_and_weights_of_a_series_go_by_its_labels():
    scores, weights = pd.Series({"a": 9.0, "b": 3.0}), pd.Series({"b": 1, "a": 0})
    assert aggregate(scores, weights=weights) == 3
    assert aggregate(scores, weights={"b": 0, "a": 2}) == 9
    assert vetoed_average(scores, critical=["b"], threshold=4) == 3
    assert aggregate(pd.Series([9.0, 3.0])) == 6
    with pytest.raises(ValueError, match="`index` must be different from each other"):
        aggregate(pd.Series([9.0, 3.0], index=["a", "a"]))


def test_a_veto_never_raises_the_result():
    scores = {"critical": [True, False, False], "threshold": 5}
    assert vetoed_average([1, 2, 3], **scores) == 1
    assert vetoed_average([4, 0, 1], **scores) == pytest.approx(5 / 3)
    assert vetoed_average([1, 2, 2], vetoed=4, **scores) == pytest.approx(5 / 3)
    assert vetoed_average([1, 2, 2], vetoed=0, **scores) == 0


def test_journeys_are_labels_in_any_kind_of_sequence():
    frame = pd.DataFrame({"hotel": ["X", "Y"], "arrive": [9, 3], "sleep": [2, 4]})
    by_name = aggregation_table(frame, journeys="hotel")
    series = aggregation_table(frame[["arrive", "sleep"]], journeys=frame["hotel"])
    assert by_name.scores == series.scores
    with pytest.raises(ValueError, match=r"'X' twice; take the mean of each first, as frame"):
        aggregation_table(frame.assign(hotel="X"), journeys="hotel")
    with pytest.raises(TypeError, match=r"`scores` must be a table, got 'scores.csv'; read files"):
        aggregation_table("scores.csv")
