"""Adequacy, eigenvalues by chance, HTMT, Fornell-Larcker, difference scores, models as text."""

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
from scipy import stats

import servqual as sq
from servqual._stats.correlation_matrices import random_eigenvalues
from servqual.measurement import (
    Covariance,
    composite_reliability,
    covariance,
    difference_diagnostics,
    difference_reliability,
    fornell_larcker,
    htmt,
    mcdonald_omega,
    model_syntax,
    parallel_analysis,
    sampling_adequacy,
    syntax_names,
    validity,
)

from . import reference
from .effort import effort
from .strategies import cases, form

NAN = math.nan
few = effort(25)
SEEDS = st.integers(0, 2**32 - 1)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-9):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def symmetric(lower, diagonal=None):
    """Return a matrix of its lower triangle: by row with the diagonal, or by column without it."""
    k = next(k for k in range(2, 99) if len(lower) == k * (k + (1 if diagonal is None else -1)) / 2)
    found = np.zeros((k, k))
    if diagonal is None:
        found[np.tril_indices(k)] = lower
        return found + np.tril(found, -1).T
    found[np.triu_indices(k, 1)] = lower
    return found + found.T + diagonal * np.eye(k)


# R's data set attitude (Chatterjee & Price 1977): 30 departments, cross-products 30·Σxy - Σx·Σy
ATTITUDE = Covariance(
    items=("rating", "complaints", "privileges", "learning", "raises", "critical", "advance"),
    matrix=symmetric(
        [
            *(128909, 116388, 154236, 55214, 79128, 130244, 77521, 81132, 61636, 119849),
            *(64979, 80598, 49304, 67981, 94049, 16393, 21516, 15508, 11717, 33733, 85181),
            *(16898, 26766, 37598, 55852, 53438, 25096, 92096),
        ]
    )
    / (30 * 29),
    n=30,
)

# Correlations of x1..x9 of Holzinger & Swineford (1939), 301 pupils, as in R's lavaan
HOLZINGER = Covariance(
    items=tuple(f"x{n}" for n in range(1, 10)),
    matrix=symmetric(
        [
            *(0.297345511015847386, 0.440667995256076861, 0.372706265348223376),
            *(0.293443689100552796, 0.356770187255645355, 0.066863915657655176),
            *(0.223926769157718863, 0.390340414178281303, 0.339848981024972296),
            *(0.152930187381681709, 0.139387489333305747, 0.192531901635957320),
            *(-0.075668915987085833, 0.092279228168881830, 0.206040568694454529),
            *(0.158639566830315298, 0.077198225708510190, 0.197661021625728239),
            *(0.071931047508595178, 0.186012632548420903, 0.328650613353634491),
            *(0.733170166386544087, 0.704480241872091684, 0.173829117106369557),
            *(0.106898375209969754, 0.207848305589031557, 0.719955540265242777),
            *(0.102044752581405274, 0.138669981252845242, 0.227466416523461251),
            *(0.121101696294930811, 0.149611323119705375, 0.214161742836951802),
            *(0.486757925677911596, 0.340645718978523748, 0.449015447452350280),
        ],
        diagonal=1.0,
    ),
    n=301,
)
FACTORS = {"visual": ("x1", "x2", "x3"), "text": ("x4", "x5", "x6"), "speed": ("x7", "x8", "x9")}


def answered(seed, n=60, sizes=(3, 2, 3), shared=0.5):
    """Return answers in tenths, of a factor for each size and one that all share."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(n, len(sizes))) + shared * rng.normal(size=(n, 1))
    k = sum(sizes)
    return (np.repeat(own, sizes, axis=1) * rng.uniform(0.5, 1.5, k) + rng.normal(size=(n, k))) * 9


def equal(k, r, n=200):
    """Return items that all correlate by r."""
    items = tuple("abcdefghij"[:k])
    return Covariance(items=items, matrix=np.full((k, k), float(r)) + (1 - r) * np.eye(k), n=n)


def holes(answers, seed, share=0.1):
    found = answers.copy()
    found[np.random.default_rng(seed).random(found.shape) < share] = NAN
    return found


def frames(answers, names):
    """Return the same answers in tables of every kind."""
    data = {name: column.tolist() for name, column in zip(names, answers.T, strict=True)}
    return [pd.DataFrame(data), pl.DataFrame(data), pa.table(data)]


# --- adequacy -------------------------------------------------------------------------------------


def test_b7_attitude():
    found = sampling_adequacy(ATTITUDE)
    # computed with R 4.2.2, psych 2.2.9: KMO, cortest.bartlett (theory.md B7)
    assert found.kmo == pytest.approx(0.763275432158762, rel=1e-12)
    items = [
        *(0.731726404715859, 0.737495686636631, 0.844183070646869, 0.811414230655824),
        *(0.814375214061605, 0.693597749725397, 0.651074387768990),
    ]
    assert found.items["kmo"].tolist() == pytest.approx(items, rel=1e-12)
    assert found.chi2 == pytest.approx(98.7527786621811, rel=1e-12)
    assert found.p == pytest.approx(4.79253903552844e-12, rel=1e-10)
    assert (found.df, found.n, found.word, found.undefined) == (21, 30, "middling", "")
    assert found.items["item"].tolist() == list(ATTITUDE.items)
    assert found.table.row()["chi2"] == found.chi2


def test_b7_holzinger_swineford():
    found = sampling_adequacy(HOLZINGER)
    # computed with R 4.2.2, psych 2.2.9
    assert found.kmo == pytest.approx(0.752244592603047, rel=1e-12)
    items = [
        *(0.805021226632053, 0.777938285398466, 0.734302877282004, 0.763262045280562),
        *(0.738723856519860, 0.807559054803425, 0.593046810632567, 0.682937939231282),
        0.787864851859471,
    ]
    assert found.items["kmo"].tolist() == pytest.approx(items, rel=1e-12)
    assert found.items["word"].tolist()[6] == "miserable"
    assert found.chi2 == pytest.approx(904.097051036859, rel=1e-12)
    assert found.p == pytest.approx(1.91207887406147e-166, rel=1e-9)
    assert (found.df, found.n) == (36, 301)


def partial(answers, a, b):
    """Return the correlation of two items once all others are taken out of both by regression."""
    others = np.delete(answers, [a, b], axis=1)
    design = np.column_stack([np.ones(len(answers)), others])
    left = [y - design @ np.linalg.lstsq(design, y, rcond=None)[0] for y in answers[:, [a, b]].T]
    return np.corrcoef(*left)[0, 1]


@few
@given(seed=SEEDS, k=st.integers(2, 6), n=st.integers(12, 60))
def test_adequacy_is_that_of_partial_correlations(seed, k, n):
    answers = answered(seed, n, (k,))
    r = np.corrcoef(answers, rowvar=False)
    q = np.zeros((k, k))
    for a, b in combinations(range(k), 2):
        q[a, b] = q[b, a] = partial(answers, a, b)
    direct, rest = ((r - np.eye(k)) ** 2).sum(axis=0), (q**2).sum(axis=0)
    found = sampling_adequacy(answers)
    assert found.kmo == close(direct.sum() / (direct.sum() + rest.sum()), 1e-7)
    assert found.items["kmo"].tolist() == close(list(direct / (direct + rest)), 1e-7)
    chi2 = -(n - 1 - (2 * k + 5) / 6) * math.log(np.linalg.det(r))
    assert found.chi2 == close(chi2, 1e-7)
    assert found.p == close(stats.chi2.sf(chi2, k * (k - 1) / 2), 1e-5)


@few
@given(seed=SEEDS, order=st.permutations(range(5)))
def test_adequacy_knows_no_unit_no_sign_and_no_order(seed, order):
    rng = np.random.default_rng(seed)
    answers = answered(seed, 40, (5,))
    turned = rng.choice([-1, 1], 5) * rng.uniform(0.1, 10, 5) * answers + rng.normal(0, 20, 5)
    found = sampling_adequacy(answers)
    other = sampling_adequacy(turned[:, order][rng.permutation(40)])
    assert other.kmo == close(found.kmo)
    assert other.chi2 == close(found.chi2)
    assert other.items["kmo"].tolist() == close(found.items["kmo"][list(order)].tolist())


@pytest.mark.parametrize(
    ("k", "r", "word"),
    [  # q = r/(1 + (k - 2)·r), so that KMO = 1/(1 + 1/(1 + (k - 2)·r)²)
        (5, 0.8, "marvelous"),  # 11.56/12.56
        (4, 0.6, "meritorious"),  # 4.84/5.84
        (3, 0.7, "middling"),  # 2.89/3.89
        (3, 0.3, "mediocre"),  # 1.69/2.69
        (2, 0.6, "miserable"),  # 1/2: two items leave nothing to tell one from the other
        (3, -0.3, "unacceptable"),  # 0.49/1.49
    ],
)
def test_kaisers_words(k, r, word):
    found = sampling_adequacy(equal(k, r))
    square = (1 + (k - 2) * r) ** 2
    assert found.kmo == pytest.approx(square / (1 + square), rel=1e-12)
    assert found.word == word
    assert set(found.table["word"].tolist()) == {word}


def test_p_far_out_keeps_its_digits():
    # four items have 6 degrees of freedom: p = e^-x·(1 + x + x²/2), x = χ²/2
    found = sampling_adequacy(equal(4, 0.5, n=1000))
    x = found.chi2 / 2
    assert 1e-300 < found.p < 1e-200
    assert math.log(found.p) == pytest.approx(-x + math.log(1 + x + x**2 / 2), rel=1e-10)
    assert sampling_adequacy(equal(4, 0.9, n=10**7)).p == 0


def test_items_that_do_not_correlate():
    found = sampling_adequacy(equal(3, 0))
    assert math.isnan(found.kmo)
    assert found.undefined == "no items correlate"
    assert found.word == ""
    alone = np.eye(3)
    alone[0, 1] = alone[1, 0] = 0.4
    found = sampling_adequacy(Covariance(items=("a", "b", "c"), matrix=alone, n=90))
    assert found.undefined == ""
    assert found.items["undefined"].tolist() == ["", "", "correlates with no other item"]
    assert found.items["kmo"].tolist() == close([0.5, 0.5, NAN])


TEN = answered(1, 30, (4,))
A, B, C, D = TEN.T


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (np.column_stack([A, B, 2 * B + 3]), "items '2' and '3' say the same"),
        (np.column_stack([A, B, 9 - B]), "items '2' and '3' are collinear"),
        (np.column_stack([A, B, C, A - 2 * B]), "item '4' follows from '1', '2'"),
        (np.column_stack([A, B, np.full(30, 4)]), "item '3' does not vary"),
        (np.full((9, 3), 4.0), "no variation"),
        (TEN[:4], "4 respondents are too few for 4 items"),
        (TEN[:2], "2 respondents are too few for 4 items"),
        (TEN[:1], "one respondent"),
        (TEN[:, :1], "one item"),
        (np.full((5, 3), NAN), "no answers"),
        (np.column_stack([A, np.full(30, NAN)]), "no respondent answered all items"),
    ],
)
def test_correlations_without_an_inverse_say_why(answers, said):
    found = sampling_adequacy(answers)
    assert found.undefined == said
    assert math.isnan(found.kmo)
    assert math.isnan(found.chi2)
    assert math.isnan(found.p)
    assert set(found.items["undefined"].tolist()) == {said}
    assert np.isnan(found.items["kmo"]).all()
    assert said in str(found)


def test_a_matrix_by_pairs_may_have_no_inverse():
    matrix = symmetric([0.9, 0.9, -0.9], diagonal=1.0)
    found = Covariance(items=("a", "b", "c"), matrix=matrix, n=50, missing="pairwise")
    assert (
        sampling_adequacy(found).undefined == "the correlations by pairs are not positive definite"
    )
    by_chance = parallel_analysis(found)  # eigenvalues 1.9, 1.9 and -0.8
    assert by_chance.undefined == "the covariances are not positive definite"
    assert math.isnan(by_chance.suggested)
    assert np.isnan(by_chance.table["eigenvalue"]).all()
    assert not by_chance.table["kept"].any()


def test_eigenvalues_need_no_inverse():
    found = parallel_analysis(np.column_stack([A, B, A]))
    assert found.undefined == ""
    assert found.table["eigenvalue"][-1] == pytest.approx(0, abs=1e-12)


def test_fewer_respondents_than_items_are_told():
    few = answered(4, 4, (5,))
    assert "; fewer respondents (4) than items (5)" in parallel_analysis(few).table.note
    assert "fewer" not in parallel_analysis(answered(4, 5, (5,))).table.note


def test_a_test_needs_more_respondents_than_the_measure():
    # n - 1 - (2k + 5)/6 = 4 - 1 - 11/6 > 0, and 2 - 1 - 11/6 < 0
    assert sampling_adequacy(equal(3, 0.5, n=4)).lacking == ""
    found = sampling_adequacy(equal(3, 0.5, n=2))
    assert found.lacking == "no test: too few respondents"
    assert math.isnan(found.chi2)
    assert found.kmo == pytest.approx(2.25 / 3.25)  # q = 1/3


def test_adequacy_stands_on_those_who_answered_all():
    answers = holes(answered(4, 80, (5,)), 4)
    whole = answers[~np.isnan(answers).any(axis=1)]
    found = sampling_adequacy(answers)
    # pingouin would test with all 80 in the place of those left
    assert found.n == len(whole) < 80
    assert found.kmo == close(sampling_adequacy(whole).kmo)
    assert found.chi2 == close(sampling_adequacy(whole).chi2)
    pairs = sampling_adequacy(answers, missing="pairwise")
    known = ~np.isnan(answers)
    assert pairs.n == (known.T.astype(int) @ known).min()
    assert len(whole) < pairs.n < 80


def test_weights_of_two_are_rows_twice():
    answers, weights = answered(5, 30, (4,)), np.repeat([2, 1], 15)
    found = sampling_adequacy(answers, weights=weights)
    twice = sampling_adequacy(np.repeat(answers, weights, axis=0))
    assert found.kmo == close(twice.kmo)
    assert found.n == 30
    assert found.n_effective == pytest.approx(45**2 / 75)
    # χ² is that of n_effective, and the matrix that of the rows twice
    scale = (found.n_effective - 1 - 13 / 6) / (45 - 1 - 13 / 6)
    assert found.chi2 == close(twice.chi2 * scale)
    frame = pd.DataFrame(answers, columns=list("abcd")).assign(w=weights)
    assert sampling_adequacy(frame, weights="w").chi2 == found.chi2


@pytest.mark.parametrize("call", [sampling_adequacy, parallel_analysis])
def test_tables_of_every_kind_say_the_same(call):
    answers, names = answered(6, 40, (4,)).round(), ["wait", "care", "tone", "seat"]
    found = call(covariance(answers, items=names))
    assert call(answers, items=names) == found
    assert call(answers.tolist(), items=names) == found
    for frame in frames(answers, names):
        assert call(frame) == found
    assert call(frames(answers, names)[0], items=names[:2]) == call(answers[:, :2], items=names[:2])


# --- parallel analysis ----------------------------------------------------------------------------


def test_b8_attitude():
    found = parallel_analysis(ATTITUDE)
    # computed with R 4.2.2: eigen(cor(attitude))$values (theory.md B8)
    values = [
        *(3.716375750615766, 1.140921885217491, 0.847191545622732, 0.612869660163529),
        *(0.323672809488428, 0.218530593798603, 0.140437755093443),
    ]
    assert found.table["eigenvalue"].tolist() == pytest.approx(values, rel=1e-12)
    assert found.table["share"].tolist() == pytest.approx([v / 7 for v in values], rel=1e-12)
    assert found.table["component"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert (found.suggested, found.n, found.undefined) == (1, 30, "")


@pytest.mark.parametrize(("n", "k"), [(25, 4), (8, 5), (4, 6), (2, 3)])
def test_random_eigenvalues_are_those_of_random_answers(n, k):
    draws = 3000
    rng = np.random.default_rng(12)
    rows = rng.normal(size=(draws, n, k))
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.sqrt((rows**2).sum(axis=1, keepdims=True))
    plain = np.linalg.eigvalsh(rows.transpose(0, 2, 1) @ rows)[:, ::-1]
    found = random_eigenvalues(n, k, draws, rng)
    error = np.sqrt((plain.var(axis=0) + found.var(axis=0)) / draws)
    assert (np.abs(found.mean(axis=0) - plain.mean(axis=0)) < 5 * error + 1e-12).all()
    # and their spread: the error of an sd is near sd·√((kurtosis - 1)/4n) < 1.5·sd/√n here
    gap = np.abs(found.std(axis=0) - plain.std(axis=0))
    assert (gap < 5 * 1.5 * plain.std(axis=0) * np.sqrt(2 / draws) + 1e-12).all()
    assert found.sum(axis=1) == pytest.approx(k)
    assert (np.diff(found, axis=1) <= 1e-9).all()


def factored(sizes, n, seed):
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(size=(n, len(sizes))), sizes, axis=1)
    return own + rng.normal(size=own.shape)


@pytest.mark.parametrize(
    ("answers", "suggested"),
    [
        (factored((6,), 200, 1), 1),
        (factored((5, 4), 300, 2), 2),
        (factored((4, 4, 4), 400, 3), 3),
        (np.random.default_rng(6).normal(size=(500, 8)), 0),
    ],
)
def test_parallel_analysis_finds_the_factors(answers, suggested):
    found = parallel_analysis(answers)
    assert found.suggested == suggested == found.table["kept"].sum()
    assert found.table["eigenvalue"].tolist() == close(
        np.linalg.eigvalsh(np.corrcoef(answers, rowvar=False))[::-1].tolist()
    )


def test_a_component_counts_only_after_those_before_it():
    # three blocks of r = 0.45: three eigenvalues 1.9, above the third by chance, below the first
    blocks = np.kron(np.eye(3), np.full((3, 3), 0.45)) + 0.55 * np.eye(9)
    found = parallel_analysis(Covariance(items=tuple("abcdefghi"), matrix=blocks, n=25))
    above = found.table["eigenvalue"] > found.table["random"]
    assert above.tolist()[:3] == [False, True, True]
    assert found.suggested == 0
    assert not found.table["kept"].any()


def test_chance_is_seeded_and_goes_by_n():
    first = parallel_analysis(ATTITUDE)
    assert parallel_analysis(ATTITUDE) == first  # seed 0 by default
    assert parallel_analysis(ATTITUDE, rng=1) != first
    assert parallel_analysis(ATTITUDE, rng=np.random.default_rng(1)) == parallel_analysis(
        ATTITUDE, rng=1
    )
    assert (np.diff(first.table["random"]) < 0).all()
    assert (first.table["random"] > first.table["random_mean"]).all()
    assert first.table["random_mean"].sum() == pytest.approx(7)
    median = parallel_analysis(ATTITUDE, quantile=0.5).table["random"]
    assert (median < first.table["random"]).all()
    many = parallel_analysis(attrs.evolve(ATTITUDE, n=10**9, n_effective=10**9))
    assert many.table["random"].tolist() == pytest.approx([1] * 7, abs=1e-3)
    assert "1000 correlation matrices" in first.table.note


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (np.column_stack([A, np.full(30, 4)]), "item '2' does not vary"),
        (np.full((9, 3), 4.0), "no variation"),
        (TEN[:1], "one respondent"),
        (TEN[:, :1], "one item"),
        (np.column_stack([A, np.full(30, NAN)]), "no respondent answered all items"),
    ],
)
def test_no_eigenvalues_without_correlations(answers, said):
    found = parallel_analysis(answers)
    assert found.undefined == said
    assert math.isnan(found.suggested)
    assert np.isnan(found.table["eigenvalue"]).all()
    assert set(found.table["undefined"].tolist()) == {said}
    assert not found.table["kept"].any()


def test_eigenvalues_of_items_that_follow_from_others():
    found = parallel_analysis(np.column_stack([A, B, A]))
    assert found.table["eigenvalue"][2] == pytest.approx(0, abs=1e-12)
    assert found.suggested == 1


# --- HTMT -----------------------------------------------------------------------------------------


def test_b6_holzinger_swineford():
    found = htmt(HOLZINGER, items=FACTORS)
    # computed with R 4.2.2 from cor(); theory.md B6 [R]: .42432304 .46654974 .28956786,
    # and HTMT2, the default of semTools: .384 .387 .280
    ratios = [0.42432304241254798, 0.46654973847877584, 0.28956786276108287]
    ratios2 = [0.38408856391969165, 0.38677293047872785, 0.27968355102660553]
    assert found.table["htmt"].tolist() == pytest.approx(ratios, rel=1e-12)
    assert found.table["htmt2"].tolist() == pytest.approx(ratios2, rel=1e-12)
    pairs = [("visual", "text"), ("visual", "speed"), ("text", "speed")]
    assert list(zip(found.table["first"], found.table["second"], strict=True)) == pairs
    assert found.n == 301
    assert np.isnan(found.table["high"]).all()
    assert set(found.table["lacking"].tolist()) == {
        "no interval: Moments and covariances keep no respondents"
    }
    assert set(found.table["distinct"]) == {""}  # nothing is said without an interval


def brute_htmt(answers, sizes, absolute=True):
    """Return HTMT and HTMT2 of each two constructs, pair of items by pair of items."""
    r = np.corrcoef(answers, rowvar=False)
    ends = np.cumsum([0, *sizes])
    places = [range(a, b) for a, b in pairwise(ends)]
    size = abs if absolute else float
    within = [[size(r[a, b]) for a, b in combinations(own, 2)] for own in places]
    found = []
    for c, d in combinations(range(len(sizes)), 2):
        between = [size(r[a, b]) for a in places[c] for b in places[d]]
        means = [sum(values) / len(values) for values in (between, within[c], within[d])]
        known = means[1] > 0 and means[2] > 0
        ratio = means[0] / math.sqrt(means[1] * means[2]) if known else NAN
        ratio2 = NAN
        if min(*between, *within[c], *within[d]) > 0:
            between, own, other = (
                stats.gmean(values) for values in (between, within[c], within[d])
            )
            ratio2 = between / math.sqrt(own * other)
        found.append((ratio, ratio2))
    return found


def parts_of(answers, sizes):
    names = ["speed", "care", "seat", "price"][: len(sizes)]
    return dict(zip(names, np.split(answers, np.cumsum(sizes)[:-1], axis=1), strict=True))


@few
@given(
    seed=SEEDS,
    sizes=st.lists(st.integers(2, 4), min_size=2, max_size=4),
    absolute=st.booleans(),
    shared=st.sampled_from([0, 0.3, 1]),
)
def test_htmt_is_the_ratio_of_mean_correlations(seed, sizes, absolute, shared):
    answers = answered(seed, 50, sizes, shared)
    found = htmt(parts_of(answers, sizes), absolute=absolute, resamples=5, rng=1).table
    both = list(zip(found["htmt"].tolist(), found["htmt2"].tolist(), strict=True))
    for got, wanted in zip(both, brute_htmt(answers, sizes, absolute), strict=True):
        assert got == close(wanted)


@few
@given(seed=SEEDS, order=st.permutations(range(3)))
def test_htmt_knows_no_unit_no_sign_and_no_order(seed, order):
    rng, sizes = np.random.default_rng(seed), (3, 2, 3)
    answers = answered(seed, 40, sizes)
    parts = parts_of(answers, sizes)
    turned = {
        name: (part * rng.choice([-0.5, 1, 2], part.shape[1]) + 3)[:, ::-1]
        for name, part in parts.items()
    }
    names = [list(parts)[place] for place in order]
    plain = htmt(parts, resamples=2).table
    other = htmt({name: turned[name] for name in names}, resamples=2).table
    for first, second in combinations(parts, 2):
        row = plain.row(first=first, second=second)
        pair = (first, second) if names.index(first) < names.index(second) else (second, first)
        for name in ("htmt", "htmt2"):
            assert other.row(first=pair[0], second=pair[1])[name] == close(row[name])


@few
@given(
    phi=st.floats(0.05, 1),
    loadings=st.lists(st.floats(0.3, 0.95), min_size=5, max_size=5),
)
def test_htmt_recovers_the_correlation_of_the_constructs(phi, loadings):
    """HTMT where items load alike within a construct, HTMT2 however they load."""

    def found(own):
        matrix = np.outer(own, own)
        matrix[:2, 2:] *= phi
        matrix[2:, :2] *= phi
        np.fill_diagonal(matrix, 1)
        whole = Covariance(items=tuple("abcde"), matrix=matrix, n=99)
        return htmt(whole, items={"one": ("a", "b"), "two": ("c", "d", "e")}).table.row()

    alike = np.repeat(loadings[:2], [2, 3])
    assert found(alike)["htmt"] == close(phi)
    assert found(np.array(loadings))["htmt2"] == close(phi)


def quantiles(draws, own, at):
    """Return the draws between which a quantile of as many more draws lies by five errors."""
    error = 5 * math.sqrt(at * (1 - at) * (1 / len(draws) + 1 / own))
    return np.nanquantile(draws, [max(at - error, 0), min(at + error, 1)])


def test_htmt_intervals_are_those_of_respondents_drawn_again():
    sizes, n = (3, 2), 80
    answers = answered(9, n, sizes)
    row = htmt(parts_of(answers, sizes), rng=1, confidence=0.9).table.row()
    rng = np.random.default_rng(2)
    draws = np.array([brute_htmt(answers[rng.integers(0, n, n)], sizes)[0] for _ in range(800)])
    for place, name in enumerate(("", "htmt2_")):
        for at, end in ((0.05, "low"), (0.95, "high")):
            least, most = quantiles(draws[:, place], 2000, at)
            assert least < row[name + end] < most
        # an sd of draws has the relative error 1/√(2·draws), more where tails are long
        assert row[name + "se"] == pytest.approx(np.nanstd(draws[:, place]), rel=0.2)
    assert row["low"] < row["htmt"] < row["high"]
    assert row["distinct"] == ("yes" if row["high"] < 1 else "no")


def test_bias_corrected_intervals_are_those_of_scipy():
    sizes, n = (3, 3), 60
    answers = answered(10, n, sizes, shared=1)

    def ratio(rows):
        return brute_htmt(answers[rows], sizes)[0][0]

    rng = np.random.default_rng(3)
    wanted = stats.bootstrap(
        (np.arange(n),), ratio, vectorized=False, n_resamples=800, method="BCa", random_state=rng
    )
    row = htmt(parts_of(answers, sizes), interval="bootstrap", rng=1).table.row()
    draws = wanted.bootstrap_distribution
    for got, other in zip((row["low"], row["high"]), wanted.confidence_interval, strict=True):
        at = (draws < other).mean()
        least, most = quantiles(draws, 2000, at)
        assert least < got < most
    plain = htmt(parts_of(answers, sizes), rng=1).table.row()
    assert (plain["low"], plain["high"]) != (row["low"], row["high"])


def test_an_interval_holds_its_ratio_to_the_last_bit():
    """Ratios near 0 come out too large in resamples: the interval is stretched to the ratio."""
    sizes, stretched = (2, 2), 0
    for seed in range(40):
        row = htmt(parts_of(answered(seed, 60, sizes, 0), sizes), resamples=20, rng=1).table.row()
        stretched += abs(row["low"] - row["htmt"]) < 1e-12
        assert row["low"] <= row["htmt"] <= row["high"]
    assert stretched


def test_htmt_of_resamples_is_seeded_and_tells_how_far_it_is():
    parts, steps = parts_of(answered(11, 50, (2, 3)), (2, 3)), []
    first = htmt(parts, resamples=50, rng=4, progress=lambda *done: steps.append(done))
    assert htmt(parts, resamples=50, rng=4) == first
    assert htmt(parts, resamples=50, rng=5) != first
    assert steps[-1][0] == steps[-1][1]
    assert "50 resamples" in first.table.note
    assert first.confidence == 0.95


def test_htmt_from_answers_items_and_covariance_is_one():
    sizes, names = (2, 3), ["wait", "reply", "polite", "patient", "warm"]
    answers = answered(12, 50, sizes).round()
    owned = {"speed": names[:2], "care": names[2:]}
    found = htmt(parts_of(answers, sizes), rng=1, resamples=40)
    assert htmt(answers, items=owned, rng=1, resamples=40) == found
    for frame in frames(answers, names):
        assert htmt(frame, items=owned, rng=1, resamples=40) == found
    split = {name: frames(answers, names)[1][own] for name, own in owned.items()}
    assert htmt(split, rng=1, resamples=40) == found
    bare = htmt(covariance(answers, items=names), items=owned).table.row()
    assert bare["htmt"] == close(found.table.row()["htmt"])
    assert math.isnan(bare["high"])


def test_htmt_stands_on_those_who_answered_all_or_each_two():
    sizes = (2, 3)
    answers = holes(answered(13, 90, sizes), 13)
    whole = answers[~np.isnan(answers).any(axis=1)]
    found = htmt(parts_of(answers, sizes), rng=1, resamples=40)
    assert found.n == found.table.row()["n"] == len(whole) < 90
    assert found.table.row()["htmt"] == close(brute_htmt(whole, sizes)[0][0])
    row, alone = (
        one.table.row() for one in (found, htmt(parts_of(whole, sizes), rng=1, resamples=40))
    )
    assert (row["low"], row["high"]) == close((alone["low"], alone["high"]))
    pairs = htmt(parts_of(answers, sizes), missing="pairwise")
    known = ~np.isnan(answers)
    assert pairs.n == (known.T.astype(int) @ known).min() > len(whole)
    assert pairs.table.row()["lacking"] == (
        "no interval: by pairs; answers with missing='listwise' have one"
    )
    assert pairs.table.row()["distinct"] == ""  # nothing can be said


def test_htmt_takes_weights():
    sizes, weights = (2, 2), np.repeat([2, 1, 0], 20)
    answers = answered(14, 60, sizes)
    found = htmt(parts_of(answers, sizes), weights=weights, rng=1, resamples=200).table.row()
    twice = np.repeat(answers, weights, axis=0)
    assert found["htmt"] == close(brute_htmt(twice, sizes)[0][0])
    assert found["n"] == 40
    assert found["low"] < found["htmt"] < found["high"]


def lone(place):
    found = answered(15, 40, (2, 2))
    found[:, place] = 0
    return found


RARE = lone(0)
RARE[3, 0] = 5.0


@pytest.mark.parametrize(
    ("answers", "sizes", "said"),
    [
        (answered(15, 40, (1, 2)), (1, 2), "'speed': one item"),
        (answered(15, 40, (2, 1)), (2, 1), "'care': one item"),
        (lone(1), (2, 2), "item 'speed: 2' does not vary"),
        (lone(2), (2, 2), "item 'care: 1' does not vary"),
        (TEN[:1], (2, 2), "one respondent"),
        (np.column_stack([A, B, C, np.full(30, NAN)]), (2, 2), "no respondent answered all items"),
    ],
)
def test_pairs_without_a_ratio_say_why(answers, sizes, said):
    row = htmt(parts_of(answers, sizes), resamples=20, rng=1).table.row()
    assert row["undefined"] == said
    assert row["lacking"] == ""
    assert np.isnan([row["htmt"], row["low"], row["high"], row["htmt2"]]).all()
    assert row["distinct"] == ""


@pytest.mark.parametrize("interval", ["percentile", "bootstrap"])
def test_a_construct_of_one_item_leaves_the_others_theirs(interval):
    parts = parts_of(answered(16, 60, (1, 3, 3)), (1, 3, 3))
    found = htmt(parts, interval=interval, resamples=300, rng=1).table
    assert found["undefined"].tolist() == ["'speed': one item"] * 2 + [""]
    row = found.row(first="care", second="seat")
    assert row["low"] < row["htmt"] < row["high"]


def test_too_many_resamples_without_a_ratio_leave_it_without_an_interval():
    """One respondent makes item 1 vary: a third of the resamples are without that one."""
    row = htmt(parts_of(RARE, (2, 2)), rng=1).table.row()
    assert row["htmt"] == close(brute_htmt(RARE, (2, 2))[0][0])
    assert math.isnan(row["low"])
    assert row["lacking"] == "no interval: the resamples leave the ratio open"


def test_correlations_below_0_have_no_geometric_mean():
    matrix = symmetric([0.5, 0.4, 0.3, 0.4, -0.1, 0.6], diagonal=1.0)
    four = Covariance(items=tuple("abcd"), matrix=matrix, n=90)
    owned = {"one": ("a", "b"), "two": ("c", "d")}
    row = htmt(four, items=owned, absolute=False).table.row()
    assert row["htmt"] == pytest.approx(0.25 / math.sqrt(0.5 * 0.6))
    assert math.isnan(row["htmt2"])
    assert row["lacking"].startswith("no htmt2: a correlation is not above 0")
    assert htmt(four, items=owned).table.row()["htmt"] == pytest.approx(0.3 / math.sqrt(0.5 * 0.6))
    crossed = {"one": ("a", "c"), "two": ("b", "d")}
    row = htmt(four, items=crossed, absolute=False).table.row()
    assert row["undefined"] == "the items within a construct do not go together"


ONE = {"speed": TEN[:, :2]}
TWO = {"speed": TEN[:, :2], "care": TEN[:, 2:]}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: htmt(ONE), "ValueError: `constructs` must be at least two, got speed"),
        (lambda: htmt({}), "ValueError: `constructs` must be at least two, got none"),
        (lambda: htmt(TEN), "TypeError: `constructs` must be .*give `items`"),
        (
            lambda: htmt({"speed": TEN[:, :2], "care": TEN[:9, 2:]}),
            "ValueError: `constructs` must be answers of the same respondents, got .*30.*9",
        ),
        (
            lambda: htmt({"speed": TEN[:, :2], "care": [["a", "b"]] * 30}),
            r"constructs\['care'\]",
        ),
        (lambda: htmt({"speed": TEN, "care": ATTITUDE}), r"constructs\['care'\]` must be answers"),
        (lambda: htmt(ATTITUDE), "TypeError: `constructs` must be"),
        (lambda: htmt(HOLZINGER, items=FACTORS | {"more": ("x1",)}), "`items` .* 'x1' twice"),
        (
            lambda: htmt(HOLZINGER, items={"a": ("x1", "x2"), "b": ("x33",)}),
            "'x33' is unknown; the nearest are 'x3'",
        ),
        (lambda: htmt(HOLZINGER, items={"a": ("x1", "x2"), "b": ()}), "none of 'b'"),
        (lambda: htmt(TWO, interval="bca"), "ValueError: `interval`"),
        (lambda: htmt(TWO, missing="none"), "ValueError: `missing`"),
        (lambda: htmt(TWO, resamples=1), "ValueError: `resamples`"),
        (lambda: htmt(TWO, confidence=95), "ValueError: `confidence`"),
        (lambda: htmt(TWO, weights=[1, 2]), "ValueError: `weights` .* 30 respondents, got 2"),
        (lambda: htmt(HOLZINGER, items=FACTORS, weights=[1]), "TypeError: `weights`"),
    ],
)
def test_htmt_refuses(call, said):
    refused(call, said)


# --- Fornell and Larcker --------------------------------------------------------------------------

# computed with R 4.2.2, lavaan 0.6-14: cfa() of three factors, standardised
CFA = {
    "visual": [0.771880719099138, 0.423601841658074, 0.581132263224150],
    "text": [0.851582471792654, 0.855065680704750, 0.838010342686878],
    "speed": [0.569516154199535, 0.723044461474297, 0.665009552630709],
}
PHI = {
    ("visual", "text"): 0.458509799488290,
    ("visual", "speed"): 0.470534682896970,
    ("text", "speed"): 0.282985557346168,
}


def test_b6_of_a_factor_analysis_fitted_elsewhere():
    found = fornell_larcker(CFA, PHI)
    rows = found.constructs
    # theory.md B6 [R]; what lavaan calls converged scatters by 1e-6
    reliability, ave = [0.62583820, 0.88500135, 0.69137363], [0.37098375, 0.71953006, 0.42979255]
    assert rows["reliability"].tolist() == pytest.approx(reliability, rel=3e-6)
    assert rows["ave"].tolist() == pytest.approx(ave, rel=3e-6)
    assert rows["greatest_correlation"].tolist() == pytest.approx(
        [0.470534682896970, 0.458509799488290, 0.470534682896970]
    )
    assert set(rows["distinct"]) == {"yes"}
    assert found.pairs["correlation"].tolist() == pytest.approx(
        [0.45850928, 0.47053474, 0.28298476], abs=2e-6
    )
    assert set(found.pairs["distinct"]) == {"yes"}
    for name, loadings in CFA.items():
        own = composite_reliability(loadings)
        row = rows.row(construct=name)
        assert (row["reliability"], row["ave"]) == close((own.reliability, own.ave))
        assert row["items"] == 3


def test_fornell_larcker_by_hand():
    # AVE .5 and .1, √ .707107 and .316228; reliability 1.96/(1.96 + 1) and 0.36/(0.36 + 1.8)
    found = fornell_larcker({"one": (0.6, 0.8), "two": (0.4, 0.2)}, {("two", "one"): -0.5})
    assert found.constructs["ave"].tolist() == pytest.approx([0.5, 0.1])
    assert found.constructs["sqrt_ave"].tolist() == pytest.approx([math.sqrt(0.5), math.sqrt(0.1)])
    assert found.constructs["reliability"].tolist() == pytest.approx([1.96 / 2.96, 0.36 / 2.16])
    assert found.constructs["greatest_correlation"].tolist() == [0.5, 0.5]
    assert found.constructs["distinct"].tolist() == ["yes", "no"]
    assert found.pairs.row()["correlation"] == -0.5
    assert found.pairs.row()["distinct"] == "no"
    same = fornell_larcker({"one": (0.6, 0.8), "two": (0.4, 0.2)}, [[1, -0.5], [-0.5, 1]])
    assert same == found


def test_variance_must_exceed_what_is_shared():
    at = fornell_larcker({"one": (0.5, 0.5), "two": (1, 1)}, {("one", "two"): 0.5})
    assert at.constructs["distinct"].tolist() == ["no", "yes"]
    assert at.constructs["reliability"].tolist() == pytest.approx([0.4, 1])


LAMBDAS = {"one": (0.6, 0.8), "two": (0.4, 0.2)}


def test_a_missing_loading_leaves_its_construct_undefined():
    loadings = {"one": {"a": 0.6, "b": NAN}, "two": (0.4, 0.2)}
    found = fornell_larcker(loadings, {("one", "two"): 0.1})
    assert found.constructs["undefined"].tolist() == ["item 'b' has no loading", ""]
    assert found.pairs["undefined"].tolist() == ["'one': item 'b' has no loading"]
    assert np.isnan(found.constructs["ave"]).tolist() == [True, False]
    assert found.constructs["distinct"].tolist() == ["", "yes"]
    assert found.pairs["distinct"].tolist() == [""]


THREE = {"one": (0.6, 0.8), "two": (0.4, 0.2), "three": (0.7, 0.7)}
LABELLED = pd.DataFrame([[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]], list(THREE), list(THREE))


@pytest.mark.parametrize(
    "correlations",
    [
        LABELLED.loc[["three", "one", "two"], ["two", "three", "one"]],
        LABELLED.iloc[::-1, ::-1].reset_index(drop=True),
        LABELLED.where(np.tri(3, dtype=bool)),
        LABELLED.where(np.tri(3, dtype=bool).T),
        LABELLED.where(np.tri(3, dtype=bool)).to_numpy(),
    ],
)
def test_a_labelled_table_of_correlations_is_read_by_name(correlations):
    assert fornell_larcker(THREE, correlations) == fornell_larcker(THREE, LABELLED.to_numpy())


def test_constructs_that_the_table_does_not_have():
    said = "the columns 'one', 'two', 'three', got 'one', 'two', 'four'; rename them"
    refused(lambda: fornell_larcker(THREE, LABELLED.set_axis(["one", "two", "four"], axis=1)), said)


def test_loadings_of_both_signs_cancel_out():
    found = fornell_larcker({"one": (0.6, -0.8), "two": (0.4, 0.2)}, np.eye(2)).constructs
    assert found["lacking"].tolist() == ["loadings of both signs: turn the items of one", ""]


def test_a_frame_alone_has_no_constructs():
    hint = "got a DataFrame; map names to answers, or give `items`, those of each construct$"
    refused(lambda: htmt(LABELLED), f"TypeError: `constructs` must be a mapping, {hint}")


@pytest.mark.parametrize(("correlation", "said"), [(0.8, ""), (0.81, "exceeds"), (-0.9, "exceeds")])
def test_parts_that_correlate_more_than_they_can(correlation, said):
    found = difference_reliability(
        first_sd=1,
        second_sd=1,
        first_reliability=0.8,
        second_reliability=0.8,
        correlation=correlation,
    )
    assert found.lacking == (f"the correlation {said} √(r₁·r₂)" if said else "")
    assert found.reliability == pytest.approx((0.8 - correlation) / (1 - correlation))  # not cut
    assert found.table.row()["lacking"] == found.lacking


def test_how_gaps_are_read_is_told():
    survey = sq.simulate_survey(sq.instrument("servqual"), 30, rng=1)
    note = difference_diagnostics(survey).table.note
    assert "prefer the two sides where with_perception exceeds root" in note


def test_a_survey_by_pairs_has_no_intervals():
    rows = holes(answered(13, 90, (2, 3)), 13)
    survey = sq.survey_from_arrays(
        form([2, 3]), perceptions=np.clip(np.round(rows * 1.5 + 4), 1, 7)
    )
    found = validity(survey, missing="pairwise")
    known = ~np.isnan(rows)
    assert found.n == (known.T.astype(int) @ known).min()
    assert found.n > validity(survey, resamples=40).n
    row = found.htmt.row()
    assert math.isnan(row["low"])
    assert row["distinct"] == ""
    assert row["lacking"].startswith("no interval: by pairs")
    kept = parallel_analysis(covariance(survey, missing="pairwise"))
    assert found.suggested == kept.suggested == found.eigenvalues["kept"].sum()
    same = validity(sq.moments(survey), missing="pairwise")
    assert same.adequacy.row()["kmo"] == close(found.adequacy.row()["kmo"])
    refused(lambda: validity(survey, missing="some"), "`missing` must be one of")


def test_loadings_by_item_are_loadings():
    by_item = {"one": {"a": 0.6, "b": 0.8}, "two": {"a": 0.4, "c": 0.2}}
    assert fornell_larcker(by_item, np.eye(2)) == fornell_larcker(LAMBDAS, np.eye(2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fornell_larcker({"one": (0.6, 0.8)}, [[1]]), "at least two constructs, got one"),
        (lambda: fornell_larcker([0.6, 0.8], [[1]]), "TypeError: `loadings`"),
        (
            lambda: fornell_larcker({"one": (0.6, 1.2), "two": (0.4,)}, np.eye(2)),
            r"loadings\['one'\]` must be standardised.* -1..1, got 1.2 .item '2'",
        ),
        (lambda: fornell_larcker({"one": (), "two": (0.4,)}, np.eye(2)), r"loadings\['one'\]"),
        (lambda: fornell_larcker({"one": ("a",), "two": (0.4,)}, np.eye(2)), r"loadings\['one'\]"),
        (lambda: fornell_larcker(LAMBDAS, {}), "nothing for .'one', 'two'.; name all pairs"),
        (
            lambda: fornell_larcker(LAMBDAS, {("one", "tow"): 0.5}),
            "'tow' is unknown; the nearest are 'two'",
        ),
        (lambda: fornell_larcker(LAMBDAS, {("one", "two"): 1.5}), "-1..1"),
        (lambda: fornell_larcker(LAMBDAS, {("one", "one"): 1}), "must be one of two constructs"),
        (
            lambda: fornell_larcker(LAMBDAS, {("one", "two"): 0.5, ("two", "one"): 0.5}),
            "the only one of these",
        ),
        (lambda: fornell_larcker(LAMBDAS, {"one": 0.5}), "must name pairs"),
        (lambda: fornell_larcker(LAMBDAS, np.eye(3)), r"2 constructs, got shape \(3, 3\)"),
        (lambda: fornell_larcker(LAMBDAS, [[1, 0.5], [0.4, 1]]), "be symmetric"),
        (lambda: fornell_larcker(LAMBDAS, [[2, 0.5], [0.5, 1]]), "1 on the diagonal"),
        (lambda: fornell_larcker(LAMBDAS, [[1, NAN], [NAN, 1]]), "got nan"),
    ],
)
def test_fornell_larcker_refuses(call, said):
    refused(call, said)


# --- differences ----------------------------------------------------------------------------------


def difference(first_sd, second_sd, first, second, correlation):
    return difference_reliability(
        first_sd=first_sd,
        second_sd=second_sd,
        first_reliability=first,
        second_reliability=second,
        correlation=correlation,
    )


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [  # theory.md A6 [R]
        ((1, 1, 0.8, 0.8, 0.5), 0.6),
        ((1.2, 0.8, 0.9, 0.85, 0.3), 0.84042553),
        ((1, 1, 0.9, 0.9, 0), 0.9),
        ((1, 1, 0.9, 0.9, 0.8), 0.5),
    ],
)
def test_a6_reliability_of_a_difference(figures, wanted):
    found = difference(*figures)
    assert found.reliability == pytest.approx(wanted, abs=5e-9)
    assert found.undefined == ""
    assert found.table.row()["reliability"] == found.reliability


SDS = st.floats(0.01, 100)
SHARES = st.floats(0, 1)


@given(sd=SDS, first=SHARES, second=SHARES, correlation=st.floats(-1, 0.99))
def test_of_equal_variances_only_reliabilities_matter(sd, first, second, correlation):
    found = difference(sd, sd, first, second, correlation)
    wanted = ((first + second) / 2 - correlation) / (1 - correlation)
    assert found.reliability == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert found.sd == pytest.approx(sd * math.sqrt(2 * (1 - correlation)), rel=1e-9)


@given(
    true=st.tuples(SDS, SDS),
    errors=st.tuples(SDS, SDS),
    correlation=st.floats(-0.99, 0.99),
    unit=st.floats(0.1, 10),
)
def test_reliability_is_the_true_share_of_the_variance(true, errors, correlation, unit):
    """From true scores and errors that do not correlate, var(T₁ - T₂)/var(X₁ - X₂)."""
    shared = correlation * true[0] * true[1]
    sds = [math.hypot(t, e) for t, e in zip(true, errors, strict=True)]
    own = [(t / sd) ** 2 for t, sd in zip(true, sds, strict=True)]
    found = difference(*sds, *own, shared / sds[0] / sds[1])
    between = true[0] ** 2 + true[1] ** 2 - 2 * shared
    wanted = between / (between + errors[0] ** 2 + errors[1] ** 2)
    assert found.reliability == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    assert 0 <= found.reliability <= 1 + 1e-9
    other = difference(*(unit * sd for sd in sds[::-1]), *own[::-1], shared / sds[0] / sds[1])
    assert other.reliability == pytest.approx(found.reliability, rel=1e-6, abs=1e-9)


def test_a_negative_reliability_stays():
    assert difference(1, 1, 0.5, 0.5, 0.9).reliability == pytest.approx(-4)


@pytest.mark.parametrize("figures", [(1, 1, 0.8, 0.8, 1), (0, 0, 0.8, 0.8, 0)])
def test_no_variation_of_the_difference(figures):
    found = difference(*figures)
    assert found.undefined == "no variation of the difference"
    assert math.isnan(found.reliability)
    assert found.sd == 0


def test_what_does_not_vary_needs_no_reliability():
    assert difference(0, 2, 0, 0.7, 0).reliability == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((-1, 1, 0.8, 0.8, 0.5), "`first_sd`"),
        ((1, NAN, 0.8, 0.8, 0.5), "`second_sd`"),
        ((1, 1, 1.2, 0.8, 0.5), "`first_reliability` must be at most 1, got 1.2"),
        ((1, 1, 0.8, "high", 0.5), "TypeError: `second_reliability`"),
        ((1, 1, 0.8, 0.8, 1.5), "`correlation` .*1.5"),
        ((1, math.inf, 0.8, 0.8, 0.5), "`second_sd`"),
    ],
)
def test_difference_reliability_refuses(figures, said):
    refused(lambda: difference(*figures), said)


def weighted(x, y, w):
    """Return the covariance of columns by weights, without a divisor."""
    x, y = (np.asarray(column, float) for column in (x, y))
    return (w * (x - np.average(x, weights=w)) * (y - np.average(y, weights=w))).sum() / w.sum()


def plain_alpha(columns, w):
    """Return α of the rows without holes, and how many these are."""
    whole = ~np.isnan(columns).any(axis=1) & (w > 0)
    columns, w, k = columns[whole], w[whole], columns.shape[1]
    if len(w) < 2 or k < 2:
        return NAN, len(w)
    total = weighted(columns.sum(axis=1), columns.sum(axis=1), w)
    own = sum(weighted(column, column, w) for column in columns.T)
    return (k / (k - 1) * (1 - own / total) if total > 1e-12 else NAN), len(w)


def diagnosed(case, d):
    """Return a row of the diagnostics of a dimension, from the scores of the respondents."""
    sides = [case.turned(side) for side in ("expectations", "perceptions")]
    w = np.ones(len(sides[0])) if case.weights is None else case.weights
    scores = reference.paired_columns(sides, case.sizes, "dimensions", case.min_answered)
    who = [i for i, x in enumerate(scores[0][d]) if x is not None and w[i] > 0]
    e, p = (np.array([float(column[d][i]) for i in who]) for column in scores)
    columns = slice(sum(case.sizes[:d]), sum(case.sizes[: d + 1]))
    (alpha_e, n_e), (alpha_p, n_p), (alpha_g, n_g) = (
        plain_alpha(answers[:, columns], w) for answers in (*sides, sides[1] - sides[0])
    )
    row = {"n": len(who), "expectation_n": n_e, "perception_n": n_p, "gap_n": n_g}
    row |= {"expectation_reliability": alpha_e, "perception_reliability": alpha_p}
    row["gap_alpha"] = alpha_g
    if len(who) < 2:
        return row
    w = w[who]
    vp, ve, vd, pe = (weighted(a, b, w) for a, b in ((p, p), (e, e), (p - e, p - e), (p, e)))
    vp, ve, vd = (0.0 if v < 1e-12 else v for v in (vp, ve, vd))
    # weighted variances of scores, whose ratios are correlations: np.corrcoef without weights
    ratio = [(pe, vp, ve), (vp - pe, vd, vp), (pe - ve, vd, ve)]
    names = ("correlation", "with_perception", "with_expectation")
    for name, (shared, a, b) in zip(names, ratio, strict=True):
        row[name] = shared / math.sqrt(a * b) if a and b else NAN
    if case.weights is None and vp and ve and vd:
        assert row["with_perception"] == close(np.corrcoef(p - e, p)[0, 1], 1e-7)
        assert row["with_expectation"] == close(np.corrcoef(p - e, e)[0, 1], 1e-7)
    row["variance_ratio"] = ve / vp if vp else NAN
    true = (vp * alpha_p if vp else 0) + (ve * alpha_e if ve else 0) - 2 * pe
    row["reliability"] = true / vd if vd else NAN
    return row


@effort(60)
@given(case=cases(least=2))
def test_gaps_inherit_what_their_scores_correlate_with(case):
    assume(case.weights is None or (case.weights > 0).any())
    survey = case.survey
    found = difference_diagnostics(survey).table
    from_moments = list(difference_diagnostics(sq.moments(survey)).table.rows())
    for d, got in enumerate(found.rows()):
        wanted = diagnosed(case, d)
        for name, value in wanted.items():
            assert got[name] == pytest.approx(value, rel=1e-7, abs=1e-7, nan_ok=True), name
        if wanted["n"] < 2:
            assert math.isnan(got["reliability"])
        assert math.isnan(got["reliability"]) == bool(got["undefined"])
        if got["reliability"] >= 0:
            assert got["root"] == close(math.sqrt(got["reliability"]))
        other = from_moments[d]
        assert math.isnan(other["expectation_ceiling"])
        for name in wanted:
            assert other[name] == close(got[name])


@few
@given(case=cases(weights=False))
def test_the_ceiling_is_the_share_of_best_expectations(case):
    found = difference_diagnostics(case.survey).table["expectation_ceiling"]
    ends = np.cumsum([0, *case.sizes])
    for d, share in enumerate(found.tolist()):
        own = case.turned("expectations")[:, ends[d] : ends[d + 1]]
        given_ = own[~np.isnan(own)]
        best = (given_ == case.instrument.scale.high).mean() if given_.size else NAN
        assert share == close(best)


@few
@given(case=cases(groups=True))
def test_diagnostics_by_group_are_those_of_each_group(case):
    whole = difference_diagnostics(case.survey, by="branch").table
    for branch in dict.fromkeys(case.by["branch"]):
        rows = np.flatnonzero(np.array(case.by["branch"]) == branch)
        alone = difference_diagnostics(case.take(rows).survey).table
        part = whole.where(branch=branch)
        for name in alone.columns:
            if name in ("root", "lacking"):
                continue  # of a reliability that is 0 or just below, by rounding
            if alone[name].dtype.kind in "if":
                np.testing.assert_allclose(part[name], alone[name], rtol=1e-7, atol=1e-7)
            else:
                assert part[name].tolist() == alone[name].tolist()


def test_moments_of_parts_give_the_diagnostics_of_the_whole():
    survey = sq.simulate_survey(sq.instrument("servqual"), 90, rng=3, missing=0.05)
    place = np.arange(90)
    first, second = (sq.moments(survey.select(half)) for half in (place < 40, place >= 40))
    assert difference_diagnostics(first + second) == difference_diagnostics(sq.moments(survey))
    row = difference_diagnostics(first).table.row(dimension="tangibles")
    assert row["lacking"] == "no ceiling: Moments keep no answers"


def small(expectations, perceptions, size=2):
    return sq.survey_from_arrays(form([size]), expectations=expectations, perceptions=perceptions)


LEFT = [[1, 2], [3, 3], [5, 7], [2, 4]]
RIGHT = [[2, 2], [5, 6], [4, 6], [1, 1]]


@pytest.mark.parametrize(
    ("survey", "said"),
    [
        (small([[NAN, NAN]] * 3, LEFT[:3]), "no respondent with both sides"),
        (small(LEFT[:1], RIGHT[:1]), "one respondent"),
        (small(LEFT, LEFT), "no variation of the difference"),
        (small([[1], [3], [5]], [[2], [2], [7]], size=1), "one item"),
        (small([[7, NAN], [NAN, 5], [3, 3]], RIGHT[:3]), "fewer than two .* all expectations"),
        # both items of a side, each the other's opposite: the sum does not vary, but a half does
        (small([[1, 7], [2, 6], [NAN, 3]], [[3, 3], [3, 5], [4, 4]]), "expectations do not vary"),
    ],
)
def test_no_reliability_of_gaps_says_why(survey, said):
    row = difference_diagnostics(survey).table.row()
    assert re.fullmatch(said, row["undefined"])
    assert math.isnan(row["reliability"])
    assert row["lacking"] == ""


def test_expectations_that_are_all_alike():
    row = difference_diagnostics(small([[7, 7]] * 4, RIGHT)).table.row()
    assert (row["variance_ratio"], row["with_perception"]) == (0, close(1))
    assert row["reliability"] == close(row["perception_reliability"])
    assert row["lacking"] == "no correlation: a side does not vary"
    assert row["expectation_ceiling"] == 1


def test_differences_need_both_sides():
    one = sq.survey_from_arrays(form([2]), perceptions=LEFT)
    refused(lambda: difference_diagnostics(one), "expectations and perceptions, got perceptions")
    refused(lambda: difference_diagnostics(LEFT), "TypeError: `answers`")
    refused(lambda: difference_diagnostics(small(LEFT, RIGHT), by="branch"), "`by`.*branch")


# --- validity -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def survey():
    return sq.simulate_survey(sq.instrument("servqual"), 150, rng=7, missing=0.005, loading=0.8)


@pytest.mark.parametrize("side", ["perceptions", "expectations", "gap"])
def test_validity_is_its_parts(survey, side):
    found = validity(survey, side=side, resamples=60)
    whole, form_ = covariance(survey, side=side), survey.instrument
    adequacy = sampling_adequacy(whole)
    assert found.n == whole.n < 150
    for name in ("n", "kmo", "chi2", "p"):
        assert found.adequacy.row()[name] == close(getattr(adequacy, name), 1e-7)
    assert found.items["kmo"].tolist() == close(adequacy.items["kmo"].tolist())
    assert found.items["dimension"].tolist() == list(form_.item_dimensions)
    values = parallel_analysis(whole).table["eigenvalue"]
    assert found.eigenvalues["eigenvalue"].tolist() == close(values.tolist())
    assert found.eigenvalues["kept"].sum() == 5
    owned = {d.code: [item.code for item in d.items] for d in form_.dimensions}
    ratios = htmt(whole, items=owned).table
    assert found.htmt["htmt"].tolist() == close(ratios["htmt"].tolist())
    assert found.htmt["htmt2"].tolist() == close(ratios["htmt2"].tolist())
    assert (found.htmt["low"] <= found.htmt["htmt"]).all()
    assert (found.htmt["htmt"] <= found.htmt["high"]).all()
    for title in ("Sampling adequacy", "Eigenvalues", "Heterotrait", "Pairs of constructs"):
        assert title in str(found)


def test_validity_compares_one_factor_fits(survey):
    """φ of two dimensions = the correlation of their mean scores / √(ω₁ω₂)."""
    found, codes = validity(survey, resamples=10), survey.instrument.dimension_codes
    whole = survey.perceptions[~np.isnan(survey.perceptions).any(axis=1)]
    places = [survey.instrument.places(code) for code in codes]
    scores = np.corrcoef([whole[:, place].mean(axis=1) for place in places])
    fits = [mcdonald_omega(whole[:, place]) for place in places]
    for (a, b), row in zip(combinations(range(5), 2), found.pairs.rows(), strict=True):
        assert (row["first"], row["second"]) == (codes[a], codes[b])
        phi = scores[a, b] / math.sqrt(fits[a].omega * fits[b].omega)
        assert row["correlation"] == close(phi, 1e-6)
    for fit, row in zip(fits, found.constructs.rows(), strict=True):
        assert row["ave"] == close(np.mean(np.square(fit.loadings)), 1e-6)
        assert row["sqrt_ave"] == close(math.sqrt(row["ave"]))
        assert row["distinct"] == "yes"
    assert "√(ω₁ω₂)" in found.pairs.note


def test_b6_one_factor_fits():
    """HS as a survey by its moments is in tests/real; here the rule on its published matrix."""
    # computed with R 4.2.2, lavaan 0.6-14: cfa() of each factor on its own
    reliability = [0.635071832932462, 0.884961533366560, 0.698374436370315]
    ave = [0.372843576936133, 0.719489746707133, 0.441707342616054]
    fits = {name: mcdonald_omega(HOLZINGER.take(own)) for name, own in FACTORS.items()}
    found = fornell_larcker({name: fit.loadings for name, fit in fits.items()}, PHI).constructs
    assert found["reliability"].tolist() == pytest.approx(reliability, rel=1e-6)
    assert found["ave"].tolist() == pytest.approx(ave, rel=1e-6)


def test_moments_give_all_but_the_intervals(survey):
    found, kept = validity(survey, resamples=30), validity(sq.moments(survey))
    for name in ("adequacy", "items", "eigenvalues", "constructs", "pairs"):
        first, second = getattr(found, name), getattr(kept, name)
        for column in first.columns:
            if first[column].dtype.kind == "f":
                np.testing.assert_allclose(first[column], second[column], rtol=1e-8)
            else:
                assert first[column].tolist() == second[column].tolist()
    assert kept.htmt["htmt"].tolist() == close(found.htmt["htmt"].tolist())
    assert np.isnan(kept.htmt["high"]).all()
    assert set(kept.htmt["lacking"].tolist()) == {
        "no interval: Moments and covariances keep no respondents"
    }


def test_merged_moments_have_the_validity_of_the_whole(survey):
    place = np.arange(len(survey))
    halves = [sq.moments(survey.select(part)) for part in (place < 70, place >= 70)]
    assert validity(halves[0] + halves[1]) == validity(sq.moments(survey))


def test_validity_says_the_same_twice(survey):
    first = validity(survey, resamples=30)
    assert validity(survey, resamples=30) == first
    other = validity(survey, resamples=30, rng=1)
    assert other != first
    assert other.adequacy == first.adequacy
    assert other.pairs == first.pairs


def test_validity_by_weights():
    rng = np.random.default_rng(8)
    answers, weights = rng.integers(1, 8, (40, 4)), np.repeat([1, 2, 0, 1], 10)
    asked = sq.survey_from_arrays(form([2, 2]), perceptions=answers, weights=weights)
    twice = sq.survey_from_arrays(form([2, 2]), perceptions=np.repeat(answers, weights, axis=0))
    found, wanted = (validity(one, resamples=20) for one in (asked, twice))
    assert found.n == 30
    assert found.adequacy.row()["kmo"] == close(wanted.adequacy.row()["kmo"])
    assert found.htmt["htmt"].tolist() == close(wanted.htmt["htmt"].tolist())
    assert found.adequacy.row()["n_effective"] == pytest.approx(40**2 / 60)


def test_dimensions_that_cannot_be_judged():
    rng = np.random.default_rng(9)
    answers = rng.integers(1, 8, (50, 6)).astype(float)
    answers[:, 3:] += 2 * rng.normal(size=(50, 1)).round()
    asked = sq.survey_from_arrays(form([1, 2, 3], -20, 20), perceptions=answers)
    found = validity(asked, resamples=20)
    rows = found.htmt
    assert rows.row(first="A", second="B")["undefined"] == "'A': one item"
    assert rows.row(first="B", second="C")["undefined"] == ""
    said = {row["construct"]: row["undefined"] for row in found.constructs.rows()}
    assert said["A"] == "one item"
    assert "not identified" in said["B"]
    assert said["C"] == ""
    assert found.pairs.row(first="A", second="C")["undefined"] == "'A': one item"
    assert np.isnan(found.pairs["correlation"]).all()
    assert set(found.pairs["distinct"]) == {""}
    assert found.constructs.row(construct="C")["lacking"] == (
        "no greatest correlation: not all are known"
    )


def test_validity_of_nobody_and_of_few():
    nobody = sq.survey_from_arrays(form([2, 2]), perceptions=[[1, 2, 3, NAN], [NAN, 1, 2, 3]])
    found = validity(nobody, resamples=20)
    assert found.n == 0
    assert found.adequacy.row()["undefined"] == "no respondent answered all items"
    assert set(found.htmt["undefined"].tolist()) == {"no respondent answered all items"}
    assert set(found.eigenvalues["undefined"].tolist()) == {"no respondent answered all items"}
    two = sq.survey_from_arrays(form([2, 2]), perceptions=[[1, 2, 3, 1], [4, 1, 2, 3]])
    row = validity(two, resamples=20).adequacy.row()
    assert row["undefined"] == "2 respondents are too few for 4 items"


def test_validity_refuses(survey):
    refused(lambda: validity(survey.perceptions), "TypeError: `answers`.*survey_from_frame")
    refused(lambda: validity(survey, side="minimums"), "`side`.*minimums")
    refused(
        lambda: validity(survey, side="perception"),
        "'perception' is unknown; the nearest are 'perceptions'",
    )
    refused(lambda: validity(survey, interval="bca"), "`interval`")
    refused(lambda: validity(survey, resamples=0), "`resamples`")
    refused(lambda: validity(survey, confidence=2), "`confidence`")
    alone = sq.survey_from_arrays(form([2, 2]), perceptions=[[1, 2, 3, 4]])
    refused(lambda: validity(alone, side="gap"), "`side`.*gap")


# --- what all of them take ------------------------------------------------------------------------


@pytest.mark.parametrize("call", [sampling_adequacy, parallel_analysis])
@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        ([["a", "b"], ["c", "d"]], {}, r"`answers\['1'\]` must be numbers, got 'a' .row 1."),
        ([1, 2, 3], {}, "`answers`"),
        (None, {}, "`answers`"),
        (np.array([[1, 2], [3, math.inf]]), {}, r"finite, got inf \(row 2, item '2'\)"),
        (pd.DataFrame({"a": [1.0, 2], "b": [3, -math.inf]}), {}, r"finite, got -inf \(row 2.* 'b'"),
        ([[1, 2], [3, math.inf]], {}, r"`answers\['2'\]` must be finite, got inf \(row 2\)"),
        (TEN, {"items": ["a", "b"]}, "`answers`|`items`"),
        (TEN, {"items": ["a", "b", "c", "c"]}, "'c' twice"),
        (pd.DataFrame(TEN, columns=list("abcd")), {"items": ["a", "dd"]}, "'dd'"),
        (
            ATTITUDE,
            {"items": ["ratings", "raises"]},
            "'ratings' is unknown; the nearest are 'rating'",
        ),
        (ATTITUDE, {"weights": [1] * 30}, "TypeError: `weights`"),
        (TEN, {"weights": [1] * 29}, "30 respondents, got 29"),
        (TEN, {"weights": [-1] * 30}, "`weights`"),
        (TEN, {"weights": ["x"] * 30}, "`weights`"),
        (
            sq.survey_from_arrays(form([2]), perceptions=LEFT),
            {},
            "got a Survey; give one dimension",
        ),
    ],
)
def test_answers_that_are_none(call, answers, options, said):
    refused(lambda: call(answers, **options), said)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sampling_adequacy(TEN, missing="mean"), "`missing`"),
        (lambda: parallel_analysis(TEN, draws=1), "`draws`"),
        (lambda: parallel_analysis(TEN, quantile=95), "`quantile`"),
        (lambda: parallel_analysis(TEN, quantile=0), "`quantile`"),
        (lambda: parallel_analysis(TEN, rng="seed"), "`rng`"),
    ],
)
def test_options_out_of_range(call, said):
    refused(call, said)


# --- models as text -------------------------------------------------------------------------------

CODES = st.text(min_size=1, max_size=6).filter(
    lambda code: code == code.strip() and "\0" not in code
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
RESERVED = {  # help("Reserved") of R
    *("if", "else", "repeat", "while", "function", "for", "next", "break", "in"),
    *("TRUE", "FALSE", "NULL", "Inf", "NaN", "NA"),
}


@st.composite
def instruments(draw):
    """Draw forms whose codes are any texts, often alike once signs are gone."""
    near = st.sampled_from(["a b", "a-b", "a_b", "á-b", "1", "x1", "if", "NA", "_", "é", "TRUE"])
    items = draw(st.lists(near | CODES, min_size=1, max_size=8, unique=True))
    cuts = draw(st.sets(st.integers(1, max(1, len(items) - 1)), max_size=3)) - {len(items)}
    groups = np.split(np.array(items, dtype=object), sorted(cuts))
    names = draw(st.lists(near | CODES, min_size=len(groups), max_size=len(groups), unique=True))
    dimensions = [
        sq.Dimension(code=code, name="", items=[sq.Item(code=item) for item in group])
        for code, group in zip(names, groups, strict=True)
    ]
    return sq.Instrument(code="any", name="Any", scale=sq.Scale(1, 7), dimensions=dimensions)


@effort()
@given(form_=instruments(), dialect=st.sampled_from(["lavaan", "semopy"]))
def test_models_have_names_that_programs_read(form_, dialect):
    names, text = syntax_names(form_), model_syntax(form_, dialect=dialect)
    assert list(names) == list(form_.item_codes)
    assert model_syntax(form_, dialect=dialect) == text
    assert syntax_names(form_) == names
    lines = text.splitlines()
    assert text.endswith("\n")
    measured, factors = [], []
    for line in lines:
        if alone := re.fullmatch(r"(\w+) ~~ 0\*\1", line):
            assert dialect == "semopy"
            assert measured[-1] == [alone[1]]
            continue
        factor, own = line.split(" =~ ")
        factors.append(factor)
        measured.append(own.split(" + "))
    assert measured == [[names[item.code] for item in d.items] for d in form_.dimensions]
    single = sum(len(d.items) == 1 for d in form_.dimensions)
    assert len(lines) == len(form_.dimensions) + single * (dialect == "semopy")
    used = [*names.values(), *factors]
    assert len(set(used)) == len(used)
    for name in used:
        assert NAME.fullmatch(name)
        assert name not in RESERVED


def test_the_model_of_servqual():
    lines = model_syntax(sq.instrument("servqual")).splitlines()
    assert len(lines) == 5
    assert lines[0] == "tangibles =~ tangibles_1 + tangibles_2 + tangibles_3 + tangibles_4"
    assert [line.count("+") + 1 for line in lines] == [4, 5, 4, 4, 5]


def test_model_syntax_refuses():
    refused(lambda: model_syntax("servqual"), "TypeError: `instrument`.*sq.instrument")
    refused(lambda: syntax_names(None), "TypeError: `instrument`")
    refused(lambda: model_syntax(form([2]), dialect="mplus"), "`dialect`.*mplus")
