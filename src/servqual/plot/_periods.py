"""What pictures of periods share: where they stand from left to right, and how high the picture."""

from collections.abc import Iterable, Sequence
from datetime import date
from textwrap import fill
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import needed
from servqual.plot._axes import GREY, LETTER, axes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Course", "below", "blanks", "highest", "mark_undefined"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SOME_DAYS = 14  # with fewer, ticks of a calendar would stand at hours
NEAR = 5  # points between periods; nearer ones have no markers
LABEL = 14  # letters in a line of a label


@attrs.frozen(eq=False)
class Course:
    """Where periods stand from left to right: ISO days by the calendar, others one by one.

    Parameters
    ----------
    labels : tuple of str
        What the periods are called, in the order of time.
    places : ndarray
        The place of each.
    are_days : bool
        Whether all are days.
    """

    labels: tuple[str, ...]
    places: Array
    are_days: bool

    @classmethod
    def of(cls, labels: Iterable[str]) -> "Course":
        """Lay out periods; days stand in the order of the calendar."""
        names = tuple(labels)
        if not all(map(_is_day, names)):
            return cls(names, np.arange(len(names), dtype=float), are_days=False)
        names = tuple(sorted(names))
        days = needed("matplotlib.dates").date2num([date.fromisoformat(name) for name in names])
        return cls(names, np.asarray(days, dtype=float), are_days=True)

    @property
    def step(self) -> float:
        """The shortest way from a period to the next."""
        return float(np.diff(self.places).min()) if len(self.places) > 1 else 1.0

    @property
    def edges(self) -> Array:
        """Where periods begin, and where the last ends."""
        middles = (self.places[1:] + self.places[:-1]) / 2
        half = self.step / 2
        return np.array([self.places[0] - half, *middles, self.places[-1] + half])

    def of_each(self, labels: Iterable[str]) -> Array:
        """Return the places of labels."""
        places = dict(zip(self.labels, self.places.tolist(), strict=True))
        return np.array([places[label] for label in labels])

    def axes(self, ax: "Axes | None") -> "Axes":
        """Return the Axes with as many labels of periods as have room."""
        ax = axes_of(ax, (min(10.0, 7 + 0.02 * len(self.labels)), 4.4))
        edges = self.edges
        ax.set_xlim(edges[0], edges[-1])
        if self.has_calendar:
            dates = needed("matplotlib.dates")
            most = max(3, int(_inches(ax) / 0.55))
            locator = dates.AutoDateLocator(minticks=min(3, most), maxticks=most)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
        else:
            self._label(ax)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color="#e6e6e6", zorder=0)
        ax.set_axisbelow(True)
        ax.ticklabel_format(axis="y", useOffset=False)
        return ax

    def _label(self, ax: "Axes") -> None:
        said = [fill(label, LABEL, max_lines=2, placeholder=" …") for label in self.labels]
        longest = max(len(line) for words in said for line in words.splitlines())
        room = max(1, int(_inches(ax) / (LETTER * (longest + 2))))
        every = next(step for step in _round_steps() if step * room >= len(said))
        ax.set_xticks(self.places[::every], said[::every], parse_math=False)

    def is_dense(self, ax: "Axes") -> bool:
        """Return whether periods stand too near to each other for markers."""
        return _inches(ax) * 72 < NEAR * len(self.labels)

    @property
    def has_calendar(self) -> bool:
        """Whether there are days enough for ticks of months and years."""
        return self.are_days and bool(np.ptp(self.places) >= SOME_DAYS)

    @property
    def span(self) -> str:
        """From which day to which, in words; "" where the labels say so."""
        return f"{self.labels[0]} to {self.labels[-1]}" if self.has_calendar else ""


def _is_day(label: str) -> bool:
    try:
        return date.fromisoformat(label).isoformat() == label
    except ValueError:
        return False


def _round_steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _inches(ax: "Axes") -> float:
    return float(ax.bbox.width / ax.figure.dpi)


def highest(middle: Array, upper: Array) -> float:
    """Return how high the picture of upper ends must be, NaN if there are none.

    A few that reach many times as far as the others, as in periods of little volume, run out of it:
    they would press all else to the ground.
    """
    reach = upper - middle
    known = ~np.isnan(reach)
    if not known.any():
        return np.nan
    usual = 2 * np.quantile(reach[known], 0.9)
    return float((middle + np.minimum(reach, usual))[known].max())


def blanks(values: Array) -> tuple[Mask, Mask]:
    """Return which values are undefined, and which are defined but without a neighbour."""
    blank = np.isnan(values)
    around = np.concatenate([[True], blank, [True]])
    return blank, ~blank & around[:-2] & around[2:]


def mark_undefined(ax: "Axes", places: Array, reasons: Sequence[str]) -> dict[str, Any]:
    """Mark places at the foot of the picture; return the mark by its label, if there is any."""
    if not len(places):
        return {}
    style: dict[str, Any] = {"color": GREY, "marker": "x", "clip_on": False, "zorder": 4}
    feet = ax.get_xaxis_transform()
    mark = ax.scatter(places, np.full(len(places), 0.012), 18, transform=feet, **style)
    why = sorted({reason for reason in reasons if reason})
    return {f"undefined: {why[0]}" if len(why) == 1 else "undefined": mark}


def below(ax: "Axes", *paragraphs: str) -> None:
    """Write paragraphs below the Axes, as wide as these."""
    width = max(20, int(_inches(ax) / LETTER))
    said = [fill(words, width, max_lines=5, placeholder=" …") for words in paragraphs if words]
    ax.set_xlabel("\n".join(said), parse_math=False)
