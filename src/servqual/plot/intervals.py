"""Groups beside each other: the gap of each part by group, with its interval."""

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from servqual._checks import choice, instance
from servqual.plot._axes import BLUE, VERMILION, Rows, beside, legend, signed, undefined
from servqual.scoring import GapScores, PerceptionScores
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["groups"]

SHAPES = "osD^vPX*"  # as many groups as an eye tells apart in one row
COLOURS = (BLUE, VERMILION, "#5a5a5a")
OFFSET = 0.17  # inches between the groups of a row


def groups(
    scores: GapScores | PerceptionScores,
    *,
    level: Literal["dimensions", "items"] = "dimensions",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the gap, or perception, of each dimension or item by group, with its interval.

    Up to eight groups share a row, in their order, each with a marker of its own; more groups have
    a row each under the name of the dimension or item. Intervals that overlap do not say that the
    groups are alike: `compare_groups` tests their difference.

    Parameters
    ----------
    scores : GapScores or PerceptionScores
        Scores by group; of several group columns, every combination is a group.
    level : {"dimensions", "items"}
        What the rows are.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `scores` or `ax` is something else.
    ValueError
        If the scores have no groups, or `level` is another word.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> survey = sq.simulate_survey(
    ...     sq.instrument("servqual"), 60, rng=1, by={"branch": ["North", "South", "West"] * 20}
    ... )
    >>> ax = sq.plot.groups(sq.gap_scores(survey, by="branch"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['North', 'South', 'West']
    """
    hint = "; gap_scores or perception_scores makes them of a survey"
    instance("scores", scores, GapScores, PerceptionScores, hint=hint)
    estimate = "gap" if isinstance(scores, GapScores) else "perception"
    table: Table = getattr(scores, choice("level", level, ("dimensions", "items")))
    inside = table.keys[-1:] if level == "dimensions" else table.keys[-2:]
    by = [key for key in table.keys if key not in inside]
    if not by:
        msg = "`scores` must be by group, got those of all respondents; give `by` to "
        msg += f"{estimate}_scores"
        raise ValueError(msg)
    labels = [" · ".join(row[key] for key in by) for row in table.rows()]
    size = len(dict.fromkeys(labels))
    columns = (*inside, estimate, "low", "high", "undefined")
    table = attrs.evolve(
        table,
        keys=(*inside, "group"),
        data={"group": labels} | {column: table[column] for column in columns},
    )
    draw = _together if size <= len(SHAPES) else _apart
    ax = draw(table.take(np.arange(len(table)).reshape(size, -1).T.ravel()), estimate, ax)
    if estimate == "gap":
        ax.axvline(0, color="black", linewidth=0.8, zorder=1)
    ax.set_xlabel("gap = perception − expectation" if estimate == "gap" else estimate)
    return ax


def _together(table: Table, estimate: str, ax: "Axes | None") -> "Axes":
    """Draw the groups of each part in its row."""
    names = list(dict.fromkeys(table["group"].tolist()))
    size = len(names)
    parts = attrs.evolve(table, keys=table.keys[:-1]).take(np.arange(0, len(table), size))
    rows = Rows.of(parts, inches=max(0.32, OFFSET * (size + 1)))
    ax = rows.axes(ax, 7)
    for place in rows.places[::2]:
        ax.axhspan(place - 0.5, place + 0.5, color="#f5f5f5", zorder=0)
    marks = []
    for g, name in enumerate(names):
        group, colour = table.where(group=name), COLOURS[g % len(COLOURS)]
        places = rows.places + (g - (size - 1) / 2) * OFFSET / rows.inches
        ax.hlines(places, group["low"], group["high"], color=colour, linewidth=1.2, zorder=2)
        marks.append(
            ax.scatter(group[estimate], places, 32, color=colour, marker=SHAPES[g], zorder=3)
        )
        reasons = [f"{name}: {reason}" if reason else "" for reason in group["undefined"]]
        beside(ax, places, reasons, fontsize=7)
    legend(ax, marks, names)
    return ax


def _apart(table: Table, estimate: str, ax: "Axes | None") -> "Axes":
    """Draw each group of each part in a row of its own."""
    rows = Rows.of(table, inches=0.22)
    ax, places = rows.axes(ax, 7), rows.places
    interval = ax.hlines(places, table["low"], table["high"], color=VERMILION, linewidth=1.2)
    mark = ax.scatter(table[estimate], places, 24, color=VERMILION, zorder=3)
    shown = map(signed if estimate == "gap" else "{:.2f}".format, table[estimate])
    beside(
        ax, places, map(undefined, shown, table["undefined"].tolist()), head=estimate, fontsize=8
    )
    legend(ax, [mark, interval], [estimate, f"interval of the {estimate}"])
    return ax
