"""Penalties and rewards, response surfaces, entropy weights, fuzzy gaps: R, algebra, bad input."""

import math
import re
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import servqual as sq
from servqual._stats.regression import first_dependence, least_squares, redundant_columns
from servqual.priorities import (
    entropy_weights,
    fuzzy_gap,
    fuzzy_means,
    penalty_reward,
    response_surface,
)

from .effort import effort
from .strategies import form

NAN = math.nan
few = effort(20)
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
SEEDS = st.integers(0, 2**32 - 1)
# R's data set attitude (Chatterjee and Price 1977): 30 departments, three of its columns
RATING = "43 63 71 61 81 43 58 71 72 67 64 67 69 68 77 81 74 65 65 50 50 64 53 40 63 66 78 48 85 82"
COMPLAINTS = (
    "51 64 70 63 78 55 67 75 82 61 53 60 62 83 77 90 85 60 70 58 40 61 66 37 54 77 75 57 85 82"
)
LEARNING = (
    "39 54 69 47 66 44 56 55 67 47 58 39 42 45 72 72 69 75 57 54 34 62 50 58 48 63 74 45 71 59"
)
RATING, COMPLAINTS, LEARNING = (
    np.array(column.split(), float) for column in (RATING, COMPLAINTS, LEARNING)
)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def alike(row):
    """Return a row for comparison: numbers but for rounding."""
    return {
        name: value if isinstance(value, str) else close(value, 1e-12, 1e-13)
        for name, value in row.items()
    }


def rss(design, y):
    """Return the sum of squared errors of a fit by numpy alone."""
    errors = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return errors @ errors


def fitted(design, y, combinations, confidence=0.95, *, robust=False):
    """Return estimate, se, low, high and p of combinations of coefficients, by textbook algebra."""
    n, size = design.shape
    inverse = np.linalg.pinv(design.T @ design)
    b = np.linalg.lstsq(design, y, rcond=None)[0]
    errors = y - design @ b
    covariance = inverse * (errors @ errors) / (n - size)
    if robust:
        hat = np.diag(design @ inverse @ design.T)
        middle = design.T @ np.diag((errors / (1 - hat)) ** 2) @ design
        covariance = inverse @ middle @ inverse
    estimate = combinations @ b
    se = np.sqrt(np.diag(combinations @ covariance @ combinations.T))
    half = stats.t.ppf(0.5 + confidence / 2, n - size) * se
    p = 2 * stats.t.sf(np.abs(estimate / se), n - size)
    return estimate, se, estimate - half, estimate + half, p


# --- least squares --------------------------------------------------------------------------------


def problem(seed, n=None, size=None):
    """Return a design with an intercept, and an outcome that depends on it."""
    rng = np.random.default_rng(seed)
    n = rng.integers(8, 30) if n is None else n
    size = rng.integers(2, 6) if size is None else size
    design = np.column_stack(
        [np.ones(n), rng.normal(size=(n, size - 1)) * 10.0 ** rng.integers(-3, 4)]
    )
    return design, design @ rng.normal(size=size) + rng.normal(size=n), rng


@few
@given(SEEDS, CONFIDENCES, st.booleans())
def test_least_squares_by_textbook_algebra(seed, confidence, robust):
    design, y, rng = problem(seed)
    combinations = rng.normal(size=(3, design.shape[1]))
    fit = least_squares(design, y, robust=robust)
    wanted = fitted(design, y, combinations, confidence, robust=robust)
    found = fit.estimates(combinations, confidence)
    for name, values in zip(("estimate", "se", "low", "high", "p"), wanted, strict=True):
        assert found[name] == close(values, 1e-6, 1e-8), name
    assert found["t"] == close(wanted[0] / wanted[1], 1e-6)
    assert fit.residual == close(rss(design, y))
    assert fit.r_squared == close(1 - rss(design, y) / ((y - y.mean()) ** 2).sum())
    assert (fit.n, fit.df) == (len(y), len(y) - design.shape[1])
    assert fit.coefficients == close(np.linalg.lstsq(design, y, rcond=None)[0], 1e-7)


@few
@given(SEEDS)
def test_the_f_test_compares_sums_of_squares(seed):
    design, y, rng = problem(seed)
    q = int(rng.integers(1, design.shape[1]))
    found = least_squares(design, y).restricted(np.eye(design.shape[1])[-q:])
    df = len(y) - design.shape[1]
    less, full = rss(design[:, :-q], y), rss(design, y)
    f = (less - full) / q / (full / df)
    assert found == close((f, q, df, stats.f.sf(f, q, df)), 1e-6)


@few
@given(SEEDS)
def test_the_f_test_of_one_coefficient_is_its_t_test(seed):
    design, y, _ = problem(seed)
    last = np.eye(design.shape[1])[-1:]
    fit = least_squares(design, y)
    for errors in (fit, least_squares(design, y, robust=True)):
        t, p = (errors.estimates(last, 0.95)[name][0] for name in ("t", "p"))
        assert errors.restricted(last) == close((t**2, 1, fit.df, p), 1e-7)


@few
@given(SEEDS)
def test_scale_and_order_of_rows_do_not_matter(seed):
    design, y, rng = problem(seed)
    fit, rows = least_squares(design, y), rng.permutation(len(y))
    moved = least_squares(design[rows], y[rows])
    assert moved.coefficients == close(fit.coefficients, 1e-8)
    assert moved.covariance == close(fit.covariance, 1e-8)
    factors = 10.0 ** rng.integers(-4, 5, design.shape[1])
    scaled = least_squares(design * factors, 3 * y)
    assert scaled.coefficients * factors == close(3 * fit.coefficients, 1e-8)
    wanted = np.sqrt(np.diag(fit.covariance))
    assert np.sqrt(np.diag(scaled.covariance)) * factors == close(3 * wanted, 1e-8)
    assert scaled.r_squared == close(fit.r_squared)


def test_without_errors_there_is_no_test():
    design = np.column_stack([np.ones(5), [1, 2, 3, 4, 5]])
    fit = least_squares(design, design @ [2.0, 3.0])
    assert (fit.residual, fit.r_squared) == (0, 1)
    assert fit.coefficients == close([2, 3])
    found = fit.estimates(np.eye(2), 0.95)
    assert found["estimate"] == close([2, 3])
    assert all(np.isnan(found[name]).all() for name in ("se", "low", "high", "t", "p"))
    f, q, df, p = fit.restricted(np.eye(2)[1:])
    assert (q, df) == (1, 3)
    assert math.isnan(f)
    assert math.isnan(p)


def test_as_many_coefficients_as_rows_leave_no_error():
    fit = least_squares(np.array([[1.0, 1], [1, 2]]), np.array([1.0, 5]))
    assert fit.coefficients == close([-3, 4])
    assert fit.df == 0
    assert np.isnan(fit.covariance).all()
    assert math.isnan(fit.restricted(np.eye(2)[1:])[0])
    flat = least_squares(np.ones((3, 1)), np.full(3, 7.0))
    assert math.isnan(flat.r_squared)


def test_a_row_that_decides_a_coefficient_alone_has_no_robust_error():
    design = np.column_stack([np.ones(5), [0, 0, 0, 0, 1]])
    y = np.array([1.0, 2, 4, 3, 9])
    robust = least_squares(design, y, robust=True)
    assert np.isnan(robust.estimates(np.eye(2), 0.95)["se"]).all()
    assert math.isnan(robust.restricted(np.eye(2)[1:])[0])
    assert np.isfinite(least_squares(design, y).estimates(np.eye(2), 0.95)["se"]).all()


@pytest.mark.parametrize(
    ("columns", "redundant", "dependence"),
    [
        ([[1, 1, 1, 1], [1, 2, 3, 4], [1, 4, 9, 16]], (), ()),
        ([[1, 1, 1, 1], [1, 2, 3, 4], [2, 4, 6, 8]], (2,), (1, 2)),
        ([[1, 1, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1]], (2,), (0, 1, 2)),
        ([[1, 1, 1, 1], [5, 5, 5, 5], [1, 2, 3, 4]], (1,), (0, 1)),
        ([[1, 1, 1, 1], [0, 0, 0, 0]], (1,), (1,)),
        ([[1, 1, 0, 0], [0, 0, 1, 1], [1, 2, 1, 2], [1, 1, 1, 1]], (3,), (0, 1, 3)),
        ([[1, 1], [1, 2], [3, 1]], (2,), (0, 1, 2)),  # more columns than rows
    ],
)
def test_columns_that_follow_from_others(columns, redundant, dependence):
    design = np.array(columns, float).T
    assert redundant_columns(design) == redundant
    assert first_dependence(design) == dependence
    scaled = design * 10.0 ** np.arange(-2, 2 * len(columns) - 2, 2)
    assert (redundant_columns(scaled), first_dependence(scaled)) == (redundant, dependence)


# --- penalties and rewards ------------------------------------------------------------------------


X9, Y9 = np.tile([[1.0, 2], [2, 3], [3, 1]], (3, 1)), np.arange(9.0) % 4


def test_c4_attitude_on_thirds_of_complaints():
    found = penalty_reward({"complaints": COMPLAINTS}, RATING)
    row = found.table.row(item="complaints")
    # theory C4 [R]: thirds of 10, 11 and 9; b0 65.454545, penalty -12.154545, reward 10.767677
    assert [row[f"{name}_n"] for name in ("low", "middle", "high")] == [10, 11, 9]
    assert found.intercept == pytest.approx(65.454545, abs=5e-7)
    assert row["penalty"] == pytest.approx(-12.154545, abs=5e-7)
    assert row["reward"] == pytest.approx(10.767677, abs=5e-7)
    # R 4.2.2: quantile(complaints, c(1/3, 2/3)); summary and confint of lm(rating ~ low + high)
    assert [row["low_cut"], row["high_cut"]] == close([60.66666666666666, 75])
    assert [row["penalty_se"], row["reward_se"]] == close([3.563943990249587, 3.666189978485175])
    assert row["penalty_p"] == close(2.054966253774868e-03, 1e-8)
    assert row["reward_p"] == close(6.701051146118110e-03, 1e-8)
    assert [row["penalty_low"], row["penalty_high"]] == close(
        [-19.467154492766074, -4.841936416324834], 1e-8
    )
    assert [row["reward_low"], row["reward_high"]] == close(
        [3.245276290606684, 18.290077244746847], 1e-8
    )
    assert found.r_squared == close(0.5819416421779332)
    # c(0, 1, 1) of coef(m) and vcov(m), p by pt(…, 27)
    assert [row["balance"], row["balance_se"], row["balance_p"]] == close(
        [-1.3868686868686879, 6.1838094882112840, 0.8242325014995229], 1e-8
    )
    assert row["asymmetry"] == close((10.767676767676768 - 12.154545454545454) / 22.922222222222224)
    assert row["span"] == close(22.922222222222224)
    assert row["category"] == "performance"
    assert (found.n, found.left_out, found.undefined) == (30, 0, "")


def test_c4_robust_errors():
    row = penalty_reward({"x": COMPLAINTS}, RATING, errors="robust").table.row(item="x")
    # R 4.2.2: sqrt of the diagonal of B X' diag((resid(m)/(1 - hatvalues(m)))^2) X B
    assert row["penalty_se"] == close(4.090049791282979)
    assert row["reward_se"] == close(3.196924816574246)
    assert row["penalty"] == pytest.approx(-12.154545, abs=5e-7)


def dummies(x, ends):
    """Return the columns of the model, written out: 1, then low and high of each item."""
    columns = [np.ones(len(x))]
    for j, (low, high) in enumerate(ends):
        columns += [(x[:, j] <= low).astype(float), (x[:, j] > high).astype(float)]
    return np.column_stack(columns)


def category_of(row, level):
    """Return the category as the documentation says it, one sentence after another."""
    costs, earns = row["penalty_p"] < level, row["reward_p"] < level
    if not costs and not earns:
        return "no clear effect"
    if not (costs and row["penalty"] < 0) and not (earns and row["reward"] > 0):
        return "reversed"
    if row["balance_p"] < level:
        return "basic" if row["balance"] < 0 else "excitement"
    return "performance"


def asked(seed, n=60, items=3):
    """Return answers 1 to 7 and an outcome with penalties and rewards of various sizes."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, (n, items)).astype(float)
    sizes = rng.choice([-1.5, 0.0, 1.5], size=2 * items)
    y = dummies(x, [(2, 5)] * items) @ [5.0, *sizes] + rng.normal(size=n)
    return x, y, rng


@few
@given(SEEDS, st.sampled_from([None, (2, 5), (3, 3.5)]), st.booleans(), CONFIDENCES)
def test_penalties_are_those_of_dummies_by_hand(seed, cuts, robust, confidence):
    x, y, rng = asked(seed)
    low, high = (1 / 3, 2 / 3) if rng.random() < 0.5 or cuts else (0.25, 0.8)
    ends = np.quantile(x, [low, high], axis=0).T if cuts is None else [cuts] * x.shape[1]
    design = dummies(x, ends)
    assume(np.linalg.matrix_rank(design) == design.shape[1])
    options = {"errors": "robust" if robust else "classic", "confidence": confidence}
    options |= {"cuts": cuts} if cuts else {"low": low, "high": high}
    found = penalty_reward(x, y, **options)
    table, eye = found.table, np.eye(design.shape[1])
    assert found.undefined == ""
    assert found.intercept == close(np.linalg.lstsq(design, y, rcond=None)[0][0])
    assert found.r_squared == close(1 - rss(design, y) / ((y - y.mean()) ** 2).sum())
    contrasts = {"penalty": eye[1::2], "reward": eye[2::2], "balance": eye[1::2] + eye[2::2]}
    for name, combinations in contrasts.items():
        wanted = fitted(design, y, combinations, confidence, robust=robust)
        columns = (name, f"{name}_se", f"{name}_low", f"{name}_high", f"{name}_p")
        for column, values in zip(columns, wanted, strict=True):
            assert table[column] == close(values, 1e-7, 1e-9), column
    assert table["low_n"].tolist() == design[:, 1::2].sum(axis=0).tolist()
    assert table["high_n"].tolist() == design[:, 2::2].sum(axis=0).tolist()
    assert (table["low_n"] + table["middle_n"] + table["high_n"]).tolist() == [60] * 3
    assert np.column_stack([table["low_cut"], table["high_cut"]]) == close(np.array(ends))
    assert table["span"] == close(table["reward"] - table["penalty"])
    for item in table["item"].tolist():
        row = table.row(item=item)
        assert row["category"] == category_of(row, 1 - confidence)
        loss, gain = max(0, -row["penalty"]), max(0, row["reward"])
        known = loss + gain > 0
        assert row["asymmetry"] == close((gain - loss) / (gain + loss) if known else NAN)
        assert ("no asymmetry" in row["lacking"]) != known
        assert not known or -1 <= row["asymmetry"] <= 1
    # Holm by hand: the k-th smallest p times what is left of them, never below the one before
    p = table["balance_p"]
    order = np.argsort(p)
    steps = [min(1, (len(p) - k) * p[j]) for k, j in enumerate(order)]
    assert table["p_holm"][order] == close(np.maximum.accumulate(steps))


@pytest.mark.parametrize(
    ("effects", "category"),
    [
        ((-3.0, 0.0), "basic"),
        ((0.0, 3.0), "excitement"),
        ((-3.0, 3.0), "performance"),
        ((0.0, 0.0), "no clear effect"),
        ((3.0, 0.0), "reversed"),
        ((0.0, -3.0), "reversed"),
        ((3.0, -3.0), "reversed"),
        ((3.0, 5.0), "excitement"),  # one of both has the right sign
        ((-5.0, -3.0), "basic"),
    ],
)
@pytest.mark.parametrize("errors", ["classic", "robust"])
def test_categories_of_clear_effects(effects, category, errors):
    x = np.tile([1.0, 2, 3], 20)
    noise = np.repeat([-0.3, 0.3, -0.1, 0.1], 15)
    noise -= (
        dummies(x[:, None], [(1, 2)])
        @ np.linalg.lstsq(dummies(x[:, None], [(1, 2)]), noise, rcond=None)[0]
    )
    y = dummies(x[:, None], [(1, 2)]) @ [5.0, *effects] + noise
    row = penalty_reward({"x": x}, y, cuts=(1, 2), errors=errors).table.row(item="x")
    assert (row["penalty"], row["reward"]) == close(effects)
    assert row["category"] == category


@few
@given(SEEDS)
def test_neither_order_nor_units_matter_to_tests(seed):
    x, y, rng = asked(seed, items=2)
    plain = penalty_reward(x, y, cuts=(2, 5)).table
    assume(set(plain["undefined"].tolist()) == {""})
    rows = rng.permutation(len(x))
    moved = penalty_reward(x[rows], y[rows], cuts=(2, 5)).table
    turned = penalty_reward(x[:, ::-1], y, cuts=(2, 5)).table
    scaled = penalty_reward(4 * x, 10 * y - 7, cuts=(8, 20)).table
    for name in ("penalty", "reward", "balance"):
        for tail, factor in (("", 10), ("_se", 10), ("_low", 10), ("_high", 10)):
            column = plain[name + tail]
            assert moved[name + tail] == close(column, 1e-8)
            assert turned[name + tail][::-1] == close(column, 1e-8)
            assert scaled[name + tail] == close(factor * column, 1e-8)
        assert scaled[f"{name}_p"] == close(plain[f"{name}_p"], 1e-7)
    assert scaled["category"].tolist() == plain["category"].tolist()
    assert scaled["asymmetry"] == close(plain["asymmetry"], 1e-8)


def test_turning_answers_and_outcome_round_exchanges_penalty_and_reward():
    """Low is ≤ and high is >, so halves between the answers keep who is where."""
    x, y, _ = asked(3)
    plain = penalty_reward(x, y, cuts=(2.5, 5.5)).table
    turned = penalty_reward(8 - x, -y, cuts=(2.5, 5.5)).table
    assert turned["penalty"] == close(-plain["reward"])
    assert turned["reward"] == close(-plain["penalty"])
    assert turned["balance_p"] == close(plain["balance_p"], 1e-8)
    assert turned["low_n"].tolist() == plain["high_n"].tolist()


def test_both_cuts_belong_to_the_answers_below_them():
    x = np.repeat([1.0, 2, 3, 4, 5], 4)
    y = np.arange(20.0) % 7
    row = penalty_reward({"x": x}, y, cuts=(2, 4)).table.row(item="x")
    assert [row[f"{name}_n"] for name in ("low", "middle", "high")] == [8, 8, 4]
    quantiles = penalty_reward({"x": x}, y, low=0.25, high=0.75).table.row(item="x")
    assert [quantiles["low_cut"], quantiles["high_cut"]] == [2, 4]
    assert quantiles["penalty"] == close(row["penalty"])
    each = penalty_reward({"x": x, "z": 6 - x[::-1]}, y, cuts={"z": (1, 3), "x": (2, 4)}).table
    assert each["low_cut"].tolist() == [2, 1]


@pytest.mark.parametrize(
    "given_answers",
    [
        lambda x, y: ({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y}, "y"),
        lambda x, y: (pd.DataFrame(x, columns=[*"abc"]).assign(y=y), "y"),
        lambda x, y: (pd.DataFrame(x, columns=[*"abc"]), pd.Series(y)),
        lambda x, y: (pl.DataFrame({**dict(zip("abc", x.T, strict=True)), "y": y}), "y"),
        lambda x, y: (pl.DataFrame(dict(zip("abc", x.T, strict=True))), pl.Series(y)),
        lambda x, y: (pa.table({**dict(zip("abc", x.T, strict=True)), "y": y}), "y"),
        lambda x, y: (pd.DataFrame(x, columns=[*"abc"]).astype("Int64"), y.tolist()),
    ],
)
def test_frames_of_every_kind(given_answers):
    x, y, _ = asked(5)
    table, outcome = given_answers(x, y)
    wanted = penalty_reward(x, y, items=["a", "b", "c"], cuts=(2, 5))
    found = penalty_reward(table, outcome, cuts=(2, 5))
    assert (found.n, found.intercept) == (60, close(wanted.intercept))
    for item in "abc":
        assert found.table.row(item=item) == alike(wanted.table.row(item=item))
    one = penalty_reward(table, outcome, items=["b"], cuts=(2, 5)).table.row(item="b")
    alone = penalty_reward(x[:, [1]], y, items=["b"], cuts=(2, 5)).table.row(item="b")
    assert one == alike(alone)


def test_who_lacks_anything_is_left_out_and_counted():
    x, y, _ = asked(6)
    holes = np.vstack([x, [[1, NAN, 2], [3, 3, 3], [NAN, NAN, NAN]]])
    found = penalty_reward(holes, [*y, 9, NAN, NAN])
    wanted = penalty_reward(x, y)
    assert (found.n, found.left_out) == (60, 2)
    assert found.intercept == wanted.intercept
    assert found.table["penalty"].tolist() == wanted.table["penalty"].tolist()
    assert "60 respondents, 2 lacking an answer left out" in found.table.note


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([3, 6], "no low answers"),
        ([6, 6], "no low answers"),
        ([2, 5], "no high answers"),
        ([1, 1], "no high answers"),
        ([1, 7], "no middle answers"),
    ],
)
def test_an_item_without_levels_is_undefined_and_not_in_the_model(column, reason):
    x, y, _ = asked(7, items=2)
    found = penalty_reward(np.column_stack([x, column * 30]), y, cuts=(2, 5))
    row = found.table.row(item="3")
    assert (row["undefined"], row["category"], row["lacking"]) == (reason, "", "")
    assert all(math.isnan(row[name]) for name in ("penalty", "reward_se", "balance_p", "p_holm"))
    assert sum(row[f"{name}_n"] for name in ("low", "middle", "high")) == 60
    wanted = penalty_reward(x, y, cuts=(2, 5))
    assert found.intercept == wanted.intercept
    for item in ("1", "2"):
        assert found.table.row(item=item) == wanted.table.row(item=item)


@pytest.mark.parametrize(
    ("column", "reason"),
    # the third of most answers and two thirds of them lie on the same one, or on the ends
    [([5] * 9, "no high answers"), ([1] * 7 + [7] * 2, "no high answers")],
)
def test_quantiles_of_few_different_answers_may_leave_a_level_empty(column, reason):
    row = penalty_reward({"x": column}, Y9).table.row(item="x")
    wanted = np.quantile(column, [1 / 3, 2 / 3])
    assert [row["low_cut"], row["high_cut"]] == wanted.tolist()
    levels = {"low": column <= wanted[0], "high": column > wanted[1]}
    levels["middle"] = ~(levels["low"] | levels["high"])
    for name, some in levels.items():
        assert row[f"{name}_n"] == some.sum()
    assert row["undefined"] == (reason if not levels["high"].any() else "no middle answers")


@pytest.mark.parametrize(
    ("x", "y", "cuts", "reason"),
    [
        (
            [[1, 1], [2, 2], [3, 3]] * 3,
            range(9),
            (1, 2),
            "low or high in item '2' follows from '1'",
        ),
        ([[1], [2], [3]], [4, 4, 4], (1, 2), "the outcome does not vary"),
        ([[1], [2], [3]], [4, 5, 7], (1, 2), "3 respondents are too few for 3 coefficients"),
        ([[1]], [4], (1, 2), "one respondent"),
        ([[NAN, 1], [1, NAN]], [1, 2], (1, 2), "no respondent has all answers and the outcome"),
        ([[1], [2]], [NAN, NAN], (1, 2), "no respondent has all answers and the outcome"),
        ([[1], [1], [1]], [1, 2, 3], (1, 2), "no item has low, middle and high answers"),
    ],
)
def test_without_a_model_there_is_a_reason(x, y, cuts, reason):
    found = penalty_reward(x, list(y), cuts=cuts)
    assert found.undefined == reason
    assert math.isnan(found.intercept)
    assert math.isnan(found.r_squared)
    for item in found.table["item"].tolist():
        row = found.table.row(item=item)
        assert row["undefined"]
        assert row["category"] == row["lacking"] == ""
        assert all(math.isnan(row[name]) for name in ("penalty", "reward_se", "balance_p"))


def test_an_item_that_nobody_answered_is_named():
    found = penalty_reward([[NAN, 1], [NAN, 2]], [1, 2]).table
    assert found.row(item="1")["undefined"] == "no answers"


@pytest.mark.parametrize(
    ("y", "errors", "lacking"),
    [
        ([1, 1, 5, 5, 7, 7], "classic", "no error by these answers"),
        ([1, 1, 5, 5, 7, 7], "robust", "no error by these answers"),
    ],
)
def test_an_exact_fit_has_effects_without_intervals(y, errors, lacking):
    row = penalty_reward([[1], [1], [2], [2], [3], [3]], y, cuts=(1, 2), errors=errors)
    row = row.table.row(item="1")
    assert (row["penalty"], row["reward"]) == close((-4, 2))
    assert math.isnan(row["balance_p"])
    assert (row["category"], row["undefined"]) == ("", "")
    assert row["lacking"] == f"no intervals, no category: {lacking}"


def test_a_respondent_who_is_a_level_alone_has_no_robust_error():
    x, y = [[1], [2], [2], [2], [3], [3]], [1, 4, 5, 6, 7, 9]
    row = penalty_reward(x, y, cuts=(1, 2), errors="robust").table.row(item="1")
    assert "a respondent alone decides a coefficient" in row["lacking"]
    assert math.isnan(row["penalty_se"])
    assert np.isfinite(penalty_reward(x, y, cuts=(1, 2)).table.row(item="1")["penalty_se"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: penalty_reward([["a"]], [1]), "must be numbers, got 'a'"),
        (lambda: penalty_reward([[math.inf]], [1]), "must be finite, got inf"),
        (lambda: penalty_reward(X9, [1, 2]), "one number for each of 9 respondents, got 2"),
        (
            lambda: penalty_reward(X9, [math.inf] * 9),
            r"`outcome` must be finite, got inf \(row 1\)",
        ),
        (lambda: penalty_reward({"a": [1, 2], "b": [3, 4]}, [3, 4]), "must not be among.*'b'"),
        (lambda: penalty_reward(X9, "y"), "`outcome`.*'y'"),
        (lambda: penalty_reward({"a": [1, 2]}, "b"), "`outcome`.*no column 'b'; there are 'a'"),
        (lambda: penalty_reward({"a": [1, 2]}, "a"), "a column beside the outcome 'a'"),
        (lambda: penalty_reward({"a": [1], "b": [2]}, "b", items=["b"]), "another column.*`items`"),
        (lambda: penalty_reward({"ab": [1]}, [1], items=["abc"]), "'abc'"),
        (lambda: penalty_reward(X9, Y9, low=0.7, high=0.3), "`low` must not be above `high`"),
        (lambda: penalty_reward(X9, Y9, low=0), "`low` must lie between 0 and 1"),
        (lambda: penalty_reward(X9, Y9, high=1), "`high` must lie between 0 and 1"),
        (lambda: penalty_reward(X9, Y9, cuts=(2, 1)), "a low cut and a high one, not below it"),
        (lambda: penalty_reward(X9, Y9, cuts=(1, 2, 3)), "a low cut and a high one"),
        (lambda: penalty_reward(X9, Y9, cuts=2), "TypeError: `cuts`.*give two numbers"),
        (lambda: penalty_reward(X9, Y9, cuts=(1, NAN)), "`cuts` must be a finite number"),
        (lambda: penalty_reward(X9, Y9, cuts={"1": (1, 2)}), "`cuts` has nothing for '2'"),
        (lambda: penalty_reward(X9, Y9, cuts={"1": (1, 2), "3": (1, 2)}), "'3' is unknown"),
        (lambda: penalty_reward(X9, Y9, cuts=(1, 2), low=0.2), "takes their place"),
        (lambda: penalty_reward(X9, Y9, errors="HC3"), "`errors` must be one of 'classic', 'rob"),
        (lambda: penalty_reward(X9, Y9, confidence=95), "`confidence`"),
        (
            lambda: penalty_reward(
                pd.DataFrame(X9), pd.Series(Y9, index=range(9, 0, -1)), items=["0", "1"]
            ),
            "index",
        ),
    ],
)
def test_what_penalties_refuse(call, said):
    refused(call, said)


# --- response surfaces ----------------------------------------------------------------------------

GRID = [(p, e) for p in range(1, 8) for e in range(1, 8)]
P49, E49 = (np.array(side, float) for side in zip(*GRID, strict=True))
FEATURES = np.array(
    [  # theory A7
        [0, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 1, -1, 0, 0, 0],
        [0, 0, 0, 1, -1, 1],
    ],
    float,
)


def terms(p, e):
    return np.column_stack([np.ones(len(p)), p, e, p * p, p * e, e * e])


def rated(seed, n=50, noise=1.0):
    """Return perceptions and expectations 1 to 7, and an outcome of a random surface."""
    rng = np.random.default_rng(seed)
    p, e = rng.integers(1, 8, (2, n)).astype(float)
    b = rng.normal(size=6) * [3, 1, 1, 0.3, 0.3, 0.3]
    return p, e, terms(p - 4, e - 4) @ b + noise * rng.normal(size=n), b


def test_a7_against_r():
    found = response_surface(COMPLAINTS, LEARNING, RATING, centre=60)
    # R 4.2.2: s <- lm(z ~ p + e + I(p^2) + I(p * e) + I(e^2)), of attitude's rating on complaints
    # and learning, each minus 60; summary(s), and L'coef(s) with L'vcov(s)L for the features
    table = found.coefficients
    assert table["b"] == close(
        [
            60.07268352345213,
            0.699107316518079,
            0.3159672061898324,
            -0.004596219172342708,
            0.001693978895270776,
            0.01346174999241677,
        ]
    )
    assert table["se"] == close(
        [
            2.276667913448809,
            0.1458109295328502,
            0.1955834134118419,
            0.007276837189516601,
            0.01266441260718385,
            0.01323480491425936,
        ]
    )
    assert table["p"][1:] == close(
        [
            7.000798755073624e-05,
            0.1192712500436673,
            0.5336036852289688,
            0.8947084789625228,
            0.31922802526495,
        ],
        1e-7,
    )
    assert found.r_squared == close(0.730840189990816)
    features = found.surface
    assert features["feature"].tolist() == [
        "congruence slope",
        "congruence curvature",
        "incongruence slope",
        "incongruence curvature",
    ]
    assert features["estimate"] == close(
        [1.015074522707911, 0.01055950971534484, 0.3831401103282466, 0.007171551924803284]
    )
    assert features["se"] == close(
        [0.1817415988306631, 0.01078659022278790, 0.2932531138804784, 0.02639373542333013]
    )
    assert features["t"] == close(
        [5.585262423347022, 0.9789478878169183, 1.3065167672333859, 0.271714170418794]
    )
    assert features["p"] == close(
        [9.525051448040333e-06, 0.33737135590136413, 0.2037592902699734, 0.788165483361842445],
        1e-7,
    )
    # anova(lm(z ~ I(p - e)), s), anova(lm(z ~ p + e), s), and their R²
    gap, linear = (found.models.row(model=name) for name in ("difference", "linear"))
    assert [gap["f"], gap["p"]] == close([13.95546242341696, 5.126605905294851e-06], 1e-7)
    assert [linear["f"], linear["p"]] == close([0.6784072001549577, 0.5738097790187411], 1e-7)
    assert [gap["r_squared"], linear["r_squared"]] == close(
        [0.1047985875779461, 0.7080151958529945]
    )
    assert [(row["df1"], row["df2"]) for row in (gap, linear)] == [(4, 24), (3, 24)]
    assert (found.n, found.left_out, found.centre, found.undefined) == (30, 0, 60, "")


@few
@given(SEEDS, CONFIDENCES)
def test_surfaces_by_textbook_algebra(seed, confidence):
    p, e, z, _ = rated(seed)
    found = response_surface(p, e, z, centre=4, confidence=confidence)
    x, y = p - 4, e - 4
    design = terms(x, y)
    for table, name, rows in (
        (found.coefficients, "b", np.eye(6)),
        (found.surface, "estimate", FEATURES),
    ):
        wanted = fitted(design, z, rows, confidence)
        for column, values in zip((name, "se", "low", "high", "p"), wanted, strict=True):
            assert table[column] == close(values, 1e-6, 1e-8), column
    simpler = {"linear": (design[:, :3], 3), "difference": (terms(x, y)[:, [0]], 4)}
    simpler["difference"] = (np.column_stack([np.ones(len(x)), x - y]), 4)
    full, total = rss(design, z), ((z - z.mean()) ** 2).sum()
    assert found.r_squared == close(1 - full / total)
    for model, (columns, q) in simpler.items():
        row, less = found.models.row(model=model), rss(columns, z)
        f = (less - full) / q / (full / (len(z) - 6))
        assert row["f"] == close(f, 1e-7)
        assert (row["df1"], row["df2"]) == (q, len(z) - 6)
        assert row["p"] == close(stats.f.sf(f, q, len(z) - 6), 1e-6)
        assert row["r_squared"] == close(1 - less / total)


@few
@given(SEEDS)
def test_robust_errors_of_surfaces_by_textbook_algebra(seed):
    p, e, z, _ = rated(seed)
    plain = response_surface(p, e, z, centre=4)
    found = response_surface(p, e, z, centre=4, errors="robust")
    design = terms(p - 4, e - 4)
    for table, name, rows in (
        (found.coefficients, "b", np.eye(6)),
        (found.surface, "estimate", FEATURES),
    ):
        wanted = fitted(design, z, rows, robust=True)
        for column, values in zip((name, "se", "low", "high", "p"), wanted, strict=True):
            assert table[column] == close(values, 1e-6, 1e-8), column
    # Wald: (Lb)ᵀ[L·Cov(b)·Lᵀ]⁻¹(Lb)/q by F with q and n - 6 df
    inverse = np.linalg.pinv(design.T @ design)
    b = inverse @ design.T @ z
    hat = np.diag(design @ inverse @ design.T)
    middle = design.T @ np.diag(((z - design @ b) / (1 - hat)) ** 2) @ design
    rules = {"linear": np.eye(6)[3:], "difference": np.vstack([FEATURES[0], np.eye(6)[3:]])}
    for model, rule in rules.items():
        row, off = found.models.row(model=model), rule @ b
        f = off @ np.linalg.solve(rule @ inverse @ middle @ inverse @ rule.T, off) / len(rule)
        assert row["f"] == close(f, 1e-6)
        assert row["p"] == close(stats.f.sf(f, len(rule), len(z) - 6), 1e-6)
        assert row["r_squared"] == close(plain.models.row(model=model)["r_squared"])
    assert found.axes == plain.axes
    assert found.r_squared == plain.r_squared


@few
@given(SEEDS)
def test_a_surface_without_noise_is_recovered(seed):
    b = np.random.default_rng(seed).integers(-5, 6, 6).astype(float)
    z = terms(P49 - 4, E49 - 4) @ b
    assume(np.ptp(z) > 0)
    found = response_surface(P49, E49, z, centre=4)
    assert found.coefficients["b"] == close(b, 1e-9, 1e-9)
    assert found.surface["estimate"] == close(FEATURES @ b, 1e-9, 1e-9)
    assert found.r_squared == close(1)
    for table in (found.coefficients, found.surface, found.models):
        assert set(table["lacking"].tolist()) == {"no error by these answers"}
        assert np.isnan(table["p"]).all()
        assert set(table["undefined"].tolist()) == {""}


@few
@given(SEEDS)
def test_the_stationary_point_is_level_and_the_axes_are_eigenvectors(seed):
    p, e, z, _ = rated(seed, noise=0.3)
    found = response_surface(p, e, z, centre=4)
    _, b1, b2, b3, b4, b5 = found.coefficients["b"]
    axes = dict(zip(found.axes["feature"].tolist(), found.axes["value"].tolist(), strict=True))
    assert set(found.axes["undefined"].tolist()) == {""}
    hessian = np.array([[2 * b3, b4], [b4, 2 * b5]])
    p0, e0 = 4 + np.linalg.solve(hessian, [-b1, -b2])
    point = axes["stationary perception"], axes["stationary expectation"]
    assert point == close((p0, e0), 1e-6)
    _, vectors = np.linalg.eigh(hessian)  # the last bends upwards most
    for name, vector in (("first", vectors[:, 1]), ("second", vectors[:, 0])):
        slope = vector[1] / vector[0]
        assert axes[f"{name} axis slope"] == close(slope, 1e-6)
        assert axes[f"{name} axis intercept"] == close(e0 - slope * p0, 1e-6, 1e-6)
    assert axes["first axis slope"] * axes["second axis slope"] == close(-1)


@few
@given(SEEDS)
def test_exchanging_perceptions_and_expectations_mirrors_the_surface(seed):
    p, e, z, _ = rated(seed)
    plain, turned = response_surface(p, e, z, centre=4), response_surface(e, p, z, centre=4)
    order = [0, 2, 1, 5, 4, 3]
    assert turned.coefficients["b"] == close(plain.coefficients["b"][order], 1e-7)
    assert turned.coefficients["se"] == close(plain.coefficients["se"][order], 1e-7)
    signs = np.array([1, 1, -1, 1])
    assert turned.surface["estimate"] == close(signs * plain.surface["estimate"], 1e-7)
    for name in ("f", "p", "r_squared"):
        assert turned.models[name] == close(plain.models[name], 1e-7)
    mine, other = turned.axes["value"], plain.axes["value"]
    assert mine[[1, 0]] == close(other[:2], 1e-6)
    assert mine[[2, 4]] == close(1 / other[[2, 4]], 1e-6)


@few
@given(SEEDS, st.sampled_from([0, 1, 7.5, -3]))
def test_the_centre_moves_slopes_only(seed, centre):
    p, e, z, _ = rated(seed)
    plain, moved = response_surface(p, e, z, centre=4), response_surface(p, e, z, centre=centre)
    assert moved.coefficients["b"][3:] == close(plain.coefficients["b"][3:], 1e-6)
    assert moved.surface["estimate"][[1, 3]] == close(plain.surface["estimate"][[1, 3]], 1e-6)
    for name in ("f", "p", "r_squared"):
        assert moved.models[name] == close(plain.models[name], 1e-6)
    assert moved.axes["value"] == close(plain.axes["value"], 1e-5, 1e-5)
    _, _, _, b3, b4, b5 = plain.coefficients["b"]
    step = centre - 4  # the slope along P = E is (b1 + b2) + 2(b3 + b4 + b5)·step
    wanted = plain.surface["estimate"][0] + 2 * step * (b3 + b4 + b5)
    assert moved.surface["estimate"][0] == close(wanted, 1e-6, 1e-7)
    scale = response_surface(p, e, z, centre=sq.Scale(1, 7))
    assert scale.centre == 4
    assert scale.coefficients == plain.coefficients


@few
@given(SEEDS)
def test_neither_order_of_respondents_nor_units_of_the_outcome_matter(seed):
    p, e, z, _ = rated(seed)
    rows = np.random.default_rng(seed).permutation(len(z))
    plain = response_surface(p, e, z, centre=4)
    other = response_surface(p[rows], e[rows], 100 * z[rows] + 5, centre=4)
    assert other.surface["estimate"] == close(100 * plain.surface["estimate"], 1e-7)
    assert other.surface["se"] == close(100 * plain.surface["se"], 1e-7)
    for name in ("f", "p", "r_squared"):
        assert other.models[name] == close(plain.models[name], 1e-7)
    assert other.axes["value"] == close(plain.axes["value"], 1e-5, 1e-5)


def test_where_the_gap_is_all_that_matters_p_is_uniform():
    rng = np.random.default_rng(1)
    p = []
    for _ in range(400):
        perceptions, expectations = rng.integers(1, 8, (2, 40))
        z = 5 + (perceptions - expectations) + rng.normal(size=40)
        models = response_surface(perceptions, expectations, z, centre=4).models
        p.append(models.row(model="difference")["p"])
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert stats.binomtest(int(np.sum(np.array(p) < 0.05)), 400, 0.05).pvalue > 0.001


@pytest.mark.parametrize(
    ("outcome", "rejected"),
    [  # theory A7: what the gap cannot say
        (lambda p, e: p - e, {"difference": False, "linear": False}),
        (lambda p, e: 1.5 * p - 0.5 * e, {"difference": True, "linear": False}),
        (lambda p, e: p, {"difference": True, "linear": False}),
        (lambda p, e: -((p - e) ** 2), {"difference": True, "linear": True}),
        (lambda p, e: p - e + 0.3 * p * e, {"difference": True, "linear": True}),
    ],
)
def test_the_tests_reject_what_is_wrong(outcome, rejected):
    rng = np.random.default_rng(2)
    p, e = rng.integers(1, 8, (2, 200)).astype(float)
    models = response_surface(p, e, outcome(p - 4, e - 4) + rng.normal(size=200), centre=4).models
    for model, wanted in rejected.items():
        assert (models.row(model=model)["p"] < 1e-6) == wanted, model
        assert (models.row(model=model)["p"] > 0.01) != wanted, model


NO_POINT, UPRIGHT = "no single stationary point", "upright: the same P for every E"
ALIKE, FLAT = "curved alike in every direction", "no curvature"


@pytest.mark.parametrize(
    ("outcome", "values", "reasons"),
    [
        (lambda p, e: p - e, [NAN] * 6, [FLAT] * 6),
        (lambda p, e: p * e, [4, 4, 1, 0, -1, 8], [""] * 6),
        (lambda p, e: -p * e, [4, 4, -1, 8, 1, 0], [""] * 6),
        (
            lambda p, e: -((p - e) ** 2),
            [NAN, NAN, 1, NAN, -1, NAN],
            [NO_POINT, NO_POINT, "", NO_POINT, "", NO_POINT],
        ),
        (
            lambda p, e: (p + e) ** 2,
            [NAN, NAN, 1, NAN, -1, NAN],
            [NO_POINT, NO_POINT, "", NO_POINT, "", NO_POINT],
        ),
        (
            lambda p, e: (p - 1) ** 2 + 2 * (e + 1) ** 2 + 1e-3 * (p - 1) * (e + 1),
            None,
            [""] * 6,
        ),
    ],
)
def test_where_there_is_no_point_or_axis_it_is_said(outcome, values, reasons):
    axes = response_surface(P49, E49, outcome(P49 - 4, E49 - 4), centre=4).axes
    assert axes["undefined"].tolist() == reasons
    if values is None:
        assert axes["value"][:2] == close([5, 3], 1e-8)
    else:
        assert axes["value"] == close(values, 1e-8, 1e-8)


@pytest.mark.parametrize(
    ("outcome", "values", "reasons"),
    [
        (lambda p, e: p**2 - e**2, [0, 0, 0, 0, NAN, NAN], [*[""] * 4, UPRIGHT, UPRIGHT]),
        (lambda p, e: e**2 - p**2, [0, 0, NAN, NAN, 0, 0], ["", "", UPRIGHT, UPRIGHT, "", ""]),
        (lambda p, e: p**2 + 4 * e**2, [0, 0, NAN, NAN, 0, 0], ["", "", UPRIGHT, UPRIGHT, "", ""]),
    ],
)
def test_an_upright_axis_at_0_does_not_warn(outcome, values, reasons):
    axes = response_surface(P49 - 4, E49 - 4, outcome(P49 - 4, E49 - 4)).axes
    assert axes["undefined"].tolist() == reasons
    assert axes["value"] == close(values, 1e-8, 1e-8)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bowl_has_a_point_and_no_axes(sign):
    axes = response_surface(P49, E49, sign * ((P49 - 3) ** 2 + (E49 - 5) ** 2)).axes
    assert axes["undefined"].tolist() == ["", "", *[ALIKE] * 4]
    assert axes["value"] == close([3, 5, *[NAN] * 4], 1e-8)


def test_who_lacks_one_of_the_three_is_left_out():
    p, e, z, _ = rated(3)
    found = response_surface([*p, 1, NAN, 3], [*e, NAN, 2, 3], [*z, 1, 2, NAN], centre=4)
    wanted = response_surface(p, e, z, centre=4)
    assert (found.n, found.left_out) == (50, 3)
    assert found.coefficients == wanted.coefficients
    assert "50 respondents, 3 lacking an answer left out" in found.surface.note


def test_rows_of_any_kind():
    p, e, z, _ = rated(4)
    wanted = response_surface(p, e, z)
    assert wanted.centre == 0
    masked = np.ma.masked_array(p, mask=[True, *[False] * 49])
    nullable = pd.Series([pd.NA, *p[1:].astype(int)], dtype="Int64")
    for made in (list, pd.Series, pl.Series, pa.array):
        assert response_surface(made(p), made(e), made(z)) == wanted
    holes = response_surface([NAN, *p[1:]], e, z)
    for column in (masked, nullable, [None, *p[1:]], pl.Series([None, *p[1:]])):
        assert response_surface(column, e, z) == holes


@pytest.mark.parametrize(
    ("p", "e", "z", "reason"),
    [
        (
            [1, 2, 3, 4, 5, 6],
            [2, 1, 4, 3, 6, 2],
            [1, 2, 1, 2, 3, 4],
            "6 respondents are too few fo",
        ),
        ([1], [1], [1], "one respondent"),
        ([NAN, 1], [1, NAN], [1, 1], "no respondent has all three"),
        (P49, E49, np.full(49, 3.0), "the outcome does not vary"),
        (P49, P49, E49, "E follows from P"),
        (P49, 0 * E49 + 4, E49, "E does not vary"),
        (0 * P49 + 4, E49, P49, "P does not vary"),
        (1 + P49 % 2, E49, P49, "PP follows from P: too few different answers"),
        (P49, 1 + E49 % 2, P49 + E49, "EE follows from E: too few different answers"),
    ],
)
def test_without_a_surface_there_is_a_reason(p, e, z, reason):
    found = response_surface(p, e, z)
    assert found.undefined.startswith(reason)
    assert math.isnan(found.r_squared)
    tables = {"b": found.coefficients, "estimate": found.surface, "f": found.models}
    for name, table in {**tables, "value": found.axes}.items():
        assert set(table["undefined"].tolist()) == {found.undefined}
        assert np.isnan(table[name]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: response_surface([1, 2], [1], [1, 2]),
            "`expectations`.*each of 2 respondents, got",
        ),
        (
            lambda: response_surface([1, 2], [1, 2], [1]),
            "`outcome`.*each of 2 respondents, got 1",
        ),
        (lambda: response_surface([[1, 2]], [1], [1]), r"`perceptions` must be a number for each"),
        (lambda: response_surface(3, [1], [1]), "TypeError: `perceptions`"),
        (lambda: response_surface([], [], []), "at least one"),
        (lambda: response_surface(["a"], [1], [1]), "`perceptions` must be numbers, got 'a'"),
        (
            lambda: response_surface([1], [math.inf], [1]),
            r"`expectations`.*finite, got inf \(row 1",
        ),
        (lambda: response_surface([1], [1], [1], centre="x"), "TypeError: `centre`"),
        (lambda: response_surface([1], [1], [1], centre=NAN), "`centre` must be a finite number"),
        (lambda: response_surface([1], [1], [1], confidence=0), "`confidence`"),
        (lambda: response_surface([1], [1], [1], errors="HC3"), "`errors` must be one of"),
    ],
)
def test_what_surfaces_refuse(call, said):
    refused(call, said)


# --- entropy weights ------------------------------------------------------------------------------


def test_c9_three_criteria():
    found = entropy_weights([[4, 7, 3], [5, 7, 6], [3, 7, 9]])
    # theory C9 [R]
    assert found.table["entropy"] == pytest.approx([0.98083404, 1, 0.92061984], abs=5e-9)
    assert found.table["weight"] == pytest.approx([0.19448722, 0, 0.80551278], abs=5e-9)
    assert found.table["entropy"][1] == 1
    assert found.table["weight"][1] == 0
    assert found.weights == dict(zip("123", found.table["weight"], strict=True))
    assert (found.alternatives, found.undefined) == (3, "")
    assert "which is not importance" in found.table.note


def scores(least=2):
    shape = st.tuples(st.integers(least, 6), st.integers(1, 4))
    return hnp.arrays(float, shape, elements=st.integers(0, 9)).filter(
        lambda x: (x.max(axis=0) > 0).all()
    )


@few
@given(scores())
def test_entropy_by_its_formula(x):
    found = entropy_weights(x)
    apart = []
    for column in x.T.tolist():
        shares = [value / sum(column) for value in column]
        h = -sum(p * math.log(p) for p in shares if p) / math.log(len(column))
        apart.append(1 - h)
        assert found.table["entropy"][len(apart) - 1] == close(h)
        assert 0 <= found.table["entropy"][len(apart) - 1] <= 1
    assert found.table["diversification"] == close(apart)
    varies = np.ptp(x, axis=0) > 0
    equal = not varies.any()
    wanted = np.full(len(apart), 1 / len(apart)) if equal else np.array(apart) / sum(apart)
    assert found.table["weight"] == close(wanted)
    assert found.table["weight"].sum() == close(1)
    assert ("all weights are equal" in found.table.note) == equal
    if not equal:
        assert (found.table["weight"] == 0).tolist() == (~varies).tolist()


@few
@given(scores(), st.randoms(use_true_random=False))
def test_neither_units_of_a_criterion_nor_order_matter(x, random):
    weights = entropy_weights(x).table["weight"]
    factors = [random.choice([1e-6, 0.1, 3, 1e8]) for _ in x.T]
    assert entropy_weights(x * factors).table["weight"] == close(weights)
    assert entropy_weights(x[::-1]).table["weight"] == close(weights)
    assert entropy_weights(x[:, ::-1]).table["weight"][::-1] == close(weights)
    assert entropy_weights(np.vstack([x, x])).table["weight"] == close(weights)


@few
@given(st.integers(2, 9), st.integers(1, 5), st.sampled_from([0.1, 1 / 3, 7, 1e-9, 1e9]))
def test_where_nothing_varies_weights_are_equal(m, k, value):
    found = entropy_weights(np.full((m, k), value))
    assert found.table["weight"].tolist() == [1 / k] * k
    assert found.table["entropy"].tolist() == [1] * k
    assert "no criterion varies" in found.table.note


def test_the_most_apart_a_criterion_can_be():
    found = entropy_weights([[1, 1], [0, 1], [0, 1]]).table
    assert found["entropy"].tolist() == close([0, 1])
    assert found["weight"].tolist() == [1, 0]


def test_adding_to_a_criterion_lowers_its_weight():
    x = np.array([[4.0, 3], [5, 6], [3, 9]])
    assert entropy_weights(np.array([0, 1]) + x).weights["2"] < entropy_weights(x).weights["2"]


@pytest.mark.parametrize("apart", [1e-7, 1e-8, 1e-9])
def test_scores_that_are_nearly_alike_still_have_their_weights(apart):
    """For small d, 1 - e is proportional to the variance of d: twice as far apart, four times."""
    weights = entropy_weights([[1, 1], [1 + apart, 1 + 2 * apart], [1, 1]]).table["weight"]
    assert weights == pytest.approx([0.2, 0.8], rel=1e-5)


def test_one_row_has_no_weights():
    found = entropy_weights([[1, 2]])
    assert found.undefined == "one row"
    assert found.table["undefined"].tolist() == ["one row"] * 2
    assert np.isnan(found.table["weight"]).all()


def test_scores_of_any_form():
    columns = {"a": [4, 5, 3], "b": [3, 6, 9]}
    wanted = entropy_weights(np.column_stack([*columns.values()]), items=["a", "b"])
    for made in (dict, pd.DataFrame, pl.DataFrame, pa.table):
        assert entropy_weights(made(columns)) == wanted
    assert entropy_weights(columns, items=["b"]).weights == {"b": 1.0}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: entropy_weights([[1, -2]]), r"0 or more, got -2 \(row 1, item '2'\)"),
        (lambda: entropy_weights([[1], [NAN]]), r"none missing, got nothing \(row 2, item '1'\)"),
        (lambda: entropy_weights([[math.inf]]), "must be finite"),
        (lambda: entropy_weights([[1, 0], [2, 0]]), "above 0 somewhere.*'2'; leave it out"),
        (lambda: entropy_weights([["a"]]), "must be numbers, got 'a'"),
        (lambda: entropy_weights([1, 2]), "two axes"),
        (lambda: entropy_weights({"ab": [1, 2]}, items=["ba"]), "'ba'.*'ab'"),
    ],
)
def test_what_entropy_refuses(call, said):
    refused(call, said)


# --- fuzzy gaps -----------------------------------------------------------------------------------


def test_c10_one_gap():
    row = fuzzy_gap({"x": (3, 5, 7)}, {"x": (5, 7, 9)}).table.row(item="x")
    # theory C10 [R]: (3, 5, 7) - (5, 7, 9) = (-6, -2, 2), graded mean -2
    assert [row[name] for name in ("low", "mode", "high")] == [-6, -2, 2]
    assert (row["graded_mean"], row["centroid"]) == (-2, -2)
    # theory C10: (1, 4, 5) has the graded mean 3.66667 and the centroid 3.33333
    row = fuzzy_gap({"x": (1, 4, 5)}, {"x": 0}).table.row(item="x")
    assert row["graded_mean"] == pytest.approx(3.66667, abs=5e-6)
    assert row["centroid"] == pytest.approx(3.33333, abs=5e-6)


TRIANGLES = st.lists(st.integers(-20, 20), min_size=3, max_size=3).map(sorted)
SIDES = st.integers(1, 5).flatmap(
    lambda k: st.lists(st.tuples(TRIANGLES, TRIANGLES), min_size=k, max_size=k)
)


@few
@given(SIDES)
def test_gaps_of_fuzzy_numbers_by_hand(pairs):
    p, e = ([pair[side] for pair in pairs] for side in (0, 1))
    table = fuzzy_gap(p, e).table
    for place, ((lp, mp, up), (le, me, ue)) in enumerate(pairs):
        row = table.row(item=str(place + 1))
        gap = (lp - ue, mp - me, up - le)
        assert tuple(row[name] for name in ("low", "mode", "high")) == gap
        assert row["low"] <= row["mode"] <= row["high"]
        assert row["graded_mean"] == close(float(Fraction(gap[0] + 4 * gap[1] + gap[2], 6)))
        assert row["centroid"] == close(float(Fraction(sum(gap), 3)))
        assert row["undefined"] == ""
    turned = fuzzy_gap(e, p).table
    for name, other in {"low": "high", "mode": "mode", "high": "low"}.items():
        assert turned[name].tolist() == (-table[other]).tolist()
    assert turned["graded_mean"] == close(-table["graded_mean"])
    assert turned["centroid"] == close(-table["centroid"])


@few
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=1, max_size=4))
def test_plain_numbers_give_the_plain_gap(pairs):
    """Crisp numbers reproduce A1: gap = perception - expectation."""
    p, e = ([float(x) for x in side] for side in zip(*pairs, strict=True))
    items = [f"i{n}" for n in range(1, len(pairs) + 1)]
    table = fuzzy_gap(p, e, items=items).table
    survey = sq.survey_from_arrays(form([len(pairs)]), expectations=[e, e], perceptions=[p, p])
    gaps = sq.gap_scores(survey).items
    for name in ("low", "mode", "high", "graded_mean", "centroid"):
        assert table[name] == close(gaps["gap"])
    assert table == fuzzy_gap([[x] * 3 for x in p], [[x] * 3 for x in e], items=items).table


def test_sides_of_any_form():
    p, e = {"a": (3, 5, 7), "b": 6}, {"b": (5, 5, 5), "a": (5, 7, 9)}
    wanted = fuzzy_gap(p, e).table
    arrays = np.array([[3, 5, 7], [6, 6, 6]]), np.array([[5, 7, 9], [5, 5, 5]])
    assert fuzzy_gap(*arrays, items=["a", "b"]).table == wanted
    assert fuzzy_gap(p, arrays[1]).table == wanted
    assert fuzzy_gap(arrays[0], {"a": (5, 7, 9), "b": 5}).table == wanted
    crisp = pd.Series([1.0, 2], index=["a", "b"])
    assert fuzzy_gap(crisp, p).table == fuzzy_gap({"a": 1, "b": 2}, p).table
    assert fuzzy_gap(*arrays).table["item"].tolist() == ["1", "2"]


def test_a_side_that_is_missing_has_a_reason():
    p = {"a": None, "b": 1, "c": NAN, "d": (1, 2, 3)}
    table = fuzzy_gap(p, {"a": 1, "b": NAN, "c": None, "d": 1}).table
    reasons = ["no perception", "no expectation", "no perception", ""]
    assert table["undefined"].tolist() == reasons
    for name in ("low", "mode", "high", "graded_mean", "centroid"):
        assert np.isnan(table[name]).tolist() == [bool(reason) for reason in reasons]


@pytest.mark.parametrize("hole", [(1, NAN, 3), (NAN, 2, 3), (5, NAN, 1)])
def test_a_triangle_with_a_hole_gives_no_numbers(hole):
    try:
        row = fuzzy_gap({"x": hole}, {"x": 1}).table.row(item="x")
    except ValueError:
        return
    assert row["undefined"] == "no perception"
    assert all(math.isnan(row[name]) for name in ("low", "mode", "high", "graded_mean"))


@pytest.mark.parametrize(
    ("p", "e", "options", "said"),
    [
        ({"a": (3, 2, 7)}, {"a": 1}, {}, r"`perceptions\['a'\]`.*in their order.*got \(3, 2, 7\)"),
        ({"a": (3, 8, 7)}, {"a": 1}, {}, "in their order"),
        ({"a": 1}, {"a": (7, 5, 3)}, {}, r"`expectations\['a'\]`.*in their order"),
        ({"a": (3, 2)}, {"a": 1}, {}, r"low, mode and high.*got \(3, 2\)"),
        ({"a": (1, 2, 3, 4)}, {"a": 1}, {}, "low, mode and high"),
        ({"a": (1, 2, math.inf)}, {"a": 1}, {}, "a finite number"),
        ({"a": "good"}, {"a": 1}, {}, "must be numbers, got 'good'"),
        ({"a": 1}, {"b": 1}, {}, "`expectations`: 'b' is unknown; there are 'a'"),
        ({"a": 1, "b": 2}, {"a": 1}, {}, "`expectations` has nothing for 'b'"),
        ([1, 2], [1], {}, r"`expectations` must be one for each of \('1', '2'\), got 1"),
        ([3, 5, 7], [5, 7, 9], {}, "one fuzzy number or three items"),
        ([(1, 2, 3)], [(1, 2, 3)], {"items": ["a", "b"]}, r"for each of \('a', 'b'\), got 1"),
        ([], [], {}, "at least one item"),
        ({}, {}, {}, "at least one item"),
        (3, 4, {}, "TypeError: `perceptions`"),
    ],
)
def test_what_fuzzy_gaps_refuse(p, e, options, said):
    refused(lambda: fuzzy_gap(p, e, **options), said)


TERMS = {"poor": (1, 1, 3), "fair": (3, 5, 7), "good": (5, 7, 9)}


@few
@given(
    st.integers(1, 3).flatmap(
        lambda k: st.lists(
            st.lists(st.sampled_from([*TERMS, None]), min_size=k, max_size=k),
            min_size=1,
            max_size=8,
        )
    )
)
def test_fuzzy_means_are_means_of_triangles(rows):
    table = fuzzy_means(rows, TERMS).table
    for place, column in enumerate(zip(*rows, strict=True)):
        row = table.row(item=str(place + 1))
        known = [TERMS[word] for word in column if word is not None]
        assert row["n"] == len(known)
        assert row["undefined"] == ("" if known else "no answers")
        means = np.mean(known, axis=0).tolist() if known else [NAN] * 3
        assert [row[name] for name in ("low", "mode", "high")] == close(means)


def test_fuzzy_means_are_a_side_of_a_gap():
    frame = {"speed": ["Good", " fair ", ""], "care": ["GOOD", "good", None]}
    means = fuzzy_means(frame, TERMS)
    assert means.numbers["care"].tolist() == [5, 7, 9]
    gap = fuzzy_gap(means, {"speed": (5, 7, 9), "care": 5}).table
    assert gap.row(item="speed")["mode"] == -1  # (7 + 5)/2 - 7
    assert gap.row(item="care")["low"] == 0
    other = fuzzy_means(pl.DataFrame(frame), TERMS, items=["care"]).table
    assert other == fuzzy_means(pd.DataFrame(frame), TERMS, items=["care"]).table
    crisp = fuzzy_means([["no"], ["yes"]], {"no": 0, "yes": 1}).table.row(item="1")
    assert crisp["mode"] == crisp["low"] == 0.5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fuzzy_means([["goood"]], TERMS), r"'goood' is not among `terms` \(row 1.*'good'"),
        (lambda: fuzzy_means([["a"]], {"a": (3, 1, 2)}), r"`terms\['a'\]`.*in their order"),
        (lambda: fuzzy_means([["a"]], {"a": None}), r"`terms\['a'\]` must be low, mode and high"),
        (lambda: fuzzy_means([["a"]], {"a": 1, " A ": 2}), "must have one number"),
        (lambda: fuzzy_means([["a"]], ["a"]), "TypeError: `terms` must be Mapping"),
        (lambda: fuzzy_means(["a"], TERMS), "two axes"),
        (lambda: fuzzy_means({"x": ["fair"]}, TERMS, items=["y"]), "'y'.*'x'"),
    ],
)
def test_what_fuzzy_means_refuse(call, said):
    refused(call, said)
