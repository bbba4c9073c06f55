"""The times that cases spend in the stages of the cycle."""

from typing import TYPE_CHECKING

from servqual._checks import instance
from servqual.cycle import CycleReport
from servqual.plot._axes import BLUE, VERMILION, Rows, beside, legend, undefined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cycle"]


def cycle(report: CycleReport, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how long closed cases stayed in each stage: the mean with its interval, and the median.

    Each row names its mean and, beside it, how many open cases are in the stage now; or why there
    is no mean. A mean far above the median is that of a few slow cases.

    Parameters
    ----------
    report : CycleReport
        From `cycle.cycle_report`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `report` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> events = ["explore", "offer", "do", "confirm", "closed"]
    >>> log = {"case": ["A"] * 5 + ["B"] * 5, "time": [0, 1, 3, 7, 8] * 2, "event": events * 2}
    >>> ax = sq.plot.cycle(sq.cycle.cycle_report(log))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['explore', 'offer', 'do', 'confirm', 'total']
    """
    instance("report", report, CycleReport, hint="; cycle.cycle_report makes one")
    table = report.stages
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    interval = ax.hlines(places, table["low"], table["high"], color=VERMILION, linewidth=1.2)
    mean = ax.scatter(table["mean"], places, 42, color=VERMILION, zorder=3)
    median = ax.scatter(table["median"], places, 42, facecolor="none", edgecolor=BLUE, zorder=3)
    said = [
        undefined(f"{row['mean']:.2f} · {row['open']} open" if row["n"] else "", row["undefined"])
        for row in table.rows()
    ]
    beside(ax, places, said, head="mean · open cases", fontsize=9)
    ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    ax.set_xlabel(f"{report.unit}s in a stage, closed cases")
    legend(ax, [mean, interval, median], ["mean", "interval of the mean", "median"])
    return ax
