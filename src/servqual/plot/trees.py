"""A complaint tree from left to right, as wide as its branches are likely."""

import unicodedata
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._stats.trees import following
from servqual.plot._axes import BLUE, GREY, INCHES, LETTER, VERMILION, axes_of, beside, legend
from servqual.plot._labels import cut, percent
from servqual.plot._periods import below
from servqual.recovery import ComplaintTree, EstimatedTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from servqual.tables import Table

__all__ = ["complaint_tree"]

Array = NDArray[np.float64]
NAME = 26  # letters of a name
BEND, START = 2.0, 3.5  # letters from a node to the bend of a branch and to its words
THIN, THICK = 0.8, 5.2  # points of a line: of probability 0, and what 1 adds
POINTS = 5.6  # of a letter beside the Axes


def complaint_tree(found: ComplaintTree | EstimatedTree, *, ax: "Axes | None" = None) -> "Axes":
    """Draw what may follow a failure from left to right, with the probability of each branch.

    A line is the wider, the more failures come there; it is dotted where none do, and dashed where
    it is not known how many. A square ends a path with a loss, a ring one without. Beside each leaf
    stand its probability, with the interval of a tree that was estimated, and its loss; below, the
    expected loss.

    Parameters
    ----------
    found : ComplaintTree or EstimatedTree
        From `recovery.complaint_tree`, `recovery.tree_from_counts` or `recovery.tree_from_cases`.
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
    >>> from servqual.recovery import Branch, ComplaintTree
    >>> import servqual as sq
    >>> ways = (Branch("leaves", 0.75, loss=500), Branch("stays"))
    >>> ax = sq.plot.complaint_tree(ComplaintTree("failure", ways))
    >>> [text.get_text() for text in ax.texts][-2:]
    ['leaves · 75 %', 'stays · 25 %']
    """
    hint = "; recovery.complaint_tree makes one"
    instance("found", found, ComplaintTree, EstimatedTree, hint=hint)
    layout = _Layout.of(found)
    leaves = found.leaves
    columns = _columns(leaves)
    shown = cut(_line(found.name), NAME)
    inches = LETTER * (layout.edges[-1] + len(shown)) + _width(columns) / 72 + 0.5
    ax = axes_of(ax, (max(6.4, inches), 1.9 + INCHES * len(leaves)))
    marks = _draw(ax, layout, found.nodes, leaves)
    ax.set_yticks([layout.places[0]], [shown], parse_math=False)
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-1, layout.edges[-1] + 1)
    ax.set_ylim(len(leaves) - 0.5, -0.8)
    right = 0.0
    for head, words in columns.items():
        right += 10 + POINTS * max(map(len, [head, *words]))
        beside(ax, layout.leaves, words, head=head, right=right, ha="right", fontsize=9)
    legend(ax, list(marks.values()), list(marks))
    ax.figure.canvas.figure.draw_without_rendering()
    below(ax, "line width: probability of coming there", *_below(found))
    _write(ax, layout, found.nodes)
    return ax


@attrs.frozen(eq=False)
class _Layout:
    """Where nodes stand, the root first: from the top, and in letters from the left.

    `edges` are the places of the columns from that of the root on, `leaves` those of the leaves.
    """

    steps: list[str]
    depths: list[int]
    parents: list[int]
    places: Array
    edges: Array
    ending: NDArray[np.bool_]

    @classmethod
    def of(cls, found: ComplaintTree | EstimatedTree) -> "_Layout":
        paths = [(), *found.paths]
        known = {path: place for place, path in enumerate(paths)}
        parents = [-1, *(known[path[:-1]] for path in paths[1:])]
        children = following(parents)
        ending = np.array([not own for own in children])
        places = np.cumsum(ending) - 1.0
        for node in reversed(range(len(paths))):
            if own := children[node]:
                places[node] = (places[own[0]] + places[own[-1]]) / 2
        depths = [len(path) for path in paths]
        steps = [_line(path[-1]) if path else "" for path in paths]
        shares = found.nodes["probability"].tolist()
        widths = np.zeros(max(depths) + 1)
        for depth, step, share in zip(depths[1:], steps[1:], shares, strict=True):
            size = START + 5 + min(_letters(step), NAME) + len(percent(share))
            widths[depth] = max(widths[depth], size)
        return cls(steps, depths, parents, places, widths.cumsum(), ending)

    @property
    def leaves(self) -> Array:
        """The places of the leaves from the top."""
        return self.places[self.ending]


def _draw(ax: "Axes", layout: _Layout, nodes: "Table", leaves: "Table") -> dict[str, Any]:
    """Draw the lines and the ends of a tree; return its marks by their names."""
    reach = np.concatenate([[1.0], nodes["reach"]])
    style: dict[str, Any] = {"solid_joinstyle": "round", "clip_on": False, "zorder": 2}
    last = layout.edges[-1]
    for node, (share, parent, depth) in enumerate(
        zip(reach.tolist(), layout.parents, layout.depths, strict=True)
    ):
        x, y = layout.edges[depth], layout.places[node]
        bend = layout.edges[depth - 1] + BEND if node else 0.0
        above = layout.places[parent] if node else y
        style |= {"color": BLUE if share > 0 else GREY, "linewidth": _thick(share)}
        style["linestyle"] = "--" if np.isnan(share) else "-" if share else ":"
        ax.plot([bend, bend, x + (0 if layout.ending[node] else BEND)], [above, y, y], **style)
        if layout.ending[node] and x < last:
            ax.plot([x, last], [y, y], color="#c8c8c8", linewidth=0.7, linestyle=":", zorder=1)
    ends = layout.edges[np.array(layout.depths)[layout.ending]]
    losing = leaves["loss"] > 0
    marks: dict[str, Any] = {}
    looks: tuple[tuple[str, NDArray[np.bool_], dict[str, Any]], ...] = (
        ("ends with a loss", losing, {"marker": "s", "color": VERMILION}),
        ("ends without", ~losing, {"marker": "o", "facecolor": "white", "edgecolor": BLUE}),
    )
    for label, part, look in looks:
        if part.any():
            places = layout.leaves[part]
            marks[label] = ax.scatter(ends[part], places, 34, zorder=3, clip_on=False, **look)
    return marks if losing.any() else {"end": next(iter(marks.values()))}


def _write(ax: "Axes", layout: _Layout, nodes: "Table") -> None:
    """Write the name and the probability of each branch over it, cut to the room there is."""
    texts: list[tuple[Text, str, str, float]] = []
    rows = zip(nodes["probability"].tolist(), nodes["reach"].tolist(), strict=True)
    for node, (share, reach) in enumerate(rows, 1):
        begin, end = layout.edges[layout.depths[node] - 1 :][:2]
        text: Text = ax.annotate(
            "",
            (begin + START, layout.places[node]),
            (0, _thick(reach) / 2 + 0.5),
            textcoords="offset points",
            va="bottom",
            fontsize=8,
            parse_math=False,
            annotation_clip=False,
        )
        text.set_in_layout(False)  # it fits by what follows, and must not move the Axes
        texts.append((text, layout.steps[node], percent(share), end - begin - START - 2))
    ax.figure.canvas.figure.draw_without_rendering()
    letter = ax.bbox.width / np.ptp(ax.get_xlim())
    for text, step, share, room in texts:
        _fit(text, step, share, room * letter)


def _fit(text: "Text", step: str, share: str, room: float) -> None:
    """Set words that are no wider than so many pixels: the name may be cut, or left out."""
    letters = len(step)
    while letters:
        text.set_text(f"{cut(step, letters)} · {share}")
        width = text.get_window_extent().width
        if width <= room:
            return
        letters = min(letters - 1, int(letters * room / width)) if letters > 3 else 0
    text.set_text(share)
    if text.get_window_extent().width > room:
        text.set_text("")


def _columns(leaves: "Table") -> dict[str, list[str]]:
    """Return what stands beside the leaves, by its head."""
    said = {"probability": [*map(percent, leaves["probability"].tolist())]}
    if "low" in leaves.columns:
        ends = zip(leaves["low"].tolist(), leaves["high"].tolist(), strict=True)
        said["interval"] = [
            "" if np.isnan(low) else f"{100 * low:.3g} to {100 * high:.3g}" for low, high in ends
        ]
    if (leaves["loss"] > 0).any():
        said["loss"] = [f"{loss:,.6g}" for loss in leaves["loss"].tolist()]
    return said


def _below(found: ComplaintTree | EstimatedTree) -> list[str]:
    """Return what is said below of the whole."""
    if isinstance(found, ComplaintTree):
        loss = float(found.leaves["expected_loss"].sum())
        return [f"expected loss {_money(loss)}"] if loss else []
    said = [f"{found.lost:,} of {found.n:,} cases lost sight of"] if found.lost else []
    if found.lost and not np.isnan(found.least):
        said[0] += f": mean loss {_money(found.least)} to {_money(found.most)} whatever they did"
    if found.undefined and (found.leaves["loss"] > 0).any():
        said += [f"no expected loss: {found.undefined}"]
    if not found.undefined:
        ends = "" if np.isnan(found.low) else f" ({_money(found.low)} to {_money(found.high)})"
        said += [f"expected loss {_money(found.expected_loss)}{ends}"]
    return said


def _thick(reach: float) -> float:
    """Return the points of a line; one of unknown probability is thin."""
    return THIN + THICK * (0.0 if np.isnan(reach) else reach)


def _money(loss: float) -> str:
    """Return a loss that was worked out, to four digits that say something."""
    return f"{float(f'{loss:.4g}'):,.12g}"


def _line(words: str) -> str:
    """Return words on one line."""
    return " ".join(words.split())


def _letters(words: str) -> int:
    """Return how many letters wide words are; those of some scripts are as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in words)


def _width(columns: dict[str, list[str]]) -> float:
    """Return the points that columns beside the Axes take."""
    return sum(10 + POINTS * max(map(len, [head, *words])) for head, words in columns.items())
