"""What satisfied and dissatisfied customers say of each touchpoint: the difference between them."""

from typing import TYPE_CHECKING

import numpy as np

from servqual._checks import instance
from servqual.journeys import TouchpointDrivers
from servqual.plot._axes import BLUE, Rows, beside, legend, signed, undefined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["drivers"]


def drivers(
    drivers: TouchpointDrivers, *, standardised: bool = True, ax: "Axes | None" = None
) -> "Axes":
    """Draw by how much satisfied customers rate each touchpoint higher than dissatisfied ones.

    A dot right of the line at 0: the satisfied rate it higher. The largest difference, whatever its
    sign, stands first, in each group; a row without one stands last and says why. An interval that
    is clear of 0 says that satisfaction and this touchpoint go together, not which brings which.

    Parameters
    ----------
    drivers : TouchpointDrivers
        From `journeys.touchpoint_drivers`, of all respondents or by group.
    standardised : bool
        Whether dots are Hedges' g, with the difference beside them; else they are the difference in
        units of the ratings, with g beside them. Rows are sorted by the dots.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `drivers`, `standardised` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.journeys import touchpoint_drivers
    >>> import servqual as sq
    >>> answers = {"seat": [3, 4, 3, 2], "wifi": [5, 4, 2, 1], "happy": [True, True, False, False]}
    >>> ax = sq.plot.drivers(touchpoint_drivers(answers, satisfied="happy"))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['wifi', 'seat']
    >>> [text.get_text() for text in ax.texts]
    ['+3.00', '+1.00', 'difference']
    """
    instance("drivers", drivers, TouchpointDrivers, hint="; journeys.touchpoint_drivers makes one")
    instance("standardised", standardised, bool)
    table = drivers.table
    if standardised:
        drawn, word, unit = ("effect_size", "effect_low", "effect_high"), "effect", "Hedges' g"
        other, head = "difference", "difference"
    else:
        drawn, word, unit = ("difference", "low", "high"), "difference", "in units of the ratings"
        other, head = "effect_size", "Hedges' g"
    size = len(set(table["touchpoint"].tolist()))  # the rows of a group
    largest = np.argsort(-np.abs(table[drawn[0]]).reshape(-1, size), axis=1, kind="stable")
    table = table.take((largest + size * np.arange(len(largest))[:, None]).ravel())
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    estimate, low, high = (table[column] for column in drawn)
    ax.axvline(0, color="black", linewidth=0.8, zorder=1)
    interval = ax.hlines(places, low, high, color=BLUE, linewidth=1.4, zorder=2)
    mark = ax.scatter(estimate, places, 42, color=BLUE, zorder=3)
    said = map(undefined, map(signed, table[other]), table["undefined"].tolist())
    beside(ax, places, said, head=head, fontsize=9)
    ax.set_xlabel(f"satisfied − dissatisfied, {unit}")
    legend(ax, [mark, interval], [word, "its interval"])
    return ax
