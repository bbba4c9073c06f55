"""Tests of periods compared and of targets: worked values, fractions, simulation, bad input."""

import math
import re
from fractions import Fraction
from itertools import permutations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.shapley import product_changes
from servqual.failures.aiming import target_index
from servqual.failures.comparison import compare_periods
from servqual.failures.counts import FailureCounts
from servqual.failures.index import failure_index
from servqual.failures.schemes import FailureScheme, FailureType, failure_scheme

from .effort import effort

NAN = math.nan
F = Fraction
few = effort(40)
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.95, 0.999])
COUNTS = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 10**5))
WEIGHTS = st.one_of(st.sampled_from([1, 3, 5, 10, 50, 100]), st.floats(0.01, 1000))
VOLUMES = st.one_of(st.integers(1, 10**6), st.floats(0.1, 1e6))
FIGURES = tuple(
    contrast + end for contrast in ("difference", "ratio") for end in ("", "_low", "_high")
)
EFFECTS = ("volume", "rate", "mix")
NOTHING = "no failures before and after: no ratio, no z and no interval"
GONE = "too little even if it fell to 0"


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10, tiny=1e-12):
    return pytest.approx(wanted, rel=rel, abs=tiny, nan_ok=True)


def scheme_of(*weights, minutes=()):
    """Return a scheme of events with these weights; of minutes at these places."""
    units = ["minutes" if place in minutes else "events" for place in range(len(weights))]
    types = [
        FailureType(code=code, name=code, weight=weight, unit=unit)
        for code, weight, unit in zip("abcdefghij", weights, units, strict=False)
    ]
    return FailureScheme(code="scheme", name="Scheme", types=types)


SCHEME = scheme_of(1, 5, 10)
MINUTES = scheme_of(1, 2, minutes=(0,))
BEFORE, AFTER, VOLUME = (300, 40, 6), (240, 36, 2), (100_000, 110_000)  # theory D1


def figures_of(found):
    return [getattr(found, name) for name in (*FIGURES, "z", "p")]


def effects_of(found):
    return found.decomposition["points"][:3]


def rounding(counts, scheme, volumes, rel=1e-12):
    """Return what effects may be off: they may be far more than the points, and cancel."""
    points = (counts @ scheme.points).max()
    return float(rel * points * max(volumes) / min(volumes)) + 1e-300


@st.composite
def periods(draw, least=0):
    """Draw two periods (2, types), their scheme and their volumes; each has `least` failures."""
    weights = draw(st.lists(WEIGHTS, min_size=1, max_size=5))
    row = st.lists(COUNTS, min_size=len(weights), max_size=len(weights))
    counts = draw(st.tuples(row, row).filter(lambda rows: min(map(sum, rows)) >= least))
    return np.array(counts), scheme_of(*weights), draw(st.tuples(VOLUMES, VOLUMES))


# --- worked values --------------------------------------------------------------------------------


def test_d1_two_periods():
    found = compare_periods(BEFORE, AFTER, SCHEME, volume=VOLUME, per=1000)
    assert found.periods["rate"] == close([5.6, 4.0])
    assert found.periods["points"].tolist() == [560, 440]
    assert found.periods["failures"].tolist() == [346, 278]
    # theory D1, from R
    assert found.z == pytest.approx(-2.91757, abs=5e-6)
    assert found.ratio == pytest.approx(0.714286, abs=5e-7)
    assert (found.ratio_low, found.ratio_high) == pytest.approx((0.571339, 0.892997), abs=5e-7)
    # the issue, from R
    wanted = [47.944404, -156.730660, -11.213744, -120]
    assert found.decomposition["points"] == pytest.approx(wanted, abs=5e-7)
    # by hand: V = 1000²·1900/1e10 + 1000²·1340/1.21e10 = .19 + .11074380
    half = 1.959963984540054 * math.sqrt(0.19 + 0.134 / 1.21)
    assert found.difference == close(-1.6)
    assert (found.difference_low, found.difference_high) == close((-1.6 - half, -1.6 + half))
    assert found.p == close(2 * stats.norm.sf(2.917572), rel=1e-5)
    assert (found.undefined, found.lacking) == ("", "")
    # what made it: by hand
    assert found.types["type"].tolist() == ["a", "c", "b"]
    assert found.types["change"].tolist() == [-60, -40, -20]
    assert found.types["points_before"].tolist() == [300, 60, 200]
    assert found.types["count_after"].tolist() == [240, 2, 36]


def test_tables_say_what_the_figures_say():
    found = compare_periods(BEFORE, AFTER, SCHEME, volume=VOLUME, per=1000, confidence=0.9)
    for name in ("difference", "ratio"):
        row = found.contrasts.row(contrast=name)
        assert row["estimate"] == getattr(found, name)
        assert (row["low"], row["high"]) == (
            getattr(found, name + "_low"),
            getattr(found, name + "_high"),
        )
    assert found.contrasts.note.startswith("z -2.918, p 0.004; 90 % intervals")
    assert found.periods.title == "Rates per 1000"
    assert found.decomposition["effect"].tolist() == [*EFFECTS, "total"]
    text = str(found)
    for title in ("After beside before", "Rates per 1000", "What changed the points", "Types"):
        assert title in text
    assert found == compare_periods(
        list(BEFORE), list(AFTER), SCHEME, volume=VOLUME, per=1000, confidence=0.9
    )
    assert found != compare_periods(BEFORE, AFTER, SCHEME, volume=VOLUME, confidence=0.9)


# --- Shapley averages -----------------------------------------------------------------------------


def by_orders(before, after):
    """Return what each factor adds to the product: the mean over all orders, in fractions."""
    b, a = ([Fraction(x) for x in factors] for factors in (before, after))
    added, orders = [Fraction(0)] * len(b), [*permutations(range(len(b)))]
    for order in orders:
        now = [*b]
        for k in order:
            start = math.prod(now)
            now[k] = a[k]
            added[k] += math.prod(now) - start
    return [sum_ / len(orders) for sum_ in added]


FACTORS = st.one_of(st.integers(-20, 20).map(float), st.floats(-100, 100))


@given(pairs=st.lists(st.tuples(FACTORS, FACTORS), min_size=1, max_size=5))
@example(pairs=[(2, 4), (3, 5)])
@example(pairs=[(0, 1), (0, 1), (0, 1)])
@example(pairs=[(1, -1), (-1, 1), (7, 7), (0, 3), (5, 0)])
@few
def test_shapley_is_the_mean_over_all_orders(pairs):
    b, a = map(list, zip(*pairs, strict=True))
    found = product_changes(b, a)
    tiny = 1e-13 * math.prod(max(abs(x), abs(y)) for x, y in pairs) + 1e-290
    wanted = [float(x) for x in by_orders(b, a)]
    assert found == pytest.approx(wanted, rel=1e-12, abs=tiny)
    assert found.sum() == pytest.approx(math.prod(a) - math.prod(b), rel=1e-12, abs=tiny)
    assert product_changes(a, b) == pytest.approx(-found, rel=1e-12, abs=tiny)
    still = [k for k, (x, y) in enumerate(pairs) if x == y]
    assert not found[still].any()  # what does not change does nothing


@pytest.mark.parametrize("factors", [1, 2, 3, 7, 12, 25])
def test_factors_that_come_out_of_nothing_share_alike(factors):
    assert product_changes([0] * factors, [1] * factors) == close([1 / factors] * factors, 1e-13)
    after = np.linspace(0.5, 2, factors)
    assert product_changes(after * 0, after) == close(np.full(factors, after.prod() / factors))


def test_what_lies_behind_the_factors_is_carried_along():
    rng = np.random.default_rng(1)
    b, a = rng.normal(size=(2, 3, 4, 2))
    found = product_changes(b, a)
    assert found.shape == (3, 4, 2)
    for i, j in np.ndindex(4, 2):
        assert found[:, i, j] == close([float(x) for x in by_orders(b[:, i, j], a[:, i, j])])
    assert product_changes(b[:, :1], a) == close(product_changes(b[:, [0] * 4], a), 1e-14)
    b[1, 2, 0] = NAN
    assert np.argwhere(np.isnan(product_changes(b, a)[0])).tolist() == [[2, 0]]


# --- decomposition --------------------------------------------------------------------------------


def taken_apart(before, after, weights, volumes):
    """Return what volume, rate and mix do to the points of each type, over all six orders."""
    before, after = ([Fraction(int(x)) for x in row] for row in (before, after))
    totals = [sum(before), sum(after)]
    rows = [before, after]
    shares = [
        [x / total for x in row] if total else None for row, total in zip(rows, totals, strict=True)
    ]
    shares = [
        shares[k] or shares[1 - k] or [Fraction(0)] * len(before) for k in (0, 1)
    ]  # without failures there is no mix of its own
    N = [Fraction(x) for x in volumes]
    per_type = [
        by_orders(
            (N[0], totals[0] / N[0], shares[0][i] * w), (N[1], totals[1] / N[1], shares[1][i] * w)
        )
        for i, w in enumerate(map(Fraction, weights))
    ]
    return np.array(per_type, dtype=float).T


@given(case=periods())
@example(case=(np.array([BEFORE, AFTER]), SCHEME, VOLUME))
@example(case=(np.array([(0, 0, 0), (1, 2, 3)]), SCHEME, (1, 7)))
@example(case=(np.array([(1, 2, 3), (0, 0, 0)]), SCHEME, (7, 1)))
@example(case=(np.array([(0, 0, 0), (0, 0, 0)]), SCHEME, (7, 1)))
@few
def test_decomposition_is_the_mean_over_the_six_orders(case):
    counts, scheme, volumes = case
    found = compare_periods(*counts, scheme, volume=volumes)
    points = counts @ scheme.points
    tiny = rounding(counts, scheme, volumes, rel=1e-13)
    wanted = taken_apart(*counts, scheme.points, volumes)
    *effects, total = found.decomposition["points"]
    assert effects == close(wanted.sum(axis=1), tiny=tiny)
    assert sum(effects) == close(total, tiny=tiny)
    assert total == close(points[1] - points[0], tiny=tiny)
    table = found.types
    order = [scheme.codes.index(code) for code in table["type"].tolist()]
    assert sorted(order) == [*range(len(scheme.types))]
    assert np.all(np.diff(np.abs(table["change"])) <= 0)
    parts = np.array([table[effect] for effect in EFFECTS])
    assert parts == close(wanted[:, order], tiny=tiny)
    assert parts.sum(axis=0) == close(table["change"], tiny=tiny)
    assert parts.sum(axis=1) == close(effects, tiny=tiny)
    assert table["change"] == close(table["points_after"] - table["points_before"])
    assert table["count_before"].tolist() == counts[0, order].tolist()
    assert table["points_after"] == close((counts[1] * scheme.points)[order])


@given(n=st.tuples(COUNTS, COUNTS), weight=WEIGHTS, volumes=st.tuples(VOLUMES, VOLUMES))
@few
def test_one_type_has_no_mix(n, weight, volumes):
    found = compare_periods([n[0]], [n[1]], scheme_of(weight), volume=volumes)
    assert found.decomposition.row(effect="mix")["points"] == 0
    volume, rate, _ = effects_of(found)
    mean = weight * (n[0] / volumes[0] + n[1] / volumes[1]) / 2  # two factors: each at the mean
    assert volume == close((volumes[1] - volumes[0]) * mean, tiny=1e-9)
    assert volume + rate == close(weight * (n[1] - n[0]), tiny=1e-9 * (1 + abs(volume)))


@given(case=periods(least=1), k=st.integers(2, 9))
@few
def test_each_effect_alone(case, k):
    (counts, _), scheme, (volume, _) = case
    points = float(counts @ scheme.points)
    tiny = 1e-12 * k * points
    wider = compare_periods(counts, k * counts, scheme, volume=(volume, k * volume))
    assert effects_of(wider) == close([(k - 1) * points, 0, 0], tiny=tiny)
    assert wider.ratio == close(1)
    worse = compare_periods(counts, k * counts, scheme, volume=(volume, volume))
    assert effects_of(worse) == close([0, (k - 1) * points, 0], tiny=tiny)
    assert worse.ratio == close(k)
    turned = compare_periods(counts, counts[::-1], scheme, volume=(volume, volume))
    change = float(counts[::-1] @ scheme.points) - points
    assert effects_of(turned) == close([0, 0, change], tiny=tiny)


# --- difference and ratio -------------------------------------------------------------------------


@given(case=periods(least=1), confidence=CONFIDENCES, per=st.sampled_from([1, 1000, 0.5]))
@few
def test_figures_by_the_formula(case, confidence, per):
    counts, scheme, volumes = case
    found = compare_periods(*counts, scheme, volume=volumes, per=per, confidence=confidence)
    wide = stats.norm.ppf(0.5 + confidence / 2)
    rates, variances = [], []
    for row, volume in zip(counts.tolist(), volumes, strict=True):
        terms = [*zip(scheme.points.tolist(), row, strict=True)]
        rates.append(per * sum(w * n for w, n in terms) / volume)
        variances.append(per**2 * sum(w * w * n for w, n in terms) / volume**2)
    (first, second), (v, u) = rates, variances
    tiny = 1e-13 * max(rates)
    assert found.difference == close(second - first, tiny=tiny)
    assert found.z == close((second - first) / math.sqrt(v + u), tiny=1e-9)
    assert found.p == close(2 * stats.norm.sf(abs(found.z)))
    half = wide * math.sqrt(v + u)
    assert found.difference_low == close(second - first - half, tiny=1e-12 * (half + max(rates)))
    assert found.difference_high == close(second - first + half, tiny=1e-12 * (half + max(rates)))
    log, error = math.log(second / first), math.sqrt(v / first**2 + u / second**2)
    ends = math.exp(log - wide * error), math.exp(log), math.exp(log + wide * error)
    assert (found.ratio_low, found.ratio, found.ratio_high) == close(ends)
    # each rate is that of the index by itself
    for row, volume, cells in zip(counts, volumes, found.periods.rows(), strict=True):
        index = failure_index(row, scheme, volume=volume, per=per, confidence=confidence)
        for name in ("failures", "points", "rate", "rate_low", "rate_high"):
            assert cells[name] == close(getattr(index, name)), name


@given(case=periods())
@few
def test_swapping_the_periods_flips_the_signs(case):
    counts, scheme, volumes = case
    there = compare_periods(*counts, scheme, volume=volumes)
    back = compare_periods(*counts[::-1], scheme, volume=volumes[::-1])
    tiny = rounding(counts, scheme, volumes)
    assert effects_of(back) == close(-effects_of(there), tiny=tiny)
    assert back.difference == close(-there.difference)
    assert (back.difference_low, back.difference_high) == close(
        (-there.difference_high, -there.difference_low)
    )
    assert (back.z, back.p) == close((-there.z, there.p))
    assert back.ratio == close(1 / there.ratio)
    assert (back.ratio_low, back.ratio_high) == close((1 / there.ratio_high, 1 / there.ratio_low))
    assert back.types["change"] == close(-there.types["change"])
    assert back.periods["rate"] == close(there.periods["rate"][::-1])


@given(case=periods(), k=st.sampled_from([0.01, 3, 1000]))
@few
def test_the_unit_of_volume_changes_nothing(case, k):
    counts, scheme, volumes = case
    found = compare_periods(*counts, scheme, volume=volumes)
    scaled = tuple(k * volume for volume in volumes)
    same = compare_periods(*counts, scheme, volume=scaled, per=k)
    tiny = rounding(counts, scheme, volumes)
    assert same.periods["rate"] == close(found.periods["rate"])
    assert (same.z, same.ratio, same.ratio_low) == close(
        (found.z, found.ratio, found.ratio_low), tiny=1e-9
    )
    assert effects_of(same) == close(effects_of(found), tiny=tiny)
    less = compare_periods(*counts, scheme, volume=scaled)
    assert less.periods["rate"] == close(found.periods["rate"] / k)
    small = 1e-12 * (less.periods["rate"].sum() + 1)
    for name in FIGURES[:3]:
        assert getattr(less, name) == close(getattr(found, name) / k, tiny=small)
    assert (less.z, less.ratio_low) == close((found.z, found.ratio_low), tiny=1e-9)
    assert effects_of(less) == close(effects_of(found), tiny=tiny)


@given(case=periods(), data=st.data())
@few
def test_linear_in_the_weights(case, data):
    counts, scheme, volumes = case
    kinds = len(scheme.types)
    others = scheme_of(*data.draw(st.lists(WEIGHTS, min_size=kinds, max_size=kinds)))
    k = data.draw(st.sampled_from([0.01, 7, 1000]))

    def found(weights):
        return compare_periods(*counts, scheme.with_weights(weights.tolist()), volume=volumes)

    first, second = found(scheme.points), found(others.points)
    both, scaled = found(scheme.points + others.points), found(k * scheme.points)
    summed = scheme.with_weights((scheme.points + others.points).tolist())
    tiny = rounding(counts, summed, volumes)
    assert effects_of(both) == close(effects_of(first) + effects_of(second), tiny=tiny)
    rates = first.periods["rate"] + second.periods["rate"]
    assert both.periods["rate"] == close(rates)
    assert both.difference == close(rates[1] - rates[0], tiny=1e-12 * (1 + rates.sum()))
    assert effects_of(scaled) == close(k * effects_of(first), tiny=k * tiny)
    small = 1e-12 * (scaled.periods["rate"].sum() + 1)
    assert scaled.difference_low == close(k * first.difference_low, tiny=small)
    assert (scaled.z, scaled.p) == close((first.z, first.p), tiny=1e-9)
    assert (scaled.ratio, scaled.ratio_high) == close((first.ratio, first.ratio_high))


@given(case=periods(), data=st.data())
@few
def test_neither_order_nor_split_of_types_matters(case, data):
    counts, scheme, volumes = case
    found = compare_periods(*counts, scheme, volume=volumes)
    order = data.draw(st.permutations(range(len(scheme.types))))
    codes = [scheme.codes[place] for place in order]
    turned = attrs.evolve(scheme, types=[scheme.types[place] for place in order])
    part = [data.draw(st.integers(0, n)) for n in counts[:, 0].tolist()]
    split = np.column_stack([counts, part])
    split[:, 0] -= part
    wider = scheme_of(*scheme.points.tolist(), float(scheme.points[0]))
    tiny = rounding(counts, scheme, volumes)
    for same in (
        compare_periods(*counts[:, order], turned, volume=volumes),
        compare_periods(*split, wider, volume=volumes),
    ):
        small = 1e-9 + 1e-12 * found.periods["rate"].sum()
        assert figures_of(same) == close(figures_of(found), tiny=small)
        assert effects_of(same) == close(effects_of(found), tiny=tiny)
    named = [dict(zip(codes, row, strict=True)) for row in counts[:, order].tolist()]
    assert compare_periods(*named, scheme, volume=volumes) == found


def test_intervals_cover_what_they_promise():
    # 800 pairs of periods: 95 % but for four errors of the simulation
    rng, reps = np.random.default_rng(6), 800
    error = 4 * math.sqrt(0.95 * 0.05 / reps)
    means, volumes = np.array([(300, 40, 12), (240, 66, 6)]), (1000, 1200)
    points = means @ SCHEME.points
    before, after = points / volumes
    covered = np.zeros(2)
    for first, second in rng.poisson(means, (reps, 2, 3)):
        found = compare_periods(first, second, SCHEME, volume=volumes)
        covered += (
            found.difference_low <= after - before <= found.difference_high,
            found.ratio_low <= after / before <= found.ratio_high,
        )
    assert covered / reps == pytest.approx([0.95, 0.95], abs=error)


def test_without_a_change_p_is_small_by_chance_alone():
    rng, reps = np.random.default_rng(7), 800
    small, above = 0, 0
    for first, second in rng.poisson([(300, 40, 12), (600, 80, 24)], (reps, 2, 3)):
        found = compare_periods(first, second, SCHEME, volume=(1, 2))
        small, above = small + (found.p < 0.05), above + (found.z > 0)
    assert small / reps == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / reps))
    assert above / reps == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / reps))


def test_where_failures_are_few_normal_intervals_are_too_short():
    # exact: all pairs of counts of mean 1, with their chances; Notes say so
    chances, scheme = stats.poisson(1).pmf(range(12)), scheme_of(10)
    normal, own = 0.0, 0.0
    for n, chance in enumerate(chances):
        for m, other in enumerate(chances):
            found = compare_periods([n], [m], scheme, volume=(1, 1), confidence=0.8)
            normal += chance * other * (found.difference_low <= 0 <= found.difference_high)
            row = found.periods.row(period="after")
            own += chance * other * (row["rate_low"] <= 10 <= row["rate_high"])
    assert normal < 0.75
    assert own >= 0.8


# --- where something is missing -------------------------------------------------------------------


def test_no_failures_before_or_after():
    began = compare_periods([0, 0, 0], [1, 2, 3], SCHEME, volume=(10, 20))
    assert np.isnan([began.ratio, began.ratio_low, began.ratio_high]).all()
    assert (began.lacking, began.undefined) == ("no failures before: no ratio", "")
    # by hand: r₂ = 41/20, V₂ = 351/400; N and f go from 10 to 20 and from 0 to .3, f·Σsw to 41/20
    assert began.difference == close(2.05)
    assert began.z == close(2.05 / math.sqrt(351 / 400))
    assert began.difference_high == close(2.05 + 1.959963984540054 * math.sqrt(351 / 400))
    assert effects_of(began) == close([10.25, 30.75, 0])  # 10·2.05/2 and 2.05·15
    assert "no failures before: no mix" in began.decomposition.note
    row = began.contrasts.row(contrast="ratio")
    assert (row["undefined"], row["lacking"]) == ("no failures before: no ratio", "")
    assert began.contrasts.row(contrast="difference")["undefined"] == ""
    ended = compare_periods([1, 2, 3], [0, 0, 0], SCHEME, volume=(20, 10))
    assert (ended.lacking, ended.undefined) == ("no failures after: no ratio", "")
    assert (ended.difference, ended.z) == close((-began.difference, -began.z))
    assert effects_of(ended) == close(-effects_of(began))
    assert math.isnan(ended.ratio)


def test_no_failures_at_all():
    found = compare_periods([0, 0, 0], [0, 0, 0], SCHEME, volume=(10, 20))
    assert (found.difference, found.lacking, found.undefined) == (0, NOTHING, "")
    assert np.isnan(figures_of(found)[1:]).all()
    assert found.decomposition["points"].tolist() == [0] * 4
    assert found.decomposition["undefined"].tolist() == [""] * 4
    rows = [found.contrasts.row(contrast=name) for name in ("difference", "ratio")]
    assert [(row["lacking"], row["undefined"]) for row in rows] == [(NOTHING, ""), ("", NOTHING)]
    assert found.periods["rate_high"] == close(
        [3.6888795, 3.6888795 / 2], rel=1e-7
    )  # theory D2: 10·3.69/10


def test_two_equal_periods():
    found = compare_periods(BEFORE, BEFORE, SCHEME, volume=(9, 9))
    assert (found.difference, found.ratio, found.z, found.p) == (0, 1, 0, 1)
    assert found.decomposition["points"].tolist() == [0] * 4
    assert found.ratio_low == close(1 / found.ratio_high)
    assert found.difference_low == close(-found.difference_high)


@pytest.mark.parametrize(
    ("before", "volume", "undefined"),
    [
        (BEFORE, (0, 5), "volume 0 before"),
        (BEFORE, (5, 0), "volume 0 after"),
        (BEFORE, (0, 0), "volume 0 before; volume 0 after"),
        (BEFORE, (None, 5), "volume missing before"),
        (BEFORE, ([NAN], 0), "volume missing before; volume 0 after"),
        ([BEFORE, BEFORE], ([5, NAN], 5), "volume missing before"),
        ([BEFORE, (NAN, 1, 1)], (5, 5), "nobody counted before"),
        ([BEFORE, (NAN, 1, 1)], (0, 5), "nobody counted before"),
    ],
)
def test_without_volume_or_counts_there_is_no_comparison(before, volume, undefined):
    found = compare_periods(before, AFTER, SCHEME, volume=volume)
    assert (found.undefined, found.lacking) == (undefined, "")
    assert np.isnan(figures_of(found)).all()
    assert set(found.contrasts["undefined"].tolist()) == {undefined}
    assert np.isnan(effects_of(found)).all()
    assert found.decomposition["undefined"].tolist()[:3] == [undefined] * 3
    for row in found.periods.rows():
        reason = row["undefined"] or row["lacking"]
        assert math.isnan(row["rate"]) == bool(reason) == (row["period"] in undefined)
        assert math.isnan(row["points"]) == bool(row["undefined"])
    counted = "nobody" not in undefined
    total = found.decomposition.row(effect="total")
    assert math.isnan(total["points"]) == bool(total["undefined"]) == (not counted)
    for row in found.types.rows():  # points change with no volume as well
        assert math.isnan(row["change"]) == bool(row["undefined"])
        assert bool(row["undefined"]) == (not counted and row["type"] == "a")
        assert row["lacking"] == ("" if row["undefined"] else undefined)
        assert np.isnan([row[effect] for effect in EFFECTS]).all()


# --- units and cases ------------------------------------------------------------------------------


def test_minutes_warn_that_intervals_are_too_narrow():
    with pytest.warns(UserWarning, match="`before`: 'a' in minutes") as caught:
        found = compare_periods([1.5, 2], [0, 3], MINUTES, volume=(1, 1))
    assert [(w.filename, str(w.message)[:8]) for w in caught] == [(__file__, "`before`")]
    assert "'a' in minutes" in found.contrasts.note
    with pytest.warns(UserWarning, match="in minutes") as caught:
        found = compare_periods([1.5, 2], [7, 3], MINUTES, volume=(1, 1))
    assert [str(w.message)[:8] for w in caught] == ["`before`", "`after`:"]
    assert found.contrasts.note.count("'a' in minutes") == 1
    assert (found.difference, found.types["change"].tolist()) == (7.5, [5.5, 2])


def scored(counts, squares, scheme=SCHEME):
    """Return a period of cases, some of which failed in several ways."""
    return FailureCounts(
        scheme=scheme,
        keys={"period": ["1"]},
        counts=np.array([counts]),
        squares=np.array([squares], dtype=float),
        largest=np.array([16.0]),
        scored=True,
    )


def test_cases_have_their_own_variance():
    # one case with 1 + 5 + 10 points and one late, after two late and one lost: Σ(score)² 257, 102
    found = compare_periods(
        scored((2, 1, 1), 257), scored((2, 0, 1), 102), SCHEME, volume=(10, 10), per=10
    )
    assert (found.difference, found.ratio) == close((-5, 12 / 17))
    assert found.z == close(-5 / math.sqrt(359))
    factor = math.exp(1.959963984540054 * math.sqrt(257 / 17**2 + 102 / 12**2))
    assert (found.ratio_low, found.ratio_high) == close((12 / 17 / factor, 12 / 17 * factor))
    minutes = [scored((7.5, 1), 80.0, MINUTES), scored((1.5, 1), 9.0, MINUTES)]
    assert compare_periods(*minutes, MINUTES, volume=(1, 1)).difference == -6  # no warning


# --- forms ----------------------------------------------------------------------------------------

ROWS = [(100, 10, 2), (80, 20, 1), (120, 10, 3)]  # BEFORE, of three days
DAYS = ["2024-03-01", "2024-03-02", "2024-03-03"]
SENT = [30_000, 30_000, 40_000]
FRAME = {"period": DAYS, **{c: [row[k] for row in ROWS] for k, c in enumerate("abc")}, "sent": SENT}


def days(unit=""):
    rows = np.array(ROWS)
    return FailureCounts(
        scheme=SCHEME,
        keys={"period": DAYS},
        counts=rows,
        squares=rows @ SCHEME.points**2,
        largest=[10.0] * 3,
        unit=unit,
    )


@pytest.mark.parametrize(
    ("before", "volume"),
    [
        (list(BEFORE), 100_000),
        (dict(zip("cba", BEFORE[::-1], strict=True)), np.float64(1e5)),
        (pd.Series(BEFORE, index=[*"abc"]), [1e5]),
        (np.array([BEFORE], dtype=np.int16), np.array([1e5])),
        (np.array(ROWS, dtype=np.uint8), 1e5),
        (np.array(ROWS), SENT),
        (ROWS, pd.Series(SENT)),
        (days(), SENT),
        (days(), dict(zip(DAYS, SENT, strict=True))),
        (days("day"), pd.Series(SENT[::-1], index=pd.to_datetime(DAYS[::-1]))),
        (days()[[True, True, True]], tuple(SENT)),
        (pd.DataFrame(FRAME), "sent"),
        (pl.DataFrame(FRAME), "sent"),
        (pl.DataFrame(FRAME).to_arrow(), "sent"),
        (pl.DataFrame(FRAME).drop("period"), "sent"),
        (FRAME, "sent"),
        (pd.DataFrame(FRAME).drop(columns="sent"), SENT),
    ],
)
def test_any_form_of_counts_and_volume(before, volume):
    found = compare_periods(before, AFTER, SCHEME, volume=(volume, 110_000), per=1000)
    wanted = compare_periods(BEFORE, AFTER, SCHEME, volume=VOLUME, per=1000)
    assert found.types == wanted.types
    assert figures_of(found) == close(figures_of(wanted), rel=1e-14)
    back = compare_periods(AFTER, before, SCHEME, volume=[110_000, volume], per=1000)
    assert back.ratio == close(1 / found.ratio)


def test_one_name_is_a_column_of_both():
    first, second = pd.DataFrame(FRAME), pl.DataFrame(FRAME)[:2]
    found = compare_periods(first, second, SCHEME, volume="sent")
    assert found.periods["volume"].tolist() == [100_000, 60_000]
    by_name = compare_periods(first, second, SCHEME, volume={"after": "sent", "before": "sent"})
    assert by_name == found
    parts = compare_periods(days(), days()[[0, 1]], SCHEME, volume=(SENT, SENT[:2]))
    assert parts == found


def test_counts_of_another_scheme_are_weighed_anew():
    light = SCHEME.with_weights([1, 1, 1])
    found = compare_periods(days(), days()[:1], light, volume=(SENT, SENT[0]))
    assert found.periods["points"].tolist() == [346, 112]


# --- targets --------------------------------------------------------------------------------------


def points_of(counts, scheme):
    return failure_index(counts, scheme).points


def test_of_fifty_points_ten_are_too_many():
    found = target_index((300, 40, 6), SCHEME, target=500)
    assert (found.points, found.target_points, found.excess) == (560, 500, 60)
    assert found.reduction == close(60 / 560)
    assert not found.reached
    # by hand: 60 late fewer; 12 damaged fewer; all 6 lost
    assert found.table["type"].tolist() == ["a", "b", "c"]
    assert found.table["alone"].tolist() == [240, 28, 0]
    assert found.table["alone_reduction"] == close([0.2, 0.3, 1])
    assert found.table["in_turn"].tolist() == [240, 40, 6]
    assert found.table["in_turn_points"].tolist() == [240, 200, 60]
    assert found.table["lacking"].tolist() == [""] * 3
    assert found.table.note.endswith("500 points left in turn")
    assert "What must fall" in str(found)


@st.composite
def aims(draw):
    """Draw weights and counts in tenths, which floats do not have, and a target rate."""
    weights = draw(st.lists(st.integers(1, 50), min_size=1, max_size=5))
    minutes = [place for place in range(len(weights)) if draw(st.booleans())]
    counts = [
        F(draw(st.integers(0, 60)), 10 if place in minutes else 1) for place in range(len(weights))
    ]
    target = F(draw(st.one_of(st.just(0), st.integers(0, 3000))), 10)
    volume, per = draw(st.sampled_from([(None, 1), (1000, 1000), (7, 3), (250, 1000), (30, 1)]))
    return [F(w, 10) for w in weights], counts, minutes, target, volume, per


def fallen(n, weight, room, *, whole):
    """Return the most that there may be of a type in a room of so many points, by going down."""
    if not whole:
        return max(F(0), min(n, room / weight))
    while n > 0 and n * weight > room:
        n -= 1
    return n


@given(aim=aims())
@example(aim=([F(1, 10), F(2, 10)], [F(3), F(3)], [], F(6, 10), None, 1))
@example(aim=([F(1, 10)] * 3, [F(1), F(1), F(1)], [], F(3, 10), None, 1))  # .1 + .1 + .1 > .3
@example(aim=([F(7, 10)], [F(3)], [], F(14, 10), None, 1))
@example(aim=([F(5)], [F(3)], [], F(0), None, 1))
@effort(150)
def test_steps_reach_the_target_and_no_more(aim):
    weights, counts, minutes, target, volume, per = aim
    scheme = scheme_of(*map(float, weights), minutes=minutes)
    n = [float(x) for x in counts]
    found = target_index(n, scheme, target=float(target), volume=volume, per=per)
    room = target if volume is None else target * volume / per
    terms = [w * x for w, x in zip(weights, counts, strict=True)]
    points = sum(terms)
    over = max(points - room, F(0))
    assert found.reached == (over == 0)
    assert found.points == close(float(points))
    assert found.target_points == close(float(room))
    assert found.excess == close(float(over), tiny=1e-11)
    assert found.reduction == close(float(over / points) if points else 0, tiny=1e-11)
    assert float(points) * (1 - found.reduction) == close(float(min(points, room)), tiny=1e-11)
    steps = found.table
    order = sorted(range(len(n)), key=lambda place: -terms[place])
    assert sorted(steps["points"].tolist(), reverse=True) == steps["points"].tolist()
    assert steps["points"] == close([float(terms[place]) for place in order])
    places = [scheme.codes.index(code) for code in steps["type"].tolist()]
    rest, left = points, dict(enumerate(counts))
    for place, row in zip(places, steps.rows(), strict=True):
        assert (row["count"], row["weight"]) == (n[place], scheme.points[place])
        rest -= terms[place]
        whole = place not in minutes
        others = points - terms[place]
        alone = fallen(counts[place], weights[place], room - others, whole=whole)
        if others > room:
            assert math.isnan(row["alone"])
            assert row["lacking"] == GONE
        else:
            assert row["lacking"] == ""
            assert row["alone"] == close(float(alone), tiny=1e-10)
            wanted = 1 - float(alone / counts[place]) if counts[place] else 0
            assert row["alone_reduction"] == close(wanted, tiny=1e-9)
        if sum(w * x for w, x in zip(weights, left.values(), strict=True)) > room:
            before = sum(w * left[k] for k, w in enumerate(weights) if k != place)
            left[place] = fallen(counts[place], weights[place], room - before, whole=whole)
        assert row["in_turn"] == close(float(left[place]), tiny=1e-10)
        assert row["in_turn_points"] == close(float(weights[place] * left[place]), tiny=1e-9)
    assert sum(w * left[k] for k, w in enumerate(weights)) <= room or not any(left.values())
    assert steps["in_turn_points"].sum() <= float(room) + 1e-9 or found.reached


@given(
    counts=st.lists(st.integers(0, 5000), min_size=3, max_size=3).filter(any),
    target=st.floats(0, 20),
    volume=st.integers(1, 10_000),
)
@few
def test_the_index_afterwards_is_the_target_or_just_below(counts, target, volume):
    found = target_index(counts, SCHEME, target=target, volume=volume, per=100)
    assume(not found.reached)
    codes = found.table["type"].tolist()

    def rate(left):
        return failure_index(left, SCHEME, volume=volume, per=100).rate

    given_ = dict(zip(SCHEME.codes, counts, strict=True))
    in_turn = dict(zip(codes, found.table["in_turn"].tolist(), strict=True))
    assert rate(in_turn) <= target * (1 + 1e-9) + 1e-9
    fell = [code for code in codes if in_turn[code] < given_[code]]
    assert all(in_turn[code] == 0 for code in fell[:-1])
    assert rate(in_turn | {fell[-1]: in_turn[fell[-1]] + 1}) > target  # no more than it takes
    for row in found.table.rows():
        code = row["type"]
        if row["lacking"]:
            assert rate(given_ | {code: 0}) > target
        else:
            assert rate(given_ | {code: row["alone"]}) <= target * (1 + 1e-9) + 1e-9
            assert rate(given_ | {code: row["alone"] + 1}) > target


@pytest.mark.parametrize("target", [560, 560.5, 10_000])
def test_a_target_that_is_reached_asks_for_nothing(target):
    found = target_index(BEFORE, SCHEME, target=target)
    assert (found.reached, found.excess, found.reduction) == (True, 0, 0)
    assert found.table["alone"].tolist() == found.table["in_turn"].tolist() == [300, 40, 6]
    assert found.table["alone_reduction"].tolist() == [0, 0, 0]
    assert found.table.note == f"560 points, target {target:.6g}: the target is reached"
    nothing = target_index([0, 0, 0], SCHEME, target=0)
    assert (nothing.reached, nothing.points, nothing.reduction) == (True, 0, 0)


def test_no_failures_at_all_as_a_target():
    found = target_index(BEFORE, SCHEME, target=0)
    assert (found.excess, found.reduction) == (560, 1)
    assert found.table["in_turn"].tolist() == [0, 0, 0]
    assert np.isnan(found.table["alone"]).all()
    assert found.table["lacking"].tolist() == [GONE] * 3
    assert target_index([4], scheme_of(3), target=0).table["alone"].tolist() == [0]


def test_minutes_fall_by_parts_and_events_as_a_whole():
    # 7.5 + 2·4 = 15.5 points, 5.25 too many: 2.25 minutes are left, or 4 - 2.625 = 1.375 events
    found = target_index([7.5, 4], MINUTES, target=10.25)
    assert found.table["type"].tolist() == ["b", "a"]
    assert found.table["alone"].tolist() == [1, 2.25]
    assert found.table["in_turn"].tolist() == [1, 7.5]
    found = target_index([17.5, 4], MINUTES, target=10.25)
    assert found.table["in_turn"].tolist() == [2.25, 4]
    assert found.table["in_turn_points"].sum() == 10.25


def test_targets_by_volume():
    # 560 of 100,000 are 5.6 per 1000
    for volume in (100_000, SENT, dict(zip(DAYS, SENT, strict=True))):
        found = target_index(days(), SCHEME, target=5, volume=volume, per=1000)
        assert (found.target_points, found.excess) == close((500, 60))
    frame = target_index(pd.DataFrame(FRAME), SCHEME, target=5, volume="sent", per=1000)
    assert frame == found
    assert found.table.note.startswith("5.6 points per 1,000, target 5: 60 points too many")
    plain = target_index(ROWS, SCHEME, target=500).table
    assert plain.to_dict() == found.table.to_dict()
    assert target_index(BEFORE, SCHEME, target=5.6, volume=100_000, per=1000).reached


def test_a_type_that_cannot_do_it_has_no_reduction_of_its_own():
    steps = target_index([30, 0, 0], SCHEME, target=10).table
    assert steps["lacking"].tolist() == ["", GONE, GONE]
    assert steps["alone"] == close([10, NAN, NAN])
    assert steps["alone_reduction"] == close([2 / 3, NAN, NAN])


# --- bad input ------------------------------------------------------------------------------------

RATES = failure_scheme("airline-quality-rating")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"before": (1, 2)}, r"ValueError: `before` must be one for each of .*, got 2$"),
        ({"after": (1, 2, 0.5)}, r"ValueError: `after\['c'\]` must be whole, got 0.5"),
        ({"before": (1, -2, 3)}, r"ValueError: `before\['b'\]` must be 0 or more .*, got -2"),
        pytest.param(
            {"after": (1, math.inf, 3)},
            r"ValueError: `after\['b'\]` must be 0 or more .*, got inf",
        ),
        ({"after": (1, NAN, 3)}, r"ValueError: `after\['b'\]` must be there, got nothing"),
        ({"after": [BEFORE, (1, -1, 1)]}, r"`after\['b'\]` must be 0 or more .*period '2'"),
        ({"before": {"a": 1, "b": 2}}, "ValueError: `before` has nothing for 'c'"),
        ({"after": {"a": 1, "b": 2, "d": 2}}, "ValueError: `after`: 'd' is unknown"),
        ({"before": pd.DataFrame({**FRAME, "x": 1}).drop(columns="sent")}, "`before`: .*'x'"),
        ({"before": "june.csv"}, "TypeError: `before` must be a table, got 'june.csv'"),
        ({"before": days()[:0]}, "ValueError: `before` must have at least one period, got none"),
        ({"scheme": "fedex-sqi-12"}, r"TypeError: `scheme` must be FailureScheme.* failure_scheme"),
        ({"scheme": RATES}, "ValueError: `scheme`: 'on-time' is a rate .*signed_index"),
        ({"before": scored((1, 1, 1), 256), "scheme": SCHEME.with_weights([1, 2, 3])}, "again"),
        ({"after": days(), "scheme": MINUTES, "before": (1, 2)}, "`after` has the types of"),
        ({"volume": None}, "TypeError: `volume` must be .*, got None"),
        ({"volume": 1000}, "TypeError: `volume` must be .*, got 1000 .* one for each"),
        ({"volume": (1, 2, 3)}, r"ValueError: `volume` must be one for each .*'after'\), got 3"),
        ({"volume": {"before": 1}}, "ValueError: `volume` has nothing for 'after'"),
        ({"volume": {"before": 1, "afters": 1}}, "ValueError: `volume`: 'afters' is unknown"),
        ({"volume": "sent"}, "TypeError: `volume` names a column, 'sent', but `before` is no"),
        ({"volume": (1, -1)}, r"ValueError: `volume\[1\]` must be 0 or more, got -1"),
        ({"volume": (NAN, 1)}, r"ValueError: `volume\[0\]` must be a finite number, got nan"),
        ({"volume": (1, math.inf)}, r"ValueError: `volume\[1\]` must be a finite .*, got inf"),
        ({"volume": (True, 1)}, r"TypeError: `volume\[0\]` must be a number, got True"),
        ({"volume": (1, [1, 2])}, r"ValueError: `volume\[1\]` must be one for the one .*, got 2"),
        ({"before": ROWS, "volume": ([1, 2], 1)}, r"`volume\[0\]` must be .* 3 periods, got 2"),
        ({"before": ROWS, "volume": ([1, 2, -3], 1)}, r"`volume\[0\]` .*got -3 \(period '3'\)"),
        ({"before": days(), "volume": ({"2024-04-01": 1}, 1)}, "'2024-04-01', which was not"),
        ({"before": pd.DataFrame(FRAME), "volume": ("send", 1)}, "ValueError: .*'sen[dt]'"),
        ({"per": 0}, "ValueError: `per` must be above 0, got 0"),
        ({"per": "1000"}, "TypeError: `per` must be a number, got '1000'"),
        ({"confidence": 95}, "ValueError: `confidence` must lie between 0 and 1, .*got 95"),
        ({"confidence": 1}, "ValueError: `confidence` must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_named(change, said):
    how = {"before": BEFORE, "after": AFTER, "scheme": SCHEME, "volume": VOLUME} | change
    refused(lambda: compare_periods(**how), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": -1}, "ValueError: `target` must be 0 or more, got -1"),
        ({"target": NAN}, "ValueError: `target` must be a finite number, got nan"),
        ({"target": "500"}, "TypeError: `target` must be a number, got '500'"),
        ({"target": None}, "TypeError: `target` must be a number, got None"),
        ({"per": 0, "volume": 5}, "ValueError: `per` must be above 0, got 0"),
        ({"volume": 0}, "ValueError: `volume` must be above 0 in all, got 0; or give `target` in"),
        ({"volume": [0]}, "ValueError: `volume` must be above 0 in all, got 0"),
        ({"volume": -3}, "ValueError: `volume` must be 0 or more, got -3"),
        ({"volume": NAN}, "ValueError: `volume` must be a finite number, got nan"),
        ({"counts": ROWS, "volume": [1, NAN, 1]}, "`volume` must be .*, got a period without;"),
        ({"counts": ROWS, "volume": [1, 1]}, "ValueError: `volume` must be .* 3 periods, got 2"),
        ({"volume": "sent"}, "TypeError: `volume` names a column, 'sent', but `counts` is no"),
        ({"counts": [BEFORE, (NAN, 1, 1)]}, "ValueError: `counts` must be there for every period"),
        ({"counts": (1, 2.5, 3)}, r"ValueError: `counts\['b'\]` must be whole, got 2.5"),
        ({"counts": (1, 2, -3)}, r"ValueError: `counts\['c'\]` must be 0 or more .*, got -3"),
        ({"counts": (1, 2)}, "ValueError: `counts` must be one for each of .*, got 2"),
        ({"counts": {"a": 1, "b": 2, "lost": 3}}, "ValueError: `counts`: 'lost' is unknown"),
        ({"counts": days()[:0]}, "ValueError: `counts` must have at least one period, got none"),
        ({"scheme": "parcels"}, "TypeError: `scheme` must be FailureScheme, got 'parcels'"),
        ({"scheme": RATES}, "ValueError: `scheme`: 'on-time' is a rate"),
    ],
)
def test_what_cannot_be_aimed_at_is_named(change, said):
    how = {"counts": BEFORE, "scheme": SCHEME, "target": 500} | change
    refused(lambda: target_index(how.pop("counts"), how.pop("scheme"), **how), said)
