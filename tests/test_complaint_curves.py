"""Curves of open complaints: numbers of R, fractions, what must hold for all data, bad input."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.survival import crossings, kaplan_meier, log_rank, pooled
from servqual.recovery import (
    complaint_curve,
    complaint_curve_from_cases,
    curve_differences,
    open_share,
    time_to_close,
)

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)

# A small set with ties, of events with each other and with what is censored.
TIME = [1, 1, 2, 3, 3, 3, 5, 8, 8, 13, 13, 21]
DONE = [1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0]
SIDE = list("aaaabbabbabb")

# R: survival::veteran, columns time, status and celltype (Veterans' Administration lung cancer
# trial; the data set comes with the package)
LUNG = [
    *(72, 411, 228, 126, 118, 10, 82, 110, 314, 100, 42, 8, 144, 25, 11),
    *(30, 384, 4, 54, 13, 123, 97, 153, 59, 117, 16, 151, 22, 56, 21, 18, 139, 20, 31, 52, 287),
    *(18, 51, 122, 27, 54, 7, 63, 392, 10),
    *(8, 92, 35, 117, 132, 12, 162, 3, 95),
    *(177, 162, 216, 553, 278, 12, 260, 200, 156, 182, 143, 105, 103, 250, 100),
    *(999, 112, 87, 231, 242, 991, 111, 1, 587, 389, 33, 25, 357, 467, 201, 1, 30, 44, 283, 15),
    *(25, 103, 21, 13, 87, 2, 20, 7, 24, 99, 8, 99, 61, 25, 95, 80, 51, 29),
    *(24, 18, 83, 31, 51, 90, 52, 73, 8, 36, 48, 7, 140, 186, 84, 19, 45, 80),
    *(52, 164, 19, 53, 15, 43, 340, 133, 111, 231, 378, 49),
]
CELLS = np.repeat(
    ["squamous", "small", "adeno", "large", "squamous", "small", "adeno", "large"],
    [15, 30, 9, 15, 20, 18, 18, 12],
)
ALIVE = {9, 13, 20, 21, 63, 71, 72, 90, 109}  # the rows with status 0, from 0
DEAD = [row not in ALIVE for row in range(137)]


def close(wanted, rel=1e-12):
    return pytest.approx(wanted, rel=rel, nan_ok=True)


@st.composite
def cases(draw, least=1, most=25, groups=1):
    """Draw durations with ties, what is closed, and labels."""
    n = draw(st.integers(least, most))
    times = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    done = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    labels = draw(st.lists(st.sampled_from("abcd"[:groups]), min_size=n, max_size=n))
    return times, done, labels


def fractions(times, done):
    """Return time, S and Greenwood's sum (None where infinite) by definition."""
    rows, share, total = [], Fraction(1), Fraction(0)
    for moment in sorted(set(times)):
        n = sum(t >= moment for t in times)
        d = sum(t == moment and bool(e) for t, e in zip(times, done, strict=True))
        share *= 1 - Fraction(d, n)
        total = None if total is None or d == n else total + Fraction(d, n * (n - d))
        rows.append((moment, n, d, share, total))
    return rows


def compared(times, done, labels):
    """Return expected numbers, χ² and df of the log-rank test by definition."""
    names = sorted(set(labels))
    expected = dict.fromkeys(names, Fraction(0))
    cover = {(g, h): Fraction(0) for g in names for h in names}
    for moment in sorted({t for t, e in zip(times, done, strict=True) if e}):
        at_risk = Counter(g for t, g in zip(times, labels, strict=True) if t >= moment)
        n = sum(at_risk.values())
        d = sum(t == moment and bool(e) for t, e in zip(times, done, strict=True))
        for g in names:
            expected[g] += Fraction(d * at_risk[g], n)
            for h in names if n > 1 else ():
                part = (g == h) - Fraction(at_risk[h], n)
                cover[g, h] += Fraction(d * (n - d), n - 1) * Fraction(at_risk[g], n) * part
    used = [g for g in names if expected[g]]
    if len(used) < 2 or not any(cover.values()):
        return expected, NAN, NAN
    observed = Counter(g for g, e in zip(labels, done, strict=True) if e)
    off = np.array([float(observed[g] - expected[g]) for g in used])
    matrix = np.array([[float(cover[g, h]) for h in used] for g in used])
    return expected, float(off @ np.linalg.pinv(matrix) @ off), len(used) - 1


# --- worked values --------------------------------------------------------------------------------


def test_a_small_set_with_ties_is_as_in_r():
    # R: survfit(Surv(t, s) ~ 1, conf.type = "log-log")
    found = complaint_curve(TIME, DONE)
    table = found.table
    assert table["time"].tolist() == [1, 2, 3, 5, 8, 13, 21]
    assert table["at_risk"].tolist() == [12, 10, 9, 6, 5, 3, 1]
    assert table["closed"].tolist() == [2, 0, 2, 1, 1, 1, 0]
    assert table["censored"].tolist() == [0, 1, 1, 0, 1, 1, 1]
    assert table["open_share"][[0, 2, 3, 4, 5]] == close(
        [
            *(0.833333333333333, 0.648148148148148, 0.540123456790124),
            *(0.432098765432099, 0.288065843621399),
        ]
    )
    assert table["se"][[0, 2, 5]] == close(
        [0.107582870727984, 0.142611296940098, 0.157362199173662]
    )
    assert table["low"][[0, 2, 5]] == close(
        [0.4817149421953789, 0.3096622270171608, 0.0527639433690296], 1e-9
    )
    assert table["high"][[0, 2, 5]] == close(
        [0.955509365728065, 0.851797512335439, 0.590664610280341], 1e-9
    )
    # R: quantile(fit, .5)
    assert (found.median, found.median_low) == (8, 1)
    assert math.isnan(found.median_high)
    assert found.lacking == "no upper end: the band's upper end does not come down to 50 %"
    assert (found.n, found.closed, found.open, found.missing, found.undefined) == (12, 7, 5, 0, "")


def test_two_groups_are_as_in_r():
    found = complaint_curve(TIME, DONE, by=SIDE)
    assert found.by == ("group",)
    # R: survfit(Surv(t, s) ~ g, conf.type = "log-log")
    assert found.table["group"].tolist() == list("aaaaabbbb")
    assert found.table["open_share"][[0, 2, 3, 5, 6, 7]] == close(
        [2 / 3, 4 / 9, 2 / 9, 0.833333333333333, 0.625, 0.3125]
    )
    assert found.table["low"][[0, 7]] == close([0.19461663680623500, 0.01267306498924760], 1e-9)
    assert found.groups["median"].tolist() == [3, 13]
    assert found.groups["low"].tolist() == [1, 3]
    # R: survdiff(Surv(t, s) ~ g)
    assert found.groups["expected"] == close([2.53333333333333, 4.46666666666667])
    row = found.test.row()
    assert (row["n"], row["groups"], row["df"], row["undefined"]) == (12, 2, 1, "")
    assert (row["chi2"], row["p"]) == close((1.48569833961211, 0.222885088060611))
    assert found.ends.tolist() == [0, 5, 9]
    assert found.median == complaint_curve(TIME, DONE).median


def test_four_groups_of_137_are_as_in_r():
    found = complaint_curve(LUNG, DEAD, by={"cell": CELLS}, unit="days")
    assert (found.n, found.closed, found.unit) == (137, 128, "day")
    # R: survfit(Surv(time, status) ~ 1, veteran, conf.type = "log-log")
    assert (found.median, found.median_low, found.median_high) == (80, 52, 100)
    at = open_share(complaint_curve(LUNG, DEAD), [30, 100, 300])
    assert at["open_share"] == close([0.700435007004350, 0.417994507196793, 0.117058638789024])
    assert at["se"] == close([0.0391619947074696, 0.0424766367589287, 0.0294671540555738])
    assert at["low"] == close([0.616083777392525, 0.334194690602689, 0.067217986838432], 1e-9)
    assert at["high"] == close([0.769719664862068, 0.499464987297512, 0.181894569123926], 1e-9)
    # R: quantile(survfit(Surv(time, status) ~ celltype, …), c(.25, .5, .9))
    table = time_to_close(found, [0.25, 0.5, 0.9])
    wanted = {
        "adeno": [(19, 7, 36), (51, 24, 90), (140, 95, NAN)],
        "large": [(53, 15, 111), (156, 100, 216), (340, 250, NAN)],
        "small": [(20, 10, 25), (51, 24, 61), (153, 122, NAN)],
        "squamous": [(33, 10, 110), (118, 44, 242), (587, 357, NAN)],
    }
    assert found.groups["cell"].tolist() == list(wanted)
    rows = np.stack([table[name] for name in ("time", "low", "high")], axis=1)
    np.testing.assert_array_equal(rows, np.concatenate(list(wanted.values())))
    # R: survdiff(Surv(time, status) ~ celltype, veteran)
    assert found.groups["expected"] == close(
        [15.6937646143605, 34.5494783863493, 30.1020793268148, 47.6546776724754]
    )
    row = found.test.row()
    assert (row["chi2"], row["df"]) == close((25.4037003457854, 3))
    assert row["p"] == close(1.27124593900609e-05, 1e-9)


def test_pairs_of_groups_are_as_in_r():
    # survival::survdiff of each two groups, their obs and exp, and p.adjust(p, "holm")
    times = [1, 2, 2, 3, 4, 5, 2, 3, 5, 6, 8, 8, 1, 1, 2, 4, 4, 9]
    done = [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1]
    curve = complaint_curve(times, done, by={"team": np.repeat(["N", "S", "W"], 6)})
    pairs = curve_differences(curve)
    assert pairs["first"].tolist() == ["N", "N", "S"]
    assert pairs["second"].tolist() == ["S", "W", "W"]
    wanted = {
        "chi2": [1.155013949762, 0.004772040183, 0.161041200272],
        "p": [0.282502008723, 0.944925976500, 0.688199712778],
        "p_holm": [0.847506026170, 1, 1],
        "first_expected": [2.692424242424, 3.911111111111, 5.529761904762],
        "first_closed": [4, 4, 5],
    }
    for name, numbers in wanted.items():
        assert pairs[name] == pytest.approx(numbers, abs=1e-11), name
    medians = dict(zip(curve.groups["team"], curve.groups["median"], strict=True))
    for side in ("first", "second"):
        assert pairs[f"{side}_n"].tolist() == [6, 6, 6]
        assert pairs[f"{side}_median"].tolist() == [medians[team] for team in pairs[side]]


@few
@given(cases(least=4, groups=3))
def test_a_pair_is_as_if_there_were_no_others(drawn):
    times, done, labels = drawn
    assume(len(set(labels)) > 1)
    pairs = curve_differences(complaint_curve(times, done, by={"team": labels}))
    for row in pairs.rows():
        kept = [
            place for place, label in enumerate(labels) if label in (row["first"], row["second"])
        ]
        some = [[column[place] for place in kept] for column in (times, done, labels)]
        test = complaint_curve(*some[:2], by={"team": some[2]}).test.row(test="log-rank")
        assert row["chi2"] == pytest.approx(test["chi2"], nan_ok=True)
        assert row["p"] == pytest.approx(test["p"], nan_ok=True)
        assert bool(row["undefined"]) == np.isnan(row["chi2"])


def test_pairs_without_a_label_without_cases_and_without_a_closing():
    labels = ["N", "N", "S", "S", None, "W", "E", "E"]
    times, done = [1, 2, 2, 3, 1, NAN, 5, 6], [1, 1, 1, 0, 1, 1, 0, 0]
    pairs = curve_differences(complaint_curve(times, done, by={"team": labels}))
    assert len(pairs) == 6  # of N, S, W and E
    assert pairs.row(first="N", second="W")["undefined"] == "a group without cases"
    assert pairs.row(first="E", second="N")["first_closed"] == 0
    assert pairs.row(first="E", second="N")["chi2"] > 0
    nobody = complaint_curve([1, 2, 3], [0, 0, 0], by={"team": ["N", "S", "S"]})
    said = "no case is closed while both groups have cases"
    assert curve_differences(nobody)["undefined"].tolist() == [said]


def test_bad_pairs():
    refused(lambda: curve_differences(3), "TypeError: `curve` must be ComplaintCurve, got 3")
    alone = complaint_curve([1, 2], [1, 1])
    refused(lambda: curve_differences(alone), "at least 2 groups, got 0; draw it with by=")


def test_other_confidences():
    found = complaint_curve(LUNG, DEAD, confidence=0.8)
    share = found.table["open_share"]
    inside = (share > 0) & (share < 1)
    share = share[inside]
    z = stats.norm.ppf(0.9)
    spread = z * found.table["se"][inside] / share / np.log(share)
    assert found.table["low"][inside] == close(share ** np.exp(-spread), 1e-9)
    assert found.table["high"][inside] == close(share ** np.exp(spread), 1e-9)
    assert "80 % intervals" in found.table.note
    assert "80 % intervals of the median" in found.groups.note
    assert found.median_low > complaint_curve(LUNG, DEAD).median_low


# --- what holds for all data ----------------------------------------------------------------------


@few
@given(cases(groups=3))
def test_curves_are_those_of_fractions(drawn):
    times, done, labels = drawn
    found = complaint_curve(times, done, by=labels)
    for label, part in zip(found.groups["group"], found.groups.rows(), strict=True):
        mine = [place for place, name in enumerate(labels) if name == label]
        wanted = fractions([times[place] for place in mine], [done[place] for place in mine])
        rows = found.table.where(group=label)
        assert rows["time"].tolist() == [row[0] for row in wanted]
        assert rows["at_risk"].tolist() == [row[1] for row in wanted]
        assert rows["closed"].tolist() == [row[2] for row in wanted]
        assert rows["open_share"] == close([float(row[3]) for row in wanted])
        for row, (*_, share, total) in zip(rows.rows(), wanted, strict=True):
            if share in {0, 1}:
                assert math.isnan(row["se"])
                assert math.isnan(row["low"])
                assert row["lacking"].endswith("no case is closed yet" if share else "are closed")
            else:
                assert row["se"] == close(float(share) * math.sqrt(total))
                assert 0 < row["low"] < row["open_share"] < row["high"] < 1
                assert row["lacking"] == ""
        half = [moment for moment, *_, share, _ in wanted if share <= Fraction(1, 2)]
        assert part["median"] == pytest.approx(half[0] if half else NAN, nan_ok=True)
        assert (part["undefined"] == "") == bool(half)
        assert part["n"] == len(mine) == part["closed"] + part["open"]


@few
@given(cases(groups=4, least=2))
def test_the_log_rank_test_is_that_of_fractions(drawn):
    times, done, labels = drawn
    found = complaint_curve(times, done, by=labels)
    expected, chi2, df = compared(times, done, labels)
    row = found.test.row()
    assert (row["chi2"], row["df"]) == pytest.approx((chi2, df), rel=1e-9, abs=1e-9, nan_ok=True)
    assert (row["undefined"] == "") == (not math.isnan(chi2))
    assert found.groups["expected"] == close([float(expected[g]) for g in found.groups["group"]])
    assert found.groups["expected"].sum() == pytest.approx(found.closed)
    if not math.isnan(chi2):
        assert row["p"] == pytest.approx(stats.chi2.sf(row["chi2"], df), rel=1e-9)


@few
@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40))
def test_without_open_cases_the_curve_is_the_empirical_one_exactly(times):
    found = complaint_curve(times, np.ones(len(times), bool))
    n = len(times)
    assert found.table["open_share"].tolist() == [
        sum(t > moment for t in times) / n for moment in sorted(set(times))
    ]
    assert found.median == sorted(times)[math.ceil(n / 2) - 1]
    assert found.undefined == ""
    assert time_to_close(found, 0.9)["time"][0] == sorted(times)[math.ceil(n * 0.9 - 1e-9) - 1]


@few
@given(cases(groups=3), st.randoms())
def test_the_order_of_cases_and_the_unit_of_time_do_not_matter(drawn, random):
    times, done, labels = drawn
    found = complaint_curve(times, done, by=labels)
    order = list(range(len(times)))
    random.shuffle(order)
    shuffled = [[column[place] for place in order] for column in drawn]
    assert complaint_curve(shuffled[0], shuffled[1], by=shuffled[2]) == found
    slower = complaint_curve(np.multiply(times, 8.0), done, by=labels)
    np.testing.assert_array_equal(slower.table["time"], 8 * found.table["time"])
    np.testing.assert_array_equal(slower.table["low"], found.table["low"])
    np.testing.assert_array_equal(slower.groups["median"], 8 * found.groups["median"])
    assert slower.test == found.test


@few
@given(cases(groups=3, least=2))
def test_groups_are_as_if_each_stood_alone_and_counts_add_up(drawn):
    times, done, labels = (np.array(column) for column in drawn)
    found = complaint_curve(times, done, by=labels)
    for place, label in enumerate(found.groups["group"]):
        alone = complaint_curve(times[labels == label], done[labels == label])
        part = found.table.where(group=label)
        for name in alone.table.columns:
            np.testing.assert_array_equal(part[name], alone.table[name])
        row = found.groups.row(group=label)
        assert (row["median"], row["low"], row["high"], row["undefined"]) == pytest.approx(
            (alone.median, alone.median_low, alone.median_high, alone.undefined), nan_ok=True
        )
        rows = slice(*found.ends[place : place + 2])
        assert set(found.table["group"][rows]) == {label}
        left = part["at_risk"] - part["closed"] - part["censored"]
        assert [*part["at_risk"][1:].tolist(), 0] == left.tolist()
        assert (np.diff(part["open_share"]) <= 0).all()
    whole = complaint_curve(times, done)
    assert whole.median == pytest.approx(found.median, nan_ok=True)
    assert (whole.median_low, whole.lacking) == pytest.approx(
        (found.median_low, found.lacking), nan_ok=True
    )
    assert found.groups["closed"].sum() == found.closed == sum(done)


@few
@given(cases(groups=3, least=3), st.integers(2, 4))
def test_large_counts_in_blocks_are_as_small_ones(drawn, times_over):
    times, done, labels = drawn
    codes = np.array([ord(label) - ord("a") for label in labels])
    curves = kaplan_meier(np.array(times, float), np.array(done), codes, 3)
    more = kaplan_meier(
        np.repeat(np.array(times, float), times_over),
        np.repeat(done, times_over),
        np.repeat(codes, times_over),
        3,
    )
    assert more.survival == close(curves.survival)
    assert (more.at_risk == times_over * curves.at_risk).all()
    assert log_rank(more).expected == close(times_over * log_rank(curves).expected)


@pytest.mark.parametrize("size", [2, 7])
def test_many_times_fall_into_several_blocks(size, monkeypatch):
    random = np.random.default_rng(size)
    times, done = random.integers(0, 200, 900), random.random(900) < 0.7
    labels = random.integers(0, size, 900)
    wanted = complaint_curve(times, done, by=labels)
    monkeypatch.setattr("servqual._stats.survival.BLOCK", 31)
    found = complaint_curve(times, done, by=labels)
    assert found.test["chi2"] == close(wanted.test["chi2"], 1e-10)
    assert found.groups["expected"] == close(wanted.groups["expected"])
    _, chi2, df = compared(times.tolist(), done.tolist(), labels.tolist())
    assert (found.test["chi2"][0], found.test["df"][0]) == close((chi2, df), 1e-9)


def test_many_groups_lose_no_digits():
    random = np.random.default_rng(5)
    times, done = random.exponential(size=4000), random.random(4000) < 0.8
    labels = np.repeat(np.arange(20), 200)
    found = complaint_curve(times, done, by=labels)
    alone = complaint_curve(times[-200:], done[-200:])
    last = found.table.where(group="19")
    for name in ("open_share", "se", "low", "high"):
        np.testing.assert_array_equal(last[name], alone.table[name])


def test_after_the_first_open_case_the_share_stays_where_nothing_is_closed():
    random = np.random.default_rng(2)
    times, done = random.random(3000), random.random(3000) < 0.5
    table = complaint_curve(times, done).table
    same = table["closed"][1:] == 0
    assert (table["open_share"][1:][same] == table["open_share"][:-1][same]).all()
    first = np.flatnonzero(table["closed"])[0]
    assert (table["open_share"][:first] == 1).all()


@few
@given(cases(groups=3))
def test_pooled_curves_are_that_of_all_cases(drawn):
    times, done, labels = drawn
    codes = np.array([ord(label) - ord("a") for label in labels])
    times, done = np.array(times, float), np.array(done)
    found = pooled(kaplan_meier(times, done, codes, 3))
    wanted = kaplan_meier(times, done, codes * 0, 1)
    for name in ("time", "at_risk", "events", "censored", "survival", "greenwood", "ends"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


# --- medians and other times ----------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 6, 10, 14, 26, 38])
def test_half_exactly_is_half_also_after_rounding(n):
    times, done = np.arange(1, n + 2.0), np.ones(n + 1, bool)
    done[0] = False  # and so S is a product: 9/10 · 8/9 · … · 5/6
    assert complaint_curve(times, done).median == n // 2 + 1
    assert crossings(np.array([0.5 * (1 + 1e-15)]), 0.5, np.array([0, 1])).tolist() == [0]
    assert crossings(np.array([0.5 * (1 + 1e-9)]), 0.5, np.array([0, 1])).tolist() == [-1]


def test_the_ends_of_the_median_come_from_the_band():
    found = complaint_curve(LUNG, DEAD)
    table = found.table
    assert found.median_low == table["time"][np.argmax(table["low"] <= 0.5)]
    assert found.median_high == table["time"][np.argmax(table["high"] <= 0.5)]
    assert found.median_low <= found.median <= found.median_high


def test_open_shares_between_before_and_beyond_the_times():
    found = open_share(complaint_curve(TIME, DONE, by={"side": SIDE}), [0, 1, 12.9, 13, 21, 22])
    assert found.keys == ("side", "time")
    first = found.where(side="a")
    assert first["open_share"][:4] == close([1, 2 / 3, 2 / 9, 2 / 9])
    assert first["at_risk"].tolist() == [6, 6, 1, 1, 0, 0]
    assert first["undefined"].tolist() == [""] * 4 + ["no case was seen for so long"] * 2
    assert np.isnan(first["open_share"][4:]).all()
    assert first["lacking"].tolist()[0] == "no error, no interval: no case is closed yet"
    second = found.where(side="b")
    assert second["open_share"] == close([1, 1, 0.625, 0.3125, 0.3125, NAN])
    assert second["at_risk"].tolist() == [6, 6, 2, 2, 1, 0]
    assert "log-log" in found.note


def test_when_all_are_closed_the_share_stays_0():
    found = open_share(complaint_curve([1, 2], [1, 1]), 7)
    assert found.row()["open_share"] == 0
    assert found.row()["lacking"] == "no error, no interval: all cases are closed"
    assert found.row()["undefined"] == ""


def test_times_of_shares_that_are_not_reached():
    found = time_to_close(complaint_curve(TIME, DONE, unit="hour"), (0.5, 0.75))
    assert found.title == "Time by which complaints are closed, in hours"
    row = found.row(share=0.75)
    assert math.isnan(row["time"])
    assert row["undefined"] == "75 % are not closed within the times observed"
    assert (row["low"], row["lacking"]) == (5, "")  # R: quantile(fit, .75)$lower
    assert found["n"].tolist() == [12, 12]
    by = time_to_close(complaint_curve(TIME, DONE, by=["a"] * 5 + ["b"] * 7), (0.5, 0.75))
    assert by["group"].tolist() == list("aabb")
    assert by["n"].tolist() == [5, 5, 7, 7]
    assert time_to_close(complaint_curve([3], [0]), 0.5).row()["undefined"] == "no case is closed"


def test_one_time_and_one_share():
    curve = complaint_curve(TIME, DONE, unit="hours")
    assert open_share(curve, 3)["open_share"].tolist() == [curve.table["open_share"][2]]
    assert open_share(curve, timedelta(minutes=180)) == open_share(curve, 3)
    assert open_share(curve, np.array([180], "timedelta64[m]")) == open_share(curve, 3)
    assert time_to_close(curve, 0.5)["time"].tolist() == [curve.median]
    assert time_to_close(curve)["share"].tolist() == [0.25, 0.5, 0.75, 0.9]


# --- nothing, little, and too little --------------------------------------------------------------


def test_all_cases_open():
    found = complaint_curve([1, 2, 2], [0, 0, 0])
    assert math.isnan(found.median)
    assert (found.undefined, found.lacking) == ("no case is closed", "")
    assert found.table["open_share"].tolist() == [1, 1]
    assert np.isnan(found.table["se"]).all()
    assert found.test["undefined"].tolist() == ["fewer than two groups with cases"]
    both = complaint_curve([1, 2, 2], [0, 0, 0], by=list("aab"))
    assert both.test["undefined"].tolist() == ["no case is closed while two groups have cases"]
    assert np.isnan(both.test["chi2"]).all()
    assert np.isnan(both.test["df"]).all()


def test_one_case_and_cases_closed_at_once():
    found = complaint_curve([4], [True])
    assert (found.median, found.n) == (4, 1)
    gone = ", and there is no band where all are closed"
    assert found.lacking == f"no interval: the band does not come down to 50 %{gone}"
    assert found.table["lacking"].tolist() == ["no error, no interval: all cases are closed"]
    assert complaint_curve(range(1, 41), [True] * 40).lacking == ""
    both = complaint_curve([4, 4, 4], [1, 1, 1], by=list("aab"))
    assert both.test["undefined"].tolist() == ["all cases are closed at once"]
    later = complaint_curve([1, 5, 6], [0, 1, 1], by=list("abb"))
    assert later.test["undefined"].tolist() == ["no case is closed while two groups have cases"]


def test_a_band_may_come_down_at_the_first_time():
    found = complaint_curve([1] * 99 + [2], [True] * 100)
    assert (found.median_low, found.median, found.median_high, found.lacking) == (1, 1, 1, "")


def test_a_group_that_is_at_risk_at_no_closing_takes_no_part():
    found = complaint_curve([1, 5, 6, 5, 9], [0, 1, 1, 1, 0], by=list("abbcc"))
    # R: survdiff(Surv(c(1, 5, 6, 5, 9), c(0, 1, 1, 1, 0)) ~ c(1, 2, 2, 3, 3))
    row = found.test.row()
    assert (row["chi2"], row["df"], row["p"]) == close((0.428571428571429, 1, 0.512690760261923))
    assert found.groups["expected"] == close([0, 1.5, 1.5])


def test_missing_durations_and_states_are_left_out_and_counted():
    found = complaint_curve([1, NAN, 3, None, 5], [1, 1, None, 0, NAN], by=list("aabbb"))
    assert (found.n, found.missing, found.closed) == (1, 4, 1)
    assert found.groups["missing"].tolist() == [1, 3]
    assert found.groups["undefined"].tolist() == ["", "no cases"]
    assert np.isnan(found.groups["median"][1])
    assert found.cautions == ("4 cases without a duration or `closed` left out",)
    assert f"caution: {found.cautions[0]}" in found.groups.note
    nothing = open_share(found, [2]).row(group="b")
    assert (nothing["undefined"], nothing["at_risk"]) == ("no cases", 0)
    assert math.isnan(nothing["open_share"])
    assert time_to_close(found, 0.5).row(group="b")["undefined"] == "no cases"
    none = complaint_curve([NAN], [1])
    assert (none.n, none.missing, none.undefined) == (0, 1, "no cases")
    assert len(none.table) == 0
    two = complaint_curve([NAN, NAN], [1, 0], by=["a", "b"])
    assert (two.undefined, two.groups["undefined"].tolist()) == ("no cases", ["no cases"] * 2)
    assert two.test["undefined"].tolist() == ["fewer than two groups with cases"]
    assert str(none).startswith("Time until complaints are closed")


def test_cases_without_a_label_are_a_group_that_is_not_tested():
    labels = ["a", "b", None, "a", "b", None]
    found = complaint_curve([1, 2, 3, 4, 5, 6], [1] * 6, by=labels)
    assert found.groups["group"].tolist() == ["a", "b", "(missing)"]
    assert found.groups["expected"][2] != found.groups["expected"][2]
    assert "not expected" in found.groups["lacking"][2]
    labelled = complaint_curve([1, 2, 4, 5], [1] * 4, by=list("abab"))
    assert found.test["chi2"].tolist() == labelled.test["chi2"].tolist()
    assert found.test["n"].tolist() == [4]
    assert "2 cases without a label left out" in found.test.note
    assert found.n == 6


def test_labels_that_look_alike_are_told():
    found = complaint_curve([1, 2, 3], [1, 1, 1], by=["North", "North", "north"])
    assert "'north' (1 case) differs from 'North' only in case" in found.cautions[0]
    lost = complaint_curve([1, 2, NAN, NAN], [1, 1, 1, 1], by=["North", "North", "north", "north"])
    assert "'north' (2 cases) differs from 'North' only in case" in lost.cautions[1]


def test_durations_of_0_count():
    found = complaint_curve([0.0, -0.0, 3], [1, 1, 1])
    assert found.table["time"].tolist() == [0, 3]
    assert found.table["closed"].tolist() == [2, 1]
    assert found.median == 0


# --- how cases come -------------------------------------------------------------------------------


def test_every_kind_of_column_gives_the_same():
    wanted = complaint_curve(TIME, DONE, by=SIDE)
    for times in (np.array(TIME), tuple(TIME), pd.Series(TIME), pl.Series(TIME), np.float32(TIME)):
        assert complaint_curve(times, DONE, by=SIDE) == wanted
    assert complaint_curve([str(t) for t in TIME], DONE, by=SIDE) == wanted
    for done in (np.array(DONE, bool), pd.array(DONE, "boolean"), pl.Series(DONE), list(DONE)):
        assert complaint_curve(TIME, done, by=SIDE) == wanted
    frame = pd.DataFrame({"group": SIDE})
    for labels in (np.array(SIDE), pd.Series(SIDE), pl.Series(SIDE), {"group": SIDE}, frame):
        assert complaint_curve(TIME, DONE, by=labels) == wanted
    hidden = np.ma.array(TIME, mask=[row == 3 for row in range(12)])
    assert complaint_curve(hidden, DONE).missing == 1
    assert complaint_curve(TIME, pd.array([None, *DONE[1:]], "boolean")).missing == 1


def test_labels_in_a_series_and_in_several_columns():
    named = complaint_curve(TIME, DONE, by=pd.Series(SIDE, name="office"))
    assert named.by == ("office",)
    halves = ["x", "y"] * 6
    both = complaint_curve(TIME, DONE, by={"side": SIDE, "half": halves})
    assert both.by == ("side", "half")
    assert both.groups.row(side="a", half="x")["n"] == 3
    assert both.table.keys == ("side", "half", "time")
    assert set(both.table["half"]) == {"x", "y"}
    same = complaint_curve(TIME, DONE, by=[a + b for a, b in zip(SIDE, halves, strict=True)])
    assert same.test["chi2"].tolist() == both.test["chi2"].tolist()


def test_spans_of_time_are_counted_in_the_unit():
    wanted = complaint_curve([1.5, 3, NAN], [1, 1, 1], unit="hour")
    spans = np.array([90, 180, "NaT"], "timedelta64[m]")
    objects = [timedelta(minutes=90), timedelta(hours=3), None]
    for given_ in (spans, pd.Series(spans), objects, [pd.Timedelta("90min"), "3", pd.NaT]):
        assert complaint_curve(given_, [1, 1, 1], unit="h") == wanted
    hidden = np.ma.array(spans.astype("timedelta64[ns]"), mask=[False, True, False])
    assert complaint_curve(hidden, [1, 1, 1], unit="hour").missing == 2
    assert wanted.groups.title == "Time until complaints are closed, in hours"
    assert complaint_curve([1], [1], unit="working days").unit == "working day"
    refused(lambda: complaint_curve(spans, [1, 1, 1]), "`durations`: times need a unit")


BAD = [
    ([1, -2, -3], [1, 1, 1], {}, r"`durations` must be 0 or more.*got -2 \(row 2; 2 such"),
    ([1, math.inf], [1, 1], {}, r"`durations` must be .* finite, got inf \(row 2\)"),
    (["1", "x"], [1, 1], {}, r"`durations` must be numbers, got 'x' \(row 2\)"),
    ([[1, 2]], [1, 1], {}, "`durations` must be a number for each case"),
    ([[1], [1, 2]], [1, 1], {}, "`durations` must be"),
    ([], [], {}, "at least one"),
    (3, [1], {}, "TypeError.*`durations`"),
    (np.array(["2026-01-01"], "M8[ns]"), [1], {}, "TypeError.*got dates.*_from_cases"),
    ([1, 2], [1, 2], {}, r"`closed` must be True or False.*got 2 \(row 2\)"),
    ([1, 2], ["yes", "no"], {}, r"`closed` must be numbers, got 'yes'.*compare words"),
    ([1, 2], [1], {}, "`closed` must be .* for each case, got 1 for 2 durations"),
    ([1, 2], [1, 0], {"by": ["a"]}, r"`by\['group'\]` must have a label for each of 2 rows"),
    ([1, 2], [1, 0], {"by": "office"}, "TypeError.*`by` must be the label of each case"),
    ([1, 2], [1, 0], {"by": {"time": "ab"}}, "TypeError.*must map names to columns"),
    ([1, 2], [1, 0], {"by": {"time": ["a", "b"]}}, "`by`: 'time' is the name of a column"),
    ([1, 2], [1, 0], {"by": 4}, "TypeError"),
    ([1, 2], [1, 0], {"by": {}}, "`by` must map names to columns, got none"),
    ([1, 2], [1, 0], {"confidence": 1}, "`confidence` must lie between 0 and 1"),
    ([1, 2], [1, 0], {"unit": 3}, "TypeError.*`unit`"),
]


@pytest.mark.parametrize(("times", "done", "asked", "said"), BAD)
def test_bad_input(times, done, asked, said):
    refused(lambda: complaint_curve(times, done, **asked), said)


def test_columns_in_another_order_are_refused():
    times, labels = pd.Series([1, 2]), pd.Series(["a", "b"], index=[1, 0])
    said = "`closed` must have the index of `durations`, got another; put both in one order"
    refused(lambda: complaint_curve(times, pd.Series([1, 0], index=[1, 0])), said)
    refused(lambda: complaint_curve(times, [1, 1], by=labels), r"`by\['group'\]` must have the ind")


def test_bad_questions():
    curve = complaint_curve(TIME, DONE)
    refused(lambda: open_share(TIME, 3), "TypeError.*`curve` must be ComplaintCurve")
    refused(lambda: time_to_close(TIME), "TypeError.*`curve` must be ComplaintCurve")
    refused(lambda: open_share(curve, [1, -1]), r"`times` must be 0 or more .*-1 \(row 2\)")
    refused(lambda: open_share(curve, [NAN]), r"`times` must be .*nan \(row 1\)")
    refused(lambda: open_share(curve, []), "at least one")
    refused(lambda: open_share(curve, timedelta(1)), "times need a unit")
    refused(lambda: time_to_close(curve, [0.5, 1]), "`shares` must lie between 0 and 1")
    refused(lambda: time_to_close(curve, [0.5, 0.5]), "`shares` must be different")
    refused(lambda: time_to_close(curve, []), "`shares` must be at least one")


def test_one_duration_far_beyond_all_others_is_told():
    usual, beyond = [*range(1, 10)], "as long as any other: look whether that is so"
    found = complaint_curve([100, *usual], [1] * 10, unit="day")
    assert found.cautions == (f"one case was open for 100 days (row 1), 11 times {beyond}",)
    assert complaint_curve([90, *usual], [1] * 10).cautions == ()  # ten times, and no more
    assert complaint_curve([100, *usual[1:]], [1] * 9).cautions == ()  # of nine there is no saying
    two = complaint_curve([*usual, 100, 100, NAN], [1] * 12)
    assert two.cautions[1].startswith("2 cases were open for 100 (row 10), 11 times")
    unknown = complaint_curve([*usual, 10, 5_000], [1] * 10 + [None])
    assert len(unknown.cautions) == 1  # it is left out: nobody knows whether it is closed
    assert complaint_curve([0] * 10 + [5], [1] * 11).cautions == ()


def test_the_note_has_all_cases_together_where_there_are_groups():
    times = [*range(1, 11)]
    found = complaint_curve(times, [1] * 9 + [0], by=list("ab") * 5, unit="hour")
    ends = f"{found.median_low:.3f} to {found.median_high:.3f}"
    assert f"all together: median 5.000 ({ends}), n 10, 1 open; expected: " in found.groups.note
    alone = complaint_curve(times, [1] * 9 + [0])
    assert "together" not in alone.groups.note
    assert "expected: how many would be closed" in alone.groups.note
    still = complaint_curve([1, 2], [0, 0], by=["a", "b"])
    assert "all together: no median, no case is closed, n 2, 2 open" in still.groups.note
    few = complaint_curve([1, 2, 3], [1, 1, 0], by=list("aab"))
    assert f"median 2.000 ({few.median_low:.3f} to –)" in few.groups.note


# --- logs of cases --------------------------------------------------------------------------------

OPENED = ["2026-03-01 08:00", "2026-03-01 12:00", "2026-03-02 00:00", "2026-03-03 06:00"]
CLOSED = ["2026-03-01 20:00", "", "2026-03-02 00:00", "2026-03-03 12:00"]


def log(**columns):
    return {"opened": OPENED, "closed": CLOSED} | columns


def test_open_cases_are_open_until_the_end_of_the_log():
    found = complaint_curve_from_cases(log(), until="2026-03-03 18:00")
    wanted = complaint_curve([12, 54, 0, 6], [1, 0, 1, 1], unit="hour")
    assert found.table == wanted.table
    assert found.median == wanted.median == 6
    assert found.cautions == ("1 case closed at the moment of opening",)
    days = complaint_curve_from_cases(log(), until="2026-03-03 18:00", unit="days")
    np.testing.assert_allclose(days.table["time"], wanted.table["time"] / 24)
    assert days.unit == "day"


def test_without_an_end_the_latest_date_is_it():
    found = complaint_curve_from_cases(log())
    assert found.table["time"].max() == 48
    assert found.cautions[-1] == (
        "open cases are open until 2026-03-03 12:00:00, the latest in the log: give `until`"
    )
    assert f"caution: {found.cautions[-1]}" in found.groups.note
    done = complaint_curve_from_cases({"opened": [1, 2], "closed": [2, 4]})
    assert done.cautions == ()
    late = complaint_curve_from_cases({"opened": [1, 9], "closed": [4, NAN]})
    assert late.table["time"].tolist() == [0, 3]
    assert "until 9, " in late.cautions[0]


def test_a_case_of_another_century_is_told_with_its_row():
    opened = [f"2026-03-{day:02} 08:00" for day in range(1, 13)]
    opened[0], opened[3] = "2027-01-01", "1925-03-04 08:00"  # the first is opened after the end
    cases = {"opened": opened, "closed": ["2026-03-12 20:00"] * 12}
    cases["closed"][0] = ""
    (late, odd) = complaint_curve_from_cases(cases, until="2026-03-13", unit="day").cautions
    assert "opened after" in late
    assert odd == (
        "one case was open for 36,898.5 days (row 4), 3,514 times as long as any other: "
        "see its dates"
    )


def test_what_comes_after_the_end():
    found = complaint_curve_from_cases(log(), until="2026-03-01 18:00")
    assert (found.n, found.too_late, found.open, found.closed) == (2, 2, 2, 0)
    assert found.table["time"].tolist() == [6, 10]
    assert found.cautions == (
        "1 case closed after `until` counted as open",
        "2 cases opened after `until` left out",
    )
    unknown = {"opened": [None, 1], "closed": [9, 3]}
    (said,) = complaint_curve_from_cases(unknown, until=5).cautions
    assert said == "1 case without a duration or `closed` left out"
    by = complaint_curve_from_cases(
        log(), until="2026-03-01 18:00", by={"office": ["a", "b", "c", "c"]}
    )
    assert by.groups["office"].tolist() == ["a", "b"]
    refused(
        lambda: complaint_curve_from_cases(log(), until=date(2026, 1, 1)),
        "`until` must not come before all openings, got 2026-01-01",
    )
    exact = complaint_curve_from_cases(log(), until="2026-03-03 12:00")  # when the last is closed
    assert exact.closed == 3


def test_every_kind_of_dates_gives_the_same():
    until = "2026-03-03 18:00"
    wanted = complaint_curve_from_cases(log(office=list("aabb")), until=until, by="office")
    dates = pd.DataFrame(log(office=list("aabb"))).assign(
        opened=pd.to_datetime(OPENED), closed=pd.to_datetime(pd.Series(CLOSED).replace("", None))
    )
    zoned = dates.assign(
        opened=dates["opened"].dt.tz_localize("Asia/Tokyo"),
        closed=dates["closed"].dt.tz_localize("Asia/Tokyo"),
    )
    assert complaint_curve_from_cases(dates, until=pd.Timestamp(until), by="office") == wanted
    frame = pl.from_pandas(dates)
    assert complaint_curve_from_cases(frame.lazy(), until=until, by="office") == wanted
    assert complaint_curve_from_cases(frame, until=datetime(2026, 3, 3, 18), by="office") == wanted  # noqa: DTZ001 (as in the log)
    found = complaint_curve_from_cases(
        zoned, until=datetime(2026, 3, 3, 9, tzinfo=UTC), by={"office": list("aabb")}
    )
    assert found == wanted
    numbers = {"from": [8, 12, 24, 54], "to": [20, NAN, 24, 60]}
    plain = complaint_curve_from_cases(numbers, opened="from", closed=1, until=66)
    assert plain.table == complaint_curve_from_cases(log(), until=until).table


def test_missing_openings_and_no_closing_at_all():
    found = complaint_curve_from_cases(log(opened=["", *OPENED[1:]]), until="2026-03-03 18:00")
    assert (found.missing, found.n) == (1, 3)
    none = complaint_curve_from_cases(log(closed=[None] * 4), until="2026-03-03 18:00")
    assert (none.open, none.undefined) == (4, "no case is closed")
    assert none.table["time"].tolist() == [12, 42, 54, 58]
    nothing = complaint_curve_from_cases({"opened": [NAN], "closed": [NAN]})
    assert (nothing.n, nothing.missing, nothing.undefined) == (0, 1, "no cases")


BAD_LOGS = [
    (log(closed=[*CLOSED[:3], "2026-03-03 05:00"]), {}, r"`closed` must not come before .*row 4"),
    (log(closed=[1, 2, 3, 4]), {}, "must both be dates or both numbers, got dates and numbers"),
    (log(closed=["3/1/2026 8:00", "", "", ""]), {}, r"`closed` must be dates as .*row 1.*pandas"),
    (log(opened=[f"{t}Z" for t in OPENED]), {}, "`closed` must have a zone in all rows or in none"),
    (log(), {"until": "2026-03-03 18:00Z"}, "`until` must have a zone in all rows or in none"),
    (log(), {"until": 5}, "`until` must be a date, as the times of the cases are, got 5"),
    (log(), {"until": ""}, "`until` must be a date"),
    (log(), {"until": "soon"}, "`until` must be dates as"),
    (log(), {"closed": "close"}, "`closed`: the mapping has no column 'close'; the nearest"),
    (log(), {"by": "office"}, "`by`: the mapping has no column 'office'"),
    (log(), {"unit": "week"}, "`unit` must be a unit of time"),
    ({"opened": [1, 2], "closed": [2, math.inf]}, {}, r"`closed` must be finite, got inf \(row 2"),
    ({"opened": [1, 2], "closed": [2, 3]}, {"until": "2026"}, "`until` must be .* number"),
    ({"opened": [], "closed": []}, {}, "at least one row"),
    ([1, 2, 3], {}, "`cases` must be a table"),
    ("cases.csv", {}, "TypeError.*read files first"),
]


@pytest.mark.parametrize(("frame", "asked", "said"), BAD_LOGS)
def test_bad_logs(frame, asked, said):
    refused(lambda: complaint_curve_from_cases(frame, **asked), said)


# --- what results look like -----------------------------------------------------------------------


def test_groups_come_first_and_a_test_only_where_there_are_groups():
    alone, both = complaint_curve(TIME, DONE), complaint_curve(TIME, DONE, by=SIDE)
    assert "log-rank" not in str(alone)
    assert str(both).index("Time until") < str(both).index("log-rank") < str(both).index("Share of")
    assert alone.groups.keys == ()
    assert alone.table.keys == ("time",)
    assert alone == complaint_curve(TIME, DONE)
    assert alone != both
    with pytest.raises(ValueError, match="read-only"):
        alone.table["open_share"][0] = 1
    assert not alone.ends.flags.writeable


def test_input_is_not_changed_and_not_kept():
    times, done = np.array(TIME, float), np.array(DONE, bool)
    before = times.copy()
    found = complaint_curve(times, done)
    np.testing.assert_array_equal(times, before)
    times[:] = 99
    assert found.table["time"].max() == 21


def test_open_cases_lift_the_median():
    random = np.random.default_rng(1)
    true, until = random.exponential(10, 4000), random.uniform(0, 20, 4000)
    found = complaint_curve(np.minimum(true, until), true < until)
    assert abs(found.median - 10 * math.log(2)) < 4 * (found.median_high - found.median_low) / 3.92
    assert np.median(true[true < until]) < 0.7 * found.median  # of the closed ones alone


@few
@given(cases(groups=2, least=4))
def test_swapping_the_labels_changes_no_test(drawn):
    times, done, labels = drawn
    assume(len(set(labels)) == 2)
    swapped = ["a" if label == "b" else "b" for label in labels]
    first, second = (complaint_curve(times, done, by=side).test for side in (labels, swapped))
    assert first["chi2"] == pytest.approx(second["chi2"], rel=1e-9, abs=1e-12, nan_ok=True)
