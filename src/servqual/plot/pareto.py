"""Which types of failure make the points of an index, the largest first."""

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import instance
from servqual.failures.index import FailureIndex
from servqual.plot._axes import BLUE, GREY, Rows, beside, legend
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["contributions"]

ROWS = 20  # of types; more have their smallest in one row
MOST = 80


def contributions(index: FailureIndex, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how much of the points each type of failure makes, the largest first.

    Bars are shares of all points, the line is their sum so far. The types that make 80 % of the
    points are blue: there it pays to begin. Beside stands what came from what. Of more than 20
    types, the smallest are one row, but none of the blue ones.

    Parameters
    ----------
    index : FailureIndex
        From `failure_index`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `index` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.failures.index import failure_index
    >>> from servqual.failures.schemes import FailureScheme, FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> ax = contributions(failure_index({"late": 30, "lost": 12}, scheme))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['lost', 'late']
    >>> [text.get_text() for text in ax.texts]
    ['12 × 10 = 120', '30 × 1 = 30', 'count × weight = points']
    """
    instance("index", index, FailureIndex, hint="; failures.failure_index makes one")
    table, said = _shown(index)
    few, size = index.vital_few, len(index.contributions)
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    share, cumulative = 100 * table["share"], 100 * table["cumulative"]
    marks: dict[str, Any] = {}
    for label, colour, part in (
        (f"{few} of {size} types that make {MOST} %", BLUE, slice(few)),
        ("other types", GREY, slice(few, None)),
    ):
        if few and len(places[part]):
            bars = ax.barh(places[part], share[part], 0.62, color=colour, zorder=2)
            marks[label] = bars
    style: dict[str, Any] = {"color": "black", "linewidth": 1, "marker": "o", "markersize": 3.5}
    if few:
        (marks["together"],) = ax.plot(cumulative, places, zorder=3, **style)
        dashed = ax.axvline(MOST, color="black", linewidth=0.9, linestyle="--", zorder=1)
        marks[f"{MOST} %"] = dashed
        legend(ax, list(marks.values()), list(marks))
    beside(ax, places, said, head="count × weight = points", fontsize=9)
    ax.set_xlim(0, 103)
    reasons = (index.contributions[column].tolist() for column in ("undefined", "lacking"))
    why = next(filter(None, chain(*reasons)), "")
    ax.set_xlabel(why or f"share of {_number(index.points)} points, %")
    return ax


def _shown(index: FailureIndex) -> tuple[Table, list[str]]:
    """Return the types with the smallest of many as one, and what is said beside each."""
    table = index.contributions
    columns = ("count", "weight", "points")
    cells = zip(*(map(_number, table[column].tolist()) for column in columns), strict=True)
    said = [f"{count} × {weight} = {points}" for count, weight, points in cells]
    names, share, cumulative = (table[column] for column in ("type", "share", "cumulative"))
    kept = max(ROWS - 1, index.vital_few)
    if len(table) > kept + 1:
        names = np.append(names[:kept], f"{len(table) - kept} other types")
        share = np.append(share[:kept], share[kept:].sum())
        cumulative = np.append(cumulative[:kept], cumulative[-1])
        said = [*said[:kept], _number(table["points"][kept:].sum())]
    data = {"type": names, "share": share, "cumulative": cumulative}
    return Table(title="", keys=("type",), data=data), said


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:,.10g}"
