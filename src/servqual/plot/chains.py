"""Chains of variables as boxes with arrows between them, and what ties their ends."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from servqual._checks import instance
from servqual.plot._arrows import (
    BOX,
    PITCH,
    SMALL,
    Arrow,
    Spot,
    asides,
    bare,
    boxes,
    draw_beneath,
    draw_link,
    say_below,
)
from servqual.plot._axes import axes_of
from servqual.plot._labels import number
from servqual.plot._mediators import mediated
from servqual.profit_chain import Mediation, ScoreToMoney, SerialPaths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["chain"]

WIDE = 10.0  # inches of a new figure at most, unless two boxes need more


def chain(found: SerialPaths | Mediation | ScoreToMoney, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the variables of a chain as boxes, with arrows that have coefficient and interval.

    Serial paths have the standardised slopes on their arrows and, on a line beneath, the observed
    correlation of both ends; money has slopes, in each box what its variable changes by, and on the
    line the direct regression. A chain that is too long for one row goes on in the next, back and
    forth. A mediation has its coefficients on the arrows, with their intervals by t, and by the
    bootstrap that of the direct effect; of more than three mediators the effects are listed
    instead. Arrows are dashed where the interval holds 0, and dotted where there is no
    number.

    Parameters
    ----------
    found : SerialPaths, Mediation or ScoreToMoney
        From `profit_chain.serial_paths`, `profit_chain.mediation` or `profit_chain.score_to_money`.
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
    >>> rows = {"training": [1, 2, 3, 4], "care": [1, 3, 2, 4], "sales": [3, 1, 2, 4]}
    >>> ax = sq.plot.chain(sq.profit_chain.serial_paths(rows, resamples=200))
    >>> [text.get_text() for text in ax.texts][:4]
    ['training', 'care', 'sales', '0.8']
    """
    hint = (
        "; profit_chain.serial_paths, profit_chain.mediation and profit_chain.score_to_money make"
        " one"
    )
    instance("found", found, SerialPaths, Mediation, ScoreToMoney, hint=hint)
    if isinstance(found, Mediation):
        return mediated(found, ax)
    return _in_a_row(found, ax)


def _in_a_row(found: SerialPaths | ScoreToMoney, ax: "Axes | None") -> "Axes":
    """Draw serial paths, or the way to money."""
    serial = isinstance(found, SerialPaths)
    value, low, high = (
        found.links[name]
        for name in (
            ("standardised", "standardised_low", "standardised_high")
            if serial
            else ("slope", "low", "high")
        )
    )
    arrows = [
        Arrow(place, place + 1, *numbers)
        for place, numbers in enumerate(
            zip(value.tolist(), low.tolist(), high.tolist(), strict=True)
        )
    ]
    names = list(found.variables)
    below = [""] * len(names)
    if isinstance(found, ScoreToMoney):
        below = [f"{_signed(step)}" for step in found.steps["change"].tolist()]
    size, gap = len(names), 0.25 + SMALL * max(len(arrow.ends) for arrow in arrows)
    ax, columns = _axes(ax, size, max(0.8, gap))
    spots = [_spot(place, columns) for place in range(size)]
    half = BOX / (BOX + max(0.8, gap)) / 2
    rows = max(row for _, row in spots)
    right = columns - 1 + half if columns > 1 else half + 2 * half * SMALL * 24 / BOX
    ax.set_xlim(-half - 0.02, right + 0.02)
    ax.set_ylim(rows + (0.5 if rows else 0.95), -0.4)
    boxes(ax, spots, names, half, below)
    for arrow in arrows:
        draw_link(ax, arrow, spots, half, columns)
    if not rows:
        draw_beneath(ax, _end_to_end(found), columns - 1)
    ties = arrows if rows else [*arrows, _end_to_end(found)[1]]
    say_below(ax, _below(found, ties))
    return ax


def _signed(value: float) -> str:
    return number(value) if math.isnan(value) or value < 0 else f"+{number(value)}"


def _axes(ax: "Axes | None", size: int, gap: float) -> tuple["Axes", int]:
    """Return the Axes and how many boxes stand in a row."""
    own = ax is None
    fitting = max(2, int((WIDE + gap) / (BOX + gap)))
    columns = min(size, fitting)
    rows = -(-size // columns)
    width = columns * (BOX + gap) - gap + 0.3 if columns > 1 else 4.0
    ax = axes_of(ax, (max(4.5, width), 0.9 + PITCH * (rows + 0.4)))
    if not own:
        inches = ax.bbox.width / ax.figure.dpi
        columns = max(1, min(size, int((inches + gap) / (BOX + gap))))
    return bare(ax), columns


def _spot(place: int, columns: int) -> Spot:
    """Return where a box stands: rows go to the right and to the left in turn."""
    row, column = divmod(place, columns)
    return float(columns - 1 - column if row % 2 else column), float(row)


def _end_to_end(found: SerialPaths | ScoreToMoney) -> tuple[str, Arrow]:
    """Return what ties both ends, whatever lies between."""
    if isinstance(found, SerialPaths):
        row = found.effects.row(effect="observed")
        return "observed", Arrow(0, 1, row["estimate"], row["low"], row["high"])
    row = found.ways.row(way="direct")
    return "direct", Arrow(0, 1, row["money"], row["low"], row["high"])


def _below(found: SerialPaths | ScoreToMoney, arrows: Sequence[Arrow]) -> list[str]:
    """Return lines on both ends, and on what the reader should know."""
    if isinstance(found, SerialPaths):
        rows = [found.effects.row(effect=name) for name in ("indirect", "observed", "misfit")]
        named = [(row["effect"], row["estimate"], row) for row in rows]
    else:
        named = [(row["way"], row["money"], row) for row in found.ways.rows()]
    parts = [
        f"{name} {Arrow(0, 1, value, row['low'], row['high']).words}" for name, value, row in named
    ]
    money = "" if isinstance(found, SerialPaths) else "money: "
    return [money + " · ".join(parts), *asides(found, arrows)]
