"""Words in pictures: names of points, or numbers and a list of these; and numbers as read."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import needed
from servqual.plot._axes import GREY, LETTER, beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cut", "label_points", "number", "percent"]

Array = NDArray[np.float64]
BESIDE = np.array([(1, 1), (-1, 1), (1, -1), (-1, -1)])  # off the lines that cross in a dot
AROUND = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)])
STEPS = (1, 12, 26)  # points from a dot to its words; a thin line leads to those farther off
STRAIGHT = 4.0  # points: a line that is no wider runs along an axis; words rather keep off it
REACH = 5.0  # points from the middle of a dot to its rim
LINE = 0.17  # inches of a line in the list
LINES = 60  # of the list, for which a figure grows
NAMED, NAME = 40, 24  # the most dots with names, and letters of the longest
PALE = "#6a6a6a"


def label_points(
    ax: "Axes",
    dots: Array,
    names: Sequence[str],
    words: Sequence[tuple[str, str]],
    head: str,
    *,
    grow: bool,
) -> None:
    """Name dots (k, 2) of data units: by `names`, if any, where all have room, else by marks.

    `words` are the mark of each dot and its line in the list, which several dots may share; a dot
    without a place, NaN, is in the list only. Dots beyond these have no words, and all words stand
    off them. Call it last: it lays out the figure, which may `grow` by the list where it is ours.
    """
    _lay_out(ax)
    drawn: NDArray[np.bool_] = np.asarray(~np.isnan(dots[: len(words)]).any(axis=1))
    few = len(words) <= NAMED and max(map(len, names), default=NAME + 1) <= NAME
    if few and drawn.all():
        spots = _spots(ax, dots, names, STEPS[:2])
        if not np.isnan(spots).any():
            _write(ax, dots, names, spots)
            return
    listed = list(dict.fromkeys(line for _, line in words))
    known = {line for (_, line), there in zip(words, drawn, strict=True) if there}
    if grow:
        _grow(ax, listed)
    _list(ax, listed, [line in known for line in listed], head)
    _lay_out(ax)
    marks = [mark for mark, _ in words]
    _write(ax, dots, marks, _spots(ax, dots, marks, STEPS))


def cut(words: str, letters: int = 32) -> str:
    """Return words of at most so many letters."""
    return words if len(words) <= letters else f"{words[: letters - 2]} …"


def number(value: float) -> str:
    """Return a number with three digits, or all that stand before its point."""
    if math.isnan(value):
        return "–"
    shown = f"{value:z,.0f}" if abs(value) >= 100 else f"{value:z.3g}"
    return shown.replace("-", "−")


def percent(share: float) -> str:
    """Return a share in percent with three digits, 100 only for all."""
    if math.isnan(share):
        return "not known"
    shown = f"{100 * share:.3g}"
    return f"{'>99.9' if shown == '100' and share < 1 else shown} %"


def _lay_out(ax: "Axes") -> None:
    """Put the Axes where they will be drawn."""
    ax.figure.canvas.figure.draw_without_rendering()


def _spots(ax: "Axes", dots: Array, words: Sequence[str], steps: Sequence[float]) -> Array:
    """Return the shift of the words of each dot in points, NaN where no place is free for them."""
    points = 72 / ax.figure.dpi
    places = ax.transData.transform(dots) * points
    drawn = np.flatnonzero(~np.isnan(places).any(axis=1)).tolist()
    taken = [np.array([places[dot] - REACH, places[dot] + REACH]) for dot in drawn]
    taken += [text.get_window_extent().get_points() * points for text in ax.texts]
    lines = [line.get_window_extent().get_points() * points for line in ax.lines]
    straight = [box for box in lines if (box[1] - box[0]).min() < STRAIGHT]
    outer = ax.bbox.get_points() * points
    spots = np.full((len(words), 2), np.nan)
    for dot in (dot for dot in drawn if dot < len(words)):
        half = _size(words[dot]) / 2
        near = BESIDE * (half + np.array([REACH + 1, 1]))
        shifts = np.concatenate([near, *(AROUND * (half + REACH + step) for step in steps)])
        boxes = places[dot] + np.stack([shifts - half, shifts + half], axis=1)
        free = (boxes[:, 0] >= outer[0]).all(axis=1) & (boxes[:, 1] <= outer[1]).all(axis=1)
        free &= ~_meets(boxes, taken)
        if free.any():
            best = int(np.argmax(2 * free - _meets(boxes, straight)))
            spots[dot] = shifts[best]
            taken.append(boxes[best])
    return spots


def _meets(boxes: Array, others: Sequence[Array]) -> NDArray[np.bool_]:
    """Return which boxes (k, 2, 2), from low to high ends, meet one of the others."""
    low, high = np.array(others).reshape(-1, 2, 2).swapaxes(0, 1)
    meet = np.logical_and(boxes[:, None, 0] < high, boxes[:, None, 1] > low)
    found: NDArray[np.bool_] = np.logical_and(meet[..., 0], meet[..., 1]).max(axis=1, initial=False)
    return found


def _size(words: str) -> Array:
    """Return width and height of words in points, with some air."""
    from matplotlib.font_manager import FontProperties  # slow
    from matplotlib.textpath import text_to_path

    width, *_ = text_to_path.get_text_width_height_descent(
        words, FontProperties(size=8), ismath=False
    )
    return np.array([width + 2, 9.0])


def _write(ax: "Axes", dots: Array, words: Sequence[str], spots: Array) -> None:
    """Write words at their shifts from the dots, where they have one."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8, "parse_math": False}
    halo = needed("matplotlib.patheffects").withStroke(linewidth=2, foreground="white")
    style["path_effects"] = [halo]  # over lines
    leader: dict[str, Any] = {
        "arrowstyle": "-",
        "color": GREY,
        "linewidth": 0.6,
        "shrinkA": 0,
        "shrinkB": REACH,
    }
    for dot, said, shift in zip(dots[: len(words)], words, spots, strict=True):
        if not np.isnan(shift).any():
            off = (np.abs(shift) - _size(said) / 2).max() > REACH + STEPS[0] + 1
            style["arrowprops"] = leader if off else None
            ax.annotate(said, tuple(dot), tuple(shift), textcoords="offset points", **style)


def _grow(ax: "Axes", listed: Sequence[str]) -> None:
    """Give the figure room for the list."""
    figure: Any = ax.figure
    width, height = figure.get_size_inches()
    longest = max(map(len, listed), default=0)
    figure.set_size_inches(
        width + LETTER * longest, max(height, 1.8 + LINE * min(LINES, len(listed)))
    )


def _list(ax: "Axes", listed: Sequence[str], known: Sequence[bool], head: str) -> None:
    """List what the marks stand for beside the Axes, as many as fit."""
    _lay_out(ax)
    lines = max(3, int(ax.bbox.height / ax.figure.dpi / LINE))
    if len(listed) > lines:
        listed = [*listed[: lines - 1], f"… and {len(listed) - lines + 1} more"]
    low, high = ax.get_ylim()
    for line, said in enumerate(listed):
        place = high - (line + 0.5) * (high - low) / lines
        colour = "black" if known[line] else PALE
        beside(ax, [place], [said], right=12, fontsize=8, color=colour)
    beside(ax, [], [], head=head, right=12, fontsize=9)
