"""Assessments compared by group and over time: scipy, brute force, properties, bad input."""

import datetime as dt
import math
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual.checklists import (
    Checklist,
    ChecklistItem,
    Element,
    assess,
    assessment_differences,
    assessment_trends,
)

from .effort import effort

NAN = math.nan
some = effort(25)
few = effort(10)
RULES = ("mean", "geometric", "minimum")
each_rule = pytest.mark.parametrize("rule", RULES)
CONFIDENCES = st.sampled_from([0.5, 0.9, 0.95, 0.99])
SEEDS = st.integers(0, 2**32 - 1)
TESTS = ("se", "low", "high", "t", "df", "p")


def desk(*sizes, weights=None, key="good"):
    """Return a checklist with elements of so many items: A is of a1, a2, …."""
    elements = [
        Element(
            code=code,
            name=code,
            items=[ChecklistItem(code=f"{code.lower()}{n}", key=key) for n in range(1, size + 1)],
            weight=weight,
        )
        for code, size, weight in zip("ABCD", sizes, weights or [1.0] * len(sizes), strict=False)
    ]
    return Checklist(code="desk", name="Desk", elements=elements)


ONE = desk(1)
TWO = desk(2, 1, weights=[1.0, 2.5])


def sheets_of(checklist, n, seed, **labels):
    """Return sheets, all answered with tenths, and the labels of each."""
    graded = np.random.default_rng(seed).integers(1, 11, (n, len(checklist.items))) / 10
    return dict(zip(checklist.item_codes, graded.T, strict=True)) | labels


def refused(said, call, *values, **options):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call(*values, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")
    assert "\n" not in str(error.value)


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def alike(found, wanted, but=()):
    """See that two rows have the same cells, numbers but for rounding."""
    for name in {*wanted} - {*but}:
        value = wanted[name]
        assert found[name] == (value if isinstance(value, str) else close(value)), name


def mover(first, second):
    """Return the interval of a difference of totals from theirs, by Zou & Donner (2008)."""
    d = first["total"] - second["total"]
    below = math.hypot(first["total"] - first["low"], second["high"] - second["total"])
    above = math.hypot(first["high"] - first["total"], second["total"] - second["low"])
    return d - below, d + above


def holm_of(p):
    """Return Holm's p by its steps: the k-th smallest times m - k + 1, never falling."""
    order = sorted(range(len(p)), key=lambda place: p[place])
    found, highest = [0.0] * len(p), 0.0
    for step, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - step) * p[place]))
        found[place] = highest
    return found


YES = {"a1": [1] * 10 + [1, 0] * 5, "branch": ["N"] * 10 + ["S"] * 10}

# --- differences ----------------------------------------------------------------------------------


@given(
    sizes=st.lists(st.integers(2, 7), min_size=2, max_size=4), seed=SEEDS, confidence=CONFIDENCES
)
@some
def test_differences_of_means_are_welchs_test_on_the_totals_of_sheets(sizes, seed, confidence):
    labels = np.repeat(list("NESW")[: len(sizes)], sizes)
    made = assess(
        TWO, sheets_of(TWO, sum(sizes), seed, branch=labels), by="branch", confidence=confidence
    )
    pairs = assessment_differences(made).pairs
    totals = {name: made.sheets.where(branch=name)["total"] for name in sorted(set(labels))}
    wanted = [*combinations(totals, 2)]
    assert [*zip(pairs["first"], pairs["second"], strict=True)] == wanted
    tested = []
    for row, (one, other) in zip(pairs.rows(), wanted, strict=True):
        first, second = totals[one], totals[other]
        assert (row["first_n"], row["second_n"]) == (len(first), len(second))
        scores = (first.mean(), second.mean(), first.mean() - second.mean())
        assert [row[x] for x in ("first_score", "second_score", "difference")] == close(scores)
        own = [made.totals.where(branch=name).row() for name in (one, other)]
        assert (row["low"], row["high"]) == close(mover(*own))
        known = not math.isnan(own[0]["low"] + own[1]["low"])
        if min(np.ptp(first), np.ptp(second)) < 1e-9:
            ends = "" if known else "no interval, "
            assert np.isnan([row[name] for name in ("se", "t", "df", "p")]).all()
            assert row["lacking"] == f"no error, {ends}no test: all sheets of a group alike"
            continue
        a, b = (x.var(ddof=1) / len(x) for x in (first, second))
        se, df = (
            math.sqrt(a + b),
            (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1)),
        )
        reference = stats.ttest_ind(first, second, equal_var=False)
        t, p = reference.statistic, reference.pvalue
        assert [row[x] for x in ("se", "t", "df", "p")] == close([se, t, df, p], 1e-8)
        assert (row["lacking"], row["undefined"]) == ("", "")
        tested.append(p)
    found = [p for p in pairs["p_holm"].tolist() if not math.isnan(p)]
    assert found == close(holm_of(tested), 1e-8)


@each_rule
@given(sizes=st.lists(st.integers(2, 6), min_size=2, max_size=3), seed=SEEDS)
@few
def test_differences_have_the_errors_of_the_totals(rule, sizes, seed):
    labels = np.repeat(list("NESW")[: len(sizes)], sizes)
    answers = sheets_of(TWO, sum(sizes), seed, branch=labels)
    made = assess(TWO, answers, by="branch", total=rule)
    groups = {row["branch"]: row for row in made.totals.rows()}
    found = assessment_differences(made).pairs
    assert rule in found.note
    for row in found.rows():
        one, other = groups[row["first"]], groups[row["second"]]
        assert row["difference"] == close(one["total"] - other["total"])
        if min(one["se"], other["se"]) > 0:
            a, b = one["se"] ** 2, other["se"] ** 2
            df = (a + b) ** 2 / (a**2 / (one["n"] - 1) + b**2 / (other["n"] - 1))
            t = row["difference"] / math.sqrt(a + b)
            assert (row["se"], row["df"]) == close((math.sqrt(a + b), df))
            assert (row["t"], row["p"]) == close((t, 2 * stats.t.sf(abs(t), df)))


@given(seed=SEEDS, gone=st.sets(st.integers(0, 11), max_size=5))
@few
def test_differences_of_an_element_are_those_of_its_scores(seed, gone):
    labels = np.repeat(["N", "S"], 6)
    answers = sheets_of(TWO, 12, seed, branch=labels)
    answers["b1"][[*gone]] = NAN
    row = assessment_differences(assess(TWO, answers, by="branch"), element="B").pairs.row()
    first, second = (answers["b1"][labels == name] for name in "NS")
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    assert (row["first_n"], row["second_n"]) == (len(first), len(second))
    if min(map(len, (first, second))) > 1 and min(np.ptp(first), np.ptp(second)) > 0:
        reference = stats.ttest_ind(first, second, equal_var=False)
        assert (row["t"], row["p"]) == close((reference.statistic, reference.pvalue))
    elif len(first) and len(second):
        assert row["difference"] == close(first.mean() - second.mean())


@given(seed=SEEDS)
@few
def test_a_difference_turned_round_has_the_other_sign(seed):
    answers = sheets_of(TWO, 9, seed)
    labels = np.array(["N"] * 4 + ["S"] * 5)
    turned = np.where(labels == "N", "T", labels)  # the first comes last
    one, other = (
        assessment_differences(assess(TWO, answers, by={"branch": x})).pairs.row()
        for x in (labels, turned)
    )
    signs = {"difference": "difference", "t": "t", "low": "high", "high": "low"}
    for name, back in signs.items():
        assert one[name] == close(-other[back])
    for name in ("se", "df", "p"):
        assert one[name] == close(other[name])


@given(seed=SEEDS)
@few
def test_where_yes_is_bad_differences_have_the_other_sign(seed):
    answers = sheets_of(TWO, 9, seed, branch=["N"] * 4 + ["S"] * 5)
    good, bad = (
        assessment_differences(assess(desk(2, 1, key=key), answers, by="branch")).pairs.row()
        for key in ("good", "bad")
    )
    assert good["difference"] == close(-bad["difference"])
    assert (good["se"], good["p"]) == close((bad["se"], bad["p"]))


def test_intervals_of_differences_stay_within_what_is_possible():
    row = assessment_differences(assess(ONE, YES | {"a1": [1] * 10 + [0] * 10}, by="branch"))
    row = row.pairs.row()
    assert (row["difference"], row["high"]) == (1, 1)
    turned = YES | {"a1": [0] * 10 + [1] * 10}
    assert assessment_differences(assess(ONE, turned, by="branch")).pairs.row()["low"] == -1


def test_ten_of_ten_against_five_of_ten_has_an_interval_and_no_test():
    # R: prop.test(10, 10, correct = FALSE)$conf.int is .72246720013711085 .. 1, of 5 and 10
    # .23659309051256402 .. .76340690948743595
    row = assessment_differences(assess(ONE, YES, by="branch")).pairs.row()
    wanted = 0.5 - math.hypot(1 - 0.72246720013711085, 0.26340690948743595), 0.76340690948743595
    assert (row["low"], row["high"]) == close(wanted)
    assert np.isnan([row[name] for name in ("se", "t", "df", "p", "p_holm")]).all()
    assert row["lacking"] == "no error, no test: all sheets of a group alike"
    assert row["undefined"] == ""


def test_differences_take_the_df_of_the_totals():
    # of B two sheets of each branch have an answer: its df is 1, not 2
    answers = {"a1": [0.2, 0.5, 0.9] * 2, "b1": [0.1, 0.6, NAN, 0.3, 0.5, NAN]}
    made = assess(desk(1, 1), answers | {"branch": list("NNNSSS")}, by="branch")
    one, other = made.totals.rows()
    assert (one["n"], one["df"], other["df"]) == (3, 1, 1)
    a, b = one["se"] ** 2, other["se"] ** 2
    row = assessment_differences(made).pairs.row()
    assert row["df"] == close((a + b) ** 2 / (a**2 + b**2))
    by_element = assessment_differences(made, element="A").pairs.row()
    assert by_element["df"] == close(4)


def test_groups_of_two_columns_are_named_by_both():
    answers = {"a1": [0.1, 0.2, 0.3, 0.4], "branch": list("NNSS"), "year": [9, 10, 9, 10]}
    pairs = assessment_differences(assess(ONE, answers, by=["branch", "year"])).pairs
    assert len(pairs) == 6
    assert pairs["first"].tolist()[:3] == ["N · 9"] * 3
    assert pairs["second"].tolist()[:3] == ["N · 10", "S · 9", "S · 10"]
    assert set(pairs["lacking"]) == {"no error, no interval, no test: a group of one sheet"}
    assert pairs["difference"] == close([-0.1, -0.2, -0.3, -0.1, -0.2, -0.1])


def test_sheets_without_a_label_are_in_no_pair():
    answers = {"a1": [0.1, 0.2, 0.3, 0.5, 0.9], "branch": ["N", "N", "S", "S", None]}
    pairs = assessment_differences(assess(ONE, answers, by="branch")).pairs
    row = pairs.row()
    assert (row["first"], row["second"], row["difference"]) == ("N", "S", close(-0.25))
    assert "1 sheet without a label left out" in pairs.note
    whole = assess(ONE, {name: x[:4] for name, x in answers.items()}, by="branch")
    assert "left out" not in assessment_differences(whole).pairs.note


def test_a_group_without_a_total_has_no_difference():
    answers = {"a1": [0.1, 0.2, None, None, 0.5, 0.6], "branch": list("NNMMSS")}
    pairs = assessment_differences(assess(ONE, answers, by="branch")).pairs
    assert pairs["undefined"].tolist() == ["M: no answers", "M: no answers", ""]
    assert pairs["lacking"].tolist() == ["", "", ""]
    for name in ("difference", *TESTS, "p_holm"):
        assert np.isnan(pairs[name]).tolist() == [True, True, False], name
    assert pairs["p_holm"][2] == close(pairs["p"][2])  # the only test


def test_differences_of_one_sheet_and_of_sheets_alike_have_no_error():
    answers = {"a1": [0.1, 0.2, 0.4, 0.5, 0.5], "branch": list("NNMSS")}
    found = assessment_differences(assess(ONE, answers, by="branch")).pairs
    said = {(row["first"], row["second"]): row["lacking"] for row in found.rows()}
    none = "no error, no interval, no test: "
    assert said == {
        ("M", "N"): f"{none}a group of one sheet",
        ("M", "S"): f"{none}a group of one sheet",
        ("N", "S"): f"{none}all sheets of a group alike",
    }
    assert not np.isnan(found["difference"]).any()


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ((3,), {}, r"^TypeError: `assessment` must be Assessment, got 3 .*assess"),
        ((assess(ONE, {"a1": [0.1, 0.2]}),), {}, r"at least 2 groups, got 0; .*a column of groups"),
        (
            (assess(ONE, {"a1": [0.1, 0.2], "x": ["N", "N"]}, by="x"),),
            {},
            r"at least 2 groups, got 1; .*more of them",
        ),
        (
            (assess(ONE, {"a1": [0.1, 0.2], "x": ["N", "S"]}, by="x"),),
            {"element": "AA"},
            r"`element`.*'A'",
        ),
    ],
)
def test_bad_differences(values, options, said):
    refused(said, assessment_differences, *values, **options)


# --- trends ---------------------------------------------------------------------------------------


def hc3(places, totals):
    """Return the line and the HC3 error of its slope by matrices."""
    design = np.column_stack([np.ones(len(places)), places])
    bread = np.linalg.inv(design.T @ design)
    level, slope = bread @ design.T @ totals
    leverage = np.einsum("ij,jk,ik->i", design, bread, design)
    off = (totals - level - slope * places) / (1 - leverage)
    return level, slope, math.sqrt((bread @ (design.T * off**2) @ design @ bread)[1, 1])


PERIODS = st.lists(st.integers(1, 4), min_size=3, max_size=6)


@each_rule
@given(counts=PERIODS, seed=SEEDS, confidence=CONFIDENCES)
@some
def test_a_trend_is_the_line_through_the_totals_of_sheets(rule, counts, seed, confidence):
    months = [f"2025-{place + 1:02}" for place, n in enumerate(counts) for _ in range(n)]
    answers = sheets_of(TWO, sum(counts), seed, month=months)
    made = assess(TWO, answers, by="month", total=rule, confidence=confidence)
    found = assessment_trends(made, time="month")
    row, totals = found.trends.row(), made.sheets["total"]
    places = np.repeat(np.arange(len(counts)), counts)
    slope, level = np.polyfit(places, totals, 1)
    assert (row["periods"], row["n"], row["undefined"]) == (len(counts), len(months), "")
    assert row["slope"] == close(slope, least=1e-12)
    assert (row["first"], row["last"]) == close((level, level + slope * places[-1]))
    _, _, se = hc3(places, totals)
    if se < 1e-12:
        assert row["lacking"] == "no error, no interval, no test: no variation about the line"
        return
    df = len(months) - 2
    half = stats.t.ppf(0.5 + confidence / 2, df) * se
    away = places - places.mean()
    steepest = away[away > 0].sum() / (away @ away)  # 0 before the middle, 1 after it
    ends = max(slope - half, -steepest), min(slope + half, steepest)
    t = slope / se
    assert (row["se"], row["df"], row["lacking"]) == (close(se, 1e-7), df, "")
    assert (row["low"], row["high"]) == close(ends, 1e-7)
    assert (row["t"], row["p"]) == close((t, 2 * stats.t.sf(abs(t), df)), 1e-6)


@given(counts=PERIODS, seed=SEEDS)
@few
def test_periods_are_the_means_of_their_sheets_beside_the_line(counts, seed):
    months = [f"2025-{place + 1:02}" for place, n in enumerate(counts) for _ in range(n)]
    answers = sheets_of(TWO, sum(counts), seed, month=months)
    made = assess(TWO, answers, by="month")
    found = assessment_trends(made, time="month")
    line = found.trends.row()
    for place, row in enumerate(found.periods.rows()):
        own = made.totals.where(month=row["period"]).row()  # all answered: the same mean
        assert (row["n"], row["undefined"]) == (counts[place], "")
        assert [row[x] for x in ("total", "low", "high")] == close(
            [own[x] for x in ("total", "low", "high")]
        )
        assert row["fitted"] == close(line["first"] + place * line["slope"])
        assert bool(row["lacking"]) is math.isnan(row["low"])


@given(seed=SEEDS)
@few
def test_each_group_has_its_own_line(seed):
    months, branches = np.tile(["1", "2", "10"], 8), np.repeat(["N", "S"], 12)
    answers = sheets_of(TWO, 24, seed, month=months, branch=branches)
    both = assessment_trends(assess(TWO, answers, by=["branch", "month"]), time="month")
    assert both.trends.keys == ("branch",)
    assert both.periods.keys == ("branch", "period")
    assert both.periods["period"].tolist() == ["1", "2", "10"] * 2
    for name in "NS":
        own = {code: np.asarray(x)[branches == name] for code, x in answers.items()}
        single = assessment_trends(assess(TWO, own, by="month"), time="month")
        alike(both.trends.where(branch=name).row(), single.trends.row())
        for row in single.periods.rows():
            alike(both.periods.where(branch=name, period=row["period"]).row(), row)


@given(seed=SEEDS)
@few
def test_what_rises_in_good_falls_in_bad(seed):
    answers = sheets_of(TWO, 12, seed, month=np.repeat([1, 2, 3], 4))
    good, bad = (
        assessment_trends(
            assess(desk(2, 1, key=key), answers, by="month"), time="month"
        ).trends.row()
        for key in ("good", "bad")
    )
    assert (good["slope"], good["low"], good["high"]) == close(
        (-bad["slope"], -bad["high"], -bad["low"])
    )
    assert (good["se"], good["p"]) == close((bad["se"], bad["p"]))


@given(seed=SEEDS, order=st.permutations(range(10)))
@few
def test_the_order_of_sheets_changes_no_trend(seed, order):
    answers = sheets_of(TWO, 10, seed, month=np.repeat([1, 2, 3, 4, 5], 2))
    moved = {name: np.asarray(x)[list(order)] for name, x in answers.items()}
    one, other = (
        assessment_trends(assess(TWO, x, by="month"), time="month") for x in (answers, moved)
    )
    alike(one.trends.row(), other.trends.row())
    assert one.periods["period"].tolist() == other.periods["period"].tolist()


def test_totals_of_other_rules_are_those_of_sheets():
    # each sheet is weak in another element: the weakest of the means is .5, that of sheets 0
    answers = {"a1": [0, 1] * 2, "b1": [1, 0] * 2, "month": [1, 1, 2, 2]}
    made = assess(desk(1, 1), answers, by="month", total="minimum")
    assert made.totals["total"].tolist() == [0.5, 0.5]
    found = assessment_trends(made, time="month")
    assert found.periods["total"].tolist() == [0, 0]
    assert "minimum" in found.trends.note


def test_a_steep_slope_ends_at_the_steepest_line():
    answers = {"a1": [0.0, 0.5, 1.0, 0.5], "month": [1, 1, 2, 2]}
    row = assessment_trends(assess(ONE, answers, by="month"), time="month").trends.row()
    assert (row["slope"], row["high"]) == (close(0.5), 1.0)
    assert -1 <= row["low"] < 0


def trend_of(a1, months, **options):
    made = assess(ONE, {"a1": a1, "month": months}, by="month", **options)
    return assessment_trends(made, time="month")


@pytest.mark.parametrize(
    ("a1", "months", "undefined", "lacking"),
    [
        ([None, None], [1, 2], "no totals", ""),
        ([0.5, None], [1, 2], "one sheet", ""),
        ([0.5, 0.6, 0.7], [1, 1, 1], "one period", ""),
        ([0.5, 0.6], [1, 2], "", "two sheets"),
        ([0.1, 0.2, 0.3], [1, 2, 3], "", "no variation about the line"),
        ([0.5, 0.5, 0.5, 0.5], [1, 1, 2, 2], "", "no variation about the line"),
        ([0.5, 0.6, 0.8], [1, 1, 2], "", "one sheet in one of two periods"),
    ],
)
def test_trends_that_lack_something_say_why(a1, months, undefined, lacking):
    row = trend_of(a1, months).trends.row()
    assert row["undefined"] == undefined
    assert row["lacking"] == (lacking and f"no error, no interval, no test: {lacking}")
    assert np.isnan([row[name] for name in TESTS]).all()
    assert math.isnan(row["slope"]) is bool(undefined)
    assert math.isnan(row["first"]) is bool(undefined)


def test_slope_of_two_sheets():
    row = trend_of([0.5, 0.75], [1, 2]).trends.row()
    assert (row["slope"], row["first"], row["last"]) == close((0.25, 0.5, 0.75))


def test_periods_of_one_sheet_of_sheets_alike_and_of_none():
    found = trend_of([0.5, 0.6, 0.6, None, 0.2, 0.4], [1, 2, 2, 3, 4, 4]).periods
    assert found["n"].tolist() == [1, 2, 0, 2]
    assert found["undefined"].tolist() == ["", "", "no totals", ""]
    one, alike_ = "no interval: one sheet", "no interval: all sheets alike"
    assert found["lacking"].tolist() == [one, alike_, "", ""]
    assert not np.isnan(found["fitted"]).any()


def test_a_group_that_is_not_there_in_a_period_has_no_sheets_in_it():
    answers = {"a1": [0.1, 0.3, 0.6, 0.5, 0.7], "branch": list("NNNSS"), "month": [1, 2, 4, 2, 4]}
    found = assessment_trends(assess(ONE, answers, by=["branch", "month"]), time="month")
    south = found.periods.where(branch="S")
    assert south["undefined"].tolist() == ["no sheets", "", ""]
    assert south["fitted"] == close([NAN, 0.5, 0.7])  # between its own first and last
    row = found.trends.where(branch="S").row()
    assert (row["periods"], row["first"], row["last"]) == (2, close(0.5), close(0.7))


def test_periods_stand_in_the_order_of_numbers_and_count_as_equally_far():
    found = trend_of([0.1, 0.2, 0.4], [9, 100, 10])
    assert found.periods["period"].tolist() == ["9", "10", "100"]
    slope, _ = np.polyfit([0, 2, 1], [0.1, 0.2, 0.4], 1)
    assert found.trends.row()["slope"] == close(slope)


def test_months_that_are_not_there_are_said():
    found = trend_of([0.1, 0.2, 0.4], ["2024-11", "2024-12", "2025-03"])
    assert any(re.search("no 2025-01, 2025-02 among", x) for x in found.cautions)
    assert "2025-01" in found.trends.note
    assert trend_of([0.1, 0.2, 0.4], ["2024-11", "2024-12", "2025-01"]).cautions == ()


@pytest.mark.parametrize("kind", ["texts", "dates", "times"])
def test_days_that_are_not_there_are_said(kind):
    texts = ["2026-01-02", "2026-01-05", "2026-02-11"]
    dates = {"texts": texts, "dates": [*map(dt.date.fromisoformat, texts)]}
    dates["times"] = [f"{text} 00:00:00" for text in texts]
    found = trend_of([0.1, 0.2, 0.4], dates[kind])
    (caution,) = found.cautions
    assert caution.startswith("no 2026-01-03, 2026-01-04, 2026-01-06, 2026-01-07, … among")
    assert caution.endswith("; give months, as 2025-01")
    assert f"caution: {caution}" in found.trends.note


def test_numbers_of_months_that_are_not_there_are_said():
    (caution,) = trend_of([0.1, 0.2, 0.4, 0.3], [1, 2, 4, 5]).cautions
    assert caution == "no 3 among the periods: their neighbours count as next to each other"
    assert trend_of([0.1, 0.2, 0.4], [11, 10, 12]).cautions == ()


def test_the_rule_of_totals_is_said_in_words():
    sheets = {"a1": [0.1, 0.2], "month": [1, 2]}
    found = assessment_trends(assess(ONE, sheets, by="month", total="geometric"), time="month")
    assert "total: geometric mean of elements" in found.trends.note
    assert "(geometric mean of elements)" in found.periods.note


def test_labels_that_do_not_sort_by_time_are_cautioned():
    assert any("name of a month" in x for x in trend_of([0.1, 0.2], ["Jan", "Feb"]).cautions)


def test_sheets_without_a_label_or_a_total_are_left_out_and_said():
    found = trend_of([0.1, 0.3, 0.9, None, 0.5], ["1", "2", None, "2", "3"])
    row = found.trends.row()
    assert (row["n"], row["slope"]) == (3, close(0.2))
    assert "1 sheet without a label left out" in found.trends.note
    assert "1 sheet without a total left out" in found.trends.note


def test_a_sheet_below_the_least_coverage_has_no_total():
    half = {"a1": [0.1, 0.3, 0.5], "a2": [0.1, NAN, 0.5], "month": [1, 2, 3]}
    made = assess(desk(2), half, by="month", min_coverage=0.6)
    found = assessment_trends(made, time="month")
    assert found.periods["undefined"].tolist() == ["", "no totals", ""]
    assert found.trends.row()["n"] == 2


def test_a_trend_has_the_confidence_of_the_assessment():
    a1, months = [0.1, 0.4, 0.3, 0.5, 0.9, 0.7], [1, 1, 2, 2, 3, 3]
    widths = [
        np.ptp([row["low"], row["high"]])
        for row in (trend_of(a1, months, confidence=c).trends.row() for c in (0.5, 0.8, 0.95))
    ]
    assert widths == sorted(widths)
    assert trend_of(a1, months, confidence=0.8).confidence == 0.8


def test_a_share_of_the_answers_in_pandas_gives_the_same_trend():
    columns = {"a1": [0.1, 0.4, 0.3, 0.5], "month": ["2024-01", "2024-01", "2024-02", "2024-02"]}
    framed = assess(ONE, pd.DataFrame(columns), by="month")
    found = assessment_trends(framed, time="month")
    alike(found.trends.row(), trend_of(*columns.values()).trends.row())
    assert found.time == "month"


def test_intervals_of_trends_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(9)
    samples, periods, sheets = 300, 6, 5
    truth = 0.3 + 0.08 * np.arange(periods)
    yes = rng.binomial(5, np.tile(np.repeat(truth, sheets), samples)) / 5
    answers = {
        "a1": yes,
        "month": np.tile(np.repeat(range(periods), sheets), samples),
        "sample": np.repeat(range(samples), periods * sheets),
    }
    found = assessment_trends(assess(ONE, answers, by=["sample", "month"]), time="month").trends
    covered = ((found["low"] <= 0.08) & (found["high"] >= 0.08)).mean()
    assert 0.92 <= covered <= 0.985


@pytest.mark.parametrize(
    ("value", "time", "said"),
    [
        (3, "month", r"^TypeError: `assessment` must be Assessment, got 3"),
        (assess(ONE, {"a1": [0.1, 0.2]}), "month", r"must have a column of periods, got none"),
        (
            assess(ONE, {"a1": [0.1, 0.2], "month": [1, 2]}, by="month"),
            "mnth",
            r"`time`.*'mnth'.*'month'",
        ),
        (
            assess(ONE, {"a1": [0.1, 0.2], "month": [None, None]}, by="month"),
            "month",
            r"must have a sheet with its labels, got none of 2",
        ),
    ],
)
def test_bad_trends(value, time, said):
    refused(said, assessment_trends, value, time=time)


def test_shown_in_words():
    answers = {"a1": [0.1, 0.4, 0.3, 0.5], "month": [1, 1, 2, 2]}
    made = assess(ONE, answers, by="month")
    assert "Pairs of groups" in str(assessment_differences(made))
    assert "Trends: Desk" in str(assessment_trends(made, time="month"))
    assert sq.checklists.assessment_trends is assessment_trends
