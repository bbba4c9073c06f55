"""Tests of standards: worked values, shares and ranks against brute force, frames, bad input."""

import math
import re
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual import Scale
from servqual._stats.proportions import order_ranks, shares_of, wilson
from servqual.standards import (
    HardStandard,
    OneTimeFix,
    SoftStandard,
    StandardSet,
    compliance,
    load_standard_set,
    standard_set,
    standard_set_codes,
    standards_report,
)

from .effort import effort

few = effort(40)
NAN = math.nan
SEVEN = Scale(1, 7, not_applicable=(0,), anchors={1: "never", 7: "always", 0: "not used"})
CARE = SoftStandard(name="care", item="staff listen", scale=SEVEN, at_least=6, target=0.5)
TARGETS = st.tuples(st.integers(1, 20), st.integers(1, 20)).map(lambda p: Fraction(min(p), max(p)))
SERIES = (pd.Series, pl.Series, pa.array)
WAITS = st.lists(st.integers(0, 12), min_size=1, max_size=60)  # ties are the rule
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def hard(limit=4, target=0.95, **more):
    return HardStandard(**{"name": "wait", "unit": "minutes"} | more, limit=limit, target=target)


def same(found, wanted, tolerance=1e-9):
    """Compare two compliances to rounding, NaN equal to NaN."""
    for key, value in attrs.asdict(wanted).items():
        other = getattr(found, key)
        if isinstance(value, float):
            assert other == pytest.approx(value, rel=tolerance, abs=tolerance, nan_ok=True), key
        else:
            assert other == value, key


# --- worked values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("met", "n", "interval", "digits"),
    [
        # theory F1, from R's prop.test(correct = FALSE) and statsmodels' proportion_confint
        (81, 263, (0.25528852, 0.36620958), 5e-9),
        (0, 20, (0, 0.16112516), 5e-9),
        (57, 60, (0.862995, 0.982850), 5e-7),
        (20, 20, (1 - 0.16112516, 1), 5e-9),  # the mirror of 0 of 20
    ],
)
def test_f1_intervals_of_the_share(met, n, interval, digits):
    found = compliance(hard(), [4] * met + [5] * (n - met))
    assert (found.met, found.n, found.share) == (met, n, met / n)
    assert (found.low, found.high) == pytest.approx(interval, abs=digits)
    assert (found.low == 0, found.high == 1) == (met == 0, met == n)


@pytest.mark.parametrize(
    ("target", "verdict"), [(0.860, "met"), (0.862, "open"), (0.989, "open"), (0.990, "missed")]
)
def test_the_verdict_of_57_in_60(target, verdict):
    # Clopper and Pearson's interval is [.8608, .9896], wider than Wilson's
    exact = stats.binomtest(57, 60).proportion_ci(0.95, "exact")
    assert tuple(exact) == pytest.approx((0.8608, 0.9896), abs=5e-5)
    assert compliance(hard(target=target), [4] * 57 + [5] * 3).verdict == verdict


def test_f1_capability():
    # theory F1: limit 5, mean 3.2, sd .5: (5 - 3.2)/1.5 = 1.2
    found = compliance(hard(5), [2.7, 3.2, 3.7])
    assert (found.mean, found.sd, found.capability) == pytest.approx((3.2, 0.5, 1.2), rel=1e-14)
    assert compliance(hard(2, at_most=False), [2.7, 3.2, 3.7]).capability == pytest.approx(0.8)


def test_f1_ranks_of_the_95th_percentile():
    # theory F1: n = 60, ranks 53 and 61 of 60: the sample has no upper end; R gives .99021
    lower, upper, attained = order_ranks(60, 0.95, 0.95)
    assert (lower, upper) == (53, 61)
    assert attained == pytest.approx(0.99021, abs=5e-6)
    found = compliance(hard(), np.arange(60, 0, -1))
    assert (found.percentile, found.percentile_low) == (57, 53)  # 57 of 60 are at or below 57
    assert math.isnan(found.percentile_high)
    assert found.percentile_confidence == attained
    assert found.lacking == "n too small for the upper end of the percentile"
    # docstring: an upper end needs 72: .95⁷¹ = .0262 and .95⁷² = .0249
    assert math.isnan(compliance(hard(), range(71)).percentile_high)
    assert compliance(hard(), range(72)).percentile_high == 71
    # the sign test's interval of a median of six, from the least to the largest: 1 - 2/2⁶
    found = compliance(hard(target=0.5), [6, 4, 2, 1, 3, 5])
    assert (found.percentile, found.percentile_low, found.percentile_high) == (3, 1, 6)
    assert found.percentile_confidence == pytest.approx(0.96875, rel=1e-14)
    assert order_ranks(2, 0.5, 0.5) == (1, 2, 0.5)  # a tail of just α/2 is allowed
    # 100·.07 is 7.000000000000001, by rounding: 7 of 100 are at or below 7
    assert compliance(hard(target=0.07), range(1, 101)).percentile == 7


# --- the interval of a share and the ranks of a quantile ------------------------------------------


@given(st.data(), CONFIDENCES)
@few
def test_wilson_against_the_roots_of_the_score_equation(data, confidence):
    n = data.draw(st.one_of(st.integers(1, 80), st.integers(1, 10**9)))
    k = data.draw(st.integers(0, n))
    square = stats.norm.ppf((1 + confidence) / 2) ** 2
    # (k - x)² = z²·x(1 - x/n), where x = np
    roots = np.sort(np.roots([1 + square / n, -(2 * k + square), float(k) ** 2])) / n
    low, high = (float(end) for end in wilson(np.array(k), np.array(n), confidence))
    assert (low, high) == pytest.approx(tuple(roots), rel=1e-7, abs=1e-15)
    turned = [1 - float(end) for end in wilson(np.array(n - k), np.array(n), confidence)]
    assert turned[::-1] == pytest.approx([low, high], abs=1e-12)


def test_columns_of_shares_say_why_there_is_none():
    count, n = np.array([[0, 1], [3, 0]]), np.array([[4, 4], [3, 0]])
    found = shares_of(count, n, "nobody", 0.9)
    assert list(found) == ["n", "count", "share", "low", "high", "undefined"]
    np.testing.assert_array_equal(found["share"], [[0, 0.25], [1, NAN]])
    np.testing.assert_array_equal([found["low"], found["high"]], wilson(count, n, 0.9))
    assert found["undefined"].tolist() == [["", ""], ["", "nobody"]]


@given(n=st.integers(1, 3000), share=st.floats(0.001, 0.999), confidence=CONFIDENCES)
@few
def test_ranks_against_scipy_binom(n, share, confidence):
    lower, upper, attained = order_ranks(n, share, confidence)
    binomial, tail, hair = stats.binom(n, share), (1 - confidence) / 2, 1e-10
    assert 0 <= lower < upper <= n + 1
    assert binomial.cdf(lower - 1) <= tail + hair  # equal-tailed: each side by itself
    assert binomial.sf(upper - 1) <= tail + hair
    assert binomial.cdf(lower) > tail - hair  # and the narrowest such
    assert binomial.sf(upper - 2) > tail - hair
    assert attained == pytest.approx(binomial.cdf(upper - 1) - binomial.cdf(lower - 1), abs=hair)
    assert attained >= confidence - hair
    mirrored = order_ranks(n, 1 - share, confidence)
    if min(abs(binomial.cdf(lower) - tail), abs(binomial.sf(upper - 2) - tail)) > 1e-9:
        assert (n + 1 - mirrored[1], n + 1 - mirrored[0]) == (lower, upper)
    wider = order_ranks(n, share, (1 + confidence) / 2)
    assert wider[0] <= lower < upper <= wider[1]


@given(waits=WAITS, share=TARGETS)
@few
def test_the_percentile_is_the_smallest_with_the_share_at_or_below_it(waits, share):
    n = len(waits)
    most = min(w for w in waits if Fraction(sum(x <= w for x in waits), n) >= share)
    least = max(w for w in waits if Fraction(sum(x >= w for x in waits), n) >= share)
    for at_most, wanted in ((True, most), (False, least)):
        found = compliance(hard(target=float(share), at_most=at_most), waits)
        assert found.percentile == wanted
        assert not found.percentile < found.percentile_low  # NaN where the sample has no such end
        assert not found.percentile > found.percentile_high
        for end, name in ((found.percentile_low, "lower"), (found.percentile_high, "upper")):
            assert math.isnan(end) == (name in found.lacking)
            assert math.isnan(end) or end in waits
        # a standard whose limit is its percentile has just its share
        assert Fraction(compliance(hard(wanted, at_most=at_most), waits).met, n) >= share


# --- properties -----------------------------------------------------------------------------------


@given(waits=WAITS, limit=st.integers(0, 12), target=TARGETS, confidence=CONFIDENCES)
@few
def test_the_share_lies_in_its_interval_and_the_verdict_follows(waits, limit, target, confidence):
    found = compliance(hard(limit, float(target)), waits, confidence=confidence)
    assert found.met == sum(wait <= limit for wait in waits)
    assert 0 <= found.low <= found.share <= found.high <= 1
    binomial, tail = stats.binom(len(waits), float(target)), (1 - confidence) / 2
    tails = {"met": binomial.sf(found.met - 1), "missed": binomial.cdf(found.met)}
    if all(abs(p - tail) > 1e-9 for p in tails.values()):
        wanted = next((word for word, p in tails.items() if p < tail), "open")
        assert found.verdict == wanted
        # and so it is where the interval of the percentile lies on one side of the limit
        assert (found.percentile_high <= limit) == (wanted == "met")
        assert (found.percentile_low > limit) == (wanted == "missed")
    if len(waits) > 1:
        assert found.mean == pytest.approx(np.mean(waits), rel=1e-12)
        assert found.sd == pytest.approx(np.std(waits, ddof=1), abs=1e-12)
        assert math.isnan(found.capability) == (len(set(waits)) == 1)


@given(waits=WAITS, missing=st.integers(0, 5), rng=st.randoms(use_true_random=False))
@few
def test_order_changes_nothing_and_a_missing_one_is_counted(waits, missing, rng):
    whole = compliance(hard(), waits)
    mixed = [*waits, *rng.choices([None, NAN, "", "n/a", " - "], k=missing)]
    rng.shuffle(mixed)
    found = compliance(hard(), mixed)
    assert found.missing == missing
    same(attrs.evolve(found, missing=0), whole)
    same(compliance(hard(), [str(wait) for wait in waits]), whole)
    same(compliance(hard(), np.ma.array(waits, mask=False)), whole)


@given(seconds=st.lists(st.integers(0, 700), min_size=1, max_size=40), limit=st.integers(0, 700))
@few
def test_the_unit_changes_nothing(seconds, limit):
    minutes = hard(limit / 60)
    by_number = compliance(minutes, [s / 60 for s in seconds])
    spans = [timedelta(seconds=s) for s in seconds]
    for times in (spans, np.array(spans, dtype="m8[ms]"), *(f(spans) for f in SERIES)):
        assert compliance(minutes, times) == by_number
    in_seconds = compliance(hard(limit, unit="Second"), spans)
    assert in_seconds == compliance(hard(limit, unit="second"), seconds)
    turned = ("mean", "sd", "percentile", "percentile_low", "percentile_high")
    scaled = {field: getattr(in_seconds, field) / 60 for field in turned}
    same(attrs.evolve(in_seconds, **scaled), by_number)


@given(values=st.lists(st.integers(-9, 9), min_size=1, max_size=99), limit=st.integers(-9, 9))
@few
def test_at_most_and_the_mirrored_at_least_agree(values, limit):
    most = compliance(hard(limit, lowest=None, target=0.9), values)
    turned = hard(-limit, lowest=None, target=0.9, at_most=False)
    least = compliance(turned, [-value for value in values])
    ends = {"upper": "lower", "lower": "upper"}
    words = " ".join(ends.get(word, word) for word in least.lacking.split(" "))
    mirrored = attrs.evolve(
        least,
        mean=-least.mean,
        percentile=-least.percentile,
        percentile_low=-least.percentile_high,
        percentile_high=-least.percentile_low,
        lacking=words.replace("upper and the lower", "lower and the upper"),
    )
    same(mirrored, most)


def test_a_soft_standard_reads_answers():
    answers = ["always", " Never ", 6, "6,5", "not used", 0, None, "NA"]
    found = compliance(CARE, answers)
    assert (found.n, found.missing, found.met, found.mean) == (4, 4, 3, 20.5 / 4)
    assert found == compliance(CARE, [7, 1, 6, 6.5, NAN, NAN, NAN, NAN])
    # the largest answer with at least half of them at or above it
    assert found.percentile == 6.5
    assert found.capability == pytest.approx((20.5 / 4 - 6) / (3 * found.sd), rel=1e-12)


# --- undefined is a result ------------------------------------------------------------------------

SMALL = "n too small for the lower and the upper end of the percentile"
NO_SD = "one measurement: no sd, no capability"
NONE_SUFFICES = "no n suffices for the upper end of the percentile"


@pytest.mark.parametrize(
    ("standard", "values", "n", "missing", "said"),
    [
        (hard(), [], 0, 0, "no measurements"),
        (hard(), [None, "", NAN, "N/A", "-", pd.NA, pd.NaT], 0, 7, "no measurements"),
        (hard(), np.array(["NaT"], dtype="m8[s]"), 0, 1, "no measurements"),
        (CARE, [0, "not used"], 0, 2, "no measurements"),
        (hard(target=0.5), [3], 1, 0, f"{NO_SD}; {SMALL}"),
        (hard(target=0.5), [0.1] * 3, 3, 0, f"no variation: no capability; {SMALL}"),
        (hard(target=None), [1, 2], 2, 0, "no target: no percentile"),
        (hard(target=None), [1], 1, 0, f"{NO_SD}; no target: no percentile"),
        (hard(target=1), [1, 2], 2, 0, NONE_SUFFICES),
        (hard(target=1, at_most=False), range(99), 99, 0, NONE_SUFFICES.replace("upper", "lower")),
        (hard(target=0.5), range(6), 6, 0, ""),
    ],
)
def test_what_is_undefined_or_lacking_is_said(standard, values, n, missing, said):
    found = compliance(standard, values)
    assert (found.n, found.missing) == (n, missing)
    # programs filter on `undefined`: it speaks of the share only
    assert (found.undefined, found.lacking) == (("", said) if n else (said, ""))
    assert math.isnan(found.capability) == (n < 2 or found.sd == 0)
    assert math.isnan(found.share) == math.isnan(found.low) == (n == 0)
    for judged in (math.isnan(found.percentile), found.verdict == ""):
        assert judged == (n == 0 or standard.target is None)
    assert math.isnan(found.sd) == (n < 2)
    assert found == compliance(standard, values)  # NaN equals NaN
    assert found.table.columns[-2:] == ("lacking", "undefined")
    row = found.table.row(standard=standard.name)
    assert (row["lacking"], row["undefined"]) == (found.lacking, found.undefined)
    assert standard.name in str(found)
    assert "<table" in found._repr_html_()


# --- bad input ------------------------------------------------------------------------------------


def ragged(*cells):
    """Return an array of one axis whose cells are lists, as a frame may have them."""
    column = np.empty(len(cells), dtype=object)
    column[:] = list(cells)
    return column


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, -2, -3], r"ValueError: `measurements` .* 0..1e\+100, got -2 \(row 2; 2 .*`lowest`"),
        ([1, math.inf], r"ValueError: `measurements` must lie in 0..1e\+100, got inf \(row 2\)$"),
        (["1", "-inf"], r"ValueError: .*, got -inf \(row 2\)$"),
        ([timedelta(seconds=-6)], r"ValueError: .*, got -0.1 \(row 1\)"),
        (["1", "soon"], r"ValueError: `measurements` must be numbers, got 'soon' \(row 2\)$"),
        ([date(2026, 1, 31)], r"ValueError: .* be numbers, got datetime.date.* \(row 1\)"),
        (np.array(["2026-01-31"], "M8[ns]"), "TypeError: .* numbers, got '2026-01-31T.*subtract"),
        (["1", "00:03:20"], r"ValueError: .*'00:03:20' \(row 2\); .* pandas.to_timedelta"),
        ([pd.Timestamp(2026, 1, 31)], "ValueError: .* be numbers, got Timestamp.*; .* subtracting"),
        ([[1, 2], [3, 4]], r"ValueError: .* one column of measurements, .* shape \(2, 2\)"),
        (pd.DataFrame({"wait": [1]}), r"ValueError: .* one column .* shape \(1, 1\)"),
        ("3", "ValueError: `measurements` must be one column of measurements, got '3'"),
        (None, "ValueError: `measurements` must be one column of measurements, got None"),
        (ragged([1, 2], [3]), "ValueError: `measurements` must be one column"),
        (ragged([1, 2], [3, 4]), "Error: `measurements`"),  # counted as four
        (pl.Series([[1, 2], [3, 4]]), "Error: `measurements`"),  # numpy's error
        (np.array([1, 2], "m8[M]"), "Error: `measurements`"),  # months: numpy's error
        ([10**400], "Error: `measurements`"),  # OverflowError
    ],
)
def test_bad_measurements_are_named(values, said):
    refused(lambda: compliance(hard(), values), said)


SPANS = [
    ragged(np.timedelta64(90, "s"), np.timedelta64(1, "m")),
    [np.timedelta64(90, "s"), 1.0],
    np.ma.array([90, 60], "m8[s]").astype("m8[ns]"),
]


@pytest.mark.parametrize("spans", SPANS)  # read as 90 or as 9e10 minutes
def test_times_of_numpy_are_converted_in_any_company(spans):
    assert compliance(hard(), spans) == compliance(hard(), [1.5, 1])


@pytest.mark.parametrize(
    ("standard", "values", "said"),
    [
        (
            CARE,
            [8],
            r"ValueError: `measurements` must lie in 1..7, got 8 \(row 1\); .*`not_applicable`",
        ),
        (
            CARE,
            [7, 0.5],
            r"ValueError: .* must lie in 1..7, got 0.5 \(row 2\); if .* of the scale$",
        ),
        (CARE, ["often"], r"ValueError: .*got 'often' \(row 1\)"),
        (CARE, [timedelta(1)], "ValueError: `measurements`: times .* count 'answers'"),
        (hard(unit="orders"), [timedelta(1)], "ValueError: .*: times need .* count 'orders'"),
        (hard(limit=None), [1], r"ValueError: .*'wait' has no `limit`, .*evolve\(standard, limit"),
        (attrs.evolve(CARE, at_least=None), [1], "ValueError: .*'care' has no `at_least`"),
        (OneTimeFix(name="x"), [1], "TypeError: `standard` must be HardSt.*; standards_report "),
        ("wait", [1], "TypeError: `standard` must be HardStandard or SoftStandard, got 'wait'"),
    ],
)
def test_what_a_standard_cannot_judge_is_named(standard, values, said):
    refused(lambda: compliance(standard, values), said)


@pytest.mark.parametrize("confidence", [0, 1, 95, NAN, "0.95", None, True])
def test_a_confidence_lies_between_0_and_1(confidence):
    refused(lambda: compliance(hard(), [1], confidence=confidence), "`confidence`")
    refused(lambda: standards_report({"wait": [1]}, [hard()], confidence=confidence), "`confid")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": 0}, "ValueError: `target` must be a share .*, got 0"),
        ({"target": 1.5}, "ValueError: `target` must be a share .*, as 0.95, got 1.5"),
        ({"target": "0.9"}, "TypeError: `target` must be a number"),
        ({"limit": True}, "TypeError: `limit` must be a number"),
        ({"limit": math.inf}, "ValueError: `limit` must be a finite number"),
        ({"limit": timedelta(1), "unit": "orders"}, "ValueError: `limit`: times .* 'orders'"),
        ({"limit": np.timedelta64(4, "M")}, "ValueError: `limit` must be times of a fixed length"),
        ({"limit": np.timedelta64("NaT", "s")}, "ValueError: `limit` .* finite number, got nan"),
        ({"limit": -timedelta(minutes=1)}, "ValueError: `limit` .* `lowest`, 0, got -1"),
        ({"limit": -1}, "ValueError: `limit` must be at least `lowest`, 0, got -1"),
        ({"lowest": NAN}, "ValueError: `lowest` must be a finite number"),
        ({"at_most": 1}, "TypeError: `at_most` must be bool"),
        ({"unit": " "}, "ValueError: `unit` must not be blank"),
        ({"measure": None}, "TypeError: `measure` must be str"),
    ],
)
def test_a_wrong_standard_is_refused(change, said):
    refused(lambda: hard(**change), said)


@pytest.mark.parametrize("unit", ["minutes", "Minute", "min"])
def test_a_limit_may_be_a_time(unit):
    wanted = hard(1.5, unit=unit)
    for limit in (timedelta(seconds=90), np.timedelta64(90, "s"), np.timedelta64(90 * 10**9, "ns")):
        assert hard(limit, unit=unit) == wanted
    evolved = attrs.evolve(wanted, limit=timedelta(hours=1))
    assert (evolved.limit, type(evolved.limit)) == (60, int)
    assert compliance(wanted, [timedelta(seconds=90)]).mean == 1.5


def test_a_wrong_soft_standard_fix_or_set_is_refused():
    twice = {"hard": [hard()], "fixes": [OneTimeFix(name="wait")]}
    refused(lambda: attrs.evolve(CARE, at_least=8), "ValueError: `at_least` .* 1..7, got 8")
    refused(lambda: attrs.evolve(CARE, scale=(1, 7)), "TypeError: `scale` must be Scale")
    refused(lambda: OneTimeFix(name="x", done=1), "TypeError: `done` must be bool, got 1 .*None")
    refused(lambda: StandardSet(code="x", name=""), "ValueError: .*at least one standard")
    refused(lambda: StandardSet(code="x", name="", hard=hard()), "TypeError: `hard` must be Iter")
    refused(lambda: StandardSet(code="x", name="", soft=[hard()]), "TypeError: `soft` must be S")
    refused(lambda: StandardSet(code="x", name="", **twice), "ValueError: .*got 'wait' twice")


# --- many standards at once -----------------------------------------------------------------------

FORM = OneTimeFix(name="new form")
CALLS = hard(name="calls", measure="n calls", at_most=False, unit="calls")
FIXES = (OneTimeFix(name="saturdays", done=True), FORM)
DESK = StandardSet(
    code="desk", name="Service desk", hard=(hard(target=0.5), CALLS), soft=(CARE,), fixes=FIXES
)
COLUMNS = {
    "branch": ["N", "S", None, "S", "N", "", "N"],
    "year": [9, 10, 9, 10, 9, 10, 10],
    "wait": [1.0, 2.0, 3.0, 4.0, None, 6.0, 7.5],
    "n calls": [3, 4, 5, 6, 7, 8, 9],
    "care": [7, 6, 5, None, 3, 2, 1],
    "new form": [True, False, True, True, None, False, True],
}
FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "series": lambda columns: {name: pl.Series(cells) for name, cells in columns.items()},
    "texts": lambda columns: {
        name: ["" if c is None else str(c) for c in cells] for name, cells in columns.items()
    },
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("by", [None, "branch", ["branch", "year"]])
def test_tables_of_every_kind_agree(kind, by):
    wanted = standards_report(COLUMNS, DESK, by=by).table
    assert standards_report(FRAMES[kind](COLUMNS), DESK, by=by).table == wanted


@pytest.mark.parametrize("standard", DESK.standards)
def test_a_single_standard_is_a_set_of_one(standard):
    assert standards_report(COLUMNS, standard) == standards_report(COLUMNS, [standard])


def test_a_mapping_of_arrow_arrays():
    found = standards_report({name: pa.array(cells) for name, cells in COLUMNS.items()}, DESK)
    assert found.table == standards_report(COLUMNS, DESK).table


def test_each_row_is_the_compliance_of_its_group():
    table = standards_report(COLUMNS, DESK, by="branch", confidence=0.9).table
    assert table.keys == ("branch", "standard")
    assert list(dict.fromkeys(table["branch"].tolist())) == ["N", "S", "(missing)"]
    assert table["kind"].tolist() == ["hard", "hard", "soft", "fix", "fix"] * 3
    assert table.columns[-1] == "undefined"
    for label in ("N", "S", "(missing)"):
        rows = [i for i, b in enumerate(COLUMNS["branch"]) if (b or "(missing)") == label]
        for standard in DESK.standards[:3]:
            values = [COLUMNS[standard.column][i] for i in rows]
            found = compliance(standard, values, confidence=0.9).table.row(standard=standard.name)
            row = table.row(branch=label, standard=standard.name)
            assert repr({key: row[key] for key in found}) == repr(found)
    two = standards_report(COLUMNS, DESK, by=["branch", "year"]).table.where(standard="wait")
    keys = list(zip(two["branch"].tolist(), two["year"].tolist(), two["n"].tolist(), strict=True))
    assert keys[:3] == [("N", "9", 1), ("N", "10", 1), ("S", "10", 2)]
    assert keys[3:] == [("(missing)", "9", 1), ("(missing)", "10", 1)]


@given(rows=st.permutations(range(7)))
@few
def test_the_order_of_rows_changes_nothing(rows):
    mixed = {name: [cells[i] for i in rows] for name, cells in COLUMNS.items()}
    found, wanted = (standards_report(c, DESK, by="branch").table for c in (mixed, COLUMNS))
    for name in wanted.columns:
        if wanted[name].dtype.kind == "f":
            np.testing.assert_allclose(found[name], wanted[name], rtol=1e-12, atol=1e-12)
        else:
            assert found[name].tolist() == wanted[name].tolist()


YES_NO = [["Yes", "no", "", "TRUE"], [True, False, None, True], ["done", "n", "NA", 1]]


@pytest.mark.parametrize("cells", YES_NO)
def test_a_fix_is_judged_by_its_column(cells):
    fix = OneTimeFix(name="saturdays", measure="open", done=False)
    row = standards_report({"open": cells}, [fix]).table.row(standard="saturdays")
    assert all(math.isnan(row[name]) for name in ("low", "high", "target", "mean", "sd"))
    assert (row["verdict"], row["undefined"], row["lacking"]) == ("open", "", FACT)


FACT = "a fact is no sample: no interval"
FACTS = [(True, 1, 1, "met"), (False, 1, 0, "missed"), (None, 0, NAN, "")]


@pytest.mark.parametrize(("done", "n", "share", "verdict"), FACTS)
@pytest.mark.parametrize("rows", [1, 3])
def test_rows_that_repeat_a_fact_are_no_sample(done, n, share, verdict, rows):
    alone = next(standards_report({"a": [1]}, OneTimeFix(name="x", done=done)).table.rows())
    told = next(standards_report({"x": [done] * rows}, OneTimeFix(name="x")).table.rows())
    for row, size in ((alone, 1), (told, rows)):
        assert (row["n"], row["missing"]) == (n * size, (1 - n) * size)
        reasons = ("", FACT) if n else ("nobody knows whether it is done", "")
        assert (row["verdict"], row["undefined"], row["lacking"]) == (verdict, *reasons)
        numbers = [row[name] for name in ("share", "low", "high")]
        assert numbers == pytest.approx([share, NAN, NAN], nan_ok=True)


NO_FIX = [
    ([1, 2], r"measurements\['new form'\]` must be yes or no, 1 or 0, got 2 \(row 2\)"),
    (["perhaps"], "got 'perhaps'"),
    ([1, 0.5], r"measurements\['new form'\]` must be yes or no, .* got 0.5"),
    ([1, math.inf], "must be yes or no, 1 or 0, got inf"),
    ([timedelta(1)], "times need a unit of time .* count 'yes and no'"),
]


@pytest.mark.parametrize(("cells", "said"), NO_FIX)
def test_a_fix_is_done_or_not(cells, said):
    refused(lambda: standards_report({"new form": cells}, [FORM]), said)


def test_a_report_of_no_rows():
    assert len(standards_report({"branch": [], "wait": []}, [hard()], by="branch").table) == 0
    row = next(standards_report({"wait": []}, [hard()]).table.rows())
    assert (row["n"], row["undefined"]) == (0, "no measurements")
    assert "wait" in str(standards_report({"wait": []}, [hard()]))


@pytest.mark.parametrize(
    ("frame", "standards", "by", "said"),
    [
        ({"waits": [1]}, [hard()], None, "ValueError: .*column 'wait'; the nearest are 'waits'"),
        ({"wait": [1]}, [hard(measure="wat")], None, "'wat'; the nearest are 'wait'"),
        ({"a": [1]}, [OneTimeFix(name="x", measure="b")], None, "ValueError: .* no column 'b'"),
        ({"wait": [1], "branch": ["N"]}, [hard()], "brnch", "`by`: .*; the nearest are 'branch'"),
        ({"wait": [1], "share": ["N"]}, [hard()], "share", "ValueError: .* got 'share' twice"),
        ({"wait": [1], "standard": ["N"]}, [hard()], "standard", "ValueError: .*'standard' twice"),
        ({"wait": [1], "b": ["N"]}, [hard()], ["b", "b"], "ValueError: `by` .* got 'b' twice"),
        ({"wait": [1]}, [hard()], 0, "TypeError: `by` must be a name or names"),
        ({"wait": [1, 2], "b": [1]}, [hard()], None, "ValueError: .* columns of one length"),
        ({"wait": [1, -1]}, [hard()], None, r"ValueError: `measurements\['wait'\]`.* \(row 2\)"),
        ({"wait": [1]}, [hard(), hard()], None, "ValueError: .* got 'wait' twice"),
        ({"wait": [1]}, [], None, "ValueError: .* at least one standard, got none"),
        ({"wait": [1]}, 3, None, "TypeError: `standards` must be list or tuple or Standard"),
        ({"wait": [1]}, "desk.toml", None, "TypeError: `standards` .* `load_standard_set` reads"),
        ({"wait": [1]}, Path("desk.toml"), None, "TypeError: .* `load_standard_set` reads a file"),
        ("waits.csv", [hard()], None, "TypeError: `meas.*; read it first, as with pandas.read_csv"),
        (Path("waits.csv"), [hard()], None, "TypeError: .*; read it first, as with pandas.read_"),
        (np.ones((2, 2)), [hard()], None, "TypeError: a data frame that narwhals knows"),
        (pd.DataFrame([[1, 2]], columns=["wait"] * 2), [hard()], None, "has 2 columns 'wait'"),
        ({"wait": 3}, [hard()], None, "Error: `measurements"),
    ],
)
def test_a_wrong_report_is_named(frame, standards, by, said):
    refused(lambda: standards_report(frame, standards, by=by), said)


# --- the catalogue, and sets in files -------------------------------------------------------------


@pytest.mark.parametrize("code", standard_set_codes())
def test_every_set_of_the_catalogue(code, tmp_path):
    found = standard_set(code)
    assert found.code == code
    assert "source document" in found.source
    assert found.note.startswith("From the source document")
    assert "not checked" in found.note or "that can mean a limit" in found.note
    file = tmp_path / "set.toml"
    file.write_text(found.to_toml(), encoding="utf-8")
    assert load_standard_set(file) == found
    assert all(standard.target is None for standard in found.standards)  # none is published


def test_the_catalogue_has_what_the_documents_have():
    codes = ("american-express", "business-hall", "dell", "fedex", "ford", "ge-operators")
    assert standard_set_codes() == codes
    sizes = {code: (len(standard_set(code).hard), len(standard_set(code).soft)) for code in codes}
    assert sizes["ford"] == (4, 3)  # seeds 42
    assert sizes["fedex"] == sizes["dell"] == (3, 0)  # seeds 41
    assert sizes["american-express"][0] == sizes["ge-operators"][0] == 0
    hall = [(s.limit, s.unit) for s in standard_set("business-hall").standards]
    assert hall == [(3, "minutes"), (5, "minutes")]  # seeds 45
    refused(lambda: standard_set("frod"), "ValueError: .*'frod' is unknown; the nearest are 'ford'")


def test_ford():
    ford = standard_set("ford")  # seeds 42: 4 minutes, 1 minute, a day; three mistranslations
    limits = {standard.name: (standard.limit, standard.unit) for standard in ford.hard}
    assert (limits["reception"], limits["status"]) == ((4, "minutes"), (1, "minutes"))
    assert limits["appointment"] == (1, "days")
    mended = [standard.name for standard in ford.standards if "mistranslation" in standard.note]
    assert mended == ["appointment", "vehicle-ready", "right-first-time"]
    early = compliance(ford.hard[3], [-10, 0, 5])
    assert (ford.hard[3].name, early.met, early.n) == ("vehicle-ready", 2, 3)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CODES = WORDS.map(str.strip).filter(bool)


@given(data=st.data())
@few
def test_sets_go_through_toml_and_come_back(data, tmp_path_factory):
    names = data.draw(st.lists(CODES, min_size=3, max_size=3, unique=True))
    target = data.draw(st.one_of(st.none(), st.floats(0, 1, exclude_min=True)))
    number = st.one_of(st.none(), st.floats(-1e300, 1e300))
    limit, lowest = data.draw(number), data.draw(number)
    if limit is not None and lowest is not None:
        limit, lowest = max(limit, lowest), min(limit, lowest)
    more = {"source": data.draw(WORDS), "note": data.draw(WORDS), "measure": data.draw(WORDS)}
    timed = HardStandard(
        **more | {"name": names[0], "unit": data.draw(CODES), "limit": limit, "lowest": lowest},
        at_most=data.draw(st.booleans()),
        target=target,
    )
    asked = attrs.evolve(CARE, **more, name=names[1], target=target)
    fix = OneTimeFix(**more, name=names[2], done=data.draw(st.sampled_from([True, False, None])))
    made = StandardSet(code="x", name=data.draw(WORDS), hard=[timed], soft=[asked], fixes=[fix])
    file = tmp_path_factory.mktemp("toml") / "set.toml"
    file.write_bytes(made.to_toml().encode())
    assert load_standard_set(file) == made
    assert hash(load_standard_set(file)) == hash(made)


SOFT = "[[soft]]\nname = 'a'\nitem = 'b'\nscale = { low = 7, high = 1 }"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code =", "is not TOML"),
        ("", r"set.toml: .*\$.code"),
        ("hard = 3", r"\$.hard"),
        ("[[hard]]\nunit = 'm'", r"required field missing @ \$.hard\[0\].name"),
        ("[[hard]]\nname = 'a'\nunit = 'm'\nlimt = 4", r"limt.* @ \$.hard\[0\]"),
        ("[[hard]]\nname = 'a'\nunit = 'm'\nlimit = 'four'", r"`limit`.*'four'.* @ \$.hard\[0\]"),
        ("[[hard]]\nname = 'a'\nunit = 'm'\ntarget = 95", r"`target`.* got 95 @ \$.hard\[0\]"),
        ("[[fixes]]\nname = 'a'\ndone = 'yes'", r"`done` must be bool.* @ \$.fixes\[0\]"),
        (SOFT, r"`low` must be below `high`.* @ \$.soft\[0\].scale"),
        ("[[fixes]]\nname = 'a'\n[[fixes]]\nname = 'a'", "got 'a' twice"),
    ],
)
def test_a_wrong_file_names_the_place(text, said, tmp_path):
    file = tmp_path / "set.toml"
    file.write_text(("code = 'x'\nname = ''\n" if text else "") + text, encoding="utf-8")
    refused(lambda: load_standard_set(file), f"ValueError: .*{said}")
    with pytest.raises(FileNotFoundError, match=r"no such file: .*; .*'set.toml'"):
        load_standard_set(tmp_path / "sets.toml")
