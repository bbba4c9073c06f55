"""Reliability of each dimension and side with its interval, as a forest."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import instance
from servqual.measurement.reporting import Reliability
from servqual.plot._axes import BLUE, LETTER, VERMILION, Rows, beside, legend
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["alphas"]

SERIES = {  # its column and its interval's; face, marker, size and colour; its place in the row
    "α": (("alpha", "low", "high"), BLUE, "o", 40, BLUE, -0.14),
    "ω": (("omega", "omega_low", "omega_high"), "white", "D", 28, VERMILION, 0.16),
}
LEAST = -1.0
LETTERS = 44  # of a line that says what a row has not got


def alphas(report: Reliability, *, ax: "Axes | None" = None) -> "Axes":
    """Draw α and ω of each dimension and side with their intervals.

    The dot is α, the hollow diamond below it ω. Beside stand both, and what a row has not got and
    why. Sides are headings, with the groups if there are any. What lies below -1
    is out of the picture; its number is beside.

    Parameters
    ----------
    report : Reliability
        From `measurement.reliability`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `report` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> from servqual.measurement.reporting import reliability
    >>> ax = alphas(reliability(sq.simulate_survey(sq.instrument("servqual"), 60, rng=1)))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['α', 'interval of α', 'ω', 'interval of ω']
    """
    instance("report", report, Reliability, hint="; measurement.reliability makes one")
    table = report.table
    why = _reasons(table)
    rows = Rows.of(table, inches=0.36)
    longest = max((len(line) for words in why for line in words.splitlines()), default=0)
    ax = rows.axes(ax, 7 + longest * LETTER * 0.8)
    marks: dict[str, Any] = {}
    for label, (columns, face, shape, size, colour, down) in SERIES.items():
        value, low, high = (table[column] for column in columns)
        places = rows.places + down
        style: dict[str, Any] = {"marker": shape, "facecolor": face, "edgecolor": colour}
        dots = ax.scatter(value, places, size, zorder=3, **style)
        lines = ax.hlines(places, low, high, color=colour, linewidth=1.4, zorder=2)
        if not np.isnan(value).all():
            marks[label] = dots
        if not np.isnan(low).all():
            marks[f"interval of {label}"] = lines
    drawn = np.concatenate([table[name] for columns, *_ in SERIES.values() for name in columns])
    least = float(drawn[~np.isnan(drawn)].min(initial=0.8))
    ax.set_xlim(max(LEAST, least) - 0.02, 1.02)
    ax.set_xlabel("reliability")
    beside(ax, rows.places, _said(table), head="α · ω", fontsize=8)
    beside(ax, rows.places, why, right=62, fontsize=7)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    return ax


def _said(table: Table) -> list[str]:
    """Return α and ω of each row, where it has one of them."""
    pairs = zip(table["alpha"].tolist(), table["omega"].tolist(), strict=True)
    return ["" if np.isnan(pair).all() else " · ".join(map(_short, pair)) for pair in pairs]


def _short(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _reasons(table: Table) -> list[str]:
    """Return what each row has not got, and why, in lines."""
    columns = (table[name].tolist() for name in ("lacking", "undefined"))
    return [
        textwrap.fill(lacking or why, LETTERS, max_lines=2, placeholder=" …")
        for lacking, why in zip(*columns, strict=True)
    ]
