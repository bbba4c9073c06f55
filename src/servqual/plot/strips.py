"""A journey as a strip from its first touchpoint down to its last, and how often each fails."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import instance, is_nothing, listed, needed, numbers
from servqual.journeys import JourneyFailure
from servqual.plot._axes import BLUE, GREY, VERMILION, Rows, beside, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from servqual.tables import Table

__all__ = ["journey"]

KINDS = {"touchpoint": (False, "o", BLUE), "critical touchpoint": (True, "D", VERMILION)}
STRIP = 13  # points from the Axes to the line of nodes left of it
POINTS = 5.6  # of a letter


def journey(
    failure: JourneyFailure,
    *,
    scores: Mapping[str, float | None] | ArrayLike | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the touchpoints of a journey from first to last, and the probability that each fails.

    The nodes of the line are the touchpoints: circles, and diamonds where they are critical. The
    mark right of each is the probability that it fails a customer who comes to it, with its
    interval where failures were observed. Where not every customer comes just once, a ring is the
    probability that it fails a customer of the journey, and visits a customer stand beside. Below
    stands how many customers meet any failure.

    Parameters
    ----------
    failure : JourneyFailure
        From `journeys.journey_failure`.
    scores : mapping of str to float, or array_like
        A score of each touchpoint, to be written beside it, by its name or in the order of the
        journey; it may be missing.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `failure` or `ax` is something else.
    ValueError
        If scores are no numbers, of an unknown touchpoint, or not one for each.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.journeys import Journey, Touchpoint, journey_failure
    >>> import servqual as sq
    >>> arrive = Touchpoint(name="arrive", failure_probability=0.02, critical=True)
    >>> pay = Touchpoint(name="pay", failure_probability=0.01)
    >>> visit = Journey(name="visit", touchpoints=(arrive, pay))
    >>> ax = sq.plot.journey(journey_failure(visit), scores={"arrive": 4.5})
    >>> [text.get_text() for text in ax.texts]
    ['2.00 %', '1.00 %', 'fails', '4.50', '–', 'score']
    """
    instance("failure", failure, JourneyFailure, hint="; journeys.journey_failure makes one")
    table = failure.touchpoints
    columns = _columns(table, scores)
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    fails, low, high, ever = (
        100 * table[name] for name in ("failure_probability", "low", "high", "ever_fails")
    )
    strip: dict[str, Any] = {"transform": _left_of(ax), "clip_on": False}
    ax.plot([0, 0], places[[0, -1]], color=GREY, linewidth=2.5, zorder=2, **strip)
    marks: list[Any] = []
    labels: list[str] = []
    for label, (critical, shape, colour) in KINDS.items():
        part = np.flatnonzero(table["critical"] == critical)
        if not part.size:
            continue
        style: dict[str, Any] = {"color": colour, "marker": shape, "zorder": 3}
        ax.scatter(np.zeros(len(part)), places[part], 55, **style, **strip)
        interval = ax.hlines(places[part], low[part], high[part], color=colour, linewidth=1.4)
        marks.append(ax.scatter(fails[part], places[part], 40, **style))
        labels.append(label)
    if not np.isnan(low).all():
        marks.append(interval)
        labels.append("interval")
    other = np.flatnonzero(table["visits"] != 1)
    if other.size:
        ring: dict[str, Any] = {"facecolor": "none", "edgecolor": "black", "zorder": 4}
        marks.append(ax.scatter(ever[other], places[other], 70, **ring))
        labels.append("per customer")
    right = 0.0
    for head, words in columns.items():
        right += 10 + POINTS * max(map(len, [head, *words]))
        beside(ax, places, words, head=head, right=right, ha="right", fontsize=9)
    forms = [form.replace("_", " ") for form in table["encounter"].tolist()]
    beside(ax, places, forms, right=right + 10, fontsize=7.5, color="#5a5a5a")
    most = float(np.nanmax([fails, high, ever])) or 1
    ax.set_xlim(-0.02 * most, 1.04 * most)
    ax.set_xlabel(f"failure probability per visit, %\n{_whole(failure)}")
    legend(ax, marks, labels)
    return ax


def _columns(
    table: "Table", scores: Mapping[str, float | None] | ArrayLike | None
) -> dict[str, list[str]]:
    """Return what stands beside the touchpoints, by its head."""
    said = {"fails": [_percent(p) for p in table["failure_probability"].tolist()]}
    if (table["visits"] != 1).any():
        said["visits"] = [_short(visits) for visits in table["visits"].tolist()]
    if scores is not None:
        found = _in_order(scores, table["touchpoint"].tolist()).tolist()
        said["score"] = ["–" if np.isnan(score) else f"{score:z.2f}" for score in found]
    return said


def _in_order(
    scores: Mapping[str, float | None] | ArrayLike, names: Sequence[str]
) -> NDArray[np.float64]:
    """Return a score for each touchpoint, NaN where there is none."""
    cells = listed("scores", scores, names, absent=np.nan)
    return numbers("scores", [np.nan if is_nothing(cell) else cell for cell in cells])


def _percent(share: float) -> str:
    return f"{_short(100 * share)} %"


def _short(value: float) -> str:
    return f"{value:z.2g}" if 0 < value < 0.01 else f"{value:z.2f}"


def _whole(failure: JourneyFailure) -> str:
    """Return in words how many customers meet a failure."""
    said = f"{_percent(failure.any_failure)} of customers meet a failure"
    if not np.isnan(failure.low):
        said += f" ({_short(100 * failure.low)} to {_percent(failure.high)})"
    if failure.touchpoints["critical"].any():
        said += f",\n{_percent(failure.critical_failure)} at a critical touchpoint"
    return said


def _left_of(ax: "Axes") -> Any:  # noqa: ANN401 (a Transform)
    """Return where the line of nodes stands, left of the Axes, and make room for it."""
    shift = needed("matplotlib.transforms").ScaledTranslation
    ax.tick_params(axis="y", pad=STRIP + 9)
    return ax.get_yaxis_transform() + shift(-STRIP / 72, 0, ax.figure.dpi_scale_trans)
