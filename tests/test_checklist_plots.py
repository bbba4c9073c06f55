"""Pictures of checklists and rosters, read back from their Axes."""

import math
from typing import get_args

import attrs
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch

from servqual.checklists import Checklist, ChecklistItem, Element, assess, roster_coverage
from servqual.checklists import checklist as catalogued
from servqual.checklists.assessing import Total
from servqual.plot import checklist, roster
from servqual.plot._axes import BLUE, VERMILION

from .test_journey_plots import ODD, intervals, see_layout, shapes
from .test_measurement_plots import faces, named
from .test_plots import legend, points, rows, said

NAN = math.nan
WEEK = {
    "day": ["Mon", "Mon", "Tue", "Wed"],
    "start": ["08:00", "10:30", "09:00", "00:00"],
    "end": ["18:00", "14:00", "17:30", "24:00"],
}


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def desk(*names, neutral=()):
    """Return a checklist of elements with an item each."""
    elements = [
        Element(
            code=name,
            name=name,
            items=[ChecklistItem(code=name, key="neutral" if name in neutral else "good")],
        )
        for name in names
    ]
    return Checklist(code="desk", name="Desk", elements=elements)


def graded(grades, by, names="abc", **asked):
    """Return what sheets say, of grades (sheets, elements)."""
    return assess(desk(*names), dict(zip(names, np.transpose(grades), strict=True)), by=by, **asked)


def cells(ax):
    """Return the shaded cells."""
    return [np.ma.filled(image.get_array().astype(float), NAN) for image in ax.images]


def hatches(ax):
    """Return what is hatched: the left, upper, right and lower end of each stretch, by hatch."""
    found = {}
    for patch in ax.patches:
        if isinstance(patch, PathPatch) and len(patch.get_path()):
            corners = patch.get_path().vertices.reshape(-1, 5, 2)[:, [0, 2]]
            found.setdefault(patch.get_hatch() or "", []).extend(corners.reshape(-1, 4).tolist())
    return found


# --- checklists without groups --------------------------------------------------------------------


def test_elements_and_their_total_with_intervals():
    found = graded([[0.9, 0.1, 0.5], [0.7, 0.3, 0.6], [0.8, 0.4, 0.7]], None)
    ax = checklist(found)
    assert rows(ax) == {"a": 0, "b": 1, "c": 2, "total: mean": 3}
    scores, total = found.elements["score"], found.total
    plain, weakest, whole = points(ax)
    np.testing.assert_array_equal(plain, [[scores[0], 0], [scores[2], 2]])
    np.testing.assert_array_equal(weakest, [[scores[1], 1]])
    np.testing.assert_array_equal(whole, [[total, 3]])
    assert len(set(shapes(ax))) == 3  # told without colour
    assert faces(ax) == [BLUE, VERMILION, "#000000"]
    ends = [*zip(found.elements["low"], found.elements["high"], strict=True)]
    np.testing.assert_array_equal(
        intervals(ax)[:4], [ends[0], ends[2], ends[1], (found.low, found.high)]
    )
    assert legend(ax) == ["element", "weakest element", "total: mean", "interval"]
    assert said(ax) == ["3", "3", "3", "3", "n", "0.80", "0.27", "0.60", "0.56", "score"]
    below = ax.get_xlabel().replace("\n", " ")
    assert below == f"score, 1 the best {found.totals.note}"
    see_layout(ax)


@pytest.mark.parametrize("rule", get_args(Total))
def test_the_rule_of_the_total_is_said(rule):
    found = graded([[0.9, 0.4, 0.5], [0.8, 0.5, 0.3]], None, total=rule)
    ax = checklist(found)
    assert f"total: {rule}" in legend(ax)
    assert points(ax)[-1].tolist() == [[found.total, 3]]
    assert ax.get_xlabel().count("caution: the") == (rule == "minimum")
    grouped = checklist(graded([[0.9, 0.4, 0.5]] * 2, {"u": ["N", "S"]}, total=rule))
    assert f"total: {rule}" in rows(grouped)
    assert grouped.get_xlabel().count("caution: the") == (rule == "minimum")


def test_one_sheet_has_no_intervals_and_says_so_once():
    ax = checklist(graded([[0.9, 0.4, 0.5]], None))
    assert ax.get_xlabel() == "score, 1 the best\nno intervals: one sheet"
    assert "interval" not in legend(ax)
    assert said(ax)[-5:] == ["0.90", "0.40", "0.50", "0.60", "score"]
    see_layout(ax)


def test_what_an_element_lacks_stands_beside_it():
    form = desk(*"abc", neutral="c")
    ax = checklist(assess(form, {"a": [0.5] * 3, "b": [0, 1, None], "c": [1, 1, 0]}))
    shown = [words.replace("\n", " ") for words in said(ax)]
    assert "0.50 · no interval: all sheets alike" in shown
    assert "neutral items only" in shown
    assert "no intervals" not in ax.get_xlabel()
    see_layout(ax)
    nothing = checklist(assess(desk(*"ab"), {"a": [None], "b": [None]}))
    assert nothing.get_legend() is None
    assert said(nothing)[-4:] == ["no answers"] * 3 + ["score"]
    see_layout(nothing)


def test_the_weakest_of_ties_is_that_of_the_totals():
    found = graded([[0.5, 0.2, 0.1], [0.5, 0.2, 0.3]], None)
    assert found.totals.row()["weakest"] == "c"  # the less certain of b and c
    assert points(checklist(found))[1].tolist() == [[0.2, 2]]
    found = graded([[0.5, 0.2, 0.1], [0.5, 0.2, 0.3], [0.5, 0.4, 0.4]], {"u": ["N", "N", "S"]})
    assert found.totals["weakest"].tolist() == ["c", "b"]
    assert hatches(checklist(found))[""] == [[0.5, 0.5, 1.5, 1.5], [-0.5, 1.5, 0.5, 2.5]]
    without_answers = graded([[NAN] * 3], None)
    assert without_answers.totals["weakest"].tolist() == [""]
    assert checklist(without_answers).get_legend() is None


def test_an_element_without_a_weight_is_not_the_weakest():
    a, b, c = desk(*"abc").elements
    form = Checklist(code="x", name="X", elements=[attrs.evolve(a, weight=0), b, c])
    grades = {"a": [0.1, 0.1], "b": [0.7, 0.3], "c": [0.5, 0.6]}
    assert points(checklist(assess(form, grades)))[1].tolist() == [[0.5, 1]]
    ax = checklist(assess(form, grades, by={"u": ["N", "S"]}))
    assert hatches(ax) == {"": [[0.5, 0.5, 1.5, 1.5], [-0.5, 1.5, 0.5, 2.5]]}


def test_one_group_is_named_below():
    ax = checklist(graded([[0.5, 0.2, 0.1]] * 2, {"u": ["N", "N"], "m": ["Jan", "Jan"]}))
    assert "\nN · Jan\n" in ax.get_xlabel()
    assert not ax.images


# --- checklists by group --------------------------------------------------------------------------

GRADES = [[0.9, 0.1, 0.5], [0.7, 0.3, NAN], [0.5, 0.6, 0.7], [NAN, NAN, NAN]]


def test_a_column_for_each_group():
    found = graded(GRADES, {"u": ["N", "N", "S", "W"]})
    ax = checklist(found)
    assert rows(ax) == {"a": 0, "b": 1, "c": 2, "total: mean": 3.35, "sheets": 4.35}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["N", "S", "W"]
    elements, totals = cells(ax)
    np.testing.assert_array_equal(elements, found.elements["score"].reshape(3, 3).T)
    np.testing.assert_array_equal(totals, found.totals["total"][None])
    low, high = ax.images[0].get_clim()
    assert (low, high) == (0, 1)
    numbers = [f"{x:.2f}" for x in [*elements.ravel(), *totals.ravel()] if not np.isnan(x)]
    assert said(ax) == [*numbers, "2", "1", "0"]
    assert hatches(ax) == {
        "": [[0.5, -0.5, 1.5, 0.5], [-0.5, 0.5, 0.5, 1.5]],  # the weakest of S and of N
        "///": [
            [1.5, pytest.approx(2.85), 2.5, pytest.approx(3.85)],
            [1.5, -0.5, 2.5, 0.5],
            [1.5, 0.5, 2.5, 1.5],
            [1.5, 1.5, 2.5, 2.5],
        ],
    }
    assert legend(ax) == ["undefined: no answers", "weakest element of the group"]
    assert ax.get_xlabel() == "u; score, 1 the best"
    see_layout(ax)


@pytest.mark.parametrize("code", ["icare", "experience-layers", "hall-worksheet"])
@pytest.mark.parametrize("size", [2, 3, 8])
def test_a_caution_lies_within_the_picture(code, size):
    form = catalogued(code)
    data = {item: np.tile([0, 1, 1], size) for item in form.item_codes}
    ax = checklist(assess(form, data, by={"u": [*"ABCDEFGH"[:size]] * 3}, total="minimum"))
    assert "caution: the lowest" in ax.get_xlabel()
    assert ax.get_xlabel().endswith("its interval")
    see_layout(ax)


def test_numbers_stand_in_their_cells():
    ax = checklist(graded(GRADES, {"u": ["N", "N", "S", "W"]}))
    elements = cells(ax)[0]
    for text in ax.texts[:6]:
        column, row = text.get_position()
        assert text.get_text() == f"{elements[int(row), column]:.2f}"


def test_black_is_read_on_every_shade():
    image = checklist(graded(GRADES, {"u": list("NNSW")})).images[0]
    parts = image.cmap(np.linspace(0, 1, 50))[:, :3]
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) < 0).all()  # in grey print too, more is darker
    assert (light.min() + 0.05) / 0.05 > 4.5  # WCAG 2.1, of small text


def test_each_reason_has_a_hatch():
    form = desk(*"abc", neutral="c")
    data = {"a": [1, None, None], "b": [0, 1, None], "c": [1, 1, None]}
    found = assess(form, data, by={"u": ["N", "S", "W"]}, min_coverage=0.8)
    ax = checklist(found)
    words = {words.removeprefix("undefined: ") for words in legend(ax)}
    reasons = {"no answers", "neutral items only", "coverage below 0.8"}
    assert words == {*reasons, "weakest element of the group"}
    stretches = hatches(ax)
    assert len(stretches) == 4
    assert [-0.5, 1.5, 2.5, 2.5] in stretches["\\\\\\"]  # c in all groups
    see_layout(ax)


def test_groups_of_several_columns_are_crossed_and_parted():
    months = ["2026-01", "2026-02"] * 2
    ax = checklist(graded(np.full((4, 3), 0.5), {"u": ["N", "N", "S", "S"], "month": months}))
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["N · 2026-01", "N · 2026-02", "S · 2026-01", "S · 2026-02"]
    assert ax.get_xlabel() == "u, month; score, 1 the best"
    thick = [one for one in ax.collections if one.get_linewidth()[0] > 2 and one.get_segments()]
    assert [segment[0][0] for one in thick for segment in one.get_segments()] == [1.5]
    assert legend(ax) == ["weakest element of the group"]
    see_layout(ax)


def test_months_stand_in_their_order():
    months = ["2026-11", "2026-02", "2025-12", "2026-10"]
    ax = checklist(graded(np.full((4, 3), 0.5), {"month": months}))
    assert [label.get_text() for label in ax.get_xticklabels()] == sorted(months)


@pytest.mark.parametrize("size", [31, 70])
def test_many_groups_have_their_numbers(size):
    random = np.random.default_rng(1)
    ax = checklist(graded(random.random((size, 3)), {"u": [f"unit {n:02}" for n in range(size)]}))
    assert len(said(ax)) == 5 * size
    assert len(ax.get_xticklabels()) == size
    see_layout(ax)


def test_very_many_groups_have_a_scale():
    random = np.random.default_rng(1)
    days = np.arange("2026-01-01", "2027-01-01", dtype="datetime64[D]").astype(str)
    ax = checklist(graded(random.random((365, 3)), {"day": days}))
    assert not said(ax)
    assert legend(ax) == ["0", "0.25", "0.5", "0.75", "1"]
    image = ax.images[0]
    shades = [to_hex(patch.get_facecolor()) for patch in ax.get_legend().get_patches()]
    assert shades == [to_hex(image.cmap(step)) for step in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert len(ax.get_xticklabels()) < 120
    assert "sheets" not in rows(ax)
    assert ax.figure.get_size_inches()[0] < 20
    see_layout(ax)


@pytest.mark.parametrize("names", [ODD, [f"element {n}" for n in range(60)]])
@pytest.mark.parametrize("by", [None, {"u": ["N", "S"]}])
def test_elements_of_any_name(names, by):
    random = np.random.default_rng(1)
    ax = checklist(graded(random.random((2, len(names))), by, names=names))
    assert not any(label.get_parse_math() for label in ax.get_yticklabels() if label.get_text())
    see_layout(ax)


# --- rosters --------------------------------------------------------------------------------------


def test_hours_of_days():
    found = roster_coverage(WEEK, day="day", days=["Mon", "Tue", "Wed", "Thu"])
    ax = roster(found)
    assert rows(ax) == {"Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3}
    (heads,) = cells(ax)
    np.testing.assert_array_equal(heads, found.hours["heads"].reshape(4, 24))
    assert heads[0, [7, 8, 10, 11, 14]].tolist() == [0, 1, 1.5, 2, 1]
    assert hatches(ax) == {
        "xxxx": [
            [0, -0.5, 8, 0.5],
            [18, -0.5, 24, 0.5],
            [0, 0.5, 9, 1.5],
            [18, 0.5, 24, 1.5],
            [0, 2.5, 24, 3.5],
        ],
        "///": [[17, 0.5, 18, 1.5]],
    }
    assert legend(ax) == ["0 people", "1", "2", "uncovered: nobody", "partly covered"]
    assert said(ax) == ["41 %", "35 %", "100 %", "0 %", "covered"]
    assert ax.get_xlabel().splitlines() == [
        "hour of the day",
        "44 % covered; 53.5 of 96 hours uncovered",
        "covered: at least 1 there",
    ]
    assert ax.get_xticks().tolist() == [*range(0, 25, 3)]
    assert ax.get_xlim() == (0, 24)
    see_layout(ax)


def test_hours_that_are_needed_are_the_columns():
    found = roster_coverage(WEEK, day="day", hours=("08:30", 12), needed=2)
    ax = roster(found)
    assert ax.get_xlim() == (8, 12)
    assert ax.get_xticks().tolist() == [8, 9, 10, 11, 12]
    assert cells(ax)[0].shape == (3, 4)
    assert hatches(ax)["///"] == [[10, -0.5, 11, 0.5]]
    assert "uncovered: fewer than 2" in legend(ax)
    assert "at least 2 there" in ax.get_xlabel()


def test_nothing_is_hatched_where_all_is_covered():
    always = {"day": ["Mon"], "start": ["00:00"], "end": ["24:00"]}
    ax = roster(roster_coverage(always, day="day"))
    assert hatches(ax) == {}
    assert legend(ax) == ["0 people", "1"]
    assert said(ax) == ["100 %", "covered"]
    nobody = roster(roster_coverage(always, day="day", days=["Mon", "Tue"], needed=3))
    assert hatches(nobody) == {"xxxx": [[0, -0.5, 24, 0.5], [0, 0.5, 24, 1.5]]}
    assert nobody.images[0].get_clim() == (0, 3)  # as many as are needed, if nobody comes


def test_what_lacks_a_minute_is_not_all():
    ax = roster(roster_coverage({"day": ["Mon"], "start": ["00:00"], "end": ["23:59"]}, day="day"))
    assert said(ax)[0] == "99 %"
    assert hatches(ax) == {"///": [[23, -0.5, 24, 0.5]]}


def test_days_stand_under_their_places():
    shifts = {**WEEK, "at": ["South", "North", "South", "North"]}
    found = roster_coverage(shifts, day="day", place="at")
    ax = roster(found)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["North", "Mon", "Tue", "Wed", "South", "Mon", "Tue", "Wed"]
    bold = [label.get_text() for label in ax.get_yticklabels() if _is_bold(label)]
    assert bold == ["North", "South"]
    (heads,) = cells(ax)
    assert np.isnan(heads[[0, 4]]).all()
    np.testing.assert_array_equal(heads[[1, 2, 3, 5, 6, 7]], found.hours["heads"].reshape(6, 24))
    beside = {round(text.xy[1]): text.get_text() for text in ax.texts if text.get_text()[-1] == "%"}
    shares = np.floor(100 * found.table["share"] + 1e-9)
    assert beside == {
        row: f"{share:.0f} %" for row, share in zip([1, 2, 3, 5, 6, 7], shares, strict=True)
    }
    see_layout(ax)


def _is_bold(label):
    return FontProperties(weight=label.get_fontweight()).get_weight() == "bold"


def month(places):
    """Return a month of shifts that leave the nights, at so many places."""
    days = np.arange("2026-03-01", "2026-04-01", dtype="datetime64[D]")
    start, end = (
        [f"{day}T{hour}:00" for _ in range(places) for day in days] for hour in ("06", 22)
    )
    at = [f"hall {place}" for place in range(places) for _ in days]
    found = {"start": start, "end": end, "at": at}
    return roster_coverage(found, place="at" if places > 1 else None)


def test_a_month():
    ax = roster(month(1))
    assert len(ax.get_yticklabels()) == 31
    assert len(hatches(ax)["xxxx"]) == 62
    see_layout(ax)


@pytest.mark.parametrize(("places", "inches"), [(2, 16), (12, 33), (80, 33)])
def test_a_month_of_many_places_has_some_labels(places, inches):
    ax = roster(month(places))
    assert ax.figure.get_size_inches()[1] < inches
    assert len(cells(ax)[0]) == 32 * places
    found = ax.get_yticks()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    for place, label in zip(found.tolist(), labels, strict=True):
        assert label.startswith("hall") == (place % 32 == 0)
    assert ("covered" in said(ax)) == (places == 2)
    see_layout(ax)


def test_years_are_drawn():
    shifts = {"day": ["2026-01-01"], "start": ["08:00"], "end": ["18:00"]}
    ax = roster(roster_coverage(shifts, day="day", days=[str(year) for year in range(2000, 2020)]))
    assert len(cells(ax)[0]) == 7_305
    see_layout(ax)


@pytest.mark.parametrize("names", [ODD, [f"day {n}" for n in range(60)]])
def test_days_of_any_name(names):
    found = roster_coverage(WEEK, day="day", days=["Mon", "Tue", "Wed", *names])
    ax = roster(found)
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    see_layout(ax)


# --- both of them ---------------------------------------------------------------------------------


def assessed(size, names, **drawn):
    random = np.random.default_rng(size)
    grades = np.where(random.random((size, 3)) < 0.1, NAN, random.random((size, 3)))
    return checklist(graded(grades, {"u": named(size, names)}), **drawn)


def manned(size, names, **drawn):
    random = np.random.default_rng(size)
    begins = random.integers(0, 16, size)
    shifts = {
        "day": ["Mon"] * size,
        "start": begins,
        "end": begins + 6.5,
        "at": named(size, names),
    }
    return roster(roster_coverage(shifts, day="day", place="at", days=["Mon", "Tue"]), **drawn)


PICTURES = {"checklist": assessed, "roster": manned}
WRONG = {
    "checklist": "`assessment` must be Assessment, got 3 that is a int; checklists.assess",
    "roster": "`coverage` must be RosterCoverage, got 3 that is a int; checklists.roster_coverage",
}
