"""Control charts: a series, its limits, and the periods that signal."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.charts.control import ControlChart
from servqual.charts.rules import ABOVE, BELOW, FALLING, RISING, Cusum, Ewma, Shewhart
from servqual.plot._axes import BLUE, VERMILION, legend
from servqual.plot._periods import Course, below, blanks, highest, mark_undefined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["control_chart"]

Array = NDArray[np.float64]
LINES = "#5a5a5a"
SHADE = "#ececec"
BEYOND = (ABOVE, BELOW, RISING, FALLING)
EXCLUDED = "excluded: cause known"
DOT = 14  # the size of a marker, in square points


def control_chart(chart: ControlChart, *, ax: "Axes | None" = None) -> "Axes":
    """Draw a control chart: what is charted, its centre and limits, and the periods that signal.

    A diamond lies beyond the limits, a ring closes a run on one side of the centre. Periods of
    phase 1 are shaded where there are others. Excluded ones are hollow, and never signal. An
    undefined period is a blank, and a cross below. Of a CUSUM, both sums are drawn. Where limits of
    a few periods of little volume are many times as wide as the others they run out of the picture.
    Below it stands the advice of the chart, if it has any.

    Parameters
    ----------
    chart : ControlChart
        From `charts` or `failures.failure_chart`.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it, and ``ax.set_ylabel(…)`` names the unit,
        such as "points per 1,000 parcels".

    Raises
    ------
    TypeError
        If `chart` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.charts.attributes import c_chart
    >>> ax = control_chart(c_chart([8, 10, 9, 19], baseline=3))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['events', 'centre', 'limits', 'phase 1', 'beyond the limits']
    """
    hint = "; charts.u_chart and failures.failure_chart make one"
    instance("chart", chart, ControlChart, hint=hint)
    table = chart.table
    course = Course.of(table["period"].tolist())
    ax = course.axes(ax)
    marks = _series(ax, chart, course)
    marks["centre"] = ax.axhline(chart.centre, color=LINES, linewidth=1, zorder=1)
    dashes, width = ("-", 0.5) if course.is_dense(ax) else ("--", 1)
    for limit in (chart.lower, chart.upper):
        style: dict[str, Any] = {"color": LINES, "linestyle": dashes, "linewidth": width}
        marks["limits"] = ax.stairs(limit, course.edges, baseline=None, **style)
    first = table["phase"] == 1
    if not first.all():
        style = {"fill": True, "color": SHADE, "zorder": 0, "transform": ax.get_xaxis_transform()}
        marks["phase 1"] = ax.stairs(first.astype(float), course.edges, **style)
    marks |= _signals(ax, chart, course)
    blank = np.isnan(chart.statistic)
    marks |= mark_undefined(ax, course.places[blank], table["undefined"][blank].tolist())
    _see_all(ax, chart)
    ax.set_ylabel(_unit(chart))
    below(ax, course.span, chart.advice)
    legend(ax, list(marks.values()), list(marks))
    return ax


def _series(ax: "Axes", chart: ControlChart, course: Course) -> dict[str, Any]:
    """Draw what is charted, with dots where they have room, or where no line leads to them."""
    table, dense, both = chart.table, course.is_dense(ax), isinstance(chart.rule, Cusum)
    sums = {"rising sum": "statistic", "falling sum": "falling"}
    columns = sums if both else {_unit(chart): "statistic"}
    marks: dict[str, Any] = {}
    for label, column in columns.items():
        values = table[column]
        blank, alone = blanks(values)
        out = table["excluded"] & ~blank
        style: dict[str, Any] = {"color": BLUE, "linewidth": 0.7 if dense else 1.2, "zorder": 2}
        style |= {"linestyle": ":" if column == "falling" else "-"}
        (marks[label],) = ax.plot(course.places, values, **style)
        dots = ~blank & ~out & (alone | (not dense and not both))
        ax.scatter(course.places[dots], values[dots], DOT, color=BLUE, zorder=3)
        if out.any():
            hollow: dict[str, Any] = {"facecolor": "white", "edgecolor": BLUE, "zorder": 3}
            marks[EXCLUDED] = ax.scatter(course.places[out], values[out], 1.6 * DOT, **hollow)
    return marks


def _signals(ax: "Axes", chart: ControlChart, course: Course) -> dict[str, Any]:
    """Mark the signals of each kind, told apart by their shape."""
    size = DOT * (0.2 if course.is_dense(ax) else 1.0)
    run = chart.rule.run if isinstance(chart.rule, Shewhart) else 0
    ring: dict[str, Any] = {"s": 5 * size, "marker": "o", "facecolor": "none"}
    diamond: dict[str, Any] = {"s": 3 * size, "marker": "D", "facecolor": VERMILION}
    marks: dict[str, Any] = {}
    for label, beyond, style in (
        ("beyond the limits", True, diamond),
        (f"{run} in a row", False, ring),
    ):
        found = [signal for signal in chart.signals if (signal.rule in BEYOND) is beyond]
        if found:
            places = course.of_each(signal.period for signal in found)
            values = [signal.statistic for signal in found]
            marks[label] = ax.scatter(places, values, edgecolor=VERMILION, zorder=5, **style)
    return marks


def _see_all(ax: "Axes", chart: ControlChart) -> None:
    """Make room for the series, the centre, and limits but for a few wide ones."""
    table = chart.table
    middle = np.full(len(table), chart.centre)
    foot = [table[column] for column in ("falling", "lower") if column in table.columns]
    low = np.fmin.reduce([chart.centre, *np.concatenate([chart.statistic, *foot])])
    high = np.fmax.reduce([chart.centre, *chart.statistic, highest(middle, chart.upper)])
    high = high if high > low else low + 1
    room = 0.06 * (high - low)
    ax.set_ylim(low - room, high + room)


def _unit(chart: ControlChart) -> str:
    """Return in words what is charted."""
    if isinstance(chart.rule, Cusum):
        return "cumulative sums, in sigmas"
    return f"moving average of {chart.unit}" if isinstance(chart.rule, Ewma) else chart.unit
