"""Mediation: worked values, R, lavaan, brute force, bad input."""

import math
import re
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.paths import (
    effects_of,
    indirect_error,
    path_coefficients,
    paths_through,
)
from servqual.profit_chain.mediating import mediation
from servqual.profit_chain.money import score_to_money

from .chains import ATTITUDE, FAST, NAMES, SEEDS, close, lines, network
from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)
COMPLAINTS, LEARNING, RAISES, RATING = ATTITUDE.T


@pytest.fixture(scope="module")
def mediated():
    return mediation(LEARNING, RAISES, RATING)


def test_attitude_mediation(mediated):
    # theory.md F7; R: lm() of attitude and of scale(attitude)
    effects = mediated.effects
    indirect, direct, total = (effects.row(effect=e) for e in ("indirect", "direct", "total"))
    assert indirect["standardised"] == close(0.640314372822134 * 0.323372388617173, 1e-12)
    assert indirect["standardised"] == pytest.approx(0.20705999, abs=5e-9)
    assert direct["standardised"] == close(0.416618176294810, 1e-12)
    assert total["standardised"] == close(0.623678164500211, 1e-12)
    assert mediated.indirect == pytest.approx(0.21474378, abs=5e-9)
    assert (mediated.direct, mediated.total) == close((0.432078469434914, 0.646822251332927), 1e-12)
    assert mediated.direct + mediated.indirect == close(mediated.total, 1e-14)
    assert indirect["sobel_z"] == pytest.approx(1.6197336, abs=5e-8)
    assert indirect["sobel_p"] == close(2 * stats.norm.sf(1.619733646433851))
    for row in (direct, total):  # which are coefficients: see the regressions
        assert np.isnan([row["sobel_se"], row["sobel_z"], row["sobel_p"]]).all()
        assert row["lacking"] == "no Sobel error: its test by t is in the regressions"
    assert (indirect["lacking"], mediated.lacking) == ("", "")
    assert [*effects["effect"]] == ["direct", "x → m1 → y", "indirect", "total"]
    one, whole = ({**row, "effect": ""} for row in list(effects.rows())[1:3])
    assert one == whole
    assert mediated.cautions == ()


def test_attitude_regressions(mediated):
    # R: summary(lm(rating ~ learning + raises)), confint
    table = mediated.regressions
    row = table.row(outcome="y", predictor="m1")
    wanted = {
        "estimate": 0.378588539690428,
        "standardised": 0.323372388617173,
        "se": 0.217407285315451,
        "low": -0.0674943628249495,
        "high": 0.824671442205806,
        "t": 1.74137926951762,
        "p": 0.0930017376201381,
        "df": 27,
        "n": 30,
    }
    assert {name: row[name] for name in wanted} == close(wanted, 1e-11)
    keys = list(zip(table["outcome"], table["predictor"], strict=True))
    assert keys == [("m1", "x"), ("y", "x"), ("y", "m1"), ("y", "x (alone)")]
    direct, total = (mediated.effects.row(effect=effect) for effect in ("direct", "total"))
    row = table.row(outcome="y", predictor="x")
    assert (row["estimate"], row["se"]) == close((direct["estimate"], 0.192590108097525))
    # R: summary(lm(rating ~ learning)), confint
    wanted = {
        "estimate": 0.646822251332927,
        "standardised": 0.623678164500211,
        "se": 0.1532057555619704,
        "low": 0.3329944874756503,
        "high": 0.9606500151902038,
        "t": 4.221918745547995,
        "p": 0.0002311474489806428,
        "df": 28,
    }
    row = table.row(outcome="y", predictor="x (alone)")
    assert {name: row[name] for name in wanted} == close(wanted, 1e-11)
    assert total["estimate"] == close(row["estimate"], 1e-13)


def test_attitude_intervals_of_the_indirect_effect(mediated):
    # R: boot(attitude, …, 5000), seed 1, boot.ci: percentile −.0963 to .6084, BCa −.0200 to .7711
    # with an acceleration by regression; scipy.stats.bootstrap with 200,000: BCa −.0396 to .7081
    row = mediation(LEARNING, RAISES, RATING, interval="bootstrap").effects.row(effect="indirect")
    assert (row["low"], row["high"]) == pytest.approx((-0.0396, 0.7081), abs=0.03)
    row = mediated.effects.row(effect="indirect")
    assert (row["low"], row["high"]) == pytest.approx((-0.0963, 0.6084), abs=0.03)
    assert mediated.interval == "percentile"
    ends = [row[f"standardised_{end}"] for end in ("low", "high")]
    assert -0.1 < ends[0] < 0
    assert 0.5 < ends[1] < 0.7


def test_two_mediators_in_series_as_lavaan_has_them():
    rows = ATTITUDE
    found = mediation(COMPLAINTS, ATTITUDE[:, 1:3], RATING, **FAST)
    # R: lavaan::sem of all paths, ":=" of their products
    wanted = {
        "x → m1 → y": 0.11608622878138,
        "x → m2 → y": -0.00997058402806034,
        "x → m1 → m2 → y": -0.00499404625911496,
        "indirect": 0.101121598494204,
        "total": 0.754609818719365,
    }
    table = found.effects
    for effect, estimate in wanted.items():
        assert table.row(effect=effect)["estimate"] == close(estimate, 1e-6), effect
    # its errors divide by n, ours by n - p: so the kernel with n
    causes = ((), (0,), (0, 1), (0, 1, 2))
    B = path_coefficients(np.cov(rows.T), causes)
    away = rows - rows.mean(axis=0)
    errors = np.diag(np.diag((away - away @ B.T).T @ (away - away @ B.T) / 30))
    inverses = [np.linalg.inv(away[:, list(c)].T @ away[:, list(c)]) for c in causes]
    assert indirect_error(B, inverses, errors, causes) == close(0.0935043344915061, 1e-6)
    at = {effect: table.row(effect=effect)["sobel_se"] for effect in wanted}
    ours = [at["x → m1 → y"], at["x → m1 → m2 → y"]]
    # R: lavaan, 0.0786382206673109 with n = 30 instead of 28 and 26 df
    a, b = found.regressions.row(outcome="m1"), found.regressions.row(outcome="y", predictor="m1")
    plain = math.sqrt(
        a["estimate"] ** 2 * b["se"] ** 2 * 26 / 30 + b["estimate"] ** 2 * a["se"] ** 2 * 28 / 30
    )
    assert plain == close(0.0786382206673109, 1e-6)
    assert ours[0] == close(math.hypot(a["estimate"] * b["se"], b["estimate"] * a["se"]))
    c, d = (found.regressions.row(outcome=o, predictor=p) for o, p in (("m2", "m1"), ("y", "m2")))
    three = [(x["estimate"], x["se"]) for x in (a, c, d)]
    parts = [three[j][1] * math.prod(three[i][0] for i in range(3) if i != j) for j in range(3)]
    assert ours[1] == close(math.hypot(*parts))


def test_parallel_mediators_as_lavaan_has_them():
    rows = ATTITUDE
    causes = ((), (0,), (0,), (0, 1, 2))
    found = mediation(COMPLAINTS, ATTITUDE[:, 1:3], RATING, order="parallel", **FAST)
    assert [*found.effects["effect"]] == [
        *("direct", "x → m1 → y", "x → m2 → y", "indirect", "total"),
    ]
    # R: lavaan::sem with learning ~~ raises
    assert found.indirect == close(0.101121600711667, 1e-6)
    B = path_coefficients(np.cov(rows.T), causes)
    away = rows - rows.mean(axis=0)
    left = away - away @ B.T
    inverses = [np.linalg.inv(away[:, list(c)].T @ away[:, list(c)]) for c in causes]
    se = indirect_error(B, inverses, left.T @ left / 30, causes)
    assert se == close(0.0935043335213324, 1e-6)
    # with df in the place of n, by the blocks of its two regressions
    a, b = B[1:3, 0], B[3, 1:3]
    of_a = (left.T @ left)[1:3, 1:3] / 28 * inverses[1][0, 0]
    of_b = (left[:, 3] @ left[:, 3]) / 26 * inverses[3][1:, 1:]
    wanted = math.sqrt(b @ of_a @ b + a @ of_b @ a)
    assert found.effects.row(effect="indirect")["sobel_se"] == close(wanted)


def test_the_error_of_the_indirect_effect_is_that_of_all_coefficients():
    """By central differences of the effect, with the covariance of each regression."""
    rows = network(8, 60, 5)
    causes = tuple(tuple(range(place)) for place in range(5))
    away = rows - rows.mean(axis=0)
    B = path_coefficients(np.cov(rows.T), causes)
    variance = 0.0
    for effect in range(1, 5):
        own = list(causes[effect])
        X = away[:, own]
        left = away[:, effect] - X @ B[effect, own]
        covariance = left @ left / (60 - 1 - len(own)) * np.linalg.inv(X.T @ X)
        gradient = []
        for cause in own:
            step = np.zeros_like(B)
            step[effect, cause] = 1e-5
            up, down = (
                np.linalg.inv(np.eye(5) - B - s * step)[4, 0] - (B + s * step)[4, 0]
                for s in (1, -1)
            )
            gradient.append((up - down) / 2e-5)
        variance += np.array(gradient) @ covariance @ gradient
    found = mediation(rows[:, 0], rows[:, 1:4], rows[:, 4], **FAST)
    got = found.effects.row(effect="indirect")["sobel_se"]
    assert got == close(math.sqrt(variance), 1e-6)


@few
@given(SEEDS, st.integers(1, 4), st.sampled_from(["serial", "parallel"]), st.integers(0, 40))
def test_direct_and_indirect_make_the_total(seed, k, order, more):
    rows = network(seed, k + 4 + more, k + 2)
    x, m, y = rows[:, 0], rows[:, 1:-1], rows[:, -1]
    found = mediation(x, m, y, order=order, **FAST)
    size = max(abs(found.direct), abs(found.total)) * 1e-8
    assert found.direct + found.indirect == pytest.approx(found.total, abs=size)
    assert found.total == pytest.approx(lines(y, x)[0][0], abs=size)
    paths = found.effects["estimate"][1:-2]
    assert len(paths) == (2**k - 1 if order == "serial" else k)
    assert paths.sum() == pytest.approx(found.indirect, abs=size)
    slopes = lines(y, x, *m.T)
    assert found.direct == pytest.approx(slopes[0][0], abs=size)
    *last, alone = (row for row in found.regressions.rows() if row["outcome"] == "y")
    assert [alone["estimate"], alone["se"]] == close([v[0] for v in lines(y, x)[:2]], 1e-6)
    assert [row["estimate"] for row in last] == close(slopes[0].tolist(), 1e-6)
    assert [row["se"] for row in last] == close(slopes[1].tolist(), 1e-6)


@few
@given(SEEDS, st.integers(1, 3), st.sampled_from(["serial", "parallel"]))
def test_units_change_effects_by_their_ratio_alone(seed, k, order):
    rows = network(seed, 30, k + 2)
    rng = np.random.default_rng(seed)
    factors = rng.uniform(0.1, 9, k + 2)
    other = rng.permutation(rows) * factors + 3
    first, second = (
        mediation(r[:, 0], r[:, 1:-1], r[:, -1], order=order, **FAST).effects for r in (rows, other)
    )
    ratio = factors[-1] / factors[0]
    for name in ("estimate", "sobel_se"):
        assert second[name] == close(first[name] * ratio, 1e-6)
    for name in ("standardised", "sobel_z"):
        assert second[name] == close(first[name], 1e-6)


def test_paths_by_brute_force():
    rows = network(5, 80, 5)
    found = mediation(rows[:, 0], rows[:, 1:4], rows[:, 4], **FAST)
    b = {
        (effect, cause): lines(rows[:, effect], *rows[:, :effect].T)[0][cause]
        for effect in range(1, 5)
        for cause in range(effect)
    }
    names = ("x", "m1", "m2", "m3", "y")
    for size in (1, 2, 3):
        for middle in combinations((1, 2, 3), size):
            path = (0, *middle, 4)
            wanted = math.prod(b[to, start] for start, to in pairwise(path))
            label = " → ".join(names[place] for place in path)
            assert found.effects.row(effect=label)["estimate"] == close(wanted)


def test_names_come_from_series_and_frames():
    frame = pd.DataFrame(ATTITUDE, columns=NAMES)
    found = mediation(frame["learning"], frame["raises"], frame["rating"], **FAST)
    assert found.variables == ("learning", "raises", "rating")
    assert found.effects["effect"][1] == "learning → raises → rating"
    both = frame[["learning", "raises"]]
    assert mediation(frame["complaints"], both, RATING, **FAST).variables == (*NAMES[:3], "y")
    polar = pl.DataFrame(both)
    assert mediation(COMPLAINTS, polar, RATING, **FAST).variables == ("x", *NAMES[1:3], "y")
    assert mediation(COMPLAINTS, {"a": RAISES}, RATING, **FAST).variables == ("x", "a", "y")
    assert mediation(COMPLAINTS, RAISES[:, None], RATING, **FAST).variables == ("x", "m1", "y")


def test_opposed_effects_are_told():
    rng = np.random.default_rng(1)
    x, noise, other = rng.normal(size=(3, 300))
    m = x + noise
    found = mediation(x, m, 2 * m - 2 * x + other, resamples=300)
    (caution,) = found.cautions
    assert caution.startswith("the direct and the indirect effect have opposite signs")
    assert found.regressions.note.endswith(f"; caution: {caution}")
    assert mediation(x, m, 2 * m + 2 * x + other, resamples=300).cautions == ()
    assert mediation(x, m, 2 * m - 0.01 * x + other, resamples=300).cautions == ()


def reasons(found):
    """Return why there is no estimate, of regressions and of effects, by their keys."""
    table = found.regressions
    keys = [f"{row['outcome']} ~ {row['predictor']}" for row in table.rows()]
    for part, numbers in ((table, ("estimate", "p")), (found.effects, ("estimate", "low"))):
        for name in numbers:
            gone = np.isnan(part[name]) & ([not words for words in part["lacking"]])
            assert gone.tolist() == [bool(why) for why in part["undefined"]], name
    return (
        dict(zip(keys, table["undefined"].tolist(), strict=True)),
        dict(zip(found.effects["effect"], found.effects["undefined"].tolist(), strict=True)),
    )


def test_variables_that_follow_from_others_are_named():
    rng = np.random.default_rng(1)
    x, m, y = rng.normal(size=(3, 20))
    follows = "'m1' follows from 'x'"
    found = mediation(x, 3 * x + 1, y, **FAST)
    regressions, effects = reasons(found)
    assert regressions == {"m1 ~ x": "", "y ~ x": follows, "y ~ m1": follows, "y ~ x (alone)": ""}
    assert effects == dict.fromkeys(("direct", "x → m1 → y", "indirect"), follows) | {"total": ""}
    # what is left stands as it would without the mediator
    assert found.regressions["estimate"][0] == close(3)
    ((total,), (se,), _) = lines(y, x)
    row = found.regressions.row(predictor="x (alone)")
    assert (row["estimate"], row["se"], found.total) == close((total, se, total))
    other = mediation(x, m, y, **FAST).effects.row(effect="total")
    row = found.effects.row(effect="total")
    for name in ("se", "low", "high", "standardised", "standardised_low"):
        assert row[name] == close(other[name]), name
    assert (found.undefined, found.lacking) == (follows, "")
    assert np.isnan([found.direct, found.indirect]).all()
    str(found)

    both = "'m2' follows from 'x', 'm1'"
    regressions, effects = reasons(mediation(x, np.column_stack([m, x - 2 * m]), y, **FAST))
    assert [why for why in regressions.values() if why] == [both] * 3
    assert [name for name, why in regressions.items() if why] == ["y ~ x", "y ~ m1", "y ~ m2"]
    assert set(effects.values()) == {both, ""}
    regressions, _ = reasons(mediation(x, np.column_stack([3 * x, m]), y, **FAST))
    assert {name for name, why in regressions.items() if why == follows} == {
        *("m2 ~ x", "m2 ~ m1", "y ~ x", "y ~ m1", "y ~ m2"),
    }


def test_variables_that_do_not_vary_leave_what_does_without_them():
    rng = np.random.default_rng(1)
    x, m, y = rng.normal(size=(3, 20))
    flat = "'m1' does not vary"
    regressions, effects = reasons(mediation(x, np.ones(20), y, **FAST))
    assert [*regressions.values()] == [flat, flat, flat, ""]
    assert effects["total"] == ""
    one = np.column_stack([np.ones(20), m])
    regressions, effects = reasons(mediation(x, one, y, order="parallel", **FAST))
    assert [*regressions.values()] == [flat, "", flat, flat, flat, ""]
    assert [*effects.values()] == [flat] * 4 + [""]
    regressions, effects = reasons(mediation(x, m, np.full(20, 0.1), **FAST))
    why = "'y' does not vary"
    assert [*regressions.values()] == ["", why, why, why]
    assert set(effects.values()) == {why}


def test_few_rows_are_enough_for_some_regressions():
    x, m, y = np.random.default_rng(1).normal(size=(3, 3))
    found = mediation(x, m, y, resamples=400)
    regressions, effects = reasons(found)
    why = "3 rows are too few for 2 slopes"
    assert [*regressions.values()] == ["", why, why, ""]
    assert [*effects.values()] == [why] * 3 + [""]
    assert found.total == close(lines(y, x)[0][0])
    # one of nine resamples has one row alone
    assert re.match(r"no error, no interval: \d+ of 400 resamples", found.lacking)


def test_without_a_total_there_is_nothing():
    rng = np.random.default_rng(1)
    x, m, y = rng.normal(size=(3, 20))
    cases = {
        "'x' does not vary": (np.ones(20), m, y),
        "no row has all variables": (x, np.full(20, NAN), y),
        "2 rows are too few for 2 slopes": (x[:2], m[:2], y[:2]),
    }
    for why, given_ in cases.items():
        found = mediation(*given_, **FAST)
        assert found.undefined == why
        assert "" not in {*found.effects["undefined"], *found.regressions["undefined"]}
        numbers = [found.effects[name] for name in ("estimate", "se", "standardised", "sobel_p")]
        assert np.isnan(numbers).all()
        assert set(found.effects["lacking"]) == {""}
        assert found.lacking == ""
        assert (math.isnan(found.total), found.cautions) == (True, ())
        str(found)


def test_a_name_that_the_total_has_is_refused():
    refused(
        lambda: mediation([1, 2, 3], {"x (alone)": [1, 2, 4]}, [1, 3, 2]),
        r"must be different from each other, got 'x \(alone\)' twice",
    )


def test_a_perfect_fit_has_no_error_and_says_so():
    rng = np.random.default_rng(1)
    x, m = rng.normal(size=(2, 40))
    found = mediation(x, m, 3 * x - 2 * m, resamples=200)
    assert found.direct == close(3)
    row = found.effects.row(effect="direct")
    assert row["lacking"] == (
        "no error, no interval: resamples do not differ; "
        "no Sobel error: its test by t is in the regressions"
    )
    assert all(math.isnan(row[name]) for name in ("se", "low", "high", "sobel_se", "sobel_p"))
    assert not math.isnan(row["standardised_low"])
    whole = found.effects.row(effect="indirect")
    assert whole["se"] > 0.1
    assert whole["lacking"] == ""
    last = found.regressions.row(outcome="y", predictor="x")
    assert last["lacking"] == "no error, no interval, no test: it fits exactly"
    assert found.lacking == row["lacking"]
    exact = mediation(x, 2 * x + np.tile([0, 1], 20), 5 * x + np.tile([0, 3], 20), resamples=200)
    path = exact.effects.row(effect="x → m1 → y")
    assert (path["lacking"], math.isnan(path["sobel_se"])) == ("", False)


def test_four_rows_are_enough_for_one_mediator():
    found = mediation([1, 2, 3, 4.0], [1, 3, 2, 5], [2, 1, 4, 4], **FAST)
    assert found.undefined == ""
    assert found.regressions.row(outcome="y", predictor="x")["df"] == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: mediation([1, 2], [1, 2, 3], [1, 2]),
            "`mediators` must have one row for each of 2",
        ),
        (
            lambda: mediation([1, 2], [1, 2], [1, 2, 3]),
            "`y` must have one row for each of 2 of `x`",
        ),
        (lambda: mediation(3, [1], [1]), "TypeError: `x` must be one number a row"),
        (lambda: mediation([1], 3, [1]), "TypeError: `mediators` must be one number a row"),
        (lambda: mediation([[1]], [1], [1]), "`x` must be one number a row.*the column itself"),
        (lambda: mediation([1, 2], ["a", 2], [1, 2]), "`mediators` must be numbers, got 'a'"),
        (lambda: mediation([1, 2], [1, 2], [1, math.inf]), "`y` must be finite, got inf"),
        (
            lambda: mediation([1, 2], ["score"], [1, 2]),
            r"TypeError: `mediators` must be columns .*; give columns, as frame\[\['score'\]\]",
        ),
        (
            lambda: mediation(pd.DataFrame({"x": [1], "y": [2]}), "x", "y"),
            r"`mediators` .*, got 'x'; give columns, as frame\[\['x'\]\]",
        ),
        (
            lambda: mediation([1, 2], [1, 2], "y"),
            r"TypeError: `y` must be a column of numbers, got 'y'; give a column, as frame\['y'\]",
        ),
        (lambda: mediation([], [1], [1]), "`x` must be one number a row, at least one"),
        (lambda: mediation([1], [1], [1], order="both"), "`order` must be one of 'serial', 'para"),
        (
            lambda: mediation(*np.ones((1, 9)), np.ones((9, 9)), np.ones(9)),
            "`mediators` must be at most 8 in series, got 9; give fewer",
        ),
        (lambda: mediation([1], {"y": [1]}, [1]), "must be different from each other, got 'y' tw"),
        (
            lambda: mediation(pd.Series([1, 2]), pd.Series([1, 2], index=[4, 5]), [1, 2]),
            "`mediators` must have the index of `x`",
        ),
    ],
)
def test_mediation_of_the_wrong_kind(call, said):
    refused(call, said)


def test_mediators_and_outcome_have_one_index_whatever_the_cause_has():
    m, y = pd.Series([1, 2, 3, 5], index=[4, 3, 2, 1]), pd.Series([1, 3, 2, 4], index=[1, 2, 3, 4])
    refused(lambda: mediation([1, 2, 3, 3], m, y), "`y` must have the index of `mediators`")
    refused(lambda: mediation([1, 2, 3, 3], m.to_frame("m"), y), "`y` must have the index of")
    assert mediation([1, 2, 3, 3], m, y.set_axis(m.index), **FAST).n == 4


def test_paths_that_read_the_same_are_refused():
    rows = network(2, 12, 5).T
    mediators = {"a → b": rows[1], "a": rows[2], "b": rows[3]}
    said = "`paths` must be different from each other, got 'x → a → b → y' twice"
    refused(lambda: mediation(rows[0], mediators, rows[4], **FAST), said)
    parallel = mediation(rows[0], mediators, rows[4], order="parallel", **FAST)
    assert len(parallel.effects) == 6


def test_more_mediators_may_be_parallel():
    rows = network(3, 60, 12)
    found = mediation(rows[:, 0], rows[:, 1:11], rows[:, 11], order="parallel", **FAST)
    assert len(found.effects) == 13
    rows = network(3, 60, 10)
    assert len(mediation(rows[:, 0], rows[:, 1:9], rows[:, 9], **FAST).effects) == 2**8 - 1 + 3


# --- the kernel -----------------------------------------------------------------------------------


def test_resampled_effects_are_those_of_each_resample():
    """With a row drawn as often as it stands, all is that of the rows so repeated."""
    rows = network(6, 12, 3)
    counts = np.random.default_rng(1).multinomial(12, np.full(12, 1 / 12), size=300)
    money, mediated = [], []
    for count in counts:
        x, m, y = np.repeat(rows, count, axis=0).T
        a, (direct, b) = lines(m, x)[0][0], lines(y, x, m)[0]
        way = lines(y, x)[0][0]
        money.append([a * lines(y, m)[0][0], way, way - a * lines(y, m)[0][0]])
        mediated.append([direct, a * b, a * b * x.std() / y.std()])
    wanted = np.quantile(np.column_stack([money, mediated]), [0.25, 0.75], axis=0)
    asked = {"interval": "percentile", "confidence": 0.5, "resamples": 20_000}
    found = score_to_money(rows, **asked)
    effects = mediation(*rows.T, **asked).effects
    ends = [*zip(found.ways["low"], found.ways["high"], strict=True)]
    ends += [
        [effects.row(effect=e)[end] for end in ("low", "high")] for e in ("direct", "indirect")
    ]
    ends += [[effects.row(effect="indirect")[f"standardised_{end}"] for end in ("low", "high")]]
    away = wanted[1] - wanted[0]  # quartiles of 300 draws differ by a tenth of their distance
    np.testing.assert_allclose(np.transpose(ends) / away, wanted / away, atol=0.3)


def test_many_covariances_at_once_are_as_one_by_one():
    stack = np.stack([np.cov(network(seed, 12, 4).T) for seed in range(5)])
    stack[2, 1] = stack[2, :, 1] = 0  # a variable that does not vary
    stack[3, 2], stack[3, :, 2] = stack[3, 1], stack[3, :, 1]  # one that is another
    causes = ((), (0,), (0, 1), (0, 1, 2))
    paths = paths_through((1, 2), 0, 3)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = effects_of(stack, causes, paths)
        for place in (0, 1, 4):
            assert found[place] == close(effects_of(stack[place], causes, paths), 1e-12)
    assert np.isnan(found[2][[0, 1, 2, 3, 4]]).all()
    assert np.isnan(found[3][0])
