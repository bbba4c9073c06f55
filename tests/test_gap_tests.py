"""Tests of gaps: ranks against slow loops and scipy, the non-central t against quadrature."""

import subprocess
import sys
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

import servqual as sq
from servqual._stats import ranks
from servqual._stats.effects import noncentrality_interval, small_sample_factor
from servqual._stats.ranks import holm, signed_ranks

from .effort import effort
from .strategies import cases, form

T_COLUMNS = ["n", "gap", "sd", "se", "low", "high", "t", "p", "effect_size"]
RANKS = ["w", "p_rank", "rank_biserial", "rank_low", "rank_high"]
ONE_SIGN = "gaps of one sign: no interval of their ranks"
NAN = np.nan
few = effort(25)


def asked(E, P, *, sizes=None, low=1, high=7, **more):
    P = np.asarray(P, dtype=float)
    instrument = form(sizes or [P.shape[1]], low, high)
    return sq.survey_from_arrays(instrument, expectations=E, perceptions=P, **more)


def from_gaps(*columns, low=0, high=20, **more):
    """Return a survey of one item a dimension with these gaps."""
    gaps = np.array(columns, dtype=float).T
    return asked(
        np.full(gaps.shape, 10.0), 10 + gaps, sizes=[1] * len(columns), low=low, high=high, **more
    )


def table_of(survey, **more):
    return sq.gap_tests(survey, **{"resamples": 100} | more).table


def exact_gaps(case, level, rows=None):
    """Return the gaps of a level as fractions, respondent by respondent, without the missing."""
    E, P = case.turned("expectations"), case.turned("perceptions")
    columns, start = [], 0
    spans = case.sizes if level == "dimensions" else [1] * sum(case.sizes)
    for size in spans:
        column = []
        for e, p in zip(E[:, start : start + size], P[:, start : start + size], strict=True):
            found = [
                Fraction(float(b)) - Fraction(float(a))
                for a, b in zip(e, p, strict=True)
                if not np.isnan(a + b)
            ]
            least = max(1, -(-Fraction(str(case.min_answered)) * size // 1))
            column.append(sum(found) / len(found) if len(found) >= least else None)
        kept = column if rows is None else [column[i] for i in rows]
        columns.append([float(x) for x in kept if x is not None])
        start += size
    return columns


def biserial(gaps):
    """Return W+, W- and (W+ - W-)/(W+ + W-) by loops: the rank of x is 1 + #smaller + #equal/2."""
    plus = minus = 0.0
    for x in gaps:
        smaller = sum(abs(y) < abs(x) for y in gaps)
        equal = sum(abs(y) == abs(x) for y in gaps) - 1
        rank = 1 + smaller + equal / 2
        plus, minus = plus + rank * (x > 0), minus + rank * (x < 0)
    return plus, minus, (plus - minus) / (plus + minus) if plus + minus else NAN


def by_scipy(gaps):
    # "approx" is the name that scipy 1.11 and later know for the normal approximation
    return stats.wilcoxon(gaps, zero_method="pratt", correction=False, method="approx").pvalue


@cache
def roots(df):
    """Return s = sqrt(chi2/df) on an even grid between its quantiles 1e-18 and 1 - 1e-18."""
    ends = special.gammaincinv(df / 2, 1e-18), special.gammainccinv(df / 2, 1e-18)
    edges = np.linspace(*np.sqrt(np.array(ends) * 2 / df), 20_001)
    s = (edges[1:] + edges[:-1]) / 2
    density = (df - 1) * np.log(s) - df * s**2 / 2
    weights = np.exp(density - density.max())
    return s, weights / weights.sum()


def cdf(t, df, nc):
    """Return P(T <= t) of the non-central t as the mean of phi(t*s - nc), right to 1e-8."""
    s, weights = roots(df)
    return float(special.ndtr(t * s - nc) @ weights)


def limits(t, df, confidence=0.95):
    """Return the interval of the non-centrality by a search for the root."""
    reach = 12 * np.sqrt(1 + t**2 / df) + 2 * abs(t) + 12
    tails = (1 + confidence) / 2, (1 - confidence) / 2
    return [
        optimize.brentq(lambda nc, tail=tail: cdf(t, df, nc) - tail, -reach, reach, xtol=1e-12)
        for tail in tails
    ]


# --- the columns of t -----------------------------------------------------------------------------


@given(case=cases(groups=True, least=1, most=12), level=st.sampled_from(["dimensions", "items"]))
@few
def test_columns_of_t_are_those_of_gap_scores(case, level):
    survey = case.survey
    for by in (None, "branch", ("branch", "year")):
        want = getattr(sq.gap_scores(survey, by=by, confidence=0.9), level)
        got = table_of(survey, by=by, level=level, confidence=0.9)
        assert got.keys == want.keys
        for key in want.keys:
            assert got[key].tolist() == want[key].tolist()
        for column in T_COLUMNS:
            np.testing.assert_array_equal(got[column], want[column])


def test_holes_in_numbers_have_a_reason():
    survey = from_gaps([1, 2, -3], [1, NAN, NAN], [NAN] * 3, [0, 0, 0], [-1, -1, -1])
    table = table_of(survey)
    assert table["undefined"].tolist() == [
        "",
        "one respondent",
        "no respondent with both sides",
        "no variation",
        "no variation",
    ]
    numbers = np.array([table[c] for c in table.columns if table[c].dtype.kind == "f"])
    assert np.isfinite(numbers[:, 0]).all()
    assert np.isnan([table["p_rank"][[1, 2, 3]], table["rank_biserial"][[1, 2, 3]]]).all()


# --- ranks ----------------------------------------------------------------------------------------


@given(
    case=cases(weights=False, groups=True, least=1, most=14),
    level=st.sampled_from(["dimensions", "items"]),
)
@few
def test_ranks_are_those_of_loops_and_of_scipy(case, level):
    table = table_of(case.survey, level=level)
    for gaps, row in zip(exact_gaps(case, level), table.rows(), strict=True):
        if len(gaps) < 2:
            assert np.isnan([row[column] for column in RANKS]).all()
            continue
        plus, _, size = biserial(gaps)
        assert row["w"] == plus
        assert row["rank_biserial"] == pytest.approx(size, abs=1e-14, nan_ok=True)
        if any(gaps):
            assert row["p_rank"] == pytest.approx(by_scipy(gaps), rel=1e-12, abs=1e-300)
        else:
            assert np.isnan([row["p_rank"], row["rank_low"], row["rank_high"]]).all()


@pytest.mark.parametrize("level", ["dimensions", "items"])
def test_ranks_by_group_are_those_of_the_groups_rows(level):
    rng = np.random.default_rng(5)
    E, P = (rng.integers(2, 15, (90, 8)) / 2 for _ in range(2))
    E[rng.random(E.shape) < 0.2] = NAN
    labels = rng.choice(["9", "10", "N"], 90)
    survey = asked(E, P, sizes=[4, 3, 1], by={"branch": labels})
    table = table_of(survey, level=level, by="branch")
    for label in ("9", "10", "N"):
        alone = table_of(survey.select(labels == label), level=level)
        part = table.where(branch=label)
        for column in ("w", "p_rank", "rank_biserial", "t", "effect_low"):
            np.testing.assert_array_equal(part[column], alone[column])


def test_means_over_different_counts_tie():
    # means of 2, 3 and 4 gaps that are -1 or +1 exactly, and of 3 that are thirds
    gaps = [[-1, -1, NAN, NAN], [-2, -1, 0, NAN], [-3, -1, 0, 0], [1, 2, 0, NAN], [0, 0, 1, NAN]]
    gaps += [[1, 0, 0, NAN], [2, -1, 0, NAN], [0.5, -0.5, 0, 0]]
    survey = asked(np.full((8, 4), 4.0), 4 + np.array(gaps))
    row = table_of(survey).row()
    # sizes 1 1 1 1 1/3 1/3 1/3 0: ranks 6.5 ×4, 3 ×3, 1; positive are one of the first, three
    assert row["w"] == 6.5 + 9
    assert row["rank_biserial"] == pytest.approx((15.5 - 19.5) / 35, abs=1e-15)
    assert row["p_rank"] == pytest.approx(
        by_scipy([-1, -1, -1, 1, 1, 1, 1, 0.0][:4] + [1 / 3] * 3 + [0])
    )


@pytest.mark.parametrize("step", [0.1, 0.01])
def test_a_dimension_gap_of_zero_has_no_sign_on_a_decimal_scale(step):
    # gaps of +1, +2 and -3 steps have mean 0 in every respondent
    gaps = step * np.array([[1, 2, -3], [3, -1, -2], [1, 1, -2], [-1, 4, -3]])
    row = table_of(asked(np.full((4, 3), 3.0), np.round(3 + gaps, 2))).row()
    assert row["gap"] == pytest.approx(0, abs=1e-12)
    assert row["w"] == 0
    assert np.isnan(row["p_rank"])


@pytest.mark.parametrize("level", ["items", "dimensions"])
def test_gaps_of_one_size_tie_on_a_decimal_scale(level):
    # a gap of a tenth is a tenth wherever on the scale it stands: ranks 2.5 ×4, positive are two
    E, P = np.array([[1.1, 2.3, 3.7, 6.4]]).T, np.array([[1.2, 2.2, 3.8, 6.3]]).T
    row = table_of(asked(E, P), level=level).row()
    assert row["w"] == 5
    assert row["rank_biserial"] == 0
    assert row["p_rank"] == 1


def test_two_respondents():
    # gaps 2 and -1: W+ = 2 of 3; mean 1.5, variance 2·3·5/24 = 1.25
    row = table_of(from_gaps([2, -1])).row()
    assert (row["n"], row["w"]) == (2, 2)
    assert row["rank_biserial"] == pytest.approx(1 / 3)
    assert (row["rank_low"], row["rank_high"], row["undefined"]) == (-1, 1, "")
    assert row["p_rank"] == pytest.approx(2 * stats.norm.sf(0.5 / np.sqrt(1.25)))
    # 0 and -1: zero has rank 1 and loses it; mean 1, variance (30 - 6)/24 = 1
    row = table_of(from_gaps([0, -1])).row()
    assert (row["w"], row["rank_biserial"]) == (0, -1)
    assert row["p_rank"] == pytest.approx(2 * stats.norm.sf(1))
    assert np.isnan([row["rank_low"], row["rank_high"]]).all()
    assert row["undefined"] == ONE_SIGN


def test_all_gaps_alike_have_ranks_though_no_t():
    # W+ = 0 of 6; mean 3, ties 3³-3 = 24: variance (3·4·7 - 12)/24 = 3, z = √3
    row = table_of(from_gaps([-1, -1, -1])).row()
    assert np.isnan(row["t"])
    assert (row["w"], row["rank_biserial"]) == (0, -1)
    assert np.isnan([row["rank_low"], row["rank_high"]]).all()
    assert row["undefined"] == "no variation"
    assert row["p_rank"] == pytest.approx(2 * stats.norm.sf(np.sqrt(3)))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("gaps", "why"),
    [
        ([1, 2, 3], ONE_SIGN),
        ([0, 0, 1], ONE_SIGN),
        ([2, 2], "no variation"),  # other reasons come first
    ],
)
def test_gaps_of_one_sign_have_ranks_but_no_interval_of_them(gaps, why, sign):
    row = table_of(from_gaps(sign * np.array(gaps))).row()
    assert (row["rank_biserial"], row["undefined"]) == (sign, why)
    assert np.isnan([row["rank_low"], row["rank_high"]]).all()
    assert 0 < row["p_rank"] <= 1
    alone = table_of(from_gaps([sign * gaps[0]])).row()
    assert alone["undefined"] == "one respondent"


def test_ranks_of_many():
    # one tenth of 100,000 gaps is 0, two fifths are -1, one fifth +1, three tenths -2
    gaps = np.repeat([0, -1, 1, -2], [10_000, 40_000, 20_000, 30_000])
    row = table_of(from_gaps(gaps)).row()
    middle = 10_000 + 60_001 / 2
    assert row["w"] == 20_000 * middle
    minus = 40_000 * middle + 30_000 * (70_000 + 30_001 / 2)
    assert row["rank_biserial"] == pytest.approx((row["w"] - minus) / (row["w"] + minus), rel=1e-14)
    gaps = np.tile([1.0, -1, 2, -2, 0, 3, -3, 1], 12_500)
    row = table_of(from_gaps(gaps)).row()
    assert row["p_rank"] == pytest.approx(by_scipy(gaps), rel=1e-9)


@given(gaps=st.lists(st.integers(-4, 4), min_size=2, max_size=12))
@few
def test_swapped_sides_turn_ranks_round(gaps):
    one, other = (table_of(from_gaps(sign * np.array(gaps))).row() for sign in (1, -1))
    total = sum(range(1, len(gaps) + 1)) - sum(range(1, gaps.count(0) + 1))
    assert one["w"] + other["w"] == total
    assert one["rank_biserial"] == pytest.approx(-other["rank_biserial"], nan_ok=True)
    assert one["p_rank"] == pytest.approx(other["p_rank"], nan_ok=True)


# --- the bootstrap --------------------------------------------------------------------------------


@given(
    gaps=st.lists(st.integers(-3, 3), min_size=2, max_size=12),
    confidence=st.sampled_from([0.5, 0.95, 0.999]),
)
@few
def test_the_bootstrap_interval_lies_in_range(gaps, confidence):
    row = table_of(from_gaps(gaps), confidence=confidence).row()
    signs = {np.sign(gap) for gap in gaps} - {0}
    if len(signs) == 2:
        assert -1 <= row["rank_low"] <= row["rank_high"] <= 1
        assert row["undefined"] == ""
    else:
        assert np.isnan([row["rank_low"], row["rank_high"]]).all()
        alike = len(set(gaps)) == 1
        assert row["undefined"] == ("no variation" if alike else ONE_SIGN)


def test_the_bootstrap_is_that_of_its_seed_and_not_of_the_order_of_respondents():
    rng = np.random.default_rng(2)
    gaps = rng.integers(-5, 4, (2, 60))
    survey = from_gaps(*gaps)
    first = sq.gap_tests(survey, rng=7)
    assert sq.gap_tests(survey, rng=7) == first
    assert sq.gap_tests(survey, rng=np.random.default_rng(7)) == first
    assert sq.gap_tests(from_gaps(*gaps[:, rng.permutation(60)]), rng=7) == first
    other = sq.gap_tests(survey, rng=8).table
    assert (other["rank_low"] != first.table["rank_low"]).any()
    for column in T_COLUMNS + RANKS[:3]:
        np.testing.assert_array_equal(other[column], first.table[column])


@pytest.mark.parametrize("entries", [1, 997, 5000])
def test_pieces_of_the_bootstrap_are_the_whole(entries, monkeypatch):
    survey = from_gaps(np.random.default_rng(3).normal(-1, 2, 40).round(3), low=-20, high=40)
    whole = sq.gap_tests(survey, resamples=500)
    monkeypatch.setattr(ranks, "ENTRIES", entries)
    assert sq.gap_tests(survey, resamples=500) == whole


@pytest.mark.parametrize(
    "gaps",
    [
        np.random.default_rng(4).integers(-4, 4, 50),
        np.random.default_rng(5).normal(0.5, 1, 50).round(4),
        np.repeat([0, 0, 1, -2, 3], 8),
    ],
    ids=["ties", "distinct", "zeros"],
)
def test_the_bootstrap_is_about_the_naive_one(gaps):
    drawn = np.random.default_rng(11).choice(gaps, (2000, len(gaps)))
    r = stats.rankdata(np.abs(drawn), axis=1)
    naive = (r * np.sign(drawn)).sum(axis=1) / (r * (drawn != 0)).sum(axis=1)
    found = signed_ranks(gaps.astype(float), 0.9, 4000, np.random.default_rng(12))
    # a 5 % quantile of 2,000 has a standard error of 0.0049/density, here near 0.009
    assert [found.low, found.high] == pytest.approx(np.quantile(naive, [0.05, 0.95]), abs=0.03)


# --- the interval of d_z --------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 5, 12, 40, 500])
@pytest.mark.parametrize("d", [-2.5, -0.7, 0.0, 0.1, 1.3])
def test_the_interval_of_d_against_scipys_nct(n, d):
    # special.nctdtrinc, of cdflib, leaves off with its cdf at 1e-7 or so of the tail: the limits
    # came within 3e-6 of |t| + 1; scipy.stats.nct, of Boost, is right to 1e-9 here
    t, df = d * np.sqrt(n), n - 1.0
    low, high = noncentrality_interval(np.array([t]), np.array([df]), 0.95)
    near = 1e-5 * (1 + abs(t))
    assert [low[0], high[0]] == pytest.approx(limits(t, df), abs=near)
    assert stats.nct.cdf(abs(t), df, low[0] if t >= 0 else -high[0]) == pytest.approx(
        0.975, abs=1e-5
    )


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_the_interval_of_d_in_the_table(confidence):
    rng = np.random.default_rng(6)
    gaps = rng.integers(-6, 4, 30)
    row = table_of(from_gaps(gaps), confidence=confidence).row()
    want = np.array(limits(row["t"], 29, confidence)) / np.sqrt(30)
    assert [row["effect_low"], row["effect_high"]] == pytest.approx(want, abs=2e-6)
    assert row["effect_low"] < row["effect_size"] < row["effect_high"]


def test_the_interval_of_d_of_sleep():
    # theory A1 [R]: t -4.0621277, df 9, d_z -1.2845576; limits by quadrature, as above
    low, high = noncentrality_interval(np.array([-4.0621277]), np.array([9.0]), 0.95)
    want = np.array(limits(-4.0621277, 9.0)) / np.sqrt(10)
    assert [low[0] / np.sqrt(10), high[0] / np.sqrt(10)] == pytest.approx(want, abs=2e-6)


@given(
    t=st.floats(-50, 50),
    df=st.sampled_from([1, 2, 5, 9, 50, 1e3, 1e5]),
)
@few
def test_an_interval_of_a_noncentrality_holds_t_widens_and_turns_with_t(t, df):
    at, of = np.array([t]), np.array([float(df)])
    low, high = (x[0] for x in noncentrality_interval(at, of, 0.9))
    wide_low, wide_high = (x[0] for x in noncentrality_interval(at, of, 0.99))
    assert wide_low < low < high < wide_high
    assert wide_low < t < wide_high
    turned = [-x[0] for x in noncentrality_interval(-at, of, 0.9)]
    assert turned == pytest.approx([high, low], abs=1e-4 * (1 + abs(t)))


def test_the_interval_of_d_of_many():
    # 100,000 respondents: the limits are those of the normal with variance 1 + d²/2, to 1/n
    gaps = np.tile([-1.0, 0, 0, 1, -2], 20_000)
    row = table_of(from_gaps(gaps)).row()
    half = special.ndtri(0.975) * np.sqrt((1 + row["effect_size"] ** 2 / 2) / 1e5)
    got = [row["effect_low"], row["effect_high"]]
    assert got == pytest.approx([row["effect_size"] - half, row["effect_size"] + half], abs=1e-6)


@pytest.mark.parametrize(
    ("t", "df"),
    [
        (-59.0, 9),  # ten respondents, gaps -6 and one -5
        (1e4, 9),
        (-2e4, 999),
        (-6e5, 99_999),  # 100,000 respondents, gaps -6 and one -5
        (-6e6, 999_999),  # a million respondents, the same
    ],
)
def test_the_interval_of_d_at_an_extreme_t(t, df):
    low, high = noncentrality_interval(np.array([t]), np.array([float(df)]), 0.95)
    want = limits(t, df)
    assert [low[0], high[0]] == pytest.approx(want, abs=1e-3 * (want[1] - want[0]))


def test_an_answer_comes_where_nearly_all_gaps_are_alike():
    """In a process of its own, because a loop in C cannot be stopped."""
    program = """
import numpy as np, servqual as sq
form = sq.Instrument(code="f", name="F", scale=sq.Scale(1, 7), dimensions=(
    sq.Dimension(code="A", name="A", items=(sq.Item("wait"),)),))
P = np.array([[1, 1, 1.00001, 1.00001]]).T  # of a slider; t -2e6, df 3
survey = sq.survey_from_arrays(form, expectations=np.full(P.shape, 7.0), perceptions=P)
row = sq.gap_tests(survey, resamples=100).table.row()
assert row["undefined"] == "gaps of one sign: no interval of their ranks", row
assert row["effect_low"] < row["effect_size"] < row["effect_high"] < 0, row
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=6
    )
    assert done.returncode == 0, done.stderr


# --- Holm, and J ----------------------------------------------------------------------------------

PROBABILITIES = st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), min_size=0, max_size=8)


@given(p=PROBABILITIES)
@few
def test_holm_by_its_definition(p):
    p = np.array(p)
    got, known = holm(p), np.sort(p[~np.isnan(p)])
    assert np.isnan(got).tolist() == np.isnan(p).tolist()
    for adjusted, raw in zip(got, p, strict=True):
        if not np.isnan(raw):
            m = len(known)
            steps = [(m - k) * known[k] for k in range(m) if known[k] <= raw]
            assert adjusted == min(1, max(steps))
            assert raw <= adjusted <= 1
    order = np.argsort(p)[: len(known)]
    assert (np.diff(got[order]) >= 0).all()


def test_holm_against_statsmodels():
    # statsmodels 0.15: multipletests([.01, .04, .03, .005, .5, .011], method="holm")
    p, want = [0.01, 0.04, NAN, 0.03, 0.005, 0.5, 0.011], [0.05, 0.09, NAN, 0.09, 0.03, 0.5, 0.05]
    np.testing.assert_allclose(holm(np.array(p)), want, rtol=1e-12)
    assert holm(np.array([])).size == 0
    assert np.isnan(holm(np.full(3, NAN))).all()


def test_holm_runs_over_all_rows_that_have_a_p():
    rng = np.random.default_rng(8)
    gaps = rng.integers(-5, 5, (3, 40)).astype(float)
    gaps[1] = 0
    survey = from_gaps(*gaps, by={"branch": ["N"] * 25 + ["S"] * 14 + ["T"]})
    table = table_of(survey, by="branch")
    assert np.isnan(table["p"]).sum() == 5  # the constant one of each, and the group of one
    for raw, adjusted in (("p", "p_holm"), ("p_rank", "p_rank_holm")):
        np.testing.assert_array_equal(table[adjusted], holm(table[raw]))
        assert np.isnan(table[adjusted]).sum() == 5
    least = np.nanmin(table["p"])
    assert np.nanmin(table["p_holm"]) == pytest.approx(min(1, 4 * least))


def test_j_exactly():
    # by Γ(1/2) = √π: J(2) = 1/√π; J(3) = (√π/2)/√1.5; J(4) = 1/(√2·√π/2)
    want = [1 / np.sqrt(np.pi), np.sqrt(np.pi / 6), np.sqrt(2 / np.pi)]
    assert small_sample_factor(np.array([2.0, 3, 4])) == pytest.approx(want, rel=1e-14)
    # J(df)·J(df + 1) = Γ(df/2 + 1/2)/Γ(df/2 - 1/2) / (√(df/2)·√((df + 1)/2))
    df = np.array([2.0, 7, 30, 400])
    product = (df - 1) / np.sqrt(df * (df + 1))
    both = small_sample_factor(df) * small_sample_factor(df + 1)
    assert both == pytest.approx(product, rel=1e-12)


@pytest.mark.parametrize("df", [1e3, 1e4, 1e5, 1e6, 1e7, 1e8])
def test_j_of_many(df):
    # the series 1 - 3/(4df) - 7/(32df²) + O(df⁻³); a difference of logarithms cannot be better
    # than a rounding of the logarithm itself, so 1e-6 here is enough to print
    series = 1 - 3 / (4 * df) - 7 / (32 * df**2)
    assert small_sample_factor(np.array([df]))[0] == pytest.approx(series, rel=1e-6)


# --- weights, and bad input -----------------------------------------------------------------------


@pytest.mark.parametrize("weights", [[1.0] * 4, [1, 2, 0, 0.5]])
def test_weights_leave_no_ranks_and_say_so(weights):
    survey = from_gaps([-1, 2, 3, -4], [0, 0, 0, 0], weights=weights)
    table = table_of(survey)
    for column in [*RANKS, "p_rank_holm", "effect_low", "effect_high"]:
        assert np.isnan(table[column]).all(), column
    assert table["undefined"].tolist() == [
        "sampling weights: no ranks, no interval of d",
        "no variation",
    ]
    want = sq.gap_scores(survey).dimensions
    for column in T_COLUMNS:
        np.testing.assert_array_equal(table[column], want[column])


def test_moments_are_refused_with_the_reason():
    with pytest.raises(TypeError, match=r"`survey` must be Survey.*ranks need the answers"):
        sq.gap_tests(sq.moments(from_gaps([1, 2])))


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"level": "overall"}, ValueError, "`level` must be one of 'dimensions', 'items'"),
        ({"level": None}, ValueError, "`level`"),
        (
            {"by": "x"},
            ValueError,
            "`by`: the answers were read without group columns; give by='x' to the reader",
        ),
        ({"by": 3}, TypeError, "`by` must be a name"),
        ({"confidence": 95}, ValueError, "`confidence`"),
        ({"confidence": 1}, ValueError, "`confidence`"),
        ({"resamples": 99}, ValueError, "`resamples` must be a whole number of at least 100"),
        ({"resamples": 100.5}, ValueError, "`resamples`"),
        ({"resamples": "500"}, TypeError, "`resamples`"),
        ({"resamples": True}, TypeError, "`resamples`"),
        ({"rng": "seed"}, TypeError, "`rng`"),  # design §3: which argument, the rule, what came
        ({"rng": 1.5}, TypeError, "`rng`"),
        ({"rng": -1}, ValueError, "`rng`"),
    ],
)
def test_bad_input_is_named(more, error, said):
    with pytest.raises(error, match=said):
        sq.gap_tests(from_gaps([1, 2, 3]), **more)


def test_another_group_column_than_those_that_were_read():
    survey = sq.survey_from_arrays(
        form([1]), expectations=[[4], [5]], perceptions=[[3], [5]], by={"branch": ["N", "S"]}
    )
    with pytest.raises(ValueError, match="`by`: 'x' is unknown; there are 'branch'"):
        sq.gap_tests(survey, by="x")


def test_one_side_has_no_gap():
    survey = sq.survey_from_arrays(form([1]), perceptions=[[1], [2]])
    with pytest.raises(ValueError, match="must have expectations and perceptions"):
        sq.gap_tests(survey)
