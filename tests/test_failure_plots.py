"""Pictures of control charts and failure indices, read back from their Axes."""

import math
from datetime import date, timedelta

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.patches import StepPatch

from servqual.charts import c_chart, cusum_chart, ewma_chart, p_chart, u_chart
from servqual.charts.rules import Ewma
from servqual.failures.charting import failure_chart
from servqual.failures.comparison import compare_periods
from servqual.failures.counts import FailureCounts
from servqual.failures.index import failure_index
from servqual.failures.schemes import FailureScheme, FailureType
from servqual.plot._axes import BLUE, GREY, VERMILION
from servqual.plot.changes import period_change
from servqual.plot.pareto import contributions
from servqual.plot.rates import index
from servqual.plot.signals import control_chart

from .test_journey_plots import intervals, see_layout
from .test_plots import legend, points, rows, said

NAN = math.nan


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def days(size, first=date(2026, 1, 1)):
    return [str(first + timedelta(days=day)) for day in range(size)]


def named(size, names=()):
    return [*names, *(f"name {n}" for n in range(size))][:size]


def scheme(size=2, names=(), weights=(1, 10)):
    """Return a scheme with so many types."""
    kinds = [
        FailureType(code=name, name=name, weight=weights[n % len(weights)])
        for n, name in enumerate(named(size, names))
    ]
    return FailureScheme(code="parcels", name="Parcels", types=kinds)


def indexed(counts, names=(), **asked):
    counts = np.asarray(counts)
    return failure_index(counts, scheme(counts.shape[-1], names), **asked)


def grouped(groups, periods, counts):
    """Return counts of groups × periods × types."""
    cells = np.asarray(counts, dtype=float).reshape(len(groups) * len(periods), -1)
    kinds = scheme(cells.shape[1])
    return FailureCounts(
        scheme=kinds,
        keys={"branch": np.repeat(groups, len(periods)), "period": list(periods) * len(groups)},
        counts=cells,
        squares=cells @ kinds.points**2,
        largest=np.full(len(cells), kinds.points.max()),
    )


def curves(ax):
    """Return the values of each line, without rules from end to end of the picture."""
    found = [line for line in ax.lines if line.get_transform() == ax.transData]
    return [np.asarray(line.get_ydata(), dtype=float) for line in found]


def rules(ax):
    """Return how high the rules across the picture stand."""
    return [line.get_ydata()[0] for line in ax.lines if line.get_transform() != ax.transData]


def steps(ax):
    """Return the values of each line of steps."""
    return [patch.get_data().values for patch in ax.patches if isinstance(patch, StepPatch)]


def marked(ax, label):
    """Return the places and values of what the legend has under a label."""
    marks = dict(zip(legend(ax), ax.get_legend().legend_handles, strict=True))
    style = marks[label]
    for found in ax.collections:
        same = found.get_paths() and hasattr(found, "get_sizes") and len(found.get_sizes())
        if same and shape(found) == shape(style) and colour(found) == colour(style):
            return np.asarray(found.get_offsets(), dtype=float).tolist()
    raise AssertionError(label)


def shape(marks):
    return marks.get_paths()[0].vertices.round(9).tobytes()


def colour(marks):
    return to_hex(marks.get_edgecolor()[0])


# --- control charts -------------------------------------------------------------------------------


def test_a_chart_with_limits_phases_and_signals():
    counts = [9, 8, 10, 40, 9, 9, 8, 30, 9]
    volume = np.array([1, 1, 1, 1, 1, 1, 1, 1, 4.0])
    chart = u_chart(counts, volume=volume, baseline=6, exclude=["4"])
    ax = control_chart(chart)
    assert ax.get_ylabel() == "events by volume"
    assert curves(ax)[0].tolist() == chart.statistic.tolist()
    lower, upper, first = steps(ax)
    assert lower.tolist() == chart.lower.tolist()
    assert upper.tolist() == chart.upper.tolist()
    assert first.tolist() == [1] * 6 + [0] * 3
    assert rules(ax) == [chart.centre]
    parts = ["events by volume", "excluded: cause known", "centre", "limits", "phase 1"]
    parts.append("beyond the limits")
    assert sorted(legend(ax)) == sorted(parts)
    diamonds = [found for found in ax.collections if colour(found) == VERMILION]
    faces = {tuple(d.get_offsets()[0]): to_hex(d.get_facecolor()[0]) for d in diamonds}
    assert faces == {(7, 30): VERMILION}  # the excluded one does not signal
    whites = [
        d
        for d in ax.collections
        if len(d.get_facecolor()) and to_hex(d.get_facecolor()[0]) == "#ffffff"
    ]
    assert [dot.get_offsets().tolist() for dot in whites] == [[[3, 40]]]  # but is hollow
    see_layout(ax)


def test_runs_are_rings():
    chart = c_chart([5, 15] * 8 + [11] * 10, baseline=16)
    ax = control_chart(chart)
    assert legend(ax)[-1] == "8 in a row"
    assert [at for at, _ in marked(ax, "8 in a row")] == [22, 23, 24, 25]
    rings = [found for found in ax.collections if colour(found) == VERMILION]
    assert [found.get_facecolor().size for found in rings] == [0]
    see_layout(ax)


def test_undefined_periods_are_gaps():
    chart = u_chart([4, 3, 0, 5, 4], volume=[1, 1, 0, 1, NAN])
    ax = control_chart(chart)
    np.testing.assert_array_equal(curves(ax)[0], [4, 3, NAN, 5, NAN])
    assert [at for at, _ in marked(ax, "undefined")] == [2, 4]
    assert 3 in np.concatenate(points(ax))[:, 0]  # alone between gaps
    see_layout(ax)
    ax = control_chart(u_chart([0, 0], volume=[9, 9], rule=Ewma()))
    assert "undefined: no spread in phase 1" in legend(ax)
    see_layout(ax)


def test_both_sums_of_a_cusum():
    chart = cusum_chart([12, 9, 14, 17, 3], target=10, sigma=1)
    ax = control_chart(chart)
    assert [line.tolist() for line in curves(ax)] == [
        chart.statistic.tolist(),
        chart.table["falling"].tolist(),
    ]
    assert legend(ax)[:2] == ["rising sum", "falling sum"]
    assert {line.get_linestyle() for line in ax.lines[:2]} == {"-", ":"}
    assert marked(ax, "beyond the limits") == [[3, 10], [4, -6.5]]
    assert ax.get_ylabel() == "cumulative sums, in sigmas"
    low, high = ax.get_ylim()
    assert low < -6.5
    assert high > 9.5


@pytest.mark.parametrize(
    ("chart", "unit"),
    [
        (lambda: c_chart([4, 5]), "events"),
        (lambda: u_chart([4, 5], volume=10), "events by volume"),
        (lambda: p_chart([4, 5], volume=10), "share of cases"),
        (lambda: ewma_chart([4, 5, 7]), "moving average of value"),
        (lambda: c_chart([4, 5], rule=Ewma()), "moving average of events"),
        (lambda: failure_chart([[4, 5]], scheme(), volume=9), "points by volume"),
        (lambda: failure_chart([[4, 5], [3, 1]], scheme()), "points"),
    ],
)
def test_what_is_charted(chart, unit):
    ax = control_chart(chart())
    assert ax.get_ylabel() == unit
    assert legend(ax)[0] == unit
    see_layout(ax)


def test_advice_stands_below():
    chart = c_chart([2, 30, 3, 40, 2, 35] * 3)
    ax = control_chart(chart)
    assert chart.advice
    assert ax.get_xlabel().replace("\n", " ") == chart.advice
    see_layout(ax)


def test_days_stand_by_the_calendar():
    names = [*days(20), "2026-03-01"]
    ax = control_chart(c_chart([4] * 21, periods=names))
    found = [str(num2date(day).date()) for day in ax.lines[0].get_xdata()]
    assert found == names
    assert ax.get_xlabel() == "2026-01-01 to 2026-03-01"
    see_layout(ax)
    ax = control_chart(c_chart([4] * 3, periods=days(3)))
    assert [label.get_text() for label in ax.get_xticklabels()] == days(3)
    assert not ax.get_xlabel()


def test_ten_years_of_days():
    rng = np.random.default_rng(1)
    counts = rng.poisson(30, 3650).astype(float)
    counts[500], counts[502], counts[3000] = NAN, NAN, 90
    chart = c_chart(counts, periods=days(3650), baseline=365)
    ax = control_chart(chart)
    marks = sum(len(found) for found in points(ax))
    assert marks <= len(chart.signals) + 3  # two undefined, and the one between them
    assert len(curves(ax)[0]) == 3650
    see_layout(ax)


def test_labels_of_periods_are_thinned():
    ax = control_chart(c_chart([4] * 200, periods=[f"week {n}" for n in range(200)]))
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown[:2] == ["week 0", "week 20"]
    see_layout(ax)


def test_limits_of_a_tiny_volume_do_not_flatten_the_picture():
    volume = np.full(40, 1000.0)
    volume[20] = 0.01
    chart = u_chart([20] * 20 + [0] + [20] * 19, volume=volume)
    assert chart.upper.max() > 4
    assert control_chart(chart).get_ylim()[1] < 0.1


# --- contributions --------------------------------------------------------------------------------


def boxes(ax):
    """Return length and colour of each bar by its place."""
    bars = [bar for group in ax.containers for bar in group]
    return {
        round(bar.get_y() + bar.get_height() / 2): (bar.get_width(), to_hex(bar.get_facecolor()))
        for bar in bars
    }


def test_the_vital_few_are_blue():
    found = indexed([40, 5, 10, 0])  # 40, 50, 10 and 0 points
    ax = contributions(found)
    assert list(rows(ax)) == ["name 1", "name 0", "name 2", "name 3"]
    colours = {0: BLUE, 1: BLUE, 2: GREY, 3: GREY}
    shares = [50, 40, 10, 0]
    assert boxes(ax) == {k: (pytest.approx(shares[k]), c) for k, c in colours.items()}
    assert ax.lines[0].get_xdata().tolist() == pytest.approx([50, 90, 100, 100])
    assert list(ax.lines[1].get_xdata()) == [80, 80]
    assert legend(ax) == ["2 of 4 types that make 80 %", "other types", "together", "80 %"]
    assert said(ax)[:2] == ["5 × 10 = 50", "40 × 1 = 40"]
    assert ax.get_xlabel() == "share of 100 points, %"
    see_layout(ax)


def test_the_smallest_of_many_are_one_row_but_none_of_the_vital_few():
    counts = np.array([1000, 500, *[1] * 28])
    ax = contributions(failure_index(counts, scheme(30, weights=(1,))))
    assert len(rows(ax)) == 20
    assert list(rows(ax))[-1] == "11 other types"
    assert boxes(ax)[19] == (pytest.approx(100 * 11 / 1528), GREY)
    assert ax.lines[0].get_xdata()[-1] == pytest.approx(100)
    assert said(ax)[19] == "11"
    equal = contributions(failure_index(np.ones(40), scheme(40, weights=(1,))))
    assert len(rows(equal)) == 33
    assert {paint for _, paint in [*boxes(equal).values()][:32]} == {BLUE}
    whole = contributions(failure_index(np.ones(20), scheme(20, weights=(1,))))
    assert "other types" not in list(rows(whole))[-1]
    see_layout(ax)


def test_no_failures_and_nobody_counted():
    ax = contributions(indexed([0, 0]))
    assert ax.get_xlabel() == "no failures: no shares"
    assert ax.get_legend() is None
    assert not boxes(ax)
    see_layout(ax)
    ax = contributions(indexed([[NAN, NAN], [1, 2]]))
    assert ax.get_xlabel() == "nobody counted"
    see_layout(ax)


# --- the index ------------------------------------------------------------------------------------


def test_rates_with_their_intervals_and_the_whole():
    found = indexed([[30, 2], [25, 1], [0, 0]], volume=[900, 1000, 0], per=1000)
    ax = index(found)
    table = found.periods
    np.testing.assert_allclose(curves(ax)[0], table["rate"])
    ends = [segment[:, 1] for segment in ax.collections[1].get_segments()]
    np.testing.assert_allclose(ends, np.stack([table["rate_low"], table["rate_high"]], 1)[:2])
    assert rules(ax) == [found.rate]
    assert marked(ax, "undefined: volume 0")[0][0] == 2
    assert legend(ax) == ["rate", "interval", "undefined: volume 0", "the whole"]
    assert ax.get_ylabel() == "points per 1,000 of the volume"
    assert ax.get_xlabel() == table.note
    low, high = ax.get_ylim()
    assert low < 0
    assert high >= table["rate_high"][:2].max()
    see_layout(ax)


def test_points_where_there_is_no_volume():
    ax = index(indexed([[30, 2], [25, 1]]))
    assert ax.get_ylabel() == "points"
    assert curves(ax)[0].tolist() == [50, 35]
    assert legend(ax) == ["points", "interval", "mean"]
    assert rules(ax) == [42.5]


def test_one_period_and_none_counted():
    ax = index(indexed([30, 2]))
    assert legend(ax) == ["points", "interval"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["all"]
    see_layout(ax)
    ax = index(indexed(np.full((3, 2), NAN)))
    assert legend(ax)[-1] == "undefined: nobody counted"
    see_layout(ax)
    see_layout(index(indexed(np.zeros((3, 2)))))


def test_groups_are_lines_told_apart_without_colour():
    counts = grouped(["North", "$x_$", "n" * 60], days(4), np.arange(24))
    ax = index(failure_index(counts, counts.scheme, volume=[10.0] * 11 + [NAN]))
    assert {"North", r"\$x_\$", "n" * 22 + " …"} < set(legend(ax))
    found = curves(ax)
    wanted = (counts.points / 10).reshape(3, 4)
    wanted[2, 3] = NAN
    np.testing.assert_allclose(found, wanted)
    assert len({(line.get_marker(), line.get_linestyle()) for line in ax.lines[:3]}) == 3
    places = np.array([line.get_xdata() for line in ax.lines[:3]])
    assert (np.abs(np.diff(places, axis=0)) > 0).all()
    see_layout(ax)


def test_too_many_groups():
    names = [f"branch {n}" for n in range(7)]
    counts = grouped(names, ["1"], np.ones((7, 2)))
    with pytest.raises(ValueError, match=r"at most 6 groups.*got 7.*counts\.where\(branch='branch"):
        index(failure_index(counts, counts.scheme))


def test_two_years_of_days_are_a_band():
    rng = np.random.default_rng(1)
    volume = rng.integers(900, 1100, 730).astype(float)
    volume[[100, 102]] = 0
    volume[300] = 0.01
    counts = rng.poisson([20, 2], (730, 2))
    counts[[100, 102, 300]] = 0
    ax = index(indexed(counts, volume=volume))
    assert not sum(len(found) > 3 for found in points(ax))
    assert len(intervals(ax)) == 1  # of the day between two gaps
    assert ax.get_ylim()[1] < 0.2
    see_layout(ax)


# --- what changed ---------------------------------------------------------------------------------


def compared(before, after, volume=(1000, 2000), names=(), **asked):
    kinds = scheme(np.shape(before)[-1], names)
    return compare_periods(before, after, kinds, volume=volume, **asked)


def test_effects_lead_from_before_to_after():
    found = compared([30, 2], [40, 9], per=1000)
    ax = period_change(found)
    assert list(rows(ax)) == ["before", "volume", "rate", "mix", "after"]
    effects = found.decomposition["points"][:3]
    bars = [bar for group in ax.containers for bar in group]
    ends = {round(b.get_y() + b.get_height() / 2): (b.get_x(), b.get_width()) for b in bars}
    starts = 50 + np.cumsum([0, *effects])
    for row, effect in enumerate(effects, 1):
        assert ends[row] == pytest.approx((starts[row - 1], effect))
    assert {k: c for k, (_, c) in boxes(ax).items()} == {
        row: VERMILION if effect > 0 else BLUE for row, effect in enumerate(effects, 1)
    }
    assert points(ax)[-1].tolist() == [[50, 0], [130, 4]]
    threads = [segment[0, 0] for segment in ax.collections[0].get_segments()]
    assert threads == pytest.approx(starts.tolist())
    assert starts[-1] == pytest.approx(130)
    assert legend(ax) == ["more points", "fewer points", "points of a period"]
    assert f"ratio {found.ratio:.3g} (" in ax.get_xlabel()
    assert "rate per 1,000: 50 → 65" in ax.get_xlabel()
    see_layout(ax)


def test_the_type_that_did_most():
    ax = period_change(compared([30, 2], [60, 4]))
    assert said(ax)[6:] == ["name 0 +30.00", "most of it"]
    ax = period_change(compared([30, 2], [15, 1], names=["n" * 50, "x"], volume=(1, 1)))
    assert any(word.startswith("n" * 18 + " … −") for word in said(ax))
    see_layout(ax)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda: compared([30, 2], [0, 0]), "no failures after: no ratio"),
        (lambda: compared([0, 0], [0, 0]), "no failures before and after"),
        (lambda: compared([30, 2], [4, 5], volume=(10, 0)), "volume 0 after"),
        (lambda: compared([30, 2], [[NAN, NAN], [4, 5]], volume=(10, [5, 5])), "nobody counted"),
        (lambda: compared([30, 2], [30, 2]), "ratio 0.5"),
        (lambda: compared([3_000_000, 200_001], [4, 5]), "rate: 5,000 → 0.027"),
    ],
)
def test_changes_of_every_kind(found, why):
    ax = period_change(found())
    assert why in ax.get_xlabel().replace("\n", " ")
    assert np.isfinite(ax.get_xlim()).all()
    see_layout(ax)


# --- all four -------------------------------------------------------------------------------------


def charts(size, names=(), **asked):
    counts = np.random.default_rng(size).poisson(20, size)
    counts[-1] = 60
    return control_chart(c_chart(counts, periods=named(size, names)), **asked)


def of_types(draw):
    """Return what draws an index of so many types."""

    def drawn(size, names=(), **asked):
        counts = np.random.default_rng(size).poisson(20, size)
        return draw(indexed(counts, names), **asked)

    return drawn


def by_period(size, names=(), **asked):
    counts = np.random.default_rng(size).poisson(5, (size, 2)).astype(float)
    found = {"period": named(size, names), **dict(zip(("name 0", "name 1"), counts.T, strict=True))}
    volume = np.full(size, 100.0)
    return index(failure_index(found, scheme(), volume=volume), **asked)


def changed(size, names=(), **asked):
    before, after = np.random.default_rng(size).poisson(20, (2, size))
    return period_change(compared(before, after, names=names), **asked)


PICTURES = {
    "control_chart": charts,
    "contributions": of_types(contributions),
    "index": by_period,
    "period_change": changed,
}
WRONG = {
    "control_chart": "`chart` must be ControlChart, got 3 that is a int; charts.u_chart",
    "contributions": "`index` must be FailureIndex, got 3 that is a int; failures.failure_index",
    "index": "`index` must be FailureIndex, got 3 that is a int; failures.failure_index",
    "period_change": "`comparison` must be PeriodComparison, got 3 .*; failures.compare_periods",
}
