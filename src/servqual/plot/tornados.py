"""What moves the market at risk: a bar an input, from its low to its high end."""

from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import instance
from servqual.plot._axes import BLUE, Rows, beside, legend, undefined
from servqual.plot._labels import number
from servqual.recovery.sensitivities import RiskSensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["tornado"]

HEIGHT = 0.62
MARGIN = 0.05  # of the width, on both sides of the bars


def tornado(found: RiskSensitivity, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the customers at risk with each input at its low and its high end, the widest first.

    Bars begin at the customers at risk with all inputs at their values. Hatched: the input is at
    its low end; filled: at its high one; both ends stand beside. An input whose hatched bar points
    to the left puts more customers at risk the higher it is.

    Parameters
    ----------
    found : RiskSensitivity
        From `recovery.risk_sensitivity`.
    ax : matplotlib Axes
        Where to draw; default a new figure of fitting height.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `found` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.recovery.markets import market_at_risk
    >>> from servqual.recovery.sensitivities import risk_sensitivity
    >>> market = market_at_risk(
    ...     customers=1_000,
    ...     problem_rate=0.1,
    ...     complain_rate=0.5,
    ...     outcomes={"settled": (1.0, 0.8)},
    ...     silent_loyalty=0.2,
    ... )
    >>> ax = tornado(risk_sensitivity(market))
    >>> [text.get_text() for text in ax.texts][:1]
    ['0.09 to 0.11']
    """
    instance("found", found, RiskSensitivity, hint="; recovery.risk_sensitivity makes one")
    table, base = found.table, found.customers_at_risk
    rows = Rows.of(table)
    ax, places = rows.axes(ax, 7), rows.places
    steps = {name: np.nan_to_num(table[name] - base) for name in ("at_low", "at_high")}
    behind = np.abs(steps["at_low"]) > np.abs(steps["at_high"])  # seen where both go one way
    style: dict[str, Any] = {"edgecolor": BLUE, "linewidth": 0.9, "left": base}
    low = ax.barh(places, steps["at_low"], HEIGHT, facecolor="white", hatch="////", **style)
    high = ax.barh(places, steps["at_high"], HEIGHT, facecolor=BLUE, **style)
    for first, second, lower in zip(low, high, behind.tolist(), strict=True):
        first.set_zorder(2 if lower else 3)
        second.set_zorder(3 if lower else 2)
    line = ax.axvline(base, color="black", linewidth=0.9, zorder=4)
    ends = zip(*(map(number, table[name].tolist()) for name in ("low", "high")), strict=True)
    said = (f"{start} to {end}" for start, end in ends)
    beside(
        ax,
        places,
        map(undefined, said, table["undefined"].tolist()),
        head="low to high",
        fontsize=9,
    )
    reach = np.array([0.0, *steps["at_low"], *steps["at_high"]])
    room = MARGIN * np.ptp(reach) or 1.0
    ax.set_xlim(base + reach.min() - room, base + reach.max() + room)
    ax.locator_params(axis="x", nbins=5)
    ax.xaxis.set_major_formatter("{x:,.10g}")
    ax.set_xlabel("customers at risk")
    words = ["input at its low end", "at its high end", f"all at their values: {number(base)}"]
    legend(ax, [low, high, line], words)
    return ax
