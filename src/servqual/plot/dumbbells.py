"""Dumbbells: expectation and perception of each part, the gap between them with its interval."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from servqual._checks import choice, instance, needed
from servqual.scoring import GapScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gaps"]

BLUE, VERMILION, GREY = "#0072b2", "#d55e00", "#8a8a8a"  # told apart without colour vision too


def gaps(
    scores: GapScores,
    *,
    level: Literal["dimensions", "items"] = "dimensions",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw expectation (open circle) and perception (filled) of each dimension or item.

    The bar between the circles is the gap; the thin line about the perception is the confidence
    interval of the gap, laid from the expectation: where it does not reach the open circle, the
    gap is clear of 0. Each row names its gap.

    Parameters
    ----------
    scores : GapScores
        The scores, of all respondents or by group.
    level : {"dimensions", "items"}
        What the rows are.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    ValueError
        If `level` is another word.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> survey = sq.simulate_survey(sq.instrument("servqual"), 50, rng=1)
    >>> sq.plot.gaps(sq.gap_scores(survey)).get_xlabel()
    'score'
    """
    instance("scores", scores, GapScores, hint="; gap_scores makes them of a survey")
    table = (
        scores.items
        if choice("level", level, ("dimensions", "items")) == "items"
        else scores.dimensions
    )
    labels = [
        " · ".join(str(row[key]) for key in table.keys if level != "items" or key != "dimension")
        for row in table.rows()
    ]
    places = np.arange(len(table))
    if ax is None:
        _, ax = needed("matplotlib.pyplot").subplots(
            figsize=(7, 1.2 + 0.32 * len(table)), layout="constrained"
        )
    expectation, perception = table["expectation"], table["perception"]
    ax.hlines(places, expectation, perception, color=GREY, linewidth=3, alpha=0.5, zorder=1)
    ax.hlines(
        places,
        expectation + table["low"],
        expectation + table["high"],
        color=VERMILION,
        linewidth=1.2,
        zorder=2,
        label="interval of the gap",
    )
    ax.scatter(
        expectation, places, s=42, facecolor="white", edgecolor=BLUE, zorder=3, label="expectation"
    )
    ax.scatter(perception, places, s=42, color=VERMILION, zorder=3, label="perception")
    ax.annotate("gap", (1, 1), (6, 4), xycoords="axes fraction", textcoords="offset points")
    for place, gap in zip(places, table["gap"], strict=True):
        shown = "undefined" if np.isnan(gap) else f"{gap:+.2f}".replace("-", "−")
        ax.annotate(
            shown,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(places, labels)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("score")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#e6e6e6", zorder=0)
    ax.set_axisbelow(True)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    return ax
