"""Worksheets: worked values, points by hand, effects of assessors by brute force, bad input."""

import datetime as dt
import math
import re
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations

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
from servqual.checklists import Checklist, ChecklistItem, Element, checklist
from servqual.checklists.worksheets import worksheet_scores
from servqual.rankings import league_table, league_table_from_scores

from .effort import effort

NAN = math.nan
some = effort(20)
few = effort(10)
HALL = checklist("hall-worksheet")
ESTIMATES = ("mean", "net", "per_item", "share")
UNITS = st.sampled_from("ABC")
ASSESSORS = st.sampled_from(["Li", "Wu", "Xu", "Yu"])


def refused(said, *values, **options):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        worksheet_scores(*values, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")
    assert "\n" not in str(error.value)


def close(wanted, rel=1e-9, least=1e-9):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def sheet(*items, scale=(0, 10), weights=None):
    """Return a checklist with these items, (code, key, weight), each of its own element."""
    elements = [
        Element(
            code=code.upper(),
            name=code,
            items=[ChecklistItem(code=code, key=key, weight=weight)],
            weight=of_element,
        )
        for (code, key, weight), of_element in zip(
            items, weights or [1.0] * len(items), strict=True
        )
    ]
    return Checklist(code="sheet", name="Sheet", elements=elements, scale=sq.Scale(*scale))


ONE_CHECK = {"x": [1], "u": ["A"]}
ONE = sheet(("x", "good", 1.0))
WIDE = sheet(("x", "good", 1.0), scale=(0, 1000))


def graded(grades, **columns):
    """Return checks of the hall that have the same grade for each item."""
    return dict.fromkeys(HALL.item_codes, grades) | columns


def alike(found, other, but=()):
    """See that two Tables have the same cells, numbers but for rounding."""
    assert found.columns == other.columns
    for name in found.columns:
        if name in but:
            continue
        if found[name].dtype.kind == "f":
            assert found[name] == close(other[name]), name
        else:
            assert found[name].tolist() == other[name].tolist(), name


# --- worked values --------------------------------------------------------------------------------


def test_eleven_items_make_97_and_8_818_an_item():
    # seeds row 47 [ID]: 11 items 9,8,10,7,9,8,10,9,8,9,10 → 97, mean 8.818
    grades = (9, 8, 10, 7, 9, 8, 10, 9, 8, 9, 10)
    checks = {code: [grade] for code, grade in zip(HALL.item_codes, grades, strict=True)}
    found = worksheet_scores(HALL, checks | {"clerk": ["Li"]}, unit="clerk")
    row = found.table.row()
    assert (row["checks"], row["sum"], row["mean"]) == (1, 97.0, 97.0)
    assert row["per_item"] == pytest.approx(8.818181818181818, abs=1e-12)
    assert row["share"] == close(97 / 110)
    assert (found.lowest, found.highest, found.n) == (0.0, 110.0, 1)
    assert found.checks.row()["points"] == 97.0


def test_the_worksheet_of_the_hall_has_more_than_ten_items():
    # seeds row 47: more than ten indicators
    assert len(HALL.items) == 11
    assert (HALL.scale.low, HALL.scale.high) == (0, 10)
    found = worksheet_scores(HALL, graded([9], u=["a"]), unit="u")
    assert not any("more than ten" in x for x in found.cautions)


def test_deductions_come_off_the_sum():
    # seeds row 48: an account manager's month, with a column of deductions for complaints
    manager = checklist("account-manager-worksheet")
    checks = {code: [8, 9, 10] for code in manager.item_codes} | {
        "off": [0, 5, None],
        "u": ["a"] * 3,
    }
    found = worksheet_scores(manager, checks, unit="u", deductions="off")
    row, items = found.table.row(), len(manager.items)
    assert (row["sum"], row["deductions"], row["net_sum"]) == (27 * items, 5, 27 * items - 5)
    assert (row["mean"], row["net"]) == close((9 * items, 9 * items - 5 / 3))
    assert f"{items} items: the documents' worksheet has more than ten" in found.cautions
    yes_no = worksheet_scores(sheet(("x", "good", 1.0), scale=(0, 1)), ONE_CHECK, unit="u")
    assert not any("more than ten" in x for x in yes_no.cautions)


def test_a_complaint_without_a_check_counts_to_the_sum_and_is_no_check():
    checks = graded([8, None, None], clerk=["Li", "Li", "Wu"], off=[0, 10, 4])
    found = worksheet_scores(HALL, checks, unit="clerk", deductions="off")
    one, other = found.table.row(unit="Li"), found.table.row(unit="Wu")
    assert (one["checks"], one["mean"], one["net"], one["net_sum"]) == (1, 88, 78, 78)
    assert (other["checks"], other["deductions"], other["net_sum"]) == (0, 4, -4)
    assert (other["sum"], other["undefined"]) == (0, "no check")
    assert np.isnan([other[name] for name in (*ESTIMATES, "sd", "se", "low", "high")]).all()
    assert found.units.row(unit="Wu")["undefined"] == "no check"
    assert found.checks["undefined"].tolist() == ["", "no answers", "no answers"]
    assert found.n == 1
    assert not any("without an answer" in x for x in found.cautions)


def test_a_sum_rewards_those_who_were_checked_more():
    checks = graded([8, 8, 9], clerk=["Li", "Li", "Wu"])
    found = worksheet_scores(HALL, checks, unit="clerk")
    assert found.table["sum"].tolist() == [176, 99]
    assert found.table["mean"].tolist() == [88, 99]
    assert (
        found.cautions[0] == "the raw sum puts 'Li' above 'Wu', though 'Wu' has more points a check"
    )


# --- points of a check, and of units and periods --------------------------------------------------

SCALES = [(0, 10), (1, 5), (-3, 3)]


@st.composite
def worksheets(draw):
    """Draw a checklist, and checks with holes, units, months and deductions."""
    low, high = draw(st.sampled_from(SCALES))
    size = draw(st.integers(1, 4))
    items = [
        (
            f"i{n}",
            draw(st.sampled_from(["good", "good", "bad", "neutral"])),
            draw(st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0])),
        )
        for n in range(size)
    ]
    weights = [draw(st.sampled_from([0.0, 1.0, 1.0, 3.3])) for _ in items]
    assume(any(k != "neutral" and w * v for (_, k, w), v in zip(items, weights, strict=True)))
    n = draw(st.integers(1, 9))
    cell = st.one_of(st.none(), st.just("n/a"), *[st.integers(low, high)] * 4)
    several = {"min_size": n, "max_size": n}
    checks = {code: draw(st.lists(cell, **several)) for code, _, _ in items}
    checks["unit"] = draw(st.lists(UNITS, **several))
    checks["time"] = draw(
        st.lists(st.sampled_from(["2025-12-31", "2026-01-01", "2026-01-31"]), **several)
    )
    checks["off"] = draw(st.lists(st.sampled_from([0, 0, 1.5, 4, None]), **several))
    return items, weights, (low, high), checks, draw(st.sampled_from([0.0, 0.3, 0.5, 1.0]))


def points_of(case):
    """Return the points and the coverage of each check by loops over exact fractions."""
    items, weights, (low, high), checks, least = case
    scored = [
        (code, key, Fraction(weight) * Fraction(of_element))
        for (code, key, weight), of_element in zip(items, weights, strict=True)
        if key != "neutral" and weight and of_element
    ]
    whole = sum(weight for _, _, weight in scored)
    found = []
    for row in range(len(checks["unit"])):
        given_ = [
            (low + high - checks[code][row] if key == "bad" else checks[code][row], weight)
            for code, key, weight in scored
            if isinstance(checks[code][row], int)
        ]
        coverage = len(given_) / len(scored)
        points = NAN
        if given_ and coverage >= least:
            mean = sum(x * w for x, w in given_) / sum(w for _, w in given_)
            points = float(mean * whole)
        found.append((points, coverage))
    return found, float(whole)


def scored_by(case, **options):
    items, weights, scale, checks, least = case
    made = sheet(*items, scale=scale, weights=weights)
    asked = {"unit": "unit", "time": "time", "deductions": "off", "min_coverage": least}
    return worksheet_scores(made, checks, **asked | options)


@given(case=worksheets())
@some
def test_points_are_weighted_means_times_all_weights(case):
    found, (points, whole) = scored_by(case), points_of(case)
    assert found.checks["points"] == close([x for x, _ in points])
    assert found.checks["coverage"] == close([x for _, x in points])
    low, high = case[2]
    assert (found.lowest, found.highest) == close((low * whole, high * whole))
    assert found.n == sum(not math.isnan(x) for x, _ in points)
    for row, (worth, coverage) in zip(found.checks.rows(), points, strict=True):
        said = "no answers" if not coverage else f"coverage below {case[4]:g}"
        assert row["undefined"] == (said if math.isnan(worth) else "")


@given(case=worksheets(), confidence=st.sampled_from([0.5, 0.9, 0.99]))
@some
def test_units_and_periods_have_the_sums_and_means_of_their_checks(case, confidence):
    found, (points, whole) = scored_by(case, confidence=confidence), points_of(case)
    checks, (low, high) = case[3], (x * whole for x in case[2])
    groups = defaultdict(list)
    off = Counter()
    for place, key in enumerate(zip(checks["unit"], [x[:7] for x in checks["time"]], strict=True)):
        groups[key].append(points[place][0])
        off[key] += checks["off"][place] or 0
    assert [*zip(found.table["unit"], found.table["period"], strict=True)] == sorted(groups)
    for row in found.table.rows():
        key = row["unit"], row["period"]
        own = [x for x in groups[key] if not math.isnan(x)]
        n = len(own)
        assert (row["checks"], row["sum"]) == (n, close(sum(own)))
        assert (row["deductions"], row["net_sum"]) == close((off[key], sum(own) - off[key]))
        assert row["undefined"] == ("" if n else "no check")
        mean = np.mean(own) if n else NAN
        per_check = (
            (mean, mean - off[key] / n, mean / whole, (mean - low) / (high - low))
            if n
            else [NAN] * 4
        )
        assert [row[name] for name in ESTIMATES] == close(per_check)
        if n > 1 and np.ptp(own) > 1e-9:
            sd = np.std(own, ddof=1)
            half = stats.t.ppf(0.5 + confidence / 2, n - 1) * sd / math.sqrt(n)
            ends = max(low, mean - half), min(high, mean + half)
            assert (row["sd"], row["se"]) == close((sd, sd / math.sqrt(n)))
            assert [row["low"], row["high"]] == close(ends)
            assert row["lacking"] == ""
        else:
            assert np.isnan([row["low"], row["high"]]).all()
            why = {0: "", 1: "no interval: one check"}.get(n, "no interval: checks alike")
            assert row["lacking"] == why


@given(case=worksheets())
@some
def test_the_sum_is_the_mean_times_the_checks_and_stays_within_what_is_possible(case):
    found = scored_by(case)
    table = found.table.take(np.flatnonzero(found.table["checks"] > 0))
    for own in (table, found.units.take(np.flatnonzero(found.units["checks"] > 0))):
        assert own["sum"] == close(own["mean"] * own["checks"])
        assert own["mean"] == close(np.clip(own["mean"], found.lowest, found.highest))
    assert ((table["mean"] >= found.lowest) & (table["mean"] <= found.highest)).all()
    assert table["net_sum"] == close(table["net"] * table["checks"])
    assert ((table["share"] >= 0) & (table["share"] <= 1)).all()
    assert (table["net_sum"] <= table["sum"]).all()
    assert table["sum"].sum() == close(np.nansum(found.checks["points"]))
    known = ~np.isnan(table["low"])
    assert (table["low"][known] <= table["mean"][known]).all()
    assert (table["mean"][known] <= table["high"][known]).all()


@given(case=worksheets(), shuffled=st.randoms(use_true_random=False))
@few
def test_the_order_of_checks_changes_nothing(case, shuffled):
    order = [*range(len(case[3]["unit"]))]
    shuffled.shuffle(order)
    moved = {name: [column[place] for place in order] for name, column in case[3].items()}
    one, other = scored_by(case), scored_by((*case[:3], moved, case[4]))
    alike(one.table, other.table)
    alike(one.units, other.units, but=["network"])


@given(case=worksheets())
@few
def test_a_log_is_the_same_as_a_frame(case):
    checks, codes = case[3], [code for code, _, _ in case[0]]
    n = len(checks["unit"])
    assume(n > 1)
    log = {
        "check": np.repeat(np.arange(n) + 1, len(codes)),
        "item": np.tile(codes, n),
        "answer": [checks[code][row] for row in range(n) for code in codes],
        "off": [
            checks["off"][row] if code == codes[-1] else None for row in range(n) for code in codes
        ],
        **{name: np.repeat(checks[name], len(codes)) for name in ("unit", "time")},
    }
    columns = {"check": "check", "item": "item", "answer": "answer"}
    found = scored_by((*case[:3], log, case[4]), **columns)
    wanted = scored_by(case)
    for name in ("table", "units", "checks"):
        alike(getattr(found, name), getattr(wanted, name))
    assert found.cautions == wanted.cautions


@given(case=worksheets())
@few
def test_turning_every_key_mirrors_the_points(case):
    turn = {"good": "bad", "bad": "good", "neutral": "neutral"}
    turned = [(code, turn[key], weight) for code, key, weight in case[0]]
    one, other = scored_by(case), scored_by((turned, *case[1:]))
    assert one.lowest + one.highest - other.checks["points"] == close(one.checks["points"])


def test_deductions_of_a_log_add_up():
    log = {
        "check": ["a", "a", "b"],
        "item": ["x", "y", "x"],
        "answer": [8, 6, 10],
        "off": [1, 2, 4],
        "unit": ["Li"] * 3,
    }
    made = sheet(("x", "good", 1.0), ("y", "good", 1.0))
    found = worksheet_scores(
        made, log, unit="unit", deductions="off", check="check", item="item", answer="answer"
    )
    assert found.checks["points"].tolist() == [14, 20]
    assert found.checks["deductions"].tolist() == [3, 4]
    assert found.table.row()["net_sum"] == 27


BLANKS = ["", "-", None, " n/a ", "3", 2]


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, "numpy", "polars", "log"])
def test_blank_deductions_are_0(kind):
    off, wanted = BLANKS, [0, 0, 0, 0, 3, 2]
    if kind in ("numpy", "polars"):
        off, wanted = ["", "-", "NA", " n/a ", "3", "2,5"], [0, 0, 0, 0, 3, 2.5]
    checks = {"x": [5] * 6, "u": ["A"] * 6, "off": off}
    asked = {"unit": "u", "deductions": "off"}
    if kind == "numpy":
        checks["off"] = np.array(off)
    elif kind == "polars":
        checks = pl.DataFrame(checks)
    elif kind == "log":
        checks = checks | {"c": [*"abcdef"], "i": ["x"] * 6}
        asked |= {"check": "c", "item": "i", "answer": "x"}
    else:
        checks = kind(checks)
    found = worksheet_scores(ONE, checks, **asked)
    assert found.checks["deductions"].tolist() == wanted
    assert found.table.row()["deductions"] == sum(wanted)


def test_checks_may_have_names():
    found = worksheet_scores(
        ONE, {"x": [5, 7], "u": ["A", "A"], "no": ["c-7", "c-3"]}, unit="u", check="no"
    )
    assert found.checks["check"].tolist() == ["c-7", "c-3"]
    assert found.checks["points"].tolist() == [5, 7]


# --- sums against means ---------------------------------------------------------------------------


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from("12"), st.integers(0, 4)),
        min_size=2,
        max_size=16,
    )
)
@some
def test_a_pair_that_the_sum_orders_against_the_mean_is_said(rows):
    units, months, grades = zip(*rows, strict=True)
    checks = {"x": grades, "unit": units, "month": [f"2026-0{month}" for month in months]}
    found = worksheet_scores(ONE, checks, unit="unit", time="month")
    against = {
        (a["unit"], b["unit"], a["period"])
        for one, other in combinations(found.table.rows(), 2)
        for a, b in ((one, other), (other, one))
        if a["period"] == b["period"] and a["sum"] > b["sum"] and a["mean"] < b["mean"] - 1e-9
    }
    said = [x for x in found.cautions if "raw sum" in x]
    assert len(said) == bool(against)
    if against:
        form = r"the raw sum puts '(.)' above '(.)' in (\S+), though '.' has more points a check"
        assert re.fullmatch(form, said[0]).groups() in against
        assert f"caution: {said[0]}" in found.table.note


def test_deductions_are_spread_over_checks_that_differ():
    checks = {"x": [8, 8, 8], "u": ["A", "A", "B"], "off": [4, 0, 4], "t": ["2026-01"] * 3}
    asked = {"unit": "u", "deductions": "off", "time": "t"}
    found = worksheet_scores(ONE, checks, **asked)
    assert found.table["net"].tolist() == [6, 4]
    assert found.units["adjusted"].tolist() == [8, 8]  # deductions are not in it
    assert any("deductions are spread over checks" in x for x in found.cautions)
    for other in ({"off": [0, 0, 0]}, {"t": ["2026-01", "2026-02", "2026-01"], "off": [0, 4, 0]}):
        quiet = worksheet_scores(ONE, checks | other, **asked).cautions
        assert not any("spread over" in x for x in quiet)


# --- assessors ------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Fit:
    """Two-way least squares with dummies, by the pseudo-inverse; each estimate as Σ c·points."""

    blocks: list
    assessors: list
    block_groups: list
    groups: list
    effects: np.ndarray
    adjusted: np.ndarray
    effect_rows: np.ndarray
    adjusted_rows: np.ndarray
    variance: float
    df: int


def fit_of(points, blocks, assessors):
    """Fit points = block + assessor; effects have a weighted mean of 0 in each linked group."""
    points = np.asarray(points, float)
    names, people = sorted(set(blocks)), sorted(set(assessors))
    left = np.array([[float(b == name) for name in names] for b in blocks])
    right = np.array([[float(a == who) for who in people] for a in assessors])
    design = np.hstack([left, right])
    solved = np.linalg.pinv(design)
    coefficients, _, rank, _ = np.linalg.lstsq(design, points, rcond=None)
    rest = points - design @ coefficients
    group = dict.fromkeys([*names, *people])
    for node in group:  # whoever shares a check is linked, until nothing changes
        group[node] = node
    changed = True
    while changed:
        changed = False
        for b, a in zip(blocks, assessors, strict=True):
            least = min(group[b], group[a])
            changed |= {group[b], group[a]} != {least}
            group[b] = group[a] = least
    rows = solved[len(names) :]
    given_ = right.sum(axis=0)
    centred = rows.copy()
    for one in set(group.values()):
        own = [place for place, who in enumerate(people) if group[who] == one]
        if own:
            centred[own] -= given_[own] @ rows[own] / given_[own].sum()
    shares = left.T @ right / left.sum(axis=0)[:, None]
    adjusted = left.T / left.sum(axis=0)[:, None] - shares @ centred
    df = len(points) - int(rank)
    off = rest @ rest
    off = 0.0 if off < 1e-10 * len(points) else off
    return Fit(
        names,
        people,
        [group[name] for name in names],
        [group[who] for who in people],
        centred @ points,
        adjusted @ points,
        centred,
        adjusted,
        off / df if df else NAN,
        df,
    )


def together(who, month):
    """Return the label of assessor and month together."""
    return [f"{w} {m}" for w, m in zip(who, month, strict=True)]


def met_others(fit):
    counts = Counter(fit.groups)
    return [counts[group] > 1 for group in fit.groups]


ROWS = st.lists(
    st.tuples(UNITS, st.sampled_from(["2026-01", "2026-02"]), ASSESSORS, st.integers(0, 10)),
    min_size=1,
    max_size=18,
)


def checked(rows, made=ONE, **options):
    unit, month, who, x = map(list, zip(*rows, strict=True))
    checks = {"x": x, "unit": unit, "month": month, "who": who}
    return worksheet_scores(made, checks, unit="unit", time="month", assessor="who", **options)


@given(rows=ROWS, confidence=st.sampled_from([0.5, 0.9, 0.95]))
@some
def test_effects_of_assessors_are_those_of_least_squares_on_cells(rows, confidence):
    found = checked(rows, confidence=confidence).assessors
    unit, month, who, x = zip(*rows, strict=True)
    cells = [f"{u}{m}" for u, m in zip(unit, month, strict=True)]
    fit = fit_of(x, cells, who)
    assert found["assessor"].tolist() == fit.assessors
    for place, row in enumerate(found.rows()):
        name = fit.assessors[place]
        own = [row_[3] for row_ in rows if row_[2] == name]
        assert (row["checks"], row["mean"]) == (len(own), close(np.mean(own)))
        assert row["units"] == len({cell for cell, w in zip(cells, who, strict=True) if w == name})
        if not met_others(fit)[place]:
            assert row["undefined"] == "met no other assessor"
            assert np.isnan([row[c] for c in ("effect", "se", "low", "high")]).all()
            continue
        assert (row["undefined"], row["effect"]) == ("", close(fit.effects[place], least=1e-8))
        se = math.sqrt(fit.variance) * np.linalg.norm(fit.effect_rows[place]) if fit.df else NAN
        assert row["se"] == close(se, 1e-7, 1e-8)
        if not fit.df:
            assert row["lacking"] == "no error, no interval: too few checks"
        elif fit.variance == 0:
            assert row["lacking"] == "no interval: no variation"
        else:
            half = stats.t.ppf(0.5 + confidence / 2, fit.df) * se
            ends = np.clip([fit.effects[place] - half, fit.effects[place] + half], -10, 10)
            assert [row["low"], row["high"]] == close(ends, 1e-7, 1e-7)
            assert row["lacking"] == ""


@given(rows=ROWS)
@some
def test_groups_are_those_whom_checks_link(rows):
    found = checked(rows)
    unit, month, who, x = zip(*rows, strict=True)
    cells = [f"{u}{m}" for u, m in zip(unit, month, strict=True)]
    for numbers, wanted in (
        (found.assessors["network"], fit_of(x, cells, who).groups),
        (found.units["network"], fit_of(x, unit, together(who, month)).block_groups),
    ):
        pairs = set(zip(numbers.tolist(), wanted, strict=True))
        assert len(pairs) == len(set(numbers.tolist())) == len(set(wanted))
        assert min(numbers) == 1


@given(rows=ROWS)
@some
def test_effects_sum_to_zero_by_checks_in_each_group(rows):
    table = checked(rows).assessors
    for group in set(table["network"].tolist()):
        own = table["network"] == group
        effects = table["effect"][own]
        if not np.isnan(effects).any():
            assert table["checks"][own] @ effects == close(0, least=1e-8)
        else:
            assert np.isnan(effects).all()


@given(rows=ROWS)
@some
def test_adjusted_means_of_units_are_those_without_who_assessed_them_and_when(rows):
    found = checked(rows).units
    unit, month, who, x = zip(*rows, strict=True)
    fit = fit_of(x, unit, together(who, month))
    assert found["unit"].tolist() == fit.blocks
    assert found["adjusted"] == close(fit.adjusted, least=1e-8)
    networks = Counter(fit.block_groups)
    conditions = Counter(fit.groups)
    for place, row in enumerate(found.rows()):
        own, group = [r[3] for r in rows if r[0] == row["unit"]], fit.block_groups[place]
        assert (row["checks"], row["sum"], row["mean"]) == (len(own), sum(own), close(np.mean(own)))
        se = math.sqrt(fit.variance) * np.linalg.norm(fit.adjusted_rows[place]) if fit.df else NAN
        assert row["se"] == close(se or NAN, 1e-7, 1e-8)
        assert row["undefined"] == ""
        assert ("no error: too few checks" in row["lacking"]) is (fit.df == 0)
        assert ("no error: checks alike" in row["lacking"]) == (se == 0)
        several = len(networks) > 1
        alone, one = several and networks[group] == 1, several and conditions[group] == 1
        assert ("not adjusted" in row["lacking"]) is (alone or one)
        assert ("no other unit shares its assessor and period" in row["lacking"]) is alone
        if alone or one:
            assert row["adjusted"] == close(np.mean(own))


@given(rows=ROWS)
@few
def test_without_assessors_and_times_adjusted_means_are_means(rows):
    unit, month, _, x = map(list, zip(*rows, strict=True))
    columns = {"x": x, "unit": unit, "month": month}
    found = worksheet_scores(ONE, columns, unit="unit")
    assert len(found.assessors) == 0
    assert found.units["adjusted"] == close(found.units["mean"])
    assert set(found.units["network"].tolist()) == {1}
    if len({*unit}) > 1:
        league = league_table_from_scores(x, unit, draws=1000, top=1)
        assert found.units["adjusted"] == close(league.means)
        variances = np.where(league.variances > 0, league.variances, NAN)
        assert found.units["se"] ** 2 == close(variances)
    timed = worksheet_scores(ONE, columns, unit="unit", time="month").units
    assert timed["adjusted"] == close(fit_of(x, unit, month).adjusted, least=1e-8)


def test_who_was_checked_more_in_a_hard_month_is_not_the_worse_for_it():
    # both have 77 in January and 99 in February
    months = ["2026-01"] * 9 + ["2026-02"] + ["2026-01"] + ["2026-02"] * 9
    grades = [7 if month == "2026-01" else 9 for month in months]
    clerks = ["Li"] * 10 + ["Wu"] * 10
    found = worksheet_scores(HALL, graded(grades, u=clerks, t=months), unit="u", time="t")
    assert found.table["mean"].tolist() == [77, 99, 77, 99]
    assert found.units["mean"] == close([79.2, 96.8])
    assert found.units["adjusted"] == close([88, 88])


@given(rows=ROWS, more=st.tuples(*[st.integers(0, 200)] * 4))
@some
def test_what_an_assessor_gives_to_all_changes_only_the_effect(rows, more):
    gifts = dict(zip(["Li", "Wu", "Xu", "Yu"], more, strict=True))
    plain = [(*row[:3], 400 + row[3]) for row in rows]
    kinder = [(*row[:3], 400 + row[3] + gifts[row[2]]) for row in rows]
    one, other = checked(plain, WIDE), checked(kinder, WIDE)
    table = one.assessors
    given_ = np.array([gifts[name] for name in table["assessor"].tolist()])
    for group in set(table["network"].tolist()):
        own = table["network"] == group
        wanted = (
            table["effect"][own]
            + given_[own]
            - np.average(given_[own], weights=table["checks"][own])
        )
        assert other.assessors["effect"][own] == close(wanted, least=1e-7)
    assert other.assessors["se"] == close(table["se"], 1e-6, 1e-6)
    # who moves with their group moves alike: differences of units within it stay
    for group in set(one.units["network"].tolist()):
        own = one.units["network"] == group
        moved = (other.units["adjusted"] - one.units["adjusted"])[own]
        assert np.ptp(moved) == close(0, least=1e-7)


def test_an_assessor_with_one_check_has_an_effect_where_the_unit_has_others():
    rows = [("A", "2026-01", "Li", x) for x in (4, 6, 5)] + [("A", "2026-01", "Wu", 9)]
    table = checked(rows).assessors
    one = table.row(assessor="Wu")
    assert (one["checks"], one["units"], one["undefined"], one["lacking"]) == (1, 1, "", "")
    assert one["effect"] == close(9 - 6)  # the others have 5, all four 6
    assert table.row(assessor="Li")["effect"] == close(-1)
    assert one["se"] == close(math.sqrt(1.0 * (1 / 1 + 1 / 3)) * 3 / 4)  # s² = 1, ¾ of 9 - 5


def test_assessors_who_never_met_are_not_compared():
    rows = [("A", "2026-01", "Li", 4), ("A", "2026-01", "Li", 6), ("B", "2026-01", "Wu", 9)]
    found = checked(rows)
    assert found.assessors["undefined"].tolist() == ["met no other assessor"] * 2
    assert found.assessors["network"].tolist() == [1, 2]
    assert found.units["adjusted"].tolist() == [5, 9]
    alone = "not adjusted: no other unit shares its assessor and period"
    assert set(found.units["lacking"]) == {alone}
    said = "assessors and periods link units in 2 networks only: between them nothing compares"
    assert said in found.cautions


def test_assessors_who_met_others_of_others_are_compared():
    # Li and Wu met at A, Wu and Xu at B: Li and Xu compare over Wu
    rows = [("A", "2026-01", "Li", 6), ("A", "2026-01", "Wu", 4)]
    rows += [("B", "2026-01", "Wu", 5), ("B", "2026-01", "Xu", 8)]
    found = checked(rows)
    effects = dict(zip(found.assessors["assessor"], found.assessors["effect"], strict=True))
    assert effects["Li"] - effects["Wu"] == close(2)
    assert effects["Xu"] - effects["Wu"] == close(3)
    assert found.assessors["network"].tolist() == [1, 1, 1]
    assert set(found.assessors["lacking"]) == {"no error, no interval: too few checks"}
    assert np.diff(found.units["mean"]) == close([1.5])
    assert np.diff(found.units["adjusted"]) == close([1])  # as Wu sees them


def test_who_saw_the_good_units_is_not_the_kinder_one():
    # B is 4 points better than A, and Wu gives 1 more than Li to each of them
    rows = [("A", "2026-01", "Li", 3)] * 5 + [("A", "2026-01", "Wu", 4)]
    rows += [("B", "2026-01", "Li", 7)] + [("B", "2026-01", "Wu", 8)] * 5
    found = checked(rows)
    assert np.ptp(found.assessors["mean"]) == close(44 / 6 - 22 / 6)
    assert found.assessors["effect"] == close([-0.5, 0.5])
    assert found.units["adjusted"] == close([3.5, 7.5])
    assert np.isnan(found.units["se"]).all()
    why = "no error: checks alike but for assessors and periods"
    assert found.units["lacking"].tolist() == [why] * 2


def test_the_same_assessor_in_another_month_is_in_another_cell():
    rows = [("A", "2026-01", "Li", 4), ("A", "2026-02", "Wu", 9)]
    found = checked(rows)
    assert found.assessors["undefined"].tolist() == ["met no other assessor"] * 2
    together = [(*row[:1], "2026-01", *row[2:]) for row in rows]
    assert checked(together).assessors["effect"] == close([-2.5, 2.5])


# --- into a league table --------------------------------------------------------------------------


SEVERITY = {"Li": -6, "Wu": 0, "Xu": 6}
QUALITY = {"A": 66, "B": 63, "C": 60, "D": 75}


def month_of_checks(n=240):
    """Return checks in which Li sees A more often, and Xu sees C."""
    rng = np.random.default_rng(9)
    unit = rng.choice([*QUALITY], n)
    seen = {"A": [0.8, 0.1, 0.1], "C": [0.1, 0.1, 0.8]}
    who = [rng.choice([*SEVERITY], p=seen.get(u)) for u in unit]
    level = np.array([QUALITY[u] + SEVERITY[w] for u, w in zip(unit, who, strict=True)]) / 11
    grades = np.clip(level[:, None] + rng.normal(0, 1.5, (n, 11)), 0, 10)
    checks = dict(zip(HALL.item_codes, grades.T, strict=True))
    return worksheet_scores(HALL, checks | {"unit": unit, "who": who}, unit="unit", assessor="who")


def test_units_make_a_league_table():
    units = month_of_checks().units
    league = league_table(
        units["adjusted"], units["se"] ** 2, units=units["unit"], n=units["checks"], draws=1000
    )
    assert league.table["unit"].tolist() == ["A", "B", "C", "D"]
    assert league.table["raw"] == close(units["adjusted"])
    assert league.table["se"] == close(units["se"])
    assert league.table["n"].tolist() == units["checks"].tolist()
    assert set(league.table["undefined"]) == {""}


def test_units_whose_checks_are_alike_have_no_error():
    found = worksheet_scores(ONE, {"x": [8, 8, 9, 9, None], "u": [*"AABBC"]}, unit="u").units
    assert found["adjusted"].tolist() == close([8, 9, NAN])
    assert np.isnan(found["se"]).all()
    assert found["lacking"].tolist() == ["no error: checks alike"] * 2 + [""]
    assert found["undefined"].tolist() == ["", "", "no check"]
    league = league_table(found["adjusted"], found["se"] ** 2, draws=1000)
    assert league.table["undefined"].tolist()[:2] == ["no variance"] * 2
    mixed = worksheet_scores(ONE, {"x": [8, 8, 9, 7], "u": [*"AABB"]}, unit="u").units
    assert mixed["se"] == close([math.sqrt(0.5)] * 2)  # s² = 2/2, pooled
    assert mixed["lacking"].tolist() == ["", ""]


def test_units_make_leagues_by_network():
    rows = [(u, "2026-01", "Li", x) for u, x in zip("AABB", (4, 6, 7, 8), strict=True)]
    rows += [(u, "2026-01", "Wu", x) for u, x in zip("CCDD", (5, 6, 9, 7), strict=True)]
    units = checked([*rows, ("E", "2026-01", "Li", None)]).units
    units = units.take(np.flatnonzero(~np.isnan(units["se"])))
    leagues = []
    for network in np.unique(units["network"]):
        own = units.take(np.flatnonzero(units["network"] == network))
        variances, options = own["se"] ** 2, {"units": own["unit"], "n": own["checks"]}
        leagues.append(league_table(own["adjusted"], variances, draws=1000, **options))
    assert [x.table["unit"].tolist() for x in leagues] == [["A", "B"], ["C", "D"]]


def test_checks_make_the_same_league_table():
    found = month_of_checks()
    league = league_table_from_scores(
        found.checks["points"],
        found.checks["unit"],
        covariates={"assessor": found.checks["assessor"]},
        draws=1000,
    )
    assert found.units["adjusted"] == close(league.means)
    assert found.units["se"] ** 2 == close(league.variances)
    assert found.units["checks"].tolist() == league.table["n"].tolist()


@given(rows=ROWS)
@some
def test_adjusted_means_are_those_of_the_league_table_with_assessor_and_period_as_covariate(rows):
    found = checked(rows)
    unit, month, who, x = map(list, zip(*rows, strict=True))
    both = together(who, month)
    assume(len({*unit}) > 1)
    assume(len({*both}) > 1)
    assume(set(found.units["network"].tolist()) == {1})
    league = league_table_from_scores(x, unit, covariates={"both": both}, draws=1000, top=1)
    assert found.units["adjusted"] == close(league.means, least=1e-8)
    known = ~np.isnan(found.units["se"])
    assert found.units["se"][known] ** 2 == close(league.variances[known], 1e-7, 1e-8)
    assert not (league.variances[~known] > 1e-8).any()  # checks that are alike tell of no error


def test_adjusted_means_put_units_in_order_where_means_do_not():
    found = month_of_checks()
    mean, adjusted = (
        dict(zip(found.units["unit"], found.units[name], strict=True))
        for name in ("mean", "adjusted")
    )
    assert mean["C"] > mean["A"]
    assert [*sorted(adjusted, key=adjusted.get)] == [*sorted(QUALITY, key=QUALITY.get)]
    effects = dict(zip(found.assessors["assessor"], found.assessors["effect"], strict=True))
    for one, other in combinations(SEVERITY, 2):
        wanted = SEVERITY[one] - SEVERITY[other]
        assert effects[one] - effects[other] == pytest.approx(wanted, abs=3)
    assert [row["low"] <= row["effect"] <= row["high"] for row in found.assessors.rows()] == [
        True
    ] * 3


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("hour", ["2025-12-28T00", "2025-12-31T00", "2026-01-01T00", "2026-01-05T00"]),
        ("day", ["2025-12-28", "2025-12-31", "2026-01-01", "2026-01-05"]),
        ("week", ["2025-12-22", "2025-12-29", "2026-01-05"]),  # their Mondays
        ("month", ["2025-12", "2026-01"]),
        ("quarter", ["2025-Q4", "2026-Q1"]),
        ("year", ["2025", "2026"]),
    ],
)
def test_periods_go_over_the_end_of_a_year(period, labels):
    days = ["2026-01-05", "2025-12-28", "2026-01-01", "2025-12-31"]
    checks = {"x": [1, 2, 3, 4], "u": ["A"] * 4, "t": days}
    found = worksheet_scores(ONE, checks, unit="u", time="t", period=period).table
    assert found.keys == ("unit", "period")
    assert found["period"].tolist() == labels
    assert found["sum"].sum() == 10


DAYS = ["2025-12-31", "2026-01-31"]


@pytest.mark.parametrize(
    "times",
    [
        [dt.date(2025, 12, 31), dt.date(2026, 1, 31)],
        [dt.datetime(2025, 12, 31, 23, 59), dt.datetime(2026, 1, 31, 0, 0)],  # noqa: DTZ001
        np.array(DAYS, "datetime64[D]"),
        ["2025-12", "2026-01"],
        ["2025-12-31 23:59", "2026-01-31T08:00"],
        ["2025-12-31 23:00-02:00", "2026-01-31 08:00+01:00"],
        pd.to_datetime(DAYS),
        pd.PeriodIndex(["2025-12", "2026-01"], freq="M"),
    ],
)
def test_times_of_any_kind(times):
    found = worksheet_scores(ONE, {"x": [1, 2], "u": ["A", "A"], "t": times}, unit="u", time="t")
    zoned = isinstance(times[0], str) and "-02:00" in times[0]  # 01:00 of New Year's day in UTC
    assert found.table["period"].tolist() == (["2026-01"] if zoned else ["2025-12", "2026-01"])


def test_no_empty_periods_are_made():
    checks = {"x": [1, 2, 3], "u": ["A", "B", "A"], "t": ["2026-01", "2026-03", "2026-03"]}
    found = worksheet_scores(ONE, checks, unit="u", time="t").table
    assert [*zip(found["unit"], found["period"], strict=True)] == [
        ("A", "2026-01"),
        ("A", "2026-03"),
        ("B", "2026-03"),
    ]


def test_without_times_all_is_one_period():
    found = worksheet_scores(ONE, {"x": [1, 2], "u": ["A", "A"]}, unit="u")
    assert found.table.keys == ("unit",)
    assert "period" not in found.checks.columns


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_checks_in_any_frame(frame):
    columns = graded([7, 8, 9], clerk=["Li", "Wu", "Li"], day=[*DAYS, DAYS[0]], off=[0.0, 2.0, 1.0])
    columns["who"] = ["a", "b", "b"]
    asked = {"unit": "clerk", "time": "day", "assessor": "who", "deductions": "off"}
    found = worksheet_scores(HALL, frame(columns), **asked)
    wanted = worksheet_scores(HALL, columns, **asked)
    for name in ("table", "units", "assessors", "checks"):
        alike(getattr(found, name), getattr(wanted, name))
    assert found.cautions == wanted.cautions


# --- what is lacking, and cautions ----------------------------------------------------------------


def test_one_check_has_no_interval():
    row = worksheet_scores(ONE, {"x": [5], "u": ["A"]}, unit="u").table.row()
    assert (row["mean"], row["lacking"], row["undefined"]) == (5, "no interval: one check", "")
    assert np.isnan([row["sd"], row["se"], row["low"], row["high"]]).all()


def test_checks_alike_have_no_interval():
    row = worksheet_scores(ONE, {"x": [5, 5], "u": ["A", "A"]}, unit="u").table.row()
    assert (row["se"], row["lacking"]) == (0, "no interval: checks alike")


def test_intervals_stay_within_the_points_that_are_possible():
    row = worksheet_scores(ONE, {"x": [0, 10], "u": ["A", "A"]}, unit="u").table.row()
    assert (row["low"], row["high"]) == (0, 10)


def test_a_check_below_the_least_coverage_has_no_points_and_is_counted():
    made = sheet(("x", "good", 1.0), ("y", "good", 1.0), ("z", "good", 1.0))
    checks = {"x": [6, 6, 6], "y": [None, 9, 9], "z": [None, None, 6], "u": ["A"] * 3}
    found = worksheet_scores(made, checks, unit="u")
    assert found.checks["points"] == close([NAN, 22.5, 21])
    assert found.checks["undefined"].tolist() == ["coverage below 0.5", "", ""]
    assert found.table.row()["checks"] == 2
    assert "1 check without points: coverage below 0.5" in found.cautions
    every = worksheet_scores(made, checks, unit="u", min_coverage=0.3)
    assert every.checks["points"] == close([18, 22.5, 21])


def test_a_check_at_the_least_coverage_has_points():
    made = sheet(("x", "good", 1.0), ("y", "good", 1.0))
    found = worksheet_scores(made, {"x": [6], "y": [None], "u": ["A"]}, unit="u", min_coverage=0.5)
    assert found.n == 1


def test_rows_of_nothing_are_said():
    found = worksheet_scores(ONE, {"x": [6, None], "u": ["A", "A"]}, unit="u")
    assert "1 check without an answer or a deduction" in found.cautions
    assert found.table.row()["checks"] == 1


def test_all_not_applicable_is_no_check():
    found = worksheet_scores(ONE, {"x": ["n/a", "n/a"], "u": ["A", "B"]}, unit="u")
    assert set(found.table["undefined"]) == {"no check"}
    assert set(found.units["undefined"]) == {"no check"}
    assert found.n == 0


def test_few_checks_are_cautioned():
    cells = {"x": [6, 7, 8, 9], "u": ["A", "B", "B", "B"]}
    assert any(
        x.startswith("1 of 2 means stand on fewer than 3")
        for x in worksheet_scores(ONE, cells, unit="u").cautions
    )
    enough = {"x": [6, 7, 8], "u": ["B"] * 3}
    assert not any("fewer than 3" in x for x in worksheet_scores(ONE, enough, unit="u").cautions)


def test_rows_without_a_unit_or_an_assessor_are_called_so():
    checks = {"x": [6, 7, 8], "u": ["A", None, "A"], "w": ["Li", "Li", None]}
    found = worksheet_scores(ONE, checks, unit="u", assessor="w")
    assert found.table["unit"].tolist() == ["A", "(missing)"]
    assert found.assessors["assessor"].tolist() == ["Li", "(missing)"]
    assert "1 check without the label of a unit" in found.cautions
    assert "1 check without the label of an assessor" in found.cautions


def test_shown_with_assessors_where_there_are_any():
    rows = [("A", "2026-01", "Li", 4), ("A", "2026-01", "Wu", 6)]
    assert "Sheet: assessors" in str(checked(rows))
    alone = str(worksheet_scores(ONE, {"x": [6], "u": ["A"]}, unit="u"))
    assert "Sheet: points of units" in alone
    assert "assessors" not in alone.replace("units and assessors", "")


# --- bad input ------------------------------------------------------------------------------------

CHECKS = {
    "x": [5, 6],
    "u": ["A", "B"],
    "t": DAYS,
    "w": ["Li", "Wu"],
    "off": [0, 1],
    "no": ["1", "2"],
}


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({}, {"unit": "uu"}, r"`unit`: .*no column 'uu'"),
        ({}, {"time": "when"}, r"`time`: .*no column 'when'"),
        ({}, {"assessor": "who"}, r"`assessor`: .*no column 'who'"),
        ({}, {"deductions": "offf"}, r"`deductions`: .*no column 'offf'|no column 'offf'"),
        ({}, {"check": "c"}, r"`check`: .*no column 'c'"),
        ({}, {"period": "fortnight"}, r"`period` must be one of 'hour', 'day', .*got 'fortnight'"),
        ({}, {"min_coverage": 1.5}, r"`min_coverage` must lie in 0..1, got 1.5"),
        ({}, {"confidence": 95}, r"`confidence` must lie between 0 and 1"),
        ({}, {"item": "x"}, r"`answer` must be given"),
        ({}, {"answer": "x", "check": "no"}, r"`item` must be given"),
        ({}, {"item": "u", "answer": "x"}, r"`check` must be given"),
        ({"off": [0, -1]}, {"deductions": "off"}, r"`deductions` must be 0 or more.*-1 \(row 2\)"),
        ({"off": [0, "x"]}, {"deductions": "off"}, r"must be numbers, got 'x' \(row 2\)"),
        (
            {"off": [0, math.inf]},
            {"deductions": "off"},
            r"`deductions` must be finite, got inf \(row 2\)",
        ),
        ({"x": [5, 11]}, {}, r"`checks` must be 0.*10.*got 11 \(row 2, item 'x'\)"),
        ({"x": ["good", 5]}, {}, r"`checks` must be 0.*10.*got 'good' \(row 1, item 'x'\)"),
        ({"no": ["1", "1"]}, {"check": "no"}, r"`check` must .*got '1' twice \(rows 1 and 2\)"),
        ({"no": ["1", None]}, {"check": "no"}, r"`check` must be there .*nothing \(row 2\)"),
        ({"t": [DAYS[0], None]}, {"time": "t"}, r"`time` must be there .*nothing \(row 2\)"),
        ({"t": ["2026-01", None]}, {"time": "t"}, r"`time` must be .*\(row 2\)"),
        ({"t": [DAYS[0], "soon"]}, {"time": "t"}, r"`time` must be dates .*'soon' \(row 2\)"),
        (
            {"t": ["2026-01", "soon"]},
            {"time": "t"},
            r"`time` must be .*'soon', neither .*\(row 2\)",
        ),
        ({"t": ["2026-01", "2026"]}, {"time": "t"}, r"'2026', longer than a month \(row 2\)"),
        ({"t": [1, 2]}, {"time": "t"}, r"`time` must be dates, .*got 1 \(row 1\)"),
        ({"u": ["A"]}, {}, r"(length|rows)"),
    ],
)
def test_bad_checks(columns, options, said):
    refused(said, ONE, CHECKS | columns, **{"unit": "u", **options})


@pytest.mark.parametrize("checks", [{"x": [], "u": []}, pd.DataFrame({"x": [], "u": []})])
def test_no_rows(checks):
    refused("`checks` must have at least one row, got none", ONE, checks, unit="u")


def test_an_item_has_a_column():
    refused("`checks`: .*no column 'x'; there are 'u'", ONE, {"u": ["A"]}, unit="u")


@pytest.mark.parametrize("made", [None, "hall-worksheet", HALL.elements])
def test_a_checklist_is_one(made):
    refused(r"^TypeError: `checklist` must be Checklist", made, CHECKS, unit="u")


LOG = {"no": ["a", "a"], "u": ["A", "A"], "i": ["x", "y"], "g": [5, 6]}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"i": ["x", "x"]}, r"answer each item of a sheet once, got 'x' twice .*rows 1 and 2"),
        ({"i": ["x", "z"]}, r"'z'.*'x'"),
        ({"u": ["A", "B"]}, r"`check` must have one unit, .*another for 'a' \(rows 1 and 2\)"),
        ({"g": [5, 12]}, r"`checks` must be 0.*10.*got 12 \(row 2"),
        ({"no": ["a", None]}, r"`check` must be there in every row, got nothing \(row 2\)"),
    ],
)
def test_bad_logs(columns, said):
    made = sheet(("x", "good", 1.0), ("y", "good", 1.0))
    refused(said, made, LOG | columns, unit="u", check="no", item="i", answer="g")


def test_too_many_units_of_too_many_assessors():
    many = {"x": [5] * 2001, "u": range(2001), "w": range(2001)}
    said = (
        r"`unit`, or assessors, must have at most 2,000 labels, got 2,001 and 2,001; .*`assessor`"
    )
    refused(said, ONE, many, unit="u", assessor="w")
    one = worksheet_scores(ONE, many, unit="u")
    assert len(one.table) == 2001
