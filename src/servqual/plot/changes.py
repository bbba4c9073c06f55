"""What changed the points of a failure index from one period to another."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.failures.comparison import PeriodComparison
from servqual.plot._axes import BLUE, GREY, VERMILION, Rows, beside, legend, signed, undefined
from servqual.plot._periods import below
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["period_change"]

Array = NDArray[np.float64]
MANY = 1000  # from which on no decimals are written
NAME = 20  # letters of a type
LETTERS = 5.6  # points of one
ROWS = ("before", "volume", "rate", "mix", "after")


def period_change(comparison: PeriodComparison, *, ax: "Axes | None" = None) -> "Axes":
    """Draw what led from the points before to the points after: volume, rate and mix of failures.

    Diamonds are the points of the periods. Between them each bar is an effect, orange where it
    added points and blue where it took some away, and beside it stands the type that did most of
    it. Points do not begin at 0. Below stand the rates and their ratio with its interval, which
    says whether more than chance is at work.

    Parameters
    ----------
    comparison : PeriodComparison
        From `compare_periods`.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `comparison` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.failures.comparison import compare_periods
    >>> from servqual.failures.schemes import FailureScheme, FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> ax = period_change(compare_periods([30, 2], [60, 4], scheme, volume=(1000, 2000)))
    >>> [text.get_text() for text in ax.texts]
    ['50', '+50.00', '+0.00', '+0.00', '100', 'points', 'late +30.00', 'most of it']
    """
    hint = "; failures.compare_periods makes one"
    instance("comparison", comparison, PeriodComparison, hint=hint)
    effects = comparison.decomposition.take(range(len(ROWS) - 2))
    before, after = comparison.periods["points"].tolist()
    rows = Rows.of(Table(title="", keys=("row",), data={"row": ROWS}))
    ax, places = rows.axes(ax, 9), rows.places
    change = effects["points"]
    stop = before + np.cumsum(change)
    start = stop - change
    marks: dict[str, Any] = {}
    for label, colour, which in (
        ("more points", VERMILION, change > 0),
        ("fewer points", BLUE, change < 0),
    ):
        part = np.flatnonzero(which)
        if part.size:
            style: dict[str, Any] = {"color": colour, "alpha": 0.75, "zorder": 2}
            bars = ax.barh(places[1:-1][part], change[part], 0.55, left=start[part], **style)
            marks[label] = bars
    known = ~np.isnan(change)
    levels = np.array([before, *stop[known]])
    if known.any():  # a thread from where one ends to where the next begins
        ax.vlines(levels, places[:-1], places[1:], color=GREY, linewidth=0.8, zorder=1)
    diamonds = ax.scatter([before, after], places[[0, -1]], 55, color="black", marker="D", zorder=3)
    marks["points of a period"] = diamonds
    _see_all(ax, np.array([*levels, after]))
    _write(ax, places, comparison)
    below(ax, "points", _rates(comparison))
    legend(ax, list(marks.values()), list(marks))
    return ax


def _see_all(ax: "Axes", levels: Array) -> None:
    levels = levels[~np.isnan(levels)]
    if levels.size:
        room = 0.06 * np.ptp(levels) or 0.5
        ax.set_xlim(levels.min() - room, levels.max() + room)
    ax.ticklabel_format(axis="x", useOffset=False)


def _write(ax: "Axes", places: Array, comparison: PeriodComparison) -> None:
    """Write points and effects beside the rows, and which type did most of each effect."""
    effects = [row for row in comparison.decomposition.rows() if row["effect"] != "total"]
    before, after = (
        undefined(_short(r["points"]), r["undefined"]) for r in comparison.periods.rows()
    )
    said = [undefined(_signed(row["points"]), row["undefined"]) for row in effects]
    said = [before, *said, after]
    beside(ax, places, said, head="points", fontsize=9)
    right = 24 + LETTERS * max(len(line) for words in said for line in words.splitlines())
    most = [_most(comparison.types, row["effect"], row["points"]) for row in effects]
    head = "most of it" if any(most) else ""
    beside(ax, places[1:-1], most, head=head, right=right, fontsize=9)


def _most(types: Table, effect: str, points: float) -> str:
    """Return the type that did most of an effect, and how much."""
    if not points or np.isnan(points):
        return ""
    most = int(np.argmax(types[effect] * np.sign(points)))
    name = types["type"][most]
    name = name if len(name) <= NAME else f"{name[: NAME - 2]} …"
    return f"{name} {_signed(types[effect][most])}"


def _signed(value: float) -> str:
    found = f"{value:+z,.0f}" if abs(value) >= MANY else signed(value)
    return found.replace("-", "−")


def _short(value: float) -> str:
    if np.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= MANY else f"{value:,.4g}"


def _rates(comparison: PeriodComparison) -> str:
    """Return the rates and their ratio in words, or why there is none."""
    before, after = comparison.periods["rate"].tolist()
    if comparison.undefined:
        return comparison.undefined
    unit = "" if comparison.per == 1 else f" per {comparison.per:,.10g}"
    said = f"rate{unit}: {_short(before)} → {_short(after)}"
    if np.isnan(comparison.ratio):
        return f"{said}; {comparison.lacking}"
    ends = f"{comparison.ratio_low:.3g} to {comparison.ratio_high:.3g}"
    return f"{said}, ratio {comparison.ratio:.3g} ({ends})"
