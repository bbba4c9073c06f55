"""Dumbbells: expectation and perception of each part, the gap between them with its interval."""

from typing import TYPE_CHECKING, Literal

from servqual._checks import choice, instance
from servqual.plot._axes import BLUE, GREY, VERMILION, Rows, beside, legend, signed, undefined
from servqual.scoring import GapScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from servqual.tables import Table

__all__ = ["gaps"]


def gaps(
    scores: GapScores,
    *,
    level: Literal["dimensions", "items"] = "dimensions",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw expectation (open circle) and perception (filled) of each dimension or item.

    The bar between the circles is the gap; the thin line about the perception is the confidence
    interval of the gap, laid from the expectation: where it does not reach the open circle, the
    gap is clear of 0. Each row names its gap, or why it is undefined.

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
    TypeError
        If `scores` or `ax` is something else.
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
    table: Table = getattr(scores, choice("level", level, ("dimensions", "items")))
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    expectation, perception = table["expectation"], table["perception"]
    low, high = expectation + table["low"], expectation + table["high"]
    ax.hlines(places, expectation, perception, color=GREY, linewidth=3, alpha=0.5, zorder=1)
    interval = ax.hlines(places, low, high, color=VERMILION, linewidth=1.2, zorder=2)
    expected = ax.scatter(expectation, places, s=42, facecolor="white", edgecolor=BLUE, zorder=3)
    perceived = ax.scatter(perception, places, s=42, color=VERMILION, zorder=3)
    words = map(undefined, map(signed, table["gap"]), table["undefined"].tolist())
    beside(ax, places, words, head="gap")
    ax.set_xlabel("score")
    legend(
        ax,
        [expected, perceived, interval],
        ["expectation", "perception", "interval of the gap"],
    )
    return ax
