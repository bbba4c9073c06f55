"""Pictures: what stands where, what is said of missing and undefined rows, whose Axes they use."""

import math
from collections import Counter

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import servqual as sq
from servqual.plot._shares import AnswerClasses, answer_shares
from servqual.scoring import tolerance_zone

from .effort import effort
from .strategies import form

NAN = math.nan


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def asked(perceptions, *, sizes=None, low=1, high=5, anchors=None, survey=None, reverse=()):
    """Return a survey on a plain form."""
    instrument = form(sizes or [np.shape(perceptions)[1]], low, high, reverse)
    instrument = instrument.with_scale(sq.Scale(low, high, anchors=anchors or {}))
    return sq.survey_from_arrays(instrument, perceptions=perceptions, **survey or {})


def both(by=None, n=12, sizes=(2, 1), rng=3):
    """Return gap scores of a simulated survey."""
    return sq.gap_scores(sq.simulate_survey(form(sizes), n, rng=rng, by=by), by=list(by or ()))


def three(minimums, desired, perceptions, **survey):
    """Return a zone of tolerance."""
    k = np.shape(perceptions)[1]
    sides = {"minimums": minimums, "expectations": desired, "perceptions": perceptions}
    by = list(survey.get("by", ()))
    return tolerance_zone(sq.survey_from_arrays(form([1] * k, 1, 9), **sides, **survey), by=by)


def rows(ax):
    """Return the place of each label on the y axis."""
    labels = [label.get_text() for label in ax.get_yticklabels()]
    return dict(zip(labels, ax.get_yticks().tolist(), strict=True))


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def said(ax):
    """Return the words beside and in the picture."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def points(ax):
    """Return the points of each set of markers."""
    return [
        np.ma.filled(found.get_offsets().astype(float), NAN)
        for found in ax.collections
        if hasattr(found, "get_sizes") and len(found.get_sizes())
    ]


def lines(ax, which=-1):
    """Return left and right end of the lines of a set."""
    sets = [found for found in ax.collections if hasattr(found, "get_segments")]
    return np.array([segment[:, 0] for segment in sets[which].get_segments()])


def bars(ax):
    """Return left end and length of the bars (classes, rows)."""
    lefts = [[bar.get_x() for bar in group] for group in ax.containers]
    return np.array(lefts), np.array([group.datavalues for group in ax.containers])


# The classes of answers


CLASSES = [  # low, high, answers, how many classes lie below the middle, and all classes
    (1, 5, [5.0], 2, "1, 2, 3, 4, 5"),  # levels that nobody chose
    (1, 4, [1.0], 2, "1, 2, 3, 4"),  # no middle
    (1, 4, [2.5], 2, "1, 2, 2.5, 3, 4"),
    (-1, 1, [0.0], 1, "−1, 0, 1"),
    (0, 10, [0.0], 5, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
    (1, 7, [3.5, 6.5], 4, "1, 2, 3, 3.5, 4, 5, 6, 6.5, 7"),
    (0, 0.5, [0.25, NAN], 1, "0, 0.25"),
    (
        *(0, 100, [3.0], 5),
        (
            "0 to 9, 10 to 19, 20 to 29, 30 to 39, 40 to 49, 50, "
            "51 to 60, 61 to 70, 71 to 80, 81 to 90, 91 to 100"
        ),
    ),
    (
        *(0, 100, [3.5], 5),
        (
            "0 to <10, 10 to <20, 20 to <30, 30 to <40, 40 to <50, 50, "
            ">50 to 60, >60 to 70, >70 to 80, >80 to 90, >90 to 100"
        ),
    ),
    (
        *(1, 20, [NAN], 5),
        "1 to 2, 3 to 4, 5 to 6, 7 to 8, 9 to 10, 11 to 12, 13 to 14, 15 to 16, 17 to 18, 19 to 20",
    ),
    (1, 15, [NAN], 4, "1 to 2, 3 to 4, 5 to 6, 7, 8, 9, 10 to 11, 12 to 13, 14 to 15"),
    (
        *(1, 7, np.linspace(1, 7, 13), 3),
        "1 to <2, 2 to <3, 3 to <4, 4, >4 to 5, >5 to 6, >6 to 7",
    ),
    (
        *(0, 1, np.linspace(0.01, 0.99, 30), 5),
        (
            "0 to <0.1, 0.1 to <0.2, 0.2 to <0.3, 0.3 to <0.4, 0.4 to <0.5, "
            ">0.5 to 0.6, >0.6 to 0.7, >0.7 to 0.8, >0.8 to 0.9, >0.9 to 1"
        ),
    ),
]


@pytest.mark.parametrize(("low", "high", "given", "below", "labels"), CLASSES)
def test_classes_by_the_rule(low, high, given, below, labels):
    classes = AnswerClasses.of(sq.Scale(low, high), np.array(given))
    assert ", ".join(classes.labels) == labels
    assert len(classes.lows) == below
    assert classes.neutral == (len(classes.labels) == below + 1 + len(classes.highs))


def test_a_scale_of_a_billion_levels_is_quick():
    assert len(AnswerClasses.of(sq.Scale(0, 10**9), np.array([7.0])).labels) == 11


def test_anchored_codes_are_offered():
    scale = sq.Scale(1, 3, not_applicable=(9,), anchors={1.5: "hardly", 9: "not seen"})
    assert AnswerClasses.of(scale, np.array([1.0])).labels == ("1", "1.5", "2", "3")


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_ends_of_ranges_belong_to_the_class_that_says_so(kind):
    scale, tenths = sq.Scale(0, 1), np.arange(11).astype(kind) / kind(10)
    classes = AnswerClasses.of(scale, np.concatenate([tenths, np.array([0.05], kind)]))
    assert classes.codes(tenths).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert classes.codes(np.array([0.05, 0.95, NAN], kind)).tolist() == [0, 10, -1]


@effort()
@example((1, 6.5), [1.0, 0.5, 0.75, 0.875, 0.25, 0.375], 1000)
@given(
    st.sampled_from([(1, 7), (0, 10), (-3, 3), (0, 1), (10, 100), (1, 6.5), (0.5, 40)]),
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.sampled_from([1, 2, 1000]),
)
def test_classes_are_in_order_and_mirror_each_other(ends, places, parts):
    low, high = ends
    places = np.round(np.array(places) * parts) / parts
    answers = low + places * (high - low)
    classes = AnswerClasses.of(sq.Scale(low, high), answers)
    size = len(classes.labels)
    assert size <= 11
    assert len(set(classes.labels)) == size
    codes = classes.codes(np.sort(answers))
    assert (np.diff(codes) >= 0).all()
    assert codes.min() >= 0
    assert codes.max() < size
    away = np.sort(answers) - (low + high) / 2
    near = np.abs(away) > 1e-4 * (high - low)
    assert (codes[near & (away < 0)] < len(classes.lows)).all()
    assert (codes[near & (away > 0)] >= size - len(classes.highs)).all()
    mirrored = AnswerClasses.of(sq.Scale(low, high), low + high - answers)
    ranges = ["to" in "".join(one.labels) for one in (classes, mirrored)]
    if all(ranges):  # whole levels of a scale to 6.5 have no mirror: one may show each answer
        np.testing.assert_allclose(mirrored.highs, (low + high - classes.lows)[::-1], atol=1e-4)


# The shares


def test_shares_by_hand():
    survey = asked([[1, NAN], [5, NAN], [5, NAN], [NAN, NAN]], sizes=[1, 1])
    found = answer_shares(survey, side="perceptions", level="items", by=None)
    np.testing.assert_allclose(found.shares[0], [1 / 3, 0, 0, 0, 2 / 3])
    assert np.isnan(found.shares[1]).all()
    assert found.table.to_dict() == {
        "dimension": ["A", "B"],
        "item": ["i1", "i2"],
        "n": [3, 0],
        "missing": [0.25, 1.0],
        "undefined": ["", "no answers"],
    }


def test_shares_of_a_dimension_count_answers():
    survey = asked([[1, 5], [5, NAN]])
    found = answer_shares(survey, side="perceptions", level="dimensions", by=None)
    np.testing.assert_allclose(found.shares, [[1 / 3, 0, 0, 0, 2 / 3]])
    assert found.table.row()["n"] == 3
    assert found.table.row()["missing"] == 0.25


def test_shares_are_weighted_and_n_is_not():
    survey = asked([[1], [5], [NAN], [3]], survey={"weights": [1, 3, 4, 0]})
    found = answer_shares(survey, side="perceptions", level="items", by=None)
    np.testing.assert_allclose(found.shares, [[0.25, 0, 0, 0, 0.75]])
    assert found.table["n"].tolist() == [2]
    assert found.table["missing"].tolist() == [0.5]


def test_shares_by_group_share_their_classes():
    survey = asked(
        [[1], [2.5], [5], [4]],
        survey={"by": {"branch": ["N", "S", "S", "W"]}, "weights": [1, 1, 1, 0]},
    )
    found = answer_shares(survey, side="perceptions", level="items", by="branch")
    assert found.classes.labels == ("1", "2", "2.5", "3", "4", "5")
    assert found.table["branch"].tolist() == ["N", "S", "W"]
    np.testing.assert_allclose(found.shares[:2], [[1, 0, 0, 0, 0, 0], [0, 0, 0.5, 0, 0, 0.5]])
    assert found.table["undefined"].tolist() == ["", "", "no respondents"]
    assert np.isnan(found.table["missing"][2])


@effort(30)
@given(st.lists(st.sampled_from([1, 2, 3, 3.5, 4, 5, NAN]), min_size=1, max_size=30))
def test_shares_are_those_of_counting(answers):
    found = answer_shares(
        asked([[answer] for answer in answers]), side="perceptions", level="items", by=None
    )
    counts = Counter(f"{answer:g}" for answer in answers if answer == answer)  # noqa: PLR0124
    n = sum(counts.values())
    assert found.table["n"].tolist() == [n]
    if n:
        want = [counts[label] / n for label in found.classes.labels]
        np.testing.assert_allclose(found.shares[0], want)


# The picture of answers


def test_bars_are_stacked_about_the_middle():
    ax = sq.plot.answers(asked([[1, 5], [2, 5], [3, 5], [3, 5], [5, NAN]]))
    left, length = bars(ax)
    np.testing.assert_allclose(length[:, 0], [0.2, 0.2, 0.4, 0, 0.2])
    np.testing.assert_allclose(left[:, 0], [-0.6, -0.4, -0.2, 0.2, 0.2])  # the middle about 0
    np.testing.assert_allclose(length.sum(axis=0), 1)
    np.testing.assert_allclose(left[1:], left[:-1] + length[:-1])  # one after the other
    assert length[:, 1].tolist() == [0, 0, 0, 0, 1]
    assert left[4, 1] == 0
    low, high = ax.get_xlim()
    assert low < -0.6
    assert high > 1


def test_without_a_middle_the_halves_meet_at_zero():
    left, length = bars(sq.plot.answers(asked([[1], [2], [3], [3]], high=4)))
    np.testing.assert_allclose(left.ravel(), [-0.5, -0.25, 0, 0.5])
    np.testing.assert_allclose(length.ravel(), [0.25, 0.25, 0.5, 0])


def test_empty_levels_keep_order_and_colours():
    full = sq.plot.answers(asked([[1], [2], [3], [4], [5]]))
    few = sq.plot.answers(asked([[4], [4]]))
    assert legend(few) == legend(full) == ["1", "2", "3", "4", "5"]
    colours = [[to_hex(c.patches[0].get_facecolor()) for c in ax.containers] for ax in (full, few)]
    assert colours[0] == colours[1]
    assert colours[0][0] == "#d55e00"
    assert colours[0][-1] == "#0072b2"
    assert len(set(colours[0])) == 5
    hatched = [bool(group.patches[0].get_hatch()) for group in few.containers]
    assert hatched == [True, True, False, False, False]  # readable without colour


def test_parts_name_their_percent_where_there_is_room():
    ax = sq.plot.answers(asked([[5]] * 97 + [[1]] * 3))
    assert "97" in said(ax)
    assert "3" not in said(ax)


def test_missing_and_n_stand_beside_and_no_answers_is_said():
    ax = sq.plot.answers(asked([[1, NAN], [5, NAN], [5, NAN], [NAN, NAN]]))
    assert said(ax)[-6:] == ["3", "0", "n", "25%", "100%", "missing"]
    (nothing,) = [text for text in ax.texts if text.get_text() == " no answers"]
    assert nothing.get_position() == (0, rows(ax)["i2"])
    _, length = bars(ax)
    assert length[:, 1].tolist() == [0] * 5


def test_all_missing_is_drawn():
    ax = sq.plot.answers(asked([[NAN, NAN]]))
    assert said(ax)[:2] == [" no answers"] * 2
    ax.figure.canvas.draw()


def test_legend_has_the_anchors():
    anchors = {1: ["never", "nunca"], 3: "so-so", 5: "always"}
    survey = asked([[1]], anchors=anchors)
    assert legend(sq.plot.answers(survey)) == ["1 never", "2", "3 so-so", "4", "5 always"]
    survey = asked([[50]], low=0, high=100, anchors={0: "never", 50: "half", 100: "always"})
    words = legend(sq.plot.answers(survey))
    assert set(words) >= {"0 to 9 (0 never)", "50 half", "91 to 100 (100 always)"}
    assert len(words) == 11


def test_rows_are_named_in_words_under_their_dimension():
    form = sq.instrument("servqual")
    ax = sq.plot.answers(sq.simulate_survey(form, 5, rng=1))
    labels = list(rows(ax))
    assert "premises pleasant to look at" in labels
    assert rows(ax)["Tangibles"] == 0
    assert sorted(rows(ax).values()) == list(range(27))
    spanish = sq.plot.answers(sq.simulate_survey(form.in_language("es"), 5, rng=1))
    assert "Fiabilidad" in rows(spanish)


def test_turned_items_are_marked():
    ax = sq.plot.answers(asked([[1, 1]], reverse=(1,)))
    assert list(rows(ax))[:2] == ["i1", "(turned) i2"]
    _, length = bars(ax)
    assert length.T.tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]]


def test_groups_have_their_own_bars():
    survey = asked([[1], [5], [5]], survey={"by": {"branch": ["N", "S", "S"]}})
    ax = sq.plot.answers(survey, by="branch", level="dimensions")
    assert rows(ax).keys() == {"N", "S", "A"}
    _, length = bars(ax)
    assert length.T.tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]]
    assert "answers" in said(ax)


def test_a_group_with_the_name_of_an_item_keeps_it():
    survey = asked([[1], [5]], survey={"by": {"branch": ["A", "i1"]}})
    assert "i1 · A" in rows(sq.plot.answers(survey, by="branch"))


def test_weighted_shares_say_so():
    survey = asked([[1], [5]], survey={"weights": [1, 3]})
    ax = sq.plot.answers(survey)
    assert ax.get_xlabel() == "share of perceptions (weighted)"
    assert bars(ax)[1].ravel().tolist() == [0.25, 0, 0, 0, 0.75]


def test_another_side():
    survey = asked([[1]], survey={"expectations": [[4]]})
    ax = sq.plot.answers(survey, side="expectations")
    assert ax.get_xlabel() == "share of expectations"
    assert bars(ax)[1].ravel().tolist() == [0, 0, 0, 1, 0]


# Zones of tolerance


def test_zone_of_each_row():
    zone = three([[3, 3, 3], [4, 5, 4]], [[7, 7, 8], [7, 7, 8]], [[2, 5, 9], [1, 6, 9]])
    ax = sq.plot.tolerance_zones(zone)
    (box,) = ax.containers
    assert [(bar.get_x(), bar.get_width()) for bar in box] == [(3.5, 3.5), (4, 3), (3.5, 4.5)]
    minimum, desired, perception = points(ax)
    assert minimum.tolist() == [[3.5, 0], [4, 1], [3.5, 2]]
    assert desired.tolist() == [[7, 0], [7, 1], [8, 2]]
    assert perception.tolist() == [[1.5, 0], [5.5, 1], [9, 2]]
    classes = [words.split(" ·")[0] for words in said(ax)]  # two answers leave some undefined
    assert classes == ["reject", "in zone", "delight", "class"]
    table = zone.dimensions
    np.testing.assert_allclose(lines(ax)[1], 4 + np.array(
        [table["adequacy_low"][1], table["adequacy_high"][1]]
    ))  # fmt: skip
    low, high = ax.get_xlim()
    assert low < 1.5
    assert high > 9


def test_undefined_zones_are_said_in_words():
    nothing = [[NAN, 6, 5, 3, 4], [NAN, 7, 6, NAN, 5]]
    desired = [[8, 5, 5, 7, 8], [8, 5, 6, NAN, 9]]
    zone = three(nothing, desired, [[5, 5, 5, 5, 5], [6, 6, 6, 6, 6]])
    ax = sq.plot.tolerance_zones(zone, level="items")
    words = [text.replace("\n", " ") for text in said(ax)]
    assert words == [
        "no respondent with all three sides",
        "minimum above desired: no zone",
        "width 0: no zone",
        "in zone · one respondent",
        "in zone · no variation",
        "class",
    ]
    assert [not np.isnan(bar.get_width()) for bar in ax.containers[0]] == [0, 0, 0, 1, 1]
    ax.figure.canvas.draw()


def test_zones_by_group():
    zone = three([[3], [4], [3]], [[7], [9], [7]], [[5], [6], [1]], by={"branch": ["N", "N", "S"]})
    ax = sq.plot.tolerance_zones(zone)
    assert rows(ax) == {"A": 3, "N": 0, "S": 2}
    assert ax.get_yticks().tolist() == [1, 3, 0, 2]
    words = [text.replace("\n", " ") for text in said(ax)]
    # 2 and 2 above the minimum: adequacy does not vary
    assert words == ["in zone · adequacy: no variation", "reject · one respondent", "class"]


def test_markers_at_the_ends_of_the_picture_are_not_cut():
    zone = three([[3], [4]] * 20, [[7], [9]] * 20, [[5], [7]] * 20)
    low, high = sq.plot.tolerance_zones(zone).get_xlim()
    assert low < 3.4
    assert high > 8.1


# Gaps


def test_gaps_join_expectation_and_perception():
    scores = both()
    ax = sq.plot.gaps(scores, level="items")
    table = scores.items
    expectation, perception = points(ax)
    np.testing.assert_allclose(expectation[:, 0], table["expectation"])
    np.testing.assert_allclose(perception[:, 0], table["perception"])
    np.testing.assert_allclose(np.ptp(lines(ax, 0), axis=1), np.abs(table["gap"]))
    np.testing.assert_allclose(lines(ax, 1)[:, 0], table["expectation"] + table["low"])
    assert rows(ax) == {"A": 0, "i1": 1, "i2": 2, "B": 3, "i3": 4}
    assert said(ax)[:3] == [f"{gap:+.2f}".replace("-", "−") for gap in table["gap"]]


def test_gaps_say_why_they_are_undefined():
    survey = sq.survey_from_arrays(form([1, 1]), expectations=[[5, NAN]], perceptions=[[4, 3]])
    ax = sq.plot.gaps(sq.gap_scores(survey))
    assert [text.replace("\n", " ") for text in said(ax)] == [
        "−1.00 · one respondent",
        "no respondent with both sides",
        "gap",
    ]


# Groups


@pytest.mark.parametrize("count", [2, 8])
def test_few_groups_share_a_row(count):
    names = [f"g{k}" for k in range(count)]
    scores = both({"branch": names * 5}, n=count * 5)
    ax = sq.plot.groups(scores)
    assert rows(ax) == {"A": 0, "B": 1}
    by_row = [names[k] for k in np.argsort([p[0, 1] for p in points(ax)])]
    assert by_row == names  # from above
    assert sorted(legend(ax)) == names
    shapes = set()
    for name, found, marks in zip(names, points(ax), ax.collections[1::2], strict=True):
        table = scores.dimensions.where(branch=name)
        np.testing.assert_allclose(found[:, 0], table["gap"])
        np.testing.assert_allclose(found[:, 1], [0, 1], atol=0.5)
        shapes.add(marks.get_paths()[0].vertices.tobytes())
    assert len(shapes) == count
    np.testing.assert_allclose(lines(ax), np.stack([table["low"], table["high"]], axis=1))
    assert ax.lines[-1].get_xdata() == [0, 0]


def test_many_groups_have_a_row_each():
    names = [f"g{k}" for k in range(9)]
    scores = both({"branch": names * 3}, n=27)
    ax = sq.plot.groups(scores, level="items")
    (marks,) = points(ax)
    want = [scores.items.row(branch=name, item=item)["gap"] for item in ("i1", "i2", "i3")
            for name in names]  # fmt: skip
    np.testing.assert_allclose(marks[:, 0], want)
    heads = ax.get_yticklabels()[-3:]
    assert [head.get_text() for head in heads] == ["A · i1", "A · i2", "B · i3"]
    assert ax.get_yticks()[-3:].tolist() == [0, 10, 20]
    assert said(ax)[-1] == "gap"


@pytest.mark.parametrize("level", ["dimensions", "items"])
@pytest.mark.parametrize("count", [2, 9])
def test_groups_of_perceptions(level, count):
    names = [f"g{k}" for k in range(count)]
    survey = sq.simulate_survey(form([2, 1]), count * 5, rng=4, by={"branch": names * 5})
    scores = sq.perception_scores(survey, by="branch")
    table = getattr(scores, level)
    ax = sq.plot.groups(scores, level=level)
    assert ax.get_xlabel() == "perception"
    assert not ax.lines  # a perception of 0 means nothing
    key, codes = ("dimension", "AB") if level == "dimensions" else ("item", ("i1", "i2", "i3"))
    if count == 2:
        assert sorted(legend(ax)) == names
        for name, found in zip(names, points(ax), strict=True):
            np.testing.assert_allclose(found[:, 0], table.where(branch=name)["perception"])
        last = table.where(branch=names[-1])
        ends = np.stack([last["low"], last["high"]], axis=1)
    else:
        (marks,) = points(ax)
        wanted = [table.row(branch=name, **{key: code}) for code in codes for name in names]
        np.testing.assert_allclose(marks[:, 0], [row["perception"] for row in wanted])
        assert said(ax)[: len(wanted)] == [f"{row['perception']:.2f}" for row in wanted]
        assert said(ax)[-1] == "perception"
        assert legend(ax) == ["perception", "interval of the perception"]
        ends = [[row["low"], row["high"]] for row in wanted]
    np.testing.assert_allclose(lines(ax), ends)


def test_two_group_columns_make_every_combination():
    scores = both({"branch": list("NNSS") * 3, "year": ["1", "2"] * 6})
    assert sorted(legend(sq.plot.groups(scores))) == ["N · 1", "N · 2", "S · 1", "S · 2"]


def test_undefined_gaps_of_groups_are_said():
    ax = sq.plot.groups(both({"branch": ["N"] * 11 + ["S"]}))
    assert said(ax) == ["S: one respondent"] * 2


# All pictures


def of_branches():
    by = {"branch": list("NS") * 6}
    return sq.simulate_survey(form([2, 1]), 12, rng=1, by=by)


PICTURES = {
    "answers": lambda **asked: sq.plot.answers(of_branches(), **asked),
    "gaps": lambda **asked: sq.plot.gaps(sq.gap_scores(of_branches()), **asked),
    "groups": lambda **asked: sq.plot.groups(sq.gap_scores(of_branches(), by="branch"), **asked),
    "tolerance_zones": lambda **asked: sq.plot.tolerance_zones(
        three([[3], [4]], [[7], [9]], [[5], [6]]), **asked
    ),
}
WRONG = {
    "answers": "`survey` must be Survey, got 3",
    "gaps": "`scores` must be GapScores, got 3",
    "groups": "`scores` must be GapScores or PerceptionScores, got 3",
    "tolerance_zones": "`zone` must be ToleranceZone, got 3",
}


@pytest.mark.parametrize("name", PICTURES)
def test_unknown_level(name):
    with pytest.raises(ValueError, match=r"`level` must be one of .* got 'item'"):
        PICTURES[name](level="item")


def test_what_only_one_picture_refuses():
    with pytest.raises(ValueError, match=r"`scores` must be by group.*give `by`"):
        sq.plot.groups(both())
    with pytest.raises(ValueError, match="`side`: 'importances' is unknown"):
        sq.plot.answers(asked([[1]]), side="importances")
    with pytest.raises(
        ValueError, match="`by`: the answers were read without group columns; give by='branch'"
    ):
        sq.plot.answers(asked([[1]]), by="branch")
    with pytest.raises(ValueError, match="`by`: 'branch' is unknown"):
        sq.plot.answers(asked([[1]], survey={"by": {"year": [1]}}), by="branch")
    survey = asked([[1], [2]])
    with pytest.raises(ValueError, match=r"`scores` must be by group.*`by` to perception_scores"):
        sq.plot.groups(sq.perception_scores(survey))


def test_labels_are_shown_as_they_are():
    """Neither are dollars formulas, nor is a label hidden that begins with a line."""
    scores = both({"branch": ["$a$", "_b", "long name " * 20] * 4})
    ax = sq.plot.groups(scores)
    ax.figure.canvas.draw()
    words = legend(ax)
    assert words[:2] == [r"\$a\$", " _b"]
    assert words[2].endswith(" …")
    assert words[2].count("\n") == 1
    ax = sq.plot.gaps(scores)
    assert {"$a$", "_b"} < rows(ax).keys()
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    ax.figure.canvas.draw()
