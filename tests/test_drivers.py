"""How R² divides among predictors: worked values, brute force, invariances, errors, bad input."""

import math
import re
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from servqual._stats.explained import (
    gradient_errors,
    gradients,
    lmg,
    pratt,
    r_squared,
    relative_weights,
    sampled_lmg,
    standardized,
)
from servqual.priorities import relative_importance

from .effort import effort
from .test_reliability import infinitesimal

NAN = math.nan
METHODS = ("lmg", "relative-weights", "pratt")
KERNELS = {"lmg": lmg, "relative-weights": relative_weights, "pratt": pratt}
INTERVALS = ("delta", "bootstrap", "percentile")
few = effort(15)

# R 4.2.2: options(digits = 17); cor(swiss[, c(2:6, 1)]); the outcome, Fertility, last
SWISS_NAMES = ("Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality")
SWISS = np.eye(6)
for place, below in enumerate(
    [
        [-0.68654220861713655],
        [-0.639522518948320129, 0.69841529628848298],
        [0.40109505304873982, -0.57274180606416658, -0.15385891709091479],
        [-0.060858608416581604, -0.114021596482033555, -0.099321845821345664, 0.175495907596622924],
        [
            0.353079183619974701,
            -0.64588270645728751,
            -0.66378885703506907,
            0.46368470065179390,
            0.416556031434982710,
        ],
    ],
    1,
):
    SWISS[place, :place] = SWISS[:place, place] = below
SHARES = {  # theory C2 [R]: 2⁵ models, as relaimpo's help prints them [MEM]; Johnson; β·r
    "lmg": [0.057091221, 0.171173029, 0.260134679, 0.105570150, 0.112765923],
    "relative-weights": [0.048416896, 0.154708250, 0.271964105, 0.114680030, 0.116965721],
    "pratt": [-0.11048599, 0.10642740, 0.44500457, 0.16117681, 0.10461221],
}
# z <- as.data.frame(scale(swiss)); coef(lm(Fertility ~ ., z)); summary() has the two R²
SWISS_BETA = [
    -0.31292128249992046,
    -0.16477822253934743,
    -0.67040078010607451,
    0.34760002814421892,
    0.25113597629871059,
]
SWISS_R2, SWISS_ADJUSTED = 0.7067350015927254, 0.67097097739671629


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-9, least=1e-11):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def with_correlations(R, n, seed=0):
    """Return n rows whose correlations are R to rounding."""
    raw = np.random.default_rng(seed).normal(size=(n, len(R)))
    plain, _ = np.linalg.qr(raw - raw.mean(axis=0))
    return plain @ np.linalg.cholesky(R).T


def ratings(seed, n=60, p=3, noise=1.0):
    """Return answers 1..7 to p items that share a part, and an outcome of them."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    X = np.clip(np.rint(4 + common + rng.normal(size=(n, p))), 1, 7)
    return X, X @ rng.uniform(-0.5, 1.5, p) + noise * rng.normal(size=n)


def some_covariance(seed, p=4, rows=12):
    """Return a covariance of p predictors and an outcome that has a part of its own."""
    rng = np.random.default_rng(seed)
    return np.cov(
        rng.normal(size=(rows + p, p + 1)) @ rng.normal(size=(p + 1, p + 1)).T, rowvar=False
    )


def correlated(S):
    return S / np.sqrt(np.outer(np.diag(S), np.diag(S)))


def explained(X, y, w=None):
    """Return R² of least squares, weighted where there are weights."""
    w = np.ones(len(y)) if w is None else np.asarray(w, float)
    root = np.sqrt(w)[:, None]
    design = np.column_stack([np.ones(len(y)), X])
    coefficients, *_ = np.linalg.lstsq(design * root, y * root[:, 0], rcond=None)
    about = y - np.average(y, weights=w)
    return 1 - (w * (y - design @ coefficients) ** 2).sum() / (w * about**2).sum()


def entered(X, y, w=None):
    """Return what each column adds to R², the mean over all orders of entry."""
    p, known = X.shape[1], {}
    for size in range(p + 1):
        for some in combinations(range(p), size):
            known[frozenset(some)] = explained(X[:, list(some)], y, w) if some else 0.0
    total = np.zeros(p)
    for order in permutations(range(p)):
        for place, j in enumerate(order):
            total[j] += known[frozenset(order[: place + 1])] - known[frozenset(order[:place])]
    return total / math.factorial(p)


def of_subsets(S):
    """Return LMG by the R² of each set, predictors outside it struck out of one big system."""
    R = correlated(S)
    p = len(R) - 1
    member = (np.arange(2**p)[:, None] >> np.arange(p) & 1).astype(bool)
    value = np.empty(2**p)
    for start in range(0, 2**p, 4096):
        inside = member[start : start + 4096]
        both = inside[:, :, None] & inside[:, None, :]
        matrices = np.where(both, R[:-1, :-1], np.eye(p))
        r = np.where(inside, R[:-1, -1], 0.0)
        value[start : start + 4096] = (r * np.linalg.solve(matrices, r[..., None])[..., 0]).sum(1)
    size = member.sum(axis=1)
    shares = np.empty(p)
    for j in range(p):
        behind = np.flatnonzero(~member[:, j])
        weight = np.array([1 / (p * math.comb(p - 1, s)) for s in size[behind]])
        shares[j] = weight @ (value[behind + 2**j] - value[behind])
    return shares


def johnson(X, y):
    """Return relative weights by the singular values of the standardised predictors."""
    Z, o = ((a - a.mean(axis=0)) / a.std(axis=0) / math.sqrt(len(a)) for a in (X, y))
    left, singular, right = np.linalg.svd(Z, full_matrices=False)
    nearest = left @ right  # the orthonormal columns nearest to Z
    return (right.T @ np.diag(singular) @ right) ** 2 @ (nearest.T @ o) ** 2


def betas(X, y):
    """Return the coefficients of standardised columns."""
    Z, o = ((a - a.mean(axis=0)) / a.std(axis=0) for a in (X, y))
    return np.linalg.lstsq(Z, o, rcond=None)[0]


def correlations_with(X, y):
    return np.array([np.corrcoef(column, y)[0, 1] for column in X.T])


BRUTE = {
    "lmg": entered,
    "relative-weights": johnson,
    "pratt": lambda X, y: betas(X, y) * correlations_with(X, y),
}


def found(X, y, method="lmg", **options):
    return relative_importance(X, y, method=method, **options)


# --- worked values --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_c2_swiss_fertility_from_its_correlations(method):
    assert KERNELS[method](SWISS) == pytest.approx(SHARES[method], abs=6e-9)
    assert r_squared(SWISS) == close(SWISS_R2, 1e-13)
    assert standardized(SWISS) == close(SWISS_BETA, 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_c2_rows_with_the_correlations_of_swiss(method):
    rows = 3 + 10 * with_correlations(SWISS, 47)
    frame = dict(zip((*SWISS_NAMES, "Fertility"), rows.T, strict=True))
    got = found(frame, "Fertility", method)
    assert got.predictors == SWISS_NAMES
    assert (got.n, got.left_out, got.undefined, got.lacking) == (47, 0, "", "")
    assert got.shares == pytest.approx(SHARES[method], abs=6e-9)
    assert got.r_squared == close(SWISS_R2)
    assert got.adjusted_r_squared == close(SWISS_ADJUSTED)
    assert got.table["beta"] == close(SWISS_BETA)
    assert got.table["correlation"] == close(SWISS[:5, 5])
    assert "R² 0.707, adjusted 0.671; 47 respondents" in got.table.note


def test_two_predictors_of_which_one_is_the_outcome():
    # by hand: 1 or 1 - 0.36 for the first, 0.36 or 0 for the second
    S = np.array([[1, 0.6, 1], [0.6, 1, 0.6], [1, 0.6, 1]])
    assert lmg(S) == close([0.82, 0.18])
    assert pratt(S) == close([1, 0])
    assert standardized(S) == close([1, 0])


# --- what the shares are --------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("p", [1, 2, 3, 4, 5, 6])
def test_shares_are_those_of_brute_force(method, p):
    X, y = ratings(p, 40, p)
    got = found(X, y, method)
    assert got.shares == close(BRUTE[method](X, y))
    assert got.r_squared == close(explained(X, y))
    assert got.adjusted_r_squared == close(1 - (1 - explained(X, y)) * 39 / (39 - p))
    assert got.table["beta"] == close(betas(X, y))
    assert got.table["correlation"] == close(correlations_with(X, y))
    assert got.table["of_r_squared"] == close(got.shares / got.r_squared)


@pytest.mark.parametrize("p", [8, 12, 15])
def test_lmg_of_many_predictors_is_that_of_all_subsets(p):
    S = some_covariance(p, p, 30)
    assert lmg(S) == close(of_subsets(S))


@pytest.mark.parametrize("method", METHODS)
@given(
    table=st.integers(1, 4).flatmap(
        lambda p: hnp.arrays(
            np.int64, st.tuples(st.integers(1, 10), st.just(p + 1)), elements=st.integers(0, 3)
        )
    )
)
@few
def test_shares_or_a_reason_of_any_small_answers(method, table):
    X, y = table[:, :-1].astype(float), table[:, -1].astype(float)
    assume(np.ptp(y) == 0 or not any(np.array_equal(column, y) for column in X.T))
    n, p = X.shape
    got = found(X, y, method)
    centred = X - X.mean(axis=0)
    if n <= p + 1 or np.ptp(y) == 0 or np.linalg.matrix_rank(centred) < p:
        assert got.undefined
        assert np.isnan([got.r_squared, got.adjusted_r_squared, *got.shares]).all()
        assert set(got.table["undefined"].tolist()) == {got.undefined}
        return
    assert got.undefined == ""
    assert got.shares == close(BRUTE[method](X, y), 1e-7, 1e-9)
    assert got.shares.sum() == close(got.r_squared)
    assert -1e-12 <= got.r_squared <= 1 + 1e-12
    for row in got.table.rows():
        beside = ["low", "of_r_squared", "correlation_low", "beta_low"]
        assert (row["lacking"] == "") == (not any(math.isnan(row[name]) for name in beside))
        assert math.isnan(row["low"]) or row["low"] <= row["share"] <= row["high"]


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 10**6), p=st.integers(1, 7))
@few
def test_shares_sum_to_r_squared_and_are_parts_of_it(method, seed, p):
    S = some_covariance(seed, p)
    shares = KERNELS[method](S)
    assert shares.sum() == close(r_squared(S), 1e-7)
    if method != "pratt":
        assert (shares >= -1e-12).all()


@given(seed=st.integers(0, 10**6))
@few
def test_two_predictors_have_the_same_shares_by_lmg_and_relative_weights(seed):
    # p = 2: the root of [[1, c], [c, 1]] is symmetric in the two, and so is what it hands on
    S = some_covariance(seed, 2)
    first, second = correlated(S)[:2, 2]
    half = (r_squared(S) + first**2 - second**2) / 2
    assert lmg(S) == close([half, r_squared(S) - half], 1e-7)
    assert relative_weights(S) == close(lmg(S), 1e-7)


def test_one_predictor_has_its_squared_correlation():
    X, y = ratings(3, p=1)
    r = correlations_with(X, y)[0]
    for method in METHODS:
        got = found(X, y, method)
        row = got.table.row()
        assert [*got.shares, got.r_squared, row["beta"] ** 2] == close([r**2] * 3)
        ends = [row["correlation_low"], row["correlation_high"]]
        assert [row["beta_low"], row["beta_high"]] == close(ends)
        assert [row["low"], row["high"]] != close(ends)
        assert 0 <= row["low"] < row["share"] < row["high"] <= 1


@pytest.mark.parametrize("p", [1, 2, 5, 9])
def test_independent_predictors_have_their_squared_correlations(p):
    r = np.linspace(-0.3, 0.4, p)
    S = np.eye(p + 1)
    S[:-1, -1] = S[-1, :-1] = r
    for kernel in KERNELS.values():
        assert kernel(S) == close(r**2, 1e-12, 1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_who_has_no_part_in_it_gets_nothing(method):
    S = np.diag([1.0, 4.0, 9.0, 16.0])
    S[0, 3] = S[3, 0] = 2.0
    S[2, 3] = S[3, 2] = -6.0
    shares = KERNELS[method](S)
    assert shares[1] == 0
    assert shares == close([0.25, 0, 0.25], 1e-13)


def test_a_suppressor_gets_a_share_that_pratt_denies_it():
    # r = (0.6, 0), c = 0.6: β = (0.9375, -0.5625), so β·r = 0 for one who raises R² from 0.36
    S = np.array([[1, 0.6, 0.6], [0.6, 1, 0], [0.6, 0, 1]])
    assert standardized(S) == close([0.9375, -0.5625])
    assert pratt(S) == close([0.5625, 0])
    assert lmg(S) == close([(0.36 + 0.5625) / 2, (0.5625 - 0.36) / 2])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("c", [-0.2, 0.0, 0.5, 0.95])
def test_exchangeable_predictors_get_equal_shares(method, c):
    p = 4
    S = np.full((p + 1, p + 1), c)
    S[:-1, -1] = S[-1, :-1] = 0.3
    np.fill_diagonal(S, 1.0)
    r2 = p * 0.3**2 / (1 + (p - 1) * c)
    assert KERNELS[method](S) == close([r2 / p] * p, 1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_columns_that_change_places_get_equal_shares(method):
    X, y = ratings(5, p=3)
    mirrored = np.vstack([X, X[:, [1, 0, 2]]])
    shares = found(mirrored, np.append(y, y), method).shares
    assert shares[0] == close(shares[1])


@pytest.mark.parametrize("method", METHODS)
@given(
    seed=st.integers(0, 999),
    scale=st.lists(st.sampled_from([-1000, -1, 0.001, 0.5, 3]), min_size=4, max_size=4),
    shift=st.lists(st.sampled_from([-1e4, 0, 0.3, 1e4]), min_size=4, max_size=4),
)
@few
def test_units_of_measurement_do_not_matter(method, seed, scale, shift):
    X, y = ratings(seed, 30)
    rows = np.column_stack([X, y])
    moved = rows * np.array(scale) + np.array(shift)
    plain, other = (found(a[:, :-1], a[:, -1], method) for a in (rows, moved))
    assert other.shares == close(plain.shares, 1e-6)
    sign = np.sign(scale[:-1]) * np.sign(scale[-1])
    assert other.table["beta"] == close(sign * plain.table["beta"], 1e-6)
    for column in ("se", "low", "high"):
        assert other.table[column] == close(plain.table[column], 1e-5)


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 999), order=st.permutations(range(4)))
@few
def test_the_order_of_predictors_and_respondents_does_not_matter(method, seed, order):
    X, y = ratings(seed, 30, 4)
    rows = np.random.default_rng(seed).permutation(len(y))
    plain, other = found(X, y, method), found(X[rows][:, order], y[rows], method)
    for column in ("share", "se", "low", "high", "beta", "correlation_low", "beta_high"):
        assert other.table[column] == close(plain.table[column][list(order)], 1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_a_weight_of_two_is_a_row_twice_for_the_shares(method):
    X, y = ratings(7)
    w = np.random.default_rng(7).integers(1, 4, len(y))
    got = found(X, y, method, weights=w)
    twice = found(np.repeat(X, w, axis=0), np.repeat(y, w), method)
    assert got.shares == close(twice.shares)
    assert got.table["beta"] == close(twice.table["beta"])
    assert got.r_squared == close(explained(X, y, w))
    assert (got.n, twice.n) == (60, w.sum())
    if method == "lmg":
        assert got.shares == close(entered(X, y, w))


def test_weights_have_no_unit_and_zero_is_nobody():
    X, y = ratings(8)
    w = np.random.default_rng(8).uniform(0.5, 2, len(y))
    w[:10] = 0
    plain = found(X, y, weights=w)
    for other in (found(X, y, weights=1000 * w), found(X[10:], y[10:], weights=w[10:])):
        assert other.n == plain.n == 50
        for column in ("share", "se", "low", "high", "beta_low"):
            assert other.table[column] == close(plain.table[column], 1e-7)
    assert found(X, y, weights=np.full(60, 3.0)).table["se"] == close(found(X, y).table["se"])


# --- covariances, one and many --------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_what_stands_before_the_matrices_is_carried_along(method, monkeypatch):
    S = np.array([[some_covariance(10 * a + b) for b in range(3)] for a in range(2)])
    kernel = KERNELS[method]
    got = kernel(S)
    assert got.shape == (2, 3, 4)
    for place in np.ndindex(2, 3):
        assert got[place] == close(kernel(S[place]), 1e-12)
    monkeypatch.setattr("servqual._stats.explained.CELLS", 1)  # one matrix at a time
    assert kernel(S) == close(got, 1e-12)
    assert r_squared(S) == close(got.sum(axis=-1))


@pytest.mark.parametrize("method", METHODS)
def test_matrices_without_shares_leave_the_others_alone(method):
    good = some_covariance(1, 3)
    still, flat, double = good.copy(), good.copy(), good.copy()
    still[0] = still[:, 0] = 0  # a predictor that does not vary
    flat[-1] = flat[:, -1] = 0  # nor does the outcome
    double[1] = double[0]
    double[:, 1] = double[:, 0]
    many = np.stack([still, good, flat, double, np.full((4, 4), NAN), good])
    got = KERNELS[method](many)
    assert np.isnan(got).all(axis=1).tolist() == [True, False, True, True, True, False]
    assert np.isnan(got).any(axis=1).tolist() == [True, False, True, True, True, False]
    assert got[1] == close(KERNELS[method](good), 1e-12)
    assert np.isnan(gradients(double, method)).all()


QUANTITIES = {
    **KERNELS,
    "standardized": standardized,
    "correlation": lambda S: (
        S[..., :-1, -1] / np.sqrt(np.diagonal(S, 0, -2, -1)[..., :-1] * S[..., -1:, -1])
    ),
}


def differences(kernel, S, step=1e-6):
    """Return the change of each share with each entry of S, both of a pair moved by half."""
    k = len(S)
    slopes = np.empty((k - 1, k, k))
    for a, b in np.ndindex(k, k):
        move = np.zeros((k, k))
        move[a, b] += step / 2
        move[b, a] += step / 2
        slopes[:, a, b] = (kernel(S + move) - kernel(S - move)) / (2 * step)
    return slopes


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("p", [1, 2, 3, 5])
def test_gradients_are_finite_differences(quantity, p):
    S = some_covariance(40 + p, p, 40)
    G = gradients(S, quantity)
    assert close(np.swapaxes(G, -1, -2), 1e-12) == G
    assert close(differences(QUANTITIES[quantity], S), 1e-5, 1e-6) == G
    # free of units: nothing changes along S itself
    assert (G * S).sum(axis=(1, 2)) == close(np.zeros(p))


def test_gradients_of_sampled_orders_are_finite_differences():
    S = some_covariance(50, 5, 40)

    def kernel(moved):
        return sampled_lmg(moved, 7, np.random.default_rng(3)).shares

    G = sampled_lmg(S, 7, np.random.default_rng(3)).gradients
    assert close(differences(kernel, S), 1e-5, 1e-6) == G


def test_gradients_sum_to_that_of_r_squared():
    S = some_covariance(60, 6, 40)
    totals = [gradients(S, method).sum(axis=0) for method in METHODS]
    assert totals[1] == close(totals[0], 1e-8)
    assert totals[2] == close(totals[0], 1e-8)


# --- errors and intervals -------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_the_error_is_that_of_the_jackknife(method, weighted):
    X, y = ratings(11, 300)
    w = np.random.default_rng(11).uniform(0.5, 2, 300) if weighted else np.ones(300)
    rows = np.column_stack([X, y])

    def without(i):
        keep = np.arange(300) != i
        return np.cov(rows[keep], rowvar=False, aweights=w[keep])

    left = KERNELS[method](np.array([without(i) for i in range(300)]))
    jackknife = np.sqrt(299 / 300 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    got = found(X, y, method, weights=w if weighted else None)
    assert got.table["se"] == pytest.approx(jackknife, rel=0.03)
    small = found(X[:20], y[:20], method, weights=w[:20] if weighted else None)
    for j, se in enumerate(small.table["se"]):
        by_rows = infinitesimal(rows[:20], lambda S, j=j: KERNELS[method](S)[j], w[:20])
        assert se == pytest.approx(by_rows * for_coefficients(20, X.shape[1]), rel=1e-6)


def for_coefficients(n, p):
    """Return what makes n - 1 of an error n - p - 1, for the p coefficients."""
    return math.sqrt((n - 1) / (n - p - 1))


def test_the_error_of_a_correlation_by_its_influence():
    # ∂r = z_x·z_y - r(z_x² + z_y²)/2, on Fisher's scale; as for alpha, the sd is that with n - 1
    X, y = ratings(12, 80, 2)
    Z, o = ((a - a.mean(axis=0)) / a.std(axis=0, ddof=1) for a in (X, y))
    table = found(X, y, confidence=0.9).table
    for j, r in enumerate(correlations_with(X, y)):
        influence = Z[:, j] * o - r * (Z[:, j] ** 2 + o**2) / 2
        se = math.sqrt(80 / 79 * (influence**2).sum()) / 80 * for_coefficients(80, 2)
        half = stats.t.ppf(0.95, 77) * se / (1 - r**2)
        assert table["correlation_low"][j] == close(math.tanh(math.atanh(r) - half))
        assert table["correlation_high"][j] == close(math.tanh(math.atanh(r) + half))


def test_errors_of_no_rows_worth_an_error():
    G = gradients(some_covariance(1, 2), "lmg")
    assert np.isnan(gradient_errors(G, np.zeros((1, 3)))).all()
    assert gradient_errors(G, np.zeros((5, 3))).tolist() == [0, 0]


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_intervals_of_shares_on_the_scale_of_arcsines(confidence):
    X, y = ratings(13)
    for method in METHODS:
        table = found(X, y, method, confidence=confidence).table
        z = stats.t.ppf(0.5 + confidence / 2, len(X) - X.shape[1] - 1)
        share, se = table["share"], table["se"]
        low, high = share - z * se, share + z * se
        if method != "pratt":
            centre, half = np.arcsin(np.sqrt(share)), z * se / np.sqrt(share * (1 - share)) / 2
            low, high = (np.sin(np.clip(centre + h, 0, np.pi / 2)) ** 2 for h in (-half, half))
        assert table["low"] == close(low)
        assert table["high"] == close(high)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_the_estimate_and_widen_with_confidence(method, interval):
    X, y = ratings(14, 50)
    tables = [
        found(X, y, method, interval=interval, confidence=c, resamples=400).table
        for c in (0.5, 0.8, 0.95, 0.99)
    ]
    for name, prefix in (("share", ""), ("correlation", "correlation_"), ("beta", "beta_")):
        lows, highs = ([t[f"{prefix}{end}"] for t in tables] for end in ("low", "high"))
        assert (np.diff(lows, axis=0) < 0).all()
        assert (np.diff(highs, axis=0) > 0).all()
        if (interval, name) != ("percentile", "share"):  # its draws lie above small shares
            assert all((t <= tables[0][name]).all() for t in lows[1:])
            assert all((t >= tables[0][name]).all() for t in highs[1:])
    if method != "pratt":
        assert (tables[-1]["low"] >= 0).all()
        assert (tables[-1]["high"] <= 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_the_true_shares(method):
    S = np.array([[1, 0.4, 0.3, 0.5], [0.4, 1, 0.2, 0.4], [0.3, 0.2, 1, 0.35], [0.5, 0.4, 0.35, 1]])
    truth, root = KERNELS[method](S), np.linalg.cholesky(S)
    rng, held = np.random.default_rng(15), np.zeros(3)
    for _ in range(150):
        rows = rng.normal(size=(200, 4)) @ root.T
        table = found(rows[:, :-1], rows[:, -1], method).table
        held += (table["low"] <= truth) & (truth <= table["high"])
    # 95 %, less two for n = 200, and four errors of 150 cases: 0.93 - 4·0.0208
    assert (held / 150 > 0.846).all()
    assert (held / 150 < 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_percentiles_are_those_of_respondents_drawn_anew(method):
    X, y = ratings(16, 40, 2)
    places = np.random.default_rng(16).integers(40, size=(3000, 40))
    anew = np.column_stack([X, y])[places]
    anew -= anew.mean(axis=1, keepdims=True)
    draws = KERNELS[method](np.swapaxes(anew, 1, 2) @ anew)
    table = found(X, y, method, interval="percentile", resamples=3000, confidence=0.9).table
    off = 5 * math.sqrt(2 * 0.05 * 0.95 / 3000)
    assert (draws < table["low"]).mean(axis=0) == pytest.approx([0.05, 0.05], abs=off)
    assert (draws > table["high"]).mean(axis=0) == pytest.approx([0.05, 0.05], abs=off)
    assert table["se"] == pytest.approx(draws.std(axis=0), rel=0.1)
    assert table["share"] == close(found(X, y, method).shares)


def test_bootstrap_and_delta_agree_where_respondents_are_many():
    X, y = ratings(17, 1500)
    for method in METHODS:
        by_delta = found(X, y, method).table
        for interval in ("bootstrap", "percentile"):
            table = found(X, y, method, interval=interval).table
            width = by_delta["high"] - by_delta["low"]
            for column in ("low", "high"):
                assert (np.abs(table[column] - by_delta[column]) < 0.15 * width).all()


def test_notes_say_how_intervals_are_made():
    X, y = ratings(18)
    assert "95 % intervals by the delta method" in found(X, y).table.note
    drawn = found(X, y, interval="bootstrap", resamples=50, confidence=0.9)
    assert "90 % intervals by BCa bootstrap, 50 resamples" in drawn.table.note
    assert (drawn.interval, drawn.method, drawn.confidence) == ("bootstrap", "lmg", 0.9)
    assert "relative weights" in found(X, y, "relative-weights").table.note


@pytest.mark.parametrize("interval", ["bootstrap", "percentile"])
def test_the_same_seed_says_the_same(interval):
    X, y = ratings(19)

    def ends(**options):
        table = found(X, y, interval=interval, resamples=100, **options).table
        return [table["low"].tolist(), table["high"].tolist()]

    assert ends() == ends() == ends(rng=0) == ends(rng=np.random.default_rng(0))
    assert ends(rng=1) != ends()
    assert ends(rng=None) != ends(rng=None)


def test_progress_of_the_bootstrap_reaches_its_end():
    seen = []
    X, y = ratings(20)
    found(X, y, interval="bootstrap", resamples=30, progress=lambda *told: seen.append(told))
    assert seen[-1][0] == seen[-1][1] > 0


# --- more predictors than can be gone through -----------------------------------------------------


def test_sampled_orders_come_near_the_exact_shares():
    rows = with_correlations(correlated(some_covariance(16, 16, 40)), 90)
    got = found(rows[:, :-1], rows[:, -1])
    exact = of_subsets(np.cov(rows, rowvar=False))
    error = got.table["sampling_error"]
    assert (np.abs(got.shares - exact) < 5 * error).all()
    assert (error > 0).all()
    assert (error < 0.01).all()
    assert got.shares.sum() == close(explained(rows[:, :-1], rows[:, -1]))  # of every order
    assert (got.table["se"] > error).all()
    assert "2,000 orders of entry and their reverses" in got.table.note
    coarse = found(rows[:, :-1], rows[:, -1], orders=5).table
    plain = (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)
    by_five = sampled_lmg(np.cov(plain, rowvar=False), 5, np.random.default_rng(0))
    assert coarse["sampling_error"] == close(by_five.errors, 1e-6)
    by_rows = gradient_errors(by_five.gradients, plain) * for_coefficients(len(rows), 16)
    assert coarse["se"] == close(np.hypot(by_rows, by_five.errors), 1e-6)
    fewer = found(rows[:, :-1], rows[:, -1], orders=500).table["sampling_error"]
    assert fewer / error == pytest.approx(np.full(16, 2), rel=0.2)
    others = [found(rows[:, :-1], rows[:, -1], orders=20, rng=s).shares.tolist() for s in (0, 0, 1)]
    assert others[0] == others[1] != others[2]


def test_the_error_of_sampled_orders_is_the_one_it_says():
    S = some_covariance(70, 6, 20)
    exact = of_subsets(S)
    runs = [sampled_lmg(S, 60, np.random.default_rng(seed)) for seed in range(200)]
    off = np.array([(run.shares - exact) / run.errors for run in runs])
    assert np.abs(off.mean(axis=0) * math.sqrt(200)).max() < 5
    # the variance of 200 standard normal numbers has the error √(2/200) = 0.1
    assert (off**2).mean(axis=0) == pytest.approx(np.ones(6), abs=5 * 0.1)


def test_the_error_of_very_few_orders_is_right_on_average():
    S = some_covariance(72, 4, 20)
    runs = [sampled_lmg(S, 3, np.random.default_rng(seed)) for seed in range(1500)]
    variance = np.var([run.shares for run in runs], axis=0)
    squares = np.mean([run.errors**2 for run in runs], axis=0)
    assert squares / variance == pytest.approx(np.ones(4), abs=0.25)


def test_sampled_gradients_come_near_the_exact_ones():
    S = some_covariance(71, 4, 30)
    mean = np.mean(
        [sampled_lmg(S, 50, np.random.default_rng(seed)).gradients for seed in range(100)], axis=0
    )
    exact = gradients(S, "lmg")
    assert mean == pytest.approx(exact, abs=0.03 * np.abs(exact).max())


def test_fifteen_predictors_are_still_exact():
    X, y = ratings(21, 60, 15)
    table = found(X, y).table
    assert (table["sampling_error"] == 0).all()
    assert table["share"] == close(of_subsets(np.cov(np.column_stack([X, y]), rowvar=False)))


def test_sixteen_predictors_have_other_methods_exact():
    X, y = ratings(22, 60, 16)
    for method in ("relative-weights", "pratt"):
        got = found(X, y, method, interval="percentile", resamples=50)
        assert got.shares == close(BRUTE[method](X, y))
        assert (got.table["sampling_error"] == 0).all()
    refused(
        lambda: found(X, y, interval="bootstrap"),
        "ValueError: `interval`='bootstrap' needs LMG by all orders, for at most 15.*got 16; take",
    )
    collinear = np.column_stack([X[:, :15], X[:, 0] + X[:, 1]])
    assert found(collinear, y).undefined == "predictor '16' follows from '1', '2'"


# --- what may come --------------------------------------------------------------------------------


def test_answers_come_as_any_table():
    X, y = ratings(23)
    frame = {"wait": X[:, 0], "care": X[:, 1], "price": X[:, 2], "overall": y}
    w = np.linspace(0.5, 1.5, 60)
    plain = found(X, y, weights=w)
    named = [
        found(frame | {"w": w}, "overall", weights="w"),
        found(pd.DataFrame(frame), "overall", weights=w),
        found(pd.DataFrame(frame).convert_dtypes(), "overall", weights=w),
        found(pl.DataFrame(frame | {"w": w}), "overall", weights="w"),
        found(frame, "overall", items=("wait", "care", "price"), weights=w),
        found(X, y, items=("wait", "care", "price"), weights=pd.Series(w)),
        found(pd.DataFrame(frame)[["wait", "care", "price"]], pd.Series(y), weights=w),
    ]
    for other in named:
        assert other.predictors == ("wait", "care", "price")
        assert other.shares == close(plain.shares)
        assert other.table["se"] == close(plain.table["se"])
    assert plain.predictors == ("1", "2", "3")
    assert found(X.tolist(), y.tolist(), weights=w.tolist()).shares == close(plain.shares)
    part = found(frame, "overall", items=("price", "wait"))
    assert part.shares == close(entered(X[:, [2, 0]], y))


def test_respondents_have_all_or_are_left_out():
    X, y = ratings(24)
    X[:5, 0] = NAN
    X[3:8, 2] = NAN
    y = np.where(np.arange(60) == 20, NAN, y)
    y[:2] = NAN
    whole = ~np.isnan(np.column_stack([X, y])).any(axis=1)
    got = found(X, y)
    assert (got.n, got.left_out) == (whole.sum(), 60 - whole.sum())
    assert got.shares == close(entered(X[whole], y[whole]))
    assert f"{whole.sum()} respondents, {60 - whole.sum()} left out" in got.table.note
    masked = np.ma.masked_invalid(X)
    assert found(masked, y).shares == close(got.shares)
    table = pl.DataFrame(np.column_stack([X, y]), schema=list("abcy")).fill_nan(None)
    assert found(table, "y").shares == close(got.shares)


def test_shares_cannot_be_written_to():
    X, y = ratings(25)
    with pytest.raises(ValueError, match="read-only"):
        found(X, y).shares[0] = 1


def test_an_outcome_that_follows_wholly_has_no_error():
    table = {"speed": [1, 1, 3, 3], "care": [1, 3, 1, 3], "overall": [2, 4, 4, 6]}
    for method in METHODS:
        got = found(table, "overall", method)
        assert [*got.shares, got.r_squared, got.adjusted_r_squared] == close([0.5, 0.5, 1, 1])
        assert got.undefined == ""


def test_an_r_squared_of_nothing_has_no_parts():
    table = {"speed": [1, 1, 3, 3] * 2, "care": [1, 3, 1, 3] * 2, "overall": [1, -1, -1, 1] * 2}
    for method in METHODS:
        got = found(table, "overall", method)
        assert [*got.shares, got.r_squared] == close([0, 0, 0])
        assert np.isnan(got.table["of_r_squared"]).all()
        assert "no share of R²: it is 0" in got.lacking
        assert got.undefined == ""


def base():
    X, y = ratings(26, 30)
    return {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}


def kept(frame, rows):
    return {name: column[:rows] for name, column in frame.items()}


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (lambda f: f | {"d": 3 - 2 * f["b"]}, "predictors 'b' and 'd' are collinear"),
        (lambda f: f | {"d": f["a"] - f["c"]}, "predictor 'd' follows from 'a', 'c'"),
        (lambda f: f | {"b": 0 * f["b"] + 4}, "predictor 'b' does not vary"),
        (
            lambda f: f | {"a": 0 * f["a"], "c": 0 * f["c"] + 0.1},
            "predictors 'a', 'c' do not vary",
        ),
        (lambda f: f | {"y": 0 * f["y"] + 0.1}, "the outcome does not vary"),
        (lambda f: {name: 0 * column + 0.1 for name, column in f.items()}, "no variation"),
        (lambda f: kept(f, 4), "4 respondents are too few for 3 predictors"),
        (lambda f: kept({"a": f["a"], "y": f["y"]}, 2), "2 respondents are too few for 1 pred"),
        (lambda f: kept(f, 1), "one respondent"),
        (lambda f: {name: NAN * column for name, column in f.items()}, "no answers"),
        (
            lambda f: f | {"b": NAN * f["b"]},
            "no respondent has the outcome and all predictors",
        ),
    ],
)
def test_without_shares_there_is_a_reason(changed, reason, interval):
    frame = changed(base())
    for method in METHODS:
        got = found(frame, "y", method, interval=interval, resamples=10)
        assert got.undefined.startswith(reason)
        assert got.lacking == ""
        assert np.isnan([got.r_squared, got.adjusted_r_squared]).all()
        numbers = [c for c in got.table.columns if got.table[c].dtype.kind == "f"]
        assert np.isnan([got.table[c] for c in numbers]).all()
        assert set(got.table["undefined"].tolist()) == {got.undefined}
        assert got.undefined in str(got)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda f: found(f, "z"), "ValueError: `outcome`.*no column 'z'; there are 'a', 'b'"),
        (lambda f: found(f, "y", items=["a", "q"]), "ValueError: `items`.*no column 'q'"),
        (lambda f: found(f, "y", items=["a", "y"]), "another column than those of `items`"),
        (lambda f: found({"y": f["y"]}, "y"), "must have a column beside the outcome 'y'"),
        (lambda f: found(f, "y", weights="y"), "another column than those of `weights`"),
        (lambda f: found(f, "y", weights="q"), "ValueError: `weights`.*no column 'q'"),
        (lambda f: found(f, f["y"]), "must not be among `predictors`.*give outcome='y'"),
        (lambda f: found(f, f["y"][:9]), "one number for each of 30 respondents, got 9"),
        (lambda f: found(f | {"b": ["good"] * 30}, "y"), r"`predictors\['b'\]` must be numbers"),
        (lambda f: found({"a": f["a"]}, ["good"] * 30), "`outcome` must be numbers, got 'good'"),
        (lambda f: found({"a": f["a"]}, [math.inf] * 30), "`outcome` must be finite"),
        (lambda f: found(f | {"b": [math.inf] * 30}, "y"), r"must be finite, got inf \(row 1\)"),
        (lambda f: found([1, 2, 3], [1, 2, 3]), "must be a table with two axes"),
        (lambda f: found("answers.csv", "y"), "TypeError: `predictors` must be a table"),
        (lambda f: found(f | {"b": f["b"][:9]}, "y"), "ValueError"),
        (lambda f: found(f, "y", "shapley"), "`method` must be one of 'lmg', 'relative-w"),
        (lambda f: found(f, "y", interval="wald"), "`interval` must be one of 'delta'"),
        (lambda f: found(f, "y", confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda f: found(f, "y", resamples=1), "`resamples` must be a whole number of at least 2"),
        (lambda f: found(f, "y", orders=1.5), "`orders` must be a whole number of at least 2"),
        (lambda f: found(f, "y", weights=-np.ones(30)), "`weights` must be 0 or lie in"),
        (lambda f: found(f, "y", weights=[1, 2]), "one number for each of 30 respondents, got 2"),
        (
            lambda f: found(pd.DataFrame(f)[["a"]], pd.Series(f["y"], index=range(30, 0, -1))),
            "`outcome` must have the index of `predictors`",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(call, said):
    refused(lambda: call(base()), said)
