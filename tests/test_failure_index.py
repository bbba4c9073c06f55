"""Tests of failure schemes and the weighted index: worked values, properties, forms, bad input."""

import math
import re
from datetime import date, datetime
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import optimize, stats

from servqual._stats.poisson import fay_feuer, gamma_quantile, mid_p
from servqual.failures.counts import FailureCounts
from servqual.failures.index import failure_index, weighted_rate_interval
from servqual.failures.schemes import (
    FailureScheme,
    FailureType,
    failure_scheme,
    failure_scheme_codes,
    load_failure_scheme,
)
from servqual.failures.signed import signed_index
from servqual.failures.weights import weights_from_comparisons, weights_from_points

from .effort import effort

NAN = math.nan
few = effort(40)
METHODS = ("fay-feuer", "mid-p", "normal")
FIGURES = ("failures", "points", "variance", "low", "high", "volume", "rate", "rate_low")
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
WEIGHTS = st.one_of(st.sampled_from([1, 3, 5, 10, 50, 100]), st.floats(0.01, 1000))
COUNTS = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 10**6))


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def scheme_of(*weights, codes="abcdefghij"):
    """Return a scheme of events with these weights."""
    types = [FailureType(code=c, name=c, weight=w) for c, w in zip(codes, weights, strict=False)]
    return FailureScheme(code="scheme", name="Scheme", types=types)


PARCELS = scheme_of(1, 10, codes=("late", "lost"))
MINUTES = FailureType(code="delay", name="Delay", weight=5, unit="minutes")
DELAYS = attrs.evolve(PARCELS, types=(*PARCELS.types, MINUTES))


@st.composite
def tables(draw, least=1):
    """Draw a scheme and counts (periods, types), some of which are often 0."""
    weights = draw(st.lists(WEIGHTS, min_size=least, max_size=5))
    row = st.lists(COUNTS, min_size=len(weights), max_size=len(weights))
    return scheme_of(*weights), np.array(draw(st.lists(row, min_size=1, max_size=4)))


def ends(index):
    return index.low, index.high


def periods_of(index):
    """Return the figures of the periods as one array (periods, figures)."""
    return np.stack([index.periods[name] for name in FIGURES], axis=1)


# --- schemes --------------------------------------------------------------------------------------

CATALOGUE = {  # codes with their weights, in the order of their sources
    "fedex-sqi-12": {  # seeds.md 38 and facts.md 2a: from the seed, the sum is 55
        "right-day-late": 1,
        "wrong-day-late": 5,
        "traces-not-answered": 1,
        "complaints-reopened": 5,
        "missing-proof-of-delivery": 1,
        "invoice-adjustments": 1,
        "missed-pickup": 10,
        "damaged": 10,
        "lost": 10,
        "overgoods": 5,
        "aircraft-delay": 5,
        "abandoned-calls": 1,
    },
    "fedex-sqi-10": {  # facts.md 2b, confirmed
        "complaints-reopened": 3,
        "damaged": 10,
        "international": 1,
        "invoice-adjustments": 1,
        "late-pickup": 3,
        "lost": 10,
        "missing-proof-of-delivery": 1,
        "right-day-late": 1,
        "traces": 3,
        "wrong-day-late": 5,
    },
    "fedex-sqi-9": {  # facts.md 2c, confirmed
        "lost": 50,
        "damaged": 30,
        "complaints-unresolved": 10,
        "wrong-day-late": 10,
        "invoice-adjustments": 3,
        "traces": 3,
        "late-pickup": 3,
        "missing-proof-of-delivery": 1,
        "right-day-late": 1,
    },
    "airline-quality-rating": {  # facts.md 7, theory D8
        "on-time": 8.63,
        "denied-boardings": -8.03,
        "mishandled-baggage": -7.92,
        "customer-complaints": -7.17,
    },
    # facts.md 14a: Dodge and Torrey's four classes
    "demerit-classes": {
        "very-serious": 100,
        "serious": 50,
        "moderately-serious": 10,
        "not-serious": 1,
    },
}


@pytest.mark.parametrize("code", CATALOGUE)
def test_weights_and_order_of_the_catalogue(code):
    assert failure_scheme_codes() == tuple(sorted(CATALOGUE))
    scheme, wanted = failure_scheme(code), CATALOGUE[code]
    assert scheme.code == code
    assert list(scheme.weights.items()) == list(wanted.items())
    assert scheme.codes == tuple(wanted)
    assert scheme.points.tolist() == list(wanted.values())
    assert scheme.source
    # what no public page confirms is said so
    assert re.search("confirmed|Remembered|No primary source", scheme.note)


def test_what_the_fedex_schemes_say_of_themselves():
    sums = [failure_scheme(f"fedex-sqi-{n}").points.sum() for n in (12, 10, 9)]
    assert sums == [55, 38, 111]  # facts.md 2a-c
    twelve, ten, nine = (failure_scheme(f"fedex-sqi-{n}") for n in (12, 10, 9))
    for scheme in (twelve, ten, nine):
        assert "no points of one can be converted into another's" in scheme.note
    assert "unconfirmed in the literature" in twelve.note
    assert "Confirmed on two public pages" in ten.note
    assert "No primary source was found" in nine.note
    assert not any("international" in kind.code + kind.name.lower() for kind in twelve.types)
    units = {kind.code: kind.unit for kind in twelve.types if not kind.is_event}
    assert units == {"aircraft-delay": "minutes"}
    assert all(kind.is_event for scheme in (ten, nine) for kind in scheme.types)


def test_units_of_the_airline_rating_and_of_demerits():
    rating = failure_scheme("airline-quality-rating")
    units = [(kind.unit, kind.per) for kind in rating.types]
    passengers = [("passengers", per) for per in (10_000, 1000, 100_000)]  # theory D8
    assert units == [("flights", 1), *passengers]
    assert not any(kind.is_event for kind in rating.types)
    for said in ("8.03", "7.92", "100,000", "not confirmed"):
        assert said in rating.note
    assert all(kind.is_event for kind in failure_scheme("demerit-classes").types)
    assert "9, 3 and 1" in failure_scheme("demerit-classes").note  # the other form, cited apart


@pytest.mark.parametrize("code", CATALOGUE)
def test_what_is_written_reads_back_equal(code, tmp_path):
    scheme = failure_scheme(code)
    path = tmp_path / "scheme.toml"
    path.write_text(scheme.to_toml(), encoding="utf-8")
    assert load_failure_scheme(path) == load_failure_scheme(str(path)) == scheme
    assert hash(load_failure_scheme(path)) == hash(scheme)


@given(
    weights=st.lists(st.floats(-1e9, 1e9).filter(lambda w: abs(w) > 1e-100), min_size=1),
    words=st.text(st.characters(codec="utf-8")),
)
@few
def test_any_scheme_reads_back_equal(weights, words, tmp_path_factory):
    path = tmp_path_factory.mktemp("schemes") / "scheme.toml"
    scheme = attrs.evolve(scheme_of(*weights), note=words, source=words)
    path.write_text(scheme.to_toml(), encoding="utf-8")
    assert load_failure_scheme(path) == scheme


def test_other_weights():
    found = PARCELS.with_weights({"lost": 9, "late": 2})
    assert found.weights == {"late": 2, "lost": 9}
    assert PARCELS.with_weights([2, 9]) == PARCELS.with_weights(np.array([2.0, 9])) == found
    assert PARCELS.with_weights(pd.Series({"lost": 9, "late": 2})) == found
    assert PARCELS.weights == {"late": 1, "lost": 10}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.code = "other"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("weight", 0, "ValueError: `weight` of .* must not be 0: leave out of the scheme"),
        ("weight", NAN, "ValueError: `weight` must be a finite number"),
        ("weight", math.inf, "ValueError: `weight` must be a finite number"),
        ("weight", "1", "TypeError: `weight` must be a number, got '1' that is a str"),
        ("weight", True, "TypeError: `weight` must be a number"),
        ("per", 0, "ValueError: `per` must be above 0, got 0"),
        ("per", -1000, "ValueError: `per` must be above 0, got -1000"),
        ("code", " ", "ValueError: `code` must not be blank"),
        ("code", 3, "TypeError: `code` must be a text"),
        ("name", "", "ValueError: `name` must not be blank"),
        ("unit", "", "ValueError: `unit` must not be blank"),
        ("note", None, "TypeError: `note` must be str"),
    ],
)
def test_bad_types(field, value, said):
    refused(lambda: FailureType(**{"code": "a", "name": "A", "weight": 1} | {field: value}), said)


def test_bad_schemes(tmp_path):
    late = PARCELS.types[0]

    def scheme(types):
        return FailureScheme(code="a", name="A", types=types)

    refused(lambda: scheme(()), "ValueError: `types` must hold at least one FailureType, got none")
    refused(lambda: scheme((late, late)), "ValueError: `codes of types` .*got 'late' twice")
    refused(lambda: scheme(late), "TypeError: `types` must be Iterable.*FailureType")
    refused(lambda: scheme(("late",)), "TypeError: `types` must be FailureType, got 'late'")
    refused(lambda: failure_scheme("fedex-sqi-11"), "`code`: 'fedex-sqi-11' is unknown; .*sqi-12")
    refused(lambda: PARCELS.with_weights([1]), "`weights` must be one for each .*got 1")
    refused(lambda: PARCELS.with_weights({"late": 1}), "`weights` has nothing for 'lost'")
    refused(lambda: PARCELS.with_weights({"late": 1, "lots": 2}), "'lots' is unknown.*'lost'")
    refused(lambda: PARCELS.with_weights({"late": 1, "lost": 0}), "must not be 0")
    with pytest.raises(FileNotFoundError, match=r"no such file: .*missing\.toml"):
        load_failure_scheme(tmp_path / "missing.toml")
    text = PARCELS.to_toml()
    for wrong, said in (
        (text.replace("weight = 10", "weight = 0"), r"scheme\.toml: .*must not be 0.*types\[1\]"),
        (text.replace("weight = 10", "wait = 10"), r"scheme\.toml: .*wait.*types\[1\]"),
        (text + "code = ", r"scheme\.toml is not TOML"),
        (text.partition("\n\n")[0], r"scheme\.toml: .*types"),
    ):
        path = tmp_path / "scheme.toml"
        path.write_text(wrong, encoding="utf-8")
        refused(lambda path=path: load_failure_scheme(path), f"ValueError: .*{said}")


def test_a_weight_of_nothing_names_its_type():
    refused(lambda: PARCELS.with_weights({"late": 1, "lost": 0}), "lost")


# --- worked values --------------------------------------------------------------------------------

SET_B = (125, 18, 102, 282, 209, 2, 26, 751, 115, 15)  # theory D1: textbook counts, set (b)
SEED = (500, 80, 40, 6, 30, 60, 12, 8, 20, 9, 15, 100)  # theory D1: in the seed's order


def test_d1_textbook_counts():
    scheme = failure_scheme("fedex-sqi-10")
    found = failure_index(SET_B, scheme, volume=425_000, per=1000)
    assert (found.failures, found.points, found.variance) == (1645, 2783, 7577)  # theory D1, from R
    assert found.rate == pytest.approx(6.5482353, abs=5e-8)
    assert math.sqrt(found.variance) == pytest.approx(87.045965, abs=5e-7)
    assert ends(found) == pytest.approx((2614.9862, 2967.3175), abs=5e-5)  # theory D2, from R
    assert (found.rate_low, found.rate_high) == close([end / 425 for end in ends(found)])
    normal = failure_index(SET_B, scheme, interval="normal")
    assert ends(normal) == pytest.approx((2612.393, 2953.607), abs=5e-4)
    table = found.contributions
    assert table["type"][:5].tolist() == [
        "right-day-late",
        "late-pickup",
        "complaints-reopened",
        "traces",
        "invoice-adjustments",
    ]
    wanted = (0.26985, 0.22530, 0.13475, 0.12397, 0.10133)  # theory D1
    assert table["share"][:5] == pytest.approx(wanted, abs=5e-6)
    assert table["cumulative"][5] == pytest.approx(0.9199, abs=5e-5)
    assert found.vital_few == 5  # 75.4 % are of the first four, 85.5 % of five


def test_d1_counts_of_the_seed():
    with pytest.warns(UserWarning, match="'aircraft-delay' in minutes") as caught:
        found = failure_index(SEED, failure_scheme("fedex-sqi-12"))
    assert caught[0].filename == __file__
    assert (found.points, found.variance) == (1680, 7480)  # theory D1
    assert ends(found) == pytest.approx((1514.7443, 1864.8484), abs=5e-5)  # theory D2, from R


def test_d2_table_1_of_fay_and_feuer():
    # Down syndrome in Michigan, first births by the mother's age: data and result of epitools'
    # ageadjust.direct, theory D2; the paper prints 92.3 (80.4, 105.8) per 100,000
    counts = np.array([107, 141, 60, 40, 39, 25])
    population = np.array([230061, 329449, 114920, 39487, 14208, 3052])
    standard = np.array([63986.6, 186263.6, 157302.2, 97647.0, 47572.6, 12262.6])
    weights = standard / (standard.sum() * population) * 1e5
    assert weights @ counts == pytest.approx(92.304526, abs=5e-7)
    wanted = pytest.approx((80.441750, 105.763346), abs=5e-7)
    assert weighted_rate_interval(counts, weights) == wanted
    found = failure_index(counts, scheme_of(*weights))
    assert found.points == close(weights @ counts)
    assert ends(found) == wanted


def test_d2_one_type():
    ten = failure_index([10], scheme_of(1))
    assert ends(ten) == pytest.approx((4.7953887, 18.390356), abs=5e-7)  # theory D2, from R
    none = failure_index([0], scheme_of(1))
    assert (none.points, none.low) == (0, 0)
    assert none.high == pytest.approx(3.6888795, abs=5e-8)
    assert weighted_rate_interval([10], [1]) == close(ends(ten))
    assert weighted_rate_interval([0], [1]) == close(ends(none))


# --- the intervals --------------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 30, 99, 1000, 123_456, 10**7])
def test_the_exact_interval_of_a_poisson_count(n, confidence):
    tail = (1 - confidence) / 2
    low = stats.chi2.ppf(tail, 2 * n) / 2 if n else 0
    high = stats.chi2.ppf(1 - tail, 2 * n + 2) / 2
    found = failure_index([n], scheme_of(3), confidence=confidence)
    assert ends(found) == close((3 * low, 3 * high), rel=1e-9)
    assert weighted_rate_interval([n], [3], confidence=confidence) == close(ends(found))
    # which is to say: so many, or so few, are as rare as α/2
    assert stats.poisson.cdf(n, found.high / 3) == pytest.approx(tail, rel=1e-6)
    if n:
        assert stats.poisson.sf(n - 1, found.low / 3) == pytest.approx(tail, rel=1e-6)


def gammas_of(points, variance, largest):
    """Return the two gamma distributions of D2 by scipy."""
    means, variances = (points, points + largest), (variance, variance + largest**2)
    return [
        stats.gamma(m * m / v, scale=v / m) for m, v in zip(means, variances, strict=True) if m > 0
    ]


def mid_p_by_roots(points, variance, largest, confidence):
    """Return the roots of F1(x) + F2(x) = 2·tail, which lie between the two quantiles."""
    both = gammas_of(points, variance, largest)

    def root(tail):
        ends = [gamma.ppf(tail) for gamma in both]
        return optimize.brentq(
            lambda x: sum(gamma.cdf(x) for gamma in both) - 2 * tail,
            min(ends) * (1 - 1e-9),
            max(ends) * (1 + 1e-9),
            xtol=1e-300,
            rtol=1e-14,
        )

    return root((1 - confidence) / 2), root((1 + confidence) / 2)


@given(case=tables(), confidence=CONFIDENCES)
@example(case=(scheme_of(1), np.array([[10]])), confidence=0.95)
@example(case=(failure_scheme("fedex-sqi-10"), np.array([SET_B])), confidence=0.95)
@few
def test_fay_feuer_and_mid_p_by_their_definitions(case, confidence):
    scheme, counts = case
    found = failure_index(counts, scheme, confidence=confidence)
    assume(found.points > 0)
    moments = found.points, found.variance, scheme.points.max()
    first, second = gammas_of(*moments)
    tail = (1 - confidence) / 2
    assert ends(found) == close((first.ppf(tail), second.ppf(1 - tail)), rel=1e-8)
    middle = failure_index(counts, scheme, confidence=confidence, interval="mid-p")
    low, high = mid_p_by_roots(*moments, confidence)
    assert middle.high == close(high, rel=1e-8)
    if first.ppf(tail) < second.ppf(tail):  # the others: below
        assert middle.low == close(low, rel=1e-8)
        assert found.low < middle.low


def test_mid_p_where_the_largest_weight_did_not_occur():
    # 100 demerits of weight 1, beside classes of up to 100: the .025 quantiles are 81.4 and 54.4,
    # and the root between them is 67.8 (scipy; the R package asht looks for it there, too)
    found = failure_index([0, 0, 0, 100], failure_scheme("demerit-classes"), interval="mid-p")
    assert ends(found) == close(mid_p_by_roots(100, 100, 100, 0.95), rel=1e-8)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_no_failures(confidence):
    zero, scheme = np.zeros(3), scheme_of(2, 7, 1)
    found = {
        name: failure_index(zero, scheme, confidence=confidence, interval=name) for name in METHODS
    }
    alpha = 1 - confidence
    # the upper gamma is exponential of mean w_M: its 1 - α/2 quantile, and where half of the chance
    # lies at 0 that of 1 - α
    assert ends(found["fay-feuer"]) == close((0, -7 * math.log(alpha / 2)))
    assert ends(found["mid-p"]) == close((0, -7 * math.log(alpha)))
    assert ends(found["normal"]) == (0, 0)
    for index in found.values():
        assert (index.points, index.failures, index.variance, index.vital_few) == (0, 0, 0, 0)
        assert np.isnan(index.contributions["share"]).all()
        assert set(index.contributions["lacking"]) == {"no failures: no shares"}
        assert set(index.contributions["undefined"]) == {""}
        assert index.undefined == ""


@given(case=tables(), confidence=CONFIDENCES)
@few
def test_mid_p_reaches_less_far_up(case, confidence):
    scheme, counts = case
    wide, short = (
        failure_index(counts, scheme, confidence=confidence, interval=name) for name in METHODS[:2]
    )
    assert short.high < wide.high
    if len(scheme.types) == 1:
        assert short.high - short.low < wide.high - wide.low
        assert short.low > wide.low or not counts.any()


@given(n=st.integers(0, 10**6), confidence=CONFIDENCES, weight=WEIGHTS)
@example(n=2, confidence=0.95, weight=3)  # whose lower end is cut at 0
@few
def test_the_normal_interval(n, confidence, weight):
    half = stats.norm.ppf((1 + confidence) / 2) * weight * math.sqrt(n)
    found = failure_index([n], scheme_of(weight), confidence=confidence, interval="normal")
    assert ends(found) == close((max(0, weight * n - half), weight * n + half), rel=1e-9)


RNG = np.random.default_rng(6)
SHAPES = np.concatenate([RNG.uniform(0, 20, 5000), 10 ** RNG.uniform(0, 9, 15_001), [0, 8]])


def in_pieces(values):
    """Cut arrays into such as are short enough for the direct way."""
    return zip(*(np.array_split(array, 2) for array in values), strict=True)


@pytest.mark.parametrize("probability", [0.0005, 0.025, 0.25, 0.975, 0.9995])
def test_very_many_quantiles_are_those_of_a_few(probability):
    assert len(SHAPES) > 20_000 > len(SHAPES) / 2
    few_at_once = [gamma_quantile(*piece, probability) for piece in in_pieces([SHAPES])]
    wanted = np.concatenate(few_at_once)
    assert gamma_quantile(SHAPES, probability) == pytest.approx(wanted, rel=1e-13, abs=0)


@pytest.mark.parametrize("interval", [fay_feuer, mid_p])
def test_very_many_intervals_are_those_of_a_few(interval):
    values = [SHAPES, SHAPES * RNG.uniform(1, 10, len(SHAPES)), np.full(len(SHAPES), 10.0)]
    pieces = [interval(*piece, 0.95) for piece in in_pieces(values)]
    wanted = [np.concatenate(piece) for piece in zip(*pieces, strict=True)]
    for end, other in zip(interval(*values, 0.95), wanted, strict=True):
        assert end == pytest.approx(other, rel=1e-13, abs=0)


def test_very_many_periods_are_as_good_as_each_alone():
    counts = RNG.poisson([3.0, 0.2], (20_001, 2))
    found = failure_index(counts, PARCELS)
    for row in (0, 7, 20_000):
        alone = failure_index(counts[row], PARCELS)
        assert ends(alone) == close((found.periods["low"][row], found.periods["high"][row]))


@pytest.mark.parametrize("weight", [1e-200, 1e200])
def test_intervals_of_any_positive_weights(weight):
    low, high = weighted_rate_interval([10], [weight])
    assert (low / weight, high / weight) == pytest.approx((4.7953887, 18.390356), abs=5e-7)


# --- what the index promises ----------------------------------------------------------------------


@given(case=tables(), data=st.data())
@few
def test_disjoint_counts_add(case, data):
    scheme, counts = case
    part = np.array([[data.draw(st.integers(0, n)) for n in row] for row in counts.tolist()])
    whole, first, second = (failure_index(n, scheme) for n in (counts, part, counts - part))
    for name in ("failures", "points", "variance"):
        assert getattr(whole, name) == close(getattr(first, name) + getattr(second, name))
        assert whole.periods[name] == close(first.periods[name] + second.periods[name])
        assert getattr(whole, name) == close(whole.periods[name].sum())
    rows = [failure_index(row, scheme) for row in counts]
    for name in FIGURES[:5]:  # the row of a period is the index of that period
        assert whole.periods[name] == close([getattr(row, name) for row in rows])
    pooled = failure_index(counts.sum(axis=0), scheme)  # and the whole that of all of them
    assert ends(whole) == close(ends(pooled))
    for name in whole.total.columns[1:]:  # the fields are the cells of the total
        cell = whole.total[name][0]
        assert cell == getattr(whole, name) or np.isnan(cell)


@given(case=tables(), data=st.data(), interval=st.sampled_from(METHODS))
@few
def test_linear_in_the_weights(case, data, interval):
    scheme, counts = case
    other = data.draw(st.lists(WEIGHTS, min_size=len(scheme.types), max_size=len(scheme.types)))
    both = failure_index(counts, scheme.with_weights(scheme.points + other), interval=interval)
    mine, theirs = (
        failure_index(counts, scheme.with_weights(w), interval=interval)
        for w in (scheme.points, other)
    )
    assert both.points == close(mine.points + theirs.points)
    times = data.draw(st.floats(1e-3, 1e3))
    scaled = failure_index(counts, scheme.with_weights(times * scheme.points), interval=interval)
    assert scaled.points == close(times * mine.points)
    assert scaled.variance == close(times**2 * mine.variance)
    assert ends(scaled) == pytest.approx([times * end for end in ends(mine)], rel=1e-9)
    assert scaled.contributions["share"] == close(mine.contributions["share"])


@given(case=tables(), confidence=CONFIDENCES, interval=st.sampled_from(METHODS))
@example(case=(scheme_of(0.01, 1000), np.array([[1, 0]])), confidence=0.5, interval="mid-p")
@few
def test_the_estimate_lies_in_its_interval(case, confidence, interval):
    scheme, counts = case
    found = failure_index(counts, scheme, confidence=confidence, interval=interval)
    for low, points, high in (
        (found.low, found.points, found.high),
        *zip(*(found.periods[name] for name in ("low", "points", "high")), strict=True),
    ):
        assert 0 <= low <= points <= high
    assert (found.points == 0) == (not counts.any())  # zero if and only if there are no failures
    assert (found.high == 0) == (interval == "normal" and not counts.any())
    wider = failure_index(counts, scheme, confidence=0.9995, interval=interval)
    assert wider.low <= found.low
    assert wider.high >= found.high
    if counts.any():
        assert wider.high > found.high


@given(case=tables(), data=st.data(), interval=st.sampled_from(METHODS))
@few
def test_a_type_split_in_two_of_the_same_weight_changes_nothing(case, data, interval):
    scheme, counts = case
    place = data.draw(st.integers(0, len(scheme.types) - 1))
    part = np.array([data.draw(st.integers(0, n)) for n in counts[:, place].tolist()])
    split = np.column_stack([counts, part])
    split[:, place] -= part
    more = scheme_of(*scheme.points, scheme.points[place])
    volume = np.arange(1, len(counts) + 1)
    first, second = (
        failure_index(n, kinds, volume=volume, interval=interval)
        for n, kinds in ((counts, scheme), (split, more))
    )
    for name in FIGURES:
        assert getattr(first, name) == close(getattr(second, name))
    assert periods_of(first) == close(periods_of(second))


@given(case=tables(), data=st.data(), interval=st.sampled_from(METHODS))
@few
def test_the_order_of_types_and_of_periods_does_not_matter(case, data, interval):
    scheme, counts = case
    volume = np.arange(1.0, len(counts) + 1)
    found = failure_index(counts, scheme, volume=volume, interval=interval)
    order = data.draw(st.permutations(range(len(scheme.types))))
    rows = data.draw(st.permutations(range(len(counts))))
    kinds = attrs.evolve(scheme, types=[scheme.types[place] for place in order])
    turned = failure_index(
        counts[rows][:, order], kinds, volume=volume[list(rows)], interval=interval
    )
    for name in FIGURES:
        assert getattr(turned, name) == close(getattr(found, name))
    assert periods_of(turned) == close(periods_of(found)[rows])
    assert turned.vital_few == found.vital_few
    mine, other = found.contributions, turned.contributions
    assert sorted(zip(mine["type"], mine["points"], strict=True)) == sorted(
        zip(other["type"], other["points"], strict=True)
    )


@given(case=tables(), data=st.data())
@few
def test_rates_are_points_per_volume(case, data):
    scheme, counts = case
    volume = np.array([data.draw(st.floats(0.1, 1e6)) for _ in counts])
    per = data.draw(st.sampled_from([1, 100, 1000, 0.5]))
    found = failure_index(counts, scheme, volume=volume, per=per)
    assert (found.per, found.volume, found.lacking) == (per, close(volume.sum()), "")
    pairs = (("rate", "points"), ("rate_low", "low"), ("rate_high", "high"))
    for rate, points in pairs:
        assert getattr(found, rate) * found.volume / per == close(getattr(found, points))
        assert found.periods[rate] * volume / per == close(found.periods[points])
    assert set(found.periods["lacking"]) == {""}


@given(case=tables())
@example(case=(scheme_of(4, 1), np.array([[1, 1]])))  # just 80 % are of the first
@few
def test_contributions_in_exact_fractions(case):
    scheme, counts = case
    table = failure_index(counts, scheme).contributions
    exact = {
        kind.code: sum(map(int, column)) * Fraction(kind.weight)
        for kind, column in zip(scheme.types, counts.T, strict=True)
    }
    total = sum(exact.values())
    assume(total)
    assert table["points"] == close([float(exact[code]) for code in table["type"]])
    assert sorted(table["type"]) == sorted(exact)
    assert (np.diff(table["points"]) <= 0).all()
    assert table["share"] == close([float(exact[code] / total) for code in table["type"]])
    assert table["cumulative"] == close(np.cumsum(table["share"]))
    assert table["points"] == close(table["count"] * table["weight"])
    largest = sorted(exact.values(), reverse=True)
    near = [sum(largest[:n]) / total for n in range(1, len(largest) + 1)]
    assume(not any(0 < abs(share - Fraction(4, 5)) < 1e-12 for share in near))
    found = failure_index(counts, scheme)
    assert found.vital_few == next(n for n, share in enumerate(near, 1) if share >= Fraction(4, 5))


def test_what_is_undefined_says_why():
    found = failure_index([[3, 1], [NAN, 2], [0, 0]], PARCELS, volume=[10, 10, 0])
    rows = found.periods
    assert rows["undefined"].tolist() == ["", "nobody counted", ""]
    assert rows["lacking"].tolist() == ["", "", "volume 0"]
    assert np.isnan(periods_of(found)[1, [0, 1, 2, 3, 4, 6, 7]]).all()
    assert rows["points"].tolist() == close([13, NAN, 0])
    assert np.isnan(rows["rate"][2])
    assert found.undefined == "nobody counted"  # nor is there a whole
    assert np.isnan([found.points, found.low, found.high, found.rate]).all()
    assert set(found.contributions["undefined"]) >= {"nobody counted"}
    assert found.vital_few == 0
    for volume, why in ((None, "no volume given"), ([5, None, 0], "volume missing")):
        found = failure_index([[3, 1], [1, 2], [0, 0]], PARCELS, volume=volume)
        assert (found.lacking, found.undefined, found.points) == (why, "", 34)
        assert np.isnan([found.rate, found.rate_low, found.rate_high]).all()
    assert found.periods["lacking"].tolist() == ["", "volume missing", "volume 0"]
    assert failure_index([3, 1], PARCELS, volume=0).lacking == "volume 0"
    # a period without volume has failures still, and the others have rates
    with pytest.warns(UserWarning, match="`volume` is 0 in 1 of 2 periods with failures"):
        found = failure_index([[3, 1], [1, 0]], PARCELS, volume=[7, 0])
    assert (found.rate, found.lacking) == (2, "")


def test_units_other_than_events():
    with pytest.warns(
        UserWarning, match=r"`counts`: 'delay' in minutes.*too narrow.*count_failures"
    ):
        found = failure_index([3, 1, 2.5], DELAYS)
    assert (found.points, found.variance) == (25.5, 165.5)
    assert "'delay' in minutes" in found.total.note
    quiet = failure_index([3, 1, 0], DELAYS)  # no minutes, no warning
    assert "95 % intervals by Fay and Feuer" in quiet.total.note
    refused(
        lambda: failure_index([2.5, 1, 0], DELAYS), r"`counts\['late'\]` must be whole, got 2.5"
    )


def test_scores_of_cases_give_the_variance():
    # three cases of (late), (late and lost), (20 minutes): Σ(score²) = 1 + 11² + 100²
    counts = FailureCounts(
        scheme=DELAYS,
        keys={"period": ["2026-11-22"]},
        counts=[[2, 1, 20]],
        squares=[10_122.0],
        largest=[100.0],
        scored=True,
        unit="day",
    )
    found = failure_index(counts, DELAYS)  # no warning
    assert (found.points, found.variance, found.failures) == (112, 10_122, 23)
    first, second = gammas_of(112, 10_122, 100)
    assert ends(found) == close((first.ppf(0.025), second.ppf(0.975)), rel=1e-8)
    heavier = DELAYS.with_weights([2, 10, 5])
    refused(lambda: failure_index(counts, heavier), "`counts`: cases were scored with the weights")
    renamed = attrs.evolve(DELAYS, code="other", note="the same weights")
    assert failure_index(counts, renamed).variance == 10_122
    # counts that were not scored take any weights
    plain = attrs.evolve(counts, scored=False, scheme=PARCELS, counts=[[2, 1]])
    assert failure_index(plain, PARCELS.with_weights([2, 5])).variance == 2 * 4 + 25
    refused(lambda: failure_index(plain, DELAYS), "`counts` has the types of the scheme 'scheme'")


def test_results_are_frozen_and_show_themselves():
    found = failure_index([[30, 2], [4, 0]], PARCELS, volume=[500, 500], per=100)
    assert found == failure_index([[30, 2], [4, 0]], PARCELS, volume=[500, 500], per=100)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.points = 3
    for said in ("The whole", "Periods", "Contributions", "95 % intervals by Fay and Feuer"):
        assert said in str(found)
        assert said in found._repr_html_()
    for name in METHODS[1:]:
        note = failure_index([3, 1], PARCELS, interval=name, confidence=0.9).total.note
        assert "90 % intervals" in note
        assert "Fay and Feuer" not in note


# --- forms of counts and volumes ------------------------------------------------------------------

ROWS = [[3, 1], [4, 0], [0, 2]]
COLUMNS = {"late": [3, 4, 0], "lost": [1, 0, 2]}
TURNED = {"lost": [1, 0, 2], "late": [3, 4, 0]}
DAYS = ["2026-11-20", "2026-11-21", "2026-11-22"]
FRAMES = {
    "mapping": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "lazy": pl.LazyFrame,
    "arrow": pa.table,
}
each_frame = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)


@pytest.mark.parametrize(
    "counts",
    [
        [3, 1],
        (3, 1),
        [3.0, 1.0],
        ["3", "1"],
        np.array([3, 1]),
        np.array([3, 1], dtype=np.uint8),
        np.array([3, 1], dtype=object),
        {"late": 3, "lost": 1},
        {"lost": 1, "late": 3},
        {"lost": np.int64(1), "late": np.float32(3)},
        pd.Series([3, 1]),
        pd.Series({"lost": 1, "late": 3}),
        [[3, 1]],
        pd.DataFrame({"lost": [1], "late": [3]}),
    ],
    ids=str,
)
def test_one_number_for_each_type(counts):
    found = failure_index(counts, PARCELS, volume=4)
    single = found.periods["period"].tolist() == ["all"]
    assert (found.points, found.failures, found.variance, found.rate) == (13, 4, 103, 3.25)
    assert single or found.periods["period"].tolist() == ["1"]


@pytest.mark.parametrize("counts", [pl.Series([3, 1]), pa.array([3, 1])], ids=["polars", "arrow"])
def test_a_vector_of_any_library(counts):
    assert failure_index(counts, PARCELS).points == 13


@pytest.mark.parametrize(
    "counts",
    [
        ROWS,
        tuple(map(tuple, ROWS)),
        np.array(ROWS),
        np.asfortranarray(ROWS),
        np.array(ROWS, dtype=np.int8),
        np.array(ROWS, dtype=float),
        *(make(COLUMNS) for make in FRAMES.values()),
        *(make(TURNED) for make in FRAMES.values()),
        pd.DataFrame(COLUMNS).astype(str),
        pd.DataFrame(COLUMNS).astype("Int64"),
        {"late": np.array([3, 4, 0]), "lost": (1, 0, 2)},
    ],
)
def test_a_row_for_each_period(counts):
    found = failure_index(counts, PARCELS)
    assert found == failure_index(ROWS, PARCELS)
    assert found.periods["period"].tolist() == ["1", "2", "3"]
    assert found.periods["points"].tolist() == [13, 4, 20]


def test_counts_fit_small_integers_only_before_they_are_added():
    counts = np.full((300, 2), 120, dtype=np.int8)
    assert failure_index(counts, PARCELS).points == 300 * 120 * 11


@each_frame
@pytest.mark.parametrize(
    "labels",
    [
        DAYS,
        [date.fromisoformat(day) for day in DAYS],
        [datetime.fromisoformat(day) for day in DAYS],
    ],
    ids=["text", "dates", "times"],
)
def test_a_column_of_periods(frame, labels):
    found = failure_index(frame({"period": labels, **TURNED}), PARCELS)
    assert found.periods["period"].tolist() == DAYS
    assert found.periods["points"].tolist() == [13, 4, 20]


def test_labels_of_periods_as_they_are():
    for labels, wanted in (
        ([2024, 2025, 2026], ["2024", "2025", "2026"]),
        ([9, 10, 11], ["9", "10", "11"]),
        (["north", "west", "east"], ["north", "west", "east"]),  # words have no order
        (["2026-01", "2026-02", "2026-11"], ["2026-01", "2026-02", "2026-11"]),
    ):
        found = failure_index({"period": labels, **COLUMNS}, PARCELS)
        assert found.periods["period"].tolist() == wanted


def test_a_type_named_period_is_a_type():
    scheme = scheme_of(1, 10, codes=("period", "lost"))
    found = failure_index({"period": [5, 3], "lost": [1, 0]}, scheme)
    assert found.periods["points"].tolist() == [15, 3]
    assert found.periods["period"].tolist() == ["1", "2"]


VOLUMES = [100, 200, 50]
BY_DAY = dict(zip(DAYS, VOLUMES, strict=True))


@each_frame
@pytest.mark.parametrize(
    "volume",
    [
        VOLUMES,
        np.array(VOLUMES, dtype=np.int16),
        pd.Series(VOLUMES),
        pl.Series(VOLUMES),
        pa.array(VOLUMES),
        ["100", "200", "50"],
        BY_DAY,
        dict(reversed(BY_DAY.items())),
        {date.fromisoformat(day): n for day, n in BY_DAY.items()},
        {np.datetime64(day): n for day, n in BY_DAY.items()},
        pd.Series(BY_DAY),
        pd.Series(BY_DAY)[::-1],
        pd.Series(VOLUMES, index=pd.to_datetime(DAYS))[::-1],
    ],
)
def test_volumes_in_order_or_by_period(frame, volume):
    found = failure_index(frame({"period": DAYS, **COLUMNS}), PARCELS, volume=volume, per=1000)
    assert found.periods["volume"].tolist() == VOLUMES
    assert found.periods["rate"].tolist() == [130, 20, 400]
    assert (found.volume, found.rate) == (350, close(37_000 / 350))


@each_frame
def test_the_volume_is_a_column_of_the_frame(frame):
    for more in ({}, {"period": DAYS}):
        counts = frame({"parcels": VOLUMES, **more, **TURNED})
        found = failure_index(counts, PARCELS, volume="parcels")
        plain = failure_index(frame({**more, **COLUMNS}), PARCELS, volume=VOLUMES)
        assert found == plain


def test_periods_that_have_no_volume_of_theirs_are_undefined():
    found = failure_index({"period": DAYS, **COLUMNS}, PARCELS, volume={DAYS[1]: 200})
    assert found.periods["volume"].tolist() == close([NAN, 200, NAN])
    assert found.periods["lacking"].tolist() == [
        "volume missing",
        "",
        "volume missing",
    ]
    assert np.isnan(found.rate)


# --- bad input ------------------------------------------------------------------------------------

TABLE = r"`counts` must be a table with a column for each of 'late', 'lost', got shape "


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        # negative, fractional, infinite, missing
        ([1, -2], r"ValueError: `counts\['lost'\]` must be 0 or more and finite, got -2$"),
        ([[1, 2], [0, -1]], r"`counts\['lost'\]` must be 0 or more .*got -1 \(period '2'\)"),
        ([1, 2.5], r"ValueError: `counts\['lost'\]` must be whole, got 2.5"),
        (
            COLUMNS | {"late": [3, 0.5, 1]},
            r"`counts\['late'\]` must be whole, got 0.5 \(period '2'\)",
        ),
        (
            COLUMNS | {"late": [3, math.inf, 1]},
            r"`counts\['late'\]` must be finite, got inf \(row 2\)",
        ),
        ([1, NAN], r"`counts\['lost'\]` must be there, got nothing; 0 is no failure"),
        ({"late": None, "lost": 1}, r"`counts\['late'\]` must be there, got nothing"),
        ([[NAN, 1]], r"`counts\['late'\]` must be there, got nothing"),
        # types that are unknown or missing
        ({"late": 1, "lots": 2}, "`counts`: 'lots' is unknown; the nearest are 'lost'"),
        (pd.Series({"late": 1, "lots": 2}), "`counts`: 'lots' is unknown; the nearest are 'lost'"),
        ({"late": 1}, "`counts` has nothing for 'lost'"),
        ({"late": [1, 2]}, "`counts`: the mapping has no column 'lost'"),
        (
            COLUMNS | {"lots": [1, 2, 3]},
            r"`counts`: \['lots'\] are no types of the scheme 'scheme'",
        ),
        ({}, "`counts` has nothing for 'late', 'lost'"),
        # shapes
        ([1, 2, 3], r"`counts` must be one for each of \('late', 'lost'\), got 3"),
        ([], r"`counts` must be one for each of \('late', 'lost'\), got 0"),
        (np.ones((2, 3)), TABLE + r"\(2, 3\)"),
        (np.ones((2, 2, 2)), TABLE + r"\(2, 2, 2\)"),
        ([[1, 2], [3]], TABLE),
        (np.ones((0, 2)), "`counts` must have at least one row, got none"),
        ({"late": [1, 2], "lost": [1]}, "`counts` must have columns of one length"),
        # kinds
        ("counts.csv", "TypeError: `counts` must be a table, got 'counts.csv'; read files first"),
        (None, "`counts` must be a table"),
        (5, "`counts` must be a table"),
        (["few", 2], r"`counts` must be numbers, got 'few' \(row 1\)"),
        (
            {"late": [1, "few"], "lost": [1, 2]},
            r"`counts\['late'\]` must be numbers, got 'few' \(row 2\)",
        ),
        # periods
        (
            COLUMNS | {"period": ["b", "b", "c"]},
            r"`counts\['period'\]` must be different .*got 'b' twice",
        ),
        (
            COLUMNS | {"period": DAYS[::-1]},
            r"`counts\['period'\]` must rise, .*got '2026-11-21' after '2026-11-22' \(row 2\)",
        ),
        (
            COLUMNS | {"period": [1, 3, 2]},
            r"`counts\['period'\]` must rise, .*got '2' after '3' \(row 3\)",
        ),
        (COLUMNS | {"period": ["a", None, "c"]}, r"`counts\['period'\]` must be there .*\(row 2\)"),
        (COLUMNS | {"period": pd.to_datetime([*DAYS[:2], None])}, r"must be there .*\(row 3\)"),
    ],
    ids=str,
)
def test_bad_counts(counts, said):
    refused(lambda: failure_index(counts, PARCELS), said)


@pytest.mark.parametrize("counts", [[math.inf, 1], {"late": -math.inf, "lost": 1}])
def test_an_infinite_count_of_one_period(counts):
    refused(
        lambda: failure_index(counts, PARCELS), r"`counts\['late'\]` must be 0 or more and finite"
    )


NAMED = pd.DataFrame(COLUMNS, index=DAYS)


def test_a_frame_with_an_index_of_texts():
    assert failure_index(NAMED, PARCELS).periods["points"].tolist() == [13, 4, 20]


def test_a_frame_without_rows():
    empty = NAMED.reset_index(drop=True).iloc[:0]
    refused(lambda: failure_index(empty, PARCELS), "`counts` must have at least one row")


def test_counts_without_rows():
    day = {"period": np.array([], dtype=str)}
    none = FailureCounts(
        scheme=PARCELS, keys=day, counts=np.zeros((0, 2)), squares=np.zeros(0), largest=np.zeros(0)
    )
    refused(lambda: failure_index(none, PARCELS), "`counts` must have at least one ")


SAME_DAY = ["2026-11-20", "2026-11-20", "2026-11-21"]


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        (-1, r"is -1 that of each of the 3 periods"),
        ([100, -1, 5], r"must be 0 or more and finite, got -1 \(period '2026-11-21'\)"),
        ([100, math.inf, 5], r"must be 0 or more and finite, got inf \(period '2026-11-21'\)"),
        (
            [100, 200],
            r"must be one for each of the 3 periods, got 2; counted are .*2026-11-20.*11-22",
        ),
        ([[1], [2], [3]], r"must be one for each of the 3 periods, got shape \(3, 1\)"),
        ([100, "many", 5], r"must be numbers, got 'many' \(row 2\)"),
        (BY_DAY | {"2026-11-23": 9}, "has '2026-11-23', which was not counted; counted are"),
        ({"monday": 5}, "has 'monday', which was not counted"),
        (pd.Series({"2026-11-19": 5}), "has '2026-11-19', which was not counted"),
    ],
    ids=str,
)
def test_bad_volumes(volume, said):
    counts = pd.DataFrame({"period": DAYS, **COLUMNS})
    refused(lambda: failure_index(counts, PARCELS, volume=volume), f"Error: `volume`:? {said}")


def test_bad_volumes_of_one_period_and_columns_that_are_not_there():
    refused(lambda: failure_index([1, 2], PARCELS, volume=-5), "`volume` must be 0 or more, got -5")
    refused(lambda: failure_index([1, 2], PARCELS, volume=[5, 6]), "`volume` .*the one period")
    said = "TypeError: `volume` names a column, 'parcels', but `counts` is no frame"
    refused(lambda: failure_index([1, 2], PARCELS, volume="parcels"), said)
    refused(lambda: failure_index({"late": 1, "lost": 2}, PARCELS, volume="parcels"), said)
    said = "`volume`: the frame has no column 'parcels'; there are 'late', 'lost'"
    refused(lambda: failure_index(pd.DataFrame(COLUMNS), PARCELS, volume="parcels"), said)
    counts = pd.DataFrame({"parcels": VOLUMES, **COLUMNS})
    refused(lambda: failure_index(counts, PARCELS, volume=VOLUMES), r"\['parcels'\] are no types")
    refused(lambda: failure_index(counts, PARCELS), r"\['parcels'\] are no types")


@pytest.mark.parametrize(
    "volume",
    [
        pd.Series([1, 2, 3], index=["2026-11-20", "2026-11-20", "2026-11-21"]),
        pd.Series([1, 2, 3], index=pd.to_datetime(["2026-11-20", "2026-11-20", "2026-11-21"])),
        {"2026-11-20": 1, date(2026, 11, 20): 2},
    ],
    ids=["texts", "days", "both"],
)
def test_volumes_that_stand_twice(volume):
    counts = {"period": DAYS, **COLUMNS}
    refused(lambda: failure_index(counts, PARCELS, volume=volume), "`volume` .*2026-11-20.*twice")


def test_messages_name_periods_as_people_write_them():
    counts = {"period": DAYS, **COLUMNS}
    said = "got 2; counted are '2026-11-20' to '2026-11-22'"
    refused(lambda: failure_index(counts, PARCELS, volume=[1, 2]), said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"per": 0}, "ValueError: `per` must be above 0, got 0"),
        ({"per": "1000"}, "TypeError: `per` must be a number"),
        ({"confidence": 95}, "ValueError: `confidence` must lie between 0 and 1, as 0.95, got 95"),
        ({"confidence": 1}, "ValueError: `confidence` must lie between 0 and 1"),
        ({"interval": "exact"}, "ValueError: `interval` must be one of 'fay-feuer', 'mid-p'"),
    ],
)
def test_bad_options(options, said):
    refused(lambda: failure_index([1, 2], PARCELS, **options), said)


def test_schemes_that_count_nothing():
    said = r"TypeError: `scheme` must be FailureScheme, got 'fedex' .*failure_scheme\(…\)"
    refused(lambda: failure_index([1, 2], "fedex"), said)
    rating = failure_scheme("airline-quality-rating")
    refused(
        lambda: failure_index([1, 1, 1, 1], rating), "`scheme`: 'on-time' is a rate.*signed_index"
    )
    refused(
        lambda: failure_index([1, 1], scheme_of(1, -1)), "`scheme`: 'b' is a rate or weighs less"
    )


@pytest.mark.parametrize(
    ("counts", "weights", "said"),
    [
        ([1, 2], [1], "`weights` must be one for each of the counts, got 1 for 2"),
        ([], [], "`weights` must be one for each of the counts, got 0 for 0"),
        ([1, -2], [1, 1], r"`counts` must be 0 or more and finite, got -2 \(place 2\)"),
        ([1.5, 2], [1, 1], r"`counts` must be whole, got 1.5 \(place 1\)"),
        ([NAN, 2], [1, 1], r"`counts` must be there, .*got nothing \(place 1\)"),
        ([1, 2], [1, 0], r"`weights` must be above 0 and finite, got 0 \(place 2\)"),
        ([1, 2], [-1, 1], r"`weights` must be above 0 and finite, got -1 \(place 1\)"),
        ([1, 2], [1, NAN], r"`weights` must be above 0 and finite, got nan \(place 2\)"),
    ],
)
def test_bad_input_of_a_weighted_rate(counts, weights, said):
    refused(lambda: weighted_rate_interval(counts, weights), f"ValueError: {said}")
    refused(lambda: weighted_rate_interval([1], [1], confidence=0), "`confidence` must lie between")


def test_a_weighted_rate_of_words():
    refused(lambda: weighted_rate_interval(["few"], [1]), "`counts`")


# --- weights from judgement -----------------------------------------------------------------------

THREE = [[1, 3, 5], [0, 1, 3], [0, 0, 1]]
FIVE = [[1, 2, 3, 4, 5], [0, 1, 2, 2, 3], [0, 0, 1, 2, 2], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]
SIZES = st.lists(st.floats(0.01, 100), min_size=1, max_size=8)


def listed(result):
    return list(result.weights.values())


def test_c8_by_the_principal_eigenvector():
    found = weights_from_comparisons(THREE)
    assert listed(found) == pytest.approx([0.63698557, 0.25828499, 0.10472943], abs=5e-9)  # C8, R
    assert found.eigenvalue == pytest.approx(3.0385111, abs=5e-8)
    assert found.consistency_ratio == pytest.approx(0.03319922, abs=5e-9)
    assert found.consistent
    found = weights_from_comparisons(FIVE)
    # theory C8, from R; the fifth weight by 40 digits, where theory.md has .08347379
    wanted = [0.42936144, 0.23816216, 0.15340297, 0.09559964, 0.08347378]
    assert listed(found) == pytest.approx(wanted, abs=5e-9)
    assert found.eigenvalue == pytest.approx(5.0439139, abs=5e-8)
    assert found.consistency_ratio == pytest.approx(0.00980222, abs=5e-9)


def reciprocal(upper):
    """Return a reciprocal matrix of judgements above its diagonal."""
    n = next(n for n in range(1, 30) if n * (n - 1) // 2 == len(upper))
    matrix = np.ones((n, n))
    matrix[np.triu_indices(n, 1)] = upper
    matrix.T[np.triu_indices(n, 1)] = 1 / np.array(upper)
    return matrix


JUDGEMENTS = st.sampled_from([3, 6, 10]).flatmap(
    lambda n: st.lists(st.floats(1 / 9, 9), min_size=n, max_size=n).map(reciprocal)
)
# facts.md 17c: Saaty 1980, p. 34
SAATY = (0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
RANDOM_INDEX = dict(enumerate(SAATY, 3))


@given(matrix=JUDGEMENTS)
@few
def test_weights_are_the_eigenvector_by_numpy(matrix):
    found, n = weights_from_comparisons(matrix), len(matrix)
    values, vectors = np.linalg.eig(matrix)
    place = values.real.argmax()
    assert found.eigenvalue == close(values[place].real, rel=1e-9)
    vector = np.abs(vectors[:, place])
    assert listed(found) == close(vector / vector.sum(), rel=1e-8)
    index = (values[place].real - n) / (n - 1)
    assert found.consistency_index == pytest.approx(index, abs=1e-9)
    assert found.consistency_ratio == pytest.approx(index / RANDOM_INDEX[n], abs=1e-8)
    assert found.consistent == (found.consistency_ratio < 0.1)
    for row in found.judgements.rows():
        one, other = (found.weights[row[key]] for key in ("type", "against"))
        assert row["implied"] == close(one / other)
        assert row["ratio"] == close(row["given"] / row["implied"])
    distance = np.abs(np.log(found.judgements["ratio"]))
    assert (np.diff(distance) <= 1e-8).all()  # the most contradictory first


@given(sizes=SIZES, data=st.data())
@few
def test_consistent_judgements_give_the_weights_they_come_from(sizes, data):
    size = np.array(sizes)
    codes = "abcdefgh"[: len(size)]
    found = weights_from_comparisons(size[:, None] / size, types=list(codes), least=size.min())
    assert found.weights == close(dict(zip(codes, sizes, strict=True)))
    assert found.table["share"] == close(size / size.sum())
    assert found.consistency_ratio == pytest.approx(0, abs=1e-12)
    assert found.consistent
    assert found.judgements["ratio"] == close(np.ones(len(found.judgements)))
    order = data.draw(st.permutations(range(len(size))))
    turned = size[list(order)]
    turned = weights_from_comparisons(turned[:, None] / turned, types=[codes[n] for n in order])
    assert turned.weights == close({codes[n]: size[n] / size.sum() for n in order})


@pytest.mark.parametrize("n", [1, 2, 15, 16])
def test_so_many_types(n):
    found = weights_from_comparisons(np.ones((n, n)))
    assert listed(found) == close([1 / n] * n)
    assert found.eigenvalue == close(n)
    beyond = "no random index for 16 types: it ends at 15" if n == 16 else ""
    assert found.lacking == beyond
    assert found.consistency_ratio == pytest.approx(NAN if beyond else 0, abs=1e-12, nan_ok=True)
    assert found.consistent == (not beyond)
    assert found.judges["lacking"].tolist() == [beyond]
    assert len(found.judgements) == n * (n - 1) // 2


@pytest.mark.parametrize("n", RANDOM_INDEX)
def test_the_consistency_ratio_uses_saatys_random_indices(n):
    matrix = np.ones((n, n))
    matrix[0, 1], matrix[1, 0] = 9, 1 / 9
    found = weights_from_comparisons(matrix)
    assert found.consistency_ratio == close(found.consistency_index / RANDOM_INDEX[n])


def test_judgements_that_contradict_each_other():
    found = weights_from_comparisons([[1, 9, 1 / 9], [0, 1, 9], [0, 0, 1]], types=["a", "b", "c"])
    # a circle: a is 9 times b, b 9 times c, c 9 times a; λ = 1 + 9 + 1/9 by its symmetry
    assert listed(found) == close([1 / 3] * 3)
    assert found.eigenvalue == close(10 + 1 / 9)
    assert found.consistency_ratio == close((7 + 1 / 9) / 2 / 0.58)
    assert not found.consistent
    assert "contradict each other (0.1 or more)" in found.table.note
    wrong = reciprocal([2, 4, 1 / 8, 2, 4, 2])  # 1, 1/2, 1/4, 1/8, but for the first to the last
    row = next(weights_from_comparisons(wrong).judgements.rows())
    assert (row["type"], row["against"], row["given"]) == ("1", "4", 0.125)


def test_forms_of_comparisons():
    codes = ["lost", "damaged", "late"]
    full = reciprocal([3, 5, 3])
    wanted = weights_from_comparisons(THREE, types=codes)
    pairs = {("lost", "damaged"): 3, ("late", "lost"): 1 / 5, ("damaged", "late"): 3}
    frame = pd.DataFrame(full, columns=codes, index=codes)
    for form in (
        full,
        full.tolist(),
        np.triu(full),
        np.where(np.triu(full) > 0, full, NAN),
        np.tril(full),
        pairs,
        dict(zip(codes, full.T, strict=True)),
        pd.DataFrame(full, columns=codes),
        frame.loc[codes[::-1], ["damaged", "late", "lost"]],  # rows and columns by their names
        pl.DataFrame(full, schema=codes),
        pa.table(dict(zip(codes, full.T, strict=True))),
        [full],
        [full] * 3,
    ):
        found = weights_from_comparisons(form, types=codes)
        assert found.weights == close(wanted.weights)
        assert found.consistency_ratio == close(wanted.consistency_ratio)
    assert list(weights_from_comparisons(pairs).weights) == codes  # as they are named first
    assert list(weights_from_comparisons(full).weights) == ["1", "2", "3"]
    least = weights_from_comparisons(full, types=codes, least=2)
    assert min(listed(least)) == close(2)
    assert least.table["share"] == close(wanted.table["share"])
    weighed = scheme_of(1, 1, 1, codes=codes).with_weights(wanted.weights)
    assert weighed.weights == wanted.weights


@given(
    judges=st.lists(st.lists(st.floats(1 / 9, 9), min_size=6, max_size=6), min_size=2, max_size=4)
)
@few
def test_several_judges_by_geometric_means(judges):
    found = weights_from_comparisons([reciprocal(upper) for upper in judges])
    joint = weights_from_comparisons(reciprocal(stats.gmean(judges)))
    assert listed(found) == close(listed(joint))
    assert found.consistency_ratio == pytest.approx(joint.consistency_ratio, abs=1e-10)
    alone = [weights_from_comparisons(reciprocal(upper)) for upper in judges]
    ratios = [each.consistency_ratio for each in alone]
    assert found.judges["consistency_ratio"] == pytest.approx(ratios, abs=1e-10)
    assert found.judges["consistent"].tolist() == [each.consistent for each in alone]
    assert found.judges["judge"].tolist() == [str(n) for n in range(1, len(judges) + 1)]


@pytest.mark.parametrize(
    ("comparisons", "said"),
    [
        (
            [[1, 2], [3, 1]],
            r"must be reciprocal, got 2 \('1' against '2'\) and 3 \('2' against '1'\)",
        ),
        ([[1, 2, 3], [0.5, 1, 2]], "must be square, a row for each of its 3 columns, got 2 rows"),
        ([[1, -2], [0, 1]], r"must be above 0 .*got -2 \('1' against '2'\)"),
        ([[1, 1e10], [0, 1]], r"must be above 0 .*got 1e\+10 \('1' against '2'\)"),
        ([[2, 1], [1, 1]], "must be 1 where a type stands against itself, got 2"),
        ([[1, 0], [0, 1]], "lacks '1' against '2'; ask for every pair"),
        ([1, 2], r"must be a table with two axes, got shape \(2,\)"),
        ([], r"must be a table with two axes"),
        (
            {("a", "b"): 2, ("b", "a"): 0.5},
            "must have each pair once, got 'b' and 'a' both ways|both",
        ),
        ({("a", "a"): 1}, "must have each pair once, got 'a' and 'a' a type against itself"),
        ({("a", "b"): 2, ("a", "c"): 3}, "lacks 'b' against 'c'; ask for every pair"),
        ({("a", "b", "c"): 2}, "must map pairs of types to numbers, got .'a', 'b', 'c'."),
        ("judge.csv", "must be a table, got 'judge.csv'"),
        (
            pd.DataFrame(np.ones((2, 2)), index=["a", "b"], columns=["a", "c"]),
            r"must have the same types as rows and as columns, got \['a', 'b'\] and \['a', 'c'\]",
        ),
    ],
    ids=str,
)
def test_bad_comparisons(comparisons, said):
    refused(lambda: weights_from_comparisons(comparisons), f"Error: `comparisons` {said}")


def test_bad_comparisons_name_the_pair_the_judge_and_the_options():
    refused(
        lambda: weights_from_comparisons({("a", "b"): 0}),
        r"`comparisons\['a', 'b'\]` must be above",
    )
    both = [np.ones((2, 2)), [[1, 2], [3, 1]]]
    refused(lambda: weights_from_comparisons(both), r"`comparisons\[1\]` must be reciprocal")
    both = [np.ones((2, 2)), np.ones((3, 3))]
    refused(lambda: weights_from_comparisons(both), r"`comparisons\[1\]` must be a table")
    refused(lambda: weights_from_comparisons({("a", "b"): 2}, types=["a", "c"]), "'b' is unknown")
    refused(
        lambda: weights_from_comparisons(np.ones((2, 2)), types=["a", "a"]), "`types` .*'a' twice"
    )
    refused(lambda: weights_from_comparisons(np.ones((2, 2)), least=0), "`least` must be above 0")


def test_points_of_one_judge():
    found = weights_from_points({"late": 10, "damaged": 30, "lost": 60})
    assert found.weights == close({"late": 0.1, "damaged": 0.3, "lost": 0.6})
    assert np.isnan(found.table["se"]).all()
    assert found.table["lacking"].tolist() == ["one judge"] * 3
    for form in ([10, 30, 60], np.array([[1, 3, 6]]), pd.Series([10, 30, 60])):
        assert listed(weights_from_points(form)) == close([0.1, 0.3, 0.6])
    series = pd.Series({"late": 10, "damaged": 30, "lost": 60})
    assert weights_from_points(series).weights == close(found.weights)
    least = weights_from_points(series, least=2)
    assert least.weights == close({"late": 2, "damaged": 6, "lost": 12})


@given(
    points=st.integers(2, 4).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(1, 100), min_size=n, max_size=n), min_size=2, max_size=9
        )
    ),
    confidence=CONFIDENCES,
    data=st.data(),
)
@few
def test_points_of_several_judges_by_students_t(points, confidence, data):
    given_points = np.array(points, dtype=float)
    shares = given_points / given_points.sum(axis=1, keepdims=True)
    found = weights_from_points(given_points, confidence=confidence)
    assert listed(found) == close(shares.mean(axis=0))
    assert sum(listed(found)) == close(1)
    n, se = len(shares), stats.sem(shares, axis=0)
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * se
    vary = np.ptp(shares, axis=0) > 1e-9
    assert found.table["se"][vary] == pytest.approx(se[vary], rel=1e-9)
    low, high = shares.mean(axis=0) - half, shares.mean(axis=0) + half
    assert found.table["low"][vary] == pytest.approx(np.maximum(low, 0)[vary], rel=1e-6, abs=1e-9)
    assert found.table["high"][vary] == pytest.approx(np.minimum(high, 1)[vary], rel=1e-6)
    # how many points a judge has to share out does not matter, nor the order of judges
    times = [[data.draw(st.sampled_from([0.5, 1, 10]))] for _ in points]
    order = data.draw(st.permutations(range(n)))
    turned = weights_from_points((given_points * times)[list(order)], confidence=confidence)
    for name in ("share", "se", "low", "high"):
        assert turned.table[name][vary] == close(found.table[name][vary], rel=1e-8)


def test_notes_of_points():
    same = weights_from_points([[20, 80], [20, 80]], types=["late", "lost"])
    assert same.table["lacking"].tolist() == ["all judges gave the same share"] * 2
    assert same.table["se"].tolist() == [0, 0]
    assert "judges gave" not in same.table.note
    assert "judges gave 4 to 40 points" in weights_from_points([[1, 3], [20, 20]]).table.note
    frame = pl.DataFrame({"who": ["a", "b"], "lost": [80, 60], "late": [20, 40]})
    found = weights_from_points(frame, types=["late", "lost"])
    assert found.weights == close({"late": 0.3, "lost": 0.7})


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([[20, -1]], r"must be 0 or lie in 1e-09..1e\+09, got -1 \('2', row 1\)"),
        ([[20, 1e10]], r"must be 0 or lie in .*got 1e\+10 \('2', row 1\)"),
        ([[1, 2], [0, 0]], r"of a judge must not all be 0, got none at all \(row 2\)"),
        ([[0, 5], [0, 2]], "must give some to every type, got none for '1'"),
        ([[1, 5], [NAN, 2]], r"must be there for every judge and type, got none \('1', row 2\)"),
        ({"late": 1, "lost": None}, r"must be there .*got none \('lost', row 1\)"),
        ([], "must have a column for each type, got none"),
        ("points.csv", "must be a table, got 'points.csv'"),
        ({"late": [1, 2], "lost": [3]}, "must have columns of one length"),
    ],
    ids=str,
)
def test_bad_points(points, said):
    refused(lambda: weights_from_points(points), f"Error: `points` {said}")


def test_bad_options_of_points():
    refused(lambda: weights_from_points([1, math.inf]), r"`points\['2'\]` must be finite, got inf")
    refused(lambda: weights_from_points([1, 2], confidence=95), "`confidence` must lie between")
    refused(lambda: weights_from_points([1, 2], least=-1), "`least` must be above 0")
    frame = pd.DataFrame({"late": [1], "lost": [2]})
    refused(lambda: weights_from_points(frame, types=["late", "lots"]), "no column 'lots'.*'lost'")


# --- the signed index -----------------------------------------------------------------------------

RATING = failure_scheme("airline-quality-rating")
RATES = {
    "on-time": 0.80,
    "denied-boardings": 0.6,
    "mishandled-baggage": 3.5,
    "customer-complaints": 1.2,
}


def test_d8_airline_quality_rating():
    found = signed_index(RATES, RATING)
    assert found.score == pytest.approx(-1.0783622, abs=5e-8)  # theory D8, from R
    by_hand = (8.63 * 0.8 - 8.03 * 0.6 - 7.92 * 3.5 - 7.17 * 1.2) / 31.75
    assert found.score == close(by_hand)
    assert found.table["contribution"].sum() == close(found.score)
    assert found.table["contribution"][0] == close(8.63 * 0.8 / 31.75)
    assert found.table["per"].tolist() == [1, 10_000, 1000, 100_000]
    assert found.table["weight"].tolist() == [8.63, -8.03, -7.92, -7.17]
    for form in (list(RATES.values()), np.array([*RATES.values()]), pd.Series(RATES)[::-1]):
        assert signed_index(form, RATING) == found


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=6),
    data=st.data(),
    times=st.floats(0.01, 100),
)
@few
def test_signed_weights_are_taken_by_their_size(weights, data, times):
    signs = [data.draw(st.sampled_from([-1, 1])) for _ in weights]
    rates = [data.draw(st.floats(-1e3, 1e3)) for _ in weights]  # of no unit: any number
    signed = [w * s for w, s in zip(weights, signs, strict=True)]
    found = signed_index(rates, scheme_of(*signed))
    wanted = math.fsum(w * r for w, r in zip(signed, rates, strict=True)) / math.fsum(weights)
    assert found.score == pytest.approx(wanted, abs=1e-9)
    turned = signed_index(rates, scheme_of(*(-w for w in signed)))
    assert turned.score == pytest.approx(-wanted, abs=1e-9)
    scaled = signed_index(rates, scheme_of(*(times * w for w in signed)))
    assert scaled.score == pytest.approx(wanted, abs=1e-9)
    assert np.isnan(found.table["per"]).all()


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (
            RATES | {"on-time": 80},
            r"ValueError: `rates\['on-time'\]` must lie in 0..1, got 80; 80 % is 0.8",
        ),
        (RATES | {"on-time": -0.1}, r"ValueError: `rates\['on-time'\]` must lie in 0..1"),
        (
            RATES | {"denied-boardings": -1},
            r"`rates\['denied-boardings'\]` must be 0 or more, got -1",
        ),
        (
            RATES | {"mishandled-baggage": math.inf},
            r"`rates\['mishandled-baggage'\]` must be a finite",
        ),
        (RATES | {"mishandled-baggage": NAN}, r"`rates\['mishandled-baggage'\]` must be a finite"),
        (
            RATES | {"customer-complaints": None},
            r"TypeError: `rates\['customer-complaints'\]` must be",
        ),
        (
            RATES | {"customer-complaints": "1"},
            r"TypeError: `rates\['customer-complaints'\]` must be",
        ),
        (
            RATES | {"on-tim": 0.8},
            "ValueError: `rates`: 'on-tim' is unknown; the nearest are 'on-time'",
        ),
        ({"on-time": 0.8}, "`rates` has nothing for 'denied-boardings'"),
        ([0.8, 0.6, 3.5], "`rates` must be one for each of .*got 3"),
        (0.8, "TypeError: `rates` must be Iterable"),
    ],
    ids=str,
)
def test_bad_rates(rates, said):
    refused(lambda: signed_index(rates, RATING), said)
    refused(
        lambda: signed_index(RATES, "airline-quality-rating"), "TypeError: `scheme` must be Fail"
    )


def test_failures_at_volume_0_are_told():
    counts, volume = [[1, 2], [3, 4], [0, 0]], [10, 0, 0]
    said = "`volume` is 0 in 1 of 3 periods with failures, the first '2': 67.2% of the points"
    with pytest.warns(UserWarning, match=said) as told:
        found = failure_index(counts, PARCELS, volume=volume)
    assert told[0].filename == __file__
    assert found.rate == 6.4
    failure_index([[1, 2], [0, 0]], PARCELS, volume=[10, 0])  # a day off is no slip


@pytest.mark.parametrize("cell", ["1,000", "-12,345", " 1,234,567 "])
def test_thousands_are_not_taken_for_fractions(cell):
    counts = {"period": ["a", "b"], "late": [cell, "3"], "lost": [1, 2]}
    said = r"`counts\['late'\]` must be numbers without separators, .*\(row 1\), which may be"
    refused(lambda: failure_index(counts, PARCELS), said)
    volume = {"volume": [cell, "2"]}
    refused(lambda: failure_index([[1, 2], [3, 4]], PARCELS, **volume), "`volume` must be numbers")


def test_one_number_is_no_volume_of_several_periods():
    said = r"`volume`: is 5 that of each of the 2 periods, or of the whole\?"
    refused(lambda: failure_index([[1, 2], [3, 4]], PARCELS, volume=5), said)
