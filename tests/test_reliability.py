"""Tests of reliability: worked values, properties, forms of answers, and what is undefined."""

import itertools
import math
import re
import warnings
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import optimize, special, stats

import servqual as sq
from servqual._stats.factors import omega, omega_gradient, omega_observed, one_factor
from servqual._stats.reliability import alpha, alpha_gradient, bonett, feldt, normal_se
from servqual.measurement import (
    Covariance,
    compare_alphas,
    composite_reliability,
    covariance,
    cronbach_alpha,
    item_analysis,
    item_report,
    mcdonald_omega,
    reliability,
    stratified_alpha,
)

from .effort import effort
from .strategies import cases

NAN = math.nan
few = effort(25)
SEEDS = st.integers(0, 2**32 - 1)
CONFIDENCES = st.floats(0.5, 0.999)
ALPHAS = st.floats(-3, 0.999)
MISSING = st.sampled_from(["listwise", "pairwise"])
DOORS = (cronbach_alpha, mcdonald_omega, item_analysis, covariance)


def close(wanted, rel=1e-9, absolute=1e-11):
    return pytest.approx(np.array(wanted, float), rel=rel, abs=absolute, nan_ok=True)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def says(text, *words):
    """Return whether a reason has these words, however it is put."""
    return all(re.search(word, text) for word in words)


def analysed(*arguments, **options):
    """Return the analysis of items, whatever looks reversed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return item_analysis(*arguments, **options)


# --- answers, and what is counted of them by hand -------------------------------------------------


def one_factor_rows(seed, n=60, k=4, *, noise=1.0):
    """Return answers to items that one factor stands behind, with loadings from 0.5 to 1.5."""
    rng = np.random.default_rng(seed)
    load = rng.uniform(0.5, 1.5, k)
    return rng.normal(size=(n, 1)) * load + noise * rng.normal(size=(n, k))


def points(seed, n=60, k=4, *, holes=0.0):
    """Return such answers on a scale of 1 to 7, some of them missing."""
    rng = np.random.default_rng((seed, 1))
    rows = np.clip(np.round(4 + one_factor_rows(seed, n, k)), 1, 7)
    return np.where(rng.random(rows.shape) < holes, np.nan, rows)


@st.composite
def answers(draw, *, least=2, most=6):
    """Draw answers on a scale of 1 to 5, with holes, constant items, ties and weights."""
    n, k = draw(st.integers(least, 10)), draw(st.integers(1, most))
    codes = draw(hnp.arrays(np.int64, (n, k), elements=st.integers(draw(st.integers(0, 1)), 5)))
    weights = draw(st.one_of(st.none(), hnp.arrays(np.int64, n, elements=st.integers(0, 3))))
    return np.where(codes == 0, np.nan, codes), weights


def covariance_of(rows, weights=None, missing="listwise"):
    """Return covariances in exact fractions, None where fewer than two have both, and n."""
    w = [Fraction(1)] * len(rows) if weights is None else [Fraction(float(x)) for x in weights]
    cells = [[None if math.isnan(x) else Fraction(float(x)) for x in row] for row in rows]
    kept = [(row, x) for row, x in zip(cells, w, strict=True) if x > 0]
    if missing == "listwise":
        kept = [(row, x) for row, x in kept if None not in row]
    k, least = len(rows[0]), len(kept)
    found = [[None] * k for _ in range(k)]
    for a in range(k):
        for b in range(k):
            both = [(row[a], row[b], x) for row, x in kept if None not in {row[a], row[b]}]
            n, total = len(both), sum(x for *_, x in both)
            least = min(least, n)
            if n > 1:
                one, two = (sum(part[s] * part[2] for part in both) / total for s in (0, 1))
                cross = sum((p - one) * (q - two) * x for p, q, x in both) / total
                found[a][b] = cross * n / (n - 1)
    return found, least


def alpha_of(matrix):
    """Return α of exact covariances, NaN where there is none."""
    k = len(matrix)
    if k < 2 or any(None in row for row in matrix):
        return NAN
    total, trace = sum(map(sum, matrix)), sum(matrix[j][j] for j in range(k))
    return float(Fraction(k, k - 1) * (1 - trace / total)) if total > 0 else NAN


def standardized_of(matrix):
    """Return r̄ and k·r̄/(1 + (k-1)·r̄) of exact covariances, NaN where there is none."""
    k = len(matrix)
    if math.isnan(alpha_of(matrix)) or any(matrix[j][j] == 0 for j in range(k)):
        return NAN, NAN
    r = [
        float(matrix[a][b]) / math.sqrt(matrix[a][a] * matrix[b][b])
        for a in range(k)
        for b in range(k)
        if a != b
    ]
    mean = sum(r) / len(r)
    part = 1 + (k - 1) * mean
    return mean, k * mean / part if abs(part) > 1e-9 else NAN


@st.composite
def congeneric(draw, *, equal=False, least=3):
    """Draw loadings and error variances of items that one factor stands behind."""
    k = draw(st.integers(least, 7))
    load = draw(st.lists(st.floats(0.3, 3), min_size=k, max_size=k))
    errors = draw(st.lists(st.floats(0.2, 4), min_size=k, max_size=k))
    return np.array([load[0]] * k if equal else load), np.array(errors)


def implied(load, errors):
    return np.outer(load, load) + np.diag(errors)


def named(matrix, n=100, **options):
    """Return a Covariance of items "a", "b", …"""
    items = tuple("abcdefghijklmnopqrstuvwxyz"[: len(matrix)])
    return Covariance(items=items, matrix=matrix, n=n, **options)


def ends(found):
    return found.low, found.high


# --- worked values --------------------------------------------------------------------------------

ITEMS = ("rating", "complaints", "privileges", "learning", "raises", "critical", "advance")
# 30·Σxy - Σx·Σy of R's `attitude` (Chatterjee & Price 1977), 30 respondents: whole numbers
SCATTER = [
    [128909, 116388, 55214, 77521, 64979, 16393, 16898],
    [116388, 154236, 79128, 81132, 80598, 21516, 26766],
    [55214, 79128, 130244, 61636, 49304, 15508, 37598],
    [77521, 81132, 61636, 119849, 67981, 11717, 55852],
    [64979, 80598, 49304, 67981, 94049, 33733, 53438],
    [16393, 21516, 15508, 11717, 33733, 85181, 25096],
    [16898, 26766, 37598, 55852, 53438, 25096, 92096],
]
ATTITUDE = Covariance(items=ITEMS, matrix=np.array(SCATTER) / (30 * 29), n=30)
STANDARD = Covariance(items=ITEMS, matrix=ATTITUDE.correlation, n=30)


def test_b1_alpha_of_attitude():
    found = cronbach_alpha(ATTITUDE)
    # theory B1; 15 digits computed with R 4.2.2, psych 2.2.9: alpha(attitude)$total
    assert found.alpha == pytest.approx(0.843142769564760, rel=1e-13)
    assert found.standardized == pytest.approx(0.839083803029511, rel=1e-13)
    assert found.mean_correlation == pytest.approx(0.426906642649717, rel=1e-13)
    assert found.se == pytest.approx(0.0424356955905744, rel=1e-12)  # its ase
    assert (found.items, found.n, found.left_out) == (ITEMS, 30, 0)
    assert (found.lacking, found.undefined) == ("", "")


def test_b1_items_of_attitude():
    table = item_analysis(ATTITUDE).table
    # theory B1; computed with R 4.2.2, psych 2.2.9: r.drop, raw.r and alpha.drop's raw_alpha
    corrected = [
        0.671262057223664,
        0.742109710222238,
        0.560711111480256,
        0.714445498133676,
        0.786275593834400,
        0.265034339196676,
        0.460810549468496,
    ]
    raw = [
        0.778825701860170,
        0.836780550564568,
        0.697276803370625,
        0.806685922551726,
        0.850130443859541,
        0.420700988534005,
        0.595344985705998,
    ]
    deleted = [
        0.809760206308921,
        0.796917457274140,
        0.827847765938659,
        0.803030975022574,
        0.795386574198205,
        0.863872311446437,
        0.840464868265457,
    ]
    assert table["item"].tolist() == list(ITEMS)
    assert table["item_total"] == pytest.approx(corrected, rel=1e-12)
    assert table["item_total_raw"] == pytest.approx(raw, rel=1e-12)
    assert table["alpha_if_deleted"] == pytest.approx(deleted, rel=1e-12)
    assert item_analysis(ATTITUDE).reversed == ()


@pytest.mark.parametrize(
    ("interval", "wanted"),
    [
        # computed with R 4.2.2, psych 2.2.9: alpha.ci; theory B2 has .73937569, .91577307
        ("feldt", (0.739375685643107, 0.915773072159982)),
        ("bonett", (0.72379899, 0.91091926)),  # theory B3, from R
        ("bonett-wright", (0.73300569, 0.91388862)),  # theory B3, from R
    ],
)
def test_b2_b3_intervals_of_attitude(interval, wanted):
    found = cronbach_alpha(ATTITUDE, interval=interval)
    rel = 1e-12 if interval == "feldt" else 1e-8
    assert ends(found) == pytest.approx(wanted, rel=rel)
    assert (found.interval, found.confidence) == (interval, 0.95)


def test_b2_two_alphas():
    found = compare_alphas((0.7, 100), (0.8, 100))
    assert found.ratio == close(1.5)
    # computed with R 4.2.2: 2*pf(1.5, 99, 99, lower.tail=FALSE)
    assert found.p == pytest.approx(0.0449347252126304, rel=1e-12)
    assert found.p / 2 == pytest.approx(0.02246737, abs=1e-8)  # theory B2: .02246737, one-sided
    assert found.difference == close(-0.1)


def test_b4_omega_of_attitude():
    found = mcdonald_omega(ATTITUDE)
    # theory B4; computed with R 4.2.2, lavaan 0.6-14, which stops at 2e-6
    assert found.omega == pytest.approx(0.856326836775131, rel=1e-6)
    assert found.se == pytest.approx(0.0398139796120775, rel=1e-6)
    unstandardized = [
        10.20242269182925,
        11.81120887084976,
        7.13010393403502,
        8.43205807574587,
        7.82013794075876,
        2.39413350784684,
        3.82219550585457,
    ]
    errors = [
        39.1428453281207,
        31.8687685118215,
        93.8771254362441,
        62.0660237069731,
        43.3443020582094,
        88.9137195846702,
        87.7196368903368,
    ]
    assert found.unstandardized == pytest.approx(unstandardized, rel=4e-6)
    assert found.errors == pytest.approx(errors, rel=4e-6)
    assert found.loadings[:3] == pytest.approx(
        (0.852477362, 0.902241081, 0.592705559),
        abs=1e-8,  # R's factanal
    )
    assert found.solution["communality"] == close(found.loadings**2)


def test_b4_the_observed_variance_has_the_divisor_of_the_loadings():
    found = mcdonald_omega(ATTITUDE, denominator="observed")
    # theory B4, semTools: not .7987741, which divides loadings of n by variances of n - 1
    assert found.omega == pytest.approx(0.8263181, abs=2e-7)
    total = ATTITUDE.matrix.sum() * 29 / 30
    assert found.omega == close(found.unstandardized.sum() ** 2 / total)


def test_b5_composite_reliability():
    found = composite_reliability((0.8, 0.7, 0.6))
    assert found.reliability == pytest.approx(0.74493243, abs=5e-9)  # theory B5
    assert found.ave == pytest.approx(0.49666667, abs=5e-9)
    own = composite_reliability(mcdonald_omega(STANDARD).loadings)
    # computed with R 4.2.2, lavaan 0.6-14; theory B5 has .84054452, .45921715
    assert own.reliability == pytest.approx(0.840544523543936, rel=1e-6)
    assert own.ave == pytest.approx(0.459217146549286, rel=1e-6)
    assert mcdonald_omega(ATTITUDE).ave == close(own.ave)


def test_alpha_of_right_and_wrong_is_kuder_and_richardsons_formula_20():
    rows = (points(1, 80, 5) > 4).astype(int)
    p, k = rows.mean(axis=0), 5
    wanted = k / (k - 1) * (1 - (p * (1 - p)).sum() / rows.sum(axis=1).var())
    assert cronbach_alpha(rows).alpha == close(wanted)


# --- α: what it does not depend on ----------------------------------------------------------------


@given(drawn=answers(), missing=MISSING)
@few
def test_alpha_is_that_of_exact_fractions(drawn, missing):
    rows, weights = drawn
    found = cronbach_alpha(rows, weights=weights, missing=missing)
    matrix, n = covariance_of(rows, weights, missing)
    mean, standardized = standardized_of(matrix)
    alpha, within = alpha_of(matrix), 1 + 1e-8  # by pairs, it may exceed 1
    assert found.n == n
    assert found.alpha == close(alpha if alpha <= within else math.nan)
    if not found.undefined:
        assert found.mean_correlation == close(mean)
        known = standardized if standardized <= within else math.nan
        assert found.standardized == close(known, rel=1e-6)
    assert bool(found.undefined) == math.isnan(found.alpha)
    unknown = math.isnan(found.se + found.standardized + found.low)
    assert bool(found.lacking) == (not found.undefined and unknown)


@given(seed=SEEDS, shift=st.floats(-1e4, 1e4), scale=st.floats(0.01, 100))
@few
def test_alpha_does_not_depend_on_shifts_nor_on_one_unit_for_all(seed, shift, scale):
    rows = points(seed)
    moved = cronbach_alpha(scale * rows + shift * np.arange(1, 5))
    wanted = cronbach_alpha(rows)
    for name in ("alpha", "se", "low", "high", "standardized"):
        assert getattr(moved, name) == close(getattr(wanted, name), rel=1e-6)


@given(seed=SEEDS, order=st.permutations(range(4)))
@few
def test_alpha_does_not_depend_on_the_order_of_items_or_respondents(seed, order):
    rows = points(seed, 12)
    mixed = np.random.default_rng(seed).permutation(rows)[:, order]
    for interval in ("feldt", "distribution-free"):
        found, wanted = (cronbach_alpha(x, interval=interval) for x in (mixed, rows))
        assert ends(found) == close(ends(wanted))
        assert (found.alpha, found.se) == close((wanted.alpha, wanted.se))
        assert found.standardized == close(wanted.standardized)


@given(seed=SEEDS, scales=st.lists(st.floats(0.01, 100), min_size=4, max_size=4))
@few
def test_standardised_alpha_does_not_depend_on_the_unit_of_each_item(seed, scales):
    rows = points(seed)
    found, wanted = cronbach_alpha(rows * scales), cronbach_alpha(rows)
    assert found.standardized == close(wanted.standardized)
    assert found.mean_correlation == close(wanted.mean_correlation)
    r = np.corrcoef(rows, rowvar=False)
    assert wanted.mean_correlation == close((r.sum() - 4) / 12)
    assert wanted.standardized == close(cronbach_alpha(named(r)).alpha)


def test_alpha_of_answers_far_from_0():
    rows = points(2)
    assert cronbach_alpha(rows + 2.0**40).alpha == close(cronbach_alpha(rows).alpha)


@given(seed=SEEDS)
@few
def test_whole_weights_are_respondents_many_times_over(seed):
    rng = np.random.default_rng(seed)
    rows, weights = points(seed, 20), rng.integers(0, 4, 20)
    again = np.repeat(rows, weights, axis=0)
    found, wanted = cronbach_alpha(rows, weights=weights), cronbach_alpha(again)
    assert found.alpha == close(wanted.alpha)
    assert found.standardized == close(wanted.standardized)
    assert found.n == (weights > 0).sum()  # who they are, not what they weigh
    assert found.n_effective == close(weights.sum() ** 2 / (weights**2).sum())
    one, other = (mcdonald_omega(x, weights=w) for x, w in ((rows, weights), (again, None)))
    assert one.omega == close(other.omega, rel=1e-6)
    # each item with the others too
    parts, whole = (analysed(x, weights=w).table for x, w in ((rows, weights), (again, None)))
    for name in ("mean", "floor", "ceiling", "item_total", "alpha_if_deleted"):
        assert parts[name] == close(whole[name])


@pytest.mark.parametrize("interval", ["feldt", "bonett", "distribution-free", "percentile"])
def test_equal_weights_are_no_weights(interval):
    rows = points(3, 40)
    plain, twice = (
        cronbach_alpha(rows, weights=w, interval=interval, resamples=50, rng=1)
        for w in (None, np.full(40, 2.0))
    )
    assert (twice.alpha, twice.se, *ends(twice)) == close((plain.alpha, plain.se, *ends(plain)))
    assert (twice.n, twice.n_effective) == (40, close(40))


def test_formulas_take_the_effective_n_of_weights():
    rows, weights = points(4, 50), np.random.default_rng(4).uniform(0.2, 3, 50)
    found = cronbach_alpha(rows, weights=weights)
    effective = weights.sum() ** 2 / (weights**2).sum()
    assert ends(found) == close(feldt(found.alpha, effective, 4, 0.95))
    assert (
        found.se < cronbach_alpha(found_as_50(rows, weights)).se * math.sqrt(50 / effective) * 1.01
    )
    assert f"n_effective {effective:.1f} in the place of n" in found.table.note
    own = mcdonald_omega(rows, weights=weights)
    assert own.n_effective == close(effective)
    assert f"n_effective {effective:.1f} in the place of n" in own.table.note


def found_as_50(rows, weights):
    return attrs.evolve(covariance(rows, weights=weights), n_effective=50)


# --- n is that of the respondents who are left ----------------------------------------------------


def test_n_is_counted_after_rows_were_dropped():
    rows = points(5, 80, holes=0.1)
    whole = rows[~np.isnan(rows).any(axis=1)]
    n = len(whole)
    assert n < 65
    # pingouin.cronbach_alpha takes n before rows are dropped: its interval is too narrow
    for interval in ("feldt", "bonett", "bonett-wright", "distribution-free"):
        found, wanted = (cronbach_alpha(x, interval=interval) for x in (rows, whole))
        assert (found.alpha, found.se) == close((wanted.alpha, wanted.se))
        assert ends(found) == close(ends(wanted))
        assert (found.n, found.left_out) == (n, 80 - n)
    narrow = feldt(cronbach_alpha(rows).alpha, 80, 4, 0.95)
    assert cronbach_alpha(rows).low < narrow[0] < narrow[1] < cronbach_alpha(rows).high
    own, wanted = mcdonald_omega(rows), mcdonald_omega(whole)
    assert (own.n, own.left_out) == (n, 80 - n)
    assert (own.omega, *ends(own)) == close((wanted.omega, *ends(wanted)))
    items = item_analysis(rows)
    assert (items.n, set(items.table["n"])) == (n, {n})
    assert covariance(rows).n == n
    assert compare_alphas(rows, whole).first_n == n
    assert compare_alphas(rows[:, :2], rows[:, 2:], paired=True).first_n == n


def test_by_pairs_the_interval_stands_on_the_fewest():
    rows = points(6, 80, holes=0.15)
    there = ~np.isnan(rows)
    n = (there.T.astype(int) @ there).min()
    found = cronbach_alpha(rows, missing="pairwise")
    assert found.n == n > (there.all(axis=1)).sum()
    assert found.left_out == 0
    assert ends(found) == close(feldt(found.alpha, n, 4, 0.95))
    assert found.alpha == close(alpha(pd.DataFrame(rows).cov().to_numpy()))
    own = mcdonald_omega(rows, missing="pairwise")
    assert (own.n, own.left_out) == (n, 0)


def test_respondents_who_answered_nothing_are_not_left_out():
    rows = np.vstack([points(7, 20), np.full((5, 4), np.nan)])
    rows[0, 0] = np.nan
    found = cronbach_alpha(rows)
    assert (found.n, found.left_out) == (19, 1)


# --- intervals of α -------------------------------------------------------------------------------


@given(a=ALPHAS, n=st.integers(2, 10**5), k=st.integers(2, 60), confidence=CONFIDENCES)
@few
def test_feldt_has_the_tails_of_f(a, n, k, confidence):
    low, high = feldt(a, n, k, confidence)
    tail, law = (1 - confidence) / 2, stats.f(n - 1, (n - 1) * (k - 1))
    assert low <= a <= high <= 1
    assert law.sf((1 - low) / (1 - a)) == pytest.approx(tail, rel=1e-6)
    assert law.cdf((1 - high) / (1 - a)) == pytest.approx(tail, rel=1e-6)


@given(a=ALPHAS, n=st.integers(3, 10**5), k=st.integers(2, 60), confidence=CONFIDENCES)
@few
def test_bonett_by_its_formula(a, n, k, confidence):
    half = stats.norm.ppf((1 + confidence) / 2) * math.sqrt(2 * k / ((k - 1) * (n - 2)))
    for corrected, bias in ((False, 0), (True, math.log(n / (n - 1)))):
        low, high = bonett(a, n, k, confidence, corrected=corrected)
        centre = math.log(1 - a) - bias
        wanted = [1 - math.exp(centre + half), 1 - math.exp(centre - half)]
        assert [low, high] == close(wanted)
        assert low < a < high <= 1


@pytest.mark.parametrize(
    "interval",
    ["feldt", "bonett", "bonett-wright", "distribution-free", "bootstrap", "percentile"],
)
def test_intervals_hold_the_estimate_and_widen_with_confidence(interval):
    rows = points(8, 100)
    options = {"interval": interval, "resamples": 500, "rng": 1}
    levels = [0.5, 0.8, 0.9, 0.95, 0.99]
    found = [cronbach_alpha(rows, confidence=level, **options) for level in levels]
    for inner, outer in itertools.pairwise(found):
        assert outer.low < inner.low < inner.alpha < inner.high < outer.high < 1
    assert [one.confidence for one in found] == levels


def test_respondents_make_intervals_narrow():
    widths = []
    for n in (20, 200, 2000):
        low, high = feldt(0.8, n, 5, 0.95)
        widths.append(high - low)
    assert widths[0] > 2.5 * widths[1] > 7 * widths[2]


def infinitesimal(rows, statistic, weights=None):
    """Return the error by the infinitesimal jackknife: what a little weight of each row moves.

    Times (n-1)/n, because the covariance that a respondent moves has the divisor n - 1.
    """
    n, h = len(rows), 1e-5
    w = np.ones(n) if weights is None else weights
    moved = []
    for i in range(n):
        step = h * (np.arange(n) == i)
        up, down = (
            statistic(np.cov(rows, rowvar=False, aweights=w + x, ddof=0)) for x in (step, -step)
        )
        moved.append((up - down) / (2 * h))
    return math.sqrt((n - 1) / n * (w**2 * np.array(moved) ** 2).sum())


def test_distribution_free_errors_are_those_of_the_jackknife():
    rows = np.exp(0.7 * one_factor_rows(9, 400))  # far from normal
    left = np.array([alpha(np.cov(np.delete(rows, i, axis=0), rowvar=False)) for i in range(400)])
    wanted = math.sqrt(399 / 400 * ((left - left.mean()) ** 2).sum())
    found = cronbach_alpha(rows, interval="distribution-free")
    assert found.se == pytest.approx(wanted, rel=0.05)
    assert found.se == pytest.approx(infinitesimal(rows, alpha), rel=1e-6)
    assert found.se > 1.25 * cronbach_alpha(rows).se  # which takes answers for normal
    half = stats.norm.ppf(0.975) * found.se / (1 - found.alpha)
    low, high = (1 - (1 - found.alpha) * math.exp(sign * half) for sign in (1, -1))
    assert ends(found) == close((low, high))


def test_distribution_free_errors_of_weighted_answers():
    rows, weights = points(38, 60), np.random.default_rng(1).uniform(0.3, 3, 60)
    found = cronbach_alpha(rows, weights=weights, interval="distribution-free")
    assert found.se == pytest.approx(infinitesimal(rows, alpha, weights), rel=1e-6)


def test_distribution_free_errors_of_normal_answers_are_the_formulas():
    rows = one_factor_rows(10, 20_000)
    one, other = (cronbach_alpha(rows, interval=i) for i in ("distribution-free", "feldt"))
    assert one.se == pytest.approx(other.se, rel=0.03)


@given(model=congeneric(least=2), n=st.integers(10, 1000))
@few
def test_the_normal_error_is_that_of_wishart_covariances(model, n):
    S = implied(*model)
    G = alpha_gradient(S)
    # cov(s_ij, s_kl) = (s_ik·s_jl + s_il·s_jk)/n of normal answers
    spread = np.einsum("ik,jl->ijkl", S, S) + np.einsum("il,jk->ijkl", S, S)
    wanted = math.sqrt(np.einsum("ij,ijkl,kl", G, spread, G) / n)
    assert normal_se(G, S, n) == close(wanted)


@given(model=congeneric(least=2), seed=SEEDS)
@few
def test_the_gradient_of_alpha_is_that_of_differences(model, seed):
    S = implied(*model)
    H = np.random.default_rng(seed).normal(size=S.shape)
    H = (H + H.T) / 2
    step = 1e-5
    wanted = (alpha(S + step * H) - alpha(S - step * H)) / (2 * step)
    G = alpha_gradient(S)
    assert np.trace(G @ H) == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    assert pytest.approx(G.T) == G


def direct_alphas(rows, weights, resamples, seed):
    """Return α of respondents drawn again, one resample at a time."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(resamples):
        drawn = rng.integers(len(rows), size=len(rows))
        w = None if weights is None else weights[drawn]
        found.append(alpha(np.cov(rows[drawn], rowvar=False, aweights=w)))
    return np.array(found)


def alpha_without(rows, weights, i):
    w = None if weights is None else np.delete(weights, i)
    return alpha(np.cov(np.delete(rows, i, axis=0), rowvar=False, aweights=w))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_bootstrap_draws_respondents(weighted):
    rows = points(11, 80)
    weights = np.random.default_rng(1).uniform(0.5, 2, 80) if weighted else None
    options = {"weights": weights, "resamples": 4000, "rng": 2}
    found = cronbach_alpha(rows, interval="percentile", **options)
    draws = direct_alphas(rows, weights, 4000, 3)
    assert found.se == pytest.approx(draws.std(ddof=1), rel=0.1)  # 5 errors of a skewed sd
    assert ends(found) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.3 * found.se)
    assert "4000 resamples" in found.table.note
    # BCa by the same draws, with the acceleration of the jackknife
    corrected = cronbach_alpha(rows, interval="bootstrap", **options)
    left = np.array([alpha_without(rows, weights, i) for i in range(80)])
    u = left.mean() - left
    a = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    bias = stats.norm.ppf((draws < found.alpha).mean())
    z = bias + stats.norm.ppf([0.025, 0.975])
    wanted = np.quantile(draws, stats.norm.cdf(bias + z / (1 - a * z)))
    assert ends(corrected) == pytest.approx(wanted, abs=0.3 * found.se)


def test_bootstraps_are_seeded():
    rows = points(12)
    for function in (cronbach_alpha, mcdonald_omega):
        one, again, other = (
            function(rows, interval="bootstrap", resamples=50, rng=seed) for seed in (1, 1, 2)
        )
        assert one == again
        assert one.low != other.low
        assert function(rows, interval="bootstrap", resamples=50) == function(
            rows, interval="bootstrap", resamples=50
        )  # a seed of its own
        generator = np.random.default_rng(1)
        assert function(rows, interval="bootstrap", resamples=50, rng=generator) == one


@pytest.mark.parametrize("function", [cronbach_alpha, mcdonald_omega])
def test_the_bootstrap_tells_how_far_it_is(function):
    told = []
    function(
        points(13, 30),
        interval="percentile",
        resamples=20,
        rng=1,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (600, 600)


def test_resamples_without_an_estimate_are_told():
    rows = np.zeros((4, 2))
    rows[0] = 1, 2  # drawn never in (3/4)⁴ of the resamples
    found = cronbach_alpha(rows, interval="percentile", resamples=200, rng=1)
    assert found.alpha == close(2 * (1 - 5 / 9))
    assert np.isnan([found.se, *ends(found)]).all()
    assert says(found.lacking, "no interval", r"\d+ of 200 resamples without an estimate")
    assert found.undefined == ""


# --- items one by one -----------------------------------------------------------------------------


@given(seed=SEEDS, k=st.integers(2, 7))
@few
def test_item_totals_are_correlations_with_the_sum_of_the_others(seed, k):
    rows = points(seed, 30, k)
    rows[:2] = [[1] * k, [7] * k]  # so that all vary
    table = analysed(rows).table
    for j in range(k):
        rest = np.delete(rows, j, axis=1)
        row = table.row(item=str(j + 1))
        assert row["item_total"] == close(np.corrcoef(rows[:, j], rest.sum(axis=1))[0, 1])
        assert row["item_total_raw"] == close(np.corrcoef(rows[:, j], rows.sum(axis=1))[0, 1])
        assert row["alpha_if_deleted"] == close(cronbach_alpha(rest).alpha)
        assert (row["mean"], row["sd"]) == close((rows[:, j].mean(), rows[:, j].std(ddof=1)))
        assert row["floor"] == close((rows[:, j] == 1).mean())
        assert row["ceiling"] == close((rows[:, j] == 7).mean())
    assert analysed(rows).alpha == close(cronbach_alpha(rows).alpha)


def test_floor_and_ceiling_are_those_of_the_scale():
    rows = np.array([[2, 3], [2, 5], [4, 5], [np.nan, 4], [3, 3]])
    for scale in (sq.Scale(1, 5), (1, 5)):
        table = item_analysis(rows, scale=scale).table
        assert table["floor"].tolist() == [0, 0]
        assert table["ceiling"].tolist() == [0, 0.5]  # of the four who answered both
        assert "1 and 5" in table.note
    seen = item_analysis(rows).table  # 2 is the least that anybody gave
    assert seen["floor"].tolist() == [0.5, 0]
    assert "2 and 5, the least and the greatest given" in seen.note
    pairs = item_analysis(rows, scale=(1, 5), missing="pairwise").table
    assert pairs["ceiling"].tolist() == [0, 0.4]
    assert pairs["n"].tolist() == [4, 5]
    assert pairs["mean"].tolist() == [2.75, 4]
    weighted = item_analysis(rows, scale=(1, 5), weights=[1, 1, 2, 1, 0]).table
    assert weighted["ceiling"].tolist() == [0, 0.75]
    assert weighted["n"].tolist() == [3, 3]


def test_answers_off_the_scale_are_refused_with_their_place():
    rows = pd.DataFrame({"speed": [1, 2, 9], "care": [1, 2, 3]})
    said = r"must lie in 1\.\.5, got 9 \(row 3, 'speed'\)"
    refused(lambda: item_analysis(rows, scale=(1, 5)), said)
    refused(lambda: item_analysis(rows, scale=(5, 1)), "`low` must be below `high`")


@pytest.mark.parametrize("scale", [(1, 2, 3), "1-7", 7])
def test_a_scale_that_is_no_pair_is_refused(scale):
    refused(lambda: item_analysis(points(1), scale=scale), "`scale` must be")


def test_a_covariance_knows_no_floor_and_ceiling():
    rows = points(14)
    table, wanted = item_analysis(covariance(rows)).table, item_analysis(rows).table
    assert np.isnan([table["floor"], table["ceiling"]]).all()
    assert all(
        says(text, "Moments and covariances keep no answers", "ceiling")
        for text in table["lacking"]
    )
    for name in ("item_total", "alpha_if_deleted", "mean", "sd", "n"):
        assert table[name] == close(wanted[name])


def test_two_items_leave_no_alpha_if_one_is_deleted():
    table = item_analysis(points(15, k=2)).table
    r = np.corrcoef(points(15, k=2), rowvar=False)[0, 1]
    assert table["item_total"] == close([r, r])
    assert np.isnan(table["alpha_if_deleted"]).all()
    assert all(says(text, "one item", "alpha") for text in table["lacking"])


def test_an_item_that_does_not_vary_is_undefined_alone():
    rows = points(16)
    rows[:, 1] = 3
    table = item_analysis(rows).table
    assert table["undefined"].tolist() == ["", "the item does not vary", "", ""]
    assert np.isnan(table["item_total"]).tolist() == [False, True, False, False]
    assert table["alpha_if_deleted"][1] == close(cronbach_alpha(rows[:, [0, 2, 3]]).alpha)


@pytest.mark.parametrize("back", [[2], [0], [4, 5]])
def test_items_that_run_against_the_others_are_named(back):
    rows = one_factor_rows(17, 200, 6)
    rows[:, back] *= -1
    names = tuple(str(j + 1) for j in back)
    with pytest.warns(UserWarning, match=", ".join(f"'{n}'" for n in names)) as caught:
        found = item_analysis(rows)
    assert "Item(reverse=True)" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert found.reversed == names
    assert found.table["reversed"].tolist() == [j in back for j in range(6)]


@pytest.mark.parametrize("back", [[0, 1, 2], [1, 3, 5]])
def test_half_of_the_items_against_the_other_half(back):
    rows = one_factor_rows(18, 200, 6)
    rows[:, back] *= -1
    with pytest.warns(UserWarning, match="or the other 3 do"):
        found = item_analysis(rows)
    halves = {tuple("123"), tuple("456")} if back == [0, 1, 2] else {tuple("246"), tuple("135")}
    assert found.reversed in halves


@pytest.mark.parametrize("n", [300, 1000])
def test_items_of_several_dimensions_are_not_reversed(n):
    for seed in range(4):
        survey = sq.simulate_survey(sq.instrument("servqual"), n, rng=seed)
        for side in (survey.perceptions, survey.expectations):
            assert item_analysis(side).reversed == ()  # a warning fails the test


@pytest.mark.parametrize("n", [40, 100])
def test_few_respondents_of_several_dimensions_rarely_have_reversed_items(n):
    form = sq.instrument("servqual")
    surveys = [sq.simulate_survey(form, n, rng=seed) for seed in range(30)]
    sides = [side for survey in surveys for side in (survey.perceptions, survey.expectations)]
    assert np.mean([bool(analysed(side).reversed) for side in sides]) <= 0.05


@pytest.mark.parametrize("k", [2, 4, 6, 10])
def test_noise_rarely_has_reversed_items(k):
    rows = [np.random.default_rng(seed).normal(size=(50, k)) for seed in range(50)]
    assert np.mean([bool(analysed(noise).reversed) for noise in rows]) < 0.1


def test_of_two_items_against_each_other_neither_is_the_reversed_one():
    rows = one_factor_rows(18, 200, 2)
    rows[:, 1] *= -1
    with pytest.warns(UserWarning, match="'a' and 'b' run against each other; if") as caught:
        found = item_analysis(rows, items=["a", "b"])
    assert "others" not in str(caught[0].message)
    assert found.reversed == ("a", "b")


@pytest.mark.parametrize(
    ("back", "said"),
    [([1], "'2' runs against the others; "), ([1, 3], "'2', '4' run against the others; ")],
)
def test_one_item_runs_and_several_run(back, said):
    rows = one_factor_rows(18, 200, 6)
    rows[:, back] *= -1
    with pytest.warns(UserWarning, match=said):
        item_analysis(rows)


# --- the items of a whole survey ------------------------------------------------------------------


def grouped_form(*sizes):
    """Return a form whose dimensions "a", "b", … have so many items, "a1", "a2", …"""
    dimensions = [
        sq.Dimension(code, code, [sq.Item(f"{code}{n}") for n in range(1, size + 1)])
        for code, size in zip("abcdef", sizes, strict=False)
    ]
    return sq.Instrument("form", "Form", sq.Scale(1, 7), dimensions)


def desk(seed=5, n=80, *, sizes=(3, 2, 1), back=(), **options):
    """Return a survey of both sides with holes, weights and groups, and its answers."""
    k, rng = sum(sizes), np.random.default_rng((seed, 2))
    sides = {
        name: points(seed + place, n, k, holes=0.03)
        for place, name in enumerate(("expectations", "perceptions"))
    }
    for j in back:
        sides["perceptions"][:, j] = 8 - sides["perceptions"][:, j]
    options = {"weights": rng.integers(0, 3, n), "by": {"branch": list("NS") * (n // 2)}} | options
    return sq.survey_from_arrays(grouped_form(*sizes), **sides, **options), sides


def test_items_of_a_survey_by_hand():
    rows = np.array([[1, 2, 7], [3, 3, 7], [5, 4, 1]])
    survey = sq.survey_from_arrays(grouped_form(2, 1), perceptions=rows, weights=[1, 1, 2])
    found = item_report(survey)
    assert found.items.keys == ("dimension", "item")
    assert found.items["dimension"].tolist() == ["a", "a", "b"]
    one = found.items.row(dimension="a", item="a1")
    assert (one["mean"], one["floor"], one["item_total"]) == close((3.5, 0.25, 1))
    assert found.items["ceiling"].tolist() == [0, 0, 0.5]  # the last respondent counts twice
    assert found.items["floor"].tolist() == [0.25, 0, 0.5]
    assert found.items.row(dimension="b", item="b1")["undefined"] == "one item"
    row = found.dimensions.row(dimension="a")  # variances 4 and 1 to one, covariance 2
    assert (row["items"], row["n"], row["left_out"]) == (2, 3, 0)
    assert row["alpha"] == close(2 * (1 - 5 / 9))
    assert found.dimensions["undefined"].tolist() == ["", "one item"]
    assert found.reversed == ()
    assert "1 and 7" in found.items.note
    assert "Items, perceptions" in str(found)


@pytest.mark.parametrize("side", ["expectations", "perceptions", "gap"])
@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_items_of_a_survey_are_those_of_each_dimension_alone(side, missing):
    survey, sides = desk()
    sides["gap"] = sides["perceptions"] - sides["expectations"]
    ends = (-6, 6) if side == "gap" else (1, 7)
    found = item_report(survey, side=side, missing=missing)
    alphas = reliability(survey, missing=missing).table.where(side=side)
    assert found.dimensions["alpha"] == close(alphas["alpha"])
    assert found.dimensions["n"].tolist() == alphas["n"].tolist()
    for code, where in (("a", slice(3)), ("b", slice(3, 5))):
        items = survey.instrument.item_codes[where]
        options = {"items": items, "weights": survey.weights, "scale": ends, "missing": missing}
        wanted, analysis = item_analysis(sides[side][:, where], **options), found.analysis(code)
        for name in wanted.table.columns:
            if name in {"item", "lacking", "undefined"}:
                assert analysis.table[name].tolist() == wanted.table[name].tolist()
            else:
                assert analysis.table[name] == close(wanted.table[name])
        assert (analysis.alpha, analysis.n) == close((wanted.alpha, wanted.n))
        assert (analysis.reversed, analysis.undefined) == (wanted.reversed, wanted.undefined)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_items_of_moments_are_those_of_the_survey_but_for_floors(missing):
    survey, _ = desk()
    found, wanted = (item_report(x, missing=missing) for x in (sq.moments(survey), survey))
    for name in ("n", "mean", "sd", "item_total", "item_total_raw", "alpha_if_deleted"):
        assert found.items[name] == close(wanted.items[name])
    assert np.isnan([found.items["floor"], found.items["ceiling"]]).all()
    assert says(found.items["lacking"][0], "no floor and ceiling", "Moments")
    assert found.dimensions == wanted.dimensions


def test_reversed_items_of_a_survey_are_named_with_their_dimension():
    survey, _ = desk(n=200, sizes=(4, 2, 4), back=(1, 4))
    said = "'a2' runs against the others of 'a'; 'b1' and 'b2' of 'b' run against each other; if"
    with pytest.warns(UserWarning, match=f"reverse-keyed: {said}") as caught:
        found = item_report(survey)
    assert caught[0].filename == __file__
    assert len(caught) == 1
    assert found.reversed == ("a2", "b1", "b2")
    assert found.items["item"][found.items["reversed"]].tolist() == ["a2", "b1", "b2"]
    assert found.analysis("b").reversed == ("b1", "b2")
    assert item_report(survey, side="expectations").reversed == ()


def test_bad_questions_about_the_items_of_a_survey():
    survey, sides = desk()
    refused(lambda: item_report(sides["perceptions"]), "TypeError: .* item_analysis takes other")
    refused(lambda: item_report(survey, side="perception"), "nearest are 'perceptions'")
    refused(lambda: item_report(survey, missing="none"), "`missing` must be one of")
    refused(lambda: item_report(survey).analysis("z"), "`dimension`: 'z' is unknown")


def test_nobody_who_answered_has_no_items():
    survey = sq.survey_from_arrays(grouped_form(2, 2), perceptions=np.full((3, 4), np.nan))
    found = item_report(survey)
    assert set(found.dimensions["undefined"]) == {"no answers"}
    assert np.isnan(found.items["item_total"]).all()


# --- ω --------------------------------------------------------------------------------------------


@given(model=congeneric(equal=True), denominator=st.sampled_from(["model", "observed"]))
@few
def test_omega_is_alpha_where_loadings_are_equal(model, denominator):
    S = named(implied(*model))
    found = mcdonald_omega(S, denominator=denominator)
    assert found.undefined == ""
    assert found.omega == pytest.approx(cronbach_alpha(S).alpha, rel=1e-7)


@given(model=congeneric())
@few
def test_omega_is_no_less_than_alpha_of_congeneric_items(model):
    S = named(implied(*model))
    found = mcdonald_omega(S)
    assert found.omega >= cronbach_alpha(S).alpha - 1e-9
    load, errors = model
    assert found.omega == close(load.sum() ** 2 / (load.sum() ** 2 + errors.sum()), rel=1e-7)
    assert found.omega == close(mcdonald_omega(S, denominator="observed").omega, rel=1e-7)


@given(model=congeneric(), back=st.integers(0, 2), n=st.integers(10, 1000))
@few
def test_loadings_and_errors_behind_a_covariance_are_found(model, back, n):
    load, errors = model
    signs = np.where(np.arange(len(load)) < back, -1, 1)
    load = load * signs
    side = (load / np.sqrt(load**2 + errors)).sum()  # the standardised ones have a sum above 0
    load = -load if side < 0 else load
    fit = one_factor(implied(load, errors))
    assert str(fit.status) == ""
    if abs(side) > 1e-6:  # else either sign
        assert fit.loadings == close(load, rel=1e-6)
    assert fit.errors == close(errors, rel=1e-6)
    assert fit.implied == close(implied(load, errors), rel=1e-7)
    found = mcdonald_omega(named(implied(load, errors), n))
    assert found.errors == close(errors * (n - 1) / n, rel=1e-6)
    communality = load**2 / (load**2 + errors)
    assert found.solution["communality"] == close(communality, rel=1e-6)
    assert found.ave == close(communality.mean(), rel=1e-6)


@given(seed=SEEDS, k=st.integers(3, 7))
@few
def test_the_solution_is_the_greatest_likelihood(seed, k):
    S = np.cov(one_factor_rows(seed, 80, k), rowvar=False)
    fit = one_factor(S)

    def misfit(load, errors):
        sigma = implied(load, errors)
        return np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, S))

    if str(fit.status):  # such as Heywood, where it lies at no error
        return
    here = misfit(fit.loadings, fit.errors)
    start = np.concatenate([np.sqrt(np.diagonal(S) / 2), np.log(np.diagonal(S) / 2)])
    best = optimize.minimize(lambda p: misfit(p[:k], np.exp(p[k:])), start, method="BFGS")
    assert here <= best.fun + 1e-9
    for step in np.random.default_rng(seed).normal(scale=1e-3, size=(20, 2 * k)):
        assert misfit(fit.loadings + step[:k], fit.errors * np.exp(step[k:])) >= here


@given(model=congeneric(), scale=st.floats(0.01, 100), order=st.randoms(use_true_random=False))
@few
def test_omega_does_not_depend_on_one_unit_for_all_nor_on_order(model, scale, order):
    S = implied(*model)
    places = list(range(len(S)))
    order.shuffle(places)
    one = mcdonald_omega(named(S))
    other = mcdonald_omega(named(scale * S[np.ix_(places, places)]))
    assert other.omega == close(one.omega, rel=1e-7)
    assert other.se == close(one.se, rel=1e-5)
    assert other.loadings == close(one.loadings[places], rel=1e-6)


@given(seed=SEEDS)
@few
def test_standardised_loadings_do_not_depend_on_the_unit_of_each_item(seed):
    rows = one_factor_rows(seed, 100)
    units = np.random.default_rng(seed).uniform(0.1, 10, 4)
    one, other = mcdonald_omega(rows), mcdonald_omega(rows * units)
    assert one.undefined == other.undefined
    assert other.loadings == close(one.loadings, rel=1e-6)
    assert other.unstandardized == close(one.unstandardized * units, rel=1e-6)


def test_a_reversed_item_loads_below_0():
    rows = one_factor_rows(19, 200, 5)
    turned = rows * [1, -1, 1, 1, 1]
    one, other = mcdonald_omega(rows), mcdonald_omega(turned)
    assert other.loadings == close(one.loadings * [1, -1, 1, 1, 1], rel=1e-7)
    assert other.omega < one.omega


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("fits", [False, True])
@given(model=congeneric(), seed=SEEDS)
@few
def test_the_gradient_of_omega_is_that_of_differences(observed, fits, model, seed):
    S, rng = implied(*model), np.random.default_rng(seed)
    if not fits:
        S = np.cov(rng.multivariate_normal(np.zeros(len(S)), S, 200), rowvar=False)
    fit = one_factor(S)
    if str(fit.status) or (fit.errors < 0.05 * np.diagonal(S)).any():  # at the edge of Heywood
        return
    H = rng.normal(size=S.shape)
    H = (H + H.T) / 2
    step = 1e-5
    values = []
    for sign in (1, -1):
        moved = S + sign * step * H
        own = one_factor(moved)
        of = omega_observed(own.loadings, moved) if observed else omega(own.loadings, own.errors)
        values.append(of)
    wanted = (values[0] - values[1]) / (2 * step)
    exact = omega_gradient(fit, S, observed=observed)
    assert np.trace(exact @ H) == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    if fits and not observed:
        assert omega_gradient(fit) == pytest.approx(exact, rel=1e-6, abs=1e-8)


def test_errors_of_omega_are_those_of_the_jackknife():
    rows = one_factor_rows(20, 400, 5)
    stack = np.stack([np.cov(np.delete(rows, i, axis=0), rowvar=False) for i in range(400)])
    fit = one_factor(stack)
    left = omega(fit.loadings, fit.errors)
    wanted = math.sqrt(399 / 400 * ((left - left.mean()) ** 2).sum())
    found = mcdonald_omega(rows, interval="distribution-free")
    assert found.se == pytest.approx(wanted, rel=0.05)

    def of(S):
        fit = one_factor(S)
        return omega(fit.loadings, fit.errors)

    assert found.se == pytest.approx(infinitesimal(rows, of), rel=1e-5)
    assert mcdonald_omega(rows).se == pytest.approx(wanted, rel=0.15)  # of normal answers


@pytest.mark.parametrize("interval", ["delta", "distribution-free"])
@pytest.mark.parametrize("denominator", ["model", "observed"])
def test_formulas_for_omega_stay_within_0_and_1(interval, denominator):
    rows = points(21, 15)
    found = mcdonald_omega(rows, interval=interval, denominator=denominator, confidence=0.99)
    p = found.omega
    half = stats.norm.ppf(0.995) * found.se / (p * (1 - p))
    assert ends(found) == close(special.expit(special.logit(p) + half * np.array([-1, 1])))
    assert 0 < found.low < p < found.high < 1
    assert (found.interval, found.denominator) == (interval, denominator)


@pytest.mark.parametrize("interval", ["bootstrap", "percentile"])
@pytest.mark.parametrize("denominator", ["model", "observed"])
def test_the_bootstrap_of_omega_has_its_error(interval, denominator):
    rows = one_factor_rows(22, 300, 5)
    options = {"denominator": denominator, "resamples": 1000, "rng": 1}
    found = mcdonald_omega(rows, interval=interval, **options)
    wanted = mcdonald_omega(rows, interval="distribution-free", denominator=denominator)
    assert found.omega == wanted.omega
    assert found.se == pytest.approx(wanted.se, rel=0.2)
    assert found.low < found.omega < found.high < 1
    assert ends(found) == pytest.approx(ends(wanted), abs=wanted.se)


def test_too_many_resamples_without_a_solution_leave_no_interval():
    found = mcdonald_omega(
        one_factor_rows(31, 12, 3, noise=2), interval="percentile", resamples=200, rng=1
    )
    assert found.undefined == ""
    assert np.isfinite(found.omega)
    assert says(found.lacking, "no interval", r"\d+ of 200 resamples without an estimate")
    assert np.isnan([found.se, *ends(found)]).all()


HEYWOOD = [[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]]  # λ₁² = 0.8·0.8/0.4 is above 1


@pytest.mark.parametrize(
    ("matrix", "n", "said"),
    [
        ([[1]], 50, "one item"),
        ([[1, 0.5], [0.5, 1]], 50, "two items: one factor is not identified"),
        (HEYWOOD, 50, "item 'a' without error variance .*Heywood"),
        (np.eye(3), 50, "fewer than three items go together: no factor"),
        (
            np.kron(np.eye(2), [[1, 0.5], [0.5, 1]]),
            50,
            "fewer than three items go together: no factor",
        ),
        (np.diag([1.0, 0, 1]), 50, "item 'b' does not vary"),
        (np.diag([1.0, 0, 0]), 50, "'b', 'c' do not vary"),
        (np.zeros((3, 3)), 50, "no variation"),
        (np.ones((3, 3)), 50, "'a'"),
        (np.ones((3, 3)), 3, "3 respondents are too few for 3 items"),
        (
            [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]],
            50,
            "not positive definite",
        ),
        ([[1, NAN, 0.5], [NAN, 1, 0.5], [0.5, 0.5, 1]], 50, "a covariance is not known"),
        (HEYWOOD, 1, "one respondent"),
        (HEYWOOD, 0, "no answers"),
    ],
)
def test_why_there_is_no_omega(matrix, n, said):
    found = mcdonald_omega(named(matrix, n))
    assert says(found.undefined, said)
    assert np.isnan([found.omega, found.se, *ends(found), found.ave]).all()
    assert np.isnan([found.loadings, found.unstandardized, found.errors]).all()
    assert found.lacking == ""
    assert found.table["undefined"].tolist() == [found.undefined]


def test_collinear_items_are_named():
    rows = points(23)
    rows = np.column_stack([rows, rows[:, 0] + rows[:, 2]])
    assert says(mcdonald_omega(rows).undefined, "'1'", "'3'", "'5'")
    assert "'2'" not in mcdonald_omega(rows).undefined
    assert np.isfinite(cronbach_alpha(rows).alpha)


# --- composite reliability ------------------------------------------------------------------------


@given(load=st.lists(st.floats(-1, 1), min_size=1, max_size=8))
@few
def test_composite_reliability_by_its_formula(load):
    own = np.array(load)
    found = composite_reliability(load)
    total, rest = own.sum() ** 2, (1 - own**2).sum()
    assert found.reliability == close(total / (total + rest))
    assert found.ave == close((own**2).mean())
    assert 0 <= found.reliability <= 1


@given(model=congeneric())
@few
def test_composite_reliability_of_loadings_and_errors_is_omega(model):
    load, errors = model
    found = composite_reliability(load, errors)
    assert found.reliability == close(load.sum() ** 2 / (load.sum() ** 2 + errors.sum()))
    assert found.ave == close((load**2 / (load**2 + errors)).mean())
    items = [f"i{j}" for j in range(len(load))]
    mapping = dict(zip(items, load, strict=True))
    backwards = dict(zip(items[::-1], errors[::-1], strict=True))
    assert composite_reliability(mapping, backwards) == found
    assert composite_reliability(pd.Series(mapping), pd.Series(backwards)) == found
    assert composite_reliability(load, backwards, items=items) == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([],), "ValueError: `loadings` must be one number for each item, got shape \\(0,\\)"),
        (([[0.5]],), "ValueError: `loadings` must be one number for each item"),
        (([1.2, 0.5],), "must lie in -1..1 where no `errors` are given, got 1.2 \\(item '1'\\)"),
        (({"speed": 0.5, "care": -2},), "got -2 \\(item 'care'\\)"),
        (([0.5, 0.5], [0.1]), "`errors` must be one number for each of 2 items, got 1"),
        (([0.5, 0.5], [0.1, -0.1]), "`errors` must be 0 or more, got -0.1 \\(item '2'\\)"),
        (([math.inf, 0.5], [1, 1]), "`loadings` must be finite, got inf \\(item '1'\\)"),
        (([0.5, 0.5], [1, math.inf]), "`errors` must be finite, got inf \\(item '2'\\)"),
        ((["a"],), "`loadings` must be numbers, got 'a'"),
        (({"a": 0.5, "b": 0.6}, {"a": 0.5}), "`errors` has nothing for 'b'"),
    ],
)
def test_bad_loadings(arguments, said):
    refused(lambda: composite_reliability(*arguments), said)


def test_why_there_is_no_composite_reliability():
    nothing = composite_reliability(mcdonald_omega(named(HEYWOOD)).loadings, items=tuple("abc"))
    assert nothing.undefined == "item 'a' has no loading"
    assert np.isnan([nothing.reliability, nothing.ave]).all()
    assert composite_reliability([0, 0.5], [0, 0.5]).undefined == "item '1' has no variance"


# --- two alphas -----------------------------------------------------------------------------------

NS = st.integers(3, 5000)


@given(one=ALPHAS, two=ALPHAS, n=NS, m=NS, confidence=CONFIDENCES)
@few
def test_alphas_of_different_respondents_by_f(one, two, n, m, confidence):
    found = compare_alphas((one, n), (two, m), confidence=confidence)
    w, law = (1 - one) / (1 - two), stats.f(m - 1, n - 1)
    assert found.ratio == close(w)
    assert found.p == pytest.approx(min(1, 2 * min(law.cdf(w), law.sf(w))), rel=1e-8, abs=1e-300)
    tails = [(1 + confidence) / 2, (1 - confidence) / 2]
    assert (found.ratio_low, found.ratio_high) == close(w / law.ppf(tails), rel=1e-8)
    row = found.table.row(test="Feldt's F")
    assert (row["df"], row["df2"], row["quantity"]) == (m - 1, n - 1, "ratio")
    back = compare_alphas((two, m), (one, n), confidence=confidence)
    assert back.p == pytest.approx(found.p, rel=1e-8, abs=1e-300)
    assert back.difference == -found.difference
    assert 1 / back.ratio_high == close(found.ratio_low, rel=1e-8)


@given(one=ALPHAS, two=ALPHAS, n=NS, rho=st.floats(-0.99, 0.99))
@few
def test_alphas_of_the_same_respondents_by_t(one, two, n, rho):
    found = compare_alphas((one, n), (two, n), paired=True, correlation=rho)
    t = (one - two) * math.sqrt(n - 2) / math.sqrt(4 * (1 - one) * (1 - two) * (1 - rho**2))
    row = found.table.row(test="Feldt's t")
    assert row["statistic"] == close(t, rel=1e-8, absolute=1e-9)
    assert row["df"] == n - 2
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), n - 2), rel=1e-6, abs=1e-300)
    assert found.ratio_low <= found.ratio <= found.ratio_high


@pytest.mark.parametrize("options", [{}, {"paired": True, "correlation": 0.4}])
def test_an_interval_of_the_ratio_ends_at_1_where_its_test_says_so(options):
    first, second = (0.75, 80), (0.82, 80)
    p = compare_alphas(first, second, **options).p
    assert compare_alphas(first, second, confidence=1 - p, **options).ratio_low == close(
        1, rel=1e-7
    )
    assert compare_alphas(second, first, confidence=1 - p, **options).ratio_high == close(
        1, rel=1e-7
    )


def test_large_samples_of_items_that_are_known_by_bonetts_z():
    one, two = cronbach_alpha(points(39, 60, 3)), cronbach_alpha(points(40, 90, 5))
    row = compare_alphas(one, two, confidence=0.9).table.row(test="Bonett's z")
    se = math.sqrt(2 * 3 / (2 * 58) + 2 * 5 / (4 * 88))  # Bonett 2002's variances of ln(1-α)
    z = math.log((1 - one.alpha) / (1 - two.alpha)) / se
    assert row["statistic"] == close(z)
    assert row["p"] == close(2 * stats.norm.sf(abs(z)))
    half = stats.norm.ppf(0.95) * se
    wanted = row["estimate"] * np.exp([-half, half])
    assert [row["low"], row["high"]] == close(wanted)
    figures = compare_alphas((0.7, 60), (0.8, 90))  # of whose items nobody knows
    assert figures.table["test"].tolist() == ["Feldt's F"]


def test_answers_of_the_same_respondents_have_their_correlation():
    rows = points(24, 90, 7, holes=0.03)
    whole = rows[~np.isnan(rows).any(axis=1)]
    found = compare_alphas(rows[:, :4], rows[:, 4:], paired=True)
    one, two = cronbach_alpha(whole[:, :4]), cronbach_alpha(whole[:, 4:])
    rho = np.corrcoef(whole[:, :4].sum(axis=1), whole[:, 4:].sum(axis=1))[0, 1]
    wanted = compare_alphas(one, two, paired=True, correlation=rho)
    assert (found.p, found.ratio_low, found.difference) == close(
        (wanted.p, wanted.ratio_low, wanted.difference), rel=1e-8
    )
    assert found.first_n == found.second_n == len(whole) < 90
    assert found.table["test"].tolist() == ["Feldt's t", "distribution-free"]


def test_the_distribution_free_difference_has_the_error_of_the_jackknife():
    rows = np.exp(0.5 * one_factor_rows(25, 400, 7))
    left = []
    for i in range(400):
        S = np.cov(np.delete(rows, i, axis=0), rowvar=False)
        left.append(alpha(S[:4, :4]) - alpha(S[4:, 4:]))
    wanted = math.sqrt(399 / 400 * ((np.array(left) - np.mean(left)) ** 2).sum())
    found = compare_alphas(rows[:, :4], rows[:, 4:], paired=True)
    row = found.table.row(test="distribution-free")
    assert row["se"] == pytest.approx(wanted, rel=0.05)
    apart = infinitesimal(rows, lambda S: alpha(S[:4, :4]) - alpha(S[4:, 4:]))
    assert row["se"] == pytest.approx(apart, rel=1e-6)
    assert row["estimate"] == close(found.difference)
    half = stats.t.ppf(0.975, 399) * row["se"]
    assert (row["low"], row["high"]) == close((found.difference - half, found.difference + half))
    assert row["p"] == close(2 * stats.t.sf(abs(found.difference / row["se"]), 399))


def test_what_is_compared_may_be_a_result_answers_a_covariance_or_figures():
    one, two = points(26, 50), points(27, 70)
    wanted = compare_alphas(cronbach_alpha(one), cronbach_alpha(two))
    assert compare_alphas(one, pd.DataFrame(two)) == wanted
    assert compare_alphas(covariance(one), two) == wanted
    figures = (cronbach_alpha(one).alpha, 50), (cronbach_alpha(two).alpha, 70)
    assert compare_alphas(*figures).p == close(wanted.p)
    weights = np.random.default_rng(1).uniform(0.5, 3, 50)
    weighted = cronbach_alpha(one, weights=weights)
    assert compare_alphas(weighted, two).first_n == close(weighted.n_effective)


@pytest.mark.parametrize(
    ("first", "second", "options", "said"),
    [
        ((1.0, 100), (0.8, 100), {}, "ValueError: `first` must be an alpha below 1"),
        ((0.5, 100), (0.8, 1), {}, "ValueError: `second` must be .* an n of at least 2"),
        (("a", 3), (0.8, 100), {}, "TypeError: `first alpha` must be a number, got 'a'"),
        ((NAN, 20), (0.8, 100), {}, "`first alpha` must be a finite number"),
        ((0.7, 90), (0.8, 90), {"paired": True}, "TypeError: `correlation` must be given"),
        ((0.7, 90), (0.8, 90), {"correlation": 0.4}, "different respondents have none"),
        (
            (0.7, 90),
            (0.8, 80),
            {"paired": True, "correlation": 0.4},
            "the same respondents, got n 90 and 80",
        ),
        (
            (0.7, 90),
            (0.8, 90),
            {"paired": True, "correlation": 1.4},
            "`correlation` must lie in -1..1, got 1.4",
        ),
        (points(1), points(1)[:5], {"paired": True}, "in both, got 60 and 5"),
        (points(1), points(1), {"paired": True, "correlation": 0.3}, "answers have their own"),
        ((0.7, 90), (0.8, 90), {"confidence": 95}, "`confidence` must lie between 0 and 1"),
        (points(1)[:, 0], (0.8, 90), {}, "`first` must be a table with two axes"),
    ],
)
def test_bad_comparisons(first, second, options, said):
    refused(lambda: compare_alphas(first, second, **options), said)


def test_why_there_is_no_p():
    rows = points(28)
    constant = np.full((60, 3), 4)
    assert compare_alphas(constant, rows).undefined == "first: no variation"
    assert compare_alphas(rows, rows[:, :1]).undefined == "second: one item"
    same = compare_alphas(rows, rows, paired=True)
    assert same.difference == 0
    assert says(same.lacking, "no p", "correlate perfectly")
    perfect = compare_alphas(rows[:, [0, 0]], rows)
    assert says(perfect.lacking, "no error")
    two = compare_alphas((0.7, 2), (0.8, 2), paired=True, correlation=0.5)
    assert says(two.lacking, "no p", "two respondents")
    assert np.isnan([same.p, perfect.p, two.p]).all()
    apart = np.where(np.arange(60)[:, None] < 30, rows, np.nan)
    other = np.where(np.arange(60)[:, None] < 30, np.nan, rows)
    nobody = compare_alphas(apart, other, paired=True)
    assert nobody.undefined == "first: no respondent answered all items of both"


# --- a whole survey -------------------------------------------------------------------------------


def faces_of(case):
    """Return the turned answers of each side, and the gaps."""
    above, below = case.turned("perceptions"), case.turned("expectations")
    return {"expectations": below, "perceptions": above, "gap": above - below}


@given(
    case=cases(groups=True),
    missing=MISSING,
    by=st.sampled_from([None, "branch", ("branch", "year")]),
)
@few
def test_alpha_of_a_survey_and_of_its_moments_is_that_of_its_rows(case, missing, by):
    table = reliability(case.survey, by=by, missing=missing).table
    moments = reliability(sq.moments(case.survey), by=by, missing=missing).table
    for name in ("alpha", "low", "high", "standardized", "mean_correlation"):
        assert moments[name] == close(table[name], rel=1e-6, absolute=1e-9)
    for name in ("n", "items", "undefined", "side", "dimension"):
        assert moments[name].tolist() == table[name].tolist()
    faces, stops = faces_of(case), np.cumsum([0, *case.sizes])
    keys = [by] if isinstance(by, str) else list(by or ())
    codes = list(case.instrument.dimension_codes)
    for row in table.rows():
        mine = np.ones(len(case.perceptions), bool)
        for key in keys:
            mine &= np.array(case.by[key]) == row[key]
        d = codes.index(row["dimension"])
        block = faces[row["side"]][mine, stops[d] : stops[d + 1]]
        weights = None if case.weights is None else case.weights[mine]
        matrix, n = covariance_of(block, weights, missing) if len(block) else ([[None]], 0)
        assert row["n"] == n
        assert row["items"] == case.sizes[d]
        assert row["alpha"] == close(alpha_of(matrix), rel=1e-8)
        assert bool(row["undefined"]) == math.isnan(row["alpha"])
        if len(block):
            items = case.instrument.item_codes[stops[d] : stops[d + 1]]
            single = cronbach_alpha(block, items=items, weights=weights, missing=missing)
            for name in ("alpha", "low", "high", "standardized"):
                assert row[name] == close(getattr(single, name), rel=1e-6, absolute=1e-9)
            if not single.undefined:
                assert row["mean_correlation"] == close(single.mean_correlation)
            if n:  # else the survey knows who answered elsewhere
                assert row["undefined"] == single.undefined


def test_rows_without_alpha_have_no_other_number():
    form = sq.Instrument(
        code="form",
        name="Form",
        scale=sq.Scale(1, 7),
        dimensions=[sq.Dimension(code="d", name="", items=[sq.Item(code=c) for c in "ab"])],
    )
    rows = np.array([[1, 7], [3, 5], [6, 2]])  # whose sums are all 8
    row = reliability(sq.survey_from_arrays(form, perceptions=rows)).table.row(dimension="d")
    assert row["undefined"] == cronbach_alpha(rows).undefined
    assert math.isnan(cronbach_alpha(rows).mean_correlation)
    assert math.isnan(row["mean_correlation"])


@given(case=cases(groups=True, missing=False, weights=False, least=2), cut=st.integers(1, 7))
@few
def test_merged_moments_are_pooled_respondents(case, cut):
    rows = np.arange(len(case.perceptions))
    one, two = rows[:cut], rows[cut:]
    if not len(two):
        return
    merged = sq.moments(case.take(one).survey) + sq.moments(case.take(two).survey)
    for by in (None, "branch"):
        assert reliability(merged, by=by) == reliability(case.survey, by=by)


def test_merged_moments_with_weights_and_holes():
    form = sq.instrument("servqual")
    whole = sq.simulate_survey(form, 200, rng=1)
    answers = np.where(np.random.default_rng(1).random((200, 22)) < 0.05, np.nan, whole.perceptions)
    weights = np.random.default_rng(2).uniform(0.5, 2, 200)
    parts = [
        sq.survey_from_arrays(form, perceptions=answers[some], weights=weights[some])
        for some in (slice(0, 200), slice(0, 70), slice(70, 200))
    ]
    for missing in ("listwise", "pairwise"):
        merged = reliability(sq.moments(parts[1]) + sq.moments(parts[2]), missing=missing).table
        table = reliability(parts[0], missing=missing).table
        for name in ("alpha", "low", "high", "n_effective", "omega", "omega_low", "ave"):
            assert merged[name] == close(table[name], rel=1e-7)
        assert merged["n"].tolist() == table["n"].tolist()


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_each_row_of_a_survey_is_what_its_answers_give_alone(missing):
    form = sq.instrument("servqual")
    survey = sq.simulate_survey(form, 150, rng=3)
    table = reliability(survey, missing=missing, confidence=0.9).table
    assert len(table) == 15
    sides = {"expectations": survey.expectations, "perceptions": survey.perceptions}
    sides["gap"] = survey.perceptions - survey.expectations
    for row in table.rows():
        block = sides[row["side"]][:, form.places(row["dimension"])]
        one = cronbach_alpha(block, missing=missing, confidence=0.9)
        own = mcdonald_omega(block, missing=missing, confidence=0.9)
        same = covariance(survey, side=row["side"], dimension=row["dimension"], missing=missing)
        assert cronbach_alpha(same, confidence=0.9).alpha == close(one.alpha)
        assert [row[name] for name in ("alpha", "low", "high", "n")] == close(
            [one.alpha, one.low, one.high, one.n]
        )
        assert [row[name] for name in ("omega", "omega_low", "omega_high", "ave")] == close(
            [own.omega, own.low, own.high, own.ave], rel=1e-6
        )


def test_a_survey_with_intervals_of_its_respondents():
    form = sq.instrument("servqual")
    survey = sq.simulate_survey(form, 150, rng=4)
    table = reliability(survey, interval="distribution-free").table
    drawn = reliability(survey, interval="percentile", resamples=1000, rng=1).table
    for row, other in zip(table.rows(), drawn.rows(), strict=True):
        if row["side"] == "gap":
            continue
        block = survey.side(row["side"])[:, form.places(row["dimension"])]
        one = cronbach_alpha(block, interval="distribution-free")
        own = mcdonald_omega(block, interval="distribution-free")
        assert (row["low"], row["high"]) == close(ends(one))
        assert (row["omega_low"], row["omega_high"]) == close(ends(own), rel=1e-6)
        alone = cronbach_alpha(block, interval="percentile", resamples=1000, rng=2)
        assert (other["low"], other["high"]) == pytest.approx(ends(alone), abs=0.6 * alone.se)
    again = reliability(survey, interval="percentile", resamples=1000, rng=1).table
    assert again == drawn
    assert "1000 resamples" in drawn.note


def test_undefined_rows_of_a_survey_say_why():
    form = sq.Instrument(
        code="form",
        name="Form",
        scale=sq.Scale(1, 7),
        dimensions=[
            sq.Dimension(code=code, name="", items=[sq.Item(code=f"{code}{n}") for n in range(k)])
            for code, k in (("one", 1), ("two", 2), ("still", 3), ("holes", 3), ("sound", 4))
        ],
    )
    rows = np.hstack([points(29, 50, 1), points(30, 50, 2), np.full((50, 3), 4)])
    rows = np.hstack([rows, np.full((50, 3), np.nan), points(31, 50, 4)])
    table = reliability(sq.survey_from_arrays(form, perceptions=rows)).table
    said = {row["dimension"]: row["undefined"] for row in table.rows()}
    assert said == {
        "one": "one item",
        "two": "",
        "still": "no variation",
        "holes": "no respondent answered all items",
        "sound": "",
    }
    lacking = {row["dimension"]: row["lacking"] for row in table.rows()}
    assert says(lacking["two"], "omega: two items: one factor is not identified")
    assert lacking["sound"] == ""
    assert table.row(dimension="holes")["n"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "branch"}, "`by`: .* without group columns"),
        ({"interval": "delta"}, "`interval` must be one of 'feldt'"),
        ({"interval": "bootstrap", "missing": "pairwise"}, "take missing='listwise'"),
        ({"missing": "all"}, "`missing` must be one of 'listwise', 'pairwise'"),
        ({"confidence": 1}, "`confidence` must lie between 0 and 1"),
        ({"interval": "bootstrap", "resamples": 1}, "`resamples` must be a whole number"),
        ({"rng": "seed"}, "`rng` must be a seed or a Generator"),
    ],
)
def test_bad_questions_to_a_survey(options, said):
    survey = sq.simulate_survey(sq.instrument("servqual"), 20, rng=1)
    refused(lambda: reliability(survey, **options), said)


@pytest.mark.parametrize("interval", ["distribution-free", "bootstrap", "percentile"])
def test_moments_have_no_respondents_to_draw(interval):
    moments = sq.moments(sq.simulate_survey(sq.instrument("servqual"), 20, rng=1))
    refused(
        lambda: reliability(moments, interval=interval), "TypeError: .* Moments keeps none; give a"
    )
    refused(lambda: reliability(points(1)), "TypeError: .* make a survey of a frame")


# --- items that nobody turned ---------------------------------------------------------------------


def test_reliability_names_items_that_run_against_the_others():
    survey, _ = desk(n=200, sizes=(4, 4, 4), back=(1,))
    note = "; items that run against the others{}: 'a2' (perceptions); see item_report"
    assert reliability(survey).table.note.endswith(note.format(""))
    assert reliability(sq.moments(survey)).table.note.endswith(note.format(""))
    by_branch = reliability(survey, by="branch", interval="distribution-free").table.note
    assert by_branch.endswith(note.format(", over all groups"))
    rows = survey.perceptions
    both = sq.survey_from_arrays(survey.instrument, expectations=rows, perceptions=rows)
    assert "'a2' (expectations, perceptions);" in reliability(both).table.note
    straight, _ = desk(n=200, sizes=(4, 4, 4))
    assert "against" not in reliability(straight).table.note


def test_reliability_names_no_more_than_five_items():
    survey, _ = desk(n=200, sizes=(4,) * 6, back=range(0, 24, 4))
    note = reliability(survey).table.note
    named = note.partition("others: ")[2]
    assert named.count("' (") == 5
    assert re.search(r"\) and [1-9]\d* more; see item_report$", named)


def test_items_that_do_not_go_together_are_not_against_each_other():
    rows = np.array([[1, 1], [1, 5], [5, 1], [5, 5]])
    survey = sq.survey_from_arrays(grouped_form(2), perceptions=rows)
    assert "against" not in reliability(survey).table.note


# --- the sum of all items -------------------------------------------------------------------------


def test_stratified_alpha_by_hand():
    # 2³ plan of A, B, C with variance v. Items A+B, A; C+A, C: sums 2A+B and 2C+A, each 5v of
    # which α = 2·(1-3/5) = 4/5, error v; the total 3A+B+2C has 14v: 1 - 2/14, and 4/3·(1 - 6/14)
    a, b, c = np.array(list(itertools.product([-1, 1], repeat=3))).T
    rows = 4 + np.column_stack([a + b, a, c + a, c])
    survey = sq.survey_from_arrays(grouped_form(2, 2), perceptions=rows)
    table = stratified_alpha(survey).table
    assert table.keys == ("side",)
    row = table.row(side="perceptions")
    assert (row["stratified"], row["alpha"]) == close((6 / 7, 16 / 21))
    assert (row["items"], row["dimensions"], row["n"], row["undefined"]) == (4, 2, 8, "")
    twice = np.vstack([rows, rows[:, ::-1]])  # the order of dimensions does not matter
    both = sq.survey_from_arrays(grouped_form(2, 2), perceptions=twice, weights=[1, 0] * 8)
    weighted = sq.survey_from_arrays(grouped_form(2, 2), perceptions=twice[::2])
    assert stratified_alpha(both).table.row()["stratified"] == close(
        stratified_alpha(weighted).table.row()["stratified"]
    )


@pytest.mark.parametrize("face", ["expectations", "perceptions", "gap"])
def test_stratified_alpha_by_its_formula(face):
    survey, sides = desk(sizes=(3, 2, 4))
    sides["gap"] = sides["perceptions"] - sides["expectations"]
    table = stratified_alpha(survey, by="branch").table
    assert table.keys == ("branch", "side")
    for branch in "NS":
        mine = (survey.groups("branch") == branch) & (survey.weights > 0)
        mine &= ~np.isnan(sides[face]).any(axis=1)
        rows, weights = sides[face][mine], survey.weights[mine]
        S = np.cov(rows, rowvar=False, aweights=weights, ddof=0)  # the divisor cancels out
        error = sum(
            S[where, where].sum() * (1 - cronbach_alpha(rows[:, where], weights=weights).alpha)
            for where in (slice(3), slice(3, 5), slice(5, 9))
        )
        row = table.row(branch=branch, side=face)
        assert row["n"] == len(rows)
        assert row["stratified"] == close(1 - error / S.sum())
        assert row["alpha"] == close(cronbach_alpha(rows, weights=weights).alpha)
    merged = sq.moments(survey.select(mine)) + sq.moments(survey.select(~mine))
    found = stratified_alpha(merged, by="branch").table
    for name in ("n", "alpha", "stratified"):
        assert found[name] == close(table[name])


@given(seed=SEEDS, sizes=st.lists(st.integers(2, 4), min_size=1, max_size=4))
@few
def test_stratified_alpha_exceeds_alpha_by_what_dimensions_hang_together(seed, sizes):
    form, k = grouped_form(*sizes), sum(sizes)
    rows = points(seed, 40, k)
    rows[:2] = [[1] * k, [7] * k]
    row = stratified_alpha(sq.survey_from_arrays(form, perceptions=rows)).table.row()
    S, owner = np.cov(rows, rowvar=False), np.repeat(range(len(sizes)), sizes)
    # α_s - α = Σ_{d≠e} k_d·k_e·(c_d - c_de)/((k-1)·s²_T) with the mean covariances c
    means = np.array(
        [
            [
                S[np.ix_(owner == d, owner == e)][
                    ~np.eye(sizes[d], dtype=bool) if d == e else ...
                ].mean()
                for e in range(len(sizes))
            ]
            for d in range(len(sizes))
        ]
    )
    size = np.array(sizes)
    more = (np.outer(size, size) * (np.diagonal(means)[:, None] - means)).sum()
    assert row["stratified"] - row["alpha"] == close(more / ((k - 1) * S.sum()), absolute=1e-10)
    if len(sizes) == 1:
        assert row["stratified"] == close(row["alpha"])


def test_stratified_alpha_does_not_depend_on_shifts():
    survey, sides = desk(sizes=(3, 2, 4))
    form = attrs.evolve(survey.instrument, scale=sq.Scale(101, 107))
    moved = sq.survey_from_arrays(
        form, **{name: rows + 100 for name, rows in sides.items()}, weights=survey.weights
    )
    found, wanted = (stratified_alpha(x).table["stratified"] for x in (moved, survey))
    assert found == close(wanted)


def test_a_dimension_that_does_not_vary_has_no_error():
    rows = points(9, 60, 4)
    rows[:, 2:] = 3
    row = stratified_alpha(sq.survey_from_arrays(grouped_form(2, 2), perceptions=rows)).table.row()
    assert row["stratified"] == close(cronbach_alpha(rows[:, :2]).alpha)


@pytest.mark.parametrize(
    ("sizes", "rows", "said"),
    [
        ((2, 1), points(9, 20, 3), "dimension 'b' has one item"),
        ((2, 2), points(9, 1, 4), "one respondent"),
        ((2, 2), np.full((5, 4), 3), "no variation"),
        ((2, 2), np.array([[1, 2, 3, 4], [4, 3, 2, 1]]), "the sum of the items does not vary"),
        ((2, 2), np.array([[1, 2, 3, np.nan]]), "no respondent answered all items"),
        ((2, 2), np.full((3, 4), np.nan), "no answers"),
    ],
)
def test_why_there_is_no_stratified_alpha(sizes, rows, said):
    survey = sq.survey_from_arrays(grouped_form(*sizes), perceptions=rows)
    row = stratified_alpha(survey).table.row(side="perceptions")
    assert row["undefined"] == said
    assert math.isnan(row["stratified"])
    assert math.isnan(row["alpha"]) == (sizes == (2, 2))


def test_bad_questions_for_stratified_alpha():
    refused(lambda: stratified_alpha(points(1)), "TypeError: `answers` must be Survey or Moments")
    refused(lambda: stratified_alpha(desk()[0], by="brnch"), "nearest are 'branch'")


# --- covariances ----------------------------------------------------------------------------------


@given(drawn=answers(), missing=MISSING)
@few
def test_covariances_are_those_of_exact_fractions(drawn, missing):
    rows, weights = drawn
    found = covariance(rows, weights=weights, missing=missing)
    wanted, n = covariance_of(rows, weights, missing)
    cells = [[NAN if cell is None else float(cell) for cell in row] for row in wanted]
    assert found.matrix == close(np.array(cells))
    assert found.n == n
    assert (found.matrix == found.matrix.T).all() or np.isnan(found.matrix).any()


def test_covariances_are_those_of_numpy_and_pandas():
    rows = points(32, holes=0.1)
    whole = rows[~np.isnan(rows).any(axis=1)]
    found = covariance(rows)
    assert found.matrix == close(np.cov(whole, rowvar=False))
    assert found.means == close(whole.mean(axis=0))
    assert found.correlation == close(np.corrcoef(whole, rowvar=False))
    assert (found.n, found.left_out) == (len(whole), 60 - len(whole))
    pairs = covariance(rows, missing="pairwise")
    assert pairs.matrix == close(pd.DataFrame(rows).cov().to_numpy())
    there = (~np.isnan(rows)).astype(int)
    np.testing.assert_array_equal(pairs.counts, there.T @ there)
    assert pairs.means == close(np.nanmean(rows, axis=0))


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_covariances_of_a_survey_and_of_its_moments(missing):
    survey = sq.simulate_survey(sq.instrument("servqual"), 80, rng=5)
    gaps = survey.perceptions - survey.expectations
    sides = (("perceptions", survey.perceptions), ("gap", gaps))
    for side, rows in sides:
        for source in (survey, sq.moments(survey)):
            found = covariance(source, side=side, missing=missing)
            assert found.matrix == close(np.cov(rows, rowvar=False))
            assert found.means == close(rows.mean(axis=0))
            assert found.items == tuple(survey.instrument.item_codes)
            one = covariance(source, side=side, dimension="empathy", missing=missing)
            places = survey.instrument.places("empathy")
            assert one.matrix == close(np.cov(rows[:, places], rowvar=False))
            two = covariance(source, side=side, items=one.items[::-1][:2], missing=missing)
            assert two.matrix == close(one.matrix[::-1, ::-1][:2, :2])


def test_a_covariance_stands_for_answers():
    rows = points(33)
    found = covariance(rows, items=tuple("abcd"))
    assert cronbach_alpha(found) == cronbach_alpha(rows, items=tuple("abcd"))
    assert mcdonald_omega(found) == mcdonald_omega(rows, items=tuple("abcd"))
    chosen = cronbach_alpha(found, items=("d", "a"))
    assert chosen.alpha == close(cronbach_alpha(rows[:, [3, 0]]).alpha)
    refused(lambda: cronbach_alpha(found, items=("a", "e")), "`items`: 'e' is unknown")
    refused(lambda: cronbach_alpha(found, weights=[1.0]), "TypeError: `weights` goes with answers")
    for function in (cronbach_alpha, mcdonald_omega):
        for interval in ("distribution-free", "bootstrap", "percentile"):
            said = "TypeError: `interval`=.* needs the answers themselves"
            refused(lambda f=function, i=interval: f(found, interval=i), said)
            said = "ValueError: .* take missing='listwise'"
            refused(lambda f=function, i=interval: f(rows, interval=i, missing="pairwise"), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"matrix": [[1, 0.5], [0.4, 1]]}, "symmetric, got 0.5 \\(item 'a'\\) and 0.4 for 'b'"),
        ({"matrix": [[1, 0.5], [0.5, -1]]}, "variances of 0 or more .* got -1.0 \\(item 'b'\\)"),
        ({"matrix": [[1, 0.5]]}, "`matrix` must have shape \\(2, 2\\) .* got \\(1, 2\\)"),
        ({"n": -1}, "`n` must be a whole number of at least 0"),
        ({"n": 2.5}, "`n` must be a whole number of at least 0"),
        ({"items": "ab"}, "TypeError: `items` must be list or tuple"),
        ({"items": ("a", "a")}, "`items` must be different from each other, got 'a' twice"),
        ({"missing": "some"}, "`missing` must be one of 'listwise', 'pairwise'"),
        ({"matrix": [["x", 0.5], [0.5, 1]]}, "TypeError: `matrix` must be numbers"),
        ({"means": [1]}, "`means` must have shape \\(2,\\)"),
        ({"counts": np.eye(3)}, "`counts` must have shape \\(2, 2\\)"),
        ({"n_effective": -3}, "`n_effective` must"),
        ({"left_out": -1}, "`left_out` must"),
    ],
)
def test_bad_covariances(change, said):
    sound = {"items": ("a", "b"), "matrix": [[1, 0.5], [0.5, 1]], "n": 10}
    refused(lambda: Covariance(**sound | change), said)


@pytest.mark.parametrize("place", [(0, 1), (1, 1)])
def test_infinite_covariances_are_refused_with_their_place(place):
    matrix = np.eye(2)
    matrix[place] = matrix[place[::-1]] = math.inf
    refused(lambda: named(matrix), "`matrix` must be finite, got inf .*'b'")


def test_a_covariance_cannot_be_changed():
    found = covariance(points(1))
    with pytest.raises(ValueError, match="read-only"):
        found.matrix[0, 0] = 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.n = 3
    assert found == covariance(points(1))
    assert found != covariance(points(2))


def test_a_covariance_shows_its_table():
    found = named([[4, 1], [1, 9]], means=(1, 2))
    assert found.table["sd"].tolist() == [2, 3]
    assert found.table["b"].tolist() == [1, 9]
    assert "100 respondents (listwise), 0 left out" in str(found)
    clash = Covariance(items=("mean", "b"), matrix=np.eye(2), n=9)
    refused(lambda: clash.table, "must not have the names of the table's columns, got \\['mean'\\]")


# --- answers of every kind ------------------------------------------------------------------------

NAMES = ["speed", "care", "tone"]
GIVEN = points(34, 30, 3, holes=0.05)
FRAME = pd.DataFrame(GIVEN, columns=NAMES)
NONES = [[None if math.isnan(x) else int(x) for x in row] for row in GIVEN.tolist()]
KINDS = {
    "array": GIVEN,
    "single precision": GIVEN.astype(np.float32),
    "by columns": np.asfortranarray(GIVEN),
    "every other column": np.repeat(GIVEN, 2, axis=1)[:, ::2],
    "objects": np.array(NONES, dtype=object),
    "lists": GIVEN.tolist(),
    "lists with None": NONES,
    "masked": np.ma.masked_invalid(GIVEN),
    "masked whole numbers": np.ma.array(
        np.nan_to_num(GIVEN, nan=99).astype(int), mask=np.isnan(GIVEN)
    ),
    "pandas": FRAME,
    "pandas by range": pd.DataFrame(GIVEN),
    "pandas nullable": FRAME.astype("Int64"),
    "pandas objects": FRAME.astype(object),
    "texts": FRAME.astype(object).where(FRAME.notna(), "").map(str),
    "polars": pl.DataFrame(NONES, schema=NAMES, orient="row"),
    "polars lazy": pl.LazyFrame(NONES, schema=NAMES, orient="row"),
    "arrow": pa.table({n: [row[j] for row in NONES] for j, n in enumerate(NAMES)}),
    "mapping": {n: GIVEN[:, j] for j, n in enumerate(NAMES)},
}

NAMED = {"pandas", "pandas nullable", "pandas objects", "texts", "polars", "polars lazy", "arrow"}
NAMED |= {"mapping"}


@pytest.mark.parametrize("kind", KINDS)
def test_answers_of_every_kind_are_the_same(kind):
    given_as, wanted = KINDS[kind], covariance(GIVEN)
    found = covariance(given_as)
    assert found.matrix == close(wanted.matrix)
    assert found.means == close(wanted.means)
    assert (found.n, found.left_out) == (wanted.n, wanted.left_out)
    if kind == "pandas by range":
        assert found.items == ("0", "1", "2")
    elif kind in NAMED:
        assert found.items == tuple(NAMES)
    else:
        assert found.items == ("1", "2", "3")
        assert covariance(given_as, items=NAMES).items == tuple(NAMES)
    assert cronbach_alpha(given_as).alpha == close(cronbach_alpha(GIVEN).alpha)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_whole_numbers_do_not_overflow(dtype):
    rows = (10 * points(35)).astype(dtype)
    assert covariance(rows).matrix == close(np.cov(rows.astype(float), rowvar=False))


WEIGHED = FRAME.assign(weight=np.random.default_rng(1).integers(0, 4, 30))
MAKERS = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.DataFrame({n: frame[n].to_numpy() for n in frame}),
    "polars lazy": lambda frame: pl.LazyFrame({n: frame[n].to_numpy() for n in frame}),
    "arrow": lambda frame: pa.table({n: frame[n].to_numpy() for n in frame}),
    "mapping": lambda frame: {n: frame[n].to_numpy() for n in frame},
}


@pytest.mark.parametrize("kind", MAKERS)
def test_weights_may_be_a_column(kind):
    wanted = covariance(FRAME, weights=WEIGHED["weight"].to_numpy())
    found = covariance(MAKERS[kind](WEIGHED), weights="weight")
    assert found.items == tuple(NAMES)
    assert found.matrix == close(wanted.matrix)
    assert (found.n, found.left_out) == (wanted.n, wanted.left_out)
    assert found.n_effective == close(wanted.n_effective)
    some = covariance(MAKERS[kind](WEIGHED), weights="weight", items=["tone", "speed"])
    assert some.items == ("tone", "speed")


@pytest.mark.parametrize(
    "weights", [list, pd.Series, lambda w: pd.array(w, dtype="Int64"), pl.Series, np.array]
)
def test_weights_of_every_kind(weights):
    w = WEIGHED["weight"].to_numpy()
    assert covariance(FRAME, weights=weights(w)) == covariance(FRAME, weights=w)


def test_items_may_be_chosen_of_a_frame():
    found = covariance(FRAME, items=["tone", "speed"])
    assert found.items == ("tone", "speed")
    assert found.matrix == close(covariance(GIVEN[:, [2, 0]]).matrix)
    assert covariance(pd.DataFrame(GIVEN), items=["2", "0"]).matrix == close(found.matrix)


@pytest.mark.parametrize("function", DOORS)
def test_columns_that_repeat_are_refused(function):
    twice = pd.DataFrame(GIVEN, columns=["a", "b", "a"])
    refused(lambda: function(twice), "ValueError: `items` must be different .* got 'a' twice")
    refused(lambda: function(twice, items=("a", "b")), "2 columns 'a', at the places 0, 2")
    arrow = pa.Table.from_arrays([pa.array([1, 2]), pa.array([1, 3])], names=["a", "a"])
    refused(lambda: function(arrow), "got 'a' twice")


INFINITE = np.where(np.arange(12).reshape(4, 3) == 7, math.inf, points(1, 4, 3))  # row 3, item 2


@pytest.mark.parametrize("function", DOORS)
@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (INFINITE, {}, "ValueError: `answers` must be finite, got inf \\(row 3, item '2'\\)"),
        (pd.DataFrame(-INFINITE, columns=NAMES), {}, "got -inf \\(row 3, item 'care'\\)"),
        (INFINITE.tolist(), {}, "`answers\\['2'\\]` must be finite, got inf \\(row 3\\)"),
        (pd.DataFrame({"a": ["1", "x"], "b": [1, 2]}), {}, "`answers\\['a'\\]` must be numbers"),
        (FRAME, {"items": ("speed", "cares")}, "no column 'cares'; the nearest are 'care'"),
        (GIVEN, {"items": ("speed", "care")}, "a column for each of 'speed', 'care', got shape"),
        (GIVEN, {"items": ("a", "b", "a")}, "`items` must be different .* got 'a' twice"),
        (GIVEN[:, 0], {}, "`answers` must be a table with two axes, got shape \\(30,\\)"),
        (np.empty((0, 3)), {}, "`answers` must have at least one row, got none"),
        ([[1, 2], [1]], {}, "`answers` must be a table"),
        (None, {}, "`answers` must be a table"),
        ("answers.csv", {}, "TypeError: `answers` must be a table, got 'answers.csv'; read files"),
        (GIVEN, {"weights": np.ones(3)}, "one number for each of 30 respondents, got 3"),
        (GIVEN, {"weights": -np.ones(30)}, "`weights` must be 0 or lie in .* got -1.0 \\(row 1"),
        (GIVEN, {"weights": np.full(30, np.nan)}, "`weights` must be 0 or lie in .* got nan"),
        (GIVEN, {"weights": np.full(30, np.inf)}, "`weights` must be 0 or lie in .* got inf"),
        (GIVEN, {"weights": "w"}, "`weights`: the array has no column 'w'"),
        (WEIGHED, {"weights": "wieght"}, "no column 'wieght'; the nearest are 'weight'"),
        (FRAME.assign(w="much"), {"weights": "w"}, "`weights` must be numbers, got 'much'"),
        (GIVEN, {"missing": "pairs"}, "`missing` must be one of 'listwise', 'pairwise'"),
    ],
)
def test_bad_answers(function, rows, options, said):
    refused(lambda: function(rows, **options), said)


def test_complex_answers_are_refused():
    refused(lambda: cronbach_alpha(GIVEN + 1j), "`answers.* must be numbers")


@pytest.mark.parametrize("function", [cronbach_alpha, mcdonald_omega, item_analysis])
def test_a_survey_is_not_answers_to_some_items(function):
    survey = sq.simulate_survey(sq.instrument("servqual"), 20, rng=1)
    either = "covariance\\({0}, dimension='speed'\\); sq.reliability\\({0}\\) has all dimensions"
    one = "got a Survey; give one dimension of a side, as survey.side('perceptions', 'speed'), or "
    refused(lambda: function(survey), re.escape(one) + either.format("survey"))
    said = "TypeError: .* got a Moments; give " + either.format("moments")
    refused(lambda: function(sq.moments(survey)), said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dimension": "empaty"}, "`dimension`: 'empaty' is unknown; the nearest are 'empathy'"),
        ({"side": "expectation"}, "`side`: 'expectation' is unknown; the nearest are 'expectatio"),
        ({"items": ("x",)}, "`items`: 'x' is unknown"),
    ],
)
def test_bad_questions_for_covariances(options, said):
    survey = sq.simulate_survey(sq.instrument("servqual"), 20, rng=1)
    refused(lambda: covariance(survey, **options), said)
    refused(lambda: covariance(GIVEN, dimension="empathy"), "TypeError: `dimension` goes with")


@pytest.mark.parametrize("function", [cronbach_alpha, mcdonald_omega])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"interval": "fedlt"}, "`interval` must be one of .* got 'fedlt'"),
        ({"confidence": 95}, "`confidence` must lie between 0 and 1, as 0.95, got 95"),
        ({"confidence": "high"}, "TypeError: `confidence` must be a number"),
        ({"resamples": 1}, "`resamples` must be a whole number of at least 2, got 1"),
        ({"rng": -1}, "`rng` must be a whole number of at least 0"),
    ],
)
def test_bad_intervals(function, options, said):
    refused(lambda: function(GIVEN, **options), said)


def test_a_bad_denominator():
    refused(lambda: mcdonald_omega(GIVEN, denominator="both"), "`denominator` must be one of")


# --- what is undefined ----------------------------------------------------------------------------

SOUND = points(36, 40)
COPY = SOUND[:, [0, 0]]
AGAINST = np.column_stack([SOUND[:, 0], 8 - SOUND[:, 0]])
STILL = np.full((40, 3), 4.0)
EMPTY = SOUND + np.array([0, NAN, 0, 0])


@pytest.mark.parametrize(
    ("rows", "missing", "said"),
    [
        (SOUND[:, :1], "listwise", "one item"),
        (STILL, "listwise", "no variation"),
        (EMPTY, "listwise", "no respondent answered all items"),
        (EMPTY, "pairwise", "fewer than two respondents answered both '1' and '2'"),
        (EMPTY * NAN, "listwise", "no answers"),
        (SOUND[:1], "listwise", "one respondent"),
        (AGAINST, "listwise", "the sum of the items does not vary"),
    ],
)
@pytest.mark.parametrize("interval", ["feldt", "bonett", "distribution-free", "bootstrap"])
def test_why_there_is_no_alpha(rows, missing, said, interval):
    if missing == "pairwise" and interval not in {"feldt", "bonett"}:
        return
    found = cronbach_alpha(rows, missing=missing, interval=interval, resamples=5, rng=1)
    assert found.undefined == said
    assert found.lacking == ""
    for name in ("alpha", "se", "low", "high", "standardized", "mean_correlation"):
        assert math.isnan(getattr(found, name))
    assert said in str(found)
    items = analysed(rows, missing=missing)
    assert items.undefined == said
    assert np.isnan(items.alpha)


def test_weights_of_0_leave_no_answers():
    for function in (cronbach_alpha, mcdonald_omega, item_analysis):
        found = function(SOUND, weights=np.zeros(40))
        assert (found.undefined, found.n) == ("no answers", 0)
    some = np.r_[np.zeros(10), np.ones(30)]
    assert cronbach_alpha(SOUND, weights=some).alpha == close(cronbach_alpha(SOUND[10:]).alpha)
    assert cronbach_alpha(SOUND, weights=some).n == 30


def test_an_item_that_does_not_vary_leaves_alpha_but_no_standardised_one():
    rows = SOUND.copy()
    rows[:, 1] = 3
    found = cronbach_alpha(rows)
    assert np.isfinite([found.alpha, *ends(found)]).all()
    assert math.isnan(found.standardized)
    assert found.undefined == ""
    assert says(found.lacking, "item '2' does not vary")
    assert mcdonald_omega(rows).undefined == "item '2' does not vary"


@pytest.mark.parametrize("interval", ["feldt", "bonett", "distribution-free", "bootstrap"])
def test_answers_without_error_leave_no_interval(interval):
    found = cronbach_alpha(COPY, interval=interval, resamples=20, rng=1)
    assert found.alpha == close(1)
    assert found.alpha <= 1 + 1e-13
    assert says(found.lacking, "no interval", "no error")
    assert np.isnan(ends(found)).all()


def test_items_against_each_other_have_an_alpha_below_0():
    rows = np.column_stack([SOUND[:, 0], 8 - SOUND[:, 1]])
    found = cronbach_alpha(rows)
    assert found.alpha < 0
    assert found.low < found.alpha < found.high
    assert found.undefined == ""


@pytest.mark.parametrize("n", [2, 3, 4])
def test_fewer_respondents_than_items(n):
    rows = one_factor_rows(37, n, 5)
    found = cronbach_alpha(rows)
    matrix, _ = covariance_of(rows)
    assert found.alpha == close(alpha_of(matrix))
    assert found.low < found.alpha < found.high <= 1
    assert mcdonald_omega(rows).undefined == f"{n} respondents are too few for 5 items"
    two = cronbach_alpha(rows, interval="bonett")  # n - 2 df
    assert says(two.lacking, "no interval", "too few respondents") == (n == 2)


def test_two_items_have_an_alpha_and_no_omega():
    rows = SOUND[:, :2]
    r = np.cov(rows, rowvar=False)
    assert cronbach_alpha(rows).alpha == close(4 * r[0, 1] / r.sum())
    found = mcdonald_omega(rows)
    assert found.undefined == "two items: one factor is not identified"
    assert np.isnan(found.loadings).tolist() == [True, True]


def test_covariances_by_pairs_that_no_answers_have():
    found = cronbach_alpha(named([[1, 1.5], [1.5, 1]], missing="pairwise"))  # α = 2(1 - 2/5)
    assert math.isnan(found.alpha)
    assert math.isnan(found.se)
    assert found.undefined == "alpha above 1, of covariances by pairs that no answers have"
    # α = 2(1 - 1.01/1.61); the correlation is 3
    found = cronbach_alpha(named([[1, 0.3], [0.3, 0.01]], missing="pairwise"))
    assert found.alpha == close(2 * (1 - 1.01 / 1.61))
    assert math.isnan(found.standardized)
    assert says(found.lacking, "no standardized alpha: above 1, of covariances by pairs")


def test_a_correlation_beyond_one_is_refused_but_by_pairs():
    said = "correlations in -1..1, got 1.5 for 'a' and 'b' with the variances 1 and 1; .*pairwise"
    refused(lambda: named([[1, 1.5], [1.5, 1]]), said)
    refused(lambda: named([[0, 0.1], [0.1, 1]]), "got 0.1 for 'a' and 'b' with the variances 0 and")
    assert named([[1, 1.5], [1.5, 1]], missing="pairwise").matrix[0, 1] == 1.5
    assert named([[1, -1 - 1e-9], [-1 - 1e-9, 1]]).n == 100  # rounding


LABELLED = pd.DataFrame([[4, 1, 2], [1, 9, 3], [2, 3, 16.0]], list("abc"), list("abc"))


@pytest.mark.parametrize(
    "frame",
    [
        LABELLED.loc[list("cab"), list("bca")],
        LABELLED.reset_index(drop=True),
        LABELLED.set_axis(range(3), axis=1),
        LABELLED.loc[list("bac"), list("bac")].reset_index(drop=True),
        LABELLED.where(np.tri(3, dtype=bool)),
        LABELLED.where(np.tri(3, dtype=bool).T),
        LABELLED.set_axis(range(3), axis=0).set_axis(range(3), axis=1),
        LABELLED.where(np.tri(3, dtype=bool)).to_numpy(),
        pl.from_pandas(LABELLED.loc[list("cab"), list("cab")].reset_index(drop=True)),
        pa.Table.from_pandas(LABELLED, preserve_index=False),
    ],
)
def test_a_labelled_matrix_is_read_by_name(frame):
    found = Covariance(items=("a", "b", "c"), matrix=frame, n=100)
    assert found.matrix.tolist() == LABELLED.to_numpy().tolist()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (LABELLED.set_axis(list("abd"), axis=1), "the columns 'a', 'b', 'c', got 'a', 'b', 'd'"),
        (LABELLED.set_axis(list("xyz")), "the rows 'a', 'b', 'c', got 'x', 'y', 'z'; rename them"),
        (LABELLED.set_axis(list("aab")), "`rows of matrix` must be different"),
        (LABELLED.iloc[:2], "the rows 'a', 'b', 'c', got 'a', 'b'"),
        (LABELLED.reset_index(drop=True).iloc[:2], "shape"),
    ],
)
def test_labels_that_do_not_fit_are_told(frame, said):
    refused(lambda: Covariance(items=("a", "b", "c"), matrix=frame, n=100), f"ValueError.*{said}")


def test_half_a_triangle_is_no_triangle():
    holed = [[1, math.nan, 0.2], [0.3, 1, 0.1], [0.2, 0.1, 1]]
    refused(lambda: Covariance(items=tuple("abc"), matrix=holed, n=9), "must be symmetric")


def test_two_respondents_give_no_error():
    found = cronbach_alpha([[1, 2], [3, 3]])
    assert math.isnan(found.se)
    assert found.alpha == close(8 / 9)  # variances 2, 1/2; of the sum 9/2: 2(1 - 2.5/4.5)
    assert found.lacking.startswith("no se: two respondents")
    assert cronbach_alpha([[1, 2], [3, 3], [2, 4]]).se > 0


def test_loadings_of_both_signs_are_told():
    found = composite_reliability([0.8, -0.8, 0.5])
    assert found.lacking == "loadings of both signs: turn the items of one"
    assert found.table.row()["lacking"] == found.lacking
    assert found.reliability == close(0.25 / (0.25 + 0.36 * 2 + 0.75))  # the value stays
    assert composite_reliability([-0.8, -0.5]).lacking == ""


def test_where_to_read_when_items_are_few():
    said = "Feldt's tests find too much where items are few: read the other row there"
    rows = points(3, 40, 3)
    assert said in compare_alphas(rows, points(4, 40, 3)).table.note
    assert said in compare_alphas(rows, points(4, 40, 3), paired=True).table.note
    assert said not in compare_alphas((0.7, 100), (0.8, 100)).table.note


def test_figures_are_pairs():
    refused(lambda: compare_alphas(0.85, 0.78), "TypeError: `first`: figures are a pair .alpha, n.")
    refused(lambda: compare_alphas((0.85, 9), 0.78, paired=True), "`second`: figures .* got 0.78")
    one = cronbach_alpha(points(3, 40, 3))
    refused(lambda: compare_alphas(one, one, paired=True), "; or give the answers themselves")


def test_a_result_is_no_answers():
    rows = points(3, 60, 3)
    refused(
        lambda: cronbach_alpha(sq.measurement.polychoric_matrix(rows, smooth=False)),
        "TypeError: .* got a PolychoricMatrix; give its `.covariance`",
    )
    refused(lambda: mcdonald_omega(cronbach_alpha(rows)), "got a CronbachAlpha$")


def test_results_show_their_numbers_and_their_interval():
    found = cronbach_alpha(ATTITUDE)
    assert "0.843" in str(found)
    assert "Feldt" in found.table.note
    assert found.table["alpha"].tolist() == [found.alpha]
    own = mcdonald_omega(ATTITUDE, denominator="observed")
    assert "0.826" in str(own)
    assert "variance of the sum as observed" in own.table.note
    assert own.solution["item"].tolist() == list(ITEMS)
