"""The gaps of a chain as a waterfall from the first level down to the last."""

from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import instance, named
from servqual.gaps import LEVELS, GapChain
from servqual.plot._axes import BLUE, GREY, VERMILION, Rows, beside, legend, signed, undefined
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["service_gaps"]


def service_gaps(
    chain: GapChain,
    *,
    label: str | None = None,
    branch: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the gaps between levels as steps from the first level down to the last.

    Each row is a gap: a bar from the level before it to the level after it, orange where the
    service loses and blue where it gains, with the gap's confidence interval laid from the level
    before. The last row is the whole, from the first level to the last.

    Parameters
    ----------
    chain : GapChain
        From `gaps.service_gaps` or `gaps.sequential_gaps`.
    label : str
        One of the labels; default the mean of all.
    branch : str
        Whose gaps, where there are several branches.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `chain` or `ax` is something else.
    ValueError
        If there is no such label or branch, or several branches and none is named.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> levels = {"expected": [[6.0], [7.0]], "done": [[5.0], [5.0]], "seen": [[4.0], [6.0]]}
    >>> ax = sq.plot.service_gaps(sq.gaps.sequential_gaps(levels, labels=["speed"]))
    >>> [line.get_text() for line in ax.get_yticklabels()]
    ['gap1: expected → done', 'gap2: done → seen', 'total: expected → seen']
    """
    hint = "; gaps.service_gaps and gaps.sequential_gaps make one"
    instance("chain", chain, GapChain, hint=hint)
    names = chain.measured.names
    steps = chain.steps[: len(names)]
    table, means = _chosen(chain, label, branch)
    table = table.take(np.arange(len(steps)))
    said = [name.replace("_", " ") if name in LEVELS else name for name in names]
    shown = [f"{step.name}: {said[step.earlier]} → {said[step.later]}" for step in steps]
    start, stop = (
        np.array([means[getattr(step, end)] for step in steps]) for end in ("earlier", "later")
    )
    rows = Rows.of(Table(title="", keys=("gap",), data={"gap": shown}))
    ax, places = rows.axes(ax, 7), rows.places
    marks: list[Any] = []
    labels: list[str] = []
    for word, colour, which in (("lost", VERMILION, stop < start), ("gained", BLUE, stop >= start)):
        if part := np.flatnonzero(which).tolist():
            bars = ax.barh(places[part], (stop - start)[part], 0.55, left=start[part], color=colour)
            for bar in bars:
                bar.set(alpha=0.65, zorder=2)
            marks.append(bars)
            labels.append(word)
    interval = ax.hlines(
        places, start + table["low"], start + table["high"], color="black", linewidth=1.2, zorder=3
    )
    if len(places) > 2:  # a thread from where a gap ends to where the next begins
        ax.vlines(stop[:-2], places[:-2], places[1:-1], color=GREY, linewidth=0.8, zorder=1)
    ax.axhline(places[-1] - 0.5, color=GREY, linewidth=0.8)
    gaps = map(undefined, map(signed, table["estimate"]), table["undefined"].tolist())
    beside(ax, places, gaps, head="gap")
    whose = [
        branch or "",
        label or ("mean of the labels" if len(chain.measured.labels) > 1 else ""),
    ]
    words = ": ".join(filter(None, ["score", ", ".join(filter(None, whose))]))
    ax.set_xlabel(shorten(words, 70, placeholder=" …"), parse_math=False)
    ax.margins(x=0.05)
    legend(ax, [*marks, interval], [*labels, "interval of the gap"])
    return ax


def _chosen(
    chain: GapChain, label: str | None, branch: str | None
) -> tuple[Table, "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Return the gaps and the means of the levels, of one branch and of a label or all."""
    measured, table = chain.measured, chain.gaps if label is None else chain.by_label
    unit = 0
    if measured.branches:
        if branch is None and len(measured.branches) > 1:
            msg = f"`branch` must name one of {len(measured.branches)} branches, got None"
            raise ValueError(msg)
        only = measured.branches[0] if branch is None else branch
        branch = named("branch", only, measured.branches)
        unit, table = measured.branches.index(branch), table.where(branch=branch)
    elif branch is not None:
        msg = f"`branch`: the levels were measured in one unit without a name, got {branch!r}"
        raise ValueError(msg)
    if label is None:
        return table, measured.whole.mean[unit]
    place = measured.labels.index(named("label", label, measured.labels))
    return table.where(label=label), measured.parts.mean[unit, place]
