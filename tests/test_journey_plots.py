"""Pictures of journeys, plans and drivers, read back from their Axes."""

import math
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import servqual as sq
from servqual.journeys import (
    Improvement,
    Journey,
    Touchpoint,
    improvement_plan,
    journey_failure,
    touchpoint_drivers,
)
from servqual.plot._axes import BLUE, VERMILION

from .strategies import line
from .test_plots import legend, points, rows, said

NAN = math.nan
ODD = ["$a_$", "_b", r"x_{$", r"a $\frac{ b", "<b>&", " ".join(["long name"] * 20), "n" * 90, "Zoë"]


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def see_layout(ax):
    """See that all words lie within the figure, and none on others."""
    figure, key = ax.figure, ax.get_legend()
    figure.canvas.draw()
    words = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *(key.get_texts() if key else [])]
    for axis, ends in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(ends)
        ticks = zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
        words += [label for label, place in ticks if low <= place <= high]
    words = [word for word in words if word.get_text()]
    boxes = np.array([word.get_window_extent().extents for word in words])
    low, high = boxes[:, :2], boxes[:, 2:]
    inside = (low >= -1).all(axis=1) & (high <= figure.bbox.max + 1).all(axis=1)
    assert inside.all(), words[np.argmin(inside)]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    first, second = np.nonzero(np.triu((shared > 2).all(axis=-1), 1))
    assert not len(first), (words[first[0]], words[second[0]])


def intervals(ax):
    """Return both ends of the lines, without those that are not there."""
    sets = [found.get_segments() for found in ax.collections if hasattr(found, "get_segments")]
    return [segment[:, 0].tolist() for one in sets for segment in one if len(segment)]


def shapes(ax):
    """Return the shape of each set of markers."""
    sets = [found for found in ax.collections if hasattr(found, "get_sizes")]
    return [found.get_paths()[0].vertices.round(9).tobytes() for found in sets]


def colours(ax):
    """Return the colour of each set of markers."""
    sets = [found for found in ax.collections if hasattr(found, "get_sizes")]
    return [to_hex(found.get_edgecolor()[0]) for found in sets]


def failing(*known, **more):
    """Return the failure of a journey a, b, …, of which each touchpoint has what is known."""
    return journey_failure(line(*known, **more), rng=1, draws=200)


FORMS = ["machine", "remote", "face_to_face"]


def many(size, names=()):
    """Return the failure of a journey of some length with all there is to draw."""
    points = [
        Touchpoint(
            name=name,
            failures=n % 7,
            occasions=40 + 9 * n,
            visit_probability=1 - 0.9 * n / size,
            encounter=FORMS[n % 3],
            critical=n in {0, 2},
        )
        for n, name in enumerate([*names, *(f"touchpoint {n}" for n in range(size))][:size])
    ]
    return journey_failure(Journey(name="journey", touchpoints=points), rng=1, draws=200)


# --- the strip ------------------------------------------------------------------------------------


def test_a_strip_in_the_order_of_the_journey():
    found = failing(0.02, 0.3, 0.01, critical=[1], forms=["machine", None, "face_to_face"])
    ax = sq.plot.journey(found)
    assert rows(ax) == {"a": 0, "b": 1, "c": 2}
    node, plain, critical_node, critical = points(ax)
    assert node.tolist() == [[0, 0], [0, 2]]
    assert plain == pytest.approx(np.array([[2, 0], [1, 2]]))
    assert critical_node.tolist() == [[0, 1]]
    assert critical == pytest.approx(np.array([[30, 1]]))
    assert len(set(shapes(ax))) == 2  # told without colour
    assert colours(ax) == [BLUE, BLUE, VERMILION, VERMILION]
    assert legend(ax) == ["touchpoint", "critical touchpoint"]  # no interval of what is given
    assert said(ax) == ["2.00 %", "30.00 %", "1.00 %", "fails", "machine", "face to face"]
    below = ax.get_xlabel()
    assert below.startswith("failure probability per visit, %\n")
    assert "32.09 % of customers meet a failure" in below  # 1 - .98·.7·.99
    assert "30.00 % at a critical touchpoint" in below
    see_layout(ax)


def test_intervals_of_what_was_observed():
    found = failing((0, 50), 0.1, (50, 50), (3, 60), critical=[2])
    ax = sq.plot.journey(found)
    ends = np.stack([100 * found.touchpoints["low"], 100 * found.touchpoints["high"]], axis=1)
    np.testing.assert_allclose(intervals(ax), ends[[0, 3, 2]])
    assert legend(ax) == ["touchpoint", "critical touchpoint", "interval"]
    low, high = ax.get_xlim()
    assert low < 0  # marks at the ends are not cut
    assert high > 100
    shown = r"100\.00 % of customers meet a failure \([\d.]+ to [\d.]+ %\)"
    assert re.search(shown, ax.get_xlabel())
    see_layout(ax)


def test_rings_where_not_every_customer_comes_once():
    ax = sq.plot.journey(failing(0.2, 0.1, 0.1, visits=[1, 0.5, 0]))
    assert legend(ax)[-1] == "per customer"
    assert points(ax)[-1] == pytest.approx(np.array([[5, 1], [0, 2]]))
    assert said(ax)[4:8] == ["1.00", "0.50", "0.00", "visits"]
    shop = Journey(
        name="shop",
        touchpoints=[
            Touchpoint(name="ask", failure_probability=0.1),
            Touchpoint(name="buy", failure_probability=0.5, critical=True),
        ],
        transitions={"ask": {"ask": 0.75, "buy": 0.25}},
    )
    found = journey_failure(shop)
    ax = sq.plot.journey(found)
    ring = 100 * found.touchpoints["ever_fails"][0]
    assert ring == pytest.approx(100 * (0.1 / (1 - 0.9 * 0.75)))  # four visits, on average
    assert points(ax)[-1] == pytest.approx(np.array([[ring, 0]]))
    assert said(ax)[3:6] == ["4.00", "1.00", "visits"]
    see_layout(ax)


def test_scores_by_name_and_in_order():
    found = failing(0.1, 0.2, 0.3)
    for scores in ({"c": 3.456, "a": -2}, {"a": -2.0, "b": None, "c": 3.456}, [-2, NAN, 3.456]):
        ax = sq.plot.journey(found, scores=scores)
        assert said(ax)[4:] == ["-2.00", "–", "3.46", "score"]
    assert "score" not in said(sq.plot.journey(found))
    ax = sq.plot.journey(found, scores=np.array([1e6, 2.0, 3.0]))
    see_layout(ax)


@pytest.mark.parametrize(
    ("scores", "kind", "message"),
    [
        ({"d": 1}, ValueError, r"`scores`: 'd' is unknown; there are 'a', 'b'"),
        (
            [1, 2, 3],
            ValueError,
            r"`scores` must be one for each of \('a', 'b'\), got 3",
        ),
        ([[1, 2]], ValueError, r"`scores` must be one for each of \('a', 'b'\), got 1"),
        (5, (TypeError, ValueError), "`scores` must be"),
        (["good", "bad"], (TypeError, ValueError), "`scores` must be .*'good'"),
        ({"a": "good"}, (TypeError, ValueError), "`scores` must be .*'good'"),
    ],
)
def test_scores_that_are_none(scores, kind, message):
    with pytest.raises(kind, match=message):
        sq.plot.journey(failing(0.1, 0.2), scores=scores)


@pytest.mark.parametrize("p", [0, 1, 1e-12, 1e-300])
def test_probabilities_at_the_ends(p):
    ax = sq.plot.journey(failing(p, p))
    first = said(ax)[0]
    assert float(first.removesuffix(" %")) == pytest.approx(100 * p, rel=0.06)
    assert points(ax)[1] == pytest.approx(np.array([[100 * p, 0], [100 * p, 1]]))
    low, high = ax.get_xlim()
    assert low < 0 <= 100 * p < high
    see_layout(ax)


# --- the frontier ---------------------------------------------------------------------------------


def plan(budget, ways=2, size=5, names=(), p=None):
    """Return a plan over touchpoints that fail more and more, each with so many ways."""
    rng = np.random.default_rng(size)
    found = [
        Touchpoint(
            name=[*names, *(f"touchpoint {k}" for k in range(size))][n],
            failure_probability=0.02 + 0.1 * rng.random() if p is None else p,
            improvements=[
                Improvement(name=f"way {w}", cost=5 * (w + 1) + n, reduction=rng.random())
                for w in range(ways)
            ],
        )
        for n in range(size)
    ]
    return improvement_plan(Journey(name="journey", touchpoints=found), budget=budget)


def steps(ax):
    """Return the list of steps, without what was cut."""
    return [word for word in said(ax) if re.match(r"\d+  ", word)]


def test_a_frontier_with_plan_rules_and_budget():
    found = plan(20)
    ax = sq.plot.improvement_frontier(found)
    table = found.frontier.take(found.frontier["cost"] <= 40)  # twice the budget
    assert 2 < len(table) < len(found.frontier)
    dots, *rules = points(ax)
    success = 100 * table["success_probability"]
    np.testing.assert_allclose(dots, np.stack([table["cost"], success], axis=1))
    names = ["best", "everything_a_little", "worst_first"]
    for rule, mark in zip(names, rules, strict=True):
        row = found.rules.row(rule=rule)
        np.testing.assert_allclose(mark, [[row["cost"], 100 * row["success_probability"]]])
    assert len(set(shapes(ax)[1:])) == 3  # told without colour
    called = {word.split(":")[0] for word in legend(ax)}
    assert called == {"frontier", "best", "everything a little", "worst first", "budget"}
    assert f"best: {100 * found.success_probability:.4g} %" in legend(ax)
    dots = next(found for found in ax.collections if len(found.get_offsets()) == len(table))
    white = [to_hex(face) == "#ffffff" for face in dots.get_facecolor()]
    assert white == (~table["within_budget"]).tolist()
    assert [20, 20] in [[*curve.get_xdata()] for curve in ax.lines]
    wanted = [f"{row['step']}  {row['touchpoint']}: {row['improvement']}" for row in table.rows()]
    assert steps(ax) == wanted[1:]
    ends = [ax.transData.transform(ends)[0] for ends in (dots.get_offsets()[-1], (20, 0))]
    assert max(ends) <= ax.bbox.x1 + 1
    assert ax.get_ylabel() == "journeys without a failure, %"
    see_layout(ax)


@pytest.mark.parametrize("budget", [0, 1, 5, 12.5, 1e5, 1e12])
def test_budgets_small_and_large(budget):
    found = plan(budget)
    ax = sq.plot.improvement_frontier(found)
    assert ax.get_xlabel() == f"cost, of a budget of {budget:.12g}"
    if budget > found.frontier["cost"][-1]:
        assert len(steps(ax)) == len(found.frontier) - 1
        assert ax.get_xlim()[1] < 2 * found.frontier["cost"][-1]  # the dots are not squeezed
    see_layout(ax)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda: plan(1, p=1), "certain to fail"),
        (lambda: plan(1e4, p=1), ""),
        (lambda: plan(10, p=0), ""),  # nothing to improve
        (lambda: plan(10, size=1, ways=1), ""),
        (lambda: plan(150, size=60, ways=3), ""),
        (lambda: plan(40, size=len(ODD), names=ODD), ""),
        (lambda: plan(4, size=len(ODD), names=ODD, p=1), "'$a_$', '_b'"),
    ],
)
def test_plans_of_every_kind(found, why):
    found = found()
    ax = sq.plot.improvement_frontier(found)
    assert why in ax.get_xlabel()
    assert bool(found.hopeless) == bool(why)
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
    listed = [int(word.split()[0]) for word in steps(ax)]
    assert listed == sorted(listed)
    assert len(listed) == len(set(listed)) <= len(found.frontier) - 1
    assert not any(text.get_parse_math() for text in ax.texts if not text.get_text().isdigit())
    see_layout(ax)


# --- drivers --------------------------------------------------------------------------------------


def rating(size, names=(), rows=60, **more):
    """Return drivers of which the second has no answers and the third no variation."""
    rng = np.random.default_rng(size)
    answers, happy = rng.integers(1, 6, (rows, size)).astype(float), np.arange(rows) % 2 == 0
    answers += np.outer(happy, np.linspace(2, -1, size))
    if size > 2:
        answers[:, 1], answers[:, 2] = NAN, 3
    names = [*names, *(f"touchpoint {n}" for n in range(size))][:size]
    return touchpoint_drivers(answers, satisfied=happy, touchpoints=names, **more)


@pytest.mark.parametrize("standardised", [True, False])
def test_drivers_by_their_size(standardised):
    found = rating(8).table
    ax = sq.plot.drivers(rating(8), standardised=standardised)
    column, ends = "difference", ("low", "high")
    if standardised:
        column, ends = "effect_size", ("effect_low", "effect_high")
    size = np.where(np.isnan(found[column]), -1, np.abs(found[column]))
    table = found.take(np.argsort(-size, kind="stable"))
    assert list(rows(ax)) == table["touchpoint"].tolist()
    (marks,) = points(ax)
    defined = ~np.isnan(table[column])
    assert marks[defined, 0] == pytest.approx(table[column][defined])
    assert marks[defined, 1].tolist() == np.flatnonzero(defined).tolist()
    ends = np.stack([table[end] for end in ends], axis=1)
    np.testing.assert_allclose(intervals(ax), ends[np.isfinite(ends).all(axis=1)])
    assert [0, 0] in [[*rule.get_xdata()] for rule in ax.lines]
    other = "difference" if standardised else "effect_size"
    words = [word.replace("\n", " ") for word in said(ax)]
    assert words[-1] == ("difference" if standardised else "Hedges' g")
    values = [float(word.replace("−", "-")) for word in words[:6]]
    assert values == pytest.approx(table[other][:6], abs=0.005)
    assert sum("no answers" in word for word in words) == 1
    assert sum("no variation on either side" in word for word in words) == 1
    assert legend(ax) == ["effect" if standardised else "difference", "its interval"]
    see_layout(ax)


def test_drivers_by_group():
    groups = {"class": ["Eco", "First", "Eco"] * 20, "trip": ["$x_$"] * 60}
    found = rating(5, by=groups)
    ax = sq.plot.drivers(found)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[-2:] == ["Eco · $x_$", "First · $x_$"]
    assert ax.get_yticks().tolist()[-2:] == [0, 6]
    for group, block in zip(("Eco", "First"), (labels[:5], labels[5:10]), strict=True):
        own = found.table.where(**{"class": group})
        size = -np.nan_to_num(np.abs(own["effect_size"]), nan=-1)
        assert block == own["touchpoint"][np.argsort(size, kind="stable")].tolist()
    see_layout(ax)


def test_drivers_of_which_none_is_defined():
    for answers in ({"a": [1, 2], "b": [NAN, NAN]}, {"a": [3, 3]}):
        ax = sq.plot.drivers(touchpoint_drivers(answers, satisfied=[True] * 2))
        assert list(rows(ax)) == list(answers)
        words = " ".join(said(ax)).replace("\n", " ")
        assert "no answers of dissatisfied customers" in words
        see_layout(ax)
    for wrong in (1, "yes", None):
        with pytest.raises(TypeError, match="`standardised` must be bool"):
            sq.plot.drivers(rating(3), standardised=wrong)


# --- all ------------------------------------------------------------------------------------------

PICTURES = {
    "journey": lambda size, names, **asked: sq.plot.journey(many(size, names), **asked),
    "improvement_frontier": lambda size, names, **asked: sq.plot.improvement_frontier(
        plan(3 * size, size=size, names=names), **asked
    ),
    "drivers": lambda size, names, **asked: sq.plot.drivers(rating(size, names), **asked),
}
WRONG = {
    "journey": "`failure` must be JourneyFailure, got 3 that is a int; journeys.journey_failure",
    "improvement_frontier": "`plan` must be ImprovementPlan, got 3 .*; journeys.improvement_plan",
    "drivers": "`drivers` must be TouchpointDrivers, got 3 .*; journeys.touchpoint_drivers",
}


def test_the_strip_names_its_first_touchpoints():
    for size, names in ((1, ()), (len(ODD), ODD), (60, ())):
        ax = PICTURES["journey"](size, names)
        assert [*rows(ax)][:5] == [*names, *(f"touchpoint {n}" for n in range(5))][:5][:size]
        assert max(map(len, "\n".join(rows(ax)).splitlines())) <= 42
