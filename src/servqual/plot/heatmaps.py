"""A checklist: the scores of its elements by group as shaded cells, or with their intervals."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.groups import joined
from servqual.checklists import Assessment
from servqual.plot._axes import (
    BLUE,
    GREY,
    LETTER,
    VERMILION,
    Rows,
    axes_of,
    beside,
    legend,
    undefined,
)
from servqual.plot._grids import (
    fitted,
    grid_lines,
    hatched,
    label_columns,
    room,
    scale_marks,
    shaded,
    write_in,
)
from servqual.plot._labels import cut
from servqual.plot._periods import below
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["checklist"]

Array = NDArray[np.float64]
Marks = dict[str, Any]
HATCHES = ("///", "\\\\\\", "xxx", "---", "...")  # of the reasons why a cell has no number
PALE = "#e4e4e4"
WIDE, NARROW = 0.6, 0.33  # inches of a column: of few groups, and of many
WIDEST, CROWDED = 24.0, 12.0  # inches of all columns, and of more that have no numbers
HIGH = 0.28  # inches of a row
NUMBER = (0.27, 0.13)  # inches that a number in a cell needs
APART = 0.35  # of a row, from the elements to their total
STEPS = (0, 0.25, 0.5, 0.75, 1)


def checklist(assessment: Assessment, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the score of each element, 0 to 1, and the total below them.

    Of several groups, each is a column of cells: the darker the better. Where there is room, cells
    have their numbers, a frame is around the weakest element of each group, as `totals` names it,
    and the last line is the number of sheets. Cells without a score are grey and hatched; the
    legend says why. Without groups, or of one, dots with their intervals are drawn instead, and the
    weakest element is a diamond.

    Names in Chinese need a font that has them, set before drawing, and fonts for what it lacks:
    ``matplotlib.rcParams["font.family"] = ["Noto Sans CJK SC", "sans-serif"]``, say, or "SimHei",
    "PingFang SC", whichever your machine has.

    Parameters
    ----------
    assessment : Assessment
        From `checklists.assess`; its groups are columns in their order, those of several group
        columns crossed.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `assessment` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> icare = sq.checklists.checklist("icare")
    >>> scores = dict(zip(icare.element_codes, (0.9, 0.8, 0.6, 0.9, 0.7)))
    >>> ax = checklist(sq.checklists.assess(icare, scores, total="minimum"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['element', 'weakest element', 'total: minimum']
    """
    instance("assessment", assessment, Assessment, hint="; checklists.assess makes one")
    draw = _cells if len(assessment.totals) > 1 else _dots
    return draw(assessment, ax)


def _dots(assessment: Assessment, ax: "Axes | None") -> "Axes":
    """Draw elements and their total with intervals."""
    name = f"total: {assessment.rule}"
    table = _together(assessment.elements, assessment.totals, name)
    score = table["score"]
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 6), rows.places
    of_total = np.arange(len(score)) == len(score) - 1
    weakest = (table["element"] == assessment.totals["weakest"]) & ~of_total
    ax.axhline(places[-1] - 0.5, color=GREY, linewidth=0.8, zorder=1)
    marks: Marks = {}
    for label, part, shape, colour in (
        ("element", ~(weakest | of_total), "o", BLUE),
        ("weakest element", weakest, "D", VERMILION),
        (name, of_total, "s", "black"),
    ):
        ends = table["low"][part], table["high"][part]
        interval = ax.hlines(places[part], *ends, color=colour, linewidth=1.4, zorder=2)
        dots = ax.scatter(score[part], places[part], 36, color=colour, marker=shape, zorder=3)
        if not np.isnan(score[part]).all():
            marks[label] = dots
    if not np.isnan(table["low"]).all():
        marks["interval"] = interval
    ax.set_xlim(-0.02, 1.02)
    only = " · ".join(assessment.totals.row()[key] for key in assessment.by)
    n = [f"{n:,}" for n in table["n"].tolist()]
    beside(ax, places, n, head="n", right=34, ha="right", fontsize=8)
    shared, why = _reasons(table)
    shown = map(undefined, map(_number, score), why)
    beside(ax, places, shown, head="score", right=46, fontsize=8)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    said = [assessment.totals.note] if "interval" in marks else _cautions(assessment)
    room(ax)  # lays it out: words below are as wide as it is then
    below(ax, "score, 1 the best", only, *said, shared)
    return ax


def _together(elements: Table, totals: Table, name: str) -> Table:
    """Return elements, and their total as the last row."""
    columns = ("n", "score", "low", "high", "lacking", "undefined")
    data = {"element": [*elements["element"].tolist(), name]} | {
        column: np.append(elements[column], totals["total" if column == "score" else column])
        for column in columns
    }
    return Table(title=elements.title, keys=("element",), data=data)


def _reasons(table: Table) -> tuple[str, list[str]]:
    """Return why no row has an interval, if all have one reason; else what each has not got."""
    rows = list(table.rows())
    found = {row["lacking"].partition(": ")[2] for row in rows if not row["undefined"]}
    if len(found) == 1 and (reason := found.pop()):
        return f"no intervals: {reason}", [row["undefined"] for row in rows]
    return "", [row["undefined"] or row["lacking"] for row in rows]


def _cells(assessment: Assessment, ax: "Axes | None") -> "Axes":
    """Draw a column of cells for each group."""
    totals, elements = assessment.totals, assessment.elements
    size, names = len(totals), list(dict.fromkeys(elements["element"].tolist()))
    scores = elements["score"].reshape(size, -1).T
    keys = list(zip(*(totals[key].tolist() for key in assessment.by), strict=True))
    labels = [*(cut(name, 40) for name in names), f"total: {assessment.rule}"]
    ax = _axes(ax, [cut(group, 28) for group in joined(keys)], labels)
    last = len(names) + APART
    shaded(ax, scores, 1)
    shaded(ax, totals["total"][None], 1, above=last - 0.5)
    ax.set(xlim=(-0.5, size - 0.5), ylim=(last + 1.4, -0.5))
    ax.set_yticks([*range(len(names)), last], labels, parse_math=False)
    ax.get_yticklabels()[-1].set_fontweight("bold")
    if len(assessment.by) > 1:
        turns = [k + 0.5 for k, (key, then) in enumerate(pairwise(keys)) if key[0] != then[0]]
        grid_lines(ax, np.array([]), np.array(turns), 4)
    why = np.vstack([elements["undefined"].reshape(size, -1).T, totals["undefined"]])
    marks = _blanks(ax, why, last)
    width, height = room(ax)
    if width >= NUMBER[0] and height >= NUMBER[1]:
        weakest = np.array(names)[:, None] == totals["weakest"]
        marks |= _tell(ax, scores, totals, weakest, last)
    else:
        marks |= scale_marks(1, {f"{step:g}": step for step in STEPS})
    warned = [line for words in _cautions(assessment) for line in fitted(ax, words)]
    below(ax, f"{', '.join(assessment.by)}; score, 1 the best", *warned)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    return ax


def _axes(ax: "Axes | None", groups: list[str], labels: list[str]) -> "Axes":
    """Return the Axes with its columns labelled."""
    size = len(groups)
    width = max(4.0, max(NARROW, min(WIDE, 12 * WIDE / size)) * size)
    width = width if width <= WIDEST else CROWDED
    high = 2.2 + HIGH * (len(labels) + 1) + LETTER * max(map(len, groups))
    ax = axes_of(ax, (width + 1.2 + LETTER * max(map(len, labels)), high))
    label_columns(ax, groups, min(width, float(ax.bbox.width / ax.figure.dpi)) / size)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _blanks(ax: "Axes", why: NDArray[np.str_], last: float) -> Marks:
    """Hatch the cells without a score, each reason its way, and return their marks."""
    marks: Marks = {}
    reasons = dict.fromkeys(why[why != ""].tolist())
    style: dict[str, Any] = {"facecolor": PALE, "edgecolor": "#6a6a6a"}
    for place, reason in enumerate(reasons):
        hatch, part = HATCHES[place % len(HATCHES)], why == reason
        hatched(ax, part[-1:], hatch, above=last - 0.5, **style)
        marks[f"undefined: {reason}"] = hatched(ax, part[:-1], hatch, **style)
    return marks


def _tell(
    ax: "Axes", scores: Array, totals: Table, weakest: NDArray[np.bool_], last: float
) -> Marks:
    """Write numbers into the cells, frame the weakest elements, and return the mark of these."""
    grid_lines(ax, np.arange(0.5, len(scores) - 1), np.arange(0.5, len(totals) - 1))
    write_in(ax, [[*map(_number, row)] for row in scores])
    n = [f"{n:,}" for n in totals["n"].tolist()]
    write_in(ax, [[*map(_number, totals["total"])], n], above=last)
    places, labels = ax.get_yticks(), [label.get_text() for label in ax.get_yticklabels()]
    ax.set_yticks([*places, last + 1], [*labels, "sheets"], parse_math=False)
    if not weakest.any():
        return {}
    frame: dict[str, Any] = {"edgecolor": VERMILION, "linewidth": 1.6, "zorder": 2.5}
    return {"weakest element of the group": hatched(ax, weakest, "", **frame)}


def _number(score: float) -> str:
    return "" if np.isnan(score) else f"{score:.2f}"


def _cautions(assessment: Assessment) -> list[str]:
    return [f"caution: {said}" for said in assessment.cautions]
