"""Kano's categories: how far satisfaction rises with an item, and falls without it."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, needed
from servqual._frames.groups import joined
from servqual.plot._axes import BLUE, VERMILION, axes_of, legend
from servqual.plot._labels import cut, label_points
from servqual.plot._periods import below
from servqual.priorities import Kano
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["kano"]

SHAPES = {
    "A": ("attractive", "^"),
    "O": ("one-dimensional", "s"),
    "M": ("must-be", "o"),
    "I": ("indifferent", "D"),
    "R": ("reverse", "v"),
    "Q": ("questionable", "X"),
}
COLOURS = (BLUE, VERMILION, "#009e73", "black")  # of segments, which have letters too
CORNERS = {
    "attractive": (0, 1),
    "one-dimensional": (1, 1),
    "indifferent": (0, 0),
    "must-be": (1, 0),
}
MARGIN = 0.09  # around the square, for marks on its rim and words in its corners


def kano(found: Kano, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how far satisfaction rises with each item (better) and falls without it (-worse).

    The shape of a mark is the category of the item, its most frequent; it is hollow where Fong's
    test cannot tell the two most frequent apart. Thin crosses are the intervals. Few items have
    their names; others are numbered and listed beside with their categories, and with the reason
    where they are not drawn. Up to four segments have a colour and a letter each.

    Parameters
    ----------
    found : Kano
        From `priorities.kano` or `priorities.kano_from_counts`, of up to four segments.
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
    ValueError
        If there are more than four segments.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> counts = {"wifi": {"A": 60, "O": 20, "M": 10, "I": 10}, "seat": {"M": 50, "I": 50}}
    >>> ax = kano(sq.priorities.kano_from_counts(counts))
    >>> [text.get_text() for text in ax.texts][4:]
    ['wifi · A', 'seat · M']
    """
    hint = "; priorities.kano and priorities.kano_from_counts make one"
    instance("found", found, Kano, hint=hint)
    points = _Points.of(found.table)
    grow = ax is None
    ax = axes_of(ax, (6.2, 6))
    ax.set(xlim=(-MARGIN, 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN))
    ax.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color="#c4c4c4", linewidth=0.8, zorder=0.5)
    for x, y in (([0.5, 0.5], [0, 1]), ([0, 1], [0.5, 0.5])):
        ax.plot(x, y, color="black", linewidth=0.9, zorder=1)
    for words, (right, top) in CORNERS.items():
        style: dict[str, Any] = {"ha": ("left", "right")[right], "va": ("top", "bottom")[top]}
        style |= {"color": "#5a5a5a", "style": "italic", "fontsize": 9}
        place = (0.03 + 0.94 * right, top + (top - 0.5) / 50)
        ax.text(*place, words, zorder=1, **style)
    points.draw(ax)
    ax.spines[["top", "right"]].set_visible(False)
    one = points.segments[0] if len(points.segments) == 1 else ""
    below(ax, "−worse: how far satisfaction falls without it", one)
    ax.set_ylabel("better: how far satisfaction rises with it")
    marks = points.marks()
    if marks:
        legend(ax, list(marks.values()), list(marks))
    label_points(ax, points.dots, points.names, points.words, "items", grow=grow)
    return ax


@attrs.frozen(eq=False, kw_only=True)
class _Points:
    """Rows of a table as dots (−worse, better), with the place of each in the segments."""

    table: Table
    dots: NDArray[np.float64]
    segments: tuple[str, ...]
    segment: NDArray[np.intp]

    @classmethod
    def of(cls, table: Table) -> "_Points":
        """Read a table; its segments must be few enough for as many colours."""
        by = table.keys[:-1]
        rows = list(zip(*(table[key].tolist() for key in by), strict=True)) or [()] * len(table)
        groups = list(dict.fromkeys(rows))
        if len(groups) > len(COLOURS):
            rule = f"`found` must have at most {len(COLOURS)} segments, to be told apart"
            which = ", ".join(f"{k}={brief(word)}" for k, word in zip(by, groups[0], strict=True))
            advice = f"draw some of them, as kano(Kano(table=found.table.where({which})))"
            msg = f"{rule}, got {len(groups)}; {advice}"
            raise ValueError(msg)
        return cls(
            table=table,
            dots=np.array([0 - table["worse"], table["better"]]).T,
            segments=tuple(joined(groups)),
            segment=np.array([groups.index(row) for row in rows], dtype=int),
        )

    def draw(self, ax: "Axes") -> None:
        """Draw the marks, and crosses for the intervals."""
        table, (x, y) = self.table, self.dots.T
        colours = np.array(COLOURS)[self.segment]
        thin: dict[str, Any] = {"colors": colours, "linewidth": 0.8, "alpha": 0.35, "zorder": 2}
        ax.hlines(y, -table["worse_high"], -table["worse_low"], **thin)
        ax.vlines(x, table["better_low"], table["better_high"], **thin)
        there = ~np.isnan(self.dots).any(axis=1)
        for letter, (_, shape) in SHAPES.items():
            part = there & (table["category"] == letter)
            if part.any():
                faces = np.where(table["fong"], colours, "white")[part].tolist()
                style: dict[str, Any] = {"facecolor": faces, "edgecolor": colours[part].tolist()}
                ax.scatter(x[part], y[part], 40, marker=shape, linewidth=1.3, zorder=3, **style)

    def marks(self) -> dict[str, Any]:
        """Return what the legend shows, by its words."""
        line = needed("matplotlib.lines").Line2D
        there = ~np.isnan(self.dots).any(axis=1)
        many = len(self.segments) > 1
        plain = "#5a5a5a" if many else BLUE
        style: dict[str, Any] = {"color": plain, "linestyle": "", "markersize": 6}
        marks = {}
        for letter, (words, shape) in SHAPES.items():
            if (there & (self.table["category"] == letter)).any():
                marks[f"{letter} {words}"] = line([], [], marker=shape, **style)
        if (there & ~self.table["fong"]).any():
            style |= {"marker": "o", "markerfacecolor": "white"}
            marks["hollow: two categories lead"] = line([], [], **style)
        for letter, name, colour in zip("abcd", self.segments * many, COLOURS, strict=False):
            marks[f"{letter} {cut(name, 24)}"] = line([], [], color=colour, linewidth=4)
        return marks

    @property
    def names(self) -> list[str]:
        """What stands at each dot where there is room for it; nothing where segments have marks."""
        if len(self.segments) > 1:
            return []
        rows = zip(self.table["item"].tolist(), self.table["category"].tolist(), strict=True)
        return [f"{item} · {category}" for item, category in rows]

    @property
    def words(self) -> list[tuple[str, str]]:
        """The number of each dot, with the letter of its segment, and its line in the list."""
        items = self.table["item"].tolist()
        numbers = {item: number for number, item in enumerate(dict.fromkeys(items), 1)}
        lines = {
            item: _line(number, item, self.table.take(self.table["item"] == item))
            for item, number in numbers.items()
        }
        letters = "abcd" if len(self.segments) > 1 else [""]
        marks = [letters[place] for place in self.segment.tolist()]
        return [
            (f"{numbers[item]}{mark}", lines[item]) for item, mark in zip(items, marks, strict=True)
        ]


def _line(number: int, item: str, rows: Table) -> str:
    """Return the line of an item: its category in each segment, and why it is not drawn."""
    found = [letter or "–" for letter in rows["category"].tolist()]
    why = " / ".join(filter(None, dict.fromkeys(rows["undefined"].tolist())))
    return " · ".join(filter(None, (f"{number}  {cut(item)}", " ".join(found), cut(why))))
