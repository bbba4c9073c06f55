"""Zones of tolerance: from the least that is accepted to what is desired, and the perception."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from servqual._checks import choice, instance
from servqual.plot._axes import BLUE, VERMILION, Rows, beside, legend, undefined
from servqual.scoring import ToleranceZone

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from servqual.tables import Table

__all__ = ["tolerance_zones"]


def tolerance_zones(
    zone: ToleranceZone,
    *,
    level: Literal["dimensions", "items"] = "dimensions",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the zone of tolerance of each dimension or item, and the perception in or beside it.

    The box goes from the minimum (open square) to the desired service (open circle). The thin line
    about the perception (filled) is the confidence interval of the adequacy, laid from the minimum:
    where it does not reach the square, the service is clear of the minimum. Each row names its
    class (``"reject"`` below the box, ``"in zone"``, ``"delight"`` above it), and why numbers of it
    are undefined. Where the mean minimum lies above the desired, there is no box.

    Parameters
    ----------
    zone : ToleranceZone
        The zones, of all respondents or by group.
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
        If `zone` or `ax` is something else.
    ValueError
        If `level` is another word.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> survey = sq.survey_from_arrays(
    ...     sq.instrument("libqual"),
    ...     minimums=[[5] * 22, [6] * 22, [6] * 22],
    ...     expectations=[[8] * 22, [8] * 22, [9] * 22],
    ...     perceptions=[[7] * 22, [7] * 22, [7] * 22],
    ... )
    >>> ax = sq.plot.tolerance_zones(sq.scoring.tolerance_zone(survey))
    >>> [text.get_text() for text in ax.texts][:3]
    ['in zone', 'in zone', 'in zone']
    """
    instance("zone", zone, ToleranceZone, hint="; tolerance_zone makes it of a survey")
    table: Table = getattr(zone, choice("level", level, ("dimensions", "items")))
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    minimum, desired, perception = (table[c] for c in ("minimum", "expectation", "perception"))
    width = np.where(table["width"] > 0, table["width"], np.nan)
    low, high = minimum + table["adequacy_low"], minimum + table["adequacy_high"]
    box = ax.barh(
        places, width, left=minimum, height=0.5, color="#d6e6f1", edgecolor=BLUE, linewidth=0.8
    )
    for bar in box:
        bar.sticky_edges.x.clear()  # room for the markers at its ends
    interval = ax.hlines(places, low, high, color=VERMILION, linewidth=1.4, zorder=2)
    ends = [
        ax.scatter(at, places, 38, marker=mark, facecolor="white", edgecolor=BLUE, zorder=3)
        for at, mark in ((minimum, "s"), (desired, "o"))
    ]
    perceived = ax.scatter(perception, places, 42, color=VERMILION, zorder=4)
    words = map(undefined, table["class"].tolist(), table["undefined"].tolist())
    beside(ax, places, words, head="class")
    ax.set_xlabel("score")
    legend(
        ax,
        [ends[0], box, ends[1], perceived, interval],
        ["minimum", "zone of tolerance", "desired", "perception", "interval of the adequacy"],
    )
    return ax
