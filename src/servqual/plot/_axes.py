"""What all pictures share: rows under headings, their Axes, words beside them, legend, colours."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, needed
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "GREY",
    "VERMILION",
    "Rows",
    "axes_of",
    "beside",
    "legend",
    "signed",
    "undefined",
]

BLUE, VERMILION, GREY = "#0072b2", "#d55e00", "#8a8a8a"  # told apart without colour vision too
INCHES = 0.32  # of a row of one line
LINE = 0.06  # more where labels have two lines
LETTER = 1 / 15


@attrs.frozen(eq=False)
class Rows:
    """Where the rows of a table stand, from 0 at the top, and what is written before them.

    Parameters
    ----------
    places : ndarray
        The place of each row.
    labels : tuple of str
        What is written before each row: its last key.
    headings : tuple of (int, str)
        The place and words of each heading: the other keys, where they change.
    inches : float
        The height of a row.
    """

    places: NDArray[np.float64]
    labels: tuple[str, ...]
    headings: tuple[tuple[int, str], ...]
    inches: float

    @classmethod
    def of(
        cls,
        table: Table,
        names: Mapping[str, Mapping[str, str]] | None = None,
        *,
        inches: float = INCHES,
    ) -> "Rows":
        """Lay out a table; `names` say, by key column, what readers call its labels."""
        places: list[int] = []
        labels: list[str] = []
        headings: list[tuple[int, str]] = []
        called = [(names or {}).get(key, {}) for key in table.keys]
        keys = (
            tuple(called[k].get(row[key], row[key]) for k, key in enumerate(table.keys))
            for row in table.rows()
        )
        for above, block in groupby(keys, key=lambda labels: labels[:-1]):
            if above:
                words = " · ".join(_wrapped(part, 38, most=1) for part in above)
                headings.append((len(places) + len(headings), _wrapped(words, 40, most=4)))
            for *_, label in block:
                places.append(len(places) + len(headings))
                labels.append(_wrapped(label, 40))
        lines = max(label.count("\n") for label in (*labels, *(words for _, words in headings)))
        return cls(np.array(places, float), tuple(labels), tuple(headings), inches + LINE * lines)

    def axes(self, ax: "Axes | None", width: float) -> "Axes":
        """Return the Axes with its rows labelled; `width` is that of a new figure in inches.

        Labels of more than 16 letters make it wider.
        """
        size = len(self.places) + len(self.headings)
        heads = [place for place, _ in self.headings]
        said = [*self.labels, *(words for _, words in self.headings)]
        longest = max((len(line) for words in said for line in words.splitlines()), default=0)
        ax = axes_of(ax, (width + LETTER * max(0, longest - 16), 1.3 + self.inches * size))
        ax.set_yticks([*self.places, *heads], said, parse_math=False)
        for label in ax.get_yticklabels()[len(self.places) :]:
            label.set_fontweight("bold")
        ax.set_ylim(size - 0.5, -0.5)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color="#e6e6e6", zorder=0)
        ax.set_axisbelow(True)
        return ax


def axes_of(ax: "Axes | None", size: tuple[float, float], **grid: float) -> "Axes":
    """Return the Axes, or those of a new figure of a size in inches; `grid` are its margins."""
    if ax is None:
        plt = needed("matplotlib.pyplot")
        _, ax = plt.subplots(figsize=size, layout="constrained", gridspec_kw=grid)
    hint = "; plt.subplots() returns a figure and its Axes"
    instance("ax", ax, needed("matplotlib.axes").Axes, hint=hint)
    return ax


def beside(
    ax: "Axes",
    places: Iterable[float],
    words: Iterable[str],
    *,
    head: str = "",
    right: float = 6,
    **style: Any,  # noqa: ANN401 (properties of a Text)
) -> None:
    """Write words at places right of the Axes, `right` points from it, with a head above them."""
    style = {"va": "center", "annotation_clip": False, "parse_math": False, **style}
    for place, said in zip(places, words, strict=True):
        if not said:
            continue
        where: tuple[Any, Any] = ("axes fraction", "data")
        ax.annotate(said, (1, place), (right, 0), where, "offset points", **style)
    if head:
        style |= {"va": "bottom"}
        ax.annotate(head, (1, 1), (right, 4), "axes fraction", "offset points", **style)


def undefined(said: str, reason: str) -> str:
    """Return words for a row, with the reason why numbers of it are undefined."""
    return _wrapped(" · ".join(filter(None, (said, reason))), 26)


def signed(value: float) -> str:
    """Return a difference as people write it; nothing where it is undefined."""
    return "" if np.isnan(value) else f"{value:+z.2f}".replace("-", "−")


def legend(ax: "Axes", marks: Sequence[Any], labels: Sequence[str]) -> None:
    """Put a legend above the Axes and heads, about as wide, in rows from left to right."""
    most = ax.bbox.width / ax.figure.dpi / LETTER
    labels = [_wrapped(label, 40).replace("$", r"\$") for label in labels]
    labels = [f" {label}" if label[0] == "_" else label for label in labels]  # else it is hidden
    size = len(labels)

    def letters(columns: int) -> int:
        """Return the letters of a row; a mark and its blanks are as wide as six."""
        return sum(6 + max(map(len, labels[c::columns])) for c in range(columns))

    fitting = [columns for columns in range(size, 0, -1) if letters(columns) <= most]
    columns = -(-size // -(-size // max(fitting, default=1)))  # as many rows, evenly filled
    order = [place for c in range(columns) for place in range(c, size, columns)]
    ax.legend(
        [marks[place] for place in order],
        [labels[place] for place in order],
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        borderaxespad=1.6,  # the heads of `beside` stand under it
        ncols=columns,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.5,
        frameon=False,
    )


def _wrapped(words: str, width: int, *, most: int = 2) -> str:
    """Return words in lines of at most `width` letters, cut where they are too many."""
    lines = textwrap.wrap(words, width)
    if len(lines) > most:
        lines[most - 1] = lines[most - 1][: width - 2] + " …"
    return "\n".join(lines[:most])
