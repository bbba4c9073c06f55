"""The failure index period by period, with its intervals and the whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance
from servqual.failures.index import FailureIndex
from servqual.plot._axes import BLUE, VERMILION, legend
from servqual.plot._periods import Course, below, blanks, highest, mark_undefined
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["index"]

Array = NDArray[np.float64]
LINES = (  # told apart without colour
    (BLUE, "o", "-"),
    (VERMILION, "s", "--"),
    ("#009e73", "D", "-."),
    ("black", "^", ":"),
    ("#cc79a7", "v", (0, (5, 1))),
    ("#b8860b", "P", (0, (3, 1, 1, 1, 1, 1))),
)
RATE = ("rate", "rate_low", "rate_high")
NAME = 24  # letters of a group in the legend
POINTS = ("points", "low", "high")


def index(index: FailureIndex, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the failure index of each period with its interval, and the whole as a line.

    Rates, where volumes are known, else points, and then the line is their mean. A period without
    one is a gap, and a cross below. Of groups, each is a line with markers of its own. Intervals of
    a few periods that are many times as wide as the others run out of the picture.

    Parameters
    ----------
    index : FailureIndex
        From `failure_index`, of up to six groups.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `index` or `ax` is something else.
    ValueError
        If there are more than six groups.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.failures.index import failure_index
    >>> from servqual.failures.schemes import FailureScheme, FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> ax = index(failure_index([[30, 2], [25, 1]], scheme, volume=[900, 1000], per=1000))
    >>> ax.get_ylabel()
    'points per 1,000 of the volume'
    """
    instance("index", index, FailureIndex, hint="; failures.failure_index makes one")
    table = index.periods
    _see_few_groups(table)
    rated = not np.isnan(table["rate"]).all()
    columns = RATE if rated else POINTS
    course = Course.of(dict.fromkeys(table["period"].tolist()))
    ax = course.axes(ax)
    whole = index.rate if rated else index.points / len(table)
    high = np.fmax(whole, np.fmax.reduce(table[columns[0]]))
    high = np.fmax(high, highest(table[columns[0]], table[columns[2]]))
    high = high if high > 0 else 1.0
    ax.set_ylim(-0.02 * high, 1.05 * high)  # marks at 0 are not cut
    lines: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for name, line in _lines(table, columns, course, dense=course.is_dense(ax)):
        lines[name or columns[0]], around = line.draw(ax)
        marks = around | marks
    if not np.isnan(whole) and len(table) > 1:
        style: dict[str, Any] = {"color": "#5a5a5a", "linewidth": 1, "linestyle": "--"}
        marks["the whole" if rated else "mean"] = ax.axhline(whole, zorder=1, **style)
    unit = "a unit" if index.per == 1 else f"{index.per:,.10g}"
    ax.set_ylabel(f"points per {unit} of the volume" if rated else "points")
    below(ax, course.span, table.note)
    legend(ax, [*lines.values(), *marks.values()], [*map(_cut, lines), *marks])
    return ax


def _cut(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 2]} …"


def _see_few_groups(table: Table) -> None:
    groups = dict.fromkeys(_groups(table))
    if len(groups) > len(LINES):
        name = table.keys[0]
        chosen = f"counts.where({name}={brief(str(table[name][0]))})"
        rule = f"`index` must have at most {len(LINES)} groups, to be told apart"
        msg = f"{rule}, got {len(groups)}; draw some of them, as the index of {chosen}"
        raise ValueError(msg)


def _groups(table: Table) -> list[str]:
    """Return the group of each row, "" where there is but one."""
    columns = [table[key].tolist() for key in table.keys[:-1]]
    return [" · ".join(labels) for labels in zip(*columns, strict=True)] or [""] * len(table)


def _lines(
    table: Table, columns: tuple[str, ...], course: Course, *, dense: bool
) -> Iterator[tuple[str, "_Line"]]:
    """Return the line of each group by its name."""
    groups = np.array(_groups(table), dtype=object)
    names = list(dict.fromkeys(groups.tolist()))
    apart = 0.0 if dense else 0.5 * course.step / len(names)
    for place, (name, looks) in enumerate(zip(names, LINES, strict=False)):
        part = table.take(np.flatnonzero(groups == name))
        value, low, high = (part[column] for column in columns)
        reasons = np.where(part["undefined"] == "", part["lacking"], part["undefined"])
        yield (
            name,
            _Line(
                places=course.of_each(part["period"].tolist())
                + apart * (place - (len(names) - 1) / 2),
                value=value,
                low=low,
                high=high,
                reasons=reasons.tolist(),
                looks=looks,
                dense=dense,
            ),
        )


@attrs.frozen(eq=False, kw_only=True)
class _Line:
    """Values of periods with their intervals, and how they look."""

    places: Array
    value: Array
    low: Array
    high: Array
    reasons: list[str]
    looks: tuple[str, str, Any]
    dense: bool

    def draw(self, ax: "Axes") -> tuple[Any, dict[str, Any]]:
        """Draw it, and return it with what is around; intervals without room are a band."""
        colour, shape, dashes = self.looks
        blank, alone = blanks(self.value)
        marker = {"marker": "" if self.dense else shape, "markersize": 4.5}
        style: dict[str, Any] = {"color": colour, "linestyle": dashes, "zorder": 3, **marker}
        thin = 0.8 if self.dense else 1.3
        (line,) = ax.plot(self.places, self.value, linewidth=thin, **style)
        single = alone if self.dense else ~blank
        ax.scatter(self.places[alone], self.value[alone], 14, color=colour, zorder=3)
        part = self.places[single], self.low[single], self.high[single]
        interval: Any = ax.vlines(*part, color=colour, linewidth=1, alpha=0.55, zorder=2)
        if self.dense:
            band: dict[str, Any] = {"color": colour, "alpha": 0.22, "linewidth": 0}
            interval = ax.fill_between(self.places, self.low, self.high, zorder=1, **band)
        reasons = [why for why, out in zip(self.reasons, blank.tolist(), strict=True) if out]
        return line, {"interval": interval, **mark_undefined(ax, self.places[blank], reasons)}
