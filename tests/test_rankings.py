"""League tables, luck, funnels and stars: worked values, brute force, simulation, bad input."""

import math
import re
from itertools import combinations, pairwise

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

import servqual as sq
from servqual._stats import shrinkage
from servqual._stats.shrinkage import heterogeneity, paule_mandel, q_profile, rank_summary, shrunk
from servqual.rankings.funnels import funnel_limits, share_funnel
from servqual.rankings.leagues import league_table
from servqual.rankings.luck import share_of_luck
from servqual.rankings.stars import select_stars
from servqual.rankings.surveys import league_table_from_scores, survey_league

from .effort import effort
from .reference import columns_of, exact, less, paired_columns
from .strategies import cases, form

NAN = math.nan
few = effort(20)
fewer = effort(10)
DRAWN = ("rank_low", "rank_high", "p_best", "p_top")
FORMULAS = ("raw", "se", "weight", "shrunk", "low", "high", "rank")
SEEDS = st.integers(0, 2**32 - 1)
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])

F9 = [92, 90, 89, 85]
UNEQUAL = [1, 4, 9, 4]
MEANS = st.integers(-1000, 1000).map(lambda x: x / 8)
VARIANCES = st.integers(1, 4000).map(lambda x: x / 16)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def by_chance(wanted, draws, sigmas=5.5):
    """Return what a share of so many draws may be where this is its probability."""
    wanted = np.asarray(wanted, float)
    p = np.clip(wanted, 1e-4, 1 - 1e-4)  # a draw or two of what never happens are no surprise
    return pytest.approx(wanted, abs=sigmas * float(np.sqrt(p * (1 - p) / draws).max()) + 2 / draws)


@st.composite
def leagues(draw, least=2, most=8, variances=VARIANCES):
    """Draw means and variances of units, some of which tie."""
    k = draw(st.integers(least, most))
    m = draw(st.lists(MEANS, min_size=k, max_size=k))
    v = draw(st.lists(variances, min_size=k, max_size=k))
    return np.array(m), np.array(v, float)


@st.composite
def spread_leagues(draw, least=2, most=8):
    """Draw units whose true means differ by what is told from noise."""
    m, v = draw(leagues(least, most))
    assume(tau2_of(m, v) > 0.01)
    return m, v


def q_of(m, v, tau2):
    """Return Σ(m - μ̂)²/(v + τ²)."""
    w = 1 / (v + tau2)
    return float(w @ (m - w @ m / w.sum()) ** 2)


def root_of(m, v, target):
    """Return where Q is the target, by Brent's method; 0 where it is below for every τ²."""
    if q_of(m, v, 0.0) <= target:
        return 0.0
    most = float(((m - m.mean()) ** 2).sum() / target)
    return optimize.brentq(lambda t: q_of(m, v, t) - target, 0.0, most, xtol=1e-14, rtol=1e-14)


def tau2_of(m, v):
    return root_of(m, v, len(m) - 1)


def posterior(m, v, tau2):
    """Return means and covariances of the true means and of μ, about which nothing is known.

    m | θ ~ N(θ, v), θ | μ ~ N(μ, τ²): the precision matrix of all k + 1, turned round.
    """
    k = len(m)
    precision = np.diag(np.append(1 / v + 1 / tau2, k / tau2))
    precision[:k, k] = precision[k, :k] = -1 / tau2
    covariance = np.linalg.inv(precision)
    return covariance @ np.append(m / v, 0), covariance


def columns(league, names=FORMULAS):
    return {name: league.table[name].tolist() for name in names}


def rows_of(table):
    return {name: table[name].tolist() for name in table.columns}


# --- worked values --------------------------------------------------------------------------------


def test_f9_equal_variances():
    # theory F9 [R]: m 92 90 89 85, SE² 4
    league = league_table(F9, [4] * 4)
    assert league.tau2 == pytest.approx(4.6666667, abs=5e-8)
    assert 1 - league.table["weight"] == pytest.approx([0.46153846] * 4, abs=5e-9)
    wanted = [90.615385, 89.538462, 89, 86.846154]
    assert league.table["shrunk"] == pytest.approx(wanted, abs=5e-7)
    # by hand: Σ(m - 89)² = 26, so τ² = 26/3 - 4 = 14/3, B = 4/(26/3) = 6/13; and the variance is
    # 4·7/13 + (6/13)²·(26/3)/4 = 28/13 + 6/13 = 34/13
    assert (league.tau2, league.mean) == (close(14 / 3), 89)
    half = stats.norm.ppf(0.975) * math.sqrt(34 / 13)
    for end, sign in (("low", -1), ("high", 1)):
        assert league.table[end] == close(league.table["shrunk"] + sign * half)
    assert league.table["rank"].tolist() == [1, 2, 3, 4]
    assert league.table["se"].tolist() == [2] * 4


def test_f9_unequal_variances():
    # issue 8: m 92 90 89 85, v 1 4 9 4: τ² 5.8415, mean of the shrunk means 89.3207
    league = league_table(F9, UNEQUAL)
    assert league.tau2 == pytest.approx(5.8415, abs=5e-5)
    assert league.table["shrunk"].mean() == pytest.approx(89.3207, abs=5e-5)
    assert league.mean == close(league.table["shrunk"].mean())
    assert league.tau2 == close(tau2_of(np.array(F9, float), np.array(UNEQUAL, float)), rel=1e-12)


def test_f9_share_of_luck():
    # by hand from F9: 4/(4 + 14/3) = 6/13; Q = 26/4, its tail with 3 df
    found = share_of_luck(F9, [4] * 4)
    assert (found.share, found.reliability) == (close(6 / 13), close(7 / 13))
    assert found.share == pytest.approx(0.4615, abs=5e-5)
    assert (found.q, found.df) == (close(6.5), 3)
    assert found.p == close(stats.chi2.sf(6.5, 3))
    assert (found.units, found.left_out, found.noise) == (4, 0, 4)
    assert (found.cautions, found.undefined) == ((), "")


def test_what_f9_says_of_ranks():
    # brute force: the four true means' joint normal posterior, whose ranks are drawn by numpy
    league = league_table(F9, [4] * 4, top=2, draws=100_000)
    mean, covariance = posterior(np.array(F9, float), np.full(4, 4.0), 14 / 3)
    drawn = np.random.default_rng(1).multivariate_normal(mean[:4], covariance[:4, :4], 100_000)
    ranks = stats.rankdata(-drawn, axis=1)
    assert league.table["p_best"] == by_chance((ranks == 1).mean(axis=0), 50_000)
    assert league.table["p_top"] == by_chance((ranks <= 2).mean(axis=0), 50_000)
    assert league.table["rank_low"].tolist() == [1, 1, 1, 2]
    assert league.table["rank_high"].tolist() == [3, 4, 4, 4]


# --- the variance of true means -------------------------------------------------------------------


@given(league=leagues())
@few
def test_tau2_is_the_root_of_paule_and_mandel(league):
    m, v = league
    assert paule_mandel(m, v) == close(tau2_of(m, v), rel=1e-8, least=1e-9)


@given(league=leagues(variances=st.one_of(st.just(0), VARIANCES)))
@few
def test_q_at_tau2_is_its_degrees_of_freedom(league):
    m, v = league
    tau2 = paule_mandel(m, v)
    found = heterogeneity(m, v, tau2)
    assert found == close(len(m) - 1, rel=1e-8) or (tau2 == 0 and found < len(m) - 1)


@given(m=st.lists(MEANS, min_size=2, max_size=8).map(np.array), v=VARIANCES)
@few
def test_tau2_of_equal_variances_is_what_they_leave_of_the_spread(m, v):
    wanted = max(float(m.var(ddof=1)) - v, 0)
    assert paule_mandel(m, np.full(len(m), v)) == close(wanted, least=1e-9)


@given(league=leagues(), confidence=CONFIDENCES)
@few
def test_q_profile_ends_where_q_is_a_quantile_of_chi_square(league, confidence):
    m, v = league
    tails = stats.chi2.ppf([(1 + confidence) / 2, (1 - confidence) / 2], len(m) - 1)
    wanted = [root_of(m, v, float(tail)) for tail in tails]
    assert q_profile(m, v, confidence) == (close(wanted[0], 1e-8), close(wanted[1], 1e-8))


def test_the_interval_of_tau2_holds_it_as_often_as_it_says():
    # exact for normal means and known variances: 600 leagues of 6 units, tau² 2
    rng = np.random.default_rng(8)
    v = np.array([0.5, 1, 2, 3, 5, 8])
    held = 0
    for _ in range(600):
        low, high = q_profile(rng.normal(0, np.sqrt(2 + v)), v, 0.9)
        held += low <= 2 <= high
    assert held / 600 == by_chance(0.9, 600, 4)


@pytest.mark.parametrize("size", [1e-60, 1e-9, 1, 1e9, 1e60])
def test_no_scale_is_too_small_or_too_large(size):
    league = league_table(np.array(F9) * size, np.array(UNEQUAL) * size**2)
    usual = league_table(F9, UNEQUAL)
    assert league.tau2 == close(usual.tau2 * size**2, least=0)
    assert league.table["shrunk"] == close(usual.table["shrunk"] * size, least=0)
    assert league.table["p_best"] == close(usual.table["p_best"], least=1e-3)


def test_far_from_zero_no_digits_are_lost():
    # whole numbers below 2⁵³: (1 + 1 + 16)/... by hand, m - m̄ = -5/3 -2/3 7/3, Σ² = 26/3, /2 - 1
    assert league_table([1e15 + 1, 1e15 + 2, 1e15 + 5], [1] * 3).tau2 == close(10 / 3)


def test_means_a_hair_apart_beside_their_noise_do_not_warn():
    assert league_table([0, 1e-160], [1, 1]).tau2 == 0


# --- shrinkage ------------------------------------------------------------------------------------


@given(league=leagues(variances=st.one_of(st.just(0), VARIANCES)))
@few
def test_the_mean_of_the_shrunk_means_is_the_common_mean(league):
    found = league_table(*league, draws=1000)
    assert found.table["shrunk"].mean() == close(found.mean, least=1e-8)


@given(league=leagues(variances=st.one_of(st.just(0), VARIANCES)))
@few
def test_means_are_pulled_to_the_common_mean_and_never_beyond(league):
    m, _ = league
    found = league_table(*league, draws=1000)
    weight, near = found.table["weight"], found.table["shrunk"]
    assert ((weight >= 0) & (weight <= 1)).all()
    rounding = 1e-12 * (1 + np.abs(m).max())
    assert (np.abs(near - found.mean) <= np.abs(m - found.mean) + rounding).all()
    assert ((near - found.mean) * (m - found.mean) >= -rounding).all()


@given(m=st.lists(MEANS, min_size=2, max_size=8), v=VARIANCES)
@few
def test_equal_variances_keep_the_order(m, v):
    table = league_table(m, [v] * len(m), draws=1000).table
    assert (np.diff(table["shrunk"][np.argsort(m)]) >= -1e-12 * (1 + max(map(abs, m)))).all()


def test_unequal_variances_may_turn_the_order_round():
    # the highest mean stands on little, and the second on much
    league = league_table({"few": 95, "many": 94, "c": 80, "d": 84}, [40, 1, 1, 1])
    assert league.table["rank"].tolist()[:2] == [2, 1]
    assert league.table["shrunk"][0] < 94 < league.table["raw"][0]


@given(league=leagues())
@few
def test_a_noisier_unit_is_believed_less(league):
    m, v = league
    table = league_table(m, v, draws=1000).table
    assert (np.diff(table["weight"][np.argsort(v)]) <= 1e-15).all()


@given(league=leagues(), shift=st.integers(-500, 500), size=st.sampled_from([0.25, 0.5, 2, 8, 64]))
@few
def test_other_units_of_measurement_change_nothing_else(league, shift, size):
    m, v = league
    first, then = league_table(m, v, draws=1000), league_table(m * size + shift, v * size**2)
    assume(first.tau2 > 1e-9 or then.tau2 == 0)
    assert then.tau2 == close(first.tau2 * size**2, 1e-8)
    assert then.mean == close(first.mean * size + shift, 1e-8)
    for name in ("shrunk", "low", "high"):
        assert then.table[name] == close(first.table[name] * size + shift, 1e-8, 1e-7)
    for name in ("weight", "rank"):
        assert then.table[name] == close(first.table[name], 1e-8)
    assert then.table["p_best"] == by_chance(first.table["p_best"], 1000)


@given(league=spread_leagues())
@few
def test_shrunk_means_and_variances_are_those_of_the_joint_normal(league):
    m, v = league
    found = shrunk(m, v)
    mean, covariance = posterior(m, v, found.tau2)
    assert np.append(found.shrunk, found.mean) == close(mean, 1e-6)
    assert np.append(found.variance, found.error) == close(np.diag(covariance), 1e-6)


@given(league=spread_leagues(), confidence=CONFIDENCES)
@few
def test_intervals_are_normal_ones_of_the_joint_normal(league, confidence):
    m, v = league
    found = league_table(m, v, confidence=confidence, draws=1000)
    mean, covariance = posterior(m, v, found.tau2)
    ends = stats.norm.interval(confidence, mean, np.sqrt(np.diag(covariance)))
    for name, wanted in zip(("low", "high"), ends, strict=True):
        assert found.table[name] == close(wanted[:-1], 1e-6)


@given(league=leagues())
@few
def test_surer_intervals_are_wider(league):
    steps = [league_table(*league, confidence=c, draws=1000).table for c in (0.5, 0.8, 0.95, 0.99)]
    for narrow, wide in pairwise(steps):
        assert (wide["low"] <= narrow["low"]).all()
        assert (wide["high"] >= narrow["high"]).all()
        assert (wide["rank_low"] <= narrow["rank_low"]).all()
        assert (wide["rank_high"] >= narrow["rank_high"]).all()


@given(m=st.lists(MEANS, min_size=2, max_size=8))
@few
def test_without_noise_all_is_as_it_stands(m):
    league = league_table(m, [0] * len(m), draws=1000)
    table = league.table
    for name in ("shrunk", "low", "high"):
        assert table[name].tolist() == table["raw"].tolist() == m
    alike = np.array([m.count(x) for x in m])
    assert table["weight"].tolist() == [1] * len(m)
    assert table["rank"].tolist() == stats.rankdata([-x for x in m], "min").tolist()
    assert table["rank_low"].tolist() == table["rank"].tolist()
    assert table["rank_high"].tolist() == (table["rank"] + alike - 1).tolist()
    assert table["p_best"] == close(np.where(table["rank"] == 1, 1 / alike, 0))
    wanted = np.clip((league.top + 1 - table["rank"]) / alike, 0, 1)
    assert table["p_top"] == close(wanted)


def test_little_noise_is_nearly_none():
    league = league_table([3, 1, 2], [1e-12] * 3)
    assert league.table["shrunk"] == close([3, 1, 2])
    for name in ("rank", "rank_low", "rank_high"):
        assert league.table[name].tolist() == [1, 3, 2]
    assert league.table["p_best"].tolist() == [1, 0, 0]


def test_noise_beyond_measure_leaves_nothing_to_rank_by():
    league = league_table([3, 1, 2, 9], [1e9] * 4, top=3)
    table = league.table
    assert (league.tau2, league.mean) == (0, 3.75)
    assert league.cautions == ("no spread beyond noise: units cannot be told apart",)
    assert table.note.startswith(league.cautions[0])
    assert league.undefined == ""
    assert table["shrunk"].tolist() == [3.75] * 4
    assert table["weight"].tolist() == [0] * 4
    assert table["rank"].tolist() == table["rank_low"].tolist() == [1] * 4
    assert table["rank_high"].tolist() == [4] * 4
    assert table["p_best"].tolist() == [0.25] * 4
    assert table["p_top"].tolist() == [0.75] * 4


@pytest.mark.parametrize("v", [[0, 0, 0], [1, 1, 1], [0, 1, 4]])
def test_units_that_all_tie_hold_all_places_together(v):
    league = league_table([5, 5, 5], v, top=1)
    assert (league.tau2, league.mean) == (0, 5)
    assert league.table["rank_low"].tolist() == [1] * 3
    assert league.table["rank_high"].tolist() == [3] * 3
    assert league.table["p_best"] == close([1 / 3] * 3)
    assert "cannot be told apart" in league.cautions[0]


def test_shrunk_means_come_nearer_to_the_truth_than_raw_ones():
    # 150 leagues of 20 units of unequal noise: the squared errors of all units together
    rng = np.random.default_rng(3)
    v = np.tile([0.25, 1, 2, 4], 5)
    raw, pulled, held = [], [], []
    for _ in range(150):
        true = rng.normal(50, 1, 20)
        m = rng.normal(true, np.sqrt(v))
        found = league_table(m, v, draws=1000, rng=rng)
        raw.append(((m - true) ** 2).mean())
        pulled.append(((found.table["shrunk"] - true) ** 2).mean())
        held.append(((found.table["low"] <= true) & (true <= found.table["high"])).mean())
    gain = np.array(raw) - pulled
    assert gain.mean() > 5 * gain.std() / math.sqrt(150)
    assert 0.85 < np.mean(held) < 0.96  # the docstring: 89 % in leagues of 20 with τ² = v


# --- ranks of true means --------------------------------------------------------------------------


@given(league=spread_leagues(2, 2))
@few
def test_of_two_units_the_better_is_known_by_formula(league):
    # Φ(Δ/√v₁₂), Δ and v₁₂ those of the difference in the joint normal
    m, v = league
    found = league_table(m, v, top=1)
    mean, covariance = posterior(m, v, found.tau2)
    apart = np.array([1, -1, 0])
    wanted = stats.norm.cdf(apart @ mean / math.sqrt(apart @ covariance @ apart))
    assert found.table["p_best"] == by_chance([wanted, 1 - wanted], 10_000)
    assert found.table["p_top"].tolist() == found.table["p_best"].tolist()


@given(league=spread_leagues(3, 3))
@fewer
def test_of_three_units_the_best_and_the_last_are_known_by_formula(league):
    m, v = league
    found = league_table(m, v, top=2)
    mean, covariance = posterior(m, v, found.tau2)
    others = [[1, 2], [0, 2], [0, 1]]
    for sign, name in ((1, "p_best"), (-1, "p_top")):
        wanted = []
        for unit, rest in enumerate(others):
            apart = sign * (np.eye(4)[rest] - np.eye(4)[unit])  # below 0 where it is the best
            law = stats.multivariate_normal(apart @ mean, apart @ covariance @ apart.T)
            wanted.append(law.cdf([0, 0]))
        wanted = np.array(wanted)
        assert found.table[name] == by_chance(wanted if sign == 1 else 1 - wanted, 10_000)


@given(league=leagues(variances=st.one_of(st.just(0), VARIANCES)), top=st.integers(1, 8))
@few
def test_one_is_the_best_and_so_many_are_at_the_top(league, top):
    found = league_table(*league, top=top, draws=1000)
    assert found.top == min(top, len(found.units))
    assert found.table["p_best"].sum() == close(1)
    assert found.table["p_top"].sum() == close(found.top)
    for name in ("p_best", "p_top"):
        assert ((found.table[name] >= 0) & (found.table[name] <= 1)).all()
    assert (found.table["p_best"] <= found.table["p_top"] + 1e-12).all()


@given(league=leagues(variances=st.one_of(st.just(0), VARIANCES)))
@few
def test_ranks_are_whole_and_their_intervals_in_order(league):
    table = league_table(*league, draws=1000).table
    low, high = table["rank_low"], table["rank_high"]
    assert (low == np.floor(low)).all()
    assert (high == np.floor(high)).all()
    assert ((low >= 1) & (low <= high) & (high <= len(low))).all()


@given(league=spread_leagues(3, 6), seed=SEEDS)
@fewer
def test_rank_intervals_are_quantiles_of_drawn_ranks(league, seed):
    m, v = league
    found = shrunk(m, v)
    mean, covariance = posterior(m, v, found.tau2)
    k, rng = len(m), np.random.default_rng(seed)
    drawn = rng.multivariate_normal(mean[:k], covariance[:k, :k], 20_000)
    ranks = stats.rankdata(-drawn, axis=1)
    ends = rank_summary(found, 1, 20_000, np.random.default_rng(0), 0.8)
    slack = 5.5 * math.sqrt(2 * 0.1 * 0.9 / 20_000)
    for end, tail in ((ends.low, 0.1), (ends.high, 0.9)):
        assert ((ranks <= end).mean(axis=0) >= tail - slack).all()
        assert ((ranks < end).mean(axis=0) <= tail + slack).all()


def test_a_rank_all_but_certain_has_an_interval_of_one():
    # two units: the better one's probability is Φ, and the interval is 1 to 1 from 97.5 % on
    for apart, wanted in ((10.0, 1), (2.0, 2)):
        league = league_table([apart, 0], [1, 1])
        p = league.table["p_best"][0]
        assert (p > 0.975) == (wanted == 1)
        assert league.table["rank_high"][0] == wanted
        assert league.table["rank_low"][1] == 3 - wanted


@given(league=spread_leagues())
@fewer
def test_the_other_way_round_the_best_are_the_last(league):
    m, v = league
    last = 1 - league_table(m, v, top=len(m) - 1, draws=5000).table["p_top"]
    assert league_table(-m, v, draws=5000).table["p_best"] == by_chance(last, 2500)


def test_rank_intervals_hold_the_true_ranks():
    # 150 leagues of 20 units, variances of 1/4 to 4 times that of true means
    rng = np.random.default_rng(5)
    v = np.tile([0.25, 1, 2, 4], 5)
    held, widths, best, said = [], [], [], []
    for _ in range(150):
        true = rng.normal(0, 1, 20)
        table = league_table(rng.normal(true, np.sqrt(v)), v, draws=1000, rng=rng).table
        ranks = stats.rankdata(-true)
        held.append(((table["rank_low"] <= ranks) & (ranks <= table["rank_high"])).mean())
        widths.append((table["rank_high"] - table["rank_low"]).mean())
        first = int(table["p_best"].argmax())
        best.append(ranks[first] == 1)
        said.append(table["p_best"][first])
    assert np.mean(held) >= 0.9
    assert np.mean(widths) < 17
    off = np.array(best) - np.array(said)  # who is called the best with p is it with p
    assert abs(off.mean()) < 4 * off.std() / math.sqrt(150) + 0.05


@given(league=leagues(3, 7), data=st.data())
@few
def test_the_order_of_units_does_not_matter(league, data):
    m, v = league
    order = np.array(data.draw(st.permutations(range(len(m)))))
    names = [f"u{place}" for place in range(len(m))]
    first = league_table(m, v, units=names, n=range(len(m)))
    then = league_table(m[order], v[order], units=[names[at] for at in order], n=order)
    assert then.units == tuple(first.units[at] for at in order)
    assert then.table["n"].tolist() == order.tolist()
    assume(first.tau2 == 0 or min(first.tau2, then.tau2) > 1e-9)
    for name in FORMULAS[:-1]:
        assert then.table[name] == close(first.table[name][order], 1e-8)
    for name in ("p_best", "p_top"):
        assert then.table[name] == by_chance(first.table[name][order], 5000)


def test_there_are_draws_enough():
    assert league_table(F9, [4] * 4).draws == 10_000
    m = np.random.default_rng(0).normal(size=1001)
    assert league_table(m[:1000], np.ones(1000)).draws == 10_000
    large = league_table(m, np.ones(1001))
    assert large.draws == 1000
    assert "1,000 joint draws" in large.table.note
    assert league_table(F9, [4] * 4, draws=1234).draws == 1234


def test_a_seed_says_the_same_twice():
    first = league_table(F9, [4] * 4, rng=7)
    assert rows_of(league_table(F9, [4] * 4, rng=7).table) == rows_of(first.table)
    again = league_table(F9, [4] * 4, rng=np.random.default_rng(7))
    assert rows_of(again.table) == rows_of(first.table)
    other = league_table(F9, [4] * 4, rng=8)
    assert other.table["p_best"].tolist() != first.table["p_best"].tolist()
    assert columns(other) == columns(first)
    assert rows_of(league_table(F9, [4] * 4).table) == rows_of(
        league_table(F9, [4] * 4, rng=0).table
    )


def test_a_generator_moves_on():
    rng = np.random.default_rng(7)
    first, then = (league_table(F9, [4] * 4, rng=rng).table["p_best"].tolist() for _ in "12")
    assert first != then


def test_threads_change_nothing(monkeypatch):
    m = np.random.default_rng(0).normal(size=300)
    found = []
    for many in (0, 10**12):
        monkeypatch.setattr(shrinkage, "MANY", many)
        found.append(columns(league_table(m, np.ones(300), draws=2000), DRAWN))
    assert found[0] == found[1]


# --- what units bring -----------------------------------------------------------------------------


def test_a_unit_without_a_mean_or_a_variance_stands_aside():
    league = league_table([1, NAN, 3, 5], [1, 1, None, 2], units=list("abcd"))
    assert league.table["undefined"].tolist() == ["", "no mean", "no variance", ""]
    for name in FORMULAS[2:] + DRAWN:
        assert np.isnan(league.table[name]).tolist() == [False, True, True, False]
    assert league.top == 2
    alone = league_table([1, 5], [1, 2], units=list("ad"))
    for name in FORMULAS + DRAWN:
        assert league.table[name][[0, 3]].tolist() == alone.table[name].tolist()


@pytest.mark.parametrize(
    ("m", "v", "wanted"),
    [
        ([4], [1], ["one unit"]),
        ([4, NAN], [1, 1], ["one unit", "no mean"]),
        ([NAN, 1], [1, NAN], ["no mean", "no variance"]),
    ],
)
def test_one_unit_or_none_is_no_league(m, v, wanted):
    league = league_table(m, v)
    assert league.table["undefined"].tolist() == wanted
    assert league.undefined == ("one unit" if "one unit" in wanted else league.undefined) != ""
    assert math.isnan(league.tau2)
    for name in FORMULAS[2:] + DRAWN:
        assert np.isnan(league.table[name]).all()
    luck = share_of_luck(league)
    assert luck.undefined == league.undefined
    assert math.isnan(luck.share)


WANTED = columns(league_table(F9, UNEQUAL), FORMULAS + DRAWN)
NAMES = ["N", "E", "S", "W"]


@pytest.mark.parametrize(
    ("m", "v"),
    [
        (tuple(F9), tuple(UNEQUAL)),
        (np.array(F9), np.array(UNEQUAL, np.int8)),
        (pd.Series(F9), pd.Series(UNEQUAL, dtype="Int64")),
        (pl.Series(F9), pl.Series(UNEQUAL)),
        (list(map(str, F9)), ["1,0", "4.0", "9", "4"]),
        (np.ma.masked_array(F9), np.ma.masked_array(UNEQUAL)),
    ],
    ids=["tuples", "numpy", "pandas", "polars", "texts", "masked"],
)
def test_numbers_may_come_in_any_row(m, v):
    league = league_table(m, v)
    assert columns(league, FORMULAS + DRAWN) == WANTED
    assert league.units == ("1", "2", "3", "4")


@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_what_has_labels_goes_by_them(kind):
    pairs = dict(zip(NAMES, zip(F9, UNEQUAL, strict=True), strict=True))
    m = kind({name: pair[0] for name, pair in pairs.items()})
    v = kind({name: pairs[name][1] for name in reversed(NAMES)})
    n = {name: 10 + place for place, name in enumerate(NAMES)}
    league = league_table(m, v, n=dict(reversed(n.items())))
    assert league.units == tuple(NAMES)
    assert league.table["n"].tolist() == [10, 11, 12, 13]
    assert columns(league, FORMULAS + DRAWN) == WANTED
    turned = league_table(m, v, units=NAMES[::-1])
    assert turned.table["raw"].tolist() == F9[::-1]
    assert turned.table["se"].tolist() == np.sqrt(UNEQUAL)[::-1].tolist()


def test_inputs_ride_along():
    league = league_table(F9, UNEQUAL, units=[1, 2, 3, 4.0], top=2, confidence=0.9)
    assert league.units == ("1", "2", "3", "4")
    assert (league.means.tolist(), league.variances.tolist()) == (F9, UNEQUAL)
    assert (league.confidence, league.top) == (0.9, 2)
    with pytest.raises(ValueError, match="read-only"):
        league.means[0] = 1
    assert "n" not in league.table.columns
    assert str(league).startswith("League table")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: league_table([1, 2], [1, -1], units="ab"), "TypeError: `units` must be labels"),
        (lambda: league_table([1, 2], [1, -1]), r"ValueError: `variances` .*got -1 \(unit '2'\)"),
        (lambda: league_table([1, 2], [1, math.inf]), r"`variances` must be finite.* inf"),
        (lambda: league_table([1, math.inf], [1, 1]), r"`means` must lie within .*inf \(unit '2'"),
        (lambda: league_table([1, 2, 3], [1, 1]), "`variances` must be one for each of 3 .*got 2"),
        (lambda: league_table([1, 2], [1, 1], units=["a"]), "`means` must be one for each of 1"),
        (lambda: league_table([1, 2], [1, 1], units=["a", "a"]), "`units` must be diff.*'a' twice"),
        (lambda: league_table([1, 2], [1, 1], units=["a", None]), r"got nothing \(row 2\)"),
        (lambda: league_table([1, 2], [1, 1], units=3), "TypeError: `units`"),
        (lambda: league_table({"a": 1, "b": 2}, {"a": 1, "c": 2}), "`variances`: 'c' is unknown"),
        (lambda: league_table({"a": 1, "b": 2}, {"a": 1}), "`variances` has nothing for 'b'"),
        (lambda: league_table([], []), "`means` must be .*at least one"),
        (lambda: league_table([[1, 2]], [[1, 2]]), r"`means` .*shape \(1, 2\)"),
        (lambda: league_table(["good", "bad"], [1, 1]), "`means` must be numbers, got 'good'"),
        (lambda: league_table("ab", [1, 1]), "TypeError: `means`"),
        (lambda: league_table([1, 2], [1, 1], n=[1, -1]), "`n` must be 0 or more"),
        (lambda: league_table([1, 2], [1, 1], n=[1, 1.5]), "`n` must be whole"),
        (lambda: league_table([1, 2], [1, 1], n=[1, None]), "`n` must be there"),
        (lambda: league_table([1, 2], [1, 1], n=[1]), "`n` must be one for each of 2"),
        (lambda: league_table([1, 2], [1, 1], top=0), "`top` must be a whole number of at least 1"),
        (lambda: league_table([1, 2], [1, 1], draws=999), "`draws` .*at least 1000, got 999"),
        (lambda: league_table([1, 2], [1, 1], draws=1e4 + 0.5), "`draws` must be a whole"),
        (lambda: league_table([1, 2], [1, 1], confidence=1), "`confidence` must lie between 0 and"),
        (lambda: league_table([1, 2], [1, 1], rng=True), "TypeError: `rng` must be a seed"),
        (lambda: league_table([1, 2], [1, 1], rng=-1), "`rng`"),
    ],
)
def test_bad_leagues_are_refused(call, said):
    refused(call, said)


# --- what part is luck ----------------------------------------------------------------------------


@given(league=leagues(), confidence=CONFIDENCES)
@few
def test_luck_is_what_noise_makes_of_the_spread(league, confidence):
    m, v = league
    found = share_of_luck(m, v, confidence=confidence)
    noise = v.mean()
    low, high = q_profile(m, v, confidence)
    assert found.share == close(noise / (noise + tau2_of(m, v)), 1e-8)
    assert (found.low, found.high) == (close(noise / (noise + high)), close(noise / (noise + low)))
    assert 0 <= found.low <= found.high <= 1
    assert found.reliability == close(1 - found.share)
    assert found.q == close(q_of(m, v, 0.0), 1e-8)
    assert found.p == close(stats.chi2.sf(q_of(m, v, 0.0), len(m) - 1), 1e-6)
    assert (found.cautions != ()) == (high == 0)
    assert found.table.row()["share"] == found.share


@given(league=leagues())
@few
def test_surer_intervals_of_luck_are_wider(league):
    steps = [share_of_luck(*league, confidence=c) for c in (0.5, 0.8, 0.95, 0.99)]
    for narrow, wide in pairwise(steps):
        assert wide.low <= narrow.low + 1e-12
        assert wide.high >= narrow.high - 1e-12


def test_a_league_brings_its_own_luck():
    league = league_table(F9, UNEQUAL)
    assert rows_of(share_of_luck(league).table) == rows_of(share_of_luck(F9, UNEQUAL).table)
    assert share_of_luck(league).tau2 == league.tau2


def test_luck_knows_its_ends():
    exact_means = share_of_luck([1, 2], [0, 0])
    assert (exact_means.share, exact_means.p, exact_means.q) == (0, 0, math.inf)
    alike = share_of_luck([5, 5, 5], [1, 1, 1])
    assert (alike.share, alike.low, alike.high, alike.reliability) == (1, 1, 1, 0)
    assert "closer together than noise" in alike.cautions[0]
    assert alike.table.row()["caution"] == alike.cautions[0]
    nothing = share_of_luck([5, 5], [0, 0])
    assert nothing.undefined == "no variation"
    assert math.isnan(nothing.share)


def test_units_left_out_of_luck_are_counted():
    found = share_of_luck([92, NAN, 90, 89, 85], [4, 4, 4, 4, 4])
    assert (found.units, found.left_out) == (4, 1)
    assert found.share == close(6 / 13)
    assert "1 unit without a mean or a variance" in found.table.note


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: share_of_luck([1, 2]), "TypeError: `variances` must be there"),
        (lambda: share_of_luck(league_table([1, 2], [1, 1]), [1, 1]), "TypeError: .*league table"),
        (lambda: share_of_luck(league_table([1, 2], [1, 1]).table), "TypeError"),
        (lambda: share_of_luck([1, 2], [1, -1]), "`variances` must be finite and 0 or more"),
        (lambda: share_of_luck([1, 2], [1, 1], confidence=0), "`confidence`"),
    ],
)
def test_bad_luck_is_refused(call, said):
    refused(call, said)


# --- funnels --------------------------------------------------------------------------------------


@given(league=leagues(), wide=st.booleans(), target=st.none() | MEANS)
@few
def test_a_funnel_by_hand(league, wide, target):
    m, v = league
    found = funnel_limits(m, v, overdispersion=wide, target=target, levels=(0.8, 0.95))
    tau2 = tau2_of(m, v) if wide else 0.0
    se = np.sqrt(v + tau2)
    goal = np.average(m, weights=se**-2) if target is None else target
    z = (m - goal) / se
    assert found.target == close(goal, 1e-7, 1e-7)
    assert found.tau2 == close(tau2, 1e-8)
    assert found.table["se"] == close(se, 1e-8)
    assert found.table["z"] == close(z, 1e-6, 1e-7)
    p = 2 * stats.norm.sf(np.abs(z))
    assert found.table["p"] == close(p, 1e-6, 1e-7)
    order, least = np.argsort(p), 0.0
    holm = np.empty(len(p))
    for place, unit in enumerate(order):
        least = max(least, min((len(p) - place) * p[unit], 1))
        holm[unit] = least
    assert found.table["p_holm"] == close(holm, 1e-5, 1e-6)
    for column, level in enumerate((0.8, 0.95)):
        half = stats.norm.ppf((1 + level) / 2) * se
        low, high = (found.limits[name][column::2] for name in ("low", "high"))
        assert low == close(goal - half, 1e-7, 1e-7)
        assert high == close(goal + half, 1e-7, 1e-7)
        outside = np.where(m > high, "above", np.where(m < low, "below", ""))
        assert found.limits["outside"][column::2].tolist() == outside.tolist()
    assert found.table["signal"].tolist() == outside.tolist()
    wanted = [unit for unit, signal in zip(found.table["unit"], outside, strict=True) if signal]
    assert list(found.signals) == wanted


def test_a_funnel_says_who_stands_out():
    means = {"North": 80, "East": 84, "South": 80, "West": 77.5}
    found = funnel_limits(means, [1] * 4, target=80, n=[9, 9, 9, 9])
    assert found.table["z"].tolist() == [0, 4, 0, -2.5]
    assert found.table["signal"].tolist() == ["", "above", "", ""]
    assert found.limits.row(unit="West", level=0.95)["outside"] == "below"
    assert found.limits.row(unit="West", level=0.998)["outside"] == ""
    assert found.signals == ("East",)
    assert found.table["n"].tolist() == [9] * 4
    assert found.tau2 == 0


def test_signals_stand_at_the_widest_level_wherever_it_is_named():
    first, then = (
        funnel_limits([0, 2.5], [1, 1], target=0, levels=levels)
        for levels in ((0.95, 0.998), (0.998, 0.95))
    )
    assert first.signals == then.signals == ()
    assert funnel_limits([0, 2.5], [1, 1], target=0, levels=[0.95]).signals == ("2",)


def test_limits_that_allow_for_a_spread_are_wider():
    narrow, wide = (funnel_limits(F9, UNEQUAL, overdispersion=flag) for flag in (False, True))
    assert wide.tau2 == league_table(F9, UNEQUAL).tau2
    assert wide.target == close(league_table(F9, UNEQUAL).mean)
    assert (wide.table["se"] > narrow.table["se"]).all()


@pytest.mark.parametrize(
    ("m", "v", "options", "wanted"),
    [
        ([1, NAN, 3, 4, 2], [1, 1, NAN, 0, 1], {}, ["", "no mean", "no variance", "no noise", ""]),
        ([1], [1], {}, ["one unit"]),
        ([1], [1], {"target": 0}, [""]),
        ([1], [1], {"target": 0, "overdispersion": True}, ["one unit"]),
    ],
)
def test_a_funnel_without_all_it_needs(m, v, options, wanted):
    found = funnel_limits(m, v, **options)
    assert found.table["undefined"].tolist() == wanted
    assert np.isnan(found.table["z"]).tolist() == [reason != "" for reason in wanted]
    assert found.limits["undefined"].tolist() == [reason for reason in wanted for _ in "12"]


def test_a_unit_without_noise_does_not_fix_the_target():
    found = funnel_limits([92, 90, 89, 85], [0, 4, 9, 4])
    assert found.target == close(np.average([90, 89, 85], weights=[1 / 4, 1 / 9, 1 / 4]))


@given(
    counts=st.lists(
        st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=6,
    ),
    target=st.sampled_from([0.05, 0.3, 0.5, 0.9]),
)
@few
def test_a_funnel_of_shares_by_the_binomial_distribution(counts, target):
    x, n = map(list, zip(*counts, strict=True))
    found = share_funnel(x, n, target=target)
    for unit, (count, size) in enumerate(counts):
        row = found.table.row(unit=str(unit + 1))
        if size == 0:
            assert row["undefined"] == "no answers"
            assert math.isnan(row["share"])
            continue
        law = stats.binom(size, target)
        assert row["share"] == count / size
        assert row["p"] == close(min(2 * min(law.cdf(count), law.sf(count - 1)), 1), least=1e-9)
        for level in (0.95, 0.998):
            limits = found.limits.row(unit=str(unit + 1), level=level)
            tail = (1 - level) / 2  # Spiegelhalter (2005), appendix A.1
            r = next(r for r in range(size + 1) if law.cdf(r) >= tail)
            a = (law.cdf(r) - tail) / law.pmf(r)
            assert limits["low"] == close(max((r - a) / size, 0), 1e-6, 1e-7)
            assert limits["low"] <= limits["high"] <= 1
            if abs(law.cdf(count) - tail) > 1e-12:  # 0 of 3 at .9: .001, on the line
                assert (limits["outside"] == "below") == (law.cdf(count) < tail)


@pytest.mark.parametrize("target", [0.05, 0.3, 0.5, 0.95])
def test_shares_turned_round_turn_the_funnel_round(target):
    # what is above among successes is below among failures, and each where its tail is small
    n = [3, 20, 20, 20, 50]
    x = np.array([3, 20, 0, 10, 45])
    found = share_funnel(x, n, target=target)
    turned = share_funnel(n - x, n, target=1 - target)
    assert found.limits["high"] == close(1 - turned.limits["low"])
    other = {"above": "below", "below": "above", "": ""}
    assert found.table["signal"].tolist() == [other[cell] for cell in turned.table["signal"]]


def test_a_signal_of_shares_is_as_rare_as_its_level_says():
    # by the binomial distribution itself: P(outside the limits of 99.8 %) of a unit in control
    for size in (1, 5, 20, 100):
        law = stats.binom(size, 0.95)
        found = share_funnel(np.arange(size + 1), [size] * (size + 1), target=0.95)
        outside = found.table["signal"] != ""
        assert law.pmf(np.arange(size + 1))[outside].sum() <= 0.002
        assert (outside == (found.table["p"] < 0.002)).all()


def test_the_target_of_shares_is_that_of_all_together():
    found = share_funnel({"a": 3, "b": 9, "c": 0}, {"b": 20, "a": 10, "c": 0})
    assert found.target == 0.4
    assert found.table["n"].tolist() == [10, 20, 0]
    assert math.isnan(share_funnel([0], [0]).target)


def test_a_target_of_nothing_is_missed_by_whatever_happens():
    found = share_funnel([0, 1], [5, 5], target=0)
    assert found.table["p"].tolist() == [1, 0]
    assert found.table["signal"].tolist() == ["", "above"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: funnel_limits([1, 2], [1, 1], levels=()), "`levels` must name at least one"),
        (lambda: funnel_limits([1, 2], [1, 1], levels=(0.95, 95)), "`levels` must lie between 0"),
        (lambda: funnel_limits([1, 2], [1, 1], levels=0.95), "TypeError: `levels`"),
        (lambda: funnel_limits([1, 2], [1, 1], levels=(0.9, 0.9)), "`levels` .*0.9.* twice"),
        (lambda: funnel_limits([1, 2], [1, 1], target=NAN), "`target`"),
        (lambda: funnel_limits([1, 2], [1, 1], overdispersion=1), "TypeError: `overdispersion`"),
        (lambda: funnel_limits([1, 2], [1, -1]), "`variances` must be finite and 0 or more"),
        (lambda: share_funnel([3], [2]), r"`counts` must be at most `n`, got 3 \(unit '1'\)"),
        (lambda: share_funnel([1.5], [2]), "`counts` must be whole"),
        (lambda: share_funnel([1], [2, 3]), "`n` must be one for each of 1 units, got 2"),
        (lambda: share_funnel([1], [2], target=1.5), "`target`"),
    ],
)
def test_bad_funnels_are_refused(call, said):
    refused(call, said)


# --- leagues of scores ----------------------------------------------------------------------------


def drawn_scores(seed, units=4, covariates=0):
    """Return scores, labels and covariates of respondents in units of 2 to 9."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(units), rng.integers(2 + covariates, 10, units))
    rng.shuffle(codes)
    z = rng.normal(codes[:, None] / 3, 1, (len(codes), covariates))
    x = rng.normal(codes + z.sum(axis=1), 2)
    return x, codes, z


def by_dummies(x, codes, z, u=None):
    """Return adjusted means and their variances: regression on units and centred covariates."""
    u = np.ones(len(x)) if u is None else u
    design = np.hstack([np.eye(codes.max() + 1)[codes], z])
    root = np.sqrt(u)[:, None]
    found = np.linalg.lstsq(design * root, x * root[:, 0], rcond=None)[0]
    inverse = np.linalg.inv(design.T @ (design * u[:, None]))
    middle = inverse @ (design.T @ (design * u[:, None] ** 2)) @ inverse
    df = u.sum() - np.trace(inverse @ (design.T @ (design * u[:, None] ** 2)))
    s2 = u @ (x - design @ found) ** 2 / df
    k = codes.max() + 1
    return found[:k], s2 * np.diag(middle)[:k]


@given(seed=SEEDS)
@few
def test_scores_make_the_league_of_their_means(seed):
    x, codes, _ = drawn_scores(seed)
    parts = [x[codes == unit] for unit in range(4)]
    s2 = sum(((part - part.mean()) ** 2).sum() for part in parts) / (len(x) - 4)
    means = [part.mean() for part in parts]
    n = [len(part) for part in parts]
    wanted = league_table(means, s2 / np.array(n), units=list("abcd"), n=n)
    found = league_table_from_scores(x, np.array(list("abcd"))[codes])
    assert found.units == wanted.units
    assert found.table["n"].tolist() == n
    for name in FORMULAS:
        assert found.table[name] == close(wanted.table[name], 1e-8)
    assert found.table["p_best"] == by_chance(wanted.table["p_best"], 5000)
    assert "pooled within units" in found.table.note


@given(seed=SEEDS, covariates=st.integers(1, 3))
@few
def test_adjusted_means_are_those_of_a_regression_with_dummies(seed, covariates):
    x, codes, z = drawn_scores(seed, covariates=covariates)
    means, variances = by_dummies(x, codes, z - z.mean(axis=0))
    found = league_table_from_scores(x, codes, covariates=z)
    assert found.means == close(means, 1e-7)
    assert found.variances == close(variances, 1e-7)
    assert found.table["n"].tolist() == np.bincount(codes).tolist()


def test_texts_are_levels_whatever_they_are_called():
    x, codes, _ = drawn_scores(11)
    kind = np.random.default_rng(2).integers(0, 3, len(x))
    dummies = (kind[:, None] == [1, 2]).astype(float)
    means, variances = by_dummies(x, codes, dummies - dummies.mean(axis=0))
    for names in (["loan", "card", "cash"], ["a", "b", "c"], ["c", "b", "a"]):
        found = league_table_from_scores(
            x, codes, covariates={"kind": np.array(names)[kind].tolist()}
        )
        assert found.means == close(means)
        assert found.variances == close(variances)
    assert re.search(r"coefficients: kind=b -?[0-9.]+, kind=c -?[0-9.]+", found.table.note)


@pytest.mark.parametrize(
    "frame", [np.array, pd.DataFrame, pl.DataFrame, lambda z: dict(enumerate(z.T))]
)
def test_covariates_may_come_in_any_table(frame):
    x, codes, z = drawn_scores(4, covariates=2)
    found = league_table_from_scores(x, codes, covariates=frame(z))
    wanted = league_table_from_scores(x, codes, covariates=z)
    assert found.means.tolist() == wanted.means.tolist()
    assert found.variances.tolist() == wanted.variances.tolist()


@given(seed=SEEDS, shift=st.integers(-100, 100), size=st.sampled_from([-3, 0.1, 50]))
@few
def test_where_a_covariate_counts_from_does_not_matter(seed, shift, size):
    x, codes, z = drawn_scores(seed, covariates=1)
    first, then = (league_table_from_scores(x, codes, covariates=c) for c in (z, z * size + shift))
    assert then.means == close(first.means, 1e-7)
    assert then.variances == close(first.variances, 1e-7)


def test_a_covariate_that_explains_a_difference_takes_it_away():
    # by hand: scores are 10 less the customer's age in tens; unit B has the older customers
    age = [20, 30, 40, 40, 50, 60]
    scores = [8.1, 6.8, 6.1, 6.1, 4.8, 4.1]
    raw = league_table_from_scores(scores, list("AAABBB"))
    adjusted = league_table_from_scores(scores, list("AAABBB"), covariates=age)
    assert np.diff(raw.means) == close([-2])
    assert np.diff(adjusted.means) == close([0])
    assert "adjusted to the mean of covariates, coefficients: covariate -0.1" in adjusted.table.note


def test_a_unit_of_one_score_has_the_pooled_variance():
    found = league_table_from_scores([8, 9, 5], ["A", "A", "B"])
    assert found.variances.tolist() == [0.25, 0.5]


def test_units_of_one_score_each_have_no_variance():
    found = league_table_from_scores([8, 9, 5], ["A", "B", "C"])
    assert found.table["undefined"].tolist() == ["no variance"] * 3
    assert found.table["raw"].tolist() == [8, 9, 5]
    assert "no unit has respondents enough for a variance" in found.table.note


def test_scores_without_spread_are_known_exactly():
    apart = league_table_from_scores([8, 8, 4.1, 4.1], list("AABB"))
    assert (apart.variances.tolist(), apart.table["rank_high"].tolist()) == ([0, 0], [1, 2])
    alike = league_table_from_scores([0.1] * 6, list("AABBCC"))
    assert alike.table["p_best"] == close([1 / 3] * 3)
    assert apart.cautions == alike.cautions == ("no score varies within units",)
    assert alike.table.note.startswith("no score varies within units; ")
    assert select_stars(alike, 1).table["basis"].tolist() == ["luck"] * 3
    some = league_table_from_scores([8, 8, 4, 5], list("AABB"))
    assert some.cautions == ()


def test_units_that_differ_only_in_case_or_blanks_are_told():
    units = ["North", "North", "north", "north", "Sou th", "South"]
    note = league_table_from_scores([8, 7, 4, 5, 6, 7], units).table.note
    assert "'north' (2 respondents) differs from 'North' only in case" in note
    assert "only in blanks; give them one label to join them" in note
    assert "differs" not in league_table_from_scores([8, 7, 4, 5], list("AABB")).table.note


def test_a_frame_of_scores_is_not_shown_in_whole():
    frame = pd.DataFrame({"score": [8, 7], "b": [1, 2], "c": [1, 2], "d": [1, 2]})
    said = r"got a frame with 4 columns; give one, as frame\['score'\]$"
    for own in (frame, pl.DataFrame(frame.to_dict("list")), columns_table(frame)):
        refused(lambda own=own: league_table_from_scores(own, list("AB")), said)


def columns_table(frame):
    return pa.table(frame.to_dict("list"))


def test_indices_of_plain_scores_are_put_in_one_order():
    scores = pd.Series([8.0, 7, 4, 5])
    units = pd.Series(list("AABB"), index=[3, 2, 1, 0])
    said = r"`units` must have the index of `scores`, got another; put both in one order, as units"
    refused(lambda: league_table_from_scores(scores, units), said)


def test_a_funnel_takes_a_league_table():
    league = league_table_from_scores([8, 10, 4, 6, 7, 7.5], list("AABBCC"))
    found = funnel_limits(league)
    wanted = funnel_limits(league.means, league.variances, units=league.units, n=league.table["n"])
    assert (found.table, found.limits) == (wanted.table, wanted.limits)
    plain = funnel_limits(league_table([1, 2, 3], [1, 1, 1]), n=[5, 6, 7])
    assert plain.table["n"].tolist() == [5, 6, 7]
    assert "n" not in funnel_limits(league_table([1, 2, 3], [1, 1, 1])).table.columns
    refused(lambda: funnel_limits(league, league.variances), "give it alone")
    refused(lambda: funnel_limits(league, units=league.units), "give it alone")
    refused(lambda: funnel_limits([1, 2]), "`variances` must be there")


def test_who_lacks_something_is_left_out_and_counted():
    scores = [8, 10, None, 4, 6, 3, 7, 5]
    units = ["A", "A", "A", "B", "B", None, "B", "C"]
    ages = [20, 30, 40, 20, 30, 40, 50, None]
    found = league_table_from_scores(scores, units, covariates={"age": ages})
    kept = [0, 1, 3, 4, 6]
    wanted = league_table_from_scores(
        [scores[i] for i in kept],
        [units[i] for i in kept],
        covariates={"age": [ages[i] for i in kept]},
    )
    assert found.table["n"].tolist() == [2, 3, 0]
    assert found.table["undefined"].tolist() == ["", "", "no mean"]
    assert found.means[:2].tolist() == wanted.means.tolist()
    assert found.variances[:2].tolist() == wanted.variances.tolist()
    assert found.left_out == 3
    for what in ("label", "score", "covariate"):
        assert f"1 respondent without a {what} left out" in found.table.note


@given(seed=SEEDS)
@few
def test_the_order_of_respondents_does_not_matter(seed):
    x, codes, z = drawn_scores(seed, covariates=1)
    order = np.random.default_rng(seed).permutation(len(x))
    first = league_table_from_scores(x, codes, covariates=z)
    then = league_table_from_scores(x[order], codes[order], covariates=z[order])
    assert then.means == close(first.means, 1e-8)
    assert then.variances == close(first.variances, 1e-8)


A6 = list("aaabbb")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: league_table_from_scores([8, 9, 5], ["A", "A"]),
            "`units` .*each of 3 resp.*got 2",
        ),
        (
            lambda: league_table_from_scores([1, 2], [None, ""]),
            "`units` must give at least one .*label",
        ),
        (
            lambda: league_table_from_scores([1, 2], "ab"),
            "TypeError: `units` .*give the column itself",
        ),
        (
            lambda: league_table_from_scores([1, math.inf, 2], list("aab")),
            r"`scores` .*inf \(row 2\)",
        ),
        (lambda: league_table_from_scores(["good", "bad"], list("ab")), "`scores` must be numbers"),
        (lambda: league_table_from_scores([[1, 2]], list("ab")), "`scores`"),
        (lambda: league_table_from_scores([1, 2], list("ab"), weights=[1, -1]), "`weights`"),
        (lambda: league_table_from_scores([1, 2], list("ab"), weights=[1]), "`weights`"),
        (
            lambda: league_table_from_scores(
                pd.Series([1, 2, 3]), pd.Series(list("aab"), index=[2, 1, 0])
            ),
            "`units`.*index",
        ),
        (
            lambda: league_table_from_scores(range(6), A6, covariates={"size": [1, 1, 1, 2, 2, 2]}),
            "`covariates` must vary within units.*'size'",
        ),
        (
            lambda: league_table_from_scores(
                range(6), A6, covariates={"x": [1, 2, 3, 1, 2, 4], "y": [2, 4, 6, 7, 9, 13]}
            ),
            "`covariates` must not follow from each other, got 'y'",
        ),
        (
            lambda: league_table_from_scores(range(6), A6, covariates={"x": range(5)}),
            "`covariates` must have a row for each of 6 respondents, got 5",
        ),
        (
            lambda: league_table_from_scores(
                range(102), ["a", "b"] * 51, covariates={"name": [f"n{i}" for i in range(102)]}
            ),
            r"`covariates\['name'\]` must be numbers, or texts with at most 100 levels, got 102",
        ),
    ],
)
def test_bad_scores_are_refused(call, said):
    refused(call, said)


# --- leagues of surveys ---------------------------------------------------------------------------


def scores_of(case, face, place):
    """Return respondents' mean of some dimensions, None without one of them, slow and plain."""
    asked = (case.sizes, "dimensions", case.min_answered)
    if face == "gap":
        sides = [case.turned("perceptions"), case.turned("expectations")]
        scores = less(*paired_columns(sides, *asked))
    else:
        scores = columns_of([[*map(exact, row)] for row in case.turned("perceptions")], *asked)
    rows = list(zip(*scores[place], strict=True))
    return np.array([NAN if None in row else float(sum(row) / len(row)) for row in rows])


@given(case=cases(groups=True, least=4, most=14), face=st.sampled_from(["perception", "gap"]))
@few
def test_a_survey_makes_the_league_of_its_scores(case, face):
    found = survey_league(case.survey, by="branch", score=face, draws=1000)
    x = scores_of(case, face, slice(None))
    w = np.ones(len(x)) if case.weights is None else case.weights
    kept = ~np.isnan(x) & (w > 0)
    units = sorted(set(case.by["branch"]))
    assert found.units == tuple(units)
    labels = np.array(case.by["branch"])
    parts = [(x[kept & (labels == unit)], w[kept & (labels == unit)]) for unit in units]
    assert found.table["n"].tolist() == [len(part) for part, _ in parts]
    some = [(part, own) for part, own in parts if len(part)]
    worth = np.array([own.sum() ** 2 / (own**2).sum() for _, own in some])
    means = np.array([np.average(part, weights=own) for part, own in some])
    assert found.means[[len(part) > 0 for part, _ in parts]] == close(means, 1e-8)
    df = (worth - 1).sum()
    if not some or not df > 1e-6:
        assert np.isnan(found.variances).all()
        return
    spread = [
        np.average((part - mean) ** 2, weights=own)
        for (part, own), mean in zip(some, means, strict=True)
    ]
    s2 = worth @ spread / df
    scale = case.instrument.scale
    assert found.variances[[len(part) > 0 for part, _ in parts]] == close(
        s2 / worth, 1e-7, 1e-11 * (scale.high - scale.low) ** 2
    )


@given(case=cases(groups=True, least=4, most=14), face=st.sampled_from(["perception", "gap"]))
@few
def test_moments_of_one_dimension_make_the_same_league(case, face):
    options = {"by": "branch", "score": face, "dimension": "A", "draws": 1000}
    first = survey_league(case.survey, **options)
    then = survey_league(sq.moments(case.survey), **options)
    width = case.instrument.scale.high - case.instrument.scale.low
    assert then.units == first.units
    assert then.table["n"].tolist() == first.table["n"].tolist()
    assert then.means == close(first.means, 1e-8, 1e-9 * width)
    assert then.variances == close(first.variances, 1e-7, 1e-9 * width**2)


@given(case=cases(missing=False, groups=True, least=4, most=14), weighted=st.booleans())
@few
def test_moments_of_complete_answers_make_the_same_league(case, weighted):
    case = case if weighted else attrs.evolve(case, weights=None)
    first, then = (
        survey_league(answers, by=["branch", "year"], draws=1000)
        for answers in (case.survey, sq.moments(case.survey))
    )
    width = case.instrument.scale.high - case.instrument.scale.low
    assert then.units == first.units
    assert set(first.units) == {" · ".join(pair) for pair in zip(*case.by.values(), strict=True)}
    assert then.means == close(first.means, 1e-8, 1e-9 * width)
    assert then.variances == close(first.variances, 1e-7, 1e-9 * width**2)


FORM = form((2, 1))


def answers(seed=0, n=24, **options):
    rng = np.random.default_rng(seed)
    sides = {name: rng.integers(1, 8, (n, 3)) for name in ("perceptions", "expectations")}
    by = {"branch": list("NNSSWW") * (n // 6), "kind": (["loan", "card", "cash"] * n)[:n]}
    by["age"] = [str(age) for age in rng.integers(20, 60, n)]
    return sq.survey_from_arrays(FORM, **{**sides, "by": by, **options})


def test_equal_weights_are_none():
    plain, doubled = answers(), answers(weights=np.full(24, 2.0))
    for kind in ({}, {"covariates": "kind"}, {"score": "gap", "dimension": "B"}):
        first, then = (survey_league(survey, by="branch", **kind) for survey in (plain, doubled))
        assert then.means == close(first.means)
        assert then.variances == close(first.variances)


@given(seed=SEEDS, size=st.sampled_from([0.01, 1, 300]))
@few
def test_a_survey_with_weights_and_covariates_is_a_weighted_regression(seed, size):
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.2, 3, 24)
    survey = answers(seed, weights=w * size)
    x = scores_plain(survey)
    codes = np.array([*map("NSW".index, "NNSSWW" * 4)])
    z = np.array([*map(float, survey.groups("age"))])[:, None]
    total, squares = np.bincount(codes, w), np.bincount(codes, w**2)
    u = w * (total / squares)[codes]
    means, variances = by_dummies(x, codes, z - np.average(z, axis=0, weights=w), u)
    found = survey_league(survey, by="branch", covariates="age")
    assert found.means == close(means, 1e-7)
    assert found.variances == close(variances, 1e-7)


def scores_plain(survey):
    """Return the mean of the two dimensions of complete answers to FORM."""
    p = survey.perceptions
    return (p[:, :2].mean(axis=1) + p[:, 2]) / 2


def test_weights_beside_scores_are_those_of_a_survey():
    w = np.random.default_rng(5).uniform(0, 3, 24)
    w[3] = 0
    survey = answers(weights=w)
    branch, age = survey.groups("branch"), survey.groups("age").tolist()
    for beside, own in (({}, {}), ({"covariates": {"age": age}}, {"covariates": "age"})):
        found = league_table_from_scores(scores_plain(survey), branch, weights=w, **beside)
        wanted = survey_league(survey, by="branch", **own)
        assert found.means == close(wanted.means)
        assert found.variances == close(wanted.variances)
        assert found.table["n"].tolist() == wanted.table["n"].tolist()
        assert found.left_out == wanted.left_out == 1


def test_covariates_may_be_other_groups_or_come_beside():
    survey = answers()
    found = survey_league(survey, by="branch", covariates=["kind", "age"])
    beside = {
        "kind": survey.groups("kind").tolist(),
        "age": [*map(int, survey.groups("age"))],
    }
    wanted = survey_league(survey, by="branch", covariates=beside)
    assert found.means.tolist() == wanted.means.tolist()
    assert found.variances.tolist() == wanted.variances.tolist()
    assert "kind=cash" in found.table.note
    assert "kind=card" not in found.table.note


def test_who_has_no_branch_is_left_out():
    labels = ["N", "N", "S", "S", None, "S"]
    survey = answers(n=6, by={"branch": labels})
    for one in (survey, sq.moments(survey)):
        found = survey_league(one, by="branch")
        assert found.units == ("N", "S")
        assert found.table["n"].tolist() == [2, 3]
        assert "1 respondent without a label left out" in found.table.note


def test_moments_that_cannot_tell_say_so():
    p = np.random.default_rng(1).integers(1, 8, (24, 3)).astype(float)
    p[0, 2] = NAN
    survey = answers(perceptions=p)
    refused(
        lambda: survey_league(sq.moments(survey), by="branch"),
        "ValueError: .*Moments with missing ones; give the Survey, or name one `dimension`",
    )
    found = survey_league(survey, by="branch")
    assert found.table["n"].tolist() == [7, 8, 8]
    assert "1 respondent without a score left out" in found.table.note


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: survey_league(answers(), by="zone"), "'zone' is unknown"),
        (lambda: survey_league(answers(), by=[]), "`by` must name at least one"),
        (lambda: survey_league(answers(), by="branch", dimension="Z"), "`dimension`: 'Z' is unkn"),
        (lambda: survey_league(answers(), by="branch", score="both"), "`score`"),
        (
            lambda: survey_league([[1, 2]], by="branch"),
            "TypeError: `answers`.*league_table_from_scores",
        ),
        (
            lambda: survey_league(answers(expectations=None), by="branch", score="gap"),
            "`score`: 'gap' needs expectations",
        ),
        (
            lambda: survey_league(answers(), by="branch", covariates="branch"),
            "`covariates` must vary within units",
        ),
        (
            lambda: survey_league(answers(), by="branch", covariates="Age"),
            r"`covariates`: 'Age' is no group column.*by=\['branch', .*'Age'\] in the reader",
        ),
        (
            lambda: survey_league(sq.moments(answers()), by="branch", covariates="kind"),
            "TypeError: `covariates` need each respondent",
        ),
    ],
)
def test_bad_surveys_are_refused(call, said):
    refused(call, said)


# --- stars ----------------------------------------------------------------------------------------

SIX = league_table(dict(zip("abcdef", [95, 91, 90, 88, 85, 80], strict=True)), [4] * 6)
TIED = league_table(dict(zip("abcde", [9, 7, 7, 7, 1], strict=True)), [1] * 5)


def test_the_best_few_are_chosen():
    found = select_stars(SIX, 2)
    assert found.stars == ("a", "b")
    assert found.table["unit"].tolist() == list("abcdef")
    assert found.table["selected"].tolist() == [True, True, False, False, False, False]
    assert found.expected == close(found.table["p_top"][:2].sum())
    assert found.table["p_top"].sum() == close(2)
    assert (found.k, found.undefined) == (2, "")
    assert found.table["rank"].tolist() == [1, 2, 3, 4, 5, 6]


def test_the_best_stand_first_whatever_the_order_of_the_league():
    league = league_table([80, 95, 90], [4] * 3, units=list("xyz"))
    found = select_stars(league, 1)
    assert found.table["unit"].tolist() == ["y", "z", "x"]
    assert found.stars == ("y",)


@given(league=spread_leagues(2, 6), data=st.data())
@fewer
def test_of_two_eligible_units_the_star_is_known_by_formula(league, data):
    # Φ(Δ/√v₁₂) of the joint normal of all units, with the league's μ̂ and τ²
    m, v = league
    table = league_table(m, v)
    pair = data.draw(st.sampled_from(list(combinations(range(len(m)), 2))))
    assume(m[pair[0]] != m[pair[1]] or v[pair[0]] != v[pair[1]])
    found = select_stars(table, 1, eligible=[table.units[at] for at in pair])
    mean, covariance = posterior(m, v, table.tau2)
    apart = np.zeros(len(m) + 1)
    apart[list(pair)] = 1, -1
    wanted = stats.norm.cdf(apart @ mean / math.sqrt(apart @ covariance @ apart))
    p = [found.table.row(unit=table.units[at])["p_top"] for at in pair]
    assert p == by_chance([wanted, 1 - wanted], 10_000)


@given(league=leagues(3, 7), k=st.integers(1, 7), ties=st.sampled_from(["all", "none"]))
@few
def test_what_is_expected_is_the_sum_over_the_selected(league, k, ties):
    table = league_table(*league, draws=1000)
    found = select_stars(table, k, ties=ties)
    chosen = found.table["selected"]
    assert found.expected == close(found.table["p_top"][chosen].sum())
    assert found.table["p_top"].sum() == close(min(k, len(table.units)))
    assert found.stars == tuple(found.table["unit"][chosen].tolist())
    left = found.table["shrunk"][~chosen]
    if chosen.any() and left.size:
        assert found.table["shrunk"][chosen].min() >= left.max() - 1e-9
    assert (chosen.sum() >= min(k, len(chosen))) if ties == "all" else (chosen.sum() <= k)


@given(league=leagues(3, 6), data=st.data())
@few
def test_stars_do_not_hang_on_the_order_of_units(league, data):
    m, v = league
    order = np.array(data.draw(st.permutations(range(len(m)))))
    names = np.array([f"u{place}" for place in range(len(m))])
    first = league_table(m, v, units=names)
    then = league_table(m[order], v[order], units=names[order])
    assume(first.tau2 == 0 or min(first.tau2, then.tau2) > 1e-9)
    one, two = select_stars(first, 2), select_stars(then, 2)
    assert set(one.stars) == set(two.stars)
    for name in names:
        p, q = (found.table.row(unit=name)["p_top"] for found in (one, two))
        assert p == by_chance(q, 5000)


def test_basis_says_what_the_selection_stands_on():
    rows = {"a": 99, "b": 91, "c": 90.5, "d": 88, "e": 70, "f": 69}
    league = league_table(rows, [4] * 6)
    found = select_stars(league, 2)
    for row in found.table.rows():
        p = row["p_top"]
        if row["selected"]:
            wanted = "evidence" if p >= 0.8 else "unclear" if p >= 0.5 else "luck"
        else:
            wanted = "close" if p > 0.2 else ""
        assert row["basis"] == wanted
    assert found.table["basis"].tolist() == ["evidence", "unclear", "close", "", "", ""]
    strict = select_stars(league, 2, evidence=0.9999999)
    assert strict.table["basis"][0] == ("evidence" if strict.table["p_top"][0] == 1 else "unclear")
    lax = select_stars(league, 2, evidence=0.5)
    assert lax.table["basis"].tolist()[:2] == ["evidence", "evidence"]


def test_a_selection_with_less_than_even_odds_is_luck():
    # many units alike but for a little: the first is hardly the best
    league = league_table(np.linspace(0, 6, 20), [2] * 20)
    found = select_stars(league, 1)
    assert found.table["p_top"][0] < 0.5
    assert found.table["basis"][0] == "luck"


@pytest.mark.parametrize(
    ("k", "ties", "stars"),
    [
        (2, "all", "abcd"),
        (2, "none", "a"),
        (3, "all", "abcd"),
        (3, "none", "a"),
        (1, "refuse", "a"),
        (4, "refuse", "abcd"),
        (4, "none", "abcd"),
    ],
)
def test_ties_at_the_cut(k, ties, stars):
    found = select_stars(TIED, k, ties=ties)
    assert found.stars == tuple(stars)
    assert ("tie for the last place" in found.table.note) == (len(stars) != k)


def test_ties_at_the_cut_may_be_refused():
    refused(
        lambda: select_stars(TIED, 2, ties="refuse"),
        "ValueError: `ties`: 3 units tie for the last of 2 places, 'b', 'c', 'd'",
    )


def test_units_that_are_alike_have_the_same_probability():
    found = select_stars(TIED, 2)
    p = [found.table.row(unit=unit)["p_top"] for unit in "bcd"]
    assert p[0] == p[1] == p[2]
    assert found.table["rank"].tolist() == [1, 2, 2, 2, 5]


def test_means_that_differ_by_rounding_tie():
    league = league_table({"a": 9, "b": 0.1 + 0.2, "c": 0.3, "d": -8}, [0] * 4)
    assert 0.1 + 0.2 != 0.3
    assert select_stars(league, 2).stars == ("a", "b", "c")
    assert select_stars(league, 2, ties="none").stars == ("a",)


def test_few_answers_make_no_star_but_by_the_raw_mean():
    league = league_table(
        {"few": 95, "many": 94, "c": 80, "d": 84}, [40, 1, 1, 1], n=[2, 80, 80, 80]
    )
    assert select_stars(league, 1).stars == ("many",)
    raw = select_stars(league, 1, order="raw")
    assert raw.stars == ("few",)
    assert raw.table["rank"].tolist() == [1, 2, 3, 4]
    assert raw.table["p_top"].max() == raw.table.row(unit="many")["p_top"]
    assert "by raw mean" in raw.table.note
    assert raw.table["n"].tolist() == [2, 80, 80, 80]


def test_stars_of_few_checks_are_named():
    names = ["C1", "C2", "C7", "C8"]
    league = league_table([80, 84, 95, 99], [1] * 4, units=names, n=[40, 1, 2, 1])
    found = select_stars(league, 2)
    assert found.table["basis"].tolist()[:2] == ["evidence"] * 2
    assert found.cautions[-2:] == ("'C8' stands on one check", "'C7' stands on 2 checks")
    assert found.cautions[:-2] == league.cautions
    assert "caution: 'C8' stands on one check" in str(found)
    three = select_stars(league, 3).cautions
    assert three[-2:] == ("'C8', 'C2' stand on one check", "'C7' stands on 2 checks")
    assert select_stars(league, 1, minimum=3).cautions == league.cautions
    unknown = league_table([80, 84, 95, 99], [1] * 4, units=names)
    assert select_stars(unknown, 2).cautions == unknown.cautions


@pytest.mark.parametrize(
    "eligible",
    [
        ["f", "c", "d"],
        (unit for unit in "cdf"),
        np.array(["c", "d", "f"]),
        [False, False, True, True, False, True],
        np.array([0, 0, 1, 1, 0, 1], bool),
        pl.Series([False, False, True, True, False, True]),
        pd.Series({"f": True, "c": True, "d": True, "a": False}),
        {"a": False, "c": True, "d": True, "f": True},
    ],
    ids=["labels", "generator", "texts", "mask", "numpy", "polars", "pandas", "mapping"],
)
def test_who_may_be_a_star_comes_in_any_form(eligible):
    found = select_stars(SIX, 1, eligible=eligible)
    assert found.stars == ("c",)
    assert found.table["unit"].tolist() == ["c", "d", "f", "a", "b", "e"]
    assert found.table["undefined"].tolist() == [""] * 3 + ["not eligible"] * 3
    assert found.table["p_top"][:3].sum() == close(1)
    assert np.isnan(found.table["p_top"][3:]).all()
    assert np.isnan(found.table["rank"][3:]).all()
    assert not found.table["selected"][3:].any()
    assert found.table["shrunk"].tolist() == [
        SIX.table.row(unit=unit)["shrunk"] for unit in found.table["unit"]
    ]


def test_a_minimum_of_answers():
    league = league_table([95, 90, 85, NAN], [4] * 4, units=list("abcd"), n=[1, 30, 29, 50])
    found = select_stars(league, 1, minimum=30, eligible=list("abd"))
    reasons = {row["unit"]: row["undefined"] for row in found.table.rows()}
    assert reasons == {
        "a": "1 answer, 30 needed",
        "b": "",
        "c": "not eligible",
        "d": "no mean",
    }
    assert found.stars == ("b",)


def test_without_a_spread_every_selection_is_luck():
    league = league_table({"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}, [100] * 5)
    for options, stars in (({}, 5), ({"ties": "none"}, 0), ({"order": "raw"}, 2)):
        found = select_stars(league, 2, **options)
        assert len(found.stars) == stars
        assert found.table["p_top"] == close([0.4] * 5)
        assert found.expected == close(0.4 * stars)
        chosen = found.table["selected"]
        assert set(found.table["basis"][chosen].tolist()) <= {"luck"}
        assert "cannot be told apart" in found.table.note
    four = select_stars(league, 4, order="raw", evidence=0.7)  # p_top is .8 and yet no evidence
    assert four.table["basis"].tolist()[:4] == ["luck"] * 4
    assert select_stars(league, 1, eligible=list("abc")).table["p_top"][:3] == close([1 / 3] * 3)


@pytest.mark.parametrize("k", [6, 7, 100])
def test_places_for_all_are_no_contest(k):
    found = select_stars(SIX, k)
    assert found.stars == tuple("abcdef")
    assert found.expected == 6
    assert found.table["basis"].tolist() == ["everyone"] * 6
    assert "no contest" in found.table.note


@pytest.mark.parametrize(
    ("league", "options", "wanted"),
    [
        (SIX, {"eligible": []}, "no unit is eligible"),
        (SIX, {"eligible": [False] * 6}, "no unit is eligible"),
        (league_table([4], [1]), {}, "one unit"),
    ],
)
def test_nobody_to_choose_from(league, options, wanted):
    found = select_stars(league, 1, **options)
    assert (found.stars, found.undefined) == ((), wanted)
    assert math.isnan(found.expected)
    assert not found.table["selected"].any()


def test_a_seed_chooses_the_same_twice():
    first, again, other = (select_stars(SIX, 2, rng=rng) for rng in (3, 3, 4))
    assert rows_of(first.table)["p_top"] == rows_of(again.table)["p_top"]
    assert first.table["p_top"].tolist() != other.table["p_top"].tolist()
    generator = select_stars(SIX, 2, rng=np.random.default_rng(3))
    assert generator.table["p_top"].tolist() == first.table["p_top"].tolist()


def test_as_many_belong_there_as_are_expected():
    # 100 leagues of 30 units of unequal noise, 5 stars each
    rng = np.random.default_rng(6)
    v = np.tile([0.2, 0.5, 2], 10)
    truly, expected, sure = [], [], []
    for _ in range(100):
        true = rng.normal(0, 1, 30)
        league = league_table(rng.normal(true, np.sqrt(v)), v, draws=1000, rng=rng)
        found = select_stars(league, 5, rng=rng)
        best = {league.units[at] for at in np.argsort(-true)[:5]}
        truly.append(len(best & set(found.stars)))
        expected.append(found.expected)
        rows = zip(found.table["unit"], found.table["basis"], strict=True)
        sure += [unit in best for unit, basis in rows if basis == "evidence"]
    off = np.array(truly) - np.array(expected)
    assert abs(off.mean()) < 4 * off.std() / math.sqrt(100) + 0.1
    assert len(sure) > 50
    assert np.mean(sure) > 0.8


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: select_stars(SIX.table, 1), "TypeError: `table` .*Table; make one with league_t"),
        (lambda: select_stars(F9, 1), "TypeError: `table` must be LeagueTable"),
        (lambda: select_stars(SIX, 0), "`k` must be a whole number of at least 1"),
        (lambda: select_stars(SIX, 2.5), "`k` must be a whole number"),
        (lambda: select_stars(SIX, 1, minimum=30), "`minimum` needs the number of answers"),
        (lambda: select_stars(SIX, 1, eligible=["a", "z"]), "`eligible`: 'z' is unknown"),
        (lambda: select_stars(SIX, 1, eligible=["a", "a"]), "`eligible` .*'a' twice"),
        (lambda: select_stars(SIX, 1, eligible=[True]), "`eligible` .*each of 6 units.* got 1"),
        (lambda: select_stars(SIX, 1, eligible=3), "TypeError: `eligible`"),
        (lambda: select_stars(SIX, 1, evidence=0.4), "`evidence` must be at least 0.5"),
        (lambda: select_stars(SIX, 1, evidence=1), "`evidence`"),
        (lambda: select_stars(SIX, 1, order="rank"), "`order`"),
        (lambda: select_stars(SIX, 1, ties="random"), "`ties`"),
        (lambda: select_stars(SIX, 1, rng="x"), "TypeError: `rng`"),
    ],
)
def test_bad_selections_are_refused(call, said):
    refused(call, said)


def test_more_places_than_the_ranks_of_some_units_can_count():
    league = league_table(np.arange(300.0), np.ones(300))
    found = select_stars(league, 300, eligible=league.units[:100])
    assert len(found.stars) == 100
    assert set(found.table["basis"][found.table["selected"]].tolist()) == {"everyone"}


def test_exactly_known_means_that_differ_by_rounding_tie():
    table = league_table([0.1 + 0.2, 0.3, -5], [0, 0, 0.01]).table
    assert table["rank"].tolist()[:2] == [1, 1]
    assert table["p_best"][0] == table["p_best"][1] == 0.5
    assert table["rank_high"].tolist()[:2] == [2, 2]


def test_a_noisy_unit_beside_exact_ones_makes_no_target_of_its_own():
    table = funnel_limits([80, 84], [0, 1]).table
    assert table["undefined"].tolist() == ["no noise", "one unit"]
    assert funnel_limits([80, 84], [0, 1], target=80).signals == ("2",)


def test_means_within_their_noise_have_no_spread_though_one_is_sure():
    # Q(0) = .8 of 2, by hand nearly: the surest unit fixes the mean
    assert league_table([0, 2, -2], [0.1, 10, 10]).tau2 == 0


def test_a_spread_within_units_that_is_rounding_is_none():
    scores = np.repeat([0.1, 0.7, 0.3], 7) * 1e6 + np.tile([0, 1e-10, 0, 0, -1e-10, 0, 0], 3)
    assert league_table_from_scores(scores, np.repeat([*"abc"], 7)).variances.tolist() == [0] * 3
