"""The share of complaints that are still open, as time goes on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.groups import joined
from servqual._frames.words import counted
from servqual.plot._axes import BLUE, VERMILION, axes_of, legend
from servqual.plot._labels import cut, number
from servqual.plot._periods import below
from servqual.recovery import ComplaintCurve
from servqual.tables import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["resolution"]

Array = NDArray[np.float64]
LOOKS: tuple[tuple[str, Any], ...] = (  # told apart without colour
    (BLUE, "-"),
    (VERMILION, "--"),
    ("#009e73", "-."),
    ("black", ":"),
    ("#cc79a7", (0, (5, 1))),
    ("#b8860b", (0, (3, 1, 1, 1, 1, 1))),
)
BANDS = 4  # the most groups whose intervals can be told apart
TICKS = 60  # the most marks of open cases on a curve
POINTS = 2000  # the most rows of a curve that are drawn
WIDE = 20  # the last time by the median, from which x is logarithmic
DECADES = 1e-3  # of the median: where a logarithmic x begins at the least
NAME = 24  # letters of a group


def resolution(curve: ComplaintCurve, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of complaints that are still open, step by step, and when half are closed.

    Of up to four groups each curve has its interval, and marks where single cases were open when
    last seen. Of more than six groups, all are grey but for the quickest and the slowest by their
    medians. Dots show the medians. Time is logarithmic where the last case took more than 20 times
    the median; what is shorter than its left end then stands there.

    Parameters
    ----------
    curve : ComplaintCurve
        From `recovery.complaint_curve` or `recovery.complaint_curve_from_cases`.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `curve` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> found = sq.recovery.complaint_curve([1, 2, 5, 9], [True, False, True, False], unit="day")
    >>> ax = sq.plot.resolution(found)
    >>> ax.get_xlabel()
    'days since the complaint was opened'
    """
    instance("curve", curve, ComplaintCurve, hint="; recovery.complaint_curve makes one")
    lines = _lines(curve)
    drawn = [line for line in lines if line.time.size]
    ax = axes_of(ax, (8, 5))
    left = _left(curve)
    ax.set_ylim(-2, 102)
    ax.axhline(50, color="#5a5a5a", linewidth=0.8, linestyle=":", zorder=1)
    named = _named(drawn)
    marks: dict[str, Any] = {}
    entries: list[tuple[Any, str]] = []
    for line in drawn:
        if line not in named:
            (grey,) = line.steps(ax, left, color="#b4b4b4", linewidth=0.7, zorder=2)
            marks[counted(len(drawn) - len(named), "other group")] = grey
    for line, (colour, dashes) in zip(named, LOOKS, strict=False):
        looks = {"color": colour, "linestyle": dashes}
        (shown,) = line.steps(ax, left, **looks, linewidth=1.6, zorder=4)
        entries.append((shown, line.said))
        if len(drawn) <= BANDS:
            marks |= line.around(ax, left, curve.confidence, colour)
        if not np.isnan(line.median):
            at = max(line.median, left)
            marks["median"] = ax.scatter([at], [50], 34, color=colour, edgecolor="white", zorder=5)
    _time_axis(ax, left, curve.table["time"])
    ax.set_ylabel("complaints still open, %")
    ax.spines[["top", "right"]].set_visible(False)
    below(ax, *_words(curve, lines, left))
    if entries:
        legend(ax, [m for m, _ in entries] + [*marks.values()], [w for _, w in entries] + [*marks])
    return ax


@attrs.frozen(eq=False, kw_only=True)
class _Line:
    """The curve of a group in percent, and its median."""

    name: str
    time: Array
    share: Array
    low: Array
    high: Array
    censored: NDArray[np.bool_]
    median: float
    interval: tuple[float, float]
    why: str

    @property
    def said(self) -> str:
        """What the legend says."""
        if np.isnan(self.median):
            return f"{cut(self.name, NAME)} · no median"
        ends = [("?" if np.isnan(end) else number(end)) for end in self.interval]
        between = "" if ends == ["?", "?"] else f" ({' to '.join(ends)})"
        return f"{cut(self.name, NAME)} · median {number(self.median)}{between}"

    def steps(self, ax: "Axes", left: float, **looks: Any) -> Any:  # noqa: ANN401 (lines)
        """Draw the curve from its beginning."""
        time = np.append(left, np.maximum(self.time, left))
        return ax.plot(time, np.append(100, self.share), drawstyle="steps-post", **looks)

    def around(self, ax: "Axes", left: float, confidence: float, colour: str) -> dict[str, Any]:
        """Draw the interval, and where cases were open when last seen; return the marks."""
        time = np.maximum(self.time, left)
        marks: dict[str, Any] = {}
        if not np.isnan(self.low).all():
            band: dict[str, Any] = {"color": colour, "alpha": 0.15, "linewidth": 0, "zorder": 1}
            said = f"{100 * confidence:g} % interval"
            marks[said] = ax.fill_between(time, self.low, self.high, step="post", **band)
        if 0 < self.censored.sum() <= TICKS:
            where = time[self.censored], self.share[self.censored]
            tick = ax.scatter(*where, 40, color=colour, marker="|", linewidth=1, zorder=4)
            marks["open when last seen"] = tick
        return marks


def _lines(curve: ComplaintCurve) -> list[_Line]:
    """Return the curve of each group, with no more rows than can be told apart."""
    keys = [curve.groups[name].tolist() for name in curve.by]
    names = joined(list(zip(*keys, strict=True))) if keys else ["all"]
    lines = []
    for place, name in enumerate(names):
        start, stop = curve.ends[place : place + 2].tolist()
        rows = np.arange(start, stop)
        if len(rows) > POINTS:
            rows = rows[np.linspace(0, len(rows) - 1, POINTS).astype(int)]
        columns = {name: curve.table[name][rows] for name in ("time", "open_share", "low", "high")}
        group = {name: curve.groups[name][place].item() for name in curve.groups.columns}
        line = _Line(
            name=name,
            time=columns["time"],
            share=100 * columns["open_share"],
            low=100 * columns["low"],
            high=100 * columns["high"],
            censored=curve.table["censored"][rows] > 0,
            median=group["median"],
            interval=(group["low"], group["high"]),
            why=group["undefined"],
        )
        lines.append(line)
    return lines


def _named(lines: Sequence[_Line]) -> list[_Line]:
    """Return all of a few lines, else the quickest and the slowest."""
    if len(lines) <= len(LOOKS):
        return list(lines)

    def slowness(line: _Line) -> tuple[float, float]:
        return (np.nan_to_num(line.median, nan=np.inf), line.share[-1])

    return [min(lines, key=slowness), max(lines, key=slowness)]


def _left(curve: ComplaintCurve) -> float:
    """Return where time begins: 0, or above it where it is logarithmic."""
    time = curve.table["time"]
    if not curve.median > 0 or time.max() <= WIDE * curve.median:
        return 0.0
    return max(float(time[time > 0].min()), DECADES * curve.median)


def _time_axis(ax: "Axes", left: float, time: Array) -> None:
    """Scale the axis of time, from its beginning to the last of all."""
    last = float(time.max(initial=0))
    if left:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        ax.xaxis.set_minor_formatter(lambda *_: "")
    ax.set_xlim(left, last * (1.1 if left else 1.02) or 1.0)


def _words(curve: ComplaintCurve, lines: Sequence[_Line], left: float) -> list[str]:
    """Return what stands below: the unit, the test, what is not drawn, and cautions."""
    unit = f"{curve.unit}s" if curve.unit else "time"
    scale = ", on a logarithmic scale" if left else ""
    said = [f"{unit} since the complaint was opened{scale}"]
    if curve.by:
        test = curve.test.row()
        p = readable(test["p"], 3, "p")
        p = p if p.startswith("<") else f"= {p}"
        known = f"log-rank χ² {test['chi2']:.2f}, df {test['df']:.0f}, p {p}"
        said.append(f"log-rank: {test['undefined']}" if test["undefined"] else known)
    absent = [line.name for line in lines if not line.time.size]
    if absent and not curve.by:
        said.append("no cases")
    elif absent:
        more = f" and {len(absent) - 4} more" if len(absent) > 4 else ""
        names = ", ".join(cut(name, NAME) for name in absent[:4])
        said.append(f"{counted(len(absent), 'group')} not drawn, no cases: {names}{more}")
    return said + [f"caution: {words}" for words in curve.cautions]
