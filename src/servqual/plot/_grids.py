"""What pictures of cells share: their shades, hatches, words, and labels with room."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import needed
from servqual.plot._axes import LETTER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import PathPatch

__all__ = [
    "fitted",
    "grid_lines",
    "hatched",
    "label_columns",
    "room",
    "scale_marks",
    "shaded",
    "write_in",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SHADES = ("#f7fbff", "#a9d0ea", "#3a90cc")  # none so dark that black is not seen on it
LINE = 0.16  # inches of a line of labels
WIDE = 1.2  # so much wider than LETTER are letters of a sentence


def shaded(
    ax: "Axes", values: Array, top: float, *, left: float = -0.5, above: float = -0.5
) -> Any:  # noqa: ANN401 (an AxesImage)
    """Draw cells (rows, columns) of 0..top by shade; NaN has none. The first begins at a corner."""
    rows, columns = values.shape
    ends = (left, left + columns, above + rows, above)
    return ax.imshow(values, _shades(), vmin=0, vmax=top, extent=ends, aspect="auto", zorder=0)


def scale_marks(top: float, labels: Mapping[str, float]) -> dict[str, Any]:
    """Return a mark for each label: the shade of its value, of 0..top."""
    patch, shades = needed("matplotlib.patches").Patch, _shades()
    style: dict[str, Any] = {"edgecolor": "#6a6a6a", "linewidth": 0.5}
    return {label: patch(facecolor=shades(value / top), **style) for label, value in labels.items()}


def hatched(
    ax: "Axes",
    mask: Mask,
    hatch: str,
    *,
    left: float = -0.5,
    above: float = -0.5,
    **style: Any,  # noqa: ANN401 (properties of a PathPatch)
) -> "PathPatch":
    """Lay a hatch over cells (rows, columns); those side by side are one."""
    edges = np.diff(mask.astype(np.int8), axis=1, prepend=0, append=0)
    (row, start), (_, stop) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    x = left + np.stack([start, stop, stop, start], axis=1)
    y = above + row[:, None] + np.array([0, 0, 1, 1])
    style = {"facecolor": "none", "edgecolor": "black", "linewidth": 0, "zorder": 2, **style}
    path = needed("matplotlib.path").Path
    corners = path.make_compound_path_from_polys(np.stack([x, y], axis=-1))
    patch = needed("matplotlib.patches").PathPatch  # one of all: hatched in a fraction of the time
    found: PathPatch = patch(corners, hatch=hatch, in_layout=False, **style)
    ax.add_artist(found)  # add_patch would look at each corner for the limits
    return found


def grid_lines(ax: "Axes", across: Array, upright: Array, points: float = 0.8) -> None:
    """Part cells by white lines, so thick, at places between rows and between columns."""
    (left, right), (foot, head) = ax.get_xlim(), ax.get_ylim()
    style: dict[str, Any] = {"color": "white", "linewidth": points, "zorder": 1}
    ax.hlines(across, left, right, **style)
    ax.vlines(upright, foot, head, **style)


def write_in(ax: "Axes", words: Sequence[Sequence[str]], *, above: float = 0.0) -> None:
    """Write words (rows, columns) into cells, the first row of them at a height."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "zorder": 3}
    for row, line in enumerate(words):
        for column, said in enumerate(line):
            if said:
                ax.text(column, above + row, said, **style)


def label_columns(ax: "Axes", labels: Sequence[str], inches: float) -> None:
    """Label columns 0, 1, … that are so wide: upright where that has no room, then only some."""
    longest = max(map(len, labels))
    flat = LETTER * (longest + 1) <= inches
    every = 1 if flat else max(1, int(np.ceil(LINE / inches)))
    rotation = 0 if flat else 90
    places = range(0, len(labels), every)
    ax.set_xticks(places, labels[::every], rotation=rotation, fontsize=8, parse_math=False)


def room(ax: "Axes") -> Array:
    """Return how wide a column and how high a row is, in inches, where the Axes will be drawn."""
    ax.figure.canvas.figure.draw_without_rendering()
    spans = np.abs(np.diff([ax.get_xlim(), ax.get_ylim()], axis=1)).ravel()
    found: Array = np.array([ax.bbox.width, ax.bbox.height]) / ax.figure.dpi / spans
    return found


def fitted(ax: "Axes", words: str) -> list[str]:
    """Return words in lines that are no wider than the Axes: cells reach to the figure's edge."""
    return textwrap.wrap(words, max(20, int(ax.bbox.width / ax.figure.dpi / LETTER / WIDE)))


def _shades() -> Any:  # noqa: ANN401 (a Colormap)
    return needed("matplotlib.colors").LinearSegmentedColormap.from_list("shades", SHADES)
