"""What a customer is worth over the years that he stays."""

import math
from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.words import lacking
from servqual._stats.discounting import geometric_sums, mean_term
from servqual.inputs import Quantity
from servqual.inputs.reading import AMOUNT, NUMBER, SHARE, Asked, Inputs, outside
from servqual.profit_chain._given import BEYOND, RATE, periods_of
from servqual.tables import Result, Table, noted

__all__ = ["LifetimeValue", "lifetime_value"]

Array = NDArray[np.float64]
POINT = 0.01  # of retention
NO_LIMIT = "retention · (1 + growth) is not below 1 + discount_rate: the sum has no limit"
QUANTITIES = ("multiple", "value", "retention elasticity", "one point of retention")


@attrs.frozen(kw_only=True, repr=False)
class LifetimeValue(Result):
    """What one customer is worth.

    Parameters
    ----------
    value, low, high : float
        The present value of the margins less the cost of acquisition, and its interval.
    multiple : float
        By what the margin of one period is multiplied.
    retention_elasticity : float
        By how many percent the present value of the margins rises with one percent of retention, as
        from 0.800 to 0.808, for small changes.
    point_value : float
        By how much the value rises with one point of retention, as from 0.80 to 0.81.
    table : Table
        Keyed `quantity`: ``"multiple"``, ``"value"``, ``"retention elasticity"`` and ``"one point
        of retention"``, each with its `estimate`, `low`, `high`, `lacking` and `undefined`.
    cautions : tuple of str
        Which inputs were moved to what can be, and where the estimate lies outside of its interval.
    lacking : str
        "" or what else has no number, and why.
    undefined : str
        "" or why there is no value and no multiple, which are then NaN.
    """

    value: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    multiple: float = attrs.field(eq=repr)
    retention_elasticity: float = attrs.field(eq=repr)
    point_value: float = attrs.field(eq=repr)
    table: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def lifetime_value(  # noqa: PLR0913 (rates, money, the horizon, and draws)
    *,
    retention: Quantity,
    discount_rate: Quantity,
    margin: Quantity = 1.0,
    growth: Quantity = 0.0,
    periods: int | None = None,
    immediate: bool = False,
    acquisition_cost: Quantity = 0.0,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: int | np.random.Generator | None = 0,
) -> LifetimeValue:
    """Return the lifetime value of a customer, margin·multiple - acquisition_cost.

    multiple = Σ r^t·(1 + g)^(t - 1)/(1 + d)^t over the ends of periods t = 1, 2, …, which without
    an end is r/(1 + d - r·(1 + g)). With a margin paid at once, Σ (r·(1 + g)/(1 + d))^t over
    t = 0, 1, …, without an end (1 + d)/(1 + d - r·(1 + g)). The first margin is `margin`, whenever
    it comes, and grows from there.

    Parameters
    ----------
    retention : float or uncertain
        r, the share of customers who stay from one period to the next, 0..1; this and all other
        numbers may be `Counted`, `Measured` or `Judged`: ``Counted(900, 1000)``.
    discount_rate : float or uncertain
        d, for one period, above -1 and at most 1.
    margin : float or uncertain
        Money that a customer who is there brings in a period; without, the value is the multiple.
    growth : float or uncertain
        g, by how much the margin of those who stay grows from one period to the next.
    periods : int, optional
        How many periods to look ahead, 0..1000; by default without an end.
    immediate : bool
        Whether a first margin comes today, beside those at the ends of the periods.
    acquisition_cost : float or uncertain
        What it cost to win the customer, 0 or more, today.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    LifetimeValue
        In the money of `margin`, at the values given, with intervals where a number is uncertain.
        Without an end, there is no value where r·(1 + g) ≥ 1 + d.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range.

    Notes
    -----
    The elasticity is the mean number of periods after which the discounted money comes, counted
    from 0 for a margin at once and from 1 for the first at an end: (1 + d)/(1 + d - r·(1 + g)) at
    ends of periods without an end. A point of retention, 0.01, is more than a percent of it.
    Every customer is as likely to stay as any other, and in each period as in the first: where
    loyal ones stay and fickle ones go, retention rises with the years and the value is too low. Who
    left does not come back. Customers who buy now and then, without a contract, need models of
    purchases, as BG/NBD in `pymc-marketing`.

    References
    ----------
    Gupta, S. & Lehmann, D. R. (2003). Customers as assets. Journal of Interactive Marketing 17(1),
    9-24. (Its multiple 4.09 for r = 0.9, d = 0.12 is from memory.)

    Examples
    --------
    >>> round(lifetime_value(retention=0.9, discount_rate=0.12).multiple, 7)  # 0.9 / 0.22
    4.0909091
    >>> found = lifetime_value(
    ...     retention=0.5, discount_rate=0, margin=100, periods=2, acquisition_cost=60
    ... )
    >>> found.value, found.multiple  # 50 + 25 - 60
    (15.0, 0.75)
    """
    instance("immediate", immediate, bool)
    terms = math.inf if periods is None else float(periods_of(periods, least=0))
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    given = {
        "retention": (retention, SHARE),
        "discount_rate": (discount_rate, RATE),
        "margin": (margin, NUMBER),
        "growth": (growth, RATE),
        "acquisition_cost": (acquisition_cost, AMOUNT),
    }
    inputs = Inputs.of(given, asked)
    found = _quantities(inputs.cells, terms, immediate=immediate)
    endless = periods is None and math.isinf(found[0, 0])
    if not (endless or np.isfinite(found[0, :2]).all()):
        msg = f"the value {BEYOND}"
        raise ValueError(msg)
    table, cautions = _table(found, asked, inputs)
    value = table.row(quantity="value")
    estimates = table["estimate"].tolist()
    return LifetimeValue(
        value=value["estimate"],
        low=value["low"],
        high=value["high"],
        multiple=estimates[0],
        retention_elasticity=estimates[2],
        point_value=estimates[3],
        table=table,
        cautions=cautions,
        lacking=_lacking(table),
        undefined=value["undefined"],
    )


def _quantities(cells: Mapping[str, Array], terms: float, *, immediate: bool) -> Array:
    """Return the quantities of each draw, (draws, quantities)."""
    r, d = cells["retention"], cells["discount_rate"]
    step, left = (1 + cells["growth"]) / (1 + d), float(immediate)

    def multiple(retained: Array) -> Array:
        sums = geometric_sums(retained * step, terms + left)
        return sums if immediate else retained / (1 + d) * sums

    elasticity = (1 - left) + mean_term(r * step, terms + left)
    more = np.where(r + POINT <= 1, r + POINT, np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        times = multiple(r)
        value = cells["margin"] * times - cells["acquisition_cost"]
        point = cells["margin"] * (multiple(more) - times)
    return np.stack([times, value, elasticity, point], axis=1)


def _reasons(found: Array, cells: Mapping[str, Array]) -> list[str]:
    """Return why each quantity is undefined, or ""."""
    times, _, elasticity, point = found[0].tolist()
    endless = NO_LIMIT if math.isinf(times) else ""
    beyond = cells["retention"][0] + POINT > 1
    no_point = (
        "retention has less than a point left to 1" if beyond else f"a point more: {NO_LIMIT}"
    )
    return [
        endless,
        endless,
        endless or ("" if math.isfinite(elasticity) else "no margin counts"),
        endless or ("" if math.isfinite(point) else no_point),
    ]


def _table(found: Array, asked: Asked, inputs: Inputs) -> tuple[Table, tuple[str, ...]]:
    """Return each quantity with its interval, and the cautions."""
    undefined = np.array(_reasons(found, inputs.cells))
    estimates = np.where(undefined == "", found, np.nan)
    estimates[1:] = found[1:]
    ends = asked.ends(estimates)
    columns = {
        "quantity": QUANTITIES,
        "estimate": estimates[0],
        "low": ends.low,
        "high": ends.high,
        "lacking": ends.lacking,
        "undefined": undefined,
    }
    method = "value = margin · multiple - acquisition_cost"
    cautions = (*inputs.cautions, *outside(estimates, ends, QUANTITIES))
    note = noted(method, asked.note(found), cautions=cautions)
    return Table(title="Lifetime value", keys=("quantity",), data=columns, note=note), cautions


def _lacking(table: Table) -> str:
    """Say what beside the value has no number, and why."""
    value = table.row(quantity="value")
    if value["undefined"]:
        return ""
    others = zip(QUANTITIES[2:], table["undefined"].tolist()[2:], strict=True)
    return "; ".join(filter(None, [value["lacking"], lacking(dict(others))]))
