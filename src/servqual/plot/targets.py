"""Standards beside their targets, and waiting lines beside the share that they should serve."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import brief, instance, proper_share
from servqual.plot._axes import BLUE, GREY, VERMILION, Rows, beside, legend, undefined
from servqual.standards import Compliance, StandardsReport, Waiting
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["compliance", "waiting"]

COLOURS = {"met": BLUE, "open": GREY, "missed": VERMILION, "": GREY}
MARKS = {"met": "o", "missed": "s", "open": "D", "": "x"}  # told apart without colour


def compliance(report: StandardsReport | Compliance, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of measurements that meets each standard, with its interval and its target.

    A blue circle: met; a red square: missed; a grey diamond: open, the sample cannot tell; a cross:
    no target is set. A black bar marks the target. A one-time fix has neither interval nor target.
    Each row names its share and number of measurements, or why there is none.

    Parameters
    ----------
    report : StandardsReport or Compliance
        From `standards.standards_report` or `standards.compliance`.
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
    >>> greeting = sq.standards.HardStandard(name="greeting", limit=4, unit="minutes", target=0.5)
    >>> ax = sq.plot.compliance(sq.standards.compliance(greeting, [1, 2, 3, 6]))
    >>> ax.get_xlabel()
    'share that meets the standard, %'
    """
    hint = "; standards_report and compliance make one"
    instance("report", report, StandardsReport, Compliance, hint=hint)
    table = report.table
    if not len(table):
        msg = "`report` must have at least one row, got none"
        raise ValueError(msg)
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    share, low, high = (100 * table[end] for end in ("share", "low", "high"))
    marks: list[Any] = []
    labels: list[str] = []
    for verdict, colour in COLOURS.items():
        part = np.flatnonzero((table["verdict"] == verdict) & ~np.isnan(share))
        if not part.size:
            continue
        ax.hlines(places[part], low[part], high[part], color=colour, linewidth=1.4, zorder=2)
        mark, where = MARKS[verdict], (share[part], places[part])
        marks.append(ax.scatter(*where, 42, color=colour, marker=mark, zorder=3))
        labels.append(verdict or "no verdict")
    target = 100 * table["target"]
    if not np.isnan(target).all():
        marks.append(ax.scatter(target, places, 160, color="black", marker="|", zorder=4))
        labels.append("target")
    ax.set_xlim(-2, 102)
    said = [
        undefined("" if reason else f"{cell:.1f} % of {n}", reason)
        for cell, n, reason in zip(share, table["n"], table["undefined"].tolist(), strict=True)
    ]
    beside(ax, places, said, head="share", fontsize=9)
    ax.set_xlabel("share that meets the standard, %")
    if marks:
        legend(ax, marks, labels)
    return ax


def waiting(
    waits: Waiting | Sequence[Waiting], *, share: float | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw the share of customers who wait no longer than the limit, by number of servers.

    Parameters
    ----------
    waits : Waiting or sequence of Waiting
        From `standards.waiting`, of one line with one server more each time, or of several lines;
        each is a row, which names its mean wait, or why there is none.
    share : float
        The share that a standard asks for, drawn as a line; above it bars are blue, below it red.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `waits`, `share` or `ax` is something else.
    ValueError
        If there is none, limits or units differ, or `share` is not between 0 and 1.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.standards import waiting as waits
    >>> import servqual as sq
    >>> hall = {"arrival_rate": 1.2, "service_time": 3, "limit": 5}
    >>> ax = sq.plot.waiting([waits(servers=c, **hall) for c in (3, 4, 5)], share=0.95)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['3 servers', '4 servers', '5 servers']
    """
    hint = "; standards.waiting makes one"
    instance("waits", waits, Waiting, Sequence, hint=hint)
    found = [waits] if isinstance(waits, Waiting) else list(waits)
    for entry in found:
        instance("waits", entry, Waiting, hint=hint)
    limits = {(entry.limit, entry.unit) for entry in found}
    if len(limits) != 1:
        msg = f"`waits` must be some with one limit and unit, got {brief(sorted(limits))}"
        raise ValueError(msg)
    if share is not None:
        proper_share("share", share)
    (limit, unit), *_ = limits
    names = [f"{entry.servers} server{'s' * (entry.servers > 1)}" for entry in found]
    rows = Rows.of(Table(title="", keys=("servers",), data={"servers": names}))
    ax, places = rows.axes(ax, 7), rows.places
    within = np.array([100 * entry.within_limit for entry in found])
    enough = within >= 100 * share if share is not None else np.ones(len(within), dtype=bool)
    marks: list[Any] = []
    labels: list[str] = []
    for colour, which, label in ((BLUE, enough, "enough"), (VERMILION, ~enough, "too few")):
        part = np.flatnonzero(which & ~np.isnan(within))
        if part.size:
            marks.append(ax.barh(places[part], within[part], 0.6, color=colour, alpha=0.75))
            labels.append(label if share is not None else "within the limit")
    if share is not None:
        marks.append(ax.axvline(100 * share, color="black", linewidth=1.2))
        labels.append(f"asked for: {100 * share:g} %")
    said = [
        undefined("" if entry.undefined else f"{entry.mean_wait:.2f}", entry.undefined)
        for entry in found
    ]
    beside(ax, places, said, head=f"mean wait, {unit}s", fontsize=9)
    ax.set_xlim(0, 102)
    ax.set_xlabel(f"customers who wait at most {limit:g} {unit}{'s' * (limit != 1)}, %")
    if marks:
        legend(ax, marks, labels)
    return ax
