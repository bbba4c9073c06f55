"""Tests of which moments decide: drivers, incidents, risks; worked values, scipy, brute force."""

import math
import re
import warnings
from collections import Counter
from itertools import combinations, product

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

import servqual as sq
from servqual.journeys import (
    PRIORITY_TABLE,
    Journey,
    Touchpoint,
    count_incidents,
    critical_incidents,
    problem_values,
    risk_priorities,
    sequential_incidents,
    touchpoint_drivers,
)

from .effort import effort
from .strategies import form

few = effort(40)
NAN = math.nan
BITNER = {"positive": [81, 114, 152], "negative": [151, 55, 146]}  # theory E7
GROUPS = ("failures", "wishes", "unprompted")


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


# --- drivers --------------------------------------------------------------------------------------


@st.composite
def rated(draw):
    """Draw answers (respondents, touchpoints) with holes, and who is satisfied: 1, 0 or NaN."""
    n, k = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    codes = draw(hnp.arrays(np.int64, (n, k), elements=st.integers(0, 5)))
    sides = st.lists(st.sampled_from([1.0, 0.0, 1.0, 0.0, NAN]), min_size=n, max_size=n)
    return np.where(codes == 0, NAN, codes), np.array(draw(sides))


@given(case=rated(), confidence=st.sampled_from([0.8, 0.95]))
@few
def test_drivers_against_scipy(case, confidence):
    answers, satisfied = case
    found = touchpoint_drivers(answers, satisfied=satisfied, confidence=confidence)
    assert found.left_out == np.isnan(satisfied).sum()
    known = ~np.isnan(satisfied)
    for row, column in zip(found.table.rows(), answers.T, strict=True):
        there = ~np.isnan(column)
        x, y = (column[there & (satisfied == side)] for side in (1, 0))
        sizes = [row["satisfied_n"], row["dissatisfied_n"], row["n"]]
        assert sizes == [len(x), len(y), len(x) + len(y)]
        assert row["missing"] == (known & ~there).sum()
        for side, values in (("satisfied_mean", x), ("dissatisfied_mean", y)):
            wanted = values.mean() if len(values) else NAN
            assert row[side] == pytest.approx(wanted, rel=1e-13, nan_ok=True)
        if len(x) and len(y):
            assert row["difference"] == pytest.approx(x.mean() - y.mean(), abs=1e-13)
        if min(len(x), len(y)) < 2 or np.ptp(x) == np.ptp(y) == 0:
            assert row["undefined"] != ""
            assert all(math.isnan(row[name]) for name in ("low", "t", "p", "effect_size", "rank"))
            continue
        assert row["undefined"] == ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one side is constant
            wanted = stats.ttest_ind(x, y, equal_var=False)
        ends = wanted.confidence_interval(confidence)
        assert [row[name] for name in ("t", "df", "p", "low", "high")] == pytest.approx(
            [wanted.statistic, wanted.df, wanted.pvalue, ends.low, ends.high], rel=1e-8, abs=1e-12
        )
        m = len(x) + len(y) - 2
        within = x.var() * len(x) + y.var() * len(y)
        j = special.gamma(m / 2) / (math.sqrt(m / 2) * special.gamma((m - 1) / 2)) if m > 1 else NAN
        d = row["difference"] / math.sqrt(within / m)
        assert row["effect_size"] == pytest.approx(j * d, rel=1e-9, abs=1e-12)
        assert row["effect_low"] < d < row["effect_high"]  # the interval has no bias to take out


@given(case=rated(), seed=st.integers(0, 99))
@few
def test_drivers_turn_with_satisfaction_and_not_with_the_order(case, seed):
    answers, satisfied = case
    found = touchpoint_drivers(answers, satisfied=satisfied).table
    turned = touchpoint_drivers(answers, satisfied=1 - satisfied).table
    order = np.random.default_rng(seed).permutation(len(answers))
    mixed = touchpoint_drivers(answers[order], satisfied=satisfied[order]).table
    pairs = {"difference": "difference", "t": "t", "effect_size": "effect_size"}
    pairs |= {"low": "high", "high": "low", "effect_low": "effect_high"}
    for name, other in pairs.items():
        wanted = pytest.approx(found[name], rel=1e-9, abs=1e-9, nan_ok=True)
        assert -turned[other] == wanted
        assert mixed[name] == wanted
    for name in ("se", "df", "p", "p_holm", "rank"):
        assert turned[name] == pytest.approx(found[name], rel=1e-9, nan_ok=True)


def test_the_effect_is_that_of_compared_groups():
    rng = np.random.default_rng(3)
    P = rng.integers(1, 8, (60, 3)).astype(float)
    P[rng.random(P.shape) < 0.2] = NAN
    side = rng.choice(["happy", "not"], 60)
    survey = sq.survey_from_arrays(form([1, 1, 1]), perceptions=P, by={"side": side})
    groups = sq.compare_groups(survey, by="side", score="perception").pairs
    found = touchpoint_drivers(P, satisfied=side == "happy").table
    for name in ("difference", "t", "df", "p", "low", "high", "effect_size", "effect_low"):
        np.testing.assert_allclose(found[name], groups[name][:3], rtol=1e-9)


COLUMNS = {
    "wifi": [5, 4, 0, 1, 3, 2],
    "seat": [3, 4, 3, None, 5, 1],
    "happy": [True, True, False, False, None, True],
    "class": ["eco", "biz", "eco", "eco", "biz", "biz"],
}


def test_every_kind_of_table_gives_the_same_drivers():
    asked = {"satisfied": "happy", "touchpoints": ("wifi", "seat"), "not_applicable": (0,)}
    wanted = touchpoint_drivers(COLUMNS, **asked)
    assert wanted.left_out == 1
    assert wanted.table["missing"].tolist() == [1, 1]
    assert wanted.table["n"].tolist() == [4, 4]
    for kind in (pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table):
        assert touchpoint_drivers(kind(COLUMNS), **asked) == wanted
    frame = pd.DataFrame(COLUMNS)
    assert touchpoint_drivers(frame.convert_dtypes(), **asked) == wanted
    answers = frame[["wifi", "seat"]].to_numpy()
    sides = [1, 1, 0, 0, None, 1]
    masked = np.ma.array([1, 1, 0, 0, 1, 1], mask=[0, 0, 0, 0, 1, 0])
    for satisfied in (sides, pd.Series(sides), pl.Series(sides), masked, COLUMNS["happy"]):
        assert touchpoint_drivers(answers, **asked | {"satisfied": satisfied}) == wanted
    trip = Journey(name="trip", touchpoints=[Touchpoint(name=name) for name in ("wifi", "seat")])
    assert touchpoint_drivers(COLUMNS, **asked | {"touchpoints": trip}) == wanted
    by = touchpoint_drivers(COLUMNS, satisfied="happy", by="class", not_applicable=(0,))
    labels = {"class": np.array(COLUMNS["class"])}
    assert touchpoint_drivers(answers, **asked | {"satisfied": sides}, by=labels) == by


def test_groups_are_tables_of_their_own():
    rng = np.random.default_rng(8)
    answers, satisfied = rng.integers(1, 6, (90, 3)).astype(float), rng.random(90) < 0.5
    by = {"class": rng.choice(["eco", "biz"], 90), "year": rng.choice([9, 10], 90)}
    found = touchpoint_drivers(answers, satisfied=satisfied, by=by).table
    assert found.keys == ("class", "year", "touchpoint")
    assert list(dict.fromkeys(found["year"].tolist())) == ["9", "10"]
    assert len(found) == 12
    for label, year in product(("biz", "eco"), (9, 10)):
        rows = (by["class"] == label) & (by["year"] == year)
        alone = touchpoint_drivers(answers[rows], satisfied=satisfied[rows]).table
        mine = found.where(**{"class": label, "year": year})
        for name in set(alone.columns) - {"touchpoint", "undefined", "p_holm"}:
            np.testing.assert_allclose(mine[name], alone[name], rtol=1e-9, err_msg=name)
    p = np.sort(found["p"])
    holm = np.minimum(np.maximum.accumulate(p * np.arange(12, 0, -1)), 1)  # over all rows
    np.testing.assert_allclose(np.sort(found["p_holm"]), holm)


def test_what_has_no_difference_says_why():
    nothing, constant = [None] * 6, [3] * 6
    answers = {
        "nothing": nothing,
        "constant": constant,
        "apart": [5, 5, 5, 1, 1, 1],
        "one": [5, None, None, 1, 2, 3],
        "half": [None, None, None, 1, 2, 3],
        "told": [5, 4, 3, 1, None, None],
        "fine": [5, 4, 3, 3, 2, 2],
        "far": [5 + 1e9, 4 + 1e9, 3 + 1e9, 3 + 1e9, 2 + 1e9, 2 + 1e9],
    }
    table = touchpoint_drivers(answers, satisfied=[1, 1, 1, 0, 0, 0]).table
    assert table["undefined"].tolist() == [
        "no answers",
        *["no variation on either side"] * 2,
        "one answer of satisfied customers",
        "no answers of satisfied customers",
        "one answer of dissatisfied customers",
        "",
        "",
    ]
    assert table["difference"][[1, 2, 6]].tolist() == pytest.approx([0, 4, 5 / 3])
    fine, far = table.row(touchpoint="fine"), table.row(touchpoint="far")  # no digits cancel
    for name in ("difference", "se", "t", "effect_size", "effect_low"):
        assert far[name] == pytest.approx(fine[name], rel=1e-6)
    happy = touchpoint_drivers({"a": [1, 2, 3]}, satisfied=[1, 1, 1]).table
    assert happy["undefined"].tolist() == ["no answers of dissatisfied customers"]
    unknown = touchpoint_drivers({"a": [1, 2, 3]}, satisfied=[None, None, None])
    assert (unknown.left_out, unknown.table["undefined"].tolist()) == (3, ["no answers"])
    groups = touchpoint_drivers(
        {"a": [1, 2, 3, 4, 5, 6]}, satisfied=[1, 1, 0, 0, 1, 1], by={"g": list("xxxxyy")}
    )
    assert groups.table["undefined"].tolist() == ["", "no answers of dissatisfied customers"]


BAD_DRIVERS = [
    ({"satisfied": ["yes", "no"] * 3}, r"got 'yes' \(row 1\); compare first, as frame\["),
    ({"satisfied": "class"}, r"ValueError: `satisfied` must be True or False.*'eco' \(row 1\)"),
    ({"satisfied": [1, 1, 0, 0, 1, 2]}, r"ValueError: `satisfied` must .* got 2 \(row 6\)"),
    ({"satisfied": ["1", "0"] * 3}, "ValueError: `satisfied` must be True or False"),
    ({"satisfied": [1, 0]}, "ValueError: `satisfied` must have an entry for each of 6 rows, got 2"),
    ({"satisfied": np.ones((6, 2))}, "ValueError: `satisfied` must have one entry"),
    ({"satisfied": "hapy"}, "ValueError: `satisfied`: .* no column 'hapy'; the nearest .*'happy'"),
    ({"touchpoints": ["wfi"]}, "ValueError: `touchpoints`: .* 'wfi'; the nearest are 'wifi'"),
    ({"touchpoints": ["class"]}, r"ValueError: `answers\['class'\]` must be numbers, got 'eco'"),
    ({"by": "clas"}, "ValueError: `by`: .* 'clas'; the nearest are 'class'"),
    ({"by": {"g": ["a"]}}, r"ValueError: `by\['g'\]` must have a label for each of 6 rows, got 1"),
    ({"by": {"touchpoint": list("abcabc")}}, "ValueError: `key columns` .*'touchpoint' twice"),
    ({"not_applicable": 0}, "TypeError: `not_applicable` must be Iterable.*as .0,."),
    ({"answers": [1, 2, 3]}, "ValueError: `answers` must be a table"),
    ({"answers": {"happy": [1]}, "touchpoints": None}, "`answers` must have a column of a touchp"),
    ({"answers": {"happy": [], "wifi": []}}, "ValueError: `answers` must have at least one row"),
    ({"answers": {"happy": [1, 0], "wifi": [1, 1e200]}}, r"got 1e\+200 \(row 2, .*'wifi'"),
]


@pytest.mark.parametrize(("change", "said"), BAD_DRIVERS)
def test_wrong_answers_are_named(change, said):
    asked = {"answers": COLUMNS, "satisfied": "happy", "touchpoints": ["wifi"]} | change
    refused(lambda: touchpoint_drivers(asked.pop("answers"), **asked), said)


# --- incidents ------------------------------------------------------------------------------------


def test_e7_critical_incidents():
    found = critical_incidents(**BITNER, categories=GROUPS)
    assert (found.positive, found.negative, found.df) == (347, 352, 2)
    assert found.chi_square == pytest.approx(41.8055, abs=5e-5)
    assert found.p == pytest.approx(8.36e-10, abs=5e-13)
    mapped = {kind: dict(zip(GROUPS, n, strict=True)) for kind, n in BITNER.items()}
    assert critical_incidents(**mapped) == found


COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5)


@given(counts=COUNTS, scale=st.sampled_from([1, 1, 1000]))
@effort(100)
def test_critical_incidents_against_scipy(counts, scale):
    table = np.array(counts).T * scale
    names = "abcde"[: table.shape[1]]
    found = critical_incidents(*table, categories=names[:1] if len(names) == 1 else tuple(names))
    rows, n, total = found.table, table.sum(axis=0), table.sum()
    assert (rows["undefined"] == "no incidents").tolist() == (n == 0).tolist()
    for name, side in (("positive", table[0]), ("negative", table[1])):
        share = side / side.sum() if side.sum() else np.full(len(side), NAN)
        np.testing.assert_allclose(rows[f"of_all_{name}"], share)
    for row, k, size in zip(rows.rows(), table[1], n, strict=True):
        if size:
            ends = stats.binomtest(int(k), int(size)).proportion_ci(method="wilson")
            got = (row["share"], row["low"], row["high"])
            assert got == pytest.approx((k / size, ends.low, ends.high), abs=1e-12)
    used = table[:, n > 0]
    assert rows["lacking"].tolist() == [found.undefined if size else "" for size in n]
    if min(used.shape[1], (table.sum(axis=1) > 0).sum()) < 2:
        assert found.undefined
        assert found.df == 0
        assert np.isnan([found.chi_square, found.p, found.cramers_v, *rows["residual"]]).all()
        return
    wanted = stats.chi2_contingency(used, correction=False)
    assert (found.df, found.undefined) == (wanted.dof, "")
    assert found.chi_square == pytest.approx(wanted.statistic, rel=1e-10, abs=1e-12)
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-8)
    v = stats.contingency.association(used)
    assert found.cramers_v == pytest.approx(v, abs=1e-7)
    assert 0 <= found.cramers_v <= 1 + 1e-12
    kind, category = used.sum(axis=1) / total, used.sum(axis=0) / total
    error = np.sqrt(wanted.expected_freq[1] * (1 - kind[1]) * (1 - category))
    residual = (used[1] - wanted.expected_freq[1]) / error
    mine = rows.take(np.flatnonzero(n))
    np.testing.assert_allclose(mine["residual"], residual, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mine["p"], 2 * stats.norm.sf(abs(residual)), rtol=1e-8)
    np.testing.assert_allclose(mine["expected_positive"], wanted.expected_freq[0])
    assert ("rough guide" in rows.note) == bool((wanted.expected_freq < 5).any())
    turned = critical_incidents(*table[::-1], categories=tuple(names)).table
    np.testing.assert_allclose(turned["residual"], -rows["residual"], rtol=1e-9, atol=1e-12)


@given(counts=COUNTS, seed=st.integers(0, 99))
@few
def test_incidents_along_the_journey(counts, seed):
    good, bad = np.array(counts).T
    names = tuple(np.random.default_rng(seed).permutation(list("abcde"))[: len(good)].tolist())
    found = sequential_incidents(good, bad, touchpoints=names)
    table = found.table
    assert tuple(table["touchpoint"].tolist()) == names
    assert np.isnan(table["share"]).tolist() == (table["undefined"] != "").tolist()
    assert ((table["lacking"] != "") <= (table["undefined"] == "")).all()
    kinds = [kind for kind in ("positive", "negative") if not table[kind].any()]
    some = table.take(table["n"] > 0)["lacking"].tolist()
    assert set(some) <= {f"no {kind} incidents" for kind in kinds} or set(some) == {""}
    if bad.sum():
        shares = np.cumsum(bad) / bad.sum()
        np.testing.assert_allclose(table["cumulative_negative_share"], shares)
        count = dict(zip(names, bad.tolist(), strict=True))
        most = [count[name] for name in found.concentrated]
        assert most == sorted(most, reverse=True)
        assert 2 * sum(most) >= bad.sum() > 2 * sum(most[:-1])  # the fewest that have half
        assert min(most) >= max([n for name, n in count.items() if name not in found.concentrated],
                                default=0)  # fmt: skip
    else:
        assert found.concentrated == ()
        assert np.isnan(table["of_all_negative"]).all()
    points = [Touchpoint(name=name) for name in names]
    mapped = [dict(zip(names[::-1], side[::-1].tolist(), strict=True)) for side in (good, bad)]
    assert sequential_incidents(*mapped, touchpoints=Journey(name="j", touchpoints=points)) == found


def test_incidents_counted_from_any_table():
    rng = np.random.default_rng(2)
    about = rng.choice(["delay", "staff", "food", ""], 500).tolist()
    said = rng.choice(["+", "Satisfying", "NEGATIVE", "\u2212", "late", "", "asked"], 500).tolist()
    outcomes = {"Late": "negative", "asked": None}
    kinds = {"+": "positive", "Satisfying": "positive", "": None, "asked": None}
    wanted = Counter(
        (a, kinds.get(s, "negative"))
        for a, s in zip(about, said, strict=True)
        if a and kinds.get(s, "negative")
    )
    found = count_incidents({"category": about, "outcome": said}, outcomes=outcomes)
    assert found.table["category"].tolist() == ["delay", "food", "staff"]
    for kind in ("positive", "negative"):
        assert getattr(found, kind) == {c: wanted[c, kind] for c in ("delay", "food", "staff")}
    assert found.left_out == 500 - sum(wanted.values())
    columns = {"x": range(500), "what": [a or None for a in about], "how": said}
    more = {"category": "what", "outcome": "how", "outcomes": outcomes}
    for kind in (pd.DataFrame, pl.DataFrame, pl.LazyFrame):
        assert count_incidents(kind(columns), **more) == found
    arrow = pa.table(columns | {"x": list(columns["x"])})
    assert count_incidents(arrow, **more) == found
    assert count_incidents(iter([arrow.slice(0, 123), arrow.slice(123)]), **more) == found
    cells = np.array([about, said], dtype=object).T
    assert count_incidents(cells, category=0, outcome=1, outcomes=outcomes) == found
    steps = ("staff", "delay", "nothing", "food")
    closed = count_incidents(pl.DataFrame(columns), **more, categories=steps)
    assert closed.table["category"].tolist() == list(steps)
    assert closed.negative["nothing"] == 0
    along = sequential_incidents(closed.positive, closed.negative, touchpoints=steps)
    assert along.table["touchpoint"].tolist() == list(steps)
    test = critical_incidents(closed.positive, closed.negative)
    assert test.df == 2
    assert test.table.row(category="nothing")["undefined"] == "no incidents"


BAD_INCIDENTS = [
    (lambda: critical_incidents([1], [2]), "TypeError: `positive` must be Mapping.*`categories`"),
    (lambda: critical_incidents({"a": -1}, {}), r"ValueError: `positive\['a'\]` .* at least 0"),
    (lambda: critical_incidents({"a": 1.5}, {}), r"`positive\['a'\]` must be a whole"),
    (lambda: critical_incidents({}, {}), "ValueError: `categories` must hold at least one"),
    (
        lambda: critical_incidents([1], [2, 3], categories=["a", "b"]),
        "`positive` must .* each of .*, got 1",
    ),
    (lambda: critical_incidents({"dlay": 1}, {}, categories=["delay"]), "'dlay' .* are 'delay'"),
    (lambda: sequential_incidents({"b": 1}, {}, touchpoints=["a"]), "`positive`: 'b' is unknown"),
    (lambda: count_incidents({"category": ["a"], "outcome": ["bad"]}), r"'bad' .* \(row 1\)"),
    (lambda: count_incidents({"category": ["a"], "outcome": [""]}), "`records` must have an inc"),
    (lambda: count_incidents({"category": ["a"]}), "`outcome`: the mapping has no column"),
    (lambda: count_incidents({}, outcomes={"late": "bad"}), r"`outcomes\['late'\]`: 'bad' is unkn"),
    (lambda: count_incidents({}, outcomes=["late"]), "TypeError: `outcomes` must be Mapping"),
]


@pytest.mark.parametrize(("call", "said"), BAD_INCIDENTS)
def test_wrong_incidents_are_named(call, said):
    refused(call, said)


def test_the_row_of_an_unknown_word_is_counted_through_batches():
    n = 65_536 + 10
    records = pl.DataFrame(
        {"category": ["a"] * (n - 1) + ["b"], "outcome": ["+"] * (n - 1) + ["?"]}
    )
    refused(lambda: count_incidents(records), rf"`outcome`: '\?' is unknown \(row {n}\)")
    refused(lambda: count_incidents(records, categories=["a"]), rf"'b' is unknown \(row {n}\)")


# --- risks ----------------------------------------------------------------------------------------


def test_e7_risk_priority_numbers():
    ratings = np.array(list(product(range(1, 11), repeat=3)))  # all 1,000 combinations
    found = risk_priorities(*ratings.T)
    rpn = found.table["rpn"]
    assert (rpn == ratings.prod(axis=1)).all()
    assert len(set(rpn.tolist())) == 120
    assert (rpn.mean(), np.median(rpn), (rpn == 60).sum()) == (166.375, 105, 24)
    assert round((rpn <= 500).mean(), 2) == 0.94
    assert found.table["lexicographic_rank"].tolist() == list(range(1000, 0, -1))
    bands = np.array(["low", "medium", "high"])
    steps = np.searchsorted([4, 7], ratings[:, :2], side="right")
    base = [("low", "medium", "high").index(PRIORITY_TABLE[tuple(bands[pair])]) for pair in steps]
    raised = np.array(base) + ((ratings[:, 2] >= 7) & (ratings[:, 0] >= 4))
    assert (found.table["priority"] == bands[np.minimum(raised, 2)]).all()
    assert found.pairs == 499_500
    assert 0 < found.flips < found.pairs


RATINGS = st.lists(st.tuples(*[st.integers(1, 10)] * 3), min_size=1, max_size=12)


@given(ratings=RATINGS, seed=st.integers(0, 99))
@effort(80)
def test_ranks_and_flips_by_brute_force(ratings, seed):
    found = risk_priorities(*np.array(ratings).T)
    values = [s * o * d for s, o, d in ratings]
    table = found.table
    assert table["problem"].tolist() == [f"{place + 1}" for place in range(len(ratings))]
    assert table["rpn_rank"].tolist() == [1 + sum(y > x for y in values) for x in values]
    lexicographic = [1 + sum(y > x for y in ratings) for x in ratings]
    assert table["lexicographic_rank"].tolist() == lexicographic
    flips = [
        sum((y > x) != (q > p) and x != y and p != q for y, q in zip(ratings, values, strict=True))
        for x, p in zip(ratings, values, strict=True)
    ]
    assert table["flips"].tolist() == flips
    assert (2 * found.flips, found.pairs) == (sum(flips), len(list(combinations(ratings, 2))))
    names = [f"p{value}" for value in np.random.default_rng(seed).permutation(len(ratings))]
    sides = [dict(zip(names, map(int, side), strict=True)) for side in zip(*ratings, strict=True)]
    shuffled = dict(sorted(sides[1].items()))
    named = risk_priorities(sides[0], shuffled, sides[2])
    assert named.table["problem"].tolist() == names
    assert named.table["rpn"].tolist() == values


def test_a_table_of_ones_own():
    sides = {"severity": [1, 1, 9], "occurrence": [9, 9, 1], "detection": [1, 9, 9]}
    assert risk_priorities(**sides).table["priority"].tolist() == ["medium", "medium", "high"]
    table = dict(PRIORITY_TABLE) | {("low", "high"): "low", ("high", "low"): "low"}
    found = risk_priorities(**sides, table=table)
    assert found.table["priority"].tolist() == ["low", "low", "medium"]
    refused(lambda: risk_priorities(**sides, table={("low", "low"): "low"}), "`table` must have")
    refused(lambda: risk_priorities(**sides, table=table | {("low", "low"): "none"}), "'none'")
    refused(lambda: risk_priorities(**sides, table=[1]), "TypeError: `table` must be Mapping")
    refused(lambda: risk_priorities(**sides, table=table | {("a", "b"): "low"}), "'a', 'b'")


BAD_RATINGS = [
    ([0], r"ValueError: `severity\['1'\]` must lie in 1..10, got 0"),
    ([11], r"ValueError: `severity\['1'\]` must lie in 1..10, got 11"),
    ([2.5], r"ValueError: `severity\['1'\]` must be a whole number from 1 to 10, got 2.5"),
    ([math.inf], r"ValueError: `severity\['1'\]` must be a finite number"),
    (["high"], r"TypeError: `severity\['1'\]` must be a number"),
    ([True], r"TypeError: `severity\['1'\]` must be a number"),
    ([1, 2], "ValueError: `occurrence` must .* each of .*, got 1"),
    ([], "ValueError: `problems` must hold at least one"),
    (5, "TypeError: `severity` must be Iterable"),
    ({"a": 1, "b": 2}, "ValueError: `occurrence` must .* each of .*, got 1"),
]


@pytest.mark.parametrize(("severity", "said"), BAD_RATINGS)
def test_wrong_ratings_are_named(severity, said):
    refused(lambda: risk_priorities(severity, [3], [4]), said)


@given(ratings=RATINGS, place=st.integers(0, 11), side=st.integers(0, 2))
@few
def test_a_problem_without_a_rating_has_no_rank(ratings, place, side):
    sides = np.array(ratings, dtype=float).T
    place %= len(ratings)
    sides[side, place] = NAN
    if len(ratings) > 1:
        others = risk_priorities(*np.delete(sides, place, axis=1))
        found = risk_priorities(*sides)
        assert (found.flips, found.pairs) == (others.flips, others.pairs)
        rest = found.table.take(np.arange(len(ratings)) != place)
        for name in others.table.columns[1:]:
            np.testing.assert_array_equal(rest[name], others.table[name])
    found = risk_priorities(*[[None if np.isnan(x) else int(x) for x in row] for row in sides])
    row = found.table.row(problem=f"{place + 1}")
    assert np.isnan([row[name] for name in ("rpn", "rpn_rank", "lexicographic_rank")]).all()
    assert np.isnan(row["flips"])
    assert row["undefined"] == f"no {('severity', 'occurrence', 'detection')[side]}"
    assert row["priority"] == ""
    assert found.table.columns[-1] == "undefined"


AMOUNTS = st.lists(
    st.tuples(*[st.one_of(st.none(), st.floats(0, 1e6), st.integers(0, 5))] * 2), min_size=1
)


@given(pairs=AMOUNTS)
@few
def test_values_of_problems(pairs):
    found = problem_values(*zip(*pairs, strict=True))
    assume(found.total == 0 or found.total > 1e-300)
    values = [NAN if None in pair else pair[0] * pair[1] for pair in pairs]
    order = sorted(range(len(pairs)), key=lambda place: -values[place] if values[place] ==
                   values[place] else math.inf)  # fmt: skip
    table = found.table
    assert table["problem"].tolist() == [f"{place + 1}" for place in order]
    known = np.array([values[place] for place in order])
    np.testing.assert_array_equal(table["value"], known)
    there = known[~np.isnan(known)]
    assert found.total == pytest.approx(there.sum())
    assert table["rank"][: len(there)].tolist() == stats.rankdata(-there, "min").tolist()
    reasons = {"no frequency", "no severity"}
    assert all(why in reasons for why in table["undefined"][len(there) :].tolist())
    assert set(table["undefined"][: len(there)].tolist()) <= {""}
    lacking = "" if found.total else "all values are 0"
    assert set(table["lacking"][: len(there)].tolist()) <= {lacking}
    if found.total:
        np.testing.assert_allclose(table["share"][: len(there)], there / found.total)
        assert table["cumulative_share"][len(there) - 1] == pytest.approx(1)
    assert np.isnan(table["cumulative_share"][len(there) :]).all()


def test_values_beyond_all_numbers():
    said = "ValueError: `frequencies` times `severities` is beyond all numbers"
    refused(lambda: problem_values([1e200, 1], [1e200, 1]), said)
    refused(lambda: problem_values([1e308, 1e308], [1, 1]), said)


def test_a_series_goes_by_its_labels():
    frequencies, severities = pd.Series({"late": 40, "rude": 10}), pd.Series({"rude": 4, "late": 1})
    found = problem_values(frequencies, severities).table
    assert found.to_dict()["problem"] == ["late", "rude"]
    assert found["value"].tolist() == [40, 40]
    numbered = problem_values(pd.Series([40, 10]), [1, 4], problems=["late", "rude"])
    assert numbered.table["value"].tolist() == [40, 40]
    frame = pd.DataFrame({"wifi": [5, 4, 2, 1]}, index=[3, 2, 1, 0])
    happy = pd.Series([True, True, False, False], index=[3, 2, 1, 0])
    assert touchpoint_drivers(frame, satisfied=happy).table["difference"].tolist() == [3]
    with pytest.raises(ValueError, match=r"`satisfied` must have the index of `answers`"):
        touchpoint_drivers(frame, satisfied=happy.sort_index())


def test_two_categories_are_one_test():
    found = critical_incidents({"a": 5, "b": 9}, {"a": 10, "b": 6})
    assert found.table["p"] == pytest.approx([found.p, found.p], rel=1e-12)
    assert found.table["p_holm"].tolist() == found.table["p"].tolist()
