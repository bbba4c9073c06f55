"""Net promoters: the shares of detractors and promoters, and the score between them."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from servqual._checks import instance
from servqual.loyalty import NetPromoter
from servqual.plot._axes import BLUE, VERMILION, Rows, beside, legend, undefined
from servqual.plot._periods import below
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["net_promoter"]

CLASSES = {  # face, words and hatch of each share
    "detractor_share": (VERMILION, "white", "///", "detractors"),
    "passive_share": ("#dedede", "black", "", "passives"),
    "promoter_share": (BLUE, "white", "", "promoters"),
}
TOLD = 0.07  # the least share whose number finds room in its bar
BAR, MARK = -0.14, 0.28  # from the middle of a row to its bar, and to its score


def net_promoter(found: NetPromoter, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the shares of detractors and promoters of each group, and the score below them.

    Detractors (hatched) lie left of 0 and promoters right, with the passives half on each side; the
    numbers are percent. The diamond under a bar is the score with its interval, the dashed line
    that of all groups together. Beside stand how many answered and the score times 100, with the
    reason where it, or its interval, is missing.

    Parameters
    ----------
    found : NetPromoter
        From `loyalty.net_promoter` or `loyalty.net_promoter_from_counts`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

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
    >>> import servqual as sq
    >>> answers, branches = [10, 9, 9, 3], ["N", "N", "S", "S"]
    >>> ax = net_promoter(sq.loyalty.net_promoter(answers, by={"branch": branches}))
    >>> [text.get_text() for text in ax.texts if text.get_text()][-3:]
    ['+100', '0', 'score']
    """
    hint = "; loyalty.net_promoter makes one"
    instance("found", found, NetPromoter, hint=hint)
    table = found.table
    if not table.keys:
        table = attrs.evolve(table, keys=("group",), data=(("group", ["all"]), *table.data))
    rows = Rows.of(table, inches=0.44)
    ax = rows.axes(ax, 7.5)
    marks = _bars(ax, rows, table)
    places = rows.places + MARK
    style: dict[str, Any] = {"color": "black", "zorder": 3}
    interval = ax.hlines(places, table["low"], table["high"], linewidth=1.4, **style)
    score = ax.scatter(table["score"], places, 26, marker="D", **style)
    if not np.isnan(table["score"]).all():
        marks["score"] = score
    if not np.isnan(table["low"]).all():
        marks["interval"] = interval
    if len(table) > 1 and not np.isnan(found.score):
        line: dict[str, Any] = {"color": "black", "linewidth": 1, "linestyle": "--", "zorder": 1}
        marks[f"all: {_times_100(found.score)}"] = ax.axvline(found.score, **line)
    ax.set_xlim(*_ends(table))
    ax.xaxis.set_major_formatter(lambda value, _: _times_100(value))
    weighted = " (weighted)" if "n_effective" in table.columns else ""
    below(ax, f"score × 100; bars: share of respondents, %{weighted}")
    n = [f"{n:,}" if n else "" for n in table["n"].tolist()]
    beside(ax, rows.places, n, head="n", right=36, ha="right", fontsize=8)
    why = (row["undefined"] or row["lacking"] for row in table.rows())
    said = map(undefined, map(_times_100, table["score"]), why)
    beside(ax, rows.places, said, head="score", right=50, fontsize=8)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    return ax


def _bars(ax: "Axes", rows: Rows, table: Table) -> dict[str, Any]:
    """Draw the shares, and return their marks."""
    shares = np.nan_to_num(np.array([table[name] for name in CLASSES]))
    starts = np.cumsum(shares, axis=0) - shares - (shares[0] + shares[1] / 2)
    marks: dict[str, Any] = {}
    if not shares.any():
        return marks
    for share, start, (face, ink, hatch, label) in zip(
        shares, starts, CLASSES.values(), strict=True
    ):
        style: dict[str, Any] = {"color": face, "edgecolor": "white", "linewidth": 0.6}
        places = rows.places + BAR
        bar = ax.barh(places, share, left=start, height=0.5, hatch=hatch, zorder=2, **style)
        ax.bar_label(
            bar,
            [f"{100 * part:.0f}" if part >= TOLD else "" for part in share],
            label_type="center",
            fontsize=7,
            color=ink,
            bbox={"facecolor": face, "edgecolor": "none", "pad": 0.8},  # over the hatches
        )
        marks[label] = bar
    ax.axvline(0, color="black", linewidth=0.8, zorder=1)
    return marks


def _ends(table: Table) -> tuple[float, float]:
    """Return the ends of the picture, which holds all bars and intervals."""
    half = table["passive_share"] / 2
    left = np.array([-table["detractor_share"] - half, table["low"], table["score"]])
    right = np.array([table["promoter_share"] + half, table["high"], table["score"]])
    ends = np.nanmin(left, initial=-0.1), np.nanmax(right, initial=0.1)
    return float(ends[0]) - 0.03, float(ends[1]) + 0.03


def _times_100(score: float) -> str:
    """Return a score as reports print it; nothing where it is undefined."""
    if np.isnan(score):
        return ""
    return "0" if round(100 * score) == 0 else f"{100 * score:+.0f}".replace("-", "−")
