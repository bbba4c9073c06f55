"""Importance against performance: what to do first, and how surely each item lies there."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.plot._axes import BLUE, GREY, VERMILION, axes_of, legend
from servqual.plot._labels import cut, label_points
from servqual.plot._periods import below
from servqual.priorities import ImportancePerformance
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["importance_performance"]

Array = NDArray[np.float64]
SURE = 0.8
MARKS = {  # shape, face and edge, told apart without colour
    f"at least {100 * SURE:g} % sure of its quadrant": ("o", BLUE, BLUE),
    "less sure": ("o", "white", BLUE),
    "probability unknown": ("D", "white", GREY),
}
CORNERS = {
    "concentrate\nhere": (0, 1),
    "keep up the\ngood work": (1, 1),
    "low\npriority": (0, 0),
    "possible\noverkill": (1, 0),
}
AROUND = (0.1, 0.16)  # of the width and height of what is drawn; corners have words
BEYOND = 0.25  # of the width or height of the items, that is shown on each side of an axis


def importance_performance(found: ImportancePerformance, *, ax: "Axes | None" = None) -> "Axes":
    """Draw items by performance and importance, in their quadrants.

    Dots are filled where the item lies in its quadrant with a probability of at least 0.8, and
    hollow where it may well lie in another; grey diamonds have no probability. Where importance and
    performance have one unit, a dotted line shows where they are equal: performance falls short
    above it. Few items have their names, and the probability where it is less; others are numbered
    by priority and listed beside, with their probability, or the reason why they are not drawn.
    Cautions stand below.

    Parameters
    ----------
    found : ImportancePerformance
        From `priorities.importance_performance` or `importance_performance_from_arrays`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `found` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> found = sq.priorities.importance_performance_from_arrays(
    ...     [[6, 4, 2], [7, 3, 3]], [[2, 6, 4], [3, 5, 5]], items=("wait", "care", "seat")
    ... )
    >>> ax = importance_performance(found)
    >>> [text.get_text() for text in ax.texts][4:]
    ['wait', 'care · 75 %', 'seat']
    """
    hint = "; priorities.importance_performance makes one"
    instance("found", found, ImportancePerformance, hint=hint)
    table = found.table.take(np.argsort(found.table["rank"], kind="stable"))
    known = table["undefined"] == ""
    dots = np.where(known, [table["performance"], table["importance"]], np.nan).T
    grow = ax is None
    ax = axes_of(ax, (6.6, 5.2))
    lines = np.array([found.performance_axis, found.importance_axis])
    ends = _ends(dots[known], lines)
    ax.set(xlim=ends[:, 0], ylim=ends[:, 1])
    marks = _draw_dots(ax, dots, table["probability"])
    if known.any():
        ax.axvline(lines[0], color="black", linewidth=0.9, zorder=1)
        ax.axhline(lines[1], color="black", linewidth=0.9, zorder=1)
        marks |= _draw_equal(ax, table, ends)
    for corner, (right, top) in CORNERS.items():
        style: dict[str, Any] = {"ha": ("left", "right")[right], "va": ("bottom", "top")[top]}
        place = (0.01 + 0.98 * right, 0.01 + 0.98 * top)
        style |= {"transform": ax.transAxes, "color": "#5a5a5a", "style": "italic", "fontsize": 9}
        ax.text(*place, corner, zorder=1, **style)
    ax.spines[["top", "right"]].set_visible(False)
    below(ax, "performance", found.undefined, *(f"caution: {said}" for said in found.cautions))
    ax.set_ylabel("importance")
    if marks:
        legend(ax, list(marks.values()), list(marks))
    names, words = _words(table)
    label_points(ax, dots, names, words, "by priority", grow=grow)
    return ax


def _ends(dots: Array, lines: Array) -> Array:
    """Return where the picture begins and ends, (2, axes): no quadrant is squeezed out of it."""
    if not len(dots):
        return np.array([[0.0, 0.0], [1.0, 1.0]])
    low, high = (end(np.vstack([dots, lines]), axis=0) for end in (np.min, np.max))
    span = np.where(high > low, high - low, np.maximum(1.0, 0.1 * np.abs(high)))
    low, high = np.minimum(low, lines - BEYOND * span), np.maximum(high, lines + BEYOND * span)
    return np.array([low - AROUND * (high - low), high + AROUND * (high - low)])


def _draw_dots(ax: "Axes", dots: Array, probability: Array) -> dict[str, Any]:
    """Draw the items by how sure they are, and return their marks."""
    parts = (probability >= SURE, probability < SURE, np.isnan(probability))
    marks = {}
    for (label, (shape, face, edge)), part in zip(MARKS.items(), parts, strict=True):
        some = dots[part & ~np.isnan(dots).any(axis=1)]
        if len(some):
            style: dict[str, Any] = {"marker": shape, "facecolor": face, "edgecolor": edge}
            marks[label] = ax.scatter(some[:, 0], some[:, 1], 34, linewidth=1.3, zorder=3, **style)
    return marks


def _draw_equal(ax: "Axes", table: Table, ends: Array) -> dict[str, Any]:
    """Draw where both are equal, if that is where a shortfall is 0 and can be seen."""
    zero = table["importance"] - table["performance"] - table["shortfall"]
    low, high = ends[0].max(), ends[1].min()
    if low >= high or not np.nanmax(np.abs(zero), initial=0) <= 1e-9 * np.abs(ends).max():
        return {}
    style: dict[str, Any] = {"color": VERMILION, "linestyle": ":", "linewidth": 1.4, "zorder": 1}
    return {"importance = performance": ax.plot([low, high], [low, high], **style)[0]}


def _words(table: Table) -> tuple[list[str], list[tuple[str, str]]]:
    """Return what stands at each dot, and its number with its line in the list."""
    names, words = [], []
    for number, row in enumerate(table.rows(), 1):
        p = row["probability"]
        share = "" if np.isnan(p) else f"{np.floor(100 * p + 1e-9):.0f} %"
        names.append(row["item"] + (f" · {share}" if p < SURE else ""))
        line = [f"{number}  {cut(row['item'])}", share, cut(row["undefined"])]
        words.append((str(number), " · ".join(filter(None, line))))
    return names, words
