"""Pictures of chains from service to money, read back from their Axes."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle

import servqual as sq
from servqual.plot._axes import BLUE, GREY
from servqual.plot._labels import number, percent
from servqual.profit_chain import mediation, score_to_money, serial_paths

from .test_journey_plots import ODD, see_layout
from .test_measurement_plots import named
from .test_plots import said


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def walk(size, n=80, rng=1):
    """Return rows of variables, each of which follows from the one before it."""
    return np.random.default_rng(rng).normal(size=(n, size)).cumsum(axis=1)


def boxes(ax):
    """Return the places of the boxes."""
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [
        (box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in found
    ]


def arrows(ax):
    """Return where arrows start and end, and their style."""
    found = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    ends = [patch._path_original.vertices[[0, -1]] for patch in found]  # noqa: SLF001 (as it was given)
    return ends, [(to_hex(patch.get_edgecolor()), patch.get_linestyle()) for patch in found]


def strong(**asked):
    rng = np.random.default_rng(4)
    quality, noise, other = rng.normal(size=(3, 200))
    loyalty = quality + 0.3 * noise
    rows = {"quality": quality, "loyalty": loyalty, "money": 50 * loyalty + 20 * other}
    return rows | asked


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((0.0, "0"), (-0.0, "0"), (0.01, "0.01"), (-0.5, "−0.5"), (99.94, "99.9"), (100, "100")),
        *((99.96, "100"), (-12345.6, "−12,346"), (999.6, "1,000"), (-0.001234, "−0.00123")),
        *((0.0000567, "5.67e−05"), (float("nan"), "–")),
    ],
)
def test_numbers_have_three_digits(value, said):
    assert number(value) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        *((0, "0 %"), (0.123456, "12.3 %"), (1, "100 %"), (0.9999, ">99.9 %"), (0.999, "99.9 %")),
        (float("nan"), "not known"),
    ],
)
def test_only_all_is_100_percent(share, said):
    assert percent(share) == said


# --- chains ---------------------------------------------------------------------------------------


def test_serial_paths_from_left_to_right():
    found = serial_paths(strong(), resamples=200)
    ax = sq.plot.chain(found)
    assert np.round(boxes(ax), 9).tolist() == [[0, 0], [1, 0], [2, 0]]
    ends, styles = arrows(ax)
    assert all(start[0] < stop[0] for start, stop in ends)
    assert [place for place, _ in ends[2].tolist()] == [0, 2]  # beneath, from end to end
    assert {style for _, style in styles} == {"-"}
    assert styles[0][0] == BLUE
    words = said(ax)
    assert words[:3] == ["quality", "loyalty", "money"]
    row = found.links.row(cause="quality")
    assert words[3] == number(row["standardised"])
    assert words[4] == f"{number(row['standardised_low'])} to {number(row['standardised_high'])}"
    assert words[-1].startswith(f"observed {number(found.observed)} (")
    assert f"misfit {number(found.misfit)} (" in ax.get_xlabel().replace("\n", " ")
    assert "standardised slopes with 95 % intervals, 200 rows" in ax.get_xlabel()
    see_layout(ax)


def test_intervals_that_hold_0_are_dashed_and_what_is_undefined_dotted():
    rng = np.random.default_rng(4)
    ax = sq.plot.chain(serial_paths(rng.normal(size=(40, 2)), resamples=200))
    _, styles = arrows(ax)
    assert styles == [(GREY, "--")] * 2
    assert "dashed: the interval holds 0" in ax.get_xlabel()
    flat = sq.plot.chain(serial_paths([[1, 2], [2, 2], [3, 2]], items=["a", "b"]))
    assert {style for _, style in arrows(flat)[1]} == {":"}
    assert said(flat)[2] == "–"
    assert "undefined: 'b' does not vary" in flat.get_xlabel()
    see_layout(flat)


def test_names_break_between_their_words():
    names = ["training_hours", "service-quality_score", "customer satisfaction"]
    ax = sq.plot.chain(serial_paths(walk(3), items=names, resamples=100))
    written = {text.get_text() for text in ax.texts}
    assert {"training_\nhours", "customer\nsatisfaction"} <= written
    assert any(words.startswith("service-\nquality_") for words in written)
    rows = dict(zip(["customer_satisfaction_index", "b", "c"], walk(3).T, strict=True))
    ax = sq.plot.chain(score_to_money(rows, resamples=100))
    assert said(ax)[0].startswith("customer_\nsatisfact")
    assert said(ax)[0].splitlines()[1].endswith("…")


def test_cautions_stand_beneath():
    rows = strong()
    rows["money"] = rows["money"] + 80 * rows["quality"]
    ax = sq.plot.chain(serial_paths(rows, resamples=200))
    assert "caution: the ends are tied by more than this chain" in ax.get_xlabel()


def test_a_long_chain_goes_back_and_forth():
    ax = sq.plot.chain(serial_paths(walk(9), resamples=100))
    places = np.round(boxes(ax), 9).tolist()
    assert places == [
        *([0, 0], [1, 0], [2, 0], [3, 0]),
        *([3, 1], [2, 1], [1, 1], [0, 1]),
        [0, 2],
    ]
    ends, _ = arrows(ax)
    assert len(ends) == 8  # none from end to end
    for (start, stop), (one, other) in zip(ends, pairwise(places), strict=True):
        way = np.subtract(other, one)
        assert np.allclose(np.sign(np.round(stop - start, 9)), np.sign(way))
    assert sum("(" in words for words in said(ax)) == 2  # beside the arrows down
    see_layout(ax)


def test_a_narrow_picture_has_one_box_a_row():
    _, ax = plt.subplots(figsize=(3, 6), layout="constrained")
    sq.plot.chain(serial_paths(walk(4), resamples=100), ax=ax)
    assert {x for x, _ in boxes(ax)} == {0}
    see_layout(ax)


def test_close_rows_keep_numbers_without_intervals():
    _, ax = plt.subplots(figsize=(8, 6), layout="constrained")
    sq.plot.chain(serial_paths(walk(60), resamples=50), ax=ax)
    assert not any(" to " in words for words in said(ax))
    see_layout(ax)


def test_money_has_slopes_and_steps():
    found = score_to_money(strong(), customers=2000, resamples=200)
    ax = sq.plot.chain(found)
    words = said(ax)
    loyalty, money = found.steps["change"][1:]
    assert words[:3] == ["quality\n+1", f"loyalty\n+{number(loyalty)}", f"money\n+{number(money)}"]
    assert words[3] == number(found.links["slope"][0])
    direct = found.ways.row(way="direct")
    assert words[-1] == (
        f"direct {number(direct['money'])} ({number(direct['low'])} to {number(direct['high'])})"
    )
    assert ax.get_xlabel().startswith(f"money: chain {number(found.money)} (")
    assert "caution: the money is what goes with" in ax.get_xlabel()
    see_layout(ax)
    loss = sq.plot.chain(score_to_money(strong(), change=-1, resamples=50))
    assert said(loss)[0] == "quality\n−1"


def test_small_numbers_keep_a_digit():
    rows = strong()
    rows["money"] = rows["money"] / 1e5
    words = said(sq.plot.chain(score_to_money(rows, resamples=50)))
    assert any(word.startswith("0.0005") for word in words)


# --- mediation ------------------------------------------------------------------------------------


def mediating(many, order="serial", **asked):
    rows = walk(many + 2)
    return mediation(rows[:, 0], rows[:, 1:-1], rows[:, -1], order=order, resamples=50, **asked)


def test_one_mediator_stands_above_the_direct_arrow():
    found = mediating(1)
    ax = sq.plot.chain(found)
    assert np.round(boxes(ax), 9).tolist() == [[0, 1], [1, 0], [2, 1]]
    b = found.regressions.row(outcome="y", predictor="m1")
    assert f"{number(b['estimate'])}\n{number(b['low'])} to {number(b['high'])}" in said(ax)
    direct = found.effects.row(effect="direct")  # by the bootstrap, on the arrow as below
    ends = f"{number(direct['low'])} to {number(direct['high'])}"
    assert ends in said(ax)
    assert f"direct {number(found.direct)} ({ends})" in ax.get_xlabel()
    tested = found.regressions.row(outcome="y", predictor="x")
    assert f"{number(tested['low'])} to {number(tested['high'])}" not in said(ax)
    told = " ".join(ax.get_xlabel().split())
    assert "by t, of the direct arrow and below by percentile bootstrap, 80 rows" in told
    assert "slopes with 95 % intervals" in ax.get_xlabel()
    see_layout(ax)


@pytest.mark.parametrize(("many", "links"), [(2, 6), (3, 10)])
def test_mediators_in_series_have_an_arrow_for_each_coefficient(many, links):
    ax = sq.plot.chain(mediating(many))
    assert {y for _, y in boxes(ax)} == {0}
    ends, _ = arrows(ax)
    assert len(ends) == links
    assert all(start[0] < stop[0] for start, stop in ends)
    see_layout(ax)


def test_parallel_mediators_stand_one_above_the_other():
    ax = sq.plot.chain(mediating(3, "parallel"))
    middle = [y for x, y in np.round(boxes(ax), 9).tolist() if x == 1]
    assert middle == [0, 1, 2]
    assert len(arrows(ax)[0]) == 7
    see_layout(ax)


@pytest.mark.parametrize(("many", "order", "lines"), [(4, "serial", 14), (5, "parallel", 5)])
def test_paths_of_more_mediators_are_listed(many, order, lines):
    found = mediating(many, order)
    ax = sq.plot.chain(found)
    words = said(ax)
    assert f"{many} mediators" in words
    listed = [word for word in words if "→" in word or word.startswith("… and")]
    assert len(listed) == lines
    paths = found.effects.take(np.arange(1, len(found.effects) - 2))
    first = paths["effect"][np.argmax(np.abs(paths["estimate"]))]
    assert listed[0].startswith(f"{first}  ")
    assert (listed[-1] == "… and 2 more") is (order == "serial")
    see_layout(ax)


@pytest.mark.parametrize(
    ("many", "order"), [(1, "serial"), (3, "serial"), (3, "parallel"), (4, "serial")]
)
def test_mediators_of_any_name_in_half_of_a_figure(many, order):
    rows, names = walk(many + 2), ODD[: many + 1]
    frame = pd.DataFrame(rows[:, 1:-1], columns=names[1:])
    found = mediation(
        pd.Series(rows[:, 0], name=ODD[6]), frame, rows[:, -1], order=order, resamples=9
    )
    _, axes = plt.subplots(1, 2, figsize=(16, 6), layout="constrained")
    for ax in axes:
        sq.plot.chain(found, ax=ax)
    for ax in axes:
        see_layout(ax)
    assert not any(text.get_parse_math() for text in axes[0].texts)


def test_a_mediation_that_is_undefined():
    ax = sq.plot.chain(mediation([1, 2, 3, 4], [2, 4, 6, 8], [1, 0, 2, 1]))
    assert [style for _, style in arrows(ax)[1]] == ["-", ":", ":"]  # m1 on x can be fitted
    assert "undefined: 'm1' follows from 'x'" in ax.get_xlabel()
    see_layout(ax)


def drawn(size, names=(), **asked):
    found = serial_paths(walk(size), items=named(size, names), resamples=50)
    return sq.plot.chain(found, **asked)


PICTURES = {"chain": drawn}
WRONG = {
    "chain": "`found` must be SerialPaths or Mediation or ScoreToMoney, got 3 .*; profit_chain.ser"
}
