"""Boxes with arrows between them: their lines, their numbers, and the words beneath."""

import math
import re
from collections.abc import Sequence
from textwrap import TextWrapper, fill
from typing import TYPE_CHECKING, Any

import attrs

from servqual._checks import needed
from servqual._stats.bootstrap import RESAMPLED
from servqual.plot._axes import BLUE, GREY, LETTER, VERMILION
from servqual.plot._labels import number
from servqual.profit_chain import Mediation, ScoreToMoney, SerialPaths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BOX",
    "PITCH",
    "SMALL",
    "TALL",
    "Arrow",
    "Spot",
    "asides",
    "bare",
    "boxes",
    "draw_arrow",
    "draw_beneath",
    "draw_link",
    "say_below",
    "words_at",
]

Spot = tuple[float, float]
BOX, PITCH = 1.3, 1.05  # inches: the width of a box, and from row to row
TALL = 0.52  # of a row is the height of a box
SMALL = 0.066  # inches of a letter beside an arrow
FACE = 0.075  # of one in a box
CLOSE = 0.6  # inches from row to row, in which intervals find no room
DASHED = "dashed: the interval holds 0"


class _Names(TextWrapper):
    """Breaks names at spaces, and after "_", "-" and "/", before it breaks their words."""

    wordsep_re = re.compile(r"(\s+)|(?<=[_/-])")


@attrs.frozen
class Arrow:
    """An arrow between two boxes, with its number and interval."""

    cause: int
    effect: int
    value: float
    low: float
    high: float

    @property
    def number(self) -> str:
        """Its number as it is written."""
        return number(self.value)

    @property
    def ends(self) -> str:
        return "" if math.isnan(self.low) else f"{number(self.low)} to {number(self.high)}"

    @property
    def words(self) -> str:
        return f"{self.number} ({self.ends})" if self.ends else self.number

    @property
    def open(self) -> bool:
        """Whether the interval holds 0."""
        return self.low <= 0 <= self.high

    @property
    def style(self) -> dict[str, Any]:
        """Its line: dashed where the interval holds 0, dotted where there is no number."""
        if math.isnan(self.value):
            return {"color": GREY, "linestyle": ":"}
        return {"color": GREY if self.open else BLUE, "linestyle": "--" if self.open else "-"}


def _unit_inches(ax: "Axes") -> tuple[float, float]:
    """Return the width and the height of a unit of the data."""
    width, height = (size / ax.figure.dpi for size in ax.bbox.size)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    return width / abs(right - left), height / abs(high - low)


def bare(ax: "Axes") -> "Axes":
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    return ax


def boxes(
    ax: "Axes",
    spots: Sequence[Spot],
    names: Sequence[str],
    half: float,
    below: Sequence[str] = (),
) -> None:
    """Draw boxes with names in them, and a line of words below these."""
    rectangle = needed("matplotlib.patches").Rectangle
    filled = {"facecolor": "#eef4f9", "edgecolor": "black"}
    wide, tall = _unit_inches(ax)
    letters, lines = max(4, int(2 * half * wide / FACE)), max(1, min(3, int(TALL * tall / 0.13)))
    for place, ((x, y), name) in enumerate(zip(spots, names, strict=True)):
        more = below[place] if below else ""
        ax.add_patch(rectangle((x - half, y - TALL / 2), 2 * half, TALL, **filled))
        parts, room = _Names(width=letters).wrap(name), max(1, lines - bool(more))
        if len(parts) > room:
            parts[room - 1 :] = [parts[room - 1][: letters - 2].rstrip("_ -/") + "…"]  # it is wide
        said = "\n".join(parts)
        said = f"{said}\n{more}" if more else said
        words_at(ax, x, y, said)


def draw_arrow(
    ax: "Axes",
    points: Sequence[Spot],
    style: dict[str, Any],
    *,
    curved: bool = False,
) -> None:
    """Draw an arrow through points; a curved one goes toward its second point."""
    path = needed("matplotlib.path").Path
    codes = [path.MOVETO, *[path.CURVE3 if curved else path.LINETO] * (len(points) - 1)]
    patch = needed("matplotlib.patches").FancyArrowPatch(
        path=path(points, codes),
        arrowstyle="-|>",
        mutation_scale=10,
        linewidth=1.2,
        shrinkA=0,
        shrinkB=0,
        zorder=1,
        **style,
    )
    ax.add_patch(patch)


def words_at(ax: "Axes", x: float, y: float, said: str, **style: Any) -> None:  # noqa: ANN401 (properties of a Text)
    """Write words in a box, or beside an arrow."""
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8}
    if said:
        ax.text(x, y, said, **centred | {"parse_math": False} | style)


def draw_link(
    ax: "Axes",
    arrow: Arrow,
    spots: Sequence[Spot],
    half: float,
    columns: int,
) -> None:
    """Draw an arrow between neighbours: in a row, or down to the next."""
    (x, y), (to, below) = spots[arrow.cause], spots[arrow.effect]
    wide, tall = _unit_inches(ax)
    roomy = tall > CLOSE
    if below > y:
        draw_arrow(ax, [(x, y + TALL / 2), (to, below - TALL / 2)], arrow.style)
        inward = -1 if columns > 1 and x > 0 else 1
        side = {"ha": "right" if inward < 0 else "left"}
        words_at(ax, x + inward * 0.05, (y + below) / 2, arrow.words if roomy else "", **side)
        return
    way = half if to > x else -half
    draw_arrow(ax, [(x + way, y), (to - way, y)], arrow.style)
    words_at(ax, (x + to) / 2, y - 0.05, arrow.number, va="bottom")
    if roomy and SMALL * len(arrow.ends) < (abs(to - x) - 2 * half) * wide:
        words_at(ax, (x + to) / 2, y + 0.05, arrow.ends, va="top")


def draw_beneath(ax: "Axes", tie: tuple[str, Arrow], last: float) -> None:
    """Draw what ties both ends as a line beneath the boxes."""
    name, arrow = tie
    corners = [(0.0, TALL / 2), (0.0, 0.6), (last, 0.6), (last, TALL / 2)]
    draw_arrow(ax, corners, arrow.style | {"color": GREY if arrow.open else VERMILION})
    words_at(ax, last / 2, 0.65, f"{name} {arrow.words}", va="top")


def asides(found: SerialPaths | ScoreToMoney | Mediation, arrows: Sequence[Arrow]) -> list[str]:
    """Return lines on what the numbers are, and on what the reader should know."""
    kind, method = "standardised slopes" if isinstance(found, SerialPaths) else "slopes", ""
    if isinstance(found, Mediation):
        method = f" by {RESAMPLED[found.interval]}"
        if arrows:
            method = f" by t, of the direct arrow and below{method}"
        else:
            kind = "effects"
    dashed = f"; {DASHED}" if any(arrow.open for arrow in arrows) else ""
    undefined = [f"undefined: {found.undefined}"] if found.undefined else []
    said = f"{kind} with {100 * found.confidence:g} % intervals{method}, {found.n:,} rows{dashed}"
    return [said, *undefined, *(f"caution: {words}" for words in found.cautions)]


def say_below(ax: "Axes", lines: Sequence[str], *, aside: float = 0.0) -> None:
    """Write lines beneath the picture, as wide as it is but for so many inches aside."""
    letters = max(30, int((ax.bbox.width / ax.figure.dpi - aside) / LETTER))
    said = "\n".join(fill(line, letters, max_lines=3, placeholder=" …") for line in lines)
    ax.set_xlabel(said, fontsize=9, parse_math=False)
