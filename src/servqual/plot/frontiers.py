"""What success costs: the frontier of improvement plans, the chosen plan and rules of thumb."""

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.journeys import ImprovementPlan
from servqual.plot._axes import BLUE, LETTER, VERMILION, axes_of, beside, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from servqual.tables import Table

__all__ = ["improvement_frontier"]

Array = NDArray[np.float64]
RULES = {  # told apart without colour, and one inside the other where they meet
    "best": ("o", 190, "black"),
    "everything_a_little": ("^", 110, VERMILION),
    "worst_first": ("s", 60, VERMILION),
}
OUTSIDE = "#6a6a6a"
LINE = 0.17  # inches of a line in the list of steps
LINES = 40  # of that list
APART = 15  # points from one number to the next


def improvement_frontier(plan: ImprovementPlan, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the success probability of a journey against what its improvements cost.

    Each dot is a step of the frontier, which makes the best plan for its own cost; steps have
    numbers and are listed beside, those beyond the budget, the vertical line, with rings and in
    grey. Around them stand the plan for the budget (circle), which may lie between two steps, and
    what the same budget brings where everything is improved a little (triangle) or the worst first
    (square). The picture ends at twice the budget at most, unless nothing within it has success.

    Parameters
    ----------
    plan : ImprovementPlan
        From `journeys.improvement_plan`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting size.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `plan` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.journeys import Improvement, Journey, Touchpoint, improvement_plan
    >>> import servqual as sq
    >>> desk = Improvement(name="second desk", cost=900, reduction=0.5)
    >>> arrive = Touchpoint(name="arrive", failure_probability=0.02, improvements=[desk])
    >>> plan = improvement_plan(Journey(name="visit", touchpoints=[arrive]), budget=1000)
    >>> ax = sq.plot.improvement_frontier(plan)
    >>> [text.get_text() for text in ax.texts]
    ['1', '1  arrive: second desk', 'steps']
    """
    instance("plan", plan, ImprovementPlan, hint="; journeys.improvement_plan makes one")
    right = _right(plan)
    table = plan.frontier.take(plan.frontier["cost"] <= right)
    words = _words(table)
    ax = _axes(ax, words)
    cost, success = table["cost"], 100 * table["success_probability"]
    inside = table["within_budget"]
    curve = ([*cost, right], [*success, success[-1]])
    marks: list[Any] = [*ax.plot(*curve, color=BLUE, linestyle=":", linewidth=1.2, zorder=2)]
    labels = ["frontier"]
    faces = np.where(inside, BLUE, "white").tolist()
    ax.scatter(cost, success, 22, facecolor=faces, edgecolor=BLUE, zorder=3)
    for rule, (shape, size, colour) in RULES.items():
        spent, found = (plan.rules.row(rule=rule)[name] for name in ("cost", "success_probability"))
        ring: dict[str, Any] = {"marker": shape, "facecolor": "none", "edgecolor": colour}
        marks.append(ax.scatter(spent, 100 * found, size, zorder=4, **ring))
        labels.append(f"{_called(rule, plan)}: {100 * found:.4g} %")
    if plan.budget <= right:
        marks.append(ax.axvline(plan.budget, color="black", linewidth=1, linestyle="--", zorder=1))
        labels.append("budget")
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(y=0.08)
    ax.ticklabel_format(useOffset=False)
    if not success.any():
        ax.set_ylim(-4, 100)
    ax.set_xlabel(f"cost, of a budget of {plan.budget:.12g}{_why(plan)}", parse_math=False)
    ax.set_ylabel("journeys without a failure, %")
    legend(ax, marks, labels)
    _number(ax, cost, success)
    _list(ax, words, inside[1:])
    return ax


def _right(plan: ImprovementPlan) -> float:
    """Return where the picture ends: at twice the budget, if so much can be spent."""
    most = float(plan.frontier["cost"][-1])
    if 0 < 1.5 * most < plan.budget:
        return most  # the line of the budget would be far off
    reach = most if plan.hopeless else 2 * plan.budget
    return max(plan.budget, min(most, reach or most))


def _called(rule: str, plan: ImprovementPlan) -> str:
    proved = plan.best_possible <= plan.success_probability
    return "best found" if rule == "best" and not proved else rule.replace("_", " ")


def _why(plan: ImprovementPlan) -> str:
    """Return lines that say why there is no success."""
    return plan.hopeless and "\n" + fill(plan.hopeless, 50, max_lines=2, placeholder=" …")


def _words(table: "Table") -> list[str]:
    """Return what each step after the first row does."""
    steps = [
        f"{row['step']}  {_cut(row['touchpoint'])}: {_cut(row['improvement'])}"
        for row in table.rows()
    ]
    return steps[1:]


def _cut(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:22]} …"


def _axes(ax: "Axes | None", words: list[str]) -> "Axes":
    """Return the Axes; those of a new figure have room for the list of steps."""
    width = 6.4 + LETTER * max(map(len, words), default=0)
    height = max(4.2, 1.6 + LINE * min(LINES, len(words)))
    # what the legend is fitted to, before all is laid out
    return axes_of(ax, (width, height), right=6.4 / width)


def _number(ax: "Axes", cost: Array, success: Array) -> None:
    """Write the numbers of steps, but for those too near to the one before."""
    points = ax.transData.transform(np.stack([cost, success], axis=1)) * 72 / ax.figure.dpi
    last = points[0]
    for step, point in enumerate(points[1:], 1):
        if np.abs(point - last).max() >= APART:
            ax.annotate(
                str(step),
                (cost[step], success[step]),
                (-5, 5),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=8,
            )
            last = point


def _list(ax: "Axes", words: list[str], inside: NDArray[np.bool_]) -> None:
    """List the steps beside the Axes: as many as fit, from both sides of the budget."""
    lines = max(3, int(ax.bbox.height / ax.figure.dpi / LINE))
    first = max(0, min(int(inside.sum()) - lines // 2, len(words) - lines))
    shown = slice(first, first + lines)
    cut = (first > 0, first + lines < len(words))
    words, inside = words[shown], inside[shown]
    words = ["…"] * cut[0] + words[cut[0] : len(words) - cut[1]] + ["…"] * cut[1]
    low, high = ax.get_ylim()
    for line, (said, within) in enumerate(zip(words, inside.tolist(), strict=True)):
        place = high - (line + 0.5) * (high - low) / lines
        style = {"color": "black"} if within else {"color": OUTSIDE, "style": "italic"}
        beside(ax, [place], [said], right=12, fontsize=8, **style)
    beside(ax, [], [], head="steps" if words else "", right=12, fontsize=9)
