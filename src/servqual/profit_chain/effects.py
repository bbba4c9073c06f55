"""What won and what kept customers add to profit: offensive and defensive effects."""

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._stats.shapley import product_changes
from servqual.inputs import Quantity
from servqual.inputs.reading import AMOUNT, PER_HEAD, SHARE, Asked, outside
from servqual.profit_chain._given import BEYOND, is_amount, is_per_head, is_share, paired, side
from servqual.tables import Result, Table, noted

__all__ = ["CustomerBase", "ProfitEffects", "profit_effects"]

Array = NDArray[np.float64]
DRIVERS = {
    "customers": AMOUNT,
    "retention": SHARE,
    "referrals": PER_HEAD,
    "newcomers": AMOUNT,
    "volume": AMOUNT,
    "price": AMOUNT,
    "cost": AMOUNT,
    "rework_cost": AMOUNT,
}
SIDES = ("base", "offensive", "defensive", "efficiency")
WHO = (
    ("defensive", ("customers", "retention")),
    ("defensive", ("customers", "retention", "referrals")),
    ("offensive", ("newcomers",)),
)
TERMS = (
    *((side, 1, (*who, "volume", "price")) for side, who in WHO),
    *((side, -1, (*who, "volume", "cost")) for side, who in WHO),
    ("efficiency", -1, ("rework_cost",)),
)  # profit as a sum of products
ROWS = (
    ("customers", "base"),
    ("retention", "defensive"),
    ("referrals", "defensive"),
    ("newcomers", "offensive"),
    *((name, side) for name in ("volume", "price", "cost") for side in ("offensive", "defensive")),
    ("rework_cost", "efficiency"),
)
ROUNDING = 1e-12  # of the profits
SMALL = 0.1  # of all effects without their signs: shares of a smaller change are large
UNCHANGED = "no share: profit has not changed"
METHOD = "effect: mean over all orders in which the drivers may change"
OPPOSED = (
    "effects nearly cancel: the change is less than a tenth of their sum without signs, and shares "
    "of it say little"
)


@attrs.frozen(kw_only=True)
class CustomerBase:
    """The customers of a firm in one period, and what they bring in.

    Profit = (customers·retention·(1 + referrals) + newcomers)·volume·(price - cost) - rework_cost.
    All numbers may be `Counted`, `Measured` or `Judged`; all are 0 or more.

    Parameters
    ----------
    customers : float or uncertain
        Customers at the start of the period.
    retention : float or uncertain
        The share of them who stay, 0..1.
    newcomers : float or uncertain
        Customers attracted in the period by other means than word of mouth.
    volume : float or uncertain
        Purchases of a customer in the period.
    price, cost : float or uncertain
        Money taken, and money spent, for one purchase.
    referrals : float or uncertain
        Newcomers by word of mouth for each customer who stays.
    rework_cost : float or uncertain
        Money for doing again what was not right at first, in the period, beside `cost`.

    Raises
    ------
    TypeError, ValueError
        If a number is below 0, or the retention above 1.

    Examples
    --------
    >>> CustomerBase(
    ...     customers=100, retention=0.8, newcomers=20, volume=2, price=5, cost=3
    ... ).referrals
    0.0
    """

    customers: Quantity = attrs.field(validator=is_amount)
    retention: Quantity = attrs.field(validator=is_share)
    newcomers: Quantity = attrs.field(validator=is_amount)
    volume: Quantity = attrs.field(validator=is_amount)
    price: Quantity = attrs.field(validator=is_amount)
    cost: Quantity = attrs.field(validator=is_amount)
    referrals: Quantity = attrs.field(default=0.0, validator=is_per_head)
    rework_cost: Quantity = attrs.field(default=0.0, validator=is_amount)


@attrs.frozen(kw_only=True, repr=False)
class ProfitEffects(Result):
    """What changed the profit, driver by driver.

    Parameters
    ----------
    profit_before, profit_after : float
        The profit of each period.
    change, low, high : float
        The profit after less that before, and its interval.
    sides : Table
        Keyed `side`: ``"base"``, ``"offensive"``, ``"defensive"``, ``"efficiency"``, and
        ``"total"``: the `effect` on profit, the sum of its drivers', with `low` and `high`; its
        `share` of the change; `lacking`, `undefined`.
    drivers : Table
        Keyed `driver` and `side`: its number `before` and `after`, its `effect` on that side with
        `low` and `high`, the `share`, `lacking`, `undefined`. Volume, price and cost have a row for
        the customers won and one for those kept.
    cautions : tuple of str
        Which inputs were moved to what can be, where the estimate lies outside of its interval, and
        that effects nearly cancel, so that shares of the change say little.
    lacking : str
        "" or why the change has no interval, or nothing has a share of it.
    undefined : str
        "": the change is always defined.
    """

    profit_before: float
    profit_after: float
    change: float
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    sides: Table
    drivers: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str = ""


def profit_effects(
    before: CustomerBase,
    after: CustomerBase,
    *,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: int | np.random.Generator | None = 0,
) -> ProfitEffects:
    """Return what each driver did to profit, through customers who were won and who were kept.

    Profit = K + W - rework_cost. K = customers·retention·(1 + referrals)·volume·(price - cost) is
    of those who were kept, the defensive side; W = newcomers·volume·(price - cost) is of those who
    were won, the offensive side; what has to be done again is efficiency.

    The effect of a driver is what profit changes when it moves from before to after, the mean over
    all orders in which the drivers may move (Shapley). It is divided by the term that it works
    through: effects sum to the change of profit, by driver and by side.

    Parameters
    ----------
    before, after : CustomerBase
        The same customers' numbers in two periods, or without and with the better quality.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    ProfitEffects
        In money of the period, at the values given, with intervals where a number is uncertain.

    Raises
    ------
    TypeError, ValueError
        If an argument is no `CustomerBase`, or the confidence is out of range.

    Notes
    -----
    The offensive side is what customers bring who were won: how many they are, and what each buys,
    pays and costs. The defensive side is what customers bring who were kept, with those whom they
    send: retention, word of mouth (referrals), and what each buys, pays and costs. So a higher
    price is on either side, by how many customers of each pay it. Volume, price and cost are taken
    to be the same for both. Less rework is efficiency, and customers that were there at the start
    are the base, to which quality of the period did nothing.
    The money spent on quality itself is no driver: take it off the change, or give it to
    `return_on_quality` as `spending`. In `cost` it would count as a loss on each purchase.
    The four gains of quality in the source document are among the drivers: less rework is
    `rework_cost`; efficiency and satisfaction are `cost` and `retention`; customers drawn from
    competitors are `newcomers`; word of mouth is `referrals`.
    The figure that goes by the names of service value chain and service-profit chain in that
    document is this one, of offensive and defensive marketing. The service-profit chain of Heskett
    and others, from employees to customers to profit, is another.
    A part of the change is no proof of a cause: prices rise for other reasons than quality. A field
    that is the same in both has not changed: it is one number, drawn once.

    References
    ----------
    Zeithaml, V. A. (2000). Service quality, profitability, and the economic worth of customers.
    Journal of the Academy of Marketing Science 28(1), 67-85. doi:10.1177/0092070300281007

    Fornell, C. & Wernerfelt, B. (1987). Defensive marketing strategy by customer complaint
    management: A theoretical analysis. Journal of Marketing Research 24(4), 337-346.
    doi:10.1177/002224378702400401

    Shapley, L. S. (1953). A value for n-person games. In Contributions to the Theory of Games II,
    307-317. Princeton University Press. (From memory.)

    Examples
    --------
    Ten more customers stay, and ten more come: each brings 2 · (5 - 3) = 4.

    >>> before = CustomerBase(customers=100, retention=0.8, newcomers=20, volume=2, price=5, cost=3)
    >>> found = profit_effects(before, attrs.evolve(before, retention=0.9, newcomers=30))
    >>> found.sides.select("effect").where(side="offensive")["effect"].round(9).tolist()
    [40.0]
    >>> round(found.drivers.row(driver="retention")["effect"], 9), round(found.change, 9)
    (40.0, 80.0)

    A price higher by 1 is paid by 80 who were kept and 20 who were won, each twice.

    >>> found = profit_effects(before, attrs.evolve(before, price=6))
    >>> dict(zip(found.sides["side"].tolist(), found.sides["effect"].round(9).tolist()))
    {'base': 0.0, 'offensive': 40.0, 'defensive': 160.0, 'efficiency': 0.0, 'total': 200.0}
    """
    instance("before", before, CustomerBase)
    instance("after", after, CustomerBase)
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    inputs = paired(before, after, DRIVERS, asked)
    first, second = side(inputs, "before"), side(inputs, "after")
    with np.errstate(over="ignore", invalid="ignore"):
        effects = _effects(first, second)
        profits = [_profit(first), _profit(second)]
    change = profits[1] - profits[0]
    if not (np.isfinite(effects[0]).all() and math.isfinite(change[0])):
        msg = f"the profit of `before` or `after` {BEYOND}"
        raise ValueError(msg)
    scale = max(abs(profits[0][0]), abs(profits[1][0]), np.abs(effects[0]).max())
    if abs(change[0]) <= ROUNDING * scale:
        change[0] = 0.0
    off = outside(change[:, None], asked.ends(change[:, None]), ["change"])
    cautions = (*inputs.cautions, *off, *_cancelling(effects[0], change[0]))
    sides = _sides(effects, change, cautions, asked)
    total = sides.row(side="total")
    return ProfitEffects(
        profit_before=float(profits[0][0]),
        profit_after=float(profits[1][0]),
        change=total["effect"],
        low=total["low"],
        high=total["high"],
        sides=sides,
        drivers=_drivers(effects, change, (first, second), asked),
        cautions=cautions,
        lacking=total["lacking"],
    )


def _profit(cells: dict[str, Array]) -> Array:
    """Return the profit of each draw."""
    reach = cells["customers"] * cells["retention"] * (1 + cells["referrals"]) + cells["newcomers"]
    profit: Array = (
        reach * cells["volume"] * (cells["price"] - cells["cost"]) - cells["rework_cost"]
    )
    return profit


def _effects(first: dict[str, Array], second: dict[str, Array]) -> Array:
    """Return the effect of each driver on each side, (draws, rows)."""
    found = np.zeros((len(ROWS), len(first["customers"])))
    for term, sign, names in TERMS:
        periods = [np.stack([cells[name] for name in names]) for cells in (first, second)]
        homes = [(name, "base" if name == "customers" else term) for name in names]
        found[[ROWS.index(home) for home in homes]] += sign * product_changes(*periods)
    return found.T


def _cancelling(effects: Array, change: float) -> list[str]:
    """Say whether effects cancel so far that shares of the change are large."""
    return [OPPOSED] if 0 < abs(change) < SMALL * np.abs(effects).sum() else []


def _columns(effects: Array, change: Array, asked: Asked) -> dict[str, Any]:
    """Return effects (draws, rows) with their intervals, and their shares of the change."""
    ends, moved = asked.ends(effects), bool(change[0])
    share = effects[0] / change[0] if moved else np.full(effects.shape[1], np.nan)
    absent = [[why, "" if moved else UNCHANGED] for why in ends.lacking.tolist()]
    return {
        "effect": effects[0],
        "low": ends.low,
        "high": ends.high,
        "share": share,
        "lacking": ["; ".join(filter(None, reasons)) for reasons in absent],
        "undefined": np.full(effects.shape[1], ""),
    }


def _sides(effects: Array, change: Array, cautions: tuple[str, ...], asked: Asked) -> Table:
    """Return the effects of each side, and their total."""
    homes = np.array([side for _, side in ROWS])
    parts = [effects[:, homes == side].sum(axis=1) for side in SIDES]
    columns = {
        "side": [*SIDES, "total"],
        **_columns(np.stack([*parts, change], axis=1), change, asked),
    }
    note = noted(METHOD, asked.note(effects), cautions=cautions)
    return Table(title="What changed the profit", keys=("side",), data=columns, note=note)


def _drivers(
    effects: Array, change: Array, sides: tuple[dict[str, Array], ...], asked: Asked
) -> Table:
    """Return the effect of each driver on each side."""
    before, after = ([float(side[name][0]) for name, _ in ROWS] for side in sides)
    columns = {
        "driver": [name for name, _ in ROWS],
        "side": [side for _, side in ROWS],
        "before": before,
        "after": after,
        **_columns(effects, change, asked),
    }
    note = noted(METHOD, asked.note(effects))
    return Table(title="Drivers of the profit", keys=("driver", "side"), data=columns, note=note)
