"""Mediations as boxes with arrows: fanned, in arches, or as a list."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from servqual.plot._arrows import (
    BOX,
    PITCH,
    SMALL,
    TALL,
    Arrow,
    asides,
    bare,
    boxes,
    draw_arrow,
    draw_beneath,
    draw_link,
    say_below,
    words_at,
)
from servqual.plot._axes import GREY, axes_of, beside
from servqual.plot._labels import cut
from servqual.profit_chain import Mediation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mediated"]

DRAWN = 3  # mediators whose arrows all find room
LISTED = 14  # paths in the list of more mediators
LINE = 0.17  # inches of a line in it


def mediated(found: Mediation, ax: "Axes | None") -> "Axes":
    """Draw a mediation: all its arrows, or its effects in a list."""
    names = found.variables
    ends = (names[0], names[-1])
    arrows = []
    for row in found.regressions.rows():
        cause, outcome, value = row["predictor"], row["outcome"], row["estimate"]
        if cause not in names:
            continue  # the cause alone has no arrow
        shown = found.effects.row(effect="direct") if (cause, outcome) == ends else row
        places = names.index(cause), names.index(outcome)
        arrows.append(Arrow(*places, value, shown["low"], shown["high"]))
    many = len(names) - 2
    if many > DRAWN:
        return _listed(found, ax)
    if found.order == "serial" and many > 1:
        return _arched(found, arrows, ax)
    return _fanned(found, arrows, ax)


def _arched(found: Mediation, arrows: Sequence[Arrow], ax: "Axes | None") -> "Axes":
    """Draw mediators in series in a row, with arches over those between."""
    names, gap = found.variables, 0.3 + SMALL * max(len(arrow.ends) for arrow in arrows)
    last = len(names) - 1
    width = len(names) * (BOX + gap) - gap + 0.3
    ax = bare(axes_of(ax, (width, 2.2 + PITCH * (0.75 * last))))
    half = BOX / (BOX + gap) / 2
    ax.set_xlim(-half - 0.02, last + half + 0.02)
    ax.set_ylim(0.45, -0.75 * last + 0.2)
    spots = [(float(place), 0.0) for place in range(len(names))]
    boxes(ax, spots, names, half)
    for arrow in arrows:
        span = arrow.effect - arrow.cause
        if span == 1:
            draw_link(ax, arrow, spots, half, len(names))
            continue
        start, stop = arrow.cause + 0.55 * half, arrow.effect - 0.55 * half
        top = -TALL / 2 - 0.62 * (span - 1)
        middle = (start + stop) / 2
        draw_arrow(
            ax,
            [(start, -TALL / 2), (middle, 2 * top + TALL / 2), (stop, -TALL / 2)],
            arrow.style,
            curved=True,
        )
        _label(ax, middle, top, arrow)
    say_below(ax, _summary(found, arrows))
    return ax


def _label(ax: "Axes", x: float, y: float, arrow: Arrow) -> None:
    """Write number and interval over an arrow, on a white ground."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    said = "\n".join(filter(None, [arrow.number, arrow.ends]))
    words_at(ax, x, y, said, bbox=ground)


def _fanned(found: Mediation, arrows: Sequence[Arrow], ax: "Axes | None") -> "Axes":
    """Draw mediators one above the other between the ends, and the direct arrow beneath."""
    names = found.variables
    many = len(names) - 2
    gap = 0.7 + SMALL * max(len(arrow.ends) for arrow in arrows)
    ax = bare(axes_of(ax, (3 * BOX + 2 * gap + 0.3, 1.3 + PITCH * (many + 1))))
    half = BOX / (BOX + gap) / 2
    spots = [(0.0, float(many)), *((1.0, float(row)) for row in range(many)), (2.0, float(many))]
    ax.set_xlim(-half - 0.02, 2 + half + 0.02)
    ax.set_ylim(many + 0.45, -0.4)
    boxes(ax, spots, names, half)
    for arrow in arrows:
        (x, y), (to, there) = spots[arrow.cause], spots[arrow.effect]
        if y == there:
            draw_link(ax, arrow, spots, half, 3)
            continue
        rises = there < y  # from the top of the cause; else to the top of the effect
        start = (x, y - TALL / 2) if rises else (x + half, y)
        stop = (to - half, there) if rises else (to, there - TALL / 2)
        draw_arrow(ax, [start, stop], arrow.style)
        _label(ax, (start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2, arrow)
    say_below(ax, _summary(found, arrows))
    return ax


def _listed(found: Mediation, ax: "Axes | None") -> "Axes":
    """Draw many mediators as one box, and list the paths beside, the greatest first."""
    names, table = found.variables, found.effects
    order = np.argsort(-np.abs(table["estimate"][1:-2]), kind="stable") + 1
    paths = [
        f"{cut(label, 40)}  {Arrow(0, 1, *numbers).words}"
        for label, *numbers in zip(
            *(table[name][order].tolist() for name in ("effect", "estimate", "low", "high")),
            strict=True,
        )
    ]
    gap = 0.5
    longest = max(map(len, paths[:LISTED]))
    ax = axes_of(ax, (3 * BOX + 2 * gap + 0.5 + SMALL * longest, 1.2 + LINE * LISTED))
    half = BOX / (BOX + gap) / 2
    spots = [(float(place), 0.0) for place in range(3)]
    bare(ax).set_xlim(-half - 0.02, 2 + half + 0.02)
    ax.set_ylim(0.95, -0.6)
    boxes(ax, spots, [names[0], f"{len(names) - 2} mediators", names[-1]], half)
    for place in (0, 1):
        draw_arrow(ax, [(place + half, 0), (place + 1 - half, 0)], {"color": GREY})
    row = table.row(effect="direct")
    draw_beneath(ax, ("direct", Arrow(0, 1, row["estimate"], row["low"], row["high"])), 2)
    say_below(ax, _summary(found, []), aside=SMALL * longest)
    if len(paths) > LISTED:
        paths = [*paths[: LISTED - 1], f"… and {len(paths) - LISTED + 1} more"]
    high, low = sorted(ax.get_ylim())
    places = high + (np.arange(len(paths)) + 0.5) * (low - high) / LISTED
    beside(ax, places, paths, head="paths", right=12, fontsize=8)
    return ax


def _summary(found: Mediation, arrows: Sequence[Arrow]) -> list[str]:
    """Return lines on the effects."""
    rows = [found.effects.row(effect=name) for name in ("direct", "indirect", "total")]
    parts = [
        f"{row['effect']} {Arrow(0, 1, row['estimate'], row['low'], row['high']).words}"
        for row in rows
    ]
    return [" · ".join(parts), *asides(found, arrows)]
