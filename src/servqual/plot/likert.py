"""Diverging bars: how the answers to each item spread over the scale, about its middle."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from servqual.instruments import Scale
from servqual.plot._axes import BLUE, VERMILION, Rows, beside, legend
from servqual.plot._shares import AnswerClasses, AnswerShares, answer_shares
from servqual.survey import Survey

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["answers"]

NEUTRAL = "#dedede"
TOLD = 0.04  # the least share whose number finds room in its bar


def answers(
    survey: Survey,
    *,
    side: str = "perceptions",
    level: Literal["items", "dimensions"] = "items",
    by: str | Sequence[str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how the answers to each item spread over the scale: diverging stacked bars.

    A bar has a part for each answer of the scale, as long as the share of those who gave it among
    those who answered: those below the middle of the scale (hatched) left of 0, those above it
    right, and the middle itself, where the scale has one, half on each side. Parts are darker the
    farther they are from the middle, and name their share in percent where there is room. At the
    right stand how many answered and the share of respondents whose answer is missing.

    Parameters
    ----------
    survey : Survey
        The answers; sums such as Moments do not have them.
    side : {"perceptions", "expectations", "minimums", "importances"}
        Which answers.
    level : {"items", "dimensions"}
        What the bars are; in that of a dimension, every answer to one of its items counts.
    by : str or sequence of str
        Group columns; each group has its own bars.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `survey` or `ax` is something else.
    ValueError
        If the side was not asked, a group column is unknown, or `level` is another word.

    Notes
    -----
    Every whole step of the scale has a part, also where nobody chose it, and so does every other
    answer that has an anchor or was given, such as a half point: nothing is rounded. Where that
    makes more than eleven parts, for all bars together, the scale is cut into ranges. Those below
    its middle begin at a round number counted from its low end, which they contain; those above
    are their mirror image and contain their upper end; the middle stays a part of its own. On 0 to
    100 these are 0 to 9, …, 40 to 49, 50, 51 to 60, …, 91 to 100.

    Shares are weighted where respondents have weights, those of missing answers too; `n` counts
    answers of respondents with a positive weight. Answers to reverse-keyed items are shown turned,
    as they are scored, and their labels say so. Where an anchor has several wordings, the legend
    has the first one in the alphabet.

    References
    ----------
    Robbins, N. B. & Heiberger, R. M. (2011). Plotting Likert and other rating scales. Proceedings
    of the Joint Statistical Meetings, 1058-1066.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> survey = sq.simulate_survey(sq.instrument("servqual"), 50, rng=1)
    >>> ax = sq.plot.answers(survey, level="dimensions")
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['1 strongly disagree', '2']
    """
    found = answer_shares(survey, side=side, level=level, by=by)
    table = found.table
    rows = Rows.of(table, _names(survey))
    ax, places = rows.axes(ax, 7.5), rows.places
    bars = _bars(ax, places, found)
    for place, reason in zip(places, table["undefined"].tolist(), strict=True):
        if reason:
            ax.text(0, place, f" {reason}", va="center")
    ax.set_xlabel(f"share of {side}" + (" (weighted)" if survey.weights.size else ""))
    style = {"fontsize": 8, "ha": "right"}
    head = "n" if level == "items" else "answers"
    beside(ax, places, map(str, table["n"].tolist()), head=head, right=36, **style)
    missing = ["–" if np.isnan(share) else f"{share:.0%}" for share in table["missing"]]
    beside(ax, places, missing, head="missing", right=82, **style)
    legend(ax, bars, _worded(survey.instrument.scale, found.classes))
    return ax


def _bars(ax: "Axes", places: NDArray[np.float64], found: AnswerShares) -> list[Any]:
    """Draw the bars; return those of each class, to be named in the legend."""
    classes, shares = found.classes, np.nan_to_num(found.shares)
    below, upto = len(classes.lows), len(classes.lows) + classes.neutral
    left = shares[:, :below].sum(axis=1) + shares[:, below:upto].sum(axis=1) / 2
    starts = np.cumsum(shares, axis=1) - shares - left[:, None]
    bars = []
    for k, colour in enumerate(_colours(classes)):
        bar = ax.barh(
            places,
            shares[:, k],
            left=starts[:, k],
            height=0.8,
            color=colour,
            edgecolor="white",
            linewidth=0.6,
            hatch="///" if k < below else "",
        )
        ax.bar_label(
            bar,
            [f"{100 * share:.0f}" if share >= TOLD else "" for share in shares[:, k]],
            label_type="center",
            fontsize=7,
            color="white" if _light(colour) < 0.5 else "black",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.8},  # over the hatches
        )
        bars.append(bar)
    ax.axvline(0, color="black", linewidth=0.8, zorder=0.9)  # behind the bars
    right = shares.sum(axis=1) - left
    ax.set_xlim(-max(0.1, left.max() + 0.02), max(0.1, right.max() + 0.02))
    ax.xaxis.set_major_formatter(lambda share, _: f"{abs(share):.0%}")
    return bars


def _names(survey: Survey) -> dict[str, dict[str, str]]:
    """Return what readers call dimensions and items."""
    form = survey.instrument
    return {
        "dimension": {part.code: part.name or part.code for part in form.dimensions},
        "item": {
            item.code: ("(turned) " if item.reverse else "") + (item.text or item.code)
            for item in form.items
        },
    }


def _worded(scale: Scale, classes: AnswerClasses) -> list[str]:
    """Return the labels of classes with the anchors of the scale."""
    words: dict[str, list[str]] = {label: [label] for label in classes.labels}
    first = dict(reversed(scale.anchors))
    for code in sorted(code for code in first if scale.low <= code <= scale.high):
        label = classes.labels[classes.codes(np.array(code))]
        number = f"{code:g}".replace("-", "−")
        words[label].append(first[code] if number == label else f"({number} {first[code]})")
    return [" ".join(said) for said in words.values()]


def _colours(classes: AnswerClasses) -> list[str]:
    """Return a colour for each class: the lighter, the nearer to the middle."""
    low = [_tint(VERMILION, strength) for strength in np.linspace(1, 0.3, len(classes.lows))]
    high = [_tint(BLUE, strength) for strength in np.linspace(1, 0.3, len(classes.highs))]
    return [*low, *[NEUTRAL] * classes.neutral, *high[::-1]]


def _tint(colour: str, strength: float) -> str:
    return "#" + "".join(
        f"{round(255 - strength * (255 - int(colour[k : k + 2], 16))):02x}" for k in (1, 3, 5)
    )


def _light(colour: str) -> float:
    """Return how light a colour is, from 0 to 1."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
