"""Items of a scale: how each goes with the others, against its mean, and which ask for a look."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.measurement.item_statistics import ItemAnalysis
from servqual.plot._axes import BLUE, LETTER, VERMILION, axes_of, beside, legend
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["items"]

Array = NDArray[np.float64]
WEAK = 0.3
ROUNDING = 1e-12
RINGS = {  # around a dot, one inside the other where an item has both
    "looks reversed": ("v", 260, VERMILION),
    "α rises without it": ("o", 110, VERMILION),
}
LINE = 0.17  # inches of a line in the list of items
SIDES = np.array([(1, 0), (1, 1), (-1, 0), (-1, 1), (0, 1), (1, -1), (-1, -1), (0, -1)])
DOT, RING = 4.0, 8.0  # points from the middle of a dot to its rim, and to that of its ring
DIGIT, HEIGHT = 5.5, 9.0  # points: how wide a digit is, and how high
GREY = "#6a6a6a"


def items(analysis: ItemAnalysis, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the corrected item–total correlation of each item against its mean answer.

    Items are numbered from the weakest on, and listed beside. Hollow dots are weak: their
    correlation with the sum of the others lies below 0.3, the dashed line. A triangle is around
    items that look reverse-keyed, a ring around those without which α is higher. Where means are
    not known, items stand in their order. Items without a correlation are in the list only, with
    the reason. Where dots are crowded, some have no number.

    Parameters
    ----------
    analysis : ItemAnalysis
        From `measurement.item_analysis`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `analysis` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.measurement.covariances import Covariance
    >>> from servqual.measurement.item_statistics import item_analysis
    >>> correlations = [[1, 0.6, 0.5], [0.6, 1, 0.2], [0.5, 0.2, 1]]
    >>> published = Covariance(items=("wait", "care", "seat"), matrix=correlations, n=80)
    >>> ax = items(item_analysis(published))
    >>> [text.get_text() for text in ax.texts][3:]
    ['1  seat', '2  care', '3  wait', 'items, weakest first']
    """
    instance("analysis", analysis, ItemAnalysis, hint="; measurement.item_analysis makes one")
    order = np.argsort(analysis.table["item_total"], kind="stable")
    table = analysis.table.take(order)
    words = _words(table)
    ax = _axes(ax, words)
    known = not np.isnan(table["mean"]).all()
    x: Array = np.where(known, table["mean"], order + 1.0)
    total = table["item_total"]
    marks: dict[str, Any] = {}
    weak = total < WEAK
    for label, face, part in (
        ("item", BLUE, total >= WEAK),
        (f"weak: below {WEAK}", "white", weak),
    ):
        if part.any():
            dot: dict[str, Any] = {"facecolor": face, "edgecolor": BLUE, "zorder": 3}
            marks[label] = ax.scatter(x[part], total[part], 24, **dot)
    rises = table["alpha_if_deleted"] > analysis.alpha + ROUNDING
    for (label, style), part in zip(RINGS.items(), (table["reversed"], rises), strict=True):
        if part.any():
            shape, size, colour = style
            ring: dict[str, Any] = {"marker": shape, "facecolor": "none", "edgecolor": colour}
            marks[label] = ax.scatter(x[part], total[part], size, zorder=4, **ring)
    if weak.any():
        ax.axhline(WEAK, color="black", linewidth=0.9, linestyle="--", zorder=1)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(0.12)
    ax.set_xlabel("mean answer" if known else "place of the item; means are not known")
    ax.set_ylabel("correlation with the sum of the others")
    if marks:
        legend(ax, list(marks.values()), list(marks))
    _number(ax, x, total, np.where(rises | table["reversed"], RING, DOT))
    _list(ax, words, np.isnan(total))
    return ax


def _words(table: Table) -> list[str]:
    """Return what stands in the list: number and name of each item, and why it has no dot."""
    rows = zip(table["item"].tolist(), table["undefined"].tolist(), strict=True)
    return [
        " · ".join(filter(None, (f"{number}  {_cut(item)}", _cut(why))))
        for number, (item, why) in enumerate(rows, 1)
    ]


def _cut(words: str) -> str:
    return words if len(words) <= 32 else f"{words[:30]} …"


def _axes(ax: "Axes | None", words: list[str]) -> "Axes":
    """Return the Axes; those of a new figure have room for the list."""
    width = 6.4 + LETTER * max(map(len, words), default=0)
    height = max(4.4, 1.4 + LINE * len(words))
    # what legend, numbers and list are fitted to, before all is laid out
    margins = {"left": 0.8 / width, "right": 6.4 / width}
    return axes_of(ax, (width, height), **margins, bottom=0.6 / height, top=1 - 0.7 / height)


def _number(ax: "Axes", x: Array, y: Array, reach: Array) -> None:
    """Write the number of each item beside its dot, on a side where nothing else stands."""
    ax.autoscale_view()
    dots = ax.transData.transform(np.stack([x, y], axis=1)) * 72 / ax.figure.dpi
    drawn = np.flatnonzero(~np.isnan(dots).any(axis=1)).tolist()
    taken = [_box(dots[place], np.full(2, reach[place])) for place in drawn]
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8}
    for place in drawn:
        half = np.array([DIGIT * len(str(place + 1)), HEIGHT]) / 2
        for shift in SIDES * (half + reach[place] + 1):
            box = _box(dots[place] + shift, half)
            if not any(_overlap(box, other) for other in taken):
                where = (x[place], y[place])
                ax.annotate(str(place + 1), where, shift, textcoords="offset points", **style)
                taken.append(box)
                break


def _box(middle: Array, half: Array) -> Array:
    return np.stack([middle - half, middle + half])


def _overlap(first: Array, second: Array) -> bool:
    return bool((np.maximum(first[0], second[0]) < np.minimum(first[1], second[1])).all())


def _list(ax: "Axes", words: list[str], blank: NDArray[np.bool_]) -> None:
    """List the items beside the Axes, as many as fit."""
    lines = max(3, int(ax.bbox.height / ax.figure.dpi / LINE))
    if len(words) > lines:
        words = [*words[: lines - 1], f"… and {len(words) - lines + 1} more"]
    low, high = ax.get_ylim()
    for line, said in enumerate(words):
        place = high - (line + 0.5) * (high - low) / lines
        colour = GREY if blank[line] else "black"
        beside(ax, [place], [said], right=12, fontsize=8, color=colour)
    beside(ax, [], [], head="items, weakest first", right=12, fontsize=9)
