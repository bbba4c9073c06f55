"""A roster: how many people are there in each hour of each day, and when they are too few."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, needed
from servqual.checklists import RosterCoverage
from servqual.plot._axes import LETTER, axes_of, beside, legend
from servqual.plot._grids import grid_lines, hatched, room, scale_marks, shaded
from servqual.plot._labels import cut
from servqual.plot._periods import below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["roster"]

Array = NDArray[np.float64]
HIGH, HIGHEST = 0.22, 30.0  # inches of a row, and of all
LABEL = 0.15  # inches of a label
LETTERS = 30  # of a label
HALF_A_DAY = 12  # hours that have room for a label each


def roster(coverage: RosterCoverage, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how many people are there in each hour of each day: the darker, the more.

    Hours with too few people are cross-hatched; those with too few in a part of them only are
    hatched one way. Where there are places, the days of each stand under its name. Of many rows,
    some have no label; where all have one, the share covered stands beside, rounded down.
    Names in Chinese need a font that has them, as `checklist` says.

    Parameters
    ----------
    coverage : RosterCoverage
        From `checklists.roster_coverage`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `coverage` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.checklists import roster_coverage
    >>> shifts = {"day": ["Mon", "Tue"], "start": ["00:00", "08:00"], "end": ["24:00", "20:00"]}
    >>> ax = roster(roster_coverage(shifts, day="day"))
    >>> [text.get_text() for text in ax.texts]
    ['100 %', '50 %', 'covered']
    """
    hint = "; checklists.roster_coverage makes one"
    instance("coverage", coverage, RosterCoverage, hint=hint)
    heads, covered, shares = (
        _under_names(coverage, column)
        for column in (coverage.hours["heads"], coverage.hours["covered"], coverage.table["share"])
    )
    size, first = len(heads), int(coverage.hours["hour"].min())
    last = first + heads.shape[1]
    longest = max(len(cut(label, LETTERS)) for label in (*coverage.days, *coverage.places))
    high = 1.8 + min(HIGH * size, HIGHEST)
    ax = axes_of(ax, (6.8 + LETTER * longest, high))
    top = max(coverage.needed, math.ceil(np.nanmax(heads)))
    shaded(ax, heads, top, left=first)
    ax.set(xlim=(first, last), ylim=(size - 0.5, -0.5))
    ax.set_xticks(range(first, last + 1, 3 if last - first > HALF_A_DAY else 1))
    ax.spines[:].set_visible(False)
    ax.tick_params(axis="y", length=0)
    marks = scale_marks(top, _steps(top))
    short = f"fewer than {coverage.needed}" if coverage.needed > 1 else "nobody"
    for label, part, hatch in (
        (f"uncovered: {short}", covered == 0, "xxxx"),
        ("partly covered", (covered > 0) & (covered < 1), "///"),
    ):
        if part.any():
            marks[label] = hatched(ax, part, hatch, left=first)
    legend(ax, list(marks.values()), list(marks))
    below(ax, "hour of the day", _summary(coverage), coverage.table.note)
    _label(ax, coverage, shares[:, 0])
    return ax


def _under_names(coverage: RosterCoverage, column: Array) -> Array:
    """Return a column as (rows, hours), or one of days as (rows, 1); names of places have NaN."""
    days, names = len(coverage.days), bool(coverage.places)
    cells = column.reshape(len(coverage.places) or 1, days, -1)
    below_names = np.pad(cells, ((0, 0), (int(names), 0), (0, 0)), constant_values=np.nan)
    return below_names.reshape(-1, cells.shape[2])


def _steps(top: int) -> dict[str, float]:
    """Return some whole numbers of people, by their labels."""
    ticks = needed("matplotlib.ticker").MaxNLocator(5, integer=True).tick_values(0, top)
    steps = [step for step in ticks.tolist() if 0 <= step <= top]
    return {f"{step:,.0f}{'' if step else ' people'}": step for step in steps}


def _summary(coverage: RosterCoverage) -> str:
    share = _percent(coverage.share)
    hours = f"{coverage.uncovered_hours:,.4g} of {coverage.needed_hours:,.6g} hours uncovered"
    return f"{share} covered; {hours}"


def _percent(share: float) -> str:
    """Return a share in percent, rounded down: what lacks anything is not all."""
    return "" if np.isnan(share) else f"{math.floor(100 * share + 1e-9)} %"


def _label(ax: "Axes", coverage: RosterCoverage, shares: Array) -> None:
    """Label places and days as far as there is room; where all have it, shares stand beside."""
    names = bool(coverage.places)
    block = len(coverage.days) + names
    step = math.ceil(LABEL / room(ax)[1])
    every = math.ceil(step / block)  # place
    inside = range(0, max(1, block - step + 1), step)
    places = [nth * block + row for nth in range(0, len(shares) // block, every) for row in inside]
    labels = [
        coverage.places[place // block]
        if names and place % block == 0
        else coverage.days[place % block - names]
        for place in places
    ]
    style: dict[str, Any] = {"fontsize": 8, "parse_math": False}
    ax.set_yticks(places, [cut(label, LETTERS) for label in labels], **style)
    for label, place in zip(ax.get_yticklabels(), places, strict=True):
        label.set_fontweight("bold" if names and place % block == 0 else "normal")
    if step == 1:
        low, high = ax.get_xlim()
        grid_lines(ax, np.arange(0.5, len(shares) - 1), np.arange(low + 1, high))
        beside(ax, range(len(shares)), map(_percent, shares), head="covered", fontsize=8)
