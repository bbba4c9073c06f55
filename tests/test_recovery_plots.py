"""Pictures of complaints and recovery, read back from their Axes."""

import math

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import servqual as sq
from servqual.plot._axes import BLUE, GREY, VERMILION
from servqual.recovery import (
    Branch,
    ComplaintTree,
    RiskSensitivity,
    complaint_curve,
    market_at_risk,
    risk_sensitivity,
    tree_from_counts,
)
from servqual.tables import Table

from .test_journey_plots import ODD, see_layout, shapes
from .test_measurement_plots import named
from .test_plots import bars, legend, points, rows, said

NAN = math.nan


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


# --- trees ----------------------------------------------------------------------------------------


def counted_tree(size, names=()):
    """Return an estimated tree of so many leaves, three of each kind, and what breaks off."""
    random = np.random.default_rng(size)
    counts = {}
    for place, name in enumerate(named(size, names)):
        counts[f"kind {place // 3}", name] = int(random.integers(0, 90))
    counts[("kind 0",)] = 7
    losses = {name: 500.0 * place for place, name in enumerate(named(size, names))}
    return tree_from_counts(counts, losses=losses)


def branches(ax):
    """Return of each branch the path of its line, its width and its style, after the root's."""
    bold = [line for line in ax.lines if line.get_zorder() == 2]
    rows = [(line.get_xydata(), line.get_linewidth(), line.get_linestyle()) for line in bold]
    return rows[0], rows[1:]


SMALL = ComplaintTree(
    "failure",
    (
        Branch("angry", 0.4, branches=(Branch("leaves", 0.75, loss=500), Branch("stays"))),
        Branch("content"),
    ),
)


def test_a_tree_stands_from_left_to_right():
    ax = sq.plot.complaint_tree(SMALL)
    assert ax.get_yticklabels()[0].get_text() == "failure"
    assert ax.get_yticks().tolist() == [1.25]  # between its branches
    _, rows = branches(ax)
    ends = [line[-1, 1] for line, *_ in rows]
    assert ends == [0.5, 0, 1, 2]
    starts = [line[0, 1] for line, *_ in rows]
    assert starts == [1.25, 0.5, 0.5, 1.25]
    widths = np.array([width for _, width, _ in rows])
    np.testing.assert_allclose(np.diff(widths) / (widths[0] - widths[1]), [-1, -2, 5])
    assert {style for *_, style in rows} == {"-"}
    (lossy, free) = points(ax)
    assert lossy[:, 1].tolist() == [0]
    assert free[:, 1].tolist() == [1, 2]
    assert len(set(shapes(ax))) == 2  # told without colour
    assert legend(ax) == ["ends with a loss", "ends without"]
    assert said(ax) == [
        "30 %",
        "10 %",
        "60 %",
        "probability",
        "500",
        "0",
        "0",
        "loss",
        "angry · 40 %",
        "leaves · 75 %",
        "stays · 25 %",
        "content · 60 %",
    ]
    assert ax.get_xlabel().splitlines()[1] == "expected loss 150"
    see_layout(ax)


@pytest.mark.parametrize("inches", [None, 5, 8])
def test_words_stand_over_their_lines_and_end_before_the_next_node(inches):
    names = [f"a name that takes some room {n}" for n in range(9)]
    given = None if inches is None else plt.subplots(figsize=(inches, 6), layout="constrained")[1]
    ax = sq.plot.complaint_tree(counted_tree(9, names), ax=given)
    ax.figure.canvas.draw()
    _, rows = branches(ax)
    texts = [text for text in ax.texts if text.get_fontsize() == 8]
    assert len(texts) == len(rows)
    for text, (line, width, _) in zip(texts, rows, strict=True):
        box = text.get_window_extent()
        (begin, _), (end, y) = ax.transData.transform(line[[1, -1]])
        assert begin < box.x0 < box.x1 < end
        assert y + width / 2 <= box.y0 < y + 20
    whole = sum(text.get_text().startswith(tuple(names)) for text in texts)
    assert inches is not None or whole == 9


def test_an_estimated_tree_has_intervals_and_says_what_is_lost():
    found = counted_tree(4)
    ax = sq.plot.complaint_tree(found)
    row = found.leaves.row(path="kind 0 → item 1")
    assert f"{100 * row['low']:.3g} to {100 * row['high']:.3g}" in said(ax)
    assert "interval" in said(ax)
    below = " ".join(ax.get_xlabel().split())
    bounds = f"mean loss {found.least:,.4g} to {found.most:,.4g} whatever they did"
    assert f"7 of {found.n} cases lost sight of: {bounds}" in below
    ends = f"{found.low:,.4g} to {found.high:,.4g}"
    assert below.endswith(f" expected loss {found.expected_loss:,.4g} ({ends})")
    see_layout(ax)


@pytest.mark.parametrize(
    ("loss", "shown"),
    [(196.454, "196.5"), (196_454, "196,500"), (12_345_678, "12,350,000"), (0.0123456, "0.01235")],
)
def test_a_loss_that_was_worked_out_has_four_digits(loss, shown):
    ax = sq.plot.complaint_tree(ComplaintTree("failure", (Branch("leaves", 1, loss=loss),)))
    assert ax.get_xlabel().splitlines()[1] == f"expected loss {shown}"


def test_what_is_not_known_and_what_never_comes():
    counts = {"a": {"x": 0, "y": 0, "": 5}, "b": {"x": 0, "y": 0}, "c": 5}
    ax = sq.plot.complaint_tree(tree_from_counts(counts, losses={"x": 9}))
    _, rows = branches(ax)
    styles = [style for *_, style in rows]
    assert styles == ["-", "--", "--", ":", ":", ":", "-"]
    thin = {width for _, width, style in rows if style != "-"}
    assert len(thin) == 1
    bold = [line for line in ax.lines if line.get_zorder() == 2][1:]
    assert [to_hex(line.get_color()) for line in bold[:2]] == [BLUE, GREY]
    assert said(ax).count("not known") == 2
    assert said(ax).count("x · not known") == 2
    assert "no expected loss: of no case is the next step known" in " ".join(
        ax.get_xlabel().split()
    )
    see_layout(ax)


def test_trees_without_losses_or_cases():
    ax = sq.plot.complaint_tree(ComplaintTree("a", (Branch("b", 0.99999), Branch("c"))))
    assert legend(ax) == ["end"]
    assert "loss" not in said(ax)
    assert said(ax)[:2] == [">99.9 %", "0.001 %"]
    assert ax.get_xlabel() == "line width: probability of coming there"
    see_layout(ax)
    for counts in ({"b": 0, "c": 0}, {"b": 3}):
        see_layout(sq.plot.complaint_tree(tree_from_counts(counts)))


def test_names_are_cut_to_the_room_there_is():
    tree = ComplaintTree("$r_$" * 20, [Branch("n" * 90, 0.5), Branch("short")])
    words = said(sq.plot.complaint_tree(tree))
    assert any(word.startswith("nnnnnnnn") and word.endswith(" … · 50 %") for word in words)
    assert "short · 50 %" in words
    deep = Branch("end")
    for n in range(12):
        deep = Branch(f"a rather long step {n}", branches=(deep,))
    _, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    ax = sq.plot.complaint_tree(ComplaintTree("root", (deep,)), ax=axes[0])
    see_layout(ax)
    assert not any("step" in word for word in said(ax))
    see_layout(sq.plot.complaint_tree(ComplaintTree("root", (deep,))))


@pytest.mark.filterwarnings("ignore:Glyph")  # the usual font has none of them
def test_wide_letters_find_room():
    names = ["顧客の声を聞く会社", "苦情を言わない顧客", "友人に話す人々の"]
    branch = Branch("去る", loss=1)
    for name in names:
        branch = Branch(name, branches=(branch,))
    ax = sq.plot.complaint_tree(ComplaintTree("失敗", (branch,)))
    assert [f"{name} · 100 %" in said(ax) for name in names] == [True] * 3
    see_layout(ax)


def test_marks_of_losses_are_where_the_losses_are():
    ax = sq.plot.complaint_tree(counted_tree(7))
    lossy, free = points(ax)
    assert free[:, 1].tolist() == [0]
    assert lossy[:, 1].tolist() == [1, 2, 3, 4, 5, 6]
    assert to_hex(ax.collections[0].get_facecolor()[0]) == VERMILION


def test_names_of_any_kind_stand_in_the_tree():
    ax = sq.plot.complaint_tree(counted_tree(len(ODD), ODD))
    assert not any(text.get_parse_math() for text in ax.texts if "$" in text.get_text())
    words = said(ax)
    assert sum(" · " in word for word in words) == len(ODD) + 3
    see_layout(ax)


# --- curves of open complaints --------------------------------------------------------------------


def resolved(size, names=(), n=40, rng=6, **asked):
    """Return the curve of so many groups, some of whose cases are open still."""
    random = np.random.default_rng(rng)
    labels = np.repeat(named(size, names), n)
    closing = random.exponential(2 + np.arange(len(labels)) / n)
    seen = random.exponential(9, len(labels))
    asked = {"by": {"office": labels}, "unit": "day"} | asked
    return complaint_curve(np.minimum(closing, seen), closing < seen, **asked)


def steps(ax):
    """Return x and y of each curve."""
    lines = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    return [np.array(line.get_data()) for line in lines]


def test_a_curve_falls_from_100_in_steps_and_has_its_median():
    found = complaint_curve([1, 2, 5, 9, 10], [True, False, True, True, False], unit="day")
    ax = sq.plot.resolution(found)
    ((x, y),) = steps(ax)
    assert x.tolist() == [0, 1, 2, 5, 9, 10]
    np.testing.assert_allclose(y, [100, 80, 80, 160 / 3, 80 / 3, 80 / 3])
    ticks, median = points(ax)
    np.testing.assert_allclose(ticks, [[2, 80], [10, 80 / 3]])
    assert median.tolist() == [[9, 50]]
    band = ax.collections[0].get_paths()[0].vertices
    assert np.isclose(band[:, 1].min(), 100 * np.nanmin(found.table["low"]))
    assert np.isclose(band[:, 1].max(), 100 * np.nanmax(found.table["high"]))
    assert legend(ax) == [
        "all · median 9 (1 to ?)",
        "95 % interval",
        "open when last seen",
        "median",
    ]
    assert ax.get_xlabel() == "days since the complaint was opened"
    assert ax.get_xlim()[0] == 0
    see_layout(ax)


def test_few_groups_have_looks_of_their_own():
    found = resolved(4)
    ax = sq.plot.resolution(found)
    own = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    assert len({line.get_linestyle() for line in own}) == 4  # told without colour
    assert len({to_hex(line.get_color()) for line in own}) == 4
    assert "95 % interval" in legend(ax)
    medians = [where.tolist() for where in points(ax)][1::2]
    assert medians == [[[at, 50]] for at in found.groups["median"]]
    row = found.test.row()
    assert f"log-rank χ² {row['chi2']:.2f}, df 3, p <0.001" in ax.get_xlabel()
    see_layout(ax)
    alike = resolved(2)
    p = alike.test["p"][0]
    assert f", df 1, p = {p:.3f}" in sq.plot.resolution(alike).get_xlabel()
    ax = sq.plot.resolution(resolved(6))
    assert len(steps(ax)) == 6
    assert "95 % interval" not in legend(ax)
    see_layout(ax)


def test_of_many_groups_the_quickest_and_the_slowest_are_named():
    found = resolved(20)
    ax = sq.plot.resolution(found)
    assert len(steps(ax)) == 20
    order = np.argsort(found.groups["median"])
    first, last = (str(found.groups["office"][order[place]]) for place in (0, -1))
    words = sorted(entry.split(" · ")[0] for entry in legend(ax))
    assert words == sorted([first, last, "18 other groups", "median"])
    assert len(points(ax)) == 2
    see_layout(ax)


def test_a_group_without_a_median_is_the_slowest():
    durations, closed = np.tile([1.0, 2.0, 3.0], 8), np.ones(24, bool)
    closed[3:6] = False
    found = complaint_curve(durations, closed, by=np.repeat(np.arange(8), 3))
    assert "1 · no median" in legend(sq.plot.resolution(found))


def test_times_far_apart_are_logarithmic():
    found = complaint_curve([0, 1, 2, 3, 500], [1, 1, 1, 1, 0], unit="hour")
    ax = sq.plot.resolution(found)
    assert ax.get_xscale() == "log"
    ((x, y),) = steps(ax)
    assert x.tolist() == [1, 1, 1, 2, 3, 500]  # what is shorter stands at the left end
    np.testing.assert_allclose(y, [100, 80, 60, 40, 20, 20])
    assert ax.get_xlabel() == "hours since the complaint was opened, on a logarithmic scale"
    see_layout(ax)
    near = complaint_curve([1, 1, 2, 20], [1, 1, 1, 0])
    assert sq.plot.resolution(near).get_xscale() == "linear"
    at_once = complaint_curve([0, 0, 0, 20], [1, 1, 1, 0])
    ax = sq.plot.resolution(at_once)
    assert ax.get_xscale() == "linear"
    assert points(ax)[-1].tolist() == [[0, 50]]


def test_of_a_long_curve_some_rows_are_drawn():
    random = np.random.default_rng(3)
    found = complaint_curve(random.random(9000), np.ones(9000, bool))
    ((x, y),) = steps(sq.plot.resolution(found))
    assert len(x) == 2001
    assert (x[-1], y[-1]) == (found.table["time"][-1], 0)
    table = found.table
    np.testing.assert_allclose(
        y[1:], 100 * table["open_share"][np.searchsorted(table["time"], x[1:])]
    )


def test_what_a_curve_lacks_is_said():
    found = complaint_curve([1, 2, NAN], [1, 1, 1], by=["a", "a", "b"])
    below = sq.plot.resolution(found).get_xlabel()
    assert "log-rank: fewer than two groups with cases" in below
    assert "1 group not drawn, no cases: b" in below
    assert "caution: 1 case without a duration or `closed` left out" in " ".join(below.split())
    nothing = sq.plot.resolution(complaint_curve([NAN], [1]))
    assert nothing.get_legend() is None
    assert "no cases" in nothing.get_xlabel()
    see_layout(nothing)
    open_ = sq.plot.resolution(complaint_curve([1, 2], [0, 0]))
    assert legend(open_) == ["all · no median", "open when last seen"]


# --- tornado --------------------------------------------------------------------------------------


def sides(ax):
    """Return where the bars of low and of high ends stop."""
    lefts, steps = bars(ax)
    return lefts + steps


def test_bars_go_from_the_estimate_to_both_ends():
    found = risk_sensitivity(tarp(), ranges={"customers": (180_000, 220_000)})
    ax = sq.plot.tornado(found)
    table = found.table
    np.testing.assert_allclose(sides(ax), [table["at_low"], table["at_high"]])
    assert ax.lines[0].get_xdata()[0] == found.customers_at_risk
    assert list(rows(ax)) == table["input"].tolist()
    assert said(ax)[:2] == ["180,000 to 220,000", "0.225 to 0.275"]
    assert said(ax)[-1] == "low to high"
    names = ["input at its low end", "at its high end", "all at their values: 32,938"]
    assert legend(ax) == names
    low, high = (group.patches[0] for group in ax.containers[:2])
    assert (low.get_hatch(), high.get_hatch()) == ("////", None)  # told without colour
    assert [to_hex(bar.get_facecolor()) for bar in (low, high)] == ["#ffffff", BLUE]
    assert ax.get_xlabel() == "customers at risk"
    assert all(label.get_text() for label in ax.get_xticklabels())
    left, right = ax.get_xlim()
    assert left < sides(ax).min()
    assert right > sides(ax).max()
    see_layout(ax)


def test_the_shorter_of_two_bars_on_one_side_is_in_front():
    for ends, front in (((0.4, 0.5), 0), ((0.05, 0.1), 1)):
        ax = sq.plot.tornado(risk_sensitivity(tarp(), ranges={"problem_rate": ends}))
        place = list(rows(ax)).index("problem_rate")
        layers = [group.patches[place].get_zorder() for group in ax.containers[:2]]
        assert int(np.argmax(layers)) == front


def test_rows_without_a_bar_say_why():
    found = risk_sensitivity(tarp(outcomes={"a": (1, 0.5), "b": (0, 0.5), "c": (0, 0.5)}))
    ax = sq.plot.tornado(found)
    assert list(rows(ax))[-1] == "share of 'a'"
    assert said(ax)[-2].replace("\n", " ") == "0.9 to 1 · the others have no share"
    assert sides(ax)[:, -1].tolist() == [found.customers_at_risk] * 2
    see_layout(ax)
    still = sq.plot.tornado(risk_sensitivity(tarp(customers=0)))  # nothing moves
    left, right = still.get_xlim()
    assert left < 0 < right
    see_layout(still)


def tarp(**changed):
    """Return the market of theory F5."""
    given = {
        "customers": 200_000,
        "problem_rate": 0.25,
        "complain_rate": 0.5,
        "outcomes": ((0.5, 0.82), (0.25, 0.54), (0.25, 0.19)),
        "silent_loyalty": 0.09,
    }
    return market_at_risk(**(given | changed))


def moved(size, names, **drawn):
    """Draw a tornado of inputs of any names."""
    swing = np.sort(np.random.default_rng(size).uniform(0, 900, size))[::-1]
    columns = {
        "input": named(size, names),
        "value": np.full(size, 0.5),
        "low": np.full(size, 0.25),
        "high": np.linspace(0.5, 2e6, size),
        "at_low": 5_000 - swing,
        "at_high": 5_000 + swing / 2,
        "undefined": [""] * size,
    }
    table = Table(title="", keys=("input",), data=columns)
    found = RiskSensitivity(customers_at_risk=5_000.0, table=table, cautions=())
    return sq.plot.tornado(found, **drawn)


# --- all of them ----------------------------------------------------------------------------------

PICTURES = {
    "tornado": moved,
    "resolution": lambda size, names, **asked: sq.plot.resolution(resolved(size, names), **asked),
    "complaint_tree": lambda size, names, **asked: sq.plot.complaint_tree(
        counted_tree(size, names), **asked
    ),
}
WRONG = {
    "tornado": "`found` must be RiskSensitivity, got 3 that is a int; recovery.risk_sensitivity",
    "resolution": "`curve` must be ComplaintCurve, got 3 .*; recovery.complaint_curve",
    "complaint_tree": "`found` must be ComplaintTree or EstimatedTree, got 3 .*; recovery.compl",
}
