"""A league table as a caterpillar: shrunk means in their order, and how sure their ranks are."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, whole
from servqual._frames.words import counted
from servqual.plot._axes import BLUE, GREY, Rows, axes_of, beside, legend, undefined
from servqual.plot._periods import below
from servqual.rankings import LeagueTable
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["league_table"]

Places = NDArray[np.intp]
MOST = 60
LABELLED = 120  # rows that have room for labels; more are a band
COLUMNS = ("raw", "shrunk", "low", "high", "rank_low", "rank_high", "p_best")


def league_table(found: LeagueTable, *, ax: "Axes | None" = None, most: int = MOST) -> "Axes":
    """Draw the shrunk mean of each unit with its interval, the best on top.

    A faint ring is the raw mean, joined to the shrunk one; the dashed line is the mean to which all
    are pulled. Beside stand the interval of the true rank and the probability, in percent, to be
    truly the best; or why a unit has no rank.

    Parameters
    ----------
    found : LeagueTable
        From `rankings.league_table`, `survey_league` or `league_table_from_scores`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.
    most : int
        How many units have a row, at least 2: of more, the best and the worst are drawn, and
        how many are left out between them is said. If both are above 120, all units are one band
        without labels.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError, ValueError
        If `found` or `ax` is something else, or `most` is less than 2.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> ax = league_table(sq.rankings.league_table({"N": 83, "E": 80, "S": 77}, [3, 3, 3]))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['N', 'E', 'S']
    """
    hint = "; rankings.league_table and rankings.survey_league make one"
    instance("found", found, LeagueTable, hint=hint)
    most = whole("most", most, least=2)
    table = found.table
    order = np.argsort(-table["shrunk"], kind="stable")  # undefined ones are last
    size = len(order) - int(np.isnan(table["shrunk"]).sum())
    if min(most, len(order)) > LABELLED:
        ax, marks = _band(table.take(order[:size]), ax)
        hidden = len(order) - size
    else:
        hidden = len(order) - size if len(order) > most else 0
        ax, marks = _rows(table, order[: len(order) - hidden], most, ax)
    if not np.isnan(found.mean):
        style: dict[str, Any] = {"color": "black", "linewidth": 1, "linestyle": "--", "zorder": 1}
        mean = f"{found.mean:.4g}".replace("-", "−")
        marks[f"mean of all: {mean}"] = ax.axvline(found.mean, **style)
    without = f"{counted(hidden, 'unit')} without an estimate: not drawn" if hidden else ""
    below(ax, "mean", *found.cautions, found.undefined, without)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    return ax


def _rows(
    table: Table, order: Places, most: int, ax: "Axes | None"
) -> tuple["Axes", dict[str, Any]]:
    """Draw a row for each unit, or for the best and the worst."""
    labels = table["unit"][order].tolist()
    cells = {name: table[name][order] for name in COLUMNS}
    why = table["undefined"][order].tolist()
    left = len(order) - most
    if left > 0:
        gap = slice(most - most // 2, most - most // 2 + left)
        labels[gap], why[gap] = [f"… {left:,} more …"], [""]
        ends = (slice(gap.start), slice(gap.stop, None))
        best, worst = ({name: c[end] for name, c in cells.items()} for end in ends)
        cells = {name: np.concatenate([best[name], [np.nan], worst[name]]) for name in cells}
    rows = Rows.of(Table(title="", keys=("unit",), data={"unit": labels}), inches=0.24)
    ax = rows.axes(ax, 7)
    marks = _draw(ax, rows.places, cells)
    ranks = [
        undefined(_span(low, high), reason)
        for low, high, reason in zip(cells["rank_low"], cells["rank_high"], why, strict=True)
    ]
    beside(ax, rows.places, map(_percent, cells["p_best"]), head="best, %", fontsize=8)
    beside(ax, rows.places, ranks, head="rank", right=52, fontsize=8)
    return ax, marks


def _draw(ax: "Axes", places: NDArray[np.float64], cells: dict[str, Any]) -> dict[str, Any]:
    """Draw raw and shrunk means with intervals, and return their marks."""
    raw, shrunk, low, high = (cells[name] for name in COLUMNS[:4])
    if np.isnan(shrunk).all() and np.isnan(raw).all():
        return {}
    ax.hlines(places, raw, shrunk, color=GREY, linewidth=0.8, linestyle=":", zorder=1.5)
    ring: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "linewidth": 0.9}
    marks: dict[str, Any] = {}
    interval = ax.hlines(places, low, high, color=BLUE, linewidth=1.4, zorder=2)
    rings = ax.scatter(raw, places, 20, zorder=2.5, **ring)
    dots = ax.scatter(shrunk, places, 26, color=BLUE, zorder=3)
    if not np.isnan(shrunk).all():
        marks |= {"shrunk mean": dots, "interval": interval}
    return marks | {"raw mean": rings}


def _band(table: Table, ax: "Axes | None") -> tuple["Axes", dict[str, Any]]:
    """Draw many units without labels: a line of shrunk means in the band of their intervals."""
    ax = axes_of(ax, (6.6, 6))
    places = np.arange(1, len(table) + 1)
    ax.set_ylim(len(table) + 0.5, 0.5)
    band = ax.fill_betweenx(places, table["low"], table["high"], color=BLUE, alpha=0.25, lw=0)
    raw = ax.scatter(table["raw"], places, 3, color=GREY, linewidth=0, zorder=2)
    (line,) = ax.plot(table["shrunk"], places, color=BLUE, linewidth=1.6, zorder=3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_ylabel("place by shrunk mean")
    return ax, {"shrunk mean": line, "interval": band, "raw mean": raw}


def _span(low: float, high: float) -> str:
    if np.isnan(low):
        return ""
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _percent(p: float) -> str:
    if np.isnan(p):
        return ""
    return "<1" if p < 0.01 else ">99" if 0.99 < p < 1 else f"{100 * p:.0f}"
