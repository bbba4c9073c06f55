"""The market at risk: customers who may not come back because of problems, and their worth."""

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.words import lacking
from servqual.inputs import Quantity
from servqual.inputs.reading import AMOUNT, SHARE, Asked, Ends, Inputs, apart, outside
from servqual.recovery._given import inputs_table, voice_of
from servqual.recovery._outcomes import ALL, SILENT, Given, Outcomes, losses, loyalty_of, states
from servqual.recovery.published import Iceberg
from servqual.tables import Result, Table, noted

__all__ = ["MarketAtRisk", "market_at_risk"]

Array = NDArray[np.float64]
Cells = Mapping[str, Array]
STATED = "loyalty, if it is stated, overstates what people do"
OTHERS = "it may be that those who complain are other people"


@attrs.frozen(kw_only=True, repr=False)
class MarketAtRisk(Result):
    """Customers at risk because of problems.

    Parameters
    ----------
    customers_at_risk : float
        How many customers may be lost, on average.
    low, high : float
        Its interval.
    share : float
        Customers at risk of all customers.
    share_of_problems : float
        Customers at risk of those with a problem.
    value_at_risk : float
        Customers at risk times the worth of one.
    value_low, value_high : float
        Its interval.
    confidence : float
        The confidence of the intervals.
    outcomes : tuple of str
        What becomes of complaints.
    table : Table
        Keyed `outcome`, after which come ``"silent"`` and ``"all"``: the `customers` with a problem
        who come to it, their `loyalty`, how many of them are `at_risk`, with `low` and `high`,
        their `value`, and the `share_of_risk`; `lacking` and `undefined`.
    inputs : Table
        Keyed `input`: the `kind`, the `value`, with `low` and `high` of an uncertain one, and
        `lacking`. `risk_sensitivity` reads it.
    cautions : tuple of str
        What to think of before the numbers are used.
    lacking : str
        "" or which interval there is not, and why.
    undefined : str
        "" or why there is no `share_of_problems`, and without customers no `share` either.
    """

    customers_at_risk: float
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    share: float = attrs.field(eq=repr)
    share_of_problems: float = attrs.field(eq=repr)
    value_at_risk: float
    value_low: float = attrs.field(eq=repr)
    value_high: float = attrs.field(eq=repr)
    confidence: float
    outcomes: tuple[str, ...]
    table: Table
    inputs: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def market_at_risk(  # noqa: PLR0913 (the rates of one model)
    *,
    customers: Quantity,
    problem_rate: Quantity,
    complain_rate: Quantity | Iceberg,
    outcomes: Given,
    silent_loyalty: Quantity,
    baseline_loyalty: Quantity = 1.0,
    customer_value: Quantity = 1.0,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: int | np.random.Generator | None = 0,
) -> MarketAtRisk:
    """Return how many customers problems put at risk: N · p · Σ share · (baseline - loyalty).

    N customers, of whom a share p has a problem. The sum is over what becomes of these: silence,
    with share 1 - `complain_rate`, and each outcome of a complaint, with share `complain_rate` ·
    its share of those who complain.

    Parameters
    ----------
    customers : float or uncertain
        N, 0 or more.
    problem_rate : float or uncertain
        p, the share of customers with a problem in the time that is looked at.
    complain_rate : float, uncertain, or Iceberg
        The share of these who complain; an `Iceberg` has one, and its scope becomes a caution.
    outcomes : mapping, or sequence of tuples
        What becomes of complaints: name → (share, loyalty), or (name, share, loyalty) or (share,
        loyalty) each. Shares are of those who complain and sum to 1; the loyalty is the share of
        these who stay. `LoyaltyPattern.outcomes` makes them.
    silent_loyalty : float or uncertain
        The share who stay of those who have a problem and do not complain to the firm, also of
        those who tell others or a third party.
    baseline_loyalty : float or uncertain
        The share who would stay without a problem. With 1, all who leave count, and with less those
        who would have left anyway do not: a group that is more loyal than this counts below 0.
    customer_value : float or uncertain
        The worth of a customer, in money, 0 or more.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    MarketAtRisk
        Customers, shares of 0..1, and money.

    Raises
    ------
    TypeError, ValueError
        If a rate lies outside of 0..1, a number is below 0, shares do not sum to 1, a name stands
        twice, or counted shares are not parts of one n.

    Notes
    -----
    Any rate, share, loyalty and amount may be one of `servqual.inputs`. Intervals are percentiles
    of the formula over draws of these, each drawn by itself; draws of rates are kept within 0..1.
    Shares given as `Counted` must have one n to which their counts add up, and are drawn together
    from the Dirichlet distribution of count + ½. Of other shares the uncertain ones are drawn and
    the certain ones share what is left in proportion; where all are uncertain, or they come to more
    than 1, they are divided by their sum. Estimates are the formula at the values: of a `Judged`
    input the likely one, which is not its mean.

    Counts are drawn from Jeffreys' posterior, which leans to the middle. That of one input hardly
    tells, but of several that lean one way the shifts add up. In 600 simulated surveys of 100 to
    400 customers each, 95 % intervals covered .94 to .98 with one to three outcomes, missing on one
    side alone where loyalties are high; and .86 where 400 were asked, with five outcomes of
    loyalties .95 to .98: there they lie too high. A caution names counts with fewer than 10 on a
    side, if there are two or more of them.

    Loyalties are mostly what people say that they will do, which overstates what they do. What
    customers tell others is not in it, nor that those who complain are other people than those who
    do not: a rate that is moved by encouraging complaints need not keep its loyalties.

    References
    ----------
    The model and the loyalties of the example are those of TARP (J. Goodman), as told on public
    pages; the studies were not seen.

    Examples
    --------
    Of 1,000 customers 100 have a problem. Half of them complain; the firm keeps 40 of these 50, and
    10 of the 50 who say nothing.

    >>> found = market_at_risk(
    ...     customers=1_000,
    ...     problem_rate=0.1,
    ...     complain_rate=0.5,
    ...     outcomes={"settled": (1.0, 0.8)},
    ...     silent_loyalty=0.2,
    ...     customer_value=30,
    ... )
    >>> round(found.customers_at_risk, 9), round(found.value_at_risk, 9)
    (50.0, 1500.0)
    >>> found.table["at_risk"].round(9).tolist()
    [10.0, 40.0, 50.0]
    """
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    read, (voice, said) = Outcomes.of(outcomes), voice_of(complain_rate)
    entries = {
        "customers": (customers, AMOUNT),
        "problem_rate": (problem_rate, SHARE),
        "complain_rate": (voice, SHARE),
        **read.entries,
        "silent_loyalty": (silent_loyalty, SHARE),
        "baseline_loyalty": (baseline_loyalty, SHARE),
        "customer_value": (customer_value, AMOUNT),
    }
    inputs = read.together(Inputs.of(entries, asked), asked)
    found = _at_risk(inputs.cells, read.names)
    ends = asked.ends(found[:, -2:])
    off = outside(found[:, -2:], ends, ("customers at risk", "value at risk"))
    cautions = (*said, *_more_loyal(inputs.cells, read.names), *inputs.cautions, *off)
    note = noted(STATED, asked.note(found), cautions=cautions)
    table = _table(inputs.cells, read.names, found[0, :-1], asked.ends(found[:, :-1]))
    return _found(
        inputs.cells,
        found[0, -2:],
        ends,
        confidence=asked.confidence,
        outcomes=read.names,
        table=attrs.evolve(table, note=note),
        inputs=inputs_table(entries, read, asked.confidence, complain_rate=complain_rate),
        cautions=cautions,
    )


def _at_risk(cells: Cells, outcomes: tuple[str, ...]) -> Array:
    """Return the customers at risk of each state, of all, and the value at risk: a row a draw."""
    with np.errstate(over="ignore", invalid="ignore"):
        lost = losses(cells, outcomes)
        total = lost.sum(axis=0)
        found = np.vstack([lost, total, total * cells["customer_value"]])
    if not np.isfinite(found).all():
        msg = "`customers` and `customer_value` are beyond all numbers; take larger units"
        raise ValueError(msg)
    return found.T


def _more_loyal(cells: Cells, outcomes: tuple[str, ...]) -> list[str]:
    """Say which groups are more loyal than the baseline."""
    names = {name: loyalty_of(name) for name in outcomes} | {SILENT: "silent_loyalty"}
    baseline = cells["baseline_loyalty"][0]
    more = ", ".join(repr(name) for name, own in names.items() if cells[own][0] > baseline)
    said = f"more loyal than the baseline, and counted below 0: {more}; {OTHERS}"
    return [said] if more else []


def _table(cells: Cells, outcomes: tuple[str, ...], found: Array, ends: Ends) -> Table:
    """Return the Table of states, and of all."""
    values = {name: cell[:1] for name, cell in cells.items()}
    shares, loyalties = (
        part[:, 0] for part in states(values, outcomes, "complain_rate", "silent_loyalty")
    )
    problems, total = float(cells["customers"][0] * cells["problem_rate"][0]), found[-1]
    absent = lacking({"share of risk": "" if total > 0 else "no customers at risk in all"})
    size = len(shares) + 1
    data = {
        "outcome": [*outcomes, SILENT, ALL],
        "customers": problems * np.append(shares, 1.0),
        "loyalty": np.append(loyalties, np.sum(shares * loyalties)),
        "at_risk": found,
        "low": ends.low,
        "high": ends.high,
        "value": found * cells["customer_value"][0],
        "share_of_risk": found / total if total > 0 else np.full(size, math.nan),
        "lacking": ["; ".join(filter(None, [why, absent])) for why in ends.lacking.tolist()],
        "undefined": [""] * size,
    }
    return Table(title="Market at risk", keys=("outcome",), data=data)


def _found(cells: Cells, found: Array, ends: Ends, **given: Any) -> MarketAtRisk:  # noqa: ANN401 (fields of the result)
    """Wrap the customers and the value at risk."""
    total, value = found.tolist()
    customers = float(cells["customers"][0])
    problems = customers * float(cells["problem_rate"][0])
    names = ("the customers at risk", "the value at risk")
    return MarketAtRisk(
        customers_at_risk=total,
        low=float(ends.low[0]),
        high=float(ends.high[0]),
        share=total / customers if customers else math.nan,
        share_of_problems=total / problems if problems else math.nan,
        value_at_risk=value,
        value_low=float(ends.low[1]),
        value_high=float(ends.high[1]),
        lacking=apart(dict(zip(names, ends.lacking.tolist(), strict=True))),
        undefined="" if problems else "no problems" if customers else "no customers",
        **given,
    )
