"""Pictures of priorities, loyalty and rankings, read back from their Axes."""

import math
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.text import Text

import servqual as sq
from servqual.loyalty import net_promoter_from_counts
from servqual.plot._axes import BLUE, GREY, VERMILION
from servqual.plot.categories import kano
from servqual.plot.caterpillars import league_table
from servqual.plot.funnels import funnel
from servqual.plot.promoters import net_promoter
from servqual.plot.quadrants import importance_performance
from servqual.priorities import Kano, importance_performance_from_arrays, kano_from_counts
from servqual.rankings import funnel_limits, share_funnel
from servqual.rankings import league_table as league

from .test_journey_plots import ODD, intervals, see_layout, shapes
from .test_measurement_plots import faces, named
from .test_plots import bars, legend, points, rows, said

NAN = math.nan
SHORT = [[7, 6, 6, 2], [6, 7, 5, 3], [7, 6, 5, 2]]
SERVED = [[2, 6, 4, 5], [3, 6, 5, 6], [2, 7, 4, 5]]


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def judged(size, names=(), n=60, rng=4, **asked):
    """Return importance and performance of some items."""
    random = np.random.default_rng(rng)
    sides = 3 + random.normal(size=(2, 1, size)) + random.normal(size=(2, n, size))
    asked = {"items": named(size, names), "resamples": 100} | asked
    return importance_performance_from_arrays(*sides, **asked)


def corners(ax):
    """Return the words in the picture without those in its corners, which are in italics."""
    return [text.get_text() for text in ax.texts if text.get_fontstyle() != "italic"]


# --- importance and performance -------------------------------------------------------------------


def test_items_stand_at_performance_and_importance():
    found = importance_performance_from_arrays(SHORT, SERVED, items=("wait", "care", "seat", "tea"))
    ax = importance_performance(found)
    table = found.table.take(np.argsort(found.table["rank"]))
    sure = table["probability"] >= 0.8
    where = np.stack([table["performance"], table["importance"]], axis=1)
    np.testing.assert_array_equal(np.concatenate(points(ax)), [*where[sure], *where[~sure]])
    assert [line.get_xdata()[0] for line in ax.lines[:1]] == [found.performance_axis]
    assert [line.get_ydata()[0] for line in ax.lines[1:2]] == [found.importance_axis]
    first, *others = corners(ax)
    assert first == "wait"
    assert others[-1] == "tea"
    assert (ax.get_xlabel().splitlines()[0], ax.get_ylabel()) == ("performance", "importance")
    assert list(ax.lines[2].get_xdata()) == list(ax.lines[2].get_ydata())  # both are equal
    assert "importance = performance" in legend(ax)
    see_layout(ax)


def test_quadrants_have_their_names_in_their_corners():
    ax = importance_performance(judged(4))
    found = {text.get_text().replace("\n", " "): text.get_position() for text in ax.texts[:4]}
    places = {name: tuple(np.round(place)) for name, place in found.items()}
    assert places == {
        "concentrate here": (0, 1),
        "keep up the good work": (1, 1),
        "low priority": (0, 0),
        "possible overkill": (1, 0),
    }


def test_items_that_may_lie_elsewhere_are_hollow_and_say_so():
    found = judged(12, n=12)
    unsure = found.table["probability"] < 0.8
    assert 0 < unsure.sum() < 12
    ax = importance_performance(found)
    assert [len(part) for part in points(ax)] == [(~unsure).sum(), unsure.sum()]
    assert faces(ax) == [BLUE, "#ffffff"]  # told without colour
    assert {"at least 80 % sure of its quadrant", "less sure"} < {*legend(ax)}
    assert sum(" %" in words for words in corners(ax)) == unsure.sum()
    see_layout(ax)


def test_many_items_have_numbers_by_priority():
    found = judged(
        22,
        [f"the item that has number {n}" for n in range(22)],
        n=30,
    )
    ax = importance_performance(found)
    order = np.argsort(found.table["rank"])
    lines = [words for words in said(ax) if "  " in words]
    assert [words.split("  ")[1].split(" · ")[0] for words in lines] == [
        str(item) for item in found.table["item"][order]
    ]
    assert lines[0].endswith(f" · {math.floor(100 * found.table['probability'][order[0]])} %")
    assert {str(n) for n in range(1, 23)} <= set(corners(ax))  # all of them found room
    see_layout(ax)


def test_without_a_probability_and_without_a_quadrant():
    found = importance_performance_from_arrays(
        [[5, 6, 4, NAN]], [[4, 3, NAN, NAN]], items=list("abcd")
    )
    ax = importance_performance(found)
    assert legend(ax)[0] == "probability unknown"
    assert to_hex(ax.collections[0].get_edgecolor()[0]) == GREY
    words = [words for words in said(ax) if "  " in words]
    assert words == ["1  b", "2  a", "3  c · no performances", "4  d · no answers"]
    assert "caution: fewer than three items" in ax.get_xlabel()
    see_layout(ax)
    nothing = importance_performance(importance_performance_from_arrays([[NAN]], [[NAN]]))
    assert nothing.get_legend() is None
    assert "no answers" in nothing.get_xlabel()
    assert not points(nothing)
    see_layout(nothing)


def test_two_units_have_no_line_where_they_are_equal():
    ax = importance_performance(judged(5, common_scale=False))
    assert "importance = performance" not in legend(ax)
    far = importance_performance_from_arrays(np.add(SHORT, 50), SERVED, resamples=50)
    assert "importance = performance" not in legend(importance_performance(far))  # out of sight


def test_axes_given_by_hand_are_in_the_picture():
    ax = importance_performance(judged(6, axes=(9.0, -2.0)))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < 9 < right
    assert low < -2 < high
    see_layout(ax)


# --- Kano -----------------------------------------------------------------------------------------

COUNTS = {
    "wifi": {"A": 60, "O": 20, "M": 10, "I": 10},
    "seat": {"M": 45, "I": 45, "O": 10},
    "desk": {"Q": 5},
    "tour": {"R": 3},
}


def counted(size, names=(), n=60):
    random = np.random.default_rng(size)
    drawn = random.multinomial(n, random.dirichlet([1] * 4, size)).tolist()
    return {
        name: dict(zip("AOMI", row, strict=True))
        for name, row in zip(named(size, names), drawn, strict=True)
    }


def by_segment(segments, k=3):
    """Return categories of items in so many segments."""
    random = np.random.default_rng(segments)
    sides = random.integers(1, 6, (2, 40 * segments, k))
    return sq.priorities.kano(*sides, by={"branch": np.arange(40 * segments) % segments})


def test_items_stand_at_worse_and_better_in_the_unit_square():
    found = kano_from_counts({name: COUNTS[name] for name in ("wifi", "seat")})
    ax = kano(found)
    table = found.table
    np.testing.assert_array_equal(
        np.concatenate(points(ax)), np.stack([-table["worse"], table["better"]], axis=1)
    )
    assert corners(ax) == ["wifi · A", "seat · M"]
    assert len(set(shapes(ax))) == 2
    assert faces(ax) == [BLUE, "#ffffff"]  # Fong cannot tell M from I
    assert legend(ax) == ["A attractive", "M must-be", "hollow: two categories lead"]
    across, upright = [one.get_segments() for one in ax.collections[:2]]
    for row, (h, v) in enumerate(zip(across, upright, strict=True)):
        assert h[:, 0].tolist() == [-table["worse_high"][row], -table["worse_low"][row]]
        assert v[:, 1].tolist() == [table["better_low"][row], table["better_high"][row]]
    low, high = ax.get_xlim()
    assert low < 0
    assert high > 1
    names = {text.get_text(): np.round(text.get_position()).tolist() for text in ax.texts[:4]}
    assert names == {
        "attractive": [0, 1],
        "one-dimensional": [1, 1],
        "indifferent": [0, 0],
        "must-be": [1, 0],
    }
    see_layout(ax)


def test_items_without_better_and_worse_are_in_the_list():
    ax = kano(kano_from_counts(COUNTS))
    assert [words for words in said(ax) if "  " in words] == [
        "1  wifi · A",
        "2  seat · M",
        "3  desk · Q · all answers are questionable",
        "4  tour · R · all answers are reverse or que …",
    ]
    see_layout(ax)
    nothing = kano(kano_from_counts({"desk": {"Q": 5}}))
    assert nothing.get_legend() is None
    assert not points(nothing)
    see_layout(nothing)


def test_segments_have_a_colour_and_a_letter():
    found = by_segment(4)
    ax = kano(found)
    edges = {to_hex(c) for one in ax.collections[2:] for c in one.get_edgecolor()}
    assert edges == {BLUE, VERMILION, "#009e73", "#000000"}
    assert {"a 0", "b 1", "c 2", "d 3"} < {*legend(ax)}
    marks = {words for words in corners(ax) if len(words) == 2}
    assert marks <= {f"{item}{letter}" for item in (1, 2, 3) for letter in "abcd"}
    letters = " ".join(found.table["category"][found.table["item"] == "2"])
    assert f"2  2 · {letters}" in said(ax)
    see_layout(ax)
    one = Kano(table=found.table.where(branch="2"))
    ax = kano(one)
    assert ax.get_xlabel().endswith("\n2")
    assert not any(words.startswith("a ") for words in legend(ax))


def test_too_many_segments():
    with pytest.raises(ValueError, match=r"at most 4 segments.*got 5.*where\(branch='0'\)"):
        kano(by_segment(5))


# --- league tables --------------------------------------------------------------------------------


def units(size, names=(), rng=2):
    random = np.random.default_rng(rng)
    return league(
        random.normal(80, 3, size), random.uniform(0.5, 4, size), units=named(size, names)
    )


def test_units_stand_in_the_order_of_their_shrunk_means():
    found = league({"S": 77, "N": 83, "E": 80, "W": NAN}, [3, 3, 3, 3])
    ax = league_table(found)
    assert rows(ax) == {"N": 0, "E": 1, "S": 2, "W": 3}
    raw, shrunk = points(ax)
    assert raw[:3].tolist() == [[83, 0], [80, 1], [77, 2]]
    np.testing.assert_allclose(shrunk[:3], [[82, 0], [80, 1], [78, 2]])
    assert faces(ax) == ["#ffffff", BLUE]  # told without colour
    joined, ends = intervals(ax)[:3], intervals(ax)[3:]
    np.testing.assert_allclose(joined, [[83, 82], [80, 80], [77, 78]], atol=1e-9)
    table = found.table.take([1, 2, 0])
    np.testing.assert_array_equal(ends, np.stack([table["low"], table["high"]], axis=1))
    assert ax.lines[0].get_xdata()[0] == found.mean
    assert legend(ax) == ["shrunk mean", "interval", "raw mean", "mean of all: 80"]
    ranks = zip(table["rank_low"], table["rank_high"], strict=True)
    spans = [f"{a:.0f}–{b:.0f}" if a < b else f"{a:.0f}" for a, b in ranks]
    assert said(ax)[-5:] == [*spans, "no mean", "rank"]
    assert said(ax)[3] == "best, %"
    see_layout(ax)


def test_probabilities_near_the_ends_are_not_0_or_100():
    ax = league_table(league([0, 9, 0.1], [0.01, 4, 0.01]))
    assert said(ax)[:4] == [">99", "<1", "<1", "best, %"]
    assert said(league_table(league([1, 2], [0, 0])))[:2] == ["100", "<1"]


def test_of_many_units_the_best_and_the_worst():
    found = units(100)
    order = np.argsort(-found.table["shrunk"])
    ax = league_table(found, most=5)
    labels = found.table["unit"][order]
    assert list(rows(ax)) == [*labels[:3], "… 95 more …", *labels[-2:]]
    assert len(rows(league_table(found))) == 61
    assert len(rows(league_table(units(60)))) == 60
    see_layout(ax)
    with pytest.raises(ValueError, match="`most` must be"):
        league_table(found, most=1)


def test_units_without_a_mean_are_not_the_worst():
    found = league([*range(10), NAN, NAN], np.ones(12), units=list("abcdefghijkl"))
    ax = league_table(found, most=4)
    assert list(rows(ax)) == ["j", "i", "… 6 more …", "b", "a"]
    assert "2 units without an estimate: not drawn" in ax.get_xlabel()
    assert list(rows(league_table(found, most=10))) == list("jihgfedcba")


def test_very_many_units_are_a_band():
    found = units(300)
    ax = league_table(found, most=300)
    assert ax.get_ylabel() == "place by shrunk mean"
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_xdata(), np.sort(found.table["shrunk"])[::-1])
    np.testing.assert_array_equal(line.get_ydata(), np.arange(1, 301))
    assert ax.get_ylim() == (300.5, 0.5)  # the best on top
    assert legend(ax)[:3] == ["shrunk mean", "interval", "raw mean"]
    see_layout(ax)


def test_what_a_league_lacks_is_said():
    alike = league({"a": 1, "b": 1.1}, [1, 1])
    assert alike.cautions[0] in league_table(alike).get_xlabel().replace("\n", " ")
    for means, why in (([1], "one unit"), ([NAN, NAN], "no mean")):
        ax = league_table(league(means, np.ones(len(means))))
        assert why in said(ax)
        see_layout(ax)


# --- net promoters --------------------------------------------------------------------------------


def test_shares_lie_on_both_sides_and_the_score_below():
    found = net_promoter_from_counts(
        [60, 10], [20, 10], [20, 30], by={"branch": ["North", "South"]}
    )
    ax = net_promoter(found)
    left, length = bars(ax)
    np.testing.assert_allclose(length, [[0.2, 0.6], [0.2, 0.2], [0.6, 0.2]])
    np.testing.assert_allclose(left, [[-0.3, -0.7], [-0.1, -0.1], [0.1, 0.1]])
    hatches = [bar[0].get_hatch() for bar in ax.containers]
    assert hatches == ["///", "", ""]  # told without colour
    (score,) = points(ax)
    np.testing.assert_allclose(score[:, 0], [0.4, -0.4])
    assert (score[:, 1] > [0, 1]).all()
    table = found.table
    np.testing.assert_array_equal(intervals(ax), np.stack([table["low"], table["high"]], axis=1))
    assert legend(ax)[-1] == f"all: +{100 * found.score:.0f}"
    assert said(ax)[-6:] == ["100", "50", "n", "+40", "−40", "score"]
    see_layout(ax)


def test_one_group_has_no_line_for_all():
    ax = net_promoter(net_promoter_from_counts(60, 20, 20))
    assert rows(ax) == {"all": 0}
    assert legend(ax) == ["detractors", "passives", "promoters", "score", "interval"]
    see_layout(ax)


def test_groups_without_a_score_or_an_interval():
    labels = {"branch": ["a", "b", "c"]}
    ax = net_promoter(
        net_promoter_from_counts([5, 0, 3], [0, 0, 3], [0, 0, 3], by=labels, interval="wald")
    )
    words = [text.replace("\n", " ") for text in said(ax)]
    assert words[-4:] == [
        "+100 · no interval: all answers in one class",
        "no answers",
        "0",
        "score",
    ]
    see_layout(ax)
    nothing = net_promoter(net_promoter_from_counts(0, 0, 0))
    assert nothing.get_legend() is None
    assert "no answers" in said(nothing)
    see_layout(nothing)


def test_weighted_shares_say_so():
    found = sq.loyalty.net_promoter([10, 9, 3, 8], weights=[1, 2, 1, 1])
    assert net_promoter(found).get_xlabel().endswith("% (weighted)")


# --- funnels --------------------------------------------------------------------------------------

Z998 = 3.090232306167813  # R: qnorm(.999)


def limits(ax):
    """Return x and y of the limits, the widest first, the low ones before the high ones."""
    return [np.array(line.get_data()) for line in ax.lines[1:]]


def labels(ax):
    """Return what each word in the picture is, and the dot that it belongs to."""
    return {text.get_text(): tuple(text.xy) for text in ax.texts if text.get_text()}


def test_means_stand_at_their_precision_between_smooth_limits():
    found = funnel_limits({"a": 82.5, "b": 90, "c": 80.4, "d": NAN}, [1, 4, 0.25, 1], target=80)
    ax = funnel(found)
    signal, ring, dot = points(ax)
    assert (signal.tolist(), ring.tolist(), dot.tolist()) == (
        [[0.25, 90]],  # z is 5, of a limit of 3.09
        [[1, 82.5]],  # 2.5, of 1.96
        [[4, 80.4]],  # 0.8
    )
    assert faces(ax) == [VERMILION, "#ffffff", BLUE]
    assert shapes(ax)[0] != shapes(ax)[1]  # told without colour
    (x, low), (_, high), *narrow = limits(ax)
    assert (x[0], x[-1]) == pytest.approx((0.25, 4))
    np.testing.assert_allclose((high - 80) * np.sqrt(x), Z998)
    np.testing.assert_allclose(low + high, 160)
    assert narrow[1][1][0] == pytest.approx(80 + 2 * 1.959964)
    assert [line.get_linestyle() for line in ax.lines] == ["-", "-", "-", "--", "--"]
    assert labels(ax) == {"b": (0.25, 90)}
    assert {*legend(ax)} == {
        "target: 80",
        "limits of 99.8 %",
        "limits of 95 %",
        "signal: outside 99.8 %",
        "outside 95 %, no signal",
        "within 95 %",
    }
    assert ax.get_xlabel() == "precision, 1/se²\n1 unit not drawn, no mean: d"
    see_layout(ax)


def test_means_of_one_spread_stand_at_their_n():
    n = np.array([4, 16, 64, 100])
    means = [79, 81, 83, 78]
    ax = funnel(funnel_limits(means, 36 / n, n=n, target=80))
    assert ax.get_xlabel() == "n"
    (x, low), (_, high) = limits(ax)[:2]
    np.testing.assert_allclose((high - low) / 2 * np.sqrt(x) / 6, Z998)
    wide = funnel_limits(means, 36 / n, n=n, target=80, overdispersion=True)
    ax = funnel(wide)
    assert ax.get_xlabel().splitlines()[0] == "n"
    assert f"between units of {wide.tau2:.4g}" in ax.get_xlabel()
    (x, low), (_, high) = limits(ax)[:2]
    np.testing.assert_allclose((high - low) / 2, Z998 * np.sqrt(36 / x + wide.tau2))
    see_layout(ax)


@pytest.mark.parametrize("n", [[4, 16, 9], [0, 16, 64]])
def test_where_n_does_not_tell_the_error_precision_does(n):
    ax = funnel(funnel_limits([79, 81, 83], [9, 36 / 16, 36 / 64], n=n))
    assert ax.get_xlabel() == "precision, 1/se²"


@pytest.mark.parametrize("wide", [False, True])
def test_all_that_lie_outside_are_seen_to(wide):
    random = np.random.default_rng(3)
    n = random.integers(2, 99, 300)
    for given in ({"n": n}, {}):
        found = funnel_limits(
            random.normal(0, 5, 300), 30 / n, overdispersion=wide, levels=(0.5, 0.9), **given
        )
        ax = funnel(found)
        signal, ring, _ = points(ax)
        assert len(signal) == len(found.signals) > 0
        (x, low), (_, high), (_, near_low), (_, near_high) = limits(ax)
        at = {"low": np.interp(signal[:, 0], x, low), "high": np.interp(signal[:, 0], x, high)}
        assert ((signal[:, 1] < at["low"]) | (signal[:, 1] > at["high"])).all()
        inner = np.interp(ring[:, 0], x, near_low), np.interp(ring[:, 0], x, near_high)
        assert ((ring[:, 1] < inner[0]) | (ring[:, 1] > inner[1])).all()


def test_shares_stand_at_their_n_between_their_limits():
    found = share_funnel({"a": 4, "b": 20, "c": 0, "d": 9, "e": 0}, [20, 30, 0, 30, 0], target=0.2)
    ax = funnel(found)
    np.testing.assert_allclose(np.concatenate(points(ax)), [[30, 200 / 3], [30, 30], [20, 20]])
    table = found.limits
    for place, level in enumerate((0.998, 0.95)):
        rows = [table.row(unit=unit, level=level) for unit in "ab"]
        for side, end in enumerate(("low", "high")):
            x, y = limits(ax)[2 * place + side]
            assert x.tolist() == [20, 30]
            np.testing.assert_allclose(y, [100 * row[end] for row in rows])
    assert labels(ax) == {"b": pytest.approx((30, 200 / 3))}
    assert ax.get_ylabel() == "share, %"
    assert legend(ax)[0] == "target: 20 %"
    assert ax.get_xlabel() == "n\n2 units not drawn, no answers: c, e"
    see_layout(ax)


def test_one_n_of_shares_has_marks_for_its_limits():
    ax = funnel(share_funnel([3, 9], [10, 10]))
    assert [line.get_marker() for line in ax.lines] == ["None", "_", "_", "_", "_"]
    assert all(place == round(place) for place in ax.get_xticks())
    see_layout(ax)


def test_many_signals_have_numbers_from_the_least_p():
    names = [f"the unit that has number {n}" for n in range(50)]
    z = 4 + np.random.default_rng(1).permutation(50) / 9
    ax = funnel(funnel_limits(z, np.ones(50), units=names, target=0))
    listed = [words for words in said(ax) if "  " in words]
    assert listed[0] == f"1  {names[np.argmax(z)]}"
    assert len(listed) == 50
    see_layout(ax)


@pytest.mark.parametrize("spread", [1, 2, 4])
def test_names_stand_off_all_dots_and_each_other(spread):
    random = np.random.default_rng(60)
    n = random.integers(2, 99, 60)
    ax = funnel(funnel_limits(random.normal(80, spread, 60), 30 / n, n=n, target=80))
    ax.figure.canvas.draw()
    dots = ax.transData.transform(np.concatenate(points(ax)))
    boxes = [Text.get_window_extent(text) for text in ax.texts]  # without the line to its dot
    assert boxes
    assert not any(box.count_contains(dots) for box in boxes)
    assert not any(box.count_overlaps(boxes[place + 1 :]) for place, box in enumerate(boxes))


def test_very_different_n_and_limits_that_run_out():
    ax = funnel(share_funnel([50] * 12 + [1], [100] * 12 + [1]))
    assert ax.get_xscale() == "linear"
    ax = funnel(share_funnel([5000, 50, 1], [10_000, 100, 1]))
    assert ax.get_xscale() == "log"
    see_layout(ax)
    low, high = funnel(funnel_limits([0] * 30, [1] * 29 + [1e4], target=0)).get_ylim()
    assert -10 < low < -Z998
    assert Z998 < high < 10


def test_a_funnel_without_units():
    for found, why in (
        (funnel_limits([80], [4]), "1 unit not drawn, one unit: 1"),
        (share_funnel([0] * 6, [0] * 6), "6 units not drawn, no answers: 1, 2, 3, 4 and 2 more"),
    ):
        ax = funnel(found)
        assert why in ax.get_xlabel()
        assert ax.get_legend() is None
        assert not points(ax)
        see_layout(ax)
    see_layout(funnel(share_funnel([0, 0], [1, 2])))  # a target of 0


# --- all of them ----------------------------------------------------------------------------------


def priorities(size, names, **drawn):
    return importance_performance(judged(size, names), **drawn)


def categories(size, names, **drawn):
    return kano(kano_from_counts(counted(size, names)), **drawn)


def ranked(size, names, **drawn):
    return league_table(units(size, names), **drawn)


def narrowing(size, names, **drawn):
    random = np.random.default_rng(size)
    means, n = random.normal(80, 1, size), random.integers(2, 99, size)
    found = funnel_limits(means, 30 / n, n=n, units=named(size, names), target=80)
    return funnel(found, **drawn)


def promoting(size, names, **drawn):
    counts = np.random.default_rng(size).integers(0, 90, (3, size))
    by = {"branch": named(size, names)}
    return net_promoter(net_promoter_from_counts(*counts, by=by), **drawn)


@pytest.mark.parametrize("draw", [priorities, categories])
def test_names_of_any_kind_are_listed(draw):
    ax = draw(len(ODD), ODD)
    assert not any(text.get_parse_math() for text in ax.texts if "$" in text.get_text())
    assert sum("  " in words for words in said(ax)) == len(ODD)


@pytest.mark.parametrize("draw", [priorities, categories])
def test_a_list_that_is_too_long_is_cut(draw):
    ax = draw(60, [f"a name that is far too long {n}" for n in range(60)], ax=plt.subplots()[1])
    assert any(words.startswith("… and ") for words in said(ax))


@pytest.mark.parametrize("draw", [partial(priorities, 22), partial(categories, 22)])
def test_words_stand_free_of_dots(draw):
    ax = draw([f"item {n}" for n in range(22)])
    ax.figure.canvas.draw()
    dots = ax.transData.transform(np.concatenate(points(ax)))
    for text in ax.texts:
        box = Text.get_window_extent(text)  # without the line to its dot
        assert not box.count_contains(dots), text


PICTURES = {
    "funnel": narrowing,
    "importance_performance": priorities,
    "kano": categories,
    "league_table": ranked,
    "net_promoter": promoting,
}
WRONG = {
    "funnel": "`found` must be Funnel or ShareFunnel, got 3 that is a int; rankings.funnel_limits",
    "importance_performance": "`found` must be ImportancePerformance, got 3 .*; priorities.import",
    "kano": "`found` must be Kano, got 3 that is a int; priorities.kano",
    "league_table": "`found` must be LeagueTable, got 3 that is a int; rankings.league_table",
    "net_promoter": "`found` must be NetPromoter, got 3 that is a int; loyalty.net_promoter",
}
