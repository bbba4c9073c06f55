"""The bivariate normal distribution, polychoric correlations, ordinal reliability."""

import math
import re
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate, optimize, special, stats

import servqual as sq
from servqual._stats.binormal import binormal_cdf, shortfall
from servqual._stats.polychoric import latent_correlations
from servqual.measurement import (
    Covariance,
    cronbach_alpha,
    mcdonald_omega,
    ordinal_reliability,
    polychoric,
    polychoric_from_counts,
    polychoric_matrix,
    sampling_adequacy,
)

from .effort import effort
from .strategies import form

NAN = math.nan
few = effort(25)
SEEDS = st.integers(0, 2**32 - 1)
PLACES = st.one_of(
    st.sampled_from([0.0, 0.5, -0.5, 8.0, -8.0]), st.floats(-8, 8, allow_subnormal=False)
)
NEAR_1 = [0.9, 0.925, 0.99, 0.9999, 1 - 1e-7, 1 - 1e-12]
RHOS = st.one_of(st.sampled_from([0.0, *NEAR_1, *(-r for r in NEAR_1)]), st.floats(-0.999, 0.999))


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-9):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


# --- the bivariate normal distribution ------------------------------------------------------------


def tail(h, k, rho, above=False):
    """Return ∫ φ(x)·Φ((k - ρx)/√(1 - ρ²)) dx up to h, piece by piece; 1 - Φ if `above`."""
    root = math.sqrt((1 - rho) * (1 + rho))
    sign = -1 if above else 1

    def inside(x):
        return math.exp(-x * x / 2) * special.ndtr(sign * (k - rho * x) / root)

    step = [k / rho + root / rho * w for w in (-9, -3, -1, 0, 1, 3, 9)] if rho else []
    cuts = sorted({-40.0, h, *(x for x in (*step, -9, -4, 0, 4) if -40 < x < h)})
    pieces = (integrate.quad(inside, a, b, epsabs=0, epsrel=1e-13)[0] for a, b in pairwise(cuts))
    return math.fsum(pieces) / math.sqrt(2 * math.pi)


def test_h_value_of_the_theory():
    # theory.md H [R]: Φ₂(-.5, .7; .6)
    assert binormal_cdf(-0.5, 0.7, 0.6) == pytest.approx(0.292597918968286, abs=1e-15)
    assert tail(-0.5, 0.7, 0.6) == pytest.approx(0.292597918968286, abs=1e-14)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")  # of pieces that are 0
@effort(150)
@given(h=PLACES, k=PLACES, rho=RHOS)
@example(h=0.0, k=0.0, rho=0.0)
@example(h=1.0, k=1.0, rho=1 - 1e-12)
@example(h=-1.0, k=1.0, rho=-1 + 1e-12)
def test_binormal_is_the_integral(h, k, rho):
    assert float(binormal_cdf(h, k, rho)) == pytest.approx(tail(h, k, rho), abs=2e-13)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")  # of pieces that are 0
@effort(100)
@given(h=PLACES, gap=st.floats(0, 6, allow_subnormal=False), rho=st.floats(0, 0.99))
def test_what_is_improbable_keeps_its_digits(h, gap, rho):
    """P(X ≤ h, Y > k) for h ≤ k falls to nothing as ρ rises, and is not 1 - (nearly 1)."""
    wanted = tail(h, h + gap, rho, above=True)
    assume(wanted > 1e-200)
    assert float(shortfall(h, h + gap, rho)) == pytest.approx(wanted, rel=1e-8)


@given(h=PLACES, k=PLACES, rho=RHOS)
def test_binormal_identities(h, k, rho):
    both = binormal_cdf(h, k, rho)
    first, second = special.ndtr(h), special.ndtr(k)
    assert both == pytest.approx(binormal_cdf(k, h, rho), abs=1e-15)
    assert both + binormal_cdf(h, -k, -rho) == pytest.approx(first, abs=4e-15)
    assert max(0, first + second - 1) - 1e-15 <= both <= min(first, second) + 1e-15
    assert binormal_cdf(h, k, 0) == pytest.approx(first * second, abs=2e-15)
    assert binormal_cdf(h, k, 1) == pytest.approx(min(first, second), abs=1e-15)
    assert binormal_cdf(h, k, -1) == pytest.approx(max(0, first + second - 1), abs=1e-15)


@given(rho=st.floats(-1, 1))
def test_binormal_orthant(rho):
    found = binormal_cdf(0, 0, rho)
    assert found == pytest.approx(0.25 + math.asin(rho) / (2 * math.pi), abs=2e-15)


@given(h=PLACES, k=PLACES, rhos=st.lists(st.floats(-1, 1), min_size=2, max_size=2))
def test_binormal_rises_with_rho(h, k, rhos):
    low, high = binormal_cdf(h, k, sorted(rhos))
    assert low <= high + 1e-15


@given(h=PLACES, rho=st.floats(-1, 1))
def test_binormal_without_bounds(h, rho):
    assert binormal_cdf(h, math.inf, rho) == pytest.approx(special.ndtr(h), abs=1e-16)
    assert binormal_cdf(math.inf, h, rho) == pytest.approx(special.ndtr(h), abs=1e-16)
    assert binormal_cdf(h, -math.inf, rho) == 0
    assert binormal_cdf(math.inf, math.inf, rho) == 1


@pytest.mark.parametrize(("h", "k", "rho"), [(5e-324, 5e-324, 0.9), (0, 5e-324, 0.5)])
def test_binormal_of_the_smallest_numbers(h, k, rho):
    assert binormal_cdf(h, k, rho) == pytest.approx(binormal_cdf(0, 0, rho))


def test_binormal_broadcasts_and_passes_nan_on():
    found = binormal_cdf(np.zeros((3, 1)), np.zeros(2), 0.5)
    assert found.shape == (3, 2)
    assert found.ravel().tolist() == pytest.approx([1 / 3] * 6)
    assert np.isnan(binormal_cdf([NAN, 0, 0], [0, NAN, 0], [0.5, 0.5, NAN])).all()


# --- one pair of items ----------------------------------------------------------------------------

THREE = [[20, 10, 5], [10, 30, 15], [3, 12, 25]]


def test_b9_worked_tables():
    # theory.md B9: two steps by quadrature and the root of the score; R polycor and psych .58599
    assert polychoric_from_counts(THREE).rho == pytest.approx(0.58599066, abs=5e-9)
    assert polychoric_from_counts(THREE).n == 130
    assert polychoric_from_counts([[40, 20], [10, 30]]).rho == pytest.approx(0.60707281, abs=5e-9)


def cut(counts):
    return [-math.inf, *special.ndtri(np.cumsum(counts)[:-1] / sum(counts)), math.inf]


def density(h, k, rho):
    if math.isinf(h) or math.isinf(k):
        return 0.0
    rest = (1 - rho) * (1 + rho)
    bend = (h * h - 2 * rho * h * k + k * k) / (2 * rest)
    return math.exp(-bend) / (2 * math.pi * math.sqrt(rest))


def shares(rows, columns, rho):
    """Return the probability of each cell: P(in the column | x) over the row, in small steps.

    Differences of Φ are taken in the tail where both are small, so that none is of near equals.
    """
    nodes, weights = np.polynomial.legendre.leggauss(16)
    found = np.empty((len(rows) - 1, len(columns) - 1))
    for row, (low, high) in enumerate(pairwise(np.clip(rows, -9, 9))):
        edges = np.linspace(low, high, 2 + int((high - low) / 0.1))
        half = np.diff(edges)[:, None] / 2
        x = edges[:-1, None] + half * (1 + nodes)
        ends = (np.array(columns)[:, None, None] - rho * x) / math.sqrt((1 - rho) * (1 + rho))
        flip = np.where(ends[:-1] + ends[1:] > 0, -1, 1)
        inside = np.abs(special.ndtr(flip * ends[1:]) - special.ndtr(flip * ends[:-1]))
        found[row] = (half * weights * stats.norm.pdf(x) * inside).sum(axis=(1, 2))
    return found


def slopes(rows, columns, rho):
    """Return the slope of each cell's probability with ρ: the density, differenced over corners."""
    corners = [[density(h, k, rho) for k in columns] for h in rows]
    return np.diff(np.diff(corners, axis=0), axis=1)


def brute(counts):
    """Return the ρ at which the likelihood is greatest: its best place, then the score's root."""
    counts = np.array(counts, float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = cut(counts.sum(axis=1)), cut(counts.sum(axis=0))
    seen = counts > 0

    def likelihood(rho):
        return (counts[seen] * np.log(shares(rows, columns, rho)[seen])).sum()

    def score(rho):
        rise = slopes(rows, columns, rho) / shares(rows, columns, rho)
        return (counts[seen] * rise[seen]).sum()

    grid = np.linspace(-0.98, 0.98, 15)
    best = int(np.argmax([likelihood(rho) for rho in grid]))
    if best in (0, 14) and score(grid[best]) * grid[best] > 0:
        return math.copysign(1, grid[best])  # further out than a grid can tell
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 14)]
    return optimize.brentq(score, low, high, xtol=1e-11)


@effort(60)
@given(
    counts=hnp.arrays(
        np.int64,
        st.tuples(st.integers(2, 4), st.integers(2, 3)),
        elements=st.one_of(st.integers(0, 3), st.integers(5, 40)),
    )
)
@example(counts=np.array(THREE))
@example(counts=np.array([[9, 0, 2], [0, 0, 0], [1, 7, 0], [3, 1, 8]]))
@example(counts=np.array([[0, 21, 1], [16, 1, 1]]))
def test_polychoric_is_the_root_of_the_score(counts):
    assume((counts.sum(axis=0) > 0).sum() > 1)
    assume((counts.sum(axis=1) > 0).sum() > 1)
    wanted, found = brute(counts), polychoric_from_counts(counts)
    assert found.n == counts.sum()
    if abs(wanted) == 1:
        assert found.rho * wanted > 0.97
    else:
        assert found.rho == pytest.approx(wanted, abs=1e-8)


def latent(rho, n, seed, first=(-1, 0.2, 1.1), second=(-0.8, 0.4)):
    """Return answers in 4 and 3 categories of two latent normal variables."""
    rng = np.random.default_rng(seed)
    both = rng.normal(size=(n, 2)) @ np.array([[1, rho], [0, math.sqrt(1 - rho**2)]])
    return np.searchsorted(first, both[:, 0]), np.searchsorted(second, both[:, 1])


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0, 0.5, 0.95])
def test_polychoric_recovers_the_latent_correlation(rho):
    found = polychoric(*latent(rho, 20_000, 5))
    assert abs(found.rho - rho) < 4 * found.se
    assert 0.001 < found.se < 0.02
    assert found.row_thresholds.tolist() == pytest.approx([-1, 0.2, 1.1], abs=0.05)
    assert found.column_thresholds.tolist() == pytest.approx([-0.8, 0.4], abs=0.05)


def test_thresholds_are_quantiles_of_the_margins():
    found = polychoric_from_counts(THREE)
    wanted = stats.norm.ppf([35 / 130, 90 / 130])
    assert found.row_thresholds.tolist() == pytest.approx(wanted.tolist())
    wanted = stats.norm.ppf([33 / 130, 85 / 130])
    assert found.column_thresholds.tolist() == pytest.approx(wanted.tolist())


@given(both=st.integers(1, 499))
def test_median_splits_have_a_formula(both):
    """All margins a half: ρ = sin(2π(p₁₁ - 1/4))."""
    found = polychoric_from_counts([[both, 500 - both], [500 - both, both]])
    assert found.rho == pytest.approx(math.sin(2 * math.pi * (both / 1000 - 0.25)), abs=1e-10)


def test_the_error_is_how_far_samples_scatter():
    """Of 400 tables: sd against the mean error, five errors of an sd."""
    x, y = latent(0.55, 400 * 200, 8)
    found = [polychoric(x[k : k + 200], y[k : k + 200]) for k in range(0, len(x), 200)]
    rhos, errors = np.array([(one.rho, one.se) for one in found]).T
    assert rhos.std(ddof=1) == pytest.approx(errors.mean(), rel=5 / math.sqrt(2 * 400))
    held = np.mean([one.low < 0.55 < one.high for one in found])
    assert abs(held - 0.95) < 5 * math.sqrt(0.95 * 0.05 / 400)


@pytest.mark.parametrize("rho", [-0.7, 0.3, 0.8])
def test_the_error_is_that_of_the_counts(rho):
    """se² = Σ p·(∂ρ/∂p)²/n, by differences, where the model holds; thresholds move as well."""
    expected = shares([-math.inf, -1, 0.2, 1.1, math.inf], [-math.inf, -0.8, 0.4, math.inf], rho)
    nudged = np.stack(
        [
            expected * (1 + sign * 1e-4 * here)
            for here in np.eye(12).reshape(12, 4, 3)
            for sign in (1, -1)
        ]
    )
    moved = latent_correlations(nudged, np.full(24, 1.0)).rho.reshape(12, 2)
    gradient = (moved[:, 0] - moved[:, 1]) / (2e-4 * expected.ravel())
    n = 400.0
    wanted = math.sqrt((expected.ravel() * gradient**2).sum() / n)
    found = latent_correlations(expected[None], np.array([n]))
    assert found.rho[0] == pytest.approx(rho, abs=1e-9)
    assert found.se[0] == pytest.approx(wanted, rel=1e-4)


def test_the_interval_is_on_fishers_scale():
    found = polychoric_from_counts(THREE, confidence=0.9)
    half = stats.norm.ppf(0.95) * found.se / (1 - found.rho**2)
    assert found.low == pytest.approx(math.tanh(math.atanh(found.rho) - half))
    assert found.high == pytest.approx(math.tanh(math.atanh(found.rho) + half))
    row = found.table.row()
    assert (row["rho"], row["n"], found.confidence) == (found.rho, 130, 0.9)
    # R polycor 0.8-1, std.err=TRUE, thresholds taken for known: .0733549574517487
    assert found.se == pytest.approx(0.0733549574517487, rel=0.1)


@few
@given(seed=SEEDS, rho=st.floats(-0.8, 0.8))
def test_polychoric_knows_order_alone(seed, rho):
    x, y = latent(rho, 150, seed)
    found = polychoric(x, y)
    for other in (
        polychoric(np.exp(x), y),  # any rising numbers
        polychoric(x / 2, np.array([-7, 3.5, 100])[y]),
        polychoric(y, x),
        polychoric(-x, -y),
        polychoric(*np.random.default_rng(seed).permutation(np.stack([x, y], axis=1)).T),
    ):
        assert (other.rho, other.se) == close((found.rho, found.se), 1e-7)
        assert other.n == 150
    turned = polychoric(-x, y)
    assert turned.rho == close(-found.rho, 1e-7)
    assert turned.se == close(found.se, 1e-7)
    assert (turned.low, turned.high) == close((-found.high, -found.low), 1e-7)
    assert turned.row_thresholds.tolist() == close((-found.row_thresholds[::-1]).tolist())


def test_answers_and_their_table_are_one():
    x, y = latent(0.4, 300, 9)
    counts = np.zeros((4, 3), int)
    np.add.at(counts, (x, y), 1)
    assert polychoric(x, y).rho == close(polychoric_from_counts(counts).rho)
    wide = np.insert(np.insert(counts, 2, 0, axis=0), 1, 0, axis=1)  # categories nobody chose
    assert polychoric_from_counts(wide).rho == close(polychoric(x, y).rho)
    assert len(polychoric_from_counts(wide).row_thresholds) == 3


@pytest.mark.parametrize("kind", [list, pd.Series, pl.Series, np.ma.asarray])
def test_respondents_who_lack_one_of_two_are_left_out(kind):
    x, y = (one.astype(float) for one in latent(0.4, 100, 10))
    x[:7], y[5:12] = NAN, NAN
    found = polychoric(kind(x.tolist()), kind(y.tolist()))
    assert found.n == 88
    assert found.rho == close(polychoric(x[12:], y[12:]).rho)


def test_nullable_answers():
    x, y = latent(0.4, 100, 10)
    first, second = pd.Series(x, dtype="Int64"), pd.Series(y, dtype="Int64")
    first[:7] = pd.NA
    assert polychoric(first, second).n == 93
    assert polychoric([None, *x.tolist()], [1, *y.tolist()]).rho == close(polychoric(x, y).rho)


def test_empty_cells_are_no_harm():
    counts = [[9, 4, 0], [3, 8, 2], [0, 1, 7]]
    found = polychoric_from_counts(counts)
    assert found.rho == pytest.approx(brute(counts), abs=1e-8)
    assert found.zero_cells == 0
    filled = polychoric_from_counts(counts, zero_cells=0.5)
    assert filled.rho == pytest.approx(brute([[9, 4, 0.5], [3, 8, 2], [0.5, 1, 7]]), abs=1e-8)
    assert filled.n == 34
    assert "0.5 in the place of 0 in 2 cells" in filled.table.note


@pytest.mark.parametrize(
    ("counts", "rho"),
    [
        (np.diag([5, 9, 6]), 1),
        (np.diag([5, 9, 6])[::-1], -1),
        ([[10, 0], [5, 10]], 1),
        ([[5, 10], [10, 0]], -1),
        ([[1, 0], [0, 1]], 1),
    ],
)
def test_where_no_answer_speaks_against_it(counts, rho):
    found = polychoric_from_counts(counts)
    assert found.rho == rho
    assert np.isnan([found.se, found.low, found.high]).all()
    assert found.lacking == f"no interval: no answers speak against rho = {rho}"
    assert found.undefined == ""


def test_a_number_in_the_empty_cell_of_two_by_two():
    found = polychoric_from_counts([[10, 0], [5, 10]], zero_cells=0.5)
    assert found.rho == pytest.approx(brute([[10, 0.5], [5, 10]]), abs=1e-8)
    assert found.low < found.rho < found.high < 1
    assert (found.n, found.lacking) == (25, "")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: polychoric_from_counts([[3, 4, 5]]), "one row"),
        (lambda: polychoric_from_counts([[0, 0], [4, 5]]), "one row"),
        (lambda: polychoric_from_counts([[3, 0], [4, 0]]), "one column"),
        (lambda: polychoric_from_counts([[3, 0], [0, 0]]), "no variation"),
        (lambda: polychoric_from_counts([[0, 0], [0, 0]]), "no respondent answered both"),
        (lambda: polychoric([1, 1, 1], [1, 2, 3]), "`x` does not vary"),
        (lambda: polychoric([1, 2, 3], [4, 4, 4]), "`y` does not vary"),
        (lambda: polychoric([2, 2], [4, 4]), "no variation"),
        (lambda: polychoric([1, NAN], [NAN, 2]), "no respondent answered both"),
        (lambda: polychoric([1, 2, NAN], [2, NAN, 3]), "one respondent"),
    ],
)
def test_no_correlation_says_why(call, said):
    found = call()
    assert found.undefined == said
    assert found.lacking == ""
    assert np.isnan([found.rho, found.se, found.low, found.high]).all()
    assert found.table.row()["undefined"] == said
    assert said in str(found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: polychoric([1, 2], [1, 2, 3]), "same respondents, got 2 and 3"),
        (lambda: polychoric(["a", "b"], [1, 2]), "`x`"),
        (lambda: polychoric([1, 2], [1, math.inf]), "`y` .*inf .row 2"),
        (lambda: polychoric([[1, 2]], [1, 2]), "`x`"),
        (lambda: polychoric(range(21), range(21)), "`x` must have at most 20 .* got 21"),
        (lambda: polychoric([1, 2], [1, 2], confidence=95), "`confidence`"),
        (lambda: polychoric([1, 2], [1, 2], zero_cells=-1), "`zero_cells`"),
        (lambda: polychoric_from_counts([1, 2]), r"rows and columns, got shape \(2,\)"),
        (lambda: polychoric_from_counts([[1, -2], [3, 4]]), r"-2"),
        (lambda: polychoric_from_counts([[1, 2.5], [3, 4]]), r"2.5"),
        (
            lambda: polychoric_from_counts([[1, NAN], [3, 4]]),
            "0 where none was, got nothing .row 1.",
        ),
        (lambda: polychoric_from_counts([["a", "b"]]), "`counts`"),
    ],
)
def test_polychoric_refuses(call, said):
    refused(call, said)


def test_half_points_up_to_twenty_answers():
    x, y = latent(0.5, 400, 11, first=np.linspace(-2, 2, 19), second=np.linspace(-2, 2, 19))
    found = polychoric(1 + x / 2, y)
    assert found.undefined == ""
    assert found.rho == pytest.approx(0.5, abs=4 * found.se)


# --- matrices -------------------------------------------------------------------------------------


def factored(n, loadings, seed, share=0.0, cuts=(-1, 0, 1)):
    """Return answers in categories of latent variables with one factor, some missing."""
    rng, loadings = np.random.default_rng(seed), np.asarray(loadings)
    hidden = rng.normal(size=(n, 1)) * loadings
    hidden += rng.normal(size=hidden.shape) * np.sqrt(1 - loadings**2)
    found = np.searchsorted(cuts, hidden).astype(float)
    found[rng.random(found.shape) < share] = NAN
    return found


NAMES = ["wait", "care", "tone", "seat"]


@few
@given(seed=SEEDS, share=st.sampled_from([0, 0.1, 0.5]))
def test_the_matrix_is_its_pairs(seed, share):
    answers = factored(60, [0.8, 0.6, 0.7, 0.5], seed, share)
    answers[:, 0] = 1 + answers[:, 0] / 2  # scales may differ
    found = polychoric_matrix(answers, items=NAMES, smooth=False)
    assert (found.matrix == found.matrix.T).all()
    assert np.diagonal(found.matrix).tolist() == [1] * 4
    for a, b in combinations(range(4), 2):
        alone = polychoric(answers[:, a], answers[:, b])
        row = found.table.row(first=NAMES[a], second=NAMES[b])
        for name in ("n", "rho", "se", "low", "high", "lacking"):
            assert row[name] == (
                alone.table.row()[name]
                if name == "lacking"
                else close(alone.table.row()[name], 1e-7)
            )
        assert found.matrix[a, b] == row["rho"]
        assert found.counts[a, b] == alone.n
    known = ~np.isnan(answers)
    assert (found.counts == known.T.astype(int) @ known).all()
    assert found.n == found.counts.min()
    values = np.linalg.eigvalsh(found.matrix)
    assert found.smallest_eigenvalue == pytest.approx(values[0], abs=1e-12)


def test_listwise_stands_on_those_who_answered_all():
    answers = factored(120, [0.8, 0.6, 0.7], 3, 0.1)
    whole = answers[~np.isnan(answers).any(axis=1)]
    found = polychoric_matrix(answers, missing="listwise")
    assert found.matrix.tolist() == polychoric_matrix(whole).matrix.tolist()
    assert found.n == len(whole) < 120
    assert set(found.counts.ravel().tolist()) == {len(whole)}
    assert found.left_out == 120 - len(whole)
    assert polychoric_matrix(answers).n > len(whole)


def test_many_rows_count_as_few():
    answers = factored(300, [0.8, 0.6, 0.7, 0.5], 4, 0.05)
    found = polychoric_matrix(np.tile(answers, (40, 1)))  # in several blocks
    once = polychoric_matrix(answers)
    assert (found.counts == 40 * once.counts).all()
    np.testing.assert_allclose(found.matrix, once.matrix, atol=1e-10)


def test_tables_of_every_kind():
    answers = factored(80, [0.8, 0.6, 0.7, 0.5], 5)
    found = polychoric_matrix(answers, items=NAMES)
    whole = answers.astype(int)
    for table in (
        pd.DataFrame(answers, columns=NAMES),
        pd.DataFrame(whole, columns=NAMES).astype("Int64"),
        pl.DataFrame(answers, schema=NAMES),
    ):
        assert polychoric_matrix(table).matrix.tolist() == found.matrix.tolist()
        assert polychoric_matrix(table).items == tuple(NAMES)
        part = polychoric_matrix(table, items=["tone", "wait"])
        assert part.matrix[0, 1] == close(found.matrix[2, 0])
    assert polychoric_matrix(answers.tolist(), items=NAMES) == found


def contrary():
    """Return answers of three items, two at a time, whose correlations no answers can have."""
    agree = np.repeat([[1, 1], [2, 2], [1, 2], [2, 1]], [45, 45, 5, 5], axis=0).astype(float)
    turned = agree * [1, -1] + [0, 3]
    answers = np.full((300, 3), NAN)
    for k, (places, both) in enumerate([([0, 1], agree), ([1, 2], agree), ([0, 2], turned)]):
        answers[100 * k : 100 * (k + 1), places] = both
    return answers


def test_a_matrix_that_no_answers_have_is_smoothed_and_says_so():
    rho = math.sin(2 * math.pi * 0.2)  # .951: medians split, and .45 of 1/2 agree
    with pytest.warns(UserWarning, match="not positive definite .*smoothed"):
        found = polychoric_matrix(contrary())
    assert found.smoothed
    assert found.smallest_eigenvalue == pytest.approx(1 - 2 * rho, abs=1e-8)
    assert np.linalg.eigvalsh(found.matrix)[0] > 0
    assert np.diagonal(found.matrix).tolist() == [1, 1, 1]
    assert (found.matrix == found.matrix.T).all()
    assert (np.abs(found.matrix) <= 1).all()
    assert found.table["rho"].tolist() == pytest.approx([rho, -rho, rho], abs=1e-8)
    assert "smoothed" in found.table.note
    plain = polychoric_matrix(contrary(), smooth=False)
    assert not plain.smoothed
    assert plain.matrix[0, 1] == pytest.approx(rho, abs=1e-8)
    with pytest.warns(UserWarning, match="smoothed"):
        assert ordinal_reliability(contrary()).smoothed


def test_smoothing_raises_eigenvalues_and_scales_again():
    plain = polychoric_matrix(contrary(), smooth=False).matrix
    values, vectors = np.linalg.eigh(plain)
    raised = vectors @ np.diag(np.maximum(values, 1e-6)) @ vectors.T
    scale = 1 / np.sqrt(np.diagonal(raised))
    with pytest.warns(UserWarning, match="smoothed"):
        found = polychoric_matrix(contrary())
    np.testing.assert_allclose(found.matrix, raised * np.outer(scale, scale), atol=1e-12)


def test_a_matrix_that_answers_have_stays():
    found = polychoric_matrix(factored(200, [0.8, 0.6, 0.7], 6))
    assert not found.smoothed
    assert found.matrix[0, 1] == found.table["rho"][0]
    assert found.lacking == ""


def test_items_without_a_correlation_are_named():
    answers = factored(50, [0.8, 0.6, 0.7], 7)
    answers[:, 1] = 3
    found = polychoric_matrix(answers, items=NAMES[:3])
    assert np.isnan(found.matrix[1]).all()
    assert found.matrix[0, 2] == found.table.row(first="wait", second="tone")["rho"]
    row = found.table.row(first="wait", second="care")
    assert row["undefined"] == "item 'care' does not vary"
    assert found.lacking == "item 'care' does not vary (2 of 3 correlations undefined)"
    assert math.isnan(found.smallest_eigenvalue)
    answers[:, 1] = NAN
    found = polychoric_matrix(answers)
    assert set(found.table["undefined"].tolist()) == {"", "no respondent answered both"}
    assert found.n == 0


def test_a_matrix_serves_where_covariances_do():
    found = polychoric_matrix(factored(400, [0.8, 0.6, 0.7, 0.5], 8), items=NAMES)
    assert found.covariance.items == tuple(NAMES)
    assert found.covariance.n == 400
    assert mcdonald_omega(found.covariance).undefined == ""
    adequacy = sampling_adequacy(found.covariance)
    assert adequacy.undefined == ""
    r = np.linalg.inv(found.matrix)
    q = r / np.sqrt(np.outer(np.diagonal(r), np.diagonal(r)))
    off = ~np.eye(4, dtype=bool)
    direct, rest = (found.matrix[off] ** 2).sum(), (q[off] ** 2).sum()
    assert adequacy.kmo == pytest.approx(direct / (direct + rest))


# --- ordinal reliability --------------------------------------------------------------------------


def test_b9_ordinal_alpha():
    # theory.md B9 [R]: x1, x2, x3 of Holzinger & Swineford (1939), cut at 4, 5, 6; 5, 6, 7; 1, 2, 3
    tables = [
        [[19, 28, 9, 9], [19, 45, 22, 13], [13, 33, 30, 11], [3, 12, 17, 18]],
        [[24, 22, 10, 9], [19, 41, 19, 20], [4, 27, 29, 27], [2, 10, 14, 24]],
        [[14, 20, 15, 5], [25, 44, 26, 23], [8, 26, 20, 24], [2, 10, 11, 28]],
    ]
    found = [polychoric_from_counts(table) for table in tables]
    rhos = [one.rho for one in found]
    assert rhos == pytest.approx([0.31247818, 0.43871294, 0.37662699], abs=1e-8)
    # R polycor 0.8-1, whose search stops early
    polycor = [0.312477666846366242, 0.438704233618864847, 0.376625313329498224]
    assert rhos == pytest.approx(polycor, abs=2e-5)
    assert {one.n for one in found} == {301}
    matrix = np.eye(3)
    matrix[np.triu_indices(3, 1)] = rhos
    whole = Covariance(items=("x1", "x2", "x3"), matrix=matrix + np.triu(matrix, 1).T, n=301)
    assert cronbach_alpha(whole).alpha == pytest.approx(0.64377636, abs=5e-9)


@few
@given(seed=SEEDS, share=st.sampled_from([0, 0.1]))
def test_ordinal_reliability_is_that_of_the_matrix(seed, share):
    answers = factored(150, [0.8, 0.6, 0.7, 0.7], seed, share)
    matrix, found = polychoric_matrix(answers), ordinal_reliability(answers)
    assert found.alpha == close(cronbach_alpha(matrix.covariance).alpha)
    fit = mcdonald_omega(matrix.covariance)
    if fit.undefined:
        assert math.isnan(found.omega)
        assert found.lacking
    else:
        assert found.omega == close(fit.omega, 1e-6)
        assert np.abs(found.loadings) == pytest.approx(np.abs(fit.loadings), rel=1e-5)
    assert found.n == matrix.n
    assert found.table.row()["alpha"] == found.alpha


def test_ordinal_reliability_is_that_of_the_latent_answers():
    loadings = np.array([0.8, 0.6, 0.7, 0.75])
    answers = factored(20_000, loadings, 12, cuts=(0.5,))
    found = ordinal_reliability(answers, items=NAMES)
    total = loadings.sum() ** 2
    r = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    assert found.alpha == pytest.approx(4 / 3 * (1 - 4 / r.sum()), abs=0.015)
    assert found.omega == pytest.approx(total / (total + (1 - loadings**2).sum()), abs=0.015)
    assert found.loadings.tolist() == pytest.approx(loadings.tolist(), abs=0.03)
    # the sums that people compute, of answers in two categories, are far less reliable
    assert cronbach_alpha(answers).alpha < found.alpha - 0.08
    assert "latent continuous answers" in found.table.note


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (factored(50, [0.8], 1), "one item"),
        (np.column_stack([factored(50, [0.8, 0.7], 1), np.full(50, 2)]), "item '3' does not vary"),
        (np.full((5, 2), NAN), "no respondent answered both"),
        ([[1, 2]], "one respondent"),
    ],
)
def test_no_ordinal_reliability_says_why(answers, said):
    found = ordinal_reliability(answers)
    assert found.undefined.startswith(said)
    assert np.isnan([found.alpha, found.omega]).all()
    assert np.isnan(found.loadings).all()


def test_two_items_have_no_ordinal_omega():
    found = ordinal_reliability(factored(100, [0.8, 0.7], 2))
    assert found.lacking == "no omega: two items: one factor is not identified"
    rho = polychoric(*factored(100, [0.8, 0.7], 2).T).rho
    assert found.alpha == close(2 * rho / (1 + rho))
    assert math.isnan(found.omega)


MANY = np.arange(60).reshape(30, 2)


@pytest.mark.parametrize("call", [polychoric_matrix, ordinal_reliability])
@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        (MANY, {}, r"`answers` \(item '1'\) must have at most 20 different answers, got 30"),
        (Covariance(items=("a", "b"), matrix=np.eye(2), n=9), {}, "TypeError.*Covariance"),
        (
            sq.survey_from_arrays(form([2]), perceptions=[[1, 2], [2, 3]]),
            {},
            "TypeError.*got a Survey; give one dimension",
        ),
        ([["a", "b"]], {}, "`answers"),
        ([1, 2, 3], {}, "`answers`"),
        (np.array([[1, 2], [math.inf, 3]]), {}, r"got inf \(row 2, item '1'\)"),
        ([[1, 2], [3, 4]], {"missing": "none"}, "`missing`"),
        ([[1, 2], [3, 4]], {"zero_cells": -0.5}, "`zero_cells`"),
        ([[1, 2], [3, 4]], {"items": ["a", "a"]}, "'a' twice"),
        (pd.DataFrame({"wait": [1, 2], "care": [2, 1]}), {"items": ["wiat", "care"]}, "wiat"),
    ],
)
def test_answers_that_are_none(call, answers, options, said):
    refused(lambda: call(answers, **options), said)


HALF = [[1, 1], [1, 1], [1, 2], [2, 1], [2, 2], [2, 2]]


def test_one_item_has_no_correlations():
    found = polychoric_matrix([[1], [2], [2]])
    assert found.undefined == "one item"
    assert "undefined: one item" in found.table.note
    assert len(found.table) == 0
    assert polychoric_matrix(HALF).undefined == ""


def test_correlations_are_no_answers():
    found = polychoric_matrix(HALF)
    refused(lambda: ordinal_reliability(found), "the answers themselves, got a PolychoricMatrix")
