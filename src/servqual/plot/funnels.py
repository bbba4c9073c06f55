"""Units beside the limits that chance sets to them: a funnel that narrows as units are surer."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.words import counted
from servqual.plot._axes import BLUE, GREY, VERMILION, axes_of, legend
from servqual.plot._labels import cut, label_points
from servqual.plot._periods import below, highest
from servqual.rankings import Funnel, ShareFunnel
from servqual.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["funnel"]

Array = NDArray[np.float64]
Limits = list[tuple[float, Array, Array, Array]]  # level, x, low, high
MANY = 200  # units, which have smaller dots
WIDE = 100  # the largest x by the least, from which x is logarithmic
SAME = 1e-6  # of a variance: as good as σ²/n
NAMED = 4  # units without limits whose names are said
STYLES = ("-", "--", ":")  # of limits, the widest first


def funnel(found: Funnel | ShareFunnel, *, ax: "Axes | None" = None) -> "Axes":
    """Draw units by how sure their numbers are, between the limits around the target.

    A red square is a signal, outside the widest limits; a ring lies outside the narrowest but is no
    signal; others are dots. Signals have their names, or numbers in the order of p and a list
    beside. Units without limits are said below, with the reason.

    Shares stand at their n, and their limits, exact at each n, are joined by lines. Means stand at
    their n where it is given and their variances are σ²/n, beside those between units; else at
    1/se², so that a unit and the limits beside it always have the same error.

    Parameters
    ----------
    found : Funnel or ShareFunnel
        From `rankings.funnel_limits` or `rankings.share_funnel`.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture, of shares in percent; ``ax.figure.savefig(…)`` keeps it. x is logarithmic where
        its ends differ more than a hundredfold, and limits much wider than most run out of it.

    Raises
    ------
    TypeError
        If `found` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import servqual as sq
    >>> shares = sq.rankings.share_funnel({"North": 4, "South": 20}, [20, 30], target=0.2)
    >>> ax = funnel(shares)
    >>> [text.get_text() for text in ax.texts]
    ['South']
    """
    hint = "; rankings.funnel_limits and rankings.share_funnel make one"
    instance("found", found, Funnel, ShareFunnel, hint=hint)
    picture = _of_shares(found) if isinstance(found, ShareFunnel) else _of_means(found)
    grow = ax is None
    ax = axes_of(ax, (7, 4.8))
    ax.spines[["top", "right"]].set_visible(False)
    if picture.is_log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    elif picture.across == "n":
        ax.locator_params("x", integer=True, min_n_ticks=1)
    marks = _draw_limits(ax, picture) | _draw_units(ax, picture)
    ax.set_ylim(*picture.ends)
    below(ax, picture.across, picture.note, _undefined(found.table))
    ax.set_ylabel(picture.upright)
    if marks:
        legend(ax, list(marks.values()), list(marks))
    _name_signals(ax, picture, grow=grow)
    return ax


@attrs.frozen(eq=False, kw_only=True)
class _Picture:
    """What is drawn: units that have limits, in the order of p, and what stands beside them."""

    across: str
    upright: str
    unit: str = ""  # of y
    note: str = ""
    units: NDArray[np.str_]
    dots: Array
    outside: NDArray[np.bool_]  # (units, levels), the widest first
    target: float
    limits: Limits  # the widest first
    ends: tuple[float, float]  # of y

    @property
    def is_log(self) -> bool:
        x = self.dots[:, 0]
        return bool(len(x) and x.max() > WIDE * x.min())


def _of_shares(found: ShareFunnel) -> _Picture:
    order, levels, (low, high), outside = _sorted(found)
    table = found.table.take(order)
    n, places = np.unique(table["n"], return_index=True)
    limits = [
        (level, n.astype(float), low[places, k], high[places, k]) for k, level in enumerate(levels)
    ]
    dots = np.stack([table["n"], 100 * table["share"]], axis=1)
    goal = 100 * found.target
    return _Picture(
        across="n",
        upright="share, %",
        unit=" %",
        units=table["unit"],
        dots=dots,
        outside=outside,
        target=goal,
        limits=[(level, x, 100 * below, 100 * above) for level, x, below, above in limits],
        ends=_ends(dots[:, 1], goal, 100 * low[:, 0], 100 * high[:, 0]),
    )


def _of_means(found: Funnel) -> _Picture:
    from scipy.special import ndtri  # half a second

    order, levels, (low, high), outside = _sorted(found)
    table = found.table.take(order)
    tau2 = float(np.nan_to_num(found.tau2))
    variance, spread = table["se"] ** 2, _spread(table, tau2)
    x = 1 / variance if spread is None else table["n"].astype(float)
    beyond = 1.25 if len(np.unique(x)) == 1 else 1.0  # else the limits would be points
    grid = np.geomspace(x.min() / beyond, x.max() * beyond, 200) if len(x) else x
    se = np.sqrt(1 / grid if spread is None else spread / grid + tau2)
    halves = [(level, ndtri(0.5 + level / 2) * se) for level in levels]
    dots = np.stack([x, table["mean"]], axis=1)
    return _Picture(
        across="precision, 1/se²" if spread is None else "n",
        upright="mean",
        note=f"limits allow for a variance between units of {tau2:.4g}" if tau2 > 0 else "",
        units=table["unit"],
        dots=dots,
        outside=outside,
        target=found.target,
        limits=[(level, grid, found.target - h, found.target + h) for level, h in halves],
        ends=_ends(dots[:, 1], found.target, low[:, 0], high[:, 0]),
    )


def _spread(table: Table, tau2: float) -> float | None:
    """Return σ² where all variances are σ²/n + τ²: then one curve over n is right for all units."""
    if "n" not in table.columns or not len(table) or not table["n"].all():
        return None
    total = table["n"] * table["se"] ** 2
    parts = total - table["n"] * tau2
    middle = np.median(parts)
    return max(0.0, float(middle)) if (abs(parts - middle) <= SAME * total).all() else None


def _sorted(
    found: Funnel | ShareFunnel,
) -> tuple[NDArray[np.intp], list[float], tuple[Array, Array], NDArray[np.bool_]]:
    """Return the units that have limits by their p, levels from the widest, limits, and outside."""
    table, limits = found.table, found.limits
    size = len(limits) // max(1, len(table))
    order = np.argsort(table["p"], kind="stable")
    order = order[table["undefined"][order] == ""]
    levels = limits["level"][:size]
    widest = np.argsort(-levels)
    low, high, outside = (
        limits[name].reshape(-1, size)[order][:, widest] for name in ("low", "high", "outside")
    )
    return order, levels[widest].tolist(), (low, high), outside != ""


def _ends(y: Array, target: float, low: Array, high: Array) -> tuple[float, float]:
    """Return where the picture ends: below and above all units and most limits."""
    if not len(y):
        return 0.0, 1.0
    goal = np.full(len(y), target)
    bottom = min(-highest(-goal, -low), y.min())
    top = max(highest(goal, high), y.max())
    air = 0.05 * (top - bottom) or 1.0
    return float(bottom - air), float(top + air)


def _draw_limits(ax: "Axes", picture: _Picture) -> dict[str, Any]:
    """Draw the target and the limits, and return their marks."""
    if not len(picture.dots):
        return {}
    said = f"{picture.target:.4g}".replace("-", "−")
    line = ax.axhline(picture.target, color="black", linewidth=0.9, zorder=1)
    marks: dict[str, Any] = {f"target: {said}{picture.unit}": line}
    for place, (level, x, *ends) in enumerate(picture.limits):
        style: dict[str, Any] = {"color": GREY, "linewidth": 1.2, "zorder": 1.5}
        style["linestyle"] = STYLES[min(place, len(STYLES) - 1)]
        if len(x) == 1:
            style |= {"marker": "_", "markersize": 14 / (1 + place)}  # a line would not be seen
        for end in ends:
            (line,) = ax.plot(x, end, **style)
        marks[f"limits of {_percent(level)}"] = line
    return marks


def _draw_units(ax: "Axes", picture: _Picture) -> dict[str, Any]:
    """Draw the units by the limits that they lie outside of, and return their marks."""
    if not len(picture.dots):
        return {}
    widest, narrowest = picture.outside[:, 0], picture.outside[:, -1]
    most, least = (_percent(picture.limits[place][0]) for place in (0, -1))
    kinds: dict[str, tuple[NDArray[np.bool_], str, str, str]] = {
        f"signal: outside {most}": (widest, "s", VERMILION, VERMILION),
        f"outside {least}, no signal": (narrowest & ~widest, "o", "white", BLUE),
        f"within {least}": (~narrowest, "o", BLUE, BLUE),
    }
    size = 9 if len(picture.dots) > MANY else 26
    marks = {}
    for label, (part, shape, face, edge) in kinds.items():
        if part.any():
            style: dict[str, Any] = {"marker": shape, "facecolor": face, "edgecolor": edge}
            x, y = picture.dots[part].T
            marks[label] = ax.scatter(x, y, size, linewidth=1.1, zorder=3, **style)
    return marks


def _name_signals(ax: "Axes", picture: _Picture, *, grow: bool) -> None:
    """Write the names of the signals, off all dots, or their numbers and a list."""
    signals = picture.outside[:, 0]
    if not signals.any():
        return
    names = picture.units[signals].tolist()
    words = [(str(number), f"{number}  {cut(name)}") for number, name in enumerate(names, 1)]
    dots = np.concatenate([picture.dots[signals], picture.dots[~signals]])
    label_points(ax, dots, names, words, "signals", grow=grow)


def _undefined(table: Table) -> str:
    """Return which units have no limits, and why."""
    said = []
    for reason in dict.fromkeys(filter(None, table["undefined"].tolist())):
        units = table["unit"][table["undefined"] == reason].tolist()
        names = ", ".join(cut(unit) for unit in units[:NAMED])
        more = f" and {len(units) - NAMED:,} more" if len(units) > NAMED else ""
        said.append(f"{counted(len(units), 'unit')} not drawn, {reason}: {names}{more}")
    return "; ".join(said)


def _percent(level: float) -> str:
    return f"{100 * level:g} %"
